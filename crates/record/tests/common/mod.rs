//! Recordings of records that are made here.

use std::path::Path;

use syscope_event::{Decoder, Item, Sink, Summary};
use syscope_record::{Meta, Recorder, Recording, SCHEMA};

#[path = "../../../output/tests/common/records.rs"]
pub(crate) mod records;

use records::Records;

pub(crate) fn meta() -> Meta {
    Meta {
        schema: SCHEMA,
        wire: syscope_wire::VERSION,
        syscope: "0".into(),
        host: "host".into(),
        kernel: "6.1".into(),
        target: "make \"all\"".into(),
        typed: vec!["record".into()],
        started_ns: 0,
        started_boot_ns: 0,
        wall_offset_ns: 0,
        string_limit: 32,
        verbose: false,
        cpus: 1,
        many_tasks: false,
        samples: Vec::new(),
        ending: None,
    }
}

/// Feeds a recorder as a session does; returns its rows.
pub(crate) fn feed(records: &Records, recorder: &mut Recorder) -> u64 {
    let mut decoder = Decoder::new();
    let mut rows = 0;
    for bytes in records.bytes() {
        let item = decoder.decode(bytes).unwrap();
        rows += u64::from(matches!(item, Some(Item::Call(_))));
        recorder.record(bytes, item.as_ref()).unwrap();
    }
    rows
}

/// A whole recording, which says of itself what `summary` says but for its rows.
pub(crate) fn record(records: &Records, dir: &Path, summary: Summary) -> Recording {
    let mut recorder = Recorder::create(dir, meta(), None).unwrap();
    let rows = feed(records, &mut recorder);
    recorder.finish(&Summary { rows, ..summary }).unwrap();
    recorder.close(&mut |_, _| {}).unwrap()
}
