//! Programs, threads, waiting for children, limits.

use syscope_wire::cap_flags;

use super::*;

#[test]
fn exec() {
    let exec = |count, flags, argv: &[u8]| {
        let paths = call("execve", &[PTR, PTR, PTR]).entry(0, b"/bin/ls");
        paths.strings(1, count, flags, argv).strings(2, 35, 0, b"")
    };
    check(exec(2, 0, b"ls\0-l\0"), r#"execve("/bin/ls", ["ls", "-l"], 0x7f0000001000 /* 35 vars */) = 0"#);
    check(exec(0, 0, b""), r#"execve("/bin/ls", [], 0x7f0000001000 /* 35 vars */) = 0"#);
    check(exec(1, 0, b"\0"), r#"execve("/bin/ls", [""], 0x7f0000001000 /* 35 vars */) = 0"#);
    check(
        exec(3, cap_flags::TRUNC, b"a\0b\0c\0"),
        r#"execve("/bin/ls", ["a", "b", "c", ...], 0x7f0000001000 /* 35 vars */) = 0"#,
    );
    let long = [&[b'a'; 40][..], b"\0"].concat();
    check(
        exec(1, 0, &long),
        r#"execve("/bin/ls", ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"...], 0x7f0000001000 /* 35 vars */) = 0"#,
    );
    check(
        call("execve", &[PTR, PTR, PTR])
            .entry(0, b"/x")
            .strings(1, 0, cap_flags::FAULT, b"")
            .strings(2, 1, 0, b"")
            .ret(-14),
        r#"execve("/x", 0x7f0000001000 /* unreadable */, 0x7f0000001000 /* 1 var */) = -1 EFAULT (Bad address)"#,
    );
    check(
        call("execveat", &[3, PTR, 0, 0, 0x1000]).names(0, "/bin/x").entry(1, b""),
        r#"execveat(3</bin/x>, "", NULL, NULL, AT_EMPTY_PATH) = 0"#,
    );
    // Read at exit, where the kernel keeps it with the directory before it.
    check(
        call("execveat", &[3, PTR, 0, 0, 0x1000]).names(0, "/bin/x").cap(1, b"/dev/fd/3\0"),
        r#"execveat(3</bin/x>, "", NULL, NULL, AT_EMPTY_PATH) = 0"#,
    );
    check(
        call("execveat", &[3, PTR, 0, 0, 0]).names(0, "/bin").cap(1, b"/dev/fd/3/x\0"),
        r#"execveat(3</bin>, "x", NULL, NULL, 0) = 0"#,
    );
    check(
        call("execveat", &[AT_FDCWD, PTR, 0, 0, 0]).names(0, "/").cap(1, b"/dev/fd/3\0"),
        r#"execveat(AT_FDCWD</>, "/dev/fd/3", NULL, NULL, 0) = 0"#,
    );
}

#[test]
fn clones() {
    check(
        call("clone", &[0x120_0011, 0, 0, 0x5000, 0]).ret(99),
        "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x5000) = 99",
    );
    check(call("clone", &[17, 0, 0, 0, 0]).ret(99), "clone(child_stack=NULL, flags=SIGCHLD) = 99");
    check(call("clone", &[0, 0x10, 0, 0, 0]).ret(99), "clone(child_stack=0x10, flags=0) = 99");
    check(
        call("clone", &[0x18_0011, 0, PTR, 0, 0x7000]).cap(2, &ints([99])).ret(99),
        "clone(child_stack=NULL, flags=CLONE_SETTLS|CLONE_PARENT_SETTID|SIGCHLD, parent_tid=[99], tls=0x7000) = 99",
    );
    let args = |flags| words([flags, 0x10, 0x20, 0x30, 0, 0x40, 0x1000, 0x50, 0, 0, 0]);
    check(
        call("clone3", &[PTR, 88]).cap(0, &args(0x3d_0f00)).ret(99),
        "clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|\
         CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID, child_tid=0x20, parent_tid=0x30, exit_signal=0, stack=0x40, \
         stack_size=0x1000, tls=0x50} => {parent_tid=[99]}, 88) = 99",
    );
    check(
        call("clone3", &[PTR, 88]).cap(0, &words([0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0])).ret(-11),
        "clone3({flags=0, exit_signal=SIGCHLD, stack=NULL, stack_size=0}, 88) = -1 EAGAIN (Resource temporarily \
         unavailable)",
    );
    check(call("vfork", &[]).ret(99), "vfork() = 99");
}

#[test]
fn waits() {
    let wait = |status: i32| call("wait4", &[u64::from(u32::MAX), PTR, 0, 0]).cap(1, &ints([status])).ret(99);
    check(wait(0x300), "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 99");
    check(wait(9), "wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 99");
    check(
        wait(0x8b),
        "wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}], 0, NULL) = 99",
    );
    check(wait(0x137f), "wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0, NULL) = 99");
    check(wait(0xffff), "wait4(-1, [{WIFCONTINUED(s)}], 0, NULL) = 99");
    check(
        call("wait4", &[7, PTR, 1, PTR]).cap(1, &ints([0])).cap(3, &[0; 144]),
        "wait4(7, 0x7f0000001000, WNOHANG, 0x7f0000001000) = 0",
    );
    check(call("wait4", &[7, PTR, 0, 0]).unfinished(), "wait4(7, ) = ?");
    check(
        call("wait4", &[7, PTR, 0, 0]).ret(-10),
        "wait4(7, 0x7f0000001000, 0, NULL) = -1 ECHILD (No child processes)",
    );
    let mut info = ints([17, 0, 1, 0, 99, 1000, 3, 0]);
    info.extend_from_slice(&words([0, 25]));
    info.resize(128, 0);
    check(
        call("waitid", &[1, 99, PTR, 4, 0]).cap(2, &info),
        "waitid(P_PID, 99, {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=99, si_uid=1000, si_status=3, si_utime=0, \
         si_stime=25 /* 0.25 s */}, WEXITED, NULL) = 0",
    );
    check(
        call("waitid", &[1, 99, PTR, 5, 0]).cap(2, &[0; 128]),
        "waitid(P_PID, 99, {}, WNOHANG|WEXITED, NULL) = 0",
    );
}

#[test]
fn ends() {
    check(call("exit_group", &[7]).flags(syscope_wire::call_flags::NORETURN), "exit_group(7) = ?");
    check(call("kill", &[0, 9]), "kill(0, SIGKILL) = 0");
    check(call("tgkill", &[5, 6, 0]).ret(-3), "tgkill(5, 6, 0) = -1 ESRCH (No such process)");
}

#[test]
fn limits_and_identity() {
    check(
        call("prlimit64", &[0, 3, 0, PTR]).cap(3, &words([8 << 20, u64::MAX])),
        "prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0",
    );
    check(
        call("setrlimit", &[4, PTR]).cap(1, &words([0, u64::MAX])),
        "setrlimit(RLIMIT_CORE, {rlim_cur=0, rlim_max=RLIM64_INFINITY}) = 0",
    );
    check(call("setresuid", &[u64::MAX, 0, 5]), "setresuid(-1, 0, 5) = 0");
    check(call("getgroups", &[65536, PTR]).cap(1, &ints([0, 27])).ret(2), "getgroups(65536, [0, 27]) = 2");
    check(call("sched_getscheduler", &[0]).ret(0), "sched_getscheduler(0) = 0 (SCHED_OTHER)");
    check(call("sched_getscheduler", &[0]).ret(-3), "sched_getscheduler(0) = -1 ESRCH (No such process)");
    check(call("prctl", &[1, 9]), "prctl(PR_SET_PDEATHSIG, SIGKILL) = 0");
    check(call("prctl", &[4, 1]), "prctl(PR_SET_DUMPABLE, SUID_DUMP_USER) = 0");
    check(call("arch_prctl", &[0x1002, 0x5000]), "arch_prctl(ARCH_SET_FS, 0x5000) = 0");
    check(call("set_robust_list", &[0x5000, 24]), "set_robust_list(0x5000, 24) = 0");
    check(call("rseq", &[0x5000, 32, 0, 0x5305_3053]), "rseq(0x5000, 0x20, 0, 0x53053053) = 0");
    check(call("sched_getaffinity", &[0, 8, PTR]).ret(8), "sched_getaffinity(0, 8, 0x7f0000001000) = 8");
    check(call("set_tid_address", &[0x5000]).ret(99), "set_tid_address(0x5000) = 99");
    let mut names = vec![0; 390];
    names[..5].copy_from_slice(b"Linux");
    names[65..68].copy_from_slice(b"box");
    check(call("uname", &[PTR]).cap(0, &names), r#"uname({sysname="Linux", nodename="box", ...}) = 0"#);
}
