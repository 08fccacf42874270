//! A table read by columns: only those that are asked for, only the row groups that can hold what is looked for, decoded on
//! other threads while the rows before are looked at.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;

use crate::Error;
use crate::column::{Column, ColumnDef, Kind};

/// What stands in one column of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell<'a> {
    /// Nothing.
    Absent,
    /// A number; larger than any of these, an unsigned one is negative here.
    Int(i64),
    /// UTF-8.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Of columns of numbers.
    Int(i64),
    /// Of columns of text.
    Text(Vec<u8>),
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Compare {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A condition that rows must meet. Absent values meet none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Index of the column.
    pub column: usize,
    /// How its value is compared.
    pub compare: Compare,
    /// With what.
    pub value: Value,
}

impl Compare {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Compare::Equal => order.is_eq(),
            Compare::Less => order.is_lt(),
            Compare::LessOrEqual => order.is_le(),
            Compare::Greater => order.is_gt(),
            Compare::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Condition {
    fn holds(&self, cell: Cell<'_>) -> bool {
        match (cell, &self.value) {
            (Cell::Int(a), Value::Int(b)) => self.compare.holds(a.cmp(b)),
            (Cell::Text(a), Value::Text(b)) => self.compare.holds(a.cmp(b)),
            _ => false,
        }
    }

    /// A row group may hold such a row.
    fn is_possible(&self, group: &RowGroupMetaData, def: &ColumnDef) -> bool {
        let Some(Some(bounds)) = group.columns().get(self.column).map(|c| c.statistics()) else {
            return true;
        };
        let between = |low: std::cmp::Ordering, high: std::cmp::Ordering| match self.compare {
            // low and high: how the bounds compare with the value.
            Compare::Equal => low.is_le() && high.is_ge(),
            Compare::Less => low.is_lt(),
            Compare::LessOrEqual => low.is_le(),
            Compare::Greater => high.is_gt(),
            Compare::GreaterOrEqual => high.is_ge(),
        };
        match (bounds, &self.value) {
            // Unsigned bounds are ordered otherwise than the numbers that they are taken for here.
            _ if matches!(def.kind, Kind::U64) => true,
            (Statistics::Int64(s), Value::Int(v)) => match (s.min_opt(), s.max_opt()) {
                (Some(min), Some(max)) => between(min.cmp(v), max.cmp(v)),
                _ => true,
            },
            (Statistics::Int32(s), Value::Int(v)) => match (s.min_opt(), s.max_opt()) {
                (Some(min), Some(max)) => {
                    let wide = |n: &i32| match def.kind {
                        Kind::U32 => i64::from(n.cast_unsigned()),
                        _ => i64::from(*n),
                    };
                    between(wide(min).cmp(v), wide(max).cmp(v))
                }
                _ => true,
            },
            (Statistics::ByteArray(s), Value::Text(v)) => match (s.min_opt(), s.max_opt()) {
                (Some(min), Some(max)) => between(min.data().cmp(v), max.data().cmp(v)),
                _ => true,
            },
            _ => true,
        }
    }
}

/// Rows of one row group that meet the conditions.
#[derive(Debug)]
pub struct Chunk {
    /// By index of the column; those that were not asked for have nothing.
    columns: Vec<Option<Loaded>>,
    selected: Option<Vec<u32>>,
    rows: usize,
    first: u64,
}

impl Chunk {
    /// How many rows meet the conditions.
    pub fn len(&self) -> usize {
        self.selected.as_ref().map_or(self.rows, Vec::len)
    }

    /// None does.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn row(&self, at: usize) -> usize {
        self.selected.as_ref().map_or(at, |s| s[at] as usize)
    }

    /// The number of the row in the table.
    pub fn number(&self, at: usize) -> u64 {
        self.first + self.row(at) as u64
    }

    /// A column of the row that is `at` in those that meet the conditions.
    #[inline]
    pub fn cell(&self, at: usize, column: usize) -> Cell<'_> {
        match self.columns.get(column) {
            Some(Some(loaded)) => loaded.cell(self.row(at)),
            _ => Cell::Absent,
        }
    }
}

/// A column of a whole row group.
#[derive(Debug)]
struct Loaded {
    column: Column,
    kind: Kind,
    /// The place of each row's value, where some have none.
    places: Option<Vec<u32>>,
}

const NO_PLACE: u32 = u32::MAX;

impl Loaded {
    fn new(column: Column, kind: Kind) -> Loaded {
        let places = column.places(NO_PLACE);
        Loaded { column, kind, places }
    }

    #[inline]
    fn cell(&self, row: usize) -> Cell<'_> {
        let at = match &self.places {
            None => row,
            Some(places) => match places.get(row) {
                Some(&at) if at != NO_PLACE => at as usize,
                _ => return Cell::Absent,
            },
        };
        self.column.cell(at, self.kind)
    }
}

/// A table on disk.
#[derive(Debug, Clone)]
pub struct Table {
    path: PathBuf,
    /// Its columns.
    pub columns: &'static [ColumnDef],
    /// Its rows.
    pub rows: u64,
}

impl Table {
    /// Opens it.
    pub fn open(path: &Path, columns: &'static [ColumnDef]) -> Result<Table, Error> {
        let file = open(path)?;
        let schema = file.metadata().file_metadata().schema_descr();
        let names = || schema.columns().iter().map(|c| c.name());
        // Columns are only ever added at the end: an older recording has fewer of them.
        if !names().zip(columns).all(|(name, def)| name == def.name) {
            return Err(Error::Damaged(path.to_owned(), "its columns are not those of a recording".into()));
        }
        let columns = columns.get(..names().count()).unwrap_or(columns);
        let rows = file.metadata().file_metadata().num_rows().unsigned_abs();
        Ok(Table { path: path.to_owned(), columns, rows })
    }

    /// Reads these columns of the rows that meet all conditions.
    pub fn scan(&self, wanted: &[usize], conditions: Vec<Condition>) -> Result<Scan, Error> {
        let file = open(&self.path)?;
        let mut groups = Vec::new();
        let mut first = 0;
        for (at, group) in file.metadata().row_groups().iter().enumerate() {
            let rows = group.num_rows().unsigned_abs();
            if conditions.iter().all(|c| c.is_possible(group, &self.columns[c.column])) {
                groups.push((at, first));
            }
            first += rows;
        }
        let workers =
            std::thread::available_parallelism().map_or(1, usize::from).clamp(1, 4).min(groups.len());
        let stop = Arc::new(AtomicBool::new(false));
        let mut results = Vec::new();
        for worker in 0..workers {
            let mine: Vec<(usize, u64)> = groups.iter().copied().skip(worker).step_by(workers).collect();
            let (send, receive) = sync_channel(1);
            let task = Work {
                // Files are not shared: a reader moves their position.
                file: open(&self.path)?,
                path: self.path.clone(),
                columns: self.columns,
                wanted: wanted.to_vec(),
                conditions: conditions.clone(),
            };
            let stop = stop.clone();
            std::thread::Builder::new()
                .name("scan".into())
                .spawn(move || {
                    for (group, first) in mine {
                        if stop.load(Ordering::Relaxed) || send.send(task.load(group, first)).is_err() {
                            return;
                        }
                    }
                })
                .map_err(Error::io(&self.path))?;
            results.push(receive);
        }
        Ok(Scan { results, next: 0, stop })
    }
}

fn open(path: &Path) -> Result<SerializedFileReader<std::fs::File>, Error> {
    let file = std::fs::File::open(path).map_err(Error::io(path))?;
    SerializedFileReader::new(file).map_err(Error::parquet(path))
}

struct Work {
    file: SerializedFileReader<std::fs::File>,
    path: PathBuf,
    columns: &'static [ColumnDef],
    wanted: Vec<usize>,
    conditions: Vec<Condition>,
}

impl Work {
    fn load(&self, group: usize, first: u64) -> Result<Chunk, Error> {
        self.try_load(group, first).map_err(Error::parquet(&self.path))
    }

    fn try_load(&self, group: usize, first: u64) -> parquet::errors::Result<Chunk> {
        let group = self.file.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let mut columns: Vec<Option<Loaded>> = self.columns.iter().map(|_| None).collect();
        let load = |columns: &mut Vec<Option<Loaded>>, at: usize| -> parquet::errors::Result<()> {
            let def = &self.columns[at];
            if columns[at].is_none() {
                let mut reader = group.get_column_reader(at)?;
                let column = Column::read(&mut reader, rows, def.optional)?;
                columns[at] = Some(Loaded::new(column, def.kind));
            }
            Ok(())
        };
        let mut selected: Option<Vec<u32>> = None;
        for condition in &self.conditions {
            load(&mut columns, condition.column)?;
            let Some(loaded) = &columns[condition.column] else { continue };
            let holds = |row: &u32| condition.holds(loaded.cell(*row as usize));
            selected = Some(match selected {
                None => (0..u32::try_from(rows).unwrap_or(u32::MAX)).filter(holds).collect(),
                Some(rows) => rows.into_iter().filter(holds).collect(),
            });
        }
        if selected.as_ref().is_none_or(|s| !s.is_empty()) {
            for at in &self.wanted {
                load(&mut columns, *at)?;
            }
        }
        Ok(Chunk { columns, selected, rows, first })
    }
}

/// Row groups as they come, in their order.
#[derive(Debug)]
pub struct Scan {
    results: Vec<Receiver<Result<Chunk, Error>>>,
    next: usize,
    stop: Arc<AtomicBool>,
}

impl Scan {
    /// The next row group that may have rows. An error ends it.
    pub fn next_chunk(&mut self) -> Option<Result<Chunk, Error>> {
        let from = self.results.get(self.next)?;
        let chunk = from.recv().ok();
        match &chunk {
            Some(Ok(_)) => self.next = (self.next + 1) % self.results.len(),
            _ => self.results.clear(),
        }
        chunk
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
