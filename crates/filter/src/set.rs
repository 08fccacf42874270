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
    /// Nothing in the list.
    #[error("no system calls in the list: give names or classes such as openat,%net, or none")]
    Empty,
    /// A qualifier other than `trace`.
    #[error("-e {0}= is not supported: {instead}", instead = instead(.0))]
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

/// What does here what a qualifier of strace does there.
fn instead(qualifier: &str) -> &'static str {
    match qualifier {
        "kvm" => "why a virtual processor stopped is not recorded",
        "secontext" => "security contexts are not recorded",
        "inject" | "fault" => "syscope never changes what a program does",
        _ => "-e trace=CALLS chooses calls",
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
        let mut all = TraceSet { wanted: vec![false; len], foreign: true };
        all.put(true, |_| true);
        all
    }

    /// Reads `openat,read`, `%file`, `/^get`, `3`, `?newcall`, with or without `trace=` in front. A `!` in front of the
    /// whole list takes every entry away from all calls, one in front of a later entry takes it away from what stands
    /// before it: `%file,!readlink`.
    pub fn parse(text: &str) -> Result<TraceSet, SetError> {
        let list = match text.split_once('=') {
            Some(("trace" | "t", rest)) => rest,
            Some((qualifier, _)) if qualifier.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => {
                return Err(SetError::Qualifier(qualifier.into()));
            }
            _ => text,
        };
        let (negated, list) = match list.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, list),
        };
        let mut set = TraceSet::all();
        if !negated {
            set.wanted.fill(false);
            set.foreign = false;
        }
        let mut entries = list.split(',').map(str::trim).filter(|p| !p.is_empty()).peekable();
        if entries.peek().is_none() {
            return Err(SetError::Empty);
        }
        for entry in entries {
            match entry.strip_prefix('!') {
                Some(entry) => set.apply(entry, false)?,
                None => set.apply(entry, !negated)?,
            }
        }
        Ok(set)
    }

    /// Adds the calls that an entry stands for, or takes them away.
    fn apply(&mut self, entry: &str, wanted: bool) -> Result<(), SetError> {
        let (optional, name) = match entry.strip_prefix('?') {
            Some(rest) => (true, rest),
            None => (false, entry),
        };
        if let Some(pattern) = name.strip_prefix('/') {
            let regex =
                Regex::new(pattern).map_err(|source| SetError::Regex { pattern: pattern.into(), source })?;
            self.put(wanted, |s| regex.is_match(s.name));
            return Ok(());
        }
        let named = match name.strip_prefix('%') {
            Some(_) => None,
            None => syscalls::by_name(name).or_else(|| syscalls::by_nr(number(name)?)),
        };
        // Without a % it is strace's older spelling: `-e file`.
        match (named, classes::find(name.strip_prefix('%').unwrap_or(name))) {
            (Some(call), _) => self.put(wanted, |s| s.nr == call.nr),
            (None, Some(class)) => {
                if class.names[0] == "all" {
                    self.foreign = wanted;
                }
                self.put(wanted, class.holds);
            }
            (None, None) if optional => {}
            (None, None) => {
                return Err(match name.strip_prefix('%') {
                    Some(class) => SetError::UnknownClass(class.into()),
                    None => SetError::UnknownCall { name: name.into(), near: near(name) },
                });
            }
        }
        Ok(())
    }

    fn put(&mut self, value: bool, holds: impl Fn(&Syscall) -> bool) {
        for sys in syscalls::ALL.iter().filter(|s| holds(s)) {
            if let Some(wanted) = self.wanted.get_mut(sys.nr as usize) {
                *wanted = value;
            }
        }
    }

    fn keep(&mut self, holds: impl Fn(&Syscall) -> bool) {
        self.foreign = false;
        self.put(false, |s| !holds(s));
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

    /// Leaves out calls that cannot be wanted.
    pub(crate) fn keep_possible(&mut self, possible: impl Fn(&'static Syscall) -> bool, foreign: bool) {
        self.foreign &= foreign;
        for sys in syscalls::ALL.iter().filter(|s| !possible(s)) {
            if let Some(wanted) = self.wanted.get_mut(sys.nr as usize) {
                *wanted = false;
            }
        }
    }

    /// Only calls that the other set has too.
    pub fn intersect(&mut self, other: &TraceSet) {
        self.foreign &= other.foreign;
        for (mine, others) in self.wanted.iter_mut().zip(&other.wanted) {
            *mine &= others;
        }
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

/// A call number in digits alone.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Names at a small edit distance, or that contain what was typed.
pub(crate) fn near(name: &str) -> Vec<&'static str> {
    // The distance takes time with the length of both.
    let similar = |s: &&Syscall| name.len() <= s.name.len() + 2;
    let mut found: Vec<(usize, &'static str)> = syscalls::ALL
        .iter()
        .filter(similar)
        .map(|s| (strsim::levenshtein(name, s.name), s.name))
        .filter(|(d, n)| *d <= 2 || name.len() >= 4 && n.contains(name))
        .collect();
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, n)| n).collect()
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
        check("!none", &["read"], &[]);
        check("!all", &[], &["read"]);
        check("t=read,", &["read"], &["write"]);
        check(" read , write", &["read", "write"], &["close"]);
        check("3", &["close"], &["read"]);
        check("%file,!openat,!/^stat", &["open", "execve"], &["openat", "stat", "statx", "statfs", "read"]);
        check("!%file,!read", &["write"], &["openat", "read"]);
        check("openat,%net,!connect,/^time", &["openat", "bind", "timer_create"], &["connect", "read"]);
        check("?%no_class,?/^clos", &["close"], &["read"]);
        check("!read,write", &["close"], &["read", "write"]);
        // An exclusion takes away what stands before it only.
        check("read,!read,read", &["read"], &[]);
    }

    #[test]
    fn mistakes_teach() {
        let check = |text: &str, expected: &str| {
            let error = TraceSet::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        };
        check("opnat", "did you mean openat");
        check("%fiel", "no class %fiel");
        check("/[", "regular expression");
        check("inject=read", "not supported");
        check("inject=read", "never changes");
        check("CLOSE", "no system call \"CLOSE\"");
        check("read,!opnat", "did you mean openat");
        check("999", "no system call \"999\"");
        check("+3", "no system call \"+3\"");
        for empty in ["", "trace=", "!", "trace=!", ",", " "] {
            check(empty, "no system calls in the list");
        }
    }

    #[test]
    fn calls_outside_the_table() {
        let check = |text: &str, foreign: bool| {
            assert_eq!(TraceSet::parse(text).unwrap().foreign(), foreign, "{text}");
        };
        check("all", true);
        check("%all,!read", true);
        check("!read", true);
        check("!all", false);
        check("none", false);
        check("read", false);
        check("%file", false);
        check("/", false);
        assert!(TraceSet::all().foreign());
    }

    #[test]
    fn families_and_kinds_narrow() {
        let mut set = TraceSet::parse("%desc").unwrap();
        set.keep_families(&["polling".into()]).unwrap();
        assert!(set.contains("epoll_wait") && !set.contains("read") && !set.foreign());
        assert!(set.keep_families(&["nonsense".into()]).is_err());
        let mut set = TraceSet::all();
        set.keep_kinds(&["open".into()]).unwrap();
        assert!(set.contains("openat") && !set.contains("read"));
        assert!(set.keep_kinds(&["nonsense".into()]).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = TraceSet::parse(&text);
        }

        /// What looks like the language: entries of every sort, right and wrong ones.
        #[test]
        fn negation_is_the_complement(entries in prop::collection::vec(
            prop_oneof!["[a-z_]{1,8}", "%%?[a-z]{1,8}", "[?]?[a-z]{1,6}", "/[a-z^$.*]{0,5}", "[0-9]{1,4}",
                Just("read".to_owned()), Just("%file".to_owned()), Just("all".to_owned()), Just("?x".to_owned())],
            1..6))
        {
            let list = entries.join(",");
            let plain = TraceSet::parse(&list);
            let negated = TraceSet::parse(&format!("!{list}"));
            prop_assert_eq!(plain.is_ok(), negated.is_ok());
            if let (Ok(plain), Ok(negated)) = (plain, negated) {
                for sys in syscalls::ALL {
                    prop_assert_ne!(plain.contains(sys.name), negated.contains(sys.name));
                }
                prop_assert_ne!(plain.foreign(), negated.foreign());
            }
        }
    }
}
