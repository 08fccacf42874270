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

use std::path::{Path, PathBuf};

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
    let mut out = Vec::new();
    for (n, options) in program.options.iter().enumerate() {
        let account = |tracer: Tracer<'_>, suffix: &str| -> Result<Account> {
            let file: PathBuf = traces.join(format!("{}.{n}.{suffix}", program.name));
            let text = stage.trace(tracer, options, &file)?;
            Account::read(&text)
                .with_context(|| format!("{} with {options}, {}", program.name, file.display()))
        };
        let theirs = account(Tracer::Strace, "strace")?;
        let again = if twice && n == 0 { Some(account(Tracer::Strace, "again")?) } else { None };
        let ours = account(Tracer::Syscope(syscope), "syscope")?;
        let by_chance = program.chance.is_some();
        let found = compare::compare(&theirs, &ours, by_chance);
        let twice = again.map(|again| compare::compare(&theirs, &again, by_chance));
        let calls = theirs.counts.values().sum();
        out.push(Outcome { program: program.name, options, by_chance, calls, found, twice });
    }
    Ok(out)
}
