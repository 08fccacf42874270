//! Socket addresses.

use std::net::Ipv6Addr;

use syscope_syscalls::flags as sets;
use syscope_wire::{Cap, cap_flags};

use super::flags::write_enum;
use super::num::{write_hex, write_uint};
use super::strings::write_quoted;
use super::{Style, write_pointer, write_unreadable};

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;

/// `{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}`.
pub(crate) fn write_sockaddr(raw: u64, cap: Option<Cap<'_>>, style: &Style, out: &mut Vec<u8>) {
    let Some(cap) = cap else { return write_pointer(raw, out) };
    if cap.flags & cap_flags::FAULT != 0 {
        return write_unreadable(raw, out);
    }
    let data = cap.data;
    let Some((family, rest)) = data.split_first_chunk::<2>() else {
        // No address at all: a datagram from nowhere, or a length below that of the family.
        return write_pointer(raw, out);
    };
    let family = u16::from_le_bytes(*family);
    out.extend_from_slice(b"{sa_family=");
    write_enum(&sets::AF, u64::from(family), out);
    match family {
        AF_UNIX => unix(rest, style, out),
        AF_INET if rest.len() >= 6 => {
            port(b", sin_port=htons(", rest, out);
            out.extend_from_slice(b", sin_addr=inet_addr(\"");
            for (i, b) in rest[2..6].iter().enumerate() {
                if i > 0 {
                    out.push(b'.');
                }
                write_uint(u64::from(*b), out);
            }
            out.extend_from_slice(b"\")");
        }
        AF_INET6 if rest.len() >= 26 => inet6(rest, out),
        AF_NETLINK if rest.len() >= 10 => {
            let pad = u64::from(u16::from_le_bytes([rest[0], rest[1]]));
            if pad != 0 {
                out.extend_from_slice(b", nl_pad=");
                write_hex(pad, out);
            }
            out.extend_from_slice(b", nl_pid=");
            write_uint(word(&rest[2..6]), out);
            out.extend_from_slice(b", nl_groups=");
            let groups = word(&rest[6..10]);
            out.extend_from_slice(format!("{groups:08x}").as_bytes());
        }
        _ => {
            out.extend_from_slice(b", sa_data=");
            write_quoted(rest, false, style, out);
        }
    }
    out.push(b'}');
}

fn unix(rest: &[u8], style: &Style, out: &mut Vec<u8>) {
    match rest.split_first() {
        None => {}
        Some((0, name)) => {
            out.extend_from_slice(b", sun_path=@");
            write_quoted(name, false, style, out);
        }
        Some(_) => {
            out.extend_from_slice(b", sun_path=");
            let path = rest.split(|&b| b == 0).next().unwrap_or_default();
            write_quoted(path, false, style, out);
        }
    }
}

fn inet6(rest: &[u8], out: &mut Vec<u8>) {
    port(b", sin6_port=htons(", rest, out);
    out.extend_from_slice(b", sin6_flowinfo=htonl(");
    write_uint(word(&rest[2..6]).swap_bytes() >> 32, out);
    out.extend_from_slice(b"), inet_pton(AF_INET6, \"");
    let mut ip = [0; 16];
    ip.copy_from_slice(&rest[6..22]);
    out.extend_from_slice(Ipv6Addr::from(ip).to_string().as_bytes());
    out.extend_from_slice(b"\", &sin6_addr), sin6_scope_id=");
    let scope = word(&rest[22..26]);
    if scope == 0 { out.push(b'0') } else { write_hex(scope, out) }
}

fn port(label: &[u8], rest: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(label);
    write_uint(u64::from(u16::from_be_bytes([rest[0], rest[1]])), out);
    out.push(b')');
}

fn word(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, |b| u64::from(u32::from_le_bytes(b)))
}
