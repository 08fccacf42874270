//! Bytes of sockets and queues, where the result does not say how many moved.

use crate::prelude::*;

pub(crate) const DGRAM: i32 = libc::SOCK_DGRAM;

/// Two connected sockets and their names.
pub(crate) fn pair(kind: i32) -> Result<([i32; 2], [String; 2]), StepError> {
    let mut pair = [0_i32; 2];
    need!(socketpair(libc::AF_UNIX, kind, 0, &mut pair))?;
    let (a, b) = (inode(pair[0])?, inode(pair[1])?);
    let kind = if kind & 0xf == DGRAM { "UNIX" } else { "UNIX-STREAM" };
    Ok((pair, [format!("{kind}:[{a}->{b}]"), format!("{kind}:[{b}->{a}]")]))
}

/// `struct msghdr` with these iovecs, and nothing else.
pub(crate) fn message(iov: &[u64]) -> [u64; 7] {
    [0, 0, at(iov), iov.len() as u64 / 2, 0, 0, 0]
}

pub(crate) fn socket(w: &mut Workload) -> Done {
    let ([a, b], [name, peer]) = pair(libc::SOCK_STREAM)?;
    let (text, mut buf) = (*b"eighteen bytes sent", [0_u8; 32]);
    let (out, into) = ([at(&text), 18], [at(&mut buf), 32]);
    let (send, mut receive) = (message(&out), message(&into));
    w.begin();
    ok!(w, sendto(a, &text, 18, 0, 0, 0))?.on(a, &name).written(18).args_have("\"eighteen bytes sen\", 18");
    ok!(w, recvfrom(b, &mut buf, 32, 0, 0, 0))?.on(b, &peer).read(18);
    ok!(w, sendmsg(a, &send, 0))?.on(a, &name).written(18);
    ok!(w, recvmsg(b, &mut receive, 0))?.on(b, &peer).read(18);
    fails!(w, EAGAIN, recvfrom(b, &mut buf, 32, libc::MSG_DONTWAIT, 0, 0))?.on(b, &peer);
    fails!(w, EBADF, sendmsg(NO_FD, &send, 0))?.fd(NO_FD);
    w.end();
    Ok(())
}

/// The result counts messages, not bytes.
pub(crate) fn many_messages(w: &mut Workload) -> Done {
    let ([a, b], [name, peer]) = pair(DGRAM)?;
    let (text, mut one, mut two) = (*b"five+eight...", [0_u8; 16], [0_u8; 16]);
    let (first, second) = ([at(&text), 5], [at(&text) + 5, 8]);
    let (into, tight, other) = ([at(&mut one), 16], [at(&mut one), 3], [at(&mut two), 16]);
    // struct mmsghdr: a message and how much of it moved
    let both = |x: &[u64; 2], y: &[u64; 2]| {
        let mut out = [0_u64; 16];
        out[..7].copy_from_slice(&message(x));
        out[8..15].copy_from_slice(&message(y));
        out
    };
    let (mut send, mut receive, mut cut) = (both(&first, &second), both(&into, &other), both(&tight, &other));
    w.begin();
    ok!(w, sendmmsg(a, &mut send, 2, 0))?.on(a, &name).written(13);
    ok!(w, recvmmsg(b, &mut receive, 2, 0, 0))?.on(b, &peer).read(13);
    fails!(w, EAGAIN, recvmmsg(b, &mut receive, 2, libc::MSG_DONTWAIT, 0))?.on(b, &peer);
    // What is only looked at has not moved, and what there was no room for has not arrived.
    ok!(w, sendmmsg(a, &mut send, 2, 0))?.on(a, &name).written(13);
    ok!(w, recvmmsg(b, &mut receive, 1, libc::MSG_PEEK, 0))?.on(b, &peer).read(0);
    ok!(w, recvmmsg(b, &mut cut, 2, libc::MSG_TRUNC, 0))?.on(b, &peer).read(3 + 8);
    w.end();
    Ok(())
}

/// Sending returns 0: the length is an argument.
pub(crate) fn queues(w: &mut Workload) -> Done {
    let (name, mqd) = open_queue(w)?;
    let queue = check_ok("msgget", have("msgget", sys!(msgget, libc::IPC_PRIVATE, 0o600))?)?;
    let mut buf = [0_u8; 64];
    let message = [1_u64, u64::from_le_bytes(*b"ten bytes"[..8].first_chunk().unwrap_or(&[0; 8])), 0];
    let mut received = [0_u64; 8];
    w.begin();
    ok!(w, mq_timedsend(mqd, b"seven b", 7, 3, 0))?.on(mqd, &name).written(7);
    ok!(w, mq_timedreceive(mqd, &mut buf, 64, 0, 0))?.on(mqd, &name).read(7);
    fails!(w, EMSGSIZE, mq_timedreceive(mqd, &mut buf, 8, 0, 0))?.on(mqd, &name);
    fails!(w, EMSGSIZE, mq_timedsend(mqd, &buf, 65, 0, 0))?.on(mqd, &name);
    ok!(w, msgsnd(queue, &message, 10, 0))?.written(10);
    ok!(w, msgrcv(queue, &mut received, 56, 0, 0))?.read(10);
    fails!(w, ENOMSG, msgrcv(queue, &mut received, 56, 0, libc::IPC_NOWAIT))?;
    w.end();
    need!(msgctl(queue, libc::IPC_RMID, 0))?;
    Ok(())
}

/// A POSIX queue of 64-byte messages with a name of its own: as rows show it, and its descriptor.
pub(crate) fn open_queue(w: &Workload) -> Result<(String, i32), StepError> {
    let name = format!("syscope-{}", w.pid());
    let text = std::ffi::CString::new(name.as_str()).unwrap_or_default();
    let attr = [0_i64, 4, 64, 0, 0, 0, 0, 0];
    let mqd = have("mq_open", sys!(mq_open, &text, RDWR_CREAT | libc::O_EXCL, 0o600, &attr))?;
    need!(mq_unlink(&text))?;
    Ok((format!("/{name}"), i32::try_from(mqd).unwrap_or(-1)))
}

/// What is only looked at has not moved.
pub(crate) fn peek(w: &mut Workload) -> Done {
    let ([a, b], [name, peer]) = pair(DGRAM)?;
    let (text, mut buf) = ([b'x'; 100], [0_u8; 128]);
    let into = [at(&mut buf), 128];
    let mut receive = message(&into);
    w.begin();
    ok!(w, sendto(a, &text, 100, 0, 0, 0))?.on(a, &name).written(100);
    ok!(w, recvfrom(b, &mut buf, 128, libc::MSG_PEEK, 0, 0))?.on(b, &peer).read(0);
    ok!(w, recvmsg(b, &mut receive, libc::MSG_PEEK))?.on(b, &peer).read(0);
    ok!(w, recvfrom(b, &mut buf, 128, 0, 0, 0))?.on(b, &peer).read(100);
    w.end();
    Ok(())
}

/// With MSG_TRUNC the result is the datagram's length, whatever was stored.
pub(crate) fn truncated(w: &mut Workload) -> Done {
    let ([a, b], [name, peer]) = pair(DGRAM)?;
    let (text, mut buf) = ([b'x'; 300], [0_u8; 10]);
    w.begin();
    ok!(w, sendto(a, &text, 300, 0, 0, 0))?.on(a, &name).written(300);
    ok!(w, recvfrom(b, &mut buf, 10, libc::MSG_TRUNC, 0, 0))?.on(b, &peer).read(10);
    ok!(w, sendto(a, &text, 300, 0, 0, 0))?.on(a, &name).written(300);
    ok!(w, recvfrom(b, &mut buf, 10, 0, 0, 0))?.on(b, &peer).read(10);
    w.end();
    Ok(())
}

/// How programs ask for the size of a netlink message: no room, PEEK and TRUNC. Then they read it.
pub(crate) fn probe(w: &mut Workload) -> Done {
    let ([a, b], [name, peer]) = pair(DGRAM)?;
    let (text, mut buf) = ([b'x'; 200], [0_u8; 256]);
    let (none, all) = ([at(&mut buf), 0], [at(&mut buf), 256]);
    let (mut probe, mut receive) = (message(&none), message(&all));
    w.begin();
    ok!(w, sendto(a, &text, 200, 0, 0, 0))?.on(a, &name).written(200);
    ok!(w, recvmsg(b, &mut probe, libc::MSG_PEEK | libc::MSG_TRUNC))?.on(b, &peer).read(0);
    ok!(w, recvmsg(b, &mut receive, 0))?.on(b, &peer).read(200);
    w.end();
    Ok(())
}

pub(crate) fn message_truncated(w: &mut Workload) -> Done {
    let ([a, b], [name, peer]) = pair(DGRAM)?;
    let (text, mut one, mut two, mut many) = ([b'x'; 400], [0_u8; 25], [0_u8; 15], [0_u8; 100]);
    let into = [at(&mut one), 25, at(&mut two), 15];
    let mut receive = message(&into);
    let single: Vec<u64> = (0..100).flat_map(|i| [at(&mut many) + i, 1]).collect();
    let mut spread = message(&single);
    w.begin();
    ok!(w, sendto(a, &text, 400, 0, 0, 0))?.on(a, &name).written(400);
    let r = sys!(recvmsg, b, &mut receive, libc::MSG_TRUNC);
    w.ok("recvmsg", r)?.on(b, &peer).read(40);
    // More buffers than are copied: what they hold together is not known, unless the message ends before.
    ok!(w, sendto(a, &text, 400, 0, 0, 0))?.on(a, &name).written(400);
    let r = sys!(recvmsg, b, &mut spread, libc::MSG_TRUNC);
    w.ok("recvmsg", r)?.on(b, &peer).ret_is(400);
    ok!(w, sendto(a, &text, 50, 0, 0, 0))?.on(a, &name).written(50);
    ok!(w, recvmsg(b, &mut spread, libc::MSG_TRUNC))?.on(b, &peer).read(50);
    w.end();
    Ok(())
}
