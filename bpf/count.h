/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Counting where the calls are made: nothing can be lost, and nothing is copied.
 *
 * A key is a row of the result: who, which call, which file. Its first call gives it a number, and each processor has a
 * cell of that number. Tasks remember the numbers of their latest keys, so that an ordinary call looks nothing up. When
 * the numbers run out, calls are counted together, under [other].
 */
#ifndef SYSCOPE_COUNT_H
#define SYSCOPE_COUNT_H

#define HIST_SUB (1 << HIST_SUB_BITS)
#define HASH_MULT 0x9e3779b1U
#define CELL_OTHER 1		       /* first of the cells for whatever is left, one for each enum count_how */
#define CELL_FIRST (CELL_OTHER + HOWS) /* number 0 stands for none */
#define MSG_PEEK 0x2
#define MSG_TRUNC 0x20
#define IOV_COUNT_MAX 1024 /* UIO_MAXIOV: of iovecs, and of messages */

/* What each key was given. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct count_key);
	__type(value, __u32);
} cell_of_key SEC(".maps");

/* The same the other way round, for user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct count_key);
} cell_keys SEC(".maps");

/* Number n of processor p is at p * cell_count + n. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct count_cell);
} cells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct count_gaps);
} cell_gaps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1);
	__type(key, struct error_key);
	__type(value, __u64);
} cell_errors SEC(".maps");

/* floor(log2(i)) */
static const __u8 log2_of[256] = {
#define L4(n) n, n, n, n
#define L16(n) L4(n), L4(n), L4(n), L4(n)
#define L64(n) L16(n), L16(n), L16(n), L16(n)
	0, 0, 1, 1, L4(2), L4(3), L4(3), L16(4), L16(5), L16(5), L64(6), L64(7), L64(7),
};

/* A step of log2_64: halves the bits that are left. Without a branch: verifiers before 6.2 lose track of the number behind one. */
static __always_inline __u64 log2_step(__u64 *v, __u64 bits)
{
	__u64 shift = ((1ULL << bits) - 1 - *v) >> 63;

	barrier_var(shift);
	shift *= bits;
	*v >>= shift;
	return shift;
}

/* floor(log2(v)) for less than 2^63 */
static __always_inline __u64 log2_64(__u64 v)
{
	__u64 log = log2_step(&v, 32);

	log += log2_step(&v, 16);
	log += log2_step(&v, 8);
	return log + log2_of[v & 255];
}

/* 64-bit numbers only, and a barrier: else the compiler compares a copy that the verifier knows nothing of. */
static __always_inline __u64 bucket_of(__u64 v)
{
	__u64 log, bucket;

	if (v < HIST_SUB)
		return v;
	log = log2_64(v);
	bucket = ((log - HIST_SUB_BITS + 1) << HIST_SUB_BITS) + (v >> (log - HIST_SUB_BITS) & (HIST_SUB - 1));
	barrier_var(bucket);
	return bucket < HIST_BUCKETS ? bucket : HIST_BUCKETS - 1;
}

int task_send(struct task_state *st, __u32 slot);

/* A number for a key that has none. The last quarter is for keys without their group and file. 0: there is none left. */
static __always_inline __u32 cell_new(struct count_key *key, bool other)
{
	__u32 cell, *known;
	__u64 n;

	if (*(volatile __u64 *)&next_cell >= (other ? cell_count : cell_count - cell_count / 4) - CELL_FIRST)
		return 0;
	n = __sync_fetch_and_add(&next_cell, 1) + CELL_FIRST;
	cell = n;
	if (n >= cell_count)
		return 0;
	/* who reads a cell looks here: known before anything is counted */
	if (bpf_map_update_elem(&cell_keys, &cell, key, BPF_ANY))
		return 0;
	if (!bpf_map_update_elem(&cell_of_key, key, &cell, BPF_NOEXIST))
		return cell;
	/* another processor was faster; the number stays unused */
	known = bpf_map_lookup_elem(&cell_of_key, key);
	return known ? *known : 0;
}

/* The number for a key that the task does not remember. */
__noinline __u32 cell_find(struct task_state *st, __u64 file, __u64 what, __u32 at, __u32 scratch)
{
	struct count_key key = {};
	__u32 cell = 0, *known;
	struct cell_slot *slot;

	if (!st)
		return CELL_OTHER;
	key.group[0] = st->group[0];
	key.group[1] = st->group[1];
	key.file = file;
	*(__u64 *)&key.nr = what;
	known = bpf_map_lookup_elem(&cell_of_key, &key);
	cell = known ? *known : cell_new(&key, 0);
	if (!cell) {
		key.group[0] = key.group[1] = key.file = 0;
		key.how |= COUNT_OTHER;
		known = bpf_map_lookup_elem(&cell_of_key, &key);
		cell = known ? *known : cell_new(&key, 1);
		if (!cell)
			cell = CELL_OTHER + (key.how & (COUNT_OTHER - 1));
	} else if ((count_group == GROUP_PROCESS || count_group == GROUP_TASK || count_group == GROUP_CGROUP) &&
		   !(st->flags & ST_TASK_SENT)) {
		task_send(st, scratch);
	}
	slot = &st->cells[at & (CELL_SLOTS - 1)];
	slot->file = file;
	slot->what = what;
	slot->cell = cell;
	return cell;
}

static __always_inline __u32 cell_get(struct task_state *st, __u64 file, enum count_how how, __u32 scratch)
{
	__u64 what = st->nr | (__u64)how << 32 | (__u64)((st->flags & (ST_COMPAT | ST_X32)) >> ST_SHIFT) << 48;
	__u32 at = ((__u32)(what ^ file) * HASH_MULT) >> (32 - CELL_SLOT_BITS);
	struct cell_slot *slot = &st->cells[at];

	if (slot->what == what && slot->file == file && slot->cell)
		return slot->cell;
	return cell_find(st, file, what, at, scratch);
}

/* Who is counted has changed. */
static __always_inline void count_regroup(struct task_struct *task, struct task_state *st)
{
	if (!count_calls)
		return;
	switch (count_group) {
	case GROUP_PROCESS:
		st->group[0] = st->pid;
		st->group[1] =
			LOAD64(LOAD64(st->self, struct task_struct, group_leader), struct task_struct, start_boottime);
		break;
	case GROUP_COMM:
		st->group[0] = st->comm[0];
		st->group[1] = st->comm[1];
		break;
	case GROUP_CGROUP:
		st->group[0] = LOAD64(LOAD64(LOAD64(st->cgroups, struct css_set, dfl_cgrp), struct cgroup, kn),
				      struct kernfs_node, id);
		break;
	case GROUP_TASK:
		st->group[0] = st->task_id;
		break;
	default:
		return;
	}
	__builtin_memset(st->cells, 0, sizeof(st->cells));
}

/* A sum over an array in user memory. */
struct sum {
	__u64 at;
	__u64 total;
	bool truncates; /* messages: their lengths may be more than there was room for */
};

static long iov_room(__u32 i, struct sum *s)
{
	__u64 len = 0;

	if (bpf_probe_read_user(&len, sizeof(len), (void *)(s->at + 16ULL * i + 8)))
		return 1;
	s->total += len;
	return 0;
}

/* `len` bytes of the msghdr at `ptr`, but no more than its iovecs hold. */
static __noinline __u64 within_room(__u64 ptr, __u64 len)
{
	struct sum room = {};
	__u64 iov[2] = {};

	if (bpf_probe_read_user(iov, sizeof(iov), (void *)(ptr + 16)))
		return 0;
	room.at = iov[0];
	bpf_loop(iov[1] < IOV_COUNT_MAX ? iov[1] : IOV_COUNT_MAX, iov_room, &room, 0);
	return len < room.total ? len : room.total;
}

static long message_bytes(__u32 i, struct sum *s)
{
	__u64 at = s->at + MMSGHDR * i;
	__u32 len = 0;

	if (bpf_probe_read_user(&len, sizeof(len), (void *)(at + MSGHDR)))
		return 1;
	s->total += s->truncates ? within_room(at, len) : len;
	return 0;
}

/* The bytes of `count` mmsghdrs at `ptr`. */
static __noinline __u64 messages_bytes(__u64 ptr, __u64 count, bool truncates)
{
	struct sum s = { .at = ptr, .truncates = truncates };

	bpf_loop(count < IOV_COUNT_MAX ? count : IOV_COUNT_MAX, message_bytes, &s, 0);
	return s.total;
}

/* Bytes that a successful call moved. The registers still hold its arguments. */
static __always_inline __u64 count_bytes(const struct plan *plan, struct pt_regs *regs, __u64 ret)
{
	__u64 arg;

	if (plan->bytes_rule == BYTES_RET)
		return ret;
	switch (plan->bytes_arg) {
	case 0:
		arg = regs->di;
		break;
	case 1:
		arg = regs->si;
		break;
	case 2:
		arg = regs->dx;
		break;
	case 3:
		arg = regs->r10;
		break;
	case 4:
		arg = regs->r8;
		break;
	default:
		arg = regs->r9;
	}
	switch (plan->bytes_rule) {
	case BYTES_ROOM:
		return arg ? ret : 0;
	case BYTES_RECV:
		return arg & MSG_PEEK ? 0 : ret < regs->dx ? ret : regs->dx;
	case BYTES_MSG:
		if (arg & MSG_PEEK)
			return 0;
		return arg & MSG_TRUNC ? within_room(regs->si, ret) : ret;
	case BYTES_MMSG:
		return arg & MSG_PEEK ? 0 : messages_bytes(regs->si, ret, arg & MSG_TRUNC);
	case BYTES_ATTR: {
		__u32 size = 0;

		bpf_probe_read_user(&size, sizeof(size), (void *)(arg + 8));
		return size ? ret : 0;
	}
	case BYTES_ARG:
		return arg;
	}
	return 0;
}

static __always_inline void count_error(__u32 cell, __u32 err)
{
	struct error_key key = { .cell = cell, .err = err };
	__u64 one = 1, *n = bpf_map_lookup_elem(&cell_errors, &key);

	/* No room: the cell has it among its errors, which is how many have no number. */
	if (!n && bpf_map_update_elem(&cell_errors, &key, &one, BPF_NOEXIST))
		n = bpf_map_lookup_elem(&cell_errors, &key);
	if (n)
		(*n)++;
}

static __always_inline struct count_cell *cell_at(__u32 at)
{
	return bpf_map_lookup_elem(&cells, &at);
}

static __always_inline void count_gap(struct task_state *st, __u32 at)
{
	struct count_gaps *gaps = bpf_map_lookup_elem(&cell_gaps, &at);
	__u64 gap = st->enter_ns - st->exit_ns;

	if (!gaps || !(st->flags & ST_HAS_GAP))
		return;
	gaps->total_ns += gap;
	gaps->hist[bucket_of(gap)]++;
}

/* Counts the call in flight. `err`: the error it ended with, 0: none; `moved`: its bytes, which went the way `way`. */
static __always_inline void count_in(struct task_state *st, __u64 file, __u64 now, enum count_how how, __u32 err,
				     __u64 moved, __u32 way, __u32 scratch)
{
	__u32 cell = cell_get(st, file, how, scratch), at = bpf_get_smp_processor_id() * cell_count + cell;
	struct count_cell *c = cell_at(at);
	__u64 latency = now - st->enter_ns;

	if (!c)
		return;
	c->begun++;
	barrier();
	if (how != HOW_NORETURN) {
		c->total_ns += latency;
		if (latency > c->max_ns)
			c->max_ns = latency;
		if (latency < c->min_ns || !c->calls)
			c->min_ns = latency;
		c->hist[bucket_of(latency)]++;
	}
	if (moved && way < WAYS)
		c->bytes[way] += moved;
	if (err) {
		c->errors++;
		count_error(cell, err);
	}
	if (count_gaps)
		count_gap(st, at);
	barrier();
	c->calls++;
}

/* Counts a call that returned. */
static __always_inline void count_returned(struct task_state *st, const struct plan *plan, struct pt_regs *regs,
					   __u64 now, __s64 ret, enum count_how how, __u32 err)
{
	__u64 file = 0, moved = 0;

	if (count_files) {
		file = plan->flags & PLAN_FILE_ARG ? st->file_ids[0] : 0;
		if ((plan->flags & PLAN_FILE_RET) && ret >= 0)
			file = resolve_fd(st, ret, SCRATCH_FILE_EXIT);
	}
	if (plan->bytes_rule && ret >= 0)
		moved = count_bytes(plan, regs, ret);
	count_in(st, file, now, how, err, moved, plan->bytes_way, SCRATCH_FILE_EXIT);
}

/* Counts a call that did not return to its caller, on a way that is seldom taken. */
static __noinline void count_ended(struct task_state *st, enum count_how how, __u32 err, __u32 scratch)
{
	const struct plan *plan = NULL;
	__u32 nr = st->nr;
	__u64 file = 0;

	if (count_files && !(st->flags & (ST_COMPAT | ST_X32)))
		plan = bpf_map_lookup_elem(&plans, &nr);
	if (plan && (plan->flags & PLAN_FILE_ARG))
		file = st->file_ids[0];
	count_in(st, file, bpf_ktime_get_boot_ns(), how, err, 0, 0, scratch);
}

#endif
