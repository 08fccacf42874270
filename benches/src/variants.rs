//! The ways of tracing that are compared.

use anyhow::{Context, Result};
use serde::Serialize;

use crate::runs::Runs;
use crate::sample::Sample;

/// One line of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) calls: u64,
    pub(crate) ns_per_call: Sample,
    /// Over the bare loop of the same round.
    pub(crate) added_ns: Sample,
    /// Why it was not measured.
    pub(crate) missing: Option<String>,
}

// Names under which limits look lines up.
pub(crate) const BARE: &str = "bare";
pub(crate) const EMPTY: &str = "empty hook pair";
pub(crate) const BYSTANDER: &str = "untraced, syscope beside";
pub(crate) const COUNTED: &str = "counted by process and call";
pub(crate) const COUNTED_FILE: &str = "counted with file";
/// Made and read, but not wanted: what rows cost without their text.
pub(crate) const ROWS: &str = "rows to nowhere";
pub(crate) const HISTOGRAM: &str = "bpftrace, a histogram per call";
pub(crate) const TEXT: &str = "syscope, text to a file";
pub(crate) const STRACE: &str = "strace -f to a file";

/// How the names of other tracers begin.
const OTHERS: [&str; 3] = ["strace", "perf", "bpftrace"];

type Run = fn(&Runs, u64) -> Result<f64>;

/// Name, calls per round, how.
const VARIANTS: &[(&str, u64, Run)] = &[
    (BARE, 1_000_000, Runs::bare),
    (EMPTY, 1_000_000, Runs::empty_hooks),
    (BYSTANDER, 1_000_000, Runs::bystander),
    (COUNTED, 1_000_000, |r, n| r.stat("process,syscall", n)),
    (COUNTED_FILE, 1_000_000, |r, n| r.stat("process,file,syscall", n)),
    (ROWS, 400_000, |r, n| r.syscope(&["--where", "ret > 1e18", "-o", "/dev/null"], n)),
    ("syscope -c", 400_000, |r, n| r.syscope(&["-c", "-o", "FILE"], n)),
    ("syscope, text to /dev/null", 400_000, |r, n| r.syscope(&["-o", "/dev/null"], n)),
    (TEXT, 400_000, |r, n| r.syscope(&["-o", "FILE"], n)),
    ("syscope, JSON lines to a file", 400_000, |r, n| r.syscope(&["--format", "jsonl", "-o", "FILE"], n)),
    (STRACE, 20_000, |r, n| r.other("strace", &["-f", "-o", "FILE"], n)),
    ("strace -f -c", 20_000, |r, n| r.other("strace", &["-f", "-c", "-o", "FILE"], n)),
    ("perf trace to a file", 20_000, |r, n| r.other("perf", &["trace", "-o", "FILE", "--"], n)),
    ("bpftrace, a line per call", 200_000, Runs::bpftrace),
    (HISTOGRAM, 400_000, Runs::bpftrace_histogram),
];

/// Measures everything, `rounds` times in turn; with `only`, what those names are parts of.
pub(crate) fn measure(runs: &Runs, rounds: usize, only: &[String]) -> Result<Vec<Line>> {
    let is_wanted = |name: &str| {
        only.is_empty()
            || [BARE, EMPTY].contains(&name)
            || only.iter().any(|part| name.contains(part.as_str()))
    };
    let variants: Vec<_> = VARIANTS.iter().filter(|(name, ..)| is_wanted(name)).collect();
    let mut lines: Vec<Line> = variants
        .iter()
        .map(|&&(name, calls, _)| Line {
            name,
            calls: runs.scaled(calls),
            ns_per_call: Sample::default(),
            added_ns: Sample::default(),
            missing: None,
        })
        .collect();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        for (line, (name, _, run)) in lines.iter_mut().zip(&variants) {
            if line.missing.is_some() {
                continue;
            }
            match run(runs, line.calls) {
                Ok(ns) => line.ns_per_call.0.push(ns),
                // Ours must work; other tracers may be absent, or too old for this kernel.
                Err(err) if !OTHERS.iter().any(|other| name.starts_with(other)) => {
                    return Err(err).with_context(|| format!("cannot measure: {name}"));
                }
                Err(err) => line.missing = Some(format!("{err:#}")),
            }
        }
    }
    let bare = lines.iter().find(|l| l.name == BARE).map(|l| l.ns_per_call.clone()).unwrap_or_default();
    for line in &mut lines {
        line.added_ns = line.ns_per_call.above(&bare);
    }
    Ok(lines)
}
