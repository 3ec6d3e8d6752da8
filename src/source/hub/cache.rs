//! The folder of one repository in the cache that Python's `huggingface_hub` keeps, too:
//!
//! ```text
//! models--org--name/
//!     blobs/<etag>                         what files hold; <etag>.incomplete: as far as it has come
//!     snapshots/<commit>/<file>            links into blobs
//!     refs/<branch or tag>                 the commit that it was when it was asked for last
//!     .no_exist/<commit>/<file>            what was looked for and is not there
//!     trees/<commit>.json                  all that is there, if Python asked
//! .locks/models--org--name/<etag>.lock     held while a blob is fetched
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::id::{is_commit, Id};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::source::files;

/// How often a call that waits for another's download looks whether it is done, or cancelled.
const POLL: Duration = Duration::from_millis(20);
/// Folders in folders: modules of modules, and no more.
const MAX_DEPTH: usize = 4;

pub struct Repo {
    root: PathBuf,
    locks: PathBuf,
}

/// Held by one thread of one process at a time, Python's included.
pub struct Lock(Option<File>);

impl Repo {
    pub fn new(cache: &Path, id: &Id) -> Self {
        let folder = format!("models--{}", id.repo.replace('/', "--"));
        Repo {
            root: cache.join(&folder),
            locks: cache.join(".locks").join(folder),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that a revision was when it was asked for last.
    pub fn commit(&self, id: &Id) -> Option<String> {
        if let Some(commit) = id.commit() {
            return Some(commit.into());
        }
        let text = fs::read_to_string(self.root.join("refs").join(&id.revision)).ok()?;
        let commit = text.trim();
        is_commit(commit).then(|| commit.into())
    }

    pub fn snapshot(&self, commit: &str) -> PathBuf {
        self.root.join("snapshots").join(commit)
    }

    pub fn has(&self, commit: &str, name: &str) -> bool {
        // Links are followed: one whose blob is gone is no file.
        self.snapshot(commit).join(name).is_file()
    }

    /// The files of a snapshot, by their paths in the repository.
    pub fn names(&self, commit: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        collect(&self.snapshot(commit), "", MAX_DEPTH, &mut names);
        names
    }

    /// Whether the commit is known to have no such file.
    pub fn lacks(&self, commit: &str, name: &str) -> bool {
        let tree = || self.tree(commit).is_some_and(|tree| !tree.contains(name));
        self.root.join(".no_exist").join(commit).join(name).is_file() || tree()
    }

    fn tree(&self, commit: &str) -> Option<BTreeSet<String>> {
        let path = self.root.join("trees").join(format!("{commit}.json"));
        let tree = files::json(&files::read(&path).ok()??, &path).ok()?;
        let known = tree.get("format_version").and_then(Value::as_u64) == Some(1);
        let names = tree.get("files").filter(|_| known)?.as_object()?;
        Some(names.keys().cloned().collect())
    }

    /// Notes what was looked for in a commit and is not there. Nothing depends on it but a question less the next time.
    pub fn note_absent(&self, commit: &str, names: &[String]) {
        for name in names {
            let path = self.root.join(".no_exist").join(commit).join(name);
            if !path.exists() {
                let _ = path.parent().map(fs::create_dir_all);
                let _ = File::create(path);
            }
        }
    }

    /// Notes which commit a branch or tag is now. A cache that cannot be written is still good to read.
    pub fn note_commit(&self, id: &Id, commit: &str) {
        if self.commit(id).as_deref() == Some(commit) {
            return;
        }
        let path = self.root.join("refs").join(&id.revision);
        let Some(folder) = path.parent() else { return };
        let _ = fs::create_dir_all(folder);
        let written = tempfile::Builder::new().make_in(folder, |path| fs::write(path, commit));
        let _ = written.map(|file| file.persist(&path));
    }

    pub fn blob(&self, etag: &str) -> PathBuf {
        self.root.join("blobs").join(etag)
    }

    /// Makes the snapshot's file a link to the blob.
    pub fn link(&self, commit: &str, name: &str, etag: &str) -> Result<()> {
        let path = self.snapshot(commit).join(name);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(|e| unusable(folder, &e))?;
        let up = "../".repeat(2 + name.matches('/').count());
        let target = format!("{up}blobs/{etag}");
        let link = |path: &Path| std::os::unix::fs::symlink(&target, path);
        // Not every file system has links: there the snapshot holds the file itself, as Python's does.
        let file = |path: &Path| link(path).or_else(|_| fs::copy(self.blob(etag), path).map(|_| ()));
        tempfile::Builder::new()
            .prefix(".link")
            .make_in(folder, file)
            .and_then(|link| link.into_temp_path().persist(&path).map_err(|e| e.error))
            .map_err(|e| unusable(folder, &e))
    }

    /// Waits until nobody else fetches the blob.
    pub fn lock(&self, etag: &str, call: &Call) -> Result<Lock> {
        let path = self.locks.join(format!("{etag}.lock"));
        fs::create_dir_all(&self.locks).map_err(|e| unusable(&self.locks, &e))?;
        loop {
            let mut options = File::options();
            // The mode that Python gives it, so that users of one group can share a cache.
            let file = options.create(true).truncate(false).write(true).mode(0o664).open(&path);
            let file = file.map_err(|e| unusable(&self.locks, &e))?;
            loop {
                call.check()?;
                match file.try_lock() {
                    Ok(()) => break,
                    Err(TryLockError::WouldBlock) => std::thread::sleep(POLL),
                    // A file system without locks: blobs are checked, so the worst is that one is fetched twice.
                    Err(TryLockError::Error(_)) => return Ok(Lock(None)),
                }
            }
            // Somebody may have deleted the file while we waited for it: then others lock another one.
            let inode = |m: io::Result<fs::Metadata>| m.map(|m| (m.dev(), m.ino())).ok();
            if inode(file.metadata()) == inode(fs::metadata(&path)) {
                return Ok(Lock(Some(file)));
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not free it while a child that the host forked has the file open, too.
        let _ = self.0.as_ref().map(File::unlock);
    }
}

fn collect(folder: &Path, prefix: &str, depth: usize, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        if path.is_file() {
            names.insert(format!("{prefix}{name}"));
        } else if depth > 0 && path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), depth - 1, names);
        }
    }
}

/// A folder of the cache that cannot be written, or has no room left.
pub fn unusable(folder: &Path, error: &io::Error) -> Error {
    let what = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "has no room left",
        _ => "cannot be written",
    };
    Error::Io(format!(
        "the cache of downloads {} {what}: {error}; make room there, or set the option cache_dir or the variable HF_HUB_CACHE to another folder",
        folder.display()
    ))
}
