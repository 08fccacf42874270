//! The same programs under strace and under syscope: the same calls, the same lines.
//!
//! `make differential` does this with all of the corpus; here are the programs of it that need nothing but the plain
//! set-up. Corpus, normalising and reasons are in `differential/`.

use std::path::Path;

use syscope_differential::corpus::{self, PROGRAMS};
use syscope_differential::report::Report;

use crate::common::SYSCOPE;

/// Every call is counted alike, and no line differs without a reason.
///
/// Two runs of the same program differ by chance, too: in what depends on numbers of inodes, or on what else the machine
/// does. What syscope does wrong, it does wrong again in a second run.
#[track_caller]
fn check(name: &str) {
    if let Err(first) = compared(name)
        && let Err(second) = compared(name)
    {
        panic!("twice different\n{first}\n{second}");
    }
}

fn compared(name: &str) -> Result<(), String> {
    let program = corpus::find(name).unwrap();
    let traces = tempfile::tempdir().unwrap();
    let outcomes = syscope_differential::run(program, Path::new(SYSCOPE), traces.path(), false).unwrap();
    let report = Report { outcomes, failed: Vec::new() };
    for outcome in &report.outcomes {
        assert!(outcome.calls > 20, "{name} did next to nothing: {} calls", outcome.calls);
    }
    let mut lines = report.outcomes.iter().flat_map(|o| &o.found.differing);
    match report.missed().is_empty() && lines.all(|line| !line.why.is_empty()) {
        true => Ok(()),
        false => Err(report.text()),
    }
}

macro_rules! programs {
    ($($test:ident $name:literal,)*) => {
        $(
            #[test]
            fn $test() {
                live!();
                check($name);
            }
        )*

        #[test]
        fn all_that_the_corpus_has_for_tests_are_here() {
            let here = [$($name),*];
            let wanted: Vec<_> = PROGRAMS.iter().filter(|p| p.in_tests).map(|p| p.name).collect();
            assert_eq!(here[..], wanted);
        }
    };
}

programs! {
    ls "ls",
    tar "tar",
    tar_of_all_documentation "tar-doc",
    find_with_exec "find-exec",
    git_log "git-log",
    gcc "gcc",
    python "python",
    sqlite "sqlite",
    shell_pipeline "shell-pipeline",
}
