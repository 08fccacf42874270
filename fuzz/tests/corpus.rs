//! Every target over the inputs that are kept: seeds, and whatever once broke one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use syscope_fuzz::TARGETS;

fn inputs(folder: &str, target: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target);
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

#[test]
fn inputs_that_are_kept() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let seeds = inputs("corpus", name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for path in seeds.into_iter().chain(inputs("findings", name)) {
            let data = fs::read(&path).expect("a readable file");
            if catch_unwind(AssertUnwindSafe(|| target(&data))).is_err() {
                broken.push(path);
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A seed that was cut anywhere is input like any other.
#[test]
fn cut_seeds() {
    for (name, target) in TARGETS {
        for path in inputs("corpus", name) {
            let data = fs::read(&path).expect("a readable file");
            for end in (0..data.len()).step_by(1 + data.len() / 16) {
                target(&data[..end]);
            }
        }
    }
}
