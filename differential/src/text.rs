//! Reads strace's line grammar, as both tracers write it.

#![allow(missing_docs, reason = "names of the parts of a line")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Thread; 0 if the line has none.
    pub tid: u32,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Call(Call),
    /// `+++ exited with 0 +++`
    Exit(String),
    /// `--- SIGCHLD {...} ---`
    Signal(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    pub args: String,
    pub ret: String,
}

/// What a tracer wrote.
#[derive(Debug, Default)]
pub struct Text {
    pub lines: Vec<Line>,
    /// Lines that are no part of the grammar.
    pub other: Vec<String>,
}

static PREFIX: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:\[pid +(\d+)\] |(\d+) +)"));
static CALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\w+)\((.*)\)\s+= (.*)$"));
static OPEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\w+)\((.*?),? *<unfinished \.\.\.>\)?(.*)$"));
static RESUMED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^<\.\.\. (\w+) resumed>(.*)$"));

/// A pattern that stands in the source.
#[allow(clippy::expect_used, reason = "the pattern is a constant, and tests use all of them")]
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

/// All lines, with the halves of interrupted ones joined at the place of the second half.
pub fn read(text: &str) -> Text {
    let mut halves: BTreeMap<u32, String> = BTreeMap::new();
    let mut out = Text::default();
    let mut add = |tid, body: &str| match parse_body(body) {
        Some(what) => out.lines.push(Line { tid, what }),
        None => out.other.push(body.to_owned()),
    };
    for line in text.lines() {
        let (tid, body) = match PREFIX.captures(line) {
            Some(c) => {
                let tid = c.get(1).or(c.get(2)).and_then(|tid| tid.as_str().parse().ok());
                (tid.unwrap_or(0), &line[c.get(0).map_or(0, |all| all.end())..])
            }
            None => (0, line),
        };
        if let Some(half) = body.strip_suffix(" <unfinished ...>") {
            halves.insert(tid, half.to_owned());
            continue;
        }
        // A second half without a first is no line of the grammar either.
        match RESUMED.captures(body).and_then(|c| Some(halves.remove(&tid)? + &c[2])) {
            Some(whole) => add(tid, &whole),
            None => add(tid, body),
        }
    }
    // Calls that never returned.
    for (tid, half) in halves {
        add(tid, &format!("{half}) = ?"));
    }
    out
}

/// The lines of the grammar, whatever else is there.
pub fn parse(text: &str) -> Vec<Line> {
    read(text).lines
}

fn parse_body(body: &str) -> Option<What> {
    if body.starts_with("+++ ") {
        return Some(What::Exit(body.to_owned()));
    }
    if body.starts_with("--- ") {
        return Some(What::Signal(body.to_owned()));
    }
    if let Some(c) = OPEN.captures(body) {
        return Some(What::Call(Call { name: c[1].into(), args: c[2].into(), ret: "?".into() }));
    }
    let c = CALL.captures(body)?;
    Some(What::Call(Call { name: c[1].into(), args: c[2].into(), ret: c[3].into() }))
}

/// The calls alone, in order.
pub fn calls(text: &str) -> Vec<Call> {
    let call = |l: Line| match l.what {
        What::Call(c) => Some(c),
        _ => None,
    };
    parse(text).into_iter().filter_map(call).collect()
}

/// The names of all calls that a text shows, each once, sorted.
pub fn names(text: &str) -> Vec<String> {
    let mut names: Vec<_> = calls(text).into_iter().map(|c| c.name).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn both_prefixes_are_read() {
    let line = |text: &str| parse(text).remove(0);
    let call = |tid| Line {
        tid,
        what: What::Call(Call { name: "close".into(), args: "3</etc/passwd>".into(), ret: "0".into() }),
    };
    assert_eq!(line("close(3</etc/passwd>)    = 0"), call(0));
    assert_eq!(line("[pid  4242] close(3</etc/passwd>) = 0"), call(4242));
    assert_eq!(line("4242  close(3</etc/passwd>) = 0"), call(4242));
    assert_eq!(line("7 +++ exited with 0 +++").what, What::Exit("+++ exited with 0 +++".into()));
}

#[test]
fn halves_are_joined() {
    let text = "1 read(3,  <unfinished ...>\n2 close(4) = 0\n1 <... read resumed>\"x\", 1) = 1\n1 pause( <unfinished ...>";
    let calls = calls(text);
    assert_eq!(calls.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["close", "read", "pause"]);
    assert_eq!((calls[1].args.as_str(), calls[1].ret.as_str()), ("3, \"x\", 1", "1"));
    assert_eq!(calls[2].ret, "?");
}

#[test]
fn what_is_not_understood_is_kept_apart() {
    let text = read("1 close(3) = 0\nhello\n2 <... read resumed>\"x\", 1) = 1\n");
    assert_eq!((text.lines.len(), text.other.len()), (1, 2));
}
