//! Values of the maps that both halves touch: capture plans and counters.

use crate::CAPS;

/// `enum plan_flags`.
pub mod plan_flags {
    #![allow(missing_docs)]
    pub const EMIT: u32 = 1 << 0;
    pub const NORETURN: u32 = 1 << 1;
    pub const RET_FD: u32 = 1 << 2;
    pub const CWD: u32 = 1 << 3;
    pub const CWD2: u32 = 1 << 4;
    pub const MMAP: u32 = 1 << 5;
    pub const EXEC: u32 = 1 << 6;
    pub const ENTER_CAPS: u32 = 1 << 7;
    pub const EXIT_CAPS: u32 = 1 << 8;
    pub const FCNTL: u32 = 1 << 9;
    pub const SHORT: u32 = 1 << 10;
    /// Closes or replaces a descriptor that it names.
    pub const MOVES_FD: u32 = 1 << 11;
    pub const FILE_ARG: u32 = 1 << 12;
    pub const FILE_RET: u32 = 1 << 13;
    /// Needs something of its own at entry.
    pub const SPECIAL: u32 = 1 << 14;
    /// What is copied depends on an operation.
    pub const VARIANT: u32 = 1 << 15;
    /// Has strings that are read at exit.
    pub const STRINGS: u32 = 1 << 16;
}

/// `enum cap_kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum CapKind {
    #[default]
    None = 0,
    Str = 1,
    Buf = 2,
    Mem = 3,
    Argv = 4,
    Envp = 5,
    Sockaddr = 6,
    Fds = 7,
    Iov = 8,
    Msg = 9,
    Mmsg = 10,
    Pointers = 11,
    Dirents = 12,
    PollFds = 13,
    FdSet = 14,
    Follow = 15,
}

/// `enum len_kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum LenKind {
    #[default]
    Fixed = 0,
    Arg = 1,
    Ret = 2,
    Ptr = 3,
    Both = 4,
    Bits = 5,
    Field = 6,
    Int = 7,
    Pages = 8,
}

/// `enum cap_when`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum CapWhen {
    #[default]
    Exit = 0,
    ExitOk = 1,
    Enter = 2,
    Overlap = 3,
    Stash = 4,
}

/// `enum bytes_rule`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum BytesRule {
    #[default]
    None = 0,
    Ret = 1,
    Room = 2,
    Recv = 3,
    Msg = 4,
    Arg = 5,
    Mmsg = 6,
    Attr = 7,
}

/// `struct plan_cap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct CapPlan {
    pub arg: u8,
    pub kind: CapKind,
    pub when: CapWhen,
    pub len_kind: LenKind,
    pub len_arg: u8,
    pub plus: u8,
    pub size: u16,
}

/// `struct plan`: what the kernel half does for one call number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Set of [`plan_flags`].
    pub flags: u32,
    /// Descriptor or directory arguments, -1 for none.
    pub fd_arg: [i8; 2],
    /// First output buffer, -1 for none.
    pub out_arg: i8,
    /// What to copy.
    pub caps: [CapPlan; CAPS],
    /// How many of `caps` count.
    pub ncaps: u8,
    /// Bytes that the output may cover; 0: the length is in the argument after `out_arg`.
    pub out_size: u32,
    /// How many bytes a success moved.
    pub bytes_rule: BytesRule,
    /// Which way: an index below [`crate::WAYS`].
    pub bytes_way: u8,
    /// The argument that the rule looks at.
    pub bytes_arg: u8,
    /// With [`plan_flags::VARIANT`]: the argument that decides what is captured.
    pub select: u8,
    /// How far its value is shifted right.
    pub select_shift: u8,
    /// A row for one of so many calls; 0: for none.
    pub sample: u32,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            flags: 0,
            fd_arg: [-1, -1],
            out_arg: -1,
            caps: [CapPlan::default(); CAPS],
            ncaps: 0,
            out_size: 0,
            bytes_rule: BytesRule::None,
            bytes_way: 0,
            bytes_arg: 0,
            select: 0,
            select_shift: 0,
            sample: 1,
        }
    }
}

impl Plan {
    /// Bytes of the map value.
    pub const SIZE: usize = 8 + 8 * CAPS + 16;

    /// The map value.
    pub fn to_bytes(&self) -> [u8; Plan::SIZE] {
        let mut b = [0; Plan::SIZE];
        b[0..4].copy_from_slice(&self.flags.to_le_bytes());
        b[4] = self.fd_arg[0].cast_unsigned();
        b[5] = self.fd_arg[1].cast_unsigned();
        b[6] = self.ncaps;
        b[7] = self.out_arg.cast_unsigned();
        for (i, c) in self.caps.iter().enumerate() {
            let at = 8 + 8 * i;
            b[at] = c.arg;
            b[at + 1] = c.kind as u8;
            b[at + 2] = c.when as u8;
            b[at + 3] = c.len_kind as u8;
            b[at + 4] = c.len_arg;
            b[at + 5] = c.plus;
            b[at + 6..at + 8].copy_from_slice(&c.size.to_le_bytes());
        }
        let at = 8 + 8 * CAPS;
        b[at..at + 4].copy_from_slice(&self.out_size.to_le_bytes());
        b[at + 4] = self.bytes_rule as u8;
        b[at + 5] = self.bytes_way;
        b[at + 6] = self.bytes_arg;
        b[at + 7] = self.select;
        b[at + 8] = self.select_shift;
        b[at + 12..at + 16].copy_from_slice(&self.sample.to_le_bytes());
        b
    }
}

/// `struct variant_key`: a call and the value of its selecting argument, whose plan stands in for that of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VariantKey {
    /// Call number.
    pub nr: u32,
    /// Value of the argument, shifted.
    pub value: u32,
}

impl VariantKey {
    /// Bytes of the map key.
    pub const SIZE: usize = 8;

    /// The map key.
    pub fn to_bytes(&self) -> [u8; VariantKey::SIZE] {
        let mut b = [0; VariantKey::SIZE];
        b[..4].copy_from_slice(&self.nr.to_le_bytes());
        b[4..].copy_from_slice(&self.value.to_le_bytes());
        b
    }
}

/// `enum lost_kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Lost {
    Call = 0,
    Enter = 1,
    Task = 2,
    File = 3,
    Event = 4,
    State = 5,
    Superseded = 6,
    NoEnter = 7,
}

/// `struct counters`, summed over processors by whoever reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// By [`Lost`].
    pub lost: [u64; 8],
    /// Calls of traced tasks that reached their exit.
    pub calls: u64,
    /// Dropped by a filter in the kernel.
    pub filtered: u64,
    /// Rows written.
    pub rows: u64,
}

impl Counters {
    /// Bytes of the map value.
    pub const SIZE: usize = 96;

    /// Reads one processor's value; `None` if it is too short.
    pub fn parse(bytes: &[u8]) -> Option<Counters> {
        let word = |i: usize| -> Option<u64> {
            bytes.get(8 * i..8 * i + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes)
        };
        let mut lost = [0; 8];
        for (i, l) in lost.iter_mut().enumerate() {
            *l = word(i)?;
        }
        Some(Counters { lost, calls: word(8)?, filtered: word(9)?, rows: word(10)? })
    }

    /// Adds another processor's value.
    pub fn add(&mut self, other: &Counters) {
        for (a, b) in self.lost.iter_mut().zip(other.lost) {
            *a += b;
        }
        self.calls += other.calls;
        self.filtered += other.filtered;
        self.rows += other.rows;
    }
}
