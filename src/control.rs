//! Cancelling, deadlines and progress: the one mechanism for long calls.
//!
//! A [`Control`] may serve many calls from many threads; each call takes its own [`Call`] from it, with its own deadline.

#[cfg(test)]
use std::sync::atomic::AtomicUsize;
use std::sync::{
    atomic::{AtomicBool, AtomicU64, Ordering},
    Arc, Condvar, Mutex, Weak,
};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// What a call is doing now; the numbers are the C ABI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Stage {
    Idle = 0,
    Downloading = 1,
    Hashing = 2,
    Converting = 3,
    Loading = 4,
    Tokenizing = 5,
    Decoding = 6,
    Computing = 7,
}

/// Wakes a waiting caller: `Waiter::wait` returns when notified, and a cancelled control notifies all its waiters.
#[derive(Default)]
pub struct Waiter {
    signalled: Mutex<bool>,
    condition: Condvar,
}

#[derive(Default)]
struct Shared {
    cancelled: AtomicBool,
    timeout_ms: AtomicU64,
    progress: Mutex<Progress>,
    waiters: Mutex<Vec<Weak<Waiter>>>,
}

#[derive(Default)]
struct Progress {
    /// The call that began the stage, see [`Call::alive`].
    of: Weak<()>,
    stage: i32,
    done: u64,
    total: u64,
}

/// Shared between the threads that call, poll and cancel.
#[derive(Clone, Default)]
pub struct Control {
    shared: Arc<Shared>,
}

/// One call under a control: its deadline starts when the call does. It ends when the value that [`Control::call`] gave is
/// dropped: clones of it, in work that goes on in the background, then report nothing any more.
pub struct Call {
    control: Control,
    /// Held by the call itself, watched by its clones.
    _owner: Option<Arc<()>>,
    alive: Weak<()>,
    deadline: Option<Instant>,
    /// Set when the threads that the call runs on are to end.
    shut_down: Option<Arc<AtomicBool>>,
    #[cfg(test)]
    counted: Option<Counted>,
}

/// How often a call is looked at, and after how many looks it ends: so that tests can end it in the middle of anything.
#[cfg(test)]
#[derive(Clone)]
struct Counted {
    looks: Arc<AtomicUsize>,
    end: usize,
}

impl Clone for Call {
    fn clone(&self) -> Self {
        Self {
            control: self.control.clone(),
            _owner: None,
            alive: self.alive.clone(),
            deadline: self.deadline,
            shut_down: self.shut_down.clone(),
            #[cfg(test)]
            counted: self.counted.clone(),
        }
    }
}

impl Waiter {
    pub fn notify(&self) {
        *self.signalled.lock().unwrap_or_else(|e| e.into_inner()) = true;
        self.condition.notify_all();
    }

    /// Waits for `notify` (or, at the latest, for the deadline) and takes the signal back.
    fn wait(&self, deadline: Option<Instant>) {
        let mut signalled = self.signalled.lock().unwrap_or_else(|e| e.into_inner());
        while !*signalled {
            match deadline.map(|d| d.saturating_duration_since(Instant::now())) {
                None => signalled = self.condition.wait(signalled).unwrap_or_else(|e| e.into_inner()),
                Some(Duration::ZERO) => return,
                Some(left) => {
                    signalled = self
                        .condition
                        .wait_timeout(signalled, left)
                        .unwrap_or_else(|e| e.into_inner())
                        .0;
                }
            }
        }
        *signalled = false;
    }
}

impl Control {
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels every call under this control, now and later: cancel sticks.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::SeqCst);
        let waiters = std::mem::take(&mut *self.shared.waiters.lock().unwrap_or_else(|e| e.into_inner()));
        waiters.iter().filter_map(Weak::upgrade).for_each(|w| w.notify());
    }

    /// Each call that begins from now on may take this long; 0: as long as it needs.
    pub fn set_timeout(&self, milliseconds: u64) {
        self.shared.timeout_ms.store(milliseconds, Ordering::SeqCst);
    }

    /// Stage, done and total of the call that reported last.
    pub fn progress(&self) -> (i32, u64, u64) {
        let progress = self.shared.progress.lock().unwrap_or_else(|e| e.into_inner());
        (progress.stage, progress.done, progress.total)
    }

    /// Begins a call: its deadline is counted from here.
    pub fn call(&self) -> Call {
        let milliseconds = self.shared.timeout_ms.load(Ordering::SeqCst);
        let deadline = (milliseconds > 0)
            .then(|| Instant::now().checked_add(Duration::from_millis(milliseconds)))
            .flatten();
        let owner = Arc::new(());
        Call {
            control: self.clone(),
            alive: Arc::downgrade(&owner),
            _owner: Some(owner),
            deadline,
            shut_down: None,
            #[cfg(test)]
            counted: None,
        }
    }
}

impl Call {
    /// A call that nobody watches: never cancelled, no deadline.
    pub fn unwatched() -> Self {
        Control::new().call()
    }

    /// A call that ends after so many looks at it, and their number so far.
    #[cfg(test)]
    pub fn counted(end: usize) -> (Self, Arc<AtomicUsize>) {
        let looks = Arc::new(AtomicUsize::new(0));
        let mut call = Self::unwatched();
        call.counted = Some(Counted {
            looks: looks.clone(),
            end,
        });
        (call, looks)
    }

    /// The same call as a job sees it, which is also cancelled when `shut_down` is set.
    pub fn until(&self, shut_down: Arc<AtomicBool>) -> Self {
        Self {
            shut_down: Some(shut_down),
            ..self.clone()
        }
    }

    /// An error if the call was cancelled or its time is up.
    pub fn check(&self) -> Result<()> {
        #[cfg(test)]
        if self
            .counted
            .as_ref()
            .is_some_and(|counted| counted.looks.fetch_add(1, Ordering::SeqCst) >= counted.end)
        {
            self.control.cancel();
        }
        if self.shut_down.as_ref().is_some_and(|s| s.load(Ordering::SeqCst)) {
            return Err(Error::Cancelled(
                "glyxel was shut down before this call had finished".into(),
            ));
        }
        if self.control.shared.cancelled.load(Ordering::SeqCst) {
            return Err(Error::Cancelled("the call was cancelled through its control".into()));
        }
        if self.deadline.is_some_and(|d| Instant::now() >= d) {
            return Err(Error::Timeout(
                "the call took longer than its control's timeout allows".into(),
            ));
        }
        Ok(())
    }

    /// Begins a stage of `total` steps (bytes, texts, tensors: whatever the stage counts).
    pub fn stage(&self, stage: Stage, total: u64) {
        self.report(|progress| {
            *progress = Progress {
                of: self.alive.clone(),
                stage: stage as i32,
                done: 0,
                total,
            }
        });
    }

    /// Counts only in a stage of this call's: another may have begun one under the same control.
    pub fn advance(&self, by: u64) {
        self.report(|progress| {
            if progress.of.ptr_eq(&self.alive) {
                progress.done = progress.done.saturating_add(by);
            }
        });
    }

    /// Looks under the lock whether the call has ended, so that nothing of it comes after the next one's first report.
    fn report(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = self.control.shared.progress.lock().unwrap_or_else(|e| e.into_inner());
        if self.alive.strong_count() > 0 {
            change(&mut progress);
        }
    }

    /// Blocks until `ready` gives a value, looking again at each `waiter.notify()`, on cancel and at the deadline.
    pub fn wait<T>(&self, waiter: &Arc<Waiter>, mut ready: impl FnMut() -> Option<T>) -> Result<T> {
        let mut waiters = self.control.shared.waiters.lock().unwrap_or_else(|e| e.into_inner());
        waiters.retain(|w| w.strong_count() > 0);
        waiters.push(Arc::downgrade(waiter));
        drop(waiters);
        loop {
            if let Some(value) = ready() {
                return Ok(value);
            }
            self.check()?;
            waiter.wait(self.deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancel_wakes_a_waiting_call_and_sticks() {
        let control = Control::new();
        let call = control.call();
        let thread = std::thread::spawn(move || call.wait::<()>(&Arc::new(Waiter::default()), || None));
        std::thread::sleep(Duration::from_millis(20));
        control.cancel();
        assert!(matches!(thread.join().unwrap(), Err(Error::Cancelled(_))));
        assert!(matches!(control.call().check(), Err(Error::Cancelled(_))));
    }

    #[test]
    fn a_call_that_has_ended_reports_nothing() {
        let control = Control::new();
        let first = control.call();
        let left_behind = first.clone();
        first.stage(Stage::Tokenizing, 2);
        left_behind.advance(1);
        assert_eq!(control.progress(), (Stage::Tokenizing as i32, 1, 2));
        let second = control.call();
        second.stage(Stage::Computing, 1);
        first.advance(1);
        second.advance(1);
        assert_eq!(
            control.progress(),
            (Stage::Computing as i32, 1, 1),
            "each counts its own"
        );
        drop(first);
        left_behind.stage(Stage::Loading, 9);
        left_behind.advance(1);
        assert_eq!(control.progress(), (Stage::Computing as i32, 1, 1));
    }

    #[test]
    fn a_timeout_ends_each_call_by_itself() {
        let control = Control::new();
        control.set_timeout(10);
        let waited = control.call().wait::<()>(&Arc::new(Waiter::default()), || None);
        assert!(matches!(waited, Err(Error::Timeout(_))));
        control.set_timeout(0);
        assert!(control.call().check().is_ok());
    }
}
