//! What can go wrong between us and the kernel, with what the user can do about it.

use std::io;

/// Why tracing is not possible.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A privilege is missing.
    #[error(
        "not permitted to {what}: run as root, or grant the binary its capabilities: setcap cap_bpf,cap_perfmon,cap_sys_resource,cap_dac_read_search,cap_sys_ptrace+ep {exe}"
    )]
    NotPermitted {
        /// What was refused.
        what: &'static str,
        /// Path of this program.
        exe: String,
    },
    /// The kernel was built without type information.
    #[error(
        "this kernel has no type information ({path} is missing): a kernel with CONFIG_DEBUG_INFO_BTF is needed (every distribution kernel since 5.10 has it)"
    )]
    NoBtf {
        /// Where it should be.
        path: &'static str,
    },
    /// The kernel refused a BPF program.
    #[error("the kernel refused {what}: {source}{log}")]
    Bpf {
        /// Which step.
        what: String,
        /// Its reason.
        source: libbpf_rs::Error,
        /// What libbpf said, on lines of its own; empty if nothing.
        log: String,
    },
    /// No such process.
    #[error("no process {0}: it does not exist, or has ended")]
    NoProcess(u32),
    /// A process that waits for its parent only.
    #[error(
        "process {pid} has ended already: it is a zombie until its parent {parent} asks for its exit status"
    )]
    Zombie {
        /// The process.
        pid: u32,
        /// Its parent.
        parent: u32,
    },
    /// A thread of the kernel.
    #[error("process {0} is a kernel thread, which makes no system calls")]
    KernelThread(u32),
    /// It runs, but no state could be made for it.
    #[error("process {0} runs, but the kernel did not let it be traced")]
    NotTraced(u32),
    /// A number names a thread.
    #[error("{tid} is a thread of process {pid}: give the process with -p {pid}")]
    NotAProcess {
        /// What was given.
        tid: u32,
        /// Its process.
        pid: u32,
    },
    /// The command cannot be found.
    #[error("cannot find {0:?} in PATH")]
    CommandNotFound(std::ffi::OsString),
    /// The command cannot be run.
    #[error("cannot run {path:?}")]
    CommandNotRunnable {
        /// Its path.
        path: std::ffi::OsString,
        /// Why.
        source: io::Error,
    },
    /// Any other system call of ours failed.
    #[error("cannot {what}")]
    Os {
        /// What for.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// The last error of the C library, for what was attempted.
    pub(crate) fn last_os(what: &'static str) -> Error {
        Error::Os { what, source: io::Error::last_os_error() }
    }

    /// Exit status that tells callers: 126 and 127 as shells do, 125 for everything that prevents tracing.
    pub fn exit_status(&self) -> u8 {
        match self {
            Error::CommandNotFound(_) => 127,
            Error::CommandNotRunnable { source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Error::CommandNotRunnable { .. } => 126,
            _ => 125,
        }
    }
}
