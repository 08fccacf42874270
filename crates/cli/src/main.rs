//! The `syscope` binary: what was typed becomes a plan, the plan a source and sinks.

mod diff;
mod doctor;
mod export;
mod exprs;
mod flame;
mod info;
mod list;
mod manual;
mod opts;
mod overhead;
mod plan;
mod record;
mod replay;
mod sample;
mod selftest;
mod session;
mod sql;
mod stat;
mod strace;
mod trace;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use syscope_output::printable;

use opts::{TraceArgs, VERBS, Verb, VerbArgs};
use replay::ReplayArgs;
use syscope_output::Format;

/// Wrong usage.
const USAGE: u8 = 2;
/// Tracing is not possible.
const CANNOT_TRACE: u8 = 125;

/// What was typed cannot be meant.
#[derive(Debug)]
struct Mistake(String);

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistake {}

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let result = match args.get(1).and_then(|a| a.to_str()) {
        Some(word) if VERBS.contains(&word) => verb(args),
        _ => command(args),
    };
    match result {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn command(args: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let args = match TraceArgs::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            if let Some(text) = strace::absent(&error) {
                message(&anyhow::anyhow!(text));
                return Ok(ExitCode::from(USAGE));
            }
            return Ok(usage(&error));
        }
    };
    planned(plan::plan(args), trace::run)
}

fn verb(mut args: Vec<OsString>) -> anyhow::Result<ExitCode> {
    // `stat DIR --by file`: behind a command all options are the command's, but a recording takes none.
    if args.len() > 3 && args[1] == "stat" && stat::is_recording(args[2].as_ref()) {
        let dir = args.remove(2);
        args.push(dir);
    }
    let verb = match VerbArgs::try_parse_from(args) {
        Ok(args) => args.verb,
        Err(error) => return Ok(usage(&error)),
    };
    let verb = match verb {
        Verb::Stat(args) => return planned(stat::plan(*args), stat::run),
        Verb::Record(args) => return planned(record::plan(*args), trace::run),
        Verb::Text(args) => return replayed(*args, Format::Text),
        Verb::Csv(args) => return replayed(*args, Format::Csv),
        Verb::Jsonl(args) => return replayed(*args, Format::Jsonl),
        Verb::Diff(args) => return planned(diff::plan(*args), |diff| Ok(read(diff::run(diff)))),
        Verb::Export(args) => {
            return planned(export::plan(*args), |export| Ok(read(export::run(export))));
        }
        Verb::Flame(args) => return planned(flame::plan(*args), |flame| Ok(read(flame::run(flame)))),
        Verb::Sql(args) => return Ok(read(sql::run(&args))),
        Verb::Repair { dir } => return Ok(read(record::repair(&dir).map(|()| ExitCode::SUCCESS))),
        other => other,
    };
    let mut out = io::stdout().lock();
    match verb {
        Verb::Info(args) => {
            let told = info::run(&args, &mut out).and_then(|()| Ok(out.flush()?));
            return Ok(read(told.map(|()| ExitCode::SUCCESS)));
        }
        Verb::List { family, format } => list::run(family.as_deref(), format, &mut out)?,
        Verb::Doctor => return Ok(doctor::run(&mut out)?),
        Verb::Completions { shell } => manual::completions(shell, &mut out)?,
        Verb::Man => manual::page(&mut out)?,
        Verb::Selftest { names, list, format } => return selftest::run(&names, list, format, &mut out),
        Verb::Scenario { name, dir } => return Ok(selftest::workload(&name, &dir)),
        // Handled above: stdout is theirs.
        Verb::Stat(_)
        | Verb::Record(_)
        | Verb::Text(_)
        | Verb::Csv(_)
        | Verb::Jsonl(_)
        | Verb::Sql(_)
        | Verb::Flame(_)
        | Verb::Diff(_)
        | Verb::Export(_)
        | Verb::Repair { .. } => {}
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Runs what was planned; a mistake in it is wrong usage.
fn planned<T>(
    plan: anyhow::Result<T>,
    run: impl FnOnce(T) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    match plan {
        Ok(plan) => run(plan),
        Err(error) => {
            message(&error);
            Ok(ExitCode::from(USAGE))
        }
    }
}

fn replayed(args: ReplayArgs, format: Format) -> anyhow::Result<ExitCode> {
    planned(replay::plan(args, format), |replay| Ok(read(replay::run(replay))))
}

/// What became of reading a recording: nothing is traced, so that no status says that it could not be.
fn read(done: anyhow::Result<ExitCode>) -> ExitCode {
    done.unwrap_or_else(|error| {
        if error.downcast_ref::<io::Error>().is_some_and(syscope_output::is_broken_pipe) {
            return ExitCode::SUCCESS;
        }
        message(&error);
        ExitCode::FAILURE
    })
}

/// clap's own words: help goes to stdout and is no failure.
fn usage(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let printed = match printable(&text) {
        // With its colours.
        Cow::Borrowed(_) => error.print(),
        // What was typed is no text.
        Cow::Owned(text) => io::stderr().write_all(text.as_bytes()),
    };
    match error.use_stderr() {
        true => ExitCode::from(USAGE),
        false => printed.map_or_else(|error| fail(&error.into()), |()| ExitCode::SUCCESS),
    }
}

fn message(error: &anyhow::Error) {
    // Nobody may be there to read it.
    let _ = writeln!(io::stderr(), "syscope: {}", printable(&format!("{error:#}")));
}

fn fail(error: &anyhow::Error) -> ExitCode {
    if error.downcast_ref::<io::Error>().is_some_and(syscope_output::is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    message(error);
    if error.is::<Mistake>() {
        return ExitCode::from(USAGE);
    }
    if let Some(stopped) = error.downcast_ref::<trace::StoppedEarly>() {
        return ExitCode::from(stopped.code());
    }
    let code = error.downcast_ref::<syscope_kernel::Error>().map_or(CANNOT_TRACE, |e| e.exit_status());
    ExitCode::from(code)
}
