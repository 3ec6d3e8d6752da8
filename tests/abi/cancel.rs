//! Loads that convert, cancelled and timed out.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

use super::support::*;

/// Loads the fixture with a cache of this test's own.
fn load_into(cache: &Path, control: &Control, err: Err) -> Result<Model, Status> {
    let options = options(&[("cache_dir", cache.to_str().unwrap())]);
    try_load(fixture("st_cls").to_str().unwrap(), options.0, control.0, err)
}

fn load_refused(status: Status, cache: &Path, control: &Control) {
    let (told, sentence) = outcome(|err| load_into(cache, control, err).map_or_else(|s| s, |_| GLYXEL_OK));
    assert_eq!(told, status, "{sentence}");
}

#[track_caller]
fn loaded(cache: &Path) -> Model {
    load_into(cache, &control(), null_mut()).unwrap_or_else(|status| panic!("status {status}"))
}

/// The cached files of a kind.
fn cached(cache: &Path, extension: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(cache.join("bundles"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension() == Some(OsStr::new(extension)));
    paths
}

fn stage(control: &Control) -> i32 {
    let mut stage = GLYXEL_STAGE_IDLE;
    unsafe { glyxel_control_progress(control.0, &mut stage, null_mut(), null_mut()) };
    stage
}

/// The test holds the lock under which the library converts, so each call must end by itself.
#[test]
fn a_load_that_waits_for_a_conversion() {
    let cache = scratch("waiting");
    let expected = embed(&loaded(&cache), &["a good film"]);
    fs::remove_file(&cached(&cache, "pt")[0]).unwrap();
    let locks = cached(&cache, "lock");
    assert_eq!(locks.len(), 1);
    let lock = fs::File::options().write(true).open(&locks[0]).unwrap();
    lock.lock().unwrap();

    let timed = control();
    unsafe { glyxel_control_set_timeout(timed.0, 50) };
    load_refused(GLYXEL_TIMEOUT, &cache, &timed);

    let cancelled = control();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| load_refused(GLYXEL_CANCELLED, &cache, &cancelled));
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!call.is_finished());
        unsafe { glyxel_control_cancel(cancelled.0) };
    });
    assert_eq!(cached(&cache, "pt").len(), 0);

    lock.unlock().unwrap();
    assert_eq!(difference(&embed(&loaded(&cache), &["a good film"]), &expected), 0.0);
    assert_eq!((cached(&cache, "pt").len(), cached(&cache, "part").len()), (1, 0));
}

/// Whatever a conversion is doing when its call is cancelled, the next load converts as if nothing had been.
#[test]
fn a_conversion_cancelled_at_each_stage() {
    let expected = embed(&loaded(&scratch("uncancelled")), &["a good film"]);
    for from in [GLYXEL_STAGE_HASHING, GLYXEL_STAGE_CONVERTING, GLYXEL_STAGE_LOADING] {
        let cache = scratch(&format!("cancelled {from}"));
        let control = control();
        std::thread::scope(|scope| {
            let call =
                scope.spawn(|| outcome(|err| load_into(&cache, &control, err).map_or_else(|s| s, |_| GLYXEL_OK)));
            while stage(&control) < from && !call.is_finished() {
                std::hint::spin_loop();
            }
            unsafe { glyxel_control_cancel(control.0) };
            // It may have been faster.
            let (status, sentence) = call.join().unwrap();
            assert!([GLYXEL_CANCELLED, GLYXEL_OK].contains(&status), "{status}: {sentence}");
        });
        load_refused(GLYXEL_CANCELLED, &cache, &control);
        assert_eq!(difference(&embed(&loaded(&cache), &["a good film"]), &expected), 0.0);
        assert_eq!(cached(&cache, "pt").len(), 1);
    }
}

/// Before it has begun: nothing is written at all.
#[test]
fn a_load_under_a_cancelled_control() {
    let (cache, control) = (scratch("never"), control());
    unsafe { glyxel_control_cancel(control.0) };
    load_refused(GLYXEL_CANCELLED, &cache, &control);
    assert!(!cache.exists());
}
