//! `syscope stat`, and the tables of -c and -C: calls that the kernel half counts.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use clap::Args;
use syscope_event::{Item, Sink, Summary};
use syscope_filter::{CallFilter, TraceSet, parse_duration};
use syscope_kernel::{Counting, Engine, Signals};
use syscope_output::{Column, Format, SortKey, TableOptions, count_verdict, stat, summary_table};
use syscope_record::Recording;
use syscope_stats::{Dim, Histogram, Keyed, Names, Recorded, Table, Totals};
use syscope_syscalls as syscalls;
use syscope_wire::{COUNT_OTHER, Cell, CountKey, FIRST_CELL, Group};

use crate::opts::TraceArgs;
use crate::plan::{self, Output, Plan};
use crate::record::progress;
use crate::replay;
use crate::sample;
use crate::session::{self, Counter};
use crate::trace;

/// Buckets of the kernel half count to 2^32: looked at so often, none goes round unseen.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);
/// Lines of a terminal whose height is not known.
const LINES: u16 = 24;
/// Lines of a table that are no rows: heading, rules, sum, what is left out, and the line of the cursor.
const FRAME: usize = 6;

const USAGE: &str = "syscope stat [OPTIONS] [--] COMMAND [ARGS]...
       syscope stat [OPTIONS] -p PID[,PID]... | --all
       syscope stat [OPTIONS] DIR, a recording";

const EXAMPLES: &str = "\
Examples:
  syscope stat make                          calls, errors, time, percentiles and bytes by call
  syscope stat --by file,syscall git status  which files, and what was done with them
  syscope stat --all --for 10s --by comm     who makes calls on this host
  syscope stat -p 1234 --interval 1s         look at it while it runs; Ctrl-C prints the totals
  syscope stat --by dir,syscall r            the same tables of a recording, by all its rows
  syscope stat --hist fsync -p 1234          how its latencies and the times between calls are spread

Nothing is lost under any load: calls are counted in the kernel, where they are made.";

/// Count calls in the kernel and print totals
#[derive(Debug, Args)]
#[command(about = "Count calls in the kernel and print totals", long_about = None, after_help = EXAMPLES, override_usage = USAGE)]
pub(crate) struct StatArgs {
    /// What rows are told apart by: syscall, family, process, thread, comm, cgroup, file, dir, errno, or several of them
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        value_parser = parse_dim,
        default_value = "syscall",
        help_heading = "What to count"
    )]
    by: Vec<Dim>,
    /// Show the totals so far each time this has passed, such as 1s
    #[arg(long, value_name = "TIME", value_parser = parse_interval, help_heading = "What to count")]
    interval: Option<Duration>,
    /// Show how latencies of this call are spread, and the times since the thread's call before
    #[arg(long, value_name = "CALL", value_delimiter = ',', help_heading = "What to count")]
    hist: Vec<String>,
    /// Show so many rows at most
    #[arg(
        long,
        value_name = "ROWS",
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "What to count"
    )]
    top: Option<u32>,
    /// Rows that the kernel half has room for
    #[arg(long, value_name = "ROWS", hide = true)]
    room: Option<usize>,
    #[command(flatten)]
    trace: TraceArgs,
}

fn parse_dim(text: &str) -> Result<Dim, String> {
    Dim::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = Dim::NAMES.iter().map(|(name, _)| *name).collect();
        format!("there are {}", names.join(", "))
    })
}

/// A time, or a plain number of seconds.
fn parse_interval(text: &str) -> Result<Duration, String> {
    let duration = match text.parse::<u32>() {
        Ok(seconds) => Duration::from_secs(seconds.into()),
        Err(_) => parse_duration(text)?,
    };
    if duration < Duration::from_millis(10) { Err("at least 10ms".into()) } else { Ok(duration) }
}

/// A run that counts.
#[derive(Debug)]
pub(crate) struct StatPlan {
    plan: Plan,
    look: Look,
    recording: Option<(PathBuf, CallFilter)>,
}

/// What is shown of it.
#[derive(Debug, Clone)]
struct Look {
    dims: Vec<Dim>,
    interval: Option<Duration>,
    hist: Vec<&'static str>,
    top: usize,
    format: Format,
    sort: SortKey,
}

/// A directory that is no program to be traced.
pub(crate) fn is_recording(path: &Path) -> bool {
    path.join("recording.json").is_file()
}

/// Checks what was typed.
pub(crate) fn plan(args: StatArgs) -> anyhow::Result<StatPlan> {
    let mut dims = args.by;
    let mut seen = Vec::new();
    dims.retain(|d| {
        !seen.contains(d) && {
            seen.push(*d);
            true
        }
    });
    let hist = args
        .hist
        .iter()
        .map(|name| {
            let known = syscalls::by_name(name).map(|sys| sys.name);
            known.ok_or_else(|| anyhow!("--hist {name}: no such call; `syscope list` has them all"))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut trace = args.trace;
    let recording = match &trace.command[..] {
        [dir] if is_recording(dir.as_ref()) => Some(PathBuf::from(dir)),
        _ => None,
    };
    let pids = std::mem::take(&mut trace.pids);
    if recording.is_some() {
        trace.command.clear();
        trace.all = true;
    } else {
        trace.pids = pids.clone();
    }
    let mut plan = plan::plan(trace)?;
    plan.replay = recording.is_some();
    let recording = recording.map(|dir| (dir, replay::calls(&plan, pids)));
    if recording.is_none() {
        check_counted(&mut plan)?;
    }
    if matches!(plan.output, Output::Separate(_)) {
        bail!(
            "-ff writes a file for each thread, but the table of stat is one: --by thread tells them apart"
        );
    }
    if plan.table.columns != Column::DEFAULT {
        bail!("-U is for the table of -c; the one of stat has all columns");
    }
    if !hist.is_empty() && plan.format != Format::Text {
        bail!("--hist is text: other formats have percentiles");
    }
    if recording.is_some() && args.interval.is_some() {
        bail!("--interval is for what goes on: a recording has ended");
    }
    let (group, files) = Dim::needs(&dims);
    count_only(&mut plan, Counting { group, files, gaps: !hist.is_empty(), cells: args.room });
    let look = Look {
        dims,
        interval: args.interval,
        hist,
        top: args.top.map_or(usize::MAX, |n| n as usize),
        format: plan.format,
        sort: plan.table.sort,
    };
    Ok(StatPlan { plan, look, recording })
}

/// What the kernel half cannot count.
fn check_counted(plan: &mut Plan) -> anyhow::Result<()> {
    if !plan.rows.paths.is_empty() {
        bail!("stat cannot choose by path (-P): --by file tells files apart");
    }
    if plan.rows.condition.is_some() && !plan.condition_is_pushed {
        bail!(
            "stat can choose by --where only where the kernel decides all of it: what is asked of syscall, family, \
             kind, errno, is_error, pid, tid, comm, uid (=) and latency_ns (>=), joined by AND; --explain, without \
             stat, says which part it decides"
        );
    }
    // A condition on calls is about those of the table.
    if plan.condition_is_pushed && plan.tracing.config.calls != TraceSet::all().wanted() {
        plan.tracing.config.foreign = false;
    }
    if plan.tracing.max_overhead.is_some() {
        bail!("--max-overhead is for rows: stat counts every call");
    }
    if !plan.tracing.config.sample.is_empty() {
        bail!("--sample is for rows: stat counts every call");
    }
    if plan.tracing.limit.is_some() {
        bail!("--limit is for rows; --for ends a run that counts");
    }
    Ok(())
}

fn count_only(plan: &mut Plan, counting: Counting) {
    let config = &mut plan.tracing.config;
    config.count = Some(counting);
    config.no_rows = true;
    config.signals = false;
}

/// Runs it.
pub(crate) fn run(stat: StatPlan) -> anyhow::Result<ExitCode> {
    let out = Out::default();
    let mut shown = Shown {
        cells: Cells::default(),
        names: Names::default(),
        started: Instant::now(),
        due: None,
        tables: 0,
        total: (0, 0),
        room: 0,
        group: Dim::needs(&stat.look.dims).0,
        look: stat.look,
        out,
    };
    let to_stdout = shown.look.format != Format::Text || stat.recording.is_some();
    match &stat.recording {
        Some((dir, calls)) => run_recorded(&stat.plan, dir, calls, &mut shown),
        None => run_counted(&stat.plan, to_stdout, &mut shown),
    }
}

/// The same of rows that there are.
fn run_recorded(plan: &Plan, dir: &Path, calls: &CallFilter, shown: &mut Shown) -> anyhow::Result<ExitCode> {
    let recording = Recording::open(dir, &mut progress("repairing"))?;
    let mut signals = Signals::catch()?;
    let file = trace::open_file(&plan.output, &mut signals)?;
    let mut counted = Recorded::new(&shown.look.dims);
    let count = &mut |bytes: &[u8], item: Option<&Item<'_>>| {
        match item {
            Some(Item::Call(event)) => counted.add(event),
            Some(_) => {}
            None => shown.names.record(bytes),
        }
        Ok(())
    };
    let mut outcome = replay::feed(&recording, plan, calls, &mut signals, count)?;
    shown.group = counted.group();
    shown.cells.keyed = counted.keyed();
    let table = shown.last(&mut outcome.summary)?;
    outcome.sink_error = match &file {
        Some((_, file)) => Out(Some((Box::new(file.try_clone()?), false))).write(&table),
        None => Out(Some((Box::new(io::stdout()), false))).write(&table),
    }
    .err();
    let verdict = shown.verdict(&outcome.summary);
    trace::conclude(plan, file.map(|(guard, _)| guard), &mut outcome, &mut signals, &verdict)
}

/// -c: strace's table.
pub(crate) fn run_summary(mut plan: Plan) -> anyhow::Result<ExitCode> {
    count_only(&mut plan, Counting::default());
    let mut shown = SummaryTable::new(plan.table.clone());
    run_counted(&plan, false, &mut shown)
}

/// What both have in common.
trait Report: Counter {
    fn out(&mut self) -> &mut Out;
    fn verdict(&self, summary: &Summary) -> String;
}

fn run_counted(plan: &Plan, to_stdout: bool, report: &mut dyn Report) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::catch()?;
    let file = trace::open_file(&plan.output, &mut signals)?;
    *report.out() = match &file {
        Some((_, file)) => Out(Some((Box::new(file.try_clone()?), false))),
        None if to_stdout => Out(Some((Box::new(io::stdout()), io::stdout().is_terminal()))),
        None => Out(Some((Box::new(io::stderr()), io::stderr().is_terminal()))),
    };
    let mut outcome =
        session::run(&plan.tracing, &mut signals, &mut |_| true, &mut Nowhere, Some(as_counter(report)))?;
    *report.out() = Out::default();
    let verdict = report.verdict(&outcome.summary);
    trace::conclude(plan, file.map(|(guard, _)| guard), &mut outcome, &mut signals, &verdict)
}

fn as_counter(report: &mut dyn Report) -> &mut dyn Counter {
    report
}

/// Where the table goes, and whether that is a terminal.
#[derive(Default)]
struct Out(Option<(Box<dyn Write + Send>, bool)>);

impl Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some((out, _)) = &mut self.0 else { return Ok(()) };
        out.write_all(bytes)?;
        out.flush()
    }

    fn is_terminal(&self) -> bool {
        self.0.as_ref().is_some_and(|(_, terminal)| *terminal)
    }
}

/// Nothing is made of rows.
struct Nowhere;

impl Sink for Nowhere {
    fn item(&mut self, _: &Item<'_>) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}

/// The cells of the kernel half, added up over its processors.
#[derive(Default)]
struct Cells {
    keyed: Vec<Keyed>,
    looked: Option<Instant>,
}

impl Cells {
    fn is_due(&self) -> bool {
        self.looked.is_none_or(|at| at.elapsed() >= AT_LEAST_EVERY)
    }

    /// Reads what changed.
    fn update(&mut self, engine: &Engine) -> anyhow::Result<()> {
        self.looked = Some(Instant::now());
        let Some(counts) = engine.counts() else { return Ok(()) };
        let mut errors: HashMap<u32, Vec<(u32, u64)>> = HashMap::new();
        for (key, n) in engine.counted_errors()? {
            errors.entry(key.cell).or_default().push((key.err, n));
        }
        let used = counts.cell_count().min(FIRST_CELL + engine.cells_used());
        self.keyed.resize_with(used, Keyed::default);
        for (number, keyed) in self.keyed.iter_mut().enumerate().skip(1) {
            let calls: u64 = (0..counts.cpus()).map(|cpu| counts.calls(cpu, number)).sum();
            if calls == keyed.count.totals.calls {
                continue;
            }
            let key = match counts.key(number) {
                Some(key) if number >= FIRST_CELL => key,
                // Nothing is known of these but how they ended.
                _ => CountKey {
                    nr: u32::MAX,
                    how: u16::try_from(number - 1).unwrap_or(0) | COUNT_OTHER,
                    ..CountKey::default()
                },
            };
            let cells: Vec<Cell> = (0..counts.cpus()).filter_map(|cpu| counts.cell(cpu, number)).collect();
            let gaps: Vec<_> = (0..counts.cpus()).filter_map(|cpu| counts.gaps(cpu, number)).collect();
            let none = Vec::new();
            let errors = u32::try_from(number).ok().and_then(|n| errors.get(&n)).unwrap_or(&none);
            keyed.update(key, &cells, &gaps, errors);
        }
        Ok(())
    }
}

/// strace's table from the counters, for -c and -C; and the sum beside samples.
#[derive(Default)]
pub(crate) struct SummaryTable {
    samples: Vec<(String, u32)>,
    cells: Cells,
    options: TableOptions,
    calls: u64,
    if_thinned: bool,
    out: Out,
}

impl SummaryTable {
    fn new(options: TableOptions) -> SummaryTable {
        SummaryTable { options, ..SummaryTable::default() }
    }

    /// The calls from which samples were taken are told at the end.
    pub(crate) fn with_samples(self, samples: &[(u32, u32)]) -> SummaryTable {
        SummaryTable { samples: sample::described(samples), ..self }
    }

    /// Where there are not all rows because they cost too much, the counts are told.
    pub(crate) fn shown_if_thinned(self, options: TableOptions) -> SummaryTable {
        SummaryTable { options, if_thinned: true, ..self }
    }

    /// The table that comes behind rows.
    pub(crate) fn behind_rows(out: Box<dyn Write + Send>, options: TableOptions) -> SummaryTable {
        SummaryTable { out: Out(Some((out, false))), ..SummaryTable::new(options) }
    }
}

impl Counter for SummaryTable {
    fn record(&mut self, _: &[u8]) {}

    fn look(&mut self, engine: &Engine) -> anyhow::Result<()> {
        if self.cells.is_due() { self.cells.update(engine) } else { Ok(()) }
    }

    fn finish(&mut self, engine: &Engine, summary: &mut Summary) -> anyhow::Result<()> {
        self.cells.update(engine)?;
        let (group, _) = Dim::needs(&[Dim::Syscall]);
        let table = Table::new(&self.cells.keyed, &Names::default(), &[Dim::Syscall], group);
        self.calls = table.total.totals.calls;
        if engine.counts_only() {
            summary.unfinished = table.total.unfinished;
        }
        summary.sampled.clone_from(&self.samples);
        summary.sampled_from = self.calls;
        let rows: Vec<(String, Totals)> = table
            .rows
            .iter()
            .map(|(labels, count)| (labels.iter().map(stat::shown).collect(), count.totals))
            .collect();
        let rows = rows.iter().map(|(name, totals)| (name.as_str(), *totals)).collect();
        if self.if_thinned && !summary.thinned.is_empty() && self.out.0.is_none() {
            self.out = Out(Some((Box::new(io::stderr()), false)));
        }
        Ok(self.out.write(summary_table(rows, &self.options).as_bytes())?)
    }
}

impl Report for SummaryTable {
    fn out(&mut self) -> &mut Out {
        &mut self.out
    }

    fn verdict(&self, summary: &Summary) -> String {
        count_verdict(summary, self.calls, 0, 0)
    }
}

/// The tables of `syscope stat`.
struct Shown {
    cells: Cells,
    names: Names,
    started: Instant,
    due: Option<Instant>,
    look: Look,
    tables: u64,
    /// Calls, and those among them that found no room.
    total: (u64, u64),
    room: usize,
    /// By whom there are keys.
    group: Group,
    out: Out,
}

impl Shown {
    fn table(&self) -> Table {
        let mut table = Table::new(&self.cells.keyed, &self.names, &self.look.dims, self.group);
        stat::sort(&mut table, self.look.sort);
        table
    }

    /// Totals so far.
    fn show_interval(&mut self) -> anyhow::Result<()> {
        let table = self.table();
        let elapsed = self.started.elapsed();
        let bytes = match self.look.format {
            Format::Text if self.out.is_terminal() => {
                let height = terminal_size::terminal_size().map_or(LINES, |(_, h)| h.0);
                let fit = usize::from(height).saturating_sub(FRAME).max(1);
                // From the upper left corner, over what is there, and nothing left below.
                let text = stat::table(&table, self.look.top.min(fit)).replace('\n', "\x1b[K\n");
                format!("\x1b[H{text}\x1b[J").into_bytes()
            }
            Format::Text => stat::lines(&table, self.look.top, elapsed.as_secs_f64()).into_bytes(),
            _ => self.machine(table, Some(elapsed))?,
        };
        Ok(self.out.write(&bytes)?)
    }

    fn machine(&mut self, mut table: Table, elapsed: Option<Duration>) -> anyhow::Result<Vec<u8>> {
        table.rows.truncate(self.look.top);
        let elapsed_ns = elapsed.map(|e| u64::try_from(e.as_nanos()).unwrap_or(u64::MAX));
        let mut bytes = Vec::new();
        if self.look.format == Format::Csv {
            if self.tables == 0 {
                bytes = stat::csv_header(&self.look.dims);
            }
            bytes.extend(stat::csv(&table, elapsed_ns)?);
        } else {
            bytes.extend(stat::jsonl(&table, elapsed_ns));
        }
        self.tables += 1;
        Ok(bytes)
    }

    /// All there is, at the end.
    fn last(&mut self, summary: &mut Summary) -> anyhow::Result<Vec<u8>> {
        let table = self.table();
        self.total = (table.total.totals.calls, table.other);
        summary.unfinished = table.total.unfinished;
        Ok(match self.look.format {
            Format::Text => {
                let clear =
                    if self.look.interval.is_some() && self.out.is_terminal() { "\x1b[H\x1b[J" } else { "" };
                format!("{clear}{}{}", stat::table(&table, self.look.top), self.histograms()).into_bytes()
            }
            _ => {
                let elapsed = self.look.interval.map(|_| self.started.elapsed());
                self.machine(table, elapsed)?
            }
        })
    }

    fn histograms(&self) -> String {
        let mut out = String::new();
        for name in &self.look.hist {
            let (mut latency, mut gap) = (Histogram::default(), Histogram::default());
            let nr = syscalls::by_name(name).map(|sys| sys.nr);
            for keyed in self.cells.keyed.iter().filter(|k| Some(k.key.nr) == nr && k.key.abi == 0) {
                latency.merge(&keyed.count.latency);
                gap.merge(&keyed.count.gap);
            }
            out.push('\n');
            out.push_str(&stat::histogram(&format!("{name}, latency"), &latency));
            out.push_str(&stat::histogram(&format!("{name}, time since the call before"), &gap));
        }
        out
    }
}

impl Counter for Shown {
    fn record(&mut self, bytes: &[u8]) {
        self.names.record(bytes);
    }

    fn look(&mut self, engine: &Engine) -> anyhow::Result<()> {
        let now = Instant::now();
        let Some(interval) = self.look.interval else {
            return if self.cells.is_due() { self.cells.update(engine) } else { Ok(()) };
        };
        let due = *self.due.get_or_insert_with(|| {
            self.started = now;
            now + interval
        });
        if now < due {
            return Ok(());
        }
        // Behind: what was missed is not made up for.
        self.due = Some((due + interval).max(now));
        self.cells.update(engine)?;
        self.show_interval()
    }

    fn finish(&mut self, engine: &Engine, summary: &mut Summary) -> anyhow::Result<()> {
        self.cells.update(engine)?;
        self.room = engine.counts().map_or(0, syscope_kernel::Counts::room);
        let bytes = self.last(summary)?;
        Ok(self.out.write(&bytes)?)
    }
}

impl Report for Shown {
    fn out(&mut self) -> &mut Out {
        &mut self.out
    }

    fn verdict(&self, summary: &Summary) -> String {
        count_verdict(summary, self.total.0, self.total.1, self.room)
    }
}
