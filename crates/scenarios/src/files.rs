//! Opening, reading, writing, renaming.

use crate::sys::sys;
use crate::workload::{StepError, Workload, c, check_ok, fd};

const CWD: i32 = libc::AT_FDCWD;
const RDWR_CREAT: i32 = libc::O_RDWR | libc::O_CREAT;

pub(crate) fn open_basic(w: &mut Workload) -> Result<(), StepError> {
    let path = w.path("basic");
    let name = c(&path);
    let mut buf = [0_u8; 32];
    w.begin();
    let f = sys!(openat, CWD, name.as_c_str(), RDWR_CREAT, 0o644);
    w.ok("openat", f)?.fd(fd(f)).file(&path).family("FS").args_have("O_RDWR|O_CREAT, 0644").no_bytes();
    let r = sys!(write, f, &b"twenty-one bytes long"[..], 21);
    w.ok("write", r)?.fd(fd(f)).file(&path).written(21).args_have("\"twenty-one bytes long\", 21");
    let r = sys!(lseek, f, 0, libc::SEEK_SET);
    w.ok("lseek", r)?.fd(fd(f)).file(&path).no_bytes();
    let r = sys!(read, f, &mut buf[..], 32);
    w.ok("read", r)?.fd(fd(f)).file(&path).read(21).args_have("\"twenty-one bytes long\", 32");
    let r = sys!(read, f, &mut buf[..], 32);
    w.ok("read", r)?.fd(fd(f)).file(&path).read(0);
    let r = sys!(close, f);
    w.ok("close", r)?.fd(fd(f)).file(&path);
    w.end();
    Ok(())
}

pub(crate) fn open_dirfd(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("inside", "text")?;
    let dir = path.parent().map(std::path::Path::to_owned).unwrap_or_default();
    let dir_name = c(&dir);
    let mut stat = [0_u8; 256];
    w.begin();
    let d = sys!(openat, CWD, dir_name.as_c_str(), libc::O_RDONLY | libc::O_DIRECTORY);
    w.ok("openat", d)?.fd(fd(d)).file(&dir);
    let f = sys!(openat, d, c"inside", libc::O_RDONLY);
    w.ok("openat", f)?.fd(fd(f)).file(&path).args_have("\"inside\"");
    let r = sys!(newfstatat, d, c"inside", &mut stat[..], 0);
    w.ok("newfstatat", r)?.no_fd().file(&path).args_have("st_mode=S_IFREG|");
    let r = sys!(newfstatat, d, c"", &mut stat[..], libc::AT_EMPTY_PATH);
    w.ok("newfstatat", r)?.fd(fd(d)).file(&dir).args_have("st_mode=S_IFDIR|");
    let r = sys!(openat, d, c"absent", libc::O_RDONLY);
    w.fails("openat", r, libc::ENOENT)?.no_fd().file(dir.join("absent"));
    w.end();
    Ok(())
}

pub(crate) fn open_cwd(w: &mut Workload) -> Result<(), StepError> {
    let one = w.path("one");
    let two = w.path("two");
    let (one_name, two_name) = (c(&one), c(&two));
    check_ok("mkdir", sys!(mkdir, one_name.as_c_str(), 0o755))?;
    check_ok("mkdir", sys!(mkdir, two_name.as_c_str(), 0o755))?;
    let d = check_ok("openat", sys!(openat, CWD, two_name.as_c_str(), libc::O_RDONLY))?;
    let mut buf = [0_u8; 4096];
    w.begin();
    let r = sys!(chdir, one_name.as_c_str());
    w.ok("chdir", r)?.file(&one).no_fd();
    let f = sys!(openat, CWD, c"f", RDWR_CREAT, 0o644);
    w.ok("openat", f)?.fd(fd(f)).file(one.join("f"));
    let r = sys!(getcwd, &mut buf[..], 4096);
    let quoted = format!("\"{}\"", one.display());
    w.ok("getcwd", r)?.args_have(&quoted);
    let r = sys!(fchdir, d);
    w.ok("fchdir", r)?.fd(fd(d)).file(&two);
    let r = sys!(open, c"f", RDWR_CREAT, 0o644);
    w.ok("open", r)?.fd(fd(r)).file(two.join("f"));
    let r = sys!(access, c"missing", 0);
    w.fails("access", r, libc::ENOENT)?.file(two.join("missing"));
    w.end();
    Ok(())
}

pub(crate) fn open_legacy(w: &mut Workload) -> Result<(), StepError> {
    let path = w.path("legacy");
    let name = c(&path);
    w.begin();
    let f = sys!(creat, name.as_c_str(), 0o600);
    w.ok("creat", f)?.fd(fd(f)).file(&path).args_have("0600");
    let g = sys!(open, name.as_c_str(), libc::O_WRONLY | libc::O_APPEND);
    w.ok("open", g)?.fd(fd(g)).file(&path).args_have("O_WRONLY|O_APPEND");
    w.end();
    Ok(())
}

pub(crate) fn open_enoent(w: &mut Workload) -> Result<(), StepError> {
    let path = w.path("missing/file");
    let name = c(&path);
    w.begin();
    for _ in 0..5 {
        let r = sys!(openat, CWD, name.as_c_str(), libc::O_RDONLY);
        w.fails("openat", r, libc::ENOENT)?.no_fd().file(&path);
    }
    w.end();
    Ok(())
}

pub(crate) fn wrong_mode(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("mode", "text")?;
    let name = c(&path);
    let reader = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDONLY))?;
    let writer = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_WRONLY))?;
    let mut buf = [0_u8; 4];
    w.begin();
    let r = sys!(write, reader, &b"no"[..], 2);
    w.fails("write", r, libc::EBADF)?.fd(fd(reader)).file(&path).no_bytes();
    let r = sys!(read, writer, &mut buf[..], 4);
    w.fails("read", r, libc::EBADF)?.fd(fd(writer)).file(&path).no_bytes();
    let r = sys!(pread64, reader, &mut buf[..], 4, -1);
    w.fails("pread64", r, libc::EINVAL)?.fd(fd(reader)).file(&path);
    let r = sys!(fstat, 99_999, &mut buf[..]);
    w.fails("fstat", r, libc::EBADF)?.fd(99_999).no_file();
    let r = sys!(close, -1);
    w.fails("close", r, libc::EBADF)?.no_fd().no_file();
    w.end();
    Ok(())
}

pub(crate) fn positional(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("positional", "0123456789")?;
    let name = c(&path);
    let f = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDWR))?;
    let (mut a, mut b) = ([0_u8; 6], [0_u8; 10]);
    let iov = [a.as_mut_ptr().expose_provenance(), 6, b.as_mut_ptr().expose_provenance(), 10];
    w.begin();
    let r = sys!(pread64, f, &mut a[..], 6, 2);
    w.ok("pread64", r)?.fd(fd(f)).file(&path).read(6).args_have("\"234567\"");
    let r = sys!(pwrite64, f, &b"abc"[..], 3, 10);
    w.ok("pwrite64", r)?.fd(fd(f)).file(&path).written(3);
    let r = sys!(readv, f, &iov[..], 2);
    w.ok("readv", r)?.fd(fd(f)).file(&path).read(13).args_have("iov_len=6");
    let r = sys!(writev, f, &iov[..], 2);
    w.ok("writev", r)?.fd(fd(f)).file(&path).written(16);
    let r = sys!(preadv, f, &iov[..], 2, 0, 0);
    w.ok("preadv", r)?.fd(fd(f)).file(&path).read(16);
    let r = sys!(pwritev, f, &iov[..], 2, 0, 0);
    w.ok("pwritev", r)?.fd(fd(f)).file(&path).written(16);
    let r = sys!(preadv2, f, &iov[..], 2, 8, 0, 0);
    w.ok("preadv2", r)?.fd(fd(f)).file(&path).read(r);
    let r = sys!(pwritev2, f, &iov[..], 2, 0, 0, 0);
    w.ok("pwritev2", r)?.fd(fd(f)).file(&path).written(16);
    w.end();
    Ok(())
}

pub(crate) fn transfer(w: &mut Workload) -> Result<(), StepError> {
    let from = w.file("from", "sixteen bytes of")?;
    let to = w.file("to", "")?;
    let (from_name, to_name) = (c(&from), c(&to));
    let input = check_ok("openat", sys!(openat, CWD, from_name.as_c_str(), libc::O_RDONLY))?;
    let output = check_ok("openat", sys!(openat, CWD, to_name.as_c_str(), libc::O_RDWR))?;
    let (mut ends, mut other) = ([0_i32; 2], [0_i32; 2]);
    check_ok("pipe2", sys!(pipe2, &mut ends[..], 0))?;
    check_ok("pipe2", sys!(pipe2, &mut other[..], 0))?;
    let (mut offset, mut start) = ([0_i64], [0_i64]);
    let iov = [from_name.as_ptr().expose_provenance(), 5];
    w.begin();
    let r = sys!(sendfile, output, input, &mut offset[..], 16);
    w.ok("sendfile", r)?.fd(fd(output)).file(&to).fd2(fd(input)).file2(&from).moved(16, "transfer");
    let r = sys!(splice, input, 0, ends[1], 0, 16, 0);
    w.ok("splice", r)?.fd(fd(input)).file(&from).fd2(ends[1]).file2_has("pipe:[").moved(16, "transfer");
    let r = sys!(tee, ends[0], other[1], 16, 0);
    w.ok("tee", r)?.fd(ends[0]).file_has("pipe:[").fd2(other[1]).file2_has("pipe:[").moved(16, "transfer");
    let r = sys!(splice, ends[0], 0, output, 0, 16, 0);
    w.ok("splice", r)?.fd(ends[0]).file_has("pipe:[").fd2(fd(output)).file2(&to).moved(16, "transfer");
    let r = sys!(vmsplice, other[1], &iov[..], 1, 0);
    w.ok("vmsplice", r)?.fd(other[1]).file_has("pipe:[").no_second().moved(5, "transfer");
    let r = sys!(copy_file_range, input, &mut start[..], output, 0, 16, 0);
    w.ok("copy_file_range", r)?.fd(fd(input)).file(&from).fd2(fd(output)).file2(&to).moved(16, "transfer");
    let r = sys!(copy_file_range, input, 0, 99_999, 0, 16, 0);
    w.fails("copy_file_range", r, libc::EBADF)?.fd(fd(input)).file(&from).fd2(99_999).no_bytes();
    w.end();
    Ok(())
}

pub(crate) fn rename(w: &mut Workload) -> Result<(), StepError> {
    let a = w.file("a", "text")?;
    let (b, d, e) = (w.path("b"), w.path("d"), w.path("e"));
    let (a_name, b_name, d_name) = (c(&a), c(&b), c(&d));
    let dir = c(&w.path(""));
    let dirfd = check_ok("openat", sys!(openat, CWD, dir.as_c_str(), libc::O_RDONLY))?;
    let f = check_ok("openat", sys!(openat, CWD, a_name.as_c_str(), libc::O_RDWR))?;
    w.begin();
    let r = sys!(rename, a_name.as_c_str(), b_name.as_c_str());
    w.ok("rename", r)?.file(&a).file2(&b).no_fd();
    let r = sys!(write, f, &b"x"[..], 1);
    w.ok("write", r)?.file(&b);
    let r = sys!(renameat, dirfd, c"b", dirfd, c"d");
    w.ok("renameat", r)?.file(&b).file2(&d);
    let r = sys!(renameat2, CWD, d_name.as_c_str(), dirfd, c"e", 0);
    w.ok("renameat2", r)?.file(&d).file2(&e);
    let r = sys!(rename, a_name.as_c_str(), b_name.as_c_str());
    w.fails("rename", r, libc::ENOENT)?.file(&a).file2(&b);
    let r = sys!(close, f);
    w.ok("close", r)?.file(&e);
    w.end();
    Ok(())
}

pub(crate) fn links(w: &mut Workload) -> Result<(), StepError> {
    let target = w.file("target", "text")?;
    let (hard, soft) = (w.path("hard"), w.path("soft"));
    let (target_name, hard_name, soft_name) = (c(&target), c(&hard), c(&soft));
    let mut buf = [0_u8; 64];
    w.begin();
    let r = sys!(link, target_name.as_c_str(), hard_name.as_c_str());
    w.ok("link", r)?.file(&target).file2(&hard);
    let r = sys!(symlink, c"../some text", soft_name.as_c_str());
    w.ok("symlink", r)?.file(&soft).no_second().args_have("\"../some text\"");
    let r = sys!(readlink, soft_name.as_c_str(), &mut buf[..], 64);
    w.ok("readlink", r)?.file(&soft).read(12).args_have("\"../some text\", 64");
    let r = sys!(unlink, soft_name.as_c_str());
    w.ok("unlink", r)?.file(&soft);
    let r = sys!(unlink, soft_name.as_c_str());
    w.fails("unlink", r, libc::ENOENT)?.file(&soft);
    w.end();
    Ok(())
}

pub(crate) fn links_at(w: &mut Workload) -> Result<(), StepError> {
    let target = w.file("target", "text")?;
    let (sub, hard, soft) = (w.path("sub"), w.path("sub/hard"), w.path("soft"));
    let dir = c(&w.path(""));
    let d = check_ok("openat", sys!(openat, CWD, dir.as_c_str(), libc::O_RDONLY | libc::O_DIRECTORY))?;
    let mut buf = [0_u8; 64];
    w.begin();
    let r = sys!(mkdirat, d, c"sub", 0o755);
    w.ok("mkdirat", r)?.no_fd().file(&sub).no_second();
    let r = sys!(linkat, d, c"target", d, c"sub/hard", 0);
    w.ok("linkat", r)?.no_fd().file(&target).file2(&hard);
    let r = sys!(symlinkat, c"target", d, c"soft");
    w.ok("symlinkat", r)?.no_fd().file(&soft).no_second().args_have("\"target\"");
    let r = sys!(readlinkat, d, c"soft", &mut buf[..], 64);
    w.ok("readlinkat", r)?.no_fd().file(&soft).read(6).args_have("\"target\", 64");
    let r = sys!(readlinkat, d, c"target", &mut buf[..], 64);
    w.fails("readlinkat", r, libc::EINVAL)?.no_fd().file(&target).no_bytes();
    let r = sys!(unlinkat, d, c"sub/hard", 0);
    w.ok("unlinkat", r)?.no_fd().file(&hard);
    let r = sys!(unlinkat, d, c"sub", libc::AT_REMOVEDIR);
    w.ok("unlinkat", r)?.no_fd().file(&sub).args_have("AT_REMOVEDIR");
    let r = sys!(unlinkat, d, c"sub", 0);
    w.fails("unlinkat", r, libc::ENOENT)?.no_fd().file(&sub);
    w.end();
    Ok(())
}

pub(crate) fn stat(w: &mut Workload) -> Result<(), StepError> {
    let (file, alias, missing) = (w.file("seen", "text")?, w.path("alias"), w.path("missing"));
    let (name, alias_name, missing_name, dir) = (c(&file), c(&alias), c(&missing), c(&w.path("")));
    check_ok("symlink", sys!(symlink, c"seen", alias_name.as_c_str()))?;
    let f = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDONLY))?;
    let d = check_ok("openat", sys!(openat, CWD, dir.as_c_str(), libc::O_RDONLY | libc::O_DIRECTORY))?;
    let mut buf = [0_u8; 256];
    w.begin();
    let r = sys!(stat, name.as_c_str(), &mut buf[..]);
    w.ok("stat", r)?.no_fd().file(&file).args_have("st_size=4");
    let r = sys!(fstat, f, &mut buf[..]);
    w.ok("fstat", r)?.fd(fd(f)).file(&file).args_have("st_size=4");
    let r = sys!(lstat, alias_name.as_c_str(), &mut buf[..]);
    w.ok("lstat", r)?.no_fd().file(&alias).args_have("st_mode=S_IFLNK|");
    let r = sys!(newfstatat, d, c"alias", &mut buf[..], libc::AT_SYMLINK_NOFOLLOW);
    w.ok("newfstatat", r)?.no_fd().file(&alias).args_have("AT_SYMLINK_NOFOLLOW");
    let r = sys!(faccessat, d, c"seen", libc::R_OK);
    w.ok("faccessat", r)?.no_fd().file(&file).args_have("R_OK");
    let r = sys!(faccessat2, CWD, name.as_c_str(), libc::F_OK, 0);
    w.ok("faccessat2", r)?.no_fd().file(&file).args_have("F_OK");
    let r = sys!(statfs, name.as_c_str(), &mut buf[..]);
    w.ok("statfs", r)?.no_fd().file(&file).no_bytes();
    let r = sys!(fstatfs, f, &mut buf[..]);
    w.ok("fstatfs", r)?.fd(fd(f)).file(&file).no_bytes();
    let r = sys!(stat, missing_name.as_c_str(), &mut buf[..]);
    w.fails("stat", r, libc::ENOENT)?.no_fd().file(&missing);
    let r = sys!(fstatfs, 99_999, &mut buf[..]);
    w.fails("fstatfs", r, libc::EBADF)?.fd(99_999).no_file();
    w.end();
    Ok(())
}

pub(crate) fn metadata(w: &mut Workload) -> Result<(), StepError> {
    let (dir, file) = (w.path("sub"), w.file("meta", "text")?);
    let (dir_name, file_name) = (c(&dir), c(&file));
    let f = check_ok("openat", sys!(openat, CWD, file_name.as_c_str(), libc::O_RDWR))?;
    let mut buf = [0_u8; 256];
    w.begin();
    let r = sys!(mkdir, dir_name.as_c_str(), 0o755);
    w.ok("mkdir", r)?.file(&dir).no_fd().args_have("0755");
    let r = sys!(mkdir, dir_name.as_c_str(), 0o755);
    w.fails("mkdir", r, libc::EEXIST)?.file(&dir);
    let r = sys!(access, dir_name.as_c_str(), libc::R_OK);
    w.ok("access", r)?.file(&dir).args_have("R_OK");
    let r = sys!(chmod, file_name.as_c_str(), 0o600);
    w.ok("chmod", r)?.file(&file).args_have("0600");
    let r = sys!(truncate, file_name.as_c_str(), 2);
    w.ok("truncate", r)?.file(&file).no_bytes();
    let r = sys!(ftruncate, f, 1);
    w.ok("ftruncate", r)?.fd(fd(f)).file(&file).no_bytes();
    let r = sys!(statx, CWD, file_name.as_c_str(), 0, 0x7ff, &mut buf[..]);
    w.ok("statx", r)?.file(&file).args_have("stx_size=1");
    let r = sys!(rmdir, dir_name.as_c_str());
    w.ok("rmdir", r)?.file(&dir);
    w.end();
    Ok(())
}

pub(crate) fn deleted(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("gone", "text")?;
    let name = c(&path);
    let f = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDWR))?;
    w.begin();
    let r = sys!(unlink, name.as_c_str());
    w.ok("unlink", r)?.file(&path);
    let r = sys!(write, f, &b"x"[..], 1);
    w.ok("write", r)?.fd(fd(f)).file(&path).args_have("(deleted)");
    let again = sys!(openat, CWD, name.as_c_str(), RDWR_CREAT, 0o600);
    w.ok("openat", again)?.file(&path);
    let r = sys!(write, again, &b"y"[..], 1);
    w.ok("write", r)?.fd(fd(again)).file(&path).args_lack("(deleted)");
    w.end();
    Ok(())
}
