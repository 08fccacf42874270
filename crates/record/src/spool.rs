//! The spool: records as they come, in pieces on disk, until the run is over.
//!
//! The consumer of the rings only copies. A thread compresses blocks, appends them, and sees to it that no more than the
//! last second is at risk. Its queue is bounded: a disk that is too slow makes the rings fill, and what is lost there is
//! counted there.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use syscope_event::{Decoder, Item};

use crate::Error;
use crate::block::{Content, Packer, Unpacker};

/// A block goes out with so many bytes, or when it is so old.
const BLOCK: usize = 512 << 10;
const OLD: Duration = Duration::from_millis(200);
/// Blocks that wait for the disk.
const QUEUE: usize = 32;
/// What was written is on the disk itself after this time.
const SYNC: Duration = Duration::from_secs(1);
/// A piece is closed when it has so many bytes.
const PIECE: u64 = 256 << 20;
/// In place of a length: the number of the next call follows.
const SEQ: u32 = u32::MAX;

/// Takes records.
#[derive(Debug)]
pub(crate) struct Spool {
    buffer: Vec<u8>,
    since: Instant,
    next_seq: u64,
    to_disk: Option<SyncSender<(Content, Vec<u8>)>>,
    empty: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<io::Result<()>>>,
    written: Arc<AtomicU64>,
}

impl Spool {
    /// The directory must be there.
    pub(crate) fn create(dir: &Path) -> io::Result<Spool> {
        let (to_disk, blocks) = sync_channel(QUEUE);
        let (give_back, empty) = sync_channel(QUEUE + 2);
        let written = Arc::new(AtomicU64::new(0));
        let mut disk = Disk {
            dir: dir.to_owned(),
            file: piece(dir, 1)?,
            number: 1,
            in_piece: 0,
            synced: Instant::now(),
            dirty: false,
            packer: Packer::new()?,
            written: written.clone(),
        };
        let thread = std::thread::Builder::new().name("spool".into()).spawn(move || {
            let done = disk.run(&blocks, &give_back);
            // Whoever sends sees that nobody is there, and then asks why.
            drop(blocks);
            done
        })?;
        Ok(Spool {
            buffer: Vec::with_capacity(BLOCK + (64 << 10)),
            since: Instant::now(),
            next_seq: 0,
            to_disk: Some(to_disk),
            empty,
            thread: Some(thread),
            written,
        })
    }

    /// Takes a record; what it became tells its number.
    #[inline]
    pub(crate) fn record(&mut self, bytes: &[u8], item: Option<&Item<'_>>) -> io::Result<()> {
        if let Some(Item::Call(event)) = item {
            if event.seq != self.next_seq {
                self.buffer.extend_from_slice(&SEQ.to_le_bytes());
                self.buffer.extend_from_slice(&event.seq.to_le_bytes());
            }
            self.next_seq = event.seq + 1;
        }
        let len = u32::try_from(bytes.len()).unwrap_or(SEQ);
        self.buffer.extend_from_slice(&len.to_le_bytes());
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BLOCK { self.send() } else { Ok(()) }
    }

    /// Nothing more is at hand.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self.buffer.is_empty() {
            true => self.since = Instant::now(),
            false if self.since.elapsed() >= OLD => self.send()?,
            false => {}
        }
        Ok(())
    }

    fn send(&mut self) -> io::Result<()> {
        let mut next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK + (64 << 10)));
        next.clear();
        self.since = Instant::now();
        let block = std::mem::replace(&mut self.buffer, next);
        self.put(Content::Records, block)
    }

    fn put(&mut self, content: Content, block: Vec<u8>) -> io::Result<()> {
        let sent = self.to_disk.as_ref().is_some_and(|to| to.send((content, block)).is_ok());
        if sent { Ok(()) } else { self.join().and(Err(io::ErrorKind::BrokenPipe.into())) }
    }

    fn join(&mut self) -> io::Result<()> {
        self.to_disk = None;
        match self.thread.take() {
            Some(thread) => {
                thread.join().unwrap_or_else(|_| Err(io::Error::other("the spool's thread died")))
            }
            None => Ok(()),
        }
    }

    /// Bytes on disk.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// All of it is on disk, with `ending` behind it.
    pub(crate) fn finish(&mut self, ending: Vec<u8>) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.send()?;
        }
        self.put(Content::Ending, ending)?;
        self.join()
    }
}

/// The thread's half.
struct Disk {
    dir: PathBuf,
    file: File,
    number: u32,
    in_piece: u64,
    synced: Instant,
    dirty: bool,
    packer: Packer,
    written: Arc<AtomicU64>,
}

impl Disk {
    fn run(&mut self, blocks: &Receiver<(Content, Vec<u8>)>, empty: &SyncSender<Vec<u8>>) -> io::Result<()> {
        loop {
            match blocks.recv_timeout(SYNC) {
                Ok((content, block)) => {
                    self.append(content, &block)?;
                    // Whoever wants no more of them lets them go.
                    let _ = empty.try_send(block);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.sync(),
            }
            if self.dirty && self.synced.elapsed() >= SYNC {
                self.sync()?;
            }
        }
    }

    fn append(&mut self, content: Content, block: &[u8]) -> io::Result<()> {
        if self.in_piece >= PIECE {
            self.sync()?;
            self.number += 1;
            self.file = piece(&self.dir, self.number)?;
            self.in_piece = 0;
        }
        let len = self.packer.write(content, block, &mut self.file)?;
        self.in_piece += len;
        self.dirty = true;
        self.written.fetch_add(len, Ordering::Relaxed);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.dirty = false;
        self.synced = Instant::now();
        Ok(())
    }
}

fn piece(dir: &Path, number: u32) -> io::Result<File> {
    OpenOptions::new().append(true).create_new(true).open(dir.join(format!("{number:06}.{EXTENSION}")))
}

const EXTENSION: &str = "blocks";

/// Pieces of a spool, in order.
pub(crate) fn pieces(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut pieces = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(Error::io(dir))? {
        let path = entry.map_err(Error::io(dir))?.path();
        if path.extension().is_some_and(|e| e == EXTENSION) {
            pieces.push(path);
        }
    }
    pieces.sort();
    Ok(pieces)
}

/// Bytes of all pieces.
pub(crate) fn bytes(pieces: &[PathBuf]) -> u64 {
    pieces.iter().filter_map(|p| p.metadata().ok()).map(|m| m.len()).sum()
}

/// What was found behind the records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Found {
    /// How the run ended, as it was written down.
    pub(crate) ending: Option<Vec<u8>>,
    /// Bytes of blocks that are not whole, and of whatever is behind them.
    pub(crate) broken: u64,
    /// Records that cannot be read.
    pub(crate) bad: u64,
}

/// One record, as it is found.
pub(crate) struct Piece<'a> {
    pub(crate) record: &'a [u8],
    /// What it became. None: later ones refer to it.
    pub(crate) item: Option<&'a Item<'a>>,
    /// Bytes of the spool before it.
    pub(crate) done: u64,
}

/// Takes records; false ends it.
pub(crate) type Each<'a> = dyn FnMut(&Piece<'_>) -> Result<bool, Error> + 'a;

/// Decodes all records.
pub(crate) fn read(pieces: &[PathBuf], decoder: &mut Decoder, each: &mut Each<'_>) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut before = 0;
    for (n, path) in pieces.iter().enumerate() {
        let file = File::open(path).map_err(Error::io(path))?;
        let len = file.metadata().map_err(Error::io(path))?.len();
        let mut blocks = Unpacker::new(io::BufReader::with_capacity(1 << 18, file));
        loop {
            let done = before + blocks.good;
            let Some((content, block)) = blocks.next().map_err(Error::io(path))? else { break };
            match content {
                Content::Ending => found.ending = Some(block.to_vec()),
                Content::Records if !records(block, done, decoder, &mut found.bad, each)? => {
                    return Ok(found);
                }
                Content::Records => {}
            }
        }
        before += len;
        if blocks.good < len {
            // What is behind a hole could refer to tasks and files that were in it.
            found.broken = len - blocks.good + bytes(&pieces[n + 1..]);
            return Ok(found);
        }
    }
    Ok(found)
}

fn records(
    mut block: &[u8],
    done: u64,
    decoder: &mut Decoder,
    bad: &mut u64,
    each: &mut Each<'_>,
) -> Result<bool, Error> {
    while let Some((len, rest)) = block.split_first_chunk::<4>() {
        let len = u32::from_le_bytes(*len);
        if len == SEQ {
            let Some((seq, rest)) = rest.split_first_chunk::<8>() else { break };
            decoder.set_seq(u64::from_le_bytes(*seq));
            block = rest;
            continue;
        }
        let Some((record, rest)) = rest.split_at_checked(len as usize) else { break };
        block = rest;
        match decoder.decode(record) {
            Ok(item) => {
                if !each(&Piece { record, item: item.as_ref(), done })? {
                    return Ok(false);
                }
            }
            Err(_) => *bad += 1,
        }
    }
    Ok(true)
}
