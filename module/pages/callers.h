/* SPDX-License-Identifier: GPL-2.0 */
/*
 * callers: with track=1, records the caller that allocated each live object, one word an object in
 * an array of the span. The object's allocation and its free write the word. heap/leaks.c lists the
 * callers. No locks.
 *
 * With track=1 no allocation or free takes the fast path: its tables are filled so that it is never
 * taken. With track=0 the only cost is static branches outside the fast path.
 */
#ifndef _KSPAN_CALLERS_H
#define _KSPAN_CALLERS_H

#include "pages/mspan.h"

/* Recorded if the caller could not be found. */
#define CALLER_UNKNOWN	1UL

unsigned long callers_find(unsigned long caller);
void callers_note_slow(void *obj);
void callers_forget_slow(struct mspan *span, const void *obj);
void callers_reset(struct mspan *span);
void callers_init(void);

/* Record the caller that allocates @obj, unless it is NULL. Return: @obj. */
static inline void *callers_note(void *obj)
{
	if (mspan_tracking() && obj)
		callers_note_slow(obj);
	return obj;
}

/* Forget the caller of an object that is being freed. */
static inline void callers_forget(struct mspan *span, const void *obj)
{
	if (mspan_tracking())
		callers_forget_slow(span, obj);
}

#endif /* _KSPAN_CALLERS_H */
