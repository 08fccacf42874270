//! What a source yields.

use std::borrow::Cow;

use syscope_syscalls::{Family, Role, Syscall, foreign};
use syscope_wire as wire;
use wire::{Cap, Caps, call_flags, cap_flags};

use crate::handles::Handles;
use crate::numbers::{Delivered, Numbers};
use crate::{File, Files, Task, as_int};

/// One thing that happened.
#[derive(Debug)]
pub enum Item<'a> {
    /// A system call.
    Call(Event<'a>),
    /// A task ended.
    Exit(wire::Exit),
    /// A signal was delivered.
    Signal(Delivered),
    /// A task was created, or was there when it was attached.
    Fork(wire::Fork),
    /// A new program runs.
    Exec(wire::Exec),
}

/// Entry path of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// 64-bit.
    X86_64,
    /// `int 0x80` or a 32-bit program.
    I386,
    /// x32.
    X32,
}

/// Which call it was.
#[derive(Debug, Clone, Copy)]
pub enum CallId {
    /// One of the table.
    Known(&'static Syscall),
    /// Of another ABI, or newer than the table: the arguments are raw numbers.
    Foreign {
        /// Its entry path.
        abi: Abi,
        /// Its number there.
        nr: u32,
    },
}

impl CallId {
    /// The call of that number; `flags`: a set of [`call_flags`], for the entry path.
    pub fn of(nr: u32, flags: u32) -> CallId {
        let abi = match flags & (call_flags::COMPAT | call_flags::X32) {
            0 => Abi::X86_64,
            call_flags::COMPAT => Abi::I386,
            _ => Abi::X32,
        };
        match (abi, syscope_syscalls::by_nr(nr)) {
            (Abi::X86_64, Some(sys)) => CallId::Known(sys),
            _ => CallId::Foreign { abi, nr },
        }
    }

    /// Its number in its own ABI.
    pub fn nr(self) -> u32 {
        self.number().0
    }

    /// Its number, and which ABI's it is: a set of [`call_flags`].
    pub fn number(self) -> (u32, u32) {
        match self {
            CallId::Known(sys) => (sys.nr, 0),
            CallId::Foreign { abi: Abi::X86_64, nr } => (nr, 0),
            CallId::Foreign { abi: Abi::I386, nr } => (nr, call_flags::COMPAT),
            CallId::Foreign { abi: Abi::X32, nr } => (nr, call_flags::X32),
        }
    }

    /// The call of another ABI, if that has one of this number.
    pub fn foreign(self) -> Option<foreign::Foreign> {
        match self {
            CallId::Foreign { abi: Abi::I386, nr } => foreign::i386(nr),
            CallId::Foreign { abi: Abi::X32, nr } => foreign::x32(nr),
            _ => None,
        }
    }

    /// Its name; foreign ones as strace's filters have them, `open@32` and `read@x32`. Those without a name are
    /// `syscall_0x1c7`, `i386_5`, `x32_0`.
    pub fn name(self) -> Cow<'static, str> {
        if let (CallId::Foreign { abi, .. }, Some(known)) = (self, self.foreign()) {
            return format!("{}@{}", known.name, if abi == Abi::I386 { "32" } else { "x32" }).into();
        }
        match self {
            CallId::Known(s) => s.name.into(),
            CallId::Foreign { abi: Abi::X86_64, nr } => format!("syscall_{nr:#x}").into(),
            CallId::Foreign { abi: Abi::I386, nr } => format!("i386_{nr}").into(),
            CallId::Foreign { abi: Abi::X32, nr } => format!("x32_{nr}").into(),
        }
    }
}

/// One system call.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Order within the run.
    pub seq: u64,
    /// Processor on which the call ended.
    pub cpu: u16,
    /// Boot-time clock at entry.
    pub time_ns: u64,
    /// Boot-time clock when the row was written.
    pub end_ns: u64,
    /// Since this thread's previous call returned.
    pub gap_ns: Option<u64>,
    /// Entry to exit; for an unfinished call the time so far; `None` for calls that never return.
    pub latency_ns: Option<u64>,
    /// Process.
    pub pid: u32,
    /// Thread that made the call.
    pub tid: u32,
    /// Name, user, parent: `None` after a loss.
    pub task: Option<&'a Task>,
    /// Which call.
    pub call: CallId,
    /// Raw argument registers.
    pub raw_args: [u64; wire::ARGS],
    /// Raw result; `None` if the call has not returned or never will.
    pub ret: Option<i64>,
    /// Had not returned when the row was written.
    pub unfinished: bool,
    /// How many calls this row stands for.
    pub sampled_weight: u32,
    pub(crate) raw_ret: i64,
    pub(crate) task_id: u64,
    pub(crate) flags: u32,
    pub(crate) file_ids: [u64; 2],
    pub(crate) files: &'a Files,
    pub(crate) handles: Option<&'a Handles>,
    pub(crate) numbers: Option<&'a Numbers>,
    pub(crate) enter_caps: Caps<'a>,
    pub(crate) exit_caps: Caps<'a>,
}

impl<'a> Event<'a> {
    /// The row of the table.
    pub fn syscall(&self) -> Option<&'static Syscall> {
        match self.call {
            CallId::Known(s) => Some(s),
            CallId::Foreign { .. } => None,
        }
    }

    /// The record that it was, but for its captures, and these: at entry, at exit.
    pub fn to_record(&self) -> (wire::Call, &'a [u8], &'a [u8]) {
        let call = wire::Call {
            hdr: wire::Header { kind: wire::kind::CALL, cpu: self.cpu, tid: self.tid, time_ns: self.end_ns },
            enter_ns: self.time_ns,
            gap_ns: self.gap_ns.unwrap_or_default(),
            ret: self.raw_ret,
            task_id: self.task_id,
            args: self.raw_args,
            file_ids: self.file_ids,
            pid: self.pid,
            nr: self.call.nr(),
            flags: self.flags,
        };
        (call, self.enter_caps.0, self.exit_caps.0)
    }

    /// The call's name, see [`CallId::name`].
    pub fn name(&self) -> Cow<'static, str> {
        self.call.name()
    }

    /// The call's family.
    pub fn family(&self) -> Option<Family> {
        self.syscall().map(|s| s.family)
    }

    /// The error, if the call failed. Restart codes are no errors.
    pub fn errno(&self) -> Option<u32> {
        let ret = self.ret?;
        // Addresses and priorities are never in this range; the kernel keeps it for errors.
        if !(-4095..0).contains(&ret) {
            return None;
        }
        let errno = u32::try_from(-ret).ok()?;
        (!is_restart(errno)).then_some(errno)
    }

    /// The call was interrupted and will be restarted or fail with EINTR: the kernel-internal code.
    pub fn restart_code(&self) -> Option<u32> {
        let errno = u32::try_from(self.ret?.checked_neg()?).ok()?;
        is_restart(errno).then_some(errno)
    }

    /// What was read of an argument's memory at entry, or failing that at exit: for memory that the call only reads.
    pub fn cap_in(&self, arg: u8) -> Option<Cap<'a>> {
        let readable = |c: &Cap<'_>| c.flags & cap_flags::FAULT == 0;
        let entry = self.cap_entry(arg);
        entry.filter(readable).or_else(|| self.cap_out(arg).map(|c| self.as_passed(c))).or(entry)
    }

    /// execveat: what the kernel keeps of the path for the new program has the directory's number before it, which the
    /// caller did not pass: `/dev/fd/4` for "", `/dev/fd/4/name` for "name".
    #[inline]
    fn as_passed(&self, mut cap: Cap<'a>) -> Cap<'a> {
        if cap.arg == 1 && self.syscall().is_some_and(|s| s.name == "execveat") && self.ret == Some(0) {
            let without = || {
                let rest = cap.data.strip_prefix(b"/dev/fd/")?;
                let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
                let number: i32 = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
                let name = &rest[digits..];
                (number == self.int_arg(0)).then(|| name.strip_prefix(b"/").unwrap_or(name))
            };
            if let Some(data) = without() {
                cap.data = data;
            }
        }
        cap
    }

    /// What was read of an argument's memory at exit only.
    pub fn cap_out(&self, arg: u8) -> Option<Cap<'a>> {
        let other = cap_flags::FILE | cap_flags::ENTER;
        self.exit_caps.into_iter().find(|c| c.arg == arg && c.flags & other == 0)
    }

    /// What was read of an argument's memory at entry only. Short values wait with the task and come with the row.
    pub fn cap_entry(&self, arg: u8) -> Option<Cap<'a>> {
        let here = |c: &Cap<'_>| c.arg == arg && c.flags & cap_flags::FILE == 0;
        let with_row = |c: &Cap<'_>| here(c) && c.flags & cap_flags::ENTER != 0;
        self.enter_caps.into_iter().find(here).or_else(|| self.exit_caps.into_iter().find(with_row))
    }

    /// All that was read at exit of an argument's memory and of what it points to, in order.
    pub(crate) fn parts(&self, arg: u8) -> Parts<'a> {
        Parts { caps: self.exit_caps, arg }
    }

    /// What the first (0) or second (1) descriptor argument named at entry. For path calls without a directory
    /// argument: the working directory.
    pub fn fd_file(&self, which: usize) -> Option<&'a File> {
        self.files.get(*self.file_ids.get(which)?)
    }

    /// What argument `arg`, a descriptor or directory, named at entry.
    pub fn arg_file(&self, arg: usize) -> Option<&'a File> {
        let sys = self.syscall()?;
        // kcmp: the process that the number belongs to is three arguments before.
        if matches!(sys.args.get(arg)?.role, Role::KcmpFd)
            && !(self.compares_files() && self.is_caller(self.int_arg(arg.checked_sub(3)?)))
        {
            return None;
        }
        if self.is_ring_index() {
            return None;
        }
        let which = sys.fd_args().position(|i| i == arg)?;
        self.fd_file(which)
    }

    /// The ring of an io_uring call is the thread's own index of a registered ring, and no descriptor.
    #[inline]
    pub(crate) fn is_ring_index(&self) -> bool {
        const IORING_ENTER_REGISTERED_RING: u64 = 1 << 4;
        const IORING_REGISTER_USE_REGISTERED_RING: u64 = 1 << 31;
        match self.syscall() {
            Some(s) if s.nr == IO_URING_ENTER => self.raw_args[3] & IORING_ENTER_REGISTERED_RING != 0,
            Some(s) if s.nr == IO_URING_REGISTER => {
                self.raw_args[1] & IORING_REGISTER_USE_REGISTERED_RING != 0
            }
            _ => false,
        }
    }

    /// kcmp compares two descriptors, and not something else of two processes.
    pub(crate) fn compares_files(&self) -> bool {
        const KCMP_FILE: i32 = 0;
        self.int_arg(2) == KCMP_FILE
    }

    /// A process id argument means the caller itself. In doubt it does not: in another pid namespace it is another number.
    fn is_caller(&self, pid: i32) -> bool {
        u32::try_from(pid) == Ok(self.pid) && self.task.is_some_and(|t| t.ns_tid == t.tid)
    }

    /// What the descriptor that the call returned names.
    pub fn ret_file(&self) -> Option<&'a File> {
        self.cap_file(wire::CAP_RET, 0)
    }

    /// What a descriptor in the memory of an argument names (pipe2, socketpair, a control message).
    pub fn cap_file(&self, arg: u8, index: usize) -> Option<&'a File> {
        self.file_of(self.exit_caps, arg, index)
    }

    /// The same for memory that was read at entry (poll, select).
    pub fn watched_file(&self, arg: u8, index: usize) -> Option<&'a File> {
        self.file_of(self.enter_caps, arg, index)
    }

    /// What the descriptors in memory name: watched ones, passed ones, pairs; and the result.
    pub fn files_in_memory(&self) -> impl Iterator<Item = &'a File> {
        let files = self.files;
        let named = self.enter_caps.into_iter().chain(self.exit_caps);
        let lists = named.filter(|cap| cap.flags & cap_flags::FILE != 0);
        let ids = lists.flat_map(|cap| cap.data.chunks_exact(8));
        ids.filter_map(move |id| files.get(id.try_into().map_or(0, u64::from_le_bytes)))
    }

    fn file_of(&self, caps: Caps<'a>, arg: u8, index: usize) -> Option<&'a File> {
        let cap = caps.into_iter().find(|c| c.arg == arg && c.flags & cap_flags::FILE != 0)?;
        let at = index.checked_mul(8)?;
        let id = cap.data.get(at..at.checked_add(8)?)?.try_into().ok()?;
        self.files.get(u64::from_le_bytes(id))
    }

    /// An argument as `int`.
    pub fn int_arg(&self, arg: usize) -> i32 {
        as_int(self.raw_args.get(arg).copied().unwrap_or_default())
    }
}

const IO_URING_ENTER: u32 = 426;
const IO_URING_REGISTER: u32 = 427;

/// Captures of one argument: its own memory and, behind it, what that points to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    caps: Caps<'a>,
    arg: u8,
}

impl<'a> Parts<'a> {
    /// The next piece, if it is this part of the argument.
    pub(crate) fn next_if(&mut self, part: u8) -> Option<Cap<'a>> {
        let mut caps = self.caps;
        let skip = cap_flags::FILE | cap_flags::ENTER;
        let next = caps.find(|c| c.of_arg() == self.arg && c.flags & skip == 0)?;
        if next.part() != part {
            return None;
        }
        self.caps = caps;
        Some(next)
    }
}

fn is_restart(errno: u32) -> bool {
    matches!(errno, 512 | 513 | 514 | 516)
}
