//! Where programs of the corpus run: a fresh folder, always at the same path, and an environment that is always the same.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, set_child_subreaper, waitpid};

use crate::corpus::{Program, Run};

/// No program of the corpus takes longer, under strace either, unless it hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// Who traces.
#[derive(Debug, Clone, Copy)]
pub enum Tracer<'a> {
    /// The installed one.
    Strace,
    /// The binary at this path.
    Syscope(&'a Path),
}

/// A folder whose path is the same for all runs of a program, and a port that is free.
#[derive(Debug)]
pub struct Stage<'a> {
    program: &'a Program,
    dir: tempfile::TempDir,
    /// Folders of earlier runs: beside the present one they would be in the program's sight.
    attic: tempfile::TempDir,
    port: u16,
}

impl Stage<'_> {
    /// A stage for all runs of one program.
    pub fn new(program: &Program) -> Result<Stage<'_>> {
        for needed in program.needed() {
            ensure!(on_path(needed), "{needed} is not installed: scripts/setup --differential");
        }
        // Servers that put themselves into the background become children of ours when whoever started them ends.
        set_child_subreaper(Pid::from_raw(1))
            .context("cannot become the reaper of what programs leave behind")?;
        let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
        let attic = tempfile::tempdir().context("cannot make a temporary folder")?;
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|s| s.local_addr())
            .context("no port of the loopback device is free")?
            .port();
        Ok(Stage { program, dir, attic, port })
    }

    /// Runs the program under a tracer with these options. The trace is what was written to `out`.
    pub fn trace(&self, tracer: Tracer<'_>, options: &str, out: &Path) -> Result<String> {
        let work = self.fresh_folder()?;
        let mut command = Command::new("setarch");
        // The same addresses in all runs, where the kernel lets us.
        command.arg("-R");
        match tracer {
            Tracer::Strace => command.arg("strace"),
            Tracer::Syscope(path) => command.arg(path).arg("-q"),
        };
        command.arg("-f").args(options.split_whitespace()).arg("-o").arg(out).arg("--");
        match self.program.run {
            Run::Command(words) => command.args(words.split_whitespace()),
            Run::Script(script) => command.args(["sh", "-c", script]),
        };
        let status = self.finish(self.environment(&mut command).current_dir(&work))?;
        ensure!(status.code() == Some(self.program.status), "ended with {status} under {tracer:?}");
        let bytes = fs::read(out).with_context(|| format!("cannot read {}", out.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The working folder as the program finds it.
    fn fresh_folder(&self) -> Result<PathBuf> {
        let work = self.dir.path().join("work");
        if work.exists() {
            let kept = fs::read_dir(self.attic.path())?.count();
            fs::rename(&work, self.attic.path().join(kept.to_string()))?;
        }
        fs::create_dir(&work)?;
        if !self.program.prepare.is_empty() {
            let mut shell = Command::new("sh");
            shell.args(["-euc", self.program.prepare]);
            let status = self.finish(self.environment(&mut shell).current_dir(&work))?;
            ensure!(status.success(), "cannot be prepared: {status}");
        }
        Ok(work)
    }

    /// Nothing of the caller's environment changes what the program does.
    fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env_clear().env("PORT", self.port.to_string()).envs([
            ("PATH", PATH),
            ("HOME", "/nonexistent"),
            ("LC_ALL", "C"),
            ("TZ", "UTC0"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "t"),
            ("GIT_AUTHOR_EMAIL", "t@example.org"),
            ("GIT_COMMITTER_NAME", "t"),
            ("GIT_COMMITTER_EMAIL", "t@example.org"),
            ("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z"),
            ("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z"),
            ("PERL_HASH_SEED", "0"),
            ("PYTHONHASHSEED", "0"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ])
    }

    /// Runs something to its end. Whatever it leaves behind is ended too.
    fn finish(&self, command: &mut Command) -> Result<ExitStatus> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
        let stdout = child.stdout.take().map(drain);
        let stderr = child.stderr.take().map(drain);
        let status = wait(&mut child);
        end_children(self.dir.path());
        let said = |from: Option<JoinHandle<Vec<u8>>>| {
            let bytes = from.and_then(|thread| thread.join().ok()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (_, err) = (said(stdout), said(stderr));
        match status? {
            Some(status) => {
                if !status.success() && status.code() != Some(self.program.status) {
                    bail!("{:?} ended with {status}:\n{err}", command.get_program());
                }
                Ok(status)
            }
            None => bail!("still running after {LIMIT:?}:\n{err}"),
        }
    }
}

const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

fn on_path(name: &str) -> bool {
    PATH.split(':').any(|dir| Path::new(dir).join(name).exists())
}

fn drain(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).ok();
        bytes
    })
}

/// Its status, or nothing if it had to be killed.
fn wait(child: &mut Child) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for a child")? {
            return Ok(Some(status));
        }
        if Instant::now() > deadline {
            child.kill().ok();
            child.wait().ok();
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Kills what is left of a program's processes, until there is none: each one's children become ours when it ends.
///
/// They are known by their working folder, which is below this one.
fn end_children(folder: &Path) {
    let me = std::process::id();
    while let Ok(tasks) = fs::read_dir(format!("/proc/{me}/task")) {
        let lists = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        let left: Vec<Pid> = lists
            .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>())
            .filter(|pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder)))
            .filter_map(Pid::from_raw)
            .collect();
        if left.is_empty() {
            return;
        }
        for child in left {
            kill_process(child, Signal::KILL).ok();
            waitpid(Some(child), WaitOptions::empty()).ok();
        }
    }
}
