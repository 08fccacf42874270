//! The classes hold what strace's classes of the same name hold.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use syscope_filter::TraceSet;
use syscope_syscalls::{ALL, by_name};

const OBSERVED: &str = include_str!("data/strace_classes.txt");

fn observed() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    OBSERVED.lines().filter(|l| !l.starts_with('#')).filter_map(|line| {
        let (class, names) = line.split_once(": ")?;
        Some((class, names.split(' ').collect()))
    })
}

#[test]
fn classes_agree_with_strace() {
    let known: Vec<&str> = observed().find(|(class, _)| *class == "all").unwrap().1;
    let mut differences = Vec::new();
    let mut classes = 0;
    for (class, names) in observed().filter(|(class, _)| *class != "all") {
        classes += 1;
        let set = TraceSet::parse(&format!("%{class}")).unwrap();
        for name in known.iter().filter(|n| by_name(n).is_some()) {
            match (set.contains(name), names.contains(name)) {
                (true, false) => differences.push(format!("%{class} should not hold {name}")),
                (false, true) => differences.push(format!("%{class} should hold {name}")),
                _ => {}
            }
        }
    }
    assert_eq!(differences, [""; 0]);
    assert_eq!(classes, 17);
}

/// Calls that the observed strace does not know: their classes follow from their roles.
#[test]
fn newer_calls_have_classes_too() {
    let check = |class: &str, name: &str, expected: bool| {
        let set = TraceSet::parse(class).unwrap();
        if by_name(name).is_some() {
            assert_eq!(set.contains(name), expected, "{class} and {name}");
        }
    };
    check("%file", "fchmodat2", true);
    check("%desc", "fchmodat2", true);
    check("%file", "setxattrat", true);
    check("%desc", "cachestat", true);
    check("%file", "cachestat", false);
    check("%memory", "map_shadow_stack", true);
    check("%desc", "map_shadow_stack", false);
    check("%file", "futex_wait", false);
}

#[test]
fn every_call_is_in_all_and_none_in_none() {
    let (all, none) = (TraceSet::parse("%all").unwrap(), TraceSet::parse("%none").unwrap());
    assert!(ALL.iter().all(|s| all.contains(s.name) && !none.contains(s.name)));
}
