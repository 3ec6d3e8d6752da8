//! `glyxel zero-shot`: how well labels of one's own choosing fit pictures, with CLIP or SigLIP.

use std::path::PathBuf;

use clap::Args;
use glyxel::tasks::{zero_shot, TaskOptions};

use crate::classify::{line, Seen};
use crate::failure::{Failure, Outcome};
use crate::model::ModelArguments;
use crate::output;
use crate::pictures::{PictureArguments, Pictures};
use crate::session::Session;

#[derive(Args)]
pub struct Arguments {
    /// Pictures, and folders of them
    #[arg(index = 2, required = true)]
    pictures: Vec<PathBuf>,

    /// The labels, separated by commas; may be given several times
    #[arg(long, short, value_name = "LABEL", value_delimiter = ',', required = true)]
    label: Vec<String>,

    /// A sentence with {} where each label is put [default: the model's, "This is a photo of {}."]
    #[arg(long, default_value = "", hide_default_value = true)]
    template: String,

    /// One JSON object for each picture
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    input: PictureArguments,

    #[command(flatten)]
    model: ModelArguments,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let labels: Vec<String> = arguments.label.iter().map(|label| label.trim().to_string()).collect();
    if labels.iter().any(String::is_empty) {
        return Err(Failure::Usage("a label is empty; give them as --label cat,dog".into()));
    }
    let mut session = Session::start(arguments.model.quiet)?;
    let mut pictures = Pictures::find(&arguments.pictures, arguments.input)?;
    let model = session.load(&arguments.model)?;
    let options = TaskOptions {
        template: arguments.template.clone(),
        ..Default::default()
    };
    // Refuses what the model cannot do, and a template without a place, even before the first picture is read.
    zero_shot::images(&model, Vec::new(), labels.clone(), &options, &session.call())?;
    session.progress().expect(Some(pictures.bytes()));
    let mut lines = Vec::new();
    while let Some(chunk) = pictures.next(&session, |pictures| {
        let scores = zero_shot::images(&model, pictures, labels.clone(), &options, &session.call())?;
        Ok(scores.chunks_exact(labels.len()).map(<[f32]>::to_vec).collect())
    })? {
        for (path, scores) in chunk.paths.iter().zip(&chunk.results) {
            lines.push(line(path, &ranked(&labels, scores), arguments.json)?);
        }
    }
    session.finish_display();
    output::print(&lines.concat())
}

/// The best first.
fn ranked(labels: &[String], scores: &[f32]) -> Vec<Seen> {
    let mut seen: Vec<Seen> = labels
        .iter()
        .zip(scores)
        .map(|(label, score)| Seen {
            label: label.clone(),
            score: *score,
        })
        .collect();
    seen.sort_by(|a, b| b.score.total_cmp(&a.score));
    seen
}
