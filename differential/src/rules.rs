//! What two runs of a program do not have in common, and where the two tracers differ for a reason that is known.
//!
//! Both are rewritings. A rule of the first list is applied to every line of both sides. A rule of the second explains
//! a pair of lines that differ if it makes them equal; they count as differing, by this reason. No rule takes away more
//! than it names.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use crate::text::pattern;

/// What no two runs have in common under one and the same tracer: pattern, what to put there, why.
const VARIES: &[(&str, &str, &str)] = &[
    (r"\b(pipe|socket):\[\d+\]", "$1:[#]", "the kernel numbers pipes and sockets as they come"),
    (r"\b(stx?_ino)=\d+", "$1=#", "so does a file system with new files"),
    (r"\bd_(ino|off)=\d+", "d_$1=#", "and orders folders by a hash of its own"),
    (
        r"\b((?:st|stx)_[abcm]time)=(?:-?\d+ /\* [^*]* \*/|\{tv_sec=-?\d+, tv_nsec=\d+\} /\* [^*]* \*/)",
        "$1=#",
        "files are as old as the run",
    ),
    (r"(stx?_[abcm]time_nsec)=\d+", "$1=#", "files are as old as the run"),
    (r#"(</dev/u?random(?:<char 1:\d>)?>, )"(?:[^"\\]|\\.)*""#, "$1\"#\"", "chance is what is asked for"),
    (r#"^getrandom\("(?:[^"\\]|\\.)*""#, "getrandom(\"#\"", "chance is what is asked for"),
    (r"/cc[A-Za-z0-9]{6}\b", "/cc#", "temporary names of gcc"),
    (
        r"^((?:lgetxattr|getdents64)\(.*, )0x5555[0-9a-f]{8}, ",
        "${1}0x#, ",
        "ls keeps folders in a table by their inode numbers: where two of them meet, it takes another piece of the heap",
    ),
    (r"\{tv_sec=\d{9,}, tv_(u|n)sec=\d+\}(?: /\* [^*]* \*/)?", "{tv_sec=#, tv_${1}sec=#}", "the time of day"),
    (r"^getppid\(\) = \d+$", "getppid() = #", "the parent of the command is the tracer"),
    (r"^time\(\[?(NULL|)[^)]*\) = .*", "time($1) = #", "the time of day"),
    (r"\bf_(bfree|bavail|ffree)=\d+", "f_$1=#", "others write to the same disk"),
    (
        r"\b(port=htons\(|\d\.\d+\.\d+\.\d+:)(?:3[3-9]|[45]\d)\d{3}\b",
        "$1#",
        "the kernel chooses ports of clients",
    ),
    (r"\bru_(u|s)time=\{[^}]*\}", "ru_${1}time={#}", "time that was needed"),
    (
        r"\bru_(maxrss|minflt|majflt|nvcsw|nivcsw|inblock|oublock)=\d+",
        "ru_$1=#",
        "what was needed beside time",
    ),
    (r"\b(uptime|freeram|sharedram|bufferram|procs)=\d+", "$1=#", "the state of the machine"),
    (r"\bloads=\[[^\]]*\]", "loads=[#]", "the state of the machine"),
    (r"\bsi_(u|s)time=\d+(?: /\* [0-9.]+ s \*/)?", "si_${1}time=#", "time that a child took"),
];

/// Calls whose number differs between two runs of the same program under the same tracer, and why.
pub const NOT_COUNTED: &[(&str, &str)] = &[
    ("getrandom", "the C library draws again when a temporary name would not be evenly distributed"),
    ("rt_sigreturn", "signals of one kind that are pending together arrive as one"),
];

/// Lines whose place among the others is a matter of time.
pub const MOVES: &[(&str, &str)] =
    &[("---", "a signal arrives when it arrives"), ("rt_sigreturn", "and its handler returns after that")];

/// A reason for lines that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// strace 6.1 does not know it yet.
    TooOld,
    /// syscope shows it differently on purpose.
    OnPurpose,
    /// The value is not the same in two runs, and no pattern says what it looks like.
    Varies,
    /// syscope does not show it yet.
    Gap,
}

impl Kind {
    /// In a report.
    pub fn name(self) -> &'static str {
        match self {
            Kind::TooOld => "strace is too old",
            Kind::OnPurpose => "on purpose",
            Kind::Varies => "varies",
            Kind::Gap => "known gap",
        }
    }
}

/// Why lines differ.
#[derive(Debug)]
pub struct Class {
    /// Whose fault it is.
    pub kind: Kind,
    /// Why, in words.
    pub reason: &'static str,
    /// What strace's line begins with, as a pattern.
    pub lines: &'static str,
    /// What is put where on both sides: the pair is explained if they are equal then. Empty: one side has no such line.
    pub rewrite: &'static [(&'static str, &'static str)],
}

/// Known reasons, the first that explains a pair is taken.
pub const CLASSES: &[Class] = &[
    Class {
        kind: Kind::OnPurpose,
        reason: "signals that are ignored reach a process only if ptrace asks for them",
        lines: r"^--- SIG(CHLD|WINCH|URG|CONT) ",
        rewrite: &[],
    },
    Class {
        kind: Kind::OnPurpose,
        reason: "rt_sigreturn has no result: it never returns to its caller",
        lines: r"^rt_sigreturn\(",
        rewrite: &[(r"= .*$", "= #")],
    },
    Class {
        kind: Kind::Gap,
        reason: "the mask that rt_sigreturn restores is not recorded",
        lines: r"^rt_sigreturn\(",
        rewrite: &[(r"\(.*", "(#")],
    },
    Class {
        kind: Kind::Varies,
        reason: "signals of one kind that are pending together arrive as one",
        lines: r"^(rt_sigreturn\(|--- SIGCHLD )",
        rewrite: &[],
    },
    Class {
        kind: Kind::Varies,
        reason: "sqlite draws a number for each journal",
        lines: r"^p(write|read)64\(\d+<[^>]*-(journal|wal)>",
        rewrite: &[(r#""(?:[^"\\]|\\.)*""#, "\"#\"")],
    },
    Class {
        kind: Kind::Varies,
        reason: "the C library draws again when a temporary name would not be evenly distributed",
        lines: r"^getrandom\(",
        rewrite: &[],
    },
];

static VARYING: LazyLock<(RegexSet, Vec<Regex>)> = LazyLock::new(|| {
    let patterns: Vec<Regex> = VARIES.iter().map(|(rule, ..)| pattern(rule)).collect();
    let set = RegexSet::new(VARIES.iter().map(|(rule, ..)| rule)).unwrap_or_default();
    (set, patterns)
});

static EXPLAINED: LazyLock<Vec<(Regex, Vec<Regex>)>> = LazyLock::new(|| {
    let compiled =
        |class: &Class| (pattern(class.lines), class.rewrite.iter().map(|(rule, _)| pattern(rule)).collect());
    CLASSES.iter().map(compiled).collect()
});

/// The command's first line without the place where its environment stood in the memory of the tracer that started it.
pub fn first_line(line: &str) -> String {
    static ENVIRONMENT: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^(execve\(.*), 0x[0-9a-f]+ (/\* \d+ vars \*/\))"));
    ENVIRONMENT.replace(line, "$1, 0x# $2").into_owned()
}

/// The line without what no two runs have in common.
pub fn common_part(line: &str) -> String {
    let (set, rules) = &*VARYING;
    let mut line = line.to_owned();
    for n in set.matches(&line.clone()) {
        if let Cow::Owned(changed) = rules[n].replace_all(&line, VARIES[n].1) {
            line = changed;
        }
    }
    line
}

/// Why two lines differ, or why only one of the two tracers has a line. Indices into [`CLASSES`]: lines can differ in
/// more than one place.
pub fn explain(theirs: Option<&str>, ours: Option<&str>) -> Vec<usize> {
    let one = theirs.or(ours).unwrap_or_default();
    let candidates = EXPLAINED.iter().enumerate().filter(|(_, (lines, _))| lines.is_match(one));
    let (Some(theirs), Some(ours)) = (theirs, ours) else {
        return candidates.filter(|(n, _)| CLASSES[*n].rewrite.is_empty()).map(|(n, _)| n).take(1).collect();
    };
    let (mut a, mut b) = (theirs.to_owned(), ours.to_owned());
    let mut reasons = Vec::new();
    for (n, (_, rules)) in candidates {
        let rewrite = |line: &str| {
            let with = rules.iter().zip(CLASSES[n].rewrite);
            with.fold(line.to_owned(), |line, (rule, (_, to))| rule.replace_all(&line, *to).into_owned())
        };
        let (x, y) = (rewrite(&a), rewrite(&b));
        if rewrite(theirs) == rewrite(ours) && !rules.is_empty() {
            return vec![n];
        }
        if (&x, &y) != (&a, &b) {
            reasons.push(n);
            (a, b) = (x, y);
        }
    }
    if a == b { reasons } else { Vec::new() }
}

/// What a line looks like: the same for lines that differ only in numbers, strings and names of files.
pub fn shape(line: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            (r#""(?:[^"\\]|\\.)*"(?:\.\.\.)?"#, "\"\""),
            (r"<[^<>]*(?:<[^<>]*>)?>", "<>"),
            (r"@[0-9.]+", "N"),
            (r"\b(?:0x[0-9a-f]+|\d+)\b", "N"),
            (r"\b(?:N\|)+N\b", "N"),
            // of a list the first element
            (r"\[(\{(?:[^{}]|\{[^{}]*\})*\})(?:, \{(?:[^{}]|\{[^{}]*\})*\})+(?:, \.\.\.)?\]", "[$1, ...]"),
        ]
        .map(|(rule, to)| (pattern(rule), to))
        .into()
    });
    RULES.iter().fold(line.to_owned(), |line, (rule, to)| rule.replace_all(&line, *to).into_owned())
}

#[test]
fn only_what_varies_is_taken_away() {
    assert_eq!(
        common_part(r#"read(3<pipe:[81723]>, "0xabc", 0x7ffd00001234, 832) = 832"#),
        r#"read(3<pipe:[#]>, "0xabc", 0x7ffd00001234, 832) = 832"#
    );
    assert_eq!(
        common_part(r#"openat(AT_FDCWD</t/work>, "/tmp/ccAb12Zz.s")"#),
        r#"openat(AT_FDCWD</t/work>, "/tmp/cc#.s")"#
    );
    assert_eq!(
        common_part(r#"lgetxattr("a", "security.selinux", 0x55555558bfc0, 255) = 7"#),
        r#"lgetxattr("a", "security.selinux", 0x#, 255) = 7"#
    );
    assert_eq!(common_part("brk(0x55555558bfc0) = 0x55555558bfc0"), "brk(0x55555558bfc0) = 0x55555558bfc0");
    assert_eq!(
        common_part("{st_size=3, st_mtime=1700000000 /* 2023-11-14T22:13:20+0000 */, st_mtime_nsec=5}"),
        "{st_size=3, st_mtime=#, st_mtime_nsec=#}"
    );
}

#[test]
fn a_difference_has_a_reason_or_none() {
    let reasons = |a, b| explain(a, b).into_iter().map(|n| CLASSES[n].reason).collect::<Vec<_>>();
    let sigreturn = "rt_sigreturn has no result: it never returns to its caller";
    assert_eq!(
        reasons(Some("rt_sigreturn({mask=[]}) = 0"), Some("rt_sigreturn({mask=[]}) = ?")),
        [sigreturn]
    );
    let none: [&str; 0] = [];
    assert_eq!(reasons(Some("close(3) = 0"), Some("close(4) = 0")), none);
    assert_eq!(reasons(Some("close(3) = 0"), None), none);
    assert_eq!(reasons(Some("--- SIGCHLD {} ---"), None).len(), 1);
}

#[test]
fn every_rule_is_a_pattern() {
    assert_eq!(VARYING.0.len(), VARIES.len());
    assert_eq!(EXPLAINED.len(), CLASSES.len());
}
