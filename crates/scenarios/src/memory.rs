//! Mappings.

use crate::sys::sys;
use crate::workload::{StepError, Workload, c, check_ok, fd};

pub(crate) fn mmap(w: &mut Workload) -> Result<(), StepError> {
    let path = w.file("mapped", "some text")?;
    let name = c(&path);
    let f = check_ok("openat", sys!(openat, libc::AT_FDCWD, name.as_c_str(), libc::O_RDWR))?;
    let rw = libc::PROT_READ | libc::PROT_WRITE;
    let anonymous = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    w.begin();
    let at = sys!(mmap, 0, 5000, rw, libc::MAP_SHARED, f, 0);
    w.ok("mmap", at)?.fd(fd(f)).file(&path).address_space(8192).no_bytes().family("Memory");
    let r = sys!(munmap, at, 5000);
    w.ok("munmap", r)?.no_fd().no_file().address_space(8192);
    let at = sys!(mmap, 0, 4096, rw, anonymous, -1, 0);
    w.ok("mmap", at)?.no_fd().no_file().address_space(4096);
    let at = sys!(mmap, 0, 4096, rw, anonymous, f, 0);
    w.ok("mmap", at)?.no_fd().no_file();
    let r = sys!(mmap, 0, 4096, rw, libc::MAP_SHARED, 99_999, 0);
    w.fails("mmap", r, libc::EBADF)?.fd(99_999).no_file();
    w.end();
    Ok(())
}
