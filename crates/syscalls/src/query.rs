//! What follows from a row: which arguments name files, and from where a relative path starts.

use crate::{Ret, Role, Syscall};

/// What one of the two identities of a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// Nothing.
    None,
    /// The descriptor or directory in this argument.
    Arg(usize),
    /// The working directory.
    Cwd,
}

impl Syscall {
    /// Arguments that are descriptors of the caller: at most the first two are resolved.
    pub fn fd_args(&self) -> impl Iterator<Item = usize> + '_ {
        let is_fd = |r: &Role| matches!(r, Role::Fd | Role::DirFd | Role::MmapFd | Role::KcmpFd);
        self.args.iter().enumerate().filter(move |(_, a)| is_fd(&a.role)).map(|(i, _)| i)
    }

    /// Arguments that are file names.
    pub fn path_args(&self) -> impl Iterator<Item = usize> + '_ {
        self.args.iter().enumerate().filter(|(_, a)| matches!(a.role, Role::Path)).map(|(i, _)| i)
    }

    /// What the two identities of a record are for this call.
    pub fn slots(&self) -> [Slot; 2] {
        let mut slots = [Slot::None; 2];
        for (slot, arg) in slots.iter_mut().zip(self.fd_args()) {
            *slot = Slot::Arg(arg);
        }
        let wants_cwd = self.path_args().any(|i| self.dirfd_of(i).is_none());
        if wants_cwd && let Some(free) = slots.iter_mut().find(|s| **s == Slot::None) {
            *free = Slot::Cwd;
        }
        slots
    }

    /// The directory argument that a relative path in argument `path` starts from; `None`: the working directory.
    pub fn dirfd_of(&self, path: usize) -> Option<usize> {
        let before = path.checked_sub(1)?;
        matches!(self.args.get(before)?.role, Role::DirFd).then_some(before)
    }

    /// The identity (0 or 1) that a relative path in argument `path` starts from.
    pub fn base_slot(&self, path: usize) -> Option<usize> {
        let want = self.dirfd_of(path).map_or(Slot::Cwd, Slot::Arg);
        self.slots().iter().position(|s| *s == want)
    }

    /// The call never returns to its caller.
    pub fn never_returns(&self) -> bool {
        self.ret == Ret::None
    }
}
