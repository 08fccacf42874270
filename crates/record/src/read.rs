//! From tables back to what happened.

use std::fs::File;
use std::path::Path;

use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader, SerializedFileReader};
use syscope_event::Decoder;

use crate::Error;
use crate::column::Column;
use crate::convert::Places;
use crate::events::{RECORD, Records};
use crate::spool::{Each, Piece};

/// Rows that are in memory at once.
const ROWS: usize = 1 << 13;

/// Some columns of a table, a few thousand rows at a time.
pub(crate) struct Reader {
    file: SerializedFileReader<File>,
    path: std::path::PathBuf,
    /// Index in the file, and whether a value may be absent.
    columns: Vec<(usize, bool)>,
    group: usize,
    open: Vec<ColumnReader>,
    left: usize,
}

impl Reader {
    pub(crate) fn open(path: &Path, names: &[&str]) -> Result<Reader, Error> {
        let file = File::open(path).map_err(Error::io(path))?;
        let file = SerializedFileReader::new(file).map_err(Error::parquet(path))?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let column = |name: &&str| {
            let at = schema.columns().iter().position(|c| c.name() == *name);
            at.map(|at| (at, schema.column(at).max_def_level() > 0))
                .ok_or_else(|| Error::Damaged(path.to_owned(), format!("it has no column {name}")))
        };
        let columns = names.iter().map(column).collect::<Result<_, _>>()?;
        Ok(Reader { file, path: path.to_owned(), columns, group: 0, open: Vec::new(), left: 0 })
    }

    /// The next rows, and how many they are.
    pub(crate) fn next(&mut self) -> Result<Option<(Vec<Column>, usize)>, Error> {
        self.try_next().map_err(Error::parquet(&self.path))
    }

    fn try_next(&mut self) -> parquet::errors::Result<Option<(Vec<Column>, usize)>> {
        while self.left == 0 {
            if self.group >= self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.group)?;
            self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            self.open =
                self.columns.iter().map(|(at, _)| group.get_column_reader(*at)).collect::<Result<_, _>>()?;
            self.group += 1;
        }
        let rows = self.left.min(ROWS);
        self.left -= rows;
        let read = self.open.iter_mut().zip(&self.columns);
        let columns = read
            .map(|(from, (_, optional))| Column::read(from, rows, *optional))
            .collect::<Result<_, _>>()?;
        Ok(Some((columns, rows)))
    }
}

/// Decodes all records, in the order in which they came. The result is how many calls there were.
pub(crate) fn replay(places: &Places, decoder: &mut Decoder, each: &mut Each<'_>) -> Result<(), Error> {
    let damaged = |path: &Path, what: &str| Error::Damaged(path.to_owned(), what.to_owned());
    let mut others = Others::open(&places.records)?;
    let mut calls = Reader::open(&places.events, &RECORD)?;
    let (mut enter, mut call) = (Vec::new(), Vec::new());
    let mut done = 0;
    while let Some((columns, rows)) = calls.next()? {
        let mut records = Records::of(&columns);
        for _ in 0..rows {
            let place = records
                .next(&mut enter, &mut call)
                .ok_or_else(|| damaged(&places.events, "a row lacks what it cannot be without"))?;
            if !others.until(place.record, done, decoder, each)? {
                return Ok(());
            }
            let unreadable = |e: syscope_wire::WireError| damaged(&places.events, &e.to_string());
            if !enter.is_empty() {
                decoder.decode(&enter).map_err(unreadable)?;
            }
            decoder.set_seq(place.seq);
            let item = decoder.decode(&call).map_err(unreadable)?;
            if !each(&Piece { record: &call, item: item.as_ref(), done })? {
                return Ok(());
            }
            done += 1;
        }
    }
    others.until(u64::MAX, done, decoder, each)?;
    Ok(())
}

/// Records that are no calls, one after the other.
struct Others {
    reader: Reader,
    path: std::path::PathBuf,
    chunk: std::vec::IntoIter<(u64, Vec<u8>)>,
    next: Option<(u64, Vec<u8>)>,
}

impl Others {
    fn open(path: &Path) -> Result<Others, Error> {
        let reader = Reader::open(path, &["record", "bytes"])?;
        let mut others = Others { reader, path: path.to_owned(), chunk: Vec::new().into_iter(), next: None };
        others.advance()?;
        Ok(others)
    }

    fn advance(&mut self) -> Result<(), Error> {
        self.next = self.chunk.next();
        while self.next.is_none() {
            let Some((columns, rows)) = self.reader.next()? else { break };
            let [record, bytes] = &columns[..] else { break };
            let (mut record, mut bytes) = (record.cursor(), bytes.cursor());
            let rows: Vec<_> =
                (0..rows).map_while(|_| Some((record.u64()?, bytes.bytes()?.to_vec()))).collect();
            self.chunk = rows.into_iter();
            self.next = self.chunk.next();
        }
        Ok(())
    }

    /// Decodes those before a place. False: no more is wanted.
    fn until(
        &mut self,
        place: u64,
        done: u64,
        decoder: &mut Decoder,
        each: &mut Each<'_>,
    ) -> Result<bool, Error> {
        while let Some((at, record)) = self.next.take() {
            if at >= place {
                self.next = Some((at, record));
                return Ok(true);
            }
            let item =
                decoder.decode(&record).map_err(|e| Error::Damaged(self.path.clone(), e.to_string()))?;
            if !each(&Piece { record: &record, item: item.as_ref(), done })? {
                return Ok(false);
            }
            self.advance()?;
        }
        Ok(true)
    }
}
