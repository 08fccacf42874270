//! Rows whose columns are known only when they come: answers of queries, as a table, CSV or JSON lines.

use std::io::{self, Write};

use crate::csv;
use crate::escape::escape_into;
use crate::jsonl;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum ResultCell<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a [u8]),
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultFormat {
    /// Columns side by side, as wide as they have to be.
    Table,
    /// A header, then a line a row.
    Csv,
    /// An object a row.
    Jsonl,
}

/// So many rows of a table are looked at before its columns get their widths.
const LOOKED_AT: usize = 1000;
/// No column is made wider; a longer value still is there whole.
const WIDEST: usize = 80;
const CHUNK: usize = 1 << 16;

/// Writes them.
pub struct ResultSink {
    out: Box<dyn Write>,
    format: ResultFormat,
    names: Vec<String>,
    waiting: Vec<Vec<(String, bool)>>,
    widths: Option<Vec<usize>>,
    buf: Vec<u8>,
}

impl ResultSink {
    /// Rows with these columns.
    pub fn new(out: Box<dyn Write>, format: ResultFormat, names: &[&str]) -> io::Result<ResultSink> {
        let mut sink = ResultSink {
            out,
            format,
            names: names.iter().map(|n| shown(n.as_bytes())).collect(),
            waiting: Vec::new(),
            widths: None,
            buf: Vec::new(),
        };
        if format == ResultFormat::Csv {
            let cells: Vec<_> = names.iter().map(|n| ResultCell::Text(n.as_bytes())).collect();
            sink.csv(&cells)?;
        }
        Ok(sink)
    }

    /// Takes a row.
    pub fn row(&mut self, cells: &[ResultCell<'_>]) -> io::Result<()> {
        match self.format {
            ResultFormat::Csv => self.csv(cells)?,
            ResultFormat::Jsonl => self.json(cells),
            ResultFormat::Table => {
                let row: Vec<(String, bool)> =
                    cells.iter().map(|cell| (text(*cell), is_number(*cell))).collect();
                match self.widths.is_some() {
                    true => self.line(&row),
                    false => self.waiting.push(row),
                }
                if self.waiting.len() >= LOOKED_AT {
                    self.begin();
                }
            }
        }
        if self.buf.len() >= CHUNK { self.write_out() } else { Ok(()) }
    }

    /// There are no more.
    pub fn finish(mut self) -> io::Result<()> {
        if self.format == ResultFormat::Table && self.widths.is_none() {
            self.begin();
        }
        self.write_out()?;
        self.out.flush()
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buf)?;
        self.buf.clear();
        Ok(())
    }

    fn csv(&mut self, cells: &[ResultCell<'_>]) -> io::Result<()> {
        let mut writer = ::csv::WriterBuilder::new().from_writer(&mut self.buf);
        let mut field = Vec::new();
        for cell in cells {
            field.clear();
            match cell {
                ResultCell::Text(text) => csv::write_cell(syscope_event::Cell::Bytes(text), &mut field),
                other => field.extend_from_slice(text(*other).as_bytes()),
            }
            writer.write_field(&field).map_err(csv::io_error)?;
        }
        writer.write_record(None::<&[u8]>).map_err(csv::io_error)?;
        writer.flush()
    }

    fn json(&mut self, cells: &[ResultCell<'_>]) {
        for (n, (name, cell)) in self.names.iter().zip(cells).enumerate() {
            self.buf.push(if n == 0 { b'{' } else { b',' });
            jsonl::write_string(name.as_bytes(), &mut self.buf);
            self.buf.push(b':');
            match cell {
                ResultCell::Null => self.buf.extend_from_slice(b"null"),
                // JSON has no other numbers.
                ResultCell::Real(x) if !x.is_finite() => self.buf.extend_from_slice(b"null"),
                ResultCell::Text(text) => jsonl::write_string(text, &mut self.buf),
                number => self.buf.extend_from_slice(text(*number).as_bytes()),
            }
        }
        self.buf.extend_from_slice(b"}\n");
    }

    /// The columns get their widths from the rows that wait.
    fn begin(&mut self) {
        let width = |at: usize| {
            let values =
                self.waiting.iter().filter_map(|row| row.get(at)).map(|(text, _)| text.chars().count());
            values.chain([self.names[at].chars().count()]).max().unwrap_or(0).min(WIDEST)
        };
        let widths: Vec<usize> = (0..self.names.len()).map(width).collect();
        let waiting = std::mem::take(&mut self.waiting);
        let numbers = waiting.first().map(|row| row.iter().map(|(_, n)| *n).collect::<Vec<_>>());
        let header = self
            .names
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), numbers.as_ref().is_some_and(|n| n.get(at) == Some(&true))));
        let header: Vec<_> = header.collect();
        let rule: Vec<_> = widths.iter().map(|w| ("-".repeat(*w), false)).collect();
        self.widths = Some(widths);
        self.line(&header);
        self.line(&rule);
        waiting.iter().for_each(|row| self.line(row));
    }

    fn line(&mut self, row: &[(String, bool)]) {
        let widths = self.widths.as_deref().unwrap_or_default();
        let start = self.buf.len();
        for (n, ((text, is_number), width)) in row.iter().zip(widths).enumerate() {
            let pad = width.saturating_sub(text.chars().count());
            let (before, behind) = if *is_number { (pad, 0) } else { (0, pad) };
            self.buf.extend(std::iter::repeat_n(b' ', before + if n > 0 { 2 } else { 0 }));
            self.buf.extend_from_slice(text.as_bytes());
            self.buf.extend(std::iter::repeat_n(b' ', behind));
        }
        let end = self.buf.iter().rposition(|b| *b != b' ').map_or(start, |at| at + 1).max(start);
        self.buf.truncate(end);
        self.buf.push(b'\n');
    }
}

fn is_number(cell: ResultCell<'_>) -> bool {
    matches!(cell, ResultCell::Int(_) | ResultCell::Real(_))
}

fn text(cell: ResultCell<'_>) -> String {
    match cell {
        ResultCell::Null => String::new(),
        ResultCell::Int(n) => n.to_string(),
        // 1.0, and not 1: it is no whole number that happens to look like one.
        ResultCell::Real(x) => format!("{x:?}"),
        ResultCell::Text(bytes) => shown(bytes),
    }
}

/// Nothing in it controls a terminal.
fn shown(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    escape_into(bytes, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Seek;

    use super::*;

    fn written(format: ResultFormat) -> String {
        let mut file = tempfile::tempfile().unwrap();
        let out = Box::new(file.try_clone().unwrap());
        let mut sink = ResultSink::new(out, format, &["name", "n", "x"]).unwrap();
        let names: [&[u8]; 3] = [b"a", b"=\"b\",\x1b[1m\xff", "größe".as_bytes()];
        for (name, n) in names.into_iter().zip([1, -20, i64::MAX]) {
            sink.row(&[ResultCell::Text(name), ResultCell::Int(n), ResultCell::Real(0.5)]).unwrap();
        }
        sink.row(&[ResultCell::Null, ResultCell::Null, ResultCell::Real(f64::NAN)]).unwrap();
        sink.finish().unwrap();
        file.rewind().unwrap();
        io::read_to_string(file).unwrap()
    }

    #[test]
    fn tables_are_as_wide_as_they_have_to_be() {
        assert_eq!(
            written(ResultFormat::Table),
            "name                                n    x\n\
             ----------------  -------------------  ---\n\
             a                                   1  0.5\n\
             =\"b\",\\x1b[1m\\xff                  -20  0.5\n\
             größe             9223372036854775807  0.5\n\
             \x20                                      NaN\n"
        );
    }

    #[test]
    fn machine_formats_lose_nothing() {
        assert_eq!(
            written(ResultFormat::Csv),
            "name,n,x\na,1,0.5\n\"'=\"\"b\"\",\\x1b[1m\\xff\",-20,0.5\ngröße,9223372036854775807,0.5\n,,NaN\n"
        );
        assert_eq!(
            written(ResultFormat::Jsonl),
            "{\"name\":\"a\",\"n\":1,\"x\":0.5}\n\
             {\"name\":\"=\\\"b\\\",\\u001b[1m\\udcff\",\"n\":-20,\"x\":0.5}\n\
             {\"name\":\"größe\",\"n\":9223372036854775807,\"x\":0.5}\n\
             {\"name\":null,\"n\":null,\"x\":null}\n"
        );
    }
}
