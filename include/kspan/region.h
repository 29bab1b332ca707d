/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan regions - objects that are freed all at once: the public interface.
 *
 * A region hands out memory by moving a cursor through a chunk of 8 MB. Its objects are never freed
 * one by one: kspan_region_release() frees all that came after a mark, kspan_region_reset() all
 * there are, kspan_region_destroy() gives the memory back. kspan_free(), kspan_realloc() and
 * kspan_size() refuse a pointer into a region with a report; kspan_owns() says yes.
 *
 * A plain region, struct kspan_region, has no lock: one thread at a time may use it, and the caller
 * sees to that. A struct kspan_percpu_region is filled by all CPUs in parallel, and has no marks.
 *
 * Both promise 8 bytes of alignment, more with the _aligned functions. As with all of kspan's
 * memory: not for DMA, nor for scatterlists.
 */
#ifndef _KSPAN_REGION_H
#define _KSPAN_REGION_H

#include <linux/sched/mm.h>
#include <kspan/kspan.h>

/* Bytes to which every object is aligned, and to which sizes are rounded up. */
#define KSPAN_REGION_ALIGN	8UL

/* What a chunk_size of 0 means, and the largest, in bytes. */
#define KSPAN_REGION_CHUNK	(8UL << 20)
#define KSPAN_REGION_MAX_CHUNK	(1024UL << 20)

/* Flags that vmalloc'ed memory cannot meet: they are for the slow path to refuse. */
#define __KSPAN_REGION_UNSUPPORTED \
	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_COMP | __GFP_MOVABLE | __GFP_THISNODE)

/**
 * struct kspan_region - what the fast path of an allocation sees of a region
 * @cursor: address of the next object
 * @end: where the room ends that the fast path may take
 * @fresh: memory from here on was never written to and holds zeros, if @cursor is not beyond
 * @allocs: objects handed out since the region was created
 *
 * Made by kspan_region_create() only: kspan keeps more behind it. Clients leave the fields alone.
 */
struct kspan_region {
	unsigned long cursor;
	unsigned long end;
	unsigned long fresh;
	unsigned long allocs;
};

/**
 * struct kspan_region_params - how a region is to be
 * @chunk_size: bytes that are taken from kspan at a time: a multiple of PAGE_SIZE up to 1 GB; 0
 *	stands for 8 MB. Rounded up to 8 KB; from 1 MB on a chunk is 8 KB less, so that chunks
 *	fill kspan's arenas. An object larger than a chunk gets one of its own.
 * @limit: bytes that all objects together may take, each rounded up to 8 and with what its
 *	alignment skipped; 0 stands for no limit. Chunks are made no larger than this. In a per-CPU
 *	region it holds for each CPU's part.
 */
struct kspan_region_params {
	size_t chunk_size;
	size_t limit;
};

/**
 * struct kspan_region_mark - a point that a region can go back to
 * @region: whose
 * @cursor: where its cursor was
 * @chunk: the chunk it was in
 * @own: the last chunk of a single object
 * @serial: tells it from all other marks of the region
 * @outer: the mark inside which it was taken
 *
 * Filled in by kspan_region_mark(). Clients provide the memory and leave the fields alone.
 */
struct kspan_region_mark {
	const struct kspan_region *region;
	unsigned long cursor;
	void *chunk;
	void *own;
	u64 serial;
	u64 outer;
};

/**
 * kspan_region_create() - make a region
 * @name: 1 to 31 characters, no '/' and no control character, not "." or ".."; it is copied. The
 *	region's figures are in debugfs under kspan/regions/ and this name.
 * @params: how it is to be, or NULL for defaults
 *
 * No chunk is taken before the first allocation.
 *
 * Context: Process context; may sleep.
 * Return: the region, for kspan_region_destroy(), or ERR_PTR(): -EINVAL for a bad name or bad
 *	params, explained in the kernel log, -EEXIST if a region, per-CPU or not, has that name,
 *	-ENOMEM.
 */
struct kspan_region *kspan_region_create(const char *name,
					 const struct kspan_region_params *params) __must_check;

/**
 * kspan_region_destroy() - free all objects of a region, and the region
 * @region: the region; NULL and error pointers are passed over
 *
 * Context: Process context; may sleep.
 */
void kspan_region_destroy(struct kspan_region *region);

/* What kspan_region_alloc() leaves out. */
void *__kspan_region_alloc(struct kspan_region *region, size_t size, size_t align, gfp_t gfp)
	__malloc __alloc_size(2);

/* The fast path, for an alignment known at compile time. */
static __always_inline __alloc_size(2)
void *__kspan_region_bump(struct kspan_region *region, size_t size, size_t align, gfp_t gfp)
{
	unsigned long p, room, skip;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
	p = region->cursor;
	room = region->end - p;
	skip = align > KSPAN_REGION_ALIGN ? -p & (align - 1) : 0;
	/* A size of 0 has no room either. Everything here is a multiple of 8, but for the size. */
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
 * @gfp: what may be done to get a chunk when the present one is used up, as for kspan_alloc();
 *	__GFP_ZERO is honoured, flags that kspan_alloc() refuses are refused
 *
 * The memory is aligned to 8 bytes. An object larger than the region's chunk_size gets a chunk of
 * its own. Callers that must not sleep are given what kspan has set aside for them, which may be a
 * smaller chunk, or nothing.
 *
 * Context: Any that @gfp allows, as long as nobody else uses the region meanwhile. From NMI, or on
 *	PREEMPT_RT with interrupts or preemption off, only out of chunks that the region has.
 * Return: the object, which lives until the region is released to an earlier mark, reset or
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
 * @align: bytes, a power of two up to 4 MB; below 8 it is 8
 * @gfp: as for kspan_region_alloc()
 *
 * Context: as kspan_region_alloc().
 * Return: as kspan_region_alloc(); NULL also if @align is no power of two or too large (reported
 *	once).
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
 * Memory that the region never handed out before holds zeros already and costs nothing.
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
 * @src: what to copy
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
 * kspan_region_strndup() - copy at most so many characters of a string into a region
 * @region: from kspan_region_create()
 * @s: the string; NULL gives NULL
 * @max: characters to copy at most; a NUL is added
 * @gfp: as for kspan_region_alloc()
 *
 * Context, return: as kspan_region_alloc().
 */
char *kspan_region_strndup(struct kspan_region *region, const char *s, size_t max, gfp_t gfp);

/**
 * kspan_region_mark() - remember where a region is
 * @region: from kspan_region_create()
 * @mark: filled in
 *
 * Marks nest: the last one taken is the first to be released. One that is no longer wanted may be
 * forgotten only together with all outer ones, by kspan_region_reset().
 *
 * Context: Any, as long as nobody else uses the region meanwhile.
 */
void kspan_region_mark(struct kspan_region *region, struct kspan_region_mark *mark);

/**
 * kspan_region_release() - free all objects allocated since a mark was taken
 * @region: from kspan_region_create()
 * @mark: the innermost mark of the region that was not released; it is used up
 *
 * Chunks that become free stay with the region. Any other mark (an outer one, one released before,
 * one from before a reset, another region's) is refused with a report in the kernel log: then all
 * objects and marks are as they were.
 *
 * Context: Any, as long as nobody else uses the region meanwhile.
 * Return: 0, or -EINVAL if @mark was refused.
 */
int kspan_region_release(struct kspan_region *region, const struct kspan_region_mark *mark);

/**
 * kspan_region_reset() - free all objects of a region
 * @region: from kspan_region_create()
 *
 * The chunks stay with the region, all marks are void. Takes time in proportion to the number of
 * chunks, whatever is in them; on a kernel with init_on_free, to the bytes in use.
 *
 * Context: Any, as long as nobody else uses the region meanwhile.
 */
void kspan_region_reset(struct kspan_region *region);

struct kspan_percpu_region;

/**
 * kspan_percpu_region_create() - make a region that all CPUs fill in parallel
 * @name: as for kspan_region_create()
 * @params: as for kspan_region_create(); chunks and limit are each CPU's
 *
 * Each CPU that allocates takes a chunk of its own.
 *
 * Context: Process context; may sleep.
 * Return: the region, for kspan_percpu_region_destroy(), or ERR_PTR() as kspan_region_create().
 */
struct kspan_percpu_region *
kspan_percpu_region_create(const char *name, const struct kspan_region_params *params) __must_check;

/**
 * kspan_percpu_region_destroy() - free all objects of a per-CPU region, and the region
 * @region: the region; NULL and error pointers are passed over
 *
 * Context: Process context; may sleep. Nobody else uses the region any more.
 */
void kspan_percpu_region_destroy(struct kspan_percpu_region *region);

/**
 * kspan_percpu_region_reset() - free all objects of a per-CPU region
 * @region: from kspan_percpu_region_create()
 *
 * As kspan_region_reset(), for all CPUs' parts.
 *
 * Context: Any, as long as nobody else uses the region meanwhile on any CPU.
 */
void kspan_percpu_region_reset(struct kspan_percpu_region *region);

/**
 * kspan_percpu_region_alloc_aligned() - allocate aligned memory from this CPU's part of a region
 * @region: from kspan_percpu_region_create()
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @align: bytes, a power of two up to 4 MB; below 8 it is 8
 * @gfp: as for kspan_region_alloc()
 *
 * May be called on all CPUs at once, and by tasks and interrupt handlers of the same CPU: it turns
 * interrupts off while it moves the cursor. A caller that is moved to another CPU meanwhile gets
 * its object there, and the limit of that CPU's part is what counts.
 *
 * Context: Any but NMI, where it gives NULL. On PREEMPT_RT it may be called with interrupts or
 *	preemption off, and then serves out of chunks that this CPU has.
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

#endif /* _KSPAN_REGION_H */
