//! A row as cells: the one list that machine formats share. They differ only in how a cell is written.

use syscope_event::{Direction, Row};

/// What stands in one column of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    Absent,
    Bool(bool),
    UInt(u64),
    Int(i64),
    /// A name or text: bytes, because file names are not text.
    Bytes(&'a [u8]),
}

/// The cells of a row with their columns, in the order of [`Row::COLUMNS`].
pub(crate) fn cells(r: &Row) -> [(&'static str, Cell<'_>); Row::COLUMNS.len()] {
    [
        ("seq", r.seq.into()),
        ("time_ns", r.time_ns.into()),
        ("cpu", r.cpu.into()),
        ("gap_ns", r.gap_ns.into()),
        ("latency_ns", r.latency_ns.into()),
        ("pid", r.pid.into()),
        ("tid", r.tid.into()),
        ("ppid", r.ppid.into()),
        ("comm", r.comm.as_deref().into()),
        ("uid", r.uid.into()),
        ("cgroup", r.cgroup.as_deref().into()),
        ("syscall", r.syscall.as_ref().into()),
        ("family", r.family.into()),
        ("kind", r.kind.into()),
        ("args", r.args.as_slice().into()),
        ("ret", r.ret.into()),
        ("errno", r.errno.as_deref().into()),
        ("is_error", r.is_error.into()),
        ("fd", r.fd.into()),
        ("file", r.file.as_deref().into()),
        ("fd2", r.fd2.into()),
        ("file2", r.file2.as_deref().into()),
        ("bytes", r.bytes.into()),
        ("direction", r.direction.map(Direction::name).into()),
        ("address_space_bytes", r.address_space_bytes.into()),
        ("requested_sleep_ns", r.requested_sleep_ns.into()),
        ("nfds", r.nfds.into()),
        ("timeout_ns", r.timeout_ns.into()),
        ("epoll_op", r.epoll_op.as_deref().into()),
        ("epoll_target_fd", r.epoll_target_fd.into()),
        ("epoll_events", r.epoll_events.into()),
        ("unfinished", r.unfinished.into()),
        ("sampled_weight", r.sampled_weight.into()),
    ]
}

impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Cell::Bool(value)
    }
}

impl From<u64> for Cell<'_> {
    fn from(value: u64) -> Self {
        Cell::UInt(value)
    }
}

impl From<u32> for Cell<'_> {
    fn from(value: u32) -> Self {
        Cell::UInt(value.into())
    }
}

impl From<i64> for Cell<'_> {
    fn from(value: i64) -> Self {
        Cell::Int(value)
    }
}

impl From<i32> for Cell<'_> {
    fn from(value: i32) -> Self {
        Cell::Int(value.into())
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(value: &'a [u8]) -> Self {
        Cell::Bytes(value)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(value: &'a str) -> Self {
        Cell::Bytes(value.as_bytes())
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Absent, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_cell() {
        assert_eq!(cells(&Row::default()).map(|(name, _)| name), Row::COLUMNS);
    }
}
