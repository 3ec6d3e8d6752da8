//! `glyxel rerank`: the lines of a file by how well they answer a query, as a cross-encoder scores them.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use glyxel::tasks::pairs::{self, Pair};
use glyxel::tasks::TaskOptions;

use crate::failure::Outcome;
use crate::input::{Input, InputArguments};
use crate::model::ModelArguments;
use crate::nearest::Hit;
use crate::output;
use crate::search::{as_json, as_text, Found};
use crate::session::Session;

#[derive(Args)]
pub struct Arguments {
    /// What the lines are to answer
    #[arg(index = 2)]
    query: String,

    /// The file whose lines are scored; - is standard input
    #[arg(index = 3)]
    file: PathBuf,

    /// How many to show, the best first [default: all]
    #[arg(short, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    k: Option<u32>,

    /// One JSON object for all
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    model: ModelArguments,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let mut session = Session::start(arguments.model.quiet)?;
    let mut input = Input::open(&arguments.file, &arguments.input)?;
    let model = session.load(&arguments.model)?;
    let options = TaskOptions::default();
    // Refuses what the model cannot do even if there is no line.
    pairs::score(&model, Vec::new(), &options, &session.call())?;
    let query = Arc::new(arguments.query.clone());
    let most = arguments.k.map_or(usize::MAX, |k| k as usize);
    let mut best: Vec<Hit<Found>> = Vec::new();
    session.progress().expect(input.total);
    while let Some(chunk) = input.next(&session)? {
        session.progress().begin(chunk.lines.len(), chunk.bytes);
        let lines = chunk.lines.iter().map(|line| Arc::new(line.text.clone()));
        let pairs: Vec<Pair> = lines.map(|line| (query.clone(), line)).collect();
        let scores = pairs::score(&model, pairs, &options, &session.call())?;
        let scored = chunk.lines.into_iter().zip(scores);
        best.extend(scored.map(|(line, score)| Hit {
            score,
            document: Found {
                line: line.number,
                text: line.text,
            },
        }));
        // Of equal ones the first line comes first.
        best.sort_by(|a, b| b.score.total_cmp(&a.score));
        best.truncate(most);
    }
    session.finish_display();
    output::print(&match arguments.json {
        true => as_json(&arguments.query, &best)?,
        false => as_text(None, &best),
    })
}
