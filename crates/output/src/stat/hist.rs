//! Histograms for people: a line for each power of two.

use std::fmt::Write;

use syscope_stats::Histogram;

use super::time;

const BAR: u64 = 40;

/// The histogram under its title; nothing but that if it is empty.
pub fn histogram(title: &str, hist: &Histogram) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{title}: {} values", hist.count());
    let rows = by_power(hist);
    let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    for (log, n) in rows {
        let low = if log == 0 { 0 } else { 1_u64 << log };
        let filled =
            usize::try_from((u128::from(n) * u128::from(BAR)).div_ceil(u128::from(most))).unwrap_or(0);
        let _ = writeln!(
            out,
            "{:>7} - {:<7} {n:>10} |{:<40}|",
            time(low),
            time(1_u64 << (log + 1)),
            "#".repeat(filled)
        );
    }
    out
}

/// From the first power of two that has values to the last one, with empty ones in between.
fn by_power(hist: &Histogram) -> Vec<(u32, u64)> {
    let mut rows: Vec<(u32, u64)> = Vec::new();
    for (bucket, n) in hist.buckets() {
        let log = Histogram::bounds(bucket).0.checked_ilog2().unwrap_or(0);
        while let Some((last, _)) = rows.last()
            && *last < log
        {
            rows.push((last + 1, 0));
        }
        match rows.last_mut() {
            Some((_, sum)) => *sum = sum.saturating_add(n),
            None => rows.push((log, n)),
        }
    }
    rows
}

#[test]
fn a_line_for_each_power() {
    let mut hist = Histogram::default();
    for (value, times) in [(300, 10), (400, 10), (600, 5), (5000, 1)] {
        hist.add(value, times);
    }
    assert_eq!(
        histogram("read, latency", &hist),
        "\
read, latency: 26 values
  256ns - 512ns           20 |########################################|
  512ns - 1.0us            5 |##########                              |
  1.0us - 2.0us            0 |                                        |
  2.0us - 4.0us            0 |                                        |
  4.0us - 8.1us            1 |##                                      |
"
    );
    assert_eq!(histogram("x", &Histogram::default()), "x: 0 values\n");
    hist.add(0, 1);
    assert!(histogram("x", &hist).contains("    0ns - 2ns "));
}
