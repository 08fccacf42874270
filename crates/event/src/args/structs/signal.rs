//! Signals: how they are handled, whom a timer tells.

use syscope_syscalls::flags as sets;

use super::{Bytes, field, int};
use crate::args::flags::{write_enum, write_flags, write_named};
use crate::args::num::{write_hex, write_int, write_uint};
use crate::args::{Style, signals, write_pointer};

pub(super) fn sigaction(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    const SA_RESTORER: u64 = 0x0400_0000;
    let flags = b.u64(8);
    field("sa_handler", out);
    match b.u64(0) {
        0 => write_named(0, "SIG_DFL", style, out),
        1 => write_named(1, "SIG_IGN", style, out),
        handler => write_hex(handler, out),
    }
    field("sa_mask", out);
    signals::write_set(b.u64(24), style, out);
    field("sa_flags", out);
    write_flags(&sets::SA, flags, style, out);
    if flags & SA_RESTORER != 0 {
        field("sa_restorer", out);
        write_pointer(b.u64(16), out);
    }
}

pub(super) fn siginfo(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let u32_at = |at| b.i32(at).cast_unsigned();
    let info = signals::Info {
        host_pid: None,
        signo: b.i32(0),
        errno: b.i32(4),
        code: b.i32(8),
        pid: u32_at(16),
        uid: u32_at(20),
        addr: b.u64(16),
        status: b.i32(24),
        utime: b.u64(32),
        stime: b.u64(40),
        value: Some(b.u64(24)),
        poll: Some((b.i64(16), b.i32(24))),
    };
    signals::write_info(&info, style, out);
}

pub(super) fn sigevent(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    const SIGEV_SIGNAL: u64 = 0;
    const SIGEV_THREAD: u64 = 2;
    const SIGEV_THREAD_ID: u64 = 4;
    if b.u64(0) != 0 {
        field("sigev_value", out);
        out.extend_from_slice(b"{sival_int=");
        write_int(i64::from(b.i32(0)), out);
        out.extend_from_slice(b", sival_ptr=");
        write_pointer(b.u64(0), out);
        out.push(b'}');
    }
    let notify = b.u32(12);
    field("sigev_signo", out);
    if matches!(notify, SIGEV_SIGNAL | SIGEV_THREAD | SIGEV_THREAD_ID) {
        signals::write_sig(b.i32(8).cast_unsigned(), style, out);
    } else {
        write_uint(b.u32(8), out);
    }
    field("sigev_notify", out);
    write_enum(&sets::SIGEV, notify, style, out);
    match notify {
        SIGEV_THREAD_ID => int("sigev_notify_thread_id", i64::from(b.i32(16)), out),
        SIGEV_THREAD => {
            for (name, at) in [("sigev_notify_function", 16), ("sigev_notify_attributes", 24)] {
                field(name, out);
                write_pointer(b.u64(at), out);
            }
        }
        _ => {}
    }
}
