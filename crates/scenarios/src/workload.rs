//! The process that makes the calls.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::expect::{Expectations, Expected};
use crate::program::Program;
use crate::sys::{Raw, call, number, sys};

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
pub(crate) const BEGIN: &[u8] = b"/syscope/scenario/begin";
pub(crate) const END: &[u8] = b"/syscope/scenario/end";

/// A running scenario: a directory of its own, and what must be seen.
pub struct Workload {
    dir: PathBuf,
    expectations: Expectations,
    tid: u32,
}

impl Workload {
    fn new(dir: &Path) -> Workload {
        let tid = u32::try_from(sys!(gettid)).unwrap_or_default();
        // Room for what most scenarios state, so that few of them allocate while rows count.
        let expectations = Expectations { rows: Vec::with_capacity(64), ..Expectations::default() };
        Workload { dir: dir.into(), expectations, tid }
    }

    /// From here on rows count: preparations come before.
    pub(crate) fn begin(&mut self) {
        mark(BEGIN);
    }

    /// Rows after this do not count.
    pub(crate) fn end(&mut self) {
        mark(END);
    }

    /// A name in the scenario's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A file there, with some text.
    pub(crate) fn file(&self, name: &str, text: &str) -> Result<PathBuf, StepError> {
        let path = self.path(name);
        fs::write(&path, text).map_err(|e| StepError::Io(path.clone(), e))?;
        Ok(path)
    }

    /// A program there, made of nothing but the calls of `program`.
    pub(crate) fn program(&self, name: &str, program: &Program) -> Result<PathBuf, StepError> {
        let path = self.path(name);
        fs::write(&path, program.file()).map_err(|e| StepError::Io(path.clone(), e))?;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&path, mode).map_err(|e| StepError::Io(path.clone(), e))?;
        // A file system may be mounted without permission to execute.
        match sys!(access, c(&path).as_c_str(), libc::X_OK) {
            0 => Ok(path),
            _ => Err(StepError::NotApplicable(format!("programs in {:?} cannot be executed", self.dir))),
        }
    }

    /// The descriptor that [`preopen`] left to us, and the file it names.
    pub(crate) fn preopened(&self) -> Result<(i32, PathBuf), StepError> {
        let wanted = self.dir.with_file_name(PREOPENED);
        let fds = fs::read_dir("/proc/self/fd").map_err(|e| StepError::Io("/proc/self/fd".into(), e))?;
        for entry in fds.flatten() {
            let number = entry.file_name().to_str().and_then(|n| n.parse().ok());
            if let Some(number) = number.filter(|_| fs::read_link(entry.path()).is_ok_and(|to| to == wanted))
            {
                return Ok((number, wanted));
            }
        }
        Err(StepError::NotApplicable("no descriptor was opened before this program was started".into()))
    }

    /// This thread.
    pub(crate) fn tid(&self) -> u32 {
        self.tid
    }

    /// States that this thread made a call and what it returned; an error ends the scenario.
    pub(crate) fn ok(&mut self, call: &'static str, ret: Raw) -> Result<&mut Expected, StepError> {
        check_ok(call, ret)?;
        Ok(self.saw(self.tid, call, ret))
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
        Ok(self.saw(self.tid, call, ret))
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

const PREOPENED: &str = "preopened";

/// Opens a file in a scenario's directory and leaves it to programs that are executed from here on. To be called, and its
/// result kept, by whoever starts the scenario.
pub fn preopen(dir: &Path) -> io::Result<fs::File> {
    let path = dir.join(PREOPENED);
    fs::write(&path, "opened before")?;
    let file = fs::File::open(&path)?;
    match sys!(fcntl, file.as_raw_fd(), libc::F_SETFD, 0) {
        0 => Ok(file),
        error => Err(io::Error::from_raw_os_error(i32::try_from(-error).unwrap_or_default())),
    }
}

/// An error of a step that is not worth a row: preparations.
pub(crate) fn check_ok(call: &'static str, ret: Raw) -> Result<Raw, StepError> {
    if (-4095..0).contains(&ret) { Err(StepError::Call { call, ret }) } else { Ok(ret) }
}

/// A descriptor from a result.
pub(crate) fn fd(ret: Raw) -> i32 {
    i32::try_from(ret).unwrap_or(-1)
}

/// A path for a call.
pub(crate) fn c(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

fn mark(name: &[u8]) {
    let name = CString::new(name).unwrap_or_default();
    call(number::access, &[crate::sys::Arg::raw(name.as_c_str()), 0]);
}

/// Runs a scenario's calls; its files and expectations go below `dir`.
pub fn run_workload(name: &str, dir: &Path) -> Result<(), StepError> {
    let Some(scenario) = crate::by_name(name) else {
        return Err(StepError::NotApplicable(format!("there is no scenario {name:?}")));
    };
    // Names in rows are the kernel's own: without symbolic links.
    let dir = fs::canonicalize(dir).map_err(|e| StepError::Io(dir.into(), e))?;
    let work = dir.join("w");
    fs::create_dir(&work).map_err(|e| StepError::Io(work.clone(), e))?;
    let mut workload = Workload::new(&work);
    (scenario.run)(&mut workload)?;
    let file = Expectations::path(&dir);
    fs::write(&file, workload.expectations.to_json()).map_err(|e| StepError::Io(file, e))
}
