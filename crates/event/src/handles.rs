//! Names that file handles were taken by, for calls that fail to open them: those get no descriptor to ask.

use std::collections::HashMap;

use syscope_wire::{Cap, cap_flags};

use crate::moved::u32_at;
use crate::{AT_FDCWD, Event};

/// Handles that are remembered; with one more, all are forgotten.
const MOST: usize = 4096;
/// A handle is the size of its bytes, their type, and the bytes.
const HEAD: usize = 8;

const NAME_TO_HANDLE_AT: u32 = 303;
const OPEN_BY_HANDLE_AT: u32 = 304;
/// The mount is told by a number that is never reused, and not by the one that files have.
const AT_HANDLE_MNT_ID_UNIQUE: u64 = 1;
/// The handle only tells files apart: nothing can be opened by it.
const AT_HANDLE_FID: u64 = 0x200;

/// Handles and their names. Other file systems may have the same handle: a name counts for its mount.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    names: HashMap<Box<[u8]>, Named>,
}

#[derive(Debug)]
struct Named {
    /// `None`: it was taken on more than one mount.
    mount: Option<u64>,
    path: Box<[u8]>,
}

impl Handles {
    /// Remembers the handle that a call has stored.
    #[inline]
    pub(crate) fn learn(&mut self, ev: &Event<'_>) {
        if ev.syscall().is_some_and(|s| s.nr == NAME_TO_HANDLE_AT) && ev.ret == Some(0) {
            self.insert(ev);
        }
    }

    fn insert(&mut self, ev: &Event<'_>) {
        if ev.raw_args[4] & (AT_HANDLE_MNT_ID_UNIQUE | AT_HANDLE_FID) != 0 {
            return;
        }
        let Some(handle) = ev.cap_out(2).and_then(whole) else { return };
        let mount = ev.cap_out(3).and_then(|c| u32_at(c.data, 0));
        let (Some(mount), Some(path)) = (mount.map(u64::from), ev.path_column(1)) else {
            // What it is called now is not known: neither is it what it was called before.
            self.names.remove(handle);
            return;
        };
        let elsewhere = self.names.get(handle).is_some_and(|known| known.mount != Some(mount));
        if self.names.len() >= MOST {
            self.names.clear();
        }
        let mount = (!elsewhere).then_some(mount);
        self.names.insert(handle.into(), Named { mount, path: path.into() });
    }
}

impl Event<'_> {
    /// The name that the handle was taken by which the call failed to open.
    pub(crate) fn handle_name(&self) -> Option<&[u8]> {
        if self.syscall()?.nr != OPEN_BY_HANDLE_AT || self.errno().is_none() {
            return None;
        }
        let known = self.handles?.names.get(whole(self.cap_in(1)?)?)?;
        // Without a descriptor there is no file system to compare.
        let same = match self.int_arg(0) {
            AT_FDCWD | 0.. => self.fd_file(0).is_some_and(|f| known.mount == Some(f.mnt_id)),
            _ => known.mount.is_some(),
        };
        same.then_some(&*known.path)
    }
}

/// The handle without what may lie behind it; `None` if it was not copied in full.
fn whole(cap: Cap<'_>) -> Option<&[u8]> {
    if cap.flags & cap_flags::FAULT != 0 {
        return None;
    }
    let bytes = u32_at(cap.data, 0)?;
    cap.data.get(..HEAD.checked_add(usize::try_from(bytes).ok()?)?)
}
