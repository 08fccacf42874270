//! Descriptors and their numbers.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::sys::sys;
use crate::workload::{StepError, Workload, c, check_ok, fd};

const CWD: i32 = libc::AT_FDCWD;

pub(crate) fn dup(w: &mut Workload) -> Result<(), StepError> {
    let (a, b) = (w.file("a", "aaaa")?, w.file("b", "bbbb")?);
    let (a_name, b_name) = (c(&a), c(&b));
    let f = check_ok("openat", sys!(openat, CWD, a_name.as_c_str(), libc::O_RDWR))?;
    let other = check_ok("openat", sys!(openat, CWD, b_name.as_c_str(), libc::O_RDWR))?;
    w.begin();
    let r = sys!(dup, f);
    w.ok("dup", r)?.fd(fd(f)).file(&a).fd2(fd(r)).file2(&a);
    let r = sys!(write, r, &b"x"[..], 1);
    w.ok("write", r)?.file(&a);
    // The number named b until now.
    let r = sys!(dup2, f, other);
    w.ok("dup2", r)?.fd(fd(f)).file(&a).fd2(fd(other)).file2(&a);
    let r = sys!(write, other, &b"x"[..], 1);
    w.ok("write", r)?.fd(fd(other)).file(&a);
    let r = sys!(dup3, f, 501, libc::O_CLOEXEC);
    w.ok("dup3", r)?.fd(fd(f)).fd2(501).file2(&a).args_have("O_CLOEXEC");
    let r = sys!(dup3, f, 502, 0xBAD);
    w.fails("dup3", r, libc::EINVAL)?.fd(fd(f)).file(&a);
    let r = sys!(fcntl, f, libc::F_DUPFD_CLOEXEC, 600);
    w.ok("fcntl", r)?.fd(fd(f)).file(&a).fd2(600).file2(&a).args_have("F_DUPFD_CLOEXEC, 600");
    let r = sys!(fcntl, f, libc::F_GETFL);
    w.ok("fcntl", r)?.fd(fd(f)).file(&a).args_have("F_GETFL");
    let r = sys!(dup, 99_999);
    w.fails("dup", r, libc::EBADF)?.fd(99_999).no_file();
    w.end();
    Ok(())
}

/// Results that look like descriptors but are none, and numbers that change nothing.
pub(crate) fn dup_edges(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("a", "aaaa")?;
    let name = c(&path);
    let f = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDWR))?;
    w.begin();
    let r = sys!(dup2, f, f);
    w.ok("dup2", r)?.fd(fd(f)).file(&path).fd2(fd(f)).file2(&path);
    let r = sys!(dup3, f, f, 0);
    w.fails("dup3", r, libc::EINVAL)?.fd(fd(f)).file(&path);
    let r = sys!(dup2, f, 503);
    w.ok("dup2", r)?.fd(fd(f)).file(&path).fd2(503).file2(&path);
    let r = sys!(close, 503);
    w.ok("close", r)?.fd(503).file(&path);
    let r = sys!(fcntl, f, libc::F_DUPFD, 601);
    w.ok("fcntl", r)?.fd(fd(f)).file(&path).fd2(601).file2(&path);
    let r = sys!(write, 601, &b"x"[..], 1);
    w.ok("write", r)?.fd(601).file(&path);
    let r = sys!(fcntl, f, libc::F_DUPFD, 1 << 30);
    w.fails("fcntl", r, libc::EINVAL)?.fd(fd(f)).file(&path).no_second();
    let r = sys!(fcntl, f, libc::F_SETFD, libc::FD_CLOEXEC);
    w.ok("fcntl", r)?.fd(fd(f)).file(&path).no_second();
    // 1: the flag, and standard output's number.
    let r = sys!(fcntl, f, libc::F_GETFD);
    w.ok("fcntl", r)?.fd(fd(f)).file(&path).no_second();
    w.end();
    Ok(())
}

pub(crate) fn number_reuse(w: &mut Workload) -> Result<(), StepError> {
    let (a, b) = (w.file("a", "aaaa")?, w.file("b", "bbbb")?);
    let (a_name, b_name) = (c(&a), c(&b));
    let mut buf = [0_u8; 1];
    w.begin();
    for _ in 0..50 {
        for (path, name) in [(&a, &a_name), (&b, &b_name)] {
            let f = sys!(openat, CWD, name.as_c_str(), libc::O_RDONLY);
            w.ok("openat", f)?.fd(fd(f)).file(path);
            let r = sys!(read, f, &mut buf[..], 1);
            w.ok("read", r)?.fd(fd(f)).file(path);
            let r = sys!(close, f);
            w.ok("close", r)?.fd(fd(f)).file(path);
            let r = sys!(close, f);
            w.fails("close", r, libc::EBADF)?.fd(fd(f)).no_file();
        }
    }
    w.end();
    Ok(())
}

pub(crate) fn inherited(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("inherited", "text")?;
    let name = c(&path);
    let f = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDWR))?;
    let mut ends = [0_i32; 2];
    check_ok("pipe2", sys!(pipe2, &mut ends[..], 0))?;
    let mut buf = [0_u8; 1];
    let mut status = [0_i32];
    w.begin();
    let r = sys!(write, ends[1], &b"x"[..], 1);
    w.ok("write", r)?.file_has("pipe:[");
    let child = sys!(fork);
    if child == 0 {
        sys!(read, ends[0], &mut buf[..], 1);
        sys!(write, f, &b"y"[..], 1);
        sys!(exit_group, 0);
    }
    w.ok("fork", child)?.no_fd();
    let tid = u32::try_from(child).unwrap_or_default();
    w.saw(tid, "read", 1).fd(ends[0]).file_has("pipe:[").pid(tid);
    w.saw(tid, "write", 1).fd(fd(f)).file(&path);
    w.never_returns(tid, "exit_group");
    let r = sys!(wait4, child, &mut status[..], 0, 0);
    w.ok("wait4", r)?.no_fd();
    w.end();
    Ok(())
}

/// What was opened before anybody traced is named at its first use.
pub(crate) fn preopened(w: &mut Workload) -> Result<(), StepError> {
    let (f, path) = w.preopened()?;
    // The standard descriptors may be anything; /proc tells what the kernel calls them.
    let standard: Vec<(i32, Vec<u8>)> = (0..3)
        .filter_map(|n| {
            Some((n, std::fs::read_link(format!("/proc/self/fd/{n}")).ok()?.into_os_string().into_vec()))
        })
        .filter(|(_, name)| name.starts_with(b"/dev/") || name.starts_with(b"pipe:["))
        .collect();
    let mut buf = [0_u8; 256];
    w.begin();
    let r = sys!(read, f, &mut buf[..], 6);
    w.ok("read", r)?.fd(f).file(&path).read(6).args_have("\"opened\"");
    let copy = sys!(dup, f);
    w.ok("dup", copy)?.fd(f).file(&path).fd2(fd(copy)).file2(&path);
    let r = sys!(close, f);
    w.ok("close", r)?.fd(f).file(&path);
    let r = sys!(fstat, f, &mut buf[..]);
    w.fails("fstat", r, libc::EBADF)?.fd(f).no_file();
    for (n, name) in &standard {
        let r = sys!(fstat, *n, &mut buf[..]);
        w.ok("fstat", r)?.fd(*n).file(OsStr::from_bytes(name));
    }
    w.end();
    Ok(())
}

pub(crate) fn close_range_cloexec(w: &mut Workload) -> Result<(), StepError> {
    const CLOEXEC: u32 = 4;
    let path = w.file("range", "text")?;
    let name = c(&path);
    let open = || check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDWR));
    let (low, high) = (open()?, open()?);
    w.begin();
    let r = sys!(close_range, low, high, CLOEXEC);
    w.ok("close_range", r)?.no_file().args_have("CLOSE_RANGE_CLOEXEC");
    for f in [low, high] {
        let r = sys!(write, f, &b"x"[..], 1);
        w.ok("write", r)?.fd(fd(f)).file(&path);
        let r = sys!(fcntl, f, libc::F_GETFD);
        w.ok("fcntl", r)?.fd(fd(f)).file(&path).no_second();
    }
    w.end();
    Ok(())
}

pub(crate) fn close_range(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("range", "text")?;
    let name = c(&path);
    let open = || check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDWR));
    let (low, _, high) = (open()?, open()?, open()?);
    let beyond = check_ok("dup2", sys!(dup2, high, 700))?;
    w.begin();
    let r = sys!(close_range, low, high, 0);
    w.ok("close_range", r)?.no_file();
    let r = sys!(write, low, &b"x"[..], 1);
    w.fails("write", r, libc::EBADF)?.fd(fd(low)).no_file();
    let r = sys!(write, beyond, &b"x"[..], 1);
    w.ok("write", r)?.fd(700).file(&path);
    let r = sys!(close_range, 9000, 9999, 0);
    w.ok("close_range", r)?.no_file();
    w.end();
    Ok(())
}

pub(crate) fn scm_rights(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("sent", "text")?;
    let name = c(&path);
    let f = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDWR))?;
    let mut pair = [0_i32; 2];
    check_ok("socketpair", sys!(socketpair, libc::AF_UNIX, libc::SOCK_STREAM, 0, &mut pair[..]))?;
    // struct cmsghdr: length 20, SOL_SOCKET, SCM_RIGHTS, then the descriptor
    let mut control = [20_u64, 1 | 1 << 32, u64::from(fd(f).unsigned_abs())];
    let mut byte = [b'x'];
    let iov = [byte.as_mut_ptr().expose_provenance(), 1];
    let control_at = control.as_mut_ptr().expose_provenance();
    let mut header = [0_usize, 0, iov.as_ptr().expose_provenance(), 1, control_at, 24, 0];
    w.begin();
    let r = sys!(sendmsg, pair[0], &header[..], 0);
    w.ok("sendmsg", r)?.fd(pair[0]).file_has("UNIX-STREAM:[").written(1);
    let r = sys!(close, f);
    w.ok("close", r)?.file(&path);
    header[5] = 24;
    let r = sys!(recvmsg, pair[1], &mut header[..], 0);
    w.ok("recvmsg", r)?.fd(pair[1]).file_has("UNIX-STREAM:[").read(1);
    let received = fd(i64::try_from(control[2] & 0xffff_ffff).unwrap_or(-1));
    let r = sys!(write, received, &b"y"[..], 1);
    w.ok("write", r)?.fd(received).file(&path);
    w.end();
    Ok(())
}

pub(crate) fn anonymous(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("watched", "text")?;
    let name = c(&path);
    let mask = [1_u64 << 9];
    w.begin();
    let r = sys!(eventfd2, 7, libc::EFD_CLOEXEC);
    w.ok("eventfd2", r)?.fd(fd(r)).file("anon_inode:[eventfd]");
    let r = sys!(write, r, &[1_u64][..], 8);
    w.ok("write", r)?.file("anon_inode:[eventfd]");
    let r = sys!(epoll_create1, 0);
    w.ok("epoll_create1", r)?.fd(fd(r)).file("anon_inode:[eventpoll]");
    let r = sys!(timerfd_create, libc::CLOCK_MONOTONIC, 0);
    w.ok("timerfd_create", r)?.fd(fd(r)).file("anon_inode:[timerfd]");
    let r = sys!(timerfd_settime, r, 0, &[0_i64, 0, 1, 0][..], 0);
    w.ok("timerfd_settime", r)?.file("anon_inode:[timerfd]");
    let r = sys!(signalfd4, -1, &mask[..], 8, 0);
    w.ok("signalfd4", r)?.file2("anon_inode:[signalfd]");
    let group = sys!(inotify_init1, 0);
    w.ok("inotify_init1", group)?.fd(fd(group)).file("anon_inode:inotify");
    let r = sys!(inotify_add_watch, group, name.as_c_str(), 0xfff);
    w.ok("inotify_add_watch", r)?.fd(fd(group)).file("anon_inode:inotify").file2(&path);
    let r = sys!(memfd_create, c"scratch", 0);
    w.ok("memfd_create", r)?.fd(fd(r)).file("/memfd:scratch");
    let me = sys!(getpid);
    w.ok("getpid", me)?.no_fd().no_file();
    let r = sys!(pidfd_open, me, 0);
    w.ok("pidfd_open", r)?.fd(fd(r)).file_has("pidfd");
    w.end();
    Ok(())
}
