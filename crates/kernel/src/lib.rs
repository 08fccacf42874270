//! The only crate that talks to the kernel: loads and attaches the BPF programs, drains their rings, reads their counters,
//! starts the command to be traced, and tells what this kernel lacks. It hands over bytes and never decodes them.
//!
//! It is also, beside the scenario programs, the only crate with `unsafe` code.
#![allow(unsafe_code)]

pub mod bench;
mod btf;
mod clock;
mod cost;
mod count;
mod engine;
mod error;
mod launch;
mod limits;
mod plan;
mod process;
mod ring;
mod signals;
#[cfg(test)]
mod stack;

pub use clock::{boot_ns, wall_offset_ns};
pub use cost::Cost;
pub use count::{Counting, Counts};
pub use engine::{Config, Engine, LossReport};
pub use error::Error;
pub use launch::{Command, Launched, Status};
pub use limits::raise_open_files;

pub use process::{check_pids, require_privileges};
pub use signals::{Caught, Signals};

#[allow(warnings, clippy::all, clippy::pedantic, missing_docs, unreachable_pub)]
mod skel {
    use std::sync::atomic::{AtomicBool, Ordering};

    pub(crate) mod syscope {
        include!(concat!(env!("OUT_DIR"), "/syscope.skel.rs"));
    }
    pub(crate) mod empty {
        include!(concat!(env!("OUT_DIR"), "/empty.skel.rs"));
    }

    /// The same programs for kernels without bpf_rdonly_cast.
    static OLDER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/syscope.older.o"));
    static FOR_OLDER: AtomicBool = AtomicBool::new(false);

    /// Which object the skeleton opens from now on.
    pub(crate) fn choose(older: bool) {
        FOR_OLDER.store(older, Ordering::Relaxed);
    }

    /// The skeleton's bytes, or in their place those for older kernels; the generated code asks.
    pub(crate) fn bytes_for_this_kernel(bytes: &'static [u8]) -> &'static [u8] {
        if FOR_OLDER.load(Ordering::Relaxed) { OLDER } else { bytes }
    }
}
