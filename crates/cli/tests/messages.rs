//! What is said about what was typed. Needs no root.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

/// Like every other output.
#[test]
fn help_that_cannot_be_written_is_said() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_syscope")).arg("--help").stdout(full).output().unwrap();
    assert_eq!(out.status.code(), Some(125));
    assert!(String::from_utf8_lossy(&out.stderr).starts_with("syscope: No space left"), "{out:?}");
}

/// Messages repeat what was typed, but not what would control a terminal.
#[test]
fn messages_control_no_terminal() {
    const ODD: &[u8] = b"a\x1b]0;title\x07\x08\r\xc2\x9b31m\xff";
    let odd = OsStr::from_bytes(ODD);
    let long = [b"--", ODD].concat();
    let bad: &[&[&OsStr]] = &[
        &["--where".as_ref(), odd, "true".as_ref()],
        &["-e".as_ref(), odd, "true".as_ref()],
        &["-e".as_ref(), OsStr::from_bytes(b"trace=\x1b[31m"), "true".as_ref()],
        &["-e".as_ref(), OsStr::from_bytes(b"/(\x1b[31m"), "true".as_ref()],
        &["-S".as_ref(), OsStr::from_bytes(b"\x1b[31m"), "true".as_ref()],
        &["--sample".as_ref(), OsStr::from_bytes(b"\x1b[31m=1"), "true".as_ref()],
        &[OsStr::from_bytes(&long)],
        &["stat".as_ref(), "--by".as_ref(), OsStr::from_bytes(b"\x1b[31m"), "true".as_ref()],
        &["list".as_ref(), "--family".as_ref(), OsStr::from_bytes(b"\x1b[31m")],
        &["selftest".as_ref(), OsStr::from_bytes(b"\x1b[31m")],
    ];
    for args in bad {
        let out = Command::new(env!("CARGO_BIN_EXE_syscope")).args(*args).output().expect("syscope runs");
        assert!(out.status.code().is_some_and(|code| code != 0), "{args:?}");
        let text = String::from_utf8(out.stderr).unwrap_or_else(|e| panic!("{args:?}: {e}"));
        assert!(!text.is_empty() && !text.chars().any(|c| c.is_control() && c != '\n'), "{args:?}: {text:?}");
    }
}
