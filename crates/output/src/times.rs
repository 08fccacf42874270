//! Times in front of text lines and behind results.

use jiff::tz::TimeZone;
use syscope_event::args::{write_int, write_padded};

use crate::TextOptions;

/// Digits behind the decimal point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// None.
    Seconds,
    /// Three.
    Millis,
    /// Six.
    #[default]
    Micros,
    /// Nine.
    Nanos,
}

/// Time of day in front of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timestamps {
    /// None.
    #[default]
    Off,
    /// `12:34:56` (`-t`), `12:34:56.123456` (`-tt`).
    Local(Precision),
    /// Since 1970: `1700000000.123456` (`-ttt`).
    Epoch(Precision),
}

impl Precision {
    /// `.123456`: the part of a time below one second.
    #[inline]
    pub(crate) fn write_fraction(self, ns: u64, out: &mut Vec<u8>) {
        let below = ns % 1_000_000_000;
        let (value, width) = match self {
            Precision::Seconds => return,
            Precision::Millis => (below / 1_000_000, 3),
            Precision::Micros => (below / 1000, 6),
            Precision::Nanos => (below, 9),
        };
        out.push(b'.');
        write_padded(value, width, b'0', out);
    }
}

/// Date and time where we are: `2026-01-31 23:59:59`; nanoseconds since 1970.
pub fn wall_time(ns: i64) -> String {
    let at = jiff::Timestamp::from_nanosecond(ns.into()).unwrap_or_default();
    let at = TimeZone::system().to_datetime(at);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// What the next line's times depend on.
#[derive(Debug)]
pub(crate) struct Times {
    zone: TimeZone,
    /// The second that `local` is the text of.
    second: i64,
    local: String,
    /// Time of the line before.
    previous_ns: Option<u64>,
}

impl Times {
    pub(crate) fn new(zone: TimeZone) -> Times {
        Times { zone, second: i64::MIN, local: String::new(), previous_ns: None }
    }

    /// Writes the times in front of a line.
    #[inline]
    pub(crate) fn write(&mut self, time_ns: u64, options: &TextOptions, out: &mut Vec<u8>) {
        if options.timestamps != Timestamps::Off {
            self.time_of_day(options.clock.wall_ns(time_ns), options.timestamps, out);
        }
        let Some(precision) = options.relative else { return };
        let with_time = options.timestamps != Timestamps::Off;
        let since = time_ns.saturating_sub(self.previous_ns.replace(time_ns).unwrap_or(time_ns));
        out.extend_from_slice(if with_time { b"(+" } else { b"" });
        write_padded(since / 1_000_000_000, 6, b' ', out);
        precision.write_fraction(since, out);
        out.extend_from_slice(if with_time { b") " } else { b" " });
    }

    fn time_of_day(&mut self, wall_ns: i128, stamps: Timestamps, out: &mut Vec<u8>) {
        let second = i64::try_from(wall_ns.div_euclid(1_000_000_000)).unwrap_or_default();
        let below = u64::try_from(wall_ns.rem_euclid(1_000_000_000)).unwrap_or_default();
        let precision = match stamps {
            Timestamps::Off => return,
            Timestamps::Epoch(precision) => {
                write_int(second, out);
                precision
            }
            Timestamps::Local(precision) => {
                if second != self.second {
                    self.second = second;
                    self.spell(second);
                }
                out.extend_from_slice(self.local.as_bytes());
                precision
            }
        };
        precision.write_fraction(below, out);
        out.push(b' ');
    }

    fn spell(&mut self, second: i64) {
        use std::fmt::Write;
        self.local.clear();
        if let Ok(at) = jiff::Timestamp::from_second(second) {
            let at = self.zone.to_datetime(at);
            // A string takes everything.
            let _ = write!(self.local, "{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
        }
    }
}

#[cfg(test)]
mod tests {
    use syscope_event::Clock;

    use super::*;

    #[test]
    fn local_time() {
        let check = |zone: TimeZone, timestamps, boot_ns: u64, expected: &str| {
            let clock = Clock { wall_offset_ns: 1_700_000_000_000_000_000 };
            let options = TextOptions { timestamps, clock, ..TextOptions::default() };
            let mut times = Times::new(zone);
            let mut out = Vec::new();
            // The second time comes from what was kept.
            times.write(boot_ns, &options, &mut out);
            times.write(boot_ns, &options, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected.repeat(2));
        };
        let east = || TimeZone::fixed(jiff::tz::offset(5));
        check(TimeZone::UTC, Timestamps::Local(Precision::Seconds), 0, "22:13:20 ");
        check(TimeZone::UTC, Timestamps::Local(Precision::Micros), 123_456_789, "22:13:20.123456 ");
        check(TimeZone::UTC, Timestamps::Local(Precision::Millis), 123_456_789, "22:13:20.123 ");
        check(east(), Timestamps::Local(Precision::Micros), 1_000_001_000, "03:13:21.000001 ");
        check(east(), Timestamps::Epoch(Precision::Micros), 1_000_001_000, "1700000001.000001 ");
        check(east(), Timestamps::Epoch(Precision::Nanos), 1_000_001_001, "1700000001.000001001 ");
        check(east(), Timestamps::Epoch(Precision::Seconds), 999_999_999, "1700000000 ");
    }

    #[test]
    fn time_since_the_line_before() {
        let check = |relative, timestamps, expected: &str| {
            let options = TextOptions { relative: Some(relative), timestamps, ..TextOptions::default() };
            let mut times = Times::new(TimeZone::UTC);
            let mut out = Vec::new();
            times.write(5, &options, &mut out);
            times.write(2_000_000_007, &options, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(Precision::Millis, Timestamps::Off, "     0.000      2.000 ");
        check(Precision::Nanos, Timestamps::Off, "     0.000000000      2.000000002 ");
        let day = Timestamps::Local(Precision::Seconds);
        check(Precision::Seconds, day, "00:00:00 (+     0) 00:00:02 (+     2) ");
    }
}
