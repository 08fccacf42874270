//! Records that are short, long, unknown or plain noise.

use proptest::prelude::*;
use syscope_wire::{self as wire, Record, WireError, file_kind, kind};

use crate::header;

/// Fixed part of every kind, by the C header.
fn fixed_sizes() -> Vec<(u16, usize)> {
    let header = header();
    [
        (kind::CALL, "rec_call"),
        (kind::ENTER, "rec_enter"),
        (kind::TASK, "rec_task"),
        (kind::FILE, "rec_file"),
        (kind::FORK, "rec_fork"),
        (kind::EXEC, "rec_exec"),
        (kind::EXIT, "rec_exit"),
        (kind::SIGNAL, "rec_signal"),
    ]
    .map(|(kind, name)| (kind, header.size(name)))
    .to_vec()
}

fn zeroed(kind: u16, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    bytes[..2].copy_from_slice(&kind.to_le_bytes());
    bytes
}

#[test]
fn one_byte_short_is_an_error() {
    for (kind, size) in fixed_sizes() {
        assert!(Record::parse(&zeroed(kind, size)).is_ok(), "kind {kind}");
        for have in 2..size {
            let need = if have < wire::Header::SIZE { wire::Header::SIZE } else { size };
            assert_eq!(
                Record::parse(&zeroed(kind, have)),
                Err(WireError::Short { have, need }),
                "kind {kind} with {have} bytes"
            );
        }
    }
    assert_eq!(Record::parse(&[]), Err(WireError::Short { have: 0, need: wire::Header::SIZE }));
}

#[test]
fn bytes_behind_the_known_fields_are_ignored() {
    for (kind, size) in fixed_sizes() {
        let mut longer = zeroed(kind, size);
        longer.extend([0xff; 40]);
        assert!(Record::parse(&longer).is_ok(), "kind {kind}");
    }
}

#[test]
fn unknown_kinds_are_named() {
    for unknown in [0, 9, 10, 0xffff] {
        assert_eq!(Record::parse(&zeroed(unknown, 512)), Err(WireError::UnknownKind(unknown)));
    }
}

#[test]
fn a_payload_longer_than_the_record_is_an_error() {
    let length_at = [(kind::CALL, 124), (kind::ENTER, 20), (kind::TASK, 72), (kind::FILE, 60)];
    let sizes = fixed_sizes();
    for (kind, at) in length_at {
        let size = sizes.iter().find(|(k, _)| *k == kind).unwrap().1;
        for len in [1_u32, 9, 0x7fff_ffff, u32::MAX] {
            let mut bytes = zeroed(kind, size);
            bytes[at..at + 4].copy_from_slice(&len.to_le_bytes());
            let error = Record::parse(&bytes);
            assert_eq!(error, Err(WireError::Short { have: 0, need: len as usize }), "kind {kind}");
        }
    }
}

#[test]
fn a_socket_needs_its_addresses() {
    let mut bytes = zeroed(kind::FILE, 72 + wire::Sock::SIZE - 1);
    bytes[56..58].copy_from_slice(&file_kind::SOCKET.to_le_bytes());
    assert!(matches!(Record::parse(&bytes), Err(WireError::Short { .. })));
    bytes.push(0);
    let Ok(Record::File(file)) = Record::parse(&bytes) else { panic!("not a file") };
    assert_eq!(file.sock().map(|s| s.path), Some(&b""[..]));
}

#[test]
fn captures_stop_at_the_first_that_is_cut() {
    let whole = [1, 0, 4, 0, 0, 0, 0, 0, b'a', b'b', b'c', b'd', 0, 0, 0, 0];
    for cut in 0..whole.len() {
        let caps: Vec<_> = wire::Caps(&whole[..cut]).collect();
        // Padding behind the last capture may be missing; its data may not.
        assert_eq!(caps.len(), usize::from(cut >= 12), "{cut} bytes");
    }
    let mut two = whole.to_vec();
    two.extend([2, 0, 0xff, 0xff, 0, 0, 0, 0, 1]);
    assert_eq!(wire::Caps(&two).map(|c| c.arg).collect::<Vec<_>>(), [1]);
}

#[test]
fn errors_say_what_is_wrong() {
    assert_eq!(
        WireError::Short { have: 3, need: 16 }.to_string(),
        "record of 3 bytes where 16 were expected"
    );
    assert_eq!(WireError::UnknownKind(77).to_string(), "record of unknown kind 77");
}

/// Everything that can be asked of a record; returns how many bytes of payload it has.
fn walk(bytes: &[u8]) -> usize {
    match Record::parse(bytes) {
        Ok(Record::Call(_, caps) | Record::Enter(_, caps)) => caps.map(|c| c.data.len()).sum(),
        Ok(Record::File(file)) => file.sock().map_or(file.payload.len(), |s| s.path.len()),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(walk(&bytes) <= bytes.len());
        let _ = wire::Header::parse(&bytes);
        let _ = wire::Counters::parse(&bytes);
    }

    #[test]
    fn noise_of_a_known_kind_never_panics(
        kind in 1_u16..10,
        small_len in any::<bool>(),
        mut bytes in proptest::collection::vec(any::<u8>(), 16..600),
    ) {
        bytes[..2].copy_from_slice(&kind.to_le_bytes());
        // Random lengths are nearly always too long: make some that fit.
        for at in [20, 60, 72, 124] {
            if small_len && bytes.len() >= at + 4 {
                bytes[at + 1..at + 4].fill(0);
            }
        }
        prop_assert!(walk(&bytes) <= bytes.len());
    }
}
