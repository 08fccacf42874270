//! Clocks, timers, sleeping, times of files.

use super::*;

#[test]
fn sleeps() {
    check(
        call("clock_nanosleep", &[0, 0, PTR, PTR]).cap(2, &words([1, 5])).ret(0).cap(3, &words([0, 0])),
        "clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=5}, 0x7f0000001000) = 0",
    );
    check(
        call("clock_nanosleep", &[1, 1, PTR, 0]).cap(2, &words([1, 5])).unfinished(),
        "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=1, tv_nsec=5}, ) = ?",
    );
    // Request and rest share their memory: the request is what was there at entry.
    check(
        call("nanosleep", &[PTR, PTR])
            .entry(0, &words([2, 0]))
            .cap(0, &words([1, 7]))
            .cap(1, &words([1, 7]))
            .ret(-516),
        "nanosleep({tv_sec=2, tv_nsec=0}, {tv_sec=1, tv_nsec=7}) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)",
    );
    check(
        call("nanosleep", &[PTR, PTR]).cap(0, &words([2, 0])).ret(-516),
        "nanosleep({tv_sec=2, tv_nsec=0}, 0x7f0000001000) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)",
    );
}

#[test]
fn timers() {
    let event = |value, notify| [words([value]), ints([14, notify, 7]), vec![0; 44]].concat();
    let create = |event: &[u8]| call("timer_create", &[1, PTR, PTR]).cap(1, event).cap(2, &ints([3]));
    check(
        create(&event(0, 0)),
        "timer_create(CLOCK_MONOTONIC, {sigev_signo=SIGALRM, sigev_notify=SIGEV_SIGNAL}, [3]) = 0",
    );
    check(
        create(&event(0x1_0000_0002, 4)),
        "timer_create(CLOCK_MONOTONIC, {sigev_value={sival_int=2, sival_ptr=0x100000002}, sigev_signo=SIGALRM, \
         sigev_notify=SIGEV_THREAD_ID, sigev_notify_thread_id=7}, [3]) = 0",
    );
    check(
        create(&event(0, 1)),
        "timer_create(CLOCK_MONOTONIC, {sigev_signo=14, sigev_notify=SIGEV_NONE}, [3]) = 0",
    );
    check(
        call("timer_settime", &[0, 1, PTR, 0]).cap(2, &words([0, 0, 3600, 1])),
        "timer_settime(0, TIMER_ABSTIME, {it_interval={tv_sec=0, tv_nsec=0}, it_value={tv_sec=3600, tv_nsec=1}}, NULL) \
         = 0",
    );
    check(
        call("setitimer", &[0, PTR, 0]).cap(1, &words([1, 0, 0, 5000])),
        "setitimer(ITIMER_REAL, {it_interval={tv_sec=1, tv_usec=0}, it_value={tv_sec=0, tv_usec=5000}}, NULL) = 0",
    );
    check(
        call("timerfd_create", &[1, 0o2004000]).ret(3),
        "timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC|TFD_NONBLOCK) = 3",
    );
    check(call("timer_getoverrun", &[0]).ret(2), "timer_getoverrun(0) = 2");
}

#[test]
fn times_of_files() {
    let set =
        |times: [u64; 4]| call("utimensat", &[AT_FDCWD, PTR, PTR, 0]).cap(1, b"f").cap(2, &words(times));
    check(
        set([1, 0, 1_709_164_800, 7]),
        "utimensat(AT_FDCWD, \"f\", [{tv_sec=1, tv_nsec=0} /* 1970-01-01T00:00:01+0000 */, {tv_sec=1709164800, \
         tv_nsec=7} /* 2024-02-29T00:00:00.000000007+0000 */], 0) = 0",
    );
    check(
        set([0, 0x3fff_ffff, 0, 0x3fff_fffe]),
        r#"utimensat(AT_FDCWD, "f", [UTIME_NOW, UTIME_OMIT], 0) = 0"#,
    );
    check(
        call("utimensat", &[AT_FDCWD, 0, 0, 0]).ret(-14),
        "utimensat(AT_FDCWD, NULL, NULL, 0) = -1 EFAULT (Bad address)",
    );
    check(
        call("utime", &[PTR, PTR]).cap(0, b"f").cap(1, &words([0, 1])),
        r#"utime("f", {actime=0, modtime=1 /* 1970-01-01T00:00:01+0000 */}) = 0"#,
    );
}

#[test]
fn clocks_and_counts() {
    check(
        call("clock_gettime", &[1, PTR]).cap(1, &words([5, 6])),
        "clock_gettime(CLOCK_MONOTONIC, {tv_sec=5, tv_nsec=6}) = 0",
    );
    check(
        call("times", &[PTR]).cap(0, &words([5, 0, 100, 0])).ret(1718),
        "times({tms_utime=5 /* 0.05 s */, tms_stime=0, tms_cutime=100 /* 1.00 s */, tms_cstime=0}) = 1718",
    );
    check(
        call("getrusage", &[0, PTR]).cap(1, &[0; 144]),
        "getrusage(RUSAGE_SELF, {ru_utime={tv_sec=0, tv_usec=0}, ru_stime={tv_sec=0, tv_usec=0}, ...}) = 0",
    );
}
