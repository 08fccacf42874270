//! Events to text: one file per format, and one line in [`FORMATS`].
//!
//! Sinks write to an `io::Write` that somebody else opened. They know nothing of rings, kernels or command lines.

mod chrome;
mod csv;
mod escape;
mod export;
mod file;
mod flame;
mod format;
mod jsonl;
mod pending;
mod perfetto;
mod result;
mod separate;
pub mod stat;
mod summary;
mod text;
mod times;
mod verdict;

pub use escape::printable;
pub use export::{EXPORTS, Export};
pub use file::{OutFile, OutFileError};
pub use flame::{flame_subtitle, flame_svg, folded};
pub use format::{FORMATS, Format, FormatInfo, Options};
pub use result::{ResultCell, ResultFormat, ResultSink};
pub use separate::Separate;
pub use summary::{Column, SortKey, SummarySink, TableOptions, summary_table};
pub use text::{PidPrefix, TextOptions, TextSink};
pub use times::{Precision, Timestamps, wall_time};
pub use verdict::{count_verdict, verdict};

use std::io;

/// The reader went away: a quiet end, not a failure.
pub fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
