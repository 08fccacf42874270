//! Names of flags and constants.

use syscope_syscalls::{NameSet, flags as sets};

use super::num::{write_hex, write_hex_or_zero, write_mode};
use super::{Constants, Style};

/// A number and its meaning, as far as they are asked for: `O_RDONLY`, `0`, `0 /* O_RDONLY */`.
#[inline]
pub(crate) fn styled(
    style: &Style,
    out: &mut Vec<u8>,
    number: impl FnOnce(&mut Vec<u8>),
    name: impl FnOnce(&mut Vec<u8>),
) {
    match style.constants {
        Constants::Abbrev => name(out),
        Constants::Raw => number(out),
        Constants::Verbose => {
            number(out);
            out.extend_from_slice(b" /* ");
            name(out);
            out.extend_from_slice(b" */");
        }
    }
}

/// One name for a number that is written in hexadecimal.
pub(crate) fn write_named(value: u64, name: &str, style: &Style, out: &mut Vec<u8>) {
    styled(style, out, |out| write_hex_or_zero(value, out), |out| out.extend_from_slice(name.as_bytes()));
}

/// Bits by name, joined by `|`; what has no name in hexadecimal.
pub(crate) fn write_flags(set: &NameSet, value: u64, style: &Style, out: &mut Vec<u8>) {
    // IPC calls keep an access mode in the low bits.
    let mode = if set.field.is_empty() { set.field_mask } else { 0 };
    let value_of_flags = value & !mode;
    let field = if is_apart(set, style) { set.field_mask & !mode } else { 0 };
    if mode == 0 || value_of_flags != 0 {
        if field != 0 {
            write_enum(set, value & field, style, out);
            if value & !field != 0 {
                out.push(b'|');
                let rest = |out: &mut Vec<u8>| write_hex(value & !field, out);
                styled(style, out, rest, |out| write_bits(set, value & !field, out));
            }
        } else if has_name(set, value_of_flags) {
            let number = |out: &mut Vec<u8>| write_hex_or_zero(value_of_flags, out);
            styled(style, out, number, |out| write_names(set, value_of_flags, out));
        } else {
            write_unnamed(set, value_of_flags, style, out);
        }
    }
    if mode != 0 {
        if value_of_flags != 0 {
            out.push(b'|');
        }
        write_mode(value & mode, out);
    }
}

/// Whether a field is written as a number of its own in front of the flags.
fn is_apart(set: &NameSet, style: &Style) -> bool {
    let joined = [&sets::OPEN, &sets::MMAP, &sets::MPOL].iter().any(|joined| std::ptr::eq(set, *joined));
    style.constants != Constants::Abbrev && !joined && !set.field.is_empty()
}

/// Some part of it has.
fn has_name(set: &NameSet, value: u64) -> bool {
    let in_field = || set.field.iter().any(|(v, _)| *v == value & set.field_mask);
    let bits = |(bits, _): &(u64, &str)| value & bits == *bits && (*bits != 0 || value == 0);
    !set.field.is_empty() && in_field() || set.names.iter().any(bits)
}

fn write_names(set: &NameSet, value: u64, out: &mut Vec<u8>) {
    let below = value & set.field_mask;
    match set.field.iter().find(|(v, _)| *v == below) {
        Some((_, name)) if !set.field.is_empty() => {
            out.extend_from_slice(name.as_bytes());
            if value & !set.field_mask != 0 {
                out.push(b'|');
                write_bits(set, value & !set.field_mask, out);
            }
        }
        _ => write_bits(set, value, out),
    }
}

/// The flags alone, without the field.
fn write_bits(set: &NameSet, value: u64, out: &mut Vec<u8>) {
    let start = out.len();
    let mut rest = value;
    let join = |name: &[u8], out: &mut Vec<u8>| {
        if out.len() > start {
            out.push(b'|');
        }
        out.extend_from_slice(name);
    };
    for (bits, name) in set.names {
        if *bits != 0 && rest & bits == *bits {
            join(name.as_bytes(), out);
            rest &= !bits;
        }
    }
    if rest != 0 {
        join(b"", out);
        write_hex(rest, out);
    } else if out.len() == start {
        let none = set.names.iter().find(|(v, _)| *v == 0);
        out.extend_from_slice(none.map_or("0", |(_, name)| name).as_bytes());
    }
}

/// One value by name, or in hexadecimal with the family it should belong to.
pub(crate) fn write_enum(set: &NameSet, value: u64, style: &Style, out: &mut Vec<u8>) {
    match set.find(value) {
        Some(name) => {
            let number = |out: &mut Vec<u8>| write_hex_or_zero(value, out);
            styled(style, out, number, |out| out.extend_from_slice(name.as_bytes()));
        }
        None if value == 0 => {
            out.push(b'0');
            write_unknown(set, style, out);
        }
        None => write_unnamed(set, value, style, out),
    }
}

fn write_unnamed(set: &NameSet, value: u64, style: &Style, out: &mut Vec<u8>) {
    write_hex_or_zero(value, out);
    if value != 0 {
        write_unknown(set, style, out);
    }
}

fn write_unknown(set: &NameSet, style: &Style, out: &mut Vec<u8>) {
    if style.constants == Constants::Raw {
        return;
    }
    out.extend_from_slice(b" /* ");
    out.extend_from_slice(set.prefix.as_bytes());
    if !set.prefix.ends_with('?') {
        out.extend_from_slice(b"???");
    }
    out.extend_from_slice(b" */");
}

#[cfg(test)]
mod tests {
    use syscope_syscalls::flags;

    use super::*;

    #[test]
    fn names() {
        let check = |set: &NameSet, value, expected: &str| {
            let mut out = Vec::new();
            write_flags(set, value, &Style::default(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(&flags::OPEN, 0, "O_RDONLY");
        check(&flags::SEMGET, 0o600, "0600");
        check(&flags::SEMGET, 0xffff_ffff, "IPC_CREAT|IPC_EXCL|IPC_NOWAIT|0xfffff000|0777");
        check(&flags::OPEN, 0o2000101, "O_WRONLY|O_CREAT|O_CLOEXEC");
        check(&flags::PROT, 0, "PROT_NONE");
        check(&flags::PROT, 3, "PROT_READ|PROT_WRITE");
        check(&flags::MMAP, 0x22, "MAP_PRIVATE|MAP_ANONYMOUS");
        check(&flags::SOCK_TYPE, 0o2000001, "SOCK_STREAM|SOCK_CLOEXEC");
        let mut out = Vec::new();
        write_enum(&flags::SEEK, 99, &Style::default(), &mut out);
        assert!(String::from_utf8(out).unwrap().starts_with("0x63 /* SEEK_"));
    }
    #[test]
    fn numbers_and_names() {
        let check = |set: &NameSet, value, raw: &str, verbose: &str| {
            for (constants, expected) in [(Constants::Raw, raw), (Constants::Verbose, verbose)] {
                let mut out = Vec::new();
                write_flags(set, value, &Style { constants, ..Style::default() }, &mut out);
                assert_eq!(String::from_utf8(out).unwrap(), expected);
            }
        };
        check(&flags::OPEN, 0, "0", "0 /* O_RDONLY */");
        check(&flags::OPEN, 0o2000101, "0x80041", "0x80041 /* O_WRONLY|O_CREAT|O_CLOEXEC */");
        check(&flags::PROT, 0x803, "0x803", "0x803 /* PROT_READ|PROT_WRITE|0x800 */");
        check(&flags::PROT, 0x800, "0x800", "0x800 /* PROT_??? */");
        check(&flags::FD_FLAGS, 0, "0", "0");
        check(&flags::MSGGET, 0o3600, "0x600|0600", "0x600 /* IPC_CREAT|IPC_EXCL */|0600");
    }
}
