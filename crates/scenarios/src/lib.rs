//! Programs that make raw system calls and state what must be seen of them, and the check of both.
//!
//! A scenario is one function: its calls with their expectations beside them. It runs as a process of its own
//! ([`run_workload`]), traced by whoever wants to know; what it expects goes to a file, and [`check`] compares that with the
//! rows that were seen. Adding a scenario is one function and one line of [`ALL`].

mod check;
mod descriptors;
mod expect;
mod files;
mod memory;
mod names;
mod process;
mod program;
mod sockets;
mod sys;
mod timers;
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
    /// Makes the calls.
    pub run: fn(&mut Workload) -> Result<(), StepError>,
}

macro_rules! scenarios {
    ($($section:literal { $($name:literal $run:path: $about:literal;)* })*) => {
        /// Every scenario, by section.
        pub static ALL: &[Scenario] = &[$($(
            Scenario { name: $name, section: $section, about: $about, run: $run },
        )*)*];
    };
}

scenarios! {
    "files" {
        "open-basic" files::open_basic: "openat, write, lseek, read, close: the same absolute name, bytes as moved";
        "open-dirfd" files::open_dirfd: "openat and newfstatat relative to a directory descriptor name dir/file";
        "open-cwd" files::open_cwd: "relative names follow chdir and fchdir; getcwd shows what it returned";
        "open-legacy" files::open_legacy: "open and creat return named descriptors";
        "open-enoent" files::open_enoent: "a failed open keeps its path and has no descriptor";
        "rw-wrong-mode" files::wrong_mode: "EBADF on an open descriptor keeps number and name; a closed one has none";
        "rw-positional" files::positional: "pread64, pwrite64, readv, writev and their kin move what they return";
        "transfer" files::transfer: "sendfile, splice, tee, copy_file_range name both descriptors; bytes count once";
        "rename" files::rename: "rename, renameat, renameat2: two absolute paths; descriptors follow the new name";
        "links" files::links: "link, symlink, readlink, unlink: the text of a symbolic link is not a path";
        "links-at" files::links_at: "mkdirat, linkat, symlinkat, readlinkat, unlinkat: link text is no path";
        "stat" files::stat: "stat, lstat, fstat, newfstatat, faccessat, statfs and their kin: path or descriptor";
        "metadata" files::metadata: "mkdir, access, chmod, truncate, statx, rmdir: path or descriptor";
        "deleted" files::deleted: "an unlinked open file keeps its name, without a mark in it";
    }
    "descriptors" {
        "dup" descriptors::dup: "dup, dup2, dup3, F_DUPFD name the same file; a replaced number changes its name";
        "dup-edges" descriptors::dup_edges: "dup2 onto itself, F_DUPFD; what F_GETFD returns is no descriptor";
        "number-reuse" descriptors::number_reuse: "a number closed and reused at once never shows the old name";
        "inherited" descriptors::inherited: "descriptors inherited over fork are named, a pipe of the parent's too";
        "preopened" descriptors::preopened: "descriptors opened before tracing are named at their first use";
        "close-range" descriptors::close_range: "the bounds are numbers, not descriptors; what it closed is gone";
        "close-range-cloexec" descriptors::close_range_cloexec: "CLOSE_RANGE_CLOEXEC closes nothing: names stay";
        "scm-rights" descriptors::scm_rights: "a descriptor received over a socket is named at its first use";
        "anonymous" descriptors::anonymous: "eventfd, epoll, timerfd, signalfd, inotify, memfd, pidfd by type";
    }
    "sockets and pipes" {
        "pipe" sockets::pipe: "pipe and pipe2: both ends on the row, with the pipe's inode";
        "socketpair" sockets::socketpair: "both ends on the row, each naming its peer";
        "tcp" sockets::tcp: "TCP over loopback: bind, listen, connect, accept4 with both addresses";
    }
    "names" {
        "path-bytes" names::hostile: "names with newline, escape, quote and bytes that are no UTF-8 are exact";
        "path-dots" names::dots: "paths with .., // and symbolic links as passed; descriptors by their true name";
        "path-long" names::long: "a path of 4,000 bytes is whole; one too long fails with its text";
        "path-faulted" names::faulted: "a path on a page that was never touched is read all the same";
        "path-page-border" names::page_border: "a path that ends one byte before an unmapped page is whole";
        "path-overwritten" names::overwritten: "a call that stores its result over its own path shows the path";
        "efault" names::efault: "a bad pointer is said to be unreadable, and shows nothing of the call before";
    }
    "timers" {
        "posix-timer-lifecycle" timers::posix_timer_lifecycle:
            "timer_create .. timer_delete: five rows of family Time without descriptor or file";
        "sleep" timers::sleep: "nanosleep, clock_nanosleep: the requested time, also where the rest is stored over it";
        "gap" timers::gap: "time since the previous call of the thread";
    }
    "waiting" {
        "poll-select" waiting::poll_select: "poll, ppoll, select, pselect6: how many descriptors, the timeout at entry";
        "epoll" waiting::epoll: "epoll_ctl: operation, target descriptor and events; epoll_wait: timeout";
    }
    "memory" {
        "mmap" memory::mmap: "a file mapping names its file; an anonymous one none, whatever its fd argument";
    }
    "processes" {
        "fork-follow" process::fork_follow: "a child's rows are there from its first call on, with its exit";
        "vfork" process::vfork: "a vfork child's calls, and one row for its parent's call";
        "exec-missing" process::exec_missing: "a failed execve or execveat keeps path and arguments";
        "exec" process::exec: "old name on its row, new name after it; close-on-exec descriptors are gone";
        "exec-non-leader" process::exec_non_leader: "execve from a second thread: one row, with the caller's tid";
        "thread-names" process::thread_names: "a thread's name is right from its first row on, and after prctl";
        "noreturn" process::noreturn: "rt_sigreturn and exit: rows without result and time";
        "exit-blocked" process::exit_blocked: "exit_group while another thread is blocked: its call is unfinished";
        "killed" process::killed: "a killed process: its blocked call is unfinished";
        "compat-int80" process::compat: "a 32-bit call is a row of its own, not the 64-bit call of that number";
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
        assert_eq!(near("posix"), ["posix-timer-lifecycle"]);
        assert!(near("close-range").contains(&"close-range-cloexec"));
        assert_eq!(near("epol")[0], "epoll");
        assert!(near("no such thing at all").is_empty());
    }
}
