//! `--max-overhead`: rows become samples and samples become counts while tracing takes more than it may.

use std::time::{Duration, Instant};

/// Between two looks.
const WINDOW: Duration = Duration::from_millis(100);
/// One of so many calls has a row; 0: none has, all are counted.
const STEPS: [u32; 4] = [1, 10, 100, 0];

/// A share of the processors' time, as typed: `2%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share(f64);

/// `2%`, `0.5 %`.
pub(crate) fn parse(text: &str) -> Result<Share, String> {
    let hint = || format!("{text:?} is no share of the processors' time: a number and %, such as 2%");
    let percent: f64 = text.strip_suffix('%').ok_or_else(hint)?.trim_end().parse().map_err(|_| hint())?;
    if percent > 0.0 && percent <= 100.0 { Ok(Share(percent / 100.0)) } else { Err(hint()) }
}

/// Decides when there have to be fewer rows.
#[derive(Debug)]
pub(crate) struct Governor {
    limit: Share,
    processors: f64,
    step: usize,
    /// Since when, and what had been spent by then.
    window: Option<(Instant, Duration)>,
}

/// What was found.
#[derive(Debug, PartialEq)]
pub(crate) struct TooMuch {
    /// Share of the processors' time that tracing took.
    pub(crate) share: f64,
    /// From now on one of so many calls has a row.
    pub(crate) rate: u32,
}

impl Governor {
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn new(limit: Share) -> Governor {
        let processors = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        Governor { limit, processors, step: 0, window: None }
    }

    /// It is time to say how much has been spent.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.step + 1 < STEPS.len()
            && self.window.is_none_or(|(since, _)| now.duration_since(since) >= WINDOW)
    }

    /// Takes what has been spent so far. There is nothing left to do when calls are only counted.
    pub(crate) fn look(&mut self, now: Instant, spent: Duration) -> Option<TooMuch> {
        let (since, before) = self.window.replace((now, spent))?;
        let passed = now.duration_since(since).as_secs_f64() * self.processors;
        let share = spent.saturating_sub(before).as_secs_f64() / passed.max(1e-9);
        if share <= self.limit.0 {
            return None;
        }
        self.step = (self.step + 1).min(STEPS.len() - 1);
        // What waits in the rings is still to be read at the old price: that window says nothing.
        self.window = None;
        Some(TooMuch { share, rate: STEPS[self.step] })
    }

    /// What is said when it happens.
    pub(crate) fn message(&self, found: &TooMuch) -> String {
        let now = match found.rate {
            0 => "calls are only counted".to_owned(),
            n => format!("one of {n} calls has a row"),
        };
        format!(
            "syscope: tracing took {:.1} % of the processors' time, and may take {} %: {now} from here on",
            100.0 * found.share,
            100.0 * self.limit.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        assert_eq!(parse("2%"), Ok(Share(0.02)));
        assert_eq!(parse("0.5 %"), Ok(Share(0.005)));
        for bad in ["", "2", "%", "-1%", "0%", "101%", "nan%", "x%"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn steps_down_while_it_is_too_much() {
        let mut governor = Governor { processors: 2.0, ..Governor::new(Share(0.02)) };
        let start = Instant::now();
        let at = |n: u32| start + WINDOW * n;
        let spent = Duration::from_millis;
        assert!(governor.is_due(start));
        assert_eq!(governor.look(start, spent(50)), None, "the start is not counted");
        assert!(!governor.is_due(start + WINDOW / 2) && governor.is_due(at(1)));
        // 4 ms are 2 % of 0.1 s of two processors.
        assert_eq!(governor.look(at(1), spent(53)), None);
        let rates: Vec<u32> = (2..10)
            .filter_map(|n| governor.look(at(n), spent(u64::from(n) * 50)))
            .map(|found| found.rate)
            .collect();
        // Each second window is not looked at.
        assert_eq!(rates[..3], [10, 100, 0]);
        assert!(!governor.is_due(at(20)), "nothing is left to do");
    }
}
