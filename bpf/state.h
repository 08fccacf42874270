/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Settings, maps and the state of a traced task. */
#ifndef SYSCOPE_STATE_H
#define SYSCOPE_STATE_H

/* For calls that are not in the table. */
static const struct plan no_plan = { .fd_arg = { -1, -1 }, .out_arg = -1, .sample = 1 };

/* Settings: fixed before load, so that the verifier drops what is switched off. */
const volatile bool trace_all;
const volatile bool follow = 1;
const volatile bool emit_foreign = 1; /* compat, x32 and unknown calls */
const volatile bool emit_signals = 1;
const volatile bool only_ok;	 /* -z */
const volatile bool only_failed; /* -Z */
const volatile bool match_comm;
const volatile bool match_uid;
const volatile __u32 want_uid;
const volatile __u64 want_comm[2];
const volatile __u32 want_pid; /* host numbers, 0: any */
const volatile __u32 want_tid;
const volatile __u32 want_errno; /* 0: any result */
const volatile __u64 min_latency_ns;
const volatile __u32 string_limit = 32;
const volatile bool emit_rows = 1;
const volatile bool sampling;	  /* some plan has a sample that is not 1, or rows may be thinned */
const volatile bool count_calls;  /* and how: */
const volatile __u32 count_group; /* enum count_group */
const volatile bool count_files;
const volatile bool count_gaps;
const volatile __u32 cell_count; /* of one processor */

/* Shared with user space while running. */
__u64 next_task_id = 1;
__u64 next_file_id = 1;
__u64 min_file_id;		       /* ids below this one were forgotten by user space */
__u64 live_tasks;		       /* tasks that are traced now */
__u64 next_cell;		       /* cells that were given a key */
__u64 thinning = 1;		       /* of the calls that would have a row, one of so many has; 0: none */
__u32 self_tgid;		       /* syscope, as the host numbers it */
__u32 self_level;		       /* how many PID namespaces syscope is below the host's */
__u64 self_root_dentry, self_root_mnt; /* where names begin for syscope */

/* How often descriptors of shared tables were closed or replaced, by a hash of table and number. */
#define FD_MOVES 4096
__u64 fd_moves[FD_MOVES];

__u64 told_signal; /* the latest that was told for a process whose first thread had gone */

#define TS_COMPAT 2
#define X32_BIT 0x40000000

#define SLOTS 8

/* A descriptor whose identity is known. Valid only if everything still matches. */
struct slot {
	__u64 file; /* struct file, or the dentry of a working directory */
	__u64 sig;
	__u64 id;
	__s32 fd;
	__u32 object; /* of the inode's address: a struct file may be freed and used again */
};

/* Where a call is counted: spares the look into the table of keys. */
struct cell_slot {
	__u64 file;
	__u64 what; /* of struct count_key, behind its file */
	__u32 cell; /* 0: empty */
	__u32 pad;
};

#define CELL_SLOT_BITS 3
#define CELL_SLOTS (1 << CELL_SLOT_BITS)

#define ST_SHIFT 16

enum state_flags {
	ST_WAIT_EXEC = 1 << 0, /* the command before its first execve: not traced yet */
	ST_FRESH = 1 << 1,     /* a forked child: its first exit has no entry */
	ST_ATTACHED = 1 << 2,  /* may have been inside a call when it was attached */
	ST_SKIP = 1 << 3,      /* the call in flight is not wanted */
	ST_DONE = 1 << 4,      /* the call in flight has been written already: it never returns */
	ST_TASK_SENT = 1 << 5, /* user space knows task_id */
	ST_MATCH = 1 << 6,     /* the task passes the filters */
	ST_IN_CALL = 1 << 7,
	ST_ENTER_FAULT = 1 << 8,   /* something could not be read at entry: its page was absent */
	ST_SCRIPT = 1 << 9,	   /* the exec in flight runs an interpreter: the new argv is not the caller's */
	ST_INTERRUPTED = 1 << 10,  /* a signal handler runs, or an interrupted call may go on */
	ST_RESUMED = 1 << 11,	   /* the call in flight is the continuation of an interrupted one */
	ST_SKIP_RESTART = 1 << 12, /* a call that is not wanted may go on as restart_syscall */
	ST_FIRST_EXEC = 1 << 13,   /* the call in flight is the execve that begins the command */
	ST_SHARED_FDS = 1 << 14,   /* another thread may change what the call's descriptors name */
	ST_QUIET = 1 << 15,	   /* the call in flight is counted, but has no row */
	/* what goes into the row: enum call_flags, shifted */
	ST_COMPAT = CALL_COMPAT << ST_SHIFT,
	ST_X32 = CALL_X32 << ST_SHIFT,
	ST_HAS_GAP = CALL_HAS_GAP << ST_SHIFT,
	ST_ENTER_LOST = CALL_ENTER_LOST << ST_SHIFT,
	ST_HAS_ENTER = CALL_HAS_ENTER << ST_SHIFT,
	ST_NAME_LOST = CALL_NAME_LOST << ST_SHIFT,
	ST_SAMPLED = CALL_SAMPLED << ST_SHIFT,
	ST_ROW_FLAGS = ST_COMPAT | ST_X32 | ST_HAS_GAP | ST_ENTER_LOST | ST_HAS_ENTER | ST_NAME_LOST | ST_SAMPLED,
	/* what a call leaves behind */
	ST_CALL_FLAGS = ST_SKIP | ST_DONE | ST_ENTER_LOST | ST_HAS_ENTER | ST_NAME_LOST | ST_COMPAT | ST_X32 |
			ST_IN_CALL | ST_ENTER_FAULT | ST_SCRIPT | ST_RESUMED | ST_SKIP_RESTART | ST_FIRST_EXEC |
			ST_SHARED_FDS | ST_QUIET | ST_SAMPLED,
};

/* Short values read at entry, in the order of the plan. */
struct stash {
	__u64 value[WIRE_STASHES];
	__u8 len[WIRE_STASHES]; /* 0: nothing was there; STASH_FAULT: it could not be read */
	__u8 pad[8 - WIRE_STASHES];
};

#define STASH_FAULT 0xff

struct task_state {
	__u64 enter_ns;
	__u64 exit_ns;
	__u64 args[WIRE_ARGS];
	__u64 file_ids[2];
	__u64 task_id;
	__u32 nr;
	__u32 flags;
	__u32 tid; /* at entry: an exec may change it */
	__u32 pid;
	/* What task_id stands for. Kernel addresses, only compared. */
	__u64 comm[2];
	__u64 cred;
	__u64 cgroups;
	__u64 parent;
	__u64 self;
	__u32 ppid;
	__u32 uid;
	struct stash stash;
	/* with ST_SHARED_FDS, at entry */
	__u64 sleeps;	/* how often the task had gone to sleep */
	__u64 moves;	/* of the call's descriptors */
	__u32 handlers; /* signal handlers that have begun and not returned */
	__u32 pad;
	__u64 gone; /* not 0: live_tasks does not count it any more */
	struct slot slots[SLOTS];
	__u64 group[2]; /* by which it is counted */
	struct cell_slot cells[CELL_SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
} tasks SEC(".maps");

/* Processes to attach to, read by the task iterator. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32); /* initial state flags */
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WIRE_CALLS);
	__type(key, __u32);
	__type(value, struct plan);
} plans SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct variant_key);
	__type(value, struct plan);
} variants SEC(".maps");

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* One ring per processor; user space makes and inserts them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

/* Identities that user space knows: what they are made of, to id. */
struct file_key {
	__u64 object; /* dentry or sock */
	__u64 sig;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct file_key);
	__type(value, __u64);
} files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WIRE_CALLS);
	__type(key, __u32);
	__type(value, __u64);
} lost_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WIRE_CALLS);
	__type(key, __u32);
	__type(value, __u64);
} began_before SEC(".maps");

/* Calls from which samples are taken. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WIRE_CALLS);
	__type(key, __u32);
	__type(value, __u64);
} samples SEC(".maps");

/*
 * Where records are put together. Each program has its own, because on kernels where tracepoint programs can be
 * preempted another one may run on the same processor in between.
 */
#define HEAD 128
#define DATA_MAX 24320

struct scratch {
	__u8 head[HEAD]; /* struct rec_call; the shorter records end where data begins */
	__u8 data[DATA_MAX];
};

enum scratch_slot {
	SCRATCH_ENTER,
	SCRATCH_EXIT,
	SCRATCH_ITER,
	SCRATCH_FILE_ITER,
	SCRATCH_FILE_ENTER,
	SCRATCH_FILE_EXIT,
	SCRATCH_OTHER,
	SCRATCH_FILE_OTHER,
	SCRATCH_SIGNAL,
	SCRATCH_FILE_SIGNAL,
	SCRATCHES,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* The task passes the filters, as far as there are any. */
static __always_inline bool is_wanted(struct task_state *st)
{
	return (!match_comm && !match_uid && !want_pid && !want_tid) || (st->flags & ST_MATCH);
}

/* The cheapest test there is: only traced tasks have storage. (A typed load makes the verifier search its types.) */
static __always_inline bool has_storage(struct task_struct *task)
{
#ifdef LOAD_BY_HELPER
	return task->bpf_storage != NULL;
#else
	return LOAD64((__u64)task, struct task_struct, bpf_storage) != 0;
#endif
}

static __always_inline __u64 arg_at(const __u64 *args, __u32 i)
{
	__u64 at = i;

	/* older verifiers have to see the bound on the very register that is added */
	barrier_var(at);
	if (at >= WIRE_ARGS)
		at = 0;
	return args[at];
}

static __always_inline struct scratch *scratch_get(__u32 slot)
{
	return bpf_map_lookup_elem(&scratches, &slot);
}

static __always_inline struct counters *counts_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counts, &zero);
}

static __always_inline void count_lost(enum lost_kind kind)
{
	struct counters *c = counts_get();

	if (c)
		c->lost[kind]++;
}

/* A call that a filter of the kernel half dropped. */
static __always_inline void count_filtered(void)
{
	struct counters *c = counts_get();

	if (c)
		c->filtered++;
}

static __always_inline void count_call(void *map, __u32 nr)
{
	__u32 key = nr < WIRE_CALLS ? nr : WIRE_CALLS - 1;
	__u64 *n = bpf_map_lookup_elem(map, &key);

	if (n)
		(*n)++;
}

/* A task is traced no more. Whoever is the first to say so counts. */
static __always_inline void state_gone(struct task_state *st)
{
	if (!__sync_fetch_and_add(&st->gone, 1))
		__sync_fetch_and_sub(&live_tasks, 1);
}

/* Makes a task a traced one. The only place where state begins. NULL: there was no memory for it, which is counted. */
static __always_inline struct task_state *state_new(struct task_struct *task, __u32 flags)
{
	struct task_state *st = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	/* Fails if another tracer gives the task its very first storage at the same moment; then it has one now. */
	if (!st)
		st = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!st) {
		count_lost(LOST_STATE);
		return NULL;
	}
	st->flags = flags;
	__sync_fetch_and_add(&live_tasks, 1);
	return st;
}

#endif
