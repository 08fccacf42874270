//! Real programs under strace and under syscope, and what the two say differently.
//!
//! `make differential` runs the whole corpus; the live tests run its smaller part with the same code. This crate knows
//! nothing of how syscope works: it runs two programs and reads what they write.

pub mod account;
pub mod align;
pub mod compare;
pub mod corpus;
pub mod report;
pub mod rules;
pub mod stage;
pub mod text;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use account::Account;
use compare::Comparison;
use corpus::Program;
use stage::{Stage, Tracer};

/// One program with one set of options: what both said, compared.
#[derive(Debug)]
pub struct Outcome {
    /// Name of the program.
    pub program: &'static str,
    /// The options of both tracers.
    pub options: &'static str,
    /// Whether the order of its calls is a matter of chance.
    pub by_chance: bool,
    /// Calls that strace saw.
    pub calls: usize,
    /// strace against syscope.
    pub found: Comparison,
    /// strace against strace: what no two runs have in common. Only with the first set of options.
    pub twice: Option<Comparison>,
}

/// Runs a program under both tracers with each of its sets of options. The traces are left in `traces`.
pub fn run(program: &Program, syscope: &Path, traces: &Path, twice: bool) -> Result<Vec<Outcome>> {
    let stage = Stage::new(program)?;
    outcomes(program, twice, &mut |tracer, options, name| {
        let tracer = match tracer {
            By::Strace | By::StraceAgain => Tracer::Strace,
            By::Syscope => Tracer::Syscope(syscope),
        };
        stage.trace(tracer, options, &traces.join(name))
    })
}

/// Compares what an earlier run left in `traces`.
pub fn look_again(program: &Program, traces: &Path) -> Result<Vec<Outcome>> {
    outcomes(program, true, &mut |_, _, name| {
        let file = traces.join(name);
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    })
}

/// Whose account.
#[derive(Debug, Clone, Copy)]
enum By {
    Strace,
    StraceAgain,
    Syscope,
}

/// The text of a tracer with options; the last is the name of a file for it.
type Text<'a> = &'a mut dyn FnMut(By, &str, &str) -> Result<String>;

fn outcomes(program: &Program, twice: bool, text: Text<'_>) -> Result<Vec<Outcome>> {
    let mut out = Vec::new();
    for (n, options) in program.options.iter().enumerate() {
        let mut account = |by: By| -> Result<Account> {
            let suffix = match by {
                By::Strace => "strace",
                By::StraceAgain => "again",
                By::Syscope => "syscope",
            };
            let name = format!("{}.{n}.{suffix}", program.name);
            Account::read(&text(by, options, &name)?).context(name)
        };
        let theirs = account(By::Strace)?;
        let again = if twice && n == 0 { Some(account(By::StraceAgain)?) } else { None };
        let ours = account(By::Syscope)?;
        let by_chance = program.chance.is_some();
        let found = compare::compare(&theirs, &ours, by_chance);
        let twice = again.map(|again| compare::compare(&theirs, &again, by_chance));
        let calls = theirs.counts.values().sum();
        out.push(Outcome { program: program.name, options, by_chance, calls, found, twice });
    }
    Ok(out)
}
