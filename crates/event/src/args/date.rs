//! Points in time as people read them.

use super::num::{write_int, write_padded};

const DAY: i64 = 86_400;

/// ` /* 2024-02-29T12:00:00.000000001+0000 */`, in UTC; nothing for the epoch itself, which stands for "no time".
/// `width`: digits of the fraction.
pub(crate) fn write_comment(seconds: i64, fraction: u64, width: usize, out: &mut Vec<u8>) {
    let limit = 10_u64.pow(u32::try_from(width).unwrap_or_default());
    if seconds == 0 && fraction == 0 || fraction >= limit {
        return;
    }
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY).unsigned_abs();
    out.extend_from_slice(b" /* ");
    if (0..10_000).contains(&year) {
        write_padded(year.unsigned_abs(), 4, b'0', out);
    } else {
        write_int(year, out);
    }
    for (mark, part) in
        [(b'-', month), (b'-', day), (b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)]
    {
        out.push(mark);
        write_padded(part, 2, b'0', out);
    }
    if fraction != 0 {
        out.push(b'.');
        write_padded(fraction, width, b'0', out);
    }
    out.extend_from_slice(b"+0000 */");
}

/// Year, month and day of a day since 1970 in the Gregorian calendar: years begin in March, so that the leap day comes
/// last, and repeat after 400.
fn civil(days: i64) -> (i64, u64, u64) {
    const ERA: i64 = 146_097;
    let shifted = days + 719_468;
    let day_of_era = shifted.rem_euclid(ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / (ERA - 1)) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + 400 * shifted.div_euclid(ERA) + i64::from(month <= 2);
    (year, month.unsigned_abs(), day.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments() {
        let check = |seconds, fraction, width, expected: &str| {
            let mut out = Vec::new();
            write_comment(seconds, fraction, width, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(0, 0, 9, "");
        check(1, 0, 9, " /* 1970-01-01T00:00:01+0000 */");
        check(-1, 0, 9, " /* 1969-12-31T23:59:59+0000 */");
        check(951_827_696, 5, 9, " /* 2000-02-29T12:34:56.000000005+0000 */");
        check(1_709_164_800, 7, 6, " /* 2024-02-29T00:00:00.000007+0000 */");
        check(4_107_542_400, 0, 9, " /* 2100-03-01T00:00:00+0000 */");
        check(253_402_300_800, 0, 9, " /* 10000-01-01T00:00:00+0000 */");
        check(1, 1_000_000_000, 9, "");
        check(i64::MAX, 0, 9, " /* 292277026596-12-04T15:30:07+0000 */");
        check(i64::MIN, 0, 9, " /* -292277022657-01-27T08:29:52+0000 */");
    }
}
