/* SPDX-License-Identifier: GPL-2.0 */
/*
 * region: bump allocation from blocks. Their memory comes from mheap and the reserve.
 * region_block.c creates and frees blocks. region.c allocates from them. region_memory.c fills and
 * checks their memory. region_api.c and region_percpu.c have the exported functions. region_names.c
 * has names, debugfs and leak reports.
 *
 * A region has no lock: it has one user at a time. A CPU's part of a per-CPU region is used only on
 * that CPU, with interrupts off. The one exception is regions_trim(), which takes spare blocks of
 * any region at any time, and touches nothing else of it.
 *
 *	blocks:	 current -> full -> full		objects of up to block_bytes, a stack
 *	own:	 block -> block				larger objects, a stack
 *	spare, spare_own				kept for reuse
 *
 * A spare list belongs to the one that replaced its first pointer by NULL with xchg():
 *  - The user takes the whole list, changes it, and stores it again. Only the user stores a pointer
 *    there, so its store overwrites none. The store is a release: a trim that gets the list with
 *    its xchg() sees what the user wrote to the blocks.
 *  - A trim takes the whole list and stores no pointer. It may run on another CPU, or in a task
 *    that preempts the user. While the user has the list it finds NULL and gets nothing. Of two
 *    trims at once one gets the list.
 * A new block goes to its object without being spare, as a trim could take it in between. The
 * counters of blocks are atomic, as both change them. A block counts as spare before it is in a
 * list, and until after it was taken, so no counter falls below 0.
 *
 * A region is destroyed in three steps. Its user frees all blocks that no trim has taken. It leaves
 * the list of regions, which waits for a trim. Then it is freed.
 *
 * Invariants: a block's memory from @fresh to its end is zero. In the current block memory from
 * max(head.fresh, head.cursor) to its end is zero. So the fast path need not update head.fresh:
 * @fresh is updated when the cursor leaves the block.
 */
#ifndef _KSPAN_REGION_INTERNAL_H
#define _KSPAN_REGION_INTERNAL_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <kspan/region.h>
#include "base/names.h"
#include "pages/mspan.h"
#include "region/region_memory.h"

/**
 * struct region_block - a span that a region allocates objects from
 * @next: the block below it in its stack
 * @span: its memory
 * @used: bytes from the start that are allocated; in the current block see head.cursor instead
 * @fresh: memory from this address on is zero; in the current block see head.fresh instead
 * @traces: of debug modes
 */
struct region_block {
	struct region_block *next;
	struct mspan *span;
	unsigned long used;
	unsigned long fresh;
	struct region_traces traces;
};

/**
 * struct region - a plain region, or one CPU's part of a per-CPU region
 * @head: the part that the fast path uses
 * @start: first address of the current block; 0 without one
 * @end: where its room ends, by its size or by the limit; head.end is the same, unless the fast
 *	path is disabled
 * @blocks: the current block, below it the full ones
 * @own: blocks of a single object
 * @spare: blocks without objects; see above
 * @spare_own: blocks without objects, each created for a single object; see above
 * @before: bytes allocated in all blocks but the current one
 * @peak: the most bytes allocated; updated when the cursor leaves a block
 * @debug: its debug modes; constant
 * @limit: the most bytes that may be allocated, a multiple of 8
 * @block_size: bytes of a block, as given by the client
 * @block_bytes: bytes of a block, as allocated
 * @first_size: @next_size while the region has no block: less than @block_size in a per-CPU region
 * @next_size: bytes of the next block, as @block_size is those of the largest
 * @held: bytes of all blocks; atomic
 * @nr_blocks: number of blocks; atomic
 * @nr_spare: number of blocks without objects; atomic
 * @nr_marks: number of marks not yet released
 * @last_serial: serial of the last mark taken
 * @innermost: serial of the mark that may be released; 0 if there is none
 * @releases: number of marks released
 * @resets: number of resets
 * @failures: allocations that returned NULL; atomic
 */
struct region {
	struct kspan_region head;
	unsigned long start;
	unsigned long end;
	struct region_block *blocks;
	struct region_block *own;
	struct region_block *spare;
	struct region_block *spare_own;
	unsigned long before;
	unsigned long peak;
	struct region_debug debug;
	unsigned long limit;
	unsigned long block_size;
	unsigned long block_bytes;
	unsigned long first_size;
	unsigned long next_size;
	atomic_long_t held;
	atomic_long_t nr_blocks;
	atomic_long_t nr_spare;
	unsigned long nr_marks;
	u64 last_serial;
	u64 innermost;
	unsigned long releases;
	unsigned long resets;
	atomic_long_t failures;
};

/**
 * struct region_entry - a region's entry in the list of all regions
 * @list: in the list; regions_lock
 * @node: while it waits to be forgotten
 * @free: frees it, and the region
 * @name: its name
 * @client: the module that created it
 * @client_gone: that module was unloaded, which was reported; regions_lock
 * @dir: its directory in debugfs
 * @one: the region, if it is a plain one
 * @each: otherwise the CPUs' parts
 */
struct region_entry {
	struct list_head list;
	struct llist_node node;
	void (*free)(struct region_entry *entry);
	char name[NAME_BYTES];
	char client[CLIENT_BYTES];
	bool client_gone;
	struct dentry *dir;
	struct region *one;
	struct region __percpu *each;
};

/* The value of @limit that means no limit. */
static inline unsigned long region_no_limit(void)
{
	return round_down(ULONG_MAX, KSPAN_REGION_ALIGN);
}

static inline unsigned long region_used(const struct region *r)
{
	return r->before + (r->head.cursor - r->start);
}

/* The most bytes that an object may need in a block that is aligned to a page. */
static inline size_t region_room_needed(size_t size, size_t align)
{
	return size + (align > KSPAN_PAGE_SIZE ? align - KSPAN_PAGE_SIZE : 0);
}

static inline bool region_wants_own_block(const struct region *r, size_t size, size_t align)
{
	return region_room_needed(size, align) > r->block_bytes;
}

/* Bytes up to the limit. */
static inline unsigned long region_left(const struct region *r)
{
	return r->limit - region_used(r);
}

/* Assumes the worst alignment; a block created for a single object is aligned for it. */
static inline bool region_limit_reached(const struct region *r, size_t size, size_t align)
{
	return (region_wants_own_block(r, size, align) ? size : region_room_needed(size, align)) >
	       region_left(r);
}

/* region_block.c */
struct region_block *region_block_create(size_t size, size_t align, unsigned long bytes, gfp_t gfp);
void region_blocks_free(const struct region *r, struct region_block *block);
void region_free_spare(struct region *r, struct region_block **spare);
void region_drop(struct region *r);

/* region.c */
int region_check_params(const struct kspan_region_params *params);
void region_init(struct region *r, const struct kspan_region_params *params, const char *name);
void region_start_small(struct region *r);
bool region_can_serve(size_t size, size_t align, gfp_t gfp);
unsigned long region_take(struct region *r, size_t size, size_t align);
unsigned long region_take_from(struct region *r, struct region_block *block, size_t size,
			       size_t align);
struct region_block *region_unkeep(struct region *r, struct region_block **spare);
unsigned long region_next_bytes(struct region *r, size_t size, size_t align);
void region_rewind(struct region *r, const struct kspan_region_mark *mark);
void region_reset(struct region *r);

/* region_names.c */
struct dentry;
int regions_add(struct region_entry *entry, const char *name, unsigned long caller);
void regions_remove(struct region_entry *entry, void (*free)(struct region_entry *entry));
void regions_settle(void);
void regions_trim(void);
void regions_debugfs_start(struct dentry *root);
unsigned long regions_report_leaks(void);
bool regions_report_client(const char *client);
void regions_each(void (*fn)(const char *client, u64 bytes, void *arg), void *arg);

#endif /* _KSPAN_REGION_INTERNAL_H */
