//! Output files that appear whole, and clobber nothing that was not meant.
//!
//! Rows go to a temporary name beside the target, made with `O_EXCL`, and are renamed over it at the end. A symbolic link
//! is refused, not followed: a link that somebody left in a shared directory must not decide what root overwrites.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Why an output file cannot be written.
#[derive(Debug)]
pub enum OutFileError {
    /// The target is a symbolic link.
    SymbolicLink(PathBuf),
    /// The target is a directory.
    Directory(PathBuf),
    /// Opening, creating or renaming failed.
    Io(PathBuf, io::Error),
}

impl std::fmt::Display for OutFileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OutFileError::SymbolicLink(path) => {
                write!(f, "{path:?} is a symbolic link, which is not followed: name the file itself")
            }
            OutFileError::Directory(path) => write!(f, "{path:?} is a directory"),
            OutFileError::Io(path, error) => write!(f, "cannot write {path:?}: {error}"),
        }
    }
}

impl std::error::Error for OutFileError {}

/// A file on its way. Dropped without [`OutFile::commit`], the temporary goes away.
#[derive(Debug)]
pub struct OutFile {
    target: PathBuf,
    /// `None`: written in place (a device, a FIFO).
    temporary: Option<PathBuf>,
}

impl OutFile {
    /// Opens what is to become `target`. Everything that can be known to fail fails here, before anything is traced.
    pub fn create(target: &Path) -> Result<(OutFile, File), OutFileError> {
        let io_error = |e| OutFileError::Io(target.into(), e);
        let existing = match fs::symlink_metadata(target) {
            Ok(meta) => Some(meta),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(io_error(e)),
        };
        if let Some(meta) = &existing {
            let kind = meta.file_type();
            if kind.is_symlink() && !is_standard_stream(target) {
                return Err(OutFileError::SymbolicLink(target.into()));
            }
            if kind.is_dir() {
                return Err(OutFileError::Directory(target.into()));
            }
            if kind.is_symlink() || kind.is_char_device() || kind.is_fifo() || kind.is_block_device() {
                let file = OpenOptions::new().write(true).open(target).map_err(io_error)?;
                return Ok((OutFile { target: target.into(), temporary: None }, file));
            }
        }
        for attempt in 0..100 {
            let temporary = temporary_name(target, attempt);
            // create_new is O_EXCL, which does not follow links either.
            match OpenOptions::new().write(true).create_new(true).mode(0o666).open(&temporary) {
                Ok(file) => {
                    if let Some(meta) = &existing {
                        // Owner and mode stay as the user had set them; only root can give files away.
                        let _ = std::os::unix::fs::fchown(&file, Some(meta.uid()), Some(meta.gid()));
                        let _ = file.set_permissions(Permissions::from_mode(meta.mode() & 0o7777));
                    }
                    return Ok((OutFile { target: target.into(), temporary: Some(temporary) }, file));
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(io_error(e)),
            }
        }
        Err(io_error(io::Error::from(io::ErrorKind::AlreadyExists)))
    }

    /// Gives the finished file its name.
    pub fn commit(mut self) -> Result<(), OutFileError> {
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        fs::rename(&temporary, &self.target).map_err(|e| {
            let _ = fs::remove_file(&temporary);
            OutFileError::Io(self.target.clone(), e)
        })
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            let _ = fs::remove_file(temporary);
        }
    }
}

/// `/dev/stdout` and `/dev/stderr` are links that the system made.
fn is_standard_stream(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr"].iter().any(|s| path == Path::new(s))
}

fn temporary_name(target: &Path, attempt: u32) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}-{attempt}.tmp", std::process::id()));
    target.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn write(target: &Path, text: &str) -> Result<(), OutFileError> {
        let (out, mut file) = OutFile::create(target)?;
        file.write_all(text.as_bytes()).unwrap();
        out.commit()
    }

    #[test]
    fn replaces_whole_and_keeps_the_mode() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        write(&target, "one").unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o600)).unwrap();
        write(&target, "two").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "two");
        assert_eq!(fs::metadata(&target).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
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
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn links_and_directories_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        assert!(matches!(write(&link, "x"), Err(OutFileError::SymbolicLink(_))));
        assert!(matches!(write(dir.path(), "x"), Err(OutFileError::Directory(_))));
        assert!(matches!(write(&dir.path().join("no/where"), "x"), Err(OutFileError::Io(..))));
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }

    #[test]
    fn devices_are_written_in_place() {
        write(Path::new("/dev/null"), "x").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
