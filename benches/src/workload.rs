//! What is traced: hidden subcommands of this binary.

use std::fs::{File, OpenOptions};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::io::{read, write};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// Calls before the clock starts.
pub(crate) const WARM_UP: u64 = 2_000;

/// `loop N`: nanoseconds per call of N one-byte calls. `stamp`: the boot-time clock. `tick`: a call now and then, for ever.
pub(crate) fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    match (args.next().as_deref(), args.next()) {
        (Some("loop"), Some(calls)) => {
            pin_to_last()?;
            println!("{}", read_write(calls.parse()?)?);
        }
        (Some("stamp"), None) => println!("{}", boot_ns()),
        (Some("tick"), None) => loop {
            std::thread::sleep(Duration::from_millis(20));
        },
        _ => bail!("a workload and its argument"),
    }
    Ok(())
}

/// Boot-time clock in nanoseconds.
pub(crate) fn boot_ns() -> u64 {
    let t = clock_gettime(ClockId::Boottime);
    u64::try_from(i128::from(t.tv_sec) * 1_000_000_000 + i128::from(t.tv_nsec)).unwrap_or_default()
}

/// The last processor that we may run on; tracers have the others.
fn pin_to_last() -> Result<()> {
    let allowed = sched_getaffinity(None).context("cannot read the processor set")?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|&cpu| allowed.is_set(cpu)).context("no processor")?;
    let mut only = CpuSet::new();
    only.set(last);
    sched_setaffinity(None, &only).context("cannot pin to a processor")
}

fn read_write(calls: u64) -> Result<f64> {
    let zero = File::open("/dev/zero").context("cannot open /dev/zero")?;
    let null = OpenOptions::new().write(true).open("/dev/null").context("cannot open /dev/null")?;
    let mut byte = [0];
    let mut pairs = |n: u64| -> Result<()> {
        for _ in 0..n {
            write(&null, &byte)?;
            read(&zero, &mut byte)?;
        }
        Ok(())
    };
    pairs(WARM_UP / 2)?;
    let start = Instant::now();
    pairs(calls / 2)?;
    let elapsed = start.elapsed();
    #[allow(clippy::cast_precision_loss)]
    Ok(elapsed.as_nanos() as f64 / calls as f64)
}
