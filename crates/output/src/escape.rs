//! Hostile bytes in text cells and messages.

use std::fmt::Write;

/// Appends bytes as text that loses nothing and controls no terminal: printable UTF-8 as it is, a backslash doubled,
/// everything else as `\xHH`.
pub(crate) fn escape_into(bytes: &[u8], out: &mut String) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                c if is_plain(c) => out.push(c),
                c => {
                    let mut utf8 = [0; 4];
                    for b in c.encode_utf8(&mut utf8).bytes() {
                        let _ = write!(out, "\\x{b:02x}");
                    }
                }
            }
        }
        for b in chunk.invalid() {
            let _ = write!(out, "\\x{b:02x}");
        }
    }
}

/// Neither a control character nor one that changes how its neighbours are shown (bidirectional overrides, line and
/// paragraph separators, odd blanks, zero-width ones).
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}'
            | '\u{3000}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_nothing_controls() {
        let check = |bytes: &[u8], expected: &str| {
            let mut out = String::new();
            escape_into(bytes, &mut out);
            assert_eq!(out, expected);
        };
        check(b"/etc/passwd", "/etc/passwd");
        check("/tmp/grün".as_bytes(), "/tmp/grün");
        check(b"a\nb\x1b[31m\xff", "a\\x0ab\\x1b[31m\\xff");
        check(b"c:\\x0a", "c:\\\\x0a");
        check("\u{202e}gpj".as_bytes(), "\\xe2\\x80\\xaegpj");
    }
}
