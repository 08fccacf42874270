//! Structures, field by field. Sizes were checked by the caller ([`Layout::size`]).

use syscope_syscalls::{Layout, flags as sets};

use super::fd::{write_fd, write_makedev};
use super::flags::{write_enum, write_flags};
use super::num::{write_hex, write_hex_or_zero, write_int, write_mode, write_uint};
use super::strings::write_quoted;
use super::{Style, date, separate, signals, write_bits, write_pointer};
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

fn field(name: &str, out: &mut Vec<u8>) {
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
        Layout::Sigset => signals::write_set(b.u64(0), out),
        Layout::FdSet => write_fd_set(&b, ev, out),
        Layout::Timespec => time(&b, 0, "tv_nsec", out),
        Layout::Timeval => time(&b, 0, "tv_usec", out),
        _ => write_element(ev, layout, data, style, out),
    }
}

/// `[3]`: a number that an argument points to.
pub(crate) fn bracketed(value: i64, out: &mut Vec<u8>) {
    out.push(b'[');
    write_int(value, out);
    out.push(b']');
}

/// A structure, also as an element of an array.
pub(crate) fn write_element(ev: &Event<'_>, layout: Layout, data: &[u8], style: &Style, out: &mut Vec<u8>) {
    let b = Bytes(data);
    match layout {
        Layout::Int => return write_int(i64::from(b.i32(0)), out),
        Layout::Long => return write_int(b.i64(0), out),
        Layout::Sigset => return signals::write_set(b.u64(0), out),
        Layout::Timespec => return file_time(&b, "tv_nsec", 9, out),
        Layout::Timeval => return file_time(&b, "tv_usec", 6, out),
        Layout::Siginfo => return siginfo(&b, out),
        _ => {}
    }
    out.push(b'{');
    match layout {
        Layout::Stat => stat(&b, style, out),
        Layout::Statx => statx(&b, style, out),
        Layout::Statfs => statfs(&b, out),
        Layout::Itimerspec => pair_of_times(&b, "tv_nsec", out),
        Layout::Itimerval => pair_of_times(&b, "tv_usec", out),
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
            // A negative descriptor asks for nothing.
            if b.i32(0) >= 0 {
                field("events", out);
                write_flags(&sets::POLL, b.u16(4), out);
            }
        }
        Layout::EpollEvent => {
            field("events", out);
            write_flags(&sets::EPOLL, b.u32(0), out);
            field("data", out);
            out.extend_from_slice(b"{u32=");
            write_uint(b.u32(4), out);
            out.extend_from_slice(b", u64=");
            write_uint(b.u64(4), out);
            out.push(b'}');
        }
        Layout::Iovec => {
            field("iov_base", out);
            write_pointer(b.u64(0), out);
            uint("iov_len", b.u64(8), out);
        }
        Layout::Rlimit => {
            let old = ev.syscall().is_some_and(|s| s.name != "prlimit64");
            for (name, at) in [("rlim_cur", 0), ("rlim_max", 8)] {
                field(name, out);
                rlimit(b.u64(at), old, out);
            }
        }
        Layout::Rusage => rusage(&b, style, out),
        Layout::Sysinfo => sysinfo(&b, out),
        Layout::Utsname => utsname(data, style, out),
        Layout::Sigaction => sigaction(&b, out),
        Layout::Stack => {
            field("ss_sp", out);
            write_pointer(b.u64(0), out);
            field("ss_flags", out);
            write_flags(&sets::SIGALTSTACK, b.u32(8), out);
            uint("ss_size", b.u64(16), out);
        }
        Layout::OpenHow => {
            field("flags", out);
            write_flags(&sets::OPEN, b.u64(0), out);
            if b.u64(8) != 0 || b.u64(0) & 0o100 != 0 {
                field("mode", out);
                write_mode(b.u64(8), out);
            }
            field("resolve", out);
            write_flags(&sets::RESOLVE, b.u64(16), out);
        }
        Layout::CloneArgs => clone_args(ev, &b, out),
        Layout::Tms => {
            for (name, at) in [("tms_utime", 0), ("tms_stime", 8), ("tms_cutime", 16), ("tms_cstime", 24)] {
                field(name, out);
                signals::write_ticks(b.u64(at), out);
            }
        }
        Layout::SchedParam => int("sched_priority", i64::from(b.i32(0)), out),
        Layout::CapHeader => {
            hex("version", b.u32(0), out);
            int("pid", i64::from(b.i32(4)), out);
        }
        Layout::CapData => {
            // Three words for the first 32 capabilities, three for the rest.
            for (name, at) in [("effective", 0), ("permitted", 4), ("inheritable", 8)] {
                hex(name, b.u32(at) | b.u32(at + 12) << 32, out);
            }
        }
        Layout::Sigevent => sigevent(&b, out),
        Layout::Int
        | Layout::Long
        | Layout::Sigset
        | Layout::FdSet
        | Layout::Timespec
        | Layout::Timeval
        | Layout::Siginfo => {}
    }
    // What clone3 stored stands behind the structure that it read.
    if layout != Layout::CloneArgs {
        out.push(b'}');
    }
}

/// A time in two longs.
fn time(b: &Bytes<'_>, at: usize, fraction: &str, out: &mut Vec<u8>) {
    seconds(b.i64(at), fraction, b.u64(at + 8), out);
}

/// `{tv_sec=1, tv_nsec=0}`.
fn seconds(sec: i64, fraction: &str, part: u64, out: &mut Vec<u8>) {
    out.push(b'{');
    int("tv_sec", sec, out);
    uint(fraction, part, out);
    out.push(b'}');
}

/// A time to be given to a file: with its date, or `UTIME_NOW`, `UTIME_OMIT`.
fn file_time(b: &Bytes<'_>, fraction: &str, width: usize, out: &mut Vec<u8>) {
    const UTIME_NOW: u64 = 0x3fff_ffff;
    const UTIME_OMIT: u64 = 0x3fff_fffe;
    match (fraction, b.u64(8)) {
        ("tv_nsec", UTIME_NOW) => out.extend_from_slice(b"UTIME_NOW"),
        ("tv_nsec", UTIME_OMIT) => out.extend_from_slice(b"UTIME_OMIT"),
        (_, part) => {
            time(b, 0, fraction, out);
            date::write_comment(b.i64(0), part, width, out);
        }
    }
}

fn pair_of_times(b: &Bytes<'_>, fraction: &str, out: &mut Vec<u8>) {
    field("it_interval", out);
    time(b, 0, fraction, out);
    field("it_value", out);
    time(b, 16, fraction, out);
}

/// `S_IFREG|0644`; without a type the number alone.
pub(crate) fn file_mode(mode: u64, out: &mut Vec<u8>) {
    const S_IFMT: u64 = 0o170_000;
    if mode & S_IFMT != 0 {
        match sets::FILE_TYPE.find(mode & S_IFMT) {
            Some(name) => out.extend_from_slice(name.as_bytes()),
            None => return write_mode(mode, out),
        }
        out.push(b'|');
    }
    for (bit, name) in [(0o4000, "S_ISUID|"), (0o2000, "S_ISGID|"), (0o1000, "S_ISVTX|")] {
        if mode & bit != 0 {
            out.extend_from_slice(name.as_bytes());
        }
    }
    write_mode(mode & 0o777, out);
}

pub(crate) fn is_device(mode: u64) -> bool {
    matches!(mode & 0o170_000, 0o020_000 | 0o060_000)
}

fn stat(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let mode = b.u32(24);
    let dev = |raw: u64, out: &mut Vec<u8>| {
        write_makedev(raw >> 8 & 0xfff | raw >> 32 & 0xffff_f000, raw & 0xff | raw >> 12 & 0xffff_ff00, out);
    };
    if style.verbose {
        field("st_dev", out);
        dev(b.u64(0), out);
        uint("st_ino", b.u64(8), out);
    }
    field("st_mode", out);
    file_mode(mode, out);
    if style.verbose {
        uint("st_nlink", b.u64(16), out);
        uint("st_uid", b.u32(28), out);
        uint("st_gid", b.u32(32), out);
        uint("st_blksize", b.u64(56), out);
        uint("st_blocks", b.u64(64), out);
    }
    if is_device(mode) {
        field("st_rdev", out);
        dev(b.u64(40), out);
    } else {
        uint("st_size", b.u64(48), out);
    }
    if style.verbose {
        for (name, nsec, at) in [
            ("st_atime", "st_atime_nsec", 72),
            ("st_mtime", "st_mtime_nsec", 88),
            ("st_ctime", "st_ctime_nsec", 104),
        ] {
            int(name, b.i64(at), out);
            date::write_comment(b.i64(at), b.u64(at + 8), 9, out);
            uint(nsec, b.u64(at + 8), out);
        }
    } else {
        out.extend_from_slice(b", ...");
    }
}

fn statx(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let mode = b.u16(28);
    field("stx_mask", out);
    write_flags(&sets::STATX, b.u32(0), out);
    if style.verbose {
        uint("stx_blksize", b.u32(4), out);
    }
    field("stx_attributes", out);
    write_flags(&sets::STATX_ATTR, b.u64(8), out);
    if style.verbose {
        uint("stx_nlink", b.u32(16), out);
        uint("stx_uid", b.u32(20), out);
        uint("stx_gid", b.u32(24), out);
    }
    field("stx_mode", out);
    file_mode(mode, out);
    if style.verbose {
        uint("stx_ino", b.u64(32), out);
    }
    uint("stx_size", b.u64(40), out);
    if style.verbose {
        uint("stx_blocks", b.u64(48), out);
        field("stx_attributes_mask", out);
        write_flags(&sets::STATX_ATTR, b.u64(56), out);
        let filled = |bit: u64| b.u32(0) & bit != 0;
        for (name, at, bit) in [
            ("stx_atime", 64, 0x20),
            ("stx_btime", 80, 0x800),
            ("stx_ctime", 96, 0x80),
            ("stx_mtime", 112, 0x40),
        ] {
            if filled(bit) {
                let nsec = b.u32(at + 8);
                field(name, out);
                seconds(b.i64(at), "tv_nsec", nsec, out);
                date::write_comment(b.i64(at), nsec, 9, out);
            }
        }
        for (name, at) in
            [("stx_rdev_major", 128), ("stx_rdev_minor", 132), ("stx_dev_major", 136), ("stx_dev_minor", 140)]
        {
            uint(name, b.u32(at), out);
        }
        if filled(0x1000) {
            hex("stx_mnt_id", b.u64(144), out);
        }
    } else {
        out.extend_from_slice(b", ...");
    }
}

fn statfs(b: &Bytes<'_>, out: &mut Vec<u8>) {
    field("f_type", out);
    write_enum(&sets::FS_MAGIC, b.u64(0), out);
    for (name, at) in [
        ("f_bsize", 8),
        ("f_blocks", 16),
        ("f_bfree", 24),
        ("f_bavail", 32),
        ("f_files", 40),
        ("f_ffree", 48),
    ] {
        uint(name, b.u64(at), out);
    }
    field("f_fsid", out);
    out.extend_from_slice(b"{val=[");
    write_hex_or_zero(b.u32(56), out);
    out.extend_from_slice(b", ");
    write_hex_or_zero(b.u32(60), out);
    out.extend_from_slice(b"]}");
    uint("f_namelen", b.u64(64), out);
    uint("f_frsize", b.u64(72), out);
    field("f_flags", out);
    write_flags(&sets::STATFS_FLAGS, b.u64(80), out);
}

fn rlimit(value: u64, old: bool, out: &mut Vec<u8>) {
    if value == u64::MAX {
        out.extend_from_slice(if old { b"RLIM_INFINITY" } else { b"RLIM64_INFINITY" });
    } else if value > 1024 && value.is_multiple_of(1024) {
        write_uint(value / 1024, out);
        out.extend_from_slice(b"*1024");
    } else {
        write_uint(value, out);
    }
}

fn rusage(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
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

fn sysinfo(b: &Bytes<'_>, out: &mut Vec<u8>) {
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

fn utsname(data: &[u8], style: &Style, out: &mut Vec<u8>) {
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

fn sigaction(b: &Bytes<'_>, out: &mut Vec<u8>) {
    const SA_RESTORER: u64 = 0x0400_0000;
    let flags = b.u64(8);
    field("sa_handler", out);
    match b.u64(0) {
        0 => out.extend_from_slice(b"SIG_DFL"),
        1 => out.extend_from_slice(b"SIG_IGN"),
        handler => write_hex(handler, out),
    }
    field("sa_mask", out);
    signals::write_set(b.u64(24), out);
    field("sa_flags", out);
    write_flags(&sets::SA, flags, out);
    if flags & SA_RESTORER != 0 {
        field("sa_restorer", out);
        write_pointer(b.u64(16), out);
    }
}

fn siginfo(b: &Bytes<'_>, out: &mut Vec<u8>) {
    let u32_at = |at| b.i32(at).cast_unsigned();
    let info = signals::Info {
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
    signals::write_info(&info, out);
}

fn sigevent(b: &Bytes<'_>, out: &mut Vec<u8>) {
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
        signals::write_name(b.i32(8).cast_unsigned(), out);
    } else {
        write_uint(b.u32(8), out);
    }
    field("sigev_notify", out);
    write_enum(&sets::SIGEV, notify, out);
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

pub(crate) const CLONE_PIDFD: u64 = 0x1000;
pub(crate) const CLONE_SETTLS: u64 = 0x0008_0000;
pub(crate) const CLONE_PARENT_SETTID: u64 = 0x0010_0000;
pub(crate) const CLONE_CHILD_CLEARTID: u64 = 0x0020_0000;
pub(crate) const CLONE_CHILD_SETTID: u64 = 0x0100_0000;
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// With the brace behind it, and what the call stored: the number of the new thread, which it also returns.
fn clone_args(ev: &Event<'_>, b: &Bytes<'_>, out: &mut Vec<u8>) {
    let flags = b.u64(0);
    field("flags", out);
    write_flags(&sets::CLONE3, flags, out);
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
        Ok(sig) => signals::write_name(sig, out),
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
    if let Some(tid) = ev.ret.filter(|tid| *tid > 0 && flags & CLONE_PARENT_SETTID != 0) {
        out.extend_from_slice(b" => {parent_tid=");
        bracketed(tid, out);
        out.push(b'}');
    }
}

/// `[3 5]`: the descriptors of a select set below `nfds`.
pub(crate) fn write_fd_set(b: &Bytes<'_>, ev: &Event<'_>, out: &mut Vec<u8>) {
    write_bits(b.0, usize::try_from(ev.int_arg(0)).unwrap_or_default(), out);
}
