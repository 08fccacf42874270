//! The table of events: its columns, from a call and back to the record that it was.

use syscope_event::args::{self, Style};
use syscope_event::{Direction, Event};
use syscope_wire as wire;

use crate::column::{Column, ColumnDef, Cursor, Kind, Put, Store};

use Kind::{Bool, Bytes, I32, I64, Text, U32, U64};
use Store::{Delta, Dictionary, Plain};

/// Columns of a row, then what replays and joins need. Only ever added to, at the end.
pub const COLUMNS: &[ColumnDef] = &[
    ColumnDef::new("seq", I64, Delta),
    ColumnDef::new("time_ns", I64, Delta),
    ColumnDef::new("cpu", I32, Dictionary),
    ColumnDef::new("gap_ns", I64, Dictionary).optional(),
    ColumnDef::new("latency_ns", I64, Dictionary).optional(),
    ColumnDef::new("pid", I32, Dictionary),
    ColumnDef::new("tid", I32, Dictionary),
    ColumnDef::new("ppid", I32, Dictionary).optional(),
    ColumnDef::new("comm", Text, Dictionary).optional(),
    ColumnDef::new("uid", U32, Dictionary).optional(),
    ColumnDef::new("cgroup", Text, Dictionary).optional(),
    ColumnDef::new("syscall", Text, Dictionary),
    ColumnDef::new("family", Text, Dictionary).optional(),
    ColumnDef::new("kind", Text, Dictionary).optional(),
    ColumnDef::new("args", Text, Dictionary),
    ColumnDef::new("ret", I64, Dictionary).optional(),
    ColumnDef::new("errno", Text, Dictionary).optional(),
    ColumnDef::new("is_error", Bool, Plain),
    ColumnDef::new("fd", I32, Dictionary).optional(),
    ColumnDef::new("file", Text, Dictionary).optional(),
    ColumnDef::new("fd2", I32, Dictionary).optional(),
    ColumnDef::new("file2", Text, Dictionary).optional(),
    ColumnDef::new("bytes", I64, Dictionary).optional(),
    ColumnDef::new("direction", Text, Dictionary).optional(),
    ColumnDef::new("address_space_bytes", I64, Dictionary).optional(),
    ColumnDef::new("requested_sleep_ns", I64, Dictionary).optional(),
    ColumnDef::new("nfds", I64, Dictionary).optional(),
    ColumnDef::new("timeout_ns", I64, Dictionary).optional(),
    ColumnDef::new("epoll_op", Text, Dictionary).optional(),
    ColumnDef::new("epoll_target_fd", I32, Dictionary).optional(),
    ColumnDef::new("epoll_events", U32, Dictionary).optional(),
    ColumnDef::new("unfinished", Bool, Plain),
    ColumnDef::new("sampled_weight", U32, Dictionary),
    ColumnDef::new("record", I64, Delta),
    ColumnDef::new("nr", U32, Dictionary),
    ColumnDef::new("flags", U32, Dictionary),
    ColumnDef::new("task_id", U64, Dictionary),
    ColumnDef::new("file_id", U64, Dictionary).optional(),
    ColumnDef::new("file2_id", U64, Dictionary).optional(),
    ColumnDef::new("arg0", U64, Dictionary),
    ColumnDef::new("arg1", U64, Dictionary),
    ColumnDef::new("arg2", U64, Dictionary),
    ColumnDef::new("arg3", U64, Dictionary),
    ColumnDef::new("arg4", U64, Dictionary),
    ColumnDef::new("arg5", U64, Dictionary),
    ColumnDef::new("captured_entry", Bytes, Dictionary).optional(),
    ColumnDef::new("captured", Bytes, Dictionary).optional(),
];

/// A row group is full with so many rows, or so many bytes in memory.
const ROWS: usize = 1 << 17;
const FULL: usize = 96 << 20;

/// Rows on their way into a row group.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
    text: Vec<u8>,
}

impl Batch {
    pub(crate) fn new() -> Batch {
        Batch { columns: COLUMNS.iter().map(Column::new).collect(), rows: 0, text: Vec::new() }
    }

    pub(crate) fn is_full(&self) -> bool {
        // Adding up 47 lengths is not for every row.
        self.rows >= ROWS
            || (self.rows.is_multiple_of(1024) && self.columns.iter().map(Column::held).sum::<usize>() > FULL)
    }

    /// Adds a call; `record`: its place among all records.
    pub(crate) fn push(&mut self, ev: &Event<'_>, style: &Style, record: u64) {
        let (call, at_entry, at_exit) = ev.to_record();
        let (fd, fd2) = ev.fd_columns();
        let sys = ev.syscall();
        self.text.clear();
        args::write_args(ev, style, &mut self.text);
        let mut put = Put::row(&mut self.columns);
        put.u64(ev.seq);
        put.u64(ev.time_ns);
        put.i32(Some(ev.cpu.into()));
        put.maybe_u64(ev.gap_ns);
        put.maybe_u64(ev.latency_ns);
        put.u32(Some(ev.pid));
        put.u32(Some(ev.tid));
        put.u32(ev.task.map(|t| t.ppid));
        put.text(ev.task.map(|t| t.comm.as_bytes()));
        put.u32(ev.task.map(|t| t.uid));
        put.text(ev.task.map(|t| &*t.cgroup).filter(|c| !c.is_empty()));
        put.text(Some(ev.name().as_bytes()));
        put.text(sys.map(|s| s.family.name().as_bytes()));
        put.text(sys.map(|s| s.kind.0.as_bytes()));
        put.text(Some(&self.text));
        put.i64(ev.ret);
        put.text(ev.errno_column().as_deref().map(str::as_bytes));
        put.bool(ev.errno().is_some());
        put.i32(fd.number);
        put.text(fd.name.as_deref());
        put.i32(fd2.number);
        put.text(fd2.name.as_deref());
        put.maybe_u64(ev.bytes());
        put.text(ev.direction().map(|d| Direction::name(d).as_bytes()));
        put.maybe_u64(ev.address_space_bytes());
        put.maybe_u64(ev.requested_sleep_ns());
        put.maybe_u64(ev.nfds());
        put.i64(ev.timeout_ns());
        put.text(ev.epoll_op().as_deref().map(str::as_bytes));
        put.i32(ev.epoll_target_fd());
        put.u32(ev.epoll_events());
        put.bool(ev.unfinished);
        put.u32(Some(ev.sampled_weight));
        put.u64(record);
        put.u32(Some(call.nr));
        put.u32(Some(call.flags));
        put.u64(call.task_id);
        call.file_ids.iter().for_each(|id| put.maybe_u64((*id != 0).then_some(*id)));
        call.args.iter().for_each(|arg| put.u64(*arg));
        put.bytes((!at_entry.is_empty()).then_some(at_entry));
        put.bytes((!at_exit.is_empty()).then_some(at_exit));
        put.end();
        self.rows += 1;
    }
}

/// Columns that a record is made of again.
pub(crate) const RECORD: [&str; 22] = [
    "record",
    "seq",
    "time_ns",
    "cpu",
    "gap_ns",
    "latency_ns",
    "pid",
    "tid",
    "ret",
    "nr",
    "flags",
    "task_id",
    "file_id",
    "file2_id",
    "arg0",
    "arg1",
    "arg2",
    "arg3",
    "arg4",
    "arg5",
    "captured_entry",
    "captured",
];

/// Makes records of rows, whose columns are those of [`RECORD`].
pub(crate) struct Records<'a>(Vec<Cursor<'a>>);

/// Where a record was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) record: u64,
    pub(crate) seq: u64,
}

impl<'a> Records<'a> {
    pub(crate) fn of(columns: &'a [Column]) -> Records<'a> {
        Records(columns.iter().map(Column::cursor).collect())
    }

    /// The next row: the captures of its entry as a record of their own, and itself. The buffers are cleared first.
    pub(crate) fn next(&mut self, enter: &mut Vec<u8>, call: &mut Vec<u8>) -> Option<Place> {
        let [
            record,
            seq,
            time,
            cpu,
            gap,
            latency,
            pid,
            tid,
            ret,
            nr,
            flags,
            task,
            file,
            file2,
            args @ ..,
            entry,
            exit,
        ] = &mut self.0[..]
        else {
            return None;
        };
        let place = Place { record: record.u64()?, seq: seq.u64()? };
        let enter_ns = time.u64()?;
        let hdr = wire::Header {
            kind: wire::kind::CALL,
            cpu: u16::try_from(cpu.u32()?).ok()?,
            tid: tid.u32()?,
            time_ns: enter_ns.checked_add(latency.u64().unwrap_or(0))?,
        };
        let mut raw = [0; wire::ARGS];
        for (to, from) in raw.iter_mut().zip(args) {
            *to = from.u64()?;
        }
        let made = wire::Call {
            hdr,
            enter_ns,
            gap_ns: gap.u64().unwrap_or(0),
            ret: ret.i64().unwrap_or(0),
            task_id: task.u64()?,
            args: raw,
            file_ids: [file.u64().unwrap_or(0), file2.u64().unwrap_or(0)],
            pid: pid.u32()?,
            nr: nr.u32()?,
            flags: flags.u32()?,
        };
        enter.clear();
        if let Some(caps) = entry.bytes() {
            let hdr = wire::Header { kind: wire::kind::ENTER, time_ns: enter_ns, ..hdr };
            let len = u32::try_from(caps.len()).ok()?;
            enter.extend_from_slice(&wire::Enter { hdr, nr: made.nr }.to_bytes(len));
            enter.extend_from_slice(caps);
        }
        call.clear();
        let caps = exit.bytes().unwrap_or_default();
        call.extend_from_slice(&made.to_bytes(u32::try_from(caps.len()).ok()?));
        call.extend_from_slice(caps);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use syscope_event::Row;

    use super::*;

    #[test]
    fn the_columns_of_a_row_come_first() {
        assert!(COLUMNS.iter().map(|c| c.name).take(Row::COLUMNS.len()).eq(Row::COLUMNS));
    }

    #[test]
    fn records_are_made_of_columns_that_there_are() {
        for name in RECORD {
            assert!(COLUMNS.iter().any(|c| c.name == name), "{name}");
        }
    }
}
