//! How many files may be open at once: more for us than we were given, but not for the command.

use std::sync::atomic::{AtomicU64, Ordering};

/// What we were given; [`UNCHANGED`] as long as we have no more.
static GIVEN: AtomicU64 = AtomicU64::new(UNCHANGED);

const UNCHANGED: u64 = u64::MAX;

/// Takes as many as the hard limit allows: for whoever writes a file for each task.
pub fn raise_open_files() {
    if let Some(limit) = open_files().filter(|limit| limit.rlim_cur < limit.rlim_max) {
        let more = libc::rlimit { rlim_cur: limit.rlim_max, ..limit };
        // SAFETY: the call only reads the structure.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const more) } == 0 {
            GIVEN.store(limit.rlim_cur, Ordering::Relaxed);
        }
    }
}

/// In the command, before its execve. Async-signal-safe.
pub(crate) fn restore_open_files() {
    let given = GIVEN.load(Ordering::Relaxed);
    if let Some(limit) = open_files().filter(|_| given != UNCHANGED) {
        let given = libc::rlimit { rlim_cur: given, ..limit };
        // SAFETY: the call only reads the structure.
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const given) };
    }
}

fn open_files() -> Option<libc::rlimit> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is writable.
    (unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } == 0).then_some(limit)
}
