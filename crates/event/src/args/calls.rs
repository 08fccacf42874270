//! Calls whose arguments depend on each other, or which strace prints in an order of its own.

use syscope_syscalls::variants::Variants;
use syscope_syscalls::{CallPrinter, Role, Syscall, flags as sets};

use super::flags::{styled, write_enum, write_flags, write_named};
use super::num::{write_hex_or_zero, write_int, write_uint};
use super::{
    Constants, Style, is_output, net, ok_cap, separate, signals, sockopt, structs, write_arg, write_plain,
    write_pointer, write_role, write_some,
};
use crate::Event;

/// MREMAP_FIXED, MREMAP_DONTUNMAP.
const MREMAP_TO: u64 = 2 | 4;
const PR_CAP_AMBIENT_CLEAR_ALL: u64 = 4;
const PR_MCE_KILL_SET: u64 = 1;
const O_CREAT: u64 = 0o100;
/// O_TMPFILE without O_DIRECTORY, which it contains.
const O_TMPFILE: u64 = 0o20_000_000;

pub(crate) fn write(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    let all = sys.args.len();
    match sys.printer {
        CallPrinter::OpenMode => {
            // The flags stand before the mode.
            let mode = sys.args.iter().position(|a| a.name == "mode").unwrap_or(all);
            let creates = ev.raw_args[mode.saturating_sub(1)] & (O_CREAT | O_TMPFILE) != 0;
            write_plain(ev, sys, if creates { all } else { mode }, style, out);
        }
        CallPrinter::Clone => clone(ev, style, out),
        CallPrinter::Ioctl => {
            write_some(ev, sys, 0..1, style, out);
            out.extend_from_slice(b", ");
            ioctl_name(ev.raw_args[1] & 0xffff_ffff, style, out);
            operands(ev, sys, style, out);
        }
        // A new place only counts if it is asked for, a processor likewise.
        CallPrinter::Mremap => {
            write_plain(ev, sys, if ev.raw_args[3] & MREMAP_TO != 0 { all } else { 4 }, style, out);
        }
        CallPrinter::Membarrier => {
            write_plain(ev, sys, if ev.raw_args[1] & 1 != 0 { all } else { 2 }, style, out);
        }
        CallPrinter::Futex => futex(ev, sys, style, out),
        CallPrinter::Wait4 => wait4(ev, sys, style, out),
        CallPrinter::Socket => socket(ev, sys, style, out),
        CallPrinter::Sockopt => sockopt::write(ev, sys, style, out),
        CallPrinter::Select => select(ev, sys, style, out),
        CallPrinter::Vector => vector(ev, sys, style, out),
        CallPrinter::Variant | CallPrinter::Fcntl => variant(ev, sys, style, out),
        CallPrinter::Mmap | CallPrinter::Plain | CallPrinter::Waitid => write_plain(ev, sys, all, style, out),
    }
}

/// The arguments up to the operation, then those that it has.
fn variant(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    let first = sys.variants().map_or(sys.args.len(), Variants::first);
    write_some(ev, sys, 0..first, style, out);
    operands(ev, sys, style, out);
}

/// What stands behind the operation.
fn operands(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    let Some(variants) = sys.variants() else { return };
    let first = variants.first();
    let args = variants.of(&ev.raw_args).map_or(&sys.args[first..], |case| case.args);
    for (i, arg) in args.iter().enumerate().filter(|(_, a)| !matches!(a.role, Role::Skip)) {
        if ev.unfinished && is_output(&arg.role) {
            return separate(1, out);
        }
        separate(1, out);
        // What the first of them does not use is a number.
        let unused = match (sys.name, arg.name, ev.raw_args[1]) {
            ("prctl", "cap", what) => what == PR_CAP_AMBIENT_CLEAR_ALL,
            ("prctl", "policy", what) => what != PR_MCE_KILL_SET,
            ("prctl", "state", which) => sets::PR_SPECULATION.find(which).is_none(),
            _ => false,
        };
        match unused {
            true => write_hex_or_zero(ev.raw_args[first + i], out),
            false => write_role(ev, sys, arg, first + i, style, out),
        }
    }
}

/// The position in a file is passed in two halves, of which the lower one has room for all of it.
fn vector(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    write_plain(ev, sys, 4, style, out);
    if !(ev.unfinished && out.ends_with(b", ")) {
        for i in 5..sys.args.len() {
            separate(1, out);
            write_arg(ev, sys, i, style, out);
        }
    }
}

/// A wait that found nobody stores nothing.
fn wait4(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    write_some(ev, sys, 0..1, style, out);
    out.extend_from_slice(b", ");
    match ok_cap(ev, 1).filter(|c| c.data.len() >= 4 && ev.ret != Some(0)) {
        Some(cap) => {
            out.push(b'[');
            wait_status(structs::Bytes(cap.data).i32(0), style, out);
            out.push(b']');
        }
        None if ev.unfinished => return,
        None => write_pointer(ev.raw_args[1], out),
    }
    write_some(ev, sys, 2..3, style, out);
    out.extend_from_slice(b", ");
    match ev.raw_args[3] {
        raw if ev.ret == Some(0) => write_pointer(raw, out),
        _ => write_arg(ev, sys, 3, style, out),
    }
}

/// strace's order: stack, flags, then what the flags call for.
fn clone(ev: &Event<'_>, style: &Style, out: &mut Vec<u8>) {
    const CLONE_CHILD: u64 = structs::CLONE_CHILD_CLEARTID | structs::CLONE_CHILD_SETTID;
    let [raw, stack, parent_tid, child_tid, tls, _] = ev.raw_args;
    let flags = raw & !0xff;
    out.extend_from_slice(b"child_stack=");
    write_pointer(stack, out);
    out.extend_from_slice(b", flags=");
    let signal = u32::try_from(raw & 0xff).unwrap_or_default();
    if flags != 0 {
        write_flags(&sets::CLONE, flags & 0xffff_ffff, style, out);
    }
    if signal != 0 {
        if flags != 0 {
            out.push(b'|');
        }
        signals::write_sig(signal, style, out);
    } else if flags == 0 {
        out.push(b'0');
    }
    if flags & (structs::CLONE_PARENT_SETTID | structs::CLONE_PIDFD) != 0 {
        out.extend_from_slice(b", parent_tid=");
        match ok_cap(ev, 2).filter(|c| c.data.len() >= 4) {
            Some(cap) => structs::bracketed(i64::from(structs::Bytes(cap.data).i32(0)), out),
            None => write_pointer(parent_tid, out),
        }
    }
    if flags & structs::CLONE_SETTLS != 0 {
        out.extend_from_slice(b", tls=");
        write_pointer(tls, out);
    }
    if flags & CLONE_CHILD != 0 {
        out.extend_from_slice(b", child_tidptr=");
        write_pointer(child_tid, out);
    }
}

/// A request by name, or taken apart as the kernel's `_IOC` does.
fn ioctl_name(cmd: u64, style: &Style, out: &mut Vec<u8>) {
    styled(style, out, |out| write_hex_or_zero(cmd, out), |out| request(cmd, out));
}

fn request(cmd: u64, out: &mut Vec<u8>) {
    if let Some(name) = sets::IOCTL.find(cmd) {
        return out.extend_from_slice(name.as_bytes());
    }
    out.extend_from_slice(b"_IOC(");
    let parts: &[u8] = match cmd >> 30 {
        0 => b"_IOC_NONE",
        1 => b"_IOC_WRITE",
        2 => b"_IOC_READ",
        _ => b"_IOC_READ|_IOC_WRITE",
    };
    out.extend_from_slice(parts);
    for part in [cmd >> 8 & 0xff, cmd & 0xff, cmd >> 16 & 0x3fff] {
        out.extend_from_slice(b", ");
        write_hex_or_zero(part, out);
    }
    out.push(b')');
}

fn futex(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    const CLOCK_REALTIME: u64 = 256;
    const PRIVATE: u64 = 128;
    let op = ev.raw_args[1] & 0xffff_ffff;
    write_arg(ev, sys, 0, style, out);
    out.extend_from_slice(b", ");
    match sets::FUTEX.find(op & !CLOCK_REALTIME) {
        Some(name) if op & CLOCK_REALTIME != 0 => {
            let names = |out: &mut Vec<u8>| {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"|FUTEX_CLOCK_REALTIME");
            };
            styled(style, out, |out| write_hex_or_zero(op, out), names);
        }
        None if op & CLOCK_REALTIME != 0 => {
            write_enum(&sets::FUTEX, op & !CLOCK_REALTIME, style, out);
            out.extend_from_slice(b"|FUTEX_CLOCK_REALTIME");
        }
        _ => write_enum(&sets::FUTEX, op, style, out),
    }
    let value = |i: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(b", ");
        write_uint(ev.raw_args[i] & 0xffff_ffff, out);
    };
    let by_role = |i: usize, out: &mut Vec<u8>| write_some(ev, sys, i..i + 1, style, out);
    let mask = |out: &mut Vec<u8>| {
        out.extend_from_slice(b", ");
        match ev.raw_args[5] & 0xffff_ffff {
            0xffff_ffff => write_named(0xffff_ffff, "FUTEX_BITSET_MATCH_ANY", style, out),
            bits => write_hex_or_zero(bits, out),
        }
    };
    match op & !(CLOCK_REALTIME | PRIVATE) {
        // WAIT
        0 => {
            value(2, out);
            by_role(3, out);
        }
        // WAKE
        1 => value(2, out),
        // REQUEUE, CMP_REQUEUE, CMP_REQUEUE_PI
        3 | 4 | 12 => {
            value(2, out);
            value(3, out);
            by_role(4, out);
            if op & !(CLOCK_REALTIME | PRIVATE) != 3 {
                value(5, out);
            }
        }
        // WAKE_OP
        5 => {
            value(2, out);
            value(3, out);
            by_role(4, out);
            out.extend_from_slice(b", ");
            wake_op(ev.raw_args[5] & 0xffff_ffff, style, out);
        }
        // FD
        2 => value(2, out),
        // LOCK_PI, LOCK_PI2
        6 | 13 => by_role(3, out),
        // UNLOCK_PI, TRYLOCK_PI
        7 | 8 => {}
        // WAIT_BITSET
        9 => {
            value(2, out);
            by_role(3, out);
            mask(out);
        }
        // WAKE_BITSET
        10 => {
            value(2, out);
            mask(out);
        }
        // WAIT_REQUEUE_PI
        11 => {
            value(2, out);
            by_role(3, out);
            by_role(4, out);
        }
        _ => (2..6).for_each(|i| by_role(i, out)),
    }
}

/// `FUTEX_OP_SET<<28|0x1<<12|FUTEX_OP_CMP_NE<<24|0x2`: what to do, with what, and when to wake whom.
fn wake_op(word: u64, style: &Style, out: &mut Vec<u8>) {
    const SHIFT: u64 = 8;
    let op = word >> 28;
    if op & SHIFT != 0 {
        write_named(SHIFT, "FUTEX_OP_OPARG_SHIFT", style, out);
        out.extend_from_slice(b"<<28|");
    }
    write_enum(&sets::FUTEX_WAKE_OP, op & !SHIFT, style, out);
    out.extend_from_slice(b"<<28|");
    write_hex_or_zero(word >> 12 & 0xfff, out);
    out.extend_from_slice(b"<<12|");
    write_enum(&sets::FUTEX_WAKE_CMP, word >> 24 & 0xf, style, out);
    out.extend_from_slice(b"<<24|");
    write_hex_or_zero(word & 0xfff, out);
}

/// `{WIFEXITED(s) && WEXITSTATUS(s) == 0}`.
pub(crate) fn wait_status(status: i32, style: &Style, out: &mut Vec<u8>) {
    let signal = u32::try_from(status & 0x7f).unwrap_or_default();
    // In here names are always names.
    let style = &style.by_name();
    out.push(b'{');
    if signal == 0 {
        out.extend_from_slice(b"WIFEXITED(s) && WEXITSTATUS(s) == ");
        write_int(i64::from(status >> 8 & 0xff), out);
    } else if status & 0xff == 0x7f {
        out.extend_from_slice(b"WIFSTOPPED(s) && WSTOPSIG(s) == ");
        signals::write_sig(u32::try_from(status >> 8 & 0xff).unwrap_or_default(), style, out);
    } else if status == 0xffff {
        out.extend_from_slice(b"WIFCONTINUED(s)");
    } else {
        out.extend_from_slice(b"WIFSIGNALED(s) && WTERMSIG(s) == ");
        signals::write_sig(signal, style, out);
        if status & 0x80 != 0 {
            out.extend_from_slice(b" && WCOREDUMP(s)");
        }
    }
    out.push(b'}');
}

fn socket(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    const FLAGS: u64 = 0o2_004_000;
    write_some(ev, sys, 0..1, style, out);
    let (kind, flags) = (ev.raw_args[1] & 0xf, ev.raw_args[1] & 0xffff_fff0);
    out.extend_from_slice(b", ");
    if flags & !FLAGS != 0 && sets::SOCK_TYPE.find(kind).is_some() {
        write_flags(&sets::SOCK_TYPE, kind | flags & FLAGS, style, out);
        out.push(b'|');
        write_hex_or_zero(flags & !FLAGS, out);
        if style.constants != Constants::Raw {
            out.extend_from_slice(b" /* SOCK_??? */");
        }
    } else {
        write_arg(ev, sys, 1, style, out);
    }
    out.extend_from_slice(b", ");
    let protocol = ev.raw_args[2] & 0xffff_ffff;
    match (sys.name, ev.int_arg(0)) {
        ("socket", 2 | 10) => write_enum(&sets::IPPROTO, protocol, style, out),
        ("socket", 16) => write_enum(&sets::NETLINK, protocol, style, out),
        #[allow(clippy::cast_possible_truncation)]
        ("socket", 17) => net::protocol((protocol as u16).swap_bytes(), style, out),
        _ => write_uint(protocol, out),
    }
    if sys.args.len() > 3 {
        out.extend_from_slice(b", ");
        write_arg(ev, sys, 3, style, out);
    }
}

fn select(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    write_int(i64::from(ev.int_arg(0)), out);
    write_some(ev, sys, 1..sys.args.len(), style, out);
}
