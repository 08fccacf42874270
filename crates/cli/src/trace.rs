//! A traced run from its plan to its exit status.

use std::io::{self, Write};
use std::process::ExitCode;

use syscope_event::Sink;
use syscope_kernel::Status;
use syscope_output::{OutFile, SummarySink, is_broken_pipe, verdict};

use crate::CANNOT_TRACE;
use crate::plan::{Plan, Summaries};
use crate::session::{self, Outcome};

/// `--strict` and something was lost, or not written.
const INCOMPLETE: u8 = 124;

/// Runs it.
pub(crate) fn run(plan: Plan) -> anyhow::Result<ExitCode> {
    let (file, mut sink) = open(&plan)?;
    let outcome = session::run(&plan.tracing, &mut |event| plan.rows.keeps(event), &mut *sink)?;
    drop(sink);
    let mut failed = false;
    if let Some(error) = &outcome.sink_error {
        // Where rows could not be written, or nobody wanted them, a count of rows would say nothing.
        if !is_broken_pipe(error) {
            say(&format!("syscope: cannot write the output: {error}"));
            failed = true;
        }
    } else if let Some(file) = file
        && let Err(error) = file.commit()
    {
        say(&format!("syscope: {error}"));
        failed = true;
    }
    if let Some(error) = &outcome.exec_error {
        say(&format!("syscope: {error:#}"));
    }
    if plan.verdict && outcome.sink_error.is_none() {
        say(&verdict(&outcome.summary));
    }
    Ok(exit_code(&plan, &outcome, failed))
}

/// Opens the output before anything is traced.
fn open(plan: &Plan) -> anyhow::Result<(Option<OutFile>, Box<dyn Sink>)> {
    let (file, mut out): (Option<OutFile>, Box<dyn Write + Send>) = match &plan.output {
        Some(path) => {
            let (guard, file) = OutFile::create(path)?;
            (Some(guard), Box::new(file))
        }
        None => (None, Box::new(io::stderr())),
    };
    // Machine formats are results, not commentary: without -o they go to stdout.
    let is_text = plan.format == syscope_output::Format::Text;
    if file.is_none() && !is_text && plan.summary != Summaries::Table {
        out = Box::new(io::stdout());
    }
    let sink = match plan.summary {
        Summaries::Rows => plan.format.open(out, &plan.options),
        Summaries::Table => Box::new(SummarySink::new(out, None, plan.sort)),
        Summaries::Both => {
            let rows = plan.format.open(out, &plan.options);
            Box::new(SummarySink::new(Box::new(io::stderr()), Some(rows), plan.sort))
        }
    };
    Ok((file, sink))
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
    ExitCode::from(if failed && code == 0 { CANNOT_TRACE } else { code })
}

/// A line on stderr, if anybody is there to read it.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
