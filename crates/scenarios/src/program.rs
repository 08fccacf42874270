//! Programs without a runtime: the only calls they make are those they are made of.

/// Where the program is in memory.
const BASE: u64 = 0x40_0000;
/// ELF header and one program header.
const HEADERS: u64 = 64 + 56;

/// A program: calls, one after the other. The last must be `exit_group`.
pub(crate) struct Program(Vec<u8>);

impl Program {
    pub(crate) fn new() -> Program {
        Program(Vec::new())
    }

    /// Adds a call with a number, memory below the stack, and a length, as `read` takes them.
    pub(crate) fn call(mut self, nr: libc::c_long, first: i32, len: i32) -> Program {
        let nr = i32::try_from(nr).unwrap_or_default();
        // mov eax, nr; mov edi, first; lea rsi, [rsp - 128]; mov edx, len; syscall
        for (opcode, operand) in
            [(&[0xb8_u8][..], nr), (&[0xbf], first), (&[0x48, 0x8d, 0x74, 0x24, 0x80, 0xba], len)]
        {
            self.0.extend_from_slice(opcode);
            self.0.extend_from_slice(&operand.to_le_bytes());
        }
        self.0.extend_from_slice(&[0x0f, 0x05]);
        self
    }

    /// The executable file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let size = HEADERS + self.0.len() as u64;
        let mut out = Vec::new();
        // 64-bit, little-endian, version 1; an executable for x86_64
        out.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0");
        for long in [BASE + HEADERS, 64, 0] {
            out.extend_from_slice(&u64::to_le_bytes(long));
        }
        // e_flags; sizes of both headers; one program header, no sections
        out.extend_from_slice(&0_u32.to_le_bytes());
        for short in [64_u16, 56, 1, 64, 0, 0] {
            out.extend_from_slice(&short.to_le_bytes());
        }
        // PT_LOAD, readable and executable: all of the file
        for word in [1_u32, 5] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        for long in [0, BASE, BASE, size, size, 4096] {
            out.extend_from_slice(&long.to_le_bytes());
        }
        out.extend_from_slice(&self.0);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number;

    #[test]
    fn headers_have_their_sizes() {
        let file = Program::new().call(number::exit_group, 7, 0).file();
        assert_eq!(file.len(), 120 + 22);
        assert_eq!(file[120..125], [0xb8, 231, 0, 0, 0]);
    }
}
