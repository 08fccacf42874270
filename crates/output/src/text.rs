//! Text lines with strace's grammar, so that people and scripts can read them.
//!
//! Lines come in the order in which calls returned. A call is always one line: where strace splits one into
//! `<unfinished ...>` and `resumed`, the row was complete before it was printed.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use jiff::tz::TimeZone;
use syscope_event::{Clock, Delivered, Event, Item, Sink, Summary, args};
use syscope_syscalls::signal;
use syscope_wire as wire;

use crate::Options;
use crate::times::{Precision, Times, Timestamps};

/// Text is written in pieces of at least this size while there is much of it.
const CHUNK: usize = 1 << 16;
/// No handler ever sees it; the line of the exit tells of it.
const SIGKILL: i32 = 9;

/// What stands in front of a line to tell its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PidPrefix {
    /// `[pid 123] `, while more than one task is alive.
    #[default]
    Auto,
    /// `[pid 123] ` on every line: many tasks are traced from the start.
    Many,
    /// `123   ` on every line: for files, as `strace -f -o`.
    Always,
    /// None: all lines are of one task.
    Never,
}

/// Choices for text lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Column of the `=` in front of results (`-a`), counted from the start of the line.
    pub align: usize,
    /// Thread numbers.
    pub pid_prefix: PidPrefix,
    /// Time of day.
    pub timestamps: Timestamps,
    /// Time since the line before (`-r`).
    pub relative: Option<Precision>,
    /// Latency behind the result (`-T`).
    pub latency: Option<Precision>,
    /// `[  59] ` in front of calls: their numbers (`-n`).
    pub numbers: bool,
    /// `123<cat>`: the task's name behind its number (`-Y`).
    pub comms: bool,
    /// `+++ exited` and `+++ killed` lines.
    pub exits: bool,
    /// `--- SIGCHLD {...} ---` lines of these signals: bit n - 1 stands for signal n.
    pub signals: u64,
    /// What is read from these descriptors is shown in full, in hexadecimal (`-e read=`).
    pub dump_read: args::Descriptors,
    /// What is written to these (`-e write=`).
    pub dump_write: args::Descriptors,
    /// Places records on the wall clock.
    pub clock: Clock,
}

impl Default for TextOptions {
    fn default() -> TextOptions {
        TextOptions {
            align: 40,
            pid_prefix: PidPrefix::Auto,
            timestamps: Timestamps::Off,
            relative: None,
            latency: None,
            numbers: false,
            comms: false,
            exits: true,
            signals: u64::MAX,
            dump_read: args::Descriptors::default(),
            dump_write: args::Descriptors::default(),
            clock: Clock::default(),
        }
    }
}

/// Prints lines.
pub struct TextSink {
    out: Box<dyn Write + Send>,
    buf: Vec<u8>,
    style: args::Style,
    options: TextOptions,
    dumps: bool,
    tasks: Alive,
    times: Times,
    /// Names of tasks, as far as they are wanted.
    comms: HashMap<u32, Vec<u8>>,
}

impl TextSink {
    /// Prints to `out`.
    pub fn new(out: Box<dyn Write + Send>, options: &Options) -> TextSink {
        TextSink {
            out,
            buf: Vec::with_capacity(2 * CHUNK),
            style: options.style,
            dumps: !options.text.dump_read.is_empty() || !options.text.dump_write.is_empty(),
            options: options.text,
            tasks: Alive::default(),
            times: Times::new(TimeZone::system()),
            comms: HashMap::new(),
        }
    }

    #[inline]
    fn call(&mut self, event: &Event<'_>) {
        self.tasks.see(event.tid, event.pid);
        if self.options.comms {
            self.learn_comm(event);
        }
        let start = self.begin(event.tid, event.time_ns);
        if self.options.numbers {
            self.buf.push(b'[');
            args::write_padded(u64::from(event.call.nr()), 4, b' ', &mut self.buf);
            self.buf.extend_from_slice(b"] ");
        }
        self.buf.extend_from_slice(event.name().as_bytes());
        self.buf.push(b'(');
        args::write_args(event, &self.style, &mut self.buf);
        if event.unfinished {
            if self.buf.last() != Some(&b' ') {
                self.buf.push(b' ');
            }
            self.buf.extend_from_slice(b"<unfinished ...>");
        }
        self.buf.extend_from_slice(b") ");
        // Arguments are escaped: every byte is a column.
        let width = self.buf.len() - start;
        self.buf.extend(std::iter::repeat_n(b' ', self.options.align.saturating_sub(width)));
        self.buf.extend_from_slice(b"= ");
        args::write_ret(event, &self.style, &mut self.buf);
        if let (Some(ns), Some(precision)) = (event.latency_ns, self.options.latency) {
            self.buf.extend_from_slice(b" <");
            args::write_uint(ns / 1_000_000_000, &mut self.buf);
            precision.write_fraction(ns, &mut self.buf);
            self.buf.push(b'>');
        }
        self.buf.push(b'\n');
        if self.dumps {
            args::write_dump(event, &self.options.dump_read, &self.options.dump_write, &mut self.buf);
        }
    }

    fn signal(&mut self, delivered: &Delivered) {
        let sig = &delivered.signal;
        let is_wanted = u32::try_from(sig.signo)
            .ok()
            .and_then(|number| number.checked_sub(1))
            .is_some_and(|bit| self.options.signals >> bit.min(63) & 1 != 0);
        if !is_wanted || sig.signo == SIGKILL {
            return;
        }
        self.begin(sig.hdr.tid, sig.hdr.time_ns);
        self.buf.extend_from_slice(b"--- ");
        let host_pid = delivered.host_pid.filter(|_| self.style.pids);
        args::write_signal(sig, host_pid, &self.style, &mut self.buf);
        self.buf.extend_from_slice(b" ---\n");
        if sig.stops {
            let name = u32::try_from(sig.signo).ok().and_then(signal::name).unwrap_or_default();
            for tid in self.tasks.threads_of(sig.pid, sig.hdr.tid) {
                self.begin(tid, sig.hdr.time_ns);
                self.buf.extend_from_slice(b"--- stopped by ");
                self.buf.extend_from_slice(name.as_bytes());
                self.buf.extend_from_slice(b" ---\n");
            }
        }
    }

    fn exit(&mut self, exit: &wire::Exit) {
        let tid = exit.hdr.tid;
        if tid == exit.pid && !exit.group_dead {
            // The number of a process is in use until its last thread is gone.
            self.tasks.leaders.insert(tid);
            return;
        }
        let is_leader = tid == exit.pid;
        self.exit_line(tid, if is_leader { exit.process_code } else { exit.exit_code }, exit.hdr.time_ns);
        self.tasks.remove(tid);
        self.comms.remove(&tid);
        if exit.group_dead && self.tasks.leaders.remove(&exit.pid) {
            self.exit_line(exit.pid, exit.process_code, exit.hdr.time_ns);
            self.tasks.remove(exit.pid);
        }
    }

    fn exit_line(&mut self, tid: u32, code: i32, time_ns: u64) {
        if !self.options.exits {
            return;
        }
        self.begin(tid, time_ns);
        let signal_nr = u32::try_from(code & 0x7f).unwrap_or_default();
        if signal_nr == 0 {
            self.buf.extend_from_slice(b"+++ exited with ");
            args::write_uint(u64::try_from(code >> 8 & 0xff).unwrap_or_default(), &mut self.buf);
        } else {
            self.buf.extend_from_slice(b"+++ killed by ");
            match signal::name(signal_nr) {
                Some(name) => self.buf.extend_from_slice(name.as_bytes()),
                None => args::write_uint(u64::from(signal_nr), &mut self.buf),
            }
            if code & 0x80 != 0 {
                self.buf.extend_from_slice(b" (core dumped)");
            }
        }
        self.buf.extend_from_slice(b" +++\n");
    }

    fn exec(&mut self, exec: &wire::Exec) {
        let tid = exec.hdr.tid;
        if exec.old_tid != tid {
            self.tasks.supersede(exec.old_tid, tid);
            if self.options.exits {
                self.begin(tid, exec.hdr.time_ns);
                self.buf.extend_from_slice(b"+++ superseded by execve in pid ");
                args::write_uint(u64::from(exec.old_tid), &mut self.buf);
                self.buf.extend_from_slice(b" +++\n");
            }
        }
        self.tasks.see(tid, exec.pid);
    }

    /// Writes what stands in front of a line; returns where the line begins.
    #[inline]
    fn begin(&mut self, tid: u32, time_ns: u64) -> usize {
        let start = self.buf.len();
        match self.options.pid_prefix {
            PidPrefix::Never => {}
            // A thread that took over its process had another number, and was not alone.
            PidPrefix::Auto if self.tasks.count() < 2 && tid != self.tasks.superseded => {}
            PidPrefix::Auto | PidPrefix::Many => {
                self.buf.extend_from_slice(b"[pid ");
                args::write_padded(u64::from(tid), 5, b' ', &mut self.buf);
                self.comm(tid);
                self.buf.extend_from_slice(b"] ");
            }
            PidPrefix::Always => {
                args::write_uint(u64::from(tid), &mut self.buf);
                self.comm(tid);
                let pad = (start + 5).saturating_sub(self.buf.len()) + 1;
                self.buf.extend(std::iter::repeat_n(b' ', pad));
            }
        }
        self.times.write(time_ns, &self.options, &mut self.buf);
        start
    }

    /// `<cat>` behind the number of a task whose name is known.
    fn comm(&mut self, tid: u32) {
        if let Some(comm) = self.comms.get(&tid) {
            self.buf.push(b'<');
            args::write_escaped(comm, args::Hex::Off, b"<>", &mut self.buf);
            self.buf.push(b'>');
        }
    }

    fn learn_comm(&mut self, event: &Event<'_>) {
        let Some(task) = event.task else { return };
        let comm = task.comm.as_bytes();
        if self.comms.get(&event.tid).is_none_or(|known| known != comm) {
            self.comms.insert(event.tid, comm.to_owned());
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        if !self.buf.is_empty() {
            self.out.write_all(&self.buf)?;
            self.buf.clear();
        }
        Ok(())
    }
}

impl Sink for TextSink {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        match item {
            Item::Call(event) => self.call(event),
            Item::Exit(exit) => self.exit(exit),
            Item::Signal(sig) => self.signal(sig),
            Item::Fork(fork) => self.tasks.add(fork.child_tid, fork.child_pid),
            Item::Exec(exec) => self.exec(exec),
        }
        if self.buf.len() >= CHUNK {
            self.write_out()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_out()?;
        self.out.flush()
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        self.flush()
    }
}

/// Tasks that are alive, as far as is known: decides whether lines have to tell theirs.
#[derive(Debug, Default)]
struct Alive {
    /// Threads and their processes.
    tids: HashMap<u32, u32>,
    last_seen: u32,
    /// Leaders that ended while their process goes on.
    leaders: HashSet<u32>,
    /// The thread whose execve took over its process. That call is still to come, under its old number.
    superseded: u32,
}

impl Alive {
    /// A task that does something is alive.
    #[inline]
    fn see(&mut self, tid: u32, pid: u32) {
        if tid != self.last_seen && tid != self.superseded {
            self.last_seen = tid;
            self.tids.insert(tid, pid);
        }
    }

    fn add(&mut self, tid: u32, pid: u32) {
        if tid == self.superseded {
            self.superseded = 0;
        }
        self.tids.insert(tid, pid);
    }

    fn remove(&mut self, tid: u32) {
        self.tids.remove(&tid);
        self.last_seen = 0;
    }

    fn supersede(&mut self, old: u32, by: u32) {
        self.remove(old);
        self.leaders.remove(&by);
        self.superseded = old;
    }

    /// The threads of a process, `first` before the others.
    fn threads_of(&self, pid: u32, first: u32) -> Vec<u32> {
        let others = self.tids.iter().filter(|(tid, of)| **of == pid && **tid != first);
        let mut threads: Vec<u32> = others.map(|(tid, _)| *tid).collect();
        threads.sort_unstable();
        threads.insert(0, first);
        threads
    }

    #[inline]
    fn count(&self) -> usize {
        self.tids.len()
    }
}
