//! A recording as a trace for Perfetto: threads as tracks, calls as slices with their columns as arguments.
//!
//! The format is protobuf; only the few messages that are written are declared here, with the numbers of
//! `protos/perfetto/trace` of Perfetto's sources. A trace is a sequence of packets and can be written as it comes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use prost::Message;
use syscope_event::{Cell, Clock, Column, Event, Item, Sink, Summary};

use crate::chrome::{args_of, text};
use crate::verdict;

#[derive(Clone, PartialEq, Message)]
struct Trace {
    #[prost(message, repeated, tag = "1")]
    packet: Vec<Packet>,
}

#[derive(Clone, PartialEq, Message)]
struct Packet {
    #[prost(message, optional, tag = "6")]
    clock_snapshot: Option<ClockSnapshot>,
    #[prost(uint64, optional, tag = "8")]
    timestamp: Option<u64>,
    #[prost(uint32, optional, tag = "10")]
    trusted_packet_sequence_id: Option<u32>,
    #[prost(message, optional, tag = "11")]
    track_event: Option<TrackEvent>,
    #[prost(message, optional, tag = "12")]
    interned_data: Option<InternedData>,
    #[prost(uint32, optional, tag = "13")]
    sequence_flags: Option<u32>,
    #[prost(uint32, optional, tag = "58")]
    timestamp_clock_id: Option<u32>,
    #[prost(message, optional, tag = "60")]
    track_descriptor: Option<TrackDescriptor>,
}

#[derive(Clone, PartialEq, Message)]
struct ClockSnapshot {
    #[prost(message, repeated, tag = "1")]
    clocks: Vec<ClockReading>,
    #[prost(uint32, optional, tag = "2")]
    primary_trace_clock: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct ClockReading {
    #[prost(uint32, optional, tag = "1")]
    clock_id: Option<u32>,
    #[prost(uint64, optional, tag = "2")]
    timestamp: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct TrackDescriptor {
    #[prost(uint64, optional, tag = "1")]
    uuid: Option<u64>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
    #[prost(message, optional, tag = "3")]
    process: Option<ProcessDescriptor>,
    #[prost(message, optional, tag = "4")]
    thread: Option<ThreadDescriptor>,
    #[prost(uint64, optional, tag = "5")]
    parent_uuid: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct ProcessDescriptor {
    #[prost(int32, optional, tag = "1")]
    pid: Option<i32>,
    #[prost(string, optional, tag = "6")]
    process_name: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct ThreadDescriptor {
    #[prost(int32, optional, tag = "1")]
    pid: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    tid: Option<i32>,
    #[prost(string, optional, tag = "5")]
    thread_name: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct TrackEvent {
    #[prost(uint64, repeated, packed = "false", tag = "3")]
    category_iids: Vec<u64>,
    #[prost(message, repeated, tag = "4")]
    debug_annotations: Vec<Annotation>,
    #[prost(uint32, optional, tag = "9")]
    kind: Option<u32>,
    #[prost(uint64, optional, tag = "10")]
    name_iid: Option<u64>,
    #[prost(uint64, optional, tag = "11")]
    track_uuid: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct Annotation {
    #[prost(uint64, optional, tag = "1")]
    name_iid: Option<u64>,
    #[prost(bool, optional, tag = "2")]
    bool_value: Option<bool>,
    #[prost(uint64, optional, tag = "3")]
    uint_value: Option<u64>,
    #[prost(int64, optional, tag = "4")]
    int_value: Option<i64>,
    #[prost(string, optional, tag = "6")]
    string_value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct InternedData {
    #[prost(message, repeated, tag = "1")]
    event_categories: Vec<Interned>,
    #[prost(message, repeated, tag = "2")]
    event_names: Vec<Interned>,
    #[prost(message, repeated, tag = "3")]
    debug_annotation_names: Vec<Interned>,
}

#[derive(Clone, PartialEq, Message)]
struct Interned {
    #[prost(uint64, optional, tag = "1")]
    iid: Option<u64>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
}

const SLICE_BEGIN: u32 = 1;
const SLICE_END: u32 = 2;
const INSTANT: u32 = 3;
/// Numbers that names were given are valid from here on.
const STATE_CLEARED: u32 = 1;
/// They are needed.
const NEEDS_STATE: u32 = 2;
const REALTIME: u32 = 1;
const BOOTTIME: u32 = 6;
const SEQUENCE: u32 = 1;
/// The track of what is said about the trace as a whole.
const ABOUT: u64 = 1;

/// Writes it.
pub(crate) struct PerfettoSink {
    out: Box<dyn Write + Send>,
    /// The track of each thread: its number, when it began, and what it was called last.
    threads: HashMap<u32, (u64, u64, Vec<u8>)>,
    /// Processes that have a track, by number, and what they were called last.
    processes: HashMap<u32, Vec<u8>>,
    names: HashMap<Cow<'static, str>, u64>,
    families: HashMap<&'static str, u64>,
    tracks: u64,
    last_ns: u64,
}

fn number(n: u32) -> Option<i32> {
    Some(n.cast_signed())
}

impl PerfettoSink {
    /// Into this; `clock` places the trace on the wall clock.
    pub(crate) fn new(out: Box<dyn Write + Send>, clock: Clock) -> io::Result<PerfettoSink> {
        let mut sink = PerfettoSink {
            out: Box::new(io::BufWriter::new(out)),
            threads: HashMap::new(),
            processes: HashMap::new(),
            names: HashMap::new(),
            families: HashMap::new(),
            tracks: ABOUT,
            last_ns: 0,
        };
        let reading = |id, ns| ClockReading { clock_id: Some(id), timestamp: Some(ns) };
        let wall = u64::try_from(clock.wall_offset_ns).unwrap_or_default();
        // Any moment will do: a second after both began.
        let moment = 1_000_000_000;
        let columns = Column::ALL.iter().zip(1..);
        let names =
            columns.map(|(c, iid)| Interned { iid: Some(iid), name: Some(c.name().into()) }).collect();
        sink.write(Packet {
            clock_snapshot: Some(ClockSnapshot {
                clocks: vec![reading(BOOTTIME, moment), reading(REALTIME, wall.saturating_add(moment))],
                primary_trace_clock: Some(BOOTTIME),
            }),
            ..Packet::default()
        })?;
        sink.write(Packet {
            sequence_flags: Some(STATE_CLEARED | NEEDS_STATE),
            interned_data: Some(InternedData { debug_annotation_names: names, ..InternedData::default() }),
            ..Packet::default()
        })?;
        Ok(sink)
    }

    fn write(&mut self, packet: Packet) -> io::Result<()> {
        let packet = Packet { trusted_packet_sequence_id: Some(SEQUENCE), ..packet };
        self.out.write_all(&Trace { packet: vec![packet] }.encode_to_vec())
    }

    fn describe(&mut self, track: TrackDescriptor) -> io::Result<()> {
        self.write(Packet { track_descriptor: Some(track), ..Packet::default() })
    }

    /// The track of the event's thread. A number that another thread has taken over is another track.
    fn track(&mut self, event: &Event<'_>) -> io::Result<u64> {
        let start = event.task.map_or(0, |t| t.start_ns);
        let comm = event.task.map_or(&b""[..], |t| t.comm.as_bytes());
        let known = self.threads.get(&event.tid);
        let same = known.filter(|(_, began, _)| *began == start || start == 0);
        if let Some((uuid, _, name)) = same
            && (name == comm || comm.is_empty())
        {
            return Ok(*uuid);
        }
        let uuid = match same {
            Some((uuid, ..)) => *uuid,
            None => {
                self.tracks += 1;
                self.tracks
            }
        };
        self.threads.insert(event.tid, (uuid, start, comm.to_vec()));
        // A process is called as its first thread is; until that is seen, as any.
        let process = self.processes.get(&event.pid);
        if process.is_none() || (event.pid == event.tid && process.is_some_and(|name| name != comm)) {
            self.processes.insert(event.pid, comm.to_vec());
            self.describe(TrackDescriptor {
                // Beyond all threads.
                uuid: Some(1 << 40 | u64::from(event.pid)),
                process: Some(ProcessDescriptor { pid: number(event.pid), process_name: Some(text(comm)) }),
                ..TrackDescriptor::default()
            })?;
        }
        self.describe(TrackDescriptor {
            uuid: Some(uuid),
            thread: Some(ThreadDescriptor {
                pid: number(event.pid),
                tid: number(event.tid),
                thread_name: Some(text(comm)),
            }),
            ..TrackDescriptor::default()
        })?;
        Ok(uuid)
    }

    /// Numbers of an event's name and of its category, and the names if they have not been told.
    fn interned(
        &mut self,
        name: Cow<'static, str>,
        family: Option<&'static str>,
    ) -> (u64, Vec<u64>, Option<InternedData>) {
        let mut data = InternedData::default();
        let next = self.names.len() as u64 + 1;
        let name_iid = *self.names.entry(name.clone()).or_insert(next);
        if name_iid == next {
            data.event_names.push(Interned { iid: Some(next), name: Some(name.into_owned()) });
        }
        let mut categories = Vec::new();
        if let Some(family) = family {
            let next = self.families.len() as u64 + 1;
            let iid = *self.families.entry(family).or_insert(next);
            if iid == next {
                data.event_categories.push(Interned { iid: Some(next), name: Some(family.into()) });
            }
            categories.push(iid);
        }
        let is_new = data != InternedData::default();
        (name_iid, categories, is_new.then_some(data))
    }

    fn event(&mut self, at_ns: u64, event: TrackEvent, names: Option<InternedData>) -> io::Result<()> {
        self.last_ns = self.last_ns.max(at_ns);
        self.write(Packet {
            timestamp: Some(at_ns),
            timestamp_clock_id: Some(BOOTTIME),
            track_event: Some(event),
            interned_data: names,
            sequence_flags: Some(NEEDS_STATE),
            ..Packet::default()
        })
    }
}

fn annotations(event: &Event<'_>) -> Vec<Annotation> {
    let args = args_of(event).map(|(column, datum)| {
        let mut note = Annotation { name_iid: Some(column as u64 + 1), ..Annotation::default() };
        match datum.cell() {
            Cell::Absent => {}
            Cell::Bool(value) => note.bool_value = Some(value),
            Cell::UInt(n) => note.uint_value = Some(n),
            Cell::Int(n) => note.int_value = Some(n),
            Cell::Bytes(bytes) => note.string_value = Some(text(bytes)),
        }
        note
    });
    args.collect()
}

impl Sink for PerfettoSink {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        let Item::Call(event) = item else { return Ok(()) };
        let track = self.track(event)?;
        let (name, categories, names) = self.interned(event.name(), event.family().map(|f| f.name()));
        let kind = if event.latency_ns.is_some() { SLICE_BEGIN } else { INSTANT };
        let begin = TrackEvent {
            category_iids: categories,
            debug_annotations: annotations(event),
            kind: Some(kind),
            name_iid: Some(name),
            track_uuid: Some(track),
        };
        self.event(event.time_ns, begin, names)?;
        let Some(latency_ns) = event.latency_ns else { return Ok(()) };
        let end = TrackEvent { kind: Some(SLICE_END), track_uuid: Some(track), ..TrackEvent::default() };
        self.event(event.time_ns.saturating_add(latency_ns), end, None)
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        // What is missing is seen where the rest is looked at.
        self.describe(TrackDescriptor {
            uuid: Some(ABOUT),
            name: Some("syscope".into()),
            ..TrackDescriptor::default()
        })?;
        let (name, _, names) = self.interned(verdict(summary).into(), None);
        let said = TrackEvent {
            kind: Some(INSTANT),
            name_iid: Some(name),
            track_uuid: Some(ABOUT),
            ..TrackEvent::default()
        };
        self.event(self.last_ns, said, names)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written is read back by the same messages; their numbers are compared with Perfetto's own by
    /// `scripts/perfetto-check`.
    #[test]
    fn numbers_of_columns_are_their_places() {
        for (column, place) in Column::ALL.into_iter().zip(0..) {
            assert_eq!(column as u64, place);
        }
    }
}
