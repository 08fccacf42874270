//! The table for people: strace's columns, then percentiles and bytes, then what the rows are told apart by.

use std::fmt::Write;

use syscope_stats::{Count, Table};

use super::{shown, size, time};

/// The whole table; `rows`: at most so many, and how many are left out is said.
pub fn table(table: &Table, rows: usize) -> String {
    let names: Vec<&str> = table.dims.iter().map(|d| d.name()).collect();
    let mut out = String::new();
    let timed = table.has_times();
    let (head, rule) = match timed {
        true => (
            "% time     seconds  usecs/call     calls    errors     p50     p99     max   bytes",
            "------ ----------- ----------- --------- --------- ------- ------- ------- -------",
        ),
        false => ("    calls    errors", "--------- ---------"),
    };
    let rule = format!("{rule} ----------------");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{head} {}", names.join(" / "));
    let _ = writeln!(out, "{rule}");
    for (labels, count) in table.rows.iter().take(rows) {
        line(&mut out, count, &table.total, timed, &joined(labels));
    }
    if let Some(more) = table.rows.len().checked_sub(rows).filter(|n| *n > 0) {
        let _ = writeln!(out, "... and {more} more");
    }
    let _ = writeln!(out, "{rule}");
    line(&mut out, &table.total, &table.total, timed, "total");
    out
}

/// A line a row, each with the second it was printed at in front: for whoever reads along.
pub fn lines(table: &Table, rows: usize, elapsed: f64) -> String {
    let mut out = String::new();
    for (labels, count) in table.rows.iter().take(rows) {
        let _ = write!(out, "{elapsed:>8.1} ");
        line(&mut out, count, &table.total, table.has_times(), &joined(labels));
    }
    out
}

fn joined(labels: &[syscope_stats::Label]) -> String {
    labels.iter().map(shown).collect::<Vec<_>>().join(" / ")
}

fn line(out: &mut String, count: &Count, all: &Count, timed: bool, name: &str) {
    let t = &count.totals;
    let errors = if t.errors == 0 { String::new() } else { t.errors.to_string() };
    if !timed {
        let _ = writeln!(out, "{:>9} {errors:>9} {name}", t.calls);
        return;
    }
    #[allow(clippy::cast_precision_loss)]
    let seconds = t.total_ns as f64 / 1e9;
    #[allow(clippy::cast_precision_loss)]
    let share = match all.totals.total_ns {
        0 => 0.0,
        all => 100.0 * t.total_ns as f64 / all as f64,
    };
    let quantile = |per_mille| count.latency_ns(per_mille).map_or_else(String::new, time);
    let bytes = if t.bytes == 0 { String::new() } else { size(t.bytes) };
    let max = if t.timed == 0 { String::new() } else { time(t.max_ns) };
    let mean = t.mean_ns() / 1000;
    let _ = writeln!(
        out,
        "{share:>6.2} {seconds:>11.6} {mean:>11} {:>9} {errors:>9} {:>7} {:>7} {max:>7} {bytes:>7} {name}",
        t.calls,
        quantile(500),
        quantile(990),
    );
}

#[cfg(test)]
mod tests {
    use syscope_stats::{Dim, Label, Totals};

    use super::*;

    fn count(calls: u64, errors: u64, each_ns: u64, bytes: u64) -> Count {
        let mut count = Count {
            totals: Totals {
                calls,
                errors,
                timed: calls,
                total_ns: calls * each_ns,
                min_ns: each_ns,
                max_ns: each_ns,
                bytes,
            },
            ..Count::default()
        };
        count.latency.add(each_ns, calls);
        count
    }

    #[test]
    fn straces_columns_and_more() {
        let mut t = Table { dims: vec![Dim::Syscall, Dim::File], ..Table::default() };
        for (call, file, count) in [
            ("openat", Label::None, count(3, 1, 1_000_000, 0)),
            ("read", Label::Text(b"/a b".to_vec()), count(2, 0, 500_000, 8192)),
        ] {
            t.total.merge(&count);
            t.rows.push((vec![Label::Text(call.into()), file], count));
        }
        assert_eq!(
            table(&t, 10),
            "\
% time     seconds  usecs/call     calls    errors     p50     p99     max   bytes syscall / file
------ ----------- ----------- --------- --------- ------- ------- ------- ------- ----------------
 75.00    0.003000        1000         3         1   1.0ms   1.0ms   1.0ms         openat / -
 25.00    0.001000         500         2             500us   500us   500us    8.0K read / /a b
------ ----------- ----------- --------- --------- ------- ------- ------- ------- ----------------
100.00    0.004000         800         5         1   1.0ms   1.0ms   1.0ms    8.0K total
"
        );
        assert!(table(&t, 1).contains("\n... and 1 more\n"));
        assert_eq!(
            lines(&t, 1, 2.0),
            "     2.0  75.00    0.003000        1000         3         1   1.0ms   1.0ms   1.0ms         openat / -\n"
        );
    }

    #[test]
    fn errors_have_no_times() {
        let mut t = Table { dims: vec![Dim::Errno], ..Table::default() };
        t.rows.push((vec![Label::Text(b"ENOENT".to_vec())], count(2, 2, 0, 0)));
        t.total.merge(&count(2, 2, 7, 0));
        assert_eq!(
            table(&t, 10),
            "    calls    errors errno\n--------- --------- ----------------\n        2         2 ENOENT\n\
             --------- --------- ----------------\n        2         2 total\n"
        );
    }
}
