//! The report: a table by program, differences by reason, and those that nobody has explained.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Outcome;
use crate::compare::{Comparison, Difference};
use crate::rules::{self, CLASSES};

/// Lines of text that must be equal, in percent of those compared.
pub const BAR: f64 = 95.0;

/// Unexplained shapes that are shown of each kind.
const SHOWN: usize = 200;

/// What was found out about all programs.
#[derive(Debug, Default)]
pub struct Report {
    /// One for each program and set of options.
    pub outcomes: Vec<Outcome>,
    /// Programs that could not be run, with the reason.
    pub failed: Vec<(&'static str, String)>,
}

impl Report {
    /// Equal lines in percent of those compared.
    pub fn equal(&self) -> f64 {
        let equal = self.outcomes.iter().map(|o| o.found.equal).sum();
        percent(equal, self.outcomes.iter().map(|o| o.found.lines()).sum())
    }

    /// What does not hold, if anything.
    pub fn missed(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (name, why) in &self.failed {
            out.push(format!("{name} could not be compared: {why}"));
        }
        for o in self.outcomes.iter().filter(|o| !o.by_chance && !o.found.counts.is_empty()) {
            let calls = o.found.counts.iter().map(|(call, a, b)| format!("{call} {a} and {b}"));
            let calls = calls.collect::<Vec<_>>().join(", ");
            out.push(format!("{} {}: calls are not counted alike: {calls}", o.program, o.options));
        }
        if self.equal() < BAR {
            out.push(format!("{:.2} % of the lines are equal, {BAR} % are wanted", self.equal()));
        }
        out
    }

    /// All of it, as text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.table(&mut out).ok();
        self.reasons(&mut out).ok();
        self.unexplained(&mut out).ok();
        self.by_chance(&mut out).ok();
        for missed in self.missed() {
            writeln!(out, "MISSED: {missed}").ok();
        }
        out
    }

    fn table(&self, out: &mut String) -> std::fmt::Result {
        let widest = self.outcomes.iter().map(|o| o.program.len() + o.options.len()).max().unwrap_or(10) + 2;
        writeln!(
            out,
            "{:widest$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}  counts",
            "program, options", "calls", "lines", "equal %", "reason", "unknown", "chance", "strace %"
        )?;
        let row = |out: &mut String,
                   name: &str,
                   calls: usize,
                   all: &[&Comparison],
                   twice: &str,
                   counts: &str| {
            let sum = |part: &dyn Fn(&Comparison) -> usize| all.iter().map(|c| part(c)).sum::<usize>();
            let known = sum(&|c| c.differing.iter().filter(|d| !d.why.is_empty()).count());
            let lines = sum(&Comparison::lines);
            writeln!(
                out,
                "{name:widest$} {calls:>8} {lines:>8} {:>8.2} {known:>8} {:>8} {:>8} {twice:>8}  {counts}",
                percent(sum(&|c| c.equal), lines),
                sum(&|c| c.differing.len()) - known,
                sum(&|c| c.chance.len()),
            )
        };
        for o in &self.outcomes {
            let twice =
                o.twice.as_ref().map_or(String::new(), |c| format!("{:.2}", percent(c.equal, c.lines())));
            let counts = match (o.found.counts.len(), o.by_chance) {
                (0, _) => "equal".to_owned(),
                (n, true) => format!("{n} differ by chance"),
                (n, false) => format!("{n} DIFFER"),
            };
            let name = format!("{} {}", o.program, o.options);
            row(out, &name, o.calls, &[&o.found], &twice, &counts)?;
        }
        let all: Vec<&Comparison> = self.outcomes.iter().map(|o| &o.found).collect();
        row(out, "all", self.outcomes.iter().map(|o| o.calls).sum(), &all, "", "")?;
        writeln!(
            out,
            "\nequal %: of the lines compared. reason, unknown: lines that differ, explained below or not. chance: lines of\n\
             one run that the other has not, in programs whose runs differ. strace %: equal lines of two runs of strace."
        )
    }

    fn reasons(&self, out: &mut String) -> std::fmt::Result {
        let mut by: BTreeMap<usize, (usize, &Difference)> = BTreeMap::new();
        for found in self.differing() {
            for &class in &found.why {
                by.entry(class).or_insert((0, found)).0 += 1;
            }
        }
        let mut by: Vec<_> = by.into_iter().collect();
        by.sort_by_key(|(class, (n, _))| (CLASSES[*class].kind, std::cmp::Reverse(*n)));
        writeln!(out, "\ndifferent for a reason:")?;
        for (class, (n, example)) in by {
            writeln!(out, "{n:>7}  {}: {}", CLASSES[class].kind.name(), CLASSES[class].reason)?;
            both(out, example)?;
        }
        Ok(())
    }

    fn unexplained(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\ndifferent, nobody knows why:")?;
        shapes(out, self.differing().filter(|d| d.why.is_empty()))
    }

    fn by_chance(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nvalues that differ by chance (lines without a partner are left out):")?;
        let all = self.outcomes.iter().flat_map(|o| &o.found.chance);
        shapes(out, all.filter(|d| d.theirs.is_some() && d.ours.is_some()))
    }

    fn differing(&self) -> impl Iterator<Item = &Difference> {
        self.outcomes.iter().flat_map(|o| &o.found.differing)
    }
}

/// Differences with the same shape once, the most frequent first.
fn shapes<'a>(out: &mut String, all: impl Iterator<Item = &'a Difference>) -> std::fmt::Result {
    let mut by: BTreeMap<_, (usize, &Difference)> = BTreeMap::new();
    for found in all {
        let shape = |line: &Option<String>| line.as_deref().map(rules::shape);
        by.entry((&found.call, shape(&found.theirs), shape(&found.ours))).or_insert((0, found)).0 += 1;
    }
    let mut by: Vec<_> = by.into_values().collect();
    by.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    for (n, found) in by.iter().take(SHOWN) {
        writeln!(out, "{n:>7}  {}", found.call)?;
        both(out, found)?;
    }
    if by.len() > SHOWN {
        writeln!(out, "         and {} more shapes", by.len() - SHOWN)?;
    }
    Ok(())
}

fn both(out: &mut String, found: &Difference) -> std::fmt::Result {
    let line = |line: &Option<String>| line.clone().unwrap_or_else(|| "(no such line)".into());
    writeln!(out, "         strace  {}", line(&found.theirs))?;
    writeln!(out, "         syscope {}", line(&found.ours))
}

fn percent(part: usize, all: usize) -> f64 {
    if all == 0 { 100.0 } else { part as f64 * 100.0 / all as f64 }
}
