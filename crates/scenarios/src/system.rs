//! Signals, scheduling, the system itself.

use crate::prelude::*;
use crate::socket_bytes::pair;

pub(crate) fn signals(w: &mut Workload) -> Done {
    let (me, t) = (w.pid(), w.tid());
    let usr1 = 1_u64 << (libc::SIGUSR1 - 1);
    let (mask, mut old, mut info) = ([usr1], [0_u64; 4], [0_u64; 16]);
    // siginfo of a sender by sigqueue: SI_QUEUE
    info[0] = u64::from(libc::SIGUSR1.unsigned_abs());
    info[1] = 0xffff_ffff;
    let now = [0_i64, 0];
    w.begin();
    ok!(w, rt_sigprocmask(libc::SIG_BLOCK, &mask, &mut old, 8))?.args_have("SIG_BLOCK, [USR1], []");
    ok!(w, rt_sigaction(libc::SIGUSR1, 0, &mut old, 8))?.args_have("SIGUSR1, NULL, {sa_handler=SIG_DFL");
    ok!(w, sigaltstack(0, &mut old))?.args_have("NULL, {ss_sp=");
    ok!(w, kill(me, 0))?.args_have(&format!("{me}, 0"));
    ok!(w, kill(me, libc::SIGUSR1))?.args_have("SIGUSR1");
    ok!(w, rt_sigpending(&mut old, 8))?.args_have("[USR1]");
    ok!(w, rt_sigtimedwait(&mask, 0, &now, 8))?.ret_is(libc::SIGUSR1.into()).args_have("[USR1]");
    ok!(w, tgkill(me, t, libc::SIGUSR1))?.args_have("SIGUSR1");
    ok!(w, rt_sigtimedwait(&mask, 0, &now, 8))?;
    ok!(w, tkill(t, libc::SIGUSR1))?.args_have("SIGUSR1");
    ok!(w, rt_sigtimedwait(&mask, 0, &now, 8))?;
    ok!(w, rt_sigqueueinfo(me, libc::SIGUSR1, &info))?
        .args_have("SIGUSR1, {si_signo=SIGUSR1, si_code=SI_QUEUE");
    ok!(w, rt_sigtimedwait(&mask, 0, &now, 8))?;
    fails!(w, EAGAIN, rt_sigtimedwait(&mask, 0, &now, 8))?;
    fails!(w, ESRCH, kill(i32::MAX, libc::SIGTERM))?.args_have("SIGTERM");
    fails!(w, EINVAL, kill(me, 99))?.args_have("99");
    fails!(w, EINVAL, rt_sigaction(libc::SIGKILL, &old, 0, 8))?.args_have("SIGKILL");
    fails!(w, EINVAL, tgkill(me, -1, 0))?;
    w.end();
    Ok(())
}

/// Results that look like errors, bytes or descriptors.
pub(crate) fn scheduling(w: &mut Workload) -> Done {
    let (mut mask, mut param, mut attr, mut interval) = ([0_u64; 16], [0_i32], [0_u64; 7], [0_i64; 2]);
    w.begin();
    ok!(w, sched_yield())?.family("Sched");
    ok!(w, sched_getaffinity(0, 128, &mut mask))?.family("Sched");
    ok!(w, sched_setaffinity(0, 128, &mask))?;
    ok!(w, sched_getscheduler(0))?.ret_is(0);
    ok!(w, sched_getparam(0, &mut param))?;
    ok!(w, sched_getattr(0, &mut attr, 56, 0))?;
    ok!(w, sched_get_priority_max(libc::SCHED_FIFO))?.ret_is(99).args_have("SCHED_FIFO");
    ok!(w, sched_get_priority_min(libc::SCHED_FIFO))?.ret_is(1);
    ok!(w, sched_rr_get_interval(0, &mut interval))?;
    // 20 - nice
    let r = sys!(getpriority, libc::PRIO_PROCESS, 0);
    w.ok("getpriority", r)?.args_have("PRIO_PROCESS, 0");
    ok!(w, setpriority(libc::PRIO_PROCESS, 0, 20 - r))?;
    fails!(w, EINVAL, sched_get_priority_max(99))?;
    fails!(w, ESRCH, sched_getscheduler(i32::MAX))?;
    fails!(w, EINVAL, getpriority(99, 0))?;
    w.end();
    Ok(())
}

pub(crate) fn misc(w: &mut Workload) -> Done {
    let (mut cpu, mut node, mut buf) = ([0_u32], [0_u32], [0_u8; 400]);
    w.begin();
    ok!(w, getcpu(&mut cpu, &mut node, 0))?.family("Misc");
    ok!(w, uname(&mut buf))?.args_have("sysname=\"Linux\"");
    ok!(w, sysinfo(&mut buf))?.args_have("uptime=");
    ok!(w, getrandom(&mut buf, 32, 0))?.read(32).args_have(", 32, 0");
    ok!(w, times(0))?;
    ok!(w, getrusage(libc::RUSAGE_SELF, &mut buf))?.args_have("RUSAGE_SELF");
    ok!(w, prlimit64(0, libc::RLIMIT_NOFILE, 0, &mut buf))?.args_have("RLIMIT_NOFILE, NULL, {rlim_cur=");
    ok!(w, getuid())?;
    ok!(w, umask(0o22))?;
    ok!(w, clock_gettime(libc::CLOCK_MONOTONIC, &mut buf))?.args_have("CLOCK_MONOTONIC, {tv_sec=");
    fails!(w, EINVAL, getrandom(&mut buf, 32, 0xbad))?;
    fails!(w, EINVAL, clock_gettime(99, &mut buf))?;
    fails!(w, ENOSYS, uselib(c"/none"))?.file("/none");
    w.end();
    Ok(())
}

/// One call of each family.
pub(crate) fn families(w: &mut Workload) -> Done {
    let path = w.path("mixed");
    let mut ends = [0_i32; 2];
    let (mut context, nothing) = ([0_u64], [0_i64; 2]);
    w.begin();
    let f = ok!(w, openat(CWD, &path, RDWR_CREAT, 0o600))?.opened(&path).family("FS").value();
    ok!(w, write(f, b"x", 1))?.on(f, &path).written(1).family("FS");
    let prot = libc::PROT_READ;
    let map = sys!(mmap, 0, 4096, prot, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0);
    w.ok("mmap", map)?.address_space(4096).family("Memory");
    let r = sys!(pipe2, &mut ends, 0);
    let name = aside(|| pipe_name(ends[0]))?;
    w.ok("pipe2", r)?.on(ends[0], &name).and(ends[1], &name).family("IPC");
    let ([a, b], [first, second]) = aside(|| pair(libc::SOCK_STREAM))?;
    ok!(w, shutdown(a, libc::SHUT_RDWR))?.on(a, &first).family("Network");
    ok!(w, close(b))?.on(b, &second).family("FS");
    ok!(w, getpid())?.family("Process");
    ok!(w, sched_yield())?.family("Sched");
    ok!(w, nanosleep(&nothing, 0))?.sleep(Some(0)).family("Time");
    ok!(w, tkill(w.tid(), 0))?.family("Signals");
    ok!(w, poll(0, 0, 0))?.nfds(0).timeout(0).family("Polling");
    ok!(w, getcpu(0, 0, 0))?.family("Misc");
    ok!(w, getrandom(0, 0, 0))?.read(0).family("Security");
    let r = sys!(io_setup, 0, &mut context);
    w.fails("io_setup", r, i32::try_from(-r).unwrap_or_default())?.family("AIO");
    w.end();
    Ok(())
}
