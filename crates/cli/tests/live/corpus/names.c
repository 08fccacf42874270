/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Descriptors of every kind: what stands behind their numbers. */
#include "corpus.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SA(x) (struct sockaddr *)&(x), sizeof(x)

/* Something that takes a descriptor and looks at nothing else. */
static void show(int fd)
{
	SYS(fcntl, fd, F_GETFD);
}

static void inet(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof(in), len6 = sizeof(in6);
	int l, c, a;

	/* a name that is known once is kept by some tracers: nothing here has two */
	l = SYS(socket, AF_INET, SOCK_STREAM, 0);
	bind(l, SA(in));
	SYS(listen, l, 1);
	show(l);
	getsockname(l, (struct sockaddr *)&in, &len);
	c = SYS(socket, AF_INET, SOCK_STREAM, 0);
	SYS(connect, c, SA(in));
	show(c);
	a = SYS(accept4, l, NULL, NULL, SOCK_CLOEXEC);
	show(a);
	SYS(write, c, "x", 1);
	SYS(close, a);
	SYS(close, c);
	SYS(close, l);
	l = SYS(socket, AF_INET6, SOCK_STREAM, 0);
	bind(l, SA(in6));
	SYS(listen, l, 1);
	show(l);
	getsockname(l, (struct sockaddr *)&in6, &len6);
	c = SYS(socket, AF_INET6, SOCK_STREAM, 0);
	SYS(connect, c, SA(in6));
	show(c);
	SYS(close, c);
	SYS(close, l);
	in.sin_port = htons(9);
	c = SYS(socket, AF_INET, SOCK_DGRAM, 0);
	SYS(connect, c, SA(in));
	show(c);
	SYS(close, c);
	c = SYS(socket, AF_INET6, SOCK_DGRAM, 0);
	show(c);
	SYS(bind, c, SA(in6));
	show(c);
	SYS(close, c);
	show(SYS(socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
	show(SYS(socket, AF_INET, SOCK_STREAM, 0));
	show(SYS(socket, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE));
}

static void local(void)
{
	struct sockaddr_un path = { AF_UNIX, "socket \"of\" <ours>\n" }, abstract = { AF_UNIX, "\0abs\1\"<>tract" };
	int pair[2], s;

	SYS(socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
	show(pair[0]);
	show(pair[1]);
	SYS(socketpair, AF_UNIX, SOCK_DGRAM, 0, pair);
	show(pair[0]);
	SYS(socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair);
	show(pair[1]);
	s = SYS(socket, AF_UNIX, SOCK_STREAM, 0);
	show(s);
	bind(s, SA(path));
	SYS(listen, s, 1);
	show(s);
	s = SYS(socket, AF_UNIX, SOCK_STREAM, 0);
	connect(s, SA(path));
	show(s);
	s = SYS(socket, AF_UNIX, SOCK_DGRAM, 0);
	bind(s, (struct sockaddr *)&abstract, 2 + 14);
	show(s);
}

static void others(void)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_port = 1234, .svm_cid = VMADDR_CID_ANY };
	int s;

	s = SYS(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	show(s);
	bind(s, SA(nl));
	show(s);
	s = SYS(socket, AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);
	bind(s, SA(nl));
	show(s);
	show(SYS(socket, AF_PACKET, SOCK_RAW, 0));
	s = SYS(socket, AF_VSOCK, SOCK_STREAM, 0);
	bind(s, SA(vm));
	show(s);
	s = SYS(socket, AF_ALG, SOCK_SEQPACKET, 0);
	show(s);
}

static void devices(void)
{
	show(SYS(openat, AT_FDCWD, "/dev/null", O_RDWR));
	show(SYS(open, "/dev/zero", O_RDONLY));
	show(SYS(openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY));
	show(SYS(openat, AT_FDCWD, "/dev", O_RDONLY | O_DIRECTORY));
	show(SYS(open, "file <of> ours\n", O_CREAT | O_RDWR, 0600));
	SYS(unlink, "file <of> ours\n");
	show(SYS(memfd_create, "memory", 0));
	show(SYS(epoll_create1, 0));
	show(SYS(eventfd2, 0, 0));
	show(SYS(timerfd_create, 1, 0));
	show(SYS(inotify_init1, 0));
	show(SYS(pidfd_open, getpid(), 0));
	show(SYS(pidfd_open, 1, 0));
	show(SYS(openat, AT_FDCWD, "/proc/self/ns/uts", O_RDONLY));
}

int main(void)
{
	inet();
	local();
	others();
	devices();
	return 0;
}
