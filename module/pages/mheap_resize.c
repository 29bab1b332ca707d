// SPDX-License-Identifier: GPL-2.0
/*
 * mheap_resize: large spans get fewer or more pages while their object is live. Under mheap.lock.
 */
#include "pages/mheap.h"
#include "pages/pagemap.h"

/**
 * mheap_can_shrink() - whether the last pages of a large span can be given back without the others
 * @span: its object is live
 *
 * Context: Process context.
 * Return: false if it has an area of its own, which goes as a whole. That does not change while the
 *	object is live.
 */
bool mheap_can_shrink(const struct mspan *span)
{
	bool shared;

	mutex_lock(&mheap.lock);
	shared = !arenas_find(span->base)->arena->own;
	mutex_unlock(&mheap.lock);
	return shared;
}

/**
 * mheap_shrink_span() - give back the last pages of a large span
 * @span: mheap_can_shrink() is true. Its object is live, and nobody frees it or changes its size
 *	meanwhile
 * @npages: pages that stay, fewer than it has
 *
 * Others may look up any pointer meanwhile. One into the last pages is wrong: it is found to point
 * inside the object, or at no object, or into a span that gets the pages next. For all other
 * pointers the old and the new value of @span->npages, and the order in which it and the pagemap
 * change, make no difference.
 *
 * Context: Process context.
 */
void mheap_shrink_span(struct mspan *span, unsigned long npages)
{
	unsigned long end = span->base + (npages << KSPAN_PAGE_SHIFT);
	unsigned long freed = span->npages - npages;

	mutex_lock(&mheap.lock);
	WRITE_ONCE(span->npages, npages);
	pagemap_set(end, freed, &ended_span);
	arenas_give(end, freed);
	mheap_count_pages(-(long)freed);
	owner_release(span->owner, freed);
	mutex_unlock(&mheap.lock);
}

/**
 * mheap_grow_span() - give a large span the free pages behind it
 * @span: its object is live, and nobody frees it or changes its size meanwhile
 * @npages: pages that it gets to have, more than it has
 *
 * As for mheap_shrink_span(), others may look up any pointer meanwhile.
 *
 * Context: Process context.
 * Return: false if these pages are not free, or that would exceed the owner's limit.
 */
bool mheap_grow_span(struct mspan *span, unsigned long npages)
{
	unsigned long end = span->base + mspan_bytes(span), more = npages - span->npages;
	bool taken;

	if (!owner_charge(span->owner, more))
		return false;
	mutex_lock(&mheap.lock);
	taken = arenas_take_behind(end, more);
	if (taken) {
		WRITE_ONCE(span->npages, npages);
		pagemap_set(end, more, span);
		mheap_count_pages(more);
		owner_hold(span->owner, more);
	}
	mutex_unlock(&mheap.lock);
	if (!taken)
		owner_uncharge(span->owner, more);
	return taken;
}
