//! Signals that end a run properly, and those that are errors to us but not to the command.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::{Origin, WithOrigin};
use signal_hook::low_level::siginfo::Cause;

use crate::Error;
use crate::process::status_field;

/// A signal that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caught {
    /// Its number.
    pub signal: i32,
    /// The terminal sent it, to the whole foreground group: the command has it too.
    pub from_terminal: bool,
}

/// INT, QUIT, TERM and HUP, as far as they were not ignored when we started (nohup).
pub struct Signals {
    inner: Option<SignalsInfo<WithOrigin>>,
}

impl Signals {
    /// Starts to catch. From here on a file that grows beyond its limit is an error of its writer, no reason to die.
    pub fn catch() -> Result<Signals, Error> {
        // SAFETY: sets a disposition, without a handler.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        let ignored = status_field("self", "SigIgn:")
            .and_then(|hex| u64::from_str_radix(&hex, 16).ok())
            .unwrap_or_default();
        let wanted: Vec<c_int> = [SIGINT, SIGQUIT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored & (1 << (signal - 1)) == 0)
            .collect();
        if wanted.is_empty() {
            return Ok(Signals { inner: None });
        }
        for &signal in &wanted {
            // SAFETY: the handler touches an atomic and exits, both of which a signal handler may do.
            unsafe { signal_hook::low_level::register(signal, move || end_if_stuck(signal)) }
                .map_err(|source| Error::Os { what: "catch signals", source })?;
        }
        let inner = SignalsInfo::<WithOrigin>::new(wanted)
            .map_err(|source| Error::Os { what: "catch signals", source })?;
        Ok(Signals { inner: Some(inner) })
    }

    /// What arrived since the last look; never waits.
    pub fn pending(&mut self) -> Vec<Caught> {
        UNSEEN.store(0, Ordering::Relaxed);
        let Some(inner) = &mut self.inner else { return Vec::new() };
        let caught = |o: Origin| Caught { signal: o.signal, from_terminal: o.cause == Cause::Kernel };
        inner.pending().map(caught).collect()
    }
}

/// Signals since the last look at them.
static UNSEEN: AtomicU32 = AtomicU32::new(0);

/// Signals that may come between two looks.
const PATIENCE: u32 = 2;

/// Whoever writes to a pipe that nobody empties looks at no signals: the third one is the end. Async-signal-safe.
fn end_if_stuck(signal: c_int) {
    if UNSEEN.fetch_add(1, Ordering::Relaxed) >= PATIENCE {
        signal_hook::low_level::exit(128 + signal);
    }
}

/// Signals that we ignore, by Rust's runtime (before `main`) or by ourselves; the command is to have them as we were given
/// them. For each: it was not ignored.
static IGNORED: [(c_int, AtomicBool); 2] =
    [(libc::SIGPIPE, AtomicBool::new(true)), (libc::SIGXFSZ, AtomicBool::new(true))];

/// In the command, before its execve. Async-signal-safe.
pub(crate) fn restore_ignored() {
    for (signal, was_default) in &IGNORED {
        if was_default.load(Ordering::Relaxed) {
            // SAFETY: sets a disposition, without a handler.
            unsafe { libc::signal(*signal, libc::SIG_DFL) };
        }
    }
}

extern "C" fn remember_ignored() {
    for (signal, was_default) in &IGNORED {
        // SAFETY: a zeroed sigaction is a valid value, and the call only reads the disposition.
        unsafe {
            let mut old: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(*signal, std::ptr::null(), &raw mut old) == 0 {
                was_default.store(old.sa_sigaction == libc::SIG_DFL, Ordering::Relaxed);
            }
        }
    }
}

#[used]
// SAFETY: the section holds pointers to functions that the loader calls before main; this is one.
#[unsafe(link_section = ".init_array")]
static REMEMBER_IGNORED: extern "C" fn() = remember_ignored;
