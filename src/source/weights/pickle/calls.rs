//! What a pickle may name and call: the types of storages, and what builds dicts and tensors. Everything else that it names
//! is refused by that name, whether it would have been called or not.

use safetensors::Dtype;

use super::machine::Machine;
use super::value::{shown, Function, Ref, Storage, Tensor, Value, View};
use super::{Fault, Parsed, MAX_DIMENSIONS};

impl<'a> Machine<'a> {
    pub(super) fn global(&self, module: &str, name: &str) -> Parsed<Value<'a>> {
        if let ("torch" | "torch.cuda", Some(of)) = (module, name.strip_suffix("Storage")) {
            return match dtype(of) {
                Some(dtype) => Ok(Value::StorageType(dtype)),
                None => Err(Fault::Refused(format!(
                    "it has tensors of the type {}, which is not supported",
                    shown(&format!("{module}.{name}"))
                ))),
            };
        }
        Ok(Value::Function(match (module, name) {
            ("collections", "OrderedDict") => Function::OrderedDict,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Function::Tensor,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Function::Parameter,
            ("torch.nn.parameter", "Parameter") => Function::Parameter,
            _ => {
                let what = if name.starts_with("_rebuild_") {
                    "makes a kind of tensors that is not supported: quantised, sparse or of a rare type"
                } else {
                    "no tensor needs"
                };
                let global = shown(&format!("{module}.{name}"));
                return Err(Fault::Refused(format!("it asks for {global}, which {what}")));
            }
        }))
    }

    pub(super) fn call(&mut self, function: Ref, args: Ref) -> Parsed<Ref> {
        let (Some(&Value::Function(function)), Some(Value::Tuple(args))) =
            (self.values.get(function), self.values.get(args))
        else {
            return Err(self.invalid());
        };
        let value = match (function, &args[..]) {
            (Function::OrderedDict, []) => Value::Dict(Vec::new()),
            (Function::OrderedDict, &[items]) => self.dict(items)?,
            // Both versions begin alike; what follows is about gradients.
            (Function::Tensor, &[view, offset, shape, strides, ref rest @ ..]) => {
                self.not_lazy(rest)?;
                self.tensor(view, offset, shape, strides)?
            }
            (Function::Parameter, &[data, ..]) if matches!(self.values.get(data), Some(Value::Tensor(_))) => {
                return Ok(data)
            }
            _ => return Err(self.invalid()),
        };
        self.values.push(value);
        Ok(self.values.len() - 1)
    }

    /// Python 2 gives an OrderedDict all its items, in lists of two. It takes the list's items over: copies of a long list
    /// could take far more memory than the pickle.
    fn dict(&mut self, items: Ref) -> Parsed<Value<'a>> {
        let items = match self.values.get_mut(items) {
            Some(Value::List(items)) => std::mem::take(items),
            _ => return Err(self.invalid()),
        };
        let pair = |&item: &Ref| match self.sequence(item)? {
            &[key, value] => Ok((key, value)),
            _ => Err(self.invalid()),
        };
        Ok(Value::Dict(items.iter().map(pair).collect::<Parsed<_>>()?))
    }

    fn tensor(&self, view: Ref, offset: Ref, shape: Ref, strides: Ref) -> Parsed<Value<'a>> {
        let Some(Value::View(view)) = self.values.get(view) else {
            return Err(self.invalid());
        };
        let (offset, shape, strides) = (self.count(offset)?, self.sizes(shape)?, self.sizes(strides)?);
        let outside = || Fault::Damaged("a tensor in it lies outside its storage".into());
        let (values, span) = extent(&shape, &strides).ok_or_else(outside)?;
        let end = offset.checked_add(span).ok_or_else(outside)?;
        if end > view.len && values > 0 {
            return Err(outside());
        }
        // However often a small file's few values were repeated, so large would the tensor be.
        if values > view.len {
            return Err(Fault::Refused(
                "it has a tensor that repeats values of its storage (expand without clone)".into(),
            ));
        }
        let contiguous = values == 0 || is_contiguous(&shape, &strides);
        Ok(Value::Tensor(Box::new(Tensor {
            storage: view.storage,
            offset: if values > 0 { view.offset + offset } else { 0 },
            span,
            shape,
            strides: (!contiguous).then_some(strides),
        })))
    }

    /// Conjugation and negation that were put off until the tensor's values are used.
    fn not_lazy(&self, rest: &[Ref]) -> Parsed<()> {
        let [_requires_grad, _hooks, metadata, ..] = rest else {
            return Ok(());
        };
        match self.values.get(*metadata) {
            Some(Value::None) => Ok(()),
            Some(Value::Dict(items)) if items.is_empty() => Ok(()),
            _ => Err(Fault::Refused("it has a conjugated or negated view of a tensor".into())),
        }
    }

    /// The storage that a persistent id stands for: ("storage", type, key, device, length), and in the legacy format the view.
    pub(super) fn storage(&mut self, id: Ref) -> Parsed<Value<'a>> {
        let ids = self.sequence(id)?;
        let tag = ids.first().and_then(|&tag| self.values.get(tag));
        if !matches!(tag, Some(Value::Text("storage"))) {
            return Err(Fault::Refused("it refers to something else than a storage".into()));
        }
        let (Some(&[_, dtype, key, _device, len]), view) = (ids.first_chunk(), ids.get(5)) else {
            return Err(self.invalid());
        };
        let (Some(Value::StorageType(dtype)), Some(&Value::Text(key))) = (self.values.get(dtype), self.values.get(key))
        else {
            return Err(self.invalid());
        };
        let (dtype, len) = (*dtype, self.count(len)?);
        let view = match view.and_then(|&view| self.values.get(view)) {
            None | Some(Value::None) => None,
            Some(Value::Tuple(view)) => match view[..] {
                [_key, offset, len] => Some((self.count(offset)?, self.count(len)?)),
                _ => return Err(self.invalid()),
            },
            Some(_) => return Err(self.invalid()),
        };
        let storage = match self.by_key.get(key) {
            Some(&storage) => storage,
            None => {
                self.by_key.insert(key, self.storages.len());
                self.storages.push(Storage { key, dtype, len });
                self.storages.len() - 1
            }
        };
        let agrees = self
            .storages
            .get(storage)
            .is_some_and(|s| s.dtype == dtype && s.len == len);
        let (offset, part) = view.unwrap_or((0, len));
        if !agrees || offset.checked_add(part).is_none_or(|end| end > len) {
            return Err(Fault::Damaged(format!(
                "it contradicts itself about the storage {}",
                shown(key)
            )));
        }
        Ok(Value::View(View {
            storage,
            offset,
            len: part,
        }))
    }

    fn sequence(&self, value: Ref) -> Parsed<&[Ref]> {
        match self.values.get(value) {
            Some(Value::Tuple(items) | Value::List(items)) => Ok(items),
            _ => Err(self.invalid()),
        }
    }

    fn count(&self, value: Ref) -> Parsed<u64> {
        match self.values.get(value) {
            Some(&Value::Int(n)) => u64::try_from(n).map_err(|_| self.invalid()),
            _ => Err(self.invalid()),
        }
    }

    fn sizes(&self, value: Ref) -> Parsed<Vec<usize>> {
        let items = self.sequence(value)?;
        if items.len() > MAX_DIMENSIONS {
            return Err(self.invalid());
        }
        let size = |&item: &Ref| usize::try_from(self.count(item)?).map_err(|_| self.invalid());
        items.iter().map(size).collect()
    }
}

/// How many values a tensor has, and how many there are from its first to behind its last; `None` if that is no number.
fn extent(shape: &[usize], strides: &[usize]) -> Option<(u64, u64)> {
    if shape.len() != strides.len() {
        return None;
    }
    if shape.contains(&0) {
        return Some((0, 0));
    }
    let (mut values, mut span) = (1_u64, 1_u64);
    for (&size, &stride) in shape.iter().zip(strides) {
        values = values.checked_mul(size as u64)?;
        span = span.checked_add((size as u64 - 1).checked_mul(stride as u64)?)?;
    }
    Some((values, span))
}

fn is_contiguous(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1_usize;
    shape.iter().zip(strides).rev().all(|(&size, &stride)| {
        let fits = size == 1 || stride == expected;
        expected = expected.saturating_mul(size);
        fits
    })
}

/// The type of a storage, by the first part of its name.
fn dtype(of: &str) -> Option<Dtype> {
    Some(match of {
        "Float" => Dtype::F32,
        "Half" => Dtype::F16,
        "BFloat16" => Dtype::BF16,
        "Double" => Dtype::F64,
        "Long" => Dtype::I64,
        "Int" => Dtype::I32,
        "Short" => Dtype::I16,
        "Char" => Dtype::I8,
        "Byte" => Dtype::U8,
        "Bool" => Dtype::BOOL,
        _ => return None,
    })
}
