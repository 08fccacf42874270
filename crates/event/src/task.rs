//! Tasks as the kernel half saw them, by id.

use std::collections::HashMap;

use syscope_wire as wire;

/// A task's name: at most 15 bytes, any bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Comm(pub [u8; wire::COMM]);

impl Comm {
    /// The name without its padding.
    pub fn as_bytes(&self) -> &[u8] {
        let len = self.0.iter().position(|&b| b == 0).unwrap_or(self.0.len());
        &self.0[..len]
    }
}

/// One thread between two changes of its name, user, parent or cgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Key in records.
    pub id: u64,
    /// Process, host pid namespace.
    pub pid: u32,
    /// Thread, host pid namespace.
    pub tid: u32,
    /// Thread as it sees itself.
    pub ns_tid: u32,
    /// Inode of the PID namespace in which it does.
    pub pid_ns: u32,
    /// Parent process.
    pub ppid: u32,
    /// User id, initial user namespace.
    pub uid: u32,
    /// Name.
    pub comm: Comm,
    /// Path below the cgroup2 root.
    pub cgroup: Box<[u8]>,
    /// Boot-time start.
    pub start_ns: u64,
}

impl Task {
    /// Takes a task record.
    pub fn from_record(rec: &wire::Task<'_>) -> Task {
        Task {
            id: rec.task_id,
            pid: rec.pid,
            tid: rec.hdr.tid,
            ns_tid: rec.ns_tid,
            pid_ns: rec.pid_ns,
            ppid: rec.ppid,
            uid: rec.uid,
            comm: Comm(rec.comm),
            cgroup: join_components(rec.cgroup, true),
            start_ns: rec.start_ns,
        }
    }
}

/// Tasks by id. An id is forgotten when its thread ends or takes a new one.
#[derive(Debug, Default)]
pub struct Tasks {
    by_id: HashMap<u64, Task>,
    current: HashMap<u32, u64>,
}

impl Tasks {
    /// Takes a task record.
    pub fn insert(&mut self, rec: &wire::Task<'_>) {
        let task = Task::from_record(rec);
        if let Some(old) = self.current.insert(rec.hdr.tid, rec.task_id) {
            self.by_id.remove(&old);
        }
        self.by_id.insert(rec.task_id, task);
    }

    /// The task of that id, if it is known.
    pub fn get(&self, id: u64) -> Option<&Task> {
        self.by_id.get(&id)
    }

    /// A thread took over another's number (exec from a thread that was not the leader).
    pub fn rename(&mut self, old_tid: u32, tid: u32) {
        if let Some(id) = self.current.remove(&old_tid)
            && let Some(gone) = self.current.insert(tid, id)
        {
            self.by_id.remove(&gone);
        }
    }

    /// Its thread ended: no record can carry the id any more.
    pub fn forget(&mut self, tid: u32) {
        if let Some(id) = self.current.remove(&tid) {
            self.by_id.remove(&id);
        }
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// None is known.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

/// Components from the leaf up, each NUL-terminated, to one path. An empty sequence is the root.
pub(crate) fn join_components(payload: &[u8], absolute: bool) -> Box<[u8]> {
    let mut out = Vec::with_capacity(payload.len() + 1);
    for part in payload.split(|&b| b == 0).rev().filter(|p| !p.is_empty()) {
        if absolute || !out.is_empty() {
            out.push(b'/');
        }
        out.extend_from_slice(part);
    }
    if absolute && out.is_empty() {
        out.push(b'/');
    }
    out.into()
}
