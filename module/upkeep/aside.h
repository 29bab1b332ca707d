/* SPDX-License-Identifier: GPL-2.0 */
/*
 * aside: have mcaches step aside, of one heap or of all, so that each allocation and free takes the
 * slow path. debug_lock, a mutex outside all others but trace_lock.
 */
#ifndef _KSPAN_ASIDE_H
#define _KSPAN_ASIDE_H

#include <linux/mutex.h>
#include "base/kspan_internal.h"

/* One change at a time. */
extern struct mutex debug_lock;

bool aside_remove_mcaches(struct kspan_heap *heap);
void aside_start(void);
void aside_stop(void);

#endif /* _KSPAN_ASIDE_H */
