//! `syscope info`: what a recording is, what is in it, and what is missing.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::Serialize;
use syscope_event::Item;
use syscope_output::verdict;
use syscope_record::{Ending, Meta, Recording};
use syscope_stats::{ByCall, Totals};

use crate::opts::ListFormat;
use crate::record::{progress, size_of};

/// Calls that are shown.
const TOP: usize = 10;

/// What to tell of which recording
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// Directory of the recording
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: PathBuf,
    /// Format
    #[arg(long, default_value = "text")]
    format: ListFormat,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    meta: &'a Meta,
    how_it_ended: &'a Ending,
    complete: bool,
    finished: bool,
    files: Vec<(String, u64)>,
    calls: Vec<(&'a str, u64)>,
}

/// Prints it.
pub(crate) fn run(args: &InfoArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let recording = Recording::open(&args.dir, &mut progress("repairing"))?;
    let mut by_call = ByCall::default();
    recording.replay(&mut |_, item| {
        if let Some(Item::Call(event)) = item {
            by_call.add(event);
        }
        ControlFlow::Continue(())
    })?;
    let mut calls = by_call.rows();
    calls.sort_by_key(|(name, t)| (std::cmp::Reverse(t.calls), *name));
    match args.format {
        ListFormat::Text => text(&recording, &calls, out)?,
        ListFormat::Jsonl => {
            let told = Told {
                meta: recording.meta(),
                how_it_ended: recording.ending(),
                complete: recording.ending().summary.complete(),
                finished: recording.is_finished(),
                files: recording.files().iter().map(|(p, n)| (p.display().to_string(), *n)).collect(),
                calls: calls.iter().map(|(name, t)| (*name, t.calls)).collect(),
            };
            serde_json::to_writer(&mut *out, &told)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

fn text(recording: &Recording, calls: &[(&str, Totals)], out: &mut dyn Write) -> io::Result<()> {
    let (meta, ending) = (recording.meta(), recording.ending());
    let mut line = |what: &str, value: &dyn std::fmt::Display| writeln!(out, "{what:<12} {value}");
    line("traced", &meta.target.escape_debug())?;
    line("typed", &format!("syscope {}", meta.typed.join(" ")).escape_debug())?;
    line("on", &format!("{}, Linux {}, {} processors", meta.host, meta.kernel, meta.cpus).escape_debug())?;
    line("by", &format!("syscope {}, schema {}", meta.syscope, meta.schema))?;
    line("began", &syscope_output::wall_time(meta.started_ns))?;
    let took = ending.ended_boot_ns.saturating_sub(meta.started_boot_ns);
    line("last call", &format!("{}.{:03} s later", took / 1_000_000_000, took / 1_000_000 % 1000))?;
    line("strings", &format!("up to {} bytes (-s)", meta.string_limit))?;
    let verdict = verdict(&ending.summary);
    line("rows", &verdict.strip_prefix("syscope: ").unwrap_or(&verdict))?;
    if ending.broken_bytes > 0 {
        line("unreadable", &format!("{} bytes of what had been written", ending.broken_bytes))?;
    }
    if !recording.is_finished() {
        line("state", &"not finished: it could not be written here (`syscope repair` does it where it can)")?;
    }
    let size: u64 = recording.files().iter().map(|(_, size)| size).sum();
    line("size", &size_of(size, ending))?;
    for (path, size) in recording.files() {
        line("", &format!("{size:>12} {}", path.display().to_string().escape_debug()))?;
    }
    let total: u64 = calls.iter().map(|(_, t)| t.calls).sum();
    for (n, (name, t)) in calls.iter().take(TOP).enumerate() {
        let percent = t.calls.saturating_mul(1000) / total.max(1);
        line(
            if n == 0 { "calls" } else { "" },
            &format!("{:>12} {:>3}.{} % {name}", t.calls, percent / 10, percent % 10),
        )?;
    }
    if calls.len() > TOP {
        line("", &format!("{:>12} others", calls.len() - TOP))?;
    }
    Ok(())
}
