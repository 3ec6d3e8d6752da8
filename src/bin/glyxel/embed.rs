//! `glyxel embed`: texts in, vectors out, a chunk at a time.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};

use crate::failure::{Failure, Outcome};
use crate::input::{Chunk, Input, InputArguments};
use crate::model::ModelArguments;
use crate::npy::Npy;
use crate::output::{Spool, WholeFile};
use crate::session::Session;

#[derive(Args)]
pub struct Arguments {
    /// The texts; - is standard input
    #[arg(index = 2, default_value = "-")]
    file: PathBuf,

    /// Where the vectors go, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,

    /// JSON lines, or NumPy's file format [default: npy for a file named .npy, else jsonl]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Put before each text; @NAME is one of the model's own, @ none [default: the model's default prompt]
    #[arg(long, default_value = "", hide_default_value = true)]
    prompt: String,

    /// Only the first N values of each vector
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    dim: usize,

    /// Scale vectors to length 1 [default: as the model says]
    #[arg(long, overrides_with = "no_normalize")]
    normalize: bool,

    /// Leave vectors as long as they are
    #[arg(long)]
    no_normalize: bool,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    model: ModelArguments,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Jsonl,
    Npy,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let output = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
    let named_npy = output.is_some_and(|path| path.extension().is_some_and(|e| e == "npy"));
    let format = arguments
        .format
        .unwrap_or(if named_npy { Format::Npy } else { Format::Jsonl });
    let terminal = output.is_none() && io::IsTerminal::is_terminal(&io::stdout());
    if terminal && format == Format::Npy {
        return Err(Failure::Usage(
            "npy is not for a terminal; write it to a file with -o".into(),
        ));
    }
    // Vectors that scroll by show well enough how far it is.
    let session = Session::start(arguments.model.quiet || terminal)?;
    let mut input = Input::open(&arguments.file, &arguments.input)?;
    // Before the model is loaded, which may take long.
    let file = output.map(WholeFile::create).transpose()?;
    let model = session.load(&arguments.model)?;
    let options = arguments.options();
    // Refuses what the model cannot do even if there is no text.
    embed::texts(&model, Vec::new(), &options, &session.call())?;
    let dim = if options.dim == 0 { model.dim() } else { options.dim };

    let mut sink = Sink::new(format, file, dim)?;
    session.texts().expect(input.total);
    while let Some(chunk) = input.next(&session)? {
        session.texts().begin(chunk.lines.len(), chunk.bytes);
        let vectors = embed::texts(&model, chunk.texts(), &options, &session.call())?;
        sink.write(&chunk, &vectors, dim)?;
    }
    session.check()?;
    sink.finish()
}

impl Arguments {
    fn options(&self) -> EmbedOptions {
        EmbedOptions {
            normalize: match (self.normalize, self.no_normalize) {
                (true, _) => Normalize::Yes,
                (_, true) => Normalize::No,
                _ => Normalize::AsModel,
            },
            dim: self.dim,
            prompt: self.prompt.clone(),
        }
    }
}

/// Where the vectors go. The number of rows stands at an npy file's beginning, so standard output gets it from a spool.
enum Sink {
    Lines(io::BufWriter<io::Stdout>),
    LinesFile(WholeFile),
    Npy(Npy<Spool>),
    NpyFile(Npy<WholeFile>),
}

impl Sink {
    fn new(format: Format, file: Option<WholeFile>, dim: usize) -> Outcome<Self> {
        let sink = match (format, file) {
            (Format::Jsonl, None) => Ok(Sink::Lines(io::BufWriter::new(io::stdout()))),
            (Format::Jsonl, Some(file)) => Ok(Sink::LinesFile(file)),
            (Format::Npy, None) => Npy::new(Spool::create()?, dim).map(Sink::Npy),
            (Format::Npy, Some(file)) => Npy::new(file, dim).map(Sink::NpyFile),
        };
        sink.map_err(|e| failed(&e))
    }

    fn write(&mut self, chunk: &Chunk, vectors: &[f32], dim: usize) -> Outcome<()> {
        match self {
            Sink::Npy(npy) => npy.write(vectors).map_err(|e| failed(&e)),
            Sink::NpyFile(npy) => npy.write(vectors).map_err(|e| failed(&e)),
            Sink::LinesFile(file) => write_lines(file, chunk, vectors, dim),
            // Whoever reads gets each chunk when it is there.
            Sink::Lines(stdout) => {
                write_lines(stdout, chunk, vectors, dim)?;
                stdout.flush().map_err(|e| failed(&e))
            }
        }
    }

    fn finish(self) -> Outcome<()> {
        match self {
            Sink::Lines(_) => Ok(()),
            Sink::LinesFile(file) => file.finish(),
            Sink::Npy(npy) => npy.finish().map_err(|e| failed(&e))?.finish(),
            Sink::NpyFile(npy) => npy.finish().map_err(|e| failed(&e))?.finish(),
        }
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::writing("the vectors", error)
}

/// One JSON object a line: the one that the text came in, byte for byte and with its embedding added, else a new one.
fn write_lines(target: &mut impl Write, chunk: &Chunk, vectors: &[f32], dim: usize) -> Outcome<()> {
    for (line, vector) in chunk.lines.iter().zip(vectors.chunks_exact(dim)) {
        let begun = match &line.object {
            Some(object) if object.has_embedding => {
                return Err(Failure::Failed(format!(
                    "line {} has a field \"embedding\" already; take it out or give it another name",
                    line.number
                )))
            }
            Some(object) => object.as_written.trim_end().strip_suffix('}').map(str::to_string),
            None => serde_json::to_string(&line.text)
                .ok()
                .map(|text| format!("{{\"text\":{text}")),
        };
        let begun = begun.ok_or_else(|| Failure::Failed(format!("line {} cannot be written as JSON", line.number)))?;
        write!(target, "{},\"embedding\":", begun.trim_end())
            .and_then(|()| serde_json::to_writer(&mut *target, vector).map_err(io::Error::from))
            .and_then(|()| target.write_all(b"}\n"))
            .map_err(|e| failed(&e))?;
    }
    Ok(())
}
