//! `syscope selftest`: every scenario is seen as it says it must be.

use crate::common::syscope;

#[test]
fn every_scenario_passes() {
    live!();
    let done = syscope(["selftest"]);
    let told = done.out() + &done.err();
    assert_eq!(done.code(), 0, "{told}");
    let verdict = told.lines().last().unwrap_or_default();
    assert!(verdict.contains(" passed, 0 failed"), "{told}");
    // What is listed is what was run.
    let names = listed();
    assert!(names.len() >= 140, "{names:?}");
    let left_out: Vec<_> = names.iter().filter(|name| !told.contains(name.as_str())).collect();
    assert!(left_out.is_empty(), "never run: {left_out:?}\n{told}");
}

#[test]
fn one_scenario_says_what_it_checked() {
    live!();
    let done = syscope(["selftest", "posix-timer-lifecycle"]).ok();
    let told = done.out();
    assert!(told.contains("1 passed, 0 failed"), "{told}");
    for call in [
        "timer_create",
        "timer_settime",
        "timer_gettime",
        "timer_getoverrun",
        "timer_delete",
        "timerfd_create",
    ] {
        assert!(told.lines().any(|l| l.trim_start().starts_with(call)), "no word of {call}:\n{told}");
    }
}

#[test]
fn rows_for_programs() {
    live!();
    let done = syscope(["selftest", "--format", "jsonl", "open-basic", "pipe"]).ok();
    let rows: Vec<serde_json::Value> =
        done.out().lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect();
    assert!(rows.len() >= 2 && rows.iter().all(serde_json::Value::is_object), "{rows:?}");
}

#[test]
fn unknown_scenarios_are_named() {
    let done = syscope(["selftest", "no-such-scenario"]);
    assert_ne!(done.code(), 0);
    assert!(done.err().contains("no-such-scenario"), "{}", done.err());
}

/// The names that `--list` shows: the first word of each line.
fn listed() -> Vec<String> {
    let done = syscope(["selftest", "--list"]).ok();
    done.out().lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}
