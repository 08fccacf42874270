//! Descriptors and the names behind them.

use super::flags::styled;
use super::num::{write_hex_or_zero, write_int, write_uint};
use super::strings::write_escaped;
use super::{Names, Style, structs};
use crate::{AT_FDCWD, File, FileKind};

/// `3</etc/passwd>`, `AT_FDCWD</srv>`; without the name if it is not known or not wanted. A name is as the process sees
/// it; after a chroot it is followed by where its root is: `3</etc/passwd>(root=/srv/jail)`.
#[inline]
pub fn write_fd(number: i32, file: Option<&File>, style: &Style, out: &mut Vec<u8>) {
    if number == AT_FDCWD {
        let value = |out: &mut Vec<u8>| write_int(i64::from(number), out);
        styled(style, out, value, |out| out.extend_from_slice(b"AT_FDCWD"));
    } else {
        write_int(i64::from(number), out);
    }
    let Some(file) = file else { return };
    let Names { paths, sockets, devices, pidfds } = style.names;
    match (&file.kind, file.pid) {
        (FileKind::Socket(_), _) if sockets => {
            out.push(b'<');
            match file.detail.as_deref() {
                Some(detail) => write_detail(detail, style, out),
                None => out.extend_from_slice(&file.name),
            }
            out.push(b'>');
        }
        (_, Some(pid)) if pidfds => {
            out.extend_from_slice(b"<pid:");
            write_uint(u64::from(pid), out);
            out.push(b'>');
        }
        _ if paths || devices && is_device(file.mode) => write_name(file, style, out),
        _ => {}
    }
}

/// `</etc/passwd>(deleted)`, `</dev/null<char 1:3>>`.
#[inline]
fn write_name(file: &File, style: &Style, out: &mut Vec<u8>) {
    out.push(b'<');
    write_escaped(&file.name, style.hex, b"<>", out);
    if style.names.devices {
        write_device(file, out);
    }
    out.push(b'>');
    if file.deleted {
        out.extend_from_slice(b"(deleted)");
    }
    if let Some(root) = &file.root {
        out.extend_from_slice(b"(root=");
        write_escaped(root, style.hex, b"()", out);
        out.push(b')');
    }
}

/// Addresses of a socket. All of it is our own text but for a path in quotes, the last thing in it.
fn write_detail(detail: &[u8], style: &Style, out: &mut Vec<u8>) {
    const END: &[u8] = b"\"]";
    match detail.iter().position(|b| *b == b'"').zip(detail.strip_suffix(END)) {
        Some((quote, head)) if quote < head.len() => {
            out.extend_from_slice(&detail[..=quote]);
            write_escaped(&head[quote + 1..], style.hex, b"", out);
            out.extend_from_slice(END);
        }
        _ => out.extend_from_slice(detail),
    }
}

/// `<char 1:3>` behind the name of a device node.
fn write_device(file: &File, out: &mut Vec<u8>) {
    if !is_device(file.mode) {
        return;
    }
    let is_block = file.mode & 0o170_000 == 0o060_000;
    let kind: &[u8] = if is_block { b"<block " } else { b"<char " };
    out.extend_from_slice(kind);
    write_uint(u64::from(file.rdev.0), out);
    out.push(b':');
    write_uint(u64::from(file.rdev.1), out);
    out.push(b'>');
}

fn is_device(mode: u32) -> bool {
    structs::is_device(u64::from(mode))
}

/// `makedev(0x8, 0)`.
pub(crate) fn write_makedev(major: u64, minor: u64, style: &Style, out: &mut Vec<u8>) {
    // As the C library puts both into one number.
    let number = minor & 0xff | (major & 0xfff) << 8 | (minor & !0xff) << 12 | (major & !0xfff) << 32;
    let parts = |out: &mut Vec<u8>| {
        out.extend_from_slice(b"makedev(");
        write_hex_or_zero(major, out);
        out.extend_from_slice(b", ");
        write_hex_or_zero(minor, out);
        out.push(b')');
    };
    styled(style, out, |out| write_hex_or_zero(number, out), parts);
}
