//! `struct perf_event_attr`.

use syscope_syscalls::flags as sets;

use super::{Bytes, field, hex, uint};
use crate::args::Style;
use crate::args::flags::{write_enum, write_flags};
use crate::args::num::{write_hex, write_hex_or_zero, write_uint};

const HARDWARE: u64 = 0;
const SOFTWARE: u64 = 1;
const TRACEPOINT: u64 = 2;
const HW_CACHE: u64 = 3;
const BREAKPOINT: u64 = 5;

const FREQ: u64 = 1 << 10;
const WATERMARK: u64 = 1 << 14;
const USE_CLOCKID: u64 = 1 << 25;
const BRANCH_STACK: u64 = 1 << 11;
const STACK_USER: u64 = 1 << 13;

/// Bits below those of `precise_ip`, from the lowest one on.
const LOW_BITS: [&str; 15] = [
    "disabled",
    "inherit",
    "pinned",
    "exclusive",
    "exclude_user",
    "exclude_kernel",
    "exclude_hv",
    "exclude_idle",
    "mmap",
    "comm",
    "freq",
    "inherit_stat",
    "enable_on_exec",
    "task",
    "watermark",
];

/// Bits above them.
const HIGH_BITS: [&str; 21] = [
    "mmap_data",
    "sample_id_all",
    "exclude_host",
    "exclude_guest",
    "exclude_callchain_kernel",
    "exclude_callchain_user",
    "mmap2",
    "comm_exec",
    "use_clockid",
    "context_switch",
    "write_backward",
    "namespaces",
    "ksymbol",
    "bpf_event",
    "aux_output",
    "cgroup",
    "text_poke",
    "build_id",
    "inherit_thread",
    "remove_on_exec",
    "sigtrap",
];

pub(super) fn attr(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let (kind, bits) = (b.u32(0), b.u64(40));
    field("type", out);
    write_enum(&sets::PERF_TYPE, kind, style, out);
    field("size", out);
    write_enum(&sets::PERF_ATTR_SIZE, b.u32(4), style, out);
    field("config", out);
    config(kind, b.u64(8), style, out);
    uint(if bits & FREQ != 0 { "sample_freq" } else { "sample_period" }, b.u64(16), out);
    field("sample_type", out);
    write_flags(&sets::PERF_SAMPLE, b.u64(24), style, out);
    field("read_format", out);
    write_flags(&sets::PERF_READ, b.u64(32), style, out);
    flags(&LOW_BITS, bits, style, out);
    let skid = bits >> LOW_BITS.len() & 3;
    uint("precise_ip", skid, out);
    out.extend_from_slice(match skid {
        0 => b" /* arbitrary skid */",
        1 => b" /* constant skid */",
        2 => b" /* requested to have 0 skid */",
        _ => b" /* must have 0 skid */",
    });
    flags(&HIGH_BITS, bits >> (LOW_BITS.len() + 2), style, out);
    let unknown = bits >> (LOW_BITS.len() + 2 + HIGH_BITS.len());
    if unknown != 0 {
        hex("__reserved_1", unknown, out);
        out.extend_from_slice(b" /* Bits 63..38 */");
    }
    if style.verbose {
        rest(b, kind, bits, style, out);
    } else {
        out.extend_from_slice(b", ...");
    }
}

/// Those that are set; all of them with `-v`.
fn flags(names: &[&str], bits: u64, style: &Style, out: &mut Vec<u8>) {
    for (i, name) in names.iter().enumerate() {
        let bit = bits >> i & 1;
        if bit != 0 || style.verbose {
            uint(name, bit, out);
        }
    }
}

/// What is counted. Above 32 bits: by which part of the machine.
fn config(kind: u64, config: u64, style: &Style, out: &mut Vec<u8>) {
    if matches!(kind, HARDWARE | HW_CACHE) && config >> 32 != 0 {
        write_hex(config >> 32, out);
        out.extend_from_slice(b"<<32|");
    }
    match kind {
        HARDWARE => write_enum(&sets::PERF_HARDWARE, config & 0xffff_ffff, style, out),
        SOFTWARE => write_enum(&sets::PERF_SOFTWARE, config, style, out),
        TRACEPOINT => write_uint(config, out),
        HW_CACHE => {
            if config >> 24 & 0xff != 0 {
                write_hex(config >> 24 & 0xff, out);
                out.extend_from_slice(b"<<24|");
            }
            write_enum(&sets::PERF_CACHE_RESULT, config >> 16 & 0xff, style, out);
            out.extend_from_slice(b"<<16|");
            write_enum(&sets::PERF_CACHE_OP, config >> 8 & 0xff, style, out);
            out.extend_from_slice(b"<<8|");
            write_enum(&sets::PERF_CACHE, config & 0xff, style, out);
        }
        _ => write_hex_or_zero(config, out),
    }
}

/// What only `-v` shows, as far as the structure goes.
fn rest(b: &Bytes<'_>, kind: u64, bits: u64, style: &Style, out: &mut Vec<u8>) {
    let has = |at: usize| at < b.0.len();
    uint(if bits & WATERMARK != 0 { "wakeup_watermark" } else { "wakeup_events" }, b.u32(48), out);
    if kind == BREAKPOINT {
        field("bp_type", out);
        write_enum(&sets::PERF_BREAKPOINT, b.u32(52), style, out);
    }
    hex(if kind == BREAKPOINT { "bp_addr" } else { "config1" }, b.u64(56), out);
    if !has(64) {
        return;
    }
    match kind {
        BREAKPOINT => uint("bp_len", b.u64(64), out),
        _ => hex("config2", b.u64(64), out),
    }
    if has(72) && b.u64(24) & BRANCH_STACK != 0 {
        field("branch_sample_type", out);
        write_flags(&sets::PERF_BRANCH, b.u64(72), style, out);
    }
    if has(80) {
        hex("sample_regs_user", b.u64(80), out);
    }
    if has(88) && b.u64(24) & STACK_USER != 0 {
        hex("sample_stack_user", b.u32(88), out);
    }
    if has(92) && bits & USE_CLOCKID != 0 {
        field("clockid", out);
        write_enum(&sets::CLOCK, b.u32(92), style, out);
    }
    if has(96) {
        hex("sample_regs_intr", b.u64(96), out);
    }
    for (name, at) in [("aux_watermark", 104), ("sample_max_stack", 108), ("aux_sample_size", 112)] {
        if has(at) {
            uint(name, if at == 108 { b.u16(at) } else { b.u32(at) }, out);
        }
    }
    if has(120) {
        hex("sig_data", b.u64(120), out);
    }
}
