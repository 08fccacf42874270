//! Two runs of the same work side by side, and how sure it is that what differs between them is no chance.
//!
//! Numbers (calls, errors, bytes) are compared as sums of independent events: the difference in units of its standard
//! deviation, which is the square root of the sum of squares of what each call adds. Latencies are compared by ranks
//! (Mann-Whitney, from histograms); because calls that follow each other resemble each other, each run is cut into pieces of
//! time, and the means of the pieces' ranks say how uncertain the difference is, if that is more than chance alone would make
//! it. Where a call was made in less than three pieces, nothing is said of its latency. All confidences are for all rows of a
//! table together (Bonferroni).

use std::collections::{BTreeMap, HashMap};

use syscope_event::Event;

use crate::{Frames, Histogram};

/// Pieces of time that a run is cut into.
const PIECES: u64 = 16;
/// With fewer pieces than these on either side, nothing is said of latencies.
const FEWEST_PIECES: usize = 3;
/// Neither with fewer calls.
const FEWEST_CALLS: u64 = 8;
/// Names that are told apart, and bytes of them.
const NAMES: usize = 1 << 15;
const TEXT: usize = 16 << 20;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Measure {
    Count,
    Errors,
    Bytes,
    Latency,
}

impl Measure {
    /// Names, as users type them and as rows have them.
    pub const NAMES: [(&'static str, Measure); 4] = [
        ("count", Measure::Count),
        ("errors", Measure::Errors),
        ("bytes", Measure::Bytes),
        ("latency", Measure::Latency),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Measure::NAMES.iter().find(|(_, m)| *m == self).map_or("", |(name, _)| name)
    }
}

/// What one run has of a name.
#[derive(Debug, Clone, Default)]
struct Side {
    /// Sums, and sums of squares, of calls, errors and bytes.
    sums: [(f64, f64); 3],
    rows: u64,
    /// Latencies by piece of time and bucket.
    latency: BTreeMap<(u16, u16), u64>,
}

/// One figure of a name in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The name; `None` for all calls together.
    pub name: Option<Vec<u8>>,
    /// What it is a figure of.
    pub measure: Measure,
    /// In both runs: a number, or the median latency in nanoseconds.
    pub values: [f64; 2],
    /// How sure it is that the difference is no chance, from 0 to 1, if that can be said.
    pub confidence: Option<f64>,
}

impl Change {
    /// By how much the second differs from the first, which is 1 (`None`: that had nothing).
    pub fn relative(&self) -> Option<f64> {
        let [before, after] = self.values;
        (before > 0.0).then(|| after / before - 1.0)
    }
}

/// Two runs by the frames of their calls.
#[derive(Debug)]
pub struct Comparison {
    frames: Frames,
    by_name: HashMap<Vec<u8>, Box<[Side; 2]>>,
    other: Box<[Side; 2]>,
    text: usize,
    run: usize,
    /// When the run began, and how long a piece of it is.
    began_ns: u64,
    piece_ns: u64,
    is_full: bool,
    is_closed: bool,
}

impl Comparison {
    /// Of calls that are told apart by these columns.
    pub fn new(frames: Frames) -> Comparison {
        Comparison {
            frames,
            by_name: HashMap::new(),
            other: Box::default(),
            text: 0,
            run: 0,
            began_ns: 0,
            piece_ns: 1,
            is_full: false,
            is_closed: false,
        }
    }

    /// From here on calls are of this run, 0 or 1, which took from one time to the other.
    pub fn begin(&mut self, run: usize, began_ns: u64, ended_ns: u64) {
        self.run = run.min(1);
        self.began_ns = began_ns;
        self.piece_ns = (ended_ns.saturating_sub(began_ns) / PIECES).max(1);
        // What the first run may have had, but found no room for, would look new in the second.
        self.is_closed = self.is_full;
    }

    /// Some names found no room, and are all called other.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Adds a call.
    pub fn add(&mut self, event: &Event<'_>) {
        let mut name = Vec::new();
        self.frames.each(event, |frame| {
            if !name.is_empty() {
                name.push(b' ');
            }
            name.extend_from_slice(frame);
        });
        let room = !self.is_closed && self.by_name.len() < NAMES && self.text + name.len() <= TEXT;
        let sides = match self.by_name.get_mut(&name) {
            Some(sides) => sides,
            None if room => {
                self.text += name.len();
                self.by_name.entry(name).or_default()
            }
            None => {
                self.is_full = true;
                &mut self.other
            }
        };
        let side = &mut sides[self.run];
        let weight = f64::from(event.sampled_weight);
        let errors = if event.errno().is_some() { weight } else { 0.0 };
        let bytes = as_f64(event.bytes().unwrap_or_default()) * weight;
        for ((sum, squares), value) in side.sums.iter_mut().zip([weight, errors, bytes]) {
            *sum += value;
            *squares += value * value;
        }
        side.rows += 1;
        if let Some(ns) = event.latency_ns {
            let piece = (event.time_ns.saturating_sub(self.began_ns) / self.piece_ns).min(PIECES - 1);
            let bucket = u16::try_from(Histogram::bucket_of(ns)).unwrap_or(u16::MAX);
            *side.latency.entry((u16::try_from(piece).unwrap_or(0), bucket)).or_default() += 1;
        }
    }

    /// All figures: those of all calls together first, then by name.
    pub fn changes(&self) -> Vec<Change> {
        let mut names: Vec<(&[u8], &[Side; 2])> =
            self.by_name.iter().map(|(name, sides)| (&name[..], &**sides)).collect();
        if self.other.iter().any(|side| side.rows > 0) {
            names.push((b"[other]", &self.other));
        }
        names.sort_unstable_by_key(|(name, _)| *name);
        let tests = as_f64(names.len() as u64).max(1.0);
        let confidence = |p: f64| (1.0 - p * tests).max(0.0);
        let mut rows = Vec::new();
        let mut all = [Side::default(), Side::default()];
        for (name, sides) in names {
            for (sum, side) in all.iter_mut().zip(sides) {
                for (to, from) in sum.sums.iter_mut().zip(side.sums) {
                    *to = (to.0 + from.0, to.1 + from.1);
                }
            }
            let name = Some(name.to_vec());
            for (at, measure) in [Measure::Count, Measure::Errors, Measure::Bytes].into_iter().enumerate() {
                let (values, p) = sums(sides, at);
                rows.push(Change { name: name.clone(), measure, values, confidence: Some(confidence(p)) });
            }
            if let [Some(before), Some(after)] = [median(&sides[0]), median(&sides[1])] {
                let confidence = rank_test(sides).map(confidence);
                rows.push(Change { name, measure: Measure::Latency, values: [before, after], confidence });
            }
        }
        let mut first: Vec<Change> = [Measure::Count, Measure::Errors, Measure::Bytes]
            .into_iter()
            .enumerate()
            .map(|(at, measure)| {
                let (values, p) = sums(&all, at);
                Change { name: None, measure, values, confidence: Some(1.0 - p) }
            })
            .collect();
        first.append(&mut rows);
        first
    }
}

/// Both sums, and how probable a difference as large as theirs is by chance.
fn sums(sides: &[Side; 2], at: usize) -> ([f64; 2], f64) {
    let [(a, a2), (b, b2)] = [sides[0].sums[at], sides[1].sums[at]];
    // Less half of the smallest step, as sums of whole calls go (Yates).
    let step = if a + b > 0.0 { (a2 + b2) / (a + b) } else { 0.0 };
    let distance = ((a - b).abs() - step).max(0.0);
    let p = if distance > 0.0 { two_sided(distance / (a2 + b2).sqrt()) } else { 1.0 };
    ([a, b], p)
}

/// The median, between the ends of its bucket by how many are below.
fn median(side: &Side) -> Option<f64> {
    let mut buckets: BTreeMap<u16, u64> = BTreeMap::new();
    side.latency.iter().for_each(|((_, bucket), n)| *buckets.entry(*bucket).or_default() += n);
    let half = as_f64(buckets.values().sum()) / 2.0;
    let mut below = 0.0;
    for (bucket, n) in buckets {
        let n = as_f64(n);
        if below + n >= half {
            let (low, end) = Histogram::bounds(bucket.into());
            let (low, end) = (as_f64(low), as_f64(end));
            return Some(low + (end - low) * (half - below) / n);
        }
        below += n;
    }
    None
}

/// How probable it is that ranks differ so much by chance; `None` if too little is known.
fn rank_test(sides: &[Side; 2]) -> Option<f64> {
    let mut buckets: BTreeMap<u16, u64> = BTreeMap::new();
    for side in sides {
        side.latency.iter().for_each(|((_, bucket), n)| *buckets.entry(*bucket).or_default() += n);
    }
    let all = as_f64(buckets.values().sum());
    // Values in one bucket share the mean of their ranks.
    let (mut below, mut ties) = (0.0, 0.0);
    let mut ranks: BTreeMap<u16, f64> = BTreeMap::new();
    for (bucket, n) in buckets {
        let n = as_f64(n);
        ranks.insert(bucket, below + (n + 1.0) / 2.0);
        below += n;
        ties += n * n * n - n;
    }
    let mut means = [0.0; 2];
    let (mut spread, mut freedom, mut inverse) = (0.0, 0.0, 0.0);
    for (side, mean) in sides.iter().zip(&mut means) {
        let mut pieces: BTreeMap<u16, (f64, f64)> = BTreeMap::new();
        for ((piece, bucket), n) in &side.latency {
            let (count, sum) = pieces.entry(*piece).or_default();
            *count += as_f64(*n);
            *sum += as_f64(*n) * ranks.get(bucket)?;
        }
        let count: f64 = pieces.values().map(|(n, _)| n).sum();
        if pieces.len() < FEWEST_PIECES || side.latency.values().sum::<u64>() < FEWEST_CALLS {
            return None;
        }
        *mean = pieces.values().map(|(_, sum)| sum).sum::<f64>() / count;
        let m = as_f64(pieces.len() as u64);
        let squares: f64 = pieces.values().map(|(n, sum)| (sum - n * *mean).powi(2)).sum();
        spread += squares / (count * count) * m / (m - 1.0);
        freedom += m - 1.0;
        inverse += 1.0 / count;
    }
    let chance = (all * (all + 1.0) / 12.0 - ties / (12.0 * (all - 1.0).max(1.0))).max(0.0) * inverse;
    let variance = spread.max(chance);
    if variance <= 0.0 {
        return Some(1.0);
    }
    let t = (means[0] - means[1]).abs() / variance.sqrt();
    // Student's distribution by the normal one (Wallace 1959).
    let z = (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0) * (freedom * (t * t / freedom).ln_1p()).sqrt();
    Some(two_sided(z))
}

/// The share of a normal distribution that is further from its middle than `z` (Abramowitz and Stegun 7.1.26).
fn two_sided(z: f64) -> f64 {
    const A: [f64; 5] = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly = A.iter().rev().fold(0.0, |sum, a| (sum + a) * t);
    (poly * (-x * x).exp()).clamp(0.0, 1.0)
}

#[allow(clippy::cast_precision_loss)]
fn as_f64(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_the_normal_distribution() {
        for (z, p) in [(0.0, 1.0), (1.0, 0.317_310_5), (1.959_964, 0.05), (2.575_829, 0.01), (4.0, 6.334e-5)]
        {
            assert!((two_sided(z) - p).abs() < 1e-6, "{z}: {}", two_sided(z));
        }
    }

    /// A generator of its own: the same values every time.
    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    /// `drift`: how much each piece is slower than the one before, in per mille.
    fn side(seed: u64, slower: u64, drift: u64) -> Side {
        let mut state = seed;
        let mut side = Side::default();
        for n in 0..1600_u64 {
            let piece = n / 100;
            let ns = (1000 + random(&mut state) % 1000) * slower / 100 * (1000 + drift * piece) / 1000;
            let bucket = u16::try_from(Histogram::bucket_of(ns)).unwrap();
            *side.latency.entry((u16::try_from(piece).unwrap(), bucket)).or_default() += 1;
            side.rows += 1;
        }
        side
    }

    /// Of the same distribution, one in a hundred is below 0.01; of a slower one all are.
    #[test]
    fn ranks_tell_chance_from_change() {
        let p = |n: u64, slower, drift| {
            let seed = |k: u64| 0x9e37_79b9_7f4a_7c15 ^ (n * 2 + k).wrapping_mul(0x2545_f491_4f6c_dd1d);
            rank_test(&[side(seed(0), 100, drift), side(seed(1), slower, drift)]).unwrap()
        };
        let wrong = (1..400).filter(|n| p(*n, 100, 0) < 0.01).count();
        assert!(wrong < 13, "{wrong} of 400");
        assert!((1..40).all(|n| p(n, 110, 0) < 0.001));
        // Where a run itself differs that much from piece to piece, ten percent are nothing.
        assert!((1..40).all(|n| p(n, 110, 100) > 0.01));
    }

    #[test]
    fn little_is_not_judged() {
        let mut few = side(1, 100, 0);
        few.latency.retain(|(piece, _), _| *piece < 2);
        assert_eq!(rank_test(&[few, side(2, 300, 0)]), None);
    }
}
