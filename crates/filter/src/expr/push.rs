//! The part of an expression that the kernel half can decide, so that rows nobody wants are never copied.

use syscope_syscalls::{self as syscalls, Syscall};
use syscope_wire::COMM;

use super::possible::possible;
use super::{Column, Compare, Expr, Value};
use crate::TraceSet;

/// Conditions that every wanted row meets. They never exclude a row that the expression keeps; the expression itself is
/// still asked for each row that comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Only these calls can be wanted.
    pub calls: TraceSet,
    /// Only failed calls can be wanted.
    pub only_failed: bool,
    /// Only calls that took at least so long can be wanted.
    pub min_latency_ns: u64,
    /// Only tasks of this name can be wanted.
    pub comm: Option<[u8; COMM]>,
    /// Only tasks of this user can be wanted.
    pub uid: Option<u32>,
}

impl Pushed {
    /// One phrase for each condition.
    pub fn phrases(&self) -> Vec<String> {
        let mut out = Vec::new();
        let all = syscalls::ALL;
        let left: Vec<&str> = all.iter().filter(|s| self.calls.contains(s.name)).map(|s| s.name).collect();
        if left.len() < all.len() {
            let names = if left.len() <= 8 { format!(" ({})", left.join(", ")) } else { String::new() };
            out.push(format!("{} of {} calls{names}", left.len(), all.len()));
        }
        if self.only_failed {
            out.push("failed calls only".into());
        }
        if self.min_latency_ns > 0 {
            out.push(format!("latency_ns >= {}", self.min_latency_ns));
        }
        if let Some(comm) = self.comm {
            out.push(format!("comm = '{}'", String::from_utf8_lossy(&comm).trim_end_matches('\0')));
        }
        if let Some(uid) = self.uid {
            out.push(format!("uid = {uid}"));
        }
        out
    }
}

/// Finds it.
pub(super) fn push(expr: &Expr) -> Pushed {
    let mut calls = TraceSet::all();
    calls.keep_possible(
        |sys| possible(expr, &|column| static_column(sys, column)).yes,
        // A call that is not in the table has no family and no kind, and who knows which name.
        possible(expr, &|column| match column {
            Column::Family | Column::Kind => Some(Value::Null),
            _ => None,
        })
        .yes,
    );
    let succeeded = |column| match column {
        Column::IsError => Some(Value::Int(0)),
        Column::Errno => Some(Value::Null),
        _ => None,
    };
    let mut pushed = Pushed {
        calls,
        only_failed: !possible(expr, &succeeded).yes,
        min_latency_ns: 0,
        comm: None,
        uid: None,
    };
    conjuncts(expr, &mut pushed);
    pushed
}

fn static_column<'a>(sys: &'static Syscall, column: Column) -> Option<Value<'a>> {
    match column {
        Column::Syscall => Some(sys.name.into()),
        Column::Family => Some(sys.family.name().into()),
        Column::Kind => Some(sys.kind.0.into()),
        _ => None,
    }
}

/// Conditions that are joined by AND alone.
fn conjuncts(expr: &Expr, out: &mut Pushed) {
    match expr {
        Expr::And(a, b) => {
            conjuncts(a, out);
            conjuncts(b, out);
        }
        Expr::Compare(op, a, b) => match (&**a, &**b) {
            (Expr::Column(column), Expr::Literal(value)) => condition(*column, *op, value, out),
            (Expr::Literal(value), Expr::Column(column)) => condition(*column, op.turned(), value, out),
            _ => {}
        },
        Expr::Is(a, b) => {
            if let (Expr::Column(column), Expr::Literal(value)) = (&**a, &**b) {
                condition(*column, Compare::Equal, value, out);
            }
        }
        _ => {}
    }
}

fn condition(column: Column, op: Compare, value: &Value<'_>, out: &mut Pushed) {
    match (column, op, value) {
        (Column::LatencyNs, Compare::Greater, Value::Int(n)) => out.at_least(n.saturating_add(1)),
        (Column::LatencyNs, Compare::GreaterOrEqual | Compare::Equal, Value::Int(n)) => out.at_least(*n),
        (Column::LatencyNs, Compare::Greater | Compare::GreaterOrEqual | Compare::Equal, Value::Real(x)) => {
            #[allow(clippy::cast_possible_truncation)]
            out.at_least(*x as i64);
        }
        (Column::Comm, Compare::Equal, Value::Text(name)) if name.len() < COMM && !name.contains(&0) => {
            let mut comm = [0; COMM];
            comm[..name.len()].copy_from_slice(name);
            out.comm = out.comm.or(Some(comm));
        }
        (Column::Uid, Compare::Equal, Value::Int(n)) => {
            out.uid = out.uid.or(u32::try_from(*n).ok());
        }
        _ => {}
    }
}

impl Pushed {
    fn at_least(&mut self, ns: i64) {
        self.min_latency_ns = self.min_latency_ns.max(u64::try_from(ns).unwrap_or(0));
    }
}

impl Compare {
    /// The same with its sides exchanged.
    fn turned(self) -> Compare {
        match self {
            Compare::Less => Compare::Greater,
            Compare::LessOrEqual => Compare::GreaterOrEqual,
            Compare::Greater => Compare::Less,
            Compare::GreaterOrEqual => Compare::LessOrEqual,
            same => same,
        }
    }
}
