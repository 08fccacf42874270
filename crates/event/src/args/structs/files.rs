//! Files: attributes, locks, handles, how to open and mount them.

use syscope_syscalls::flags as sets;

use super::time::seconds;
use super::{Bytes, field, hex, int, uint};
use crate::Event;
use crate::args::fd::write_makedev;
use crate::args::flags::{styled, write_enum, write_flags};
use crate::args::nested::{dots, element_limit};
use crate::args::num::{write_hex_or_zero, write_mode, write_uint};
use crate::args::strings::write_quoted;
use crate::args::{Hex, Style, date, separate, write_pointer};

/// `S_IFREG|0644`; without a type the number alone.
pub(crate) fn file_mode(mode: u64, style: &Style, out: &mut Vec<u8>) {
    const S_IFMT: u64 = 0o170_000;
    match sets::FILE_TYPE.find(mode & S_IFMT) {
        Some(kind) => styled(style, out, |out| write_mode(mode, out), |out| write_modes(kind, mode, out)),
        None if mode & S_IFMT != 0 => write_mode(mode, out),
        None => styled(style, out, |out| write_mode(mode, out), |out| write_modes("", mode, out)),
    }
}

fn write_modes(kind: &str, mode: u64, out: &mut Vec<u8>) {
    if !kind.is_empty() {
        out.extend_from_slice(kind.as_bytes());
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

pub(super) fn stat(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let mode = b.u32(24);
    let dev = |raw: u64, out: &mut Vec<u8>| {
        write_makedev(
            raw >> 8 & 0xfff | raw >> 32 & 0xffff_f000,
            raw & 0xff | raw >> 12 & 0xffff_ff00,
            style,
            out,
        );
    };
    if style.verbose {
        field("st_dev", out);
        dev(b.u64(0), out);
        uint("st_ino", b.u64(8), out);
    }
    field("st_mode", out);
    file_mode(mode, style, out);
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

pub(super) fn statx(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let mode = b.u16(28);
    field("stx_mask", out);
    write_flags(&sets::STATX, b.u32(0), style, out);
    if style.verbose {
        uint("stx_blksize", b.u32(4), out);
    }
    field("stx_attributes", out);
    write_flags(&sets::STATX_ATTR, b.u64(8), style, out);
    if style.verbose {
        uint("stx_nlink", b.u32(16), out);
        uint("stx_uid", b.u32(20), out);
        uint("stx_gid", b.u32(24), out);
    }
    field("stx_mode", out);
    file_mode(mode, style, out);
    if style.verbose {
        uint("stx_ino", b.u64(32), out);
    }
    uint("stx_size", b.u64(40), out);
    if style.verbose {
        uint("stx_blocks", b.u64(48), out);
        field("stx_attributes_mask", out);
        write_flags(&sets::STATX_ATTR, b.u64(56), style, out);
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

pub(super) fn statfs(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("f_type", out);
    write_enum(&sets::FS_MAGIC, b.u64(0), style, out);
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
    let shown = element_limit(style).min(2);
    for i in 0..shown {
        separate(i, out);
        write_hex_or_zero(b.u32(56 + 4 * i), out);
    }
    dots(shown, 2, out);
    out.extend_from_slice(b"]}");
    uint("f_namelen", b.u64(64), out);
    uint("f_frsize", b.u64(72), out);
    field("f_flags", out);
    write_flags(&sets::STATFS_FLAGS, b.u64(80), style, out);
}

/// A record lock; who holds it is said where the call asked for it.
pub(super) fn flock(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    const F_GETLK: i32 = 5;
    const F_OFD_GETLK: i32 = 36;
    field("l_type", out);
    write_enum(&sets::LOCK_TYPE, b.u16(0), style, out);
    field("l_whence", out);
    write_enum(&sets::SEEK, b.u16(2), style, out);
    int("l_start", b.i64(8), out);
    int("l_len", b.i64(16), out);
    if matches!(ev.int_arg(1), F_GETLK | F_OFD_GETLK) {
        int("l_pid", i64::from(b.i32(24)), out);
    }
}

pub(super) fn owner(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("type", out);
    write_enum(&sets::OWNER_TYPE, b.u32(0), style, out);
    int("pid", i64::from(b.i32(4)), out);
}

pub(super) fn open_how(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("flags", out);
    write_flags(&sets::OPEN, b.u64(0), style, out);
    if b.u64(8) != 0 || b.u64(0) & 0o100 != 0 {
        field("mode", out);
        write_mode(b.u64(8), out);
    }
    field("resolve", out);
    write_flags(&sets::RESOLVE, b.u64(16), style, out);
}

pub(super) fn mount_attr(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    for (name, at) in [("attr_set", 0), ("attr_clr", 8)] {
        field(name, out);
        write_flags(&sets::MOUNT_ATTR, b.u64(at), style, out);
    }
    field("propagation", out);
    write_enum(&sets::PROPAGATION, b.u64(16), style, out);
    uint("userns_fd", b.u64(24), out);
}

/// Where the value of an attribute is.
pub(super) fn xattr_args(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("value", out);
    write_pointer(b.u64(0), out);
    uint("size", b.u32(8), out);
    field("flags", out);
    write_flags(&sets::XATTR, b.u32(12), style, out);
}

/// A handle; its size before and after the call, where that is known.
pub(super) fn handle(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let size = b.u32(0);
    let before = ev.cap_entry(2).filter(|c| c.data.len() >= 4).map(|c| Bytes(c.data).u32(0));
    field("handle_bytes", out);
    write_uint(before.unwrap_or(size), out);
    if before.is_some_and(|before| before != size) {
        out.extend_from_slice(b" => ");
        write_uint(size, out);
    }
    if ev.errno().is_some() {
        return;
    }
    int("handle_type", i64::from(b.i32(4)), out);
    field("f_handle", out);
    let len = usize::try_from(size).unwrap_or(usize::MAX);
    let data = b.0.get(8..).unwrap_or_default();
    write_quoted(&data[..data.len().min(len)], data.len() < len, &Style { hex: Hex::All, ..*style }, out);
}
