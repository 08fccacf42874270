//! Which calls and rows are wanted: strace's `-e trace=` language, and what is decided row by row.
//!
//! A [`TraceSet`] is for the kernel half, so that rows nobody wants are never copied; a [`RowFilter`] has what only a
//! decoded row can tell. A [`CallFilter`] decides what the kernel half would have decided. No I/O.

mod calls;
mod classes;
mod duration;
mod expr;
mod rows;
mod set;

pub use calls::CallFilter;
pub use duration::parse_duration;
pub use expr::{Pushed, Where, WhereError};
pub use rows::RowFilter;
pub use set::{SetError, TraceSet};
