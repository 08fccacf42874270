/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Reading kernel memory at a plain address.
 *
 * bpf_rdonly_cast (6.2) turns an address into a pointer that the verifier lets us load through without a helper call:
 * about a third of the cost of bpf_probe_read_kernel, which is the way of older kernels (LOAD_BY_HELPER: the same source
 * makes a second object for them, because a branch at each of some hundred loads would be a tenth of the start, although
 * the verifier removes it). A bad address reads as 0 both ways. The verifier rejects arithmetic on such pointers, so
 * addresses stay numbers until the moment of the load.
 */
#ifndef SYSCOPE_LOAD_H
#define SYSCOPE_LOAD_H

/*
 * User space puts the numbers of the kernel's types in their place: struct timespec64 and struct seqcount, whose first
 * fields are plain numbers.
 */
#define TYPE_OF_64_BITS 0x73797364
#define TYPE_OF_32_BITS 0x73797332

#ifndef LOAD_BY_HELPER
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;
#endif

static __always_inline __u64 load64(__u64 addr)
{
#ifndef LOAD_BY_HELPER
	return *(__u64 *)bpf_rdonly_cast((void *)addr, TYPE_OF_64_BITS);
#else
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)addr);
	return value;
#endif
}

static __always_inline __u32 load32(__u64 addr)
{
#ifndef LOAD_BY_HELPER
	return *(__u32 *)bpf_rdonly_cast((void *)addr, TYPE_OF_32_BITS);
#else
	__u32 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)addr);
	return value;
#endif
}

/* A string of the program with its end; returns its length, or an error. Kernels before 6.13 say 0 of an empty one. */
static __always_inline long read_user_str(void *to, __u32 size, __u64 from)
{
	long n = bpf_probe_read_user_str(to, size, (void *)from);

	if (!n) {
		*(char *)to = 0;
		n = 1;
	}
	return n;
}

/* FIELD(addr, struct file, f_path.dentry): the address of a field of the structure at addr */
#define FIELD(addr, type, field) ((addr) + bpf_core_field_offset(type, field))
#define LOAD64(addr, type, field) load64(FIELD(addr, type, field))
#define LOAD32(addr, type, field) load32(FIELD(addr, type, field))
#define LOAD16(addr, type, field) ((__u16)load32(FIELD(addr, type, field)))

#endif
