//! What scenarios are written with.

pub(crate) use crate::signal::handle;
pub(crate) use crate::sys::{Raw, at, fails, memory, need, ok, sys, ticks};
pub(crate) use crate::tasks::{Thread, need_proc_syscall, wait_for_state, wait_until_blocked};
pub(crate) use crate::workload::{Named, StepError, Workload, aside, check_ok};
pub(crate) use crate::{number, program::Program};

/// How a scenario ends.
pub(crate) type Done = Result<(), StepError>;

pub(crate) const CWD: i32 = libc::AT_FDCWD;
pub(crate) const RDONLY: i32 = libc::O_RDONLY;
pub(crate) const RDWR: i32 = libc::O_RDWR;
pub(crate) const RDWR_CREAT: i32 = libc::O_RDWR | libc::O_CREAT;
/// A number at which no descriptor is open.
pub(crate) const NO_FD: i32 = 99_999;
pub(crate) const MS: i64 = 1_000_000;
pub(crate) const SECOND: i64 = 1_000_000_000;

/// Both ends of a new pipe, or a pair of sockets: what is read, what is written.
pub(crate) fn new_pipe(flags: i32) -> Result<[i32; 2], StepError> {
    let mut ends = [0_i32; 2];
    need!(pipe2(&mut ends, flags))?;
    Ok(ends)
}

/// The inode of an open descriptor, from struct stat.
pub(crate) fn inode(f: i32) -> Result<u64, StepError> {
    let mut stat = [0_u64; 18];
    need!(fstat(f, &mut stat))?;
    Ok(stat[1])
}

/// What the kernel calls a pipe.
pub(crate) fn pipe_name(f: i32) -> Result<String, StepError> {
    Ok(format!("pipe:[{}]", inode(f)?))
}

/// Not a failure: something that this kernel or this user does not have.
pub(crate) fn not_applicable<T>(why: impl Into<String>) -> Result<T, StepError> {
    Err(StepError::NotApplicable(why.into()))
}

/// The result of a probe outside of what counts: ends the scenario as not applicable where the kernel lacks the call.
pub(crate) fn have(call: &'static str, ret: Raw) -> Result<Raw, StepError> {
    match i32::try_from(-ret).unwrap_or_default() {
        libc::ENOSYS | libc::ENODEV => not_applicable(format!("the kernel has no {call}")),
        libc::EOPNOTSUPP => not_applicable(format!("{call} is not supported here")),
        libc::EPERM | libc::EACCES => not_applicable(format!("{call} is not permitted here")),
        _ => check_ok(call, ret),
    }
}
