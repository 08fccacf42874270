//! Totals over events: how often, how long, how many failed. No I/O, no text.

use std::collections::HashMap;

use syscope_event::{CallId, Event};

/// Totals of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Calls.
    pub calls: u64,
    /// Of these, failed ones.
    pub errors: u64,
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
    pub fn add(&mut self, event: &Event<'_>) {
        self.calls += u64::from(event.sampled_weight);
        self.errors += u64::from(event.errno().is_some());
        self.bytes = self.bytes.saturating_add(event.bytes().unwrap_or_default());
        if let Some(ns) = event.latency_ns {
            self.total_ns = self.total_ns.saturating_add(ns);
            self.min_ns = if self.calls == 1 { ns } else { self.min_ns.min(ns) };
            self.max_ns = self.max_ns.max(ns);
        }
    }

    /// Adds other totals.
    pub fn merge(&mut self, other: &Totals) {
        self.min_ns = if self.calls == 0 { other.min_ns } else { self.min_ns.min(other.min_ns) };
        self.calls += other.calls;
        self.errors += other.errors;
        self.total_ns = self.total_ns.saturating_add(other.total_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    /// Mean latency.
    pub fn mean_ns(&self) -> u64 {
        self.total_ns.checked_div(self.calls).unwrap_or_default()
    }
}

/// Totals by call name.
#[derive(Debug, Default)]
pub struct ByCall {
    known: Vec<Totals>,
    foreign: HashMap<String, Totals>,
}

impl ByCall {
    /// Adds one call.
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

    /// Every call that was seen, in no particular order.
    pub fn rows(&self) -> Vec<(&str, Totals)> {
        let known = self
            .known
            .iter()
            .enumerate()
            .filter(|(_, t)| t.calls > 0)
            .filter_map(|(nr, t)| Some((syscope_event::call_name(u32::try_from(nr).ok()?)?, *t)));
        known.chain(self.foreign.iter().map(|(n, t)| (n.as_str(), *t))).collect()
    }
}
