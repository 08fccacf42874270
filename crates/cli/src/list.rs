//! `syscope list`: the table of system calls.

use std::io::{self, Write};

use anyhow::bail;
use syscope_syscalls::{ALL, Family, Syscall};

use crate::Mistake;
use crate::opts::TableFormat;

/// Prints the calls of one family, or all.
pub(crate) fn run(family: Option<&str>, format: TableFormat, out: &mut dyn Write) -> anyhow::Result<()> {
    let family = match family {
        None => None,
        Some(name) => match Family::from_name(name) {
            Some(family) => Some(family),
            None => bail!(Mistake(format!(
                "no family {name:?}: there are {}",
                Family::ALL.map(Family::name).join(", ")
            ))),
        },
    };
    let wanted = ALL.iter().filter(|s| family.is_none_or(|f| s.family == f));
    match format {
        TableFormat::Text => {
            writeln!(
                out,
                "{:>3} {:<24} {:<9} {:<18} {:<14} arguments",
                "nr", "name", "family", "kind", "result"
            )?;
            for s in wanted {
                let args: Vec<&str> = s.args.iter().map(|a| a.name).collect();
                let args = args.join(", ");
                let (family, kind, ret) = (s.family.name(), s.kind.0, s.ret.name());
                let line = format!("{:>3} {:<24} {family:<9} {kind:<18} {ret:<14} {args}", s.nr, s.name);
                writeln!(out, "{}", line.trim_end())?;
            }
        }
        TableFormat::Jsonl => {
            for s in wanted {
                json(s, out)?;
            }
        }
        TableFormat::Markdown => markdown(&wanted.collect::<Vec<_>>(), out)?,
    }
    Ok(())
}

/// A table for each family.
fn markdown(wanted: &[&Syscall], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(MARKDOWN_HEAD.as_bytes())?;
    for family in Family::ALL {
        let calls: Vec<_> = wanted.iter().filter(|s| s.family == family).collect();
        if calls.is_empty() {
            continue;
        }
        writeln!(
            out,
            "\n## {}\n\n| call | nr | kind | arguments | result |\n|---|---|---|---|---|",
            family.name()
        )?;
        for s in calls {
            let args: Vec<String> = s
                .args
                .iter()
                .map(|a| format!("{} *{}*", a.name, role_name(&format!("{:?}", a.role))))
                .collect();
            writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                s.name,
                s.nr,
                s.kind.0,
                args.join(", "),
                s.ret.name()
            )?;
        }
    }
    Ok(())
}

const MARKDOWN_HEAD: &str = "\
# System calls

Written by `syscope list --format markdown`; a test compares it with the table in `crates/syscalls/src/table/`.

`--family` chooses a section, `--kind` a kind, `-e trace=` calls by name. Behind each argument stands its role, which
decides what is read and how it is printed. `fd`, `dirfd`: descriptors, shown with their names. `path`, `str`, `argv`:
text. `bufin`, `bufout`: data, up to `-s` bytes. `struct`, `array`, `sockaddr`: decoded. `flags`, `enum`: names of bits
and values. `ptr`: an address.
";

/// Names in the table are plain words: nothing has to be escaped.
fn json(s: &Syscall, out: &mut dyn Write) -> io::Result<()> {
    let args: Vec<String> = s
        .args
        .iter()
        .map(|a| format!("{{\"name\":\"{}\",\"role\":\"{}\"}}", a.name, role_name(&format!("{:?}", a.role))))
        .collect();
    writeln!(
        out,
        "{{\"nr\":{},\"name\":\"{}\",\"family\":\"{}\",\"kind\":\"{}\",\"result\":\"{}\",\"args\":[{}]}}",
        s.nr,
        s.name,
        s.family.name(),
        s.kind.0,
        s.ret.name(),
        args.join(",")
    )
}

/// The first word of a role, in lower case: `fd`, `bufout`, `struct`.
fn role_name(debug: &str) -> String {
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(family: Option<&str>, format: TableFormat) -> String {
        let mut out = Vec::new();
        run(family, format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_lines_have_every_call() {
        let text = printed(None, TableFormat::Jsonl);
        let calls: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(calls.len(), ALL.len());
        let openat = calls.iter().find(|c| c["name"] == "openat").unwrap();
        assert_eq!((openat["nr"].as_u64(), openat["family"].as_str()), (Some(257), Some("FS")));
        assert_eq!((openat["kind"].as_str(), openat["result"].as_str()), (Some("open"), Some("fd")));
        assert_eq!(
            (&openat["args"][0]["role"], &openat["args"][1]["role"]),
            (&"dirfd".into(), &"path".into())
        );
    }

    #[test]
    fn text_has_a_line_a_call() {
        let text = printed(Some("time"), TableFormat::Text);
        let time = ALL.iter().filter(|s| s.family == Family::Time);
        assert_eq!(text.lines().count(), time.count() + 1);
        assert!(text.contains("timer_create") && !text.contains("openat"), "{text}");
        assert!(text.lines().all(|l| l == l.trim_end()));
    }

    #[test]
    fn markdown_has_a_line_a_call() {
        let text = printed(None, TableFormat::Markdown);
        let is_call = |l: &&str| l.starts_with("| ") && !l.starts_with("| call");
        assert_eq!(text.lines().filter(is_call).count(), ALL.len());
        assert!(text.contains("\n| openat | 257 | open | dfd *dirfd*, "), "{text}");
        assert!(!printed(Some("time"), TableFormat::Markdown).contains("## FS"));
    }

    #[test]
    fn unknown_families_teach() {
        let error = run(Some("nonsense"), TableFormat::Text, &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("there are FS, Network"), "{error}");
    }
}
