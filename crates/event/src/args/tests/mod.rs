//! From the bytes of a record to the text of a call: what a line must say, one call after the other.

mod columns;
mod files;
mod manual;
mod memory;
mod nested;
mod net;
mod odd;
mod process;
mod signals;
mod times;
mod waiting;

use syscope_syscalls::by_name;
use syscope_wire::{self as wire, call_flags, cap_flags, file_kind, kind};

use super::{Names, Style, write_args, write_ret};
use crate::{Decoder, Event, Item};

const TID: u32 = 77;
const AT_FDCWD: u64 = -100_i64 as u64;
/// Where buffers and structures of the tests are.
const PTR: u64 = 0x7f00_0000_1000;

/// A call as the kernel half would record it.
#[derive(Debug, Clone, Default)]
struct Call {
    nr: u32,
    args: [u64; 6],
    ret: i64,
    flags: u32,
    enter: Vec<u8>,
    exit: Vec<u8>,
    file_ids: [u64; 2],
    /// Records of files and their ids, which count from 1.
    files: Vec<Vec<u8>>,
}

fn call(name: &str, args: &[u64]) -> Call {
    let mut call = Call { nr: by_name(name).unwrap().nr, ..Call::default() };
    call.args[..args.len()].copy_from_slice(args);
    call
}

impl Call {
    fn ret(mut self, ret: i64) -> Call {
        self.ret = ret;
        self
    }

    fn flags(mut self, flags: u32) -> Call {
        self.flags |= flags;
        self
    }

    /// Had not returned.
    fn unfinished(self) -> Call {
        self.flags(call_flags::UNFINISHED)
    }

    /// Memory as it was at exit.
    fn cap(mut self, arg: u8, data: &[u8]) -> Call {
        push_cap(&mut self.exit, arg, 0, 0, data);
        self
    }

    /// Memory as it was at entry.
    fn entry(mut self, arg: u8, data: &[u8]) -> Call {
        push_cap(&mut self.enter, arg, cap_flags::ENTER, 0, data);
        self.flags(call_flags::HAS_ENTER)
    }

    /// A list of so many strings, read at entry.
    fn strings(mut self, arg: u8, count: u32, flags: u8, data: &[u8]) -> Call {
        push_cap(&mut self.enter, arg, cap_flags::ENTER | flags, count, data);
        self.flags(call_flags::HAS_ENTER)
    }

    /// Memory that an argument's memory points to.
    fn part(mut self, arg: u8, part: u8, len: u32, data: &[u8]) -> Call {
        push_cap(&mut self.exit, arg | part << wire::CAP_PART_SHIFT, 0, len, data);
        self
    }

    /// A short value that was read at entry and came with the row.
    fn stashed(mut self, arg: u8, data: &[u8]) -> Call {
        push_cap(&mut self.exit, arg, cap_flags::ENTER, 0, data);
        self
    }

    /// What descriptors in memory that was read at entry name, in their order.
    fn watched(mut self, arg: u8, paths: &[&str]) -> Call {
        let ids: Vec<u8> = paths
            .iter()
            .flat_map(|path| self.add_file(file_kind::PATH, &components(path)).to_le_bytes())
            .collect();
        push_cap(&mut self.enter, arg, cap_flags::ENTER | cap_flags::FILE, 0, &ids);
        self
    }

    /// The same for memory behind an argument that was read at exit.
    fn part_names(mut self, arg: u8, part: u8, paths: &[&str]) -> Call {
        let ids: Vec<u8> = paths
            .iter()
            .flat_map(|path| self.add_file(file_kind::PATH, &components(path)).to_le_bytes())
            .collect();
        push_cap(&mut self.exit, arg | part << wire::CAP_PART_SHIFT, cap_flags::FILE, 0, &ids);
        self
    }

    /// Memory that was longer than what was copied.
    fn cut(mut self, arg: u8, data: &[u8]) -> Call {
        push_cap(&mut self.exit, arg, cap_flags::TRUNC, 0, data);
        self
    }

    /// Memory that could not be read.
    fn fault(mut self, arg: u8) -> Call {
        push_cap(&mut self.exit, arg, cap_flags::FAULT, 0, b"");
        self
    }

    /// What the first or second descriptor argument names.
    fn names(mut self, which: usize, path: &str) -> Call {
        self.file_ids[which] = self.add_file(file_kind::PATH, &components(path));
        self
    }

    /// The same below a root directory of its own.
    fn names_below(mut self, which: usize, path: &str, root: &str) -> Call {
        self.file_ids[which] = self.add_file_below(file_kind::PATH, &components(path), &components(root));
        self
    }

    fn names_kind(mut self, which: usize, kind: u16, payload: &[u8]) -> Call {
        self.file_ids[which] = self.add_file(kind, payload);
        self
    }

    /// What the descriptor that was returned names.
    fn ret_names(mut self, path: &str) -> Call {
        let id = self.add_file(file_kind::PATH, &components(path));
        push_cap(&mut self.exit, wire::CAP_RET, cap_flags::FILE, 1, &id.to_le_bytes());
        self
    }

    /// What two stored descriptors name: the ends of pipe 5.
    fn fds_name_pipe(mut self, arg: u8) -> Call {
        let id = self.add_file(file_kind::PIPE, b"");
        let ids = [id.to_le_bytes(), id.to_le_bytes()].concat();
        push_cap(&mut self.exit, arg, cap_flags::FILE, 2, &ids);
        self
    }

    fn add_file(&mut self, kind: u16, payload: &[u8]) -> u64 {
        self.add_file_below(kind, payload, b"")
    }

    fn add_file_below(&mut self, kind: u16, payload: &[u8], root: &[u8]) -> u64 {
        let id = self.files.len() as u64 + 1;
        let mut rec = header(kind::FILE);
        for word in [id, 5, 1] {
            rec.extend_from_slice(&word.to_le_bytes());
        }
        rec.extend_from_slice(&[0; 16]);
        rec.extend_from_slice(&kind.to_le_bytes());
        rec.extend_from_slice(&0_u16.to_le_bytes());
        let fixed = if kind == file_kind::SOCKET { wire::Sock::SIZE } else { 0 };
        rec.extend_from_slice(&u32::try_from(payload.len() - fixed).unwrap().to_le_bytes());
        rec.extend_from_slice(&u64::try_from(root.len()).unwrap().to_le_bytes());
        rec.extend_from_slice(payload);
        rec.extend_from_slice(root);
        self.files.push(rec);
        id
    }

    /// Runs the decoder over the records and hands the event over.
    fn decoded<T>(&self, look: impl Fn(&Event<'_>) -> T) -> T {
        let mut decoder = Decoder::new();
        for file in &self.files {
            assert!(decoder.decode(file).unwrap().is_none());
        }
        if self.flags & call_flags::HAS_ENTER != 0 {
            let mut enter = header(kind::ENTER);
            enter.extend_from_slice(&self.nr.to_le_bytes());
            enter.extend_from_slice(&u32::try_from(self.enter.len()).unwrap().to_le_bytes());
            enter.extend_from_slice(&self.enter);
            assert!(decoder.decode(&enter).unwrap().is_none());
        }
        match decoder.decode(&self.record()).unwrap() {
            Some(Item::Call(event)) => look(&event),
            other => panic!("no call: {other:?}"),
        }
    }

    fn record(&self) -> Vec<u8> {
        let mut rec = header(kind::CALL);
        // Entry at the time of the enter record, no gap.
        for word in [TIME_NS, 0, self.ret.cast_unsigned(), 0] {
            rec.extend_from_slice(&word.to_le_bytes());
        }
        for word in self.args.iter().chain(&self.file_ids) {
            rec.extend_from_slice(&word.to_le_bytes());
        }
        for word in [TID, self.nr, self.flags, u32::try_from(self.exit.len()).unwrap()] {
            rec.extend_from_slice(&word.to_le_bytes());
        }
        rec.extend_from_slice(&self.exit);
        rec
    }

    fn text(&self, style: &Style) -> String {
        self.decoded(|ev| {
            let mut out = ev.name().into_owned().into_bytes();
            out.push(b'(');
            write_args(ev, style, &mut out);
            out.extend_from_slice(b") = ");
            write_ret(ev, style, &mut out);
            String::from_utf8(out).unwrap()
        })
    }
}

const TIME_NS: u64 = 1_000;

fn header(kind: u16) -> Vec<u8> {
    let mut rec = kind.to_le_bytes().to_vec();
    rec.extend_from_slice(&0_u16.to_le_bytes());
    rec.extend_from_slice(&TID.to_le_bytes());
    rec.extend_from_slice(&TIME_NS.to_le_bytes());
    rec
}

fn push_cap(caps: &mut Vec<u8>, arg: u8, flags: u8, aux: u32, data: &[u8]) {
    caps.extend_from_slice(&[arg, flags]);
    caps.extend_from_slice(&u16::try_from(data.len()).unwrap().to_le_bytes());
    caps.extend_from_slice(&aux.to_le_bytes());
    caps.extend_from_slice(data);
    caps.resize(caps.len().next_multiple_of(8), 0);
}

/// `/a/b` as the kernel half sends it: from the leaf up.
fn components(path: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for part in path.rsplit('/').filter(|p| !p.is_empty()) {
        out.extend_from_slice(part.as_bytes());
        out.push(0);
    }
    out
}

/// Words of a structure.
fn words<const N: usize>(words: [u64; N]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn ints<const N: usize>(ints: [i32; N]) -> Vec<u8> {
    ints.iter().flat_map(|i| i.to_le_bytes()).collect()
}

/// The line of a call in strace's default style.
#[track_caller]
fn check(call: Call, expected: &str) {
    check_in(&Style { names: Names::PATHS, ..Style::default() }, &call, expected);
}

#[track_caller]
fn check_in(style: &Style, call: &Call, expected: &str) {
    assert_eq!(call.text(style), expected);
}
