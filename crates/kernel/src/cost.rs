//! What tracing costs: time in the kernel half's programs, and what we ourselves use.

use std::collections::HashMap;
use std::fs;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use libbpf_rs::libbpf_sys;

use crate::Error;

/// Totals since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Runs of our programs on tracepoints, on the whole host.
    pub runs: u64,
    /// Time in them.
    pub in_programs: Duration,
    /// Processor time of this process, both in user space and in the kernel.
    pub own_cpu: Duration,
    /// Peak of the memory that is resident for this process.
    pub peak_rss_bytes: u64,
    /// Memory of the maps and rings.
    pub map_bytes: u64,
}

impl Cost {
    /// Without the time of the start.
    pub fn since(&self, start: &Cost) -> Cost {
        Cost { own_cpu: self.own_cpu.saturating_sub(start.own_cpu), ..*self }
    }
}

/// Makes the kernel measure the time in BPF programs, as long as the value lives. That alone costs two looks at the clock
/// for each run, of whatever program.
pub(crate) fn measure_programs() -> Result<OwnedFd, Error> {
    // SAFETY: the call takes a number and touches no memory of ours.
    let fd = unsafe { libbpf_sys::bpf_enable_stats(libbpf_sys::BPF_STATS_RUN_TIME) };
    if fd < 0 {
        return Err(Error::last_os("measure the time in BPF programs (--self)"));
    }
    // SAFETY: a new descriptor that nobody else has.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// What the kernel knows of a program.
pub(crate) fn prog_info(prog: BorrowedFd<'_>) -> libbpf_sys::bpf_prog_info {
    let mut info = libbpf_sys::bpf_prog_info::default();
    let mut len = u32::try_from(size_of_val(&info)).unwrap_or(0);
    // SAFETY: info is writable for len bytes, and a zeroed one asks for no variable-length parts.
    let err =
        unsafe { libbpf_sys::bpf_obj_get_info_by_fd(prog.as_raw_fd(), (&raw mut info).cast(), &raw mut len) };
    if err == 0 { info } else { libbpf_sys::bpf_prog_info::default() }
}

/// Adds up; the programs are those given.
pub(crate) fn cost<'a>(progs: impl Iterator<Item = BorrowedFd<'a>>) -> Cost {
    let mut cost = Cost { map_bytes: map_bytes(), ..Cost::default() };
    for info in progs.map(prog_info) {
        cost.runs += info.run_cnt;
        cost.in_programs += Duration::from_nanos(info.run_time_ns);
    }
    let usage = own_usage();
    cost.own_cpu = cpu_time(&usage);
    cost.peak_rss_bytes = u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024;
    cost
}

/// In programs, and of this process.
pub(crate) fn time_spent<'a>(progs: impl Iterator<Item = BorrowedFd<'a>>) -> Duration {
    let in_programs = progs.map(|prog| Duration::from_nanos(prog_info(prog).run_time_ns));
    in_programs.sum::<Duration>() + cpu_time(&own_usage())
}

fn own_usage() -> libc::rusage {
    // SAFETY: all bytes zero are a valid value, and the call writes nothing else.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    }
}

fn cpu_time(usage: &libc::rusage) -> Duration {
    let time = |t: libc::timeval| {
        let part = |n: i64| u64::try_from(n).unwrap_or(0);
        Duration::from_secs(part(t.tv_sec)) + Duration::from_micros(part(t.tv_usec))
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// Memory of all maps that we have open, each once.
fn map_bytes() -> u64 {
    let mut maps = HashMap::new();
    for entry in fs::read_dir("/proc/self/fdinfo").into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let field = |name: &str| {
            let value = text.lines().find_map(|l| l.strip_prefix(name))?;
            value.trim().parse::<u64>().ok()
        };
        if let (Some(id), Some(bytes)) = (field("map_id:"), field("memlock:")) {
            maps.insert(id, bytes);
        }
    }
    maps.values().sum()
}
