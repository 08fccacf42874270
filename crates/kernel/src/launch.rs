//! The command to be traced: created, held before its execve, then let go.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::limits::restore_open_files;
use crate::signals::restore_ignored;

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<OsString>,
    /// Changes of the environment: set, or removed with `None`.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// Run as this user (a name, or a number).
    pub user: Option<String>,
}

/// A command that waits before its execve.
#[derive(Debug)]
pub struct Launched {
    pid: libc::pid_t,
    gate: Option<OwnedFd>,
    exec_error: OwnedFd,
    path: PathBuf,
    status: Option<Status>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// By itself.
    Exited(u8),
    /// By a signal.
    Killed(i32),
}

impl Status {
    /// Exit status as shells report it.
    pub fn code(self) -> u8 {
        match self {
            Status::Exited(code) => code,
            Status::Killed(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }
}

struct Credentials {
    uid: libc::uid_t,
    gid: libc::gid_t,
    name: CString,
}

impl Command {
    /// Creates the process and holds it before its execve. Its program is looked up as a shell would.
    pub fn launch(&self) -> Result<Launched, Error> {
        let Some(program) = self.argv.first() else {
            return Err(Error::CommandNotFound(OsString::new()));
        };
        let path = find_program(program)?;
        let user = self.user.as_deref().map(credentials).transpose()?;
        let path_c = c_string(path.as_os_str())?;
        let argv_c = self.argv.iter().map(|a| c_string(a)).collect::<Result<Vec<_>, _>>()?;
        let env_c = self.environment()?;
        let argv = null_terminated(&argv_c);
        let envp = null_terminated(&env_c);

        let (gate_read, gate_write) = pipe()?;
        let (error_read, error_write) = pipe()?;
        // SAFETY: the child calls only async-signal-safe functions before execve or _exit; all memory it needs was
        // allocated above.
        match unsafe { libc::fork() } {
            -1 => Err(Error::last_os("create a process")),
            0 => {
                // SAFETY: we are the child of that fork; the arguments outlive the call.
                unsafe { child(&gate_read, &gate_write, &error_write, user.as_ref(), &path_c, &argv, &envp) }
            }
            pid => Ok(Launched { pid, gate: Some(gate_write), exec_error: error_read, path, status: None }),
        }
    }

    fn environment(&self) -> Result<Vec<CString>, Error> {
        let changed = |name: &OsStr| self.env.iter().any(|(n, _)| n == name);
        let kept = std::env::vars_os().filter(|(name, _)| !changed(name));
        let set = self.env.iter().filter_map(|(n, v)| Some((n.clone(), v.clone()?)));
        kept.chain(set)
            .map(|(mut name, value)| {
                name.push("=");
                name.push(value);
                c_string(&name)
            })
            .collect()
    }
}

impl Launched {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid.unsigned_abs()
    }

    /// Lets it execute its program.
    pub fn release(&mut self) -> Result<(), Error> {
        let Some(gate) = self.gate.take() else { return Ok(()) };
        // SAFETY: the buffer is one byte long.
        if unsafe { libc::write(gate.as_raw_fd(), [1_u8].as_ptr().cast(), 1) } != 1 {
            return Err(Error::last_os("start the command"));
        }
        Ok(())
    }

    /// Its end, if it has come. Never waits.
    pub fn try_wait(&mut self) -> Option<Status> {
        self.wait(libc::WNOHANG)
    }

    fn wait(&mut self, flags: i32) -> Option<Status> {
        if self.status.is_none() {
            let mut raw = 0;
            // SAFETY: raw is writable.
            if unsafe { libc::waitpid(self.pid, &raw mut raw, flags) } == self.pid {
                self.status = Some(if libc::WIFSIGNALED(raw) {
                    Status::Killed(libc::WTERMSIG(raw))
                } else {
                    Status::Exited(u8::try_from(libc::WEXITSTATUS(raw)).unwrap_or(u8::MAX))
                });
            }
        }
        self.status
    }

    /// Why its program could not be executed, if that is so. To be asked after its end.
    pub fn exec_error(&self) -> Option<Error> {
        let mut raw = [0; 4];
        // SAFETY: the buffer is four bytes long; the pipe does not block, because its writer is gone or has written.
        let n = unsafe { libc::read(self.exec_error.as_raw_fd(), raw.as_mut_ptr().cast(), raw.len()) };
        (n == 4).then(|| Error::CommandNotRunnable {
            path: self.path.clone().into_os_string(),
            source: io::Error::from_raw_os_error(i32::from_ne_bytes(raw)),
        })
    }

    /// Passes a signal on.
    pub fn signal(&self, signal: i32) {
        if self.status.is_none() {
            // SAFETY: the child has not been waited for, so its number is still its own.
            unsafe { libc::kill(self.pid, signal) };
        }
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        // Without its release the child sees the gate close and exits by itself.
        if self.gate.take().is_some() {
            self.wait(0);
        }
    }
}

/// Runs in the child. Never returns.
///
/// # Safety
/// Only in a process that `fork` just made.
unsafe fn child(
    gate: &OwnedFd,
    gate_write: &OwnedFd,
    error: &OwnedFd,
    user: Option<&Credentials>,
    path: &CString,
    argv: &[*const libc::c_char],
    envp: &[*const libc::c_char],
) -> ! {
    // SAFETY: async-signal-safe calls on descriptors and memory that the parent prepared.
    unsafe {
        // Otherwise the gate would stay open if the parent died.
        libc::close(gate_write.as_raw_fd());
        let mut go = [0_u8];
        if libc::read(gate.as_raw_fd(), go.as_mut_ptr().cast(), 1) != 1 {
            libc::_exit(125);
        }
        restore_ignored();
        restore_open_files();
        let become_user = |u: &Credentials| {
            libc::initgroups(u.name.as_ptr(), u.gid) == 0
                && libc::setgid(u.gid) == 0
                && libc::setuid(u.uid) == 0
        };
        if user.is_none_or(become_user) {
            libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr());
        }
        let errno = *libc::__errno_location();
        let raw = errno.to_ne_bytes();
        libc::write(error.as_raw_fd(), raw.as_ptr().cast(), raw.len());
        libc::_exit(if errno == libc::ENOENT { 127 } else { 126 })
    }
}

/// The file that a shell would execute for this name.
fn find_program(program: &OsStr) -> Result<PathBuf, Error> {
    let not_runnable = |path: &Path, source| Error::CommandNotRunnable { path: path.into(), source };
    if program.as_bytes().contains(&b'/') {
        let path = Path::new(program);
        let meta = std::fs::metadata(path).map_err(|e| not_runnable(path, e))?;
        if meta.is_dir() {
            return Err(not_runnable(path, io::Error::from_raw_os_error(libc::EISDIR)));
        }
        if meta.permissions().mode() & 0o111 == 0 {
            return Err(not_runnable(path, io::Error::from_raw_os_error(libc::EACCES)));
        }
        return Ok(path.to_owned());
    }
    let mut denied = None;
    let dirs = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    for dir in std::env::split_paths(&dirs) {
        let dir = if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir };
        let path = dir.join(program);
        match std::fs::metadata(&path) {
            Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => return Ok(path),
            Ok(meta) if meta.is_file() => denied = Some(path),
            _ => {}
        }
    }
    match denied {
        Some(path) => Err(not_runnable(&path, io::Error::from_raw_os_error(libc::EACCES))),
        None => Err(Error::CommandNotFound(program.to_owned())),
    }
}

fn credentials(user: &str) -> Result<Credentials, Error> {
    let unknown = || Error::Os {
        what: "find the user to run the command as",
        source: io::Error::new(io::ErrorKind::NotFound, format!("no user {user:?}")),
    };
    let name = CString::new(user).map_err(|_| unknown())?;
    // SAFETY: one thread runs, and the result is copied before any other call could change it.
    unsafe {
        let entry = match user.parse() {
            Ok(uid) => libc::getpwuid(uid),
            Err(_) => libc::getpwnam(name.as_ptr()),
        };
        let entry = entry.as_ref().ok_or_else(unknown)?;
        Ok(Credentials {
            uid: entry.pw_uid,
            gid: entry.pw_gid,
            name: std::ffi::CStr::from_ptr(entry.pw_name).to_owned(),
        })
    }
}

fn c_string(text: &OsStr) -> Result<CString, Error> {
    CString::new(text.to_owned().into_vec())
        .map_err(|e| Error::Os { what: "pass an argument with a NUL byte", source: e.into() })
}

fn null_terminated(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Error> {
    let mut fds = [0; 2];
    // SAFETY: fds has room for two.
    if unsafe { libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(Error::last_os("make a pipe"));
    }
    // SAFETY: both were just made and belong to nobody else.
    Ok(unsafe { (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])) })
}
