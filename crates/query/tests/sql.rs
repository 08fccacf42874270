//! Questions and their answers, over recordings that are made here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../record/tests/common/mod.rs"]
mod common;

use std::io;
use std::path::Path;

use common::records::{Records, call};
use syscope_event::Summary;
use syscope_query::{Answer, Database, NAMED, QueryError, Rows};
use syscope_record::Recording;

fn record(records: &Records, dir: &Path) -> Recording {
    common::record(records, dir, Summary { lost_rows: vec![("read".into(), 7)], ..Summary::default() })
}

/// Rows as text, values with a blank between them.
#[derive(Default)]
struct Lines(Vec<String>, usize);

impl Rows for Lines {
    fn names(&mut self, names: &[&str]) -> io::Result<()> {
        self.1 = names.len();
        Ok(())
    }

    fn row(&mut self, row: &[Answer<'_>]) -> io::Result<bool> {
        let text = |value: &Answer<'_>| match value {
            Answer::Null => "-".into(),
            Answer::Int(n) => n.to_string(),
            Answer::Real(x) => x.to_string(),
            Answer::Text(text) | Answer::Bytes(text) => String::from_utf8_lossy(text).into_owned(),
        };
        self.0.push(row.iter().map(text).collect::<Vec<_>>().join(" "));
        Ok(true)
    }
}

fn ask(database: &Database, sql: &str) -> Vec<String> {
    let mut lines = Lines::default();
    database.query(sql, &mut lines).unwrap_or_else(|e| panic!("{sql}: {e}"));
    lines.0
}

fn error(database: &Database, sql: &str) -> String {
    database.query(sql, &mut Lines::default()).unwrap_err().to_string()
}

/// Two row groups and a bit: reads of 1 to 100 bytes, every tenth fails; a few other calls at the end.
fn many() -> Records {
    let mut records = Records::new().task(100, b"cat").path(1, "/data/\u{e9}").path(2, b"/x\xff");
    for n in 0..270_000_u64 {
        let made = call("read").at(1_000_000_000 + 1000 * n).took(n % 1000 + 1).args([3, 0x5000, 100]);
        let ret = if n % 10 == 9 { -11 } else { i64::try_from(n % 100).unwrap() };
        records = records.call(made.file(0, 1 + n / 200_000).ret(ret));
    }
    records
        .task(200, b"make")
        .call(call("openat").tid(200).at(2_000_000_000).args([u64::MAX - 99]).text(1, "/none").ret(-2))
        .call(call("close").tid(200).at(2_000_000_100).args([9]).ret(0))
}

#[test]
fn questions_have_the_right_answers() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(&many(), &dir.path().join("r"));
    let database = Database::open(&recording).unwrap();
    let check = |sql: &str, expected: &[&str]| assert_eq!(ask(&database, sql), expected, "{sql}");
    check(
        "SELECT syscall, count(*) c FROM events GROUP BY 1 ORDER BY c DESC, 1",
        &["read 270000", "close 1", "openat 1"],
    );
    check(
        "SELECT count(*), count(errno), count(file), count(gap_ns) FROM events",
        &["270002 27001 270001 0"],
    );
    check(
        "SELECT sum(bytes), min(latency_ns), max(latency_ns) FROM events WHERE syscall = 'read'",
        &[&{
            let sum: u64 = (0..270_000_u64).filter(|n| n % 10 != 9).map(|n| n % 100).sum();
            format!("{sum} 1 1000")
        }],
    );
    check(
        "SELECT file, count(*) FROM events WHERE syscall = 'read' GROUP BY 1 ORDER BY 2",
        &["/x\\xff 70000", "/data/\u{e9} 200000"],
    );
    check(
        "SELECT comm, syscall, errno, file FROM events WHERE comm = 'make' AND is_error",
        &["make openat ENOENT /none"],
    );
    // Conditions of every kind, on both sides of a row group's border.
    check("SELECT count(*) FROM events WHERE seq BETWEEN 131070 AND 131073", &["4"]);
    check("SELECT seq FROM events WHERE seq >= 269999 AND seq < 270001", &["269999", "270000"]);
    check("SELECT count(*) FROM events WHERE time_ns > 1270000000 AND pid = 100", &["0"]);
    check("SELECT count(*) FROM events WHERE time_ns = 1000005000", &["1"]);
    check("SELECT count(*) FROM events WHERE pid IN (200, 201)", &["2"]);
    check("SELECT count(*) FROM events WHERE syscall > 'm' AND syscall <= 'read'", &["270001"]);
    check("SELECT count(*) FROM events WHERE latency_ns > 999.5", &["272"]);
    check("SELECT count(*) FROM events WHERE pid = NULL", &["0"]);
    check("SELECT count(*) FROM events WHERE pid = '200'", &["2"]);
    check("SELECT count(*) FROM events WHERE errno IS NULL AND seq < 20", &["18"]);
    check("SELECT count(*) FROM events WHERE file REGEXP '^/data/.$'", &["200000"]);
    check("SELECT count(*) FROM events WHERE syscall = 'READ' COLLATE NOCASE", &["270000"]);
    check("SELECT rowid FROM events WHERE syscall = 'close'", &["270001"]);
    // A table can be there twice.
    check("SELECT a.seq, b.seq FROM events a JOIN events b ON b.seq = a.seq + 1 WHERE a.seq = 7", &["7 8"]);
    check("SELECT comm FROM tasks ORDER BY pid", &["cat", "make"]);
    check(
        "SELECT file_id, name, length(name_bytes) FROM files ORDER BY 1",
        &["1 /data/\u{e9} -", "2 /x\\xff 3"],
    );
    check("SELECT * FROM losses", &["rows read 7"]);
    check(
        "SELECT value FROM meta WHERE key IN ('target', 'ending.rows') ORDER BY key",
        &["270002", "make \"all\""],
    );
    check("SELECT count(*) FROM (SELECT * FROM events LIMIT 5)", &["5"]);
}

#[test]
fn percentiles_and_histograms() {
    let dir = tempfile::tempdir().unwrap();
    let mut records = Records::new().task(100, b"x");
    for n in 1..=200_u64 {
        records = records.call(call("read").at(1_000_000_000 + n).took(n).ret(1));
    }
    let database = Database::open(&record(&records, &dir.path().join("r"))).unwrap();
    let check = |sql: &str, expected: &[&str]| assert_eq!(ask(&database, sql), expected, "{sql}");
    check("SELECT p50(latency_ns), p90(latency_ns), p99(latency_ns) FROM events", &["100 180 198"]);
    check("SELECT percentile(latency_ns, 0), percentile(latency_ns, 100) FROM events", &["1 200"]);
    check("SELECT percentile(latency_ns, 99.9) FROM events WHERE latency_ns <= 10", &["10"]);
    check("SELECT p50(latency_ns), hist(latency_ns) FROM events WHERE 0", &["- -"]);
    check("SELECT p50(comm), p50(NULL) FROM events", &["- -"]);
    check("SELECT hist(latency_ns) FROM events", &["1:1 2:2 4:4 8:8 16:16 32:32 64:64 128:73"]);
    check("SELECT hist(v) FROM (SELECT 0 v UNION ALL SELECT -5 UNION ALL SELECT 1)", &["0:2 1:1"]);
}

/// Each of them is a query that this recording answers.
#[test]
fn named_questions_can_be_asked() {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::open(&record(&many(), &dir.path().join("r"))).unwrap();
    for named in NAMED {
        let answer = ask(&database, named.sql);
        assert!(!named.about.is_empty());
        match named.name {
            "failed-opens" => assert_eq!(answer, ["/none ENOENT 1 make"]),
            "errors" => assert_eq!(answer, ["read EAGAIN 27000", "openat ENOENT 1"]),
            "losses" => assert_eq!(answer, ["rows read 7"]),
            "calls" => assert!(answer[0].starts_with("read 270000 27000 "), "{answer:?}"),
            _ => {}
        }
    }
}

#[test]
fn nothing_can_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::open(&record(&many(), &dir.path().join("r"))).unwrap();
    let victim = dir.path().join("victim.db");
    for sql in [
        "CREATE TABLE t(x)".to_owned(),
        "CREATE TEMP TABLE t AS SELECT 1".to_owned(),
        "CREATE VIRTUAL TABLE t USING events".to_owned(),
        format!("ATTACH '{}' AS other", victim.display()),
        format!("VACUUM INTO '{}'", victim.display()),
        "DROP TABLE events".to_owned(),
        "DELETE FROM events".to_owned(),
        "UPDATE meta SET value = ''".to_owned(),
        "PRAGMA writable_schema = 1".to_owned(),
        "PRAGMA temp_store_directory = '/tmp'".to_owned(),
        "BEGIN".to_owned(),
        "SELECT load_extension('x')".to_owned(),
    ] {
        let mut lines = Lines::default();
        assert!(database.query(&sql, &mut lines).is_err(), "{sql}: {:?}", lines.0);
    }
    assert!(!victim.exists());
    assert!(ask(&database, "PRAGMA table_info(events)").len() > 33);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(&many(), &dir.path().join("r"));
    let database = Database::open(&recording).unwrap();
    let check = |sql: &str, expected: &str| {
        let said = error(&database, sql);
        assert!(said.contains(expected), "{sql}: {said}");
    };
    check(
        "SELECT\n nowhere FROM events",
        "no such column: nowhere at line 2, column 2:\n   nowhere FROM events\n   ^",
    );
    check("SELEC 1", "syntax error at line 1, column 1");
    check("SELECT * FROM nowhere", "no such table: nowhere");
    check("SELECT 1; SELECT 2", "one query");
    check("", "no query");
    check("-- only this", "no query");
    check("SELECT '", "unrecognized token");
    check("SELECT count(*) FROM events WHERE file REGEXP '('", "REGEXP");
    check("DELETE FROM losses", "may not be modified");
    check("BEGIN", "only read");
    // A recording that was damaged meanwhile.
    let events = dir.path().join("r/events.parquet");
    let bytes = std::fs::read(&events).unwrap();
    std::fs::write(&events, &bytes[..bytes.len() / 2]).unwrap();
    check("SELECT count(*) FROM events", "damaged");
    assert!(matches!(Database::open(&recording), Err(QueryError::Recording(_))));
}
