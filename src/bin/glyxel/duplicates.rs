//! `glyxel duplicates`: the lines of a file, or the pictures of a folder, that are nearly alike. All vectors are kept in memory.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use glyxel::tasks::similarity::duplicates::{duplicates, Pair};
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::input::{Input, InputArguments};
use crate::model::ModelArguments;
use crate::pictures::{self, PictureArguments, Pictures};
use crate::session::Session;
use crate::{output, table};

/// Columns of a line that are shown.
const SHOWN: usize = 100;

#[derive(Args)]
pub struct Arguments {
    /// The file whose lines are compared with each other, or a folder of pictures; - is standard input
    #[arg(index = 2)]
    file: PathBuf,

    /// The least cosine of a pair, from -1 to 1. What tells duplicates from neighbours differs from model to model
    #[arg(
        long,
        short,
        value_name = "COSINE",
        default_value = "0.9",
        allow_negative_numbers = true
    )]
    threshold: f32,

    /// The most pairs to show, the nearest
    #[arg(long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..))]
    max_pairs: u32,

    /// Put before each text, as --prompt of embed
    #[arg(long, default_value = "", hide_default_value = true)]
    prompt: String,

    /// One JSON object for each pair
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    pictures: PictureArguments,

    #[command(flatten)]
    model: ModelArguments,
}

/// A line or a picture.
#[derive(Serialize, Clone)]
#[serde(untagged)]
enum Item {
    Line { line: u64, text: String },
    Picture { path: String },
}

/// Items, and their vectors of so many values.
type Embedded = (Vec<Item>, Vec<f32>, usize);

pub fn run(arguments: &Arguments) -> Outcome<()> {
    if !(-1. ..=1.).contains(&arguments.threshold) {
        return Err(Failure::Usage(format!(
            "the threshold is a cosine, from -1 to 1, not {}",
            arguments.threshold
        )));
    }
    let mut session = Session::start(arguments.model.quiet)?;
    let (items, vectors, dim) = match pictures::are_meant(&arguments.file) {
        true => of_pictures(arguments, &session)?,
        false => of_lines(arguments, &session)?,
    };
    let most = arguments.max_pairs as usize;
    let pairs = duplicates(vectors, dim, arguments.threshold, most, &session.call())?;
    session.finish_display();
    let shown = pairs.iter().map(|pair| {
        let item = |place: u64| items.get(place as usize).cloned();
        let both = item(pair.first).zip(item(pair.second));
        let (first, second) = both.ok_or_else(|| Failure::Failed("a pair is of none of the items".into()))?;
        match arguments.json {
            true => as_json(pair, first, second),
            false => Ok(as_text(pair, &first, &second)),
        }
    });
    output::print(&shown.collect::<Outcome<String>>()?)
}

fn options(prompt: &str) -> EmbedOptions {
    EmbedOptions {
        normalize: Normalize::Yes,
        dim: 0,
        prompt: prompt.into(),
    }
}

fn of_lines(arguments: &Arguments, session: &Session) -> Outcome<Embedded> {
    let mut input = Input::open(&arguments.file, &arguments.input)?;
    let model = session.load(&arguments.model)?;
    let options = options(&arguments.prompt);
    // Refuses what the model cannot do even if there is no line.
    let mut vectors = embed::texts(&model, Vec::new(), &options, &session.call())?;
    let mut items = Vec::new();
    session.progress().expect(input.total);
    while let Some(chunk) = input.next(session)? {
        session.progress().begin(chunk.lines.len(), chunk.bytes);
        vectors.extend(embed::texts(&model, chunk.texts(), &options, &session.call())?);
        items.extend(chunk.lines.into_iter().map(|line| Item::Line {
            line: line.number,
            text: line.text,
        }));
    }
    Ok((items, vectors, model.dim()))
}

fn of_pictures(arguments: &Arguments, session: &Session) -> Outcome<Embedded> {
    let mut pictures = Pictures::find(std::slice::from_ref(&arguments.file), arguments.pictures)?;
    let model = session.load(&arguments.model)?;
    let options = options("");
    let mut vectors = embed::images(&model, Vec::new(), &options, &session.call())?;
    let mut items = Vec::new();
    session.progress().expect(Some(pictures.bytes()));
    while let Some(chunk) = pictures.next(session, |pictures| {
        let vectors = embed::images(&model, pictures, &options, &session.call())?;
        Ok(vectors.chunks_exact(model.dim()).map(<[f32]>::to_vec).collect())
    })? {
        vectors.extend(chunk.results.concat());
        items.extend(chunk.paths.iter().map(|path| Item::Picture {
            path: path.to_string_lossy().into_owned(),
        }));
    }
    Ok((items, vectors, model.dim()))
}

fn as_json(pair: &Pair, first: Item, second: Item) -> Outcome<String> {
    #[derive(Serialize)]
    struct One {
        score: f32,
        first: Item,
        second: Item,
    }
    output::json_line(&One {
        score: pair.score,
        first,
        second,
    })
}

/// The score before the first, and the second below it.
fn as_text(pair: &Pair, first: &Item, second: &Item) -> String {
    let mut text = String::new();
    for (item, before) in [(first, format!("{:6.4}", pair.score)), (second, " ".repeat(6))] {
        let _ = match item {
            Item::Line { line, text: shown } => writeln!(text, "{before}  {line:>6}  {}", table::cut(shown, SHOWN)),
            Item::Picture { path } => writeln!(text, "{before}  {path}"),
        };
    }
    text
}
