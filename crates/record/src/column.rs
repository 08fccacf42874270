//! Columns in memory, and between memory and Parquet.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use crate::scan::Cell;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 64 bits.
    U64,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 32 bits.
    U32,
    /// True or false.
    Bool,
    /// UTF-8; bytes that are none are written as `\xHH`.
    Text,
    /// Any bytes.
    Bytes,
}

/// How its values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// Few different values.
    Dictionary,
    /// As differences: values that grow.
    Delta,
    /// As they are.
    Plain,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnDef {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// A value may be absent.
    pub optional: bool,
    pub(crate) store: Store,
}

impl ColumnDef {
    pub(crate) const fn new(name: &'static str, kind: Kind, store: Store) -> ColumnDef {
        ColumnDef { name, kind, optional: false, store }
    }

    pub(crate) const fn optional(mut self) -> ColumnDef {
        self.optional = true;
        self
    }

    fn parquet_type(&self) -> Result<Type> {
        let int = |bit_width| Some(LogicalType::integer(bit_width, false));
        let (physical, logical) = match self.kind {
            Kind::I64 => (Physical::INT64, None),
            Kind::U64 => (Physical::INT64, int(64)),
            Kind::I32 => (Physical::INT32, None),
            Kind::U32 => (Physical::INT32, int(32)),
            Kind::Bool => (Physical::BOOLEAN, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Bytes => (Physical::BYTE_ARRAY, None),
        };
        let repetition = if self.optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        Type::primitive_type_builder(self.name, physical)
            .with_logical_type(logical)
            .with_repetition(repetition)
            .build()
    }
}

pub(crate) fn schema(name: &str, columns: &[ColumnDef]) -> Result<TypePtr> {
    let fields = columns.iter().map(|c| c.parquet_type().map(Arc::new)).collect::<Result<Vec<_>>>()?;
    Type::group_type_builder(name).with_fields(fields).build().map(Arc::new)
}

pub(crate) fn properties(columns: &[ColumnDef]) -> Result<WriterPropertiesBuilder> {
    let mut builder = WriterProperties::builder()
        .set_created_by(format!("syscope {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_max_row_group_row_count(None);
    for column in columns {
        let path = ColumnPath::from(column.name);
        builder = match column.store {
            Store::Dictionary => builder.set_column_dictionary_enabled(path, true),
            Store::Delta => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            Store::Plain => builder.set_column_dictionary_enabled(path, false),
        };
        if column.kind == Kind::Bytes {
            let path = ColumnPath::from(column.name);
            builder = builder.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    Ok(builder)
}

const ZSTD_LEVEL: i32 = 3;
/// Beyond it the values themselves are stored.
const DICTIONARY_BYTES: usize = 4 << 20;

/// Values of a column; those that are absent have no place among them.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    values: Values,
    /// 1 for each row that has a value; of columns that may lack one.
    present: Option<Vec<i16>>,
}

#[derive(Debug, Clone)]
enum Values {
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
    Bytes(Vec<u8>, Vec<(u32, u32)>),
    Read(Vec<ByteArray>),
}

impl Column {
    pub(crate) fn new(def: &ColumnDef) -> Column {
        let values = match def.kind {
            Kind::I64 | Kind::U64 => Values::I64(Vec::new()),
            Kind::I32 | Kind::U32 => Values::I32(Vec::new()),
            Kind::Bool => Values::Bool(Vec::new()),
            Kind::Text | Kind::Bytes => Values::Bytes(Vec::new(), Vec::new()),
        };
        Column { values, present: def.optional.then(Vec::new) }
    }

    #[inline]
    fn mark(&mut self, is_there: bool) {
        if let Some(present) = &mut self.present {
            present.push(i16::from(is_there));
        }
    }

    #[inline]
    pub(crate) fn absent(&mut self) {
        self.mark(false);
    }

    #[inline]
    pub(crate) fn i64(&mut self, value: i64) {
        self.mark(true);
        if let Values::I64(values) = &mut self.values {
            values.push(value);
        }
    }

    #[inline]
    pub(crate) fn u64(&mut self, value: u64) {
        self.i64(value.cast_signed());
    }

    #[inline]
    pub(crate) fn i32(&mut self, value: i32) {
        self.mark(true);
        if let Values::I32(values) = &mut self.values {
            values.push(value);
        }
    }

    #[inline]
    pub(crate) fn u32(&mut self, value: u32) {
        self.i32(value.cast_signed());
    }

    #[inline]
    pub(crate) fn bool(&mut self, value: bool) {
        self.mark(true);
        if let Values::Bool(values) = &mut self.values {
            values.push(value);
        }
    }

    #[inline]
    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.mark(true);
        let Values::Bytes(buffer, spans) = &mut self.values else { return };
        // What the row before has is there already.
        if let Some(&(from, to)) = spans.last()
            && buffer[from as usize..to as usize] == *value
        {
            spans.push((from, to));
            return;
        }
        let from = buffer.len();
        buffer.extend_from_slice(value);
        // A group of rows is closed long before: see FULL.
        spans
            .push((u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(buffer.len()).unwrap_or(u32::MAX)));
    }

    #[inline]
    pub(crate) fn text(&mut self, value: &[u8]) {
        match value.is_ascii() || std::str::from_utf8(value).is_ok() {
            true => self.bytes(value),
            false => self.bytes(&as_utf8(value)),
        }
    }

    /// Bytes that its values take.
    pub(crate) fn held(&self) -> usize {
        match &self.values {
            Values::I64(v) => 8 * v.len(),
            Values::I32(v) => 4 * v.len(),
            Values::Bool(v) => v.len(),
            Values::Bytes(buffer, spans) => buffer.len() + 8 * spans.len(),
            Values::Read(v) => v.len() * size_of::<ByteArray>(),
        }
    }

    fn write(&mut self, to: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let present = self.present.as_deref();
        match (to.untyped(), &mut self.values) {
            (ColumnWriter::Int64ColumnWriter(to), Values::I64(v)) => to.write_batch(v, present, None)?,
            (ColumnWriter::Int32ColumnWriter(to), Values::I32(v)) => to.write_batch(v, present, None)?,
            (ColumnWriter::BoolColumnWriter(to), Values::Bool(v)) => to.write_batch(v, present, None)?,
            (ColumnWriter::ByteArrayColumnWriter(to), Values::Bytes(buffer, spans)) => {
                let all = Bytes::from(std::mem::take(buffer));
                let slice = |&(from, to): &(u32, u32)| ByteArray::from(all.slice(from as usize..to as usize));
                let values: Vec<ByteArray> = spans.iter().map(slice).collect();
                to.write_batch(&values, present, None)?
            }
            _ => return Err(ParquetError::General("a column of another type".into())),
        };
        Ok(())
    }

    /// At most so many rows of a column chunk.
    pub(crate) fn read(from: &mut ColumnReader, rows: usize, optional: bool) -> Result<Column> {
        let mut present = optional.then(|| Vec::with_capacity(rows));
        let defs = present.as_mut();
        let values = match from {
            ColumnReader::Int64ColumnReader(r) => {
                let mut v = Vec::with_capacity(rows);
                r.read_records(rows, defs, None, &mut v)?;
                Values::I64(v)
            }
            ColumnReader::Int32ColumnReader(r) => {
                let mut v = Vec::with_capacity(rows);
                r.read_records(rows, defs, None, &mut v)?;
                Values::I32(v)
            }
            ColumnReader::BoolColumnReader(r) => {
                let mut v = Vec::with_capacity(rows);
                r.read_records(rows, defs, None, &mut v)?;
                Values::Bool(v)
            }
            ColumnReader::ByteArrayColumnReader(r) => {
                let mut v = Vec::with_capacity(rows);
                r.read_records(rows, defs, None, &mut v)?;
                Values::Read(v)
            }
            _ => return Err(ParquetError::General("a column of a type that no recording has".into())),
        };
        Ok(Column { values, present })
    }

    /// The place of each row's value, `none` for rows that have none. None: every row has one.
    pub(crate) fn places(&self, none: u32) -> Option<Vec<u32>> {
        let present = self.present.as_ref().filter(|p| p.contains(&0))?;
        let mut next = 0;
        let place = |is_there: &i16| match is_there {
            0 => none,
            _ => {
                next += 1;
                next - 1
            }
        };
        Some(present.iter().map(place).collect())
    }

    /// A value by its place.
    #[inline]
    pub(crate) fn cell(&self, at: usize, kind: Kind) -> Cell<'_> {
        let found = match &self.values {
            Values::I64(v) => v.get(at).map(|n| Cell::Int(*n)),
            Values::I32(v) if kind == Kind::U32 => v.get(at).map(|n| Cell::Int(n.cast_unsigned().into())),
            Values::I32(v) => v.get(at).map(|n| Cell::Int((*n).into())),
            Values::Bool(v) => v.get(at).map(|b| Cell::Int((*b).into())),
            Values::Read(v) if kind == Kind::Text => v.get(at).map(|b| Cell::Text(b.data())),
            Values::Read(v) => v.get(at).map(|b| Cell::Bytes(b.data())),
            Values::Bytes(..) => None,
        };
        found.unwrap_or(Cell::Absent)
    }

    /// Where its values begin.
    pub(crate) fn cursor(&self) -> Cursor<'_> {
        Cursor { column: self, row: 0, value: 0 }
    }
}

/// Fills a row from its first column to its last.
pub(crate) struct Put<'a>(std::slice::IterMut<'a, Column>);

impl<'a> Put<'a> {
    pub(crate) fn row(columns: &'a mut [Column]) -> Put<'a> {
        Put(columns.iter_mut())
    }

    /// Every column has got its value.
    pub(crate) fn end(mut self) {
        debug_assert!(self.0.next().is_none(), "a value for every column");
    }

    #[inline]
    fn one<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Column, T)) {
        if let Some(column) = self.0.next() {
            match value {
                Some(value) => put(column, value),
                None => column.absent(),
            }
        }
    }

    pub(crate) fn i64(&mut self, value: Option<i64>) {
        self.one(value, Column::i64);
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.one(Some(value), Column::u64);
    }

    pub(crate) fn maybe_u64(&mut self, value: Option<u64>) {
        self.one(value, Column::u64);
    }

    pub(crate) fn i32(&mut self, value: Option<i32>) {
        self.one(value, Column::i32);
    }

    pub(crate) fn u32(&mut self, value: Option<u32>) {
        self.one(value, Column::u32);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.one(Some(value), Column::bool);
    }

    pub(crate) fn text(&mut self, value: Option<&[u8]>) {
        self.one(value, Column::text);
    }

    pub(crate) fn bytes(&mut self, value: Option<&[u8]>) {
        self.one(value, Column::bytes);
    }
}

/// Goes through a column row by row.
pub(crate) struct Cursor<'a> {
    column: &'a Column,
    row: usize,
    value: usize,
}

impl<'a> Cursor<'a> {
    /// The place of the next row's value, if it has one.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        let row = self.row;
        self.row += 1;
        if self.column.present.as_ref().is_some_and(|p| p.get(row) != Some(&1)) {
            return None;
        }
        self.value += 1;
        Some(self.value - 1)
    }

    #[inline]
    pub(crate) fn i64(&mut self) -> Option<i64> {
        let at = self.next()?;
        if let Values::I64(v) = &self.column.values { v.get(at).copied() } else { None }
    }

    #[inline]
    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.i64().map(i64::cast_unsigned)
    }

    #[inline]
    pub(crate) fn i32(&mut self) -> Option<i32> {
        let at = self.next()?;
        if let Values::I32(v) = &self.column.values { v.get(at).copied() } else { None }
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.i32().map(i32::cast_unsigned)
    }

    #[inline]
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let at = self.next()?;
        match &self.column.values {
            Values::Read(v) => v.get(at).map(ByteArray::data),
            _ => None,
        }
    }
}

/// A group of rows as a Parquet file of its own, in memory.
pub(crate) fn encode(
    schema: &TypePtr,
    properties: &Arc<WriterProperties>,
    columns: &mut [Column],
) -> Result<(Bytes, parquet::file::metadata::ParquetMetaData)> {
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema.clone(), properties.clone())?;
    let mut group = file.next_row_group()?;
    for column in columns {
        let mut to = group.next_column()?.ok_or_else(|| ParquetError::General("too many columns".into()))?;
        column.write(&mut to)?;
        to.close()?;
    }
    group.close()?;
    let metadata = file.close()?;
    Ok((Bytes::from(bytes), metadata))
}

/// What is no UTF-8 as `\xHH`.
fn as_utf8(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut out = Vec::with_capacity(bytes.len() + 12);
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            // A vector takes everything.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_text() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(as_utf8(bytes), expected.as_bytes());
        check(b"latin\xe9.txt", "latin\\xe9.txt");
        check("größe\n".as_bytes(), "größe\n");
        check(b"\xff\xfe", "\\xff\\xfe");
    }
}
