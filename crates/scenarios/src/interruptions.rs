//! Signals in the middle of calls: one call is one row, however often the kernel begins it again.

use std::sync::atomic::{AtomicI32, Ordering};

use crate::prelude::*;
use crate::signal::{count_in, handle_by, read_until_jump};
use crate::tasks::{Shared, wait_until_blocked_on};

/// A child that is blocked in a call is stopped and goes on.
fn stop_and_go(w: &mut Workload, child: u32, nr: libc::c_long) -> Done {
    if !wait_until_blocked(child, nr) {
        return not_applicable("the call did not block");
    }
    ok!(w, kill(child, libc::SIGSTOP))?.args_have("SIGSTOP");
    wait_for_state(child, b'T');
    ok!(w, kill(child, libc::SIGCONT))?.args_have("SIGCONT");
    Ok(())
}

/// The number in shared memory that counts handled signals.
const HANDLED: usize = 500;

/// A child that is blocked in a call gets SIGUSR1 and has handled it.
fn signal_in(w: &mut Workload, shared: Shared, child: u32, nr: libc::c_long) -> Done {
    if !wait_until_blocked(child, nr) {
        return not_applicable("the call did not block");
    }
    let before = shared.get(HANDLED);
    ok!(w, kill(child, libc::SIGUSR1))?.args_have("SIGUSR1");
    aside(|| shared.wait_while(HANDLED, before));
    Ok(())
}

fn same(ret: Raw, want: Raw, call: &'static str) -> Done {
    if ret == want { Ok(()) } else { Err(StepError::Call { call, ret }) }
}

/// Stopped and continued: the call goes on.
pub(crate) fn stopped(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let ends = new_pipe(0)?;
    let (pipe, shared, mut buf) = (pipe_name(ends[0])?, w.shared()?, [0_u8; 4]);
    w.begin();
    let child = w.fork(|| {
        shared.set(0, sys!(read, ends[0], &mut buf, 4));
        0
    })?;
    stop_and_go(w, child, number::read)?;
    wait_until_blocked(child, number::read);
    ok!(w, write(ends[1], b"x", 1))?.on(ends[1], &pipe).written(1);
    w.reap_after(child, 0, |w| {
        w.saw(child, "read", 1).on(ends[0], &pipe).read(1).args_have("\"x\"").latency_at_least(MS / 10);
    })?;
    w.end();
    check_ok("read", shared.get(0))?;
    Ok(())
}

/// A handler with SA_RESTART: the call goes on behind it.
pub(crate) fn restarted(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let ends = new_pipe(0)?;
    let (pipe, shared, mut buf) = (pipe_name(ends[0])?, w.shared()?, [0_u8; 4]);
    count_in(shared, HANDLED);
    handle(libc::SIGUSR1, libc::SA_RESTART);
    w.begin();
    let child = w.fork(|| {
        shared.set(0, sys!(read, ends[0], &mut buf, 4));
        0
    })?;
    signal_in(w, shared, child, number::read)?;
    wait_until_blocked(child, number::read);
    ok!(w, write(ends[1], b"xy", 2))?.on(ends[1], &pipe).written(2);
    w.reap_after(child, 0, |w| {
        // The order is that of the ends: the handler's is first.
        w.never_returns(child, "rt_sigreturn");
        w.saw(child, "read", 2).on(ends[0], &pipe).read(2).args_have("\"xy\"");
    })?;
    w.end();
    same(shared.get(0), 2, "read")
}

/// A handler without SA_RESTART: the call has failed, and the program calls again.
pub(crate) fn eintr(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let ends = new_pipe(0)?;
    let (pipe, shared, mut buf) = (pipe_name(ends[0])?, w.shared()?, [0_u8; 4]);
    count_in(shared, HANDLED);
    handle(libc::SIGUSR1, 0);
    let [again, first, second] = [0, 1, 2];
    w.begin();
    let child = w.fork(|| {
        shared.set(first, sys!(read, ends[0], &mut buf, 4));
        shared.open(again);
        shared.set(second, sys!(read, ends[0], &mut buf, 4));
        0
    })?;
    signal_in(w, shared, child, number::read)?;
    shared.wait(again);
    ok!(w, write(ends[1], b"xyz", 3))?.on(ends[1], &pipe).written(3);
    w.reap_after(child, 0, |w| {
        w.saw(child, "read", -i64::from(libc::EINTR)).on(ends[0], &pipe);
        w.never_returns(child, "rt_sigreturn");
        w.saw(child, "read", 3).on(ends[0], &pipe).read(3);
    })?;
    w.end();
    same(shared.get(first), -i64::from(libc::EINTR), "read")
}

/// A sleep that is stopped and continued goes on as restart_syscall, which is not a call of its own.
pub(crate) fn sleep_stopped(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let shared = w.shared()?;
    let time = [0_i64, 300 * MS];
    w.begin();
    let child = w.fork(|| {
        shared.set(0, sys!(clock_nanosleep, libc::CLOCK_MONOTONIC, 0, &time, 0));
        0
    })?;
    stop_and_go(w, child, number::clock_nanosleep)?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "clock_nanosleep", 0).sleep(Some(300 * MS)).latency_at_least(300 * MS);
    })?;
    w.end();
    same(shared.get(0), 0, "clock_nanosleep")
}

/// A sleep that a handler ended has nothing to do with a later one that was only stopped.
pub(crate) fn sleep_handled_then_stopped(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let shared = w.shared()?;
    count_in(shared, HANDLED);
    handle(libc::SIGUSR1, libc::SA_RESTART);
    let (long, short) = ([30_i64, 0], [0_i64, 200 * MS]);
    let [first, second, again] = [0, 1, 2];
    w.begin();
    let child = w.fork(|| {
        shared.set(first, sys!(nanosleep, &long, 0));
        shared.open(again);
        shared.set(second, sys!(nanosleep, &short, 0));
        0
    })?;
    signal_in(w, shared, child, number::nanosleep)?;
    shared.wait(again);
    stop_and_go(w, child, number::nanosleep)?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "nanosleep", -i64::from(libc::EINTR)).sleep(Some(30 * SECOND));
        w.never_returns(child, "rt_sigreturn");
        w.saw(child, "nanosleep", 0).sleep(Some(200 * MS)).latency_at_least(200 * MS);
    })?;
    w.end();
    same(shared.get(first), -i64::from(libc::EINTR), "nanosleep")
}

/// A poll with a timeout, and a wait for a futex, stopped and continued.
pub(crate) fn poll_stopped(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let ends = new_pipe(0)?;
    let mut fds = [u64::from(ends[0].unsigned_abs()) | 1 << 32];
    let (shared, word, time) = (w.shared()?, [7_u32], [0_i64, 200 * MS]);
    w.begin();
    let child = w.fork(|| {
        shared.set(0, sys!(poll, &mut fds, 1, 200));
        0
    })?;
    stop_and_go(w, child, number::poll)?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "poll", 0).nfds(1).timeout(200 * MS).latency_at_least(200 * MS);
    })?;
    let child = w.fork(|| {
        shared.set(1, sys!(futex, &word, libc::FUTEX_WAIT, 7, &time));
        0
    })?;
    stop_and_go(w, child, number::futex)?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "futex", -i64::from(libc::ETIMEDOUT)).args_have("FUTEX_WAIT").latency_at_least(200 * MS);
    })?;
    w.end();
    same(shared.get(0), 0, "poll")?;
    same(shared.get(1), -i64::from(libc::ETIMEDOUT), "futex")
}

/// A signal in the handler of a signal in a call.
pub(crate) fn nested(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let (outer, inner) = (new_pipe(0)?, new_pipe(0)?);
    let (first, second) = (pipe_name(outer[0])?, pipe_name(inner[0])?);
    let (shared, mut buf) = (w.shared()?, [0_u8; 4]);
    READ_IN_HANDLER.store(inner[0], Ordering::Release);
    count_in(shared, HANDLED);
    handle_by(libc::SIGUSR1, libc::SA_RESTART, read_in_handler);
    handle(libc::SIGUSR2, libc::SA_RESTART);
    w.begin();
    let child = w.fork(|| {
        shared.set(0, sys!(read, outer[0], &mut buf, 4));
        0
    })?;
    wait_until_blocked_on(child, number::read, outer[0]);
    ok!(w, kill(child, libc::SIGUSR1))?.args_have("SIGUSR1");
    wait_until_blocked_on(child, number::read, inner[0]);
    ok!(w, kill(child, libc::SIGUSR2))?.args_have("SIGUSR2");
    aside(|| shared.wait_while(HANDLED, 0));
    wait_until_blocked_on(child, number::read, inner[0]);
    ok!(w, write(inner[1], b"in", 2))?.on(inner[1], &second).written(2);
    wait_until_blocked_on(child, number::read, outer[0]);
    ok!(w, write(outer[1], b"out", 3))?.on(outer[1], &first).written(3);
    w.reap_after(child, 0, |w| {
        w.never_returns(child, "rt_sigreturn");
        w.saw(child, "read", 2).on(inner[0], &second).read(2);
        w.never_returns(child, "rt_sigreturn");
        w.saw(child, "read", 3).on(outer[0], &first).read(3);
    })?;
    w.end();
    same(shared.get(0), 3, "read")
}

static READ_IN_HANDLER: AtomicI32 = AtomicI32::new(-1);

extern "C" fn read_in_handler(_: i32) {
    let mut buf = [0_u8; 4];
    sys!(read, READ_IN_HANDLER.load(Ordering::Acquire), &mut buf, 4);
}

/// The handler never comes back to the call: that has ended, and what is called next is another one.
pub(crate) fn jumped_out(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let (ends, other) = (new_pipe(0)?, new_pipe(0)?);
    let (pipe, second, shared) = (pipe_name(ends[0])?, pipe_name(other[0])?, w.shared()?);
    w.begin();
    let child = w.fork(|| {
        read_until_jump(libc::SIGUSR1, ends[0]);
        let mut buf = [0_u8; 4];
        shared.set(1, sys!(read, other[0], &mut buf, 4));
        0
    })?;
    wait_until_blocked_on(child, number::read, ends[0]);
    ok!(w, kill(child, libc::SIGUSR1))?.args_have("SIGUSR1");
    wait_until_blocked_on(child, number::read, other[0]);
    ok!(w, write(other[1], b"x", 1))?.on(other[1], &second).written(1);
    w.reap_after(child, 0, |w| {
        w.saw(child, "rt_sigaction", 0).args_have("SIGUSR1");
        w.unfinished(child, "read").on(ends[0], &pipe);
        w.saw(child, "getpid", child.into());
        w.saw(child, "read", 1).on(other[0], &second).read(1);
    })?;
    w.end();
    same(shared.get(1), 1, "read")
}

/// One call after the other, each stopped: every row has the descriptor and the bytes that belong together.
pub(crate) fn stopped_often(w: &mut Workload) -> Done {
    const READS: i32 = 32;
    need_proc_syscall()?;
    let mut pipes = Vec::new();
    for i in 0..READS {
        let [from, to] = new_pipe(0)?;
        need!(dup2(from, 300 + i))?;
        pipes.push((pipe_name(to)?, to));
    }
    w.begin();
    let child = w.fork(|| {
        let mut buf = [0_u8; 64];
        for i in 0..READS {
            sys!(read, 300 + i, &mut buf, 64);
        }
        0
    })?;
    for (i, (name, to)) in (0..).zip(&pipes) {
        wait_until_blocked_on(child, number::read, 300 + i);
        stop_and_go(w, child, number::read)?;
        let len = i64::from(i) + 1;
        ok!(w, write(*to, &[b'x'; 32], len))?.on(*to, name).written(len);
    }
    w.reap_after(child, 0, |w| {
        for (i, (name, _)) in (0..).zip(&pipes) {
            w.saw(child, "read", i64::from(i) + 1).on(300 + i, name).read(i64::from(i) + 1);
        }
    })?;
    w.end();
    Ok(())
}
