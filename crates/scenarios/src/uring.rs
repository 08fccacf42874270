//! io_uring: calls that make other calls, which have no rows of their own.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicU32, Ordering};

use crate::prelude::*;
use crate::socket_bytes::pair;

const RING: &str = "anon_inode:[io_uring]";
const GETEVENTS: u32 = 1;
const REGISTERED_RING: u32 = 1 << 4;
const REGISTER_FILES: u32 = 2;
const REGISTER_PROBE: u32 = 8;
const REGISTER_RING_FDS: u32 = 20;
const UNREGISTER_RING_FDS: u32 = 21;
/// In the operation of io_uring_register: the ring is an index.
const BY_INDEX: u32 = 1 << 31;

const OP_READV: u8 = 1;
const OP_SPLICE: u8 = 30;
const OP_OPENAT: u8 = 18;
const OP_CLOSE: u8 = 19;
const OP_READ: u8 = 22;
const OP_WRITE: u8 = 23;
const OP_SEND: u8 = 26;
const OP_FIXED_FD_INSTALL: u8 = 54;
const FIXED_FILE: u64 = 1 << 8;

/// `struct io_uring_params`, in words.
type Params = [u32; 30];

/// Makes a ring, or tells why there is none.
fn probe() -> Done {
    let f = have("io_uring_setup", sys!(io_uring_setup, 1, &mut Params::default()))?;
    need!(close(f))?;
    Ok(())
}

/// A ring of eight entries.
struct Ring {
    fd: i32,
    at: usize,
    entries: usize,
    params: Params,
}

impl Ring {
    fn new() -> Result<Ring, StepError> {
        let mut params = Params::default();
        let fd = i32::try_from(have("io_uring_setup", sys!(io_uring_setup, 8, &mut params))?).unwrap_or(-1);
        let map = |offset: u64| {
            let prot = libc::PROT_READ | libc::PROT_WRITE;
            let at = check_ok("mmap", sys!(mmap, 0, 4096, prot, libc::MAP_SHARED, fd, offset))?;
            Ok::<_, StepError>(usize::try_from(at).unwrap_or_default())
        };
        Ok(Ring { fd, at: map(0)?, entries: map(0x1000_0000)?, params })
    }

    /// A word of the ring, at an offset that the kernel told.
    fn word(&self, which: usize, index: u32) -> &AtomicU32 {
        let at = self.at + self.params[which] as usize + 4 * index as usize;
        // SAFETY: in the page that the kernel mapped for this ring, which stays.
        unsafe { &*std::ptr::with_exposed_provenance(at) }
    }

    /// Puts an operation into the queue.
    fn put(&self, entry: [u64; 8]) {
        let [tail, mask, array] = [11, 12, 16];
        let next = self.word(tail, 0).load(Ordering::Relaxed);
        let index = next & self.word(mask, 0).load(Ordering::Relaxed);
        let at = self.entries + 64 * index as usize;
        // SAFETY: one of eight entries of 64 bytes in the page that the kernel mapped for them.
        unsafe { std::ptr::with_exposed_provenance_mut::<[u64; 8]>(at).write(entry) };
        self.word(array, index).store(index, Ordering::Relaxed);
        self.word(tail, 0).store(next.wrapping_add(1), Ordering::Release);
    }

    /// The result of the oldest operation that has ended.
    fn result(&self) -> i32 {
        let [head, mask, results] = [20, 22, 25];
        let first = self.word(head, 0).load(Ordering::Relaxed);
        let index = first & self.word(mask, 0).load(Ordering::Relaxed);
        // struct io_uring_cqe: user data, result, flags
        let result = self.word(results, 4 * index + 2).load(Ordering::Acquire);
        self.word(head, 0).store(first.wrapping_add(1), Ordering::Release);
        result.cast_signed()
    }

    /// Does one operation; states the call that carries it and gives back its result.
    fn submit(&self, w: &mut Workload, entry: [u64; 8]) -> Result<i32, StepError> {
        self.put(entry);
        ok!(w, io_uring_enter(self.fd, 1, 1, GETEVENTS, 0, 0))?
            .on(self.fd, RING)
            .ret_is(1)
            .args_have("1, 1, IORING_ENTER_GETEVENTS");
        let result = self.result();
        check_ok("io_uring_enter", result.into())?;
        Ok(result)
    }
}

/// `struct io_uring_sqe`: operation, descriptor, offset, address, length and flags.
fn entry(op: u8, f: i32, offset: u64, address: u64, len: u32, flags: i32) -> [u64; 8] {
    let high = |n: i32| u64::from(n.cast_unsigned()) << 32;
    [u64::from(op) | high(f), offset, address, u64::from(len) | high(flags), 0, 0, 0, 0]
}

pub(crate) fn basic(w: &mut Workload) -> Done {
    probe()?;
    let (mut params, mut found) = (Params::default(), [0_u64; 258]);
    w.begin();
    // One entry: a number that a descriptor has.
    let ring = ok!(w, io_uring_setup(1, &mut params))?.opened(RING).args_have("1, ").value();
    ok!(w, io_uring_enter(ring, 0, 0, 0, 0, 0))?.on(ring, RING).ret_is(0);
    ok!(w, io_uring_register(ring, REGISTER_PROBE, &mut found, 256))?
        .on(ring, RING)
        .args_have("IORING_REGISTER_PROBE");
    ok!(w, close(ring))?.on(ring, RING);
    fails!(w, EINVAL, io_uring_setup(0, &mut params))?;
    w.end();
    Ok(())
}

pub(crate) fn bad(w: &mut Workload) -> Done {
    probe()?;
    let (path, f) = w.open("no ring", "")?;
    w.begin();
    fails!(w, EBADF, io_uring_enter(NO_FD, 1, 0, 0, 0, 0))?.fd(NO_FD);
    fails!(w, EBADF, io_uring_register(NO_FD, REGISTER_PROBE, 0, 0))?.fd(NO_FD);
    fails!(w, EOPNOTSUPP, io_uring_enter(f, 0, 0, 0, 0, 0))?.on(f, &path);
    w.end();
    Ok(())
}

/// A number is closed and opened again through the ring, without a call that says so.
pub(crate) fn reopened(w: &mut Workload) -> Done {
    let ring = Ring::new()?;
    let ((a, f), b) = (w.open("a", "aaaa")?, w.file("b", "bbbb")?);
    let mut buf = [0_u8; 4];
    w.begin();
    for _ in 0..2 {
        ok!(w, pread64(f, &mut buf, 4, 0))?.on(f, &a).read(4).args_have("\"aaaa\"");
    }
    ring.submit(w, entry(OP_CLOSE, f, 0, 0, 0, 0))?;
    let again = ring.submit(w, entry(OP_OPENAT, CWD, 0, at(&b), 0, RDONLY))?;
    if again != f {
        return Err(StepError::Call { call: "io_uring_enter", ret: again.into() });
    }
    ok!(w, pread64(f, &mut buf, 4, 0))?.on(f, &b).read(4).args_have("\"bbbb\"");
    ok!(w, close(f))?.on(f, &b);
    fails!(w, EBADF, close(f))?.fd(f);
    w.end();
    Ok(())
}

/// What moves through a ring is not bytes of the call that carries it.
pub(crate) fn operations(w: &mut Workload) -> Done {
    let ring = Ring::new()?;
    let (path, f) = w.open("data", "0123456789")?;
    let ([a, b], [name, peer]) = pair(libc::SOCK_STREAM)?;
    let ends = new_pipe(0)?;
    let pipe = pipe_name(ends[0])?;
    let mut buf = [0_u8; 16];
    w.begin();
    ring.submit(w, entry(OP_READ, f, 0, at(&mut buf), 10, 0))?;
    ring.submit(w, entry(OP_WRITE, f, 10, at(b"abcde"), 5, 0))?;
    ring.submit(w, entry(OP_READV, f, 0, at(&[at(&mut buf), 5]), 1, 0))?;
    ring.submit(w, entry(OP_SEND, a, 0, at(b"hello"), 5, 0))?;
    ok!(w, read(b, &mut buf, 16))?.on(b, &peer).read(5).args_have("\"hello\"");
    let mut splice = entry(OP_SPLICE, ends[1], !0, 0, 10, 0);
    splice[5] = u64::from(f.cast_unsigned()) << 32;
    ring.submit(w, splice)?;
    ok!(w, read(ends[0], &mut buf, 16))?.on(ends[0], &pipe).read(10).args_have("\"0123456789\"");
    ok!(w, pread64(f, &mut buf, 16, 0))?.on(f, &path).read(15);
    ok!(w, close(a))?.on(a, &name);
    w.end();
    Ok(())
}

/// Files that have a place in the ring and no number, until one of them gets one.
pub(crate) fn fixed(w: &mut Workload) -> Done {
    let ring = Ring::new()?;
    let path = w.file("fixed", "0123456789")?;
    let slots = [-1_i32; 4];
    let mut buf = [0_u8; 16];
    let mut open = entry(OP_OPENAT, CWD, 0, at(&path), 0, RDONLY);
    open[5] = 1 << 32;
    let mut read = entry(OP_READ, 0, 0, at(&mut buf), 4, 0);
    read[0] |= FIXED_FILE;
    let mut install = entry(OP_FIXED_FD_INSTALL, 0, 0, 0, 0, 0);
    install[0] |= FIXED_FILE;
    w.begin();
    ok!(w, io_uring_register(ring.fd, REGISTER_FILES, &slots, 4))?
        .on(ring.fd, RING)
        .args_have("IORING_REGISTER_FILES");
    ring.submit(w, open)?;
    ring.submit(w, read)?;
    ring.put(install);
    ok!(w, io_uring_enter(ring.fd, 1, 1, GETEVENTS, 0, 0))?.on(ring.fd, RING);
    let f = ring.result();
    if f < 0 {
        return not_applicable("the kernel cannot give a number to a file of a ring");
    }
    let mut rest = [0_u8; 16];
    ok!(w, pread64(f, &mut rest, 16, 0))?.on(f, &path).read(10);
    ok!(w, close(f))?.on(f, &path);
    w.end();
    Ok(())
}

/// A thread of the kernel takes what is in the queue: it is none of the traced ones, and makes no rows.
pub(crate) fn polled(w: &mut Workload) -> Done {
    const SQPOLL: u32 = 2;
    let mut params = Params::default();
    params[2] = SQPOLL;
    let made = have("io_uring_setup", sys!(io_uring_setup, 4, &mut params))?;
    need!(close(made))?;
    let mut params = Params::default();
    (params[2], params[4]) = (SQPOLL, 1);
    w.begin();
    let ring = ok!(w, io_uring_setup(4, &mut params))?.opened(RING).value();
    ok!(w, io_uring_enter(ring, 0, 0, 0, 0, 0))?.on(ring, RING).ret_is(0);
    ok!(w, close(ring))?.on(ring, RING);
    w.end();
    Ok(())
}

/// A ring by an index that it has for one thread. The index is no descriptor although one of that number is open; the name
/// is the ring's.
pub(crate) fn registered(w: &mut Workload) -> Done {
    let ring = Ring::new()?;
    // struct io_uring_rsrc_update: where, and what
    let place = |index: i32, fd: i32| [u64::from(index.cast_unsigned()), u64::from(fd.cast_unsigned())];
    let register = || -> Result<i32, StepError> {
        let mut update = place(-1, ring.fd);
        have("io_uring_register", sys!(io_uring_register, ring.fd, REGISTER_RING_FDS, &mut update, 1))?;
        Ok(i32::try_from(update[0] & 0xffff_ffff).unwrap_or(-1))
    };
    let index = register()?;
    let r = sys!(io_uring_register, index, UNREGISTER_RING_FDS | BY_INDEX, &mut place(index, 0), 1);
    if r == -i64::from(libc::EINVAL) {
        return not_applicable("the kernel does not take an index for the ring to register with");
    }
    check_ok("io_uring_register", r)?;
    let index = register()?;
    // The number is somebody else's too.
    need!(fcntl(index, libc::F_GETFD))?;
    let decoy = w.file("decoy", "")?;
    let enter = |w: &mut Workload| -> Done {
        let row = ok!(w, io_uring_enter(index, 0, 0, REGISTERED_RING, 0, 0))?.ret_is(0).file(RING);
        row.args_have(&format!("{index}, 0, 0, IORING_ENTER_REGISTERED_RING"));
        Ok(())
    };
    w.begin();
    for _ in 0..3 {
        enter(w)?;
    }
    ok!(w, close(ring.fd))?.on(ring.fd, RING);
    ok!(w, openat(CWD, &decoy, RDWR))?.fd(ring.fd).file(&decoy);
    for _ in 0..4 {
        enter(w)?;
    }
    // Another thread has no ring of that index.
    let thread = w.thread(move || sys!(io_uring_enter, index, 0, 0, REGISTERED_RING, 0, 0))?;
    let tid = thread.tid;
    let theirs = thread.join().unwrap_or_default();
    ok!(w, io_uring_register(index, UNREGISTER_RING_FDS | BY_INDEX, &mut place(index, 0), 1))?.file(RING);
    for _ in 0..2 {
        fails!(w, EBADF, io_uring_enter(index, 0, 0, REGISTERED_RING, 0, 0))?;
    }
    w.end();
    w.saw(tid, "io_uring_enter", theirs);
    w.exits(tid, "exit");
    if theirs >= 0 { Err(StepError::Call { call: "io_uring_enter", ret: theirs }) } else { Ok(()) }
}
