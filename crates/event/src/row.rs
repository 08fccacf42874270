//! One row as owned columns: what CSV, JSON lines, filters and recordings see.

use std::borrow::Cow;

use crate::args::{self, Style};
use crate::{Direction, Event};

/// The columns of one call. Absent is `None`, never 0 or -1. Names are bytes: file names are not text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Row {
    pub seq: u64,
    pub time_ns: u64,
    pub cpu: u32,
    pub gap_ns: Option<u64>,
    pub latency_ns: Option<u64>,
    pub pid: u32,
    pub tid: u32,
    pub ppid: Option<u32>,
    pub comm: Option<Vec<u8>>,
    pub uid: Option<u32>,
    pub cgroup: Option<Vec<u8>>,
    pub syscall: Cow<'static, str>,
    pub family: Option<&'static str>,
    pub kind: Option<&'static str>,
    /// As strace prints them, between the parentheses.
    pub args: Vec<u8>,
    pub ret: Option<i64>,
    /// `ENOENT`.
    pub errno: Option<Cow<'static, str>>,
    pub is_error: bool,
    pub fd: Option<i32>,
    pub file: Option<Vec<u8>>,
    pub fd2: Option<i32>,
    pub file2: Option<Vec<u8>>,
    pub bytes: Option<u64>,
    pub direction: Option<Direction>,
    pub address_space_bytes: Option<u64>,
    pub requested_sleep_ns: Option<u64>,
    pub nfds: Option<u64>,
    /// Nanoseconds; -1 is forever.
    pub timeout_ns: Option<i64>,
    pub epoll_op: Option<Cow<'static, str>>,
    pub epoll_target_fd: Option<i32>,
    pub epoll_events: Option<u32>,
    pub unfinished: bool,
    pub sampled_weight: u32,
}

impl Row {
    /// Column names, in order. Only ever added to.
    pub const COLUMNS: [&'static str; 33] = [
        "seq",
        "time_ns",
        "cpu",
        "gap_ns",
        "latency_ns",
        "pid",
        "tid",
        "ppid",
        "comm",
        "uid",
        "cgroup",
        "syscall",
        "family",
        "kind",
        "args",
        "ret",
        "errno",
        "is_error",
        "fd",
        "file",
        "fd2",
        "file2",
        "bytes",
        "direction",
        "address_space_bytes",
        "requested_sleep_ns",
        "nfds",
        "timeout_ns",
        "epoll_op",
        "epoll_target_fd",
        "epoll_events",
        "unfinished",
        "sampled_weight",
    ];

    /// The columns of an event.
    pub fn from_event(ev: &Event<'_>, style: &Style) -> Row {
        let mut text = Vec::new();
        args::write_args(ev, style, &mut text);
        let task = ev.task;
        let (fd, fd2) = ev.fd_columns();
        let sys = ev.syscall();
        Row {
            seq: ev.seq,
            time_ns: ev.time_ns,
            cpu: u32::from(ev.cpu),
            gap_ns: ev.gap_ns,
            latency_ns: ev.latency_ns,
            pid: ev.pid,
            tid: ev.tid,
            ppid: task.map(|t| t.ppid),
            comm: task.map(|t| t.comm.as_bytes().to_vec()),
            uid: task.map(|t| t.uid),
            cgroup: task.filter(|t| !t.cgroup.is_empty()).map(|t| t.cgroup.to_vec()),
            syscall: ev.name(),
            family: sys.map(|s| s.family.name()),
            kind: sys.map(|s| s.kind.0),
            args: text,
            ret: ev.ret,
            errno: ev.errno_column(),
            is_error: ev.errno().is_some(),
            fd: fd.number,
            file: fd.name,
            fd2: fd2.number,
            file2: fd2.name,
            bytes: ev.bytes(),
            direction: ev.direction(),
            address_space_bytes: ev.address_space_bytes(),
            requested_sleep_ns: ev.requested_sleep_ns(),
            nfds: ev.nfds(),
            timeout_ns: ev.timeout_ns(),
            epoll_op: ev.epoll_op(),
            epoll_target_fd: ev.epoll_target_fd(),
            epoll_events: ev.epoll_events(),
            unfinished: ev.unfinished,
            sampled_weight: ev.sampled_weight,
        }
    }
}
