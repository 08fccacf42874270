//! SQL over a recording: SQLite, whose tables are the columns on disk.
//!
//! Nothing is loaded first: a query reads the columns that it names, of the row groups that can hold what it looks for. The
//! only crate that knows SQLite.

mod functions;
mod named;
mod table;

use std::sync::Arc;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::vtab::eponymous_only_module;
use rusqlite::{Connection, OpenFlags};
use syscope_record::{Error, Recording, TableName};

pub use named::{NAMED, Named};
use table::{Source, TableModule};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Of the recording.
    #[error(transparent)]
    Recording(#[from] Error),
    /// Its tables could not be made.
    #[error(
        "{0:?} could not be finished where it is, and SQL needs its tables: copy it to a disk that has room and can be \
         written, and ask there"
    )]
    NotFinished(std::path::PathBuf),
    /// The query is wrong, and where.
    #[error("{message}{}", at(.place))]
    Sql {
        /// What SQLite says.
        message: String,
        /// Line and column from 1, and the line itself.
        place: Option<(usize, usize, String)>,
    },
    /// More than one statement, or none.
    #[error("{0}")]
    Statements(&'static str),
    /// Whoever takes the rows failed.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

fn at(place: &Option<(usize, usize, String)>) -> String {
    match place {
        None => String::new(),
        Some((line, column, text)) => {
            format!(" at line {line}, column {column}:\n  {text}\n  {:>column$}", '^')
        }
    }
}

/// A value of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Answer<'a> {
    Null,
    Int(i64),
    Real(f64),
    /// UTF-8, as far as it came from a recording.
    Text(&'a [u8]),
    Bytes(&'a [u8]),
}

/// Takes the rows of an answer.
pub trait Rows {
    /// The names of its columns; first of all.
    fn names(&mut self, names: &[&str]) -> std::io::Result<()>;
    /// One row. False: no more are wanted.
    fn row(&mut self, row: &[Answer<'_>]) -> std::io::Result<bool>;
}

/// A recording that can be asked.
pub struct Database {
    connection: Connection,
}

impl Database {
    /// Makes tables of a recording's.
    pub fn open(recording: &Recording) -> Result<Database, QueryError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_in_memory_with_flags(flags).map_err(|e| sql_error(e, ""))?;
        let tables = [
            (c"events", TableName::Events),
            (c"tasks", TableName::Tasks),
            (c"files", TableName::Files),
            (c"losses", TableName::Losses),
        ];
        for (name, table) in tables {
            let not_finished = || QueryError::NotFinished(recording.dir().to_owned());
            let table = recording.table(table)?.ok_or_else(not_finished)?;
            let source = Arc::new(Source::Columns(table));
            connection
                .create_module(name, eponymous_only_module::<TableModule>(), Some(source))
                .map_err(|e| sql_error(e, ""))?;
        }
        let source = Arc::new(Source::Pairs(facts(recording)));
        connection
            .create_module(c"meta", eponymous_only_module::<TableModule>(), Some(source))
            .map_err(|e| sql_error(e, ""))?;
        functions::register(&connection).map_err(|e| sql_error(e, ""))?;
        connection.authorizer(Some(allow));
        Ok(Database { connection })
    }

    /// Answers one query.
    pub fn query(&self, text: &str, to: &mut dyn Rows) -> Result<(), QueryError> {
        let failed = |e| sql_error(e, text);
        let mut statement = self.connection.prepare(text).map_err(failed)?;
        let count = statement.column_count();
        if count == 0 {
            return Err(QueryError::Statements("this is no query: it has no answer"));
        }
        to.names(&statement.column_names())?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let answers = (0..count).map(|at| {
                Ok(match row.get_ref(at)? {
                    ValueRef::Null => Answer::Null,
                    ValueRef::Integer(n) => Answer::Int(n),
                    ValueRef::Real(x) => Answer::Real(x),
                    ValueRef::Text(bytes) => Answer::Text(bytes),
                    ValueRef::Blob(bytes) => Answer::Bytes(bytes),
                })
            });
            let answers = answers.collect::<rusqlite::Result<Vec<_>>>().map_err(failed)?;
            if !to.row(&answers)? {
                break;
            }
        }
        Ok(())
    }

    /// The first statement is complete: what follows can begin another one.
    pub fn is_complete(text: &str) -> bool {
        let mut quote = None;
        let mut last = ' ';
        for c in text.chars() {
            match quote {
                Some(end) if c == end => quote = None,
                Some(_) => {}
                None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
                None => {}
            }
            if !c.is_whitespace() {
                last = c;
            }
        }
        quote.is_none() && last == ';'
    }
}

/// Nothing but reading: no statement changes anything, or reaches another file.
fn allow(context: AuthContext<'_>) -> Authorization {
    const QUESTIONS: [&str; 4] = ["table_info", "table_xinfo", "table_list", "function_list"];
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if function_name.eq_ignore_ascii_case("load_extension") => {
            Authorization::Deny
        }
        AuthAction::Function { .. } => Authorization::Allow,
        AuthAction::Pragma { pragma_name, .. }
            if QUESTIONS.iter().any(|q| q.eq_ignore_ascii_case(pragma_name)) =>
        {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }
}

fn sql_error(error: rusqlite::Error, sql: &str) -> QueryError {
    match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => QueryError::Sql {
            place: usize::try_from(offset).ok().and_then(|at| place(sql, at)),
            message: msg,
        },
        rusqlite::Error::SqliteFailure(code, message) => {
            let message = match code.code {
                rusqlite::ErrorCode::AuthorizationForStatementDenied => {
                    "a recording is only read: this statement would do something else".to_owned()
                }
                _ => message.unwrap_or_else(|| code.to_string()),
            };
            QueryError::Sql { message, place: None }
        }
        rusqlite::Error::MultipleStatement => QueryError::Statements("one query at a time"),
        rusqlite::Error::ModuleError(message) => QueryError::Sql { message, place: None },
        other => QueryError::Sql { message: other.to_string(), place: None },
    }
}

/// Line and column of a byte.
fn place(sql: &str, at: usize) -> Option<(usize, usize, String)> {
    let before = sql.get(..at)?;
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    let text = sql.lines().nth(line).unwrap_or_default();
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some((line + 1, column + 1, plain))
}

/// What is known beside the rows, as keys and values.
fn facts(recording: &Recording) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let meta = serde_json::to_value(recording.meta()).unwrap_or_default();
    flatten("", &meta, &mut facts);
    facts
}

fn flatten(prefix: &str, value: &serde_json::Value, out: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&key, value, out);
            }
        }
        serde_json::Value::String(text) => out.push((prefix.to_owned(), text.clone())),
        other => out.push((prefix.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_with_a_semicolon() {
        for (text, complete) in [
            ("select 1", false),
            ("select 1;", true),
            ("select ';", false),
            ("select ';' ; ", true),
            ("", false),
        ] {
            assert_eq!(Database::is_complete(text), complete, "{text}");
        }
    }

    #[test]
    fn places() {
        assert_eq!(place("select\n  nothing", 9), Some((2, 3, "  nothing".into())));
        assert_eq!(at(&place("selec 1", 0)), " at line 1, column 1:\n  selec 1\n  ^");
        assert_eq!(place("x", 7), None);
    }
}
