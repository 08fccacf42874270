//! Calls folded into frames.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../output/tests/common/records.rs"]
mod records;

use records::{Records, call};
use syscope_stats::{Frames, ROOT, Room, Stacks, Weight};

fn some() -> Records {
    let read = |file, ret, took| call("read").args([3, 0x5000, 100]).file(0, file).ret(ret).took(took);
    Records::new()
        .task(100, b"cat")
        .path(1, b"/usr/lib/x;y")
        .path(2, b"/usr/a")
        .call(read(1, 10, 3000))
        .call(read(1, 5, 1000))
        .call(read(2, -9, 500))
        .call(call("getpid").took(7))
        .call(call("getpid").tid(200).took(9))
}

fn folded(stacks: &Stacks) -> Vec<String> {
    let mut lines = Vec::new();
    stacks.walk(&mut |path, counted, is_other| {
        let names: Vec<_> =
            path.iter().map(|n| String::from_utf8_lossy(stacks.name(n)).into_owned()).collect();
        lines.push(format!("{}{} {}", names.join("|"), if is_other { "|[other]" } else { "" }, counted[0]));
    });
    lines
}

fn fold(frames: &str, split: bool, weight: Weight, room: Room) -> Vec<String> {
    let mut frames = Frames::parse(frames).unwrap();
    frames.split = split;
    let mut stacks = Stacks::new(frames, weight, room);
    some().events(|event| stacks.add(event));
    let sum: u64 = stacks.nodes()[ROOT].children.iter().map(|at| stacks.nodes()[*at].total[0]).sum();
    assert_eq!(stacks.nodes()[ROOT].total[0], sum + stacks.nodes()[ROOT].other[0]);
    folded(&stacks)
}

#[test]
fn calls_are_folded() {
    let room = Room::default();
    let check = |frames, split, weight, expected: &[&str]| {
        assert_eq!(fold(frames, split, weight, room), expected, "{frames}");
    };
    check("syscall", false, Weight::Count, &["read 3", "getpid 2"]);
    check(
        "comm,syscall,file",
        false,
        Weight::Time,
        &["cat|read|/usr/lib/x;y 4000", "cat|read|/usr/a 500", "cat|getpid 7", "[no comm]|getpid 9"],
    );
    check("comm,file,syscall", false, Weight::Bytes, &["cat|/usr/lib/x;y|read 15"]);
    check("file", true, Weight::Count, &["/|usr/|lib/|x;y 2", "/|usr/|a 1", "[no file] 2"]);
    check(
        "file,tid",
        false,
        Weight::Count,
        &["/usr/lib/x;y|tid=100 2", "/usr/a|tid=100 1", "[no file]|tid=100 1", "[no file]|tid=200 1"],
    );
    check("comm", false, Weight::Gap, &[]);
}

/// What finds no room is not lost, and memory is bounded.
#[test]
fn what_finds_no_room_is_summed_up() {
    let room = Room { nodes: 4, ..Room::default() };
    let lines = fold("syscall,file", false, Weight::Count, room);
    assert_eq!(lines, ["|[other] 2", "read|/usr/lib/x;y 2", "read|/usr/a 1"].map(str::to_owned));
    let lines = fold("syscall,file", false, Weight::Count, Room { text: 10, ..Room::default() });
    assert_eq!(lines, ["|[other] 2", "read|[other] 2", "read|/usr/a 1"].map(str::to_owned));
    let mut stacks = Stacks::new(Frames::default(), Weight::Count, Room { nodes: 2, text: 100 });
    some().events(|event| stacks.add(event));
    assert!(stacks.is_full());
    // A second run makes no frames that the first might have had.
    stacks.next_run();
    some().events(|event| stacks.add(event));
    assert_eq!(stacks.nodes().len(), 2);
    assert_eq!(stacks.nodes()[ROOT].total, [5, 5]);
}

#[test]
fn unknown_columns_are_told() {
    let error = Frames::parse("comm,nothing").unwrap_err();
    assert!(error.starts_with("\"nothing\" is no column; there are seq, time_ns"), "{error}");
}
