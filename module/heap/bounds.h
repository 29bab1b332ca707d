/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bounds: the object that an address lies in, for checks that get pointers into objects.
 */
#ifndef _KSPAN_BOUNDS_H
#define _KSPAN_BOUNDS_H

#include "base/kspan_internal.h"

/**
 * struct bounds - an object
 * @start: its first address
 * @bytes: its usable bytes; 0: there is no object, as far as can be told without a lock
 */
struct bounds {
	unsigned long start;
	size_t bytes;
};

struct mspan;

bool bounds_is_freed(const struct mspan *span, unsigned int index);
bool bounds_find(unsigned long addr, struct bounds *b);

/* How many bytes there are from an address in an object to its end. */
static inline size_t bounds_left(const struct bounds *b, unsigned long addr)
{
	return b->bytes - min_t(size_t, b->bytes, addr - b->start);
}

#endif /* _KSPAN_BOUNDS_H */
