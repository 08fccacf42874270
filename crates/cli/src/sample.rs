//! `--sample`: of which calls only some have a row.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use syscope_filter::TraceSet;
use syscope_syscalls::{self as syscalls, Family};

/// `openat=100,futex=0,FS=10`: a row for one of so many calls, 0 for none, by call number. Later entries count.
pub(crate) fn parse(typed: &[String]) -> anyhow::Result<Vec<(u32, u32)>> {
    let mut samples = BTreeMap::new();
    for entry in typed {
        let Some((name, n)) = entry.split_once('=') else {
            bail!("--sample {entry}: it is CALL=N, a row for one of N calls, or for none if N is 0");
        };
        let n: u32 = n.parse().ok().with_context(|| format!("--sample {entry}: {n:?} is no number"))?;
        for nr in numbers(name).with_context(|| format!("--sample {entry}"))? {
            samples.insert(nr, n);
        }
    }
    samples.retain(|_, n| *n != 1);
    Ok(samples.into_iter().collect())
}

/// A call, a class such as %net, or a family.
fn numbers(name: &str) -> anyhow::Result<Vec<u32>> {
    if let Some(family) = Family::from_name(name) {
        return Ok(syscalls::ALL.iter().filter(|s| s.family == family).map(|s| s.nr).collect());
    }
    let set = TraceSet::parse(name)?;
    Ok(syscalls::ALL.iter().filter(|s| set.contains(s.name)).map(|s| s.nr).collect())
}

/// What the verdict says of it: calls by name, or how many of them.
pub(crate) fn described(samples: &[(u32, u32)]) -> Vec<(String, u32)> {
    const SHOWN: usize = 5;
    let name = |nr: u32| syscope_event::call_name(nr).unwrap_or("?").to_owned();
    let mut by_rate: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (nr, n) in samples {
        by_rate.entry(*n).or_default().push(name(*nr));
    }
    let mut out = Vec::new();
    for (n, names) in by_rate {
        if names.len() > SHOWN {
            out.push((format!("{} calls", names.len()), n));
        } else {
            out.extend(names.into_iter().map(|name| (name, n)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> anyhow::Result<Vec<(u32, u32)>> {
        parse(&text.split(',').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn calls_classes_and_families() {
        assert_eq!(typed("read=10,futex=0").unwrap(), [(0, 10), (202, 0)]);
        assert_eq!(typed("read=10,read=1").unwrap(), [], "one of one is every one");
        let network = typed("Network=5,socket=2").unwrap();
        assert!(
            network.len() > 10 && network.contains(&(41, 2)) && network.contains(&(42, 5)),
            "{network:?}"
        );
        assert!(typed("%net=3").unwrap().contains(&(41, 3)));
        assert_eq!(described(&typed("read=10,futex=0").unwrap()), [("futex".into(), 0), ("read".into(), 10)]);
        assert_eq!(described(&network).last(), Some(&(format!("{} calls", network.len() - 1), 5)));
    }

    #[test]
    fn mistakes() {
        let error = |text: &str| format!("{:#}", typed(text).unwrap_err());
        assert!(error("read").contains("CALL=N"));
        assert!(error("read=x").contains("\"x\" is no number"));
        assert!(error("read=-1").contains("no number"));
        assert!(error("opnat=3").contains("did you mean openat"));
    }
}
