//! One column of one event, computed alone: a [`crate::Row`] would compute all of them.

use std::borrow::Cow;

use crate::args::{self, Style};
use crate::{Cell, Column, Event, FdColumn};

/// What stands in a column. It borrows what the event has, and owns what had to be put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datum<'a> {
    /// Nothing is known, or there is nothing to know.
    Absent,
    /// Yes or no.
    Bool(bool),
    /// A number that is never negative.
    UInt(u64),
    /// A number.
    Int(i64),
    /// A name or text: bytes, because file names are not text.
    Bytes(Cow<'a, [u8]>),
}

impl Datum<'_> {
    /// The same, borrowed.
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Datum::Absent => Cell::Absent,
            Datum::Bool(value) => Cell::Bool(*value),
            Datum::UInt(n) => Cell::UInt(*n),
            Datum::Int(n) => Cell::Int(*n),
            Datum::Bytes(bytes) => Cell::Bytes(bytes),
        }
    }
}

impl From<bool> for Datum<'_> {
    fn from(value: bool) -> Self {
        Datum::Bool(value)
    }
}

macro_rules! numbers {
    ($($number:ty => $wide:ident,)*) => {
        $(impl From<$number> for Datum<'_> {
            fn from(value: $number) -> Self {
                Datum::$wide(value.into())
            }
        })*
    };
}

numbers! {
    u32 => UInt,
    u64 => UInt,
    i32 => Int,
    i64 => Int,
}

impl<'a> From<&'a [u8]> for Datum<'a> {
    fn from(value: &'a [u8]) -> Self {
        Datum::Bytes(value.into())
    }
}

impl From<Vec<u8>> for Datum<'_> {
    fn from(value: Vec<u8>) -> Self {
        Datum::Bytes(value.into())
    }
}

impl From<&'static str> for Datum<'_> {
    fn from(value: &'static str) -> Self {
        Datum::Bytes(value.as_bytes().into())
    }
}

impl From<Cow<'static, str>> for Datum<'_> {
    fn from(value: Cow<'static, str>) -> Self {
        match value {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into_bytes().into(),
        }
    }
}

impl From<FdColumn> for Datum<'_> {
    fn from(value: FdColumn) -> Self {
        value.name.into()
    }
}

impl<'a, T: Into<Datum<'a>>> From<Option<T>> for Datum<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Datum::Absent, Into::into)
    }
}

impl<'a> Event<'a> {
    /// What it has in a column.
    pub fn column(&self, column: Column) -> Datum<'a> {
        let task = self.task;
        match column {
            Column::Seq => self.seq.into(),
            Column::TimeNs => self.time_ns.into(),
            Column::Cpu => u32::from(self.cpu).into(),
            Column::GapNs => self.gap_ns.into(),
            Column::LatencyNs => self.latency_ns.into(),
            Column::Pid => self.pid.into(),
            Column::Tid => self.tid.into(),
            Column::Ppid => task.map(|t| t.ppid).into(),
            Column::Comm => task.map(|t| t.comm.as_bytes()).into(),
            Column::Uid => task.map(|t| t.uid).into(),
            Column::Cgroup => task.map(|t| &*t.cgroup).filter(|c| !c.is_empty()).into(),
            Column::Syscall => self.name().into(),
            Column::Family => self.family().map(|f| f.name()).into(),
            Column::Kind => self.syscall().map(|s| s.kind.0).into(),
            Column::Args => {
                let mut text = Vec::new();
                args::write_args(self, &Style::default(), &mut text);
                text.into()
            }
            Column::Ret => self.ret.into(),
            Column::Errno => self.errno_column().into(),
            Column::IsError => self.errno().is_some().into(),
            Column::Fd => self.fd_columns().0.number.into(),
            Column::File => self.fd_columns().0.into(),
            Column::Fd2 => self.fd_columns().1.number.into(),
            Column::File2 => self.fd_columns().1.into(),
            Column::Bytes => self.bytes().into(),
            Column::Direction => self.direction().map(|d| d.name()).into(),
            Column::AddressSpaceBytes => self.address_space_bytes().into(),
            Column::RequestedSleepNs => self.requested_sleep_ns().into(),
            Column::Nfds => self.nfds().into(),
            Column::TimeoutNs => self.timeout_ns().into(),
            Column::EpollOp => self.epoll_op().into(),
            Column::EpollTargetFd => self.epoll_target_fd().into(),
            Column::EpollEvents => self.epoll_events().into(),
            Column::Unfinished => self.unfinished.into(),
            Column::SampledWeight => self.sampled_weight.into(),
        }
    }
}
