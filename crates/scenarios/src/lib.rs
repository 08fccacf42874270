//! Programs that make raw system calls and state what must be seen of them, and the check of both.
//!
//! A scenario is one function: its calls with their expectations beside them. It runs as a process of its own
//! ([`run_workload`]), traced by whoever wants to know; what it expects goes to a file, and [`check`] compares that with the
//! rows that were seen. Adding a scenario is one function and one line of [`ALL`].

mod descriptors;
mod expect;
mod files;
mod memory;
mod names;
mod process;
mod sockets;
mod sys;
mod timers;
mod waiting;
mod workload;

pub use expect::{Expectations, Mismatch, check};
pub use workload::{StepError, Workload, run_workload};

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
        "rw-positional" files::positional: "pread64, pwrite64, readv, writev, preadv, pwritev move what they return";
        "transfer" files::transfer: "sendfile, copy_file_range and splice name both descriptors";
        "rename" files::rename: "rename, renameat, renameat2: two absolute paths; descriptors follow the new name";
        "links" files::links: "link, symlink, readlink, unlink: the text of a symbolic link is not a path";
        "metadata" files::metadata: "mkdir, access, chmod, truncate, statx, rmdir: path or descriptor";
        "deleted" files::deleted: "an unlinked open file keeps its name, without a mark in it";
    }
    "descriptors" {
        "dup" descriptors::dup: "dup, dup2, dup3, F_DUPFD name the same file; a replaced number changes its name";
        "number-reuse" descriptors::number_reuse: "a number closed and reused at once never shows the old name";
        "inherited" descriptors::inherited: "descriptors opened before tracing and inherited over fork are named";
        "close-range" descriptors::close_range: "the bounds are numbers, not descriptors; what it closed is gone";
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
    }
    "waiting" {
        "poll-select" waiting::poll_select: "poll, ppoll, select: how many descriptors, and the timeout at entry";
        "epoll" waiting::epoll: "epoll_ctl: operation, target descriptor and events; epoll_wait: timeout";
    }
    "memory" {
        "mmap" memory::mmap: "a file mapping names its file; an anonymous one none, whatever its fd argument";
    }
    "processes" {
        "fork-follow" process::fork_follow: "a child's rows are there from its first call on, with its exit";
        "vfork" process::vfork: "a vfork child's calls, and one row for its parent's call";
        "exec-missing" process::exec_missing: "a failed execve keeps path and arguments";
        "exec-non-leader" process::exec_non_leader: "execve from a second thread: one row, with the caller's tid";
        "thread-names" process::thread_names: "a thread's name is right from its first row on, and after prctl";
        "exit-blocked" process::exit_blocked: "exit_group while another thread is blocked: its call is unfinished";
        "killed" process::killed: "a killed process: its blocked call is unfinished";
        "compat-int80" process::compat: "a 32-bit call is a row of its own, not the 64-bit call of that number";
    }
}

/// The scenario of that name.
pub fn by_name(name: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|s| s.name == name)
}
