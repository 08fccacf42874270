//! What the kernel's verifier has to look at: most of the time that a start takes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use syscope_kernel::{Config, Counting, Engine};
use syscope_wire::Group;

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/verified.txt");
/// More than this is to be noticed.
const GROWTH_PERCENT: u64 = 10;
/// Where the kernel gives up.
const LIMIT: u64 = 1_000_000;

fn configs() -> Vec<(&'static str, Config)> {
    let all = Config {
        calls: vec![true; 512],
        foreign: true,
        follow: true,
        signals: true,
        string_limit: 32,
        ..Config::default()
    };
    let counting = |group, files| Config {
        no_rows: true,
        signals: false,
        count: Some(Counting { group, files, ..Counting::default() }),
        ..all.clone()
    };
    vec![
        ("rows", all.clone()),
        ("rows-by-helper", Config { load_by_helper: true, ..all.clone() }),
        ("rows-of-all", Config { all: true, ..all.clone() }),
        ("samples", Config { sample: vec![(0, 10)], count: Some(Counting::default()), ..all.clone() }),
        ("failed", Config { only_failed: true, ..all.clone() }),
        ("counts", counting(Group::None, false)),
        ("counts-by-process-and-file", counting(Group::Process, true)),
    ]
}

fn kernel() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    release.split('.').take(2).collect::<Vec<_>>().join(".")
}

fn cannot_load() -> bool {
    let require = std::env::var("REQUIRE_LIVE").unwrap_or_default();
    if require == "0" {
        eprintln!("skipped: REQUIRE_LIVE=0");
        return true;
    }
    let able = syscope_kernel::require_privileges().is_ok() && Path::new("/sys/kernel/btf/vmlinux").exists();
    assert!(able || require != "1", "REQUIRE_LIVE=1, but programs cannot be loaded here");
    if !able {
        eprintln!("skipped: loading programs needs root and BTF");
    }
    !able
}

/// Each way of tracing loads, also as on older kernels; and no program has grown by more than a tenth since its numbers were
/// recorded. `UPDATE=1` records them.
#[test]
fn programs_do_not_grow_unnoticed() {
    if cannot_load() {
        return;
    }
    let mut now = BTreeMap::new();
    for (name, config) in configs() {
        let engine = Engine::load(&config).unwrap_or_else(|e| panic!("{name}: {e}"));
        for (program, insns) in engine.verified() {
            assert!(insns > 0, "{name} {program}: this kernel does not tell");
            now.insert(format!("{name} {program}"), u64::from(insns));
        }
    }
    let kernel = kernel();
    if std::env::var("UPDATE").is_ok_and(|v| v == "1") {
        let mut text = format!("kernel {kernel}\n");
        now.iter().for_each(|(name, n)| writeln!(text, "{name} {n}").unwrap());
        std::fs::write(RECORDED, text).unwrap();
        return;
    }
    let text = std::fs::read_to_string(RECORDED).unwrap();
    let (first, rows) = text.split_once('\n').unwrap();
    let recorded: BTreeMap<&str, u64> = rows
        .lines()
        .map(|l| l.rsplit_once(' ').unwrap())
        .map(|(name, n)| (name, n.parse().unwrap()))
        .collect();
    if first != format!("kernel {kernel}") {
        // Another verifier counts otherwise: that all programs load, far from its limit, is what can be said.
        eprintln!("recorded on {first}, this is kernel {kernel}: numbers are not compared");
        assert!(now.values().all(|n| *n < LIMIT / 4), "{now:?}");
        return;
    }
    assert!(now.keys().eq(recorded.keys()), "UPDATE=1 records them: {now:?}");
    let grown: Vec<_> = now
        .iter()
        .map(|(name, n)| (name, recorded[name.as_str()], *n))
        .filter(|(_, before, n)| *n * 100 > before * (100 + GROWTH_PERCENT))
        .collect();
    assert!(
        grown.is_empty(),
        "programs that take longer to load (was, is): {grown:?}; if that is meant, UPDATE=1 records it"
    );
}
