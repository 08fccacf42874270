//! What stands in one column of one row, whatever the column: formats differ only in how they write it.

use std::borrow::Cow;

use crate::Direction;

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing is known, or there is nothing to know.
    Absent,
    /// Yes or no.
    Bool(bool),
    /// A number that is never negative.
    UInt(u64),
    /// A number.
    Int(i64),
    /// A name or text: bytes, because file names are not text.
    Bytes(&'a [u8]),
}

impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Cell::Bool(value)
    }
}

impl From<u64> for Cell<'_> {
    fn from(value: u64) -> Self {
        Cell::UInt(value)
    }
}

impl From<u32> for Cell<'_> {
    fn from(value: u32) -> Self {
        Cell::UInt(value.into())
    }
}

impl From<i64> for Cell<'_> {
    fn from(value: i64) -> Self {
        Cell::Int(value)
    }
}

impl From<i32> for Cell<'_> {
    fn from(value: i32) -> Self {
        Cell::Int(value.into())
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(value: &'a [u8]) -> Self {
        Cell::Bytes(value)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(value: &'a str) -> Self {
        Cell::Bytes(value.as_bytes())
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Absent, Into::into)
    }
}

/// The type of a column of [`crate::Row`].
pub(crate) trait Field {
    /// It holds names or texts.
    const IS_TEXT: bool;

    /// It, borrowed.
    fn cell(&self) -> Cell<'_>;
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Field for $number {
            const IS_TEXT: bool = false;

            fn cell(&self) -> Cell<'_> {
                (*self).into()
            }
        })*
    };
}

numbers!(bool u32 u64 i32 i64);

impl Field for Vec<u8> {
    const IS_TEXT: bool = true;

    fn cell(&self) -> Cell<'_> {
        Cell::Bytes(self)
    }
}

impl Field for &'static str {
    const IS_TEXT: bool = true;

    fn cell(&self) -> Cell<'_> {
        Cell::Bytes(self.as_bytes())
    }
}

impl Field for Cow<'static, str> {
    const IS_TEXT: bool = true;

    fn cell(&self) -> Cell<'_> {
        Cell::Bytes(self.as_bytes())
    }
}

impl Field for Direction {
    const IS_TEXT: bool = true;

    fn cell(&self) -> Cell<'_> {
        self.name().into()
    }
}

impl<T: Field> Field for Option<T> {
    const IS_TEXT: bool = T::IS_TEXT;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Absent, T::cell)
    }
}
