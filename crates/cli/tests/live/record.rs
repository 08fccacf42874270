//! Recordings of real programs: complete, replayed as they were shown live, and readable whatever became of their maker.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::common::{Done, Tracer, command, run, send, syscope};
use crate::text;

/// Processes, threads of execution in pipes, names of all kinds, a signal, failures.
const PROGRAM: &str = "ls -l /etc | head -3 >/dev/null; cat /nonexistent \"$(printf 'a\\377b')\" 2>/dev/null; \
                       sh -c 'kill -USR1 $$'; exec 5</etc/passwd; read line <&5; echo $line >/dev/null; (exit 3)";

fn in_dir(dir: &Path, args: &[&str]) -> Done {
    run(command(args).current_dir(dir), b"")
}

/// Traces with live output and a recording, and gives back what was shown.
fn both(dir: &Path, options: &[&str], program: &[&str]) -> Vec<u8> {
    let args = [&["-q", "--record", "r", "-o", "live"], options, &["--"], program].concat();
    in_dir(dir, &args);
    fs::read(dir.join("live")).unwrap()
}

#[test]
fn a_replay_is_byte_for_byte_what_was_shown_live() {
    live!();
    // What was copied of memory is decided when it is recorded; all else can be chosen later.
    let looks: [&[&str]; 6] = [
        &[],
        &["-T", "-ttt"],
        &["-yy", "-x", "-n"],
        &["--no-names", "-s", "8"],
        &["-s", "200", "-v"],
        &["-Y", "-r"],
    ];
    for look in looks {
        let dir = tempfile::tempdir().unwrap();
        let live = both(dir.path(), look, &["sh", "-c", PROGRAM]);
        assert!(live.len() > 10_000);
        let args = [&["text", "r", "-q", "-o", "replayed"], look].concat();
        in_dir(dir.path(), &args).ok();
        let replayed = fs::read(dir.path().join("replayed")).unwrap();
        assert!(live == replayed, "{look:?}: {}", first_difference(&live, &replayed));
    }
}

fn first_difference(a: &[u8], b: &[u8]) -> String {
    let [a, b] = [a, b].map(String::from_utf8_lossy);
    let lines = a.lines().zip(b.lines()).find(|(a, b)| a != b);
    lines.map_or_else(|| "one is longer".into(), |(a, b)| format!("{a}\n{b}"))
}

#[test]
fn machine_formats_are_replayed_as_they_were() {
    live!();
    for format in ["csv", "jsonl"] {
        let dir = tempfile::tempdir().unwrap();
        let live = both(dir.path(), &["--format", format], &["sh", "-c", PROGRAM]);
        let replayed = in_dir(dir.path(), &[format, "r", "-q"]).ok().stdout;
        assert!(live == replayed, "{format}: {}", first_difference(&live, &replayed));
    }
}

/// Rows that a filter lets through later are those that it would have let through at once.
#[test]
fn filters_choose_the_same_rows_later() {
    live!();
    let filters: [&[&str]; 7] = [
        &["-e", "openat,read"],
        &["-Z"],
        &["-z", "-e", "%file"],
        &["--where", "bytes > 100 OR errno = 'ENOENT'"],
        &["-P", "/etc/passwd"],
        &["--comm", "ls"],
        &["--min-latency", "20us", "--family", "FS"],
    ];
    for filter in filters {
        let dir = tempfile::tempdir().unwrap();
        // The filter is asked when it is recorded, and of a recording of the same rows: it drops nothing more.
        let live = both(dir.path(), filter, &["sh", "-c", PROGRAM]);
        let args = [&["text", "r", "-q", "-o", "again"], filter].concat();
        in_dir(dir.path(), &args).ok();
        let again = fs::read(dir.path().join("again")).unwrap();
        assert!(live == again, "{filter:?}: {}", first_difference(&live, &again));
        // Of everything it chooses what belongs to it.
        both_again(dir.path(), filter);
    }
}

/// Records everything, and compares what a filter leaves of it with what the columns say.
fn both_again(dir: &Path, filter: &[&str]) {
    let whole = dir.join("whole");
    let args = ["record", "-o", "whole", "--", "sh", "-c", PROGRAM];
    in_dir(dir, &args);
    let rows = |args: &[&str]| {
        let out = in_dir(dir, &[&["jsonl", "whole", "-q"], args].concat()).ok().out();
        // Bytes that are no UTF-8 are lone surrogates, which this reader does not take.
        out.lines()
            .map(|l| serde_json::from_str::<serde_json::Value>(&l.replace("\\udc", "")).unwrap())
            .collect::<Vec<_>>()
    };
    let (all, kept) = (rows(&[]), rows(filter));
    let is_kept = |row: &serde_json::Value| match filter {
        ["-Z"] => row["is_error"] == true,
        ["-e", "openat,read"] => row["syscall"] == "openat" || row["syscall"] == "read",
        ["--comm", name] => row["comm"] == *name,
        ["--where", _] => row["bytes"].as_u64().is_some_and(|n| n > 100) || row["errno"] == "ENOENT",
        _ => kept.contains(row),
    };
    let expected: Vec<_> = all.iter().filter(|row| is_kept(row)).collect();
    assert!(!kept.is_empty() && kept.len() < all.len(), "{filter:?}: {} of {}", kept.len(), all.len());
    assert_eq!(kept.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    assert!(whole.join("events.parquet").exists());
}

/// Calls of a program that does the same each time, as strace counts them.
#[test]
fn counts_are_those_of_strace() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let program =
        ["sh", "-c", "cat /etc/passwd /etc/group >/dev/null; test -e /nonexistent; cat /etc/hostname"];
    let table = dir.path().join("table");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-U", "calls,name", "-o"]).arg(&table).args(program);
    run(&mut strace, b"").ok();
    in_dir(dir.path(), &[&["record", "-q", "-o", "r", "--"], &program[..]].concat()).ok();
    let told = in_dir(dir.path(), &["info", "r", "--format", "jsonl"]).ok().out();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let mut expected: Vec<(String, u64)> = fs::read_to_string(&table)
        .unwrap()
        .lines()
        .filter_map(|line| {
            let (calls, name) = line.trim().split_once(char::is_whitespace)?;
            Some((name.trim().to_owned(), calls.parse().ok()?))
        })
        .filter(|(name, _)| name != "total")
        .collect();
    let mut seen: Vec<(String, u64)> = serde_json::from_value(told["calls"].clone()).unwrap();
    // strace does not count what never returns.
    seen.retain(|(name, _)| !name.starts_with("exit") && name != "rt_sigreturn");
    expected.retain(|(name, _)| !name.starts_with("exit") && name != "rt_sigreturn");
    expected.sort();
    seen.sort();
    assert_eq!(seen, expected);
    assert_eq!(told["complete"], true);
}

/// Wherever in a run it is killed, what was written is read as it was, and that the end is missing is said.
#[test]
fn killed_at_random_moments() {
    live!();
    let mut with_rows = 0;
    for n in 0..8_u64 {
        let dir = tempfile::tempdir().unwrap();
        let recording = dir.path().join("r");
        let args: [&OsStr; 6] = [
            "record".as_ref(),
            "-o".as_ref(),
            recording.as_ref(),
            "--".as_ref(),
            "sh".as_ref(),
            "-c".as_ref(),
        ];
        let mut child = command(args)
            .arg("while :; do cat /etc/passwd >/dev/null; done")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .process_group_of_its_own()
            .spawn()
            .unwrap();
        // Half of them are killed when a first block is on the disk, the others at any moment.
        let first_block = if n % 2 == 0 { 4096 } else { 0 };
        let spool = recording.join("spool/000001.blocks");
        while !fs::metadata(&spool).is_ok_and(|spool| spool.len() >= first_block) {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(n * n * 13 % 700));
        child.kill().unwrap();
        child.wait().unwrap();
        end_group(child.id());

        let info = syscope([OsStr::new("info"), recording.as_ref()]).ok().out();
        assert!(info.contains("the end is missing"), "{info}");
        let rows = syscope([OsStr::new("text"), recording.as_ref()]).ok();
        assert!(rows.err().contains("at least"), "{}", rows.err());
        let calls = text::calls(&rows.out());
        with_rows += usize::from(calls.len() > 100);
        // From the first call on, whole lines only.
        assert!(calls.first().is_none_or(|call| call.name == "execve"), "{:?}", calls.first());
    }
    assert!(with_rows >= 4, "only {with_rows} had rows");
}

trait OwnGroup {
    fn process_group_of_its_own(&mut self) -> &mut Self;
}

impl OwnGroup for Command {
    fn process_group_of_its_own(&mut self) -> &mut Self {
        use std::os::unix::process::CommandExt;
        self.process_group(0)
    }
}

/// Ends what a killed tracer had started.
fn end_group(leader: u32) {
    let pid = rustix::process::Pid::from_raw(leader.cast_signed()).unwrap();
    // Its last member may have ended by itself.
    let _ = rustix::process::kill_process_group(pid, Signal::KILL);
}

/// A signal ends a recording properly.
#[test]
fn ended_by_a_signal() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("r");
    let mut program = Command::new("sleep").arg("60").spawn().unwrap();
    let pid = program.id().to_string();
    let args: [&OsStr; 5] =
        ["record".as_ref(), "-o".as_ref(), recording.as_ref(), "-p".as_ref(), pid.as_ref()];
    let tracer = Tracer::spawn(args);
    while !recording.join("spool/000001.blocks").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    // It may not be attached yet: then there is nothing to be recorded, which is no failure either.
    std::thread::sleep(Duration::from_millis(500));
    send(&tracer.pid().to_string(), Signal::INT);
    let done = tracer.finish();
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(done.err().contains("recorded in"), "{}", done.err());
    assert!(syscope([OsStr::new("info"), recording.as_ref()]).ok().out().contains("complete"));
}

/// Runs a script in a mount namespace of its own, where /mnt is a small file system.
fn with_small_disk(script: &str) -> Done {
    let script = format!("set -u; mount -t tmpfs -o size=400k none /mnt; cd /mnt; {script}");
    let mut unshare = Command::new("unshare");
    unshare.args(["-m", "--propagation", "private", "sh", "-c", &script, "sh"]).arg(crate::common::SYSCOPE);
    run(&mut unshare, b"")
}

#[test]
fn a_full_disk_leaves_what_was_written() {
    live!();
    // Names that do not compress, more of them than the disk has room for.
    let done = with_small_disk(
        "\"$1\" record -o r -- sh -c 'i=0; while [ $i -lt 60 ]; do ls -lR /usr/include >/dev/null; i=$((i+1)); done'; \
         echo status $?; \"$1\" info r; \"$1\" text r | tail -1 | wc -c; ls r",
    )
    .ok();
    let (out, err) = (done.out(), done.err());
    assert!(err.contains("No space left on device"), "{err}");
    assert!(out.contains("status 125"), "{out}\n{err}");
    assert!(out.contains("the end is missing") && out.contains("not finished"), "{out}\n{err}");
}

#[test]
fn a_disk_that_became_read_only() {
    live!();
    let done = with_small_disk(
        "\"$1\" record -o r -- cat /etc/passwd >/dev/null; mkdir -p copy/spool; \
         sed 's/\"ending\": {/\"ignored\": {/' r/recording.json >copy/recording.json; \
         mount -o remount,ro /mnt; \"$1\" text r -q | wc -l; \"$1\" info copy; \"$1\" repair copy; echo status $?",
    )
    .ok();
    let (out, err) = (done.out(), done.err());
    let lines: usize = out.lines().next().unwrap().trim().parse().unwrap();
    assert!(lines > 20, "{out}\n{err}");
    assert!(out.contains("not finished") && out.contains("status 1"), "{out}\n{err}");
    assert!(err.contains("cannot be finished here"), "{err}");
}

/// The tables that the kernel half counts for, of rows.
#[test]
fn tables_of_a_recording() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    in_dir(
        dir.path(),
        &["record", "-o", "r", "--", "sh", "-c", "cat /etc/passwd /etc/group >/dev/null; test -e /no || :"],
    )
    .ok();
    let calls = text::calls(&in_dir(dir.path(), &["text", "r", "-q"]).ok().out());
    let table = |args: &[&str]| {
        let out = in_dir(dir.path(), &[&["stat", "r", "--format", "jsonl"], args].concat()).ok().out();
        out.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()).collect::<Vec<_>>()
    };
    for row in table(&[]) {
        let n = calls.iter().filter(|c| row["syscall"] == c.name.as_str()).count();
        assert_eq!(row["calls"], n, "{row}");
    }
    let sum = |args: &[&str]| table(args).iter().map(|row| row["calls"].as_u64().unwrap()).sum::<u64>();
    for by in ["family", "process", "thread", "comm", "cgroup", "file", "dir", "errno", "comm,syscall"] {
        assert_eq!(sum(&["--by", by]), calls.len() as u64, "{by}");
    }
    assert!(table(&["--by", "comm"]).iter().any(|row| row["comm"] == "cat"));
    assert!(table(&["--by", "file"]).iter().any(|row| row["file"] == "/etc/passwd"));
    assert_eq!(sum(&["--where", "is_error", "--comm", "sh"]), sum(&["-Z", "--comm", "sh"]));
    let text = in_dir(dir.path(), &["stat", "r", "--hist", "read"]).ok();
    assert!(text.out().contains("read, latency"), "{}", text.out());
    let refused = in_dir(dir.path(), &["stat", "r", "--interval", "1s"]);
    assert_eq!((refused.code(), refused.err().contains("has ended")), (2, true), "{}", refused.err());
}

#[test]
fn limits_end_a_recording() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let dd = ["--", "dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=400000", "status=none"];
    let size = in_dir(dir.path(), &[&["record", "-o", "size", "--max-size", "64K"], &dd[..]].concat()).ok();
    assert!(size.err().contains("recorded in"), "{}", size.err());
    in_dir(dir.path(), &[&["record", "-o", "rows", "--limit", "50"], &dd[..]].concat()).ok();
    let info = in_dir(dir.path(), &["info", "rows"]).ok().out();
    assert!(info.contains("50 rows, complete"), "{info}");
    let info = in_dir(dir.path(), &["info", "size", "--format", "jsonl"]).ok().out();
    let rows = serde_json::from_str::<serde_json::Value>(&info).unwrap()["how_it_ended"]["rows"].as_u64();
    assert!(rows.is_some_and(|n| (1000..790_000).contains(&n)), "{info}");
}

#[test]
fn names_and_mistakes() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    in_dir(dir.path(), &["record", "--", "true"]).ok();
    let made: Vec<PathBuf> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).collect();
    let [one] = &made[..] else { panic!("{made:?}") };
    assert!(one.file_name().unwrap().to_str().unwrap().starts_with("syscope-true-"), "{one:?}");

    let check = |args: &[&str], code: i32, expected: &str| {
        let done = in_dir(dir.path(), args);
        assert_eq!((done.code(), done.err().contains(expected)), (code, true), "{args:?}: {}", done.err());
    };
    fs::create_dir(dir.path().join("taken")).unwrap();
    fs::write(dir.path().join("taken/file"), "").unwrap();
    check(&["record", "-o", "taken", "--", "true"], 125, "is there already");
    check(&["record", "-o", "x", "--format", "csv", "--", "true"], 2, "has all columns");
    check(&["record", "-o", "x", "-c", "--", "true"], 2, "syscope stat DIR");
    check(&["text", "taken"], 1, "is no recording");
    check(&["jsonl", "nothing"], 1, "No such file");
    check(&["info", "/etc/passwd"], 1, "it is a file");
    check(&["csv", "taken", "--ring-size", "1M"], 2, "nothing to do for --ring-size");
    check(&["repair", "taken"], 1, "is no recording");
    // What could not be traced leaves nothing behind.
    check(&["record", "-o", "y", "--", "/nonexistent/program"], 127, "");
    check(&["record", "-o", "z", "-p", "2147483647"], 125, "");
    assert!(!dir.path().join("z").exists());
    assert!(!dir.path().join("x").exists());
}
