//! Operations on files, processes and what they may do.

use super::{inout, inp, out, variants};
use crate::flags::*;
use crate::model::Layout as L;
use crate::model::Role::*;

variants! {
    fcntl FCNTL select 1 {
        F_GETFD | F_GETFL | F_GETOWN | F_GETSIG | F_GETLEASE | F_GETPIPE_SZ | F_GET_SEALS => [];
        F_DUPFD | F_DUPFD_CLOEXEC | F_SETOWN | F_SETPIPE_SZ => ["arg" Int];
        F_SETFD => ["arg" Flags(&FD_FLAGS)];
        F_SETFL => ["arg" Flags(&OPEN)];
        F_ADD_SEALS => ["arg" Flags(&SEAL)];
        F_SETSIG => ["arg" Sig];
        F_SETLEASE => ["arg" Enum(&LOCK_TYPE)];
        F_NOTIFY => ["arg" Flags(&DNOTIFY)];
        F_SETLK | F_SETLKW | F_OFD_SETLK | F_OFD_SETLKW | F_CANCELLK => ["lock" inp(L::Flock)];
        F_GETLK | F_OFD_GETLK => ["lock" inout(L::Flock)];
        F_SETOWN_EX => ["owner" inp(L::FOwnerEx)];
        F_GETOWN_EX => ["owner" out(L::FOwnerEx)];
        F_GETOWNER_UIDS => ["uids" Ptr];
        F_GET_RW_HINT | F_GET_FILE_RW_HINT => ["hint" out(L::Hex64)];
        F_SET_RW_HINT | F_SET_FILE_RW_HINT => ["hint" inp(L::Hex64)];
    }

    prctl PRCTL select 0 {
        PR_GET_DUMPABLE | PR_GET_KEEPCAPS | PR_GET_SECCOMP | PR_GET_TIMERSLACK | PR_GET_TIMING |
        PR_GET_SECUREBITS | PR_GET_FP_MODE | PR_SVE_GET_VL | PR_TASK_PERF_EVENTS_DISABLE | PR_TASK_PERF_EVENTS_ENABLE => [];
        PR_SET_PDEATHSIG => ["sig" Sig];
        PR_GET_PDEATHSIG => ["sig" out(L::SignalNumber)];
        PR_SET_NAME => ["name" Str];
        PR_GET_NAME => ["name" StrOut];
        PR_SET_DUMPABLE => ["arg2" Enum(&SUID_DUMP)];
        PR_SET_KEEPCAPS | PR_SET_CHILD_SUBREAPER | PR_SET_TIMING | PR_SET_TIMERSLACK =>
            ["arg2" ULong];
        PR_GET_CHILD_SUBREAPER | PR_GET_ENDIAN | PR_GET_FPEMU | PR_GET_FPEXC | PR_GET_UNALIGN =>
            ["arg2" out(L::Int)];
        PR_GET_TSC => ["arg2" out(L::Tsc)];
        PR_SET_TSC => ["arg2" Enum(&PR_TSC)];
        PR_GET_TID_ADDRESS => ["arg2" out(L::Hex64)];
        PR_CAPBSET_READ | PR_CAPBSET_DROP => ["cap" Enum(&CAPABILITY)];
        PR_SET_SECUREBITS => ["bits" Flags(&SECUREBITS)];
        PR_SET_PTRACER => ["pid" Ptracer];
        PR_SET_SECCOMP => ["mode" Enum(&SECCOMP_MODE), "filter" Addr];
        PR_SET_MM => ["what" Enum(&PR_SET_MM), "arg3" Hex, "arg4" Hex, "arg5" Hex];
        PR_SET_VMA => ["what" Enum(&PR_SET_VMA), "start" Addr, "len" ULong, "name" Str];
        PR_GET_SPECULATION_CTRL => ["which" Enum(&PR_SPECULATION)];
        PR_SET_SPECULATION_CTRL => ["which" Enum(&PR_SPECULATION), "state" Flags(&PR_SPEC_STATE)];
        PR_SET_SYSCALL_USER_DISPATCH =>
            ["mode" Enum(&PR_SYS_DISPATCH), "offset" Hex, "len" Hex, "selector" Addr];
        PR_SET_NO_NEW_PRIVS | PR_SET_THP_DISABLE => ["arg2" ULong, "arg3" Hex, "arg4" Hex, "arg5" Hex];
        PR_CAP_AMBIENT => ["what" Enum(&PR_CAP_AMBIENT), "cap" Enum(&CAPABILITY), "arg4" Hex, "arg5" Hex];
        PR_MCE_KILL => ["what" Enum(&PR_MCE_KILL), "policy" Enum(&PR_MCE_KILL_POLICY), "arg4" Hex, "arg5" Hex];
    }

    arch_prctl ARCH_PRCTL select 0 {
        ARCH_SET_GS | ARCH_SET_FS => ["addr" Hex];
        ARCH_GET_CPUID => [];
        ARCH_GET_GS | ARCH_GET_FS => ["addr" out(L::Hex64)];
    }

    seccomp SECCOMP select 0 {
        SECCOMP_SET_MODE_FILTER => ["flags" Flags(&SECCOMP_FILTER), "prog" inp(L::SockFprog)];
        SECCOMP_GET_ACTION_AVAIL => ["flags" Hex, "action" inp(L::SeccompAction)];
    }

    kcmp KCMP select 2 {
        KCMP_FILE => ["idx1" KcmpFd, "idx2" KcmpFd];
        KCMP_VM | KCMP_FILES | KCMP_FS | KCMP_SIGHAND | KCMP_IO | KCMP_SYSVSEM => [];
    }

    ptrace PTRACE select 0 {
        PTRACE_TRACEME => [];
        PTRACE_ATTACH | PTRACE_INTERRUPT | PTRACE_KILL | PTRACE_LISTEN => ["pid" Pid];
        PTRACE_SEIZE | PTRACE_SETOPTIONS => ["pid" Pid, "addr" Addr, "options" Flags(&PTRACE_OPTIONS)];
        PTRACE_CONT | PTRACE_DETACH | PTRACE_SYSCALL | PTRACE_SINGLESTEP =>
            ["pid" Pid, "addr" Addr, "sig" Sig];
        PTRACE_GETREGS | PTRACE_SETREGS | PTRACE_GETFPREGS | PTRACE_SETFPREGS | PTRACE_GETEVENTMSG |
        PTRACE_GETSIGINFO => ["pid" Pid, "addr" Addr, "data" Addr];
    }
}
