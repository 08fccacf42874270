//! Output files that appear whole, and clobber nothing that was not meant.
//!
//! Rows go into a file beside the target that gets its name at the end, see [`crate::pending`]. A symbolic link is
//! refused, not followed: a link that somebody left in a shared directory must not decide what root overwrites.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::pending::Pending;

/// Why an output file cannot be written.
#[derive(Debug)]
pub enum OutFileError {
    /// The target is a symbolic link.
    SymbolicLink(PathBuf),
    /// The target is a directory.
    Directory(PathBuf),
    /// The target is a socket.
    Socket(PathBuf),
    /// The target is a FIFO that nobody reads yet.
    NoReader(PathBuf),
    /// The target does not end in the name of a file.
    NoName(PathBuf),
    /// The shell for a command cannot be started.
    Command(PathBuf, io::Error),
    /// Opening or creating failed.
    Io(PathBuf, io::Error),
    /// What was written could not be given its name.
    Rename {
        /// The name.
        target: PathBuf,
        /// Where everything is, if it has a name at all.
        kept: Option<PathBuf>,
        /// Why.
        source: io::Error,
    },
}

impl std::fmt::Display for OutFileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OutFileError::SymbolicLink(path) => {
                write!(f, "{path:?} is a symbolic link, which is not followed: name the file itself")
            }
            OutFileError::Directory(path) => write!(f, "{path:?} is a directory"),
            OutFileError::Socket(path) => write!(f, "{path:?} is a socket"),
            OutFileError::NoReader(path) => write!(f, "nobody reads the FIFO {path:?}"),
            OutFileError::NoName(path) => write!(f, "{path:?} does not name a file"),
            OutFileError::Command(path, error) => write!(f, "cannot start {path:?}: {error}"),
            OutFileError::Io(path, error) => write!(f, "cannot write {path:?}: {error}"),
            OutFileError::Rename { target, kept: Some(kept), source } => {
                write!(f, "cannot rename to {target:?}: {source}; the output is in {kept:?}")
            }
            OutFileError::Rename { target, kept: None, source } => {
                write!(f, "cannot give {target:?} its name: {source}; the output is lost")
            }
        }
    }
}

impl std::error::Error for OutFileError {}

/// A file on its way. Dropped without [`OutFile::commit`], it never was.
#[derive(Debug)]
pub struct OutFile {
    target: PathBuf,
    place: Place,
}

/// Where rows go meanwhile.
#[derive(Debug)]
enum Place {
    /// To the target itself: a device, a FIFO, a stream that is open already, or the end of a file.
    Target,
    /// Into a file that is to become the target.
    Pending(Pending),
    /// Into the standard input of a shell command.
    Command(Child),
}

impl OutFile {
    /// Opens what is to become `target`. Everything that can be known to fail fails here, before anything is traced. Never
    /// waits: for the reader of a FIFO the caller does, while it looks after signals.
    pub fn create(target: &Path) -> Result<(OutFile, File), OutFileError> {
        if let Some(opened) = open_elsewhere(target) {
            return opened;
        }
        let existing = look_at(target)?;
        if let Some(meta) = &existing {
            // Who may not write a file may not replace it either.
            let file = open_known(target, meta)?;
            if !meta.is_file() {
                return Ok((OutFile::in_place(target), file));
            }
        }
        let (pending, file) =
            Pending::create(target, existing.as_ref()).map_err(|e| OutFileError::Io(target.into(), e))?;
        Ok((OutFile { target: target.into(), place: Place::Pending(pending) }, file))
    }

    /// Opens `target` to write behind what it has, or makes it.
    pub fn append(target: &Path) -> Result<(OutFile, File), OutFileError> {
        if let Some(opened) = open_elsewhere(target) {
            return opened;
        }
        let existing = look_at(target)?;
        let file =
            OpenOptions::new().append(true).create(existing.is_none()).custom_flags(FLAGS).open(target);
        Ok((OutFile::in_place(target), opened(target, file)?))
    }

    fn in_place(target: &Path) -> OutFile {
        OutFile { target: target.into(), place: Place::Target }
    }

    /// Gives the finished file its name. If that fails, it keeps what name it has.
    pub fn commit(self) -> Result<(), OutFileError> {
        let Place::Pending(pending) = self.place else { return Ok(()) };
        pending.commit(&self.target)
    }

    /// Keeps what could be written of a file that is not finished: its whole lines, under the target's name with
    /// `.partial` behind. `None`: there is nothing to keep.
    pub fn keep_partial(self) -> Result<Option<PathBuf>, OutFileError> {
        match self.place {
            Place::Pending(pending) => pending.keep_partial(&self.target),
            Place::Target | Place::Command(_) => Ok(None),
        }
    }

    /// The command that reads the output has ended, or there is none. Its input must have been closed. Never waits.
    pub fn is_read(&mut self) -> bool {
        match &mut self.place {
            // Whatever it thinks of its input is said in its own words.
            Place::Command(child) => !matches!(child.try_wait(), Ok(None)),
            Place::Target | Place::Pending(_) => true,
        }
    }
}

/// What is no file in a folder: commands, and streams that are open already.
fn open_elsewhere(target: &Path) -> Option<Result<(OutFile, File), OutFileError>> {
    if let [b'|' | b'!', command @ ..] = target.as_os_str().as_bytes() {
        return Some(start(target, std::ffi::OsStr::from_bytes(command)));
    }
    let file = open_stream(target)?;
    Some(file.map(|file| (OutFile::in_place(target), file)).map_err(|e| OutFileError::Io(target.into(), e)))
}

/// Starts a shell command that reads the output.
fn start(target: &Path, command: &std::ffi::OsStr) -> Result<(OutFile, File), OutFileError> {
    let failed = |e| OutFileError::Command(target.into(), e);
    // What a terminal sends to all of us ends the tracing; the reader gets the rest of it.
    let script = "trap '' INT QUIT; eval \"$1\"";
    let mut shell = Command::new("/bin/sh");
    let mut child =
        shell.args(["-c", script, "sh"]).arg(command).stdin(Stdio::piped()).spawn().map_err(failed)?;
    let input = child.stdin.take().ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
    Ok((OutFile { target: target.into(), place: Place::Command(child) }, File::from(OwnedFd::from(input))))
}

/// A stream that is open already, under the names that the system has for it. They are links, but the system's own.
fn open_stream(target: &Path) -> Option<io::Result<File>> {
    let number = match target.to_str()? {
        "/dev/stdout" => "1",
        "/dev/stderr" => "2",
        path => path.strip_prefix("/dev/fd/").or_else(|| path.strip_prefix("/proc/self/fd/"))?,
    };
    Some(match number {
        // The same open file: what others write there stays where it is.
        "1" => io::stdout().as_fd().try_clone_to_owned().map(File::from),
        "2" => io::stderr().as_fd().try_clone_to_owned().map(File::from),
        n if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => {
            OpenOptions::new().append(true).open(target)
        }
        _ => return None,
    })
}

/// What is there now. An error if it cannot be written, or no file can have this name.
fn look_at(target: &Path) -> Result<Option<Metadata>, OutFileError> {
    let existing = match fs::symlink_metadata(target) {
        Ok(meta) => Some(meta),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(OutFileError::Io(target.into(), e)),
    };
    if let Some(meta) = &existing {
        let kind = meta.file_type();
        if kind.is_symlink() {
            return Err(OutFileError::SymbolicLink(target.into()));
        }
        if kind.is_dir() {
            return Err(OutFileError::Directory(target.into()));
        }
        if kind.is_socket() {
            return Err(OutFileError::Socket(target.into()));
        }
    }
    // Of "x/" and "x/." the last component is x, but no file can be made under these names.
    match target.file_name().filter(|n| target.as_os_str().as_bytes().ends_with(n.as_bytes())) {
        Some(_) => Ok(existing),
        None => Err(OutFileError::NoName(target.into())),
    }
}

/// Opens what was just looked at, and nothing that was put into its place meanwhile.
fn open_known(target: &Path, seen: &Metadata) -> Result<File, OutFileError> {
    let failed = |e| OutFileError::Io(target.into(), e);
    let file = opened(target, OpenOptions::new().write(true).custom_flags(FLAGS).open(target))?;
    let opened = file.metadata().map_err(failed)?;
    if (opened.dev(), opened.ino()) != (seen.dev(), seen.ino()) {
        return Err(failed(io::Error::other("it was exchanged while it was being opened")));
    }
    Ok(file)
}

/// Opening a FIFO waits for its reader, and no signal ends that: not with `O_NONBLOCK`.
const FLAGS: i32 = libc::O_NOFOLLOW | libc::O_NOCTTY | libc::O_NONBLOCK;

/// What was opened with [`FLAGS`]; writing to it waits, as ever.
fn opened(target: &Path, file: io::Result<File>) -> Result<File, OutFileError> {
    let failed = |e| OutFileError::Io(target.into(), e);
    let file = file.map_err(|e| match e.raw_os_error() {
        Some(libc::ENXIO) if fs::metadata(target).is_ok_and(|meta| meta.file_type().is_fifo()) => {
            OutFileError::NoReader(target.into())
        }
        _ => failed(e),
    })?;
    let flags = rustix::fs::fcntl_getfl(&file).map_err(|e| failed(e.into()))?;
    rustix::fs::fcntl_setfl(&file, flags - rustix::fs::OFlags::NONBLOCK).map_err(|e| failed(e.into()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs::Permissions;
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    fn write(target: &Path, text: &str) -> Result<(), OutFileError> {
        let (out, mut file) = OutFile::create(target)?;
        file.write_all(text.as_bytes()).unwrap();
        out.commit()
    }

    fn entries(dir: &Path) -> usize {
        fs::read_dir(dir).unwrap().count()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn replaces_whole_and_keeps_the_mode() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        write(&target, "one").unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o4640)).unwrap();
        let (out, mut file) = OutFile::create(&target).unwrap();
        file.write_all(b"two").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "one");
        out.commit().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "two");
        // But not what makes programs of others.
        assert_eq!(mode(&target), 0o640);
        assert_eq!(entries(dir.path()), 1);
    }

    #[test]
    fn without_commit_nothing_changes() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        write(&target, "old").unwrap();
        let (out, mut file) = OutFile::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        drop(out);
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        assert_eq!(entries(dir.path()), 1);
    }

    #[test]
    fn links_are_refused_even_dangling_ones() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        let link = dir.path().join("link");
        symlink(&victim, &link).unwrap();
        assert!(matches!(write(&link, "x"), Err(OutFileError::SymbolicLink(_))));
        assert!(!victim.exists());
        fs::write(&victim, "precious").unwrap();
        assert!(matches!(write(&link, "x"), Err(OutFileError::SymbolicLink(_))));
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }

    #[test]
    fn a_link_put_there_meanwhile_is_replaced_and_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (target, victim) = (dir.path().join("out"), dir.path().join("victim"));
        fs::write(&victim, "precious").unwrap();
        let (out, mut file) = OutFile::create(&target).unwrap();
        symlink(&victim, &target).unwrap();
        file.write_all(b"rows").unwrap();
        out.commit().unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::read_to_string(&target).unwrap(), "rows");
        assert!(!fs::symlink_metadata(&target).unwrap().file_type().is_symlink());
    }

    #[test]
    fn what_cannot_become_a_file_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        assert!(matches!(write(dir.path(), "x"), Err(OutFileError::Directory(_))));
        assert!(matches!(write(&at("."), "x"), Err(OutFileError::Directory(_))));
        assert!(matches!(write(&at(".."), "x"), Err(OutFileError::Directory(_))));
        assert!(matches!(write(&at("no/where"), "x"), Err(OutFileError::Io(..))));
        assert!(matches!(write(&at("out/"), "x"), Err(OutFileError::NoName(_))));
        assert!(matches!(write(&at("out/."), "x"), Err(OutFileError::NoName(_))));
        assert!(matches!(write(Path::new(""), "x"), Err(OutFileError::NoName(_))));
        let _listener = UnixListener::bind(at("socket")).unwrap();
        assert!(matches!(write(&at("socket"), "x"), Err(OutFileError::Socket(_))));
        assert_eq!(entries(dir.path()), 1);
    }

    #[test]
    fn a_directory_that_takes_no_files_is_found_at_once() {
        // Root may write anywhere but here.
        for target in ["/proc/out", "/sys/out"] {
            assert!(matches!(write(Path::new(target), "x"), Err(OutFileError::Io(..))), "{target}");
        }
    }

    #[test]
    fn names_of_any_length() {
        let dir = tempfile::tempdir().unwrap();
        let longest = dir.path().join("x".repeat(255));
        write(&longest, "rows").unwrap();
        assert_eq!(fs::read_to_string(&longest).unwrap(), "rows");
        assert!(matches!(write(&dir.path().join("x".repeat(256)), "x"), Err(OutFileError::Io(..))));
        let odd = dir.path().join(OsStr::from_bytes(b"\xff\n"));
        write(&odd, "rows").unwrap();
        assert_eq!(fs::read_to_string(&odd).unwrap(), "rows");
    }

    #[test]
    fn what_cannot_be_renamed_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        let (out, mut file) = OutFile::create(&target).unwrap();
        file.write_all(b"rows").unwrap();
        fs::create_dir(&target).unwrap();
        let Err(OutFileError::Rename { kept, .. }) = out.commit() else { panic!("renamed over a directory") };
        assert_eq!(fs::read_to_string(kept.unwrap()).unwrap(), "rows");
    }

    #[test]
    fn appended_is_behind_what_there_was() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        for _ in 0..2 {
            let (out, mut file) = OutFile::append(&target).unwrap();
            file.write_all(b"rows\n").unwrap();
            // It needs no commit, and a part of it stays where it is.
            assert!(out.keep_partial().unwrap().is_none());
        }
        assert_eq!(fs::read_to_string(&target).unwrap(), "rows\nrows\n");
        symlink(&target, dir.path().join("link")).unwrap();
        assert!(matches!(OutFile::append(&dir.path().join("link")), Err(OutFileError::SymbolicLink(_))));
        assert!(matches!(OutFile::append(dir.path()), Err(OutFileError::Directory(_))));
    }

    #[test]
    fn a_fifo_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        assert!(matches!(OutFile::create(&fifo), Err(OutFileError::NoReader(_))));
        assert!(matches!(OutFile::append(&fifo), Err(OutFileError::NoReader(_))));
        let flags = libc::O_NONBLOCK;
        let mut reader = OpenOptions::new().read(true).custom_flags(flags).open(&fifo).unwrap();
        write(&fifo, "rows").unwrap();
        assert_eq!(io::read_to_string(&mut reader).unwrap(), "rows");
        // Writing more than there is room for waits.
        let (_out, file) = OutFile::create(&fifo).unwrap();
        assert!(!rustix::fs::fcntl_getfl(&file).unwrap().contains(rustix::fs::OFlags::NONBLOCK));
    }

    #[test]
    fn a_command_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("copy");
        for sign in ["|", "!"] {
            let target = format!("{sign}cat >'{}'", copy.display());
            let (mut out, mut file) = OutFile::create(Path::new(&target)).unwrap();
            file.write_all(sign.as_bytes()).unwrap();
            assert!(!out.is_read());
            drop(file);
            while !out.is_read() {
                std::thread::yield_now();
            }
            out.commit().unwrap();
            assert_eq!(fs::read_to_string(&copy).unwrap(), sign);
        }
    }

    #[test]
    fn devices_and_streams_are_written_in_place() {
        write(Path::new("/dev/null"), "x").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let (mut reader, writer) = io::pipe().unwrap();
        let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer));
        write(Path::new(&path), "through a pipe").unwrap();
        drop(writer);
        assert_eq!(io::read_to_string(&mut reader).unwrap(), "through a pipe");
        assert!(OutFile::create(Path::new("/dev/fd/999999")).is_err());
        assert!(OutFile::create(Path::new("/dev/fd/x")).is_err());
    }
}
