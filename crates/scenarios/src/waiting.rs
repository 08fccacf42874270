//! Polling.

use crate::prelude::*;

const EVENTPOLL: &str = "anon_inode:[eventpoll]";

pub(crate) fn epoll(w: &mut Workload) -> Done {
    let ends = new_pipe(0)?;
    let pipe = pipe_name(ends[0])?;
    let r = ends[0];
    // struct epoll_event is packed: EPOLLIN, then the data
    let mut event = [1_u32, 42, 0];
    let mut events = [0_u32; 6];
    let five = [0_i64, 5 * MS];
    w.begin();
    let e = ok!(w, epoll_create1(libc::EPOLL_CLOEXEC))?.opened(EVENTPOLL).args_have("EPOLL_CLOEXEC").value();
    let (add, modify, delete) = (libc::EPOLL_CTL_ADD, libc::EPOLL_CTL_MOD, libc::EPOLL_CTL_DEL);
    ok!(w, epoll_ctl(e, add, r, &mut event))?.on(e, EVENTPOLL).and(r, &pipe).epoll(
        "EPOLL_CTL_ADD",
        r,
        Some(1),
    );
    event[0] = 1 | 1 << 31;
    ok!(w, epoll_ctl(e, modify, r, &mut event))?
        .on(e, EVENTPOLL)
        .and(r, &pipe)
        .epoll("EPOLL_CTL_MOD", r, Some(1 | 1 << 31))
        .args_have("EPOLLIN|EPOLLET");
    ok!(w, epoll_wait(e, &mut events, 2, 5))?.on(e, EVENTPOLL).timeout(5 * MS).latency_at_least(4 * MS);
    ok!(w, write(ends[1], b"x", 1))?.on(ends[1], &pipe).written(1);
    ok!(w, epoll_wait(e, &mut events, 2, -1))?.on(e, EVENTPOLL).timeout(-1).ret_is(1).args_have("EPOLLIN");
    ok!(w, epoll_pwait(e, &mut events, 2, 0, 0, 8))?.on(e, EVENTPOLL).timeout(0);
    ok!(w, epoll_pwait2(e, &mut events, 2, &five, 0, 8))?.on(e, EVENTPOLL).timeout(5 * MS);
    ok!(w, epoll_ctl(e, delete, r, 0))?.on(e, EVENTPOLL).and(r, &pipe).epoll("EPOLL_CTL_DEL", r, None);
    fails!(w, ENOENT, epoll_ctl(e, delete, r, 0))?.on(e, EVENTPOLL).and(r, &pipe).epoll(
        "EPOLL_CTL_DEL",
        r,
        None,
    );
    fails!(w, EBADF, epoll_ctl(e, add, NO_FD, &mut event))?.on(e, EVENTPOLL).fd2(NO_FD).epoll(
        "EPOLL_CTL_ADD",
        NO_FD,
        Some(1 | 1 << 31),
    );
    fails!(w, EINVAL, epoll_wait(e, &mut events, 0, 0))?.on(e, EVENTPOLL).timeout(0);
    fails!(w, EINVAL, epoll_create(0))?;
    w.end();
    Ok(())
}

pub(crate) fn poll_select(w: &mut Workload) -> Done {
    let ends = new_pipe(0)?;
    need!(write(ends[1], b"x", 1))?;
    // struct pollfd: the descriptor, then POLLIN
    let mut fds = [u64::from(ends[0].unsigned_abs()) | 1 << 32];
    let (mut second, mut zero) = ([1_i64, 0], [0_i64, 0]);
    let mut timeval = [0_i64, 1000];
    let n = i64::from(ends[0]) + 1;
    // Room for a whole fd_set, which is what a tracer may read.
    let bit = 1_u64 << ends[0];
    let mut set = [0_u64; 16];
    set[0] = bit;
    w.begin();
    ok!(w, poll(&mut fds, 1, 1000))?.nfds(1).timeout(SECOND).ret_is(1).args_have("events=POLLIN");
    ok!(w, poll(&mut fds, 1, -1))?.nfds(1).timeout(-1);
    ok!(w, poll(&mut fds, 1, 0))?.nfds(1).timeout(0);
    ok!(w, ppoll(&mut fds, 1, &mut second, 0, 8))?.nfds(1).timeout(SECOND).ret_is(1);
    ok!(w, ppoll(&mut fds, 1, 0, 0, 8))?.nfds(1).timeout(-1);
    ok!(w, ppoll(&mut fds, 1, &mut zero, 0, 8))?.nfds(1).timeout(0);
    ok!(w, select(n, &mut set, 0, 0, &mut timeval))?.nfds(n).timeout(MS).ret_is(1);
    ok!(w, select(n, &mut set, 0, 0, 0))?.nfds(n).timeout(-1);
    // Nothing comes: the kernel stores what is left, which is nothing, over the timeout.
    timeval = [0, 2000];
    ok!(w, select(0, 0, 0, 0, &mut timeval))?.nfds(0).timeout(2 * MS).latency_at_least(2 * MS);
    let mut timespec = [0_i64, 2 * MS];
    ok!(w, pselect6(0, 0, 0, 0, &mut timespec, 0))?.nfds(0).timeout(2 * MS).latency_at_least(2 * MS);
    ok!(w, pselect6(n, &mut set, 0, 0, &mut [1_i64, 0], 0))?.nfds(n).timeout(SECOND);
    ok!(w, pselect6(n, &mut set, 0, 0, 0, 0))?.nfds(n).timeout(-1).ret_is(1);
    fails!(w, EBADF, select(n + 1000, &mut [!0_u64; 256], 0, 0, &mut zero))?.nfds(n + 1000).timeout(0);
    fails!(w, EINVAL, ppoll(&mut fds, 1, &mut [0_i64, -1], 0, 8))?.nfds(1).any_timeout();
    w.end();
    Ok(())
}

/// The number of descriptors, and milliseconds, are numbers of open descriptors, and yet none.
pub(crate) fn poll_nonfd(w: &mut Workload) -> Done {
    let ends = new_pipe(0)?;
    let mut fds = [u64::from(ends[0].unsigned_abs()) | 1 << 32];
    let (mut set, mut soon) = ([0_u64; 16], [0_i64, 1000]);
    w.begin();
    ok!(w, poll(&mut fds, 1, 1))?.nfds(1).timeout(MS);
    ok!(w, poll(&mut fds, 0, 2))?.nfds(0).timeout(2 * MS);
    ok!(w, select(1, &mut set, 0, 0, &mut soon))?.nfds(1).timeout(MS);
    w.end();
    Ok(())
}
