//! Many processes, many threads, a reader that stands still, a limit on what tracing may take: counts stay exact.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::common::{Beside, Done, command, proc_file, run, send};
use crate::text;

// What is counted is getpriority: no shell makes that call, and python3 may be a script that starts with one.

/// How many processes; `make scale` sets it to 100,000.
fn processes() -> u64 {
    std::env::var("SYSCOPE_SCALE").map_or(4000, |n| n.parse().expect("SYSCOPE_SCALE is a number"))
}

/// The number behind a phrase of the verdict.
fn number_behind(verdict: &str, phrase: &str) -> u64 {
    let Some((_, rest)) = verdict.split_once(phrase) else { return 0 };
    let digits: String =
        rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    digits.parse().unwrap_or_else(|_| panic!("{phrase}: {verdict}"))
}

fn verdict(done: &Done) -> String {
    done.err().lines().rfind(|l| l.starts_with("syscope: ")).unwrap_or_default().to_owned()
}

/// Memory of a process, and of the maps that it has open, in KiB.
fn memory(pid: &str) -> (u64, u64) {
    let field = |text: &str, name: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(name));
        line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok())
    };
    let rss = field(&proc_file(pid, "status"), "VmRSS:").unwrap_or(0);
    let maps = std::fs::read_dir(format!("/proc/{pid}/fdinfo")).into_iter().flatten().flatten();
    let maps = maps.filter_map(|entry| field(&std::fs::read_to_string(entry.path()).ok()?, "memlock:"));
    (rss, maps.sum::<u64>() / 1024)
}

/// Short processes, one after the other: each is counted, and none leaves anything behind.
#[test]
fn many_short_processes_leave_nothing() {
    live!();
    let n = processes();
    let dir = tempfile::tempdir().unwrap();
    let (out, mark) = (dir.path().join("counts"), dir.path().join("mark"));
    // The mark says that a tenth is over; the shell waits at the end until its tracer has been looked at.
    let script =
        "i=0; while [ $i -lt $1 ]; do ( : ); i=$((i+1)); [ $i -ne $2 ] || : >$3; done; : >$3.end; read x";
    let mut tracing = command(["stat", "--by", "syscall", "--format", "jsonl", "-o"]);
    tracing
        .arg(&out)
        .args(["--", "sh", "-c", script, "sh", &n.to_string(), &(n / 10).to_string()])
        .arg(&mark);
    let mut tracer = Beside::spawn(tracing.stdin(Stdio::piped()).stderr(Stdio::piped()));
    let pid = tracer.pid().to_string();
    let wait_for = |path: &Path| {
        let deadline = Instant::now() + Duration::from_secs(600);
        while !path.exists() {
            assert!(Instant::now() < deadline, "{path:?} did not come");
            thread::sleep(Duration::from_millis(5));
        }
    };
    wait_for(&mark);
    let before = memory(&pid);
    wait_for(&dir.path().join("mark.end"));
    let after = memory(&pid);
    drop(tracer.child().stdin.take());
    // It ends by itself when no task is left: a task that was not let go would keep it.
    let status = tracer.child().wait().unwrap();
    assert!(before.0 > 0 && before.1 > 0, "{before:?}");
    assert!(after.0 <= before.0 + 2048, "resident memory grew from {} to {} KiB", before.0, after.0);
    assert_eq!(after.1, before.1, "memory of the maps in KiB");
    let text = std::fs::read_to_string(&out).unwrap();
    let calls = |name: &str| {
        let rows = text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
        rows.filter(|r| r["syscall"] == name).map(|r| r["calls"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(calls("clone") + calls("fork") + calls("vfork") + calls("clone3"), n, "{text}");
    // The shell itself fails to read more, and leaves with that status.
    assert_eq!((calls("exit_group"), status.code()), (n + 1, Some(1)), "{text}");
}

/// Calls of the workload as rows; made, shown, lost.
#[track_caller]
fn accounted(done: &Done, shown: u64, made: u64) -> u64 {
    let said = verdict(done);
    let lost = number_behind(&said, "lost ");
    let rows = if lost > 0 { number_behind(&said, "at least ") } else { number_behind(&said, "syscope: ") };
    assert_eq!((rows, rows + lost), (shown, made), "{said}");
    lost
}

/// The reader is stopped while the program goes on: what does not fit is counted to the last row.
#[test]
fn a_reader_that_stands_still_loses_by_count() {
    live!();
    const CALLS: u64 = 60_000;
    let dir = tempfile::tempdir().unwrap();
    let (out, mark) = (dir.path().join("rows"), dir.path().join("mark"));
    let script = "import os, sys\nopen(sys.argv[1], 'w').close()\n\
                  for i in range(int(sys.argv[2])): os.getpriority(0, 0)\nopen(sys.argv[1] + '.end', 'w').close()";
    let mut tracing = command(["--ring-size", "256K", "-e", "getpriority", "-o"]);
    tracing.arg(&out).args(["--", "python3", "-c", script]).arg(&mark).arg(CALLS.to_string());
    let tracer = Beside::spawn(tracing.stdin(Stdio::null()).stderr(Stdio::piped()));
    let pid = tracer.pid().to_string();
    let there = |path: &Path| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !path.exists() {
            assert!(Instant::now() < deadline, "{path:?} did not come");
            thread::sleep(Duration::from_micros(200));
        }
    };
    there(&mark);
    send(&pid, Signal::STOP);
    there(&dir.path().join("mark.end"));
    send(&pid, Signal::CONT);
    let done = tracer.end();
    let shown = text::calls(&std::fs::read_to_string(&out).unwrap()).len() as u64;
    let lost = accounted(&done, shown, CALLS);
    assert!(lost > CALLS / 3, "it was not stopped in time: {lost}");
}

/// Sixteen threads at once, into rings that are too small and into rings that are not.
#[test]
fn sixteen_threads_are_accounted_for() {
    live!();
    const CALLS: u64 = 5_000;
    const THREADS: u64 = 16;
    let script = "import os, threading\n\
                  def run():\n  for i in range(5000): os.getpriority(0, 0)\n\
                  all = [threading.Thread(target=run) for i in range(16)]\n\
                  [t.start() for t in all]\n[t.join() for t in all]";
    for size in ["16K", "32M"] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("rows");
        let mut tracing = command(["--ring-size", size, "-e", "getpriority", "-o"]);
        let done = run(tracing.arg(&out).args(["--", "python3", "-c", script]), b"").ok();
        let shown = text::calls(&std::fs::read_to_string(&out).unwrap()).len() as u64;
        let lost = accounted(&done, shown, CALLS * THREADS);
        assert!(lost == 0 || size == "16K", "{}", done.err());
    }
    let counted = run(command(["stat", "-e", "getpriority", "--"]).args(["python3", "-c", script]), b"").ok();
    let said = verdict(&counted);
    assert_eq!(number_behind(&said, "syscope: "), CALLS * THREADS, "{said}");
}

/// Counts of the whole host hold what a load of ours made, to the last call.
#[test]
fn a_load_among_all_is_counted_exactly() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("counts");
    let mut tracing =
        command(["stat", "--all", "--by", "process,syscall", "--interval", "20ms", "--format", "jsonl"]);
    let mut tracer =
        Beside::spawn(tracing.arg("-o").arg("|cat >\"$OUT\"").env("OUT", &out).stderr(Stdio::piped()));
    // The first table says that it counts.
    let deadline = Instant::now() + Duration::from_secs(60);
    while std::fs::metadata(&out).map_or(0, |m| m.len()) == 0 {
        assert!(Instant::now() < deadline, "no table came");
        thread::sleep(Duration::from_millis(5));
    }
    // A name of its own, by which it is found among all.
    let name = format!("load{}", std::process::id() % 100_000);
    let script = "import ctypes, os, sys\nctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)\n\
                  for i in range(20000): os.getpriority(0, 0)\n\
                  for i in range(777):\n  try: os.rmdir('/no/such')\n  except OSError: pass";
    run(Command::new("python3").args(["-c", script, &name]), b"").ok();
    send(&tracer.pid().to_string(), Signal::INT);
    let status = tracer.child().wait().unwrap();
    let done = tracer.end();
    assert!(status.success() && verdict(&done).contains(" calls counted, complete"), "{}", done.err());
    let text = std::fs::read_to_string(&out).unwrap();
    let rows: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let last = rows.iter().map(|r| r["elapsed_ns"].as_u64().unwrap()).max().unwrap();
    let sums = |call: &str, column: &str| {
        let of_load = rows.iter().filter(|r| r["elapsed_ns"] == last && r["syscall"] == call);
        of_load.filter(|r| r["process"] == name.as_str()).map(|r| r[column].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(
        (sums("getpriority", "calls"), sums("rmdir", "calls"), sums("rmdir", "errors")),
        (20_000, 777, 777)
    );
}

/// Rows become samples, samples become counts, and nothing of that is hidden; all calls are still counted.
#[test]
fn too_much_overhead_makes_fewer_rows() {
    live!();
    let traced = |limit: &str, calls: u64| {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("rows");
        let mut tracing = command(["--max-overhead", limit, "--format", "jsonl", "-o"]);
        tracing.arg(&out).args(["--", "dd", "if=/dev/zero", "of=/dev/null", "bs=1", "status=none"]);
        let done = run(tracing.arg(format!("count={calls}")), b"").ok();
        let text = std::fs::read_to_string(&out).unwrap();
        (done, text.lines().map(|l| serde_json::from_str(l).unwrap()).collect::<Vec<Value>>())
    };
    const CALLS: u64 = 2_000_000;
    let (done, rows) = traced("1%", CALLS);
    let err = done.err();
    for step in ["one of 10 calls has a row", "one of 100 calls has a row", "calls are only counted"] {
        assert!(err.contains(step), "{step}: {err}");
    }
    let said = verdict(&done);
    assert!(said.contains("--max-overhead, so of all calls 1 in 10 from "), "{said}");
    assert!(said.contains("none from "), "{said}");
    assert!((rows.len() as u64) < CALLS, "{} rows: {said}", rows.len());
    let weights: std::collections::BTreeSet<u64> =
        rows.iter().map(|r| r["sampled_weight"].as_u64().unwrap()).collect();
    assert!(weights.contains(&1) && weights.contains(&10), "{weights:?}");
    // A table of all calls comes with it.
    let counted = err
        .lines()
        .filter(|l| l.ends_with(" write"))
        .filter_map(|l| l.split_whitespace().nth(3)?.parse().ok());
    assert_eq!(counted.collect::<Vec<u64>>(), [CALLS], "{err}");
    // Names and tasks are right in what rows there are.
    assert!(
        rows.iter()
            .filter(|r| r["syscall"] == "write")
            .all(|r| r["file"] == "/dev/null" && r["comm"] == "dd")
    );
    let (done, rows) = traced("100%", 1000);
    assert!(!done.err().contains("overhead") && rows.len() > 2000, "{}", done.err());
}
