//! Labels with scores, as `classify` and `zero-shot` print them for texts and pictures.

use std::fmt::Write;
use std::path::PathBuf;

use glyxel::image::Picture;
use glyxel::Model;
use serde::Serialize;

use crate::failure::Outcome;
use crate::input::{Input, InputArguments};
use crate::pictures::{PictureArguments, Pictures};
use crate::session::Session;
use crate::{output, pictures, table};

/// Columns of a text that are shown.
const SHOWN: usize = 100;

/// What something is taken for.
#[derive(Serialize)]
pub struct Label {
    pub label: String,
    pub score: f32,
}

/// What is labelled.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Item<'a> {
    Path(&'a str),
    Text(&'a str),
}

/// Whether the files are pictures, or folders of them, and not lines of text.
pub fn are_pictures(files: &[PathBuf], model: &Model) -> bool {
    model.manifest().image.is_some() || files.iter().any(|file| pictures::are_meant(file))
}

fn item(item: Item, labels: &[Label], json: bool) -> Outcome<String> {
    #[derive(Serialize)]
    struct Line<'a> {
        #[serde(flatten)]
        item: Item<'a>,
        labels: &'a [Label],
    }
    if json {
        return output::json_line(&Line { item, labels });
    }
    let mut text = match item {
        Item::Path(path) => format!("{path}\n"),
        Item::Text(text) => format!("{}\n", table::cut(text, SHOWN)),
    };
    for Label { label, score } in labels {
        let _ = writeln!(text, "  {score:6.4}  {label}");
    }
    Ok(text)
}

/// Prints every picture in the files and folders, in their order, each with its labels; `task` gives them for a few.
pub fn print_pictures(
    session: &mut Session,
    files: &[PathBuf],
    arguments: PictureArguments,
    json: bool,
    task: impl Fn(Vec<Picture>) -> glyxel::Result<Vec<Vec<Label>>>,
) -> Outcome<()> {
    let mut pictures = Pictures::find(files, arguments)?;
    session.progress().expect(Some(pictures.bytes()));
    while let Some(chunk) = pictures.next(session, &task)? {
        let items = chunk.paths.iter().zip(&chunk.results);
        let lines = items.map(|(path, labels)| item(Item::Path(&path.to_string_lossy()), labels, json));
        session.print(&lines.collect::<Outcome<String>>()?)?;
    }
    Ok(())
}

/// Prints every line of the files, in their order, each with its labels; `task` gives them for a few.
pub fn print_texts(
    session: &mut Session,
    files: &[PathBuf],
    input: &InputArguments,
    json: bool,
    task: impl Fn(Vec<String>) -> glyxel::Result<Vec<Vec<Label>>>,
) -> Outcome<()> {
    for file in files {
        let mut input = Input::open(file, input)?;
        session.progress().expect(input.total);
        while let Some(chunk) = input.next(session)? {
            session.progress().begin(chunk.lines.len(), chunk.bytes);
            let labels = task(chunk.texts())?;
            let items = chunk.lines.iter().zip(&labels);
            let lines = items.map(|(line, labels)| item(Item::Text(&line.text), labels, json));
            session.print(&lines.collect::<Outcome<String>>()?)?;
        }
    }
    Ok(())
}
