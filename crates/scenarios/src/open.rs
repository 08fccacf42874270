//! Opening files.

use crate::prelude::*;

pub(crate) fn basic(w: &mut Workload) -> Done {
    let path = w.path("basic");
    w.begin();
    let f = ok!(w, openat(CWD, &path, RDWR_CREAT, 0o644))?
        .opened(&path)
        .family("FS")
        .args_have("O_RDWR|O_CREAT, 0644")
        .value();
    ok!(w, close(f))?.on(f, &path);
    w.end();
    Ok(())
}

pub(crate) fn legacy(w: &mut Workload) -> Done {
    let path = w.path("legacy");
    w.begin();
    let f = ok!(w, open(&path, RDWR_CREAT | libc::O_EXCL, 0o600))?
        .opened(&path)
        .args_have("O_RDWR|O_CREAT|O_EXCL, 0600")
        .value();
    ok!(w, close(f))?.on(f, &path);
    fails!(w, EEXIST, open(&path, RDWR_CREAT | libc::O_EXCL, 0o600))?.file(&path);
    ok!(w, open(&path, libc::O_WRONLY | libc::O_APPEND))?.opened(&path).args_have("O_WRONLY|O_APPEND");
    w.end();
    Ok(())
}

pub(crate) fn creat(w: &mut Workload) -> Done {
    let (path, missing) = (w.path("new"), w.path("missing/new"));
    w.begin();
    let f = ok!(w, creat(&path, 0o640))?.opened(&path).args_have("0640").value();
    ok!(w, write(f, b"x", 1))?.on(f, &path).written(1);
    ok!(w, close(f))?.on(f, &path);
    fails!(w, ENOENT, creat(&missing, 0o640))?.file(&missing);
    w.end();
    Ok(())
}

pub(crate) fn openat2(w: &mut Workload) -> Done {
    const RESOLVE_BENEATH: u64 = 8;
    let (path, above, dir) = (w.path("second"), w.path("../w/second"), w.open_dir()?);
    let how = [u64::from(RDWR_CREAT.unsigned_abs()), 0o644, 0];
    let beneath = [0, 0, RESOLVE_BENEATH];
    have("openat2", sys!(openat2, CWD, &w.dir(), &[0_u64; 3], 24))?;
    w.begin();
    let f = ok!(w, openat2(CWD, &path, &how, 24))?
        .opened(&path)
        .args_have("{flags=O_RDWR|O_CREAT, mode=0644, resolve=0}, 24")
        .value();
    ok!(w, close(f))?.on(f, &path);
    ok!(w, openat2(dir, c"second", &beneath, 24))?.opened(&path).args_have("resolve=RESOLVE_BENEATH");
    fails!(w, EXDEV, openat2(dir, c"../w/second", &beneath, 24))?.file(&above).args_have("\"../w/second\"");
    fails!(w, EFAULT, openat2(CWD, &path, 0x10, 24))?.file(&path).args_have("0x10").args_lack("flags=");
    fails!(w, EINVAL, openat2(CWD, &path, &how, 8))?.file(&path);
    w.end();
    Ok(())
}

pub(crate) fn dirfd_paths(w: &mut Workload) -> Done {
    let path = w.file("inside", "text")?;
    let dir = w.dir();
    let mut buf = [0_u8; 256];
    w.begin();
    let d = ok!(w, openat(CWD, &dir, RDONLY | libc::O_DIRECTORY))?.opened(&dir).value();
    let f = ok!(w, openat(d, c"inside", RDWR))?.opened(&path).args_have("\"inside\"").value();
    ok!(w, newfstatat(d, c"inside", &mut buf, 0))?.file(&path).args_have("st_mode=S_IFREG|");
    ok!(w, newfstatat(d, c"", &mut buf, libc::AT_EMPTY_PATH))?.on(d, &dir).args_have("st_mode=S_IFDIR|");
    ok!(w, statx(d, c"", libc::AT_EMPTY_PATH, libc::STATX_SIZE, &mut buf))?.on(d, &dir);
    ok!(w, utimensat(f, 0, 0, 0))?.on(f, &path).args_have("NULL, NULL");
    ok!(w, faccessat(d, &path, 0))?.file(&path);
    fails!(w, ENOENT, openat(d, c"absent", RDONLY))?.file(dir.join("absent"));
    fails!(w, ENOTDIR, openat(f, c"absent", RDONLY))?.file(path.join("absent"));
    fails!(w, EBADF, openat(NO_FD, c"absent", RDONLY))?.args_have("99999, \"absent\"");
    w.end();
    Ok(())
}

pub(crate) fn enoent(w: &mut Workload) -> Done {
    let path = w.path("missing/file");
    let dir = w.open_dir()?;
    w.begin();
    for _ in 0..5 {
        fails!(w, ENOENT, openat(CWD, &path, RDONLY))?.file(&path);
    }
    fails!(w, ENOENT, openat(dir, c"missing/file", RDONLY))?.file(&path);
    fails!(w, ENOENT, open(&path, RDONLY))?.file(&path);
    w.end();
    Ok(())
}

pub(crate) fn rdonly_write(w: &mut Workload) -> Done {
    let path = w.file("mode", "text")?;
    w.begin();
    let f = ok!(w, openat(CWD, &path, RDONLY))?.opened(&path).value();
    fails!(w, EBADF, write(f, b"no", 2))?.on(f, &path);
    w.end();
    Ok(())
}

/// Time that passes between two calls of a thread.
pub(crate) fn duration_gap(w: &mut Workload) -> Done {
    const PAUSE: i64 = 50 * MS;
    let path = w.file("pause", "text")?;
    let (start, first) = (std::time::Instant::now(), ticks());
    while start.elapsed().as_nanos() < PAUSE.unsigned_abs().into() {
        std::hint::spin_loop();
    }
    let pause = (ticks() - first) * 2;
    w.begin();
    let f = ok!(w, openat(CWD, &path, RDONLY))?.opened(&path).value();
    ok!(w, close(f))?.on(f, &path);
    let first = ticks();
    while ticks() - first < pause {
        std::hint::spin_loop();
    }
    let f = ok!(w, openat(CWD, &path, RDONLY))?.opened(&path).gap_at_least(PAUSE).value();
    ok!(w, close(f))?.on(f, &path);
    w.end();
    Ok(())
}

/// `struct file_handle`: size, type, bytes.
type Handle = [u32; 34];
const NEW: Handle = {
    let mut new = [0; 34];
    new[0] = 128;
    new
};

fn handle_of(dir: i32, name: &std::ffi::CStr) -> Result<Handle, StepError> {
    let (mut handle, mut mount) = (NEW, [0_i32]);
    have("name_to_handle_at", sys!(name_to_handle_at, dir, name, &mut handle, &mut mount, 0))?;
    let f = have("open_by_handle_at", sys!(open_by_handle_at, dir, &handle, RDONLY))?;
    need!(close(f))?;
    Ok(handle)
}

pub(crate) fn by_handle(w: &mut Workload) -> Done {
    let (path, dir, d) = (w.file("held", "text")?, w.dir(), w.open_dir()?);
    handle_of(d, c"held")?;
    let (mut handle, mut mount) = (NEW, [0_i32]);
    w.begin();
    ok!(w, name_to_handle_at(d, c"held", &mut handle, &mut mount, 0))?.file(&path);
    let f = ok!(w, open_by_handle_at(d, &handle, RDONLY))?.on(d, &dir).and_opened(&path).value();
    ok!(w, close(f))?.on(f, &path);
    handle[0] = 4;
    fails!(w, EOVERFLOW, name_to_handle_at(d, c"held", &mut handle, &mut mount, 0))?.file(&path);
    w.end();
    Ok(())
}

/// The number is reused at once for something else.
pub(crate) fn by_handle_reuse(w: &mut Workload) -> Done {
    let (path, decoy) = (w.file("held", "text")?, w.file("decoy", "text")?);
    let (dir, d) = (w.dir(), w.open_dir()?);
    let handle = handle_of(d, c"held")?;
    w.begin();
    for _ in 0..20 {
        let f = ok!(w, open_by_handle_at(d, &handle, RDONLY))?.on(d, &dir).and_opened(&path).value();
        ok!(w, close(f))?.on(f, &path);
        let other = ok!(w, openat(CWD, &decoy, RDONLY))?.fd(f).file(&decoy).value();
        ok!(w, close(other))?.on(f, &decoy);
    }
    w.end();
    Ok(())
}

/// A handle taken by one thread and used by another.
pub(crate) fn by_handle_threads(w: &mut Workload) -> Done {
    let (path, dir, d) = (w.file("held", "text")?, w.dir(), w.open_dir()?);
    handle_of(d, c"held")?;
    let shared = w.shared()?;
    let (mut handle, mut mount) = (NEW, [0_i32]);
    w.begin();
    ok!(w, name_to_handle_at(d, c"held", &mut handle, &mut mount, 0))?.file(&path);
    let thread = w.thread(move || {
        shared.set(0, sys!(open_by_handle_at, -1, &handle, RDONLY));
        shared.set(1, sys!(open_by_handle_at, d, &handle, RDONLY));
    })?;
    let tid = thread.tid;
    thread.join();
    w.end();
    w.saw(tid, "open_by_handle_at", -i64::from(libc::EBADF)).file2(&path);
    let f = check_ok("open_by_handle_at", shared.get(1))?;
    w.saw(tid, "open_by_handle_at", f).on(d, &dir).and_opened(&path);
    w.exits(tid, "exit");
    Ok(())
}

/// What failed is still about the file of its handle.
pub(crate) fn by_handle_fail(w: &mut Workload) -> Done {
    let (old, new) = (w.file("old", "text")?, w.file("new", "text")?);
    let (dir, d) = (w.dir(), w.open_dir()?);
    handle_of(d, c"old")?;
    let ((mut older, mut newer), mut mount) = ((NEW, NEW), [0_i32]);
    w.begin();
    ok!(w, name_to_handle_at(d, c"old", &mut older, &mut mount, 0))?.file(&old);
    ok!(w, name_to_handle_at(d, c"new", &mut newer, &mut mount, 0))?.file(&new);
    fails!(w, EBADF, open_by_handle_at(-1, &older, RDONLY))?.file2(&old);
    ok!(w, unlink(&old))?.file(&old);
    fails!(w, ESTALE, open_by_handle_at(d, &older, RDONLY))?.on(d, &dir).file2(&old);
    // The same bytes with another file system: what they name there is not known.
    let proc = ok!(w, openat(CWD, c"/proc", RDONLY))?.opened("/proc").value();
    let r = sys!(open_by_handle_at, proc, &older, RDONLY);
    w.fails("open_by_handle_at", r, libc::ESTALE)?.on(proc, "/proc");
    w.end();
    Ok(())
}

/// With a filter on the name, only what matches is there, whatever kind of call.
pub(crate) fn comm_filter(w: &mut Workload) -> Done {
    let path = w.file("seen", "text")?;
    let rename = |name: &std::ffi::CStr| sys!(prctl, libc::PR_SET_NAME, name, 0, 0, 0);
    check_ok("prctl", rename(WANTED))?;
    w.begin();
    let f = ok!(w, openat(CWD, &path, RDONLY))?.opened(&path).comm("wanted").value();
    let r = rename(c"unwanted");
    w.ok("prctl", r)?.comm("wanted");
    need!(openat(CWD, &path, RDONLY))?;
    need!(getpid())?;
    check_ok("mmap", sys!(mmap, 0, 4096, 0, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0))?;
    let unseen = new_pipe(0)?;
    need!(close(unseen[0]))?;
    check_ok("prctl", rename(WANTED))?;
    ok!(w, getpid())?.comm("wanted");
    ok!(w, close(f))?.on(f, &path);
    w.end();
    Ok(())
}

/// The name that the session of `comm_filter` asks for.
const WANTED: &std::ffi::CStr = c"wanted";
