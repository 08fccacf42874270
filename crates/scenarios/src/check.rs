//! The comparison of what was stated with what was seen.

use std::collections::{HashMap, HashSet};
use std::ffi::CStr;
use std::fmt;

use syscope_event::Row;

use crate::expect::{Expectations, Expected};
use crate::workload::{AGAIN, ASIDE, BEGIN, END};

/// Where the kernel has no clock that user code can read, libraries ask it: between any two calls, and for no scenario.
const CLOCKS: &[&str] = &["clock_gettime", "gettimeofday", "time"];

/// A difference between what was stated and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(pub String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Compares the rows of a run with what its workload stated: per thread the same rows in the same order, none more and none
/// less.
pub fn check(expectations: &Expectations, rows: &[Row]) -> Vec<Mismatch> {
    let is = |row: &Row, name: &CStr| row.syscall == "access" && row.file.as_deref() == Some(name.to_bytes());
    let marker = |name: &CStr| rows.iter().position(|row| is(row, name));
    let (Some(begin), Some(end)) = (marker(BEGIN), marker(END)) else {
        return vec![Mismatch("the rows that mark begin and end were not seen".into())];
    };
    let mut seen: HashMap<u32, Vec<&Row>> = HashMap::new();
    let mut aside = HashSet::new();
    for row in rows.get(begin + 1..end).unwrap_or_default() {
        if is(row, ASIDE) {
            aside.insert(row.tid);
        } else if is(row, AGAIN) {
            aside.remove(&row.tid);
        } else if !aside.contains(&row.tid) {
            seen.entry(row.tid).or_default().push(row);
        }
    }
    let mut wanted: HashMap<u32, Vec<&Expected>> = HashMap::new();
    for expected in &expectations.rows {
        wanted.entry(expected.tid).or_default().push(expected);
    }
    let mut tids: Vec<u32> = seen.keys().chain(wanted.keys()).copied().collect();
    tids.sort_unstable();
    tids.dedup();
    let mut out = Vec::new();
    for tid in tids {
        let wanted = wanted.remove(&tid).unwrap_or_default();
        let seen = seen.remove(&tid).unwrap_or_default();
        compare(expectations, tid, &wanted, &seen, &mut out);
    }
    out
}

fn compare(all: &Expectations, tid: u32, wanted: &[&Expected], seen: &[&Row], out: &mut Vec<Mismatch>) {
    let ignored =
        |name: &str| CLOCKS.contains(&name) || all.ignored_calls.iter().any(|ignored| ignored == name);
    let mut wanted = wanted.iter().enumerate().peekable();
    for row in seen {
        match wanted.peek() {
            Some((index, expected)) if expected.syscall == row.syscall => {
                for difference in expected.differences(row) {
                    out.push(Mismatch(format!(
                        "row {} of thread {tid}, {}({}): {difference}",
                        index + 1,
                        row.syscall,
                        row.args.escape_ascii()
                    )));
                }
                wanted.next();
            }
            _ if ignored(&row.syscall) => {}
            next => {
                let instead = next.map_or("no further row".into(), |(_, e)| e.syscall.clone());
                out.push(Mismatch(format!(
                    "thread {tid}: saw {}({}), expected {instead}",
                    row.syscall,
                    row.args.escape_ascii()
                )));
                // One row too many or too few shifts all others: what follows would only repeat it.
                return;
            }
        }
    }
    for (_, expected) in wanted {
        out.push(Mismatch(format!("thread {tid}: never saw {}", expected.describe())));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use syscope_event::Direction;

    use super::*;

    fn row(syscall: &'static str, ret: i64) -> Row {
        Row { syscall: syscall.into(), ret: Some(ret), tid: 1, latency_ns: Some(5), ..Row::default() }
    }

    fn marked(rows: Vec<Row>) -> Vec<Row> {
        let mark = |name: &CStr| Row { file: Some(name.to_bytes().to_vec()), ..row("access", -2) };
        [vec![mark(BEGIN)], rows, vec![mark(END)]].concat()
    }

    fn expect(rows: Vec<Expected>) -> Expectations {
        Expectations { rows, ..Expectations::default() }
    }

    /// Mismatches of one stated row and one seen row.
    fn differing(expected: Expected, seen: Row) -> Vec<String> {
        check(&expect(vec![expected]), &marked(vec![seen])).into_iter().map(|m| m.0).collect()
    }

    #[test]
    fn what_was_stated_and_seen_passes() {
        let mut openat = Expected::new(1, "openat").ret(3);
        openat.fd(3);
        let rows = vec![Row { fd: Some(3), ..row("openat", 3) }, row("close", 0)];
        let stated = expect(vec![openat, Expected::new(1, "close").ret(0)]);
        assert_eq!(check(&stated, &marked(rows)), []);
    }

    #[test]
    fn a_missing_extra_or_other_row_fails() {
        let stated = expect(vec![Expected::new(1, "close").ret(0)]);
        let check = |rows: Vec<Row>, expected: &str| {
            let found = check(&stated, &rows);
            assert!(found.iter().any(|m| m.0.contains(expected)), "{found:?} lacks {expected}");
        };
        check(marked(vec![row("close", -9)]), "ret: expected 0, saw -9");
        check(marked(vec![]), "never saw close");
        check(marked(vec![row("close", 0), row("close", 0)]), "saw close(), expected no further row");
        check(marked(vec![row("read", 0)]), "saw read(), expected close");
        check(marked(vec![row("close", 0), Row { tid: 2, ..row("read", 0) }]), "thread 2: saw read()");
        check(marked(vec![Row { tid: 2, ..row("close", 0) }]), "thread 1: never saw close");
        check(vec![row("close", 0)], "begin and end were not seen");
    }

    /// Each condition accepts the row that holds it and names the column where one does not.
    #[test]
    fn every_column_is_compared() {
        let seen = || Row {
            errno: Some("EBADF".into()),
            is_error: true,
            fd: Some(3),
            file: Some(b"/a".to_vec()),
            fd2: Some(4),
            file2: Some(b"/b".to_vec()),
            family: Some("FS"),
            kind: Some("fd"),
            bytes: Some(10),
            direction: Some(Direction::Read),
            comm: Some(b"cat".to_vec()),
            args: b"3, 0x10".to_vec(),
            gap_ns: Some(7),
            address_space_bytes: Some(4096),
            requested_sleep_ns: Some(5),
            nfds: Some(2),
            timeout_ns: Some(-1),
            epoll_op: Some("EPOLL_CTL_ADD".into()),
            epoll_target_fd: Some(9),
            epoll_events: Some(1),
            pid: 1,
            uid: Some(7),
            cgroup: Some(b"/g".to_vec()),
            time_ns: 50,
            ..row("read", -9)
        };
        let all = |e: &mut Expected| {
            e.on(3, "/a").and(4, "/b").family("FS").kind("fd").read(10).comm("cat").pid(1);
            e.args_have("0x1").args_lack("good").gap_at_least(7).address_space(4096).sleep(Some(5));
            e.nfds(2).timeout(-1).epoll("EPOLL_CTL_ADD", 9, Some(1)).file_has("a").file2_has("b");
            e.uid(7).cgroup("/g").time_between(49, 51);
        };
        let check = |state: fn(&mut Expected) -> &mut Expected, column: &str| {
            let mut stated = Expected::new(1, "read").ret(-9);
            all(&mut stated);
            state(&mut stated);
            let found = differing(stated, seen());
            match column {
                "" => assert!(found.is_empty(), "{found:?}"),
                _ => assert!(
                    found.len() == 1 && found[0].contains(&format!("{column}: expected")),
                    "{column}: {found:?}"
                ),
            }
        };
        check(|e| e, "");
        check(|e| e.any_file().any_second().any_timeout(), "");
        check(|e| e.fd(0), "fd");
        check(|e| e.file("/"), "file");
        check(|e| e.file_has("b"), "file");
        check(|e| e.fd2(3), "fd2");
        check(|e| e.file2("/a"), "file2");
        check(|e| e.file2_has("a"), "file2");
        check(|e| e.family("Time"), "family");
        check(|e| e.no_family(), "family");
        check(|e| e.kind("open"), "kind");
        check(|e| e.read(9), "bytes");
        check(|e| e.written(10), "direction");
        check(|e| e.comm("dog"), "comm");
        check(|e| e.pid(2), "pid");
        check(|e| e.uid(0), "uid");
        check(|e| e.cgroup("/"), "cgroup");
        check(|e| e.time_between(51, 60), "time_ns");
        check(|e| e.time_between(0, 49), "time_ns");
        check(|e| e.args_have("good"), "args");
        check(|e| e.args_lack("0x10"), "args");
        check(|e| e.gap_at_least(8), "gap_ns");
        check(|e| e.latency_at_least(6), "latency_ns");
        check(|e| e.address_space(8192), "address_space_bytes");
        check(|e| e.sleep(None), "requested_sleep_ns");
        check(|e| e.nfds(1), "nfds");
        check(|e| e.timeout(0), "timeout_ns");
        check(|e| e.epoll("EPOLL_CTL_DEL", 9, Some(1)), "epoll_op");
        check(|e| e.epoll("EPOLL_CTL_ADD", 8, Some(1)), "epoll_target_fd");
        check(|e| e.epoll("EPOLL_CTL_ADD", 9, None), "epoll_events");
    }

    /// Where nothing is stated there must be nothing, and 0 is something.
    #[test]
    fn what_is_not_stated_is_absent() {
        let check = |seen: Row, column: &str| {
            let found = differing(Expected::new(1, "getpid").ret(7), seen);
            assert!(
                found.iter().any(|m| m.contains(&format!("{column}: expected nothing, saw"))),
                "{found:?}"
            );
        };
        let getpid = || row("getpid", 7);
        assert!(differing(Expected::new(1, "getpid").ret(7), getpid()).is_empty());
        check(Row { fd: Some(0), ..getpid() }, "fd");
        check(Row { file: Some(Vec::new()), ..getpid() }, "file");
        check(Row { fd2: Some(0), ..getpid() }, "fd2");
        check(Row { file2: Some(Vec::new()), ..getpid() }, "file2");
        check(Row { bytes: Some(0), ..getpid() }, "bytes");
        check(Row { direction: Some(Direction::Read), ..getpid() }, "direction");
        check(Row { address_space_bytes: Some(0), ..getpid() }, "address_space_bytes");
        check(Row { requested_sleep_ns: Some(0), ..getpid() }, "requested_sleep_ns");
        check(Row { nfds: Some(0), ..getpid() }, "nfds");
        check(Row { timeout_ns: Some(0), ..getpid() }, "timeout_ns");
        check(Row { epoll_op: Some("".into()), ..getpid() }, "epoll_op");
        check(Row { epoll_target_fd: Some(0), ..getpid() }, "epoll_target_fd");
        check(Row { epoll_events: Some(0), ..getpid() }, "epoll_events");
    }

    /// What a thread does aside is not compared; what others do meanwhile is.
    #[test]
    fn aside_is_for_one_thread() {
        let mark =
            |name: &CStr, tid: u32| Row { file: Some(name.to_bytes().to_vec()), tid, ..row("access", -2) };
        let stated = expect(vec![Expected::new(1, "close").ret(0)]);
        let other = Row { tid: 2, ..row("close", 0) };
        let rows = vec![mark(ASIDE, 1), row("futex", 0), mark(AGAIN, 1), row("close", 0)];
        assert_eq!(check(&stated, &marked(rows)), []);
        let rows = vec![mark(ASIDE, 1), other, mark(AGAIN, 1), row("close", 0)];
        assert!(check(&stated, &marked(rows))[0].0.contains("thread 2: saw close"));
    }

    #[test]
    fn calls_without_a_result() {
        let never = || Expected::new(1, "exit").never_returns();
        let unfinished = || Expected::new(1, "read").unfinished();
        let exit = Row { ret: None, latency_ns: None, ..row("exit", 0) };
        let read = Row { ret: None, unfinished: true, ..row("read", 0) };
        assert!(differing(never(), exit.clone()).is_empty());
        assert!(differing(unfinished(), read.clone()).is_empty());
        assert!(
            differing(never(), Row { ret: Some(0), ..exit.clone() })[0].contains("ret: expected nothing")
        );
        assert!(
            differing(never(), Row { latency_ns: Some(1), ..exit })[0]
                .contains("latency_ns: expected nothing")
        );
        assert!(
            differing(unfinished(), Row { unfinished: false, ..read })[0].contains("unfinished: expected 1")
        );
    }

    #[test]
    fn only_the_window_counts() {
        let stated = expect(vec![Expected::new(1, "close").ret(0)]);
        let mut rows = marked(vec![row("close", 0)]);
        rows.insert(0, row("openat", 3));
        rows.push(row("write", 1));
        assert_eq!(check(&stated, &rows), []);
    }

    #[test]
    fn ignored_calls_count_where_they_are_stated() {
        let mut stated = expect(vec![Expected::new(1, "futex").ret(1), Expected::new(1, "close").ret(0)]);
        stated.ignored_calls.push("futex".into());
        let rows = |first: i64| marked(vec![row("futex", first), row("futex", 0), row("close", 0)]);
        assert_eq!(check(&stated, &rows(1)), []);
        assert!(check(&stated, &rows(2))[0].0.contains("ret: expected 1, saw 2"));
    }

    #[test]
    fn expectations_survive_their_file() {
        let hostile = std::ffi::OsStr::from_bytes(b"/tmp/\xff\xfe\n\x1b\"\\\xc3");
        let mut e = Expected::new(7, "openat").ret(-2);
        e.file(hostile);
        let stated = Expectations { rows: vec![e], ignored_calls: vec!["futex".into()], without_entry: 3 };
        let back: Expectations = serde_json::from_slice(&stated.to_json()).unwrap();
        assert_eq!(back, stated);
        let row = Row {
            file: Some(hostile.as_bytes().to_vec()),
            errno: Some("ENOENT".into()),
            is_error: true,
            tid: 7,
            ..row("openat", -2)
        };
        assert_eq!(check(&back, &marked(vec![row])), []);
    }
}
