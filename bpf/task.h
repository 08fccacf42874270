/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Who makes the call: name, user, parent, cgroup; sent once and again when one of them changes. */
#ifndef SYSCOPE_TASK_H
#define SYSCOPE_TASK_H

#define CGROUP_LEVELS 32
#define CGROUP_MAX 2048
#define SIGKILL 9
#define PF_EXITING 4
#define SIG_IGN 1 /* no handler up to here */
#define SIGNAL_GROUP_EXIT 4
#define SIGNAL_UNKILLABLE 0x40
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define PENDING_MAX 1024
#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3
#define PGRP_MAX 4096 /* members of a process group that are looked at */

/* The number by which a task knows itself, and the PID namespace in which it does. */
static __always_inline void own_number(__u64 task, __u32 *number, __u32 *ns)
{
	__u64 pid = LOAD64(task, struct task_struct, thread_pid);
	__u32 level = LOAD32(pid, struct pid, level);
	__u64 upid = FIELD(pid, struct pid, numbers) + level * bpf_core_type_size(struct upid);

	*number = LOAD32(upid, struct upid, nr);
	*ns = LOAD32(LOAD64(upid, struct upid, ns), struct pid_namespace, ns.inum);
}

/* The number of a task's process in syscope's own PID namespace. */
static __always_inline __u32 tgid_here(struct task_struct *task)
{
	__u64 pid = 0;

	if (!self_level)
		return task->tgid;
	bpf_probe_read_kernel(&pid, sizeof(pid), &task->group_leader->thread_pid);
	return LOAD32(FIELD(pid, struct pid, numbers) + self_level * bpf_core_type_size(struct upid), struct upid, nr);
}

/* The state of a task, made when everything is traced. NULL: not traced. */
static __always_inline struct task_state *state_of(struct task_struct *task)
{
	struct task_state *st;

	st = bpf_task_storage_get(&tasks, task, 0, 0);
	if (st || !trace_all)
		return st;
	if (task->tgid == self_tgid)
		return NULL;
	return state_new(task, 0);
}

struct cgroup_walk {
	__u64 kn;
	__u32 slot;
	__u32 off;
};

static __always_inline __u64 kernfs_parent(__u64 kn)
{
	if (bpf_core_field_exists(struct kernfs_node___new, __parent))
		return LOAD64(kn, struct kernfs_node___new, __parent);
	return LOAD64(kn, struct kernfs_node___old, parent);
}

static long cgroup_step(__u32 i, struct cgroup_walk *w)
{
	__u64 parent = kernfs_parent(w->kn);
	struct scratch *s = scratch_get(w->slot);
	__u32 off = w->off;
	long n;

	/* the root has no name of its own */
	if (!parent || !s)
		return 1;
	if (off > CGROUP_MAX)
		return 1;
	n = bpf_probe_read_kernel_str(s->data + off, 256, (void *)LOAD64(w->kn, struct kernfs_node, name));
	if (n <= 0 || n > 256)
		return 1;
	w->off = off + n;
	w->kn = parent;
	return 0;
}

/* User, cgroup and parent are part of who somebody is, where rows or groups tell them. */
static __always_inline bool task_has_details(void)
{
	return emit_rows || match_uid || count_group == GROUP_TASK || count_group == GROUP_CGROUP;
}

/* Compares what task_id stands for; takes a new id if anything changed. */
static __always_inline void task_check(struct task_struct *task, struct task_state *st)
{
	__u64 comm0 = *(__u64 *)task->comm, comm1 = *(__u64 *)(task->comm + 8);
	__u64 self = st->self, cred, cgroups, parent;
	__u32 tid = task->pid;
	bool same = st->task_id && st->comm[0] == comm0 && st->comm[1] == comm1 && st->tid == tid;

	if (!task_has_details() && same)
		return;
	if (!self)
		st->self = self = bpf_get_current_task();
	/* Loads through plain addresses: for typed ones the verifier searches the kernel's types, which costs start-up. */
	cred = LOAD64(self, struct task_struct, cred);
	cgroups = LOAD64(self, struct task_struct, cgroups);
	parent = LOAD64(self, struct task_struct, real_parent);
	if (same && st->cred == cred && st->cgroups == cgroups && st->parent == parent)
		return;
	st->comm[0] = comm0;
	st->comm[1] = comm1;
	st->cred = cred;
	st->cgroups = cgroups;
	st->parent = parent;
	st->tid = tid;
	st->pid = task->tgid;
	st->ppid = LOAD32(parent, struct task_struct, tgid);
	st->uid = LOAD32(cred, struct cred, uid);
	st->task_id = __sync_fetch_and_add(&next_task_id, 1);
	st->flags &= ~(ST_TASK_SENT | ST_MATCH);
	count_regroup(task, st);
	if (match_comm && (comm0 != want_comm[0] || comm1 != want_comm[1]))
		return;
	if (match_uid && st->uid != want_uid)
		return;
	if ((want_pid && st->pid != want_pid) || (want_tid && tid != want_tid))
		return;
	st->flags |= ST_MATCH;
}

__noinline int task_send(struct task_state *st, __u32 slot)
{
	struct scratch *s = scratch_get(slot);
	struct cgroup_walk w = { .slot = slot };
	struct rec_task *rec;
	__u64 cgroups, len;

	if (!s || !st)
		return 0;
	rec = (void *)(s->head + HEAD - sizeof(*rec));
	hdr_fill(&rec->hdr, REC_TASK, st->tid, bpf_ktime_get_boot_ns());
	rec->task_id = st->task_id;
	rec->start_ns = LOAD64(st->self, struct task_struct, start_boottime);
	rec->pid = st->pid;
	rec->ppid = st->ppid;
	rec->uid = st->uid;
	own_number(st->self, &rec->ns_tid, &rec->pid_ns);
	__builtin_memcpy(rec->comm, st->comm, sizeof(rec->comm));
	cgroups = LOAD64(st->self, struct task_struct, cgroups);
	w.kn = LOAD64(LOAD64(cgroups, struct css_set, dfl_cgrp), struct cgroup, kn);
	rec->cgroup_id = LOAD64(w.kn, struct kernfs_node, id);
	bpf_loop(CGROUP_LEVELS, cgroup_step, &w, 0);
	len = w.off;
	barrier_var(len);
	if (len > CGROUP_MAX + 256)
		return 0;
	rec->path_len = len;
	if (emit(rec, sizeof(*rec) + len))
		count_lost(LOST_TASK);
	else
		st->flags |= ST_TASK_SENT;
	return 0;
}

static __always_inline void fork_emit(struct task_struct *parent, struct task_struct *child)
{
	struct rec_fork rec = {};

	hdr_fill(&rec.hdr, REC_FORK, parent->pid, bpf_ktime_get_boot_ns());
	rec.pid = parent->tgid;
	rec.child_tid = child->pid;
	rec.child_pid = child->tgid;
	own_number((__u64)child, &rec.child_ns_tid, &rec.pid_ns);
	emit_event(&rec, sizeof(rec));
}

/* ---- signals ---- */

struct pgrp {
	__u64 id;   /* struct pid */
	__u64 node; /* of the next member */
	bool has_parent;
};

static __always_inline __u64 pid_of(__u64 task, __u32 type)
{
	return load64(FIELD(LOAD64(task, struct task_struct, signal), struct signal_struct, pids) + 8ULL * type);
}

static long pgrp_step(__u32 i, struct pgrp *g)
{
	__u64 member = g->node - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_PGID]), parent;

	if (!g->node)
		return 1;
	g->node = LOAD64(g->node, struct hlist_node, next);
	if (LOAD32(member, struct task_struct, exit_state))
		return 0;
	parent = LOAD64(member, struct task_struct, real_parent);
	if (LOAD32(parent, struct task_struct, tgid) == 1 || pid_of(parent, PIDTYPE_PGID) == g->id ||
	    pid_of(parent, PIDTYPE_SID) != pid_of(member, PIDTYPE_SID))
		return 0;
	g->has_parent = 1;
	return 1;
}

/*
 * A signal that is about to take its default action stops the process. Those of terminals do not if nobody would let it go
 * on: no member of its process group has a parent in another group of the session.
 */
static __always_inline bool signal_stops(struct task_struct *task, int sig)
{
	struct pgrp g = {};

	if (sig == SIGSTOP)
		return 1;
	if ((sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU) || (task->signal->flags & SIGNAL_UNKILLABLE))
		return 0;
	g.id = pid_of((__u64)task, PIDTYPE_PGID);
	g.node = LOAD64(g.id, struct pid, tasks[PIDTYPE_PGID].first);
	bpf_loop(PGRP_MAX, pgrp_step, &g, 0);
	return g.has_parent;
}

static __always_inline void signal_emit(struct task_struct *task, int sig, __u64 info, __u64 ka)
{
	struct rec_signal rec = {};

	hdr_fill(&rec.hdr, REC_SIGNAL, task->pid, bpf_ktime_get_boot_ns());
	rec.pid = task->tgid;
	rec.signo = sig;
	/* 0 and 1 stand for "none" and "from the kernel" */
	if (info > 1) {
		rec.err = LOAD32(info, struct kernel_siginfo, si_errno);
		rec.code = LOAD32(info, struct kernel_siginfo, si_code);
		switch ((int)rec.code > 0 ? sig : 0) {
		case 4:
		case 5:
		case 7:
		case 8:
		case 11: /* faults */
			rec.value = LOAD64(info, struct kernel_siginfo, _sifields._sigfault._addr);
			break;
		case 17: /* SIGCHLD */
			rec.value = (__s64)(__s32)LOAD32(info, struct kernel_siginfo, _sifields._sigchld._status);
			rec.utime = LOAD64(info, struct kernel_siginfo, _sifields._sigchld._utime);
			rec.stime = LOAD64(info, struct kernel_siginfo, _sifields._sigchld._stime);
			/* fallthrough */
		default:
			rec.si_pid = LOAD32(info, struct kernel_siginfo, _sifields._kill._pid);
			rec.si_uid = LOAD32(info, struct kernel_siginfo, _sifields._kill._uid);
		}
	}
	if (ka > 1) {
		rec.handler = LOAD64(ka, struct k_sigaction, sa.sa_handler);
		rec.stops = !rec.handler && signal_stops(task, sig);
	}
	emit_event(&rec, sizeof(rec));
}

struct pending {
	__u64 list; /* struct sigpending */
	__u64 at;   /* struct sigqueue */
	__u64 info; /* what was looked for; 0: not there */
	int sig;
};

static long pending_step(__u32 i, struct pending *q)
{
	__u64 info = FIELD(q->at, struct sigqueue, info);

	if (q->at == q->list)
		return 1;
	if ((int)LOAD32(info, struct kernel_siginfo, si_signo) == q->sig) {
		q->info = info;
		return 1;
	}
	q->at = LOAD64(q->at, struct list_head, next);
	return 0;
}

static __always_inline __u64 pending_info(__u64 list, int sig)
{
	struct pending q = { .list = list, .at = LOAD64(list, struct sigpending, list.next), .sig = sig };

	bpf_loop(PENDING_MAX, pending_step, &q, 0);
	return q.info;
}

/* Who tells of a signal that was sent to the process: its first thread; if that has gone before, whoever is the first. */
static __always_inline bool speaks_for_all(struct task_struct *p, int sig, __u64 info)
{
	struct task_struct *leader = p->group_leader;

	return p == leader ||
	       (leader->exit_state && leader->exit_code != sig && __sync_lock_test_and_set(&told_signal, info) != info);
}

/*
 * A signal that ends a process at once, without a core dump, is never delivered: all threads get a SIGKILL that nobody
 * sent, and the signal itself is still pending then.
 */
static __always_inline void signal_undelivered(struct task_struct *p)
{
	struct signal_struct *signal = p->signal;
	int sig = signal->group_exit_code;
	__u64 info;

	if (!(signal->flags & SIGNAL_GROUP_EXIT) || sig <= 0 || sig > 64 || sig == SIGKILL)
		return;
	info = pending_info((__u64)&p->pending, sig);
	if (!info) {
		info = pending_info((__u64)&signal->shared_pending, sig);
		if (info && !speaks_for_all(p, sig, info))
			return;
	}
	if (info)
		signal_emit(p, sig, info, 0);
}

#endif
