//! Converted bundles, kept so that a checkpoint is converted once: by one process, under a lock, whole or not at all.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::is_absent;
use crate::control::Call;
use crate::error::{Error, Result};

/// How often a call that waits for another's conversion looks whether it is done, or cancelled.
const POLL: Duration = Duration::from_millis(20);

/// `$GLYXEL_CACHE`, else `glyxel` in the user's cache folder.
pub fn default_dir() -> Result<PathBuf> {
    dir_from(|name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    })
}

fn dir_from(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf> {
    // A relative XDG_CACHE_HOME is to be ignored, says its specification.
    let cache = || {
        variable("XDG_CACHE_HOME")
            .filter(|p| p.is_absolute())
            .map(|p| p.join("glyxel"))
    };
    let home = || variable("HOME").map(|p| p.join(".cache").join("glyxel"));
    variable("GLYXEL_CACHE").or_else(cache).or_else(home).ok_or_else(|| {
        Error::InvalidArgument(
            "there is no cache folder: none of GLYXEL_CACHE, XDG_CACHE_HOME and HOME is set; set one, or the option cache_dir".into(),
        )
    })
}

/// The bundle cached under `key`; if there is none, `write` makes it in a temporary file that then takes its place.
/// Of all threads and processes that ask at once, one writes and the others wait for it.
pub fn bundle(cache_dir: &Path, key: &str, call: &Call, write: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(Error::Internal(format!("the cache key {key:?} is not a plain name")));
    }
    let folder = cache_dir.join("bundles");
    let bundle = folder.join(format!("{key}.pt"));
    if bundle.is_file() {
        return Ok(bundle);
    }
    fs::create_dir_all(&folder).map_err(|e| unusable(&folder, &e))?;
    let _lock = Lock::take(&folder, key, call)?;
    if bundle.is_file() {
        return Ok(bundle);
    }
    sweep(&folder, key);
    call.check()?;
    // A name of its own: what a cancelled conversion still writes in the background goes to another file.
    let temporary = tempfile::Builder::new()
        .prefix(&format!("{key}."))
        .rand_bytes(16)
        .suffix(".part")
        .make_in(&folder, |_| Ok(()))
        .map_err(|e| unusable(&folder, &e))?;
    write(temporary.path())?;
    // On the disk before it has its name: a power cut leaves no bundle rather than half of one.
    File::open(temporary.path())
        .and_then(|file| file.sync_all())
        .map_err(|e| unusable(&folder, &e))?;
    temporary.persist(&bundle).map_err(|e| unusable(&folder, &e.error))?;
    if let Ok(folder) = File::open(&folder) {
        // Not every file system can sync a folder; the bundle is whole either way.
        let _ = folder.sync_all();
    }
    Ok(bundle)
}

/// Throws away a cached bundle that turned out damaged, so that it is converted again.
pub fn discard(bundle: &Path) -> Result<()> {
    match fs::remove_file(bundle) {
        Err(error) if !is_absent(&error) => Err(unusable(bundle.parent().unwrap_or(bundle), &error)),
        _ => Ok(()),
    }
}

fn unusable(folder: &Path, error: &std::io::Error) -> Error {
    Error::Io(format!(
        "the cache folder {} cannot be written: {error}; set the option cache_dir or the variable GLYXEL_CACHE to a folder that can, or the option cache to false",
        folder.display()
    ))
}

/// Removes what processes that were killed while they wrote this bundle left behind; only the lock's holder may.
fn sweep(folder: &Path, key: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".part"))
        {
            // One that cannot be removed costs space and nothing else.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Held by one thread of one process at a time; the system gives it back when the process dies.
struct Lock(File);

impl Lock {
    fn take(folder: &Path, key: &str, call: &Call) -> Result<Self> {
        let path = folder.join(format!("{key}.lock"));
        let file = File::options().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(|e| unusable(folder, &e))?;
        loop {
            call.check()?;
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::WouldBlock) => std::thread::sleep(POLL),
                Err(TryLockError::Error(error)) => return Err(unusable(folder, &error)),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not free it while a child that the host forked has the file open, too.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_first_that_is_set() {
        let from = |set: &[(&str, &str)]| {
            let set: Vec<(String, PathBuf)> = set.iter().map(|(k, v)| (k.to_string(), v.into())).collect();
            dir_from(move |name| set.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()))
        };
        let home = ("HOME", "/home/a");
        assert_eq!(
            from(&[("GLYXEL_CACHE", "/c"), ("XDG_CACHE_HOME", "/x"), home]),
            Ok("/c".into())
        );
        assert_eq!(from(&[("XDG_CACHE_HOME", "/x"), home]), Ok("/x/glyxel".into()));
        assert_eq!(
            from(&[("XDG_CACHE_HOME", "x"), home]),
            Ok("/home/a/.cache/glyxel".into())
        );
        assert!(matches!(from(&[]), Err(Error::InvalidArgument(s)) if s.contains("cache_dir")));
    }

    #[test]
    fn a_key_that_is_no_plain_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for key in ["", "../a", "a/b", "a.pt"] {
            assert!(matches!(
                bundle(folder.path(), key, &Call::unwatched(), |_| Ok(())),
                Err(Error::Internal(_))
            ));
        }
    }

    #[test]
    fn a_bundle_is_written_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let call = Call::unwatched();
        let path = bundle(folder.path(), "key", &call, |path| write(path, b"whole")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(
            bundle(folder.path(), "key", &call, |_| panic!("it is there")).unwrap(),
            path
        );
        discard(&path).unwrap();
        discard(&path).unwrap();
        let again = bundle(folder.path(), "key", &call, |path| write(path, b"again")).unwrap();
        assert_eq!(fs::read(again).unwrap(), b"again");
    }

    #[test]
    fn a_failed_conversion_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let call = Call::unwatched();
        let failed = bundle(folder.path(), "key", &call, |path| {
            fs::write(path, b"half").unwrap();
            Err(Error::BadModel("no".into()))
        });
        assert_eq!(failed, Err(Error::BadModel("no".into())));
        let panicked = std::panic::catch_unwind(|| bundle(folder.path(), "key", &call, |_| panic!("a defect")));
        assert!(panicked.is_err());
        let nothing = bundle(folder.path(), "key", &call, |_| Ok(()));
        assert!(matches!(nothing, Err(Error::Io(_))), "{nothing:?}");
        assert_eq!(files(folder.path()), ["key.lock"]);
        bundle(folder.path(), "key", &call, |path| write(path, b"whole")).unwrap();
    }

    #[test]
    fn a_cache_that_cannot_be_written_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        for unwritable in [file.as_path(), Path::new("/proc/glyxel"), Path::new("/dev/null/below")] {
            let error = bundle(unwritable, "key", &Call::unwatched(), |_| Ok(())).unwrap_err();
            assert!(
                matches!(&error, Error::Io(s) if s.contains("cache_dir") && s.contains("GLYXEL_CACHE")),
                "{error}"
            );
            assert!(error.to_string().contains(unwritable.to_str().unwrap()), "{error}");
        }
    }

    fn write(path: &Path, bytes: &[u8]) -> Result<()> {
        fs::write(path, bytes).map_err(|e| Error::io("writing", path, &e))
    }

    /// The names in the cache's folder, sorted.
    fn files(cache_dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(cache_dir.join("bundles")).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn wait_for(path: &Path) {
        while !path.exists() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Not a test by itself: what the processes of the tests below do, when they start this program again.
    #[test]
    fn child() {
        let Some(folder) = std::env::var_os("GLYXEL_TEST_CACHE").map(PathBuf::from) else {
            return;
        };
        let stuck = std::env::var_os("GLYXEL_TEST_STUCK").is_some();
        wait_for(&folder.join("go"));
        bundle(&folder, "key", &Call::unwatched(), |path| {
            use std::io::Write;
            let mut count = File::options()
                .create(true)
                .append(true)
                .open(folder.join("count"))
                .unwrap();
            count.write_all(b"1").unwrap();
            fs::write(path, b"half").unwrap();
            if stuck {
                fs::write(folder.join("stuck"), b"").unwrap();
                loop {
                    std::thread::park();
                }
            }
            // Long enough for the others to come and find the lock taken.
            std::thread::sleep(Duration::from_millis(200));
            write(path, b"whole")
        })
        .unwrap();
    }

    /// Killed when a test ends, however it ends.
    struct Process(std::process::Child);

    impl Drop for Process {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn start(folder: &Path, stuck: bool) -> Process {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command
            .args(["source::cache::tests::child", "--exact"])
            .env("GLYXEL_TEST_CACHE", folder);
        if stuck {
            command.env("GLYXEL_TEST_STUCK", "1");
        }
        Process(command.stdout(std::process::Stdio::null()).spawn().unwrap())
    }

    #[test]
    fn processes_that_start_at_once_convert_once() {
        let folder = tempfile::tempdir().unwrap();
        let children: Vec<_> = (0..4).map(|_| start(folder.path(), false)).collect();
        fs::write(folder.path().join("go"), b"").unwrap();
        for mut child in children {
            assert!(child.0.wait().unwrap().success());
        }
        assert_eq!(fs::read(folder.path().join("count")).unwrap(), b"1");
        assert_eq!(files(folder.path()), ["key.lock", "key.pt"]);
        assert_eq!(fs::read(folder.path().join("bundles/key.pt")).unwrap(), b"whole");
    }

    #[test]
    fn a_kill_in_the_middle_leaves_nothing_broken_and_a_waiting_call_can_be_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("go"), b"").unwrap();
        let child = start(folder.path(), true);
        wait_for(&folder.path().join("stuck"));
        let control = crate::control::Control::new();
        control.set_timeout(50);
        let waited = bundle(folder.path(), "key", &control.call(), |_| {
            panic!("the lock is the child's")
        });
        assert!(matches!(waited, Err(Error::Timeout(_))));
        drop(child);
        let left = files(folder.path());
        assert!(
            left.len() == 2 && left.iter().any(|name| name.ends_with(".part")),
            "{left:?}"
        );
        fs::write(folder.path().join("bundles/key2.0.part"), b"another's").unwrap();
        bundle(folder.path(), "key", &Call::unwatched(), |path| write(path, b"whole")).unwrap();
        assert_eq!(files(folder.path()), ["key.lock", "key.pt", "key2.0.part"]);
        assert_eq!(fs::read(folder.path().join("bundles/key.pt")).unwrap(), b"whole");
    }
}
