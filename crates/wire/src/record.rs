//! Records as they come out of a ring.

use std::fmt;

use crate::{ARGS, COMM};

/// `enum rec_kind`.
pub mod kind {
    #![allow(missing_docs)]
    pub const CALL: u16 = 1;
    pub const ENTER: u16 = 2;
    pub const TASK: u16 = 3;
    pub const FILE: u16 = 4;
    pub const FORK: u16 = 5;
    pub const EXEC: u16 = 6;
    pub const EXIT: u16 = 7;
    pub const SIGNAL: u16 = 8;
}

/// `enum call_flags`.
pub mod call_flags {
    #![allow(missing_docs)]
    pub const NORETURN: u32 = 1 << 0;
    pub const UNFINISHED: u32 = 1 << 1;
    pub const COMPAT: u32 = 1 << 2;
    pub const X32: u32 = 1 << 3;
    pub const HAS_GAP: u32 = 1 << 4;
    pub const ENTER_LOST: u32 = 1 << 5;
    pub const HAS_ENTER: u32 = 1 << 6;
    pub const NAME_LOST: u32 = 1 << 7;
    /// The row stands for as many calls as were chosen from.
    pub const SAMPLED: u32 = 1 << 8;
}

/// `enum cap_flags`.
pub mod cap_flags {
    #![allow(missing_docs)]
    pub const ENTER: u8 = 1 << 0;
    pub const FAULT: u8 = 1 << 1;
    pub const TRUNC: u8 = 1 << 2;
    pub const FILE: u8 = 1 << 3;
}

/// `enum cap_part`.
pub mod cap_part {
    #![allow(missing_docs)]
    pub const NAME: u8 = 1;
    pub const IOV: u8 = 2;
    pub const DATA: u8 = 3;
    pub const CONTROL: u8 = 4;
    pub const ELEMENT: u8 = 5;
}

/// `enum file_kind`.
pub mod file_kind {
    #![allow(missing_docs)]
    pub const PATH: u16 = 1;
    pub const PIPE: u16 = 2;
    pub const SOCKET: u16 = 3;
    pub const ANON: u16 = 4;
    pub const PSEUDO: u16 = 5;
    pub const NS: u16 = 6;
}

/// `enum file_flags`.
pub mod file_flags {
    #![allow(missing_docs)]
    pub const DELETED: u16 = 1 << 0;
    pub const PARTIAL: u16 = 1 << 1;
    pub const OUTSIDE: u16 = 1 << 2;
    pub const TRUNC: u16 = 1 << 3;
}

/// Why a record could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireError {
    /// The record ends before its fields do.
    Short {
        /// Bytes that the record has.
        have: usize,
        /// Bytes that its fields need.
        need: usize,
    },
    /// A record kind of a newer kernel half.
    UnknownKind(u16),
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireError::Short { have, need } => write!(f, "record of {have} bytes where {need} were expected"),
            WireError::UnknownKind(k) => write!(f, "record of unknown kind {k}"),
        }
    }
}

impl std::error::Error for WireError {}

/// Reads fixed-width fields at known offsets of a chunk whose length was checked once.
struct Fields<'a, const N: usize>(&'a [u8; N]);

impl<'a, const N: usize> Fields<'a, N> {
    fn of(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), WireError> {
        match bytes.split_first_chunk::<N>() {
            Some((head, rest)) => Ok((Fields(head), rest)),
            None => Err(WireError::Short { have: bytes.len(), need: N }),
        }
    }

    fn bytes<const M: usize>(&self, at: usize) -> [u8; M] {
        let mut out = [0; M];
        out.copy_from_slice(&self.0[at..at + M]);
        out
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.bytes(at))
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at))
    }

    fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.bytes(at))
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes(at))
    }
}

/// What every record starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// One of [`kind`].
    pub kind: u16,
    /// The ring, and so the processor, it was written on.
    pub cpu: u16,
    /// Thread that the record is about, in the host's pid namespace.
    pub tid: u32,
    /// Boot-time clock when it was written; non-decreasing within one ring.
    pub time_ns: u64,
}

impl Header {
    /// Bytes of a header.
    pub const SIZE: usize = 16;

    /// The header alone, for merging rings by time.
    pub fn parse(bytes: &[u8]) -> Result<Header, WireError> {
        let (f, _) = Fields::<{ Header::SIZE }>::of(bytes)?;
        Ok(Header::from_fields(&f))
    }

    /// The bytes that it was read from.
    pub fn to_bytes(&self) -> [u8; Header::SIZE] {
        let mut out = [0; Header::SIZE];
        out[..2].copy_from_slice(&self.kind.to_le_bytes());
        out[2..4].copy_from_slice(&self.cpu.to_le_bytes());
        out[4..8].copy_from_slice(&self.tid.to_le_bytes());
        out[8..].copy_from_slice(&self.time_ns.to_le_bytes());
        out
    }

    fn from_fields<const N: usize>(f: &Fields<'_, N>) -> Header {
        Header { kind: f.u16(0), cpu: f.u16(2), tid: f.u32(4), time_ns: f.u64(8) }
    }
}

/// A system call: `struct rec_call`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Call {
    /// `time_ns` is the exit, or the entry of a call that never returns.
    pub hdr: Header,
    /// Boot-time clock at entry.
    pub enter_ns: u64,
    /// Since this thread's previous call returned; see [`call_flags::HAS_GAP`].
    pub gap_ns: u64,
    /// Raw result.
    pub ret: i64,
    /// Key of a [`Task`] record.
    pub task_id: u64,
    /// Raw argument registers.
    pub args: [u64; ARGS],
    /// Keys of [`File`] records for the first and second descriptor or directory; 0 is none.
    pub file_ids: [u64; 2],
    /// Process (tgid).
    pub pid: u32,
    /// Call number, of the ABI that the flags tell.
    pub nr: u32,
    /// Set of [`call_flags`].
    pub flags: u32,
}

/// What had to be read at entry; belongs to the call with the same `tid` whose `enter_ns` is this `time_ns`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enter {
    /// `time_ns` is the entry.
    pub hdr: Header,
    /// Call number.
    pub nr: u32,
}

/// A task identity: `struct rec_task`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task<'a> {
    /// When it was recorded.
    pub hdr: Header,
    /// Key that calls carry.
    pub task_id: u64,
    /// Boot-time start of the task.
    pub start_ns: u64,
    /// Id of its cgroup (v2).
    pub cgroup_id: u64,
    /// Process (tgid).
    pub pid: u32,
    /// Parent process.
    pub ppid: u32,
    /// User id in the initial user namespace.
    pub uid: u32,
    /// Thread id as the task itself sees it.
    pub ns_tid: u32,
    /// Inode of the PID namespace in which it does.
    pub pid_ns: u32,
    /// Name, NUL-padded.
    pub comm: [u8; COMM],
    /// Cgroup path: components from the leaf up, each NUL-terminated.
    pub cgroup: &'a [u8],
}

/// A file identity: `struct rec_file`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// When it was recorded.
    pub hdr: Header,
    /// Key that calls carry.
    pub file_id: u64,
    /// Inode number.
    pub ino: u64,
    /// Mount that the file was reached through.
    pub mnt_id: u64,
    /// Device of the file system, kernel encoding (major << 20 | minor).
    pub dev: u32,
    /// Device number of a device node, kernel encoding.
    pub rdev: u32,
    /// `i_mode`.
    pub mode: u32,
    /// Superblock magic.
    pub magic: u32,
    /// One of [`file_kind`].
    pub kind: u16,
    /// Set of [`file_flags`].
    pub flags: u16,
    /// Path components from the leaf up, or a [`Sock`] and its path, by kind.
    pub payload: &'a [u8],
    /// Path components of the task's root directory; none if it is the top of its namespace.
    pub root: &'a [u8],
    /// Of a pidfd: the process that it stands for, as syscope's PID namespace numbers it; 0: not known.
    pub pid: u32,
}

/// A socket's addresses: `struct sock_info`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sock<'a> {
    /// `AF_*`.
    pub family: u16,
    /// `SOCK_*`.
    pub sock_type: u16,
    /// Protocol number.
    pub protocol: u16,
    /// `sk_state`.
    pub state: u16,
    /// Local port, host order.
    pub lport: u16,
    /// Remote port, host order.
    pub rport: u16,
    /// Netlink port id.
    pub netlink_portid: u32,
    /// Inode of the connected unix peer, 0 if none.
    pub peer_ino: u64,
    /// Local address; IPv4 in the first four bytes.
    pub laddr: [u8; 16],
    /// Remote address.
    pub raddr: [u8; 16],
    /// Unix path; an abstract one starts with NUL.
    pub path: &'a [u8],
}

/// A task was created: `struct rec_fork`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fork {
    /// `tid` is the parent thread; the new one itself if it was there when it was attached.
    pub hdr: Header,
    /// Process of the parent.
    pub pid: u32,
    /// New thread.
    pub child_tid: u32,
    /// Its process; equals `pid` for a thread.
    pub child_pid: u32,
    /// The new thread as it sees itself.
    pub child_ns_tid: u32,
    /// Inode of the PID namespace in which it does.
    pub pid_ns: u32,
}

/// A new program runs: `struct rec_exec`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exec {
    /// `tid` is the thread after the exec.
    pub hdr: Header,
    /// Process.
    pub pid: u32,
    /// Thread that called execve.
    pub old_tid: u32,
}

/// A task ended: `struct rec_exit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exit {
    /// `tid` is the task that ended.
    pub hdr: Header,
    /// Process.
    pub pid: u32,
    /// Of this thread, as wait(2) reports it.
    pub exit_code: i32,
    /// It was the last thread of its process.
    pub group_dead: bool,
    /// With `group_dead`: what the parent of the process gets.
    pub process_code: i32,
}

/// A signal was delivered: `struct rec_signal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signal {
    /// `tid` is the receiver.
    pub hdr: Header,
    /// Process of the receiver.
    pub pid: u32,
    /// Signal number.
    pub signo: i32,
    /// `si_code`.
    pub code: i32,
    /// `si_errno`.
    pub err: i32,
    /// Sender.
    pub si_pid: u32,
    /// Sender's user.
    pub si_uid: u32,
    /// Fault address, or status of a child.
    pub value: u64,
    /// User time of a child, clock ticks.
    pub utime: u64,
    /// System time of a child, clock ticks.
    pub stime: u64,
    /// Handler address; 0 is the default action.
    pub handler: u64,
    /// It stops the process.
    pub stops: bool,
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record<'a> {
    /// A system call and what was captured at exit.
    Call(Call, Caps<'a>),
    /// What was captured at entry.
    Enter(Enter, Caps<'a>),
    /// A task identity.
    Task(Task<'a>),
    /// A file identity.
    File(File<'a>),
    /// A new task.
    Fork(Fork),
    /// A new program.
    Exec(Exec),
    /// The end of a task.
    Exit(Exit),
    /// A signal.
    Signal(Signal),
}

impl<'a> Record<'a> {
    /// Reads one record. Bytes after the fields that this version knows are ignored.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Record<'a>, WireError> {
        match Header::parse(bytes)?.kind {
            kind::CALL => {
                let (f, rest) = Fields::<{ Call::SIZE }>::of(bytes)?;
                let caps = take(rest, f.u32(124) as usize)?;
                Ok(Record::Call(Call::from_fields(&f), Caps(caps)))
            }
            kind::ENTER => {
                let (f, rest) = Fields::<{ Enter::SIZE }>::of(bytes)?;
                let caps = take(rest, f.u32(20) as usize)?;
                Ok(Record::Enter(Enter { hdr: Header::from_fields(&f), nr: f.u32(16) }, Caps(caps)))
            }
            kind::TASK => Task::parse(bytes).map(Record::Task),
            kind::FILE => File::parse(bytes).map(Record::File),
            kind::FORK => {
                let (f, _) = Fields::<40>::of(bytes)?;
                Ok(Record::Fork(Fork {
                    hdr: Header::from_fields(&f),
                    pid: f.u32(16),
                    child_tid: f.u32(20),
                    child_pid: f.u32(24),
                    child_ns_tid: f.u32(28),
                    pid_ns: f.u32(32),
                }))
            }
            kind::EXEC => {
                let (f, _) = Fields::<24>::of(bytes)?;
                Ok(Record::Exec(Exec { hdr: Header::from_fields(&f), pid: f.u32(16), old_tid: f.u32(20) }))
            }
            kind::EXIT => {
                let (f, _) = Fields::<32>::of(bytes)?;
                Ok(Record::Exit(Exit {
                    hdr: Header::from_fields(&f),
                    pid: f.u32(16),
                    exit_code: f.i32(20),
                    group_dead: f.u32(24) != 0,
                    process_code: f.i32(28),
                }))
            }
            kind::SIGNAL => Signal::parse(bytes).map(Record::Signal),
            other => Err(WireError::UnknownKind(other)),
        }
    }
}

impl Enter {
    /// Bytes before the captures.
    pub const SIZE: usize = 24;

    /// The bytes that it was read from, but for `caps_len` bytes of captures that follow it.
    pub fn to_bytes(&self, caps_len: u32) -> [u8; Enter::SIZE] {
        let mut out = [0; Enter::SIZE];
        out[..Header::SIZE].copy_from_slice(&self.hdr.to_bytes());
        out[16..20].copy_from_slice(&self.nr.to_le_bytes());
        out[20..].copy_from_slice(&caps_len.to_le_bytes());
        out
    }
}

impl Call {
    /// Bytes before the captures.
    pub const SIZE: usize = 128;

    /// The bytes that it was read from, but for `caps_len` bytes of captures that follow it.
    pub fn to_bytes(&self, caps_len: u32) -> [u8; Call::SIZE] {
        let mut out = [0; Call::SIZE];
        out[..Header::SIZE].copy_from_slice(&self.hdr.to_bytes());
        let words = [self.enter_ns, self.gap_ns, self.ret.cast_unsigned(), self.task_id];
        let words = words.iter().chain(&self.args).chain(&self.file_ids);
        for (to, word) in out[Header::SIZE..].chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        for (to, word) in out[112..].chunks_exact_mut(4).zip([self.pid, self.nr, self.flags, caps_len]) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        out
    }

    #[inline]
    fn from_fields(f: &Fields<'_, { Call::SIZE }>) -> Call {
        let mut args = [0; ARGS];
        for (i, a) in args.iter_mut().enumerate() {
            *a = f.u64(48 + 8 * i);
        }
        Call {
            hdr: Header::from_fields(f),
            enter_ns: f.u64(16),
            gap_ns: f.u64(24),
            ret: f.u64(32).cast_signed(),
            task_id: f.u64(40),
            args,
            file_ids: [f.u64(96), f.u64(104)],
            pid: f.u32(112),
            nr: f.u32(116),
            flags: f.u32(120),
        }
    }
}

impl<'a> Task<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Task<'a>, WireError> {
        let (f, rest) = Fields::<80>::of(bytes)?;
        Ok(Task {
            hdr: Header::from_fields(&f),
            task_id: f.u64(16),
            start_ns: f.u64(24),
            cgroup_id: f.u64(32),
            pid: f.u32(40),
            ppid: f.u32(44),
            uid: f.u32(48),
            ns_tid: f.u32(52),
            pid_ns: f.u32(76),
            comm: f.bytes(56),
            cgroup: take(rest, f.u32(72) as usize)?,
        })
    }
}

impl<'a> File<'a> {
    fn parse(bytes: &'a [u8]) -> Result<File<'a>, WireError> {
        let (f, rest) = Fields::<72>::of(bytes)?;
        let kind = f.u16(56);
        let fixed = if kind == file_kind::SOCKET { Sock::SIZE } else { 0 };
        let payload = take(rest, fixed + f.u32(60) as usize)?;
        let root = take(&rest[payload.len()..], f.u32(64) as usize)?;
        Ok(File {
            hdr: Header::from_fields(&f),
            file_id: f.u64(16),
            ino: f.u64(24),
            mnt_id: f.u64(32),
            dev: f.u32(40),
            rdev: f.u32(44),
            mode: f.u32(48),
            magic: f.u32(52),
            kind,
            flags: f.u16(58),
            payload,
            root,
            pid: f.u32(68),
        })
    }

    /// The addresses, if it is a socket.
    pub fn sock(&self) -> Option<Sock<'a>> {
        if self.kind != file_kind::SOCKET {
            return None;
        }
        let (f, path) = Fields::<{ Sock::SIZE }>::of(self.payload).ok()?;
        Some(Sock {
            family: f.u16(0),
            sock_type: f.u16(2),
            protocol: f.u16(4),
            state: f.u16(6),
            lport: f.u16(8),
            rport: f.u16(10),
            netlink_portid: f.u32(12),
            peer_ino: f.u64(16),
            laddr: f.bytes(24),
            raddr: f.bytes(40),
            path,
        })
    }
}

impl Sock<'_> {
    /// Bytes before the unix path.
    pub const SIZE: usize = 56;
}

impl Signal {
    fn parse(bytes: &[u8]) -> Result<Signal, WireError> {
        let (f, _) = Fields::<80>::of(bytes)?;
        Ok(Signal {
            hdr: Header::from_fields(&f),
            pid: f.u32(16),
            signo: f.i32(20),
            code: f.i32(24),
            err: f.i32(28),
            si_pid: f.u32(32),
            si_uid: f.u32(36),
            value: f.u64(40),
            utime: f.u64(48),
            stime: f.u64(56),
            handler: f.u64(64),
            stops: f.u32(72) != 0,
        })
    }
}

/// One piece of captured memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap<'a> {
    /// Argument index, or [`crate::CAP_RET`]; for memory behind the argument's memory with its [`cap_part`].
    pub arg: u8,
    /// Set of [`cap_flags`].
    pub flags: u8,
    /// Number of elements of an argv or envp; else the length that was asked for.
    pub aux: u32,
    /// The bytes; empty if they could not be read.
    pub data: &'a [u8],
}

impl Cap<'_> {
    /// Argument index, whatever the part.
    pub fn of_arg(&self) -> u8 {
        self.arg & ((1 << crate::CAP_PART_SHIFT) - 1)
    }

    /// One of [`cap_part`]; 0: the argument's own memory.
    pub fn part(&self) -> u8 {
        self.arg >> crate::CAP_PART_SHIFT
    }
}

/// The captures of a record, in order. Stops at the first that is cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps<'a>(pub &'a [u8]);

impl<'a> Iterator for Caps<'a> {
    type Item = Cap<'a>;

    #[inline]
    fn next(&mut self) -> Option<Cap<'a>> {
        let (f, rest) = Fields::<8>::of(self.0).ok()?;
        let len = usize::from(f.u16(2));
        let data = rest.get(..len)?;
        self.0 = rest.get(len.next_multiple_of(8)..).unwrap_or_default();
        Some(Cap { arg: f.0[0], flags: f.0[1], aux: f.u32(4), data })
    }
}

fn take(bytes: &[u8], len: usize) -> Result<&[u8], WireError> {
    bytes.get(..len).ok_or(WireError::Short { have: bytes.len(), need: len })
}
