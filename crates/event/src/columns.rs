//! The columns that follow from a call's roles: which file, how many bytes, how long it asked to wait.

use std::borrow::Cow;

use syscope_syscalls::{Layout, Ret, Role, Syscall};

use crate::moved::u32_at;
use crate::{AT_FDCWD, Event, File, as_int, errno_name};

/// A descriptor column and the name beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FdColumn {
    /// Descriptor.
    pub number: Option<i32>,
    /// What it names; a path that is no descriptor's.
    pub name: Option<Vec<u8>>,
}

const PAGE: u64 = 4096;
const AT_EMPTY_PATH: u64 = 0x1000;
const MOVE_MOUNT_F_EMPTY_PATH: u64 = 0x4;
const MOVE_MOUNT_T_EMPTY_PATH: u64 = 0x40;
const MAP_ANONYMOUS: u64 = 0x20;
const TIMER_ABSTIME: u64 = 1;

/// A path as the caller meant it: absolute as passed, a relative one below its directory. `..` and symbolic links stay as
/// they are, because only the kernel knows where they lead. `None` if the directory is not known.
pub fn resolve_path(base: Option<&File>, path: &[u8]) -> Option<Vec<u8>> {
    if path.starts_with(b"/") {
        return Some(path.to_vec());
    }
    let base = base?;
    if path.is_empty() {
        return Some(base.name.to_vec());
    }
    let mut out = base.name.to_vec();
    if out.last() != Some(&b'/') {
        out.push(b'/');
    }
    out.extend_from_slice(path);
    Some(out)
}

impl Event<'_> {
    /// A path argument as the process sees it, absolute; `None` if it could not be read or its directory is not known.
    /// A NULL or empty path is the directory argument itself.
    pub fn path_column(&self, arg: usize) -> Option<Vec<u8>> {
        let sys = self.syscall()?;
        let base = sys.base_slot(arg).and_then(|slot| self.fd_file(slot));
        if self.raw_args[arg] == 0 {
            sys.dirfd_of(arg)?;
            return base.map(|f| f.name.to_vec());
        }
        let cap = self.cap_in(u8::try_from(arg).ok()?)?;
        if cap.flags & (syscope_wire::cap_flags::FAULT | syscope_wire::cap_flags::TRUNC) != 0 {
            return None;
        }
        let text = cap.data.split(|&b| b == 0).next().unwrap_or_default();
        if text.is_empty() && sys.dirfd_of(arg).is_none() {
            return None;
        }
        resolve_path(base, text)
    }

    /// The object of a path call is its directory argument itself.
    fn path_is_dirfd(&self, sys: &Syscall, arg: usize) -> bool {
        let Some(dirfd) = sys.dirfd_of(arg) else { return false };
        if self.int_arg(dirfd) == AT_FDCWD {
            return false;
        }
        if self.raw_args[arg] == 0 {
            return true;
        }
        let empty = u8::try_from(arg)
            .ok()
            .and_then(|a| self.cap_in(a))
            .is_some_and(|c| c.flags & syscope_wire::cap_flags::FAULT == 0 && matches!(c.data, [] | [0, ..]));
        empty && self.allows_empty_path(sys, arg)
    }

    /// The flags that apply to a path say that an empty one is the directory argument itself. Flags only: the bit may be set
    /// in a pointer by chance.
    fn allows_empty_path(&self, sys: &Syscall, arg: usize) -> bool {
        // move_mount has a flag for each of its paths.
        let bit = match (sys.name, arg) {
            ("move_mount", 1) => MOVE_MOUNT_F_EMPTY_PATH,
            ("move_mount", _) => MOVE_MOUNT_T_EMPTY_PATH,
            _ => AT_EMPTY_PATH,
        };
        let flags = sys.args.iter().zip(&self.raw_args).skip(arg + 1);
        flags.filter(|(a, _)| matches!(a.role, Role::Flags(_))).any(|(_, raw)| raw & bit != 0)
    }

    fn fd_column(&self, arg: usize) -> FdColumn {
        let Some(sys) = self.syscall() else { return FdColumn::default() };
        match sys.args[arg].role {
            Role::MmapFd if self.raw_args[3] & MAP_ANONYMOUS != 0 => return FdColumn::default(),
            Role::KcmpFd if !self.compares_files() => return FdColumn::default(),
            // The name is the ring's, but the index is no descriptor.
            Role::Fd if self.is_ring_index() => {
                return FdColumn { number: None, name: self.fd_file(0).map(|f| f.best_name().to_vec()) };
            }
            _ => {}
        }
        let number = self.int_arg(arg);
        if number < 0 {
            return FdColumn::default();
        }
        FdColumn { number: Some(number), name: self.arg_file(arg).map(|f| f.best_name().to_vec()) }
    }

    /// The descriptor that the call made.
    pub(crate) fn new_fd(&self) -> Option<i32> {
        let sys = self.syscall()?;
        let fd = i32::try_from(self.ret?).ok().filter(|fd| *fd >= 0)?;
        match sys.ret {
            Ret::Fd => Some(fd),
            // F_DUPFD and F_DUPFD_CLOEXEC
            Ret::FcntlFd => matches!(as_int(self.raw_args[1]), 0 | 1030).then_some(fd),
            Ret::SomeFd => self.makes_fd(sys).then_some(fd),
            _ => None,
        }
    }

    /// Of a call that makes a descriptor for some operations only: for this one.
    fn makes_fd(&self, sys: &Syscall) -> bool {
        const SET_MODE_FILTER: i32 = 1;
        const NEW_LISTENER: u64 = 1 << 3;
        // MAP_CREATE, PROG_LOAD, OBJ_GET, *_GET_FD_BY_ID, RAW_TRACEPOINT_OPEN, BTF_LOAD, LINK_CREATE, ENABLE_STATS,
        // ITER_CREATE, TOKEN_CREATE
        const BPF_FD: [i32; 13] = [0, 5, 7, 13, 14, 17, 18, 19, 28, 30, 32, 33, 36];
        // LANDLOCK_CREATE_RULESET_VERSION, LANDLOCK_CREATE_RULESET_ERRATA
        const RULESET_QUESTION: u64 = 1 | 2;
        match sys.name {
            "bpf" => BPF_FD.contains(&self.int_arg(0)),
            "seccomp" => self.int_arg(0) == SET_MODE_FILTER && self.raw_args[1] & NEW_LISTENER != 0,
            "landlock_create_ruleset" => self.raw_args[2] & RULESET_QUESTION == 0,
            _ => false,
        }
    }

    /// `fd, file` and `fd2, file2`.
    pub fn fd_columns(&self) -> (FdColumn, FdColumn) {
        let mut cols: Vec<FdColumn> = Vec::with_capacity(4);
        let Some(sys) = self.syscall() else { return Default::default() };
        let new = self.new_fd();
        let first_path = sys.path_args().next();
        let mut new_fd_used = false;
        for (i, arg) in sys.args.iter().enumerate() {
            match arg.role {
                Role::Path if new.is_some() && first_path == Some(i) => {
                    // The descriptor's true name tells more than the text: symbolic links are resolved in it.
                    new_fd_used = true;
                    let true_name = self.ret_file().map(|f| f.best_name().to_vec());
                    cols.push(FdColumn { number: new, name: true_name.or_else(|| self.path_column(i)) });
                }
                Role::Path => {
                    let dirfd = sys.dirfd_of(i).filter(|_| self.path_is_dirfd(sys, i));
                    let number = dirfd.map(|d| self.int_arg(d)).filter(|fd| *fd >= 0);
                    cols.push(FdColumn { number, name: self.path_column(i) });
                }
                // signalfd and perf_event_open take -1 for "none": what they make is then the row's descriptor.
                Role::Fd if new.is_some() && self.int_arg(i) < 0 => {}
                Role::Fd | Role::MmapFd | Role::KcmpFd => cols.push(self.fd_column(i)),
                // The directory of a path is part of the path's column.
                Role::DirFd if matches!(sys.args.get(i + 1).map(|a| a.role), Some(Role::Path)) => {}
                Role::DirFd => cols.push(self.fd_column(i)),
                Role::Fds => self.fds_columns(i, &mut cols),
                _ => {}
            }
        }
        if let Some(fd) = new.filter(|_| !new_fd_used) {
            let column = FdColumn { number: Some(fd), name: self.ret_file().map(|f| f.best_name().to_vec()) };
            // dup2 and dup3 name their new descriptor as an argument too.
            match cols.get_mut(1) {
                Some(second) if second.number == Some(fd) => *second = column,
                _ => cols.push(column),
            }
        }
        if let Some(name) = self.handle_name() {
            cols.push(FdColumn { number: None, name: Some(name.to_vec()) });
        }
        let mut cols = cols.into_iter();
        (cols.next().unwrap_or_default(), cols.next().unwrap_or_default())
    }

    fn fds_columns(&self, arg: usize, cols: &mut Vec<FdColumn>) {
        let Some(cap) = u8::try_from(arg).ok().and_then(|a| self.cap_out(a)) else { return };
        for (n, raw) in cap.data.chunks_exact(4).take(2).enumerate() {
            let number = raw.try_into().map(i32::from_le_bytes).ok();
            let name = self.cap_file(cap.arg, n).map(|f| f.best_name().to_vec());
            cols.push(FdColumn { number, name });
        }
    }

    /// `ENOENT`; `E4095` for an error that has no name.
    pub fn errno_column(&self) -> Option<Cow<'static, str>> {
        self.errno().map(|e| match errno_name(e) {
            Some(name) => name.into(),
            None => format!("E{e}").into(),
        })
    }

    /// Address space that a successful call mapped, moved or released, in whole pages. Not I/O.
    pub fn address_space_bytes(&self) -> Option<u64> {
        let sys = self.syscall()?;
        if self.errno().is_some() || self.ret.is_none() {
            return None;
        }
        let pages = |n: u64| n.checked_next_multiple_of(PAGE);
        match sys.name {
            "mmap" | "munmap" => pages(self.raw_args[1]),
            // Its second register tells where the break was. Asking moves nothing.
            "brk" => pages(self.ret?.cast_unsigned().abs_diff(self.raw_args[1])).filter(|n| *n > 0),
            "mremap" => pages(self.raw_args[1].max(self.raw_args[2])),
            _ => None,
        }
    }

    /// How long a sleep was asked for; absolute ones ask for a moment, not a duration.
    pub fn requested_sleep_ns(&self) -> Option<u64> {
        let sys = self.syscall()?;
        let arg = match sys.name {
            "nanosleep" => 0,
            "clock_nanosleep" if self.raw_args[1] & TIMER_ABSTIME == 0 => 2,
            _ => return None,
        };
        let (sec, nsec) = self.two_longs(arg)?;
        let nsec = u64::try_from(nsec).ok().filter(|n| *n < 1_000_000_000)?;
        Some(u64::try_from(sec).ok()?.saturating_mul(1_000_000_000).saturating_add(nsec))
    }

    /// Descriptors that a polling call watches.
    pub fn nfds(&self) -> Option<u64> {
        let sys = self.syscall()?;
        match sys.name {
            "poll" | "ppoll" => Some(self.raw_args[1] & 0xffff_ffff),
            "select" | "pselect6" => Some(self.raw_args[0] & 0xffff_ffff),
            _ => None,
        }
    }

    /// How long a polling call waits at most; -1 is forever.
    pub fn timeout_ns(&self) -> Option<i64> {
        let sys = self.syscall()?;
        if !matches!(sys.kind.0, "poll") {
            return None;
        }
        for (i, arg) in sys.args.iter().enumerate() {
            match arg.role {
                Role::TimeoutMs => {
                    let ms = i64::from(self.int_arg(i));
                    return Some(if ms < 0 { -1 } else { ms.saturating_mul(1_000_000) });
                }
                Role::Struct(Layout::Timespec | Layout::Timeval, _) => {
                    if self.raw_args[i] == 0 {
                        return Some(-1);
                    }
                    let scale = match arg.role {
                        Role::Struct(Layout::Timeval, _) => 1000,
                        _ => 1,
                    };
                    let (sec, frac) = self.two_longs(i)?;
                    if sec < 0 || frac < 0 {
                        return None;
                    }
                    let frac = frac.saturating_mul(scale);
                    return Some(sec.saturating_mul(1_000_000_000).saturating_add(frac));
                }
                _ => {}
            }
        }
        None
    }

    fn two_longs(&self, arg: usize) -> Option<(i64, i64)> {
        let data = self.cap_in(u8::try_from(arg).ok()?)?.data;
        let long = |at: usize| data.get(at..at + 8)?.try_into().ok().map(i64::from_le_bytes);
        Some((long(0)?, long(8)?))
    }

    fn is_epoll_ctl(&self) -> bool {
        self.syscall().is_some_and(|s| s.name == "epoll_ctl")
    }

    /// `EPOLL_CTL_ADD` and the like.
    pub fn epoll_op(&self) -> Option<Cow<'static, str>> {
        if !self.is_epoll_ctl() {
            return None;
        }
        Some(match self.int_arg(1) {
            1 => "EPOLL_CTL_ADD".into(),
            2 => "EPOLL_CTL_DEL".into(),
            3 => "EPOLL_CTL_MOD".into(),
            other => format!("{other}").into(),
        })
    }

    /// The descriptor that epoll_ctl is about.
    pub fn epoll_target_fd(&self) -> Option<i32> {
        self.is_epoll_ctl().then(|| self.int_arg(2))
    }

    /// The mask that epoll_ctl sets.
    pub fn epoll_events(&self) -> Option<u32> {
        if !self.is_epoll_ctl() {
            return None;
        }
        u32_at(self.cap_in(3)?.data, 0)
    }
}
