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

static __always_inline __u64 stash_take(struct task_state *st, const struct plan_cap *p, __u32 slot, __u64 off)
{
	__u32 i = p->len_arg & (WIRE_STASHES - 1);
	struct scratch *s = scratch_get(slot);
	__u8 len = st->stash.len[i];
	struct cap *cap;

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

/* The captures that are due at entry; returns their length. */
__noinline __u64 capture_enter(struct task_state *st, const struct plan *plan)
{
	__u64 off = 0;
	int i;

	if (!st || !plan)
		return 0;
	for (i = 0; i < WIRE_CAPS; i++) {
		const struct plan_cap *p = &plan->caps[i];

		if (i >= plan->ncaps)
			break;
		if (p->when == WHEN_STASH)
			stash_put(st, p);
		else if (p->when == WHEN_ENTER ||
			 (p->when == WHEN_OVERLAP && may_overlap(plan, st->args, arg_at(st->args, p->arg))))
			off = p->kind == CK_ARGV || p->kind == CK_ENVP ? capture_strings(st, p, SCRATCH_ENTER, off)
			      : p->kind >= CK_POLLFDS		       ? capture_watched(st, p, off)
								       : capture_one(st, p, SCRATCH_ENTER, off, 0);
	}
	return off;
}

/* The same at exit. A signal handler that is to run has no room to look at what leads to more memory. */
static __always_inline __u64 capture_plain(struct task_state *st, const struct plan *plan, __u32 slot, __s64 ret)
{
	__u64 off = 0;
	int i;

	for (i = 0; i < WIRE_CAPS; i++) {
		const struct plan_cap *p = &plan->caps[i];

		if (i >= plan->ncaps)
			break;
		if (p->when == WHEN_STASH)
			off = stash_take(st, p, slot, off);
		else if (p->when == WHEN_ENTER) {
			if ((plan->flags & PLAN_EXEC) && (st->flags & ST_ENTER_FAULT))
				off = capture_exec(st, p, slot, off, ret);
		} else if (p->when != WHEN_EXIT_OK || ret >= 0) {
			if (p->kind < CK_IOV)
				off = capture_one(st, p, slot, off, ret);
			else if (slot == SCRATCH_EXIT)
				off = capture_nested(st, p, off, ret);
		}
	}
	return off;
}

/* All that is due at exit. */
__noinline __u64 capture_exit(struct task_state *st, const struct plan *plan, __s64 ret)
{
	return st && plan ? capture_plain(st, plan, SCRATCH_EXIT, ret) : 0;
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
