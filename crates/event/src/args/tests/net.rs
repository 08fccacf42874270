//! Sockets and their addresses.

use super::*;

const V4: &[u8] = b"\x02\0\x1f\x90\x7f\0\0\x01\0\0\0\0\0\0\0\0";

#[test]
fn sockets() {
    check(
        call("socket", &[2, 0o2000001, 0]).ret(3),
        "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3",
    );
    check(call("socket", &[1, 2, 0]).ret(3), "socket(AF_UNIX, SOCK_DGRAM, 0) = 3");
    check(call("socket", &[16, 3, 0]).ret(3), "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3");
    check(
        call("socketpair", &[1, 1, 0, PTR]).cap(3, &ints([3, 4])),
        "socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0",
    );
    check(call("shutdown", &[3, 1]), "shutdown(3, SHUT_WR) = 0");
    check(call("listen", &[3, 5]), "listen(3, 5) = 0");
}

/// The arrow is ours; a path in it is somebody else's.
#[test]
fn names_of_sockets() {
    let style = Style { names: Names::DEFAULT, ..Style::default() };
    let check = |call: Call, expected: &str| assert_eq!(call.text(&style), expected);
    let words = |words: [u16; 6]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let named = |head: [u16; 6], rest: &[u8], path: &[u8]| {
        let mut sock = words(head);
        sock.extend_from_slice(rest);
        sock.resize(wire::Sock::SIZE, 0);
        sock.extend_from_slice(path);
        call("close", &[3]).names_kind(0, file_kind::SOCKET, &sock)
    };
    let mut addresses = vec![0; 12];
    addresses.extend_from_slice(&[127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1]);
    check(named([2, 1, 6, 1, 80, 4242], &addresses, b""), "close(3<TCP:[127.0.0.1:80->127.0.0.1:4242]>) = 0");
    let peer = [0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    check(
        named([1, 1, 0, 1, 0, 0], &peer, b"/run/a\n\"]>"),
        r#"close(3<UNIX-STREAM:[5->9,"/run/a\n\"]>"]>) = 0"#,
    );
    check(named([1, 2, 0, 1, 0, 0], &[0; 12], b"\0x"), r#"close(3<UNIX:[5,@"x"]>) = 0"#);
    check(named([1, 1, 0, 1, 0, 0], &[0; 12], b""), "close(3<UNIX-STREAM:[5]>) = 0");
    let netlink = |protocol, port| named([16, 3, protocol, 0, 0, 0], &u32::to_le_bytes(port), b"");
    check(netlink(0, 7), "close(3<NETLINK:[ROUTE:7]>) = 0");
    check(netlink(0, 0), "close(3<NETLINK:[5]>) = 0");
    check(netlink(99, 7), "close(3<NETLINK:[99]>) = 0");
    check(named([2, 2, 17, 7, 80, 0], &[0; 12], b""), "close(3<UDP:[0.0.0.0:80]>) = 0");
    check(named([17, 3, 0, 7, 0, 0], &[0; 12], b""), "close(3<socket:[5]>) = 0");
}

#[test]
fn addresses() {
    let bind = |data: &[u8]| call("bind", &[3, PTR, data.len() as u64]).cap(1, data);
    check(
        bind(V4),
        r#"bind(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = 0"#,
    );
    let mut v6 = b"\x0a\0\0\x50\0\0\0\x01".to_vec();
    v6.extend_from_slice(&[0; 15]);
    v6.extend_from_slice(&[1, 2, 0, 0, 0]);
    check(
        bind(&v6),
        "bind(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(1), \
         inet_pton(AF_INET6, \"::1\", &sin6_addr), sin6_scope_id=2}, 28) = 0",
    );
    check(bind(b"\x01\0/run/s\0junk"), r#"bind(3, {sa_family=AF_UNIX, sun_path="/run/s"}, 13) = 0"#);
    check(bind(b"\x01\0\0name"), r#"bind(3, {sa_family=AF_UNIX, sun_path=@"name"}, 7) = 0"#);
    check(bind(b"\x01\0"), "bind(3, {sa_family=AF_UNIX}, 2) = 0");
    check(
        bind(b"\x10\0\xf7\xf7\x05\0\0\0\x01\0\0\0"),
        "bind(3, {sa_family=AF_NETLINK, nl_pad=0xf7f7, nl_pid=5, nl_groups=0x000001}, 12) = 0",
    );
    check(bind(b"\x02\0\x1f"), r#"bind(3, {sa_family=AF_INET, sa_data="\37"}, 3) = 0"#);
    check(bind(b"\x02"), "bind(3, 0x7f0000001000, 1) = 0");
    check(
        call("connect", &[3, 0x10, 16]).fault(1).ret(-14),
        "connect(3, 0x10 /* unreadable */, 16) = -1 EFAULT (Bad address)",
    );
}

#[test]
fn stored_addresses() {
    let accept = call("accept4", &[3, PTR, PTR, 0o2000000]).cap(1, V4).ret(4);
    check(
        accept.clone().cap(2, &ints([16])),
        r#"accept4(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, [16], SOCK_CLOEXEC) = 4"#,
    );
    check(
        accept.entry(2, &ints([128])).cap(2, &ints([16])),
        r#"accept4(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, [128 => 16], SOCK_CLOEXEC) = 4"#,
    );
    check(call("accept", &[3, 0, 0]).ret(4), "accept(3, NULL, NULL) = 4");
    check(call("accept", &[3, 0, 0]).unfinished(), "accept(3, ) = ?");
    check(
        call("getpeername", &[3, PTR, PTR]).entry(2, &ints([16])).ret(-107),
        "getpeername(3, 0x7f0000001000, [16]) = -1 ENOTCONN (Transport endpoint is not connected)",
    );
    check(
        call("getpeername", &[3, PTR, PTR]).ret(-107),
        "getpeername(3, 0x7f0000001000, 0x7f0000001000) = -1 ENOTCONN (Transport endpoint is not connected)",
    );
    check(
        call("sendto", &[3, PTR, 1, 0x4000, PTR, 16]).cap(1, b"x").cap(4, V4).ret(1),
        r#"sendto(3, "x", 1, MSG_NOSIGNAL, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = 1"#,
    );
    check(
        call("recvfrom", &[3, PTR, 9, 0, 0, 0]).cap(1, b"x").ret(1),
        r#"recvfrom(3, "x", 9, 0, NULL, NULL) = 1"#,
    );
}

#[test]
fn options() {
    check(
        call("setsockopt", &[3, 1, 2, PTR, 4]).cap(3, &ints([1])),
        "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
    );
    check(
        call("setsockopt", &[3, 6, 1, PTR, 4]).cap(3, &ints([1])),
        "setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0",
    );
    check(
        call("setsockopt", &[3, 1, 13, PTR, 8]).cap(3, &ints([1, 5])),
        "setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0",
    );
    check(
        call("setsockopt", &[3, 1, 20, PTR, 16]).cap(3, &words([1, 0])),
        r#"setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) = 0"#,
    );
    check(
        call("getsockopt", &[3, 1, 4, PTR, PTR]).cap(3, &ints([111])).cap(4, &ints([4])),
        "getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0",
    );
    check(
        call("getsockopt", &[3, 1, 13, PTR, PTR]).cap(3, &ints([1, 5])).cap(4, &ints([8])),
        "getsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, [8]) = 0",
    );
}

/// Heads, and what is short of the bodies; what was not copied is dots.
#[test]
fn netlink() {
    let socket = |call: Call| {
        let mut sock = [16_u16, 3, 0, 0, 0, 0].map(u16::to_le_bytes).concat();
        sock.resize(wire::Sock::SIZE, 0);
        call.names_kind(0, file_kind::SOCKET, &sock)
    };
    let style = Style { names: Names::OFF, ..Style::default() };
    let send = |data: &[u8], len: u64, expected: &str| {
        let call = socket(call("sendto", &[3, PTR, len, 0, 0, 0])).cap(1, data).ret(len.cast_signed());
        assert_eq!(call.text(&style), format!("sendto(3, {expected}, {len}, 0, NULL, 0) = {len}"));
    };
    let head = |len: u32, kind: u16, flags: u16| {
        [&len.to_le_bytes()[..], &kind.to_le_bytes(), &flags.to_le_bytes(), &[7, 0, 0, 0, 0, 0, 0, 0]]
            .concat()
    };
    let told = |len: u32, kind: &str, flags: &str| {
        format!("{{nlmsg_len={len}, nlmsg_type={kind}, nlmsg_flags={flags}, nlmsg_seq=7, nlmsg_pid=0}}")
    };
    let asked = "NLM_F_REQUEST|NLM_F_DUMP";
    send(
        &[head(20, 18, 0x301), vec![0; 4]].concat(),
        20,
        &format!("[{}, {{ifi_family=AF_UNSPEC, ...}}]", told(20, "RTM_GETLINK", asked)),
    );
    send(
        &[head(40, 18, 0x301), vec![0; 16]].concat(),
        40,
        &format!(
            "[{}, {{ifi_family=AF_UNSPEC, ifi_type=ARPHRD_NETROM, ifi_index=0, ifi_flags=0, ifi_change=0}}, ...]",
            told(40, "RTM_GETLINK", asked)
        ),
    );
    send(
        &[head(20, 3, 2), vec![0; 4]].concat(),
        20,
        &format!("[{}, 0]", told(20, "NLMSG_DONE", "NLM_F_MULTI")),
    );
    send(
        &[head(36, 2, 0), (-19_i32).to_le_bytes().to_vec(), head(16, 18, 1)].concat(),
        36,
        &format!(
            "[{}, {{error=-ENODEV, msg={}}}]",
            told(36, "NLMSG_ERROR", "0"),
            told(16, "RTM_GETLINK", "NLM_F_REQUEST")
        ),
    );
    // Two messages, the second of which was not copied.
    send(&head(16, 0x7fff, 0), 48, &format!("[{}, ...]", told(16, "0x7fff /* NLMSG_??? */", "0")));
    send(b"short", 5, "\"short\"");
}
