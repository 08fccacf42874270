//! What is known of a socket beyond its number, as strace's `-yy` writes it.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use syscope_syscalls::flags as sets;
use syscope_wire::Sock;

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;
const SOCK_STREAM: u16 = 1;
const SOCK_RAW: u16 = 3;

/// `TCP:[127.0.0.1:80->127.0.0.1:4242]`, `UNIX-STREAM:[12->13,"/run/x"]`, `NETLINK:[ROUTE:99]`; the socket's own number in
/// place of addresses that it does not have (yet). A path stands in quotes, but its bytes are as they are.
pub(crate) fn detail(s: &Sock<'_>, ino: u64) -> Option<Box<[u8]>> {
    let mut out = Vec::new();
    match s.family {
        AF_INET | AF_INET6 => internet(s, ino, &mut out)?,
        AF_UNIX => local(s, ino, &mut out)?,
        AF_NETLINK if s.netlink_portid == 0 => write!(out, "NETLINK:[{ino}]").ok()?,
        AF_NETLINK => match sets::NETLINK.find(u64::from(s.protocol)) {
            Some(name) => {
                let name = name.trim_start_matches("NETLINK_");
                write!(out, "NETLINK:[{name}:{}]", s.netlink_portid).ok()?;
            }
            None => write!(out, "NETLINK:[{}]", s.protocol).ok()?,
        },
        _ => return None,
    }
    Some(out.into())
}

fn internet(s: &Sock<'_>, ino: u64, out: &mut Vec<u8>) -> Option<()> {
    let v6 = s.family == AF_INET6;
    let name = match s.protocol {
        _ if s.sock_type == SOCK_RAW => "RAW",
        6 => "TCP",
        17 => "UDP",
        136 => "UDPLITE",
        132 => "SCTP",
        33 => "DCCP",
        115 => "L2TP/IP",
        262 => "MPTCP",
        1 | 58 => "PING",
        _ => return None,
    };
    let ip = |a: &[u8; 16]| match v6 {
        true => format!("[{}]", Ipv6Addr::from(*a)),
        false => Ipv4Addr::new(a[0], a[1], a[2], a[3]).to_string(),
    };
    write!(out, "{name}{}:[", if v6 { "v6" } else { "" }).ok()?;
    if s.rport != 0 || s.raddr != [0; 16] {
        write!(out, "{}:{}->{}:{}]", ip(&s.laddr), s.lport, ip(&s.raddr), s.rport).ok()
    } else if s.lport != 0 || s.laddr != [0; 16] {
        write!(out, "{}:{}]", ip(&s.laddr), s.lport).ok()
    } else {
        // The kernel spells these otherwise, and strace looks for them only among the addresses.
        let is_odd = matches!(name, "UDPLITE" | "MPTCP");
        write!(out, "{ino}]").ok().filter(|()| !is_odd)
    }
}

/// Two of the three types have one protocol, and its name.
fn local(s: &Sock<'_>, ino: u64, out: &mut Vec<u8>) -> Option<()> {
    write!(out, "{}:[{ino}", if s.sock_type == SOCK_STREAM { "UNIX-STREAM" } else { "UNIX" }).ok()?;
    if s.peer_ino != 0 {
        write!(out, "->{}", s.peer_ino).ok()?;
    }
    if let Some(first) = s.path.first() {
        // An abstract name begins with a NUL.
        let (mark, name): (&[u8], _) = if *first == 0 { (b",@\"", &s.path[1..]) } else { (b",\"", s.path) };
        out.extend_from_slice(mark);
        out.extend_from_slice(name.split(|&b| b == 0).next().unwrap_or_default());
        out.push(b'"');
    }
    out.push(b']');
    Some(())
}
