//! Machine formats hold the same rows as the text, for any bytes in names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::common::{command, python, run, syscope, to_file};
use crate::text;

/// Names that break careless writers: no UTF-8, a line end, an escape, quotes, a formula, a comma.
const NAMES: [&[u8]; 7] = [
    b"latin\xe9",
    b"line\nend",
    b"esc\x1b[31m",
    b"\"quoted\" \\ 'x'",
    b"=1+1",
    b"a,b;c\td",
    b"\xf0\x9f\x98\x80",
];

/// Traces a program that opens a file of each name, and gives back the output.
fn trace_names(format: &str, dir: &Path) -> Vec<u8> {
    for name in NAMES {
        std::fs::write(dir.join(OsStr::from_bytes(name)), "x").unwrap();
    }
    let out = dir.join("trace-output");
    let mut cmd = command(["-q", "--format", format, "-o"]);
    cmd.arg(&out).args(["--", "cat"]).args(NAMES.map(OsStr::from_bytes)).current_dir(dir);
    run(&mut cmd, b"").ok();
    std::fs::read(out).unwrap()
}

/// The columns of a row, in order.
const COLUMNS: &str = "seq time_ns cpu gap_ns latency_ns pid tid ppid comm uid cgroup syscall family kind args ret errno \
                       is_error fd file fd2 file2 bytes direction address_space_bytes requested_sleep_ns nfds timeout_ns \
                       epoll_op epoll_target_fd epoll_events unfinished sampled_weight";

#[test]
fn json_lines_parse_and_keep_every_byte() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let bytes = trace_names("jsonl", dir.path());
    run(std::process::Command::new("python3").args(["-m", "json.tool", "--json-lines"]), &bytes).ok();
    // Every line is one object with exactly the columns; the file names come back as the bytes they were.
    let script = r#"
import json, os, sys
columns = sys.argv[1].split()
folder, names = os.fsencode(sys.argv[2]), [os.fsencode(a) for a in sys.argv[3:]]
seen = set()
for line in sys.stdin.buffer:
    row = json.loads(line.decode("utf-8"))
    assert list(row) == columns, list(row)
    if row["syscall"] == "openat" and row["file"] is not None:
        file = row["file"]
        seen.add(file.encode("utf-8", "surrogateescape"))
missing = [n for n in names if os.path.join(folder, n) not in seen]
assert not missing, (missing, sorted(seen))
"#;
    let mut args = vec![OsStr::new(COLUMNS), dir.path().as_os_str()];
    args.extend(NAMES.map(OsStr::from_bytes));
    python(script, &args, &bytes);
}

#[test]
fn json_keeps_absent_as_null() {
    live!();
    let (done, bytes) =
        to_file(["-q", "--format", "jsonl", "--", "sh", "-c", "test -e /nonexistent; exit 0"]);
    done.ok();
    let rows: Vec<serde_json::Value> =
        String::from_utf8(bytes).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let failed = rows.iter().find(|r| r["file"] == "/nonexistent").expect("the call that failed");
    assert_eq!(
        (&failed["errno"], &failed["is_error"], &failed["ret"]),
        (&"ENOENT".into(), &true.into(), &(-2).into())
    );
    assert!(failed["fd"].is_null() && failed["bytes"].is_null(), "{failed}");
    let last = rows.last().unwrap();
    assert_eq!(last["syscall"], "exit_group");
    assert!(last["ret"].is_null() && last["latency_ns"].is_null() && last["errno"].is_null(), "{last}");
    let numbers: Vec<_> = rows.iter().map(|r| r["seq"].as_u64().unwrap()).collect();
    assert!(numbers.windows(2).all(|w| w[0] < w[1]), "{numbers:?}");
}

#[test]
fn csv_parses_back() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let bytes = trace_names("csv", dir.path());
    let script = r#"
import csv, io, sys
columns = sys.argv[1].split()
text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape", newline="")
rows = list(csv.DictReader(text))
assert rows and list(rows[0]) == columns, list(rows[0])
for row in rows:
    assert None not in row and None not in row.values(), row
    int(row["pid"]), int(row["time_ns"])
    for value in row.values():
        assert not value.startswith(("=", "+", "@", "\t", "\r")), value
print(len(rows))
"#;
    let rows: usize = python(script, &[OsStr::new(COLUMNS)], &bytes).trim().parse().unwrap();
    assert!(rows > 20, "{rows}");
}

#[test]
fn formats_hold_the_same_rows() {
    live!();
    let program = ["--", "cat", "/etc/passwd"];
    let (done, plain) = to_file([&["-q"][..], &program].concat());
    done.ok();
    let (done, json) = to_file([&["-q", "--format", "jsonl"][..], &program].concat());
    done.ok();
    let from_text: Vec<_> =
        text::calls(&String::from_utf8(plain).unwrap()).into_iter().map(|c| c.name).collect();
    let from_json: Vec<_> = String::from_utf8(json)
        .unwrap()
        .lines()
        .map(|l| {
            serde_json::from_str::<serde_json::Value>(l).unwrap()["syscall"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(from_text, from_json);
}

#[test]
fn the_summary_counts_every_call() {
    live!();
    let program = ["--", "sh", "-c", "cat /etc/passwd >/dev/null; test -e /nonexistent"];
    let done = syscope([&["-c"][..], &program].concat());
    let table = done.err() + &done.out();
    let (_, plain) = to_file([&["-q"][..], &program].concat());
    let calls = text::calls(&String::from_utf8(plain).unwrap());
    for name in ["openat", "close", "read", "execve", "newfstatat"] {
        let expected = calls.iter().filter(|c| c.name == name).count();
        let row = table
            .lines()
            .find(|l| l.split_whitespace().last() == Some(name))
            .unwrap_or_else(|| panic!("no row for {name}:\n{table}"));
        assert!(row.split_whitespace().any(|w| w == expected.to_string()), "{expected} {name}: {row}");
    }
    assert!(table.contains("total"), "{table}");
}
