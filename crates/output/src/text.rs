//! Text lines with strace's grammar, so that people and scripts can read them.
//!
//! Lines come in the order in which calls returned. A call is always one line: where strace splits one into
//! `<unfinished ...>` and `resumed`, the row was complete before it was printed.

use std::collections::HashSet;
use std::io::{self, Write};

use jiff::tz::TimeZone;
use syscope_event::{Clock, Event, Item, Sink, Summary, args};
use syscope_syscalls::signal;
use syscope_wire as wire;

use crate::Options;

/// Text is written in pieces of at least this size while there is much of it.
const CHUNK: usize = 1 << 16;
/// No handler ever sees it; the line of the exit tells of it.
const SIGKILL: i32 = 9;
const SIGSTOP: i32 = 19;

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
}

/// Time of day in front of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timestamps {
    /// None.
    #[default]
    Off,
    /// `12:34:56` (`-t`).
    Seconds,
    /// `12:34:56.123456` (`-tt`).
    Micros,
    /// Seconds since 1970 with microseconds (`-ttt`).
    Epoch,
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
    pub relative: bool,
    /// Latency behind the result (`-T`).
    pub latency: bool,
    /// `+++ exited` and `+++ killed` lines.
    pub exits: bool,
    /// `--- SIGCHLD {...} ---` lines.
    pub signals: bool,
    /// Places records on the wall clock.
    pub clock: Clock,
}

impl Default for TextOptions {
    fn default() -> TextOptions {
        TextOptions {
            align: 40,
            pid_prefix: PidPrefix::Auto,
            timestamps: Timestamps::Off,
            relative: false,
            latency: false,
            exits: true,
            signals: true,
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
    tasks: Alive,
    zone: TimeZone,
    /// The second that `local` is the text of.
    second: i64,
    local: String,
    /// Time of the line before.
    previous_ns: Option<u64>,
}

impl TextSink {
    /// Prints to `out`.
    pub fn new(out: Box<dyn Write + Send>, options: &Options) -> TextSink {
        TextSink::in_zone(out, options, TimeZone::system())
    }

    fn in_zone(out: Box<dyn Write + Send>, options: &Options, zone: TimeZone) -> TextSink {
        TextSink {
            out,
            buf: Vec::with_capacity(2 * CHUNK),
            style: options.style,
            options: options.text,
            tasks: Alive::default(),
            zone,
            second: i64::MIN,
            local: String::new(),
            previous_ns: None,
        }
    }

    #[inline]
    fn call(&mut self, event: &Event<'_>) {
        self.tasks.see(event.tid);
        let start = self.begin(event.tid, event.time_ns);
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
        if let Some(ns) = event.latency_ns.filter(|_| self.options.latency) {
            self.buf.extend_from_slice(b" <");
            args::write_uint(ns / 1_000_000_000, &mut self.buf);
            self.micros(ns);
            self.buf.push(b'>');
        }
        self.buf.push(b'\n');
    }

    fn signal(&mut self, sig: &wire::Signal) {
        if self.options.signals && sig.signo != SIGKILL {
            self.begin(sig.hdr.tid, sig.hdr.time_ns);
            self.buf.extend_from_slice(b"--- ");
            args::write_signal(sig, &mut self.buf);
            self.buf.extend_from_slice(b" ---\n");
        }
        // The other stopping signals have no effect on some (orphans, init), which the record does not tell.
        if self.options.signals && sig.signo == SIGSTOP {
            self.begin(sig.hdr.tid, sig.hdr.time_ns);
            self.buf.extend_from_slice(b"--- stopped by SIGSTOP ---\n");
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
        self.tasks.see(tid);
    }

    /// Writes what stands in front of a line; returns where the line begins.
    #[inline]
    fn begin(&mut self, tid: u32, time_ns: u64) -> usize {
        let start = self.buf.len();
        match self.options.pid_prefix {
            PidPrefix::Auto if self.tasks.count() < 2 => {}
            PidPrefix::Auto | PidPrefix::Many => {
                self.buf.extend_from_slice(b"[pid ");
                args::write_padded(u64::from(tid), 5, b' ', &mut self.buf);
                self.buf.extend_from_slice(b"] ");
            }
            PidPrefix::Always => {
                args::write_uint(u64::from(tid), &mut self.buf);
                let pad = (start + 5).saturating_sub(self.buf.len()) + 1;
                self.buf.extend(std::iter::repeat_n(b' ', pad));
            }
        }
        if self.options.timestamps != Timestamps::Off || self.options.relative {
            self.times(time_ns);
        }
        start
    }

    fn times(&mut self, time_ns: u64) {
        let with_time = self.options.timestamps != Timestamps::Off;
        if with_time {
            self.time_of_day(time_ns);
        }
        if self.options.relative {
            let since = time_ns.saturating_sub(self.previous_ns.replace(time_ns).unwrap_or(time_ns));
            self.buf.extend_from_slice(if with_time { b"(+" } else { b"" });
            args::write_padded(since / 1_000_000_000, 6, b' ', &mut self.buf);
            self.micros(since);
            self.buf.extend_from_slice(if with_time { b") " } else { b" " });
        }
    }

    fn time_of_day(&mut self, time_ns: u64) {
        let wall = self.options.clock.wall_ns(time_ns);
        let second = i64::try_from(wall.div_euclid(1_000_000_000)).unwrap_or_default();
        if self.options.timestamps == Timestamps::Epoch {
            args::write_int(second, &mut self.buf);
        } else {
            if second != self.second {
                self.second = second;
                self.local.clear();
                if let Ok(at) = jiff::Timestamp::from_second(second) {
                    let at = self.zone.to_datetime(at);
                    use std::fmt::Write;
                    let _ = write!(self.local, "{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
                }
            }
            self.buf.extend_from_slice(self.local.as_bytes());
        }
        if self.options.timestamps != Timestamps::Seconds {
            self.micros(u64::try_from(wall.rem_euclid(1_000_000_000)).unwrap_or_default());
        }
        self.buf.push(b' ');
    }

    /// `.123456`: the part of a time below one second.
    #[inline]
    fn micros(&mut self, ns: u64) {
        self.buf.push(b'.');
        args::write_padded(ns / 1000 % 1_000_000, 6, b'0', &mut self.buf);
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
            Item::Fork(fork) => self.tasks.add(fork.child_tid),
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
    tids: HashSet<u32>,
    last_seen: u32,
    /// Leaders that ended while their process goes on.
    leaders: HashSet<u32>,
    /// The thread whose execve took over its process. That call is still to come, under its old number.
    superseded: u32,
}

impl Alive {
    /// A task that does something is alive.
    #[inline]
    fn see(&mut self, tid: u32) {
        if tid != self.last_seen && tid != self.superseded {
            self.last_seen = tid;
            self.tids.insert(tid);
        }
    }

    fn add(&mut self, tid: u32) {
        if tid == self.superseded {
            self.superseded = 0;
        }
        self.tids.insert(tid);
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

    #[inline]
    fn count(&self) -> usize {
        self.tids.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time() {
        let check = |zone: TimeZone, timestamps, boot_ns: u64, expected: &str| {
            let clock = Clock { wall_offset_ns: 1_700_000_000_000_000_000 };
            let text = TextOptions { timestamps, clock, ..TextOptions::default() };
            let options = Options { text, ..Options::default() };
            let mut sink = TextSink::in_zone(Box::new(io::sink()), &options, zone);
            // The second time comes from what was kept.
            sink.time_of_day(boot_ns);
            sink.time_of_day(boot_ns);
            assert_eq!(String::from_utf8(sink.buf).unwrap(), expected.repeat(2));
        };
        let east = || TimeZone::fixed(jiff::tz::offset(5));
        check(TimeZone::UTC, Timestamps::Seconds, 0, "22:13:20 ");
        check(TimeZone::UTC, Timestamps::Micros, 123_456_789, "22:13:20.123456 ");
        check(east(), Timestamps::Micros, 1_000_001_000, "03:13:21.000001 ");
        check(east(), Timestamps::Epoch, 1_000_001_000, "1700000001.000001 ");
    }
}
