//! What output must be like, and readers for it: the csv and serde_json libraries, and the documented escapes.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use syscope_event::{Cell, Row};

/// A file in memory that outlives its writer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(crate) fn out(&self) -> Box<dyn Write + Send> {
        Box::new(self.clone())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().map(|bytes| bytes.clone()).unwrap_or_default()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map(|mut all| all.extend_from_slice(bytes)).map_err(|_| io::ErrorKind::Other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines that a terminal shows as they are: printable ASCII.
pub(crate) fn is_plain_ascii(text: &[u8]) {
    let odd = text.iter().position(|b| !matches!(b, b' '..=b'~' | b'\n'));
    assert!(odd.is_none(), "an odd byte at {odd:?} of {}", shown(text));
}

/// The same, with letters of other scripts.
pub(crate) fn is_plain_text(text: &[u8]) {
    let text = std::str::from_utf8(text);
    assert!(text.is_ok(), "no UTF-8: {text:?}");
    let odd = text.unwrap_or_default().chars().find(|c| c.is_control() && *c != '\n');
    assert!(odd.is_none(), "{odd:?} in {text:?}");
}

pub(crate) fn shown(text: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(text))
}

/// Lines of CSV without their header hold these cells.
pub(crate) fn csv_holds<'a>(text: &[u8], rows: impl Iterator<Item = Vec<Cell<'a>>>) {
    is_plain_text(text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    let mut records = reader.byte_records();
    for row in rows {
        let record = records.next();
        assert!(matches!(record, Some(Ok(_))), "{record:?} instead of {row:?}");
        let Some(Ok(record)) = record else { return };
        assert_eq!(record.len(), row.len(), "{record:?}");
        for (cell, wanted) in record.iter().zip(row) {
            match wanted {
                Cell::Bytes(bytes) => assert_eq!(csv_text(cell), bytes, "{}", shown(cell)),
                Cell::Absent => assert_eq!(cell, b""),
                number => assert_eq!(shown(cell), format!("{:?}", spelled(number))),
            }
        }
    }
    assert!(records.next().is_none(), "more lines than rows");
}

fn spelled(cell: Cell<'_>) -> String {
    match cell {
        Cell::Absent => "null".into(),
        Cell::Bool(value) => value.to_string(),
        Cell::UInt(value) => value.to_string(),
        Cell::Int(value) => value.to_string(),
        Cell::Bytes(_) => String::new(),
    }
}

/// What a reader of the documented form does.
fn csv_text(cell: &[u8]) -> Vec<u8> {
    let mut rest = cell.strip_prefix(b"'").unwrap_or(cell);
    let mut out = Vec::new();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'\\', [b'\\', tail @ ..]) => {
                out.push(b'\\');
                tail
            }
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let digits = [*high, *low];
                let byte = std::str::from_utf8(&digits).ok().and_then(|d| u8::from_str_radix(d, 16).ok());
                assert!(byte.is_some(), "{}", shown(cell));
                out.extend(byte);
                tail
            }
            _ => {
                assert_ne!(*first, b'\\', "a lone backslash in {}", shown(cell));
                out.push(*first);
                tail
            }
        };
    }
    out
}

/// A line of JSON holds these cells under these names, in this order, and behind them perhaps others.
pub(crate) fn json_holds(line: &[u8], names: &[&str], cells: &[Cell<'_>]) {
    is_plain_text(line);
    let mut parser = serde_json::Deserializer::from_slice(line);
    let read = Object { cells }.deserialize(&mut parser);
    assert!(read.is_ok() && parser.end().is_ok(), "{read:?}: {}", shown(line));
    let read = read.unwrap_or_default();
    assert!(read.len() >= cells.len(), "{}", shown(line));
    for (((name, value), wanted), cell) in read.iter().zip(names).zip(cells) {
        assert_eq!(name, wanted);
        match cell {
            Cell::Bytes(bytes) => assert_eq!(value.as_bytes(), Some(*bytes), "{}", shown(line)),
            other => assert_eq!(value, &Value::Other(spelled(*other))),
        }
    }
}

/// Lines of JSON hold these rows.
pub(crate) fn json_holds_rows(text: &[u8], rows: &[Row]) {
    let mut lines = text.split_inclusive(|b| *b == b'\n');
    for row in rows {
        json_holds(lines.next().unwrap_or_default(), &Row::COLUMNS, &row.cells());
    }
    assert!(lines.next().is_none(), "more lines than rows");
}

#[derive(Debug, PartialEq)]
enum Value {
    Text(Vec<u8>),
    Other(String),
}

impl Value {
    fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) => Some(text),
            Value::Other(_) => None,
        }
    }
}

/// Reads texts as bytes where cells are bytes: a lone surrogate is no part of a Rust string.
struct Object<'a> {
    cells: &'a [Cell<'a>],
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Vec<(String, Value)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut out = Vec::new();
        while let Some(name) = map.next_key()? {
            let value = match self.cells.get(out.len()) {
                Some(Cell::Bytes(_)) => map.next_value_seed(Text)?,
                _ => Value::Other(map.next_value::<serde_json::Value>()?.to_string()),
            };
            out.push((name, value));
        }
        Ok(out)
    }
}

struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Text {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Text(without_surrogates(bytes)))
    }
}

/// U+DC80 to U+DCFF, each encoded in three bytes, are bytes that were no UTF-8.
fn without_surrogates(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (0xed, [second @ (0xb2 | 0xb3), third, tail @ ..]) => {
                out.push((second & 3) << 6 | third & 0x3f);
                tail
            }
            _ => {
                out.push(*first);
                tail
            }
        };
    }
    out
}
