//! Which calls and rows are wanted: strace's `-e trace=` language, and what is decided row by row.
//!
//! What the kernel half can decide is split off, so that rows nobody wants are never copied. No I/O.

mod classes;
mod duration;
mod rows;
mod set;

pub use duration::parse_duration;
pub use rows::RowFilter;
pub use set::{SetError, TraceSet};
