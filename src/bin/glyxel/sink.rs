//! Where vectors go: JSON lines or NumPy's file format, on standard output or in a file.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::failure::{Failure, Outcome};
use crate::npy::Npy;
use crate::output::{Spool, WholeFile};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Jsonl,
    Npy,
}

/// The number of rows stands at an npy file's beginning, so standard output gets it from a spool.
enum Target {
    Lines(io::BufWriter<io::Stdout>),
    LinesFile(WholeFile),
    Npy(Npy<Spool>),
    NpyFile(Npy<WholeFile>),
}

/// The sink, and how many values each vector has.
pub struct Sink {
    target: Target,
    dim: usize,
}

impl Sink {
    pub fn new(format: Format, file: Option<WholeFile>, dim: usize) -> Outcome<Self> {
        let target = match (format, file) {
            (Format::Jsonl, None) => Ok(Target::Lines(io::BufWriter::new(io::stdout()))),
            (Format::Jsonl, Some(file)) => Ok(Target::LinesFile(file)),
            (Format::Npy, None) => Npy::new(Spool::create()?, dim).map(Target::Npy),
            (Format::Npy, Some(file)) => Npy::new(file, dim).map(Target::NpyFile),
        };
        let target = target.map_err(|e| failed(&e))?;
        Ok(Self { target, dim })
    }

    /// Writes vectors, one after the other; `begun(i)` is the JSON object that the i-th is to stand in, without its end.
    pub fn write(&mut self, vectors: &[f32], begun: impl Fn(usize) -> Outcome<String>) -> Outcome<()> {
        let dim = self.dim;
        match &mut self.target {
            Target::Npy(npy) => npy.write(vectors).map_err(|e| failed(&e)),
            Target::NpyFile(npy) => npy.write(vectors).map_err(|e| failed(&e)),
            Target::LinesFile(file) => write_lines(file, vectors, dim, begun),
            // Whoever reads gets each chunk when it is there.
            Target::Lines(stdout) => {
                write_lines(stdout, vectors, dim, begun)?;
                stdout.flush().map_err(|e| failed(&e))
            }
        }
    }

    pub fn finish(self) -> Outcome<()> {
        match self.target {
            Target::Lines(_) => Ok(()),
            Target::LinesFile(file) => file.finish(),
            Target::Npy(npy) => npy.finish().map_err(|e| failed(&e))?.finish(),
            Target::NpyFile(npy) => npy.finish().map_err(|e| failed(&e))?.finish(),
        }
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::writing("the vectors", error)
}

/// One JSON object a line.
fn write_lines(
    target: &mut impl Write,
    vectors: &[f32],
    dim: usize,
    begun: impl Fn(usize) -> Outcome<String>,
) -> Outcome<()> {
    for (i, vector) in vectors.chunks_exact(dim).enumerate() {
        write!(target, "{},\"embedding\":", begun(i)?.trim_end())
            .and_then(|()| serde_json::to_writer(&mut *target, vector).map_err(io::Error::from))
            .and_then(|()| target.write_all(b"}\n"))
            .map_err(|e| failed(&e))?;
    }
    Ok(())
}
