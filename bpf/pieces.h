/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Single pieces of user memory: strings, buffers, structures, lists of strings. */
#ifndef SYSCOPE_PIECES_H
#define SYSCOPE_PIECES_H

#define CAP_ROOM (DATA_MAX - 4096 - 64) /* no capture begins behind this offset */
#define ENVP_MAX 4096
#define SOCKADDR_MAX 128
#define OVERLAP_REACH 4096
#define SMALL 32
#define TINY 8
#define ARGC_MAX (1 << 20)

/* How many bytes a capture asks for. */
static __always_inline __u64 cap_len(const struct plan_cap *p, const __u64 *args, __s64 ret)
{
	__u64 size = p->size;
	__u64 n = 1;

	switch (p->len_kind) {
	case LEN_ARG:
		n = arg_at(args, p->len_arg);
		break;
	case LEN_RET:
		n = ret > 0 ? ret : 0;
		break;
	case LEN_PTR: {
		__u32 len = 0;

		bpf_probe_read_user(&len, sizeof(len), (void *)arg_at(args, p->len_arg));
		n = len;
		break;
	}
	case LEN_BOTH:
		n = arg_at(args, p->len_arg);
		if (ret < 0)
			n = 0;
		else if (n > (__u64)ret)
			n = ret;
		break;
	case LEN_BITS:
	case LEN_PAGES:
		n = arg_at(args, p->len_arg);
		n = p->len_kind == LEN_BITS ? ((__u32)n + 63) / 64 * 8 : (n + 4095) >> 12;
		break;
	case LEN_INT:
		n = (__u32)arg_at(args, p->len_arg);
		break;
	case LEN_FIELD: {
		__u32 len = 0;

		bpf_probe_read_user(&len, sizeof(len), (void *)(arg_at(args, p->arg) + p->len_arg));
		n = len;
		break;
	}
	}
	/* no overflow: anything this large is cut anyway */
	if (n > 1 << 20)
		n = 1 << 20;
	return n * size + p->plus;
}

/* Pointers of an argv or envp; strings are copied for argv only. */
struct strings {
	__u64 vec;
	__u64 off;
	__u32 count;
	__u32 flags;
	__u32 slot;
	__u32 pad;
};

static long count_step(__u32 i, struct strings *a)
{
	__u64 p;

	if (bpf_probe_read_user(&p, sizeof(p), (void *)(a->vec + 8ULL * i))) {
		a->flags |= CAP_FAULT;
		return 1;
	}
	if (!p)
		return 1;
	a->count = i + 1;
	return 0;
}

static long argv_step(__u32 i, struct strings *a)
{
	struct scratch *s = scratch_get(a->slot);
	__u64 off = a->off, size;
	__u64 p;
	long n;

	if (bpf_probe_read_user(&p, sizeof(p), (void *)(a->vec + 8ULL * i))) {
		a->flags |= CAP_FAULT;
		return 1;
	}
	if (!p)
		return 1;
	if (!s)
		return 1;
	if (off > CAP_ROOM) {
		a->flags |= CAP_TRUNC;
		return 1;
	}
	/* one byte more than is shown, and the NUL: so that user space sees that there was more */
	size = string_limit + 2;
	barrier_var(size);
	if (size > WIRE_STR_MAX)
		size = WIRE_STR_MAX;
	n = read_user_str(s->data + off, size, p);
	if (n <= 0 || n > WIRE_STR_MAX) {
		a->flags |= CAP_FAULT;
		return 1;
	}
	a->off = off + n;
	a->count = i + 1;
	return 0;
}

/*
 * A short piece of data by way of the stack. The kernel's check of copy destinations (hardened usercopy) passes the stack
 * at once, and looks up the page of everything else. The function is kept small, because programs with 64 bytes of stack
 * or more are given another one.
 */
static __noinline long read_small(__u64 *dst, __u64 len, __u64 ptr)
{
	__u64 piece[SMALL / 8] = {};
	long err;

	if (len > SMALL)
		return -1;
	err = bpf_probe_read_user(piece, len, (void *)ptr);
	if (err)
		return err;
	dst[0] = piece[0];
	dst[1] = piece[1];
	dst[2] = piece[2];
	dst[3] = piece[3];
	return 0;
}

static __noinline long read_tiny(__u64 *dst, __u64 len, __u64 ptr)
{
	__u64 piece = 0;
	long err;

	if (len > TINY)
		return -1;
	err = bpf_probe_read_user(&piece, len, (void *)ptr);
	*dst = piece;
	return err;
}

static __always_inline __u64 capture_piece(struct task_state *st, const struct plan_cap *p, __u32 slot, __u64 off,
					   __s64 ret, bool names)
{
	__u32 flags = slot == SCRATCH_ENTER ? CAP_ENTER : 0, aux = 0;
	__u64 start = off;
	struct scratch *s = scratch_get(slot);
	struct cap *cap;
	__u64 want, ptr, len = 0;
	long n;

	if (!st || !p || !s)
		return off;
	ptr = arg_at(st->args, p->arg);
	if (!ptr || off > CAP_ROOM)
		return start;
	cap = (void *)(s->data + off);
	off += sizeof(*cap);
	switch (p->kind) {
	case CK_STR:
		n = read_user_str(s->data + off, WIRE_STR_MAX, ptr);
		if (n <= 0) {
			flags |= CAP_FAULT;
			st->flags |= ST_ENTER_FAULT;
			break;
		}
		len = n - 1;
		if (n == WIRE_STR_MAX) {
			__u8 last = 0;

			if (bpf_probe_read_user(&last, 1, (void *)(ptr + WIRE_STR_MAX - 1)) || last)
				flags |= CAP_TRUNC;
		}
		break;
	case CK_BUF:
	case CK_MEM:
	case CK_SOCKADDR:
	case CK_FDS:
		want = cap_len(p, st->args, ret);
		aux = want;
		len = p->kind == CK_BUF ? string_limit : p->kind == CK_SOCKADDR ? SOCKADDR_MAX : WIRE_ARRAY_BYTES;
		if (want > len)
			flags |= CAP_TRUNC;
		else
			len = want;
		barrier_var(len);
		if (len > WIRE_BUF_MAX)
			len = WIRE_BUF_MAX;
		if (len <= SMALL ? read_small((void *)(s->data + off), len, ptr)
				 : bpf_probe_read_user(s->data + off, len, (void *)ptr)) {
			flags |= CAP_FAULT;
			len = 0;
		}
		break;
	default:
		return start;
	}
	cap->arg = p->arg;
	cap->flags = flags;
	cap->len = len;
	cap->aux = aux;
	off += (len + 7) & ~7ULL;
	if (names && p->kind == CK_FDS && len >= 8 && off < CAP_ROOM) {
		int *fds = (void *)(s->data + off - 8);
		int first = fds[0], second = fds[1];
		__u64 *ids;

		cap = (void *)(s->data + off);
		cap->arg = p->arg;
		cap->flags = CAP_FILE;
		cap->len = 16;
		cap->aux = 2;
		ids = (void *)(s->data + off + sizeof(*cap));
		ids[0] = resolve_fd(st, first, SCRATCH_FILE_EXIT);
		ids[1] = resolve_fd(st, second, SCRATCH_FILE_EXIT);
		off += sizeof(*cap) + 16;
	}
	return off;
}

/*
 * One capture of the plan at `off` of the data of scratch area `slot`; returns where the next one begins. Global, like
 * the other functions without `static`, so that the verifier looks at it once and not at every use.
 */
__noinline __u64 capture_one(struct task_state *st, const struct plan_cap *p, __u32 slot, __u64 off, __s64 ret)
{
	return capture_piece(st, p, slot, off, ret, 1);
}

/* The same for a call that failed, which has stored no descriptors: without what names them, the program loads sooner. */
__noinline __u64 capture_failed(struct task_state *st, const struct plan_cap *p, __u32 slot, __u64 off, __s64 ret)
{
	return capture_piece(st, p, slot, off, ret, 0);
}

/* argv and envp of an execve. */
__noinline __u64 capture_strings(struct task_state *st, const struct plan_cap *p, __u32 slot, __u64 off)
{
	struct scratch *s = scratch_get(slot);
	struct strings a = { .slot = slot };
	struct cap *cap;

	if (!st || !p || !s)
		return off;
	a.vec = arg_at(st->args, p->arg);
	if (!a.vec || off > CAP_ROOM)
		return off;
	a.off = off + sizeof(*cap);
	if (p->kind == CK_ARGV) {
		bpf_loop(WIRE_ARGV_MAX, argv_step, &a, 0);
		if (a.count == WIRE_ARGV_MAX)
			a.flags |= CAP_TRUNC;
	} else {
		bpf_loop(ENVP_MAX, count_step, &a, 0);
	}
	cap = (void *)(s->data + off);
	cap->arg = p->arg;
	cap->flags = (slot == SCRATCH_ENTER ? CAP_ENTER : 0) | a.flags;
	if (a.flags & CAP_FAULT)
		st->flags |= ST_ENTER_FAULT;
	cap->len = a.off - off - sizeof(*cap);
	cap->aux = a.count;
	return (a.off + 7) & ~7ULL;
}

/*
 * What could not be read at the entry of an execve, whose pages are often absent because a fork came just before. If it
 * failed, the caller's memory is still there, and present now. If not, the kernel has put the same strings on the new
 * stack: argc, argv, envp at its start, the file name at the end of the environment.
 */
__noinline __u64 capture_exec(struct task_state *st, const struct plan_cap *p, __u32 slot, __u64 off, __s64 ret)
{
	__u64 saved, mm, stack, argc = 0;
	__u32 i;

	if (!st || !p)
		return off;
	i = p->arg;
	if (i >= WIRE_ARGS || (ret == 0 && p->kind == CK_ARGV && (st->flags & ST_SCRIPT)))
		return off;
	saved = st->args[i];
	if (ret == 0) {
		mm = LOAD64(st->self, struct task_struct, mm);
		stack = LOAD64(mm, struct mm_struct, start_stack);
		/* a 32-bit program has a 32-bit argc, which looks huge */
		if (bpf_probe_read_user(&argc, sizeof(argc), (void *)stack) || argc > ARGC_MAX)
			return off;
		if (p->kind == CK_STR)
			st->args[i] = LOAD64(mm, struct mm_struct, env_end);
		else
			st->args[i] = stack + 8 + (p->kind == CK_ENVP ? 8 * (argc + 1) : 0);
	}
	if (p->kind == CK_STR)
		off = capture_one(st, p, slot, off, ret);
	else
		off = capture_strings(st, p, slot, off);
	st->args[i] = saved;
	return off;
}

#endif
