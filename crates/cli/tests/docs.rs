//! What is generated from the program is what the program generates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// What `syscope` prints.
fn printed(args: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_syscope")).args(args).output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn the_table_of_calls_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/syscalls.md");
    let current = printed(&["list", "--format", "markdown"]);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == current,
        "docs/syscalls.md is not current: UPDATE=1 cargo test -p syscope-cli --test docs"
    );
}

/// What docs/strace.md says is refused is refused.
#[test]
fn what_strace_has_and_syscope_has_not() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/strace.md");
    let text = fs::read_to_string(&path).unwrap();
    let (_, refused) = text.split_once("## Refused").unwrap();
    let options: Vec<&str> = refused
        .lines()
        .filter(|row| row.starts_with("| `"))
        .flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .collect();
    assert!(options.len() > 20, "{options:?}");
    for option in options {
        let out = Command::new(env!("CARGO_BIN_EXE_syscope"))
            .args(option.split(' '))
            .args(["--", "true"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(2), "{option}: {said}");
        assert!(said.contains(option.split(['=', ' ']).next().unwrap()), "{option}: {said}");
    }
}

/// Bash completes verbs as the first word, and options.
#[test]
fn bash_understands_its_completions() {
    let script = r#"
eval "$COMPLETIONS"
complete -p syscope >/dev/null
try() { COMP_WORDS=(syscope "$1"); COMP_CWORD=1; _syscope syscope "$1" syscope; echo "${COMPREPLY[*]}"; }
try self
try --min-l
try --output-sep
"#;
    let out = Command::new("bash")
        .args(["--norc", "-euc", script])
        .env("COMPLETIONS", printed(&["completions", "bash"]))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(
        words,
        "selftest\n--min-latency\n--output-separately\n",
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

/// roff has nothing to complain about, where there is one.
#[test]
fn the_manual_page_can_be_set() {
    let page = printed(&["man"]);
    let groff = Command::new("groff")
        .args(["-man", "-Tutf8", "-P-cbou", "-ww"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let Ok(mut groff) = groff else {
        eprintln!("skipped: no groff");
        return;
    };
    std::io::Write::write_all(&mut groff.stdin.take().unwrap(), page.as_bytes()).unwrap();
    let out = groff.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
    assert!(String::from_utf8_lossy(&out.stdout).contains("EXIT STATUS"));
}
