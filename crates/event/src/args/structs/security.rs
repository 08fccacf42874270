//! Filters, rule sets, programs and counters.

use syscope_syscalls::flags as sets;

use super::{Bytes, field, int, uint};
use crate::Event;
use crate::args::flags::{write_enum, write_flags};
use crate::args::strings::write_quoted;
use crate::args::{Style, separate, write_pointer};

pub(super) fn landlock_ruleset(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("handled_access_fs", out);
    write_flags(&sets::LANDLOCK_ACCESS_FS, b.u64(0), style, out);
    if b.0.len() >= 16 {
        field("handled_access_net", out);
        write_flags(&sets::LANDLOCK_ACCESS_NET, b.u64(8), style, out);
    }
}

pub(super) fn landlock_path(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("allowed_access", out);
    write_flags(&sets::LANDLOCK_ACCESS_FS, b.u64(0), style, out);
    int("parent_fd", i64::from(b.i32(8)), out);
}

/// As many bytes as there are, and room for.
pub(super) fn key_capabilities(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let room = ev.raw_args[2].min(ev.ret.unwrap_or_default().max(0).cast_unsigned());
    for (i, set) in
        [&sets::KEY_CAPS0, &sets::KEY_CAPS1].into_iter().enumerate().take_while(|(i, _)| (*i as u64) < room)
    {
        separate(i, out);
        write_flags(set, b.u16(0) >> (8 * i) & 0xff, style, out);
    }
}

pub(super) fn sock_fprog(b: &Bytes<'_>, out: &mut Vec<u8>) {
    uint("len", b.u16(0), out);
    field("filter", out);
    write_pointer(b.u64(8), out);
}

/// The fields of the commands that are called most; a name of them tells the others from "nothing".
pub(super) fn bpf_attr(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let len = b.0.len();
    match sets::BPF.find(u64::from(ev.int_arg(0).cast_unsigned())).unwrap_or_default() {
        "BPF_MAP_CREATE" => {
            field("map_type", out);
            write_enum(&sets::BPF_MAP_TYPE, b.u32(0), style, out);
            for (name, at) in [("key_size", 4), ("value_size", 8), ("max_entries", 12)] {
                uint(name, b.u32(at), out);
            }
            field("map_flags", out);
            write_flags(&sets::BPF_MAP_FLAGS, b.u32(16), style, out);
            if len > 20 {
                uint("inner_map_fd", b.u32(20), out);
            }
            if len > 28 {
                field("map_name", out);
                text(b, 28, style, out);
            }
        }
        "BPF_MAP_LOOKUP_ELEM" | "BPF_MAP_UPDATE_ELEM" => {
            int("map_fd", i64::from(b.i32(0)), out);
            field("key", out);
            write_pointer(b.u64(8), out);
            field("value", out);
            write_pointer(b.u64(16), out);
            field("flags", out);
            write_enum(&sets::BPF_UPDATE, b.u64(24), style, out);
        }
        "BPF_MAP_DELETE_ELEM" => {
            int("map_fd", i64::from(b.i32(0)), out);
            field("key", out);
            write_pointer(b.u64(8), out);
        }
        "BPF_MAP_GET_NEXT_KEY" => {
            int("map_fd", i64::from(b.i32(0)), out);
            field("key", out);
            write_pointer(b.u64(8), out);
            field("next_key", out);
            write_pointer(b.u64(16), out);
        }
        "BPF_PROG_LOAD" => {
            field("prog_type", out);
            write_enum(&sets::BPF_PROG_TYPE, b.u32(0), style, out);
            uint("insn_cnt", b.u32(4), out);
            field("insns", out);
            write_pointer(b.u64(8), out);
            if len > 16 {
                field("license", out);
                write_pointer(b.u64(16), out);
                uint("log_level", b.u32(24), out);
                uint("log_size", b.u32(28), out);
                field("log_buf", out);
                write_pointer(b.u64(32), out);
            }
            if len > 48 {
                field("prog_name", out);
                text(b, 48, style, out);
            }
        }
        _ => {
            let shown = &b.0[..len.min(style.string_limit)];
            write_quoted(shown, shown.len() < len, style, out);
        }
    }
}

fn text(b: &Bytes<'_>, at: usize, style: &Style, out: &mut Vec<u8>) {
    let name = b.0.get(at..b.0.len().min(at + 16)).unwrap_or_default();
    write_quoted(name.split(|&b| b == 0).next().unwrap_or_default(), false, style, out);
}
