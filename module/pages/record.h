/* SPDX-License-Identifier: GPL-2.0 */
/*
 * record: what a debug mode knows of an object. A span of a heap in debug mode gets an array of
 * records when the first of its objects is allocated. No locks.
 *
 * Only who allocates or frees an object changes its record: a free first takes the state from LIVE
 * by a cmpxchg, so of two frees one wins. A state is valid only if its period is that of the heap's
 * debug mode: what was allocated while the mode was off is unknown, and is freed unchecked.
 */
#ifndef _KSPAN_RECORD_H
#define _KSPAN_RECORD_H

#include "base/letters.h"
#include "pages/mspan.h"

/* record.state: a state, flags, and above them the period. */
enum record_state {
	RECORD_UNKNOWN,
	RECORD_LIVE,
	RECORD_WAITS,		/* for kspan_free_rcu()'s grace period */
	RECORD_HELD,		/* freed, in quarantine */
	RECORD_FREE,
};

#define RECORD_STATES	0x7U
#define RECORD_RED	BIT(3)	/* what is behind the requested size is filled */
#define RECORD_POISONED	BIT(4)	/* the freed object is filled */

/* struct owner's @debug: letters, and above them the period, which is never 0. */
#define DEBUG_PERIOD_SHIFT	16
#define DEBUG_PERIOD(debug)	((debug) & ~(BIT(DEBUG_PERIOD_SHIFT) - 1))

/**
 * struct record - what is known of an object
 * @alloc_stack: of its last allocation, for stacks_print(), or 0
 * @free_stack: of its last free, or 0
 * @slack: usable bytes behind the requested size
 * @state: see above; atomic
 */
struct record {
	u32 alloc_stack;
	u32 free_stack;
	u32 slack;
	u32 state;
};

struct record *record_make(struct mspan *span, const void *obj, gfp_t gfp);
void record_delete_all(struct mspan *span);
u64 record_metadata_bytes(void);

/* The record of an object by its index, or NULL if its span has none. */
static inline struct record *record_at(const struct mspan *span, unsigned int index)
{
	struct record *records = READ_ONCE(span->records);

	return records ? &records[index] : NULL;
}

static inline struct record *record_of(const struct mspan *span, const void *obj)
{
	return record_at(span, span->class == CLASS_LARGE ? 0 :
			 mspan_index(span, (unsigned long)obj));
}

/* State and flags, if they are of the period of @debug. The other fields are of the same object. */
static inline u32 record_state(const struct record *rec, u32 debug)
{
	u32 state = smp_load_acquire(&rec->state);	/* pairs with begin_object()'s release */

	return DEBUG_PERIOD(state) == DEBUG_PERIOD(debug) ? state : RECORD_UNKNOWN;
}

static inline bool record_is(u32 state, enum record_state wanted)
{
	return (state & RECORD_STATES) == wanted;
}

/* Usable bytes of an object; with slack. */
static inline size_t record_bytes(const struct mspan *span)
{
	return span->class == CLASS_LARGE ? mspan_bytes(span) : size_classes[span->class].size;
}

#endif /* _KSPAN_RECORD_H */
