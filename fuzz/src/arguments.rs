//! One call of the table, with any registers and any memory behind them, as text and as columns.

use syscope_event::args::{write_args, write_ret};
use syscope_event::{Decoder, Event, Item, Row, Summary};
use syscope_output::Format;
use syscope_syscalls as syscalls;
use syscope_wire::{CAP_RET, call_flags, cap_flags, kind};

use crate::check::{self, Written};
use crate::input::Input;

/// A call, its registers, up to a few pieces of memory read at entry and at exit, identities of files, a task, and how
/// all of it is to be shown.
pub fn arguments(data: &[u8]) {
    let mut input = Input::new(data);
    let options = input.options();
    let mut decoder = Decoder::new();
    let mut size = data.len();
    for record in records(&mut input) {
        size += record.len();
        let Ok(Some(Item::Call(event))) = decoder.decode(&record) else { continue };
        let mut text = Vec::new();
        write_args(&event, &options.style, &mut text);
        write_ret(&event, &options.style, &mut text);
        check::is_plain_ascii(&text);
        // A name may be as long as all of the input, and stand behind every four bytes of memory or bit of a set.
        let most = 2000 + 40 * size + 4 * size * size;
        assert!(text.len() <= most, "{} bytes of text from {size}", text.len());
        let row = Row::from_event(&event, &options.style);
        columns(&event, &row);
        for format in [Format::Csv, Format::Jsonl, Format::Text] {
            let written = Written::default();
            let mut sink = format.open(written.out(), &options);
            assert!(sink.item(&Item::Call(event)).is_ok() && sink.finish(&Summary::default()).is_ok());
            let bytes = written.bytes();
            match format {
                Format::Text => {
                    check::is_plain_ascii(&bytes);
                    assert_eq!(bytes.iter().filter(|b| **b == b'\n').count(), 1);
                }
                Format::Csv => {
                    let header = bytes.iter().position(|b| *b == b'\n').map_or(0, |end| end + 1);
                    check::csv_holds(&bytes[header..], [row.cells().to_vec()].into_iter());
                }
                Format::Jsonl => check::json_holds_rows(&bytes, std::slice::from_ref(&row)),
            }
        }
    }
}

/// What columns say to each other.
fn columns(event: &Event<'_>, row: &Row) {
    assert_eq!(row.is_error, row.errno.is_some());
    assert!(!row.is_error || row.ret.is_some_and(|ret| ret < 0));
    assert_eq!(row.bytes.is_some(), row.direction.is_some());
    assert!(!row.unfinished || row.ret.is_none());
    assert!(
        row.fd.is_none_or(|fd| fd >= 0)
            || event.syscall().is_some_and(|s| s.name.starts_with("pipe") || s.name == "socketpair")
    );
    for name in [&row.file, &row.file2].into_iter().flatten() {
        assert!(!name.is_empty(), "an empty name is none");
    }
}

/// Bytes as the kernel half writes them.
fn records(input: &mut Input<'_>) -> Vec<Vec<u8>> {
    const TID: u32 = 100;
    let sys = syscalls::ALL[usize::from(input.u16()) % syscalls::ALL.len()];
    let flags = input.u32() & !(call_flags::COMPAT | call_flags::X32);
    let registers: [u64; 6] = std::array::from_fn(|_| input.register());
    let result = input.register();
    let mut out = Vec::new();
    for id in 1..=u64::from(input.u8() & 3) {
        out.push(file(id, input));
    }
    out.push(task(input));
    let entry = captures(input);
    if !entry.is_empty() {
        let mut enter = header(kind::ENTER, TID, 1);
        put32(&mut enter, &[sys.nr, u32::try_from(entry.len()).unwrap_or_default()]);
        enter.extend(&entry);
        out.push(enter);
    }
    let flags = if entry.is_empty() { flags } else { flags | call_flags::HAS_ENTER };
    let mut call = header(kind::CALL, TID, 50);
    put64(&mut call, &[1, 5, result, 7]);
    put64(&mut call, &registers);
    let files = input.u8();
    put64(&mut call, &[u64::from(files & 3), u64::from(files >> 2 & 3)]);
    let exit = captures(input);
    put32(&mut call, &[TID, sys.nr, flags, u32::try_from(exit.len()).unwrap_or_default()]);
    call.extend(exit);
    out.push(call);
    out
}

fn captures(input: &mut Input<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..input.u8() & 15 {
        let tag = input.u8();
        // Most of them are whole pieces of one of the arguments.
        let arg = if tag & 0x80 == 0 { tag & 7 } else { tag & 0x57 };
        let flags = match input.u8() {
            bits @ 0..32 => bits & (cap_flags::FAULT | cap_flags::TRUNC | cap_flags::FILE | cap_flags::ENTER),
            _ => 0,
        };
        let aux = input.u32();
        let data = if flags & cap_flags::FILE != 0 || arg == CAP_RET {
            // Identities of files are small numbers.
            (0..input.u8() & 7).flat_map(|_| u64::from(input.u8() & 3).to_le_bytes()).collect()
        } else {
            input.chunk().to_vec()
        };
        out.extend([arg, flags]);
        out.extend(u16::try_from(data.len()).unwrap_or_default().to_le_bytes());
        out.extend(aux.to_le_bytes());
        out.extend(&data);
        out.resize(out.len().next_multiple_of(8), 0);
    }
    out
}

fn file(id: u64, input: &mut Input<'_>) -> Vec<u8> {
    let mut out = header(kind::FILE, 100, 1);
    put64(&mut out, &[id, 12, 1]);
    put32(&mut out, &[1, 0x0010_0003, input.u32(), 0xef53]);
    let kind = u16::from(input.u8() % 8);
    let (payload, root) = (input.chunk(), input.chunk());
    let address = if kind == syscope_wire::file_kind::SOCKET { 56 } else { 0 };
    out.extend(kind.to_le_bytes());
    out.extend(u16::from(input.u8()).to_le_bytes());
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or_default();
    put32(&mut out, &[size(payload), size(root), 0]);
    let mut sock = input.bytes(address).to_vec();
    sock.resize(address, 0);
    out.extend(sock);
    out.extend(payload);
    out.extend(root);
    out
}

fn task(input: &mut Input<'_>) -> Vec<u8> {
    let mut out = header(kind::TASK, 100, 1);
    put64(&mut out, &[7, 1, 1]);
    put32(&mut out, &[100, 1, input.u32(), 100]);
    let mut comm = input.bytes(16).to_vec();
    comm.resize(16, 0);
    out.extend(comm);
    let cgroup = input.chunk();
    put32(&mut out, &[u32::try_from(cgroup.len()).unwrap_or_default(), 0]);
    out.extend(cgroup);
    out
}

fn header(kind: u16, tid: u32, time_ns: u64) -> Vec<u8> {
    let mut out = kind.to_le_bytes().to_vec();
    out.extend(3_u16.to_le_bytes());
    put32(&mut out, &[tid]);
    put64(&mut out, &[time_ns]);
    out
}

fn put32(out: &mut Vec<u8>, words: &[u32]) {
    words.iter().for_each(|word| out.extend(word.to_le_bytes()));
}

fn put64(out: &mut Vec<u8>, words: &[u64]) {
    words.iter().for_each(|word| out.extend(word.to_le_bytes()));
}
