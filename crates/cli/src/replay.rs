//! Recorded rows through the sinks of a live run.

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Parser, ValueHint};
use syscope_event::{Clock, Item, Summary};
use syscope_filter::CallFilter;
use syscope_kernel::Signals;
use syscope_output::{Format, PidPrefix};
use syscope_record::Recording;

use crate::opts::{FilterArgs, OutputArgs, PidList, TextArgs, TraceArgs};
use crate::plan::{self, Plan};
use crate::record::progress;
use crate::session::Outcome;
use crate::trace;

/// Records between two looks at signals.
const SIGNAL_STRIDE: u64 = 65_536;

/// The same as for a live run: filters, looks and places.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Directory of the recording
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Only these processes
    #[arg(short = 'p', long = "pid", value_name = "PID", value_parser = crate::opts::parse_pids)]
    pub(crate) pids: Vec<PidList>,
    /// Stop after this many rows
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) text: TextArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What is to be shown of a recording.
#[derive(Debug)]
pub(crate) struct Replay {
    dir: PathBuf,
    plan: Plan,
    calls: CallFilter,
}

/// Checks what was typed.
pub(crate) fn plan(args: ReplayArgs, format: Format) -> anyhow::Result<Replay> {
    let out = &args.output;
    for (is_given, what) in [
        (out.format.is_some(), "--format: the verbs text, csv and jsonl are the formats"),
        (out.record.is_some(), "--record"),
        (out.own_cost, "--self"),
        (out.max_overhead.is_some(), "--max-overhead"),
        (out.ring_size.is_some(), "--ring-size"),
        (!args.filters.sample.is_empty(), "--sample: it is for syscope record"),
        (args.filters.explain, "--explain"),
    ] {
        if is_given {
            bail!("a recording is there already, which leaves nothing to do for {what}");
        }
    }
    let trace = TraceArgs {
        pids: Vec::new(),
        all: true,
        follow: 0,
        user: None,
        env: Vec::new(),
        duration: None,
        limit: args.limit,
        filters: args.filters,
        text: args.text,
        output: OutputArgs { format: (!args.output.summary).then_some(format), ..args.output },
        command: Vec::new(),
    };
    let mut plan = plan::plan(trace)?;
    plan.replay = true;
    plan.tracing.config.count = None;
    let calls = calls(&plan, args.pids);
    Ok(Replay { dir: args.dir, plan, calls })
}

/// Filters alone, for what makes something of its own of the rows.
pub(crate) fn reading(filters: FilterArgs) -> anyhow::Result<Plan> {
    if !filters.sample.is_empty() || filters.explain {
        bail!("a recording is there already, which leaves nothing to do for --sample and --explain");
    }
    // The rest is as if nothing had been said of it.
    let trace = TraceArgs { filters, ..TraceArgs::try_parse_from(["syscope", "--all"])? };
    let mut plan = plan::plan(trace)?;
    plan.replay = true;
    Ok(plan)
}

/// What the kernel half would have been told.
pub(crate) fn calls(plan: &Plan, pids: Vec<PidList>) -> CallFilter {
    let config = &plan.tracing.config;
    CallFilter {
        calls: config.calls.clone(),
        foreign: config.foreign,
        only_ok: config.only_ok,
        only_failed: config.only_failed,
        min_latency_ns: config.min_latency_ns,
        comm: config.comm,
        uid: config.uid,
        pids: pids.into_iter().flat_map(|list| list.0).collect(),
    }
}

/// Runs it.
pub(crate) fn run(mut replay: Replay) -> anyhow::Result<ExitCode> {
    let recording = Recording::open(&replay.dir, &mut progress("repairing"))?;
    let mut signals = Signals::catch()?;
    let meta = recording.meta();
    let text = &mut replay.plan.options.text;
    text.clock = Clock { wall_offset_ns: meta.wall_offset_ns.into() };
    if text.pid_prefix != PidPrefix::Always {
        text.pid_prefix = if meta.many_tasks { PidPrefix::Many } else { PidPrefix::Auto };
    }
    let (file, mut sink, _) = trace::open(&replay.plan, &mut signals)?;
    let shown = &mut |_: &[u8], item: Option<&Item<'_>>| item.map_or(Ok(()), |item| sink.item(item));
    let mut outcome = feed(&recording, &replay.plan, &replay.calls, &mut signals, shown)?;
    if outcome.sink_error.is_none()
        && let Err(error) = sink.finish(&outcome.summary)
    {
        outcome.sink_error = Some(error);
    }
    drop(sink);
    let verdict = syscope_output::verdict(&outcome.summary);
    trace::conclude(&replay.plan, file, &mut outcome, &mut signals, &verdict)
}

/// Takes the bytes of a record, and the item that it became.
pub(crate) type Take<'a> = dyn FnMut(&[u8], Option<&Item<'_>>) -> io::Result<()> + 'a;

/// Reads a recording as a session reads the rings: records that later ones refer to, and of the others those that are
/// wanted, until a limit or a signal.
pub(crate) fn feed(
    recording: &Recording,
    plan: &Plan,
    calls: &CallFilter,
    signals: &mut Signals,
    take: &mut Take<'_>,
) -> anyhow::Result<Outcome> {
    let limit = plan.tracing.limit.unwrap_or(u64::MAX);
    let mut summary = Summary { rows: 0, unfinished: 0, ..recording.ending().summary.clone() };
    let (mut sink_error, mut stopped_by, mut seen) = (None, None, 0_u64);
    recording.replay(&mut |bytes, item| {
        seen += 1;
        if seen.is_multiple_of(SIGNAL_STRIDE)
            && let Some(caught) = signals.pending().first()
        {
            stopped_by = Some(caught.signal);
            summary.abandoned = true;
            return ControlFlow::Break(());
        }
        match item {
            Some(Item::Call(event)) if calls.keeps(event) && plan.rows.keeps(event) => {
                summary.rows += 1;
                summary.unfinished += u64::from(event.unfinished);
            }
            Some(Item::Call(_)) => {
                summary.hidden += 1;
                return ControlFlow::Continue(());
            }
            Some(other) if !calls.keeps_item(other) => return ControlFlow::Continue(()),
            _ => {}
        }
        match take(bytes, item) {
            Ok(()) if summary.rows < limit => ControlFlow::Continue(()),
            Ok(()) => ControlFlow::Break(()),
            Err(error) => {
                sink_error = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    Ok(Outcome { summary, cost: None, status: None, exec_error: None, stopped_by, sink_error })
}
