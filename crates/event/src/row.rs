//! One row as owned columns: what CSV, JSON lines, filters and recordings see.

use std::borrow::Cow;

use crate::args::{self, Style};
use crate::cell::{Cell, Field};
use crate::{Direction, Event};

macro_rules! row {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        /// The columns of one call. Absent is `None`, never 0 or -1. Names are bytes: file names are not text.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        #[allow(missing_docs)]
        pub struct Row {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Row {
            /// Column names, in order. Only ever added to.
            pub const COLUMNS: [&'static str; [$(stringify!($name)),*].len()] = [$(stringify!($name)),*];

            /// Columns that hold names or texts, in the order of [`Row::COLUMNS`].
            pub const TEXTS: [bool; Row::COLUMNS.len()] = [$(<$type as Field>::IS_TEXT),*];

            /// What stands in each column, in the order of [`Row::COLUMNS`].
            pub fn cells(&self) -> [Cell<'_>; Row::COLUMNS.len()] {
                [$(self.$name.cell()),*]
            }
        }
    };
}

// The one list of columns.
row! {
    seq: u64,
    time_ns: u64,
    cpu: u32,
    gap_ns: Option<u64>,
    latency_ns: Option<u64>,
    pid: u32,
    tid: u32,
    ppid: Option<u32>,
    comm: Option<Vec<u8>>,
    uid: Option<u32>,
    cgroup: Option<Vec<u8>>,
    syscall: Cow<'static, str>,
    family: Option<&'static str>,
    kind: Option<&'static str>,
    /// As strace prints them, between the parentheses.
    args: Vec<u8>,
    ret: Option<i64>,
    /// `ENOENT`.
    errno: Option<Cow<'static, str>>,
    is_error: bool,
    fd: Option<i32>,
    file: Option<Vec<u8>>,
    fd2: Option<i32>,
    file2: Option<Vec<u8>>,
    bytes: Option<u64>,
    direction: Option<Direction>,
    address_space_bytes: Option<u64>,
    requested_sleep_ns: Option<u64>,
    nfds: Option<u64>,
    /// Nanoseconds; -1 is forever.
    timeout_ns: Option<i64>,
    epoll_op: Option<Cow<'static, str>>,
    epoll_target_fd: Option<i32>,
    epoll_events: Option<u32>,
    unfinished: bool,
    sampled_weight: u32,
}

impl Row {
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
