/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a descriptor names, from the caller's own table, at the moment of the call.
 *
 * A name may be reused, moved or renamed at any time, so nothing is trusted that was not compared: an identity is the
 * object's address together with a signature over all that makes up its name. For files that is the inode and the chain
 * of name hashes up to the root (the kernel keeps the hash beside the name, salted with the parent's address: a rename
 * of the file or of any directory above it changes the chain); for sockets their addresses. While the signature stands,
 * the id stands; else the path is walked and sent once more.
 */
#ifndef SYSCOPE_IDENTITY_H
#define SYSCOPE_IDENTITY_H

#define AT_FDCWD -100
/* RING_INDEX - i stands for ring i of those that the task has registered. */
#define RING_INDEX -1000
#define REGISTERED_RINGS 16

#define MAGIC_PIPEFS 0x50495045
#define MAGIC_SOCKFS 0x534F434B
#define MAGIC_ANON 0x09041934
#define MAGIC_NSFS 0x6e736673
#define MAGIC_PIDFS 0x50494446

#define MNT_NS_ANON_INO 0xEFFFFFF7U

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16

#define S_IFMT 0170000
#define S_IFSOCK 0140000

#define SIG_LEVELS 64	  /* directories that the signature covers; deeper files are walked at every call */
#define SIG_LEVELS_FAST 8 /* of which so many in a loop that the verifier unrolls */
#define WALK_LEVELS 1024
#define MIX 0x9e3779b97f4a7c15ULL

#define UNIX_PATH_MAX 108
#define SOCK_DEAD 1 /* of sk_flags: closed */

struct object {
	struct file_key key;
	__u64 dentry;
	__u64 mnt; /* struct vfsmount */
	__u64 inode;
	__u64 sock; /* struct sock, for sockets */
};

static __always_inline __u64 mount_of(__u64 vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline __u64 mix(__u64 h, __u64 v)
{
	return (h ^ v) * MIX;
}

struct sig {
	__u64 dentry;
	__u64 mnt; /* struct mount */
	__u64 top; /* of that mount */
	__u64 h;
	__u64 done;
};

/* One directory further up. */
static __always_inline bool sig_level(struct sig *s)
{
	__u64 parent = LOAD64(s->dentry, struct dentry, d_parent);

	if (s->dentry == s->top || parent == s->dentry) {
		__u64 up = LOAD64(s->mnt, struct mount, mnt_parent);

		/* the top of the tree, or an object that has no place in it */
		if (up == s->mnt || s->dentry != s->top) {
			s->done = 1;
			return 1;
		}
		s->dentry = LOAD64(s->mnt, struct mount, mnt_mountpoint);
		s->mnt = up;
		s->top = LOAD64(up, struct mount, mnt.mnt_root);
		return 0;
	}
	s->h = mix(s->h, LOAD64(s->dentry, struct dentry, d_name.hash_len));
	s->dentry = parent;
	return 0;
}

static long sig_step(__u32 i, struct sig *s)
{
	return sig_level(s);
}

/* A function of its own for the verifier, which then looks at the loop once and not at every use. */
__noinline __u64 path_sig(__u64 dentry, __u64 vfsmount, __u64 inode)
{
	struct sig s = { .dentry = dentry, .mnt = mount_of(vfsmount) }, deep;
	int i;

	s.top = LOAD64(vfsmount, struct vfsmount, mnt_root);
	s.h = mix(inode, LOAD64(inode, struct inode, i_ino));
	/* unlinked: not in the hash table any more */
	s.h = mix(s.h, LOAD64(dentry, struct dentry, d_hash.pprev) != 0);
	s.h = mix(s.h, s.mnt);
	for (i = 0; i < SIG_LEVELS_FAST; i++)
		if (sig_level(&s))
			return mix(s.h, s.dentry) | 1;
	/* Deep down: a loop that the verifier sees once, at some cost for each round. */
	deep = s;
	bpf_loop(SIG_LEVELS - SIG_LEVELS_FAST, sig_step, &deep, 0);
	return deep.done ? mix(deep.h, deep.dentry) | 1 : 0;
}

static __always_inline __u64 sock_sig(__u64 sk)
{
	__u16 family = LOAD16(sk, struct sock, __sk_common.skc_family);
	__u64 h = mix(sk, family), peer;

	if (family == AF_INET || family == AF_INET6) {
		h = mix(h, LOAD32(sk, struct sock, __sk_common.skc_daddr));
		h = mix(h, LOAD32(sk, struct sock, __sk_common.skc_rcv_saddr));
		h = mix(h, LOAD16(sk, struct sock, __sk_common.skc_dport));
		h = mix(h, LOAD16(sk, struct sock, __sk_common.skc_num));
		if (family == AF_INET6) {
			__u64 d = FIELD(sk, struct sock, __sk_common.skc_v6_daddr);
			__u64 s = FIELD(sk, struct sock, __sk_common.skc_v6_rcv_saddr);

			h = mix(mix(h, load64(d)), load64(d + 8));
			h = mix(mix(h, load64(s)), load64(s + 8));
		}
	} else if (family == AF_UNIX) {
		h = mix(h, LOAD64(sk, struct unix_sock, addr));
		peer = LOAD64(sk, struct unix_sock, peer);
		h = mix(h, peer);
		/* its number comes when it is accepted, and stands when it is closed */
		if (peer)
			h = mix(h, (LOAD64(peer, struct sock, sk_socket) != 0) |
					   (LOAD64(peer, struct sock, __sk_common.skc_flags) & SOCK_DEAD));
	} else if (family == AF_NETLINK) {
		h = mix(h, LOAD32(sk, struct netlink_sock, portid));
	}
	return h | 1;
}

/* Lies at the head of the scratch area: the stack has 512 bytes for all functions that are inside each other. */
struct walk {
	__u64 dentry;
	__u64 mnt; /* struct mount */
	__u64 root_dentry;
	__u64 root_mnt; /* struct mount */
	__u32 off;	/* into data */
	__u32 flags;	/* enum file_flags */
	__u32 done;
	__u32 root_off; /* where the task's root was met */
	bool below_root;
};

_Static_assert(sizeof(struct walk) + sizeof(struct rec_file) <= HEAD, "a walk and its record are in the head");

/*
 * The top of a tree that is mounted nowhere: open_tree and fsmount make such trees, and a lazy unmount leaves them. The
 * kernel's own mounts (message queues) are none: an error stands for their namespace, and nothing is above their names.
 */
static __always_inline bool is_nowhere(__u64 mnt)
{
	__u64 ns = LOAD64(mnt, struct mount, mnt_ns);
	__u32 inum;

	if (!ns)
		return 1;
	if (ns >= -4095ULL)
		return 0;
	/* a namespace without a number, or the number of all such namespaces (6.18) */
	inum = LOAD32(ns, struct mnt_namespace, ns.inum);
	return !inum || inum == MNT_NS_ANON_INO;
}

/* One component of the path, leaf first. */
static long walk_step(__u32 i, __u32 *slot)
{
	struct scratch *s = scratch_get(*slot);
	struct walk *w = (void *)s;
	__u64 dentry, mnt, parent;
	__u32 off;
	long n;

	if (!s)
		return 1;
	dentry = w->dentry;
	mnt = w->mnt;
	off = w->off;
	/* The rest tells where the root is: nothing, unless there was a chroot. */
	if (dentry == w->root_dentry && mnt == w->root_mnt) {
		w->root_off = off;
		w->below_root = 1;
	}
	/* Names are as syscope's user spells them: whoever sits in the same chroot needs no hint at it. */
	if (dentry == self_root_dentry && mnt == self_root_mnt) {
		if (!w->below_root)
			w->root_off = off;
		w->below_root = 1;
		w->done = 1;
		return 1;
	}
	parent = LOAD64(dentry, struct dentry, d_parent);
	if (dentry == LOAD64(mnt, struct mount, mnt.mnt_root) || parent == dentry) {
		__u64 up = LOAD64(mnt, struct mount, mnt_parent);

		if (up == mnt || dentry != LOAD64(mnt, struct mount, mnt.mnt_root)) {
			if (!w->below_root)
				w->flags |= is_nowhere(mnt) ? FILE_PARTIAL : FILE_OUTSIDE;
			w->done = 1;
			return 1;
		}
		w->dentry = LOAD64(mnt, struct mount, mnt_mountpoint);
		w->mnt = up;
		return 0;
	}
	if (off > WIRE_PATH_MAX - 256) {
		w->flags |= FILE_TRUNC;
		w->done = 1;
		return 1;
	}
	n = bpf_probe_read_kernel_str(s->data + off, 256, (void *)LOAD64(dentry, struct dentry, d_name.name));
	if (n <= 0 || n > 256) {
		w->flags |= FILE_PARTIAL;
		w->done = 1;
		return 1;
	}
	w->off = off + n;
	w->dentry = parent;
	return 0;
}

static __always_inline __u32 sock_payload(struct sock_info *info, __u64 sk, __u8 *path)
{
	__u64 addr, peer, psock, len;

	info->family = LOAD16(sk, struct sock, __sk_common.skc_family);
	info->state = load32(FIELD(sk, struct sock, __sk_common.skc_state)) & 0xff;
	info->protocol = LOAD16(sk, struct sock, sk_protocol);
	psock = LOAD64(sk, struct sock, sk_socket);
	info->type = psock ? LOAD16(psock, struct socket, type) : 0;
	if (info->family == AF_INET || info->family == AF_INET6) {
		__u16 port = LOAD16(sk, struct sock, __sk_common.skc_dport);

		info->rport = bpf_ntohs(port);
		/* skc_num is given back with the port when the connection ends */
		port = LOAD16(sk, struct inet_sock, inet_sport);
		info->lport = bpf_ntohs(port);
		if (info->family == AF_INET) {
			*(__u32 *)info->raddr = LOAD32(sk, struct sock, __sk_common.skc_daddr);
			*(__u32 *)info->laddr = LOAD32(sk, struct sock, __sk_common.skc_rcv_saddr);
		} else {
			__u64 d = FIELD(sk, struct sock, __sk_common.skc_v6_daddr);
			__u64 s = FIELD(sk, struct sock, __sk_common.skc_v6_rcv_saddr);

			*(__u64 *)info->raddr = load64(d);
			*(__u64 *)(info->raddr + 8) = load64(d + 8);
			*(__u64 *)info->laddr = load64(s);
			*(__u64 *)(info->laddr + 8) = load64(s + 8);
		}
		return 0;
	}
	if (info->family == AF_NETLINK) {
		info->netlink_portid = LOAD32(sk, struct netlink_sock, portid);
		return 0;
	}
	if (info->family != AF_UNIX)
		return 0;
	peer = LOAD64(sk, struct unix_sock, peer);
	if (peer) {
		psock = LOAD64(peer, struct sock, sk_socket);
		/* the inode lies behind the socket in struct socket_alloc */
		if (psock)
			info->peer_ino = LOAD64(psock + bpf_core_field_offset(struct socket_alloc, vfs_inode) -
							bpf_core_field_offset(struct socket_alloc, socket),
						struct inode, i_ino);
	}
	/* behind the length: struct sockaddr_un, a family and the path */
	addr = LOAD64(sk, struct unix_sock, addr);
	if (!addr)
		return 0;
	len = LOAD32(addr, struct unix_address, len);
	if (len <= 2)
		return 0;
	len -= 2;
	if (len > UNIX_PATH_MAX)
		len = UNIX_PATH_MAX;
	barrier_var(len);
	if (len > UNIX_PATH_MAX)
		return 0;
	if (bpf_probe_read_kernel(path, len, (void *)(FIELD(addr, struct unix_address, len) + 4 + 2)))
		return 0;
	return len;
}

/* The process behind an inode of pidfs. */
static __always_inline __u32 pidfd_pid(__u64 inode)
{
	__u64 pid = LOAD64(inode, struct inode, i_private);

	/* struct upid: its first word is the number */
	return load32(FIELD(pid, struct pid, numbers) + bpf_core_type_size(struct upid) * self_level);
}

/* Writes a FILE record. 0 if it could not be written. */
__noinline __u64 send_file(struct object *o, struct task_state *st, __u32 slot)
{
	struct scratch *s = scratch_get(slot);
	struct rec_file *rec;
	__u64 id, sb, magic, len;

	if (!s || !o || !st)
		return 0;
	/* the record ends where data begins */
	rec = (void *)(s->head + HEAD - sizeof(*rec));
	id = __sync_fetch_and_add(&next_file_id, 1);
	hdr_fill(&rec->hdr, REC_FILE, st->tid, bpf_ktime_get_boot_ns());
	rec->file_id = id;
	rec->ino = LOAD64(o->inode, struct inode, i_ino);
	rec->rdev = LOAD32(o->inode, struct inode, i_rdev);
	rec->mode = LOAD16(o->inode, struct inode, i_mode);
	sb = LOAD64(o->inode, struct inode, i_sb);
	magic = LOAD64(sb, struct super_block, s_magic);
	rec->magic = magic;
	rec->dev = LOAD32(sb, struct super_block, s_dev);
	rec->mnt_id = LOAD32(mount_of(o->mnt), struct mount, mnt_id);
	rec->flags = 0;
	rec->root_len = 0;
	rec->pid = 0;
	len = 0;
	if (o->sock) {
		struct sock_info *info = (void *)s->data;

		__builtin_memset(info, 0, sizeof(*info));
		rec->kind = FILE_SOCKET;
		rec->path_len = sock_payload(info, o->sock, s->data + sizeof(*info));
		len = sizeof(*info) + rec->path_len;
	} else if (o->dentry == LOAD64(o->dentry, struct dentry, d_parent) &&
		   o->dentry != LOAD64(o->mnt, struct vfsmount, mnt_root)) {
		/* an object without a place in the tree: named by what it is */
		__u64 name = LOAD64(o->dentry, struct dentry, d_name.name);
		long n;

		if (magic == MAGIC_PIPEFS) {
			rec->kind = FILE_PIPE;
		} else if (magic == MAGIC_ANON) {
			rec->kind = FILE_ANON;
		} else if (magic == MAGIC_NSFS) {
			__u64 ns = LOAD64(o->inode, struct inode, i_private);

			rec->kind = FILE_NS;
			name = LOAD64(LOAD64(ns, struct ns_common, ops), struct proc_ns_operations, name);
		} else if (magic == MAGIC_PIDFS) {
			rec->kind = FILE_NS;
			rec->pid = pidfd_pid(o->inode);
			*(__u64 *)s->data = 0x6466646970ULL; /* "pidfd" */
			name = 0;
			len = 6;
		} else {
			rec->kind = FILE_PSEUDO;
			rec->flags = FILE_DELETED;
		}
		if (rec->kind != FILE_PIPE && name) {
			n = bpf_probe_read_kernel_str(s->data, 256, (void *)name);
			if (n > 0 && n <= 256)
				len = n;
		}
		rec->path_len = len;
	} else {
		struct walk *w = (void *)s->head;
		__u64 fs = LOAD64(st->self, struct task_struct, fs);

		__builtin_memset(w, 0, sizeof(*w));
		w->dentry = o->dentry;
		w->mnt = mount_of(o->mnt);
		w->root_dentry = LOAD64(fs, struct fs_struct, root.dentry);
		w->root_mnt = mount_of(LOAD64(fs, struct fs_struct, root.mnt));
		rec->kind = FILE_PATH;
		if (!LOAD64(o->dentry, struct dentry, d_hash.pprev) &&
		    o->dentry != LOAD64(o->dentry, struct dentry, d_parent))
			w->flags = FILE_DELETED;
		bpf_loop(WALK_LEVELS, walk_step, &slot, 0);
		if (!w->done)
			w->flags |= FILE_PARTIAL;
		rec->flags = w->flags;
		len = w->off;
		if (len > WIRE_PATH_MAX)
			len = WIRE_PATH_MAX;
		rec->path_len = len;
		if (w->below_root) {
			rec->path_len = w->root_off;
			rec->root_len = len - w->root_off;
		}
	}
	barrier_var(len);
	if (len > WIRE_PATH_MAX)
		return 0;
	if (emit(rec, sizeof(*rec) + len)) {
		count_lost(LOST_FILE);
		return 0;
	}
	return id;
}

/* The struct file of a descriptor; 0: none. */
static __always_inline __u64 fd_file(__u64 files, int fd)
{
	__u64 fdt = LOAD64(files, struct files_struct, fdt);

	if (fd < 0 || (__u32)fd >= LOAD32(fdt, struct fdtable, max_fds))
		return 0;
	return load64(LOAD64(fdt, struct fdtable, fd) + 8ULL * (__u32)fd);
}

static __always_inline __u64 registered_ring(__u64 task, __u32 index)
{
	__u64 own;

	if (!bpf_core_field_exists(struct task_struct, io_uring) ||
	    !bpf_core_field_exists(struct io_uring_task, registered_rings) || index >= REGISTERED_RINGS)
		return 0;
	own = LOAD64(task, struct task_struct, io_uring);
	return own ? load64(FIELD(own, struct io_uring_task, registered_rings) + 8ULL * index) : 0;
}

/* Other tasks may change what its descriptors name. */
static __always_inline bool is_shared(__u64 table)
{
	return LOAD32(table, struct files_struct, count.counter) > 1;
}

static __always_inline __u64 *moves_of(__u64 table, int fd)
{
	return &fd_moves[mix(table, (__u32)fd) >> 52];
}

/* The id of what `fd` names now: 0 if nothing is open there, or if it could not be recorded (ST_NAME_LOST is set). */
__noinline __u64 resolve_fd(struct task_state *st, int fd, __u32 slot_no)
{
	struct object o = {};
	__u64 task, fs, file, id, *known;
	struct slot *slot;
	__u16 mode;

	if (!st)
		return 0;
	task = st->self;
	fs = LOAD64(task, struct task_struct, fs);
	if (fd == AT_FDCWD) {
		o.dentry = LOAD64(fs, struct fs_struct, pwd.dentry);
		o.mnt = LOAD64(fs, struct fs_struct, pwd.mnt);
		o.inode = LOAD64(o.dentry, struct dentry, d_inode);
		file = o.dentry;
	} else if (fd <= RING_INDEX) {
		file = registered_ring(task, RING_INDEX - fd);
	} else {
		__u64 table = LOAD64(task, struct task_struct, files);

		if (slot_no == SCRATCH_FILE_ENTER && is_shared(table)) {
			if (!(st->flags & ST_SHARED_FDS))
				st->moves = 0;
			st->moves += *moves_of(table, fd);
			st->flags |= ST_SHARED_FDS;
			st->sleeps = LOAD64(task, struct task_struct, nvcsw);
			barrier();
		}
		file = fd_file(table, fd);
	}
	if (fd != AT_FDCWD) {
		if (!file)
			return 0;
		o.dentry = LOAD64(file, struct file, f_path.dentry);
		o.mnt = LOAD64(file, struct file, f_path.mnt);
		o.inode = LOAD64(file, struct file, f_inode);
	}
	if (!o.dentry || !o.mnt || !o.inode)
		return 0;

	mode = LOAD16(o.inode, struct inode, i_mode);
	if ((mode & S_IFMT) == S_IFSOCK && fd != AT_FDCWD) {
		__u64 sb = LOAD64(o.inode, struct inode, i_sb);

		if (LOAD64(sb, struct super_block, s_magic) == MAGIC_SOCKFS)
			o.sock = LOAD64(LOAD64(file, struct file, private_data), struct socket, sk);
	}
	if (o.sock) {
		o.key.object = o.sock;
		o.key.sig = sock_sig(o.sock);
	} else {
		o.key.object = o.dentry;
		o.key.sig = path_sig(o.dentry, o.mnt, o.inode);
		/* a chroot changes how the path is spelt */
		if (o.key.sig)
			o.key.sig = mix(mix(o.key.sig, LOAD64(fs, struct fs_struct, root.dentry)),
					LOAD64(fs, struct fs_struct, root.mnt)) |
				    1;
	}

	slot = &st->slots[(__u32)fd % SLOTS];
	if (o.key.sig && slot->file == file && slot->sig == o.key.sig && slot->fd == fd && slot->id &&
	    slot->id >= min_file_id)
		return slot->id;

	known = o.key.sig ? bpf_map_lookup_elem(&files, &o.key) : NULL;
	if (known && *known >= min_file_id) {
		id = *known;
	} else {
		id = send_file(&o, st, slot_no);
		if (!id) {
			st->flags |= ST_NAME_LOST;
			slot->id = 0;
			return 0;
		}
		if (o.key.sig)
			bpf_map_update_elem(&files, &o.key, &id, BPF_ANY);
	}
	slot->file = file;
	slot->object = o.inode >> 3;
	slot->sig = o.key.sig;
	slot->fd = fd;
	slot->id = id;
	return id;
}

/*
 * Where a table is shared, another thread may have put a new file in the place of the one that was seen at entry, and the
 * call may have met either: the moment between our look and the kernel's is short, but so are most calls. A call that
 * slept is certain enough to have got its file before. What is compared: the file, by address and inode, and how often
 * traced threads were about to close or replace the descriptor, because the old file may be back in its place.
 */
static __always_inline bool fd_moved(struct task_state *st, __u64 table, int fd)
{
	struct slot *slot = &st->slots[(__u32)fd % SLOTS];
	__u64 file;

	/* the working directory; or the other descriptor of the call had the same place */
	if (fd < 0 || slot->fd != fd)
		return 0;
	file = fd_file(table, fd);
	return file != slot->file || (__u32)(LOAD64(file, struct file, f_inode) >> 3) != slot->object;
}

/* Takes away names that are not certain any more. The call itself moved what `moving` names. */
__noinline int fds_recheck(struct task_state *st, int fd, int fd2, int moving)
{
	__u64 table, moves = 0;
	bool moved;

	if (!st || LOAD64(st->self, struct task_struct, nvcsw) != st->sleeps)
		return 0;
	table = LOAD64(st->self, struct task_struct, files);
	moved = (fd != moving && fd_moved(st, table, fd)) || (fd2 != moving && fd_moved(st, table, fd2));
	/* After the places, as at entry before them: a move in between must not fall between the two looks. */
	barrier();
	if (fd >= 0)
		moves = *moves_of(table, fd);
	if (fd2 >= 0)
		moves += *moves_of(table, fd2);
	if (moved || moves != st->moves) {
		st->file_ids[0] = 0;
		st->file_ids[1] = 0;
	}
	return 0;
}

/* The call is about to close or replace a descriptor. */
static __always_inline void fd_moves_now(int fd)
{
	__u64 table = LOAD64(bpf_get_current_task(), struct task_struct, files);

	if (is_shared(table))
		__sync_fetch_and_add(moves_of(table, fd), 1);
}

#endif
