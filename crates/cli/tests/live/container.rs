//! Inside a container: numbers and names are those of its user.

use std::fs;
use std::process::Command;

use crate::common::{SYSCOPE, run};

/// In a container processes have other numbers than on the host.
#[test]
fn numbers_are_those_of_our_own_namespace() {
    live!();
    let script = "
set -e
\"$0\" -q -- sh -c 'test -e /of-the-command; :'
(exec sleep 60) & sleeper=$!
(while test -e \"/proc/$sleeper\"; do test -e /attached || :; sleep 0.02; done) & ticking=$!
\"$0\" -q --limit 60 -p $ticking
\"$0\" -q --all --limit 500 -o \"$1\"
kill $sleeper
";
    let dir = tempfile::tempdir().unwrap();
    let rows = dir.path().join("rows");
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "--propagation", "unchanged", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    let done = run(shell.args(["sh", "-c", script, SYSCOPE]).arg(&rows), b"");
    let err = done.err();
    assert!(err.contains("/of-the-command") && err.contains("/attached"), "{:?}\n{err}", done.status);
    // It does not trace itself either.
    let rows = fs::read_to_string(rows).unwrap();
    assert!(!rows.is_empty() && !rows.contains("rows>"), "{rows}");
}

/// Names begin where ours do: in a chroot that we share they need no hint at it.
#[test]
fn names_are_those_of_our_own_root() {
    live!();
    let script = "
set -e
mount --bind / \"$1\"
mount -t proc proc \"$1/proc\"
mount -t sysfs sysfs \"$1/sys\"
chroot \"$1\" \"$0\" -q -e openat -- cat /etc/passwd
\"$0\" -q -e openat -- chroot \"$1\" cat /etc/group
";
    // Whatever happens to it: something is mounted here, so nothing may remove it with its content.
    let dir = tempfile::tempdir().unwrap().keep();
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "--propagation", "private", "sh", "-c", script, SYSCOPE]).arg(&dir);
    let done = run(&mut shell, b"");
    let err = done.err();
    fs::remove_dir(&dir).unwrap();
    if err.starts_with("unshare:") {
        eprintln!("skipped: no mounts of our own: {err}");
        return;
    }
    let group = format!("</etc/group>(root={})", dir.display());
    assert!(err.contains("</etc/passwd>\n") && err.contains(&group), "{:?}\n{err}", done.status);
}
