//! Attached processes that do not stay what they were: children, other programs, other tracers.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::common::{Beside, Tracer, command, proc_file, run};
use crate::text::{self, What};

/// Writes a line to a program now and then, until it is told to stop. Attaching takes its time: what a program does is
/// asked for until the tracer has seen it.
struct Feeder {
    stop: std::sync::mpsc::Sender<()>,
    thread: JoinHandle<ChildStdin>,
}

impl Feeder {
    fn start(child: &mut Child) -> Feeder {
        let mut input = child.stdin.take().unwrap();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(20)).is_err() {
                input.write_all(b"\n").unwrap();
            }
            input
        });
        Feeder { stop, thread }
    }

    /// Ends it and closes the program's input.
    fn stop(self) {
        self.stop.send(()).unwrap();
        drop(self.thread.join().unwrap());
    }
}

fn reading(program: &str, script: &str) -> Beside {
    let mut command = Command::new(program);
    Beside::spawn(command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::null()))
}

#[test]
fn children_of_attached_processes_are_followed() {
    live!();
    let mut target =
        reading("/bin/sh", "while read x; do test -e /of-the-parent; sh -c 'test -e /of-the-child; :'; done");
    let pid = target.pid().to_string();
    let feeder = Feeder::start(target.child());
    let mut tracer = Tracer::spawn(["-p", &pid]);
    tracer.wait_for(|l| l.contains("/of-the-parent"));
    let line = tracer.wait_for(|l| l.contains("/of-the-child") && !l.contains("execve("));
    assert!(line.starts_with("[pid ") && !line.contains(&format!("[pid {pid}]")), "{line}");
    feeder.stop();
    assert_eq!(tracer.finish().code(), 0);
}

/// Its first thread is inside a call, another one executes a program: that has the number of the process, and the run ends
/// with it.
#[test]
fn a_second_thread_executes_a_program() {
    live!();
    let script = "
import os, signal, threading
def run():
    while os.read(0, 1): os.access('/before', 0)
    os.execv('/bin/sh', ['sh', '-c', 'test -e /after; exit 3'])
threading.Thread(target=run).start()
while True: signal.pause()
";
    let mut target = reading("python3", script);
    let pid = target.pid().to_string();
    while proc_file(&pid, "status").lines().all(|l| l != "Threads:\t2") {
        std::thread::yield_now();
    }
    let feeder = Feeder::start(target.child());
    let mut tracer = Tracer::spawn(["-p", &pid]);
    let before = tracer.wait_for(|l| l.contains("/before"));
    feeder.stop();
    let done = tracer.finish();
    assert_eq!(done.code(), 0, "{}", done.err());
    let lines = text::parse(&done.err());
    let calls = |name: &str| -> Vec<(u32, String)> {
        let of_name = lines.iter().filter_map(|l| match &l.what {
            What::Call(c) if c.name == name => Some((l.tid, c.args.clone())),
            _ => None,
        });
        of_name.collect()
    };
    let leader: u32 = pid.parse().unwrap();
    let execs = calls("execve");
    assert_eq!(execs.len(), 1, "{execs:?}");
    // It was made under the number that the thread had before.
    assert!(!matches!(execs[0].0, 0) && execs[0].0 != leader, "{execs:?}");
    // What follows is the process's, which the thread was not.
    assert!(before.starts_with("[pid ") && !before.contains(&format!("[pid {pid}]")), "{before}");
    let after: Vec<_> =
        calls("newfstatat").into_iter().filter(|(_, args)| args.contains("\"/after\"")).collect();
    // A line without a number is that of the only task there is.
    assert!(matches!(after[..], [(tid, _)] if tid == 0 || tid == leader), "{after:?}\n{}", done.err());
    assert!(done.err().contains("+++ exited with 3 +++"), "{}", done.err());
}

/// Two tracers attach to a busy process at the same moment: neither disturbs the other.
#[test]
fn two_tracers_at_once() {
    live!();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("busy");
    let script = format!(
        "import os
f = os.open({:?}, os.O_RDWR | os.O_CREAT)
while True: os.pwrite(f, b'x', 0)",
        file.display()
    );
    let mut python = Command::new("python3");
    let target = Beside::spawn(python.args(["-c", &script]).stdin(Stdio::null()));
    let pid = target.pid().to_string();
    let tracers = [(); 2].map(|()| {
        let mut command = command(["--limit", "3000", "-e", "trace=pwrite64", "-p", &pid]);
        std::thread::spawn(move || run(&mut command, b""))
    });
    for tracer in tracers {
        let done = tracer.join().unwrap();
        assert_eq!(done.code(), 0, "{}", done.err());
        let err = done.err();
        let rows: Vec<_> = err.lines().filter(|l| l.contains("pwrite64(")).collect();
        assert_eq!(rows.len(), 3000);
        let name = format!("<{}>, \"x\", 1, 0", file.display());
        // The first one may have been under way.
        let wrong: Vec<_> =
            rows.iter().skip(1).filter(|l| !l.contains(&name) || !l.ends_with("= 1")).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(!err.lines().last().unwrap_or_default().contains("lost"), "{err}");
    }
}
