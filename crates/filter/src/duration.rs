//! Durations as people write them.

use std::time::Duration;

/// `10us`, `1.5ms`, `2s`, `1m`; a unit is required, because nobody remembers which one a bare number would have.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 6] =
        [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9)];
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = &text[digits.len()..];
    let hint = || format!("{text:?} is no duration: a number and one of ns, us, ms, s, m, such as 10ms");
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(hint)?;
    let number: f64 = digits.parse().map_err(|_| hint())?;
    let ns = number * scale;
    if !(0.0..=1e18).contains(&ns) {
        return Err(hint());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(Duration::from_nanos(ns as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(parse_duration("10us"), Ok(Duration::from_micros(10)));
        assert_eq!(parse_duration("1.5ms"), Ok(Duration::from_micros(1500)));
        assert_eq!(parse_duration("2s"), Ok(Duration::from_secs(2)));
        for bad in ["", "10", "s", "-1s", "1h", "1e99s", "naNs", "infs"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
