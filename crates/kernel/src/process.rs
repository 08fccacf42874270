//! Processes of the host, and what we ourselves may do.

use std::fs;

use crate::Error;

const BTF: &str = "/sys/kernel/btf/vmlinux";
const CAP_SYS_ADMIN: u64 = 21;
const CAP_PERFMON: u64 = 38;
const CAP_BPF: u64 = 39;

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

/// Every number must be a running process.
pub fn check_pids(pids: &[u32]) -> Result<(), Error> {
    for &pid in pids {
        let Some(tgid) = status_field(&pid.to_string(), "Tgid:").and_then(|t| t.parse().ok()) else {
            return Err(Error::NoProcess(pid));
        };
        if tgid != pid {
            return Err(Error::NotAProcess { tid: pid, pid: tgid });
        }
    }
    Ok(())
}

/// A field of `/proc/PID/status`.
pub(crate) fn status_field(pid: &str, key: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix(key))?;
    Some(line.trim().to_owned())
}
