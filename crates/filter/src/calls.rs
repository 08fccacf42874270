//! What the kernel half decides in a live run, for events that come from elsewhere.

use syscope_event::{CallId, Event, Item};

/// Conditions on calls, with the kernel half's meaning of each.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Numbers of the table that are wanted (true at the number).
    pub calls: Vec<bool>,
    /// Calls that are not in the table are wanted.
    pub foreign: bool,
    /// Failed calls are not.
    pub only_ok: bool,
    /// Successful calls are not.
    pub only_failed: bool,
    /// Shorter calls are not.
    pub min_latency_ns: u64,
    /// Only tasks of this name.
    pub comm: Option<[u8; syscope_wire::COMM]>,
    /// Only tasks of this user.
    pub uid: Option<u32>,
    /// Only these processes; of all if there are none.
    pub pids: Vec<u32>,
}

impl CallFilter {
    /// The call is wanted.
    pub fn keeps(&self, event: &Event<'_>) -> bool {
        let is_wanted = match event.call {
            CallId::Known(sys) => self.calls.get(sys.nr as usize) == Some(&true),
            CallId::Foreign { .. } => self.foreign,
        };
        let is_one_of = self.comm.is_none_or(|comm| event.task.is_some_and(|t| t.comm.0 == comm))
            && self.uid.is_none_or(|uid| event.task.is_some_and(|t| t.uid == uid));
        is_wanted && is_one_of && self.keeps_result(event) && self.keeps_process(event.pid)
    }

    fn keeps_result(&self, event: &Event<'_>) -> bool {
        // What has not returned is neither a success nor a failure yet, and says so itself.
        if event.unfinished {
            return true;
        }
        // What never returns is neither, and has no duration.
        let Some(ret) = event.ret else {
            return !self.only_ok && !self.only_failed && self.min_latency_ns == 0;
        };
        let is_excluded = if (-4095..0).contains(&ret) { self.only_ok } else { self.only_failed };
        !is_excluded && event.latency_ns.unwrap_or(0) >= self.min_latency_ns
    }

    fn keeps_process(&self, pid: u32) -> bool {
        self.pids.is_empty() || self.pids.contains(&pid)
    }

    /// What is no call is wanted of the processes that are.
    pub fn keeps_item(&self, item: &Item<'_>) -> bool {
        match item {
            Item::Call(event) => self.keeps(event),
            Item::Exit(exit) => self.keeps_process(exit.pid),
            Item::Signal(signal) => self.keeps_process(signal.signal.pid),
            Item::Fork(fork) => self.keeps_process(fork.pid) || self.keeps_process(fork.child_pid),
            Item::Exec(exec) => self.keeps_process(exec.pid),
        }
    }
}
