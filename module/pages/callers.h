/* SPDX-License-Identifier: GPL-2.0 */
/*
 * callers: with track=1, who allocated each live object: a word an object, in an array beside the
 * span, written by the object's owner. heap/leaks.c lists them. No locks.
 *
 * With track=1 no allocation or free takes the fast path: the tables that lead to it are filled
 * otherwise. With track=0 nothing is left of it but static branches off the fast path.
 */
#ifndef _KSPAN_CALLERS_H
#define _KSPAN_CALLERS_H

#include "pages/mspan.h"

/* Stands for a caller that could not be found. */
#define CALLER_UNKNOWN	1UL

void callers_note_slow(void *obj);
void callers_forget_slow(struct mspan *span, const void *obj);
void callers_reset(struct mspan *span);
void callers_init(void);

/* Remember who allocates an object, or NULL. Return: @obj. */
static inline void *callers_note(void *obj)
{
	if (mspan_tracking() && obj)
		callers_note_slow(obj);
	return obj;
}

/* The object is being freed. */
static inline void callers_forget(struct mspan *span, const void *obj)
{
	if (mspan_tracking())
		callers_forget_slow(span, obj);
}

#endif /* _KSPAN_CALLERS_H */
