//! What the kernel half counted, by key, and groups of it.

use std::collections::BTreeMap;

use syscope_wire::{Cell, CountKey, Gaps, HIST_BUCKETS, WAYS};

use crate::{Histogram, Totals};

/// All there is to say about a group of calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Count {
    /// Calls, errors, time, bytes.
    pub totals: Totals,
    /// Of the calls, those that had not returned.
    pub unfinished: u64,
    /// Bytes read, written, transferred.
    pub bytes: [u64; WAYS],
    /// Latencies.
    pub latency: Histogram,
    /// Times between a thread's calls, if they were counted.
    pub gap: Histogram,
    /// Errors by number, as far as their numbers found room.
    pub errors: BTreeMap<u32, u64>,
}

impl Count {
    /// Adds another group.
    pub fn merge(&mut self, other: &Count) {
        self.totals.merge(&other.totals);
        self.unfinished = self.unfinished.saturating_add(other.unfinished);
        for (a, b) in self.bytes.iter_mut().zip(other.bytes) {
            *a = a.saturating_add(b);
        }
        self.latency.merge(&other.latency);
        self.gap.merge(&other.gap);
        for (errno, n) in &other.errors {
            let sum = self.errors.entry(*errno).or_default();
            *sum = sum.saturating_add(*n);
        }
    }

    /// A latency that `per_mille` of 1000 calls do not exceed.
    pub fn latency_ns(&self, per_mille: u64) -> Option<u64> {
        // No percentile is beyond the ends, which are known exactly.
        let found = self.latency.quantile(per_mille)?;
        Some(found.clamp(self.totals.min_ns.min(self.totals.max_ns), self.totals.max_ns))
    }
}

/// One key of the kernel half, added up over its processors.
#[derive(Debug, Clone, Default)]
pub struct Keyed {
    /// What it stands for.
    pub key: CountKey,
    /// What was counted.
    pub count: Count,
    /// The buckets as they stood, which count up to 2^32 and start over.
    seen: Option<Box<Seen>>,
}

#[derive(Debug, Clone)]
struct Seen {
    latency: [u32; HIST_BUCKETS],
    gap: [u32; HIST_BUCKETS],
}

impl Keyed {
    /// Counted elsewhere.
    pub fn new(key: CountKey, count: Count) -> Keyed {
        Keyed { key, count, seen: None }
    }

    /// Takes what all processors have counted for this key since tracing began. Must be called before any bucket has
    /// gone round since the last time.
    pub fn update(&mut self, key: CountKey, cells: &[Cell], gaps: &[Gaps], errors: &[(u32, u64)]) {
        self.key = key;
        let mut totals = Totals::default();
        let mut bytes = [0; WAYS];
        let how = key.how();
        let mut now = Box::new(Seen { latency: [0; HIST_BUCKETS], gap: [0; HIST_BUCKETS] });
        for cell in cells.iter().filter(|c| c.calls > 0) {
            totals.merge(&Totals {
                calls: cell.calls,
                errors: cell.errors,
                timed: if how == Some(syscope_wire::How::NoReturn) { 0 } else { cell.calls },
                total_ns: cell.total_ns,
                min_ns: cell.min_ns,
                max_ns: cell.max_ns,
                bytes: cell.bytes.iter().sum(),
            });
            for (sum, n) in bytes.iter_mut().zip(cell.bytes) {
                *sum += n;
            }
            add_all(&mut now.latency, &cell.hist);
        }
        gaps.iter().for_each(|g| add_all(&mut now.gap, &g.hist));
        let before = self.seen.take();
        grow(&mut self.count.latency, &now.latency, before.as_ref().map(|s| &s.latency));
        grow(&mut self.count.gap, &now.gap, before.as_ref().map(|s| &s.gap));
        self.seen = Some(now);
        self.count.totals = totals;
        self.count.bytes = bytes;
        self.count.unfinished = if how.is_some_and(|h| h.is_unfinished()) { totals.calls } else { 0 };
        self.count.errors = errors.iter().copied().collect();
    }
}

fn add_all(sums: &mut [u32; HIST_BUCKETS], more: &[u32; HIST_BUCKETS]) {
    for (sum, n) in sums.iter_mut().zip(more) {
        *sum = sum.wrapping_add(*n);
    }
}

fn grow(hist: &mut Histogram, now: &[u32; HIST_BUCKETS], before: Option<&[u32; HIST_BUCKETS]>) {
    for (bucket, n) in now.iter().enumerate() {
        let more = n.wrapping_sub(before.map_or(0, |b| b[bucket]));
        if more > 0 {
            hist.add_to(bucket, more.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(calls: u64, bucket: usize, n: u32) -> Cell {
        let mut hist = [0; HIST_BUCKETS];
        hist[bucket] = n;
        Cell {
            calls,
            errors: 1,
            total_ns: 10 * calls,
            min_ns: 5,
            max_ns: 50,
            bytes: [1, 2, 0],
            hist,
            begun: calls,
        }
    }

    #[test]
    fn processors_are_added_up() {
        let mut keyed = Keyed::default();
        // The third processor never had a call: its shortest latency of 0 means nothing.
        let idle = Cell { calls: 0, min_ns: 0, ..cell(0, 0, 0) };
        keyed.update(CountKey::default(), &[cell(3, 40, 3), cell(2, 41, 2), idle], &[], &[(2, 2)]);
        let count = &keyed.count;
        assert_eq!(
            count.totals,
            Totals { calls: 5, errors: 2, timed: 5, total_ns: 50, min_ns: 5, max_ns: 50, bytes: 6 }
        );
        assert_eq!((count.bytes, count.latency.count(), count.unfinished), ([2, 4, 0], 5, 0));
        assert_eq!(count.errors, BTreeMap::from([(2, 2)]));
    }

    #[test]
    fn buckets_that_start_over_are_followed() {
        let mut keyed = Keyed::default();
        let mut look = |n: u32| {
            keyed.update(CountKey::default(), &[cell(1, 100, n)], &[], &[]);
            keyed.count.latency.count()
        };
        assert_eq!(look(u32::MAX - 1), u64::from(u32::MAX) - 1);
        assert_eq!(look(3), u64::from(u32::MAX) + 4);
    }

    #[test]
    fn what_never_returns_has_no_latency() {
        let mut keyed = Keyed::default();
        let key = |how: u16| CountKey { how, ..CountKey::default() };
        keyed.update(key(syscope_wire::How::NoReturn as u16), &[cell(2, 0, 0)], &[], &[]);
        assert_eq!((keyed.count.totals.timed, keyed.count.unfinished), (0, 0));
        keyed.update(key(syscope_wire::How::Unfinished as u16), &[cell(2, 0, 0)], &[], &[]);
        assert_eq!((keyed.count.totals.timed, keyed.count.unfinished), (2, 2));
    }

    #[test]
    fn percentiles_stay_within_the_exact_ends() {
        let mut count = Count::default();
        count.latency.add(1000, 1);
        count.totals.merge(&Totals {
            calls: 1,
            timed: 1,
            total_ns: 1000,
            min_ns: 1000,
            max_ns: 1000,
            ..Totals::default()
        });
        assert_eq!(count.latency_ns(500), Some(1000));
        assert_eq!(Count::default().latency_ns(500), None);
    }
}
