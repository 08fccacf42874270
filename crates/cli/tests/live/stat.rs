//! `syscope stat`, `-c` and `-C`: what is counted in the kernel is what was called.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;

use rustix::process::{Signal, getppid};
use serde_json::Value;

use crate::common::{Beside, Done, SYSCOPE, Tracer, command, run, syscope};

/// Calls and errors by name.
type Counts = BTreeMap<String, (u64, u64)>;

/// Not the same in two runs of one program, or not seen by strace -c.
const NOT_COMPARED: &[&str] = &[
    // the allocator, who waits for whom, temporary names
    "mmap",
    "munmap",
    "mremap",
    "mprotect",
    "madvise",
    "brk",
    "futex",
    "wait4",
    "rt_sigreturn",
    "getrandom",
    // never return
    "exit_group",
    "exit",
    // the sum
    "total",
];

/// Reads a table in strace's form: the columns of a call without errors are one less.
fn read_table(text: &str) -> Counts {
    let rows = text.lines().filter(|l| l.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    rows.filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let errors = if words.len() == 6 { words[4].parse().ok()? } else { 0 };
        let calls = words.get(3)?.parse().ok()?;
        Some(((*words.last()?).to_owned(), (calls, errors)))
    })
    .collect()
}

fn json_rows(text: &str) -> Vec<Value> {
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

fn number(row: &Value, column: &str) -> u64 {
    row[column].as_u64().unwrap_or_else(|| panic!("{column} of {row}"))
}

/// `syscope stat` with arguments; the rows by the columns that are asked for.
#[track_caller]
fn stat(args: &[&str]) -> (Done, Vec<Value>) {
    // Into a file: stdout is the command's.
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let done = run(command(["stat", "--format", "jsonl", "-o"]).arg(&out).args(args), b"");
    assert_eq!(done.code(), 0, "{args:?}: {}", done.err());
    let rows = json_rows(&std::fs::read_to_string(&out).unwrap());
    (done, rows)
}

fn comparable(counts: &Counts) -> Counts {
    let all = counts.clone().into_iter();
    all.filter(|(name, _)| !NOT_COMPARED.contains(&name.as_str())).collect()
}

/// The same program under strace -f -c and under syscope, by three ways.
#[track_caller]
fn check_against_strace(program: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("strace");
    let traced = |tracer: &mut Command| {
        let done = run(tracer.args(program).env("LC_ALL", "C").env("PYTHONHASHSEED", "0"), b"");
        assert_eq!(done.code(), 0, "{program:?}: {}", done.err());
    };
    traced(Command::new("strace").args(["-f", "-c", "-o"]).arg(&out));
    let theirs = comparable(&read_table(&std::fs::read_to_string(&out).unwrap()));
    assert!(theirs.len() > 5, "{theirs:?}");
    for options in [["-c", "-o"], ["-C", "-o"]] {
        traced(Command::new(SYSCOPE).args(options).arg(&out).arg("--"));
        let text = std::fs::read_to_string(&out).unwrap();
        let table = text.split("% time ").last().unwrap();
        assert_eq!(comparable(&read_table(table)), theirs, "{options:?} {program:?}");
    }
    traced(Command::new(SYSCOPE).args(["stat", "--format", "jsonl", "-o"]).arg(&out).arg("--"));
    let ours: Counts = json_rows(&std::fs::read_to_string(&out).unwrap())
        .iter()
        .map(|r| (r["syscall"].as_str().unwrap().to_owned(), (number(r, "calls"), number(r, "errors"))))
        .collect();
    assert_eq!(comparable(&ours), theirs, "stat {program:?}");
}

#[test]
fn counts_are_those_of_strace() {
    live!();
    check_against_strace(&["ls", "-lR", "/usr/share/doc"]);
    check_against_strace(&["tar", "cf", "/dev/null", "/usr/share/doc"]);
    check_against_strace(&["sh", "-c", "cat /etc/passwd /no/such/file; ls / | sort >/dev/null; exit 0"]);
    check_against_strace(&["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=3000"]);
}

const THREADS: u64 = 4;
const EACH: u64 = 150_000;

/// Not a test by itself: what the next ones trace. Every call is one of `getppid`, which nobody else makes.
#[test]
fn flood_workload() {
    if std::env::var_os("SYSCOPE_TEST_FLOOD").is_none() {
        return;
    }
    let threads: Vec<_> = (0..THREADS)
        .map(|_| thread::spawn(|| (0..EACH).for_each(|_| _ = std::hint::black_box(getppid()))))
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

/// The command that runs it.
fn flood() -> Vec<String> {
    let own = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    vec!["env".into(), "SYSCOPE_TEST_FLOOD=1".into(), own, "--exact".into(), "stat::flood_workload".into()]
}

#[test]
fn a_flood_of_threads_is_counted_to_the_last_call() {
    live!();
    let flood = flood();
    let command: Vec<&str> = flood.iter().map(String::as_str).collect();
    let (done, rows) = stat(&[&["--by", "thread,syscall", "-e", "getppid", "--"], &command[..]].concat());
    assert!(done.err().contains("complete"), "{}", done.err());
    let calls: Vec<u64> = rows.iter().map(|r| number(r, "calls")).collect();
    assert_eq!(calls, [EACH; THREADS as usize], "{rows:?}");
    for row in &rows {
        let [min, p50, p99, max] = ["min_ns", "p50_ns", "p99_ns", "max_ns"].map(|c| number(row, c));
        assert!(0 < min && min <= p50 && p50 <= p99 && p99 <= max, "{row}");
        assert!(number(row, "total_ns") >= min * EACH, "{row}");
    }
}

#[test]
fn a_flood_is_counted_among_everything_else() {
    live!();
    let args =
        ["stat", "--all", "--by", "process,syscall", "--interval", "50ms", "-e", "getppid,clock_nanosleep"];
    // Something to be seen before the flood begins: then the counting is in place.
    let _ticking = Beside::spawn(
        Command::new("sh")
            .args(["-c", "while :; do sleep 0.02; done"])
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    let mut tracer = Tracer::spawn(args);
    tracer.wait_for(|line| line.contains("clock_nanosleep"));
    let flood = flood();
    let mut child = Command::new(&flood[0]).args(&flood[1..]).stdout(Stdio::null()).spawn().unwrap();
    let pid = child.id();
    assert!(child.wait().unwrap().success());
    tracer.signal(Signal::INT);
    let err = tracer.finish().ok().err();
    let total = err.rsplit("% time").next().unwrap();
    let row = total.lines().find(|l| l.contains(&format!(" {pid} ")) && l.ends_with("/ getppid"));
    let row = row.unwrap_or_else(|| panic!("no row of process {pid}\n{total}"));
    let calls: u64 = row.split_whitespace().nth(3).unwrap().parse().unwrap();
    assert_eq!(calls, THREADS * EACH, "{row}");
}

#[test]
fn a_run_that_counts_ends_by_itself() {
    live!();
    let (done, rows) = stat(&["--all", "--for", "200ms", "--by", "comm"]);
    assert!(done.err().contains(" calls counted"), "{}", done.err());
    let sum: u64 = rows.iter().map(|r| number(r, "calls")).sum();
    assert!(sum > 0 && rows.iter().all(|r| r["comm"].is_string()), "{rows:?}");
}

#[test]
fn files_are_named() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from here"), dir.path().join("to"));
    std::fs::write(&from, vec![7; 100_000]).unwrap();
    let [from, to] = [&from, &to].map(|p| p.to_str().unwrap());
    let (_, rows) =
        stat(&["--by", "file,syscall", "--", "dd", "bs=1000", &format!("if={from}"), &format!("of={to}")]);
    let row = |file: &str, call: &str| rows.iter().find(|r| r["file"] == file && r["syscall"] == call);
    let read = row(from, "read").unwrap_or_else(|| panic!("{rows:?}"));
    assert_eq!((number(read, "calls"), number(read, "bytes_read")), (101, 100_000), "{read}");
    let write = row(to, "write").unwrap_or_else(|| panic!("{rows:?}"));
    assert_eq!((number(write, "calls"), number(write, "bytes_written")), (100, 100_000), "{write}");
    assert_eq!(
        row(from, "openat").map(|r| number(r, "calls")),
        Some(1),
        "an open is counted with what it opened"
    );
    assert!(row(from, "close").is_some(), "and a close with what it closed");
    let (_, rows) = stat(&["--by", "dir", "--", "cat", from]);
    let dir = dir.path().to_str().unwrap();
    let row = rows.iter().find(|r| r["dir"] == dir).unwrap_or_else(|| panic!("{rows:?}"));
    assert_eq!(number(row, "bytes_read"), 100_000);
}

#[test]
fn bytes_of_messages_are_counted() {
    live!();
    let check = |scenario: &str, call: &str, column: &str, bytes: u64| {
        let dir = tempfile::tempdir().unwrap();
        let trace = format!("trace={call}");
        let (_, rows) =
            stat(&["-e", &trace, "--", SYSCOPE, "scenario", scenario, "--dir", dir.path().to_str().unwrap()]);
        let row = rows.iter().find(|r| r["syscall"] == call);
        let row = row.unwrap_or_else(|| panic!("{scenario} {call}: {rows:?}"));
        assert_eq!(number(row, column), bytes, "{scenario}: {row}");
    };
    check("bytes-mmsg", "sendmmsg", "bytes_written", 2 * 13);
    check("bytes-mmsg", "recvmmsg", "bytes_read", 13 + 11);
    // The last but one is in a hundred buffers of a byte each, more than rows have.
    check("recvmsg-trunc", "recvmsg", "bytes_read", 40 + 100 + 50);
    check("recv-netlink-probe", "recvmsg", "bytes_read", 200);
}

#[test]
fn processes_have_their_own_names() {
    live!();
    let (_, rows) = stat(&[
        "--by",
        "process,syscall",
        "-e",
        "read,getdents64",
        "--",
        "sh",
        "-c",
        "ls / >/dev/null; cat /etc/passwd",
    ]);
    let of = |name: &str, call: &str| {
        rows.iter()
            .filter(|r| r["process"] == name && r["syscall"] == call)
            .map(|r| number(r, "calls"))
            .sum::<u64>()
    };
    assert!(of("ls", "getdents64") == 2 && of("cat", "getdents64") == 0 && of("cat", "read") > 1, "{rows:?}");
}

#[test]
fn errors_have_their_numbers() {
    live!();
    let script = "import os, errno\nfor i in range(30):\n  try: os.rmdir('/no/such/dir')\n  except OSError: pass\n\
                  for i in range(20):\n  try: os.rmdir('/proc')\n  except OSError: pass";
    let (_, rows) = stat(&["--by", "syscall,errno", "-e", "rmdir", "--", "python3", "-c", script]);
    let found: Vec<_> = rows.iter().map(|r| (r["errno"].as_str(), number(r, "calls"))).collect();
    assert_eq!(found, [(Some("ENOENT"), 30), (Some("EBUSY"), 20)], "{rows:?}");
    let (_, rows) = stat(&["-e", "rmdir", "--", "python3", "-c", script]);
    assert_eq!(number(&rows[0], "errors"), 50);
    assert_eq!((&rows[0]["by_errno"]["ENOENT"], &rows[0]["by_errno"]["EBUSY"]), (&30.into(), &20.into()));
}

#[test]
fn what_finds_no_room_is_summed_up() {
    live!();
    let program =
        ["--", "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do cat /etc/passwd /etc/group /no/file; done; exit 0"];
    let by_call = |rows: &[Value]| {
        let mut sums = Counts::new();
        for row in rows {
            let sum = sums.entry(row["syscall"].as_str().unwrap().to_owned()).or_default();
            sum.0 += number(row, "calls");
            sum.1 += number(row, "errors");
        }
        comparable(&sums)
    };
    let (_, whole) = stat(&program);
    let by = ["--by", "process,file,syscall"];
    for room in ["200", "120", "60"] {
        let (done, rows) = stat(&[&by[..], &["--room", room], &program[..]].concat());
        let other: u64 = rows.iter().filter(|r| r["process"] == "[other]").map(|r| number(r, "calls")).sum();
        assert!(other > 0, "room for {room} was enough: {rows:?}");
        assert!(done.err().contains("in [other], because there was room for"), "{}", done.err());
        let sums = by_call(&rows);
        // In the end calls are not told apart either: then only the sums can be compared.
        if sums.contains_key("[other]") {
            let sum = |counts: &Counts| counts.values().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            let all: Counts = by_call(&whole);
            assert!(sum(&sums) >= sum(&all), "{sums:?} {all:?}");
        } else {
            assert_eq!(sums, by_call(&whole), "room for {room}");
        }
    }
    let (done, rows) = stat(&[&by[..], &program[..]].concat());
    assert!(!done.err().contains("[other]"), "{}", done.err());
    assert_eq!(by_call(&rows), by_call(&whole));
}

#[test]
fn filters_hold_for_counts() {
    live!();
    let script = "cat /etc/passwd /no/file >/dev/null; exit 0";
    let (_, rows) =
        stat(&["-Z", "-e", "openat", "--comm", "cat", "--by", "comm,syscall", "--", "sh", "-c", script]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((&rows[0]["comm"], number(&rows[0], "calls")), (&"cat".into(), number(&rows[0], "errors")));
    let (_, rows) = stat(&["--min-latency", "50ms", "--", "sleep", "0.1"]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(
        rows[0]["syscall"].as_str().unwrap().contains("nanosleep")
            && number(&rows[0], "p50_ns") >= 100_000_000
    );
}

#[test]
fn conditions_hold_for_counts() {
    live!();
    let script = "import os\nfor i in range(30):\n  try: os.rmdir('/no/such/dir')\n  except OSError: pass\n\
                  for i in range(20):\n  try: os.rmdir('/proc')\n  except OSError: pass";
    let calls = |condition: &str| {
        let (_, rows) = stat(&["--where", condition, "--", "python3", "-c", script]);
        rows.iter()
            .map(|r| (r["syscall"].as_str().unwrap().to_owned(), number(r, "calls")))
            .collect::<Vec<_>>()
    };
    assert_eq!(calls("syscall = 'rmdir' AND errno = 'EBUSY'"), [("rmdir".to_owned(), 20)]);
    assert_eq!(calls("syscall LIKE 'rm%' AND is_error AND comm = 'python3'"), [("rmdir".to_owned(), 50)]);
    assert_eq!(calls("family = 'FS' AND errno = 'EBUSY' AND latency_ns >= 1"), [("rmdir".to_owned(), 20)]);
    assert_eq!(calls("syscall = 'rmdir' AND pid = 1"), []);
}

/// Threads that call without end, one thing each: what the kernel lets through needs no looking at.
#[test]
fn one_thread_of_many() {
    live!();
    let script = "import os, threading, time\n\
                  def run():\n  print(threading.get_native_id(), flush=True)\n  \
                  while True:\n    os.getppid()\n    time.sleep(0.001)\n\
                  for i in range(2): threading.Thread(target=run).start()";
    let mut python = Command::new("python3");
    let mut python = Beside::spawn(python.args(["-c", script]).stdout(Stdio::piped()));
    let mut lines = BufReader::new(python.child().stdout.take().unwrap()).lines();
    let thread: u32 = lines.next().unwrap().unwrap().parse().unwrap();
    let pid = python.pid();
    for (column, number_of) in [("pid", pid), ("tid", thread)] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("rows");
        let condition = format!("{column} = {number_of} AND syscall = 'getppid'");
        let mut tracing = command(["--where", &condition, "--explain", "--limit", "50", "--format", "jsonl"]);
        let done = run(tracing.arg("-o").arg(&out).args(["-p", &pid.to_string()]), b"").ok();
        let err = done.err();
        assert!(err.contains(&format!("; {column} = {number_of};")), "{err}");
        assert!(!err.contains("hidden by filters"), "{err}");
        let rows = json_rows(&std::fs::read_to_string(&out).unwrap());
        assert_eq!(rows.len(), 50, "{err}");
        assert!(rows.iter().all(|r| number(r, column) == u64::from(number_of)), "{rows:?}");
        assert_eq!(rows.iter().any(|r| number(r, "tid") != u64::from(thread)), column == "pid");
    }
}

#[test]
fn what_has_not_returned_is_counted() {
    live!();
    let (done, rows) = stat(&["--for", "300ms", "-e", "clock_nanosleep", "--", "sh", "-c", "exec sleep 1"]);
    assert_eq!((number(&rows[0], "calls"), number(&rows[0], "unfinished")), (1, 1), "{rows:?}");
    assert!(done.err().contains("1 unfinished"), "{}", done.err());
}

#[test]
fn intervals_and_histograms_are_shown() {
    live!();
    let (done, rows) = stat(&[
        "--interval",
        "50ms",
        "-e",
        "clock_nanosleep",
        "--",
        "sh",
        "-c",
        "sleep 0.1; sleep 0.1; sleep 0.1",
    ]);
    assert_eq!(number(rows.last().unwrap(), "calls"), 3, "{rows:?} {}", done.err());
    let calls: Vec<_> = rows.iter().map(|r| (number(r, "elapsed_ns"), number(r, "calls"))).collect();
    assert!(calls.len() > 2 && calls.is_sorted(), "{calls:?}");
    let done =
        syscope(["stat", "--hist", "read", "--", "dd", "bs=1", "count=500", "if=/dev/zero", "of=/dev/null"])
            .ok();
    let err = done.err();
    assert!(err.contains("read, latency: ") && err.contains("read, time since the call before: "), "{err}");
    let bars: u64 = err
        .lines()
        .filter(|l| l.contains('|'))
        .filter_map(|l| l.split_whitespace().nth(3)?.parse::<u64>().ok())
        .sum();
    assert!(bars > 1000, "two histograms of 500 values and a few: {err}");
}

#[test]
fn mistakes_are_told_before_anything_runs() {
    let check = |args: &[&str], expected: &str| {
        let done = syscope([&["stat"], args, &["--", "true"]].concat());
        assert_eq!(done.code(), 2, "{args:?}: {}", done.err());
        assert!(done.err().contains(expected), "{args:?}: {}", done.err());
    };
    check(&["--by", "colour"], "there are syscall, family, process");
    check(&["--hist", "opnat"], "no such call");
    check(&["-P", "/etc"], "--by file");
    check(&["--where", "pid > 1"], "only where the kernel decides all of it");
    check(&["--max-overhead", "2%"], "is for rows");
    check(&["--limit", "5"], "--for ends a run");
    check(&["--interval", "0"], "at least 10ms");
    check(&["--hist", "read", "--format", "csv"], "percentiles");
    let nothing = syscope(["stat"]);
    assert_eq!(nothing.code(), 2, "{}", nothing.err());
}
