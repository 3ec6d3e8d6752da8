//! `glyxel classify`: what texts are, or what pictures show, by the classes that the model was trained on.

use std::path::PathBuf;

use clap::Args;
use glyxel::tasks::classify::{self, Prediction, Predictions};
use glyxel::tasks::TaskOptions;

use crate::failure::Outcome;
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

    /// How many classes to show for each
    #[arg(short, value_name = "K", default_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,

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
    let mut session = Session::start(arguments.model.quiet)?;
    let model = session.load(&arguments.model)?;
    let options = TaskOptions {
        top_k: arguments.k as usize,
        ..Default::default()
    };
    let call = session.call();
    let images = |pictures| classify::images(&model, pictures, &options, &call).map(labels);
    let texts = |texts| classify::texts(&model, texts, &options, &call).map(labels);
    // What the model cannot do is refused even before anything is read.
    match are_pictures(&arguments.files, &model) {
        true => {
            images(Vec::new())?;
            print_pictures(
                &mut session,
                &arguments.files,
                arguments.pictures,
                arguments.json,
                images,
            )
        }
        false => {
            texts(Vec::new())?;
            print_texts(&mut session, &arguments.files, &arguments.input, arguments.json, texts)
        }
    }
}

/// With their names.
fn labels(predictions: Predictions) -> Vec<Vec<Label>> {
    let named = |prediction: &Prediction| Label {
        label: predictions.label(prediction.index).unwrap_or_default().to_string(),
        score: prediction.score,
    };
    let item = |item: &Vec<Prediction>| item.iter().map(named).collect();
    predictions.items().iter().map(item).collect()
}
