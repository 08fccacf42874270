//! A row of the table to what the kernel half does for that call.

use syscope_syscalls::{Count, Counted, Dir, Layout, Moved, Ret, Role, Slot, Syscall};
use syscope_wire::{BytesRule, CAPS, CapKind, CapPlan, CapWhen, LenKind, Plan, plan_flags};

/// The capture plan of a call. `emit`: rows are wanted.
pub fn plan_of(sys: &Syscall, emit: bool) -> Plan {
    let mut plan = Plan::default();
    if emit {
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
    let is_exec = sys.args.iter().any(|a| matches!(a.role, Role::Argv));
    if is_exec {
        plan.flags |= plan_flags::EXEC;
    }
    for (i, arg) in sys.args.iter().enumerate() {
        let index = u8::try_from(i).unwrap_or(u8::MAX);
        if matches!(arg.role, Role::MmapFd) {
            plan.flags |= plan_flags::MMAP;
        }
        if let Some(out_size) = output(&arg.role).filter(|_| plan.out_arg < 0) {
            plan.out_arg = i8::try_from(i).unwrap_or(-1);
            plan.out_size = out_size;
        }
        for when in moments(sys, &arg.role, is_exec) {
            let Some(mut cap) = capture(&arg.role) else { continue };
            if usize::from(plan.ncaps) == CAPS {
                break;
            }
            cap.arg = index;
            cap.when = *when;
            plan.caps[usize::from(plan.ncaps)] = cap;
            plan.ncaps += 1;
        }
    }
    let caps = &mut plan.caps[..usize::from(plan.ncaps)];
    for cap in caps.iter_mut() {
        // Where nothing is stored, nothing can be overwritten: entry has nothing to do for strings.
        if cap.when == CapWhen::Overlap && plan.out_arg < 0 {
            cap.when = CapWhen::Exit;
        }
        plan.flags |= match cap.when {
            CapWhen::Enter => plan_flags::ENTER_CAPS,
            CapWhen::Overlap => plan_flags::ENTER_CAPS | plan_flags::EXIT_CAPS,
            CapWhen::Exit | CapWhen::ExitOk => plan_flags::EXIT_CAPS,
        };
    }
    let one_buffer = matches!(caps, [cap] if cap.kind == CapKind::Buf);
    if one_buffer && plan.flags & (plan_flags::RET_FD | plan_flags::FCNTL | plan_flags::ENTER_CAPS) == 0 {
        plan.flags |= plan_flags::SHORT;
    }
    plan
}

/// Size of what the call stores through an argument; 0: the next argument tells.
fn output(role: &Role) -> Option<u32> {
    match role {
        Role::BufOut { .. } | Role::StrOut => Some(0),
        Role::Struct(layout, Dir::Out | Dir::InOut) => Some(u32::from(layout.size())),
        _ => None,
    }
}

/// When an argument's memory is read.
fn moments(sys: &Syscall, role: &Role, is_exec: bool) -> &'static [CapWhen] {
    match role {
        // A new program has another memory.
        Role::Path | Role::Str | Role::Argv | Role::Envp if is_exec => &[CapWhen::Enter],
        Role::Path | Role::Str => &[CapWhen::Overlap],
        Role::BufIn { .. } | Role::Sockaddr { .. } => &[CapWhen::Exit],
        // A sleep stores the rest of the time where the request may be.
        Role::Struct(_, Dir::In) if sys.args.iter().any(|a| matches!(a.role, Role::Struct(_, Dir::Out))) => {
            &[CapWhen::Overlap]
        }
        Role::Struct(_, Dir::In) => &[CapWhen::Exit],
        Role::Struct(_, Dir::InOut) => &[CapWhen::Enter, CapWhen::Exit],
        Role::Array { dir: Dir::In, .. } => &[CapWhen::Exit],
        Role::Array { dir: Dir::InOut, .. } => &[CapWhen::Enter, CapWhen::Exit],
        _ => &[CapWhen::ExitOk],
    }
}

/// How an argument's memory is read; `None`: it is not.
fn capture(role: &Role) -> Option<CapPlan> {
    let cap = |kind, len_kind, len_arg, size| CapPlan { kind, len_kind, len_arg, size, ..CapPlan::default() };
    Some(match *role {
        Role::Path | Role::Str | Role::StrOut => cap(CapKind::Str, LenKind::Fixed, 0, 1),
        Role::Argv => cap(CapKind::Argv, LenKind::Fixed, 0, 8),
        Role::Envp => cap(CapKind::Envp, LenKind::Fixed, 0, 8),
        Role::BufIn { len } => cap(CapKind::Buf, LenKind::Arg, len, 1),
        Role::BufOut { .. } => cap(CapKind::Buf, LenKind::Ret, 0, 1),
        Role::Struct(layout, _) => cap(CapKind::Mem, LenKind::Fixed, 0, layout.size()),
        Role::Array { of, count, .. } => {
            let size = of.size();
            match count {
                Count::Arg(arg) => cap(CapKind::Mem, LenKind::Arg, arg, size),
                Count::Ret => cap(CapKind::Mem, LenKind::Ret, 0, size),
                Count::Fixed(n) => cap(CapKind::Mem, LenKind::Fixed, 0, size.saturating_mul(u16::from(n))),
            }
        }
        Role::Sockaddr { len } => cap(CapKind::Sockaddr, LenKind::Arg, len, 1),
        Role::SockaddrOut { lenptr } => cap(CapKind::Sockaddr, LenKind::Ptr, lenptr, 1),
        Role::LenPtr => cap(CapKind::Mem, LenKind::Fixed, 0, Layout::Int.size()),
        Role::Fds => cap(CapKind::Fds, LenKind::Fixed, 0, 8),
        _ => return None,
    })
}
