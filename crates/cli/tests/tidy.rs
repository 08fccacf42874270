//! The rules of the house that no compiler checks: which crate may use which, and what no file may contain.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates of ours that each crate may use. Arrows go one way; ARCHITECTURE.md says why.
const ARROWS: &[(&str, &[&str])] = &[
    ("syscope-wire", &[]),
    ("syscope-syscalls", &[]),
    ("syscope-event", &["syscope-wire", "syscope-syscalls"]),
    ("syscope-filter", &["syscope-wire", "syscope-syscalls", "syscope-event"]),
    ("syscope-stats", &["syscope-wire", "syscope-syscalls", "syscope-event"]),
    ("syscope-output", &["syscope-wire", "syscope-syscalls", "syscope-event", "syscope-stats"]),
    ("syscope-record", &["syscope-wire", "syscope-event"]),
    ("syscope-query", &["syscope-record", "syscope-stats"]),
    ("syscope-scenarios", &["syscope-wire", "syscope-syscalls", "syscope-event"]),
    ("syscope-kernel", &["syscope-wire", "syscope-syscalls"]),
    (
        "syscope-cli",
        &[
            "syscope-wire",
            "syscope-syscalls",
            "syscope-event",
            "syscope-filter",
            "syscope-stats",
            "syscope-output",
            "syscope-query",
            "syscope-record",
            "syscope-scenarios",
            "syscope-kernel",
            "syscope-differential",
        ],
    ),
    // Tests of cli use it; it uses nothing of ours.
    ("syscope-differential", &[]),
    ("syscope-bench", &["syscope-kernel"]),
    (
        "syscope-fuzz",
        &[
            "syscope-wire",
            "syscope-syscalls",
            "syscope-event",
            "syscope-filter",
            "syscope-stats",
            "syscope-output",
        ],
    ),
];

/// Foreign crates that only some of ours may use.
const RESERVED: &[(&str, &[&str])] = &[
    ("libbpf-rs", &["syscope-kernel"]),
    ("libbpf-sys", &["syscope-kernel"]),
    ("libbpf-cargo", &["syscope-kernel"]),
    ("clap", &["syscope-cli"]),
    ("parquet", &["syscope-record"]),
    ("rusqlite", &["syscope-query"]),
    ("inferno", &["syscope-output"]),
    ("prost", &["syscope-output"]),
];

/// Folders whose code may be unsafe.
const UNSAFE: &[&str] = &["crates/kernel/", "crates/scenarios/", "crates/query/src/table.rs"];

/// Crates that compute and touch nothing outside.
const NO_IO: &[&str] = &["crates/wire/src", "crates/syscalls/src", "crates/event/src", "crates/filter/src"];

const LONGEST: usize = 700;

/// Longer files, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace exists")
}

/// Every text file of the project with its path below the root. Build results, the lock file and licence texts aside.
fn files() -> Vec<(String, String)> {
    let root = root();
    let mut todo = vec![root.clone()];
    let mut out = Vec::new();
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(&dir).expect("a readable folder") {
            let entry = entry.expect("a readable folder");
            let name = entry.file_name().into_string().expect("names in UTF-8");
            let kind = entry.file_type().expect("a type");
            // In a linked work tree .git is a file.
            if name == ".git" {
                continue;
            }
            if kind.is_dir() {
                if !(dir == root && name == "target") {
                    todo.push(entry.path());
                }
            } else if kind.is_file() && name != "Cargo.lock" && !name.starts_with("LICENSE") {
                let path = entry.path();
                let short = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                if let Ok(text) = String::from_utf8(fs::read(&path).expect("a readable file")) {
                    out.push((short, text));
                }
            }
        }
    }
    out.sort();
    out
}

fn is_source(path: &str) -> bool {
    [".rs", ".c", ".h"].iter().any(|e| path.ends_with(e))
}

/// Fails with one line per finding.
fn assert_none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Lines in which `bad` finds something, as `path:line: text`.
fn lines_with(files: &[(String, String)], bad: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for (n, line) in text.lines().enumerate() {
            if bad(path, line) {
                found.push(format!("{path}:{}: {}", n + 1, line.trim()));
            }
        }
    }
    found
}

/// What stands before a line comment. Good enough: no rule here looks for something that could follow `//` in a string.
fn code_of(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
}

#[test]
fn arrows_go_one_way() {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let meta: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in meta["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap().to_owned();
        let deps = package["dependencies"].as_array().unwrap();
        // What only tests use is no part of what is built.
        let deps = deps.iter().filter(|d| d["kind"] != "dev");
        used.insert(name, deps.map(|d| d["name"].as_str().unwrap().to_owned()).collect());
    }
    let mut found = Vec::new();
    for (name, deps) in &used {
        let Some((_, allowed)) = ARROWS.iter().find(|(n, _)| n == name) else {
            found.push(format!("{name} has no place in the map: add it to ARROWS and to ARCHITECTURE.md"));
            continue;
        };
        for dep in deps {
            if used.contains_key(dep) && !allowed.contains(&dep.as_str()) {
                found.push(format!("{name} uses {dep}"));
            }
            if let Some((_, only)) = RESERVED.iter().find(|(n, _)| n == dep)
                && !only.contains(&name.as_str())
            {
                found.push(format!("{name} uses {dep}, which is for {}", only.join(", ")));
            }
        }
    }
    assert_none("a crate uses what it must not know", found);
}

#[test]
fn unsafe_code_stays_where_it_belongs() {
    let found = lines_with(&files(), |path, line| {
        path.ends_with(".rs")
            && !UNSAFE.iter().any(|p| path.starts_with(p))
            && path != "crates/cli/tests/tidy.rs"
            && has_word(code_of(line), "unsafe")
    });
    assert_none("unsafe code where it has no place", found);
}

#[test]
fn pure_crates_do_no_io() {
    let found = lines_with(&files(), |path, line| {
        NO_IO.iter().any(|p| path.starts_with(p))
            && ["std::fs", "std::process", "std::thread", "std::env", "println!", "eprintln!"]
                .iter()
                .any(|w| code_of(line).contains(w))
    });
    assert_none("I/O in a crate that only computes", found);
}

#[test]
fn files_are_short() {
    let files = files();
    let mut found = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| is_source(path)) {
        let lines = text.lines().count();
        let listed = LONG_FILES.iter().any(|(long, _)| long == path);
        if lines > LONGEST && !listed {
            found.push(format!("{path}: {lines} lines; split it, or give its reason in LONG_FILES"));
        }
        if lines <= LONGEST && listed {
            found.push(format!("{path}: {lines} lines; it needs no place in LONG_FILES any more"));
        }
    }
    for (long, _) in LONG_FILES {
        if !files.iter().any(|(path, _)| path == long) {
            found.push(format!("{long} is in LONG_FILES but does not exist"));
        }
    }
    assert_none("long files", found);
}

#[test]
fn nothing_is_left_open() {
    let needles = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
    ];
    let found = lines_with(&files(), |path, line| {
        is_source(path) && needles.iter().any(|needle| line.contains(needle))
    });
    assert_none("left open", found);
}

#[test]
fn every_module_says_what_it_is_for() {
    let headless = files()
        .into_iter()
        .filter(|(path, text)| path.ends_with(".rs") && !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert_none("no //! header in the first line", headless);
}

#[test]
fn kernel_half_names_its_licence() {
    let bare = files()
        .into_iter()
        .filter(|(path, text)| {
            path.starts_with("bpf/")
                && is_source(path)
                && !text
                    .lines()
                    .next()
                    .is_some_and(|l| l.contains("SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause"))
        })
        .map(|(path, _)| path)
        .collect();
    assert_none("no SPDX line", bare);
}

#[test]
fn no_path_of_one_machine() {
    let needles = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/home", "/")];
    let found = lines_with(&files(), |_, line| {
        needles.iter().any(|needle| {
            line.match_indices(needle).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric()))
        })
    });
    assert_none("a path that only one machine has", found);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = root();
    let mut found = Vec::new();
    for (path, text) in files().iter().filter(|(path, _)| path.ends_with(".md")) {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !root.join(path).parent().unwrap().join(target).exists() {
                found.push(format!("{path}: {target}"));
            }
        }
    }
    assert_none("dead links", found);
}
