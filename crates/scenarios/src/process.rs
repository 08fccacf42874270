//! Processes: fork, exec, their ends.

use crate::prelude::*;
use crate::sys::{clone_vfork, int80, vfork as raw_vfork};

pub(crate) fn fork_follow(w: &mut Workload) -> Done {
    let shared = w.shared()?;
    let me = w.pid();
    w.begin();
    let child = w.fork(|| {
        sys!(getppid);
        let grandchild = sys!(fork);
        if grandchild == 0 {
            sys!(getpid);
            sys!(exit_group, 2);
        }
        shared.set(0, grandchild);
        sys!(wait4, grandchild, 0, 0, 0);
        0
    })?;
    w.reap_after(child, 0, |w| {
        let g = shared.tid(0);
        w.saw(child, "getppid", me.into()).pid(child);
        w.saw(child, "fork", g.into()).family("Process").pid(child);
        w.saw(g, "getpid", g.into()).pid(g);
        w.exits(g, "exit_group").pid(g).args_have("2");
        w.saw(child, "wait4", g.into());
    })?;
    w.end();
    Ok(())
}

/// Many children at once, with children of their own.
pub(crate) fn fork_storm(w: &mut Workload) -> Done {
    const CHILDREN: usize = 16;
    let shared = w.shared()?;
    w.begin();
    let mut children = Vec::new();
    for i in 0..CHILDREN {
        children.push(w.fork(move || {
            let grandchild = sys!(fork);
            if grandchild == 0 {
                sys!(getppid);
                sys!(exit_group, 0);
            }
            shared.set(i, grandchild);
            sys!(wait4, grandchild, 0, 0, 0);
            0
        })?);
    }
    for (i, child) in children.into_iter().enumerate() {
        w.reap_after(child, 0, |w| {
            let g = shared.tid(i);
            w.saw(child, "fork", g.into()).pid(child);
            w.saw(g, "getppid", child.into()).pid(g);
            w.exits(g, "exit_group").pid(g);
            w.saw(child, "wait4", g.into());
        })?;
    }
    w.end();
    Ok(())
}

extern "C" fn vfork_child(_: *mut libc::c_void) -> i32 {
    sys!(getppid);
    sys!(exit_group, 3);
    0
}

pub(crate) fn vfork(w: &mut Workload) -> Done {
    // The C library blocks signals around its clone.
    w.ignore_calls(&["rt_sigprocmask"]);
    let me = w.pid();
    w.begin();
    let cloned = clone_vfork(vfork_child);
    w.ok("clone", cloned)?.args_have("CLONE_VM|CLONE_VFORK");
    let forked = raw_vfork();
    w.ok("vfork", forked)?.family("Process");
    for child in [cloned, forked] {
        let child = u32::try_from(child).unwrap_or_default();
        w.reap_after(child, 3, |w| {
            w.saw(child, "getppid", me.into()).pid(child);
        })?;
    }
    w.end();
    Ok(())
}

pub(crate) fn exec_missing(w: &mut Workload) -> Done {
    let (path, dir, d) = (w.path("missing"), w.dir(), w.open_dir()?);
    let argv = [at(&path), at(c"with \"quotes\""), 0];
    let envp = [at(c"A=1"), 0];
    w.begin();
    fails!(w, ENOENT, execve(&path, &argv, &envp))?
        .file(&path)
        .args_have("\"with \\\"quotes\\\"\"]")
        .args_have("/* 1 var */");
    fails!(w, ENOENT, execveat(d, c"missing", &argv, &envp, 0))?
        .file(&path)
        .args_have("\"with \\\"quotes\\\"\"]");
    fails!(w, ENOENT, execveat(CWD, &path, &argv, &envp, 0))?.file(&path);
    fails!(w, EACCES, execve(&dir, &argv, &envp))?.file(&dir);
    w.end();
    Ok(())
}

/// A new program keeps what is not marked close-on-exec, and has a name of its own.
pub(crate) fn exec(w: &mut Workload) -> Done {
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
        let f = need!(openat(CWD, path, RDONLY))?;
        need!(dup3(f, to, flags))?;
        need!(close(f))?;
    }
    let (argv, none, mut buf) = ([at(&image), 0], [0_u64], [0_u8; 1]);
    let before = w.comm();
    w.begin();
    let child = w.fork(|| {
        sys!(read, CLOSED, &mut buf, 1);
        sys!(execve, &image, &argv, &none);
        1
    })?;
    w.reap_after(child, 7, |w| {
        w.saw(child, "read", 1).on(CLOSED, &closed).read(1).comm(&before);
        w.saw(child, "execve", 0).file(&image).pid(child).comm(&before);
        w.saw(child, "read", 1).on(KEPT, &kept).read(1).pid(child).comm("image");
        w.saw(child, "read", -i64::from(libc::EBADF)).fd(CLOSED).comm("image");
        w.saw(child, "getpid", child.into()).comm("image");
    })?;
    w.end();
    Ok(())
}

/// A program by its descriptor, one in a memfd, and a script.
pub(crate) fn exec_others(w: &mut Workload) -> Done {
    let program = Program::new().call(number::exit_group, 7, 0);
    let image = w.program("image", &program)?;
    let f = need!(openat(CWD, &image, libc::O_PATH))?;
    let m = i32::try_from(have("memfd_create", sys!(memfd_create, c"inside", 0))?).unwrap_or(-1);
    let bytes = program.file();
    need!(write(m, &bytes[..], bytes.len()))?;
    let script = w.file("script", format!("#!{}\n", image.display()))?;
    need!(chmod(&script, 0o755))?;
    let (argv, none) = ([at(c"name"), 0], [0_u64]);
    w.begin();
    for (f, file) in [(f, image.to_path_buf()), (m, "/memfd:inside".into())] {
        let child = w.fork(|| {
            sys!(execveat, f, c"", &argv, &none, libc::AT_EMPTY_PATH);
            1
        })?;
        w.reap_after(child, 7, |w| {
            w.saw(child, "execveat", 0).on(f, &file).args_have("AT_EMPTY_PATH");
        })?;
    }
    let child = w.fork(|| {
        sys!(execve, &script, &argv, &none);
        1
    })?;
    w.reap_after(child, 7, |w| {
        w.saw(child, "execve", 0).file(&script).args_have(&script.display().to_string());
    })?;
    w.end();
    Ok(())
}

/// `execve` from a second thread, while the first is inside a call.
pub(crate) fn exec_non_leader(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let program = Program::new().call(number::getpid, 0, 0).call(number::exit_group, 5, 0);
    let path = w.program("image", &program)?;
    let (argv, none) = ([at(&path), 0], [0_u64]);
    let (shared, before) = (w.shared()?, w.comm());
    let [path_at, argv_at, none_at] = [at(&path), at(&argv), at(&none)];
    w.begin();
    let child = w.fork(|| {
        let leader = sys!(getpid);
        let worker = Thread::start(move || {
            shared
                .set(1, wait_until_blocked(u32::try_from(leader).unwrap_or_default(), number::pause).into());
            sys!(execve, path_at, argv_at, none_at);
        });
        shared.set(0, worker.as_ref().map(|t| t.tid).unwrap_or_default().into());
        sys!(pause);
        1
    })?;
    w.reap_after(child, 5, |w| {
        let worker = shared.tid(0);
        w.saw(child, "getpid", child.into()).comm(&before);
        w.saw(child, "clone", worker.into()).args_have("CLONE_THREAD");
        w.unfinished(child, "pause").pid(child).comm(&before);
        w.saw(worker, "execve", 0).file(&path).pid(child).comm(&before);
        // From here on the new program has the number of its process.
        w.saw(child, "getpid", child.into()).pid(child).comm("image");
    })?;
    w.end();
    Ok(())
}

/// Children with a table of their own, and one that shares it.
pub(crate) fn fork_tables(w: &mut Workload) -> Done {
    let ((a, f), (b, g)) = (w.open("a", "aaaa")?, w.open("b", "bbbb")?);
    w.begin();
    let child = w.fork(|| {
        sys!(dup2, g, f);
        sys!(write, f, b"x", 1);
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "dup2", f.into()).on(g, &b).and(f, &b);
        w.saw(child, "write", 1).on(f, &b).written(1);
    })?;
    ok!(w, write(f, b"x", 1))?.on(f, &a).written(1);
    let flags = libc::CLONE_FILES | libc::SIGCHLD;
    let r = sys!(clone, flags, 0, 0, 0, 0);
    if r == 0 {
        sys!(dup2, g, f);
        sys!(unshare, libc::CLONE_FILES);
        sys!(close, g);
        sys!(write, g, b"x", 1);
        sys!(exit_group, 0);
    }
    w.ok("clone", r)?.args_have("CLONE_FILES|SIGCHLD");
    let child = u32::try_from(r).unwrap_or_default();
    w.reap_after(child, 0, |w| {
        w.saw(child, "dup2", f.into()).on(g, &b).and(f, &b);
        w.saw(child, "unshare", 0).args_have("CLONE_FILES");
        w.saw(child, "close", 0).on(g, &b);
        w.saw(child, "write", -i64::from(libc::EBADF)).fd(g);
    })?;
    ok!(w, write(f, b"x", 1))?.on(f, &b).written(1);
    ok!(w, write(g, b"x", 1))?.on(g, &b).written(1);
    w.end();
    Ok(())
}

/// One row for each call, whatever it makes.
pub(crate) fn clone_variants(w: &mut Workload) -> Done {
    const CLONE_PIDFD: u64 = 0x1000;
    let mut pidfd = [-1_i32];
    let mut args = [0_u64; 11];
    args[0] = CLONE_PIDFD;
    args[1] = at(&mut pidfd);
    args[4] = u64::from(libc::SIGCHLD.unsigned_abs());
    w.begin();
    let r = sys!(clone3, &args, 88);
    if r == 0 {
        sys!(exit_group, 0);
    }
    w.ok("clone3", r)?.args_have("flags=CLONE_PIDFD").args_have("exit_signal=SIGCHLD");
    let child = u32::try_from(r).unwrap_or_default();
    ok!(w, pidfd_send_signal(pidfd[0], 0, 0, 0))?.fd(pidfd[0]).file_has("pidfd");
    w.reap_after(child, 0, |_| {})?;
    fails!(w, EINVAL, clone3(&args, 8))?;
    fails!(w, EINVAL, clone(libc::CLONE_THREAD, 0, 0, 0, 0))?;
    w.end();
    Ok(())
}

/// A process that is killed inside a call.
pub(crate) fn killed(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let (ends, me) = (new_pipe(0)?, w.pid());
    let (pipe, mut buf) = (pipe_name(ends[0])?, [0_u8; 1]);
    w.begin();
    let child = w.fork(|| {
        sys!(getppid);
        sys!(read, ends[0], &mut buf, 1);
        1
    })?;
    // If it never blocks, the row that is missing then tells.
    wait_until_blocked(child, number::read);
    ok!(w, kill(child, libc::SIGKILL))?.args_have("SIGKILL");
    let mut status = [0_i32];
    ok!(w, wait4(child, &mut status, 0, 0))?.args_have("WTERMSIG(s) == SIGKILL");
    w.end();
    w.saw(child, "getppid", me.into());
    w.unfinished(child, "read").on(ends[0], &pipe);
    Ok(())
}

pub(crate) fn compat(w: &mut Workload) -> Done {
    // i386: getpid is 20, which is writev in 64-bit; close is 6, with a descriptor in ebx
    const GETPID: u32 = 20;
    // Without 32-bit calls the instruction is a fault, and a child finds out.
    let probe = sys!(fork);
    if probe == 0 {
        sys!(exit_group, i32::from(int80(GETPID) != sys!(getpid)));
    }
    let mut status = [0_i32];
    need!(wait4(check_ok("fork", probe)?, &mut status, 0, 0))?;
    if status[0] != 0 {
        return not_applicable("the kernel has no 32-bit system calls");
    }
    w.begin();
    let r = int80(GETPID);
    w.ok("getpid@32", r)?.no_family();
    // One that only 32-bit programs have, and one that nobody has.
    let r = int80(199);
    w.saw(w.tid(), "getuid32@32", r).no_family();
    let r = int80(998);
    w.saw(w.tid(), "i386_998", r).no_family();
    ok!(w, getpid())?.family("Process");
    w.end();
    Ok(())
}

/// Descriptors of two processes compared: only then are the numbers descriptors.
pub(crate) fn kcmp(w: &mut Workload) -> Done {
    const FILE: i32 = 0;
    const VM: i32 = 1;
    let (path, f) = w.open("compared", "")?;
    let (me, g) = (w.pid(), need!(dup(f))?);
    have("kcmp", sys!(kcmp, me, me, VM, 0, 0))?;
    w.begin();
    ok!(w, kcmp(me, me, FILE, f, g))?.on(f, &path).and(g, &path).args_have("KCMP_FILE").ret_is(0);
    ok!(w, kcmp(me, me, VM, f, g))?.args_have("KCMP_VM");
    fails!(w, EBADF, kcmp(me, me, FILE, f, NO_FD))?.on(f, &path).fd2(NO_FD);
    fails!(w, ESRCH, kcmp(me, i32::MAX, VM, 0, 0))?;
    w.end();
    Ok(())
}
