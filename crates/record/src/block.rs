//! Blocks: what is appended while a run goes on. Each is compressed, carries its checksum and stands alone, so that
//! whatever happens to a file, all blocks before that place can be read.

use std::io::{self, Read, Write};

/// Begins each block: what follows a broken one is not taken for another.
const MAGIC: [u8; 4] = *b"SYB1";
const HEADER: usize = 16;
/// No block has more bytes: lengths that are damaged lead to no huge allocation.
pub(crate) const LARGEST: usize = 16 << 20;
const ZSTD_LEVEL: i32 = 1;

/// What is in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Records, each behind its length.
    Records = 1,
    /// How the run ended: the last block of all.
    Ending = 2,
}

/// Compresses blocks.
pub(crate) struct Packer {
    zstd: zstd::bulk::Compressor<'static>,
    out: Vec<u8>,
}

impl Packer {
    pub(crate) fn new() -> io::Result<Packer> {
        let mut zstd = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
        zstd.include_checksum(true)?;
        Ok(Packer { zstd, out: Vec::new() })
    }

    /// Writes a block; returns its length.
    pub(crate) fn write(&mut self, content: Content, bytes: &[u8], to: &mut impl Write) -> io::Result<u64> {
        self.out.clear();
        self.out.resize(HEADER + zstd::zstd_safe::compress_bound(bytes.len()), 0);
        let packed = self.zstd.compress_to_buffer(bytes, &mut self.out[HEADER..])?;
        let len = |n: usize| u32::try_from(n).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput));
        self.out[..4].copy_from_slice(&MAGIC);
        self.out[4..8].copy_from_slice(&(content as u32).to_le_bytes());
        self.out[8..12].copy_from_slice(&len(packed)?.to_le_bytes());
        self.out[12..16].copy_from_slice(&len(bytes.len())?.to_le_bytes());
        self.out.truncate(HEADER + packed);
        to.write_all(&self.out)?;
        Ok(self.out.len() as u64)
    }
}

/// Reads blocks up to the end of a file, or to the first one that is not whole.
pub(crate) struct Unpacker<R> {
    from: R,
    packed: Vec<u8>,
    bytes: Vec<u8>,
    /// Bytes of whole blocks so far.
    pub(crate) good: u64,
}

impl<R: Read> Unpacker<R> {
    pub(crate) fn new(from: R) -> Unpacker<R> {
        Unpacker { from, packed: Vec::new(), bytes: Vec::new(), good: 0 }
    }

    /// The next block. `None`: there is no other, or it is not whole. Errors are those of the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<(Content, &[u8])>> {
        let mut header = [0; HEADER];
        if !fill(&mut self.from, &mut header)? {
            return Ok(None);
        }
        let word = |at: usize| header[at..at + 4].iter().rev().fold(0_u32, |n, b| n << 8 | u32::from(*b));
        let content = match word(4) {
            1 => Content::Records,
            2 => Content::Ending,
            _ => return Ok(None),
        };
        let (packed, len) = (word(8) as usize, word(12) as usize);
        if header[..4] != MAGIC || len > LARGEST || packed > zstd::zstd_safe::compress_bound(LARGEST) {
            return Ok(None);
        }
        self.packed.resize(packed, 0);
        if !fill(&mut self.from, &mut self.packed)? {
            return Ok(None);
        }
        self.bytes.resize(len, 0);
        match zstd::bulk::decompress_to_buffer(&self.packed, &mut self.bytes) {
            Ok(n) if n == len => {
                self.good += (HEADER + packed) as u64;
                Ok(Some((content, &self.bytes)))
            }
            _ => Ok(None),
        }
    }
}

/// False: the file ends before.
fn fill(from: &mut impl Read, mut to: &mut [u8]) -> io::Result<bool> {
    while !to.is_empty() {
        match from.read(to) {
            Ok(0) => return Ok(false),
            Ok(n) => to = &mut to[n..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(blocks: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
        let mut packer = Packer::new().unwrap();
        let (mut out, mut ends) = (Vec::new(), Vec::new());
        for block in blocks {
            packer.write(Content::Records, block, &mut out).unwrap();
            ends.push(out.len());
        }
        (out, ends)
    }

    fn unpacked(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut unpacker = Unpacker::new(bytes);
        let mut out = Vec::new();
        while let Some((content, block)) = unpacker.next().unwrap() {
            assert_eq!(content, Content::Records);
            out.push(block.to_vec());
        }
        out
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(blocks in prop::collection::vec(prop::collection::vec(0..4_u8, 0..300), 0..6)) {
            let (bytes, _) = packed(&blocks);
            prop_assert_eq!(unpacked(&bytes), blocks);
        }

        /// A byte that changed makes its block and those behind it go, and none is taken for another one.
        #[test]
        fn damage_is_found(at in 0_usize..10_000, flip in 1..=255_u8) {
            let blocks: Vec<Vec<u8>> = (0..4_u8).map(|n| (0..200).map(|i| i / 3 * n).collect()).collect();
            let (mut bytes, ends) = packed(&blocks);
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let whole = ends.iter().filter(|end| **end <= at).count();
            let read = unpacked(&bytes);
            prop_assert_eq!(&read[..whole], &blocks[..whole]);
            prop_assert!(read.len() == whole || (read == blocks && read.len() > whole));
        }
    }

    #[test]
    fn cut_at_every_byte() {
        let blocks: Vec<Vec<u8>> = (0..5_u8).map(|n| vec![n; 40 * usize::from(n)]).collect();
        let (bytes, ends) = packed(&blocks);
        for cut in 0..=bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(unpacked(&bytes[..cut]), blocks[..whole], "{cut}");
        }
    }
}
