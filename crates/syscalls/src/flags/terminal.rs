//! Terminals: modes, flow, modem lines.

use super::sets;

sets! {
    /// `c_iflag`.
    TERM_INPUT "I???" {
        IGNBRK = 0x1, BRKINT = 0x2, IGNPAR = 0x4, PARMRK = 0x8, INPCK = 0x10, ISTRIP = 0x20, INLCR = 0x40,
        IGNCR = 0x80, ICRNL = 0x100, IUCLC = 0x200, IXON = 0x400, IXANY = 0x800, IXOFF = 0x1000,
        IMAXBEL = 0x2000, IUTF8 = 0x4000,
    }

    /// `c_oflag` without its delays.
    TERM_OUTPUT "O???" {
        OPOST = 0x1, OLCUC = 0x2, ONLCR = 0x4, OCRNL = 0x8, ONOCR = 0x10, ONLRET = 0x20, OFILL = 0x40,
        OFDEL = 0x80,
    }

    /// Delay after a new line in `c_oflag`.
    TERM_NEW_LINE "NL???" { NL0 = 0, NL1 = 0x100 }

    /// Delay after a carriage return.
    TERM_RETURN "CR???" { CR0 = 0, CR1 = 0x200, CR2 = 0x400, CR3 = 0x600 }

    /// Delay of a tab.
    TERM_TAB "TAB???" { TAB0 = 0, TAB1 = 0x800, TAB2 = 0x1000, TAB3 = 0x1800 }

    /// Delay of a backspace.
    TERM_BACKSPACE "BS???" { BS0 = 0, BS1 = 0x2000 }

    /// Delay of a vertical tab.
    TERM_VERTICAL "VT???" { VT0 = 0, VT1 = 0x4000 }

    /// Delay of a form feed.
    TERM_FORM_FEED "FF???" { FF0 = 0, FF1 = 0x8000 }

    /// Speed in `c_cflag`.
    TERM_SPEED "B???" {
        B0 = 0, B50 = 0x1, B75 = 0x2, B110 = 0x3, B134 = 0x4, B150 = 0x5, B200 = 0x6, B300 = 0x7, B600 = 0x8,
        B1200 = 0x9, B1800 = 0xa, B2400 = 0xb, B4800 = 0xc, B9600 = 0xd, B19200 = 0xe, B38400 = 0xf,
        BOTHER = 0x1000, B57600 = 0x1001, B115200 = 0x1002, B230400 = 0x1003, B460800 = 0x1004,
        B500000 = 0x1005, B576000 = 0x1006, B921600 = 0x1007, B1000000 = 0x1008, B1152000 = 0x1009,
        B1500000 = 0x100a, B2000000 = 0x100b, B2500000 = 0x100c, B3000000 = 0x100d, B3500000 = 0x100e,
        B4000000 = 0x100f,
    }

    /// Bits of a character in `c_cflag`.
    TERM_SIZE "CS???" { CS5 = 0, CS6 = 0x10, CS7 = 0x20, CS8 = 0x30 }

    /// `c_cflag` without speed and size.
    TERM_CONTROL "C???" {
        CSTOPB = 0x40, CREAD = 0x80, PARENB = 0x100, PARODD = 0x200, HUPCL = 0x400, CLOCAL = 0x800,
        ADDRB = 0x20000000, CMSPAR = 0x40000000, CRTSCTS = 0x80000000,
    }

    /// `c_lflag`.
    TERM_LOCAL "ECHO???" {
        ISIG = 0x1, ICANON = 0x2, XCASE = 0x4, ECHO = 0x8, ECHOE = 0x10, ECHOK = 0x20, ECHONL = 0x40,
        NOFLSH = 0x80, TOSTOP = 0x100, IEXTEN = 0x8000, ECHOCTL = 0x200, ECHOPRT = 0x400, ECHOKE = 0x800,
        FLUSHO = 0x1000, PENDIN = 0x4000, EXTPROC = 0x10000,
    }

    /// Argument of `TCXONC`.
    TERMINAL_FLOW "TC???" { TCOOFF = 0, TCOON = 1, TCIOFF = 2, TCION = 3 }

    /// Argument of `TCFLSH`.
    TERMINAL_FLUSH "TC???" { TCIFLUSH = 0, TCOFLUSH = 1, TCIOFLUSH = 2 }

    /// Lines of a modem.
    MODEM_LINES "TIOCM_???" {
        TIOCM_LE = 0x1, TIOCM_DTR = 0x2, TIOCM_RTS = 0x4, TIOCM_ST = 0x8, TIOCM_SR = 0x10, TIOCM_CTS = 0x20,
        TIOCM_CAR = 0x40, TIOCM_RNG = 0x80, TIOCM_DSR = 0x100, TIOCM_OUT1 = 0x2000, TIOCM_OUT2 = 0x4000,
        TIOCM_LOOP = 0x8000,
    }

    /// Line discipline: `c_line`.
    TERM_LINE "N_???" {
        N_TTY = 0, N_SLIP = 1, N_MOUSE = 2, N_PPP = 3, N_STRIP = 4, N_AX25 = 5, N_X25 = 6, N_6PACK = 7,
        N_HDLC = 13, N_SYNC_PPP = 14, N_HCI = 15, N_SLCAN = 17, N_PPS = 18, N_GSM0710 = 21, N_NCI = 25,
    }
}
