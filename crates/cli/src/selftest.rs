//! `syscope selftest`: runs the scenario programs traced and compares what was seen with what they state.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use syscope_event::args::Style;
use syscope_event::{Item, Row, Sink, Summary};
use syscope_filter::TraceSet;
use syscope_kernel::{Command, Config, Signals};
use syscope_scenarios::{ALL, Expectations, Mismatch, Scenario, check};

use crate::opts::ListFormat;
use crate::session::{self, Target, Tracing};

/// Exit status of a workload that cannot run here; its reason is in its directory.
const NOT_APPLICABLE: u8 = 77;

/// How a scenario ended.
enum Verdict {
    Passed(Expectations),
    Failed(Vec<String>),
    NotApplicable(String),
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
            writeln!(out, "{:<18} {:<24} {}", s.section, s.name, s.about)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut section = "";
    for scenario in scenarios {
        if format == ListFormat::Text && scenario.section != section {
            section = scenario.section;
            writeln!(out, "{section}")?;
        }
        let verdict = trace(scenario)?;
        match &verdict {
            Verdict::Passed(_) => passed += 1,
            Verdict::Failed(_) => failed += 1,
            Verdict::NotApplicable(_) => skipped += 1,
        }
        match format {
            ListFormat::Text => print(scenario, &verdict, names.len() == 1, out)?,
            ListFormat::Jsonl => print_json(scenario, &verdict, out)?,
        }
        out.flush()?;
    }
    if format == ListFormat::Text {
        writeln!(out, "{passed} passed, {failed} failed, {skipped} not applicable")?;
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
                    true => bail!("no scenario {name:?}: `syscope selftest --list` shows them"),
                    false => bail!("no scenario {name:?}; did you mean {}?", near.join(", ")),
                }
            }
        })
        .collect()
}

fn print(s: &Scenario, verdict: &Verdict, in_full: bool, out: &mut dyn Write) -> io::Result<()> {
    match verdict {
        Verdict::Passed(stated) => {
            writeln!(out, "  ok    {:<24} {}", s.name, s.about)?;
            if in_full {
                for row in &stated.rows {
                    writeln!(out, "        {}", row.describe())?;
                }
            }
        }
        Verdict::Failed(reasons) => {
            writeln!(out, "  FAIL  {:<24} {}", s.name, s.about)?;
            for reason in reasons {
                writeln!(out, "        {reason}")?;
            }
        }
        Verdict::NotApplicable(reason) => writeln!(out, "  n/a   {:<24} {reason}", s.name)?,
    }
    Ok(())
}

fn print_json(s: &Scenario, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let (result, details) = match verdict {
        Verdict::Passed(_) => ("pass", Vec::new()),
        Verdict::Failed(reasons) => ("fail", reasons.clone()),
        Verdict::NotApplicable(reason) => ("not applicable", vec![reason.clone()]),
    };
    let line = serde_json::json!({
        "section": s.section, "name": s.name, "about": s.about, "result": result, "details": details,
    });
    writeln!(out, "{line}")
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

fn trace(scenario: &Scenario) -> anyhow::Result<Verdict> {
    let dir = tempfile::tempdir().context("cannot make a directory for a scenario")?;
    // Kept until the workload has ended: it finds a descriptor that was opened before it was traced.
    let _preopened = syscope_scenarios::preopen(dir.path()).context("cannot open a file for a scenario")?;
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
            ..Config::default()
        },
        duration: None,
        limit: None,
    };
    let mut rows = Rows(Vec::new());
    let outcome = session::run(&tracing, &mut Signals::catch()?, &mut |_| true, &mut rows)?;
    let code = outcome.status.map_or(1, |s| s.code());
    if code != 0 {
        let reason = std::fs::read_to_string(reason_file(dir.path())).unwrap_or_default();
        return Ok(match code {
            NOT_APPLICABLE => Verdict::NotApplicable(reason),
            _ => Verdict::Failed(vec![format!("the workload ended with {code}: {reason}")]),
        });
    }
    let stated = match Expectations::load(dir.path()) {
        Ok(stated) => stated,
        Err(error) => {
            return Ok(Verdict::Failed(vec![format!("the workload left no expectations: {error}")]));
        }
    };
    let mut reasons: Vec<String> = check(&stated, &rows.0).iter().map(Mismatch::to_string).collect();
    if !outcome.summary.complete() {
        reasons.push(syscope_output::verdict(&outcome.summary));
    }
    Ok(if reasons.is_empty() { Verdict::Passed(stated) } else { Verdict::Failed(reasons) })
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
