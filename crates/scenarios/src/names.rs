//! Renames, links, directories.

use crate::prelude::*;

pub(crate) fn rename(w: &mut Workload) -> Done {
    let (a, f) = w.open("a", "text")?;
    let (b, d, e) = (w.path("b"), w.path("d"), w.path("e"));
    let dir = w.open_dir()?;
    w.begin();
    ok!(w, rename(&a, &b))?.file(&a).file2(&b);
    ok!(w, write(f, b"x", 1))?.on(f, &b).written(1);
    ok!(w, renameat(dir, c"b", dir, c"d"))?.file(&b).file2(&d);
    ok!(w, renameat2(CWD, &d, dir, c"e", 0))?.file(&d).file2(&e);
    ok!(w, close(f))?.on(f, &e);
    w.end();
    Ok(())
}

pub(crate) fn rename_fails(w: &mut Workload) -> Done {
    let (a, b, missing) = (w.file("a", "")?, w.file("b", "")?, w.path("missing"));
    let dir = w.open_dir()?;
    w.begin();
    fails!(w, ENOENT, rename(&missing, &b))?.file(&missing).file2(&b);
    fails!(w, ENOENT, renameat(dir, c"missing", dir, c"b"))?.file(&missing).file2(&b);
    fails!(w, EEXIST, renameat2(CWD, &a, CWD, &b, libc::RENAME_NOREPLACE))?
        .file(&a)
        .file2(&b)
        .args_have("RENAME_NOREPLACE");
    w.end();
    Ok(())
}

pub(crate) fn rename_exchange(w: &mut Workload) -> Done {
    let ((a, f), (b, g)) = (w.open("a", "")?, w.open("b", "")?);
    let exchange = libc::RENAME_EXCHANGE;
    have("renameat2", sys!(renameat2, CWD, &a, CWD, &b, exchange))?;
    w.begin();
    ok!(w, renameat2(CWD, &a, CWD, &b, exchange))?.file(&a).file2(&b).args_have("RENAME_EXCHANGE");
    ok!(w, write(f, b"x", 1))?.on(f, &a).written(1);
    ok!(w, write(g, b"x", 1))?.on(g, &b).written(1);
    ok!(w, renameat2(CWD, &a, CWD, &b, exchange))?.file(&a).file2(&b);
    ok!(w, write(f, b"x", 1))?.on(f, &b).written(1);
    ok!(w, write(g, b"x", 1))?.on(g, &a).written(1);
    w.end();
    Ok(())
}

/// The name of a directory above changes.
pub(crate) fn rename_parent(w: &mut Workload) -> Done {
    let (before, after) = (w.path("before"), w.path("after"));
    need!(mkdir(&before, 0o755))?;
    let f = need!(openat(CWD, &before.below("inside"), RDWR_CREAT, 0o600))?;
    let shared = w.shared()?;
    w.begin();
    ok!(w, write(f, b"x", 1))?.on(f, before.join("inside")).written(1);
    // Another process does it.
    let child = w.fork(|| {
        shared.set(0, sys!(rename, &before, &after));
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "rename", shared.get(0)).file(&before).file2(&after);
    })?;
    check_ok("rename", shared.get(0))?;
    ok!(w, write(f, b"x", 1))?.on(f, after.join("inside")).written(1);
    w.end();
    Ok(())
}

pub(crate) fn links(w: &mut Workload) -> Done {
    let (target, hard, soft) = (w.file("target", "text")?, w.path("hard"), w.path("soft"));
    let (also_hard, also_soft) = (w.path("hard at"), w.path("soft at"));
    let dir = w.open_dir()?;
    let mut buf = [0_u8; 64];
    w.begin();
    ok!(w, link(&target, &hard))?.file(&target).file2(&hard);
    ok!(w, linkat(dir, c"target", dir, c"hard at", 0))?.file(&target).file2(&also_hard);
    ok!(w, symlink(c"../some text", &soft))?.file(&soft).args_have("\"../some text\"");
    ok!(w, symlinkat(c"target", dir, c"soft at"))?.file(&also_soft).args_have("\"target\"");
    ok!(w, readlink(&soft, &mut buf, 64))?.file(&soft).read(12).args_have("\"../some text\", 64");
    ok!(w, readlinkat(dir, c"soft at", &mut buf, 64))?.file(&also_soft).read(6).args_have("\"target\", 64");
    w.end();
    Ok(())
}

pub(crate) fn link_fails(w: &mut Workload) -> Done {
    let (target, missing, new) = (w.file("target", "text")?, w.path("missing"), w.path("new"));
    let dir = w.open_dir()?;
    let mut buf = [0_u8; 64];
    w.begin();
    fails!(w, ENOENT, link(&missing, &new))?.file(&missing).file2(&new);
    fails!(w, ENOENT, linkat(dir, c"missing", dir, c"new", 0))?.file(&missing).file2(&new);
    fails!(w, EEXIST, symlink(c"text", &target))?.file(&target);
    fails!(w, EEXIST, symlinkat(c"text", dir, c"target"))?.file(&target);
    fails!(w, EINVAL, readlinkat(dir, c"target", &mut buf, 64))?.file(&target);
    fails!(w, ENOENT, readlink(&missing, &mut buf, 64))?.file(&missing);
    w.end();
    Ok(())
}

pub(crate) fn unlink(w: &mut Workload) -> Done {
    let (a, b) = (w.file("a", "")?, w.file("b", "")?);
    let (sub, other) = (w.path("sub"), w.path("other"));
    let dir = w.open_dir()?;
    for path in [&sub, &other] {
        need!(mkdir(path, 0o755))?;
    }
    w.begin();
    ok!(w, unlink(&a))?.file(&a);
    ok!(w, unlinkat(dir, c"b", 0))?.file(&b).args_have("\"b\", 0");
    ok!(w, unlinkat(dir, c"sub", libc::AT_REMOVEDIR))?.file(&sub).args_have("AT_REMOVEDIR");
    ok!(w, rmdir(&other))?.file(&other);
    w.end();
    Ok(())
}

pub(crate) fn unlink_fails(w: &mut Workload) -> Done {
    let (missing, full) = (w.path("missing"), w.path("full"));
    let dir = w.open_dir()?;
    need!(mkdir(&full, 0o755))?;
    w.file("full/inside", "")?;
    w.begin();
    fails!(w, ENOENT, unlink(&missing))?.file(&missing);
    fails!(w, ENOTEMPTY, rmdir(&full))?.file(&full);
    fails!(w, ENOENT, unlinkat(dir, c"missing", 0))?.file(&missing);
    fails!(w, EISDIR, unlinkat(dir, c"full", 0))?.file(&full);
    w.end();
    Ok(())
}

pub(crate) fn directories(w: &mut Workload) -> Done {
    let (sub, inner) = (w.path("sub"), w.path("inner"));
    let (fifo, node) = (w.path("fifo"), w.path("node"));
    let dir = w.open_dir()?;
    w.begin();
    ok!(w, mkdir(&sub, 0o755))?.file(&sub).args_have("0755");
    ok!(w, access(&sub, libc::R_OK | libc::W_OK))?.file(&sub).args_have("R_OK|W_OK");
    ok!(w, rmdir(&sub))?.file(&sub);
    ok!(w, mkdirat(dir, c"inner", 0o700))?.file(&inner).args_have("\"inner\", 0700");
    ok!(w, mknodat(dir, c"fifo", libc::S_IFIFO | 0o600, 0))?.file(&fifo).args_have("S_IFIFO|0600");
    ok!(w, mknod(&node, libc::S_IFREG | 0o600, 0))?.file(&node).args_have("S_IFREG|0600");
    ok!(w, unlink(&node))?.file(&node);
    w.end();
    Ok(())
}

pub(crate) fn working_directory(w: &mut Workload) -> Done {
    let (one, two) = (w.path("one"), w.path("two"));
    need!(mkdir(&one, 0o755))?;
    need!(mkdir(&two, 0o755))?;
    let d = need!(openat(CWD, &two, RDONLY))?;
    let mut buf = [0_u8; 4096];
    w.begin();
    ok!(w, chdir(&one))?.file(&one);
    ok!(w, openat(CWD, c"f", RDWR_CREAT, 0o644))?.opened(one.join("f"));
    let r = sys!(getcwd, &mut buf, 4096);
    w.ok("getcwd", r)?.read(r).args_have(&format!("\"{}\"", one.display()));
    ok!(w, fchdir(d))?.on(d, &two);
    ok!(w, open(c"f", RDWR_CREAT, 0o644))?.opened(two.join("f"));
    fails!(w, ENOENT, access(c"missing", 0))?.file(two.join("missing"));
    fails!(w, ERANGE, getcwd(&mut buf, 1))?;
    // A thread has the directory in common with its process, a child has its own.
    let child = w.fork(|| {
        sys!(chdir, c"..");
        sys!(access, c"one", 0);
        0
    })?;
    w.reap_after(child, 0, |w| {
        w.saw(child, "chdir", 0).file(two.join(".."));
        w.saw(child, "access", 0).file(&one);
    })?;
    ok!(w, access(c"f", 0))?.file(two.join("f"));
    let thread = w.thread(|| sys!(chdir, c".."))?;
    let tid = thread.tid;
    let moved = thread.join().unwrap_or_default();
    ok!(w, access(c"two", 0))?.file(&two);
    w.end();
    w.saw(tid, "chdir", moved).file(two.join(".."));
    w.exits(tid, "exit");
    Ok(())
}

pub(crate) fn getdents(w: &mut Workload) -> Done {
    w.file("inside", "")?;
    let (dir, d) = (w.dir(), w.open_dir()?);
    let mut buf = [0_u8; 1024];
    w.begin();
    let r = sys!(getdents64, d, &mut buf, 1024);
    w.ok("getdents64", r)?.on(d, &dir).read(r.max(1));
    ok!(w, getdents64(d, &mut buf, 1024))?.on(d, &dir).read(0);
    ok!(w, lseek(d, 0, libc::SEEK_SET))?.on(d, &dir);
    let r = sys!(getdents, d, &mut buf, 1024);
    w.ok("getdents", r)?.on(d, &dir).read(r.max(1));
    w.end();
    Ok(())
}

pub(crate) fn directory_fails(w: &mut Workload) -> Done {
    let (path, missing) = (w.dir(), w.path("missing"));
    let (file, f) = w.open("file", "")?;
    let mut buf = [0_u8; 64];
    w.begin();
    fails!(w, EEXIST, mkdir(&path, 0o755))?.file(&path);
    fails!(w, ENOENT, chdir(&missing))?.file(&missing);
    fails!(w, ENOTDIR, fchdir(f))?.on(f, &file);
    fails!(w, EBADF, getdents64(9999, &mut buf, 64))?.fd(9999);
    fails!(w, ENOTDIR, getdents64(f, &mut buf, 64))?.on(f, &file);
    w.end();
    Ok(())
}

pub(crate) fn tmpfile(w: &mut Workload) -> Done {
    let (dir, named) = (w.dir(), w.path("named"));
    if sys!(openat, CWD, &dir, libc::O_TMPFILE | RDWR, 0o600) < 0 {
        return not_applicable("the file system has no O_TMPFILE");
    }
    w.begin();
    let r = sys!(openat, CWD, &dir, libc::O_TMPFILE | RDWR, 0o600);
    let f =
        w.ok("openat", r)?.fd_opened().file_has(&dir.display().to_string()).args_have("O_TMPFILE").value();
    let link = format!("/proc/self/fd/{f}");
    let text = std::ffi::CString::new(link.clone()).unwrap_or_default();
    ok!(w, linkat(CWD, &text, CWD, &named, libc::AT_SYMLINK_FOLLOW))?.file(&link).file2(&named);
    w.end();
    Ok(())
}

/// An unlinked open file keeps its name; that it is gone is no part of it.
pub(crate) fn deleted(w: &mut Workload) -> Done {
    let (path, f) = w.open("gone", "text")?;
    w.begin();
    ok!(w, unlink(&path))?.file(&path);
    ok!(w, write(f, b"x", 1))?.on(f, &path).written(1).args_have("(deleted)");
    let again = ok!(w, openat(CWD, &path, RDWR_CREAT, 0o600))?.opened(&path).value();
    ok!(w, write(again, b"y", 1))?.on(again, &path).written(1).args_lack("(deleted)");
    ok!(w, close(f))?.on(f, &path).args_have("(deleted)");
    w.end();
    Ok(())
}
