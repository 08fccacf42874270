//! Sockets and pipes.

use crate::prelude::*;
use crate::socket_bytes::pair;

const STREAM: i32 = libc::SOCK_STREAM;

pub(crate) fn socket(w: &mut Workload) -> Done {
    w.begin();
    let s = sys!(socket, libc::AF_UNIX, STREAM | libc::SOCK_CLOEXEC, 0);
    let ino = aside(|| inode(i32::try_from(s).unwrap_or(-1)))?;
    let name = format!("UNIX-STREAM:[{ino}]");
    let s = w
        .ok("socket", s)?
        .opened(&name)
        .family("Network")
        .args_have("AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0")
        .value();
    ok!(w, close(s))?.on(s, &name);
    let raw = sys!(socket, libc::AF_NETLINK, libc::SOCK_RAW, 0);
    w.ok("socket", raw)?.fd_opened().file_has("NETLINK:[").args_have("AF_NETLINK, SOCK_RAW, NETLINK_ROUTE");
    fails!(w, EAFNOSUPPORT, socket(1000, STREAM, 0))?;
    w.end();
    Ok(())
}

pub(crate) fn socketpair(w: &mut Workload) -> Done {
    let mut made = [0_i32; 2];
    w.begin();
    let r = sys!(socketpair, libc::AF_UNIX, STREAM, 0, &mut made);
    let (a, b) = aside(|| Ok::<_, StepError>((inode(made[0])?, inode(made[1])?)))?;
    let (name, peer) = (format!("UNIX-STREAM:[{a}->{b}]"), format!("UNIX-STREAM:[{b}->{a}]"));
    w.ok("socketpair", r)?.on(made[0], &name).and(made[1], &peer).family("Network");
    ok!(w, write(made[0], b"x", 1))?.on(made[0], &name).written(1);
    ok!(w, close(made[0]))?.on(made[0], &name);
    ok!(w, close(made[1]))?.fd(made[1]).file_has(&format!("UNIX-STREAM:[{b}"));
    fails!(w, EOPNOTSUPP, socketpair(libc::AF_INET, STREAM, 0, &mut made))?;
    w.end();
    Ok(())
}

/// `struct sockaddr_in`: AF_INET, port 0, 127.0.0.1.
const LOOPBACK: [u8; 16] = [2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];

fn port(address: &[u8; 16]) -> u16 {
    u16::from_be_bytes([address[2], address[3]])
}

pub(crate) fn tcp(w: &mut Workload) -> Done {
    let (mut bound, mut len) = ([0_u8; 16], [16_i32]);
    w.begin();
    let server = ok!(w, socket(libc::AF_INET, STREAM, 0))?
        .fd_opened()
        .file_has("TCP:[")
        .args_have("AF_INET, SOCK_STREAM, IPPROTO_IP")
        .value();
    ok!(w, bind(server, &LOOPBACK, 16))?.fd(server).file_has("TCP:[").args_have("inet_addr(\"127.0.0.1\")");
    let named = sys!(getsockname, server, &mut bound, &mut len);
    let here = port(&bound);
    let listening = format!("TCP:[127.0.0.1:{here}]");
    w.ok("getsockname", named)?.on(server, &listening).args_have(&format!("htons({here})"));
    ok!(w, listen(server, 4))?.on(server, &listening).args_have(", 4");
    let connect = |w: &mut Workload| -> Result<i32, StepError> {
        let client = ok!(w, socket(libc::AF_INET, STREAM, libc::IPPROTO_TCP))?
            .fd_opened()
            .file_has("TCP:[")
            .args_have("IPPROTO_TCP")
            .value();
        let r = sys!(connect, client, &bound, 16);
        if r == -i64::from(libc::ENETUNREACH) {
            return not_applicable("the loopback interface is down");
        }
        w.ok("connect", r)?.fd(client).file_has("TCP:[").args_have(&format!("htons({here})"));
        Ok(client)
    };
    let (first, second) = (connect(w)?, connect(w)?);
    let mut peer = [0_u8; 16];
    let r = sys!(accept4, server, &mut peer, &mut len, libc::SOCK_CLOEXEC);
    let from = port(&peer);
    let there = format!("TCP:[127.0.0.1:{from}->127.0.0.1:{here}]");
    let back = format!("TCP:[127.0.0.1:{here}->127.0.0.1:{from}]");
    let a = w.ok("accept4", r)?.on(server, &listening).and_opened(&back).args_have("SOCK_CLOEXEC").value();
    let r = sys!(accept, server, &mut peer, &mut len);
    let also = format!("TCP:[127.0.0.1:{here}->127.0.0.1:{}]", port(&peer));
    let b = w.ok("accept", r)?.on(server, &listening).and_opened(&also).value();
    ok!(w, write(first, b"hello", 5))?.on(first, &there).written(5);
    ok!(w, read(a, &mut peer, 16))?.on(a, &back).read(5);
    ok!(w, shutdown(b, libc::SHUT_WR))?.on(b, &also).args_have("SHUT_WR");
    ok!(w, read(second, &mut peer, 16))?.fd(second).file_has("TCP:[127.0.0.1:").read(0);
    fails!(w, EBADF, accept(NO_FD, 0, 0))?.fd(NO_FD);
    fails!(w, ENOTSOCK, listen(0, 4))?.fd(0).any_file();
    w.end();
    Ok(())
}

/// The same by a name in the file system, and one without a file.
pub(crate) fn unix_names(w: &mut Workload) -> Done {
    let path = w.path("s");
    let text = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    if text.len() > 100 {
        return not_applicable("the directory's name is too long for a socket's");
    }
    let mut address = [0_u8; 110];
    address[0] = 1;
    address[2..2 + text.len()].copy_from_slice(text);
    let missing = *b"\x01\0/nowhere/at all\0";
    w.begin();
    let server = ok!(w, socket(libc::AF_UNIX, STREAM, 0))?.fd_opened().file_has("UNIX-STREAM:[").value();
    ok!(w, bind(server, &address, 110))?
        .fd(server)
        .file_has("UNIX-STREAM:[")
        .args_have(&format!("sun_path=\"{}\"", path.display()));
    ok!(w, listen(server, 1))?.fd(server).file_has(&path.display().to_string());
    let client = ok!(w, socket(libc::AF_UNIX, STREAM, 0))?.fd_opened().file_has("UNIX-STREAM:[").value();
    ok!(w, connect(client, &address, 110))?.fd(client).file_has("UNIX-STREAM:[");
    let r = sys!(accept4, server, 0, 0, 0);
    w.ok("accept4", r)?
        .fd(server)
        .file_has(&path.display().to_string())
        .fd2_opened()
        .file2_has("UNIX-STREAM:[");
    fails!(w, ENOENT, connect(server, &missing, 18))?.fd(server).any_file().args_have("/nowhere/at all");
    w.end();
    Ok(())
}

pub(crate) fn introspection(w: &mut Workload) -> Done {
    let ([a, _], [name, _]) = pair(STREAM)?;
    let (mut address, mut len, mut value) = ([0_u8; 16], [16_i32], [4096_i32]);
    let mut size = [4_i32];
    w.begin();
    ok!(w, getsockname(a, &mut address, &mut len))?.on(a, &name).args_have("AF_UNIX");
    len[0] = 16;
    ok!(w, getpeername(a, &mut address, &mut len))?.on(a, &name).args_have("AF_UNIX");
    ok!(w, setsockopt(a, libc::SOL_SOCKET, libc::SO_RCVBUF, &value, 4))?
        .on(a, &name)
        .args_have("SOL_SOCKET, SO_RCVBUF, [4096], 4");
    ok!(w, getsockopt(a, libc::SOL_SOCKET, libc::SO_RCVBUF, &mut value, &mut size))?
        .on(a, &name)
        .args_have("SOL_SOCKET, SO_RCVBUF");
    fails!(w, EBADF, getpeername(NO_FD, &mut address, &mut len))?.fd(NO_FD);
    fails!(w, ENOPROTOOPT, getsockopt(a, libc::SOL_SOCKET, 9999, &mut value, &mut size))?.on(a, &name);
    w.end();
    Ok(())
}

pub(crate) fn pipe(w: &mut Workload) -> Done {
    let (mut ends, mut flagged, mut buf) = ([0_i32; 2], [0_i32; 2], [0_u8; 1]);
    w.begin();
    let r = sys!(pipe, &mut ends);
    let name = aside(|| pipe_name(ends[0]))?;
    w.ok("pipe", r)?.on(ends[0], &name).and(ends[1], &name).family("IPC");
    let r = sys!(pipe2, &mut flagged, libc::O_CLOEXEC | libc::O_NONBLOCK);
    let second = aside(|| pipe_name(flagged[0]))?;
    w.ok("pipe2", r)?.on(flagged[0], &second).and(flagged[1], &second).args_have("O_NONBLOCK|O_CLOEXEC");
    ok!(w, write(ends[1], b"x", 1))?.on(ends[1], &name).written(1);
    ok!(w, read(ends[0], &mut buf, 1))?.on(ends[0], &name).read(1);
    fails!(w, EAGAIN, read(flagged[0], &mut buf, 1))?.on(flagged[0], &second);
    for f in flagged {
        ok!(w, close(f))?.on(f, &second);
    }
    fails!(w, EINVAL, pipe2(&mut flagged, 0xbad))?;
    w.end();
    Ok(())
}

/// A descriptor that came over a socket is named at its first use.
pub(crate) fn scm_rights(w: &mut Workload) -> Done {
    let (path, f) = w.open("sent", "text")?;
    let ([a, b], [name, peer]) = pair(STREAM)?;
    let byte = *b"x";
    let iov = [at(&byte), 1];
    // struct cmsghdr: length 20, SOL_SOCKET, SCM_RIGHTS, then the descriptor
    let control = |f: i32| [20_u64, 1 | 1 << 32, u64::from(f.unsigned_abs())];
    let header = |control: &mut [u64; 3], room| [0, 0, at(&iov), 1, at(control), room, 0];
    w.begin();
    for flags in [0, libc::MSG_CMSG_CLOEXEC] {
        ok!(w, sendmsg(a, &header(&mut control(f), 24), 0))?.on(a, &name).written(1);
        let mut answer = control(-1);
        ok!(w, recvmsg(b, &mut header(&mut answer, 24), flags))?.on(b, &peer).read(1);
        let received = i32::try_from(answer[2] & 0xffff_ffff).unwrap_or(-1);
        ok!(w, write(received, b"y", 1))?.on(received, &path).written(1);
        ok!(w, fcntl(received, libc::F_GETFD))?.on(received, &path).ret_is((flags != 0).into());
    }
    // No room for it: it never gets a number.
    ok!(w, sendmsg(a, &header(&mut control(f), 24), 0))?.on(a, &name).written(1);
    ok!(w, recvmsg(b, &mut header(&mut control(-1), 16), 0))?.on(b, &peer).read(1);
    w.end();
    Ok(())
}
