//! The lines that strace's manual shows. Flags stand in the order of their values there and here, if not in that text.

use super::*;

#[test]
fn lines_of_the_manual() {
    check(call("open", &[PTR, 0]).cap(0, b"/dev/null").ret(3), r#"open("/dev/null", O_RDONLY) = 3"#);
    check(
        call("open", &[PTR, 0]).cap(0, b"/foo/bar").ret(-2),
        r#"open("/foo/bar", O_RDONLY) = -1 ENOENT (No such file or directory)"#,
    );
    check(
        call("open", &[PTR, 0o2101, 0o666]).cap(0, b"xyzzy").ret(3),
        r#"open("xyzzy", O_WRONLY|O_CREAT|O_APPEND, 0666) = 3"#,
    );
    check(
        call("clock_gettime", &[0, PTR]).cap(1, &words([1_130_322_148, 3_977_000])),
        "clock_gettime(CLOCK_REALTIME, {tv_sec=1130322148, tv_nsec=3977000}) = 0",
    );
    check(call("read", &[0, PTR, 1]).cap(1, b"").ret(0), r#"read(0, "", 1) = 0"#);
    check(
        call("lstat", &[PTR, 0xb004]).cap(0, b"/foo/bar").ret(-2),
        r#"lstat("/foo/bar", 0xb004) = -1 ENOENT (No such file or directory)"#,
    );
    check(
        call("read", &[3, PTR, 1024]).cap(1, b"root::0:0:System Administrator:/root").ret(422),
        r#"read(3, "root::0:0:System Administrator:/"..., 1024) = 422"#,
    );
    check(call("getgroups", &[32, PTR]).cap(1, &ints([100, 0])).ret(2), "getgroups(32, [100, 0]) = 2");
    let mask = |how, set: u64, old| {
        call("rt_sigprocmask", &[how, PTR, old, 8]).cap(1, &words([set])).cap(2, &words([0]))
    };
    let set = 1 << (17 - 1) | 1 << (22 - 1);
    check(mask(0, set, PTR), "rt_sigprocmask(SIG_BLOCK, [CHLD TTOU], [], 8) = 0");
}

/// `lstat("/dev/null", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}) = 0`
#[test]
fn a_device_of_the_manual() {
    let mut stat = [0; 144];
    stat[24..28].copy_from_slice(&0o020_666_u32.to_le_bytes());
    stat[40..48].copy_from_slice(&0x103_u64.to_le_bytes());
    check(
        call("lstat", &[PTR, PTR]).cap(0, b"/dev/null").cap(1, &stat),
        r#"lstat("/dev/null", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}) = 0"#,
    );
}
