//! Programs that make raw system calls and state what must be seen of them, and the check of both.
//!
//! A scenario is one function: its calls with their expectations beside them. It runs as a process of its own
//! ([`run_workload`]), traced by whoever wants to know; what it expects goes to a file, and [`check`] compares that with the
//! rows that were seen. Adding a scenario is one function and one line of [`ALL`].

mod bytes;
mod check;
mod descriptors;
mod expect;
mod interruptions;
mod ipc;
mod memory;
mod metadata;
mod names;
mod number;
mod odd;
mod open;
mod paths;
mod places;
mod prelude;
mod process;
mod program;
mod security;
mod signal;
mod socket_bytes;
mod sockets;
mod sys;
mod system;
mod tasks;
mod threads;
mod timers;
mod uring;
mod waiting;
mod workload;

pub use check::{Mismatch, check};
pub use expect::{Expectations, Expected};
pub use workload::{StepError, Workload, preopen, run_workload};

/// One scenario.
pub struct Scenario {
    /// What users type.
    pub name: &'static str,
    /// Heading in tables.
    pub section: &'static str,
    /// What must be seen.
    pub about: &'static str,
    /// Only tasks of this name are to be traced.
    pub comm: Option<&'static str>,
    /// Makes the calls.
    pub run: fn(&mut Workload) -> Result<(), StepError>,
}

/// Scenarios that are known to fail, and why. Whoever makes one pass takes it from this list: that it passes although it is
/// here is a failure.
pub static KNOWN_GAPS: &[(&str, &str)] = &[];

/// Why a scenario is known to fail.
pub fn known_gap(name: &str) -> Option<&'static str> {
    KNOWN_GAPS.iter().find(|(gap, _)| *gap == name).map(|(_, why)| *why)
}

macro_rules! scenarios {
    ($($section:literal { $($name:literal $run:path $([comm $comm:literal])?: $about:literal;)* })*) => {
        /// Every scenario, by section.
        pub static ALL: &[Scenario] = &[$($(
            Scenario {
                name: $name,
                section: $section,
                about: $about,
                comm: [$(Some($comm),)? None][0],
                run: $run,
            },
        )*)*];
    };
}

scenarios! {
    "open" {
        "open-basic" open::basic: "openat, close: absolute path, flags and mode";
        "open-legacy" open::legacy: "open returns a named descriptor, or fails with its path";
        "open-creat" open::creat: "creat likewise";
        "open-openat2" open::openat2: "flags, mode and resolve come from the structure, or are unreadable";
        "open-dirfd-paths" open::dirfd_paths: "names relative to a directory; its own path for \"\" and NULL";
        "open-enoent" open::enoent: "a failed open keeps its path and has no descriptor";
        "open-rdonly-write" open::rdonly_write: "EBADF on an open descriptor keeps number and name";
        "open-duration-gap" open::duration_gap: "time since the previous call of the thread";
        "open-by-handle-at" open::by_handle: "a file opened by its handle has its name";
        "open-by-handle-at-reuse" open::by_handle_reuse: "the number reused at once never shows the other name";
        "open-by-handle-at-threads" open::by_handle_threads: "a handle taken by one thread, used by another";
        "open-by-handle-at-fail" open::by_handle_fail: "a failure is named after the file of its handle";
        "open-comm-filter" open::comm_filter [comm "wanted"]: "a filter on the name holds for every kind of call";
    }
    "read and write" {
        "rw-basic" bytes::basic: "write, lseek, read: bytes as moved; an offset is no number of bytes";
        "rw-positional" bytes::positional: "pread64, pwrite64, readv, writev and their kin: what they return";
        "rw-short-read" bytes::short_read: "less than asked for, and the end of the file";
        "rw-wrong-mode" bytes::wrong_mode: "EBADF keeps number and name";
        "rw-bad-offset" bytes::bad_offset: "EINVAL keeps number and name";
        "rw-readahead" bytes::readahead: "readahead moves no bytes";
        "rw-cachestat" bytes::cachestat: "cachestat moves no bytes";
        "bytes-socket" socket_bytes::socket: "sendto, recvfrom, sendmsg, recvmsg";
        "bytes-mmsg" socket_bytes::many_messages: "sendmmsg, recvmmsg: the sum of all messages";
        "bytes-transfer" bytes::transfer: "sendfile, splice, tee, copy_file_range, vmsplice: both descriptors, bytes once";
        "bytes-process-vm" bytes::process_vm: "process_vm_readv and writev; a process id is no descriptor";
        "cfr-bad-dst" bytes::copy_to_bad: "copy_file_range to no descriptor: the source is named";
        "bytes-mq-msg" socket_bytes::queues: "sends return 0: the length counts; receives return it";
        "recv-peek" socket_bytes::peek: "what is only looked at has not moved";
        "recv-trunc" socket_bytes::truncated: "with MSG_TRUNC no more than the buffer holds";
        "recv-netlink-probe" socket_bytes::probe: "no room, PEEK and TRUNC: nothing moved";
        "recvmsg-trunc" socket_bytes::message_truncated: "with MSG_TRUNC no more than all its buffers hold";
        "aio-setup" bytes::aio_setup: "io_setup, io_destroy: an id is no descriptor";
        "aio-submit" bytes::aio_submit: "io_submit, io_getevents: counts, not bytes";
    }
    "descriptors" {
        "close-basic" descriptors::close_basic: "named closes; a closed number is nothing until it is opened again";
        "close-invalid" descriptors::close_invalid: "EBADF without a name, also at the second close";
        "number-reuse" descriptors::number_reuse: "a number closed and opened again at once never shows the old name";
        "close-range" descriptors::close_range: "the bounds are numbers, not descriptors; what it closed is gone";
        "close-range-bounded" descriptors::close_range_bounded: "what lies beyond stays";
        "close-range-cloexec" descriptors::close_range_cloexec: "CLOSE_RANGE_CLOEXEC closes nothing";
        "close-range-unshare" descriptors::close_range_unshare: "CLOSE_RANGE_UNSHARE: only the caller's table";
        "close-range-empty" descriptors::close_range_empty: "nothing to close";
        "close-range-all" descriptors::close_range_all: "close_range(3, ~0): the whole table of a child, not the parent's";
        "close-untracked" descriptors::preopened: "opened before tracing: named at first use, whatever has the number next";
        "close-under-blocked-write" descriptors::close_under_blocked_write: "a blocked call keeps its file";
        "dup-dup2-dup3" descriptors::dup: "copies name the same file; a replaced number changes its name";
        "dup-invalid" descriptors::dup_invalid: "failures make no descriptor";
        "dup2-same" descriptors::dup_same: "dup2 onto itself changes nothing";
        "fcntl-dupfd" descriptors::fcntl_dupfd: "F_DUPFD and F_DUPFD_CLOEXEC make descriptors";
        "fcntl-setfl" descriptors::fcntl_setfl: "what F_GETFL returns is no descriptor";
        "fcntl-invalid" descriptors::fcntl_invalid: "EBADF and EINVAL";
        "ioctl-basic" descriptors::ioctl: "FIONREAD, FIOCLEX, FIONCLEX by name";
        "flock-basic" descriptors::flock: "flock: descriptor and operation";
        "fork-inherit" descriptors::fork_inherit: "inherited over fork, a pipe too";
        "fdtable-other-thread" descriptors::other_thread [comm "wanted"]:
            "changes of the table by threads that are left out count";
    }
    "names and metadata" {
        "rename-basic" names::rename: "rename, renameat, renameat2: two absolute paths; descriptors follow the new name";
        "rename-fails" names::rename_fails: "ENOENT, EEXIST: both paths";
        "rename-exchange" names::rename_exchange: "RENAME_EXCHANGE: both paths, and descriptors change names";
        "rename-parent" names::rename_parent: "a directory above, renamed by another process";
        "link-basic" names::links: "link, symlink, readlink and *at: the text of a symbolic link is no path";
        "link-fails" names::link_fails: "failures with their paths";
        "unlink-basic" names::unlink: "unlink, unlinkat, rmdir";
        "unlink-errors" names::unlink_fails: "ENOENT, ENOTEMPTY, EISDIR";
        "dir-basic" names::directories: "mkdir, access, rmdir, mkdirat, mknodat, mknod";
        "dir-chdir" names::working_directory: "relative names follow chdir and fchdir, also those of a thread";
        "dir-getdents" names::getdents: "getdents64 and getdents: bytes";
        "dir-errors" names::directory_fails: "EEXIST, ENOENT, ENOTDIR, EBADF";
        "stat-all" metadata::stat: "stat, fstat, lstat, newfstatat, statx, access, faccessat, statfs and their kin";
        "stat-errors" metadata::stat_fails: "ENOENT with paths, EBADF with numbers";
        "chmod-chown" metadata::mode_and_owner: "chmod, chown and their kin: path or descriptor, mode, ids";
        "truncate" metadata::truncate: "truncate, ftruncate, fallocate: no bytes moved";
        "utime-all" metadata::times: "utime, utimes, futimesat, utimensat";
        "xattr-path" metadata::xattr_path: "an attribute's name is no path; bytes of get and list";
        "xattr-at" metadata::xattr_at: "the same relative to a directory";
        "xattr-fd" metadata::xattr_fd: "the same with descriptors";
        "xattr-size-probe" metadata::xattr_probe: "a size of 0 moves no bytes";
        "xattr-size-probe-at" metadata::xattr_probe_at: "the same where the size is in a structure";
        "file-attr" metadata::file_attr: "file_getattr, file_setattr";
        "path-page-border" paths::page_border: "a path that ends one byte before an unmapped page is whole";
        "faulted-path" paths::faulted: "a path on a page that was never touched is read all the same";
    }
    "memory and sync" {
        "sync-all" memory::sync: "fsync, fdatasync, sync_file_range, syncfs, sync";
        "sync-ebadf" memory::sync_fails: "EBADF and EINVAL";
        "mmap-file" memory::mmap_file: "a mapping names its file; pages are no I/O; mremap counts the larger length";
        "mmap-anon" memory::mmap_anonymous: "an anonymous mapping has neither descriptor nor file";
        "brk" memory::brk: "by how much the break moved; asking moves nothing";
        "mmap-anon-garbage-fd" memory::mmap_garbage_fd: "the descriptor of an anonymous mapping means nothing";
        "msync-invalid" memory::msync_invalid: "EINVAL";
    }
    "sockets, IPC, notification" {
        "socket-basic" sockets::socket: "socket: family, type and protocol";
        "socketpair" sockets::socketpair: "both ends on the row, each naming its peer";
        "socket-lifecycle" sockets::tcp: "bind, listen, connect, accept, accept4, shutdown with addresses";
        "socket-unix" sockets::unix_names: "the same with a name in the file system";
        "socket-introspection" sockets::introspection: "getsockname, getpeername, setsockopt, getsockopt";
        "pipe" sockets::pipe: "pipe and pipe2: both ends on the row, with the pipe's inode";
        "eventfd" ipc::eventfd: "the count is no descriptor";
        "memfd" ipc::memfd: "a memfd has its name";
        "memfd-secret" ipc::memfd_secret: "memfd_secret by type";
        "userfaultfd" ipc::userfaultfd: "userfaultfd by type";
        "signalfd" ipc::signalfd: "a new one, and one that is there";
        "timerfd" ipc::timerfd: "timerfd_create, timerfd_settime, timerfd_gettime";
        "inotify" ipc::inotify: "group and path; a watch is no descriptor";
        "fanotify-marks" ipc::fanotify: "group and what is marked, in each form";
        "mq-posix" ipc::mq: "a queue is a descriptor with a name, which is no path";
        "sysv-shm" ipc::sysv_shm: "ids are no descriptors";
        "sysv-msg" ipc::sysv_msg: "ids are no descriptors; bytes of messages";
        "sysv-sem" ipc::sysv_sem: "ids are no descriptors";
        "pidfd-open-getfd" ipc::pidfd_getfd: "a descriptor of another process, once it is ours";
        "pidfd-getfd-fail" ipc::pidfd_getfd_fails: "EBADF, EINVAL, ESRCH";
        "pidfd-getfd-eperm" ipc::pidfd_getfd_eperm: "EPERM on process 1";
        "pidfd-signal" ipc::pidfd_signal: "pidfd_send_signal: descriptor and signal";
        "scm-rights" sockets::scm_rights: "a descriptor that came over a socket is named at its first use";
    }
    "waiting and timers" {
        "epoll-all" waiting::epoll: "epoll_ctl: operation, target, events; timeouts of each kind of epoll_wait";
        "poll-select" waiting::poll_select: "poll, ppoll, select, pselect6: how many, and the timeout at entry";
        "poll-nonfd" waiting::poll_nonfd: "counts and timeouts are no descriptors";
        "sleep-relative" timers::sleep_relative: "the requested time, also where the rest is stored over it";
        "sleep-absolute" timers::sleep_absolute: "a moment is no duration";
        "sleep-bad" timers::sleep_bad: "unreadable, invalid and endless requests";
        "posix-timer-lifecycle" timers::posix_timer_lifecycle:
            "timer_create .. timer_delete: rows of family Time without descriptor or file";
        "itimer-noop" timers::itimer: "setitimer, getitimer, alarm";
    }
    "processes" {
        "fork-follow" process::fork_follow: "a child's rows are there from its first call on, with its exit";
        "fork-storm" process::fork_storm: "many children with children of their own at once";
        "fork-cow-tables" process::fork_tables: "a child's table is its own, unless it shares it";
        "vfork" process::vfork: "a vfork child's calls, and one row for its parent's call";
        "clone-variants" process::clone_variants: "clone3 with CLONE_PIDFD; failures";
        "exec-missing" process::exec_missing: "a failed execve or execveat keeps path and arguments";
        "exec-leader" process::exec: "old name on its row, new name after it; close-on-exec descriptors are gone";
        "exec-non-leader" process::exec_non_leader: "execve from a second thread: one row, with the caller's tid";
        "fexecve" process::exec_others: "a program by its descriptor, in a memfd, and a script";
        "killed" process::killed: "a killed process: its blocked call is unfinished";
        "kcmp-file" process::kcmp: "numbers are descriptors for KCMP_FILE only";
        "sched-priority" system::scheduling: "results of scheduling calls are neither bytes nor errors";
        "misc" system::misc: "getcpu, uname, sysinfo, getrandom and others";
        "signals-basic" system::signals: "rt_sigaction, kill, tgkill, sigtimedwait and their kin: signals by name";
        "family-mixed" system::families: "each row's family";
        "seccomp-denied" security::denied: "what a filter refuses never begins: no row, but counted";
        "seccomp-trap" security::trapped: "a trapped call is no call that returned its number";
        "seccomp-notify" security::answered: "a call that a supervisor answered is no call that succeeded";
        "seccomp-kill" security::filter_kills: "a process that its filter kills";
        "bpf-map-create" security::bpf_map: "only some commands make a descriptor";
        "keys" security::keys_and_perf: "add_key, request_key, keyctl, ptrace: serials and ids are no descriptors";
        "perf-open" security::perf: "perf_event_open without a group";
        "landlock" security::landlock: "a ruleset is a descriptor, a version is none";
        "mount-api" security::mounts: "mount, fsopen, fsmount, move_mount, open_tree and their kin";
        "noreturn" threads::noreturn: "rt_sigreturn, exit and exit_group: rows without result and time";
        "thread-exit-keeps-fd" threads::exit_keeps_fd: "the end of a thread is not the end of its process";
        "exit-blocked" threads::exit_blocked: "exit_group while another thread is blocked: its call is unfinished";
        "thread-comm-short" threads::comm_short: "40 threads of four calls each: none without its name";
        "thread-comm-renamed" threads::comm_renamed: "the new name from the first row on";
        "thread-comm-late" threads::comm_late: "renamed by prctl, by its file in /proc, by another thread";
        "thread-comm-rename-in-open" threads::comm_in_open: "renamed inside a call: the name of its beginning";
    }
    "interruptions" {
        "reexec-stop" interruptions::stopped: "stopped and continued: one row for the whole wait";
        "reexec-handler-restart" interruptions::restarted: "a handler with SA_RESTART: one row";
        "reexec-many" interruptions::stopped_often: "32 stopped reads: descriptor and bytes belong together";
        "reexec-eintr" interruptions::eintr: "a handler without: EINTR, and the next call is another row";
        "restart-block" interruptions::sleep_stopped: "a stopped sleep: one row with its request, no restart_syscall";
        "handled-sleep-then-stopped" interruptions::sleep_handled_then_stopped: "a sleep that a handler ended is over";
        "poll-restart" interruptions::poll_stopped: "poll and futex with a timeout, stopped";
        "nested-restart" interruptions::nested: "a signal in the call of a handler: one row for each call";
        "signal-siglongjmp" interruptions::jumped_out: "a handler that never returns: nothing is joined";
    }
    "io_uring" {
        "uring-basic" uring::basic: "io_uring_setup, io_uring_enter, io_uring_register: counts are no descriptors";
        "uring-ebadf" uring::bad: "EBADF, and what is no ring";
        "uring-reopen" uring::reopened: "a number closed and opened through the ring never shows the old name";
        "uring-ops" uring::operations: "what moves through a ring is not bytes of the call that carries it";
        "uring-fixed" uring::fixed: "a file of the ring that gets a number is named at its first use";
        "uring-sqpoll" uring::polled: "the kernel's own thread makes no rows";
        "uring-registered-ring" uring::registered: "the index of a ring is no descriptor, and names the ring";
    }
    "hard cases" {
        "path-bytes" paths::hostile: "names with newline, escape, quote and bytes that are no UTF-8 are exact";
        "path-dotdot-symlink" paths::dots: "paths with .., // and symbolic links as passed; descriptors by their true name";
        "path-long" paths::long: "a path of 4,095 bytes is whole; one too long fails with its text";
        "path-deep" paths::deep: "relative names 300 directories below";
        "path-overwritten" paths::overwritten: "a call that stores its result over its own path shows the path";
        "toctou-path" paths::rewritten: "a path that another thread changes meanwhile is the one the kernel was told";
        "efault-args" paths::efault: "a bad pointer is said to be unreadable, and shows nothing of the call before";
        "stale-slot" paths::stale: "odd calls show nothing of the call before";
        "chroot" places::chroot: "names as the process sees them, with its root beside them";
        "bind-file" places::bind_mounts: "a directory and a file in two places: the name is the way taken";
        "equal-inodes" places::equal_inodes: "the same inode number on two file systems";
        "mount-ns" places::mount_namespace: "a file system of its own, and an overlay";
        "pid-ns" places::pid_namespace: "the host's numbers in columns, the caller's own in arguments and results";
        "user-ns" places::user_namespace: "the host's number of the user";
        "time-ns" places::time_namespace: "the host's clock";
        "cgroup" places::cgroup: "the control group that /proc tells";
        "setuid-exec" places::setuid_exec: "a program that runs as its owner";
        "fd-limits" odd::fd_limits: "numbers beyond 65536, below 0, with rubbish above their 32 bits";
        "partial-io" odd::partial: "EAGAIN, EPIPE, ENOSPC, short writes: bytes as moved";
        "tty-proc-sys-dev" odd::special_files: "devices, terminals, /proc and /sys by name";
        "load" odd::load: "16 threads at once, each row with its own file";
        "ptraced" odd::ptraced: "calls that a tracer changed or cancelled";
        "compat-int80" process::compat: "a 32-bit call is a row of its own, not the 64-bit call of that number";
        "o-tmpfile" names::tmpfile: "a file without a name, and the one it gets";
        "deleted" names::deleted: "an unlinked open file keeps its name, without a mark in it";
    }
}

/// The scenario of that name.
pub fn by_name(name: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|s| s.name == name)
}

/// Names that someone may have meant by `typed`, nearest first.
pub fn near(typed: &str) -> Vec<&'static str> {
    let worst = (typed.len() / 3).max(2);
    let mut found: Vec<(usize, &'static str)> = ALL
        .iter()
        .filter_map(|s| {
            let part = typed.len() >= 3 && (s.name.contains(typed) || typed.contains(s.name));
            let distance = if part { 0 } else { strsim::levenshtein(typed, s.name) };
            (distance <= worst).then_some((distance, s.name))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sections_in_one_piece() {
        let mut names: Vec<_> = ALL.iter().map(|s| s.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for (gap, _) in KNOWN_GAPS {
            assert!(by_name(gap).is_some(), "{gap} is no scenario");
        }
        let mut sections: Vec<_> = ALL.iter().map(|s| s.section).collect();
        sections.dedup();
        let pieces = sections.len();
        sections.sort_unstable();
        sections.dedup();
        assert_eq!(sections.len(), pieces);
    }

    #[test]
    fn near_names() {
        assert_eq!(near("posix-timer-lifecyle"), ["posix-timer-lifecycle"]);
        assert_eq!(near("posix"), ["mq-posix", "posix-timer-lifecycle"]);
        assert!(near("close-range").contains(&"close-range-cloexec"));
        assert_eq!(near("epol")[0], "epoll-all");
        assert!(near("no such thing at all").is_empty());
    }
}
