//! The columns of a row, as an expression sees them.

use syscope_event::{Column, Datum, Event};

use super::Value;

/// The column of that name; SQL names know no case.
pub(super) fn by_name(name: &str) -> Option<Column> {
    Column::ALL.into_iter().find(|c| c.name().eq_ignore_ascii_case(name))
}

/// What an event has in a column, as one of SQLite's values.
#[inline]
pub(super) fn value<'a>(column: Column, event: &Event<'a>) -> Value<'a> {
    match event.column(column) {
        Datum::Absent => Value::Null,
        Datum::Bool(value) => value.into(),
        Datum::UInt(n) => n.into(),
        Datum::Int(n) => n.into(),
        Datum::Bytes(bytes) => Value::Text(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_know_no_case() {
        assert_eq!(by_name("Latency_NS"), Some(Column::LatencyNs));
        assert_eq!(by_name("latency"), None);
    }
}
