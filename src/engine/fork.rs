//! What a fork leaves: threads do not survive it, and a lock that one of them holds stays locked in the child for good.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::error::{Error, Result};
use crate::torch::process;

static WATCHED: AtomicBool = AtomicBool::new(false);
/// Whether the engine was ever started: its threads, and libtorch's, may hold any lock.
static STARTED: AtomicBool = AtomicBool::new(false);
/// How many callers are inside the library: theirs are the other threads that may hold one.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
static FORKED: AtomicBool = AtomicBool::new(false);

/// A caller is inside the library until this is dropped.
pub struct Inside(());

/// What each entry into the library does first, before it looks at any lock.
pub fn enter() -> Result<Inside> {
    check_process()?;
    INSIDE.fetch_add(1, Ordering::SeqCst);
    let inside = Inside(());
    watch();
    Ok(inside)
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// From here on no forked child can use the library.
pub(super) fn start() {
    STARTED.store(true, Ordering::SeqCst);
    watch();
}

/// Asks, once, to be told of forks. No `Once`: a fork in the middle would leave the child waiting for it.
fn watch() {
    extern "C" fn child() {
        // A child of a process that only had its handles out, with nobody inside, is as good as new.
        if STARTED.load(Ordering::SeqCst) || INSIDE.load(Ordering::SeqCst) > 0 {
            FORKED.store(true, Ordering::SeqCst);
        }
    }
    if !WATCHED.swap(true, Ordering::SeqCst) {
        process::on_fork(child);
    }
}

/// An error in a process that was forked off one in which the library was at work. Looks at no lock.
pub fn check_process() -> Result<()> {
    match FORKED.load(Ordering::SeqCst) {
        false => Ok(()),
        true => Err(Error::Unsupported(
            "this process was forked after glyxel had started, and threads do not survive a fork: \
             use glyxel only after forking, or start a new program"
                .into(),
        )),
    }
}
