//! Signals of x86_64: their names and why they were sent.

pub use crate::flags::SA as SA_FLAGS;

/// The name, such as `SIGSEGV`; real-time signals are `SIGRTMIN`, `SIGRT_1` to `SIGRT_32`, counted from 32.
pub fn name(sig: u32) -> Option<&'static str> {
    let index = usize::try_from(sig).ok()?.checked_sub(1)?;
    NAMES.get(index).copied()
}

/// The number of that name.
pub fn by_name(name: &str) -> Option<u32> {
    let aliased = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, of)| of);
    (1..).zip(NAMES).find(|(_, n)| *n == aliased).map(|(sig, _)| sig)
}

/// The name of `si_code`, which means something else for each signal unless it was sent by a program.
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

/// From 1.
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

/// Second names of the same number.
static ALIASES: &[(&str, &str)] =
    &[("SIGIOT", "SIGABRT"), ("SIGCLD", "SIGCHLD"), ("SIGPOLL", "SIGIO"), ("SIGRTMAX", "SIGRT_32")];

/// Codes of every signal: from programs, timers and the kernel itself.
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

static TRAP: &[(i32, &str)] = &[
    (1, "TRAP_BRKPT"),
    (2, "TRAP_TRACE"),
    (3, "TRAP_BRANCH"),
    (4, "TRAP_HWBKPT"),
    (5, "TRAP_UNK"),
    (6, "TRAP_PERF"),
];

static BUS: &[(i32, &str)] =
    &[(1, "BUS_ADRALN"), (2, "BUS_ADRERR"), (3, "BUS_OBJERR"), (4, "BUS_MCEERR_AR"), (5, "BUS_MCEERR_AO")];

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

static CHLD: &[(i32, &str)] = &[
    (1, "CLD_EXITED"),
    (2, "CLD_KILLED"),
    (3, "CLD_DUMPED"),
    (4, "CLD_TRAPPED"),
    (5, "CLD_STOPPED"),
    (6, "CLD_CONTINUED"),
];

static POLL: &[(i32, &str)] =
    &[(1, "POLL_IN"), (2, "POLL_OUT"), (3, "POLL_MSG"), (4, "POLL_ERR"), (5, "POLL_PRI"), (6, "POLL_HUP")];

static SYS: &[(i32, &str)] = &[(1, "SYS_SECCOMP"), (2, "SYS_USER_DISPATCH")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        for sig in 1..=64 {
            let name = name(sig).unwrap();
            assert_eq!(by_name(name), Some(sig), "{name}");
        }
        assert_eq!((name(0), name(65), by_name("SIGNONE")), (None, None, None));
        assert_eq!((name(9), name(31), name(32)), (Some("SIGKILL"), Some("SIGSYS"), Some("SIGRTMIN")));
        assert_eq!((name(33), name(64)), (Some("SIGRT_1"), Some("SIGRT_32")));
        assert_eq!(
            (by_name("SIGCLD"), by_name("SIGIOT"), by_name("SIGRTMAX")),
            (Some(17), Some(6), Some(64))
        );
    }

    #[test]
    fn codes_depend_on_the_signal() {
        assert_eq!(code_name(17, 1), Some("CLD_EXITED"));
        assert_eq!(code_name(11, 1), Some("SEGV_MAPERR"));
        assert_eq!(code_name(11, 0x80), Some("SI_KERNEL"));
        assert_eq!(code_name(10, 0), Some("SI_USER"));
        assert_eq!(code_name(10, -6), Some("SI_TKILL"));
        assert_eq!(code_name(10, 1), None);
    }
}
