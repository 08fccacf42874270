//! Clocks and timers.

use super::sets;

sets! {
    /// Clock ids; negative ones are clocks of processes or of devices.
    CLOCK "CLOCK_???" {
        CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_PROCESS_CPUTIME_ID = 2, CLOCK_THREAD_CPUTIME_ID = 3,
        CLOCK_MONOTONIC_RAW = 4, CLOCK_REALTIME_COARSE = 5, CLOCK_MONOTONIC_COARSE = 6, CLOCK_BOOTTIME = 7,
        CLOCK_REALTIME_ALARM = 8, CLOCK_BOOTTIME_ALARM = 9, CLOCK_SGI_CYCLE = 10, CLOCK_TAI = 11,
    }

    /// Flags of `timer_settime` and `clock_nanosleep`.
    TIMER "TIMER_???" {
        TIMER_ABSTIME = 0x1,
    }

    /// `which` of `getitimer` and `setitimer`.
    ITIMER "ITIMER_???" {
        ITIMER_REAL = 0, ITIMER_VIRTUAL = 1, ITIMER_PROF = 2,
    }

    /// Flags of `timerfd_create`.
    TIMERFD "TFD_???" {
        TFD_CLOEXEC = 0x80000, TFD_NONBLOCK = 0x800,
    }

    /// Flags of `timerfd_settime`.
    TIMERFD_SET "TFD_???" {
        TFD_TIMER_ABSTIME = 0x1, TFD_TIMER_CANCEL_ON_SET = 0x2,
    }
}
