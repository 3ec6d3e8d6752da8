//! The bundle that a model was loaded from, kept to be saved, and to be read again for what few callers ask for.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::bundle::{Archive, Manifest};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::torch::{Device, Module, Precision};

/// Where the bundle's bytes are: an open file stays readable even if it is deleted.
pub enum Bundle {
    File(File),
    Bytes(Vec<u8>),
}

/// What an archive is read from: how its module is loaded, and what is kept of it then.
pub trait Keep: Read + Seek + Send + Sized + 'static {
    fn module(&mut self, device: Device) -> Result<Module> {
        Module::load(self, device)
    }
    fn keep(self) -> Bundle;
}

/// A bundle of our own making. Nobody writes to it where it lies, the cache included: who makes it anew renames another one into its place.
/// So its weights may stay in it. Anybody else's may be copied over or cut short, and what is mapped of it would go with that.
pub struct Ours(pub File);

impl Read for Ours {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Ours {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Keep for Ours {
    fn module(&mut self, device: Device) -> Result<Module> {
        Module::load_mapped(&self.0, device)
    }

    fn keep(self) -> Bundle {
        self.0.keep()
    }
}

impl Keep for File {
    fn keep(self) -> Bundle {
        Bundle::File(self)
    }
}

impl Keep for Cursor<Vec<u8>> {
    fn keep(self) -> Bundle {
        Bundle::Bytes(self.into_inner())
    }
}

/// A bundle, and how the model that was made of it runs.
pub struct Kept {
    pub bundle: Arc<Bundle>,
    /// As it stands in the bundle.
    pub manifest: Manifest,
    pub device: Device,
    pub precision: Precision,
}

impl Kept {
    /// The bundle once more, checked as the first time.
    pub fn archive(&self, call: &Call) -> Result<Archive<Reader>> {
        let reader = Reader {
            bundle: self.bundle.clone(),
            at: 0,
        };
        match Archive::open(reader, "the bundle that the model was loaded from", call) {
            Ok(archive) if *archive.manifest() == self.manifest => Ok(archive),
            Err(e) if !matches!(e, Error::BadModel(_) | Error::NotFound(_) | Error::Unsupported(_)) => Err(e),
            _ => Err(Error::BadModel(
                "the bundle's file was changed since it was loaded, so nothing more can be read from it; load the model again".into(),
            )),
        }
    }

    /// Its module. Called on the device's compute thread.
    pub fn module(&self, archive: Archive<Reader>) -> Result<Module> {
        let mut module = Module::load(archive.into_reader()?, self.device)?;
        module.cast(self.precision)?;
        Ok(module)
    }
}

/// Reads at places of its own: the file's position is nobody's, for others may read it at the same time.
pub struct Reader {
    bundle: Arc<Bundle>,
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.bundle.as_ref() {
            Bundle::File(file) => std::os::unix::fs::FileExt::read_at(file, buffer, self.at)?,
            Bundle::Bytes(bytes) => {
                let at = usize::try_from(self.at).unwrap_or(usize::MAX);
                bytes.get(at..).unwrap_or_default().read(buffer)?
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = || match self.bundle.as_ref() {
            Bundle::File(file) => file.metadata().map(|metadata| metadata.len()),
            Bundle::Bytes(bytes) => Ok(bytes.len() as u64),
        };
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => end()?.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
