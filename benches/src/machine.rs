//! On what the figures were taken.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::runs::Runs;

/// Kernel, processor, date and versions. No names of hosts or users.
pub(crate) fn facts(runs: &Runs) -> BTreeMap<&'static str, String> {
    let mut facts = BTreeMap::new();
    facts.insert("kernel", first_line_of("/proc/sys/kernel/osrelease"));
    facts.insert("processor", field_of("/proc/cpuinfo", "model name"));
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    facts.insert("processors", cpus.to_string());
    facts.insert("memory", field_of("/proc/meminfo", "MemTotal"));
    facts.insert("date", said("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]));
    facts.insert("syscope", said(runs.syscope_path(), &["--version"]));
    facts.insert("strace", said("strace", &["-V"]));
    facts.insert("perf", said("perf", &["--version"]));
    facts.insert("bpftrace", said("bpftrace", &["--version"]));
    facts
}

fn first_line_of(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").trim().to_owned()
}

fn field_of(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = text.lines().find_map(|l| l.strip_prefix(name)?.split_once(':'));
    value.map_or_else(|| "unknown".into(), |(_, v)| v.trim().to_owned())
}

/// First line of what a program says of itself.
fn said(program: impl AsRef<Path>, args: &[&str]) -> String {
    match Command::new(program.as_ref()).args(args).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned(),
        Err(_) => "not installed".into(),
    }
}
