//! Memory that leads to more memory: vectors, messages, lists of descriptors, directory entries.

use syscope_syscalls::{Dir, Layout, flags as sets};
use syscope_wire::{Cap, cap_flags, cap_part};

use super::fd::write_fd;
use super::flags::{write_enum, write_flags};
use super::num::{write_hex_or_zero, write_int, write_uint};
use super::strings::write_quoted;
use super::structs::{self, Bytes, field};
use super::{Hex, Style, is_whole, net, netlink, ok_cap, separate, write_pointer, write_unreadable};
use crate::Event;
use crate::item::Parts;

/// `[{iov_base="abc", iov_len=3}, ...]`.
pub(crate) fn iov(ev: &Event<'_>, index: u8, count: u64, dir: Dir, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[usize::from(index)];
    let mut parts = ev.parts(index);
    let Some(vec) = parts.next_if(0) else { return write_pointer(raw, out) };
    let arrived = dir == Dir::In || ev.ret.is_some_and(|r| r >= 0);
    let data = if arrived { Data::Plain } else { Data::None };
    iovecs(raw, &vec, &mut parts, count, data, style, out);
}

/// What iovecs point to.
#[derive(Clone, Copy)]
enum Data {
    /// Nothing arrived there: only addresses are shown.
    None,
    Plain,
    /// Messages of this protocol.
    Netlink(u16),
}

/// The elements of `vec`; their data follows in `parts`.
fn iovecs(
    raw: u64,
    vec: &Cap<'_>,
    parts: &mut Parts<'_>,
    count: u64,
    data: Data,
    style: &Style,
    out: &mut Vec<u8>,
) {
    if !is_whole(vec) {
        return write_unreadable(raw, out);
    }
    let limit = element_limit(style);
    let mut shown = 0;
    out.push(b'[');
    for element in vec.data.chunks_exact(16) {
        let b = Bytes(element);
        let piece = parts.next_if(cap_part::DATA);
        if shown == limit {
            // What is not shown is taken from the parts all the same.
            continue;
        }
        separate(shown, out);
        shown += 1;
        out.extend_from_slice(b"{iov_base=");
        let base = b.u64(0);
        match piece.filter(|_| !matches!(data, Data::None) && base != 0) {
            Some(piece) if is_whole(&piece) => {
                let told = match data {
                    Data::Netlink(protocol) => {
                        netlink::write(protocol, piece.data, u64::from(piece.aux), style, out)
                    }
                    _ => false,
                };
                if !told {
                    let text = &piece.data[..piece.data.len().min(style.string_limit)];
                    write_quoted(text, u64::from(piece.aux) > text.len() as u64, style, out);
                }
            }
            Some(_) => write_unreadable(base, out),
            None => write_pointer(base, out),
        }
        out.extend_from_slice(b", iov_len=");
        write_uint(b.u64(8), out);
        out.push(b'}');
    }
    dots(shown, count, out);
    out.push(b']');
}

/// Elements of an array that are shown.
pub(crate) fn element_limit(style: &Style) -> usize {
    if style.verbose { usize::MAX } else { style.string_limit }
}

/// `...` if there are more elements than were shown.
pub(crate) fn dots(shown: usize, count: u64, out: &mut Vec<u8>) {
    if (shown as u64) < count {
        separate(shown, out);
        out.extend_from_slice(b"...");
    }
}

/// `{msg_name=NULL, msg_namelen=0, msg_iov=[...], msg_iovlen=1, msg_controllen=0, msg_flags=0}`.
pub(crate) fn msg(ev: &Event<'_>, index: u8, dir: Dir, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[usize::from(index)];
    let mut parts = ev.parts(index);
    let Some(head) = parts.next_if(0) else { return write_pointer(raw, out) };
    if !is_whole(&head) || head.data.len() < 56 {
        return write_unreadable(raw, out);
    }
    let failed = dir == Dir::Out && ev.ret.is_none_or(|r| r < 0);
    if failed {
        out.extend_from_slice(b"{msg_namelen=");
        write_int(i64::from(Bytes(head.data).i32(8)), out);
        return out.push(b'}');
    }
    let room = ev.cap_entry(index).filter(|c| dir == Dir::Out && is_whole(c) && c.data.len() >= 4);
    header(ev, &head, &mut parts, room.map(|c| Bytes(c.data).u32(0)), style, out);
}

/// One header with its parts. `room`: what `msg_namelen` was before the call, if that is known.
fn header(
    ev: &Event<'_>,
    head: &Cap<'_>,
    parts: &mut Parts<'_>,
    room: Option<u64>,
    style: &Style,
    out: &mut Vec<u8>,
) {
    let b = Bytes(head.data);
    let namelen = b.u32(8);
    out.push(b'{');
    field("msg_name", out);
    let name = parts.next_if(cap_part::NAME).map(|mut cap| {
        let len = usize::try_from(namelen.min(room.unwrap_or(namelen))).unwrap_or(usize::MAX);
        cap.data = &cap.data[..cap.data.len().min(len)];
        cap
    });
    net::write_sockaddr(b.u64(0), name, style, out);
    field("msg_namelen", out);
    let before = room.filter(|_| b.u64(0) != 0).unwrap_or(namelen);
    write_uint(before, out);
    if before != namelen {
        out.extend_from_slice(b" => ");
        write_uint(namelen, out);
    }
    field("msg_iov", out);
    match parts.next_if(cap_part::IOV) {
        Some(vec) if b.u64(24) == 0 || !vec.data.is_empty() || !is_whole(&vec) => {
            let data = netlink::protocol(ev).map_or(Data::Plain, Data::Netlink);
            iovecs(b.u64(16), &vec, parts, b.u64(24), data, style, out);
        }
        _ => write_pointer(b.u64(16), out),
    }
    field("msg_iovlen", out);
    write_uint(b.u64(24), out);
    let control = parts.next_if(cap_part::CONTROL);
    if b.u64(32) != 0 && b.u64(40) != 0 {
        field("msg_control", out);
        match control.filter(is_whole) {
            Some(cap) => controls(ev, &cap, style, out),
            None => write_pointer(b.u64(32), out),
        }
    }
    field("msg_controllen", out);
    write_uint(b.u64(40), out);
    field("msg_flags", out);
    write_flags(&sets::MSG, b.u32(48), style, out);
    out.push(b'}');
}

/// `[{msg_hdr={...}, msg_len=9}, ...]`.
pub(crate) fn mmsg(ev: &Event<'_>, index: u8, count: u64, dir: Dir, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[usize::from(index)];
    if dir == Dir::Out && ev.ret.is_none_or(|r| r < 0) {
        return write_pointer(raw, out);
    }
    let done = ev.ret.and_then(|r| usize::try_from(r).ok()).unwrap_or_default();
    let mut parts = ev.parts(index);
    let mut shown = 0;
    let limit = element_limit(style);
    while shown < limit
        && let Some(head) = parts.next_if(cap_part::ELEMENT)
    {
        if !is_whole(&head) || head.data.len() < 64 {
            if shown == 0 {
                return write_unreadable(raw, out);
            }
            break;
        }
        out.push(if shown == 0 { b'[' } else { b',' });
        if shown > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(b"{msg_hdr=");
        header(ev, &head, &mut parts, None, style, out);
        if shown < done {
            field("msg_len", out);
            write_uint(Bytes(head.data).u32(56), out);
        }
        out.push(b'}');
        shown += 1;
    }
    match (shown, count) {
        (0, 0) => out.extend_from_slice(b"[]"),
        (0, _) if limit > 0 => write_pointer(raw, out),
        _ => {
            if shown == 0 {
                out.push(b'[');
            }
            dots(shown, count, out);
            out.push(b']');
        }
    }
}

const SOL_IP: u64 = 0;
const SOL_SOCKET: u64 = 1;
const SCM_RIGHTS: u64 = 1;
const SCM_CREDENTIALS: u64 = 2;
const IP_PKTINFO: u64 = 8;

/// Control messages, one behind the other.
fn controls(ev: &Event<'_>, cap: &Cap<'_>, style: &Style, out: &mut Vec<u8>) {
    const HEAD: usize = 16;
    let mut rest = cap.data;
    let (mut shown, mut fds) = (0, 0);
    out.push(b'[');
    while rest.len() >= HEAD {
        let b = Bytes(rest);
        let len = usize::try_from(b.u64(0)).unwrap_or(usize::MAX);
        let (level, kind) = (b.u32(8), b.u32(12));
        separate(shown, out);
        shown += 1;
        out.extend_from_slice(b"{cmsg_len=");
        write_uint(b.u64(0), out);
        field("cmsg_level", out);
        write_enum(&sets::SOL, level, style, out);
        field("cmsg_type", out);
        match level {
            SOL_SOCKET => write_enum(&sets::SCM, kind, style, out),
            SOL_IP => write_enum(&sets::IP, kind, style, out),
            _ => write_hex_or_zero(kind, out),
        }
        if len > HEAD {
            field("cmsg_data", out);
            let data = &rest[HEAD..rest.len().min(len)];
            control(ev, cap.of_arg(), (level, kind), data, &mut fds, style, out);
        }
        out.push(b'}');
        let Some(next) = len.checked_next_multiple_of(8).filter(|n| *n >= HEAD && *n <= rest.len()) else {
            break;
        };
        rest = &rest[next..];
    }
    if cap.flags & cap_flags::TRUNC != 0 {
        separate(shown, out);
        out.extend_from_slice(b"...");
    }
    out.push(b']');
}

fn control(
    ev: &Event<'_>,
    arg: u8,
    kind: (u64, u64),
    data: &[u8],
    fds: &mut usize,
    style: &Style,
    out: &mut Vec<u8>,
) {
    let b = Bytes(data);
    match kind {
        (SOL_SOCKET, SCM_RIGHTS) => {
            let files = arg | cap_part::CONTROL << syscope_wire::CAP_PART_SHIFT;
            out.push(b'[');
            for (i, fd) in data.chunks_exact(4).take(element_limit(style)).enumerate() {
                separate(i, out);
                write_fd(Bytes(fd).i32(0), ev.cap_file(files, *fds + i), style, out);
            }
            let all = data.len() / 4;
            *fds += all;
            dots(all.min(element_limit(style)), all as u64, out);
            out.push(b']');
        }
        (SOL_SOCKET, SCM_CREDENTIALS) if data.len() >= 12 => structs::credentials(&b, out),
        (SOL_IP, IP_PKTINFO) if data.len() >= 12 => {
            out.extend_from_slice(b"{ipi_ifindex=");
            write_int(i64::from(b.i32(0)), out);
            field("ipi_spec_dst", out);
            net::inet_addr(&data[4..8], style, out);
            field("ipi_addr", out);
            net::inet_addr(&data[8..12], style, out);
            out.push(b'}');
        }
        _ if data.len() == 4 => structs::bracketed(i64::from(b.i32(0)), out),
        _ => {
            let shown = &data[..data.len().min(style.string_limit)];
            write_quoted(shown, shown.len() < data.len(), &Style { hex: Hex::All, ..*style }, out);
        }
    }
}

/// `[{fd=3</x>, events=POLLIN}]`, as the call found them.
pub(crate) fn poll_fds(ev: &Event<'_>, index: u8, count: u64, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[usize::from(index)];
    let Some(cap) = ev.cap_in(index) else {
        return if count == 0 && raw != 0 { out.extend_from_slice(b"[]") } else { write_pointer(raw, out) };
    };
    if !is_whole(&cap) {
        return write_unreadable(raw, out);
    }
    out.push(b'[');
    let mut shown = 0;
    for (i, element) in cap.data.chunks_exact(8).take(element_limit(style)).enumerate() {
        let b = Bytes(element);
        separate(i, out);
        out.extend_from_slice(b"{fd=");
        // A negative descriptor asks for nothing.
        let fd = b.i32(0);
        write_fd(fd, ev.watched_file(index, i).filter(|_| fd >= 0), style, out);
        if fd >= 0 {
            field("events", out);
            write_flags(&sets::POLL, b.u16(4), style, out);
        }
        out.push(b'}');
        shown += 1;
    }
    dots(shown, count, out);
    out.push(b']');
}

/// `[3</x> 5]`: the descriptors of a set below `nfds`.
///
/// `named`: the argument, if the names of its descriptors are to be shown.
pub(crate) fn fd_set(
    ev: &Event<'_>,
    named: Option<u8>,
    data: &[u8],
    nfds: u8,
    style: &Style,
    out: &mut Vec<u8>,
) {
    let count = usize::try_from(ev.int_arg(usize::from(nfds))).unwrap_or_default();
    let is_set = |fd: &usize| data.get(fd / 8).is_some_and(|b| b & (1 << (fd % 8)) != 0);
    out.push(b'[');
    for (place, fd) in (0..count.min(8 * data.len())).filter(is_set).enumerate() {
        if place > 0 {
            out.push(b' ');
        }
        let file = named.and_then(|arg| ev.watched_file(arg, place));
        write_fd(i32::try_from(fd).unwrap_or(i32::MAX), file, style, out);
    }
    out.push(b']');
}

/// `0x7f.. /* 5 entries */`; each of them with -v.
pub(crate) fn dirents(ev: &Event<'_>, index: u8, old: bool, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[usize::from(index)];
    let Some(cap) = ok_cap(ev, index) else { return write_pointer(raw, out) };
    if !style.verbose || (cap.data.is_empty() && cap.aux > 0) {
        write_pointer(raw, out);
        out.extend_from_slice(b" /* ");
        write_uint(u64::from(cap.aux), out);
        out.extend_from_slice(if cap.aux == 1 { b" entry" } else { b" entries" });
        if cap.flags & cap_flags::FAULT != 0 {
            out.extend_from_slice(b", then unreadable");
        }
        return out.extend_from_slice(b" */");
    }
    let mut rest = cap.data;
    let mut shown = 0;
    out.push(b'[');
    loop {
        let b = Bytes(rest);
        let len = usize::try_from(b.u16(16)).unwrap_or_default();
        let names = if old { 18 } else { 19 };
        if len <= names || len > rest.len() {
            break;
        }
        separate(shown, out);
        shown += 1;
        out.extend_from_slice(b"{d_ino=");
        write_uint(b.u64(0), out);
        field("d_off", out);
        write_uint(b.u64(8), out);
        field("d_reclen", out);
        write_uint(len as u64, out);
        let name = rest[names..len].split(|&b| b == 0).next().unwrap_or_default();
        let kind = u64::from(if old { rest[len - 1] } else { rest[18] });
        if !old {
            field("d_type", out);
            write_enum(&sets::DIRENT, kind, style, out);
        }
        field("d_name", out);
        write_quoted(name, false, style, out);
        if old {
            field("d_type", out);
            write_enum(&sets::DIRENT, kind, style, out);
        }
        out.push(b'}');
        rest = &rest[len..];
    }
    dots(shown, u64::from(cap.aux), out);
    out.push(b']');
}

/// `[{...}, {...}]` of structures that are pointed to.
pub(crate) fn pointers(ev: &Event<'_>, index: u8, of: Layout, count: u64, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[usize::from(index)];
    let mut parts = ev.parts(index);
    let Some(list) = parts.next_if(0) else { return write_pointer(raw, out) };
    if !is_whole(&list) {
        return write_unreadable(raw, out);
    }
    if of == Layout::Sigset {
        return sigmask(&list, parts.next_if(cap_part::ELEMENT), style, out);
    }
    out.push(b'[');
    let mut shown = 0;
    for pointer in list.data.chunks_exact(8).take(element_limit(style)) {
        let element = parts.next_if(cap_part::ELEMENT);
        separate(shown, out);
        shown += 1;
        match element {
            Some(cap) if is_whole(&cap) && cap.data.len() >= usize::from(of.size()) => {
                structs::write_element(ev, of, cap.data, style, out);
            }
            Some(_) => write_unreadable(Bytes(pointer).u64(0), out),
            None => write_pointer(Bytes(pointer).u64(0), out),
        }
    }
    dots(shown, count, out);
    out.push(b']');
}

/// `{sigmask=[INT], sigsetsize=8}`: a pointer and the size of what it points to.
fn sigmask(list: &Cap<'_>, set: Option<Cap<'_>>, style: &Style, out: &mut Vec<u8>) {
    let b = Bytes(list.data);
    out.extend_from_slice(b"{sigmask=");
    match set.filter(|c| is_whole(c) && c.data.len() >= 8 && b.u64(0) != 0) {
        Some(cap) => super::signals::write_set(Bytes(cap.data).u64(0), style, out),
        None => write_pointer(b.u64(0), out),
    }
    field("sigsetsize", out);
    write_uint(b.u64(8), out);
    out.push(b'}');
}

/// `[1, 0, 1]`: of each byte only the lowest bit counts.
pub(crate) fn resident(raw: u64, cap: Option<Cap<'_>>, pages: u64, style: &Style, out: &mut Vec<u8>) {
    let Some(cap) = cap else { return write_pointer(raw, out) };
    if !is_whole(&cap) {
        return write_unreadable(raw, out);
    }
    let mut shown = 0;
    out.push(b'[');
    for byte in cap.data.iter().take(element_limit(style)) {
        separate(shown, out);
        shown += 1;
        out.push(b'0' + (byte & 1));
    }
    dots(shown, pages, out);
    out.push(b']');
}

/// `{mtype=1, mtext="abc"}`.
pub(crate) fn msgbuf(raw: u64, cap: Option<Cap<'_>>, len: u64, style: &Style, out: &mut Vec<u8>) {
    let Some(cap) = cap else { return write_pointer(raw, out) };
    if !is_whole(&cap) || cap.data.len() < 8 {
        return write_unreadable(raw, out);
    }
    out.extend_from_slice(b"{mtype=");
    write_int(Bytes(cap.data).i64(0), out);
    out.extend_from_slice(b", mtext=");
    let text = &cap.data[8..];
    let shown = &text[..text.len().min(style.string_limit)];
    write_quoted(shown, len > shown.len() as u64, style, out);
    out.push(b'}');
}

/// `[0x0000000000000001]`: a set in words.
pub(crate) fn nodes(raw: u64, cap: Option<Cap<'_>>, bits: u64, style: &Style, out: &mut Vec<u8>) {
    let Some(cap) = cap else { return write_pointer(raw, out) };
    if !is_whole(&cap) {
        return write_unreadable(raw, out);
    }
    // The kernel takes one bit less than it is told.
    let words = usize::try_from(bits.saturating_sub(1).div_ceil(64)).unwrap_or(usize::MAX);
    out.push(b'[');
    for (i, word) in cap.data.chunks_exact(8).take(words.min(element_limit(style))).enumerate() {
        separate(i, out);
        match Bytes(word).u64(0) {
            0 => out.extend_from_slice(b"0000000000000000"),
            word => out.extend_from_slice(format!("{word:#018x}").as_bytes()),
        }
    }
    let there = words.min(cap.data.len() / 8);
    dots(there.min(element_limit(style)), there as u64, out);
    out.push(b']');
}
