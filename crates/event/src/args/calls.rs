//! Calls whose arguments depend on each other, or which strace prints in an order of its own.

use syscope_syscalls::{CallPrinter, Layout, NameSet, Syscall, flags as sets};

use super::flags::{write_enum, write_flags};
use super::num::{write_hex_or_zero, write_int, write_uint};
use super::{Style, ok_cap, signals, structs, write_arg, write_plain, write_pointer, write_some};
use crate::Event;

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
        CallPrinter::Clone => clone(ev, out),
        CallPrinter::Fcntl => fcntl(ev, sys, style, out),
        CallPrinter::Ioctl => {
            write_some(ev, sys, 0..1, style, out);
            out.extend_from_slice(b", ");
            let cmd = ev.raw_args[1] & 0xffff_ffff;
            ioctl_name(cmd, out);
            if !matches!(
                sets::IOCTL.find(cmd),
                Some("FIOCLEX" | "FIONCLEX" | "TIOCEXCL" | "TIOCNXCL" | "TIOCNOTTY")
            ) {
                out.extend_from_slice(b", ");
                write_hex_or_zero(ev.raw_args[2], out);
            }
        }
        CallPrinter::Futex => futex(ev, sys, style, out),
        CallPrinter::Prctl => prctl(ev, sys, style, out),
        CallPrinter::Wait4 => wait4(ev, sys, style, out),
        CallPrinter::Socket => socket(ev, sys, style, out),
        CallPrinter::Sockopt => sockopt(ev, sys, style, out),
        CallPrinter::Select => select(ev, sys, style, out),
        CallPrinter::ArchPrctl
        | CallPrinter::Mmap
        | CallPrinter::Signalfd
        | CallPrinter::Plain
        | CallPrinter::Waitid
        | CallPrinter::Seccomp
        | CallPrinter::Semctl
        | CallPrinter::Shmctl
        | CallPrinter::Msgctl
        | CallPrinter::Keyctl
        | CallPrinter::Ptrace
        | CallPrinter::Bpf
        | CallPrinter::Quotactl
        | CallPrinter::Kcmp
        | CallPrinter::Reboot => write_plain(ev, sys, all, style, out),
    }
}

/// A wait that found nobody stores nothing.
fn wait4(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    write_some(ev, sys, 0..1, style, out);
    out.extend_from_slice(b", ");
    match ok_cap(ev, 1).filter(|c| c.data.len() >= 4 && ev.ret != Some(0)) {
        Some(cap) => {
            out.push(b'[');
            wait_status(structs::Bytes(cap.data).i32(0), out);
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
fn clone(ev: &Event<'_>, out: &mut Vec<u8>) {
    const CLONE_CHILD: u64 = structs::CLONE_CHILD_CLEARTID | structs::CLONE_CHILD_SETTID;
    let [raw, stack, parent_tid, child_tid, tls, _] = ev.raw_args;
    let flags = raw & !0xff;
    out.extend_from_slice(b"child_stack=");
    write_pointer(stack, out);
    out.extend_from_slice(b", flags=");
    let signal = u32::try_from(raw & 0xff).unwrap_or_default();
    if flags != 0 {
        write_flags(&sets::CLONE, flags & 0xffff_ffff, out);
    }
    if signal != 0 {
        if flags != 0 {
            out.push(b'|');
        }
        signals::write_name(signal, out);
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

fn fcntl(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    let value = ev.raw_args[2];
    write_some(ev, sys, 0..2, style, out);
    let name = sets::FCNTL.find(ev.raw_args[1] & 0xffff_ffff).unwrap_or_default();
    match name {
        "F_GETFD" | "F_GETFL" | "F_GETOWN" | "F_GETSIG" | "F_GETLEASE" | "F_GETPIPE_SZ" | "F_GET_SEALS" => {}
        _ => {
            out.extend_from_slice(b", ");
            match name {
                "F_SETFD" => write_flags(&sets::FD_FLAGS, value & 0xffff_ffff, out),
                "F_SETFL" => write_flags(&sets::OPEN, value & 0xffff_ffff, out),
                "F_ADD_SEALS" => write_flags(&sets::SEAL, value & 0xffff_ffff, out),
                "F_DUPFD" | "F_DUPFD_CLOEXEC" | "F_SETOWN" | "F_SETPIPE_SZ" => {
                    write_int(i64::from(ev.int_arg(2)), out);
                }
                "F_SETSIG" => signals::write_name(ev.int_arg(2).cast_unsigned(), out),
                _ => write_hex_or_zero(value, out),
            }
        }
    }
}

/// A request by name, or taken apart as the kernel's `_IOC` does.
fn ioctl_name(cmd: u64, out: &mut Vec<u8>) {
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
    write_enum(&sets::FUTEX, op & !CLOCK_REALTIME, out);
    if op & CLOCK_REALTIME != 0 {
        out.extend_from_slice(b"|FUTEX_CLOCK_REALTIME");
    }
    let value = |i: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(b", ");
        write_uint(ev.raw_args[i] & 0xffff_ffff, out);
    };
    let by_role = |i: usize, out: &mut Vec<u8>| write_some(ev, sys, i..i + 1, style, out);
    let mask = |out: &mut Vec<u8>| {
        out.extend_from_slice(b", ");
        match ev.raw_args[5] & 0xffff_ffff {
            0xffff_ffff => out.extend_from_slice(b"FUTEX_BITSET_MATCH_ANY"),
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
            write_hex_or_zero(ev.raw_args[5] & 0xffff_ffff, out);
        }
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

fn prctl(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    write_arg(ev, sys, 0, style, out);
    let name = sets::PRCTL.find(ev.raw_args[0] & 0xffff_ffff).unwrap_or_default();
    let count = match name {
        "PR_GET_DUMPABLE" | "PR_GET_KEEPCAPS" | "PR_GET_SECCOMP" | "PR_GET_TIMERSLACK"
        | "PR_GET_SECUREBITS" => 0,
        "PR_SET_PDEATHSIG"
        | "PR_SET_DUMPABLE"
        | "PR_SET_KEEPCAPS"
        | "PR_SET_NAME"
        | "PR_GET_NAME"
        | "PR_GET_PDEATHSIG"
        | "PR_SET_TIMERSLACK"
        | "PR_CAPBSET_READ"
        | "PR_CAPBSET_DROP"
        | "PR_SET_CHILD_SUBREAPER"
        | "PR_GET_CHILD_SUBREAPER"
        | "PR_SET_SECUREBITS"
        | "PR_SET_PTRACER" => 1,
        _ => 4,
    };
    for i in 1..=count {
        out.extend_from_slice(b", ");
        match (name, i) {
            ("PR_SET_PDEATHSIG", 1) => {
                signals::write_name(u32::try_from(ev.raw_args[1]).unwrap_or_default(), out)
            }
            ("PR_CAPBSET_READ" | "PR_CAPBSET_DROP", 1) => write_enum(&sets::CAPABILITY, ev.raw_args[1], out),
            ("PR_SET_DUMPABLE" | "PR_SET_KEEPCAPS" | "PR_SET_CHILD_SUBREAPER" | "PR_SET_TIMERSLACK", 1) => {
                write_uint(ev.raw_args[1], out);
            }
            _ => write_arg(ev, sys, i, style, out),
        }
    }
}

/// `{WIFEXITED(s) && WEXITSTATUS(s) == 0}`.
pub(crate) fn wait_status(status: i32, out: &mut Vec<u8>) {
    let signal = u32::try_from(status & 0x7f).unwrap_or_default();
    out.push(b'{');
    if signal == 0 {
        out.extend_from_slice(b"WIFEXITED(s) && WEXITSTATUS(s) == ");
        write_int(i64::from(status >> 8 & 0xff), out);
    } else if status & 0xff == 0x7f {
        out.extend_from_slice(b"WIFSTOPPED(s) && WSTOPSIG(s) == ");
        signals::write_name(u32::try_from(status >> 8 & 0xff).unwrap_or_default(), out);
    } else if status == 0xffff {
        out.extend_from_slice(b"WIFCONTINUED(s)");
    } else {
        out.extend_from_slice(b"WIFSIGNALED(s) && WTERMSIG(s) == ");
        signals::write_name(signal, out);
        if status & 0x80 != 0 {
            out.extend_from_slice(b" && WCOREDUMP(s)");
        }
    }
    out.push(b'}');
}

fn socket(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    write_some(ev, sys, 0..2, style, out);
    out.extend_from_slice(b", ");
    let protocol = ev.raw_args[2] & 0xffff_ffff;
    match ev.int_arg(0) {
        2 | 10 => write_enum(&sets::IPPROTO, protocol, out),
        16 => write_enum(&sets::NETLINK, protocol, out),
        _ => write_hex_or_zero(protocol, out),
    }
    write_some(ev, sys, 3..sys.args.len(), style, out);
}

fn sockopt(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    write_some(ev, sys, 0..2, style, out);
    out.extend_from_slice(b", ");
    let names: Option<&NameSet> = match ev.int_arg(1) {
        0 => Some(&sets::IP),
        1 => Some(&sets::SO),
        6 => Some(&sets::TCP),
        17 => Some(&sets::UDP),
        41 => Some(&sets::IPV6),
        263 => Some(&sets::PACKET),
        270 => Some(&sets::NETLINK_OPT),
        _ => None,
    };
    let option = ev.raw_args[2] & 0xffff_ffff;
    match names {
        Some(set) => write_enum(set, option, out),
        None => write_hex_or_zero(option, out),
    }
    out.extend_from_slice(b", ");
    if sys.name == "setsockopt" {
        let linger = names.and_then(|set| set.find(option)) == Some("SO_LINGER");
        match ev.cap_in(3) {
            Some(cap) if linger && cap.data.len() >= 8 => {
                let b = structs::Bytes(cap.data);
                out.extend_from_slice(b"{l_onoff=");
                write_int(i64::from(b.i32(0)), out);
                out.extend_from_slice(b", l_linger=");
                write_int(i64::from(b.i32(4)), out);
                out.push(b'}');
            }
            Some(cap) if cap.data.len() >= 4 && ev.raw_args[4] == 4 => {
                structs::write(ev, Layout::Int, cap.data, style, out);
            }
            _ => write_arg(ev, sys, 3, style, out),
        }
    } else {
        // Only an int is recorded of what may be longer.
        let is_int = ok_cap(ev, 4).is_some_and(|c| c.data.len() >= 4 && structs::Bytes(c.data).i32(0) == 4);
        match ok_cap(ev, 3).filter(|c| is_int && c.data.len() >= 4) {
            Some(cap) => structs::write(ev, Layout::Int, cap.data, style, out),
            None => write_pointer(ev.raw_args[3], out),
        }
    }
    write_some(ev, sys, 4..5, style, out);
}

fn select(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    write_int(i64::from(ev.int_arg(0)), out);
    write_some(ev, sys, 1..sys.args.len(), style, out);
}
