//! A Parquet file on its way: row groups come encoded or as columns, and it has its name only when it is complete.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;

use crate::Error;
use crate::column::{Column, ColumnDef, encode, properties, schema};

/// Key of our metadata in the footer.
pub(crate) const FOOTER: &str = "syscope";

/// How the rows of a table become bytes.
#[derive(Clone)]
pub(crate) struct Encoder {
    schema: TypePtr,
    properties: Arc<WriterProperties>,
}

/// A row group in memory.
pub(crate) struct Group(Bytes, ParquetMetaData);

impl Encoder {
    pub(crate) fn new(name: &str, columns: &[ColumnDef]) -> parquet::errors::Result<Encoder> {
        let properties = Arc::new(properties(columns)?.build());
        Ok(Encoder { schema: schema(name, columns)?, properties })
    }

    pub(crate) fn encode(&self, columns: &mut [Column]) -> parquet::errors::Result<Group> {
        let (bytes, metadata) = encode(&self.schema, &self.properties, columns)?;
        Ok(Group(bytes, metadata))
    }
}

/// The file.
pub(crate) struct TableFile {
    path: PathBuf,
    pending: PathBuf,
    file: SerializedFileWriter<BufWriter<File>>,
}

impl TableFile {
    pub(crate) fn create(path: &Path, encoder: &Encoder) -> Result<TableFile, Error> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        let pending = path.with_file_name(name);
        // Of a run that was killed while it wrote it.
        match std::fs::remove_file(&pending) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::Io(pending, error)),
            _ => {}
        }
        let file =
            File::options().write(true).create_new(true).open(&pending).map_err(Error::io(&pending))?;
        let file = BufWriter::with_capacity(1 << 20, file);
        let file = SerializedFileWriter::new(file, encoder.schema.clone(), encoder.properties.clone())
            .map_err(|e| as_io(path, e))?;
        Ok(TableFile { path: path.to_owned(), pending, file })
    }

    pub(crate) fn append(&mut self, group: &Group) -> Result<(), Error> {
        self.try_append(group).map_err(|e| as_io(&self.path, e))
    }

    fn try_append(&mut self, Group(bytes, metadata): &Group) -> parquet::errors::Result<()> {
        for group in metadata.row_groups() {
            let mut to = self.file.next_row_group()?;
            for column in group.columns() {
                let close = ColumnCloseResult {
                    bytes_written: column.compressed_size().unsigned_abs(),
                    rows_written: group.num_rows().unsigned_abs(),
                    metadata: column.clone(),
                    bloom_filter: None,
                    column_index: None,
                    offset_index: None,
                };
                to.append_column(bytes, close)?;
            }
            to.close()?;
        }
        Ok(())
    }

    /// Writes the footer and gives the file its name.
    pub(crate) fn finish(mut self, meta: &str) -> Result<(), Error> {
        self.file.append_key_value_metadata(KeyValue::new(FOOTER.to_owned(), meta.to_owned()));
        let mut done = || -> parquet::errors::Result<()> {
            self.file.finish()?;
            self.file.inner().get_ref().sync_all()?;
            Ok(())
        };
        done().map_err(|e| as_io(&self.path, e))?;
        std::fs::rename(&self.pending, &self.path).map_err(Error::io(&self.path))
    }
}

/// Errors of the system come wrapped.
pub(crate) fn as_io(path: &Path, error: parquet::errors::ParquetError) -> Error {
    match error {
        parquet::errors::ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => Error::Io(path.to_owned(), *error),
            Err(other) => Error::Io(path.to_owned(), io::Error::other(other)),
        },
        other => Error::Io(path.to_owned(), io::Error::other(other)),
    }
}
