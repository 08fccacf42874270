/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Entry and exit of a call. */
#ifndef SYSCOPE_CALL_H
#define SYSCOPE_CALL_H

#define MAP_ANONYMOUS 0x20
#define F_DUPFD 0
#define F_DUPFD_CLOEXEC 1030
#define NR_BRK 12
#define NR_EXECVE 59
#define NR_EXECVEAT 322
#define NR_IO_URING_ENTER 426
#define IORING_ENTER_REGISTERED_RING (1U << 4)
#define IORING_REGISTER_USE_REGISTERED_RING (1U << 31)
#define SIGKILL_BIT (1UL << 8)
#define REMOTE_CAPS 3 /* the strings come first; each more costs start-up time in the verifier */

/* What io_uring_enter and io_uring_register call a descriptor may be an index of the rings that the task has registered. */
static __always_inline int ring_of(struct task_state *st, int fd)
{
	__u64 by_index = st->nr == NR_IO_URING_ENTER ? st->args[3] & IORING_ENTER_REGISTERED_RING
						     : st->args[1] & IORING_REGISTER_USE_REGISTERED_RING;

	return by_index && fd >= 0 && fd < REGISTERED_RINGS ? RING_INDEX - fd : fd;
}

/* Calls that need something of their own at entry. */
static __always_inline void special_args(struct task_state *st)
{
	/* how far the break moves is told by where it was */
	if (st->nr == NR_BRK)
		st->args[1] = LOAD64(LOAD64(st->self, struct task_struct, mm), struct mm_struct, brk);
}

/*
 * Whether a call has a row, decided once, at entry. The first one has and stands for itself, then each n-th one stands for
 * those since: what rows stand for adds up to the calls so far, for every processor, but for less than n.
 */
static __always_inline __u32 call_sample(__u32 nr, __u64 n)
{
	__u64 *seen = bpf_map_lookup_elem(&samples, &nr), at;

	if (!n)
		return ST_QUIET;
	if (!seen)
		return 0;
	at = (*seen)++;
	if (at % n)
		return ST_QUIET;
	return at ? ST_SAMPLED : 0;
}

/* What the descriptor arguments name. When calls are only counted, at most the first one is wanted. */
static __always_inline void call_names(struct task_state *st, const struct plan *plan)
{
	int fd;

	st->file_ids[0] = 0;
	st->file_ids[1] = 0;
	if (!has_row(st) && !(count_files && (plan->flags & PLAN_FILE_ARG)))
		return;
	if (plan->fd_arg[0] >= 0) {
		fd = arg_at(st->args, plan->fd_arg[0]);
		if (plan->flags & PLAN_SPECIAL)
			fd = ring_of(st, fd);
		if (!(plan->flags & PLAN_MMAP) || !(st->args[3] & MAP_ANONYMOUS))
			st->file_ids[0] = resolve_fd(st, fd, SCRATCH_FILE_ENTER);
	} else if (plan->flags & PLAN_CWD) {
		st->file_ids[0] = resolve_fd(st, AT_FDCWD, SCRATCH_FILE_ENTER);
	}
	if (!has_row(st))
		return;
	if (plan->fd_arg[1] >= 0) {
		fd = arg_at(st->args, plan->fd_arg[1]);
		st->file_ids[1] = resolve_fd(st, fd, SCRATCH_FILE_ENTER);
	} else if (plan->flags & PLAN_CWD2) {
		st->file_ids[1] = resolve_fd(st, AT_FDCWD, SCRATCH_FILE_ENTER);
	}
}

/* The kernel keeps this range of results for errors. */
static __always_inline bool is_error(long ret)
{
	return ret < 0 && ret >= -4095;
}

/* Codes of the kernel's own are not what the caller sees. */
static __always_inline bool is_wanted_error(__u64 err)
{
	return !want_errno || err == want_errno || err >= ERESTARTSYS;
}

static __always_inline void call_enter(struct task_struct *task, struct task_state *st, struct pt_regs *regs, long id)
{
	const struct plan *plan = &no_plan, *caps = NULL;
	__u32 nr = id, flags = st->flags;
	__u32 plan_flags = 0;

	if (flags & ST_WAIT_EXEC) {
		if (nr != NR_EXECVE)
			return;
		flags = (flags & ~ST_WAIT_EXEC) | ST_FIRST_EXEC;
	}
	if (flags & ST_IN_CALL)
		count_lost(LOST_SUPERSEDED);
	if (flags & (ST_INTERRUPTED | ST_SKIP_RESTART)) {
		if (call_continues(task, st, regs, nr))
			return;
		flags = st->flags;
	}
	flags = (flags & ~(ST_CALL_FLAGS | ST_FRESH | ST_ATTACHED)) | (flags & ST_FIRST_EXEC) | ST_IN_CALL;
	st->nr = nr;
	if (task->thread_info.status & TS_COMPAT) {
		flags |= ST_COMPAT;
	} else if ((int)nr >= 0 && (nr & X32_BIT)) { /* -1: another tracer cancelled the call */
		flags |= ST_X32;
		st->nr = nr & ~X32_BIT;
	}
	if (!(flags & (ST_COMPAT | ST_X32)) && nr < WIRE_CALLS) {
		plan = bpf_map_lookup_elem(&plans, &nr);
		if (!plan)
			return;
		plan_flags = plan->flags;
		caps = plan;
	} else {
		plan_flags = emit_foreign ? PLAN_EMIT : 0;
	}
	/* Wanted or not: it may change what the call of another thread names. */
	if ((emit_rows || count_files) && (plan_flags & PLAN_MOVES_FD))
		fd_moves_now(plan->fd_arg[1] < 0 ? regs->di : regs->si);
	if (!(plan_flags & PLAN_EMIT)) {
		st->flags = flags | ST_SKIP;
		return;
	}
	st->flags = flags;
	task_check(task, st);
	if (!(st->flags & ST_MATCH)) {
		count_filtered();
		st->flags |= ST_SKIP;
		return;
	}
	st->enter_ns = bpf_ktime_get_boot_ns();
	if (flags & ST_COMPAT) {
		st->args[0] = regs->bx & 0xffffffff;
		st->args[1] = regs->cx & 0xffffffff;
		st->args[2] = regs->dx & 0xffffffff;
		st->args[3] = regs->si & 0xffffffff;
		st->args[4] = regs->di & 0xffffffff;
		st->args[5] = regs->bp & 0xffffffff;
	} else {
		st->args[0] = regs->di;
		st->args[1] = regs->si;
		st->args[2] = regs->dx;
		st->args[3] = regs->r10;
		st->args[4] = regs->r8;
		st->args[5] = regs->r9;
	}
	if (sampling) {
		__u64 n = plan->sample * *(volatile __u64 *)&thinning;

		if (n != 1)
			st->flags |= call_sample(st->nr, n);
	}
	call_names(st, plan);
	if (plan_flags & PLAN_SPECIAL)
		special_args(st);
	if (has_row(st) && caps && (plan_flags & PLAN_VARIANT)) {
		caps = variant_of(caps, st);
		plan_flags |= caps->flags;
	}
	if (has_row(st) && caps && (plan_flags & (PLAN_ENTER_CAPS | PLAN_STRINGS))) {
		__u64 len = capture_all(st, caps, SCRATCH_ENTER, 0);
		struct scratch *s = scratch_get(SCRATCH_ENTER);

		if (s && len && !(plan_flags & PLAN_NORETURN)) {
			struct rec_enter *rec = (void *)(s->head + HEAD - sizeof(*rec));

			hdr_fill(&rec->hdr, REC_ENTER, st->tid, st->enter_ns);
			rec->nr = st->nr;
			rec->caps_len = len;
			barrier_var(len);
			if (len > DATA_MAX)
				len = DATA_MAX;
			if (emit(rec, sizeof(*rec) + len)) {
				count_lost(LOST_ENTER);
				st->flags |= ST_ENTER_LOST;
			} else {
				st->flags |= ST_HAS_ENTER;
			}
		}
	}
	if (plan_flags & PLAN_NORETURN) {
		struct scratch *s = scratch_get(SCRATCH_ENTER);

		/* neither a success nor a failure, and without a duration */
		if (only_ok || only_failed || want_errno || min_latency_ns) {
			count_filtered();
			st->flags |= ST_SKIP;
			return;
		}
		if (count_calls)
			count_ended(st, HOW_NORETURN, 0, SCRATCH_FILE_ENTER);
		if (has_row(st) && s)
			call_emit(s, st, st->enter_ns, 0, CALL_NORETURN, 0, SCRATCH_FILE_ENTER);
		st->flags |= ST_DONE;
		/* the next call of a thread that returned from a signal handler counts its gap from here */
		st->exit_ns = st->enter_ns;
		st->flags |= ST_HAS_GAP;
	}
}

static __always_inline void call_exit(struct task_struct *task, struct task_state *st, struct pt_regs *regs, long ret)
{
	const struct plan *plan = &no_plan, *caps = NULL;
	__u32 flags = st->flags, plan_flags = 0, call_flags = 0, later = 0, nr;
	struct scratch *s;
	struct cap *c;
	__u64 off = 0;
	__u64 now;

	if (flags & (ST_WAIT_EXEC | ST_FIRST_EXEC)) {
		if (flags & ST_WAIT_EXEC)
			return;
		/* What follows a failure is our own doing: it reports the error and exits. */
		if (ret < 0)
			later = ST_WAIT_EXEC;
	}
	now = bpf_ktime_get_boot_ns();
	if (!(flags & ST_IN_CALL)) {
		nr = regs->orig_ax;
		if (flags & ST_ATTACHED)
			count_call(&began_before, nr);
		else if (!(flags & ST_FRESH))
			count_lost(LOST_NO_ENTER);
		goto out;
	}
	/* written at entry, and yet here: the return of rt_sigreturn */
	if (flags & (ST_SKIP | ST_DONE)) {
		/* its restart is not wanted either */
		if (ret == -ERESTART_RESTARTBLOCK)
			later |= ST_SKIP_RESTART;
		goto out;
	}
	nr = st->nr;
	/* another tracer rewrote the number in between; exec resets the registers */
	if (!(flags & (ST_COMPAT | ST_X32 | ST_RESUMED)) && (__u32)regs->orig_ax != nr && nr != NR_EXECVE &&
	    nr != NR_EXECVEAT) {
		count_lost(LOST_SUPERSEDED);
		goto out;
	}
	if (is_interrupted(ret)) {
		/* A fatal signal ended the wait: the program never sees a result. */
		if (task->pending.signal.sig[0] & SIGKILL_BIT)
			call_flags = CALL_UNFINISHED;
		else if (call_suspend(task, st, ret))
			goto out;
	}
	if ((only_ok && is_error(ret)) || (only_failed && !is_error(ret)) || !is_wanted_error(-ret) ||
	    (min_latency_ns && now - st->enter_ns < min_latency_ns)) {
		count_filtered();
		goto out;
	}
	if (!(flags & (ST_COMPAT | ST_X32)) && nr < WIRE_CALLS) {
		plan = bpf_map_lookup_elem(&plans, &nr);
		if (!plan)
			goto out;
		plan_flags = plan->flags;
		caps = plan;
	}
	if (flags & ST_SHARED_FDS) {
		int fd = plan->fd_arg[0] < 0 ? -1 : (int)arg_at(st->args, plan->fd_arg[0]);
		int fd2 = plan->fd_arg[1] < 0 ? -1 : (int)arg_at(st->args, plan->fd_arg[1]);

		fds_recheck(st, fd, fd2, plan_flags & PLAN_MOVES_FD ? (fd2 < 0 ? fd : fd2) : -1);
	}
	if (count_calls)
		count_returned(st, plan, regs, now, ret, call_flags ? HOW_KILLED : HOW_RETURNED,
			       is_error(ret) && !is_interrupted(ret) ? -ret : 0);
	if (!has_row(st))
		goto out;
	if ((plan_flags & PLAN_SHORT) && emit_short(st, plan, now, ret))
		goto out;
	s = scratch_get(SCRATCH_EXIT);
	if (!s)
		goto out;
	if (caps && (plan_flags & PLAN_VARIANT)) {
		caps = variant_of(caps, st);
		plan_flags |= caps->flags;
	}
	if (caps && ((plan_flags & PLAN_EXIT_CAPS) || (flags & ST_ENTER_FAULT)))
		off = capture_all(st, caps, SCRATCH_EXIT, ret);
	if (ret >= 0 &&
	    ((plan_flags & PLAN_RET_FD) ||
	     ((plan_flags & PLAN_FCNTL) && ((__u32)st->args[1] == F_DUPFD || (__u32)st->args[1] == F_DUPFD_CLOEXEC)))) {
		__u64 id = resolve_fd(st, ret, SCRATCH_FILE_EXIT);

		if (off <= CAP_ROOM) {
			c = (void *)(s->data + off);
			c->arg = CAP_RET;
			c->flags = CAP_FILE;
			c->len = 8;
			c->aux = 1;
			*(__u64 *)(s->data + off + sizeof(*c)) = id;
			off += sizeof(*c) + 8;
		}
	}
	call_emit(s, st, now, ret, call_flags, off, SCRATCH_FILE_EXIT);
out:
	st->exit_ns = now;
	st->flags = (st->flags & ~(ST_CALL_FLAGS | ST_FRESH | ST_ATTACHED)) | ST_HAS_GAP | later;
}

/* A task that has made no call since it was attached may still be in one: it sleeps, and not because user code was preempted. */
static __always_inline void call_from_before(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	long nr = regs->orig_ax;

	if (bpf_core_field_exists(task->on_cpu) && !task->on_cpu && nr >= 0 && !(task->thread_info.status & TS_COMPAT))
		count_call(&began_before, nr);
}

static __always_inline bool call_in_flight(struct task_state *st)
{
	return (st->flags & ST_IN_CALL) && !(st->flags & (ST_SKIP | ST_DONE | ST_WAIT_EXEC));
}

/*
 * The strings and structures of a call in flight, from the memory of another task: only a program that may sleep can do
 * that. Returns their length.
 */
static __always_inline __u64 capture_remote(struct task_struct *task, struct task_state *st)
{
	struct scratch *s = scratch_get(SCRATCH_ITER);
	const struct plan *plan;
	__u32 nr = st->nr;
	__u64 off = 0;
	int i;

	if (!s || (st->flags & (ST_COMPAT | ST_X32)))
		return 0;
	plan = bpf_map_lookup_elem(&plans, &nr);
	if (!plan)
		return 0;
	for (i = 0; i < REMOTE_CAPS; i++) {
		const struct plan_cap *p = &plan->caps[i];
		__u64 ptr = arg_at(st->args, p->arg), len;
		struct cap *cap;
		__u8 *data;
		long n;

		if (i >= plan->ncaps || off > CAP_ROOM - WIRE_STR_MAX)
			break;
		/* what was read at entry has been sent already */
		if (!ptr || p->when == WHEN_EXIT_OK || p->when == WHEN_ENTER || p->when == WHEN_STASH)
			continue;
		cap = (void *)(s->data + off);
		data = s->data + off + sizeof(*cap);
		cap->arg = p->arg;
		cap->flags = 0;
		cap->aux = 0;
		if (p->kind == CK_STR) {
			/* up to the end of its page, then the next one, which need not be there */
			len = 4096 - (ptr & 4095);
			n = bpf_copy_from_user_task(data, len, (void *)ptr, task, 0);
			if (len < WIRE_STR_MAX)
				bpf_copy_from_user_task(data + len, WIRE_STR_MAX - len, (void *)(ptr + len), task, 0);
			if (!n)
				n = bpf_probe_read_kernel_str(data, WIRE_STR_MAX, data);
			len = n > 0 ? n - 1 : 0;
		} else if ((p->kind == CK_MEM && p->len_kind == LEN_FIXED) ||
			   (p->kind == CK_BUF && p->len_kind == LEN_ARG)) {
			len = p->kind == CK_MEM ? p->size : arg_at(st->args, p->len_arg);
			if (p->kind == CK_BUF && len > string_limit)
				len = string_limit;
			if (len > WIRE_BUF_MAX)
				continue;
			/* older verifiers forget the bound of a number that goes to the stack before it is compared */
			barrier_var(len);
			len &= 2 * WIRE_BUF_MAX - 1;
			n = bpf_copy_from_user_task(data, len, (void *)ptr, task, 0);
			if (n < 0)
				len = 0;
		} else {
			continue;
		}
		if (n < 0)
			cap->flags |= CAP_FAULT;
		if (len > WIRE_STR_MAX)
			len = WIRE_STR_MAX;
		cap->len = len;
		off += sizeof(*cap) + ((len + 7) & ~7ULL);
	}
	return off;
}

#endif
