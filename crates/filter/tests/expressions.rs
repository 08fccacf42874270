//! `--where`: what it keeps, what it refuses, and what of it goes to the kernel half.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../output/tests/common/records.rs"]
mod records;

use proptest::prelude::*;
use records::{Call, Records, call};
use syscope_filter::Where;

/// `openat("/etc/shadow") = -1 EACCES` of thread 100, after 12 microseconds.
fn denied() -> Call {
    call("openat").args([-100_i64 as u64, 0x5000, 0]).text(1, "/etc/shadow").ret(-13)
}

fn keeps(call: Call, text: &str) -> bool {
    let filter = Where::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let mut kept = None;
    Records::new().path(1, "/tmp/data").task(100, b"git").call(call).events(|event| {
        kept = Some(filter.keeps(event));
    });
    kept.expect("one row")
}

#[test]
fn rows_that_are_kept() {
    for text in [
        "syscall = 'openat'",
        "SYSCALL == 'openat' and not is_error = 0",
        "is_error",
        "errno = 'EACCES' AND file = '/etc/shadow'",
        "file GLOB '/etc/*'",
        "file LIKE '/ETC/%'",
        "file REGEXP '^/etc/sh' AND pid = 100",
        "file NOT GLOB '/var/*' AND file NOT REGEXP 'passwd' AND file NOT LIKE '%x%'",
        "latency_ns > 10000",
        "latency_ns BETWEEN 1e4 AND 12000.5",
        "latency_ns NOT BETWEEN 1 AND 2",
        "fd IS NULL",
        "fd2 IS NULL AND comm NOTNULL",
        "bytes IS DISTINCT FROM 3",
        "ret < 0 AND ret = -13 AND -ret = 13",
        "syscall IN ('read', 'openat')",
        "syscall NOT IN ('read', 'write')",
        "tid IN (1, 100)",
        "(fd > 3) IS NULL",
        "(fd > 3) IS NOT TRUE",
        "NOT (fd > 3) OR is_error",
        "comm = 'git' AND uid = 1000",
        "length(file) = 11 AND lower('ABC') = 'abc' AND upper(comm) = 'GIT'",
        "coalesce(fd, -1) = -1",
        "abs(ret) % 10 = 3 AND 7 / 2 = 3 AND 7 / 2.0 = 3.5",
        "1 + 2 * 3 = 7 AND (1 + 2) * 3 = 9",
        "syscall || '!' = 'openat!'",
        "pid = '100'",
        "family = 'FS' AND kind = 'open'",
        "3 & 2 = 2 AND 1 | 2 = 3",
        "1",
        "10 < 9223372036854775807 AND -9223372036854775807 < 0",
        "time_ns = 1000000000 AND sampled_weight = 1 AND NOT unfinished",
        "args LIKE '%\"/etc/shadow\"%'",
        "'it''s' = 'it''s'",
        "X'2f65' = '/e'",
    ] {
        assert!(keeps(denied(), text), "{text}");
    }
}

#[test]
fn rows_that_are_dropped() {
    for text in [
        "syscall = 'read'",
        "fd = 3",
        "fd > 3 OR fd <= 3",
        "NOT (fd > 3)",
        "fd IN (1, 2, NULL)",
        "fd NOT IN (1, 2)",
        "tid NOT IN (1, NULL)",
        "NULL",
        "0",
        "1 / 0",
        "file GLOB '/ETC/*'",
        "bytes > 0",
        "fd = 3 AND 1",
    ] {
        assert!(!keeps(denied(), text), "{text}");
    }
}

#[test]
fn columns_have_the_values_of_the_row() {
    let read = || call("read").args([3, 0x6000, 9]).file(0, 1).ret(9);
    assert!(keeps(read(), "fd = 3 AND file = '/tmp/data' AND bytes = 9 AND direction = 'read'"));
    assert!(keeps(read(), "seq = 0 AND cpu >= 0 AND gap_ns IS NULL AND ppid > 0 AND cgroup = '/'"));
    let mmap = || call("mmap").args([0, 5000, 1, 0x22, -1_i64 as u64, 0]).ret(0x7000_0000);
    assert!(keeps(mmap(), "address_space_bytes = 8192 AND fd IS NULL AND bytes IS NULL"));
    let poll = || call("poll").args([0, 2, 1500]).ret(0);
    assert!(keeps(poll(), "nfds = 2 AND timeout_ns = 1500000000"));
    let rename = || call("rename").text(0, "/a").text(1, "/b");
    assert!(keeps(rename(), "file = '/a' AND file2 = '/b' AND fd2 IS NULL"));
}

#[test]
fn mistakes_are_told() {
    let check = |text: &str, expected: &str| {
        let error = Where::parse(text).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text:.80}: {error}");
    };
    check("", "Expected");
    check("syscall =", "Expected");
    check("syscall = 'read' extra", "extra");
    check("file REGEXP", "Expected");
    check("file REGEXP '('", "regular expression");
    check("latency > 5", "did you mean latency_ns?");
    check("nothing_like_it = 5", "there are seq time_ns");
    check("syscall = \"read\"", "single quotes, 'read'");
    check("syscall = 'raed'", "did you mean read");
    check("family = 'Files'", "there are FS Network");
    check("errno = 'enoent'", "'ENOENT'");
    check("pid = 'git'", "column pid is a number");
    check("comm = 5", "column comm is a text");
    check("comm + 1 = 2", "column comm is a text");
    check("fd IN (SELECT 1)", "cannot be used here");
    check("count(fd) > 1", "count() cannot be used here");
    check("length(file, fd) = 1", "does not take 2 arguments");
    check("file LIKE comm", "pattern of LIKE");
    check("1 = 99e999", "no number");
    check(&("(".repeat(500) + "1" + &")".repeat(500)), "recursion");
    check(&"NOT ".repeat(500), "cannot read the expression");
    check(&("1 AND ".repeat(5000) + "1"), "10001 words and signs");
    assert!(Where::parse(&("1 AND ".repeat(599) + "1")).is_ok());
}

#[test]
fn the_share_of_the_kernel_half() {
    let phrases = |text: &str| Where::parse(text).unwrap().pushed().phrases().join("; ");
    assert_eq!(phrases("syscall = 'openat'"), "1 of 385 calls (openat)");
    assert_eq!(
        phrases("is_error AND syscall IN ('read', 'openat')"),
        "2 of 385 calls (read, openat); failed calls only"
    );
    assert_eq!(
        phrases("latency_ns > 999 AND comm = 'git' AND uid = 0"),
        "latency_ns >= 1000; comm = 'git'; uid = 0"
    );
    assert_eq!(phrases("1000 <= latency_ns"), "latency_ns >= 1000");
    assert_eq!(phrases("pid = 7 AND 8 = tid AND errno = 'ENOENT'"), "errno = 'ENOENT'; pid = 7; tid = 8");
    assert_eq!(phrases("errno = 'ERESTARTSYS'"), "failed calls only");
    assert_eq!(phrases("pid = 7 OR tid = 7"), "");
    assert_eq!(phrases("pid = -1"), "");
    // An OR lets a condition through only where both sides have it.
    assert_eq!(phrases("syscall = 'read' AND fd = 3 OR syscall = 'write'"), "2 of 385 calls (read, write)");
    assert_eq!(phrases("syscall = 'read' OR fd = 3"), "");
    assert_eq!(phrases("errno = 'ENOENT' OR ret < 0 AND is_error"), "failed calls only");
    assert_eq!(phrases("NOT (family != 'AIO' OR kind = 'x')").split(" of").count(), 2);
    assert_eq!(phrases("NOT is_error"), "");
    assert_eq!(phrases("comm = 'git' OR uid = 0"), "");
    assert_eq!(phrases("comm != 'git'"), "");
    let pushed = Where::parse("syscall = 'i386_5'").unwrap().pushed();
    assert!(pushed.calls.foreign() && !pushed.calls.contains("read"));
    assert!(!Where::parse("family = 'FS'").unwrap().pushed().calls.foreign());
}

/// What `stat` can choose by, because nothing of it is left to be asked of rows.
#[test]
fn the_whole_is_decided_in_the_kernel() {
    let is_whole = |text: &str| Where::parse(text).unwrap().pushed().is_whole;
    for text in [
        "syscall = 'read' OR family = 'FS'",
        "pid = 7 AND is_error AND syscall != 'read'",
        "comm = 'git' AND uid = 0 AND latency_ns >= 5 AND errno = 'ENOENT'",
        "is_error = 1",
        "latency_ns > 0",
    ] {
        assert!(is_whole(text), "{text}");
    }
    for text in [
        "pid > 1",
        "pid = 7 OR syscall = 'read'",
        "pid = 7 AND pid = 8",
        "latency_ns = 5",
        "latency_ns >= 0",
        "NOT is_error",
        "file = '/x'",
        "syscall = 'read' AND bytes > 5",
        "errno = 'ERESTARTSYS'",
    ] {
        assert!(!is_whole(text), "{text}");
    }
}

/// Expressions over a few columns, as text.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("syscall = 'openat'".to_owned()),
        Just("syscall IN ('read', 'close')".to_owned()),
        Just("family = 'FS'".to_owned()),
        Just("is_error".to_owned()),
        Just("errno = 'EACCES'".to_owned()),
        Just("errno IS NULL".to_owned()),
        Just("fd = 3".to_owned()),
        Just("ret < 0".to_owned()),
        Just("latency_ns >= 12000".to_owned()),
        Just("latency_ns > 12000".to_owned()),
        Just("comm = 'git'".to_owned()),
        Just("comm = 'other'".to_owned()),
        Just("uid = 1000".to_owned()),
        Just("pid = 100".to_owned()),
        Just("pid = 99".to_owned()),
        Just("100 = tid".to_owned()),
        Just("errno = 'ENOENT'".to_owned()),
        Just("is_error = 1".to_owned()),
        Just("NULL".to_owned()),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("NOT ({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) AND ({b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a}) OR ({b})")),
        ]
    })
}

proptest! {
    /// What the kernel half would drop is never what the expression keeps.
    #[test]
    fn nothing_wanted_is_dropped_early(text in expression(), failed in any::<bool>(), other in any::<bool>()) {
        let name = if other { "read" } else { "openat" };
        let row = if failed { denied() } else { call(name).args([3, 0x6000, 9]).file(0, 1).ret(9) };
        let pushed = Where::parse(&text).unwrap().pushed();
        let passes = pushed.calls.contains(if failed { "openat" } else { name })
            && (!pushed.only_failed || failed)
            && pushed.errno.is_none_or(|e| failed && e == 13)
            && pushed.min_latency_ns <= 12_000
            && pushed.comm.is_none_or(|c| c.starts_with(b"git\0"))
            && pushed.uid.is_none_or(|u| u == 1000)
            && pushed.pid.is_none_or(|p| p == 100)
            && pushed.tid.is_none_or(|t| t == 100);
        let kept = keeps(row, &text);
        prop_assert!(passes || !kept, "{}", text);
        prop_assert!(kept || !passes || !pushed.is_whole, "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = Where::parse(&text);
    }

    #[test]
    fn any_words_are_read_or_refused(words in prop::collection::vec(prop_oneof![
        Just("NOT"), Just("AND"), Just("GLOB"), Just("REGEXP"), Just("LIKE"), Just("'x'"), Just("fd"), Just("("),
        Just(")"), Just("IN"), Just("IS"), Just("NULL"), Just("BETWEEN"), Just("-"), Just("1"), Just("ESCAPE"),
        Just("CASE"), Just("=")], 0..12)) {
        let _ = Where::parse(&words.join(" "));
    }
}
