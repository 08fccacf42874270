//! A file without its name: nobody sees it before it is complete.
//!
//! Where the filesystem has nameless files (`O_TMPFILE`) it is one, so that nothing is left behind if we are killed.
//! Elsewhere it has a temporary name, made with `O_EXCL`.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, RenameFlags, linkat, renameat_with};

use crate::OutFileError;

/// Names that are tried before we give up.
const ATTEMPTS: u32 = 100;
/// Longest line end that is looked for in a file that was cut off.
const LINE: u64 = 1 << 20;

/// A file that is to become another one. Dropped, it goes away.
#[derive(Debug)]
pub(crate) struct Pending {
    file: File,
    /// `None`: it has no name.
    name: Option<PathBuf>,
    /// There was a file of the target's name when we began.
    replaces: bool,
}

impl Pending {
    /// Makes it beside `target`, with the permissions of the file that it will replace.
    pub(crate) fn create(target: &Path, replaced: Option<&Metadata>) -> io::Result<(Pending, File)> {
        // Nobody may open it before it has the permissions of what it replaces.
        let mode = if replaced.is_some() { 0o600 } else { 0o666 };
        let (file, name) = match nameless(target, mode) {
            // Whatever the reason, the other way will tell if it is a real one.
            Err(_) => temporary(target, mode)?,
            Ok(file) => (file, None),
        };
        let pending = Pending { file, name, replaces: replaced.is_some() };
        if let Some(meta) = replaced {
            take_after(&pending.file, meta);
        }
        let writer = pending.file.try_clone()?;
        Ok((pending, writer))
    }

    /// Gives it the target's name, in place of whatever has it.
    pub(crate) fn commit(mut self, target: &Path) -> Result<(), OutFileError> {
        let failed = |kept, source| OutFileError::Rename { target: target.into(), kept, source };
        if self.name.is_none() {
            // A link replaces nothing: where something is, it takes a name of its own and a rename.
            if !self.replaces && self.link(target).is_ok() {
                return Ok(());
            }
            let link = |name: &Path| self.link(name);
            self.name = Some(first_free(target, temporary_name, link).map_err(|e| failed(None, e))?);
        }
        let Some(name) = self.name.take() else { return Ok(()) };
        fs::rename(&name, target).map_err(|source| failed(Some(name), source))
    }

    /// Cuts it behind its last whole line and gives it a name beside the target's that nothing has. `None`: it is empty.
    pub(crate) fn keep_partial(mut self, target: &Path) -> Result<Option<PathBuf>, OutFileError> {
        let whole = last_line_end(&mut self.file).unwrap_or(0);
        if whole == 0 {
            return Ok(None);
        }
        // A file that cannot be cut has half a line more.
        let _ = self.file.set_len(whole);
        let give = |name: &Path| match &self.name {
            None => self.link(name),
            Some(from) => Ok(renameat_with(CWD, from, CWD, name, RenameFlags::NOREPLACE)?),
        };
        match first_free(target, partial_name, give) {
            Ok(name) => {
                self.name = None;
                Ok(Some(name))
            }
            Err(source) => {
                let kept = self.name.take();
                Err(OutFileError::Rename {
                    target: target.with_file_name(partial_name(name_of(target), 0)),
                    kept,
                    source,
                })
            }
        }
    }

    /// Gives a nameless file a name that nothing has.
    fn link(&self, name: &Path) -> io::Result<()> {
        let own = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        Ok(linkat(CWD, own, CWD, name, AtFlags::SYMLINK_FOLLOW)?)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            // Nothing more can be done about it.
            let _ = fs::remove_file(name);
        }
    }
}

/// A file in the target's folder that has no name.
fn nameless(target: &Path, mode: u32) -> io::Result<File> {
    // Without it the file could never get one.
    fs::metadata("/proc/self/fd")?;
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).mode(mode).open(folder)
}

/// A file with a temporary name in the target's folder.
fn temporary(target: &Path, mode: u32) -> io::Result<(File, Option<PathBuf>)> {
    let mut file = None;
    let name = first_free(target, temporary_name, |name| {
        // create_new is O_EXCL, which does not follow links either.
        let opened = OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(name)?;
        file = Some(opened);
        Ok(())
    })?;
    let file = file.ok_or(io::ErrorKind::NotFound)?;
    Ok((file, Some(name)))
}

/// Tries names beside the target until `take` does not find its name in use.
fn first_free(
    target: &Path,
    name: fn(&OsStr, u32) -> OsString,
    mut take: impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<PathBuf> {
    for attempt in 0..ATTEMPTS {
        let path = target.with_file_name(name(name_of(target), attempt));
        match take(&path) {
            Ok(()) => return Ok(path),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn name_of(target: &Path) -> &OsStr {
    target.file_name().unwrap_or_default()
}

/// Hidden, and told from other files by its end.
fn temporary_name(target: &OsStr, attempt: u32) -> OsString {
    let mut name = OsString::from(".");
    name.push(shortened(target));
    name.push(format!(".{}-{attempt}.tmp", std::process::id()));
    name
}

/// `out.partial`, `out.partial.1`...
fn partial_name(target: &OsStr, attempt: u32) -> OsString {
    let mut name = shortened(target).to_owned();
    name.push(".partial");
    if attempt > 0 {
        name.push(format!(".{attempt}"));
    }
    name
}

/// So much of a name that there is room for more.
fn shortened(name: &OsStr) -> &OsStr {
    const SHOWN: usize = 200;
    let bytes = name.as_bytes();
    OsStr::from_bytes(&bytes[..bytes.len().min(SHOWN)])
}

/// Where the last whole line ends.
fn last_line_end(file: &mut File) -> io::Result<u64> {
    let len = file.metadata()?.len();
    let from = len.saturating_sub(LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(LINE).read_to_end(&mut tail)?;
    Ok(tail.iter().rposition(|b| *b == b'\n').map_or(from, |at| from + at as u64 + 1))
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    fn entries(dir: &Path) -> usize {
        fs::read_dir(dir).unwrap().count()
    }

    /// A file with a temporary name, as on filesystems without nameless ones.
    fn named(target: &Path) -> Pending {
        let (file, name) = temporary(target, 0o666).unwrap();
        Pending { file, name, replaces: false }
    }

    #[test]
    fn it_has_no_name_until_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        let (pending, mut file) = Pending::create(&target, None).unwrap();
        file.write_all(b"rows").unwrap();
        assert!(pending.name.is_none(), "no nameless files on {dir:?}");
        assert_eq!(entries(dir.path()), 0);
        pending.commit(&target).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "rows");
        assert_eq!(entries(dir.path()), 1);
    }

    #[test]
    fn where_every_file_has_a_name_it_is_a_temporary_one() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        let pending = named(&target);
        (&pending.file).write_all(b"rows").unwrap();
        assert_eq!(entries(dir.path()), 1);
        pending.commit(&target).unwrap();
        assert_eq!((fs::read_to_string(&target).unwrap().as_str(), entries(dir.path())), ("rows", 1));
        drop(named(&target));
        assert_eq!(entries(dir.path()), 1);
    }

    #[test]
    fn what_came_meanwhile_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        let (pending, mut file) = Pending::create(&target, None).unwrap();
        file.write_all(b"ours").unwrap();
        fs::write(&target, "theirs").unwrap();
        pending.commit(&target).unwrap();
        assert_eq!((fs::read_to_string(&target).unwrap().as_str(), entries(dir.path())), ("ours", 1));
    }

    #[test]
    fn a_guessed_temporary_name_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let (target, victim) = (dir.path().join("out"), dir.path().join("victim"));
        fs::write(&victim, "precious").unwrap();
        for attempt in 0..2 {
            symlink(&victim, dir.path().join(temporary_name(OsStr::new("out"), attempt))).unwrap();
        }
        let pending = named(&target);
        (&pending.file).write_all(b"rows").unwrap();
        pending.commit(&target).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::read_to_string(&target).unwrap(), "rows");
    }

    #[test]
    fn a_part_is_whole_lines_and_replaces_nothing() {
        let check = |make: fn(&Path) -> Pending, written: &str, kept: Option<&str>| {
            let dir = tempfile::tempdir().unwrap();
            let target = dir.path().join("out");
            fs::write(dir.path().join("out.partial"), "of another run").unwrap();
            let pending = make(&target);
            (&pending.file).write_all(written.as_bytes()).unwrap();
            let part = pending.keep_partial(&target).unwrap();
            assert_eq!(part, kept.map(|_| dir.path().join("out.partial.1")));
            assert_eq!(part.map(|p| fs::read_to_string(p).unwrap()).as_deref(), kept);
            assert_eq!(entries(dir.path()), 1 + usize::from(kept.is_some()));
            assert_eq!(fs::read_to_string(dir.path().join("out.partial")).unwrap(), "of another run");
        };
        for make in [named, |target: &Path| Pending::create(target, None).unwrap().0] {
            check(make, "one\ntwo\nthr", Some("one\ntwo\n"));
            check(make, "one\n", Some("one\n"));
            check(make, "on", None);
            check(make, "", None);
        }
    }

    #[test]
    fn long_files_are_cut_at_a_line_too() {
        let mut file = tempfile::tempfile().unwrap();
        let line = "x".repeat(99) + "\n";
        for _ in 0..30_000 {
            file.write_all(line.as_bytes()).unwrap();
        }
        file.write_all(b"rest").unwrap();
        assert_eq!(last_line_end(&mut file).unwrap(), 3_000_000);
    }
}
