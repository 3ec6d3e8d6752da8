//! `glyxel search`: the lines of a file that are nearest to a query, by cosine. The file is read once; only the best are kept.
//! Pictures: `search_pictures`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use glyxel::Model;
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::input::{Input, InputArguments};
use crate::model::ModelArguments;
use crate::nearest::{Hit, Nearest};
use crate::pictures::PictureArguments;
use crate::session::Session;
use crate::{output, table};

/// The most queries of one run: their best lines are all kept in memory.
const QUERIES: usize = 10_000;
/// Columns of a line that are shown.
const SHOWN: usize = 100;

#[derive(Args)]
pub struct Arguments {
    /// What to look for; - reads queries from standard input, one a line. Among pictures: a text, or a picture's file
    #[arg(index = 2)]
    pub query: String,

    /// The file whose lines are searched, or a folder of pictures
    #[arg(index = 3)]
    pub file: PathBuf,

    /// How many to show
    #[arg(short, value_name = "K", default_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    pub k: u32,

    /// Put before each query, as --prompt of embed [default: @query]
    #[arg(long, value_name = "PROMPT", default_value = "@query", hide_default_value = true)]
    pub query_prompt: String,

    /// Put before each line [default: the first of @document, @passage and @corpus that the model has]
    #[arg(long, value_name = "PROMPT")]
    document_prompt: Option<String>,

    /// One JSON object for each query
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    pub pictures: PictureArguments,

    #[command(flatten)]
    pub model: ModelArguments,
}

/// A line that was found.
pub struct Found {
    pub line: u64,
    pub text: String,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let from_stdin = arguments.query == "-";
    if from_stdin && arguments.file == Path::new("-") {
        return Err(Failure::Usage(
            "queries and lines cannot both come from standard input; give a file for one of them".into(),
        ));
    }
    let mut session = Session::start(arguments.model.quiet)?;
    let mut input = Input::open(&arguments.file, &arguments.input)?;
    let model = session.load(&arguments.model)?;
    let queries: Vec<String> = match from_stdin {
        true => {
            let lines = Input::open(Path::new("-"), &InputArguments::lines())?.all(&session, QUERIES)?;
            lines.into_iter().map(|line| line.text).collect()
        }
        false => vec![arguments.query.clone()],
    };
    let embed = |texts: Vec<String>, prompt: &str| -> Outcome<Vec<f32>> {
        let options = EmbedOptions {
            normalize: Normalize::Yes,
            dim: 0,
            prompt: prompt.into(),
        };
        Ok(embed::texts(&model, texts, &options, &session.call())?)
    };
    let query_vectors = embed(queries.clone(), &arguments.query_prompt)?;
    let document_prompt = match &arguments.document_prompt {
        Some(prompt) => prompt.clone(),
        None => document_prompt(&model)?,
    };

    let k = arguments.k as usize;
    let query_vectors = query_vectors.chunks_exact(model.dim());
    let mut best: Vec<Nearest<Found>> = query_vectors.map(|query| Nearest::new(k, query)).collect();
    session.progress().expect(input.total);
    while let Some(chunk) = input.next(&session)? {
        session.progress().begin(chunk.lines.len(), chunk.bytes);
        let vectors = embed(chunk.texts(), &document_prompt)?;
        for best in &mut best {
            session.check()?;
            for (line, vector) in chunk.lines.iter().zip(vectors.chunks_exact(model.dim())) {
                best.offer(vector, || Found {
                    line: line.number,
                    text: line.text.clone(),
                });
            }
        }
    }
    session.finish_display();
    for (query, best) in queries.iter().zip(&best) {
        output::print(&match arguments.json {
            true => as_json(query, best.hits())?,
            false => as_text(from_stdin.then_some(query), best.hits()),
        })?;
    }
    Ok(())
}

/// The prompt that sentence-transformers takes for documents.
fn document_prompt(model: &Arc<Model>) -> Outcome<String> {
    let prompts = &model.text()?.manifest().prompts;
    let known = ["document", "passage", "corpus"]
        .into_iter()
        .find(|name| prompts.contains_key(*name));
    Ok(format!("@{}", known.unwrap_or("document")))
}

pub fn as_json(query: &str, hits: &[Hit<Found>]) -> Outcome<String> {
    #[derive(Serialize)]
    struct One<'a> {
        score: f32,
        line: u64,
        text: &'a str,
    }
    #[derive(Serialize)]
    struct All<'a> {
        query: &'a str,
        hits: Vec<One<'a>>,
    }
    let hits = hits.iter().map(|hit| One {
        score: hit.score,
        line: hit.document.line,
        text: &hit.document.text,
    });
    output::json_line(&All {
        query,
        hits: hits.collect(),
    })
}

/// With the query before its lines where there are several.
pub fn as_text(query: Option<&String>, hits: &[Hit<Found>]) -> String {
    let mut text = String::new();
    if let Some(query) = query {
        let _ = writeln!(text, "{}", table::cut(query, SHOWN));
    }
    let indent = if query.is_some() { "  " } else { "" };
    let digits = hits
        .iter()
        .map(|hit| hit.document.line.to_string().len())
        .max()
        .unwrap_or(0);
    for Hit { score, document } in hits {
        let shown = table::cut(&document.text, SHOWN);
        let _ = writeln!(text, "{indent}{score:6.4}  {:digits$}  {shown}", document.line);
    }
    text
}
