//! Queues, semaphores, shared memory, futexes, rings.

use syscope_syscalls::flags as sets;

use super::{Bytes, field, hex, int, uint};
use crate::Event;
use crate::args::fd::write_fd;
use crate::args::flags::{write_enum, write_flags};
use crate::args::num::{write_int, write_mode, write_uint};
use crate::args::{Style, date, write_pointer};

pub(super) fn mq_attr(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    field("mq_flags", out);
    write_flags(&sets::MQ_FLAGS, b.u64(0), style, out);
    for (name, at) in [("mq_maxmsg", 8), ("mq_msgsize", 16), ("mq_curmsgs", 24)] {
        int(name, b.i64(at), out);
    }
}

pub(super) fn sembuf(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    uint("sem_num", b.u16(0), out);
    field("sem_op", out);
    write_int(i64::from(b.i16(2)), out);
    field("sem_flg", out);
    write_flags(&sets::SEMOP, b.u16(4), style, out);
}

/// Owner and rights, under the name of the structure that they are part of.
fn perm(name: &str, b: &Bytes<'_>, out: &mut Vec<u8>) {
    field(name, out);
    owner(b, out);
    out.pop();
    uint("key", b.u32(0), out);
    uint("cuid", b.u32(12), out);
    uint("cgid", b.u32(16), out);
    out.push(b'}');
}

/// What of it can be set.
fn owner(b: &Bytes<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{uid=");
    write_uint(b.u32(4), out);
    uint("gid", b.u32(8), out);
    field("mode", out);
    write_mode(b.u32(20), out);
    out.push(b'}');
}

fn moment(name: &str, b: &Bytes<'_>, at: usize, out: &mut Vec<u8>) {
    int(name, b.i64(at), out);
    date::write_comment(b.i64(at), 0, 9, out);
}

pub(super) fn msqid_ds(b: &Bytes<'_>, out: &mut Vec<u8>) {
    perm("msg_perm", b, out);
    moment("msg_stime", b, 48, out);
    moment("msg_rtime", b, 56, out);
    moment("msg_ctime", b, 64, out);
    uint("msg_qnum", b.u64(80), out);
    uint("msg_qbytes", b.u64(88), out);
    int("msg_lspid", i64::from(b.i32(96)), out);
    int("msg_lrpid", i64::from(b.i32(100)), out);
}

pub(super) fn shmid_ds(b: &Bytes<'_>, out: &mut Vec<u8>) {
    perm("shm_perm", b, out);
    uint("shm_segsz", b.u64(48), out);
    int("shm_cpid", i64::from(b.i32(80)), out);
    int("shm_lpid", i64::from(b.i32(84)), out);
    uint("shm_nattch", b.u64(88), out);
    moment("shm_atime", b, 56, out);
    moment("shm_dtime", b, 64, out);
    moment("shm_ctime", b, 72, out);
}

pub(super) fn semid_ds(ev: &Event<'_>, b: &Bytes<'_>, out: &mut Vec<u8>) {
    // Nothing else of it is set.
    if sets::SEMCTL.find(ev.raw_args[2] & 0xff) == Some("IPC_SET") {
        field("sem_perm", out);
        return owner(b, out);
    }
    perm("sem_perm", b, out);
    int("sem_otime", b.i64(48), out);
    int("sem_ctime", b.i64(64), out);
    uint("sem_nsems", b.u64(80), out);
}

/// Limits of all semaphores, or what is in use.
pub(super) fn seminfo(b: &Bytes<'_>, out: &mut Vec<u8>) {
    let fields =
        ["semmap", "semmni", "semmns", "semmnu", "semmsl", "semopm", "semume", "semusz", "semvmx", "semaem"];
    for (i, name) in fields.into_iter().enumerate() {
        int(name, i64::from(b.i32(4 * i)), out);
    }
}

pub(super) fn futex_waitv(b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    hex("val", b.u64(0), out);
    field("uaddr", out);
    write_pointer(b.u64(8), out);
    field("flags", out);
    write_flags(&sets::FUTEX_WAITV, b.u32(16), style, out);
}

pub(super) fn io_event(b: &Bytes<'_>, out: &mut Vec<u8>) {
    hex("data", b.u64(0), out);
    field("obj", out);
    write_pointer(b.u64(8), out);
    int("res", b.i64(16), out);
    int("res2", b.i64(24), out);
}

pub(super) fn iocb(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    let (opcode, data) = (b.u16(16), b.u64(0));
    hex("aio_data", data, out);
    if b.u32(8) != 0 {
        uint("aio_key", b.u32(8), out);
    }
    field("aio_lio_opcode", out);
    write_enum(&sets::IOCB_CMD, opcode, style, out);
    field("aio_fildes", out);
    write_fd(b.i32(20), None, style, out);
    // io_cancel only compares the address.
    if ev.syscall().is_none_or(|s| s.name != "io_submit") {
        return;
    }
    if matches!(opcode, 0 | 1 | 7 | 8) {
        field("aio_buf", out);
        write_pointer(b.u64(24), out);
        uint("aio_nbytes", b.u64(32), out);
        int("aio_offset", b.i64(40), out);
    }
    if b.u32(56) & 1 != 0 {
        field("aio_resfd", out);
        write_fd(b.i32(60), None, style, out);
    }
    if b.u32(56) != 0 {
        field("aio_flags", out);
        write_flags(&sets::IOCB_FLAG, b.u32(56), style, out);
    }
}

/// What is asked for before the call, and what it stored after it.
pub(super) fn uring_params(ev: &Event<'_>, b: &Bytes<'_>, style: &Style, out: &mut Vec<u8>) {
    const CQSIZE: u64 = 8;
    field("flags", out);
    write_flags(&sets::IORING_SETUP, b.u32(8), style, out);
    if b.u32(8) & CQSIZE != 0 && ev.errno().is_some() {
        uint("cq_entries", b.u32(4), out);
    }
    hex("sq_thread_cpu", b.u32(12), out);
    uint("sq_thread_idle", b.u32(16), out);
    if ev.errno().is_some() {
        return;
    }
    uint("sq_entries", b.u32(0), out);
    uint("cq_entries", b.u32(4), out);
    field("features", out);
    write_flags(&sets::IORING_FEAT, b.u32(20), style, out);
    offsets(
        "sq_off",
        &["head", "tail", "ring_mask", "ring_entries", "flags", "dropped", "array"],
        b,
        40,
        out,
    );
    offsets(
        "cq_off",
        &["head", "tail", "ring_mask", "ring_entries", "overflow", "cqes", "flags"],
        b,
        80,
        out,
    );
}

fn offsets(name: &str, fields: &[&str], b: &Bytes<'_>, at: usize, out: &mut Vec<u8>) {
    field(name, out);
    out.push(b'{');
    for (i, field) in fields.iter().enumerate() {
        uint(field, b.u32(at + 4 * i), out);
    }
    out.push(b'}');
}
