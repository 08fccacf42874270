//! Mappings, and what brings data to the disk.

use crate::prelude::*;

const RW: i32 = libc::PROT_READ | libc::PROT_WRITE;
const ANONYMOUS: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

pub(crate) fn sync(w: &mut Workload) -> Done {
    let (path, f) = w.open("synced", "text")?;
    w.begin();
    ok!(w, fsync(f))?.on(f, &path);
    ok!(w, fdatasync(f))?.on(f, &path);
    ok!(w, sync_file_range(f, 0, 4, libc::SYNC_FILE_RANGE_WRITE))?
        .on(f, &path)
        .args_have("0, 4, SYNC_FILE_RANGE_WRITE");
    ok!(w, sync_file_range(f, 0, 0, 0))?.on(f, &path);
    ok!(w, syncfs(f))?.on(f, &path);
    ok!(w, sync())?;
    w.end();
    Ok(())
}

pub(crate) fn sync_fails(w: &mut Workload) -> Done {
    let ends = new_pipe(0)?;
    let name = pipe_name(ends[0])?;
    w.begin();
    fails!(w, EBADF, fsync(NO_FD))?.fd(NO_FD);
    fails!(w, EBADF, fdatasync(NO_FD))?.fd(NO_FD);
    fails!(w, EBADF, sync_file_range(NO_FD, 0, 0, 0))?.fd(NO_FD);
    fails!(w, EBADF, syncfs(NO_FD))?.fd(NO_FD);
    fails!(w, EINVAL, fsync(ends[0]))?.on(ends[0], &name);
    w.end();
    Ok(())
}

/// Memory calls that a program makes are those of its allocator too: nobody allocates between `begin` and `end` here.
pub(crate) fn mmap_file(w: &mut Workload) -> Done {
    let (path, f) = w.open("mapped", "some text")?;
    w.begin();
    ok!(w, write(f, b"x", 1))?.on(f, &path).written(1);
    let map = sys!(mmap, 0, 5000, RW, libc::MAP_SHARED, f, 0);
    w.ok("mmap", map)?.on(f, &path).address_space(8192).family("Memory").args_have("MAP_SHARED");
    ok!(w, close(f))?.on(f, &path);
    ok!(w, msync(map, 5000, libc::MS_SYNC))?.args_have("MS_SYNC");
    ok!(w, mprotect(map, 5000, libc::PROT_READ))?.args_have("PROT_READ");
    ok!(w, madvise(map, 5000, libc::MADV_NORMAL))?.args_have("MADV_NORMAL");
    let moved = sys!(mremap, map, 8192, 20000, libc::MREMAP_MAYMOVE);
    w.ok("mremap", moved)?.address_space(20480).args_have("8192, 20000, MREMAP_MAYMOVE");
    let shrunk = sys!(mremap, moved, 20480, 4096, 0);
    w.ok("mremap", shrunk)?.address_space(20480);
    ok!(w, munmap(shrunk, 100))?.address_space(4096);
    let bad = sys!(mmap, 0, 4096, RW, libc::MAP_SHARED, NO_FD, 0);
    w.fails("mmap", bad, libc::EBADF)?.fd(NO_FD);
    w.end();
    Ok(())
}

pub(crate) fn mmap_anonymous(w: &mut Workload) -> Done {
    w.begin();
    let map = sys!(mmap, 0, 5000, RW, ANONYMOUS, -1, 0);
    w.ok("mmap", map)?.address_space(8192).args_have("MAP_PRIVATE|MAP_ANONYMOUS, -1, 0");
    ok!(w, munmap(map, 5000))?.address_space(8192);
    fails!(w, EINVAL, munmap(1, 4096))?;
    fails!(w, EINVAL, mmap(0, 0, RW, ANONYMOUS, -1, 0))?;
    w.end();
    Ok(())
}

/// The break moves up and down by what it says; asking for it moves nothing.
pub(crate) fn brk(w: &mut Workload) -> Done {
    // A child without an allocator: the break is its alone.
    let shared = w.shared()?;
    w.begin();
    let child = w.fork(|| {
        let now = sys!(brk, 0);
        shared.set(0, now);
        shared.set(1, sys!(brk, now + 8192));
        shared.set(2, sys!(brk, now));
        shared.set(3, sys!(brk, 1));
        0
    })?;
    w.reap_after(child, 0, |w| {
        let now = shared.get(0);
        w.saw(child, "brk", now).args_have("NULL");
        w.saw(child, "brk", now + 8192).address_space(8192);
        w.saw(child, "brk", now).address_space(8192);
        // Refused: the old break comes back.
        w.saw(child, "brk", now);
    })?;
    w.end();
    if shared.get(1) != shared.get(0) + 8192 {
        return Err(StepError::Call { call: "brk", ret: shared.get(1) });
    }
    Ok(())
}

/// The descriptor of an anonymous mapping means nothing.
pub(crate) fn mmap_garbage_fd(w: &mut Workload) -> Done {
    let (_, f) = w.open("innocent", "text")?;
    w.begin();
    let map = sys!(mmap, 0, 4096, RW, ANONYMOUS, f, 0);
    w.ok("mmap", map)?.address_space(4096);
    let map = sys!(mmap, 0, 4096, RW, ANONYMOUS, 0xdead_beef_u32, 0);
    w.ok("mmap", map)?.address_space(4096);
    w.end();
    Ok(())
}

pub(crate) fn msync_invalid(w: &mut Workload) -> Done {
    let map = check_ok("mmap", sys!(mmap, 0, 4096, RW, ANONYMOUS, -1, 0))?;
    w.begin();
    fails!(w, EINVAL, msync(map, 4096, libc::MS_SYNC | libc::MS_ASYNC))?.args_have("MS_SYNC");
    fails!(w, EINVAL, msync(map + 1, 4096, libc::MS_SYNC))?;
    w.end();
    Ok(())
}
