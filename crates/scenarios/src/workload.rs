//! The process that makes the calls.

use std::ffi::{CStr, CString, OsStr};
use std::fs;
use std::io;
use std::ops::Deref;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::expect::{Expectations, Expected};
use crate::program::Program;
use crate::sys::{Arg, Raw, need, quiet_allocator, sys};
use crate::tasks::{Shared, Thread};

/// A step that did not do what the scenario needs.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A call failed, or succeeded where it should not.
    #[error("{call}: {}", error_text(*.ret))]
    Call {
        /// Its name.
        call: &'static str,
        /// What it returned.
        ret: i64,
    },
    /// A child ended otherwise than it should.
    #[error("a child ended with wait status {0:#x}")]
    Child(i32),
    /// What the scenario needs is not there: no failure.
    #[error("{0}")]
    NotApplicable(String),
    /// Files of the scenario itself.
    #[error("cannot use {0:?}: {1}")]
    Io(PathBuf, io::Error),
}

fn error_text(ret: i64) -> String {
    match i32::try_from(-ret) {
        Ok(errno) if errno > 0 => io::Error::from_raw_os_error(errno).to_string(),
        _ => format!("unexpected result {ret}"),
    }
}

/// Names that mark the window of rows that count.
pub(crate) const BEGIN: &CStr = c"/syscope/scenario/begin";
pub(crate) const END: &CStr = c"/syscope/scenario/end";
/// Between these two, rows of the thread that said so do not count.
pub(crate) const ASIDE: &CStr = c"/syscope/scenario/aside";
pub(crate) const AGAIN: &CStr = c"/syscope/scenario/again";

/// A path as calls take it and as rows show it.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    path: PathBuf,
    text: CString,
}

impl Named {
    pub(crate) fn new(path: PathBuf) -> Named {
        let text = CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
        Named { path, text }
    }

    /// A name below it.
    pub(crate) fn below(&self, name: impl AsRef<OsStr>) -> Named {
        Named::new(self.path.join(name.as_ref()))
    }
}

impl Deref for Named {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<Path> for Named {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

impl Arg for &Named {
    fn raw(self) -> u64 {
        self.text.as_c_str().raw()
    }
}

/// A running scenario: a directory of its own, and what must be seen.
pub struct Workload {
    dir: PathBuf,
    expectations: Expectations,
    pid: u32,
    tid: u32,
    comm: String,
}

impl Workload {
    fn new(dir: &Path) -> Workload {
        quiet_allocator();
        let number = |raw: Raw| u32::try_from(raw).unwrap_or_default();
        let (pid, tid) = (number(sys!(getpid)), number(sys!(gettid)));
        let comm = fs::read_to_string("/proc/thread-self/comm").unwrap_or_default().trim_end().to_owned();
        Workload { dir: dir.into(), expectations: Expectations::default(), pid, tid, comm }
    }

    /// From here on rows count: preparations come before.
    pub(crate) fn begin(&mut self) {
        mark(BEGIN);
    }

    /// Rows after this do not count.
    pub(crate) fn end(&mut self) {
        mark(END);
    }

    /// The scenario's directory.
    pub(crate) fn dir(&self) -> Named {
        Named::new(self.dir.clone())
    }

    /// The same, open.
    pub(crate) fn open_dir(&self) -> Result<i32, StepError> {
        need!(openat(libc::AT_FDCWD, &self.dir(), libc::O_RDONLY | libc::O_DIRECTORY))
    }

    /// A name in it.
    pub(crate) fn path(&self, name: impl AsRef<OsStr>) -> Named {
        self.dir().below(name)
    }

    /// A file there, with some text.
    pub(crate) fn file(&self, name: impl AsRef<OsStr>, text: impl AsRef<[u8]>) -> Result<Named, StepError> {
        let path = self.path(name);
        fs::write(&path, text).map_err(|e| StepError::Io(path.to_path_buf(), e))?;
        Ok(path)
    }

    /// The same, open for reading and writing.
    pub(crate) fn open(&self, name: &str, text: impl AsRef<[u8]>) -> Result<(Named, i32), StepError> {
        let path = self.file(name, text)?;
        let f = need!(openat(libc::AT_FDCWD, &path, libc::O_RDWR))?;
        Ok((path, f))
    }

    /// A program there, made of nothing but the calls of `program`.
    pub(crate) fn program(&self, name: &str, program: &Program) -> Result<Named, StepError> {
        let path = self.file(name, program.file())?;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&path, mode).map_err(|e| StepError::Io(path.to_path_buf(), e))?;
        // A file system may be mounted without permission to execute.
        match sys!(access, &path, libc::X_OK) {
            0 => Ok(path),
            _ => Err(StepError::NotApplicable(format!("programs in {:?} cannot be executed", self.dir))),
        }
    }

    /// The descriptors that [`preopen`] left to us, and the files they name.
    pub(crate) fn preopened(&self) -> Result<Vec<(i32, PathBuf)>, StepError> {
        let before = self.dir.with_file_name(PREOPENED);
        let fds = fs::read_dir("/proc/self/fd").map_err(|e| StepError::Io("/proc/self/fd".into(), e))?;
        let mut found: Vec<(i32, PathBuf)> = fds
            .flatten()
            .filter_map(|entry| {
                let number = entry.file_name().to_str()?.parse().ok()?;
                let path = fs::read_link(entry.path()).ok()?;
                path.starts_with(&before).then_some((number, path))
            })
            .collect();
        found.sort_unstable();
        match found.len() {
            PREOPENED_FILES => Ok(found),
            _ => Err(StepError::NotApplicable("no files were opened before this program was started".into())),
        }
    }

    /// This thread.
    pub(crate) fn tid(&self) -> u32 {
        self.tid
    }

    /// This process.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// The name it started with, and that children and threads inherit.
    pub(crate) fn comm(&self) -> String {
        self.comm.clone()
    }

    /// States that this thread made a call and what it returned; an error ends the scenario.
    pub(crate) fn ok(&mut self, call: &'static str, ret: Raw) -> Result<&mut Expected, StepError> {
        check_ok(call, ret)?;
        let pid = self.pid;
        Ok(self.saw(self.tid, call, ret).pid(pid))
    }

    /// States that this thread's call failed with `errno`.
    pub(crate) fn fails(
        &mut self,
        call: &'static str,
        ret: Raw,
        errno: i32,
    ) -> Result<&mut Expected, StepError> {
        if ret != -i64::from(errno) {
            return Err(StepError::Call { call, ret });
        }
        let pid = self.pid;
        Ok(self.saw(self.tid, call, ret).pid(pid))
    }

    /// Forks; the child makes the calls of `body` and ends with the status it gives. States the fork and gives back the
    /// child, whose calls are still to be stated.
    pub(crate) fn fork(&mut self, body: impl FnOnce() -> i32) -> Result<u32, StepError> {
        let child = sys!(fork);
        if child == 0 {
            // Without its parent it would wait in vain.
            aside(|| sys!(prctl, libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0));
            let status = body();
            sys!(exit_group, status);
        }
        self.ok("fork", child)?;
        Ok(u32::try_from(child).unwrap_or_default())
    }

    /// Waits for the end of a child; states that, then what `calls` states, then the child's last row. Any other end than
    /// with `status` ends the scenario.
    pub(crate) fn reap_after(
        &mut self,
        child: u32,
        status: i32,
        calls: impl FnOnce(&mut Workload),
    ) -> Result<(), StepError> {
        let mut word = [0_i32];
        let ret = sys!(wait4, child, &mut word, 0, 0);
        if ret < 0 || word[0] != status << 8 {
            return Err(StepError::Child(word[0]));
        }
        self.ok("wait4", ret)?.args_have(&format!("WEXITSTATUS(s) == {status}"));
        calls(self);
        self.exits(child, "exit_group").pid(child).args_have(&status.to_string());
        Ok(())
    }

    /// Starts a thread and states that.
    pub(crate) fn thread<R: 'static>(
        &mut self,
        body: impl FnOnce() -> R + 'static,
    ) -> Result<Thread<R>, StepError> {
        let thread = Thread::start(body)?;
        self.ok("clone", thread.tid.into())?.args_have("CLONE_THREAD");
        Ok(thread)
    }

    /// Memory shared with children.
    pub(crate) fn shared(&self) -> Result<Shared, StepError> {
        Shared::new()
    }

    /// States a thread's or a child's end, which is its last row.
    pub(crate) fn exits(&mut self, tid: u32, call: &'static str) -> &mut Expected {
        self.never_returns(tid, call)
    }

    /// Exits that a seccomp filter caused: calls without a row, which are counted.
    pub(crate) fn without_entry(&mut self, calls: u64) {
        self.expectations.without_entry = calls;
    }

    /// States a call of any thread.
    pub(crate) fn saw(&mut self, tid: u32, call: &'static str, ret: Raw) -> &mut Expected {
        self.push(Expected::new(tid, call).ret(ret))
    }

    /// States a call that never returns.
    pub(crate) fn never_returns(&mut self, tid: u32, call: &'static str) -> &mut Expected {
        self.push(Expected::new(tid, call).never_returns())
    }

    /// States a call that was in flight when its thread died.
    pub(crate) fn unfinished(&mut self, tid: u32, call: &'static str) -> &mut Expected {
        self.push(Expected::new(tid, call).unfinished())
    }

    fn push(&mut self, expected: Expected) -> &mut Expected {
        let rows = &mut self.expectations.rows;
        rows.push(expected);
        let last = rows.len() - 1;
        &mut rows[last]
    }

    /// Calls of these names count only where they are expected: a runtime makes them too.
    pub(crate) fn ignore_calls(&mut self, names: &[&str]) {
        self.expectations.ignored_calls.extend(names.iter().map(|n| (*n).to_owned()));
    }
}

/// A directory of files.
const PREOPENED: &str = "preopened";
const PREOPENED_FILES: usize = 64;

/// Opens files in a scenario's directory, if that needs some, and leaves them to programs that are executed from here on.
/// To be called, and its result kept, by whoever starts the scenario.
pub fn preopen(name: &str, dir: &Path) -> io::Result<Vec<fs::File>> {
    if name != "close-untracked" {
        return Ok(Vec::new());
    }
    let dir = dir.join(PREOPENED);
    fs::create_dir(&dir)?;
    let open = |i: usize| {
        let path = dir.join(format!("opened before, {i}"));
        fs::write(&path, "opened before")?;
        let file = fs::File::options().read(true).write(true).open(&path)?;
        match sys!(fcntl, file.as_raw_fd(), libc::F_SETFD, 0) {
            0 => Ok(file),
            error => Err(io::Error::from_raw_os_error(i32::try_from(-error).unwrap_or_default())),
        }
    };
    (0..PREOPENED_FILES).map(open).collect()
}

/// An error of a step that is not worth a row: preparations.
pub(crate) fn check_ok(call: &'static str, ret: Raw) -> Result<Raw, StepError> {
    if (-4095..0).contains(&ret) { Err(StepError::Call { call, ret }) } else { Ok(ret) }
}

/// A descriptor from a result.
pub(crate) fn fd(ret: Raw) -> i32 {
    i32::try_from(ret).unwrap_or(-1)
}

fn mark(name: &CStr) {
    sys!(access, name, 0);
}

/// What this thread does in `body` does not count: looking at /proc, waiting for another thread.
pub(crate) fn aside<R>(body: impl FnOnce() -> R) -> R {
    mark(ASIDE);
    let result = body();
    mark(AGAIN);
    result
}

/// Runs a scenario's calls; its files and expectations go below `dir`.
pub fn run_workload(name: &str, dir: &Path) -> Result<(), StepError> {
    let Some(scenario) = crate::by_name(name) else {
        return Err(StepError::NotApplicable(format!("there is no scenario {name:?}")));
    };
    // Names in rows are the kernel's own: without symbolic links.
    let dir = fs::canonicalize(dir).map_err(|e| StepError::Io(dir.into(), e))?;
    // A workload that waits for something that never comes ends, and is told as failed.
    sys!(alarm, 60);
    let work = dir.join("w");
    fs::create_dir(&work).map_err(|e| StepError::Io(work.clone(), e))?;
    let mut workload = Workload::new(&work);
    (scenario.run)(&mut workload)?;
    let file = Expectations::path(&dir);
    fs::write(&file, workload.expectations.to_json()).map_err(|e| StepError::Io(file, e))
}
