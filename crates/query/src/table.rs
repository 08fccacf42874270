//! Virtual tables over the tables of a recording.
//!
//! SQLite asks for rows and columns one at a time; what it looks for is known before, so that only row groups which can
//! hold it are read, and only the columns that the query names.

#![allow(unsafe_code)]

use std::ffi::c_int;
use std::marker::PhantomData;
use std::sync::Arc;

use rusqlite::ffi;
use rusqlite::types::{ToSqlOutput, Type, ValueRef};
use rusqlite::vtab::{
    Context, Filters, IndexConstraintOp, IndexInfo, VTab, VTabConfig, VTabConnection, VTabCursor,
};
use rusqlite::{Error, Result, ToSql};
use syscope_record::{Cell, Chunk, Compare, Condition, Kind, Scan, Table, Value};

/// Where rows come from.
#[derive(Debug)]
pub(crate) enum Source {
    Columns(Table),
    /// Keys and values.
    Pairs(Vec<(String, String)>),
}

impl Source {
    fn schema(&self) -> String {
        let columns: Vec<String> = match self {
            Source::Pairs(_) => vec!["key TEXT".into(), "value TEXT".into()],
            Source::Columns(table) => {
                let sql_type = |kind| match kind {
                    Kind::Text => "TEXT",
                    Kind::Bytes => "BLOB",
                    _ => "INTEGER",
                };
                table.columns.iter().map(|c| format!("\"{}\" {}", c.name, sql_type(c.kind))).collect()
            }
        };
        format!("CREATE TABLE x({})", columns.join(", "))
    }
}

/// A table, as SQLite has it.
#[repr(C)]
pub(crate) struct TableModule {
    /// Must be first.
    base: ffi::sqlite3_vtab,
    source: Arc<Source>,
}

// SAFETY: the base comes first, and the layout is C's.
unsafe impl<'vtab> VTab<'vtab> for TableModule {
    type Aux = Arc<Source>;
    type Cursor = Cursor<'vtab>;

    fn connect(
        db: &mut VTabConnection,
        aux: Option<&Arc<Source>>,
        _: &[&[u8]],
    ) -> Result<(String, TableModule)> {
        let source = aux.ok_or_else(|| Error::ModuleError("a table without its source".into()))?.clone();
        db.config(VTabConfig::Innocuous)?;
        Ok((source.schema(), TableModule { base: ffi::sqlite3_vtab::default(), source }))
    }

    fn best_index(&self, info: &mut IndexInfo) -> Result<()> {
        let Source::Columns(table) = &*self.source else { return Ok(()) };
        // What is decided here: the columns that are used, and the conditions, in words for `filter`.
        let mut plan = format!("{:x}", info.col_used());
        let mut cost = table.rows as f64;
        let mut taken = Vec::new();
        for (n, constraint) in info.constraints().enumerate() {
            let compare = match constraint.operator() {
                IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_EQ => '=',
                IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LT => '<',
                IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LE => '{',
                IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_GT => '>',
                IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_GE => '}',
                _ => continue,
            };
            let Ok(column) = usize::try_from(constraint.column()) else { continue };
            let is_comparable = table.columns.get(column).is_some_and(|c| c.kind != Kind::Bytes);
            if constraint.is_usable() && is_comparable {
                taken.push((n, column, compare));
            }
        }
        let mut given = 0;
        for (n, column, compare) in taken {
            if info.collation(n)? != "BINARY" {
                continue;
            }
            given += 1;
            info.constraint_usage(n).set_argv_index(given);
            plan.push_str(&format!(",{compare}{column}"));
            cost /= if compare == '=' { 10.0 } else { 3.0 };
        }
        info.set_idx_str(&plan);
        info.set_estimated_cost(cost.max(1.0));
        #[allow(clippy::cast_possible_truncation)]
        info.set_estimated_rows(cost.max(1.0) as i64);
        Ok(())
    }

    fn open(&'vtab mut self) -> Result<Cursor<'vtab>> {
        Ok(Cursor {
            base: ffi::sqlite3_vtab_cursor::default(),
            source: self.source.clone(),
            scan: None,
            chunk: None,
            at: 0,
            len: 0,
            table: PhantomData,
        })
    }
}

/// Goes through the rows.
#[repr(C)]
pub(crate) struct Cursor<'vtab> {
    /// Must be first.
    base: ffi::sqlite3_vtab_cursor,
    source: Arc<Source>,
    scan: Option<Scan>,
    chunk: Option<Chunk>,
    at: usize,
    /// Rows of the chunk, or pairs.
    len: usize,
    table: PhantomData<&'vtab TableModule>,
}

impl Cursor<'_> {
    /// The next chunk that has rows.
    fn advance(&mut self) -> Result<()> {
        self.at = 0;
        self.len = 0;
        self.chunk = None;
        while let Some(scan) = &mut self.scan {
            match scan.next_chunk() {
                None => self.scan = None,
                Some(Err(error)) => {
                    self.scan = None;
                    return Err(Error::ModuleError(error.to_string()));
                }
                Some(Ok(chunk)) if chunk.is_empty() => {}
                Some(Ok(chunk)) => {
                    self.len = chunk.len();
                    self.chunk = Some(chunk);
                    break;
                }
            }
        }
        Ok(())
    }
}

/// A condition, as far as the columns on disk decide it. None: SQLite itself decides it. Null is compared with nothing.
fn condition(word: &str, table: &Table, value: ValueRef<'_>) -> Option<Condition> {
    let compare = match word.chars().next()? {
        '=' => Compare::Equal,
        '<' => Compare::Less,
        '{' => Compare::LessOrEqual,
        '>' => Compare::Greater,
        '}' => Compare::GreaterOrEqual,
        _ => return None,
    };
    let column: usize = word.get(1..)?.parse().ok()?;
    let value = match (table.columns.get(column)?.kind, value) {
        (Kind::Text, ValueRef::Text(text)) => Value::Text(text.to_vec()),
        (Kind::Text | Kind::Bytes, _) => return None,
        (_, ValueRef::Integer(n)) => Value::Int(n),
        _ => return None,
    };
    Some(Condition { column, compare, value })
}

// SAFETY: the base comes first, and the layout is C's.
unsafe impl VTabCursor for Cursor<'_> {
    fn filter(&mut self, _: c_int, plan: Option<&str>, args: &Filters<'_>) -> Result<()> {
        let source = self.source.clone();
        let table = match &*source {
            Source::Columns(table) => table,
            Source::Pairs(pairs) => {
                self.at = 0;
                self.len = pairs.len();
                return Ok(());
            }
        };
        let mut words = plan.unwrap_or("ffffffffffffffff").split(',');
        let used = words.next().and_then(|w| u64::from_str_radix(w, 16).ok()).unwrap_or(u64::MAX);
        // The last bit stands for all columns from there on.
        let is_used = |at: &usize| used >> (*at).min(63) & 1 != 0;
        let wanted: Vec<usize> = (0..table.columns.len()).filter(is_used).collect();
        let mut conditions = Vec::new();
        for (word, value) in words.zip(args.iter()) {
            if value.data_type() == Type::Null {
                self.scan = None;
                return self.advance();
            }
            conditions.extend(condition(word, table, value));
        }
        let scan = table.scan(&wanted, conditions).map_err(|e| Error::ModuleError(e.to_string()))?;
        self.scan = Some(scan);
        self.advance()
    }

    fn next(&mut self) -> Result<()> {
        self.at += 1;
        if self.at >= self.len && self.scan.is_some() { self.advance() } else { Ok(()) }
    }

    fn eof(&self) -> bool {
        self.at >= self.len
    }

    fn column(&self, context: &mut Context, column: c_int) -> Result<()> {
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        match (&*self.source, &self.chunk) {
            (Source::Pairs(pairs), _) => {
                let (key, value) = &pairs[self.at];
                context.set_result(if at == 0 { key } else { value })
            }
            (Source::Columns(_), Some(chunk)) => context.set_result(&Shown(chunk.cell(self.at, at))),
            (Source::Columns(_), None) => Ok(()),
        }
    }

    fn rowid(&self) -> Result<i64> {
        let number = match &self.chunk {
            Some(chunk) => chunk.number(self.at),
            None => self.at as u64,
        };
        Ok(number.cast_signed())
    }
}

/// A cell for SQLite.
struct Shown<'a>(Cell<'a>);

impl ToSql for Shown<'_> {
    #[inline]
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Cell::Absent => ValueRef::Null,
            Cell::Int(n) => ValueRef::Integer(n),
            Cell::Text(text) => ValueRef::Text(text),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
