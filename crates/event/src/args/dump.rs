//! Data that went through a descriptor, in full (`-e read=`, `-e write=`).

use syscope_syscalls::{Dir, Role};
use syscope_wire::{Cap, cap_part};

use super::num::{write_int, write_uint};
use super::{is_whole, structs::Bytes};
use crate::Event;
use crate::item::Parts;

/// Some descriptors: those below [`Descriptors::LIMIT`] one by one, the others all or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Descriptors {
    listed: [u64; 16],
    negated: bool,
}

impl Descriptors {
    /// Numbers that can be listed are below it.
    pub const LIMIT: u32 = 1024;

    /// Adds one, or where the set is negated takes it out.
    pub fn list(&mut self, fd: u32) {
        if let Some(word) = self.listed.get_mut(fd as usize / 64) {
            *word |= 1 << (fd % 64);
        }
    }

    /// All but these.
    #[must_use]
    pub fn negated(self) -> Descriptors {
        Descriptors { negated: !self.negated, ..self }
    }

    /// Whether it is one of them.
    #[inline]
    pub fn contains(&self, fd: i32) -> bool {
        let Ok(fd) = u32::try_from(fd) else { return false };
        let word = self.listed.get(fd as usize / 64).copied().unwrap_or_default();
        (word >> (fd % 64) & 1 != 0) != self.negated
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        *self == Descriptors::default()
    }
}

/// What the call read or wrote, in lines of 16 bytes. Nothing if it moved no data that was copied, or through none of these
/// descriptors.
pub fn write_dump(ev: &Event<'_>, read: &Descriptors, write: &Descriptors, out: &mut Vec<u8>) {
    let Some(sys) = ev.syscall() else { return };
    let [first, second, ..] = sys.args else { return };
    let fd = ev.int_arg(0);
    // What a file is said to be is not what is in it.
    if !matches!(first.role, Role::Fd) || sys.name.ends_with("xattr") {
        return;
    }
    let stored = ev.ret.and_then(|r| u64::try_from(r).ok());
    match second.role {
        Role::BufIn { len } if write.contains(fd) => {
            lines(ev.cap_in(1), ev.raw_args[usize::from(len)], out);
        }
        // A datagram may have been longer than the room for it.
        Role::BufOut { len } if read.contains(fd) => {
            if let Some(stored) = stored {
                lines(ev.cap_out(1), stored.min(ev.raw_args[usize::from(len)]), out);
            }
        }
        Role::Iov { dir: Dir::In, .. } if write.contains(fd) => iovecs(&mut ev.parts(1), 0, u64::MAX, out),
        Role::Iov { dir: Dir::Out, .. } if read.contains(fd) => {
            if let Some(len) = stored {
                iovecs(&mut ev.parts(1), 0, len, out);
            }
        }
        Role::Msg(Dir::In) if write.contains(fd) => message(&mut ev.parts(1), u64::MAX, out),
        Role::Msg(Dir::Out) if read.contains(fd) => {
            if let Some(len) = stored {
                message(&mut ev.parts(1), len, out);
            }
        }
        Role::Mmsg { dir, .. } if (if dir == Dir::In { write } else { read }).contains(fd) => {
            messages(ev, stored.unwrap_or_default(), out);
        }
        _ => {}
    }
}

fn message(parts: &mut Parts<'_>, len: u64, out: &mut Vec<u8>) {
    if parts.next_if(0).is_some_and(|head| is_whole(&head)) {
        parts.next_if(cap_part::NAME);
        iovecs(parts, cap_part::IOV, len, out);
    }
}

fn messages(ev: &Event<'_>, done: u64, out: &mut Vec<u8>) {
    let mut parts = ev.parts(1);
    for i in 0..done {
        let Some(head) = parts.next_if(cap_part::ELEMENT).filter(|h| is_whole(h) && h.data.len() >= 64)
        else {
            return;
        };
        let head = Bytes(head.data);
        out.extend_from_slice(b" = ");
        write_uint(head.u64(24), out);
        out.extend_from_slice(b" buffers in vector ");
        write_uint(i, out);
        out.push(b'\n');
        parts.next_if(cap_part::NAME);
        iovecs(&mut parts, cap_part::IOV, head.u32(56), out);
        parts.next_if(cap_part::CONTROL);
    }
}

/// What the vector that comes next points to, as far as `left` bytes of it count.
fn iovecs(parts: &mut Parts<'_>, part: u8, mut left: u64, out: &mut Vec<u8>) {
    /// The kernel takes no more.
    const UIO_MAXIOV: u32 = 1024;
    let Some(vec) = parts.next_if(part).filter(|vec| is_whole(vec) && vec.aux <= 16 * UIO_MAXIOV) else {
        return;
    };
    for (i, element) in vec.data.chunks_exact(16).enumerate() {
        let data = parts.next_if(cap_part::DATA);
        let len = Bytes(element).u64(8).min(left);
        if len == 0 {
            // Those behind it are taken from the parts all the same.
            left = 0;
            continue;
        }
        left -= len;
        out.extend_from_slice(b" * ");
        write_uint(len, out);
        out.extend_from_slice(b" bytes in buffer ");
        write_uint(i as u64, out);
        out.push(b'\n');
        lines(data, len, out);
    }
}

/// `len` bytes, as far as they were copied.
fn lines(cap: Option<Cap<'_>>, len: u64, out: &mut Vec<u8>) {
    const WIDTH: usize = 16;
    const COLUMNS: usize = 3 * WIDTH + 2;
    let Some(cap) = cap.filter(is_whole) else { return };
    let data = &cap.data[..cap.data.len().min(usize::try_from(len).unwrap_or(usize::MAX))];
    // Places are as wide as that of the last byte.
    let digits = if len > 1 << 20 { (64 - (len - 1).leading_zeros()).div_ceil(4) } else { 5 };
    for (i, line) in data.chunks(WIDTH).enumerate() {
        out.extend_from_slice(b" | ");
        hex((WIDTH * i) as u64, digits, out);
        out.extend_from_slice(b"  ");
        let start = out.len();
        for (at, byte) in line.iter().enumerate() {
            hex(u64::from(*byte), 2, out);
            out.extend_from_slice(if at == WIDTH / 2 - 1 { b"  " } else { b" " });
        }
        out.resize(start + COLUMNS, b' ');
        out.extend(line.iter().map(|b| if matches!(b, b' '..=b'~') { *b } else { b'.' }));
        out.resize(start + COLUMNS + WIDTH, b' ');
        out.extend_from_slice(b" |\n");
    }
    let missing = len.saturating_sub(data.len() as u64);
    if missing > 0 {
        out.extend_from_slice(b" | <");
        write_int(missing.cast_signed(), out);
        out.extend_from_slice(b" more bytes are not recorded>\n");
    }
}

fn hex(value: u64, digits: u32, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend((0..digits).rev().map(|at| DIGITS[(value >> (4 * at) & 0xf) as usize]));
}
