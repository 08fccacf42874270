//! What was typed.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use syscope_event::args::{Constants, Hex};
use syscope_filter::parse_duration;
use syscope_output::{Column, Format, Precision, SortKey};

use crate::diff::DiffArgs;
use crate::export::ExportArgs;
use crate::exprs::{constants, hex, precision};
use crate::flame::FlameArgs;
use crate::info::InfoArgs;
use crate::overhead;
use crate::record::RecordArgs;
use crate::replay::ReplayArgs;
use crate::sql::SqlArgs;
use crate::stat::StatArgs;

/// The ways to call us, for help and for whoever typed nothing.
pub(crate) const USAGE: &str = "syscope [OPTIONS] [--] COMMAND [ARGS]...
       syscope [OPTIONS] -p PID[,PID]... | --all
       syscope stat ... | list | selftest | doctor | completions | man
       syscope record [-o DIR] ... | text DIR | csv DIR | jsonl DIR | sql DIR
       syscope flame DIR [SECOND] | diff FIRST SECOND | export DIR | stat DIR | info DIR | repair DIR";

/// Commands to begin with, and what each does.
pub(crate) const EXAMPLES: [(&str, &str); 10] = [
    ("syscope ls -l", "every call of ls and its children, as strace prints it"),
    ("syscope -e %file -- make", "only calls that name files"),
    ("syscope -Z -e %file -- git status", "which files were looked for in vain"),
    ("syscope -p 1234 -T -e trace=read,write", "attach to a running process, with latencies"),
    ("syscope --min-latency 10ms -p 1234", "only what took long"),
    ("syscope -c tar cf /tmp/x.tar /usr/share", "a table of calls, errors and time"),
    ("syscope --format jsonl -o rows.jsonl -- git status", "rows for programs, with a column for everything"),
    ("syscope --all --comm nginx -Z", "failed calls of every nginx on this host"),
    ("syscope record -o r -- make", "record everything; then: syscope text r, syscope sql r, syscope info r"),
    ("syscope selftest", "prove that names and results are right on this kernel"),
];

const NOTES: &str = "\
A word such as list is a verb only as the very first argument: `syscope -- list` traces a program of that name.
The traced program is never stopped. Text goes to stderr (-o FILE: to a file), and the exit status is the command's.
A run ends with a verdict: complete, or what was lost and why. `syscope man | man -l -` has the columns and statuses.";

fn after_help() -> String {
    let width = EXAMPLES.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    let lines: String =
        EXAMPLES.iter().map(|(command, what)| format!("  {command:width$}  {what}\n")).collect();
    format!("Examples:\n{lines}\n{NOTES}")
}

/// Shows what programs ask of the Linux kernel, without stopping them.
#[derive(Debug, Parser)]
#[command(name = "syscope", version, about, after_help = after_help(), max_term_width = 120, override_usage = USAGE)]
pub(crate) struct TraceArgs {
    /// Attach to running processes with all their threads; -p "$(pidof NAME)" works
    #[arg(
        short = 'p',
        long = "attach",
        value_name = "PID",
        value_parser = parse_pids,
        help_heading = "Whom to trace"
    )]
    pub(crate) pids: Vec<PidList>,
    /// Trace the whole host, but for syscope itself
    #[arg(long, help_heading = "Whom to trace")]
    pub(crate) all: bool,
    /// Follow new processes and threads (this is the default; accepted for strace's sake); -ff: see --output-separately
    #[arg(short = 'f', short_alias = 'F', long = "follow-forks", action = ArgAction::Count, help_heading = "Whom to trace")]
    pub(crate) follow: u8,
    /// Run the command as this user
    #[arg(short = 'u', long = "user", value_name = "USER", value_hint = ValueHint::Username, help_heading = "Whom to trace")]
    pub(crate) user: Option<String>,
    /// Set a variable in the command's environment, or remove it: -E NAME
    #[arg(short = 'E', long = "env", value_name = "NAME[=VALUE]", help_heading = "Whom to trace")]
    pub(crate) env: Vec<OsString>,
    /// Stop after this time, such as 10s
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration, help_heading = "Whom to trace")]
    pub(crate) duration: Option<Duration>,
    /// Stop after this many rows
    #[arg(
        long,
        value_name = "ROWS",
        value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "Whom to trace"
    )]
    pub(crate) limit: Option<u64>,

    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) text: TextArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// The command and its arguments
    #[arg(
        trailing_var_arg = true,
        value_name = "COMMAND",
        allow_hyphen_values = false,
        help_heading = "Whom to trace"
    )]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Which calls")]
pub(crate) struct FilterArgs {
    /// Calls: names, %file %desc %net %process %memory %signal %ipc, /REGEX, separated by commas. ! in front of the list
    /// negates it, in front of a later entry takes it away; ? ignores unknown names. The last -e counts
    #[arg(short = 'e', long = "trace", value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) trace: Vec<String>,
    /// Calls of these families: FS Network Memory Signals Sched IPC Time Process Security Polling AIO Misc
    #[arg(long, value_name = "FAMILY", value_delimiter = ',')]
    pub(crate) family: Vec<String>,
    /// Calls of these kinds, see `syscope list`
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) kind: Vec<String>,
    /// Calls that name this path, by an argument or by a descriptor
    #[arg(short = 'P', long = "trace-path", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Only successful calls
    #[arg(short = 'z', long = "successful-only", conflicts_with_all = ["failed", "status"])]
    pub(crate) successful: bool,
    /// Only failed calls
    #[arg(short = 'Z', long = "failed-only", alias = "failing-only", conflicts_with = "status")]
    pub(crate) failed: bool,
    /// Only calls with this result: successful, failed or all; likewise -e status=SET
    #[arg(long, value_name = "SET")]
    pub(crate) status: Option<String>,
    /// Signals that are shown: names, numbers, all or none, ! in front negates; likewise -e signal=SET
    #[arg(long, alias = "signals", value_name = "SET")]
    pub(crate) signal: Option<String>,
    /// Only calls that took at least this long, such as 1ms
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) min_latency: Option<Duration>,
    /// Rows for some calls only: openat=100 is one of 100, futex=0 none; classes (%net) and families are possible too.
    /// Totals stay exact, and each row says how many calls it stands for
    #[arg(long, value_name = "CALL=N", value_delimiter = ',')]
    pub(crate) sample: Vec<String>,
    /// Only tasks of this name (at most 15 bytes)
    #[arg(long, value_name = "NAME")]
    pub(crate) comm: Option<OsString>,
    /// Only tasks of this user id
    #[arg(long, value_name = "UID")]
    pub(crate) uid: Option<u32>,
    /// Rows for which this SQL expression over the columns is true, such as "bytes > 4096 AND file GLOB '/var/*'"
    #[arg(long = "where", value_name = "EXPR")]
    pub(crate) condition: Option<String>,
    /// Say which part of --where the kernel decides, so that other calls are never copied
    #[arg(long, requires = "condition")]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "How it looks")]
pub(crate) struct TextArgs {
    /// Show at most so many bytes of strings and elements of arrays; of data buffers never more than 4096
    #[arg(short = 's', long = "string-limit", value_name = "SIZE", default_value_t = 32)]
    pub(crate) string_limit: u32,
    /// Names behind descriptors: -y paths, -yy also addresses and devices (default: paths and socket addresses); or a
    /// list of path, socket, dev, pidfd, all, none
    #[arg(short = 'y', long = "decode-fds", value_name = "SET", num_args = 0..=1, require_equals = true, default_missing_value = "", action = ArgAction::Append)]
    pub(crate) names: Vec<String>,
    /// No names behind descriptors
    #[arg(long, conflicts_with = "names")]
    pub(crate) no_names: bool,
    /// Structures in full
    #[arg(short = 'v', long = "no-abbrev")]
    pub(crate) verbose: bool,
    /// Hexadecimal strings: -x those with odd bytes, -xx all
    #[arg(short = 'x', action = ArgAction::Count)]
    pub(crate) hex: u8,
    /// Hexadecimal strings: none, non-ascii-chars (escapes only), non-ascii (-x) or all (-xx)
    #[arg(long, value_name = "SET", num_args = 0..=1, require_equals = true, default_missing_value = "all", value_parser = hex, conflicts_with = "hex")]
    pub(crate) strings_in_hex: Option<Hex>,
    /// Constants and flags: abbrev (names), raw (numbers) or verbose (both)
    #[arg(short = 'X', long = "const-print-style", value_name = "FORMAT", default_value = "abbrev", value_parser = constants)]
    pub(crate) constants: Constants,
    /// Calls whose arguments are shown as numbers; likewise -e raw=SET
    #[arg(long, value_name = "SET")]
    pub(crate) raw: Option<String>,
    /// Calls whose structures are not shown in full (default: all; -v: none); likewise -e abbrev=SET
    #[arg(long, value_name = "SET")]
    pub(crate) abbrev: Option<String>,
    /// Calls whose structures are shown at all, not only their addresses (default: all); likewise -e verbose=SET
    #[arg(long = "verbose", value_name = "SET")]
    pub(crate) dereferenced: Option<String>,
    /// Show all data that is read from these descriptors, in hexadecimal (up to 4096 bytes each time); likewise -e read=SET
    #[arg(long, value_name = "SET")]
    pub(crate) read: Option<String>,
    /// Show all data that is written to these; likewise -e write=SET
    #[arg(long, value_name = "SET")]
    pub(crate) write: Option<String>,
    /// Time of day in front: -t seconds, -tt microseconds, -ttt since 1970; or none, time or unix with s, ms, us or ns,
    /// such as =unix,ns
    #[arg(short = 't', long = "absolute-timestamps", visible_alias = "timestamps", value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "", action = ArgAction::Append)]
    pub(crate) timestamps: Vec<String>,
    /// Time since the line before in front; s, ms, us (the default) or ns
    #[arg(short = 'r', long = "relative-timestamps", value_name = "PRECISION", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = precision)]
    pub(crate) relative: Option<Precision>,
    /// Latency behind each result; s, ms, us (the default) or ns
    #[arg(short = 'T', long = "syscall-times", value_name = "PRECISION", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = precision)]
    pub(crate) latency: Option<Precision>,
    /// Number of each call in front
    #[arg(short = 'n', long = "syscall-number")]
    pub(crate) numbers: bool,
    /// Names of tasks behind their numbers
    #[arg(
        short = 'Y',
        long = "decode-pids",
        value_name = "SET",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "comm",
        value_delimiter = ',',
        action = ArgAction::Append,
        value_parser = ["comm", "pidns", "all", "none"]
    )]
    pub(crate) decode_pids: Vec<String>,
    /// Numbers of processes in other PID namespaces with the host's behind them, as far as they are traced
    #[arg(long)]
    pub(crate) pidns_translation: bool,
    /// Column of the results
    #[arg(short = 'a', long = "columns", value_name = "COLUMN", default_value_t = 40)]
    pub(crate) align: u16,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Where it goes")]
pub(crate) struct OutputArgs {
    /// Format of the rows: text, csv or jsonl (default: text)
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, conflicts_with = "summary")]
    pub(crate) format: Option<Format>,
    /// Write to this file, which appears when it is complete; it is not followed if it is a symbolic link. '|COMMAND'
    /// writes to a shell command instead
    #[arg(short = 'o', long = "output", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write behind what the file of -o has; rows appear there as they come
    #[arg(short = 'A', long = "output-append-mode", requires = "output")]
    pub(crate) append: bool,
    /// With -o: a file for each thread, its number behind the name; likewise -ff
    #[arg(long = "output-separately", requires = "output", conflicts_with_all = ["append", "summary", "both"])]
    pub(crate) separate: bool,
    /// Print a table of calls, errors and time instead of rows
    #[arg(short = 'c', long = "summary-only", conflicts_with = "both")]
    pub(crate) summary: bool,
    /// Print rows and the table
    #[arg(short = 'C', long = "summary")]
    pub(crate) both: bool,
    /// Order of the table: time, calls, errors, name, avg-time, max-time, min-time, nothing
    #[arg(
        short = 'S',
        long = "summary-sort-by",
        value_name = "KEY",
        default_value = "time",
        value_parser = parse_sort
    )]
    pub(crate) sort: SortKey,
    /// Columns of the table: time-percent, total-time, min-time, max-time, avg-time, calls, errors, name
    #[arg(short = 'U', long = "summary-columns", value_name = "COLUMN", value_delimiter = ',', value_parser = parse_column)]
    pub(crate) columns: Vec<Column>,
    /// Wall time in the table (this is the default; accepted for strace's sake)
    #[arg(short = 'w', long = "summary-wall-clock")]
    pub(crate) wall: bool,
    /// Quiet: -q no verdict, -qq no exit lines either; or a list of verdict, exit, all
    #[arg(short = 'q', long = "quiet", visible_alias = "silent", alias = "silence", value_name = "SET", num_args = 0..=1, require_equals = true, default_missing_value = "", action = ArgAction::Append)]
    pub(crate) quiet: Vec<String>,
    /// Say what tracing cost: time in the kernel half, processor time and memory of syscope itself. Measuring it costs a
    /// little, too
    #[arg(long = "self")]
    pub(crate) own_cost: bool,
    /// While tracing takes more than this share of the processors' time, such as 2%: rows for one of 10 calls, then of
    /// 100, then none. What it is at is said, and all calls are counted
    #[arg(long, value_name = "SHARE", value_parser = overhead::parse, conflicts_with = "summary")]
    pub(crate) max_overhead: Option<overhead::Share>,
    /// Record everything into a new directory, too: see syscope record
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "summary")]
    pub(crate) record: Option<PathBuf>,
    /// Exit with 124 if anything was lost
    #[arg(long)]
    pub(crate) strict: bool,
    /// Size of each processor's ring buffer, such as 8M (default: 64 MiB for all, at most 32 MiB each)
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) ring_size: Option<usize>,
}

/// The processes of one -p.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PidList(pub(crate) Vec<u32>);

/// `1`, `1,2`, and what pidof prints: `1 2`.
pub(crate) fn parse_pids(text: &str) -> Result<PidList, String> {
    let words = text.split(|c: char| c == ',' || c.is_ascii_whitespace()).filter(|w| !w.is_empty());
    let pids = words
        .map(|w| w.parse().ok().filter(|pid| *pid > 0).ok_or_else(|| format!("{w:?} is no process id")))
        .collect::<Result<Vec<u32>, _>>()?;
    if pids.is_empty() { Err("no process id is given".into()) } else { Ok(PidList(pids)) }
}

fn parse_format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = syscope_output::FORMATS.iter().map(|f| f.name).collect();
        format!("there are {}", names.join(", "))
    })
}

fn parse_sort(text: &str) -> Result<SortKey, String> {
    SortKey::from_name(text)
        .ok_or_else(|| "there are time, calls, errors, name, avg-time, max-time, min-time, nothing".into())
}

fn parse_column(text: &str) -> Result<Column, String> {
    Column::from_name(text).ok_or_else(|| {
        "there are time-percent, total-time, min-time, max-time, avg-time, calls, errors, name".into()
    })
}

/// `4096`, `64K`, `8M`.
pub(crate) fn parse_size(text: &str) -> Result<usize, String> {
    let hint = || format!("{text:?} is no size: a number of bytes, or with K, M or G");
    let short = text.strip_suffix("iB").unwrap_or(text);
    let (digits, scale) = match short.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&short[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&short[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&short[..at], 1 << 30),
        _ => (text, 1),
    };
    let n: usize = digits.parse().map_err(|_| hint())?;
    n.checked_mul(scale).filter(|n| *n > 0).ok_or_else(hint)
}

/// Verbs, recognised only as the very first argument.
#[derive(Debug, Parser)]
#[command(name = "syscope", disable_help_subcommand = true)]
pub(crate) struct VerbArgs {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Print the table of system calls
    List {
        /// Only this family
        #[arg(long)]
        family: Option<String>,
        /// Format
        #[arg(long, default_value = "text")]
        format: TableFormat,
    },
    /// Run the scenario programs traced, and check every row
    Selftest {
        /// Only these scenarios
        names: Vec<String>,
        /// Print their names and what they check
        #[arg(long)]
        list: bool,
        /// Format
        #[arg(long, default_value = "text")]
        format: ListFormat,
    },
    Stat(Box<StatArgs>),
    Record(Box<RecordArgs>),
    /// Print a recording as the lines that a live run would have printed
    Text(Box<ReplayArgs>),
    /// Print the rows of a recording as comma-separated values
    Csv(Box<ReplayArgs>),
    /// Print the rows of a recording as JSON lines
    Jsonl(Box<ReplayArgs>),
    Sql(Box<SqlArgs>),
    Flame(Box<FlameArgs>),
    Diff(Box<DiffArgs>),
    Export(Box<ExportArgs>),
    /// Tell what is in a recording, and what is missing
    Info(InfoArgs),
    /// Finish a recording whose maker was killed (every reader does it by itself)
    Repair {
        /// Directory of the recording
        #[arg(value_hint = ValueHint::DirPath)]
        dir: PathBuf,
    },
    /// Tell what this kernel and user can do, and what is missing
    Doctor,
    /// Print completions for a shell: `source <(syscope completions bash)`
    Completions {
        /// Shell
        shell: Shell,
    },
    /// Print the manual page: `syscope man | man -l -`
    Man,
    /// Run a scenario's workload
    #[command(hide = true)]
    Scenario {
        /// Its name
        name: String,
        /// Where its expectations go
        #[arg(long)]
        dir: PathBuf,
    },
}

/// Formats of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Text,
    Jsonl,
}

/// Formats of the table of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Text,
    Jsonl,
    Markdown,
}

/// Words that are verbs as the first argument.
pub(crate) const VERBS: [&str; 17] = [
    "list",
    "selftest",
    "stat",
    "record",
    "text",
    "csv",
    "jsonl",
    "sql",
    "flame",
    "diff",
    "export",
    "info",
    "repair",
    "doctor",
    "completions",
    "man",
    "scenario",
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use proptest::prelude::*;

    use super::*;

    fn typed<const N: usize>(args: [&str; N]) -> Result<TraceArgs, clap::Error> {
        TraceArgs::try_parse_from([&["syscope"], &args[..]].concat())
    }

    #[test]
    fn definitions_are_consistent() {
        TraceArgs::command().debug_assert();
        VerbArgs::command().debug_assert();
        let verbs = VerbArgs::command();
        assert_eq!(verbs.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>(), VERBS);
    }

    /// Every option is explained, and the help has examples.
    #[test]
    fn help_teaches() {
        let command = TraceArgs::command();
        let silent: Vec<_> = command.get_arguments().filter(|a| a.get_help().is_none()).collect();
        assert!(silent.is_empty(), "{silent:?}");
        let help = command.clone().render_help().to_string();
        assert!(help.contains("Examples:") && help.contains(USAGE), "{help}");
    }

    #[test]
    fn options_of_the_command_stay_its_own() {
        let args = typed(["-T", "ls", "-l", "--all", "-p"]).unwrap();
        assert_eq!(args.command, ["ls", "-l", "--all", "-p"]);
        assert!(args.text.latency.is_some() && !args.all && args.pids.is_empty());
        assert_eq!(typed(["--", "list"]).unwrap().command, ["list"]);
        assert_eq!(typed(["sh", "-c", "x", "--", "-T"]).unwrap().command, ["sh", "-c", "x", "--", "-T"]);
        assert_eq!(typed(["--", "-weird", "--help"]).unwrap().command, ["-weird", "--help"]);
    }

    #[test]
    fn strace_habits() {
        let pids = |args: TraceArgs| args.pids.into_iter().flat_map(|p| p.0).collect::<Vec<_>>();
        let args = typed(["-f", "-tt", "-s200", "-p", "1,2", "-p3"]).unwrap();
        assert_eq!((args.text.timestamps.len(), args.text.string_limit), (2, 200));
        assert_eq!(pids(args), [1, 2, 3]);
        assert_eq!(pids(typed(["-p", " 7 8\n9,10\n"]).unwrap()), [7, 8, 9, 10]);
        let args = typed(["-e", "!futex", "-etrace=open", "true"]).unwrap();
        assert_eq!(args.filters.trace, ["!futex", "trace=open"]);
        let args =
            typed(["-fyyTttx", "-o", "out", "-a", "0", "-qq", "-C", "-S", "max_time", "-w", "true"]).unwrap();
        assert_eq!(
            (args.text.names.len(), args.text.timestamps.len(), args.text.hex, args.output.quiet.len()),
            (2, 2, 1, 2)
        );
        assert_eq!(args.output.sort, SortKey::Max);
        assert_eq!(args.command, ["true"]);
    }

    #[test]
    fn mistakes_are_usage_errors() {
        let check = |args: &[&str], expected: &str| {
            let error = TraceArgs::try_parse_from([&["syscope"], args].concat()).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{args:?}");
            let text = error.to_string();
            assert!(text.contains(expected), "{args:?}: {text}");
        };
        check(&["--no-such", "ls"], "unexpected argument '--no-such'");
        check(&["-p", "x"], "\"x\" is no process id");
        check(&["-p", "0"], "\"0\" is no process id");
        check(&["-p", "-1"], "-1");
        check(&["-p", ""], "no process id");
        check(&["-z", "-Z", "ls"], "cannot be used with");
        check(&["-c", "-C", "ls"], "cannot be used with");
        check(&["-c", "--format", "csv", "ls"], "cannot be used with");
        check(&["-y", "--no-names", "ls"], "cannot be used with");
        check(&["--format", "xml", "ls"], "there are text, csv, jsonl");
        check(&["-S", "size", "ls"], "there are time, calls");
        check(&["--for", "10", "ls"], "such as 10ms");
        check(&["--min-latency", "5", "ls"], "such as 10ms");
        check(&["--ring-size", "8X", "ls"], "is no size");
        check(&["--limit", "0", "ls"], "0 is not in");
    }

    /// An option with something that looks like its value, or anything else.
    fn word() -> impl Strategy<Value = String> {
        const OPTIONS: [&str; 28] = [
            "-e",
            "-P",
            "-p",
            "-s",
            "-a",
            "-o",
            "-S",
            "-U",
            "-E",
            "-u",
            "-t",
            "-C",
            "-c",
            "-y",
            "--where",
            "--sample",
            "--for",
            "--min-latency",
            "--ring-size",
            "--limit",
            "--by",
            "--hist",
            "--interval",
            "--family",
            "--comm",
            "--uid",
            "--format",
            "--",
        ];
        const VALUES: [&str; 20] = [
            "trace=read,!%file",
            "signal=!chld,64",
            "status=failed",
            "quiet=all",
            "fds=path,socket",
            "read=10,FS=0",
            "10ms",
            "1e3us",
            "64KiB",
            "1G",
            "syscall,file",
            "errno",
            "openat",
            "ret < 0 AND file GLOB '/*'",
            "1,2",
            "csv",
            "time-min",
            "name,calls",
            "A=b",
            "0",
        ];
        prop_oneof![
            prop::sample::select(&OPTIONS[..]).prop_map(str::to_owned),
            prop::sample::select(&VALUES[..]).prop_map(str::to_owned),
            "[a-z=,!%0-9.:]{0,10}",
            "\\PC{0,12}",
        ]
    }

    proptest! {
        /// Whatever is typed becomes a plan or a message.
        #[test]
        fn no_words_panic(words in prop::collection::vec(word(), 0..7), stat in any::<bool>()) {
            let first: &[&str] = if stat { &["syscope", "stat"] } else { &["syscope"] };
            let typed = first.iter().map(|word| (*word).to_owned()).chain(words);
            if !stat {
                if let Ok(args) = TraceArgs::try_parse_from(typed) {
                    let _ = crate::plan::plan(args);
                }
            } else if let Ok(VerbArgs { verb: Verb::Stat(args) }) = VerbArgs::try_parse_from(typed) {
                let _ = crate::stat::plan(*args);
            }
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("4096"), Ok(4096));
        assert_eq!(parse_size("8M"), Ok(8 << 20));
        assert_eq!(parse_size("64KiB"), Ok(64 << 10));
        assert_eq!(parse_size("1g"), Ok(1 << 30));
        for bad in ["", "0", "x", "8X", "-1", "99999999999G", "iB", "M", "8iB", "8MiBiB", "1.5M"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
