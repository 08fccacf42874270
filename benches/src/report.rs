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
use crate::work::{Row, ways};

/// Beyond this, the work of others disturbs the figures.
const BUSY_PERCENT: f64 = 15.0;

/// Everything that one run measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: BTreeMap<&'static str, String>,
    loop_of_one_byte_calls: Vec<Line>,
    start_up: StartUp,
    burst: Burst,
    work: Vec<Row>,
    checks: Vec<Check>,
}

impl Report {
    pub(crate) fn new(
        machine: BTreeMap<&'static str, String>,
        lines: Vec<Line>,
        start_up: StartUp,
        burst: Burst,
        work: Vec<Row>,
    ) -> Report {
        let checks = checks(&lines, &start_up, &burst);
        Report { machine, loop_of_one_byte_calls: lines, start_up, burst, work, checks }
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
        writeln!(out, "\ntimes as long as bare")?;
        for line in self.work_table().lines() {
            writeln!(out, "{line}")?;
        }
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

    /// Work by way, in Markdown.
    fn work_table(&self) -> String {
        let ways: Vec<_> = ways().filter(|way| *way != "bare").collect();
        let mut out =
            format!("| | bare, s | {} |\n|---|{}\n", ways.join(" | "), "---:|".repeat(ways.len() + 1));
        for row in &self.work {
            let cell = |way: &str| row.times_bare(way).map_or("-".to_owned(), |times| format!("{times:.2}"));
            let cells: Vec<_> = ways.iter().map(|way| cell(way)).collect();
            let bare = row.bare_seconds().map_or("not measured".to_owned(), |s| format!("{s:.3}"));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "| {} | {bare} | {} |", row.name, cells.join(" | "));
        }
        out
    }

    /// Both tables, in Markdown.
    fn markdown(&self) -> String {
        let fact = |name: &str| self.machine.get(name).map_or("unknown", String::as_str);
        let mut out = format!(
            "`make bench` on {}, {} x {}, kernel {}. One-byte reads and writes in a loop; medians, in one run:\n\n\
             | | ns a call | added | x empty hooks | of what strace adds |\n|---|---:|---:|---:|---:|\n",
            fact("date").split('T').next().unwrap_or_default(),
            fact("processors"),
            fact("processor"),
            fact("kernel")
        );
        let lines = &self.loop_of_one_byte_calls;
        let (empty, strace) = (added(lines, EMPTY), added(lines, STRACE));
        for line in lines.iter().filter(|line| line.missing.is_none()) {
            let add = line.added_ns.median();
            let _ = writeln!(
                out,
                "| {} | {:.0} | {add:.0} | {:.2} | {:.2} % |",
                line.name,
                line.ns_per_call.median(),
                times(add, empty),
                100.0 * times(add, strace)
            );
        }
        let _ = writeln!(
            out,
            "\nWork as a whole, so many times as long as without tracing:\n\n{}",
            self.work_table()
        );
        let _ = writeln!(
            out,
            "From the start of syscope to the first instruction of its command: {:.0} ms more than without.",
            self.start_up.added_ms()
        );
        out
    }

    /// Puts the tables between two marks of a file.
    pub(crate) fn put_into(&self, file: &Path) -> Result<()> {
        const MARKS: [&str; 2] = ["<!-- make bench -->\n", "<!-- end of make bench -->"];
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let parts =
            text.split_once(MARKS[0]).and_then(|(head, rest)| Some((head, rest.split_once(MARKS[1])?.1)));
        let (head, tail) = parts.with_context(|| format!("no place for the table in {}", file.display()))?;
        let text = format!("{head}{}{}{}{tail}", MARKS[0], self.markdown(), MARKS[1]);
        fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
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
    let work = vec![Row {
        name: "a compile",
        seconds: vec![
            ("bare", Sample(vec![2.0])),
            ("text", Sample(vec![3.0])),
            ("strace -f", Sample(vec![40.0])),
        ],
        missing: None,
    }];
    let report =
        Report::new(BTreeMap::from([("busy before, %", "73".to_owned())]), lines, start, burst, work);
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(report.put_into(file.path()).is_err(), "there is no place for it");
    fs::write(file.path(), "a\n<!-- make bench -->\nold\n<!-- end of make bench -->\nz\n").unwrap();
    report.put_into(file.path()).unwrap();
    let markdown = fs::read_to_string(file.path()).unwrap();
    assert!(
        markdown.starts_with("a\n") && markdown.ends_with("\nz\n") && !markdown.contains("old"),
        "{markdown}"
    );
    assert!(markdown.contains("| a compile | 2.000 | - | - | - | - | 1.50 | 20.00 |"), "{markdown}");
    assert!(markdown.contains("| syscope, text to a file | 300 | 200 | 4.00 | 1.00 % |"), "{markdown}");
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
