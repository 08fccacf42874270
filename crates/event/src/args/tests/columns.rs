//! From the bytes of a record to the columns of a row.

use super::*;
use crate::Row;

fn row(call: &Call) -> Row {
    call.decoded(|ev| Row::from_event(ev, &Style::default()))
}

/// `fd file; fd2 file2`, with `-` for what is absent.
fn check(call: Call, expected: &str) {
    let row = row(&call);
    let column = |fd: Option<i32>, file: Option<Vec<u8>>| {
        let fd = fd.map_or("-".into(), |n| n.to_string());
        format!("{fd} {}", file.map_or("-".into(), |f| String::from_utf8(f).unwrap()))
    };
    assert_eq!(format!("{}; {}", column(row.fd, row.file), column(row.fd2, row.file2)), expected);
}

const NONE: u64 = -1_i64 as u64;

/// A descriptor that is none is no first one that the new one would come second to.
#[test]
fn new_descriptors() {
    check(call("signalfd4", &[NONE, PTR, 8, 0]).ret(5).ret_names("/s"), "5 /s; - -");
    check(call("signalfd4", &[5, PTR, 8, 0]).names(0, "/s").ret(5).ret_names("/s"), "5 /s; 5 /s");
    check(call("perf_event_open", &[PTR, 0, NONE, NONE, 0]).ret(5).ret_names("/p"), "5 /p; - -");
    check(call("dup", &[3]).names(0, "/a").ret(5).ret_names("/a"), "3 /a; 5 /a");
    check(call("dup", &[NONE]).ret(-9), "- -; - -");
}

/// What some operations return only.
#[test]
fn descriptors_of_some_operations() {
    let made = |name: &str, args: &[u64]| call(name, args).ret(5).ret_names("/new");
    check(made("bpf", &[0, PTR, 64]), "5 /new; - -");
    check(made("bpf", &[1, PTR, 64]), "- -; - -");
    check(made("seccomp", &[1, 8, PTR]), "5 /new; - -");
    check(made("seccomp", &[1, 0, PTR]), "- -; - -");
    check(made("seccomp", &[2, 8, PTR]), "- -; - -");
    check(made("landlock_create_ruleset", &[PTR, 8, 0]), "5 /new; - -");
    check(made("landlock_create_ruleset", &[0, 0, 1]), "- -; - -");
    check(made("fcntl", &[3, 0, 0]).names(0, "/a"), "3 /a; 5 /new");
    check(made("fcntl", &[3, 3, 0]).names(0, "/a"), "3 /a; - -");
}

/// A registered ring is an index and no descriptor. The kernel half names the ring that it stands for.
#[test]
fn rings() {
    let enter = |flags: u64| call("io_uring_enter", &[0, 0, 0, flags, 0, 0]).names(0, "/ring");
    check(enter(0), "0 /ring; - -");
    check(enter(1 << 4), "- /ring; - -");
    let register = |op: u64| call("io_uring_register", &[0, op, 0, 0]).names(0, "/ring");
    check(register(8), "0 /ring; - -");
    check(register(8 | 1 << 31), "- /ring; - -");
    assert_eq!(
        enter(1 << 4).text(&Style::default()),
        "io_uring_enter(0, 0, 0, IORING_ENTER_REGISTERED_RING, NULL, 0) = 0"
    );
}

/// An empty path is the directory only where a flag says so; a bit in a pointer is none.
#[test]
fn empty_paths() {
    let stat = |flags: u64| call("newfstatat", &[3, PTR, PTR, flags]).names(0, "/dir").cap(1, b"\0");
    check(stat(0x1000), "3 /dir; - -");
    check(stat(0), "- /dir; - -");
    let mv = |flags: u64| {
        let both = call("move_mount", &[3, PTR, 4, PTR, flags]).names(0, "/from").names(1, "/to");
        both.cap(1, b"\0").cap(3, b"\0")
    };
    check(mv(0x4), "3 /from; - /to");
    check(mv(0x40), "- /from; 4 /to");
    check(mv(0x44), "3 /from; 4 /to");
}

/// The numbers are descriptors for KCMP_FILE only. Whose they are is not known without the caller's own number.
#[test]
fn compared_files() {
    let kcmp = |op: u64| call("kcmp", &[u64::from(TID), 1, op, 3, 4]).names(0, "/a").names(1, "/b");
    check(kcmp(0), "3 -; 4 -");
    check(kcmp(1), "- -; - -");
}
