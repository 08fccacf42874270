//! `syscope doctor`: what this kernel and user can do, and how to fix what is missing.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use syscope_filter::TraceSet;
use syscope_kernel::{Config, Engine, Error, require_privileges};

/// Something that has to work; what it found out, in words.
type Step = fn() -> Result<String, Error>;

/// Tries every step that a run needs and says how it went.
pub(crate) fn run(out: &mut dyn Write) -> io::Result<ExitCode> {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    writeln!(out, "kernel {}", release.trim())?;
    let steps: [(&str, Step); 2] =
        [("privileges and type information", privileges), ("BPF programs", load_and_attach)];
    let mut failed = false;
    for (name, step) in steps {
        if failed {
            writeln!(out, "  --    {name}: not tried")?;
            continue;
        }
        match step() {
            Ok(detail) => writeln!(out, "  ok    {name}: {detail}")?,
            Err(error) => {
                failed = true;
                writeln!(out, "  FAIL  {name}: {error}")?;
            }
        }
    }
    let verdict = if failed { "syscope cannot trace here" } else { "syscope can trace here" };
    writeln!(out, "{verdict}")?;
    Ok(if failed { ExitCode::from(125) } else { ExitCode::SUCCESS })
}

fn privileges() -> Result<String, Error> {
    require_privileges()?;
    Ok("present".into())
}

fn load_and_attach() -> Result<String, Error> {
    let start = Instant::now();
    let mut engine = Engine::load(&Config { calls: TraceSet::all().wanted().to_vec(), ..Config::default() })?;
    let loaded = start.elapsed();
    engine.arm()?;
    let armed = start.elapsed() - loaded;
    Ok(format!(
        "loaded in {} ms, attached in {} ms, {} KiB of ring for each processor",
        loaded.as_millis(),
        armed.as_millis(),
        engine.ring_bytes() / 1024
    ))
}
