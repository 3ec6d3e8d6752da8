//! The pickle machine: the opcodes of protocols 2 to 5 that `torch.save` writes. Whatever it reads, its memory is
//! proportional to the pickle's length, which is bounded.

use std::collections::HashMap;

use super::value::{Object, Ref, Storage, Value};
use super::{Fault, Parsed};

/// Enough for some fifty thousand tensors.
const MAX_STEPS: usize = 2 << 20;
/// PyTorch's magic number has ten bytes.
const MAX_LONG: usize = 16;
const NEWEST_PROTOCOL: u8 = 5;

pub(super) struct Machine<'a> {
    input: &'a [u8],
    at: usize,
    stack: Vec<Ref>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Ref>,
    pub(super) values: Vec<Value<'a>>,
    pub(super) storages: Vec<Storage<'a>>,
    /// Their places in `storages`.
    pub(super) by_key: HashMap<&'a str, usize>,
}

/// The object that the pickle at the beginning of the bytes describes, and how long the pickle is.
pub(super) fn load(input: &[u8]) -> Parsed<(Object<'_>, usize)> {
    let mut machine = Machine {
        input,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        values: Vec::new(),
        storages: Vec::new(),
        by_key: HashMap::new(),
    };
    for _ in 0..MAX_STEPS {
        if machine.step()? {
            let object = Object {
                root: machine.pop()?,
                values: machine.values,
                storages: machine.storages,
            };
            return Ok((object, machine.at));
        }
    }
    Err(Fault::Refused(format!("its pickle has more than {MAX_STEPS} steps")))
}

impl<'a> Machine<'a> {
    /// Follows one opcode; `true` at the end.
    fn step(&mut self) -> Parsed<bool> {
        let opcode = self.byte()?;
        match opcode {
            b'.' => return Ok(true),
            0x80 => {
                let protocol = self.byte()?;
                if protocol > NEWEST_PROTOCOL {
                    return Err(Fault::Refused(format!("it is of the pickle protocol {protocol}")));
                }
            }
            // A frame's length is of use to who reads from a stream.
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'K' => self.integer::<1>()?,
            b'M' => self.integer::<2>()?,
            b'J' => {
                let value = i32::from_le_bytes(self.array()?);
                self.push(Value::Int(value.into()));
            }
            0x8a => self.long()?,
            b'G' => {
                self.take(8)?;
                self.push(Value::Float);
            }
            b'X' | b'T' => {
                let len = u32::from_le_bytes(self.array()?);
                self.text(len as usize)?;
            }
            // Python 2 wrote texts in the 8-bit kinds.
            0x8c | b'U' => {
                let len = self.byte()?;
                self.text(len.into())?;
            }
            b'}' => self.push(Value::Dict(Vec::new())),
            b']' => self.push(Value::List(Vec::new())),
            b')' => self.push(Value::Tuple(Vec::new())),
            b't' => {
                let items = self.pop_mark()?;
                self.push(Value::Tuple(items));
            }
            0x85..=0x87 => {
                let mut items = Vec::new();
                for _ in 0x85..=opcode {
                    items.push(self.pop()?);
                }
                items.reverse();
                self.push(Value::Tuple(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set(&items)?;
            }
            b'q' => {
                let place = self.byte()?;
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(self.array()?);
                self.remember(place)?;
            }
            0x94 => {
                let place = self.memo.len() as u32;
                self.remember(place)?;
            }
            b'h' => {
                let place = self.byte()?;
                self.recall(place.into())?;
            }
            b'j' => {
                let place = u32::from_le_bytes(self.array()?);
                self.recall(place)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                let value = self.global(module, name)?;
                self.push(value);
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Some(Value::Text(module)), Some(Value::Text(name))) =
                    (self.values.get(module), self.values.get(name))
                else {
                    return Err(self.invalid());
                };
                let value = self.global(module, name)?;
                self.push(value);
            }
            b'R' => {
                let (args, function) = (self.pop()?, self.pop()?);
                let result = self.call(function, args)?;
                self.stack.push(result);
            }
            b'Q' => {
                let id = self.pop()?;
                let view = self.storage(id)?;
                self.push(view);
            }
            b'b' => self.build()?,
            other => {
                return Err(Fault::Refused(format!(
                    "its pickle has the opcode {other:#04x}, which torch.save does not write for tensors"
                )))
            }
        }
        Ok(false)
    }

    // ---- bytes of the pickle

    fn take(&mut self, len: usize) -> Parsed<&'a [u8]> {
        let bytes = self
            .at
            .checked_add(len)
            .and_then(|end| self.input.get(self.at..end))
            .ok_or_else(|| Fault::Damaged("its pickle ends too early".into()))?;
        self.at += len;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Parsed<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn byte(&mut self) -> Parsed<u8> {
        self.array().map(|[byte]| byte)
    }

    /// A little-endian number without a sign.
    fn integer<const N: usize>(&mut self) -> Parsed<()> {
        let bytes: [u8; N] = self.array()?;
        let value = bytes.iter().rfold(0, |n, &byte| n << 8 | i128::from(byte));
        self.push(Value::Int(value));
        Ok(())
    }

    /// A little-endian number in two's complement; of no bytes, it is 0.
    fn long(&mut self) -> Parsed<()> {
        let len = usize::from(self.byte()?);
        let bytes = self.take(len)?;
        if len > MAX_LONG {
            return Err(self.invalid());
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let start = if negative { -1 } else { 0 };
        let value = bytes.iter().rfold(start, |n: i128, &byte| n << 8 | i128::from(byte));
        self.push(Value::Int(value));
        Ok(())
    }

    fn text(&mut self, len: usize) -> Parsed<()> {
        let bytes = self.take(len)?;
        let text = std::str::from_utf8(bytes).map_err(|_| self.invalid())?;
        self.push(Value::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Parsed<&'a str> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let line = self.take(len)?;
        self.take(1)?;
        std::str::from_utf8(line).map_err(|_| self.invalid())
    }

    pub(super) fn invalid(&self) -> Fault {
        Fault::Damaged(format!("its pickle makes no sense before byte {}", self.at))
    }

    // ---- the stack

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Parsed<Ref> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.pop() {
            Some(value) if self.stack.len() >= floor => Ok(value),
            _ => Err(self.invalid()),
        }
    }

    /// What was put on the stack since the last mark.
    fn pop_mark(&mut self) -> Parsed<Vec<Ref>> {
        let mark = self.marks.pop().ok_or_else(|| self.invalid())?;
        Ok(self.stack.drain(mark.min(self.stack.len())..).collect())
    }

    fn top(&self) -> Parsed<Ref> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.last().filter(|_| self.stack.len() > floor);
        top.copied().ok_or_else(|| self.invalid())
    }

    fn append(&mut self, more: Vec<Ref>) -> Parsed<()> {
        let list = self.top()?;
        match self.values.get_mut(list) {
            Some(Value::List(items)) => items.extend(more),
            _ => return Err(self.invalid()),
        }
        Ok(())
    }

    fn set(&mut self, pairs: &[Ref]) -> Parsed<()> {
        let dict = self.top()?;
        let (pairs, rest) = pairs.as_chunks();
        match self.values.get_mut(dict) {
            Some(Value::Dict(items)) if rest.is_empty() => items.extend(pairs.iter().map(|&[key, value]| (key, value))),
            _ => return Err(self.invalid()),
        }
        Ok(())
    }

    fn remember(&mut self, place: u32) -> Parsed<()> {
        let value = self.top()?;
        self.memo.insert(place, value);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Parsed<()> {
        let value = self.memo.get(&place).copied().ok_or_else(|| self.invalid())?;
        self.stack.push(value);
        Ok(())
    }

    /// Attributes are dropped: those of a state dict tell the versions of the modules that it came from.
    fn build(&mut self) -> Parsed<()> {
        self.pop()?;
        let target = self.top()?;
        match self.values.get(target) {
            Some(Value::Dict(_)) => Ok(()),
            _ => Err(self.invalid()),
        }
    }
}
