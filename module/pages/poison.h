/* SPDX-License-Identifier: GPL-2.0 */
/*
 * poison: what debug modes fill memory with, and finding what was written over it. The values are
 * those of the kernel's slab allocators. Where KASAN is, its shadow does this. No locks.
 */
#ifndef _KSPAN_POISON_H
#define _KSPAN_POISON_H

#include "pages/record.h"

#define POISON_UNUSED	0x5a	/* allocated, not written yet */
#define POISON_FREED	0x6b
#define POISON_LAST	0xa5	/* the last byte of a freed object */
#define POISON_RED	0xcc	/* behind a live object */

void poison_fill(void *p, size_t bytes);
void poison_check(const struct mspan *span, const struct record *rec, void *obj);
void poison_check_red(const struct mspan *span, const struct record *rec, const void *obj);
void poison_check_all(const struct mspan *span);

#endif /* _KSPAN_POISON_H */
