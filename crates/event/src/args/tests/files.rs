//! Paths, descriptors, buffers, file attributes.

use syscope_wire::file_kind;

use super::*;
use crate::args::Hex;

#[test]
fn open() {
    let open = |flags, mode| call("openat", &[AT_FDCWD, PTR, flags, mode]).names(0, "/srv").cap(1, b"x");
    check(
        open(0o2000000, 0o777).ret(3).ret_names("/srv/x"),
        r#"openat(AT_FDCWD</srv>, "x", O_RDONLY|O_CLOEXEC) = 3</srv/x>"#,
    );
    check(
        open(0o1101, 0o640).ret(4).ret_names("/srv/x"),
        r#"openat(AT_FDCWD</srv>, "x", O_WRONLY|O_CREAT|O_TRUNC, 0640) = 4</srv/x>"#,
    );
    check(
        open(0o20200002, 0o600).ret(4).ret_names("/srv/x"),
        r#"openat(AT_FDCWD</srv>, "x", O_RDWR|O_TMPFILE, 0600) = 4</srv/x>"#,
    );
    check(
        open(0, 0).ret(-2),
        r#"openat(AT_FDCWD</srv>, "x", O_RDONLY) = -1 ENOENT (No such file or directory)"#,
    );
    check(call("open", &[0, 0]).ret(-14), "open(NULL, O_RDONLY) = -1 EFAULT (Bad address)");
    check(
        call("open", &[0x10, 0]).fault(0).ret(-14),
        "open(0x10 /* unreadable */, O_RDONLY) = -1 EFAULT (Bad address)",
    );
    check(
        call("openat", &[5, PTR, 0]).names(0, "/a/b").cap(1, b"c").ret(6).ret_names("/a/b/c"),
        r#"openat(5</a/b>, "c", O_RDONLY) = 6</a/b/c>"#,
    );
    check(
        call("open", &[PTR, 0]).cut(0, b"long").ret(-36),
        r#"open("long"..., O_RDONLY) = -1 ENAMETOOLONG (File name too long)"#,
    );
    check(open(0, 0).unfinished(), r#"openat(AT_FDCWD</srv>, "x", O_RDONLY) = ?"#);
    check(
        call("openat2", &[AT_FDCWD, PTR, PTR, 24]).cap(1, b"x").cap(2, &words([0o101, 0o640, 8])).ret(3),
        r#"openat2(AT_FDCWD, "x", {flags=O_WRONLY|O_CREAT, mode=0640, resolve=RESOLVE_BENEATH}, 24) = 3"#,
    );
}

#[test]
fn descriptors_and_names() {
    check(call("close", &[3]).names(0, "/etc/passwd"), "close(3</etc/passwd>) = 0");
    check(
        call("close", &[3]).names_below(0, "/etc/passwd", "/srv/jail"),
        "close(3</etc/passwd>(root=/srv/jail)) = 0",
    );
    check(call("close", &[3]).names_below(0, "/", "/srv/(x)\n"), r"close(3</>(root=/srv/\50x\51\n)) = 0");
    check(call("close", &[9]).ret(-9), "close(9) = -1 EBADF (Bad file descriptor)");
    check(call("close", &[0xffff_ffff]).ret(-9), "close(-1) = -1 EBADF (Bad file descriptor)");
    check(call("close", &[3]).names(0, "/a<b>\n\"\u{e9}"), r#"close(3</a\74b\76\n\"\303\251>) = 0"#);
    check(call("close", &[3]).names_kind(0, file_kind::PIPE, b""), "close(3<pipe:[5]>) = 0");
    check(
        call("close", &[3]).names_kind(0, file_kind::ANON, b"[eventfd]"),
        "close(3<anon_inode:[eventfd]>) = 0",
    );
    check(call("close", &[3]).names_kind(0, file_kind::NS, b"pidfd\0"), "close(3<anon_inode:[pidfd]>) = 0");
    check(call("close", &[3]).names_kind(0, file_kind::NS, b"net\0"), "close(3<net:[5]>) = 0");
    let bare = Style { names: Names::OFF, ..Style::default() };
    check_in(&bare, &call("close", &[3]).names(0, "/etc/passwd"), "close(3) = 0");
    check(
        call("dup2", &[3, 7]).names(0, "/a").names(1, "/b").ret(7).ret_names("/a"),
        "dup2(3</a>, 7</b>) = 7</a>",
    );
    check(
        call("pipe2", &[PTR, 0o2004000]).cap(0, &ints([3, 4])).fds_name_pipe(0),
        "pipe2([3<pipe:[5]>, 4<pipe:[5]>], O_NONBLOCK|O_CLOEXEC) = 0",
    );
    check(call("pipe", &[0x10]).ret(-14), "pipe(0x10) = -1 EFAULT (Bad address)");
}

#[test]
fn buffers() {
    let read = |n: u64| call("read", &[3, PTR, n]);
    check(read(1).cap(1, b"x").ret(1), r#"read(3, "x", 1) = 1"#);
    check(read(9).cap(1, b"").ret(0), r#"read(3, "", 9) = 0"#);
    check(read(9).ret(-11), "read(3, 0x7f0000001000, 9) = -1 EAGAIN (Resource temporarily unavailable)");
    check(read(9).unfinished(), "read(3, ) = ?");
    check(
        read(100).cut(1, &[b'a'; 32]).ret(40),
        r#"read(3, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"..., 100) = 40"#,
    );
    check(
        read(9).ret(-512),
        "read(3, 0x7f0000001000, 9) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)",
    );
    check(call("write", &[1, PTR, 3]).cap(1, b"a\0\x1b").ret(3), r#"write(1, "a\0\33", 3) = 3"#);
    check(
        call("write", &[1, 0x10, 3]).fault(1).ret(-14),
        "write(1, 0x10 /* unreadable */, 3) = -1 EFAULT (Bad address)",
    );
    check(call("pread64", &[3, PTR, 4, 64]).cap(1, b"\x7fELF").ret(4), r#"pread64(3, "\177ELF", 4, 64) = 4"#);
    check(
        call("getrandom", &[PTR, 2, 1]).cap(0, b"a\xff").ret(2),
        r#"getrandom("\x61\xff", 2, GRND_NONBLOCK) = 2"#,
    );
    check(call("getcwd", &[PTR, 4096]).cap(0, b"/srv").ret(5), r#"getcwd("/srv", 4096) = 5"#);
    check(
        call("readlink", &[PTR, PTR, 99]).cap(0, b"/l").cap(1, b"to").ret(2),
        r#"readlink("/l", "to", 99) = 2"#,
    );
    check(
        call("writev", &[1, PTR, 2]).cap(1, &words([0x10, 3, 0, 0])).ret(3),
        "writev(1, [{iov_base=0x10, iov_len=3}, {iov_base=NULL, iov_len=0}], 2) = 3",
    );
    check(
        call("sendfile", &[1, 3, PTR, 10]).entry(2, &words([0])).cap(2, &words([10])).ret(10),
        "sendfile(1, 3, [0] => [10], 10) = 10",
    );
    check(call("sendfile", &[1, 3, 0, 10]).ret(10), "sendfile(1, 3, NULL, 10) = 10");
}

#[test]
fn string_styles() {
    let write = call("write", &[1, PTR, 4]).cap(1, b"ab\x01d").ret(4);
    let style = |hex, string_limit| Style { hex, string_limit, ..Style::default() };
    check_in(&style(Hex::Off, 32), &write, r#"write(1, "ab\1d", 4) = 4"#);
    check_in(&style(Hex::NonAscii, 32), &write, r#"write(1, "\x61\x62\x01\x64", 4) = 4"#);
    check_in(&style(Hex::All, 32), &write, r#"write(1, "\x61\x62\x01\x64", 4) = 4"#);
    check_in(&style(Hex::Off, 2), &write, r#"write(1, "ab"..., 4) = 4"#);
    check_in(&style(Hex::Off, 0), &write, r#"write(1, ""..., 4) = 4"#);
}

#[test]
fn positions_and_flags() {
    check(call("lseek", &[3, -3_i64 as u64, 2]).ret(7), "lseek(3, -3, SEEK_END) = 7");
    check(
        call("lseek", &[3, 0, 99]).ret(-22),
        "lseek(3, 0, 0x63 /* SEEK_??? */) = -1 EINVAL (Invalid argument)",
    );
    check(call("access", &[PTR, 0]).cap(0, b"/e"), r#"access("/e", F_OK) = 0"#);
    check(call("access", &[PTR, 5]).cap(0, b"/e"), r#"access("/e", R_OK|X_OK) = 0"#);
    check(call("umask", &[0o22]).ret(0o22), "umask(022) = 022");
    check(call("umask", &[0]).ret(0o7), "umask(000) = 007");
    check(call("chmod", &[PTR, 0o4755]).cap(0, b"f"), r#"chmod("f", 04755) = 0"#);
    check(call("fchown", &[3, 0, u64::MAX]), "fchown(3, 0, -1) = 0");
    check(call("flock", &[3, 6]), "flock(3, LOCK_EX|LOCK_NB) = 0");
    check(call("fcntl", &[3, 1]).ret(1), "fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)");
    check(call("fcntl", &[3, 1]), "fcntl(3, F_GETFD) = 0");
    check(call("fcntl", &[3, 2, 1]), "fcntl(3, F_SETFD, FD_CLOEXEC) = 0");
    check(call("fcntl", &[3, 3]).ret(0x8002), "fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)");
    check(call("fcntl", &[3, 4, 0x800]), "fcntl(3, F_SETFL, O_RDONLY|O_NONBLOCK) = 0");
    check(
        call("fcntl", &[3, 1030, 10]).names(0, "/a").ret(10).ret_names("/a"),
        "fcntl(3</a>, F_DUPFD_CLOEXEC, 10) = 10</a>",
    );
    check(
        call("ioctl", &[1, 0x5401, PTR]).ret(-25),
        "ioctl(1, TCGETS, 0x7f0000001000) = -1 ENOTTY (Inappropriate ioctl for device)",
    );
    check(call("ioctl", &[1, 0x5451, 0]), "ioctl(1, FIOCLEX) = 0");
}

fn stat(mode: u32, size: u64) -> Vec<u8> {
    let mut data = words([0x803, 42, 1, 0, 0, 0x103, size, 4096, 8, 1, 5, 0, 0, -1_i64 as u64, 0, 0, 0, 0]);
    data[24..28].copy_from_slice(&mode.to_le_bytes());
    data[28..32].copy_from_slice(&1000_u32.to_le_bytes());
    data
}

#[test]
fn attributes() {
    let verbose = Style { verbose: true, ..Style::default() };
    check(
        call("newfstatat", &[3, PTR, PTR, 0x1000]).names(0, "/f").cap(1, b"").cap(2, &stat(0o100644, 7)),
        r#"newfstatat(3</f>, "", {st_mode=S_IFREG|0644, st_size=7, ...}, AT_EMPTY_PATH) = 0"#,
    );
    check(
        call("stat", &[PTR, PTR]).cap(0, b"/dev/null").cap(1, &stat(0o020666, 0)),
        r#"stat("/dev/null", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}) = 0"#,
    );
    check(
        call("lstat", &[PTR, PTR]).cap(0, b"/t").cap(1, &stat(0o041777, 3)),
        r#"lstat("/t", {st_mode=S_IFDIR|S_ISVTX|0777, st_size=3, ...}) = 0"#,
    );
    check(
        call("fstat", &[3, PTR]).cap(1, &stat(0o106000, 3)),
        "fstat(3, {st_mode=S_IFREG|S_ISUID|S_ISGID|000, st_size=3, ...}) = 0",
    );
    check_in(
        &verbose,
        &call("fstat", &[3, PTR]).cap(1, &stat(0o100644, 7)),
        "fstat(3, {st_dev=makedev(0x8, 0x3), st_ino=42, st_mode=S_IFREG|0644, st_nlink=1, st_uid=1000, st_gid=0, \
         st_blksize=4096, st_blocks=8, st_size=7, st_atime=1 /* 1970-01-01T00:00:01.000000005+0000 */, \
         st_atime_nsec=5, st_mtime=0, st_mtime_nsec=0, st_ctime=-1 /* 1969-12-31T23:59:59+0000 */, \
         st_ctime_nsec=0}) = 0",
    );
    check(
        call("stat", &[PTR, PTR]).cap(0, b"/x").ret(-2),
        r#"stat("/x", 0x7f0000001000) = -1 ENOENT (No such file or directory)"#,
    );
    check(call("fstat", &[3, 0x10]).fault(1).ret(0), "fstat(3, 0x10 /* unreadable */) = 0");
    check(call("mknod", &[PTR, 0o010666, 0]).cap(0, b"/p"), r#"mknod("/p", S_IFIFO|0666) = 0"#);
    check(
        call("mknodat", &[AT_FDCWD, PTR, 0o020600, 0x103]).cap(1, b"n"),
        r#"mknodat(AT_FDCWD, "n", S_IFCHR|0600, makedev(0x1, 0x3)) = 0"#,
    );
    check(call("mknod", &[PTR, 0o644, 0]).cap(0, b"f"), r#"mknod("f", 0644) = 0"#);
}

#[test]
fn extended_attributes_of_files() {
    let mut data = words([0x0000_1000_0000_10e0, 0x10, 2, 0o100644 << 32, 42, 7, 8, 0x30, 1, 5, 9, 9]);
    data.extend_from_slice(&words([0, 0, -1_i64 as u64, 0, 3 << 32 | 1, 6 << 32, 24]));
    data.resize(256, 0);
    let statx = call("statx", &[3, PTR, 0x1000, 0xfff, PTR]).cap(1, b"").cap(4, &data);
    let verbose = Style { verbose: true, ..Style::default() };
    check_in(
        &verbose,
        &statx,
        "statx(3, \"\", AT_STATX_SYNC_AS_STAT|AT_EMPTY_PATH, STATX_ALL, {stx_mask=STATX_ATIME|STATX_MTIME|STATX_CTIME|\
         STATX_MNT_ID, stx_blksize=4096, stx_attributes=STATX_ATTR_IMMUTABLE, stx_nlink=2, stx_uid=0, stx_gid=0, \
         stx_mode=S_IFREG|0644, stx_ino=42, stx_size=7, stx_blocks=8, stx_attributes_mask=STATX_ATTR_IMMUTABLE|\
         STATX_ATTR_APPEND, stx_atime={tv_sec=1, tv_nsec=5} /* 1970-01-01T00:00:01.000000005+0000 */, \
         stx_ctime={tv_sec=0, tv_nsec=0}, stx_mtime={tv_sec=-1, tv_nsec=0} /* 1969-12-31T23:59:59+0000 */, \
         stx_rdev_major=1, stx_rdev_minor=3, stx_dev_major=0, stx_dev_minor=6, stx_mnt_id=0x18}) = 0",
    );
}

#[test]
fn names_are_whole_where_paths_are() {
    let short = Style { string_limit: 2, hex: Hex::Off, ..Style::default() };
    check_in(
        &short,
        &call("symlink", &[PTR, PTR]).cap(0, b"long").cap(1, b"/long"),
        r#"symlink("long", "/long") = 0"#,
    );
    check_in(
        &short,
        &call("getxattr", &[PTR, PTR, 0, 0]).cap(0, b"/f").cap(1, b"user.x").ret(9),
        r#"getxattr("/f", "us"..., NULL, 0) = 9"#,
    );
    let all = Style { hex: Hex::All, ..Style::default() };
    check_in(&all, &call("close", &[3]).names(0, "/a"), r"close(3<\x2f\x61>) = 0");
}

#[test]
fn two_paths() {
    check(
        call("rename", &[PTR, PTR]).cap(0, b"a").cap(1, b"b").ret(-13),
        r#"rename("a", "b") = -1 EACCES (Permission denied)"#,
    );
    check(
        call("renameat2", &[3, PTR, AT_FDCWD, PTR, 1]).names(0, "/x").cap(1, b"a").cap(3, b"b"),
        r#"renameat2(3</x>, "a", AT_FDCWD, "b", RENAME_NOREPLACE) = 0"#,
    );
    check(call("symlink", &[PTR, PTR]).cap(0, b"to").cap(1, b"l"), r#"symlink("to", "l") = 0"#);
    check(
        call("unlinkat", &[AT_FDCWD, PTR, 0x200]).cap(1, b"d"),
        r#"unlinkat(AT_FDCWD, "d", AT_REMOVEDIR) = 0"#,
    );
}
