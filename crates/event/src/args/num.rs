//! Numbers into a byte buffer, without the formatting machinery: this runs for every argument of every row.

/// Decimal.
#[inline]
pub fn write_uint(value: u64, out: &mut Vec<u8>) {
    if value < 10 {
        #[allow(clippy::cast_possible_truncation)]
        out.push(b'0' + value as u8);
        return;
    }
    let mut digits = [0; 20];
    let at = decimal(value, &mut digits);
    out.extend_from_slice(&digits[at..]);
}

/// Decimal with a sign.
#[inline]
pub fn write_int(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    write_uint(value.unsigned_abs(), out);
}

/// `0x1f`; `0` stays `0x0`.
#[inline]
pub fn write_hex(value: u64, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"0x");
    let nibbles = (64 - value.leading_zeros()).div_ceil(4).max(1);
    for shift in (0..nibbles).rev() {
        out.push(DIGITS[(value >> (4 * shift) & 0xf) as usize]);
    }
}

/// `0x1f`, but `0` for zero: how strace prints flags and offsets.
#[inline]
pub(crate) fn write_hex_or_zero(value: u64, out: &mut Vec<u8>) {
    if value == 0 { out.push(b'0') } else { write_hex(value, out) }
}

/// A user or group id; the largest stands for "none" or "unchanged".
pub(crate) fn write_id(id: u32, out: &mut Vec<u8>) {
    if id == u32::MAX { out.extend_from_slice(b"-1") } else { write_uint(u64::from(id), out) }
}

/// `0644`, `022`: octal behind a 0, at least three digits in all, as file modes are written.
pub(crate) fn write_mode(value: u64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 24];
    let mut at = digits.len();
    let mut rest = value;
    while rest > 0 || digits.len() - at < 2 {
        at -= 1;
        digits[at] = b'0' + (rest & 7) as u8;
        rest >>= 3;
    }
    out.push(b'0');
    out.extend_from_slice(&digits[at..]);
}

/// Decimal, filled up to a width.
#[inline]
pub fn write_padded(value: u64, width: usize, fill: u8, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let at = decimal(value, &mut digits);
    for _ in digits.len() - at..width {
        out.push(fill);
    }
    out.extend_from_slice(&digits[at..]);
}

/// Writes the digits at the end of the array; returns where they begin.
#[inline]
fn decimal(mut value: u64, digits: &mut [u8; 20]) -> usize {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return at;
        }
    }
}

/// What the host calls a task, behind the number that it has elsewhere: in strace's words.
pub(crate) fn write_host_pid(host: Option<u32>, out: &mut Vec<u8>) {
    if let Some(host) = host {
        out.extend_from_slice(b" /* ");
        write_uint(u64::from(host), out);
        out.extend_from_slice(b" in strace's PID NS */");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers() {
        assert_eq!(text(|o| write_uint(u64::MAX, o)), u64::MAX.to_string());
        assert_eq!(text(|o| write_int(i64::MIN, o)), i64::MIN.to_string());
        assert_eq!(text(|o| write_hex(0, o)), "0x0");
        assert_eq!(text(|o| write_hex(0xffff_ffff_ffff_f000, o)), "0xfffffffffffff000");
        assert_eq!(text(|o| write_mode(0o644, o)), "0644");
        assert_eq!(text(|o| write_mode(0, o)), "000");
        assert_eq!(text(|o| write_mode(0o7, o)), "007");
        assert_eq!(text(|o| write_mode(0o22, o)), "022");
        assert_eq!(text(|o| write_mode(0o1777, o)), "01777");
        assert_eq!(text(|o| write_padded(42, 5, b'0', o)), "00042");
    }
}
