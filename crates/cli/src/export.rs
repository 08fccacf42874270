//! `syscope export`: a recording for the viewers of other programs.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueHint};
use syscope_event::{Clock, Item};
use syscope_filter::CallFilter;
use syscope_kernel::Signals;
use syscope_output::{EXPORTS, Export};
use syscope_record::Recording;

use crate::opts::{FilterArgs, PidList};
use crate::plan::{Output, Plan};
use crate::record::progress;
use crate::replay;
use crate::trace;

const EXAMPLES: &str = "\
Examples:
  syscope export r --format perfetto -o r.pftrace        then: ui.perfetto.dev, Open trace file
  syscope export r --format chrome -e %file -o r.json    calls that name files only

Formats:
  perfetto  a trace for ui.perfetto.dev and trace_processor: threads as tracks, calls as slices
  chrome    JSON trace events: the same for chrome://tracing and programs that read JSON

Each slice has the columns of its row as arguments. Text in them is UTF-8; bytes that are none are \\xHH.";

/// Write a recording for the viewers of other programs
#[derive(Debug, Args)]
#[command(about = "Write a recording for the viewers of other programs", long_about = None, after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    /// Directory of the recording
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: PathBuf,
    /// Format: perfetto or chrome
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    format: &'static Export,
    /// Write to this file, which appears when it is complete; - is stdout
    #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Only these processes
    #[arg(short = 'p', long = "pid", value_name = "PID", value_parser = crate::opts::parse_pids)]
    pids: Vec<PidList>,
    /// Say nothing of how complete the recording is
    #[arg(short = 'q', long)]
    quiet: bool,
    /// Exit with 124 if anything was lost
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    filters: FilterArgs,
}

fn parse_format(text: &str) -> Result<&'static Export, String> {
    let names: Vec<&str> = EXPORTS.iter().map(|e| e.name).collect();
    Export::from_name(text).ok_or_else(|| format!("there are {}", names.join(", ")))
}

/// What is to be written.
#[derive(Debug)]
pub(crate) struct Exported {
    dir: PathBuf,
    format: &'static Export,
    plan: Plan,
    calls: CallFilter,
}

/// Checks what was typed.
pub(crate) fn plan(args: ExportArgs) -> anyhow::Result<Exported> {
    let output = args.output.filter(|path| path != Path::new("-"));
    if output.is_none() && args.format.is_binary && io::stdout().is_terminal() {
        bail!("--format {} is nothing for a terminal: -o FILE", args.format.name);
    }
    let mut plan = replay::reading(args.filters)?;
    plan.output = output.map_or(Output::Default, Output::File);
    plan.verdict = !args.quiet;
    plan.strict = args.strict;
    let calls = replay::calls(&plan, args.pids);
    Ok(Exported { dir: args.dir, format: args.format, plan, calls })
}

/// Runs it.
pub(crate) fn run(export: Exported) -> anyhow::Result<ExitCode> {
    let recording = Recording::open(&export.dir, &mut progress("repairing"))?;
    let mut signals = Signals::catch()?;
    let file = trace::open_file(&export.plan.output, &mut signals)?;
    let out: Box<dyn Write + Send> = match &file {
        Some((_, file)) => Box::new(file.try_clone()?),
        None => Box::new(io::stdout()),
    };
    let clock = Clock { wall_offset_ns: recording.meta().wall_offset_ns.into() };
    let mut sink = export.format.open(out, clock)?;
    let write = &mut |_: &[u8], item: Option<&Item<'_>>| item.map_or(Ok(()), |item| sink.item(item));
    let mut outcome = replay::feed(&recording, &export.plan, &export.calls, &mut signals, write)?;
    if outcome.sink_error.is_none() {
        outcome.sink_error = sink.finish(&outcome.summary).err();
    }
    drop(sink);
    let verdict = syscope_output::verdict(&outcome.summary);
    trace::conclude(&export.plan, file.map(|(guard, _)| guard), &mut outcome, &mut signals, &verdict)
}
