//! Children and threads of a workload, without a runtime: they make no calls but those that they are given.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::sys::{memory, sys};
use crate::workload::{StepError, aside, check_ok};

/// Nothing that a workload waits for takes longer unless it is broken.
const LIMIT: Duration = Duration::from_secs(20);
/// How a task ends that waited in vain.
const WAITED_IN_VAIN: i32 = 99;

/// Memory that a workload shares with its children and threads: numbers, and doors that open once.
#[derive(Clone, Copy)]
pub(crate) struct Shared(&'static [AtomicI64]);

impl Shared {
    pub(crate) fn new() -> Result<Shared, StepError> {
        const SIZE: usize = 4096;
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let page = check_ok("mmap", sys!(mmap, 0, SIZE, prot, flags, -1, 0))?;
        let page: *mut AtomicI64 = memory(page, SIZE).as_mut_ptr().cast();
        // SAFETY: the page is ours for as long as the process lives, aligned, zeroed and only used as these numbers.
        Ok(Shared(unsafe { std::slice::from_raw_parts(page, SIZE / 8) }))
    }

    pub(crate) fn set(self, slot: usize, value: i64) {
        self.0[slot].store(value, Ordering::Release);
    }

    pub(crate) fn get(self, slot: usize) -> i64 {
        self.0[slot].load(Ordering::Acquire)
    }

    /// Where a number is, for handlers of signals.
    pub(crate) fn address(self, slot: usize) -> *mut AtomicI64 {
        std::ptr::from_ref(&self.0[slot]).cast_mut()
    }

    /// A number as a task's id.
    pub(crate) fn tid(self, slot: usize) -> u32 {
        u32::try_from(self.get(slot)).unwrap_or_default()
    }

    /// Lets whoever waits at this door go on.
    pub(crate) fn open(self, door: usize) {
        self.set(door, 1);
        let at = self.0[door].as_ptr().expose_provenance();
        aside(|| sys!(futex, at, libc::FUTEX_WAKE, i32::MAX));
    }

    /// Waits, by looking again and again, until a number is no longer `old`.
    pub(crate) fn wait_while(self, slot: usize, old: i64) {
        let give_up = Instant::now() + LIMIT;
        while self.get(slot) == old {
            sys!(sched_yield);
            if Instant::now() > give_up {
                sys!(exit_group, WAITED_IN_VAIN);
            }
        }
    }

    /// Waits until the door is open.
    pub(crate) fn wait(self, door: usize) {
        if self.get(door) == 0 {
            aside(|| wait_while_zero(self.0[door].as_ptr().expose_provenance(), || self.get(door) == 0));
        }
    }
}

/// Waits for a change of the int at `at`. Ends the task rather than wait forever.
fn wait_while_zero(at: usize, is_zero: impl Fn() -> bool) {
    let give_up = Instant::now() + LIMIT;
    let second = [1_i64, 0];
    while is_zero() {
        sys!(futex, at, libc::FUTEX_WAIT, 0, &second);
        if Instant::now() > give_up {
            sys!(exit_group, WAITED_IN_VAIN);
        }
    }
}

/// A thread with nothing but a stack. It has the memory of thread-local variables in common with the thread that made it, so
/// what it runs must neither allocate nor panic: raw calls and numbers only.
pub(crate) struct Thread<R> {
    pub(crate) tid: u32,
    job: Box<dyn Outcome<R>>,
    // Kept as long as the thread may run.
    _stack: Vec<u8>,
}

/// What the thread runs is part of the job: it must not be freed by a thread that may not touch the allocator.
struct Job<F, R> {
    body: Option<F>,
    result: Option<R>,
    /// The kernel sets it to 0, and wakes who waits, when the thread is gone.
    alive: AtomicU32,
}

/// A job whose body is forgotten.
trait Outcome<R> {
    fn alive(&self) -> &AtomicU32;
    fn take(&mut self) -> Option<R>;
}

impl<F, R> Outcome<R> for Job<F, R> {
    fn alive(&self) -> &AtomicU32 {
        &self.alive
    }

    fn take(&mut self) -> Option<R> {
        self.result.take()
    }
}

extern "C" fn run<F: FnOnce() -> R, R>(job: *mut c_void) -> i32 {
    let job = job.cast::<Job<F, R>>();
    // SAFETY: body and result belong to this thread until the kernel has set `alive` to 0.
    unsafe {
        if let Some(body) = (*job).body.take() {
            (*job).result = Some(body());
        }
    }
    0
}

impl<R: 'static> Thread<R> {
    pub(crate) fn start<F: FnOnce() -> R + 'static>(body: F) -> Result<Thread<R>, StepError> {
        let flags = libc::CLONE_VM
            | libc::CLONE_FS
            | libc::CLONE_FILES
            | libc::CLONE_SIGHAND
            | libc::CLONE_THREAD
            | libc::CLONE_SYSVSEM;
        Thread::with(flags, body)
    }

    /// The same with other flags of clone(2).
    pub(crate) fn with<F: FnOnce() -> R + 'static>(flags: i32, body: F) -> Result<Thread<R>, StepError> {
        let mut stack = vec![0_u8; 64 * 1024];
        let top = stack.as_mut_ptr_range().end;
        let mut job = Box::new(Job { body: Some(body), result: None, alive: AtomicU32::new(1) });
        let at: *mut Job<F, R> = &raw mut *job;
        let none = std::ptr::null_mut::<c_void>();
        // SAFETY: stack and job outlive the thread, since Drop waits for its end.
        let tid = unsafe {
            let alive = (*at).alive.as_ptr();
            libc::clone(
                run::<F, R>,
                top.cast(),
                flags | libc::CLONE_CHILD_CLEARTID,
                at.cast(),
                none,
                none,
                alive,
            )
        };
        let tid = u32::try_from(tid).map_err(|_| StepError::Call { call: "clone", ret: tid.into() })?;
        Ok(Thread { tid, job, _stack: stack })
    }

    /// Waits for its end.
    pub(crate) fn join(mut self) -> Option<R> {
        self.wait();
        self.job.take()
    }
}

impl<R> Thread<R> {
    fn wait(&self) {
        let alive = self.job.alive();
        if alive.load(Ordering::Acquire) == 0 {
            return;
        }
        let give_up = Instant::now() + LIMIT;
        aside(|| {
            while alive.load(Ordering::Acquire) != 0 {
                sys!(futex, alive.as_ptr().expose_provenance(), libc::FUTEX_WAIT, self.tid, &[1_i64, 0]);
                if Instant::now() > give_up {
                    sys!(exit_group, WAITED_IN_VAIN);
                }
            }
        });
    }
}

impl<R> Drop for Thread<R> {
    fn drop(&mut self) {
        self.wait();
    }
}

/// The kernel tells in which call a task is.
pub(crate) fn need_proc_syscall() -> Result<(), StepError> {
    match std::fs::read("/proc/self/syscall") {
        Ok(_) => Ok(()),
        Err(e) => Err(StepError::NotApplicable(format!("/proc does not tell who is blocked: {e}"))),
    }
}

/// Waits until a task is blocked in the call `nr`, by asking the kernel, not the clock. False after a long time in vain.
pub(crate) fn wait_until_blocked(task: u32, nr: libc::c_long) -> bool {
    aside(|| wait_for_proc(task, b"/syscall", |text| number(text) == Some(nr)))
}

/// The same, in a call whose first argument is `first`.
pub(crate) fn wait_until_blocked_on(task: u32, nr: libc::c_long, first: i32) -> bool {
    let first = format!(" {first:#x} ");
    aside(|| {
        wait_for_proc(task, b"/syscall", |text| {
            let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
            number(text) == Some(nr) && text[digits..].starts_with(first.as_bytes())
        })
    })
}

/// Waits until a task is in state `letter` of /proc/PID/stat.
pub(crate) fn wait_for_state(task: u32, letter: u8) -> bool {
    aside(|| {
        wait_for_proc(task, b"/stat", |text| {
            // The letter follows the name, which may have any bytes.
            let name_end = text.iter().rposition(|b| *b == b')').unwrap_or_default();
            text.get(name_end + 2) == Some(&letter)
        })
    })
}

/// The first child of a single-threaded process, as soon as it has one; 0 after a long time in vain.
pub(crate) fn first_child(task: u32) -> i64 {
    let mut child = 0;
    let file = format!("/task/{task}/children");
    aside(|| {
        wait_for_proc(task, file.as_bytes(), |text| {
            child = number(text).unwrap_or_default();
            child != 0
        })
    });
    child
}

/// The number at the beginning of a text, if it is there.
fn number(text: &[u8]) -> Option<i64> {
    let end = text.iter().position(|b| *b == b' ')?;
    text[..end].iter().try_fold(0, |n: i64, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

/// Looks at a file of /proc until it is as wanted. Without allocation: any thread may ask.
fn wait_for_proc(task: u32, file: &[u8], mut wanted: impl FnMut(&[u8]) -> bool) -> bool {
    let mut path = [0_u8; 64];
    let mut len = 0;
    let mut digits = [0_u8; 10];
    let mut first = digits.len();
    let mut rest = task;
    while first == digits.len() || rest != 0 {
        first -= 1;
        digits[first] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    for part in [b"/proc/", &digits[first..], file] {
        path[len..len + part.len()].copy_from_slice(part);
        len += part.len();
    }
    let give_up = Instant::now() + LIMIT;
    while Instant::now() < give_up {
        let mut text = [0_u8; 512];
        let name = CStr::from_bytes_until_nul(&path).unwrap_or_default();
        let f = sys!(openat, libc::AT_FDCWD, name, libc::O_RDONLY);
        let n = sys!(read, f, &mut text, 512);
        sys!(close, f);
        if usize::try_from(n).is_ok_and(|n| wanted(&text[..n])) {
            return true;
        }
        sys!(sched_yield);
    }
    false
}
