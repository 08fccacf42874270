//! Totals over events: how often, how long, how many failed. No I/O, no text.

mod compare;
mod counts;
mod frames;
mod group;
mod hist;
mod normal;
mod recorded;
mod stacks;

pub use compare::{Change, Comparison, Measure};
pub use counts::{Count, Keyed};
pub use frames::Frames;
pub use group::{Dim, Label, Names, Table};
pub use hist::Histogram;
pub use normal::normalise;
pub use recorded::Recorded;
pub use stacks::{EachStack, Node, ROOT, Room, Stacks, Weight};

use std::collections::HashMap;

use syscope_event::{CallId, Event};

/// Totals of one group of calls. A sampled row counts as the calls that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Calls.
    pub calls: u64,
    /// Of these, failed ones.
    pub errors: u64,
    /// Of these, calls with a latency: those that returned, or were still waiting at the end.
    pub timed: u64,
    /// Sum of latencies.
    pub total_ns: u64,
    /// Shortest latency; 0 without any.
    pub min_ns: u64,
    /// Longest latency.
    pub max_ns: u64,
    /// Bytes moved.
    pub bytes: u64,
}

impl Totals {
    /// Adds one call.
    #[inline]
    pub fn add(&mut self, event: &Event<'_>) {
        let weight = u64::from(event.sampled_weight);
        let latency_ns = event.latency_ns.unwrap_or_default();
        self.merge(&Totals {
            calls: weight,
            errors: if event.errno().is_some() { weight } else { 0 },
            timed: if event.latency_ns.is_some() { weight } else { 0 },
            total_ns: latency_ns.saturating_mul(weight),
            min_ns: latency_ns,
            max_ns: latency_ns,
            bytes: event.bytes().unwrap_or_default().saturating_mul(weight),
        });
    }

    /// Adds other totals.
    #[inline]
    pub fn merge(&mut self, other: &Totals) {
        if other.timed > 0 {
            self.min_ns = if self.timed == 0 { other.min_ns } else { self.min_ns.min(other.min_ns) };
            self.max_ns = self.max_ns.max(other.max_ns);
        }
        self.calls = self.calls.saturating_add(other.calls);
        self.errors = self.errors.saturating_add(other.errors);
        self.timed = self.timed.saturating_add(other.timed);
        self.total_ns = self.total_ns.saturating_add(other.total_ns);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    /// Mean latency of the calls that have one.
    pub fn mean_ns(&self) -> u64 {
        self.total_ns.checked_div(self.timed).unwrap_or_default()
    }
}

/// Totals by call name.
#[derive(Debug, Default)]
pub struct ByCall {
    /// By number.
    known: Vec<Totals>,
    foreign: HashMap<String, Totals>,
}

impl ByCall {
    /// Adds one call.
    #[inline]
    pub fn add(&mut self, event: &Event<'_>) {
        match event.call {
            CallId::Known(sys) => {
                let nr = sys.nr as usize;
                if nr >= self.known.len() {
                    self.known.resize(nr + 1, Totals::default());
                }
                self.known[nr].add(event);
            }
            CallId::Foreign { .. } => self.foreign.entry(event.name().into_owned()).or_default().add(event),
        }
    }

    /// Every call that was seen: those of the table by number, then others by name.
    pub fn rows(&self) -> Vec<(&str, Totals)> {
        let known = self
            .known
            .iter()
            .enumerate()
            .filter(|(_, t)| t.calls > 0)
            .filter_map(|(nr, t)| Some((syscope_event::call_name(u32::try_from(nr).ok()?)?, *t)));
        let mut foreign: Vec<(&str, Totals)> = self.foreign.iter().map(|(n, t)| (n.as_str(), *t)).collect();
        foreign.sort_unstable_by_key(|(name, _)| *name);
        known.chain(foreign).collect()
    }
}
