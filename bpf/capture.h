/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * User memory into a record, as the call's plan says.
 *
 * Strings and inputs are read at exit: the kernel has just read them, so their page is present, and nothing has to be
 * kept in between. What the call overwrites or what is gone at exit (execve) is read at entry and sent ahead in a record
 * of its own, or if it is short kept with the task. A failed read is said in the capture; the row goes out all the same.
 */
#ifndef SYSCOPE_CAPTURE_H
#define SYSCOPE_CAPTURE_H

/* The call's output lies where the string is: it has to be read before. */
static __always_inline bool may_overlap(const struct plan *plan, const __u64 *args, __u64 ptr)
{
	__u64 out, size;

	if (plan->out_arg < 0)
		return 0;
	out = arg_at(args, plan->out_arg);
	size = plan->out_size ? plan->out_size : arg_at(args, plan->out_arg + 1);
	return out && out < ptr + OVERLAP_REACH && ptr < out + size;
}

/* Other tasks run in the same memory, and may change a string before the call returns. */
static __always_inline bool memory_is_shared(struct task_state *st)
{
	__u64 mm = LOAD64(st->self, struct task_struct, mm);

	return mm && LOAD32(mm, struct mm_struct, mm_users.counter) > 1;
}

/* A short value at entry, until the row is written. */
static __always_inline void stash_put(struct task_state *st, const struct plan_cap *p)
{
	__u32 i = p->len_arg & (WIRE_STASHES - 1);
	__u64 ptr = arg_at(st->args, p->arg), value = 0;
	long err;

	st->stash.len[i] = 0;
	if (!ptr)
		return;
	ptr += p->plus;
	if (p->size == sizeof(value))
		err = bpf_probe_read_user(&value, sizeof(value), (void *)ptr);
	else
		err = bpf_probe_read_user(&value, sizeof(__u32), (void *)ptr);
	st->stash.value[i] = value;
	st->stash.len[i] = err ? STASH_FAULT : p->size;
}

/*
 * Puts it into the row. Global: a length that the verifier knows would make every round of the loop around it another one.
 */
__noinline __u64 stash_take(struct task_state *st, const struct plan_cap *p, __u32 slot, __u64 off)
{
	struct scratch *s = scratch_get(slot);
	struct cap *cap;
	__u32 i;
	__u8 len;

	if (!st || !p)
		return off;
	i = p->len_arg & (WIRE_STASHES - 1);
	len = st->stash.len[i];
	if (!s || !len || off > CAP_ROOM)
		return off;
	cap = (void *)(s->data + off);
	cap->arg = p->arg;
	cap->flags = CAP_ENTER | (len == STASH_FAULT ? CAP_FAULT : 0);
	cap->len = len == STASH_FAULT ? 0 : len;
	cap->aux = p->size;
	*(__u64 *)(s->data + off + sizeof(*cap)) = st->stash.value[i];
	return off + sizeof(*cap) + (len == STASH_FAULT ? 0 : WIRE_STASH);
}

struct due {
	struct task_state *st;
	const struct plan *plan;
	__u64 off;
	__s64 ret;
	bool shared; /* at entry: strings are read there, too */
};

/* The capture at that place of a plan. */
static __always_inline const struct plan_cap *cap_at(const struct plan *plan, __u32 i)
{
	__u64 at = i * sizeof(struct plan_cap);

	/* the verifier has to see the bound on the very register that is added */
	barrier_var(at);
	if (at > (WIRE_CAPS - 1) * sizeof(struct plan_cap))
		return NULL;
	return (void *)plan->caps + at;
}

static long enter_step(__u32 i, struct due *d)
{
	struct task_state *st = d->st;
	const struct plan_cap *p = cap_at(d->plan, i);

	if (!p)
		return 1;
	if (p->when == WHEN_STASH) {
		stash_put(st, p);
		return 0;
	}
	if (p->when != WHEN_ENTER && !(d->shared && p->kind == CK_STR && p->when != WHEN_EXIT_OK) &&
	    (p->when != WHEN_OVERLAP || !may_overlap(d->plan, st->args, arg_at(st->args, p->arg))))
		return 0;
	d->off = p->kind == CK_ARGV || p->kind == CK_ENVP ? capture_strings(st, p, SCRATCH_ENTER, d->off)
		 : p->kind >= CK_POLLFDS		  ? capture_watched(st, p, d->off)
							  : capture_one(st, p, SCRATCH_ENTER, d->off, 0);
	return 0;
}

/* What a message carried is named from here, and not inside of what found it: the stack would not do. */
static __always_inline void exit_nested(struct due *d, const struct plan_cap *p)
{
	__u64 end;

	if (p->kind == CK_FOLLOW) {
		d->off = capture_follow(d->st, p, d->off);
		return;
	}
	end = capture_nested(d->st, p, d->off, d->ret);
	d->off = (__u32)end;
	if (end >> 32)
		d->off = capture_rights(d->st, end >> 32, d->off, p->arg);
}

static __always_inline long exit_due(struct due *d, __u32 i, __u32 slot)
{
	struct task_state *st = d->st;
	const struct plan_cap *p = cap_at(d->plan, i);

	if (!p)
		return 1;
	if (p->when == WHEN_STASH) {
		d->off = stash_take(st, p, slot, d->off);
	} else if (p->when == WHEN_ENTER) {
		if (slot == SCRATCH_EXIT && (d->plan->flags & PLAN_EXEC) && (st->flags & ST_ENTER_FAULT))
			d->off = capture_exec(st, p, slot, d->off, d->ret);
	} else if (p->when != WHEN_EXIT_OK || d->ret >= 0) {
		if (p->kind < CK_IOV && slot == SCRATCH_SIGNAL)
			d->off = capture_failed(st, p, slot, d->off, d->ret);
		else if (p->kind < CK_IOV)
			d->off = capture_one(st, p, slot, d->off, d->ret);
		else if (slot == SCRATCH_EXIT)
			exit_nested(d, p);
	}
	return 0;
}

static long exit_step(__u32 i, struct due *d)
{
	return exit_due(d, i, SCRATCH_EXIT);
}

/* A signal handler that is to run has no room to look at what leads to more memory. */
static long signal_step(__u32 i, struct due *d)
{
	return exit_due(d, i, SCRATCH_SIGNAL);
}

/*
 * All captures that are due, at entry (SCRATCH_ENTER), at exit, or where a signal ended the call; returns their length. A
 * loop whose body the verifier sees once, and inline, because the kernel allows eight functions to be inside each other.
 */
static __always_inline __u64 capture_all(struct task_state *st, const struct plan *plan, __u32 slot, __s64 ret)
{
	struct due d = { .st = st, .plan = plan, .ret = ret };

	d.shared = slot == SCRATCH_ENTER && (plan->flags & PLAN_STRINGS) && memory_is_shared(st);
	if (slot == SCRATCH_ENTER && !d.shared && !(plan->flags & PLAN_ENTER_CAPS))
		return 0;
	if (slot == SCRATCH_ENTER)
		bpf_loop(plan->ncaps, enter_step, &d, 0);
	else if (slot == SCRATCH_EXIT)
		bpf_loop(plan->ncaps, exit_step, &d, 0);
	else
		bpf_loop(plan->ncaps, signal_step, &d, 0);
	return d.off;
}

/* The captures of a call that depend on what it is told to do. */
static __always_inline const struct plan *variant_of(const struct plan *plan, struct task_state *st)
{
	struct variant_key key = { .nr = st->nr };
	const struct plan *variant;

	key.value = (__u32)arg_at(st->args, plan->select) >> (plan->select_shift & 31);
	variant = bpf_map_lookup_elem(&variants, &key);
	return variant ? variant : plan;
}

#endif
