//! Every workload makes its calls as it should when nobody looks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unsafe_code)]

use std::path::Path;
use std::process::{Command, Stdio};

use syscope_scenarios::{ALL, Expectations, StepError, preopen, run_workload};

/// Names of the environment that make `workload` below a process of one scenario.
const NAME: &str = "SYSCOPE_SCENARIO";
const DIR: &str = "SYSCOPE_SCENARIO_DIR";

/// Not a test but the process that the other one starts: without the environment it does nothing.
#[test]
fn workload() {
    let (Ok(name), Some(dir)) = (std::env::var(NAME), std::env::var_os(DIR)) else { return };
    // The threads of the test would take the workload's signals: a child has none but its own.
    // SAFETY: the child has all it needs on its own; threads that held locks at this moment are none of ours.
    match unsafe { libc::fork() } {
        0 => {
            let result = match run_workload(&name, Path::new(&dir)) {
                Ok(()) => "ok".into(),
                Err(StepError::NotApplicable(why)) => format!("not applicable: {why}"),
                Err(error) => format!("failed: {error}"),
            };
            let _ = std::fs::write(Path::new(&dir).join("result"), result);
            // SAFETY: ends this process, whose files are written.
            unsafe { libc::_exit(0) }
        }
        child => {
            let mut status = 0;
            // SAFETY: a child of ours, and a place for its status.
            unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!(status, 0);
        }
    }
}

#[test]
fn every_workload_runs_untraced() {
    let mut failed = Vec::new();
    for scenario in ALL {
        let dir = tempfile::tempdir().unwrap();
        let _kept = preopen(scenario.name, dir.path()).unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "workload"])
            .env(NAME, scenario.name)
            .env(DIR, dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        let result = std::fs::read_to_string(dir.path().join("result")).unwrap_or_default();
        if let Some(why) = result.strip_prefix("not applicable: ") {
            eprintln!("{}: not applicable: {why}", scenario.name);
        } else if result != "ok" {
            failed.push(format!("{}: {status}, {result}", scenario.name));
        } else if Expectations::load(dir.path()).unwrap().rows.is_empty() {
            failed.push(format!("{}: states nothing", scenario.name));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
