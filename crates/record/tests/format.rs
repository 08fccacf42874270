//! What was recorded is read again, whatever happened to the files in between.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use common::records::{Records, call};
use common::{feed, meta};
use proptest::prelude::*;
use syscope_event::{Decoder, Item, Sink, Summary};
use syscope_output::{Format, Options};
use syscope_record::{Error, Recorder, Recording};

fn record(records: &Records, dir: &Path) -> Recording {
    common::record(records, dir, Summary::default())
}

/// One that was not closed: what is left when its maker is killed behind its last block.
fn record_without_end(records: &Records, dir: &Path) {
    let mut recorder = Recorder::create(dir, meta(), None).unwrap();
    let rows = feed(records, &mut recorder);
    recorder.finish(&Summary { rows, ..Summary::default() }).unwrap();
}

fn open(dir: &Path) -> Result<Recording, Error> {
    Recording::open(dir, &mut |_, _| {})
}

/// In every format, as it would be printed.
fn printed(feed: impl Fn(&mut dyn FnMut(&Item<'_>))) -> [Vec<u8>; 3] {
    [Format::Text, Format::Csv, Format::Jsonl].map(|format| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let file = fs::File::create(&path).unwrap();
        let mut sink = format.open(Box::new(file), &Options::default());
        feed(&mut |item| sink.item(item).unwrap());
        sink.finish(&Summary::default()).unwrap();
        fs::read(path).unwrap()
    })
}

fn live(records: &Records) -> [Vec<u8>; 3] {
    printed(|f| records.each(f))
}

fn replayed(recording: &Recording) -> [Vec<u8>; 3] {
    printed(|f| {
        recording
            .replay(&mut |_, item| {
                if let Some(item) = item {
                    f(item);
                }
                ControlFlow::Continue(())
            })
            .unwrap();
    })
}

/// A little of everything.
fn mixed() -> Records {
    Records::new()
        .task(100, b"sh")
        .path(1, "/etc")
        .path(2, b"/tmp/latin\xe9")
        .call(call("openat").args([u64::MAX - 99, 0, 0]).text(1, "passwd").file(0, 1).ret(3).ret_file(2))
        .call(call("read").at(2_000_000_000).args([3, 0x5000, 9]).file(0, 2).mem(1, b"\xff\0bytes").ret(7))
        .call(call("read").at(2_000_000_100).args([3, 0x5000, 9]).file(0, 2).ret(-11))
        .fork(100, 101)
        .task(101, b"child\xff")
        .signal(100, 17, 101)
        .call(call("write").tid(101).at(3_000_000_000).args([u64::MAX, 0, 0]).took(0).ret(-9))
        .call(call("nanosleep").tid(101).at(3_000_000_500).args([0x6000, 0]).mem(0, &[7; 16]).unfinished())
        .exec(101, 101)
        .call(call("exit_group").tid(101).at(4_000_000_000).args([3]))
        .exit(101, 3 << 8)
        .call(call("read").foreign(9999).at(5_000_000_000).ret(i64::MIN))
        .call(call("mmap").at(6_000_000_000).args([0, 4096, 3, 34, u64::MAX, 0]).ret(0x7f00_0000_0000))
}

#[test]
fn a_replay_is_what_was_live() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("r");
    let recording = record(&mixed(), &dir);
    assert!(recording.is_finished() && recording.ending().summary.complete());
    assert_eq!(recording.ending().summary.rows, 8);
    assert_eq!(replayed(&recording), live(&mixed()));
    // Nothing is left of the spool, and it can be opened again and again.
    assert!(!dir.join("spool").exists());
    assert_eq!(replayed(&open(&dir).unwrap()), live(&mixed()));
}

#[test]
fn an_empty_recording_is_one() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(&Records::new(), &dir.path().join("r"));
    assert_eq!(recording.ending().summary.rows, 0);
    assert_eq!(replayed(&recording), live(&Records::new()));
}

#[test]
fn more_rows_than_a_row_group_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut records = Records::new().task(100, b"cat").path(1, "/data");
    for n in 0..150_000_u64 {
        let file = call("read").at(1_000_000_000 + 500 * n).args([3, 0x5000, 1]).file(0, 1);
        records = records.call(file.mem(1, &[n.to_le_bytes()[0]]).ret(1));
    }
    let recording = record(&records, &dir.path().join("r"));
    assert_eq!(recording.ending().summary.rows, 150_000);
    assert_eq!(replayed(&recording), live(&records));
    let size: u64 = recording.files().iter().map(|(_, size)| size).sum();
    assert!(size < 12 * 150_000, "{size}");
}

/// Numbers of rows that a filter dropped are missing in a replay, too.
#[test]
fn numbers_stay() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("r");
    let mut recorder = Recorder::create(&dir, meta(), None).unwrap();
    let mut decoder = Decoder::new();
    let mut kept = Vec::new();
    for bytes in mixed().bytes() {
        match decoder.decode(bytes).unwrap() {
            Some(Item::Call(event)) if event.seq % 3 == 1 => {
                kept.push(event.seq);
                recorder.record(bytes, Some(&Item::Call(event))).unwrap();
            }
            Some(Item::Call(_)) => {}
            item => recorder.record(bytes, item.as_ref()).unwrap(),
        }
    }
    recorder.finish(&Summary::default()).unwrap();
    let numbers = |recording: &Recording| {
        let mut numbers = Vec::new();
        let each = &mut |_: &[u8], item: Option<&Item<'_>>| {
            if let Some(Item::Call(event)) = item {
                numbers.push(event.seq);
            }
            ControlFlow::Continue(())
        };
        recording.replay(each).unwrap();
        numbers
    };
    assert_eq!(numbers(&recorder.close(&mut |_, _| {}).unwrap()), kept);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any record that the kernel half can write.
    #[test]
    fn whatever_is_recorded_is_replayed(
        calls in prop::collection::vec(
            (0..520_u32, any::<[u64; 6]>(), any::<i64>(), 0..600_u32, prop::collection::vec(any::<u8>(), 0..64)),
            0..60,
        )
    ) {
        let mut records = Records::new().task(100, b"any").path(1, "/x");
        for (n, (nr, args, ret, flags, data)) in calls.iter().enumerate() {
            let at = 1_000_000_000 + 1000 * n as u64;
            let made = call("read").foreign(*nr).at(at).args(*args).ret(*ret).file(0, 1).mem((nr % 7) as u8, data);
            records = records.call(made.with_flags(*flags));
        }
        let dir = tempfile::tempdir().unwrap();
        let recording = record(&records, &dir.path().join("r"));
        prop_assert_eq!(replayed(&recording), live(&records));
    }
}

/// Copies a directory that was not closed, with its only piece cut.
fn cut(from: &Path, to: &Path, len: usize) {
    fs::create_dir_all(to.join("spool")).unwrap();
    fs::copy(from.join("recording.json"), to.join("recording.json")).unwrap();
    let piece = fs::read(from.join("spool/000001.blocks")).unwrap();
    fs::write(to.join("spool/000001.blocks"), &piece[..len]).unwrap();
}

/// Wherever it ends, what is before is read, and that something is missing is said.
#[test]
fn a_spool_that_was_cut() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    record_without_end(&mixed(), &whole);
    let len = fs::metadata(whole.join("spool/000001.blocks")).unwrap().len() as usize;
    let all = live(&mixed());
    let [mut all_there, mut nothing] = [0, 0];
    for end in (0..=len).filter(|n| n % 7 == 0 || n + 3 > len) {
        let part = dir.path().join(end.to_string());
        cut(&whole, &part, end);
        let recording = open(&part).unwrap();
        let ending = recording.ending();
        assert_eq!(ending.summary.cut_off, end < len, "{end}");
        assert_eq!(ending.summary.complete(), end == len, "{end}");
        let read = replayed(&recording);
        match ending.summary.rows {
            0 => nothing += 1,
            _ => {
                all_there += 1;
                assert_eq!(read, all, "{end}");
            }
        }
    }
    // Its records are one block: they are all there or none is.
    assert!(all_there > 2 && nothing > 10, "{all_there} {nothing}");
}

/// The last step can be repeated, whatever is there of it.
#[test]
fn a_conversion_that_was_killed_is_done_again() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("r");
    record_without_end(&mixed(), &whole);
    fs::create_dir(whole.join("tables")).unwrap();
    fs::write(whole.join("events.parquet.tmp"), "PAR1").unwrap();
    fs::write(whole.join("tables/tasks.parquet"), "half of it").unwrap();
    let recording = open(&whole).unwrap();
    assert_eq!(replayed(&recording), live(&mixed()));
    assert!(!whole.join("events.parquet.tmp").exists());
}

#[test]
fn what_is_being_recorded_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("r");
    let mut recorder = Recorder::create(&dir, meta(), None).unwrap();
    feed(&mixed(), &mut recorder);
    assert!(matches!(open(&dir), Err(Error::InUse(_))));
    recorder.finish(&Summary::default()).unwrap();
    drop(recorder);
    assert!(open(&dir).is_ok());
}

#[test]
fn nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let create = |path: &Path| Recorder::create(path, meta(), None).map(drop);
    fs::write(dir.path().join("file"), "precious").unwrap();
    assert!(matches!(create(dir.path()), Err(Error::Exists(_))));
    assert!(matches!(create(&dir.path().join("file")), Err(Error::Exists(_))));
    std::os::unix::fs::symlink("/nowhere", dir.path().join("link")).unwrap();
    assert!(matches!(create(&dir.path().join("link")), Err(Error::Exists(_))));
    assert!(matches!(create(&dir.path().join("no/where")), Err(Error::Io(..))));
    fs::create_dir(dir.path().join("empty")).unwrap();
    create(&dir.path().join("empty")).unwrap();
}

#[test]
fn bad_input_is_said_and_never_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let text = |path: PathBuf| open(&path).unwrap_err().to_string();
    assert!(text(at("none")).contains("No such file"));
    fs::write(at("file"), "x").unwrap();
    assert!(text(at("file")).contains("it is a file"));
    fs::create_dir(at("folder")).unwrap();
    assert!(text(at("folder")).contains("no recording.json"));
    for (json, expected) in [
        ("", "EOF"),
        ("[]", "no schema"),
        ("{\"schema\":1}", "missing field"),
        ("{\"schema\":2,\"later\":true}", "newer syscope"),
    ] {
        fs::write(at("folder/recording.json"), json).unwrap();
        let said = text(at("folder"));
        assert!(said.contains(expected), "{json}: {said}");
    }

    let damaged = at("damaged");
    record(&mixed(), &damaged);
    let events = fs::read(damaged.join("events.parquet")).unwrap();
    for len in (0..events.len()).step_by(211) {
        fs::write(damaged.join("events.parquet"), &events[..len]).unwrap();
        let recording = open(&damaged).unwrap();
        let error = recording.replay(&mut |_, _| ControlFlow::Continue(())).unwrap_err();
        assert!(matches!(error, Error::Damaged(..)), "{error}");
    }
    // Bytes that changed inside lead to an error or to other rows, and to nothing worse.
    for at in (4..events.len()).step_by(97) {
        let mut bytes = events.clone();
        bytes[at] ^= 0x55;
        fs::write(damaged.join("events.parquet"), bytes).unwrap();
        drop(open(&damaged).unwrap().replay(&mut |_, _| ControlFlow::Continue(())));
    }
}
