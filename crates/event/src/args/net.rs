//! Socket addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use syscope_syscalls::flags as sets;
use syscope_wire::{Cap, cap_flags};

use super::flags::{styled, write_enum, write_named};
use super::num::{write_hex, write_hex_or_zero, write_int, write_uint};
use super::strings::write_quoted;
use super::structs::{Bytes, field};
use super::{Constants, Hex, Style, write_pointer, write_unreadable};

const AF_UNSPEC: u16 = 0;
const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;
const AF_PACKET: u16 = 17;
const AF_VSOCK: u16 = 40;

/// `{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}`.
pub(crate) fn write_sockaddr(raw: u64, cap: Option<Cap<'_>>, style: &Style, out: &mut Vec<u8>) {
    let Some(cap) = cap else { return write_pointer(raw, out) };
    if cap.flags & cap_flags::FAULT != 0 {
        return write_unreadable(raw, out);
    }
    if cap.data.len() < 2 {
        // No address at all: a datagram from nowhere, or a length below that of the family.
        return write_pointer(raw, out);
    }
    write_address(cap.data, style, out);
}

/// The address in these bytes, of which the first two are its family.
pub(crate) fn write_address(data: &[u8], style: &Style, out: &mut Vec<u8>) {
    let Some((family, rest)) = data.split_first_chunk::<2>() else { return out.extend_from_slice(b"{}") };
    let b = Bytes(data);
    let family = u16::from_le_bytes(*family);
    out.extend_from_slice(b"{sa_family=");
    write_enum(&sets::AF, u64::from(family), style, out);
    match family {
        AF_UNSPEC if rest.is_empty() => {}
        AF_UNIX => unix(rest, style, out),
        AF_INET if data.len() >= 16 => {
            port("sin_port", rest, style, out);
            field("sin_addr", out);
            inet_addr(&rest[2..6], style, out);
        }
        AF_INET6 if data.len() >= 24 => inet6(&b, rest, style, out),
        AF_NETLINK if data.len() >= 12 => {
            if b.u16(2) != 0 {
                field("nl_pad", out);
                write_hex(b.u16(2), out);
            }
            field("nl_pid", out);
            write_uint(b.u32(4), out);
            field("nl_groups", out);
            match b.u32(8) {
                0 => out.extend_from_slice(b"00000000"),
                groups => out.extend_from_slice(format!("{groups:#08x}").as_bytes()),
            }
        }
        AF_PACKET if data.len() >= 20 => packet(&b, rest, style, out),
        AF_VSOCK if data.len() >= 16 => {
            field("svm_cid", out);
            match sets::VMADDR_CID.find(b.u32(8)) {
                Some(name) => write_named(b.u32(8), name, style, out),
                None => write_hex(b.u32(8), out),
            }
            field("svm_port", out);
            match b.u32(4) {
                0xffff_ffff => write_named(0xffff_ffff, "VMADDR_PORT_ANY", style, out),
                port => write_hex_or_zero(port, out),
            }
            field("svm_flags", out);
            write_hex_or_zero(u64::from(data[12]), out);
        }
        _ => {
            out.extend_from_slice(b", sa_data=");
            write_quoted(rest, false, style, out);
        }
    }
    out.push(b'}');
}

/// `inet_addr("127.0.0.1")`.
pub(crate) fn inet_addr(bytes: &[u8], style: &Style, out: &mut Vec<u8>) {
    let mut ip = [0; 4];
    for (to, from) in ip.iter_mut().zip(bytes) {
        *to = *from;
    }
    big_endian(&ip, style, out, |out| {
        out.extend_from_slice(b"inet_addr(");
        write_quoted(Ipv4Addr::from(ip).to_string().as_bytes(), false, style, out);
        out.push(b')');
    });
}

/// What is not in the byte order of the machine: its bytes as a string, or what they mean.
fn big_endian(bytes: &[u8], style: &Style, out: &mut Vec<u8>, meaning: impl FnOnce(&mut Vec<u8>)) {
    let hex = &Style { hex: Hex::All, ..*style };
    styled(style, out, |out| write_quoted(bytes, false, hex, out), meaning);
}

fn packet(b: &Bytes<'_>, rest: &[u8], style: &Style, out: &mut Vec<u8>) {
    field("sll_protocol", out);
    let number = u16::from_be_bytes([rest[0], rest[1]]);
    big_endian(&rest[..2], style, out, |out| protocol(number, &style.by_name(), out));
    field("sll_ifindex", out);
    write_int(i64::from(b.i32(4)), out);
    field("sll_hatype", out);
    write_enum(&sets::ARPHRD, b.u16(8), style, out);
    field("sll_pkttype", out);
    write_enum(&sets::PACKET_TYPE, u64::from(rest[8]), style, out);
    field("sll_halen", out);
    write_uint(u64::from(rest[9]), out);
    let len = usize::from(rest[9]).min(rest.len() - 10);
    if len > 0 {
        field("sll_addr", out);
        out.push(b'[');
        for (i, byte) in rest[10..10 + len].iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
        out.push(b']');
    }
}

/// `htons(ETH_P_IP)`.
pub(crate) fn protocol(number: u16, style: &Style, out: &mut Vec<u8>) {
    out.extend_from_slice(b"htons(");
    write_enum(&sets::ETH_P, u64::from(number), style, out);
    out.push(b')');
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

fn inet6(b: &Bytes<'_>, rest: &[u8], style: &Style, out: &mut Vec<u8>) {
    port("sin6_port", rest, style, out);
    field("sin6_flowinfo", out);
    big_endian(&rest[2..6], style, out, |out| {
        out.extend_from_slice(b"htonl(");
        write_uint(b.u32(4).swap_bytes() >> 32, out);
        out.push(b')');
    });
    let mut ip = [0; 16];
    ip.copy_from_slice(&rest[6..22]);
    let text = Ipv6Addr::from(ip).to_string();
    if style.constants == Constants::Abbrev {
        out.extend_from_slice(b", inet_pton(AF_INET6, ");
        write_quoted(text.as_bytes(), false, style, out);
        out.extend_from_slice(b", &sin6_addr)");
    } else {
        field("sin6_addr", out);
        big_endian(&ip, style, out, |out| {
            out.extend_from_slice(b"inet_pton(AF_INET6, ");
            write_quoted(text.as_bytes(), false, style, out);
            out.push(b')');
        });
    }
    // The first version of the structure ended here.
    if rest.len() >= 26 {
        field("sin6_scope_id", out);
        write_uint(b.u32(24), out);
    }
}

fn port(name: &str, rest: &[u8], style: &Style, out: &mut Vec<u8>) {
    field(name, out);
    big_endian(&rest[..2], style, out, |out| {
        out.extend_from_slice(b"htons(");
        write_uint(u64::from(u16::from_be_bytes([rest[0], rest[1]])), out);
        out.push(b')');
    });
}
