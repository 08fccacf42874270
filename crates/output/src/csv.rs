//! Comma-separated values: a header, then a line a row.
//!
//! Absent is an empty cell. Bytes that are no printable UTF-8 are written as `\xHH` (a backslash is doubled), so that the
//! exact name can be had back. A cell that a spreadsheet would take for a formula gets a `'` in front.

use std::io::{self, Write};

use syscope_event::args::Style;
use syscope_event::{Item, Row, Sink, Summary};

use crate::Options;
use crate::escape::escape_into;

pub(crate) struct CsvSink {
    out: ::csv::Writer<Box<dyn Write + Send>>,
    style: Style,
    started: bool,
    cell: String,
}

impl CsvSink {
    pub(crate) fn new(out: Box<dyn Write + Send>, options: &Options) -> CsvSink {
        let out = ::csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(out);
        CsvSink { out, style: options.style, started: false, cell: String::new() }
    }

    fn header(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.started, true) {
            self.out.write_record(Row::COLUMNS).map_err(io_error)?;
        }
        Ok(())
    }

    fn number<T: std::fmt::Display>(&mut self, value: Option<T>) -> io::Result<()> {
        use std::fmt::Write;
        self.cell.clear();
        if let Some(value) = value {
            let _ = write!(self.cell, "{value}");
        }
        self.out.write_field(&self.cell).map_err(io_error)
    }

    fn bytes(&mut self, value: Option<&[u8]>) -> io::Result<()> {
        self.cell.clear();
        if let Some(value) = value {
            escape_into(value, &mut self.cell);
            if self.cell.starts_with(['=', '+', '-', '@', '\'']) {
                self.cell.insert(0, '\'');
            }
        }
        self.out.write_field(&self.cell).map_err(io_error)
    }

    fn text(&mut self, value: Option<&str>) -> io::Result<()> {
        self.bytes(value.map(str::as_bytes))
    }

    fn row(&mut self, r: &Row) -> io::Result<()> {
        self.number(Some(r.seq))?;
        self.number(Some(r.time_ns))?;
        self.number(Some(r.cpu))?;
        self.number(r.gap_ns)?;
        self.number(r.latency_ns)?;
        self.number(Some(r.pid))?;
        self.number(Some(r.tid))?;
        self.number(r.ppid)?;
        self.bytes(r.comm.as_deref())?;
        self.number(r.uid)?;
        self.bytes(r.cgroup.as_deref())?;
        self.text(Some(&r.syscall))?;
        self.text(r.family)?;
        self.text(r.kind)?;
        self.bytes(Some(&r.args))?;
        self.number(r.ret)?;
        self.text(r.errno.as_deref())?;
        self.number(Some(r.is_error))?;
        self.number(r.fd)?;
        self.bytes(r.file.as_deref())?;
        self.number(r.fd2)?;
        self.bytes(r.file2.as_deref())?;
        self.number(r.bytes)?;
        self.text(r.direction.map(syscope_event::Direction::name))?;
        self.number(r.address_space_bytes)?;
        self.number(r.requested_sleep_ns)?;
        self.number(r.nfds)?;
        self.number(r.timeout_ns)?;
        self.text(r.epoll_op.as_deref())?;
        self.number(r.epoll_target_fd)?;
        self.number(r.epoll_events)?;
        self.number(Some(r.unfinished))?;
        self.number(Some(r.sampled_weight))?;
        self.out.write_record(None::<&[u8]>).map_err(io_error)
    }
}

impl Sink for CsvSink {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        self.header()?;
        match item {
            Item::Call(event) => self.row(&Row::from_event(event, &self.style)),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        self.header()?;
        self.out.flush()
    }
}

fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
