//! A recording on disk.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use syscope_event::{Decoder, Item};

use crate::convert::{FILES, LOSSES, Places, TABLES, TASKS, convert};
use crate::events;
use crate::meta::{Ending, Meta, SCHEMA};
use crate::recorder::{lock, write_meta};
use crate::scan::Table;
use crate::spool::{self, Each};
use crate::{Error, Progress, read};

pub(crate) const META: &str = "recording.json";
pub(crate) const SPOOL: &str = "spool";

/// Takes what is replayed.
pub type Replayed<'a> = dyn FnMut(&[u8], Option<&Item<'_>>) -> ControlFlow<()> + 'a;

/// Tables that a recording has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableName {
    /// Calls.
    Events,
    /// Tasks, each time something about one changed.
    Tasks,
    /// What descriptors named.
    Files,
    /// What is missing.
    Losses,
}

/// A recording that can be read.
#[derive(Debug)]
pub struct Recording {
    dir: PathBuf,
    meta: Meta,
    ending: Ending,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Tables(Places),
    /// It could not be finished: for want of space, or of the right to write.
    Spool(Vec<PathBuf>),
}

impl Recording {
    /// Opens it, and finishes it first if whoever made it could not.
    pub fn open(dir: &Path, progress: Progress<'_>) -> Result<Recording, Error> {
        let mut meta = read_meta(dir)?;
        let mut source = Source::Tables(Places::of(dir));
        if meta.ending.is_none() {
            match lock(dir).and_then(|_held| finish(dir, &meta, progress)) {
                Ok(ending) => meta.ending = Some(ending),
                Err(Error::Io(_, error)) if cannot_write(&error) => {
                    source = Source::Spool(spool::pieces(&dir.join(SPOOL))?);
                }
                Err(error) => return Err(error),
            }
        }
        let ending = match (&meta.ending, &source) {
            (Some(ending), _) => ending.clone(),
            (None, Source::Spool(pieces)) => look(pieces, &meta)?,
            (None, Source::Tables(_)) => Ending::default(),
        };
        Ok(Recording { dir: dir.to_owned(), meta, ending, source })
    }

    /// Where, when and how it was made.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// How it ended.
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its tables could be made: its rows are where SQL finds them.
    pub fn is_finished(&self) -> bool {
        matches!(self.source, Source::Tables(_))
    }

    /// One of its tables. None: they could not be made.
    pub fn table(&self, name: TableName) -> Result<Option<Table>, Error> {
        let Source::Tables(places) = &self.source else { return Ok(None) };
        let (path, columns) = match name {
            TableName::Events => (&places.events, events::COLUMNS),
            TableName::Tasks => (&places.tasks, TASKS),
            TableName::Files => (&places.files, FILES),
            TableName::Losses => (&places.losses, LOSSES),
        };
        Table::open(path, columns).map(Some)
    }

    /// The files that it consists of, with their sizes.
    pub fn files(&self) -> Vec<(PathBuf, u64)> {
        let paths = match &self.source {
            Source::Spool(pieces) => pieces.clone(),
            Source::Tables(p) => {
                [&p.events, &p.records, &p.files, &p.tasks, &p.losses].into_iter().cloned().collect()
            }
        };
        let size = |path: PathBuf| fs::metadata(&path).ok().map(|m| (path, m.len()));
        paths.into_iter().filter_map(size).collect()
    }

    /// Yields everything in the order in which a live run yielded it: the bytes of a record, and what it became.
    pub fn replay(&self, each: &mut Replayed<'_>) -> Result<(), Error> {
        let mut decoder = Decoder::new();
        decoder.set_samples(self.meta.samples.iter().copied());
        let each: &mut Each<'_> = &mut |piece| Ok(each(piece.record, piece.item).is_continue());
        match &self.source {
            Source::Tables(places) => read::replay(places, &mut decoder, each),
            Source::Spool(pieces) => spool::read(pieces, &mut decoder, each).map(|_| ()),
        }
    }
}

/// Makes the tables of a directory that has a spool, and removes that. Whoever calls has its lock.
pub(crate) fn finish(dir: &Path, meta: &Meta, progress: Progress<'_>) -> Result<Ending, Error> {
    let spool = dir.join(SPOOL);
    let pieces = spool::pieces(&spool)?;
    let tables = dir.join(TABLES);
    match fs::create_dir(&tables) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(Error::Io(tables, e)),
        _ => {}
    }
    let ending = convert(&pieces, &Places::of(dir), meta, progress)?;
    write_meta(dir, &Meta { ending: Some(ending.clone()), ..meta.clone() })?;
    // It is not needed any more; what is left of it does no harm.
    pieces.iter().for_each(|piece| drop(fs::remove_file(piece)));
    drop(fs::remove_dir(&spool));
    Ok(ending)
}

fn cannot_write(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | ReadOnlyFilesystem | PermissionDenied | QuotaExceeded)
}

/// What the tables would say of a spool.
fn look(pieces: &[PathBuf], meta: &Meta) -> Result<Ending, Error> {
    let mut decoder = Decoder::new();
    decoder.set_samples(meta.samples.iter().copied());
    let mut rows = Ending::default();
    let found = spool::read(pieces, &mut decoder, &mut |piece| {
        if let Some(Item::Call(event)) = piece.item {
            rows.add(event);
        }
        Ok(true)
    })?;
    Ok(Ending::of_spool(rows, &found))
}

fn read_meta(dir: &Path) -> Result<Meta, Error> {
    let path = dir.join(META);
    let not_one = |why: &str| Error::NotOne(dir.to_owned(), why.to_owned());
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound && dir.is_dir() => {
            return Err(not_one("there is no recording.json in it"));
        }
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => return Err(not_one("it is a file")),
        Err(e) => return Err(Error::Io(if dir.exists() { path } else { dir.to_owned() }, e)),
    };
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|e| not_one(&format!("its recording.json: {e}")))?;
    let schema = value.get("schema").and_then(serde_json::Value::as_u64);
    let schema = schema.ok_or_else(|| not_one("its recording.json has no schema"))?;
    let newer = |n: u64| Error::Newer(dir.to_owned(), u32::try_from(n).unwrap_or(u32::MAX), SCHEMA);
    if schema > u64::from(SCHEMA) {
        return Err(newer(schema));
    }
    serde_json::from_value(value).map_err(|e| not_one(&format!("its recording.json: {e}")))
}
