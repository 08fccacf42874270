//! Calls of every kind, good and bad ones, made by the programs in `corpus/`: each line as strace prints it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use crate::common::{SYSCOPE, run};
use crate::text::{self, What};

/// Where the two do not print the same on purpose: what begins strace's line, or is part of it, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (r"^rt_sigreturn\(", "it has no result here: it never returns to its caller"),
    (r"ifindex=(\d+ /\* )?if_nametoindex", "the name of an interface is not recorded, its number is"),
    (r"^fcntl\(.*, 0x40[bce]\b", "strace 6.1 does not know F_GET_RW_HINT and its like"),
    (r"^poll\(.* /\* POLLOUT \*/\}, \.\.\.\]\)$", "with -X verbose its text of results ends early"),
    (r"^statx\(.*, \|?(0x100)?, 0x", "with -X raw it leaves out a number"),
    (r"^futex\(.*<<28 /\* FUTEX_OP_\?\?\?", "with -X raw it misses a name"),
    (r"^ioctl\(.*TIOCGPTPEER", "strace prints its flags as a number"),
    (r"^getsockname\(.*, NULL, 0x", "the length is shown although there is no room for an address"),
    (r"^membarrier\(.*MEMBARRIER_CMD_QUERY", "a newer command has a name"),
    (r"^io_(submit|cancel)\(.*aio_fildes=", "descriptors in there have no names"),
    (r"^restart_syscall\(", "strace says what it guesses to be restarted"),
    (r"^tgkill\(.*(SIGKILL|, 9)( \*/)?\) = \?", "the call returned before the signal ended its caller"),
    (r"filter=\[", "the instructions of a filter are not recorded"),
];

/// What two runs do not have in common, or what strace says and this program does not.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\b0x[0-9a-f]{6,}\b", "0x#"),
        (r"\b(pipe|socket|(?:TCP|UDP)(?:v6)?|UNIX(?:-STREAM)?|NETLINK):\[\d{4,}(?:->\d+)?", "$1:[#"),
        (r"(127\.0\.0\.1|\[::1\]):\d{4,5}", "$1:port"),
        (r"/#\d+>", "/#>"),
        (r"/dev/pts/\d+", "/dev/pts/#"),
        (r"^(ioctl\(\d+</dev/ptmx>, [^\[]*)\[\d+\]", "$1[#]"),
        // the number of a terminal, taken for a process group
        (r"^(ioctl\(\d+</dev/pts/#>, (?:TIOCSPGRP|0x5410\b)[^\[]*)\[\d+\]", "$1[#]"),
        // why there is only an address
        (r" /\* unreadable \*/", ""),
        // numbers that the kernel hands out
        (r"^((?:msg|sem|shm)(?:get\(.*\) = |\w+\())\d+", "$1#"),
        (r"^(semtimedop\()\d+", "$1#"),
        (r"^((?:add_key|request_key|keyctl)\(.*) = \d+$", "$1 = #"),
        (r"^(keyctl\((?:KEYCTL_READ|0xb\b[^,]*), [^,]*, ).*, 4\)", "$1#"),
        (r#"port="(?:\\x[0-9a-f]{2}){2}"(?: /\* htons\(\w+\) \*/)?"#, "port=#"),
        (r"(?:port=htons\()[3-6]\d{4}\)", "port=#"),
        (r"f_bfree=\d+, f_bavail=\d+, f_files=\d+, f_ffree=\d+", "f_bfree=#"),
        (r"^getrandom\(.*?,", "getrandom(#,"),
        (r"^syslog\((.*)\) = \d+$", "syslog($1) = #"),
        // time that passed
        (r"left \{[^}]*\}", "left {#}"),
        (r"tv_nsec=[89]\d{8}\}\) = .*", "tv_nsec=#}) = #"),
        (r"time=\{[^}]*\}", "time={#}"),
        (r"ru_(maxrss|minflt|majflt|nvcsw|nivcsw)=\d+", "ru_$1=#"),
        (r"ru_(.)time=\{[^}]*\}", "ru_${1}time={#}"),
        // what this kernel can do and strace 6.1 has no name for
        (r"features=[^,]*", "features=#"),
        // one number, two names
        (r"\b\w+ or (\w+)", "$1"),
        // the seconds of the two runs
        (r"\b(sem_[oc]time)=[1-9]\d*", "$1=T"),
    ]
    .map(|(rule, to)| (Regex::new(rule).unwrap(), to))
    .into()
});

fn normalised(line: &str) -> String {
    RULES.iter().fold(line.to_owned(), |line, (rule, to)| rule.replace_all(&line, *to).into_owned())
}

/// Tasks in the order in which they appear.
fn tids(lines: &[text::Line]) -> Vec<u32> {
    let mut tids: Vec<u32> = Vec::new();
    for line in lines {
        if !tids.contains(&line.tid) {
            tids.push(line.tid);
        }
    }
    tids
}

/// Where a number stands.
fn number(n: u32) -> Regex {
    Regex::new(&format!(r"\b{n}\b")).unwrap()
}

/// The lines of all tasks, one after the other in the order in which they appeared, with numbers in place of their ids.
fn lines(text: &str) -> Vec<String> {
    let all = text::parse(text);
    let tids = tids(&all);
    let ids = |line: &str| {
        tids.iter().enumerate().fold(line.to_owned(), |line, (i, tid)| {
            number(*tid).replace_all(&line, format!("task {i}")).into_owned()
        })
    };
    let of = |tid: u32| all.iter().filter(move |l| l.tid == tid);
    let said = |line: &text::Line| match &line.what {
        // A signal that is ignored interrupts a call only under ptrace; its second part is the one that counts.
        What::Call(call) if call.ret.starts_with("? ERESTARTSYS") => None,
        What::Call(call) => Some(format!("{}({}) = {}", call.name, call.args, call.ret)),
        What::Exit(how) => Some(how.clone()),
        // Signals that are ignored reach a process only if it is traced with ptrace.
        What::Signal(_) => None,
    };
    tids.iter().flat_map(|tid| of(*tid)).filter_map(said).map(|line| normalised(&ids(&line))).collect()
}

/// The lines of a program of the corpus under both tracers. Runs in which a task has a number that is something else in the
/// other run, such as a limit, are made again.
fn traces(options: &[&str], program: &Path, dir: &Path) -> (Vec<String>, Vec<String>) {
    let mentions =
        |text: &str, of: &str| tids(&text::parse(of)).iter().any(|tid| number(*tid).is_match(text));
    for _ in 0..5 {
        let theirs = raw_trace(&["strace", "-f"], options, program, dir);
        let ours = raw_trace(&[SYSCOPE, "-q", "-f"], options, program, dir);
        if !mentions(&theirs, &ours) && !mentions(&ours, &theirs) {
            return (lines(&theirs), lines(&ours));
        }
    }
    panic!("{program:?} {options:?}: numbers of tasks cannot be told from others");
}

/// While it is held, nobody else runs this program: some names, such as those of abstract sockets, exist once on a host.
fn alone(program: &Path) -> fs::File {
    let name = program.file_name().unwrap().to_string_lossy();
    let file = fs::File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.lock"))).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    file
}

fn raw_trace(tracer: &[&str], options: &[&str], program: &Path, dir: &Path) -> String {
    let _alone = alone(program);
    let (work, out) = (dir.join("work"), dir.join("trace"));
    fs::remove_dir_all(&work).ok();
    fs::create_dir(&work).unwrap();
    let mut command = Command::new("setarch");
    command.arg("-R").args(tracer).args(options).arg("-o").arg(&out).arg("--").arg(program);
    command.env_clear().envs([("PATH", "/usr/bin:/bin"), ("LC_ALL", "C")]).current_dir(&work);
    let done = run(&mut command, b"");
    assert_eq!(done.code(), 0, "{tracer:?} {program:?}\n{}", done.err());
    fs::read_to_string(&out).unwrap()
}

/// A program of the corpus.
fn compiled(name: &str, dir: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/corpus").join(format!("{name}.c"));
    let program = dir.join(name);
    run(Command::new("cc").args(["-O1", "-o"]).arg(&program).arg(source), b"").ok();
    program
}

/// The same program under both, with these options.
#[track_caller]
fn check(name: &str, options: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let program = compiled(name, dir.path());
    let (theirs, ours) = traces(options, &program, dir.path());
    assert!(theirs.len() > 100, "{name} did next to nothing: {theirs:?}");
    let known: Vec<Regex> = DIFFERENT.iter().map(|(rule, _)| Regex::new(rule).unwrap()).collect();
    let differing: Vec<String> = (0..theirs.len().max(ours.len()))
        .map(|i| (theirs.get(i).map_or("", String::as_str), ours.get(i).map_or("", String::as_str)))
        .filter(|(a, b)| a != b && !known.iter().any(|rule| rule.is_match(a)))
        .map(|(a, b)| format!("  strace  {a}\n  syscope {b}\n"))
        .collect();
    assert!(differing.is_empty(), "{name} {options:?}: {} lines\n{}", differing.len(), differing.concat());
}

/// The same program under both: what is shown of its data in hexadecimal.
#[track_caller]
fn check_dumps(name: &str, options: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let program = compiled(name, dir.path());
    let dumps = |tracer: &[&str]| {
        let text = raw_trace(tracer, options, &program, dir.path());
        let is_dump = |l: &&str| [" | ", " * ", " = "].iter().any(|start| l.starts_with(start));
        text.lines().filter(is_dump).map(str::to_owned).collect::<Vec<_>>()
    };
    let theirs = dumps(&["strace", "-f"]);
    assert!(theirs.len() > 20, "{name} {options:?}: {theirs:?}");
    let ours = dumps(&[SYSCOPE, "-q", "-f"]);
    let differing = theirs.iter().zip(&ours).find(|(a, b)| a != b);
    assert!(differing.is_none() && theirs.len() == ours.len(), "{name} {options:?}: {differing:?}");
}

#[test]
fn files() {
    live!();
    check("files", &["-y"]);
}

#[test]
fn in_hexadecimal_and_with_longer_strings() {
    live!();
    check("process", &["-y", "-x", "-s", "100"]);
    check("waiting", &["-y", "-x"]);
    check("names", &["-yy", "-s", "1", "--strings-in-hex=non-ascii-chars"]);
}

#[test]
fn in_full() {
    live!();
    check("net", &["-y", "-v"]);
    check("process", &["-y", "-v"]);
    check("system", &["-y", "-v"]);
}

#[test]
fn names_of_descriptors() {
    live!();
    check("names", &["-yy"]);
    check("names", &["--decode-fds=socket,pidfd"]);
    check("names", &["-e", "decode-fds=dev"]);
}

#[test]
fn constants_as_numbers_and_names() {
    live!();
    for style in ["raw", "verbose"] {
        for name in ["files", "net", "process", "system", "waiting"] {
            check(name, &["-y", "-X", style]);
        }
    }
}

#[test]
fn data_in_full() {
    live!();
    check_dumps("files", &["-e", "read=all", "-e", "write=all"]);
    check_dumps("files", &["-e", "read=!0,99"]);
    check_dumps("net", &["-e", "write=all"]);
    check_dumps("system", &["--read=all", "--write=all"]);
}

#[test]
fn some_calls_in_another_way() {
    live!();
    check("files", &["-y", "-e", "raw=statx,openat,%desc"]);
    check("system", &["-y", "-e", "abbrev=uname,newfstatat", "-e", "verbose=!sysinfo,uname"]);
}

#[test]
fn net() {
    live!();
    check("net", &["-y"]);
}

#[test]
fn waiting() {
    live!();
    check("waiting", &["-y"]);
}

#[test]
fn process() {
    live!();
    check("process", &["-y"]);
}

#[test]
fn system() {
    live!();
    check("system", &["-y"]);
}
