//! The vocabulary of the table.

use crate::flags::NameSet;

/// One system call of x86_64.
#[derive(Debug, Clone, Copy)]
pub struct Syscall {
    /// Number in `unistd_64.h`.
    pub nr: u32,
    /// Name in `unistd_64.h`, as strace prints it.
    pub name: &'static str,
    /// Group of the call, as ior has it.
    pub family: Family,
    /// Finer class, as ior has it.
    pub kind: Kind,
    /// Meaning of the result.
    pub ret: Ret,
    /// Arguments in register order.
    pub args: &'static [Arg],
    /// Set when the text of one argument depends on another, or the order differs from the registers.
    pub printer: CallPrinter,
}

/// One argument.
#[derive(Debug, Clone, Copy)]
pub struct Arg {
    /// Name in the man page or the kernel's tracepoint format.
    pub name: &'static str,
    /// What it is.
    pub role: Role,
}

/// What an argument is: decides what the kernel half reads, which column it fills and how it is printed.
///
/// `len`, `count` and `lenptr` are indexes of other arguments of the same call.
#[derive(Debug, Clone, Copy)]
pub enum Role {
    // Descriptors. The first Fd or DirFd fills columns fd/file, the second fd2/file2.
    /// A file descriptor (low 32 bits).
    Fd,
    /// Base of the next path argument; may be AT_FDCWD.
    DirFd,
    /// A descriptor only without MAP_ANONYMOUS in argument 3 (mmap).
    MmapFd,
    /// A descriptor only for KCMP_FILE in argument 2, of the process three arguments before (kcmp).
    KcmpFd,
    /// A number that names a descriptor of another process, never resolved (pidfd_getfd).
    FdNumber,
    /// Pointer to `int[2]` stored by the call.
    Fds,

    // Text in user memory.
    /// File name.
    Path,
    /// NUL-terminated string that is not a path.
    Str,
    /// Pointer to pointers to strings.
    Argv,
    /// The same, printed as a count.
    Envp,

    // Data in user memory.
    /// Data that the call reads; `len` bytes.
    BufIn {
        /// Argument with the length.
        len: u8,
    },
    /// Data that the call stores; as many bytes as the result says.
    BufOut {
        /// Argument with the capacity.
        len: u8,
    },
    /// A NUL-terminated string that the call stores (getcwd).
    StrOut,
    /// A structure.
    Struct(Layout, Dir),
    /// `count` structures.
    Array {
        /// Of what.
        of: Layout,
        /// How many there are.
        count: Count,
        /// Which way.
        dir: Dir,
    },
    /// Socket address whose length is argument `len`.
    Sockaddr {
        /// Argument with the length.
        len: u8,
    },
    /// Socket address stored by the call; argument `lenptr` points to its length.
    SockaddrOut {
        /// Argument that points to the length.
        lenptr: u8,
    },
    /// Pointer to an int or socklen_t that the call reads and stores.
    LenPtr,
    /// A structure whose size the caller says: of later kernels it may be longer, of earlier ones shorter.
    Sized {
        /// Which one.
        of: Layout,
        /// Where its size is.
        size: SizeOf,
        /// Which way.
        dir: Dir,
    },
    /// `count` iovecs and the data they point to. `Dir::Out`: as much of it as the result says.
    Iov {
        /// Argument with the number of iovecs.
        count: u8,
        /// Which way the data goes.
        dir: Dir,
    },
    /// `struct msghdr` with its address, data and control messages.
    Msg(Dir),
    /// `count` messages, each with the length that was sent or received.
    Mmsg {
        /// How many of them.
        count: Count,
        /// Which way.
        dir: Dir,
    },
    /// `count` pointers to structures.
    Pointers {
        /// Of what.
        of: Layout,
        /// How many there are.
        count: Count,
    },
    /// `count` pollfds with the names of their descriptors.
    PollFds {
        /// Argument with their number.
        count: u8,
    },
    /// A set of descriptors below argument `nfds`.
    FdSet {
        /// Argument with the bound.
        nfds: u8,
    },
    /// Directory entries; `old`: in the form of getdents.
    Dirents {
        /// With the type behind the name.
        old: bool,
    },
    /// A set of processors: `len` bytes, of which the call stores as many as its result says.
    CpuSet {
        /// Argument with the length.
        len: u8,
        /// Which way.
        dir: Dir,
    },
    /// A set of memory nodes of `bits` bits.
    Nodes {
        /// Argument with the number of bits.
        bits: u8,
        /// Which way.
        dir: Dir,
    },
    /// A byte for each page of `len` bytes, stored by the call: whether it is in memory.
    Resident {
        /// Argument with the length.
        len: u8,
    },
    /// A System V message: its type and `len` bytes.
    Msgbuf {
        /// Argument with the length.
        len: u8,
        /// Which way.
        dir: Dir,
    },
    /// Pointer whose target is not decoded (yet).
    Ptr,
    /// Address in the caller's memory, never dereferenced.
    Addr,

    // Scalars.
    /// `int`.
    Int,
    /// `unsigned int`.
    UInt,
    /// `long`.
    Long,
    /// `unsigned long`, printed in decimal.
    ULong,
    /// `unsigned long`, printed in hexadecimal.
    Hex,
    /// `size_t` length of a buffer.
    Len,
    /// Element count.
    Count,
    /// `size_t` that is no buffer length.
    Size,
    /// `loff_t`.
    Offset,
    /// `mode_t`, octal.
    Mode,
    /// `dev_t`.
    Dev,
    /// User id, -1 is "unchanged".
    Uid,
    /// Group id.
    Gid,
    /// Process id in the caller's namespace.
    Pid,
    /// Thread id in the caller's namespace.
    Tid,
    /// Signal number.
    Sig,
    /// IPC key.
    Key,
    /// A kernel id that is no descriptor (timer_t, SysV id, inotify wd, pkey).
    Id,
    /// Serial number of a key, or the name of a special keyring.
    KeySerial,
    /// `aio_context_t`.
    Context,
    /// Scheduling class and level of input and output.
    IoPrio,
    /// Command and kind of a quota.
    QuotaCmd,
    /// Process id, or "any" (PR_SET_PTRACER).
    Ptracer,
    /// A register that the operation does not use.
    Skip,
    /// `clockid_t`.
    Clock,
    /// Milliseconds, -1 is forever.
    TimeoutMs,
    /// Operation or constant: one value of a set.
    Enum(&'static NameSet),
    /// The same, printed as a number with its name behind it.
    Numbered(&'static NameSet),
    /// Bits of a set.
    Flags(&'static NameSet),
}

/// Which way a structure goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dir {
    /// The call reads it and leaves it alone.
    In,
    /// The call stores it.
    Out,
    /// The call reads it and may overwrite it: read at entry, and again at exit.
    InOut,
}

/// Where the size of a structure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeOf {
    /// In this argument.
    Arg(u8),
    /// In the int that this argument points to.
    Ptr(u8),
    /// In the structure itself, as `u32`, and `plus` bytes more.
    Field {
        /// Where in the structure.
        at: u8,
        /// Bytes that are not counted there.
        plus: u8,
    },
}

/// How many elements an array has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// As many as this argument says.
    Arg(u8),
    /// As many as the result says.
    Ret,
    /// Exactly so many.
    Fixed(u8),
}

/// Structures that are copied, with the size that the kernel half reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Layout {
    /// `int`, 4 bytes.
    Int,
    /// `long`, `loff_t`, `size_t`: 8 bytes.
    Long,
    Stat,
    Statx,
    Statfs,
    Timespec,
    Timeval,
    Itimerspec,
    Itimerval,
    Timezone,
    Utimbuf,
    Pollfd,
    EpollEvent,
    Iovec,
    Rlimit,
    Rusage,
    Sysinfo,
    Utsname,
    Sigaction,
    Sigset,
    Siginfo,
    Stack,
    OpenHow,
    CloneArgs,
    Tms,
    SchedParam,
    CapHeader,
    CapData,
    Sigevent,
    Flock,
    FOwnerEx,
    Termios,
    Winsize,
    Ifreq,
    Ifconf,
    /// Value of a socket option.
    OptVal,
    SchedAttr,
    Timex,
    IoEvent,
    Iocb,
    UringParams,
    MqAttr,
    Sembuf,
    MsqidDs,
    ShmidDs,
    SemidDs,
    Seminfo,
    /// Two bytes of flags.
    KeyCapabilities,
    FileHandle,
    MountAttr,
    XattrArgs,
    LandlockRuleset,
    LandlockPath,
    BpfAttr,
    PerfAttr,
    SockFprog,
    FutexWaitv,
    /// `unsigned int` of flags of an inode.
    InodeFlags,
    /// `{sigset_t *, size_t}`.
    SigmaskSize,
    /// `u64`, in hexadecimal.
    Hex64,
    /// User or group id: what getresuid stores.
    Id,
    /// Number of a signal.
    SignalNumber,
    /// Policy of memory.
    Policy,
    /// `PR_TSC_ENABLE` or `PR_TSC_SIGSEGV`.
    Tsc,
    /// What a seccomp filter answers.
    SeccompAction,
    /// Lines of a modem.
    ModemBits,
}

impl Layout {
    /// Bytes of one such structure on x86_64.
    pub const fn size(self) -> u16 {
        match self {
            Layout::OptVal | Layout::BpfAttr => 1,
            Layout::KeyCapabilities => 2,
            Layout::Int | Layout::SchedParam | Layout::InodeFlags | Layout::Id => 4,
            Layout::SignalNumber
            | Layout::Tsc
            | Layout::SeccompAction
            | Layout::ModemBits
            | Layout::Policy => 4,
            Layout::Sembuf => 6,
            Layout::Long | Layout::Sigset | Layout::Pollfd | Layout::Timezone | Layout::CapHeader => 8,
            Layout::FOwnerEx | Layout::Winsize | Layout::LandlockRuleset | Layout::FileHandle => 8,
            Layout::Hex64 => 8,
            Layout::EpollEvent | Layout::LandlockPath => 12,
            Layout::Timespec | Layout::Timeval | Layout::Iovec | Layout::Rlimit | Layout::Utimbuf => 16,
            Layout::XattrArgs => 16,
            Layout::Ifconf | Layout::SockFprog | Layout::SigmaskSize => 16,
            Layout::Stack | Layout::OpenHow | Layout::CapData | Layout::FutexWaitv => 24,
            Layout::Itimerspec | Layout::Itimerval | Layout::Sigaction | Layout::Tms => 32,
            Layout::Flock | Layout::IoEvent | Layout::MountAttr => 32,
            Layout::Termios => 36,
            Layout::Ifreq | Layout::Seminfo => 40,
            Layout::SchedAttr => 48,
            Layout::Sigevent | Layout::Iocb | Layout::MqAttr | Layout::CloneArgs | Layout::PerfAttr => 64,
            Layout::SemidDs => 104,
            Layout::Sysinfo | Layout::ShmidDs => 112,
            Layout::Statfs | Layout::UringParams | Layout::MsqidDs => 120,
            Layout::Siginfo => 128,
            Layout::Stat | Layout::Rusage => 144,
            Layout::Timex => 208,
            Layout::Statx => 256,
            Layout::Utsname => 390,
        }
    }
}

/// Meaning of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ret {
    /// A new descriptor.
    Fd,
    /// A new descriptor for some operations only: F_DUPFD and F_DUPFD_CLOEXEC in argument 1 (fcntl).
    FcntlFd,
    /// A new descriptor for some operations only, which `event` knows (bpf, seccomp, landlock_create_ruleset).
    SomeFd,
    /// Bytes that arrived.
    BytesRead,
    /// Bytes that left.
    BytesWritten,
    /// Bytes moved between two descriptors.
    BytesTransferred,
    /// An address.
    Addr,
    /// A number of things.
    Count,
    /// A process or thread id.
    Pid,
    /// 0 or an error.
    Status,
    /// A number with a meaning of its own.
    Other,
    /// Never returns.
    None,
}

/// Groups of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Family {
    Fs,
    Network,
    Memory,
    Signals,
    Sched,
    Ipc,
    Time,
    Process,
    Security,
    Polling,
    Aio,
    Misc,
}

impl Family {
    /// Every family, in the order that users know from ior.
    pub const ALL: [Family; 12] = [
        Family::Fs,
        Family::Network,
        Family::Memory,
        Family::Signals,
        Family::Sched,
        Family::Ipc,
        Family::Time,
        Family::Process,
        Family::Security,
        Family::Polling,
        Family::Aio,
        Family::Misc,
    ];

    /// The name in columns and filters.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Fs => "FS",
            Family::Network => "Network",
            Family::Memory => "Memory",
            Family::Signals => "Signals",
            Family::Sched => "Sched",
            Family::Ipc => "IPC",
            Family::Time => "Time",
            Family::Process => "Process",
            Family::Security => "Security",
            Family::Polling => "Polling",
            Family::Aio => "AIO",
            Family::Misc => "Misc",
        }
    }

    /// The family of that name, whatever its case.
    pub fn from_name(name: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|f| f.name().eq_ignore_ascii_case(name))
    }
}

impl Ret {
    /// The word of lists. What some calls return is a descriptor for some operations only.
    pub const fn name(self) -> &'static str {
        match self {
            Ret::Fd | Ret::FcntlFd | Ret::SomeFd => "fd",
            Ret::BytesRead => "bytes:read",
            Ret::BytesWritten => "bytes:write",
            Ret::BytesTransferred => "bytes:transfer",
            Ret::Addr => "addr",
            Ret::Count => "count",
            Ret::Pid => "pid",
            Ret::Status => "status",
            Ret::Other => "other",
            Ret::None => "none",
        }
    }
}

/// Finer classes of calls; the name is the column's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind(pub &'static str);

/// Calls whose text is not simply one argument after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CallPrinter {
    /// Arguments in order, each by its role.
    Plain,
    /// The same up to the one that decides, then those of [`Syscall::variant`].
    Variant,
    /// `mode` only counts when the flags create a file (open, openat, mq_open).
    OpenMode,
    Clone,
    Fcntl,
    Ioctl,
    Futex,
    Wait4,
    Waitid,
    Socket,
    Sockopt,
    Mmap,
    Mremap,
    Membarrier,
    Select,
    /// The position of a vector call comes in two halves.
    Vector,
}
