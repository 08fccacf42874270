//! Two recordings of real programs compared.

use std::path::Path;

use crate::common::{Done, command, run};

fn in_dir(dir: &Path, args: &[&str]) -> Done {
    run(command(args).current_dir(dir), b"")
}

/// A folder to be listed, and recordings of what lists it.
fn recorded(dir: &Path, runs: &[(&str, &[&str])]) {
    std::fs::create_dir(dir.join("d")).unwrap();
    for n in 0..20 {
        std::fs::write(dir.join("d").join(format!("f{n}")), "x").unwrap();
    }
    // The first run of a program finds less in the caches than those after it.
    run(std::process::Command::new("ls").args(["-l", "d"]).current_dir(dir), b"").ok();
    for (name, program) in runs {
        in_dir(dir, &[&["record", "-q", "-o", name, "--"], *program].concat()).ok();
    }
}

#[test]
fn the_same_again_is_no_change() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    recorded(dir, &[("a", &["ls", "-l", "d"]), ("b", &["ls", "-l", "d"])]);
    let done = in_dir(dir, &["diff", "a", "b", "--fail-on", "count +5%"]).ok();
    assert!(
        done.err().contains("0 appeared, 0 vanished; no significant change"),
        "{}\n{}",
        done.err(),
        done.out()
    );
    // Nothing but a heading.
    let csv = in_dir(dir, &["diff", "a", "b", "--by", "syscall", "--format", "csv"]).ok().out();
    assert!(csv.lines().all(|l| l.starts_with("by,") || l.contains(",bytes,")), "{csv}");
}

#[test]
fn added_calls_are_shown() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    recorded(dir, &[("a", &["ls", "d"]), ("b", &["ls", "-l", "d"])]);
    let done = in_dir(dir, &["diff", "a", "b", "--by", "syscall", "--format", "jsonl"]).ok();
    let rows: Vec<serde_json::Value> = done.out().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let count = |name: &str| {
        let row = rows.iter().find(|r| r["name"] == name && r["measure"] == "count");
        row.unwrap_or_else(|| panic!("no {name}: {rows:#?}")).clone()
    };
    // One for each file, which is too many to be chance.
    let statx = ["statx", "newfstatat", "lstat"].into_iter().find(|n| rows.iter().any(|r| r["name"] == *n));
    let statx = count(statx.expect("a call that asks for a file's size"));
    assert!(statx["second"].as_f64().unwrap() >= statx["first"].as_f64().unwrap() + 20.0, "{statx}");
    assert_eq!(statx["significant"], 1, "{statx}");
    assert!(done.err().contains("appeared") && !done.err().contains("no significant"), "{}", done.err());
    let table = in_dir(dir, &["diff", "a", "b"]).ok().out();
    assert!(table.contains("/d/f7") && table.contains("new"), "{table}");
    let failed = in_dir(dir, &["diff", "a", "b", "--fail-on", "count +10%"]);
    assert_eq!(failed.code(), 3, "{}", failed.err());
    assert!(failed.err().contains("--fail-on count +10%: all calls count:"), "{}", failed.err());
}

#[test]
fn mistakes_are_told() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    in_dir(dir, &["record", "-o", "r", "--", "true"]).ok();
    let check = |args: &[&str], code: i32, expected: &str| {
        let done = in_dir(dir, &[&["diff"], args].concat());
        assert_eq!((done.code(), done.err().contains(expected)), (code, true), "{args:?}: {}", done.err());
    };
    check(&["r"], 2, "SECOND");
    check(&["r", "r", "--fail-on", "latency"], 2, "is no rule");
    check(&["r", "r", "--by", "x"], 2, "is no column");
    check(&["r", "r", "--confidence", "200"], 2, "percentages");
    check(&["r", "none"], 1, "No such file");
    // Nothing on either side is no difference.
    check(&["r", "r", "-e", "nanosleep"], 0, "0 appeared, 0 vanished; no significant change");
}
