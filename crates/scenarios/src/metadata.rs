//! What is said of files: status, mode, owner, size, times, attributes.

use std::ffi::CStr;

use crate::prelude::*;

pub(crate) fn stat(w: &mut Workload) -> Done {
    let ((file, f), alias) = (w.open("seen", "text")?, w.path("alias"));
    need!(symlink(c"seen", &alias))?;
    let d = w.open_dir()?;
    let mut buf = [0_u8; 256];
    w.begin();
    ok!(w, stat(&file, &mut buf))?.file(&file).args_have("st_size=4");
    ok!(w, fstat(f, &mut buf))?.on(f, &file).args_have("st_size=4");
    ok!(w, lstat(&alias, &mut buf))?.file(&alias).args_have("st_mode=S_IFLNK|");
    ok!(w, newfstatat(d, c"alias", &mut buf, libc::AT_SYMLINK_NOFOLLOW))?
        .file(&alias)
        .args_have("AT_SYMLINK_NOFOLLOW");
    ok!(w, statx(CWD, &file, 0, libc::STATX_BASIC_STATS, &mut buf))?.file(&file).args_have("stx_size=4");
    ok!(w, access(&file, libc::R_OK))?.file(&file).args_have("R_OK");
    ok!(w, faccessat(d, c"seen", libc::R_OK))?.file(&file).args_have("R_OK");
    ok!(w, faccessat2(CWD, &file, libc::F_OK, libc::AT_EACCESS))?.file(&file).args_have("F_OK, AT_EACCESS");
    ok!(w, statfs(&file, &mut buf))?.file(&file);
    ok!(w, fstatfs(f, &mut buf))?.on(f, &file);
    w.end();
    Ok(())
}

pub(crate) fn stat_fails(w: &mut Workload) -> Done {
    let missing = w.path("missing");
    let mut buf = [0_u8; 256];
    w.begin();
    fails!(w, ENOENT, stat(&missing, &mut buf))?.file(&missing);
    fails!(w, ENOENT, lstat(&missing, &mut buf))?.file(&missing);
    fails!(w, ENOENT, access(&missing, 0))?.file(&missing);
    fails!(w, ENOENT, newfstatat(CWD, &missing, &mut buf, 0))?.file(&missing);
    fails!(w, ENOENT, statfs(&missing, &mut buf))?.file(&missing);
    fails!(w, EBADF, fstat(NO_FD, &mut buf))?.fd(NO_FD);
    fails!(w, EBADF, fstatfs(NO_FD, &mut buf))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn mode_and_owner(w: &mut Workload) -> Done {
    let ((path, f), missing) = (w.open("owned", "")?, w.path("missing"));
    let d = w.open_dir()?;
    have("fchmodat2", sys!(fchmodat2, d, c"owned", 0o600, 0))?;
    w.begin();
    ok!(w, chmod(&path, 0o600))?.file(&path).args_have("0600");
    ok!(w, fchmod(f, 0o640))?.on(f, &path).args_have("0640");
    ok!(w, fchmodat(d, c"owned", 0o644))?.file(&path).args_have("\"owned\", 0644");
    ok!(w, fchmodat2(d, c"owned", 0o600, 0))?.file(&path).args_have("0600");
    // -1: unchanged
    ok!(w, chown(&path, -1, -1))?.file(&path).args_have("-1, -1");
    ok!(w, fchown(f, -1, -1))?.on(f, &path);
    ok!(w, lchown(&path, -1, -1))?.file(&path);
    ok!(w, fchownat(d, c"owned", -1, -1, libc::AT_SYMLINK_NOFOLLOW))?
        .file(&path)
        .args_have("AT_SYMLINK_NOFOLLOW");
    ok!(w, fchownat(f, c"", -1, -1, libc::AT_EMPTY_PATH))?.on(f, &path);
    fails!(w, ENOENT, chmod(&missing, 0o600))?.file(&missing);
    fails!(w, ENOENT, lchown(&missing, -1, -1))?.file(&missing);
    fails!(w, EBADF, fchmod(NO_FD, 0o600))?.fd(NO_FD);
    fails!(w, EBADF, fchown(NO_FD, -1, -1))?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn truncate(w: &mut Workload) -> Done {
    let ((path, f), missing) = (w.open("cut", "some text")?, w.path("missing"));
    have("fallocate", sys!(fallocate, f, 0, 0, 4096))?;
    w.begin();
    ok!(w, truncate(&path, 4))?.file(&path).args_have(", 4");
    ok!(w, ftruncate(f, 2))?.on(f, &path).args_have(", 2");
    ok!(w, fallocate(f, 0, 0, 4096))?.on(f, &path).args_have("0, 0, 4096");
    fails!(w, ENOENT, truncate(&missing, 4))?.file(&missing);
    fails!(w, EBADF, ftruncate(NO_FD, 2))?.fd(NO_FD);
    fails!(w, EBADF, fallocate(NO_FD, 0, 0, 4096))?.fd(NO_FD);
    fails!(w, EINVAL, ftruncate(f, -1))?.on(f, &path);
    w.end();
    Ok(())
}

pub(crate) fn times(w: &mut Workload) -> Done {
    let ((path, f), missing) = (w.open("timed", "")?, w.path("missing"));
    let d = w.open_dir()?;
    let (seconds, pairs) = ([1_i64, 2], [1_i64, 2, 3, 4]);
    w.begin();
    ok!(w, utime(&path, &seconds))?.file(&path);
    ok!(w, utimes(&path, &pairs))?.file(&path);
    ok!(w, futimesat(CWD, &path, &pairs))?.file(&path);
    ok!(w, futimesat(d, c"timed", &pairs))?.file(&path);
    ok!(w, utimensat(d, c"timed", &pairs, 0))?.file(&path);
    ok!(w, utimensat(f, 0, &pairs, 0))?.on(f, &path);
    fails!(w, ENOENT, utime(&missing, 0))?.file(&missing);
    fails!(w, ENOENT, utimensat(d, c"missing", &pairs, 0))?.file(&missing);
    fails!(w, EINVAL, utimes(&path, &[0_i64, -1, 0, 0]))?.file(&path);
    w.end();
    Ok(())
}

const NAME: &CStr = c"user.ior";

/// A file on a file system with user attributes.
fn with_attributes(w: &Workload) -> Result<(Named, i32), StepError> {
    let (path, f) = w.open("tagged", "")?;
    have("fsetxattr", sys!(fsetxattr, f, NAME, b"value", 5, 0))?;
    Ok((path, f))
}

pub(crate) fn xattr_path(w: &mut Workload) -> Done {
    let (path, _) = with_attributes(w)?;
    let missing = w.path("missing");
    let mut buf = [0_u8; 64];
    w.begin();
    ok!(w, setxattr(&path, NAME, b"value", 5, 0))?.file(&path).args_have("\"user.ior\", \"value\", 5");
    ok!(w, getxattr(&path, NAME, &mut buf, 64))?.file(&path).read(5).args_have("\"user.ior\", \"value\", 64");
    let r = sys!(listxattr, &path, &mut buf, 64);
    w.ok("listxattr", r)?.file(&path).read(r);
    ok!(w, removexattr(&path, NAME))?.file(&path).args_have("\"user.ior\"");
    ok!(w, lsetxattr(&path, NAME, b"two", 3, libc::XATTR_CREATE))?.file(&path).args_have("XATTR_CREATE");
    ok!(w, lgetxattr(&path, NAME, &mut buf, 64))?.file(&path).read(3);
    let r = sys!(llistxattr, &path, &mut buf, 64);
    w.ok("llistxattr", r)?.file(&path).read(r);
    ok!(w, lremovexattr(&path, NAME))?.file(&path);
    fails!(w, ENODATA, getxattr(&path, NAME, &mut buf, 64))?.file(&path);
    fails!(w, ENOENT, setxattr(&missing, NAME, b"value", 5, 0))?.file(&missing);
    fails!(w, ENOENT, llistxattr(&missing, &mut buf, 64))?.file(&missing);
    w.end();
    Ok(())
}

pub(crate) fn xattr_at(w: &mut Workload) -> Done {
    let ((path, f), d) = (with_attributes(w)?, w.open_dir()?);
    let missing = w.path("missing");
    let mut buf = [0_u8; 64];
    // struct xattr_args: value, size and flags
    let (set, mut get) = ([at(b"value"), 5], [at(&mut buf), 64]);
    have("setxattrat", sys!(setxattrat, d, c"tagged", 0, NAME, &set, 16))?;
    w.begin();
    ok!(w, setxattrat(d, c"tagged", 0, NAME, &set, 16))?.file(&path).args_have("\"user.ior\"");
    ok!(w, getxattrat(d, c"tagged", 0, NAME, &mut get, 16))?.file(&path).read(5);
    ok!(w, getxattrat(f, c"", libc::AT_EMPTY_PATH, NAME, &mut get, 16))?.on(f, &path).read(5);
    let r = sys!(listxattrat, d, c"tagged", 0, &mut buf, 64);
    w.ok("listxattrat", r)?.file(&path).read(r);
    ok!(w, removexattrat(d, c"tagged", 0, NAME))?.file(&path);
    fails!(w, ENODATA, removexattrat(d, c"tagged", 0, NAME))?.file(&path);
    fails!(w, ENOENT, getxattrat(d, c"missing", 0, NAME, &mut get, 16))?.file(&missing);
    w.end();
    Ok(())
}

pub(crate) fn xattr_fd(w: &mut Workload) -> Done {
    let (path, f) = with_attributes(w)?;
    let mut buf = [0_u8; 64];
    w.begin();
    ok!(w, fsetxattr(f, NAME, b"value", 5, 0))?.on(f, &path).args_have("\"user.ior\"");
    ok!(w, fgetxattr(f, NAME, &mut buf, 64))?.on(f, &path).read(5);
    let r = sys!(flistxattr, f, &mut buf, 64);
    w.ok("flistxattr", r)?.on(f, &path).read(r);
    ok!(w, fremovexattr(f, NAME))?.on(f, &path);
    fails!(w, ENODATA, fgetxattr(f, NAME, &mut buf, 64))?.on(f, &path);
    fails!(w, EBADF, flistxattr(NO_FD, &mut buf, 64))?.fd(NO_FD);
    w.end();
    Ok(())
}

/// A size of 0 asks how much there is: nothing moves.
pub(crate) fn xattr_probe(w: &mut Workload) -> Done {
    let (path, f) = with_attributes(w)?;
    let list = sys!(flistxattr, f, 0, 0);
    w.begin();
    ok!(w, getxattr(&path, NAME, 0, 0))?.file(&path).read(0).ret_is(5);
    ok!(w, listxattr(&path, 0, 0))?.file(&path).read(0).ret_is(list);
    ok!(w, fgetxattr(f, NAME, 0, 0))?.on(f, &path).read(0).ret_is(5);
    w.end();
    Ok(())
}

pub(crate) fn xattr_probe_at(w: &mut Workload) -> Done {
    let (path, _) = with_attributes(w)?;
    let (mut get, mut value) = ([0_u64; 2], [0_u8; 16]);
    let mut roomy = [at(&mut value), 16];
    have("getxattrat", sys!(getxattrat, CWD, &path, 0, NAME, &mut get, 16))?;
    w.begin();
    ok!(w, getxattrat(CWD, &path, 0, NAME, &mut get, 16))?.file(&path).read(0).ret_is(5);
    ok!(w, listxattrat(CWD, &path, 0, 0, 0))?.file(&path).read(0);
    ok!(w, getxattrat(CWD, &path, 0, NAME, &mut roomy, 16))?.file(&path).read(5).args_have("size=16");
    w.end();
    Ok(())
}

pub(crate) fn file_attr(w: &mut Workload) -> Done {
    let ((path, f), d) = (w.open("flagged", "")?, w.open_dir()?);
    let missing = w.path("missing");
    let mut attr = [0_u8; 24];
    have("file_getattr", sys!(file_getattr, d, c"flagged", &mut attr, 24, 0))?;
    w.begin();
    ok!(w, file_getattr(d, c"flagged", &mut attr, 24, 0))?.file(&path);
    ok!(w, file_getattr(f, c"", &mut attr, 24, libc::AT_EMPTY_PATH))?.on(f, &path);
    ok!(w, file_setattr(d, c"flagged", &attr, 24, 0))?.file(&path);
    fails!(w, ENOENT, file_getattr(d, c"missing", &mut attr, 24, 0))?.file(&missing);
    w.end();
    Ok(())
}
