//! `glyxel similarity`: every text against every other.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::input::{Input, InputArguments};
use crate::model::ModelArguments;
use crate::output::{self, WholeFile};
use crate::plot::{heat_map, Font, Format};
use crate::session::Session;
use crate::table;

/// A matrix of more is for a program to look at, not for people.
const TEXTS: usize = 1000;
/// Columns of a text that are shown.
const SHOWN: usize = 40;

#[derive(Args)]
pub struct Arguments {
    /// The texts
    #[arg(index = 2, conflicts_with = "file", required_unless_present = "file")]
    texts: Vec<String>,

    /// Take the texts from a file; - is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Draw the matrix: a file named .svg or .png
    #[arg(long, value_name = "OUT")]
    plot: Option<PathBuf>,

    /// Put before each text, as --prompt of embed
    #[arg(long, default_value = "", hide_default_value = true)]
    prompt: String,

    /// As one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    model: ModelArguments,
}

#[derive(Serialize)]
struct Matrix<'a> {
    texts: &'a [String],
    scores: Vec<&'a [f32]>,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let mut session = Session::start(arguments.model.quiet)?;
    let plot = match &arguments.plot {
        Some(path) => Some((Format::of(path)?, WholeFile::create(path)?)),
        None => None,
    };
    let texts = match &arguments.file {
        Some(path) => read(path, arguments, &session)?,
        None => arguments.texts.clone(),
    };
    if texts.is_empty() || texts.len() > TEXTS {
        return Err(Failure::Usage(format!(
            "give from 1 to {TEXTS} texts to compare, not {}",
            texts.len()
        )));
    }
    let model = session.load(&arguments.model)?;
    let options = EmbedOptions {
        normalize: Normalize::Yes,
        dim: 0,
        prompt: arguments.prompt.clone(),
    };
    let vectors = embed::texts(&model, texts.clone(), &options, &session.call())?;
    let scores = cosines(&vectors, model.dim());

    if let Some((format, mut file)) = plot {
        let font = Font::load()?;
        let title = format!("Cosine similarity, {}", model.manifest().source.location);
        heat_map(&title, &texts, &scores, format, &font).write(format, &font, &mut file)?;
        session.check()?;
        file.finish()?;
        if format == Format::Png && !texts.iter().all(|text| font.covers(text)) {
            session
                .note("texts with characters that the built-in font lacks are drawn by number only; an SVG shows all");
        }
    }
    session.finish_display();
    output::print(&match arguments.json {
        true => output::json_line(&Matrix {
            texts: &texts,
            scores: scores.chunks_exact(texts.len()).collect(),
        })?,
        false => as_table(&texts, &scores),
    })
}

fn read(path: &Path, arguments: &Arguments, session: &Session) -> Outcome<Vec<String>> {
    let lines = Input::open(path, &arguments.input)?.all(session, TEXTS)?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}

/// Of vectors of length 1, row by row.
fn cosines(vectors: &[f32], dim: usize) -> Vec<f32> {
    let rows = || vectors.chunks_exact(dim);
    rows()
        .flat_map(|a| rows().map(|b| a.iter().zip(b).map(|(x, y)| x * y).sum()))
        .collect()
}

/// Columns are numbered as rows are: their texts would not fit.
fn as_table(texts: &[String], scores: &[f32]) -> String {
    let shown: Vec<String> = texts.iter().map(|text| table::cut(text, SHOWN)).collect();
    let wide = shown.iter().map(|text| table::width(text)).max().unwrap_or(0);
    let digits = texts.len().to_string().len();
    let mut lines = " ".repeat(digits + 1 + wide);
    for column in 1..=texts.len() {
        let _ = write!(lines, "  {column:>6}");
    }
    lines.push('\n');
    for ((number, text), row) in (1..).zip(&shown).zip(scores.chunks_exact(texts.len())) {
        let _ = write!(lines, "{number:>digits$} {}", table::pad(text, wide));
        for score in row {
            let _ = write!(lines, "  {score:>6.3}");
        }
        lines.push('\n');
    }
    lines
}
