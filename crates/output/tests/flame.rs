//! Flame graphs and collapsed stacks, of names that were made to break them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::records::{Records, call};
use proptest::prelude::*;
use quick_xml::events::Event as Xml;
use syscope_output::{flame_svg, folded};
use syscope_stats::{Frames, Room, Stacks, Weight};

fn stacks(names: &[&[u8]], room: Room) -> Stacks {
    let mut records = Records::new();
    for (n, name) in names.iter().enumerate() {
        let openat = call("openat").args([u64::MAX - 99]).text(1, [b"/", *name].concat()).ret(-2);
        records = records.task(100, &name[..name.len().min(15)]).call(openat.took(n as u64 + 1));
    }
    let mut stacks = Stacks::new(Frames::default(), Weight::Count, room);
    records.events(|event| stacks.add(event));
    stacks
}

fn lines(stacks: &Stacks, runs: usize) -> Vec<String> {
    let mut out = Vec::new();
    folded(stacks, runs, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

fn svg(stacks: &Stacks, runs: usize, title: &str) -> String {
    let mut out = Vec::new();
    flame_svg(stacks, runs, title, "", &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The texts of a picture, and the names of its elements; a panic if it is no XML.
fn parsed(svg: &str) -> (Vec<String>, Vec<String>) {
    let mut reader = quick_xml::Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let (mut texts, mut names) = (Vec::new(), Vec::new());
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap() {
            Xml::Eof => return (texts, names),
            Xml::Start(e) | Xml::Empty(e) => {
                names.push(String::from_utf8(e.name().as_ref().to_vec()).unwrap());
                e.attributes().for_each(|a| drop(a.unwrap()));
            }
            Xml::Text(t) => text.push_str(&t.decode().unwrap()),
            Xml::GeneralRef(r) => match &*r.decode().unwrap() {
                "lt" => text.push('<'),
                "gt" => text.push('>'),
                "amp" => text.push('&'),
                "quot" => text.push('"'),
                "apos" => text.push('\''),
                other => panic!("&{other};"),
            },
            Xml::End(_) => texts.push(std::mem::take(&mut text)),
            _ => {}
        }
    }
}

const HOSTILE: [&[u8]; 9] = [
    b"<script>alert(1)</script>",
    b"]]>&amp;\"'",
    b"a;b\n;c 7",
    b"3 4",
    b"\xff\xfe\x00x",
    b"\x1b[31m\x07",
    b"end 12 ",
    "\u{ffff}\u{202e}gpj".as_bytes(),
    b"_[k]",
];

#[test]
fn hostile_names_are_names() {
    let all = stacks(&HOSTILE, Room::default());
    let (texts, elements) = parsed(&svg(&all, 1, "<title>\n&\u{1}"));
    let has = |wanted: &str| texts.iter().any(|t| t.contains(wanted));
    assert!(has("/<script>alert(1)</script> (1 calls"), "{texts:#?}");
    assert!(has("/a\\x3bb\\x0a\\x3bc\\x207 (1 calls"), "{texts:#?}");
    assert!(has("<title>\\x0a&\\x01"), "{texts:#?}");
    // The one of the library.
    assert_eq!(elements.iter().filter(|name| *name == "script").count(), 1);
    for line in lines(&all, 1) {
        let (stack, number) = line.rsplit_once(' ').unwrap();
        assert_eq!((number, stack.split(';').count()), ("1", 3), "{line}");
        // Nobody takes the end of a name for a second number.
        assert!(!stack.ends_with(|c: char| c.is_ascii_digit()) || !stack.contains(" 1"), "{line}");
    }
    assert!(lines(&all, 1).contains(&"3\\x204;openat;/3\\x204 1".to_owned()), "{:?}", lines(&all, 1));
}

#[test]
fn two_runs_have_two_numbers() {
    let mut both = stacks(&[b"a", b"a", b"b"], Room::default());
    both.next_run();
    Records::new()
        .task(100, b"a")
        .call(call("openat").args([u64::MAX - 99]).text(1, b"/a").ret(-2))
        .events(|event| both.add(event));
    assert_eq!(lines(&both, 2), ["a;openat;/a 2 1", "b;openat;/b 1 0"]);
    let (texts, _) = parsed(&svg(&both, 2, ""));
    assert!(texts.iter().any(|t| t.contains("a (1 calls")), "{texts:#?}");
}

#[test]
fn what_found_no_room_is_shown() {
    let few = stacks(&[b"a", b"b", b"c"], Room { nodes: 3, ..Room::default() });
    assert_eq!(lines(&few, 1), ["[other] 2", "a;openat;[other] 1"]);
    parsed(&svg(&few, 1, ""));
}

#[test]
fn nothing_cannot_be_drawn() {
    let none = stacks(&[], Room::default());
    let error = flame_svg(&none, 1, "", "", &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert!(lines(&none, 1).is_empty());
}

/// Sums beyond what any number can hold neither panic nor turn round.
#[test]
fn huge_sums_are_drawn() {
    let mut stacks = Stacks::new(Frames::parse("syscall").unwrap(), Weight::Time, Room::default());
    Records::new()
        .call(call("read").at(0).took(u64::MAX / 2))
        .call(call("write").at(0).took(u64::MAX / 2 + 1))
        .call(call("close").at(0).took(u64::MAX - 1))
        .events(|event| stacks.add(event));
    assert_eq!(lines(&stacks, 1).len(), 3);
    parsed(&svg(&stacks, 1, ""));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever names are, the picture is well-formed and every stack is one line.
    #[test]
    fn any_names(names in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..6)) {
        let names: Vec<&[u8]> = names.iter().map(|n| &n[..]).collect();
        let stacks = stacks(&names, Room::default());
        parsed(&svg(&stacks, 1, "x"));
        let sum: u64 = lines(&stacks, 1).iter().map(|l| l.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
        prop_assert_eq!(sum, names.len() as u64);
    }
}
