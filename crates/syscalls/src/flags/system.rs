//! Modules, kexec, reboot, the kernel log.

use super::sets;

sets! {
    /// Flags of `delete_module`.
    DELETE_MODULE "O_???" {
        O_NONBLOCK = 0x800, O_TRUNC = 0x200,
    }

    /// Flags of `finit_module`.
    MODULE_INIT "MODULE_INIT_???" {
        MODULE_INIT_IGNORE_MODVERSIONS = 0x1, MODULE_INIT_IGNORE_VERMAGIC = 0x2,
        MODULE_INIT_COMPRESSED_FILE = 0x4,
    }

    /// Flags of `kexec_load`; the upper 16 bits are the architecture.
    KEXEC "KEXEC_???" {
        KEXEC_ON_CRASH = 0x1, KEXEC_PRESERVE_CONTEXT = 0x2, KEXEC_UPDATE_ELFCOREHDR = 0x4,
        KEXEC_CRASH_HOTPLUG_SUPPORT = 0x8,
    }

    /// Flags of `kexec_file_load`.
    KEXEC_FILE "KEXEC_FILE_???" {
        KEXEC_FILE_UNLOAD = 0x1, KEXEC_FILE_ON_CRASH = 0x2, KEXEC_FILE_NO_INITRAMFS = 0x4,
        KEXEC_FILE_DEBUG = 0x8, KEXEC_FILE_NO_CMA = 0x10, KEXEC_FILE_FORCE_DTB = 0x20,
    }

    /// First argument of `reboot`.
    REBOOT_MAGIC1 "LINUX_REBOOT_MAGIC_???" {
        LINUX_REBOOT_MAGIC1 = 0xfee1dead,
    }

    /// Second argument of `reboot`.
    REBOOT_MAGIC2 "LINUX_REBOOT_MAGIC_???" {
        LINUX_REBOOT_MAGIC2 = 672274793, LINUX_REBOOT_MAGIC2A = 85072278, LINUX_REBOOT_MAGIC2B = 369367448,
        LINUX_REBOOT_MAGIC2C = 537993216,
    }

    /// Commands of `reboot`.
    REBOOT "LINUX_REBOOT_CMD_???" {
        LINUX_REBOOT_CMD_RESTART = 0x1234567, LINUX_REBOOT_CMD_HALT = 0xcdef0123,
        LINUX_REBOOT_CMD_CAD_ON = 0x89abcdef, LINUX_REBOOT_CMD_CAD_OFF = 0,
        LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc, LINUX_REBOOT_CMD_RESTART2 = 0xa1b2c3d4,
        LINUX_REBOOT_CMD_SW_SUSPEND = 0xd000fce2, LINUX_REBOOT_CMD_KEXEC = 0x45584543,
    }

    /// Actions of `syslog`.
    SYSLOG "SYSLOG_ACTION_???" {
        SYSLOG_ACTION_CLOSE = 0, SYSLOG_ACTION_OPEN = 1, SYSLOG_ACTION_READ = 2, SYSLOG_ACTION_READ_ALL = 3,
        SYSLOG_ACTION_READ_CLEAR = 4, SYSLOG_ACTION_CLEAR = 5, SYSLOG_ACTION_CONSOLE_OFF = 6,
        SYSLOG_ACTION_CONSOLE_ON = 7, SYSLOG_ACTION_CONSOLE_LEVEL = 8, SYSLOG_ACTION_SIZE_UNREAD = 9,
        SYSLOG_ACTION_SIZE_BUFFER = 10,
    }
}
