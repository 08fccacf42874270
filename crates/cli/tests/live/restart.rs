//! Calls that signals interrupt: one row each, from the first entry to the last exit.

use crate::common::to_file;
use crate::text::{self, What};

/// A child looks on until its parent is blocked in a call, then does something to it.
const PRELUDE: &str = "\
import ctypes, os, signal, time
libc = ctypes.CDLL(None, use_errno=True)
r, w = os.pipe()
buf = ctypes.create_string_buffer(10)
parent = os.getpid()
def blocked(nr):
    while True:
        try:
            if open(f'/proc/{parent}/syscall').read().split()[0] == nr: return
        except OSError: pass
def state(want):
    while open(f'/proc/{parent}/stat').read().rsplit(') ', 1)[1][0] != want: pass
def stop_and_go():
    os.kill(parent, signal.SIGSTOP); state('T'); os.kill(parent, signal.SIGCONT)
def handled(restart):
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.siginterrupt(signal.SIGUSR1, not restart)
def child(nr, act):
    pid = os.fork()
    if pid == 0:
        blocked(nr)
        act()
        os._exit(0)
";

/// Arguments and results of one call of the first process, in order.
fn calls(name: &str, script: &str) -> Vec<(String, String)> {
    let (done, bytes) = to_file(["-e", "trace=all", "--", "python3", "-c", &format!("{PRELUDE}{script}")]);
    assert_eq!(done.code(), 0, "{}", done.err());
    assert!(done.err().contains(", complete"), "{}", done.err());
    let text = String::from_utf8(bytes).unwrap();
    let lines = text::parse(&text);
    let first = lines.first().unwrap_or_else(|| panic!("no line")).tid;
    let calls: Vec<_> = lines
        .into_iter()
        .filter(|l| l.tid == first)
        .filter_map(|l| match l.what {
            What::Call(c) if c.name == name => Some((c.args, c.ret)),
            _ => None,
        })
        .collect();
    assert!(!text.contains("ERESTART") && !text.contains("restart_syscall"), "{text}");
    calls
}

/// Reads of the pipe.
fn reads(script: &str) -> Vec<String> {
    calls("read", script)
        .into_iter()
        .filter(|(a, _)| a.contains("<pipe:") && a.ends_with(", 10"))
        .map(|(_, ret)| ret)
        .collect()
}

const INTERRUPTED: &str = "-1 EINTR (Interrupted system call)";

#[test]
fn a_stopped_read_goes_on() {
    live!();
    let rets = reads(
        "child('0', lambda: (stop_and_go(), blocked('0'), stop_and_go(), os.write(w, b'x')))
libc.read(r, buf, 10)
",
    );
    assert_eq!(rets, ["1"]);
}

#[test]
fn a_handler_lets_a_read_go_on() {
    live!();
    // The handler of Python writes a byte into its wake-up descriptor, a call between the two halves.
    let rets = reads(
        "handled(True)
q = os.pipe(); os.set_blocking(q[1], False); signal.set_wakeup_fd(q[1])
child('0', lambda: (os.kill(parent, signal.SIGUSR1), blocked('0'), time.sleep(0.05), os.write(w, b'xy')))
libc.read(r, buf, 10)
",
    );
    assert_eq!(rets, ["2"]);
}

#[test]
fn a_handler_ends_a_read() {
    live!();
    let rets = reads(
        "handled(False)
child('0', lambda: (os.kill(parent, signal.SIGUSR1), time.sleep(0.05), blocked('0'), os.write(w, b'xyz')))
while libc.read(r, buf, 10) < 0: pass
",
    );
    assert_eq!(rets, [INTERRUPTED, "3"]);
}

#[test]
fn sleeps() {
    live!();
    // 230: clock_nanosleep, which a stop continues as restart_syscall and a handler ends.
    let sleep = "libc.clock_nanosleep(1, 0, (ctypes.c_long * 2)(0, 300000000), None)";
    let sleeps = |script: String| -> Vec<String> {
        calls("clock_nanosleep", &script).into_iter().map(|(args, ret)| format!("{args} = {ret}")).collect()
    };
    const ARGS: &str = "CLOCK_MONOTONIC, 0, {tv_sec=0, tv_nsec=300000000}, NULL";
    assert_eq!(sleeps(format!("child('230', stop_and_go)\n{sleep}\n")), [format!("{ARGS} = 0")]);
    // A handler ends it, even one that lets other calls go on; and a stop after that continues only the second sleep.
    let both = format!(
        "handled(True)
child('230', lambda: (os.kill(parent, signal.SIGUSR1), time.sleep(0.05), blocked('230'), stop_and_go()))
{sleep}
{sleep}
"
    );
    assert_eq!(sleeps(both), [format!("{ARGS} = {INTERRUPTED}"), format!("{ARGS} = 0")]);
}
