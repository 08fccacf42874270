//! The same programs under strace and under syscope: the same calls, the same lines.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use crate::common::{SYSCOPE, run};
use crate::text::{self, Line, What};

/// Calls whose number differs between two runs of the same program under the same tracer.
const NOT_COUNTED: &[(&str, &str)] = &[
    ("mmap", "the allocator"),
    ("munmap", "the allocator"),
    ("mremap", "the allocator"),
    ("mprotect", "the allocator"),
    ("madvise", "the allocator"),
    ("brk", "the allocator"),
    ("futex", "who waits for whom is a matter of time"),
    ("restart_syscall", "so is whether a wait is interrupted"),
    ("rt_sigreturn", "and how many signals arrive as one"),
    ("sched_yield", "spinning"),
    ("getrandom", "the C library draws again when a temporary name would not be evenly distributed"),
];

/// Calls whose whole line is compared, in the order of their process.
const COMPARED: &[&str] = &["openat", "newfstatat", "read", "write", "close", "execve"];

/// Differences shown of each process before the rest is left out.
const SHOWN: usize = 5;

/// A tracer's account of one run.
#[derive(Debug, Default)]
struct Account {
    counts: BTreeMap<String, usize>,
    /// By the process's place in the tree of forks: `0`, `0.1`, `0.1.0`.
    lines: BTreeMap<String, Vec<String>>,
    exits: BTreeMap<String, String>,
}

impl Account {
    fn read(text: &str) -> Account {
        let lines = text::parse(text);
        let places = places(&lines);
        let mut account = Account::default();
        for line in &lines {
            let place = places[&line.tid].clone();
            match &line.what {
                What::Call(call) => {
                    if !NOT_COUNTED.iter().any(|(name, _)| *name == call.name) {
                        *account.counts.entry(call.name.clone()).or_default() += 1;
                    }
                    if COMPARED.contains(&call.name.as_str()) {
                        let line = format!("{}({}) = {}", call.name, call.args, call.ret);
                        account.lines.entry(place).or_default().push(normalised(&line));
                    }
                }
                What::Exit(how) => {
                    account.exits.insert(place, how.clone());
                }
                What::Signal(_) => {}
            }
        }
        account
    }

    /// What differs, told from this one's side.
    fn differences(&self, other: &Account) -> String {
        let mut out = String::new();
        let names: BTreeMap<_, _> =
            self.counts.iter().chain(&other.counts).map(|(name, _)| (name, ())).collect();
        for name in names.into_keys() {
            let (a, b) = (self.counts.get(name).unwrap_or(&0), other.counts.get(name).unwrap_or(&0));
            if a != b {
                writeln!(out, "{name}: {a} calls in strace, {b} in syscope").unwrap();
            }
        }
        if self.exits != other.exits {
            writeln!(out, "ends: {:?} in strace, {:?} in syscope", self.exits, other.exits).unwrap();
        }
        let none = Vec::new();
        let places: BTreeMap<_, _> =
            self.lines.iter().chain(&other.lines).map(|(place, _)| (place, ())).collect();
        for place in places.into_keys() {
            let a = self.lines.get(place).unwrap_or(&none);
            let b = other.lines.get(place).unwrap_or(&none);
            let differing: Vec<_> = (0..a.len().max(b.len())).filter(|&i| a.get(i) != b.get(i)).collect();
            for &i in differing.iter().take(SHOWN) {
                let show = |lines: &[String]| lines.get(i).map_or("(no more)", String::as_str).to_owned();
                writeln!(out, "process {place}, line {i}:\n  strace  {}\n  syscope {}", show(a), show(b))
                    .unwrap();
            }
            if differing.len() > SHOWN {
                writeln!(out, "process {place}: {} more lines differ", differing.len() - SHOWN).unwrap();
            }
        }
        out
    }
}

/// Place of each thread in the tree of forks. Numbers differ from run to run, the tree does not.
fn places(lines: &[Line]) -> HashMap<u32, String> {
    let mut parent_of: HashMap<u32, (u32, usize)> = HashMap::new();
    let mut children: HashMap<u32, usize> = HashMap::new();
    for line in lines {
        let What::Call(call) = &line.what else { continue };
        if !matches!(call.name.as_str(), "fork" | "vfork" | "clone" | "clone3") {
            continue;
        }
        let Some(child) = call.ret.split_whitespace().next().and_then(|r| r.parse::<u32>().ok()) else {
            continue;
        };
        let n = children.entry(line.tid).or_default();
        parent_of.insert(child, (line.tid, *n));
        *n += 1;
    }
    fn place(tid: u32, parent_of: &HashMap<u32, (u32, usize)>) -> String {
        match parent_of.get(&tid) {
            Some((parent, n)) => format!("{}.{n}", place(*parent, parent_of)),
            None => "0".into(),
        }
    }
    let tids = lines.iter().map(|l| l.tid);
    let places: HashMap<_, _> = tids.map(|tid| (tid, place(tid, &parent_of))).collect();
    let roots = places.values().filter(|p| *p == "0").count();
    assert_eq!(roots, 1, "threads whose parent is not known: {places:?}");
    places
}

/// Without what no two runs have in common.
fn normalised(line: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            // addresses
            (r"\b0x[0-9a-f]{6,}\b", "0x#"),
            // inode numbers of pipes and sockets
            (r"\b(pipe|socket):\[\d+\]", "$1:[#]"),
            (r"/proc/\d+/", "/proc/#/"),
            // on tmpfs the number of entries, which others add to /tmp meanwhile
            (r"(S_IFDIR\|\S+), st_size=\d+", "$1, st_size=#"),
            // what sqlite seeds itself with
            (r#"(</dev/u?random>, )"(?:[^"\\]|\\.)*""#, "$1\"#\""),
            // temporary names of gcc
            (r"/cc[A-Za-z0-9]{6}\b", "/cc#"),
        ]
        .map(|(rule, to)| (Regex::new(rule).unwrap(), to))
        .into()
    });
    let mut line = line.to_owned();
    for (rule, to) in &*RULES {
        if let std::borrow::Cow::Owned(changed) = rule.replace_all(&line, *to) {
            line = changed;
        }
    }
    line
}

/// A folder whose path is the same for both runs.
struct Stage {
    dir: tempfile::TempDir,
    /// What the tracers write is not in the programs' sight: on tmpfs it would change the size of the folder.
    traces: tempfile::TempDir,
}

impl Stage {
    fn new() -> Stage {
        Stage { dir: tempfile::tempdir().unwrap(), traces: tempfile::tempdir().unwrap() }
    }

    fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// Runs a program under a tracer, in a fresh working folder, and reads the account that it wrote.
    fn account(&self, tracer: &[&str], prepare: &dyn Fn(&Path), program: &[&str]) -> Account {
        let (work, out) = (self.work(), self.traces.path().join("trace"));
        fs::remove_dir_all(&work).ok();
        fs::create_dir(&work).unwrap();
        prepare(&work);
        let mut cmd = Command::new("setarch");
        // The same addresses in both runs, where the kernel lets us.
        cmd.arg("-R").args(tracer).arg(&out).args((tracer[0] == SYSCOPE).then_some("--")).args(program);
        let done = run(environment(&mut cmd).current_dir(&work), b"");
        assert_eq!(done.code(), 0, "{tracer:?} {program:?}\n{}", done.err());
        Account::read(&fs::read_to_string(&out).unwrap())
    }
}

/// Nothing of the caller's environment changes what the program does.
fn environment(cmd: &mut Command) -> &mut Command {
    cmd.env_clear().envs([
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", "/nonexistent"),
        ("LC_ALL", "C"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z"),
        ("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z"),
        ("PYTHONHASHSEED", "0"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ])
}

/// The same program, traced by both.
#[track_caller]
fn check(prepare: impl Fn(&Path), program: &[&str]) {
    let stage = Stage::new();
    let theirs = stage.account(&["strace", "-f", "-y", "-o"], &prepare, program);
    let ours = stage.account(&[SYSCOPE, "-q", "-f", "-y", "-o"], &prepare, program);
    assert!(
        theirs.counts.values().sum::<usize>() > 20,
        "{program:?} did next to nothing: {:?}",
        theirs.counts
    );
    let differences = theirs.differences(&ours);
    assert!(differences.is_empty(), "{program:?}\n{differences}");
}

/// A tree with what file trees have: folders, links, empty and large files, odd names.
fn tree(work: &Path) {
    let top = work.join("tree");
    for dir in ["a/b/c", "empty", "many"] {
        fs::create_dir_all(top.join(dir)).unwrap();
    }
    for n in 0..60 {
        fs::write(top.join(format!("many/file{n}")), "x".repeat(n * 97)).unwrap();
    }
    fs::write(top.join("a/large"), vec![b'l'; 300_000]).unwrap();
    fs::write(top.join("a/b/c/new\nline"), "odd").unwrap();
    fs::write(top.join("a/b/tab\tand \"quotes\""), "odd").unwrap();
    symlink("../large", top.join("a/b/link")).unwrap();
    symlink("nowhere", top.join("a/b/dangling")).unwrap();
}

#[test]
fn tar() {
    live!();
    check(tree, &["tar", "cf", "out.tar", "tree"]);
}

#[test]
fn tar_of_all_documentation() {
    live!();
    check(|_| (), &["tar", "cf", "out.tar", "/usr/share/doc"]);
}

#[test]
fn ls() {
    live!();
    check(tree, &["ls", "-lR", "tree"]);
}

#[test]
fn git_log() {
    live!();
    let repo = |work: &Path| {
        let script = "git init -q . && git config user.name t && git config user.email t@example.org && \
                      for i in 1 2 3 4 5; do echo $i >file$i && git add . && git commit -q -m \"change $i\"; done";
        let done = run(environment(Command::new("sh").args(["-c", script])).current_dir(work), b"");
        assert_eq!(done.code(), 0, "{}", done.err());
    };
    check(repo, &["git", "--no-pager", "log", "--stat"]);
}

#[test]
fn python() {
    live!();
    // The interpreter itself: what stands in PATH may be a script that looks for one.
    let done = run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]), b"").ok();
    let out = done.out();
    check(tree, &[out.trim(), "-c", "import json, os; print(json.dumps(sorted(os.listdir('tree'))))"]);
}

#[test]
fn gcc() {
    live!();
    let source = |work: &Path| {
        let hello = "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n";
        fs::write(work.join("hello.c"), hello).unwrap();
    };
    check(source, &["gcc", "-O1", "-o", "hello", "hello.c"]);
}

#[test]
fn sqlite() {
    live!();
    let sql = "create table t(a integer primary key, b text); insert into t(b) values ('one'), ('two'); select * from t;";
    check(|_| (), &["sqlite3", "t.db", sql]);
}

#[test]
fn shell_pipeline() {
    live!();
    check(tree, &["sh", "-c", "printf 'b\\na\\nb\\n' | sort | uniq -c; (cd tree && ls | wc -l); exit 0"]);
}

#[test]
fn rules_leave_the_rest_alone() {
    let line = r#"read(3<pipe:[81723]>, "0xabc", 0x7ffd00001234, 832) = 832"#;
    assert_eq!(normalised(line), r#"read(3<pipe:[#]>, "0xabc", 0x#, 832) = 832"#);
    assert_eq!(
        normalised("openat(AT_FDCWD</t/work>, \"/tmp/ccAb12Zz.s\")"),
        "openat(AT_FDCWD</t/work>, \"/tmp/cc#.s\")"
    );
}

#[test]
fn trees_of_forks_have_the_same_places_in_any_run() {
    let run = |p: [u32; 4]| {
        let [a, b, c, d] = p;
        format!(
            "{a} execve(\"sh\") = 0\n{a} vfork( <unfinished ...>\n{b} close(1) = 0\n{a} <... vfork resumed>) = {b}\n\
             {a} clone(child_stack=NULL) = {c}\n{c} clone(x) = {d}\n{d} close(2) = 0\n{c} close(3) = 0\n"
        )
    };
    let first = Account::read(&run([10, 11, 12, 13]));
    let second = Account::read(&run([90, 70, 91, 8]));
    assert_eq!(first.differences(&second), "");
    let keys: Vec<_> = first.lines.keys().cloned().collect();
    assert_eq!(keys, ["0", "0.0", "0.1", "0.1.0"]);
    let lost = Account::read(&run([10, 11, 12, 13]).replace("close(3) = 0", "close(3) = -1 EBADF"));
    assert!(first.differences(&lost).contains("process 0.1, line 0"), "{}", first.differences(&lost));
}
