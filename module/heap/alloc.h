/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alloc: the fast paths for any heap, and the functions they fall back to. The exported functions
 * are built from these.
 */
#ifndef _KSPAN_ALLOC_H
#define _KSPAN_ALLOC_H

#include "cpu/mcache.h"
#include "pages/object.h"
#include "pages/pagemap.h"

/*
 * Flags that keep an allocation off the shortest path: those kspan cannot honour, zeroing, a node.
 */
#define GFP_UNSUPPORTED	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_COMP | __GFP_MOVABLE)
#define GFP_UNUSUAL	(GFP_UNSUPPORTED | __GFP_THISNODE)
#define GFP_SPECIAL	(GFP_UNUSUAL | __GFP_ZERO)

/* Those that a heap cannot honour: its own zone it can. */
static __always_inline gfp_t gfp_unsupported(const struct kspan_heap *heap)
{
	return GFP_UNSUPPORTED & ~backing_zone(heap->owner.place.backing);
}

void *alloc_other(size_t size, gfp_t gfp, struct kspan_heap *heap);
void *alloc_odd_large(size_t size, gfp_t gfp, struct kspan_heap *heap, struct mcache *mc);
void *alloc_special(size_t size, gfp_t gfp, struct kspan_heap *heap);
void *alloc_try_class(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp);
void *alloc_from_class(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp);
void *alloc_large(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
bool alloc_is_on_node(const struct kspan_heap *set, const void *p);
void free_other(const void *p);
void free_odd(const void *p, struct mspan *span);
void free_for(const void *p, unsigned long caller);
void free_found(const void *p, struct mspan *span, unsigned long caller);
unsigned int alloc_bulk_at_hand(struct kspan_heap *heap, size_t size, gfp_t gfp, unsigned int n,
				void **objs);
unsigned int alloc_many_at_hand(struct mcache *__percpu *mcaches, unsigned long offset,
				unsigned int n, void **objs);
unsigned int alloc_many_zeroed(struct mcache *__percpu *mcaches, unsigned long offset,
			       unsigned int class, unsigned int n, void **objs);
unsigned int free_bulk_fast(void *const *objs, unsigned int n);

extern size_t alloc_least_unpacked;	/* bytes; less is packed; constant once kspan is loaded */

/*
 * Flags that lead past the shortest path, GFP_SPECIAL, or all flags if the kernel was booted with
 * init_on_alloc=1; and past the one that zeroes, GFP_UNUSUAL. While the profile is on, both are all
 * flags.
 */
extern gfp_t alloc_special_flags, alloc_unusual_flags;

/* By size: in the low half as alloc_slots_zeroed, in the high half the bytes of the object. */
extern u32 alloc_hot_slots[];

/*
 * The slot that the shortest path uses, as mspan_slot_offset() of the class: for each size up to
 * SIZE_CLASS_STEP8_MAX, for each step of SIZE_CLASS_STEP128 above, and for each class. If the
 * path must not serve an entry, the entry has the slot that is always empty. The last table is for
 * the path that zeroes.
 */
extern u16 alloc_slots[], alloc_slots_by_128[], alloc_slots_of_class[], alloc_slots_zeroed[];
void alloc_init(void);
void alloc_set_flags(void);
gfp_t alloc_flags_special(bool zeroes);

/* Take an object from the slot at @offset of this CPU's mcache @mc. Preemption is off. */
static __always_inline void *alloc_pop(struct mcache *mc, unsigned long offset)
{
	void *obj;

	if (unlikely(!mcache_enter(mc)))
		return NULL;
	obj = mcache_slot_at(mc, offset)->top[-1];
	if (likely(obj))
		mcache_slot_again(mc, &offset)->top--;
	mcache_exit(mc);
	return obj;
}

/**
 * alloc_at_hand() - take an object from this CPU's magazine
 * @mcaches: a heap's mcaches
 * @offset: the slot's offset in an mcache
 *
 * Return: the object, or NULL.
 */
static __always_inline void *alloc_at_hand(struct mcache * __percpu *mcaches, unsigned long offset)
{
	void *obj;

	preempt_disable();
	obj = alloc_pop(this_cpu_read(*mcaches), offset);
	preempt_enable();
	return obj;
}

/* Finish an allocation from a magazine. */
static __always_inline void *alloc_done(void *obj)
{
	preempt_enable();
	OPTIMIZER_HIDE_VAR(obj);	/* keeps it in the return register */
	return obj;
}

/**
 * alloc_zeroed_at_hand() - take an object from this CPU's magazine and zero it
 * @mcaches: a heap's mcaches
 * @offset: the slot's offset in an mcache
 * @class: its class
 *
 * Where zeroing takes longer than mcache_take(), that looks for an object that holds zeros.
 *
 * Return: the object, or NULL.
 */
static __always_inline void *alloc_zeroed_at_hand(struct mcache * __percpu *mcaches,
						  unsigned long offset, unsigned int class)
{
	unsigned int bytes = size_classes[class].size;
	struct mcache *mc;
	void *obj = NULL;

	preempt_disable();
	mc = this_cpu_read(*mcaches);
	if (likely(bytes <= HOT_BYTES || mcache_has_no_claim(mc, offset)))
		obj = alloc_pop(mc, offset);
	preempt_enable();
	if (likely(obj))
		object_clear(obj, bytes);
	return obj;
}

/**
 * alloc_of_class() - allocate an object of a known class
 * @heap: the heap
 * @mcaches: heap->alloc_mcaches, possibly a constant to the compiler
 * @class: size class
 * @size: requested bytes
 * @gfp: allocation flags
 *
 * Return: the object, or NULL.
 */
static __always_inline void *alloc_of_class(struct kspan_heap *heap,
					    struct mcache * __percpu *mcaches, unsigned long class,
					    size_t size, gfp_t gfp)
{
	void *obj;

	if (unlikely(flags_in_word(gfp, &alloc_special_flags)))
		return alloc_special(size, gfp, heap);
	debug_might_alloc(gfp);
	preempt_disable();
	obj = alloc_pop(this_cpu_read(*mcaches), alloc_slots_of_class[class]);
	if (likely(obj))
		return alloc_done(obj);
	preempt_enable();
	return alloc_other(size, gfp, heap);
}

/**
 * alloc_object() - allocate an object of any size
 * @heap: the heap
 * @mcaches: heap->alloc_mcaches, possibly a constant to the compiler
 * @size: requested bytes
 * @gfp: allocation flags
 *
 * The mcache is looked up first: if the lookup is a function call, few values are live across it.
 * Each branch ends with its own copy of the exit, which saves a jump.
 *
 * Return: the object, ZERO_SIZE_PTR, or NULL.
 */
static __always_inline void *alloc_object(struct kspan_heap *heap,
					  struct mcache * __percpu *mcaches, size_t size,
					  gfp_t gfp)
{
	struct mcache *mc;
	void *obj;

	if (unlikely(flags_in_word(gfp, &alloc_special_flags)))
		return alloc_special(size, gfp, heap);
	debug_might_alloc(gfp);
	preempt_disable();
	mc = this_cpu_read(*mcaches);
	if (likely(size <= SIZE_CLASS_STEP8_MAX)) {
		obj = alloc_pop(mc, alloc_slots[size]);
		if (likely(obj))
			return alloc_done(obj);
	} else if (likely(size <= KSPAN_MAX_SMALL)) {
		obj = alloc_pop(mc, alloc_slots_by_128[size_step128(size)]);
		if (likely(obj))
			return alloc_done(obj);
	} else if (size_is_power_class(size)) {
		obj = alloc_pop(mc, alloc_slots_of_class[size_to_power_class(size)]);
		if (likely(obj))
			return alloc_done(obj);
	} else {
		return alloc_odd_large(size, gfp, heap, mc);
	}
	preempt_enable();
	return alloc_other(size, gfp, heap);
}

/* Whether an object that the fast path can free begins at @addr. */
static __always_inline bool is_plain_object(const struct mspan *span, unsigned long addr)
{
	/* The fractional part of the object's index; see fraction_limit(). */
	u32 fraction = (u32)(addr - data_race(span->base)) * data_race(span->magic);

	return fraction < data_race(span->limit);	/* either way of it is right: samples.h */
}

/* Put an object into the slot at @offset of this CPU's mcache @mc. Preemption is off. */
static __always_inline bool free_push(struct mcache *mc, unsigned long offset, const void *p)
{
	void **top;

	if (unlikely(!mcache_enter(mc)))
		return false;
	top = mcache_slot_at(mc, offset)->top;
	if (unlikely(top == mcache_slot_again(mc, &offset)->end || top[-1] == p)) {
		mcache_exit(mc);
		return false;
	}
	*top = (void *)p;
	mcache_slot_again(mc, &offset)->top++;
	mcache_slot_again(mc, &offset)->frees++;
	mcache_exit(mc);
	return true;
}

/* Put a plain object into this CPU's @mc, of @mcaches, or into that of its own heap. */
static __always_inline bool free_plain(const void *p, struct mspan *span, struct mcache *mc,
				       struct mcache * __percpu *mcaches, bool only)
{
	if (span->mcaches != mcaches) {
		if (only)
			return false;
		/* READ_ONCE(): a bad free may race with a reuse of the span */
		mc = this_cpu_read(*READ_ONCE(span->mcaches));
	}
	return free_push(mc, span->slot, p);
}

/**
 * free_at_hand() - free an object into this CPU's mcache
 * @p: the caller's pointer
 * @mcaches: the mcaches of the heap that @p most likely belongs to
 * @only: fail if @p belongs to another heap
 *
 * The mcache is looked up at once, as if @p belonged to that heap. Taking it from the object's span
 * would need two more loads, and the next allocation waits for what this free stores.
 *
 * Return: false if the fast path cannot free @p; then nothing was changed.
 */
static __always_inline bool free_at_hand(const void *p, struct mcache * __percpu *mcaches,
					 bool only)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span;
	struct mcache *mc;
	bool done = false;

	preempt_disable();
	mc = this_cpu_read(*mcaches);
	if (likely(pagemap_lookup_home(addr, &span) && is_plain_object(span, addr)))
		done = free_plain(p, span, mc, mcaches, only);
	preempt_enable();
	return done;
}

/* Free the caller's pointer: as free_at_hand(), or by the function for what that cannot free. */
static __always_inline void free_object(const void *p)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span;
	struct mcache *mc;
	bool done = false;

	preempt_disable();
	mc = this_cpu_read(default_mcache);
	if (likely(pagemap_lookup_home(addr, &span))) {
		if (unlikely(!is_plain_object(span, addr))) {
			free_odd(p, span);
			return;
		}
		done = free_plain(p, span, mc, &default_mcache, false);
	}
	preempt_enable();
	if (unlikely(!done))
		free_other(p);
}

#endif /* _KSPAN_ALLOC_H */
