//! Times and clocks.

use syscope_syscalls::flags as sets;

use super::{Bytes, field, int, uint};
use crate::args::flags::{styled, write_flags};
use crate::args::{Style, date};

/// A time in two longs.
pub(super) fn time(b: &Bytes<'_>, at: usize, fraction: &str, out: &mut Vec<u8>) {
    seconds(b.i64(at), fraction, b.u64(at + 8), out);
}

/// `{tv_sec=1, tv_nsec=0}`.
pub(super) fn seconds(sec: i64, fraction: &str, part: u64, out: &mut Vec<u8>) {
    out.push(b'{');
    int("tv_sec", sec, out);
    uint(fraction, part, out);
    out.push(b'}');
}

/// A time to be given to a file: with its date, or `UTIME_NOW`, `UTIME_OMIT`.
pub(super) fn file_time(b: &Bytes<'_>, fraction: &str, width: usize, style: &Style, out: &mut Vec<u8>) {
    const UTIME_NOW: u64 = 0x3fff_ffff;
    const UTIME_OMIT: u64 = 0x3fff_fffe;
    match (fraction, b.u64(8)) {
        ("tv_nsec", part @ (UTIME_NOW | UTIME_OMIT)) => {
            let name: &[u8] = if part == UTIME_NOW { b"UTIME_NOW" } else { b"UTIME_OMIT" };
            let numbers = |out: &mut Vec<u8>| time(b, 0, fraction, out);
            styled(style, out, numbers, |out| out.extend_from_slice(name));
        }
        (_, part) => {
            time(b, 0, fraction, out);
            date::write_comment(b.i64(0), part, width, out);
        }
    }
}

pub(super) fn pair_of_times(b: &Bytes<'_>, fraction: &str, out: &mut Vec<u8>) {
    field("it_interval", out);
    time(b, 0, fraction, out);
    field("it_value", out);
    time(b, 16, fraction, out);
}

/// `struct timex`.
pub(super) fn timex(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("modes", out);
    write_flags(&sets::ADJ, b.u32(0), style, out);
    for (name, at) in [("offset", 8), ("freq", 16), ("maxerror", 24), ("esterror", 32)] {
        int(name, b.i64(at), out);
    }
    field("status", out);
    write_flags(&sets::STA, b.u32(40), style, out);
    for (name, at) in [("constant", 48), ("precision", 56), ("tolerance", 64)] {
        int(name, b.i64(at), out);
    }
    field("time", out);
    time(b, 72, "tv_usec", out);
    for (name, at) in [("tick", 88), ("ppsfreq", 96), ("jitter", 104)] {
        int(name, b.i64(at), out);
    }
    int("shift", i64::from(b.i32(112)), out);
    for (name, at) in [("stabil", 120), ("jitcnt", 128), ("calcnt", 136), ("errcnt", 144), ("stbcnt", 152)] {
        int(name, b.i64(at), out);
    }
    int("tai", i64::from(b.i32(160)), out);
}
