/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Waiting: polls, sleeps, timers, signals, futexes, event descriptors. */
#include "corpus.h"

#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <time.h>

struct ksigaction {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

static void polls(void)
{
	int p[2];
	struct pollfd fds[3];
	struct pollfd many[40];
	struct timespec ts = { 0, 1000000 }, zero = {};
	struct timeval tv = { 0, 1000 };
	uint64_t mask = 0x4002;
	fd_set in, out, ex;
	struct {
		void *set;
		size_t size;
	} sig = { &mask, 8 }, nosig = { NULL, 8 };

	SYS(pipe2, p, 0);
	fds[0] = (struct pollfd){ p[0], POLLIN, 0x55 };
	fds[1] = (struct pollfd){ p[1], POLLOUT | POLLERR | POLLHUP, 0 };
	fds[2] = (struct pollfd){ -1, POLLPRI, 0 };
	SYS(poll, fds, 3, 1000);
	SYS(poll, fds, 1, 1);
	SYS(poll, fds, 1, 0);
	SYS(poll, NULL, 0, 1);
	SYS(poll, BAD, 2, -1);
	SYS(poll, NULL, 1, 1);
	SYS(poll, fds, -1, 1);
	fds[0].fd = 1234;
	SYS(poll, fds, 1, 1);
	for (int i = 0; i < 40; i++)
		many[i] = (struct pollfd){ p[1], POLLOUT, 0 };
	SYS(poll, many, 40, 1);
	fds[0].fd = p[0];
	SYS(ppoll, fds, 2, &ts, NULL, 8L);
	ts = (struct timespec){ 0, 1000000 };
	SYS(ppoll, fds, 1, &ts, &mask, 8L);
	SYS(ppoll, fds, 1, NULL, BAD, 8L);
	SYS(ppoll, fds, 1, BAD, NULL, 8L);
	FD_ZERO(&in);
	FD_SET(p[0], &in);
	FD_ZERO(&out);
	FD_SET(p[1], &out);
	FD_ZERO(&ex);
	SYS(select, p[1] + 1, &in, &out, &ex, &tv);
	FD_SET(p[0], &in);
	tv.tv_usec = 1000; /* and not what the call before has left of it */
	SYS(select, p[0] + 1, &in, NULL, NULL, &tv);
	FD_SET(p[0], &in);
	FD_SET(p[1], &out);
	SYS(select, p[1] + 1, &in, &out, NULL, NULL);
	SYS(select, -1, &in, NULL, NULL, &tv);
	SYS(select, 0, NULL, NULL, NULL, &tv);
	SYS(select, 1024, BAD, NULL, NULL, &tv);
	tv.tv_usec = 2000000;
	SYS(select, 0, NULL, NULL, NULL, (tv.tv_usec = -1, &tv));
	FD_SET(p[0], &in);
	FD_SET(200, &in);
	SYS(select, 201, &in, NULL, NULL, &tv);
	SYS(pselect6, p[1] + 1, NULL, &out, NULL, &ts, &sig);
	SYS(pselect6, p[0] + 1, &in, NULL, NULL, &zero, &nosig);
	SYS(pselect6, 0, NULL, NULL, NULL, &zero, NULL);
	SYS(pselect6, 0, NULL, NULL, NULL, &zero, BAD);
}

static void epolls(void)
{
	struct epoll_event ev = { EPOLLIN | EPOLLET, { .u64 = 0x123456789 } }, got[8];
	struct timespec ts = { 0, 1000 };
	uint64_t mask = 2;
	int p[2], q[2], e;

	SYS(pipe, p);
	SYS(pipe, q);
	e = SYS(epoll_create1, EPOLL_CLOEXEC);
	SYS(epoll_create, 5);
	SYS(epoll_ctl, e, EPOLL_CTL_ADD, p[0], &ev);
	SYS(epoll_ctl, e, EPOLL_CTL_ADD, q[0], &ev);
	ev.events = EPOLLOUT;
	SYS(epoll_ctl, e, EPOLL_CTL_MOD, p[0], &ev);
	SYS(epoll_ctl, e, EPOLL_CTL_ADD, p[1], &ev);
	SYS(epoll_ctl, e, EPOLL_CTL_ADD, p[1], BAD);
	SYS(epoll_ctl, e, EPOLL_CTL_DEL, p[0], NULL);
	SYS(epoll_ctl, e, 77, p[0], &ev);
	SYS(write, q[1], "x", 1L);
	SYS(epoll_wait, e, got, 8, -1);
	SYS(epoll_wait, e, got, 8, 0);
	SYS(epoll_wait, e, BAD, 8, 0);
	SYS(epoll_wait, e, got, 0, 0);
	SYS(epoll_pwait, e, got, 8, 0, &mask, 8L);
	SYS(epoll_pwait, e, got, 8, 0, NULL, 8L);
	SYS(epoll_pwait2, e, got, 8, &ts, NULL, 8L);
	SYS(epoll_pwait, e, got, -5, 0, NULL, 8L);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void sleeps(void)
{
	struct timespec ts = { 0, 1000 }, left = { 7, 8 }, bad = { 0, -1 };
	struct itimerval it = { { 0, 0 }, { 0, 20000 } }, old;
	struct timespec forever = { 100, 0 };
	struct timeval tv;
	struct timezone tz;
	struct tms tms;
	struct timex tx = {};
	time_t t;

	SYS(nanosleep, &ts, &left);
	SYS(nanosleep, &ts, NULL);
	SYS(nanosleep, &bad, &left);
	SYS(nanosleep, BAD, &left);
	SYS(nanosleep, NULL, &left);
	SYS(clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, &left);
	SYS(clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL);
	SYS(clock_nanosleep, 77, 0, &ts, NULL);
	signal(SIGALRM, on_signal);
	SYS(setitimer, ITIMER_REAL, &it, NULL);
	SYS(nanosleep, &forever, &left);
	SYS(setitimer, ITIMER_REAL, &it, &old);
	SYS(clock_nanosleep, CLOCK_MONOTONIC, 0, &forever, &left);
	SYS(setitimer, ITIMER_REAL, BAD, &old);
	SYS(setitimer, ITIMER_REAL, NULL, &old);
	SYS(getitimer, ITIMER_VIRTUAL, &old);
	SYS(getitimer, 77, &old);
	SYS(alarm, 100);
	SYS(alarm, 0);
	SYS(clock_getres, CLOCK_MONOTONIC, &left);
	SYS(clock_gettime, 77, &left);
	SYS(clock_getres, CLOCK_PROCESS_CPUTIME_ID, NULL);
	SYS(gettimeofday, BAD, NULL);
	SYS(gettimeofday, NULL, &tz);
	SYS(time, BAD);
	SYS(times, BAD);
	SYS(settimeofday, BAD, NULL);
	SYS(clock_settime, CLOCK_MONOTONIC, &ts);
	SYS(adjtimex, BAD);
	SYS(clock_adjtime, 77, &tx);
	tx.modes = 0x8000;
	SYS(adjtimex, (tx.modes = 0xffff, &tx));
	(void)tv;
	(void)tms;
	(void)t;
}

static void timers(void)
{
	struct itimerspec its = { { 1, 2 }, { 100, 3 } }, old;
	struct sigevent se = { .sigev_notify = SIGEV_NONE };
	int id, fd;
	uint64_t n;

	SYS(timer_create, CLOCK_MONOTONIC, NULL, &id);
	SYS(timer_create, CLOCK_REALTIME, &se, &id);
	se.sigev_notify = SIGEV_SIGNAL;
	se.sigev_signo = SIGUSR1;
	se.sigev_value.sival_int = 5;
	SYS(timer_create, CLOCK_REALTIME, &se, &id);
	SYS(timer_create, CLOCK_REALTIME, BAD, &id);
	SYS(timer_settime, id, 0, &its, NULL);
	its.it_value.tv_sec = 1;
	SYS(timer_settime, 999, TIMER_ABSTIME, &its, &old);
	SYS(timer_gettime, 999, &old);
	SYS(timer_getoverrun, id);
	SYS(timer_delete, id);
	fd = SYS(timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	its = (struct itimerspec){ { 0, 0 }, { 0, 1 } };
	SYS(timerfd_settime, fd, 0, &its, &old);
	SYS(nanosleep, &its.it_value, NULL);
	SYS(read, fd, &n, 8L);
	SYS(timerfd_gettime, fd, &old);
	SYS(timerfd_settime, fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, BAD, NULL);
	fd = SYS(eventfd2, 3, EFD_SEMAPHORE | EFD_NONBLOCK);
	SYS(eventfd, 0);
	SYS(read, fd, &n, 8L);
	n = 9;
	SYS(write, fd, &n, 8L);
	fd = SYS(inotify_init1, IN_NONBLOCK);
	SYS(inotify_init);
	SYS(inotify_add_watch, fd, ".", IN_CREATE | IN_DELETE | IN_ONLYDIR);
	SYS(inotify_rm_watch, fd, 1);
}

static void signals(void)
{
	struct ksigaction act = { on_signal, 0x14000000, BAD, 0x4002 }, old;
	uint64_t set = 0x4003, was;
	siginfo_t info = {};
	stack_t ss = { .ss_sp = malloc(100000), .ss_size = 100000 }, oss;
	struct timespec zero = {}, ms = { 0, 1000000 };
	int fd;

	SYS(rt_sigaction, SIGUSR1, &act, &old, 8L);
	act.flags = 0;
	act.handler = (void *)1;
	SYS(rt_sigaction, SIGUSR1, &act, NULL, 8L);
	SYS(rt_sigaction, SIGUSR1, NULL, &old, 8L);
	SYS(rt_sigaction, SIGUSR1, BAD, NULL, 8L);
	SYS(rt_sigaction, SIGUSR1, &act, BAD, 8L);
	SYS(rt_sigaction, 99, &act, NULL, 8L);
	SYS(rt_sigaction, SIGUSR1, &act, NULL, 4L);
	SYS(rt_sigaction, SIGKILL, &act, NULL, 8L);
	act.flags = 0x40000;
	SYS(rt_sigaction, 34, &act, NULL, 8L);
	SYS(rt_sigprocmask, SIG_BLOCK, &set, &was, 8L);
	SYS(rt_sigprocmask, SIG_SETMASK, NULL, &was, 8L);
	set = ~0UL;
	SYS(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8L);
	SYS(rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8L);
	SYS(rt_sigprocmask, 77, &set, NULL, 8L);
	SYS(rt_sigprocmask, SIG_BLOCK, BAD, NULL, 8L);
	SYS(rt_sigprocmask, SIG_BLOCK, NULL, BAD, 8L);
	SYS(rt_sigpending, &was, 8L);
	set = 1 << (SIGUSR2 - 1);
	SYS(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8L);
	SYS(kill, getpid(), SIGUSR2);
	SYS(rt_sigpending, &was, 8L);
	SYS(rt_sigtimedwait, &set, &info, &ms, 8L);
	SYS(rt_sigtimedwait, &set, &info, &zero, 8L);
	SYS(rt_sigtimedwait, &set, NULL, BAD, 8L);
	info.si_signo = SIGUSR2;
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = 77;
	info.si_pid = 5;
	SYS(rt_sigqueueinfo, getpid(), SIGUSR2, &info);
	SYS(rt_sigqueueinfo, getpid(), SIGUSR2, BAD);
	SYS(rt_tgsigqueueinfo, getpid(), getpid(), 99, &info);
	fd = SYS(signalfd4, -1, &set, 8L, 0x80800);
	SYS(signalfd4, fd, &set, 8L, 0);
	SYS(signalfd, -1, &set, 8L);
	SYS(signalfd, -1, BAD, 8L);
	SYS(rt_sigtimedwait, &set, &info, &ms, 8L);
	SYS(sigaltstack, &ss, &oss);
	SYS(sigaltstack, NULL, &oss);
	SYS(sigaltstack, BAD, NULL);
	ss.ss_flags = SS_DISABLE;
	SYS(sigaltstack, &ss, NULL);
	SYS(tgkill, getpid(), getpid(), 0);
	SYS(tkill, getpid(), 0);
	SYS(kill, 0x7ffffff, SIGTERM);
	SYS(rt_sigsuspend, BAD, 8L);
}

static void futexes(void)
{
	static uint32_t word = 5, other;
	struct timespec ts = { 0, 1000 };
	struct {
		uint64_t val, addr;
		uint32_t flags, pad;
	} waiters[2] = { { 5, (uintptr_t)&word, 2 | 128, 0 }, { 7, (uintptr_t)&other, 2, 0 } };

	SYS(futex, &word, FUTEX_WAIT, 4, NULL);
	SYS(futex, &word, FUTEX_WAIT_PRIVATE, 5, &ts);
	SYS(futex, &word, FUTEX_WAIT, 5, BAD);
	SYS(futex, &word, FUTEX_WAKE_PRIVATE, 1);
	SYS(futex, &word, FUTEX_WAKE, 0x7fffffff);
	SYS(futex, &word, FUTEX_FD, 1);
	SYS(futex, &word, FUTEX_REQUEUE, 1, 2, &other);
	SYS(futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &other, 4);
	SYS(futex, &word, FUTEX_WAKE_OP, 1, 1, &other, 0x01001002);
	SYS(futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, 1, &other, 0xa1003004);
	SYS(futex, &word, FUTEX_LOCK_PI, 0, BAD);
	SYS(futex, BAD, FUTEX_UNLOCK_PI);
	SYS(futex, BAD, FUTEX_TRYLOCK_PI);
	SYS(futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 4, NULL, NULL, -1);
	SYS(futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 4, &ts, NULL, 0xf0);
	SYS(futex, &word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0xff);
	SYS(futex, &word, FUTEX_WAIT_REQUEUE_PI, 4, NULL, &other);
	SYS(futex, &word, FUTEX_CMP_REQUEUE_PI, 1, 1, &other, 4);
	SYS(futex, &word, 99, 1, 2, 3, 4);
	SYS(futex_waitv, waiters, 2, 0, NULL, 0);
	SYS(futex_waitv, BAD, 2, 0, &ts, CLOCK_MONOTONIC);
}

int main(void)
{
	polls();
	epolls();
	sleeps();
	timers();
	signals();
	futexes();
	return 0;
}
