//! Makes a recording.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use syscope_event::{Item, Sink, Summary};

use crate::meta::{Ending, Meta};
use crate::recording::{META, Recording, SPOOL, finish};
use crate::spool::Spool;
use crate::{Error, Progress};

/// Writes down what a run yields. A sink that takes records, not items.
#[derive(Debug)]
pub struct Recorder {
    dir: PathBuf,
    meta: Meta,
    spool: Spool,
    /// Nobody else finishes what is still being made.
    lock: OwnedFd,
    max_bytes: u64,
    last_ns: u64,
}

impl Recorder {
    /// A new directory, or one that is empty.
    pub fn create(dir: &Path, meta: Meta, max_bytes: Option<u64>) -> Result<Recorder, Error> {
        match fs::create_dir(dir) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                let is_empty = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
                if !is_empty || fs::symlink_metadata(dir).is_ok_and(|m| m.is_symlink()) {
                    return Err(Error::Exists(dir.to_owned()));
                }
            }
            done => done.map_err(Error::io(dir))?,
        }
        let lock = lock(dir)?;
        let spool = dir.join(SPOOL);
        fs::create_dir(&spool).map_err(Error::io(&spool))?;
        write_meta(dir, &meta)?;
        Ok(Recorder {
            dir: dir.to_owned(),
            meta,
            spool: Spool::create(&spool).map_err(Error::io(&spool))?,
            lock,
            max_bytes: max_bytes.unwrap_or(u64::MAX),
            last_ns: 0,
        })
    }

    /// Makes tables of it. What could be written is kept if they cannot be made.
    pub fn close(self, progress: Progress<'_>) -> Result<Recording, Error> {
        // Its thread has ended, or ends now.
        drop(self.spool);
        finish(&self.dir, &self.meta, progress)?;
        drop(self.lock);
        Recording::open(&self.dir, progress)
    }

    /// Nothing was recorded, and nothing is left of it.
    pub fn discard(self) {
        let Recorder { dir, spool, lock, .. } = self;
        drop(spool);
        let pieces = crate::spool::pieces(&dir.join(SPOOL)).unwrap_or_default();
        pieces.iter().for_each(|piece| drop(fs::remove_file(piece)));
        drop(fs::remove_dir(dir.join(SPOOL)));
        drop(fs::remove_file(dir.join(META)));
        drop(fs::remove_dir(&dir));
        drop(lock);
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Sink for Recorder {
    fn record(&mut self, bytes: &[u8], item: Option<&Item<'_>>) -> io::Result<()> {
        if let Some(Item::Call(event)) = item {
            self.last_ns = self.last_ns.max(event.end_ns);
        }
        self.spool.record(bytes, item)
    }

    fn item(&mut self, _: &Item<'_>) -> io::Result<()> {
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.spool.written() >= self.max_bytes
    }

    fn flush(&mut self) -> io::Result<()> {
        self.spool.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let ending = Ending { summary: summary.clone(), ended_boot_ns: self.last_ns, ..Ending::default() };
        self.spool.finish(serde_json::to_vec(&ending)?)
    }
}

/// Fails at once if somebody else has it.
pub(crate) fn lock(dir: &Path) -> Result<OwnedFd, Error> {
    let file = File::open(dir).map_err(Error::io(dir))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file.into()),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::InUse(dir.to_owned())),
        Err(error) => Err(Error::Io(dir.to_owned(), error.into())),
    }
}

/// Whole or not at all.
pub(crate) fn write_meta(dir: &Path, meta: &Meta) -> Result<(), Error> {
    let (path, pending) = (dir.join(META), dir.join(".recording.json.tmp"));
    let mut text = serde_json::to_vec_pretty(meta).map_err(|e| Error::Io(path.clone(), e.into()))?;
    text.push(b'\n');
    let write = || {
        let mut file = File::create(&pending)?;
        io::Write::write_all(&mut file, &text)?;
        file.sync_all()?;
        fs::rename(&pending, &path)
    };
    write().map_err(Error::io(&path))
}
