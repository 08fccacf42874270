//! What an expression computes: SQLite's values and how they compare.

use std::borrow::Cow;
use std::cmp::Ordering;

/// One value. Truth values are 1 and 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'a, [u8]>),
}

impl Value<'_> {
    /// True, false, or neither (NULL). A text is as true as the number that it begins with.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Value::Null => None,
            Value::Int(n) => Some(*n != 0),
            Value::Real(x) => Some(*x != 0.0),
            Value::Text(text) => Some(leading_number(text) != 0.0),
        }
    }

    /// Order of two values; `None` with a NULL. Numbers come before texts, texts are compared by their bytes.
    pub(super) fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Value::Int(a), Value::Real(b)) => int_and_real(*a, *b),
            (Value::Real(a), Value::Int(b)) => int_and_real(*b, *a).map(Ordering::reverse),
            (Value::Real(a), Value::Real(b)) => a.partial_cmp(b),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Text(_), _) => Some(Ordering::Greater),
            (_, Value::Text(_)) => Some(Ordering::Less),
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Int(value.into())
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Value::Int(value.into())
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Value::Int(value.into())
    }
}

impl From<u64> for Value<'_> {
    /// SQLite's integers end at 2^63 - 1.
    fn from(value: u64) -> Self {
        Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Value::Text(value.into())
    }
}

impl<'a> From<Vec<u8>> for Value<'a> {
    fn from(value: Vec<u8>) -> Self {
        Value::Text(value.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Text(value.as_bytes().into())
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(value: Cow<'a, str>) -> Self {
        match value {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into_bytes().into(),
        }
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// Exact, although not every integer is a float.
fn int_and_real(a: i64, b: f64) -> Option<Ordering> {
    // 2^63: every float from there on is above all integers.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if b >= LIMIT {
        return Some(Ordering::Less);
    }
    if b < -LIMIT {
        return Some(Ordering::Greater);
    }
    #[allow(clippy::cast_possible_truncation)]
    let whole = b.trunc() as i64;
    Some(a.cmp(&whole).then(0.0.partial_cmp(&b.fract())?))
}

fn leading_number(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    (1..=text.len().min(40))
        .rev()
        .filter_map(|len| text.get(..len))
        .find_map(|head| head.parse::<f64>().ok().filter(|x| x.is_finite()))
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_numbers() {
        let check = |a: Value<'_>, b: Value<'_>, expected| {
            assert_eq!(a.order(&b), Some(expected), "{a:?} {b:?}");
            assert_eq!(b.order(&a), Some(Ordering::reverse(expected)), "{b:?} {a:?}");
        };
        check(Value::Int(1), Value::Int(2), Ordering::Less);
        check(Value::Int(1), Value::Real(1.0), Ordering::Equal);
        check(Value::Int(1), Value::Real(1.5), Ordering::Less);
        check(Value::Int(-1), Value::Real(-1.5), Ordering::Greater);
        check(Value::Int(i64::MAX), Value::Real(9_223_372_036_854_775_807.0), Ordering::Less);
        check(Value::Int(i64::MIN), Value::Real(-1e300), Ordering::Greater);
        check(Value::Int(i64::MAX), "".into(), Ordering::Less);
        check(Value::Real(1e300), "0".into(), Ordering::Less);
        check("a".into(), "B".into(), Ordering::Greater);
        assert_eq!(Value::Null.order(&Value::Null), None);
    }

    #[test]
    fn truth() {
        let check = |value: Value<'_>, expected| assert_eq!(value.truth(), expected, "{value:?}");
        check(Value::Null, None);
        check(Value::Int(-1), Some(true));
        check(Value::Real(0.0), Some(false));
        check("1".into(), Some(true));
        check(" 0.5x".into(), Some(true));
        check("x1".into(), Some(false));
        check("".into(), Some(false));
        check("inf".into(), Some(false));
    }
}
