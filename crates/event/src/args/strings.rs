//! Strings with strace's escapes.

use super::{Hex, Style};

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A string in quotes; `...` behind it if there was more.
#[inline]
pub fn write_quoted(bytes: &[u8], truncated: bool, style: &Style, out: &mut Vec<u8>) {
    out.push(b'"');
    write_escaped(bytes, style.hex, b"", out);
    out.push(b'"');
    if truncated {
        out.extend_from_slice(b"...");
    }
}

/// The inside of a quoted string. Bytes of `also` are escaped too.
#[inline]
pub fn write_escaped(bytes: &[u8], hex: Hex, also: &[u8], out: &mut Vec<u8>) {
    let plain = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\') && !also.contains(b);
    if matches!(hex, Hex::Off | Hex::Escapes) && bytes.iter().all(plain) {
        out.extend_from_slice(bytes);
        return;
    }
    let printable = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c);
    if hex == Hex::All || hex == Hex::NonAscii && !bytes.iter().all(printable) {
        return bytes.iter().for_each(|b| hex_byte(*b, out));
    }
    for (i, &b) in bytes.iter().enumerate() {
        match b {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', b]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0x0b => out.extend_from_slice(b"\\v"),
            0x0c => out.extend_from_slice(b"\\f"),
            b' '..=b'~' if !also.contains(&b) => out.push(b),
            _ if hex == Hex::Escapes => hex_byte(b, out),
            // Octal, as short as the next byte allows.
            _ => {
                let digit_follows = matches!(bytes.get(i + 1), Some(b'0'..=b'7'));
                out.push(b'\\');
                if digit_follows || b >= 0o100 {
                    out.push(b'0' + (b >> 6));
                }
                if digit_follows || b >= 0o10 {
                    out.push(b'0' + (b >> 3 & 7));
                }
                out.push(b'0' + (b & 7));
            }
        }
    }
}

fn hex_byte(b: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'\\', b'x', HEX_DIGITS[usize::from(b >> 4)], HEX_DIGITS[usize::from(b & 15)]]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        let check = |bytes: &[u8], hex: Hex, expected: &str| {
            let mut out = Vec::new();
            write_quoted(bytes, false, &Style { hex, ..Style::default() }, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(b"plain", Hex::Off, r#""plain""#);
        check(b"a\"b\\c", Hex::Off, r#""a\"b\\c""#);
        check(b"\n\t\r\x0b\x0c", Hex::Off, r#""\n\t\r\v\f""#);
        check(b"\0", Hex::Off, r#""\0""#);
        check(b"\x001", Hex::Off, r#""\0001""#);
        check(b"\x1b[31m", Hex::Off, r#""\33[31m""#);
        check(b"\xff\xfe", Hex::Off, r#""\377\376""#);
        check(b"ab", Hex::NonAscii, r#""ab""#);
        check(b"a\x01", Hex::NonAscii, r#""\x61\x01""#);
        check(b"a\"\n\x01\xff", Hex::Escapes, r#""a\"\n\x01\xff""#);
        check(b"ab", Hex::All, r#""\x61\x62""#);
    }
}
