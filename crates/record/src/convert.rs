//! From the spool to tables: at the end of a run, or later if it had none.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use syscope_event::args::Style;
use syscope_event::{Decoder, File, FileKind, Item, Task};
use syscope_wire::{Header, Record};

use crate::Error;
use crate::column::{Column, ColumnDef, Kind, Put, Store};
use crate::events::{self, Batch};
use crate::meta::{Ending, Meta};
use crate::spool::{self, Piece};
use crate::table::{Encoder, Group, TableFile, as_io};

use Kind::{Bool, Bytes, I32, I64, Text, U32, U64};
use Store::{Delta, Dictionary, Plain};

/// Tasks, each time something about one changed.
pub const TASKS: &[ColumnDef] = &[
    ColumnDef::new("task_id", U64, Dictionary),
    ColumnDef::new("time_ns", I64, Delta),
    ColumnDef::new("pid", I32, Dictionary),
    ColumnDef::new("tid", I32, Dictionary),
    ColumnDef::new("ns_tid", I32, Dictionary),
    ColumnDef::new("ppid", I32, Dictionary),
    ColumnDef::new("uid", U32, Dictionary),
    ColumnDef::new("comm", Text, Dictionary),
    ColumnDef::new("cgroup", Text, Dictionary).optional(),
    ColumnDef::new("start_ns", I64, Delta),
];

/// What descriptors named.
pub const FILES: &[ColumnDef] = &[
    ColumnDef::new("file_id", U64, Delta),
    ColumnDef::new("time_ns", I64, Delta),
    ColumnDef::new("kind", Text, Dictionary),
    ColumnDef::new("name", Text, Dictionary),
    ColumnDef::new("detail", Text, Dictionary).optional(),
    ColumnDef::new("ino", U64, Plain),
    ColumnDef::new("dev_major", U32, Dictionary),
    ColumnDef::new("dev_minor", U32, Dictionary),
    ColumnDef::new("rdev_major", U32, Dictionary),
    ColumnDef::new("rdev_minor", U32, Dictionary),
    ColumnDef::new("mode", U32, Dictionary),
    ColumnDef::new("mnt_id", U64, Dictionary),
    ColumnDef::new("deleted", Bool, Plain),
    ColumnDef::new("partial", Bool, Plain),
    ColumnDef::new("outside_root", Bool, Plain),
    ColumnDef::new("root", Text, Dictionary).optional(),
    // Where the name is no UTF-8.
    ColumnDef::new("name_bytes", Bytes, Dictionary).optional(),
];

/// What is missing.
pub const LOSSES: &[ColumnDef] = &[
    ColumnDef::new("kind", Text, Dictionary),
    ColumnDef::new("syscall", Text, Dictionary).optional(),
    ColumnDef::new("count", I64, Plain),
];

/// Records that are no calls, as they came: for replays.
pub(crate) const RECORDS: &[ColumnDef] = &[
    ColumnDef::new("record", I64, Delta),
    ColumnDef::new("kind", U32, Dictionary),
    ColumnDef::new("bytes", Bytes, Plain),
];

/// Rows of a small table that wait for their row group.
const SMALL: usize = 1 << 16;
const SMALL_BYTES: usize = 16 << 20;

/// Where the tables are.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) events: PathBuf,
    pub(crate) tasks: PathBuf,
    pub(crate) files: PathBuf,
    pub(crate) losses: PathBuf,
    pub(crate) records: PathBuf,
}

impl Places {
    pub(crate) fn of(dir: &Path) -> Places {
        // Beside each other, all files of a folder would be taken for one table.
        let other = |name: &str| dir.join(TABLES).join(name);
        Places {
            events: dir.join("events.parquet"),
            tasks: other("tasks.parquet"),
            files: other("files.parquet"),
            losses: other("losses.parquet"),
            records: other("records.parquet"),
        }
    }
}

pub(crate) const TABLES: &str = "tables";

/// Makes the tables. `progress` gets what is done, and of how much. The result is how it ended.
pub(crate) fn convert(
    pieces: &[PathBuf],
    places: &Places,
    meta: &Meta,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Ending, Error> {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(4);
    let encoder = Encoder::new("events", events::COLUMNS).map_err(|e| as_io(&places.events, e))?;
    thread::scope(|scope| {
        let mut pool = Pool { jobs: Vec::new(), next: 0, results: VecDeque::new() };
        for _ in 0..workers {
            let (jobs, todo) = sync_channel::<(Batch, SyncSender<Encoded>)>(0);
            let encoder = encoder.clone();
            scope.spawn(move || {
                while let Ok((mut batch, done)) = todo.recv() {
                    // Nobody waits for it any more if another one failed.
                    let _ = done.send(encoder.encode(&mut batch.columns));
                }
            });
            pool.jobs.push(jobs);
        }
        let file = TableFile::create(&places.events, &encoder)?;
        Tables::create(places, meta, file, pool)?.fill(pieces, meta, progress)
    })
}

type Encoded = parquet::errors::Result<Group>;

/// Threads that encode row groups; the results are taken in order.
struct Pool {
    jobs: Vec<SyncSender<(Batch, SyncSender<Encoded>)>>,
    next: usize,
    results: VecDeque<Receiver<Encoded>>,
}

impl Pool {
    fn submit(&mut self, batch: Batch) {
        let (done, result) = sync_channel(1);
        self.next = (self.next + 1) % self.jobs.len();
        // A thread that died leaves a result that cannot be received.
        let _ = self.jobs[self.next].send((batch, done));
        self.results.push_back(result);
    }

    /// The oldest result, if more than `waiting` are on their way.
    fn take(&mut self, waiting: usize) -> Option<Encoded> {
        if self.results.len() <= waiting {
            return None;
        }
        let died = || Err(parquet::errors::ParquetError::General("a thread died".into()));
        self.results.pop_front().map(|result| result.recv().unwrap_or_else(|_| died()))
    }
}

/// A table that is written beside.
struct Small {
    path: PathBuf,
    defs: &'static [ColumnDef],
    encoder: Encoder,
    file: TableFile,
    columns: Vec<Column>,
    rows: usize,
}

impl Small {
    fn create(path: &Path, name: &str, defs: &'static [ColumnDef]) -> Result<Small, Error> {
        let encoder = Encoder::new(name, defs).map_err(|e| as_io(path, e))?;
        let file = TableFile::create(path, &encoder)?;
        Ok(Small {
            path: path.to_owned(),
            defs,
            encoder,
            file,
            columns: defs.iter().map(Column::new).collect(),
            rows: 0,
        })
    }

    fn row(&mut self, fill: impl FnOnce(&mut Put<'_>)) -> Result<(), Error> {
        let mut put = Put::row(&mut self.columns);
        fill(&mut put);
        put.end();
        self.rows += 1;
        let is_full = self.rows >= SMALL
            || (self.rows.is_multiple_of(256)
                && self.columns.iter().map(Column::held).sum::<usize>() > SMALL_BYTES);
        if is_full { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        let group = self.encoder.encode(&mut self.columns).map_err(|e| as_io(&self.path, e))?;
        self.columns = self.defs.iter().map(Column::new).collect();
        self.rows = 0;
        self.file.append(&group)
    }

    fn finish(mut self, meta: &str) -> Result<(), Error> {
        self.flush()?;
        self.file.finish(meta)
    }
}

/// All tables of a recording.
struct Tables {
    path: PathBuf,
    events: TableFile,
    batch: Batch,
    pool: Pool,
    tasks: Small,
    files: Small,
    losses: Small,
    records: Small,
    /// Records so far.
    count: u64,
    /// What its rows say of it.
    ending: Ending,
    style: Style,
}

impl Tables {
    fn create(places: &Places, meta: &Meta, events: TableFile, pool: Pool) -> Result<Tables, Error> {
        Ok(Tables {
            path: places.events.clone(),
            events,
            batch: Batch::new(),
            pool,
            tasks: Small::create(&places.tasks, "tasks", TASKS)?,
            files: Small::create(&places.files, "files", FILES)?,
            losses: Small::create(&places.losses, "losses", LOSSES)?,
            records: Small::create(&places.records, "records", RECORDS)?,
            count: 0,
            ending: Ending::default(),
            style: Style {
                string_limit: meta.string_limit as usize,
                verbose: meta.verbose,
                ..Style::default()
            },
        })
    }

    fn fill(
        mut self,
        pieces: &[PathBuf],
        meta: &Meta,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Ending, Error> {
        let total = spool::bytes(pieces);
        let mut decoder = Decoder::new();
        decoder.set_samples(meta.samples.iter().copied());
        let mut told = 0;
        let found = spool::read(pieces, &mut decoder, &mut |piece| {
            if piece.done != told {
                told = piece.done;
                progress(told, total);
            }
            self.piece(piece).map(|()| true)
        })?;
        let last = std::mem::replace(&mut self.batch, Batch::new());
        if last.rows > 0 {
            self.pool.submit(last);
        }
        self.append(0)?;
        progress(total, total);

        let ending = Ending::of_spool(self.ending, &found);
        for (kind, syscall, n) in ending.losses() {
            self.losses.row(|put| {
                put.text(Some(kind.as_bytes()));
                put.text(syscall.map(str::as_bytes));
                put.u64(n);
            })?;
        }
        let meta = Meta { ending: Some(ending.clone()), ..meta.clone() };
        let footer = serde_json::to_string(&meta).unwrap_or_default();
        let small = [self.tasks, self.files, self.losses, self.records];
        small.into_iter().try_for_each(|table| table.finish(&footer))?;
        // The last one: with it the recording is complete.
        self.events.finish(&footer)?;
        Ok(ending)
    }

    /// Takes encoded row groups until so many are on their way.
    fn append(&mut self, waiting: usize) -> Result<(), Error> {
        while let Some(group) = self.pool.take(waiting) {
            self.events.append(&group.map_err(|e| as_io(&self.path, e))?)?;
        }
        Ok(())
    }

    fn piece(&mut self, piece: &Piece<'_>) -> Result<(), Error> {
        match piece.item {
            Some(Item::Call(event)) => {
                self.batch.push(event, &self.style, self.count);
                self.count += 1;
                self.ending.add(event);
                if self.batch.is_full() {
                    let full = std::mem::replace(&mut self.batch, Batch::new());
                    self.pool.submit(full);
                    self.append(self.pool.jobs.len())?;
                }
                return Ok(());
            }
            Some(_) => {}
            None => match Record::parse(piece.record) {
                Ok(Record::Task(task)) => self.task(&Task::from_record(&task), task.hdr.time_ns)?,
                Ok(Record::File(file)) => self.file(&File::from_record(&file), file.hdr.time_ns)?,
                // What was captured at entry goes with its call.
                _ => return Ok(()),
            },
        }
        let kind = Header::parse(piece.record).map_or(0, |hdr| hdr.kind);
        let count = self.count;
        self.count += 1;
        self.records.row(|put| {
            put.u64(count);
            put.u32(Some(kind.into()));
            put.bytes(Some(piece.record));
        })
    }

    fn task(&mut self, task: &Task, time_ns: u64) -> Result<(), Error> {
        self.tasks.row(|put| {
            put.u64(task.id);
            put.u64(time_ns);
            for n in [task.pid, task.tid, task.ns_tid, task.ppid, task.uid] {
                put.u32(Some(n));
            }
            put.text(Some(task.comm.as_bytes()));
            put.text(Some(&*task.cgroup).filter(|c| !c.is_empty()));
            put.u64(task.start_ns);
        })
    }

    fn file(&mut self, file: &File, time_ns: u64) -> Result<(), Error> {
        let kind = match &file.kind {
            FileKind::Path => "path",
            FileKind::Pipe => "pipe",
            FileKind::Socket(_) => "socket",
            FileKind::Anon => "anonymous",
            FileKind::Pseudo => "pseudo",
            FileKind::Namespace => "namespace",
        };
        let is_text = std::str::from_utf8(&file.name).is_ok();
        self.files.row(|put| {
            put.u64(file.id);
            put.u64(time_ns);
            put.text(Some(kind.as_bytes()));
            put.text(Some(&file.name));
            put.text(file.detail.as_deref());
            put.u64(file.ino);
            for n in [file.dev.0, file.dev.1, file.rdev.0, file.rdev.1, file.mode] {
                put.u32(Some(n));
            }
            put.u64(file.mnt_id);
            put.bool(file.deleted);
            put.bool(file.partial);
            put.bool(file.outside_root);
            put.text(file.root.as_deref());
            put.bytes((!is_text).then_some(&*file.name));
        })
    }
}
