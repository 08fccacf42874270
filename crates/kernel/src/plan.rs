//! A row of the table to what the kernel half does for that call.

use syscope_syscalls::variants::Variants;
use syscope_syscalls::{Arg, Count, Counted, Dir, Layout, Moved, Ret, Role, SizeOf, Slot, Syscall};
use syscope_wire::{
    BytesRule, CAPS, CapKind, CapPlan, CapWhen, LenKind, Plan, STASH, STASHES, VariantKey, plan_flags,
};

/// What rows are to have.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    /// Rows at all.
    pub(crate) rows: bool,
    /// Environments and directory entries in full.
    pub(crate) verbose: bool,
}

/// The capture plan of a call.
pub(crate) fn plan_of(sys: &Syscall, wanted: Wanted) -> Plan {
    let mut plan = Plan::default();
    if wanted.rows {
        plan.flags |= plan_flags::EMIT;
    }
    match sys.ret {
        Ret::Fd | Ret::SomeFd => plan.flags |= plan_flags::RET_FD,
        Ret::FcntlFd => plan.flags |= plan_flags::FCNTL,
        Ret::None => plan.flags |= plan_flags::NORETURN,
        _ => {}
    }
    match sys.counted_with() {
        Counted::None => {}
        Counted::Arg => plan.flags |= plan_flags::FILE_ARG,
        Counted::Ret => plan.flags |= plan_flags::FILE_RET,
    }
    if let Some((way, moved)) = sys.moves() {
        plan.bytes_way = way as u8;
        (plan.bytes_rule, plan.bytes_arg) = match moved {
            Moved::Ret => (BytesRule::Ret, 0),
            Moved::RetIfRoom(arg) => (BytesRule::Room, arg),
            Moved::Received(arg) => (BytesRule::Recv, arg),
            Moved::Message(arg) => (BytesRule::Msg, arg),
            Moved::Arg(arg) => (BytesRule::Arg, arg),
            Moved::Messages(arg) => (BytesRule::Mmsg, arg),
            Moved::RetIfAttr(arg) => (BytesRule::Attr, arg),
        };
    }
    let cwd = [plan_flags::CWD, plan_flags::CWD2];
    for (which, slot) in sys.slots().into_iter().enumerate() {
        match slot {
            Slot::None => {}
            Slot::Arg(arg) => plan.fd_arg[which] = i8::try_from(arg).unwrap_or(-1),
            Slot::Cwd => plan.flags |= cwd[which],
        }
    }
    if matches!(sys.name, "close" | "dup2" | "dup3") {
        plan.flags |= plan_flags::MOVES_FD;
    }
    if matches!(sys.name, "brk" | "io_uring_enter" | "io_uring_register") {
        plan.flags |= plan_flags::SPECIAL;
    }
    if is_exec(sys) {
        plan.flags |= plan_flags::EXEC;
    }
    if sys.args.iter().any(|a| matches!(a.role, Role::MmapFd)) {
        plan.flags |= plan_flags::MMAP;
    }
    let args: Vec<(usize, &Arg)> = sys.args.iter().enumerate().collect();
    plan_captures(&mut plan, &args, is_exec(sys), wanted);
    // A sleep that a signal ended fails, and yet stores what was left of it.
    if sys.kind.0 == "sleep" {
        plan.caps.iter_mut().filter(|c| c.when == CapWhen::ExitOk).for_each(|c| c.when = CapWhen::Exit);
    }
    if let Some(variants) = sys.variants() {
        plan.flags |= plan_flags::VARIANT;
        plan.select = variants.select;
        plan.select_shift = variants.shift;
    }
    let one_buffer = matches!(plan.caps[..usize::from(plan.ncaps)], [cap] if cap.kind == CapKind::Buf);
    let others = plan_flags::RET_FD | plan_flags::FCNTL | plan_flags::ENTER_CAPS | plan_flags::VARIANT;
    if one_buffer && plan.flags & others == 0 {
        plan.flags |= plan_flags::SHORT;
    }
    plan
}

/// Plans for the operations of a call that copy other memory than its row says.
pub(crate) fn variant_plans(sys: &Syscall, wanted: Wanted) -> Vec<(VariantKey, Plan)> {
    let Some(variants) = sys.variants() else { return Vec::new() };
    let plan_of_case = |args: Vec<(usize, &Arg)>| {
        let mut plan = Plan::default();
        plan_captures(&mut plan, &args, false, wanted);
        plan
    };
    let own = plan_of_case(sys.args.iter().enumerate().collect());
    let keyed = |case: &syscope_syscalls::variants::Case| {
        (VariantKey { nr: sys.nr, value: case.value }, plan_of_case(case_args(sys, variants, case.args)))
    };
    variants.cases.iter().map(keyed).filter(|(_, plan)| *plan != own).collect()
}

/// The arguments of an operation: those of the row up to the one that decides, then its own.
fn case_args<'a>(sys: &'a Syscall, variants: &Variants, case: &'a [Arg]) -> Vec<(usize, &'a Arg)> {
    sys.args[..variants.first()].iter().chain(case).enumerate().collect()
}

fn is_exec(sys: &Syscall) -> bool {
    sys.args.iter().any(|a| matches!(a.role, Role::Argv))
}

fn plan_captures(plan: &mut Plan, args: &[(usize, &Arg)], is_exec: bool, wanted: Wanted) {
    let stores = args.iter().any(|(_, a)| matches!(a.role, Role::Struct(_, Dir::Out)));
    let mut stashes = 0;
    for &(i, arg) in args {
        if let Some(out_size) = output(&arg.role).filter(|_| plan.out_arg < 0) {
            plan.out_arg = i8::try_from(i).unwrap_or(-1);
            plan.out_size = out_size;
        }
        for mut cap in captures(&arg.role, is_exec, stores, wanted) {
            if usize::from(plan.ncaps) == CAPS {
                break;
            }
            cap.arg = u8::try_from(i).unwrap_or(u8::MAX);
            if cap.when == CapWhen::Stash {
                // Whoever needs more of them has to read them into a record of its own.
                cap.len_arg = stashes;
                stashes += 1;
                if usize::from(stashes) > STASHES {
                    cap.when = CapWhen::Enter;
                }
            }
            plan.caps[usize::from(plan.ncaps)] = cap;
            plan.ncaps += 1;
        }
    }
    for cap in plan.caps[..usize::from(plan.ncaps)].iter_mut() {
        // Where nothing is stored, nothing can be overwritten: entry has nothing to do for strings.
        if cap.when == CapWhen::Overlap && plan.out_arg < 0 {
            cap.when = CapWhen::Exit;
        }
        if cap.kind == CapKind::Str && matches!(cap.when, CapWhen::Exit | CapWhen::Overlap) {
            plan.flags |= plan_flags::STRINGS;
        }
        plan.flags |= match cap.when {
            CapWhen::Enter => plan_flags::ENTER_CAPS,
            CapWhen::Overlap | CapWhen::Stash => plan_flags::ENTER_CAPS | plan_flags::EXIT_CAPS,
            CapWhen::Exit | CapWhen::ExitOk => plan_flags::EXIT_CAPS,
        };
    }
}

/// Size of what the call stores through an argument; 0: the next argument tells.
fn output(role: &Role) -> Option<u32> {
    match role {
        Role::BufOut { .. } | Role::StrOut | Role::Dirents { .. } => Some(0),
        Role::Struct(layout, Dir::Out | Dir::InOut) => Some(u32::from(layout.size())),
        _ => None,
    }
}

/// What is read of an argument's memory, and when. `stores`: the call stores a structure elsewhere.
fn captures(role: &Role, is_exec: bool, stores: bool, wanted: Wanted) -> Vec<CapPlan> {
    use CapWhen::{Enter, Exit, ExitOk, Overlap, Stash};
    let cap = |kind, when, len_kind, len_arg, size| CapPlan {
        kind,
        when,
        len_kind,
        len_arg,
        size,
        ..CapPlan::default()
    };
    let fixed = |when, size| cap(CapKind::Mem, when, LenKind::Fixed, 0, size);
    let counted = |kind, when, count, size: u16| match count {
        Count::Arg(arg) => cap(kind, when, LenKind::Arg, arg, size),
        Count::Ret => cap(kind, when, LenKind::Ret, 0, size),
        Count::Fixed(n) => cap(kind, when, LenKind::Fixed, 0, size.saturating_mul(u16::from(n))),
    };
    let at = |dir| if dir == Dir::Out { ExitOk } else { Exit };
    match *role {
        // A new program has another memory.
        Role::Path | Role::Str => {
            vec![cap(CapKind::Str, if is_exec { Enter } else { Overlap }, LenKind::Fixed, 0, 1)]
        }
        Role::Argv => vec![cap(CapKind::Argv, Enter, LenKind::Fixed, 0, 8)],
        Role::Envp => {
            let kind = if wanted.verbose { CapKind::Argv } else { CapKind::Envp };
            vec![cap(kind, Enter, LenKind::Fixed, 0, 8)]
        }
        Role::StrOut => vec![cap(CapKind::Str, ExitOk, LenKind::Fixed, 0, 1)],
        Role::BufIn { len } => vec![cap(CapKind::Buf, Exit, LenKind::Arg, len, 1)],
        Role::BufOut { len } => vec![cap(CapKind::Buf, ExitOk, LenKind::Both, len, 1)],
        // A sleep stores the rest of the time where the request may be.
        Role::Struct(layout, Dir::In) if stores => vec![fixed(Overlap, layout.size())],
        Role::Struct(layout, Dir::In) => vec![fixed(Exit, layout.size())],
        Role::Struct(layout, Dir::Out) => vec![fixed(ExitOk, layout.size())],
        // The list of interfaces is where the structure says.
        Role::Struct(layout @ Layout::Ifconf, Dir::InOut) => vec![
            fixed(Enter, layout.size()),
            fixed(Exit, layout.size()),
            CapPlan { plus: 8, ..cap(CapKind::Follow, ExitOk, LenKind::Field, 0, 1) },
        ],
        Role::Struct(layout, Dir::InOut) if usize::from(layout.size()) <= STASH => {
            vec![fixed(Stash, layout.size()), fixed(Exit, layout.size())]
        }
        Role::Struct(layout, Dir::InOut) => vec![fixed(Enter, layout.size()), fixed(Exit, layout.size())],
        Role::Sized { of, size, dir } => {
            let mut whole = match size {
                SizeOf::Arg(arg) => cap(CapKind::Mem, at(dir), LenKind::Int, arg, 1),
                SizeOf::Ptr(arg) => cap(CapKind::Mem, at(dir), LenKind::Ptr, arg, 1),
                SizeOf::Field { at: byte, .. } => cap(CapKind::Mem, at(dir), LenKind::Field, byte, 1),
            };
            if let SizeOf::Field { plus, .. } = size {
                whole.plus = plus;
            }
            match (of, dir) {
                // Where the number of the new descriptor is stored, if one was asked for.
                (Layout::CloneArgs, _) => {
                    vec![whole, CapPlan { plus: 8, ..cap(CapKind::Follow, ExitOk, LenKind::Fixed, 0, 4) }]
                }
                (_, Dir::InOut) => vec![fixed(Stash, 4), whole],
                _ => vec![whole],
            }
        }
        Role::Array { of, count, dir: Dir::InOut } => {
            vec![
                counted(CapKind::Mem, Enter, count, of.size()),
                counted(CapKind::Mem, Exit, count, of.size()),
            ]
        }
        Role::Array { of, count, dir } => vec![counted(CapKind::Mem, at(dir), count, of.size())],
        Role::Sockaddr { len } => vec![cap(CapKind::Sockaddr, Exit, LenKind::Int, len, 1)],
        Role::SockaddrOut { lenptr } => vec![cap(CapKind::Sockaddr, ExitOk, LenKind::Ptr, lenptr, 1)],
        Role::LenPtr => vec![fixed(Stash, Layout::Int.size()), fixed(ExitOk, Layout::Int.size())],
        Role::Fds => vec![cap(CapKind::Fds, ExitOk, LenKind::Fixed, 0, 8)],
        Role::Iov { count, dir } => {
            vec![cap(CapKind::Iov, Exit, LenKind::Arg, count, u16::from(dir == Dir::Out))]
        }
        // How much room there is for the address is in the structure.
        Role::Msg(Dir::Out) => {
            vec![CapPlan { plus: 8, ..fixed(Stash, 4) }, cap(CapKind::Msg, Exit, LenKind::Fixed, 0, 1)]
        }
        Role::Msg(_) => vec![cap(CapKind::Msg, Exit, LenKind::Fixed, 0, 0)],
        Role::Mmsg { count, dir } => vec![CapPlan {
            size: 1,
            plus: u8::from(dir == Dir::Out),
            ..counted(CapKind::Mmsg, Exit, count, 1)
        }],
        Role::Pointers { of, count } => {
            let plus = if let Count::Fixed(n) = count { n } else { 0 };
            vec![CapPlan { plus, size: of.size(), ..counted(CapKind::Pointers, Exit, count, 1) }]
        }
        Role::PollFds { count } => vec![
            cap(CapKind::PollFds, Enter, LenKind::Int, count, Layout::Pollfd.size()),
            cap(CapKind::Mem, Exit, LenKind::Int, count, Layout::Pollfd.size()),
        ],
        Role::FdSet { nfds } => vec![
            cap(CapKind::FdSet, Enter, LenKind::Bits, nfds, 1),
            cap(CapKind::Mem, ExitOk, LenKind::Bits, nfds, 1),
        ],
        Role::Dirents { .. } => {
            vec![cap(CapKind::Dirents, ExitOk, LenKind::Ret, 0, u16::from(wanted.verbose))]
        }
        Role::CpuSet { len, dir: Dir::In } => vec![cap(CapKind::Mem, Exit, LenKind::Int, len, 1)],
        Role::CpuSet { .. } => vec![cap(CapKind::Mem, ExitOk, LenKind::Ret, 0, 1)],
        Role::Nodes { bits, dir } => vec![cap(CapKind::Mem, at(dir), LenKind::Bits, bits, 1)],
        Role::Resident { len } => vec![cap(CapKind::Mem, ExitOk, LenKind::Pages, len, 1)],
        Role::Msgbuf { len, dir: Dir::In } => {
            vec![CapPlan { plus: 8, ..cap(CapKind::Mem, Exit, LenKind::Arg, len, 1) }]
        }
        Role::Msgbuf { .. } => vec![CapPlan { plus: 8, ..cap(CapKind::Mem, ExitOk, LenKind::Ret, 0, 1) }],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use syscope_syscalls::{ALL, by_name};

    use super::*;

    const ALL_OF_IT: Wanted = Wanted { rows: true, verbose: true };

    /// All plans there can be, with the names of their calls.
    fn plans() -> impl Iterator<Item = (&'static str, Plan, usize)> {
        let asked = |args: &[Arg], is_exec| {
            args.iter().map(|a| captures(&a.role, is_exec, true, ALL_OF_IT).len()).sum::<usize>()
        };
        ALL.iter().flat_map(move |sys| {
            let own = (sys.name, plan_of(sys, ALL_OF_IT), asked(sys.args, is_exec(sys)));
            let cases = sys.variants().into_iter().flat_map(|v| v.cases.iter().map(move |c| (v, c)));
            let others = cases.map(move |(v, c)| {
                let args = case_args(sys, v, c.args);
                let mut plan = Plan::default();
                plan_captures(&mut plan, &args, false, ALL_OF_IT);
                let roles: Vec<Arg> = args.iter().map(|(_, a)| **a).collect();
                (sys.name, plan, asked(&roles, false))
            });
            std::iter::once(own).chain(others).collect::<Vec<_>>()
        })
    }

    #[test]
    fn nothing_is_left_out() {
        for (name, plan, asked) in plans() {
            assert_eq!(usize::from(plan.ncaps), asked, "{name}: WIRE_CAPS is too small");
            for cap in &plan.caps[..asked] {
                assert!(usize::from(cap.arg) < syscope_wire::ARGS, "{name}: {cap:?}");
                assert!(cap.when != CapWhen::Stash || usize::from(cap.size) <= STASH, "{name}: {cap:?}");
                let watched = matches!(cap.kind, CapKind::PollFds | CapKind::FdSet);
                assert!(!watched || cap.when == CapWhen::Enter, "{name}: {cap:?}");
                let nested = matches!(
                    cap.kind,
                    CapKind::Iov
                        | CapKind::Msg
                        | CapKind::Mmsg
                        | CapKind::Pointers
                        | CapKind::Dirents
                        | CapKind::Follow
                );
                assert!(!nested || matches!(cap.when, CapWhen::Exit | CapWhen::ExitOk), "{name}: {cap:?}");
            }
        }
    }

    #[test]
    fn variants_fit_into_their_table() {
        let all: Vec<VariantKey> =
            ALL.iter().flat_map(|sys| variant_plans(sys, ALL_OF_IT)).map(|(key, _)| key).collect();
        assert!(all.len() < 1024, "{}: the table in bpf/state.h is too small", all.len());
        let fcntl = by_name("fcntl").unwrap().nr;
        let has = |value| all.contains(&VariantKey { nr: fcntl, value });
        // F_SETLK reads a lock, F_GETFD nothing.
        assert!(has(6) && !has(1));
    }

    #[test]
    fn calls_without_pointers_copy_nothing() {
        for name in ["close", "getpid", "lseek", "dup2", "mmap"] {
            let plan = plan_of(by_name(name).unwrap(), ALL_OF_IT);
            let flags = plan_flags::ENTER_CAPS | plan_flags::EXIT_CAPS | plan_flags::VARIANT;
            assert_eq!((plan.ncaps, plan.flags & flags), (0, 0), "{name}");
        }
        for name in ["read", "write", "pread64"] {
            let plan = plan_of(by_name(name).unwrap(), ALL_OF_IT);
            assert_ne!(plan.flags & plan_flags::SHORT, 0, "{name}");
        }
    }
}
