//! strace's classes of calls (`%file`, `%net` ...), derived from the table's roles and families.
//!
//! A new row of the table gets its classes from its roles. Names stand here only where strace's choice does not follow
//! from them; `tests/classes.rs` compares with what strace holds.

use syscope_syscalls::{Family, Ret, Role, Syscall};

/// A class: its names, and which calls belong to it.
pub(crate) struct Class {
    pub(crate) names: &'static [&'static str],
    pub(crate) holds: fn(&Syscall) -> bool,
}

pub(crate) const CLASSES: &[Class] = &[
    Class { names: &["all"], holds: |_| true },
    Class { names: &["none"], holds: |_| false },
    Class { names: &["file"], holds: is_file },
    Class { names: &["desc", "descriptor"], holds: is_descriptor },
    Class { names: &["net", "network"], holds: is_network },
    Class { names: &["process"], holds: is_process },
    Class { names: &["memory"], holds: is_memory },
    Class { names: &["signal"], holds: is_signal },
    Class { names: &["ipc"], holds: |s| s.kind.0.starts_with("sysv") },
    Class { names: &["clock"], holds: is_clock },
    Class { names: &["creds"], holds: is_creds },
    Class { names: &["pure"], holds: is_pure },
    Class { names: &["stat"], holds: |s| s.name == "stat" },
    Class { names: &["lstat"], holds: |s| s.name == "lstat" },
    Class { names: &["fstat"], holds: |s| matches!(s.name, "fstat" | "newfstatat" | "statx") },
    Class { names: &["statfs"], holds: |s| s.name == "statfs" },
    Class { names: &["fstatfs"], holds: |s| s.name == "fstatfs" },
    Class {
        names: &["%stat"],
        holds: |s| matches!(s.name, "stat" | "lstat" | "fstat" | "newfstatat" | "statx"),
    },
    Class { names: &["%statfs"], holds: |s| matches!(s.name, "statfs" | "fstatfs" | "ustat") },
];

pub(crate) fn find(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|c| c.names.contains(&name))
}

/// Takes or returns a file name.
fn is_file(s: &Syscall) -> bool {
    s.path_args().next().is_some() || matches!(s.name, "getcwd" | "fsconfig")
}

/// Takes or returns a descriptor. Calls about sockets are %net only, as strace has it; sendfile is both.
fn is_descriptor(s: &Syscall) -> bool {
    if is_network(s) && s.name != "sendfile" {
        return false;
    }
    let takes = s.args.iter().any(|a| matches!(a.role, Role::Fd | Role::DirFd | Role::MmapFd | Role::Fds));
    let gives = matches!(s.ret, Ret::Fd | Ret::FcntlFd);
    // The last are numbers without a call behind them.
    (takes || gives) && !matches!(s.name, "epoll_ctl_old" | "epoll_wait_old")
        || matches!(s.name, "select" | "pselect6" | "poll" | "ppoll" | "bpf" | "landlock_create_ruleset")
}

/// Calls about sockets; what only happens to move data between any descriptors is not.
fn is_network(s: &Syscall) -> bool {
    s.family == Family::Network && !matches!(s.name, "splice" | "tee" | "vmsplice")
        || matches!(s.name, "getpmsg" | "putpmsg")
}

/// Life and death of processes.
fn is_process(s: &Syscall) -> bool {
    matches!(
        s.name,
        "fork"
            | "vfork"
            | "clone"
            | "clone3"
            | "execve"
            | "execveat"
            | "exit"
            | "exit_group"
            | "wait4"
            | "waitid"
    ) || sends_signal(s)
}

fn sends_signal(s: &Syscall) -> bool {
    matches!(
        s.name,
        "kill" | "tkill" | "tgkill" | "rt_sigqueueinfo" | "rt_tgsigqueueinfo" | "pidfd_send_signal"
    )
}

/// Changes or asks about the caller's own address space.
fn is_memory(s: &Syscall) -> bool {
    let others = matches!(
        s.name,
        "process_vm_readv"
            | "process_vm_writev"
            | "process_madvise"
            | "process_mrelease"
            | "membarrier"
            | "pkey_alloc"
            | "pkey_free"
    );
    s.family == Family::Memory && !others
        || matches!(s.name, "msync" | "shmat" | "shmdt" | "io_setup" | "io_destroy" | "io_uring_register")
}

/// io_uring_enter takes a signal mask.
fn is_signal(s: &Syscall) -> bool {
    s.family == Family::Signals
        || sends_signal(s)
        || matches!(s.name, "signalfd" | "signalfd4" | "io_uring_enter")
}

fn is_clock(s: &Syscall) -> bool {
    matches!(
        s.name,
        "clock_gettime"
            | "clock_settime"
            | "clock_getres"
            | "clock_adjtime"
            | "adjtimex"
            | "gettimeofday"
            | "settimeofday"
            | "time"
    )
}

fn is_creds(s: &Syscall) -> bool {
    let ids = s.args.iter().any(|a| matches!(a.role, Role::Uid | Role::Gid));
    let no_file = !is_file(s) && !is_descriptor(s);
    ids && no_file
        || matches!(
            s.name,
            "getuid"
                | "geteuid"
                | "getgid"
                | "getegid"
                | "getresuid"
                | "getresgid"
                | "getgroups"
                | "setgroups"
                | "capget"
                | "capset"
                | "prctl"
        )
}

/// Always succeed and take nothing.
fn is_pure(s: &Syscall) -> bool {
    matches!(
        s.name,
        "getpid" | "getppid" | "gettid" | "getuid" | "geteuid" | "getgid" | "getegid" | "getpgrp"
    )
}
