//! `glyxel classify`: what pictures show, by the classes that the model was trained on.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use glyxel::tasks::{classify, TaskOptions};
use serde::Serialize;

use crate::failure::Outcome;
use crate::model::ModelArguments;
use crate::output;
use crate::pictures::{PictureArguments, Pictures};
use crate::session::Session;

#[derive(Args)]
pub struct Arguments {
    /// Pictures, and folders of them
    #[arg(index = 2, required = true)]
    pictures: Vec<PathBuf>,

    /// How many classes to show for each
    #[arg(short, value_name = "K", default_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,

    /// One JSON object for each picture
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    input: PictureArguments,

    #[command(flatten)]
    model: ModelArguments,
}

/// What is seen on a picture.
#[derive(Serialize)]
pub struct Seen {
    pub label: String,
    pub score: f32,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let mut session = Session::start(arguments.model.quiet)?;
    let mut pictures = Pictures::find(&arguments.pictures, arguments.input)?;
    let model = session.load(&arguments.model)?;
    let options = TaskOptions {
        top_k: arguments.k as usize,
        ..Default::default()
    };
    // Refuses what the model cannot do even before the first picture is read.
    classify::images(&model, Vec::new(), &options, &session.call())?;
    session.progress().expect(Some(pictures.bytes()));
    let mut lines = Vec::new();
    while let Some(chunk) = pictures.next(&session, |pictures| {
        let predictions = classify::images(&model, pictures, &options, &session.call())?;
        let seen = |item: &Vec<classify::Prediction>| {
            item.iter()
                .map(|p| Seen {
                    label: predictions.label(p.index).unwrap_or_default().to_string(),
                    score: p.score,
                })
                .collect::<Vec<_>>()
        };
        Ok(predictions.items().iter().map(seen).collect())
    })? {
        for (path, seen) in chunk.paths.iter().zip(&chunk.results) {
            lines.push(line(path, seen, arguments.json)?);
        }
    }
    session.finish_display();
    output::print(&lines.concat())
}

/// The picture's path, then what is seen on it.
pub fn line(path: &Path, seen: &[Seen], json: bool) -> Outcome<String> {
    #[derive(Serialize)]
    struct Line<'a> {
        path: &'a str,
        labels: &'a [Seen],
    }
    let path = path.to_string_lossy();
    if json {
        return output::json_line(&Line {
            path: &path,
            labels: seen,
        });
    }
    let mut text = format!("{path}\n");
    for Seen { label, score } in seen {
        let _ = writeln!(text, "  {score:6.4}  {label}");
    }
    Ok(text)
}
