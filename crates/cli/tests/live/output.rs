//! Where the output goes, and what is kept of it when it cannot be written.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::common::{Beside, Done, SYSCOPE, Tracer, command, run, syscope, to_file};
use crate::text;

/// Entries of a folder, sorted.
fn entries(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a script in which `$0` is syscope and `$1` a folder.
fn script(text: &str, dir: &Path) -> Done {
    run(Command::new("sh").args(["-c", text, SYSCOPE]).arg(dir), b"")
}

/// Some thousand rows.
const MANY: &str = "dd bs=1 count=3000 if=/dev/zero of=/dev/null status=none";

#[test]
fn a_full_disk_leaves_what_was_written() {
    live!();
    // The last row of what is kept is whole; the message has its name; the command's own status comes first.
    let dir = tempfile::tempdir().unwrap();
    let in_a_small_place = format!(
        "set -e; small=\"$1/small\"; mkdir \"$small\"; mount -t tmpfs -o size=128k tmpfs \"$small\"
        \"$0\" -o \"$small/out\" -- sh -c '{MANY}; exit 3' || echo \"status $?\"
        ls -A \"$small\"; tail -n 1 \"$small/out.partial\"; cp \"$small/out.partial\" \"$1/part\""
    );
    let mut shell = Command::new("unshare");
    shell
        .args(["--mount", "--propagation", "private", "sh", "-c", &in_a_small_place, SYSCOPE])
        .arg(dir.path());
    let done = run(&mut shell, b"");
    if done.err().starts_with("unshare:") {
        eprintln!("skipped: no mounts of our own: {}", done.err());
        return;
    }
    let (out, err) = (done.out(), done.err());
    let lines: Vec<_> = out.lines().collect();
    let [status, name, last] = lines[..] else { panic!("{out}\n{err}") };
    assert_eq!((status, name), ("status 3", "out.partial"), "{err}");
    assert!(text::calls(last).len() == 1, "{last}");
    assert!(err.contains("No space left on device") && err.contains("out.partial"), "{err}");
    assert!(!err.contains("complete"), "{err}");
    let part = fs::read_to_string(dir.path().join("part")).unwrap();
    assert!(part.ends_with('\n') && text::calls(&part).len() > 100, "{}", part.len());
}

#[test]
fn a_limit_of_file_sizes_is_an_error_and_no_end() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let done = script(&format!("ulimit -f 64; exec \"$0\" -o \"$1/out\" -- {MANY}"), dir.path());
    assert_eq!(done.code(), 125, "{}", done.err());
    assert!(done.err().contains("File too large"), "{}", done.err());
    assert_eq!(entries(dir.path()), ["out.partial"]);
    // To the command it is what it was.
    let limited =
        "ulimit -f 1; \"$0\" -q -o /dev/null -- dd if=/dev/zero bs=4096 count=9 of=\"$1/big\" status=none";
    let done = script(limited, dir.path());
    assert_eq!(done.code(), 128 + 25, "{}", done.err());
}

#[test]
fn nothing_is_left_of_a_killed_run() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let (out, mark) = (dir.path().join("out"), dir.path().join("mark"));
    let target = Beside::ticking(&mark);
    let pid = target.pid().to_string();
    let mut tracer = Tracer::spawn(["-p", &pid, "-o", out.to_str().unwrap()]);
    // A second tracer sees rows: by then the first one has its file.
    let mut other = Tracer::spawn(["-p", &pid]);
    other.wait_for(|l| l.contains("mark"));
    tracer.signal(Signal::KILL);
    tracer.status();
    assert_eq!(entries(dir.path()), Vec::<String>::new());
}

#[test]
fn a_device_that_is_full() {
    live!();
    let done = syscope(["-o", "/dev/full", "--", "true"]);
    assert_eq!(done.code(), 125, "{}", done.err());
    assert!(done.err().contains("No space left on device"), "{}", done.err());
    assert_eq!(syscope(["-o", "/dev/full", "--", "false"]).code(), 1);
    assert_eq!(syscope(["--strict", "-o", "/dev/full", "--", "true"]).code(), 124);
}

#[test]
fn a_command_can_read_it() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("copy");
    // It is waited for, however long it takes.
    let target = format!("|sleep 0.3; cat >'{}'", out.display());
    let done = syscope(["-o", &target, "--", "sh", "-c", "exit 4"]);
    assert_eq!(done.code(), 4, "{}", done.err());
    let copy = fs::read_to_string(&out).unwrap();
    assert!(copy.contains("execve(") && copy.contains("+++ exited with 4 +++"), "{copy}");
    // One that has seen enough is no failure; one that cannot be found says so itself.
    let done = syscope(["-q", "-o", "|head -n 1", "--", "sh", "-c", MANY]).ok();
    assert_eq!((done.out().lines().count(), done.err()), (1, String::new()));
    assert!(syscope(["-o", "!no-such-program", "--", "true"]).ok().err().contains("no-such-program"));
}

#[test]
fn a_command_that_does_not_end_can_be_left() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let ready = dir.path().join("ready");
    let target = format!("|cat >'{}'; exec sleep 1000", ready.display());
    let mut tracer = Tracer::spawn(["-o", &target, "--", "true"]);
    let sleeper = loop {
        let children = crate::common::children_of(&tracer.pid().to_string());
        let sleeps = |pid: &&String| crate::common::proc_file(pid, "comm") == "sleep\n";
        if let Some(pid) = children.iter().find(sleeps) {
            break pid.clone();
        }
        std::thread::yield_now();
    };
    tracer.signal(Signal::TERM);
    let status = tracer.status();
    crate::common::send(&sleeper, Signal::KILL);
    assert_eq!(status.code(), Some(0));
}

/// What a terminal sends goes to everyone in front of it.
#[test]
fn a_reader_outlives_an_interrupt() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy");
    let target = format!("|cat >'{}'", copy.display());
    let mut cmd = command(["-o", &target, "--", "sleep", "1000"]);
    let mut tracer = Beside::spawn(cmd.process_group(0).stdin(Stdio::null()).stderr(Stdio::null()));
    let own = tracer.pid().to_string();
    let is_asleep = |pid: &String| crate::common::proc_file(pid, "syscall").starts_with("230 ");
    while !crate::common::children_of(&own).iter().any(is_asleep) {
        std::thread::yield_now();
    }
    let group = Pid::from_raw(own.parse().unwrap()).unwrap();
    kill_process_group(group, Signal::INT).unwrap();
    assert_eq!(tracer.child().wait().unwrap().code(), Some(130));
    let copy = fs::read_to_string(copy).unwrap();
    assert!(copy.ends_with("+++ killed by SIGINT +++\n"), "{copy}");
}

#[test]
fn appended_rows_are_behind_what_there_was() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for name in ["first", "second"] {
        let mut cmd = command(["-q", "-e", "trace=execve", "-A", "-o"]);
        run(cmd.arg(&out).args(["--", "sh", "-c", ":", name]), b"").ok();
    }
    let calls = text::calls(&fs::read_to_string(&out).unwrap());
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[0].args.contains("first") && calls[1].args.contains("second"), "{calls:?}");
    let done = syscope(["-A", "--format", "csv", "-o", out.to_str().unwrap(), "--", "true"]);
    assert_eq!(done.code(), 2, "{}", done.err());
    assert_eq!(syscope(["-A", "--", "true"]).code(), 2);
}

#[test]
fn the_table_follows_the_rows() {
    live!();
    let (done, bytes) = to_file(["-C", "-e", "trace=openat", "--", "cat", "/etc/passwd"]);
    let text = String::from_utf8(bytes).unwrap();
    assert!(!done.ok().err().contains("% time"));
    let table = text.find("% time").unwrap_or_else(|| panic!("no table\n{text}"));
    assert!(!text::calls(&text[..table]).is_empty() && text.ends_with(" total\n"), "{text}");
    assert_eq!(text::calls(&text[table..]), []);
    let (done, bytes) = to_file(["-c", "--", "true"]);
    assert!(!done.ok().err().contains("% time") && bytes.starts_with(b"% time"));
    // What programs read has no table in it.
    let (done, bytes) = to_file(["-C", "--format", "jsonl", "--", "true"]);
    assert!(done.ok().err().contains("% time") && !String::from_utf8(bytes).unwrap().contains("% time"));
}

#[test]
fn a_file_for_each_thread() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let mut cmd = command(["-q", "-ff", "-o"]);
    let program = "import os, threading\nt = threading.Thread(target=os.getppid)\nt.start()\nt.join()\n\
                   if os.fork() == 0: os._exit(3)\nos.wait()";
    run(cmd.arg(dir.path().join("out")).args(["--", "python3", "-c", program]), b"").ok();
    let mut ends = Vec::new();
    for name in entries(dir.path()) {
        let text = fs::read_to_string(dir.path().join(&name)).unwrap();
        name.strip_prefix("out.").and_then(|tid| tid.parse::<u32>().ok()).unwrap_or_else(|| panic!("{name}"));
        assert!(
            text.lines().all(|line| !line.starts_with(|c: char| c.is_ascii_digit() || c == '[')),
            "{text}"
        );
        ends.push(text.lines().last().unwrap().to_owned());
    }
    ends.sort();
    let ended = |code| format!("+++ exited with {code} +++");
    // A wrapper of python may have run other programs first.
    assert!(
        ends.len() >= 3 && ends.contains(&ended(3)) && ends.iter().all(|e| e.ends_with("+++")),
        "{ends:?}"
    );
    // Without -o it is -f.
    assert!(syscope(["-ff", "--", "true"]).ok().err().contains("execve("));
}

#[test]
fn a_file_of_a_thread_that_cannot_be_written() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    // Where the loader is told of many directories, the shell alone would be more than the limit.
    let program = format!(
        "unset LD_LIBRARY_PATH; ulimit -f 64; exec \"$0\" -ff -o \"$1/out\" -- sh -c '/bin/true; exec {MANY}'"
    );
    let done = script(&program, dir.path());
    assert_eq!(done.code(), 125, "{}", done.err());
    assert!(
        done.err().contains("File too large") && done.err().contains("out.TID.partial"),
        "{}",
        done.err()
    );
    let names = entries(dir.path());
    let [of_true, of_dd] = &names[..] else { panic!("{names:?}") };
    let (of_true, of_dd) = if of_true.ends_with(".partial") { (of_dd, of_true) } else { (of_true, of_dd) };
    assert!(!of_true.ends_with(".partial") && of_dd.ends_with(".partial"), "{names:?}");
    let part = fs::read_to_string(dir.path().join(of_dd)).unwrap();
    assert!(part.ends_with('\n') && text::calls(&part).len() > 100, "{}", part.len());
}

#[test]
fn looks_that_strace_has() {
    live!();
    let shown = |args: &[&str]| {
        let done = syscope([args, &["-q", "--", "sh", "-c", "cat /etc/hostname >/dev/null; :"]].concat());
        done.ok().err()
    };
    let line = |text: &str, what: &str| {
        text.lines().find(|l| l.contains(what)).unwrap_or_else(|| panic!("no {what} in\n{text}")).to_owned()
    };
    let text = shown(&["-n", "-Y", "-e", "trace=execve,openat"]);
    assert!(line(&text, "execve(\"/usr/bin/sh\"").starts_with("[  59] "), "{text}");
    let of_cat = line(&text, "\"/etc/hostname\", O_RDONLY");
    assert!(of_cat.contains("<cat>] [ 257] openat("), "{of_cat}");
    let text = shown(&["--syscall-times=ns", "--absolute-timestamps=unix,ns", "-e", "trace=openat"]);
    let row = line(&text, "openat(");
    let digits =
        |t: &str| t.split(['<', '>', ' ']).filter_map(|w| w.split_once('.')).map(|(_, d)| d.len()).max();
    assert_eq!(digits(row.rsplit_once('<').unwrap().1), Some(9), "{row}");
    let stamp =
        row.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()) && w.contains('.'));
    assert_eq!(stamp.map(str::len), Some(10 + 1 + 9), "{row}");
    assert!(shown(&["-e", "trace=none"]).contains("--- SIGCHLD"));
    for hidden in [["-e", "signal=none"], ["--signal", "!chld"], ["-e", "signal=!SIGCHLD"]] {
        assert!(!shown(&hidden).contains("--- SIGCHLD"), "{hidden:?}");
    }
    assert!(!shown(&["-e", "quiet=exit", "-e", "trace=none"]).contains("+++"));
    let failed = shown(&["-e", "status=failed"]);
    let is_failed = |c: &text::Call| c.ret.starts_with("-1 ");
    assert!(!text::calls(&failed).is_empty() && text::calls(&failed).iter().all(is_failed), "{failed}");
    let table = shown(&["-c", "-U", "name,calls,max-time"]);
    assert!(table.starts_with("syscall              calls  longest\n"), "{table}");
    assert_eq!(shown(&["-e", "trace=none", "-e", "signal=none", "-qq"]), "");
}

#[test]
fn closed_streams_are_no_failure() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    for closed in [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        let done = script(&format!("\"$0\" -o \"$1/out\" -- sh -c 'exit 5' {closed}"), dir.path());
        assert_eq!(done.code(), 5, "{closed}: {}", done.err());
        let rows = fs::read_to_string(dir.path().join("out")).unwrap();
        assert!(rows.ends_with("+++ exited with 5 +++\n"), "{closed}: {rows}");
    }
}

/// What nohup makes ignored stays so, for us and for the command.
#[test]
fn an_ignored_hangup_is_ignored() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let ready = dir.path().join("ready");
    let wait = format!("touch '{}'; while test -e '{0}'; do sleep 0.02; done; exit 6", ready.display());
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" -o \"$1/out\" -- sh -c \"$2\"", SYSCOPE]).arg(dir.path());
    let mut tracer = Beside::spawn(shell.arg(wait).stdout(Stdio::null()).stderr(Stdio::null()));
    while !ready.exists() {
        std::thread::yield_now();
    }
    crate::common::send(&tracer.pid().to_string(), Signal::HUP);
    fs::remove_file(&ready).unwrap();
    assert_eq!(tracer.child().wait().unwrap().code(), Some(6));
    assert!(fs::read_to_string(dir.path().join("out")).unwrap().ends_with("+++ exited with 6 +++\n"));
}
