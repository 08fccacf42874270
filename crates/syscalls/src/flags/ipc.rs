//! Futexes, shared memory, semaphores, messages.

use super::sets;

sets! {
    /// Operations of `futex`, with the clock flag.
    FUTEX "FUTEX_???" field 0xff [
        FUTEX_WAIT = 0, FUTEX_WAKE = 0x1, FUTEX_FD = 0x2, FUTEX_REQUEUE = 0x3, FUTEX_CMP_REQUEUE = 0x4,
        FUTEX_WAKE_OP = 0x5, FUTEX_LOCK_PI = 0x6, FUTEX_UNLOCK_PI = 0x7, FUTEX_TRYLOCK_PI = 0x8,
        FUTEX_WAIT_BITSET = 0x9, FUTEX_WAKE_BITSET = 0xa, FUTEX_WAIT_REQUEUE_PI = 0xb,
        FUTEX_CMP_REQUEUE_PI = 0xc, FUTEX_LOCK_PI2 = 0xd, FUTEX_WAIT_PRIVATE = 0x80,
        FUTEX_WAKE_PRIVATE = 0x81, FUTEX_REQUEUE_PRIVATE = 0x83, FUTEX_CMP_REQUEUE_PRIVATE = 0x84,
        FUTEX_WAKE_OP_PRIVATE = 0x85, FUTEX_LOCK_PI_PRIVATE = 0x86, FUTEX_UNLOCK_PI_PRIVATE = 0x87,
        FUTEX_TRYLOCK_PI_PRIVATE = 0x88, FUTEX_WAIT_BITSET_PRIVATE = 0x89, FUTEX_WAKE_BITSET_PRIVATE = 0x8a,
        FUTEX_WAIT_REQUEUE_PI_PRIVATE = 0x8b, FUTEX_CMP_REQUEUE_PI_PRIVATE = 0x8c,
        FUTEX_LOCK_PI2_PRIVATE = 0x8d,
    ] {
        FUTEX_CLOCK_REALTIME = 0x100,
    }

    /// Operation in bits 28 to 30 of the last argument of `FUTEX_WAKE_OP`.
    FUTEX_WAKE_OP "FUTEX_OP_???" {
        FUTEX_OP_SET = 0, FUTEX_OP_ADD = 1, FUTEX_OP_OR = 2, FUTEX_OP_ANDN = 3, FUTEX_OP_XOR = 4,
    }

    /// Comparison in bits 24 to 27 of the last argument of `FUTEX_WAKE_OP`.
    FUTEX_WAKE_CMP "FUTEX_OP_CMP_???" {
        FUTEX_OP_CMP_EQ = 0, FUTEX_OP_CMP_NE = 1, FUTEX_OP_CMP_LT = 2, FUTEX_OP_CMP_LE = 3,
        FUTEX_OP_CMP_GT = 4, FUTEX_OP_CMP_GE = 5,
    }

    /// Flags of `futex_wait`, `futex_wake` and `struct futex_waitv`.
    FUTEX2 "FUTEX2_???" field 0x3 [
        FUTEX2_SIZE_U8 = 0, FUTEX2_SIZE_U16 = 0x1, FUTEX2_SIZE_U32 = 0x2, FUTEX2_SIZE_U64 = 0x3,
    ] {
        FUTEX2_NUMA = 0x4, FUTEX2_MPOL = 0x8, FUTEX2_PRIVATE = 0x80,
    }

    /// Flags of `shmget`. The field is the mode, to be printed in octal.
    SHMGET "SHM_???" field 0o777 [
    ] {
        SHM_HUGE_512MB = 0o16400000000, SHM_HUGE_1GB = 0o17000000000, SHM_HUGE_8MB = 0o13400000000,
        SHM_HUGE_2MB = 0o12400000000, SHM_HUGE_256MB = 0o16000000000, SHM_HUGE_32MB = 0o14400000000,
        SHM_HUGE_512KB = 0o11400000000, SHM_HUGE_1MB = 0o12000000000, SHM_HUGE_16MB = 0o14000000000,
        SHM_HUGE_64KB = 0o10000000000, SHM_HUGE_16GB = 0o21000000000, IPC_CREAT = 0o1000, IPC_EXCL = 0o2000,
        SHM_HUGETLB = 0o4000, SHM_NORESERVE = 0o10000,
    }

    /// Flags of `shmat`.
    SHMAT "SHM_???" {
        SHM_RDONLY = 0o10000, SHM_RND = 0o20000, SHM_REMAP = 0o40000, SHM_EXEC = 0o100000,
    }

    /// Commands of `shmctl`.
    SHMCTL "SHM_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, SHM_LOCK = 11, SHM_UNLOCK = 12, SHM_STAT = 13,
        SHM_INFO = 14, SHM_STAT_ANY = 15,
    }

    /// Flags of `semget`. The field is the mode, to be printed in octal.
    SEMGET "IPC_???" field 0o777 [
    ] {
        IPC_CREAT = 0o1000, IPC_EXCL = 0o2000, IPC_NOWAIT = 0o4000,
    }

    /// Commands of `semctl`.
    SEMCTL "SEM_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, GETPID = 11, GETVAL = 12, GETALL = 13,
        GETNCNT = 14, GETZCNT = 15, SETVAL = 16, SETALL = 17, SEM_STAT = 18, SEM_INFO = 19, SEM_STAT_ANY = 20,
    }

    /// `sem_flg` of `struct sembuf`.
    SEMOP "SEM_???" {
        SEM_UNDO = 0o10000, IPC_NOWAIT = 0o4000,
    }

    /// Flags of `msgget`. The field is the mode, to be printed in octal.
    MSGGET "IPC_???" field 0o777 [
    ] {
        IPC_CREAT = 0o1000, IPC_EXCL = 0o2000, IPC_NOWAIT = 0o4000,
    }

    /// Commands of `msgctl`.
    MSGCTL "MSG_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, MSG_STAT = 11, MSG_INFO = 12,
        MSG_STAT_ANY = 13,
    }

    /// Flags of `msgsnd` and `msgrcv`.
    IPC_MSG "MSG_???" {
        MSG_NOERROR = 0o10000, MSG_EXCEPT = 0o20000, MSG_COPY = 0o40000, IPC_NOWAIT = 0o4000,
    }

    /// `mq_flags` of `struct mq_attr`.
    MQ_FLAGS "O_???" { O_NONBLOCK = 0x800 }

    /// `flags` of `struct futex_waitv`.
    FUTEX_WAITV "FUTEX_???" { FUTEX_32 = 0x2, FUTEX_PRIVATE_FLAG = 0x80 }
}
