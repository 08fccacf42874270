//! `syscope -- CMD`: the command is what it would be untraced, and nothing of it is missed.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::process::{Command, Stdio};

use regex::Regex;
use rustix::process::Signal;

use crate::common::{Done, SYSCOPE, Tracer, children_of, command, proc_file, run, syscope, to_file};
use crate::text::{self, What};

/// Runs quietly and checks the exit status.
#[track_caller]
fn check_status(args: &[&str], expected: i32) -> Done {
    let done = syscope(args);
    assert_eq!(done.code(), expected, "{args:?}\n{}", done.err());
    done
}

#[test]
fn exit_status_is_the_commands() {
    live!();
    check_status(&["--", "true"], 0);
    check_status(&["--", "sh", "-c", "exit 7"], 7);
    check_status(&["sh", "-c", "exit 255"], 255);
    check_status(&["--", "sh", "-c", "kill -KILL $$"], 137);
    check_status(&["--", "sh", "-c", "kill -TERM $$"], 143);
    check_status(&["--strict", "--", "sh", "-c", "exit 3"], 3);
}

#[test]
fn what_cannot_be_run_is_said_as_shells_do() {
    live!();
    let done = check_status(&["--", "/nonexistent"], 127);
    assert!(done.err().contains("/nonexistent"), "{}", done.err());
    check_status(&["--", "no-such-program-anywhere"], 127);
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("plain");
    fs::write(&plain, "no program").unwrap();
    let plain = plain.to_str().unwrap();
    let done = check_status(&["--", plain], 126);
    assert!(done.err().contains(plain), "{}", done.err());
    check_status(&["--", dir.path().to_str().unwrap()], 126);
    // Executable, but nothing that the kernel can load.
    fs::set_permissions(plain, fs::Permissions::from_mode(0o755)).unwrap();
    check_status(&["--", plain], 126);
}

/// What our own process does after an execve that failed is not the command's.
#[test]
fn of_a_failed_start_only_the_execve_is_shown() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("plain");
    fs::write(&plain, "no program").unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o755)).unwrap();
    let (done, bytes) = to_file(["--", plain.to_str().unwrap()]);
    assert_eq!(done.code(), 126, "{}", done.err());
    let lines = text::parse(&String::from_utf8(bytes).unwrap());
    let [text::Line { what: What::Call(call), .. }] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((call.name.as_str(), call.ret.as_str()), ("execve", "-1 ENOEXEC (Exec format error)"));
    let err = done.err();
    assert!(err.contains("cannot run") && err.ends_with("syscope: 1 row, complete\n"), "{err}");
}

#[test]
fn wrong_usage_is_2() {
    check_status(&["--no-such-option"], 2);
    check_status(&["-e", "trace=no_such_call", "--", "true"], 2);
    check_status(&["--family", "Nonsense", "--", "true"], 2);
    check_status(&["--format", "nonsense", "--", "true"], 2);
    check_status(&["-p", "not-a-number"], 2);
    check_status(&["list", "--family", "Nonsense"], 2);
    check_status(&["selftest", "no-such-scenario"], 2);
}

#[test]
fn stdin_stdout_and_environment_are_the_commands() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("trace");
    let mut cmd = command(["-o"]);
    cmd.arg(&file).args(["--", "sh", "-c", "cat; echo \"$MARK\"; echo complaint >&2"]).env("MARK", "blue");
    let done = run(&mut cmd, b"from outside\n").ok();
    assert_eq!(done.out(), "from outside\nblue\n");
    assert!(done.err().starts_with("complaint\n"), "{}", done.err());
    assert!(!done.err().contains("execve("), "rows belong into the file: {}", done.err());
    assert!(fs::read_to_string(file).unwrap().contains("complaint"));
}

#[test]
fn first_row_is_the_execve_and_last_the_exit() {
    live!();
    let done = check_status(&["--", "sh", "-c", "exit 7"], 7);
    let lines = text::parse(&done.err());
    let What::Call(first) = &lines[0].what else { panic!("{lines:?}") };
    assert_eq!((first.name.as_str(), first.ret.as_str()), ("execve", "0"));
    assert!(first.args.contains(r#"["sh", "-c", "exit 7"]"#), "{}", first.args);
    let [.., before, last] = &lines[..] else { panic!("{lines:?}") };
    let What::Call(call) = &before.what else { panic!("{lines:?}") };
    assert_eq!((call.name.as_str(), call.args.as_str(), call.ret.as_str()), ("exit_group", "7", "?"));
    assert_eq!(last.what, What::Exit("+++ exited with 7 +++".into()));
}

#[test]
fn a_killed_command_is_said() {
    live!();
    let done = check_status(&["--", "sh", "-c", "kill -KILL $$"], 137);
    let killed = |l: &text::Line| l.what == What::Exit("+++ killed by SIGKILL +++".into());
    assert!(text::parse(&done.err()).iter().any(killed), "{}", done.err());
}

#[test]
fn children_are_followed() {
    live!();
    let done = check_status(&["--", "sh", "-c", "/bin/echo one | cat >/dev/null; (exit 5)"], 5);
    let lines = text::parse(&done.err());
    let execs: Vec<_> =
        text::calls(&done.err()).into_iter().filter(|c| c.name == "execve" && c.ret == "0").collect();
    assert_eq!(execs.len(), 3, "sh, echo, cat: {execs:?}");
    let exits = lines.iter().filter(|l| matches!(l.what, What::Exit(_))).count();
    assert_eq!(exits, 4, "sh, echo, cat and the subshell\n{}", done.err());
    assert!(done.err().contains("[pid "), "rows of several processes say which\n{}", done.err());
}

#[test]
fn the_verdict_is_the_last_line() {
    live!();
    let done = check_status(&["--", "true"], 0);
    let err = done.err();
    let verdict = err.lines().last().unwrap();
    assert!(verdict.contains("rows") && verdict.contains("complete"), "{verdict}");
    // Its number is that of the rows.
    let rows = text::calls(&err).len();
    assert!(verdict.contains(&rows.to_string()), "{rows} rows, but: {verdict}");
    let quiet = check_status(&["-q", "--", "true"], 0);
    assert!(!quiet.err().contains("complete"), "{}", quiet.err());
    let (silent, _) = to_file(["-q", "--", "true"]);
    assert_eq!(silent.err(), "");
}

#[test]
fn strict_lets_a_complete_run_pass() {
    live!();
    check_status(&["--strict", "-q", "--", "true"], 0);
}

/// One-byte reads and writes, many more than a small ring has room for.
const BURST: [&str; 5] = ["--", "dd", "bs=1", "if=/dev/zero", "of=/dev/null"];

#[test]
fn what_is_lost_is_counted_to_the_last_row() {
    live!();
    let trace =
        |options: &[&str]| to_file([&["-e", "trace=read,write"], options, &BURST, &["count=50000"]].concat());
    let (whole, _) = trace(&["--ring-size", "32M"]);
    let all = leading_number(whole.ok().err().lines().last().unwrap(), "syscope: ");
    assert!(all > 100_000, "{all}");
    let (lossy, bytes) = trace(&["--ring-size", "4K"]);
    let err = lossy.ok().err();
    let verdict = err.lines().last().unwrap();
    let (rows, lost) = (leading_number(verdict, "at least "), leading_number(verdict, "lost "));
    assert!(lost > 0, "{verdict}");
    assert_eq!(rows + lost, all, "{verdict}");
    assert_eq!(text::calls(&String::from_utf8(bytes).unwrap()).len(), rows, "{verdict}");
}

#[test]
fn strict_says_that_something_is_lost() {
    live!();
    let (done, _) =
        to_file([&["--strict", "-q", "--ring-size", "4K"][..], &BURST, &["count=50000"]].concat());
    assert_eq!(done.code(), 124, "{}", done.err());
}

#[test]
fn output_that_cannot_be_written_is_not_called_complete() {
    live!();
    let check = |options: &[&str], status| {
        let done = syscope([options, &["-o", "/dev/full", "--", "true"]].concat());
        assert_eq!(done.code(), status, "{options:?}: {}", done.err());
        assert!(done.err().contains("cannot write the output: No space left"), "{options:?}: {}", done.err());
        assert!(!done.err().contains("complete"), "{options:?}: {}", done.err());
    };
    check(&[], 125);
    check(&["-c"], 125);
    check(&["--format", "csv"], 125);
    check(&["--format", "jsonl"], 125);
    check(&["--strict"], 124);
}

#[test]
fn a_process_ends_with_its_last_thread() {
    live!();
    // The main thread leaves by exit(2) alone; the other one goes on, and ends the process.
    let script = "\
import ctypes, os, threading, time
def last():
    while open(f'/proc/{os.getpid()}/stat').read().rsplit(') ', 1)[1][0] != 'Z':
        time.sleep(0.01)
    os.access('/last', 0)
    os._exit(3)
threading.Thread(target=last).start()
ctypes.CDLL(None).syscall(60, 0)
";
    // Into a file, because there every line says its thread.
    let (done, bytes) = to_file(["-e", "trace=access,exit,exit_group", "--", "python3", "-c", script]);
    assert_eq!(done.code(), 3, "{}", done.err());
    let err = String::from_utf8(bytes).unwrap();
    // Python itself may be started by scripts: what counts begins with the one exit(2) there is.
    let lines: Vec<_> = text::parse(&err)
        .into_iter()
        .skip_while(|l| !matches!(&l.what, What::Call(c) if c.name == "exit"))
        .collect();
    let leader = lines.first().unwrap_or_else(|| panic!("no exit(2)\n{err}")).tid;
    let last = lines.iter().position(|l| matches!(&l.what, What::Call(c) if c.args.contains("/last")));
    let last = last.unwrap_or_else(|| panic!("nothing of the other thread\n{err}"));
    let is_exit = |l: &&text::Line| matches!(l.what, What::Exit(_));
    assert_eq!(lines[..last].iter().filter(is_exit).count(), 0, "exited although a thread goes on\n{err}");
    let exits: Vec<u32> = lines[last..].iter().filter(is_exit).map(|l| l.tid).collect();
    assert_eq!(exits, [lines[last].tid, leader], "{err}");
    // The leader left with 0, and yet its process ended with what the other thread said.
    let codes = err.lines().rev().take(2).filter(|l| l.ends_with("+++ exited with 3 +++")).count();
    assert_eq!(codes, 2, "{err}");
}

/// The number behind `before`, which may have commas between its digits.
fn leading_number(text: &str, before: &str) -> usize {
    let at = text.find(before).unwrap_or_else(|| panic!("no {before:?} in {text}")) + before.len();
    let digits: String =
        text[at..].chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    digits.parse().unwrap_or_else(|_| panic!("no number behind {before:?} in {text}"))
}

#[test]
fn the_commands_environment_and_user_can_be_chosen() {
    live!();
    let script = "echo \"$SET-${PATH:+path}\"; id -u";
    let (done, _) = to_file(["-q", "-E", "SET=a=b", "-u", "65534", "--", "/bin/sh", "-c", script]);
    assert_eq!(done.ok().out(), "a=b-path\n65534\n");
    let (done, _) = to_file(["-q", "-E", "HOME", "--", "/bin/sh", "-c", "echo \"<$HOME>\""]);
    assert_eq!(done.ok().out(), "<>\n");
}

#[test]
fn a_run_can_be_limited() {
    live!();
    let done = syscope(["--limit", "5", "--", "ls", "/"]).ok();
    assert_eq!(text::calls(&done.err()).len(), 5, "{}", done.err());
    let done = syscope(["--for", "300ms", "--all", "-e", "trace=execve"]).ok();
    // As many as there happened to be.
    let verdict = Regex::new(r"(?m)^syscope: [\d,]+ rows?, ").unwrap();
    assert!(verdict.is_match(&done.err()), "{}", done.err());
}

#[test]
fn unwritable_output_is_said_before_anything_runs() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("ran");
    let target = dir.path().join("missing/out");
    let mut cmd = command(["-o"]);
    let done = run(cmd.arg(&target).args(["--", "touch"]).arg(&mark), b"");
    assert_ne!(done.code(), 0);
    assert!(done.err().contains("missing"), "{}", done.err());
    assert!(!mark.exists(), "the command ran although its trace could not be kept");
}

#[test]
fn an_output_file_appears_whole_and_replaces_no_link() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    let link = dir.path().join("out");
    fs::write(&victim, "untouched").unwrap();
    std::os::unix::fs::symlink(&victim, &link).unwrap();
    let mut cmd = command(["-q", "-o"]);
    run(cmd.arg(&link).args(["--", "true"]), b"");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "temporary files are left: {left:?}");
}

#[test]
fn a_device_as_output_stays_a_device() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    run(Command::new("mkfifo").arg(&fifo), b"").ok();
    let reader = {
        let fifo = fifo.clone();
        std::thread::spawn(move || fs::read_to_string(fifo).unwrap())
    };
    let mut cmd = command(["-q", "-o"]);
    run(cmd.arg(&fifo).args(["--", "true"]), b"").ok();
    assert!(reader.join().unwrap().contains("execve("));
    assert!(fs::symlink_metadata(&fifo).unwrap().file_type().is_fifo());
}

#[test]
fn a_closed_output_ends_quietly() {
    live!();
    let script =
        format!("{SYSCOPE} -q -o /dev/stdout -- sh -c 'ls -lR /usr/lib >/dev/null' | head -1 >/dev/null");
    let mut shell = Command::new("bash");
    let done = run(shell.args(["-c", &script]), b"").ok();
    assert!(!done.err().contains("panicked") && !done.err().contains("os error"), "{}", done.err());
    // stderr may be closed as well.
    let mut cmd = command(["--", "true"]);
    let status = cmd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(closed_pipe()).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

/// The writing end of a pipe that nobody reads.
fn closed_pipe() -> Stdio {
    let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let end = reader.stdin.take().unwrap();
    reader.wait().unwrap();
    end.into()
}

#[test]
fn signals_reach_the_command_as_ever() {
    live!();
    // A Rust program ignores SIGPIPE; what it runs must not.
    let done =
        check_status(&["-q", "-e", "trace=exit_group", "--", "sh", "-c", "grep SigIgn /proc/self/status"], 0);
    let plain = run(Command::new("sh").args(["-c", "grep SigIgn /proc/self/status"]), b"").ok();
    // Signals 32 and 33 belong to the C library, which leaves them as it likes.
    let ignored =
        |out: String| u64::from_str_radix(out.split_whitespace().nth(1).unwrap(), 16).unwrap() & 0x7fff_ffff;
    assert_eq!(ignored(done.out()), ignored(plain.out()));
}

#[test]
fn a_signal_that_we_are_sent_reaches_the_command() {
    live!();
    let tracer = Tracer::spawn(["--", "sleep", "1000"]);
    let own = tracer.pid().to_string();
    // 230 is clock_nanosleep: the command is where it will stay.
    while !children_of(&own).iter().any(|pid| proc_file(pid, "syscall").starts_with("230 ")) {
        assert_ne!(proc_file(&own, "stat"), "", "it has ended");
        std::thread::yield_now();
    }
    tracer.signal(Signal::TERM);
    let done = tracer.finish();
    assert_eq!(done.code(), 143, "{}", done.err());
    assert!(done.err().contains("+++ killed by SIGTERM +++"), "{}", done.err());
    // What it waited in had not returned, and is shown all the same.
    assert!(text::calls(&done.err()).iter().any(|c| c.name == "clock_nanosleep"), "{}", done.err());
}
