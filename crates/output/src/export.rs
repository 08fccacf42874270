//! Formats of other programs' viewers: one file each, and one line in [`EXPORTS`].

use std::io::{self, Write};

use syscope_event::{Clock, Sink};

use crate::chrome::ChromeSink;
use crate::perfetto::PerfettoSink;

/// Makes a sink that writes into what it is given.
type Open = fn(Box<dyn Write + Send>, Clock) -> io::Result<Box<dyn Sink>>;

/// A format that recordings are exported to.
pub struct Export {
    /// As users type it.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// It is no text.
    pub is_binary: bool,
    open: Open,
}

/// All of them.
pub const EXPORTS: [Export; 2] = [
    Export {
        name: "perfetto",
        about: "a trace for ui.perfetto.dev and trace_processor: threads as tracks, calls as slices",
        is_binary: true,
        open: |out, clock| Ok(Box::new(PerfettoSink::new(out, clock)?)),
    },
    Export {
        name: "chrome",
        about: "JSON trace events: the same for chrome://tracing and programs that read JSON",
        is_binary: false,
        open: |out, _| Ok(Box::new(ChromeSink::new(out))),
    },
];

impl Export {
    /// The one of that name.
    pub fn from_name(name: &str) -> Option<&'static Export> {
        EXPORTS.iter().find(|export| export.name == name)
    }

    /// A sink that writes into `out`; `clock` is that of the rows.
    pub fn open(&self, out: Box<dyn Write + Send>, clock: Clock) -> io::Result<Box<dyn Sink>> {
        (self.open)(out, clock)
    }
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
