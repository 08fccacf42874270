//! A traced run from its plan to its exit status.

use std::fs::File;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use syscope_event::{Event, Sink};
use syscope_kernel::{Cost, Signals, Status, raise_open_files};
use syscope_output::{
    Format, OutFile, OutFileError, Separate, SummarySink, is_broken_pipe, printable, verdict,
};

use crate::CANNOT_TRACE;
use crate::plan::{Output, Plan, Summaries};
use crate::record::{self, Tee};
use crate::session::{self, Counter, Outcome, PACE};
use crate::stat::{self, SummaryTable};

/// `--strict` and something was lost, or not written.
const INCOMPLETE: u8 = 124;

/// Runs it.
pub(crate) fn run(plan: Plan) -> anyhow::Result<ExitCode> {
    if plan.summary == Summaries::Table && plan.can_count() {
        return stat::run_summary(plan);
    }
    // From here on a signal ends a run properly, and a file that grows too large is an error like others.
    let mut signals = Signals::catch()?;
    let (file, mut sink, mut table) = open(&plan, &mut signals)?;
    let mut recorder = plan.record.as_ref().map(|to| record::start(&plan, to)).transpose()?;
    if let Some(text) = &plan.explanation {
        say(&format!("syscope: {text}"));
    }
    let samples = &plan.tracing.config.sample;
    if !samples.is_empty() {
        table = Some(table.unwrap_or_default().with_samples(samples));
    }
    if plan.tracing.max_overhead.is_some() {
        table = Some(table.unwrap_or_default().shown_if_thinned(plan.table.clone()));
    }
    let counter = table.as_mut().map(|table| table as &mut dyn Counter);
    let keep = &mut |event: &Event<'_>| plan.rows.keeps(event);
    let outcome = match &mut recorder {
        None => session::run(&plan.tracing, &mut signals, keep, &mut *sink, counter),
        Some(recorder) if plan.record.as_ref().is_some_and(|r| r.alone) => {
            session::run(&plan.tracing, &mut signals, keep, recorder, counter)
        }
        Some(recorder) => {
            let mut both = Tee { shown: sink, recorder };
            let outcome = session::run(&plan.tracing, &mut signals, keep, &mut both, counter);
            sink = both.shown;
            outcome
        }
    };
    drop((sink, table));
    let mut unfinished = false;
    let mut outcome = match (outcome, recorder) {
        (Ok(outcome), Some(recorder)) => {
            unfinished = !record::close(recorder);
            outcome
        }
        (Err(error), Some(recorder)) => {
            recorder.discard();
            return Err(error);
        }
        (outcome, None) => outcome?,
    };
    let verdict = verdict(&outcome.summary);
    let code = conclude(&plan, file, &mut outcome, &mut signals, &verdict)?;
    Ok(if unfinished && code == ExitCode::SUCCESS { ExitCode::from(CANNOT_TRACE) } else { code })
}

/// Gives the output its name, and says how the run ended. Whatever writes into the file must be gone.
pub(crate) fn conclude(
    plan: &Plan,
    file: Option<OutFile>,
    outcome: &mut Outcome,
    signals: &mut Signals,
    verdict: &str,
) -> anyhow::Result<ExitCode> {
    let written = close(file, &plan.output, outcome, signals);
    if let Written::Stopped(signal) = written {
        outcome.stopped_by.get_or_insert(signal);
    }
    if let Written::Failed(message) = &written {
        say(&format!("syscope: {message}"));
    }
    if let Some(error) = &outcome.exec_error {
        say(&format!("syscope: {error:#}"));
    }
    // Where rows could not be written, or nobody wanted them, a count of rows would say nothing.
    if plan.verdict && outcome.sink_error.is_none() {
        say(verdict);
    }
    if let Some((cost, elapsed)) = outcome.cost.as_ref().filter(|_| plan.own_cost) {
        say(&own_cost(cost, *elapsed, outcome.summary.rows));
    }
    Ok(exit_code(plan, outcome, matches!(written, Written::Failed(_))))
}

/// A signal came before anything was traced.
#[derive(Debug)]
pub(crate) struct StoppedEarly {
    waited_for: OutFileError,
    signal: i32,
}

impl StoppedEarly {
    pub(crate) fn code(&self) -> u8 {
        Status::Killed(self.signal).code()
    }
}

impl std::fmt::Display for StoppedEarly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "stopped by signal {}: {}", self.signal, self.waited_for)
    }
}

impl std::error::Error for StoppedEarly {}

/// The file to write to, if there is one. A FIFO is waited for until somebody reads it.
pub(crate) fn open_file(output: &Output, signals: &mut Signals) -> anyhow::Result<Option<(OutFile, File)>> {
    loop {
        let opened = match output {
            // The files of the latter are made as they are needed.
            Output::Default | Output::Separate(_) => return Ok(None),
            Output::File(path) => OutFile::create(path),
            Output::EndOf(path) => OutFile::append(path),
        };
        match opened {
            Err(waited_for @ OutFileError::NoReader(_)) => {
                if let Some(caught) = signals.pending().first() {
                    return Err(StoppedEarly { waited_for, signal: caught.signal }.into());
                }
                std::thread::sleep(PACE);
            }
            opened => return Ok(Some(opened?)),
        }
    }
}

/// The file, what writes into it, and the table that comes behind it.
pub(crate) type Opened = (Option<OutFile>, Box<dyn Sink>, Option<SummaryTable>);

/// Opens the output before anything is traced.
pub(crate) fn open(plan: &Plan, signals: &mut Signals) -> anyhow::Result<Opened> {
    if let Output::Separate(path) = &plan.output {
        raise_open_files();
        return Ok((None, Box::new(Separate::new(path, plan.format, &plan.options)), None));
    }
    let file = open_file(&plan.output, signals)?;
    let is_text = plan.format == Format::Text;
    let out = || -> io::Result<Box<dyn Write + Send>> {
        Ok(match &file {
            Some((_, file)) => Box::new(file.try_clone()?),
            // Machine formats are results, not commentary: without -o they go to stdout.
            None if plan.replay => Box::new(io::stdout()),
            None if !is_text && plan.summary != Summaries::Table => Box::new(io::stdout()),
            None => Box::new(io::stderr()),
        })
    };
    let mut counted = None;
    let sink: Box<dyn Sink> = match plan.summary {
        Summaries::Rows => plan.format.open(out()?, &plan.options),
        Summaries::Table => Box::new(SummarySink::new(out()?, None, plan.table.clone())),
        Summaries::Both => {
            let rows = plan.format.open(out()?, &plan.options);
            // Behind the rows, but not among those that a program reads.
            let table = if is_text { out()? } else { Box::new(io::stderr()) };
            if plan.can_count() {
                counted = Some(SummaryTable::behind_rows(table, plan.table.clone()));
                rows
            } else {
                Box::new(SummarySink::new(table, Some(rows), plan.table.clone()))
            }
        }
    };
    Ok((file.map(|(guard, _)| guard), sink, counted))
}

/// What became of the output.
pub(crate) enum Written {
    /// All of it was written, or nobody wanted it.
    Whole,
    /// It is not whole, for this reason.
    Failed(String),
    /// Its reader was not waited for.
    Stopped(i32),
}

/// Gives a file its name and waits for a command that reads. The sink must be gone.
fn close(file: Option<OutFile>, output: &Output, outcome: &Outcome, signals: &mut Signals) -> Written {
    let error = outcome.sink_error.as_ref().filter(|error| !is_broken_pipe(error));
    let Some(mut file) = file else {
        let Some(error) = error else { return Written::Whole };
        let kept = match output {
            Output::Separate(path) => {
                format!("; the rows before are in the files {}.TID and {0}.TID.partial", path.display())
            }
            _ => String::new(),
        };
        return Written::Failed(format!("cannot write the output: {error}{kept}"));
    };
    if let Some(error) = error {
        let kept = match file.keep_partial() {
            Ok(Some(path)) => format!("; the rows before are in {path:?}"),
            Ok(None) => String::new(),
            Err(error) => format!("; {error}"),
        };
        return Written::Failed(format!("cannot write the output: {error}{kept}"));
    }
    while !file.is_read() {
        if let Some(caught) = signals.pending().first() {
            return Written::Stopped(caught.signal);
        }
        std::thread::sleep(PACE);
    }
    match file.commit() {
        Ok(()) => Written::Whole,
        Err(error) => Written::Failed(error.to_string()),
    }
}

fn exit_code(plan: &Plan, outcome: &Outcome, failed: bool) -> ExitCode {
    if plan.strict && (failed || !outcome.summary.complete()) {
        return ExitCode::from(INCOMPLETE);
    }
    let code = match (outcome.stopped_by, outcome.status) {
        (_, Some(status)) => status.code(),
        (Some(signal), None) => Status::Killed(signal).code(),
        (None, None) => 0,
    };
    let failure = if plan.replay { 1 } else { CANNOT_TRACE };
    ExitCode::from(if failed && code == 0 { failure } else { code })
}

/// `--self`.
#[allow(clippy::cast_precision_loss)]
fn own_cost(cost: &Cost, elapsed: Duration, rows: u64) -> String {
    let seconds = elapsed.as_secs_f64().max(1e-9);
    let percent = |time: Duration| 100.0 * time.as_secs_f64() / seconds;
    let each = cost.in_programs.as_nanos() as f64 / cost.runs.max(1) as f64;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    format!(
        "syscope: own cost in {seconds:.2} s: kernel half {:.1} ms ({:.2} % of a processor, {} runs of {each:.0} ns, \
         {:.0} a second), syscope itself {:.1} ms ({:.2} %), {:.0} rows a second, memory {:.1} MiB and {:.1} MiB of maps",
        cost.in_programs.as_secs_f64() * 1e3,
        percent(cost.in_programs),
        cost.runs,
        cost.runs as f64 / seconds,
        cost.own_cpu.as_secs_f64() * 1e3,
        percent(cost.own_cpu),
        rows as f64 / seconds,
        mib(cost.peak_rss_bytes),
        mib(cost.map_bytes),
    )
}

/// A line on stderr, if anybody is there to read it.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}
