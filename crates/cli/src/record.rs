//! `syscope record`, and `--record` beside other output.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use syscope_event::{Item, Sink, Summary};
use syscope_kernel::{boot_ns, wall_offset_ns};
use syscope_output::PidPrefix;
use syscope_record::{Ending, Error, Meta, Recorder, SCHEMA, default_name};

use crate::opts::{TraceArgs, parse_size};
use crate::plan::{self, Plan, Record};
use crate::session::Target;
use crate::trace::say;

const USAGE: &str = "syscope record [-o DIR] [OPTIONS] [--] COMMAND [ARGS]...
       syscope record [-o DIR] [OPTIONS] -p PID[,PID] | --all";

const EXAMPLES: &str = "\
Examples:
  syscope record -o r -- make                everything that make and its children ask of the kernel
  syscope record -s 200 -p 1234              a running process, with more of its strings, until Ctrl-C
  syscope record --all --for 60s             the whole host for a minute; the directory gets a name of its own
  syscope record --max-size 1G -o r -- make  no more than this while it runs

DIR is made new; nothing is overwritten. Rows are on disk within a second: if syscope is killed or the disk is full, what
was written can be read, and what is missing is said. Afterwards:
  syscope text DIR -T -e openat              the lines that a live run would have printed, with other options
  syscope stat DIR --by file                 totals
  syscope info DIR                           what is in it
DIR/events.parquet is an ordinary Parquet file: DuckDB, pandas and others read it as it is.";

/// Record everything into a directory, for later questions
#[derive(Debug, Args)]
#[command(about = "Record everything into a directory, for later questions", long_about = None, after_help = EXAMPLES, override_usage = USAGE)]
pub(crate) struct RecordArgs {
    /// Stop when the recording takes so much on disk, such as 500M; it takes less when it is finished
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "What to record")]
    max_size: Option<usize>,
    #[command(flatten)]
    trace: TraceArgs,
}

/// Checks what was typed.
pub(crate) fn plan(args: RecordArgs) -> anyhow::Result<Plan> {
    let mut trace = args.trace;
    let out = &trace.output;
    for (is_given, what) in [
        (out.format.is_some(), "--format: a recording has all columns"),
        (out.append, "-A: a recording is made new"),
        (out.separate || trace.follow > 1, "-ff: a recording tells threads apart by its columns"),
        (out.summary || out.both, "-c and -C: `syscope stat DIR` makes tables of a recording"),
        (out.record.is_some(), "--record: -o names the directory"),
    ] {
        if is_given {
            bail!("record does not take {what}");
        }
    }
    let dir = trace.output.output.take();
    let mut plan = plan::plan(trace)?;
    let dir = dir.unwrap_or_else(|| default_name(&program(&plan.tracing.target), &host(), now_ns()));
    let max_bytes = args.max_size.map(|n| n as u64);
    plan.record = Some(Record { dir, max_bytes, alone: true });
    // What is not shown now may be wanted later.
    plan.tracing.config.signals = true;
    Ok(plan)
}

fn program(target: &Target) -> String {
    match target {
        Target::Command(command) => {
            command.argv.first().map(|arg| arg.to_string_lossy().into_owned()).unwrap_or_default()
        }
        Target::Processes(pids) => {
            pids.iter().take(3).map(|pid| format!("p{pid}")).collect::<Vec<_>>().join("+")
        }
        Target::All => "all".into(),
    }
}

fn described(target: &Target) -> String {
    match target {
        Target::Command(command) => {
            command.argv.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ")
        }
        Target::Processes(pids) => {
            format!("-p {}", pids.iter().map(u32::to_string).collect::<Vec<_>>().join(","))
        }
        Target::All => "--all".into(),
    }
}

fn host() -> String {
    system("hostname")
}

fn system(name: &str) -> String {
    std::fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default().trim().to_owned()
}

fn now_ns() -> i64 {
    i64::try_from(i128::from(boot_ns()) + wall_offset_ns()).unwrap_or_default()
}

/// Begins it.
pub(crate) fn start(plan: &Plan, record: &Record) -> Result<Recorder, Error> {
    let text = &plan.options.text;
    let meta = Meta {
        schema: SCHEMA,
        wire: syscope_wire::VERSION,
        syscope: env!("CARGO_PKG_VERSION").into(),
        host: host(),
        kernel: system("osrelease"),
        target: described(&plan.tracing.target),
        typed: std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect(),
        started_ns: now_ns(),
        started_boot_ns: boot_ns(),
        wall_offset_ns: i64::try_from(text.clock.wall_offset_ns).unwrap_or_default(),
        string_limit: plan.tracing.config.string_limit,
        verbose: plan.tracing.config.verbose,
        cpus: std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1)),
        many_tasks: text.pid_prefix == PidPrefix::Many,
        samples: plan.tracing.config.sample.clone(),
        ending: None,
    };
    Recorder::create(&record.dir, meta, record.max_bytes)
}

/// Finishes it, and says what it takes. False: what is there is not what it should be.
pub(crate) fn close(recorder: Recorder) -> bool {
    let dir = recorder.dir().to_owned();
    match recorder.close(&mut progress("finishing")) {
        Ok(recording) => {
            let size: u64 = recording.files().iter().map(|(_, size)| size).sum();
            say(&format!("syscope: recorded in {dir:?}: {}", size_of(size, recording.ending())));
            recording.is_finished()
        }
        Err(error) => {
            say(&format!(
                "syscope: cannot finish the recording: {error}; what was written is kept, and `syscope repair {}` goes on",
                dir.display()
            ));
            false
        }
    }
}

/// `1.2 MiB, 11.4 bytes a row`.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn size_of(bytes: u64, ending: &Ending) -> String {
    let each = bytes as f64 / ending.summary.rows.max(1) as f64;
    match bytes {
        ..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB, {each:.1} bytes a row", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB, {each:.1} bytes a row", bytes as f64 / 1_048_576.0),
    }
}

/// A bar on a terminal, if it takes long enough to be seen.
pub(crate) fn progress(what: &'static str) -> impl FnMut(u64, u64) {
    const SEEN: Duration = Duration::from_millis(300);
    let started = Instant::now();
    let mut bar: Option<ProgressBar> = None;
    let is_terminal = io::stderr().is_terminal();
    move |done, total| {
        if done >= total {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        } else if is_terminal && started.elapsed() >= SEEN {
            let bar = bar.get_or_insert_with(|| {
                let style = ProgressStyle::with_template("syscope: {msg} {wide_bar} {percent}% {eta}");
                let bar = ProgressBar::new(total).with_message(what);
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar
            });
            bar.set_position(done);
        }
    }
}

/// Rows go to both.
pub(crate) struct Tee<'a> {
    pub(crate) shown: Box<dyn Sink>,
    pub(crate) recorder: &'a mut Recorder,
}

impl Sink for Tee<'_> {
    fn record(&mut self, bytes: &[u8], item: Option<&Item<'_>>) -> io::Result<()> {
        self.recorder.record(bytes, item)?;
        self.shown.record(bytes, item)
    }

    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        self.shown.item(item)
    }

    fn is_full(&self) -> bool {
        self.recorder.is_full() || self.shown.is_full()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.recorder.flush()?;
        self.shown.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        self.recorder.finish(summary)?;
        self.shown.finish(summary)
    }
}

/// `syscope repair`: whatever opens a recording finishes it.
pub(crate) fn repair(dir: &PathBuf) -> anyhow::Result<()> {
    let recording = syscope_record::Recording::open(dir, &mut progress("repairing"))?;
    if !recording.is_finished() {
        bail!("{dir:?} cannot be finished here: its directory cannot be written, or its disk is full");
    }
    say(&syscope_output::verdict(&recording.ending().summary));
    Ok(())
}
