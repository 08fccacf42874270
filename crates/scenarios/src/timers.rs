//! POSIX timers and sleeps.

use std::time::{Duration, Instant};

use crate::sys::sys;
use crate::workload::{StepError, Workload, c, check_ok, fd};

const CLOCK_MONOTONIC: i32 = 1;
const TIMER_ABSTIME: i32 = 1;
const SECOND: i64 = 1_000_000_000;

/// Timer ids are small integers, just as descriptors are: they must never be taken for them.
pub(crate) fn posix_timer_lifecycle(w: &mut Workload) -> Result<(), StepError> {
    // Descriptors at the numbers that the ids will have.
    let decoy = c(&w.file("decoy", "x")?);
    for _ in 0..4 {
        check_ok("openat", sys!(openat, libc::AT_FDCWD, decoy.as_c_str(), libc::O_RDONLY))?;
    }
    let mut id = [-1_i32];
    // it_interval 0, it_value 3600 s: one shot
    let hour = [0_i64, 0, 3600, 0];
    let mut left = [0_i64; 4];
    w.begin();
    let created = sys!(timer_create, CLOCK_MONOTONIC, 0, &mut id[..]);
    w.ok("timer_create", created)?.family("Time").kind("timer-obj").no_fd().no_file().no_bytes();
    let set = sys!(timer_settime, id[0], 0, &hour[..], 0);
    w.ok("timer_settime", set)?.family("Time").no_fd().no_file().no_bytes().args_have("tv_sec=3600");
    let got = sys!(timer_gettime, id[0], &mut left[..]);
    w.ok("timer_gettime", got)?.family("Time").no_fd().no_file().no_bytes();
    let overrun = sys!(timer_getoverrun, id[0]);
    w.ok("timer_getoverrun", overrun)?.family("Time").no_fd().no_file().no_bytes();
    let deleted = sys!(timer_delete, id[0]);
    w.ok("timer_delete", deleted)?.family("Time").no_fd().no_file().no_bytes();
    // The contrast: a timer that is a descriptor.
    let timer = sys!(timerfd_create, CLOCK_MONOTONIC, 0);
    w.ok("timerfd_create", timer)?.fd(fd(timer)).file("anon_inode:[timerfd]").no_second();
    w.end();
    // Without a descriptor of that number nothing could have been mistaken.
    check_ok("fcntl", sys!(fcntl, id[0], libc::F_GETFD))?;
    Ok(())
}

/// The request, also where the kernel stores the rest of the time over it.
pub(crate) fn sleep(w: &mut Workload) -> Result<(), StepError> {
    let two_ms = [0_i64, 2_000_000];
    let mut aliased = [0_i64, 3_000_000];
    let past = [0_i64, 1];
    let bad = [0_i64, SECOND];
    w.begin();
    let r = sys!(nanosleep, &two_ms[..], 0);
    w.ok("nanosleep", r)?.family("Time").sleep(Some(2_000_000)).latency_at_least(2_000_000);
    let at = aliased.as_mut_ptr().expose_provenance();
    let r = sys!(nanosleep, at, at);
    w.ok("nanosleep", r)?.sleep(Some(3_000_000)).latency_at_least(3_000_000);
    let r = sys!(clock_nanosleep, CLOCK_MONOTONIC, 0, &two_ms[..], 0);
    w.ok("clock_nanosleep", r)?.sleep(Some(2_000_000));
    let r = sys!(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &past[..], 0);
    w.ok("clock_nanosleep", r)?.sleep(None);
    let r = sys!(nanosleep, &bad[..], 0);
    w.fails("nanosleep", r, libc::EINVAL)?.sleep(None);
    let r = sys!(nanosleep, 0, 0);
    w.fails("nanosleep", r, libc::EFAULT)?.sleep(None);
    w.end();
    Ok(())
}

/// Time between two calls of a thread.
pub(crate) fn gap(w: &mut Workload) -> Result<(), StepError> {
    let pause = Duration::from_millis(2);
    w.begin();
    let me = sys!(getpid);
    let start = Instant::now();
    while start.elapsed() < pause {
        std::hint::spin_loop();
    }
    let parent = sys!(getppid);
    w.end();
    w.ok("getpid", me)?;
    w.ok("getppid", parent)?.gap_at_least(2_000_000);
    Ok(())
}
