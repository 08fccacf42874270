//! `-e trace=`: which calls are wanted.

use regex::Regex;
use syscope_syscalls::{self as syscalls, Family, Syscall};

use crate::classes;

/// Why an expression was refused.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// No call of that name.
    #[error("no system call {name:?}{}", suggestion(.near))]
    UnknownCall {
        /// What was given.
        name: String,
        /// Names like it.
        near: Vec<&'static str>,
    },
    /// No class of that name.
    #[error("no class %{0}: there are {classes}", classes = class_names())]
    UnknownClass(String),
    /// A regular expression that cannot be read.
    #[error("cannot read the regular expression {pattern:?}: {source}")]
    Regex {
        /// What was given.
        pattern: String,
        /// Why.
        source: regex::Error,
    },
    /// A qualifier other than `trace`.
    #[error("-e {0}= is not supported: -e trace=CALLS chooses calls")]
    Qualifier(String),
    /// No family of that name.
    #[error("no family {0:?}: there are {families}", families = Family::ALL.map(Family::name).join(", "))]
    UnknownFamily(String),
    /// No kind of that name.
    #[error("no kind {0:?}: `syscope list` shows the kinds")]
    UnknownKind(String),
}

fn suggestion(near: &[&str]) -> String {
    if near.is_empty() {
        "; `syscope list` shows all".into()
    } else {
        format!("; did you mean {}?", near.join(", "))
    }
}

fn class_names() -> String {
    let names: Vec<String> = classes::CLASSES.iter().map(|c| format!("%{}", c.names[0])).collect();
    names.join(" ")
}

/// A set of calls by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSet {
    wanted: Vec<bool>,
    /// Calls that are not in the table (other ABIs, newer ones) are wanted.
    foreign: bool,
}

impl Default for TraceSet {
    fn default() -> TraceSet {
        TraceSet::all()
    }
}

impl TraceSet {
    /// Every call.
    pub fn all() -> TraceSet {
        let len = syscalls::ALL.last().map_or(0, |s| s.nr as usize + 1);
        TraceSet { wanted: vec![true; len], foreign: true }
    }

    /// Reads `openat,read`, `%file`, `!futex`, `/^get`, `?newcall`, with or without `trace=` in front.
    pub fn parse(text: &str) -> Result<TraceSet, SetError> {
        let text = match text.split_once('=') {
            Some(("trace" | "t", rest)) => rest,
            Some((qualifier, _)) if qualifier.bytes().all(|b| b.is_ascii_lowercase()) => {
                return Err(SetError::Qualifier(qualifier.into()));
            }
            _ => text,
        };
        let (negated, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut set = TraceSet::all();
        set.wanted.fill(false);
        set.foreign = false;
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            set.add(part)?;
        }
        if negated {
            set.wanted.iter_mut().for_each(|w| *w = !*w);
            set.foreign = !set.foreign;
        }
        Ok(set)
    }

    fn add(&mut self, part: &str) -> Result<(), SetError> {
        let (optional, name) = match part.strip_prefix('?') {
            Some(rest) => (true, rest),
            None => (false, part),
        };
        if let Some(pattern) = name.strip_prefix('/') {
            let regex =
                Regex::new(pattern).map_err(|source| SetError::Regex { pattern: pattern.into(), source })?;
            self.insert(|s| regex.is_match(s.name));
            return Ok(());
        }
        if let Some(class) = name.strip_prefix('%') {
            return match classes::find(class) {
                Some(class) => {
                    self.foreign |= class.names[0] == "all";
                    self.insert(class.holds);
                    Ok(())
                }
                None if optional => Ok(()),
                None => Err(SetError::UnknownClass(class.into())),
            };
        }
        match (syscalls::by_name(name), classes::find(name)) {
            (Some(call), _) => self.insert(|s| s.nr == call.nr),
            // strace's older spelling: `-e file`.
            (None, Some(class)) => {
                self.foreign |= class.names[0] == "all";
                self.insert(class.holds);
            }
            (None, None) if optional => {}
            (None, None) => {
                return Err(SetError::UnknownCall { name: name.into(), near: near(name) });
            }
        }
        Ok(())
    }

    fn insert(&mut self, holds: impl Fn(&Syscall) -> bool) {
        for sys in syscalls::ALL.iter().filter(|s| holds(s)) {
            if let Some(wanted) = self.wanted.get_mut(sys.nr as usize) {
                *wanted = true;
            }
        }
    }

    fn keep(&mut self, holds: impl Fn(&Syscall) -> bool) {
        self.foreign = false;
        for sys in syscalls::ALL.iter().filter(|s| !holds(s)) {
            if let Some(wanted) = self.wanted.get_mut(sys.nr as usize) {
                *wanted = false;
            }
        }
    }

    /// Only what is in the other set too.
    pub fn intersect(&mut self, other: &TraceSet) {
        self.wanted.iter_mut().zip(&other.wanted).for_each(|(a, b)| *a &= b);
        self.foreign &= other.foreign;
    }

    /// Only calls of these families.
    pub fn keep_families(&mut self, names: &[String]) -> Result<(), SetError> {
        let families = names
            .iter()
            .map(|n| Family::from_name(n).ok_or_else(|| SetError::UnknownFamily(n.clone())))
            .collect::<Result<Vec<_>, _>>()?;
        self.keep(|s| families.contains(&s.family));
        Ok(())
    }

    /// Only calls of these kinds.
    pub fn keep_kinds(&mut self, names: &[String]) -> Result<(), SetError> {
        if let Some(name) = names.iter().find(|n| !syscalls::ALL.iter().any(|s| s.kind.0 == n.as_str())) {
            return Err(SetError::UnknownKind(name.clone()));
        }
        self.keep(|s| names.iter().any(|n| n == s.kind.0));
        Ok(())
    }

    /// True at the numbers of wanted calls.
    pub fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    /// Calls that are not in the table are wanted.
    pub fn foreign(&self) -> bool {
        self.foreign
    }

    /// A call of that name is wanted.
    pub fn contains(&self, name: &str) -> bool {
        syscalls::by_name(name).is_some_and(|s| self.wanted.get(s.nr as usize) == Some(&true))
    }
}

/// Names at a small edit distance, or that contain what was typed.
fn near(name: &str) -> Vec<&'static str> {
    let mut found: Vec<(usize, &'static str)> = syscalls::ALL
        .iter()
        .map(|s| (distance(name, s.name), s.name))
        .filter(|(d, n)| *d <= 2 || name.len() >= 4 && n.contains(name))
        .collect();
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, n)| n).collect()
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.bytes().enumerate() {
            let change = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions() {
        let check = |text: &str, in_it: &[&str], out_of_it: &[&str]| {
            let set = TraceSet::parse(text).unwrap();
            for name in in_it {
                assert!(set.contains(name), "{text} should hold {name}");
            }
            for name in out_of_it {
                assert!(!set.contains(name), "{text} should not hold {name}");
            }
        };
        check("openat,read", &["openat", "read"], &["write"]);
        check("trace=openat", &["openat"], &["read"]);
        check("!futex", &["read"], &["futex"]);
        check("trace=!futex,read", &["write"], &["futex", "read"]);
        check("%file", &["openat", "execve", "rename", "getcwd"], &["read", "close", "timer_create"]);
        check("file", &["openat"], &["read"]);
        check("%desc", &["read", "openat", "mmap", "epoll_ctl"], &["timer_settime", "rename", "getpid"]);
        check("%net", &["socket", "connect", "sendmsg"], &["splice", "read"]);
        check("%process", &["fork", "execve", "exit_group", "wait4"], &["getpid"]);
        check("%memory", &["mmap", "brk"], &["read"]);
        check("%signal", &["rt_sigaction", "kill"], &["read"]);
        check("%ipc", &["shmget", "msgsnd", "semop"], &["pipe", "futex"]);
        check("/^get.*id$", &["getpid", "getuid"], &["openat"]);
        check("?no_such_call,read", &["read"], &[]);
        check("all", &["read"], &[]);
        check("none", &[], &["read"]);
    }

    #[test]
    fn mistakes_teach() {
        let check = |text: &str, expected: &str| {
            assert!(TraceSet::parse(text).unwrap_err().to_string().contains(expected), "{text}");
        };
        check("opnat", "did you mean openat");
        check("%fiel", "no class %fiel");
        check("/[", "regular expression");
        check("inject=read", "not supported");
    }

    #[test]
    fn families_and_kinds_narrow() {
        let mut set = TraceSet::parse("%desc").unwrap();
        set.keep_families(&["Network".into()]).unwrap();
        assert!(set.contains("connect") && !set.contains("read"));
        assert!(set.keep_families(&["nonsense".into()]).is_err());
        let mut set = TraceSet::all();
        set.keep_kinds(&["open".into()]).unwrap();
        assert!(set.contains("openat") && !set.contains("read"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = TraceSet::parse(&text);
        }
    }
}
