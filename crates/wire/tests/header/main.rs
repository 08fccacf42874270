//! `crates/wire` against `bpf/wire.h` itself: every number and every field of the C header has its twin.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod layout;
mod odd;

use std::collections::{BTreeMap, BTreeSet};

use layout::{CHeader, Filled};
use syscope_wire as wire;
use wire::{BytesRule, CapKind, CapPlan, CapWhen, Counters, LenKind, Lost, Plan, Record, VariantKey};
use wire::{Cell, CountKey, ErrorKey, Gaps, Group, How};
use wire::{call_flags, cap_flags, cap_part, file_flags, file_kind, kind, plan_flags};

/// The header as it stands in the tree.
fn header() -> CHeader {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../bpf/wire.h");
    CHeader::parse(&std::fs::read_to_string(path).expect("bpf/wire.h can be read"))
}

/// What the Rust side holds for each name of the header.
fn twins() -> BTreeMap<&'static str, u64> {
    let mut all = BTreeMap::new();
    let mut put = |pairs: &[(&'static str, u64)]| all.extend(pairs.iter().copied());
    put(&[
        ("WIRE_VERSION", wire::VERSION.into()),
        ("WIRE_COMM", wire::COMM as u64),
        ("WIRE_ARGS", wire::ARGS as u64),
        ("WIRE_CALLS", wire::CALLS as u64),
        ("WIRE_STR_MAX", wire::STR_MAX as u64),
        ("WIRE_BUF_MAX", wire::BUF_MAX as u64),
        ("WIRE_ARGV_MAX", wire::ARGV_MAX as u64),
        ("WIRE_ARRAY_BYTES", wire::ARRAY_BYTES as u64),
        ("WIRE_PATH_MAX", wire::PATH_MAX as u64),
        ("WIRE_CAPS", wire::CAPS as u64),
        ("WIRE_STASHES", wire::STASHES as u64),
        ("WIRE_STASH", wire::STASH as u64),
        ("CAP_RET", wire::CAP_RET.into()),
        ("CAP_PART_SHIFT", wire::CAP_PART_SHIFT.into()),
    ]);
    put(&[
        ("REC_CALL", kind::CALL.into()),
        ("REC_ENTER", kind::ENTER.into()),
        ("REC_TASK", kind::TASK.into()),
        ("REC_FILE", kind::FILE.into()),
        ("REC_FORK", kind::FORK.into()),
        ("REC_EXEC", kind::EXEC.into()),
        ("REC_EXIT", kind::EXIT.into()),
        ("REC_SIGNAL", kind::SIGNAL.into()),
    ]);
    put(&[
        ("CALL_NORETURN", call_flags::NORETURN.into()),
        ("CALL_UNFINISHED", call_flags::UNFINISHED.into()),
        ("CALL_COMPAT", call_flags::COMPAT.into()),
        ("CALL_X32", call_flags::X32.into()),
        ("CALL_HAS_GAP", call_flags::HAS_GAP.into()),
        ("CALL_ENTER_LOST", call_flags::ENTER_LOST.into()),
        ("CALL_HAS_ENTER", call_flags::HAS_ENTER.into()),
        ("CALL_NAME_LOST", call_flags::NAME_LOST.into()),
        ("CALL_SAMPLED", call_flags::SAMPLED.into()),
    ]);
    put(&[
        ("CAP_ENTER", cap_flags::ENTER.into()),
        ("CAP_FAULT", cap_flags::FAULT.into()),
        ("CAP_TRUNC", cap_flags::TRUNC.into()),
        ("CAP_FILE", cap_flags::FILE.into()),
    ]);
    put(&[
        ("PART_NAME", cap_part::NAME.into()),
        ("PART_IOV", cap_part::IOV.into()),
        ("PART_DATA", cap_part::DATA.into()),
        ("PART_CONTROL", cap_part::CONTROL.into()),
        ("PART_ELEMENT", cap_part::ELEMENT.into()),
        ("FILE_PATH", file_kind::PATH.into()),
        ("FILE_PIPE", file_kind::PIPE.into()),
        ("FILE_SOCKET", file_kind::SOCKET.into()),
        ("FILE_ANON", file_kind::ANON.into()),
        ("FILE_PSEUDO", file_kind::PSEUDO.into()),
        ("FILE_NS", file_kind::NS.into()),
        ("FILE_DELETED", file_flags::DELETED.into()),
        ("FILE_PARTIAL", file_flags::PARTIAL.into()),
        ("FILE_OUTSIDE", file_flags::OUTSIDE.into()),
        ("FILE_TRUNC", file_flags::TRUNC.into()),
    ]);
    put(&[
        ("PLAN_EMIT", plan_flags::EMIT.into()),
        ("PLAN_NORETURN", plan_flags::NORETURN.into()),
        ("PLAN_RET_FD", plan_flags::RET_FD.into()),
        ("PLAN_CWD", plan_flags::CWD.into()),
        ("PLAN_CWD2", plan_flags::CWD2.into()),
        ("PLAN_MMAP", plan_flags::MMAP.into()),
        ("PLAN_EXEC", plan_flags::EXEC.into()),
        ("PLAN_ENTER_CAPS", plan_flags::ENTER_CAPS.into()),
        ("PLAN_EXIT_CAPS", plan_flags::EXIT_CAPS.into()),
        ("PLAN_FCNTL", plan_flags::FCNTL.into()),
        ("PLAN_SHORT", plan_flags::SHORT.into()),
        ("PLAN_VARIANT", plan_flags::VARIANT.into()),
        ("PLAN_STRINGS", plan_flags::STRINGS.into()),
        ("PLAN_MOVES_FD", plan_flags::MOVES_FD.into()),
        ("PLAN_FILE_ARG", plan_flags::FILE_ARG.into()),
        ("PLAN_FILE_RET", plan_flags::FILE_RET.into()),
        ("PLAN_SPECIAL", plan_flags::SPECIAL.into()),
    ]);
    put(&[
        ("CK_NONE", CapKind::None as u64),
        ("CK_STR", CapKind::Str as u64),
        ("CK_BUF", CapKind::Buf as u64),
        ("CK_MEM", CapKind::Mem as u64),
        ("CK_ARGV", CapKind::Argv as u64),
        ("CK_ENVP", CapKind::Envp as u64),
        ("CK_SOCKADDR", CapKind::Sockaddr as u64),
        ("CK_FDS", CapKind::Fds as u64),
        ("CK_IOV", CapKind::Iov as u64),
        ("CK_MSG", CapKind::Msg as u64),
        ("CK_MMSG", CapKind::Mmsg as u64),
        ("CK_POINTERS", CapKind::Pointers as u64),
        ("CK_DIRENTS", CapKind::Dirents as u64),
        ("CK_POLLFDS", CapKind::PollFds as u64),
        ("CK_FDSET", CapKind::FdSet as u64),
        ("CK_FOLLOW", CapKind::Follow as u64),
        ("LEN_FIXED", LenKind::Fixed as u64),
        ("LEN_ARG", LenKind::Arg as u64),
        ("LEN_RET", LenKind::Ret as u64),
        ("LEN_PTR", LenKind::Ptr as u64),
        ("LEN_BOTH", LenKind::Both as u64),
        ("LEN_BITS", LenKind::Bits as u64),
        ("LEN_FIELD", LenKind::Field as u64),
        ("LEN_INT", LenKind::Int as u64),
        ("LEN_PAGES", LenKind::Pages as u64),
        ("WHEN_EXIT", CapWhen::Exit as u64),
        ("WHEN_EXIT_OK", CapWhen::ExitOk as u64),
        ("WHEN_ENTER", CapWhen::Enter as u64),
        ("WHEN_OVERLAP", CapWhen::Overlap as u64),
        ("WHEN_STASH", CapWhen::Stash as u64),
    ]);
    put(&[
        ("LOST_CALL", Lost::Call as u64),
        ("LOST_ENTER", Lost::Enter as u64),
        ("LOST_TASK", Lost::Task as u64),
        ("LOST_FILE", Lost::File as u64),
        ("LOST_EVENT", Lost::Event as u64),
        ("LOST_STATE", Lost::State as u64),
        ("LOST_SUPERSEDED", Lost::Superseded as u64),
        ("LOST_NO_ENTER", Lost::NoEnter as u64),
        ("LOST_KINDS", Counters::default().lost.len() as u64),
    ]);
    put(&[
        ("BYTES_NONE", BytesRule::None as u64),
        ("BYTES_RET", BytesRule::Ret as u64),
        ("BYTES_ROOM", BytesRule::Room as u64),
        ("BYTES_RECV", BytesRule::Recv as u64),
        ("BYTES_MSG", BytesRule::Msg as u64),
        ("BYTES_ARG", BytesRule::Arg as u64),
        ("BYTES_MMSG", BytesRule::Mmsg as u64),
        ("BYTES_ATTR", BytesRule::Attr as u64),
        ("WAY_READ", 0),
        ("WAY_WRITE", 1),
        ("WAY_TRANSFER", 2),
        ("WAYS", wire::WAYS as u64),
        ("GROUP_NONE", Group::None as u64),
        ("GROUP_PROCESS", Group::Process as u64),
        ("GROUP_COMM", Group::Comm as u64),
        ("GROUP_CGROUP", Group::Cgroup as u64),
        ("GROUP_TASK", Group::Task as u64),
        ("HOW_RETURNED", How::Returned as u64),
        ("HOW_NORETURN", How::NoReturn as u64),
        ("HOW_INTERRUPTED", How::Interrupted as u64),
        ("HOW_KILLED", How::Killed as u64),
        ("HOW_GIVEN_UP", How::GivenUp as u64),
        ("HOW_UNFINISHED", How::Unfinished as u64),
        ("HOWS", How::ALL.len() as u64),
        ("COUNT_OTHER", wire::COUNT_OTHER.into()),
        ("HIST_SUB_BITS", wire::HIST_SUB_BITS.into()),
        ("HIST_BUCKETS", wire::HIST_BUCKETS as u64),
    ]);
    all
}

#[test]
fn every_number_has_its_twin() {
    let header = header();
    let twins = twins();
    for (name, value) in &header.numbers {
        // One past the last kind: C alone needs it.
        if name == "REC_KINDS" {
            continue;
        }
        assert_eq!(twins.get(name.as_str()), Some(value), "{name} of wire.h");
    }
    for name in twins.keys() {
        assert!(header.numbers.contains_key(*name), "{name} is not in wire.h any more");
    }
}

#[test]
fn no_structure_is_left_out() {
    let compared = [
        "rec_hdr",
        "rec_call",
        "rec_enter",
        "cap",
        "rec_task",
        "sock_info",
        "rec_file",
        "rec_fork",
        "rec_exec",
        "rec_exit",
        "rec_signal",
        "plan_cap",
        "plan",
        "variant_key",
        "counters",
        "count_key",
        "count_cell",
        "count_gaps",
        "error_key",
    ];
    assert_eq!(header().struct_names(), BTreeSet::from(compared));
}

#[test]
fn sizes_are_the_same() {
    let header = header();
    assert_eq!(header.size("rec_hdr"), wire::Header::SIZE);
    assert_eq!(header.size("rec_call"), wire::Call::SIZE);
    assert_eq!(header.size("sock_info"), wire::Sock::SIZE);
    assert_eq!(header.size("plan"), Plan::SIZE);
    assert_eq!(header.size("variant_key"), VariantKey::SIZE);
    assert_eq!(header.size("counters"), Counters::SIZE);
    assert_eq!(header.size("count_key"), CountKey::SIZE);
    assert_eq!(header.size("count_cell"), Cell::SIZE);
    assert_eq!(header.size("count_gaps"), Gaps::SIZE);
    assert_eq!(header.size("error_key"), ErrorKey::SIZE);
    // Two processors never write to the same line of the cache.
    assert_eq!((Cell::SIZE % 64, Gaps::SIZE % 64), (0, 0));
    // Records lie at multiples of eight, and captures behind them too.
    for name in header.struct_names().iter().filter(|n| n.starts_with("rec_")) {
        assert_eq!(header.size(name) % 8, 0, "{name}");
    }
    assert_eq!(header.size("cap"), 8);
}

/// Asserts that Rust fields hold what the C fields of the same place hold.
macro_rules! same {
    ($c:ident, $( $path:literal => $value:expr ),* $(,)?) => {
        $( assert_eq!($c.get($path), u64::from($value), $path); )*
    };
}

fn same_header(c: &Filled, hdr: &wire::Header) {
    same!(c, "hdr.kind" => hdr.kind, "hdr.cpu" => hdr.cpu, "hdr.tid" => hdr.tid, "hdr.time_ns" => hdr.time_ns);
    assert_eq!(wire::Header::parse(&c.bytes), Ok(*hdr));
}

#[test]
fn call_fields() {
    let mut c = Filled::new(&header(), "rec_call");
    c.set("hdr.kind", kind::CALL.into());
    c.set("caps_len", 8);
    let mut bytes = c.bytes.clone();
    bytes.extend([3, 0, 0, 0, 0, 0, 0, 0]);
    let Ok(Record::Call(call, caps)) = Record::parse(&bytes) else { panic!("not a call") };
    same_header(&c, &call.hdr);
    same!(c,
        "enter_ns" => call.enter_ns,
        "gap_ns" => call.gap_ns,
        "ret" => call.ret.cast_unsigned(),
        "task_id" => call.task_id,
        "args[0]" => call.args[0],
        "args[1]" => call.args[1],
        "args[2]" => call.args[2],
        "args[3]" => call.args[3],
        "args[4]" => call.args[4],
        "args[5]" => call.args[5],
        "file_ids[0]" => call.file_ids[0],
        "file_ids[1]" => call.file_ids[1],
        "pid" => call.pid,
        "nr" => call.nr,
        "flags" => call.flags,
    );
    assert_eq!(c.get("caps_len"), caps.0.len() as u64);
    c.assert_all_compared();
}

#[test]
fn enter_fields() {
    let mut c = Filled::new(&header(), "rec_enter");
    c.set("hdr.kind", kind::ENTER.into());
    c.set("caps_len", 0);
    let Ok(Record::Enter(enter, caps)) = Record::parse(&c.bytes) else { panic!("not an entry") };
    same_header(&c, &enter.hdr);
    same!(c, "nr" => enter.nr);
    assert_eq!(c.get("caps_len"), caps.0.len() as u64);
    c.assert_all_compared();
}

#[test]
fn capture_fields() {
    let mut c = Filled::new(&header(), "cap");
    c.set("len", 3);
    let mut bytes = c.bytes.clone();
    // Data is padded to eight; the second capture starts behind the padding.
    bytes.extend(*b"abc\0\0\0\0\0");
    bytes.extend([9, cap_flags::FAULT, 0, 0, 0, 0, 0, 0]);
    let caps: Vec<_> = wire::Caps(&bytes).collect();
    assert_eq!(caps.len(), 2);
    same!(c, "arg" => caps[0].arg, "flags" => caps[0].flags, "aux" => caps[0].aux);
    assert_eq!(c.get("len"), caps[0].data.len() as u64);
    assert_eq!(caps[0].data, b"abc");
    assert_eq!((caps[1].arg, caps[1].flags, caps[1].data), (9, cap_flags::FAULT, &b""[..]));
    c.assert_all_compared();
}

#[test]
fn task_fields() {
    let mut c = Filled::new(&header(), "rec_task");
    c.set("hdr.kind", kind::TASK.into());
    c.set("path_len", 5);
    let mut bytes = c.bytes.clone();
    bytes.extend(*b"b\0a\0\0");
    let Ok(Record::Task(task)) = Record::parse(&bytes) else { panic!("not a task") };
    same_header(&c, &task.hdr);
    same!(c,
        "task_id" => task.task_id,
        "start_ns" => task.start_ns,
        "cgroup_id" => task.cgroup_id,
        "pid" => task.pid,
        "ppid" => task.ppid,
        "uid" => task.uid,
        "ns_tid" => task.ns_tid,
        "pid_ns" => task.pid_ns,
    );
    assert_eq!(c.get_bytes("comm"), task.comm);
    assert_eq!(c.get("path_len"), task.cgroup.len() as u64);
    assert_eq!(task.cgroup, b"b\0a\0\0");
    c.assert_all_compared();
}

#[test]
fn file_fields() {
    let mut c = Filled::new(&header(), "rec_file");
    c.set("hdr.kind", kind::FILE.into());
    c.set("kind", file_kind::PATH.into());
    c.set("path_len", 2);
    c.set("root_len", 5);
    let mut bytes = c.bytes.clone();
    bytes.extend(*b"x\0jail\0");
    let Ok(Record::File(file)) = Record::parse(&bytes) else { panic!("not a file") };
    same_header(&c, &file.hdr);
    same!(c,
        "file_id" => file.file_id,
        "ino" => file.ino,
        "mnt_id" => file.mnt_id,
        "dev" => file.dev,
        "rdev" => file.rdev,
        "mode" => file.mode,
        "magic" => file.magic,
        "kind" => file.kind,
        "flags" => file.flags,
        "pid" => file.pid,
    );
    assert_eq!(c.get("path_len"), file.payload.len() as u64);
    assert_eq!(file.payload, b"x\0");
    assert_eq!(c.get("root_len"), file.root.len() as u64);
    assert_eq!(file.root, b"jail\0");
    assert_eq!(file.sock(), None);
    c.assert_all_compared();
}

#[test]
fn socket_fields() {
    let header = header();
    let mut c = Filled::new(&header, "rec_file");
    c.set("hdr.kind", kind::FILE.into());
    c.set("kind", file_kind::SOCKET.into());
    c.set("path_len", 4);
    c.set("root_len", 0);
    let s = Filled::new(&header, "sock_info");
    let mut bytes = c.bytes.clone();
    bytes.extend(&s.bytes);
    bytes.extend(*b"\0abs");
    let Ok(Record::File(file)) = Record::parse(&bytes) else { panic!("not a file") };
    let sock = file.sock().expect("a socket");
    same!(s,
        "family" => sock.family,
        "type" => sock.sock_type,
        "protocol" => sock.protocol,
        "state" => sock.state,
        "lport" => sock.lport,
        "rport" => sock.rport,
        "netlink_portid" => sock.netlink_portid,
        "peer_ino" => sock.peer_ino,
    );
    assert_eq!(s.get_bytes("laddr"), sock.laddr);
    assert_eq!(s.get_bytes("raddr"), sock.raddr);
    assert_eq!(sock.path, b"\0abs");
    s.assert_all_compared();
}

#[test]
fn life_fields() {
    let header = header();

    let mut c = Filled::new(&header, "rec_fork");
    c.set("hdr.kind", kind::FORK.into());
    let Ok(Record::Fork(fork)) = Record::parse(&c.bytes) else { panic!("not a fork") };
    same_header(&c, &fork.hdr);
    same!(c, "pid" => fork.pid, "child_tid" => fork.child_tid, "child_pid" => fork.child_pid,
        "child_ns_tid" => fork.child_ns_tid, "pid_ns" => fork.pid_ns);
    c.assert_all_compared();

    let mut c = Filled::new(&header, "rec_exec");
    c.set("hdr.kind", kind::EXEC.into());
    let Ok(Record::Exec(exec)) = Record::parse(&c.bytes) else { panic!("not an exec") };
    same_header(&c, &exec.hdr);
    same!(c, "pid" => exec.pid, "old_tid" => exec.old_tid);
    c.assert_all_compared();

    let mut c = Filled::new(&header, "rec_exit");
    c.set("hdr.kind", kind::EXIT.into());
    for dead in [0, 1] {
        c.set("group_dead", dead);
        let Ok(Record::Exit(exit)) = Record::parse(&c.bytes) else { panic!("not an exit") };
        same_header(&c, &exit.hdr);
        same!(c,
            "pid" => exit.pid,
            "exit_code" => exit.exit_code.cast_unsigned(),
            "group_dead" => exit.group_dead,
            "process_code" => exit.process_code.cast_unsigned(),
        );
    }
    c.assert_all_compared();
}

#[test]
fn signal_fields() {
    let mut c = Filled::new(&header(), "rec_signal");
    c.set("hdr.kind", kind::SIGNAL.into());
    let Ok(Record::Signal(signal)) = Record::parse(&c.bytes) else { panic!("not a signal") };
    same_header(&c, &signal.hdr);
    same!(c,
        "pid" => signal.pid,
        "signo" => signal.signo.cast_unsigned(),
        "code" => signal.code.cast_unsigned(),
        "err" => signal.err.cast_unsigned(),
        "si_pid" => signal.si_pid,
        "si_uid" => signal.si_uid,
        "value" => signal.value,
        "utime" => signal.utime,
        "stime" => signal.stime,
        "handler" => signal.handler,
    );
    for stops in [0, 1] {
        c.set("stops", stops);
        let Ok(Record::Signal(signal)) = Record::parse(&c.bytes) else { panic!("not a signal") };
        same!(c, "stops" => signal.stops);
    }
    c.assert_all_compared();
}

#[test]
fn plan_fields() {
    use CapKind::{Argv, Buf, Envp, FdSet, Fds, Iov, Mem, PollFds, Sockaddr, Str};
    let kinds = [Str, Buf, Mem, Argv, Envp, Sockaddr, Fds, Iov, PollFds, FdSet];
    let whens = [CapWhen::Exit, CapWhen::ExitOk, CapWhen::Enter, CapWhen::Overlap];
    let lens = [LenKind::Fixed, LenKind::Arg, LenKind::Ret, LenKind::Ptr];
    let caps: [CapPlan; wire::CAPS] = std::array::from_fn(|i| {
        let n = u8::try_from(i).unwrap();
        CapPlan {
            arg: 0x20 + n,
            kind: kinds[i % kinds.len()],
            when: whens[i % whens.len()],
            len_kind: lens[(i + 1) % lens.len()],
            len_arg: 0x40 + n,
            plus: 0x60 + n,
            size: 0x1100 + u16::from(n),
        }
    });
    let plan = Plan {
        flags: 0x1122_3344,
        fd_arg: [-1, 4],
        out_arg: -2,
        caps,
        ncaps: 6,
        out_size: 0x5566_7788,
        bytes_rule: BytesRule::Msg,
        bytes_way: 2,
        bytes_arg: 3,
        select: 3,
        select_shift: 8,
        sample: 0x0a0b_0c0d,
    };
    let mut c = Filled::new(&header(), "plan");
    c.bytes = plan.to_bytes().to_vec();
    same!(c,
        "flags" => plan.flags,
        "fd_arg[0]" => plan.fd_arg[0].cast_unsigned(),
        "fd_arg[1]" => plan.fd_arg[1].cast_unsigned(),
        "ncaps" => plan.ncaps,
        "out_arg" => plan.out_arg.cast_unsigned(),
        "out_size" => plan.out_size,
        "bytes_rule" => plan.bytes_rule as u8,
        "bytes_way" => plan.bytes_way,
        "bytes_arg" => plan.bytes_arg,
        "select" => plan.select,
        "select_shift" => plan.select_shift,
        "sample" => plan.sample,
    );
    for (i, cap) in caps.iter().enumerate() {
        let at = |field: &str| c.get(&format!("caps[{i}].{field}"));
        assert_eq!(at("arg"), cap.arg.into());
        assert_eq!(at("kind"), cap.kind as u64);
        assert_eq!(at("when"), cap.when as u64);
        assert_eq!(at("len_kind"), cap.len_kind as u64);
        assert_eq!(at("len_arg"), cap.len_arg.into());
        assert_eq!(at("size"), cap.size.into());
        assert_eq!(at("plus"), cap.plus.into());
    }
    c.assert_all_compared();
}

#[test]
fn variant_key_fields() {
    let key = VariantKey { nr: 0x1122_3344, value: 0x5566_7788 };
    let mut c = Filled::new(&header(), "variant_key");
    c.bytes = key.to_bytes().to_vec();
    same!(c, "nr" => key.nr, "value" => key.value);
    c.assert_all_compared();
}

#[test]
fn counter_fields() {
    let c = Filled::new(&header(), "counters");
    let counters = Counters::parse(&c.bytes).unwrap();
    for (i, lost) in counters.lost.iter().enumerate() {
        assert_eq!(c.get(&format!("lost[{i}]")), *lost);
    }
    same!(c, "calls" => counters.calls, "filtered" => counters.filtered, "rows" => counters.rows);
    c.assert_all_compared();
    let mut twice = counters;
    twice.add(&counters);
    assert_eq!(twice.rows, 2 * counters.rows);
    assert_eq!(twice.lost[7], 2 * counters.lost[7]);
    assert_eq!(Counters::parse(&c.bytes[..Counters::SIZE - 9]), None);
}

#[test]
fn key_fields() {
    let c = Filled::new(&header(), "count_key");
    let key = CountKey::parse(&c.bytes).unwrap();
    same!(c,
        "group[0]" => key.group[0],
        "group[1]" => key.group[1],
        "file" => key.file,
        "nr" => key.nr,
        "how" => key.how,
        "abi" => key.abi,
    );
    c.assert_all_compared();
    assert_eq!(CountKey::parse(&c.bytes[..CountKey::SIZE - 1]), None);
    for (n, how) in How::ALL.into_iter().enumerate() {
        let key = CountKey { how: u16::try_from(n).unwrap() | wire::COUNT_OTHER, ..CountKey::default() };
        assert_eq!((key.how(), how as usize, key.is_other()), (Some(how), n, true));
    }
    let odd = CountKey { how: 77, ..CountKey::default() };
    assert_eq!((odd.how(), odd.is_other()), (None, false));
}

#[test]
fn cell_fields() {
    let c = Filled::new(&header(), "count_cell");
    let cell = Cell::parse(&c.bytes).unwrap();
    same!(c,
        "calls" => cell.calls,
        "errors" => cell.errors,
        "total_ns" => cell.total_ns,
        "min_ns" => cell.min_ns,
        "max_ns" => cell.max_ns,
        "bytes[0]" => cell.bytes[0],
        "bytes[1]" => cell.bytes[1],
        "bytes[2]" => cell.bytes[2],
        "begun" => cell.begun,
    );
    for (i, n) in cell.hist.iter().enumerate() {
        assert_eq!(c.get(&format!("hist[{i}]")), u64::from(*n));
    }
    (0..7).for_each(|i| _ = c.get(&format!("pad[{i}]")));
    c.assert_all_compared();
    assert!(!cell.is_consistent(), "it was filled with different numbers");
    assert_eq!(Cell::parse(&c.bytes[..1400]), None);
}

#[test]
fn gaps_fields() {
    let c = Filled::new(&header(), "count_gaps");
    let gaps = Gaps::parse(&c.bytes).unwrap();
    same!(c, "total_ns" => gaps.total_ns);
    for (i, n) in gaps.hist.iter().enumerate() {
        assert_eq!(c.get(&format!("hist[{i}]")), u64::from(*n));
    }
    (0..7).for_each(|i| _ = c.get(&format!("pad[{i}]")));
    c.assert_all_compared();
    assert_eq!(Gaps::parse(&c.bytes[..1300]), None);
}

#[test]
fn error_key_fields() {
    let c = Filled::new(&header(), "error_key");
    let key = ErrorKey::parse(&c.bytes).unwrap();
    same!(c, "cell" => key.cell, "err" => key.err);
    c.assert_all_compared();
    assert_eq!(ErrorKey::parse(&c.bytes[..7]), None);
}
