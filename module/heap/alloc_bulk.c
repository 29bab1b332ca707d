// SPDX-License-Identifier: GPL-2.0
/*
 * alloc_bulk: the fast paths for many objects at once. Takes no lock.
 */
#include "heap/alloc.h"
#include "pages/object.h"

/* Take up to @n objects from this CPU's magazine. Return: the number taken. */
unsigned int alloc_many_at_hand(struct mcache * __percpu *mcaches, unsigned long offset,
				unsigned int n, void **objs)
{
	struct mcache_slot *slot;
	struct mcache *mc;

	preempt_disable();
	mc = this_cpu_read(*mcaches);
	if (mcache_enter(mc)) {
		slot = mcache_slot_at(mc, offset);
		n = min(n, slot_len(slot));
		slot->top -= n;
		memcpy(objs, slot->top, n * sizeof(*objs));
		mcache_exit(mc);
	} else {
		n = 0;
	}
	preempt_enable();
	return n;
}

/* The same, zeroed, unless zeroing takes longer than to look for objects that hold zeros. */
unsigned int alloc_many_zeroed(struct mcache * __percpu *mcaches, unsigned long offset,
			       unsigned int class, unsigned int n, void **objs)
{
	unsigned int i, bytes = size_classes[class].size;

	if (bytes > HOT_BYTES)
		return 0;
	n = alloc_many_at_hand(mcaches, offset, n, objs);
	for (i = 0; i < n; i++)
		object_clear(objs[i], bytes);
	return n;
}

/**
 * alloc_bulk_at_hand() - allocate as many objects as this CPU's magazine has
 * @heap: the heap
 * @size: bytes of each
 * @gfp: allocation flags
 * @n: the most to allocate
 * @objs: filled in
 *
 * Return: the number allocated; 0 if the objects need more work than the fast path does.
 */
unsigned int alloc_bulk_at_hand(struct kspan_heap *heap, size_t size, gfp_t gfp, unsigned int n,
				void **objs)
{
	unsigned int class;

	if (flags_in_word(gfp, &alloc_unusual_flags) || size < alloc_least_unpacked ||
	    size > KSPAN_MAX_SMALL)
		return 0;
	class = size_to_class(size);
	if (flags_in_word(gfp, &alloc_special_flags))
		return alloc_many_zeroed(heap->alloc_mcaches, alloc_slots_zeroed[class], class, n,
					 objs);
	return alloc_many_at_hand(heap->alloc_mcaches, alloc_slots_of_class[class], n, objs);
}

/* Push objects as long as they are of @first's class and heap. Return: the number pushed. */
static unsigned int push_class(const struct mspan *first, struct mcache_slot *slot,
			       void *const *objs, unsigned int n)
{
	struct mcache * __percpu *mcaches = first->mcaches;
	void *const *obj = objs, *const *last = objs + n;
	void **top = slot->top, **end = slot->end;
	u16 offset = first->slot;
	struct mspan *span;

	for (; obj != last; obj++) {
		if (!pagemap_lookup_home((unsigned long)*obj, &span) ||
		    span->slot != offset || span->mcaches != mcaches ||
		    !is_plain_object(span, (unsigned long)*obj) ||
		    top == end || top[-1] == *obj)
			break;
		*top++ = (void *)*obj;
	}
	slot->top = top;
	slot->frees += obj - objs;
	return obj - objs;
}

/**
 * free_bulk_fast() - free leading objects of one class on the fast path
 * @objs: their addresses
 * @n: the number of objects
 *
 * It stops at the first object that is of another class or that the fast path cannot free.
 *
 * Return: the number of objects freed.
 */
unsigned int free_bulk_fast(void *const *objs, unsigned int n)
{
	unsigned int done = 0;
	struct mspan *span;
	struct mcache *mc;

	preempt_disable();
	if (pagemap_lookup_home((unsigned long)objs[0], &span) && span->limit) {
		mc = *this_cpu_ptr(span->mcaches);
		if (mcache_enter(mc)) {
			done = push_class(span, mcache_slot_at(mc, span->slot), objs, n);
			mcache_exit(mc);
		}
	}
	preempt_enable();
	return done;
}
