//! What was typed, checked: every mistake is found before anything is traced.

use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use syscope_event::Clock;
use syscope_event::args::{Hex, Names, Style};
use syscope_filter::{RowFilter, TraceSet};
use syscope_kernel::{Command, Config, wall_offset_ns};
use syscope_output::{Format, Options, PidPrefix, SortKey, TextOptions, Timestamps};

use crate::opts::{FilterArgs, TraceArgs};
use crate::session::{Target, Tracing};

/// A run that can begin.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) tracing: Tracing,
    pub(crate) rows: RowFilter,
    pub(crate) options: Options,
    pub(crate) format: Format,
    pub(crate) output: Option<PathBuf>,
    pub(crate) summary: Summaries,
    pub(crate) sort: SortKey,
    pub(crate) verdict: bool,
    pub(crate) strict: bool,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summaries {
    Rows,
    Table,
    Both,
}

/// Checks what was typed.
pub(crate) fn plan(args: TraceArgs) -> anyhow::Result<Plan> {
    let target = target(&args)?;
    let calls = calls(&args.filters)?;
    let comm = args.filters.comm.as_ref().map(|name| comm(name.as_bytes())).transpose()?;
    let paths = args.filters.paths.iter().map(|p| absolute(p)).collect::<anyhow::Result<_>>()?;
    let min_latency_ns =
        args.filters.min_latency.map_or(0, |d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX));
    let style = Style {
        string_limit: args.text.string_limit as usize,
        names: match (args.text.no_names, args.text.names) {
            (true, _) => Names::Off,
            (_, 0) => Names::Best,
            (_, 1) => Names::Paths,
            _ => Names::Details,
        },
        verbose: args.text.verbose,
        hex: match args.text.hex {
            0 => Hex::Off,
            1 => Hex::NonAscii,
            _ => Hex::All,
        },
    };
    let text = TextOptions {
        align: args.text.align,
        pid_prefix: if args.output.output.is_some() { PidPrefix::Always } else { PidPrefix::Auto },
        timestamps: match (args.text.relative, args.text.timestamps) {
            (true, _) => Timestamps::Relative,
            (_, 0) => Timestamps::Off,
            (_, 1) => Timestamps::Seconds,
            (_, 2) => Timestamps::Micros,
            _ => Timestamps::Epoch,
        },
        latency: args.text.latency,
        exits: args.output.quiet < 2,
        signals: true,
        clock: Clock { wall_offset_ns: wall_offset_ns() },
    };
    let all = matches!(target, Target::All);
    Ok(Plan {
        tracing: Tracing {
            target,
            config: Config {
                calls: calls.wanted().to_vec(),
                foreign: calls.foreign(),
                all,
                follow: true,
                string_limit: args.text.string_limit,
                min_latency_ns,
                only_ok: args.filters.successful,
                only_failed: args.filters.failed,
                comm,
                uid: args.filters.uid,
                signals: true,
                ring_bytes: args.output.ring_size,
            },
            duration: args.duration,
            limit: args.limit,
        },
        rows: RowFilter { paths },
        options: Options { style, text },
        format: args.output.format,
        output: args.output.output,
        summary: match (args.output.summary, args.output.both) {
            (true, _) => Summaries::Table,
            (_, true) => Summaries::Both,
            _ => Summaries::Rows,
        },
        sort: args.output.sort,
        verdict: args.output.quiet == 0,
        strict: args.output.strict,
    })
}

fn target(args: &TraceArgs) -> anyhow::Result<Target> {
    let given =
        usize::from(!args.command.is_empty()) + usize::from(!args.pids.is_empty()) + usize::from(args.all);
    if given > 1 {
        bail!("a command, -p and --all exclude each other");
    }
    if args.command.is_empty() && (args.user.is_some() || !args.env.is_empty()) {
        bail!("-u and -E are for a command");
    }
    if args.all {
        return Ok(Target::All);
    }
    if !args.pids.is_empty() {
        let mut pids = args.pids.clone();
        pids.sort_unstable();
        pids.dedup();
        if pids.contains(&std::process::id()) {
            bail!("syscope does not trace itself");
        }
        return Ok(Target::Processes(pids));
    }
    if args.command.is_empty() {
        bail!("nothing to trace: give a command, -p PID or --all; `syscope --help` has examples");
    }
    let env = args
        .env
        .iter()
        .map(|e| {
            let bytes = e.as_bytes();
            match bytes.iter().position(|b| *b == b'=') {
                Some(0) => Err(anyhow!("-E {e:?} has no name")),
                Some(at) => {
                    let part = |b: &[u8]| OsStringExt::from_vec(b.to_vec());
                    Ok((part(&bytes[..at]), Some(part(&bytes[at + 1..]))))
                }
                None => Ok((e.clone(), None)),
            }
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Target::Command(Command { argv: args.command.clone(), env, user: args.user.clone() }))
}

fn calls(filters: &FilterArgs) -> anyhow::Result<TraceSet> {
    let mut set = TraceSet::all();
    for text in &filters.trace {
        set.intersect(&TraceSet::parse(text)?);
    }
    if !filters.family.is_empty() {
        set.keep_families(&filters.family)?;
    }
    if !filters.kind.is_empty() {
        set.keep_kinds(&filters.kind)?;
    }
    if !set.foreign() && !set.wanted().contains(&true) {
        bail!("no system call is left: -e, --family and --kind together exclude them all");
    }
    Ok(set)
}

fn comm(name: &[u8]) -> anyhow::Result<[u8; syscope_wire::COMM]> {
    let mut comm = [0; syscope_wire::COMM];
    if name.is_empty() || name.len() >= comm.len() || name.contains(&0) {
        bail!("a task's name has 1 to {} bytes", comm.len() - 1);
    }
    comm[..name.len()].copy_from_slice(name);
    Ok(comm)
}

/// Paths are compared with absolute ones.
fn absolute(path: &Path) -> anyhow::Result<Vec<u8>> {
    let path = std::path::absolute(path).map_err(|e| anyhow!("-P {path:?}: {e}"))?;
    Ok(path.into_os_string().into_vec())
}
