//! `-e QUALIFIER=SET` and the long options that take the same sets.

use anyhow::{anyhow, bail};
use syscope_event::args::{Constants, Descriptors, Hex, Names};
use syscope_filter::TraceSet;
use syscope_output::{Precision, Timestamps};
use syscope_syscalls::signal;

/// What `-e` says, all of them together.
#[derive(Debug, Default)]
pub(crate) struct Exprs {
    /// As with strace, the last one counts.
    pub(crate) trace: Option<TraceSet>,
    pub(crate) signals: Option<u64>,
    pub(crate) status: Option<Results>,
    pub(crate) quiet: Quiet,
    pub(crate) names: Option<Names>,
    /// Calls whose structures are not shown in full.
    pub(crate) abbrev: Option<TraceSet>,
    /// Calls whose structures are shown at all.
    pub(crate) verbose: Option<TraceSet>,
    /// Calls that are shown as numbers.
    pub(crate) raw: Option<TraceSet>,
    pub(crate) read: Option<Descriptors>,
    pub(crate) write: Option<Descriptors>,
}

impl Exprs {
    /// Takes one `-e`.
    pub(crate) fn add(&mut self, text: &str) -> anyhow::Result<()> {
        let Some((qualifier, set)) = text.split_once('=') else {
            self.trace = Some(TraceSet::parse(text)?);
            return Ok(());
        };
        match qualifier {
            "signal" | "signals" | "s" => self.signals = Some(signals(set)?),
            "status" => self.status = Some(results(set)?),
            "quiet" | "silent" | "silence" | "q" => self.quiet.add(set)?,
            "decode-fds" | "decode-fd" | "fds" => self.names = Some(names(set)?),
            "abbrev" | "a" => self.abbrev = Some(TraceSet::parse(set)?),
            "verbose" | "v" => self.verbose = Some(TraceSet::parse(set)?),
            "raw" | "x" => self.raw = Some(TraceSet::parse(set)?),
            "read" | "reads" | "r" => self.read = Some(descriptors(set)?),
            "write" | "writes" | "w" => self.write = Some(descriptors(set)?),
            // Also everything that is not known.
            _ => self.trace = Some(TraceSet::parse(text)?),
        }
        Ok(())
    }
}

/// Which results are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Results {
    All,
    Successful,
    Failed,
}

/// `-e status=`.
pub(crate) fn results(set: &str) -> anyhow::Result<Results> {
    Ok(match set {
        "all" | "successful,failed" | "failed,successful" | "!none" => Results::All,
        "successful" | "!failed" => Results::Successful,
        "failed" | "!successful" => Results::Failed,
        _ => bail!("status {set:?}: there are successful, failed and all"),
    })
}

/// What is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Quiet {
    pub(crate) verdict: bool,
    pub(crate) exits: bool,
}

impl Quiet {
    /// `-q`, `-qq` and `--quiet=SET`.
    pub(crate) fn typed(values: &[String]) -> anyhow::Result<Quiet> {
        let mut quiet = Quiet::default();
        let plain = values.iter().filter(|v| v.is_empty()).count();
        quiet.verdict = plain > 0;
        quiet.exits = plain > 1;
        values.iter().filter(|v| !v.is_empty()).try_for_each(|set| quiet.add(set))?;
        Ok(quiet)
    }

    fn add(&mut self, set: &str) -> anyhow::Result<()> {
        for word in set.split(',') {
            match word {
                "attach" | "verdict" => self.verdict = true,
                "exit" | "exits" => self.exits = true,
                "all" => *self = Quiet { verdict: true, exits: true },
                "none" => *self = Quiet::default(),
                // Nothing of the kind is ever said.
                "path-resolution" | "personality" | "thread-execve" | "superseded" => {}
                _ => bail!("quiet {word:?}: there are verdict, exit, all and none"),
            }
        }
        Ok(())
    }

    pub(crate) fn or(self, other: Quiet) -> Quiet {
        Quiet { verdict: self.verdict || other.verdict, exits: self.exits || other.exits }
    }
}

/// `-y`, `-yy` and `--decode-fds=SET`.
pub(crate) fn typed_names(values: &[String]) -> anyhow::Result<Option<Names>> {
    if let Some(set) = values.iter().rfind(|v| !v.is_empty()) {
        return Ok(Some(names(set)?));
    }
    Ok(match values.len() {
        0 => None,
        1 => Some(Names::PATHS),
        _ => Some(Names::ALL),
    })
}

/// `path,socket,dev,pidfd`, `all`, `none`; `!` in front negates the list.
fn names(set: &str) -> anyhow::Result<Names> {
    let (negated, list) = match set.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, set),
    };
    let mut names = Names::OFF;
    for word in list.split(',') {
        match word {
            "all" => names = Names::ALL,
            "none" => names = Names::OFF,
            "path" => names.paths = true,
            "socket" => names.sockets = true,
            "dev" => names.devices = true,
            "pidfd" => names.pidfds = true,
            _ => bail!("decode-fds {word:?}: there are path, socket, dev, pidfd, all and none"),
        }
    }
    Ok(match negated {
        true => Names {
            paths: !names.paths,
            sockets: !names.sockets,
            devices: !names.devices,
            pidfds: !names.pidfds,
        },
        false => names,
    })
}

/// A set of descriptors: `3,4`, `!0`, `all`, `none`.
fn descriptors(set: &str) -> anyhow::Result<Descriptors> {
    let list = set.trim_start_matches('!');
    let mut fds = Descriptors::default();
    for word in list.split(',') {
        match word {
            "none" => {}
            "all" => fds = fds.negated(),
            _ => fds.list(word.parse().ok().filter(|fd| *fd < Descriptors::LIMIT).ok_or_else(|| {
                anyhow!("no descriptor {word:?}: give numbers such as 3,4 below 1024, or all or none")
            })?),
        }
    }
    Ok(if (set.len() - list.len()) % 2 == 1 { fds.negated() } else { fds })
}

/// How much of the names of constants is shown.
pub(crate) fn constants(style: &str) -> Result<Constants, String> {
    match style {
        "abbrev" => Ok(Constants::Abbrev),
        "raw" => Ok(Constants::Raw),
        "verbose" => Ok(Constants::Verbose),
        _ => Err("there are raw, abbrev and verbose".into()),
    }
}

/// `--strings-in-hex=SET`.
pub(crate) fn hex(set: &str) -> Result<Hex, String> {
    match set {
        "none" => Ok(Hex::Off),
        "non-ascii-chars" => Ok(Hex::Escapes),
        "non-ascii" => Ok(Hex::NonAscii),
        "all" | "" => Ok(Hex::All),
        _ => Err("there are none, non-ascii-chars, non-ascii and all".into()),
    }
}

/// A set of signals: `SIGUSR1,hup`, `!chld`, `15`, `all`, `none`. Bit n - 1 stands for signal n.
pub(crate) fn signals(set: &str) -> anyhow::Result<u64> {
    let (negated, list) = match set.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, set),
    };
    let mut wanted = 0;
    for word in list.split(',') {
        wanted |= match word {
            "all" => u64::MAX,
            "none" => 0,
            _ => 1 << (signal_number(word)? - 1),
        };
    }
    Ok(if negated { !wanted } else { wanted })
}

fn signal_number(word: &str) -> anyhow::Result<u32> {
    let upper = word.to_uppercase();
    let named = || signal::by_name(&upper).or_else(|| signal::by_name(&format!("SIG{upper}")));
    let number = match word.parse::<u32>() {
        Ok(number) => Some(number).filter(|n| (1..=64).contains(n)),
        Err(_) => named(),
    };
    number.ok_or_else(|| {
        anyhow!("no signal {word:?}: give names such as SIGCHLD or usr1, numbers, all or none")
    })
}

/// `-t`, `-tt`, `-ttt` and `--absolute-timestamps=[[format:]FORMAT][,[precision:]PRECISION]`.
pub(crate) fn timestamps(values: &[String]) -> anyhow::Result<Timestamps> {
    let Some(set) = values.iter().rfind(|v| !v.is_empty()) else {
        return Ok(match values.len() {
            0 => Timestamps::Off,
            1 => Timestamps::Local(Precision::Seconds),
            2 => Timestamps::Local(Precision::Micros),
            _ => Timestamps::Epoch(Precision::Micros),
        });
    };
    let (mut format, mut digits) = ("time", Precision::Seconds);
    for word in set.split(',') {
        let word = word.strip_prefix("format:").or_else(|| word.strip_prefix("precision:")).unwrap_or(word);
        match word {
            "none" | "time" | "unix" => format = word,
            _ => {
                digits = precision(word).map_err(|_| {
                    anyhow!("no time format {word:?}: there are none, time, unix, each with s, ms, us or ns")
                })?
            }
        }
    }
    Ok(match format {
        "none" => Timestamps::Off,
        "unix" => Timestamps::Epoch(digits),
        _ => Timestamps::Local(digits),
    })
}

/// `s`, `ms`, `us`, `ns`; nothing is microseconds.
pub(crate) fn precision(word: &str) -> Result<Precision, String> {
    match word {
        "s" => Ok(Precision::Seconds),
        "ms" => Ok(Precision::Millis),
        "us" | "" => Ok(Precision::Micros),
        "ns" => Ok(Precision::Nanos),
        _ => Err("there are s, ms, us and ns".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(exprs: &[&str]) -> anyhow::Result<Exprs> {
        let mut all = Exprs::default();
        exprs.iter().try_for_each(|text| all.add(text))?;
        Ok(all)
    }

    #[test]
    fn qualifiers() {
        let exprs = parsed(&["open", "trace=read", "status=failed", "quiet=exit", "fds=path", "abbrev=none"])
            .unwrap();
        let trace = exprs.trace.unwrap();
        assert!(trace.contains("read") && !trace.contains("open"));
        assert_eq!((exprs.status, exprs.names), (Some(Results::Failed), Some(Names::PATHS)));
        assert_eq!(exprs.quiet, Quiet { verdict: false, exits: true });
        assert_eq!(exprs.abbrev.map(|set| set.contains("open")), Some(false));
        for bad in [
            "inject=read",
            "status=odd",
            "signal=SIGNO",
            "quiet=odd",
            "fds=odd",
            "raw=opnat",
            "read=x",
            "write=-1",
        ] {
            assert!(parsed(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn sets_of_descriptors() {
        let check = |set: &str, shown: &[i32], hidden: &[i32]| {
            let set = descriptors(set).unwrap();
            assert!(shown.iter().all(|fd| set.contains(*fd)), "{set:?}");
            assert!(hidden.iter().all(|fd| !set.contains(*fd)), "{set:?}");
        };
        check("3,4", &[3, 4], &[0, 5, -1]);
        check("!3,4", &[0, 5], &[3, 4, -1]);
        check("!!3", &[3], &[4]);
        check("all", &[0, 3, 99999], &[-1]);
        check("!none", &[0], &[-1]);
        check("none", &[], &[0, 3]);
        check("!all", &[], &[0, 3]);
    }

    #[test]
    fn sets_of_signals() {
        let check = |set: &str, shown: &[u32], hidden: &[u32]| {
            let mask = signals(set).unwrap();
            assert!(shown.iter().all(|n| mask >> (n - 1) & 1 == 1), "{set}");
            assert!(hidden.iter().all(|n| mask >> (n - 1) & 1 == 0), "{set}");
        };
        check("SIGUSR1,hup", &[10, 1], &[2, 17]);
        check("!chld", &[1, 64], &[17]);
        check("!17,CHLD,int", &[1], &[17, 2]);
        check("none", &[], &[1, 17, 64]);
        check("all", &[1, 17, 64], &[]);
        check("!all", &[], &[1, 64]);
        check("64", &[64], &[63]);
        for bad in ["", "0", "65", "SIGNO", "-1", "chld,"] {
            assert!(signals(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_of_descriptors() {
        let check = |values: &[&str], expected| {
            let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
            assert_eq!(typed_names(&values).unwrap(), expected, "{values:?}");
        };
        check(&[], None);
        check(&[""], Some(Names::PATHS));
        check(&["", ""], Some(Names::ALL));
        check(&["path"], Some(Names::PATHS));
        check(&["path,socket"], Some(Names::DEFAULT));
        check(&["socket,dev"], Some(Names { sockets: true, devices: true, ..Names::OFF }));
        check(&["!path,pidfd"], Some(Names { sockets: true, devices: true, ..Names::OFF }));
        check(&["all"], Some(Names::ALL));
        check(&["none"], Some(Names::OFF));
    }

    #[test]
    fn times() {
        let check = |values: &[&str], expected| {
            let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
            assert_eq!(timestamps(&values).unwrap(), expected, "{values:?}");
        };
        check(&[], Timestamps::Off);
        check(&[""], Timestamps::Local(Precision::Seconds));
        check(&["", ""], Timestamps::Local(Precision::Micros));
        check(&["", "", ""], Timestamps::Epoch(Precision::Micros));
        check(&["time"], Timestamps::Local(Precision::Seconds));
        check(&["ns"], Timestamps::Local(Precision::Nanos));
        check(&["format:unix,precision:ms"], Timestamps::Epoch(Precision::Millis));
        check(&["none"], Timestamps::Off);
        assert!(timestamps(&["odd".to_owned()]).is_err());
    }
}
