//! Socket options and their values.

use syscope_syscalls::{NameSet, Syscall, flags as sets};
use syscope_wire::Cap;

use super::flags::{styled, write_enum};
use super::num::{write_int, write_uint};
use super::strings::write_quoted;
use super::structs::{self, Bytes, field};
use super::{Hex, Style, is_whole, net, ok_cap, separate, write_pointer, write_some, write_unreadable};
use crate::Event;

pub(super) fn write(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
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
        Some(set) => write_enum(set, option, style, out),
        None => write_uint(option, out),
    }
    out.extend_from_slice(b", ");
    let name = names.and_then(|set| set.find(option)).unwrap_or_default();
    if sys.name == "setsockopt" {
        set(ev, name, style, out);
    } else {
        get(ev, name, style, out);
    }
    separate(1, out);
    super::write_arg(ev, sys, 4, style, out);
}

/// A value that the call reads.
fn set(ev: &Event<'_>, name: &str, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[3];
    let Some(cap) = ev.cap_out(3).filter(|_| ev.int_arg(4) >= 0) else { return write_pointer(raw, out) };
    if !is_whole(&cap) {
        return write_unreadable(raw, out);
    }
    let b = Bytes(cap.data);
    match name {
        "SO_LINGER" if cap.data.len() >= 8 => linger(&b, out),
        "SO_ATTACH_FILTER" | "SO_ATTACH_REUSEPORT_CBPF" if cap.data.len() == 16 => {
            structs::write(ev, syscope_syscalls::Layout::SockFprog, cap.data, style, out);
        }
        "IP_ADD_MEMBERSHIP" | "IP_DROP_MEMBERSHIP" if cap.data.len() >= 8 => {
            out.push(b'{');
            field("imr_multiaddr", out);
            net::inet_addr(&cap.data[..4], style, out);
            field("imr_interface", out);
            net::inet_addr(&cap.data[4..8], style, out);
            out.push(b'}');
        }
        _ if is_text(name) => text(&cap, style, out),
        _ if cap.data.len() < 4 => write_pointer(raw, out),
        _ if cap.data.len() == 4 || is_int(name) => structs::bracketed(i64::from(b.i32(0)), out),
        _ => text(&cap, style, out),
    }
}

/// A value that the call stored.
fn get(ev: &Event<'_>, name: &str, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[3];
    let Some(cap) = ok_cap(ev, 3).map(|c| super::within(ev, c, 4)) else { return write_pointer(raw, out) };
    if !is_whole(&cap) {
        return write_unreadable(raw, out);
    }
    let b = Bytes(cap.data);
    match name {
        "SO_LINGER" if cap.data.len() >= 8 => linger(&b, out),
        "SO_PEERCRED" if cap.data.len() >= 12 => structs::credentials(&b, out),
        "SO_ERROR" if cap.data.len() == 4 => error(b.i32(0), style, out),
        _ if is_text(name) => text(&cap, style, out),
        _ if cap.data.len() == 4 => structs::bracketed(i64::from(b.i32(0)), out),
        _ if cap.data.len() < 4 => text(&cap, &Style { hex: Hex::All, ..*style }, out),
        _ => text(&cap, style, out),
    }
}

/// Most options of a socket are an int.
fn is_int(name: &str) -> bool {
    name.starts_with("SO_") && !name.contains("TIMEO") && !matches!(name, "SO_BINDTODEVICE" | "SO_PEERCRED")
}

fn is_text(name: &str) -> bool {
    matches!(name, "SO_BINDTODEVICE" | "TCP_CONGESTION" | "TCP_ULP" | "SO_PEERSEC")
}

fn text(cap: &Cap<'_>, style: &Style, out: &mut Vec<u8>) {
    let shown = cap.data.len().min(style.string_limit);
    write_quoted(&cap.data[..shown], shown < cap.aux as usize && shown < cap.data.len(), style, out);
}

fn linger(b: &Bytes<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    field("l_onoff", out);
    write_int(i64::from(b.i32(0)), out);
    field("l_linger", out);
    write_int(i64::from(b.i32(4)), out);
    out.push(b'}');
}

/// `[ECONNREFUSED]`.
fn error(code: i32, style: &Style, out: &mut Vec<u8>) {
    out.push(b'[');
    match syscope_syscalls::errno::name(code.unsigned_abs()).filter(|_| code > 0) {
        Some(name) => {
            let number = |out: &mut Vec<u8>| write_int(i64::from(code), out);
            styled(style, out, number, |out| out.extend_from_slice(name.as_bytes()));
        }
        None => write_int(i64::from(code), out),
    }
    out.push(b']');
}
