//! The rows, one per call, in order of their numbers.
//!
//! `number "name" Family "kind" Result ["argument" Role, ...] Printer;` — the printer is left out where the text is
//! simply one argument after the other.

mod events;
mod files;
mod modern;
mod system;

use crate::model::{Count, Dir, Layout, Role, SizeOf, Syscall};

/// Every call, sorted by number.
pub static ALL: &[Syscall] = &TABLE;

/// The call with that number.
#[inline]
pub fn by_nr(nr: u32) -> Option<&'static Syscall> {
    let slot = INDEX.get(usize::try_from(nr).ok()?)?;
    TABLE.get(usize::from(*slot))
}

/// The call with that name.
pub fn by_name(name: &str) -> Option<&'static Syscall> {
    TABLE.iter().find(|s| s.name == name)
}

const PARTS: [&[Syscall]; 4] = [files::ROWS, system::ROWS, events::ROWS, modern::ROWS];
const LEN: usize = PARTS[0].len() + PARTS[1].len() + PARTS[2].len() + PARTS[3].len();
/// One more than the largest number.
const NUMBERS: usize = 472;
/// Index of a number without a call: outside of the table.
const ABSENT: u16 = u16::MAX;

static TABLE: [Syscall; LEN] = {
    let mut table = [PARTS[0][0]; LEN];
    let (mut part, mut to) = (0, 0);
    while part < PARTS.len() {
        let mut from = 0;
        while from < PARTS[part].len() {
            table[to] = PARTS[part][from];
            from += 1;
            to += 1;
        }
        part += 1;
    }
    table
};

static INDEX: [u16; NUMBERS] = {
    let mut index = [ABSENT; NUMBERS];
    let mut at = 0;
    while at < LEN {
        index[TABLE[at].nr as usize] = at as u16;
        at += 1;
    }
    index
};

/// The rows of one file as `ROWS`.
macro_rules! rows {
    ($($nr:literal $name:literal $family:ident $kind:literal $ret:ident
       [$($arg:literal $role:expr),* $(,)?] $($printer:ident)?;)*) => {
        pub(super) const ROWS: &[$crate::model::Syscall] = &[$(
            $crate::model::Syscall {
                nr: $nr,
                name: $name,
                family: $crate::model::Family::$family,
                kind: $crate::model::Kind($kind),
                ret: $crate::model::Ret::$ret,
                args: &[$($crate::model::Arg { name: $arg, role: $role }),*],
                printer: rows!(@printer $($printer)?),
            },
        )*];
    };
    (@printer) => { $crate::model::CallPrinter::Plain };
    (@printer $printer:ident) => { $crate::model::CallPrinter::$printer };
}
use rows;

/// A structure that the call reads.
pub(crate) const fn inp(layout: Layout) -> Role {
    Role::Struct(layout, Dir::In)
}

/// A structure that the call stores.
pub(crate) const fn out(layout: Layout) -> Role {
    Role::Struct(layout, Dir::Out)
}

/// A structure that the call reads and overwrites.
pub(crate) const fn inout(layout: Layout) -> Role {
    Role::Struct(layout, Dir::InOut)
}

/// An array that the call reads, with its length in argument `count`.
const fn many(of: Layout, count: u8) -> Role {
    Role::Array { of, count: Count::Arg(count), dir: Dir::In }
}

/// Two structures that the call reads.
const fn pair(of: Layout) -> Role {
    Role::Array { of, count: Count::Fixed(2), dir: Dir::In }
}

/// An array that the call stores, with its length in the result.
const fn returned(of: Layout) -> Role {
    Role::Array { of, count: Count::Ret, dir: Dir::Out }
}

/// A structure that the call reads, whose size argument `size` says.
const fn sized(of: Layout, size: u8) -> Role {
    Role::Sized { of, size: SizeOf::Arg(size), dir: Dir::In }
}

/// A structure that tells its own size at byte `at`.
const fn self_sized(of: Layout, at: u8, dir: Dir) -> Role {
    Role::Sized { of, size: SizeOf::Field { at, plus: 0 }, dir }
}

/// iovecs whose data the call reads.
const fn gather(count: u8) -> Role {
    Role::Iov { count, dir: Dir::In }
}

/// iovecs whose data the call stores.
const fn scatter(count: u8) -> Role {
    Role::Iov { count, dir: Dir::Out }
}
