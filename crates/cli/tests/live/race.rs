//! Descriptors under pressure: the name in a row is that of the file that was read, or none.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use crate::common::{command, run};

static READ: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"pread64\(500(?:<[^>]*/(.)>)?, "(.)", 1, 0\) += 1$"#).unwrap());

/// Compiles a program of this directory.
fn build(name: &str, into: &Path) {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/live/{name}.c"));
    let built = Command::new("cc").args(["-O1", "-pthread", "-o"]).arg(into.join(name)).arg(source).status();
    assert!(built.unwrap().success());
}

/// Another thread moves the descriptor all the time.
#[test]
fn a_name_is_that_of_the_file_that_was_read() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    build("race", dir.path());
    for mode in [&[][..], &["reopen"]] {
        let mut syscope = command(["-q", "-e", "trace=pread64", "-o", "out", "--", "./race"]);
        run(syscope.args(mode).current_dir(&dir), b"").ok();
        let text = std::fs::read_to_string(dir.path().join("out")).unwrap();
        let (mut right, mut unnamed, mut wrong) = (0, 0, 0);
        for read in text.lines().filter_map(|line| READ.captures(line)) {
            match read.get(1) {
                None => unnamed += 1,
                Some(name) if name.as_str() == &read[2] => right += 1,
                Some(_) => wrong += 1,
            }
        }
        assert_eq!(wrong, 0, "{mode:?}: {right} right, {unnamed} unnamed");
        // It is no cure to name nothing.
        assert!(right > 1000, "{mode:?}: {right} right, {unnamed} unnamed");
    }
}

/// More calls than there is room for: each one is a row or counted as lost, and no row has another one's name.
#[test]
fn names_are_right_while_rows_are_lost() {
    live!();
    let read = Regex::new(r#"pread64\(\d+(?:<[^>]*/(.)>)?, "(.)", 1, 0\) += 1$"#).unwrap();
    let check = |ring: &str, each: usize| {
        let dir = tempfile::tempdir().unwrap();
        build("flood", dir.path());
        let mut syscope = command(["-e", "trace=pread64", "--ring-size", ring, "-o", "out", "--", "./flood"]);
        let done = run(syscope.arg(each.to_string()).current_dir(&dir), b"").ok();
        let text = std::fs::read_to_string(dir.path().join("out")).unwrap();
        let (mut named, mut unnamed) = (0, 0);
        for read in text.lines().filter_map(|line| read.captures(line)) {
            match read.get(1) {
                None => unnamed += 1,
                Some(name) => {
                    assert_eq!(name.as_str(), &read[2], "{}", &read[0]);
                    named += 1;
                }
            }
        }
        let err = done.err();
        let verdict = err.lines().last().unwrap_or_default();
        let lost = Regex::new(r"lost ([\d,]+)").unwrap().captures(verdict);
        let lost: usize = lost.map_or(0, |c| c[1].replace(',', "").parse().unwrap());
        // The loader reads too, but before there is anything to lose.
        assert_eq!(named + unnamed + lost, 16 * each, "{verdict}");
        (named, unnamed, lost)
    };
    let (named, _, lost) = check("32M", 5_000);
    assert_eq!((named, lost), (16 * 5_000, 0));
    let (named, unnamed, lost) = check("4K", 50_000);
    assert!(named > 100 && lost > 1000, "{named} named, {unnamed} unnamed, {lost} lost");
}
