//! Lines about signals and threads: which there are, and whose.

use std::process::{Command, Stdio};

use regex::Regex;

use crate::common::{Beside, Tracer, children_of, proc_file, run, syscope};

/// Lines of signals, stops and violent ends, without numbers. A signal that is ignored reaches only who is traced with
/// ptrace.
fn told(text: &str) -> Vec<String> {
    let number = Regex::new(r"^\[pid +\d+\] |si_pid=\d+, ").unwrap();
    let is_told = |line: &&str| {
        (line.contains("--- ") || line.contains("+++ killed"))
            && !line.contains("SIGCHLD {")
            && !line.contains("SIGCONT {")
    };
    text.lines().filter(is_told).map(|line| number.replace_all(line, "").into_owned()).collect()
}

#[track_caller]
fn same_as_strace(script: &str) -> Vec<String> {
    let program = ["-e", "trace=none", "python3", "-c", script];
    let strace = run(Command::new("strace").arg("-f").args(program), b"");
    let ours = syscope(["-e", "trace=none", "--", "python3", "-c", script]);
    let (expected, seen) = (told(&strace.err()), told(&ours.err()));
    assert_eq!(seen, expected, "{}", ours.err());
    seen
}

/// Runs `body` in children, one after the other; `SIG` is the signal of each.
fn for_each_signal(signals: &str, body: &str) -> String {
    format!(
        "import os, signal, threading
for SIG in [{signals}]:
    child = os.fork()
    if child == 0:
{body}
        os._exit(0)
    if os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1]):
        os.kill(child, signal.SIGCONT)
        os.waitpid(child, 0)"
    )
}

#[test]
fn signals_that_end_a_process_are_told() {
    live!();
    let signals = "signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGUSR1, signal.SIGKILL, 40";
    let whole = for_each_signal(signals, "        os.kill(os.getpid(), SIG)");
    let lines = same_as_strace(&whole);
    assert!(
        lines.contains(&"--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_uid=0} ---".into()),
        "{lines:?}"
    );
    let thread = for_each_signal("signal.SIGTERM", "        signal.pthread_kill(threading.get_ident(), SIG)");
    let lines = same_as_strace(&thread);
    assert!(lines[0].contains("SI_TKILL"), "{lines:?}");
    same_as_strace(
        "import os, signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
ends = os.pipe()
os.close(ends[0])
os.write(ends[1], b'x')",
    );
}

/// Nobody else tells of it than the first thread, or whoever comes after it.
#[test]
fn a_signal_that_ends_many_threads_is_told_once() {
    live!();
    let threads = "
import os, signal, threading, time
for _ in range(3):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
";
    let check = |threads_in_all: usize, end: &str| {
        let done = syscope(["-e", "trace=none", "--", "python3", "-c", &format!("{threads}{end}")]);
        let err = done.err();
        assert_eq!(err.matches("--- SIGTERM {").count(), 1, "{err}");
        assert_eq!(err.matches("+++ killed by SIGTERM +++").count(), threads_in_all, "{err}");
    };
    check(4, "os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(60)");
    // The first thread has ended: the exit call of one thread only.
    check(
        5,
        "
import ctypes
def end():
    while 'Z' not in open(f'/proc/{os.getpid()}/task/{os.getpid()}/stat').read(): pass
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end, daemon=True).start()
ctypes.CDLL(None).syscall(60, 0)",
    );
}

#[test]
fn whatever_stops_a_process_is_told() {
    live!();
    let signals = "signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU";
    let own_group = for_each_signal(signals, "        os.setpgid(0, 0); os.kill(os.getpid(), SIG)");
    let lines = same_as_strace(&own_group);
    assert_eq!(lines.iter().filter(|l| l.contains("stopped by")).count(), 4, "{lines:?}");
    // In a session of its own nobody would let it go on: those of terminals have no effect.
    let own_session = for_each_signal(signals, "        os.setsid(); os.kill(os.getpid(), SIG)");
    let lines = same_as_strace(&own_session);
    assert_eq!(lines.iter().filter(|l| l.contains("stopped by")).count(), 1, "{lines:?}");
    // Handled or ignored, they stop nothing either.
    let handled =
        for_each_signal("signal.SIGTSTP", "        signal.signal(SIG, print); os.kill(os.getpid(), SIG)");
    let lines = same_as_strace(&handled);
    assert!(lines.iter().all(|l| !l.contains("stopped by")), "{lines:?}");
}

#[test]
fn all_threads_stop() {
    live!();
    let script = for_each_signal(
        "signal.SIGSTOP",
        "        [threading.Thread(target=threading.Event().wait, daemon=True).start() for _ in range(2)]
        os.kill(os.getpid(), SIG)",
    );
    let lines = same_as_strace(&script);
    assert_eq!(lines.iter().filter(|l| l.contains("stopped by SIGSTOP")).count(), 3, "{lines:?}");
}

/// Where python3 is a script of a version manager, that has children of its own first.
fn is_python(pid: &str) -> bool {
    std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.to_string_lossy().contains("/python"))
}

/// A process that sleeps makes no call, but it is one of the two whose lines there are.
#[test]
fn lines_tell_their_task_from_the_first_one_on() {
    live!();
    let mut python = Command::new("python3");
    // The child ends with its parent, however this test does.
    let script = "import os
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent: pass
    os._exit(0)
os.wait()";
    let target = Beside::spawn(python.args(["-c", script]).stdin(Stdio::null()));
    let pid = target.pid().to_string();
    let child = loop {
        if let [child] = &children_of(&pid)[..]
            && proc_file(&pid, "syscall").starts_with("61 ")
            && is_python(child)
        {
            break child.clone();
        }
    };
    let mut tracer = Tracer::spawn(["-e", "trace=getppid", "-p", &format!("{pid},{child}"), "--limit", "50"]);
    tracer.status();
    let err = tracer.finish().err();
    let lines: Vec<&str> = err.lines().filter(|l| l.contains("getppid(")).collect();
    assert!(!lines.is_empty() && lines.iter().all(|l| l.starts_with(&format!("[pid {child:>5}] "))), "{err}");
}

/// In a PID namespace numbers are others than the host's, which are told where they are asked for.
#[test]
fn numbers_of_a_pid_namespace_are_translated() {
    live!();
    let script = "
import os, signal
child = os.fork()
if child == 0: signal.pause()
os.kill(child, 0)
os.kill(child, signal.SIGUSR1)
os.wait()
os.kill(32000, 0)";
    let traced = ["--pidns-translation", "-e", "trace=fork,clone,vfork,kill,getpid", "--", "unshare", "-fp"];
    let done = syscope(traced.into_iter().chain(["python3", "-c", script]));
    let err = done.err();
    let lines = |wanted: &str| -> Vec<String> {
        let regex = Regex::new(wanted).unwrap();
        err.lines().filter(|l| regex.is_match(l)).map(str::to_owned).collect()
    };
    // What the last clone returned, that of the child, is what both kills are for.
    let made = Regex::new(r"\) += (\d+) /\* (\d+) in strace's PID NS \*/").unwrap();
    let child = lines("fork|clone")
        .iter()
        .rev()
        .find_map(|l| made.captures(l).map(|c| (c[1].to_owned(), c[2].to_owned())));
    let (own, host) = child.unwrap_or_else(|| panic!("{err}"));
    assert_ne!(own, host, "{err}");
    let both = format!(r"kill\({own} /\* {host} in strace's PID NS \*/, ");
    assert_eq!(lines(&both).len(), 2, "{err}");
    assert_eq!(
        lines(&format!(r"\[pid +{host}\] --- SIGUSR1 .*si_pid=1 /\* \d+ in strace's PID NS")).len(),
        1,
        "{err}"
    );
    // Of whom nothing is known nothing is said.
    assert_eq!(lines(r"kill\(32000, 0\) += -1 ESRCH").len(), 1, "{err}");
    let plain = syscope(["-e", "trace=kill", "--", "unshare", "-fp", "python3", "-c", script]).err();
    assert!(plain.contains("kill(") && !plain.contains("PID NS"), "{plain}");
}
