//! Output files that appear whole, and clobber nothing that was not meant.
//!
//! Rows go to a temporary name beside the target, made with `O_EXCL`, and are renamed over it at the end. A symbolic link
//! is refused, not followed: a link that somebody left in a shared directory must not decide what root overwrites.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// Why an output file cannot be written.
#[derive(Debug)]
pub enum OutFileError {
    /// The target is a symbolic link.
    SymbolicLink(PathBuf),
    /// The target is a directory.
    Directory(PathBuf),
    /// The target is a socket.
    Socket(PathBuf),
    /// The target does not end in the name of a file.
    NoName(PathBuf),
    /// The target is a command, as strace has it.
    Command(PathBuf),
    /// Opening or creating failed.
    Io(PathBuf, io::Error),
    /// What was written could not be given its name.
    Rename {
        /// The name.
        target: PathBuf,
        /// Where everything is.
        kept: PathBuf,
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
            OutFileError::NoName(path) => write!(f, "{path:?} does not name a file"),
            OutFileError::Command(path) => {
                write!(f, "{path:?}: commands are not started; use -o /dev/stdout and a pipe, or a file")
            }
            OutFileError::Io(path, error) => write!(f, "cannot write {path:?}: {error}"),
            OutFileError::Rename { target, kept, source } => {
                write!(f, "cannot rename to {target:?}: {source}; the output is complete in {kept:?}")
            }
        }
    }
}

impl std::error::Error for OutFileError {}

/// A file on its way. Dropped without [`OutFile::commit`], the temporary goes away.
#[derive(Debug)]
pub struct OutFile {
    target: PathBuf,
    /// `None`: written in place (a device, a FIFO, a stream that is open already).
    temporary: Option<PathBuf>,
}

impl OutFile {
    /// Opens what is to become `target`. Everything that can be known to fail fails here, before anything is traced.
    pub fn create(target: &Path) -> Result<(OutFile, File), OutFileError> {
        let io_error = |e| OutFileError::Io(target.into(), e);
        if matches!(target.as_os_str().as_bytes().first(), Some(b'|' | b'!')) {
            return Err(OutFileError::Command(target.into()));
        }
        if let Some(file) = open_stream(target) {
            return Ok((OutFile::in_place(target), file.map_err(io_error)?));
        }
        let existing = match fs::symlink_metadata(target) {
            Ok(meta) => Some(meta),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(io_error(e)),
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
            // Who may not write a file may not replace it either.
            let file = open_known(target, meta).map_err(io_error)?;
            if !kind.is_file() {
                return Ok((OutFile::in_place(target), file));
            }
        }
        // Of "x/" and "x/." the last component is x, but no file can be made under these names.
        let Some(name) = target.file_name().filter(|n| target.as_os_str().as_bytes().ends_with(n.as_bytes()))
        else {
            return Err(OutFileError::NoName(target.into()));
        };
        for attempt in 0..100 {
            let temporary = target.with_file_name(temporary_name(name, attempt));
            // Nobody may open it before it has the permissions of what it replaces.
            let mode = if existing.is_some() { 0o600 } else { 0o666 };
            // create_new is O_EXCL, which does not follow links either.
            match OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary) {
                Ok(file) => {
                    if let Some(meta) = &existing {
                        take_after(&file, meta);
                    }
                    return Ok((OutFile { target: target.into(), temporary: Some(temporary) }, file));
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(io_error(e)),
            }
        }
        Err(io_error(io::Error::from(io::ErrorKind::AlreadyExists)))
    }

    fn in_place(target: &Path) -> OutFile {
        OutFile { target: target.into(), temporary: None }
    }

    /// Gives the finished file its name. If that fails, the file stays under its temporary one.
    pub fn commit(mut self) -> Result<(), OutFileError> {
        let Some(kept) = self.temporary.take() else { return Ok(()) };
        fs::rename(&kept, &self.target).map_err(|source| OutFileError::Rename {
            target: self.target.clone(),
            kept,
            source,
        })
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            // Nothing more can be done about it.
            let _ = fs::remove_file(temporary);
        }
    }
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

/// Opens what was just looked at, and nothing that was put into its place meanwhile.
fn open_known(target: &Path, seen: &Metadata) -> io::Result<File> {
    let flags = libc::O_NOFOLLOW | libc::O_NOCTTY;
    let file = OpenOptions::new().write(true).custom_flags(flags).open(target)?;
    let opened = file.metadata()?;
    if (opened.dev(), opened.ino()) != (seen.dev(), seen.ino()) {
        return Err(io::Error::other("it was exchanged while it was being opened"));
    }
    Ok(file)
}

/// Gives a file the owner, group and permissions of the one that it replaces, as far as we may.
fn take_after(file: &File, old: &Metadata) {
    let mut mode = old.mode() & 0o777;
    // Only root can give files away; a group is ours to choose if we are in it.
    if fchown(file, Some(old.uid()), Some(old.gid())).is_err() && fchown(file, None, Some(old.gid())).is_err()
    {
        // What one group was allowed is not for another.
        mode &= 0o707;
    }
    // If this fails it stays for us alone.
    let _ = file.set_permissions(Permissions::from_mode(mode));
}

/// Hidden, and told from other files by its end; short enough whatever the target's name is.
fn temporary_name(target: &OsStr, attempt: u32) -> OsString {
    const SHOWN: usize = 200;
    let bytes = target.as_bytes();
    let mut name = OsString::from(".");
    name.push(OsStr::from_bytes(&bytes[..bytes.len().min(SHOWN)]));
    name.push(format!(".{}-{attempt}.tmp", std::process::id()));
    name
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;
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
    fn a_guessed_temporary_name_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        for attempt in 0..2 {
            symlink(&victim, dir.path().join(temporary_name(OsStr::new("out"), attempt))).unwrap();
        }
        write(&dir.path().join("out"), "rows").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::read_to_string(dir.path().join("out")).unwrap(), "rows");
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
        assert!(matches!(write(Path::new("|cat"), "x"), Err(OutFileError::Command(_))));
        assert!(matches!(write(Path::new("!cat"), "x"), Err(OutFileError::Command(_))));
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
        assert_eq!(fs::read_to_string(kept).unwrap(), "rows");
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
