//! The user-space twin of `bpf/wire.h`: record bytes to typed views, without copying and without `unsafe`.
//!
//! Knows nothing of system calls, names or files: a number stays a number. Short, oversized and unknown records are
//! errors of their own, never a panic.

mod count;
mod plan;
mod record;

pub use count::{
    COUNT_OTHER, Cell, CountKey, ErrorKey, FIRST_CELL, Gaps, Group, HIST_BUCKETS, HIST_SUB_BITS, How, WAYS,
};
pub use plan::{BytesRule, CapKind, CapPlan, CapWhen, Counters, LenKind, Lost, Plan, VariantKey, plan_flags};
pub use record::{
    Call, Cap, Caps, Enter, Exec, Exit, File, Fork, Header, Record, Signal, Sock, Task, WireError,
    call_flags, cap_flags, cap_part, file_flags, file_kind, kind,
};

/// Incompatible changes of the contract are counted here and in `wire.h`.
pub const VERSION: u32 = 2;
/// Bytes of a task's name, as in the kernel.
pub const COMM: usize = 16;
/// System calls have at most six arguments.
pub const ARGS: usize = 6;
/// Call numbers that the plan table covers.
pub const CALLS: usize = 512;
/// Longest string copied from user space.
pub const STR_MAX: usize = 4096;
/// Most bytes of one data buffer that can be asked for.
pub const BUF_MAX: usize = 4096;
/// Most pointers copied of an argv.
pub const ARGV_MAX: usize = 64;
/// Most bytes copied of an array.
pub const ARRAY_BYTES: usize = 1024;
/// Room for one walked path.
pub const PATH_MAX: usize = 4352;
/// Captures planned per call.
pub const CAPS: usize = 10;
/// Values kept from entry to exit per call.
pub const STASHES: usize = 2;
/// Bytes of each.
pub const STASH: usize = 8;
/// `Cap::arg` of a capture that belongs to the result.
pub const CAP_RET: u8 = 6;
/// Where `Cap::arg` has its [`cap_part`].
pub const CAP_PART_SHIFT: u32 = 4;
