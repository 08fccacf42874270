/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Rows: the record of one call, put together and written. */
#ifndef SYSCOPE_ROW_H
#define SYSCOPE_ROW_H

#define SMALL_ROW 40 /* a capture of SMALL bytes and its head */

/* Rows are wanted, and the call in flight is not one that is only counted. */
static __always_inline bool has_row(const struct task_state *st)
{
	return emit_rows && !(sampling && (st->flags & ST_QUIET));
}

/* Fills the fixed part of a row. */
static __always_inline void call_fill(struct rec_call *rec, struct task_state *st, __u64 now, __s64 ret, __u32 flags,
				      __u32 caps_len)
{
	hdr_fill(&rec->hdr, REC_CALL, st->tid, now);
	rec->enter_ns = st->enter_ns;
	rec->gap_ns = st->enter_ns - st->exit_ns;
	rec->ret = ret;
	rec->task_id = st->task_id;
	__builtin_memcpy(rec->args, st->args, sizeof(rec->args));
	rec->file_ids[0] = st->file_ids[0];
	rec->file_ids[1] = st->file_ids[1];
	rec->pid = st->pid;
	rec->nr = st->nr;
	rec->flags = flags | (st->flags & ST_ROW_FLAGS) >> ST_SHIFT;
	rec->caps_len = caps_len;
}

/* A row with one short capture, or none: put together in the ring itself, which saves a copy. */
struct small_row {
	struct rec_call call;
	__u64 data[SMALL_ROW / 8];
};

static __always_inline void count_lost_row(struct task_state *st)
{
	count_lost(LOST_CALL);
	count_call(&lost_calls, st->nr);
}

static __always_inline long emit_small(struct task_state *st, const __u64 *data, __u64 now, __s64 ret, __u32 flags,
				       __u32 len)
{
	struct small_row *row;
	void *ring = ring_get();

	if (!ring)
		return -1;
	row = bpf_ringbuf_reserve(ring, sizeof(*row), 0);
	if (!row)
		return -1;
	call_fill(&row->call, st, now, ret, flags, len);
	row->data[0] = data[0];
	row->data[1] = data[1];
	row->data[2] = data[2];
	row->data[3] = data[3];
	row->data[4] = data[4];
	bpf_ringbuf_submit(row, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Sends a row whose captures lie in the scratch area up to `len`. */
static __always_inline void call_emit(struct scratch *s, struct task_state *st, __u64 now, __s64 ret, __u32 flags,
				      __u64 len, __u32 file_slot)
{
	struct rec_call *rec = (void *)s->head;
	struct counters *c = counts_get();
	long err;

	if (!(st->flags & ST_TASK_SENT))
		task_send(st, file_slot);
	barrier_var(len);
	if (len > DATA_MAX)
		len = DATA_MAX;
	if (len <= SMALL_ROW) {
		err = emit_small(st, (void *)s->data, now, ret, flags, len);
	} else {
		call_fill(rec, st, now, ret, flags, len);
		err = emit(rec, sizeof(*rec) + len);
	}
	if (err)
		count_lost_row(st);
	else if (c)
		c->rows++;
}

/* The same with even less: what is not stored is not fetched into the cache either, 3 to 4 % of the whole cost. */
struct tiny_row {
	struct rec_call call;
	__u64 data[1 + TINY / 8];
};

static __always_inline void short_cap(struct rec_call *call, struct cap *cap, __u8 arg, __u64 len, long failed)
{
	cap->arg = arg;
	cap->flags = failed ? CAP_FAULT : 0;
	cap->len = failed ? 0 : len;
	cap->aux = len;
	call->caps_len = sizeof(*cap) + (failed ? 0 : (len + 7) & ~7ULL);
}

/*
 * The most frequent rows, those of read and write, on the shortest way: if the data is short too, it goes from user memory
 * into the ring without a stop in between. False: not this time.
 */
static __always_inline bool emit_short(struct task_state *st, const struct plan *plan, __u64 now, __s64 ret)
{
	const struct plan_cap *p = &plan->caps[0];
	__u64 ptr = arg_at(st->args, p->arg);
	__u64 len = arg_at(st->args, p->len_arg);
	struct counters *c = counts_get();
	struct small_row *row;
	void *ring;

	if (p->len_kind == LEN_BOTH && len > (__u64)ret)
		len = ret;
	if (!ptr || ret < 0 || len > SMALL || len > string_limit || !c || !(st->flags & ST_TASK_SENT))
		return 0;
	ring = ring_get();
	if (!ring)
		return 0;
	if (len <= TINY) {
		struct tiny_row *tiny = bpf_ringbuf_reserve(ring, sizeof(*tiny), 0);

		if (!tiny)
			goto lost;
		call_fill(&tiny->call, st, now, ret, 0, 0);
		short_cap(&tiny->call, (void *)tiny->data, p->arg, len, read_tiny(&tiny->data[1], len, ptr));
		bpf_ringbuf_submit(tiny, BPF_RB_NO_WAKEUP);
	} else {
		row = bpf_ringbuf_reserve(ring, sizeof(*row), 0);
		if (!row)
			goto lost;
		call_fill(&row->call, st, now, ret, 0, 0);
		short_cap(&row->call, (void *)row->data, p->arg, len, read_small(&row->data[1], len, ptr));
		bpf_ringbuf_submit(row, BPF_RB_NO_WAKEUP);
	}
	c->rows++;
	return 1;
lost:
	count_lost_row(st);
	return 1;
}

/* Counts a call that has not returned, and gives it a row; its captures lie in the scratch area `slot` up to `len`. */
static __always_inline void call_unfinished(struct task_state *st, enum count_how how, __u64 len, __u32 slot,
					    __u32 file_slot)
{
	struct scratch *s = scratch_get(slot);

	if (count_calls)
		count_ended(st, how, 0, file_slot);
	if (has_row(st) && s)
		call_emit(s, st, bpf_ktime_get_boot_ns(), 0, CALL_UNFINISHED, len, file_slot);
}

#endif
