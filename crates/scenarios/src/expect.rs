//! What must be seen, and the comparison with what was seen.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use syscope_event::{Direction, Row};

use crate::workload::{BEGIN, END};

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Field {
    Ret,
    Errno,
    IsError,
    Fd,
    File,
    Fd2,
    File2,
    Family,
    Bytes,
    Direction,
    Comm,
    Args,
    LatencyNs,
    AddressSpaceBytes,
    RequestedSleepNs,
    Nfds,
    TimeoutNs,
    EpollOp,
    EpollTargetFd,
    EpollEvents,
    Unfinished,
    Pid,
}

/// What a column must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Want {
    Absent,
    Number(i64),
    AtLeast(i64),
    Bytes(Vec<u8>),
    Contains(Vec<u8>),
    Lacks(Vec<u8>),
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Number(i64),
    Bytes(Vec<u8>),
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Want::Absent => write!(f, "nothing"),
            Want::Number(n) => write!(f, "{n}"),
            Want::AtLeast(n) => write!(f, "at least {n}"),
            Want::Bytes(b) => write!(f, "\"{}\"", b.escape_ascii()),
            Want::Contains(b) => write!(f, "something with \"{}\"", b.escape_ascii()),
            Want::Lacks(b) => write!(f, "nothing with \"{}\"", b.escape_ascii()),
        }
    }
}

impl Want {
    fn accepts(&self, value: Option<&Value>) -> bool {
        let find = |hay: &[u8], needle: &[u8]| hay.windows(needle.len().max(1)).any(|w| w == needle);
        match (self, value) {
            (Want::Absent, None) => true,
            (Want::Number(a), Some(Value::Number(b))) => a == b,
            (Want::AtLeast(a), Some(Value::Number(b))) => b >= a,
            (Want::Bytes(a), Some(Value::Bytes(b))) => a == b,
            (Want::Contains(a), Some(Value::Bytes(b))) => find(b, a),
            (Want::Lacks(a), Some(Value::Bytes(b))) => !find(b, a),
            _ => false,
        }
    }
}

fn value(row: &Row, field: Field) -> Option<Value> {
    let bytes = |b: &[u8]| Value::Bytes(b.to_vec());
    let text = |s: &str| Value::Bytes(s.as_bytes().to_vec());
    let number = |n: u64| Value::Number(i64::try_from(n).unwrap_or(i64::MAX));
    match field {
        Field::Ret => row.ret.map(Value::Number),
        Field::Errno => row.errno.as_deref().map(text),
        Field::IsError => Some(Value::Number(row.is_error.into())),
        Field::Fd => row.fd.map(|n| Value::Number(n.into())),
        Field::File => row.file.as_deref().map(bytes),
        Field::Fd2 => row.fd2.map(|n| Value::Number(n.into())),
        Field::File2 => row.file2.as_deref().map(bytes),
        Field::Family => row.family.map(text),
        Field::Bytes => row.bytes.map(number),
        Field::Direction => row.direction.map(Direction::name).map(text),
        Field::Comm => row.comm.as_deref().map(bytes),
        Field::Args => Some(bytes(&row.args)),
        Field::LatencyNs => row.latency_ns.map(number),
        Field::AddressSpaceBytes => row.address_space_bytes.map(number),
        Field::RequestedSleepNs => row.requested_sleep_ns.map(number),
        Field::Nfds => row.nfds.map(number),
        Field::TimeoutNs => row.timeout_ns.map(Value::Number),
        Field::EpollOp => row.epoll_op.as_deref().map(text),
        Field::EpollTargetFd => row.epoll_target_fd.map(|n| Value::Number(n.into())),
        Field::EpollEvents => row.epoll_events.map(|n| number(n.into())),
        Field::Unfinished => Some(Value::Number(row.unfinished.into())),
        Field::Pid => Some(number(row.pid.into())),
    }
}

/// One row that must be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    tid: u32,
    syscall: String,
    wants: Vec<(Field, Want)>,
}

/// Setters: each adds a condition.
impl Expected {
    pub(crate) fn new(tid: u32, syscall: &str) -> Expected {
        Expected { tid, syscall: syscall.into(), wants: Vec::new() }
    }

    fn want(&mut self, field: Field, want: Want) -> &mut Expected {
        self.wants.push((field, want));
        self
    }

    pub(crate) fn ret(mut self, ret: i64) -> Expected {
        self.want(Field::Ret, Want::Number(ret));
        self.want(Field::LatencyNs, Want::AtLeast(1));
        if (-4095..0).contains(&ret) {
            let errno = u32::try_from(-ret).unwrap_or_default();
            self.want(Field::Errno, Want::Bytes(errno_name(errno).into()));
            self.want(Field::IsError, Want::Number(1));
        } else {
            self.want(Field::Errno, Want::Absent);
            self.want(Field::IsError, Want::Number(0));
        }
        self
    }

    pub(crate) fn no_ret(mut self) -> Expected {
        self.want(Field::Ret, Want::Absent);
        self.want(Field::IsError, Want::Number(0));
        self
    }

    pub(crate) fn unfinished(mut self) -> Expected {
        self.want(Field::Unfinished, Want::Number(1));
        self
    }

    pub(crate) fn fd(&mut self, fd: i32) -> &mut Expected {
        self.want(Field::Fd, Want::Number(fd.into()))
    }

    pub(crate) fn fd2(&mut self, fd: i32) -> &mut Expected {
        self.want(Field::Fd2, Want::Number(fd.into()))
    }

    pub(crate) fn file(&mut self, path: impl AsRef<Path>) -> &mut Expected {
        self.want(Field::File, Want::Bytes(path.as_ref().as_os_str().as_bytes().into()))
    }

    pub(crate) fn file2(&mut self, path: impl AsRef<Path>) -> &mut Expected {
        self.want(Field::File2, Want::Bytes(path.as_ref().as_os_str().as_bytes().into()))
    }

    pub(crate) fn file_has(&mut self, text: &str) -> &mut Expected {
        self.want(Field::File, Want::Contains(text.into()))
    }

    pub(crate) fn file2_has(&mut self, text: &str) -> &mut Expected {
        self.want(Field::File2, Want::Contains(text.into()))
    }

    /// Names no descriptor.
    pub(crate) fn no_fd(&mut self) -> &mut Expected {
        self.want(Field::Fd, Want::Absent).want(Field::Fd2, Want::Absent)
    }

    /// Names no file.
    pub(crate) fn no_file(&mut self) -> &mut Expected {
        self.want(Field::File, Want::Absent).want(Field::File2, Want::Absent)
    }

    pub(crate) fn family(&mut self, name: &str) -> &mut Expected {
        self.want(Field::Family, Want::Bytes(name.into()))
    }

    pub(crate) fn no_family(&mut self) -> &mut Expected {
        self.want(Field::Family, Want::Absent)
    }

    pub(crate) fn read(&mut self, bytes: i64) -> &mut Expected {
        self.moved(bytes, "read")
    }

    pub(crate) fn written(&mut self, bytes: i64) -> &mut Expected {
        self.moved(bytes, "write")
    }

    pub(crate) fn moved(&mut self, bytes: i64, direction: &str) -> &mut Expected {
        self.want(Field::Bytes, Want::Number(bytes)).want(Field::Direction, Want::Bytes(direction.into()))
    }

    pub(crate) fn no_bytes(&mut self) -> &mut Expected {
        self.want(Field::Bytes, Want::Absent)
    }

    pub(crate) fn comm(&mut self, name: &str) -> &mut Expected {
        self.want(Field::Comm, Want::Bytes(name.into()))
    }

    pub(crate) fn pid(&mut self, pid: u32) -> &mut Expected {
        self.want(Field::Pid, Want::Number(pid.into()))
    }

    pub(crate) fn args_have(&mut self, text: &str) -> &mut Expected {
        self.want(Field::Args, Want::Contains(text.into()))
    }

    pub(crate) fn args_lack(&mut self, text: &str) -> &mut Expected {
        self.want(Field::Args, Want::Lacks(text.into()))
    }

    pub(crate) fn latency_at_least(&mut self, ns: i64) -> &mut Expected {
        self.want(Field::LatencyNs, Want::AtLeast(ns))
    }

    pub(crate) fn address_space(&mut self, bytes: i64) -> &mut Expected {
        self.want(Field::AddressSpaceBytes, Want::Number(bytes))
    }

    pub(crate) fn sleep(&mut self, ns: Option<i64>) -> &mut Expected {
        self.want(Field::RequestedSleepNs, ns.map_or(Want::Absent, Want::Number))
    }

    pub(crate) fn nfds(&mut self, n: i64) -> &mut Expected {
        self.want(Field::Nfds, Want::Number(n))
    }

    pub(crate) fn timeout(&mut self, ns: i64) -> &mut Expected {
        self.want(Field::TimeoutNs, Want::Number(ns))
    }

    pub(crate) fn epoll(&mut self, op: &str, target: i32, events: Option<i64>) -> &mut Expected {
        self.want(Field::EpollOp, Want::Bytes(op.into()));
        self.want(Field::EpollTargetFd, Want::Number(target.into()));
        self.want(Field::EpollEvents, events.map_or(Want::Absent, Want::Number))
    }

    fn differences(&self, row: &Row) -> Vec<String> {
        let mut out = Vec::new();
        for (field, want) in &self.wants {
            let seen = value(row, *field);
            if !want.accepts(seen.as_ref()) {
                let seen = match seen {
                    None => "nothing".into(),
                    Some(Value::Number(n)) => n.to_string(),
                    Some(Value::Bytes(b)) => format!("\"{}\"", b.escape_ascii()),
                };
                out.push(format!("{field:?}: expected {want}, saw {seen}"));
            }
        }
        out
    }

    /// The row and its conditions in words.
    pub fn describe(&self) -> String {
        let wants: Vec<String> = self.wants.iter().map(|(f, w)| format!("{f:?} {w}")).collect();
        format!("{} [thread {}]: {}", self.syscall, self.tid, wants.join(", "))
    }
}

fn errno_name(errno: u32) -> String {
    syscope_event::errno_name(errno).map_or_else(|| format!("E{errno}"), str::to_owned)
}

/// Everything that a workload stated.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Expectations {
    /// Rows, per thread in their order.
    pub rows: Vec<Expected>,
    /// Calls that count only where they are expected.
    pub ignored_calls: Vec<String>,
}

impl Expectations {
    /// Where a workload with this directory leaves them.
    pub fn path(dir: &Path) -> PathBuf {
        dir.join("expectations.json")
    }

    /// What a workload left.
    pub fn load(dir: &Path) -> io::Result<Expectations> {
        let bytes = std::fs::read(Expectations::path(dir))?;
        serde_json::from_slice(&bytes).map_err(io::Error::other)
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A difference between what was stated and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(pub String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Memory calls that allocation makes at any time.
const ALLOCATION: [&str; 6] = ["brk", "mmap", "munmap", "mprotect", "madvise", "mremap"];

/// Compares the rows of a run with what its workload stated: per thread the same rows in the same order, none more and none
/// less.
pub fn check(expectations: &Expectations, rows: &[Row]) -> Vec<Mismatch> {
    let marker =
        |name: &[u8]| rows.iter().position(|r| r.syscall == "access" && r.file.as_deref() == Some(name));
    let (Some(begin), Some(end)) = (marker(BEGIN), marker(END)) else {
        return vec![Mismatch("the rows that mark begin and end were not seen".into())];
    };
    let mut seen: HashMap<u32, Vec<&Row>> = HashMap::new();
    for row in rows.get(begin + 1..end).unwrap_or_default() {
        seen.entry(row.tid).or_default().push(row);
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
        |name: &str| ALLOCATION.contains(&name) || all.ignored_calls.iter().any(|ignored| ignored == name);
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
    use super::*;

    fn row(syscall: &'static str, ret: i64) -> Row {
        Row { syscall: syscall.into(), ret: Some(ret), tid: 1, latency_ns: Some(5), ..Row::default() }
    }

    fn marked(rows: Vec<Row>) -> Vec<Row> {
        let mark = |name: &[u8]| Row { file: Some(name.to_vec()), ..row("access", -2) };
        [vec![mark(BEGIN)], rows, vec![mark(END)]].concat()
    }

    fn expect(rows: Vec<Expected>) -> Expectations {
        Expectations { rows, ..Expectations::default() }
    }

    #[test]
    fn what_was_stated_and_seen_passes() {
        let mut openat = Expected::new(1, "openat").ret(3);
        openat.fd(3).no_file();
        let rows = vec![Row { fd: Some(3), ..row("openat", 3) }, row("brk", 0), row("close", 0)];
        let stated = expect(vec![openat, Expected::new(1, "close").ret(0)]);
        assert_eq!(check(&stated, &marked(rows)), []);
    }

    #[test]
    fn every_difference_fails() {
        let stated = expect(vec![Expected::new(1, "close").ret(0)]);
        let check = |rows: Vec<Row>, expected: &str| {
            let found = check(&stated, &rows);
            assert!(found.iter().any(|m| m.0.contains(expected)), "{found:?} lacks {expected}");
        };
        check(marked(vec![row("close", -9)]), "Ret: expected 0, saw -9");
        check(marked(vec![]), "never saw close");
        check(marked(vec![row("close", 0), row("close", 0)]), "saw close(), expected no further row");
        check(marked(vec![row("read", 0)]), "saw read(), expected close");
        check(vec![row("close", 0)], "begin and end were not seen");
    }

    #[test]
    fn expectations_survive_their_file() {
        let mut e = Expected::new(7, "openat").ret(-2);
        e.file("/tmp/\u{fffd}\n").no_fd();
        let stated = expect(vec![e]);
        let back: Expectations = serde_json::from_slice(&stated.to_json()).unwrap();
        assert_eq!(back, stated);
    }
}
