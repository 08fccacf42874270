//! The argument list and the result, as strace prints them.
//!
//! [`write_args`] prints what stands between the parentheses, [`write_ret`] what stands behind the `=`. Both append to a
//! byte buffer and allocate nothing of their own. What could not be read is said, never guessed.

mod calls;
mod date;
mod dump;
mod fd;
mod flags;
mod foreign;
mod nested;
mod net;
mod netlink;
mod num;
mod ret;
mod signals;
mod sockopt;
mod strings;
mod structs;
mod style;
#[cfg(test)]
mod tests;

pub use dump::{Descriptors, write_dump};
pub use fd::write_fd;
pub use num::{write_hex, write_int, write_padded, write_uint};
pub use ret::write_ret;
pub use signals::write_signal;
pub use strings::{write_escaped, write_quoted};
pub use style::{Calls, Constants, Hex, Names, PerCall, Style};

use syscope_syscalls::{Arg, CallPrinter, Count, Dir, Family, Layout, Role, SizeOf, Syscall, flags as sets};
use syscope_wire::{Cap, cap_flags};

use crate::{CallId, Event};
use flags::{styled, write_enum, write_flags, write_named};
use num::{write_hex_or_zero, write_host_pid, write_id, write_mode};

/// What stands between the parentheses.
#[inline]
pub fn write_args(ev: &Event<'_>, style: &Style, out: &mut Vec<u8>) {
    match ev.call {
        CallId::Known(sys) if style.is_raw(sys.nr) => {
            // The second half of a position is always 0.
            let half = sys.printer == CallPrinter::Vector && sys.args.len() == 5;
            for (i, arg) in ev.raw_args.iter().take(sys.args.len() - usize::from(half)).enumerate() {
                separate(i, out);
                write_hex_or_zero(*arg, out);
            }
        }
        CallId::Known(sys) => match style.of_call(sys.nr) {
            Some(own) => write_known(ev, sys, &own, out),
            None => write_known(ev, sys, style, out),
        },
        CallId::Foreign { abi, .. } => foreign::write(ev, abi, style, out),
    }
}

#[inline]
fn write_known(ev: &Event<'_>, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    match sys.printer {
        CallPrinter::Plain => write_plain(ev, sys, sys.args.len(), style, out),
        _ => calls::write(ev, sys, style, out),
    }
}

/// The first `count` arguments in their order, each by its role. An unfinished call stops where its outputs begin.
pub(crate) fn write_plain(ev: &Event<'_>, sys: &Syscall, count: usize, style: &Style, out: &mut Vec<u8>) {
    for (i, arg) in sys.args.iter().enumerate().take(count) {
        if ev.unfinished && is_output(&arg.role) {
            return separate(i, out);
        }
        // mknod has a device number for device nodes only.
        if matches!(arg.role, Role::Dev) && i > 0 && !structs::is_device(ev.raw_args[i - 1]) {
            continue;
        }
        separate(i, out);
        write_arg(ev, sys, i, style, out);
    }
}

fn is_output(role: &Role) -> bool {
    matches!(
        role,
        Role::BufOut { .. }
            | Role::StrOut
            | Role::Fds
            | Role::SockaddrOut { .. }
            | Role::Struct(_, Dir::Out)
            | Role::Array { dir: Dir::Out, .. }
            | Role::Sized { dir: Dir::Out, .. }
            | Role::Iov { dir: Dir::Out, .. }
            | Role::Mmsg { dir: Dir::Out, .. }
            | Role::Msg(Dir::Out)
            | Role::CpuSet { dir: Dir::Out, .. }
            | Role::Dirents { .. }
            | Role::Resident { .. }
    )
}

/// It leads to something that is taken apart: text and plain data are not.
fn is_structure(role: &Role) -> bool {
    matches!(
        role,
        Role::Fds
            | Role::SockaddrOut { .. }
            | Role::Sockaddr { .. }
            | Role::LenPtr
            | Role::Struct(..)
            | Role::Array { .. }
            | Role::Sized { .. }
            | Role::Iov { .. }
            | Role::Mmsg { .. }
            | Role::Msg(_)
            | Role::Pointers { .. }
            | Role::PollFds { .. }
            | Role::FdSet { .. }
            | Role::CpuSet { .. }
            | Role::Nodes { .. }
            | Role::Resident { .. }
            | Role::Dirents { .. }
            | Role::Msgbuf { .. }
            | Role::Argv
            | Role::Envp
    )
}

#[inline]
pub(crate) fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.extend_from_slice(b", ");
    }
}

/// Some arguments in their order, each by its role.
pub(crate) fn write_some(
    ev: &Event<'_>,
    sys: &Syscall,
    which: std::ops::Range<usize>,
    style: &Style,
    out: &mut Vec<u8>,
) {
    for i in which {
        separate(i, out);
        write_arg(ev, sys, i, style, out);
    }
}

/// One argument by its role.
#[inline]
pub(crate) fn write_arg(ev: &Event<'_>, sys: &Syscall, i: usize, style: &Style, out: &mut Vec<u8>) {
    write_role(ev, sys, &sys.args[i], i, style, out);
}

/// One argument as what it is for the operation that was asked for.
#[inline]
pub(crate) fn write_role(
    ev: &Event<'_>,
    sys: &Syscall,
    arg: &Arg,
    i: usize,
    style: &Style,
    out: &mut Vec<u8>,
) {
    let raw = ev.raw_args[i];
    #[allow(clippy::cast_possible_truncation)]
    let index = i as u8;
    #[allow(clippy::cast_possible_truncation)]
    let low = raw as u32;
    if style.addresses && is_structure(&arg.role) {
        return write_pointer(raw, out);
    }
    match arg.role {
        Role::Fd | Role::DirFd | Role::MmapFd => write_fd(ev.int_arg(i), ev.arg_file(i), style, out),
        Role::KcmpFd if ev.compares_files() => write_fd(ev.int_arg(i), ev.arg_file(i), style, out),
        Role::KcmpFd => write_uint(raw, out),
        Role::Pid | Role::Tid => write_pid(ev, low.cast_signed(), style, out),
        Role::FdNumber | Role::Int | Role::Id | Role::TimeoutMs => {
            write_int(i64::from(low.cast_signed()), out);
        }
        Role::Key => match low {
            0 => write_named(0, "IPC_PRIVATE", style, out),
            key => write_hex(u64::from(key), out),
        },
        Role::UInt => write_uint(u64::from(low), out),
        Role::Long | Role::Offset => write_int(raw.cast_signed(), out),
        Role::Size if sys.name == "rseq" => write_hex_or_zero(raw, out),
        Role::ULong | Role::Len | Role::Size | Role::Count => write_uint(raw, out),
        Role::Hex => write_hex_or_zero(raw, out),
        Role::Addr | Role::Ptr | Role::Context => write_pointer(raw, out),
        Role::Mode if sys.name.starts_with("mknod") => {
            structs::file_mode(u64::from(low & 0xffff), style, out)
        }
        Role::Mode => write_mode(u64::from(low & 0xffff), out),
        Role::Dev => fd::write_makedev(
            u64::from(low >> 8 & 0xfff),
            u64::from(low & 0xff | low >> 12 & 0xfff00),
            style,
            out,
        ),
        Role::Uid | Role::Gid => write_id(low, out),
        Role::Sig => signals::write_sig(low, style, out),
        Role::Clock => write_enum(&sets::CLOCK, u64::from(low), style, out),
        Role::KeySerial => match sets::KEY_SPEC.find(u64::from(low)) {
            Some(name) => {
                let number = |out: &mut Vec<u8>| write_int(i64::from(low.cast_signed()), out);
                styled(style, out, number, |out| out.extend_from_slice(name.as_bytes()));
            }
            None => write_int(i64::from(low.cast_signed()), out),
        },
        Role::QuotaCmd => {
            let names = |out: &mut Vec<u8>| {
                let by_name = &style.by_name();
                out.extend_from_slice(b"QCMD(");
                write_enum(&sets::QUOTA_CMD, u64::from(low >> 8), by_name, out);
                out.extend_from_slice(b", ");
                write_enum(&sets::QUOTA_TYPE, u64::from(low & 0xff), by_name, out);
                out.push(b')');
            };
            styled(style, out, |out| write_uint(u64::from(low), out), names);
        }
        Role::IoPrio => {
            let number = |out: &mut Vec<u8>| write_uint(u64::from(low), out);
            styled(style, out, number, |out| structs::io_prio(low, style, out));
        }
        Role::Ptracer if raw == u64::MAX => {
            let number = |out: &mut Vec<u8>| out.extend_from_slice(b"-1");
            styled(style, out, number, |out| out.extend_from_slice(b"PR_SET_PTRACER_ANY"));
        }
        Role::Ptracer => write_uint(raw, out),
        Role::Skip => {}
        Role::Numbered(set) => {
            write_int(i64::from(low.cast_signed()), out);
            out.extend_from_slice(b" /* ");
            out.extend_from_slice(set.find(u64::from(low)).unwrap_or(set.prefix).as_bytes());
            out.extend_from_slice(b" */");
        }
        Role::Enum(set) => {
            write_enum(set, if raw >> 31 == 0x1_ffff_ffff { raw } else { u64::from(low) }, style, out)
        }
        // Nothing is set then, only asked for.
        Role::Flags(_) if low == u32::MAX && sys.name == "personality" => write_hex(u64::from(low), out),
        Role::Flags(set) => {
            write_flags(set, if is_int_flags(set) { u64::from(low) } else { raw }, style, out)
        }
        Role::Path => write_string_arg(raw, ev.cap_in(index), usize::MAX, style, out),
        Role::Str => {
            // Names are shown whole, like paths.
            let is_name = matches!(arg.name, "oldname" | "dev_name") || sys.name.starts_with("mq_");
            let limit = match (sys.name, arg.name) {
                _ if is_name => usize::MAX,
                // The kernel takes no more of it.
                ("prctl", "name") if ev.int_arg(0) == PR_SET_NAME => style.string_limit.min(15),
                _ => style.string_limit,
            };
            write_string_arg(raw, ev.cap_in(index), limit, style, out);
        }
        Role::StrOut => write_string_arg(raw, ok_cap(ev, index), usize::MAX, style, out),
        Role::BufIn { len } => {
            let len = ev.raw_args[usize::from(len)];
            let cap = ev.cap_in(index).filter(|_| len <= longest(sys.name));
            write_data(ev, sys, raw, cap, len, style, out);
        }
        Role::BufOut { len } => write_stored(ev, sys, index, len, style, out),
        // Nothing is read for a deletion.
        Role::Struct(Layout::EpollEvent, Dir::In) if ev.int_arg(1) == EPOLL_CTL_DEL => {
            write_pointer(raw, out)
        }
        Role::Struct(layout, Dir::In) => write_struct_arg(ev, raw, ev.cap_in(index), layout, style, out),
        Role::Struct(layout, Dir::InOut) => write_inout(ev, sys, index, layout, style, out),
        // The rest of a sleep is stored only when a signal ended it.
        Role::Struct(layout, Dir::Out) if sys.kind.0 == "sleep" => {
            let cap = ev.cap_out(index).filter(|_| ev.restart_code().is_some() || ev.errno() == Some(EINTR));
            write_struct_arg(ev, raw, cap, layout, style, out);
        }
        Role::Struct(layout, Dir::Out) => write_struct_arg(ev, raw, ok_cap(ev, index), layout, style, out),
        Role::Sized { of, size, dir } => {
            let cap = if dir == Dir::Out { ok_cap(ev, index) } else { ev.cap_out(index) };
            write_sized(ev, index, of, size, cap, style, out);
        }
        Role::Array { of, count, dir } => {
            let cap = if dir == Dir::Out { ok_cap(ev, index) } else { ev.cap_in(index) };
            write_array(ev, raw, cap, of, how_many(ev, count), style, out);
        }
        Role::Sockaddr { len } => {
            let cap = ev.cap_in(index).filter(|_| ev.int_arg(usize::from(len)) >= 0);
            net::write_sockaddr(raw, cap, style, out);
        }
        Role::SockaddrOut { lenptr } => {
            net::write_sockaddr(raw, ok_cap(ev, index).map(|c| within(ev, c, lenptr)), style, out);
        }
        Role::LenPtr => write_length(ev, raw, index, out),
        Role::Argv => write_argv(raw, ev.cap_in(index), style, out),
        Role::Envp if style.verbose => write_argv(raw, ev.cap_in(index), style, out),
        Role::Envp => write_envp(raw, ev.cap_in(index), out),
        Role::Fds => write_fds(ev, raw, index, style, out),
        Role::Iov { count, dir } => {
            nested::iov(ev, index, ev.raw_args[usize::from(count)], dir, style, out);
        }
        Role::Msg(dir) => nested::msg(ev, index, dir, style, out),
        Role::Mmsg { count, dir } => nested::mmsg(ev, index, how_many(ev, count), dir, style, out),
        Role::Pointers { of, count } => nested::pointers(ev, index, of, how_many(ev, count), style, out),
        Role::PollFds { count } => {
            nested::poll_fds(ev, index, ev.raw_args[usize::from(count)] & 0xffff_ffff, style, out);
        }
        Role::FdSet { nfds } => match ev.cap_in(index).filter(|_| ev.int_arg(usize::from(nfds)) >= 0) {
            Some(cap) if is_whole(&cap) => nested::fd_set(ev, Some(index), cap.data, nfds, style, out),
            Some(_) => write_unreadable(raw, out),
            None => write_pointer(raw, out),
        },
        Role::Dirents { old } => nested::dirents(ev, index, old, style, out),
        Role::CpuSet { dir, .. } => {
            let cap = if dir == Dir::Out { ok_cap(ev, index) } else { ev.cap_in(index) };
            match cap {
                Some(cap) if is_whole(&cap) => write_bits(cap.data, usize::MAX, out),
                Some(_) => write_unreadable(raw, out),
                None => write_pointer(raw, out),
            }
        }
        Role::Nodes { bits, dir } => {
            let cap = if dir == Dir::Out { ok_cap(ev, index) } else { ev.cap_in(index) };
            nested::nodes(raw, cap, ev.raw_args[usize::from(bits)], style, out);
        }
        Role::Resident { len } => {
            let pages = ev.raw_args[usize::from(len)].div_ceil(4096);
            nested::resident(raw, ok_cap(ev, index), pages, style, out);
        }
        Role::Msgbuf { len, dir } => {
            let (cap, len) = match dir {
                Dir::Out => (ok_cap(ev, index), ev.ret.unwrap_or_default().cast_unsigned()),
                _ => (ev.cap_in(index), ev.raw_args[usize::from(len)]),
            };
            nested::msgbuf(raw, cap, len, style, out);
        }
    }
}

/// The number of a task in the caller's PID namespace.
pub(crate) fn write_pid(ev: &Event<'_>, pid: i32, style: &Style, out: &mut Vec<u8>) {
    write_int(i64::from(pid), out);
    if style.pids {
        write_host_pid(ev.host_pid(pid), out);
    }
}

fn how_many(ev: &Event<'_>, count: Count) -> u64 {
    match count {
        Count::Arg(arg) => ev.raw_args[usize::from(arg)],
        Count::Ret => ev.ret.and_then(|r| u64::try_from(r).ok()).unwrap_or_default(),
        Count::Fixed(n) => u64::from(n),
    }
}

/// A structure that is read and stored: as it was found, unless what was stored is the point of it.
fn write_inout(ev: &Event<'_>, sys: &Syscall, index: u8, layout: Layout, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[usize::from(index)];
    let cap = match layout {
        Layout::Long | Layout::Timespec | Layout::Timeval | Layout::CapHeader => ev.cap_in(index),
        // The name stands in it before the call.
        Layout::Ifreq | Layout::Ifconf => ok_cap(ev, index).or_else(|| ev.cap_in(index)),
        _ => ok_cap(ev, index),
    };
    write_struct_arg(ev, raw, cap, layout, style, out);
    if sys.name == "sendfile" && ev.ret > Some(0) && raw != 0 {
        out.extend_from_slice(b" => ");
        write_struct_arg(ev, raw, ev.cap_out(index), layout, style, out);
    }
}

/// What was stored, as far as there was room for it before the call.
fn within<'a>(ev: &Event<'a>, mut cap: Cap<'a>, lenptr: u8) -> Cap<'a> {
    if let Some(room) = ev.cap_entry(lenptr).filter(|c| is_whole(c) && c.data.len() >= 4) {
        let room = usize::try_from(structs::Bytes(room.data).i32(0)).unwrap_or_default();
        cap.data = &cap.data[..cap.data.len().min(room)];
    }
    cap
}

/// A structure as long as the caller said; what this version does not know of it is shown as bytes.
fn write_sized(
    ev: &Event<'_>,
    index: u8,
    of: Layout,
    size: SizeOf,
    cap: Option<Cap<'_>>,
    style: &Style,
    out: &mut Vec<u8>,
) {
    let raw = ev.raw_args[usize::from(index)];
    let Some(cap) = cap else { return write_pointer(raw, out) };
    if !is_whole(&cap) {
        return write_unreadable(raw, out);
    }
    let known = usize::from(of.size());
    let op = u64::from(ev.int_arg(0).cast_unsigned());
    if cap.data.len() < known || of == Layout::BpfAttr && sets::BPF.find(op).is_none() {
        return write_pointer(raw, out);
    }
    structs::write(ev, of, cap.data, style, out);
    let grows =
        matches!(size, SizeOf::Arg(_)) && !matches!(of, Layout::OptVal | Layout::BpfAttr | Layout::CloneArgs);
    if grows && cap.data.len() > known && out.last() == Some(&b'}') {
        out.pop();
        out.extend_from_slice(b", /* bytes ");
        write_uint(known as u64, out);
        out.extend_from_slice(b"..");
        write_uint(u64::from(cap.aux).saturating_sub(1), out);
        out.extend_from_slice(b" */ ");
        let rest = &cap.data[known..];
        let shown = &rest[..rest.len().min(style.string_limit)];
        write_quoted(shown, shown.len() < rest.len(), &Style { hex: Hex::All, ..*style }, out);
        out.push(b'}');
    }
}

const EPOLL_CTL_DEL: i32 = 2;
const PR_SET_NAME: i32 = 15;
const EINTR: u32 = 4;

/// Flags that the kernel takes as `int` have no bits above 32; what stands there in the register is noise.
fn is_int_flags(set: &syscope_syscalls::NameSet) -> bool {
    set.names.iter().all(|(bits, _)| *bits <= u64::from(u32::MAX))
}

/// What was stored, if the call did not fail.
fn ok_cap<'a>(ev: &Event<'a>, arg: u8) -> Option<Cap<'a>> {
    if ev.errno().is_some() || ev.restart_code().is_some() || ev.ret.is_none() {
        return None;
    }
    ev.cap_out(arg)
}

/// `NULL` or `0x7f..`.
pub(crate) fn write_pointer(raw: u64, out: &mut Vec<u8>) {
    if raw == 0 { out.extend_from_slice(b"NULL") } else { write_hex(raw, out) }
}

pub(crate) fn write_unreadable(raw: u64, out: &mut Vec<u8>) {
    write_pointer(raw, out);
    if raw != 0 {
        out.extend_from_slice(b" /* unreadable */");
    }
}

fn is_whole(cap: &Cap<'_>) -> bool {
    cap.flags & cap_flags::FAULT == 0
}

#[inline]
fn write_string_arg(raw: u64, cap: Option<Cap<'_>>, limit: usize, style: &Style, out: &mut Vec<u8>) {
    match cap {
        Some(cap) if is_whole(&cap) => {
            let text = cap.data.split(|&b| b == 0).next().unwrap_or_default();
            let cut = text.len() > limit || cap.flags & cap_flags::TRUNC != 0;
            write_quoted(&text[..text.len().min(limit)], cut, style, out);
        }
        Some(_) => write_unreadable(raw, out),
        None => write_pointer(raw, out),
    }
}

#[inline]
fn write_buffer(raw: u64, cap: Option<Cap<'_>>, len: u64, style: &Style, out: &mut Vec<u8>) {
    match cap {
        Some(cap) if is_whole(&cap) => {
            let shown = cap.data.len().min(style.string_limit);
            write_quoted(&cap.data[..shown], len > shown as u64, style, out);
        }
        Some(_) => write_unreadable(raw, out),
        None => write_pointer(raw, out),
    }
}

/// What the kernel takes no more of than this is not read by it if there is more.
fn longest(call: &str) -> u64 {
    match call {
        "sethostname" | "setdomainname" => 64,
        "setxattr" | "lsetxattr" | "fsetxattr" => 65_536,
        _ => u64::MAX,
    }
}

/// Data that the call stored, as much as its result says.
#[inline]
fn write_stored(ev: &Event<'_>, sys: &Syscall, index: u8, len: u8, style: &Style, out: &mut Vec<u8>) {
    let raw = ev.raw_args[usize::from(index)];
    let Some(stored) = ev.ret.and_then(|r| u64::try_from(r).ok()) else { return write_pointer(raw, out) };
    // A datagram may have been longer than the room for it.
    let stored = stored.min(ev.raw_args[usize::from(len)]);
    let cap = ev.cap_out(index);
    match sys.name {
        // Where there is no room, how much there would be is what was asked for.
        "listxattr" | "llistxattr" | "flistxattr" if ev.raw_args[usize::from(len)] == 0 => {
            write_pointer(raw, out)
        }
        // Random bytes are no text.
        "getrandom" => write_buffer(raw, cap, stored, &Style { hex: Hex::All, ..*style }, out),
        _ => write_data(ev, sys, raw, cap, stored, style, out),
    }
}

/// Plain data, or what went through a netlink socket.
#[inline]
fn write_data(
    ev: &Event<'_>,
    sys: &Syscall,
    raw: u64,
    cap: Option<Cap<'_>>,
    len: u64,
    style: &Style,
    out: &mut Vec<u8>,
) {
    if sys.family == Family::Network
        && let Some(cap) = cap.filter(is_whole)
        && let Some(protocol) = netlink::protocol(ev)
        && netlink::write(protocol, cap.data, len, style, out)
    {
        return;
    }
    write_buffer(raw, cap, len, style, out);
}

/// `[0 1]`: the first `count` bits of a set of processors or descriptors.
fn write_bits(data: &[u8], count: usize, out: &mut Vec<u8>) {
    out.push(b'[');
    let mut first = true;
    for bit in (0..count.min(8 * data.len())).filter(|bit| data[bit / 8] & (1 << (bit % 8)) != 0) {
        if !std::mem::take(&mut first) {
            out.push(b' ');
        }
        write_uint(bit as u64, out);
    }
    out.push(b']');
}

/// `[128 => 16]`: a length that the call read and stored, `[16]` if it is the same or only one is known.
fn write_length(ev: &Event<'_>, raw: u64, index: u8, out: &mut Vec<u8>) {
    let value = |cap: Option<Cap<'_>>| {
        cap.filter(is_whole).filter(|c| c.data.len() >= 4).map(|c| structs::Bytes(c.data).i32(0))
    };
    let (before, after) = (value(ev.cap_entry(index)), value(ok_cap(ev, index)));
    let Some(first) = before.or(after) else { return write_pointer(raw, out) };
    out.push(b'[');
    write_int(i64::from(first), out);
    if let Some(after) = after.filter(|a| *a != first) {
        out.extend_from_slice(b" => ");
        write_int(i64::from(after), out);
    }
    out.push(b']');
}

fn write_struct_arg(
    ev: &Event<'_>,
    raw: u64,
    cap: Option<Cap<'_>>,
    layout: Layout,
    style: &Style,
    out: &mut Vec<u8>,
) {
    match cap {
        Some(cap) if is_whole(&cap) && cap.data.len() >= usize::from(layout.size()) => {
            structs::write(ev, layout, cap.data, style, out);
        }
        Some(_) => write_unreadable(raw, out),
        None => write_pointer(raw, out),
    }
}

fn write_array(
    ev: &Event<'_>,
    raw: u64,
    cap: Option<Cap<'_>>,
    of: Layout,
    count: u64,
    style: &Style,
    out: &mut Vec<u8>,
) {
    let Some(cap) = cap else { return write_pointer(raw, out) };
    if !is_whole(&cap) {
        return write_unreadable(raw, out);
    }
    out.push(b'[');
    let mut shown = 0;
    for element in cap.data.chunks_exact(usize::from(of.size())).take(nested::element_limit(style)) {
        separate(shown, out);
        structs::write_element(ev, of, element, style, out);
        shown += 1;
    }
    nested::dots(shown, count, out);
    out.push(b']');
}

fn write_argv(raw: u64, cap: Option<Cap<'_>>, style: &Style, out: &mut Vec<u8>) {
    let Some(cap) = cap else { return write_pointer(raw, out) };
    if !is_whole(&cap) {
        return write_unreadable(raw, out);
    }
    out.push(b'[');
    let mut shown = 0;
    let limit_of_list = nested::element_limit(style);
    for text in cap.data.split_inclusive(|&b| b == 0) {
        separate(shown, out);
        if shown >= limit_of_list {
            break;
        }
        let text = text.strip_suffix(b"\0").unwrap_or(text);
        let limit = text.len().min(style.string_limit);
        write_quoted(&text[..limit], limit < text.len(), style, out);
        shown += 1;
    }
    if cap.flags & cap_flags::TRUNC != 0 || (shown as u64) < u64::from(cap.aux) {
        if shown < limit_of_list {
            separate(shown, out);
        }
        out.extend_from_slice(b"...");
    }
    out.push(b']');
}

fn write_envp(raw: u64, cap: Option<Cap<'_>>, out: &mut Vec<u8>) {
    write_pointer(raw, out);
    if let Some(cap) = cap.filter(|_| raw != 0) {
        if !is_whole(&cap) {
            out.extend_from_slice(b" /* unreadable */");
            return;
        }
        out.extend_from_slice(b" /* ");
        write_uint(u64::from(cap.aux), out);
        out.extend_from_slice(if cap.aux == 1 { b" var */" } else { b" vars */" });
    }
}

fn write_fds(ev: &Event<'_>, raw: u64, index: u8, style: &Style, out: &mut Vec<u8>) {
    let cap = ok_cap(ev, index).filter(|c| is_whole(c) && c.data.len() >= 8);
    let Some(cap) = cap else { return write_pointer(raw, out) };
    let mut shown = 0;
    out.push(b'[');
    for fd in cap.data.chunks_exact(4).take(nested::element_limit(style).min(2)) {
        separate(shown, out);
        let number = i32::from_le_bytes([fd[0], fd[1], fd[2], fd[3]]);
        write_fd(number, ev.cap_file(index, shown), style, out);
        shown += 1;
    }
    nested::dots(shown, 2, out);
    out.push(b']');
}
