//! One row as owned columns: what CSV, JSON lines, filters and recordings see.

use std::borrow::Cow;

use crate::args::{self, Style};
use crate::cell::{Cell, Field};
use crate::{Direction, Event};

macro_rules! row {
    ($($(#[$doc:meta])* $column:ident $name:ident: $type:ty,)*) => {
        /// The columns of one call. Absent is `None`, never 0 or -1. Names are bytes: file names are not text.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        #[allow(missing_docs)]
        pub struct Row {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Row {
            /// Column names, in order. Only ever added to.
            pub const COLUMNS: [&'static str; [$(stringify!($name)),*].len()] = [$(stringify!($name)),*];

            /// What stands in each column, in the order of [`Row::COLUMNS`].
            pub fn cells(&self) -> [Cell<'_>; Row::COLUMNS.len()] {
                [$(self.$name.cell()),*]
            }
        }

        /// A column of [`Row`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Column {
            $($column,)*
        }

        impl Column {
            /// All of them, in order.
            pub const ALL: [Column; Row::COLUMNS.len()] = [$(Column::$column),*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Column::$column => stringify!($name)),* }
            }

            /// It holds names or texts, and no numbers.
            pub fn is_text(self) -> bool {
                match self { $(Column::$column => <$type as Field>::IS_TEXT),* }
            }
        }
    };
}

// The one list of columns.
row! {
    Seq seq: u64,
    TimeNs time_ns: u64,
    Cpu cpu: u32,
    GapNs gap_ns: Option<u64>,
    LatencyNs latency_ns: Option<u64>,
    Pid pid: u32,
    Tid tid: u32,
    Ppid ppid: Option<u32>,
    Comm comm: Option<Vec<u8>>,
    Uid uid: Option<u32>,
    Cgroup cgroup: Option<Vec<u8>>,
    Syscall syscall: Cow<'static, str>,
    Family family: Option<&'static str>,
    Kind kind: Option<&'static str>,
    /// As strace prints them, between the parentheses.
    Args args: Vec<u8>,
    Ret ret: Option<i64>,
    /// `ENOENT`.
    Errno errno: Option<Cow<'static, str>>,
    IsError is_error: bool,
    Fd fd: Option<i32>,
    File file: Option<Vec<u8>>,
    Fd2 fd2: Option<i32>,
    File2 file2: Option<Vec<u8>>,
    Bytes bytes: Option<u64>,
    Direction direction: Option<Direction>,
    AddressSpaceBytes address_space_bytes: Option<u64>,
    RequestedSleepNs requested_sleep_ns: Option<u64>,
    Nfds nfds: Option<u64>,
    /// Nanoseconds; -1 is forever.
    TimeoutNs timeout_ns: Option<i64>,
    EpollOp epoll_op: Option<Cow<'static, str>>,
    EpollTargetFd epoll_target_fd: Option<i32>,
    EpollEvents epoll_events: Option<u32>,
    Unfinished unfinished: bool,
    SampledWeight sampled_weight: u32,
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
