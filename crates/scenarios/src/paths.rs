//! File names that are hard to read, in every sense.

use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;

use crate::prelude::*;

const PAGE: usize = 4096;

/// Names that are hard to read or to print.
pub(crate) fn hostile(w: &mut Workload) -> Done {
    let names: [&[u8]; 8] = [
        b"new\nline",
        b"\x1b[31mred",
        b"not \xff\xfe utf-8",
        b"quote\"back\\slash",
        b"=cmd|calc",
        b"-leading",
        "rtl\u{202e}gpj".as_bytes(),
        b"tab\tcomma,",
    ];
    let paths: Vec<_> = names.iter().map(|n| w.path(OsStr::from_bytes(n))).collect();
    let empty: &CStr = c"";
    w.begin();
    for path in &paths {
        let f = ok!(w, openat(CWD, path, RDWR_CREAT, 0o600))?
            .opened(path)
            .args_lack("\n")
            .args_lack("\x1b")
            .value();
        ok!(w, close(f))?.on(f, path).args_lack("\n").args_lack("\x1b");
    }
    fails!(w, ENOENT, openat(CWD, empty, RDONLY))?.args_have("\"\"").any_file();
    fails!(w, ENOENT, access(empty, 0))?.args_have("\"\"");
    w.end();
    Ok(())
}

/// Only the kernel knows where `..` and symbolic links lead: a path stays as passed, a descriptor has its true name.
pub(crate) fn dots(w: &mut Workload) -> Done {
    let (target, f) = w.open("target", "text")?;
    let (dir, alias) = (w.dir(), w.path("alias"));
    need!(mkdir(&w.path("sub"), 0o755))?;
    need!(symlink(c"target", &alias))?;
    need!(chdir(&dir))?;
    let mut doubled = b"/".to_vec();
    doubled.extend_from_slice(target.as_os_str().as_bytes());
    let doubled_name = CString::new(doubled.clone()).unwrap_or_default();
    let magic = format!("/proc/self/fd/{f}");
    let magic_name = CString::new(magic.clone()).unwrap_or_default();
    w.begin();
    ok!(w, access(c"sub/../target", 0))?.file(dir.join("sub/../target"));
    ok!(w, openat(CWD, c"sub/../target", RDONLY))?.opened(&target).args_have("\"sub/../target\"");
    ok!(w, access(c"alias", 0))?.file(&alias);
    ok!(w, openat(CWD, c"alias", RDONLY))?.opened(&target).args_have("\"alias\"");
    ok!(w, access(&doubled_name, 0))?.file(OsStr::from_bytes(&doubled));
    ok!(w, openat(CWD, &doubled_name, RDONLY))?.opened(&target);
    ok!(w, access(&magic_name, 0))?.file(&magic);
    ok!(w, openat(CWD, &magic_name, RDONLY))?.opened(&target).args_have(&magic);
    w.end();
    Ok(())
}

pub(crate) fn long(w: &mut Workload) -> Done {
    // PATH_MAX without the NUL
    const MAX: usize = 4095;
    let component = "x".repeat(99);
    let mut path = w.dir();
    while path.as_os_str().len() + 101 < MAX {
        path = path.below(&component);
        need!(mkdir(&path, 0o755))?;
    }
    path = path.below("y".repeat(MAX - path.as_os_str().len() - 1));
    let too_long = CString::new(vec![b'z'; 5000]).unwrap_or_default();
    w.begin();
    let f = ok!(w, openat(CWD, &path, RDWR_CREAT, 0o600))?.opened(&path).value();
    ok!(w, access(&path, 0))?.file(&path);
    ok!(w, close(f))?.on(f, &path);
    fails!(w, ENAMETOOLONG, access(&too_long, 0))?.args_have("zzz\"...");
    w.end();
    Ok(())
}

/// Far below the root, with names relative to there.
pub(crate) fn deep(w: &mut Workload) -> Done {
    need!(chdir(&w.dir()))?;
    let mut dir = w.dir();
    for _ in 0..300 {
        need!(mkdir(c"deep", 0o755))?;
        need!(chdir(c"deep"))?;
        dir = dir.below("deep");
    }
    w.begin();
    let f = ok!(w, openat(CWD, c"file", RDWR_CREAT, 0o600))?.opened(dir.join("file")).value();
    ok!(w, write(f, b"x", 1))?.on(f, dir.join("file")).written(1);
    fails!(w, ENOENT, access(c"missing", 0))?.file(dir.join("missing"));
    ok!(w, close(f))?.on(f, dir.join("file"));
    w.end();
    Ok(())
}

/// Fresh anonymous or file memory.
fn map(len: usize, flags: i32, f: i32) -> Result<Raw, StepError> {
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    check_ok("mmap", sys!(mmap, 0, len, prot, flags, f, 0))
}

/// The path is on a page that was never touched.
pub(crate) fn faulted(w: &mut Workload) -> Done {
    // The text comes from a file whose pages are in no page table of ours.
    let target = w.path("from a fresh page");
    let mut text = target.as_os_str().as_bytes().to_vec();
    text.resize(PAGE, 0);
    let (_, f) = w.open("page", text)?;
    let fresh = || map(PAGE, libc::MAP_PRIVATE, f);
    let (a, b, c, d, old, new) = (fresh()?, fresh()?, fresh()?, fresh()?, fresh()?, fresh()?);
    let (first, second) = (fresh()?, fresh()?);
    let known = w.path("known");
    let mut stat = [0_u8; 256];
    w.begin();
    fails!(w, ENOENT, access(a, 0))?.file(&target);
    fails!(w, ENOENT, openat(CWD, b, RDONLY))?.file(&target);
    fails!(w, ENOENT, newfstatat(CWD, c, &mut stat, 0))?.file(&target);
    fails!(w, ENOENT, unlinkat(CWD, d, 0))?.file(&target);
    fails!(w, ENOENT, rename(old, &known))?.file(&target).file2(&known);
    fails!(w, ENOENT, rename(&known, new))?.file(&known).file2(&target);
    fails!(w, ENOENT, rename(first, second))?.file(&target).file2(&target);
    w.end();
    Ok(())
}

/// The path ends one byte before a page that is not there.
pub(crate) fn page_border(w: &mut Workload) -> Done {
    let path = w.path("at the border");
    let text = path.as_os_str().as_bytes();
    let pages = map(2 * PAGE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)?;
    need!(munmap(pages + 4096, PAGE))?;
    // The last byte of the page stays 0.
    memory(pages, PAGE)[PAGE - 1 - text.len()..PAGE - 1].copy_from_slice(text);
    let from = pages + 4095 - i64::try_from(text.len()).unwrap_or_default();
    w.begin();
    fails!(w, ENOENT, access(from, 0))?.file(&path);
    ok!(w, openat(CWD, from, RDWR_CREAT, 0o600))?.opened(&path);
    w.end();
    Ok(())
}

/// The call stores its result over its own path.
pub(crate) fn overwritten(w: &mut Workload) -> Done {
    let link = w.path("link");
    need!(symlink(c"elsewhere", &link))?;
    let mut buf = link.as_os_str().as_bytes().to_vec();
    buf.resize(512, 0);
    let both = at(&mut buf[..]);
    w.begin();
    ok!(w, readlink(both, both, 512))?.file(&link).read(9).args_have("\"elsewhere\"");
    w.end();
    Ok(())
}

/// A bad pointer shows nothing of the call before.
pub(crate) fn efault(w: &mut Workload) -> Done {
    let (path, f) = w.open("good", "text")?;
    let d = w.open_dir()?;
    let (mut stat, bad) = ([0_u8; 256], 0x10);
    w.begin();
    ok!(w, access(&path, 0))?.file(&path);
    fails!(w, EFAULT, access(bad, 0))?.args_have("0x10 /* unreadable */");
    fails!(w, EFAULT, access(0, 0))?.args_have("NULL");
    fails!(w, EFAULT, newfstatat(CWD, &path, bad, 0))?.file(&path).args_have("0x10");
    ok!(w, newfstatat(CWD, &path, &mut stat, 0))?.file(&path);
    fails!(w, EFAULT, openat(CWD, bad, RDONLY))?.args_lack("good");
    fails!(w, EFAULT, openat(d, bad, RDONLY))?.args_lack("good");
    fails!(w, EFAULT, rename(&path, bad))?.file(&path).args_have("0x10");
    fails!(w, EFAULT, rename(bad, &path))?.file2(&path);
    fails!(w, EFAULT, symlink(bad, &path))?.file(&path);
    fails!(w, EFAULT, execve(bad, 0, 0))?.args_lack("good");
    fails!(w, EFAULT, setxattr(&path, bad, 0, 0, 0))?.file(&path);
    fails!(w, EFAULT, mount(bad, &path, bad, 0, 0))?.any_file();
    fails!(w, EFAULT, memfd_create(bad, 0))?.args_lack("good");
    fails!(w, EFAULT, read(f, bad, 4))?.on(f, &path);
    fails!(w, EFAULT, pipe2(bad, 0))?;
    fails!(w, EFAULT, openat2(CWD, &path, bad, 24))?.file(&path).args_lack("flags=");
    fails!(w, EFAULT, poll(bad, 1, 0))?.nfds(1).timeout(0).args_have("0x10");
    fails!(w, EFAULT, uname(bad))?;
    w.end();
    Ok(())
}

/// Odd calls right after calls with paths and structures, on the same thread: nothing of those shows.
pub(crate) fn stale(w: &mut Workload) -> Done {
    let (path, f) = w.open("earlier", "text")?;
    let mut stat = [0_u8; 256];
    w.begin();
    ok!(w, newfstatat(CWD, &path, &mut stat, 0))?.file(&path);
    fails!(w, EFAULT, newfstatat(CWD, 0, &mut stat, 0))?.any_file().args_have("NULL").args_lack("earlier");
    ok!(w, access(&path, 0))?.file(&path);
    fails!(w, EINVAL, fcntl(f, 0xbad))?.on(f, &path);
    fails!(w, ENOTTY, ioctl(f, 0xbad))?.on(f, &path);
    ok!(w, access(&path, 0))?.file(&path);
    let r = sys!(prctl, 0xbad, 0, 0, 0, 0);
    w.fails("prctl", r, libc::EINVAL)?.args_lack("earlier");
    ok!(w, access(&path, 0))?.file(&path);
    fails!(w, ENOENT, access(c"", 0))?.args_have("\"\"");
    ok!(w, getppid())?.args_lack("earlier");
    w.end();
    Ok(())
}

/// Another thread changes the path while the call is under way: what the kernel was told counts.
pub(crate) fn rewritten(w: &mut Workload) -> Done {
    need_proc_syscall()?;
    let fifo = w.path("original");
    need!(mknod(&fifo, libc::S_IFIFO | 0o600, 0))?;
    let page = map(PAGE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)?;
    let text = fifo.as_os_str().as_bytes();
    memory(page, PAGE)[..text.len()].copy_from_slice(text);
    w.begin();
    // Blocked until somebody opens the other end.
    let thread = w.thread(move || sys!(openat, CWD, page, libc::O_WRONLY))?;
    let tid = thread.tid;
    if !wait_until_blocked(tid, number::openat) {
        return not_applicable("open did not block");
    }
    memory(page, PAGE)[text.len() - 8..text.len()].copy_from_slice(b"REPLACED");
    let reader = ok!(w, openat(CWD, &fifo, RDONLY))?.opened(&fifo).value();
    let writer = check_ok("openat", thread.join().unwrap_or_default())?;
    ok!(w, close(reader))?.on(reader, &fifo);
    w.end();
    w.saw(tid, "openat", writer).opened(&fifo).args_have("original").args_lack("REPLACED");
    w.exits(tid, "exit");
    Ok(())
}
