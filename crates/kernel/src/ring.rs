//! Reads the BPF ring buffers in place and merges them by time.
//!
//! libbpf's consumer hands over one ring after the other and gives a record back to the kernel before the next is seen.
//! Text in true order needs the heads of all rings at once, so the rings are read here (layout and protocol:
//! `kernel/bpf/ringbuf.c`; `include/uapi/linux/bpf.h`, BPF_RINGBUF_*).

use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use syscope_wire::Header;

use crate::Error;

const BUSY: u32 = 1 << 31;
const DISCARD: u32 = 1 << 30;
const RECORD_HEADER: u64 = 8;
/// Consumed space is given back to the kernel in steps of this size.
const RELEASE_BYTES: u64 = 64 * 1024;
/// Programs that are running may still write a record with a time up to this long ago.
const SLACK_NS: u64 = 2_000_000;

/// One ring's memory.
#[derive(Debug)]
struct Ring {
    consumer: NonNull<AtomicU64>,
    producer: NonNull<AtomicU64>,
    data: NonNull<u8>,
    size: u64,
    page: usize,
    /// Next record to look at, and what the kernel has been told.
    position: u64,
    released: u64,
    /// Producer position as last seen.
    limit: u64,
    _fd: OwnedFd,
}

// SAFETY: the mapping belongs to this value alone, and all shared words are accessed atomically.
unsafe impl Send for Ring {}

impl Ring {
    fn map(fd: OwnedFd, size: u32) -> Result<Ring, Error> {
        let page = page_size();
        let map = |len: usize, prot: i32, offset: usize| {
            let offset = libc::off_t::try_from(offset).unwrap_or(libc::off_t::MAX);
            // SAFETY: a new mapping of a file at an address of the kernel's choice touches no memory of ours.
            let at = unsafe {
                libc::mmap(std::ptr::null_mut(), len, prot, libc::MAP_SHARED, fd.as_raw_fd(), offset)
            };
            match NonNull::new(at) {
                Some(at) if at.as_ptr() != libc::MAP_FAILED => Ok(at),
                _ => Err(Error::last_os("map a ring buffer")),
            }
        };
        let consumer = map(page, libc::PROT_READ | libc::PROT_WRITE, 0)?;
        // The data follows the producer page, twice in a row, so that no record is ever split.
        let producer = map(page + 2 * size as usize, libc::PROT_READ, page)?;
        // SAFETY: the mapping is one page and two times the data long.
        let data = unsafe { producer.byte_add(page) };
        Ok(Ring {
            consumer: consumer.cast(),
            producer: producer.cast(),
            data: data.cast(),
            size: u64::from(size),
            page,
            position: 0,
            released: 0,
            limit: 0,
            _fd: fd,
        })
    }

    /// Looks how far the kernel has come.
    fn refresh(&mut self) {
        // SAFETY: the producer page is mapped as long as self lives.
        self.limit = unsafe { self.producer.as_ref() }.load(Ordering::Acquire);
    }

    /// The next finished record, and where the one after it begins.
    #[inline]
    fn peek(&mut self) -> Option<(&[u8], u64)> {
        while self.position < self.limit {
            let at = usize::try_from(self.position & (self.size - 1)).ok()?;
            // SAFETY: at is below size and 8-byte aligned, and the data is mapped twice behind each other.
            let head = unsafe { self.data.byte_add(at) };
            // SAFETY: every record starts with its length word, which the kernel stores atomically.
            let word = unsafe { head.cast::<AtomicU32>().as_ref() }.load(Ordering::Acquire);
            if word & BUSY != 0 {
                return None;
            }
            let len = word & !DISCARD;
            let next = self.position + (u64::from(len) + RECORD_HEADER).next_multiple_of(8);
            if word & DISCARD != 0 {
                self.position = next;
                continue;
            }
            if u64::from(len) > self.size {
                // Not a length the kernel can have written: nothing behind it can be trusted.
                return None;
            }
            // SAFETY: the kernel finished this record (BUSY is clear) and does not touch it again before `release`;
            // it lies wholly in the double mapping.
            let bytes = unsafe { slice::from_raw_parts(head.byte_add(8).as_ptr(), len as usize) };
            return Some((bytes, next));
        }
        None
    }

    /// Time of the next finished record; `u64::MAX` if there is none.
    #[inline]
    fn head_ns(&mut self) -> u64 {
        match self.peek() {
            Some((bytes, _)) => Header::parse(bytes).map_or(0, |h| h.time_ns),
            None => u64::MAX,
        }
    }

    #[inline]
    fn advance(&mut self, next: u64) {
        self.position = next;
        if self.position - self.released >= RELEASE_BYTES {
            self.release();
        }
    }

    /// Gives consumed space back.
    fn release(&mut self) {
        if self.position != self.released {
            self.released = self.position;
            // SAFETY: the consumer page is mapped as long as self lives.
            unsafe { self.consumer.as_ref() }.store(self.position, Ordering::Release);
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        let len = self.page + 2 * usize::try_from(self.size).unwrap_or(0);
        // SAFETY: these are the two mappings that `map` made, and nobody else has their addresses.
        unsafe {
            libc::munmap(self.consumer.as_ptr().cast(), self.page);
            libc::munmap(self.producer.as_ptr().cast(), len);
        }
    }
}

/// Memory of a map, for looking at.
#[derive(Debug)]
pub(crate) struct Mapping {
    data: NonNull<AtomicU64>,
    len: usize,
}

// SAFETY: the mapping belongs to this value alone, and its words are loaded atomically.
unsafe impl Send for Mapping {}

impl Mapping {
    pub(crate) fn read_only(fd: BorrowedFd<'_>, len: usize) -> Result<Mapping, Error> {
        let len = len.next_multiple_of(page_size());
        // SAFETY: a new mapping of a file at an address of the kernel's choice touches no memory of ours.
        let at = unsafe {
            libc::mmap(std::ptr::null_mut(), len, libc::PROT_READ, libc::MAP_SHARED, fd.as_raw_fd(), 0)
        };
        match NonNull::new(at) {
            Some(at) if at.as_ptr() != libc::MAP_FAILED => Ok(Mapping { data: at.cast(), len }),
            _ => Err(Error::last_os("map the counters")),
        }
    }

    /// Copies whole words in the order of their addresses, while the kernel may be writing them.
    pub(crate) fn copy(&self, at: usize, to: &mut [u8]) -> Option<()> {
        if !at.is_multiple_of(8) || at.checked_add(to.len())? > self.len {
            return None;
        }
        for (i, chunk) in to.chunks_exact_mut(8).enumerate() {
            // SAFETY: the word lies within the mapping, which is aligned to pages and lives as long as self.
            let word = unsafe { self.data.add(at / 8 + i).as_ref() };
            chunk.copy_from_slice(&word.load(Ordering::Acquire).to_le_bytes());
        }
        Some(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the mapping that `read_only` made, and nobody else has its address.
        unsafe { libc::munmap(self.data.as_ptr().cast(), self.len) };
    }
}

/// All rings.
#[derive(Debug)]
pub(crate) struct Rings {
    rings: Vec<Ring>,
}

impl Rings {
    pub(crate) fn map(fds: Vec<OwnedFd>, size: u32) -> Result<Rings, Error> {
        let rings = fds.into_iter().map(|fd| Ring::map(fd, size)).collect::<Result<_, _>>()?;
        Ok(Rings { rings })
    }

    /// Hands over, in the order of their time, all records that no unseen one can precede; with `all` every record that
    /// is there (nothing writes any more). Returns how many bytes were waiting in the fullest ring.
    pub(crate) fn drain(
        &mut self,
        now_ns: u64,
        all: bool,
        take: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> u64 {
        let horizon = if all { u64::MAX - 1 } else { now_ns.saturating_sub(SLACK_NS) };
        let mut fullest = 0;
        for ring in &mut self.rings {
            ring.refresh();
            fullest = fullest.max(ring.limit - ring.position);
        }
        'rings: loop {
            // The ring with the oldest head, and how long it stays the oldest.
            let (mut oldest, mut first, mut second) = (0, u64::MAX, u64::MAX);
            for (i, ring) in self.rings.iter_mut().enumerate() {
                let head = ring.head_ns();
                if head < first {
                    second = first;
                    first = head;
                    oldest = i;
                } else {
                    second = second.min(head);
                }
            }
            if first > horizon {
                break;
            }
            let ring = &mut self.rings[oldest];
            let until = second.min(horizon);
            while let Some((bytes, next)) = ring.peek() {
                let time_ns = Header::parse(bytes).map_or(0, |h| h.time_ns);
                if time_ns > until {
                    break;
                }
                let flow = take(bytes);
                ring.advance(next);
                if flow.is_break() {
                    break 'rings;
                }
            }
        }
        for ring in &mut self.rings {
            ring.release();
        }
        fullest
    }
}

pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf only reads its argument.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}
