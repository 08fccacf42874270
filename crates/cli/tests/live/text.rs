//! Reads strace's line grammar, as both tracers write it.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Thread; 0 if the line has none.
    pub(crate) tid: u32,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Call(Call),
    /// `+++ exited with 0 +++`
    Exit(String),
    /// `--- SIGCHLD {...} ---`
    Signal(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) args: String,
    pub(crate) ret: String,
}

static PREFIX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?:\[pid +(\d+)\] |(\d+) +)").unwrap());
static CALL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\w+)\((.*)\)\s+= (.*)$").unwrap());
static OPEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(\w+)\((.*?),? *<unfinished \.\.\.>\)?(.*)$").unwrap());
static RESUMED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^<\.\.\. (\w+) resumed>(.*)$").unwrap());

/// All lines, with the halves of interrupted ones joined at the place of the second half.
pub(crate) fn parse(text: &str) -> Vec<Line> {
    let mut halves: HashMap<u32, String> = HashMap::new();
    let mut out = Vec::new();
    for line in text.lines() {
        let (tid, body) = match PREFIX.captures(line) {
            Some(c) => {
                let tid = c.get(1).or(c.get(2)).unwrap().as_str().parse().unwrap();
                (tid, &line[c.get(0).unwrap().end()..])
            }
            None => (0, line),
        };
        if let Some(half) = body.strip_suffix(" <unfinished ...>") {
            halves.insert(tid, half.to_owned());
            continue;
        }
        let whole = match RESUMED.captures(body) {
            Some(c) => {
                let half =
                    halves.remove(&tid).unwrap_or_else(|| panic!("a second half without a first: {line}"));
                half + &c[2]
            }
            None => body.to_owned(),
        };
        if let Some(what) = parse_body(&whole) {
            out.push(Line { tid, what });
        }
    }
    // Calls that never returned.
    for (tid, half) in halves {
        if let Some(what) = parse_body(&format!("{half}) = ?")) {
            out.push(Line { tid, what });
        }
    }
    out
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
pub(crate) fn calls(text: &str) -> Vec<Call> {
    let call = |l: Line| match l.what {
        What::Call(c) => Some(c),
        _ => None,
    };
    parse(text).into_iter().filter_map(call).collect()
}

/// The names of all calls that a text shows, each once, sorted.
pub(crate) fn names(text: &str) -> Vec<String> {
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
