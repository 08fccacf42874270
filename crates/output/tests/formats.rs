//! Machine formats and the summary, read back as their users do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::records::{Records, call};
use common::{Shared, finish, render};
use syscope_event::Row;
use syscope_output::{Format, Options, SortKey, SummarySink, TableOptions};

const HOSTILE: &[u8] = b"/tmp/\x1b[31m\n\"x\\,\xff\xed\xb2\x80\xe2\x82";

fn records() -> Records {
    Records::new()
        .task(100, b"=cmd\xff")
        .path(1, HOSTILE)
        .call(call("read").args([3, 0x5000, 9]).file(0, 1).mem(1, b"ab").ret(2))
        .call(call("close").args([3]).file(0, 1).ret(-9))
        .call(call("exit_group").tid(200).args([1]))
        .exit(100, 0)
}

#[test]
fn csv_parses_back() {
    let bytes = render(Format::Csv, &Options::default(), &records());
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..]);
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), Row::COLUMNS);
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let cell = |row: usize, column: &str| {
        let at = Row::COLUMNS.iter().position(|c| *c == column).unwrap();
        rows[row].get(at).unwrap()
    };
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.len() == Row::COLUMNS.len()));
    assert_eq!(cell(0, "syscall"), "read");
    assert_eq!(cell(0, "comm"), "'=cmd\\xff");
    assert_eq!(cell(0, "file"), "/tmp/\\x1b[31m\\x0a\"x\\\\,\\xff\\xed\\xb2\\x80\\xe2\\x82");
    assert_eq!((cell(0, "bytes"), cell(0, "direction"), cell(0, "is_error")), ("2", "read", "false"));
    assert_eq!((cell(1, "ret"), cell(1, "errno"), cell(1, "is_error")), ("-9", "EBADF", "true"));
    // Absent is empty, not 0.
    assert_eq!((cell(2, "ret"), cell(2, "fd"), cell(2, "comm"), cell(2, "latency_ns")), ("", "", "", ""));
    // One line a row, whatever names contain.
    assert_eq!(bytes.iter().filter(|b| **b == b'\n').count(), 4);
}

#[test]
fn csv_without_rows_has_its_header() {
    let bytes = render(Format::Csv, &Options::default(), &Records::new());
    assert_eq!(String::from_utf8(bytes).unwrap(), Row::COLUMNS.join(",") + "\n");
}

/// Python's own JSON reader, and its way back to the bytes.
#[test]
fn json_lines_parse_back() {
    const SCRIPT: &str = r#"
import json, sys
rows = [json.loads(line) for line in sys.stdin.buffer.read().decode("utf-8").splitlines()]
assert len(rows) == 3, rows
for row in rows:
    assert list(row) == sys.argv[1].split(","), list(row)
file = rows[0]["file"].encode("utf-8", "surrogateescape")
assert file.hex() == sys.argv[2], file
assert rows[0]["comm"].encode("utf-8", "surrogateescape") == b"=cmd\xff"
assert (rows[0]["ret"], rows[0]["bytes"], rows[0]["direction"], rows[0]["fd"]) == (2, 2, "read", 3)
assert (rows[1]["ret"], rows[1]["errno"], rows[1]["is_error"]) == (-9, "EBADF", True)
assert (rows[2]["ret"], rows[2]["fd"], rows[2]["comm"], rows[2]["latency_ns"]) == (None, None, None, None)
"#;
    let bytes = render(Format::Jsonl, &Options::default(), &records());
    let name: String = HOSTILE.iter().map(|b| format!("{b:02x}")).collect();
    python(&["-c", SCRIPT, &Row::COLUMNS.join(","), &name], &bytes);
    python(&["-m", "json.tool", "--json-lines"], &bytes);
}

#[track_caller]
fn python(args: &[&str], input: &[u8]) {
    let mut child = Command::new("python3")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("python3 is installed");
    child.stdin.take().unwrap().write_all(input).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_summary_follows_the_rows() {
    let out = Shared::default();
    let rows = Format::Text.open(Box::new(out.clone()), &Options::default());
    let by_name = TableOptions { sort: SortKey::Name, ..TableOptions::default() };
    finish(Box::new(SummarySink::new(Box::new(out.clone()), Some(rows), by_name)), &records());
    let text = String::from_utf8(out.bytes()).unwrap();
    let table = text.find("% time").unwrap();
    assert!(text[..table].ends_with("+++ exited with 0 +++\n"), "{text}");
    assert_eq!(
        &text[table..],
        "% time     seconds  usecs/call     calls    errors syscall\n\
         ------ ----------- ----------- --------- --------- ----------------\n \
         50.00    0.000012          12         1         1 close\n  \
         0.00    0.000000           0         1           exit_group\n \
         50.00    0.000012          12         1           read\n\
         ------ ----------- ----------- --------- --------- ----------------\n\
         100.00    0.000024          12         3         1 total\n"
    );
}
