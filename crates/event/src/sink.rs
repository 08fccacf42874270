//! What consumes items, and what a run says at its end.

use std::io;

use serde::{Deserialize, Serialize};

use crate::Item;

/// Consumes what a source yields.
pub trait Sink {
    /// Takes one item.
    fn item(&mut self, item: &Item<'_>) -> io::Result<()>;

    /// Takes the bytes of a record, before the item that it became. None: what later items refer to is in it.
    fn record(&mut self, bytes: &[u8], item: Option<&Item<'_>>) -> io::Result<()> {
        let _ = (bytes, item);
        Ok(())
    }

    /// It has all that it was to have: the run can end.
    fn is_full(&self) -> bool {
        false
    }

    /// Everything so far must be where its reader can see it; called when nothing more is at hand.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// The run is over.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

/// Places boot-time clock readings on the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// Wall-clock nanoseconds since 1970 when the boot-time clock stood at 0.
    pub wall_offset_ns: i128,
}

impl Clock {
    /// Wall-clock nanoseconds since 1970.
    pub fn wall_ns(&self, boot_ns: u64) -> i128 {
        i128::from(boot_ns) + self.wall_offset_ns
    }
}

/// How a run ended: rows, and what is missing. Recordings keep it by the names of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Rows that reached the sink.
    pub rows: u64,
    /// Rows that were lost, by call name (or number).
    pub lost_rows: Vec<(String, u64)>,
    /// Identities and entry captures that were lost: rows are there, but lack names or strings.
    pub lost_details: u64,
    /// Fork, exec, exit and signal notices that were lost.
    pub lost_events: u64,
    /// Tasks that could not be followed for want of memory.
    pub lost_tasks: u64,
    /// Program runs that the kernel skipped, host-wide.
    pub skipped_runs: u64,
    /// Calls that had begun before tracing did, by name.
    pub began_before: Vec<(String, u64)>,
    /// Exits without an entry: answered by seccomp or rewritten by a tracer.
    pub without_entry: u64,
    /// Entries whose exit was never seen.
    pub superseded: u64,
    /// Rows of calls that had not returned.
    pub unfinished: u64,
    /// Rows that filters in user space dropped.
    pub hidden: u64,
    /// Calls of which only samples have a row: name, and one of how many (0: none).
    pub sampled: Vec<(String, u32)>,
    /// When tracing took too much, in nanoseconds since the start: one of so many calls has a row since then (0: none).
    pub thinned: Vec<(u64, u32)>,
    /// If there are any of both: how many calls all rows stand for ...
    pub stands_for: u64,
    /// ... of how many in all.
    pub sampled_from: u64,
    /// Records that could not be read.
    pub bad_records: u64,
    /// The run was cut short: reading of what was left had been given up.
    pub abandoned: bool,
    /// Whoever recorded it was killed: the end is missing.
    pub cut_off: bool,
}

impl Summary {
    /// Nothing is missing.
    pub fn complete(&self) -> bool {
        self.lost_rows.is_empty()
            && self.lost_details == 0
            && self.lost_events == 0
            && self.lost_tasks == 0
            && self.skipped_runs == 0
            && self.superseded == 0
            && self.bad_records == 0
            && !self.abandoned
            && !self.cut_off
    }
}
