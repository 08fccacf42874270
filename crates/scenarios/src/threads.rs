//! Threads: names, ends.

use std::ffi::{CStr, CString};

use crate::prelude::*;

fn set_name(name: &CStr) -> Raw {
    sys!(prctl, libc::PR_SET_NAME, name, 0, 0, 0)
}

/// Calls that never return: of a signal handler, of a thread.
pub(crate) fn noreturn(w: &mut Workload) -> Done {
    handle(libc::SIGUSR1, 0);
    let (me, t) = (w.pid(), w.tid());
    w.begin();
    for _ in 0..3 {
        ok!(w, tgkill(me, t, libc::SIGUSR1))?.args_have("SIGUSR1");
        w.never_returns(t, "rt_sigreturn");
    }
    let thread = w.thread(|| ())?;
    let tid = thread.tid;
    thread.join();
    w.exits(tid, "exit").pid(me).args_have("0");
    let child = w.fork(|| 3)?;
    w.reap_after(child, 3, |_| {})?;
    w.end();
    Ok(())
}

/// The end of a thread is not the end of its process.
pub(crate) fn exit_keeps_fd(w: &mut Workload) -> Done {
    let ends = new_pipe(0)?;
    let pipe = pipe_name(ends[0])?;
    w.begin();
    ok!(w, write(ends[1], b"x", 1))?.on(ends[1], &pipe).written(1);
    let thread = w.thread(move || sys!(write, ends[1], b"y", 1))?;
    let tid = thread.tid;
    thread.join();
    ok!(w, write(ends[1], b"z", 1))?.on(ends[1], &pipe).written(1);
    w.end();
    w.saw(tid, "write", 1).on(ends[1], &pipe).written(1);
    w.exits(tid, "exit");
    Ok(())
}

/// `exit_group` while another thread is inside a call.
pub(crate) fn exit_blocked(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let ends = new_pipe(0)?;
    let (pipe, shared) = (pipe_name(ends[0])?, w.shared()?);
    w.begin();
    let child = w.fork(|| {
        let blocked = Thread::start(move || {
            let mut buf = [0_u8; 1];
            sys!(read, ends[0], &mut buf, 1);
        });
        let tid = blocked.as_ref().map(|t| t.tid).unwrap_or_default();
        shared.set(0, tid.into());
        let failed = i32::from(!wait_until_blocked(tid, number::read));
        std::mem::forget(blocked);
        failed
    })?;
    w.reap_after(child, 0, |w| {
        let tid = shared.tid(0);
        w.saw(child, "clone", tid.into());
        w.unfinished(tid, "read").on(ends[0], &pipe).pid(child);
    })?;
    w.end();
    Ok(())
}

/// Threads that live for a few calls only have the name they inherit.
pub(crate) fn comm_short(w: &mut Workload) -> Done {
    const THREADS: usize = 40;
    let (path, f) = w.open("read", "text")?;
    let (pid, name) = (w.pid(), w.comm());
    w.begin();
    let mut threads = Vec::new();
    for _ in 0..THREADS {
        threads.push(w.thread(move || {
            let mut buf = [0_u8; 4];
            for offset in 0..4 {
                sys!(pread64, f, &mut buf, 1, offset);
            }
        })?);
    }
    let tids: Vec<u32> = threads.iter().map(|t| t.tid).collect();
    drop(threads);
    w.end();
    for tid in tids {
        for _ in 0..4 {
            w.saw(tid, "pread64", 1).on(f, &path).read(1).comm(&name).pid(pid);
        }
        w.exits(tid, "exit").comm(&name);
    }
    Ok(())
}

/// Renamed by its first call.
pub(crate) fn comm_renamed(w: &mut Workload) -> Done {
    let (pid, name, parent) = (w.pid(), w.comm(), sys!(getppid));
    w.begin();
    let mut tids = Vec::new();
    for _ in 0..8 {
        let thread = w.thread(|| {
            sys!(getppid);
            set_name(c"renamed");
            sys!(getpid);
        })?;
        tids.push(thread.tid);
        thread.join();
    }
    w.end();
    for tid in tids {
        w.saw(tid, "getppid", parent).comm(&name).pid(pid);
        w.saw(tid, "prctl", 0).comm(&name).args_have("PR_SET_NAME");
        w.saw(tid, "getpid", pid.into()).comm("renamed");
        w.exits(tid, "exit").comm("renamed");
    }
    Ok(())
}

fn comm_file(tid: u32) -> CString {
    CString::new(format!("/proc/self/task/{tid}/comm")).unwrap_or_default()
}

/// Renamed by prctl, by a write to its own file in /proc, by the write of another thread.
pub(crate) fn comm_late(w: &mut Workload) -> Done {
    let (pid, name, shared) = (w.pid(), w.comm(), w.shared()?);
    let [ready, go] = [0, 1];
    w.begin();
    let thread = w.thread(move || {
        sys!(getpid);
        set_name(c"first");
        sys!(getpid);
        let own = sys!(openat, CWD, c"/proc/thread-self/comm", libc::O_WRONLY);
        sys!(write, own, b"second", 6);
        sys!(getpid);
        shared.open(ready);
        shared.wait(go);
        sys!(getpid);
        own
    })?;
    let tid = thread.tid;
    shared.wait(ready);
    let theirs = aside(|| need!(openat(CWD, &comm_file(tid), libc::O_WRONLY)))?;
    let written = ok!(w, write(theirs, b"third", 5))?.fd(theirs).file_has("/comm").written(5).value();
    shared.open(go);
    let own = thread.join().unwrap_or_default();
    w.end();
    let file = format!("/proc/{pid}/task/{tid}/comm");
    let me = i64::from(pid);
    w.saw(tid, "getpid", me).comm(&name);
    w.saw(tid, "prctl", 0).comm(&name);
    w.saw(tid, "getpid", me).comm("first");
    let own = w.saw(tid, "openat", own).opened(&file).comm("first").value();
    w.saw(tid, "write", 6).on(own, &file).written(6).comm("first");
    w.saw(tid, "getpid", me).comm("second");
    w.saw(tid, "getpid", me).comm("third");
    w.exits(tid, "exit").comm("third");
    check_ok("write", written.into())?;
    Ok(())
}

/// Renamed by another thread while inside a call: the row has the name of its beginning.
pub(crate) fn comm_in_open(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let (fifo, name, me) = (w.path("fifo"), w.comm(), w.pid());
    need!(mknod(&fifo, libc::S_IFIFO | 0o600, 0))?;
    let path = at(&fifo);
    w.begin();
    let thread = w.thread(move || {
        let f = sys!(openat, CWD, path, libc::O_WRONLY);
        sys!(getpid);
        f
    })?;
    let tid = thread.tid;
    if !wait_until_blocked(tid, number::openat) {
        return not_applicable("open did not block");
    }
    let theirs = aside(|| need!(openat(CWD, &comm_file(tid), libc::O_WRONLY)))?;
    ok!(w, write(theirs, b"late", 4))?.fd(theirs).file_has("/comm").written(4);
    ok!(w, openat(CWD, &fifo, RDONLY))?.opened(&fifo);
    let f = thread.join().unwrap_or_default();
    w.end();
    w.saw(tid, "openat", f).opened(&fifo).comm(&name);
    w.saw(tid, "getpid", me.into()).comm("late");
    w.exits(tid, "exit").comm("late");
    Ok(())
}
