//! The wire format of protocol buffers, as far as reading needs it: a message is a run of numbered fields
//! (<https://protobuf.dev/programming-guides/encoding/>).

use crate::error::{Error, Result};

/// The value of one field. A reader passes over kinds that it does not expect, as protobuf does.
pub enum Value<'a> {
    Varint(u64),
    Fixed32([u8; 4]),
    Fixed64,
    Bytes(&'a [u8]),
}

/// The fields of one message, in the order in which they stand.
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The number of the next field and its value; `None` at the end of the message.
    pub fn next(&mut self) -> Result<Option<(u64, Value<'a>)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.array::<8>().map(|_| Value::Fixed64)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| cut_off())?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(self.array()?),
            kind => {
                return Err(Error::BadModel(format!(
                    "the SentencePiece model holds a field of the unknown kind {kind}: it is damaged or something else"
                )))
            }
        };
        Ok(Some((key >> 3, value)))
    }

    /// Seven bits a byte, the lowest first; the top bit says that another byte follows.
    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Error::BadModel(
            "the SentencePiece model holds a number of more than 64 bits: it is damaged or something else".into(),
        ))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn cut_off() -> Error {
    Error::BadModel("the SentencePiece model is cut off: a field is longer than what is left of the file".into())
}
