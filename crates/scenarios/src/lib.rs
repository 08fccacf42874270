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

/// Every scenario, by section.
pub static ALL: &[Scenario] = &[
    Scenario {
        name: "open-basic",
        section: "files",
        about: "openat, write, lseek, read, close: the same absolute name on every row, bytes as moved",
        run: files::open_basic,
    },
    Scenario {
        name: "open-dirfd",
        section: "files",
        about: "openat and newfstatat relative to a directory descriptor name dir/file",
        run: files::open_dirfd,
    },
    Scenario {
        name: "open-cwd",
        section: "files",
        about: "relative names follow chdir and fchdir; getcwd shows what it returned",
        run: files::open_cwd,
    },
    Scenario {
        name: "open-legacy",
        section: "files",
        about: "open and creat return named descriptors",
        run: files::open_legacy,
    },
    Scenario {
        name: "open-enoent",
        section: "files",
        about: "a failed open keeps its path and has no descriptor",
        run: files::open_enoent,
    },
    Scenario {
        name: "rw-wrong-mode",
        section: "files",
        about: "EBADF on an open descriptor keeps number and name; on a closed one there is no name",
        run: files::wrong_mode,
    },
    Scenario {
        name: "rw-positional",
        section: "files",
        about: "pread64, pwrite64, readv, writev, preadv, pwritev move what they return",
        run: files::positional,
    },
    Scenario {
        name: "transfer",
        section: "files",
        about: "sendfile, copy_file_range and splice name both descriptors",
        run: files::transfer,
    },
    Scenario {
        name: "rename",
        section: "files",
        about: "rename, renameat, renameat2: two absolute paths in order; descriptors follow the new name",
        run: files::rename,
    },
    Scenario {
        name: "links",
        section: "files",
        about: "link, symlink, readlink, unlink: the text of a symbolic link is not a path",
        run: files::links,
    },
    Scenario {
        name: "metadata",
        section: "files",
        about: "mkdir, access, chmod, truncate, statx, rmdir: path or descriptor",
        run: files::metadata,
    },
    Scenario {
        name: "deleted",
        section: "files",
        about: "an unlinked open file keeps its name, without a mark in it",
        run: files::deleted,
    },
    Scenario {
        name: "dup",
        section: "descriptors",
        about: "dup, dup2, dup3, F_DUPFD name the same file; a replaced number changes its name",
        run: descriptors::dup,
    },
    Scenario {
        name: "number-reuse",
        section: "descriptors",
        about: "a number closed and reused at once never shows the old name; a second close has none",
        run: descriptors::number_reuse,
    },
    Scenario {
        name: "inherited",
        section: "descriptors",
        about: "descriptors opened before tracing and inherited over fork are named",
        run: descriptors::inherited,
    },
    Scenario {
        name: "close-range",
        section: "descriptors",
        about: "close_range: bounds are numbers, not descriptors; what it closed is gone",
        run: descriptors::close_range,
    },
    Scenario {
        name: "scm-rights",
        section: "descriptors",
        about: "a descriptor received over a socket is named at its first use",
        run: descriptors::scm_rights,
    },
    Scenario {
        name: "anonymous",
        section: "descriptors",
        about: "eventfd, epoll, timerfd, signalfd, inotify, memfd, pidfd by type",
        run: descriptors::anonymous,
    },
    Scenario {
        name: "pipe",
        section: "sockets and pipes",
        about: "pipe and pipe2: both ends on the row, with the pipe's inode",
        run: sockets::pipe,
    },
    Scenario {
        name: "socketpair",
        section: "sockets and pipes",
        about: "socketpair: both ends on the row, each naming its peer",
        run: sockets::socketpair,
    },
    Scenario {
        name: "tcp",
        section: "sockets and pipes",
        about: "TCP over loopback: bind, listen, connect, accept4 with both addresses",
        run: sockets::tcp,
    },
    Scenario {
        name: "path-bytes",
        section: "names",
        about: "names with newline, escape, quote, backslash and bytes that are no UTF-8 are exact",
        run: names::hostile,
    },
    Scenario {
        name: "path-long",
        section: "names",
        about: "a path of 4,000 bytes is whole; one too long fails with its text",
        run: names::long,
    },
    Scenario {
        name: "path-faulted",
        section: "names",
        about: "a path on a page that was never touched is read all the same",
        run: names::faulted,
    },
    Scenario {
        name: "path-page-border",
        section: "names",
        about: "a path that ends one byte before an unmapped page is whole",
        run: names::page_border,
    },
    Scenario {
        name: "path-overwritten",
        section: "names",
        about: "a call that stores its result over its own path shows the path as it was",
        run: names::overwritten,
    },
    Scenario {
        name: "efault",
        section: "names",
        about: "a bad pointer is said to be unreadable, and shows nothing of the call before",
        run: names::efault,
    },
    Scenario {
        name: "posix-timer-lifecycle",
        section: "timers",
        about: "timer_create .. timer_delete: five rows of family Time without descriptor or file",
        run: timers::posix_timer_lifecycle,
    },
    Scenario {
        name: "sleep",
        section: "timers",
        about: "nanosleep and clock_nanosleep: the requested time, also where the rest is stored over it",
        run: timers::sleep,
    },
    Scenario {
        name: "poll-select",
        section: "waiting",
        about: "poll, ppoll, select: number of descriptors and timeout, as they were at entry",
        run: waiting::poll_select,
    },
    Scenario {
        name: "epoll",
        section: "waiting",
        about: "epoll_ctl: operation, target descriptor and events; epoll_wait: timeout",
        run: waiting::epoll,
    },
    Scenario {
        name: "mmap",
        section: "memory",
        about: "a file mapping names its file; an anonymous one names none, whatever its fd argument",
        run: memory::mmap,
    },
    Scenario {
        name: "fork-follow",
        section: "processes",
        about: "a child's rows are there from its first call on, with its exit",
        run: process::fork_follow,
    },
    Scenario {
        name: "vfork",
        section: "processes",
        about: "a vfork child's calls, and one row for its parent's call",
        run: process::vfork,
    },
    Scenario {
        name: "exec-missing",
        section: "processes",
        about: "a failed execve keeps path and arguments",
        run: process::exec_missing,
    },
    Scenario {
        name: "exec-non-leader",
        section: "processes",
        about: "execve from a second thread: one row, with the caller's thread id",
        run: process::exec_non_leader,
    },
    Scenario {
        name: "thread-names",
        section: "processes",
        about: "a thread's name is right from its first row on, and changes with prctl",
        run: process::thread_names,
    },
    Scenario {
        name: "exit-blocked",
        section: "processes",
        about: "exit_group while another thread is blocked: its call is unfinished",
        run: process::exit_blocked,
    },
    Scenario {
        name: "killed",
        section: "processes",
        about: "a killed process: its blocked call is unfinished",
        run: process::killed,
    },
    Scenario {
        name: "compat-int80",
        section: "processes",
        about: "a 32-bit call from a 64-bit program is a row of its own, not the 64-bit call of that number",
        run: process::compat,
    },
];

/// The scenario of that name.
pub fn by_name(name: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|s| s.name == name)
}
