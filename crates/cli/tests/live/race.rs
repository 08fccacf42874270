//! A descriptor that another thread moves all the time: the name in a row is that of the file that was read, or none.

use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use crate::common::{command, run};

static READ: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"pread64\(500(?:<[^>]*/(.)>)?, "(.)", 1, 0\) += 1$"#).unwrap());

#[test]
fn a_name_is_that_of_the_file_that_was_read() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("race");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/race.c");
    let built = Command::new("cc").args(["-O1", "-pthread", "-o"]).arg(&program).arg(source).status();
    assert!(built.unwrap().success());
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
