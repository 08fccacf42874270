//! JSON lines: one object a row, with exactly the columns of [`Row`], absent ones null.
//!
//! File names are bytes, JSON strings are Unicode. Valid UTF-8 is written as it is; every other byte becomes the lone
//! surrogate `\udc80` .. `\udcff`, as Python's `surrogateescape` has it, so that
//! `json.loads(line)["file"].encode("utf-8", "surrogateescape")` gives the exact name back. Valid UTF-8 contains no
//! surrogates, so nothing is ambiguous.

use std::io::{self, Write};

use syscope_event::args::Style;
use syscope_event::{Item, Row, Sink, Summary};

use crate::Options;

const CHUNK: usize = 1 << 16;

pub(crate) struct JsonSink {
    out: Box<dyn Write + Send>,
    style: Style,
    buf: Vec<u8>,
}

impl JsonSink {
    pub(crate) fn new(out: Box<dyn Write + Send>, options: &Options) -> JsonSink {
        JsonSink { out, style: options.style, buf: Vec::with_capacity(2 * CHUNK) }
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buf)?;
        self.buf.clear();
        Ok(())
    }
}

impl Sink for JsonSink {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        if let Item::Call(event) = item {
            write_row(&Row::from_event(event, &self.style), &mut self.buf);
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

/// A value of one column.
enum Value<'a> {
    Number(Option<i128>),
    Bool(bool),
    Text(Option<&'a [u8]>),
}

fn write_row(r: &Row, out: &mut Vec<u8>) {
    let number = |n: Option<u64>| Value::Number(n.map(i128::from));
    let small = |n: Option<u32>| Value::Number(n.map(i128::from));
    let fd = |n: Option<i32>| Value::Number(n.map(i128::from));
    let long = |n: Option<i64>| Value::Number(n.map(i128::from));
    let text = |t: Option<&'static str>| Value::Text(t.map(str::as_bytes));
    let values: [Value<'_>; Row::COLUMNS.len()] = [
        number(Some(r.seq)),
        number(Some(r.time_ns)),
        small(Some(r.cpu)),
        number(r.gap_ns),
        number(r.latency_ns),
        small(Some(r.pid)),
        small(Some(r.tid)),
        small(r.ppid),
        Value::Text(r.comm.as_deref()),
        small(r.uid),
        Value::Text(r.cgroup.as_deref()),
        Value::Text(Some(r.syscall.as_bytes())),
        text(r.family),
        text(r.kind),
        Value::Text(Some(&r.args)),
        long(r.ret),
        Value::Text(r.errno.as_ref().map(|e| e.as_bytes())),
        Value::Bool(r.is_error),
        fd(r.fd),
        Value::Text(r.file.as_deref()),
        fd(r.fd2),
        Value::Text(r.file2.as_deref()),
        number(r.bytes),
        text(r.direction.map(syscope_event::Direction::name)),
        number(r.address_space_bytes),
        number(r.requested_sleep_ns),
        number(r.nfds),
        long(r.timeout_ns),
        Value::Text(r.epoll_op.as_ref().map(|e| e.as_bytes())),
        fd(r.epoll_target_fd),
        small(r.epoll_events),
        Value::Bool(r.unfinished),
        small(Some(r.sampled_weight)),
    ];
    for (i, (name, value)) in Row::COLUMNS.iter().zip(values).enumerate() {
        out.extend_from_slice(if i == 0 { b"{\"" } else { b",\"" });
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        match value {
            Value::Number(None) | Value::Text(None) => out.extend_from_slice(b"null"),
            Value::Number(Some(n)) => {
                let _ = write!(out, "{n}");
            }
            Value::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
            Value::Text(Some(bytes)) => write_string(bytes, out),
        }
    }
    out.extend_from_slice(b"}\n");
}

fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.extend_from_slice(b"\\\""),
                '\\' => out.extend_from_slice(b"\\\\"),
                '\n' => out.extend_from_slice(b"\\n"),
                '\t' => out.extend_from_slice(b"\\t"),
                '\r' => out.extend_from_slice(b"\\r"),
                // Controls, C1 and what reorders text on a terminal: a reader that prints lines is safe too.
                c if c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
                {
                    let _ = write!(out, "\\u{:04x}", u32::from(c));
                }
                c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        for b in chunk.invalid() {
            let _ = write!(out, "\\udc{b:02x}");
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_parses_back() {
        let row = Row {
            syscall: "openat".into(),
            file: Some(b"/tmp/a\"\\\n\x1b".to_vec()),
            fd: Some(3),
            ret: Some(-2),
            sampled_weight: 1,
            ..Row::default()
        };
        let mut out = Vec::new();
        write_row(&row, &mut out);
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value.as_object().unwrap().len(), Row::COLUMNS.len());
        assert_eq!(value["file"], "/tmp/a\"\\\n\u{1b}");
        assert_eq!(value["ret"], -2);
        assert_eq!(value["gap_ns"], serde_json::Value::Null);
    }

    #[test]
    fn bytes_that_are_no_text_become_surrogates() {
        let mut out = Vec::new();
        write_string(b"a\xff\x80b", &mut out);
        assert_eq!(out, b"\"a\\udcff\\udc80b\"");
    }
}
