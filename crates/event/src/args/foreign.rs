//! Calls of other ABIs: numbers, flags and constants by their roles. What pointers lead to has other layouts there and is
//! not read.

use syscope_syscalls::foreign::Shape;
use syscope_syscalls::{CallPrinter, Ret, Role, Syscall};

use super::num::{write_hex, write_int, write_uint};
use super::{Style, separate, write_arg, write_pointer};
use crate::{Abi, Event};

const O_CREAT: u64 = 0x40;
const O_TMPFILE: u64 = 0x40_0000;

pub(super) fn write(ev: &Event<'_>, abi: Abi, style: &Style, out: &mut Vec<u8>) {
    match ev.call.foreign().map(|call| call.shape) {
        Some(Shape::Like(sys)) => like(ev, abi, sys, style, out),
        Some(Shape::Registers(count)) => registers(ev, count, out),
        None => registers(ev, ev.raw_args.len(), out),
    }
}

fn registers(ev: &Event<'_>, count: usize, out: &mut Vec<u8>) {
    for (i, arg) in ev.raw_args.iter().enumerate().take(count) {
        separate(i, out);
        write_hex(*arg, out);
    }
}

fn like(ev: &Event<'_>, abi: Abi, sys: &Syscall, style: &Style, out: &mut Vec<u8>) {
    for (i, arg) in sys.args.iter().enumerate() {
        let raw = ev.raw_args[i];
        let is_mode = sys.printer == CallPrinter::OpenMode && arg.name == "mode";
        if is_mode && i > 0 && ev.raw_args[i - 1] & (O_CREAT | O_TMPFILE) == 0 {
            return;
        }
        separate(i, out);
        match arg.role {
            // A register has 32 bits.
            Role::Long | Role::Offset if abi == Abi::I386 => write_int(i64::from(ev.int_arg(i)), out),
            Role::KcmpFd => write_uint(raw, out),
            role if is_scalar(role) => write_arg(ev, sys, i, style, out),
            _ => write_pointer(raw, out),
        }
    }
}

fn is_scalar(role: Role) -> bool {
    matches!(
        role,
        Role::Fd
            | Role::DirFd
            | Role::MmapFd
            | Role::FdNumber
            | Role::Int
            | Role::UInt
            | Role::Long
            | Role::ULong
            | Role::Hex
            | Role::Len
            | Role::Count
            | Role::Size
            | Role::Offset
            | Role::Mode
            | Role::Dev
            | Role::Uid
            | Role::Gid
            | Role::Pid
            | Role::Tid
            | Role::Sig
            | Role::Key
            | Role::Id
            | Role::KeySerial
            | Role::Clock
            | Role::TimeoutMs
            | Role::Enum(_)
            | Role::Numbered(_)
            | Role::Flags(_)
    )
}

/// What stands behind the `=`, if that is no error.
pub(super) fn write_ret(ev: &Event<'_>, ret: i64, out: &mut Vec<u8>) {
    match ev.call.foreign().map(|call| call.shape) {
        Some(Shape::Like(Syscall { ret: Ret::Addr, .. })) if ret != 0 => write_hex(ret.cast_unsigned(), out),
        _ => write_int(ret, out),
    }
}
