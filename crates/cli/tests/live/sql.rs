//! SQL over recordings of real programs.

use std::path::Path;

use crate::common::{Done, command, run};
use crate::text;

fn in_dir(dir: &Path, args: &[&str], stdin: &[u8]) -> Done {
    run(command(args).current_dir(dir), stdin)
}

#[test]
fn answers_are_those_of_the_lines() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let program = "cat /etc/passwd /etc/group >/dev/null; test -e /nonexistent; cat /etc/hostname >/dev/null";
    in_dir(dir, &["record", "-o", "r", "--", "sh", "-c", program], b"").ok();
    let calls = text::calls(&in_dir(dir, &["text", "r", "-q"], b"").ok().out());
    let ask = |args: &[&str]| in_dir(dir, &[&["sql", "r"], args].concat(), b"").ok().out();
    let query = "SELECT syscall, count(*) FROM events GROUP BY 1 ORDER BY 1";
    let counted = ask(&["--format", "csv", query]);
    let mut names: Vec<&str> = calls.iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    let expected: String =
        names.chunk_by(|a, b| a == b).map(|same| format!("{},{}\n", same[0], same.len())).collect();
    assert_eq!(counted, format!("syscall,count(*)\n{expected}"));
    // The same condition means the same everywhere.
    let condition = "bytes > 100 OR file GLOB '/etc/*' AND NOT is_error";
    let rows = in_dir(dir, &["jsonl", "r", "-q", "--where", condition], b"").ok().out().lines().count();
    let count = ask(&["--format", "jsonl", &format!("SELECT count(*) AS n FROM events WHERE {condition}")]);
    assert_eq!(count, format!("{{\"n\":{rows}}}\n"));
    assert!(rows > 5);

    std::fs::write(dir.join("query.sql"), "SELECT key FROM meta\nWHERE key = 'host'").unwrap();
    assert_eq!(ask(&["-f", "query.sql"]), "key\n----\nhost\n");
    let piped = in_dir(dir, &["sql", "r"], b"SELECT 1 AS one;").ok().out();
    assert_eq!(piped, "one\n---\n  1\n");
    assert!(ask(&["--named", "programs"]).contains("/passwd"));
    assert!(in_dir(dir, &["sql", "--list"], b"").ok().out().contains("slowest-files"));
}

#[test]
fn mistakes_are_told() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    in_dir(dir, &["record", "-o", "r", "--", "true"], b"").ok();
    let check = |args: &[&str], code: i32, expected: &str| {
        let done = in_dir(dir, &[&["sql"], args].concat(), b"");
        assert_eq!((done.code(), done.err().contains(expected)), (code, true), "{args:?}: {}", done.err());
    };
    check(&["r", "SELECT nothere FROM events"], 1, "no such column: nothere at line 1, column 8");
    check(&["r", "DROP TABLE events"], 1, "syscope: ");
    check(&["r", "ATTACH 'other.db' AS o"], 1, "only read");
    check(&["r", "--named", "none"], 1, "--list");
    check(&["r", "-f", "none.sql"], 1, "none.sql");
    check(&["none", "SELECT 1"], 1, "No such file");
    check(&[], 2, "DIR");
    assert!(!dir.join("other.db").exists());
}
