//! Hostile bytes in text cells.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;

/// Appends bytes as text that loses nothing and controls no terminal: printable UTF-8 as it is, a backslash doubled,
/// everything else as `\xHH`.
pub(crate) fn escape_into(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.iter().all(|b| matches!(b, b' '..=b'~') && *b != b'\\') {
        out.extend_from_slice(bytes);
        return;
    }
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find(|c| c == '\\' || !is_plain(c)) {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            let odd = rest[at..].chars().next().map_or(0, char::len_utf8);
            match &rest[at..at + odd] {
                "\\" => out.extend_from_slice(b"\\\\"),
                odd => hex(odd.as_bytes(), out),
            }
            rest = &rest[at + odd..];
        }
        out.extend_from_slice(rest.as_bytes());
        hex(chunk.invalid(), out);
    }
}

/// A message that may repeat what somebody typed: with nothing in it that controls a terminal. Lines stay lines, and
/// backslashes as they are, because nobody reads the exact bytes back.
pub fn printable(message: &str) -> Cow<'_, str> {
    if message.chars().all(|c| c == '\n' || is_plain(c)) {
        return message.into();
    }
    let mut out = String::with_capacity(message.len() + 8);
    for c in message.chars() {
        if c == '\n' || is_plain(c) {
            out.push(c);
        } else {
            for b in c.encode_utf8(&mut [0; 4]).bytes() {
                // A string takes everything.
                let _ = fmt::Write::write_fmt(&mut out, format_args!("\\x{b:02x}"));
            }
        }
    }
    out.into()
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    for b in bytes {
        // A vector takes everything.
        let _ = write!(out, "\\x{b:02x}");
    }
}

/// Neither a control character nor one that changes how its neighbours are shown (bidirectional overrides, line and
/// paragraph separators, odd blanks, zero-width ones).
fn is_plain(c: char) -> bool {
    c.is_ascii_graphic()
        || c == ' '
        || !c.is_control()
            && !matches!(c, '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
                | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_nothing_controls() {
        let check = |bytes: &[u8], expected: &str| {
            let mut out = Vec::new();
            escape_into(bytes, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(b"/etc/passwd", "/etc/passwd");
        check(b"two words", "two words");
        check("/tmp/grün".as_bytes(), "/tmp/grün");
        check(b"a\nb\x1b[31m\xff", "a\\x0ab\\x1b[31m\\xff");
        check(b"c:\\x0a", "c:\\\\x0a");
        check("\u{202e}gpj".as_bytes(), "\\xe2\\x80\\xaegpj");
        check("\u{9b}31m".as_bytes(), "\\xc2\\x9b31m");
        check("cut \u{20ac}".as_bytes().strip_suffix(b"\xac").unwrap(), "cut \\xe2\\x82");
        check(b"", "");
    }

    #[test]
    fn messages_control_nothing() {
        assert_eq!(printable("two\nlines, c:\\x, grün"), "two\nlines, c:\\x, grün");
        assert_eq!(printable("a\u{1b}]0;x\u{7}b\r\u{202e}"), "a\\x1b]0;x\\x07b\\x0d\\xe2\\x80\\xae");
    }
}
