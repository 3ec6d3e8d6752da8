//! `glyxel embed`: texts in, vectors out, a chunk at a time. Pictures: `embed_pictures`.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};

use crate::failure::{Failure, Outcome};
use crate::input::{Chunk, Input, InputArguments};
use crate::model::ModelArguments;
use crate::output::WholeFile;
use crate::pictures::PictureArguments;
use crate::session::Session;
use crate::sink::{Format, Sink};

#[derive(Args)]
pub struct Arguments {
    /// The texts, one a line; - is standard input. Or a picture, or a folder of them
    #[arg(index = 2, default_value = "-")]
    pub file: PathBuf,

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
    pub pictures: PictureArguments,

    #[command(flatten)]
    pub model: ModelArguments,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let (session, sink) = arguments.begin()?;
    let mut input = Input::open(&arguments.file, &arguments.input)?;
    let model = session.load(&arguments.model)?;
    let options = arguments.options();
    // Refuses what the model cannot do even if there is no text.
    embed::texts(&model, Vec::new(), &options, &session.call())?;
    let dim = if options.dim == 0 { model.dim() } else { options.dim };

    let mut sink = sink(dim)?;
    session.progress().expect(input.total);
    while let Some(chunk) = input.next(&session)? {
        session.progress().begin(chunk.lines.len(), chunk.bytes);
        let vectors = embed::texts(&model, chunk.texts(), &options, &session.call())?;
        sink.write(&vectors, |i| begun(&chunk, i))?;
    }
    session.check()?;
    sink.finish()
}

impl Arguments {
    /// What a run needs before the model is loaded, which may take long: the file that is to be written is made, and vectors of
    /// as many values as are then known go there.
    pub fn begin(&self) -> Outcome<(Session, impl FnOnce(usize) -> Outcome<Sink>)> {
        let output = self.output.as_deref().filter(|path| *path != Path::new("-"));
        let named_npy = output.is_some_and(|path| path.extension().is_some_and(|e| e == "npy"));
        let format = self
            .format
            .unwrap_or(if named_npy { Format::Npy } else { Format::Jsonl });
        let terminal = output.is_none() && io::IsTerminal::is_terminal(&io::stdout());
        if terminal && format == Format::Npy {
            return Err(Failure::Usage(
                "npy is not for a terminal; write it to a file with -o".into(),
            ));
        }
        // Vectors that scroll by show well enough how far it is.
        let session = Session::start(self.model.quiet || terminal)?;
        let file = output.map(WholeFile::create).transpose()?;
        Ok((session, move |dim| Sink::new(format, file, dim)))
    }

    pub fn options(&self) -> EmbedOptions {
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

/// The JSON object that a vector is to stand in, without its end: the one that the text came in, byte for byte, else a new one.
fn begun(chunk: &Chunk, i: usize) -> Outcome<String> {
    let Some(line) = chunk.lines.get(i) else {
        return Err(Failure::Failed("there are more vectors than lines".into()));
    };
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
    begun.ok_or_else(|| Failure::Failed(format!("line {} cannot be written as JSON", line.number)))
}
