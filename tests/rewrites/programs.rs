//! A bundle's program with rewrites left out, and what it gives.

use std::collections::BTreeMap;
use std::fs::File;

use glyxel::bundle::{Method, HIDDEN_STATES};
use glyxel::text::{Settings, Tokenizer, Tokens};
use glyxel::torch::{Device, Module, Precision, Program, Value};
use tch::{Kind, Tensor};

use super::bundles::Bundle;
use super::filled;
use super::support::{fixtures, texts};

/// The variable that is read whenever a program is made.
pub const WITHOUT: &str = "GLYXEL_WITHOUT";

/// Each method's operators, and how many there are of each.
pub type Operators = BTreeMap<String, BTreeMap<String, usize>>;

/// The programs of one bundle.
pub struct Programs<'a> {
    bundle: &'a Bundle,
    methods: Vec<&'a Method>,
    inputs: BTreeMap<&'a str, Vec<Tensor>>,
}

impl<'a> Programs<'a> {
    pub fn of(bundle: &'a Bundle) -> Self {
        // hidden_states has a program of its own, made like this one.
        let methods: Vec<&Method> = bundle
            .manifest
            .methods
            .iter()
            .filter(|m| m.name != HIDDEN_STATES)
            .collect();
        let inputs = methods
            .iter()
            .map(|method| (method.name.as_str(), inputs(bundle, method)));
        Programs {
            bundle,
            inputs: inputs.collect(),
            methods,
        }
    }

    /// Whatever else is to be left out stands in `given`.
    pub fn without(&self, rewrites: &[&str], given: &str, precision: Precision) -> Program {
        std::env::set_var(WITHOUT, [rewrites.join(",").as_str(), given].join(","));
        let mut module = Module::load(File::open(&self.bundle.path).unwrap(), Device::Cpu).unwrap();
        module.cast(precision).unwrap();
        let names: Vec<&str> = self.methods.iter().map(|method| method.name.as_str()).collect();
        Program::new(module, &names, Device::Cpu).unwrap()
    }

    pub fn operators(&self, program: &Program) -> Operators {
        let of = |method: &&Method| (method.name.clone(), program.operators(&method.name).unwrap());
        self.methods.iter().map(of).collect()
    }

    /// What each method gives, in f32; none where it cannot be run.
    pub fn results(&self, program: &Program, precision: Precision) -> Option<BTreeMap<&'a str, Tensor>> {
        let run = |(name, inputs): (&&'a str, &Vec<Tensor>)| {
            let cast = |x: &Tensor| match x.kind() {
                Kind::Float => Value::from(x.to_kind(precision.tch())),
                _ => Value::from(x.shallow_clone()),
            };
            let inputs: Vec<Value> = inputs.iter().map(cast).collect();
            let result = program.run_one(name, &inputs).ok()?;
            Some((*name, result.to_kind(Kind::Float)))
        };
        self.inputs.iter().map(run).collect()
    }
}

fn inputs(bundle: &Bundle, method: &Method) -> Vec<Tensor> {
    if let ([name], Some(image)) = (method.inputs.as_slice(), &bundle.manifest.image) {
        if name == "pixels" {
            return vec![filled::pixels(2, image.height.into(), image.width.into())];
        }
    }
    let text = bundle.manifest.text.as_ref().unwrap();
    let settings = Settings {
        max_length: text.max_length,
        lowercase: text.lowercase,
    };
    let tokenizer = Tokenizer::from_json(bundle.tokenizer.as_ref().unwrap(), settings).unwrap();
    let encode = |text_: &String| match text.padded {
        true => tokenizer.encode_padded(text_).unwrap(),
        false => tokenizer.encode(text_).unwrap(),
    };
    let mut rows: Vec<Tokens> = texts(&fixtures("families/texts.json")).iter().map(encode).collect();
    let longest = rows.iter().map(|row| row.ids.len()).max().unwrap();
    let masked = method.inputs.iter().any(|name| name == "mask");
    if !masked {
        // No row has padding.
        rows.retain(|row| row.ids.len() == longest);
    }
    let tensor = |value: &dyn Fn(&Tokens, usize) -> i64| {
        let values: Vec<i64> = rows
            .iter()
            .flat_map(|row| (0..longest).map(move |i| value(row, i)))
            .collect();
        Tensor::from_slice(&values).view([rows.len() as i64, -1])
    };
    let or = |ids: &[u32], i: usize, otherwise: usize| ids.get(i).map_or(otherwise as i64, |id| i64::from(*id));
    let input = |name: &String| match name.as_str() {
        "ids" => tensor(&|row, i| or(&row.ids, i, text.pad_token_id)),
        "type_ids" => tensor(&|row, i| or(&row.type_ids, i, 0)),
        "mask" | "pool_mask" => tensor(&|row, i| i64::from(i < row.ids.len())),
        other => panic!("{} takes {other}", method.name),
    };
    method.inputs.iter().map(input).collect()
}
