//! Values of the maps in which the kernel half counts.

/// `enum count_group`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Group {
    /// Everything together.
    #[default]
    None = 0,
    /// By process: its number and its start.
    Process = 1,
    /// By the name of the task at entry.
    Comm = 2,
    /// By cgroup id.
    Cgroup = 3,
    /// By task id.
    Task = 4,
}

/// `enum count_how`: how a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It returned.
    Returned = 0,
    /// It never returns, and has no latency.
    NoReturn = 1,
    /// It failed with EINTR, because a signal handler ran.
    Interrupted = 2,
    /// It was waiting when its thread was killed.
    Killed = 3,
    /// It was interrupted, and did not go on.
    GivenUp = 4,
    /// It had not returned when its thread or tracing ended.
    Unfinished = 5,
}

impl How {
    /// All of them, in their order.
    pub const ALL: [How; 6] =
        [How::Returned, How::NoReturn, How::Interrupted, How::Killed, How::GivenUp, How::Unfinished];

    /// The row that the call would have been says that it had not returned.
    pub fn is_unfinished(self) -> bool {
        matches!(self, How::Killed | How::GivenUp | How::Unfinished)
    }
}

/// Set in [`CountKey::how`]: whatever found no room, without its group and file.
pub const COUNT_OTHER: u16 = 256;
/// Ways that bytes go: read, write, transfer.
pub const WAYS: usize = 3;
/// Buckets for each power of two are 2 to this power.
pub const HIST_SUB_BITS: u32 = 3;
/// Buckets of a histogram.
pub const HIST_BUCKETS: usize = 336;

/// Numbers below this one are no keys: none, then one for each [`How`] for what found no room at all.
pub const FIRST_CELL: usize = 1 + How::ALL.len();

/// `struct count_key`: a row of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CountKey {
    /// Two words, as [`Group`] says.
    pub group: [u64; 2],
    /// File id; 0: none, or not known.
    pub file: u64,
    /// Call number.
    pub nr: u32,
    /// [`How`], and [`COUNT_OTHER`].
    pub how: u16,
    /// Set of [`crate::call_flags`]: entry path.
    pub abi: u16,
}

impl CountKey {
    /// Bytes of the map value.
    pub const SIZE: usize = 32;

    /// Reads one; `None` if it is too short.
    pub fn parse(bytes: &[u8]) -> Option<CountKey> {
        let half = |at: usize| bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes);
        Some(CountKey {
            group: [word(bytes, 0)?, word(bytes, 8)?],
            file: word(bytes, 16)?,
            nr: small(bytes, 24)?,
            how: half(28)?,
            abi: half(30)?,
        })
    }

    /// How its calls ended; `None`: a way that is not known.
    pub fn how(&self) -> Option<How> {
        How::ALL.get(usize::from(self.how & !COUNT_OTHER)).copied()
    }

    /// It stands for whatever found no room.
    pub fn is_other(&self) -> bool {
        self.how & COUNT_OTHER != 0
    }
}

/// `struct count_cell` of one processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Calls; written last.
    pub calls: u64,
    /// Of these, failed ones.
    pub errors: u64,
    /// Sum of latencies.
    pub total_ns: u64,
    /// Shortest; of no meaning without calls.
    pub min_ns: u64,
    /// Longest.
    pub max_ns: u64,
    /// By way.
    pub bytes: [u64; WAYS],
    /// Latencies.
    pub hist: [u32; HIST_BUCKETS],
    /// Calls; written first.
    pub begun: u64,
}

impl Cell {
    /// Bytes of the map value.
    pub const SIZE: usize = 1472;

    /// Reads one; `None` if it is too short.
    pub fn parse(bytes: &[u8]) -> Option<Cell> {
        Some(Cell {
            calls: word(bytes, 0)?,
            errors: word(bytes, 8)?,
            total_ns: word(bytes, 16)?,
            min_ns: word(bytes, 24)?,
            max_ns: word(bytes, 32)?,
            bytes: [word(bytes, 40)?, word(bytes, 48)?, word(bytes, 56)?],
            hist: hist(bytes, 64)?,
            begun: word(bytes, 64 + 4 * HIST_BUCKETS)?,
        })
    }

    /// No program was in it while it was copied.
    pub fn is_consistent(&self) -> bool {
        self.calls == self.begun
    }
}

/// `struct count_gaps` of one processor: times between calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gaps {
    /// Their sum.
    pub total_ns: u64,
    /// Their histogram.
    pub hist: [u32; HIST_BUCKETS],
}

impl Gaps {
    /// Bytes of the map value.
    pub const SIZE: usize = 1408;

    /// Reads one; `None` if it is too short.
    pub fn parse(bytes: &[u8]) -> Option<Gaps> {
        Some(Gaps { total_ns: word(bytes, 0)?, hist: hist(bytes, 8)? })
    }
}

/// `struct error_key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ErrorKey {
    /// Number of the key whose calls failed.
    pub cell: u32,
    /// Error number.
    pub err: u32,
}

impl ErrorKey {
    /// Bytes of the map key.
    pub const SIZE: usize = 8;

    /// Reads one; `None` if it is too short.
    pub fn parse(bytes: &[u8]) -> Option<ErrorKey> {
        Some(ErrorKey { cell: small(bytes, 0)?, err: small(bytes, 4)? })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

fn small(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn hist(bytes: &[u8], at: usize) -> Option<[u32; HIST_BUCKETS]> {
    let mut out = [0; HIST_BUCKETS];
    let (words, _) = bytes.get(at..at + 4 * HIST_BUCKETS)?.as_chunks::<4>();
    for (bucket, word) in out.iter_mut().zip(words) {
        *bucket = u32::from_le_bytes(*word);
    }
    Some(out)
}
