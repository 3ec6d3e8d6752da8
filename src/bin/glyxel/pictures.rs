//! Pictures in: files and folders of them, read a chunk at a time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use glyxel::image::Picture;
use glyxel::Error;

use crate::failure::{Failure, Outcome};
use crate::session::Session;

/// What names of files in a folder end in that are taken for pictures.
const EXTENSIONS: [&str; 9] = ["jpg", "jpeg", "jpe", "png", "webp", "gif", "bmp", "tif", "tiff"];
/// The most pictures and bytes in a chunk: a few batches, and little beside a model.
const PICTURES: usize = 64;
const BYTES: u64 = 256 << 20;
/// No file is longer.
const FILE: u64 = 1 << 30;

#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "The pictures")]
pub struct PictureArguments {
    /// Leave out pictures that cannot be read, with a note, instead of failing
    #[arg(long)]
    skip_broken: bool,
}

/// A file, and how long it is.
struct Found {
    path: PathBuf,
    bytes: u64,
}

/// Files still to be read.
pub struct Pictures {
    files: Vec<Found>,
    next: usize,
    skip_broken: bool,
}

/// What was made of some of them, in their order; of all that could be read.
pub struct Chunk<T> {
    pub paths: Vec<PathBuf>,
    pub results: Vec<T>,
}

/// Whether a path means pictures and not lines of text: a folder, or a file that is named like a picture.
pub fn are_meant(path: &Path) -> bool {
    path.is_dir() || is_picture(path)
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    EXTENSIONS.contains(&extension.as_str())
}

impl Pictures {
    /// The files, and the pictures in the folders and in those below them, in the order of their names. Hidden ones are left
    /// alone.
    pub fn find(paths: &[PathBuf], arguments: PictureArguments) -> Outcome<Self> {
        let mut files = Vec::new();
        for path in paths {
            let metadata = fs::metadata(path).map_err(|e| failed(path, &e))?;
            if metadata.is_dir() {
                let before = files.len();
                look_into(path, &mut files)?;
                if files.len() == before {
                    return Err(Failure::Failed(format!(
                        "{} has no pictures in it: files named .{}",
                        path.display(),
                        EXTENSIONS.join(", .")
                    )));
                }
            } else {
                files.push(Found {
                    path: path.clone(),
                    bytes: metadata.len(),
                });
            }
        }
        Ok(Self {
            files,
            next: 0,
            skip_broken: arguments.skip_broken,
        })
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|found| found.bytes).sum()
    }

    /// Reads the next pictures and gives them to `task`, which answers with one result for each; `None` at the end.
    pub fn next<T>(
        &mut self,
        session: &Session,
        task: impl Fn(Vec<Picture>) -> glyxel::Result<Vec<T>>,
    ) -> Outcome<Option<Chunk<T>>> {
        session.check()?;
        let mut paths = Vec::new();
        let mut bytes = 0;
        while let Some(found) = self.files.get(self.next) {
            if paths.len() == PICTURES || (bytes + found.bytes > BYTES && !paths.is_empty()) {
                break;
            }
            bytes += found.bytes;
            paths.push(found.path.clone());
            self.next += 1;
        }
        if paths.is_empty() {
            return Ok(None);
        }
        session.progress().count("pictures");
        session.progress().begin(paths.len(), bytes);
        let mut pictures = Vec::new();
        let mut readable = Vec::new();
        for path in paths {
            match read(&path) {
                Ok(picture) => {
                    pictures.push(picture);
                    readable.push(path);
                }
                Err(Failure::Failed(sentence)) => self.leave_out(session, sentence)?,
                Err(other) => return Err(other),
            }
        }
        match task(pictures) {
            Ok(results) => Ok(Some(Chunk {
                paths: readable,
                results,
            })),
            Err(error) => match of_picture(&error).and_then(|(i, why)| Some((readable.get(i)?, why))) {
                None => Err(error.into()),
                // Only with some left out is there anything to be had of the others.
                Some((path, why)) if !self.skip_broken => Err(Failure::Failed(format!("{}: {why}", path.display()))),
                Some(_) => self.one_by_one(session, readable, task).map(Some),
            },
        }
    }

    /// Leaves out those that cannot be decoded.
    fn one_by_one<T>(
        &self,
        session: &Session,
        paths: Vec<PathBuf>,
        task: impl Fn(Vec<Picture>) -> glyxel::Result<Vec<T>>,
    ) -> Outcome<Chunk<T>> {
        let mut chunk = Chunk {
            paths: Vec::new(),
            results: Vec::new(),
        };
        for path in paths {
            session.check()?;
            let picture = match read(&path) {
                Ok(picture) => picture,
                Err(Failure::Failed(sentence)) => {
                    self.leave_out(session, sentence)?;
                    continue;
                }
                Err(other) => return Err(other),
            };
            match task(vec![picture]) {
                Ok(results) => {
                    chunk.results.extend(results);
                    chunk.paths.push(path);
                }
                Err(error) => match of_picture(&error) {
                    Some((_, why)) => self.leave_out(session, format!("{}: {why}", path.display()))?,
                    None => return Err(error.into()),
                },
            }
        }
        Ok(chunk)
    }

    fn leave_out(&self, session: &Session, sentence: String) -> Outcome<()> {
        match self.skip_broken {
            true => session.note(&format!("{sentence}; left out")),
            false => return Err(Failure::Failed(sentence)),
        }
        Ok(())
    }
}

/// Which of a task's pictures an error is about, and what it says of that.
fn of_picture(error: &Error) -> Option<(usize, &str)> {
    let Error::InvalidArgument(sentence) = error else {
        return None;
    };
    let (i, why) = sentence.strip_prefix("images[")?.split_once("]: ")?;
    Some((i.parse().ok()?, why))
}

/// The error of a call for this picture alone, with its path.
pub fn named(path: &Path, error: Error) -> Failure {
    match of_picture(&error) {
        Some((_, why)) => Failure::Failed(format!("{}: {why}", path.display())),
        None => error.into(),
    }
}

fn look_into(folder: &Path, files: &mut Vec<Found>) -> Outcome<()> {
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut paths: Vec<PathBuf> = entries
        .map_err(|e| failed(folder, &e))?
        .into_iter()
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        // A link to a folder might lead back up.
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir());
        if is_folder {
            look_into(&path, files)?;
        } else if is_picture(&path) {
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => files.push(Found {
                    bytes: metadata.len(),
                    path,
                }),
                Ok(_) => {}
                Err(e) => return Err(failed(&path, &e)),
            }
        }
    }
    Ok(())
}

/// One picture, still encoded.
pub fn read(path: &Path) -> Outcome<Picture> {
    let metadata = fs::metadata(path).map_err(|e| failed(path, &e))?;
    if metadata.len() > FILE {
        return Err(Failure::Failed(format!(
            "{} has {} bytes, more than any picture; give smaller files",
            path.display(),
            metadata.len()
        )));
    }
    fs::read(path).map(Picture::Encoded).map_err(|e| failed(path, &e))
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::Failed(format!("reading {} failed: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_of_a_picture_only_if_it_names_one() {
        let invalid = |sentence: &str| Error::InvalidArgument(sentence.into());
        assert_eq!(of_picture(&invalid("images[12]: cut off")), Some((12, "cut off")));
        for other in ["images is NULL", "images[x]: what", "options: images[1]: what"] {
            assert_eq!(of_picture(&invalid(other)), None, "{other}");
        }
        assert_eq!(of_picture(&Error::OutOfMemory("images[0]: no memory".into())), None);
    }
}
