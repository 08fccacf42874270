//! Signals.

use super::sets;

sets! {
    /// `sa_flags` of `struct sigaction`.
    SA "SA_???" {
        SA_RESTORER = 0x4000000, SA_ONSTACK = 0x8000000, SA_RESTART = 0x10000000, SA_NODEFER = 0x40000000,
        SA_RESETHAND = 0x80000000, SA_SIGINFO = 0x4, SA_NOCLDSTOP = 0x1, SA_NOCLDWAIT = 0x2,
        SA_UNSUPPORTED = 0x400, SA_EXPOSE_TAGBITS = 0x800,
    }

    /// `how` of `rt_sigprocmask`.
    SIG_HOW "SIG_???" {
        SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2,
    }

    /// `ss_flags` of `stack_t`.
    SIGALTSTACK "SS_???" {
        SS_ONSTACK = 0x1, SS_DISABLE = 0x2, SS_AUTODISARM = 0x80000000,
    }

    /// `sigev_notify` of `struct sigevent`.
    SIGEV "SIGEV_???" {
        SIGEV_SIGNAL = 0, SIGEV_NONE = 1, SIGEV_THREAD = 2, SIGEV_THREAD_ID = 4,
    }
}
