//! Descriptors and their numbers.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::prelude::*;

const CLOSE_RANGE_UNSHARE: u32 = 2;
const CLOSE_RANGE_CLOEXEC: u32 = 4;

pub(crate) fn close_basic(w: &mut Workload) -> Done {
    let paths = [w.file("a", "")?, w.file("b", "")?, w.file("c", "")?];
    w.begin();
    let mut open = Vec::new();
    for path in &paths {
        open.push(ok!(w, openat(CWD, path, RDWR))?.opened(path).value());
    }
    for (f, path) in open.iter().zip(&paths) {
        ok!(w, close(*f))?.on(*f, path);
    }
    for f in &open {
        fails!(w, EBADF, write(*f, b"x", 1))?.fd(*f);
    }
    // The lowest number again, for another file.
    ok!(w, openat(CWD, &paths[2], RDWR))?.fd(open[0]).file(&paths[2]);
    ok!(w, write(open[0], b"x", 1))?.on(open[0], &paths[2]).written(1);
    w.end();
    Ok(())
}

pub(crate) fn close_invalid(w: &mut Workload) -> Done {
    let (path, f) = w.open("closed", "")?;
    w.begin();
    fails!(w, EBADF, close(NO_FD))?.fd(NO_FD);
    fails!(w, EBADF, close(-1))?.args_have("-1");
    ok!(w, close(f))?.on(f, &path);
    fails!(w, EBADF, close(f))?.fd(f);
    fails!(w, EBADF, fsync(f))?.fd(f);
    w.end();
    Ok(())
}

/// A number that is closed and opened again at once never shows the old name.
pub(crate) fn number_reuse(w: &mut Workload) -> Done {
    let paths = [w.file("a", "aaaa")?, w.file("b", "bbbb")?];
    let mut buf = [0_u8; 1];
    w.begin();
    for _ in 0..50 {
        for path in &paths {
            let f = ok!(w, openat(CWD, path, RDONLY))?.opened(path).value();
            ok!(w, read(f, &mut buf, 1))?.on(f, path).read(1);
            ok!(w, close(f))?.on(f, path);
            fails!(w, EBADF, close(f))?.fd(f);
        }
    }
    w.end();
    Ok(())
}

/// Descriptors of one file, one after the other.
fn several<const N: usize>(w: &Workload) -> Result<(Named, [i32; N]), StepError> {
    let path = w.file("range", "text")?;
    let mut open = [0_i32; N];
    for f in &mut open {
        *f = need!(openat(CWD, &path, RDWR))?;
    }
    Ok((path, open))
}

pub(crate) fn close_range(w: &mut Workload) -> Done {
    let (path, [low, middle, high]) = several(w)?;
    w.begin();
    ok!(w, write(middle, b"x", 1))?.on(middle, &path).written(1);
    ok!(w, close_range(low, high, 0))?.args_have(&format!("{low}, {high}, 0"));
    for f in [low, middle, high] {
        fails!(w, EBADF, write(f, b"x", 1))?.fd(f);
    }
    fails!(w, EINVAL, close_range(high, low, 0))?;
    fails!(w, EINVAL, close_range(low, high, 0x100))?.args_have("0x100");
    w.end();
    Ok(())
}

pub(crate) fn close_range_bounded(w: &mut Workload) -> Done {
    let (path, [low, _, high]) = several(w)?;
    let beyond = need!(dup2(high, 700))?;
    w.begin();
    ok!(w, close_range(low, high, 0))?.args_have(&format!("{low}, {high}, 0"));
    fails!(w, EBADF, write(low, b"x", 1))?.fd(low);
    ok!(w, write(beyond, b"x", 1))?.on(700, &path).written(1);
    w.end();
    Ok(())
}

/// Marks instead of closing.
pub(crate) fn close_range_cloexec(w: &mut Workload) -> Done {
    let (path, [low, high]) = several(w)?;
    let beyond = need!(dup2(high, 700))?;
    w.begin();
    ok!(w, close_range(low, high, CLOSE_RANGE_CLOEXEC))?.args_have("CLOSE_RANGE_CLOEXEC");
    for f in [low, high] {
        ok!(w, write(f, b"x", 1))?.on(f, &path).written(1);
        ok!(w, fcntl(f, libc::F_GETFD))?.on(f, &path).args_have("F_GETFD").ret_is(1);
    }
    ok!(w, fcntl(beyond, libc::F_GETFD))?.on(700, &path).ret_is(0);
    w.end();
    Ok(())
}

/// The thread that unshares its table first leaves the table of the others as it was.
pub(crate) fn close_range_unshare(w: &mut Workload) -> Done {
    let (path, [low, high]) = several(w)?;
    let shared = w.shared()?;
    w.begin();
    let thread = w.thread(move || {
        shared.set(0, sys!(write, low, b"1", 1));
        shared.set(1, sys!(close_range, low, high, CLOSE_RANGE_UNSHARE));
        shared.set(2, sys!(write, low, b"2", 1));
    })?;
    let tid = thread.tid;
    thread.join();
    ok!(w, write(low, b"3", 1))?.on(low, &path).written(1);
    ok!(w, write(high, b"4", 1))?.on(high, &path).written(1);
    w.end();
    w.saw(tid, "write", 1).on(low, &path).written(1);
    check_ok("close_range", shared.get(1))?;
    w.saw(tid, "close_range", 0).args_have("CLOSE_RANGE_UNSHARE");
    w.saw(tid, "write", -i64::from(libc::EBADF)).fd(low);
    w.exits(tid, "exit");
    Ok(())
}

pub(crate) fn close_range_empty(w: &mut Workload) -> Done {
    w.begin();
    ok!(w, close_range(9000, 9999, 0))?.args_have("9000, 9999, 0");
    w.end();
    Ok(())
}

/// The whole table at once.
pub(crate) fn close_range_all(w: &mut Workload) -> Done {
    let (path, [low, high]) = several(w)?;
    let program = Program::new().call(number::write, low, 1).call(number::write, high, 1);
    let image = w.program("image", &program.call(number::exit_group, 7, 0))?;
    let (argv, none) = ([at(&image), 0], [0_u64]);
    w.begin();
    // All are marked, and closed by a new program; of an unshared table too.
    for (flags, text) in
        [(CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC"), (6, "CLOSE_RANGE_UNSHARE|CLOSE_RANGE_CLOEXEC")]
    {
        let child = w.fork(|| {
            sys!(close_range, 3, -1, flags);
            sys!(write, low, b"x", 1);
            sys!(execve, &image, &argv, &none);
            1
        })?;
        w.reap_after(child, 7, |w| {
            w.saw(child, "close_range", 0).args_have(&format!("3, 4294967295, {text}"));
            w.saw(child, "write", 1).on(low, &path).written(1);
            w.saw(child, "execve", 0).file(&image);
            w.saw(child, "write", -i64::from(libc::EBADF)).fd(low);
            w.saw(child, "write", -i64::from(libc::EBADF)).fd(high);
        })?;
    }
    let child = w.fork(|| {
        sys!(write, high, b"x", 1);
        sys!(close_range, 3, -1, 0);
        sys!(write, low, b"x", 1);
        sys!(write, high, b"x", 1);
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "write", 1).on(high, &path).written(1);
        w.saw(child, "close_range", 0).args_have("3, 4294967295, 0");
        w.saw(child, "write", -i64::from(libc::EBADF)).fd(low);
        w.saw(child, "write", -i64::from(libc::EBADF)).fd(high);
    })?;
    ok!(w, write(low, b"x", 1))?.on(low, &path).written(1);
    w.end();
    Ok(())
}

/// What was opened before anybody traced is named at its first use, and a number that it had is a pipe's at once.
pub(crate) fn preopened(w: &mut Workload) -> Done {
    let files = w.preopened()?;
    // The standard descriptors may be anything; /proc tells what the kernel calls them.
    let standard: Vec<(i32, Vec<u8>)> = (0..3)
        .filter_map(|n| {
            Some((n, std::fs::read_link(format!("/proc/self/fd/{n}")).ok()?.into_os_string().into_vec()))
        })
        .filter(|(_, name)| name.starts_with(b"/dev/") || name.starts_with(b"pipe:["))
        .collect();
    let mut buf = [0_u8; 256];
    let ((first, path), last) = (&files[0], files[files.len() - 1].0);
    // No number below theirs is free: one that is closed is the next to be given.
    while check_ok("dup", sys!(dup, *first))? < last.into() {}
    w.begin();
    ok!(w, read(*first, &mut buf, 6))?.on(*first, path).read(6).args_have("\"opened\"");
    let copy = ok!(w, dup(*first))?.on(*first, path).and_opened(path).value();
    for (f, path) in &files {
        let (f, mut ends) = (*f, [0_i32; 2]);
        ok!(w, write(f, b"x", 1))?.on(f, path).written(1);
        ok!(w, close(f))?.on(f, path);
        let made = sys!(pipe2, &mut ends, 0);
        let name = aside(|| pipe_name(ends[0]))?;
        w.ok("pipe2", made)?.on(f, &name).and(ends[1], &name);
        ok!(w, write(ends[1], b"x", 1))?.on(ends[1], &name).written(1);
        ok!(w, read(f, &mut buf, 1))?.on(f, &name).read(1);
        ok!(w, close(ends[1]))?.on(ends[1], &name);
    }
    ok!(w, fstat(copy, &mut buf))?.on(copy, path);
    for (n, name) in &standard {
        ok!(w, fstat(*n, &mut buf))?.on(*n, OsStr::from_bytes(name));
    }
    w.end();
    Ok(())
}

/// A blocked write holds its file, while the number it was called with becomes another one's.
pub(crate) fn close_under_blocked_write(w: &mut Workload) -> Done {
    const AMOUNT: usize = 256 * 1024;
    need_proc_syscall()?;
    let fifo = w.path("fifo");
    need!(mknod(&fifo, libc::S_IFIFO | 0o600, 0))?;
    let reader = need!(openat(CWD, &fifo, RDWR))?;
    let writer = need!(openat(CWD, &fifo, libc::O_WRONLY))?;
    let buf = vec![b'x'; AMOUNT];
    let from = at(&buf[..]);
    let mut into = vec![0_u8; AMOUNT];
    w.begin();
    let thread = w.thread(move || sys!(write, writer, from, AMOUNT))?;
    let tid = thread.tid;
    if !wait_until_blocked(tid, number::write) {
        return not_applicable("the write did not block");
    }
    ok!(w, close(writer))?.on(writer, &fifo);
    let mut ends = [0_i32; 2];
    let made = sys!(pipe2, &mut ends, 0);
    let name = aside(|| pipe_name(ends[0]))?;
    w.ok("pipe2", made)?.on(writer, &name).and(ends[1], &name);
    let mut left = AMOUNT;
    while left > 0 {
        let r = sys!(read, reader, &mut into[..], left);
        w.ok("read", r)?.on(reader, &fifo).read(r);
        left -= usize::try_from(r).unwrap_or(left);
    }
    let wrote = thread.join().unwrap_or_default();
    w.end();
    let all = i64::try_from(AMOUNT).unwrap_or_default();
    w.saw(tid, "write", wrote).on(writer, &fifo).written(all);
    w.exits(tid, "exit");
    Ok(())
}

pub(crate) fn dup(w: &mut Workload) -> Done {
    let ((a, f), (b, other)) = (w.open("a", "aaaa")?, w.open("b", "bbbb")?);
    w.begin();
    let copy = ok!(w, dup(f))?.on(f, &a).and_opened(&a).value();
    ok!(w, write(copy, b"x", 1))?.on(copy, &a).written(1);
    ok!(w, write(other, b"x", 1))?.on(other, &b).written(1);
    // The number names b until now.
    ok!(w, dup2(f, other))?.on(f, &a).and_opened(&a);
    ok!(w, write(other, b"x", 1))?.on(other, &a).written(1);
    ok!(w, dup2(f, 500))?.on(f, &a).and(500, &a);
    ok!(w, write(500, b"x", 1))?.on(500, &a).written(1);
    ok!(w, dup3(f, 501, libc::O_CLOEXEC))?.on(f, &a).and(501, &a).args_have("O_CLOEXEC");
    ok!(w, write(501, b"x", 1))?.on(501, &a).written(1);
    ok!(w, fcntl(500, libc::F_GETFD))?.on(500, &a).ret_is(0);
    ok!(w, fcntl(501, libc::F_GETFD))?.on(501, &a).ret_is(1);
    ok!(w, close(501))?.on(501, &a);
    w.end();
    Ok(())
}

pub(crate) fn dup_invalid(w: &mut Workload) -> Done {
    let (path, f) = w.open("a", "aaaa")?;
    w.begin();
    fails!(w, EBADF, dup(NO_FD))?.fd(NO_FD);
    fails!(w, EINVAL, dup3(f, 502, 0xBAD))?.on(f, &path).fd2(502);
    fails!(w, EBADF, write(502, b"x", 1))?.fd(502);
    fails!(w, EBADF, dup2(NO_FD, 502))?.fd(NO_FD).fd2(502);
    fails!(w, EBADF, write(502, b"x", 1))?.fd(502);
    fails!(w, EBADF, dup2(f, -1))?.on(f, &path);
    w.end();
    Ok(())
}

pub(crate) fn dup_same(w: &mut Workload) -> Done {
    let (path, f) = w.open("a", "aaaa")?;
    w.begin();
    ok!(w, dup2(f, f))?.on(f, &path).and(f, &path);
    fails!(w, EINVAL, dup3(f, f, 0))?.on(f, &path).and(f, &path);
    ok!(w, write(f, b"x", 1))?.on(f, &path).written(1);
    fails!(w, EBADF, dup2(NO_FD, NO_FD))?.fd(NO_FD).fd2(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn fcntl_dupfd(w: &mut Workload) -> Done {
    let (path, f) = w.open("a", "aaaa")?;
    w.begin();
    ok!(w, fcntl(f, libc::F_DUPFD, 601))?.on(f, &path).and(601, &path).args_have("F_DUPFD, 601");
    ok!(w, write(601, b"x", 1))?.on(601, &path).written(1);
    ok!(w, fcntl(f, libc::F_DUPFD_CLOEXEC, 600))?.on(f, &path).and(600, &path);
    ok!(w, write(600, b"x", 1))?.on(600, &path).written(1);
    ok!(w, fcntl(601, libc::F_GETFD))?.on(601, &path).ret_is(0);
    ok!(w, fcntl(600, libc::F_GETFD))?.on(600, &path).ret_is(1);
    // Taken: the next one.
    ok!(w, fcntl(f, libc::F_DUPFD, 600))?.on(f, &path).and(602, &path);
    w.end();
    Ok(())
}

/// What F_GETFL returns is a set of flags.
pub(crate) fn fcntl_setfl(w: &mut Workload) -> Done {
    let (path, f) = w.open("a", "")?;
    w.begin();
    ok!(w, fcntl(f, libc::F_GETFL))?.on(f, &path).args_have("F_GETFL").ret_is((RDWR | 0x8000).into());
    ok!(w, fcntl(f, libc::F_SETFL, libc::O_APPEND))?.on(f, &path).args_have("F_SETFL, O_RDONLY|O_APPEND");
    ok!(w, fcntl(f, libc::F_GETFL))?.on(f, &path);
    ok!(w, write(f, b"x", 1))?.on(f, &path).written(1);
    ok!(w, fcntl(f, libc::F_SETFD, libc::FD_CLOEXEC))?.on(f, &path).args_have("F_SETFD, FD_CLOEXEC");
    // 1: the flag, and standard output's number.
    ok!(w, fcntl(f, libc::F_GETFD))?.on(f, &path).ret_is(1);
    w.end();
    Ok(())
}

pub(crate) fn fcntl_invalid(w: &mut Workload) -> Done {
    let (path, f) = w.open("a", "")?;
    w.begin();
    fails!(w, EBADF, fcntl(NO_FD, libc::F_GETFL))?.fd(NO_FD);
    fails!(w, EINVAL, fcntl(f, libc::F_DUPFD, 1 << 30))?.on(f, &path);
    fails!(w, EINVAL, fcntl(f, 0xbad))?.on(f, &path);
    w.end();
    Ok(())
}

pub(crate) fn ioctl(w: &mut Workload) -> Done {
    let ends = new_pipe(0)?;
    let name = pipe_name(ends[0])?;
    let mut count = [0_i32];
    w.begin();
    ok!(w, write(ends[1], b"four", 4))?.on(ends[1], &name).written(4);
    ok!(w, ioctl(ends[0], libc::FIONREAD, &mut count))?.on(ends[0], &name).args_have("FIONREAD");
    ok!(w, ioctl(ends[1], libc::FIOCLEX))?.on(ends[1], &name).args_have("FIOCLEX");
    ok!(w, write(ends[1], b"x", 1))?.on(ends[1], &name).written(1);
    ok!(w, fcntl(ends[1], libc::F_GETFD))?.on(ends[1], &name).ret_is(1);
    ok!(w, ioctl(ends[1], libc::FIONCLEX))?.on(ends[1], &name).args_have("FIONCLEX");
    ok!(w, write(ends[1], b"x", 1))?.on(ends[1], &name).written(1);
    ok!(w, fcntl(ends[1], libc::F_GETFD))?.on(ends[1], &name).ret_is(0);
    fails!(w, ENOTTY, ioctl(ends[0], libc::TIOCGWINSZ, &mut count))?.on(ends[0], &name);
    fails!(w, EBADF, ioctl(NO_FD, libc::FIONREAD, &mut count))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn flock(w: &mut Workload) -> Done {
    let (path, f) = w.open("locked", "")?;
    let other = need!(openat(CWD, &path, RDWR))?;
    w.begin();
    ok!(w, flock(f, libc::LOCK_EX))?.on(f, &path).args_have("LOCK_EX");
    fails!(w, EAGAIN, flock(other, libc::LOCK_SH | libc::LOCK_NB))?
        .on(other, &path)
        .args_have("LOCK_SH|LOCK_NB");
    ok!(w, flock(f, libc::LOCK_UN))?.on(f, &path).args_have("LOCK_UN");
    w.end();
    Ok(())
}

/// A descriptor and a pipe of the parent keep their names in the child.
pub(crate) fn fork_inherit(w: &mut Workload) -> Done {
    let (path, f) = w.open("inherited", "text")?;
    let mut ends = [0_i32; 2];
    w.begin();
    let made = sys!(pipe2, &mut ends, 0);
    let name = aside(|| pipe_name(ends[0]))?;
    w.ok("pipe2", made)?.on(ends[0], &name).and(ends[1], &name);
    ok!(w, write(ends[1], b"x", 1))?.on(ends[1], &name).written(1);
    let mut buf = [0_u8; 1];
    let child = w.fork(|| {
        sys!(read, ends[0], &mut buf, 1);
        sys!(write, f, b"y", 1);
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "read", 1).on(ends[0], &name).read(1).pid(child);
        w.saw(child, "write", 1).on(f, &path).written(1).pid(child);
    })?;
    w.end();
    Ok(())
}

/// Changes of the table by threads that the filter leaves out count all the same.
pub(crate) fn other_thread(w: &mut Workload) -> Done {
    let ((a, first), (b, second)) = (w.open("a", "aaaa")?, w.open("b", "bbbb")?);
    let mut buf = [0_u8; 1];
    check_ok("prctl", sys!(prctl, libc::PR_SET_NAME, c"wanted", 0, 0, 0))?;
    w.begin();
    ok!(w, pread64(first, &mut buf, 1, 0))?.on(first, &a).read(1);
    let thread = w.thread(move || {
        // From here on it is not traced, and what it does is not seen.
        sys!(prctl, libc::PR_SET_NAME, c"unwanted", 0, 0, 0);
        sys!(dup3, second, first, 0)
    })?;
    let tid = thread.tid;
    let made = thread.join().unwrap_or_default();
    check_ok("dup3", made)?;
    ok!(w, pread64(first, &mut buf, 1, 0))?.on(first, &b).read(1);
    w.end();
    w.saw(tid, "prctl", 0).comm("wanted");
    Ok(())
}
