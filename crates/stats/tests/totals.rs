//! Totals of decoded calls.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../output/tests/common/records.rs"]
mod records;

use records::{Records, call};
use syscope_stats::{ByCall, Totals};

fn totals(records: &Records) -> Vec<(String, Totals)> {
    let mut by_call = ByCall::default();
    records.events(|event| by_call.add(event));
    by_call.rows().into_iter().map(|(name, totals)| (name.to_owned(), totals)).collect()
}

#[test]
fn calls_errors_times_and_bytes() {
    let read = |ret, took| call("read").args([3, 0x5000, 100]).ret(ret).took(took);
    let records = Records::new()
        .call(read(100, 3000))
        .call(read(-9, 1000))
        .call(read(50, 8000))
        .call(call("close").foreign(999).ret(-38).took(5))
        .call(call("exit_group"));
    let expected = [
        (
            "read",
            Totals {
                calls: 3,
                errors: 1,
                timed: 3,
                total_ns: 12_000,
                min_ns: 1000,
                max_ns: 8000,
                bytes: 150,
            },
        ),
        ("exit_group", Totals { calls: 1, ..Totals::default() }),
        (
            "syscall_0x3e7",
            Totals { calls: 1, errors: 1, timed: 1, total_ns: 5, min_ns: 5, max_ns: 5, bytes: 0 },
        ),
    ];
    assert_eq!(totals(&records), expected.map(|(name, t)| (name.to_owned(), t)));
    assert_eq!(totals(&records)[0].1.mean_ns(), 4000);
    assert_eq!(totals(&records)[1].1.mean_ns(), 0);
    assert!(totals(&Records::new()).is_empty());
}

/// A restart code is no error, and the call's time counts.
#[test]
fn interrupted_calls_did_not_fail() {
    let all = totals(&Records::new().call(call("pause").ret(-514).took(7)));
    assert_eq!((all[0].1.errors, all[0].1.total_ns), (0, 7));
}

#[test]
fn merging_is_adding() {
    let t = |calls, timed, total_ns, min_ns, max_ns| Totals {
        calls,
        timed,
        total_ns,
        min_ns,
        max_ns,
        ..Totals::default()
    };
    let check = |mut a: Totals, b: Totals, expected: Totals| {
        a.merge(&b);
        assert_eq!(a, expected);
    };
    check(t(1, 1, 5, 5, 5), t(2, 2, 11, 2, 9), t(3, 3, 16, 2, 9));
    // What has no time has no shortest one.
    check(t(1, 1, 5, 5, 5), t(1, 0, 0, 0, 0), t(2, 1, 5, 5, 5));
    check(t(1, 0, 0, 0, 0), t(1, 1, 5, 5, 5), t(2, 1, 5, 5, 5));
    check(Totals::default(), t(1, 1, 5, 5, 5), t(1, 1, 5, 5, 5));
    check(t(1, 1, 5, 5, 5), Totals::default(), t(1, 1, 5, 5, 5));
    check(t(1, 1, u64::MAX, 1, 1), t(1, 1, 1, 1, 1), t(2, 2, u64::MAX, 1, 1));
}
