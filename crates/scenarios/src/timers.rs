//! Sleeps and timers.

use crate::prelude::*;

const MONOTONIC: i32 = libc::CLOCK_MONOTONIC;

pub(crate) fn sleep_relative(w: &mut Workload) -> Done {
    let (two, three) = ([0_i64, 2 * MS], [0_i64, 3 * MS]);
    let mut aliased = [0_i64, 3 * MS];
    w.begin();
    ok!(w, nanosleep(&two, 0))?.family("Time").sleep(Some(2 * MS)).latency_at_least(2 * MS);
    ok!(w, clock_nanosleep(MONOTONIC, 0, &three, 0))?.sleep(Some(3 * MS)).latency_at_least(3 * MS);
    // The kernel stores what is left over the request.
    let both = at(&mut aliased);
    ok!(w, nanosleep(both, both))?.sleep(Some(3 * MS)).latency_at_least(3 * MS);
    w.end();
    Ok(())
}

/// A moment is no duration.
pub(crate) fn sleep_absolute(w: &mut Workload) -> Done {
    let past = [0_i64, 1];
    w.begin();
    ok!(w, clock_nanosleep(MONOTONIC, libc::TIMER_ABSTIME, &past, 0))?.args_have("TIMER_ABSTIME");
    w.end();
    Ok(())
}

pub(crate) fn sleep_bad(w: &mut Workload) -> Done {
    let (bad, negative) = ([0_i64, SECOND], [-1_i64, 0]);
    let shared = w.shared()?;
    need_proc_syscall()?;
    w.begin();
    fails!(w, EINVAL, nanosleep(&bad, 0))?;
    fails!(w, EINVAL, nanosleep(&negative, 0))?;
    fails!(w, EFAULT, nanosleep(0, 0))?;
    fails!(w, EFAULT, nanosleep(0x10, 0))?;
    fails!(w, EINVAL, clock_nanosleep(99, 0, &bad, 0))?;
    // The longest time there is, cut short.
    let child = w.fork(|| {
        shared.set(0, sys!(nanosleep, &[i64::MAX, 0], 0));
        0
    })?;
    if !wait_until_blocked(child, number::nanosleep) {
        return not_applicable("nanosleep did not block");
    }
    ok!(w, kill(child, libc::SIGKILL))?.args_have("SIGKILL");
    let r = sys!(wait4, child, 0, 0, 0);
    w.ok("wait4", r)?;
    w.end();
    w.unfinished(child, "nanosleep").sleep(Some(i64::MAX));
    Ok(())
}

/// Timer ids are small integers, just as descriptors are: they must never be taken for them.
pub(crate) fn posix_timer_lifecycle(w: &mut Workload) -> Done {
    // Descriptors at the numbers that the ids will have.
    let decoy = w.file("decoy", "x")?;
    for _ in 0..4 {
        need!(openat(CWD, &decoy, RDONLY))?;
    }
    let mut id = [-1_i32];
    // it_interval 0, it_value 3600 s: one shot
    let (hour, mut left) = ([0_i64, 0, 3600, 0], [0_i64; 4]);
    w.begin();
    ok!(w, timer_create(MONOTONIC, 0, &mut id))?.family("Time").kind("timer-obj");
    ok!(w, timer_settime(id[0], 0, &hour, 0))?.family("Time").args_have("tv_sec=3600");
    ok!(w, timer_gettime(id[0], &mut left))?.family("Time");
    ok!(w, timer_getoverrun(id[0]))?.family("Time");
    ok!(w, timer_delete(id[0]))?.family("Time");
    fails!(w, EINVAL, timer_delete(id[0]))?.family("Time");
    // The contrast: a timer that is a descriptor.
    ok!(w, timerfd_create(MONOTONIC, 0))?.opened("anon_inode:[timerfd]");
    w.end();
    // Without a descriptor of that number nothing could have been mistaken.
    need!(fcntl(id[0], libc::F_GETFD))?;
    Ok(())
}

pub(crate) fn itimer(w: &mut Workload) -> Done {
    let (off, mut now) = ([0_i64; 4], [0_i64; 4]);
    w.begin();
    ok!(w, setitimer(libc::ITIMER_REAL, &off, 0))?.family("Time").args_have("ITIMER_REAL");
    ok!(w, getitimer(libc::ITIMER_REAL, &mut now))?.family("Time");
    ok!(w, alarm(0))?.family("Time");
    fails!(w, EINVAL, getitimer(99, &mut now))?;
    w.end();
    Ok(())
}
