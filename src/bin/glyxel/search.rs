//! `glyxel search`: the lines of a file that are nearest to a query, by cosine. The file is read once; only the best are kept.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use glyxel::Model;
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::input::{Input, InputArguments, Line};
use crate::model::ModelArguments;
use crate::output;
use crate::session::Session;
use crate::table;

/// The most queries of one run: their best lines are all kept in memory.
const QUERIES: usize = 10_000;
/// Columns of a line that are shown.
const SHOWN: usize = 100;

#[derive(Args)]
pub struct Arguments {
    /// What to look for; - reads queries from standard input, one a line
    #[arg(index = 2)]
    query: String,

    /// The file whose lines are searched
    #[arg(index = 3)]
    file: PathBuf,

    /// How many lines to show
    #[arg(short, value_name = "K", default_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,

    /// Put before each query, as --prompt of embed [default: @query]
    #[arg(long, value_name = "PROMPT", default_value = "@query", hide_default_value = true)]
    query_prompt: String,

    /// Put before each line [default: the first of @document, @passage and @corpus that the model has]
    #[arg(long, value_name = "PROMPT")]
    document_prompt: Option<String>,

    /// One JSON object for each query
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    model: ModelArguments,
}

#[derive(Serialize)]
struct Hit {
    score: f32,
    line: u64,
    text: String,
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
    let mut best: Vec<Vec<Hit>> = queries.iter().map(|_| Vec::new()).collect();
    session.texts().expect(input.total);
    while let Some(chunk) = input.next(&session)? {
        session.texts().begin(chunk.lines.len(), chunk.bytes);
        let vectors = embed(chunk.texts(), &document_prompt)?;
        for (query, best) in query_vectors.chunks_exact(model.dim()).zip(&mut best) {
            session.check()?;
            keep_best(best, query, &chunk.lines, &vectors, k);
        }
    }
    session.finish_display();
    for (query, hits) in queries.iter().zip(&best) {
        output::print(&match arguments.json {
            true => as_json(query, hits)?,
            false => as_text(from_stdin.then_some(query), hits),
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

fn keep_best(best: &mut Vec<Hit>, query: &[f32], lines: &[Line], vectors: &[f32], k: usize) {
    for (line, vector) in lines.iter().zip(vectors.chunks_exact(query.len())) {
        let score = query.iter().zip(vector).map(|(q, v)| q * v).sum::<f32>();
        if best.len() == k && best.last().is_some_and(|worst| worst.score >= score) {
            continue;
        }
        // Of equal lines the first stays first.
        let place = best.partition_point(|hit| hit.score >= score);
        best.truncate(k - 1);
        best.insert(
            place.min(best.len()),
            Hit {
                score,
                line: line.number,
                text: line.text.clone(),
            },
        );
    }
}

fn as_json(query: &str, hits: &[Hit]) -> Outcome<String> {
    #[derive(Serialize)]
    struct Found<'a> {
        query: &'a str,
        hits: &'a [Hit],
    }
    output::json_line(&Found { query, hits })
}

/// With the query before its lines where there are several.
fn as_text(query: Option<&String>, hits: &[Hit]) -> String {
    let mut text = String::new();
    if let Some(query) = query {
        let _ = writeln!(text, "{}", table::cut(query, SHOWN));
    }
    let indent = if query.is_some() { "  " } else { "" };
    let digits = hits.iter().map(|hit| hit.line.to_string().len()).max().unwrap_or(0);
    for hit in hits {
        let shown = table::cut(&hit.text, SHOWN);
        let _ = writeln!(text, "{indent}{:6.4}  {:digits$}  {shown}", hit.score, hit.line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_in_order_and_equals_as_they_come() {
        let lines: Vec<Line> = (1..=6)
            .map(|number| Line {
                number,
                text: String::new(),
                object: None,
            })
            .collect();
        let mut best = Vec::new();
        keep_best(&mut best, &[1.], &lines, &[0.1, 0.9, 0.5, 0.9, -1., 0.7], 3);
        assert_eq!(best.iter().map(|hit| hit.line).collect::<Vec<_>>(), [2, 4, 6]);
        keep_best(&mut best, &[1.], &lines[..1], &[0.95], 3);
        assert_eq!(best.iter().map(|hit| hit.line).collect::<Vec<_>>(), [1, 2, 4]);
        let mut one = Vec::new();
        keep_best(&mut one, &[1.], &lines, &[0.1, 0.9, 0.5, 0.9, -1., 0.7], 1);
        assert_eq!(one.iter().map(|hit| hit.line).collect::<Vec<_>>(), [2]);
    }
}
