//! What was typed, checked: every mistake is found before anything is traced.

use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use syscope_event::Clock;
use syscope_event::args::{Calls, Hex, Names, PerCall, Style};
use syscope_filter::{Pushed, RowFilter, TraceSet, Where};
use syscope_kernel::{Command, Config, Counting, wall_offset_ns};
use syscope_output::{Column, Format, Options, PidPrefix, TableOptions, TextOptions};
use syscope_syscalls::{ALL, Syscall};

use crate::exprs::{Exprs, Quiet, Results, results, signals, timestamps, typed_names};
use crate::opts::{FilterArgs, OutputArgs, TextArgs, TraceArgs, USAGE};
use crate::sample;
use crate::session::{Target, Tracing};

/// A run that can begin.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) tracing: Tracing,
    pub(crate) rows: RowFilter,
    /// What `--explain` says.
    pub(crate) explanation: Option<String>,
    pub(crate) options: Options,
    pub(crate) format: Format,
    pub(crate) output: Output,
    pub(crate) summary: Summaries,
    pub(crate) table: TableOptions,
    pub(crate) verdict: bool,
    pub(crate) strict: bool,
    /// `--self`
    pub(crate) own_cost: bool,
    /// The kernel half decides all of --where.
    pub(crate) condition_is_pushed: bool,
    pub(crate) record: Option<Record>,
    /// Rows come from a recording.
    pub(crate) replay: bool,
}

impl Plan {
    /// The kernel half can count just what would be shown.
    pub(crate) fn can_count(&self) -> bool {
        self.rows.keeps_all() && self.tracing.limit.is_none() && !self.replay
    }
}

/// A recording to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) dir: PathBuf,
    pub(crate) max_bytes: Option<u64>,
    /// Nothing is printed.
    pub(crate) alone: bool,
}

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    /// Text to stderr, other formats to stdout.
    Default,
    /// Into this file, in place of what it had.
    File(PathBuf),
    /// Behind what this file has.
    EndOf(PathBuf),
    /// Into a file for each task, its number behind this name.
    Separate(PathBuf),
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
    let mut exprs = Exprs::default();
    args.filters.trace.iter().try_for_each(|text| exprs.add(text))?;
    for (qualifier, set) in [
        ("raw", &args.text.raw),
        ("abbrev", &args.text.abbrev),
        ("verbose", &args.text.dereferenced),
        ("read", &args.text.read),
        ("write", &args.text.write),
    ] {
        set.iter().try_for_each(|set| exprs.add(&format!("{qualifier}={set}")))?;
    }
    let status = match (&args.filters.status, args.filters.successful, args.filters.failed) {
        (Some(set), ..) => results(set)?,
        (None, true, _) => Results::Successful,
        (None, _, true) => Results::Failed,
        (None, ..) => exprs.status.unwrap_or(Results::All),
    };
    let shown_signals = match &args.filters.signal {
        Some(set) => signals(set)?,
        None => exprs.signals.unwrap_or(u64::MAX),
    };
    let quiet = Quiet::typed(&args.output.quiet)?.or(exprs.quiet);
    let style = style(&args.text, &exprs)?;
    let condition = args.filters.condition.as_deref().map(Where::parse).transpose()?;
    let pushed = condition.as_ref().map(Where::pushed);
    let calls = calls(exprs.trace, &args.filters, pushed.as_ref())?;
    let comm = args.filters.comm.as_ref().map(|name| comm(name.as_bytes())).transpose()?;
    let paths = paths(&args.filters.paths)?;
    let min_latency_ns =
        args.filters.min_latency.map_or(0, |d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX));
    let text = TextOptions {
        align: usize::from(args.text.align),
        pid_prefix: match args.output.output {
            Some(_) => PidPrefix::Always,
            None if matches!(target, Target::All) => PidPrefix::Many,
            None => PidPrefix::Auto,
        },
        timestamps: timestamps(&args.text.timestamps)?,
        relative: args.text.relative,
        latency: args.text.latency,
        numbers: args.text.numbers,
        comms: decodes_pids(&args.text, "comm"),
        exits: !quiet.exits,
        signals: shown_signals,
        dump_read: exprs.read.take().unwrap_or_default(),
        dump_write: exprs.write.take().unwrap_or_default(),
        clock: Clock { wall_offset_ns: wall_offset_ns() },
    };
    // What is dumped is wanted whole.
    let dumps = !text.dump_read.is_empty() || !text.dump_write.is_empty();
    let all = matches!(target, Target::All);
    let sample = sample::parse(&args.filters.sample)?;
    if args.output.summary && !sample.is_empty() {
        bail!("--sample is for rows: -c counts every call");
    }
    // What is said by an option of its own stands; the condition is asked for every row in any case.
    let min_latency_ns = min_latency_ns.max(pushed.as_ref().map_or(0, |p| p.min_latency_ns));
    let format = args.output.format.unwrap_or(Format::Text);
    let output = match args.output.output.clone() {
        None => Output::Default,
        Some(_) if args.output.append && format == Format::Csv => {
            bail!("-A would write a second header into a CSV file: use --format jsonl, or another file")
        }
        Some(path) if args.output.append => Output::EndOf(path),
        Some(path) if args.output.separate || args.follow > 1 => separate(path, &args.output)?,
        Some(path) => Output::File(path),
    };
    let mut plan = Plan {
        tracing: Tracing {
            target,
            config: Config {
                calls: calls.wanted().to_vec(),
                foreign: calls.foreign(),
                all,
                follow: true,
                string_limit: if dumps { u32::MAX } else { args.text.string_limit },
                min_latency_ns,
                only_ok: status == Results::Successful,
                only_failed: status == Results::Failed || pushed.as_ref().is_some_and(|p| p.only_failed),
                comm: comm.or(pushed.as_ref().and_then(|p| p.comm)),
                uid: args.filters.uid.or(pushed.as_ref().and_then(|p| p.uid)),
                signals: shown_signals != 0,
                verbose: style.verbose || style.per_call.is_some(),
                ring_bytes: args.output.ring_size,
                sample,
                measure: args.output.own_cost || args.output.max_overhead.is_some(),
                thinnable: args.output.max_overhead.is_some(),
                pid: pushed.as_ref().and_then(|p| p.pid),
                tid: pushed.as_ref().and_then(|p| p.tid),
                errno: pushed.as_ref().and_then(|p| p.errno),
                ..Config::default()
            },
            duration: args.duration,
            limit: args.limit,
            max_overhead: args.output.max_overhead,
        },
        own_cost: args.output.own_cost,
        // An option of its own that says something else takes the place in the kernel.
        condition_is_pushed: pushed.as_ref().is_some_and(|p| {
            let is_free = |typed: bool, same: bool| !typed || same;
            p.is_whole
                && is_free(comm.is_some() && p.comm.is_some(), comm == p.comm)
                && is_free(args.filters.uid.is_some() && p.uid.is_some(), args.filters.uid == p.uid)
        }),
        explanation: pushed.filter(|_| args.filters.explain).as_ref().map(explanation),
        rows: RowFilter { paths, condition },
        options: Options { style, text },
        format,
        output,
        summary: match (args.output.summary, args.output.both) {
            (true, _) => Summaries::Table,
            (_, true) => Summaries::Both,
            _ => Summaries::Rows,
        },
        table: TableOptions {
            sort: args.output.sort,
            columns: if args.output.columns.is_empty() {
                Column::DEFAULT.to_vec()
            } else {
                args.output.columns
            },
        },
        verdict: !quiet.verdict,
        strict: args.output.strict,
        record: args.output.record.map(|dir| Record { dir, max_bytes: None, alone: false }),
        replay: false,
    };
    // A table behind rows has what the kernel half counted: more than the rows, if some were lost.
    let is_sampled = !plan.tracing.config.sample.is_empty() || plan.tracing.max_overhead.is_some();
    if is_sampled || (plan.summary == Summaries::Both && plan.can_count()) {
        plan.tracing.config.count = Some(Counting::default());
    }
    Ok(plan)
}

fn separate(path: PathBuf, output: &OutputArgs) -> anyhow::Result<Output> {
    if output.summary || output.both {
        bail!("-ff writes a file for each thread, but the table of -c and -C is one: choose");
    }
    if matches!(path.as_os_str().as_bytes().first(), Some(b'|' | b'!')) {
        bail!("-ff writes a file for each thread: it cannot be piped to a command");
    }
    Ok(Output::Separate(path))
}

fn style(text: &TextArgs, exprs: &Exprs) -> anyhow::Result<Style> {
    let names = match typed_names(&text.names)? {
        _ if text.no_names => Names::OFF,
        Some(names) => names,
        None => exprs.names.unwrap_or(Names::DEFAULT),
    };
    // -v is the same as abbrev=none.
    let is_full = |sys: &Syscall| match &exprs.abbrev {
        Some(set) => !set.contains(sys.name),
        None => text.verbose,
    };
    let of = |wanted: &dyn Fn(&Syscall) -> bool| {
        let mut calls = Calls::default();
        ALL.iter().filter(|sys| wanted(sys)).for_each(|sys| calls.insert(sys.nr));
        calls
    };
    let differs = exprs.raw.is_some() || exprs.abbrev.is_some() || exprs.verbose.is_some();
    Ok(Style {
        string_limit: text.string_limit as usize,
        names,
        verbose: text.verbose,
        hex: match (text.strings_in_hex, text.hex) {
            (Some(hex), _) => hex,
            (None, 0) => Hex::Off,
            (None, 1) => Hex::NonAscii,
            (None, _) => Hex::All,
        },
        constants: text.constants,
        addresses: false,
        per_call: differs.then(|| PerCall {
            raw: of(&|sys| exprs.raw.as_ref().is_some_and(|set| set.contains(sys.name))),
            full: of(&is_full),
            addresses: of(&|sys| exprs.verbose.as_ref().is_some_and(|set| !set.contains(sys.name))),
        }),
        pids: pidns_translation(text)?,
    })
}

/// The set of `--decode-pids` has that word.
fn decodes_pids(text: &TextArgs, what: &str) -> bool {
    let has = |word: &String| word == what || word == "all";
    text.decode_pids.iter().rposition(has) > text.decode_pids.iter().rposition(|word| word == "none")
}

fn pidns_translation(text: &TextArgs) -> anyhow::Result<bool> {
    /// Inode of the host's PID namespace: PROC_PID_INIT_INO.
    const HOST: u64 = 0xeffffffc;
    if !text.pidns_translation && !decodes_pids(text, "pidns") {
        return Ok(false);
    }
    let own = std::fs::metadata("/proc/self/ns/pid").context("cannot tell which PID namespace this is")?;
    if own.ino() != HOST {
        bail!(
            "--pidns-translation works in the host's PID namespace: the numbers that it shows are the host's"
        );
    }
    Ok(true)
}

fn target(args: &TraceArgs) -> anyhow::Result<Target> {
    let given =
        usize::from(!args.command.is_empty()) + usize::from(!args.pids.is_empty()) + usize::from(args.all);
    if given == 0 {
        bail!(
            "nothing to trace: give a command, -p PID or --all\n\nUsage: {USAGE}\n\n`syscope --help` has examples"
        );
    }
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
        let mut pids: Vec<u32> = args.pids.iter().flat_map(|list| &list.0).copied().collect();
        pids.sort_unstable();
        pids.dedup();
        if pids.contains(&std::process::id()) {
            bail!("syscope does not trace itself");
        }
        return Ok(Target::Processes(pids));
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
                None if bytes.is_empty() => Err(anyhow!("-E has no name")),
                None => Ok((e.clone(), None)),
            }
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Target::Command(Command { argv: args.command.clone(), env, user: args.user.clone() }))
}

/// Lines have to tell their tasks from the first one on.
/// Which part of `--where` the kernel half decides.
fn explanation(pushed: &Pushed) -> String {
    match pushed.phrases() {
        phrases if phrases.is_empty() => {
            "--where: the kernel decides nothing of it, every row is looked at".into()
        }
        phrases => format!(
            "--where: decided in the kernel: {}; every row that is left is looked at",
            phrases.join("; ")
        ),
    }
}

fn calls(typed: Option<TraceSet>, filters: &FilterArgs, pushed: Option<&Pushed>) -> anyhow::Result<TraceSet> {
    let mut set = typed.unwrap_or_default();
    let is_wanted = |set: &TraceSet| set.foreign() || set.wanted().contains(&true);
    // "-e none" is for whoever wants to see signals and exits only.
    let none_on_purpose = !is_wanted(&set);
    if !filters.family.is_empty() {
        set.keep_families(&filters.family)?;
    }
    if !filters.kind.is_empty() {
        set.keep_kinds(&filters.kind)?;
    }
    if !is_wanted(&set) && !none_on_purpose {
        bail!("no system call is left: -e, --family and --kind together exclude them all");
    }
    if let Some(pushed) = pushed {
        set.intersect(&pushed.calls);
        if !is_wanted(&set) && !none_on_purpose {
            bail!(
                "no system call is left: --where is true for none that -e, --family and --kind let through"
            );
        }
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

/// Paths are compared with absolute ones: as typed, and with symbolic links resolved.
fn paths(typed: &[PathBuf]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut out = Vec::new();
    for path in typed {
        let absolute = std::path::absolute(path).map_err(|e| anyhow!("-P {path:?}: {e}"))?;
        // What is not there yet may still come.
        out.extend(real(path).filter(|real| *real != absolute));
        out.push(absolute);
    }
    Ok(out.into_iter().map(|path| path.into_os_string().into_vec()).collect())
}

fn real(path: &Path) -> Option<PathBuf> {
    std::fs::canonicalize(path).ok()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use syscope_output::{Precision, Timestamps};

    use super::*;

    fn typed(args: &str) -> anyhow::Result<Plan> {
        plan(TraceArgs::try_parse_from(["syscope"].into_iter().chain(args.split_whitespace()))?)
    }

    #[test]
    fn mistakes_are_found_before_anything_runs() {
        let check = |args: &str, expected: &str| {
            let error = typed(args).unwrap_err().to_string();
            assert!(error.contains(expected), "{args}: {error}");
        };
        check("", "nothing to trace");
        check("", "--help");
        check("-T", USAGE);
        check("--all ls", "exclude each other");
        check("-p 1 ls", "exclude each other");
        check("-p 1 --all", "exclude each other");
        check("-p 1 -u nobody", "for a command");
        check("--all -E A=1", "for a command");
        check("-E =x ls", "has no name");
        check("-e opnat ls", "did you mean openat");
        check("-e opnat -e read ls", "did you mean openat");
        check("-e inject=read ls", "never changes");
        check("-e raw=opnat ls", "did you mean openat");
        check("--read x ls", "no descriptor");
        check("-e signal=SIGNO ls", "no signal");
        check("--signal 99 ls", "no signal");
        check("-ff -c -o x ls", "choose");
        check("-ff -o |cat ls", "cannot be piped");
        check("--family nonsense ls", "there are FS, Network");
        check("--kind nonsense ls", "no kind");
        check("-e read --family Network ls", "no system call is left");
        check("--comm sixteen_bytes_xx ls", "1 to 15 bytes");
        check(&format!("-p {}", std::process::id()), "itself");
    }

    fn wanted(args: &str, name: &str) -> bool {
        let nr = syscope_syscalls::by_name(name).unwrap().nr;
        typed(args).unwrap().tracing.config.calls[nr as usize]
    }

    #[test]
    fn a_condition_narrows_what_the_kernel_half_copies() {
        let plan = |text: &str| {
            let args = TraceArgs::try_parse_from(["syscope", "--explain", "--where", text, "ls"]).unwrap();
            super::plan(args)
        };
        let narrowed =
            plan("syscall IN ('read', 'write') AND is_error AND latency_ns > 5 AND comm = 'ls'").unwrap();
        let config = &narrowed.tracing.config;
        let wanted = |name| config.calls[syscope_syscalls::by_name(name).unwrap().nr as usize];
        assert!(wanted("read") && wanted("write") && !wanted("openat"));
        assert!(config.only_failed);
        assert_eq!((config.min_latency_ns, config.uid), (6, None));
        assert!(config.comm.is_some_and(|c| c.starts_with(b"ls\0")));
        assert!(narrowed.explanation.unwrap().contains("2 of 385 calls (read, write); failed calls only"));
        assert!(plan("fd > 2").unwrap().explanation.unwrap().contains("nothing"));
        assert!(
            plan("family = 'FS' AND family = 'Time'").unwrap_err().to_string().contains("no system call")
        );
        assert!(plan("latency > 1").unwrap_err().to_string().contains("latency_ns"));
    }

    #[test]
    fn calls_are_narrowed() {
        assert!(wanted("ls", "read"));
        assert!(wanted("-e %desc --family FS ls", "read"));
        assert!(!wanted("-e %desc --family FS ls", "epoll_wait"));
        assert!(!wanted("-e %desc --kind open ls", "read"));
        // The last one counts.
        assert!(wanted("-e read -e write ls", "write") && !wanted("-e read -e write ls", "read"));
        let foreign = |args: &str| typed(args).unwrap().tracing.config.foreign;
        assert!(foreign("ls") && foreign("-e !read ls"));
        assert!(!foreign("-e read ls") && !foreign("-e none ls") && !foreign("--family FS ls"));
    }

    #[test]
    fn what_the_kernel_half_decides_goes_there() {
        let config =
            typed("-z --min-latency 1.5ms --comm sh --uid 0 -s 99 --ring-size 1M ls").unwrap().tracing.config;
        assert!(config.only_ok && !config.only_failed && !config.all && config.follow);
        assert_eq!((config.min_latency_ns, config.uid, config.string_limit), (1_500_000, Some(0), 99));
        assert_eq!(
            (config.comm, config.ring_bytes),
            (Some(*b"sh\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), Some(1 << 20))
        );
        assert!(typed("--all").unwrap().tracing.config.all);
    }

    #[test]
    fn targets() {
        let target = |args: &str| typed(args).unwrap().tracing.target;
        assert!(matches!(target("-p 3,1 -p 3"), Target::Processes(pids) if pids == [1, 3]));
        assert!(matches!(target("--all"), Target::All));
        let Target::Command(command) = target("-E A=1=2 -E B -u nobody -- ls -l") else {
            panic!("a command")
        };
        assert_eq!(command.argv, ["ls", "-l"]);
        assert_eq!(command.env, [("A".into(), Some("1=2".into())), ("B".into(), None)]);
        assert_eq!(command.user.as_deref(), Some("nobody"));
    }

    #[test]
    fn lines_tell_their_tasks_where_there_are_many() {
        let prefix = |args: &str| typed(args).unwrap().options.text.pid_prefix;
        assert_eq!(prefix("ls"), PidPrefix::Auto);
        assert_eq!(prefix("-o out ls"), PidPrefix::Always);
        assert_eq!(prefix("--all"), PidPrefix::Many);
        assert_eq!(prefix("-p 1,2"), PidPrefix::Auto);
    }

    #[test]
    fn numbers_of_tasks_have_names_and_numbers() {
        let words = |args: &str| {
            let text = typed(args).unwrap().options.text;
            text.comms
        };
        assert!(words("-Y ls") && words("--decode-pids=comm ls") && words("--decode-pids=none,all ls"));
        assert!(!words("ls") && !words("--decode-pids=all,none ls") && !words("--decode-pids=none ls"));
    }

    #[test]
    fn looks() {
        let text = |args: &str| typed(args).unwrap().options.text;
        assert_eq!(text("-r -tt ls").timestamps, Timestamps::Local(Precision::Micros));
        assert_eq!(text("-r -tt ls").relative, Some(Precision::Micros));
        assert_eq!((text("-tt ls").relative, text("-T ls").latency), (None, Some(Precision::Micros)));
        assert_eq!(text("--syscall-times=ns ls").latency, Some(Precision::Nanos));
        assert_eq!(text("--signal !chld ls").signals, !(1 << 16));
        assert!(text("-q ls").exits && !text("-qq ls").exits);
        assert_eq!(text("-a 9 ls").align, 9);
        let style = |args: &str| typed(args).unwrap().options.style;
        assert_eq!(style("ls").names, Names::DEFAULT);
        assert_eq!(style("-y ls").names, Names::PATHS);
        assert_eq!(style("-yy ls").names, Names::ALL);
        assert_eq!(style("--no-names ls").names, Names::OFF);
        assert_eq!((style("-x ls").hex, style("-xx ls").hex), (Hex::NonAscii, Hex::All));
        let verdict = |args: &str| typed(args).unwrap().verdict;
        assert!(verdict("ls") && !verdict("-q ls"));
        let summary = |args: &str| typed(args).unwrap().summary;
        assert_eq!(summary("ls"), Summaries::Rows);
        assert_eq!((summary("-c ls"), summary("-C ls")), (Summaries::Table, Summaries::Both));
    }

    #[test]
    fn paths_are_absolute_and_real() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().canonicalize().unwrap().join("file");
        std::fs::write(&file, "").unwrap();
        let link = file.with_file_name("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let bytes = |path: &Path| path.as_os_str().as_bytes().to_vec();
        assert_eq!(paths(std::slice::from_ref(&link)).unwrap(), [bytes(&file), bytes(&link)]);
        assert_eq!(paths(std::slice::from_ref(&file)).unwrap(), [bytes(&file)]);
        let here = std::env::current_dir().unwrap();
        assert_eq!(paths(&["no/such".into()]).unwrap(), [bytes(&here.join("no/such"))]);
        assert!(paths(&["".into()]).is_err());
    }
}
