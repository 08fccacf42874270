//! The line that every run ends with: how many rows, and what is missing.

use std::fmt::Write;

use syscope_event::Summary;

/// One line without its end.
pub fn verdict(s: &Summary) -> String {
    line(s, s.rows, if s.rows == 1 { "row" } else { "rows" })
}

/// The same for calls that were counted in the kernel; `other`: how many of them under [other], of the `keys` that found
/// room.
pub fn count_verdict(s: &Summary, calls: u64, other: u64, keys: usize) -> String {
    let mut out = line(s, calls, if calls == 1 { "call counted" } else { "calls counted" });
    if other > 0 {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "; {} of them in [other], because there was room for {} different rows only",
            grouped(other),
            grouped(keys as u64)
        );
    }
    out
}

fn line(s: &Summary, n: u64, noun: &str) -> String {
    let mut out = String::from("syscope: ");
    let rows = grouped(n);
    // Writing to a string cannot fail.
    if s.complete() {
        let _ = write!(out, "{rows} {noun}, complete");
    } else {
        let _ = write!(out, "at least {rows} {noun}");
        let lost: u64 = s.lost_rows.iter().map(|(_, n)| n).sum();
        if lost > 0 {
            let _ = write!(out, ", lost {} ({})", grouped(lost), list(&s.lost_rows));
        }
        let mut also = |n: u64, what: &str| {
            if n > 0 {
                let _ = write!(out, ", {} {what}", grouped(n));
            }
        };
        also(s.lost_details, "names or strings missing in rows");
        also(s.lost_events, "fork, exec, exit or signal notices lost");
        also(s.lost_tasks, "tasks not followed");
        also(s.superseded, "calls changed while under way");
        also(s.skipped_runs, "runs of syscope's programs skipped by the kernel, host-wide");
        also(s.bad_records, "unreadable records");
        if s.cut_off {
            out.push_str(", the end is missing because the recording was not ended properly");
        }
        if s.abandoned {
            out.push_str(", the rest discarded on request");
        }
        for (is_so, what) in advice(s) {
            if is_so {
                out.push_str("; ");
                out.push_str(what);
            }
        }
    }
    let mut note = |n: u64, what: &str| {
        if n > 0 {
            let _ = write!(out, "; {} {what}", grouped(n));
        }
    };
    note(s.hidden, "hidden by filters");
    note(s.unfinished, "unfinished");
    note(s.without_entry, "exits without entry (answered by seccomp or another tracer)");
    sampling(s, &mut out);
    let began: u64 = s.began_before.iter().map(|(_, n)| n).sum();
    if began > 0 {
        let _ = write!(out, "; {} began before tracing ({})", grouped(began), list(&s.began_before));
    }
    out
}

/// Why something is missing, and what can be done.
fn advice(s: &Summary) -> [(bool, &'static str); 5] {
    let rings_were_full = !s.lost_rows.is_empty() || s.lost_details > 0 || s.lost_events > 0;
    [
        (rings_were_full, "rings were full: try a larger --ring-size, or fewer calls (-e)"),
        (s.lost_tasks > 0, "the kernel had no memory for these tasks, of which no call is seen: trace fewer"),
        (s.superseded > 0, "another tracer changed these calls, which have no row: end it and run again"),
        (
            s.skipped_runs > 0,
            "some of these runs may have been for calls that are missing: end other tracers",
        ),
        (s.bad_records > 0, "unreadable records are a bug of syscope: please report it"),
    ]
}

/// Of what the rows are a sample.
fn sampling(s: &Summary, out: &mut String) {
    if s.sampled.is_empty() && s.thinned.is_empty() {
        return;
    }
    let rate = |n: &u32| match n {
        0 => "none".to_owned(),
        n => format!("1 in {}", grouped(u64::from(*n))),
    };
    // Writing to a string cannot fail.
    if !s.thinned.is_empty() {
        #[allow(clippy::cast_precision_loss)]
        let from = |ns: &u64| *ns as f64 / 1e9;
        let steps: Vec<_> =
            s.thinned.iter().map(|(ns, n)| format!("{} from {:.2} s on", rate(n), from(ns))).collect();
        let _ = write!(
            out,
            "; tracing took more than --max-overhead, so of all calls {} has a row",
            steps.join(", ")
        );
    }
    if !s.sampled.is_empty() {
        let rates: Vec<_> = s.sampled.iter().map(|(name, n)| format!("{name} {}", rate(n))).collect();
        let _ = write!(out, "; sampled ({})", rates.join(", "));
    }
    let _ = write!(out, ": rows stand for {} of {} calls", grouped(s.stands_for), grouped(s.sampled_from));
}

/// The most frequent names with their counts.
fn list(counts: &[(String, u64)]) -> String {
    const SHOWN: usize = 5;
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), name));
    let mut parts: Vec<String> =
        sorted.iter().take(SHOWN).map(|(name, n)| format!("{name} {}", grouped(*n))).collect();
    if counts.len() > SHOWN {
        parts.push(format!("{} more calls", counts.len() - SHOWN));
    }
    parts.join(", ")
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_named() {
        let check = |s: Summary, expected: &str| assert_eq!(verdict(&s), expected);
        check(Summary { rows: 1234, ..Summary::default() }, "syscope: 1,234 rows, complete");
        check(Summary::default(), "syscope: 0 rows, complete");
        check(
            Summary {
                rows: 1,
                lost_rows: vec![("write".into(), 5), ("read".into(), 1200)],
                lost_events: 2,
                ..Summary::default()
            },
            "syscope: at least 1 row, lost 1,205 (read 1,200, write 5), 2 fork, exec, exit or signal notices lost; \
             rings were full: try a larger --ring-size, or fewer calls (-e)",
        );
        check(
            Summary { rows: 3, unfinished: 1, began_before: vec![("futex".into(), 1)], ..Summary::default() },
            "syscope: 3 rows, complete; 1 unfinished; 1 began before tracing (futex 1)",
        );
        check(
            Summary { rows: 1_000_000, bad_records: 1, abandoned: true, hidden: 1000, ..Summary::default() },
            "syscope: at least 1,000,000 rows, 1 unreadable records, the rest discarded on request; \
             unreadable records are a bug of syscope: please report it; 1,000 hidden by filters",
        );
    }

    /// What is to be done is said once for each cause.
    #[test]
    fn advice_is_given_once() {
        let s = Summary {
            lost_rows: vec![("read".into(), 1)],
            lost_details: 2,
            lost_events: 3,
            lost_tasks: 4,
            superseded: 5,
            skipped_runs: 6,
            bad_records: 7,
            ..Summary::default()
        };
        let text = verdict(&s);
        for what in
            ["--ring-size", "no memory", "another tracer changed", "end other tracers", "please report"]
        {
            assert_eq!(text.matches(what).count(), 1, "{what}: {text}");
        }
        let only = verdict(&Summary { lost_tasks: 1, ..Summary::default() });
        assert_eq!(
            only,
            "syscope: at least 0 rows, 1 tasks not followed; the kernel had no memory for these tasks, of which no call \
             is seen: trace fewer"
        );
    }

    /// Whatever keeps a run from being complete is said.
    #[test]
    fn no_loss_is_silent() {
        let lost = vec![("read".to_owned(), 7)];
        let all = [
            Summary { lost_rows: lost, ..Summary::default() },
            Summary { lost_details: 7, ..Summary::default() },
            Summary { lost_events: 7, ..Summary::default() },
            Summary { lost_tasks: 7, ..Summary::default() },
            Summary { skipped_runs: 7, ..Summary::default() },
            Summary { superseded: 7, ..Summary::default() },
            Summary { bad_records: 7, ..Summary::default() },
            Summary { rows: 7, cut_off: true, ..Summary::default() },
        ];
        for s in all {
            let text = verdict(&s);
            assert!(!s.complete() && text.starts_with("syscope: at least ") && text.contains('7'), "{text}");
            assert!(!text.contains("complete") && !text.contains('\n'), "{text}");
        }
    }

    #[test]
    fn samples_are_said() {
        let s = Summary {
            rows: 101,
            sampled: vec![("futex".into(), 0), ("read".into(), 10)],
            stands_for: 991,
            sampled_from: 1500,
            ..Summary::default()
        };
        assert_eq!(
            verdict(&s),
            "syscope: 101 rows, complete; sampled (futex none, read 1 in 10): rows stand for 991 of 1,500 calls"
        );
    }

    #[test]
    fn counted_calls() {
        let s = Summary { unfinished: 2, ..Summary::default() };
        assert_eq!(count_verdict(&s, 1, 0, 9), "syscope: 1 call counted, complete; 2 unfinished");
        let text = count_verdict(&Summary { lost_tasks: 3, ..Summary::default() }, 5000, 1200, 1024);
        assert!(text.starts_with("syscope: at least 5,000 calls counted, 3 tasks not followed"), "{text}");
        let other = "; 1,200 of them in [other], because there was room for 1,024 different rows only";
        assert!(text.ends_with(other), "{text}");
    }

    #[test]
    fn long_lists_are_cut() {
        let counts: Vec<(String, u64)> = (1..=8).map(|n| (format!("call{n}"), n)).collect();
        assert_eq!(list(&counts), "call8 8, call7 7, call6 6, call5 5, call4 4, 3 more calls");
    }
}
