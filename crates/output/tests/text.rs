//! Text lines against strace's grammar.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::records::{Records, call};
use common::{Gone, Shared, render};
use syscope_event::args::{Names, Style};
use syscope_event::{Clock, Sink, Summary};
use syscope_output::{
    Format, Options, PidPrefix, Precision, TextOptions, TextSink, Timestamps, is_broken_pipe,
};

const AT_FDCWD: u64 = -100_i64 as u64;

fn plain() -> TextOptions {
    TextOptions::default()
}

fn narrow() -> TextOptions {
    TextOptions { align: 0, ..plain() }
}

#[track_caller]
fn check(text: TextOptions, records: Records, expected: &[&str]) {
    let bytes = render(Format::Text, &Options { text, ..Options::default() }, &records);
    let shown = String::from_utf8(bytes).expect("escaped text");
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    assert!(shown.is_empty() || shown.ends_with('\n'));
}

#[test]
fn calls_and_results() {
    let check = |c, expected: &str| {
        check(plain(), Records::new().path(1, "/etc").path(2, "/etc/passwd").call(c), &[expected]);
    };
    let open = || call("openat").args([AT_FDCWD, 0x5000, 0x80000]).file(0, 1);
    check(
        open().text(1, "passwd").ret(3).ret_file(2),
        r#"openat(AT_FDCWD</etc>, "passwd", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>"#,
    );
    check(
        open().text(1, "passwd").ret(-2),
        r#"openat(AT_FDCWD</etc>, "passwd", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)"#,
    );
    check(
        open().fault(1).ret(-14),
        "openat(AT_FDCWD</etc>, 0x5000 /* unreadable */, O_RDONLY|O_CLOEXEC) = -1 EFAULT (Bad address)",
    );
    check(call("close").args([3]), "close(3)                                = 0");
    check(call("close").args([3]).file(0, 2), "close(3</etc/passwd>)                   = 0");
    check(call("exit_group").args([1]), "exit_group(1)                           = ?");
    check(
        call("read").args([3, 0x5000, 9]).ret(2).mem(1, b"\x1b\""),
        r#"read(3, "\33\"", 9)                     = 2"#,
    );
    check(
        call("close").foreign(999).args([1, 2, 3, 4, 5, 6]).ret(-38),
        "syscall_0x3e7(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented)",
    );
}

#[test]
fn columns_are_aligned() {
    let check = |text, expected: &str| check(text, Records::new().call(call("close").args([3])), &[expected]);
    let at = |align| TextOptions { align, ..plain() };
    check(at(40), "close(3)                                = 0");
    check(at(20), "close(3)            = 0");
    check(at(10), "close(3)  = 0");
    for align in [0, 1, 8, 9] {
        check(at(align), "close(3) = 0");
    }
    // What stands in front counts.
    check(TextOptions { pid_prefix: PidPrefix::Always, ..at(20) }, "100   close(3)      = 0");
}

#[test]
fn unfinished_calls() {
    let check = |text, c, expected: &str| check(text, Records::new().call(c), &[expected]);
    let read = call("read").args([0, 0x5000, 16]).unfinished();
    check(plain(), read, "read(0, <unfinished ...>)               = ?");
    check(plain(), call("pause").unfinished(), "pause( <unfinished ...>)                = ?");
    check(
        TextOptions { latency: Some(Precision::Micros), ..plain() },
        call("pause").unfinished().took(1_500_000_000),
        "pause( <unfinished ...>)                = ? <1.500000>",
    );
}

#[test]
fn latency() {
    let text = TextOptions { latency: Some(Precision::Micros), ..narrow() };
    let check = |c, expected: &str| check(text, Records::new().call(c), &[expected]);
    check(call("getpid").ret(7), "getpid() = 7 <0.000012>");
    check(call("getpid").ret(7).took(61_000_000_999), "getpid() = 7 <61.000000>");
    check(call("close").ret(-9).took(999), "close(0) = -1 EBADF (Bad file descriptor) <0.000000>");
    // It took no time, because it never came back.
    check(call("exit_group"), "exit_group(0) = ?");
}

#[test]
fn pids_in_front_while_there_are_several() {
    let records = || {
        Records::new()
            .call(call("getpid").tid(7).ret(7))
            .fork(7, 12345)
            .call(call("getpid").tid(12345).ret(12345))
            .exit(12345, 0)
            .call(call("getpid").tid(7).ret(7))
            .exit(7, 0)
    };
    check(
        narrow(),
        records(),
        &[
            "getpid() = 7",
            "[pid 12345] getpid() = 12345",
            "[pid 12345] +++ exited with 0 +++",
            "getpid() = 7",
            "+++ exited with 0 +++",
        ],
    );
    check(
        TextOptions { pid_prefix: PidPrefix::Always, ..narrow() },
        records(),
        &[
            "7     getpid() = 7",
            "12345 getpid() = 12345",
            "12345 +++ exited with 0 +++",
            "7     getpid() = 7",
            "7     +++ exited with 0 +++",
        ],
    );
    // A second task may be seen without its fork.
    let get = |tid| call("getpid").tid(tid).ret(1);
    check(
        narrow(),
        Records::new().call(get(7)).call(get(1_234_567)).call(get(7)),
        &["getpid() = 1", "[pid 1234567] getpid() = 1", "[pid     7] getpid() = 1"],
    );
    let many = TextOptions { pid_prefix: PidPrefix::Many, ..narrow() };
    check(many, Records::new().call(get(7)), &["[pid     7] getpid() = 1"]);
}

#[test]
fn ends_of_tasks() {
    let check_with = |text, code, expected: &[&str]| check(text, Records::new().exit(100, code), expected);
    let check = |code, expected: &str| check_with(plain(), code, &[expected]);
    check(0, "+++ exited with 0 +++");
    check(255 << 8, "+++ exited with 255 +++");
    check(9, "+++ killed by SIGKILL +++");
    check(11 | 0x80, "+++ killed by SIGSEGV (core dumped) +++");
    check_with(TextOptions { exits: false, ..plain() }, 9, &[]);
}

#[test]
fn a_leader_ends_with_its_process() {
    check(
        narrow(),
        Records::new()
            .call(call("exit").tid(7))
            .thread(7, 8)
            .thread_exit(7, 7, 5 << 8, None)
            .call(call("getpid").tid(8).ret(7))
            .thread_exit(7, 8, 0, Some(3 << 8)),
        &[
            "exit(0) = ?",
            "[pid     8] getpid() = 7",
            "[pid     8] +++ exited with 0 +++",
            "+++ exited with 3 +++",
        ],
    );
}

#[test]
fn another_thread_takes_over_by_execve() {
    check(
        narrow(),
        Records::new()
            .call(call("getpid").tid(7).ret(7))
            .thread(7, 8)
            .thread_exit(7, 7, 0, None)
            .exec(8, 7)
            .call(call("execve").tid(8).args([0x5000]).text(0, "/bin/true"))
            .call(call("exit_group").tid(7))
            .exit(7, 0),
        &[
            "getpid() = 7",
            "+++ superseded by execve in pid 8 +++",
            r#"[pid     8] execve("/bin/true", NULL, NULL) = 0"#,
            "exit_group(0) = ?",
            "+++ exited with 0 +++",
        ],
    );
}

#[test]
fn signals() {
    let term = || Records::new().signal(100, 15, 42);
    check(plain(), term(), &["--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=42, si_uid=0} ---"]);
    check(TextOptions { signals: 0, ..plain() }, term(), &[]);
    check(plain(), Records::new().signal(100, 9, 0), &[]);
    let stop = "--- SIGSTOP {si_signo=SIGSTOP, si_code=SI_USER, si_pid=42, si_uid=0} ---";
    check(plain(), Records::new().signal(100, 19, 42), &[stop]);
    let stopped = "--- stopped by SIGSTOP ---";
    check(plain(), Records::new().stop(100, 19, 42), &[stop, stopped]);
    // All threads of the process, the one that took it first.
    let both = Records::new().call(call("getpid").tid(7).ret(7)).thread(7, 8).stop(7, 19, 42);
    let first = format!("[pid     7] {stop}");
    let others = ["[pid     7] --- stopped by SIGSTOP ---", "[pid     8] --- stopped by SIGSTOP ---"];
    check(narrow(), both, &["getpid() = 7", &first, others[0], others[1]]);
}

#[test]
fn times_in_front() {
    let clock = Clock { wall_offset_ns: 1_700_000_000_000_000_000 };
    let base = TextOptions { clock, ..narrow() };
    let records = || {
        Records::new()
            .call(call("getpid").at(1_000_001_000))
            .call(call("getppid").at(13_500_001_999))
            .call(call("getuid").at(13_000_000_000))
    };
    check(
        TextOptions { timestamps: Timestamps::Epoch(Precision::Micros), ..base },
        records(),
        &[
            "1700000001.000001 getpid() = 0",
            "1700000013.500001 getppid() = 0",
            "1700000013.000000 getuid() = 0",
        ],
    );
    // Rows come as calls end: one that began earlier than the line before did not begin in the past.
    check(
        TextOptions { relative: Some(Precision::Micros), ..base },
        records(),
        &["     0.000000 getpid() = 0", "    12.500000 getppid() = 0", "     0.000000 getuid() = 0"],
    );
    check(
        TextOptions {
            relative: Some(Precision::Micros),
            timestamps: Timestamps::Epoch(Precision::Micros),
            ..base
        },
        records(),
        &[
            "1700000001.000001 (+     0.000000) getpid() = 0",
            "1700000013.500001 (+    12.500000) getppid() = 0",
            "1700000013.000000 (+     0.000000) getuid() = 0",
        ],
    );
}

#[test]
fn hostile_names_control_no_terminal() {
    let records = || Records::new().path(1, b"/tmp/\x1b[2J\n>x\xff").call(call("close").args([3]).file(0, 1));
    check(narrow(), records(), &[r"close(3</tmp/\33[2J\n\76x\377>) = 0"]);
    let style = Style { names: Names::OFF, ..Style::default() };
    let bytes = render(Format::Text, &Options { style, text: narrow() }, &records());
    assert_eq!(bytes, b"close(3) = 0\n");
}

#[test]
fn much_text_goes_out_in_large_pieces() {
    let out = Shared::default();
    let mut sink = TextSink::new(Box::new(out.clone()), &Options::default());
    let records = Records::new().call(call("getpid").ret(7));
    for _ in 0..5000 {
        records.feed(&mut sink);
    }
    sink.finish(&Summary::default()).unwrap();
    let writes = out.writes();
    let line = "getpid()                                = 7\n".len();
    assert_eq!(writes.iter().sum::<usize>(), 5000 * line);
    assert!(writes[..writes.len() - 1].iter().all(|n| *n >= 1 << 16), "{writes:?}");
    // Nothing is written twice.
    sink.flush().unwrap();
    assert_eq!(out.bytes().len(), 5000 * line);
}

#[test]
fn a_reader_that_went_away_is_told_apart() {
    for format in [Format::Text, Format::Csv, Format::Jsonl] {
        let mut sink = format.open(Box::new(Gone), &Options::default());
        Records::new().call(call("getpid")).feed(&mut *sink);
        assert!(is_broken_pipe(&sink.flush().unwrap_err()), "{format:?}");
    }
}
