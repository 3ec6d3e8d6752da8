//! Tracing the methods of a bundle.

use std::collections::BTreeMap;

use tch::{nn, Tensor};

use crate::bundle::Method;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::torch::{self, Module, Value};

/// A module whose methods are being traced.
pub struct Tracer<'a> {
    module: Module,
    methods: Vec<Method>,
    call: &'a Call,
}

/// A method's inputs by name.
pub struct Inputs<'a>(BTreeMap<&'a str, &'a Tensor>);

impl Inputs<'_> {
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.get(name).copied()
    }

    pub fn required(&self, name: &str) -> Result<&Tensor> {
        self.get(name)
            .ok_or_else(|| Error::Internal(format!("a method without the input {name}")))
    }
}

impl<'a> Tracer<'a> {
    /// The variables become the module's parameters.
    pub fn new(store: &nn::VarStore, call: &'a Call) -> Result<Self> {
        let mut module = Module::empty()?;
        let mut variables: Vec<_> = store.variables().into_iter().collect();
        variables.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, variable) in &mut variables {
            *variable = variable.set_requires_grad(false);
            module.set_parameter(name, variable)?;
        }
        Ok(Tracer {
            module,
            methods: Vec::new(),
            call,
        })
    }

    /// Adds a method that gives one tensor; `inputs` are examples.
    pub fn add(
        &mut self,
        name: &str,
        inputs: &[(&str, Tensor)],
        output: &str,
        forward: impl Fn(&Inputs) -> Result<Tensor>,
    ) -> Result<()> {
        self.add_value(name, inputs, output, |inputs| Ok(forward(inputs)?.into()))
    }

    /// The same of a method that gives a list of tensors.
    pub fn add_list(
        &mut self,
        name: &str,
        inputs: &[(&str, Tensor)],
        output: &str,
        forward: impl Fn(&Inputs) -> Result<Vec<Tensor>>,
    ) -> Result<()> {
        self.add_value(name, inputs, output, |inputs| Ok(Value::List(forward(inputs)?)))
    }

    fn add_value(
        &mut self,
        name: &str,
        inputs: &[(&str, Tensor)],
        output: &str,
        forward: impl Fn(&Inputs) -> Result<Value>,
    ) -> Result<()> {
        self.call.check()?;
        let names: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
        let examples: Vec<(&str, Value)> = inputs
            .iter()
            .map(|(name, example)| (*name, example.shallow_clone().into()))
            .collect();
        torch::trace(&mut self.module, name, &examples, |values| {
            let tensors = values.iter().filter_map(|value| match value {
                Value::Tensor(tensor) => Some(tensor),
                Value::List(_) => None,
            });
            let inputs = Inputs(names.iter().copied().zip(tensors).collect());
            Ok(vec![forward(&inputs)?])
        })?;
        self.methods.push(Method {
            name: name.into(),
            inputs: names.into_iter().map(str::to_string).collect(),
            outputs: vec![output.into()],
        });
        Ok(())
    }

    /// The module, its weights in the checkpoint's own precision: `stored` are those that are not kept in f32.
    pub fn finish(mut self, stored: &BTreeMap<String, Tensor>) -> Result<(Module, Vec<Method>)> {
        for (name, tensor) in stored {
            self.module.set_parameter(name, tensor)?;
        }
        Ok((self.module, self.methods))
    }
}
