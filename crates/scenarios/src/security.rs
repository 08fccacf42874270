//! Filters, keys, programs of the kernel, mounts.

use crate::prelude::*;
use crate::tasks::Shared;

const NO_NEW_PRIVS: i32 = 38;
const SET_MODE_FILTER: i32 = 1;
const NEW_LISTENER: u32 = 1 << 3;

/// A filter that does `action` for the call `nr` and lets all others pass.
fn filter(nr: libc::c_long, action: u32) -> [u64; 4] {
    // struct sock_filter: code, jump if true, jump if false, operand
    let step = |code: u64, jt: u64, jf: u64, k: u64| code | jt << 16 | jf << 24 | k << 32;
    let (load, equal, done) = (0x20, 0x15, 0x06);
    [
        step(load, 0, 0, 0),
        step(equal, 0, 1, nr.unsigned_abs()),
        step(done, 0, 0, action.into()),
        step(done, 0, 0, libc::SECCOMP_RET_ALLOW.into()),
    ]
}

/// Puts it on the caller.
fn put(filter: &[u64; 4], flags: u32) -> [Raw; 2] {
    let program = [4, at(filter)];
    [sys!(prctl, NO_NEW_PRIVS, 1, 0, 0, 0), sys!(seccomp, SET_MODE_FILTER, flags, &program)]
}

/// States that.
fn saw_put(w: &mut Workload, tid: u32, flags: &str, made: Raw) {
    w.saw(tid, "prctl", 0).args_have("PR_SET_NO_NEW_PRIVS");
    let row = w.saw(tid, "seccomp", made).args_have(&format!("SECCOMP_SET_MODE_FILTER, {flags}, "));
    if made > 0 {
        row.fd_opened().file_has("seccomp");
    }
}

/// What a filter refuses never begins: no row, but counted.
pub(crate) fn denied(w: &mut Workload) -> Done {
    let (path, f) = w.open("refused", "")?;
    let refuse = filter(number::fchmod, libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs());
    let shared = w.shared()?;
    w.begin();
    let child = w.fork(|| {
        sys!(fchmod, f, 0o600);
        shared.set(0, put(&refuse, 0)[1]);
        for slot in 1..4 {
            shared.set(slot, sys!(fchmod, f, 0o600));
        }
        sys!(fchown, f, -1, -1);
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "fchmod", 0).on(f, &path);
        saw_put(w, child, "0", shared.get(0));
        w.saw(child, "fchown", 0).on(f, &path);
    })?;
    w.without_entry(3);
    w.end();
    all_are(shared, 1..4, -i64::from(libc::EPERM), "fchmod")
}

fn all_are(shared: Shared, slots: std::ops::Range<usize>, want: Raw, call: &'static str) -> Done {
    match slots.map(|slot| shared.get(slot)).find(|ret| *ret != want) {
        Some(ret) => Err(StepError::Call { call, ret }),
        None => Ok(()),
    }
}

/// A filter that raises SIGSYS leaves the call's number as its result; a supervisor may answer with anything. Neither is a
/// call that succeeded.
pub(crate) fn trapped(w: &mut Workload) -> Done {
    handle(libc::SIGSYS, 0);
    let trap = filter(number::getppid, libc::SECCOMP_RET_TRAP);
    let shared = w.shared()?;
    w.begin();
    let child = w.fork(|| {
        shared.set(0, put(&trap, 0)[1]);
        sys!(getppid);
        sys!(getpid);
        0
    })?;
    w.reap_after(child, 0, |w| {
        saw_put(w, child, "0", shared.get(0));
        w.never_returns(child, "rt_sigreturn");
        w.saw(child, "getpid", child.into());
    })?;
    w.without_entry(1);
    w.end();
    Ok(())
}

pub(crate) fn answered(w: &mut Workload) -> Done {
    const RECV: u32 = 0xc050_2100;
    const SEND: u32 = 0xc018_2101;
    let notify = filter(number::getppid, libc::SECCOMP_RET_USER_NOTIF);
    let (shared, me) = (w.shared()?, w.pid());
    let [ready, listener, answer] = [0, 1, 2];
    w.begin();
    let thread = w.thread(move || {
        let fd = put(&notify, NEW_LISTENER)[1];
        shared.set(listener, fd);
        shared.open(ready);
        shared.set(answer, sys!(getppid));
        sys!(getpid);
    })?;
    let tid = thread.tid;
    shared.wait(ready);
    let fd = i32::try_from(have("seccomp", shared.get(listener))?).unwrap_or(-1);
    // struct seccomp_notif, and seccomp_notif_resp: id, value, error and flags
    let mut asked = [0_u64; 10];
    ok!(w, ioctl(fd, RECV, &mut asked))?.fd(fd).file_has("seccomp").args_have("SECCOMP_IOCTL_NOTIF_RECV");
    let mut response = [asked[0], 42, 0];
    ok!(w, ioctl(fd, SEND, &mut response))?.fd(fd).file_has("seccomp").args_have("SECCOMP_IOCTL_NOTIF_SEND");
    thread.join();
    w.end();
    saw_put(w, tid, "SECCOMP_FILTER_FLAG_NEW_LISTENER", fd.into());
    w.saw(tid, "getpid", me.into());
    w.exits(tid, "exit");
    w.without_entry(1);
    all_are(shared, answer..answer + 1, 42, "getppid")
}

/// The process is killed by the filter before its call begins.
pub(crate) fn filter_kills(w: &mut Workload) -> Done {
    let kill = filter(number::getppid, libc::SECCOMP_RET_KILL_PROCESS);
    let shared = w.shared()?;
    w.begin();
    let child = w.fork(|| {
        shared.set(0, put(&kill, 0)[1]);
        sys!(getppid);
        1
    })?;
    let mut status = [0_i32];
    ok!(w, wait4(child, &mut status, 0, 0))?.args_have("WTERMSIG(s) == SIGSYS");
    w.end();
    saw_put(w, child, "0", shared.get(0));
    // The call has an end, at which the signal is delivered.
    w.without_entry(1);
    Ok(())
}

/// Only some commands make a descriptor.
pub(crate) fn bpf_map(w: &mut Workload) -> Done {
    const MAP_CREATE: i32 = 0;
    const MAP_LOOKUP_ELEM: i32 = 1;
    // BPF_MAP_TYPE_ARRAY, key 4, value 8, 1 entry
    let create = [2_u32, 4, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let probe = have("bpf", sys!(bpf, MAP_CREATE, &create, 64))?;
    need!(close(probe))?;
    let (key, mut value) = ([0_u32], [0_u64]);
    w.begin();
    let map = ok!(w, bpf(MAP_CREATE, &create, 64))?
        .opened("anon_inode:bpf-map")
        .args_have("BPF_MAP_CREATE")
        .value();
    let lookup = [u64::from(map.unsigned_abs()), at(&key), at(&mut value), 0];
    ok!(w, bpf(MAP_LOOKUP_ELEM, &lookup, 32))?.args_have("BPF_MAP_LOOKUP_ELEM");
    ok!(w, close(map))?.on(map, "anon_inode:bpf-map");
    fails!(w, EINVAL, bpf(0xbad, &lookup, 32))?;
    w.end();
    Ok(())
}

/// Serials of keys and ids of processes are no descriptors.
pub(crate) fn keys_and_perf(w: &mut Workload) -> Done {
    const PROCESS_KEYRING: i32 = -2;
    have("add_key", sys!(add_key, c"user", c"syscope", b"x", 1, PROCESS_KEYRING))?;
    w.begin();
    ok!(w, add_key(c"user", c"syscope", b"x", 1, PROCESS_KEYRING))?
        .args_have("\"user\", \"syscope\", \"x\", 1");
    ok!(w, request_key(c"user", c"syscope", 0, PROCESS_KEYRING))?.args_have("\"user\", \"syscope\", NULL");
    let r = sys!(keyctl, 0, PROCESS_KEYRING, 1, 0, 0);
    w.ok("keyctl", r)?.args_have("KEYCTL_GET_KEYRING_ID");
    fails!(w, ENODEV, add_key(c"no such type", c"syscope", b"x", 1, PROCESS_KEYRING))?;
    fails!(w, ESRCH, ptrace(1, -1, 0, 0))?.args_have("PTRACE_PEEKTEXT, -1");
    w.end();
    Ok(())
}

pub(crate) fn perf(w: &mut Workload) -> Done {
    // struct perf_event_attr: PERF_TYPE_SOFTWARE and size, PERF_COUNT_SW_CPU_CLOCK
    let mut attr = [0_u64; 17];
    attr[0] = 1 | 136 << 32;
    let probe = have("perf_event_open", sys!(perf_event_open, &attr, 0, -1, -1, 0))?;
    need!(close(probe))?;
    w.begin();
    let f = ok!(w, perf_event_open(&attr, 0, -1, -1, 8))?
        .opened("anon_inode:[perf_event]")
        .args_have("0, -1, -1, PERF_FLAG_FD_CLOEXEC")
        .value();
    ok!(w, close(f))?.on(f, "anon_inode:[perf_event]");
    fails!(w, EBADF, perf_event_open(&attr, 0, -1, NO_FD, 0))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn landlock(w: &mut Workload) -> Done {
    const VERSION: u32 = 1;
    let d = w.open_dir()?;
    have("landlock", sys!(landlock_create_ruleset, 0, 0, VERSION))?;
    // The file rights that a rule may grant; a rule: rights, descriptor
    let attr = [0x1fff_u64];
    let mut rule = [0_u8; 12];
    rule[0] = 4;
    rule[8..].copy_from_slice(&d.to_le_bytes());
    w.begin();
    let set = ok!(w, landlock_create_ruleset(&attr, 8, 0))?.fd_opened().file_has("landlock-ruleset").value();
    ok!(w, landlock_add_rule(set, 1, &rule, 0))?.fd(set).file_has("landlock-ruleset");
    // A version is no descriptor, although one of that number is open.
    ok!(w, landlock_create_ruleset(0, 0, VERSION))?.args_have("LANDLOCK_CREATE_RULESET_VERSION");
    fails!(w, EBADF, landlock_add_rule(NO_FD, 1, &rule, 0))?.fd(NO_FD);
    w.end();
    Ok(())
}

/// In a namespace of mounts of its own, below its own directory.
pub(crate) fn mounts(w: &mut Workload) -> Done {
    let (target, missing) = (w.path("mnt"), w.path("missing"));
    need!(mkdir(&target, 0o755))?;
    have("unshare", sys!(unshare, libc::CLONE_NEWNS))?;
    need!(mount(c"none", c"/", 0, libc::MS_REC | libc::MS_PRIVATE, 0))?;
    // Opened in here, or it would be of the namespace outside.
    let d = w.open_dir()?;
    let probe = have("fsopen", sys!(fsopen, c"tmpfs", 0))?;
    need!(close(probe))?;
    const MOVE_EMPTY: u32 = 4;
    const CMD_CREATE: u32 = 6;
    let mut buf = [0_u64; 256];
    w.begin();
    ok!(w, mount(c"syscope", &target, c"tmpfs", libc::MS_NOSUID, c"size=4k"))?
        .file(&target)
        .args_have("\"syscope\"")
        .args_have("\"tmpfs\", MS_NOSUID, \"size=4k\"");
    ok!(w, umount2(&target, libc::MNT_DETACH))?.file(&target).args_have("MNT_DETACH");
    let fs = ok!(w, fsopen(c"tmpfs", 1))?.opened("anon_inode:[fscontext]").args_have("\"tmpfs\"").value();
    ok!(w, fsconfig(fs, 1, c"size", c"4k", 0))?
        .on(fs, "anon_inode:[fscontext]")
        .args_have("\"size\", \"4k\"");
    ok!(w, fsconfig(fs, CMD_CREATE, 0, 0, 0))?.on(fs, "anon_inode:[fscontext]");
    let m = ok!(w, fsmount(fs, 0, 0))?.on(fs, "anon_inode:[fscontext]").fd2_opened().any_second().value();
    ok!(w, move_mount(m, c"", d, c"mnt", MOVE_EMPTY))?.fd(m).any_file().file2(&target);
    ok!(w, close(m))?.fd(m).any_file();
    // A clone of the mount is nowhere: what it is called there is not what anybody finds it by.
    let tree = ok!(w, open_tree(d, c"mnt", 1))?.opened(".../").args_have("OPEN_TREE_CLONE").value();
    let inside =
        ok!(w, openat(tree, c"x", RDWR_CREAT, 0o600))?.opened(".../x").args_have(".../>, \"x\"").value();
    ok!(w, write(inside, b"x", 1))?.on(inside, ".../x").written(1);
    ok!(w, move_mount(tree, c"", d, c"mnt", MOVE_EMPTY))?.fd(tree).any_file().file2(&target);
    ok!(w, write(inside, b"x", 1))?.on(inside, target.join("x")).written(1);
    ok!(w, umount2(&target, libc::MNT_DETACH))?.file(&target);
    ok!(w, write(inside, b"x", 1))?.on(inside, ".../x").written(1);
    ok!(w, close(inside))?.on(inside, ".../x");
    ok!(w, close(tree))?.on(tree, ".../");
    let picked = ok!(w, fspick(d, c"mnt", 0))?.fd_opened().any_file().value();
    ok!(w, close(picked))?.on(picked, "anon_inode:[fscontext]");
    ok!(w, umount2(&target, 0))?.file(&target);
    fails!(w, EINVAL, umount2(&target, 0))?.file(&target);
    fails!(w, ENOENT, pivot_root(&missing, &missing))?.file(&missing).file2(&missing);
    fails!(w, ENODEV, mount(c"x", &target, c"no such fs", 0, 0))?.file(&target);
    fails!(w, ENODEV, fsopen(c"no such fs", 0))?;
    fails!(w, ENOENT, swapon(&missing, 0))?.file(&missing);
    fails!(w, ENOENT, swapoff(&missing))?.file(&missing);
    fails!(w, EBADF, fsmount(NO_FD, 0, 0))?.fd(NO_FD);
    fails!(w, ENOENT, open_tree(d, c"missing", 0))?.file(&missing);
    // struct mnt_id_req: size, LSMT_ROOT, param, the last one listed
    let request = [24_u64, !0, 0];
    let r = sys!(listmount, &request, &mut buf, 256, 0);
    if r == -i64::from(libc::ENOSYS) {
        w.fails("listmount", r, libc::ENOSYS)?;
    } else {
        w.ok("listmount", r)?;
        let request = [24_u64, buf[0], 1];
        ok!(w, statmount(&request, &mut buf, 2048, 0))?;
    }
    w.end();
    Ok(())
}
