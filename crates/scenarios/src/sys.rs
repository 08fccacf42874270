//! Raw system calls, without the C library in between.
#![allow(unsafe_code)]

use std::arch::asm;
use std::ffi::{CStr, CString};

/// What a call returns: a result, or an error as -errno.
pub(crate) type Raw = i64;

/// An argument register.
pub(crate) trait Arg {
    fn raw(self) -> u64;
}

macro_rules! signed {
    ($($t:ty)*) => { $(impl Arg for $t {
        #[allow(clippy::cast_lossless, clippy::cast_possible_wrap)]
        fn raw(self) -> u64 { (self as i64).cast_unsigned() }
    })* };
}
signed!(i32 i64 isize);

macro_rules! unsigned {
    ($($t:ty)*) => { $(impl Arg for $t {
        #[allow(clippy::cast_lossless)]
        fn raw(self) -> u64 { self as u64 }
    })* };
}
unsigned!(u32 u64 usize);

impl Arg for &CStr {
    fn raw(self) -> u64 {
        self.as_ptr().expose_provenance() as u64
    }
}

impl Arg for &CString {
    fn raw(self) -> u64 {
        self.as_c_str().raw()
    }
}

impl<T> Arg for &[T] {
    fn raw(self) -> u64 {
        self.as_ptr().expose_provenance() as u64
    }
}

impl<T> Arg for &mut [T] {
    fn raw(self) -> u64 {
        self.as_mut_ptr().expose_provenance() as u64
    }
}

impl<T, const N: usize> Arg for &[T; N] {
    fn raw(self) -> u64 {
        self.as_slice().raw()
    }
}

impl<T, const N: usize> Arg for &mut [T; N] {
    fn raw(self) -> u64 {
        self.as_mut_slice().raw()
    }
}

/// The address of something, as memory of structures holds it.
pub(crate) fn at(thing: impl Arg) -> u64 {
    thing.raw()
}

/// Makes a call. Pointers in `args` are those of live buffers that the caller borrowed through [`Arg`], or deliberately
/// bad ones, for which the kernel returns EFAULT.
pub(crate) fn call(nr: libc::c_long, args: &[u64]) -> Raw {
    let arg = |i: usize| args.get(i).copied().unwrap_or_default();
    let mut ret = nr;
    // SAFETY: the kernel checks every address it is given; the clobbers are those of the x86_64 calling convention.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ret,
            in("rdi") arg(0),
            in("rsi") arg(1),
            in("rdx") arg(2),
            in("r10") arg(3),
            in("r8") arg(4),
            in("r9") arg(5),
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    ret
}

/// `sys!(openat, dirfd, path, flags)`: the raw result.
macro_rules! sys {
    ($name:ident $(, $arg:expr)* $(,)?) => {
        crate::sys::call(crate::number::$name, &[$(crate::sys::Arg::raw($arg)),*])
    };
}
pub(crate) use sys;

/// `ok!(w, openat(CWD, &path, O_RDONLY))?`: makes the call, which must succeed, and states its row.
macro_rules! ok {
    ($w:expr, $name:ident($($arg:expr),* $(,)?)) => {{
        let ret = crate::sys::sys!($name $(, $arg)*);
        $w.ok(stringify!($name), ret)
    }};
}
pub(crate) use ok;

/// `fails!(w, ENOENT, openat(CWD, &path, O_RDONLY))?`: makes the call, which must fail so, and states its row.
macro_rules! fails {
    ($w:expr, $errno:ident, $name:ident($($arg:expr),* $(,)?)) => {{
        let ret = crate::sys::sys!($name $(, $arg)*);
        $w.fails(stringify!($name), ret, libc::$errno)
    }};
}
pub(crate) use fails;

/// `let f = need!(openat(CWD, &path, O_RDONLY))?`: a preparation, which must succeed but is no row that counts.
macro_rules! need {
    ($name:ident($($arg:expr),* $(,)?)) => {
        crate::workload::check_ok(stringify!($name), crate::sys::sys!($name $(, $arg)*)).map(crate::workload::fd)
    };
}
pub(crate) use need;

/// Lets the C library's allocator take its memory now, and keep it: later it makes no calls that would be among the rows.
pub(crate) fn quiet_allocator() {
    #[cfg(target_env = "gnu")]
    // SAFETY: these set limits of the allocator; the memory is taken and freed as usual.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20);
        // Not a pair that the compiler may leave out.
        libc::free(std::hint::black_box(libc::malloc(8 << 20)));
    }
}

/// A 32-bit call without arguments. Raises SIGSEGV where the kernel has no such entry, so ask first.
pub(crate) fn int80(nr: u32) -> Raw {
    let mut ret = i64::from(nr);
    // SAFETY: no memory is passed; the 32-bit entry clobbers r8 to r11.
    unsafe {
        asm!(
            "int 0x80",
            inlateout("rax") ret,
            lateout("r8") _,
            lateout("r9") _,
            lateout("r10") _,
            lateout("r11") _,
        );
    }
    // The result is an int.
    ret << 32 >> 32
}

/// `vfork`, whose child calls `getppid` and `exit_group(3)`. Returns its process id.
pub(crate) fn vfork() -> Raw {
    let mut ret = libc::SYS_vfork;
    // SAFETY: the child runs in our stack frame, so it makes its calls right here and touches neither stack nor memory;
    // the parent goes on when the child is gone.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "mov eax, {getppid}",
            "syscall",
            "mov edi, 3",
            "mov eax, {exit_group}",
            "syscall",
            "2:",
            getppid = const libc::SYS_getppid,
            exit_group = const libc::SYS_exit_group,
            inlateout("rax") ret,
            lateout("rdi") _,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    ret
}

/// Runs `body` in a child that shares our memory and holds us until it ends, on a stack of its own. The child must end
/// with `exit_group`. Returns its process id.
pub(crate) fn clone_vfork(body: extern "C" fn(*mut libc::c_void) -> i32) -> Raw {
    let mut stack = vec![0_u8; 64 * 1024];
    let top = stack.as_mut_ptr_range().end;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack outlives the child, because CLONE_VFORK holds us until it is gone.
    let pid = unsafe { libc::clone(body, top.cast(), flags, std::ptr::null_mut()) };
    i64::from(pid)
}

/// The memory of a mapping that a workload made.
pub(crate) fn memory(address: i64, len: usize) -> &'static mut [u8] {
    let at = std::ptr::with_exposed_provenance_mut(usize::try_from(address).unwrap_or_default());
    // SAFETY: the caller passes a mapping it just made, writable and `len` bytes long, that stays as long as the process.
    unsafe { std::slice::from_raw_parts_mut(at, len) }
}

/// The processor's own clock, in units of its own: asking for the time may itself be a call.
pub(crate) fn ticks() -> u64 {
    // SAFETY: the instruction only reads a register of the processor.
    unsafe { std::arch::x86_64::_rdtsc() }
}
