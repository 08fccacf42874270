//! A recording as JSON trace events, which Chrome's and Perfetto's viewers open: threads as rows, calls as slices.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use syscope_event::{Cell, Column, Event, Item, Sink, Summary};

use crate::escape::escape_into;
use crate::verdict;

/// Columns that are what a slice is, and not said again as its arguments.
const SLICE: [Column; 8] = [
    Column::TimeNs,
    Column::LatencyNs,
    Column::Pid,
    Column::Tid,
    Column::Comm,
    Column::Syscall,
    Column::Family,
    Column::Cgroup,
];

/// Columns that are arguments of a slice.
pub(crate) fn args_of<'a>(
    event: &'a Event<'a>,
) -> impl Iterator<Item = (Column, syscope_event::Datum<'a>)> + 'a {
    Column::ALL.into_iter().filter(|c| !SLICE.contains(c)).map(|c| (c, event.column(c))).filter(
        |(c, datum)| {
            // What nearly all rows have says nothing.
            !matches!(
                (c, datum.cell()),
                (_, Cell::Absent | Cell::Bool(false))
                    | (Column::SampledWeight, Cell::UInt(1))
                    | (Column::Args, Cell::Bytes(b""))
            )
        },
    )
}

/// Writes them.
pub(crate) struct ChromeSink {
    out: Box<dyn Write + Send>,
    /// Names that threads and processes were given last, by whether it is a process, and number.
    named: HashMap<(bool, u32), Vec<u8>>,
    begun: bool,
}

#[derive(Serialize)]
struct TraceEvent<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cat: &'a str,
    ph: &'a str,
    pid: u32,
    tid: u32,
    /// Microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    /// An instant is one of its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'a str>,
    args: Args<'a>,
}

enum Args<'a> {
    Call(&'a Event<'a>),
    Name(&'a [u8]),
}

impl Serialize for Args<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        match self {
            Args::Name(name) => map.serialize_entry("name", &text(name))?,
            Args::Call(event) => {
                for (column, datum) in args_of(event) {
                    match datum.cell() {
                        Cell::Absent => {}
                        Cell::Bool(value) => map.serialize_entry(column.name(), &value)?,
                        Cell::UInt(n) => map.serialize_entry(column.name(), &n)?,
                        Cell::Int(n) => map.serialize_entry(column.name(), &n)?,
                        Cell::Bytes(bytes) => map.serialize_entry(column.name(), &text(bytes))?,
                    }
                }
            }
        }
        map.end()
    }
}

/// JSON is UTF-8: all that is not, or controls terminals, is `\xHH`.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    escape_into(bytes, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[allow(clippy::cast_precision_loss)]
fn us(ns: u64) -> f64 {
    ns as f64 / 1000.0
}

impl ChromeSink {
    /// Into this.
    pub(crate) fn new(out: Box<dyn Write + Send>) -> ChromeSink {
        ChromeSink { out: Box::new(io::BufWriter::new(out)), named: HashMap::new(), begun: false }
    }

    fn write(&mut self, event: &TraceEvent<'_>) -> io::Result<()> {
        self.out.write_all(if self.begun { b",\n" } else { b"{\"traceEvents\":[\n" })?;
        self.begun = true;
        serde_json::to_writer(&mut self.out, event)?;
        Ok(())
    }

    fn name(&mut self, event: &Event<'_>) -> io::Result<()> {
        let Some(task) = event.task else { return Ok(()) };
        let comm = task.comm.as_bytes();
        for (is_process, number, kind) in
            [(true, event.pid, "process_name"), (false, event.tid, "thread_name")]
        {
            // A process is called as its first thread is; until that is seen, as any.
            let known = self.named.get(&(is_process, number));
            let may = !is_process || event.pid == event.tid || known.is_none();
            if !may || known.is_some_and(|k| k == comm) {
                continue;
            }
            self.named.insert((is_process, number), comm.to_vec());
            let (pid, tid) = (event.pid, event.tid);
            self.write(&TraceEvent {
                name: kind,
                cat: "",
                ph: "M",
                pid,
                tid,
                ts: None,
                dur: None,
                s: None,
                args: Args::Name(comm),
            })?;
        }
        Ok(())
    }
}

impl Sink for ChromeSink {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        let Item::Call(event) = item else { return Ok(()) };
        self.name(event)?;
        let returns = event.latency_ns.is_some();
        self.write(&TraceEvent {
            name: &event.name(),
            cat: event.family().map_or("", |f| f.name()),
            ph: if returns { "X" } else { "i" },
            pid: event.pid,
            tid: event.tid,
            ts: Some(us(event.time_ns)),
            dur: event.latency_ns.map(us),
            s: (!returns).then_some("t"),
            args: Args::Call(event),
        })
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let head = if self.begun { "" } else { "{\"traceEvents\":[" };
        let verdict = serde_json::to_string(&verdict(summary))?;
        writeln!(self.out, "{head}\n],\"displayTimeUnit\":\"ns\",\"otherData\":{{\"verdict\":{verdict}}}}}")?;
        self.out.flush()
    }
}
