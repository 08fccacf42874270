//! Text lines with strace's grammar, so that people and scripts can read them.
//!
//! Lines come in the order in which calls returned. A call is always one line: where strace splits one into
//! `<unfinished ...>` and `resumed`, the row was complete before it was printed.

use std::collections::HashSet;
use std::io::{self, Write};

use jiff::tz::TimeZone;
use syscope_event::{Clock, Event, Item, Sink, Summary, args};
use syscope_syscalls::signal;

use crate::Options;

/// Text is written in pieces of at least this size while there is much of it.
const CHUNK: usize = 1 << 16;

/// What stands in front of a line to tell its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PidPrefix {
    /// `[pid 123] `, while more than one task is alive.
    #[default]
    Auto,
    /// `123   ` on every line: for files, as `strace -f -o`.
    Always,
}

/// Time in front of a line.
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
    /// Since the line before (`-r`).
    Relative,
}

/// Choices for text lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Column of ` = ` (`-a`).
    pub align: usize,
    /// Thread numbers.
    pub pid_prefix: PidPrefix,
    /// Time.
    pub timestamps: Timestamps,
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
    alive: HashSet<u32>,
    last_tid: u32,
    previous_ns: Option<u64>,
    zone: TimeZone,
    /// The second that `local` is the text of.
    second: i64,
    local: String,
}

impl TextSink {
    /// Prints to `out`.
    pub fn new(out: Box<dyn Write + Send>, options: &Options) -> TextSink {
        TextSink {
            out,
            buf: Vec::with_capacity(2 * CHUNK),
            style: options.style,
            options: options.text,
            alive: HashSet::new(),
            last_tid: 0,
            previous_ns: None,
            zone: TimeZone::system(),
            second: i64::MIN,
            local: String::new(),
        }
    }

    fn prefix(&mut self, tid: u32, time_ns: u64) {
        match self.options.pid_prefix {
            PidPrefix::Auto if self.alive.len() < 2 => {}
            PidPrefix::Auto => {
                self.buf.extend_from_slice(b"[pid ");
                args::write_padded(u64::from(tid), 5, b' ', &mut self.buf);
                self.buf.extend_from_slice(b"] ");
            }
            PidPrefix::Always => {
                let start = self.buf.len();
                args::write_uint(u64::from(tid), &mut self.buf);
                let pad = (start + 5).saturating_sub(self.buf.len()) + 1;
                self.buf.extend(std::iter::repeat_n(b' ', pad));
            }
        }
        if self.options.timestamps != Timestamps::Off {
            self.timestamp(time_ns);
        }
    }

    fn timestamp(&mut self, time_ns: u64) {
        if self.options.timestamps == Timestamps::Relative {
            let since = time_ns.saturating_sub(self.previous_ns.replace(time_ns).unwrap_or(time_ns));
            args::write_padded(since / 1_000_000_000, 6, b' ', &mut self.buf);
            self.buf.push(b'.');
            args::write_padded(since / 1000 % 1_000_000, 6, b'0', &mut self.buf);
            self.buf.push(b' ');
            return;
        }
        let wall = self.options.clock.wall_ns(time_ns);
        let second = i64::try_from(wall.div_euclid(1_000_000_000)).unwrap_or_default();
        let micros = u64::try_from(wall.rem_euclid(1_000_000_000) / 1000).unwrap_or_default();
        if self.options.timestamps == Timestamps::Epoch {
            args::write_uint(second.unsigned_abs(), &mut self.buf);
        } else {
            if second != self.second {
                self.second = second;
                self.local.clear();
                if let Ok(at) = jiff::Timestamp::from_second(second) {
                    use std::fmt::Write;
                    let at = self.zone.to_datetime(at);
                    let _ = write!(self.local, "{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
                }
            }
            self.buf.extend_from_slice(self.local.as_bytes());
        }
        if self.options.timestamps != Timestamps::Seconds {
            self.buf.push(b'.');
            args::write_padded(micros, 6, b'0', &mut self.buf);
        }
        self.buf.push(b' ');
    }

    #[inline]
    fn call(&mut self, event: &Event<'_>) {
        if event.tid != self.last_tid {
            self.last_tid = event.tid;
            self.alive.insert(event.tid);
        }
        self.prefix(event.tid, event.time_ns);
        let start = self.buf.len();
        match event.syscall() {
            Some(sys) => self.buf.extend_from_slice(sys.name.as_bytes()),
            None => self.buf.extend_from_slice(event.name().as_bytes()),
        }
        self.buf.push(b'(');
        args::write_args(event, &self.style, &mut self.buf);
        if event.unfinished {
            self.buf.extend_from_slice(b" <unfinished ...>");
        }
        self.buf.push(b')');
        let width = self.buf.len() - start;
        let pad = self.options.align.saturating_sub(width);
        self.buf.extend(std::iter::repeat_n(b' ', pad));
        self.buf.extend_from_slice(b" = ");
        args::write_ret(event, &self.style, &mut self.buf);
        if self.options.latency {
            self.buf.extend_from_slice(b" <");
            match event.latency_ns {
                Some(ns) => {
                    args::write_uint(ns / 1_000_000_000, &mut self.buf);
                    self.buf.push(b'.');
                    args::write_padded(ns / 1000 % 1_000_000, 6, b'0', &mut self.buf);
                }
                None => self.buf.extend_from_slice(b"unavailable"),
            }
            self.buf.push(b'>');
        }
        self.buf.push(b'\n');
    }

    fn exit(&mut self, exit: &syscope_wire::Exit) {
        if self.options.exits {
            self.prefix(exit.hdr.tid, exit.hdr.time_ns);
            let signal_nr = u32::try_from(exit.exit_code & 0x7f).unwrap_or_default();
            if signal_nr == 0 {
                self.buf.extend_from_slice(b"+++ exited with ");
                args::write_uint(u64::try_from(exit.exit_code >> 8 & 0xff).unwrap_or_default(), &mut self.buf);
            } else {
                self.buf.extend_from_slice(b"+++ killed by ");
                match signal::name(signal_nr) {
                    Some(name) => self.buf.extend_from_slice(name.as_bytes()),
                    None => args::write_uint(u64::from(signal_nr), &mut self.buf),
                }
                if exit.exit_code & 0x80 != 0 {
                    self.buf.extend_from_slice(b" (core dumped)");
                }
            }
            self.buf.extend_from_slice(b" +++\n");
        }
        self.alive.remove(&exit.hdr.tid);
        self.last_tid = 0;
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
            Item::Signal(sig) if self.options.signals => {
                self.prefix(sig.hdr.tid, sig.hdr.time_ns);
                self.buf.extend_from_slice(b"--- ");
                args::write_signal(sig, &mut self.buf);
                self.buf.extend_from_slice(b" ---\n");
            }
            Item::Signal(_) => {}
            Item::Fork(fork) => {
                self.alive.insert(fork.child_tid);
            }
            Item::Exec(exec) => {
                self.alive.remove(&exec.old_tid);
                self.alive.insert(exec.hdr.tid);
            }
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
