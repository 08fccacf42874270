//! Operations on queues, keys, mounts and the machine.

use super::{inp, out, variants};
use crate::flags::*;
use crate::model::Role::*;
use crate::model::{Dir, Layout as L};

variants! {
    shmctl SHMCTL select 1 {
        IPC_STAT | SHM_STAT | SHM_STAT_ANY => ["buf" out(L::ShmidDs)];
        IPC_SET => ["buf" inp(L::ShmidDs)];
    }

    msgctl MSGCTL select 1 {
        IPC_STAT | MSG_STAT | MSG_STAT_ANY => ["buf" out(L::MsqidDs)];
        IPC_SET => ["buf" inp(L::MsqidDs)];
    }

    semctl SEMCTL select 2 {
        SETVAL => ["val" Addr];
        IPC_STAT | SEM_STAT | SEM_STAT_ANY => ["buf" out(L::SemidDs)];
        IPC_SET => ["buf" inp(L::SemidDs)];
        IPC_INFO | SEM_INFO => ["buf" out(L::Seminfo)];
    }

    keyctl KEYCTL select 0 {
        KEYCTL_GET_KEYRING_ID => ["id" KeySerial, "create" Int];
        KEYCTL_JOIN_SESSION_KEYRING => ["name" Str];
        KEYCTL_UPDATE => ["key" KeySerial, "payload" BufIn { len: 3 }, "plen" Len];
        KEYCTL_REVOKE | KEYCTL_CLEAR | KEYCTL_INVALIDATE | KEYCTL_ASSUME_AUTHORITY => ["key" KeySerial];
        KEYCTL_CHOWN => ["key" KeySerial, "uid" Uid, "gid" Gid];
        KEYCTL_SETPERM => ["key" KeySerial, "perm" Flags(&KEY_PERM)];
        KEYCTL_DESCRIBE | KEYCTL_GET_SECURITY => ["key" KeySerial, "buf" StrOut, "buflen" Len];
        KEYCTL_READ =>
            ["key" KeySerial, "buf" BufOut { len: 3 }, "buflen" Len];
        KEYCTL_LINK | KEYCTL_UNLINK => ["key" KeySerial, "keyring" KeySerial];
        KEYCTL_SEARCH => ["keyring" KeySerial, "type" Str, "description" Str, "destination" KeySerial];
        KEYCTL_INSTANTIATE =>
            ["key" KeySerial, "payload" BufIn { len: 3 }, "plen" Len, "keyring" KeySerial];
        KEYCTL_NEGATE => ["key" KeySerial, "timeout" UInt, "keyring" KeySerial];
        KEYCTL_SET_TIMEOUT => ["key" KeySerial, "timeout" UInt];
        KEYCTL_SET_REQKEY_KEYRING => ["reqkey" Enum(&KEY_REQKEY)];
        KEYCTL_SESSION_TO_PARENT => [];
        KEYCTL_GET_PERSISTENT => ["uid" Uid, "keyring" KeySerial];
        KEYCTL_CAPABILITIES => ["buf" out(L::KeyCapabilities), "buflen" Len];
        KEYCTL_RESTRICT_KEYRING => ["keyring" KeySerial, "type" Str, "restriction" Str];
    }

    quotactl QUOTA_CMD select 0 >> 8 {
        Q_QUOTAON => ["special" Path, "id" Enum(&QUOTA_FORMAT), "addr" Str];
        Q_QUOTAOFF | Q_SYNC => ["special" Path];
        Q_GETQUOTA | Q_GETNEXTQUOTA | Q_SETQUOTA => ["special" Path, "id" Uid, "addr" Ptr];
        Q_GETINFO | Q_SETINFO | Q_GETFMT => ["special" Path, "addr" Skip, "addr" Ptr];
    }

    syslog SYSLOG select 0 {
        SYSLOG_ACTION_CLOSE | SYSLOG_ACTION_OPEN | SYSLOG_ACTION_CLEAR | SYSLOG_ACTION_CONSOLE_OFF |
        SYSLOG_ACTION_CONSOLE_ON | SYSLOG_ACTION_SIZE_UNREAD | SYSLOG_ACTION_SIZE_BUFFER => [];
        SYSLOG_ACTION_CONSOLE_LEVEL => ["buf" Addr, "level" Int];
    }

    reboot REBOOT select 2 {
        LINUX_REBOOT_CMD_RESTART | LINUX_REBOOT_CMD_HALT | LINUX_REBOOT_CMD_CAD_ON |
        LINUX_REBOOT_CMD_CAD_OFF | LINUX_REBOOT_CMD_POWER_OFF | LINUX_REBOOT_CMD_SW_SUSPEND |
        LINUX_REBOOT_CMD_KEXEC => [];
        LINUX_REBOOT_CMD_RESTART2 => ["arg" Str];
    }

    io_uring_register IORING_REGISTER select 1 {
        IORING_REGISTER_BUFFERS =>
            ["arg" Array { of: L::Iovec, count: crate::Count::Arg(3), dir: Dir::In }, "nr_args" UInt];
        IORING_REGISTER_FILES | IORING_REGISTER_EVENTFD | IORING_REGISTER_EVENTFD_ASYNC =>
            ["arg" Array { of: L::Int, count: crate::Count::Arg(3), dir: Dir::In }, "nr_args" UInt];
    }
}
