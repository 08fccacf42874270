//! Pipes and sockets.

use crate::sys::sys;
use crate::workload::{StepError, Workload, check_ok, fd};

/// The inode of an open descriptor, from struct stat.
fn inode(f: i32) -> Result<u64, StepError> {
    let mut stat = [0_u64; 18];
    check_ok("fstat", sys!(fstat, f, &mut stat[..]))?;
    Ok(stat[1])
}

pub(crate) fn pipe(w: &mut Workload) -> Result<(), StepError> {
    let mut ends = [0_i32; 2];
    let mut flagged = [0_i32; 2];
    let mut buf = [0_u8; 1];
    w.begin();
    let made = sys!(pipe, &mut ends[..]);
    let made2 = sys!(pipe2, &mut flagged[..], libc::O_CLOEXEC | libc::O_NONBLOCK);
    let wrote = sys!(write, ends[1], &b"x"[..], 1);
    let got = sys!(read, ends[0], &mut buf[..], 1);
    let empty = sys!(read, flagged[0], &mut buf[..], 1);
    w.end();
    let name = format!("pipe:[{}]", inode(ends[0])?);
    let name2 = format!("pipe:[{}]", inode(flagged[0])?);
    w.ok("pipe", made)?.fd(ends[0]).file(&name).fd2(ends[1]).file2(&name);
    w.ok("pipe2", made2)?.fd(flagged[0]).file(&name2).fd2(flagged[1]).args_have("O_NONBLOCK|O_CLOEXEC");
    w.ok("write", wrote)?.fd(ends[1]).file(&name).written(1);
    w.ok("read", got)?.fd(ends[0]).file(&name).read(1);
    w.fails("read", empty, libc::EAGAIN)?.fd(flagged[0]).file(&name2).no_bytes();
    Ok(())
}

pub(crate) fn socketpair(w: &mut Workload) -> Result<(), StepError> {
    let mut pair = [0_i32; 2];
    let mut buf = [0_u8; 32];
    w.begin();
    let made = sys!(socketpair, libc::AF_UNIX, libc::SOCK_STREAM, 0, &mut pair[..]);
    let sent = sys!(sendto, pair[0], &b"eighteen bytes sent"[..], 18, 0, 0, 0);
    let peeked = sys!(recvfrom, pair[1], &mut buf[..], 32, libc::MSG_PEEK, 0, 0);
    let got = sys!(recvfrom, pair[1], &mut buf[..], 32, 0, 0, 0);
    w.end();
    let (a, b) = (inode(pair[0])?, inode(pair[1])?);
    let (name, peer) = (format!("UNIX-STREAM:[{a}->{b}]"), format!("UNIX-STREAM:[{b}->{a}]"));
    w.ok("socketpair", made)?.fd(pair[0]).file(&name).fd2(pair[1]).file2(&peer).family("Network");
    w.ok("sendto", sent)?.fd(pair[0]).file(&name).written(18);
    w.ok("recvfrom", peeked)?.fd(pair[1]).file(&peer).read(0);
    w.ok("recvfrom", got)?.fd(pair[1]).file(&peer).read(18);
    Ok(())
}

pub(crate) fn tcp(w: &mut Workload) -> Result<(), StepError> {
    // struct sockaddr_in: AF_INET, port 0, 127.0.0.1
    let any = [2_u8, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut bound = [0_u8; 16];
    let mut len = [16_i32];
    let stream = libc::SOCK_STREAM;
    w.begin();
    let server = sys!(socket, libc::AF_INET, stream, 0);
    w.ok("socket", server)?.fd(fd(server)).file_has("TCP:[").args_have("AF_INET, SOCK_STREAM, IPPROTO_IP");
    let r = sys!(bind, server, &any[..], 16);
    w.ok("bind", r)?.fd(fd(server)).args_have("inet_addr(\"127.0.0.1\")");
    let r = sys!(getsockname, server, &mut bound[..], &mut len[..]);
    let port = u16::from_be_bytes([bound[2], bound[3]]);
    let listening = format!("TCP:[127.0.0.1:{port}]");
    w.ok("getsockname", r)?.fd(fd(server)).file(&listening).args_have(&format!("htons({port})"));
    let r = sys!(listen, server, 4);
    w.ok("listen", r)?.file(&listening);
    let client = sys!(socket, libc::AF_INET, stream | libc::SOCK_CLOEXEC, libc::IPPROTO_TCP);
    w.ok("socket", client)?.fd(fd(client)).args_have("SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP");
    let r = sys!(connect, client, &bound[..], 16);
    if r == -i64::from(libc::ENETUNREACH) {
        return Err(StepError::NotApplicable("the loopback interface is down".into()));
    }
    w.ok("connect", r)?.fd(fd(client));
    len[0] = 16;
    let accepted = sys!(accept4, server, &mut bound[..], &mut len[..], 0);
    let from = u16::from_be_bytes([bound[2], bound[3]]);
    let there = format!("TCP:[127.0.0.1:{from}->127.0.0.1:{port}]");
    let back = format!("TCP:[127.0.0.1:{port}->127.0.0.1:{from}]");
    w.ok("accept4", accepted)?.fd(fd(server)).file(&listening).fd2(fd(accepted)).file2(&back);
    let r = sys!(write, client, &b"hello"[..], 5);
    w.ok("write", r)?.fd(fd(client)).file(&there).written(5);
    let r = sys!(read, accepted, &mut bound[..], 16);
    w.ok("read", r)?.fd(fd(accepted)).file(&back).read(5);
    w.end();
    Ok(())
}
