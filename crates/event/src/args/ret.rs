//! What stands behind the `=`.

use syscope_syscalls::{Layout, Ret, Role, Syscall, errno, flags as sets, signal};

use super::flags::write_flags;
use super::num::{write_hex, write_hex_or_zero, write_int};
use super::structs::Bytes;
use super::{Constants, Style, nested, separate, structs, write_fd};
use crate::{Event, as_int};

/// The result: `3</etc/passwd>`, `-1 ENOENT (No such file or directory)`, `?`.
#[inline]
pub fn write_ret(ev: &Event<'_>, style: &Style, out: &mut Vec<u8>) {
    let Some(ret) = ev.ret else { return out.push(b'?') };
    if let Some(code) = ev.errno() {
        out.extend_from_slice(b"-1 ");
        return write_errno(code, out);
    }
    if let Some(code) = ev.restart_code() {
        out.extend_from_slice(b"? ");
        return write_errno(code, out);
    }
    let Some(sys) = ev.syscall() else { return super::foreign::write_ret(ev, ret, out) };
    if style.is_raw(sys.nr) {
        return write_hex_or_zero(ret.cast_unsigned(), out);
    }
    let own = style.of_call(sys.nr);
    let style = own.as_ref().unwrap_or(style);
    match sys.ret {
        Ret::Fd => write_fd(as_int(ret.cast_unsigned()), ev.ret_file(), style, out),
        Ret::FcntlFd => fcntl(ev, ret, style, out),
        Ret::SomeFd if ev.new_fd().is_some() => {
            write_fd(as_int(ret.cast_unsigned()), ev.ret_file(), style, out)
        }
        Ret::Addr if ret == 0 && sys.name != "brk" => out.push(b'0'),
        Ret::Addr => write_hex(ret.cast_unsigned(), out),
        Ret::Count => {
            write_int(ret, out);
            if sys.kind.0 == "poll" {
                ready(ev, sys, ret, style, out);
            }
        }
        Ret::Pid => super::write_pid(ev, as_int(ret.cast_unsigned()), style, out),
        Ret::Other => other(ev, sys, ret, style, out),
        _ => write_int(ret, out),
    }
}

/// Results with a meaning of their own.
fn other(ev: &Event<'_>, sys: &Syscall, ret: i64, style: &Style, out: &mut Vec<u8>) {
    let value = ret.cast_unsigned();
    match sys.name {
        "adjtimex" | "clock_adjtime" => with_name(&sets::TIME_STATE, value, out),
        "personality" => named(&sets::PERSONALITY, value, style, out),
        "ioprio_get" if style.constants == Constants::Raw => write_int(ret, out),
        "ioprio_get" => {
            write_int(ret, out);
            out.extend_from_slice(b" (");
            #[allow(clippy::cast_possible_truncation)]
            structs::io_prio(value as u32, style, out);
            out.push(b')');
        }
        "membarrier" if value != 0 => named(&sets::MEMBARRIER, value, style, out),
        "prctl" => match sets::PRCTL.find(ev.raw_args[0] & 0xffff_ffff) {
            Some("PR_MCE_KILL_GET") => with_name(&sets::PR_MCE_KILL_POLICY, value, out),
            Some("PR_GET_DUMPABLE") => with_name(&sets::SUID_DUMP, value, out),
            Some("PR_GET_SPECULATION_CTRL" | "PR_GET_SECUREBITS") if style.constants == Constants::Raw => {
                write_hex_or_zero(value, out);
            }
            Some("PR_GET_SPECULATION_CTRL") if value != 0 => {
                named(&sets::PR_SPEC_STATE, value, &style.by_name(), out);
            }
            Some("PR_GET_SECUREBITS") if value != 0 => {
                named(&sets::SECUREBITS, value, &style.by_name(), out);
            }
            _ => write_int(ret, out),
        },
        "umask" => super::num::write_mode(value, out),
        "sched_getscheduler" => {
            write_int(ret, out);
            out.extend_from_slice(b" (");
            write_flags(&sets::SCHED, value, &style.by_name(), out);
            out.push(b')');
        }
        "rt_sigtimedwait" => {
            write_int(ret, out);
            if let Some(name) = u32::try_from(ret).ok().and_then(signal::name) {
                out.extend_from_slice(b" (");
                out.extend_from_slice(name.as_bytes());
                out.push(b')');
            }
        }
        _ => write_int(ret, out),
    }
}

/// `ENOENT (No such file or directory)`.
fn write_errno(code: u32, out: &mut Vec<u8>) {
    match errno::name(code) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => {
            out.extend_from_slice(b"ERRNO_");
            write_int(i64::from(code), out);
        }
    }
    if let Some(text) = errno::text(code) {
        out.extend_from_slice(b" (");
        out.extend_from_slice(text.trim_start_matches('(').trim_end_matches(')').as_bytes());
        out.push(b')');
    }
}

fn fcntl(ev: &Event<'_>, ret: i64, style: &Style, out: &mut Vec<u8>) {
    let value = ret.cast_unsigned();
    match sets::FCNTL.find(ev.raw_args[1] & 0xffff_ffff) {
        Some("F_DUPFD" | "F_DUPFD_CLOEXEC") => write_fd(as_int(value), ev.ret_file(), style, out),
        Some("F_GETSIG") if ret != 0 => {
            write_int(ret, out);
            out.extend_from_slice(b" (");
            super::signals::write_sig(as_int(value).cast_unsigned(), &style.by_name(), out);
            out.push(b')');
        }
        Some("F_GETLEASE") => {
            super::num::write_hex_or_zero(value, out);
            out.extend_from_slice(b" (");
            super::flags::write_enum(&sets::LOCK_TYPE, value, &style.by_name(), out);
            out.push(b')');
        }
        Some("F_GETFD") if ret != 0 => named(&sets::FD_FLAGS, value, style, out),
        Some("F_GETFL") => named(&sets::OPEN, value, &style.by_name(), out),
        Some("F_GET_SEALS") => named(&sets::SEAL, value, &style.by_name(), out),
        _ => write_int(ret, out),
    }
}

/// `5 (TIME_ERROR)`; the number alone where it has no name.
fn with_name(set: &syscope_syscalls::NameSet, value: u64, out: &mut Vec<u8>) {
    write_int(value.cast_signed(), out);
    if let Some(name) = set.find(value) {
        out.extend_from_slice(b" (");
        out.extend_from_slice(name.as_bytes());
        out.push(b')');
    }
}

/// `0x8002 (flags O_RDWR|O_LARGEFILE)`.
fn named(set: &syscope_syscalls::NameSet, value: u64, style: &Style, out: &mut Vec<u8>) {
    super::num::write_hex_or_zero(value, out);
    let label: &[u8] = match set.prefix {
        "F_SEAL_???" => b" (seals ",
        "O_???" | "FD_???" => b" (flags ",
        _ => b" (",
    };
    out.extend_from_slice(label);
    write_flags(set, value, style, out);
    out.push(b')');
}

/// What became ready: `([{fd=3, revents=POLLIN}])`, `(in [3])`, `(Timeout)`.
fn ready(ev: &Event<'_>, sys: &Syscall, ret: i64, style: &Style, out: &mut Vec<u8>) {
    let waits_on_epoll = sys.args.iter().any(|a| matches!(a.role, Role::Fd));
    if waits_on_epoll {
        return;
    }
    if ret == 0 {
        return out.extend_from_slice(b" (Timeout)");
    }
    if sys.name.starts_with("p") && sys.name.ends_with("poll") {
        poll(ev, style, out);
    } else {
        select(ev, sys, style, out);
    }
}

fn poll(ev: &Event<'_>, style: &Style, out: &mut Vec<u8>) {
    let Some(cap) = ev.cap_out(0) else { return };
    out.extend_from_slice(b" ([");
    let mut shown = 0;
    for element in cap.data.chunks_exact(usize::from(Layout::Pollfd.size())) {
        let b = Bytes(element);
        if b.u16(6) == 0 {
            continue;
        }
        separate(shown, out);
        if shown >= nested::element_limit(style) {
            out.extend_from_slice(b"...");
            break;
        }
        shown += 1;
        out.extend_from_slice(b"{fd=");
        write_fd(b.i32(0), None, style, out);
        out.extend_from_slice(b", revents=");
        write_flags(&sets::POLL, b.u16(6), style, out);
        out.push(b'}');
    }
    out.push(b']');
    left(ev, 2, b", left ", style, out);
    out.push(b')');
}

fn select(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    out.extend_from_slice(b" (");
    let start = out.len();
    for (label, arg) in [("in ", 1), ("out ", 2), ("except ", 3)] {
        let Some(cap) = ev.cap_out(arg).filter(|c| c.data.iter().any(|b| *b != 0)) else { continue };
        if out.len() > start {
            out.extend_from_slice(b", ");
        }
        out.extend_from_slice(label.as_bytes());
        nested::fd_set(ev, None, cap.data, 0, style, out);
    }
    if sys.args.len() > 4 {
        let label: &[u8] = if out.len() > start { b", left " } else { b"left " };
        left(ev, 4, label, style, out);
    }
    out.push(b')');
}

/// The time that was left when the wait ended.
fn left(ev: &Event<'_>, arg: u8, label: &[u8], style: &Style, out: &mut Vec<u8>) {
    let Some(sys) = ev.syscall() else { return };
    let Some(Role::Struct(layout, _)) = sys.args.get(usize::from(arg)).map(|a| a.role) else { return };
    if let Some(cap) = ev.cap_out(arg).filter(|c| c.data.len() >= usize::from(layout.size())) {
        out.extend_from_slice(label);
        structs::write(ev, layout, cap.data, style, out);
    }
}
