//! Bytes of a record to an item, with the tables of tasks and files that records refer to.

use std::collections::HashMap;

use syscope_wire as wire;
use wire::{Caps, Record, WireError, call_flags};

use crate::handles::Handles;
use crate::numbers::Numbers;
use crate::{CallId, Event, File, Files, Item, Tasks};

/// Entry captures of one thread that wait for their call. More than one: a signal handler makes calls of its own while an
/// interrupted one waits to go on.
#[derive(Debug, Default)]
struct PendingEnters {
    slots: [PendingEnter; PENDING],
}

const PENDING: usize = 4;

#[derive(Debug, Default)]
struct PendingEnter {
    /// 0: free.
    time_ns: u64,
    caps: Vec<u8>,
}

impl PendingEnters {
    /// Puts captures into a free slot, or else into that of the oldest, whose call was filtered out or lost.
    fn put(&mut self, time_ns: u64, caps: &[u8]) {
        if let Some(slot) = self.slots.iter_mut().min_by_key(|slot| slot.time_ns) {
            slot.time_ns = time_ns;
            slot.caps.clear();
            slot.caps.extend_from_slice(caps);
        }
    }

    /// Swaps the captures of that time into `out`. False: they are not there.
    fn take(&mut self, time_ns: u64, out: &mut Vec<u8>) -> bool {
        match self.slots.iter_mut().find(|slot| slot.time_ns == time_ns) {
            Some(slot) => {
                slot.time_ns = 0;
                std::mem::swap(out, &mut slot.caps);
                true
            }
            None => false,
        }
    }
}

/// Turns records, in the order of their time, into items.
#[derive(Debug, Default)]
pub struct Decoder {
    tasks: Tasks,
    files: Files,
    handles: Handles,
    numbers: Numbers,
    pending: HashMap<u32, PendingEnters>,
    enter_caps: Vec<u8>,
    /// The thread whose end was yielded last: forgotten with the next record.
    ended: Option<u32>,
    seq: u64,
    missing_enter: u64,
    /// One of so many calls has a row, by call number.
    samples: HashMap<u32, u32>,
    /// From this time on, rows stand for so many times as many calls; the latest at the end.
    thinned: Vec<(u64, u32)>,
}

impl Decoder {
    /// With empty tables.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Takes one record. `None`: it was a part of a later item.
    pub fn decode<'a>(&'a mut self, bytes: &'a [u8]) -> Result<Option<Item<'a>>, WireError> {
        if let Some(tid) = self.ended.take() {
            self.tasks.forget(tid);
            self.numbers.forget(tid);
            self.pending.remove(&tid);
        }
        match Record::parse(bytes)? {
            Record::Call(call, caps) => Ok(Some(Item::Call(self.call(call, caps)))),
            Record::Enter(enter, caps) => {
                self.pending.entry(enter.hdr.tid).or_default().put(enter.hdr.time_ns, caps.0);
                Ok(None)
            }
            Record::Task(task) => {
                self.tasks.insert(&task);
                self.numbers.learn(task.hdr.tid, task.pid_ns, task.ns_tid);
                Ok(None)
            }
            Record::File(file) => {
                self.files.insert(File::from_record(&file));
                Ok(None)
            }
            Record::Fork(fork) => {
                self.numbers.learn(fork.child_tid, fork.pid_ns, fork.child_ns_tid);
                Ok(Some(Item::Fork(fork)))
            }
            Record::Exec(exec) => {
                if exec.old_tid != exec.hdr.tid {
                    self.tasks.rename(exec.old_tid, exec.hdr.tid);
                    self.numbers.forget(exec.old_tid);
                }
                Ok(Some(Item::Exec(exec)))
            }
            Record::Exit(exit) => {
                self.ended = Some(exit.hdr.tid);
                Ok(Some(Item::Exit(exit)))
            }
            Record::Signal(signal) => Ok(Some(Item::Signal(self.numbers.delivered(signal)))),
        }
    }

    fn call<'a>(&'a mut self, call: wire::Call, caps: Caps<'a>) -> Event<'a> {
        self.enter_caps.clear();
        if call.flags & call_flags::HAS_ENTER != 0 {
            let pending = self.pending.get_mut(&call.hdr.tid);
            if !pending.is_some_and(|p| p.take(call.enter_ns, &mut self.enter_caps)) {
                self.missing_enter += 1;
            }
        }
        let unfinished = call.flags & call_flags::UNFINISHED != 0;
        let returned = call.flags & (call_flags::UNFINISHED | call_flags::NORETURN) == 0;
        let seq = self.seq;
        self.seq += 1;
        let elapsed = call.hdr.time_ns.saturating_sub(call.enter_ns).max(1);
        let mut event = Event {
            seq,
            cpu: call.hdr.cpu,
            time_ns: call.enter_ns,
            end_ns: call.hdr.time_ns,
            gap_ns: (call.flags & call_flags::HAS_GAP != 0).then_some(call.gap_ns),
            latency_ns: (call.flags & call_flags::NORETURN == 0).then_some(elapsed),
            pid: call.pid,
            tid: call.hdr.tid,
            task: self.tasks.get(call.task_id),
            call: CallId::of(call.nr, call.flags),
            raw_args: call.args,
            ret: returned.then_some(call.ret),
            unfinished,
            sampled_weight: match call.flags & call_flags::SAMPLED {
                0 => 1,
                _ => self.weight(call.nr, call.enter_ns),
            },
            raw_ret: call.ret,
            task_id: call.task_id,
            flags: call.flags,
            file_ids: call.file_ids,
            files: &self.files,
            handles: None,
            numbers: Some(&self.numbers),
            enter_caps: Caps(&self.enter_caps),
            exit_caps: caps,
        };
        self.handles.learn(&event);
        event.handles = Some(&self.handles);
        event
    }

    /// The number of the next call, where rows that went before it are not there any more.
    pub fn set_seq(&mut self, seq: u64) {
        self.seq = seq;
    }

    /// Rows of these call numbers stand for so many calls.
    pub fn set_samples(&mut self, samples: impl IntoIterator<Item = (u32, u32)>) {
        self.samples = samples.into_iter().collect();
    }

    /// Rows of calls from this time on (boot-time clock) stand for so many times as many calls. Times only grow.
    pub fn thin(&mut self, from_ns: u64, n: u32) {
        self.thinned.push((from_ns, n));
    }

    fn weight(&self, nr: u32, enter_ns: u64) -> u32 {
        let thinned = self.thinned.iter().rfind(|(from, _)| *from <= enter_ns).map_or(1, |(_, n)| *n);
        // No row is made while there are none; what there is was decided just before.
        self.samples.get(&nr).copied().unwrap_or(1).saturating_mul(thinned.max(1))
    }

    /// File ids below this one are forgotten: the kernel half has to send them again.
    pub fn oldest_file(&self) -> u64 {
        self.files.oldest()
    }

    /// Calls whose entry captures were announced but did not come in time.
    pub fn missing_enter(&self) -> u64 {
        self.missing_enter
    }
}
