//! What an expression may become when only some columns are known: how the kernel half's share is found.

use super::eval::compute;
use super::{Column, Expr, Value};

/// A set of truth values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truths {
    pub(super) yes: bool,
    pub(super) no: bool,
    pub(super) null: bool,
}

const ANY: Truths = Truths { yes: true, no: true, null: true };

/// The truth values that an expression can have, whatever the unknown columns hold. Never too few.
pub(super) fn possible<'a>(expr: &'a Expr, known: &dyn Fn(Column) -> Option<Value<'a>>) -> Truths {
    match expr {
        Expr::Not(inner) => {
            let t = possible(inner, known);
            Truths { yes: t.no, no: t.yes, null: t.null }
        }
        Expr::And(a, b) => {
            let (a, b) = (possible(a, known), possible(b, known));
            Truths {
                yes: a.yes && b.yes,
                no: a.no || b.no,
                null: (a.null && (b.null || b.yes)) || (b.null && a.yes),
            }
        }
        Expr::Or(a, b) => {
            let (a, b) = (possible(a, known), possible(b, known));
            Truths {
                yes: a.yes || b.yes,
                no: a.no && b.no,
                null: (a.null && (b.null || b.no)) || (b.null && a.no),
            }
        }
        other if columns(other).iter().all(|c| known(*c).is_some()) => {
            let truth = compute(other, &|c| known(c).unwrap_or(Value::Null)).truth();
            Truths { yes: truth == Some(true), no: truth == Some(false), null: truth.is_none() }
        }
        _ => ANY,
    }
}

/// The columns that an expression looks at.
pub(super) fn columns(expr: &Expr) -> Vec<Column> {
    let mut out = Vec::new();
    collect(expr, &mut out);
    out
}

fn collect(expr: &Expr, out: &mut Vec<Column>) {
    match expr {
        Expr::Literal(_) => {}
        Expr::Column(column) => out.push(*column),
        Expr::Not(a) | Expr::Negative(a) | Expr::Like(a, _) | Expr::Regexp(a, _) => collect(a, out),
        Expr::And(a, b)
        | Expr::Or(a, b)
        | Expr::Compare(_, a, b)
        | Expr::Is(a, b)
        | Expr::Arithmetic(_, a, b)
        | Expr::Concat(a, b) => {
            collect(a, out);
            collect(b, out);
        }
        Expr::In(a, list) => {
            collect(a, out);
            list.iter().for_each(|item| collect(item, out));
        }
        Expr::Call(_, args) => args.iter().for_each(|arg| collect(arg, out)),
    }
}
