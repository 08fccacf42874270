//! Devices: terminals and network interfaces.

use syscope_syscalls::flags as sets;
use syscope_wire::cap_part;

use super::{Bytes, field, hex, int, uint};
use crate::Event;
use crate::args::flags::{styled, write_enum, write_flags};
use crate::args::nested::{dots, element_limit};
use crate::args::num::{write_hex_or_zero, write_int, write_uint};
use crate::args::strings::write_quoted;
use crate::args::{Hex, Style, is_whole, net, separate, write_pointer};

/// `struct termios` of the kernel.
pub(super) fn termios(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("c_iflag", out);
    bits(&sets::TERM_INPUT, b.u32(0), style, out);
    field("c_oflag", out);
    let output = b.u32(4);
    for (set, mask) in [
        (&sets::TERM_NEW_LINE, 0x100),
        (&sets::TERM_RETURN, 0x600),
        (&sets::TERM_TAB, 0x1800),
        (&sets::TERM_BACKSPACE, 0x2000),
        (&sets::TERM_VERTICAL, 0x4000),
        (&sets::TERM_FORM_FEED, 0x8000),
    ] {
        write_enum(set, output & mask, style, out);
        out.push(b'|');
    }
    bits(&sets::TERM_OUTPUT, output & !0xff00, style, out);
    field("c_cflag", out);
    let control = b.u32(8);
    write_enum(&sets::TERM_SPEED, control & 0x100f, style, out);
    out.push(b'|');
    write_enum(&sets::TERM_SIZE, control & 0x30, style, out);
    out.push(b'|');
    bits(&sets::TERM_CONTROL, control & !0x103f, style, out);
    field("c_lflag", out);
    bits(&sets::TERM_LOCAL, b.u32(12), style, out);
    if !style.verbose {
        return out.extend_from_slice(b", ...");
    }
    let byte = |at: usize| u64::from(b.0.get(at).copied().unwrap_or_default());
    field("c_line", out);
    write_enum(&sets::TERM_LINE, byte(16), style, out);
    const CHARACTERS: usize = 19;
    const NAMES: [&str; 17] = [
        "VINTR", "VQUIT", "VERASE", "VKILL", "VEOF", "VTIME", "VMIN", "VSWTC", "VSTART", "VSTOP", "VSUSP",
        "VEOL", "VREPRINT", "VDISCARD", "VWERASE", "VLNEXT", "VEOL2",
    ];
    field("c_cc", out);
    out.push(b'[');
    for i in 0..CHARACTERS {
        out.extend_from_slice(if i > 0 { b", [" } else { b"[" });
        match NAMES.get(i) {
            Some(name) => out.extend_from_slice(name.as_bytes()),
            None => write_uint(i as u64, out),
        }
        out.extend_from_slice(b"]=");
        write_hex_or_zero(byte(17 + i), out);
    }
    out.push(b']');
}

/// Nothing at all where no bit is set.
fn bits(set: &syscope_syscalls::NameSet, value: u64, style: &Style, out: &mut Vec<u8>) {
    if value != 0 {
        write_flags(set, value, style, out);
    }
}

pub(super) fn winsize(b: &Bytes<'_>, out: &mut Vec<u8>) {
    for (name, at) in [("ws_row", 0), ("ws_col", 2), ("ws_xpixel", 4), ("ws_ypixel", 6)] {
        uint(name, b.u16(at), out);
    }
}

/// `struct ifreq`, of which the request says what it is about.
pub(super) fn ifreq(ev: &Event<'_>, data: &[u8], style: &Style, out: &mut Vec<u8>) {
    let b = Bytes(data);
    let request = sets::IOCTL.find(u64::from(ev.int_arg(1).cast_unsigned())).unwrap_or_default();
    let name = |out: &mut Vec<u8>| interface_name(data, style, out);
    if request == "SIOCGIFNAME" {
        int("ifr_ifindex", i64::from(b.i32(16)), out);
        if ev.errno().is_none() {
            name(out);
        }
        return;
    }
    name(out);
    // An answer that did not come is not shown.
    if request.starts_with("SIOCG") && ev.errno().is_some() {
        return;
    }
    let address = |label: &str, out: &mut Vec<u8>| {
        field(label, out);
        net::write_address(data.get(16..32).unwrap_or_default(), style, out);
    };
    match request {
        "SIOCGIFADDR" | "SIOCSIFADDR" => address("ifr_addr", out),
        "SIOCGIFDSTADDR" | "SIOCSIFDSTADDR" => address("ifr_dstaddr", out),
        "SIOCGIFBRDADDR" | "SIOCSIFBRDADDR" => address("ifr_broadaddr", out),
        "SIOCGIFNETMASK" | "SIOCSIFNETMASK" => address("ifr_netmask", out),
        "SIOCGIFHWADDR" | "SIOCSIFHWADDR" => {
            field("ifr_hwaddr", out);
            out.extend_from_slice(b"{sa_family=");
            write_enum(&sets::ARPHRD, b.u16(16), style, out);
            field("sa_data", out);
            let hex = &Style { hex: Hex::All, ..*style };
            let number =
                |out: &mut Vec<u8>| write_quoted(data.get(18..32).unwrap_or_default(), false, hex, out);
            styled(style, out, number, |out| {
                for (i, byte) in data.get(18..24).unwrap_or_default().iter().enumerate() {
                    if i > 0 {
                        out.push(b':');
                    }
                    out.extend_from_slice(format!("{byte:02x}").as_bytes());
                }
            });
            out.push(b'}');
        }
        "SIOCGIFFLAGS" | "SIOCSIFFLAGS" => {
            field("ifr_flags", out);
            write_flags(&sets::IFF, b.u16(16), style, out);
        }
        "SIOCGIFINDEX" => int("ifr_ifindex", i64::from(b.i32(16)), out),
        "SIOCGIFMTU" | "SIOCSIFMTU" => int("ifr_mtu", i64::from(b.i32(16)), out),
        "SIOCGIFMETRIC" | "SIOCSIFMETRIC" => int("ifr_metric", i64::from(b.i32(16)), out),
        "SIOCGIFTXQLEN" | "SIOCSIFTXQLEN" => int("ifr_qlen", i64::from(b.i32(16)), out),
        "SIOCSIFNAME" => {
            field("ifr_newname", out);
            let name = data.get(16..32).unwrap_or_default();
            write_quoted(name.split(|&b| b == 0).next().unwrap_or_default(), false, style, out);
        }
        _ => hex("ifr_data", b.u64(16), out),
    }
}

/// `struct ifconf`: room before the call, what was filled of it after, and with what.
pub(super) fn ifconf(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let before = ev.cap_entry(2).filter(|c| c.data.len() >= 4).map(|c| Bytes(c.data).i32(0));
    let after = b.i32(0);
    field("ifc_len", out);
    match before {
        Some(before) if before != after && b.u64(8) != 0 => {
            requests(before, out);
            out.extend_from_slice(b" => ");
            requests(after, out);
        }
        _ => requests(after, out),
    }
    field("ifc_buf", out);
    let mut parts = ev.parts(2);
    parts.next_if(0);
    let Some(list) = parts.next_if(cap_part::ELEMENT).filter(|c| is_whole(c) && ev.errno().is_none()) else {
        return write_pointer(b.u64(8), out);
    };
    let count = after.unsigned_abs() / IFREQ.unsigned_abs();
    let mut shown = 0;
    out.push(b'[');
    for request in list.data.chunks_exact(IFREQ.unsigned_abs() as usize).take(element_limit(style)) {
        separate(shown, out);
        shown += 1;
        out.push(b'{');
        interface_name(request, style, out);
        field("ifr_addr", out);
        net::write_address(&request[16..32], style, out);
        out.push(b'}');
    }
    dots(shown, u64::from(count), out);
    out.push(b']');
}

fn interface_name(request: &[u8], style: &Style, out: &mut Vec<u8>) {
    field("ifr_name", out);
    let name = request.get(..16).unwrap_or_default();
    write_quoted(name.split(|&b| b == 0).next().unwrap_or_default(), false, style, out);
}

/// Bytes of a `struct ifreq`.
const IFREQ: i32 = 40;

fn requests(len: i32, out: &mut Vec<u8>) {
    write_int(i64::from(len), out);
    if len > 0 && len % IFREQ == 0 {
        out.extend_from_slice(b" /* ");
        write_uint(u64::from((len / IFREQ).unsigned_abs()), out);
        out.extend_from_slice(b" * sizeof(struct ifreq) */");
    }
}
