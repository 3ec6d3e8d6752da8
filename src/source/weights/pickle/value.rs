//! What a pickle can make: few kinds of values, and tensors as places in storages.

use safetensors::Dtype;

/// A value's place in `Object::values`. Values that a pickle uses twice exist once, and none holds another, so nothing
/// here is recursive, cycles included.
pub(super) type Ref = usize;

pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i128),
    Float,
    Text(&'a str),
    Tuple(Vec<Ref>),
    List(Vec<Ref>),
    Dict(Vec<(Ref, Ref)>),
    Function(Function),
    StorageType(Dtype),
    View(View),
    Tensor(Box<Tensor>),
}

/// What a pickle may ask to call: these make the containers and tensors of a state dict.
#[derive(Clone, Copy)]
pub(super) enum Function {
    OrderedDict,
    Tensor,
    Parameter,
}

/// The memory that tensors lie in.
pub(super) struct Storage<'a> {
    pub key: &'a str,
    pub dtype: Dtype,
    /// In values, not bytes.
    pub len: u64,
}

/// A part of a storage: all of it, but in files of the oldest versions.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub storage: usize,
    pub offset: u64,
    pub len: u64,
}

/// Its values lie in its storage; all counts are of values.
pub(super) struct Tensor {
    pub storage: usize,
    pub offset: u64,
    /// From its first value in the storage to behind its last.
    pub span: u64,
    pub shape: Vec<usize>,
    /// `None` if it is contiguous.
    pub strides: Option<Vec<usize>>,
}

/// A pickle's result.
pub(super) struct Object<'a> {
    pub values: Vec<Value<'a>>,
    pub root: Ref,
    pub storages: Vec<Storage<'a>>,
}

impl<'a> Object<'a> {
    pub fn root(&self) -> &Value<'a> {
        self.get(self.root)
    }

    pub fn get(&self, value: Ref) -> &Value<'a> {
        self.values.get(value).unwrap_or(&Value::None)
    }

    /// The value of a text key in the dict that is the root.
    pub fn entry(&self, name: &str) -> Option<&Value<'a>> {
        let Value::Dict(items) = self.root() else {
            return None;
        };
        let is_name = |key: Ref| matches!(self.get(key), Value::Text(text) if *text == name);
        let found = items.iter().rfind(|(key, _)| is_name(*key));
        found.map(|(_, value)| self.get(*value))
    }
}

impl Value<'_> {
    /// For sentences.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "a bool",
            Value::Int(_) => "an int",
            Value::Float => "a float",
            Value::Text(_) => "a str",
            Value::Tuple(_) => "a tuple",
            Value::List(_) => "a list",
            Value::Dict(_) => "a dict",
            Value::Function(_) | Value::StorageType(_) => "a class or function",
            Value::View(_) => "a storage",
            Value::Tensor(_) => "a tensor",
        }
    }
}

/// A text of the file in a sentence: short and printable, whatever it is.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(100).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown.escape_debug().to_string()
}
