/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Sockets: addresses, options, messages with control data. */
#include "corpus.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#define SA(x) (struct sockaddr *)&(x), sizeof(x)

static void addresses(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(0x7f000001) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(53), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un un = { AF_UNIX, "/no/such/socket" };
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = 3 };
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(0x800), .sll_ifindex = 1, .sll_halen = 6 };
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_port = 1234, .svm_cid = 2 };
	struct sockaddr_storage any = {};
	socklen_t len = sizeof(any);
	int s;

	s = SYS(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SYS(bind, s, SA(in));
	in.sin_port = htons(1);
	SYS(connect, s, SA(in));
	SYS(connect, s, &in, 1);
	SYS(connect, s, &in, 3);
	SYS(connect, s, &in, 8);
	SYS(connect, s, NULL, 16);
	SYS(connect, s, BAD, 16);
	SYS(connect, s, &in, -1);
	SYS(connect, s, &in, 0);
	SYS(close, s);
	s = SYS(socket, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
	SYS(connect, s, SA(in6));
	SYS(getsockname, s, &any, &len);
	len = 10;
	SYS(getpeername, s, &any, &len);
	SYS(close, s);
	in6.sin6_scope_id = 1;
	in6.sin6_flowinfo = htonl(5);
	SYS(bind, -1, SA(in6));
	s = SYS(socket, AF_UNIX, SOCK_SEQPACKET, 0);
	SYS(connect, s, SA(un));
	SYS(connect, s, &un, 2);
	SYS(connect, s, &un, 7);
	un.sun_path[0] = 0;
	SYS(bind, s, &un, 12);
	len = sizeof(any);
	SYS(getsockname, s, &any, &len);
	SYS(getpeername, s, &any, &len);
	SYS(getsockname, s, &any, NULL);
	SYS(getsockname, s, NULL, &len);
	SYS(getsockname, s, &any, BAD);
	SYS(close, s);
	s = SYS(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	SYS(bind, s, SA(nl));
	SYS(close, s);
	SYS(socket, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	SYS(connect, -1, SA(ll));
	SYS(connect, -1, SA(vm));
	vm.svm_cid = VMADDR_CID_ANY;
	SYS(bind, -1, SA(vm));
	any.ss_family = 4242;
	SYS(connect, -1, &any, 10);
	any.ss_family = AF_UNSPEC;
	SYS(connect, -1, &any, 16);
	any.ss_family = 0;
	SYS(connect, -1, &any, 2);
	SYS(socket, AF_PACKET, SOCK_RAW, htons(0x3));
	SYS(socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	SYS(socket, 99, 99, 99);
	SYS(socketpair, AF_INET, SOCK_STREAM, 0, &any);
}

static void options(void)
{
	int s = SYS(socket, AF_INET, SOCK_STREAM, IPPROTO_TCP), u;
	int value = 1;
	struct linger linger = { 1, 5 };
	struct timeval tv = { 2, 500000 };
	struct sock_filter code[2] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4), BPF_STMT(BPF_RET | BPF_K, 0xffff) };
	struct sock_fprog prog = { 2, code };
	struct ip_mreqn mreq = { .imr_multiaddr.s_addr = htonl(0xe0000001) };
	struct ucred cred;
	struct tcp_info info;
	char name[20];
	socklen_t len = sizeof(value);

	SYS(setsockopt, s, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value));
	SYS(setsockopt, s, SOL_SOCKET, SO_REUSEADDR, &value, 2);
	SYS(setsockopt, s, SOL_SOCKET, SO_REUSEADDR, &value, 8);
	SYS(setsockopt, s, SOL_SOCKET, SO_REUSEADDR, NULL, 4);
	SYS(setsockopt, s, SOL_SOCKET, SO_REUSEADDR, BAD, 4);
	SYS(setsockopt, s, SOL_SOCKET, SO_REUSEADDR, &value, -1);
	SYS(setsockopt, s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	SYS(setsockopt, s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	SYS(setsockopt, s, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	SYS(setsockopt, s, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
	SYS(setsockopt, s, SOL_SOCKET, SO_DETACH_FILTER, NULL, 0);
	SYS(setsockopt, s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
	SYS(setsockopt, s, SOL_SOCKET, 4242, &value, 4);
	SYS(setsockopt, s, SOL_TCP, TCP_NODELAY, &value, 4);
	SYS(setsockopt, s, SOL_TCP, TCP_CONGESTION, "cubic", 5);
	SYS(setsockopt, s, SOL_IP, IP_TOS, &value, 4);
	SYS(setsockopt, s, SOL_IP, IP_ADD_MEMBERSHIP, &mreq, 8);
	SYS(setsockopt, s, 4242, 1, &value, 4);
	SYS(getsockopt, s, SOL_SOCKET, SO_REUSEADDR, &value, &len);
	SYS(getsockopt, s, SOL_SOCKET, SO_TYPE, &value, &len);
	SYS(getsockopt, s, SOL_SOCKET, SO_ERROR, &value, &len);
	value = 0;
	SYS(getsockopt, s, SOL_SOCKET, SO_PROTOCOL, &value, &len);
	SYS(getsockopt, s, SOL_SOCKET, SO_DOMAIN, &value, &len);
	len = 2;
	SYS(getsockopt, s, SOL_SOCKET, SO_REUSEADDR, &value, &len);
	len = 8;
	SYS(getsockopt, s, SOL_SOCKET, SO_LINGER, &linger, &len);
	len = 16;
	SYS(getsockopt, s, SOL_SOCKET, SO_RCVTIMEO, &tv, &len);
	len = sizeof(info);
	SYS(getsockopt, s, SOL_TCP, TCP_MAXSEG, &value, &len);
	len = sizeof(name);
	SYS(getsockopt, s, SOL_TCP, TCP_CONGESTION, name, &len);
	len = 4;
	SYS(getsockopt, s, SOL_IP, IP_TTL, &value, &len);
	SYS(getsockopt, s, SOL_SOCKET, SO_REUSEADDR, NULL, &len);
	SYS(getsockopt, s, SOL_SOCKET, SO_REUSEADDR, &value, NULL);
	SYS(getsockopt, s, SOL_SOCKET, SO_REUSEADDR, &value, BAD);
	SYS(getsockopt, s, SOL_SOCKET, 4242, &value, &len);
	SYS(getsockopt, -1, SOL_SOCKET, SO_ERROR, &value, &len);
	u = SYS(socket, AF_UNIX, SOCK_STREAM, 0);
	len = sizeof(cred);
	SYS(getsockopt, u, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	SYS(setsockopt, u, SOL_SOCKET, SO_PASSCRED, &value, 4);
	SYS(listen, s, 5);
	SYS(shutdown, s, SHUT_RDWR);
	SYS(shutdown, u, SHUT_WR);
}

static void streams(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001), .sin_port = htons(34567) };
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char buf[64];
	int one = 1;
	int l = SYS(socket, AF_INET, SOCK_STREAM, 0), c = SYS(socket, AF_INET, SOCK_STREAM, 0), a;

	SYS(setsockopt, l, SOL_SOCKET, SO_REUSEADDR, &one, 4);
	SYS(bind, l, SA(in));
	SYS(listen, l, 1);
	SYS(setsockopt, c, SOL_SOCKET, SO_REUSEADDR, &one, 4);
	in.sin_port = htons(34568);
	SYS(bind, c, SA(in));
	in.sin_port = htons(34567);
	SYS(connect, c, SA(in));
	a = SYS(accept4, l, &from, &len, SOCK_CLOEXEC);
	SYS(close, a);
	SYS(close, c);
	c = SYS(socket, AF_INET, SOCK_STREAM, 0);
	SYS(setsockopt, c, SOL_SOCKET, SO_REUSEADDR, &one, 4);
	in.sin_port = htons(34569);
	SYS(bind, c, SA(in));
	in.sin_port = htons(34567);
	SYS(connect, c, SA(in));
	a = SYS(accept, l, NULL, NULL);
	len = 5;
	SYS(getpeername, a, &from, &len);
	SYS(sendto, c, "ping", 4L, MSG_NOSIGNAL, NULL, 0);
	SYS(recvfrom, a, buf, 64L, 0, NULL, NULL);
	SYS(recvfrom, a, buf, 64L, MSG_DONTWAIT, NULL, NULL);
	SYS(fcntl, l, F_SETFL, O_NONBLOCK);
	len = sizeof(from);
	SYS(accept, l, &from, &len);
	SYS(accept, -1, &from, &len);
	SYS(close, a);
	SYS(close, c);
	SYS(close, l);
}

static void messages(void)
{
	int s[2], fds[3] = { 0, 1, 2 }, on = 1, got;
	char data[64] = "some data", more[] = "and some more of it, longer than -s", in[40], control[256] = {};
	struct iovec iov[2] = { { data, 9 }, { more, sizeof(more) } }, into[2] = { { in, 4 }, { data, 64 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct cmsghdr *c;
	struct sockaddr_un un = { AF_UNIX, "bound" }, from;
	struct mmsghdr mm[3] = { { { .msg_iov = iov, .msg_iovlen = 1 } }, { { .msg_iov = iov + 1, .msg_iovlen = 1 } } };
	struct timespec ts = { 1, 0 };

	SYS(socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	SYS(sendmsg, s[0], &msg, 0);
	msg.msg_iov = into;
	SYS(recvmsg, s[1], &msg, 0);
	SYS(recvmsg, s[1], &msg, MSG_DONTWAIT);
	msg.msg_iov = iov;
	msg.msg_control = control;
	msg.msg_controllen = CMSG_SPACE(sizeof(fds));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	SYS(sendmsg, s[0], &msg, MSG_NOSIGNAL);
	msg.msg_iov = into;
	msg.msg_controllen = sizeof(control);
	got = SYS(recvmsg, s[1], &msg, MSG_CMSG_CLOEXEC);
	SYS(setsockopt, s[1], SOL_SOCKET, SO_PASSCRED, &on, 4);
	msg.msg_control = NULL;
	msg.msg_controllen = 0;
	msg.msg_iov = iov;
	SYS(sendmsg, s[0], &msg, 0);
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	msg.msg_iov = into;
	SYS(recvmsg, s[1], &msg, 0);
	SYS(sendmsg, s[0], NULL, 0);
	SYS(sendmsg, s[0], BAD, 0);
	msg.msg_iov = BAD;
	msg.msg_iovlen = 2;
	msg.msg_controllen = 0;
	SYS(sendmsg, s[0], &msg, 0);
	msg.msg_iovlen = 0;
	SYS(sendmsg, s[0], &msg, 0);
	SYS(recvmsg, s[1], BAD, 0);
	SYS(setsockopt, s[1], SOL_SOCKET, SO_PASSCRED, (on = 0, &on), 4);
	SYS(recvfrom, s[1], in, 40L, MSG_DONTWAIT, &from, (socklen_t *)&got);
	SYS(sendmmsg, s[0], mm, 2, 0);
	SYS(sendmmsg, -1, mm, 2, 0);
	mm[0].msg_hdr.msg_iov = into;
	mm[1].msg_hdr.msg_iov = into + 1;
	SYS(recvmmsg, s[1], mm, 3, MSG_DONTWAIT, NULL);
	SYS(recvmmsg, s[1], mm, 2, MSG_DONTWAIT, &ts);
	SYS(recvmmsg, -1, mm, 2, 0, &ts);
	SYS(bind, s[1], &un, 8);
	got = sizeof(from);
	SYS(sendto, s[0], "to a name", 9L, 0, &un, 8);
	SYS(recvfrom, s[1], in, 40L, 0, &from, &got);
	SYS(sendto, s[1], "answer", 6L, MSG_DONTWAIT, NULL, 0);
	got = sizeof(from);
	SYS(recvfrom, s[0], in, 3L, MSG_TRUNC, &from, &got);
	got = sizeof(from);
	SYS(recvfrom, s[0], in, 3L, MSG_DONTWAIT, &from, &got);
	msg = (struct msghdr){ .msg_name = &un, .msg_namelen = 8, .msg_iov = iov, .msg_iovlen = 1 };
	SYS(sendmsg, s[0], &msg, 0);
	msg = (struct msghdr){ .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = into, .msg_iovlen = 2 };
	SYS(recvmsg, s[1], &msg, 0);
}

static void udp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001), .sin_port = htons(34571) }, from;
	char in[40], control[128];
	struct iovec into = { in, 40 };
	struct msghdr msg = { &from, sizeof(from), &into, 1, control, sizeof(control) };
	socklen_t len = sizeof(from);
	int a = SYS(socket, AF_INET, SOCK_DGRAM, 0), b = SYS(socket, AF_INET, SOCK_DGRAM, 0), on = 1;

	SYS(bind, a, SA(to));
	SYS(setsockopt, a, SOL_IP, IP_PKTINFO, &on, 4);
	SYS(setsockopt, a, SOL_IP, IP_RECVTTL, &on, 4);
	to.sin_port = htons(34572);
	SYS(bind, b, SA(to));
	to.sin_port = htons(34571);
	SYS(sendto, b, "datagram", 8L, 0, SA(to));
	SYS(recvmsg, a, &msg, 0);
	SYS(sendto, b, "again", 5L, 0, SA(to));
	SYS(recvfrom, a, in, 40L, 0, &from, &len);
	len = 4;
	SYS(sendto, b, "third", 5L, 0, SA(to));
	SYS(recvfrom, a, in, 40L, 0, &from, &len);
	/* nobody listens there: the error waits for whoever asks */
	to.sin_port = htons(34573);
	SYS(connect, b, SA(to));
	SYS(write, b, "x", 1L);
	len = 4;
	SYS(getsockopt, b, SOL_SOCKET, SO_ERROR, &on, &len);
}

int main(void)
{
	addresses();
	options();
	streams();
	messages();
	udp();
	return 0;
}
