//! On what the figures were taken.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::runs::Runs;

/// Kernel, processor, date and versions. No names of hosts or users.
pub(crate) fn facts(runs: &Runs) -> BTreeMap<&'static str, String> {
    let mut facts = BTreeMap::new();
    facts.insert("kernel", first_line_of("/proc/sys/kernel/osrelease"));
    facts.insert("processor", field_of("/proc/cpuinfo", "model name"));
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    facts.insert("processors", cpus.to_string());
    facts.insert("memory", field_of("/proc/meminfo", "MemTotal"));
    facts.insert("busy before, %", format!("{:.0}", busy_percent(Duration::from_millis(500))));
    facts.insert("date", said("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]));
    facts.insert("syscope", said(runs.syscope_path(), &["--version"]));
    facts.insert("strace", said("strace", &["-V"]));
    facts.insert("perf", said("perf", &["--version"]));
    facts.insert("bpftrace", said("bpftrace", &["--version"]));
    facts
}

/// Share of all processors' time that others use now. (A load average still knows the build that came before.)
#[allow(clippy::cast_precision_loss)]
fn busy_percent(window: Duration) -> f64 {
    let before = idle_and_all();
    std::thread::sleep(window);
    let after = idle_and_all();
    let (idle, all) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    if all == 0 { 0.0 } else { 100.0 - 100.0 * idle as f64 / all as f64 }
}

/// Ticks since boot: idle ones (waiting for a disk too), and all.
fn idle_and_all() -> (u64, u64) {
    let line = first_line_of("/proc/stat");
    let ticks: Vec<u64> = line.split_whitespace().skip(1).take(8).filter_map(|t| t.parse().ok()).collect();
    (ticks.iter().skip(3).take(2).sum(), ticks.iter().sum())
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

#[test]
fn time_passes_and_is_counted() {
    let (idle, all) = idle_and_all();
    assert!(idle <= all && all > 0, "{idle} of {all}");
    let busy = busy_percent(Duration::from_millis(50));
    assert!((0.0..=100.0).contains(&busy), "{busy}");
}
