//! Options of strace that do not exist here, each with what to do instead.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// By the names that strace has for it.
const ABSENT: &[(&[&str], &str)] = &[
    (
        &["-k", "--stack-traces", "--stack-trace"],
        "no stacks are recorded: use `perf trace --call-graph`, or strace -k",
    ),
    (&["-i", "--instruction-pointer"], "instruction pointers are not recorded"),
    (
        &["-O", "--summary-syscall-overhead"],
        "latencies are measured inside the kernel: there is no overhead to take off",
    ),
    (&["-b", "--detach-on"], "tracing does not end at an execve: choose tasks with --comm"),
    (
        &["-D", "--daemonize", "--daemonized", "--daemonised"],
        "syscope is no tracer that a program could notice: it may be the parent, or use -p",
    ),
    (&["-I", "--interruptible"], "the program is never stopped: signals reach it as ever"),
    (&["-d", "--debug"], "`syscope doctor` shows what works here"),
    (&["--seccomp-bpf"], "it is not needed: a call that is not traced is not stopped"),
    (&["--kill-on-exit"], "the program goes on when syscope ends: end it with kill"),
    (&["--inject", "--fault"], "syscope never changes what a program does"),
    (&["--kvm"], "why a virtual processor stopped is not recorded"),
    (&["--secontext"], "security contexts are not recorded"),
    (&["--tips"], "`syscope --help` has examples"),
];

/// What to say about an option that clap does not know, if strace has it.
pub(crate) fn absent(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = typed.split('=').next().unwrap_or(typed);
    let (_, instead) = ABSENT.iter().find(|(names, _)| names.contains(&name))?;
    Some(format!("{name} of strace does not exist here: {instead}"))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::opts::TraceArgs;

    #[test]
    fn absent_options_are_explained() {
        let check = |args: &[&str], expected: &str| {
            let error = TraceArgs::try_parse_from([&["syscope"], args, &["ls"]].concat()).unwrap_err();
            let text = absent(&error).unwrap_or_else(|| panic!("{args:?}: {error}"));
            assert!(text.contains(expected), "{args:?}: {text}");
        };
        check(&["-k"], "perf trace");
        check(&["-fk"], "-k of strace");
        check(&["-tti"], "-i of strace");
        check(&["-O", "5"], "no overhead");
        check(&["-b", "execve"], "--comm");
        check(&["--detach-on=execve"], "--comm");
        check(&["-DD"], "-D of strace");
        check(&["--seccomp-bpf"], "not needed");
        let error = TraceArgs::try_parse_from(["syscope", "--no-such", "ls"]).unwrap_err();
        assert_eq!(absent(&error), None);
    }

    /// What strace 6.1 has, we have, or say what to do instead.
    #[test]
    fn every_option_of_strace_is_known() {
        const SHORT: &str = "eEpubDfFIPzZaiknoAqrstTvxXyYcCOSUwdhV";
        #[rustfmt::skip]
        const LONG: &[&str] = &[
            "abbrev", "absolute-timestamps", "attach", "columns", "const-print-style", "daemonised",
            "daemonize", "daemonized", "debug", "decode-fds", "decode-pids", "detach-on", "env", "failed-only",
            "failing-only", "fault", "follow-forks", "help", "inject", "instruction-pointer", "interruptible",
            "kvm", "no-abbrev", "output", "output-append-mode", "output-separately", 
            "quiet", "raw", "read", "relative-timestamps", "seccomp-bpf", "secontext", "signals", "silence",
            "silent", "stack-traces", "status", "string-limit", "strings-in-hex", "successful-only", "summary",
            "summary-columns", "summary-only", "summary-sort-by", "summary-syscall-overhead",
            "summary-wall-clock", "syscall-number", "syscall-times", "timestamps", "tips", "trace",
            "trace-path", "user", "verbose", "version", "write",
        ];
        let mut command = TraceArgs::command();
        command.build();
        let absent = |name: &str| ABSENT.iter().any(|(names, _)| names.contains(&name));
        for short in SHORT.chars() {
            let exists = command.get_arguments().any(|a| {
                a.get_short() == Some(short)
                    || a.get_all_short_aliases().is_some_and(|all| all.contains(&short))
            });
            assert!(exists || absent(&format!("-{short}")), "-{short}");
        }
        for long in LONG {
            let exists = command.get_arguments().any(|a| {
                a.get_long() == Some(*long) || a.get_all_aliases().is_some_and(|all| all.contains(long))
            });
            assert!(exists || absent(&format!("--{long}")), "--{long}");
        }
    }

    /// Nothing here hides an option that exists.
    #[test]
    fn what_is_absent_is_absent() {
        let command = TraceArgs::command();
        for name in ABSENT.iter().flat_map(|(names, _)| *names) {
            let exists = match name.strip_prefix("--") {
                Some(long) => command.get_arguments().any(|a| a.get_long() == Some(long)),
                None => command.get_arguments().any(|a| a.get_short() == name.chars().nth(1)),
            };
            assert!(!exists, "{name}");
        }
    }
}
