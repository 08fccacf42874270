//! `--sample`: rows for some calls, exact totals for all.

use std::process::Command;

use serde_json::Value;

use crate::common::{Done, SYSCOPE, run, syscope};

/// JSON rows of a command under syscope, on one processor: counters of samples belong to a processor each.
#[track_caller]
fn rows_on_one_processor(args: &[&str]) -> (Done, Vec<Value>) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("rows");
    let mut taskset = Command::new("taskset");
    taskset.args(["-c", "0", SYSCOPE, "--format", "jsonl", "-o"]).arg(&out).args(args);
    let done = run(&mut taskset, b"").ok();
    let text = std::fs::read_to_string(&out).unwrap();
    (done, text.lines().map(|l| serde_json::from_str(l).unwrap()).collect())
}

fn weights(rows: &[Value], call: &str) -> Vec<u64> {
    rows.iter().filter(|r| r["syscall"] == call).map(|r| r["sampled_weight"].as_u64().unwrap()).collect()
}

const DD: [&str; 5] = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "status=none"];

#[test]
fn weights_add_up_to_the_exact_total() {
    live!();
    let check = |count: u64, n: u64| {
        let (sample, count_arg) = (format!("write={n},read=0"), format!("count={count}"));
        let options = ["--sample", &sample, "-e", "read,write,close", "--"];
        let (done, rows) = rows_on_one_processor(&[&options[..], &DD, &[&count_arg]].concat());
        let found = weights(&rows, "write");
        // The first one, and one for each n behind it.
        assert_eq!(found.len() as u64, 1 + (count - 1) / n, "{count} {n}");
        assert_eq!(found.iter().sum::<u64>(), 1 + (count - 1) / n * n, "{count} {n}");
        assert!(weights(&rows, "read").is_empty(), "0 is none");
        assert!(weights(&rows, "close").iter().all(|w| *w == 1), "others are all there");
        let err = done.err();
        let verdict = err.lines().last().unwrap();
        assert!(
            verdict.contains(&format!("sampled (read none, write 1 in {n}): rows stand for ")),
            "{verdict}"
        );
        verdict.to_owned()
    };
    check(5001, 10);
    check(5000, 10);
    check(3, 100);
    let verdict = check(1001, 500);
    // All calls are told, those without a row too: 1001 writes, as many reads and some, and closes.
    let all = verdict.rsplit(" of ").next().unwrap().trim_end_matches(" calls").replace(',', "");
    assert!((2002..2200).contains(&all.parse::<u64>().unwrap()), "{verdict}");
}

/// Of 32 stopped reads, each of a descriptor and a length of its own, those that have a row have it whole.
#[test]
fn a_stopped_call_is_one_of_the_sample_or_none() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let scenario = [SYSCOPE, "scenario", "reexec-many", "--dir", dir.path().to_str().unwrap()];
    let options = ["--sample", "read=3", "-e", "read", "--"];
    let (_, rows) = rows_on_one_processor(&[&options[..], &scenario].concat());
    let stopped: Vec<_> = rows.iter().filter(|r| r["fd"].as_i64() >= Some(300)).collect();
    // The reads of those who stop it are in the sample too.
    assert!((1..32).contains(&stopped.len()), "{stopped:?}");
    for row in stopped {
        assert_eq!(row["ret"].as_i64(), row["fd"].as_i64().map(|fd| fd - 299), "{row}");
        assert_eq!((&row["bytes"], &row["unfinished"]), (&row["ret"], &Value::Bool(false)), "{row}");
    }
}

/// What is not written is counted: the table of -C has every call.
#[test]
fn totals_are_exact() {
    live!();
    let done =
        syscope([&["-C", "-qqq", "--sample", "write=7,read=0", "--"], &DD[..], &["count=4000"]].concat())
            .ok();
    let err = done.err();
    let table = err.rsplit("% time").next().unwrap();
    let row = table.lines().find(|l| l.ends_with(" write")).unwrap_or_else(|| panic!("{err}"));
    assert_eq!(row.split_whitespace().nth(3), Some("4000"), "{row}");
    let rows = err.lines().filter(|l| l.contains("write(1</dev/null>")).count();
    assert!((4000 / 7..4000 / 7 + 64).contains(&rows), "{rows} rows");
}

#[test]
fn names_do_not_depend_on_rows_of_other_calls() {
    live!();
    let args = [
        "--sample",
        "openat=0,execve=0,clone=0,vfork=0,close=0",
        "--",
        "sh",
        "-c",
        "cat /etc/passwd; exit 0",
    ];
    let (_, rows) = rows_on_one_processor(&args);
    assert!(!rows.iter().any(|r| r["syscall"] == "openat"));
    let read = rows.iter().find(|r| r["syscall"] == "read" && r["file"] == "/etc/passwd");
    let read = read.unwrap_or_else(|| panic!("{rows:?}"));
    assert_eq!(read["comm"], "cat", "although its execve has no row");
}

#[test]
fn mistakes_are_told() {
    let check = |args: &[&str], expected: &str| {
        let done = syscope([args, &["--", "true"]].concat());
        assert_eq!(done.code(), 2, "{args:?}: {}", done.err());
        assert!(done.err().contains(expected), "{args:?}: {}", done.err());
    };
    check(&["--sample", "read"], "CALL=N");
    check(&["--sample", "opnat=3"], "did you mean openat");
    check(&["-c", "--sample", "read=3"], "counts every call");
    check(&["stat", "--sample", "read=3"], "counts every call");
}

#[test]
fn own_cost_is_told() {
    live!();
    for verb in [&["-o", "/dev/null"][..], &["stat", "-o", "/dev/null"]] {
        let done = syscope([verb, &["--self", "--"], &DD[..], &["count=20000"]].concat()).ok();
        let err = done.err();
        let line = err.lines().last().unwrap();
        let runs = line.split(" runs of ").next().unwrap().rsplit(", ").next().unwrap();
        assert!(runs.parse::<u64>().unwrap() >= 80_000, "an entry and an exit of each call: {line}");
        assert!(line.contains("MiB of maps") && !line.contains(" 0.0 MiB"), "{line}");
    }
    assert!(!syscope(["--", "true"]).err().contains("own cost"));
}
