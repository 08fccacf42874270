//! The name of a recording for which none was given.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

/// `syscope-make-host-20260131-235959` from what was run, where and when; with a number behind it if there is one already.
pub fn default_name(program: &str, host: &str, wall_ns: i64) -> PathBuf {
    let at = jiff::Timestamp::from_nanosecond(wall_ns.into()).unwrap_or_default();
    let at = TimeZone::system().to_datetime(at);
    let name = format!(
        "syscope-{}-{}-{:04}{:02}{:02}-{:02}{:02}{:02}",
        plain(program),
        plain(host),
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    first_free(&name)
}

fn first_free(name: &str) -> PathBuf {
    let taken = |path: &Path| path.symlink_metadata().is_ok();
    let mut path = PathBuf::from(name);
    for n in 2_u32.. {
        if !taken(&path) {
            break;
        }
        path = PathBuf::from(format!("{name}-{n}"));
    }
    path
}

/// The last part of a path, with nothing in it that a shell or a terminal would take for something else.
fn plain(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    let keep = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+') { c } else { '_' };
    let name: String = last.chars().take(40).map(keep).collect();
    if name.is_empty() { "all".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        assert_eq!(plain("/usr/bin/make"), "make");
        assert_eq!(plain("a b\n\x1b[m"), "a_b___m");
        assert_eq!(plain(""), "all");
        let name = default_name("ls", "host", 0);
        assert!(name.to_str().unwrap().starts_with("syscope-ls-host-19"), "{name:?}");
    }
}
