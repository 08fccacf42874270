//! Numbers 200 to 299: timers, queues, polling, calls relative to a directory.

use super::{gather, inout, inp, many, out, pair, returned, rows, scatter, self_sized};
use crate::flags::*;
use crate::model::Layout::{
    self as L, EpollEvent, Itimerspec, Rusage, Sigevent, Siginfo, Sigset, Stat, Timespec, Timeval,
};
use crate::model::Role::*;
use crate::model::{Count, Dir};

rows! {
    200 "tkill" Signals "null" Status ["pid" Tid, "sig" Sig];
    201 "time" Time "null" Other ["tloc" out(L::Long)];
    202 "futex" Ipc "futex" Other
        ["uaddr" Addr, "op" Flags(&FUTEX), "val" UInt, "utime" inp(Timespec), "uaddr2" Addr,
         "val3" Hex] Futex;
    203 "sched_setaffinity" Sched "null" Status
        ["pid" Tid, "len" Size, "user_mask_ptr" CpuSet { len: 1, dir: Dir::In }];
    204 "sched_getaffinity" Sched "null" Other
        ["pid" Tid, "len" Size, "user_mask_ptr" CpuSet { len: 1, dir: Dir::Out }];
    205 "set_thread_area" Process "null" Status ["u_info" Ptr];
    206 "io_setup" Aio "null" Status ["nr_events" UInt, "ctxp" inout(L::Hex64)];
    207 "io_destroy" Aio "null" Status ["ctx" Context];
    208 "io_getevents" Aio "null" Count
        ["ctx_id" Context, "min_nr" Long, "nr" Long, "events" returned(L::IoEvent), "timeout" inp(Timespec)];
    209 "io_submit" Aio "null" Count ["ctx_id" Context, "nr" Long, "iocbpp" Pointers { of: L::Iocb, count: Count::Arg(1) }];
    210 "io_cancel" Aio "null" Status ["ctx_id" Context, "iocb" inp(L::Iocb), "result" out(L::IoEvent)];
    211 "get_thread_area" Process "null" Status ["u_info" Ptr];
    212 "lookup_dcookie" Misc "null" BytesRead ["cookie" ULong, "buf" BufOut { len: 2 }, "len" Len];
    213 "epoll_create" Polling "eventfd" Fd ["size" Int];
    214 "epoll_ctl_old" Polling "epoll-ctl" Status ["epfd" Fd, "op" Enum(&EPOLL_OP), "fd" Fd, "event" Ptr];
    215 "epoll_wait_old" Polling "poll" Count
        ["epfd" Fd, "events" Ptr, "maxevents" Count, "timeout" TimeoutMs];
    216 "remap_file_pages" Memory "mem" Status
        ["start" Addr, "size" Size, "prot" Flags(&PROT), "pgoff" ULong, "flags" Flags(&MMAP)];
    217 "getdents64" Fs "fd" BytesRead ["fd" Fd, "dirent" Dirents { old: false }, "count" Size];
    218 "set_tid_address" Process "null" Pid ["tidptr" Addr];
    219 "restart_syscall" Process "null" Other [];
    220 "semtimedop" Ipc "sysv-op" Status
        ["semid" Id, "sops" many(L::Sembuf, 2), "nsops" Count, "timeout" inp(Timespec)];
    221 "fadvise64" Fs "fd" Status ["fd" Fd, "offset" Offset, "len" Size, "advice" Enum(&FADVISE)];
    222 "timer_create" Time "timer-obj" Status
        ["which_clock" Clock, "event_spec" inp(Sigevent), "timer_id" out(L::Int)];
    223 "timer_settime" Time "timer-obj" Status
        ["timer_id" Id, "flags" Flags(&TIMER), "new_setting" inp(Itimerspec), "old_setting" out(Itimerspec)];
    224 "timer_gettime" Time "timer-obj" Status ["timer_id" Id, "setting" out(Itimerspec)];
    225 "timer_getoverrun" Time "timer-obj" Other ["timer_id" Id];
    226 "timer_delete" Time "timer-obj" Status ["timer_id" Id];
    227 "clock_settime" Time "null" Status ["which_clock" Clock, "tp" inp(Timespec)];
    228 "clock_gettime" Time "null" Status ["which_clock" Clock, "tp" out(Timespec)];
    229 "clock_getres" Time "null" Status ["which_clock" Clock, "tp" out(Timespec)];
    230 "clock_nanosleep" Time "sleep" Status
        ["which_clock" Clock, "flags" Flags(&TIMER), "rqtp" inp(Timespec), "rmtp" out(Timespec)];
    231 "exit_group" Process "null" None ["error_code" Int];
    232 "epoll_wait" Polling "poll" Count
        ["epfd" Fd, "events" returned(EpollEvent), "maxevents" Int, "timeout" TimeoutMs];
    233 "epoll_ctl" Polling "epoll-ctl" Status
        ["epfd" Fd, "op" Enum(&EPOLL_OP), "fd" Fd, "event" inp(EpollEvent)];
    234 "tgkill" Signals "null" Status ["tgid" Pid, "pid" Tid, "sig" Sig];
    235 "utimes" Fs "pathname" Status ["filename" Path, "utimes" pair(Timeval)];
    236 "vserver" Misc "null" Other ["arg1" Hex, "arg2" Hex, "arg3" Hex, "arg4" Hex, "arg5" Hex];
    237 "mbind" Memory "null" Status
        ["start" Addr, "len" Size, "mode" Flags(&MPOL), "nmask" Nodes { bits: 4, dir: Dir::In },
         "maxnode" ULong, "flags" Flags(&MPOL_MF)];
    238 "set_mempolicy" Memory "null" Status ["mode" Flags(&MPOL), "nmask" Nodes { bits: 2, dir: Dir::In }, "maxnode" ULong];
    239 "get_mempolicy" Memory "null" Status
        ["policy" out(L::Policy), "nmask" Nodes { bits: 2, dir: Dir::Out }, "maxnode" ULong, "addr" Addr, "flags" Flags(&MPOL_F)];
    240 "mq_open" Ipc "mq-open" Fd ["name" Str, "oflag" Flags(&OPEN), "mode" Mode, "attr" inp(L::MqAttr)]
        OpenMode;
    241 "mq_unlink" Ipc "pathname" Status ["name" Str];
    242 "mq_timedsend" Ipc "fd" Status
        ["mqdes" Fd, "msg_ptr" BufIn { len: 2 }, "msg_len" Len, "msg_prio" UInt, "abs_timeout" inp(Timespec)];
    243 "mq_timedreceive" Ipc "fd" BytesRead
        ["mqdes" Fd, "msg_ptr" BufOut { len: 2 }, "msg_len" Len, "msg_prio" out(L::Int),
         "abs_timeout" inp(Timespec)];
    244 "mq_notify" Ipc "fd" Status ["mqdes" Fd, "notification" inp(Sigevent)];
    245 "mq_getsetattr" Ipc "fd" Status ["mqdes" Fd, "mqstat" inp(L::MqAttr), "omqstat" out(L::MqAttr)];
    246 "kexec_load" Security "null" Status
        ["entry" Addr, "nr_segments" Count, "segments" Ptr, "flags" Flags(&KEXEC)];
    247 "waitid" Process "proc" Status
        ["which" Enum(&WAITID), "upid" Id, "infop" out(Siginfo), "options" Flags(&WAIT),
         "ru" out(Rusage)] Waitid;
    248 "add_key" Security "keyctl" Other
        ["type" Str, "description" Str, "payload" BufIn { len: 3 }, "plen" Len, "ringid" KeySerial];
    249 "request_key" Security "keyctl" Other
        ["type" Str, "description" Str, "callout_info" Str, "destringid" KeySerial];
    250 "keyctl" Security "keyctl" Other
        ["option" Enum(&KEYCTL), "arg2" Hex, "arg3" Hex, "arg4" Hex, "arg5" Hex] Variant;
    251 "ioprio_set" Process "null" Status ["which" Enum(&IOPRIO_WHO), "who" Id, "ioprio" IoPrio];
    252 "ioprio_get" Process "null" Other ["which" Enum(&IOPRIO_WHO), "who" Id];
    253 "inotify_init" Ipc "eventfd" Fd [];
    254 "inotify_add_watch" Ipc "fd-pathname" Other ["fd" Fd, "pathname" Path, "mask" Flags(&INOTIFY)];
    255 "inotify_rm_watch" Ipc "fd" Status ["fd" Fd, "wd" Id];
    256 "migrate_pages" Memory "null" Other ["pid" Pid, "maxnode" ULong, "old_nodes" Nodes { bits: 1, dir: Dir::In },
         "new_nodes" Nodes { bits: 1, dir: Dir::In }];
    257 "openat" Fs "open" Fd ["dfd" DirFd, "filename" Path, "flags" Flags(&OPEN), "mode" Mode] OpenMode;
    258 "mkdirat" Fs "pathname" Status ["dfd" DirFd, "pathname" Path, "mode" Mode];
    259 "mknodat" Fs "pathname" Status ["dfd" DirFd, "filename" Path, "mode" Mode, "dev" Dev];
    260 "fchownat" Fs "pathname" Status
        ["dfd" DirFd, "filename" Path, "user" Uid, "group" Gid, "flag" Flags(&AT)];
    261 "futimesat" Fs "pathname" Status ["dfd" DirFd, "filename" Path, "utimes" pair(Timeval)];
    262 "newfstatat" Fs "pathname" Status
        ["dfd" DirFd, "filename" Path, "statbuf" out(Stat), "flag" Flags(&AT)];
    263 "unlinkat" Fs "pathname" Status ["dfd" DirFd, "pathname" Path, "flag" Flags(&AT_UNLINK)];
    264 "renameat" Fs "name" Status ["olddfd" DirFd, "oldname" Path, "newdfd" DirFd, "newname" Path];
    265 "linkat" Fs "name" Status
        ["olddfd" DirFd, "oldname" Path, "newdfd" DirFd, "newname" Path, "flags" Flags(&AT)];
    266 "symlinkat" Fs "name" Status ["oldname" Str, "newdfd" DirFd, "newname" Path];
    267 "readlinkat" Fs "pathname" BytesRead
        ["dfd" DirFd, "pathname" Path, "buf" BufOut { len: 3 }, "bufsiz" Len];
    268 "fchmodat" Fs "pathname" Status ["dfd" DirFd, "filename" Path, "mode" Mode];
    269 "faccessat" Fs "pathname" Status ["dfd" DirFd, "filename" Path, "mode" Flags(&ACCESS)];
    270 "pselect6" Polling "poll" Count
        ["n" Count, "inp" FdSet { nfds: 0 }, "outp" FdSet { nfds: 0 }, "exp" FdSet { nfds: 0 },
         "tsp" inout(Timespec), "sig" Pointers { of: Sigset, count: Count::Fixed(2) }] Select;
    271 "ppoll" Polling "poll" Count
        ["fds" PollFds { count: 1 }, "nfds" Count, "tsp" inout(Timespec), "sigmask" inp(Sigset),
         "sigsetsize" Size];
    272 "unshare" Process "null" Status ["flags" Flags(&UNSHARE)];
    273 "set_robust_list" Misc "null" Status ["head" Addr, "len" Size];
    274 "get_robust_list" Misc "null" Status ["pid" Tid, "head_ptr" out(L::Long), "len_ptr" out(L::Long)];
    275 "splice" Network "fd" BytesTransferred
        ["fd_in" Fd, "off_in" inout(L::Long), "fd_out" Fd, "off_out" inout(L::Long), "len" Size,
         "flags" Flags(&SPLICE)];
    276 "tee" Network "fd" BytesTransferred ["fdin" Fd, "fdout" Fd, "len" Size, "flags" Flags(&SPLICE)];
    277 "sync_file_range" Fs "fd" Status
        ["fd" Fd, "offset" Offset, "nbytes" Offset, "flags" Flags(&SYNC_FILE_RANGE)];
    278 "vmsplice" Network "fd" BytesTransferred
        ["fd" Fd, "iov" gather(2), "nr_segs" Count, "flags" Flags(&SPLICE)];
    279 "move_pages" Memory "null" Other
        ["pid" Pid, "nr_pages" Count, "pages" many(L::Hex64, 1), "nodes" many(L::Int, 1),
         "status" Array { of: L::Int, count: Count::Arg(1), dir: Dir::Out }, "flags" Flags(&MPOL_MF)];
    280 "utimensat" Fs "pathname" Status
        ["dfd" DirFd, "filename" Path, "utimes" pair(Timespec), "flags" Flags(&AT)];
    281 "epoll_pwait" Polling "poll" Count
        ["epfd" Fd, "events" returned(EpollEvent), "maxevents" Int, "timeout" TimeoutMs,
         "sigmask" inp(Sigset), "sigsetsize" Size];
    282 "signalfd" Ipc "eventfd" Fd ["ufd" Fd, "user_mask" inp(Sigset), "sizemask" Size];
    283 "timerfd_create" Ipc "eventfd" Fd ["clockid" Clock, "flags" Flags(&TIMERFD)];
    284 "eventfd" Ipc "eventfd" Fd ["count" UInt];
    285 "fallocate" Fs "fd" Status ["fd" Fd, "mode" Flags(&FALLOCATE), "offset" Offset, "len" Offset];
    286 "timerfd_settime" Ipc "fd" Status
        ["ufd" Fd, "flags" Flags(&TIMERFD_SET), "utmr" inp(Itimerspec), "otmr" out(Itimerspec)];
    287 "timerfd_gettime" Ipc "fd" Status ["ufd" Fd, "otmr" out(Itimerspec)];
    288 "accept4" Network "accept" Fd
        ["fd" Fd, "addr" SockaddrOut { lenptr: 2 }, "addrlen" LenPtr, "flags" Flags(&SOCK_FLAGS)];
    289 "signalfd4" Ipc "eventfd" Fd
        ["ufd" Fd, "user_mask" inp(Sigset), "sizemask" Size, "flags" Flags(&SIGNALFD)];
    290 "eventfd2" Ipc "eventfd" Fd ["count" UInt, "flags" Flags(&EVENTFD)];
    291 "epoll_create1" Polling "eventfd" Fd ["flags" Flags(&EPOLL_CREATE)];
    292 "dup3" Fs "dup3" Fd ["oldfd" Fd, "newfd" Fd, "flags" Flags(&DUP3)];
    293 "pipe2" Ipc "pipe" Status ["fildes" Fds, "flags" Flags(&PIPE)];
    294 "inotify_init1" Ipc "eventfd" Fd ["flags" Flags(&INOTIFY_INIT)];
    295 "preadv" Fs "fd" BytesRead
        ["fd" Fd, "vec" scatter(2), "vlen" Count, "pos_l" Offset, "pos_h" ULong] Vector;
    296 "pwritev" Fs "fd" BytesWritten
        ["fd" Fd, "vec" gather(2), "vlen" Count, "pos_l" Offset, "pos_h" ULong] Vector;
    297 "rt_tgsigqueueinfo" Signals "null" Status ["tgid" Pid, "pid" Tid, "sig" Sig, "info" inp(Siginfo)];
    298 "perf_event_open" Security "perf-open" Fd
        ["attr" self_sized(L::PerfAttr, 4, Dir::In), "pid" Pid, "cpu" Int, "group_fd" Fd, "flags" Flags(&PERF)];
    299 "recvmmsg" Network "fd" Count
        ["fd" Fd, "mmsg" Mmsg { count: Count::Ret, dir: Dir::Out }, "vlen" Count, "flags" Flags(&MSG),
         "timeout" inout(Timespec)];
}
