//! Records as the kernel half writes them, for tests of whatever consumes events. Several crates' tests use it.

#![allow(dead_code)]

use syscope_event::{Decoder, Event, Item, Sink};
use syscope_wire::{CAP_RET, call_flags, cap_flags, file_kind, kind};

/// Bytes of records, in order.
#[derive(Debug, Default)]
pub(crate) struct Records(Vec<Vec<u8>>);

/// A call to be recorded.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    nr: u32,
    tid: u32,
    enter_ns: u64,
    took_ns: u64,
    args: [u64; 6],
    ret: i64,
    files: [u64; 2],
    flags: u32,
    caps: Vec<u8>,
}

/// A successful call of thread 100 that began after one second and took 12 microseconds.
#[track_caller]
pub(crate) fn call(name: &str) -> Call {
    let sys = syscope_syscalls::by_name(name).expect("a call of the table");
    let flags = if sys.never_returns() { call_flags::NORETURN } else { 0 };
    Call {
        nr: sys.nr,
        tid: 100,
        enter_ns: 1_000_000_000,
        took_ns: 12_000,
        args: [0; 6],
        ret: 0,
        files: [0; 2],
        flags,
        caps: Vec::new(),
    }
}

impl Call {
    pub(crate) fn tid(mut self, tid: u32) -> Call {
        self.tid = tid;
        self
    }

    pub(crate) fn at(mut self, enter_ns: u64) -> Call {
        self.enter_ns = enter_ns;
        self
    }

    pub(crate) fn took(mut self, ns: u64) -> Call {
        self.took_ns = ns;
        self
    }

    pub(crate) fn args<const N: usize>(mut self, args: [u64; N]) -> Call {
        self.args[..N].copy_from_slice(&args);
        self
    }

    pub(crate) fn ret(mut self, ret: i64) -> Call {
        self.ret = ret;
        self
    }

    /// Identity `id` behind the first (0) or second (1) descriptor or directory.
    pub(crate) fn file(mut self, which: usize, id: u64) -> Call {
        self.files[which] = id;
        self
    }

    pub(crate) fn unfinished(mut self) -> Call {
        self.flags |= call_flags::UNFINISHED;
        self
    }

    /// A set of `call_flags`.
    pub(crate) fn with_flags(mut self, flags: u32) -> Call {
        self.flags = flags;
        self
    }

    /// A number that no table has.
    pub(crate) fn foreign(mut self, nr: u32) -> Call {
        self.nr = nr;
        self
    }

    /// Bytes read of an argument's memory.
    pub(crate) fn mem(self, arg: u8, data: &[u8]) -> Call {
        self.cap(arg, 0, data)
    }

    /// A string argument.
    pub(crate) fn text(mut self, arg: u8, text: impl AsRef<[u8]>) -> Call {
        let register = &mut self.args[usize::from(arg)];
        if *register == 0 {
            *register = 0x5000;
        }
        self.cap(arg, 0, &[text.as_ref(), b"\0"].concat())
    }

    /// Memory that could not be read.
    pub(crate) fn fault(self, arg: u8) -> Call {
        self.cap(arg, cap_flags::FAULT, b"")
    }

    /// Identity `id` behind the descriptor that the call returned.
    pub(crate) fn ret_file(self, id: u64) -> Call {
        self.cap(CAP_RET, cap_flags::FILE, &id.to_le_bytes())
    }

    fn cap(mut self, arg: u8, flags: u8, data: &[u8]) -> Call {
        self.caps.extend([arg, flags]);
        self.caps.extend(u16::try_from(data.len()).expect("little memory").to_le_bytes());
        self.caps.extend([0; 4]);
        self.caps.extend(data);
        self.caps.resize(self.caps.len().next_multiple_of(8), 0);
        self
    }

    fn to_bytes(&self) -> Vec<u8> {
        let returns = self.flags & call_flags::NORETURN == 0;
        let end = self.enter_ns + if returns { self.took_ns } else { 0 };
        let mut b = header(kind::CALL, self.tid, end);
        let words = [self.enter_ns, 0, self.ret.cast_unsigned(), u64::from(self.tid)];
        for word in words.iter().chain(&self.args).chain(&self.files) {
            b.extend(word.to_le_bytes());
        }
        let caps = u32::try_from(self.caps.len()).expect("little memory");
        for word in [self.tid, self.nr, self.flags, caps] {
            b.extend(word.to_le_bytes());
        }
        b.extend(&self.caps);
        b
    }
}

impl Records {
    pub(crate) fn new() -> Records {
        Records::default()
    }

    pub(crate) fn call(mut self, call: Call) -> Records {
        self.0.push(call.to_bytes());
        self
    }

    /// A task of user 1000 below parent 1.
    pub(crate) fn task(mut self, tid: u32, comm: &[u8]) -> Records {
        let mut b = header(kind::TASK, tid, 1);
        for word in [u64::from(tid), 7, 0] {
            b.extend(word.to_le_bytes());
        }
        for word in [tid, 1, 1000, tid] {
            b.extend(word.to_le_bytes());
        }
        let mut name = [0; 16];
        name[..comm.len()].copy_from_slice(comm);
        b.extend(name);
        b.extend([0; 8]);
        self.0.push(b);
        self
    }

    /// A regular file.
    pub(crate) fn path(mut self, id: u64, path: impl AsRef<[u8]>) -> Records {
        let mut payload = Vec::new();
        for part in path.as_ref().split(|b| *b == b'/').rev().filter(|p| !p.is_empty()) {
            payload.extend(part);
            payload.push(0);
        }
        let mut b = header(kind::FILE, 100, 1);
        for word in [id, id, 1] {
            b.extend(word.to_le_bytes());
        }
        for word in [1, 0, 0o100_644_u32, 0xef53] {
            b.extend(word.to_le_bytes());
        }
        b.extend(file_kind::PATH.to_le_bytes());
        b.extend([0; 2]);
        b.extend(u32::try_from(payload.len()).expect("a short path").to_le_bytes());
        b.extend([0; 8]);
        b.extend(payload);
        self.0.push(b);
        self
    }

    /// A new process of one thread.
    pub(crate) fn fork(mut self, tid: u32, child: u32) -> Records {
        self.0.push(words(kind::FORK, tid, &[tid, child, child, child, 1, 0]));
        self
    }

    /// A new thread of process `pid`.
    pub(crate) fn thread(mut self, pid: u32, child: u32) -> Records {
        self.0.push(words(kind::FORK, pid, &[pid, child, pid, child, 1, 0]));
        self
    }

    pub(crate) fn exec(mut self, old_tid: u32, tid: u32) -> Records {
        self.0.push(words(kind::EXEC, tid, &[tid, old_tid]));
        self
    }

    /// The end of a process of one thread; `code` is as wait(2) reports it.
    pub(crate) fn exit(self, tid: u32, code: u32) -> Records {
        self.thread_exit(tid, tid, code, Some(code))
    }

    /// The end of a thread; the last one of its process brings the process's code.
    pub(crate) fn thread_exit(mut self, pid: u32, tid: u32, code: u32, process: Option<u32>) -> Records {
        let dead = u32::from(process.is_some());
        self.0.push(words(kind::EXIT, tid, &[pid, code, dead, process.unwrap_or_default()]));
        self
    }

    /// A signal that process `from` sent.
    pub(crate) fn signal(mut self, tid: u32, signo: u32, from: u32) -> Records {
        let mut b = words(kind::SIGNAL, tid, &[tid, signo, 0, 0, from, 0]);
        b.resize(80, 0);
        self.0.push(b);
        self
    }

    /// The same, and it stops the process.
    pub(crate) fn stop(self, tid: u32, signo: u32, from: u32) -> Records {
        let mut records = self.signal(tid, signo, from);
        records.0.last_mut().expect("a signal")[72] = 1;
        records
    }

    /// The bytes of each.
    pub(crate) fn bytes(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// Decodes them into a sink; its failures are left to the end.
    pub(crate) fn feed(&self, sink: &mut dyn Sink) {
        self.each(|item| drop(sink.item(item)));
    }

    /// Decodes them one by one.
    pub(crate) fn each(&self, mut f: impl FnMut(&Item<'_>)) {
        let mut decoder = Decoder::new();
        for bytes in &self.0 {
            if let Some(item) = decoder.decode(bytes).expect("a whole record") {
                f(&item);
            }
        }
    }

    /// The calls among them.
    pub(crate) fn events(&self, mut f: impl FnMut(&Event<'_>)) {
        self.each(|item| {
            if let Item::Call(event) = item {
                f(event);
            }
        });
    }
}

fn header(kind: u16, tid: u32, time_ns: u64) -> Vec<u8> {
    let mut b = Vec::new();
    b.extend(kind.to_le_bytes());
    b.extend(3_u16.to_le_bytes());
    b.extend(tid.to_le_bytes());
    b.extend(time_ns.to_le_bytes());
    b
}

fn words(kind: u16, tid: u32, words: &[u32]) -> Vec<u8> {
    let mut b = header(kind, tid, 2_000_000_000);
    words.iter().for_each(|w| b.extend(w.to_le_bytes()));
    b
}
