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

/// How many bytes a successful call moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// As many as its result says.
    Ret,
    /// The same, unless the capacity in this argument is 0: it asked for the size only.
    RetIfRoom(u8),
    /// The same, but no more than the capacity in argument 2 (MSG_TRUNC reports the datagram's length), and none if the
    /// flags in this argument ask for a look only.
    Received(u8),
    /// The same, but no more than the buffers of the message in argument 1 hold (MSG_TRUNC again), and none if the flags in
    /// this argument ask for a look only.
    Message(u8),
    /// As many as this argument says.
    Arg(u8),
    /// Those of as many messages of the array in argument 1 as the result says; flags as for `Message`.
    Messages(u8),
    /// As many as the result says, unless the size in the `struct xattr_args` that this argument points to is 0.
    RetIfAttr(u8),
}

/// Which way they went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// Into the caller.
    Read,
    /// Out of the caller.
    Write,
    /// From one descriptor to another.
    Transfer,
}

/// The file that a call is counted with: the first one it names, if that is one by a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Without a file.
    None,
    /// The first descriptor argument.
    Arg,
    /// The descriptor that it returns.
    Ret,
}

impl Syscall {
    /// Bytes that a successful call moved, and which way.
    pub fn moves(&self) -> Option<(Way, Moved)> {
        let way = match self.ret {
            Ret::BytesRead => Way::Read,
            _ if self.name == "recvmmsg" => Way::Read,
            Ret::BytesTransferred => Way::Transfer,
            _ => Way::Write,
        };
        let moved = match (self.name, self.ret) {
            ("recvfrom", _) => Moved::Received(3),
            ("recvmsg", _) => Moved::Message(2),
            ("sendmmsg" | "recvmmsg", _) => Moved::Messages(3),
            ("mq_timedsend" | "msgsnd", _) => Moved::Arg(2),
            ("getxattrat", _) => Moved::RetIfAttr(4),
            (_, Ret::BytesRead) => match self.args.iter().find_map(|a| a.role.room()) {
                Some(len) => Moved::RetIfRoom(len),
                None => Moved::Ret,
            },
            (_, Ret::BytesWritten | Ret::BytesTransferred) => Moved::Ret,
            _ => return None,
        };
        Some((way, moved))
    }

    /// Which file it is counted with.
    pub fn counted_with(&self) -> Counted {
        for (i, arg) in self.args.iter().enumerate() {
            match arg.role {
                Role::Fd | Role::MmapFd => return Counted::Arg,
                Role::DirFd if !matches!(self.args.get(i + 1).map(|a| a.role), Some(Role::Path)) => {
                    return Counted::Arg;
                }
                // The opened file's true name tells more than the path.
                Role::Path if self.ret != Ret::Fd => return Counted::None,
                Role::Fds => return Counted::None,
                _ => {}
            }
        }
        if self.ret == Ret::Fd { Counted::Ret } else { Counted::None }
    }

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

impl Role {
    /// The argument with the capacity of a buffer that the call fills.
    fn room(&self) -> Option<u8> {
        match self {
            Role::BufOut { len } => Some(*len),
            _ => None,
        }
    }
}
