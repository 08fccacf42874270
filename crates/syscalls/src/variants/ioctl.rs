//! Requests of ioctl whose argument is decoded. For others it is shown as a number.

use super::{inout, inp, out, variants};
use crate::flags::*;
use crate::model::Layout as L;
use crate::model::Role::*;

variants! {
    ioctl IOCTL select 1 {
        // Of any descriptor.
        FIOCLEX | FIONCLEX => [];
        FIONBIO | FIOASYNC => ["arg" inp(L::Int)];
        FIONREAD | FIOQSIZE | FIOGETOWN | SIOCGPGRP => ["arg" out(L::Int)];
        FIOSETOWN | SIOCSPGRP => ["arg" inp(L::Int)];

        // Terminals.
        TIOCEXCL | TIOCNXCL | TIOCNOTTY | TIOCCONS | TIOCSBRK | TIOCCBRK | TIOCVHANGUP => [];
        TCGETS => ["arg" out(L::Termios)];
        TCSETS | TCSETSW | TCSETSF => ["arg" inp(L::Termios)];
        TIOCGWINSZ => ["arg" out(L::Winsize)];
        TIOCSWINSZ => ["arg" inp(L::Winsize)];
        TIOCGPGRP | TIOCGSID | TIOCOUTQ | TIOCGETD | TIOCGPTN | TIOCGSOFTCAR | TIOCGEXCL | TIOCGPTLCK |
        TIOCGPKT => ["arg" out(L::Int)];
        TIOCSPGRP | TIOCSETD | TIOCSPTLCK | TIOCPKT | TIOCSSOFTCAR => ["arg" inp(L::Int)];
        TIOCMGET => ["arg" out(L::ModemBits)];
        TIOCMBIS | TIOCMBIC | TIOCMSET => ["arg" inp(L::ModemBits)];
        TIOCSCTTY | TCSBRK | TCSBRKP | TIOCSIG => ["arg" Int];
        TCXONC => ["arg" Enum(&TERMINAL_FLOW)];
        TCFLSH => ["arg" Enum(&TERMINAL_FLUSH)];
        TIOCGPTPEER => ["flags" Flags(&OPEN)];
        TIOCSTI => ["arg" Ptr];

        // Network interfaces.
        SIOCGIFADDR | SIOCGIFFLAGS | SIOCGIFINDEX | SIOCGIFMTU | SIOCGIFHWADDR | SIOCGIFNETMASK |
        SIOCGIFBRDADDR | SIOCGIFDSTADDR | SIOCGIFMETRIC | SIOCGIFTXQLEN | SIOCGIFNAME =>
            ["arg" inout(L::Ifreq)];
        SIOCSIFADDR | SIOCSIFFLAGS | SIOCSIFMTU | SIOCSIFHWADDR | SIOCSIFNETMASK | SIOCSIFBRDADDR |
        SIOCSIFDSTADDR | SIOCSIFMETRIC | SIOCSIFTXQLEN | SIOCSIFNAME => ["arg" inp(L::Ifreq)];
        SIOCGIFCONF => ["arg" inout(L::Ifconf)];

        // Files and block devices.
        FICLONE => ["src_fd" FdNumber];
        FS_IOC_GETFLAGS => ["arg" out(L::InodeFlags)];
        FS_IOC_SETFLAGS => ["arg" inp(L::InodeFlags)];
        FS_IOC_GETVERSION | FIGETBSZ | BLKROGET | BLKSSZGET | BLKBSZGET | BLKIOMIN | BLKIOOPT |
        BLKALIGNOFF | BLKPBSZGET | BLKROTATIONAL => ["arg" out(L::Int)];
        BLKROSET | BLKBSZSET => ["arg" inp(L::Int)];
        BLKGETSIZE64 | BLKGETSIZE | BLKRAGET | BLKFRAGET => ["arg" out(L::Long)];
        BLKRASET | BLKFRASET => ["arg" ULong];
        BLKRRPART | BLKFLSBUF => [];
        LOOP_SET_FD | LOOP_CHANGE_FD => ["fd" FdNumber];
        LOOP_CLR_FD | LOOP_SET_CAPACITY | LOOP_CTL_GET_FREE => [];
        LOOP_CTL_ADD | LOOP_CTL_REMOVE => ["nr" Int];
        CDROMEJECT | CDROMCLOSETRAY => [];
    }
}
