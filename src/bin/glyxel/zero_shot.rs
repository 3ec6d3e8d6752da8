//! `glyxel zero-shot`: how well labels of one's own choosing fit texts, with a model trained on inference (NLI), or pictures,
//! with CLIP or SigLIP.

use std::path::PathBuf;

use clap::Args;
use glyxel::bundle::Activation;
use glyxel::tasks::zero_shot::ZeroShot;
use glyxel::tasks::{entailment, TaskOptions};

use crate::failure::{Failure, Outcome};
use crate::input::InputArguments;
use crate::labelled::{are_pictures, print_pictures, print_texts, Label};
use crate::model::ModelArguments;
use crate::pictures::PictureArguments;
use crate::session::Session;

#[derive(Args)]
pub struct Arguments {
    /// Texts, one a line (- is standard input); or pictures, and folders of them
    #[arg(index = 2, required = true)]
    files: Vec<PathBuf>,

    /// The labels, separated by commas; may be given several times
    #[arg(long, short, value_name = "LABEL", value_delimiter = ',', required = true)]
    label: Vec<String>,

    /// A sentence with {} where each label is put; may be given several times, for an average over them [default: "This example
    /// is {}." for texts, "This is a photo of {}." for pictures]
    #[arg(long, value_name = "TEMPLATE")]
    template: Vec<String>,

    /// Ask for each label by itself, since several may fit, instead of sharing out 1 among them
    #[arg(long)]
    multi_label: bool,

    /// One JSON object for each text or picture
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    pictures: PictureArguments,

    #[command(flatten)]
    model: ModelArguments,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let labels: Vec<String> = arguments.label.iter().map(|label| label.trim().to_string()).collect();
    if labels.iter().any(String::is_empty) {
        return Err(Failure::Usage("a label is empty; give them as --label cat,dog".into()));
    }
    let mut session = Session::start(arguments.model.quiet)?;
    let model = session.load(&arguments.model)?;
    let call = session.call();
    let options = TaskOptions {
        templates: arguments.template.clone(),
        activation: arguments.multi_label.then_some(Activation::Sigmoid),
        ..Default::default()
    };
    let of_rows = |scores: Vec<f32>| -> Vec<Vec<Label>> {
        let rows = scores.chunks_exact(labels.len());
        rows.map(|scores| ranked(&labels, scores)).collect()
    };
    match are_pictures(&arguments.files, &model) {
        true => {
            let how = ZeroShot::new(&model, labels.clone(), &options, &call)?;
            let images = |pictures| how.scores(pictures, &call).map(of_rows);
            print_pictures(
                &mut session,
                &arguments.files,
                arguments.pictures,
                arguments.json,
                images,
            )
        }
        false => {
            let texts = |texts| entailment::texts(&model, texts, labels.clone(), &options, &call).map(of_rows);
            // Refuses what the model cannot do, and a template without a place, even before the first text is read.
            texts(Vec::new())?;
            print_texts(&mut session, &arguments.files, &arguments.input, arguments.json, texts)
        }
    }
}

/// The best first.
fn ranked(labels: &[String], scores: &[f32]) -> Vec<Label> {
    let mut ranked: Vec<Label> = labels
        .iter()
        .zip(scores)
        .map(|(label, score)| Label {
            label: label.clone(),
            score: *score,
        })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked
}
