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
    let ns = (number * scale).round();
    if !(0.0..=1e18).contains(&ns) {
        return Err(hint());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(Duration::from_nanos(ns as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations() {
        let check = |text, expected| assert_eq!(parse_duration(text), Ok(expected), "{text}");
        check("10us", Duration::from_micros(10));
        check("10µs", Duration::from_micros(10));
        check("1.5ms", Duration::from_micros(1500));
        check("2s", Duration::from_secs(2));
        check("1m", Duration::from_secs(60));
        check("0s", Duration::ZERO);
        check("1.1ms", Duration::from_nanos(1_100_000));
        check("4.35s", Duration::from_nanos(4_350_000_000));
        for bad in ["", "10", "s", "-1s", "1h", "1e99s", "naNs", "infs", "1 s", "1,5s", "0x1s"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9.e-]{0,6}.{0,4}") {
            let _ = parse_duration(&text);
        }
    }
}
