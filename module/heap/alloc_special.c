// SPDX-License-Identifier: GPL-2.0
/*
 * alloc_special: the path of allocations that are zeroed, and that which counts them while the
 * profile is on. Words of flags lead to either. Takes no lock.
 */
#include "heap/alloc.h"
#include "heap/profile.h"

gfp_t alloc_special_flags __read_mostly = GFP_SPECIAL;
gfp_t alloc_unusual_flags __read_mostly = GFP_UNUSUAL;

/* As alloc_special(), for a size over HOT_BYTES. */
static noinline void *alloc_cold(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	unsigned int class;
	void *obj;

	if (size > KSPAN_MAX_SMALL)
		return alloc_other(size, gfp, heap);
	debug_might_alloc(gfp);
	class = size_to_class(size);
	obj = alloc_zeroed_at_hand(heap->alloc_mcaches, alloc_slots_zeroed[class], class);
	return likely(obj) ? obj : alloc_other(size, gfp, heap);
}

/* The end of an allocation that was counted. */
static __always_inline void *counted(void *obj, size_t size)
{
	return likely(profile_go_on(size)) ? obj : profile_sample(obj, size);
}

/* As alloc_cold(). */
static noinline void *alloc_cold_counted(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	unsigned int class = size_to_class(size);
	void *obj;

	obj = alloc_zeroed_at_hand(heap->alloc_mcaches, alloc_slots_zeroed[class], class);
	return likely(obj) ? counted(obj, size) : alloc_other(size, gfp, heap);
}

/* Take an object for alloc_unusual(), and zero it if need be: that is known to the compiler. */
static __always_inline void *take_counted(size_t size, gfp_t gfp, struct kspan_heap *heap,
					  unsigned long slot, unsigned int zeroed_bytes)
{
	void *obj;

	preempt_disable();
	obj = alloc_pop(this_cpu_read(*heap->alloc_mcaches), slot);
	preempt_enable();
	if (unlikely(!obj))
		return alloc_other(size, gfp, heap);
	if (zeroed_bytes)
		object_clear_by_stores(obj, zeroed_bytes);
	return counted(obj, size);
}

/* With a flag of alloc_unusual_flags: one of GFP_UNUSUAL, or any while the profile is on. */
static notrace noinline void *alloc_unusual(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	u32 hot;

	if (unlikely(gfp & GFP_UNUSUAL || size > KSPAN_MAX_SMALL))
		return alloc_other(size, gfp, heap);
	debug_might_alloc(gfp);
	if (!want_init_on_alloc(gfp))
		return take_counted(size, gfp, heap, size <= SIZE_CLASS_STEP8_MAX ?
				    alloc_slots[size] : alloc_slots_by_128[size_step128(size)], 0);
	if (size > HOT_BYTES)
		return alloc_cold_counted(size, gfp, heap);
	hot = alloc_hot_slots[size];
	return take_counted(size, gfp, heap, (u16)hot, hot >> 16);
}

/**
 * alloc_special() - allocate with a flag of alloc_special_flags: zeroed, if it has no other
 * @size: bytes
 * @gfp: allocation flags
 * @heap: the heap
 *
 * Return: as alloc_other().
 */
notrace noinline void *alloc_special(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	void *obj;
	u32 hot;

	if (unlikely(flags_in_word(gfp, &alloc_unusual_flags)))
		return alloc_unusual(size, gfp, heap);
	if (unlikely(size > HOT_BYTES))
		return alloc_cold(size, gfp, heap);
	debug_might_alloc(gfp);
	hot = alloc_hot_slots[size];
	preempt_disable();
	obj = alloc_pop(this_cpu_read(*heap->alloc_mcaches), (u16)hot);
	if (likely(obj)) {
		object_clear_by_stores(obj, hot >> 16);
		return alloc_done(obj);
	}
	preempt_enable();
	return alloc_other(size, gfp, heap);
}

/* Flags that keep an allocation off a shortest path. @zeroes: if init_on_alloc=1 lets it zero. */
gfp_t alloc_flags_special(bool zeroes)
{
	if (static_branch_unlikely(&profile_key) || (zeroes && want_init_on_alloc(0)))
		return ~(__force gfp_t)0;
	return GFP_SPECIAL;
}

/* The profile was switched on or off: whether all flags lead to where allocations are counted. */
void alloc_set_flags(void)
{
	gfp_t all = static_branch_unlikely(&profile_key) ? ~(__force gfp_t)0 : 0;

	WRITE_ONCE(alloc_unusual_flags, all | GFP_UNUSUAL);
	WRITE_ONCE(alloc_special_flags, alloc_flags_special(true));
}
