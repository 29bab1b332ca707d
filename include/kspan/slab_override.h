/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kmalloc family of a module, served by kspan without a change of its source: given to the
 * compiler with -include, before the source's first line. slab_override.mk does that; the README
 * has a sample. Above the API, in the client's module; no locks.
 *
 * Allocations come from kspan, with kmalloc's alignment: 8 bytes at least, and the largest power of
 * two that divides the size. What kspan cannot do goes to the real allocator: sizes over
 * KMALLOC_MAX_SIZE, zones, __GFP_COMP, __GFP_THISNODE, __GFP_ACCOUNT (a memory cgroup is to be
 * charged), and whatever kspan has no memory for, so that __GFP_NOFAIL holds. A node without
 * __GFP_THISNODE is a wish and not followed. Frees, and krealloc(), ask each pointer whose it is:
 * memory that the core kernel allocated, as kasprintf(), kstrdup_const() and memdup_user() do, and
 * objects of a kmem_cache, go where they came from. The names are macros without parameters: a
 * kfree that is passed as a callback is replaced, too, and so is __free(kfree).
 *
 * No macro can be right for memory that
 * - hardware or the page tables' owner sees: DMA, scatterlists and with them the crypto API and
 *   bios, virt_to_page(), virt_to_phys(), build_skb();
 * - the module allocates and the core kernel frees, with its own kfree(): fs_context.source,
 *   URB_FREE_BUFFER, what seq_release_private() and simple_xattr_free() find, ...
 * Such a file is built with -DKSPAN_SLAB_OVERRIDE_OFF (CFLAGS_file.o): it allocates from the real
 * slab, and may still free what other files of the module got from kspan. A single call is changed
 * to kspan_real_kmalloc() or kspan_real_kvmalloc(), whose memory any kfree() or kvfree() takes.
 * A header whose inline functions allocate what the core kernel frees is named before this one:
 * -include linux/textsearch.h -include kspan/slab_override.h. Of this kind are also linux/fb.h,
 * linux/gameport.h, net/xfrm.h and rdma/ib_verbs.h.
 *
 * As printk.h is read here, a source that defines pr_fmt or dev_fmt needs
 * -DKSPAN_SOURCE_HAS_PR_FMT or -DKSPAN_SOURCE_HAS_DEV_FMT, or the compiler warns of the second
 * definition (which holds all the same); slab_override.mk sees to it. One that defines DEBUG for
 * pr_debug() needs -DDEBUG.
 */
#ifndef _KSPAN_SLAB_OVERRIDE_H
#define _KSPAN_SLAB_OVERRIDE_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <kspan/kspan.h>

/* In every object of the module: a namespace that is named twice is imported once. */
KSPAN_IMPORT_NS();

/**
 * kspan_real_kmalloc() - what kmalloc() is without this header
 * @size: bytes
 * @gfp: any flags of kmalloc()
 *
 * Return: the memory, to be freed with kfree(), or NULL.
 */
static noinline __maybe_unused __alloc_size(1) void *kspan_real_kmalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

/**
 * kspan_real_kvmalloc() - what kvmalloc() is without this header
 * @size: bytes
 * @gfp: any flags of kvmalloc()
 *
 * Return: the memory, to be freed with kvfree(), or NULL.
 */
static noinline __maybe_unused __alloc_size(1) void *kspan_real_kvmalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp);
}

static noinline __maybe_unused __alloc_size(1)
void *kspan_real_kmalloc_node(size_t size, gfp_t gfp, int node)
{
	return kmalloc_node(size, gfp, node);
}

static noinline __maybe_unused __alloc_size(1)
void *kspan_real_kvmalloc_node(size_t size, gfp_t gfp, int node)
{
	return kvmalloc_node(size, gfp, node);
}

/* ---- allocation ---- */

#define KSPAN_GFP_REAL	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_COMP | __GFP_MOVABLE | \
			 __GFP_THISNODE | __GFP_ACCOUNT)

/* Up to this size a class is as aligned as any size of it may ask for. */
#define KSPAN_CLASSES_ALIGNED	2304

#ifdef KSPAN_SLAB_OVERRIDE_OFF
#define KSPAN_OVERRIDE_MAX	0
#else
#define KSPAN_OVERRIDE_MAX	KMALLOC_MAX_SIZE
#endif

static __always_inline bool kspan_serves(size_t size, gfp_t gfp)
{
	return size <= KSPAN_OVERRIDE_MAX && !(gfp & KSPAN_GFP_REAL);
}

/* Packed objects may be less aligned than kmalloc's: none are asked for. */
static __always_inline size_t kspan_unpacked_size(size_t size)
{
	return size < KSPAN_TINY_SIZE ? round_up(size, 8) : size;
}

/* The alignment that has to be asked for, or 0: the object has it by itself. */
static __always_inline size_t kspan_extra_align(size_t size)
{
	size_t align = size & -size;

	return size > KSPAN_CLASSES_ALIGNED && align > 128 && align != size ? align : 0;
}

/* Whoever calls has something to fall back on: a failure is not worth a line in the log. */
static __always_inline void *kspan_try(size_t size, gfp_t gfp)
{
	size_t align = kspan_extra_align(size);

	if (unlikely(!kspan_serves(size, gfp)))
		return NULL;
	if (align)
		return kspan_alloc_aligned(size, align, gfp | __GFP_NOWARN);
	return kspan_alloc(kspan_unpacked_size(size), gfp | __GFP_NOWARN);
}

static __always_inline __alloc_size(1) void *kspan_kmalloc(size_t size, gfp_t gfp)
{
	void *p = kspan_try(size, gfp);

	return likely(p) ? p : kspan_real_kmalloc(size, gfp);
}

static __always_inline __alloc_size(1) void *kspan_kvmalloc(size_t size, gfp_t gfp)
{
	void *p = kspan_try(size, gfp);

	return likely(p) ? p : kspan_real_kvmalloc(size, gfp);
}

static __always_inline __alloc_size(1) void *kspan_kzalloc(size_t size, gfp_t gfp)
{
	return kspan_kmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1) void *kspan_kvzalloc(size_t size, gfp_t gfp)
{
	return kspan_kvmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1, 2)
void *kspan_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL : kspan_kmalloc(bytes, gfp);
}

static __always_inline __alloc_size(1, 2)
void *kspan_kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL : kspan_kvmalloc(bytes, gfp);
}

static __always_inline __alloc_size(1, 2) void *kspan_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kspan_kmalloc_array(n, size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1, 2) void *kspan_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kspan_kvmalloc_array(n, size, gfp | __GFP_ZERO);
}

/* A node is a wish and not followed, but with __GFP_THISNODE it is an order. */
static __always_inline __alloc_size(1)
void *kspan_kmalloc_node(size_t size, gfp_t gfp, int node)
{
	if (unlikely(gfp & __GFP_THISNODE))
		return kspan_real_kmalloc_node(size, gfp, node);
	return kspan_kmalloc(size, gfp);
}

static __always_inline __alloc_size(1)
void *kspan_kzalloc_node(size_t size, gfp_t gfp, int node)
{
	return kspan_kmalloc_node(size, gfp | __GFP_ZERO, node);
}

static __always_inline __alloc_size(1)
void *kspan_kvmalloc_node(size_t size, gfp_t gfp, int node)
{
	if (unlikely(gfp & __GFP_THISNODE))
		return kspan_real_kvmalloc_node(size, gfp, node);
	return kspan_kvmalloc(size, gfp);
}

static __always_inline __alloc_size(1)
void *kspan_kvzalloc_node(size_t size, gfp_t gfp, int node)
{
	return kspan_kvmalloc_node(size, gfp | __GFP_ZERO, node);
}

static __always_inline __alloc_size(1, 2)
void *kspan_kmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ?
	       NULL : kspan_kmalloc_node(bytes, gfp, node);
}

static __always_inline __alloc_size(1, 2)
void *kspan_kcalloc_node(size_t n, size_t size, gfp_t gfp, int node)
{
	return kspan_kmalloc_array_node(n, size, gfp | __GFP_ZERO, node);
}

/* ---- copies: those of kspan.h pack short strings ---- */

static inline void *kspan_kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kspan_kmalloc(len, gfp);

	if (p)
		memcpy(p, src, len);
	return p;
}

static inline void *kspan_kvmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kspan_kvmalloc(len, gfp);

	if (p)
		memcpy(p, src, len);
	return p;
}

static inline void *kspan_kmemdup_array(const void *src, size_t n, size_t size, gfp_t gfp)
{
	return kspan_kmemdup(src, size_mul(n, size), gfp);
}

static inline char *kspan_kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	char *p = s ? kspan_kmalloc(size_add(len, 1), gfp) : NULL;

	if (p) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}

static inline char *kspan_kstrdup(const char *s, gfp_t gfp)
{
	return s ? kspan_kmemdup(s, strlen(s) + 1, gfp) : NULL;
}

static inline char *kspan_kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? kspan_kmemdup_nul(s, strnlen(s, max), gfp) : NULL;
}

/* ---- freeing ---- */

/*
 * kfree() takes nothing else that lies there. An object of kspan's that is freed twice, and whose
 * span has gone, is thus reported by kspan and not taken for a page of the slab's.
 */
static __always_inline bool kspan_is_slab(const void *p)
{
	return is_vmalloc_addr(p);
}

static inline void kspan_kfree(const void *p)
{
	if (likely(kspan_is_slab(p)))
		kspan_free(p);
	else
		kfree(p);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
static inline void kspan_kfree_nolock(const void *p)
{
	if (kspan_is_slab(p))
		kspan_free(p);
	else
		kfree_nolock(p);
}
#endif

static inline void kspan_kfree_sensitive(const void *p)
{
	if (kspan_is_slab(p))
		kspan_free_sensitive(p);
	else
		kfree_sensitive(p);
}

static inline void kspan_kvfree(const void *p)
{
	if (likely(kspan_owns(p)))
		kspan_free(p);
	else
		kvfree(p);
}

static inline void kspan_kvfree_sensitive(const void *p, size_t len)
{
	if (kspan_owns(p))
		kspan_free_sensitive(p);
	else
		kvfree_sensitive(p, len);
}

/* For code that asks is_vmalloc_addr() whether to call kfree() or vfree(). */
static inline void kspan_vfree(const void *p)
{
	if (kspan_owns(p))
		kspan_free(p);
	else
		vfree(p);
}

/* Only the core kernel knows what kstrdup_const() did not need to copy. */
static inline void kspan_kfree_const(const void *p)
{
	if (kspan_owns(p))
		kspan_free(p);
	else
		kfree_const(p);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
static inline void kspan_kvfree_atomic(const void *p)
{
	if (likely(kspan_owns(p)))
		kspan_free(p);
	else
		kvfree_atomic(p);
}
#endif

/* For set_delayed_call(). */
static inline void kspan_kfree_link(void *p)
{
	kspan_kfree(p);
}

static inline void kspan_kfree_bulk(size_t n, void **objs)
{
	while (n)
		kspan_kfree(objs[--n]);
}

#ifdef DEFINE_FREE
/* A variable at the end of its scope may hold an error in place of a pointer. */
static inline const void *kspan_pointer_in(const void *p)
{
	return IS_ERR(p) ? NULL : p;
}

DEFINE_FREE(kspan_kfree, void *, kspan_kfree(kspan_pointer_in(_T)))
DEFINE_FREE(kspan_kfree_sensitive, void *, kspan_kfree_sensitive(_T))
DEFINE_FREE(kspan_kvfree, void *, kspan_kvfree(kspan_pointer_in(_T)))
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
DEFINE_FREE(kspan_kvfree_atomic, void *, kspan_kvfree_atomic(kspan_pointer_in(_T)))
#endif
#endif

#define kspan_kvfree_rcu_2(ptr, rhf)					\
do {									\
	typeof(ptr) ___obj = (ptr);					\
									\
	if (kspan_owns(___obj))						\
		kspan_free_rcu(___obj, rhf);				\
	else								\
		kvfree_rcu_arg_2(___obj, rhf);				\
} while (0)

/* Without a place for an rcu_head the caller has to wait; it said that it may sleep. */
#define kspan_kvfree_rcu_mightsleep(ptr)				\
do {									\
	typeof(ptr) ___obj = (ptr);					\
									\
	if (kspan_owns(___obj)) {					\
		synchronize_rcu();					\
		kspan_free(___obj);					\
	} else {							\
		kvfree_rcu_arg_1(___obj);				\
	}								\
} while (0)

/* Linux 6.1 has kfree_rcu() with one argument, too. */
#define kspan_kvfree_rcu_pick(_1, _2, name, ...)	name
#define kspan_kvfree_rcu(...)						\
	kspan_kvfree_rcu_pick(__VA_ARGS__, kspan_kvfree_rcu_2,		\
			      kspan_kvfree_rcu_mightsleep)(__VA_ARGS__)

/* ---- sizes ---- */

static inline size_t kspan_ksize(const void *p)
{
	return kspan_is_slab(p) ? kspan_size(p) : ksize(p);
}

static inline size_t kspan_kmalloc_size_roundup(size_t size)
{
	if (!kspan_serves(size, 0))
		return kmalloc_size_roundup(size);
	return kspan_size_roundup(kspan_unpacked_size(size));
}

/* With __GFP_ZERO all that lies behind @size has to be 0 for the next step. */
static inline void *kspan_resize_in_kspan(const void *p, size_t size, gfp_t gfp)
{
	size_t whole = kspan_unpacked_size(size);
	void *new;

	if (!kspan_serves(size, gfp) || kspan_extra_align(size) ||
	    !IS_ALIGNED((unsigned long)p, size & -size))
		return NULL;
	new = kspan_realloc(p, whole, gfp | __GFP_NOWARN);
	if (new && (gfp & __GFP_ZERO))
		memset(new + size, 0, whole - size);
	return new;
}

/* @p is an object of kspan's and @size not 0. */
static inline void *kspan_resize(const void *p, size_t size, gfp_t gfp,
				 void *(*alloc)(size_t size, gfp_t gfp))
{
	void *new = kspan_resize_in_kspan(p, size, gfp);

	if (new)
		return new;
	new = alloc(size, gfp);
	OPTIMIZER_HIDE_VAR(p);	/* of which fortified functions know the size asked for, not all */
	if (new) {
		memcpy(new, p, min(size, kspan_size(p)));
		kspan_free(p);
	}
	return new;
}

static inline __must_check __realloc_size(2)
void *kspan_krealloc(const void *p, size_t size, gfp_t gfp)
{
	if (ZERO_OR_NULL_PTR(p))
		return kspan_kmalloc(size, gfp);
	if (!kspan_is_slab(p))
		return krealloc(p, size, gfp);
	if (size)
		return kspan_resize(p, size, gfp, kspan_kmalloc);
	kspan_free(p);
	return ZERO_SIZE_PTR;
}

static inline __must_check __realloc_size(2, 3)
void *kspan_krealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
							       kspan_krealloc(p, bytes, gfp);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
static inline __must_check __realloc_size(2)
void *kspan_kvrealloc(const void *p, size_t size, gfp_t gfp)
{
	if (ZERO_OR_NULL_PTR(p))
		return kspan_kvmalloc(size, gfp);
	if (!kspan_owns(p))
		return kvrealloc(p, size, gfp);
	if (size)
		return kspan_resize(p, size, gfp, kspan_kvmalloc);
	kspan_free(p);
	return ZERO_SIZE_PTR;
}
#else
static inline __must_check __realloc_size(3)
void *kspan_kvrealloc(const void *p, size_t old_size, size_t size, gfp_t gfp)
{
	void *new;

	if (old_size >= size)
		return (void *)p;
	if (ZERO_OR_NULL_PTR(p))
		return kspan_kvmalloc(size, gfp);
	if (!kspan_owns(p))
		return kvrealloc(p, old_size, size, gfp);
	new = kspan_resize(p, size, gfp, kspan_kvmalloc);
	if (new && (gfp & __GFP_ZERO))
		memset(new + old_size, 0, size - old_size);
	return new;
}
#endif

/* ---- the names; the kernel's own are out of reach from here on ---- */

#undef krealloc
#undef krealloc_array
#undef kvrealloc
#undef kfree_bulk
#undef kfree_rcu
#undef kvfree_rcu
#undef kfree_rcu_mightsleep
#undef kvfree_rcu_mightsleep
#define krealloc			kspan_krealloc
#define krealloc_array			kspan_krealloc_array
#define kvrealloc			kspan_kvrealloc
#define kfree				kspan_kfree
#define kfree_sensitive			kspan_kfree_sensitive
#define kfree_bulk			kspan_kfree_bulk
#define kfree_const			kspan_kfree_const
#define kfree_link			kspan_kfree_link
#define kvfree				kspan_kvfree
#define kvfree_sensitive		kspan_kvfree_sensitive
#define vfree				kspan_vfree
#define kfree_rcu			kspan_kvfree_rcu
#define kvfree_rcu			kspan_kvfree_rcu
#define kfree_rcu_mightsleep		kspan_kvfree_rcu_mightsleep
#define kvfree_rcu_mightsleep		kspan_kvfree_rcu_mightsleep
#define ksize				kspan_ksize
/* What __free(kfree) and its like become. */
#define __free_kfree			__free_kspan_kfree
#define __free_kfree_sensitive		__free_kspan_kfree_sensitive
#define __free_kvfree			__free_kspan_kvfree

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#define kvfree_atomic			kspan_kvfree_atomic
#define __free_kvfree_atomic		__free_kspan_kvfree_atomic
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#undef krealloc_node_align
#undef kvrealloc_node_align
#define krealloc_node_align(p, size, align, gfp, node)	kspan_krealloc(p, size, gfp)
#define kvrealloc_node_align(p, size, align, gfp, node)	kspan_kvrealloc(p, size, gfp)
#define kfree_nolock			kspan_kfree_nolock
#endif

#undef kmalloc
#undef kmalloc_node
#undef kmalloc_track_caller
#undef kmalloc_node_track_caller
#undef kzalloc
#undef kzalloc_node
#undef kcalloc
#undef kcalloc_node
#undef kmalloc_array
#undef kmalloc_array_node
#undef kvmalloc
#undef kvmalloc_node
#undef kvzalloc
#undef kvzalloc_node
#undef kvmalloc_array
#undef kvcalloc
#undef kmemdup
#define kmalloc				kspan_kmalloc
#define kmalloc_node			kspan_kmalloc_node
#define kmalloc_track_caller		kspan_kmalloc
#define kmalloc_node_track_caller	kspan_kmalloc_node
#define kzalloc				kspan_kzalloc
#define kzalloc_node			kspan_kzalloc_node
#define kcalloc				kspan_kcalloc
#define kcalloc_node			kspan_kcalloc_node
#define kmalloc_array			kspan_kmalloc_array
#define kmalloc_array_node		kspan_kmalloc_array_node
#define kvmalloc			kspan_kvmalloc
#define kvmalloc_node			kspan_kvmalloc_node
#define kvzalloc			kspan_kvzalloc
#define kvzalloc_node			kspan_kvzalloc_node
#define kvmalloc_array			kspan_kvmalloc_array
#define kvcalloc			kspan_kvcalloc
#define kmemdup				kspan_kmemdup
#define kmemdup_nul			kspan_kmemdup_nul
#define kstrdup				kspan_kstrdup
#define kstrndup			kspan_kstrndup
#define kmalloc_size_roundup		kspan_kmalloc_size_roundup
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#undef kmemdup_array
#define kmemdup_array			kspan_kmemdup_array
#define kvmemdup			kspan_kvmemdup
#endif

#ifdef KSPAN_SOURCE_HAS_PR_FMT
#undef pr_fmt
#endif
#ifdef KSPAN_SOURCE_HAS_DEV_FMT
#undef dev_fmt
#endif

#endif /* _KSPAN_SLAB_OVERRIDE_H */
