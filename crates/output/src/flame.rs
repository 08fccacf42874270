//! Stacks as collapsed lines, and as a flame graph that is looked at in a browser.
//!
//! Names are hostile. In lines a semicolon stands between frames and a blank before the number, so that whatever could be
//! taken for one of them is written as `\xHH`, like all that is no plain text; the picture is made of the same lines.

use std::fmt::Write as _;
use std::io::{self, Write};

use inferno::flamegraph::{self, Options};
use syscope_stats::{Stacks, Weight};

use crate::escape::escape_into;
use crate::printable;

/// One collapsed line for each stack: frames with semicolons between them, a blank, and what was counted; for two runs both
/// numbers. Sorted, as whatever draws them wants them.
pub fn folded(stacks: &Stacks, runs: usize, out: &mut dyn Write) -> io::Result<()> {
    for (stack, counted) in lines(stacks, runs, u64::MAX) {
        writeln!(out, "{stack} {counted}")?;
    }
    Ok(())
}

/// The picture. Of two runs: as wide as the second, coloured by what it has more (red) or less (blue) than the first.
pub fn flame_svg(
    stacks: &Stacks,
    runs: usize,
    title: &str,
    subtitle: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    // The sum must fit into a number with a sign.
    let lines = lines(stacks, runs, i64::MAX.unsigned_abs() / 4);
    if lines.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "there is nothing to draw"));
    }
    let lines: Vec<String> = lines.into_iter().map(|(stack, counted)| format!("{stack} {counted}")).collect();
    let mut options = Options::default();
    options.title = printable(title).replace('\n', "\\x0a");
    options.subtitle = Some(subtitle.to_owned()).filter(|s| !s.is_empty());
    options.count_name = stacks.weight().unit().to_owned();
    options.name_type = "Frame:".into();
    // The same colours in each picture.
    options.deterministic = true;
    // The lines are sorted by their stacks, numbers aside.
    options.no_sort = true;
    options.font_type = "monospace".into();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), out)
}

/// Stacks and their numbers, sorted. `most`: what the sum may be at most; larger ones are all made smaller alike.
fn lines(stacks: &Stacks, runs: usize, most: u64) -> Vec<(String, String)> {
    let mut found: Vec<(String, [u64; 2])> = Vec::new();
    stacks.walk(&mut |path, counted, is_other| {
        let mut stack = String::new();
        for node in path {
            if !stack.is_empty() {
                stack.push(';');
            }
            stack.push_str(&frame(stacks.name(node)));
        }
        if is_other {
            stack.push_str(if stack.is_empty() { "[other]" } else { ";[other]" });
        }
        found.push((stack, counted));
    });
    let sum = |run: usize| found.iter().map(|(_, counted)| u128::from(counted[run])).sum::<u128>();
    let largest = sum(0).max(sum(1));
    let shift = (0..64).find(|shift| largest >> shift <= u128::from(most)).unwrap_or(63);
    found.sort_unstable();
    let number = |[first, second]: [u64; 2]| {
        let mut text = String::new();
        // A string takes everything.
        let _ = match runs {
            1 => write!(text, "{}", first >> shift),
            _ => write!(text, "{} {}", first >> shift, second >> shift),
        };
        text
    };
    found.into_iter().map(|(stack, counted)| (stack, number(counted))).collect()
}

/// A frame's name that nothing can be mistaken in.
fn frame(name: &[u8]) -> String {
    if name.is_empty() {
        return "\"\"".into();
    }
    let mut plain = Vec::new();
    escape_into(name, &mut plain);
    let plain = String::from_utf8_lossy(&plain);
    let mut out = String::with_capacity(plain.len());
    // Behind a last blank digits are a number, and blanks at the ends are taken away.
    let tail = plain.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ').len();
    let head = plain.len() - plain.trim_start_matches(' ').len();
    for (at, c) in plain.char_indices() {
        match c {
            ';' => out.push_str("\\x3b"),
            ' ' if at >= tail || at < head => out.push_str("\\x20"),
            // No characters at all, and XML has no way to write them.
            '\u{fffe}' => out.push_str("\\xef\\xbf\\xbe"),
            '\u{ffff}' => out.push_str("\\xef\\xbf\\xbf"),
            c => out.push(c),
        }
    }
    out
}

/// What a picture of this weight is of.
pub fn flame_subtitle(weight: Weight) -> &'static str {
    match weight {
        Weight::Count => "by calls",
        Weight::Time => "by the time that calls took, waiting included (ns)",
        Weight::Bytes => "by bytes moved",
        Weight::Gap => "by the time between a thread's calls (ns)",
    }
}
