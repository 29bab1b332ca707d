/* SPDX-License-Identifier: GPL-2.0 */
/*
 * region: bump allocation out of chunks, and the way back; on mheap and the reserve.
 * region_chunk.c has the chunks, region.c what a region does with them, region_api.c and
 * region_percpu.c the exported functions, region_names.c the names, debugfs and leaks.
 *
 * A region has no lock: whoever uses it is alone with it, or, in a per-CPU region, on the region's
 * CPU with interrupts off.
 *
 *	chunks:	 current -> full -> full		objects of up to chunk_bytes, a stack
 *	own:	 chunk -> chunk				larger objects, a stack
 *	spare, spare_own				kept for reuse
 *
 * What holds: memory of a chunk from @fresh on is zero; of the current one from the larger of
 * head.fresh and head.cursor on. So the fast path need not keep count of what it hands out: fresh
 * follows when the cursor leaves.
 */
#ifndef _KSPAN_REGION_INTERNAL_H
#define _KSPAN_REGION_INTERNAL_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <kspan/region.h>
#include "base/names.h"
#include "pages/mspan.h"

/**
 * struct region_chunk - a span that a region cuts objects from
 * @next: below it in its stack
 * @span: its memory
 * @used: bytes from the start that are handed out; of the current chunk the cursor tells
 * @fresh: the address from which on it holds zeros; of the current chunk head.fresh tells
 */
struct region_chunk {
	struct region_chunk *next;
	struct mspan *span;
	unsigned long used;
	unsigned long fresh;
};

/**
 * struct region - a plain region, or one CPU's part of a per-CPU region
 * @head: what the fast path sees
 * @start: first address of the current chunk; 0 without one
 * @end: where its room ends, be it that the chunk ends or that the limit is reached; head.end is
 *	the same, unless the fast path is to stay out
 * @chunks: the current chunk, below it the full ones
 * @own: chunks of a single object
 * @spare: chunks without objects
 * @spare_own: those that were made for a single object
 * @before: bytes handed out from all chunks but the current one
 * @peak: the most bytes that were handed out when the cursor was last set back
 * @limit: bytes that may be handed out, a multiple of 8
 * @chunk_size: bytes of a chunk as the client said
 * @chunk_bytes: and as it was understood
 * @held: bytes of all chunks
 * @nr_chunks: chunks
 * @nr_spare: of those, without objects
 * @nr_marks: marks that wait for their release
 * @last_serial: of the last mark taken
 * @innermost: serial of the mark that may be released; 0 if there is none
 * @releases: marks released
 * @resets: resets
 * @failures: allocations that got NULL; atomic
 */
struct region {
	struct kspan_region head;
	unsigned long start;
	unsigned long end;
	struct region_chunk *chunks;
	struct region_chunk *own;
	struct region_chunk *spare;
	struct region_chunk *spare_own;
	unsigned long before;
	unsigned long peak;
	unsigned long limit;
	unsigned long chunk_size;
	unsigned long chunk_bytes;
	unsigned long held;
	unsigned long nr_chunks;
	unsigned long nr_spare;
	unsigned long nr_marks;
	u64 last_serial;
	u64 innermost;
	unsigned long releases;
	unsigned long resets;
	atomic_long_t failures;
};

/**
 * struct region_entry - a region as others find it
 * @list: on the list of all; regions_lock
 * @name: its name
 * @dir: its directory in debugfs
 * @one: the region, if it is a plain one
 * @each: else its CPUs' parts
 */
struct region_entry {
	struct list_head list;
	char name[NAME_BYTES];
	struct dentry *dir;
	struct region *one;
	struct region __percpu *each;
};

/* The limit where there is none. */
static inline unsigned long region_no_limit(void)
{
	return round_down(ULONG_MAX, KSPAN_REGION_ALIGN);
}

static inline unsigned long region_used(const struct region *r)
{
	return r->before + (r->head.cursor - r->start);
}

/* Bytes that an object needs of a chunk that begins at a page, at worst. */
static inline size_t region_room_needed(size_t size, size_t align)
{
	return size + (align > KSPAN_PAGE_SIZE ? align - KSPAN_PAGE_SIZE : 0);
}

static inline bool region_wants_own_chunk(const struct region *r, size_t size, size_t align)
{
	return region_room_needed(size, align) > r->chunk_bytes;
}

/* Bytes up to the limit. */
static inline unsigned long region_left(const struct region *r)
{
	return r->limit - region_used(r);
}

/* At worst: but a chunk that is made for an object begins where that may begin. */
static inline bool region_limit_reached(const struct region *r, size_t size, size_t align)
{
	return (region_wants_own_chunk(r, size, align) ? size : region_room_needed(size, align)) >
	       region_left(r);
}

/* region_chunk.c */
struct region_chunk *region_chunk_create(const struct region *r, size_t size, size_t align,
					 gfp_t gfp);
void region_chunks_free(struct region_chunk *chunk);
void region_drop(struct region *r);

/* region.c */
int region_check_params(const struct kspan_region_params *params);
void region_init(struct region *r, const struct kspan_region_params *params);
bool region_can_serve(size_t size, size_t align, gfp_t gfp);
unsigned long region_take(struct region *r, size_t size, size_t align);
void region_keep(struct region *r, struct region_chunk *chunk, bool own);
struct region_chunk *region_unkeep(struct region *r, struct region_chunk **spare);
void *region_hand_out(unsigned long obj, size_t size, gfp_t gfp);
void region_rewind(struct region *r, const struct kspan_region_mark *mark);
void region_reset(struct region *r);

/* region_names.c */
struct dentry;
int regions_add(struct region_entry *entry, const char *name);
void regions_remove(struct region_entry *entry);
void regions_debugfs_start(struct dentry *root);
unsigned long regions_report_leaks(void);

#endif /* _KSPAN_REGION_INTERNAL_H */
