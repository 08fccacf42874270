/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The contract between the kernel half and user space: every record that goes through a ring, and every map value that
 * both sides touch. crates/wire is its twin; a test compares the two field by field.
 *
 * Records are little-endian, 8-byte aligned, and start with struct rec_hdr. Fields are only ever added at the end of a
 * record; WIRE_VERSION counts incompatible changes.
 */
#ifndef SYSCOPE_WIRE_H
#define SYSCOPE_WIRE_H

#define WIRE_VERSION 2

#define WIRE_COMM 16
#define WIRE_ARGS 6
/* Call numbers the plan table covers; a larger number is recorded with raw arguments only. */
#define WIRE_CALLS 512
/* Longest string copied from user space, PATH_MAX of the kernel. */
#define WIRE_STR_MAX 4096
/* Most bytes of one data buffer that can be asked for (strace's -s). */
#define WIRE_BUF_MAX 4096
/* Strings copied of an argv; each has no more bytes than -s shows. */
#define WIRE_ARGV_MAX 64
/* Most bytes copied of an array (pollfds, iovecs, epoll events). */
#define WIRE_ARRAY_BYTES 1024
/* A whole path: PATH_MAX plus one component, because the walk copies whole components. */
#define WIRE_PATH_MAX 4352
/* Captures planned per call: pselect6 reads four arguments at entry and again at exit, and a fifth. */
#define WIRE_CAPS 10
/* Values kept from entry to exit per call, and the bytes of each. */
#define WIRE_STASHES 2
#define WIRE_STASH 8

enum rec_kind {
	REC_CALL = 1,  /* a system call: struct rec_call, then captures */
	REC_ENTER = 2, /* what had to be read at entry: struct rec_enter, then captures; its call follows */
	REC_TASK = 3,  /* a task identity, before the first call that carries its id */
	REC_FILE = 4,  /* a file identity, before the first call that carries its id */
	REC_FORK = 5,
	REC_EXEC = 6,
	REC_EXIT = 7,
	REC_SIGNAL = 8,
	REC_KINDS = 9,
};

struct rec_hdr {
	__u16 kind; /* enum rec_kind */
	__u16 cpu;
	__u32 tid;     /* of the task that the record is about, host pid namespace */
	__u64 time_ns; /* boot-time clock when the record was written; non-decreasing within one ring */
};

enum call_flags {
	CALL_NORETURN = 1 << 0,	  /* written at entry, never returns: no ret, no latency */
	CALL_UNFINISHED = 1 << 1, /* had not returned when the record was written (thread death, stop) */
	CALL_COMPAT = 1 << 2,	  /* 32-bit entry: nr is an i386 number */
	CALL_X32 = 1 << 3,	  /* x32 entry: nr without the x32 bit */
	CALL_HAS_GAP = 1 << 4,	  /* gap_ns is meaningful */
	CALL_ENTER_LOST = 1 << 5, /* the REC_ENTER that belongs to it could not be written */
	CALL_HAS_ENTER = 1 << 6,  /* a REC_ENTER was written */
	CALL_NAME_LOST = 1 << 7,  /* a descriptor was open, but its identity could not be recorded */
	CALL_SAMPLED = 1 << 8,	  /* the row stands for as many calls as its plan's sample says; else for itself */
};

struct rec_call {
	struct rec_hdr hdr; /* time_ns: exit, or entry with CALL_NORETURN; tid: of the caller at entry */
	__u64 enter_ns;
	__u64 gap_ns; /* since this thread's previous call returned */
	__s64 ret;
	__u64 task_id;
	__u64 args[WIRE_ARGS]; /* brk: the break before in args[1] */
	/* What the (first, second) descriptor argument named at entry; for path calls the directory that a relative
	 * path starts from. 0: nothing, or not known. */
	__u64 file_ids[2];
	__u32 pid; /* tgid */
	__u32 nr;
	__u32 flags; /* enum call_flags */
	__u32 caps_len;
};

/* Must be followed by captures; joined to its call by (tid, time_ns == enter_ns). */
struct rec_enter {
	struct rec_hdr hdr;
	__u32 nr;
	__u32 caps_len;
};

enum cap_flags {
	CAP_ENTER = 1 << 0, /* read at entry, otherwise at exit */
	CAP_FAULT = 1 << 1, /* the memory could not be read; no data */
	CAP_TRUNC = 1 << 2, /* there was more than was copied */
	CAP_FILE = 1 << 3,  /* data is file ids (u64 each), not memory */
};

/* arg of a capture that belongs to the result */
#define CAP_RET 6
/* What an argument points to may point on: such a piece has the argument's index with its part above it. */
#define CAP_PART_SHIFT 4

enum cap_part {
	PART_NAME = 1,	  /* msg_name */
	PART_IOV = 2,	  /* the iovecs of a message */
	PART_DATA = 3,	  /* what an iovec points to; one for each, in their order */
	PART_CONTROL = 4, /* msg_control */
	PART_ELEMENT = 5, /* of an array of messages or pointers; the parts of a message follow it */
};

/* One piece of captured memory; data follows, padded to 8 bytes. For argv: a sequence of NUL-terminated strings. */
struct cap {
	__u8 arg;   /* index; enum cap_part above CAP_PART_SHIFT */
	__u8 flags; /* enum cap_flags */
	__u16 len;  /* bytes of data that follow */
	__u32 aux;  /* argv, envp, directory entries: number found; else the length that was asked for */
};

struct rec_task {
	struct rec_hdr hdr;
	__u64 task_id;
	__u64 start_ns; /* boot-time start of the task: with tid an identity that is never reused */
	__u64 cgroup_id;
	__u32 pid;
	__u32 ppid;
	__u32 uid;
	__u32 ns_tid; /* tid as the task itself sees it */
	__u8 comm[WIRE_COMM];
	/* cgroup path follows: components from the leaf up, each NUL-terminated */
	__u32 path_len;
	__u32 pid_ns; /* inode of the PID namespace in which it has ns_tid */
};

enum file_kind {
	FILE_PATH = 1,	 /* payload: components from the leaf up, each NUL-terminated */
	FILE_PIPE = 2,	 /* a pipe without a name */
	FILE_SOCKET = 3, /* payload: struct sock_info, then a unix path of path_len bytes */
	FILE_ANON = 4,	 /* anonymous inode; payload: its name, such as "[eventpoll]" */
	FILE_PSEUDO = 5, /* a file on a kernel-internal mount; payload: its name (memfd:x, SYSV00000000) */
	FILE_NS = 6,	 /* nsfs object; payload: its type name ("mnt", "net") */
};

enum file_flags {
	FILE_DELETED = 1 << 0, /* unlinked when it was resolved */
	FILE_PARTIAL = 1 << 1, /* the walk ended early: the path lacks leading components */
	FILE_OUTSIDE = 1 << 2, /* not below the root directory of the task */
	FILE_TRUNC = 1 << 3,   /* the path was longer than WIRE_PATH_MAX */
};

struct sock_info {
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u16 state; /* sk_state */
	__u16 lport; /* host order */
	__u16 rport; /* host order */
	__u32 netlink_portid;
	__u64 peer_ino; /* unix: inode of the connected peer */
	__u8 laddr[16]; /* IPv4: first 4 bytes */
	__u8 raddr[16];
};

struct rec_file {
	struct rec_hdr hdr;
	__u64 file_id;
	__u64 ino;
	__u64 mnt_id;
	__u32 dev;   /* kernel encoding: major << 20 | minor */
	__u32 rdev;  /* of device nodes */
	__u32 mode;  /* i_mode */
	__u32 magic; /* superblock magic */
	__u16 kind;  /* enum file_kind */
	__u16 flags; /* enum file_flags */
	__u32 path_len;
	__u32 root_len; /* the task's root directory, as its namespace sees it; 0: it is the top */
	__u32 pid;	/* of a pidfd: its process as syscope's namespace numbers it; 0: not known */
			/* payload; then, for FILE_PATH, the components of the root directory, likewise */
};

struct rec_fork {
	struct rec_hdr hdr; /* tid: of the parent; of the child itself: it was there when it was attached */
	__u32 pid;	    /* tgid of the parent */
	__u32 child_tid;
	__u32 child_pid;    /* tgid of the child: equals pid for a thread */
	__u32 child_ns_tid; /* as the child itself sees it */
	__u32 pid_ns;	    /* inode of the PID namespace in which it does */
	__u32 pad;
};

struct rec_exec {
	struct rec_hdr hdr; /* tid: after the exec, equals pid */
	__u32 pid;
	__u32 old_tid; /* the caller's tid before */
};

struct rec_exit {
	struct rec_hdr hdr;
	__u32 pid;
	__s32 exit_code;    /* of this thread, as wait(2) reports it */
	__u32 group_dead;   /* the last thread of its process */
	__s32 process_code; /* with group_dead: what the parent of the process gets */
};

struct rec_signal {
	struct rec_hdr hdr;
	__u32 pid;
	__s32 signo;
	__s32 code; /* si_code */
	__s32 err;  /* si_errno */
	__u32 si_pid;
	__u32 si_uid;
	__u64 value; /* si_addr of faults; si_status of SIGCHLD (signed) */
	__u64 utime; /* SIGCHLD: clock ticks, else 0 */
	__u64 stime;
	__u64 handler; /* 0 SIG_DFL */
	__u32 stops;   /* it stops the process */
	__u32 pad;
};

/* ---- plan table: one per call number, written by user space before the programs are attached ---- */

enum plan_flags {
	PLAN_EMIT = 1 << 0,	  /* rows are wanted */
	PLAN_NORETURN = 1 << 1,	  /* never returns: written at entry */
	PLAN_RET_FD = 1 << 2,	  /* a non-negative result is a descriptor */
	PLAN_CWD = 1 << 3,	  /* a relative path starts from the working directory: file_ids[0] */
	PLAN_CWD2 = 1 << 4,	  /* the second path likewise: file_ids[1] */
	PLAN_MMAP = 1 << 5,	  /* the descriptor counts only without MAP_ANONYMOUS in argument 3 */
	PLAN_EXEC = 1 << 6,	  /* execve, execveat: the memory is gone at exit */
	PLAN_ENTER_CAPS = 1 << 7, /* has captures at entry */
	PLAN_EXIT_CAPS = 1 << 8,  /* has captures at exit */
	PLAN_FCNTL = 1 << 9,	  /* result is a descriptor for F_DUPFD and F_DUPFD_CLOEXEC only */
	PLAN_SHORT = 1 << 10,	  /* its only capture is one buffer at exit, and its result is no descriptor */
	PLAN_MOVES_FD = 1 << 11,  /* closes or replaces the last descriptor that it names */
	PLAN_FILE_ARG = 1 << 12,  /* counted with the file that its first descriptor argument names */
	PLAN_FILE_RET = 1 << 13,  /* counted with the file that its result names */
	PLAN_SPECIAL = 1 << 14,	  /* see special_args in call.h */
	PLAN_VARIANT = 1 << 15,	  /* what is captured depends on argument `select`: see struct variant_key */
	PLAN_STRINGS = 1 << 16,	  /* has strings that another thread could change before they are read at exit */
};

enum cap_kind {
	CK_NONE = 0,
	CK_STR = 1,	 /* NUL-terminated string, at most WIRE_STR_MAX */
	CK_BUF = 2,	 /* data, cut to the string limit; length from len_kind */
	CK_MEM = 3,	 /* fixed size bytes, or element size with a count */
	CK_ARGV = 4,	 /* pointers to strings */
	CK_ENVP = 5,	 /* pointers to strings, only counted */
	CK_SOCKADDR = 6, /* length from len_kind, at most 128 */
	CK_FDS = 7,	 /* int[2] that the call stored: resolved to identities */
	/* at exit */
	CK_IOV = 8,	  /* iovecs and their data; size 1: no more data than the result says */
	CK_MSG = 9,	  /* a msghdr with its parts; size as for CK_IOV */
	CK_MMSG = 10,	  /* mmsghdrs with their parts; plus 1: no more data than msg_len says */
	CK_POINTERS = 11, /* pointers to structures of size bytes; with LEN_FIXED so many as plus says */
	CK_DIRENTS = 12,  /* directory entries: counted; size 1: and copied */
	/* at entry */
	CK_POLLFDS = 13, /* pollfds and the identities of their descriptors */
	CK_FDSET = 14,	 /* a set of descriptors and their identities */
	/* at exit */
	CK_FOLLOW = 15, /* what the pointer at byte `plus` of the memory leads to */
};

enum len_kind {
	LEN_FIXED = 0, /* size bytes */
	LEN_ARG = 1,   /* argument len_arg times size */
	LEN_RET = 2,   /* the result times size */
	LEN_PTR = 3,   /* int or socklen_t that argument len_arg points to */
	LEN_BOTH = 4,  /* the result, but no more than argument len_arg */
	LEN_BITS = 5,  /* argument len_arg bits, in whole words */
	LEN_FIELD = 6, /* the __u32 at byte len_arg of the memory itself times size */
	LEN_INT = 7,   /* the lower half of argument len_arg, times size */
	LEN_PAGES = 8, /* the pages of argument len_arg bytes, times size */
};

enum cap_when {
	WHEN_EXIT = 0,	  /* always at exit */
	WHEN_EXIT_OK = 1, /* at exit if the call did not fail */
	WHEN_ENTER = 2,
	WHEN_OVERLAP = 3, /* at exit; at entry too if an output of the call may overwrite it */
	WHEN_STASH = 4,	  /* at entry, kept in the task's state until exit: at most WIRE_STASH bytes */
};

enum bytes_rule {
	BYTES_NONE = 0,
	BYTES_RET = 1,	/* the result */
	BYTES_ROOM = 2, /* the result, unless argument bytes_arg is 0: it asked for the size only */
	BYTES_RECV = 3, /* the result, at most argument 2; none if it was only a look (flags in argument bytes_arg) */
	BYTES_MSG = 4,	/* the result, at most what the message has room for; none if it was only a look */
	BYTES_ARG = 5,	/* argument bytes_arg */
	BYTES_MMSG = 6, /* the same as BYTES_MSG for as many messages as the result says */
	BYTES_ATTR = 7, /* as BYTES_ROOM, with the size in the struct xattr_args in argument bytes_arg */
};

enum bytes_way {
	WAY_READ = 0,
	WAY_WRITE = 1,
	WAY_TRANSFER = 2,
	WAYS = 3,
};

struct plan_cap {
	__u8 arg;
	__u8 kind;     /* enum cap_kind */
	__u8 when;     /* enum cap_when */
	__u8 len_kind; /* enum len_kind */
	__u8 len_arg;  /* with WHEN_STASH: which of the task's stashes */
	__u8 plus;     /* bytes beyond what len_kind says */
	__u16 size;
};

struct plan {
	__u32 flags;	/* enum plan_flags */
	__s8 fd_arg[2]; /* descriptor or directory arguments, -1 none */
	__u8 ncaps;
	__s8 out_arg; /* first output buffer, for WHEN_OVERLAP; -1 none */
	struct plan_cap caps[WIRE_CAPS];
	__u32 out_size;	 /* bytes that the output may cover, 0: length in argument out_arg + 1 */
	__u8 bytes_rule; /* enum bytes_rule */
	__u8 bytes_way;	 /* enum bytes_way */
	__u8 bytes_arg;
	__u8 select; /* with PLAN_VARIANT: the argument that decides, shifted right by select_shift */
	__u32 select_shift;
	__u32 sample; /* a row for one of so many calls, 0: for none */
};

/* Key of the table of variants, whose values are plans that stand in for the captures of the call's own plan. */
struct variant_key {
	__u32 nr;
	__u32 value; /* of the selecting argument */
};

/* ---- counting: calls by key, a cell for each processor ---- */

enum count_group {
	GROUP_NONE = 0,
	GROUP_PROCESS = 1, /* tgid, start of the process */
	GROUP_COMM = 2,	   /* name of the task at entry */
	GROUP_CGROUP = 3,  /* id of the cgroup */
	GROUP_TASK = 4,	   /* task_id: thread, name, user and all else that a REC_TASK holds */
};

/*
 * How a call ended, and which program counts it: one program only for each, because on kernels where they can be preempted
 * one must not come in between while another one writes the same cell.
 */
enum count_how {
	HOW_RETURNED = 0,    /* sys_exit */
	HOW_NORETURN = 1,    /* sys_enter; never returns: no latency */
	HOW_INTERRUPTED = 2, /* signal_deliver; failed with EINTR */
	HOW_KILLED = 3,	     /* sys_exit; the rest had not returned */
	HOW_GIVEN_UP = 4,    /* sys_enter; interrupted, and then another call came */
	HOW_UNFINISHED = 5,  /* exec, exit of the thread, end of tracing */
	HOWS = 6,
};

/* beside how: for whatever found no room, without group and file */
#define COUNT_OTHER 256

struct count_key {
	__u64 group[2];
	__u64 file; /* id, 0: none or not known */
	__u32 nr;
	__u16 how; /* enum count_how, COUNT_OTHER */
	__u16 abi; /* CALL_COMPAT, CALL_X32 or 0 */
};

/*
 * Log-linear: values below 8 by themselves, then 8 buckets for each power of two; what is 2^44 or more (five hours, in
 * nanoseconds) is in the last one.
 */
#define HIST_SUB_BITS 3
#define HIST_BUCKETS 336

struct count_cell {
	__u64 calls; /* written last: a reader for whom it equals `begun` has seen a consistent cell */
	__u64 errors;
	__u64 total_ns;
	__u64 min_ns; /* of no meaning while there are no calls */
	__u64 max_ns;
	__u64 bytes[WAYS];
	__u32 hist[HIST_BUCKETS];
	__u64 begun; /* written first */
	__u64 pad[7];
};

/* Time between calls. In step with the cells. */
struct count_gaps {
	__u64 total_ns;
	__u32 hist[HIST_BUCKETS];
	__u64 pad[7];
};

/* Errors of a cell by number. */
struct error_key {
	__u32 cell;
	__u32 err;
};

/* ---- counters, per CPU ---- */

enum lost_kind {
	LOST_CALL = 0,	     /* rows, also counted by call number */
	LOST_ENTER = 1,	     /* entry captures: their rows say so */
	LOST_TASK = 2,	     /* task identities: retried with the next call */
	LOST_FILE = 3,	     /* file identities: the row has no name, retried with the next call */
	LOST_EVENT = 4,	     /* fork, exec, exit, signal */
	LOST_STATE = 5,	     /* no task storage could be had */
	LOST_SUPERSEDED = 6, /* an entry whose exit was never seen, or with another number */
	LOST_NO_ENTER = 7,   /* an exit without entry: answered by seccomp, or entered before tracing */
	LOST_KINDS = 8,
};

struct counters {
	__u64 lost[LOST_KINDS];
	__u64 calls;	/* calls of traced tasks that reached their exit */
	__u64 filtered; /* dropped by a filter in the kernel */
	__u64 rows;	/* rows written */
	__u64 pad;
};

#endif
