//! Runs the binary: with a time limit, to its end or side by side with the test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};

/// The binary under test.
pub(crate) const SYSCOPE: &str = env!("CARGO_BIN_EXE_syscope");

/// No run of these tests takes longer unless it hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// Why the live tests cannot run here. A reason is a failure where they must.
pub(crate) fn cannot_trace() -> Option<String> {
    let require = std::env::var("REQUIRE_LIVE").unwrap_or_default();
    if require == "0" {
        return Some("REQUIRE_LIVE=0".into());
    }
    let why = if !geteuid().is_root() {
        "tracing needs root"
    } else if !Path::new("/sys/kernel/btf/vmlinux").exists() {
        "this kernel has no type information (/sys/kernel/btf/vmlinux)"
    } else {
        return None;
    };
    assert!(require != "1", "REQUIRE_LIVE=1, but {why}");
    Some(why.into())
}

/// How a program ended and what it said.
pub(crate) struct Done {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Done {
    /// Its exit status; a panic if a signal ended it.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("ended by a signal: {:?}\n{}", self.status, self.err()))
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The same, if the status is 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Done {
        assert_eq!(self.status.code(), Some(0), "{:?}\n{}", self.status, self.err());
        self
    }
}

/// Runs a program to its end, with `stdin` as its input.
pub(crate) fn run(command: &mut Command, stdin: &[u8]) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let input = stdin.to_vec();
    let mut sink = child.stdin.take().unwrap();
    // Whoever does not read its input closes it: no failure of ours.
    let writer = thread::spawn(move || drop(sink.write_all(&input)));
    let stdout = read_all(child.stdout.take().unwrap());
    let stderr = read_all(child.stderr.take().unwrap());
    let status = wait(&mut child, &format!("{command:?}"));
    writer.join().unwrap();
    Done { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

fn read_all(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a readable pipe");
        bytes
    })
}

fn wait(child: &mut Child, what: &str) -> ExitStatus {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().ok();
            child.wait().ok();
            panic!("still running after {LIMIT:?}: {what}");
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// `syscope` with arguments, ready to run.
pub(crate) fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(SYSCOPE);
    command.args(args);
    command
}

/// Runs `syscope` with arguments to its end.
pub(crate) fn syscope<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Done {
    run(&mut command(args), b"")
}

/// Runs it with `-o` and gives back the file too.
pub(crate) fn to_file<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> (Done, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("out");
    let done = run(command(["-o"]).arg(&file).args(args), b"");
    let bytes = std::fs::read(&file).unwrap_or_else(|e| panic!("no output file: {e}\n{}", done.err()));
    (done, bytes)
}

/// A program that runs beside the test and is killed with it.
pub(crate) struct Beside(Child);

impl Beside {
    pub(crate) fn spawn(command: &mut Command) -> Beside {
        Beside(command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}")))
    }

    /// A shell that stats `marker` again and again, a few dozen times a second.
    pub(crate) fn ticking(marker: &Path) -> Beside {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "while :; do test -e \"$1\"; sleep 0.02; done", "sh"]).arg(marker);
        Beside::spawn(shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Waits for its end, and reads what its stderr had to say, if that is a pipe.
    pub(crate) fn end(mut self) -> Done {
        let stderr = self.0.stderr.take().map(read_all);
        let status = wait(&mut self.0, "a program beside the test");
        let stderr = stderr.map_or_else(Vec::new, |said| said.join().unwrap());
        Done { status, stdout: Vec::new(), stderr }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A running `syscope` whose stderr is read line by line.
pub(crate) struct Tracer {
    child: Child,
    lines: Receiver<String>,
    seen: String,
}

impl Tracer {
    pub(crate) fn spawn<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Tracer {
        let mut child = command(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the built binary");
        let (send, lines) = channel();
        let stderr: ChildStderr = child.stderr.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        });
        Tracer { child, lines, seen: String::new() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of its stderr.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.note(&line);
                    if wanted(&line) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no such line within {LIMIT:?}:\n{}", self.seen),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without such a line:\n{}", self.seen),
            }
        }
    }

    fn note(&mut self, line: &str) {
        self.seen.push_str(line);
        self.seen.push('\n');
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(&self.pid().to_string(), signal);
    }

    /// Waits for its end, whoever still has its stderr.
    pub(crate) fn status(&mut self) -> ExitStatus {
        wait(&mut self.child, "a tracer that was told to end")
    }

    /// Waits for its end. The result has all of its stderr.
    pub(crate) fn finish(mut self) -> Done {
        let status = self.status();
        while let Ok(line) = self.lines.recv_timeout(LIMIT) {
            self.note(&line);
        }
        Done { status, stdout: Vec::new(), stderr: std::mem::take(&mut self.seen).into_bytes() }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a signal to a process that runs.
pub(crate) fn send(pid: &str, signal: Signal) {
    let pid = pid.parse().ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, signal).expect("it is running");
}

/// A file of a process in /proc; empty if there is none.
pub(crate) fn proc_file(pid: &str, name: &str) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default()
}

/// Processes that the main thread of a process started.
pub(crate) fn children_of(pid: &str) -> Vec<String> {
    let children = proc_file(pid, &format!("task/{pid}/children"));
    children.split_whitespace().map(str::to_owned).collect()
}

/// Runs a Python script with arguments and input; its failure is the test's.
#[track_caller]
pub(crate) fn python(script: &str, args: &[&OsStr], stdin: &[u8]) -> String {
    run(Command::new("python3").args(["-c", script]).args(args), stdin).ok().out()
}
