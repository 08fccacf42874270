//! Processes that see other names and numbers than the host: roots, mounts, namespaces, users.

use crate::prelude::*;
use crate::tasks::first_child;

/// Names are as the process sees them; where its root is, is said beside them.
pub(crate) fn chroot(w: &mut Workload) -> Done {
    let (root, (outside, f)) = (w.path("root"), w.open("outside", "")?);
    need!(mkdir(&root, 0o755))?;
    w.file("root/inside", "")?;
    let shared = w.shared()?;
    if sys!(fork) == 0 {
        sys!(exit_group, i32::from(sys!(chroot, &root) < 0));
    }
    let mut status = [0_i32];
    need!(wait4(-1, &mut status, 0, 0))?;
    if status[0] != 0 {
        return not_applicable("chroot is not permitted here");
    }
    w.begin();
    let child = w.fork(|| {
        sys!(chroot, &root);
        sys!(chdir, c"/");
        shared.set(0, sys!(openat, CWD, c"/inside", RDWR));
        shared.set(1, sys!(openat, CWD, c"inside", RDWR));
        sys!(access, c"/outside", 0);
        sys!(write, f, b"x", 1);
        0
    })?;
    let at_root = root.display().to_string();
    w.reap_after(child, 0, |w| {
        w.saw(child, "chroot", 0).file(&root);
        w.saw(child, "chdir", 0).file("/");
        w.saw(child, "openat", shared.get(0)).opened("/inside").args_have("\"/inside\"");
        w.saw(child, "openat", shared.get(1)).opened("/inside").args_have(&at_root);
        w.saw(child, "access", -i64::from(libc::ENOENT)).file("/outside");
        // Reached from no name in there: the name starts at the top of the namespace.
        w.saw(child, "write", 1).on(f, &outside).written(1);
    })?;
    ok!(w, write(f, b"x", 1))?.on(f, &outside).written(1);
    w.end();
    Ok(())
}

/// A child that may mount where nobody else sees it.
fn private_mounts() -> Raw {
    let made = sys!(unshare, libc::CLONE_NEWNS);
    if made < 0 { made } else { sys!(mount, c"none", c"/", 0, libc::MS_REC | libc::MS_PRIVATE, 0) }
}

fn need_private_mounts() -> Done {
    let child = check_ok("fork", sys!(fork))?;
    if child == 0 {
        sys!(exit_group, i32::from(private_mounts() < 0));
    }
    let mut status = [0_i32];
    need!(wait4(child, &mut status, 0, 0))?;
    if status[0] == 0 { Ok(()) } else { not_applicable("mounting is not permitted here") }
}

/// A directory and a file in two places: each name is the way that the process went.
pub(crate) fn bind_mounts(w: &mut Workload) -> Done {
    need_private_mounts()?;
    let (dir, there) = (w.path("dir"), w.path("there"));
    need!(mkdir(&dir, 0o755))?;
    need!(mkdir(&there, 0o755))?;
    w.file("dir/inside", "")?;
    let (one, two) = (w.file("one", "1")?, w.file("two", "2")?);
    let (shared, bind) = (w.shared()?, libc::MS_BIND);
    w.begin();
    let child = w.fork(|| {
        aside(private_mounts);
        shared.set(0, sys!(mount, &dir, &there, 0, bind, 0));
        shared.set(1, sys!(mount, &one, &two, 0, bind, 0));
        for (slot, name) in [(2, &dir.below("inside")), (3, &there.below("inside")), (4, &one), (5, &two)] {
            let f = sys!(openat, CWD, name, RDWR);
            shared.set(slot, f);
            sys!(write, f, b"x", 1);
        }
        sys!(write, shared.get(2), b"x", 1);
        sys!(write, shared.get(4), b"x", 1);
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "mount", 0).file(&there).args_have("MS_BIND");
        w.saw(child, "mount", 0).file(&two).args_have("MS_BIND");
        let names = [dir.below("inside"), there.below("inside"), one.clone(), two.clone()];
        for (slot, name) in (2..).zip(&names) {
            let f = w.saw(child, "openat", shared.get(slot)).opened(name).value();
            w.saw(child, "write", 1).on(f, name).written(1);
        }
        for (slot, name) in [(2, &names[0]), (4, &names[2])] {
            let f = i32::try_from(shared.get(slot)).unwrap_or(-1);
            w.saw(child, "write", 1).on(f, name).written(1);
        }
    })?;
    w.end();
    check_ok("mount", shared.get(0))?;
    check_ok("mount", shared.get(1))?;
    Ok(())
}

/// The same inode number on two file systems, at the same descriptor one after the other.
pub(crate) fn equal_inodes(w: &mut Workload) -> Done {
    need_private_mounts()?;
    let dirs = [w.path("one"), w.path("two")];
    for dir in &dirs {
        need!(mkdir(dir, 0o755))?;
    }
    let [one, two] = [dirs[0].below("file"), dirs[1].below("file")];
    let shared = w.shared()?;
    w.begin();
    let child = w.fork(|| {
        aside(private_mounts);
        for (slot, (dir, file)) in dirs.iter().zip([&one, &two]).enumerate() {
            shared.set(slot, sys!(mount, c"none", dir, c"tmpfs", 0, 0));
            shared.set(2 + slot, sys!(openat, CWD, file, RDWR_CREAT, 0o600));
            sys!(write, shared.get(2 + slot), b"x", 1);
        }
        let inodes =
            aside(|| [2, 3].map(|slot| inode(i32::try_from(shared.get(slot)).unwrap_or(-1)).unwrap_or(0)));
        shared.set(4, i64::from(inodes[0] == inodes[1]));
        sys!(close, shared.get(2));
        sys!(dup2, shared.get(3), shared.get(2));
        sys!(write, shared.get(2), b"x", 1);
        0
    })?;
    w.reap_after(child, 0, |w| {
        let mut fds = [0; 2];
        for (slot, (dir, file)) in dirs.iter().zip([&one, &two]).enumerate() {
            w.saw(child, "mount", 0).file(dir).args_have("\"tmpfs\"");
            fds[slot] = w.saw(child, "openat", shared.get(2 + slot)).opened(file).value();
            w.saw(child, "write", 1).on(fds[slot], file).written(1);
        }
        w.saw(child, "close", 0).on(fds[0], &one);
        w.saw(child, "dup2", fds[0].into()).on(fds[1], &two).and(fds[0], &two);
        w.saw(child, "write", 1).on(fds[0], &two).written(1);
    })?;
    w.end();
    match shared.get(4) {
        1 => Ok(()),
        _ => not_applicable("file systems here number their files otherwise"),
    }
}

/// A file system of its own, and one over another.
pub(crate) fn mount_namespace(w: &mut Workload) -> Done {
    need_private_mounts()?;
    let dirs = ["mnt", "lower", "upper", "work", "both"].map(|name| w.path(name));
    for dir in &dirs {
        need!(mkdir(dir, 0o755))?;
    }
    let [mnt, .., both] = &dirs;
    w.file("lower/below", "text")?;
    let [_, lower, upper, work, _] = dirs.clone().map(|d| d.display().to_string());
    let options = std::ffi::CString::new(format!("lowerdir={lower},upperdir={upper},workdir={work}"))
        .unwrap_or_default();
    let shared = w.shared()?;
    let mut buf = [0_u8; 4];
    w.begin();
    let child = w.fork(|| {
        aside(private_mounts);
        shared.set(0, sys!(mount, c"tmp", mnt, c"tmpfs", 0, 0));
        shared.set(1, sys!(openat, CWD, &mnt.below("new"), RDWR_CREAT, 0o600));
        sys!(write, shared.get(1), b"x", 1);
        shared.set(2, sys!(mount, c"over", both, c"overlay", 0, &options));
        shared.set(3, sys!(openat, CWD, &both.below("below"), RDONLY));
        sys!(read, shared.get(3), &mut buf, 4);
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "mount", shared.get(0)).file(mnt).args_have("\"tmpfs\"");
        let f = w.saw(child, "openat", shared.get(1)).opened(mnt.join("new")).value();
        w.saw(child, "write", 1).on(f, mnt.join("new")).written(1);
        w.saw(child, "mount", shared.get(2)).file(both).args_have("\"overlay\"");
        let f = w.saw(child, "openat", shared.get(3)).opened(both.join("below")).value();
        w.saw(child, "read", 4).on(f, both.join("below")).read(4);
    })?;
    w.end();
    check_ok("mount", shared.get(0))?;
    have("overlay", shared.get(2))?;
    Ok(())
}

/// Numbers of processes are the host's in the columns, and the caller's own in arguments and results.
pub(crate) fn pid_namespace(w: &mut Workload) -> Done {
    let shared = w.shared()?;
    have("unshare", in_child(|| sys!(unshare, libc::CLONE_NEWPID))?)?;
    let (gate, known) = (new_pipe(0)?, 3);
    let pipe = pipe_name(gate[0])?;
    w.begin();
    let outer = w.fork(|| {
        sys!(unshare, libc::CLONE_NEWPID);
        let inner = sys!(fork);
        if inner == 0 {
            sys!(getpid);
            sys!(getppid);
            sys!(kill, 1, 0);
            let below = sys!(fork);
            if below == 0 {
                shared.wait(known);
                sys!(getpid);
                sys!(write, gate[1], b"x", 1);
                sys!(exit_group, 0);
            }
            shared.set(2, below);
            sys!(wait4, below, 0, 0, 0);
            sys!(exit_group, 0);
        }
        shared.set(0, inner);
        // Only the number that it has here is the host's.
        shared.set(1, first_child(u32::try_from(inner).unwrap_or_default()));
        shared.open(known);
        sys!(wait4, inner, 0, 0, 0);
        0
    })?;
    w.reap_after(outer, 0, |w| {
        let (inner, below) = (shared.tid(0), shared.tid(1));
        w.saw(outer, "unshare", 0).args_have("CLONE_NEWPID");
        w.saw(outer, "fork", inner.into()).pid(outer);
        w.saw(inner, "getpid", 1).pid(inner);
        w.saw(inner, "getppid", 0).pid(inner);
        w.saw(inner, "kill", 0).args_have("1, 0").pid(inner);
        w.saw(inner, "fork", 2).pid(inner);
        w.saw(inner, "wait4", 2).pid(inner);
        w.exits(inner, "exit_group").pid(inner);
        w.saw(below, "getpid", 2).pid(below);
        w.saw(below, "write", 1).on(gate[1], &pipe).written(1);
        w.exits(below, "exit_group").pid(below);
        w.saw(outer, "wait4", inner.into());
    })?;
    w.end();
    if shared.get(2) == 2 { Ok(()) } else { Err(StepError::Call { call: "fork", ret: shared.get(2) }) }
}

/// The result of a call that a child makes.
fn in_child(call: impl FnOnce() -> Raw) -> Result<Raw, StepError> {
    let shared = crate::tasks::Shared::new()?;
    let child = check_ok("fork", sys!(fork))?;
    if child == 0 {
        shared.set(0, call());
        sys!(exit_group, 0);
    }
    need!(wait4(child, 0, 0, 0))?;
    Ok(shared.get(0))
}

/// In a namespace of users whoever has no number is somebody else to itself; the column is the host's number.
pub(crate) fn user_namespace(w: &mut Workload) -> Done {
    have("unshare", in_child(|| sys!(unshare, libc::CLONE_NEWUSER))?)?;
    let uid = sys!(getuid);
    let shared = w.shared()?;
    w.begin();
    let child = w.fork(|| {
        sys!(unshare, libc::CLONE_NEWUSER);
        shared.set(0, sys!(getuid));
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "unshare", 0).args_have("CLONE_NEWUSER").uid(uid);
        w.saw(child, "getuid", shared.get(0)).uid(uid);
    })?;
    w.end();
    Ok(())
}

/// In a namespace of time the clock of the rows is the host's.
pub(crate) fn time_namespace(w: &mut Workload) -> Done {
    const NEWTIME: i32 = 0x80;
    have("unshare", in_child(|| sys!(unshare, NEWTIME))?)?;
    let shared = w.shared()?;
    let now = || {
        let mut time = [0_i64; 2];
        aside(|| sys!(clock_gettime, libc::CLOCK_BOOTTIME, &mut time));
        time[0] * SECOND + time[1]
    };
    w.begin();
    let before = now();
    let outer = w.fork(|| {
        shared.set(0, sys!(unshare, NEWTIME));
        aside(|| {
            let f = sys!(openat, CWD, c"/proc/self/timens_offsets", libc::O_WRONLY);
            shared.set(1, sys!(write, f, b"boottime 864000 0\n", 18));
        });
        let inner = sys!(fork);
        if inner == 0 {
            sys!(getppid);
            let mut time = [0_i64; 2];
            sys!(clock_gettime, libc::CLOCK_BOOTTIME, &mut time);
            shared.set(3, time[0]);
            sys!(exit_group, 0);
        }
        shared.set(2, inner);
        sys!(wait4, inner, 0, 0, 0);
        0
    })?;
    w.reap_after(outer, 0, |w| {
        let (inner, after) = (shared.tid(2), now());
        w.saw(outer, "unshare", 0).args_have("CLONE_NEWTIME").time_between(before, after);
        w.saw(outer, "fork", inner.into()).time_between(before, after);
        w.saw(inner, "getppid", outer.into()).time_between(before, after);
        w.saw(inner, "clock_gettime", 0).time_between(before, after);
        w.exits(inner, "exit_group").time_between(before, after);
        w.saw(outer, "wait4", inner.into()).time_between(before, after);
    })?;
    w.end();
    have("unshare", shared.get(0))?;
    check_ok("write", shared.get(1))?;
    // The child itself has other times.
    let shifted = shared.get(3) * SECOND - before > 800_000 * SECOND;
    if shifted { Ok(()) } else { Err(StepError::Call { call: "clock_gettime", ret: shared.get(3) }) }
}

/// Rows have the control group that /proc tells.
pub(crate) fn cgroup(w: &mut Workload) -> Done {
    let text = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let Some(group) = text.lines().find_map(|line| line.strip_prefix("0::")) else {
        return not_applicable("there are no control groups of version 2");
    };
    w.begin();
    ok!(w, getpid())?.cgroup(group);
    w.end();
    Ok(())
}

/// A program that runs as its owner.
pub(crate) fn setuid_exec(w: &mut Workload) -> Done {
    const NOBODY: i64 = 65534;
    let program = Program::new().call(number::geteuid, 0, 0).call(number::exit_group, 7, 0);
    let image = w.program("image", &program)?;
    need!(chmod(&image, 0o4755))?;
    for dir in image.ancestors().skip(1).filter(|dir| dir.starts_with(std::env::temp_dir())) {
        need!(chmod(&Named::new(dir.to_path_buf()), 0o755))?;
    }
    let (shared, argv, none) = (w.shared()?, [at(&image), 0], [0_u64]);
    w.begin();
    let child = w.fork(|| {
        shared.set(0, sys!(setresuid, NOBODY, NOBODY, NOBODY));
        sys!(getuid);
        shared.set(1, sys!(execve, &image, &argv, &none));
        7
    })?;
    let me = sys!(geteuid);
    w.reap_after(child, 7, |w| {
        w.saw(child, "setresuid", shared.get(0));
        w.saw(child, "getuid", NOBODY).uid(NOBODY);
        w.saw(child, "execve", 0).file(&image).uid(NOBODY);
        w.saw(child, "geteuid", me).comm("image");
    })?;
    w.ignore_calls(&["geteuid"]);
    w.end();
    if shared.get(0) < 0 { not_applicable("another user cannot be had") } else { Ok(()) }
}
