//! `glyxel convert`: a checkpoint becomes one file.

use std::path::PathBuf;

use clap::Args;
use indicatif::DecimalBytes;

use crate::failure::{Failure, Outcome};
use crate::model::ModelArguments;
use crate::output::{self, WholeFile};
use crate::session::Session;

#[derive(Args)]
pub struct Arguments {
    /// The bundle to write, by custom NAME.pt
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    model: ModelArguments,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    let mut session = Session::start(arguments.model.quiet)?;
    // Before the model is downloaded and converted, which may take long: can the file be written at all?
    drop(WholeFile::create(&arguments.output)?);
    let model = session.load(&arguments.model)?;
    session.check()?;
    model.save(&arguments.output)?;
    session.finish_display();
    let path = arguments.output.display();
    let metadata = std::fs::metadata(&arguments.output)
        .map_err(|e| Failure::Failed(format!("{path} was written, but cannot be read: {e}")))?;
    output::print(&format!("{path}  {}\n", DecimalBytes(metadata.len())))
}
