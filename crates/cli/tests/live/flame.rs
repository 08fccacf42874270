//! Flame graphs of recordings of real programs.

use std::path::Path;

use crate::common::{Done, command, run};

fn in_dir(dir: &Path, args: &[&str]) -> Done {
    run(command(args).current_dir(dir), b"")
}

#[test]
fn a_recording_is_drawn() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("a;b <script> 7"), "12345").unwrap();
    in_dir(dir, &["record", "-o", "r", "--", "sh", "-c", "cat 'a;b <script> 7' /etc/passwd >/dev/null"]).ok();
    in_dir(dir, &["record", "-o", "s", "--", "cat", "/etc/passwd"]).ok();
    let rows = in_dir(dir, &["jsonl", "r", "-q"]).ok().out().lines().count();
    let stacks = in_dir(dir, &["flame", "r", "--folded", "-q"]).ok().out();
    let sum = |text: &str| -> u64 {
        text.lines().map(|l| l.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
    };
    assert_eq!(sum(&stacks), rows as u64, "{stacks}");
    assert!(stacks.contains("cat;read;") && stacks.contains("/a\\x3bb <script>\\x207 "), "{stacks}");
    let args = ["flame", "r", "--folded", "-q", "--frames", "file", "--split", "--weight", "bytes"];
    let bytes = in_dir(dir, &[&args[..], &["--where", "file GLOB '*script*' AND syscall = 'read'"]].concat());
    let bytes = bytes.ok().out();
    assert_eq!((bytes.lines().count(), sum(&bytes)), (1, 5), "{bytes}");
    assert!(bytes.starts_with("/;tmp/;"), "{bytes}");

    let said = in_dir(dir, &["flame", "r", "-o", "r.svg"]).ok().err();
    assert!(said.contains("rows, complete"), "{said}");
    let picture = std::fs::read_to_string(dir.join("r.svg")).unwrap();
    assert!(picture.ends_with("</svg>") && picture.contains("&lt;script"), "{picture}");
    let both = in_dir(dir, &["flame", "r", "s", "--folded", "-q"]).ok().out();
    let only_first = both.lines().find(|l| l.starts_with("sh;execve;")).unwrap();
    assert!(only_first.ends_with(" 1 0"), "{both}");
    let picture = in_dir(dir, &["flame", "r", "s", "-q"]).ok().out();
    assert!(picture.contains("<title>cat ("), "{picture}");
}

#[test]
fn mistakes_are_told() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    in_dir(dir, &["record", "-o", "r", "--", "true"]).ok();
    let check = |args: &[&str], code: i32, expected: &str| {
        let done = in_dir(dir, &[&["flame"], args].concat());
        assert_eq!((done.code(), done.err().contains(expected)), (code, true), "{args:?}: {}", done.err());
    };
    check(&[], 2, "DIR");
    check(&["r", "--frames", "nothing"], 2, "is no column");
    check(&["r", "--weight", "size"], 2, "there are count, time");
    check(&["r", "--sample", "read=2"], 2, "--sample");
    check(&["none", "-o", "x.svg"], 1, "No such file");
    check(&["r", "-e", "nanosleep", "-o", "x.svg"], 1, "nothing to draw");
    check(&["r", "-o", "none/x.svg"], 1, "none/x.svg");
    assert!(!dir.join("x.svg").exists());
}
