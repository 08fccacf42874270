//! Actions, masks, and where signals come from.

use syscope_wire::Signal;

use super::*;
use crate::args::write_signal;

#[test]
fn actions() {
    let action = |handler, flags| words([handler, flags, 0x9000, 1 << 16]);
    check(
        call("rt_sigaction", &[17, PTR, 0, 8]).cap(1, &action(0x8000, 0x0400_0000)),
        "rt_sigaction(SIGCHLD, {sa_handler=0x8000, sa_mask=[CHLD], sa_flags=SA_RESTORER, sa_restorer=0x9000}, NULL, 8) \
         = 0",
    );
    check(
        call("rt_sigaction", &[13, PTR, PTR, 8]).cap(1, &action(1, 0)).cap(2, &action(0, 4)),
        "rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN, sa_mask=[CHLD], sa_flags=0}, {sa_handler=SIG_DFL, sa_mask=[CHLD], \
         sa_flags=SA_SIGINFO}, 8) = 0",
    );
    check(
        call("rt_sigaction", &[65, 0, 0, 8]).ret(-22),
        "rt_sigaction(65, NULL, NULL, 8) = -1 EINVAL (Invalid argument)",
    );
}

#[test]
fn masks() {
    let mask = |how, set: u64| call("rt_sigprocmask", &[how, PTR, 0, 8]).cap(1, &words([set]));
    check(mask(0, 0), "rt_sigprocmask(SIG_BLOCK, [], NULL, 8) = 0");
    check(mask(2, 1 << 1 | 1 << 32), "rt_sigprocmask(SIG_SETMASK, [INT RT_1], NULL, 8) = 0");
    check(mask(0, !(3 << 31)), "rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1], NULL, 8) = 0");
    check(mask(1, u64::MAX), "rt_sigprocmask(SIG_UNBLOCK, ~[], NULL, 8) = 0");
    check(
        call("rt_sigprocmask", &[0, 0, PTR, 8]).cap(2, &words([1])),
        "rt_sigprocmask(SIG_BLOCK, NULL, [HUP], 8) = 0",
    );
    check(
        call("rt_sigsuspend", &[PTR, 8]).cap(0, &words([0])).ret(-514),
        "rt_sigsuspend([], 8) = ? ERESTARTNOHAND (To be restarted if no handler)",
    );
}

#[test]
fn sets_turn_at_two_thirds() {
    let set = |bits: u32| {
        let mask = words([(1_u64 << bits) - 1]);
        call("rt_sigprocmask", &[0, PTR, 0, 8]).cap(1, &mask).text(&Style::default())
    };
    assert!(set(41).contains("[HUP INT"), "{}", set(41));
    assert!(set(42).contains("~[RT_11"), "{}", set(42));
}

#[test]
fn waits() {
    let wait = call("rt_sigtimedwait", &[PTR, PTR, 0, 8]).cap(0, &words([1 << 13]));
    let mut info = ints([14, 0, 0x80]);
    info.resize(128, 0);
    check(
        wait.cap(1, &info).ret(14),
        "rt_sigtimedwait([ALRM], {si_signo=SIGALRM, si_code=SI_KERNEL}, NULL, 8) = 14 (SIGALRM)",
    );
}

#[test]
fn deliveries() {
    let check = |signal: Signal, expected: &str| {
        let mut out = Vec::new();
        write_signal(&signal, None, &Style::default(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    };
    let signal = |signo, code| Signal { signo, code, si_pid: 9, si_uid: 1000, ..Signal::default() };
    check(signal(15, 0), "SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=9, si_uid=1000}");
    check(signal(10, -6), "SIGUSR1 {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=9, si_uid=1000}");
    check(
        Signal { si_uid: u32::MAX, ..signal(10, 0) },
        "SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=9, si_uid=-1}",
    );
    check(
        Signal { value: 3, stime: 118, ..signal(17, 1) },
        "SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=9, si_uid=1000, si_status=3, si_utime=0, \
         si_stime=118 /* 1.18 s */}",
    );
    check(
        Signal { value: 9, ..signal(17, 2) },
        "SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=9, si_uid=1000, si_status=SIGKILL, si_utime=0, \
         si_stime=0}",
    );
    check(
        Signal { signo: 11, code: 1, ..Signal::default() },
        "SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}",
    );
    check(
        Signal { signo: 11, code: 2, value: 0x5000, ..Signal::default() },
        "SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_ACCERR, si_addr=0x5000}",
    );
    check(
        Signal { signo: 14, code: 0x80, ..Signal::default() },
        "SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL}",
    );
    check(
        Signal { signo: 14, code: -2, si_pid: 1, si_uid: 2, ..Signal::default() },
        "SIGALRM {si_signo=SIGALRM, si_code=SI_TIMER, si_timerid=0x1, si_overrun=2}",
    );
}
