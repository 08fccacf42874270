//! The columns of a row, as an expression sees them.

use std::borrow::Cow;

use syscope_event::args::{self, Style};
use syscope_event::{Event, FdColumn};

use super::Value;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Number,
    Text,
}

macro_rules! columns {
    ($($variant:ident $name:literal $type:ident,)*) => {
        /// A column, named as everywhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Column { $($variant),* }

        impl Column {
            pub(super) const ALL: &'static [Column] = &[$(Column::$variant),*];

            pub(super) fn name(self) -> &'static str {
                match self { $(Column::$variant => $name),* }
            }

            pub(super) fn holds(self) -> Type {
                match self { $(Column::$variant => Type::$type),* }
            }
        }
    };
}

columns! {
    Seq "seq" Number,
    TimeNs "time_ns" Number,
    Cpu "cpu" Number,
    GapNs "gap_ns" Number,
    LatencyNs "latency_ns" Number,
    Pid "pid" Number,
    Tid "tid" Number,
    Ppid "ppid" Number,
    Comm "comm" Text,
    Uid "uid" Number,
    Cgroup "cgroup" Text,
    Syscall "syscall" Text,
    Family "family" Text,
    Kind "kind" Text,
    Args "args" Text,
    Ret "ret" Number,
    Errno "errno" Text,
    IsError "is_error" Number,
    Fd "fd" Number,
    File "file" Text,
    Fd2 "fd2" Number,
    File2 "file2" Text,
    Bytes "bytes" Number,
    Direction "direction" Text,
    AddressSpaceBytes "address_space_bytes" Number,
    RequestedSleepNs "requested_sleep_ns" Number,
    Nfds "nfds" Number,
    TimeoutNs "timeout_ns" Number,
    EpollOp "epoll_op" Text,
    EpollTargetFd "epoll_target_fd" Number,
    EpollEvents "epoll_events" Number,
    Unfinished "unfinished" Number,
    SampledWeight "sampled_weight" Number,
}

impl Column {
    /// SQL names know no case.
    pub(super) fn from_name(name: &str) -> Option<Column> {
        Column::ALL.iter().copied().find(|c| c.name().eq_ignore_ascii_case(name))
    }

    /// The column of this row.
    pub(super) fn of<'a>(self, event: &Event<'a>) -> Value<'a> {
        let task = event.task;
        match self {
            Column::Seq => event.seq.into(),
            Column::TimeNs => event.time_ns.into(),
            Column::Cpu => u32::from(event.cpu).into(),
            Column::GapNs => event.gap_ns.into(),
            Column::LatencyNs => event.latency_ns.into(),
            Column::Pid => event.pid.into(),
            Column::Tid => event.tid.into(),
            Column::Ppid => task.map(|t| t.ppid).into(),
            Column::Comm => task.map(|t| t.comm.as_bytes()).into(),
            Column::Uid => task.map(|t| t.uid).into(),
            Column::Cgroup => task.map(|t| &*t.cgroup).filter(|c| !c.is_empty()).into(),
            Column::Syscall => event.name().into(),
            Column::Family => event.family().map(|f| f.name()).into(),
            Column::Kind => event.syscall().map(|s| s.kind.0).into(),
            Column::Args => {
                let mut text = Vec::new();
                args::write_args(event, &Style::default(), &mut text);
                text.into()
            }
            Column::Ret => event.ret.into(),
            Column::Errno => event.errno_column().into(),
            Column::IsError => event.errno().is_some().into(),
            Column::Fd => event.fd_columns().0.number.into(),
            Column::File => file(event.fd_columns().0),
            Column::Fd2 => event.fd_columns().1.number.into(),
            Column::File2 => file(event.fd_columns().1),
            Column::Bytes => event.bytes().into(),
            Column::Direction => event.direction().map(|d| d.name()).into(),
            Column::AddressSpaceBytes => event.address_space_bytes().into(),
            Column::RequestedSleepNs => event.requested_sleep_ns().into(),
            Column::Nfds => event.nfds().into(),
            Column::TimeoutNs => event.timeout_ns().into(),
            Column::EpollOp => event.epoll_op().into(),
            Column::EpollTargetFd => event.epoll_target_fd().into(),
            Column::EpollEvents => event.epoll_events().into(),
            Column::Unfinished => event.unfinished.into(),
            Column::SampledWeight => event.sampled_weight.into(),
        }
    }
}

fn file<'a>(column: FdColumn) -> Value<'a> {
    match column.name {
        Some(name) => Value::Text(Cow::Owned(name)),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use syscope_event::Row;

    use super::*;

    #[test]
    fn every_column_of_a_row() {
        assert!(Column::ALL.iter().map(|c| c.name()).eq(Row::COLUMNS));
        assert_eq!(Column::from_name("Latency_NS"), Some(Column::LatencyNs));
        assert_eq!(Column::from_name("latency"), None);
    }
}
