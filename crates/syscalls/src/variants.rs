//! Calls that are many in one: what their later arguments are depends on an operation among the earlier ones.
//!
//! `call SET select N [>> SHIFT]`, then `OPERATION | OPERATION => ["argument" Role, ...];` for what stands behind the
//! operation. Operations that are not listed have the arguments of the call's row. `len` and `count` are indexes of the
//! call's arguments, as in the table.

mod ioctl;
mod process;
mod system;

use crate::table::{inout, inp, out};
use crate::{Arg, NameSet, Syscall};

/// The operations of one call.
#[derive(Debug)]
pub struct Variants {
    /// The call.
    pub name: &'static str,
    /// Argument with the operation.
    pub select: u8,
    /// Bits below the operation in that argument.
    pub shift: u8,
    /// What is known of each operation.
    pub cases: &'static [Case],
}

/// One operation.
#[derive(Debug)]
pub struct Case {
    /// Its value.
    pub value: u32,
    /// The arguments behind it.
    pub args: &'static [Arg],
}

impl Variants {
    /// Index of the first argument that an operation decides about.
    pub fn first(&self) -> usize {
        usize::from(self.select) + 1
    }

    /// The operation that these arguments ask for, if it is known.
    pub fn of(&self, raw_args: &[u64; 6]) -> Option<&'static Case> {
        let raw = raw_args.get(usize::from(self.select)).copied().unwrap_or_default();
        let value = u32::try_from((raw & 0xffff_ffff) >> self.shift).ok()?;
        self.cases.iter().find(|case| case.value == value)
    }
}

impl Syscall {
    /// The operations of the call, if its arguments depend on one.
    pub fn variants(&self) -> Option<&'static Variants> {
        all().find(|v| v.name == self.name)
    }
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Variants> {
    [process::VARIANTS, system::VARIANTS, ioctl::VARIANTS].into_iter().flatten().copied()
}

/// The value of a name. Evaluated by the compiler: a panic is an error of the build. The name stands in the set, or the table does not compile.
#[allow(clippy::panic)]
const fn value_of(set: &NameSet, name: &str) -> u32 {
    let lists = [set.names, set.field];
    let mut at = 0;
    while at < lists.len() {
        let mut i = 0;
        while i < lists[at].len() {
            if same(lists[at][i].1, name) {
                #[allow(clippy::cast_possible_truncation)]
                return lists[at][i].0 as u32;
            }
            i += 1;
        }
        at += 1;
    }
    panic!("an operation that the set does not name")
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The operations of some calls as `VARIANTS`.
macro_rules! variants {
    ($($call:ident $set:ident select $select:literal $(>> $shift:literal)? {
        $($($op:ident)|+ => $args:tt;)*
    })*) => {
        pub(super) static VARIANTS: &[&$crate::variants::Variants] = &[$(
            &$crate::variants::Variants {
                name: stringify!($call),
                select: $select,
                shift: 0 $(+ $shift)?,
                cases: &[$($(
                    $crate::variants::Case {
                        value: $crate::variants::value_of(&$crate::flags::$set, stringify!($op)),
                        args: variants!(@args $args),
                    },
                )+)*],
            },
        )*];
    };
    (@args [$($arg:literal $role:expr),* $(,)?]) => { &[$($crate::Arg { name: $arg, role: $role }),*] };
}
use variants;
