//! `syscope selftest`: runs the scenario programs traced and compares what was seen with what they state.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use syscope_event::args::Style;
use syscope_event::{Item, Row, Sink, Summary};
use syscope_filter::TraceSet;
use syscope_kernel::{Command, Config, Signals};
use syscope_scenarios::{ALL, Expectations, Expected, Mismatch, Scenario, check, known_gap};

use crate::Mistake;
use crate::opts::ListFormat;
use crate::session::{self, Target, Tracing};

/// Exit status of a workload that cannot run here; its reason is in its directory.
const NOT_APPLICABLE: u8 = 77;

/// How a scenario ended; the text is what lists and machines read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Verdict {
    #[serde(rename = "pass")]
    Passed,
    #[serde(rename = "fail")]
    Failed,
    #[serde(rename = "known gap")]
    KnownGap,
    #[serde(rename = "not applicable")]
    NotApplicable,
}

/// One line of `--format jsonl`.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    section: String,
    name: String,
    about: String,
    result: Verdict,
    /// What was checked, what was wrong, or why nothing was.
    details: Vec<String>,
}

/// Runs the scenarios of these names, or all.
pub(crate) fn run(
    names: &[String],
    list: bool,
    format: ListFormat,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let scenarios = choose(names)?;
    if list {
        for s in scenarios {
            writeln!(out, "{:<26} {:<26} {}", s.name, s.section, s.about)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut counts = [0; 4];
    let mut section = "";
    let mut tell = |scenario: &Scenario, report: &Report| -> anyhow::Result<()> {
        counts[report.result as usize] += 1;
        match format {
            ListFormat::Text => {
                if scenario.section != section {
                    section = scenario.section;
                    writeln!(out, "{section}")?;
                }
                print(report, names.len() == 1, out)?;
            }
            ListFormat::Jsonl => writeln!(out, "{}", serde_json::to_string(report)?)?,
        }
        Ok(out.flush()?)
    };
    match scenarios[..] {
        [scenario] => tell(scenario, &trace(scenario)?)?,
        _ => side_by_side(&scenarios, &mut tell)?,
    }
    let [passed, failed, gaps, skipped] = counts;
    if format == ListFormat::Text {
        writeln!(out, "{passed} passed, {failed} failed, {gaps} known gaps, {skipped} not applicable")?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn choose(names: &[String]) -> anyhow::Result<Vec<&'static Scenario>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    names
        .iter()
        .map(|name| match syscope_scenarios::by_name(name) {
            Some(scenario) => Ok(scenario),
            None => {
                let near = syscope_scenarios::near(name);
                match near.is_empty() {
                    true => {
                        bail!(Mistake(format!("no scenario {name:?}: `syscope selftest --list` shows them")))
                    }
                    false => {
                        bail!(Mistake(format!("no scenario {name:?}; did you mean {}?", near.join(", "))))
                    }
                }
            }
        })
        .collect()
}

fn print(report: &Report, in_full: bool, out: &mut dyn Write) -> io::Result<()> {
    let Report { name, about, details, .. } = report;
    match report.result {
        Verdict::Passed => writeln!(out, "  ok    {name:<26} {about}")?,
        Verdict::Failed => writeln!(out, "  FAIL  {name:<26} {about}")?,
        Verdict::KnownGap => writeln!(out, "  gap   {name:<26} {about}")?,
        Verdict::NotApplicable => writeln!(out, "  n/a   {name:<26} {}", details.join("; "))?,
    }
    let rest = match report.result {
        Verdict::Failed => &details[..],
        // Why it is known to fail; the differences are for whoever asks for this one.
        Verdict::KnownGap if !in_full => &details[..1],
        Verdict::Passed | Verdict::KnownGap if in_full => &details[..],
        _ => &[],
    };
    for line in rest {
        writeln!(out, "        {line}")?;
    }
    Ok(())
}

/// Runs each scenario in a process of its own, a few at a time, and tells them in order: most of a run is waiting for the
/// kernel half to be loaded.
fn side_by_side(
    scenarios: &[&'static Scenario],
    tell: &mut dyn FnMut(&Scenario, &Report) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let at_a_time = thread::available_parallelism().map_or(2, |n| n.get() + 1).min(8);
    let (next, (send, reports)) = (AtomicUsize::new(0), channel());
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(scenario) = scenarios.get(index) else { break };
                    // Nobody listens any more: the run has ended with an error.
                    if send.send((index, apart(scenario))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let (mut early, mut wanted) = (BTreeMap::new(), 0);
        for (index, report) in reports {
            early.insert(index, report);
            while let Some(report) = early.remove(&wanted) {
                tell(scenarios[wanted], &report?)?;
                wanted += 1;
            }
        }
        Ok(())
    })
}

/// Runs one scenario in another process.
fn apart(scenario: &Scenario) -> anyhow::Result<Report> {
    let exe = std::env::current_exe().context("cannot find this program")?;
    let done = process::Command::new(exe)
        .args(["selftest", scenario.name, "--format", "jsonl"])
        .stdin(Stdio::null())
        .output()
        .context("cannot run a scenario")?;
    match serde_json::from_slice(&done.stdout) {
        Ok(report) => Ok(report),
        Err(_) => {
            let told = String::from_utf8_lossy(&done.stderr);
            bail!("{}", told.trim_end().trim_start_matches("syscope: "))
        }
    }
}

/// Collects rows.
struct Rows(Vec<Row>);

impl Sink for Rows {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        if let Item::Call(event) = item {
            // Long enough for every string that a scenario compares.
            self.0.push(Row::from_event(event, &Style { string_limit: 64, ..Style::default() }));
        }
        Ok(())
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}

/// Runs one scenario.
fn trace(scenario: &Scenario) -> anyhow::Result<Report> {
    let (result, details) = compare(scenario)?;
    let Scenario { section, name, about, .. } = scenario;
    let [section, name, about] = [section, name, about].map(|s| (*s).to_owned());
    Ok(Report { section, name, about, result, details })
}

fn compare(scenario: &Scenario) -> anyhow::Result<(Verdict, Vec<String>)> {
    let dir = tempfile::tempdir().context("cannot make a directory for a scenario")?;
    // Kept until the workload has ended: it may find descriptors that were opened before it was traced.
    let _preopened =
        syscope_scenarios::preopen(scenario.name, dir.path()).context("cannot open a file for a scenario")?;
    let exe = std::env::current_exe().context("cannot find this program")?;
    let words = ["scenario", scenario.name, "--dir"].map(OsString::from);
    let argv = [vec![exe.into_os_string()], words.to_vec(), vec![dir.path().into()]].concat();
    let calls = TraceSet::all();
    let tracing = Tracing {
        target: Target::Command(Command { argv, ..Command::default() }),
        config: Config {
            calls: calls.wanted().to_vec(),
            foreign: true,
            follow: true,
            string_limit: 64,
            comm: scenario.comm.map(task_name),
            ..Config::default()
        },
        duration: None,
        limit: None,
        max_overhead: None,
    };
    let mut rows = Rows(Vec::new());
    let outcome = session::run(&tracing, &mut Signals::catch()?, &mut |_| true, &mut rows, None)?;
    let code = outcome.status.map_or(1, |s| s.code());
    if code != 0 {
        let reason = std::fs::read_to_string(reason_file(dir.path())).unwrap_or_default();
        return Ok(match code {
            NOT_APPLICABLE => (Verdict::NotApplicable, vec![reason]),
            _ => (Verdict::Failed, vec![format!("the workload ended with {code}: {reason}")]),
        });
    }
    let stated = match Expectations::load(dir.path()) {
        Ok(stated) => stated,
        Err(error) => {
            return Ok((Verdict::Failed, vec![format!("the workload left no expectations: {error}")]));
        }
    };
    let mut reasons: Vec<String> = check(&stated, &rows.0).iter().map(Mismatch::to_string).collect();
    let (wanted, counted) = (stated.without_entry, outcome.summary.without_entry);
    if wanted != counted {
        reasons.push(format!("{wanted} exits without an entry were expected, {counted} were counted"));
    }
    if !outcome.summary.complete() {
        reasons.push(syscope_output::verdict(&outcome.summary));
    }
    Ok(match (reasons.is_empty(), known_gap(scenario.name)) {
        (true, None) => (Verdict::Passed, stated.rows.iter().map(Expected::describe).collect()),
        (true, Some(why)) => {
            (Verdict::Failed, vec![format!("it passes, but is listed as a known gap: {why}")])
        }
        (false, None) => (Verdict::Failed, reasons),
        (false, Some(why)) => {
            reasons.insert(0, why.into());
            (Verdict::KnownGap, reasons)
        }
    })
}

fn task_name(name: &str) -> [u8; syscope_wire::COMM] {
    let mut comm = [0; syscope_wire::COMM];
    for (to, from) in comm.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    comm
}

fn reason_file(dir: &Path) -> PathBuf {
    dir.join("reason")
}

/// The hidden verb: makes a scenario's calls.
pub(crate) fn workload(name: &str, dir: &Path) -> ExitCode {
    let Err(error) = syscope_scenarios::run_workload(name, dir) else { return ExitCode::SUCCESS };
    // If this cannot be written either, the exit status still tells.
    let _ = std::fs::write(reason_file(dir), error.to_string());
    match error {
        syscope_scenarios::StepError::NotApplicable(_) => ExitCode::from(NOT_APPLICABLE),
        _ => ExitCode::FAILURE,
    }
}
