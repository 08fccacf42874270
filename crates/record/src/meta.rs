//! What is known of a recording beside its rows: `recording.json`, and the footer of its tables.

use serde::{Deserialize, Serialize};
use syscope_event::Summary;

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
#[allow(missing_docs)]
pub struct Ending {
    pub rows: u64,
    /// Boot-time clock.
    pub ended_boot_ns: u64,
    pub lost_rows: Vec<(String, u64)>,
    pub lost_details: u64,
    pub lost_events: u64,
    pub lost_tasks: u64,
    pub skipped_runs: u64,
    pub began_before: Vec<(String, u64)>,
    pub without_entry: u64,
    pub superseded: u64,
    pub unfinished: u64,
    pub hidden: u64,
    pub sampled: Vec<(String, u32)>,
    pub thinned: Vec<(u64, u32)>,
    pub stands_for: u64,
    pub sampled_from: u64,
    pub bad_records: u64,
    pub abandoned: bool,
    /// Whoever made it did not end it: what it had not written yet is missing.
    pub cut_off: bool,
    /// Bytes of its spool that could not be read.
    pub broken_bytes: u64,
}

impl Ending {
    /// Of a summary.
    pub fn of(s: &Summary, ended_boot_ns: u64) -> Ending {
        Ending {
            rows: s.rows,
            ended_boot_ns,
            lost_rows: s.lost_rows.clone(),
            lost_details: s.lost_details,
            lost_events: s.lost_events,
            lost_tasks: s.lost_tasks,
            skipped_runs: s.skipped_runs,
            began_before: s.began_before.clone(),
            without_entry: s.without_entry,
            superseded: s.superseded,
            unfinished: s.unfinished,
            hidden: s.hidden,
            sampled: s.sampled.clone(),
            thinned: s.thinned.clone(),
            stands_for: s.stands_for,
            sampled_from: s.sampled_from,
            bad_records: s.bad_records,
            abandoned: s.abandoned,
            cut_off: s.cut_off,
            broken_bytes: 0,
        }
    }

    /// As a summary.
    pub fn summary(&self) -> Summary {
        Summary {
            rows: self.rows,
            lost_rows: self.lost_rows.clone(),
            lost_details: self.lost_details,
            lost_events: self.lost_events,
            lost_tasks: self.lost_tasks,
            skipped_runs: self.skipped_runs,
            began_before: self.began_before.clone(),
            without_entry: self.without_entry,
            superseded: self.superseded,
            unfinished: self.unfinished,
            hidden: self.hidden,
            sampled: self.sampled.clone(),
            thinned: self.thinned.clone(),
            stands_for: self.stands_for,
            sampled_from: self.sampled_from,
            bad_records: self.bad_records,
            abandoned: self.abandoned,
            cut_off: self.cut_off,
        }
    }

    /// Every figure of what is missing, as (kind, call, how many): rows of the table of losses.
    pub(crate) fn losses(&self) -> Vec<(&'static str, Option<&str>, u64)> {
        let mut rows: Vec<_> = self.lost_rows.iter().map(|(name, n)| ("rows", Some(&**name), *n)).collect();
        rows.extend(self.began_before.iter().map(|(name, n)| ("began before tracing", Some(&**name), *n)));
        let mut also = |kind, n| {
            if n > 0 {
                rows.push((kind, None, n));
            }
        };
        also("names and strings", self.lost_details);
        also("fork, exec, exit and signal notices", self.lost_events);
        also("tasks not followed", self.lost_tasks);
        also("skipped runs", self.skipped_runs);
        also("superseded calls", self.superseded);
        also("exits without entry", self.without_entry);
        also("unreadable records", self.bad_records);
        also("hidden by filters", self.hidden);
        also("bytes not readable", self.broken_bytes);
        also("cut off at its end", self.cut_off.into());
        also("given up on request", self.abandoned.into());
        rows
    }
}
