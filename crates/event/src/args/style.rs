//! How arguments are printed.

/// Choices of the user that change the text of arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Bytes of a string or buffer that are shown (`-s`); elements of an array likewise.
    pub string_limit: usize,
    /// Names behind descriptors.
    pub names: Names,
    /// Structures and environments in full (`-v`).
    pub verbose: bool,
    /// Hexadecimal strings (`-x`, `-xx`).
    pub hex: Hex,
}

/// Names behind descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// None.
    Off,
    /// Paths, `pipe:[12]`, `socket:[13]` (`-y`).
    Paths,
    /// Also socket addresses and device numbers (`-yy`).
    Details,
    /// Also socket addresses: the default.
    Best,
}

/// Which strings are printed in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hex {
    /// None: octal escapes for odd bytes.
    Off,
    /// Those with bytes that are not printable.
    NonAscii,
    /// All.
    All,
}

impl Default for Style {
    fn default() -> Style {
        Style { string_limit: 32, names: Names::Best, verbose: false, hex: Hex::Off }
    }
}
