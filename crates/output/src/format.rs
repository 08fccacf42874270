//! The registry of output formats.

use std::io::Write;

use syscope_event::Sink;
use syscope_event::args::Style;

use crate::csv::CsvSink;
use crate::jsonl::JsonSink;
use crate::{TextOptions, TextSink};

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// strace's lines.
    Text,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// What formats need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// How arguments are printed, in every format.
    pub style: Style,
    /// Choices for text lines.
    pub text: TextOptions,
}

/// A line of the registry.
pub struct FormatInfo {
    /// Which one.
    pub format: Format,
    /// What users type.
    pub name: &'static str,
    /// What it is, for `--help`.
    pub help: &'static str,
    /// Makes the sink.
    pub open: fn(Box<dyn Write + Send>, &Options) -> Box<dyn Sink>,
}

/// Every format.
pub const FORMATS: &[FormatInfo] = &[
    FormatInfo {
        format: Format::Text,
        name: "text",
        help: "lines as strace prints them",
        open: |out, options| Box::new(TextSink::new(out, options)),
    },
    FormatInfo {
        format: Format::Csv,
        name: "csv",
        help: "a header, then a line a row; odd bytes as \\xHH, spreadsheet formulas behind a '",
        open: |out, options| Box::new(CsvSink::new(out, options)),
    },
    FormatInfo {
        format: Format::Jsonl,
        name: "jsonl",
        help: "one JSON object a row; bytes that are not UTF-8 as lone surrogates \\udc80..\\udcff",
        open: |out, options| Box::new(JsonSink::new(out, options)),
    },
];

impl Format {
    /// Its line of the registry.
    pub fn info(self) -> &'static FormatInfo {
        // Every variant has its line: a test holds that.
        FORMATS.iter().find(|f| f.format == self).unwrap_or(&FORMATS[0])
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        FORMATS.iter().find(|f| f.name == name).map(|f| f.format)
    }

    /// A sink of this format.
    pub fn open(self, out: Box<dyn Write + Send>, options: &Options) -> Box<dyn Sink> {
        (self.info().open)(out, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_line() {
        for format in [Format::Text, Format::Csv, Format::Jsonl] {
            assert_eq!(format.info().format, format);
            assert_eq!(Format::from_name(format.info().name), Some(format));
        }
        assert_eq!(Format::from_name("xml"), None);
    }
}
