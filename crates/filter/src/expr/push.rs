//! The part of an expression that the kernel half can decide, so that rows nobody wants are never copied.

use syscope_syscalls::{self as syscalls, Syscall};
use syscope_wire::COMM;

use super::possible::{columns, possible};
use super::{Column, Compare, Expr, Value};
use crate::TraceSet;

/// Errors from here on are codes of the kernel's own.
const RESTARTS: u32 = 512;

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
    /// Only this process can be wanted.
    pub pid: Option<u32>,
    /// Only this thread can be wanted.
    pub tid: Option<u32>,
    /// Only calls that failed with this error can be wanted.
    pub errno: Option<u32>,
    /// These conditions together are the whole expression, for calls of the table.
    pub is_whole: bool,
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
        match self.errno {
            Some(errno) => {
                out.push(format!("errno = '{}'", syscope_syscalls::errno::name(errno).unwrap_or("?")))
            }
            None if self.only_failed => out.push("failed calls only".into()),
            None => {}
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
        if let Some(pid) = self.pid {
            out.push(format!("pid = {pid}"));
        }
        if let Some(tid) = self.tid {
            out.push(format!("tid = {tid}"));
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
        pid: None,
        tid: None,
        errno: None,
        is_whole: false,
    };
    pushed.is_whole = conjuncts(expr, &mut pushed);
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

/// Conditions that are joined by AND alone. True: nothing is left of them.
fn conjuncts(expr: &Expr, out: &mut Pushed) -> bool {
    // What only a call of the table decides is in its plan; the same for failures.
    let of_the_call = |c: &Column| matches!(c, Column::Syscall | Column::Family | Column::Kind);
    if columns(expr).iter().all(of_the_call) {
        return true;
    }
    match expr {
        Expr::And(a, b) => {
            let first = conjuncts(a, out);
            conjuncts(b, out) && first
        }
        Expr::Column(Column::IsError) => true,
        Expr::Compare(op, a, b) => match (&**a, &**b) {
            (Expr::Column(column), Expr::Literal(value)) => condition(*column, *op, value, out),
            (Expr::Literal(value), Expr::Column(column)) => condition(*column, op.turned(), value, out),
            _ => false,
        },
        Expr::Is(a, b) => match (&**a, &**b) {
            (Expr::Column(column), Expr::Literal(value)) => condition(*column, Compare::Equal, value, out),
            _ => false,
        },
        _ => false,
    }
}

/// True: the kernel decides just this.
fn condition(column: Column, op: Compare, value: &Value<'_>, out: &mut Pushed) -> bool {
    let number = |n: &i64| u32::try_from(*n).ok().filter(|n| *n > 0);
    match (column, op, value) {
        (Column::LatencyNs, Compare::Greater, Value::Int(n)) => {
            out.at_least(n.saturating_add(1));
            // Without a bound of at least 1 the kernel lets calls pass that have no latency.
            *n >= 0
        }
        (Column::LatencyNs, Compare::GreaterOrEqual | Compare::Equal, Value::Int(n)) => {
            out.at_least(*n);
            op == Compare::GreaterOrEqual && *n >= 1
        }
        (Column::LatencyNs, Compare::Greater | Compare::GreaterOrEqual | Compare::Equal, Value::Real(x)) => {
            #[allow(clippy::cast_possible_truncation)]
            out.at_least(*x as i64);
            false
        }
        (Column::Comm, Compare::Equal, Value::Text(name)) if name.len() < COMM && !name.contains(&0) => {
            let mut comm = [0; COMM];
            comm[..name.len()].copy_from_slice(name);
            only(&mut out.comm, Some(comm))
        }
        (Column::Uid, Compare::Equal, Value::Int(n)) => only(&mut out.uid, u32::try_from(*n).ok()),
        (Column::Pid, Compare::Equal, Value::Int(n)) => only(&mut out.pid, number(n)),
        (Column::Tid, Compare::Equal, Value::Int(n)) => only(&mut out.tid, number(n)),
        (Column::Errno, Compare::Equal, Value::Text(name)) => {
            // Names that the kernel keeps for itself are told of calls that are still under way.
            let numbers = 1..RESTARTS;
            let found = numbers
                .into_iter()
                .find(|n| syscalls::errno::name(*n).is_some_and(|known| known.as_bytes() == &**name));
            only(&mut out.errno, found)
        }
        (Column::IsError, Compare::Equal, Value::Int(1)) => true,
        _ => false,
    }
}

/// Takes a value as the only one. False: there is none, or another one already.
fn only<T: PartialEq + Copy>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = place.or(value);
    value.is_some() && *place == value
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
