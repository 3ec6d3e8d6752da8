//! The command line of glyxel: one file for each command, over the library's Rust face.
//!
//! Exit codes: 0 done (also when whoever read the output stopped reading), 1 it failed, 2 it was asked for wrongly,
//! 130 cancelled.

mod classify;
mod convert;
mod doctor;
mod duplicates;
mod embed;
mod embed_pictures;
mod failure;
mod info;
mod input;
mod labelled;
mod model;
mod nearest;
mod npy;
mod output;
mod pictures;
mod plot;
mod progress;
mod rerank;
mod search;
mod search_pictures;
mod session;
mod similarity;
mod sink;
mod table;
mod zero_shot;

use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use failure::{Failure, Outcome};

/// Pretrained text and image encoders without Python: convert, describe, embed, compare, search and classify.
#[derive(Parser)]
#[command(name = "glyxel", version, arg_required_else_help = true, after_help = SOURCE)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const SOURCE: &str =
    "SOURCE is a checkpoint's folder, a bundle file or a Hugging Face id (org/name, org/name@revision).\n\
                      Exit codes: 0 done, 1 failed, 2 asked for wrongly, 130 cancelled.";

#[derive(Subcommand)]
enum Command {
    /// Write a model as one bundle file
    Convert(convert::Arguments),
    /// Say what a model is
    Info(info::Arguments),
    /// Turn texts or pictures into vectors
    Embed(embed::Arguments),
    /// Compare texts with each other, as a table and as a picture
    Similarity(similarity::Arguments),
    /// Find the lines of a file, or the pictures of a folder, that are nearest to a query
    Search(search::Arguments),
    /// Find the lines of a file, or the pictures of a folder, that are nearly alike
    Duplicates(duplicates::Arguments),
    /// Order the lines of a file by how well they answer a query, with a cross-encoder
    Rerank(rerank::Arguments),
    /// Say what texts are, or what pictures show, by the model's classes
    Classify(classify::Arguments),
    /// Say how well labels of your choosing fit texts or pictures
    ZeroShot(zero_shot::Arguments),
    /// Look at what glyxel finds on this machine, and say what is missing
    Doctor(doctor::Arguments),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) | Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(sentence) = failure.sentence() {
                // A closed stderr is no reason to fail in another way.
                let _ = writeln!(std::io::stderr(), "glyxel: {sentence}");
            }
            ExitCode::from(failure.code())
        }
    }
}

fn run() -> Outcome<()> {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error),
    };
    match arguments.command {
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Embed(arguments) if pictures::are_meant(&arguments.file) => embed_pictures::run(&arguments),
        Command::Embed(arguments) => embed::run(&arguments),
        Command::Similarity(arguments) => similarity::run(&arguments),
        Command::Search(arguments) if pictures::are_meant(&arguments.file) => search_pictures::run(&arguments),
        Command::Search(arguments) => search::run(&arguments),
        Command::Rerank(arguments) => rerank::run(&arguments),
        Command::Duplicates(arguments) => duplicates::run(&arguments),
        Command::Classify(arguments) => classify::run(&arguments),
        Command::ZeroShot(arguments) => zero_shot::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
    }
}

/// Help and version are what was asked for; all else is a mistake.
fn explain(error: &clap::Error) -> Outcome<()> {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => output::print(&text),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Failure::Usage(format!("give a command\n\n{}", text.trim_end())))
        }
        _ => {
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            Err(Failure::Usage(text.trim_end().to_string()))
        }
    }
}
