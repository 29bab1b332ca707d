/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcentral_lists: which list of its mcentral a span is on. Only for mcentral_objects.c
 * and mcentral_spans.c, under the mcentral's lock.
 *
 * The number of free objects of a span determines its list; see partial_list() and file_span().
 * The fuller of the partial spans serve first, so that the others get empty and go back.
 */
#ifndef _KSPAN_MCENTRAL_LISTS_H
#define _KSPAN_MCENTRAL_LISTS_H

#include "central/mcentral.h"

/* The list of a span with both free and live objects, of which @nr_free are free. */
static inline struct list_head *partial_list(struct mcentral *central, unsigned int nr_free)
{
	return &central->partial[nr_free > size_classes[central->class].nr_objs / 2];
}

/* A span without live objects, or NULL: such spans come first on their list. */
static inline struct mspan *first_empty(struct mcentral *central)
{
	struct mspan *span = list_first_entry_or_null(&central->rest, struct mspan, list);

	return span && span->nr_free ? span : NULL;
}

static inline bool span_is_empty(const struct mspan *span)
{
	/* A span on the list of late frees must not end. */
	return span->nr_free == size_classes[span->class].nr_objs &&
	       !(atomic_long_read(&span->state) & MSPAN_LATE);
}

/* Tell mheap that there is an empty span. */
static inline void announce_idle(struct mcentral *central)
{
	if (!test_bit(0, &central->is_idle) && !test_and_set_bit(0, &central->is_idle))
		mheap_offer_idle(&central->idle);
}

/* Put a span on the list for its number of free objects; @was_free is the number before. */
static inline void file_span(struct mcentral *central, struct mspan *span, unsigned int was_free)
{
	lockdep_assert_held(&central->lock);
	if (span_is_empty(span)) {
		list_move(&span->list, &central->rest);
		announce_idle(central);
	} else if (!span->nr_free) {
		list_move_tail(&span->list, &central->rest);
	} else if (!was_free) {
		list_move_tail(&span->list, partial_list(central, span->nr_free));
	} else if (was_free == size_classes[span->class].nr_objs ||
		   partial_list(central, was_free) != partial_list(central, span->nr_free)) {
		list_move(&span->list, partial_list(central, span->nr_free));
	}
}

/* Prefer a partial span to an empty one: partial spans fill up, and empty ones can go back. */
static inline struct mspan *pick_span(struct mcentral *central)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(central->partial); i++)
		if (!list_empty(&central->partial[i]))
			return list_first_entry(&central->partial[i], struct mspan, list);
	return first_empty(central);
}

#endif /* _KSPAN_MCENTRAL_LISTS_H */
