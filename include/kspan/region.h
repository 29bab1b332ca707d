/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan regions - objects that are freed all at once: the public interface.
 *
 * A region allocates by moving a cursor through a block of memory, 8 MB by default. No object is
 * freed by itself: kspan_region_release() frees the objects allocated since a mark,
 * kspan_region_reset() frees all objects, kspan_region_destroy() also returns the memory.
 * kspan_free(), kspan_realloc() and kspan_size() report a pointer into a region and do nothing;
 * kspan_owns() returns true for it.
 *
 * A plain region, struct kspan_region, has no lock: the caller serializes its use. All CPUs may
 * allocate from a struct kspan_percpu_region in parallel; it has no marks.
 *
 * Objects of both are aligned to 8 bytes, or as the _aligned functions are told. As all memory of
 * kspan, it is not for DMA or scatterlists.
 */
#ifndef _KSPAN_REGION_H
#define _KSPAN_REGION_H

#include <linux/sched/mm.h>
#include <kspan/kspan.h>

/* Bytes to which every object is aligned, and to which sizes are rounded up. */
#define KSPAN_REGION_ALIGN	8UL

/* The default and the largest block_size, in bytes. */
#define KSPAN_REGION_BLOCK	(8UL << 20)
#define KSPAN_REGION_MAX_BLOCK	(1024UL << 20)

/* Flags that vmalloc memory cannot honour; the slow path refuses them. */
#define __KSPAN_REGION_UNSUPPORTED \
	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_COMP | __GFP_MOVABLE | __GFP_THISNODE)

/**
 * struct kspan_region - the part of a region that the fast path of an allocation uses
 * @cursor: address of the next object
 * @end: end of the memory that the fast path may use
 * @fresh: from here on, or from @cursor on if that is higher, memory was never used and is zero
 * @allocs: allocations since the region was created
 *
 * Only kspan_region_create() makes one: kspan's private fields follow. Clients must not access the
 * fields.
 */
struct kspan_region {
	unsigned long cursor;
	unsigned long end;
	unsigned long fresh;
	unsigned long allocs;
};

/**
 * struct kspan_region_params - options of a region; zero in a field selects the default
 * @block_size: bytes that the region takes from kspan at a time: a multiple of PAGE_SIZE up to
 *	1 GB; 0: 8 MB. kspan rounds it up to 8 KB. Blocks of 1 MB and more shrink by 8 KB so that
 *	they fill a segment. An object larger than a block gets a block of its own. In a per-CPU
 *	region this is the size of a part's largest blocks.
 * @limit: most bytes that all objects may take together, each rounded up to 8 bytes, the bytes
 *	skipped for alignment included; 0: no limit. No block is larger than the limit. In a per-CPU
 *	region the limit holds for each CPU's part.
 */
struct kspan_region_params {
	size_t block_size;
	size_t limit;
};

/**
 * struct kspan_region_mark - a point to which a region can be released
 * @region: the region
 * @cursor: its cursor when the mark was taken
 * @block: the block of @cursor
 * @own: the latest block that holds a single object
 * @serial: unique among the marks of the region
 * @outer: @serial of the enclosing mark
 *
 * kspan_region_mark() fills it in. Clients provide the memory and must not access the fields.
 */
struct kspan_region_mark {
	const struct kspan_region *region;
	unsigned long cursor;
	void *block;
	void *own;
	u64 serial;
	u64 outer;
};

/**
 * kspan_region_create() - create a region
 * @name: for messages and debugfs, in kspan/regions/: 1 to 31 characters, no '/' and no control
 *	character, not "." or ".."; unique among regions, per-CPU ones included. It is copied.
 * @params: options, or NULL for the defaults
 *
 * The first allocation takes the first block.
 *
 * Context: Process context; may sleep.
 * Return: the region, to be destroyed with kspan_region_destroy(), or ERR_PTR(): -EINVAL for a bad
 *	name or parameter (with a message in the kernel log), -EEXIST for a name in use, -ENOMEM.
 */
struct kspan_region *kspan_region_create(const char *name,
					 const struct kspan_region_params *params) __must_check;

/**
 * kspan_region_destroy() - free all objects of a region, and the region
 * @region: the region; NULL and error pointers are ignored
 *
 * Context: Process context; may sleep. The region must not be in use meanwhile. A shrinker and a
 *	CPU hotplug callback may call it.
 */
void kspan_region_destroy(struct kspan_region *region);

/* The slow path of kspan_region_alloc(). */
void *__kspan_region_alloc(struct kspan_region *region, size_t size, size_t align, gfp_t gfp)
	__malloc __alloc_size(2);

/* The fast path, for an alignment that is a compile-time constant. */
static __always_inline __alloc_size(2)
void *__kspan_region_bump(struct kspan_region *region, size_t size, size_t align, gfp_t gfp)
{
	unsigned long p, room, skip;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
	p = region->cursor;
	room = region->end - p;
	skip = align > KSPAN_REGION_ALIGN ? -p & (align - 1) : 0;
	/* Size 0 wraps around and fails, too. All values but the size are multiples of 8. */
	if (unlikely(size - 1 >= room || skip > room - size))
		return __kspan_region_alloc(region, size, align, gfp);
	if (unlikely(gfp & (__KSPAN_REGION_UNSUPPORTED | __GFP_ZERO)) &&
	    (gfp & __KSPAN_REGION_UNSUPPORTED || p < region->fresh))
		return __kspan_region_alloc(region, size, align, gfp);
	p += skip;
	region->cursor = p + ALIGN(size, KSPAN_REGION_ALIGN);
	region->allocs++;
	return (void *)p;
}

/**
 * kspan_region_alloc() - allocate memory from a region
 * @region: from kspan_region_create()
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @gfp: what the allocation of a block may do when the current one is used up, as for
 *	kspan_alloc(). __GFP_ZERO is honoured. Flags that kspan_alloc() refuses are refused. With
 *	__GFP_NOFAIL a block never fails, but the region's own limit still gives NULL: it bounds
 *	what the region was made for.
 *
 * The memory is aligned to 8 bytes. An object larger than the region's block_size gets a block of
 * its own. For callers that must not sleep the block comes from kspan's reserve, so it may be
 * smaller, or the allocation may fail.
 *
 * Context: Any that @gfp allows; the caller serializes the use of the region. From NMI, or on
 *	PREEMPT_RT with interrupts or preemption off, only from blocks that the region has.
 * Return: the object, which is freed when the region is released to an earlier mark, reset or
 *	destroyed; NULL if there is no memory or the region's limit is reached.
 */
static __always_inline __alloc_size(2)
void *kspan_region_alloc(struct kspan_region *region, size_t size, gfp_t gfp)
{
	return __kspan_region_bump(region, size, KSPAN_REGION_ALIGN, gfp);
}

/**
 * kspan_region_alloc_aligned() - allocate memory with a given alignment from a region
 * @region: from kspan_region_create()
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @align: bytes, a power of two up to 4 MB; less than 8 counts as 8
 * @gfp: as for kspan_region_alloc()
 *
 * Context: as kspan_region_alloc().
 * Return: as kspan_region_alloc(); NULL also if @align is not a power of two or is too large
 *	(reported once for each caller).
 */
static __always_inline __alloc_size(2)
void *kspan_region_alloc_aligned(struct kspan_region *region, size_t size, size_t align, gfp_t gfp)
{
	if (__builtin_constant_p(align) && align && !(align & (align - 1)) && align <= PAGE_SIZE)
		return __kspan_region_bump(region, size, align, gfp);
	return __kspan_region_alloc(region, size, align, gfp);
}

/**
 * kspan_region_zalloc() - allocate zeroed memory from a region
 * @region: from kspan_region_create()
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @gfp: as for kspan_region_alloc()
 *
 * Memory that was never used is zero already and is not cleared again.
 *
 * Context, return: as kspan_region_alloc().
 */
static __always_inline __alloc_size(2)
void *kspan_region_zalloc(struct kspan_region *region, size_t size, gfp_t gfp)
{
	return kspan_region_alloc(region, size, gfp | __GFP_ZERO);
}

/**
 * kspan_region_alloc_array() - allocate an array from a region
 * @region: from kspan_region_create()
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_region_alloc()
 *
 * Context: as kspan_region_alloc().
 * Return: as kspan_region_alloc(); NULL also if @n * @size overflows.
 */
static __always_inline __alloc_size(2, 3)
void *kspan_region_alloc_array(struct kspan_region *region, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return kspan_region_alloc(region, bytes, gfp);
}

/**
 * kspan_region_calloc() - allocate a zeroed array from a region
 * @region: from kspan_region_create()
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_region_alloc()
 *
 * Context, return: as kspan_region_alloc_array().
 */
static __always_inline __alloc_size(2, 3)
void *kspan_region_calloc(struct kspan_region *region, size_t n, size_t size, gfp_t gfp)
{
	return kspan_region_alloc_array(region, n, size, gfp | __GFP_ZERO);
}

/**
 * kspan_region_memdup() - copy memory into a region
 * @region: from kspan_region_create()
 * @src: memory to copy
 * @len: bytes
 * @gfp: as for kspan_region_alloc()
 *
 * Context, return: as kspan_region_alloc().
 */
void *kspan_region_memdup(struct kspan_region *region, const void *src, size_t len, gfp_t gfp)
	__realloc_size(3);

/**
 * kspan_region_strdup() - copy a string into a region
 * @region: from kspan_region_create()
 * @s: the string; NULL gives NULL
 * @gfp: as for kspan_region_alloc()
 *
 * Context, return: as kspan_region_alloc().
 */
char *kspan_region_strdup(struct kspan_region *region, const char *s, gfp_t gfp);

/**
 * kspan_region_strndup() - copy a string up to a maximum length into a region
 * @region: from kspan_region_create()
 * @s: the string; NULL gives NULL
 * @max: most characters to copy; a NUL is added
 * @gfp: as for kspan_region_alloc()
 *
 * Context, return: as kspan_region_alloc().
 */
char *kspan_region_strndup(struct kspan_region *region, const char *s, size_t max, gfp_t gfp);

/**
 * kspan_region_mark() - take a mark, to which the region can later be released
 * @region: from kspan_region_create()
 * @mark: filled in
 *
 * Marks nest: the mark taken last must be released first. Only kspan_region_reset() drops marks
 * without a release, and it drops all of them.
 *
 * Context: Any; the caller serializes the use of the region.
 */
void kspan_region_mark(struct kspan_region *region, struct kspan_region_mark *mark);

/**
 * kspan_region_release() - free all objects allocated since a mark was taken
 * @region: from kspan_region_create()
 * @mark: the last mark taken that was not released; it becomes invalid
 *
 * Blocks that become free stay with the region, until kspan_trim() or a shortage of memory takes
 * them. Any other mark (an outer one, a released one, one
 * from before a reset, another region's) is refused with a report in the kernel log; objects and
 * marks are then unchanged.
 *
 * Context: Any; the caller serializes the use of the region.
 * Return: 0, or -EINVAL if @mark was refused.
 */
int kspan_region_release(struct kspan_region *region, const struct kspan_region_mark *mark);

/**
 * kspan_region_reset() - free all objects of a region
 * @region: from kspan_region_create()
 *
 * The blocks stay with the region, until kspan_trim() or a shortage of memory takes them; all marks
 * become invalid. The time depends on the number of
 * blocks only; on a kernel with init_on_free, on the bytes in use.
 *
 * Context: Any; the caller serializes the use of the region.
 */
void kspan_region_reset(struct kspan_region *region);

struct kspan_percpu_region;

/**
 * kspan_percpu_region_create() - create a region from which all CPUs allocate in parallel
 * @name: as for kspan_region_create()
 * @params: as for kspan_region_create(); blocks and limit are those of each CPU
 *
 * Each CPU that allocates takes blocks of its own. The first is 64 KB, or as much as its object
 * needs; each further one is twice as large, up to block_size.
 *
 * Context: Process context; may sleep.
 * Return: the region, to be destroyed with kspan_percpu_region_destroy(), or ERR_PTR() as
 *	kspan_region_create().
 */
struct kspan_percpu_region *
kspan_percpu_region_create(const char *name, const struct kspan_region_params *params) __must_check;

/**
 * kspan_percpu_region_destroy() - free all objects of a per-CPU region, and the region
 * @region: the region; NULL and error pointers are ignored
 *
 * Context: Process context; may sleep. The region must not be in use meanwhile. A shrinker and a
 *	CPU hotplug callback may call it.
 */
void kspan_percpu_region_destroy(struct kspan_percpu_region *region);

/**
 * kspan_percpu_region_reset() - free all objects of a per-CPU region
 * @region: from kspan_percpu_region_create()
 *
 * As kspan_region_reset(), for the parts of all CPUs.
 *
 * Context: Any; no CPU may use the region meanwhile.
 */
void kspan_percpu_region_reset(struct kspan_percpu_region *region);

/**
 * kspan_percpu_region_alloc_aligned() - allocate aligned memory from this CPU's part of a region
 * @region: from kspan_percpu_region_create()
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @align: bytes, a power of two up to 4 MB; less than 8 counts as 8
 * @gfp: as for kspan_region_alloc()
 *
 * May be called on all CPUs at once, and by tasks and interrupt handlers of the same CPU: it
 * disables interrupts while it moves the cursor. If the caller migrates meanwhile, the object comes
 * from the new CPU's part, and that part's limit applies.
 *
 * Context: Any that @gfp allows; from NMI it returns NULL. On PREEMPT_RT with interrupts or
 *	preemption off, only from blocks that this CPU has.
 * Return: as kspan_region_alloc_aligned().
 */
void *kspan_percpu_region_alloc_aligned(struct kspan_percpu_region *region, size_t size,
					size_t align, gfp_t gfp) __malloc __alloc_size(2);

/**
 * kspan_percpu_region_alloc() - allocate memory from this CPU's part of a region
 * @region: from kspan_percpu_region_create()
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @gfp: as for kspan_region_alloc()
 *
 * Context: as kspan_percpu_region_alloc_aligned().
 * Return: as kspan_region_alloc().
 */
static inline __alloc_size(2)
void *kspan_percpu_region_alloc(struct kspan_percpu_region *region, size_t size, gfp_t gfp)
{
	return kspan_percpu_region_alloc_aligned(region, size, KSPAN_REGION_ALIGN, gfp);
}

/**
 * kspan_percpu_region_zalloc() - allocate zeroed memory from this CPU's part of a region
 * @region: from kspan_percpu_region_create()
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @gfp: as for kspan_region_alloc()
 *
 * Context: as kspan_percpu_region_alloc_aligned().
 * Return: as kspan_region_alloc().
 */
static inline __alloc_size(2)
void *kspan_percpu_region_zalloc(struct kspan_percpu_region *region, size_t size, gfp_t gfp)
{
	return kspan_percpu_region_alloc(region, size, gfp | __GFP_ZERO);
}

/**
 * kspan_percpu_region_alloc_array() - allocate an array from this CPU's part of a region
 * @region: from kspan_percpu_region_create()
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_region_alloc()
 *
 * Context: as kspan_percpu_region_alloc_aligned().
 * Return: as kspan_region_alloc_array().
 */
static inline __alloc_size(2, 3)
void *kspan_percpu_region_alloc_array(struct kspan_percpu_region *region, size_t n, size_t size,
				      gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return kspan_percpu_region_alloc(region, bytes, gfp);
}

/**
 * kspan_percpu_region_calloc() - allocate a zeroed array from this CPU's part of a region
 * @region: from kspan_percpu_region_create()
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_region_alloc()
 *
 * Context: as kspan_percpu_region_alloc_aligned().
 * Return: as kspan_region_alloc_array().
 */
static inline __alloc_size(2, 3)
void *kspan_percpu_region_calloc(struct kspan_percpu_region *region, size_t n, size_t size,
				 gfp_t gfp)
{
	return kspan_percpu_region_alloc_array(region, n, size, gfp | __GFP_ZERO);
}

/* __free(kspan_region_destroy), __free(kspan_percpu_region_destroy) */
#ifdef DEFINE_FREE
DEFINE_FREE(kspan_region_destroy, struct kspan_region *, kspan_region_destroy(_T))
DEFINE_FREE(kspan_percpu_region_destroy, struct kspan_percpu_region *,
	    kspan_percpu_region_destroy(_T))
#endif

#define KSPAN_ABI_SUM_REGION (						\
	KSPAN_ABI_VALUE(1, KSPAN_REGION_ALIGN)				\
	+ KSPAN_ABI_VALUE(2, KSPAN_REGION_BLOCK)			\
	+ KSPAN_ABI_VALUE(3, KSPAN_REGION_MAX_BLOCK)			\
	+ KSPAN_ABI_SIZE(4, struct kspan_region)			\
	+ KSPAN_ABI_FIELD(5, struct kspan_region, cursor)		\
	+ KSPAN_ABI_FIELD(6, struct kspan_region, end)			\
	+ KSPAN_ABI_FIELD(7, struct kspan_region, fresh)		\
	+ KSPAN_ABI_FIELD(8, struct kspan_region, allocs)		\
	+ KSPAN_ABI_SIZE(9, struct kspan_region_params)			\
	+ KSPAN_ABI_FIELD(10, struct kspan_region_params, block_size)	\
	+ KSPAN_ABI_FIELD(11, struct kspan_region_params, limit)	\
	+ KSPAN_ABI_SIZE(12, struct kspan_region_mark)			\
	+ KSPAN_ABI_FIELD(13, struct kspan_region_mark, region)		\
	+ KSPAN_ABI_FIELD(14, struct kspan_region_mark, cursor)		\
	+ KSPAN_ABI_FIELD(15, struct kspan_region_mark, block)		\
	+ KSPAN_ABI_FIELD(16, struct kspan_region_mark, own)		\
	+ KSPAN_ABI_FIELD(17, struct kspan_region_mark, serial)		\
	+ KSPAN_ABI_FIELD(18, struct kspan_region_mark, outer))
KSPAN_ABI_CHECK(REGION);

#endif /* _KSPAN_REGION_H */
