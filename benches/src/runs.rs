//! Single runs of the workload under a tracer.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::geteuid;
use serde::Serialize;
use syscope_kernel::bench::EmptyHooks;

use crate::sample::Sample;
use crate::workload::{WARM_UP, boot_ns};

const BURST_CALLS: u64 = 2_000_000;

/// Where the programs are and where they may write.
pub(crate) struct Runs {
    bench: PathBuf,
    syscope: PathBuf,
    dir: tempfile::TempDir,
    quick: bool,
}

/// From the start of a tracer to the first instruction of its command, beside a plain start. Milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct StartUp {
    pub(crate) bare_ms: Sample,
    pub(crate) syscope_ms: Sample,
}

/// Many calls as fast as they come, at default settings.
#[derive(Debug, Serialize)]
pub(crate) struct Burst {
    /// With those before its clock started.
    pub(crate) calls: u64,
    /// Lines of the output that are calls of the loop.
    pub(crate) rows: u64,
    pub(crate) verdict: String,
    pub(crate) peak_rss_mib: f64,
}

impl Runs {
    pub(crate) fn new(quick: bool) -> Result<Runs> {
        ensure!(geteuid().is_root(), "tracing needs root");
        let bench = std::env::current_exe().context("cannot find this program")?;
        let syscope = bench.with_file_name("syscope");
        ensure!(syscope.exists(), "no syscope beside this program: cargo build --release --bin syscope");
        let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
        Ok(Runs { bench, syscope, dir, quick })
    }

    pub(crate) fn syscope_path(&self) -> &Path {
        &self.syscope
    }

    /// Fewer calls for a quick look.
    pub(crate) fn scaled(&self, calls: u64) -> u64 {
        if self.quick { (calls / 20).max(2_000) } else { calls }
    }

    fn scratch(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn add_workload<'a>(&self, cmd: &'a mut Command, calls: u64) -> &'a mut Command {
        cmd.arg(&self.bench).args(["loop", &calls.to_string()])
    }

    /// The loop by itself.
    pub(crate) fn bare(&self, calls: u64) -> Result<f64> {
        ns_per_call(Command::new(&self.bench).args(["loop", &calls.to_string()]))
    }

    /// With an empty program on entry and one on exit: the least that any such tracer adds.
    pub(crate) fn empty_hooks(&self, calls: u64) -> Result<f64> {
        let _hooks = EmptyHooks::attach().context("cannot attach the empty programs")?;
        self.bare(calls)
    }

    /// By itself, while syscope traces another process.
    pub(crate) fn bystander(&self, calls: u64) -> Result<f64> {
        self.beside_a_trace(|| self.bare(calls))
    }

    /// Something, while a tracer runs that was given no command; `ready` is part of what it says when it is in place.
    pub(crate) fn beside<T>(
        &self,
        cmd: &mut Command,
        ready: &str,
        run: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let mut tracer =
            Guard(cmd.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
        let mut said = BufReader::new(tracer.0.stdout.take().context("no stdout")?);
        let mut line = String::new();
        while !line.contains(ready) {
            line.clear();
            ensure!(said.read_line(&mut line)? > 0, "it ended");
        }
        let drain = std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        // It says so before it is.
        std::thread::sleep(Duration::from_millis(300));
        let result = run();
        drop(tracer);
        drain.join().ok();
        result
    }

    /// Something, while syscope traces another process.
    pub(crate) fn beside_a_trace<T>(&self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let target = Guard(Command::new(&self.bench).arg("tick").stdout(Stdio::null()).spawn()?);
        let mut tracer = Guard(
            Command::new(&self.syscope)
                .args(["-q", "-p", &target.0.id().to_string()])
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .context("cannot run syscope")?,
        );
        // It is in place when the first row of the other process comes.
        let mut rows = BufReader::new(tracer.0.stderr.take().context("no stderr")?);
        let mut line = String::new();
        while !line.contains("nanosleep") {
            line.clear();
            ensure!(rows.read_line(&mut line)? > 0, "syscope -p ended");
        }
        let drain = std::thread::spawn(move || rows.read_to_end(&mut Vec::new()));
        let result = run();
        drop(tracer);
        drain.join().ok();
        result
    }

    /// Under syscope. `FILE` in the arguments stands for a scratch file.
    pub(crate) fn syscope(&self, args: &[&str], calls: u64) -> Result<f64> {
        self.traced(&self.syscope, &[&["-q"], args, &["--"]].concat(), calls)
    }

    /// Counted by syscope in the kernel.
    pub(crate) fn stat(&self, by: &str, calls: u64) -> Result<f64> {
        self.traced(&self.syscope, &["stat", "-q", "--by", by, "-o", "FILE", "--"], calls)
    }

    /// Under another tracer.
    pub(crate) fn other(&self, tracer: &str, args: &[&str], calls: u64) -> Result<f64> {
        self.traced(Path::new(tracer), args, calls)
    }

    fn traced(&self, tracer: &Path, args: &[&str], calls: u64) -> Result<f64> {
        let scratch = self.scratch();
        let mut cmd = Command::new(tracer);
        for arg in args {
            match *arg {
                "FILE" => cmd.arg(&scratch),
                arg => cmd.arg(arg),
            };
        }
        let ns = ns_per_call(self.add_workload(&mut cmd, calls));
        fs::remove_file(&scratch).ok();
        ns
    }

    /// Under bpftrace, with a line per call: number, result, latency.
    pub(crate) fn bpftrace(&self, calls: u64) -> Result<f64> {
        let program = "tracepoint:raw_syscalls:sys_enter /pid == cpid/ { @t[tid] = nsecs; } \
                       tracepoint:raw_syscalls:sys_exit /pid == cpid/ { \
                       printf(\"%d %d %d %d\\n\", tid, args->id, args->ret, nsecs - @t[tid]); }";
        let scratch = self.scratch();
        let mut cmd = Command::new("bpftrace");
        cmd.args(["-q", "-e", program, "-o"]).arg(&scratch);
        cmd.arg("-c").arg(format!("{} loop {calls}", self.bench.display()));
        let ns = ns_per_call(&mut cmd);
        fs::remove_file(&scratch).ok();
        ns
    }

    /// Under bpftrace, with a histogram of latencies by call.
    pub(crate) fn bpftrace_histogram(&self, calls: u64) -> Result<f64> {
        let program = "tracepoint:raw_syscalls:sys_enter /pid == cpid/ { @t[tid] = nsecs; } \
                       tracepoint:raw_syscalls:sys_exit /pid == cpid/ { @ns[args->id] = hist(nsecs - @t[tid]); }";
        let mut cmd = Command::new("bpftrace");
        cmd.args(["-q", "-e", program, "-o", "/dev/null"]);
        cmd.arg("-c").arg(format!("{} loop {calls}", self.bench.display()));
        ns_per_call(&mut cmd)
    }

    /// Starts, traced and not, in turn.
    pub(crate) fn start_up(&self, rounds: usize) -> Result<StartUp> {
        let mut out = StartUp { bare_ms: Sample::default(), syscope_ms: Sample::default() };
        for _ in 0..rounds {
            out.bare_ms.0.push(first_instruction_ms(Command::new(&self.bench).arg("stamp"))?);
            let mut cmd = Command::new(&self.syscope);
            cmd.args(["-q", "-o", "/dev/null", "--"]).arg(&self.bench).arg("stamp");
            out.syscope_ms.0.push(first_instruction_ms(&mut cmd)?);
        }
        Ok(out)
    }

    /// The loop at full speed into a file, at default settings.
    pub(crate) fn burst(&self) -> Result<Burst> {
        let calls = self.scaled(BURST_CALLS);
        let scratch = self.scratch();
        let mut cmd = Command::new(&self.syscope);
        cmd.arg("-o").arg(&scratch).arg("--");
        let tracer = self
            .add_workload(&mut cmd, calls)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run syscope")?;
        let pid = tracer.id();
        let waiter = std::thread::spawn(move || tracer.wait_with_output());
        let mut peak = 0;
        while !waiter.is_finished() {
            peak = peak.max(peak_rss_kib(pid).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(5));
        }
        let Ok(output) = waiter.join() else { bail!("cannot wait for syscope") };
        let output = checked(output?)?;
        let rows = count_rows(&scratch)?;
        fs::remove_file(&scratch).ok();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let verdict = stderr.lines().last().unwrap_or_default().to_owned();
        #[allow(clippy::cast_precision_loss)]
        let peak_rss_mib = peak as f64 / 1024.0;
        Ok(Burst { calls: calls + WARM_UP, rows, verdict, peak_rss_mib })
    }
}

/// A child that ends with its owner.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn checked(output: Output) -> Result<Output> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let last: Vec<_> = stderr.lines().rev().take(3).collect();
    ensure!(
        output.status.success(),
        "{}: {}",
        output.status,
        last.into_iter().rev().collect::<Vec<_>>().join("; ")
    );
    Ok(output)
}

fn run(cmd: &mut Command) -> Result<Output> {
    let output = cmd
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", Path::new(cmd.get_program()).display()))?;
    checked(output)
}

/// What the loop printed.
fn ns_per_call(cmd: &mut Command) -> Result<f64> {
    let output = run(cmd)?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let last = stdout.split_whitespace().last().context("the workload printed nothing")?;
    last.parse().with_context(|| format!("the workload printed {last:?}"))
}

#[allow(clippy::cast_precision_loss)]
fn first_instruction_ms(cmd: &mut Command) -> Result<f64> {
    let before = boot_ns();
    let output = run(cmd)?;
    let stamp: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().context("no time stamp")?;
    Ok(stamp.saturating_sub(before) as f64 / 1e6)
}

/// High-water mark of the resident set, in KiB.
fn peak_rss_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Lines that are a one-byte read or write.
fn count_rows(file: &Path) -> Result<u64> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(file).context("no trace was written")?);
    let (mut rows, mut line) = (0, Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        rows += u64::from(is_loop_row(&line));
        line.clear();
    }
    Ok(rows)
}

fn is_loop_row(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let call = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let text = text.trim_end();
    (call.starts_with("read(") && text.contains("/dev/zero")
        || call.starts_with("write(") && text.contains("/dev/null"))
        && text.split(" <").next().is_some_and(|t| t.ends_with("= 1"))
}

#[test]
fn rows_of_the_loop_are_recognised() {
    assert!(is_loop_row(b"write(4</dev/null>, \"\\0\", 1)    = 1\n"));
    assert!(is_loop_row(b"4242 read(3</dev/zero>, \"\\0\", 1) = 1\n"));
    assert!(!is_loop_row(b"read(3</lib/libc.so.6>, \"\\177ELF\", 832) = 832\n"));
    assert!(!is_loop_row(b"openat(AT_FDCWD, \"/dev/null\", O_WRONLY) = 1\n"));
}

#[test]
fn own_peak_is_known() {
    assert!(peak_rss_kib(std::process::id()).unwrap() > 100);
}
