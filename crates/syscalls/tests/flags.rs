//! The flag sets against the C headers of this machine, and what every set must keep.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use syscope_syscalls::{ALL, Role, flags, variants};

/// Headers of the kernel's user-space interface, which get along with each other.
#[rustfmt::skip]
const KERNEL: &[&str] = &[
    "asm/fcntl.h", "asm/ioctls.h", "asm/mman.h", "asm/poll.h", "asm/prctl.h", "asm/signal.h", "asm/socket.h",
    "linux/blkpg.h", "linux/blktrace_api.h", "linux/blkzoned.h", "linux/bpf.h", "linux/btrfs.h", "linux/capability.h",
    "linux/cdrom.h", "linux/close_range.h", "linux/dm-ioctl.h", "linux/dma-buf.h", "linux/eventpoll.h",
    "linux/fadvise.h", "linux/falloc.h", "linux/fanotify.h", "linux/fb.h", "linux/fcntl.h", "linux/fiemap.h",
    "linux/fs.h", "linux/fscrypt.h", "linux/fsverity.h", "linux/fuse.h", "linux/futex.h", "linux/gpio.h",
    "linux/hdreg.h", "linux/hidraw.h", "linux/i2c-dev.h", "linux/hw_breakpoint.h", "linux/if_packet.h", "linux/if_tun.h", "linux/in.h",
    "linux/in6.h", "linux/inotify.h", "linux/io_uring.h", "linux/ioprio.h", "linux/ipc.h", "linux/kcmp.h",
    "linux/kd.h", "linux/kexec.h", "linux/keyctl.h", "linux/kvm.h", "linux/landlock.h", "linux/loop.h",
    "linux/lsm.h", "linux/magic.h", "linux/membarrier.h", "linux/memfd.h", "linux/mempolicy.h",
    "linux/mman.h", "linux/module.h", "linux/mount.h", "linux/msg.h", "linux/nbd.h", "linux/net.h",
    "linux/netlink.h", "linux/rtnetlink.h", "linux/sock_diag.h", "linux/inet_diag.h", "linux/if_addr.h", "linux/nsfs.h", "linux/openat2.h", "linux/perf_event.h", "linux/personality.h",
    "linux/pidfd.h", "linux/poll.h", "linux/prctl.h", "linux/ptrace.h", "linux/random.h", "linux/reboot.h",
    "linux/resource.h", "linux/rseq.h", "linux/rtc.h", "linux/sched.h", "linux/seccomp.h", "linux/sem.h",
    "linux/shm.h", "linux/signalfd.h", "linux/sockios.h", "linux/stat.h", "linux/sync_file.h", "linux/tcp.h",
    "linux/time.h", "linux/timerfd.h", "linux/udmabuf.h", "linux/udp.h", "linux/usbdevice_fs.h",
    "linux/userfaultfd.h", "linux/vhost.h", "linux/vt.h", "linux/wait.h", "linux/watch_queue.h",
    "linux/watchdog.h", "linux/xattr.h", "linux/aio_abi.h", "linux/if_ether.h", "linux/quota.h", "linux/dqblk_xfs.h", "linux/securebits.h", "linux/tty.h", "linux/timex.h", "asm/termbits.h",
];

/// Headers of the C library: for what the kernel's do not export, such as address families.
#[rustfmt::skip]
const LIBC: &[&str] = &[
    "dirent.h", "net/if.h", "net/if_arp.h", "netinet/in.h", "netinet/tcp.h", "netinet/udp.h", "poll.h", "sched.h", "signal.h", "sys/epoll.h",
    "sys/eventfd.h", "sys/file.h", "sys/inotify.h", "sys/mman.h", "sys/mount.h", "sys/msg.h",
    "sys/personality.h", "sys/ptrace.h", "sys/random.h", "sys/resource.h", "sys/sem.h", "sys/shm.h",
    "sys/signalfd.h", "sys/socket.h", "sys/stat.h", "sys/statvfs.h", "sys/swap.h", "sys/time.h",
    "sys/timerfd.h", "sys/wait.h", "sys/xattr.h", "time.h", "unistd.h",
];

/// Headers of devices that draw in the C library's.
#[rustfmt::skip]
const DEVICES: &[&str] = &[
    "linux/input.h", "linux/uinput.h", "linux/videodev2.h", "linux/vm_sockets.h", "scsi/scsi.h",
    "scsi/scsi_ioctl.h", "scsi/sg.h",
];

#[test]
fn values_of_the_headers() {
    let ours: Constants = flags::all()
        .flat_map(|(_, set)| set.names.iter().chain(set.field))
        .map(|(value, name)| (*name, *value))
        .collect();

    // The kernel's come first: the C library gives some names a value of its own (O_LARGEFILE).
    let mut unknown = ours.clone();
    for headers in [KERNEL, LIBC, DEVICES] {
        match missing(headers, &unknown) {
            Ok(missing) => unknown = missing,
            Err(e) => return skip(&format!("there is no C compiler: cc: {e}")),
        }
    }
    let listed: BTreeSet<&str> = include_str!("data/not_in_headers.txt")
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .collect();
    let unexplained: Vec<_> = unknown.iter().filter(|(name, _)| !listed.contains(name)).collect();
    assert!(unexplained.is_empty(), "in no header, and not in not_in_headers.txt: {unexplained:?}");
    let names: BTreeSet<&str> = ours.iter().map(|(name, _)| *name).collect();
    let stale: Vec<_> = listed.difference(&names).collect();
    assert!(stale.is_empty(), "in not_in_headers.txt, but in no set: {stale:?}");
    println!("{} of {} constants are in the headers", ours.len() - unknown.len(), ours.len());
}

/// Says why nothing was checked; not an excuse where `REQUIRE_LIVE=1` is set.
fn skip(reason: &str) {
    let required = std::env::var("REQUIRE_LIVE").is_ok_and(|v| v == "1");
    assert!(!required, "REQUIRE_LIVE=1, but {reason}");
    eprintln!("skipped: {reason}");
}

type Constants<'a> = BTreeSet<(&'a str, u64)>;

/// Compiles assertions about these constants: returns those that no header has, and fails on a wrong one.
///
/// Many are enumerators, which `#ifdef` does not see: the compiler's complaint tells.
fn missing<'a>(headers: &[&str], constants: &Constants<'a>) -> io::Result<Constants<'a>> {
    let mut source = String::from("#define _GNU_SOURCE\n");
    for header in headers {
        let _ = writeln!(source, "#if __has_include(<{header}>)\n#include <{header}>\n#endif");
    }
    let mut by_line = BTreeMap::new();
    let first = source.lines().count() + 1;
    for (line, (name, value)) in (first..).zip(constants) {
        // A negative int is stored as its 32 bits.
        let found = format!("(({name}) < 0 ? (unsigned)({name}) : (unsigned long long)({name}))");
        let _ = writeln!(source, "_Static_assert({found} == {value:#x}ULL, \"differs\");");
        by_line.insert(line, (*name, *value));
    }

    let complaints = compile(&source)?;
    let (mut undeclared, mut wrong) = (BTreeSet::new(), Vec::new());
    for complaint in complaints.lines().filter(|l| l.contains("error: ")) {
        let line =
            complaint.strip_prefix("<stdin>:").and_then(|l| l.split(':').next()?.parse::<usize>().ok());
        match line.and_then(|l| by_line.get(&l)) {
            Some(constant) if absent(complaint) => _ = undeclared.insert(*constant),
            Some(constant) => wrong.push((*constant, complaint)),
            None => panic!("the headers do not compile: {complaint}"),
        }
    }
    // One that is undeclared brings other complaints about its line.
    wrong.retain(|(constant, _)| !undeclared.contains(constant));
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(undeclared)
}

/// Nobody declares the name, or the structure whose size is part of it (`_IOR`).
fn absent(complaint: &str) -> bool {
    complaint.contains("undeclared") || complaint.contains("incomplete type")
}

fn compile(source: &str) -> io::Result<String> {
    let mut cc = Command::new("cc")
        .args(["-std=gnu11", "-fsyntax-only", "-w", "-fno-diagnostics-show-caret", "-x", "c", "-"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    // Dropping it ends the compiler's input.
    if let Some(mut stdin) = cc.stdin.take() {
        stdin.write_all(source.as_bytes())?;
    }
    let output = cc.wait_with_output()?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn sets_and_names_are_unique() {
    let sets: Vec<_> = flags::all().map(|(name, _)| name).collect();
    let unique: HashSet<_> = sets.iter().collect();
    assert_eq!(unique.len(), sets.len());
    for (set_name, set) in flags::all() {
        assert!(set.prefix.contains('?'), "{set_name}: {}", set.prefix);
        let names: Vec<_> = set.names.iter().chain(set.field).map(|(_, name)| name).collect();
        let unique: HashSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{set_name}: a name twice");
    }
}

#[test]
fn fields_are_apart_from_flags() {
    for (set_name, set) in flags::all() {
        for (value, name) in set.field {
            assert_eq!(value & !set.field_mask, 0, "{set_name}: {name} is outside of the field");
        }
        for (value, name) in set.names {
            assert!(value & set.field_mask == 0 || set.field_mask == 0, "{set_name}: {name} is in the field");
        }
    }
}

/// Otherwise the parts would be printed instead of the whole.
#[test]
fn joined_bits_come_before_their_parts() {
    let used_as_flags = |set: &flags::NameSet| {
        let of_variants = variants::all().flat_map(|v| v.cases).flat_map(|c| c.args);
        let roles = ALL.iter().flat_map(|c| c.args).chain(of_variants).map(|a| a.role);
        roles.into_iter().any(|r| matches!(r, Role::Flags(f) if std::ptr::eq(f, set)))
    };
    for (set_name, set) in flags::all().filter(|(_, set)| used_as_flags(set)) {
        for (at, (value, name)) in set.names.iter().enumerate() {
            let mut before = set.names.iter().take(at);
            let part = before.find(|(v, _)| *v != 0 && v != value && v & value == *v);
            assert!(part.is_none(), "{set_name}: {name} comes after its part {part:?}");
        }
    }
}

#[test]
fn find() {
    let check = |set: &flags::NameSet, value, expected| assert_eq!(set.find(value), expected, "{value:#x}");
    check(&flags::OPEN, 0x80000, Some("O_CLOEXEC"));
    check(&flags::OPEN, 0x2, Some("O_RDWR"));
    check(&flags::OPEN, 0x3, None);
    check(&flags::OPEN, 0x80001, None);
    check(&flags::AF, 2, Some("AF_INET"));
    // -1, passed as an int and as a long.
    check(&flags::RUSAGE, 0xffff_ffff, Some("RUSAGE_CHILDREN"));
    check(&flags::RUSAGE, u64::MAX, Some("RUSAGE_CHILDREN"));
    check(&flags::RUSAGE, 0xffff_fff0_ffff_ffff, None);
    check(&flags::RESERVED, 0, None);
}
