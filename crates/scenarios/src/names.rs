//! File names that are hard to read, in every sense.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;

use crate::sys::{memory, sys};
use crate::workload::{StepError, Workload, c, check_ok, fd};

const CWD: i32 = libc::AT_FDCWD;
const PAGE: usize = 4096;

pub(crate) fn hostile(w: &mut Workload) -> Result<(), StepError> {
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
    let paths: Vec<_> = names.iter().map(|n| w.path("").join(OsStr::from_bytes(n))).collect();
    w.begin();
    for path in &paths {
        let name = c(path);
        let f = sys!(openat, CWD, name.as_c_str(), libc::O_RDWR | libc::O_CREAT, 0o600);
        w.ok("openat", f)?.fd(fd(f)).file(path).args_lack("\n").args_lack("\x1b");
        let r = sys!(close, f);
        w.ok("close", r)?.file(path).args_lack("\n").args_lack("\x1b");
    }
    w.end();
    Ok(())
}

/// Only the kernel knows where `..` and symbolic links lead: a path stays as passed, a descriptor has its true name.
pub(crate) fn dots(w: &mut Workload) -> Result<(), StepError> {
    let target = w.file("target", "text")?;
    let (dir, sub, alias) = (w.path(""), w.path("sub"), w.path("alias"));
    let (dir_name, sub_name, alias_name) = (c(&dir), c(&sub), c(&alias));
    check_ok("mkdir", sys!(mkdir, sub_name.as_c_str(), 0o755))?;
    check_ok("symlink", sys!(symlink, c"target", alias_name.as_c_str()))?;
    check_ok("chdir", sys!(chdir, dir_name.as_c_str()))?;
    let mut doubled = b"/".to_vec();
    doubled.extend_from_slice(target.as_os_str().as_bytes());
    let doubled_name = CString::new(doubled.clone()).unwrap_or_default();
    w.begin();
    let r = sys!(access, c"sub/../target", 0);
    w.ok("access", r)?.file(dir.join("sub/../target"));
    let r = sys!(openat, CWD, c"sub/../target", libc::O_RDONLY);
    w.ok("openat", r)?.fd(fd(r)).file(&target).args_have("\"sub/../target\"");
    let r = sys!(access, c"alias", 0);
    w.ok("access", r)?.file(&alias);
    let r = sys!(openat, CWD, c"alias", libc::O_RDONLY);
    w.ok("openat", r)?.fd(fd(r)).file(&target).args_have("\"alias\"");
    let r = sys!(access, doubled_name.as_c_str(), 0);
    w.ok("access", r)?.file(OsStr::from_bytes(&doubled));
    let r = sys!(openat, CWD, doubled_name.as_c_str(), libc::O_RDONLY);
    w.ok("openat", r)?.fd(fd(r)).file(&target);
    w.end();
    Ok(())
}

pub(crate) fn long(w: &mut Workload) -> Result<(), StepError> {
    let component = "x".repeat(99);
    let mut path = w.path("");
    while path.as_os_str().len() + 101 < 4000 {
        path = path.join(&component);
        let name = c(&path);
        check_ok("mkdir", sys!(mkdir, name.as_c_str(), 0o755))?;
    }
    let rest = 4000 - path.as_os_str().len() - 1;
    path = path.join("y".repeat(rest));
    let name = c(&path);
    let too_long = CString::new(vec![b'z'; 5000]).unwrap_or_default();
    w.begin();
    let f = sys!(openat, CWD, name.as_c_str(), libc::O_RDWR | libc::O_CREAT, 0o600);
    w.ok("openat", f)?.fd(fd(f)).file(&path);
    let r = sys!(access, name.as_c_str(), 0);
    w.ok("access", r)?.file(&path);
    let r = sys!(close, f);
    w.ok("close", r)?.file(&path);
    let r = sys!(access, too_long.as_c_str(), 0);
    w.fails("access", r, libc::ENAMETOOLONG)?.no_file().args_have("zzz\"...");
    w.end();
    Ok(())
}

/// Fresh anonymous or file memory of two pages; the second can be taken away.
fn map(len: usize, flags: i32, f: i32) -> Result<i64, StepError> {
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    check_ok("mmap", sys!(mmap, 0, len, prot, flags, f, 0))
}

pub(crate) fn faulted(w: &mut Workload) -> Result<(), StepError> {
    // The text comes from a file whose pages are in no page table of ours.
    let target = w.path("from a fresh page");
    let mut text = c(&target).into_bytes_with_nul();
    text.resize(PAGE, 0);
    let source = w.path("page");
    std::fs::write(&source, &text).map_err(|e| StepError::Io(source.clone(), e))?;
    let name = c(&source);
    let f = check_ok("openat", sys!(openat, CWD, name.as_c_str(), libc::O_RDWR))?;
    let fresh = || map(PAGE, libc::MAP_PRIVATE, fd(f));
    let (a, b, old, new) = (fresh()?, fresh()?, fresh()?, fresh()?);
    w.begin();
    let r = sys!(access, a, 0);
    w.fails("access", r, libc::ENOENT)?.file(&target);
    let r = sys!(openat, CWD, b, libc::O_RDONLY);
    w.fails("openat", r, libc::ENOENT)?.file(&target);
    let r = sys!(rename, old, new);
    w.fails("rename", r, libc::ENOENT)?.file(&target).file2(&target);
    w.end();
    Ok(())
}

pub(crate) fn page_border(w: &mut Workload) -> Result<(), StepError> {
    let path = w.path("at the border");
    let text = c(&path).into_bytes_with_nul();
    let pages = map(2 * PAGE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)?;
    check_ok("munmap", sys!(munmap, pages + 4096, PAGE))?;
    memory(pages, PAGE)[PAGE - text.len()..].copy_from_slice(&text);
    let at = pages + 4096 - i64::try_from(text.len()).unwrap_or_default();
    w.begin();
    let r = sys!(access, at, 0);
    w.fails("access", r, libc::ENOENT)?.file(&path);
    let f = sys!(openat, CWD, at, libc::O_RDWR | libc::O_CREAT, 0o600);
    w.ok("openat", f)?.fd(fd(f)).file(&path);
    w.end();
    Ok(())
}

pub(crate) fn overwritten(w: &mut Workload) -> Result<(), StepError> {
    let link = w.path("link");
    let name = c(&link);
    check_ok("symlink", sys!(symlink, c"elsewhere", name.as_c_str()))?;
    let mut buf = name.into_bytes_with_nul();
    buf.resize(512, 0);
    let at = buf.as_mut_ptr().expose_provenance();
    w.begin();
    let r = sys!(readlink, at, at, 512);
    w.ok("readlink", r)?.file(&link).args_have("\"elsewhere\"");
    w.end();
    Ok(())
}

pub(crate) fn efault(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("good", "text")?;
    let name = c(&path);
    let mut stat = [0_u8; 256];
    w.begin();
    let r = sys!(access, name.as_c_str(), 0);
    w.ok("access", r)?.file(&path);
    let r = sys!(access, 0x10, 0);
    w.fails("access", r, libc::EFAULT)?.no_file().args_have("0x10 /* unreadable */").args_lack("good");
    let r = sys!(access, 0, 0);
    w.fails("access", r, libc::EFAULT)?.no_file().args_have("NULL").args_lack("good");
    let r = sys!(newfstatat, CWD, name.as_c_str(), 0x10, 0);
    w.fails("newfstatat", r, libc::EFAULT)?.file(&path).args_have("0x10");
    let r = sys!(newfstatat, CWD, name.as_c_str(), &mut stat[..], 0);
    w.ok("newfstatat", r)?.file(&path);
    let r = sys!(openat, CWD, 0x20, libc::O_RDONLY);
    w.fails("openat", r, libc::EFAULT)?.no_fd().no_file().args_lack("good");
    w.end();
    Ok(())
}
