//! Names of flags and constants.

use syscope_syscalls::NameSet;

use super::num::{write_hex, write_hex_or_zero, write_mode};

/// Bits by name, joined by `|`; what has no name in hexadecimal.
pub(crate) fn write_flags(set: &NameSet, value: u64, out: &mut Vec<u8>) {
    let start = out.len();
    let mut rest = value;
    let join = |name: &[u8], out: &mut Vec<u8>| {
        if out.len() > start {
            out.push(b'|');
        }
        out.extend_from_slice(name);
    };
    if !set.field.is_empty() {
        let below = value & set.field_mask;
        if let Some((_, name)) = set.field.iter().find(|(v, _)| *v == below) {
            join(name.as_bytes(), out);
            rest &= !set.field_mask;
        }
    }
    let mode = set.field_mask != 0 && set.field.is_empty();
    for (bits, name) in set.names {
        if *bits != 0 && rest & bits == *bits && !(mode && bits & set.field_mask != 0) {
            join(name.as_bytes(), out);
            rest &= !bits;
        }
    }
    if mode {
        // IPC calls keep an access mode in the low bits.
        join(b"", out);
        write_mode(rest & set.field_mask, out);
        rest &= !set.field_mask;
    }
    if rest != 0 {
        let unnamed = out.len() == start;
        join(b"", out);
        write_hex(rest, out);
        if unnamed {
            write_unknown(set, out);
        }
    } else if out.len() == start {
        match set.names.iter().find(|(v, _)| *v == 0) {
            Some((_, name)) => out.extend_from_slice(name.as_bytes()),
            None => out.push(b'0'),
        }
    }
}

/// One value by name, or in hexadecimal with the family it should belong to.
pub(crate) fn write_enum(set: &NameSet, value: u64, out: &mut Vec<u8>) {
    match set.find(value) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => {
            write_hex_or_zero(value, out);
            write_unknown(set, out);
        }
    }
}

fn write_unknown(set: &NameSet, out: &mut Vec<u8>) {
    out.extend_from_slice(b" /* ");
    out.extend_from_slice(set.prefix.as_bytes());
    if !set.prefix.ends_with("???") {
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
            write_flags(set, value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(&flags::OPEN, 0, "O_RDONLY");
        check(&flags::OPEN, 0o2000101, "O_WRONLY|O_CREAT|O_CLOEXEC");
        check(&flags::PROT, 0, "PROT_NONE");
        check(&flags::PROT, 3, "PROT_READ|PROT_WRITE");
        check(&flags::MMAP, 0x22, "MAP_PRIVATE|MAP_ANONYMOUS");
        check(&flags::SOCK_TYPE, 0o2000001, "SOCK_STREAM|SOCK_CLOEXEC");
        let mut out = Vec::new();
        write_enum(&flags::SEEK, 99, &mut out);
        assert!(String::from_utf8(out).unwrap().starts_with("0x63 /* SEEK_"));
    }
}
