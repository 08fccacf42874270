//! Polling and futexes.

use super::*;

fn pollfd(fd: i32, events: i16, revents: i16) -> Vec<u8> {
    [&fd.to_le_bytes()[..], &events.to_le_bytes(), &revents.to_le_bytes()].concat()
}

#[test]
fn poll() {
    let fds = |a: (i16, i16), b: (i16, i16)| [pollfd(3, a.0, a.1), pollfd(4, b.0, b.1)].concat();
    let poll = |data: &[u8]| call("poll", &[PTR, 2, 10]).cap(0, data);
    check(
        poll(&fds((1, 0), (4, 4))).ret(1),
        "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, 10) = 1 ([{fd=4, revents=POLLOUT}])",
    );
    check(
        poll(&fds((1, 0), (4, 0))).ret(0),
        "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, 10) = 0 (Timeout)",
    );
    check(
        call("poll", &[PTR, 1, u64::from(u32::MAX)]).cap(0, &pollfd(-1, 1, 0)).unfinished(),
        "poll([{fd=-1}], 1, -1) = ?",
    );
    check(
        call("ppoll", &[PTR, 1, PTR, 0, 8])
            .cap(0, &pollfd(3, 1, 1))
            .entry(2, &words([1, 0]))
            .cap(2, &words([0, 9]))
            .ret(1),
        "ppoll([{fd=3, events=POLLIN}], 1, {tv_sec=1, tv_nsec=0}, NULL, 8) = 1 ([{fd=3, revents=POLLIN}], left \
         {tv_sec=0, tv_nsec=9})",
    );
    check(
        call("poll", &[0x10, 1, 0]).fault(0).ret(-14),
        "poll(0x10 /* unreadable */, 1, 0) = -1 EFAULT (Bad address)",
    );
    let many: Vec<u8> = (0..4).flat_map(|fd| pollfd(fd, 1, 1)).collect();
    let short = Style { string_limit: 2, ..Style::default() };
    check_in(
        &short,
        &call("poll", &[PTR, 4, 0]).cap(0, &many).ret(4),
        "poll([{fd=0, events=POLLIN}, {fd=1, events=POLLIN}, ...], 4, 0) = 4 ([{fd=0, revents=POLLIN}, {fd=1, \
         revents=POLLIN}, ...])",
    );
}

#[test]
fn select() {
    let set = |fds: u64| {
        let mut set = words([fds]);
        set.resize(128, 0);
        set
    };
    let select = call("select", &[5, PTR, PTR, 0, PTR]).entry(1, &set(0b01000)).entry(2, &set(0b10000));
    check(
        select
            .clone()
            .entry(4, &words([1, 0]))
            .cap(1, &set(0))
            .cap(2, &set(0b10000))
            .cap(4, &words([0, 9]))
            .ret(1),
        "select(5, [3], [4], NULL, {tv_sec=1, tv_usec=0}) = 1 (out [4], left {tv_sec=0, tv_usec=9})",
    );
    check(
        select.entry(4, &words([1, 0])).cap(1, &set(0)).cap(2, &set(0)).cap(4, &words([0, 0])).ret(0),
        "select(5, [3], [4], NULL, {tv_sec=1, tv_usec=0}) = 0 (Timeout)",
    );
    check(call("select", &[0, 0, 0, 0, 0]).ret(0), "select(0, NULL, NULL, NULL, NULL) = 0 (Timeout)");
}

#[test]
fn epoll() {
    let event = |events: u32, data: u64| [&events.to_le_bytes()[..], &data.to_le_bytes()].concat();
    check(
        call("epoll_ctl", &[3, 1, 4, PTR]).cap(3, &event(0x8000_0001, 4)),
        "epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, data={u32=4, u64=4}}) = 0",
    );
    check(
        call("epoll_ctl", &[3, 2, 4, PTR]).cap(3, &event(1, 4)),
        "epoll_ctl(3, EPOLL_CTL_DEL, 4, 0x7f0000001000) = 0",
    );
    check(
        call("epoll_wait", &[3, PTR, 8, 0]).cap(1, &event(1, 1 << 32 | 4)).ret(1),
        "epoll_wait(3, [{events=EPOLLIN, data={u32=4, u64=4294967300}}], 8, 0) = 1",
    );
    check(call("epoll_wait", &[3, PTR, 8, 0]).cap(1, b"").ret(0), "epoll_wait(3, [], 8, 0) = 0");
    check(call("epoll_wait", &[3, PTR, 8, 0]).unfinished(), "epoll_wait(3, ) = ?");
    check(call("epoll_create1", &[0o2000000]).ret(3), "epoll_create1(EPOLL_CLOEXEC) = 3");
}

#[test]
fn futex() {
    check(call("futex", &[0x5000, 0x81, 1]).ret(0), "futex(0x5000, FUTEX_WAKE_PRIVATE, 1) = 0");
    check(
        call("futex", &[0x5000, 0x80, 2, 0]).ret(-11),
        "futex(0x5000, FUTEX_WAIT_PRIVATE, 2, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
    );
    check(
        call("futex", &[0x5000, 0x189, 0, PTR, 0, u64::from(u32::MAX)]).cap(3, &words([1, 2])).ret(-110),
        "futex(0x5000, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=2}, \
         FUTEX_BITSET_MATCH_ANY) = -1 ETIMEDOUT (Connection timed out)",
    );
    check(
        call("futex", &[0x5000, 0x80, 2, 0]).unfinished(),
        "futex(0x5000, FUTEX_WAIT_PRIVATE, 2, NULL) = ?",
    );
}
