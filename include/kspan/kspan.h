/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan - a general-purpose allocator for kernel modules: the public interface.
 *
 * A client is a module that allocates from kspan. It includes this header, imports kspan's symbol
 * namespace with KSPAN_IMPORT_NS() (MODULE_IMPORT_NS(), whose argument became a string in Linux
 * 6.13), and includes kspan.mk in its Kbuild file.
 * selftests/clients/example is a complete client; the README beside this file is the guide.
 *
 * Contexts. Every function that frees may be called from any context, NMI included, and never
 * sleeps; kspan_free_rcu() alone excludes NMI. The gfp flags say what an allocation may do, as with
 * kmalloc(): GFP_KERNEL, GFP_NOFS and GFP_NOIO may sleep; GFP_NOWAIT and GFP_ATOMIC may be used
 * from softirq and hardirq. From NMI an allocation succeeds only if the CPU's own cache has an
 * object.
 *
 * The memory is only virtually contiguous: do not use it for DMA or scatterlists, unless it is of a
 * direct heap (<kspan/heap.h>). Never pass it to kfree(), kvfree(), vfree() or kfree_rcu().
 */
#ifndef _KSPAN_KSPAN_H
#define _KSPAN_KSPAN_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <kspan/abi.h>
#include <kspan/size_classes.h>

/* The version of these headers. <kspan/abi.h> says which kspan.ko a client can use. */
#define KSPAN_VERSION		"1.2.0"
#define KSPAN_VERSION_CODE	KERNEL_VERSION(1, 2, 0)

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define KSPAN_IMPORT_NS()	MODULE_IMPORT_NS("KSPAN")
#else
#define KSPAN_IMPORT_NS()	MODULE_IMPORT_NS(KSPAN)
#endif

/* With tiny=1 objects under this many bytes are packed: several share a block of 16 bytes. */
#define KSPAN_TINY_SIZE		8

void *__kspan_alloc(size_t size, gfp_t gfp) __malloc __alloc_size(1);
void *__kspan_alloc_class(size_t size, gfp_t gfp, unsigned long class) __malloc __alloc_size(1);

/**
 * kspan_free() - free an object
 * @p: the return value of an allocating function, NULL or ZERO_SIZE_PTR
 *
 * A pointer that is not the start of a live kspan object is reported in the kernel log and
 * otherwise ignored. A double free may go unreported until the object leaves the CPU's cache,
 * unless it was the CPU's last free of that size.
 *
 * Context: Any, NMI and sections under a raw spinlock included. Never sleeps. Needs no memory: it
 *	enlarges the CPU's cache only if memory for that is available at once.
 */
void kspan_free(const void *p);

/**
 * kspan_alloc() - allocate memory
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @gfp: what the allocation may do, as for kmalloc(); __GFP_ZERO is honoured. Zone and page flags
 *	(__GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM, __GFP_COMP, __GFP_MOVABLE) are refused: the
 *	allocation returns NULL and kspan reports each caller once; a heap of a zone honours its
 *	own. With __GFP_THISNODE the object is on the memory node of the CPU that calls, or NULL;
 *	otherwise it is there while that node has memory. __GFP_ACCOUNT is ignored: no memory cgroup
 *	is charged, which is logged once for each client module.
 *
 * With __GFP_NOFAIL, where the caller may sleep, limits are exceeded and the call waits until there
 * is memory. It returns NULL only for refused flags and for sizes that the machine cannot serve. A
 * task that reclaims memory or is being killed waits until kspan's worker has made a segment for
 * it. Do not use __GFP_NOFAIL in a shrinker.
 *
 * Alignment: a power of two is aligned to its size, above 4 MB to 4 MB. Other sizes from 8 bytes up
 * are aligned to 8 bytes. Objects of 3, 5, 6 and 7 bytes have the alignment that a C type of that
 * size needs: 2 bytes or 1. For a constant size the compiler selects the size class.
 *
 * Context: Any that @gfp allows. From NMI, or on PREEMPT_RT with interrupts or preemption off, it
 *	returns only an object that the CPU's own cache holds. For a task that reclaims memory
 *	(PF_MEMALLOC) or is being killed, kspan makes no segment.
 * Return: the object, to be freed with kspan_free(), or NULL.
 */
static __always_inline __alloc_size(1) void *kspan_alloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && size >= KSPAN_TINY_SIZE && size <= KSPAN_MAX_SMALL)
		return __kspan_alloc_class(size, gfp, KSPAN_SIZE_CLASS(size));
	return __kspan_alloc(size, gfp);
}

/**
 * kspan_zalloc() - allocate zeroed memory
 * @size: bytes
 * @gfp: as for kspan_alloc()
 *
 * Context, alignment: as kspan_alloc().
 * Return: the object, all kspan_size() bytes of it zero, or NULL. Free it with kspan_free().
 */
static __always_inline __alloc_size(1) void *kspan_zalloc(size_t size, gfp_t gfp)
{
	return kspan_alloc(size, gfp | __GFP_ZERO);
}

/**
 * kspan_alloc_array() - allocate an array
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_alloc()
 *
 * Context, alignment: as kspan_alloc().
 * Return: the array, or NULL; NULL also if @n * @size overflows. Free it with kspan_free().
 */
static __always_inline __alloc_size(1, 2) void *kspan_alloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return kspan_alloc(bytes, gfp);
}

/**
 * kspan_calloc() - allocate a zeroed array
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_alloc()
 *
 * Context, alignment: as kspan_alloc().
 * Return: the zeroed array, or NULL; NULL also if @n * @size overflows. Free it with kspan_free().
 */
static __always_inline __alloc_size(1, 2) void *kspan_calloc(size_t n, size_t size, gfp_t gfp)
{
	return kspan_alloc_array(n, size, gfp | __GFP_ZERO);
}

/**
 * kspan_alloc_node() - allocate memory of a node
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @gfp: as for kspan_alloc(). With __GFP_THISNODE the object is on the node, or NULL
 * @node: memory node; without memory there, as far as @gfp allows, it is of another. NUMA_NO_NODE:
 *	as kspan_alloc()
 *
 * Slower than kspan_alloc(), which gives memory of the node of the CPU that calls.
 *
 * Context, alignment: as kspan_alloc().
 * Return: the object, to be freed with kspan_free(), or NULL; NULL also for a node that cannot be
 *	(reported once for each caller).
 */
void *kspan_alloc_node(size_t size, gfp_t gfp, int node) __malloc __alloc_size(1);

/**
 * kspan_alloc_aligned() - allocate memory with a given alignment
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @align: bytes, a power of two up to 4 MB
 * @gfp: as for kspan_alloc()
 *
 * If @size or @align exceeds 32 KB, the object gets a run of pages of its own.
 *
 * Context: as kspan_alloc().
 * Return: the object, to be freed with kspan_free(). NULL if there is no memory, or if @align is
 *	not a power of two or is too large (reported once for each caller).
 */
void *kspan_alloc_aligned(size_t size, size_t align, gfp_t gfp) __malloc __alloc_size(1);

/**
 * kspan_realloc() - change the size of an object
 * @p: the object; for NULL and ZERO_SIZE_PTR the function acts as kspan_alloc()
 * @new_size: bytes; 0 frees @p and gives ZERO_SIZE_PTR
 * @gfp: as for kspan_alloc(). All bytes that no caller wrote are 0 if the object's allocation and
 *	each change of its size had __GFP_ZERO.
 *
 * The contents are kept up to the smaller of the two sizes. The object may move. It moves if it
 * shrinks to less than a third. Of an object over 32 KB that shrinks to 7/8 or less the rest goes
 * back if the caller may sleep: it loses its last pages, or moves if it becomes small. One of up to
 * 4 MB that has an area of its own moves only if it shrinks to less than half. One that grows gets
 * the pages behind it if they are free. Without memory to move to, an object keeps its size.
 *
 * Context: as kspan_alloc().
 * Return: the object, to be freed with kspan_free(); or NULL, and then @p is unchanged.
 */
void *kspan_realloc(const void *p, size_t new_size, gfp_t gfp) __must_check __realloc_size(2);

/**
 * kspan_realloc_array() - change the size of an array
 * @p: the array, or NULL
 * @n: new number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_realloc()
 *
 * Context: as kspan_alloc().
 * Return: as kspan_realloc(); NULL also if @n * @size overflows, and then @p is unchanged.
 */
static inline __must_check
void *kspan_realloc_array(const void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return kspan_realloc(p, bytes, gfp);
}

/**
 * kspan_memdup() - copy memory into a new object
 * @src: memory to copy
 * @len: bytes
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the copy, to be freed with kspan_free(), or NULL.
 */
void *kspan_memdup(const void *src, size_t len, gfp_t gfp) __realloc_size(2);

/**
 * kspan_memdup_nul() - copy bytes into a new, NUL-terminated string
 * @s: characters to copy, with or without a NUL; NULL gives NULL
 * @len: bytes, without the NUL
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the string, to be freed with kspan_free(), or NULL.
 */
char *kspan_memdup_nul(const char *s, size_t len, gfp_t gfp);

/**
 * kspan_strdup() - copy a string
 * @s: the string; NULL gives NULL
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the copy, to be freed with kspan_free(), or NULL.
 */
char *kspan_strdup(const char *s, gfp_t gfp) __malloc;

/**
 * kspan_strndup() - copy a string up to a maximum length
 * @s: the string; NULL gives NULL
 * @max: most characters to copy; a NUL is added
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the copy, to be freed with kspan_free(), or NULL.
 */
char *kspan_strndup(const char *s, size_t max, gfp_t gfp);

/**
 * kspan_free_sized() - free an object of known size
 * @p: as for kspan_free()
 * @size: bytes: the size that was asked for, or any other up to kspan_size()
 *
 * A size that the object cannot have is reported; the object is freed all the same.
 *
 * Context: as kspan_free().
 */
void kspan_free_sized(const void *p, size_t size);

/**
 * kspan_free_sensitive() - zero an object, then free it
 * @p: as for kspan_free()
 *
 * Context: as kspan_free().
 */
void kspan_free_sensitive(const void *p);

/* For kspan_free_rcu(). @head may lie anywhere in a live object. */
void __kspan_free_rcu(struct rcu_head *head);

/**
 * kspan_free_rcu() - free an object after a grace period
 * @ptr: the object, or NULL
 * @rhf: the name of the struct rcu_head in its type
 *
 * Use this in place of kfree_rcu(). Objects are gathered for some hundredths of a second, so that
 * many share a grace period: rcu_barrier() does not wait for them, kspan_rcu_barrier() does. So do
 * the end of their heap, and unloading kspan.
 *
 * Context: Any but NMI.
 */
#define kspan_free_rcu(ptr, rhf)					\
do {									\
	typeof(ptr) ___p = (ptr);					\
									\
	if (___p)							\
		__kspan_free_rcu(&___p->rhf);				\
} while (0)

/**
 * kspan_free_rcu_mightsleep() - free an object without a struct rcu_head after a grace period
 * @p: as for kspan_free(), and it may be any address in the object
 *
 * Use this in place of kfree_rcu_mightsleep(). It waits for a grace period only if there is no
 * memory to gather the object with others.
 *
 * Context: Process context; may sleep.
 */
void kspan_free_rcu_mightsleep(const void *p);

/**
 * kspan_rcu_barrier() - wait for the frees of kspan_free_rcu()
 *
 * Context: Process context; may sleep.
 */
void kspan_rcu_barrier(void);

/**
 * kspan_alloc_bulk() - allocate many objects of one size
 * @size: bytes of each, any size that kspan_alloc() takes
 * @gfp: as for kspan_alloc()
 * @n: how many
 * @objs: array that receives their addresses
 *
 * Context: as kspan_alloc().
 * Return: @n, or 0 with nothing allocated. Free the objects with kspan_free() or
 *	kspan_free_bulk().
 */
unsigned int kspan_alloc_bulk(size_t size, gfp_t gfp, unsigned int n, void **objs);

/**
 * kspan_free_bulk() - free many objects
 * @n: how many
 * @objs: their addresses. The sizes may differ. NULL and ZERO_SIZE_PTR are skipped.
 *
 * Context: as kspan_free().
 */
void kspan_free_bulk(unsigned int n, void **objs);

/**
 * kspan_size() - the bytes that an object may use
 * @p: a live object, NULL or ZERO_SIZE_PTR
 *
 * A compiler that saw the allocation takes the size asked for as the object's size. On a kernel
 * with CONFIG_FORTIFY_SOURCE a write beyond that is a bug. To use all of an object, allocate
 * kspan_size_roundup() bytes.
 *
 * Context: Any.
 * Return: the bytes that may be written, at least those asked for, in a debug mode just those; 0
 *	for NULL, for ZERO_SIZE_PTR, and for a pointer that is not kspan's (reported).
 */
size_t kspan_size(const void *p);

/**
 * kspan_size_roundup() - the bytes that an allocation would have
 * @size: bytes to ask for
 *
 * Context: Any.
 * Return: the bytes that kspan_size() would return without a debug mode; 0 for 0; @size if no
 *	object can be that large.
 */
size_t kspan_size_roundup(size_t size);

/**
 * kspan_owns() - whether a pointer is kspan's
 * @p: any value
 *
 * For code that frees pointers of several allocators, to choose kspan_free() or another function.
 *
 * Context: Any. Takes no lock and does not read the memory at @p.
 * Return: true if @p points into an object, live or freed. False once the memory went back to the
 *	kernel.
 */
bool kspan_owns(const void *p);

/**
 * kspan_mempool_alloc() - allocation function for a mempool of kspan objects
 * @gfp: as for kspan_alloc()
 * @size: the element's size in bytes, cast to a pointer
 *
 * For mempool_create(n, kspan_mempool_alloc, kspan_mempool_free, (void *)size).
 *
 * Context: as kspan_alloc().
 * Return: the element, to be freed with kspan_mempool_free(), or NULL.
 */
void *kspan_mempool_alloc(gfp_t gfp, void *size);

/**
 * kspan_mempool_free() - free function for a mempool of kspan objects
 * @element: from kspan_mempool_alloc()
 * @size: not used
 *
 * Context: as kspan_free().
 */
void kspan_mempool_free(void *element, void *size);

/**
 * struct kspan_stats - figures of all heaps and arenas
 * @live_objects: objects that callers hold
 * @allocs: successful allocations since kspan was loaded
 * @frees: frees since kspan was loaded
 * @held_bytes: bytes of all pages in spans, free objects included
 * @peak_held_bytes: the largest value of @held_bytes so far
 * @metadata_bytes: bytes that kspan uses for its own data, magazines included
 * @arena_bytes: bytes of vmalloc memory of all segments
 * @arenas: number of arenas
 */
struct kspan_stats {
	u64 live_objects;
	u64 allocs;
	u64 frees;
	u64 held_bytes;
	u64 peak_held_bytes;
	u64 metadata_bytes;
	u64 arena_bytes;
	u64 arenas;
};

/**
 * kspan_get_stats() - read the totals that debugfs shows in "stats"
 * @stats: filled in
 *
 * The figures are exact if nothing allocates or frees meanwhile.
 *
 * Context: Process context; may sleep. A shrinker and a CPU hotplug callback may call it.
 */
void kspan_get_stats(struct kspan_stats *stats);

/**
 * kspan_trim() - return memory without live objects to the kernel
 *
 * Drains the per-CPU caches, then returns every segment that has no live object. The reserve
 * stays. A CPU that does not answer for 0.2 s, as its interrupts are off, keeps its cache.
 *
 * Context: Process context; may sleep. A shrinker and a CPU hotplug callback may call it.
 * Return: the bytes returned to the kernel.
 */
u64 kspan_trim(void);

/* __free(kspan_free) frees a variable at the end of its scope, if the kernel has cleanup.h. */
#ifdef DEFINE_FREE
DEFINE_FREE(kspan_free, void *, if (!IS_ERR_OR_NULL(_T)) kspan_free(_T))
#endif

#define KSPAN_ABI_SUM_CLASSES (						\
	KSPAN_ABI_VALUE(1, KSPAN_NR_CLASSES)				\
	+ KSPAN_ABI_VALUE(2, KSPAN_MAX_SMALL)				\
	+ KSPAN_ABI_VALUE(3, KSPAN_TINY_SIZE)				\
	KSPAN_SIZE_CLASSES(KSPAN_ABI_CLASS))
KSPAN_ABI_CHECK(CLASSES);

#define KSPAN_ABI_SUM_KSPAN (						\
	KSPAN_ABI_SIZE(1, struct kspan_stats)				\
	+ KSPAN_ABI_FIELD(2, struct kspan_stats, live_objects)		\
	+ KSPAN_ABI_FIELD(3, struct kspan_stats, allocs)		\
	+ KSPAN_ABI_FIELD(4, struct kspan_stats, frees)			\
	+ KSPAN_ABI_FIELD(5, struct kspan_stats, held_bytes)		\
	+ KSPAN_ABI_FIELD(6, struct kspan_stats, peak_held_bytes)	\
	+ KSPAN_ABI_FIELD(7, struct kspan_stats, metadata_bytes)	\
	+ KSPAN_ABI_FIELD(8, struct kspan_stats, arena_bytes)		\
	+ KSPAN_ABI_FIELD(9, struct kspan_stats, arenas))
KSPAN_ABI_CHECK(KSPAN);

#endif /* _KSPAN_KSPAN_H */
