//! Descriptors for things that are no files, queues, shared memory, notification.

use std::ffi::CString;

use crate::prelude::*;
use crate::socket_bytes::open_queue;

pub(crate) fn eventfd(w: &mut Workload) -> Done {
    const NAME: &str = "anon_inode:[eventfd]";
    let mut value = [0_u64];
    w.begin();
    // The count is the number of an open descriptor.
    let e = ok!(w, eventfd(1))?.opened(NAME).args_have("1").value();
    ok!(w, write(e, &[5_u64], 8))?.on(e, NAME).written(8);
    ok!(w, read(e, &mut value, 8))?.on(e, NAME).read(8);
    ok!(w, close(e))?.on(e, NAME);
    let e = ok!(w, eventfd2(1, libc::EFD_CLOEXEC | libc::EFD_SEMAPHORE))?
        .opened(NAME)
        .args_have("1, EFD_SEMAPHORE|EFD_CLOEXEC")
        .value();
    fails!(w, EINVAL, write(e, &[1_u64], 4))?.on(e, NAME);
    ok!(w, close(e))?.on(e, NAME);
    fails!(w, EINVAL, eventfd2(1, 0xbad))?;
    w.end();
    Ok(())
}

pub(crate) fn memfd(w: &mut Workload) -> Done {
    w.begin();
    let f = ok!(w, memfd_create(c"x", libc::MFD_CLOEXEC))?
        .opened("/memfd:x")
        .args_have("\"x\", MFD_CLOEXEC")
        .value();
    ok!(w, write(f, b"x", 1))?.on(f, "/memfd:x").written(1);
    ok!(w, close(f))?.on(f, "/memfd:x");
    fails!(w, EINVAL, memfd_create(c"x", 0xbad))?.args_have("\"x\"");
    w.end();
    Ok(())
}

pub(crate) fn memfd_secret(w: &mut Workload) -> Done {
    let f = have("memfd_secret", sys!(memfd_secret, 0))?;
    need!(close(f))?;
    w.begin();
    let f = ok!(w, memfd_secret(0))?.fd_opened().file_has("secretmem").value();
    ok!(w, close(f))?.fd(f).file_has("secretmem");
    w.end();
    Ok(())
}

pub(crate) fn userfaultfd(w: &mut Workload) -> Done {
    let f = have("userfaultfd", sys!(userfaultfd, libc::O_CLOEXEC))?;
    need!(close(f))?;
    w.begin();
    let f = ok!(w, userfaultfd(libc::O_CLOEXEC))?.opened("anon_inode:[userfaultfd]").value();
    ok!(w, close(f))?.on(f, "anon_inode:[userfaultfd]");
    w.end();
    Ok(())
}

pub(crate) fn signalfd(w: &mut Workload) -> Done {
    const NAME: &str = "anon_inode:[signalfd]";
    let mask = [1_u64 << (libc::SIGUSR1 - 1)];
    let (path, f) = w.open("file", "")?;
    w.begin();
    let s = ok!(w, signalfd(-1, &mask, 8))?.opened(NAME).args_have("-1, [USR1], 8").value();
    // On one that is there it makes none.
    ok!(w, signalfd4(s, &mask, 8, 0))?.on(s, NAME).and(s, NAME);
    ok!(w, close(s))?.on(s, NAME);
    let s = ok!(w, signalfd4(-1, &mask, 8, libc::SFD_CLOEXEC))?.opened(NAME).args_have("SFD_CLOEXEC").value();
    ok!(w, close(s))?.on(s, NAME);
    fails!(w, EINVAL, signalfd4(f, &mask, 8, 0))?.on(f, &path);
    w.end();
    Ok(())
}

pub(crate) fn timerfd(w: &mut Workload) -> Done {
    const NAME: &str = "anon_inode:[timerfd]";
    let (hour, mut left) = ([0_i64, 0, 3600, 0], [0_i64; 4]);
    w.begin();
    let t = ok!(w, timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC))?
        .opened(NAME)
        .args_have("CLOCK_MONOTONIC, TFD_CLOEXEC")
        .value();
    ok!(w, timerfd_settime(t, 0, &hour, 0))?.on(t, NAME).args_have("tv_sec=3600");
    ok!(w, timerfd_gettime(t, &mut left))?.on(t, NAME);
    ok!(w, close(t))?.on(t, NAME);
    fails!(w, EINVAL, timerfd_create(99, 0))?;
    fails!(w, EBADF, timerfd_gettime(NO_FD, &mut left))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn inotify(w: &mut Workload) -> Done {
    const NAME: &str = "anon_inode:inotify";
    let (path, missing) = (w.file("watched", "")?, w.path("missing"));
    let mask = libc::IN_MODIFY | libc::IN_DELETE_SELF;
    w.begin();
    let old = ok!(w, inotify_init())?.opened(NAME).value();
    ok!(w, close(old))?.on(old, NAME);
    let group = ok!(w, inotify_init1(libc::IN_CLOEXEC))?.opened(NAME).value();
    let r = sys!(inotify_add_watch, group, &path, mask);
    let watch = w
        .ok("inotify_add_watch", r)?
        .on(group, NAME)
        .file2(&path)
        .args_have("IN_MODIFY|IN_DELETE_SELF")
        .value();
    fails!(w, ENOENT, inotify_add_watch(group, &missing, mask))?.on(group, NAME).file2(&missing);
    ok!(w, inotify_rm_watch(group, watch))?.on(group, NAME);
    fails!(w, EINVAL, inotify_rm_watch(group, watch))?.on(group, NAME);
    w.end();
    Ok(())
}

pub(crate) fn fanotify(w: &mut Workload) -> Done {
    const NAME: &str = "anon_inode:[fanotify]";
    const ADD: u32 = 1;
    const FLUSH: u32 = 0x80;
    const OPEN: u64 = 0x20;
    let (path, dir, d) = (w.file("watched", "")?, w.dir(), w.open_dir()?);
    let probe = have("fanotify_init", sys!(fanotify_init, 0, 0))?;
    need!(close(probe))?;
    w.begin();
    let group = ok!(w, fanotify_init(1, 0))?.opened(NAME).args_have("FAN_CLOEXEC").value();
    ok!(w, fanotify_mark(group, ADD, OPEN, CWD, &path))?
        .on(group, NAME)
        .file2(&path)
        .args_have("FAN_MARK_ADD");
    ok!(w, fanotify_mark(group, ADD, OPEN, d, c"watched"))?.on(group, NAME).file2(&path);
    ok!(w, fanotify_mark(group, ADD, OPEN, d, 0))?.on(group, NAME).and(d, &dir);
    fails!(w, ENOENT, fanotify_mark(group, ADD, OPEN, d, c""))?
        .on(group, NAME)
        .any_second()
        .args_have("\"\"");
    fails!(w, EBADF, fanotify_mark(group, ADD, OPEN, CWD, 0))?.on(group, NAME).any_second().args_have("NULL");
    ok!(w, fanotify_mark(group, FLUSH, 0, CWD, 0))?.on(group, NAME).any_second();
    w.end();
    Ok(())
}

pub(crate) fn mq(w: &mut Workload) -> Done {
    let probe = open_queue(w)?;
    need!(close(probe.1))?;
    let (name, mut buf) = (probe.0, [0_u8; 64]);
    let text = CString::new(&name[1..]).unwrap_or_default();
    let attr = [0_i64, 4, 64, 0, 0, 0, 0, 0];
    let mut old = [0_i64; 8];
    let shown = format!("\"{}\"", &name[1..]);
    w.begin();
    let q = ok!(w, mq_open(&text, RDWR_CREAT, 0o600, &attr))?.opened(&name).args_have(&shown).value();
    ok!(w, mq_getsetattr(q, 0, &mut old))?.on(q, &name);
    ok!(w, mq_notify(q, 0))?.on(q, &name).args_have("NULL");
    ok!(w, mq_timedsend(q, b"seven b", 7, 3, 0))?.on(q, &name).written(7).args_have("\"seven b\", 7, 3");
    ok!(w, mq_timedreceive(q, &mut buf, 64, 0, 0))?.on(q, &name).read(7).args_have("\"seven b\", 64");
    ok!(w, mq_unlink(&text))?.args_have(&shown);
    ok!(w, close(q))?.on(q, &name);
    fails!(w, ENOENT, mq_unlink(&text))?.args_have(&shown);
    fails!(w, ENOENT, mq_open(&text, RDWR))?.args_have(&shown);
    w.end();
    Ok(())
}

/// Ids of System V are small numbers, as descriptors are. They must not be taken for those: every number they may have is
/// open.
pub(crate) fn sysv_shm(w: &mut Workload) -> Done {
    w.begin();
    let r = sys!(shmget, libc::IPC_PRIVATE, 4096, 0o600 | libc::IPC_CREAT);
    let id = w.ok("shmget", r)?.args_have("IPC_PRIVATE, 4096, IPC_CREAT|0600").value();
    let map = sys!(shmat, id, 0, 0);
    w.ok("shmat", map)?.family("IPC");
    ok!(w, shmdt(map))?;
    ok!(w, shmctl(id, libc::IPC_RMID, 0))?.args_have("IPC_RMID");
    fails!(w, EINVAL, shmctl(id, libc::IPC_RMID, 0))?;
    fails!(w, EINVAL, shmdt(1))?;
    w.end();
    Ok(())
}

pub(crate) fn sysv_msg(w: &mut Workload) -> Done {
    let message = [1_u64, u64::from_le_bytes(*b"ten byte"), 0];
    let mut received = [0_u64; 8];
    w.begin();
    let q = ok!(w, msgget(libc::IPC_PRIVATE, 0o600))?.args_have("IPC_PRIVATE, 0600").value();
    ok!(w, msgsnd(q, &message, 10, 0))?.written(10);
    ok!(w, msgrcv(q, &mut received, 56, 0, 0))?.read(10);
    fails!(w, ENOMSG, msgrcv(q, &mut received, 56, 0, libc::IPC_NOWAIT))?.args_have("IPC_NOWAIT");
    ok!(w, msgctl(q, libc::IPC_RMID, 0))?.args_have("IPC_RMID");
    fails!(w, EINVAL, msgsnd(q, &message, 10, 0))?;
    w.end();
    Ok(())
}

pub(crate) fn sysv_sem(w: &mut Workload) -> Done {
    // struct sembuf: number, what is added, flags
    let (up, down) = ([0_i16, 1, 0], [0_i16, -1, 0]);
    let no_wait = [0_i16, -1, 0o4000];
    w.begin();
    let s = ok!(w, semget(libc::IPC_PRIVATE, 1, 0o600))?.args_have("IPC_PRIVATE, 1, 0600").value();
    ok!(w, semop(s, &up, 1))?;
    ok!(w, semop(s, &down, 1))?;
    fails!(w, EAGAIN, semop(s, &no_wait, 1))?;
    ok!(w, semtimedop(s, &up, 1, &[1_i64, 0]))?;
    ok!(w, semctl(s, 0, libc::GETVAL, 0))?.ret_is(1).args_have("GETVAL");
    ok!(w, semctl(s, 0, libc::IPC_RMID, 0))?.args_have("IPC_RMID");
    fails!(w, EINVAL, semop(s, &up, 1))?;
    w.end();
    Ok(())
}

/// A descriptor taken out of another process.
pub(crate) fn pidfd_getfd(w: &mut Workload) -> Done {
    let (path, f) = w.open("theirs", "text")?;
    let me = w.pid();
    let probe = i32::try_from(have("pidfd_open", sys!(pidfd_open, me, 0))?).unwrap_or(-1);
    have("pidfd_getfd", sys!(pidfd_getfd, probe, f, 0))?;
    w.begin();
    for _ in 0..2 {
        let pidfd = ok!(w, pidfd_open(me, 0))?.fd_opened().file_has("pidfd").value();
        let copy = ok!(w, pidfd_getfd(pidfd, f, 0))?.fd(pidfd).file_has("pidfd").and_opened(&path).value();
        ok!(w, write(copy, b"x", 1))?.on(copy, &path).written(1);
        ok!(w, close(copy))?.on(copy, &path);
        ok!(w, close(pidfd))?.fd(pidfd).file_has("pidfd");
    }
    w.end();
    Ok(())
}

pub(crate) fn pidfd_getfd_fails(w: &mut Workload) -> Done {
    let pidfd = i32::try_from(have("pidfd_open", sys!(pidfd_open, w.pid(), 0))?).unwrap_or(-1);
    w.begin();
    fails!(w, EBADF, pidfd_getfd(pidfd, NO_FD, 0))?.fd(pidfd).file_has("pidfd");
    fails!(w, EBADF, pidfd_getfd(NO_FD, 0, 0))?.fd(NO_FD);
    fails!(w, EINVAL, pidfd_open(-1, 0))?;
    fails!(w, ESRCH, pidfd_open(i32::MAX, 0))?;
    w.end();
    Ok(())
}

/// As another user, the descriptors of process 1 cannot be had.
pub(crate) fn pidfd_getfd_eperm(w: &mut Workload) -> Done {
    let shared = w.shared()?;
    // Whoever cannot become another user is not root, and may not look into process 1 anyway.
    w.begin();
    let child = w.fork(|| {
        shared.set(0, sys!(setresuid, 65534, 65534, 65534));
        shared.set(1, sys!(pidfd_open, 1, 0));
        shared.set(2, sys!(pidfd_getfd, shared.get(1), 0, 0));
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "setresuid", shared.get(0));
        w.saw(child, "pidfd_open", shared.get(1)).fd_opened().file_has("pidfd");
        let eperm = -i64::from(libc::EPERM);
        let pidfd = i32::try_from(shared.get(1)).unwrap_or(-1);
        w.saw(child, "pidfd_getfd", eperm).fd(pidfd).file_has("pidfd");
    })?;
    w.end();
    match shared.get(0) {
        0 => Ok(()),
        _ => not_applicable("another user cannot be had"),
    }
}

pub(crate) fn pidfd_signal(w: &mut Workload) -> Done {
    let pidfd = i32::try_from(have("pidfd_open", sys!(pidfd_open, w.pid(), 0))?).unwrap_or(-1);
    w.begin();
    ok!(w, pidfd_send_signal(pidfd, 0, 0, 0))?.fd(pidfd).file_has("pidfd").args_have("0, NULL, 0");
    fails!(w, EBADF, pidfd_send_signal(NO_FD, libc::SIGTERM, 0, 0))?.fd(NO_FD).args_have("SIGTERM");
    fails!(w, EINVAL, pidfd_send_signal(pidfd, 0, 0, 0xbad))?.fd(pidfd).file_has("pidfd");
    w.end();
    Ok(())
}
