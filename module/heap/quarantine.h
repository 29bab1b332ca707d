/* SPDX-License-Identifier: GPL-2.0 */
/*
 * quarantine: freed objects of a heap in debug mode Q, which nobody may allocate yet. The oldest
 * leave when there is no room. A raw spinlock, innermost, held for a few instructions.
 */
#ifndef _KSPAN_QUARANTINE_H
#define _KSPAN_QUARANTINE_H

#include "base/kspan_internal.h"

struct quarantine;

struct quarantine *quarantine_new(void);
void quarantine_delete(struct quarantine *q);
unsigned int quarantine_count(struct quarantine *q, unsigned int class);
bool quarantine_put(struct quarantine *q, void *obj, unsigned int class, size_t bytes,
		    bool if_room);
void *quarantine_take(struct quarantine *q, bool all);

#endif /* _KSPAN_QUARANTINE_H */
