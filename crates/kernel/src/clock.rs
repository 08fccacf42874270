//! The clock of records.

/// The boot-time clock now: what records carry, whatever time namespace this process is in.
pub fn boot_ns() -> u64 {
    read(libc::CLOCK_BOOTTIME).try_into().unwrap_or(0)
}

/// Wall-clock nanoseconds since 1970 when the boot-time clock stood at 0.
///
/// The two clocks cannot be read at once; the tightest of a few readings is taken.
pub fn wall_offset_ns() -> i128 {
    let mut best = (i128::MAX, 0);
    for _ in 0..8 {
        let before = read(libc::CLOCK_BOOTTIME);
        let wall = read(libc::CLOCK_REALTIME);
        let after = read(libc::CLOCK_BOOTTIME);
        best = best.min((after - before, wall - (before + after) / 2));
    }
    best.1
}

fn read(clock: libc::clockid_t) -> i128 {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: ts is a valid timespec that outlives the call.
    unsafe { libc::clock_gettime(clock, &raw mut ts) };
    i128::from(ts.tv_sec) * 1_000_000_000 + i128::from(ts.tv_nsec)
}
