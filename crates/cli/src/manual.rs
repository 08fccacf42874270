//! `syscope man` and `syscope completions`: what the definitions of the command line tell to other programs.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use crate::opts::{EXAMPLES, TraceArgs, USAGE, VerbArgs};

/// Columns of the machine formats, as `Row` has them.
const COLUMNS: [(&str, &str); 33] = [
    ("seq", "number of the row within the run; rows that -P hides leave gaps"),
    ("time_ns", "when the call began: nanoseconds since the machine started (CLOCK_BOOTTIME)"),
    ("cpu", "processor on which it ended"),
    ("gap_ns", "time since the previous call of this thread ended"),
    ("latency_ns", "time from entry to exit, waiting included"),
    ("pid", "process, as the host numbers it"),
    ("tid", "thread, as the host numbers it"),
    ("ppid", "parent process"),
    ("comm", "name of the thread at entry, at most 15 bytes"),
    ("uid", "real user id"),
    ("cgroup", "path of the control group"),
    ("syscall", "name of the call"),
    (
        "family",
        "group of the call: FS, Network, Memory, Signals, Sched, IPC, Time, Process, Security, Polling, AIO, Misc",
    ),
    ("kind", "finer class of the call, see syscope list"),
    ("args", "arguments as text lines have them, between the parentheses"),
    ("ret", "result; a failed call has the negative number of its error"),
    ("errno", "name of the error, such as ENOENT"),
    ("is_error", "the call failed; a call that a signal interrupted and that goes on has not"),
    ("fd", "descriptor that the call is about, or that it made"),
    ("file", "its true name, or the path that the call names, made absolute"),
    ("fd2", "second descriptor of calls that have two"),
    ("file2", "second name, such as the new one of rename"),
    ("bytes", "bytes that were moved"),
    ("direction", "read, write or transfer"),
    ("address_space_bytes", "bytes of address space that were mapped, unmapped or changed"),
    ("requested_sleep_ns", "how long the caller wanted to sleep"),
    ("nfds", "number of descriptors that are waited for"),
    ("timeout_ns", "longest time to wait; -1 is for ever"),
    ("epoll_op", "operation of epoll_ctl"),
    ("epoll_target_fd", "descriptor that epoll_ctl is about"),
    ("epoll_events", "events that epoll_ctl asks for, as a number"),
    ("unfinished", "the call had not returned when its thread or the run ended"),
    ("sampled_weight", "how many calls the row stands for; 1 unless calls are sampled"),
];

/// What exit statuses mean.
const STATUSES: [(&str, &str); 8] = [
    (
        "the command's",
        "128 + n if signal n killed it; 0 for -p and --all, and 128 + n if a second signal n ended syscope first",
    ),
    ("1", "a recording cannot be read, or what is made of it cannot be written"),
    ("2", "wrong usage"),
    ("3", "syscope diff: what --fail-on names happened"),
    ("124", "--strict, and something is missing"),
    (
        "125",
        "could not trace, or could not write the output of a command that succeeded; the message says why",
    ),
    ("126", "the command could not be run"),
    ("127", "the command was not found"),
];

const FILES: [(&str, &str); 4] = [
    (
        "FILE of -o",
        "Has no name until the run is over, so that nobody reads half of it, and nothing is left behind if syscope is killed. Where the filesystem has no nameless files it is called .FILE.PID-N.tmp meanwhile; one whose PID is no running syscope can be deleted. A file that is replaced hands on its owner, group and permissions. Devices, FIFOs and /dev/stdout are written in place. -A appends in place.",
    ),
    (
        "FILE.partial",
        "What could be written before an error such as a full disk: whole lines only. It never replaces a file (FILE.partial.1 is the next).",
    ),
    ("FILE.TID", "With -ff: the rows of one thread, there when it has ended."),
    ("/sys/kernel/btf/vmlinux", "The kernel's type information, without which nothing can be traced."),
];

/// The whole command line: options of a traced run, and the verbs.
fn whole() -> Command {
    let verbs = VerbArgs::command();
    TraceArgs::command().subcommands(verbs.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned())
}

/// Completions for a shell.
pub(crate) fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut whole(), "syscope", &mut text);
    out.write_all(&text)
}

/// The manual page, for man(1).
pub(crate) fn page(out: &mut dyn Write) -> io::Result<()> {
    let man = clap_mangen::Man::new(TraceArgs::command());
    man.render_title(out)?;
    man.render_name_section(out)?;
    writeln!(out, ".SH SYNOPSIS")?;
    for line in USAGE.lines() {
        writeln!(out, "{}\n.br", escaped(line.trim()))?;
    }
    man.render_description_section(out)?;
    paragraph(
        out,
        "Every system call of the command and of all its children is shown as strace(1) shows it, with the true name \
         behind each descriptor. Small programs in the kernel write one record per call; nothing is stopped, and the \
         command keeps its input, output, environment, signals and exit status. A run ends with a verdict: how many \
         rows, and complete, or what was lost and why.",
    )?;
    man.render_options_section(out)?;
    let verbs = VerbArgs::command();
    let verbs: Vec<(String, String)> = verbs
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .map(|verb| {
            (verb.get_name().to_owned(), verb.get_about().map(ToString::to_string).unwrap_or_default())
        })
        .collect();
    let verbs: Vec<(&str, &str)> =
        verbs.iter().map(|(name, about)| (name.as_str(), about.as_str())).collect();
    section(
        out,
        "VERBS",
        "A verb is one only as the very first argument: syscope -- list traces a program of that name.",
        &verbs,
    )?;
    section(out, "EXIT STATUS", "", &STATUSES)?;
    section(
        out,
        "COLUMNS",
        "Of --format csv and jsonl, in this order; columns are only ever added. What is not known, or has no meaning for a call, is null (empty in CSV), never 0 or -1.",
        &COLUMNS,
    )?;
    section(out, "FILES", "", &FILES)?;
    writeln!(out, ".SH EXAMPLES")?;
    for (command, meaning) in EXAMPLES {
        writeln!(out, ".TP\n.B {}\n{}", escaped(command), escaped(meaning))?;
    }
    writeln!(out, ".SH SEE ALSO\n.BR strace (1),\n.BR syscalls (2)")
}

fn section(out: &mut dyn Write, title: &str, text: &str, items: &[(&str, &str)]) -> io::Result<()> {
    writeln!(out, ".SH {title}")?;
    if !text.is_empty() {
        paragraph(out, text)?;
    }
    for (term, meaning) in items {
        writeln!(out, ".TP\n.B {}\n{}", escaped(term), escaped(meaning))?;
    }
    Ok(())
}

fn paragraph(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, ".PP\n{}", escaped(text))
}

/// Text in which roff finds nothing to do.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('"', "\\(dq");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use syscope_event::Row;

    use super::*;

    #[test]
    fn every_column_is_explained() {
        assert_eq!(COLUMNS.map(|(name, _)| name), Row::COLUMNS);
    }

    #[test]
    fn the_manual_has_its_sections() {
        let mut text = Vec::new();
        page(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        for title in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "VERBS",
            "EXIT STATUS",
            "COLUMNS",
            "FILES",
            "EXAMPLES",
        ] {
            assert!(text.contains(&format!(".SH {title}\n")), "{title}");
        }
        assert!(text.contains(".B selftest") && text.contains("epoll_events"));
        // A line that begins with a point or a quote is an order to roff.
        assert_eq!(escaped(".FILE"), "\\&.FILE");
        assert_eq!(escaped("'x' a-b \\"), "\\(aqx\\(aq a\\-b \\e");
    }

    #[test]
    fn verbs_are_completed() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut text = Vec::new();
            completions(shell, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            for word in ["selftest", "doctor", "list", "trace-path", "output-separately"] {
                assert!(text.contains(word), "{shell}: {word}");
            }
            assert!(!text.contains("expectations"), "{shell}: the hidden verb");
        }
    }
}
