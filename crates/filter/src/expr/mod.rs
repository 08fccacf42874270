//! `--where`: one boolean SQL expression over the columns of a row, with SQLite's meaning of every operator, so that the
//! same text selects the same rows in a query.
//!
//! A row is kept if the expression is true; false and NULL both drop it.

mod column;
mod eval;
mod parse;
mod possible;
mod push;
mod value;
mod wildcard;

use syscope_event::{Column, Event};

pub use parse::WhereError;
pub use push::Pushed;

use value::Value;
use wildcard::Wildcard;

/// A condition on rows.
#[derive(Debug, Clone)]
pub struct Where {
    expr: Expr,
}

impl Where {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Where, WhereError> {
        parse::parse(text).map(|expr| Where { expr })
    }

    /// The row is wanted.
    pub fn keeps(&self, event: &Event<'_>) -> bool {
        eval::eval(&self.expr, event).truth() == Some(true)
    }

    /// What the kernel half can decide of it.
    pub fn pushed(&self) -> Pushed {
        push::push(&self.expr)
    }
}

/// An expression whose columns, types and patterns have been checked.
#[derive(Debug, Clone)]
enum Expr {
    Literal(Value<'static>),
    Column(Column),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// Like `=`, but NULL is a value like others.
    Is(Box<Expr>, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    /// `LIKE` and `GLOB`.
    Like(Box<Expr>, Wildcard),
    Regexp(Box<Expr>, regex::bytes::Regex),
    Negative(Box<Expr>),
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    Concat(Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Lower,
    Upper,
    Length,
    Abs,
    Coalesce,
}
