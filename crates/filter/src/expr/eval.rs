//! The value of an expression for a row.

use std::borrow::Cow;
use std::cmp::Ordering;

use syscope_event::Event;

use super::{Arithmetic, Compare, Expr, Function, Value};

/// Computes it.
pub(super) fn eval<'a>(expr: &'a Expr, event: &Event<'a>) -> Value<'a> {
    compute(expr, &|column| super::column::value(column, event))
}

/// Computes it with columns from anywhere.
pub(super) fn compute<'a>(expr: &'a Expr, column: &dyn Fn(super::Column) -> Value<'a>) -> Value<'a> {
    match expr {
        Expr::Literal(value) => value.clone(),
        Expr::Column(which) => column(*which),
        Expr::Not(inner) => compute(inner, column).truth().map(|t| !t).into(),
        Expr::And(a, b) => match compute(a, column).truth() {
            Some(false) => false.into(),
            Some(true) => compute(b, column).truth().into(),
            None => match compute(b, column).truth() {
                Some(false) => false.into(),
                _ => Value::Null,
            },
        },
        Expr::Or(a, b) => match compute(a, column).truth() {
            Some(true) => true.into(),
            Some(false) => compute(b, column).truth().into(),
            None => match compute(b, column).truth() {
                Some(true) => true.into(),
                _ => Value::Null,
            },
        },
        Expr::Compare(op, a, b) => {
            compute(a, column).order(&compute(b, column)).map(|order| op.holds(order)).into()
        }
        Expr::Is(a, b) => is_same(&compute(a, column), &compute(b, column)).into(),
        Expr::In(needle, list) => {
            let needle = compute(needle, column);
            let mut result = Some(false);
            for item in list {
                match needle.order(&compute(item, column)) {
                    Some(Ordering::Equal) => return true.into(),
                    Some(_) => {}
                    None => result = None,
                }
            }
            result.into()
        }
        Expr::Like(text, pattern) => text_of(compute(text, column)).map(|t| pattern.matches(&t)).into(),
        Expr::Regexp(text, regex) => text_of(compute(text, column)).map(|t| regex.is_match(&t)).into(),
        Expr::Negative(inner) => match compute(inner, column) {
            Value::Int(n) => n.checked_neg().map_or_else(|| Value::Real(-real(n)), Value::Int),
            Value::Real(x) => Value::Real(-x),
            _ => Value::Null,
        },
        Expr::Arithmetic(op, a, b) => op.of(&compute(a, column), &compute(b, column)),
        Expr::Concat(a, b) => match (text_of(compute(a, column)), text_of(compute(b, column))) {
            (Some(a), Some(b)) => [&*a, &*b].concat().into(),
            _ => Value::Null,
        },
        Expr::Call(function, args) => function.of(args.iter().map(|arg| compute(arg, column))),
    }
}

pub(super) fn is_same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        _ => a.order(b) == Some(Ordering::Equal),
    }
}

impl Compare {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Compare::Equal => order.is_eq(),
            Compare::NotEqual => order.is_ne(),
            Compare::Less => order.is_lt(),
            Compare::LessOrEqual => order.is_le(),
            Compare::Greater => order.is_gt(),
            Compare::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Arithmetic {
    /// Whole numbers as long as they fit; division by zero is NULL.
    fn of<'a>(self, a: &Value<'_>, b: &Value<'_>) -> Value<'a> {
        if let (Value::Int(a), Value::Int(b)) = (a, b) {
            let (a, b) = (*a, *b);
            let exact = match self {
                Arithmetic::Add => a.checked_add(b),
                Arithmetic::Subtract => a.checked_sub(b),
                Arithmetic::Multiply => a.checked_mul(b),
                Arithmetic::Divide | Arithmetic::Remainder if b == 0 => return Value::Null,
                Arithmetic::Divide => a.checked_div(b),
                Arithmetic::Remainder => Some(a.checked_rem(b).unwrap_or(0)),
                Arithmetic::And => Some(a & b),
                Arithmetic::Or => Some(a | b),
            };
            if let Some(exact) = exact {
                return Value::Int(exact);
            }
        }
        let (Some(a), Some(b)) = (number(a), number(b)) else { return Value::Null };
        match self {
            Arithmetic::Add => Value::Real(a + b),
            Arithmetic::Subtract => Value::Real(a - b),
            Arithmetic::Multiply => Value::Real(a * b),
            Arithmetic::Divide if b == 0.0 => Value::Null,
            Arithmetic::Divide => Value::Real(a / b),
            // These take the whole part.
            _ => self.of(&Value::Int(whole(a)), &Value::Int(whole(b))),
        }
    }
}

impl Function {
    fn of<'a>(self, mut args: impl Iterator<Item = Value<'a>>) -> Value<'a> {
        if self == Function::Coalesce {
            return args.find(|value| *value != Value::Null).unwrap_or(Value::Null);
        }
        let Some(value) = args.next() else { return Value::Null };
        match (self, value) {
            (_, Value::Null) => Value::Null,
            (Function::Abs, Value::Int(n)) => n.checked_abs().map_or(Value::Null, Value::Int),
            (Function::Abs, Value::Real(x)) => Value::Real(x.abs()),
            (Function::Abs, _) => Value::Int(0),
            (function, value) => {
                let Some(text) = text_of(value) else { return Value::Null };
                match function {
                    Function::Lower => text.to_ascii_lowercase().into(),
                    Function::Upper => text.to_ascii_uppercase().into(),
                    // Characters; a byte that belongs to none counts as one.
                    _ => {
                        let chars = text
                            .utf8_chunks()
                            .map(|c| c.valid().chars().count() + c.invalid().len())
                            .sum::<usize>();
                        Value::Int(i64::try_from(chars).unwrap_or(i64::MAX))
                    }
                }
            }
        }
    }
}

/// As text, which numbers become too.
fn text_of(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text),
        Value::Int(n) => Some(n.to_string().into_bytes().into()),
        Value::Real(x) => Some(format!("{x:?}").into_bytes().into()),
    }
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(n) => Some(real(*n)),
        Value::Real(x) => Some(*x),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss)]
fn real(n: i64) -> f64 {
    n as f64
}

/// A cast from float to int saturates.
#[allow(clippy::cast_possible_truncation)]
fn whole(x: f64) -> i64 {
    x as i64
}
