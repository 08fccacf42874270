//! Numbers of tasks in their own PID namespaces, and what the host calls them.

use std::collections::HashMap;

use syscope_wire as wire;

use crate::Event;

/// Traced tasks that are alive. A number counts in its namespace.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    hosts: HashMap<(u32, u32), u32>,
    own: HashMap<u32, (u32, u32)>,
}

impl Numbers {
    /// A task is there.
    pub(crate) fn learn(&mut self, tid: u32, pid_ns: u32, ns_tid: u32) {
        let own = (pid_ns, ns_tid);
        if let Some(old) = self.own.insert(tid, own).filter(|old| *old != own) {
            self.hosts.remove(&old);
        }
        self.hosts.insert(own, tid);
    }

    /// It is gone.
    pub(crate) fn forget(&mut self, tid: u32) {
        if let Some(own) = self.own.remove(&tid) {
            self.hosts.remove(&own);
        }
    }

    /// What the host calls the task that `tid` calls `number`.
    fn host(&self, tid: u32, number: u32) -> Option<u32> {
        let (pid_ns, _) = self.own.get(&tid)?;
        self.hosts.get(&(*pid_ns, number)).copied()
    }
}

/// A signal with the number of its sender as the host has it, if that is another one.
#[derive(Debug, Clone, Copy)]
pub struct Delivered {
    /// The signal.
    pub signal: wire::Signal,
    /// The sender.
    pub host_pid: Option<u32>,
}

impl Numbers {
    /// The signal and its sender.
    pub(crate) fn delivered(&self, signal: wire::Signal) -> Delivered {
        let host_pid = self.host(signal.hdr.tid, signal.si_pid).filter(|host| *host != signal.si_pid);
        Delivered { signal, host_pid }
    }
}

impl Event<'_> {
    /// What the host calls the task that the caller calls `number`, if that is another number and known.
    pub(crate) fn host_pid(&self, number: i32) -> Option<u32> {
        let number = u32::try_from(number).ok().filter(|n| *n > 0)?;
        self.numbers?.host(self.tid, number).filter(|host| *host != number)
    }
}
