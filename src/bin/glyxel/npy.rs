//! NumPy's file format, version 1.0, for a matrix of f32 whose number of rows is known only when all are written.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::io::{self, Seek, SeekFrom, Write};

/// Length of all that stands before the values; the format wants a multiple of 64.
const HEADER: usize = 128;
const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";

pub struct Npy<W> {
    target: W,
    dim: usize,
    rows: u64,
}

impl<W: Write + Seek> Npy<W> {
    pub fn new(mut target: W, dim: usize) -> io::Result<Self> {
        target.write_all(&header(0, dim))?;
        Ok(Self { target, dim, rows: 0 })
    }

    pub fn write(&mut self, vectors: &[f32]) -> io::Result<()> {
        for vector in vectors.chunks_exact(self.dim) {
            for value in vector {
                self.target.write_all(&value.to_le_bytes())?;
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// Puts the number of rows into the header.
    pub fn finish(mut self) -> io::Result<W> {
        self.target.seek(SeekFrom::Start(0))?;
        self.target.write_all(&header(self.rows, self.dim))?;
        self.target.flush()?;
        Ok(self.target)
    }
}

fn header(rows: u64, dim: usize) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    // What follows this length itself.
    header.extend_from_slice(&((HEADER - MAGIC.len() - 2) as u16).to_le_bytes());
    header.extend_from_slice(
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dim}), }}").as_bytes(),
    );
    header.resize(HEADER - 1, b' ');
    header.push(b'\n');
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn the_largest_shape_fits_the_header() {
        for (rows, dim) in [(0, 1), (u64::MAX, usize::MAX)] {
            let header = header(rows, dim);
            assert_eq!(header.len(), HEADER);
            let text = String::from_utf8_lossy(&header[10..]).into_owned();
            assert!(text.contains(&format!("'shape': ({rows}, {dim}), }}")) && text.ends_with('\n'));
        }
    }

    #[test]
    fn rows_are_counted() {
        let mut npy = Npy::new(Cursor::new(Vec::new()), 2).unwrap();
        npy.write(&[1., 2., 3., 4.]).unwrap();
        npy.write(&[5., 6.]).unwrap();
        let bytes = npy.finish().unwrap().into_inner();
        assert_eq!(bytes.len(), HEADER + 6 * 4);
        assert!(String::from_utf8_lossy(&bytes).contains("(3, 2)"));
        assert_eq!(bytes[HEADER + 20..], 6f32.to_le_bytes());
    }
}
