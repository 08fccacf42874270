//! Events counted as the kernel half counts calls, so that the same tables are made of both.

use std::collections::HashMap;

use syscope_event::{Direction, Event};
use syscope_syscalls::Counted;
use syscope_wire::{CountKey, Group, How, call_flags};

use crate::{Count, Dim, Keyed};

/// Counts by key.
#[derive(Debug)]
pub struct Recorded {
    by_task: bool,
    by_file: bool,
    keys: HashMap<CountKey, Count>,
}

impl Recorded {
    /// For rows that are told apart by these.
    pub fn new(dims: &[Dim]) -> Recorded {
        let (group, by_file) = Dim::needs(dims);
        Recorded { by_task: group != Group::None, by_file, keys: HashMap::new() }
    }

    /// What its keys are grouped by: whoever makes a call, from which the others follow.
    pub fn group(&self) -> Group {
        if self.by_task { Group::Task } else { Group::None }
    }

    /// Adds a call.
    pub fn add(&mut self, event: &Event<'_>) {
        let how = match (event.unfinished, event.latency_ns) {
            (true, _) => How::Unfinished,
            (false, None) => How::NoReturn,
            (false, Some(_)) => How::Returned,
        };
        let file = match event.syscall().map(|sys| sys.counted_with()) {
            Some(Counted::Arg) if self.by_file => event.fd_file(0),
            Some(Counted::Ret) if self.by_file => event.ret_file(),
            _ => None,
        };
        let task = event.task.filter(|_| self.by_task).map_or(0, |t| t.id);
        let (nr, abi) = event.call.number();
        let key = CountKey {
            group: [task, 0],
            file: file.map_or(0, |f| f.id),
            nr,
            how: how as u16,
            abi: u16::try_from(abi & (call_flags::COMPAT | call_flags::X32)).unwrap_or(0),
        };
        let count = self.keys.entry(key).or_default();
        let weight = u64::from(event.sampled_weight);
        count.totals.add(event);
        count.unfinished += if event.unfinished { weight } else { 0 };
        if let Some(ns) = event.latency_ns {
            count.latency.add(ns, weight);
        }
        if let Some(ns) = event.gap_ns {
            count.gap.add(ns, weight);
        }
        if let (Some(bytes), Some(direction)) = (event.bytes(), event.direction()) {
            let way = match direction {
                Direction::Read => 0,
                Direction::Write => 1,
                Direction::Transfer => 2,
            };
            count.bytes[way] = count.bytes[way].saturating_add(bytes.saturating_mul(weight));
        }
        if let Some(errno) = event.errno() {
            *count.errors.entry(errno).or_default() += weight;
        }
    }

    /// The keys.
    pub fn keyed(self) -> Vec<Keyed> {
        self.keys.into_iter().map(|(key, count)| Keyed::new(key, count)).collect()
    }
}
