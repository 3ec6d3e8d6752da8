//! The one error type: a sentence that says what was wrong, where, and what to do, under one status a caller can branch on.

/// What went wrong. Each kind is one status code of the C ABI; the text is the sentence a person reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An argument was missing, malformed or out of range.
    #[error("{0}")]
    InvalidArgument(String),
    /// A handle was freed before, or never came from this library.
    #[error("{0}")]
    InvalidHandle(String),
    /// A file, folder or name is not there.
    #[error("{0}")]
    NotFound(String),
    /// A checkpoint or bundle is damaged, cut off or contradicts itself.
    #[error("{0}")]
    BadModel(String),
    /// Asked for something this model or this build cannot do.
    #[error("{0}")]
    Unsupported(String),
    /// Reading or writing a file failed.
    #[error("{0}")]
    Io(String),
    /// A download failed.
    #[error("{0}")]
    Network(String),
    /// The call was cancelled through its control, or the library was shut down.
    #[error("{0}")]
    Cancelled(String),
    /// The call's time was up.
    #[error("{0}")]
    Timeout(String),
    /// Memory for a size that a caller or a file gave could not be had.
    #[error("{0}")]
    OutOfMemory(String),
    /// A device is absent or failed.
    #[error("{0}")]
    Device(String),
    /// A defect of this library.
    #[error("{0}")]
    Internal(String),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The status code of the C ABI (`glyxel_status`); 0 is success and never an error's.
    pub fn status(&self) -> i32 {
        match self {
            Error::InvalidArgument(_) => 1,
            Error::InvalidHandle(_) => 2,
            Error::NotFound(_) => 3,
            Error::BadModel(_) => 4,
            Error::Unsupported(_) => 5,
            Error::Io(_) => 6,
            Error::Network(_) => 7,
            Error::Cancelled(_) => 8,
            Error::Timeout(_) => 9,
            Error::OutOfMemory(_) => 10,
            Error::Device(_) => 11,
            Error::Internal(_) => 12,
        }
    }

    /// The same, with what it is about put before the sentence: `images[3]`. That a call has ended is about nothing in it.
    pub fn about(mut self, what: impl std::fmt::Display) -> Self {
        if let Error::Cancelled(_) | Error::Timeout(_) = self {
            return self;
        }
        let (Error::InvalidArgument(sentence)
        | Error::InvalidHandle(sentence)
        | Error::NotFound(sentence)
        | Error::BadModel(sentence)
        | Error::Unsupported(sentence)
        | Error::Io(sentence)
        | Error::Network(sentence)
        | Error::Cancelled(sentence)
        | Error::Timeout(sentence)
        | Error::OutOfMemory(sentence)
        | Error::Device(sentence)
        | Error::Internal(sentence)) = &mut self;
        *sentence = format!("{what}: {sentence}");
        self
    }

    /// An I/O failure on `path`: not found keeps its own kind, all else is `Io`.
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let sentence = format!("{doing} {} failed: {error}", path.display());
        match error.kind() {
            std::io::ErrorKind::NotFound => Error::NotFound(sentence),
            std::io::ErrorKind::OutOfMemory => Error::OutOfMemory(sentence),
            _ => Error::Io(sentence),
        }
    }
}
