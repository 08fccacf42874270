//! Futexes, shared memory, semaphores, messages.

use super::sets;

sets! {
    /// Constants `FUTEX_???`.
    FUTEX "FUTEX_???" field 0xff [
        FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_FD = 2, FUTEX_REQUEUE = 3, FUTEX_CMP_REQUEUE = 4,
        FUTEX_WAKE_OP = 5, FUTEX_LOCK_PI = 6, FUTEX_UNLOCK_PI = 7, FUTEX_TRYLOCK_PI = 8,
        FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET = 0xa, FUTEX_WAIT_REQUEUE_PI = 0xb,
        FUTEX_CMP_REQUEUE_PI = 0xc, FUTEX_LOCK_PI2 = 0xd, FUTEX_WAIT_PRIVATE = 0x80,
        FUTEX_WAKE_PRIVATE = 0x81, FUTEX_REQUEUE_PRIVATE = 0x83, FUTEX_CMP_REQUEUE_PRIVATE = 0x84,
        FUTEX_WAKE_OP_PRIVATE = 0x85, FUTEX_LOCK_PI_PRIVATE = 0x86, FUTEX_UNLOCK_PI_PRIVATE = 0x87,
        FUTEX_TRYLOCK_PI_PRIVATE = 0x88, FUTEX_WAIT_BITSET_PRIVATE = 0x89,
        FUTEX_WAKE_BITSET_PRIVATE = 0x8a, FUTEX_WAIT_REQUEUE_PI_PRIVATE = 0x8b,
        FUTEX_CMP_REQUEUE_PI_PRIVATE = 0x8c, FUTEX_LOCK_PI2_PRIVATE = 0x8d,
    ] {
        FUTEX_CLOCK_REALTIME = 0x100,
    }

    /// Constants `FUTEX2_???`.
    FUTEX2 "FUTEX2_???" field 0x3 [
        FUTEX2_SIZE_U8 = 0, FUTEX2_SIZE_U16 = 1, FUTEX2_SIZE_U32 = 2, FUTEX2_SIZE_U64 = 3,
    ] {
        FUTEX2_NUMA = 4, FUTEX2_MPOL = 8, FUTEX2_PRIVATE = 0x80,
    }

    /// Constants `MSG_???`.
    IPC_MSG "MSG_???" {
        MSG_NOERROR = 0x1000, MSG_EXCEPT = 0x2000, MSG_COPY = 0x4000, IPC_NOWAIT = 0x800,
    }

    /// Constants `MSG_???`.
    MSGCTL "MSG_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, MSG_STAT = 0xb, MSG_INFO = 0xc,
        MSG_STAT_ANY = 0xd,
    }

    /// Constants `IPC_???`.
    MSGGET "IPC_???" field 0x1ff [] {
        IPC_CREAT = 0x200, IPC_EXCL = 0x400,
    }

    /// Constants `SEM_???`.
    SEMCTL "SEM_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, GETPID = 0xb, GETVAL = 0xc, GETALL = 0xd,
        GETNCNT = 0xe, GETZCNT = 0xf, SETVAL = 0x10, SETALL = 0x11, SEM_STAT = 0x12, SEM_INFO = 0x13,
        SEM_STAT_ANY = 0x14,
    }

    /// Constants `IPC_???`.
    SEMGET "IPC_???" field 0x1ff [] {
        IPC_CREAT = 0x200, IPC_EXCL = 0x400,
    }

    /// Constants `SHM_???`.
    SHMAT "SHM_???" {
        SHM_RDONLY = 0x1000, SHM_RND = 0x2000, SHM_REMAP = 0x4000, SHM_EXEC = 0x8000,
    }

    /// Constants `SHM_???`.
    SHMCTL "SHM_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, SHM_LOCK = 0xb, SHM_UNLOCK = 0xc,
        SHM_STAT = 0xd, SHM_INFO = 0xe, SHM_STAT_ANY = 0xf,
    }

    /// Constants `SHM_???`.
    SHMGET "SHM_???" field 0x1ff [] {
        SHM_HUGE_512MB = 0x74000000, SHM_HUGE_1GB = 0x78000000, SHM_HUGE_8MB = 0x5c000000,
        SHM_HUGE_2MB = 0x54000000, SHM_HUGE_256MB = 0x70000000, SHM_HUGE_32MB = 0x64000000,
        SHM_HUGE_512KB = 0x4c000000, SHM_HUGE_1MB = 0x50000000, SHM_HUGE_16MB = 0x60000000,
        SHM_HUGE_64KB = 0x40000000, SHM_HUGE_16GB = 0x88000000, IPC_CREAT = 0x200, IPC_EXCL = 0x400,
        SHM_HUGETLB = 0x800, SHM_NORESERVE = 0x1000,
    }
}
