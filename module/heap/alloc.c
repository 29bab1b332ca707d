// SPDX-License-Identifier: GPL-2.0
/*
 * alloc: allocations and frees that the fast paths do not handle. Takes no lock itself.
 */
#include <linux/init.h>
#include "base/params.h"
#include "cpu/tiny.h"
#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/events.h"
#include "heap/guard.h"
#include "heap/large.h"
#include "heap/profile.h"
#include "pages/report.h"
#include "pages/samples.h"

#define NR_STEPS128	((KSPAN_MAX_SMALL - SIZE_CLASS_STEP8_MAX) / SIZE_CLASS_STEP128 + 1)

/*
 * A processor compares the low 12 bits of a load's address with those of earlier stores, and delays
 * the load if they are equal. Slots are 64 bytes apart, entries 2. The tables are aligned so that a
 * size's entry equals what was just stored to its slot in at most one of the 64 places in a page
 * where an mcache may begin.
 */
u16 alloc_slots[SIZE_CLASS_STEP8_MAX + 1] __ro_after_init __aligned(2048);
u16 alloc_slots_by_128[NR_STEPS128] __ro_after_init __aligned(2048);
u16 alloc_slots_of_class[NR_CLASSES] __ro_after_init;
u16 alloc_slots_zeroed[NR_CLASSES] __ro_after_init;

size_t alloc_least_unpacked __ro_after_init = 1;
u32 alloc_hot_slots[HOT_BYTES + 1] __ro_after_init;

/* Inlined, for the caller's caller: the exported functions jump where this is. */
static __always_inline bool flags_refused(const struct kspan_heap *heap, gfp_t gfp)
{
	gfp_t bad = gfp & gfp_unsupported(heap);

	if (likely(!bad))
		return false;
	report_bad_flags(bad, _RET_IP_);
	return true;
}

static noinline void *failed(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	report_failure(&heap->owner, size, gfp);
	return NULL;
}

/* Take an object from this CPU's mcache. */
static unsigned long take(struct kspan_heap *heap, unsigned int class, bool zeroed)
{
	unsigned long obj = 0;
	struct mcache *mc;

	preempt_disable();
	mc = *this_cpu_ptr(heap->owner.mcaches);
	if (mcache_enter(mc)) {
		obj = mcache_take(mcache_slot(mc, class), class, zeroed);
		mcache_exit(mc);
	}
	preempt_enable();
	return obj;
}

/* A guarded object in place of one of a class, or NULL. This CPU has its fast path again. */
static noinline void *guarded(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp)
{
	mcache_end_sample(heap_here(heap));
	return guard_alloc(heap, size, size_class_align(class), gfp);
}

static __always_inline void *alloc_in_class(struct kspan_heap *heap, unsigned int class,
					    size_t size, gfp_t gfp)
{
	bool zeroed = want_init_on_alloc(gfp);
	unsigned long obj;
	void *p;

	debug_might_alloc(gfp);
	obj = !OBJECT_HOOKS || may_lock() ? take(heap, class, zeroed) : 0;
	if (unlikely(!obj)) {
		p = guard_is_due() ? guarded(heap, class, size, gfp) : NULL;
		if (p)
			return p;
		if (owner_debug(&heap->owner))	/* it has no mcache */
			return debug_alloc(heap, class, size, gfp);
		obj = mcache_alloc_slow(heap, class, gfp);
	}
	if (unlikely(!obj))
		return NULL;
	if (owner_debug(&heap->owner))
		debug_note(obj);
	if (heap->owner.ctor)
		obj |= OBJ_FRESH;	/* do not zero a constructed object */
	return object_alloc(obj, size_classes[class].size, size, gfp);
}

/**
 * alloc_try_class() - allocate from a class, with zeroing, hooks and a debug mode as needed
 * @heap: the heap
 * @class: size class
 * @size: requested bytes
 * @gfp: allocation flags; the caller has refused GFP_UNSUPPORTED
 *
 * Return: the object, or NULL. A failure is not reported.
 */
void *alloc_try_class(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp)
{
	void *p = alloc_in_class(heap, class, size, gfp);

	if (p)
		profile_note(p, size);
	if (trace_alloc_enabled() && p)
		event_alloc(p, size, gfp);
	return p;
}

/* The same, but report a failure. */
void *alloc_from_class(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp)
{
	if (flags_refused(heap, gfp))
		return NULL;
	return alloc_try_class(heap, class, size, gfp) ?: failed(heap, size, gfp);
}

static void *alloc_tiny(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	void *p;

	if (flags_refused(heap, gfp))
		return NULL;
	debug_might_alloc(gfp);
	p = tiny_alloc(heap, size, gfp);
	if (unlikely(!p))
		return failed(heap, size, gfp);
	if (want_init_on_alloc(gfp))
		memset(p, 0, round_up(size, 2));
	profile_note(p, size);
	if (trace_alloc_enabled())
		event_alloc(p, size, gfp);
	return p;
}

/**
 * alloc_large() - allocate an object with a span of its own
 * @heap: the heap
 * @size: bytes
 * @align: bytes, a power of two, at least a page
 * @gfp: allocation flags
 *
 * Return: the object, or NULL.
 */
void *alloc_large(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
{
	void *p;

	if (flags_refused(heap, gfp))
		return NULL;
	might_alloc(gfp);
	p = guard_is_due() ? guard_alloc(heap, size, align, gfp) : NULL;
	if (!p && owner_debug(&heap->owner))
		p = debug_alloc_large(heap, size, align, gfp);
	else if (!p)
		p = large_alloc(heap, size, align, gfp);
	if (!p)
		return failed(heap, size, gfp);
	profile_note(p, size);
	if (trace_alloc_enabled())
		event_alloc(p, size, gfp);
	if (trace_large_alloc_enabled())
		event_large_alloc(p, size, gfp);
	return p;
}

static __always_inline void *alloc_any(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	if (unlikely(heap->is_pool)) {
		report_pool_heap(&heap->owner, _RET_IP_);
		return NULL;
	}
	if (size_is_tiny(size) && !heap->no_tiny)
		return alloc_tiny(heap, size, gfp);
	if (size > KSPAN_MAX_SMALL)
		return size_is_power_class(size) ?
		       alloc_from_class(heap, size_to_power_class(size), size, gfp) :
		       alloc_large(heap, size, large_align(size), gfp);
	return alloc_from_class(heap, size_to_class(size), size, gfp);
}

/**
 * alloc_is_on_node() - whether an object is on the memory node of a part of a heap
 * @set: the part that it was allocated from, which may have got memory of another node
 * @p: the object
 *
 * Return: true also if the heap has no parts.
 */
bool alloc_is_on_node(const struct kspan_heap *set, const void *p)
{
	struct page *page = is_vmalloc_addr(p) ? vmalloc_to_page(p) : virt_to_page(p);

	return place_has(set->owner.place, page_to_nid(page));
}

/*
 * A large object without a class from what this CPU keeps, or NULL. A heap in a debug mode and a
 * pool have no mcache here, nor has a CPU of which an allocation is to be guarded.
 */
static __always_inline void *alloc_kept(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	void *p;

	if (OBJECT_HOOKS || trace_alloc_enabled() || trace_large_alloc_enabled() ||
	    gfp & gfp_unsupported(heap) || is_power_of_2(size))
		return NULL;
	debug_might_alloc(gfp);
	p = (void *)large_take_kept(heap->alloc_mcaches, BYTES_TO_PAGES(size), KSPAN_PAGE_SIZE);
	if (p && want_init_on_alloc(gfp))
		memset(p, 0, BYTES_TO_PAGES(size) << KSPAN_PAGE_SHIFT);
	if (p)
		profile_note(p, size);
	return p;
}

/* With __GFP_THISNODE. Where the part has objects of other nodes, it gets pages of its own. */
static void *alloc_on_this_node(size_t size, gfp_t gfp, struct kspan_heap *set)
{
	void *p = alloc_any(size, gfp, set);

	if (ZERO_OR_NULL_PTR(p) || alloc_is_on_node(set, p))
		return p;
	free_other(p);
	return alloc_large(set, size, max(large_align(size), KSPAN_PAGE_SIZE), gfp);
}

/**
 * alloc_other() - allocate when the fast path cannot
 * @size: bytes
 * @gfp: allocation flags
 * @heap: the heap; last, so that the fast path keeps the other arguments in their registers
 *
 * Return: the object, ZERO_SIZE_PTR, or NULL.
 */
noinline void *alloc_other(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	void *p;

	if (!size)
		return ZERO_SIZE_PTR;
	if (unlikely(gfp & __GFP_THISNODE))
		return alloc_on_this_node(size, gfp, heap_here(heap));
	if (size > KSPAN_MAX_SMALL) {
		p = alloc_kept(size, gfp, heap);
		if (likely(p))
			return p;
	}
	return alloc_any(size, gfp, heap);
}

/**
 * alloc_odd_large() - allocate when no class has the size, and no flag is special
 * @size: bytes over KSPAN_MAX_SMALL
 * @gfp: allocation flags
 * @heap: the heap
 * @mc: its mcache of this CPU
 *
 * Context: Preemption is off, and is on again behind it.
 * Return: as alloc_other().
 */
notrace noinline void *alloc_odd_large(size_t size, gfp_t gfp, struct kspan_heap *heap,
				       struct mcache *mc)
{
	struct mspan *span;

	/* A larger one may have to be aligned. */
	if (!OBJECT_HOOKS && size < KSPAN_MAX_ALIGN && likely(mcache_enter(mc))) {
		if (likely(kept_take(mcache_kept(mc), BYTES_TO_PAGES(size), KSPAN_PAGE_SIZE,
				     &span))) {
			mcache_exit(mc);
			return alloc_done((void *)span->base);
		}
		mcache_exit(mc);
	}
	preempt_enable();
	return alloc_other(size, gfp, heap);
}

/* Do the work of the fast path and all that it leaves out. @obj is the start of an object. */
static void free_in_class(struct mspan *span, void *obj, unsigned long caller)
{
	/* Call may_lock() first: on PREEMPT_RT it returns false while preemption is off. */
	bool at_hand = !OBJECT_HOOKS || may_lock(), done = false, twice = false;
	struct mcache_slot *slot;
	struct mcache *mc;

	if (owner_debug(span->owner)) {
		if (debug_take(span, obj, caller))
			debug_end(span, obj);
		return;
	}
	object_free(obj, size_classes[span->class].size, owner_zeroes_freed(span->owner));
	preempt_disable();
	mc = *this_cpu_ptr(span->mcaches);
	if (at_hand && mcache_enter(mc)) {
		slot = mcache_slot_at(mc, span->slot);
		twice = slot->top[-1] == obj;
		if (!twice && slot->top != slot->end) {
			*slot->top++ = obj;
			slot->frees++;
			done = true;
		}
		mcache_exit(mc);
	}
	preempt_enable();
	if (twice)
		report_double_free(obj, span->class, caller);
	else if (!done)
		mcache_free_slow(span, obj);
}

static __always_inline void free_any(const void *p, unsigned long caller)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span;

	if (ZERO_OR_NULL_PTR(p))
		return;
	span = pagemap_find(addr);
	samples_freed(span, p);
	if (trace_free_enabled())
		event_free(p, caller);
	if (!mspan_covers(span, addr)) {
		if (!guard_free(p, caller))
			report_foreign(p, caller);
	} else if (span->class == CLASS_LARGE) {
		large_free(span, p, caller);
	} else if (span->class == CLASS_TINY) {
		tiny_free(span, p, caller);
	} else if (!mspan_begins_at(span, addr)) {
		report_inside(p, span, caller);
	} else {
		free_in_class(span, (void *)p, caller);
	}
}

static noinline void free_other_from(const void *p, unsigned long caller)
{
	free_any(p, caller);
}

/**
 * free_other() - free when the fast path cannot
 * @p: the caller's pointer
 *
 * The exported functions end in a tail call of this function, so its return address is in their
 * caller.
 */
noinline void free_other(const void *p)
{
	free_any(p, _RET_IP_);
}

/**
 * free_odd() - free what is not an object of a class, as far as its span tells
 * @p: the caller's pointer
 * @span: its span, or a span that is none
 *
 * The span of a large object is what this CPU keeps of it. A heap in debug mode has no mcache that
 * could, nor has any heap while a tracer looks on.
 *
 * Context: Preemption is off, and is on again behind it. As for free_other().
 */
notrace noinline void free_odd(const void *p, struct mspan *span)
{
	struct mcache *mc;

	if (!OBJECT_HOOKS && !want_init_on_free() &&
	    likely(span->keeps && span->base == (unsigned long)p)) {
		mc = this_cpu_read(*span->mcaches);
		if (likely(mcache_enter(mc))) {
			if (likely(kept_put_live(mcache_kept(mc), span))) {
				mcache_exit(mc);
				preempt_enable();
				return;
			}
			mcache_exit(mc);
		}
	}
	preempt_enable();
	if (!ZERO_OR_NULL_PTR(p))
		free_other_from(p, _RET_IP_);
}

/**
 * free_found() - free_for() where the span is known
 * @p: the pointer
 * @span: the span that covers it
 * @caller: for a report
 */
void free_found(const void *p, struct mspan *span, unsigned long caller)
{
	bool done = false;

	preempt_disable();
	if (likely(is_plain_object(span, (unsigned long)p)))
		done = free_plain(p, span, this_cpu_read(default_mcache), &default_mcache, false);
	preempt_enable();
	if (!done)
		free_any(p, caller);
}

/**
 * free_for() - free on behalf of a caller who is not on the stack
 * @p: the pointer
 * @caller: for a report
 */
void free_for(const void *p, unsigned long caller)
{
	if (!free_at_hand(p, &default_mcache, false))
		free_any(p, caller);
}

static unsigned int __init fast_slot(unsigned int class, bool zeroes)
{
	bool slow = OBJECT_HOOKS || (!zeroes && want_init_on_alloc(0));

	return mspan_slot_offset(slow ? CLASS_LARGE : class);
}

/* Runs before the first allocation. */
void __init alloc_init(void)
{
	unsigned int size, class;

	for (size = 0; size <= SIZE_CLASS_STEP8_MAX; size++) {
		class = size && !size_is_tiny(size) ? size_to_class(size) : CLASS_LARGE;
		alloc_slots[size] = fast_slot(class, false);
	}
	for (; size <= KSPAN_MAX_SMALL; size += SIZE_CLASS_STEP128) {
		class = size_to_class(size);
		alloc_slots_by_128[size_step128(size)] = fast_slot(class, false);
	}
	for (class = 1; class < NR_CLASSES; class++) {
		alloc_slots_of_class[class] = fast_slot(class, false);
		alloc_slots_zeroed[class] = fast_slot(class, true);
	}
	if (param_tiny())
		alloc_least_unpacked = KSPAN_TINY_SIZE;
	for (size = 0; size <= HOT_BYTES; size++) {
		class = size < alloc_least_unpacked ? CLASS_LARGE : size_to_class(size);
		alloc_hot_slots[size] = fast_slot(class, true) | size_classes[class].size << 16;
	}
}
