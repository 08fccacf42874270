//! Real work and other loops, timed as a whole under each way of tracing.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use syscope_kernel::bench::EmptyHooks;

use crate::runs::Runs;
use crate::sample::Sample;

/// One thing to do.
struct Work {
    name: &'static str,
    /// Of `sh -c`; `$1` is this program, `$2` an empty folder that is kept, `$3` a folder for each run.
    script: &'static str,
    /// What has to be installed.
    needs: &'static [&'static str],
}

const WORKS: &[Work] = &[
    Work {
        name: "tar of /usr/share/doc",
        script: "tar -cf - /usr/share/doc | cat >/dev/null",
        needs: &["tar"],
    },
    Work {
        name: "git status of 4,000 files",
        script: "cd \"$2/tree\" && git status >/dev/null && git log --stat >/dev/null",
        needs: &["git"],
    },
    Work {
        name: "compile of 20 C files",
        script: "cd \"$2/c\" && for f in *.c; do cc -c -o \"$3/$f.o\" $f; done",
        needs: &["cc"],
    },
    Work {
        name: "redis-benchmark, 20,000 requests",
        script: "redis-server --save '' --port 0 --unixsocket \"$3/s\" >/dev/null & \
                 until redis-cli -s \"$3/s\" ping >/dev/null 2>&1; do sleep 0.01; done; \
                 redis-benchmark -s \"$3/s\" -t set,get -n 10000 -q >/dev/null; kill $!; wait $! || :",
        needs: &["redis-server", "redis-benchmark"],
    },
    Work { name: "open, read, stat, close", script: "\"$1\" open 20000", needs: &[] },
    Work { name: "getppid", script: "\"$1\" getppid 300000", needs: &[] },
    Work { name: "futex ping-pong", script: "\"$1\" pingpong 20000", needs: &[] },
    Work { name: "16 threads, one byte each", script: "\"$1\" threads 20000", needs: &[] },
];

/// Makes what the work is done with.
fn prepare(dir: &Path) -> Result<()> {
    let script = "mkdir tree c && cd tree && git init -q && git config user.email a@b && git config user.name n && \
                  for d in $(seq 40); do mkdir d$d; for f in $(seq 100); do echo $d $f >d$d/f$f; done; \
                  git add d$d && git commit -qm $d; done; cd ../c && for n in $(seq 20); do \
                  printf '#include <stdio.h>\\n#include <stdlib.h>\\n#include <string.h>\\nint f%s(void) { return %s; }\\n' $n $n >f$n.c; done";
    let done = Command::new("sh").args(["-c", script]).current_dir(dir).stdout(Stdio::null()).status()?;
    // Without git its row is missing, which is told there.
    ensure!(done.success() || !is_installed("git"), "cannot prepare the work in {}", dir.display());
    Ok(())
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).exists())
}

/// A way of tracing.
enum Way {
    Bare,
    Empty,
    Bystander,
    /// Program and arguments before the command; `FILE` is a scratch file.
    Tracer(&'static str, &'static [&'static str]),
    /// A tracer that is not told a command: it runs beside.
    Beside(&'static str, &'static [&'static str], &'static str),
}

/// Of all calls of the host, as others trace children too.
const HISTOGRAM: &str = "tracepoint:raw_syscalls:sys_enter { @t[tid] = nsecs; } tracepoint:raw_syscalls:sys_exit /@t[tid]/ \
                         { @ns[args->id] = hist(nsecs - @t[tid]); delete(@t[tid]); }";

const WAYS: &[(&str, Way)] = &[
    ("bare", Way::Bare),
    ("empty hooks", Way::Empty),
    ("bystander", Way::Bystander),
    ("stat", Way::Tracer("syscope", &["stat", "-q", "-o", "FILE", "--"])),
    ("rows to nowhere", Way::Tracer("syscope", &["-q", "--where", "ret > 1e18", "-o", "/dev/null", "--"])),
    ("text", Way::Tracer("syscope", &["-q", "-o", "FILE", "--"])),
    ("strace -f", Way::Tracer("strace", &["-f", "-o", "FILE", "--"])),
    ("strace -f -c", Way::Tracer("strace", &["-f", "-c", "-o", "FILE", "--"])),
    ("perf trace", Way::Tracer("perf", &["trace", "-o", "FILE", "--"])),
    ("bpftrace histogram", Way::Beside("bpftrace", &["-e", HISTOGRAM], "Attach")),
    ("bcc syscount", Way::Beside("syscount-bpfcc", &["-L"], "Tracing")),
];

/// One piece of work: seconds under each way, in the order of the ways; no figures where it could not be had.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) seconds: Vec<(&'static str, Sample)>,
    /// Why it was not measured.
    pub(crate) missing: Option<String>,
}

impl Row {
    fn median(&self, way: &str) -> f64 {
        self.seconds.iter().find(|(name, _)| *name == way).map_or(f64::NAN, |(_, s)| s.median())
    }

    pub(crate) fn bare_seconds(&self) -> Option<f64> {
        Some(self.median("bare")).filter(|s| s.is_finite())
    }

    /// How many times as long as without tracing; `None`: not measured.
    pub(crate) fn times_bare(&self, way: &str) -> Option<f64> {
        let times = self.median(way) / self.median("bare");
        times.is_finite().then_some(times)
    }
}

/// The names of the ways.
pub(crate) fn ways() -> impl Iterator<Item = &'static str> {
    WAYS.iter().map(|(name, _)| *name)
}

/// Does all work in all ways, `rounds` times in turn.
pub(crate) fn measure(runs: &Runs, rounds: usize) -> Result<Vec<Row>> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    prepare(dir.path())?;
    let mut rows = Vec::new();
    for work in WORKS {
        let lacking: Vec<_> = work.needs.iter().filter(|n| !is_installed(n)).collect();
        let mut row = Row { name: work.name, seconds: Vec::new(), missing: None };
        if !lacking.is_empty() {
            row.missing = Some(format!("not installed: {lacking:?}"));
            rows.push(row);
            continue;
        }
        eprintln!("work: {}", work.name);
        row.seconds = WAYS.iter().map(|(name, _)| (*name, Sample::default())).collect();
        // Once unmeasured, so that files are in memory.
        once(runs, dir.path(), work, &Way::Bare)?;
        for _ in 0..rounds {
            for ((_, way), (name, sample)) in WAYS.iter().zip(&mut row.seconds) {
                if !is_available(way) {
                    continue;
                }
                match once(runs, dir.path(), work, way) {
                    Ok(seconds) => sample.0.push(seconds),
                    // Ours must work; others may be too old for this kernel.
                    Err(err) if is_ours(way) => {
                        return Err(err).with_context(|| format!("{}: {name}", work.name));
                    }
                    Err(err) => eprintln!("{}: {name}: {err:#}", work.name),
                }
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

fn is_ours(way: &Way) -> bool {
    !matches!(way, Way::Beside(..)) && !matches!(way, Way::Tracer(name, _) if *name != "syscope")
}

fn is_available(way: &Way) -> bool {
    match way {
        Way::Tracer("syscope", _) | Way::Bare | Way::Empty | Way::Bystander => true,
        Way::Tracer(name, _) | Way::Beside(name, ..) => is_installed(name),
    }
}

fn once(runs: &Runs, dir: &Path, work: &Work, way: &Way) -> Result<f64> {
    let scratch = tempfile::tempdir_in(dir)?;
    let figure = scratch.path().join("figure");
    let work_dir = tempfile::tempdir_in(dir)?;
    let bench: PathBuf = std::env::current_exe()?;
    let timed: Vec<OsString> = vec![
        bench.clone().into(),
        "timed".into(),
        figure.clone().into(),
        "sh".into(),
        "-c".into(),
        work.script.into(),
        "sh".into(),
        bench.into(),
        dir.into(),
        work_dir.path().into(),
    ];
    let plain = || {
        let mut cmd = Command::new(&timed[0]);
        cmd.args(&timed[1..]);
        cmd
    };
    match way {
        Way::Bare => finished(&mut plain())?,
        Way::Empty => {
            let _hooks = EmptyHooks::attach().context("cannot attach the empty programs")?;
            finished(&mut plain())?;
        }
        Way::Bystander => runs.beside_a_trace(|| finished(&mut plain()))?,
        Way::Tracer(name, args) => {
            let program = if *name == "syscope" { runs.syscope_path().to_owned() } else { name.into() };
            let mut cmd = Command::new(program);
            for arg in *args {
                match *arg {
                    "FILE" => cmd.arg(scratch.path().join("out")),
                    arg => cmd.arg(arg),
                };
            }
            finished(cmd.args(&timed))?;
        }
        Way::Beside(name, args, ready) => {
            runs.beside(Command::new(name).args(*args), ready, || finished(&mut plain()))?;
        }
    }
    let text = fs::read_to_string(&figure).context("the work told no time")?;
    text.trim().parse().context("the work told no time")
}

fn finished(cmd: &mut Command) -> Result<()> {
    let done = cmd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    ensure!(done.success(), "{done}");
    Ok(())
}

/// `timed FILE COMMAND ARGS`: runs it, and writes the seconds that it took into the file.
pub(crate) fn timed(mut args: impl Iterator<Item = String>) -> Result<()> {
    let file = args.next().context("a file")?;
    let start = Instant::now();
    let done = Command::new(args.next().context("a command")?).args(args).status()?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(done.success(), "{done}");
    fs::write(file, seconds.to_string()).context("cannot write the time")
}

#[test]
fn ratios_need_both_figures() {
    let row = Row {
        name: "x",
        seconds: vec![("bare", Sample(vec![2.0])), ("text", Sample(vec![3.0])), ("stat", Sample::default())],
        missing: None,
    };
    assert_eq!(row.times_bare("text"), Some(1.5));
    assert_eq!((row.times_bare("stat"), row.times_bare("none")), (None, None));
}
