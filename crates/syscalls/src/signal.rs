//! Signal numbers, codes of their origin, and flags of actions, as strace names them.

pub use crate::flags::SA as SA_FLAGS;

/// The name of a signal number.
pub fn name(sig: u32) -> Option<&'static str> {
    let index = usize::try_from(sig).ok()?.checked_sub(1)?;
    NAMES.get(index).copied()
}

/// The number of a signal; older names of the same signal are known too.
pub fn by_name(name: &str) -> Option<u32> {
    let aliased = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, of)| of);
    (1..).zip(NAMES).find(|(_, n)| *n == aliased).map(|(sig, _)| sig)
}

/// The name of an `si_code`, whose meaning depends on the signal.
pub fn code_name(sig: i32, code: i32) -> Option<&'static str> {
    let own: &[(i32, &str)] = match sig {
        4 => ILL,
        5 => TRAP,
        7 => BUS,
        8 => FPE,
        11 => SEGV,
        17 => CHLD,
        29 => POLL,
        31 => SYS,
        _ => &[],
    };
    own.iter().chain(SENT).find(|(c, _)| *c == code).map(|(_, name)| *name)
}

/// By number, from 1.
static NAMES: [&str; 64] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
    "SIGRTMIN",
    "SIGRT_1",
    "SIGRT_2",
    "SIGRT_3",
    "SIGRT_4",
    "SIGRT_5",
    "SIGRT_6",
    "SIGRT_7",
    "SIGRT_8",
    "SIGRT_9",
    "SIGRT_10",
    "SIGRT_11",
    "SIGRT_12",
    "SIGRT_13",
    "SIGRT_14",
    "SIGRT_15",
    "SIGRT_16",
    "SIGRT_17",
    "SIGRT_18",
    "SIGRT_19",
    "SIGRT_20",
    "SIGRT_21",
    "SIGRT_22",
    "SIGRT_23",
    "SIGRT_24",
    "SIGRT_25",
    "SIGRT_26",
    "SIGRT_27",
    "SIGRT_28",
    "SIGRT_29",
    "SIGRT_30",
    "SIGRT_31",
    "SIGRT_32",
];

static ALIASES: &[(&str, &str)] =
    &[("SIGIOT", "SIGABRT"), ("SIGCLD", "SIGCHLD"), ("SIGPOLL", "SIGIO"), ("SIGRTMAX", "SIGRT_32")];

/// Codes that any signal may have.
static SENT: &[(i32, &str)] = &[
    (0, "SI_USER"),
    (0x80, "SI_KERNEL"),
    (-1, "SI_QUEUE"),
    (-2, "SI_TIMER"),
    (-3, "SI_MESGQ"),
    (-4, "SI_ASYNCIO"),
    (-5, "SI_SIGIO"),
    (-6, "SI_TKILL"),
    (-7, "SI_DETHREAD"),
    (-60, "SI_ASYNCNL"),
];

/// Codes of SIGILL.
static ILL: &[(i32, &str)] = &[
    (1, "ILL_ILLOPC"),
    (2, "ILL_ILLOPN"),
    (3, "ILL_ILLADR"),
    (4, "ILL_ILLTRP"),
    (5, "ILL_PRVOPC"),
    (6, "ILL_PRVREG"),
    (7, "ILL_COPROC"),
    (8, "ILL_BADSTK"),
    (9, "ILL_BADIADDR"),
];

/// Codes of SIGTRAP.
static TRAP: &[(i32, &str)] = &[
    (1, "TRAP_BRKPT"),
    (2, "TRAP_TRACE"),
    (3, "TRAP_BRANCH"),
    (4, "TRAP_HWBKPT"),
    (5, "TRAP_UNK"),
    (6, "TRAP_PERF"),
];

/// Codes of SIGBUS.
static BUS: &[(i32, &str)] =
    &[(1, "BUS_ADRALN"), (2, "BUS_ADRERR"), (3, "BUS_OBJERR"), (4, "BUS_MCEERR_AR"), (5, "BUS_MCEERR_AO")];

/// Codes of SIGFPE.
static FPE: &[(i32, &str)] = &[
    (1, "FPE_INTDIV"),
    (2, "FPE_INTOVF"),
    (3, "FPE_FLTDIV"),
    (4, "FPE_FLTOVF"),
    (5, "FPE_FLTUND"),
    (6, "FPE_FLTRES"),
    (7, "FPE_FLTINV"),
    (8, "FPE_FLTSUB"),
    (14, "FPE_FLTUNK"),
    (15, "FPE_CONDTRAP"),
];

/// Codes of SIGSEGV.
static SEGV: &[(i32, &str)] = &[
    (1, "SEGV_MAPERR"),
    (2, "SEGV_ACCERR"),
    (3, "SEGV_BNDERR"),
    (4, "SEGV_PKUERR"),
    (5, "SEGV_ACCADI"),
    (6, "SEGV_ADIDERR"),
    (7, "SEGV_ADIPERR"),
    (8, "SEGV_MTEAERR"),
    (9, "SEGV_MTESERR"),
    (10, "SEGV_CPERR"),
];

/// Codes of SIGCHLD.
static CHLD: &[(i32, &str)] = &[
    (1, "CLD_EXITED"),
    (2, "CLD_KILLED"),
    (3, "CLD_DUMPED"),
    (4, "CLD_TRAPPED"),
    (5, "CLD_STOPPED"),
    (6, "CLD_CONTINUED"),
];

/// Codes of SIGIO.
static POLL: &[(i32, &str)] =
    &[(1, "POLL_IN"), (2, "POLL_OUT"), (3, "POLL_MSG"), (4, "POLL_ERR"), (5, "POLL_PRI"), (6, "POLL_HUP")];

/// Codes of SIGSYS.
static SYS: &[(i32, &str)] = &[(1, "SYS_SECCOMP"), (2, "SYS_USER_DISPATCH")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for sig in 1..=64 {
            assert_eq!(name(sig).and_then(by_name), Some(sig));
        }
        assert_eq!(name(17), Some("SIGCHLD"));
        assert_eq!((name(0), name(65)), (None, None));
        assert_eq!(by_name("SIGRTMAX"), Some(64));
        assert_eq!(by_name("SIGFOO"), None);
    }

    #[test]
    fn codes() {
        assert_eq!(code_name(17, 1), Some("CLD_EXITED"));
        assert_eq!(code_name(11, 1), Some("SEGV_MAPERR"));
        assert_eq!(code_name(15, 0), Some("SI_USER"));
        assert_eq!(code_name(15, 1), None);
    }
}
