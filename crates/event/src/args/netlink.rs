//! Messages of netlink sockets: their heads, and what is short of their bodies.

use syscope_syscalls::{NameSet, errno, flags as sets};

use super::flags::{write_enum, write_flags};
use super::num::{write_int, write_uint};
use super::strings::write_quoted;
use super::structs::{Bytes, field};
use super::{Hex, Style, separate};
use crate::{Event, FileKind};

const AF_NETLINK: u16 = 16;
const NETLINK_ROUTE: u16 = 0;
const NETLINK_SOCK_DIAG: u16 = 4;
const HEAD: usize = 16;
const NLMSG_ERROR: u64 = 2;
const NLMSG_DONE: u64 = 3;

/// The protocol of the socket that the call is about, if its messages can be told.
pub(super) fn protocol(ev: &Event<'_>) -> Option<u16> {
    match &ev.arg_file(0)?.kind {
        FileKind::Socket(s) if s.family == AF_NETLINK => {
            Some(s.protocol).filter(|p| matches!(*p, NETLINK_ROUTE | NETLINK_SOCK_DIAG))
        }
        _ => None,
    }
}

/// The messages in `len` bytes, of which `data` was copied: `[{nlmsg_len=20, ...}, ...]`. False: it is none, and nothing
/// was written.
pub(super) fn write(protocol: u16, data: &[u8], len: u64, style: &Style, out: &mut Vec<u8>) -> bool {
    if data.len() < HEAD {
        return false;
    }
    let first = aligned(Bytes(data).u32(0));
    let many = first >= HEAD as u64 && first < len;
    if many {
        out.push(b'[');
    }
    let (mut rest, mut left, mut shown) = (data, len, 0);
    while left > 0 {
        separate(shown, out);
        if shown >= super::nested::element_limit(style) || rest.len() < HEAD {
            out.extend_from_slice(b"...");
            break;
        }
        let size = message(protocol, rest, left, style, out);
        shown += 1;
        if size < HEAD as u64 || size >= left {
            break;
        }
        left -= size;
        rest = rest.get(usize::try_from(size).unwrap_or(usize::MAX)..).unwrap_or_default();
    }
    if many {
        out.push(b']');
    }
    true
}

fn aligned(len: u64) -> u64 {
    len.next_multiple_of(4)
}

/// One message; returns how long it says that it is.
fn message(protocol: u16, data: &[u8], left: u64, style: &Style, out: &mut Vec<u8>) -> u64 {
    let b = Bytes(data);
    let (len, kind) = (b.u32(0), b.u16(4));
    let has_body = len > HEAD as u64 && left > HEAD as u64;
    if has_body {
        out.push(b'[');
    }
    out.extend_from_slice(b"{nlmsg_len=");
    write_uint(len, out);
    field("nlmsg_type", out);
    write_enum(if protocol == NETLINK_ROUTE { &sets::RTM } else { &sets::SOCK_DIAG }, kind, style, out);
    field("nlmsg_flags", out);
    write_flags(flags_of(protocol, kind), b.u16(6), style, out);
    field("nlmsg_seq", out);
    write_uint(b.u32(8), out);
    field("nlmsg_pid", out);
    write_uint(b.u32(12), out);
    out.push(b'}');
    if has_body {
        out.extend_from_slice(b", ");
        let size = (len - HEAD as u64).min(left - HEAD as u64);
        let copied = &data[HEAD..data.len().min(HEAD + usize::try_from(size).unwrap_or(usize::MAX))];
        body(protocol, kind, copied, size, style, out);
        out.push(b']');
    }
    aligned(len)
}

fn flags_of(protocol: u16, kind: u64) -> &'static NameSet {
    match (protocol, kind) {
        (_, NLMSG_ERROR) => &sets::NLM_F_ACKED,
        (_, 0..=15) => &sets::NLM_F_GET,
        // Kinds come by four: new, delete, get, set.
        (NETLINK_ROUTE, _) => match kind % 4 {
            0 => &sets::NLM_F_NEW,
            1 => &sets::NLM_F_DELETE,
            _ => &sets::NLM_F_GET,
        },
        _ => &sets::NLM_F_GET,
    }
}

/// What stands behind the head: `size` bytes, of which `data` was copied.
fn body(protocol: u16, kind: u64, data: &[u8], size: u64, style: &Style, out: &mut Vec<u8>) {
    let b = Bytes(data);
    let known = match (protocol, kind) {
        (_, NLMSG_DONE) if data.len() >= 4 => {
            write_int(i64::from(b.i32(0)), out);
            4
        }
        (_, NLMSG_ERROR) if data.len() >= 4 => return error(protocol, data, size, style, out),
        (NETLINK_ROUTE, 0x10..=0x13) => interface(data, size, style, out),
        (NETLINK_ROUTE, 0x14..=0x16) => address(data, size, style, out),
        (NETLINK_ROUTE, 0x18..=0x1a) => route(data, size, style, out),
        _ => 0,
    };
    let rest = data.get(known..).unwrap_or_default();
    if known > 0 && (size <= known as u64 || rest.is_empty()) {
        if size > known as u64 {
            out.extend_from_slice(b", ...");
        }
        return;
    }
    if known > 0 {
        out.extend_from_slice(b", ");
    }
    let shown = &rest[..rest.len().min(style.string_limit)];
    let is_cut = (shown.len() as u64) < size.saturating_sub(known as u64);
    write_quoted(shown, is_cut, &Style { hex: Hex::All, ..*style }, out);
}

/// The answer to a request, with the head of the latter.
fn error(protocol: u16, data: &[u8], size: u64, style: &Style, out: &mut Vec<u8>) {
    let code = Bytes(data).i32(0);
    out.extend_from_slice(b"{error=");
    match errno::name(code.unsigned_abs()).filter(|_| code < 0) {
        Some(name) => {
            out.push(b'-');
            out.extend_from_slice(name.as_bytes());
        }
        None => write_int(i64::from(code), out),
    }
    if size > 4 {
        field("msg", out);
        if data.len() >= 4 + HEAD {
            message(protocol, &data[4..], size - 4, style, out);
        } else {
            out.extend_from_slice(b"...");
        }
    }
    out.push(b'}');
}

/// What begins with a family: all of its `whole` bytes, or the family alone. Returns how many bytes were told.
fn by_family(
    name: &str,
    whole: usize,
    data: &[u8],
    style: &Style,
    out: &mut Vec<u8>,
    fields: impl FnOnce(&Bytes<'_>, &mut Vec<u8>),
) -> usize {
    let Some(family) = data.first() else {
        out.extend_from_slice(b"...");
        return usize::MAX;
    };
    out.push(b'{');
    field(name, out);
    write_enum(&sets::AF, u64::from(*family), style, out);
    if data.len() < whole {
        out.extend_from_slice(b", ...}");
        return usize::MAX;
    }
    fields(&Bytes(data), out);
    out.push(b'}');
    whole
}

/// `struct ifinfomsg`.
fn interface(data: &[u8], _: u64, style: &Style, out: &mut Vec<u8>) -> usize {
    by_family("ifi_family", 16, data, style, out, |b, out| {
        field("ifi_type", out);
        write_enum(&sets::ARPHRD, b.u16(2), style, out);
        field("ifi_index", out);
        write_int(i64::from(b.i32(4)), out);
        for (name, at) in [("ifi_flags", 8), ("ifi_change", 12)] {
            field(name, out);
            write_flags(&sets::IFF, b.u32(at), style, out);
        }
    })
}

/// `struct ifaddrmsg`.
fn address(data: &[u8], _: u64, style: &Style, out: &mut Vec<u8>) -> usize {
    by_family("ifa_family", 8, data, style, out, |b, out| {
        field("ifa_prefixlen", out);
        write_uint(u64::from(data[1]), out);
        field("ifa_flags", out);
        write_flags(&sets::IFA_F, u64::from(data[2]), style, out);
        field("ifa_scope", out);
        write_enum(&sets::RT_SCOPE, u64::from(data[3]), style, out);
        field("ifa_index", out);
        write_uint(b.u32(4), out);
    })
}

/// `struct rtmsg`.
fn route(data: &[u8], _: u64, style: &Style, out: &mut Vec<u8>) -> usize {
    by_family("rtm_family", 12, data, style, out, |b, out| {
        for (name, at) in [("rtm_dst_len", 1), ("rtm_src_len", 2)] {
            field(name, out);
            write_uint(u64::from(data[at]), out);
        }
        field("rtm_tos", out);
        super::num::write_hex_or_zero(u64::from(data[3]), out);
        for (name, set, at) in [
            ("rtm_table", &sets::RT_TABLE, 4),
            ("rtm_protocol", &sets::RTPROT, 5),
            ("rtm_scope", &sets::RT_SCOPE, 6),
            ("rtm_type", &sets::RTN, 7),
        ] {
            field(name, out);
            write_enum(set, u64::from(data[at]), style, out);
        }
        field("rtm_flags", out);
        write_flags(&sets::RTM_F, b.u32(8), style, out);
    })
}
