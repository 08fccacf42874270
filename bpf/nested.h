/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Memory that leads to more: iovecs, messages, lists of descriptors, directory entries.
 *
 * All loops are bpf_loop, whose body the verifier sees once. Where the room of a record ends, so does the capture; user
 * space sees fewer pieces than there are elements, and says so.
 */
#ifndef SYSCOPE_NESTED_H
#define SYSCOPE_NESTED_H

#define IOVS_MAX (WIRE_ARRAY_BYTES / 16)
#define MESSAGES_MAX 32
#define POINTERS_MAX 32
#define NAMED_FDS_MAX 32
#define FDSET_BYTES 128 /* what select can watch: 1024 descriptors */
#define DIRENTS_MAX 4096
#define DIRENT_RECLEN 16 /* offset of d_reclen, in both kinds */
#define DIRENT_MIN 19
#define MSGHDR 56
#define MMSGHDR 64
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define CMSGHDR 16
#define RIGHTS_STEPS (NAMED_FDS_MAX + 8)

/* Where a piece goes: slot of the scratch area, argument, whether the result bounds the data, and which part it is. */
#define HOW(slot, arg, bounded) ((slot) | (__u32)(arg) << 8 | (__u32)(bounded) << 16)
#define HOW_SLOT(how) ((how)&0xff)
#define HOW_ARG(how) ((how) >> 8 & 0xff)
#define HOW_BOUNDED(how) ((how) >> 16 & 0xff)
#define HOW_PART(how) ((how) >> 24)
#define WITH_PART(how, part) (((how)&0xffffff) | (__u32)(part) << 24)

static __always_inline void cap_fill(struct cap *cap, __u32 slot, __u8 arg, __u8 part, __u8 flags, __u16 len, __u32 aux)
{
	cap->arg = arg | part << CAP_PART_SHIFT;
	cap->flags = flags | (slot == SCRATCH_ENTER ? CAP_ENTER : 0);
	cap->len = len;
	cap->aux = aux;
}

/*
 * A piece of at most `max` bytes, for the part above bit 24 of `how`; returns where the next one begins. Global, like the
 * other functions without `static`, so that the verifier looks at it once and not at every use.
 */
__noinline __u64 piece(__u32 how, __u64 ptr, __u64 want, __u64 max, __u64 off)
{
	__u32 slot = HOW_SLOT(how);
	struct scratch *s = scratch_get(slot);
	__u64 len = want;
	__u8 flags = 0;

	if (!s || off > CAP_ROOM)
		return off;
	if (len > max) {
		len = max;
		flags |= CAP_TRUNC;
	}
	barrier_var(len);
	if (len > WIRE_STR_MAX)
		len = WIRE_STR_MAX;
	if (len && bpf_probe_read_user(s->data + off + sizeof(struct cap), len, (void *)ptr)) {
		flags |= CAP_FAULT;
		len = 0;
	}
	cap_fill((void *)(s->data + off), slot, HOW_ARG(how), HOW_PART(how), flags, len,
		 want > 0xffffffff ? 0xffffffff : want);
	return off + sizeof(struct cap) + ((len + 7) & ~7ULL);
}

/* ---- iovecs ---- */

struct iovs {
	__u64 off;
	__u64 vec;  /* where the iovecs are in the data */
	__u64 left; /* bytes that are still to be shown, all ones: no bound */
	__u32 how;
	__u32 pad;
};

static long iov_step(__u32 i, struct iovs *v)
{
	struct scratch *s = scratch_get(HOW_SLOT(v->how));
	__u64 at = v->vec + 16ULL * i;
	__u64 base, len;

	if (!s || at > CAP_ROOM || v->off > CAP_ROOM)
		return 1;
	base = *(__u64 *)(s->data + at);
	len = *(__u64 *)(s->data + at + 8);
	if (v->left != ~0ULL) {
		if (len > v->left)
			len = v->left;
		v->left -= len;
	}
	v->off = piece(WITH_PART(v->how, PART_DATA), base, len, string_limit, v->off);
	return 0;
}

/* `count` iovecs at `ptr`, and `left` bytes of what they point to. */
__noinline __u64 capture_iov(__u64 ptr, __u64 count, __u64 left, __u32 how, __u64 off)
{
	struct iovs v = { .left = left, .how = how, .vec = off + sizeof(struct cap) };
	struct scratch *s = scratch_get(HOW_SLOT(how));
	__u64 n;

	if (!s || !ptr || off > CAP_ROOM)
		return off;
	if (count > 1 << 20)
		count = 1 << 20;
	v.off = piece(how, ptr, 16 * count, 16 * IOVS_MAX, off);
	n = (v.off - v.vec) / 16;
	if (n > IOVS_MAX)
		n = IOVS_MAX;
	bpf_loop(n, iov_step, &v, 0);
	return v.off;
}

/* ---- messages ---- */

/*
 * A msghdr, or the mmsghdr around it, that lies at `ptr`, and its parts. Returns where the next piece begins, and in the
 * upper half where the control data is, which then is the last piece.
 */
__noinline __u64 capture_msg(__u64 ptr, __u64 left, __u32 how, __u64 off)
{
	__u64 name, namelen, vec, count, control, controllen;
	struct scratch *s = scratch_get(HOW_SLOT(how));
	__u64 head = off + sizeof(struct cap);

	if (!s || !ptr || off > CAP_ROOM)
		return off;
	off = piece(how, ptr, HOW_PART(how) ? MMSGHDR : MSGHDR, MMSGHDR, off);
	if (off == head || head > CAP_ROOM)
		return off;
	name = *(__u64 *)(s->data + head);
	namelen = *(__u32 *)(s->data + head + 8);
	vec = *(__u64 *)(s->data + head + 16);
	count = *(__u64 *)(s->data + head + 24);
	control = *(__u64 *)(s->data + head + 32);
	controllen = *(__u64 *)(s->data + head + 40);
	if (HOW_PART(how) && HOW_BOUNDED(how))
		left = *(__u32 *)(s->data + head + 56);
	if (name)
		off = piece(WITH_PART(how, PART_NAME), name, namelen, SOCKADDR_MAX, off);
	off = capture_iov(vec, count, left, WITH_PART(how, PART_IOV), off);
	if (!control)
		return off;
	head = off + sizeof(struct cap);
	return piece(WITH_PART(how, PART_CONTROL), control, controllen, WIRE_ARRAY_BYTES, off) | head << 32;
}

struct messages {
	__u64 off;
	__u64 ptr;
	__u32 how;
	__u32 pad;
};

static long message_step(__u32 i, struct messages *m)
{
	__u64 off = m->off;

	m->off = (__u32)capture_msg(m->ptr + MMSGHDR * i, ~0ULL, WITH_PART(m->how, PART_ELEMENT), off);
	return m->off == off;
}

/* ---- descriptors in memory ---- */

/* Nothing in it is counted up from a number that the verifier knows: each number would be another round for it. */
struct named {
	struct task_state *st;
	__u64 word;  /* of a set: bits that are left */
	__u32 first; /* where the first identity is */
	__u32 start; /* of what is looked at */
	__u32 off;   /* where the next identity goes */
	__u32 at;    /* what is looked at next, in the data */
	__u32 end;   /* of it */
	__u32 fds;   /* of a control message: descriptors that are left */
	__u32 base;  /* what the first bit of a word stands for */
	__u32 slot;
};

static __always_inline int name_fd(struct named *n, int fd)
{
	struct scratch *s = scratch_get(n->slot);
	__u64 off = n->off;
	__u64 id = 0;

	if (off >= n->first + 8 * NAMED_FDS_MAX || off > CAP_ROOM || !s)
		return 1;
	if (fd >= 0)
		id = resolve_fd(n->st, fd, n->slot == SCRATCH_ENTER ? SCRATCH_FILE_ENTER : SCRATCH_FILE_EXIT);
	*(__u64 *)(s->data + off) = id;
	n->off = off + 8;
	return 0;
}

static long pollfd_step(__u32 i, struct named *n)
{
	struct scratch *s = scratch_get(n->slot);
	__u64 at = n->at;

	if (!s || at >= n->end || at > CAP_ROOM)
		return 1;
	n->at = at + 8;
	return name_fd(n, *(int *)(s->data + at));
}

/* One bit of the set, or on to the next word. */
static long fdset_step(__u32 i, struct named *n)
{
	struct scratch *s = scratch_get(n->slot);
	__u64 at = n->at, word = n->word;
	__u32 bit;

	if (!s || at > CAP_ROOM)
		return 1;
	if (!word) {
		if (at >= n->end)
			return 1;
		n->word = *(__u64 *)(s->data + at);
		n->at = at + 8;
		n->base = 8 * (at - n->start);
		return 0;
	}
	n->word = word & (word - 1);
	/* how many bits are below the lowest one that is set: without branches, each of which the verifier follows */
	bit = __builtin_popcountll((word & -word) - 1);
	return name_fd(n, n->base + bit);
}

/* One descriptor of a control message, or on to the next message. */
static long rights_step(__u32 i, struct named *n)
{
	struct scratch *s = scratch_get(n->slot);
	__u64 at = n->at, len;
	__u32 level, type;

	if (!s || at > CAP_ROOM)
		return 1;
	if (n->fds) {
		n->fds--;
		n->at = at + 4;
		return name_fd(n, *(int *)(s->data + at));
	}
	at = (at + 7) & ~7ULL;
	if (at + CMSGHDR > n->end || at > CAP_ROOM)
		return 1;
	len = *(__u64 *)(s->data + at);
	level = *(__u32 *)(s->data + at + 8);
	type = *(__u32 *)(s->data + at + 12);
	if (len < CMSGHDR || len > n->end - at)
		return 1;
	if (level == SOL_SOCKET && type == SCM_RIGHTS) {
		n->fds = (len - CMSGHDR) / 4;
		n->at = at + CMSGHDR;
	} else {
		n->at = at + ((len + 7) & ~7ULL);
	}
	return 0;
}

/* The identities that were found, as a capture before them. */
static __always_inline __u64 names_end(struct named *n, __u8 arg, __u8 part)
{
	struct scratch *s = scratch_get(n->slot);
	__u64 off = n->first - sizeof(struct cap);
	__u64 len = n->off - n->first;

	if (!len || !s || off > CAP_ROOM)
		return off;
	cap_fill((void *)(s->data + off), n->slot, arg, part, CAP_FILE, len, len / 8);
	return n->off;
}

/* The descriptors that a message carried in the control data from `at` to `end`. */
__noinline __u64 capture_rights(struct task_state *st, __u64 at, __u64 end, __u8 arg)
{
	struct named n = { .at = at, .end = end, .slot = SCRATCH_EXIT, .off = end + sizeof(struct cap) };

	if (!st)
		return end;
	n.st = st;
	n.first = n.off;
	n.start = at;
	bpf_loop(RIGHTS_STEPS, rights_step, &n, 0);
	return names_end(&n, arg, PART_CONTROL);
}

/* A list or set of descriptors that a call is to watch, at its entry. */
__noinline __u64 capture_watched(struct task_state *st, const struct plan_cap *p, __u64 off)
{
	struct named n = { .slot = SCRATCH_ENTER };
	bool is_set;

	if (!st || !p || !arg_at(st->args, p->arg) || off > CAP_ROOM)
		return off;
	is_set = p->kind == CK_FDSET;
	n.st = st;
	n.at = off + sizeof(struct cap);
	n.end = piece(HOW(SCRATCH_ENTER, p->arg, 0), arg_at(st->args, p->arg), cap_len(p, st->args, 0),
		      is_set ? FDSET_BYTES : WIRE_ARRAY_BYTES, off);
	n.off = n.end + sizeof(struct cap);
	n.first = n.off;
	n.start = n.at;
	if (is_set)
		bpf_loop(NAMED_FDS_MAX + FDSET_BYTES / 8, fdset_step, &n, 0);
	else
		bpf_loop(NAMED_FDS_MAX, pollfd_step, &n, 0);
	return names_end(&n, p->arg, 0);
}

/* ---- others ---- */

struct pointers {
	__u64 off;
	__u64 vec;
	__u64 size;
	__u32 how;
	__u32 pad;
};

static long pointer_step(__u32 i, struct pointers *v)
{
	struct scratch *s = scratch_get(HOW_SLOT(v->how));
	__u64 at = v->vec + 8ULL * i;

	if (!s || at > CAP_ROOM || v->off > CAP_ROOM)
		return 1;
	v->off = piece(WITH_PART(v->how, PART_ELEMENT), *(__u64 *)(s->data + at), v->size, WIRE_ARRAY_BYTES, v->off);
	return 0;
}

struct dirents {
	__u64 ptr;
	__u64 end;
	__u32 found;
	__u32 flags;
};

static long dirent_step(__u32 i, struct dirents *d)
{
	__u16 reclen = 0;

	if (d->ptr + DIRENT_MIN > d->end)
		return 1;
	if (bpf_probe_read_user(&reclen, sizeof(reclen), (void *)(d->ptr + DIRENT_RECLEN)) || reclen < DIRENT_MIN) {
		d->flags |= CAP_FAULT;
		return 1;
	}
	d->ptr += reclen;
	d->found++;
	return 0;
}

/* What the pointer at a place of a structure leads to, at exit. A function of its own: the stack below the next one is full. */
__noinline __u64 capture_follow(struct task_state *st, const struct plan_cap *p, __u64 off)
{
	__u64 ptr, to = 0;
	__u32 n = 1;

	if (!st || !p)
		return off;
	ptr = arg_at(st->args, p->arg);
	if (!ptr || bpf_probe_read_user(&to, sizeof(to), (void *)(ptr + p->plus)) || !to)
		return off;
	if (p->len_kind == LEN_FIELD)
		bpf_probe_read_user(&n, sizeof(n), (void *)(ptr + p->len_arg));
	return piece(WITH_PART(HOW(SCRATCH_EXIT, p->arg, 0), PART_ELEMENT), to, (__u64)n * p->size, WIRE_ARRAY_BYTES,
		     off);
}

/* One capture of the plan that leads to more, at exit; see capture_one, and for the upper half of the result capture_msg. */
__noinline __u64 capture_nested(struct task_state *st, const struct plan_cap *p, __u64 off, __s64 ret)
{
	struct scratch *s = scratch_get(SCRATCH_EXIT);
	__u64 ptr, want, start = off;
	__u64 data = ret > 0 ? ret : 0;
	__u32 how;

	if (!st || !p || !s)
		return off;
	ptr = arg_at(st->args, p->arg);
	if (!ptr || off > CAP_ROOM)
		return off;
	how = HOW(SCRATCH_EXIT, p->arg, p->size & 1);
	if (p->kind == CK_IOV)
		return capture_iov(ptr, arg_at(st->args, p->len_arg), p->size ? data : ~0ULL, how, off);
	if (p->kind == CK_MSG)
		return capture_msg(ptr, p->size ? data : ~0ULL, how, off);
	if (p->kind == CK_MMSG) {
		struct messages m = { .off = off, .ptr = ptr, .how = HOW(SCRATCH_EXIT, p->arg, p->plus) };

		want = p->len_kind == LEN_RET ? data : arg_at(st->args, p->len_arg);
		if (want > MESSAGES_MAX)
			want = MESSAGES_MAX;
		bpf_loop(want, message_step, &m, 0);
		return m.off;
	}
	if (p->kind == CK_POINTERS) {
		struct pointers v = { .size = p->size, .how = how, .vec = off + sizeof(struct cap) };

		want = p->len_kind == LEN_FIXED ? p->plus : arg_at(st->args, p->len_arg);
		if (want > 1 << 20)
			want = 1 << 20;
		v.off = piece(how, ptr, 8 * want, 8 * POINTERS_MAX, off);
		want = (v.off - v.vec) / 8;
		if (want > POINTERS_MAX)
			want = POINTERS_MAX;
		bpf_loop(want, pointer_step, &v, 0);
		return v.off;
	}
	if (p->kind == CK_DIRENTS) {
		struct dirents d = { .ptr = ptr, .end = ptr + data };
		struct cap *cap = (void *)(s->data + start);

		off = piece(how, ptr, p->size ? data : 0, WIRE_STR_MAX, off);
		bpf_loop(DIRENTS_MAX, dirent_step, &d, 0);
		cap->aux = d.found;
		cap->flags |= d.flags;
	}
	return off;
}

#endif
