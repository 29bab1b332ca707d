/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slab_override.h - serve the kmalloc family of a module from kspan, its source unchanged.
 *
 * The compiler reads this header before the first line of each source (-include), which
 * slab_override.mk arranges; the README beside this file has a sample. The code here is compiled
 * into the client module, calls kspan's API and takes no locks.
 *
 * Allocation. kspan serves it from the heap "override", which all such modules share. It has
 * KSPAN_HEAP_DIRECT: an object is physically contiguous, may be given to hardware, put into a
 * scatterlist and looked up by page, as kmalloc's. It has kmalloc's alignment, too: the largest
 * power of two that divides the size, at least 8 bytes, and whole cache lines where devices may not
 * see what is in them. The real allocator serves sizes over KMALLOC_MAX_SIZE, zone flags,
 * __GFP_COMP, __GFP_THISNODE, __GFP_ACCOUNT (which charges a memory cgroup), and every request for
 * which kspan has no memory, so __GFP_NOFAIL holds. kspan ignores a node without __GFP_THISNODE.
 *
 * Freeing. Each free and each krealloc() looks up the pointer's owner. Memory that the core kernel
 * allocated (by kasprintf(), kstrdup_const(), memdup_user(), from a kmem_cache) is returned to the
 * core kernel.
 *
 * The names are macros without parameters. Thus a kfree that is passed as a callback is replaced,
 * and so is __free(kfree).
 *
 * Never use it for memory that
 * - the module allocates and the core kernel frees with its own kfree(): fs_context.source,
 *   URB_FREE_BUFFER, the memory that seq_release_private() and simple_xattr_free() free, DRM events
 *   (drm_event_reserve_init(), drm_send_event()), the buffers of a struct sk_msg or sk_psock, the
 *   data of build_skb(), ...
 * - is sent by page: sendpage_ok() takes kspan's objects for pages that may outlive their owner.
 *
 * Build a file that allocates such memory with -DKSPAN_SLAB_OVERRIDE_OFF (CFLAGS_file.o): it
 * allocates from the real slab, and may still free objects that other files got from kspan.
 * To change a single call, use kspan_real_kmalloc() or kspan_real_kvmalloc(): any kfree() or
 * kvfree() takes their memory.
 *
 * With -DKSPAN_OVERRIDE_VMALLOC the objects of a file are of the default heap: only virtually
 * contiguous, and not for hardware, scatterlists, the crypto API, bios, virt_to_page() and
 * virt_to_phys(). They need no blocks of the direct map.
 *
 * Some kernel headers have inline functions that allocate memory which the core kernel frees. This
 * header includes linux/dma-fence-chain.h, so that its memory comes from the real slab; with
 * KSPAN_OVERRIDE_VMALLOC those of the crypto API's requests, too. Others are too large to be read
 * before every source: linux/textsearch.h, linux/fb.h, linux/gameport.h, linux/skmsg.h, net/tcp.h,
 * net/xfrm.h and rdma/ib_verbs.h. Include them before this header:
 * -include linux/textsearch.h -include kspan/slab_override.h. Since 6.10 sk_psock_init_link() of
 * skmsg.h is a macro: a file that calls it needs KSPAN_SLAB_OVERRIDE_OFF.
 *
 * With -DKSPAN_OVERRIDE_USERCOPY copy_to_user() and copy_from_user() check the bounds of kspan's
 * objects, as <kspan/usercopy.h> describes. It costs each copy the look-up of an owner.
 *
 * This header includes printk.h and minmax.h. A source that defines pr_fmt, dev_fmt, MIN or MAX
 * itself therefore needs -DKSPAN_SOURCE_HAS_PR_FMT, ..._DEV_FMT, ..._MIN or ..._MAX. Without it the
 * source's definition still holds, but the compiler warns that it is the second. slab_override.mk
 * adds these options. A source that defines DEBUG for pr_debug() needs -DDEBUG.
 */
#ifndef _KSPAN_SLAB_OVERRIDE_H
#define _KSPAN_SLAB_OVERRIDE_H

#ifdef KSPAN_OVERRIDE_VMALLOC
#include <crypto/aead.h>
#include <crypto/akcipher.h>
#include <crypto/hash.h>
#include <crypto/kpp.h>
#include <crypto/skcipher.h>
#endif
#include <linux/cache.h>
#include <linux/dma-fence-chain.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <kspan/heap.h>
#ifdef KSPAN_OVERRIDE_USERCOPY
#include <kspan/usercopy.h>
#endif

/* Every object of the module has this line; modpost imports a namespace once. */
KSPAN_IMPORT_NS();

/* ---- the real allocators ---- */

/**
 * kspan_real_kmalloc() - kmalloc() of the kernel, not of this header
 * @size: bytes
 * @gfp: any flags of kmalloc()
 *
 * Context: Any that @gfp allows.
 * Return: the memory, to be freed with kfree(), or NULL.
 */
static void *kspan_real_kmalloc(size_t size, gfp_t gfp) __alloc_size(1);

/**
 * kspan_real_kvmalloc() - kvmalloc() of the kernel, not of this header
 * @size: bytes
 * @gfp: any flags of kvmalloc()
 *
 * Context: Any that @gfp allows.
 * Return: the memory, to be freed with kvfree(), or NULL.
 */
static void *kspan_real_kvmalloc(size_t size, gfp_t gfp) __alloc_size(1);

#define KSPAN_DEFINE_REAL(name)								\
static noinline __maybe_unused __alloc_size(1)						\
void *kspan_real_##name##_node(size_t size, gfp_t gfp, int node)			\
{											\
	return name##_node(size, gfp, node);						\
}											\
											\
static noinline __maybe_unused void *kspan_real_##name(size_t size, gfp_t gfp)		\
{											\
	return name(size, gfp);								\
}

KSPAN_DEFINE_REAL(kmalloc)
KSPAN_DEFINE_REAL(kvmalloc)

/* Since 6.10 it is a macro, which would be expanded where kmalloc is another one. */
#ifdef dma_fence_chain_alloc
static inline struct dma_fence_chain *kspan_dma_fence_chain_alloc(void)
{
	return kspan_real_kmalloc(sizeof(struct dma_fence_chain), GFP_KERNEL);
}

#undef dma_fence_chain_alloc
#define dma_fence_chain_alloc		kspan_dma_fence_chain_alloc
#endif

/* ---- allocation ---- */

#define KSPAN_GFP_REAL	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_COMP | __GFP_MOVABLE | \
			 __GFP_THISNODE | __GFP_ACCOUNT)

/* The class of a size up to this one has the alignment that kmalloc() gives that size. */
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

/*
 * The bytes to ask kspan for. It packs objects under 8 bytes, which makes them less aligned than
 * kmalloc's: ask for 8. Where a device may not see what is in a CPU's cache, an object has cache
 * lines for itself as kmalloc's have: since 6.5 the kernel copies what is small, if need be.
 */
static __always_inline size_t kspan_whole_size(size_t size)
{
#if defined(ARCH_DMA_MINALIGN) && !defined(KSPAN_OVERRIDE_VMALLOC)
	if (ARCH_DMA_MINALIGN > 8 && (ARCH_KMALLOC_MINALIGN > 8 || size > ARCH_DMA_MINALIGN / 4))
		return ALIGN(size, ARCH_DMA_MINALIGN);
#endif
	return size < KSPAN_TINY_SIZE ? round_up(size, 8) : size;
}

/* The alignment that kspan does not give this size unasked and kmalloc() does, or 0. */
static __always_inline size_t kspan_extra_align(size_t size)
{
	size_t align = size & -size;

	return size > KSPAN_CLASSES_ALIGNED && align > 128 && align != size ? align : 0;
}

#ifdef KSPAN_OVERRIDE_VMALLOC
static __always_inline void *kspan_from_heap(size_t size, size_t align, gfp_t gfp)
{
	return align ? kspan_alloc_aligned(size, align, gfp) : kspan_alloc(size, gfp);
}
#else
static __always_inline void *kspan_from_heap(size_t size, size_t align, gfp_t gfp)
{
	if (align)
		return __kspan_override_alloc_aligned(size, align, gfp);
	if (__builtin_constant_p(size) && size && size <= KSPAN_MAX_SMALL)
		return __kspan_override_alloc_class(size, gfp, KSPAN_SIZE_CLASS(size));
	return __kspan_override_alloc(size, gfp);
}
#endif

/* Callers fall back on the real allocator, so a failure here is not logged, and may be. */
static __always_inline void *kspan_try(size_t size, gfp_t gfp)
{
	if (unlikely(!kspan_serves(size, gfp)))
		return NULL;
	gfp = (gfp & ~__GFP_NOFAIL) | __GFP_NOWARN;
	return kspan_from_heap(kspan_whole_size(size), kspan_extra_align(size), gfp);
}

/* kspan_NAME() and kspan_NAME_node() for one object: @expr allocates by size, gfp and node. */
#define KSPAN_DEFINE_ALLOC(name, expr)							\
static __always_inline __alloc_size(1)							\
void *kspan_##name##_node(size_t size, gfp_t gfp, int node)				\
{											\
	return expr;									\
}											\
											\
static __always_inline __alloc_size(1) void *kspan_##name(size_t size, gfp_t gfp)	\
{											\
	return kspan_##name##_node(size, gfp, NUMA_NO_NODE);				\
}

/* The same for an array: NULL if its size overflows. */
#define KSPAN_DEFINE_ALLOC_ARRAY(name, alloc_node, flags)				\
static __always_inline __alloc_size(1, 2)						\
void *kspan_##name##_node(size_t n, size_t size, gfp_t gfp, int node)			\
{											\
	size_t bytes;									\
											\
	return unlikely(check_mul_overflow(n, size, &bytes)) ?				\
	       NULL : alloc_node(bytes, gfp | (flags), node);				\
}											\
											\
static __always_inline __alloc_size(1, 2)						\
void *kspan_##name(size_t n, size_t size, gfp_t gfp)					\
{											\
	return kspan_##name##_node(n, size, gfp, NUMA_NO_NODE);				\
}

KSPAN_DEFINE_ALLOC(kmalloc, kspan_try(size, gfp) ?: kspan_real_kmalloc_node(size, gfp, node))
KSPAN_DEFINE_ALLOC(kzalloc, kspan_kmalloc_node(size, gfp | __GFP_ZERO, node))
KSPAN_DEFINE_ALLOC_ARRAY(kmalloc_array, kspan_kmalloc_node, 0)
KSPAN_DEFINE_ALLOC_ARRAY(kcalloc, kspan_kmalloc_node, __GFP_ZERO)
KSPAN_DEFINE_ALLOC(kvmalloc, kspan_try(size, gfp) ?: kspan_real_kvmalloc_node(size, gfp, node))
KSPAN_DEFINE_ALLOC(kvzalloc, kspan_kvmalloc_node(size, gfp | __GFP_ZERO, node))
KSPAN_DEFINE_ALLOC_ARRAY(kvmalloc_array, kspan_kvmalloc_node, 0)
KSPAN_DEFINE_ALLOC_ARRAY(kvcalloc, kspan_kvmalloc_node, __GFP_ZERO)

/* ---- copies: kspan_memdup() and its like would pack short ones ---- */

#define KSPAN_DEFINE_MEMDUP(name, alloc)						\
static inline void *kspan_##name(const void *src, size_t len, gfp_t gfp)		\
{											\
	void *p = alloc(len, gfp);							\
											\
	if (p)										\
		memcpy(p, src, len);							\
	return p;									\
}

KSPAN_DEFINE_MEMDUP(kmemdup, kspan_kmalloc)

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

/* Whether it is kspan's, given that no other vmalloc address may be freed by this name. */
static inline bool kspan_is_ours(const void *p)
{
	return kspan_owns(p) || is_vmalloc_addr(p);
}

/*
 * kspan_NAME() frees memory of kspan, other memory with the kernel's NAME().
 *
 * A name that accepts slab memory only is given no vmalloc address but kspan's. Thus kspan reports
 * an object there that is freed twice even after its pages went back to the kernel, where
 * kspan_owns() no longer knows them. kvfree() and vfree() take the module's own vmalloc areas, and
 * only the core kernel knows the constants that kstrdup_const() did not copy.
 */
#define KSPAN_DEFINE_FREE(name, slab_only)						\
static inline void kspan_##name(const void *p)						\
{											\
	if (likely(__kspan_override_free(p)))						\
		return;									\
	if ((slab_only) && is_vmalloc_addr(p))						\
		kspan_free(p);								\
	else										\
		name(p);								\
}

KSPAN_DEFINE_FREE(kfree, true)
KSPAN_DEFINE_FREE(kfree_const, false)
KSPAN_DEFINE_FREE(kvfree, false)
KSPAN_DEFINE_FREE(vfree, false)

static inline void kspan_kfree_sensitive(const void *p)
{
	if (kspan_is_ours(p))
		kspan_free_sensitive(p);
	else
		kfree_sensitive(p);
}

static inline void kspan_kvfree_sensitive(const void *p, size_t len)
{
	if (kspan_owns(p))
		kspan_free_sensitive(p);
	else
		kvfree_sensitive(p, len);
}

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

/* The object has no rcu_head, and the caller may sleep. */
#define kspan_kvfree_rcu_mightsleep(ptr)				\
do {									\
	typeof(ptr) ___obj = (ptr);					\
									\
	if (kspan_owns(___obj))						\
		kspan_free_rcu_mightsleep(___obj);			\
	else								\
		kvfree_rcu_arg_1(___obj);				\
} while (0)

/* Linux 6.1 has kfree_rcu() with one argument, too. */
#define kspan_kvfree_rcu_pick(_1, _2, name, ...)	name
#define kspan_kvfree_rcu(...)						\
	kspan_kvfree_rcu_pick(__VA_ARGS__, kspan_kvfree_rcu_2,		\
			      kspan_kvfree_rcu_mightsleep)(__VA_ARGS__)

/* ---- sizes ---- */

static inline size_t kspan_ksize(const void *p)
{
	return kspan_is_ours(p) ? kspan_size(p) : ksize(p);
}

static inline size_t kspan_kmalloc_size_roundup(size_t size)
{
	if (!kspan_serves(size, 0))
		return kmalloc_size_roundup(size);
	return kspan_size_roundup(kspan_whole_size(size));
}

/* With __GFP_ZERO all bytes behind @size must be 0, as a later krealloc() may hand them out. */
static inline void *kspan_resize_in_kspan(const void *p, size_t size, gfp_t gfp)
{
	size_t whole = kspan_whole_size(size);
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
	/* The compiler knows only the size asked for; a fortified memcpy() would stop there. */
	OPTIMIZER_HIDE_VAR(p);
	if (new) {
		memcpy(new, p, min(size, kspan_size(p)));
		kspan_free(p);
	}
	return new;
}

/* kspan_NAME() by kspan's @alloc, or by the kernel's function of that name. */
#define KSPAN_DEFINE_REALLOC(name, is_ours, alloc)					\
static inline __must_check __realloc_size(2)						\
void *kspan_##name(const void *p, size_t size, gfp_t gfp)				\
{											\
	if (ZERO_OR_NULL_PTR(p))							\
		return alloc(size, gfp);						\
	if (!is_ours(p))								\
		return name(p, size, gfp);						\
	if (size)									\
		return kspan_resize(p, size, gfp, alloc);				\
	kspan_free(p);									\
	return ZERO_SIZE_PTR;								\
}

KSPAN_DEFINE_REALLOC(krealloc, kspan_is_ours, kspan_kmalloc)

static inline __must_check __realloc_size(2, 3)
void *kspan_krealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return unlikely(check_mul_overflow(n, size, &bytes)) ? NULL :
							       kspan_krealloc(p, bytes, gfp);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
KSPAN_DEFINE_REALLOC(kvrealloc, kspan_owns, kspan_kvmalloc)
#else
/* It never shrinks an object. */
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

/* ---- the names: from here on the kernel's own functions cannot be called ---- */

/* Some kernels have these as macros. */
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
#undef krealloc
#undef krealloc_array
#undef kvrealloc
#undef kfree_bulk
#undef kfree_rcu
#undef kvfree_rcu
#undef kfree_rcu_mightsleep
#undef kvfree_rcu_mightsleep

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
/* __free(kfree) expands to this. */
#define __free_kfree			__free_kspan_kfree
#define __free_kfree_sensitive		__free_kspan_kfree_sensitive
#define __free_kvfree			__free_kspan_kvfree

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
KSPAN_DEFINE_MEMDUP(kvmemdup, kspan_kvmalloc)

static inline void *kspan_kmemdup_array(const void *src, size_t n, size_t size, gfp_t gfp)
{
	return kspan_kmemdup(src, size_mul(n, size), gfp);
}

#undef kmemdup_array
#define kmemdup_array			kspan_kmemdup_array
#define kvmemdup			kspan_kvmemdup
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
KSPAN_DEFINE_FREE(kfree_nolock, true)

#undef krealloc_node_align
#undef kvrealloc_node_align
#define krealloc_node_align(p, size, align, gfp, node)	kspan_krealloc(p, size, gfp)
#define kvrealloc_node_align(p, size, align, gfp, node)	kspan_kvrealloc(p, size, gfp)
#define kfree_nolock			kspan_kfree_nolock
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
KSPAN_DEFINE_FREE(kvfree_atomic, false)
DEFINE_FREE(kspan_kvfree_atomic, void *, kspan_kvfree_atomic(kspan_pointer_in(_T)))

#define kvfree_atomic			kspan_kvfree_atomic
#define __free_kvfree_atomic		__free_kspan_kvfree_atomic
#endif

#ifdef KSPAN_OVERRIDE_USERCOPY
#undef copy_to_user
#undef copy_from_user

#define copy_to_user			kspan_copy_to_user
#define copy_from_user			kspan_copy_from_user
#endif

#ifdef KSPAN_SOURCE_HAS_PR_FMT
#undef pr_fmt
#endif
#ifdef KSPAN_SOURCE_HAS_DEV_FMT
#undef dev_fmt
#endif
#ifdef KSPAN_SOURCE_HAS_MIN
#undef MIN
#endif
#ifdef KSPAN_SOURCE_HAS_MAX
#undef MAX
#endif

#endif /* _KSPAN_SLAB_OVERRIDE_H */
