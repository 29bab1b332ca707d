// SPDX-License-Identifier: GPL-2.0
/*
 * bounds: see bounds.h. No locks, so a freed object that waits in another CPU's cache counts as
 * live.
 */
#include "cpu/mcache.h"
#include "cpu/tiny.h"
#include "heap/bounds.h"
#include "heap/debug.h"
#include "heap/guard.h"
#include "pages/pagemap.h"

/* The packed object that contains an address begins there or at a unit before it in its block. */
static void find_tiny(struct mspan *span, unsigned long addr, struct bounds *b)
{
	unsigned long first = round_down(addr, TINY_BLOCK), at = round_down(addr, TINY_UNIT);
	size_t bytes;

	for (;; at -= TINY_UNIT) {
		bytes = tiny_size(span, (void *)at);
		if (addr - at < bytes)
			*b = (struct bounds) { at, bytes };
		if (bytes || at == first)
			return;
	}
}

/**
 * bounds_is_freed() - whether an object of a class is known to be free
 * @span: its span
 * @index: the object
 *
 * Its span knows it, or this CPU freed it a moment ago.
 *
 * Context: Any.
 */
bool bounds_is_freed(const struct mspan *span, unsigned int index)
{
	return test_bit(index, span->bits) ||
	       mcache_has_freed(span, (void *)mspan_object(span, index));
}

static void find_in_span(struct mspan *span, unsigned long addr, struct bounds *b)
{
	unsigned int index;

	if (span->class == CLASS_TINY) {
		find_tiny(span, addr, b);
	} else if (span->class == CLASS_LARGE) {
		if (!(atomic_long_read(&span->state) & MSPAN_FREED))
			*b = (struct bounds) { span->base, mspan_bytes(span) };
	} else {
		index = mspan_index(span, addr);
		if (index < size_classes[span->class].nr_objs && !bounds_is_freed(span, index))
			*b = (struct bounds) { mspan_object(span, index),
					       size_classes[span->class].size };
	}
}

/**
 * bounds_find() - find the object that contains an address
 * @addr: any value
 * @b: filled in. All of a region's block is one object
 *
 * Context: Any.
 * Return: false if the address is not kspan's.
 */
bool bounds_find(unsigned long addr, struct bounds *b)
{
	struct mspan *span;

	preempt_disable();	/* the span's description stays as long */
	span = pagemap_lookup(addr);
	*b = (struct bounds) { addr, 0 };
	if (mspan_covers(span, addr))
		find_in_span(span, addr, b);
	/* What lies behind the requested size is a red zone. */
	if (b->bytes && owner_debug(span->owner) && span->class != CLASS_TINY)
		b->bytes = debug_size(span, (void *)b->start);
	preempt_enable();
	if (span != &no_span)
		return true;
	if (guard_owns(addr))
		b->start = guard_object(addr, &b->bytes) ?: addr;
	return guard_owns(addr);
}
