//! What the library asks of the process it lives in: to be told when it exits or forks, and to keep signals off its threads.

/// Has `f` called when the process exits. What is registered later is called earlier, so this comes before the
/// destructors of every static that exists by now, libtorch's among them.
pub fn at_exit(f: extern "C" fn()) {
    // SAFETY: `f` is a function of this library, which stays loaded (`-z nodelete`). A failure (no memory for one list entry)
    // leaves the process as it is without us.
    unsafe { libc::atexit(f) };
}

/// Has `child` called in every process that is forked off this one, before `fork` returns there.
#[cfg(unix)]
pub fn on_fork(child: extern "C" fn()) {
    // SAFETY: as above; `child` must only do what is safe between fork and exec.
    unsafe { libc::pthread_atfork(None, None, Some(child)) };
}

#[cfg(not(unix))]
pub fn on_fork(_: extern "C" fn()) {}

/// Keeps the signals sent to the process off this thread and those it starts: they are the host's, to be handled on its threads.
/// Those that a fault of the thread itself raises stay, so that the host's crash handler sees them.
#[cfg(unix)]
pub fn block_signals() {
    // SAFETY: a zeroed sigset_t is valid memory, filled by sigfillset; the calls touch nothing but it and this thread's mask.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut set);
        for fault in [
            libc::SIGSEGV,
            libc::SIGBUS,
            libc::SIGFPE,
            libc::SIGILL,
            libc::SIGTRAP,
            libc::SIGABRT,
            libc::SIGSYS,
        ] {
            libc::sigdelset(&mut set, fault);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
    }
}

#[cfg(not(unix))]
pub fn block_signals() {}

/// Forks, and says whether `child` returned true there. For tests: the child ends with it, by an ordinary exit.
#[cfg(all(test, unix))]
pub fn fork_and_wait(child: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child runs nothing of the parent's but `child`, then ends.
    match unsafe { libc::fork() } {
        0 => std::process::exit(if child() { 0 } else { 1 }),
        id => {
            let mut status = -1;
            // SAFETY: waits for the child just made; `status` outlives the call.
            let waited = unsafe { libc::waitpid(id, &mut status, 0) };
            waited == id && status == 0
        }
    }
}
