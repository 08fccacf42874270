//! The columns of a row, as an expression sees them.

use std::borrow::Cow;

use syscope_event::args::{self, Style};
use syscope_event::{Column, Event, FdColumn};

use super::Value;

/// The column of that name; SQL names know no case.
pub(super) fn by_name(name: &str) -> Option<Column> {
    Column::ALL.into_iter().find(|c| c.name().eq_ignore_ascii_case(name))
}

/// What an event has in a column. It is not a cell of [`syscope_event::Row`]: only what an expression asks for is computed.
pub(super) fn value<'a>(column: Column, event: &Event<'a>) -> Value<'a> {
    let task = event.task;
    match column {
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

fn file<'a>(column: FdColumn) -> Value<'a> {
    match column.name {
        Some(name) => Value::Text(Cow::Owned(name)),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_know_no_case() {
        assert_eq!(by_name("Latency_NS"), Some(Column::LatencyNs));
        assert_eq!(by_name("latency"), None);
    }
}
