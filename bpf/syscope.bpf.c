// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel half of syscope: two table-driven programs for all system calls, and the life of tasks.
 *
 * One record per completed call, written at exit; what entry saw waits in task storage. Calls that never return are
 * written at entry; calls in flight when a thread dies or tracing stops are written as unfinished.
 */
#include "kernel.h"
#include "wire.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

#include "load.h"
#include "state.h"
#include "emit.h"
#include "identity.h"
#include "pieces.h"
#include "nested.h"
#include "capture.h"
#include "count.h"
#include "task.h"
#include "row.h"
#include "restart.h"
#include "call.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *st;

	if (!trace_all && !has_storage(task))
		return 0;
	st = state_of(task);
	if (!st)
		return 0;
	call_enter(task, st, regs, id);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *st;

	if (!has_storage(task))
		return 0;
	st = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!st)
		return 0;
	call_exit(task, st, regs, ret);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct task_state *st;

	if (!follow || !has_storage(parent))
		return 0;
	st = bpf_task_storage_get(&tasks, parent, 0, 0);
	if (!st || (st->flags & ST_WAIT_EXEC))
		return 0;
	if (state_new(child, ST_FRESH))
		fork_emit(parent, child);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
{
	struct rec_exec rec = {};
	struct task_state *st;

	if (!has_storage(p))
		return 0;
	st = bpf_task_storage_get(&tasks, p, 0, 0);
	if (!st)
		return 0;
	if (LOAD64((__u64)bprm, struct linux_binprm, interp) != LOAD64((__u64)bprm, struct linux_binprm, filename))
		st->flags |= ST_SCRIPT;
	/* no handler of the old program returns */
	suspended_rows(p, st, SCRATCH_OTHER);
	st->handlers = 0;
	hdr_fill(&rec.hdr, REC_EXEC, p->pid, bpf_ktime_get_boot_ns());
	rec.pid = p->tgid;
	rec.old_tid = old_pid;
	emit_event(&rec, sizeof(rec));
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *p)
{
	__u64 signal;
	struct rec_exit rec = {};
	struct task_state *st;

	if (!has_storage(p))
		return 0;
	st = bpf_task_storage_get(&tasks, p, 0, 0);
	if (!st)
		return 0;
	if (call_in_flight(st))
		call_unfinished(st, HOW_UNFINISHED, 0, SCRATCH_OTHER, SCRATCH_FILE_OTHER);
	suspended_rows(p, st, SCRATCH_OTHER);
	st->flags &= ~ST_CALL_FLAGS;
	if (!(st->flags & ST_WAIT_EXEC) && is_wanted(st)) {
		hdr_fill(&rec.hdr, REC_EXIT, p->pid, bpf_ktime_get_boot_ns());
		rec.pid = p->tgid;
		rec.exit_code = p->exit_code;
		signal = LOAD64((__u64)p, struct task_struct, signal);
		rec.group_dead = LOAD32(signal, struct signal_struct, live.counter) == 0;
		/* exit_group or a fatal signal in any thread decides for all; else the leader's own exit counts */
		rec.process_code = LOAD32(signal, struct signal_struct, flags) & SIGNAL_GROUP_EXIT
					   ? LOAD32(signal, struct signal_struct, group_exit_code)
					   : LOAD32(LOAD64((__u64)p, struct task_struct, group_leader),
						    struct task_struct, exit_code);
		emit_event(&rec, sizeof(rec));
	}
	state_gone(st);
	return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(on_signal, int sig, struct kernel_siginfo *info, struct k_sigaction *ka)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *st;
	__u64 handler;

	if (!has_storage(task))
		return 0;
	st = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!st || (st->flags & ST_WAIT_EXEC))
		return 0;
	handler = LOAD64((__u64)ka, struct k_sigaction, sa.sa_handler);
	if (handler > SIG_IGN)
		handler_begins(task, st, LOAD64((__u64)ka, struct k_sigaction, sa.sa_flags));
	if (!emit_signals || !is_wanted(st))
		return 0;
	/*
	 * How the kernel ends the threads of a process that exits: nobody sent it. The verifier takes the pointer for
	 * one that is never NULL, so what it points to is asked: 0 where there is nothing.
	 */
	if (sig == SIGKILL && !LOAD32((__u64)info, struct kernel_siginfo, si_signo))
		signal_undelivered(task);
	else
		signal_emit(task, sig, (__u64)info, (__u64)ka);
	return 0;
}

/* Runs once, in syscope itself, before anything is attached: inside a container its own number says nothing. */
SEC("syscall")
int find_self(void *ctx)
{
	__u64 fs;
	struct task_struct *task = bpf_get_current_task_btf();

	self_tgid = task->tgid;
	self_level = LOAD32(LOAD64((__u64)task, struct task_struct, thread_pid), struct pid, level);
	fs = LOAD64((__u64)task, struct task_struct, fs);
	self_root_dentry = LOAD64(fs, struct fs_struct, root.dentry);
	self_root_mnt = mount_of(LOAD64(fs, struct fs_struct, root.mnt));
	return 0;
}

/* Attaches to the tasks of chosen processes, or of all. Runs after the other programs are in place. */
SEC("iter/task")
int attach_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_state *st;
	__u32 tgid, *flags;

	if (!task)
		return 0;
	tgid = tgid_here(task);
	flags = bpf_map_lookup_elem(&targets, &tgid);
	if (!flags && !(trace_all && task->tgid != self_tgid))
		return 0;
	/* zombies, too: their end has been told */
	if ((task->flags & PF_EXITING) || bpf_task_storage_get(&tasks, task, 0, 0))
		return 0;
	st = state_new(task, flags ? *flags : ST_ATTACHED);
	/* who is there from the start; everybody, that is understood */
	if (st && flags && (*flags & ST_ATTACHED))
		fork_emit(task, task);
	/* on_exit may have run just before it had a state */
	if (st && (task->flags & PF_EXITING))
		state_gone(st);
	return 0;
}

/* Writes the calls that are in flight when tracing stops. May sleep, to read the memory of their tasks. */
SEC("iter.s/task")
int flush_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_state *st;

	if (!task)
		return 0;
	st = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!st)
		return 0;
	if (call_in_flight(st))
		call_unfinished(st, HOW_UNFINISHED, capture_remote(task, st), SCRATCH_ITER, SCRATCH_FILE_ITER);
	suspended_rows(task, st, SCRATCH_ITER);
	if (st->flags & ST_ATTACHED)
		call_from_before(task);
	return 0;
}
