//! Names without what is another one in each run of the same program: numbers of tasks, inodes of pipes and sockets, ports
//! that the kernel chose, addresses of memory, names that were made up for temporary files.

/// Directories whose files have names that were made up.
const TEMPORARY: [&[u8]; 5] = [b"/tmp/", b"/var/tmp/", b"/dev/shm/", b"/run/user/", b"/run/lock/"];
/// Shorter words are no made-up names: mkstemp's six characters are the fewest that are in use.
const MADE_UP: usize = 6;
/// The kernel chooses ports from here on (`net.ipv4.ip_local_port_range`, unless somebody changed it).
const CHOSEN_PORTS: u32 = 32_768;

/// Writes a name into `out` so that the same thing has the same name in the next run. `pid` and `tid` are the caller's.
pub fn normalise(name: &[u8], pid: u32, tid: u32, out: &mut Vec<u8>) {
    out.clear();
    if name.starts_with(b"/") {
        return path(name, pid, tid, out);
    }
    let Some(open) = name.iter().position(|b| *b == b'[').filter(|_| !name.starts_with(b"anon_inode:"))
    else {
        return numbers(name, pid, tid, out);
    };
    let (kind, rest) = name.split_at(open);
    out.extend_from_slice(kind);
    // A bound name of a Unix socket is a path; the numbers before it are inodes.
    let (inside, quoted) = match rest.iter().position(|b| *b == b'"') {
        Some(at) => rest.split_at(at),
        None => (rest, &rest[..0]),
    };
    let is_inet = [&b"TCP"[..], b"UDP"].iter().any(|proto| kind.starts_with(proto));
    if is_inet {
        ports(inside, out)
    } else {
        all_numbers(inside, out)
    }
    if let Some(path_of) = quoted.get(1..) {
        let mut bound = Vec::new();
        path(path_of, pid, tid, &mut bound);
        out.push(b'"');
        out.extend_from_slice(&bound);
    }
}

fn path(name: &[u8], pid: u32, tid: u32, out: &mut Vec<u8>) {
    let is_temporary = TEMPORARY.iter().any(|dir| name.starts_with(dir));
    let is_proc = name.starts_with(b"/proc/");
    for (n, part) in name.split(|b| *b == b'/').enumerate() {
        if n > 0 {
            out.push(b'/');
        }
        let digits = !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        // Descriptors below /proc/PID/fd are the same in each run.
        if is_proc && digits && n == 2 {
            out.extend_from_slice(b"PID");
        } else if is_proc && digits && out.ends_with(b"/task/") {
            out.extend_from_slice(b"TID");
        } else if is_temporary && n >= 2 || starts_made_up(part) {
            made_up(part, pid, tid, out);
        } else {
            numbers(part, pid, tid, out);
        }
    }
}

/// Wherever it is, this is how programs name temporary files.
fn starts_made_up(part: &[u8]) -> bool {
    [&b".tmp"[..], b"tmp.", b"tmp_", b".#tmp"].iter().any(|start| part.starts_with(start))
}

/// A component with its made-up words replaced: `ccAbC123.s` is `ccXXXXXX.s`.
fn made_up(part: &[u8], pid: u32, tid: u32, out: &mut Vec<u8>) {
    let mut rest = part;
    for prefix in [&b".tmp"[..], b"tmp", b"cc"] {
        let Some(word) = rest.strip_prefix(prefix).map(word_of) else { continue };
        if word.len() >= MADE_UP && (prefix != b"cc" || word.len() == MADE_UP) {
            out.extend_from_slice(prefix);
            out.extend_from_slice(b"XXXXXX");
            rest = &rest[prefix.len() + word.len()..];
            break;
        }
    }
    while !rest.is_empty() {
        let word = word_of(rest);
        if word.is_empty() {
            out.push(rest[0]);
            rest = &rest[1..];
            continue;
        }
        if word.len() >= MADE_UP && is_random(word) {
            out.extend_from_slice(b"XXXXXX");
        } else {
            numbers(word, pid, tid, out);
        }
        rest = &rest[word.len()..];
    }
}

fn word_of(text: &[u8]) -> &[u8] {
    &text[..text.iter().take_while(|b| b.is_ascii_alphanumeric()).count()]
}

/// Changes between lower case, upper case and digits more often than words do.
fn is_random(word: &[u8]) -> bool {
    let class = |b: &u8| (b.is_ascii_digit(), b.is_ascii_uppercase());
    let changes = word.windows(2).filter(|two| class(&two[0]) != class(&two[1])).count();
    // A word with a capital letter in front has one change, a word with a number behind it one more.
    changes >= 2 && !(changes == 2 && word[0].is_ascii_uppercase() && !word[1].is_ascii_uppercase())
}

/// Numbers of the caller, and addresses in hexadecimal.
fn numbers(text: &[u8], pid: u32, tid: u32, out: &mut Vec<u8>) {
    each_number(text, out, &mut |digits, before, out| {
        let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse::<u32>().ok());
        match number {
            // Small ones are too often something else.
            Some(n) if n >= 100 && n == pid => out.extend_from_slice(b"PID"),
            Some(n) if n >= 100 && n == tid => out.extend_from_slice(b"TID"),
            _ if before.ends_with(b"pid:") => out.push(b'N'),
            _ => out.extend_from_slice(digits),
        }
    });
}

fn all_numbers(text: &[u8], out: &mut Vec<u8>) {
    each_number(text, out, &mut |_, _, out| out.push(b'N'));
}

/// `[127.0.0.1:45012->127.0.0.1:80]`
fn ports(text: &[u8], out: &mut Vec<u8>) {
    each_number(text, out, &mut |digits, before, out| {
        let chosen = |d: &str| d.parse::<u32>().is_ok_and(|n| (CHOSEN_PORTS..=65_535).contains(&n));
        let is_port = before.ends_with(b":") && std::str::from_utf8(digits).is_ok_and(chosen);
        // A socket without an address has its inode there.
        let is_inode = before.ends_with(b"[") && text.iter().all(|b| !matches!(b, b'.' | b':'));
        if is_port || is_inode { out.push(b'N') } else { out.extend_from_slice(digits) }
    });
}

/// Takes the digits, what is before them, and where they go.
type Number<'a> = dyn FnMut(&[u8], &[u8], &mut Vec<u8>) + 'a;

/// Copies a text, and hands over its numbers with what is before them. Hexadecimal addresses become `0xN`.
fn each_number(text: &[u8], out: &mut Vec<u8>, number: &mut Number<'_>) {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some(hex) = rest.strip_prefix(b"0x") {
            let digits = hex.iter().take_while(|b| b.is_ascii_hexdigit()).count();
            if digits >= MADE_UP {
                out.extend_from_slice(b"0xN");
                at += 2 + digits;
                continue;
            }
        }
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            out.push(rest[0]);
            at += 1;
        } else {
            number(&rest[..digits], &text[..at], out);
            at += digits;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        let mut out = Vec::new();
        normalise(name.as_bytes(), 4711, 4712, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected, "{name}");
    }

    #[test]
    fn what_is_new_each_time_is_replaced() {
        check("/proc/815/status", "/proc/PID/status");
        check("/proc/815/task/816/comm", "/proc/PID/task/TID/comm");
        check("/var/run/server.4711.sock", "/var/run/server.PID.sock");
        check("/var/run/worker-4712", "/var/run/worker-TID");
        check("/tmp/ccAbC123.s", "/tmp/ccXXXXXX.s");
        check("/tmp/ccabcdef.o", "/tmp/ccXXXXXX.o");
        check("/tmp/tmp.kOFmzKmYSl/file", "/tmp/tmp.XXXXXX/file");
        check("/tmp/.tmpX7aQ1b/r", "/tmp/.tmpXXXXXX/r");
        check("/tmp/tmpab12cdyx", "/tmp/tmpXXXXXX");
        check("/srv/x/.git/objects/ab/tmp_obj_a7Kd3Q", "/srv/x/.git/objects/ab/tmp_obj_XXXXXX");
        check("pipe:[81234]", "pipe:[N]");
        check("socket:[99]", "socket:[N]");
        check("TCP:[127.0.0.1:45012->127.0.0.1:80]", "TCP:[127.0.0.1:N->127.0.0.1:80]");
        check("TCPv6:[[::1]:45012->[::1]:443]", "TCPv6:[[::1]:N->[::1]:443]");
        check("TCP:[815]", "TCP:[N]");
        check("UNIX-STREAM:[12->13,\"/run/4711/x\"]", "UNIX-STREAM:[N->N,\"/run/PID/x\"]");
        check("NETLINK:[ROUTE:99]", "NETLINK:[ROUTE:N]");
        check("pid:123", "pid:N");
        check("heap at 0x55d0c8a7e2a0", "heap at 0xN");
    }

    #[test]
    fn what_stays_the_same_is_kept() {
        for name in [
            "/usr/lib/x86_64-linux-gnu/libc.so.6",
            "/usr/share/locale/ISO8859-1/x",
            "/etc/passwd",
            "/proc/self/fd/5",
            "/proc/sys/kernel/pid_max",
            "/tmp/build/Makefile",
            "/tmp/output.txt",
            "/tmp/Report12.txt",
            "/dev/pts/3",
            "anon_inode:[eventpoll]",
            "0x1000",
            "TCP:[0.0.0.0:8080]",
            "",
        ] {
            check(name, name);
        }
        let mut out = Vec::new();
        normalise(b"/\xff;4711\n", 4711, 1, &mut out);
        assert_eq!(out, b"/\xff;PID\n");
    }
}
