/* SPDX-License-Identifier: GPL-2.0 */
/*
 * track: with track=1, who allocated each live object. Beside the layers; a word an object, in an
 * array beside the span, written by whoever owns the object.
 *
 * With track=1 no allocation or free takes the fast path: the tables that lead to it are filled
 * otherwise. With track=0 nothing is left of it but static branches off the fast path.
 */
#ifndef _KSPAN_TRACK_H
#define _KSPAN_TRACK_H

#include <linux/jump_label.h>
#include <linux/seq_file.h>
#include "mspan.h"

DECLARE_STATIC_KEY_FALSE(track_on);

static inline bool tracking(void)
{
	return static_branch_unlikely(&track_on);
}

void track_alloc_slow(void *obj);
void track_free_slow(struct mspan *span, const void *obj);

static inline void *track_alloc(void *obj)
{
	if (tracking() && obj)
		track_alloc_slow(obj);
	return obj;
}

static inline void track_free(struct mspan *span, const void *obj)
{
	if (tracking())
		track_free_slow(span, obj);
}

void track_reset(struct mspan *span);
bool track_span_new(struct mspan *span, gfp_t gfp);
void track_span_delete(struct mspan *span);
void track_show(struct seq_file *m, struct kspan_heap *heap);
void track_report(struct kspan_heap *heap);
void track_init(void);

#endif /* _KSPAN_TRACK_H */
