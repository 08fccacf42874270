//! Readers that do not read, and names that are no text.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{SYSCOPE, children_of, command, python, run};

const LIMIT: Duration = Duration::from_secs(30);

/// Sends TERM until the program has ended.
fn end(child: &mut Child) -> ExitStatus {
    let pid = Pid::from_child(child);
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it does not end: {:?}", child.wait());
        }
        kill_process(pid, Signal::TERM).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_fifo_without_a_reader_is_waited_for() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for append in [&[][..], &["-A"]] {
        let mut syscope = command(["-o"]);
        syscope.arg(&fifo).args(append).args(["--", "true"]).stderr(Stdio::null());
        // It ends on a signal while nobody reads, whether that is caught already or not ...
        let status = end(&mut syscope.spawn().unwrap());
        assert_eq!(status.code().unwrap_or(143), 143, "{append:?}");
        // ... and writes when somebody does.
        let mut child = syscope.spawn().unwrap();
        let rows = fs::read_to_string(&fifo).unwrap();
        assert!(rows.contains("+++ exited with 0 +++"), "{rows}");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

/// It cannot look at signals while it writes; the third one is the end.
#[test]
fn a_reader_that_reads_nothing_does_not_keep_us() {
    live!();
    let mut syscope = command(["--format", "jsonl", "--", "sh", "-c", "while :; do :</dev/null; done"]);
    let mut child = syscope.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let call = format!("/proc/{}/syscall", child.id());
    const WRITE: &str = "1 ";
    until("the pipe is full", || {
        let waits = |_| fs::read_to_string(&call).is_ok_and(|call| call.starts_with(WRITE));
        (0..3).all(waits)
    });
    let traced = children_of(&child.id().to_string());
    let status = end(&mut child);
    for pid in traced {
        // What it traced goes on.
        kill_process(Pid::from_raw(pid.parse().unwrap()).unwrap(), Signal::KILL).unwrap();
    }
    assert_eq!(status.code(), Some(143));
}

/// What follows is what files, tasks and sockets are called.
const NAMES: [&[u8]; 12] = [
    b"a\nb",
    b"\x1b[31mred\x1b]0;title\x07",
    b"\xff\xfe",
    b"q\"uo'te\\",
    "\u{202e}gnp\u{9b}31m".as_bytes(),
    b"=1+1",
    b"x<y>(z)",
    b"\ttab ",
    b"\xed\xb2\x80",
    b"',\"",
    b"\r",
    b"\x7f%s%n",
];

/// Every format, table and histogram: nothing controls a terminal, and what programs read is the exact name.
#[test]
fn names_are_no_text() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    for name in NAMES {
        fs::write(dir.path().join(OsStr::from_bytes(name)), "").unwrap();
    }
    let traced = |options: &[&str]| {
        let out = dir.path().join("out");
        let mut syscope = command(options);
        syscope.arg("-o").arg(&out).args(["--", "sh", "-c", "for f in *; do : <\"$f\"; done"]);
        let done = run(syscope.current_dir(dir.path()), b"").ok();
        let bytes = fs::read(&out).unwrap();
        fs::remove_file(&out).unwrap();
        assert!(done.err().ends_with("complete\n"), "{}", done.err());
        let text = String::from_utf8(bytes).unwrap();
        let odd =
            text.chars().find(|c| c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(odd, None, "{options:?}");
        text
    };
    for options in [
        &["-e", "%file"][..],
        &["-yy", "-Y", "-v", "-x"],
        &["-c"],
        &["-C"],
        &["stat", "--by", "file,comm"],
        &["stat", "--by", "dir,process"],
        &["stat", "--by", "file", "--hist", "openat"],
        &["stat", "--by", "file", "--format", "csv"],
        &["stat", "--by", "file", "--format", "jsonl"],
    ] {
        traced(options);
    }
    let script = "import json, sys
for line in sys.stdin.buffer:
    print((json.loads(line)['file'] or '').encode('utf-8', 'surrogateescape').hex())";
    let rows = traced(&["--format", "jsonl", "-e", "openat"]);
    let files = python(script, &[], rows.as_bytes());
    for name in NAMES {
        let path = [dir.path().as_os_str().as_bytes(), b"/", name].concat();
        let hex: String = path.iter().map(|b| format!("{b:02x}")).collect();
        assert!(files.lines().any(|line| line == hex), "{}", path.escape_ascii());
    }
}

/// Whoever forbids clone3 forbids threads.
#[test]
fn a_thread_that_cannot_be_made_is_told() {
    live!();
    const FILTERED: &str = "
import ctypes, os, struct, sys
CLONE3, EPERM, ALLOW = 435, 0x50001, 0x7fff0000
code = [(0x20, 0, 0, 0), (0x15, 0, 1, CLONE3), (6, 0, 0, EPERM), (6, 0, 0, ALLOW)]
code = b''.join(struct.pack('HBBI', *line) for line in code)
text = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', 4, ctypes.addressof(text)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])";
    let mut python = Command::new("python3");
    let done = run(python.args(["-c", FILTERED, SYSCOPE, "--", "true"]), b"");
    assert_eq!(done.code(), 125, "{}", done.err());
    assert!(done.err().starts_with("syscope: cannot start a thread: "), "{}", done.err());
}

/// A file for each thread, more of them than may be open; the command has the limit that we were given.
#[test]
fn as_many_files_as_threads() {
    live!();
    const THREADS: &str = "
import resource, threading
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
go = threading.Event()
threads = [threading.Thread(target=go.wait) for _ in range(100)]
for thread in threads: thread.start()
go.set()
for thread in threads: thread.join()";
    let dir = tempfile::tempdir().unwrap();
    let limited = "ulimit -S -n 64; exec \"$0\" -ff -o \"$1/out\" -- python3 -c \"$2\"";
    let mut shell = Command::new("sh");
    let done = run(shell.args(["-c", limited, SYSCOPE]).arg(dir.path()).arg(THREADS), b"").ok();
    assert_eq!(done.out(), "64\n", "{}", done.err());
    // Whatever starts Python has files too.
    assert!(fs::read_dir(dir.path()).unwrap().count() > 100, "{}", done.err());
}
