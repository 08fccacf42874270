//! Processes of the host, and what we ourselves may do.

use std::fs;
use std::path::Path;

use crate::Error;

const BTF: &str = "/sys/kernel/btf/vmlinux";
const CAP_SYS_ADMIN: u64 = 21;
const CAP_PERFMON: u64 = 38;
const CAP_BPF: u64 = 39;
/// `sched.h`: a task of the kernel's own.
const PF_KTHREAD: u64 = 0x0020_0000;

/// Path of this program, for messages.
pub(crate) fn own_path() -> String {
    std::env::current_exe().map_or_else(|_| "syscope".into(), |p| p.display().to_string())
}

/// Tells at once, and in words, why tracing cannot work here.
pub fn require_privileges() -> Result<(), Error> {
    if fs::metadata(BTF).is_err() {
        return Err(Error::NoBtf { path: BTF });
    }
    let caps = status_field("self", "CapEff:")
        .and_then(|hex| u64::from_str_radix(&hex, 16).ok())
        .unwrap_or(u64::MAX);
    let has = |cap: u64| caps & (1 << cap) != 0;
    let refused = |what| Err(Error::NotPermitted { what, exe: own_path() });
    if !has(CAP_SYS_ADMIN) && !has(CAP_BPF) {
        return refused("load BPF programs (CAP_BPF)");
    }
    if !has(CAP_SYS_ADMIN) && !has(CAP_PERFMON) {
        return refused("attach to system calls (CAP_PERFMON)");
    }
    Ok(())
}

/// Every number must be a running process that can make system calls.
pub fn check_pids(pids: &[u32]) -> Result<(), Error> {
    pids.iter().try_for_each(|&pid| check_pid(pid))
}

fn check_pid(pid: u32) -> Result<(), Error> {
    let field = |key| status_field(&pid.to_string(), key);
    let Some(tgid) = field("Tgid:").and_then(|t| t.parse().ok()) else {
        return Err(Error::NoProcess(pid));
    };
    if tgid != pid {
        return Err(Error::NotAProcess { tid: pid, pid: tgid });
    }
    // The first thread may have ended while others go on.
    let is_dead = |path: &Path| stat(path).is_none_or(|s| matches!(s.state, b'Z' | b'X'));
    let mut threads = fs::read_dir(format!("/proc/{pid}/task")).map_err(|_| Error::NoProcess(pid))?.flatten();
    if threads.all(|thread| is_dead(&thread.path())) {
        return Err(match field("PPid:").and_then(|p| p.parse().ok()) {
            Some(parent) => Error::Zombie { pid, parent },
            None => Error::NoProcess(pid),
        });
    }
    match stat(Path::new(&format!("/proc/{pid}"))) {
        Some(stat) if stat.flags & PF_KTHREAD != 0 => Err(Error::KernelThread(pid)),
        _ => Ok(()),
    }
}

struct Stat {
    state: u8,
    flags: u64,
}

/// `stat` of a task, from its folder in /proc.
fn stat(folder: &Path) -> Option<Stat> {
    let text = fs::read_to_string(folder.join("stat")).ok()?;
    // The name before may hold anything.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some(Stat { state: *fields.next()?.as_bytes().first()?, flags: fields.nth(5)?.parse().ok()? })
}

/// A field of `/proc/PID/status`.
pub(crate) fn status_field(pid: &str, key: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix(key))?;
    Some(line.trim().to_owned())
}
