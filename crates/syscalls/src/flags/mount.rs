//! Mounts and quotas.

use super::sets;

sets! {
    /// Flags of `mount`.
    MOUNT "MS_???" {
        MS_MGC_VAL = 0xc0ed0000, MS_RDONLY = 0x1, MS_NOSUID = 0x2, MS_NODEV = 0x4, MS_NOEXEC = 0x8,
        MS_SYNCHRONOUS = 0x10, MS_REMOUNT = 0x20, MS_MANDLOCK = 0x40, MS_DIRSYNC = 0x80,
        MS_NOSYMFOLLOW = 0x100, MS_NOATIME = 0x400, MS_NODIRATIME = 0x800, MS_BIND = 0x1000, MS_MOVE = 0x2000,
        MS_REC = 0x4000, MS_SILENT = 0x8000, MS_POSIXACL = 0x10000, MS_UNBINDABLE = 0x20000,
        MS_PRIVATE = 0x40000, MS_SLAVE = 0x80000, MS_SHARED = 0x100000, MS_RELATIME = 0x200000,
        MS_KERNMOUNT = 0x400000, MS_I_VERSION = 0x800000, MS_STRICTATIME = 0x1000000, MS_LAZYTIME = 0x2000000,
        MS_SUBMOUNT = 0x4000000, MS_NOREMOTELOCK = 0x8000000, MS_NOSEC = 0x10000000, MS_BORN = 0x20000000,
        MS_ACTIVE = 0x40000000, MS_NOUSER = 0x80000000,
    }

    /// Flags of `umount2`.
    UMOUNT "MNT_???" {
        MNT_FORCE = 0x1, MNT_DETACH = 0x2, MNT_EXPIRE = 0x4, UMOUNT_NOFOLLOW = 0x8,
    }

    /// Flags of `swapon`; the lowest 15 bits are the priority.
    SWAP "SWAP_FLAG_???" {
        SWAP_FLAG_PREFER = 0x8000, SWAP_FLAG_DISCARD = 0x10000, SWAP_FLAG_DISCARD_ONCE = 0x20000,
        SWAP_FLAG_DISCARD_PAGES = 0x40000,
    }

    /// Flags of `open_tree`.
    OPEN_TREE "OPEN_TREE_???" {
        OPEN_TREE_CLONE = 0x1, OPEN_TREE_NAMESPACE = 0x2, OPEN_TREE_CLOEXEC = 0x80000,
        AT_SYMLINK_NOFOLLOW = 0x100, AT_NO_AUTOMOUNT = 0x800, AT_EMPTY_PATH = 0x1000, AT_RECURSIVE = 0x8000,
    }

    /// Flags of `move_mount`.
    MOVE_MOUNT "MOVE_MOUNT_???" {
        MOVE_MOUNT_F_SYMLINKS = 0x1, MOVE_MOUNT_F_AUTOMOUNTS = 0x2, MOVE_MOUNT_F_EMPTY_PATH = 0x4,
        MOVE_MOUNT_T_SYMLINKS = 0x10, MOVE_MOUNT_T_AUTOMOUNTS = 0x20, MOVE_MOUNT_T_EMPTY_PATH = 0x40,
        MOVE_MOUNT_SET_GROUP = 0x100, MOVE_MOUNT_BENEATH = 0x200,
    }

    /// Flags of `fsopen`.
    FSOPEN "FSOPEN_???" {
        FSOPEN_CLOEXEC = 0x1,
    }

    /// Commands of `fsconfig`.
    FSCONFIG "FSCONFIG_???" {
        FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_SET_BINARY = 2, FSCONFIG_SET_PATH = 3,
        FSCONFIG_SET_PATH_EMPTY = 4, FSCONFIG_SET_FD = 5, FSCONFIG_CMD_CREATE = 6,
        FSCONFIG_CMD_RECONFIGURE = 7, FSCONFIG_CMD_CREATE_EXCL = 8,
    }

    /// Flags of `fsmount`.
    FSMOUNT "FSMOUNT_???" {
        FSMOUNT_CLOEXEC = 0x1, FSMOUNT_NAMESPACE = 0x2,
    }

    /// Attributes of `fsmount` and `mount_setattr`.
    MOUNT_ATTR "MOUNT_ATTR_???" {
        MOUNT_ATTR_RDONLY = 0x1, MOUNT_ATTR_NOSUID = 0x2, MOUNT_ATTR_NODEV = 0x4, MOUNT_ATTR_NOEXEC = 0x8,
        MOUNT_ATTR__ATIME = 0x70, MOUNT_ATTR_NOATIME = 0x10, MOUNT_ATTR_STRICTATIME = 0x20,
        MOUNT_ATTR_NODIRATIME = 0x80, MOUNT_ATTR_IDMAP = 0x100000, MOUNT_ATTR_NOSYMFOLLOW = 0x200000,
    }

    /// Flags of `fspick`.
    FSPICK "FSPICK_???" {
        FSPICK_CLOEXEC = 0x1, FSPICK_SYMLINK_NOFOLLOW = 0x2, FSPICK_NO_AUTOMOUNT = 0x4,
        FSPICK_EMPTY_PATH = 0x8,
    }

    /// Flags of `listmount`.
    LISTMOUNT "LISTMOUNT_???" {
        LISTMOUNT_REVERSE = 0x1,
    }

    /// Flags of `statmount`.
    STATMOUNT "STATMOUNT_???" {
        STATMOUNT_BY_FD = 0x1,
    }

    /// Commands of `quotactl`, without the type in the lowest 8 bits.
    QUOTA_CMD "Q_???" {
        Q_SYNC = 0x800001, Q_QUOTAON = 0x800002, Q_QUOTAOFF = 0x800003, Q_GETFMT = 0x800004,
        Q_GETINFO = 0x800005, Q_SETINFO = 0x800006, Q_GETQUOTA = 0x800007, Q_SETQUOTA = 0x800008,
        Q_GETNEXTQUOTA = 0x800009, Q_XQUOTAON = 0x5801, Q_XQUOTAOFF = 0x5802, Q_XGETQUOTA = 0x5803,
        Q_XSETQLIM = 0x5804, Q_XGETQSTAT = 0x5805, Q_XQUOTARM = 0x5806, Q_XQUOTASYNC = 0x5807,
        Q_XGETQSTATV = 0x5808, Q_XGETNEXTQUOTA = 0x5809,
    }

    /// The lowest 8 bits of a quota command.
    QUOTA_TYPE "???QUOTA" {
        USRQUOTA = 0, GRPQUOTA = 1, PRJQUOTA = 2,
    }

    /// Formats of `Q_QUOTAON`.
    QUOTA_FORMAT "QFMT_VFS_???" {
        QFMT_VFS_OLD = 1, QFMT_VFS_V0 = 2, QFMT_OCFS2 = 3, QFMT_VFS_V1 = 4, QFMT_SHMEM = 5,
    }

    /// `propagation` of `struct mount_attr`.
    PROPAGATION "MS_???" {
        MS_UNBINDABLE = 0x20000, MS_PRIVATE = 0x40000, MS_SLAVE = 0x80000, MS_SHARED = 0x100000,
    }
}
