//! Numbers 0 to 99: files, memory, signals, sockets, processes.

use super::{gather, inout, inp, many, out, rows, scatter, sized};
use crate::flags::*;
use crate::model::Layout::{
    self as L, Itimerval, Rlimit, Rusage, Sigaction, Sigset, Stat, Sysinfo, Timespec, Timeval, Timezone,
    Utsname,
};
use crate::model::Role::*;
use crate::model::{Dir, SizeOf};

rows! {
    0 "read" Fs "fd" BytesRead ["fd" Fd, "buf" BufOut { len: 2 }, "count" Len];
    1 "write" Fs "fd" BytesWritten ["fd" Fd, "buf" BufIn { len: 2 }, "count" Len];
    2 "open" Fs "open" Fd ["filename" Path, "flags" Flags(&OPEN), "mode" Mode] OpenMode;
    3 "close" Fs "fd" Status ["fd" Fd];
    4 "stat" Fs "pathname" Status ["filename" Path, "statbuf" out(Stat)];
    5 "fstat" Fs "fd" Status ["fd" Fd, "statbuf" out(Stat)];
    6 "lstat" Fs "pathname" Status ["filename" Path, "statbuf" out(Stat)];
    7 "poll" Polling "poll" Count ["fds" PollFds { count: 1 }, "nfds" Count, "timeout" TimeoutMs];
    8 "lseek" Fs "fd" Other ["fd" Fd, "offset" Offset, "whence" Enum(&SEEK)];
    9 "mmap" Memory "mmap" Addr
        ["addr" Addr, "len" Size, "prot" Flags(&PROT), "flags" Flags(&MMAP), "fd" MmapFd, "off" Hex] Mmap;
    10 "mprotect" Memory "mem" Status ["start" Addr, "len" Size, "prot" Flags(&PROT)];
    11 "munmap" Memory "mem" Status ["addr" Addr, "len" Size];
    12 "brk" Memory "mem" Addr ["brk" Addr];
    13 "rt_sigaction" Signals "null" Status
        ["sig" Sig, "act" inp(Sigaction), "oact" out(Sigaction), "sigsetsize" Size];
    14 "rt_sigprocmask" Signals "null" Status
        ["how" Enum(&SIG_HOW), "nset" inp(Sigset), "oset" out(Sigset), "sigsetsize" Size];
    15 "rt_sigreturn" Signals "null" None [];
    16 "ioctl" Fs "fcntl" Other ["fd" Fd, "cmd" Enum(&IOCTL), "arg" Hex] Ioctl;
    17 "pread64" Fs "fd" BytesRead ["fd" Fd, "buf" BufOut { len: 2 }, "count" Len, "pos" Offset];
    18 "pwrite64" Fs "fd" BytesWritten ["fd" Fd, "buf" BufIn { len: 2 }, "count" Len, "pos" Offset];
    19 "readv" Fs "fd" BytesRead ["fd" Fd, "vec" scatter(2), "vlen" Count];
    20 "writev" Fs "fd" BytesWritten ["fd" Fd, "vec" gather(2), "vlen" Count];
    21 "access" Fs "pathname" Status ["filename" Path, "mode" Flags(&ACCESS)];
    22 "pipe" Ipc "pipe" Status ["fildes" Fds];
    23 "select" Polling "poll" Count
        ["n" Count, "inp" FdSet { nfds: 0 }, "outp" FdSet { nfds: 0 }, "exp" FdSet { nfds: 0 }, "tvp" inout(Timeval)]
        Select;
    24 "sched_yield" Sched "null" Status [];
    25 "mremap" Memory "mem" Addr
        ["addr" Addr, "old_len" Size, "new_len" Size, "flags" Flags(&MREMAP), "new_addr" Addr]
        Mremap;
    26 "msync" Fs "mem" Status ["start" Addr, "len" Size, "flags" Flags(&MSYNC)];
    27 "mincore" Memory "mem" Status ["start" Addr, "len" Size, "vec" Resident { len: 1 }];
    28 "madvise" Memory "mem" Status ["start" Addr, "len" Size, "behavior" Enum(&MADVISE)];
    29 "shmget" Ipc "sysv-id" Other ["key" Key, "size" Size, "shmflg" Flags(&SHMGET)];
    30 "shmat" Ipc "sysv-op" Addr ["shmid" Id, "shmaddr" Addr, "shmflg" Flags(&SHMAT)];
    31 "shmctl" Ipc "sysv-op" Other ["shmid" Id, "cmd" Enum(&SHMCTL), "buf" Ptr] Variant;
    32 "dup" Fs "fd" Fd ["fildes" Fd];
    33 "dup2" Fs "fd" Fd ["oldfd" Fd, "newfd" Fd];
    34 "pause" Signals "null" Status [];
    35 "nanosleep" Time "sleep" Status ["rqtp" inp(Timespec), "rmtp" out(Timespec)];
    36 "getitimer" Time "null" Status ["which" Enum(&ITIMER), "value" out(Itimerval)];
    37 "alarm" Time "null" Other ["seconds" UInt];
    38 "setitimer" Time "null" Status
        ["which" Enum(&ITIMER), "value" inp(Itimerval), "ovalue" out(Itimerval)];
    39 "getpid" Process "null" Pid [];
    40 "sendfile" Network "fd" BytesTransferred
        ["out_fd" Fd, "in_fd" Fd, "offset" inout(L::Long), "count" Size];
    41 "socket" Network "socket" Fd
        ["family" Enum(&AF), "type" Flags(&SOCK_TYPE), "protocol" Enum(&IPPROTO)] Socket;
    42 "connect" Network "fd" Status ["fd" Fd, "addr" Sockaddr { len: 2 }, "addrlen" Int];
    43 "accept" Network "accept" Fd ["fd" Fd, "addr" SockaddrOut { lenptr: 2 }, "addrlen" LenPtr];
    44 "sendto" Network "fd" BytesWritten
        ["fd" Fd, "buf" BufIn { len: 2 }, "len" Len, "flags" Flags(&MSG), "addr" Sockaddr { len: 5 },
         "addrlen" Int];
    45 "recvfrom" Network "fd" BytesRead
        ["fd" Fd, "buf" BufOut { len: 2 }, "len" Len, "flags" Flags(&MSG), "addr" SockaddrOut { lenptr: 5 },
         "addrlen" LenPtr];
    46 "sendmsg" Network "fd" BytesWritten ["fd" Fd, "msg" Msg(Dir::In), "flags" Flags(&MSG)];
    47 "recvmsg" Network "fd" BytesRead ["fd" Fd, "msg" Msg(Dir::Out), "flags" Flags(&MSG)];
    48 "shutdown" Network "fd" Status ["fd" Fd, "how" Enum(&SHUT)];
    49 "bind" Network "fd" Status ["fd" Fd, "addr" Sockaddr { len: 2 }, "addrlen" Int];
    50 "listen" Network "fd" Status ["fd" Fd, "backlog" Int];
    51 "getsockname" Network "fd" Status ["fd" Fd, "addr" SockaddrOut { lenptr: 2 }, "addrlen" LenPtr];
    52 "getpeername" Network "fd" Status ["fd" Fd, "addr" SockaddrOut { lenptr: 2 }, "addrlen" LenPtr];
    53 "socketpair" Network "socketpair" Status
        ["family" Enum(&AF), "type" Flags(&SOCK_TYPE), "protocol" Enum(&IPPROTO), "sv" Fds] Socket;
    54 "setsockopt" Network "fd" Status
        ["fd" Fd, "level" Enum(&SOL), "optname" Int, "optval" sized(L::OptVal, 4), "optlen" Int] Sockopt;
    55 "getsockopt" Network "fd" Status
        ["fd" Fd, "level" Enum(&SOL), "optname" Int, "optval" Sized { of: L::OptVal, size: SizeOf::Ptr(4), dir: Dir::Out },
         "optlen" LenPtr] Sockopt;
    56 "clone" Process "proc" Pid
        ["flags" Flags(&CLONE), "newsp" Addr, "parent_tid" out(L::Int), "child_tid" Addr, "tls" Hex] Clone;
    57 "fork" Process "proc" Pid [];
    58 "vfork" Process "proc" Pid [];
    59 "execve" Process "exec" Status ["filename" Path, "argv" Argv, "envp" Envp];
    60 "exit" Process "null" None ["error_code" Int];
    61 "wait4" Process "proc" Pid
        ["upid" Pid, "stat_addr" out(L::Int), "options" Flags(&WAIT), "ru" out(Rusage)] Wait4;
    62 "kill" Signals "null" Status ["pid" Pid, "sig" Sig];
    63 "uname" Misc "null" Status ["name" out(Utsname)];
    64 "semget" Ipc "sysv-id" Other ["key" Key, "nsems" Int, "semflg" Flags(&SEMGET)];
    65 "semop" Ipc "sysv-op" Status ["semid" Id, "sops" many(L::Sembuf, 2), "nsops" Count];
    66 "semctl" Ipc "sysv-op" Other ["semid" Id, "semnum" Int, "cmd" Enum(&SEMCTL), "arg" Addr] Variant;
    67 "shmdt" Ipc "sysv-op" Status ["shmaddr" Addr];
    68 "msgget" Ipc "sysv-id" Other ["key" Key, "msgflg" Flags(&MSGGET)];
    69 "msgsnd" Ipc "sysv-op" Status ["msqid" Id, "msgp" Msgbuf { len: 2, dir: Dir::In }, "msgsz" Size, "msgflg" Flags(&IPC_MSG)];
    70 "msgrcv" Ipc "sysv-op" BytesRead
        ["msqid" Id, "msgp" Msgbuf { len: 2, dir: Dir::Out }, "msgsz" Size, "msgtyp" Long, "msgflg" Flags(&IPC_MSG)];
    71 "msgctl" Ipc "sysv-op" Other ["msqid" Id, "cmd" Enum(&MSGCTL), "buf" Ptr] Variant;
    72 "fcntl" Fs "fcntl" FcntlFd ["fd" Fd, "cmd" Enum(&FCNTL), "arg" Hex] Fcntl;
    73 "flock" Fs "fd" Status ["fd" Fd, "cmd" Flags(&FLOCK)];
    74 "fsync" Fs "fd" Status ["fd" Fd];
    75 "fdatasync" Fs "fd" Status ["fd" Fd];
    76 "truncate" Fs "pathname" Status ["path" Path, "length" Offset];
    77 "ftruncate" Fs "fd" Status ["fd" Fd, "length" Offset];
    78 "getdents" Fs "fd" BytesRead ["fd" Fd, "dirent" Dirents { old: true }, "count" Size];
    79 "getcwd" Fs "null" BytesRead ["buf" StrOut, "size" Len];
    80 "chdir" Fs "pathname" Status ["filename" Path];
    81 "fchdir" Fs "fd" Status ["fd" Fd];
    82 "rename" Fs "name" Status ["oldname" Path, "newname" Path];
    83 "mkdir" Fs "pathname" Status ["pathname" Path, "mode" Mode];
    84 "rmdir" Fs "pathname" Status ["pathname" Path];
    85 "creat" Fs "pathname" Fd ["pathname" Path, "mode" Mode];
    86 "link" Fs "name" Status ["oldname" Path, "newname" Path];
    87 "unlink" Fs "pathname" Status ["pathname" Path];
    88 "symlink" Fs "name" Status ["oldname" Str, "newname" Path];
    89 "readlink" Fs "pathname" BytesRead ["path" Path, "buf" BufOut { len: 2 }, "bufsiz" Len];
    90 "chmod" Fs "pathname" Status ["filename" Path, "mode" Mode];
    91 "fchmod" Fs "fd" Status ["fd" Fd, "mode" Mode];
    92 "chown" Fs "pathname" Status ["filename" Path, "user" Uid, "group" Gid];
    93 "fchown" Fs "fd" Status ["fd" Fd, "user" Uid, "group" Gid];
    94 "lchown" Fs "pathname" Status ["filename" Path, "user" Uid, "group" Gid];
    95 "umask" Process "null" Other ["mask" Mode];
    96 "gettimeofday" Time "null" Status ["tv" out(Timeval), "tz" out(Timezone)];
    97 "getrlimit" Process "null" Status ["resource" Enum(&RLIMIT), "rlim" out(Rlimit)];
    98 "getrusage" Process "null" Status ["who" Enum(&RUSAGE), "ru" out(Rusage)];
    99 "sysinfo" Misc "null" Status ["info" out(Sysinfo)];
}
