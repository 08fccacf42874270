/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Calls that a signal interrupts.
 *
 * sys_exit shows them returning with codes of the kernel's own (ERESTARTSYS ...) that no program ever sees. What comes of
 * such a call is decided when a signal with a handler is delivered: it fails with EINTR, or goes on after the handler has
 * returned; without a handler it goes on at once, some as restart_syscall. One call is one row, from its first entry to
 * its last exit; in doubt (a handler left by longjmp, other arguments) nothing is joined, and the interrupted call is
 * told as unfinished.
 */
#ifndef SYSCOPE_RESTART_H
#define SYSCOPE_RESTART_H

/* Handlers can be interrupted too; calls in deeper ones are told with their code. A power of two. */
#define NESTING 4

#define NR_RT_SIGRETURN 15
#define NR_RT_SIGRETURN_X32 513
#define NR_SIGRETURN_I386 119
#define NR_RT_SIGRETURN_I386 173
#define NR_RESTART_SYSCALL 219

#define EINTR 4
#define ERESTARTSYS 512
#define ENOIOCTLCMD 515 /* in between, and an ordinary error */
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516
#define SA_RESTART 0x10000000UL

/* A call that may go on. */
struct suspended {
	__u64 enter_ns; /* 0: none */
	__u64 exit_ns;	/* of the call before it */
	__u64 args[WIRE_ARGS];
	__u64 file_ids[2];
	struct stash stash;
	__u32 nr;
	__u32 flags;
	__s32 code;
	__u32 pad;
};

#define SUSPENDED_FLAGS (ST_ROW_FLAGS | ST_ENTER_FAULT | ST_QUIET)

/* By number of handlers that were running when the call was made. */
struct interruptions {
	struct suspended calls[NESTING];
	struct suspended current; /* the call in flight, while another one's row is written */
	__u64 sp[NESTING];	  /* stack of the code that the next handler interrupted */
};

/* Only tasks that were interrupted have one. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct interruptions);
} interrupted SEC(".maps");

static __always_inline bool is_interrupted(long ret)
{
	return ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK && ret != -ENOIOCTLCMD;
}

static __always_inline void call_save(struct suspended *call, const struct task_state *st)
{
	call->enter_ns = st->enter_ns;
	call->exit_ns = st->exit_ns;
	__builtin_memcpy(call->args, st->args, sizeof(call->args));
	call->file_ids[0] = st->file_ids[0];
	call->file_ids[1] = st->file_ids[1];
	call->stash = st->stash;
	call->nr = st->nr;
	call->flags = st->flags & SUSPENDED_FLAGS;
}

static __always_inline void call_restore(struct task_state *st, const struct suspended *call)
{
	st->enter_ns = call->enter_ns;
	st->exit_ns = call->exit_ns;
	__builtin_memcpy(st->args, call->args, sizeof(st->args));
	st->file_ids[0] = call->file_ids[0];
	st->file_ids[1] = call->file_ids[1];
	st->stash = call->stash;
	st->nr = call->nr;
	st->flags = (st->flags & ~SUSPENDED_FLAGS) | call->flags;
}

/* Puts the call in flight aside. False: no place, it is told as it is. */
static __always_inline bool call_suspend(struct task_struct *task, struct task_state *st, long code)
{
	struct interruptions *in;
	struct suspended *call;

	if (st->handlers >= NESTING || (st->flags & (ST_COMPAT | ST_X32)))
		return 0;
	in = bpf_task_storage_get(&interrupted, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!in)
		return 0;
	call = &in->calls[st->handlers & (NESTING - 1)];
	call_save(call, st);
	call->code = code;
	st->flags |= ST_INTERRUPTED;
	return 1;
}

/* Makes it the call in flight again. */
static __always_inline void call_resume(struct task_state *st, struct suspended *call)
{
	st->flags &= ~ST_CALL_FLAGS;
	call_restore(st, call);
	st->flags |= ST_IN_CALL | ST_RESUMED;
	call->enter_ns = 0;
}

/* An interrupted call that did not go on, or cannot any more: in the place of the call in flight, as an unfinished one. */
__noinline int suspended_row(struct task_state *st, struct interruptions *in, __u32 depth, __u32 slot)
{
	struct suspended *call;

	if (!st || !in)
		return 0;
	call = &in->calls[depth & (NESTING - 1)];
	if (!call->enter_ns)
		return 0;
	call_save(&in->current, st);
	call_restore(st, call);
	call->enter_ns = 0;
	if (slot == SCRATCH_ENTER)
		call_unfinished(st, HOW_GIVEN_UP, 0, slot, SCRATCH_FILE_ENTER);
	else
		call_unfinished(st, HOW_UNFINISHED, 0, slot, SCRATCH_FILE_OTHER);
	call_restore(st, &in->current);
	return 0;
}

/* All that are still put aside: their thread ends, or tracing does. */
static __always_inline void suspended_rows(struct task_struct *task, struct task_state *st, __u32 slot)
{
	struct interruptions *in;
	int i;

	if (!(st->flags & ST_INTERRUPTED))
		return;
	in = bpf_task_storage_get(&interrupted, task, 0, 0);
	if (!in)
		return;
	for (i = 0; i < NESTING; i++)
		suspended_row(st, in, i, slot);
	st->flags &= ~ST_INTERRUPTED;
}

static __always_inline bool is_sigreturn(struct task_struct *task, __u32 nr)
{
	if (task->thread_info.status & TS_COMPAT)
		return nr == NR_SIGRETURN_I386 || nr == NR_RT_SIGRETURN_I386;
	return nr == NR_RT_SIGRETURN || nr == (X32_BIT | NR_RT_SIGRETURN_X32);
}

static __always_inline bool same_args(const struct suspended *call, const struct pt_regs *regs)
{
	return call->args[0] == regs->di && call->args[1] == regs->si && call->args[2] == regs->dx &&
	       call->args[3] == regs->r10 && call->args[4] == regs->r8 && call->args[5] == regs->r9;
}

/*
 * Handlers that were left by a jump: their stack frames are gone. A frame lies below what the handler interrupted, so that
 * a call at that very place is made by who went on there.
 */
static __always_inline void handlers_left(struct task_struct *task, struct task_state *st, struct interruptions *in,
					  __u64 sp)
{
	int i;

	/* the frames of an alternate stack cannot be compared with the others */
	if (sp - task->sas_ss_sp <= task->sas_ss_size)
		return;
	for (i = 0; i < NESTING; i++) {
		__u64 at = st->handlers < NESTING ? st->handlers : NESTING;

		if (!at--)
			return;
		/* older verifiers have to see the bound on the very register that is added */
		barrier_var(at);
		if (sp < in->sp[at & (NESTING - 1)])
			return;
		st->handlers = at;
		suspended_row(st, in, st->handlers, SCRATCH_ENTER);
	}
}

/*
 * A call begins while handlers run or interrupted calls wait. True: it is one of these and goes on, so that nothing begins.
 */
static __noinline bool call_continues(struct task_struct *task, struct task_state *st, struct pt_regs *regs, __u32 nr)
{
	bool native = !(task->thread_info.status & TS_COMPAT) && !(nr & X32_BIT);
	struct interruptions *in;
	struct suspended *call;

	if (st->flags & ST_SKIP_RESTART) {
		st->flags &= ~(ST_CALL_FLAGS | ST_FRESH | ST_ATTACHED);
		if (native && nr == NR_RESTART_SYSCALL) {
			st->flags |= ST_IN_CALL | ST_SKIP;
			return 1;
		}
	}
	if (!(st->flags & ST_INTERRUPTED))
		return 0;
	in = bpf_task_storage_get(&interrupted, task, 0, 0);
	if (!in) {
		st->flags &= ~ST_INTERRUPTED;
		return 0;
	}
	handlers_left(task, st, in, regs->sp);
	if (is_sigreturn(task, nr)) {
		if (st->handlers)
			st->handlers--;
		return 0;
	}
	if (st->handlers >= NESTING)
		return 0;
	if (!st->handlers)
		st->flags &= ~ST_INTERRUPTED;
	call = &in->calls[st->handlers & (NESTING - 1)];
	if (!call->enter_ns)
		return 0;
	if (native && (nr == NR_RESTART_SYSCALL
			       ? call->code == -ERESTART_RESTARTBLOCK
			       : nr == call->nr && same_args(call, regs) && call->code != -ERESTART_RESTARTBLOCK)) {
		call_resume(st, call);
		return 1;
	}
	suspended_row(st, in, st->handlers, SCRATCH_ENTER);
	return 0;
}

/*
 * The interrupted call has failed with EINTR, because a handler is to run. Global: the verifier would follow all of it for
 * each place in the array that the call can have.
 */
__noinline int call_interrupted(struct task_state *st, struct suspended *call)
{
	const struct plan *plan;
	__u64 now = bpf_ktime_get_boot_ns(), off = 0;
	struct scratch *s = scratch_get(SCRATCH_SIGNAL);
	__u32 nr;

	if (!st || !call || !s)
		return 0;
	call_resume(st, call);
	nr = st->nr;
	plan = bpf_map_lookup_elem(&plans, &nr);
	if (!plan)
		return 0;
	if (only_ok || (want_errno && want_errno != EINTR) || (min_latency_ns && now - st->enter_ns < min_latency_ns)) {
		count_filtered();
		goto out;
	}
	if (count_calls)
		count_ended(st, HOW_INTERRUPTED, EINTR, SCRATCH_FILE_SIGNAL);
	if (has_row(st)) {
		if (plan->flags & PLAN_VARIANT)
			plan = variant_of(plan, st);
		if ((plan->flags & PLAN_EXIT_CAPS) || (st->flags & ST_ENTER_FAULT))
			off = capture_all(st, plan, SCRATCH_SIGNAL, -EINTR);
		call_emit(s, st, now, -EINTR, 0, off, SCRATCH_FILE_SIGNAL);
	}
out:
	st->exit_ns = now;
	st->flags = (st->flags & ~ST_CALL_FLAGS) | ST_HAS_GAP;
	return 0;
}

/* A signal handler is about to run. */
static __always_inline void handler_begins(struct task_struct *task, struct task_state *st, __u64 sa_flags)
{
	struct interruptions *in;
	struct suspended *call;
	struct pt_regs *regs;

	in = bpf_task_storage_get(&interrupted, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (in && st->handlers < NESTING) {
		call = &in->calls[st->handlers & (NESTING - 1)];
		if (call->enter_ns && (call->code == -ERESTARTNOHAND || call->code == -ERESTART_RESTARTBLOCK ||
				       (call->code == -ERESTARTSYS && !(sa_flags & SA_RESTART))))
			call_interrupted(st, call);
		regs = (struct pt_regs *)bpf_task_pt_regs(task);
		in->sp[st->handlers & (NESTING - 1)] = regs->sp;
	}
	st->handlers++;
	st->flags |= ST_INTERRUPTED;
}

#endif
