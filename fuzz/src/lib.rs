//! What must hold for any bytes: no panic, no overflow, bounded output, nothing that controls a terminal, and what is
//! written for programs is read back as it was.
//!
//! Each function here takes bytes of any sort. `make fuzz` lets libFuzzer look for bytes that break them (`engine/`);
//! `tests/corpus.rs` runs them over `corpus/` and `findings/` with every `make test`.

mod arguments;
mod check;
mod filters;
mod input;
mod records;
mod tables;

pub use arguments::arguments;
pub use filters::filters;
pub use records::records;
pub use tables::tables;

/// A target: its name, and what must not fail.
pub type Target = (&'static str, fn(&[u8]));

/// Every target; each has a folder of its name in `corpus/` and perhaps one in `findings/`.
pub const TARGETS: [Target; 4] =
    [("records", records), ("arguments", arguments), ("filters", filters), ("tables", tables)];
