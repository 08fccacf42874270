//! The table of system calls: pure data, no I/O, no decoding.
//!
//! One row of [`ALL`] is all there is to say about a call: number, name, family, kind, what its result means, and each
//! argument's name and [`Role`]. The kernel half's capture plan, the decoder's columns and the printed text are all
//! derived from the roles. Names of other ABIs are in [`foreign`]. Flag and enumeration names live in [`flags`].

pub mod errno;
pub mod flags;
pub mod foreign;
mod model;
mod query;
pub mod signal;
mod table;
pub mod variants;

pub use flags::NameSet;
pub use model::{Arg, CallPrinter, Count, Dir, Family, Kind, Layout, Ret, Role, SizeOf, Syscall};
pub use query::{Counted, Moved, Slot, Way};
pub use table::{ALL, by_name, by_nr};
