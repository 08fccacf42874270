//! What is asked for is shown, and nothing else.

use std::fs;

use crate::common::{Done, command, run, syscope, to_file};
use crate::text::{calls, names};

/// What `ls -l` of the root folder calls under these filters.
#[track_caller]
fn shown(filters: &[&str]) -> Vec<String> {
    let (done, bytes) = to_file([filters, &["--", "ls", "-l", "/"]].concat());
    done.ok();
    names(&String::from_utf8(bytes).unwrap())
}

#[test]
fn by_name() {
    live!();
    assert_eq!(shown(&["-e", "trace=openat,close"]), ["close", "openat"]);
    assert_eq!(shown(&["-e", "openat"]), ["openat"]);
    assert_eq!(shown(&["-e", "trace=?no_such_call,openat"]), ["openat"]);
}

#[test]
fn by_class_expression_and_negation() {
    live!();
    let files = shown(&["-e", "trace=%file"]);
    assert!(files.contains(&"openat".into()) && !files.contains(&"close".into()), "{files:?}");
    let memory = shown(&["-e", "trace=%memory"]);
    assert!(memory.contains(&"mmap".into()) && !memory.contains(&"openat".into()), "{memory:?}");
    let all_but = shown(&["-e", "trace=!openat"]);
    assert!(!all_but.contains(&"openat".into()) && all_but.contains(&"close".into()), "{all_but:?}");
    let by_regex = shown(&["-e", "trace=/^m(map|protect)$"]);
    assert_eq!(by_regex, ["mmap", "mprotect"]);
}

#[test]
fn by_family_and_kind() {
    live!();
    let memory = shown(&["--family", "Memory"]);
    assert!(memory.contains(&"brk".into()) && !memory.contains(&"openat".into()), "{memory:?}");
    let opens = shown(&["--kind", "open"]);
    assert!(opens.contains(&"openat".into()) && !opens.contains(&"brk".into()), "{opens:?}");
}

#[test]
fn by_result() {
    live!();
    let ok = command_rows(&["-z"]);
    let failed = command_rows(&["-Z"]);
    assert!(!ok.is_empty() && ok.iter().all(|ret| !ret.starts_with("-1 E")), "{ok:?}");
    assert!(!failed.is_empty() && failed.iter().all(|ret| ret.starts_with("-1 E")), "{failed:?}");
}

/// Results of a command that has both kinds. Calls that never return have none.
fn command_rows(filters: &[&str]) -> Vec<String> {
    let (done, bytes) =
        to_file([filters, &["--", "sh", "-c", "test -e /nonexistent; test -e /etc/passwd"]].concat());
    done.ok();
    let text = String::from_utf8(bytes).unwrap();
    calls(&text).into_iter().map(|c| c.ret).filter(|ret| ret != "?").collect()
}

#[test]
fn by_path() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let wanted = dir.path().join("wanted");
    let path = wanted.to_str().unwrap();
    let script = "echo x >\"$1\"; echo y >\"$1.other\"; cat \"$1\" >/dev/null";
    let (done, bytes) = to_file(["-P", path, "--", "sh", "-c", script, "sh", path]);
    done.ok();
    let text = String::from_utf8(bytes).unwrap();
    let rows = calls(&text);
    let about: Vec<_> = rows.iter().map(|c| c.name.as_str()).collect();
    assert!(about.contains(&"openat") && about.contains(&"read"), "{about:?}");
    assert!(!text.contains("wanted.other"), "{text}");
    let elsewhere = |c: &&crate::text::Call| !format!("{}{}", c.args, c.ret).contains("wanted");
    assert_eq!(rows.iter().find(elsewhere), None);
}

/// Descriptors that are not arguments but in what arguments point at.
#[test]
fn by_path_of_what_is_waited_for() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let [wanted, other] = ["wanted", "other"].map(|name| dir.path().join(name));
    std::fs::write(&wanted, "").unwrap();
    std::fs::write(&other, "").unwrap();
    let script = "import select, sys\n\
                  wanted, other = open(sys.argv[1]), open(sys.argv[2])\n\
                  for file in wanted, other:\n\
                  \x20   poll = select.poll()\n\
                  \x20   poll.register(file)\n\
                  \x20   poll.poll(0)\n\
                  \x20   select.select([file], [], [], 0)\n";
    let [path, second] = [&wanted, &other].map(|path| path.to_str().unwrap());
    let options = ["-P", path, "-e", "trace=poll,select,pselect6"];
    let (done, bytes) = to_file([&options[..], &["--", "python3", "-c", script, path, second]].concat());
    done.ok();
    let text = String::from_utf8(bytes).unwrap();
    let rows = calls(&text);
    assert_eq!(rows.len(), 2, "{text}");
    assert!(rows.iter().all(|call| call.args.contains("/wanted>")), "{text}");
}

#[test]
fn by_latency() {
    live!();
    let done = syscope(["--min-latency", "50ms", "--", "sh", "-c", "sleep 0.2"]).ok();
    let slow = names(&done.err());
    assert!(slow.contains(&"clock_nanosleep".into()), "{slow:?}");
    assert!(!slow.contains(&"openat".into()) && !slow.contains(&"mmap".into()), "{slow:?}");
}

#[test]
fn by_name_of_the_task_and_user() {
    live!();
    let script = "cat /etc/hostname >/dev/null; ls /etc/passwd >/dev/null";
    let execs = |done: Done| {
        let err = done.ok().err();
        let opened: Vec<_> = calls(&err).into_iter().filter(|c| c.name == "openat").map(|c| c.args).collect();
        (opened.iter().any(|a| a.contains("/etc/hostname")), opened.len())
    };
    let (cat, _) = execs(syscope(["--comm", "cat", "--", "sh", "-c", script]));
    assert!(cat);
    let (cat, others) = execs(syscope(["--comm", "ls", "--", "sh", "-c", script]));
    assert!(!cat && others > 0);
    let (_, none) = execs(syscope(["--uid", "65534", "--", "sh", "-c", script]));
    assert_eq!(none, 0);
    let (cat, _) = execs(syscope(["--uid", "0", "--", "sh", "-c", script]));
    assert!(cat);
}

#[test]
fn filters_do_not_hide_losses_or_ends() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let done =
        run(command(["-e", "trace=exit_group", "-o"]).arg(&out).args(["--", "sh", "-c", "exit 4"]), b"");
    assert_eq!(done.code(), 4);
    assert!(done.err().contains("complete"), "{}", done.err());
    assert!(!fs::read_to_string(&out).unwrap().contains("execve("));
}

#[test]
fn a_condition_over_the_columns() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("wanted"), "12345").unwrap();
    let script = format!("cd {}; cat wanted missing; cat wanted", dir.path().display());
    let rows = |condition: &str| {
        let (done, bytes) =
            to_file(["--format", "jsonl", "--explain", "--where", condition, "--", "sh", "-c", &script]);
        let found: Vec<(String, Option<String>)> = String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(|line| {
                let row: serde_json::Value =
                    serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
                let text = |key: &str| row[key].as_str().map(str::to_owned);
                (text("syscall").unwrap(), text("file"))
            })
            .collect();
        (found, done.err())
    };
    let file = |name: &str| Some(dir.path().join(name).to_str().unwrap().to_owned());
    let (found, err) = rows("bytes = 5 AND direction = 'read' AND comm = 'cat'");
    assert_eq!(found, [("read".into(), file("wanted")), ("read".into(), file("wanted"))], "{err}");
    assert!(err.contains("decided in the kernel: comm = 'cat'"), "{err}");
    let (found, err) = rows("is_error AND file GLOB '*/missing'");
    assert_eq!(found, [("openat".into(), file("missing"))], "{err}");
    assert!(err.contains("failed calls only"), "{err}");
    let (found, err) = rows(
        "syscall IN ('openat', 'exit_group') AND NOT is_error AND file LIKE '%WANTED' OR ret IS NULL AND syscall = 'exit_group'",
    );
    assert_eq!(found.iter().filter(|(name, _)| name == "openat").count(), 2, "{err}");
    assert!(found.iter().filter(|(name, _)| name == "exit_group").count() >= 3, "{found:?}");
    assert!(err.contains("2 of 385 calls (exit_group, openat)"), "{err}");
}
