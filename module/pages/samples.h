/* SPDX-License-Identifier: GPL-2.0 */
/*
 * samples: live objects that the allocation profile sampled, and for each call stack an estimate of
 * all that it allocated and of what of it is live. No locks but samples_lock, which guards the mark
 * of a span.
 *
 * A span with a sampled object is marked: the fast paths of a free leave its objects alone, so that
 * a free of the sampled one is noticed. The others of the span take the slow path, too, and are
 * looked for here in vain. With a sample every 512 KB that is one span in 64 at the most.
 */
#ifndef _KSPAN_SAMPLES_H
#define _KSPAN_SAMPLES_H

#include <linux/jump_label.h>
#include "pages/mspan.h"

/* Objects are counted in parts: a large one stands for little more than itself. */
#define SAMPLES_UNIT_SHIFT	10

/**
 * struct sample_sums - estimates for a call stack
 * @live_objects: objects that are live
 * @live_bytes: their bytes
 * @objects: objects ever allocated
 * @bytes: their bytes
 */
struct sample_sums {
	u64 live_objects;
	u64 live_bytes;
	u64 objects;
	u64 bytes;
};

DECLARE_STATIC_KEY_FALSE(samples_key);	/* set once there is memory for samples */

int samples_start(void);
void samples_exit(void);
u64 samples_metadata_bytes(void);
unsigned long samples_nr(void);
unsigned long samples_lost(void);

void samples_add(struct mspan *span, const void *obj, u64 units, u64 bytes);
void samples_take_off(struct mspan *span, const void *obj);
void samples_forget(bool (*of)(const struct mspan *span, const void *arg), const void *arg);
bool samples_sums(u32 stack, struct sample_sums *sums);

/* An object is about to be freed. @span: where it is looked for, which may be none. */
static __always_inline void samples_freed(struct mspan *span, const void *obj)
{
	if (static_branch_unlikely(&samples_key) && unlikely(peek(span->nr_sampled)))
		samples_take_off(span, obj);
}

#endif /* _KSPAN_SAMPLES_H */
