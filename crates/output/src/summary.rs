//! The table of `-c`: calls, errors and wall time by call.

use std::cmp::Reverse;
use std::io::{self, Write};

use syscope_event::{Item, Sink, Summary};
use syscope_stats::{ByCall, Totals};

/// Order of the table (`-S`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// Most time first.
    #[default]
    Time,
    /// Most calls first.
    Calls,
    /// Most errors first.
    Errors,
    /// By name.
    Name,
    /// Longest mean latency first.
    Average,
    /// Longest latency first.
    Max,
    /// Shortest latency first.
    Min,
    /// As it comes: by call number.
    Nothing,
}

impl SortKey {
    /// The names that users type: strace's.
    pub const NAMES: [(&'static str, SortKey); 18] = [
        ("time", SortKey::Time),
        ("time-total", SortKey::Time),
        ("total-time", SortKey::Time),
        ("calls", SortKey::Calls),
        ("count", SortKey::Calls),
        ("errors", SortKey::Errors),
        ("error", SortKey::Errors),
        ("name", SortKey::Name),
        ("syscall", SortKey::Name),
        ("syscall-name", SortKey::Name),
        ("avg-time", SortKey::Average),
        ("time-avg", SortKey::Average),
        ("max-time", SortKey::Max),
        ("time-max", SortKey::Max),
        ("min-time", SortKey::Min),
        ("time-min", SortKey::Min),
        ("nothing", SortKey::Nothing),
        ("none", SortKey::Nothing),
    ];

    /// The key of that name; `max_time` is `max-time`.
    pub fn from_name(name: &str) -> Option<SortKey> {
        let name = name.replace('_', "-");
        SortKey::NAMES.iter().find(|(n, _)| *n == name).map(|(_, key)| *key)
    }
}

/// Counts rows and prints the table at the end; passes everything on to another sink first, if there is one (`-C`).
pub struct SummarySink {
    out: Box<dyn Write + Send>,
    rows: Option<Box<dyn Sink>>,
    totals: ByCall,
    sort: SortKey,
}

impl SummarySink {
    /// The table goes to `out`, the rows to `rows`.
    pub fn new(out: Box<dyn Write + Send>, rows: Option<Box<dyn Sink>>, sort: SortKey) -> SummarySink {
        SummarySink { out, rows, totals: ByCall::default(), sort }
    }
}

impl Sink for SummarySink {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        if let Item::Call(event) = item {
            self.totals.add(event);
        }
        self.rows.as_mut().map_or(Ok(()), |rows| rows.item(item))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.rows.as_mut().map_or(Ok(()), |rows| rows.flush())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        if let Some(rows) = &mut self.rows {
            rows.finish(summary)?;
        }
        let mut rows = self.totals.rows();
        sort(&mut rows, self.sort);
        self.out.write_all(table(&rows).as_bytes())?;
        self.out.flush()
    }
}

fn sort(rows: &mut [(&str, Totals)], key: SortKey) {
    match key {
        SortKey::Time => rows.sort_by_key(|(n, t)| (Reverse(t.total_ns), Reverse(t.calls), *n)),
        SortKey::Calls => rows.sort_by_key(|(n, t)| (Reverse(t.calls), *n)),
        SortKey::Errors => rows.sort_by_key(|(n, t)| (Reverse(t.errors), *n)),
        SortKey::Name => rows.sort_by_key(|(n, _)| *n),
        SortKey::Average => rows.sort_by_key(|(n, t)| (Reverse(t.mean_ns()), *n)),
        SortKey::Max => rows.sort_by_key(|(n, t)| (Reverse(t.max_ns), *n)),
        SortKey::Min => rows.sort_by_key(|(n, t)| (t.min_ns, *n)),
        SortKey::Nothing => {}
    }
}

/// strace's table; the seconds are wall time from entry to exit.
fn table(rows: &[(&str, Totals)]) -> String {
    use std::fmt::Write;
    let rule = "------ ----------- ----------- --------- --------- ----------------\n";
    let mut all = Totals::default();
    rows.iter().for_each(|(_, t)| all.merge(t));
    let mut out = String::from("% time     seconds  usecs/call     calls    errors syscall\n");
    out.push_str(rule);
    let line = |t: &Totals, share: f64, name: &str, out: &mut String| {
        #[allow(clippy::cast_precision_loss)]
        let seconds = t.total_ns as f64 / 1e9;
        let errors = if t.errors == 0 { String::new() } else { t.errors.to_string() };
        let mean = t.mean_ns() / 1000;
        // A string takes everything.
        let _ = writeln!(out, "{share:>6.2} {seconds:>11.6} {mean:>11} {:>9} {errors:>9} {name}", t.calls);
    };
    for (name, totals) in rows {
        #[allow(clippy::cast_precision_loss)]
        let share =
            if all.total_ns == 0 { 0.0 } else { 100.0 * totals.total_ns as f64 / all.total_ns as f64 };
        line(totals, share, name, &mut out);
    }
    out.push_str(rule);
    line(&all, 100.0, "total", &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up_and_are_sorted() {
        let t =
            |calls, errors, total_ns| Totals { calls, errors, total_ns, timed: calls, ..Totals::default() };
        let mut rows = vec![("close", t(2, 0, 1_000_000)), ("openat", t(3, 1, 3_000_000))];
        sort(&mut rows, SortKey::Time);
        assert_eq!(
            table(&rows),
            "% time     seconds  usecs/call     calls    errors syscall\n\
             ------ ----------- ----------- --------- --------- ----------------\n \
             75.00    0.003000        1000         3         1 openat\n \
             25.00    0.001000         500         2           close\n\
             ------ ----------- ----------- --------- --------- ----------------\n\
             100.00    0.004000         800         5         1 total\n"
        );
    }

    #[test]
    fn nothing_is_a_table_too() {
        assert!(table(&[]).ends_with("100.00    0.000000           0         0           total\n"));
    }

    #[test]
    fn orders() {
        let t = |calls, errors, total_ns, min_ns, max_ns| Totals {
            calls,
            errors,
            total_ns,
            min_ns,
            max_ns,
            timed: calls,
            ..Totals::default()
        };
        let rows = [("b", t(1, 0, 90, 90, 90)), ("a", t(9, 3, 99, 1, 50)), ("c", t(5, 5, 10, 2, 2))];
        let check = |name: &str, expected: &str| {
            let mut rows = rows.to_vec();
            sort(&mut rows, SortKey::from_name(name).unwrap());
            let order: String = rows.iter().map(|(n, _)| *n).collect();
            assert_eq!(order, expected, "{name}");
        };
        check("time", "abc");
        check("calls", "acb");
        check("errors", "cab");
        check("name", "abc");
        check("avg-time", "bac");
        check("max_time", "bac");
        check("time-min", "acb");
        check("nothing", "bac");
        assert_eq!(SortKey::from_name("nonsense"), None);
    }
}
