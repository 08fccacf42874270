//! Numbers 100 to 199: identity, limits, scheduling, mounting, modules, extended attributes.

use super::{inout, inp, many, out, returned, rows};
use crate::flags::*;
use crate::model::Layout::{
    self as L, CapData, CapHeader, Rlimit, SchedParam, Siginfo, Sigset, Stack, Statfs, Timespec, Timeval,
    Timezone, Tms, Utimbuf,
};
use crate::model::Role::*;

rows! {
    100 "times" Time "null" Other ["tbuf" out(Tms)];
    101 "ptrace" Security "ptrace" Other ["request" Enum(&PTRACE), "pid" Pid, "addr" Addr, "data" Hex] Variant;
    102 "getuid" Process "null" Other [];
    103 "syslog" Misc "null" BytesRead ["type" Numbered(&SYSLOG), "buf" BufOut { len: 2 }, "len" Len] Variant;
    104 "getgid" Process "null" Other [];
    105 "setuid" Process "null" Status ["uid" Uid];
    106 "setgid" Process "null" Status ["gid" Gid];
    107 "geteuid" Process "null" Other [];
    108 "getegid" Process "null" Other [];
    109 "setpgid" Process "null" Status ["pid" Pid, "pgid" Pid];
    110 "getppid" Process "null" Pid [];
    111 "getpgrp" Process "null" Pid [];
    112 "setsid" Process "null" Pid [];
    113 "setreuid" Process "null" Status ["ruid" Uid, "euid" Uid];
    114 "setregid" Process "null" Status ["rgid" Gid, "egid" Gid];
    115 "getgroups" Process "null" Count ["gidsetsize" Int, "grouplist" returned(L::Id)];
    116 "setgroups" Process "null" Status ["gidsetsize" Count, "grouplist" many(L::Id, 0)];
    117 "setresuid" Process "null" Status ["ruid" Uid, "euid" Uid, "suid" Uid];
    118 "getresuid" Process "null" Status ["ruid" out(L::Id), "euid" out(L::Id), "suid" out(L::Id)];
    119 "setresgid" Process "null" Status ["rgid" Gid, "egid" Gid, "sgid" Gid];
    120 "getresgid" Process "null" Status ["rgid" out(L::Id), "egid" out(L::Id), "sgid" out(L::Id)];
    121 "getpgid" Process "null" Pid ["pid" Pid];
    122 "setfsuid" Process "null" Other ["uid" Uid];
    123 "setfsgid" Process "null" Other ["gid" Gid];
    124 "getsid" Process "null" Pid ["pid" Pid];
    125 "capget" Security "null" Status ["header" inout(CapHeader), "data" out(CapData)];
    126 "capset" Security "null" Status ["header" inout(CapHeader), "data" inp(CapData)];
    127 "rt_sigpending" Signals "null" Status ["set" out(Sigset), "sigsetsize" Size];
    128 "rt_sigtimedwait" Signals "null" Other
        ["these" inp(Sigset), "info" out(Siginfo), "timeout" inp(Timespec), "sigsetsize" Size];
    129 "rt_sigqueueinfo" Signals "null" Status ["pid" Pid, "sig" Sig, "info" inp(Siginfo)];
    130 "rt_sigsuspend" Signals "null" Status ["newset" inp(Sigset), "sigsetsize" Size];
    131 "sigaltstack" Signals "null" Status ["ss" inp(Stack), "oss" out(Stack)];
    132 "utime" Fs "pathname" Status ["filename" Path, "times" inp(Utimbuf)];
    133 "mknod" Fs "pathname" Status ["filename" Path, "mode" Mode, "dev" Dev];
    134 "uselib" Fs "pathname" Status ["library" Path];
    135 "personality" Process "null" Other ["personality" Flags(&PERSONALITY)];
    136 "ustat" Fs "null" Status ["dev" Dev, "ubuf" Ptr];
    137 "statfs" Fs "pathname" Status ["pathname" Path, "buf" out(Statfs)];
    138 "fstatfs" Fs "fd" Status ["fd" Fd, "buf" out(Statfs)];
    139 "sysfs" Misc "null" Other ["option" Hex, "arg1" Hex, "arg2" Hex];
    140 "getpriority" Process "null" Other ["which" Enum(&PRIO), "who" Id];
    141 "setpriority" Process "null" Status ["which" Enum(&PRIO), "who" Id, "niceval" Int];
    142 "sched_setparam" Sched "null" Status ["pid" Tid, "param" inp(SchedParam)];
    143 "sched_getparam" Sched "null" Status ["pid" Tid, "param" out(SchedParam)];
    144 "sched_setscheduler" Sched "null" Status ["pid" Tid, "policy" Flags(&SCHED), "param" inp(SchedParam)];
    145 "sched_getscheduler" Sched "null" Other ["pid" Tid];
    146 "sched_get_priority_max" Sched "null" Other ["policy" Flags(&SCHED)];
    147 "sched_get_priority_min" Sched "null" Other ["policy" Flags(&SCHED)];
    148 "sched_rr_get_interval" Sched "null" Status ["pid" Tid, "interval" out(Timespec)];
    149 "mlock" Memory "mem" Status ["start" Addr, "len" Size];
    150 "munlock" Memory "mem" Status ["start" Addr, "len" Size];
    151 "mlockall" Memory "null" Status ["flags" Flags(&MLOCKALL)];
    152 "munlockall" Memory "null" Status [];
    153 "vhangup" Process "null" Status [];
    154 "modify_ldt" Misc "null" Other ["func" Int, "ptr" Ptr, "bytecount" Size];
    155 "pivot_root" Process "pathname" Status ["new_root" Path, "put_old" Path];
    156 "_sysctl" Misc "null" Status ["args" Ptr];
    157 "prctl" Process "prctl" Other
        ["option" Enum(&PRCTL), "arg2" Hex, "arg3" Hex, "arg4" Hex, "arg5" Hex] Variant;
    158 "arch_prctl" Process "null" Other ["option" Enum(&ARCH_PRCTL), "arg2" Hex] Variant;
    159 "adjtimex" Time "null" Other ["txc" out(L::Timex)];
    160 "setrlimit" Process "null" Status ["resource" Enum(&RLIMIT), "rlim" inp(Rlimit)];
    161 "chroot" Fs "pathname" Status ["filename" Path];
    162 "sync" Fs "null" Status [];
    163 "acct" Misc "pathname" Status ["name" Path];
    164 "settimeofday" Time "null" Status ["tv" inp(Timeval), "tz" inp(Timezone)];
    165 "mount" Fs "pathname" Status
        ["dev_name" Str, "dir_name" Path, "type" Str, "flags" Flags(&MOUNT), "data" Str];
    166 "umount2" Fs "pathname" Status ["name" Path, "flags" Flags(&UMOUNT)];
    167 "swapon" Fs "pathname" Status ["specialfile" Path, "swap_flags" Flags(&SWAP)];
    168 "swapoff" Fs "pathname" Status ["specialfile" Path];
    169 "reboot" Process "null" Status
        ["magic1" Enum(&REBOOT_MAGIC1), "magic2" Enum(&REBOOT_MAGIC2), "cmd" Enum(&REBOOT), "arg" Skip] Variant;
    170 "sethostname" Misc "null" Status ["name" BufIn { len: 1 }, "len" Len];
    171 "setdomainname" Misc "null" Status ["name" BufIn { len: 1 }, "len" Len];
    172 "iopl" Misc "null" Status ["level" UInt];
    173 "ioperm" Misc "null" Status ["from" Hex, "num" ULong, "turn_on" Int];
    174 "create_module" Security "module" Addr ["name" Str, "size" Size];
    175 "init_module" Security "module" Status ["umod" Ptr, "len" Size, "uargs" Str];
    176 "delete_module" Security "module" Status ["name" Str, "flags" Flags(&DELETE_MODULE)];
    177 "get_kernel_syms" Security "null" Count ["table" Ptr];
    178 "query_module" Security "module" Status
        ["name" Str, "which" Int, "buf" Ptr, "bufsize" Size, "ret" Ptr];
    179 "quotactl" Fs "pathname" Status ["cmd" QuotaCmd, "special" Path, "id" Id, "addr" Ptr] Variant;
    180 "nfsservctl" Fs "null" Other ["cmd" Int, "argp" Ptr, "resp" Ptr];
    181 "getpmsg" Misc "null" Other ["arg1" Hex, "arg2" Hex, "arg3" Hex, "arg4" Hex, "arg5" Hex];
    182 "putpmsg" Misc "null" Other ["arg1" Hex, "arg2" Hex, "arg3" Hex, "arg4" Hex, "arg5" Hex];
    183 "afs_syscall" Misc "null" Other ["arg1" Hex, "arg2" Hex, "arg3" Hex, "arg4" Hex, "arg5" Hex];
    184 "tuxcall" Misc "null" Other ["arg1" Hex, "arg2" Hex, "arg3" Hex];
    185 "security" Security "null" Other ["arg1" Hex, "arg2" Hex, "arg3" Hex];
    186 "gettid" Process "null" Pid [];
    187 "readahead" Fs "fd" Status ["fd" Fd, "offset" Offset, "count" Size];
    188 "setxattr" Fs "pathname" Status
        ["pathname" Path, "name" Str, "value" BufIn { len: 3 }, "size" Len, "flags" Flags(&XATTR)];
    189 "lsetxattr" Fs "pathname" Status
        ["pathname" Path, "name" Str, "value" BufIn { len: 3 }, "size" Len, "flags" Flags(&XATTR)];
    190 "fsetxattr" Fs "fd" Status
        ["fd" Fd, "name" Str, "value" BufIn { len: 3 }, "size" Len, "flags" Flags(&XATTR)];
    191 "getxattr" Fs "pathname" BytesRead
        ["pathname" Path, "name" Str, "value" BufOut { len: 3 }, "size" Len];
    192 "lgetxattr" Fs "pathname" BytesRead
        ["pathname" Path, "name" Str, "value" BufOut { len: 3 }, "size" Len];
    193 "fgetxattr" Fs "fd" BytesRead ["fd" Fd, "name" Str, "value" BufOut { len: 3 }, "size" Len];
    194 "listxattr" Fs "pathname" BytesRead ["pathname" Path, "list" BufOut { len: 2 }, "size" Len];
    195 "llistxattr" Fs "pathname" BytesRead ["pathname" Path, "list" BufOut { len: 2 }, "size" Len];
    196 "flistxattr" Fs "fd" BytesRead ["fd" Fd, "list" BufOut { len: 2 }, "size" Len];
    197 "removexattr" Fs "pathname" Status ["pathname" Path, "name" Str];
    198 "lremovexattr" Fs "pathname" Status ["pathname" Path, "name" Str];
    199 "fremovexattr" Fs "fd" Status ["fd" Fd, "name" Str];
}
