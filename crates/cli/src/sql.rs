//! `syscope sql`: questions to a recording.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum, ValueHint};
use rustyline::error::ReadlineError;
use syscope_output::{ResultCell, ResultFormat, ResultSink, is_broken_pipe};
use syscope_query::{Answer, Database, NAMED, QueryError, Rows};
use syscope_record::Recording;

use crate::record::progress;
use crate::trace::say;

const EXAMPLES: &str = "\
Examples:
  syscope sql r \"select syscall, count(*) c from events group by 1 order by c desc limit 5\"
  syscope sql r \"select file, p99(latency_ns) from events where syscall = 'fsync' group by file\"
  syscope sql r --named slowest-files        one of the questions of --list
  syscope sql r --format csv -f query.sql    a query from a file
  syscope sql r                              a prompt; end a query with a semicolon

Tables: events (a row for each call, with the columns of --format jsonl), tasks, files, losses, meta. The dialect is SQLite's;
beside its own functions there are p50(x), p90(x), p99(x), percentile(x, percent), hist(x) and x REGEXP pattern. Nothing can
be written.";

/// Ask a recording with SQL
#[derive(Debug, Args)]
#[command(about = "Ask a recording with SQL", long_about = None, after_help = EXAMPLES)]
pub(crate) struct SqlArgs {
    /// Directory of the recording
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath, required_unless_present = "list")]
    dir: Option<PathBuf>,
    /// One query; without it a prompt, or what stdin has if that is no terminal
    #[arg(value_name = "QUERY", conflicts_with_all = ["file", "named"])]
    query: Option<String>,
    /// Read the query from this file
    #[arg(short = 'f', long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "named")]
    file: Option<PathBuf>,
    /// Ask one of the questions of --list
    #[arg(long, value_name = "NAME")]
    named: Option<String>,
    /// Print the questions that have a name
    #[arg(long)]
    list: bool,
    /// Format of the answer
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: AnswerFormat,
}

/// Formats of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    Table,
    Csv,
    Jsonl,
}

impl AnswerFormat {
    pub(crate) fn format(self) -> ResultFormat {
        match self {
            AnswerFormat::Table => ResultFormat::Table,
            AnswerFormat::Csv => ResultFormat::Csv,
            AnswerFormat::Jsonl => ResultFormat::Jsonl,
        }
    }
}

/// Runs it.
pub(crate) fn run(args: &SqlArgs) -> anyhow::Result<ExitCode> {
    let Some(dir) = &args.dir else { return list() };
    if args.list {
        return list();
    }
    let query = match (&args.query, &args.file, &args.named) {
        (Some(query), ..) => Some(query.clone()),
        (_, Some(path), _) => {
            Some(fs::read_to_string(path).with_context(|| format!("cannot read {path:?}"))?)
        }
        (.., Some(name)) => Some(named(name)?.to_owned()),
        _ => None,
    };
    let recording = Recording::open(dir, &mut progress("repairing"))?;
    let database = Database::open(&recording)?;
    let format = args.format.format();
    match query {
        Some(query) => answer(&database, &query, format).map_err(told)?,
        None if io::stdin().is_terminal() => prompt(&database, format)?,
        None => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text)?;
            answer(&database, &text, format).map_err(told)?;
        }
    }
    if !recording.ending().summary.complete() {
        say(&syscope_output::verdict(&recording.ending().summary));
    }
    Ok(ExitCode::SUCCESS)
}

/// A reader that went away is told apart by its error.
fn told(error: QueryError) -> anyhow::Error {
    match error {
        QueryError::Output(error) => error.into(),
        other => other.into(),
    }
}

fn named(name: &str) -> anyhow::Result<&'static str> {
    match NAMED.iter().find(|n| n.name == name) {
        Some(found) => Ok(found.sql),
        None => bail!("there is no question {name:?}; `syscope sql --list` has them all"),
    }
}

fn list() -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    for named in NAMED {
        writeln!(out, "{:<16} {}", named.name, named.about)?;
        for line in named.sql.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn answer(database: &Database, query: &str, format: ResultFormat) -> Result<(), QueryError> {
    let mut printed = Printed { format, sink: None };
    let done = database.query(query, &mut printed);
    // What came before an error is shown, too.
    let finished = printed.sink.map_or(Ok(()), ResultSink::finish);
    done.and(finished.map_err(QueryError::Output))
}

struct Printed {
    format: ResultFormat,
    sink: Option<ResultSink>,
}

impl Rows for Printed {
    fn names(&mut self, names: &[&str]) -> io::Result<()> {
        self.sink = Some(ResultSink::new(Box::new(io::stdout().lock()), self.format, names)?);
        Ok(())
    }

    fn row(&mut self, row: &[Answer<'_>]) -> io::Result<bool> {
        let Some(sink) = &mut self.sink else { return Ok(false) };
        let mut hex = Vec::new();
        // A blob as SQLite's own literal has it.
        for value in row {
            if let Answer::Bytes(bytes) = value {
                let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
                hex.push(format!("x'{digits}'"));
            }
        }
        let mut hex = hex.iter();
        let cells: Vec<ResultCell<'_>> = row
            .iter()
            .map(|value| match *value {
                Answer::Null => ResultCell::Null,
                Answer::Int(n) => ResultCell::Int(n),
                Answer::Real(x) => ResultCell::Real(x),
                Answer::Text(text) => ResultCell::Text(text),
                Answer::Bytes(_) => hex.next().map_or(ResultCell::Null, |h| ResultCell::Text(h.as_bytes())),
            })
            .collect();
        sink.row(&cells)?;
        Ok(true)
    }
}

/// Asks until there is nothing more to be asked.
fn prompt(database: &Database, format: ResultFormat) -> anyhow::Result<()> {
    let mut editor = rustyline::DefaultEditor::new()?;
    let history = history();
    if let Some(path) = &history {
        // The first time there is none.
        let _ = editor.load_history(path);
    }
    say("tables: events, tasks, files, losses, meta; end a query with a semicolon, and all with ^D");
    let mut text = String::new();
    loop {
        let sign = if text.is_empty() { "syscope> " } else { "    ...> " };
        match editor.readline(sign) {
            Ok(line) => {
                if text.is_empty() && matches!(line.trim(), "" | "exit" | "quit" | ".exit" | ".quit") {
                    if line.trim().is_empty() {
                        continue;
                    }
                    break;
                }
                text.push_str(&line);
                text.push('\n');
                if !Database::is_complete(&text) {
                    continue;
                }
                // A history that cannot be kept is no reason to end.
                let _ = editor.add_history_entry(text.trim());
                match answer(database, &text, format) {
                    Err(QueryError::Output(error)) if is_broken_pipe(&error) => break,
                    Err(error) => say(&format!("syscope: {error}")),
                    Ok(()) => {}
                }
                text.clear();
            }
            Err(ReadlineError::Interrupted) => text.clear(),
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(path) = &history {
        let _ = path.parent().map(fs::create_dir_all);
        let _ = editor.save_history(path);
    }
    Ok(())
}

fn history() -> Option<PathBuf> {
    let state = match std::env::var_os("XDG_STATE_HOME") {
        Some(dir) if !dir.is_empty() => PathBuf::from(dir),
        _ => Path::new(&std::env::var_os("HOME")?).join(".local/state"),
    };
    Some(state.join("syscope/sql_history"))
}
