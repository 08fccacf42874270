//! File identities as the kernel half resolved them, by id.

use std::collections::VecDeque;

use syscope_wire as wire;
use wire::{file_flags, file_kind};

use crate::socket;
use crate::task::join_components;

/// What a descriptor named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Key in records.
    pub id: u64,
    /// What it is.
    pub kind: FileKind,
    /// Its name, as `/proc/PID/fd` shows it but without a "(deleted)": `/etc/passwd`, `pipe:[12]`, `socket:[13]`,
    /// `anon_inode:[eventpoll]`. A path whose upper part is not known starts with `...` and not with `/`.
    pub name: Box<[u8]>,
    /// What is known beyond the name: `TCP:[127.0.0.1:80->127.0.0.1:4242]`.
    pub detail: Option<Box<[u8]>>,
    /// The process that a pidfd stands for, as syscope's PID namespace numbers it.
    pub pid: Option<u32>,
    /// Inode number.
    pub ino: u64,
    /// Device of its file system as (major, minor).
    pub dev: (u32, u32),
    /// Device number of a device node.
    pub rdev: (u32, u32),
    /// `i_mode`.
    pub mode: u32,
    /// Mount id.
    pub mnt_id: u64,
    /// It had no name any more when it was resolved.
    pub deleted: bool,
    /// The name lacks its upper part.
    pub partial: bool,
    /// Not below the task's root directory: the name starts at the top of its namespace.
    pub outside_root: bool,
    /// The root directory that the name starts from, if that is not the top of its namespace (chroot).
    pub root: Option<Box<[u8]>>,
}

/// Kinds of open files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileKind {
    /// Has a place in the directory tree.
    Path,
    /// Unnamed pipe.
    Pipe,
    /// Socket.
    Socket(Socket),
    /// Anonymous inode: epoll, eventfd, timerfd ...
    Anon,
    /// Lives on a kernel-internal mount: memfd, SysV shared memory.
    Pseudo,
    /// Namespace.
    Namespace,
}

/// What a socket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Socket {
    /// `AF_*`.
    pub family: u16,
    /// `SOCK_*`.
    pub sock_type: u16,
    /// Protocol number.
    pub protocol: u16,
}

impl File {
    /// Takes a file record.
    pub fn from_record(rec: &wire::File<'_>) -> File {
        // The walk goes up: what it did not reach belongs to the root, if it came that far.
        let cut = rec.flags & (file_flags::PARTIAL | file_flags::TRUNC) != 0;
        let partial = cut && rec.root.is_empty();
        let root = (!rec.root.is_empty()).then(|| upper_part(rec.root, cut));
        let mut detail = None;
        let (kind, name) = match rec.kind {
            file_kind::PIPE => (FileKind::Pipe, format!("pipe:[{}]", rec.ino).into_bytes().into()),
            file_kind::SOCKET => {
                let sock = rec.sock().unwrap_or_default();
                detail = socket::detail(&sock, rec.ino);
                let kind = Socket { family: sock.family, sock_type: sock.sock_type, protocol: sock.protocol };
                (FileKind::Socket(kind), format!("socket:[{}]", rec.ino).into_bytes().into())
            }
            file_kind::ANON => (FileKind::Anon, [b"anon_inode:", trim_nul(rec.payload)].concat().into()),
            file_kind::PSEUDO => (FileKind::Pseudo, [b"/", trim_nul(rec.payload)].concat().into()),
            // The kernel shows these as it did before they had a file system of their own.
            file_kind::NS if trim_nul(rec.payload) == b"pidfd" => {
                (FileKind::Anon, b"anon_inode:[pidfd]".as_slice().into())
            }
            file_kind::NS => {
                let mut name = trim_nul(rec.payload).to_vec();
                name.extend_from_slice(format!(":[{}]", rec.ino).as_bytes());
                (FileKind::Namespace, name.into())
            }
            _ => (FileKind::Path, upper_part(rec.payload, partial)),
        };
        File {
            id: rec.file_id,
            kind,
            name,
            detail,
            pid: Some(rec.pid).filter(|pid| *pid != 0),
            ino: rec.ino,
            dev: split_dev(rec.dev),
            rdev: split_dev(rec.rdev),
            mode: rec.mode,
            mnt_id: rec.mnt_id,
            deleted: rec.flags & file_flags::DELETED != 0,
            partial,
            outside_root: rec.flags & file_flags::OUTSIDE != 0,
            root,
        }
    }

    /// The most telling name: socket addresses where there are any, else the name.
    pub fn best_name(&self) -> &[u8] {
        self.detail.as_deref().unwrap_or(&self.name)
    }
}

/// Components to a path, which starts with `...` if its upper part is not known.
fn upper_part(components: &[u8], cut: bool) -> Box<[u8]> {
    let path = join_components(components, true);
    if cut { [b"...", &*path].concat().into() } else { path }
}

/// The kernel's `dev_t`: 12 bits major, 20 bits minor.
fn split_dev(dev: u32) -> (u32, u32) {
    (dev >> 20, dev & 0xf_ffff)
}

fn trim_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&b| b == 0).next().unwrap_or_default()
}

/// Files by id. Ids are handed out in ascending order; the oldest are forgotten when there are too many, and the kernel
/// half is told so ([`Files::oldest`]) that it sends them again.
#[derive(Debug)]
pub struct Files {
    first: u64,
    slots: VecDeque<Option<File>>,
    capacity: usize,
}

impl Default for Files {
    fn default() -> Files {
        Files::with_capacity(1 << 18)
    }
}

impl Files {
    /// Remembers at most so many.
    pub fn with_capacity(capacity: usize) -> Files {
        Files { first: 1, slots: VecDeque::new(), capacity: capacity.max(2) }
    }

    /// Takes a file record.
    pub fn insert(&mut self, file: File) {
        if file.id < self.first {
            return;
        }
        if file.id - self.first >= self.capacity as u64 {
            // Half goes at once, so that forgetting is rare and the kernel half learns of it in one step.
            let first = file.id - (self.capacity / 2) as u64;
            let gone = usize::try_from(first - self.first).unwrap_or(usize::MAX);
            self.slots.drain(..gone.min(self.slots.len()));
            self.first = first;
        }
        let at = usize::try_from(file.id - self.first).unwrap_or(usize::MAX);
        if at >= self.slots.len() {
            self.slots.resize_with(at + 1, || None);
        }
        self.slots[at] = Some(file);
    }

    /// The file of that id; `None` for 0 and for what is not known.
    #[inline]
    pub fn get(&self, id: u64) -> Option<&File> {
        let at = id.checked_sub(self.first)?;
        self.slots.get(usize::try_from(at).ok()?)?.as_ref()
    }

    /// Ids below this one are not known any more.
    pub fn oldest(&self) -> u64 {
        self.first
    }
}
