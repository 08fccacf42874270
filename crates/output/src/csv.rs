//! Comma-separated values: a header, then a line a row.
//!
//! Absent is an empty cell. Names and texts are printable UTF-8 as it is; every other byte is written as `\xHH` and a
//! backslash is doubled, so that the exact bytes can be had back. A text that a spreadsheet would take for a formula
//! (`=`, `+`, `-` or `@` in front) gets a `'` in front, and so does one that begins with a `'` itself: a reader takes
//! one `'` away from every text that begins with it. Numbers are never guarded.

use std::io::{self, Write};

use syscope_event::args::{self, Style};
use syscope_event::{Cell, Item, Row, Sink, Summary};

use crate::Options;
use crate::escape::escape_into;

const CHUNK: usize = 1 << 16;

pub(crate) struct CsvSink {
    out: ::csv::Writer<Box<dyn Write + Send>>,
    style: Style,
    started: bool,
    cell: Vec<u8>,
}

impl CsvSink {
    pub(crate) fn new(out: Box<dyn Write + Send>, options: &Options) -> CsvSink {
        let out = ::csv::WriterBuilder::new().buffer_capacity(CHUNK).from_writer(out);
        CsvSink { out, style: options.style, started: false, cell: Vec::new() }
    }

    fn header(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.started, true) {
            self.out.write_record(Row::COLUMNS).map_err(io_error)?;
        }
        Ok(())
    }

    fn row(&mut self, row: &Row) -> io::Result<()> {
        for cell in row.cells() {
            self.cell.clear();
            write_cell(cell, &mut self.cell);
            self.out.write_field(&self.cell).map_err(io_error)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(io_error)
    }
}

impl Sink for CsvSink {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        match item {
            Item::Call(event) => {
                self.header()?;
                self.row(&Row::from_event(event, &self.style))
            }
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        self.header()?;
        self.out.flush()
    }
}

pub(crate) fn write_cell(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Absent => {}
        Cell::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Cell::UInt(value) => args::write_uint(value, out),
        Cell::Int(value) => args::write_int(value, out),
        Cell::Bytes(bytes) => {
            // TAB and CR, which spreadsheets skip, are escaped anyway.
            if matches!(bytes.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\'')) {
                out.push(b'\'');
            }
            escape_into(bytes, out);
        }
    }
}

pub(crate) fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        let check = |cell, expected: &str| {
            let mut out = Vec::new();
            write_cell(cell, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        let text = |t: &'static str| Cell::Bytes(t.as_bytes());
        check(text("=1+1"), "'=1+1");
        check(text("+1"), "'+1");
        check(text("-bash"), "'-bash");
        check(text("@SUM(A1)"), "'@SUM(A1)");
        check(text("'quoted'"), "''quoted'");
        check(text("\t=1"), "\\x09=1");
        check(text("\r=1"), "\\x0d=1");
        check(text("a=1"), "a=1");
        check(text(""), "");
        check(Cell::Int(-2), "-2");
        check(Cell::UInt(u64::MAX), "18446744073709551615");
        check(Cell::Bool(true), "true");
        check(Cell::Absent, "");
    }

    /// What a reader of the documented form does.
    fn unescape(cell: &[u8]) -> Vec<u8> {
        let mut rest = cell.strip_prefix(b"'").unwrap_or(cell);
        let mut out = Vec::new();
        while let Some((&b, tail)) = rest.split_first() {
            rest = match (b, tail) {
                (b'\\', [b'\\', tail @ ..]) => {
                    out.push(b'\\');
                    tail
                }
                (b'\\', [b'x', high, low, tail @ ..]) => {
                    let digits = [*high, *low];
                    out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                    tail
                }
                (b'\\', _) => panic!("a lone backslash in {cell:?}"),
                _ => {
                    out.push(b);
                    tail
                }
            };
        }
        out
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            "\\PC{0,20}".prop_map(String::into_bytes),
            "[=+@'\\\\x0-9\t\r\n,\"-]{0,12}".prop_map(String::into_bytes),
        ]) {
            let mut cell = Vec::new();
            write_cell(Cell::Bytes(&bytes), &mut cell);
            prop_assert!(!matches!(cell.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')));
            prop_assert!(!cell.iter().any(u8::is_ascii_control));
            prop_assert!(std::str::from_utf8(&cell).is_ok());
            prop_assert_eq!(unescape(&cell), bytes);
        }
    }
}
