//! Odd numbers, odd files, calls that did a part of their work, calls that others meddle with.

use crate::prelude::*;
use crate::signal::count_in;

/// Numbers beyond every table, below zero, and with rubbish above their 32 bits.
pub(crate) fn fd_limits(w: &mut Workload) -> Done {
    const HIGH: i32 = 70_000;
    let (path, f) = w.open("far", "")?;
    let mut limit = [0_u64; 2];
    need!(prlimit64(0, libc::RLIMIT_NOFILE, 0, &mut limit))?;
    limit[0] = limit[1];
    need!(prlimit64(0, libc::RLIMIT_NOFILE, &limit, 0))?;
    let rubbish = i64::from(f) | 0xdead << 32;
    w.begin();
    if limit[0] > 70_000 {
        ok!(w, dup2(f, HIGH))?.on(f, &path).and(HIGH, &path);
        ok!(w, write(HIGH, b"x", 1))?.on(HIGH, &path).written(1);
        ok!(w, close(HIGH))?.on(HIGH, &path);
    }
    fails!(w, EBADF, write(HIGH, b"x", 1))?.fd(HIGH);
    fails!(w, EBADF, write(-5, b"x", 1))?.args_have("-5, ");
    fails!(w, EBADF, write(i32::MIN, b"x", 1))?;
    fails!(w, EBADF, write(i32::MAX, b"x", 1))?.fd(i32::MAX);
    ok!(w, write(rubbish, b"x", 1))?.on(f, &path).written(1);
    ok!(w, close(rubbish))?.on(f, &path);
    w.end();
    Ok(())
}

/// Calls that did a part of what they were asked for, or nothing.
pub(crate) fn partial(w: &mut Workload) -> Done {
    const ROOM: i64 = 65536;
    need_proc_syscall()?;
    let (ends, full) = (new_pipe(libc::O_NONBLOCK)?, need!(openat(CWD, c"/dev/full", libc::O_WRONLY))?);
    let (pipe, shared) = (pipe_name(ends[0])?, w.shared()?);
    let slow = new_pipe(0)?;
    let slow_name = pipe_name(slow[0])?;
    let (big, mut buf) = (vec![b'x'; 1 << 20], [0_u8; 16]);
    let big = at(&big[..]);
    handle(libc::SIGPIPE, 0);
    count_in(shared, 9);
    handle(libc::SIGUSR1, 0);
    w.begin();
    fails!(w, EAGAIN, read(ends[0], &mut buf, 16))?.on(ends[0], &pipe);
    ok!(w, write(ends[1], big, 1 << 20))?.on(ends[1], &pipe).written(ROOM).ret_is(ROOM);
    fails!(w, EAGAIN, write(ends[1], big, 1))?.on(ends[1], &pipe);
    ok!(w, close(ends[0]))?.on(ends[0], &pipe);
    fails!(w, EPIPE, write(ends[1], big, 1))?.on(ends[1], &pipe);
    let me = w.tid();
    w.never_returns(me, "rt_sigreturn");
    fails!(w, ENOSPC, write(full, big, 1))?.on(full, "/dev/full");
    // A blocked write that a signal ends has moved what had room.
    let child = w.fork(|| {
        shared.set(0, sys!(write, slow[1], big, 1 << 20));
        0
    })?;
    if !wait_until_blocked(child, number::write) {
        return not_applicable("the write did not block");
    }
    ok!(w, kill(child, libc::SIGUSR1))?.args_have("SIGUSR1");
    w.reap_after(child, 0, |w| {
        w.saw(child, "write", ROOM).on(slow[1], &slow_name).written(ROOM);
        w.never_returns(child, "rt_sigreturn");
    })?;
    w.end();
    if shared.get(0) == ROOM { Ok(()) } else { Err(StepError::Call { call: "write", ret: shared.get(0) }) }
}

/// Files that are made of nothing: terminals, devices, /proc, /sys.
pub(crate) fn special_files(w: &mut Workload) -> Done {
    const GET_NUMBER: u32 = 0x8004_5430;
    const UNLOCK: u32 = 0x4004_5431;
    let (pid, mut buf, mut n) = (w.pid(), [0_u8; 64], [0_i32]);
    w.begin();
    for name in [c"/dev/null", c"/dev/zero", c"/sys/kernel/notes", c"/proc/uptime"] {
        let path = name.to_string_lossy();
        let f = ok!(w, openat(CWD, name, RDONLY))?.opened(&*path).value();
        let r = sys!(read, f, &mut buf, 8);
        w.ok("read", r)?.on(f, &*path).read(r);
        ok!(w, close(f))?.on(f, &*path);
    }
    let own = format!("/proc/{pid}/status");
    let f = ok!(w, openat(CWD, c"/proc/self/status", RDONLY))?
        .opened(&own)
        .args_have("\"/proc/self/status\"")
        .value();
    ok!(w, read(f, &mut buf, 5))?.on(f, &own).read(5).args_have("\"Name:\"");
    if aside(|| sys!(access, c"/dev/ptmx", libc::R_OK | libc::W_OK)) == 0 {
        let r = sys!(openat, CWD, c"/dev/ptmx", RDWR | libc::O_NOCTTY);
        let m = w.ok("openat", r)?.fd_opened().file_has("ptmx").value();
        ok!(w, ioctl(m, UNLOCK, &mut n))?.fd(m).file_has("ptmx").args_have("TIOCSPTLCK");
        ok!(w, ioctl(m, GET_NUMBER, &mut n))?.fd(m).file_has("ptmx").args_have("TIOCGPTN");
        let slave = format!("/dev/pts/{}", n[0]);
        let name = std::ffi::CString::new(slave.as_str()).unwrap_or_default();
        let s = ok!(w, openat(CWD, &name, RDWR | libc::O_NOCTTY))?.opened(&slave).value();
        ok!(w, write(s, b"x", 1))?.on(s, &slave).written(1);
        ok!(w, read(m, &mut buf, 8))?.fd(m).file_has("ptmx").read(1);
    }
    w.end();
    Ok(())
}

/// Many threads at once, each with a file of its own.
pub(crate) fn load(w: &mut Workload) -> Done {
    const THREADS: usize = 16;
    const CALLS: usize = 300;
    let shared = w.shared()?;
    let go = 0;
    let mut files = Vec::new();
    for i in 0..THREADS {
        files.push(w.open(&format!("file {i}"), "text")?);
    }
    w.begin();
    let mut threads = Vec::new();
    for (_, f) in &files {
        let f = *f;
        threads.push(w.thread(move || {
            let mut buf = [0_u8; 4];
            shared.wait(go);
            for _ in 0..CALLS {
                sys!(pread64, f, &mut buf, 4, 0);
            }
        })?);
    }
    shared.open(go);
    let tids: Vec<u32> = threads.iter().map(|t| t.tid).collect();
    drop(threads);
    w.end();
    for (tid, (path, f)) in tids.into_iter().zip(&files) {
        for _ in 0..CALLS {
            w.saw(tid, "pread64", 4).on(*f, path).read(4);
        }
        w.exits(tid, "exit");
    }
    Ok(())
}

/// A tracer of the process changes the number of a call, and cancels one.
pub(crate) fn ptraced(w: &mut Workload) -> Done {
    const TRACEME: i32 = 0;
    const POKEUSER: i32 = 6;
    const CONT: i32 = 7;
    const SYSCALL: i32 = 24;
    /// Where `struct user` has the number of the call.
    const ORIG_RAX: u64 = 15 * 8;
    let shared = w.shared()?;
    have("ptrace", in_traced_child())?;
    w.begin();
    let child = w.fork(|| {
        shared.set(0, sys!(ptrace, TRACEME, 0, 0, 0));
        let me = sys!(gettid);
        sys!(tkill, me, libc::SIGSTOP);
        shared.set(1, sys!(getppid));
        shared.set(2, sys!(getuid));
        sys!(getpid);
        0
    })?;
    let mut status = [0_i32];
    let stop = |status: &mut [i32; 1]| aside(|| sys!(wait4, child, status, 0, 0));
    let go = |request: i32| aside(|| sys!(ptrace, request, child, 0, 0));
    stop(&mut status);
    // getppid becomes getpid, getuid is no call at all.
    for nr in [number::getpid, -1] {
        go(SYSCALL);
        stop(&mut status);
        aside(|| sys!(ptrace, POKEUSER, child, ORIG_RAX, nr));
        go(SYSCALL);
        stop(&mut status);
    }
    go(CONT);
    w.reap_after(child, 0, |w| {
        w.saw(child, "ptrace", shared.get(0)).args_have("PTRACE_TRACEME");
        w.saw(child, "gettid", child.into());
        w.saw(child, "tkill", 0).args_have("SIGSTOP");
        w.saw(child, "getpid", child.into());
        w.saw(child, "syscall_0xffffffff", -i64::from(libc::ENOSYS)).no_family();
        w.saw(child, "getpid", child.into());
    })?;
    w.end();
    match shared.get(1) == i64::from(child) && shared.get(2) == -i64::from(libc::ENOSYS) {
        true => Ok(()),
        false => Err(StepError::Call { call: "ptrace", ret: shared.get(2) }),
    }
}

/// Whether a child may be traced at all.
fn in_traced_child() -> Raw {
    let child = sys!(fork);
    if child == 0 {
        sys!(exit_group, i32::from(sys!(ptrace, 0, 0, 0, 0) < 0));
    }
    let mut status = [0_i32];
    sys!(wait4, child, &mut status, 0, 0);
    if status[0] == 0 { 0 } else { -i64::from(libc::EPERM) }
}
