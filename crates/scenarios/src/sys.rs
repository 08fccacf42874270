//! Raw system calls, without the C library in between.
#![allow(unsafe_code)]

use std::arch::asm;
use std::ffi::CStr;

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
        crate::sys::call(crate::sys::number::$name, &[$(crate::sys::Arg::raw($arg)),*])
    };
}
pub(crate) use sys;

/// Call numbers by name.
pub(crate) mod number {
    #![allow(non_upper_case_globals)]
    macro_rules! numbers {
        ($($name:ident = $sys:ident),* $(,)?) => { $(pub(crate) const $name: libc::c_long = libc::$sys;)* };
    }
    numbers! {
        access = SYS_access, accept4 = SYS_accept4, bind = SYS_bind, chdir = SYS_chdir, chmod = SYS_chmod,
        clock_nanosleep = SYS_clock_nanosleep, close = SYS_close, close_range = SYS_close_range,
        connect = SYS_connect, copy_file_range = SYS_copy_file_range, creat = SYS_creat, dup = SYS_dup,
        dup2 = SYS_dup2, dup3 = SYS_dup3, epoll_pwait = SYS_epoll_pwait, epoll_create1 = SYS_epoll_create1, epoll_ctl = SYS_epoll_ctl,
        epoll_wait = SYS_epoll_wait, eventfd2 = SYS_eventfd2, execve = SYS_execve,
        execveat = SYS_execveat, faccessat = SYS_faccessat, faccessat2 = SYS_faccessat2,
        fstatfs = SYS_fstatfs, linkat = SYS_linkat, lstat = SYS_lstat, mkdirat = SYS_mkdirat,
        preadv2 = SYS_preadv2, pselect6 = SYS_pselect6, pwritev2 = SYS_pwritev2, readlinkat = SYS_readlinkat,
        stat = SYS_stat, statfs = SYS_statfs, symlinkat = SYS_symlinkat, tee = SYS_tee, tgkill = SYS_tgkill,
        unlinkat = SYS_unlinkat, vmsplice = SYS_vmsplice,
        exit_group = SYS_exit_group, fchdir = SYS_fchdir, fcntl = SYS_fcntl, fork = SYS_fork, fstat = SYS_fstat,
        ftruncate = SYS_ftruncate, getcwd = SYS_getcwd, getpid = SYS_getpid, getppid = SYS_getppid,
        getsockname = SYS_getsockname, gettid = SYS_gettid, inotify_add_watch = SYS_inotify_add_watch,
        inotify_init1 = SYS_inotify_init1, kill = SYS_kill, link = SYS_link, listen = SYS_listen,
        lseek = SYS_lseek, memfd_create = SYS_memfd_create, mkdir = SYS_mkdir, mmap = SYS_mmap,
        munmap = SYS_munmap, nanosleep = SYS_nanosleep, newfstatat = SYS_newfstatat, open = SYS_open,
        openat = SYS_openat, pidfd_open = SYS_pidfd_open, pipe = SYS_pipe, pipe2 = SYS_pipe2, poll = SYS_poll,
        ppoll = SYS_ppoll, prctl = SYS_prctl, pread64 = SYS_pread64, preadv = SYS_preadv, pwrite64 = SYS_pwrite64,
        pwritev = SYS_pwritev, read = SYS_read, readlink = SYS_readlink, readv = SYS_readv,
        recvfrom = SYS_recvfrom, recvmsg = SYS_recvmsg, rename = SYS_rename, renameat = SYS_renameat,
        renameat2 = SYS_renameat2, rmdir = SYS_rmdir, select = SYS_select, sendfile = SYS_sendfile,
        sendmsg = SYS_sendmsg, sendto = SYS_sendto, signalfd4 = SYS_signalfd4, socket = SYS_socket,
        socketpair = SYS_socketpair, splice = SYS_splice, statx = SYS_statx, symlink = SYS_symlink,
        timer_create = SYS_timer_create, timer_delete = SYS_timer_delete, timer_getoverrun = SYS_timer_getoverrun,
        timer_gettime = SYS_timer_gettime, timer_settime = SYS_timer_settime, timerfd_create = SYS_timerfd_create,
        timerfd_settime = SYS_timerfd_settime, truncate = SYS_truncate, unlink = SYS_unlink, wait4 = SYS_wait4,
        write = SYS_write, writev = SYS_writev,
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

/// Lets a handler that does nothing take a signal.
pub(crate) fn handle(signal: i32) {
    extern "C" fn nothing(_: i32) {}
    let handler: extern "C" fn(i32) = nothing;
    // SAFETY: the handler is async-signal-safe, as it does nothing.
    unsafe { libc::signal(signal, handler as libc::sighandler_t) };
}

/// The memory of a mapping that a workload made.
pub(crate) fn memory(address: i64, len: usize) -> &'static mut [u8] {
    let at = std::ptr::with_exposed_provenance_mut(usize::try_from(address).unwrap_or_default());
    // SAFETY: the caller passes a mapping it just made, writable and `len` bytes long, that stays as long as the process.
    unsafe { std::slice::from_raw_parts_mut(at, len) }
}
