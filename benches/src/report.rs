//! The table, and the same as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::limits::{Check, added, checks, times};
use crate::runs::{Burst, StartUp};
use crate::variants::{EMPTY, Line, STRACE};

/// Beyond this, the work of others disturbs the figures.
const BUSY_PERCENT: f64 = 15.0;

/// Everything that one run measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: BTreeMap<&'static str, String>,
    loop_of_one_byte_calls: Vec<Line>,
    start_up: StartUp,
    burst: Burst,
    checks: Vec<Check>,
}

impl Report {
    pub(crate) fn new(
        machine: BTreeMap<&'static str, String>,
        lines: Vec<Line>,
        start_up: StartUp,
        burst: Burst,
    ) -> Report {
        let checks = checks(&lines, &start_up, &burst);
        Report { machine, loop_of_one_byte_calls: lines, start_up, burst, checks }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).ok();
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        write_lines(out, &self.machine, &self.loop_of_one_byte_calls)?;
        let start = &self.start_up;
        writeln!(
            out,
            "\nstart to first instruction: bare {:.1} ms, under syscope {:.1} ms ({:.1}-{:.1}), added {:.1} ms",
            start.bare_ms.median(),
            start.syscope_ms.median(),
            start.syscope_ms.min(),
            start.syscope_ms.max(),
            start.added_ms()
        )?;
        let burst = &self.burst;
        writeln!(
            out,
            "burst: {} calls, {} rows, peak {:.1} MiB; it said: {}",
            burst.calls, burst.rows, burst.peak_rss_mib, burst.verdict
        )?;
        writeln!(out)?;
        for check in &self.checks {
            writeln!(
                out,
                "{:<58} {:>8.3}  at most {:<7.3} {}",
                check.what,
                check.value,
                check.limit,
                check.verdict()
            )?;
        }
        Ok(())
    }

    /// For programs.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        let write = || -> std::io::Result<()> {
            if let Some(dir) = path.parent() {
                fs::create_dir_all(dir)?;
            }
            let temporary = path.with_extension("json.tmp");
            fs::write(&temporary, &json)?;
            fs::rename(&temporary, path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The loop under every way of tracing, for people.
pub(crate) fn lines_text(machine: &BTreeMap<&'static str, String>, lines: &[Line]) -> String {
    let mut out = String::new();
    write_lines(&mut out, machine, lines).ok();
    out
}

fn write_lines(
    out: &mut String,
    machine: &BTreeMap<&'static str, String>,
    lines: &[Line],
) -> std::fmt::Result {
    let fact = |name: &str| machine.get(name).map_or("unknown", String::as_str);
    writeln!(
        out,
        "\none-byte read/write loop on one processor; kernel {}, {} x {}, {}\n",
        fact("kernel"),
        fact("processors"),
        fact("processor"),
        fact("date")
    )?;
    if let Ok(busy) = fact("busy before, %").parse::<f64>()
        && busy > BUSY_PERCENT
    {
        writeln!(
            out,
            "THE MACHINE WAS BUSY when this began ({busy} %): figures of such a run mean little\n"
        )?;
    }
    writeln!(
        out,
        "{:<32} {:>9} {:>10} {:>17} {:>10} {:>8} {:>9}",
        "", "calls", "ns/call", "min-max", "added ns", "x empty", "x strace"
    )?;
    let (empty, strace) = (added(lines, EMPTY), added(lines, STRACE));
    for line in lines {
        if let Some(why) = &line.missing {
            writeln!(out, "{:<32} not measured: {why}", line.name)?;
            continue;
        }
        let (ns, add) = (&line.ns_per_call, line.added_ns.median());
        let spread = format!("{:.0}-{:.0}", ns.min(), ns.max());
        writeln!(
            out,
            "{:<32} {:>9} {:>10.1} {:>17} {:>10.1} {:>8.2} {:>9.4}",
            line.name,
            line.calls,
            ns.median(),
            spread,
            add,
            times(add, empty),
            times(add, strace)
        )?;
    }
    Ok(())
}

#[test]
fn the_table_has_a_line_for_everything() {
    use crate::sample::Sample;
    use crate::variants::{BARE, TEXT};
    let line = |name, ns: f64, missing: Option<&str>| Line {
        name,
        calls: 1000,
        ns_per_call: Sample(vec![ns]),
        added_ns: Sample(vec![ns - 100.0]),
        missing: missing.map(str::to_owned),
    };
    let lines = vec![
        line(BARE, 100.0, None),
        line(EMPTY, 150.0, None),
        line(TEXT, 300.0, None),
        line(STRACE, 20_100.0, None),
        line("perf trace to a file", 0.0, Some("cannot run perf")),
    ];
    let start = StartUp { bare_ms: Sample(vec![1.0]), syscope_ms: Sample(vec![91.0]) };
    let burst = Burst { calls: 2000, rows: 2000, verdict: "2010 rows, complete".into(), peak_rss_mib: 80.0 };
    let report = Report::new(BTreeMap::from([("busy before, %", "73".to_owned())]), lines, start, burst);
    let text = report.text();
    assert!(text.contains("BUSY when this began (73 %)"), "{text}");
    for expected in [
        "syscope, text to a file               1000      300.0           300-300      200.0     4.00    0.0100",
        "perf trace to a file             not measured: cannot run perf",
        "added 90.0 ms",
        "peak 80.0 MiB; it said: 2010 rows, complete",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing:\n{text}");
    }
    let met = |what: &str| report.checks.iter().find(|c| c.what.contains(what)).and_then(|c| c.met);
    assert_eq!(met("strace"), Some(true));
    assert_eq!(met("text to a file, of what an empty pair"), Some(true));
    assert_eq!(met("untraced"), None);
    assert_eq!(met("rows lost"), Some(true));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["burst"]["rows"], 2000);
}
