//! Signals that end a run properly.

use std::ffi::c_int;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
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

/// INT, TERM and HUP, as far as they were not ignored when we started (nohup).
pub struct Signals {
    inner: Option<SignalsInfo<WithOrigin>>,
}

impl Signals {
    /// Starts to catch.
    pub fn catch() -> Result<Signals, Error> {
        let ignored = status_field("self", "SigIgn:")
            .and_then(|hex| u64::from_str_radix(&hex, 16).ok())
            .unwrap_or_default();
        let wanted: Vec<c_int> = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored & (1 << (signal - 1)) == 0)
            .collect();
        if wanted.is_empty() {
            return Ok(Signals { inner: None });
        }
        let inner = SignalsInfo::<WithOrigin>::new(wanted)
            .map_err(|source| Error::Os { what: "catch signals", source })?;
        Ok(Signals { inner: Some(inner) })
    }

    /// What arrived since the last look; never waits.
    pub fn pending(&mut self) -> Vec<Caught> {
        let Some(inner) = &mut self.inner else { return Vec::new() };
        let caught = |o: Origin| Caught { signal: o.signal, from_terminal: o.cause == Cause::Kernel };
        inner.pending().map(caught).collect()
    }
}
