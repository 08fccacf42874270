//! Structures, field by field. Sizes were checked by the caller ([`Layout::size`]).

mod device;
mod files;
mod ipc;
mod perf;
mod process;
mod security;
mod signal;
mod time;

pub(crate) use files::{file_mode, is_device};
pub(crate) use process::{
    CLONE_CHILD_CLEARTID, CLONE_CHILD_SETTID, CLONE_PARENT_SETTID, CLONE_PIDFD, CLONE_SETTLS, credentials,
    io_prio,
};

use syscope_syscalls::{Layout, flags as sets};

use super::fd::write_fd;
use super::flags::{write_enum, write_flags};
use super::num::{write_hex_or_zero, write_int, write_uint};
use super::{Style, date, signals, write_pointer};
use crate::Event;

/// Reads fixed places of a structure; places behind its end read as 0, which the size check rules out.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl Bytes<'_> {
    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0.get(at..at + N).and_then(|b| b.try_into().ok()).unwrap_or([0; N])
    }

    pub(crate) fn u16(&self, at: usize) -> u64 {
        u64::from(u16::from_le_bytes(self.get(at)))
    }

    fn i16(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.get(at))
    }

    pub(crate) fn u32(&self, at: usize) -> u64 {
        u64::from(u32::from_le_bytes(self.get(at)))
    }

    pub(crate) fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.get(at))
    }

    pub(crate) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.get(at))
    }

    pub(crate) fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.get(at))
    }
}

/// The name of the next field, behind a comma unless it is the first.
pub(crate) fn field(name: &str, out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(name.as_bytes());
    out.push(b'=');
}

fn uint(name: &str, value: u64, out: &mut Vec<u8>) {
    field(name, out);
    write_uint(value, out);
}

fn int(name: &str, value: i64, out: &mut Vec<u8>) {
    field(name, out);
    write_int(value, out);
}

fn hex(name: &str, value: u64, out: &mut Vec<u8>) {
    field(name, out);
    write_hex_or_zero(value, out);
}

/// A structure that an argument points to.
pub(crate) fn write(ev: &Event<'_>, layout: Layout, data: &[u8], style: &Style, out: &mut Vec<u8>) {
    let b = Bytes(data);
    match layout {
        Layout::Int | Layout::SchedParam => bracketed(i64::from(b.i32(0)), out),
        Layout::Long => bracketed(b.i64(0), out),
        Layout::Hex64 => in_brackets(out, |out| write_hex_or_zero(b.u64(0), out)),
        Layout::Id => in_brackets(out, |out| super::num::write_id(b.i32(0).cast_unsigned(), out)),
        Layout::SignalNumber => {
            in_brackets(out, |out| signals::write_sig(b.i32(0).cast_unsigned(), style, out))
        }
        Layout::Policy => in_brackets(out, |out| write_flags(&sets::MPOL, b.u32(0), style, out)),
        Layout::Tsc => in_brackets(out, |out| write_enum(&sets::PR_TSC, b.u32(0), style, out)),
        Layout::SeccompAction => in_brackets(out, |out| write_enum(&sets::SECCOMP_RET, b.u32(0), style, out)),
        Layout::ModemBits => in_brackets(out, |out| write_flags(&sets::MODEM_LINES, b.u32(0), style, out)),
        Layout::InodeFlags => in_brackets(out, |out| write_flags(&sets::INODE_FLAGS, b.u32(0), style, out)),
        Layout::KeyCapabilities => in_brackets(out, |out| security::key_capabilities(ev, &b, style, out)),
        Layout::Timespec => time::time(&b, 0, "tv_nsec", out),
        Layout::Timeval => time::time(&b, 0, "tv_usec", out),
        _ => write_element(ev, layout, data, style, out),
    }
}

/// `[3]`: a number that an argument points to.
pub(crate) fn bracketed(value: i64, out: &mut Vec<u8>) {
    in_brackets(out, |out| write_int(value, out));
}

fn in_brackets(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'[');
    write(out);
    out.push(b']');
}

/// A structure, also as an element of an array.
pub(crate) fn write_element(ev: &Event<'_>, layout: Layout, data: &[u8], style: &Style, out: &mut Vec<u8>) {
    let b = Bytes(data);
    match layout {
        Layout::Int => return write_int(i64::from(b.i32(0)), out),
        Layout::Long => return write_int(b.i64(0), out),
        Layout::Hex64 => return write_pointer(b.u64(0), out),
        Layout::Id => return super::num::write_id(b.i32(0).cast_unsigned(), out),
        Layout::Sigset => return signals::write_set(b.u64(0), style, out),
        Layout::Timespec => return time::file_time(&b, "tv_nsec", 9, style, out),
        Layout::Timeval => return time::file_time(&b, "tv_usec", 6, style, out),
        Layout::Siginfo => return signal::siginfo(&b, style, out),
        _ => {}
    }
    out.push(b'{');
    fields(ev, layout, &b, style, out);
    // What clone3 stored stands behind the structure that it read.
    if layout != Layout::CloneArgs {
        out.push(b'}');
    }
}

/// What stands between the braces.
fn fields(ev: &Event<'_>, layout: Layout, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    match layout {
        Layout::Stat => files::stat(b, style, out),
        Layout::Statx => files::statx(b, style, out),
        Layout::Statfs => files::statfs(b, style, out),
        Layout::Flock => files::flock(ev, b, style, out),
        Layout::FOwnerEx => files::owner(b, style, out),
        Layout::OpenHow => files::open_how(b, style, out),
        Layout::MountAttr => files::mount_attr(b, style, out),
        Layout::XattrArgs => files::xattr_args(b, style, out),
        Layout::FileHandle => files::handle(ev, b, style, out),
        Layout::Itimerspec => time::pair_of_times(b, "tv_nsec", out),
        Layout::Itimerval => time::pair_of_times(b, "tv_usec", out),
        Layout::Timex => time::timex(b, style, out),
        Layout::Timezone => {
            int("tz_minuteswest", i64::from(b.i32(0)), out);
            int("tz_dsttime", i64::from(b.i32(4)), out);
        }
        Layout::Utimbuf => {
            for (name, at) in [("actime", 0), ("modtime", 8)] {
                int(name, b.i64(at), out);
                date::write_comment(b.i64(at), 0, 9, out);
            }
        }
        Layout::Pollfd => {
            field("fd", out);
            write_fd(b.i32(0), None, style, out);
            field("events", out);
            write_flags(&sets::POLL, b.u16(4), style, out);
        }
        Layout::EpollEvent => {
            field("events", out);
            write_flags(&sets::EPOLL, b.u32(0), style, out);
            field("data", out);
            out.extend_from_slice(b"{u32=");
            write_uint(b.u32(4), out);
            uint("u64", b.u64(4), out);
            out.push(b'}');
        }
        Layout::Iovec => {
            field("iov_base", out);
            write_pointer(b.u64(0), out);
            uint("iov_len", b.u64(8), out);
        }
        Layout::Rlimit => process::rlimits(b, style, out),
        Layout::Rusage => process::rusage(b, style, out),
        Layout::Sysinfo => process::sysinfo(b, out),
        Layout::Utsname => process::utsname(b.0, style, out),
        Layout::CloneArgs => process::clone_args(ev, b, style, out),
        Layout::SchedAttr => process::sched_attr(b, style, out),
        Layout::Tms => {
            for (name, at) in [("tms_utime", 0), ("tms_stime", 8), ("tms_cutime", 16), ("tms_cstime", 24)] {
                field(name, out);
                signals::write_ticks(b.u64(at), out);
            }
        }
        Layout::SchedParam => int("sched_priority", i64::from(b.i32(0)), out),
        Layout::CapHeader => process::cap_header(b, style, out),
        Layout::CapData => process::capabilities(ev, b, style, out),
        Layout::Sigaction => signal::sigaction(b, style, out),
        Layout::Sigevent => signal::sigevent(b, style, out),
        Layout::Stack => {
            field("ss_sp", out);
            write_pointer(b.u64(0), out);
            field("ss_flags", out);
            write_flags(&sets::SIGALTSTACK, b.u32(8), style, out);
            uint("ss_size", b.u64(16), out);
        }
        Layout::MqAttr => ipc::mq_attr(b, style, out),
        Layout::Sembuf => ipc::sembuf(b, style, out),
        Layout::MsqidDs => ipc::msqid_ds(b, out),
        Layout::ShmidDs => ipc::shmid_ds(b, out),
        Layout::FutexWaitv => ipc::futex_waitv(b, style, out),
        Layout::SemidDs => ipc::semid_ds(ev, b, out),
        Layout::Seminfo => ipc::seminfo(b, out),
        Layout::IoEvent => ipc::io_event(b, out),
        Layout::Iocb => ipc::iocb(ev, b, style, out),
        Layout::UringParams => ipc::uring_params(ev, b, style, out),
        Layout::Termios => device::termios(b, style, out),
        Layout::Winsize => device::winsize(b, out),
        Layout::Ifreq => device::ifreq(ev, b.0, style, out),
        Layout::Ifconf => device::ifconf(ev, b, style, out),
        Layout::LandlockRuleset => security::landlock_ruleset(b, style, out),
        Layout::LandlockPath => security::landlock_path(b, style, out),
        Layout::SockFprog => security::sock_fprog(b, out),
        Layout::BpfAttr => security::bpf_attr(ev, b, style, out),
        Layout::PerfAttr => perf::attr(b, style, out),
        // Without a name of their own: they have no fields, or the call's printer shows them.
        Layout::Int
        | Layout::Long
        | Layout::Hex64
        | Layout::Id
        | Layout::SignalNumber
        | Layout::Policy
        | Layout::Tsc
        | Layout::SeccompAction
        | Layout::ModemBits
        | Layout::InodeFlags
        | Layout::Sigset
        | Layout::SigmaskSize
        | Layout::Timespec
        | Layout::Timeval
        | Layout::Siginfo
        | Layout::KeyCapabilities
        | Layout::OptVal => {}
    }
}
