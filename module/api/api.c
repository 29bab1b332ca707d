// SPDX-License-Identifier: GPL-2.0
/*
 * api: the exported functions of include/kspan/kspan.h, documented there. No locks.
 */
#include <linux/nodemask.h>
#include <linux/string.h>
#include "api/api.h"
#include "cpu/tiny.h"
#include "heap/alloc.h"
#include "heap/bounds.h"
#include "heap/debug.h"
#include "heap/guard.h"
#include "heap/large.h"
#include "pages/report.h"
#include "upkeep/scavenge.h"
#include "upkeep/totals.h"

/* notrace: a tracer's entry would be one of about thirty instructions in each of these three. */
notrace void *__kspan_alloc(size_t size, gfp_t gfp)
{
	return alloc_object(&default_heap, &default_mcache, size, gfp);
}
EXPORT_SYMBOL_KSPAN(__kspan_alloc);

notrace void *__kspan_alloc_class(size_t size, gfp_t gfp, unsigned long class)
{
	return alloc_of_class(&default_heap, &default_mcache, class, size, gfp);
}
EXPORT_SYMBOL_KSPAN(__kspan_alloc_class);

notrace void kspan_free(const void *p)
{
	free_object(p);
}
EXPORT_SYMBOL_KSPAN(kspan_free);

void *api_alloc_node(struct kspan_heap *heap, size_t size, gfp_t gfp, int node)
{
	if (node == NUMA_NO_NODE)
		return alloc_object(heap, heap->alloc_mcaches, size, gfp);
	if (node < 0 || node >= nr_node_ids) {
		report_bad_node(node, _RET_IP_);
		return NULL;
	}
	if ((gfp & __GFP_THISNODE) && !node_state(node, N_MEMORY))
		return NULL;
	return alloc_other(size, gfp, heap_of_node(heap, node));
}

void *kspan_alloc_node(size_t size, gfp_t gfp, int node)
{
	return api_alloc_node(&default_heap, size, gfp, node);
}
EXPORT_SYMBOL_KSPAN(kspan_alloc_node);

/* With __GFP_THISNODE as alloc_other() does. */
static void *alloc_of_size(struct kspan_heap *heap, unsigned int class, size_t size, size_t align,
			   gfp_t gfp)
{
	struct kspan_heap *set = gfp & __GFP_THISNODE ? heap_here(heap) : heap;
	void *p = alloc_from_class(set, class, size, gfp);

	if (!p || set == heap || alloc_is_on_node(set, p))
		return p;
	free_other(p);
	return alloc_large(set, size, max3(align, large_align(size), KSPAN_PAGE_SIZE), gfp);
}

void *api_alloc_aligned(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
{
	unsigned int class;

	if (!is_power_of_2(align) || align > KSPAN_MAX_ALIGN) {
		report_bad_align(align, _RET_IP_);
		return NULL;
	}
	if (!size)
		return ZERO_SIZE_PTR;
	if (heap->is_pool) {
		report_pool_heap(&heap->owner, _RET_IP_);
		return NULL;
	}
	class = size_class_aligned(size, align);
	if (class == CLASS_LARGE)
		return alloc_large(heap, size, max(align, large_align(size)), gfp);
	return alloc_of_size(heap, class, size, align, gfp);
}

void *kspan_alloc_aligned(size_t size, size_t align, gfp_t gfp)
{
	return api_alloc_aligned(&default_heap, size, align, gfp);
}
EXPORT_SYMBOL_KSPAN(kspan_alloc_aligned);

/* The usable bytes of an object; 0 for NULL, ZERO_SIZE_PTR and anything but a live object. */
static size_t usable_size(const void *p)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span = pagemap_find(addr);

	if (!mspan_covers(span, addr))
		return guard_size(p);
	if (span->class == CLASS_TINY)
		return tiny_size(span, p);
	if (span->class == CLASS_LARGE ? !large_begins_at(span, addr) :
					 !mspan_begins_at(span, addr))
		return 0;
	if (owner_debug(span->owner))
		return debug_size(span, p);
	return span->class == CLASS_LARGE ? mspan_bytes(span) : size_classes[span->class].size;
}

/* Whether a debug mode knows that an object begins there, which is freed; then it is reported. */
static bool is_stale(const void *p, unsigned long caller)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span = pagemap_find(addr);

	if (!mspan_covers(span, addr) || !owner_debug(span->owner) || span->class == CLASS_TINY ||
	    (span->class == CLASS_LARGE ? addr != span->base : !mspan_begins_at(span, addr)))
		return false;
	return debug_is_stale(span, p, caller);
}

static size_t size_or_report(const void *p, unsigned long caller)
{
	size_t size = usable_size(p);

	if (unlikely(!size) && !ZERO_OR_NULL_PTR(p) && !is_stale(p, caller))
		report_no_object(p, caller);
	return size;
}

/*
 * KASAN allows access to the requested size only. Unpoison the rest when a caller asks for the
 * usable size. The block of a tiny object is unpoisoned as a whole.
 */
static void use_all(const void *p, size_t usable)
{
	if (!KSPAN_KASAN || !usable)
		return;
	if (pagemap_find((unsigned long)p)->class != CLASS_TINY)
		kasan_unpoison_object(p, usable);
}

/* Whether an object that was found to begin there is free after all, as far as that is known. */
static bool is_freed(const void *p)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span = pagemap_find(addr);

	return mspan_covers(span, addr) && !owner_debug(span->owner) &&
	       span->class != CLASS_TINY && span->class != CLASS_LARGE &&
	       bounds_is_freed(span, mspan_index(span, addr));
}

size_t kspan_size(const void *p)
{
	size_t size = size_or_report(p, _RET_IP_);

	if (unlikely(size && is_freed(p))) {
		report_no_object(p, _RET_IP_);
		return 0;
	}
	use_all(p, size);
	return size;
}
EXPORT_SYMBOL_KSPAN(kspan_size);

size_t kspan_size_roundup(size_t size)
{
	if (!size || size > LARGE_MAX_BYTES)
		return size;
	if (size > KSPAN_MAX_SMALL)
		return BYTES_TO_PAGES(size) << KSPAN_PAGE_SHIFT;
	if (size_is_tiny(size))
		return round_up(size, 2);
	return size_classes[size_to_class(size)].size;
}
EXPORT_SYMBOL_KSPAN(kspan_size_roundup);

/* Not pagemap_find(): the pointer may be foreign, and the span is not compared with it. */
bool kspan_owns(const void *p)
{
	struct mspan *span;

	preempt_disable();
	span = pagemap_probe((unsigned long)p);
	preempt_enable();
	return span != &no_span || guard_owns((unsigned long)p);
}
EXPORT_SYMBOL_KSPAN(kspan_owns);

/* The heap of a live object. */
static struct kspan_heap *heap_at(const void *p)
{
	return guard_heap(p) ?: heap_root_of(pagemap_find((unsigned long)p));
}

/* The alignment that an allocation of @size guarantees and that another object may lack. */
static size_t promised_align(size_t size)
{
	if (is_power_of_2(size))
		return min(size, KSPAN_MAX_ALIGN);
	return size < KSPAN_TINY_SIZE ? tiny_align(size) : 8;
}

static bool is_aligned_for(const void *p, size_t size)
{
	return IS_ALIGNED((unsigned long)p, promised_align(size));
}

/*
 * Whether an object of @usable bytes can be resized to @size in place. It moves if more than two
 * thirds of it would be wasted: half a small object may need the class of a third.
 */
static bool fits(const void *p, size_t size, size_t usable)
{
	return size <= usable && kspan_size_roundup(size) >= usable / 3 && is_aligned_for(p, size);
}

/*
 * Whether so much of a large object is no longer needed that it goes back. Freeing and moving may
 * take a mutex, so only where the caller may sleep. A pool keeps its objects in any case.
 */
static bool has_excess(const void *p, size_t size, size_t usable, gfp_t gfp)
{
	return usable > KSPAN_MAX_SMALL && kspan_size_roundup(size) <= usable / 8 * 7 &&
	       gfpflags_allow_blocking(gfp) && may_sleep() &&
	       !heap_at(p)->is_pool;
}

/* Give back the last pages of an object with excess, if possible. Return: its usable bytes. */
static size_t cut_excess(const void *p, size_t size, size_t usable, gfp_t gfp)
{
	struct mspan *span = pagemap_find((unsigned long)p);

	if (size > KSPAN_MAX_SMALL && is_aligned_for(p, size) &&
	    large_shrink(span, size, gfp))
		return mspan_bytes(span);
	return usable;
}

/* Have a large object grow where it is, if that is possible. Return: its usable bytes. */
static size_t grow_there(const void *p, size_t size, size_t usable, gfp_t gfp)
{
	struct mspan *span = pagemap_find((unsigned long)p);

	if (span->class == CLASS_LARGE && size <= LARGE_MAX_BYTES && is_aligned_for(p, size) &&
	    gfpflags_allow_blocking(gfp) && may_sleep() && large_grow(span, size, gfp))
		return mspan_bytes(span);
	return usable;
}

/*
 * Whether a large object with excess that cannot be cut moves: into a class of small ones, or if
 * more than half of it is excess. Of an area over 4 MB each excess goes back.
 */
static bool is_worth_a_copy(size_t size, size_t usable)
{
	return size <= KSPAN_MAX_SMALL || usable > KSPAN_MAX_ALIGN ||
	       kspan_size_roundup(size) < usable / 2;
}

static void *resize_in_place(const void *p, size_t size, size_t usable, gfp_t gfp)
{
	use_all(p, usable);
	if (gfp & __GFP_ZERO)
		memset((void *)p + size, 0, usable - size);
	return (void *)p;
}

/* The object stays where it is, as there is no memory for a smaller one. */
static void *stay(const void *p, size_t size, size_t usable, gfp_t gfp)
{
	struct mspan *span = pagemap_find((unsigned long)p);

	resize_in_place(p, size, usable, gfp);
	if (!guard_heap(p) && owner_debug(span->owner) && span->class != CLASS_TINY)
		debug_resize(span, (void *)p, size);
	return (void *)p;
}

void *api_realloc(struct kspan_heap *heap, const void *p, size_t new_size, gfp_t gfp,
		  unsigned long caller)
{
	size_t usable;
	bool does, moves;	/* a debug mode, or a guard, knows the old size only */
	void *new;

	if (!new_size) {
		free_object(p);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(p))
		return alloc_object(heap, heap->alloc_mcaches, new_size, gfp);
	usable = size_or_report(p, caller);
	if (!usable)
		return NULL;
	moves = guard_heap(p) || owner_debug(pagemap_find((unsigned long)p)->owner);
	if (!moves && has_excess(p, new_size, usable, gfp))
		usable = cut_excess(p, new_size, usable, gfp);
	else if (!moves && new_size > usable)
		usable = grow_there(p, new_size, usable, gfp);
	if (!moves && fits(p, new_size, usable) &&
	    !(is_worth_a_copy(new_size, usable) && has_excess(p, new_size, usable, gfp)))
		return resize_in_place(p, new_size, usable, gfp);
	heap = heap_at(p);
	if (heap->is_pool)	/* a pool's objects have one size */
		heap = &default_heap;
	/* If the allocation fails, an object that is larger than needed may stay in use. */
	does = new_size <= usable && is_aligned_for(p, new_size);
	if (does)
		gfp = (gfp | __GFP_NOWARN) & ~__GFP_NOFAIL;
	new = alloc_object(heap, heap->alloc_mcaches, new_size, gfp);
	if (!new)
		return does ? stay(p, new_size, usable, gfp) : NULL;
	use_all(p, usable);
	memcpy(new, p, min(usable, new_size));
	free_object(p);
	return new;
}

void *kspan_realloc(const void *p, size_t new_size, gfp_t gfp)
{
	return api_realloc(&default_heap, p, new_size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_KSPAN(kspan_realloc);

void *kspan_heap_memdup(struct kspan_heap *heap, const void *src, size_t len, gfp_t gfp)
{
	void *p = alloc_object(heap, heap->alloc_mcaches, len, gfp & ~__GFP_ZERO);

	if (p)
		memcpy(p, src, len);
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_heap_memdup);

char *kspan_heap_memdup_nul(struct kspan_heap *heap, const char *s, size_t len, gfp_t gfp)
{
	char *p;

	if (!s || len == SIZE_MAX)
		return NULL;
	p = alloc_object(heap, heap->alloc_mcaches, len + 1, gfp & ~__GFP_ZERO);
	if (p) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_heap_memdup_nul);

void *kspan_memdup(const void *src, size_t len, gfp_t gfp)
{
	return kspan_heap_memdup(&default_heap, src, len, gfp);
}
EXPORT_SYMBOL_KSPAN(kspan_memdup);

char *kspan_memdup_nul(const char *s, size_t len, gfp_t gfp)
{
	return kspan_heap_memdup_nul(&default_heap, s, len, gfp);
}
EXPORT_SYMBOL_KSPAN(kspan_memdup_nul);

char *kspan_strdup(const char *s, gfp_t gfp)
{
	return s ? kspan_memdup(s, strlen(s) + 1, gfp) : NULL;
}
EXPORT_SYMBOL_KSPAN(kspan_strdup);

char *kspan_strndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? kspan_memdup_nul(s, strnlen(s, max), gfp) : NULL;
}
EXPORT_SYMBOL_KSPAN(kspan_strndup);

void kspan_free_sized(const void *p, size_t size)
{
	size_t usable;

	if (!ZERO_OR_NULL_PTR(p)) {
		usable = usable_size(p);
		if (usable && size > usable)
			report_size(p, size, usable, _RET_IP_);
	}
	free_object(p);
}
EXPORT_SYMBOL_KSPAN(kspan_free_sized);

void kspan_free_sensitive(const void *p)
{
	size_t usable = usable_size(p);
	struct kspan_heap *heap;

	if (usable) {
		use_all(p, usable);
		memzero_explicit((void *)p, usable);
		heap = heap_at(p);
		if (heap->owner.ctor)		/* free objects stay constructed */
			heap->owner.ctor((void *)p);
	}
	free_object(p);
}
EXPORT_SYMBOL_KSPAN(kspan_free_sensitive);

unsigned int api_alloc_bulk(struct kspan_heap *heap, size_t size, gfp_t gfp, unsigned int n,
			    void **objs)
{
	unsigned int i = alloc_bulk_at_hand(heap, size, gfp, n, objs);

	for (; i < n; i++) {
		objs[i] = alloc_object(heap, heap->alloc_mcaches, size, gfp);
		if (unlikely(!objs[i])) {
			kspan_free_bulk(i, objs);
			return 0;
		}
	}
	return n;
}

unsigned int kspan_alloc_bulk(size_t size, gfp_t gfp, unsigned int n, void **objs)
{
	return api_alloc_bulk(&default_heap, size, gfp, n, objs);
}
EXPORT_SYMBOL_KSPAN(kspan_alloc_bulk);

void kspan_free_bulk(unsigned int n, void **objs)
{
	unsigned int i = 0;

	while (i < n) {
		i += free_bulk_fast(objs + i, n - i);
		if (i < n)
			free_object(objs[i++]);
	}
}
EXPORT_SYMBOL_KSPAN(kspan_free_bulk);

void *kspan_mempool_alloc(gfp_t gfp, void *size)
{
	return __kspan_alloc((size_t)size, gfp);
}
EXPORT_SYMBOL_KSPAN(kspan_mempool_alloc);

void kspan_mempool_free(void *element, void *size)
{
	free_object(element);
}
EXPORT_SYMBOL_KSPAN(kspan_mempool_free);

void kspan_get_stats(struct kspan_stats *stats)
{
	totals_read(NULL, stats);
}
EXPORT_SYMBOL_KSPAN(kspan_get_stats);

u64 kspan_trim(void)
{
	return scavenge_trim();
}
EXPORT_SYMBOL_KSPAN(kspan_trim);
