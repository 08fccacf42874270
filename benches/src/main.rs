//! What a traced call costs, beside other tracers, in one table from one run.
//!
//! The workload is a loop of one-byte reads and writes, pinned to one processor; every way of tracing it is measured in
//! turn, round after round, so that a machine that changes its mind changes it for all of them. Nothing here fails
//! because of a figure: requirements are printed as met or not met.

mod limits;
mod machine;
mod report;
mod runs;
mod sample;
mod variants;
mod work;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
usage: syscope-bench [--rounds N] [--quick] [--only PART] [--json FILE] [--docs]

  --rounds N   how often everything is measured (default 9)
  --quick      fewer calls and rounds: shows that it works, not what it costs
  --only PART  only ways of tracing whose name contains PART, beside the bare loop and the empty hooks; nothing is
               written; may be given again
  --docs       put the tables into README.md and docs/performance.md too
  --json FILE  where the results go (default: results/latest.json of this crate)
";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Options {
    rounds: usize,
    quick: bool,
    only: Vec<String>,
    json: PathBuf,
    docs: bool,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options> {
    let json = concat!(env!("CARGO_MANIFEST_DIR"), "/results/latest.json").into();
    let mut options = Options { rounds: 9, quick: false, only: Vec::new(), json, docs: false };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--rounds" => options.rounds = args.next().context("--rounds needs a number")?.parse()?,
            "--docs" => options.docs = true,
            "--quick" => options.quick = true,
            "--only" => options.only.push(args.next().context("--only needs a part of a name")?),
            "--json" => options.json = args.next().context("--json needs a file")?.into(),
            "--help" | "-h" => bail!("{USAGE}"),
            other => bail!("unknown argument {other}\n{USAGE}"),
        }
    }
    if options.quick {
        options.rounds = options.rounds.min(2);
    }
    if options.rounds == 0 {
        bail!("--rounds must be at least 1");
    }
    Ok(options)
}

fn measure(options: &Options) -> Result<()> {
    let runs = runs::Runs::new(options.quick)?;
    let machine = machine::facts(&runs);
    let table = variants::measure(&runs, options.rounds, &options.only)?;
    if !options.only.is_empty() {
        print!("{}", report::lines_text(&machine, &table));
        return Ok(());
    }
    let start_up = runs.start_up(2 * options.rounds)?;
    let burst = runs.burst()?;
    let work = work::measure(&runs, options.rounds.min(3))?;
    let report = report::Report::new(machine, table, start_up, burst, work);
    print!("{}", report.text());
    report.save(&options.json)?;
    println!("\nwritten to {}", options.json.display());
    if options.docs {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        for file in ["README.md", "docs/performance.md"] {
            report.put_into(&PathBuf::from(root).join(file))?;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).peekable();
    let result = match args.peek().map(String::as_str) {
        Some("timed") => work::timed(args.skip(1)),
        Some("loop" | "open" | "getppid" | "pingpong" | "threads" | "stamp" | "tick") => workload::run(args),
        _ => parse(args).and_then(|options| measure(&options)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("syscope-bench: {err:#}");
            ExitCode::FAILURE
        }
    }
}

#[test]
fn options_are_read() {
    let parse = |args: &[&str]| parse(args.iter().map(|a| (*a).to_owned()));
    assert_eq!(parse(&["--rounds", "4"]).unwrap().rounds, 4);
    let quick = parse(&["--quick", "--json", "x.json"]).unwrap();
    assert_eq!((quick.rounds, quick.quick, quick.json), (2, true, "x.json".into()));
    assert_eq!(parse(&["--only", "text", "--only", "-c"]).unwrap().only, ["text", "-c"]);
    assert!(parse(&["--rounds", "0"]).is_err());
    assert!(parse(&["--nonsense"]).is_err());
}
