//! The table against the machine: numbers in the C headers, numbers of arguments in the running kernel.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use syscope_syscalls::{ALL, by_name, by_nr};

/// Says why nothing was checked; not an excuse where `REQUIRE_LIVE=1` is set.
fn skip(reason: &str) {
    let required = std::env::var("REQUIRE_LIVE").is_ok_and(|v| v == "1");
    assert!(!required, "REQUIRE_LIVE=1, but {reason}");
    eprintln!("skipped: {reason}");
}

#[test]
fn numbers() {
    let headers = ["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"];
    let Some(text) = headers.iter().find_map(|h| fs::read_to_string(h).ok()) else {
        return skip("there is no asm/unistd_64.h (install linux-libc-dev)");
    };
    let mut checked = 0;
    for line in text.lines() {
        let Some((name, nr)) = line.strip_prefix("#define __NR_").and_then(|l| l.split_once(' ')) else {
            continue;
        };
        let nr = nr.trim().parse().unwrap();
        // Headers newer than the table may know more calls, but not at a number of ours.
        match (by_nr(nr), by_name(name)) {
            (None, None) => eprintln!("not in the table: {nr} {name}"),
            (Some(by_nr), _) => assert_eq!(by_nr.name, name, "{nr}"),
            (None, Some(by_name)) => assert_eq!(by_name.nr, nr, "{name}"),
        }
        checked += 1;
    }
    assert!(checked > 300, "{checked} numbers in asm/unistd_64.h");
}

/// Names of another ABI's header against ours; returns how many there are.
fn foreign(header: &str, name_of: impl Fn(u32) -> Option<&'static str>) -> Option<usize> {
    let folders = ["/usr/include/x86_64-linux-gnu/asm", "/usr/include/asm"];
    let text = folders.iter().find_map(|f| fs::read_to_string(format!("{f}/{header}")).ok())?;
    let mut checked = 0;
    for line in text.lines() {
        let Some((name, nr)) = line.strip_prefix("#define __NR_").and_then(|l| l.split_once(' ')) else {
            continue;
        };
        let nr = nr.trim_start_matches("(__X32_SYSCALL_BIT + ").trim_end_matches(')').trim();
        let nr: u32 = nr.parse().unwrap();
        match name_of(nr) {
            // Newer than the table.
            None if nr > 440 && header.ends_with("_32.h") => eprintln!("not in the table: {nr} {name}"),
            found => assert_eq!(found, Some(name), "{header}: {nr}"),
        }
        checked += 1;
    }
    Some(checked)
}

#[test]
fn numbers_of_other_abis() {
    let checked = foreign("unistd_32.h", |nr| syscope_syscalls::foreign::i386(nr).map(|f| f.name));
    let Some(i386) = checked else { return skip("there is no asm/unistd_32.h (install linux-libc-dev)") };
    let x32 = foreign("unistd_x32.h", |nr| syscope_syscalls::foreign::x32(nr).map(|f| f.name)).unwrap_or(0);
    assert!(i386 > 400 && x32 > 300, "{i386} and {x32} numbers");
}

#[test]
fn argument_counts() {
    let roots = ["/sys/kernel/tracing/events/syscalls", "/sys/kernel/debug/tracing/events/syscalls"];
    let Some(root) = roots.iter().map(Path::new).find(|r| r.read_dir().is_ok()) else {
        return skip("the events below /sys/kernel/tracing cannot be read (needs root)");
    };
    let mut checked = 0;
    for call in ALL {
        let event = root.join(format!("sys_enter_{}", event_name(call.name)));
        // Not every kernel has every call.
        let Ok(format) = fs::read_to_string(event.join("format")) else { continue };
        assert_eq!(
            call.args.len(),
            fields(&format).len(),
            "{}: the kernel has {:?}",
            call.name,
            fields(&format)
        );
        checked += 1;
    }
    assert!(checked > 250, "{checked} events below {}", root.display());
}

/// Events are named for the function in the kernel.
fn event_name(call: &str) -> &str {
    match call {
        "stat" => "newstat",
        "fstat" => "newfstat",
        "lstat" => "newlstat",
        "uname" => "newuname",
        "umount2" => "umount",
        "sendfile" => "sendfile64",
        other => other,
    }
}

/// The arguments in the description of an event: what follows the number, without copied contents.
fn fields(format: &str) -> Vec<&str> {
    let fields = format.lines().filter_map(|l| l.trim().strip_prefix("field:")?.split(';').next());
    let own = fields.skip_while(|f| !f.ends_with("__syscall_nr")).skip(1);
    own.filter(|f| !f.starts_with("__data_loc")).collect()
}

#[test]
fn fields_of_an_event() {
    let format = "name: sys_enter_close\nformat:\n\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n\
                  \tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n\
                  \tfield:unsigned int fd;\toffset:16;\tsize:8;\tsigned:0;\n\
                  \tfield:__data_loc char[] __fd_val;\toffset:24;\tsize:4;\tsigned:0;\n\nprint fmt: \"\"\n";
    assert_eq!(fields(format), ["unsigned int fd"]);
}
