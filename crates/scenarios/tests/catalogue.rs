//! The list of what is to be proven against what there is: nothing on it is forgotten, and nothing is beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashSet;
use std::path::Path;

use syscope_scenarios::{ALL, by_name};

const CATALOGUE: &str = include_str!("data/catalogue.txt");

/// Section, name, and where it is.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    CATALOGUE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let (section, rest) = line.split_once(' ').unwrap_or_else(|| panic!("no name: {line}"));
        let (name, place) = rest.split_once(' ').unwrap_or((rest, ""));
        (section, name, place)
    })
}

/// What is wrong with the place of a name, if anything is.
fn wrong(name: &str, place: &str) -> Option<String> {
    let (kind, what) = place.split_once(' ').unwrap_or((place, ""));
    match kind {
        "" if by_name(name).is_none() => Some(format!("there is no scenario {name}")),
        "in" if by_name(what).is_none() => Some(format!("{name}: there is no scenario {what}")),
        "test" => {
            let (file, function) = what.split_once("::").unwrap_or((what, ""));
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../cli/tests/live/{file}.rs"));
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let there = text.contains(&format!("#[test]\nfn {function}() {{"));
            (!there).then(|| format!("{name}: there is no test {what}"))
        }
        "none" if what.len() < 10 => Some(format!("{name}: why not?")),
        "" | "in" | "none" => None,
        _ => Some(format!("{name}: what is {place:?}?")),
    }
}

#[test]
fn every_name_is_somewhere() {
    let found: Vec<String> = rows().filter_map(|(_, name, place)| wrong(name, place)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_scenario_is_on_the_list() {
    let listed: HashSet<&str> =
        rows().filter(|(_, _, place)| place.is_empty()).map(|(_, name, _)| name).collect();
    let missing: Vec<_> = ALL.iter().map(|s| s.name).filter(|name| !listed.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn names_are_unique_and_sections_known() {
    let mut seen = HashSet::new();
    for (section, name, _) in rows() {
        assert!(seen.insert(name), "{name} is there twice");
        let number: u32 = section.trim_end_matches('+').parse().unwrap_or_default();
        assert!((1..=12).contains(&number), "{section} {name}");
    }
}

#[test]
fn what_is_nowhere_is_found() {
    assert!(wrong("no-such-scenario", "").is_some());
    assert!(wrong("open-basic", "").is_none());
    assert!(wrong("x", "in no-such-scenario").is_some());
    assert!(wrong("x", "test run::no_such_test").is_some());
    assert!(wrong("x", "test run::exit_status_is_the_commands").is_none());
    assert!(wrong("x", "none").is_some());
    assert!(wrong("x", "somewhere").is_some());
}
