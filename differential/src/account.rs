//! A tracer's account of one run: what each task did, in its order, under names that do not change from run to run.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use anyhow::{Result, ensure};
use regex::{Captures, Regex};

use crate::rules;
use crate::text::{self, Line, What, pattern};

/// What one tracer said of one run.
#[derive(Debug, Default)]
pub struct Account {
    /// How often each call was made.
    pub counts: BTreeMap<String, usize>,
    /// By the task's place in the tree of forks: `0`, `0.1`, `0.1.0`.
    pub tasks: BTreeMap<String, Vec<Entry>>,
    /// Lines that nobody understands.
    pub other: Vec<String>,
}

/// One line of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The call's name; `---` for a signal, `+++` for an end.
    pub call: String,
    /// The line, with places instead of the ids of tasks.
    pub line: String,
    /// What of it two runs have in common.
    pub same: String,
    /// The line as it was written: a number can be the id of a task by accident.
    pub written: String,
}

impl Account {
    /// Reads a trace.
    pub fn read(text: &str) -> Result<Account> {
        let text = text::read(text);
        let places = places(&text.lines);
        let roots = text.lines.iter().filter(|l| places[&l.tid] == "0").map(|l| l.tid);
        let roots: std::collections::BTreeSet<u32> = roots.collect();
        ensure!(roots.len() < 2, "tasks whose parent is not known: {roots:?}");
        let mut lines: BTreeMap<String, Vec<Line>> = BTreeMap::new();
        for line in text.lines {
            lines.entry(places[&line.tid].clone()).or_default().push(line);
        }
        let mut account = Account { other: text.other, ..Account::default() };
        for (place, lines) in lines {
            let mut entries: Vec<Entry> =
                joined(lines).into_iter().map(|line| Entry::new(&line, &places)).collect();
            if place == "0"
                && let Some(first) = entries.first_mut()
            {
                first.same = rules::first_line(&first.same);
            }
            for entry in entries.iter().filter(|e| e.is_call()) {
                *account.counts.entry(entry.call.clone()).or_default() += 1;
            }
            account.tasks.insert(place, entries);
        }
        Ok(account)
    }
}

impl Entry {
    fn new(line: &Line, places: &HashMap<u32, String>) -> Entry {
        let (call, line) = match &line.what {
            What::Call(c) => (c.name.clone(), format!("{}({}) = {}", c.name, c.args, c.ret)),
            What::Exit(how) => ("+++".to_owned(), how.clone()),
            What::Signal(what) => ("---".to_owned(), what.clone()),
        };
        let written = line;
        let line = with_places(&written, places);
        Entry { call, same: rules::common_part(&line), line, written }
    }

    /// Whether both say the same.
    pub fn is_same(&self, other: &Entry) -> bool {
        self.same == other.same || rules::common_part(&self.written) == rules::common_part(&other.written)
    }

    fn is_call(&self) -> bool {
        !matches!(self.call.as_str(), "+++" | "---")
    }
}

/// Place of each task in the tree of forks. Numbers differ from run to run, the tree does not.
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
    // Children that made no call are in results all the same.
    let tids = lines.iter().map(|l| l.tid).chain(parent_of.keys().copied());
    tids.map(|tid| (tid, place(tid, &parent_of))).collect()
}

/// The line with `@0.1` in place of the id of a task.
fn with_places(line: &str, places: &HashMap<u32, String>) -> String {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b\d{2,7}\b"));
    let place = |c: &Captures<'_>| match c[0].parse().ok().and_then(|tid: u32| places.get(&tid)) {
        Some(place) => format!("@{place}"),
        None => c[0].to_owned(),
    };
    NUMBER.replace_all(line, place).into_owned()
}

/// Lines of one task with each interrupted call as the one call that the program made.
///
/// strace sees a call that a signal interrupts end with ERESTART..., which is between the kernel and itself, and then
/// either begin anew or, after the handler, fail with EINTR. Which of them is what `rt_sigreturn` returns to. syscope
/// writes one row for each call that the program made.
fn joined(lines: Vec<Line>) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    // The call that `restart_syscall` goes on with.
    let mut going_on: Option<text::Call> = None;
    for (n, line) in lines.iter().enumerate() {
        let What::Call(call) = &line.what else {
            out.push(line.clone());
            continue;
        };
        if call.ret.starts_with("? ERESTART") {
            match end_of_interruption(&lines[n + 1..]) {
                Interruption::Failed => {
                    let ret = "-1 EINTR (Interrupted system call)".into();
                    let call = text::Call { ret, ..call.clone() };
                    out.push(Line { tid: line.tid, what: What::Call(call) });
                }
                Interruption::GoesOn => going_on = Some(call.clone()),
                Interruption::Killed => {
                    let call = text::Call { ret: "?".into(), ..call.clone() };
                    out.push(Line { tid: line.tid, what: What::Call(call) });
                }
            }
            continue;
        }
        match going_on.take() {
            Some(first) if call.name == "restart_syscall" => {
                let call = text::Call { ret: call.ret.clone(), ..first };
                out.push(Line { tid: line.tid, what: What::Call(call) });
            }
            _ => out.push(line.clone()),
        }
    }
    out
}

enum Interruption {
    Failed,
    GoesOn,
    Killed,
}

/// What becomes of an interrupted call, from the lines that follow.
fn end_of_interruption(after: &[Line]) -> Interruption {
    let (mut signals, mut calls) = (0, 0);
    for line in after {
        match &line.what {
            What::Signal(_) => signals += 1,
            What::Exit(_) => break,
            What::Call(call) if call.name == "rt_sigreturn" => {
                // The last handler to return is the first that was called.
                signals -= 1;
                if signals <= 0 {
                    return if call.ret.starts_with("-1 EINTR") {
                        Interruption::Failed
                    } else {
                        Interruption::GoesOn
                    };
                }
            }
            // Without a handler it goes on at once.
            What::Call(call) if signals == 0 || call.name == "restart_syscall" => {
                return Interruption::GoesOn;
            }
            What::Call(_) => calls += 1,
        }
    }
    // What has no handler does not keep it from going on either.
    if calls > 0 { Interruption::GoesOn } else { Interruption::Killed }
}

#[test]
fn trees_of_forks_have_the_same_places_in_any_run() {
    let run = |p: [u32; 4]| {
        let [a, b, c, d] = p;
        let text = format!(
            "{a} execve(\"sh\") = 0\n{a} vfork( <unfinished ...>\n{b} close(1) = 0\n{a} <... vfork resumed>) = {b}\n\
             {a} clone(child_stack=NULL) = {c}\n{c} clone(x) = {d}\n{d} close(2) = 0\n{c} close(3) = 0\n\
             {a} wait4({c}) = {c}\n"
        );
        Account::read(&text).unwrap()
    };
    let (first, second) = (run([10, 11, 12, 13]), run([90, 70, 91, 8001]));
    let same = |a: &Account| a.tasks.values().flatten().map(|e| e.same.clone()).collect::<Vec<_>>();
    assert_eq!(same(&first), same(&second));
    assert_eq!(first.tasks.keys().collect::<Vec<_>>(), ["0", "0.0", "0.1", "0.1.0"]);
    assert_eq!(first.tasks["0"][3].line, "wait4(@0.1) = @0.1");
    assert_eq!(first.counts["close"], 3);
}

#[test]
fn a_number_that_happens_to_be_a_task_is_the_same_number() {
    let read = |text| Account::read(text).unwrap().tasks["0"][0].clone();
    assert!(read("832 read(3, 832) = 832\n").is_same(&read("17 read(3, 832) = 832\n")));
    assert!(!read("832 read(3, 832) = 832\n").is_same(&read("17 read(3, 832) = 17\n")));
}

#[test]
fn tasks_of_unknown_origin_are_an_error() {
    assert!(Account::read("10 close(3) = 0\n11 close(3) = 0\n").is_err());
}

#[test]
fn an_interrupted_call_is_one_call() {
    let read = |middle: &str| {
        let text = format!("7 read(0, {middle}7 +++ exited with 0 +++\n");
        let account = Account::read(&text).unwrap();
        account.tasks["0"].iter().map(|e| e.line.clone()).collect::<Vec<_>>()
    };
    let interrupted =
        "0x1, 9) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)\n7 --- SIGALRM {} ---\n";
    let handler = "7 getpid() = 7\n7 rt_sigreturn({mask=[]})";
    assert_eq!(
        read(&format!("{interrupted}{handler} = 0\n7 read(0, \"x\", 9) = 1\n")),
        ["--- SIGALRM {} ---", "getpid() = 7", "rt_sigreturn({mask=[]}) = 0", "read(0, \"x\", 9) = 1", EXIT]
    );
    assert_eq!(
        read(&format!("{interrupted}{handler} = -1 EINTR (Interrupted system call)\n"))[0],
        "read(0, 0x1, 9) = -1 EINTR (Interrupted system call)"
    );
    assert_eq!(read(interrupted), ["read(0, 0x1, 9) = ?", "--- SIGALRM {} ---", EXIT]);
    assert_eq!(
        read(&format!("{interrupted}7 restart_syscall(<... resuming interrupted read ...>) = 0\n")),
        ["--- SIGALRM {} ---", "read(0, 0x1, 9) = 0", EXIT]
    );
}

#[cfg(test)]
const EXIT: &str = "+++ exited with 0 +++";
