//! Polling.

use crate::sys::sys;
use crate::workload::{StepError, Workload, check_ok, fd};

const MS: i64 = 1_000_000;

pub(crate) fn poll_select(w: &mut Workload) -> Result<(), StepError> {
    let mut ends = [0_i32; 2];
    check_ok("pipe2", sys!(pipe2, &mut ends[..], 0))?;
    check_ok("write", sys!(write, ends[1], &b"x"[..], 1))?;
    // struct pollfd: the descriptor, then POLLIN
    let mut fds = [u64::from(ends[0].unsigned_abs()) | 1 << 32];
    let mut second = [1_i64, 0];
    let mut timeval = [0_i64, 1000];
    // Room for a whole fd_set, which is what a tracer may read.
    let mut set = [0_u64; 16];
    set[0] = 1 << ends[0];
    w.begin();
    let r = sys!(poll, &mut fds[..], 1, 1000);
    w.ok("poll", r)?.nfds(1).timeout(1000 * MS).no_fd().no_bytes().args_have("events=POLLIN");
    let r = sys!(poll, &mut fds[..], 1, -1);
    w.ok("poll", r)?.nfds(1).timeout(-1);
    let r = sys!(poll, &mut fds[..], 1, 0);
    w.ok("poll", r)?.nfds(1).timeout(0);
    let r = sys!(ppoll, &mut fds[..], 1, &mut second[..], 0, 8);
    w.ok("ppoll", r)?.nfds(1).timeout(1000 * MS);
    let r = sys!(ppoll, &mut fds[..], 1, 0, 0, 8);
    w.ok("ppoll", r)?.timeout(-1);
    let r = sys!(select, ends[0] + 1, &mut set[..], 0, 0, &mut timeval[..]);
    w.ok("select", r)?.nfds((ends[0] + 1).into()).timeout(MS).no_fd();
    // Nothing comes: the kernel stores what is left, which is nothing, over the timeout.
    let mut timeval = [0_i64, 2000];
    let r = sys!(select, 0, 0, 0, 0, &mut timeval[..]);
    w.ok("select", r)?.nfds(0).timeout(2 * MS).latency_at_least(2 * MS);
    let mut timespec = [0_i64, 2 * MS];
    let r = sys!(pselect6, 0, 0, 0, 0, &mut timespec[..], 0);
    w.ok("pselect6", r)?.nfds(0).timeout(2 * MS).no_fd().latency_at_least(2 * MS);
    let r = sys!(pselect6, ends[0] + 1, &mut set[..], 0, 0, 0, 0);
    w.ok("pselect6", r)?.nfds((ends[0] + 1).into()).timeout(-1);
    w.end();
    Ok(())
}

pub(crate) fn epoll(w: &mut Workload) -> Result<(), StepError> {
    let mut ends = [0_i32; 2];
    check_ok("pipe2", sys!(pipe2, &mut ends[..], 0))?;
    // struct epoll_event is packed: EPOLLIN, then the data
    let mut event = [1_u32, 42, 0];
    let mut events = [0_u32; 6];
    w.begin();
    let e = sys!(epoll_create1, libc::EPOLL_CLOEXEC);
    w.ok("epoll_create1", e)?.fd(fd(e)).file("anon_inode:[eventpoll]").args_have("EPOLL_CLOEXEC");
    let r = sys!(epoll_ctl, e, libc::EPOLL_CTL_ADD, ends[0], &mut event[..]);
    w.ok("epoll_ctl", r)?
        .fd(fd(e))
        .file("anon_inode:[eventpoll]")
        .fd2(ends[0])
        .file2_has("pipe:[")
        .epoll("EPOLL_CTL_ADD", ends[0], Some(1))
        .no_bytes();
    event[0] = 1 | 1 << 31;
    let r = sys!(epoll_ctl, e, libc::EPOLL_CTL_MOD, ends[0], &mut event[..]);
    w.ok("epoll_ctl", r)?.epoll("EPOLL_CTL_MOD", ends[0], Some(1 | 1 << 31)).args_have("EPOLLIN|EPOLLET");
    let r = sys!(epoll_wait, e, &mut events[..], 2, 5);
    w.ok("epoll_wait", r)?.fd(fd(e)).timeout(5 * MS).no_bytes().latency_at_least(4 * MS);
    let r = sys!(epoll_pwait, e, &mut events[..], 2, 0, 0, 8);
    w.ok("epoll_pwait", r)?.fd(fd(e)).file("anon_inode:[eventpoll]").timeout(0).no_bytes();
    let r = sys!(epoll_ctl, e, libc::EPOLL_CTL_DEL, ends[0], 0);
    w.ok("epoll_ctl", r)?.epoll("EPOLL_CTL_DEL", ends[0], None);
    w.end();
    Ok(())
}
