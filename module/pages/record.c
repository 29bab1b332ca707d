// SPDX-License-Identifier: GPL-2.0
/*
 * record: see record.h.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "pages/record.h"

static atomic_long_t record_bytes_held;		/* in the arrays of all spans */

/* An array that ends: a free of a foreign pointer may still look at it. */
struct ending {
	struct rcu_head rcu;
};

static_assert(sizeof(struct ending) <= sizeof(struct record));

static size_t array_bytes(const struct mspan *span)
{
	return mspan_nr_objs(span) * sizeof(struct record);
}

/* Where the caller must not sleep, the array may be missing: its objects are unknown then. */
static struct record *make_array(struct mspan *span, gfp_t gfp)
{
	struct record *new, *old;

	gfp &= GFP_KERNEL;
	spinning_begin_unless_blocking(gfp);
	new = slab_result(kzalloc(array_bytes(span), (gfp ?: GFP_NOWAIT) | __GFP_NOWARN));
	spinning_end_unless_blocking(gfp);
	if (!new)
		return NULL;
	old = cmpxchg(&span->records, NULL, new);
	if (old) {
		kfree(new);
		return old;
	}
	WRITE_ONCE(span->keeps, false);
	atomic_long_add(array_bytes(span), &record_bytes_held);
	return new;
}

/**
 * record_make() - the record of an object that is being allocated
 * @span: its span
 * @obj: the object
 * @gfp: the caller's flags
 *
 * Context: Any.
 * Return: the record, or NULL if there is no memory for it.
 */
struct record *record_make(struct mspan *span, const void *obj, gfp_t gfp)
{
	if (!READ_ONCE(span->records) && (!may_lock() || !make_array(span, gfp)))
		return NULL;
	return record_of(span, obj);
}

/* The span ends. */
void record_delete_all(struct mspan *span)
{
	struct ending *ending = (struct ending *)span->records;

	if (!ending)
		return;
	span->records = NULL;
	atomic_long_sub(array_bytes(span), &record_bytes_held);
	kfree_rcu(ending, rcu);
}

u64 record_metadata_bytes(void)
{
	return atomic_long_read(&record_bytes_held);
}
