//! What is known of a recording beside its rows: `recording.json`, and the footer of its tables.

use serde::{Deserialize, Serialize};
use syscope_event::{Event, Summary};

use crate::spool::Found;

/// Raised when an older syscope could not read what this one writes.
pub const SCHEMA: u32 = 1;

/// Where, when and how it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// See [`SCHEMA`].
    pub schema: u32,
    /// [`syscope_wire::VERSION`] of its records.
    pub wire: u32,
    /// Version of the syscope that made it.
    pub syscope: String,
    /// Name of the machine.
    pub host: String,
    /// Release of its kernel.
    pub kernel: String,
    /// What was traced, as it was typed: `git status`, `-p 12`, `--all`.
    pub target: String,
    /// All that was typed.
    pub typed: Vec<String>,
    /// Wall-clock time of its beginning, nanoseconds since 1970.
    pub started_ns: i64,
    /// The boot-time clock then: the clock of `time_ns`.
    pub started_boot_ns: u64,
    /// Wall-clock time of boot-time clock 0.
    pub wall_offset_ns: i64,
    /// Bytes that were kept of strings and buffers (`-s`).
    pub string_limit: u32,
    /// Structures in full (`-v`).
    pub verbose: bool,
    /// Processors of the machine.
    pub cpus: u32,
    /// Lines have to tell their tasks from the first one on.
    pub many_tasks: bool,
    /// One of so many calls has a row, by call number.
    pub samples: Vec<(u32, u32)>,
    /// How it ended. None: it is being made, or its maker died.
    #[serde(default)]
    pub ending: Option<Ending>,
}

/// How a recording ended, and what is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ending {
    /// How the run ended. `cut_off`: whoever made the recording did not end it.
    #[serde(flatten)]
    pub summary: Summary,
    /// When, by the boot-time clock.
    pub ended_boot_ns: u64,
    /// Bytes of its spool that could not be read.
    pub broken_bytes: u64,
}

impl Ending {
    /// Takes a row of a spool.
    pub(crate) fn add(&mut self, event: &Event<'_>) {
        self.summary.rows += 1;
        self.summary.unfinished += u64::from(event.unfinished);
        self.summary.stands_for += u64::from(event.sampled_weight);
        self.ended_boot_ns = self.ended_boot_ns.max(event.end_ns);
    }

    /// Of a spool whose rows these were: what its maker has written of the end, or that nobody has.
    pub(crate) fn of_spool(rows: Ending, found: &Found) -> Ending {
        let count = rows.summary.rows;
        let mut ending = match found.ending.as_deref().map(serde_json::from_slice::<Ending>) {
            Some(Ok(ending)) => ending,
            _ => Ending {
                summary: Summary {
                    cut_off: true,
                    sampled_from: rows.summary.stands_for,
                    bad_records: found.bad,
                    ..rows.summary
                },
                ..rows
            },
        };
        ending.summary.rows = count;
        ending.broken_bytes = found.broken;
        ending
    }

    /// Every figure of what is missing, as (kind, call, how many): rows of the table of losses.
    pub(crate) fn losses(&self) -> Vec<(&'static str, Option<&str>, u64)> {
        let s = &self.summary;
        let mut rows: Vec<_> = s.lost_rows.iter().map(|(name, n)| ("rows", Some(&**name), *n)).collect();
        rows.extend(s.began_before.iter().map(|(name, n)| ("began before tracing", Some(&**name), *n)));
        let mut also = |kind, n| {
            if n > 0 {
                rows.push((kind, None, n));
            }
        };
        also("names and strings", s.lost_details);
        also("fork, exec, exit and signal notices", s.lost_events);
        also("tasks not followed", s.lost_tasks);
        also("skipped runs", s.skipped_runs);
        also("superseded calls", s.superseded);
        also("exits without entry", s.without_entry);
        also("unreadable records", s.bad_records);
        also("hidden by filters", s.hidden);
        also("bytes not readable", self.broken_bytes);
        also("cut off at its end", s.cut_off.into());
        also("given up on request", s.abandoned.into());
        rows
    }
}
