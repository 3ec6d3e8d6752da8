//! What the library has to say besides its errors. Nothing is written unless `GLYXEL_LOG` or a callback asks for it.

use std::cell::Cell;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, RwLock};

use crate::error::{Error, Result};

/// The numbers are the C ABI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
}

/// Gets every message, of every level.
pub type Sink = Box<dyn Fn(Level, &str) + Send + Sync>;

static SINK: RwLock<Option<Sink>> = RwLock::new(None);
/// Whether there is a sink: read without the lock, so that a message nobody wants costs nothing.
static HAS_SINK: AtomicBool = AtomicBool::new(false);

thread_local! {
    static IN_SINK: Cell<bool> = const { Cell::new(false) };
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }

    fn from_name(name: &str) -> Option<Level> {
        [Level::Error, Level::Warn, Level::Info, Level::Debug]
            .into_iter()
            .find(|level| level.name() == name)
    }
}

/// Says something; the message is made only if somebody listens.
pub fn emit(level: Level, message: impl FnOnce() -> String) {
    let print = printed().is_some_and(|most| level <= most);
    if inside() || !(print || HAS_SINK.load(Ordering::Acquire)) {
        return;
    }
    let message = message();
    if print {
        // A closed stderr is no reason to fail.
        let _ = writeln!(std::io::stderr(), "glyxel {}: {message}", level.name());
    }
    // The lock is held while the sink runs: `set` waits for it, so that a replaced sink is not running any more.
    if let Some(sink) = SINK.read().unwrap_or_else(|e| e.into_inner()).as_ref() {
        let _leave = Inside::enter();
        sink(level, &message);
    }
}

/// Replaces the sink, or takes it away; the old one is not running any more when this returns.
pub fn set(sink: Option<Sink>) -> Result<()> {
    check_outside()?;
    let mut current = SINK.write().unwrap_or_else(|e| e.into_inner());
    HAS_SINK.store(sink.is_some(), Ordering::Release);
    *current = sink;
    Ok(())
}

/// An error inside a sink: a call that waited there for the thread it is on would never end.
pub fn check_outside() -> Result<()> {
    if inside() {
        return Err(Error::InvalidArgument(
            "a log callback called the library back; pass the message on and call from another thread".into(),
        ));
    }
    Ok(())
}

fn inside() -> bool {
    // A thread that is ending has no such flag any more, and runs no sink either.
    IN_SINK.try_with(Cell::get).unwrap_or(false)
}

/// Marks this thread as running the sink, also if the sink panics.
struct Inside;

impl Inside {
    fn enter() -> Inside {
        let _ = IN_SINK.try_with(|flag| flag.set(true));
        Inside
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = IN_SINK.try_with(|flag| flag.set(false));
    }
}

/// The level that `GLYXEL_LOG` asks for; any other value prints nothing.
fn printed() -> Option<Level> {
    static PRINTED: OnceLock<Option<Level>> = OnceLock::new();
    *PRINTED.get_or_init(|| {
        std::env::var("GLYXEL_LOG")
            .ok()
            .and_then(|value| Level::from_name(&value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_sink_gets_messages_until_it_is_replaced_and_cannot_recurse() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = {
            let heard = heard.clone();
            move |level: Level, message: &str| {
                emit(Level::Error, || "heard by nobody: it was said inside the sink".into());
                assert!(set(None).is_err());
                heard.lock().unwrap().push((level, message.to_owned()));
            }
        };
        set(Some(Box::new(sink))).unwrap();
        emit(Level::Warn, || "one of ours".into());
        set(None).unwrap();
        emit(Level::Warn, || panic!("a message that nobody hears is not made"));
        let heard = heard.lock().unwrap();
        // Other tests may have said something meanwhile.
        assert_eq!(heard.iter().filter(|(_, m)| m == "one of ours").count(), 1);
        assert!(!heard.iter().any(|(_, m)| m.contains("heard by nobody")));
        assert!(check_outside().is_ok());
    }

    #[test]
    fn levels_are_ordered_and_named() {
        assert!(Level::Error < Level::Debug);
        assert_eq!(Level::from_name("info"), Some(Level::Info));
        assert_eq!(Level::from_name("verbose"), None);
    }
}
