//! Names of flags and enumerations, as the kernel's UAPI headers spell them.
//!
//! Values are those of x86_64. An `int` that is negative in C (`RUSAGE_CHILDREN`) is stored as its 32 bits.

mod fs;
mod ioctl;
mod ipc;
mod mem;
mod mount;
mod net;
mod netlink;
mod poll;
mod process;
mod security;
mod signal;
mod system;
mod terminal;
mod time;
mod uring;

pub use fs::*;
pub use ioctl::*;
pub use ipc::*;
pub use mem::*;
pub use mount::*;
pub use net::*;
pub use netlink::*;
pub use poll::*;
pub use process::*;
pub use security::*;
pub use signal::*;
pub use system::*;
pub use terminal::*;
pub use time::*;
pub use uring::*;

/// A named set of constants: bits to be joined by `|`, or values of which one applies.
#[derive(Debug)]
pub struct NameSet {
    /// What is printed behind an unknown value: `0x40 /* O_??? */`.
    pub prefix: &'static str,
    /// Value and name. For flags, multi-bit names come before the bits they contain; a first entry of value 0 names
    /// "no flag".
    pub names: &'static [(u64, &'static str)],
    /// Bits that hold one value of `field` instead of single flags (O_ACCMODE); 0 if none. Where `field` is empty they
    /// are a file mode.
    pub field_mask: u64,
    /// Names of the values below `field_mask`, printed first.
    pub field: &'static [(u64, &'static str)],
}

impl NameSet {
    /// The name of exactly this value, whether of the names or of the field. A negative `int` is found however wide it
    /// was passed.
    pub fn find(&self, value: u64) -> Option<&'static str> {
        let exact =
            |value| self.names.iter().chain(self.field).find(|(v, _)| *v == value).map(|(_, name)| *name);
        exact(value).or_else(|| match i64::from_ne_bytes(value.to_ne_bytes()) {
            -0x8000_0000..0 => exact(value & 0xffff_ffff),
            _ => None,
        })
    }
}

/// Flags of calls that have none so far.
pub static RESERVED: NameSet = NameSet { prefix: "???", names: &[], field_mask: 0, field: &[] };

/// Every set with the name of its static.
pub fn all() -> impl Iterator<Item = (&'static str, &'static NameSet)> {
    let parts = [
        fs::SETS,
        ioctl::SETS,
        ipc::SETS,
        mem::SETS,
        mount::SETS,
        net::SETS,
        netlink::SETS,
        poll::SETS,
        process::SETS,
        security::SETS,
        signal::SETS,
        system::SETS,
        terminal::SETS,
        time::SETS,
        uring::SETS,
    ];
    parts.into_iter().flatten().copied()
}

/// The sets of one file: `NAME "prefix" field mask [ value names ] { names }`, and a list of them as `SETS`.
macro_rules! sets {
    ($($(#[$doc:meta])* $set:ident $prefix:literal $(field $mask:literal [$($of:ident = $below:literal),* $(,)?])?
       {$($name:ident = $value:literal),* $(,)?})*) => {
        $(
            $(#[$doc])*
            pub static $set: $crate::flags::NameSet = $crate::flags::NameSet {
                prefix: $prefix,
                names: &[$(($value, stringify!($name))),*],
                field_mask: sets!(@mask $($mask)?),
                field: &[$($(($below, stringify!($of))),*)?],
            };
        )*
        pub(super) static SETS: &[(&str, &$crate::flags::NameSet)] = &[$((stringify!($set), &$set)),*];
    };
    (@mask) => { 0 };
    (@mask $mask:literal) => { $mask };
}
use sets;
