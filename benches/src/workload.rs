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
        (Some("open"), Some(n)) => open_and_close(n.parse()?)?,
        (Some("getppid"), Some(n)) => {
            for _ in 0..n.parse::<u64>()? {
                std::hint::black_box(rustix::process::getppid());
            }
        }
        (Some("pingpong"), Some(n)) => ping_pong(n.parse()?)?,
        (Some("threads"), Some(n)) => {
            let n: u64 = n.parse()?;
            let threads: Vec<_> = (0..16).map(|_| std::thread::spawn(move || read_write(n))).collect();
            for thread in threads {
                thread.join().map_or_else(|_| bail!("a thread panicked"), |ns| ns.map(drop))?;
            }
        }
        (Some("stamp"), None) => println!("{}", boot_ns()),
        (Some("tick"), None) => loop {
            std::thread::sleep(Duration::from_millis(20));
        },
        _ => bail!("a workload and its argument"),
    }
    Ok(())
}

/// A file that is opened, read, asked for its size and closed, again and again.
fn open_and_close(times: u64) -> Result<()> {
    use std::io::Read;
    let mut buffer = [0; 512];
    for _ in 0..times {
        let mut file = File::open("/etc/passwd").context("cannot open /etc/passwd")?;
        let read = file.read(&mut buffer)?;
        std::hint::black_box((read, file.metadata()?.len()));
    }
    Ok(())
}

/// Two threads that wake each other in turn.
fn ping_pong(times: u64) -> Result<()> {
    use std::sync::mpsc::sync_channel;
    let (there, here) = (sync_channel::<()>(0), sync_channel::<()>(0));
    let echo = std::thread::spawn(move || while there.1.recv().is_ok() && here.0.send(()).is_ok() {});
    for _ in 0..times {
        there.0.send(()).context("the other thread is gone")?;
        here.1.recv().context("the other thread is gone")?;
    }
    drop(there.0);
    echo.join().map_or_else(|_| bail!("a thread panicked"), Ok)
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
