//! JSON lines: one object a row, with exactly the columns of [`Row`], absent ones null.
//!
//! File names are bytes, JSON strings are Unicode. Valid UTF-8 is written as it is; every other byte becomes the lone
//! surrogate `\udc80` .. `\udcff`, as Python's `surrogateescape` has it, so that
//! `json.loads(line)["file"].encode("utf-8", "surrogateescape")` gives the exact name back. Valid UTF-8 contains no
//! surrogates, and what looks like an encoded one is no valid UTF-8, so nothing is ambiguous.

use std::io::{self, Write};

use syscope_event::args::{self, Style};
use syscope_event::{Cell, Item, Row, Sink, Summary};

use crate::Options;

const CHUNK: usize = 1 << 16;

pub(crate) struct JsonSink {
    out: Box<dyn Write + Send>,
    style: Style,
    keys: Keys,
    buf: Vec<u8>,
}

/// What stands in front of each value: `{"seq":`, then `,"time_ns":` and so on.
type Keys = [String; Row::COLUMNS.len()];

fn keys() -> Keys {
    Row::COLUMNS.map(|c| format!("{}\"{c}\":", if c == Row::COLUMNS[0] { '{' } else { ',' }))
}

impl JsonSink {
    pub(crate) fn new(out: Box<dyn Write + Send>, options: &Options) -> JsonSink {
        JsonSink { out, style: options.style, keys: keys(), buf: Vec::with_capacity(2 * CHUNK) }
    }

    fn write_out(&mut self) -> io::Result<()> {
        if !self.buf.is_empty() {
            self.out.write_all(&self.buf)?;
            self.buf.clear();
        }
        Ok(())
    }
}

impl Sink for JsonSink {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        if let Item::Call(event) = item {
            write_row(&Row::from_event(event, &self.style), &self.keys, &mut self.buf);
            if self.buf.len() >= CHUNK {
                self.write_out()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_out()?;
        self.out.flush()
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        self.flush()
    }
}

fn write_row(row: &Row, keys: &Keys, out: &mut Vec<u8>) {
    for (key, cell) in keys.iter().zip(row.cells()) {
        out.extend_from_slice(key.as_bytes());
        write_value(cell, out);
    }
    out.extend_from_slice(b"}\n");
}

#[inline]
pub(crate) fn write_value(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Absent => out.extend_from_slice(b"null"),
        Cell::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Cell::UInt(value) => args::write_uint(value, out),
        Cell::Int(value) => args::write_int(value, out),
        Cell::Bytes(bytes) => write_string(bytes, out),
    }
}

pub(crate) fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if bytes.iter().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\')) {
        out.extend_from_slice(bytes);
        out.push(b'"');
        return;
    }
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find(|c| matches!(c, '"' | '\\') || !is_plain(c)) {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            let Some(odd) = rest[at..].chars().next() else { break };
            write_escape(odd, out);
            rest = &rest[at + odd.len_utf8()..];
        }
        out.extend_from_slice(rest.as_bytes());
        for b in chunk.invalid() {
            // A vector takes everything.
            let _ = write!(out, "\\udc{b:02x}");
        }
    }
    out.push(b'"');
}

fn write_escape(c: char, out: &mut Vec<u8>) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\r' => out.extend_from_slice(b"\\r"),
        c => {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
    }
}

/// Neither a control character nor one that reorders text on a terminal: whoever prints lines as they are is safe too.
/// What is not plain has at most four hexadecimal digits.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_row_parses_back() {
        let row = Row {
            syscall: "openat".into(),
            file: Some(b"/tmp/a\"\\\n\x1b".to_vec()),
            fd: Some(3),
            ret: Some(-2),
            time_ns: u64::MAX,
            timeout_ns: Some(i64::MIN),
            sampled_weight: 1,
            ..Row::default()
        };
        let mut out = Vec::new();
        write_row(&row, &keys(), &mut out);
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value.as_object().unwrap().len(), Row::COLUMNS.len());
        assert_eq!(value["file"], "/tmp/a\"\\\n\u{1b}");
        assert_eq!(value["ret"], -2);
        assert_eq!(value["time_ns"], u64::MAX);
        assert_eq!(value["timeout_ns"], i64::MIN);
        assert_eq!(value["unfinished"], false);
        assert_eq!(value["gap_ns"], serde_json::Value::Null);
        // The order of the columns is the order of the keys.
        let text = String::from_utf8(out).unwrap();
        let places: Vec<_> = Row::COLUMNS.iter().map(|c| text.find(&format!("\"{c}\":")).unwrap()).collect();
        assert!(places.is_sorted());
    }

    #[test]
    fn strings() {
        let check = |bytes: &[u8], expected: &str| {
            let mut out = Vec::new();
            write_string(bytes, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(b"plain", r#""plain""#);
        check(b"", r#""""#);
        check(b"a\xff\x80b", r#""a\udcff\udc80b""#);
        check("grün \u{1f600}".as_bytes(), "\"grün \u{1f600}\"");
        check("\u{202e}x\u{9b}".as_bytes(), r#""\u202ex\u009b""#);
        check(b"\0\x1b\x7f", r#""\u0000\u001b\u007f""#);
        // U+DC80 as somebody may have put it into a name.
        check(b"\xed\xb2\x80", r#""\udced\udcb2\udc80""#);
        check(b"\\udc80", r#""\\udc80""#);
    }

    /// What `json.loads(..).encode("utf-8", "surrogateescape")` does.
    fn unescape(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let mut chars = text.strip_prefix('"').unwrap().strip_suffix('"').unwrap().chars();
        while let Some(c) = chars.next() {
            assert!(c != '"' && c >= ' ', "{text:?}");
            if c != '\\' {
                out.extend(c.encode_utf8(&mut [0; 4]).bytes());
                continue;
            }
            match chars.next().unwrap() {
                'n' => out.push(b'\n'),
                't' => out.push(b'\t'),
                'r' => out.push(b'\r'),
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let unit = u32::from_str_radix(&digits, 16).unwrap();
                    match char::from_u32(unit) {
                        Some(c) => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
                        None => out.push(u8::try_from(unit - 0xdc00).unwrap()),
                    }
                }
                c => out.push(u8::try_from(c).unwrap()),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            ".{0,20}".prop_map(String::into_bytes),
            prop::collection::vec(prop_oneof![Just(0xed_u8), 0x80..=0xbf_u8, Just(b'\\'), Just(b'u')], 0..20),
        ]) {
            let mut out = Vec::new();
            write_string(&bytes, &mut out);
            prop_assert_eq!(unescape(std::str::from_utf8(&out).unwrap()), bytes.clone());
            if std::str::from_utf8(&bytes).is_ok() {
                let parsed: String = serde_json::from_slice(&out).unwrap();
                prop_assert_eq!(parsed.into_bytes(), bytes);
            }
        }
    }
}
