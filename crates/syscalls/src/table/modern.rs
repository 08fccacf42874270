//! Numbers from 300: everything since.

use super::{gather, inout, inp, many, out, returned, rows, scatter, self_sized, sized};
use crate::flags::*;
use crate::model::Layout::{
    self as L, CloneArgs, EpollEvent, Iovec, OpenHow, Rlimit, Siginfo, Sigset, Statx, Timespec,
};
use crate::model::Role::*;
use crate::model::{Count, Dir, SizeOf};

rows! {
    300 "fanotify_init" Ipc "eventfd" Fd ["flags" Flags(&FAN_INIT), "event_f_flags" Flags(&OPEN)];
    301 "fanotify_mark" Ipc "fd-pathname" Status
        ["fanotify_fd" Fd, "flags" Flags(&FAN_MARK), "mask" Flags(&FAN), "dfd" DirFd, "pathname" Path];
    302 "prlimit64" Process "null" Status
        ["pid" Pid, "resource" Enum(&RLIMIT), "new_rlim" inp(Rlimit), "old_rlim" out(Rlimit)];
    303 "name_to_handle_at" Fs "pathname" Status
        ["dfd" DirFd, "name" Path,
         "handle" Sized { of: L::FileHandle, size: SizeOf::Field { at: 0, plus: 8 }, dir: Dir::InOut },
         "mnt_id" out(L::Int), "flag" Flags(&AT_HANDLE)];
    304 "open_by_handle_at" Fs "open-by-handle-at" Fd
        ["mountdirfd" DirFd,
         "handle" Sized { of: L::FileHandle, size: SizeOf::Field { at: 0, plus: 8 }, dir: Dir::In }, "flags" Flags(&OPEN)];
    305 "clock_adjtime" Time "null" Other ["which_clock" Clock, "utx" out(L::Timex)];
    306 "syncfs" Fs "fd" Status ["fd" Fd];
    307 "sendmmsg" Network "fd" Count
        ["fd" Fd, "mmsg" Mmsg { count: Count::Arg(2), dir: Dir::In }, "vlen" Count, "flags" Flags(&MSG)];
    308 "setns" Process "fd" Status ["fd" Fd, "flags" Flags(&NAMESPACES)];
    309 "getcpu" Misc "null" Status ["cpu" out(L::Int), "node" out(L::Int), "unused" Ptr];
    310 "process_vm_readv" Memory "null" BytesRead
        ["pid" Pid, "lvec" scatter(2), "liovcnt" Count, "rvec" many(Iovec, 4), "riovcnt" Count,
         "flags" Flags(&RESERVED)];
    311 "process_vm_writev" Memory "null" BytesWritten
        ["pid" Pid, "lvec" gather(2), "liovcnt" Count, "rvec" many(Iovec, 4), "riovcnt" Count,
         "flags" Flags(&RESERVED)];
    312 "kcmp" Process "two-fd" Other
        ["pid1" Pid, "pid2" Pid, "type" Enum(&KCMP), "idx1" KcmpFd, "idx2" KcmpFd] Variant;
    313 "finit_module" Security "fd" Status ["fd" Fd, "uargs" Str, "flags" Flags(&MODULE_INIT)];
    314 "sched_setattr" Sched "null" Status ["pid" Tid, "attr" self_sized(L::SchedAttr, 0, Dir::In), "flags" Flags(&RESERVED)];
    315 "sched_getattr" Sched "null" Status
        ["pid" Tid, "attr" self_sized(L::SchedAttr, 0, Dir::Out), "size" UInt, "flags" Flags(&RESERVED)];
    316 "renameat2" Fs "name" Status
        ["olddfd" DirFd, "oldname" Path, "newdfd" DirFd, "newname" Path, "flags" Flags(&RENAME)];
    317 "seccomp" Security "seccomp" SomeFd
        ["op" Enum(&SECCOMP), "flags" Hex, "uargs" Ptr] Variant;
    318 "getrandom" Security "null" BytesRead
        ["ubuf" BufOut { len: 1 }, "len" Len, "flags" Flags(&GETRANDOM)];
    319 "memfd_create" Ipc "eventfd" Fd ["uname" Str, "flags" Flags(&MEMFD)];
    320 "kexec_file_load" Security "fd" Status
        ["kernel_fd" Fd, "initrd_fd" Fd, "cmdline_len" Size, "cmdline_ptr" Str, "flags" Flags(&KEXEC_FILE)];
    321 "bpf" Security "bpf" SomeFd ["cmd" Enum(&BPF), "uattr" sized(L::BpfAttr, 2), "size" UInt];
    322 "execveat" Process "exec" Status
        ["fd" DirFd, "filename" Path, "argv" Argv, "envp" Envp, "flags" Flags(&AT_EXEC)];
    323 "userfaultfd" Ipc "eventfd" Fd ["flags" Flags(&USERFAULTFD)];
    324 "membarrier" Memory "null" Other
        ["cmd" Enum(&MEMBARRIER), "flags" Flags(&MEMBARRIER_FLAGS), "cpu_id" Int] Membarrier;
    325 "mlock2" Memory "mem" Status ["start" Addr, "len" Size, "flags" Flags(&MLOCK)];
    326 "copy_file_range" Fs "fd" BytesTransferred
        ["fd_in" Fd, "off_in" inout(L::Long), "fd_out" Fd, "off_out" inout(L::Long), "len" Size,
         "flags" Flags(&RESERVED)];
    327 "preadv2" Fs "fd" BytesRead
        ["fd" Fd, "vec" scatter(2), "vlen" Count, "pos_l" Offset, "pos_h" ULong, "flags" Flags(&RWF)] Vector;
    328 "pwritev2" Fs "fd" BytesWritten
        ["fd" Fd, "vec" gather(2), "vlen" Count, "pos_l" Offset, "pos_h" ULong, "flags" Flags(&RWF)] Vector;
    329 "pkey_mprotect" Memory "mem" Status ["start" Addr, "len" Size, "prot" Flags(&PROT), "pkey" Id];
    330 "pkey_alloc" Memory "null" Other ["flags" Flags(&RESERVED), "init_val" Flags(&PKEY)];
    331 "pkey_free" Memory "null" Status ["pkey" Id];
    332 "statx" Fs "pathname" Status
        ["dfd" DirFd, "filename" Path, "flags" Flags(&AT_STATX), "mask" Flags(&STATX), "buffer" out(Statx)];
    333 "io_pgetevents" Aio "null" Count
        ["ctx_id" Context, "min_nr" Long, "nr" Long, "events" returned(L::IoEvent), "timeout" inp(Timespec),
         "usig" Pointers { of: Sigset, count: Count::Fixed(2) }];
    334 "rseq" Misc "null" Status ["rseq" Addr, "rseq_len" Size, "flags" Flags(&RSEQ), "sig" Hex];
    335 "uretprobe" Misc "null" Other [];
    336 "uprobe" Misc "null" Other [];
    424 "pidfd_send_signal" Ipc "fd" Status
        ["pidfd" Fd, "sig" Sig, "info" inp(Siginfo), "flags" Flags(&PIDFD_SIGNAL)];
    425 "io_uring_setup" Aio "null" Fd ["entries" UInt, "params" inout(L::UringParams)];
    426 "io_uring_enter" Aio "fd" Count
        ["fd" Fd, "to_submit" UInt, "min_complete" UInt, "flags" Flags(&IORING_ENTER), "argp" Ptr,
         "argsz" Size];
    427 "io_uring_register" Aio "fd" Other
        ["fd" Fd, "opcode" Flags(&IORING_REGISTER), "arg" Ptr, "nr_args" UInt] Variant;
    428 "open_tree" Fs "open-tree" Fd ["dfd" DirFd, "filename" Path, "flags" Flags(&OPEN_TREE)];
    429 "move_mount" Fs "two-fd" Status
        ["from_dfd" DirFd, "from_pathname" Path, "to_dfd" DirFd, "to_pathname" Path,
         "flags" Flags(&MOVE_MOUNT)];
    430 "fsopen" Fs "eventfd" Fd ["fs_name" Str, "flags" Flags(&FSOPEN)];
    431 "fsconfig" Fs "fd" Status ["fd" Fd, "cmd" Enum(&FSCONFIG), "key" Str, "value" Str, "aux" Int];
    432 "fsmount" Fs "eventfd" Fd ["fs_fd" Fd, "flags" Flags(&FSMOUNT), "attr_flags" Flags(&MOUNT_ATTR)];
    433 "fspick" Fs "pathname" Fd ["dfd" DirFd, "path" Path, "flags" Flags(&FSPICK)];
    434 "pidfd_open" Ipc "pidfd" Fd ["pid" Pid, "flags" Flags(&PIDFD_OPEN)];
    435 "clone3" Process "proc" Pid ["uargs" sized(CloneArgs, 1), "size" Size];
    436 "close_range" Fs "two-fd" Status ["fd" UInt, "max_fd" UInt, "flags" Flags(&CLOSE_RANGE)];
    437 "openat2" Fs "open" Fd ["dfd" DirFd, "filename" Path, "how" sized(OpenHow, 3), "usize" Size];
    438 "pidfd_getfd" Ipc "fd" Fd ["pidfd" Fd, "fd" FdNumber, "flags" Flags(&RESERVED)];
    439 "faccessat2" Fs "pathname" Status
        ["dfd" DirFd, "filename" Path, "mode" Flags(&ACCESS), "flags" Flags(&AT_FACCESS)];
    440 "process_madvise" Memory "fd" Other
        ["pidfd" Fd, "vec" many(Iovec, 2), "vlen" Count, "behavior" Enum(&MADVISE), "flags" Flags(&RESERVED)];
    441 "epoll_pwait2" Polling "poll" Count
        ["epfd" Fd, "events" returned(EpollEvent), "maxevents" Int, "timeout" inp(Timespec),
         "sigmask" inp(Sigset), "sigsetsize" Size];
    442 "mount_setattr" Fs "pathname" Status
        ["dfd" DirFd, "path" Path, "flags" Flags(&AT), "uattr" sized(L::MountAttr, 4), "usize" Size];
    443 "quotactl_fd" Fs "fd" Status ["fd" Fd, "cmd" QuotaCmd, "id" Id, "addr" Ptr];
    444 "landlock_create_ruleset" Security "eventfd" SomeFd
        ["attr" sized(L::LandlockRuleset, 1), "size" Size, "flags" Flags(&LANDLOCK_CREATE)];
    445 "landlock_add_rule" Security "fd" Status
        ["ruleset_fd" Fd, "rule_type" Enum(&LANDLOCK_RULE), "rule_attr" inp(L::LandlockPath),
         "flags" Flags(&RESERVED)];
    446 "landlock_restrict_self" Security "fd" Status ["ruleset_fd" Fd, "flags" Flags(&LANDLOCK_RESTRICT)];
    447 "memfd_secret" Ipc "eventfd" Fd ["flags" Flags(&MEMFD_SECRET)];
    448 "process_mrelease" Memory "fd" Status ["pidfd" Fd, "flags" Flags(&RESERVED)];
    449 "futex_waitv" Ipc "futex" Other
        ["waiters" many(L::FutexWaitv, 1), "nr_futexes" Count, "flags" Flags(&RESERVED), "timeout" inp(Timespec),
         "clockid" Clock];
    450 "set_mempolicy_home_node" Memory "null" Status
        ["start" Addr, "len" Size, "home_node" ULong, "flags" Flags(&RESERVED)];
    451 "cachestat" Fs "fd" Status ["fd" Fd, "cstat_range" Ptr, "cstat" Ptr, "flags" Flags(&RESERVED)];
    452 "fchmodat2" Fs "pathname" Status ["dfd" DirFd, "filename" Path, "mode" Mode, "flags" Flags(&AT)];
    453 "map_shadow_stack" Memory "mem" Addr ["addr" Addr, "size" Size, "flags" Flags(&SHADOW_STACK)];
    454 "futex_wake" Ipc "futex" Count ["uaddr" Addr, "mask" Hex, "nr" Int, "flags" Flags(&FUTEX2)];
    455 "futex_wait" Ipc "futex" Status
        ["uaddr" Addr, "val" ULong, "mask" Hex, "flags" Flags(&FUTEX2), "timeout" inp(Timespec),
         "clockid" Clock];
    456 "futex_requeue" Ipc "futex" Count
        ["waiters" Array { of: L::FutexWaitv, count: Count::Fixed(2), dir: Dir::In },
         "flags" Flags(&RESERVED), "nr_wake" Int, "nr_requeue" Int];
    457 "statmount" Fs "null" Status ["req" Ptr, "buf" Ptr, "bufsize" Size, "flags" Flags(&STATMOUNT)];
    458 "listmount" Fs "null" Count
        ["req" Ptr, "mnt_ids" returned(L::Long), "nr_mnt_ids" Count, "flags" Flags(&LISTMOUNT)];
    459 "lsm_get_self_attr" Security "null" Count
        ["attr" Enum(&LSM_ATTR), "ctx" Ptr, "size" LenPtr, "flags" Flags(&LSM_FLAG)];
    460 "lsm_set_self_attr" Security "null" Status
        ["attr" Enum(&LSM_ATTR), "ctx" Ptr, "size" Size, "flags" Flags(&RESERVED)];
    461 "lsm_list_modules" Security "null" Count
        ["ids" returned(L::Long), "size" LenPtr, "flags" Flags(&RESERVED)];
    462 "mseal" Memory "mem" Status ["start" Addr, "len" Size, "flags" Flags(&RESERVED)];
    463 "setxattrat" Fs "pathname" Status
        ["dfd" DirFd, "pathname" Path, "at_flags" Flags(&AT), "name" Str, "uargs" sized(L::XattrArgs, 5), "usize" Size];
    464 "getxattrat" Fs "pathname" BytesRead
        ["dfd" DirFd, "pathname" Path, "at_flags" Flags(&AT), "name" Str, "uargs" sized(L::XattrArgs, 5), "usize" Size];
    465 "listxattrat" Fs "pathname" BytesRead
        ["dfd" DirFd, "pathname" Path, "at_flags" Flags(&AT), "list" BufOut { len: 4 }, "size" Len];
    466 "removexattrat" Fs "pathname" Status
        ["dfd" DirFd, "pathname" Path, "at_flags" Flags(&AT), "name" Str];
    467 "open_tree_attr" Fs "open-tree" Fd
        ["dfd" DirFd, "filename" Path, "flags" Flags(&OPEN_TREE), "uattr" Ptr, "usize" Size];
    468 "file_getattr" Fs "pathname" Status
        ["dfd" DirFd, "filename" Path, "ufattr" Ptr, "usize" Size, "at_flags" Flags(&AT)];
    469 "file_setattr" Fs "pathname" Status
        ["dfd" DirFd, "filename" Path, "ufattr" Ptr, "usize" Size, "at_flags" Flags(&AT)];
    470 "listns" Fs "null" Count
        ["req" Ptr, "ns_ids" returned(L::Long), "nr_ns_ids" Count, "flags" Flags(&RESERVED)];
    471 "rseq_slice_yield" Sched "null" Other [];
}
