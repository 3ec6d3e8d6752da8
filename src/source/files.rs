//! Reading small files out of a folder that may come from a stranger: bounded, regular files only, inside the folder.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path};

use serde_json::{Map, Value};

use super::is_absent;
use crate::error::{Error, Result};

/// No config, index or tokenizer is larger; weights are never read whole.
pub const SMALL: u64 = 64 << 20;

/// The bytes of a file that should be small; `None` if there is none.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(Error::io("reading", path, &error)),
    };
    if !metadata.is_file() {
        // A pipe would block, a device never end.
        return Err(Error::BadModel(format!("{} is not a regular file", path.display())));
    }
    let too_large = || {
        Error::BadModel(format!(
            "{} is larger than the {} MiB allowed",
            path.display(),
            SMALL >> 20
        ))
    };
    if metadata.len() > SMALL {
        return Err(too_large());
    }
    let file = File::open(path).map_err(|e| Error::io("opening", path, &e))?;
    let mut bytes = reserve(metadata.len(), path)?;
    // The file may grow while it is read: the limit holds for what is read, too.
    file.take(SMALL + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io("reading", path, &e))?;
    if bytes.len() as u64 > SMALL {
        return Err(too_large());
    }
    Ok(Some(bytes))
}

/// A JSON object, or a sentence that names the file.
pub fn object(bytes: &[u8], path: &Path) -> Result<Map<String, Value>> {
    match json(bytes, path)? {
        Value::Object(object) => Ok(object),
        _ => Err(Error::BadModel(format!(
            "{} should hold a JSON object, but holds something else",
            path.display()
        ))),
    }
}

pub fn json(bytes: &[u8], path: &Path) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|e| Error::BadModel(format!("{} is not valid JSON: {e}", path.display())))
}

/// An empty buffer with room for `len` bytes: a size that a file gave must not abort the process.
pub fn reserve(len: u64, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match usize::try_from(len).map(|len| bytes.try_reserve_exact(len)) {
        Ok(Ok(())) => Ok(bytes),
        _ => Err(Error::OutOfMemory(format!(
            "there is no memory for {len} bytes of {}",
            path.display()
        ))),
    }
}

/// Refuses a path, given by a file of the checkpoint or by a caller, that could lead out of the folder.
pub fn inside(relative: &str, given_by: &str) -> Result<()> {
    let plain = Path::new(relative)
        .components()
        .all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if plain && !relative.contains(['\0', '\\']) {
        return Ok(());
    }
    Err(Error::BadModel(format!(
        "{given_by} names the path {relative:?}, which is not inside the checkpoint's folder"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_the_folder_pass() {
        for path in ["", ".", "1_Pooling", "a/b.json", "./a", "name..json", "a/./b"] {
            assert!(inside(path, "a test").is_ok(), "{path}");
        }
        for path in ["..", "../a", "a/../../b", "/etc/passwd", "a/..", "a\\..\\b", "a\0"] {
            assert!(matches!(inside(path, "a test"), Err(Error::BadModel(_))), "{path}");
        }
    }

    #[test]
    fn large_and_irregular_files_are_refused_before_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let sparse = folder.path().join("large.json");
        File::create(&sparse).unwrap().set_len(SMALL + 1).unwrap();
        assert!(matches!(read(&sparse), Err(Error::BadModel(s)) if s.contains("large.json")));
        assert!(matches!(read(Path::new("/dev/zero")), Err(Error::BadModel(_))));
        assert!(matches!(read(folder.path()), Err(Error::BadModel(_))));
        assert!(matches!(read(&folder.path().join("none")), Ok(None)));
        assert!(matches!(read(&sparse.join("below")), Ok(None)));
    }

    #[test]
    fn bad_json_names_its_file() {
        let path = Path::new("folder/config.json");
        for bytes in [&b"{"[..], b"", b"[1]", b"\xff", b"{} trailing"] {
            assert!(matches!(object(bytes, path), Err(Error::BadModel(s)) if s.contains("config.json")));
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(json(deep.as_bytes(), path), Err(Error::BadModel(_))));
        assert!(object(b"{\"a\": 1}", path).unwrap().contains_key("a"));
    }
}
