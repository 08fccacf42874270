//! Signals: numbers, sets, and the notice of a delivery.

use syscope_syscalls::signal;
use syscope_wire::Signal;

use super::num::{write_hex, write_int, write_uint};

/// `SIGCHLD`, or the number.
pub(crate) fn write_name(sig: u32, out: &mut Vec<u8>) {
    match signal::name(sig) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => write_int(i64::from(sig.cast_signed()), out),
    }
}

/// `[INT CHLD]`; `~[KILL STOP]` where most are in.
pub(crate) fn write_set(set: u64, out: &mut Vec<u8>) {
    let inverted = set.count_ones() >= 43;
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
            Some(name) => out.extend_from_slice(name.strip_prefix("SIG").unwrap_or(name).as_bytes()),
            None => write_uint(u64::from(sig), out),
        }
    }
    out.push(b']');
}

/// `SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=1, ...}`.
pub fn write_signal(s: &Signal, out: &mut Vec<u8>) {
    let sig = s.signo.unsigned_abs();
    write_name(sig, out);
    out.extend_from_slice(b" {si_signo=");
    write_name(sig, out);
    out.extend_from_slice(b", si_code=");
    match signal::code_name(s.signo, s.code) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => write_int(i64::from(s.code), out),
    }
    if s.err != 0 {
        out.extend_from_slice(b", si_errno=");
        write_int(i64::from(s.err), out);
    }
    const SI_KERNEL: i32 = 0x80;
    const SIGCHLD: i32 = 17;
    let fault = matches!(s.signo, 4 | 5 | 7 | 8 | 11) && s.code > 0;
    if fault {
        out.extend_from_slice(b", si_addr=");
        if s.value == 0 { out.extend_from_slice(b"NULL") } else { write_hex(s.value, out) }
    } else if s.code != SI_KERNEL {
        out.extend_from_slice(b", si_pid=");
        write_uint(u64::from(s.si_pid), out);
        out.extend_from_slice(b", si_uid=");
        write_uint(u64::from(s.si_uid), out);
        if s.signo == SIGCHLD && s.code > 0 {
            out.extend_from_slice(b", si_status=");
            // CLD_EXITED carries an exit status, the others a signal.
            let status = u32::try_from(s.value & 0xffff_ffff).unwrap_or_default();
            if s.code == 1 {
                write_uint(u64::from(status), out)
            } else {
                write_name(status, out)
            }
            out.extend_from_slice(b", si_utime=");
            write_uint(s.utime, out);
            out.extend_from_slice(b", si_stime=");
            write_uint(s.stime, out);
        }
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let check = |set, expected: &str| {
            let mut out = Vec::new();
            write_set(set, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(0, "[]");
        check(1 << 1 | 1 << 16, "[INT CHLD]");
        check(!(1 << 8 | 1 << 18), "~[KILL STOP]");
    }
}
