/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fill: the segments of one place, by fill: the fullest that has room serves first, so that emptier
 * ones drain. Under mheap.lock.
 */
#ifndef _KSPAN_FILL_H
#define _KSPAN_FILL_H

#include "pages/segment.h"

/**
 * struct fill - the segments of a place
 * @root: the tree
 * @full: the node had no memory for another one at @full_since; mheap.grow_lock, as the next
 * @full_since: jiffies
 */
struct fill {
	struct rb_root root;
	bool full;
	unsigned long full_since;
};

bool fill_is_fuller(const struct segment *a, const struct segment *b);
void fill_insert(struct segment *seg);
void fill_erase(struct segment *seg);
struct segment *fill_find(const struct rb_root *tree, unsigned long n);
struct segment *fill_find_aligned(const struct rb_root *tree, unsigned long n,
				  unsigned long align);
unsigned long fill_longest(const struct rb_root *tree);

static inline struct segment *fill_entry(struct rb_node *node)
{
	return rb_entry_safe(node, struct segment, fill_node);
}

#endif /* _KSPAN_FILL_H */
