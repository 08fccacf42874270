//! Processes: limits, usage, scheduling, cloning; and the machine.

use syscope_syscalls::flags as sets;
use syscope_wire::cap_part;

use super::time::time;
use super::{Bytes, bracketed, field, hex, int, uint};
use crate::Event;
use crate::args::flags::{styled, write_enum, write_flags};
use crate::args::num::{write_hex, write_id, write_int, write_uint};
use crate::args::strings::write_quoted;
use crate::args::{Style, is_whole, separate, signals, write_pointer};

pub(super) fn rlimits(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    for (name, at) in [("rlim_cur", 0), ("rlim_max", 8)] {
        field(name, out);
        rlimit(b.u64(at), style, out);
    }
}

fn rlimit(value: u64, style: &Style, out: &mut Vec<u8>) {
    if value == u64::MAX || value > 1024 && value.is_multiple_of(1024) {
        styled(style, out, |out| write_uint(value, out), |out| round(value, out));
    } else {
        write_uint(value, out);
    }
}

/// A limit in words, or in units of 1024.
fn round(value: u64, out: &mut Vec<u8>) {
    if value == u64::MAX {
        out.extend_from_slice(b"RLIM64_INFINITY");
    } else {
        write_uint(value / 1024, out);
        out.extend_from_slice(b"*1024");
    }
}

pub(super) fn rusage(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("ru_utime", out);
    time(b, 0, "tv_usec", out);
    field("ru_stime", out);
    time(b, 16, "tv_usec", out);
    if !style.verbose {
        return out.extend_from_slice(b", ...");
    }
    const NAMES: [&str; 14] = [
        "ru_maxrss",
        "ru_ixrss",
        "ru_idrss",
        "ru_isrss",
        "ru_minflt",
        "ru_majflt",
        "ru_nswap",
        "ru_inblock",
        "ru_oublock",
        "ru_msgsnd",
        "ru_msgrcv",
        "ru_nsignals",
        "ru_nvcsw",
        "ru_nivcsw",
    ];
    for (i, name) in NAMES.iter().enumerate() {
        uint(name, b.u64(32 + 8 * i), out);
    }
}

pub(super) fn sysinfo(b: &Bytes<'_>, out: &mut Vec<u8>) {
    int("uptime", b.i64(0), out);
    field("loads", out);
    out.push(b'[');
    for i in 0..3 {
        separate(i, out);
        write_uint(b.u64(8 + 8 * i), out);
    }
    out.push(b']');
    const NAMES: [(&str, usize); 6] = [
        ("totalram", 32),
        ("freeram", 40),
        ("sharedram", 48),
        ("bufferram", 56),
        ("totalswap", 64),
        ("freeswap", 72),
    ];
    for (name, at) in NAMES {
        uint(name, b.u64(at), out);
    }
    uint("procs", b.u16(80), out);
    uint("totalhigh", b.u64(88), out);
    uint("freehigh", b.u64(96), out);
    uint("mem_unit", b.u32(104), out);
}

pub(super) fn utsname(data: &[u8], style: &Style, out: &mut Vec<u8>) {
    const FIELD: usize = 65;
    let names = ["sysname", "nodename", "release", "version", "machine", "domainname"];
    let shown = if style.verbose { names.len() } else { 2 };
    for (name, bytes) in names.iter().zip(data.chunks(FIELD)).take(shown) {
        field(name, out);
        write_quoted(bytes.split(|&b| b == 0).next().unwrap_or_default(), false, style, out);
    }
    if shown < names.len() {
        out.extend_from_slice(b", ...");
    }
}

pub(crate) const CLONE_PIDFD: u64 = 0x1000;
pub(crate) const CLONE_SETTLS: u64 = 0x0008_0000;
pub(crate) const CLONE_PARENT_SETTID: u64 = 0x0010_0000;
pub(crate) const CLONE_CHILD_CLEARTID: u64 = 0x0020_0000;
pub(crate) const CLONE_CHILD_SETTID: u64 = 0x0100_0000;
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// With the brace behind it, and what the call stored: the number of the new thread, which it also returns.
pub(super) fn clone_args(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let flags = b.u64(0);
    field("flags", out);
    write_flags(&sets::CLONE3, flags, style, out);
    for (name, at, when) in [
        ("pidfd", 8, CLONE_PIDFD),
        ("child_tid", 16, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID),
        ("parent_tid", 24, CLONE_PARENT_SETTID),
    ] {
        if flags & when != 0 {
            field(name, out);
            write_pointer(b.u64(at), out);
        }
    }
    field("exit_signal", out);
    match u32::try_from(b.u64(32)) {
        Ok(0) => out.push(b'0'),
        Ok(sig) => signals::write_sig(sig, style, out),
        Err(_) => write_uint(b.u64(32), out),
    }
    field("stack", out);
    write_pointer(b.u64(40), out);
    hex("stack_size", b.u64(48), out);
    if flags & CLONE_SETTLS != 0 {
        field("tls", out);
        write_pointer(b.u64(56), out);
    }
    if b.u64(64) != 0 || b.u64(72) != 0 {
        field("set_tid", out);
        write_pointer(b.u64(64), out);
        uint("set_tid_size", b.u64(72), out);
    }
    if flags & CLONE_INTO_CGROUP != 0 {
        uint("cgroup", b.u64(80), out);
    }
    out.push(b'}');
    let Some(tid) = ev.ret.filter(|tid| *tid > 0 && flags & (CLONE_PIDFD | CLONE_PARENT_SETTID) != 0) else {
        return;
    };
    out.extend_from_slice(b" => {");
    if flags & CLONE_PIDFD != 0 {
        field("pidfd", out);
        let mut parts = ev.parts(0);
        parts.next_if(0);
        match parts.next_if(cap_part::ELEMENT).filter(|c| is_whole(c) && c.data.len() >= 4) {
            Some(cap) => pidfd(ev, Bytes(cap.data).i32(0), tid, style, out),
            None => write_pointer(b.u64(8), out),
        }
    }
    if flags & CLONE_PARENT_SETTID != 0 {
        field("parent_tid", out);
        bracketed(tid, out);
    }
    out.push(b'}');
}

/// The descriptor of a new process, which can name nothing else.
fn pidfd(ev: &Event<'_>, fd: i32, tid: i64, style: &Style, out: &mut Vec<u8>) {
    out.push(b'[');
    write_int(i64::from(fd), out);
    // The number that clone3 returns is that of its caller's namespace.
    if style.names.pidfds && ev.task.is_some_and(|t| t.ns_tid == t.tid) {
        out.extend_from_slice(b"<pid:");
        write_int(tid, out);
        out.push(b'>');
    } else if style.names.paths {
        out.extend_from_slice(b"<anon_inode:[pidfd]>");
    }
    out.push(b']');
}

pub(super) fn sched_attr(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    uint("size", b.u32(0), out);
    field("sched_policy", out);
    write_enum(&sets::SCHED, b.u32(4), style, out);
    field("sched_flags", out);
    write_flags(&sets::SCHED_FLAGS, b.u64(8), style, out);
    int("sched_nice", i64::from(b.i32(16)), out);
    uint("sched_priority", b.u32(20), out);
    for (name, at) in [("sched_runtime", 24), ("sched_deadline", 32), ("sched_period", 40)] {
        uint(name, b.u64(at), out);
    }
    if b.u32(0) >= 56 && b.0.len() >= 56 {
        uint("sched_util_min", b.u32(48), out);
        uint("sched_util_max", b.u32(52), out);
    }
}

/// `IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)`.
pub(crate) fn io_prio(value: u32, style: &Style, out: &mut Vec<u8>) {
    out.extend_from_slice(b"IOPRIO_PRIO_VALUE(");
    write_enum(&sets::IOPRIO_CLASS, u64::from(value >> 13), style, out);
    out.extend_from_slice(b", ");
    write_uint(u64::from(value & 0x1fff), out);
    out.push(b')');
}

/// `{pid=1, uid=0, gid=0}`.
pub(crate) fn credentials(b: &Bytes<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{pid=");
    write_int(i64::from(b.i32(0)), out);
    for (name, at) in [("uid", 4), ("gid", 8)] {
        field(name, out);
        write_id(b.i32(at).cast_unsigned(), out);
    }
    out.push(b'}');
}

const CAP_VERSION_1: u64 = 0x1998_0330;

pub(super) fn cap_header(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("version", out);
    write_enum(&sets::CAP_VERSION, b.u32(0), style, out);
    int("pid", i64::from(b.i32(4)), out);
}

/// The three sets of capabilities, each in one word, or since version 2 in two.
pub(super) fn capabilities(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let version = ev.cap_in(0).map_or(0, |c| Bytes(c.data).u32(0));
    for (name, at) in [("effective", 0), ("permitted", 4), ("inheritable", 8)] {
        field(name, out);
        let low = b.u32(at);
        let high = if version == CAP_VERSION_1 { 0 } else { b.u32(at + 12) };
        if low != 0 || high == 0 {
            capability_word(low, 0, style, out);
        }
        if high != 0 {
            if low != 0 {
                out.push(b'|');
            }
            capability_word(high, 32, style, out);
        }
    }
}

/// Capabilities from number `first` on.
fn capability_word(word: u64, first: u64, style: &Style, out: &mut Vec<u8>) {
    if word == 0 {
        return out.push(b'0');
    }
    let names = |out: &mut Vec<u8>| {
        for (n, bit) in (0..32).filter(|bit| word & (1 << bit) != 0).enumerate() {
            out.extend_from_slice(if n > 0 { b"|1<<" } else { b"1<<" });
            match sets::CAPABILITY.find(first + bit) {
                Some(name) => out.extend_from_slice(name.as_bytes()),
                None => write_uint(first + bit, out),
            }
        }
    };
    styled(style, out, |out| write_hex(word, out), names);
}
