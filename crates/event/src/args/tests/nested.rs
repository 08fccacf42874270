//! Vectors, messages, lists of descriptors, directory entries, and values kept from entry.

use syscope_wire::cap_part::{CONTROL, DATA, ELEMENT, IOV, NAME};

use super::*;

const BASE: u64 = 0x7f00_0000_2000;

fn iovecs<const N: usize>(lens: [u64; N]) -> Vec<u8> {
    lens.iter().flat_map(|len| words([BASE, *len])).collect()
}

#[test]
fn vectors() {
    let writev = call("writev", &[3, PTR, 2]).cap(1, &iovecs([3, 40]));
    check(
        writev.clone().part(1, DATA, 3, b"abc").part(1, DATA, 40, &[b'x'; 32]).ret(43),
        "writev(3, [{iov_base=\"abc\", iov_len=3}, {iov_base=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"..., iov_len=40}], 2) = 43",
    );
    // Where the room of the record ended, addresses are what is known.
    check(
        writev.part(1, DATA, 3, b"abc").ret(43),
        "writev(3, [{iov_base=\"abc\", iov_len=3}, {iov_base=0x7f0000002000, iov_len=40}], 2) = 43",
    );
    let readv = call("readv", &[3, PTR, 1]).cap(1, &iovecs([8]));
    check(readv.clone().part(1, DATA, 2, b"ab").ret(2), "readv(3, [{iov_base=\"ab\", iov_len=8}], 1) = 2");
    check(
        readv.part(1, DATA, 0, b"").ret(-9),
        "readv(3, [{iov_base=0x7f0000002000, iov_len=8}], 1) = -1 EBADF (Bad file descriptor)",
    );
    check(
        call("preadv", &[3, PTR, 1, 7, 0]).cap(1, &iovecs([1])).part(1, DATA, 1, b"a").ret(1),
        "preadv(3, [{iov_base=\"a\", iov_len=1}], 1, 7) = 1",
    );
    check(
        call("writev", &[3, PTR, 1]).fault(1).ret(-14),
        "writev(3, 0x7f0000001000 /* unreadable */, 1) = -1 EFAULT (Bad address)",
    );
}

fn header(name: u64, namelen: u64, iovlen: u64, control: u64, controllen: u64) -> Vec<u8> {
    words([name, namelen, BASE, iovlen, control, controllen, 0])
}

#[test]
fn messages() {
    let address = [2, 0, 0, 53, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    let rights = [words([24, 1 << 32 | 1]), ints([7, 8])].concat();
    check(
        call("sendmsg", &[3, PTR, 0])
            .cap(1, &header(PTR, 16, 1, PTR, 24))
            .part(1, NAME, 16, &address)
            .part(1, IOV, 16, &iovecs([2]))
            .part(1, DATA, 2, b"hi")
            .part(1, CONTROL, 24, &rights)
            .part_names(1, CONTROL, &["/a", "/b"])
            .ret(2),
        "sendmsg(3, {msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"127.0.0.1\")}, \
         msg_namelen=16, msg_iov=[{iov_base=\"hi\", iov_len=2}], msg_iovlen=1, \
         msg_control=[{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[7</a>, 8</b>]}], \
         msg_controllen=24, msg_flags=0}, 0) = 2",
    );
    let received = call("recvmsg", &[3, PTR, 0])
        .cap(1, &header(PTR, 0, 1, 0, 0))
        .stashed(1, &ints([110]))
        .part(1, IOV, 16, &iovecs([9]))
        .part(1, DATA, 2, b"hi");
    check(
        received.clone().ret(2),
        "recvmsg(3, {msg_name=0x7f0000001000, msg_namelen=110 => 0, msg_iov=[{iov_base=\"hi\", iov_len=9}], \
         msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 2",
    );
    check(received.ret(-11), "recvmsg(3, {msg_namelen=0}, 0) = -1 EAGAIN (Resource temporarily unavailable)");
    let two = call("sendmmsg", &[3, PTR, 2, 0])
        .part(1, ELEMENT, 64, &[header(0, 0, 1, 0, 0), words([2])].concat())
        .part(1, IOV, 16, &iovecs([2]))
        .part(1, DATA, 2, b"hi")
        .part(1, ELEMENT, 64, &[header(0, 0, 0, 0, 0), words([0])].concat())
        .part(1, IOV, 0, b"");
    check(
        two.ret(1),
        "sendmmsg(3, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"hi\", iov_len=2}], \
         msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=2}, {msg_hdr={msg_name=NULL, msg_namelen=0, \
         msg_iov=[], msg_iovlen=0, msg_controllen=0, msg_flags=0}}], 2, 0) = 1",
    );
}

#[test]
fn control_messages_that_lie_about_their_length() {
    for len in [0, 15, 17, 1000, u64::MAX] {
        let text = call("sendmsg", &[3, PTR, 0])
            .cap(1, &header(0, 0, 0, PTR, 24))
            .part(1, IOV, 0, b"")
            .part(1, CONTROL, 24, &[words([len, 1 << 32 | 1]), ints([7, 8])].concat())
            .ret(0)
            .text(&Style::default());
        assert!(text.contains("cmsg_type=SCM_RIGHTS"), "{text}");
    }
}

#[test]
fn watched_descriptors() {
    let polled = [ints([3]), vec![1, 0, 0, 0], ints([-1]), vec![1, 0, 0, 0]].concat();
    let ready = [ints([3]), vec![1, 0, 1, 0], ints([-1]), vec![1, 0, 0, 0]].concat();
    check(
        call("poll", &[PTR, 2, 1000]).entry(0, &polled).watched(0, &["/dev/x", "/"]).cap(0, &ready).ret(1),
        "poll([{fd=3</dev/x>, events=POLLIN}, {fd=-1}], 2, 1000) = 1 ([{fd=3, revents=POLLIN}])",
    );
    check(
        call("select", &[9, PTR, 0, 0, 0])
            .entry(1, &words([1 << 3 | 1 << 8]))
            .watched(1, &["/three", "/eight"])
            .cap(1, &words([1 << 8]))
            .ret(1),
        "select(9, [3</three> 8</eight>], NULL, NULL, NULL) = 1 (in [8])",
    );
}

#[test]
fn directories() {
    let entry = |kind: u8| [words([9, 1]), vec![24, 0, kind], b"ab\0\0\0".to_vec()].concat();
    let mut listed = call("getdents64", &[3, PTR, 4096]).ret(48);
    push_cap(&mut listed.exit, 1, 0, 2, b"");
    check(listed, "getdents64(3, 0x7f0000001000 /* 2 entries */, 4096) = 48");
    let mut whole = call("getdents64", &[3, PTR, 4096]).ret(72);
    push_cap(&mut whole.exit, 1, cap_flags::TRUNC, 3, &[entry(4), entry(8)].concat());
    check_in(
        &Style { verbose: true, names: Names::OFF, ..Style::default() },
        &whole,
        "getdents64(3, [{d_ino=9, d_off=1, d_reclen=24, d_type=DT_DIR, d_name=\"ab\"}, \
         {d_ino=9, d_off=1, d_reclen=24, d_type=DT_REG, d_name=\"ab\"}, ...], 4096) = 72",
    );
}

#[test]
fn pointers_to_structures() {
    let iocb = [words([1, 0]), vec![1, 0, 0, 0], ints([5]), words([BASE, 7, 3, 0, 0])].concat();
    check(
        call("io_submit", &[BASE, 1, PTR]).cap(2, &words([BASE])).part(2, ELEMENT, 64, &iocb).ret(1),
        "io_submit(0x7f0000002000, 1, [{aio_data=0x1, aio_lio_opcode=IOCB_CMD_PWRITE, aio_fildes=5, \
         aio_buf=0x7f0000002000, aio_nbytes=7, aio_offset=3}]) = 1",
    );
    check(
        call("pselect6", &[0, 0, 0, 0, 0, PTR])
            .cap(5, &words([BASE, 8]))
            .part(5, ELEMENT, 8, &words([2]))
            .ret(0),
        "pselect6(0, NULL, NULL, NULL, NULL, {sigmask=[INT], sigsetsize=8}) = 0 (Timeout)",
    );
}

#[test]
fn lengths_before_and_after() {
    let name = call("getsockname", &[3, PTR, PTR])
        .stashed(2, &ints([2]))
        .cap(1, &[1, 0, b'x', 0])
        .cap(2, &ints([4]));
    check(name, "getsockname(3, {sa_family=AF_UNIX}, [2 => 4]) = 0");
    let failed = call("getsockname", &[3, PTR, PTR]).stashed(2, &ints([16])).ret(-9);
    check(failed, "getsockname(3, 0x7f0000001000, [16]) = -1 EBADF (Bad file descriptor)");
}

#[test]
fn operations_have_their_own_arguments() {
    let lock = [vec![1, 0, 0, 0, 0, 0, 0, 0], words([10, 5, 0])].concat();
    check(
        call("fcntl", &[3, 6, PTR]).cap(2, &lock),
        "fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=10, l_len=5}) = 0",
    );
    check(call("fcntl", &[3, 1, PTR]), "fcntl(3, F_GETFD) = 0");
    check(
        call("prctl", &[15, PTR]).cap(1, b"a name of more than fifteen"),
        "prctl(PR_SET_NAME, \"a name of more \"...) = 0",
    );
    check(call("ioctl", &[3, 0x541b, PTR]).cap(2, &ints([12])), "ioctl(3, FIONREAD, [12]) = 0");
    check(
        call("futex", &[PTR, 5, 1, 1, BASE, 0x0100_1002]),
        "futex(0x7f0000001000, FUTEX_WAKE_OP, 1, 1, 0x7f0000002000, \
         FUTEX_OP_SET<<28|0x1<<12|FUTEX_OP_CMP_NE<<24|0x2) = 0",
    );
}
