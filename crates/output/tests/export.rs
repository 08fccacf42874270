//! Exports are what they are said to be: JSON, and packets with slices that begin and end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use common::records::{Records, call};
use syscope_event::{Clock, Summary};
use syscope_output::Export;

#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn exported(format: &str, records: &Records) -> Vec<u8> {
    let bytes = Bytes::default();
    let clock = Clock { wall_offset_ns: 5_000_000_000 };
    let mut sink = Export::from_name(format).unwrap().open(Box::new(bytes.clone()), clock).unwrap();
    records.feed(&mut *sink);
    sink.finish(&Summary { rows: 3, lost_details: 1, ..Summary::default() }).unwrap();
    drop(sink);
    bytes.0.lock().unwrap().clone()
}

fn some() -> Records {
    Records::new()
        .task(100, b"a\xff\"<")
        .call(
            call("openat").args([u64::MAX - 99]).text(1, b"/x\"\n\xff").ret(-2).at(1_000_000_500).took(1500),
        )
        .call(call("read").tid(200).args([3, 0x5000, 100]).ret(7).at(1_000_001_000).took(10))
        .call(call("exit_group").at(1_000_009_000))
}

#[test]
fn chrome_reads_json() {
    let json: serde_json::Value = serde_json::from_slice(&exported("chrome", &some())).unwrap();
    let events = json["traceEvents"].as_array().unwrap();
    let slices: Vec<_> = events.iter().filter(|e| e["ph"] == "X").collect();
    assert_eq!(slices.len(), 2);
    assert_eq!((&slices[0]["name"], &slices[0]["cat"]), (&"openat".into(), &"FS".into()));
    assert_eq!((slices[0]["ts"].as_f64(), slices[0]["dur"].as_f64()), (Some(1_000_000.5), Some(1.5)));
    assert_eq!((&slices[0]["args"]["errno"], &slices[0]["args"]["ret"]), (&"ENOENT".into(), &(-2).into()));
    assert_eq!(slices[0]["args"]["file"], "/x\"\\x0a\\xff");
    assert_eq!((&slices[1]["tid"], &slices[1]["args"]["bytes"]), (&200.into(), &7.into()));
    assert_eq!(events.iter().filter(|e| e["ph"] == "i").count(), 1);
    let names: Vec<_> = events.iter().filter(|e| e["ph"] == "M").map(|e| &e["args"]["name"]).collect();
    assert_eq!(names, ["a\\xff\"<"; 2]);
    assert!(json["otherData"]["verdict"].as_str().unwrap().contains("3 rows"));
    let empty: serde_json::Value = serde_json::from_slice(&exported("chrome", &Records::new())).unwrap();
    assert_eq!(empty["traceEvents"], serde_json::json!([]));
}

/// Fields of a message, by the rules of protobuf alone: numbers, and numbers or bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return value;
            }
        }
        panic!("a long number");
    }
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let value = varint(&mut bytes);
        let payload = match key & 7 {
            0 => Vec::new(),
            2 => {
                let (payload, rest) = bytes.split_at(usize::try_from(value).unwrap());
                bytes = rest;
                payload.to_vec()
            }
            other => panic!("wire type {other}"),
        };
        out.push((key >> 3, value, payload));
    }
    out
}

fn get(message: &[(u64, u64, Vec<u8>)], number: u64) -> Option<&(u64, u64, Vec<u8>)> {
    message.iter().find(|(n, ..)| *n == number)
}

#[test]
fn perfetto_reads_packets() {
    let trace = fields(&exported("perfetto", &some()));
    assert!(trace.iter().all(|(number, ..)| *number == 1));
    let packets: Vec<_> = trace.iter().map(|(_, _, packet)| fields(packet)).collect();
    // The boot-time clock, and the wall clock beside it.
    let clocks = fields(&get(&packets[0], 6).unwrap().2);
    let readings: Vec<_> = clocks.iter().filter(|c| c.0 == 1).map(|c| fields(&c.2)).collect();
    let of = |n: usize| (get(&readings[n], 1).unwrap().1, get(&readings[n], 2).unwrap().1);
    assert_eq!((of(0), of(1)), ((6, 1_000_000_000), (1, 6_000_000_000)));
    // (kind, time, track)
    let mut events = Vec::new();
    let mut errno = None;
    for packet in &packets {
        let Some((_, _, event)) = get(packet, 11) else { continue };
        let event = fields(event);
        let number = |n: u64| get(&event, n).map_or(0, |f| f.1);
        events.push((number(9), get(packet, 8).unwrap().1, number(11)));
        for (_, _, note) in event.iter().filter(|f| f.0 == 4) {
            let note = fields(note);
            if get(&note, 6).is_some_and(|text| text.2 == b"ENOENT") {
                errno = Some(get(&note, 1).unwrap().1);
            }
        }
    }
    assert_eq!(
        events,
        [
            (1, 1_000_000_500, 2),
            (2, 1_000_002_000, 2),
            (1, 1_000_001_000, 3),
            (2, 1_000_001_010, 3),
            (3, 1_000_009_000, 2),
            (3, 1_000_009_000, 1),
        ]
    );
    // The number of an argument's name stands for the column.
    let names = fields(&get(&packets[1], 12).unwrap().2);
    let errno_name = names
        .iter()
        .filter(|f| f.0 == 3)
        .map(|f| fields(&f.2))
        .find(|f| get(f, 1).unwrap().1 == errno.unwrap());
    assert_eq!(get(&errno_name.unwrap(), 2).unwrap().2, b"errno");
    // A thread's track says whose it is.
    let threads: Vec<_> = packets
        .iter()
        .filter_map(|p| get(p, 60))
        .map(|t| fields(&t.2))
        .filter(|t| get(t, 4).is_some())
        .collect();
    assert_eq!(threads.len(), 2);
    let thread = fields(&get(&threads[0], 4).unwrap().2);
    assert_eq!((get(&thread, 2).unwrap().1, &get(&thread, 5).unwrap().2[..]), (100, &b"a\\xff\"<"[..]));
}
