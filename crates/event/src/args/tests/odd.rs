//! Whatever a record holds, a call has a text.

use proptest::collection::vec;
use proptest::prelude::*;
use syscope_wire::call_flags;

use super::*;
use crate::Row;
use crate::args::{Constants, Hex};

/// One capture: of which argument, with which flags and count, of which bytes.
type Piece = (u8, u8, u32, Vec<u8>);

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    vec((0..8_u8, any::<u8>(), any::<u32>(), vec(any::<u8>(), 0..400)), 0..8)
}

fn styles() -> impl Strategy<Value = Style> {
    let names = prop_oneof![Just(Names::OFF), Just(Names::PATHS), Just(Names::ALL), Just(Names::DEFAULT)];
    let hex = prop_oneof![Just(Hex::Off), Just(Hex::Escapes), Just(Hex::NonAscii), Just(Hex::All)];
    let constants = prop_oneof![Just(Constants::Abbrev), Just(Constants::Raw), Just(Constants::Verbose)];
    (0..40_usize, names, any::<[bool; 2]>(), hex, constants).prop_map(
        |(string_limit, names, [verbose, addresses], hex, constants)| Style {
            string_limit,
            names,
            verbose,
            hex,
            constants,
            addresses,
            per_call: None,
            pids: verbose,
        },
    )
}

fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), 0..600_u64, any::<u32>().prop_map(u64::from), Just(u64::MAX), Just(AT_FDCWD)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every call of the table and some that are not in it.
    #[test]
    fn never_panics(
        args in prop::array::uniform6(numbers()),
        ret in prop_oneof![any::<i64>(), -600..600_i64],
        flags in any::<u32>(),
        enter in pieces(),
        exit in pieces(),
        style in styles(),
    ) {
        let abis = call_flags::COMPAT | call_flags::X32;
        for nr in (0..480).chain([u32::MAX]) {
            let mut call = Call { nr, args, ret, flags: flags & !abis, ..Call::default() };
            for (arg, flags, aux, data) in &enter {
                push_cap(&mut call.enter, *arg, *flags, *aux, data);
            }
            for (arg, flags, aux, data) in &exit {
                push_cap(&mut call.exit, *arg, *flags, *aux, data);
            }
            let text = call.decoded(|ev| {
                let mut out = Vec::new();
                write_args(ev, &style, &mut out);
                write_ret(ev, &style, &mut out);
                Row::from_event(ev, &style);
                out
            });
            // Everything that comes from memory is escaped.
            prop_assert!(text.iter().all(|b| matches!(b, b' '..=b'~')), "{}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn foreign_calls_have_their_own_names_and_numbers() {
    let foreign = |flags, nr, args: &[u64]| {
        let mut call = Call { nr, flags, ..Call::default() };
        call.args[..args.len()].copy_from_slice(args);
        call
    };
    let i386 = |nr, args: &[u64]| foreign(call_flags::COMPAT, nr, args);
    check(
        i386(5, &[PTR, 0x80241, 0o600]).ret(3),
        "open@32(0x7f0000001000, O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0600) = 3",
    );
    check(i386(5, &[PTR, 0, 7]).ret(3), "open@32(0x7f0000001000, O_RDONLY) = 3");
    check(
        i386(19, &[4, 0xffff_ffff, 1]).ret(-22),
        "lseek@32(4, -1, SEEK_CUR) = -1 EINVAL (Invalid argument)",
    );
    check(i386(90, &[0x5000, 9, 9, 9, 9, 9]), "mmap@32(0x5000) = 0");
    check(i386(140, &[3, 1, 2, 4, 0]), "_llseek@32(0x3, 0x1, 0x2, 0x4, 0x0) = 0");
    check(i386(45, &[0]).ret(0x8000), "brk@32(NULL) = 0x8000");
    check(i386(20, &[9]).ret(77), "getpid@32() = 77");
    check(i386(998, &[1, 2]), "i386_998(0x1, 0x2, 0x0, 0x0, 0x0, 0x0) = 0");
    check(foreign(call_flags::X32, 3, &[5]), "close@x32(5) = 0");
    check(foreign(call_flags::X32, 514, &[5, 0x5401, PTR]), "ioctl@x32(5, TCGETS, 0x7f0000001000) = 0");
    check(foreign(call_flags::X32, 16, &[1]), "x32_16(0x1, 0x0, 0x0, 0x0, 0x0, 0x0) = 0");
    let newer = Call { nr: 999, ..Call::default() }.ret(-38);
    check(newer, "syscall_0x3e7(0x0, 0x0, 0x0, 0x0, 0x0, 0x0) = -1 ENOSYS (Function not implemented)");
}

#[test]
fn short_captures_are_said() {
    check(call("fstat", &[3, PTR]).cap(1, &[0; 143]), "fstat(3, 0x7f0000001000 /* unreadable */) = 0");
    check(call("pipe", &[PTR]).cap(0, &[1, 0, 0, 0]), "pipe(0x7f0000001000) = 0");
    check(
        call("clock_gettime", &[1, PTR]).cap(1, b""),
        "clock_gettime(CLOCK_MONOTONIC, 0x7f0000001000 /* unreadable */) = 0",
    );
}
