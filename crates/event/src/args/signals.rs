//! Signals: numbers, sets, and where one came from.

use syscope_syscalls::{errno, signal};
use syscope_wire::Signal;

use super::flags::styled;
use super::num::{write_hex_or_zero, write_host_pid, write_id, write_int, write_padded, write_uint};
use super::{Style, write_pointer};
use crate::as_int;

/// `SIGCHLD`, or the number.
pub(crate) fn write_sig(sig: u32, style: &Style, out: &mut Vec<u8>) {
    match signal::name(sig) {
        Some(name) => {
            let number = |out: &mut Vec<u8>| write_uint(u64::from(sig), out);
            styled(style, out, number, |out| out.extend_from_slice(name.as_bytes()));
        }
        None => write_int(i64::from(sig.cast_signed()), out),
    }
}

/// `[INT CHLD]`; `~[KILL STOP]` where two thirds or more are in.
pub(crate) fn write_set(set: u64, style: &Style, out: &mut Vec<u8>) {
    let inverted = set.count_ones() >= 42;
    let shown = if inverted { !set } else { set };
    if inverted {
        out.push(b'~');
    }
    out.push(b'[');
    let mut first = true;
    for sig in (1..=64).filter(|sig| shown & (1 << (sig - 1)) != 0) {
        if !std::mem::take(&mut first) {
            out.push(b' ');
        }
        match signal::name(sig) {
            Some(name) => {
                let short = name.strip_prefix("SIG").unwrap_or(name).as_bytes();
                let number = |out: &mut Vec<u8>| write_uint(u64::from(sig), out);
                styled(style, out, number, |out| out.extend_from_slice(short));
            }
            None => write_uint(u64::from(sig), out),
        }
    }
    out.push(b']');
}

/// What is known of a signal's origin.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Info {
    pub(crate) signo: i32,
    pub(crate) code: i32,
    pub(crate) errno: i32,
    /// Sender, or the timer's id.
    pub(crate) pid: u32,
    /// The sender as the host numbers it, if that is to be shown.
    pub(crate) host_pid: Option<u32>,
    /// Sender's user, or the timer's overruns.
    pub(crate) uid: u32,
    /// Fault address.
    pub(crate) addr: u64,
    /// Exit status of a child, or the signal that ended it.
    pub(crate) status: i32,
    pub(crate) utime: u64,
    pub(crate) stime: u64,
    /// `sigval` that came along; `None` if it was not recorded.
    pub(crate) value: Option<u64>,
    /// Band and descriptor of SIGIO; `None` if they were not recorded.
    pub(crate) poll: Option<(i64, i32)>,
}

const SIGILL: i32 = 4;
const SIGTRAP: i32 = 5;
const SIGBUS: i32 = 7;
const SIGFPE: i32 = 8;
const SIGSEGV: i32 = 11;
const SIGCHLD: i32 = 17;
const SIGIO: i32 = 29;
const SI_USER: i32 = 0;
const SI_TIMER: i32 = -2;
const SI_SIGIO: i32 = -5;
const SI_TKILL: i32 = -6;
const CLD_EXITED: i32 = 1;

/// `SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=1, ...}`.
///
/// `host_pid`: the sender's number for the host, if it is to be shown.
pub fn write_signal(s: &Signal, host_pid: Option<u32>, style: &Style, out: &mut Vec<u8>) {
    write_sig(s.signo.cast_unsigned(), style, out);
    out.push(b' ');
    #[allow(clippy::cast_possible_truncation)]
    let status = s.value as i32;
    let info = Info {
        signo: s.signo,
        code: s.code,
        errno: s.err,
        pid: s.si_pid,
        host_pid,
        uid: s.si_uid,
        addr: s.value,
        status,
        utime: s.utime,
        stime: s.stime,
        value: None,
        poll: None,
    };
    write_info(&info, style, out);
}

/// `{si_signo=SIGALRM, si_code=SI_KERNEL}`: the fields that the signal and its code call for.
pub(crate) fn write_info(s: &Info, style: &Style, out: &mut Vec<u8>) {
    out.push(b'{');
    if s.signo != 0 {
        out.extend_from_slice(b"si_signo=");
        write_sig(s.signo.cast_unsigned(), style, out);
        out.extend_from_slice(b", si_code=");
        match signal::code_name(s.signo, s.code) {
            Some(name) => {
                let number = |out: &mut Vec<u8>| write_hex_or_zero(u64::from(s.code.cast_unsigned()), out);
                styled(style, out, number, |out| out.extend_from_slice(name.as_bytes()));
            }
            None => write_hex_or_zero(u64::from(s.code.cast_unsigned()), out),
        }
        if s.errno != 0 {
            out.extend_from_slice(b", si_errno=");
            match errno::name(s.errno.unsigned_abs()) {
                Some(name) => out.extend_from_slice(name.as_bytes()),
                None => write_int(i64::from(s.errno), out),
            }
        }
        origin(s, style, out);
    }
    out.push(b'}');
}

fn origin(s: &Info, style: &Style, out: &mut Vec<u8>) {
    match (s.code, s.signo) {
        (SI_USER | SI_TKILL, _) => sender(s, out),
        (SI_TIMER, _) => {
            out.extend_from_slice(b", si_timerid=");
            write_hex_or_zero(u64::from(s.pid), out);
            out.extend_from_slice(b", si_overrun=");
            write_int(i64::from(s.uid.cast_signed()), out);
            if let Some(value) = s.value {
                sigval(value, out);
            }
        }
        (SI_SIGIO, _) => poll(s, out),
        (..SI_USER, _) => {
            sender(s, out);
            if let Some(value) = s.value.filter(|v| *v != 0) {
                sigval(value, out);
            }
        }
        (_, SIGCHLD) => {
            sender(s, out);
            out.extend_from_slice(b", si_status=");
            if s.code == CLD_EXITED {
                write_int(i64::from(s.status), out);
            } else {
                write_sig(s.status.cast_unsigned(), style, out);
            }
            out.extend_from_slice(b", si_utime=");
            write_ticks(s.utime, out);
            out.extend_from_slice(b", si_stime=");
            write_ticks(s.stime, out);
        }
        (_, SIGILL | SIGTRAP | SIGBUS | SIGFPE | SIGSEGV) => {
            out.extend_from_slice(b", si_addr=");
            write_pointer(s.addr, out);
        }
        (1..=6, SIGIO) => poll(s, out),
        _ => {
            if s.pid != 0 || s.uid != 0 {
                sender(s, out);
            }
            if let Some(value) = s.value.filter(|v| *v != 0) {
                sigval(value, out);
            }
        }
    }
}

fn sender(s: &Info, out: &mut Vec<u8>) {
    out.extend_from_slice(b", si_pid=");
    write_int(i64::from(s.pid.cast_signed()), out);
    write_host_pid(s.host_pid, out);
    out.extend_from_slice(b", si_uid=");
    write_id(s.uid, out);
}

fn sigval(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b", si_int=");
    write_int(i64::from(as_int(value)), out);
    out.extend_from_slice(b", si_ptr=");
    write_pointer(value, out);
}

fn poll(s: &Info, out: &mut Vec<u8>) {
    if let Some((band, fd)) = s.poll {
        out.extend_from_slice(b", si_band=");
        write_int(band, out);
        out.extend_from_slice(b", si_fd=");
        write_int(i64::from(fd), out);
    }
}

/// `5 /* 0.05 s */`: clock ticks, of which user space sees 100 a second.
pub(crate) fn write_ticks(ticks: u64, out: &mut Vec<u8>) {
    write_uint(ticks, out);
    if ticks != 0 {
        out.extend_from_slice(b" /* ");
        write_uint(ticks / 100, out);
        out.push(b'.');
        write_padded(ticks % 100, 2, b'0', out);
        out.extend_from_slice(b" s */");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let check = |set, expected: &str| {
            let mut out = Vec::new();
            write_set(set, &Style::default(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(0, "[]");
        check(1 << 1 | 1 << 16, "[INT CHLD]");
        check(!(1 << 8 | 1 << 18), "~[KILL STOP]");
    }
}
