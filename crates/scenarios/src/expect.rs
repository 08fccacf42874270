//! What must be seen: rows and conditions on their columns.

use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use syscope_event::{Direction, Row};

/// A column; its name here, in files and in messages is the column's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Field {
    Ret,
    Errno,
    IsError,
    Fd,
    File,
    Fd2,
    File2,
    Family,
    Kind,
    Bytes,
    Direction,
    Comm,
    Args,
    GapNs,
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
    Uid,
    Cgroup,
    TimeNs,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Field::Ret => "ret",
            Field::Errno => "errno",
            Field::IsError => "is_error",
            Field::Fd => "fd",
            Field::File => "file",
            Field::Fd2 => "fd2",
            Field::File2 => "file2",
            Field::Family => "family",
            Field::Kind => "kind",
            Field::Bytes => "bytes",
            Field::Direction => "direction",
            Field::Comm => "comm",
            Field::Args => "args",
            Field::GapNs => "gap_ns",
            Field::LatencyNs => "latency_ns",
            Field::AddressSpaceBytes => "address_space_bytes",
            Field::RequestedSleepNs => "requested_sleep_ns",
            Field::Nfds => "nfds",
            Field::TimeoutNs => "timeout_ns",
            Field::EpollOp => "epoll_op",
            Field::EpollTargetFd => "epoll_target_fd",
            Field::EpollEvents => "epoll_events",
            Field::Unfinished => "unfinished",
            Field::Pid => "pid",
            Field::Uid => "uid",
            Field::Cgroup => "cgroup",
            Field::TimeNs => "time_ns",
        }
    }
}

/// What a column must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Want {
    Anything,
    Absent,
    Number(i64),
    AtLeast(i64),
    AtMost(i64),
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
            Want::Anything => write!(f, "anything"),
            Want::Absent => write!(f, "nothing"),
            Want::Number(n) => write!(f, "{n}"),
            Want::AtLeast(n) => write!(f, "at least {n}"),
            Want::AtMost(n) => write!(f, "at most {n}"),
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
            (Want::Anything, _) | (Want::Absent, None) => true,
            (Want::Number(a), Some(Value::Number(b))) => a == b,
            (Want::AtLeast(a), Some(Value::Number(b))) => b >= a,
            (Want::AtMost(a), Some(Value::Number(b))) => b <= a,
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
        Field::Kind => row.kind.map(text),
        Field::Bytes => row.bytes.map(number),
        Field::Direction => row.direction.map(Direction::name).map(text),
        Field::Comm => row.comm.as_deref().map(bytes),
        Field::Args => Some(bytes(&row.args)),
        Field::GapNs => row.gap_ns.map(number),
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
        Field::Uid => row.uid.map(|n| Value::Number(n.into())),
        Field::Cgroup => row.cgroup.as_deref().map(bytes),
        Field::TimeNs => Some(number(row.time_ns)),
    }
}

/// One row that must be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    pub(crate) tid: u32,
    pub(crate) syscall: String,
    wants: Vec<(Field, Want)>,
}

/// Columns that only some calls fill: where nothing is stated about one, it must be empty.
const OPTIONAL: [Field; 13] = [
    Field::Fd,
    Field::File,
    Field::Fd2,
    Field::File2,
    Field::Bytes,
    Field::Direction,
    Field::AddressSpaceBytes,
    Field::RequestedSleepNs,
    Field::Nfds,
    Field::TimeoutNs,
    Field::EpollOp,
    Field::EpollTargetFd,
    Field::EpollEvents,
];

/// Setters: each adds a condition.
impl Expected {
    pub(crate) fn new(tid: u32, syscall: &str) -> Expected {
        Expected { tid, syscall: syscall.into(), wants: Vec::new() }
    }

    fn want(&mut self, field: Field, want: Want) -> &mut Expected {
        self.wants.push((field, want));
        self
    }

    /// What the call returned, as a descriptor or another int.
    pub(crate) fn value(&self) -> i32 {
        let ret = self.wants.iter().find_map(|w| match w {
            (Field::Ret, Want::Number(ret)) => i32::try_from(*ret).ok(),
            _ => None,
        });
        ret.unwrap_or(-1)
    }

    /// Its result is exactly this.
    pub(crate) fn ret_is(&mut self, ret: i64) -> &mut Expected {
        self.want(Field::Ret, Want::Number(ret))
    }

    /// Its result is the row's descriptor, and this is what it names.
    pub(crate) fn opened(&mut self, path: impl AsRef<Path>) -> &mut Expected {
        self.on(self.value(), path)
    }

    /// Its result is the row's descriptor, whatever that is called.
    pub(crate) fn fd_opened(&mut self) -> &mut Expected {
        self.fd(self.value())
    }

    /// Its result is the row's second descriptor, whatever that is called.
    pub(crate) fn fd2_opened(&mut self) -> &mut Expected {
        self.fd2(self.value())
    }

    /// Its result is the row's second descriptor, and this is what it names.
    pub(crate) fn and_opened(&mut self, path: impl AsRef<Path>) -> &mut Expected {
        self.and(self.value(), path)
    }

    /// The row's descriptor and its name.
    pub(crate) fn on(&mut self, fd: i32, path: impl AsRef<Path>) -> &mut Expected {
        self.fd(fd).file(path)
    }

    /// The row's second descriptor and its name.
    pub(crate) fn and(&mut self, fd: i32, path: impl AsRef<Path>) -> &mut Expected {
        self.fd2(fd).file2(path)
    }

    pub(crate) fn ret(mut self, ret: i64) -> Expected {
        self.want(Field::Ret, Want::Number(ret));
        self.want(Field::LatencyNs, Want::AtLeast(1));
        self.want(Field::Unfinished, Want::Number(0));
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

    /// A call that never returns: neither a result nor a time.
    pub(crate) fn never_returns(mut self) -> Expected {
        self.want(Field::Ret, Want::Absent).want(Field::Errno, Want::Absent);
        self.want(Field::IsError, Want::Number(0));
        self.want(Field::LatencyNs, Want::Absent).want(Field::Unfinished, Want::Number(0));
        self
    }

    /// A call that was in flight to the end: no result, and the time until then.
    pub(crate) fn unfinished(mut self) -> Expected {
        self.want(Field::Ret, Want::Absent).want(Field::Errno, Want::Absent);
        self.want(Field::IsError, Want::Number(0));
        self.want(Field::LatencyNs, Want::AtLeast(1)).want(Field::Unfinished, Want::Number(1));
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

    /// What its first file is called does not matter.
    pub(crate) fn any_file(&mut self) -> &mut Expected {
        self.want(Field::File, Want::Anything)
    }

    /// Its second descriptor and file do not matter.
    pub(crate) fn any_second(&mut self) -> &mut Expected {
        self.want(Field::Fd2, Want::Anything).want(Field::File2, Want::Anything)
    }

    pub(crate) fn family(&mut self, name: &str) -> &mut Expected {
        self.want(Field::Family, Want::Bytes(name.into()))
    }

    pub(crate) fn kind(&mut self, name: &str) -> &mut Expected {
        self.want(Field::Kind, Want::Bytes(name.into()))
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

    pub(crate) fn transferred(&mut self, bytes: i64) -> &mut Expected {
        self.moved(bytes, "transfer")
    }

    pub(crate) fn comm(&mut self, name: &str) -> &mut Expected {
        self.want(Field::Comm, Want::Bytes(name.into()))
    }

    pub(crate) fn pid(&mut self, pid: u32) -> &mut Expected {
        self.want(Field::Pid, Want::Number(pid.into()))
    }

    pub(crate) fn uid(&mut self, uid: i64) -> &mut Expected {
        self.want(Field::Uid, Want::Number(uid))
    }

    pub(crate) fn cgroup(&mut self, path: &str) -> &mut Expected {
        self.want(Field::Cgroup, Want::Bytes(path.into()))
    }

    /// When it began, on the boot-time clock.
    pub(crate) fn time_between(&mut self, from: i64, to: i64) -> &mut Expected {
        self.want(Field::TimeNs, Want::AtLeast(from)).want(Field::TimeNs, Want::AtMost(to))
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

    pub(crate) fn gap_at_least(&mut self, ns: i64) -> &mut Expected {
        self.want(Field::GapNs, Want::AtLeast(ns))
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

    pub(crate) fn any_timeout(&mut self) -> &mut Expected {
        self.want(Field::TimeoutNs, Want::Anything)
    }

    pub(crate) fn epoll(&mut self, op: &str, target: i32, events: Option<i64>) -> &mut Expected {
        self.want(Field::EpollOp, Want::Bytes(op.into()));
        self.want(Field::EpollTargetFd, Want::Number(target.into()));
        self.want(Field::EpollEvents, events.map_or(Want::Absent, Want::Number))
    }

    /// Conditions that a row does not hold.
    pub(crate) fn differences(&self, row: &Row) -> Vec<String> {
        let mut out = Vec::new();
        let unstated = OPTIONAL.iter().filter(|f| self.wants.iter().all(|(stated, _)| stated != *f));
        let unstated = unstated.map(|field| (*field, Want::Absent));
        for (field, want) in self.wants.iter().cloned().chain(unstated) {
            let seen = value(row, field);
            if !want.accepts(seen.as_ref()) {
                let seen = match seen {
                    None => "nothing".into(),
                    Some(Value::Number(n)) => n.to_string(),
                    Some(Value::Bytes(b)) => format!("\"{}\"", b.escape_ascii()),
                };
                out.push(format!("{}: expected {want}, saw {seen}", field.name()));
            }
        }
        out
    }

    /// The row and its conditions in words.
    pub fn describe(&self) -> String {
        let wants: Vec<String> = self.wants.iter().map(|(f, w)| format!("{} {w}", f.name())).collect();
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
    /// Exits without an entry that the run must have counted.
    #[serde(default)]
    pub without_entry: u64,
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
