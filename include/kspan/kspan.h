/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan - a general-purpose allocator for kernel modules: the public interface.
 *
 * A client includes this header, says MODULE_IMPORT_NS(KSPAN) (in quotes from Linux 6.13 on;
 * KSPAN_IMPORT_NS() is right on every version) and passes kspan's Module.symvers to its build
 * in KBUILD_EXTRA_SYMBOLS. selftests/clients/example is such a client.
 *
 * Contexts: every function that frees may be called from any context, NMI included, and never
 * sleeps. What an allocation may do follows its gfp flags, as with kmalloc: GFP_KERNEL, GFP_NOFS
 * and GFP_NOIO may sleep; GFP_NOWAIT and GFP_ATOMIC may be used from softirq and hardirq; from NMI
 * an allocation succeeds only out of the CPU's own cache.
 *
 * The memory is virtually contiguous only: it is not for DMA, nor for scatterlists, and never to be
 * passed to kfree(), kvfree(), vfree() or kfree_rcu().
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
#include <kspan/size_classes.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define KSPAN_IMPORT_NS()	MODULE_IMPORT_NS("KSPAN")
#else
#define KSPAN_IMPORT_NS()	MODULE_IMPORT_NS(KSPAN)
#endif

/* Sizes under this many bytes are packed, several to a block. */
#define KSPAN_TINY_SIZE		8

void *__kspan_alloc(size_t size, gfp_t gfp) __malloc __alloc_size(1);
void *__kspan_alloc_class(size_t size, gfp_t gfp, unsigned long class) __malloc __alloc_size(1);

/**
 * kspan_free() - free an object
 * @p: what an allocating function of this header returned, or NULL, or ZERO_SIZE_PTR
 *
 * A pointer that is not the start of a live kspan object is reported in the kernel log and left
 * alone; one that was freed before, and not as the last of its size on this CPU, may be reported
 * only when it leaves the CPU's cache.
 *
 * Context: Any, NMI and sections under a raw spinlock included. Never sleeps, and needs no memory:
 *	it enlarges the CPU's cache where that can be had at once.
 */
void kspan_free(const void *p);

/**
 * kspan_alloc() - allocate memory
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @gfp: what the allocation may do, as for kmalloc(); __GFP_ZERO is honoured. Zone and page flags
 *	(__GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM, __GFP_COMP, __GFP_MOVABLE,
 *	__GFP_THISNODE) are refused.
 *
 * A size that is a power of two is aligned to itself, over 4 MB to 4 MB; other sizes from 8 bytes
 * on are aligned to 8 bytes; 3, 5, 6 and 7 bytes to what a C type of that size needs: 2 bytes or 1.
 * A constant size finds its size class at compile time.
 *
 * Context: Any that @gfp allows. From NMI, or on PREEMPT_RT with interrupts or preemption off, only
 *	what the CPU's own cache holds is handed out. For a task that reclaims memory (PF_MEMALLOC)
 *	or is being killed no arena is made.
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
 * Return: the object, every byte that kspan_size() counts being 0, or NULL. Free it with
 *	kspan_free().
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
 * kspan_alloc_aligned() - allocate memory with a given alignment
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @align: bytes, a power of two up to 4 MB
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc(). An alignment over 8 KB without a natural power-of-two size takes a
 *	span of its own, as an object over 32 KB does.
 * Return: the object, to be freed with kspan_free(); NULL if there is no memory, or @align is no
 *	power of two or too large (reported once).
 */
void *kspan_alloc_aligned(size_t size, size_t align, gfp_t gfp) __malloc __alloc_size(1);

/**
 * kspan_realloc() - change the size of an object
 * @p: the object; NULL and ZERO_SIZE_PTR make this kspan_alloc()
 * @new_size: bytes; 0 frees @p and gives ZERO_SIZE_PTR
 * @gfp: as for kspan_alloc(). With __GFP_ZERO here and at every earlier step of the object's life
 *	all bytes that no caller wrote are 0.
 *
 * The contents are kept up to the smaller of both sizes.
 *
 * Context: as kspan_alloc().
 * Return: the object, which may have moved, or NULL, and then @p is as it was. Free it with
 *	kspan_free().
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
 * Return: as kspan_realloc(); NULL also if @n * @size overflows, and then @p is as it was.
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
 * @src: what to copy
 * @len: bytes
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the copy, to be freed with kspan_free(), or NULL.
 */
void *kspan_memdup(const void *src, size_t len, gfp_t gfp) __realloc_size(2);

/**
 * kspan_memdup_nul() - copy bytes into a new, NUL-terminated string
 * @s: what to copy; need not be terminated; NULL gives NULL
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
 * kspan_strndup() - copy at most so many characters of a string
 * @s: the string; NULL gives NULL
 * @max: characters to copy at most; a NUL is added
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the copy, to be freed with kspan_free(), or NULL.
 */
char *kspan_strndup(const char *s, size_t max, gfp_t gfp);

/**
 * kspan_free_sized() - free an object of known size
 * @p: as for kspan_free()
 * @size: the size it was asked for with, or any other that kspan_size() of it covers
 *
 * A size that the object cannot have is reported, and the object is freed.
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

/* What kspan_free_rcu() expands to. @head lies in a live object, anywhere. */
void __kspan_free_rcu(struct rcu_head *head);

/**
 * kspan_free_rcu() - free an object after a grace period
 * @ptr: the object, or NULL
 * @rhf: the name of the struct rcu_head in its type
 *
 * Use this in place of kfree_rcu(). Unloading kspan waits for all of them.
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
 * kspan_alloc_bulk() - allocate many objects of one size
 * @size: bytes of each, up to any size that kspan_alloc() takes
 * @gfp: as for kspan_alloc()
 * @n: how many
 * @objs: where their addresses go
 *
 * Context: as kspan_alloc().
 * Return: @n, or 0, and then nothing is allocated. Free them with kspan_free() or
 *	kspan_free_bulk().
 */
unsigned int kspan_alloc_bulk(size_t size, gfp_t gfp, unsigned int n, void **objs);

/**
 * kspan_free_bulk() - free many objects
 * @n: how many
 * @objs: their addresses; of any sizes; NULL and ZERO_SIZE_PTR are passed over
 *
 * Context: as kspan_free().
 */
void kspan_free_bulk(unsigned int n, void **objs);

/**
 * kspan_size() - the bytes that an object may use
 * @p: a live object, NULL or ZERO_SIZE_PTR
 *
 * A compiler that saw the allocation knows the object by the size asked for, and where the kernel
 * has CONFIG_FORTIFY_SOURCE a write beyond that is a bug: to use all of an object, ask for
 * kspan_size_roundup() bytes.
 *
 * Context: Any.
 * Return: the bytes that may be written, at least what was asked for; 0 for NULL and ZERO_SIZE_PTR,
 *	and for a pointer that is not kspan's (reported).
 */
size_t kspan_size(const void *p);

/**
 * kspan_size_roundup() - the bytes that an allocation would really have
 * @size: bytes to be asked for
 *
 * Context: Any.
 * Return: what kspan_size() would tell of it; 0 for 0; @size if no object can be that large.
 */
size_t kspan_size_roundup(size_t size);

/**
 * kspan_owns() - whether a pointer is kspan's
 * @p: any value at all
 *
 * For code that frees pointers of kspan's and of others: what is kspan's goes to kspan_free().
 *
 * Context: Any. Takes no lock and reads nothing that @p points to.
 * Return: true if it points into an object, live or freed, unless the memory went back to the
 *	kernel.
 */
bool kspan_owns(const void *p);

/**
 * kspan_mempool_alloc() - allocating half of a mempool of kspan objects
 * @gfp: as for kspan_alloc()
 * @size: the element's size in bytes, cast to a pointer
 *
 * For mempool_create(n, kspan_mempool_alloc, kspan_mempool_free, (void *)size).
 *
 * Return: the element, or NULL.
 */
void *kspan_mempool_alloc(gfp_t gfp, void *size);

/**
 * kspan_mempool_free() - freeing half of a mempool of kspan objects
 * @element: what kspan_mempool_alloc() returned
 * @size: not used
 */
void kspan_mempool_free(void *element, void *size);

/**
 * struct kspan_stats - what all heaps and the arenas hold at a moment
 * @live_objects: objects that callers hold
 * @allocs: successful allocations since kspan was loaded
 * @frees: frees since then
 * @held_bytes: bytes of the pages in spans
 * @peak_held_bytes: the largest that @held_bytes ever was
 * @metadata_bytes: bytes kspan uses beside the spans
 * @arena_bytes: bytes of vmalloc memory behind all arenas
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
 * The numbers are exact when nothing allocates or frees meanwhile.
 *
 * Context: Process context; may sleep.
 */
void kspan_get_stats(struct kspan_stats *stats);

/**
 * kspan_trim() - give back all memory that holds no live object
 *
 * Drains the per-CPU caches and returns every arena without live objects to the kernel.
 *
 * Context: Process context; may sleep.
 * Return: the bytes returned to the kernel.
 */
u64 kspan_trim(void);

/* __free(kspan_free) frees a variable at the end of its scope, where <linux/cleanup.h> exists. */
#ifdef DEFINE_FREE
DEFINE_FREE(kspan_free, void *, if (!IS_ERR_OR_NULL(_T)) kspan_free(_T))
#endif

#endif /* _KSPAN_KSPAN_H */
