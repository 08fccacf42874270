//! Bytes of any sort taken apart into choices. There are always enough: behind the end everything is 0.

use syscope_event::Clock;
use syscope_event::args::{Constants, Descriptors, Hex, Names, Style};
use syscope_output::{Options, PidPrefix, Precision, TextOptions, Timestamps};

pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Input<'a> {
        Input(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn bytes(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        head
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        let bytes = self.bytes(N);
        out[..bytes.len()].copy_from_slice(bytes);
        out
    }

    pub(crate) fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.array())
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    /// A number of a register: the first byte says how wide it is, and whether it is negative.
    pub(crate) fn register(&mut self) -> u64 {
        match self.u8() {
            0 => 0,
            1 => u64::MAX,
            2..=9 => u64::from(self.u8()),
            10..=19 => u64::from(self.u16()),
            20..=29 => u64::from(self.u32()),
            30..=39 => 1 << (self.u8() & 63),
            40..=49 => u64::from(self.u16()).wrapping_neg(),
            _ => self.u64(),
        }
    }

    /// Bytes behind their length.
    pub(crate) fn chunk(&mut self) -> &'a [u8] {
        let n = usize::from(self.u16());
        self.bytes(n)
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.u8()) % all.len()]
    }

    pub(crate) fn style(&mut self) -> Style {
        let bits = self.u8();
        Style {
            string_limit: usize::from(self.u16()) >> (bits >> 4),
            names: self.one_of(&[Names::DEFAULT, Names::OFF, Names::PATHS, Names::ALL]),
            verbose: bits & 1 != 0,
            hex: self.one_of(&[Hex::Off, Hex::Escapes, Hex::NonAscii, Hex::All]),
            constants: [Constants::Abbrev, Constants::Abbrev, Constants::Raw, Constants::Verbose]
                [usize::from(bits >> 1 & 3)],
            addresses: bits & 8 != 0,
            per_call: None,
            pids: bits & 1 != 0,
        }
    }

    pub(crate) fn options(&mut self) -> Options {
        let precision = [Precision::Seconds, Precision::Millis, Precision::Micros, Precision::Nanos];
        let style = self.style();
        let dumped = if style.addresses { Descriptors::default().negated() } else { Descriptors::default() };
        let some = |input: &mut Input<'_>| (input.u8() & 1 != 0).then(|| input.one_of(&precision));
        let text = TextOptions {
            align: usize::from(self.u8()),
            pid_prefix: self.one_of(&[PidPrefix::Auto, PidPrefix::Many, PidPrefix::Always, PidPrefix::Never]),
            timestamps: match self.u8() % 3 {
                0 => Timestamps::Off,
                1 => Timestamps::Local(self.one_of(&precision)),
                _ => Timestamps::Epoch(self.one_of(&precision)),
            },
            relative: some(self),
            latency: some(self),
            numbers: self.u8() & 1 != 0,
            comms: self.u8() & 1 != 0,
            exits: self.u8() & 1 == 0,
            signals: if self.u8() & 1 == 0 { u64::MAX } else { self.u64() },
            dump_read: dumped,
            dump_write: dumped,
            clock: Clock { wall_offset_ns: i128::from(self.u64().cast_signed()) },
        };
        Options { style, text }
    }
}
