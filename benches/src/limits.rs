//! What tracing may cost, and whether it does.

use serde::Serialize;

use crate::runs::{Burst, StartUp};
use crate::variants::{BYSTANDER, COUNTED, COUNTED_FILE, EMPTY, HISTOGRAM, Line, ROWS, STRACE, TEXT};

/// One requirement and what was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) what: &'static str,
    pub(crate) value: f64,
    pub(crate) limit: f64,
    /// Better than what is required, where something better is aimed at.
    pub(crate) aim: Option<f64>,
    /// `None`: could not be measured.
    pub(crate) met: Option<bool>,
}

impl Check {
    fn at_most(what: &'static str, value: f64, limit: f64, aim: Option<f64>) -> Check {
        Check { what, value, limit, aim, met: (!value.is_nan()).then_some(value <= limit) }
    }

    pub(crate) fn verdict(&self) -> &'static str {
        match (self.met, self.aim) {
            (None, _) => "not measured",
            (Some(false), _) => "NOT MET",
            (Some(true), Some(aim)) if self.value <= aim => "met, and what is aimed at",
            (Some(true), _) => "met",
        }
    }
}

/// Median of what a line adds to a bare call.
pub(crate) fn added(lines: &[Line], name: &str) -> f64 {
    lines.iter().find(|l| l.name == name).map_or(f64::NAN, |l| l.added_ns.median())
}

/// How many times `base`. Where `base` drowned in noise there is no answer, and none must look like a good one.
pub(crate) fn times(value: f64, base: f64) -> f64 {
    if base > 0.0 { value / base } else { f64::NAN }
}

/// All requirements.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn checks(lines: &[Line], start: &StartUp, burst: &Burst) -> Vec<Check> {
    let (empty, strace) = (added(lines, EMPTY), added(lines, STRACE));
    let text = added(lines, TEXT);
    let lost = burst.calls.saturating_sub(burst.rows) as f64 + f64::from(!burst.verdict.contains("complete"));
    vec![
        Check::at_most(
            "start of syscope to first instruction of the command, ms",
            start.added_ms(),
            100.0,
            None,
        ),
        Check::at_most("text to a file, of what strace adds", times(text, strace), 1.0 / 50.0, Some(0.01)),
        Check::at_most("text to a file, of what an empty pair adds", times(text, empty), 5.0, Some(3.0)),
        Check::at_most(
            "untraced process, of what an empty pair adds",
            times(added(lines, BYSTANDER), empty),
            1.3,
            Some(1.05),
        ),
        Check::at_most(
            "counted by process and call, of what an empty pair adds",
            times(added(lines, COUNTED), empty),
            3.2,
            Some(1.8),
        ),
        Check::at_most(
            "counted with file, of what an empty pair adds",
            times(added(lines, COUNTED_FILE), empty),
            3.6,
            Some(2.2),
        ),
        Check::at_most(
            "rows with file, read by nobody, of what an empty pair adds",
            times(added(lines, ROWS), empty),
            4.0,
            Some(2.2),
        ),
        Check::at_most(
            "counted, of what bpftrace's histogram adds",
            times(added(lines, COUNTED), added(lines, HISTOGRAM)),
            0.5,
            None,
        ),
        Check::at_most("rows, of what strace adds", times(added(lines, ROWS), strace), 0.01, None),
        Check::at_most("rows lost of the burst", lost, 0.0, None),
        Check::at_most("peak resident memory during the burst, MiB", burst.peak_rss_mib, 150.0, None),
    ]
}

impl StartUp {
    /// What tracing adds to a start.
    pub(crate) fn added_ms(&self) -> f64 {
        self.syscope_ms.above(&self.bare_ms).median()
    }
}

#[test]
fn a_limit_is_met_or_not_or_unknown() {
    let verdict = |value, aim| Check::at_most("x", value, 5.0, aim).verdict();
    assert_eq!(verdict(5.0, None), "met");
    assert_eq!(verdict(5.1, None), "NOT MET");
    assert_eq!(verdict(2.9, Some(3.0)), "met, and what is aimed at");
    assert_eq!(verdict(f64::NAN, None), "not measured");
    // Hooks that cost less than nothing are noise, not a target that was met.
    assert_eq!(verdict(times(400.0, -0.3), None), "not measured");
}
