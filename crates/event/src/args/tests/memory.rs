//! Mappings.

use super::*;

#[test]
fn mappings() {
    check(
        call("mmap", &[0, 8192, 3, 0x22, u64::from(u32::MAX), 0]).ret(0x7f00_0000_0000),
        "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000",
    );
    check(
        call("mmap", &[0x1000, 1, 1, 0x812, 3, 0x2000]).names(0, "/lib/c.so").ret(0x1000),
        "mmap(0x1000, 1, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 3</lib/c.so>, 0x2000) = 0x1000",
    );
    check(
        call("mmap", &[0, 0, 0, 2, 3, 0]).ret(-22),
        "mmap(NULL, 0, PROT_NONE, MAP_PRIVATE, 3, 0) = -1 EINVAL (Invalid argument)",
    );
    check(call("munmap", &[0x1000, 4096]), "munmap(0x1000, 4096) = 0");
    check(call("mprotect", &[0x1000, 4096, 1]), "mprotect(0x1000, 4096, PROT_READ) = 0");
    check(call("brk", &[0]).ret(0x5000), "brk(NULL) = 0x5000");
    check(call("brk", &[0x6000]).ret(0x6000), "brk(0x6000) = 0x6000");
    check(
        call("mremap", &[0x1000, 4096, 8192, 1, 0]).ret(0x3000),
        "mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE) = 0x3000",
    );
    check(call("madvise", &[0x1000, 4096, 4]), "madvise(0x1000, 4096, MADV_DONTNEED) = 0");
}
