//! How many bytes a call moved, and which way.

use syscope_syscalls::{Moved, Way};
use syscope_wire::{Cap, cap_flags, cap_part};

use crate::Event;

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Into the caller.
    Read,
    /// Out of the caller.
    Write,
    /// From one descriptor to another.
    Transfer,
}

impl Direction {
    /// The column's text.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Read => "read",
            Direction::Write => "write",
            Direction::Transfer => "transfer",
        }
    }
}

const MSG_PEEK: u64 = 0x2;
const MSG_TRUNC: u64 = 0x20;
/// The argument that the messages of a call are in.
const MESSAGES: u8 = 1;
const IOVEC: usize = 16;
/// Where a mmsghdr has its length, behind the message.
const MSG_LEN: usize = 56;
const MMSGHDR: usize = 64;

impl Event<'_> {
    /// Bytes moved; `None` also where it is not known: a part of the messages was not copied.
    pub fn bytes(&self) -> Option<u64> {
        let (_, moved) = self.syscall()?.moves()?;
        let ret = u64::try_from(self.ret?).ok()?;
        let arg = |i: u8| self.raw_args[usize::from(i)];
        Some(match moved {
            Moved::Ret => ret,
            Moved::RetIfRoom(len) if arg(len) == 0 => 0,
            Moved::RetIfRoom(_) => ret,
            Moved::RetIfAttr(at) => {
                let size = self.cap_in(at).filter(|c| c.flags & cap_flags::FAULT == 0)?;
                if u32_at(size.data, 8)? == 0 { 0 } else { ret }
            }
            Moved::Received(flags) | Moved::Message(flags) | Moved::Messages(flags)
                if arg(flags) & MSG_PEEK != 0 =>
            {
                0
            }
            Moved::Received(_) => ret.min(arg(2)),
            Moved::Message(flags) if arg(flags) & MSG_TRUNC == 0 => ret,
            Moved::Message(_) => {
                let mut parts = self.parts(MESSAGES);
                parts.next_if(0)?;
                parts.next_if(cap_part::NAME);
                at_most(ret, &parts.next_if(cap_part::IOV)?)?
            }
            Moved::Messages(flags) => self.messages(ret, arg(flags) & MSG_TRUNC != 0)?,
            Moved::Arg(i) => arg(i),
        })
    }

    /// The bytes of so many messages. `trunc`: their lengths may be more than there was room for.
    fn messages(&self, count: u64, trunc: bool) -> Option<u64> {
        let mut parts = self.parts(MESSAGES);
        let mut sum = 0;
        for _ in 0..count {
            let head = parts.next_if(cap_part::ELEMENT).filter(|h| h.data.len() >= MMSGHDR)?;
            let len = u64::from(u32_at(head.data, MSG_LEN)?);
            parts.next_if(cap_part::NAME);
            let vec = parts.next_if(cap_part::IOV);
            sum += if trunc { at_most(len, &vec?)? } else { len };
            while parts.next_if(cap_part::DATA).is_some() {}
            parts.next_if(cap_part::CONTROL);
        }
        Some(sum)
    }

    /// Which way they went.
    pub fn direction(&self) -> Option<Direction> {
        self.bytes()?;
        Some(match self.syscall()?.moves()?.0 {
            Way::Read => Direction::Read,
            Way::Write => Direction::Write,
            Way::Transfer => Direction::Transfer,
        })
    }
}

/// `len`, but no more than these iovecs hold. `None`: there are more of them, and their room decides.
fn at_most(len: u64, vec: &Cap<'_>) -> Option<u64> {
    if vec.flags & cap_flags::FAULT != 0 {
        return None;
    }
    let room = vec.data.chunks_exact(IOVEC).fold(0, |room: u64, iovec| {
        let len = iovec[8..].try_into().map_or(0, u64::from_le_bytes);
        room.saturating_add(len)
    });
    if room < len && vec.flags & cap_flags::TRUNC != 0 {
        return None;
    }
    Some(len.min(room))
}

/// A number in captured memory.
pub(crate) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}
