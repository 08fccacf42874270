//! Log-linear histograms of nanoseconds, as the kernel half keeps them.

use syscope_wire::{HIST_BUCKETS, HIST_SUB_BITS};

const SUB: usize = 1 << HIST_SUB_BITS;

/// How often values of each size occurred. Percentiles are within 6 % of the true ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    buckets: Box<[u64; HIST_BUCKETS]>,
    count: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { buckets: Box::new([0; HIST_BUCKETS]), count: 0 }
    }
}

impl Histogram {
    /// The bucket of a value.
    #[inline]
    pub fn bucket_of(value: u64) -> usize {
        let Some(log) = value.checked_ilog2().filter(|log| *log >= HIST_SUB_BITS) else {
            return usize::try_from(value).unwrap_or(0);
        };
        let shift = log - HIST_SUB_BITS;
        let sub = usize::try_from(value >> shift).unwrap_or(0) & (SUB - 1);
        (((shift as usize + 1) << HIST_SUB_BITS) + sub).min(HIST_BUCKETS - 1)
    }

    /// The values of a bucket: from the first to before the second. The last bucket has whatever is larger, too.
    pub fn bounds(bucket: usize) -> (u64, u64) {
        let low = |bucket: usize| match bucket.checked_sub(SUB) {
            None => bucket as u64,
            Some(above) => ((SUB + above % SUB) as u64) << (above / SUB),
        };
        (low(bucket), low(bucket + 1))
    }

    /// Adds a value `times` times.
    #[inline]
    pub fn add(&mut self, value: u64, times: u64) {
        self.add_to(Histogram::bucket_of(value), times);
    }

    /// Adds to a bucket.
    #[inline]
    pub fn add_to(&mut self, bucket: usize, times: u64) {
        if let Some(n) = self.buckets.get_mut(bucket) {
            *n = n.saturating_add(times);
            self.count = self.count.saturating_add(times);
        }
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        for (bucket, n) in other.buckets.iter().enumerate().filter(|(_, n)| **n > 0) {
            self.add_to(bucket, *n);
        }
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Every bucket that is not empty: its bounds, and how many values are in it.
    pub fn buckets(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.buckets.iter().copied().enumerate().filter(|(_, n)| *n > 0)
    }

    /// The value that `per_mille` of 1000 values are not above: 500 is the median. `None` without values.
    pub fn quantile(&self, per_mille: u64) -> Option<u64> {
        // Nearest rank, in wide arithmetic.
        let rank = (u128::from(self.count) * u128::from(per_mille)).div_ceil(1000).max(1);
        let mut seen = 0_u128;
        let (bucket, _) = self.buckets().find(|(_, n)| {
            seen += u128::from(*n);
            seen >= rank
        })?;
        let (low, end) = Histogram::bounds(bucket);
        let high = end - 1;
        // The value that is off by the same factor from either end.
        Some(if low == high { low } else { mean_of_ends(low, high) })
    }
}

fn mean_of_ends(low: u64, high: u64) -> u64 {
    let (low, high) = (u128::from(low), u128::from(high));
    u64::try_from(2 * low * high / (low + high)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_within_the_bounds_of_its_bucket() {
        let near_powers =
            (0..44).flat_map(|log| (0..64).map(move |d| (1_u64 << log).wrapping_add(d).wrapping_sub(32)));
        for value in (0..10_000).chain(near_powers).filter(|v| *v < 1 << 44) {
            let bucket = Histogram::bucket_of(value);
            let (low, end) = Histogram::bounds(bucket);
            assert!(low <= value && value < end, "{value} is in bucket {bucket}: {low} to {end}");
            assert!(end - low <= 1.max(low / 8), "{bucket} is wide: {low} to {end}");
        }
        assert_eq!(Histogram::bucket_of((1 << 44) - 1), HIST_BUCKETS - 1);
        assert_eq!(Histogram::bucket_of(u64::MAX), HIST_BUCKETS - 1);
        assert_eq!((1..HIST_BUCKETS).find(|b| Histogram::bounds(b - 1).1 != Histogram::bounds(*b).0), None);
    }

    /// Percentiles against those of the sorted values themselves.
    #[test]
    #[allow(clippy::cast_precision_loss)]
    fn percentiles_are_within_six_percent() {
        // A generator of its own: the same values every time.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut worst = 0.0_f64;
        for spread in [1, 2, 4, 8, 12, 20, 30, 38] {
            for n in [1, 2, 3, 10, 100, 1000, 30_000] {
                let mut values: Vec<u64> = (0..n)
                    .map(|_| {
                        let log = next() % spread + 5;
                        (1 << log) + next() % (1 << log)
                    })
                    .collect();
                let mut hist = Histogram::default();
                values.iter().for_each(|v| hist.add(*v, 1));
                values.sort_unstable();
                for per_mille in [1, 10, 500, 900, 990, 999, 1000] {
                    let rank = (values.len() * per_mille).div_ceil(1000).max(1);
                    let exact = values[rank - 1] as f64;
                    let told = hist.quantile(per_mille as u64).unwrap() as f64;
                    let off = (told - exact).abs() / exact;
                    worst = worst.max(off);
                    assert!(off <= 0.06, "{per_mille} of {n} values: {told}, and {exact} is true");
                }
            }
        }
        assert!(worst > 0.03, "the values are no test: {worst}");
    }

    #[test]
    fn small_values_are_exact_and_nothing_has_no_median() {
        let mut hist = Histogram::default();
        assert_eq!(hist.quantile(500), None);
        for value in 0..8 {
            hist.add(value, 1);
        }
        assert_eq!((hist.quantile(0), hist.quantile(500), hist.quantile(1000)), (Some(0), Some(3), Some(7)));
    }

    #[test]
    fn merging_is_adding() {
        let (mut a, mut b, mut both) = (Histogram::default(), Histogram::default(), Histogram::default());
        for (into_a, value, times) in [(true, 5, 2), (false, 5, 1), (false, 1 << 40, 7)] {
            if into_a { &mut a } else { &mut b }.add(value, times);
            both.add(value, times);
        }
        a.merge(&b);
        assert_eq!(a, both);
        assert_eq!(a.count(), 10);
    }
}
