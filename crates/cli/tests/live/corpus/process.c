/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Processes: identity, limits, scheduling, children, programs, control. */
#include "corpus.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>

struct sched_param_k {
	int priority;
};

static void identity(void)
{
	uint32_t a, b, c, groups[4] = { 1, 2, 3 };
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	struct utsname uts;

	SYS(getpid);
	SYS(gettid);
	SYS(getuid);
	SYS(geteuid);
	SYS(getgid);
	SYS(getegid);
	SYS(getpgrp);
	SYS(getpgid, 0);
	SYS(getsid, 0);
	SYS(setpgid, 0, 0);
	SYS(setsid);
	SYS(getresuid, &a, &b, &c);
	SYS(getresgid, &a, &b, &c);
	SYS(getresuid, BAD, &b, &c);
	SYS(setresuid, -1, -1, -1);
	SYS(setreuid, -1, 0);
	SYS(setuid, 0);
	SYS(setfsuid, -1);
	SYS(setfsgid, 0);
	SYS(setgroups, 3L, groups);
	SYS(getgroups, 0L, NULL);
	SYS(getgroups, -1L, groups);
	SYS(getgroups, 4L, groups);
	SYS(setgroups, 2L, BAD);
	SYS(setgroups, 0L, NULL);
	SYS(capget, &head, data);
	SYS(capget, &head, NULL);
	SYS(capset, &head, data);
	head.version = 0;
	SYS(capget, &head, data);
	SYS(capget, BAD, data);
	head.version = _LINUX_CAPABILITY_VERSION_1;
	SYS(capget, &head, data);
	SYS(uname, &uts);
	SYS(uname, BAD);
	SYS(umask, 0777);
	SYS(personality, 0xffffffffL);
	SYS(sethostname, BAD, 5L);
	SYS(sethostname, "name", 65L);
}

static void limits(void)
{
	struct rlimit lim;
	struct rlimit lower = { 1 << 20, RLIM_INFINITY };
	struct rusage ru;
	struct sysinfo si;
	struct sched_param_k sp = { 0 };
	unsigned long mask[16] = { 1 };
	struct timespec ts;
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
		uint32_t min, max;
	} attr = { 48, 0, 0, 0, 0, 0, 0, 0 };

	SYS(getrlimit, RLIMIT_NOFILE, &lim);
	SYS(setrlimit, RLIMIT_CORE, &lower);
	SYS(setrlimit, RLIMIT_CORE, BAD);
	SYS(prlimit64, 0, RLIMIT_STACK, NULL, &lim);
	SYS(prlimit64, 0, RLIMIT_CORE, &lower, &lim);
	SYS(prlimit64, 0, 99, NULL, &lim);
	SYS(getrusage, RUSAGE_SELF, BAD);
	SYS(getrusage, 77, &ru);
	SYS(sysinfo, BAD);
	SYS(getpriority, PRIO_PROCESS, 0);
	SYS(setpriority, PRIO_PROCESS, 0, 1);
	SYS(getpriority, PRIO_USER, 77777);
	SYS(sched_yield);
	SYS(sched_getscheduler, 0);
	SYS(sched_setscheduler, 0, 0, &sp);
	SYS(sched_getparam, 0, &sp);
	SYS(sched_setparam, 0, &sp);
	SYS(sched_setparam, 0, BAD);
	SYS(sched_get_priority_max, 1);
	SYS(sched_get_priority_min, 2);
	SYS(sched_rr_get_interval, 0, BAD);
	SYS(sched_getaffinity, 0, sizeof(mask), mask);
	SYS(sched_getaffinity, 0, 1L, mask);
	SYS(sched_setaffinity, 0, sizeof(mask), mask);
	SYS(sched_setaffinity, 0, 8L, mask);
	SYS(sched_setaffinity, 0, 8L, BAD);
	SYS(sched_getattr, 0, &attr, 48, 0);
	SYS(sched_getattr, 0, &attr, 56, 0);
	SYS(sched_getattr, 0, BAD, 48, 0);
	attr.size = 48;
	SYS(sched_setattr, 0, &attr, 0);
	SYS(sched_setattr, 0, BAD, 0);
	SYS(sched_setattr, 0, NULL, 0);
	SYS(getcpu, BAD, NULL, NULL);
	SYS(ioprio_get, 1, 0);
	SYS(ioprio_set, 1, 0, 0x4004);
	(void)si;
	(void)ts;
}

static void memory(void)
{
	unsigned char vec[4];
	unsigned long nodes = 1;
	int mode;
	char *p = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p[0] = 1;
	SYS(mprotect, p, 4096L, PROT_READ);
	SYS(madvise, p, 4096L, MADV_DONTNEED);
	SYS(mincore, 1, 12288L, vec);
	SYS(mincore, p, 12288L, BAD);
	SYS(mincore, p, 12288L, vec);
	SYS(mincore, p, 0L, vec);
	SYS(mincore, p, 4097L, NULL);
	SYS(mlock, p, 4096L);
	SYS(mlock2, p, 4096L, 1);
	SYS(munlock, p, 4096L);
	SYS(msync, p, 4096L, MS_SYNC | MS_INVALIDATE);
	SYS(mremap, p, 16384L, 4096L, 0);
	SYS(mremap, p, 4096L, 8192L, MREMAP_MAYMOVE);
	SYS(mmap, NULL, 4096L, PROT_NONE, MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS, -1, 0L);
	SYS(mmap, 0x10000, 4096L, PROT_EXEC | PROT_READ, MAP_PRIVATE, 99, 0x3000L);
	SYS(mlockall, 7);
	SYS(munlockall);
	SYS(munmap, p, 4096L);
	SYS(munmap, 1, 1L);
	SYS(brk, 0L);
	SYS(pkey_alloc, 0L, 1L);
	SYS(pkey_free, 77);
	SYS(pkey_mprotect, p, 4096L, PROT_READ, -1);
	SYS(mbind, p, 4096L, 2, &nodes, 64L, 1);
	SYS(set_mempolicy, 0x8001, &nodes, 64L);
	SYS(set_mempolicy, 0, NULL, 0L);
	SYS(get_mempolicy, &mode, &nodes, 64L, NULL, 0L);
	SYS(get_mempolicy, NULL, NULL, 0L, NULL, 0L);
	SYS(migrate_pages, 0x7ffffff, 64L, &nodes, &nodes);
	SYS(move_pages, 0, 0L, NULL, NULL, NULL, 2);
	SYS(membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
	SYS(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	SYS(memfd_create, "name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	SYS(memfd_create, BAD, 0);
	SYS(remap_file_pages, p, 4096L, 0, 0L, 0);
	SYS(userfaultfd, 0x80800);
}

static void controls(void)
{
	char name[16];
	int value;
	struct sock_filter code[3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 77777, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 0, code };
	uint32_t action = SECCOMP_RET_TRAP;

	SYS(prctl, PR_SET_NAME, "renamed");
	SYS(prctl, PR_SET_NAME, "a name of more than fifteen bytes");
	SYS(prctl, PR_SET_NAME, BAD);
	SYS(prctl, PR_GET_NAME, name);
	SYS(prctl, PR_SET_PDEATHSIG, SIGTERM);
	SYS(prctl, PR_GET_PDEATHSIG, &value);
	SYS(prctl, PR_SET_PDEATHSIG, 0L);
	SYS(prctl, PR_GET_DUMPABLE);
	SYS(prctl, PR_SET_DUMPABLE, 1L);
	SYS(prctl, PR_SET_KEEPCAPS, 0L);
	SYS(prctl, PR_GET_KEEPCAPS);
	SYS(prctl, PR_CAPBSET_READ, CAP_SYS_ADMIN);
	SYS(prctl, PR_CAPBSET_DROP, 77L);
	SYS(prctl, PR_GET_SECUREBITS);
	SYS(prctl, PR_SET_SECUREBITS, 0L);
	SYS(prctl, PR_SET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L);
	SYS(prctl, PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L);
	SYS(prctl, PR_GET_TID_ADDRESS, BAD);
	SYS(prctl, PR_SET_CHILD_SUBREAPER, 0L);
	SYS(prctl, PR_GET_CHILD_SUBREAPER, &value);
	SYS(prctl, PR_SET_TIMERSLACK, 50000L);
	SYS(prctl, PR_GET_TIMERSLACK);
	SYS(prctl, PR_SET_THP_DISABLE, 0L, 0L, 0L, 0L);
	SYS(prctl, PR_GET_THP_DISABLE, 0L, 0L, 0L, 0L);
	SYS(prctl, PR_SET_PTRACER, -1L);
	SYS(prctl, PR_GET_SECCOMP);
	SYS(prctl, PR_SET_SECCOMP, 2L, BAD);
	SYS(prctl, PR_GET_TSC, &value);
	SYS(prctl, PR_SET_TSC, 1L);
	SYS(prctl, PR_SET_MM, PR_SET_MM_BRK, 0L, 0L, 0L);
	SYS(prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, BAD, 4096L, "label");
	SYS(prctl, PR_GET_SPECULATION_CTRL, 0L, 0L, 0L, 0L);
	SYS(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0L, 0L, 0L);
	SYS(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L);
	SYS(prctl, PR_MCE_KILL, 0L, 0L, 0L, 0L);
	SYS(prctl, PR_MCE_KILL_GET, 0L, 0L, 0L, 0L);
	SYS(prctl, PR_MCE_KILL, 77L, 5L, 0L, 0L);
	SYS(prctl, PR_SET_SPECULATION_CTRL, 77L, 5L, 0L, 0L);
	SYS(prctl, PR_SET_SYSCALL_USER_DISPATCH, 0L, 77L, 5L, NULL);
	SYS(prctl, PR_SVE_GET_VL, 1L);
	SYS(prctl, PR_TASK_PERF_EVENTS_DISABLE);
	SYS(prctl, PR_GET_ENDIAN, &value);
	SYS(prctl, PR_GET_FPEMU, &value);
	SYS(prctl, 424242, 1L, 2L, 3L, 4L);
	SYS(arch_prctl, 0x1003, BAD);
	SYS(arch_prctl, 0x1002, 1UL << 63);
	SYS(arch_prctl, 0x1001, 0L);
	SYS(arch_prctl, 0x77, 5L);
	SYS(arch_prctl, 0x1011, 0L);
	SYS(seccomp, SECCOMP_SET_MODE_STRICT, 77, NULL);
	SYS(seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
	SYS(seccomp, SECCOMP_SET_MODE_FILTER, 4, &prog);
	prog.len = 3;
	SYS(seccomp, SECCOMP_SET_MODE_FILTER, 0x1000, &prog);
	SYS(seccomp, SECCOMP_SET_MODE_FILTER, 0, BAD);
	SYS(seccomp, 77, 0, NULL);
	SYS(set_tid_address, &value);
	SYS(set_robust_list, BAD, 5L);
	SYS(get_robust_list, 0x7ffffff, BAD, BAD);
	SYS(kcmp, getpid(), getpid(), 0, 1L, 1L);
	SYS(kcmp, getpid(), getpid(), 2, 0L, 0L);
	SYS(unshare, 0);
	SYS(setns, -1, CLONE_NEWNET);
	SYS(pidfd_open, getpid(), 0);
	SYS(pidfd_send_signal, -1, 0, NULL, 0);
	SYS(pidfd_getfd, -1, 3, 0);
	SYS(close_range, 100, ~0U, 0);
	SYS(process_madvise, -1, BAD, 1L, MADV_COLD, 0);
	SYS(rseq, BAD, 32, 0, 0x53053053);
	SYS(getrandom, name, 8L, GRND_NONBLOCK);
	SYS(getrandom, BAD, 8L, 0);
	SYS(getrandom, name, 16L, 0x77);
	SYS(restart_syscall);
}

static void children(char **env)
{
	char *argv[] = { "/bin/true", "one", "two words", "a very long argument that is cut off somewhere", NULL };
	char *empty[] = { NULL };
	int status;
	siginfo_t info;
	struct rusage ru;
	struct clone_args ca = { .flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .exit_signal = SIGCHLD };
	int pidfd, ptid, go[2];
	long pid;

	if (!fork())
		_exit(3);
	SYS(wait4, -1, &status, 0, NULL);
	pid = fork();
	if (!pid) {
		SYS(execve, "/absent", argv, env);
		SYS(execve, NULL, NULL, NULL);
		SYS(execve, BAD, BAD, BAD);
		SYS(execve, "/absent", empty, empty);
		SYS(execveat, AT_FDCWD, "/bin/true", argv, env, AT_SYMLINK_NOFOLLOW);
		SYS(execve, "/bin/true", argv, env);
		_exit(1);
	}
	SYS(wait4, pid, &status, 0, &ru);
	pid = fork();
	if (!pid) {
		raise(SIGKILL);
		_exit(1);
	}
	SYS(wait4, pid, &status, 0, NULL);
	pipe(go);
	pid = fork();
	if (!pid) {
		raise(SIGSTOP);
		SYS(read, go[0], argv, 1L);
		_exit(0);
	}
	SYS(wait4, pid, &status, WUNTRACED, NULL);
	SYS(kill, pid, SIGCONT);
	SYS(wait4, pid, &status, WCONTINUED, NULL);
	SYS(write, go[1], "x", 1L);
	SYS(wait4, pid, &status, __WALL, NULL);
	pid = fork();
	if (!pid)
		_exit(7);
	SYS(waitid, P_PID, pid, &info, WEXITED | WNOWAIT, NULL);
	SYS(waitid, P_PID, pid, &info, WEXITED, &ru);
	SYS(waitid, P_ALL, 0, &info, WEXITED, NULL);
	SYS(wait4, -1, &status, WNOHANG, NULL);
	SYS(wait4, pid, BAD, 0, NULL);
	ca.pidfd = (uintptr_t)&pidfd;
	ca.parent_tid = (uintptr_t)&ptid;
	pid = SYS(clone3, &ca, sizeof(ca));
	if (!pid)
		_exit(0);
	SYS(wait4, pid, &status, 0, NULL);
	SYS(clone3, &ca, 8L);
	SYS(clone3, BAD, sizeof(ca));
	ca.flags = 1UL << 60;
	SYS(clone3, &ca, 64L);
	pid = SYS(clone, SIGCHLD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, 0L, NULL, &ptid, 0L);
	if (!pid)
		_exit(0);
	SYS(wait4, pid, NULL, 0, NULL);
	pid = SYS(vfork);
	if (!pid)
		_exit(0);
	SYS(wait4, pid, &status, 0, NULL);
}

int main(int argc, char **argv, char **env)
{
	(void)argc;
	(void)argv;
	identity();
	limits();
	memory();
	controls();
	children(env);
	return 0;
}
