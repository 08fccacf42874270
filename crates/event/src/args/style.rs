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
    /// Names of constants (`-X`).
    pub constants: Constants,
    /// Structures are only pointed at (`-e verbose=`).
    pub addresses: bool,
    /// What is said of some calls only; it takes the place of `verbose` and `addresses`.
    pub per_call: Option<PerCall>,
    /// The host's numbers of tasks behind those of other PID namespaces (`--pidns-translation`).
    pub pids: bool,
}

/// Choices that differ from call to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerCall {
    /// Nothing but numbers (`-e raw=`).
    pub raw: Calls,
    /// In full (not in `-e abbrev=`).
    pub full: Calls,
    /// Structures are only pointed at (not in `-e verbose=`).
    pub addresses: Calls,
}

/// A set of calls by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls([u64; 8]);

impl Calls {
    /// Adds one.
    pub fn insert(&mut self, nr: u32) {
        if let Some(word) = self.0.get_mut(nr as usize / 64) {
            *word |= 1 << (nr % 64);
        }
    }

    /// Whether it is one of them.
    #[inline]
    pub fn contains(&self, nr: u32) -> bool {
        self.0.get(nr as usize / 64).is_some_and(|word| word >> (nr % 64) & 1 != 0)
    }
}

/// How constants and flags are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constants {
    /// By name: `O_RDONLY`.
    Abbrev,
    /// By number: `0`.
    Raw,
    /// Both: `0 /* O_RDONLY */`.
    Verbose,
}

/// What is shown behind the numbers of descriptors, each kind by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// Paths, `pipe:[12]`, `anon_inode:[eventpoll]`.
    pub paths: bool,
    /// Addresses of sockets.
    pub sockets: bool,
    /// Numbers of devices.
    pub devices: bool,
    /// Processes of pidfds.
    pub pidfds: bool,
}

impl Names {
    /// Nothing.
    pub const OFF: Names = Names { paths: false, sockets: false, devices: false, pidfds: false };
    /// What `/proc/PID/fd` shows (`-y`).
    pub const PATHS: Names = Names { paths: true, ..Names::OFF };
    /// What is known (`-yy`).
    pub const ALL: Names = Names { paths: true, sockets: true, devices: true, pidfds: true };
    /// Unless something else is asked for.
    pub const DEFAULT: Names = Names { sockets: true, ..Names::PATHS };
}

/// Which strings are printed in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hex {
    /// None: octal escapes for odd bytes.
    Off,
    /// None, but odd bytes are escaped in hexadecimal.
    Escapes,
    /// Those with bytes that are not printable.
    NonAscii,
    /// All.
    All,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            string_limit: 32,
            names: Names::DEFAULT,
            verbose: false,
            hex: Hex::Off,
            constants: Constants::Abbrev,
            addresses: false,
            per_call: None,
            pids: false,
        }
    }
}

impl Style {
    /// As this call is to be shown, if that differs from call to call.
    #[inline]
    pub(crate) fn of_call(&self, nr: u32) -> Option<Style> {
        let some = self.per_call.as_ref()?;
        Some(Style { verbose: some.full.contains(nr), addresses: some.addresses.contains(nr), ..*self })
    }

    /// The same, but constants are shown by their names alone.
    pub(crate) fn by_name(&self) -> Style {
        Style { constants: Constants::Abbrev, ..*self }
    }

    /// This call is shown as nothing but numbers.
    #[inline]
    pub(crate) fn is_raw(&self, nr: u32) -> bool {
        self.per_call.as_ref().is_some_and(|some| some.raw.contains(nr))
    }
}
