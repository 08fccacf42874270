//! Counted calls as a table, as lines for programs and as histograms.

mod hist;
mod machine;
mod table;

pub use hist::histogram;
pub use machine::{csv, csv_header, jsonl};
pub use table::{lines, table};

use syscope_stats::{Label, Table};

use crate::SortKey;
use crate::escape::escape_into;

/// Orders the rows.
pub fn sort(table: &mut Table, key: SortKey) {
    table.rows.sort_by(|(a, ac), (b, bc)| key.compare((&ac.totals, a), (&bc.totals, b)));
}

/// For people: escaped, with brackets around what is no name.
pub fn shown(label: &Label) -> String {
    let mut out = Vec::new();
    match label {
        Label::Text(text) => escape_into(text, &mut out),
        Label::Task(id, comm) => {
            out.extend_from_slice(id.to_string().as_bytes());
            if let Some(comm) = comm {
                out.push(b' ');
                escape_into(comm.as_bytes(), &mut out);
            }
        }
        Label::None => out.push(b'-'),
        Label::Unknown => out.extend_from_slice(b"[unknown]"),
        Label::Other => out.extend_from_slice(b"[other]"),
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `850ns`, `1.2us`, `35ms`, `2.0s`: two digits at least.
fn time(ns: u64) -> String {
    scaled(ns, 1000, &["ns", "us", "ms", "s"])
}

/// `512`, `1.5K`, `20M`.
fn size(bytes: u64) -> String {
    scaled(bytes, 1024, &["", "K", "M", "G", "T", "P"])
}

fn scaled(n: u64, step: u64, units: &[&str]) -> String {
    let mut scale = 1_u64;
    let mut unit = 0;
    while unit + 1 < units.len() && n / scale >= step {
        scale *= step;
        unit += 1;
    }
    let name = units[unit];
    let whole = n / scale;
    if scale == 1 || whole >= 10 {
        return format!("{whole}{name}");
    }
    format!("{whole}.{}{name}", n % scale * 10 / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let times = [0, 999, 1000, 1250, 9_999, 10_000, 999_999, 1_000_000, 1_500_000_000, 90_000_000_000];
        let expected = ["0ns", "999ns", "1.0us", "1.2us", "9.9us", "10us", "999us", "1.0ms", "1.5s", "90s"];
        assert_eq!(times.map(time), expected);
        assert_eq!([0, 1023, 1024, 1536, 20 << 20].map(size), ["0", "1023", "1.0K", "1.5K", "20M"]);
        assert_eq!(size(u64::MAX), "16383P");
    }

    #[test]
    fn labels_control_no_terminal() {
        assert_eq!(shown(&Label::Text(b"a\x1b[31mb\n".to_vec())), "a\\x1b[31mb\\x0a");
        assert_eq!(shown(&Label::Task(7, None)), "7");
        assert_eq!(
            [Label::None, Label::Unknown, Label::Other].map(|l| shown(&l)),
            ["-", "[unknown]", "[other]"]
        );
    }
}
