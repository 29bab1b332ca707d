/* SPDX-License-Identifier: GPL-2.0 */
/*
 * events: what the tracepoints of objects tell. No locks.
 */
#ifndef _KSPAN_EVENTS_H
#define _KSPAN_EVENTS_H

#include "base/trace.h"
#include "central/heap.h"

void event_alloc(const void *p, size_t size, gfp_t gfp);
void event_large_alloc(const void *p, size_t size, gfp_t gfp);
void event_free(const void *p, unsigned long caller);

#endif /* _KSPAN_EVENTS_H */
