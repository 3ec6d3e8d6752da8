//! How a command ends when it does not end well.

use std::io;

pub enum Failure {
    /// The command line asks for something that cannot be.
    Usage(String),
    /// It could not be done.
    Failed(String),
    Cancelled,
    /// Whoever read the output has stopped: no failure of ours.
    NobodyReads,
    /// The command has said all there is to say.
    Silent,
}

pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub fn code(&self) -> u8 {
        match self {
            Failure::NobodyReads => 0,
            Failure::Failed(_) | Failure::Silent => 1,
            Failure::Usage(_) => 2,
            // What a shell reports of a program that was ended by SIGINT.
            Failure::Cancelled => 130,
        }
    }

    pub fn sentence(&self) -> Option<&str> {
        match self {
            Failure::Usage(sentence) | Failure::Failed(sentence) => Some(sentence),
            Failure::Cancelled => Some("cancelled"),
            Failure::NobodyReads | Failure::Silent => None,
        }
    }

    /// A failed write.
    pub fn writing(what: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::NobodyReads,
            _ => Failure::Failed(format!("writing {what} failed: {error}")),
        }
    }
}

impl From<glyxel::Error> for Failure {
    fn from(error: glyxel::Error) -> Self {
        match error {
            glyxel::Error::InvalidArgument(sentence) => Failure::Usage(sentence),
            glyxel::Error::Cancelled(_) => Failure::Cancelled,
            other => Failure::Failed(other.to_string()),
        }
    }
}
