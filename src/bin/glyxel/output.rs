//! Where results go: standard output, or a file that appears whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::{Failure, Outcome};

/// Prints to standard output.
pub fn print(text: &str) -> Outcome<()> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|e| Failure::writing("to standard output", &e))
}

/// As JSON on one line. Floats keep the few digits that an f32 has.
pub fn json_line(value: &impl serde::Serialize) -> Outcome<String> {
    serde_json::to_string(value)
        .map(|json| json + "\n")
        .map_err(|e| Failure::Failed(format!("the result has no JSON: {e}")))
}

/// A file under a temporary name beside its own, which it gets when it is whole. Removed when dropped before that.
pub struct WholeFile {
    temporary: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl WholeFile {
    pub fn create(path: &Path) -> Outcome<Self> {
        // A link is followed: what it points to is replaced, not the link. Devices and pipes are not to be replaced at all.
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if resolved.file_name().is_none() || (resolved.exists() && !resolved.is_file()) {
            return Err(Failure::Usage(format!(
                "{} is not a regular file; give the path of a file, new or to be replaced",
                path.display()
            )));
        }
        let folder = match resolved.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(Failure::Failed(format!(
                "{} cannot be written: there is no folder {}",
                path.display(),
                folder.display()
            )));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".glyxel-");
        #[cfg(unix)]
        {
            // Readable by whom the user's umask lets, not only by its owner.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let temporary = builder.tempfile_in(folder).map_err(|e| {
            // Without the temporary file's name, which is nobody's concern.
            Failure::Failed(format!(
                "{} cannot be written: {}",
                path.display(),
                io::Error::from(e.kind())
            ))
        })?;
        Ok(Self {
            temporary: BufWriter::new(temporary),
            path: resolved,
        })
    }

    /// Gives the file its name.
    pub fn finish(self) -> Outcome<()> {
        let failed = |e: &io::Error| Failure::writing(&self.path.display().to_string(), e);
        let temporary = self.temporary.into_inner().map_err(|e| failed(e.error()))?;
        temporary.persist(&self.path).map(drop).map_err(|e| failed(&e.error))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

impl Seek for WholeFile {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.temporary.seek(to)
    }
}

/// What must be whole before standard output gets it.
pub struct Spool(BufWriter<File>);

impl Spool {
    pub fn create() -> Outcome<Self> {
        let file = tempfile::tempfile().map_err(|e| {
            Failure::Failed(format!(
                "making a temporary file failed: {e}; set TMPDIR to a folder that can be written, or write to a file with -o"
            ))
        })?;
        Ok(Self(BufWriter::new(file)))
    }

    /// Copies all of it to standard output.
    pub fn finish(self) -> Outcome<()> {
        let failed = |e: &io::Error| Failure::writing("to standard output", e);
        let mut file = self.0.into_inner().map_err(|e| failed(e.error()))?;
        file.rewind().map_err(|e| failed(&e))?;
        let mut stdout = io::stdout().lock();
        io::copy(&mut file, &mut stdout)
            .and_then(|_| stdout.flush())
            .map_err(|e| failed(&e))
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}
