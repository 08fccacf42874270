/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Records into the ring of this processor. Every record that does not fit is counted by whoever asked for it. */
#ifndef SYSCOPE_EMIT_H
#define SYSCOPE_EMIT_H

static __always_inline void hdr_fill(struct rec_hdr *hdr, __u16 kind, __u32 tid, __u64 now)
{
	hdr->kind = kind;
	hdr->cpu = bpf_get_smp_processor_id();
	hdr->tid = tid;
	hdr->time_ns = now;
}

static __always_inline void *ring_get(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&rings, &cpu);
}

/* 0 or a negative error. No wake-up: user space looks by itself. */
static __always_inline long emit(void *rec, __u64 len)
{
	void *ring = ring_get();

	if (!ring)
		return -1;
	return bpf_ringbuf_output(ring, rec, len, BPF_RB_NO_WAKEUP);
}

static __always_inline long emit_event(void *rec, __u64 len)
{
	long err = emit(rec, len);

	if (err)
		count_lost(LOST_EVENT);
	return err;
}

#endif
