/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The rest: System V and POSIX queues, mounts, keys, terminals, devices, rings, filters. */
#include "corpus.h"

#include <asm/termbits.h>
#include <linux/aio_abi.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/sockios.h>
#include <mqueue.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>

/* Events that are refused or not there: only their descriptions count. */
static void perf_events(void)
{
	struct perf_event_attr pe = { .type = PERF_TYPE_HARDWARE, .size = sizeof(pe), .config = 0x500000001 };

	pe.disabled = pe.exclude_kernel = pe.freq = pe.sigtrap = 1;
	pe.sample_freq = 99;
	pe.precise_ip = 2;
	pe.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_BRANCH_STACK | PERF_SAMPLE_STACK_USER;
	pe.branch_sample_type = PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_ANY;
	pe.sample_stack_user = 64;
	SYS(perf_event_open, &pe, -1, -1, -1, 0L);
	pe.type = PERF_TYPE_HW_CACHE;
	pe.config = PERF_COUNT_HW_CACHE_DTLB | PERF_COUNT_HW_CACHE_OP_WRITE << 8 | 7 << 16;
	pe.freq = 0;
	pe.watermark = pe.use_clockid = 1;
	pe.clockid = 1;
	SYS(perf_event_open, &pe, -1, -1, -1, 0L);
	pe.type = PERF_TYPE_BREAKPOINT;
	pe.config = 0;
	pe.bp_type = 3;
	pe.bp_addr = 0x1234567;
	pe.bp_len = 4;
	SYS(perf_event_open, &pe, -1, -1, -1, 0L);
	pe.type = PERF_TYPE_TRACEPOINT;
	pe.config = 77;
	SYS(perf_event_open, &pe, -1, -1, -1, 0L);
	pe.type = 4242;
	pe.size = PERF_ATTR_SIZE_VER1;
	SYS(perf_event_open, &pe, -1, -1, -1, 0L);
}

static void sysv(void)
{
	struct {
		long type;
		char text[40];
	} msg = { 5, "a message" };
	struct sembuf ops[2] = { { 0, 1, IPC_NOWAIT }, { 1, -1, SEM_UNDO | IPC_NOWAIT } };
	struct timespec ts = { 0, 1000 };
	unsigned short values[2] = { 1, 2 };
	struct msqid_ds mds;
	struct shmid_ds hds;
	struct semid_ds sds;
	void *at;
	int q, s, m;

	q = SYS(msgget, IPC_PRIVATE, IPC_CREAT | 0600);
	SYS(msgget, 0x1234, IPC_EXCL);
	SYS(msgsnd, q, &msg, 9L, 0);
	SYS(msgsnd, q, BAD, 9L, IPC_NOWAIT);
	SYS(msgrcv, q, &msg, 9L, 0L, MSG_NOERROR);
	SYS(msgrcv, q, &msg, 40L, -5L, IPC_NOWAIT);
	SYS(msgctl, q, IPC_STAT, BAD);
	SYS(msgctl, -1, IPC_STAT, &mds);
	SYS(msgctl, q, IPC_RMID, NULL);
	s = SYS(semget, IPC_PRIVATE, 2, 0600);
	SYS(semop, s, ops, 2L);
	SYS(semop, s, BAD, 2L);
	SYS(semtimedop, s, ops, 1L, &ts);
	SYS(semctl, s, 0, SETVAL, 5);
	SYS(semctl, s, 0, GETVAL);
	SYS(semctl, s, 0, SETALL, values);
	SYS(semctl, s, 0, GETALL, values);
	SYS(semctl, -1, 0, IPC_STAT, &sds);
	SYS(semctl, s, 0, IPC_STAT, &sds);
	SYS(semctl, s, 0, IPC_SET, &sds);
	SYS(semctl, s, 0, SETVAL, 0L);
	SYS(semget, 0x77, 0, -1);
	SYS(semctl, s, 0, IPC_RMID);
	m = SYS(shmget, IPC_PRIVATE, 4096L, IPC_CREAT | 0640);
	at = (void *)SYS(shmat, m, NULL, SHM_RDONLY);
	SYS(shmat, -1, BAD, SHM_RND);
	SYS(shmctl, -1, IPC_STAT, &hds);
	SYS(shmctl, m, IPC_RMID, NULL);
	SYS(shmdt, at);
}

static void queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 5, .mq_msgsize = 64 }, old;
	struct timespec ts = { 5, 0 };
	struct sigevent se = { .sigev_notify = SIGEV_NONE };
	char buf[64];
	unsigned prio;
	int q;

	q = SYS(mq_open, "corpus-queue", O_RDWR | O_CREAT, 0600, &attr);
	SYS(mq_open, "absent", O_RDONLY);
	SYS(mq_open, "bad", O_CREAT | O_RDWR, 0600, BAD);
	SYS(mq_timedsend, q, "hello", 5L, 3, &ts);
	SYS(mq_timedsend, q, "none", 4L, 0, NULL);
	SYS(mq_getsetattr, q, NULL, &old);
	SYS(mq_getsetattr, q, &attr, &old);
	SYS(mq_timedreceive, q, buf, 64L, &prio, NULL);
	SYS(mq_timedreceive, q, buf, 64L, NULL, &ts);
	SYS(mq_timedreceive, q, buf, 1L, &prio, &ts);
	SYS(mq_notify, q, &se);
	SYS(mq_notify, q, NULL);
	SYS(mq_unlink, "corpus-queue");
}

static void mounts(void)
{
	struct mount_attr ma = { .attr_set = MOUNT_ATTR_RDONLY };
	union {
		struct file_handle fh;
		char room[sizeof(struct file_handle) + 128];
	} h = { .fh.handle_bytes = 128 };
	int id;

	SYS(mount, "source", "/absent", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m");
	SYS(mount, NULL, "/absent", NULL, MS_REMOUNT | MS_BIND, NULL);
	SYS(mount, BAD, BAD, BAD, 0L, BAD);
	SYS(umount2, "/absent", 2);
	SYS(pivot_root, "/absent", "/absent");
	SYS(chroot, "/absent");
	SYS(swapon, "/absent", 0);
	SYS(swapoff, "/absent");
	SYS(acct, "/absent");
	SYS(open_tree, AT_FDCWD, "/absent", OPEN_TREE_CLONE | AT_RECURSIVE);
	SYS(move_mount, -1, "", AT_FDCWD, "/absent", 4);
	SYS(fsopen, "absentfs", FSOPEN_CLOEXEC);
	SYS(fsconfig, -1, FSCONFIG_SET_STRING, "key", "value", 0);
	SYS(fsconfig, -1, FSCONFIG_SET_FLAG, "ro", NULL, 0);
	SYS(fsconfig, -1, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	SYS(fsmount, -1, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC);
	SYS(fspick, AT_FDCWD, "/absent", 1);
	SYS(mount_setattr, AT_FDCWD, "/absent", AT_RECURSIVE, &ma, sizeof(ma));
	SYS(mount_setattr, AT_FDCWD, "/absent", 0, BAD, sizeof(ma));
	SYS(name_to_handle_at, AT_FDCWD, "/tmp", &h.fh, &id, 0);
	h.fh.handle_bytes = 0;
	SYS(name_to_handle_at, AT_FDCWD, "/tmp", &h.fh, &id, 0);
	SYS(name_to_handle_at, AT_FDCWD, "/absent", BAD, BAD, 0);
	SYS(open_by_handle_at, -1, BAD, O_RDONLY);
	SYS(quotactl, 0x80000701, "/absent", 0, BAD);
	SYS(sysfs, 3, 0L, 0L);
	SYS(ustat, 0L, BAD);
	SYS(syslog, 9, BAD, 5);
	SYS(syslog, 3, BAD, 0);
	SYS(reboot, 0xfee1dead, 2, 3, NULL);
	SYS(init_module, BAD, 5L, "arg");
	SYS(finit_module, -1, "arg", 1);
	SYS(delete_module, "absent", O_NONBLOCK);
	SYS(kexec_load, 0L, 0L, NULL, 3L);
}

static void devices(void)
{
	int s = SYS(socket, AF_INET, SOCK_DGRAM, 0), p[2], pt, tty, n = 1, off = 0;
	struct ifreq ifr = { .ifr_name = "lo" };
	struct ifconf ifc = { 0 };
	struct winsize ws = { 24, 80, 1, 2 };
	struct termios tio;
	struct ifreq room[4];
	char name[64];

	SYS(pipe, p);
	SYS(ioctl, p[0], FIONREAD, &n);
	SYS(ioctl, p[0], FIONBIO, (n = 1, &n));
	SYS(ioctl, p[0], FIOCLEX);
	SYS(ioctl, p[0], FIONCLEX);
	SYS(ioctl, p[0], FIOASYNC, &off);
	SYS(ioctl, p[0], TCGETS, &tio);
	SYS(ioctl, p[0], FIONREAD, BAD);
	pt = SYS(openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY);
	SYS(ioctl, pt, TIOCSPTLCK, &off);
	SYS(ioctl, pt, TIOCGPTN, &n);
	tty = SYS(ioctl, pt, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	SYS(ioctl, tty, TCGETS, &tio);
	SYS(ioctl, tty, TCSETS, &tio);
	tio.c_lflag = 0;
	SYS(ioctl, tty, TCSETSW, &tio);
	SYS(ioctl, tty, TIOCSWINSZ, &ws);
	SYS(ioctl, tty, TIOCGWINSZ, &ws);
	SYS(ioctl, tty, TIOCGWINSZ, BAD);
	SYS(ioctl, tty, TIOCGPGRP, &n);
	SYS(ioctl, tty, TIOCSPGRP, (n = 1, &n));
	SYS(ioctl, tty, TIOCSCTTY, 0L);
	SYS(ioctl, tty, TIOCGSID, &n);
	SYS(ioctl, tty, TIOCOUTQ, &n);
	SYS(ioctl, tty, TCFLSH, 2L);
	SYS(ioctl, tty, TCXONC, 1L);
	SYS(ioctl, tty, TCSBRK, 1L);
	SYS(ioctl, tty, TIOCNOTTY);
	SYS(ioctl, tty, TIOCGETD, &n);
	SYS(ioctl, tty, TIOCMGET, &n);
	SYS(ioctl, s, SIOCGIFADDR, &ifr);
	SYS(ioctl, s, SIOCGIFFLAGS, &ifr);
	SYS(ioctl, s, SIOCGIFINDEX, &ifr);
	SYS(ioctl, s, SIOCGIFMTU, &ifr);
	SYS(ioctl, s, SIOCGIFHWADDR, &ifr);
	strcpy(ifr.ifr_name, "absent");
	SYS(ioctl, s, SIOCGIFADDR, &ifr);
	SYS(ioctl, s, SIOCGIFINDEX, BAD);
	ifr.ifr_ifindex = 1;
	SYS(ioctl, s, SIOCGIFNAME, &ifr);
	SYS(ioctl, s, SIOCGIFCONF, &ifc);
	ifc.ifc_len = sizeof(room);
	ifc.ifc_req = room;
	SYS(ioctl, s, SIOCGIFCONF, &ifc);
	SYS(ioctl, s, 0x12345678, 5L);
	SYS(ioctl, s, _IOWR('x', 5, int), &n);
	SYS(ioctl, -1, BLKGETSIZE64, name);
	SYS(ioctl, -1, FICLONE, 3);
	SYS(ioctl, -1, LOOP_CTL_GET_FREE);
	n = SYS(openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
	SYS(ioctl, n, FS_IOC_GETFLAGS, name);
	SYS(ioctl, n, FIFREEZE + 0x100, 0L);
}

static void security(void)
{
	struct landlock_ruleset_attr rs = { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE };
	struct landlock_path_beneath_attr pb = { .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE, .parent_fd = -1 };
	union bpf_attr attr = {};
	struct perf_event_attr pe = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(pe), .config = PERF_COUNT_SW_DUMMY };
	char key[32];

	SYS(landlock_create_ruleset, &rs, sizeof(rs.handled_access_fs), 0);
	SYS(landlock_create_ruleset, NULL, 0L, 1);
	SYS(landlock_create_ruleset, BAD, 8L, 0);
	SYS(landlock_add_rule, -1, LANDLOCK_RULE_PATH_BENEATH, &pb, 0);
	SYS(landlock_restrict_self, -1, 0);
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 3;
	attr.value_size = 8;
	attr.max_entries = 1;
	SYS(bpf, BPF_MAP_CREATE, &attr, 20);
	SYS(bpf, BPF_MAP_CREATE, BAD, 20);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = -1;
	SYS(bpf, BPF_MAP_LOOKUP_ELEM, &attr, 32);
	SYS(bpf, 7777, &attr, 8);
	SYS(perf_event_open, &pe, -1, -1, -1, 0L);
	SYS(perf_event_open, BAD, 0, -1, -1, 8L);
	perf_events();
	SYS(add_key, "user", "corpus", "payload", 7L, KEY_SPEC_PROCESS_KEYRING);
	SYS(add_key, BAD, "corpus", BAD, 7L, 5);
	SYS(request_key, "user", "corpus", NULL, 0);
	SYS(request_key, "user", "corpus-absent", "info", KEY_SPEC_SESSION_KEYRING);
	SYS(keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0);
	SYS(keyctl, KEYCTL_DESCRIBE, KEY_SPEC_PROCESS_KEYRING, key, sizeof(key));
	SYS(keyctl, KEYCTL_JOIN_SESSION_KEYRING, BAD);
	SYS(keyctl, KEYCTL_READ, KEY_SPEC_PROCESS_KEYRING, key, 4L);
	SYS(keyctl, KEYCTL_REVOKE, 12345);
	SYS(keyctl, KEYCTL_SETPERM, 12345, 0x3f3f0000);
	SYS(keyctl, KEYCTL_SEARCH, KEY_SPEC_PROCESS_KEYRING, "user", "corpus-absent", 0);
	SYS(keyctl, KEYCTL_CAPABILITIES, key, sizeof(key));
	SYS(keyctl, KEYCTL_CAPABILITIES, key, 1L);
	SYS(keyctl, 777, 1L, 2L, 3L, 4L);
	SYS(ptrace, 0x4206, 0x7ffffff, 0L, 1L);
	SYS(ptrace, 16, 0x7ffffff, 0L, 0L);
	SYS(fanotify_init, 0x1010, 0);
	SYS(fanotify_mark, -1, 1, 0x20UL, AT_FDCWD, "/absent");
	SYS(lookup_dcookie, 0L, BAD, 1L);
}

static void rings(void)
{
	aio_context_t ctx = 0;
	struct iocb cb = { .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = 0, .aio_nbytes = 5 }, *list[1] = { &cb };
	struct io_event ev[2];
	struct timespec ts = {};
	struct io_uring_params params = { .flags = IORING_SETUP_CLAMP };
	char buf[8];
	int fd = SYS(openat, AT_FDCWD, "/dev/zero", O_RDONLY);

	cb.aio_fildes = fd;
	cb.aio_buf = (uintptr_t)buf;
	SYS(io_setup, 4, &ctx);
	SYS(io_setup, 4, BAD);
	SYS(io_submit, ctx, 1L, list);
	SYS(io_submit, ctx, 1L, BAD);
	SYS(io_getevents, ctx, 1L, 2L, ev, NULL);
	SYS(io_getevents, ctx, 0L, 2L, ev, &ts);
	SYS(io_cancel, ctx, &cb, ev);
	SYS(io_destroy, ctx);
	fd = SYS(io_uring_setup, 4, &params);
	SYS(io_uring_setup, 4, BAD);
	SYS(io_uring_enter, fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0L);
	SYS(io_uring_register, fd, IORING_REGISTER_EVENTFD, BAD, 1);
}

int main(void)
{
	sysv();
	queues();
	mounts();
	devices();
	security();
	rings();
	return 0;
}
