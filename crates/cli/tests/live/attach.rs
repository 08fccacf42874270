//! `-p` and `--all`: programs that run already, and how a run is ended.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::common::{Beside, Tracer, children_of, proc_file, send, syscope};
use crate::text;

#[test]
fn descriptors_that_were_open_before_have_their_names() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("kept open");
    let mut cat = Command::new("cat");
    cat.stdin(Stdio::piped()).stdout(File::create(&out).unwrap());
    let mut cat = Beside::spawn(&mut cat);
    let mut input = cat.child().stdin.take().unwrap();
    let pid = cat.pid().to_string();
    let mut tracer = Tracer::spawn(["-e", "trace=read,write", "-p", &pid]);
    // Attaching takes its time: feed the program until a row comes.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let feeder = std::thread::spawn(move || {
        while stopped.recv_timeout(std::time::Duration::from_millis(20)).is_err() {
            input.write_all(b"x\n").unwrap();
        }
    });
    let row = tracer.wait_for(|l| l.contains("write("));
    assert!(row.contains(&format!("write(1<{}>, \"x\\n", out.display())), "{row}");
    tracer.wait_for(|l| l.contains("read(0<pipe:["));
    stop.send(()).unwrap();
    feeder.join().unwrap();
    // Its input is closed now: the program ends, and so does the run.
    let done = tracer.finish();
    assert_eq!(done.code(), 0, "{}", done.err());
    assert!(done.err().contains("+++ exited with 0 +++"), "{}", done.err());
}

#[test]
fn several_processes_and_their_threads() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let marks = ["first", "second"].map(|name| dir.path().join(name));
    let targets = marks.each_ref().map(|m| Beside::ticking(m));
    let pids = targets.each_ref().map(|t| t.pid().to_string()).join(",");
    let mut tracer = Tracer::spawn(["-p", &pids]);
    for mark in &marks {
        tracer.wait_for(|l| l.contains(mark.to_str().unwrap()));
    }
    tracer.signal(Signal::INT);
    let done = tracer.finish();
    assert!(done.err().lines().last().unwrap().contains("rows"), "{}", done.err());
}

#[test]
fn calls_that_began_before_and_still_wait() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let ticking = Beside::ticking(&mark);
    let blocked = Beside::spawn(Command::new("cat").stdin(Stdio::piped()));
    while !proc_file(&blocked.pid().to_string(), "syscall").starts_with("0 ") {}
    let mut tracer = Tracer::spawn(["-p", &format!("{},{}", ticking.pid(), blocked.pid())]);
    tracer.wait_for(|l| l.contains(mark.to_str().unwrap()));
    tracer.signal(Signal::INT);
    let done = tracer.finish();
    let verdict = done.err().lines().last().unwrap_or_default().to_owned();
    let (_, before) = verdict.split_once("began before tracing (").unwrap_or_else(|| panic!("{verdict}"));
    assert!(before.contains("read 1"), "{verdict}");
}

/// What a call in flight was given is read when tracing ends.
#[test]
fn data_of_a_call_that_still_waits() {
    live!();
    let mut yes = Beside::spawn(Command::new("yes").stdout(Stdio::piped()));
    let mut output = yes.child().stdout.take().unwrap();
    let pid = yes.pid().to_string();
    let mut tracer = Tracer::spawn(["-e", "trace=write", "-p", &pid]);
    // Attaching takes its time: the program goes on until a row comes.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let reader = std::thread::spawn(move || {
        let mut some = [0; 1 << 16];
        while stopped.recv_timeout(std::time::Duration::from_millis(20)).is_err() {
            assert_ne!(output.read(&mut some).unwrap(), 0);
        }
        output
    });
    tracer.wait_for(|l| l.contains("write(1<pipe:["));
    stop.send(()).unwrap();
    let _open = reader.join().unwrap();
    while !proc_file(&pid, "syscall").starts_with("1 ") {}
    tracer.signal(Signal::INT);
    let done = tracer.finish();
    let text = done.err();
    let row = text.lines().find(|l| l.contains("<unfinished ...>")).unwrap_or_else(|| panic!("{text}"));
    assert!(row.contains("write(1<pipe:[") && row.contains(r#">, "y\ny\ny\n"#), "{row}");
}

#[test]
fn a_process_that_does_not_exist() {
    live!();
    let gone = {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id().to_string()
    };
    let done = syscope(["-p", &gone]);
    assert_eq!(done.code(), 125, "{}", done.err());
    assert!(done.err().contains(&gone), "{}", done.err());
}

#[test]
fn a_process_that_has_ended_but_is_not_gone() {
    live!();
    let mut child = Command::new("true").spawn().unwrap();
    let pid = child.id().to_string();
    while !proc_file(&pid, "stat").contains(") Z ") {
        std::thread::yield_now();
    }
    let done = syscope(["-p", &pid]);
    child.wait().unwrap();
    assert_eq!(done.code(), 125, "{}", done.err());
    let own = std::process::id().to_string();
    assert!(done.err().contains("zombie") && done.err().contains(&own), "{}", done.err());
}

/// A process whose first thread has ended is still one, and its run ends with its last thread.
#[test]
fn a_process_without_its_first_thread() {
    live!();
    let script = "
import ctypes, os, threading
def last():
    while os.read(0, 1): os.access('/last', 0)
threading.Thread(target=last).start()
ctypes.CDLL(None).syscall(60, 0)
";
    let mut target = Command::new("python3");
    let mut target = Beside::spawn(target.args(["-c", script]).stdin(Stdio::piped()));
    let mut input = target.child().stdin.take().unwrap();
    let pid = target.pid().to_string();
    while !proc_file(&pid, "stat").contains(") Z ") {
        std::thread::yield_now();
    }
    let mut tracer = Tracer::spawn(["-e", "trace=access", "-p", &pid]);
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let feeder = std::thread::spawn(move || {
        while stopped.recv_timeout(std::time::Duration::from_millis(20)).is_err() {
            input.write_all(b"x").unwrap();
        }
    });
    tracer.wait_for(|l| l.contains("/last"));
    stop.send(()).unwrap();
    feeder.join().unwrap();
    assert_eq!(tracer.finish().code(), 0);
}

#[test]
fn threads_of_the_kernel_make_no_calls() {
    live!();
    let parent =
        |pid: &str| proc_file(pid, "stat").rsplit_once(") ").map(|(_, rest)| rest.starts_with("S 0 "));
    if proc_file("2", "comm") != "kthreadd\n" || parent("2") != Some(true) {
        eprintln!("skipped: process 2 is none of the kernel's: this is a container");
        return;
    }
    let done = syscope(["-p", "2"]);
    assert_eq!(done.code(), 125, "{}", done.err());
    assert!(done.err().contains("kernel thread"), "{}", done.err());
}

#[test]
fn one_interrupt_finishes_properly() {
    live!();
    for signal in [Signal::INT, Signal::QUIT, Signal::TERM, Signal::HUP] {
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("mark");
        let target = Beside::ticking(&mark);
        let mut tracer = Tracer::spawn(["-p", &target.pid().to_string()]);
        tracer.wait_for(|l| l.contains("mark"));
        tracer.signal(signal);
        let done = tracer.finish();
        assert_eq!(done.code(), 0, "{signal:?}\n{}", done.err());
        let err = done.err();
        let verdict = err.lines().last().unwrap();
        assert!(verdict.contains("rows"), "{signal:?}: {verdict}");
    }
}

#[test]
fn an_interrupted_run_keeps_its_file() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let (mark, out) = (dir.path().join("mark"), dir.path().join("out"));
    let target = Beside::ticking(&mark);
    let pid = target.pid().to_string();
    let mut tracer = Tracer::spawn(["-p", &pid, "-o", out.to_str().unwrap()]);
    // Its rows go to the file, which has no name yet: a second tracer tells when the first must have seen one.
    let mut other = Tracer::spawn(["-p", &pid]);
    other.wait_for(|l| l.contains("mark"));
    other.signal(Signal::INT);
    other.finish();
    tracer.signal(Signal::INT);
    tracer.wait_for(|l| l.contains("rows"));
    let done = tracer.finish();
    assert_eq!(done.code(), 0, "{}", done.err());
    assert!(fs::metadata(&out).is_ok(), "the file has its name");
}

#[test]
fn a_second_interrupt_ends_at_once() {
    live!();
    // A command that goes on whatever it is sent: one interrupt waits for it, two do not.
    let script = "trap 'test -e /first' INT; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); sleep 0.02; done";
    let mut tracer = Tracer::spawn(["--", "sh", "-c", script]);
    tracer.wait_for(|l| l.contains("nanosleep"));
    let command = children_of(&tracer.pid().to_string());
    tracer.signal(Signal::INT);
    tracer.wait_for(|l| l.contains("/first"));
    tracer.signal(Signal::INT);
    let status = tracer.status();
    // The command itself goes on, and still has our stderr.
    command.iter().for_each(|pid| send(pid, Signal::KILL));
    assert_eq!(status.code(), Some(130), "{}", tracer.finish().err());
}

#[test]
fn everything_but_the_tracer_itself() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("unrelated");
    let mut target = Command::new("/bin/sh");
    target.args(["-c", "while :; do test -e \"$1\"; sleep 0.02; done", "sh"]).arg(&mark).process_group(0);
    let target = Beside::spawn(&mut target);
    let mut tracer = Tracer::spawn(["--all"]);
    let row = tracer.wait_for(|l| l.contains("unrelated"));
    assert!(row.contains(&target.pid().to_string()), "{row}");
    let own = tracer.pid();
    tracer.signal(Signal::INT);
    let done = tracer.finish();
    let err = done.err();
    let seen: Vec<_> = text::parse(&err).into_iter().filter(|l| l.tid == own).collect();
    assert!(seen.is_empty(), "it traced itself: {seen:?}");
}

#[test]
fn an_attached_run_ends_with_its_target() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let mut target = Beside::ticking(&mark);
    let mut tracer = Tracer::spawn(["-p", &target.pid().to_string()]);
    tracer.wait_for(|l| l.contains("mark"));
    target.child().kill().unwrap();
    target.child().wait().unwrap();
    let done = tracer.finish();
    assert_eq!(done.code(), 0, "{}", done.err());
    assert!(done.err().contains("+++ killed by SIGKILL +++"), "{}", done.err());
}
