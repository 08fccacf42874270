//! Records become events: what a call was, on which file, by which task. No I/O.
//!
//! [`Decoder`] turns the bytes of a record into an [`Item`]; [`Event`] answers questions about one call without
//! copying; [`Row`] is the same as owned columns. [`args`] prints the argument list. Must not know where records come
//! from nor where text goes.

pub mod args;
mod cell;
mod columns;
mod datum;
mod decoder;
mod file;
mod handles;
mod item;
mod moved;
mod numbers;
mod row;
mod sink;
mod socket;
mod task;

pub use cell::Cell;
pub use columns::{FdColumn, resolve_path};
pub use datum::Datum;
pub use decoder::Decoder;
pub use file::{File, FileKind, Files, Socket};
pub use item::{Abi, CallId, Event, Item};
pub use moved::Direction;
pub use numbers::Delivered;
pub use row::{Column, Row};
pub use sink::{Clock, Sink, Summary};
pub use task::{Comm, Task, Tasks};

/// Low 32 bits of an argument register as the `int` that the kernel takes it for.
#[inline]
pub fn as_int(arg: u64) -> i32 {
    #[allow(clippy::cast_possible_truncation)]
    let low = arg as u32;
    low.cast_signed()
}

/// Name of a call number of the table.
pub fn call_name(nr: u32) -> Option<&'static str> {
    syscope_syscalls::by_nr(nr).map(|s| s.name)
}

/// Name of an error number, such as `ENOENT`.
pub fn errno_name(errno: u32) -> Option<&'static str> {
    syscope_syscalls::errno::name(errno)
}

/// `AT_FDCWD` as an `int` argument.
pub const AT_FDCWD: i32 = -100;
