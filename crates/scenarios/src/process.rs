//! Processes and threads.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::program::Program;
use crate::sys::{clone_vfork, handle, int80, number, sys, vfork as raw_vfork};
use crate::workload::{StepError, Workload, c, check_ok};

/// What the C library does when a thread begins and ends.
const THREAD_CALLS: [&str; 13] = [
    "rt_sigaction",
    "clone3",
    "clone",
    "rseq",
    "set_robust_list",
    "rt_sigprocmask",
    "sigaltstack",
    "sched_getaffinity",
    "prctl",
    "futex",
    "exit",
    "gettid",
    "poll",
];

fn tid(raw: i64) -> u32 {
    u32::try_from(raw).unwrap_or_default()
}

fn wait(w: &mut Workload, child: i64) -> Result<(), StepError> {
    let mut status = [0_i32];
    let r = sys!(wait4, child, &mut status[..], 0, 0);
    w.ok("wait4", r)?.no_fd().no_file();
    Ok(())
}

pub(crate) fn fork_follow(w: &mut Workload) -> Result<(), StepError> {
    w.begin();
    let child = sys!(fork);
    if child == 0 {
        sys!(getppid);
        let grandchild = sys!(fork);
        if grandchild == 0 {
            sys!(getpid);
            sys!(exit_group, 2);
        }
        let mut status = [0_i32];
        sys!(wait4, grandchild, &mut status[..], 0, 0);
        // The parent is told by the exit status, which has room for the distance of the two ids.
        sys!(exit_group, grandchild - sys!(getpid));
    }
    w.ok("fork", child)?.family("Process");
    let mut status = [0_i32];
    let r = sys!(wait4, child, &mut status[..], 0, 0);
    w.ok("wait4", r)?.args_have("WIFEXITED(s)");
    w.end();
    let me = sys!(getpid);
    let (c, g) = (tid(child), tid(child) + (status[0].unsigned_abs() >> 8));
    w.saw(c, "getppid", me).pid(c);
    w.saw(c, "fork", g.into());
    w.saw(g, "getpid", g.into()).pid(g);
    w.never_returns(g, "exit_group").args_have("2");
    w.saw(c, "wait4", g.into()).args_have("WEXITSTATUS(s) == 2");
    w.saw(c, "getpid", c.into());
    w.never_returns(c, "exit_group");
    Ok(())
}

extern "C" fn vfork_child(_: *mut libc::c_void) -> i32 {
    sys!(getppid);
    sys!(exit_group, 3);
    0
}

pub(crate) fn vfork(w: &mut Workload) -> Result<(), StepError> {
    w.ignore_calls(&["rt_sigprocmask"]);
    w.begin();
    let child = check_ok("clone", clone_vfork(vfork_child))?;
    w.ok("clone", child)?.args_have("CLONE_VM|CLONE_VFORK");
    wait(w, child)?;
    let second = check_ok("vfork", raw_vfork())?;
    w.ok("vfork", second)?.family("Process").no_fd().no_file();
    wait(w, second)?;
    w.end();
    let me = sys!(getpid);
    for child in [child, second] {
        w.saw(tid(child), "getppid", me).pid(tid(child));
        w.never_returns(tid(child), "exit_group").args_have("3");
    }
    Ok(())
}

pub(crate) fn exec_missing(w: &mut Workload) -> Result<(), StepError> {
    let path = w.path("missing");
    let (name, dir) = (c(&path), c(&w.path("")));
    let d =
        check_ok("openat", sys!(openat, libc::AT_FDCWD, dir.as_c_str(), libc::O_RDONLY | libc::O_DIRECTORY))?;
    let argv = [name.as_ptr().expose_provenance(), c"with \"quotes\"".as_ptr().expose_provenance(), 0];
    let envp = [c"A=1".as_ptr().expose_provenance(), 0];
    w.begin();
    let r = sys!(execve, name.as_c_str(), &argv[..], &envp[..]);
    w.fails("execve", r, libc::ENOENT)?
        .file(&path)
        .no_fd()
        .args_have("\"with \\\"quotes\\\"\"]")
        .args_have("/* 1 var */");
    let r = sys!(execveat, d, c"missing", &argv[..], &envp[..], 0);
    w.fails("execveat", r, libc::ENOENT)?.file(&path).no_fd().args_have("\"with \\\"quotes\\\"\"]");
    w.end();
    Ok(())
}

pub(crate) fn exec_non_leader(w: &mut Workload) -> Result<(), StepError> {
    let program = Program::new().call(number::getpid, 0, 0).call(number::exit_group, 5, 0);
    let path = w.program("image", &program)?;
    let name = c(&path);
    let mut ends = [0_i32; 2];
    check_ok("pipe2", sys!(pipe2, &mut ends[..], libc::O_CLOEXEC))?;
    w.ignore_calls(&THREAD_CALLS);
    w.ignore_calls(&["write"]);
    w.begin();
    let child = sys!(fork);
    if child == 0 {
        let end = ends[1];
        let worker = std::thread::spawn(move || {
            let me = tid(sys!(gettid));
            sys!(write, end, &[me][..], 4);
            let argv = [name.as_ptr().expose_provenance(), 0];
            let none = [0_usize];
            sys!(execve, name.as_c_str(), &argv[..], &none[..]);
        });
        // Ends with the exec of the other thread.
        let _ = worker.join();
        sys!(exit_group, 1);
    }
    w.ok("fork", child)?;
    let mut caller = [0_u32];
    let r = sys!(read, ends[0], &mut caller[..], 4);
    w.ok("read", r)?;
    wait(w, child)?;
    w.end();
    w.saw(caller[0], "execve", 0).file(&path).no_fd().pid(tid(child));
    // From here on the new program has the number of its process.
    w.saw(tid(child), "getpid", child).pid(tid(child)).comm("image");
    w.never_returns(tid(child), "exit_group").comm("image").args_have("5");
    Ok(())
}

/// A new program keeps what is not marked close-on-exec, and has a name of its own.
pub(crate) fn exec(w: &mut Workload) -> Result<(), StepError> {
    const KEPT: i32 = 400;
    const CLOSED: i32 = 401;
    let program = Program::new()
        .call(number::read, KEPT, 1)
        .call(number::read, CLOSED, 1)
        .call(number::getpid, 0, 0)
        .call(number::exit_group, 7, 0);
    let image = w.program("image", &program)?;
    let (kept, closed) = (w.file("kept", "kept")?, w.file("closed", "closed")?);
    for (path, to, flags) in [(&kept, KEPT, 0), (&closed, CLOSED, libc::O_CLOEXEC)] {
        let f = check_ok("openat", sys!(openat, libc::AT_FDCWD, c(path).as_c_str(), libc::O_RDONLY))?;
        check_ok("dup3", sys!(dup3, f, to, flags))?;
        check_ok("close", sys!(close, f))?;
    }
    let (name, before) = (c(&image), comm());
    let argv = [name.as_ptr().expose_provenance(), 0];
    let none = [0_usize];
    let mut buf = [0_u8; 1];
    w.begin();
    let child = sys!(fork);
    if child == 0 {
        sys!(read, CLOSED, &mut buf[..], 1);
        sys!(execve, name.as_c_str(), &argv[..], &none[..]);
        sys!(exit_group, 1);
    }
    w.ok("fork", child)?;
    let mut status = [0_i32];
    let r = sys!(wait4, child, &mut status[..], 0, 0);
    w.ok("wait4", r)?.no_fd().no_file().args_have("WEXITSTATUS(s) == 7");
    w.end();
    let t = tid(child);
    w.saw(t, "read", 1).fd(CLOSED).file(&closed).comm(&before);
    w.saw(t, "execve", 0).file(&image).no_fd().pid(t).comm(&before);
    w.saw(t, "read", 1).fd(KEPT).file(&kept).pid(t).comm("image");
    w.saw(t, "read", -i64::from(libc::EBADF)).fd(CLOSED).no_file().comm("image");
    w.saw(t, "getpid", child).no_fd().no_file();
    w.never_returns(t, "exit_group").args_have("7").comm("image");
    Ok(())
}

/// Calls that never return: of a signal handler, of a thread.
pub(crate) fn noreturn(w: &mut Workload) -> Result<(), StepError> {
    handle(libc::SIGUSR1);
    let (me, t) = (sys!(getpid), w.tid());
    w.ignore_calls(&THREAD_CALLS);
    w.begin();
    for _ in 0..3 {
        let r = sys!(tgkill, me, t, libc::SIGUSR1);
        w.ok("tgkill", r)?.no_fd().no_file().args_have("SIGUSR1");
        w.never_returns(t, "rt_sigreturn").no_fd().no_file();
    }
    let thread = std::thread::spawn(|| tid(sys!(gettid))).join().unwrap_or_default();
    w.end();
    w.never_returns(thread, "exit").no_fd().no_file().pid(tid(me)).args_have("0");
    Ok(())
}

pub(crate) fn thread_names(w: &mut Workload) -> Result<(), StepError> {
    w.ignore_calls(&THREAD_CALLS);
    let name = comm();
    w.begin();
    let mut seen = Vec::new();
    for _ in 0..8 {
        let thread = std::thread::spawn(|| {
            let me = tid(sys!(gettid));
            sys!(getppid);
            sys!(prctl, libc::PR_SET_NAME, c"renamed", 0, 0, 0);
            sys!(getpid);
            me
        });
        seen.extend(thread.join().ok());
    }
    w.end();
    let (me, parent) = (sys!(getpid), sys!(getppid));
    for thread in seen {
        w.saw(thread, "getppid", parent).comm(&name).pid(tid(me));
        w.saw(thread, "prctl", 0).comm(&name);
        w.saw(thread, "getpid", me).comm("renamed");
    }
    Ok(())
}

/// The name that threads inherit.
fn comm() -> String {
    let text = std::fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
    text.trim_end().to_owned()
}

/// The kernel tells in which call a task is.
fn need_proc_syscall() -> Result<(), StepError> {
    match std::fs::read("/proc/self/syscall") {
        Ok(_) => Ok(()),
        Err(e) => Err(StepError::NotApplicable(format!("/proc does not tell who is blocked: {e}"))),
    }
}

/// Waits until a task is inside `read`, by asking the kernel, not the clock; gives up only when something is broken.
fn wait_until_blocked(task: u32) -> bool {
    let path = format!("/proc/{task}/syscall");
    let is_reading = || std::fs::read_to_string(&path).is_ok_and(|s| s.starts_with("0 "));
    let give_up = Instant::now() + Duration::from_secs(20);
    while !is_reading() {
        if Instant::now() > give_up {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

/// What looking at /proc takes.
const LOOKING: [&str; 8] =
    ["openat", "read", "close", "statx", "fstat", "lseek", "sched_yield", "newfstatat"];

pub(crate) fn exit_blocked(w: &mut Workload) -> Result<(), StepError> {
    let mut ends = [0_i32; 2];
    check_ok("pipe2", sys!(pipe2, &mut ends[..], 0))?;
    let mut report = [0_i32; 2];
    check_ok("pipe2", sys!(pipe2, &mut report[..], 0))?;
    need_proc_syscall()?;
    w.ignore_calls(&THREAD_CALLS);
    w.ignore_calls(&LOOKING);
    w.ignore_calls(&["write"]);
    w.begin();
    let child = sys!(fork);
    if child == 0 {
        static BLOCKED: AtomicU32 = AtomicU32::new(0);
        std::thread::spawn(move || {
            let me = tid(sys!(gettid));
            sys!(write, report[1], &[me][..], 4);
            BLOCKED.store(me, Ordering::Release);
            let mut buf = [0_u8; 1];
            sys!(read, ends[0], &mut buf[..], 1);
        });
        while BLOCKED.load(Ordering::Acquire) == 0 {
            std::thread::yield_now();
        }
        let blocked = wait_until_blocked(BLOCKED.load(Ordering::Acquire));
        sys!(exit_group, i32::from(!blocked));
    }
    w.ok("fork", child)?;
    let mut blocked = [0_u32];
    let r = sys!(read, report[0], &mut blocked[..], 4);
    w.ok("read", r)?.read(4);
    wait(w, child)?;
    w.end();
    let me = tid(child);
    w.unfinished(blocked[0], "read").fd(ends[0]).file_has("pipe:[").no_bytes().pid(me);
    w.never_returns(me, "exit_group").args_have("0");
    Ok(())
}

pub(crate) fn killed(w: &mut Workload) -> Result<(), StepError> {
    let mut ends = [0_i32; 2];
    check_ok("pipe2", sys!(pipe2, &mut ends[..], 0))?;
    need_proc_syscall()?;
    w.ignore_calls(&LOOKING);
    w.begin();
    let child = sys!(fork);
    if child == 0 {
        let mut buf = [0_u8; 1];
        sys!(getppid);
        sys!(read, ends[0], &mut buf[..], 1);
        sys!(exit_group, 1);
    }
    w.ok("fork", child)?;
    // If it never blocks, the row that is missing then tells.
    wait_until_blocked(tid(child));
    let r = sys!(kill, child, libc::SIGKILL);
    w.ok("kill", r)?.args_have("SIGKILL").no_fd();
    wait(w, child)?;
    w.end();
    let me = sys!(getpid);
    w.saw(tid(child), "getppid", me);
    w.unfinished(tid(child), "read").fd(ends[0]).file_has("pipe:[").no_bytes();
    Ok(())
}

pub(crate) fn compat(w: &mut Workload) -> Result<(), StepError> {
    // i386: getpid is 20, which is writev in 64-bit.
    const GETPID: u32 = 20;
    // Without 32-bit calls the instruction is a fault, and a child finds out.
    let probe = sys!(fork);
    if probe == 0 {
        sys!(exit_group, i32::from(int80(GETPID) != sys!(getpid)));
    }
    let mut status = [0_i32];
    check_ok("wait4", sys!(wait4, check_ok("fork", probe)?, &mut status[..], 0, 0))?;
    if status[0] != 0 {
        return Err(StepError::NotApplicable("the kernel has no 32-bit system calls".into()));
    }
    w.begin();
    let r = int80(GETPID);
    w.ok("i386_20", r)?.no_fd().no_file().no_family();
    let r = sys!(getpid);
    w.ok("getpid", r)?.family("Process");
    w.end();
    Ok(())
}
