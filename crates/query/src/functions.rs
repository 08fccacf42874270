//! Functions that SQLite lacks: percentiles, histograms, regular expressions.

use std::fmt::Write;

use regex::bytes::Regex;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use syscope_stats::Histogram;

/// So many values of a group are kept; of more, how often each size occurred.
const EXACT: usize = 1 << 20;

pub(crate) fn register(connection: &Connection) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, percent) in [(c"p50", 50.0), (c"p90", 90.0), (c"p99", 99.0)] {
        connection.create_aggregate_function(name, 1, flags, Percentile(Some(percent)))?;
    }
    connection.create_aggregate_function(c"percentile", 2, flags, Percentile(None))?;
    connection.create_aggregate_function(c"hist", 1, flags, Spread)?;
    connection.create_scalar_function(c"regexp", 2, flags, regexp)
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// `x REGEXP pattern`, as in --where.
fn regexp(context: &Context<'_>) -> Result<Option<bool>> {
    let text = match context.get_raw(1) {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => return Ok(None),
    };
    let pattern = context.get_or_create_aux(0, |pattern| -> std::result::Result<Regex, Failure> {
        match pattern {
            ValueRef::Text(pattern) => Ok(Regex::new(&String::from_utf8_lossy(pattern))?),
            _ => Err("a regular expression is a text".into()),
        }
    });
    let pattern: std::sync::Arc<Regex> =
        pattern.map_err(|e: Error| Error::UserFunctionError(format!("REGEXP: {e}").into()))?;
    Ok(Some(pattern.is_match(text)))
}

/// Values of a group.
#[derive(Debug, Default)]
struct Values {
    exact: Vec<i64>,
    sizes: Option<Histogram>,
    percent: f64,
}

impl Values {
    fn add(&mut self, value: i64) {
        if let Some(sizes) = &mut self.sizes {
            sizes.add(u64::try_from(value).unwrap_or(0), 1);
            return;
        }
        self.exact.push(value);
        if self.exact.len() >= EXACT {
            let mut sizes = Histogram::default();
            self.exact.drain(..).for_each(|v| sizes.add(u64::try_from(v).unwrap_or(0), 1));
            self.sizes = Some(sizes);
        }
    }

    /// The smallest value that is not exceeded by so many percent of all.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn percentile(mut self) -> Option<i64> {
        let percent = self.percent.clamp(0.0, 100.0);
        if let Some(sizes) = &self.sizes {
            return sizes
                .quantile((percent * 10.0).round() as u64)
                .map(|v| i64::try_from(v).unwrap_or(i64::MAX));
        }
        let rank = (percent / 100.0 * self.exact.len() as f64).ceil() as usize;
        let at = rank.saturating_sub(1);
        if at >= self.exact.len() {
            return None;
        }
        Some(*self.exact.select_nth_unstable(at).1)
    }
}

#[allow(clippy::cast_possible_truncation)]
fn number(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(n) => Some(n),
        ValueRef::Real(x) => Some(x as i64),
        _ => None,
    }
}

/// p50, p90, p99 and percentile(x, percent).
struct Percentile(Option<f64>);

impl Aggregate<Values, Option<i64>> for Percentile {
    fn init(&self, _: &mut Context<'_>) -> Result<Values> {
        Ok(Values { percent: self.0.unwrap_or_default(), ..Values::default() })
    }

    fn step(&self, context: &mut Context<'_>, values: &mut Values) -> Result<()> {
        if self.0.is_none() {
            values.percent = context.get(1)?;
        }
        if let Some(value) = number(context.get_raw(0)) {
            values.add(value);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, values: Option<Values>) -> Result<Option<i64>> {
        Ok(values.and_then(Values::percentile))
    }
}

/// hist(x): how many values there are from each power of two on.
struct Spread;

impl Aggregate<[u64; 65], Option<String>> for Spread {
    fn init(&self, _: &mut Context<'_>) -> Result<[u64; 65]> {
        Ok([0; 65])
    }

    fn step(&self, context: &mut Context<'_>, counts: &mut [u64; 65]) -> Result<()> {
        if let Some(value) = number(context.get_raw(0)) {
            let above = u64::try_from(value).unwrap_or(0).checked_ilog2().map_or(0, |log| log as usize + 1);
            counts[above] += 1;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, counts: Option<[u64; 65]>) -> Result<Option<String>> {
        let Some(counts) = counts else { return Ok(None) };
        let mut out = String::new();
        for (above, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
            let from = if above == 0 { 0 } else { 1_u64 << (above - 1) };
            // A string takes everything.
            let _ = write!(out, "{}{from}:{n}", if out.is_empty() { "" } else { " " });
        }
        Ok((!out.is_empty()).then_some(out))
    }
}
