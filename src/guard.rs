//! Panics become errors, silently: the one place that catches them.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{catch_unwind, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use crate::error::{Error, Result};

/// The most characters of a panic's message that an error repeats.
const MESSAGE: usize = 300;

thread_local! {
    /// Whether a panic on this thread will be caught by `guarded`, so that nothing is to be printed.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// Where the panic being caught began.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `f`; a panic in it becomes `Error::Internal` and is not printed.
pub fn guarded<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    install_hook();
    let outer = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(f));
    GUARDED.set(outer);
    outcome.unwrap_or_else(|payload| Err(Error::Internal(sentence(payload.as_ref()))))
}

/// Puts our hook before the one that is there. A host that sets its own later sees our panics too, which is its choice.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    // The hook can't be replaced while this thread panics (a destructor called us): the next call does it.
    if INSTALLED.is_completed() || std::thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if GUARDED.try_with(Cell::get).unwrap_or(false) {
                note_place(panic);
            } else {
                previous(panic);
            }
        }));
    });
}

fn note_place(panic: &PanicHookInfo) {
    let place = panic.location().map(|l| {
        let file = l.file().rsplit(['/', '\\']).next().unwrap_or_default();
        format!(" ({file}:{})", l.line())
    });
    let _ = PLACE.try_with(|p| {
        if let Ok(mut p) = p.try_borrow_mut() {
            *p = place.unwrap_or_default();
        }
    });
}

fn sentence(payload: &(dyn Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    // libtorch's messages carry their stack trace in further lines, which `{:?}` of an error writes as \n.
    let line = message
        .and_then(|m| m.trim_start().lines().next())
        .and_then(|l| l.split("\\n").next())
        .unwrap_or("no message");
    let cut: String = line.chars().take(MESSAGE).collect();
    let place = PLACE.try_with(RefCell::take).unwrap_or_default();
    format!(
        "glyxel failed for a reason of its own, please report it: {}{place}",
        cut.trim_end()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_one_line_with_its_place() {
        let caught = guarded::<()>(|| panic!("three is not four\nframe 0\nframe 1"));
        let Err(Error::Internal(text)) = caught else {
            panic!("{caught:?}")
        };
        assert!(
            text.contains("three is not four (guard.rs:") && !text.contains("frame"),
            "{text}"
        );
        let Err(e) = guarded::<()>(|| std::panic::panic_any(7)) else {
            panic!()
        };
        assert!(e.to_string().contains("no message"));
        let Err(e) = guarded::<()>(|| panic!("{}", "é".repeat(5_000))) else {
            panic!()
        };
        assert!(e.to_string().chars().count() < MESSAGE + 120);
    }

    #[test]
    fn what_is_no_panic_passes_and_guards_nest() {
        assert_eq!(guarded(|| Ok(3)), Ok(3));
        assert_eq!(
            guarded::<()>(|| Err(Error::Io("full".into()))),
            Err(Error::Io("full".into()))
        );
        let outer = guarded(|| {
            assert!(guarded::<()>(|| panic!("inner")).is_err());
            assert!(GUARDED.get());
            Ok(())
        });
        assert_eq!(outer, Ok(()));
        assert!(!GUARDED.get());
    }
}
