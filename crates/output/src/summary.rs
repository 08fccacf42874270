//! The table of `-c`: calls, errors and wall time by call.

use std::cmp::Ordering;
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

/// A column of the table (`-U`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Share of the time of all calls.
    Share,
    /// Seconds in all calls together.
    Total,
    /// Seconds of the shortest call.
    Min,
    /// Seconds of the longest call.
    Max,
    /// Microseconds of a call on average.
    Average,
    /// Number of calls.
    Calls,
    /// Of these, failed ones.
    Errors,
    /// Name of the call.
    Name,
}

impl Column {
    /// The names that users type: strace's.
    pub const NAMES: [(&'static str, Column); 23] = [
        ("time-percent", Column::Share),
        ("time-percentage", Column::Share),
        ("time", Column::Share),
        ("total-time", Column::Total),
        ("time-total", Column::Total),
        ("min-time", Column::Min),
        ("time-min", Column::Min),
        ("shortest", Column::Min),
        ("max-time", Column::Max),
        ("time-max", Column::Max),
        ("longest", Column::Max),
        ("avg-time", Column::Average),
        ("time-avg", Column::Average),
        ("time-average", Column::Average),
        ("calls", Column::Calls),
        ("call", Column::Calls),
        ("count", Column::Calls),
        ("errors", Column::Errors),
        ("error", Column::Errors),
        ("name", Column::Name),
        ("syscall", Column::Name),
        ("syscall-name", Column::Name),
        ("syscalls", Column::Name),
    ];

    /// What strace shows if nothing is said.
    pub const DEFAULT: [Column; 6] =
        [Column::Share, Column::Total, Column::Average, Column::Calls, Column::Errors, Column::Name];

    /// The column of that name; `max_time` is `max-time`.
    pub fn from_name(name: &str) -> Option<Column> {
        let name = name.replace('_', "-");
        Column::NAMES.iter().find(|(n, _)| *n == name).map(|(_, column)| *column)
    }

    fn title(self) -> &'static str {
        match self {
            Column::Share => "% time",
            Column::Total => "seconds",
            Column::Min => "shortest",
            Column::Max => "longest",
            Column::Average => "usecs/call",
            Column::Calls => "calls",
            Column::Errors => "errors",
            Column::Name => "syscall",
        }
    }

    fn width(self) -> usize {
        match self {
            Column::Share => 6,
            Column::Total | Column::Average => 11,
            Column::Min | Column::Max => 8,
            Column::Calls | Column::Errors => 9,
            Column::Name => 16,
        }
    }

    fn cell(self, name: &str, t: &Totals, share: f64) -> String {
        #[allow(clippy::cast_precision_loss)]
        let seconds = |ns: u64| format!("{:.6}", ns as f64 / 1e9);
        match self {
            Column::Share => format!("{share:.2}"),
            Column::Total => seconds(t.total_ns),
            Column::Min => seconds(t.min_ns),
            Column::Max => seconds(t.max_ns),
            Column::Average => (t.mean_ns() / 1000).to_string(),
            Column::Calls => t.calls.to_string(),
            Column::Errors if t.errors == 0 => String::new(),
            Column::Errors => t.errors.to_string(),
            Column::Name => name.to_owned(),
        }
    }
}

/// How the table looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableOptions {
    /// Order of its rows.
    pub sort: SortKey,
    /// Its columns.
    pub columns: Vec<Column>,
}

impl Default for TableOptions {
    fn default() -> TableOptions {
        TableOptions { sort: SortKey::default(), columns: Column::DEFAULT.to_vec() }
    }
}

/// Counts rows and prints the table at the end; passes everything on to another sink first, if there is one (`-C`).
pub struct SummarySink {
    out: Box<dyn Write + Send>,
    rows: Option<Box<dyn Sink>>,
    totals: ByCall,
    options: TableOptions,
}

impl SummarySink {
    /// The table goes to `out`, the rows to `rows`.
    pub fn new(
        out: Box<dyn Write + Send>,
        rows: Option<Box<dyn Sink>>,
        options: TableOptions,
    ) -> SummarySink {
        SummarySink { out, rows, totals: ByCall::default(), options }
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
        sort(&mut rows, self.options.sort);
        self.out.write_all(table(&rows, &self.options.columns).as_bytes())?;
        self.out.flush()
    }
}

fn sort(rows: &mut [(&str, Totals)], key: SortKey) {
    rows.sort_by(|(a_name, a), (b_name, b)| key.compare((a, a_name), (b, b_name)));
}

impl SortKey {
    /// Which of two rows comes first; where the totals do not tell, the names do.
    pub(crate) fn compare<N: Ord>(self, (a, a_name): (&Totals, N), (b, b_name): (&Totals, N)) -> Ordering {
        let by_totals = match self {
            SortKey::Time => (b.total_ns, b.calls).cmp(&(a.total_ns, a.calls)),
            SortKey::Calls => b.calls.cmp(&a.calls),
            SortKey::Errors => b.errors.cmp(&a.errors),
            SortKey::Average => b.mean_ns().cmp(&a.mean_ns()),
            SortKey::Max => b.max_ns.cmp(&a.max_ns),
            SortKey::Min => a.min_ns.cmp(&b.min_ns),
            SortKey::Name => Ordering::Equal,
            SortKey::Nothing => return Ordering::Equal,
        };
        by_totals.then_with(|| a_name.cmp(&b_name))
    }
}

/// The table of -c, from counts that the kernel half made.
pub fn summary_table(mut rows: Vec<(&str, Totals)>, options: &TableOptions) -> String {
    sort(&mut rows, options.sort);
    table(&rows, &options.columns)
}

/// strace's table; the seconds are wall time from entry to exit.
fn table(rows: &[(&str, Totals)], columns: &[Column]) -> String {
    let mut all = Totals::default();
    rows.iter().for_each(|(_, t)| all.merge(t));
    let mut out = String::new();
    let mut line = |cell: &dyn Fn(Column) -> String| {
        let start = out.len();
        for (i, column) in columns.iter().enumerate() {
            let (cell, width) = (cell(*column), column.width());
            out.push_str(if i > 0 { " " } else { "" });
            // Names stand at the left, numbers at the right.
            let padding = " ".repeat(width.saturating_sub(cell.len()));
            let is_name = *column == Column::Name;
            out.push_str(if is_name { "" } else { &padding });
            out.push_str(&cell);
            out.push_str(if is_name { &padding } else { "" });
        }
        let end = out.trim_end_matches(' ').len();
        out.truncate(end.max(start));
        out.push('\n');
    };
    line(&|c| c.title().to_owned());
    line(&|c| "-".repeat(c.width()));
    for (name, totals) in rows {
        #[allow(clippy::cast_precision_loss)]
        let share =
            if all.total_ns == 0 { 0.0 } else { 100.0 * totals.total_ns as f64 / all.total_ns as f64 };
        line(&|c| c.cell(name, totals, share));
    }
    line(&|c| "-".repeat(c.width()));
    line(&|c| c.cell("total", &all, 100.0));
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
            table(&rows, &Column::DEFAULT),
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
        assert!(
            table(&[], &Column::DEFAULT)
                .ends_with("100.00    0.000000           0         0           total\n")
        );
    }

    #[test]
    fn columns() {
        let t =
            Totals { calls: 2, timed: 2, total_ns: 4_000, min_ns: 1_000, max_ns: 3_000, ..Totals::default() };
        let check = |columns: &str, expected: [&str; 2]| {
            let columns: Vec<_> = columns.split(',').map(|c| Column::from_name(c).unwrap()).collect();
            let text = table(&[("close", t)], &columns);
            let lines: Vec<_> = text.lines().collect();
            assert_eq!([lines[0], lines[2]], expected);
        };
        check("name,calls", ["syscall              calls", "close                    2"]);
        check("max-time,min_time,name", [" longest shortest syscall", "0.000003 0.000001 close"]);
        check("avg-time,name,errors", [" usecs/call syscall             errors", "          2 close"]);
        assert_eq!(Column::from_name("nonsense"), None);
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
