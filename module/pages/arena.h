/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena: segments that are numbered together: up to arena_mb of them, or the one of an object that
 * is larger than a segment. Under mheap.lock.
 */
#ifndef _KSPAN_ARENA_H
#define _KSPAN_ARENA_H

#include <linux/list.h>
#include "pages/segment.h"

/**
 * struct arena - a group of segments
 * @list: in mheap's list
 * @own: it is the area of one large object
 * @backing: what its segments are made of
 * @node: memory node of its segments
 * @nr_made: segments that there are
 * @nr_segments: entries of @segment
 * @segment: the segments; NULL for one that is not there
 */
struct arena {
	struct list_head list;
	bool own;
	enum backing backing;
	int node;
	unsigned int nr_made;
	unsigned int nr_segments;
	struct segment *segment[];
};

struct arena *arena_create(unsigned int nr_segments, bool own, const struct segment *first,
			   gfp_t gfp);
void arena_destroy(struct arena *arena);
size_t arena_metadata_bytes(const struct arena *arena);
void arena_add(struct arena *arena, struct segment *seg);
void arena_remove(struct segment *seg);

static inline bool arena_has_room(const struct arena *arena)
{
	return arena->nr_made < arena->nr_segments;
}

#endif /* _KSPAN_ARENA_H */
