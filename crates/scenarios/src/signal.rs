//! Handlers of signals.
#![allow(unsafe_code)]

use std::arch::{asm, global_asm};
use std::sync::atomic::{AtomicI64, AtomicPtr, Ordering};

use crate::tasks::Shared;

/// Where [`handle`]d signals are counted, if anywhere.
static COUNT: AtomicPtr<AtomicI64> = AtomicPtr::new(std::ptr::null_mut());

/// From here on handled signals are counted in this number, which children share.
pub(crate) fn count_in(shared: Shared, slot: usize) {
    COUNT.store(shared.address(slot), Ordering::Release);
}

extern "C" fn count(_: i32) {
    let count = COUNT.load(Ordering::Acquire);
    // SAFETY: null, or a number of a `Shared`, which lives as long as the process.
    if let Some(count) = unsafe { count.as_ref() } {
        count.fetch_add(1, Ordering::AcqRel);
    }
}

/// Lets a handler that only counts take a signal; flags of sigaction.
pub(crate) fn handle(signal: i32, flags: i32) {
    handle_by(signal, flags, count);
}

/// Lets `handler` take a signal. It may do nothing but raw calls and numbers.
pub(crate) fn handle_by(signal: i32, flags: i32, handler: extern "C" fn(i32)) {
    // SAFETY: zero is a valid sigaction; the handler is async-signal-safe.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = flags;
        libc::sigaction(signal, &raw const action, std::ptr::null_mut());
    }
}

// A handler that does not return: it goes on behind the call that was interrupted, on the stack of that moment.
global_asm!(
    ".local syscope_jump_to",
    ".comm syscope_jump_to, 16, 16",
    ".local syscope_jump",
    "syscope_jump:",
    "mov rsp, [rip + syscope_jump_to]",
    "jmp [rip + syscope_jump_to + 8]",
);

/// Reads a byte from `f`, until `signal` ends that by a jump out of its handler, as siglongjmp makes it. Then calls getpid,
/// with the stack where it was.
pub(crate) fn read_until_jump(signal: i32, f: i32) {
    let handler: usize;
    // SAFETY: takes the address of the code above.
    unsafe { asm!("lea {}, [rip + syscope_jump]", out(reg) handler) };
    // SAFETY: the address is that of a function that any signal may enter.
    handle_by(signal, libc::SA_RESTART, unsafe { std::mem::transmute::<usize, extern "C" fn(i32)>(handler) });
    let mut byte = [0_u8; 1];
    // SAFETY: the jump comes back to the label with the stack pointer of this moment. The kernel leaves all registers that
    // a handler has to preserve as they were; all others are said to be lost.
    unsafe {
        asm!(
            "mov [rip + syscope_jump_to], rsp",
            "lea rax, [rip + 2f]",
            "mov [rip + syscope_jump_to + 8], rax",
            "xor eax, eax",
            "syscall",
            "2:",
            "mov eax, {getpid}",
            "syscall",
            getpid = const libc::SYS_getpid,
            in("rdi") i64::from(f),
            in("rsi") byte.as_mut_ptr(),
            in("rdx") 1_u64,
            clobber_abi("C"),
        );
    }
}
