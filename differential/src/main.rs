//! `make differential`: the whole corpus under strace and syscope, and a report.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::geteuid;
use syscope_differential::corpus::{self, PROGRAMS, Program};
use syscope_differential::report::Report;

const USAGE: &str = "\
usage: syscope-differential [--list] [--kept] [--out FOLDER] [--syscope FILE] [PROGRAM...]

  PROGRAM         only these programs of the corpus, or those whose name begins so and ends with *
  --list          print their names
  --kept          run nothing: compare the traces of the run before, by the rules as they are now
  --out FOLDER    where traces and report.txt go (default: target/differential)
  --syscope FILE  what is compared with strace (default: syscope beside this program)
";

struct Options {
    list: bool,
    kept: bool,
    out: PathBuf,
    syscope: PathBuf,
    programs: Vec<&'static Program>,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options> {
    let syscope = std::env::current_exe().context("cannot find this program")?.with_file_name("syscope");
    let mut options = Options {
        list: false,
        kept: false,
        out: "target/differential".into(),
        syscope,
        programs: Vec::new(),
    };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list" => options.list = true,
            "--kept" => options.kept = true,
            "--out" => options.out = args.next().context("--out needs a folder")?.into(),
            "--syscope" => options.syscope = args.next().context("--syscope needs a file")?.into(),
            "--help" | "-h" => bail!("{USAGE}"),
            option if option.starts_with('-') => bail!("unknown option {option}\n{USAGE}"),
            name => options.programs.extend(named(name)?),
        }
    }
    if options.programs.is_empty() {
        options.programs.extend(PROGRAMS);
    }
    Ok(options)
}

fn named(name: &str) -> Result<Vec<&'static Program>> {
    let found: Vec<_> = match name.strip_suffix('*') {
        Some(start) => PROGRAMS.iter().filter(|p| p.name.starts_with(start)).collect(),
        None => corpus::find(name).into_iter().collect(),
    };
    ensure!(!found.is_empty(), "the corpus has no {name}: --list prints what it has");
    Ok(found)
}

/// Whether all that must hold does.
fn compare(options: &Options) -> Result<bool> {
    ensure!(geteuid().is_root(), "tracing needs root");
    let syscope = options.syscope.canonicalize();
    let syscope = syscope.with_context(|| format!("{} cannot be used", options.syscope.display()))?;
    fs::create_dir_all(&options.out)?;
    // Programs run elsewhere.
    let out = options.out.canonicalize()?;
    let mut report = Report::default();
    for program in &options.programs {
        let outcomes = if options.kept {
            syscope_differential::look_again(program, &out)
        } else {
            eprintln!("{}", program.name);
            syscope_differential::run(program, &syscope, &out, true)
        };
        match outcomes {
            Ok(outcomes) => report.outcomes.extend(outcomes),
            Err(why) => report.failed.push((program.name, format!("{why:#}"))),
        }
    }
    let text = report.text();
    print!("{text}");
    let file = out.join("report.txt");
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    println!("written to {}, beside the traces", file.display());
    Ok(report.missed().is_empty())
}

fn main() -> ExitCode {
    let result = parse(std::env::args().skip(1)).and_then(|options| {
        if options.list {
            PROGRAMS.iter().for_each(|p| println!("{}", p.name));
            return Ok(true);
        }
        compare(&options)
    });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(err) => {
            eprintln!("syscope-differential: {err:#}");
            ExitCode::from(2)
        }
    }
}
