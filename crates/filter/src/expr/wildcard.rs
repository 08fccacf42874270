//! Patterns of `LIKE` and `GLOB`.

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard {
    parts: Vec<Part>,
    ignore_case: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Any number of bytes.
    Any,
    /// One character; of text that is not UTF-8, one byte.
    One,
    Byte(u8),
    /// One character of these ranges, or with `true` none of them.
    Class(bool, Vec<(char, char)>),
}

impl Wildcard {
    /// `%` is any text, `_` one character; letters of ASCII match either case.
    pub(super) fn like(pattern: &str, escape: Option<char>) -> Wildcard {
        let mut parts = Vec::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            match c {
                c if Some(c) == escape => {
                    let literal = chars.next().unwrap_or(c);
                    push_char(&mut parts, literal.to_ascii_lowercase());
                }
                '%' => parts.push(Part::Any),
                '_' => parts.push(Part::One),
                c => push_char(&mut parts, c.to_ascii_lowercase()),
            }
        }
        Wildcard { parts, ignore_case: true }
    }

    /// `*` is any text, `?` one character, `[a-z]` one of a class, `[^a-z]` one of no class.
    pub(super) fn glob(pattern: &str) -> Wildcard {
        let mut parts = Vec::new();
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            match c {
                '*' => parts.push(Part::Any),
                '?' => parts.push(Part::One),
                '[' => match class(rest.as_str()) {
                    Some((part, behind)) => {
                        parts.push(part);
                        rest = behind.chars();
                    }
                    // Not closed: nothing matches it, as in SQLite.
                    None => {
                        parts.push(Part::Class(false, Vec::new()));
                        rest = "".chars();
                    }
                },
                c => push_char(&mut parts, c),
            }
        }
        Wildcard { parts, ignore_case: false }
    }

    /// The whole text matches. Takes time proportional to text times pattern at most.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let (mut part, mut at) = (0, 0);
        // Where the last `Any` stands, and how far it reaches by now.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match self.parts.get(part) {
                Some(Part::Any) => {
                    retry = Some((part, at));
                    part += 1;
                    continue;
                }
                None if at == text.len() => return true,
                Some(one) => {
                    if let Some(len) = self.step(one, &text[at..]) {
                        part += 1;
                        at += len;
                        continue;
                    }
                }
                None => {}
            }
            match retry {
                Some((any, reach)) if reach < text.len() => {
                    let reach = reach + 1;
                    retry = Some((any, reach));
                    part = any + 1;
                    at = reach;
                }
                _ => return false,
            }
        }
    }

    /// Length of what the part takes of the text.
    fn step(&self, part: &Part, text: &[u8]) -> Option<usize> {
        let first = *text.first()?;
        match part {
            Part::Any => Some(0),
            Part::Byte(b) => {
                let first = if self.ignore_case { first.to_ascii_lowercase() } else { first };
                (first == *b).then_some(1)
            }
            Part::One => Some(first_char(text).map_or(1, char::len_utf8)),
            Part::Class(negated, ranges) => {
                let c = first_char(text);
                let inside = c.is_some_and(|c| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)));
                (inside != *negated).then(|| c.map_or(1, char::len_utf8))
            }
        }
    }
}

fn push_char(parts: &mut Vec<Part>, c: char) {
    parts.extend(c.encode_utf8(&mut [0; 4]).bytes().map(Part::Byte));
}

fn first_char(text: &[u8]) -> Option<char> {
    text[..text.len().min(4)].utf8_chunks().next()?.valid().chars().next()
}

/// What stands behind `[`, up to its `]`, and the rest.
fn class(text: &str) -> Option<(Part, &str)> {
    let (negated, body) = match text.strip_prefix('^') {
        Some(body) => (true, body),
        None => (false, text),
    };
    // A `]` in front is a member.
    let first = body.chars().next()?;
    let end = first.len_utf8() + body.get(first.len_utf8()..)?.find(']')?;
    let (members, rest) = (body.get(..end)?, body.get(end + 1..)?);
    let mut ranges = Vec::new();
    let mut chars = members.chars().peekable();
    while let Some(low) = chars.next() {
        let mut ahead = chars.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) => {
                ranges.push((low, high));
                chars = ahead;
            }
            _ => ranges.push((low, low)),
        }
    }
    Some((Part::Class(negated, ranges), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like() {
        let check = |pattern: &str, text: &[u8], expected: bool| {
            assert_eq!(Wildcard::like(pattern, Some('\\')).matches(text), expected, "{pattern} {text:?}");
        };
        check("", b"", true);
        check("", b"a", false);
        check("%", b"", true);
        check("/etc/%", b"/etc/passwd", true);
        check("/ETC/p%D", b"/etc/passwd", true);
        check("/etc/%", b"/var", false);
        check("%.so%", b"/lib/x.so.6", true);
        check("a_c", "aüc".as_bytes(), true);
        check("a_c", b"a\xffc", true);
        check("a_c", b"ac", false);
        check("100\\%", b"100%", true);
        check("100\\%", b"1000", false);
        check("%a%b%c%", b"xxaxxbxxcxx", true);
        check("%ab", b"aab", true);
        // ASCII only, as SQLite has it.
        check("Ü", "ü".as_bytes(), false);
    }

    #[test]
    fn glob() {
        let check = |pattern: &str, text: &[u8], expected: bool| {
            assert_eq!(Wildcard::glob(pattern).matches(text), expected, "{pattern} {text:?}");
        };
        check("/etc/*", b"/etc/passwd", true);
        check("/ETC/*", b"/etc/passwd", false);
        check("?", "ü".as_bytes(), true);
        check("[a-c]x", b"bx", true);
        check("[a-c]x", b"dx", false);
        check("[^a-c]x", b"dx", true);
        check("[^a-c]", b"\xff", true);
        check("[]-]", b"]", true);
        check("[]-]", b"-", true);
        check("[a-]", b"-", true);
        check("[a", b"a", false);
        check("%_", b"%_", true);
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let pattern = "%a".repeat(30) + "b";
        assert!(!Wildcard::like(&pattern, None).matches(&[b'a'; 20_000]));
    }
}
