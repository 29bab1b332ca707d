/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan heaps - private allocators: isolated, bounded, accounted, and emptied in one call.
 *
 * Every allocating function of <kspan/kspan.h> has a counterpart here that takes a heap, except the
 * mempool pair, which pools have. Functions that take an object (kspan_free() and its family,
 * kspan_realloc(), kspan_size() ...) look up the object's heap. No two heaps have objects in the
 * same page.
 *
 * A heap costs 16 KB and a pointer for each possible CPU when it is created, then 6 KB for each CPU
 * that allocates from it, then a span for each size class in use. A span is a run of 8 KB pages
 * that holds objects of one size class. A pool costs much less, see <kspan/pool.h>. Where the
 * kernel has debugfs, the files of a heap or pool take another 5 KB. Each memory node beyond
 * the first costs as much again.
 *
 * A heap with KSPAN_HEAP_DIRECT has blocks of the kernel's direct map instead of vmalloc's areas.
 * Its objects are physically contiguous: virt_to_page(), virt_to_phys(), dma_map_single() and
 * scatterlists may be used on them. What it does not need goes back to the kernel in pages of 8 KB,
 * or of the machine's if they are larger. Where a device is not coherent with the CPUs' caches, as
 * on many arm64 machines, give its objects whole cache lines: a size and an alignment that are
 * multiples of dma_get_cache_alignment(). Objects are up to 4 MB (the page allocator's largest
 * block). Where the kernel has no block for an object it is NULL, or with KSPAN_HEAP_OR_VMALLOC
 * memory for which is_vmalloc_addr() is true. A heap of a zone (DMA32, DMA) has no reserve: an
 * atomic allocation gets what the caches and the shared spans have. The memory is still not to be
 * passed to kfree() or put_page(): a page keeps a reference more than it needs, so this is reported
 * instead of freeing what is in use.
 */
#ifndef _KSPAN_HEAP_API_H
#define _KSPAN_HEAP_API_H

#include <kspan/kspan.h>

struct kspan_heap;

/* Bytes of the longest name, its NUL included. */
#define KSPAN_NAME_LEN		32

/* kspan_heap_params.flags */
#define KSPAN_HEAP_NO_TINY	BIT(0)	/* objects under 8 bytes are aligned to 8, not packed */
#define KSPAN_HEAP_ZERO_ON_FREE	BIT(1)	/* a freed object is overwritten with zeros */
#define KSPAN_HEAP_KEEP_LEAKS	BIT(2)	/* objects live at kspan_heap_destroy() stay usable */
#define KSPAN_HEAP_DIRECT	BIT(3)	/* objects are physically contiguous: see below */
#define KSPAN_HEAP_OR_VMALLOC	BIT(4)	/* with DIRECT: else vmalloc's memory rather than NULL */
#define KSPAN_HEAP_DMA32	BIT(5)	/* with DIRECT: of the zone of __GFP_DMA32 */
#define KSPAN_HEAP_DMA		BIT(6)	/* with DIRECT: of the zone of __GFP_DMA */

/**
 * struct kspan_heap_params - options of a heap; zero in a field selects the default
 * @limit: most bytes of pages that the heap may hold, its caches included. Counted in whole pages
 *	of 8 KB, at least one; 0: no limit
 * @magazine_kb: most kilobytes of free objects that a CPU keeps for each size class, but at least
 *	three objects; 0: the value of the module parameter magazine_kb
 * @flags: KSPAN_HEAP_*
 */
struct kspan_heap_params {
	size_t limit;
	unsigned int magazine_kb;
	unsigned int flags;
};

/**
 * kspan_heap_create() - create a heap
 * @name: for messages and debugfs: 1 to 31 characters, no '/' and no control character, not "." or
 *	".."; unique among heaps and pools
 * @params: options, or NULL for the defaults
 *
 * Context: Process context; may sleep, and allocates with GFP_KERNEL. A CPU hotplug callback may
 *	call it.
 * Return: the heap, to be destroyed with kspan_heap_destroy(), or ERR_PTR(): -EINVAL for a bad name
 *	or parameter and -EEXIST for a name in use (both with a message in the kernel log), -ENOMEM.
 */
struct kspan_heap *kspan_heap_create(const char *name, const struct kspan_heap_params *params)
	__must_check;

/**
 * kspan_heap_destroy() - destroy a heap and free its objects
 * @heap: the heap; NULL and error pointers are ignored; that of a pool is refused with a report
 *
 * Objects that are still live are reported in the kernel log by size class, and by caller if kspan
 * was loaded with track=1. Then they are freed. With KSPAN_HEAP_KEEP_LEAKS they are not freed: they
 * may still be used and freed, and kspan keeps them and the heap's own data until it is unloaded.
 *
 * Waits for pending kspan_free_rcu(). If your own RCU callbacks free objects, call rcu_barrier()
 * first.
 *
 * Context: Process context; may sleep. The heap must not be in use meanwhile. A CPU hotplug
 *	callback may call it; a shrinker may not, as this waits for readers of the heap's files
 *	in debugfs.
 */
void kspan_heap_destroy(struct kspan_heap *heap);

/**
 * kspan_heap_reset() - free every object of a heap at once
 * @heap: the heap; that of a pool is refused with a report
 *
 * The heap keeps the pages of its size classes for the next allocations. Waits for pending
 * kspan_free_rcu(). If your own RCU callbacks free objects, call rcu_barrier() first.
 *
 * Context: Process context; may sleep. The heap must not be in use meanwhile. A shrinker and a CPU
 *	hotplug callback may call it.
 */
void kspan_heap_reset(struct kspan_heap *heap);

/**
 * kspan_heap_set_limit() - bound the memory of a heap
 * @heap: the heap
 * @bytes: as kspan_heap_params.limit
 *
 * A heap that already holds more keeps its pages but gets no further ones. An allocation that would
 * exceed the limit returns NULL, after kspan_heap_set_shortage()'s function was called; only with
 * __GFP_NOFAIL, where the caller may sleep, the limit is exceeded.
 *
 * Context: Any.
 */
void kspan_heap_set_limit(struct kspan_heap *heap, size_t bytes);

/**
 * kspan_heap_limit() - the limit of a heap
 * @heap: the heap
 *
 * Context: Any.
 * Return: bytes, whole pages of 8 KB; 0: no limit.
 */
size_t kspan_heap_limit(struct kspan_heap *heap);

/**
 * typedef kspan_shortage_fn - tells the owner of a heap that memory is short
 * @heap: the heap
 * @arg: as given to kspan_heap_set_shortage()
 *
 * The owner may free objects that it can do without: best whole pages of 8 KB, as memory returns
 * by the page to other heaps and size classes, and by the segment of 2 MB to the kernel.
 *
 * Context: Process context; may sleep, but the allocation of another caller waits for it. It may be
 *	the task that allocates, in the middle of its call: so whatever lock is held during an
 *	allocation from this heap, or during any allocation that may reclaim memory, the callback
 *	may only try to take, as in a shrinker's scan_objects(). It may allocate; that does no I/O
 *	whatever its flags, and does not call the callback again. It may not set a callback,
 *	destroy or reset a heap, or wait for a task that does.
 */
typedef void (*kspan_shortage_fn)(struct kspan_heap *heap, void *arg);

/**
 * kspan_heap_set_shortage() - have a function called when memory is short
 * @heap: the heap, also of a pool; not the default heap, which all clients share
 * @fn: the function; NULL: none, as when the heap was created
 * @arg: for @fn
 *
 * It is called when an allocation meets the heap's limit or the module's parameter limit_mb, after
 * unused memory was taken back and before the allocation returns NULL; and when the kernel
 * reclaims memory. If the caller may not sleep, its allocation returns NULL, and kspan's worker
 * calls the function soon. Calls of one heap do not overlap: a task that meets a shortage while the
 * function runs goes on without it.
 *
 * When this returns, the function that was set before does not run, and will not be called again.
 * kspan_heap_destroy() waits likewise. kspan_heap_reset() does not: keep the function from using
 * the heap meanwhile, with a lock that it tries to take, or remove it before.
 *
 * Context: Process context; may sleep; neither in such a function nor in a shrinker. A lock that
 *	such a function takes other than by trying must not be held.
 */
void kspan_heap_set_shortage(struct kspan_heap *heap, kspan_shortage_fn fn, void *arg);

/**
 * kspan_default_heap() - the heap of the functions that take none, such as kspan_alloc()
 *
 * For functions that take a heap. The default heap cannot be reset or destroyed.
 *
 * Context: Any.
 * Return: the heap.
 */
struct kspan_heap *kspan_default_heap(void);

/**
 * kspan_heap_get_stats() - read the figures of one heap
 * @heap: the heap
 * @stats: filled in; all heaps share the arenas, so their fields are 0
 *
 * Context: Process context; may sleep. A shrinker and a CPU hotplug callback may call it.
 */
void kspan_heap_get_stats(struct kspan_heap *heap, struct kspan_stats *stats);

/*
 * For <kspan/slab_override.h>: the heap of all modules that are built with it, named "override". It
 * has KSPAN_HEAP_DIRECT. The last function frees what is kspan's, of whatever heap, or returns
 * false.
 */
void *__kspan_override_alloc(size_t size, gfp_t gfp) __malloc __alloc_size(1);
void *__kspan_override_alloc_class(size_t size, gfp_t gfp, unsigned long class)
	__malloc __alloc_size(1);
void *__kspan_override_alloc_aligned(size_t size, size_t align, gfp_t gfp) __malloc __alloc_size(1);
bool __kspan_override_free(const void *p);

/* The order of the parameters saves moves between registers. */
void *__kspan_heap_alloc(size_t size, gfp_t gfp, struct kspan_heap *heap) __malloc __alloc_size(1);

/**
 * kspan_heap_alloc() - allocate memory from a heap
 * @heap: the heap
 * @size: bytes
 * @gfp: as for kspan_alloc()
 *
 * Context, alignment: as kspan_alloc().
 * Return: the object, to be freed with kspan_free(), or NULL; NULL also at the heap's limit.
 */
static __always_inline __alloc_size(2)
void *kspan_heap_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	return __kspan_heap_alloc(size, gfp, heap);
}

/**
 * kspan_heap_zalloc() - allocate zeroed memory from a heap
 * @heap: the heap
 * @size: bytes
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as kspan_heap_alloc().
 */
static inline __alloc_size(2)
void *kspan_heap_zalloc(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	return kspan_heap_alloc(heap, size, gfp | __GFP_ZERO);
}

/**
 * kspan_heap_alloc_array() - allocate an array from a heap
 * @heap: the heap
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_heap_alloc().
 * Return: as kspan_heap_alloc(); NULL also if @n * @size overflows.
 */
static inline __alloc_size(2, 3)
void *kspan_heap_alloc_array(struct kspan_heap *heap, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return kspan_heap_alloc(heap, bytes, gfp);
}

/**
 * kspan_heap_calloc() - allocate a zeroed array from a heap
 * @heap: the heap
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as kspan_heap_alloc_array().
 */
static inline __alloc_size(2, 3)
void *kspan_heap_calloc(struct kspan_heap *heap, size_t n, size_t size, gfp_t gfp)
{
	return kspan_heap_alloc_array(heap, n, size, gfp | __GFP_ZERO);
}

/**
 * kspan_heap_alloc_node() - allocate memory of a node from a heap
 * @heap: the heap
 * @size: bytes
 * @gfp: as for kspan_alloc_node()
 * @node: as for kspan_alloc_node()
 *
 * Context, return: as kspan_alloc_node().
 */
void *kspan_heap_alloc_node(struct kspan_heap *heap, size_t size, gfp_t gfp, int node)
	__malloc __alloc_size(2);

/**
 * kspan_heap_alloc_aligned() - allocate memory with a given alignment from a heap
 * @heap: the heap
 * @size: bytes
 * @align: bytes, a power of two up to 4 MB
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as kspan_alloc_aligned().
 */
void *kspan_heap_alloc_aligned(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
	__malloc __alloc_size(2);

/**
 * kspan_heap_realloc() - change the size of an object
 * @heap: allocates the object if @p is NULL or ZERO_SIZE_PTR. Any other object stays in the heap
 *	that it came from, except that an object of a pool moves to the default heap
 * @p: the object
 * @new_size: bytes
 * @gfp: as for kspan_realloc()
 *
 * Context, return: as kspan_realloc().
 */
void *kspan_heap_realloc(struct kspan_heap *heap, const void *p, size_t new_size, gfp_t gfp)
	__must_check __realloc_size(3);

/**
 * kspan_heap_realloc_array() - change the size of an array
 * @heap: as for kspan_heap_realloc()
 * @p: the array, or NULL
 * @n: new number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_realloc()
 *
 * Context, return: as kspan_realloc_array().
 */
static inline __must_check
void *kspan_heap_realloc_array(struct kspan_heap *heap, const void *p, size_t n, size_t size,
			       gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return kspan_heap_realloc(heap, p, bytes, gfp);
}

/**
 * kspan_heap_memdup() - copy memory into a new object of a heap
 * @heap: the heap
 * @src: memory to copy
 * @len: bytes
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the copy, to be freed with kspan_free(), or NULL.
 */
void *kspan_heap_memdup(struct kspan_heap *heap, const void *src, size_t len, gfp_t gfp)
	__realloc_size(3);

/**
 * kspan_heap_memdup_nul() - copy bytes into a new, NUL-terminated string of a heap
 * @heap: the heap
 * @s: characters to copy, with or without a NUL; NULL gives NULL
 * @len: bytes, without the NUL
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the string, to be freed with kspan_free(), or NULL.
 */
char *kspan_heap_memdup_nul(struct kspan_heap *heap, const char *s, size_t len, gfp_t gfp);

/**
 * kspan_heap_strdup() - copy a string into a heap
 * @heap: the heap
 * @s: the string; NULL gives NULL
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the copy, to be freed with kspan_free(), or NULL.
 */
static inline char *kspan_heap_strdup(struct kspan_heap *heap, const char *s, gfp_t gfp)
{
	return s ? kspan_heap_memdup(heap, s, strlen(s) + 1, gfp) : NULL;
}

/**
 * kspan_heap_strndup() - copy a string up to a maximum length into a heap
 * @heap: the heap
 * @s: the string; NULL gives NULL
 * @max: most characters to copy; a NUL is added
 * @gfp: as for kspan_alloc()
 *
 * Context: as kspan_alloc().
 * Return: the copy, to be freed with kspan_free(), or NULL.
 */
static inline char *kspan_heap_strndup(struct kspan_heap *heap, const char *s, size_t max,
				       gfp_t gfp)
{
	return s ? kspan_heap_memdup_nul(heap, s, strnlen(s, max), gfp) : NULL;
}

/**
 * kspan_heap_free() - free an object of a heap
 * @heap: the heap of @p; an object of another heap or pool is reported and not freed
 * @p: the object, NULL or ZERO_SIZE_PTR
 *
 * kspan_free() does the same without the check.
 *
 * Context: as kspan_free().
 */
void kspan_heap_free(struct kspan_heap *heap, const void *p);

/**
 * kspan_heap_alloc_bulk() - allocate many objects of one size from a heap
 * @heap: the heap
 * @size: bytes of each
 * @gfp: as for kspan_alloc()
 * @n: how many
 * @objs: array that receives their addresses
 *
 * Context: as kspan_alloc().
 * Return: @n, or 0 with nothing allocated. Free the objects with kspan_free() or
 *	kspan_free_bulk().
 */
unsigned int kspan_heap_alloc_bulk(struct kspan_heap *heap, size_t size, gfp_t gfp, unsigned int n,
				   void **objs);

/* __free(kspan_heap_destroy) destroys a heap at the end of its variable's scope. */
#ifdef DEFINE_FREE
DEFINE_FREE(kspan_heap_destroy, struct kspan_heap *, kspan_heap_destroy(_T))
#endif

#define KSPAN_ABI_SUM_HEAP (						\
	KSPAN_ABI_VALUE(1, KSPAN_NAME_LEN)				\
	+ KSPAN_ABI_VALUE(2, KSPAN_HEAP_NO_TINY)			\
	+ KSPAN_ABI_VALUE(3, KSPAN_HEAP_ZERO_ON_FREE)			\
	+ KSPAN_ABI_VALUE(4, KSPAN_HEAP_KEEP_LEAKS)			\
	+ KSPAN_ABI_VALUE(5, KSPAN_HEAP_DIRECT)				\
	+ KSPAN_ABI_VALUE(6, KSPAN_HEAP_OR_VMALLOC)			\
	+ KSPAN_ABI_VALUE(7, KSPAN_HEAP_DMA32)				\
	+ KSPAN_ABI_VALUE(8, KSPAN_HEAP_DMA)				\
	+ KSPAN_ABI_SIZE(9, struct kspan_heap_params)			\
	+ KSPAN_ABI_FIELD(10, struct kspan_heap_params, limit)		\
	+ KSPAN_ABI_FIELD(11, struct kspan_heap_params, magazine_kb)	\
	+ KSPAN_ABI_FIELD(12, struct kspan_heap_params, flags))
KSPAN_ABI_CHECK(HEAP);

#endif /* _KSPAN_HEAP_API_H */
