// SPDX-License-Identifier: GPL-2.0
/*
 * arena: see arena.h. Creating and destroying one takes no lock.
 */
#include <linux/slab.h>
#include "pages/arena.h"

/**
 * arena_create() - make an arena without segments
 * @nr_segments: how many it may have
 * @own: it is the area of one large object
 * @first: a segment that it could have; the others are of the same kind, on the same node
 * @gfp: as for kmalloc()
 *
 * Return: the arena, or NULL.
 */
struct arena *arena_create(unsigned int nr_segments, bool own, const struct segment *first,
			   gfp_t gfp)
{
	struct arena *arena = kzalloc(struct_size(arena, segment, nr_segments), gfp);

	if (!arena)
		return NULL;
	arena->own = own;
	arena->backing = first->backing;
	arena->node = first->node;
	arena->nr_segments = nr_segments;
	return arena;
}

/* Only without segments. */
void arena_destroy(struct arena *arena)
{
	kfree(arena);
}

size_t arena_metadata_bytes(const struct arena *arena)
{
	return struct_size(arena, segment, arena->nr_segments);
}

/**
 * arena_add() - make a segment part of an arena
 * @arena: an arena with room; mheap.lock held
 * @seg: the segment
 */
void arena_add(struct arena *arena, struct segment *seg)
{
	unsigned int i = 0;

	kspan_assert(arena_has_room(arena));
	while (arena->segment[i])
		i++;
	arena->segment[i] = seg;
	arena->nr_made++;
	seg->arena = arena;
}

/* The opposite of arena_add(); mheap.lock held. */
void arena_remove(struct segment *seg)
{
	struct arena *arena = seg->arena;
	unsigned int i = 0;

	while (arena->segment[i] != seg)
		i++;
	arena->segment[i] = NULL;
	arena->nr_made--;
}
