//! Compares two accounts of the same program.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::account::{Account, Entry};
use crate::align;
use crate::rules;

/// What two accounts have in common and what not.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Lines that are equal.
    pub equal: usize,
    /// Lines that are not: each pair once, a line without a partner too.
    pub differing: Vec<Difference>,
    /// Lines of which the other run has no such, in a program whose runs differ from each other.
    pub chance: Vec<Difference>,
    /// Calls whose number differs: name, first, second.
    pub counts: Vec<(String, usize, usize)>,
}

/// Lines that should be the same.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The call's name.
    pub call: String,
    /// The first account's line, if it has one.
    pub theirs: Option<String>,
    /// The second's.
    pub ours: Option<String>,
    /// Indices into [`rules::CLASSES`]; empty if nobody knows why.
    pub why: Vec<usize>,
}

impl Comparison {
    /// Lines that were compared.
    pub fn lines(&self) -> usize {
        self.equal + self.differing.len()
    }
}

/// Compares them task by task. In a program whose runs differ (`by_chance`), what only one of them has is not held
/// against the other, nor values where the first account has such a line elsewhere.
pub fn compare(theirs: &Account, ours: &Account, by_chance: bool) -> Comparison {
    let mut out = Comparison { counts: counts(theirs, ours), ..Comparison::default() };
    let places: BTreeSet<&String> = theirs.tasks.keys().chain(ours.tasks.keys()).collect();
    let none = Vec::new();
    let shapes: HashSet<String> = if by_chance {
        theirs.tasks.values().flatten().map(|e| rules::shape(&e.line)).collect()
    } else {
        HashSet::new()
    };
    for place in places {
        let a = theirs.tasks.get(place).unwrap_or(&none);
        let b = ours.tasks.get(place).unwrap_or(&none);
        let mut moved = Moved::default();
        let mut pair = |a: Option<&Entry>, b: Option<&Entry>| {
            if a.zip(b).is_some_and(|(a, b)| a.is_same(b)) {
                out.equal += 1;
                return;
            }
            let line = |e: Option<&Entry>| e.map(|e| e.line.clone());
            let call = a.or(b).map(|e| e.call.clone()).unwrap_or_default();
            let why = rules::explain(a.map(|e| e.same.as_str()), b.map(|e| e.same.as_str()));
            let is_chance = by_chance
                && why.is_empty()
                && (a.is_none() || b.is_none() || b.is_some_and(|b| shapes.contains(&rules::shape(&b.line))));
            let found = Difference { call, theirs: line(a), ours: line(b), why };
            if is_chance { out.chance.push(found) } else { out.differing.push(found) }
        };
        compare_task(a, b, &mut |a, b| {
            if !moved.keeps(a, b) {
                pair(a, b);
            }
        });
        moved.pairs(&mut pair);
    }
    for line in &ours.other {
        out.differing.push(Difference {
            call: "?".into(),
            theirs: None,
            ours: Some(line.clone()),
            why: Vec::new(),
        });
    }
    out
}

fn counts(theirs: &Account, ours: &Account) -> Vec<(String, usize, usize)> {
    let mut all: BTreeMap<&String, (usize, usize)> = BTreeMap::new();
    for (name, n) in &theirs.counts {
        all.entry(name).or_default().0 = *n;
    }
    for (name, n) in &ours.counts {
        all.entry(name).or_default().1 = *n;
    }
    all.retain(|name, (a, b)| a != b && !rules::NOT_COUNTED.iter().any(|(not, _)| not == name));
    all.into_iter().map(|(name, (a, b))| (name.clone(), a, b)).collect()
}

/// Lines of one side alone whose place is a matter of time.
#[derive(Default)]
struct Moved<'a> {
    theirs: Vec<&'a Entry>,
    ours: Vec<&'a Entry>,
}

impl<'a> Moved<'a> {
    fn keeps(&mut self, a: Option<&'a Entry>, b: Option<&'a Entry>) -> bool {
        let moves = |e: &Entry| rules::MOVES.iter().any(|(call, _)| *call == e.call);
        match (a, b) {
            (Some(a), None) if moves(a) => self.theirs.push(a),
            (None, Some(b)) if moves(b) => self.ours.push(b),
            _ => return false,
        }
        true
    }

    /// Equal ones together, then those of the same call, in their order.
    fn pairs(mut self, pair: &mut dyn FnMut(Option<&'a Entry>, Option<&'a Entry>)) {
        let together: [fn(&Entry, &Entry) -> bool; 2] =
            [|a, b| a.same == b.same, |a, b| a.call == b.call && a.call != "---"];
        for together in together {
            self.theirs.retain(|a| match self.ours.iter().position(|b| together(a, b)) {
                Some(n) => {
                    pair(Some(a), Some(self.ours.remove(n)));
                    false
                }
                None => true,
            });
        }
        self.theirs.into_iter().for_each(|e| pair(Some(e), None));
        self.ours.into_iter().for_each(|e| pair(None, Some(e)));
    }
}

/// Calls `pair` with each line of both: equal ones together, then, between them, those of the same call.
fn compare_task<'a>(
    a: &'a [Entry],
    b: &'a [Entry],
    pair: &mut dyn FnMut(Option<&'a Entry>, Option<&'a Entry>),
) {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |text: &'a str| {
        let next = numbers.len() as u32;
        *numbers.entry(text).or_insert(next)
    };
    let a_same: Vec<u32> = a.iter().map(|e| number(&e.same)).collect();
    let b_same: Vec<u32> = b.iter().map(|e| number(&e.same)).collect();
    let a_call: Vec<u32> = a.iter().map(|e| number(&e.call)).collect();
    let b_call: Vec<u32> = b.iter().map(|e| number(&e.call)).collect();
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in align::common(&a_same, &b_same).into_iter().chain([(a.len(), b.len())]) {
        let (from_i, from_j) = (i, j);
        let calls = align::common(&a_call[i..next_i], &b_call[j..next_j]);
        for (x, y) in calls.into_iter().chain([(next_i - from_i, next_j - from_j)]) {
            a[i..from_i + x].iter().for_each(|e| pair(Some(e), None));
            b[j..from_j + y].iter().for_each(|e| pair(None, Some(e)));
            (i, j) = (from_i + x, from_j + y);
            if i < next_i && j < next_j {
                pair(Some(&a[i]), Some(&b[j]));
                (i, j) = (i + 1, j + 1);
            }
        }
        if next_i < a.len() {
            pair(Some(&a[next_i]), Some(&b[next_j]));
            (i, j) = (next_i + 1, next_j + 1);
        }
    }
}

#[cfg(test)]
fn found(theirs: &str, ours: &str, by_chance: bool) -> Comparison {
    compare(&Account::read(theirs).unwrap(), &Account::read(ours).unwrap(), by_chance)
}

#[test]
fn equal_accounts_are_equal() {
    let text = "1 close(3) = 0\n1 read(3<pipe:[7]>, \"x\", 1) = 1\n1 +++ exited with 0 +++\n";
    let same = found(text, &text.replace('7', "8"), false);
    assert_eq!((same.equal, same.differing.len(), same.counts.len()), (3, 0, 0));
}

#[test]
fn a_line_that_differs_is_beside_its_partner() {
    let theirs = "1 a(1) = 0\n1 b(2) = 0\n1 c(3) = 0\n1 d(4) = 0\n";
    let ours = "1 a(1) = 0\n1 b(9) = 0\n1 x(1) = 0\n1 c(8) = 0\n1 d(4) = 0\n";
    let diff = found(theirs, ours, false);
    let lines: Vec<_> = diff.differing.iter().map(|d| (d.theirs.as_deref(), d.ours.as_deref())).collect();
    assert_eq!(
        lines,
        [
            (Some("b(2) = 0"), Some("b(9) = 0")),
            (None, Some("x(1) = 0")),
            (Some("c(3) = 0"), Some("c(8) = 0"))
        ]
    );
    assert_eq!(diff.equal, 2);
    assert_eq!(diff.counts, [("x".to_owned(), 0, 1)]);
}

#[test]
fn chance_does_not_excuse_what_is_written_differently() {
    let theirs = "1 poll(1) = 0\n1 poll(2) = 0\n1 open(\"a\") = 3\n";
    let ours = "1 poll(7) = 0\n1 open(a) = 3\n1 close(3) = 0\n";
    let diff = found(theirs, ours, true);
    assert_eq!(diff.differing.len(), 1);
    assert_eq!(diff.differing[0].call, "open");
    assert_eq!(diff.chance.len(), 3);
}

#[test]
fn what_is_no_line_is_a_difference() {
    let diff = found("1 a(1) = 0\n", "1 a(1) = 0\nnonsense\n", false);
    assert_eq!(diff.differing.len(), 1);
}

#[test]
fn a_signal_may_come_sooner_or_later() {
    let signal = "1 --- SIGCHLD {} ---\n1 rt_sigreturn({mask=[]}) = 3\n";
    let diff = found(
        &format!("1 a() = 0\n{signal}1 b() = 0\n1 c() = 0\n"),
        &format!("1 a() = 0\n1 b() = 0\n1 c() = 0\n{signal}"),
        false,
    );
    assert_eq!((diff.equal, diff.differing.len()), (5, 0));
    let lost = found(&format!("1 a() = 0\n{signal}"), "1 a() = 0\n", false);
    assert_eq!(lost.differing.len(), 2);
}
