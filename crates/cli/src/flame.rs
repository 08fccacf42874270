//! `syscope flame`: a recording, or what is different in a second one, as a flame graph.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueHint};
use syscope_event::Item;
use syscope_filter::CallFilter;
use syscope_kernel::Signals;
use syscope_output::{flame_subtitle, flame_svg, folded};
use syscope_record::Recording;
use syscope_stats::{Frames, Room, Stacks, Weight};

use crate::opts::{FilterArgs, PidList};
use crate::plan::{Output, Plan};
use crate::record::progress;
use crate::replay;
use crate::trace::{self, say};

const EXAMPLES: &str = "\
Examples:
  syscope flame r -o r.svg                               commands, their calls, the files: as wide as there were calls
  syscope flame r --weight time -o r.svg                 as wide as they took
  syscope flame r --frames file --split --weight bytes -o r.svg
                                                         the tree of directories, by the bytes that were moved
  syscope flame good bad --frames syscall,file -o d.svg  two runs: as wide as the second, red where it has more
  syscope flame r --folded | sort -k2 -n                 collapsed stacks, for other programs

The picture is looked at in a browser: a click on a frame shows what is in it alone, Ctrl-F searches. In collapsed stacks a
semicolon within a name is \\x3b, and all that is no plain text is \\xHH. Of two recordings, numbers of tasks, ports, inodes of
pipes and names of temporary files are replaced by what they have in common (N, PID, XXXXXX).";

/// Draw a recording as a flame graph, or what a second one has otherwise
#[derive(Debug, Args)]
#[command(about = "Draw a recording as a flame graph, or what a second one has otherwise", long_about = None, after_help = EXAMPLES)]
pub(crate) struct FlameArgs {
    /// Directory of the recording
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: PathBuf,
    /// Directory of a second recording, which is compared with the first
    #[arg(value_name = "SECOND", value_hint = ValueHint::DirPath)]
    second: Option<PathBuf>,
    /// Columns that become frames, the outermost one first
    #[arg(long, value_name = "COLUMNS", default_value = "comm,syscall,file", value_parser = Frames::parse)]
    frames: Frames,
    /// Each directory of a path is a frame of its own
    #[arg(long)]
    split: bool,
    /// What makes frames wide: count, time, bytes or gap (the time between calls)
    #[arg(long, value_name = "WHAT", default_value = "count", value_parser = parse_weight)]
    weight: Weight,
    /// Write collapsed stacks instead of a picture: frames, a blank, a number (of two recordings: two)
    #[arg(long)]
    folded: bool,
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

fn parse_weight(text: &str) -> Result<Weight, String> {
    Weight::from_name(text).ok_or_else(|| "there are count, time, bytes, gap".into())
}

/// What is to be drawn.
#[derive(Debug)]
pub(crate) struct Flame {
    dirs: Vec<PathBuf>,
    frames: Frames,
    weight: Weight,
    folded: bool,
    plan: Plan,
    calls: CallFilter,
}

/// Checks what was typed.
pub(crate) fn plan(args: FlameArgs) -> anyhow::Result<Flame> {
    let output = args.output.filter(|path| path != Path::new("-"));
    if output.is_none() && !args.folded && io::stdout().is_terminal() {
        bail!("a picture is nothing for a terminal: -o FILE.svg");
    }
    let mut plan = replay::reading(args.filters)?;
    plan.output = output.map_or(Output::Default, Output::File);
    plan.verdict = !args.quiet;
    plan.strict = args.strict;
    let calls = replay::calls(&plan, args.pids);
    let dirs: Vec<PathBuf> = [Some(args.dir), args.second].into_iter().flatten().collect();
    let mut frames = args.frames;
    frames.split = args.split;
    frames.normalise = dirs.len() > 1;
    Ok(Flame { dirs, frames, weight: args.weight, folded: args.folded, plan, calls })
}

/// Runs it.
pub(crate) fn run(flame: Flame) -> anyhow::Result<ExitCode> {
    let recordings = flame
        .dirs
        .iter()
        .map(|dir| Recording::open(dir, &mut progress("repairing")))
        .collect::<Result<Vec<_>, _>>()?;
    let mut signals = Signals::catch()?;
    // Before the work is done: a place that cannot be written is told at once.
    let file = trace::open_file(&flame.plan.output, &mut signals)?;
    let mut stacks = Stacks::new(flame.frames, flame.weight, Room::default());
    let mut outcomes = Vec::new();
    for (run, recording) in recordings.iter().enumerate() {
        if run > 0 {
            stacks.next_run();
        }
        let add = &mut |_: &[u8], item: Option<&Item<'_>>| {
            if let Some(Item::Call(event)) = item {
                stacks.add(event);
            }
            Ok(())
        };
        outcomes.push(replay::feed(recording, &flame.plan, &flame.calls, &mut signals, add)?);
    }
    let runs = recordings.len();
    let targets: Vec<&str> = recordings.iter().map(|r| r.meta().target.as_str()).collect();
    let title = targets.join(" | ");
    let draw = |out: &mut dyn Write| {
        if flame.folded {
            folded(&stacks, runs, out)
        } else {
            flame_svg(&stacks, runs, &title, flame_subtitle(flame.weight), out)
        }
    };
    let mut buffered: Box<dyn Write> = match &file {
        Some((_, file)) => Box::new(io::BufWriter::new(file.try_clone()?)),
        None => Box::new(io::BufWriter::new(io::stdout())),
    };
    let drawn = draw(&mut *buffered).and_then(|()| buffered.flush());
    drop(buffered);
    if let Err(error) = &drawn
        && error.kind() == io::ErrorKind::InvalidData
    {
        bail!(
            "no call that the filters keep has anything of {}: there is nothing to draw",
            flame.weight.name()
        );
    }
    if stacks.is_full() {
        say("syscope: more different frames than are kept: the rest is summed up as [other]");
    }
    let Some(mut outcome) = outcomes.pop() else { return Ok(ExitCode::SUCCESS) };
    outcome.sink_error = drawn.err();
    let verdict = syscope_output::verdict(&outcome.summary);
    if let Some(first) = outcomes.pop() {
        if flame.plan.verdict {
            say(&format!("{} (first recording)", syscope_output::verdict(&first.summary)));
        }
        // What is missing of either is missing.
        if !first.summary.complete() && outcome.summary.complete() {
            outcome.summary = first.summary;
        }
    }
    trace::conclude(&flame.plan, file.map(|(guard, _)| guard), &mut outcome, &mut signals, &verdict)
}
