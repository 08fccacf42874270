//! Recordings: a run on disk, from which everything can be had again.
//!
//! While a run goes on, records are appended to a spool, block by block. At its end, or when it is opened after a crash,
//! the spool becomes tables: Parquet files with every column of a row, which also hold what a record consisted of, so that
//! a replay yields the same events as the run did. Knows nothing of kernels and command lines.

mod block;
mod column;
mod convert;
mod error;
mod events;
mod meta;
mod names;
mod read;
mod recorder;
mod recording;
mod scan;
mod spool;
mod table;

pub use column::{ColumnDef, Kind};
pub use convert::{FILES, LOSSES, TASKS};
pub use error::Error;
pub use events::COLUMNS;
pub use meta::{Ending, Meta, SCHEMA};
pub use names::default_name;
pub use recorder::Recorder;
pub use recording::{Recording, Replayed, TableName};
pub use scan::{Cell, Chunk, Compare, Condition, Scan, Table, Value};

/// Is told how much is done, and of how much.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);
