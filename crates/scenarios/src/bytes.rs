//! Reading and writing files: how many bytes moved.

use crate::prelude::*;

pub(crate) fn basic(w: &mut Workload) -> Done {
    let path = w.path("basic");
    let mut buf = [0_u8; 32];
    w.begin();
    let f = ok!(w, openat(CWD, &path, RDWR_CREAT, 0o644))?.opened(&path).value();
    ok!(w, write(f, b"twenty-one bytes long", 21))?
        .on(f, &path)
        .written(21)
        .args_have("\"twenty-one bytes long\", 21");
    ok!(w, lseek(f, 5, libc::SEEK_SET))?.on(f, &path).args_have("5, SEEK_SET");
    ok!(w, lseek(f, 0, libc::SEEK_SET))?.on(f, &path);
    ok!(w, read(f, &mut buf, 21))?.on(f, &path).read(21).args_have("\"twenty-one bytes long\", 21");
    ok!(w, write(f, &buf, 0))?.on(f, &path).written(0);
    fails!(w, EINVAL, lseek(f, -1, libc::SEEK_SET))?.on(f, &path);
    fails!(w, EFAULT, write(f, 0x10, 4))?.on(f, &path);
    fails!(w, EBADF, read(NO_FD, &mut buf, 4))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn positional(w: &mut Workload) -> Done {
    let (path, f) = w.open("positional", "0123456789")?;
    let (mut a, mut b) = ([0_u8; 6], [0_u8; 10]);
    let (mut c, mut d) = ([0_u8; 5], [0_u8; 15]);
    let sixteen = [at(&mut a), 6, at(&mut b), 10];
    let twenty = [at(&mut c), 5, at(&mut d), 15];
    w.begin();
    ok!(w, pread64(f, &mut a, 6, 2))?.on(f, &path).read(6).args_have("\"234567\"");
    ok!(w, pwrite64(f, b"abcdefghijkl", 12, 10))?.on(f, &path).written(12).args_have("12, 10");
    ok!(w, readv(f, &twenty, 2))?.on(f, &path).read(20).args_have("iov_len=15");
    ok!(w, writev(f, &sixteen, 2))?.on(f, &path).written(16).args_have("iov_len=6");
    ok!(w, preadv(f, &sixteen, 2, 0, 0))?.on(f, &path).read(16);
    ok!(w, pwritev(f, &sixteen, 2, 0, 0))?.on(f, &path).written(16);
    ok!(w, preadv2(f, &sixteen, 2, 8, 0, 0))?.on(f, &path).read(16);
    ok!(w, pwritev2(f, &sixteen, 2, 0, 0, 0))?.on(f, &path).written(16);
    // -1: at the current position
    ok!(w, preadv2(f, &sixteen, 2, -1, -1, 0))?.on(f, &path).read(0);
    fails!(w, EINVAL, readv(f, &sixteen, -1))?.on(f, &path);
    fails!(w, EBADF, pwritev(NO_FD, &sixteen, 2, 0, 0))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn short_read(w: &mut Workload) -> Done {
    let (path, f) = w.open("short", "ten bytes.")?;
    let mut buf = [0_u8; 4096];
    w.begin();
    ok!(w, read(f, &mut buf, 4096))?.on(f, &path).read(10).args_have("\"ten bytes.\", 4096");
    ok!(w, read(f, &mut buf, 4096))?.on(f, &path).read(0).args_have("\"\", 4096");
    ok!(w, pread64(f, &mut buf, 4096, 100))?.on(f, &path).read(0);
    w.end();
    Ok(())
}

pub(crate) fn wrong_mode(w: &mut Workload) -> Done {
    let path = w.file("mode", "text")?;
    let reader = need!(openat(CWD, &path, RDONLY))?;
    let writer = need!(openat(CWD, &path, libc::O_WRONLY))?;
    let mut buf = [0_u8; 4];
    w.begin();
    fails!(w, EBADF, write(reader, b"no", 2))?.on(reader, &path);
    fails!(w, EBADF, read(writer, &mut buf, 4))?.on(writer, &path);
    fails!(w, EBADF, pwrite64(reader, b"no", 2, 0))?.on(reader, &path);
    w.end();
    Ok(())
}

pub(crate) fn bad_offset(w: &mut Workload) -> Done {
    let (path, f) = w.open("offset", "text")?;
    let mut buf = [0_u8; 4];
    w.begin();
    fails!(w, EINVAL, pread64(f, &mut buf, 4, -1))?.on(f, &path).args_have("4, -1");
    fails!(w, EINVAL, pwrite64(f, b"no", 2, -1))?.on(f, &path).args_have("2, -1");
    w.end();
    Ok(())
}

pub(crate) fn readahead(w: &mut Workload) -> Done {
    let (path, f) = w.open("ahead", "text")?;
    w.begin();
    ok!(w, readahead(f, 0, 4096))?.on(f, &path).args_have("0, 4096");
    fails!(w, EBADF, readahead(NO_FD, 0, 4096))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn cachestat(w: &mut Workload) -> Done {
    let (path, f) = w.open("cached", "text")?;
    let (range, mut stat) = ([0_u64, 4096], [0_u64; 5]);
    have("cachestat", sys!(cachestat, f, &range, &mut stat, 0))?;
    w.begin();
    ok!(w, cachestat(f, &range, &mut stat, 0))?.on(f, &path);
    fails!(w, EBADF, cachestat(NO_FD, &range, &mut stat, 0))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn transfer(w: &mut Workload) -> Done {
    let (from, input) = w.open("from", "sixteen bytes of")?;
    let (to, output) = w.open("to", "")?;
    let (one, two) = (new_pipe(0)?, new_pipe(0)?);
    let (first, second) = (pipe_name(one[0])?, pipe_name(two[0])?);
    let (mut offset, mut start) = ([0_i64], [0_i64]);
    let text = b"sixteen of these";
    let iov = [at(text), 16];
    w.begin();
    ok!(w, sendfile(output, input, &mut offset, 16))?.on(output, &to).and(input, &from).transferred(16);
    ok!(w, splice(input, 0, one[1], 0, 16, 0))?.on(input, &from).and(one[1], &first).transferred(16);
    ok!(w, tee(one[0], two[1], 16, 0))?.on(one[0], &first).and(two[1], &second).transferred(16);
    ok!(w, splice(one[0], 0, output, 0, 16, 0))?.on(one[0], &first).and(output, &to).transferred(16);
    ok!(w, vmsplice(two[1], &iov, 1, 0))?.on(two[1], &second).transferred(16);
    ok!(w, copy_file_range(input, &mut start, output, 0, 16, 0))?
        .on(input, &from)
        .and(output, &to)
        .transferred(16);
    ok!(w, sendfile(output, input, &mut offset, 16))?.on(output, &to).and(input, &from).transferred(0);
    fails!(w, EBADF, sendfile(NO_FD, input, 0, 16))?.fd(NO_FD).and(input, &from);
    fails!(w, EINVAL, tee(input, one[1], 16, 0))?.on(input, &from).and(one[1], &first);
    w.end();
    Ok(())
}

pub(crate) fn copy_to_bad(w: &mut Workload) -> Done {
    let (from, input) = w.open("from", "text")?;
    w.begin();
    fails!(w, EBADF, copy_file_range(input, 0, NO_FD, 0, 16, 0))?.on(input, &from).fd2(NO_FD);
    w.end();
    Ok(())
}

/// Memory of another process: its id is no descriptor, also where one of that number is open.
pub(crate) fn process_vm(w: &mut Workload) -> Done {
    let (text, mut copy) = (*b"eighteen bytes far", [0_u8; 18]);
    let (local, remote) = ([at(&text), 18], [at(&mut copy), 18]);
    let me = w.pid();
    have("process_vm_writev", sys!(process_vm_writev, me, &local, 1, &remote, 1, 0))?;
    w.begin();
    ok!(w, process_vm_writev(me, &local, 1, &remote, 1, 0))?.written(18);
    ok!(w, process_vm_readv(me, &remote, 1, &local, 1, 0))?.read(18);
    fails!(w, ESRCH, process_vm_readv(i32::MAX, &remote, 1, &local, 1, 0))?;
    w.end();
    Ok(())
}

/// Rings of asynchronous I/O: ids and counts, neither descriptors nor bytes.
pub(crate) fn aio_setup(w: &mut Workload) -> Done {
    let mut context = [0_u64];
    have("io_setup", sys!(io_setup, 1, &mut context))?;
    need!(io_destroy(context[0]))?;
    context[0] = 0;
    w.begin();
    ok!(w, io_setup(32, &mut context))?.family("AIO");
    ok!(w, io_destroy(context[0]))?;
    context[0] = 0;
    fails!(w, EINVAL, io_setup(0, &mut context))?;
    fails!(w, EINVAL, io_destroy(1))?;
    w.end();
    Ok(())
}

pub(crate) fn aio_submit(w: &mut Workload) -> Done {
    const PWRITE: u64 = 1;
    let (_, f) = w.open("target", "")?;
    let mut context = [0_u64];
    have("io_setup", sys!(io_setup, 32, &mut context))?;
    let text = b"through a ring";
    // struct iocb: data, key, operation, descriptor, buffer, length, offset
    let iocb = [0, 0, PWRITE | u64::from(f.unsigned_abs()) << 32, at(text), 14, 0, 0, 0];
    let (list, mut events) = ([at(&iocb)], [0_u64; 8]);
    let id = context[0];
    w.begin();
    ok!(w, io_submit(id, 1, &list))?;
    ok!(w, io_getevents(id, 1, 2, &mut events, 0))?;
    // It is done: nothing is left to cancel.
    let r = sys!(io_cancel, id, &iocb, &mut events);
    w.fails("io_cancel", r, i32::try_from(-r).unwrap_or_default())?;
    ok!(w, io_submit(id, 1, &list))?;
    ok!(w, io_pgetevents(id, 1, 2, &mut events, 0, 0))?;
    fails!(w, EINVAL, io_submit(0, 1, &list))?;
    w.end();
    Ok(())
}
