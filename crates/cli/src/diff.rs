//! `syscope diff`: what is different in a second run of the same work, and whether that may be chance.

use std::cmp::Ordering;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueHint};
use syscope_event::{Column, Item};
use syscope_filter::CallFilter;
use syscope_kernel::Signals;
use syscope_output::{ResultCell, ResultSink};
use syscope_record::Recording;
use syscope_stats::{Change, Comparison, Frames, Measure};

use crate::opts::{FilterArgs, PidList};
use crate::plan::Plan;
use crate::record::progress;
use crate::replay;
use crate::sql::AnswerFormat;
use crate::trace::say;

/// What --fail-on says happened.
const RULE_BROKEN: u8 = 3;

const EXAMPLES: &str = "\
Examples:
  syscope diff good bad                          calls and files that are new, gone, or otherwise in the second run
  syscope diff good bad --by comm,syscall        by other columns
  syscope diff a b --fail-on 'latency +20%'      exit status 3 if any call became slower by more than that
  syscope diff a b --fail-on 'errors +0' --fail-on 'count +10% of openat'

A rule is MEASURE CHANGE [of NAME]: latency (the median), count, errors or bytes; +N% (or -N%) of what the first run had, or
+N more of them (of latency: nanoseconds). Without a name it is about every row, and about all calls together. A relative rule
only counts differences that are sure by --confidence.

Numbers of tasks, ports, inodes of pipes and names of temporary files are replaced by what they have in common (N, PID,
XXXXXX). The confidence that a difference is no chance comes from the distributions: of numbers, from how much each call adds;
of latencies, from their ranks (Mann-Whitney), with the spread between pieces of time of each run. docs/recordings.md says more.";

/// Compare two recordings of the same work
#[derive(Debug, Args)]
#[command(about = "Compare two recordings of the same work", long_about = None, after_help = EXAMPLES)]
pub(crate) struct DiffArgs {
    /// Directory of the first recording
    #[arg(value_name = "FIRST", value_hint = ValueHint::DirPath)]
    first: PathBuf,
    /// Directory of the second one
    #[arg(value_name = "SECOND", value_hint = ValueHint::DirPath)]
    second: PathBuf,
    /// Columns by which calls are told apart; each --by is a table of its own (default: syscall, and file)
    #[arg(long, value_name = "COLUMNS", value_parser = Frames::parse)]
    by: Vec<Frames>,
    /// Show all figures, those that are the same in both, too
    #[arg(long)]
    all: bool,
    /// How sure a difference must be to count, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 99.0)]
    confidence: f64,
    /// How large a difference of latencies must be to count, in percent: machines are never twice the same
    #[arg(long, value_name = "PERCENT", default_value_t = 25.0)]
    min_change: f64,
    /// Exit with 3 if this happened, such as 'latency +20%'
    #[arg(long, value_name = "RULE", value_parser = Rule::parse)]
    fail_on: Vec<Rule>,
    /// Format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: AnswerFormat,
    /// Only these processes
    #[arg(short = 'p', long = "pid", value_name = "PID", value_parser = crate::opts::parse_pids)]
    pids: Vec<PidList>,
    #[command(flatten)]
    filters: FilterArgs,
}

/// What must not happen.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    text: String,
    measure: Measure,
    /// With its sign.
    change: f64,
    is_relative: bool,
    name: Option<String>,
}

impl Rule {
    fn parse(text: &str) -> Result<Rule, String> {
        let hint =
            || format!("{text:?} is no rule: such as 'latency +20%', 'errors +0', 'count +10% of openat'");
        let mut words = text.split_whitespace();
        let (measure, change) = (words.next().ok_or_else(hint)?, words.next().ok_or_else(hint)?);
        let name = match (words.next(), words.next(), words.next()) {
            (None, ..) => None,
            (Some("of"), Some(name), None) => Some(name.to_owned()),
            _ => return Err(hint()),
        };
        let measure = Measure::NAMES.iter().find(|(n, _)| *n == measure).ok_or_else(hint)?.1;
        let number = change.strip_suffix('%').unwrap_or(change);
        if !number.starts_with(['+', '-']) {
            return Err(hint());
        }
        let value: f64 = number.parse().map_err(|_| hint())?;
        let is_relative = change.ends_with('%');
        if !value.is_finite() {
            return Err(hint());
        }
        let change = if is_relative { value / 100.0 } else { value };
        // -0 asks for whatever became less: the sign counts.
        Ok(Rule { text: text.to_owned(), measure, change, is_relative, name })
    }

    fn is_broken_by(&self, change: &Change, confidence: f64) -> bool {
        let is_named = match (&self.name, &change.name) {
            (None, _) => true,
            (Some(name), Some(found)) => name.as_bytes() == &found[..],
            (Some(_), None) => false,
        };
        if !is_named || self.measure != change.measure {
            return false;
        }
        let [before, after] = change.values;
        let moved = if self.is_relative {
            if change.confidence.is_none_or(|sure| sure < confidence) {
                return false;
            }
            // Of nothing, anything is any multiple.
            change.relative().unwrap_or(if after > before { f64::INFINITY } else { 0.0 })
        } else {
            after - before
        };
        if self.change.is_sign_negative() { moved < self.change } else { moved > self.change }
    }
}

/// What is to be compared.
#[derive(Debug)]
pub(crate) struct Diff {
    args: DiffArgs,
    plan: Plan,
    calls: CallFilter,
}

/// Checks what was typed.
pub(crate) fn plan(mut args: DiffArgs) -> anyhow::Result<Diff> {
    if !(0.0..=100.0).contains(&args.confidence) || args.min_change.is_nan() || args.min_change < 0.0 {
        bail!("--confidence and --min-change are percentages");
    }
    if args.by.is_empty() {
        args.by = vec![Frames::new(&[Column::Syscall]), Frames::new(&[Column::File])];
    }
    let plan = replay::reading(args.filters.clone())?;
    let calls = replay::calls(&plan, args.pids.clone());
    Ok(Diff { args, plan, calls })
}

/// Runs it.
pub(crate) fn run(diff: Diff) -> anyhow::Result<ExitCode> {
    let Diff { args, plan, calls } = diff;
    let mut tables: Vec<(String, Comparison)> = Vec::new();
    for mut frames in args.by {
        frames.normalise = true;
        let names: Vec<&str> = frames.columns().iter().map(|c| c.name()).collect();
        tables.push((names.join(","), Comparison::new(frames)));
    }
    let mut signals = Signals::catch()?;
    let mut verdicts = Vec::new();
    for (run, dir) in [&args.first, &args.second].into_iter().enumerate() {
        let recording = Recording::open(dir, &mut progress("repairing"))?;
        let (began, ended) = (recording.meta().started_boot_ns, recording.ending().ended_boot_ns);
        tables.iter_mut().for_each(|(_, table)| table.begin(run, began, ended));
        let add = &mut |_: &[u8], item: Option<&Item<'_>>| {
            if let Some(Item::Call(event)) = item {
                tables.iter_mut().for_each(|(_, table)| table.add(event));
            }
            Ok(())
        };
        let outcome = replay::feed(&recording, &plan, &calls, &mut signals, add)?;
        verdicts.push((syscope_output::verdict(&outcome.summary), outcome.summary.complete()));
        if let Some(signal) = outcome.stopped_by {
            bail!("stopped by signal {signal}: nothing is compared");
        }
    }
    let confidence = args.confidence / 100.0;
    let columns = ["by", "name", "measure", "first", "second", "change", "confidence", "significant"];
    let mut sink = ResultSink::new(Box::new(io::stdout().lock()), args.format.format(), &columns)?;
    let (mut appeared, mut vanished, mut significant) = (0, 0, 0);
    let mut broken: Vec<String> = Vec::new();
    for (by, table) in &tables {
        let mut shown = Vec::new();
        for change in table.changes() {
            for rule in args.fail_on.iter().filter(|rule| rule.is_broken_by(&change, confidence)) {
                broken.push(format!("{}: {}", rule.text, told(&change)));
            }
            let counts = counts(&change, confidence, args.min_change / 100.0);
            if change.name.is_some() {
                significant += u32::from(counts);
                if change.measure == Measure::Count {
                    appeared += u32::from(change.values[0] == 0.0);
                    vanished += u32::from(change.values[1] == 0.0);
                }
            }
            // That two medians are not the same says nothing by itself.
            let differs = change.measure != Measure::Latency && change.values[0] != change.values[1];
            if args.all || counts || differs {
                shown.push((change, counts));
            }
        }
        shown.sort_by(|(a, a_counts), (b, b_counts)| {
            let rank = |c: &Change, counts: bool| (c.name.is_some(), !counts);
            rank(a, *a_counts)
                .cmp(&rank(b, *b_counts))
                .then_with(|| b.confidence.partial_cmp(&a.confidence).unwrap_or(Ordering::Equal))
        });
        for (change, counts) in &shown {
            row(&mut sink, by, change, *counts, args.format)?;
        }
        if table.is_full() {
            say(&format!("syscope: more different names ({by}) than are kept: the rest is one row, [other]"));
        }
    }
    sink.finish()?;
    for ((verdict, is_complete), which) in verdicts.into_iter().zip(["first", "second"]) {
        if !is_complete {
            say(&format!("{verdict} ({which} recording)"));
        }
    }
    let found = match significant {
        0 => "no significant change".to_owned(),
        1 => "1 significant change".to_owned(),
        n => format!("{n} significant changes"),
    };
    say(&format!("syscope: {appeared} appeared, {vanished} vanished; {found}"));
    broken.iter().for_each(|rule| say(&format!("syscope: --fail-on {rule}")));
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(RULE_BROKEN) })
}

/// It is no chance, and large enough to be more than the difference between two runs on the same machine.
fn counts(change: &Change, confidence: f64, min_change: f64) -> bool {
    let is_sure = change.confidence.is_some_and(|sure| sure >= confidence);
    let is_large = change.measure != Measure::Latency
        || change
            .relative()
            .is_none_or(|moved| moved >= min_change || moved <= 1.0 / (1.0 + min_change) - 1.0);
    is_sure && is_large && change.values[0] != change.values[1]
}

fn told(change: &Change) -> String {
    let name = change.name.as_ref().map_or("all calls".into(), |name| String::from_utf8_lossy(name));
    let [before, after] = change.values.map(|value| value_text(change.measure, value));
    format!("{name} {}: {before}, then {after}", change.measure.name())
}

#[allow(clippy::cast_possible_truncation)]
fn value_text(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Latency if value < 1e4 => format!("{value:.0} ns"),
        Measure::Latency if value < 1e7 => format!("{:.1} us", value / 1e3),
        Measure::Latency => format!("{:.1} ms", value / 1e6),
        _ => format!("{value:.0}"),
    }
}

fn change_text(change: &Change) -> String {
    match (change.relative(), change.values[1] > 0.0) {
        (None, true) => "new".into(),
        (None, false) => "-".into(),
        (Some(_), false) => "gone".into(),
        (Some(moved), true) => format!("{:+.1} %", moved * 100.0),
    }
}

fn row(
    sink: &mut ResultSink,
    by: &str,
    change: &Change,
    counts: bool,
    format: AnswerFormat,
) -> io::Result<()> {
    let is_table = format == AnswerFormat::Table;
    let values = change.values.map(|value| value_text(change.measure, value));
    let (moved, sure) = (change_text(change), change.confidence.map(confidence_text));
    let name = match &change.name {
        Some(name) => ResultCell::Text(name),
        None if is_table => ResultCell::Text(b"[all]"),
        None => ResultCell::Null,
    };
    let number = |at: usize| match is_table {
        true => ResultCell::Text(values[at].as_bytes()),
        false => ResultCell::Real(change.values[at]),
    };
    let mark = if counts { "*" } else { "" };
    sink.row(&[
        ResultCell::Text(by.as_bytes()),
        name,
        ResultCell::Text(change.measure.name().as_bytes()),
        number(0),
        number(1),
        real(is_table, change.relative(), Some(&moved)),
        real(is_table, change.confidence, sure.as_deref()),
        if is_table { ResultCell::Text(mark.as_bytes()) } else { ResultCell::Int(counts.into()) },
    ])
}

fn real(is_table: bool, value: Option<f64>, text: Option<&str>) -> ResultCell<'_> {
    match (is_table, value, text) {
        (true, _, Some(text)) => ResultCell::Text(text.as_bytes()),
        (false, Some(value), _) => ResultCell::Real(value),
        _ => ResultCell::Null,
    }
}

/// Never 100 %.
fn confidence_text(sure: f64) -> String {
    if sure > 0.9999 { "> 99.99 %".into() } else { format!("{:.1} %", (sure * 1000.0).floor() / 10.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(measure: Measure, values: [f64; 2], confidence: f64) -> Change {
        Change { name: Some(b"read".to_vec()), measure, values, confidence: Some(confidence) }
    }

    #[test]
    fn rules() {
        let check = |rule: &str, measure, values, confidence, expected: bool| {
            let rule = Rule::parse(rule).unwrap();
            assert_eq!(rule.is_broken_by(&change(measure, values, confidence), 0.99), expected, "{rule:?}");
        };
        check("latency +20%", Measure::Latency, [100.0, 121.0], 0.995, true);
        check("latency +20%", Measure::Latency, [100.0, 121.0], 0.9, false);
        check("latency +20%", Measure::Latency, [100.0, 119.0], 0.999, false);
        check("latency +20%", Measure::Count, [100.0, 200.0], 1.0, false);
        check("latency +500", Measure::Latency, [100.0, 700.0], 0.0, true);
        check("errors +0", Measure::Errors, [0.0, 1.0], 0.0, true);
        check("errors +0", Measure::Errors, [1.0, 1.0], 0.0, false);
        check("count +10%", Measure::Count, [0.0, 50.0], 1.0, true);
        check("count -10% of read", Measure::Count, [100.0, 80.0], 1.0, true);
        check("count -10% of read", Measure::Count, [100.0, 120.0], 1.0, false);
        check("count -0", Measure::Count, [3.0, 2.0], 0.0, true);
        check("bytes +1 of write", Measure::Bytes, [0.0, 9.0], 1.0, false);
        for bad in [
            "",
            "latency",
            "latency 20%",
            "speed +1%",
            "count +x",
            "count +1 read",
            "count +1 of a b",
            "count +inf",
        ] {
            assert!(Rule::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn small_differences_of_latency_do_not_count() {
        assert!(!counts(&change(Measure::Latency, [100.0, 110.0], 1.0), 0.99, 0.25));
        assert!(counts(&change(Measure::Latency, [100.0, 126.0], 1.0), 0.99, 0.25));
        assert!(counts(&change(Measure::Latency, [126.0, 100.0], 1.0), 0.99, 0.25));
        assert!(!counts(&change(Measure::Latency, [100.0, 300.0], 0.9), 0.99, 0.25));
        assert!(counts(&change(Measure::Count, [100.0, 110.0], 1.0), 0.99, 0.25));
    }
}
