//! A file as decoders read it, for as long as anybody wants the picture.

use std::io::{BufRead, Cursor, Error, Read, Result, Seek, SeekFrom};

use crate::control::Call;

/// The bytes that are read between two looks at the call: a few kilobytes may unpack to megabytes.
const PIECE: usize = 4096;

/// Reading fails once the call has ended. What a decoder makes of that does not matter: `decode` looks at the call again.
pub struct Watched<'a, B> {
    file: Cursor<B>,
    call: &'a Call,
    /// Bytes until the next look.
    left: usize,
}

impl<'a, B: AsRef<[u8]>> Watched<'a, B> {
    pub fn new(file: B, call: &'a Call) -> Self {
        Self {
            file: Cursor::new(file),
            call,
            left: 0,
        }
    }

    fn look(&mut self) -> Result<()> {
        if self.left == 0 {
            self.call.check().map_err(Error::other)?;
            self.left = PIECE;
        }
        Ok(())
    }
}

impl<B: AsRef<[u8]>> Read for Watched<'_, B> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        self.look()?;
        let read = self.file.read(to)?;
        self.left = self.left.saturating_sub(read);
        Ok(read)
    }
}

impl<B: AsRef<[u8]>> BufRead for Watched<'_, B> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.look()?;
        let rest = self.file.fill_buf()?;
        Ok(rest.get(..self.left).unwrap_or(rest))
    }

    fn consume(&mut self, bytes: usize) {
        self.file.consume(bytes);
        self.left = self.left.saturating_sub(bytes);
    }
}

impl<B: AsRef<[u8]>> Seek for Watched<'_, B> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Control;

    #[test]
    fn a_call_that_has_ended_reads_no_further() {
        let (control, bytes) = (Control::new(), vec![7; 3 * PIECE]);
        let call = control.call();
        let mut file = Watched::new(&bytes, &call);
        let mut all = Vec::new();
        file.read_to_end(&mut all).unwrap();
        assert_eq!(all, bytes);
        file.rewind().unwrap();
        let piece = file.fill_buf().unwrap().len();
        assert!((1..=PIECE).contains(&piece));
        control.cancel();
        file.consume(piece);
        file.read_exact(&mut vec![0; 2 * PIECE]).unwrap_err();
        assert!(file.fill_buf().is_err());
        assert!(file.read(&mut [0]).is_err());
    }
}
