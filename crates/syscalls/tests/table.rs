//! The table against the specification (`data/syscalls.tsv`), and what every row must keep.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashSet;

use syscope_syscalls::{ALL, CallPrinter, Count, Ret, Role, Syscall, by_name, by_nr};

/// One line of the specification: number, name, family, kind, result, number of arguments.
fn spec() -> impl Iterator<Item = (u32, &'static str, &'static str, &'static str, &'static str, usize)> {
    include_str!("data/syscalls.tsv").lines().filter(|l| !l.starts_with('#')).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [nr, name, family, kind, ret, args] = columns[..] else { panic!("not six columns: {line}") };
        let args = if args == "-" { 0 } else { args.split(',').count() };
        (nr.parse().unwrap(), name, family, kind, ret, args)
    })
}

fn ret_word(call: &Syscall) -> &'static str {
    match call.ret {
        // The specification lists what these return for some operations as a condition.
        Ret::FcntlFd => "other",
        Ret::SomeFd if call.name != "landlock_create_ruleset" => "other",
        _ => call.ret.name(),
    }
}

#[test]
fn specification() {
    let mut rows = 0;
    for (nr, name, family, kind, ret, args) in spec() {
        let call = by_nr(nr).unwrap_or_else(|| panic!("{nr} {name} has no row"));
        assert_eq!(
            (call.name, call.family.name(), call.kind.0, ret_word(call), call.args.len()),
            (name, family, kind, ret, args),
            "{nr}"
        );
        rows += 1;
    }
    assert_eq!(rows, ALL.len(), "rows that the specification does not have");
}

#[test]
fn ascending_and_found() {
    assert!(ALL.is_sorted_by(|a, b| a.nr < b.nr));
    for call in ALL {
        assert_eq!(by_nr(call.nr).map(|c| c.name), Some(call.name));
        assert_eq!(by_name(call.name).map(|c| c.nr), Some(call.nr));
    }
}

#[test]
fn numbers_without_a_call() {
    let known: HashSet<u32> = ALL.iter().map(|c| c.nr).collect();
    for nr in (0..1000).filter(|nr| !known.contains(nr)) {
        assert!(by_nr(nr).is_none(), "{nr}");
    }
    for nr in [0x4000_0000, u32::MAX] {
        assert!(by_nr(nr).is_none(), "{nr}");
    }
    assert!(by_name("").is_none());
    assert!(by_name("openAt").is_none());
}

#[test]
fn arguments() {
    for call in ALL {
        assert!(call.args.len() <= 6, "{}: six registers", call.name);
        let names: HashSet<&str> = call.args.iter().map(|a| a.name).collect();
        assert_eq!(names.len(), call.args.len(), "{}: a name twice", call.name);
        for arg in call.args {
            let identifier = |c: char| c.is_ascii_alphanumeric() || c == '_';
            assert!(!arg.name.is_empty() && arg.name.chars().all(identifier), "{}: {}", call.name, arg.name);
        }
    }
}

#[test]
fn references_between_arguments() {
    for call in ALL {
        for arg in call.args {
            let (of, what): (u8, fn(&Role) -> bool) = match arg.role {
                Role::BufIn { len } | Role::BufOut { len } => (len, |r| matches!(r, Role::Len)),
                Role::Sockaddr { len } => (len, |r| matches!(r, Role::Int)),
                Role::SockaddrOut { lenptr } => (lenptr, |r| matches!(r, Role::LenPtr)),
                Role::Array { count: Count::Arg(count), .. } => (count, |r| matches!(r, Role::Count)),
                _ => continue,
            };
            let target = role(call, of);
            assert!(target.is_some_and(what), "{}: {} refers to {target:?}", call.name, arg.name);
        }
    }
}

fn role(call: &Syscall, arg: u8) -> Option<&Role> {
    call.args.get(usize::from(arg)).map(|a| &a.role)
}

/// The decoder and the kernel half find these by place.
#[test]
fn printers_and_their_arguments() {
    let check = |printer, name, fits: fn(&Syscall) -> bool| {
        let calls: Vec<_> = ALL.iter().filter(|c| c.printer == printer).collect();
        assert!(calls.iter().any(|c| c.name == name), "{printer:?} prints {name}");
        for call in calls {
            assert!(fits(call), "{printer:?} cannot print {}", call.name);
        }
    };
    let mode_follows_flags = |call: &Syscall| {
        let flags = call.args.iter().position(|a| matches!(a.role, Role::Flags(_)));
        flags.and_then(|f| call.args.get(f + 1)).is_some_and(|a| matches!(a.role, Role::Mode))
    };
    check(CallPrinter::OpenMode, "openat", mode_follows_flags);
    check(CallPrinter::Mmap, "mmap", |c| {
        matches!(role(c, 3), Some(Role::Flags(_))) && matches!(role(c, 4), Some(Role::MmapFd))
    });
    check(CallPrinter::Fcntl, "fcntl", |c| {
        c.ret == Ret::FcntlFd && matches!(role(c, 1), Some(Role::Enum(_)))
    });
    check(CallPrinter::Ioctl, "ioctl", |c| matches!(role(c, 0), Some(Role::Fd)));
    check(CallPrinter::Select, "select", |c| matches!(role(c, 0), Some(Role::Count)));
}

#[test]
fn operations_are_unambiguous() {
    for call in ALL {
        for arg in call.args {
            let Role::Enum(set) = arg.role else { continue };
            let values: HashSet<u64> = set.names.iter().map(|(v, _)| *v).collect();
            assert_eq!(values.len(), set.names.len(), "{}: {}", call.name, set.prefix);
        }
    }
}
