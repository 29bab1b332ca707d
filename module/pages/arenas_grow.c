// SPDX-License-Identifier: GPL-2.0
/*
 * arenas_grow: makes segments, under mheap.grow_lock, which only its functions take.
 */
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include "base/kick.h"
#include "base/params.h"
#include "pages/arenas.h"
#include "pages/pagemap.h"
#include "pages/report.h"

/* Where the kernel has no whole segment, smaller ones serve, down to this. */
#define MIN_SEGMENT_BYTES	SZ_256K

/* The same for blocks, which become rare as memory is cut up. */
#define MIN_BLOCK_BYTES		max_t(unsigned long, PAGE_SIZE, SZ_64K)

#define FULL_PERIOD	(HZ / 10)

/* Segments that are made to find one at its home in the pagemap. */
#define MAX_TRIES	3U

static void (*make_room)(bool tell);	/* constant once kspan is loaded */

/* The size of an area that holds a run wherever it begins. */
static unsigned long bytes_for(unsigned long npages, unsigned long align)
{
	return PAGE_ALIGN(((npages + align - 1) << KSPAN_PAGE_SHIFT) + SEGMENT_SLACK);
}

/*
 * The size of the smallest segment that may hold a run; of one of its own if it needs that. A block
 * is aligned to its size, unless it is one of its own.
 */
static unsigned long least_bytes(unsigned long npages, unsigned long align, enum backing backing)
{
	unsigned long bytes = PAGE_ALIGN(npages << KSPAN_PAGE_SHIFT);
	unsigned long align_bytes = align << KSPAN_PAGE_SHIFT;

	if (backing_is_direct(backing))
		return arenas_in_segment(npages, align, backing) ?
		       roundup_pow_of_two(max3(bytes, align_bytes, MIN_BLOCK_BYTES)) : bytes;
	if (!arenas_in_segment(npages, align, backing))
		return PAGE_ALIGN((npages << KSPAN_PAGE_SHIFT) + SEGMENT_SKIPPED);
	return max_t(unsigned long, bytes_for(npages, align), MIN_SEGMENT_BYTES);
}

/* Bytes that new segments may take under limit_mb. */
static unsigned long room_left(void)
{
	unsigned long limit = param_limit_bytes(), bytes = READ_ONCE(mheap.arena_bytes);

	if (limit == ULONG_MAX)
		return limit;
	return limit > bytes ? round_down(limit - bytes, PAGE_SIZE) : 0;
}

/**
 * arenas_limited() - whether limit_mb leaves no room for a segment
 * @npages: pages of the run that it must hold
 * @align: alignment of the run in pages
 * @backing: of the segment
 *
 * Context: Any.
 */
bool arenas_limited(unsigned long npages, unsigned long align, enum backing backing)
{
	return least_bytes(npages, align, backing) > room_left();
}

/* Whether the segments take more than limit_mb, which was lowered. */
bool arenas_over_limit(void)
{
	return READ_ONCE(mheap.arena_bytes) > param_limit_bytes();
}

/**
 * arenas_set_make_room() - register how to make room under limit_mb
 * @fn: gives back all idle memory; before that, if @tell, tells the owners of heaps that memory is
 *	short. May sleep.
 */
void arenas_set_make_room(void (*fn)(bool tell))
{
	make_room = fn;
}

/**
 * arenas_make_room() - make room under limit_mb
 * @tell: whether to tell the owners of heaps that memory is short
 *
 * Context: Process context, no kspan lock held: the drains wait for other CPUs.
 */
void arenas_make_room(bool tell)
{
	make_room(tell);
}

/*
 * An area of its own for a run. Nearly always a long one happens to begin where the run may: only
 * otherwise it is made again, larger.
 */
static struct segment *create_own(unsigned long npages, unsigned long align, int node,
				  unsigned long room, gfp_t gfp)
{
	unsigned long bytes = least_bytes(npages, align, BACKING_VMALLOC);
	struct segment *seg = npages >= align ? segment_create(bytes, bytes, node, gfp) : NULL;

	if (seg && segment_find(seg, npages, align))
		return seg;
	if (seg)
		segment_destroy(seg);
	bytes = bytes_for(npages, align);
	return bytes <= room ? segment_create(bytes, bytes, node, gfp) : NULL;
}

/* It takes at most @room. Where that is less than a whole segment, it is of the least size. */
static struct segment *create(unsigned long npages, unsigned long align, struct place place,
			      unsigned long room, gfp_t gfp)
{
	bool shared = arenas_in_segment(npages, align, place.backing);
	unsigned long min = least_bytes(npages, align, place.backing);
	unsigned long bytes = shared ? arenas_segment_bytes(place.backing) : min;

	WRITE_ONCE(report_limit_mb_met, min > room);
	if (min > room)
		return NULL;
	if (backing_is_direct(place.backing)) {
		align = shared ? 1 : align;
		return segment_create_block(place, bytes <= room ? bytes : min, min,
					    align << KSPAN_PAGE_SHIFT, gfp);
	}
	if (!shared)
		return create_own(npages, align, place.node, room, gfp);
	return segment_create(min(bytes, room), min, place.node, gfp);
}

/**
 * struct growth - what a new segment needs, made before mheap.lock is taken
 * @seg: the segment
 * @arena: for it to be part of; NULL once it is in use
 * @maps: of its granules; what is in use is gone
 * @table: a larger pagemap, or NULL
 */
struct growth {
	struct segment *seg;
	struct arena *arena;
	struct pagemap_spare maps;
	struct pagemap_table *table;
};

static unsigned long granules_from_first_to_last(const struct segment *new)
{
	unsigned long first = new->base, last = segment_end(new) - 1;
	struct rb_node *node;

	mutex_lock(&mheap.lock);
	node = rb_first(&mheap.by_address);
	if (node)
		first = min(first, rb_entry(node, struct segment, address_node)->base);
	node = rb_last(&mheap.by_address);
	if (node)
		last = max(last, segment_end(rb_entry(node, struct segment, address_node)) - 1);
	mutex_unlock(&mheap.lock);
	return (last >> GRANULE_SHIFT) - (first >> GRANULE_SHIFT) + 1;
}

static bool growth_complete(struct growth *g, bool own, gfp_t gfp)
{
	unsigned int n = own ? 1 : param_arena_bytes() / param_segment_bytes();

	g->arena = arena_create(n, own, g->seg, gfp);
	if (!g->arena || !pagemap_spare_alloc(&g->maps, g->seg->granules, gfp))
		return false;
	/* Both can only shrink meanwhile. */
	g->table = pagemap_table_alloc(READ_ONCE(mheap.nr_granules) + g->seg->granules,
				       granules_from_first_to_last(g->seg), gfp);
	return !IS_ERR(g->table);
}

static void growth_add(struct growth *g)
{
	unsigned long missing;

	g->seg->pins = 1;
	mutex_lock(&mheap.lock);
	if (g->table)
		pagemap_table_install(g->table);
	missing = pagemap_add_maps(g->seg->base, g->seg->npages, &g->maps);
	kspan_assert(!missing);		/* there is one for each granule */
	arenas_insert(g->seg, &g->arena);
	mutex_unlock(&mheap.lock);
}

/* @seg: a new one, or NULL. Return: the segment, pinned, or NULL if it is gone. */
static struct segment *add_segment(struct segment *seg, bool own, gfp_t gfp)
{
	struct growth g = { .seg = seg };
	bool complete;

	lockdep_assert_held(&mheap.grow_lock);
	if (!g.seg)
		return NULL;
	complete = growth_complete(&g, own, gfp);
	if (complete)
		growth_add(&g);
	else
		segment_destroy(g.seg);
	pagemap_spare_free(&g.maps);
	if (g.arena)
		arena_destroy(g.arena);
	return complete ? g.seg : NULL;
}

/* Return: a segment with a free run, pinned, or NULL. */
static struct segment *find_and_pin(unsigned long npages, unsigned long align,
				    struct place place)
{
	struct segment *seg;

	mutex_lock(&mheap.lock);
	seg = arenas_with_room(npages, align, place);
	if (seg)
		seg->pins++;
	mutex_unlock(&mheap.lock);
	return seg;
}

/*
 * Whether the caller may make a segment. A task that reclaims memory (PF_MEMALLOC) may not, as a
 * segment takes too much memory. Nor may it wait for one: grow_lock may be held by a task that
 * waits for reclaim, or by the caller itself since before it began to reclaim. For a task that is
 * being killed vmalloc fails.
 */
bool arenas_may_grow(gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp) && !(current->flags & PF_MEMALLOC) &&
	       !fatal_signal_pending(current);
}

/* A node without free memory is not asked again at once: what reclaim finds is for others, too. */
static bool node_was_full(struct place place)
{
	struct fill *fill;

	lockdep_assert_held(&mheap.grow_lock);
	if (place.node == NUMA_NO_NODE)
		return false;
	fill = arenas_fill(place.backing, place.node);
	return fill->full && time_before(jiffies, fill->full_since + FULL_PERIOD);
}

static void note_full(struct place place, bool full)
{
	struct fill *fill;

	if (place.node == NUMA_NO_NODE)
		return;
	fill = arenas_fill(place.backing, place.node);
	fill->full = full;
	fill->full_since = jiffies;
}

static bool is_at_home(const struct segment *seg)
{
	return pagemap_has_homes(seg->base >> GRANULE_SHIFT, seg->granules);
}

/*
 * create(), but where a map of another segment is at the home slot of this one's, each free here
 * would have to probe, for as long as the segment stays. The direct map and the vmalloc area begin
 * at round addresses, so a block and an area may meet however large the pagemap is. Then another
 * segment, while the first one is held, lies elsewhere.
 */
static struct segment *create_at_home(unsigned long npages, unsigned long align,
				      struct place place, unsigned long room, gfp_t gfp)
{
	struct segment *seg = create(npages, align, place, room, gfp), *tried[MAX_TRIES];
	bool shared = arenas_in_segment(npages, align, place.backing);
	unsigned int n = 0;

	lockdep_assert_held(&mheap.grow_lock);
	while (seg && shared && !is_at_home(seg) && n < MAX_TRIES) {
		tried[n++] = seg;
		room -= min(room, seg->bytes);
		seg = create(npages, align, place, room, gfp | __GFP_NORETRY);
	}
	if (!seg && n)
		seg = tried[--n];
	while (n)
		segment_destroy(tried[--n]);
	return seg;
}

static struct segment *grow_locked(unsigned long npages, unsigned long align, struct place place,
				   gfp_t gfp)
{
	struct segment *seg = find_and_pin(npages, align, place);
	bool own = !arenas_in_segment(npages, align, place.backing);
	unsigned long room = room_left();

	if (seg || node_was_full(place))
		return seg;
	gfp |= __GFP_NOWARN;
	seg = add_segment(create_at_home(npages, align, place, room, gfp), own, gfp);
	/* Neither limit_mb nor a caller that does not wait tells anything about the node. */
	if (!own && !(gfp & __GFP_NORETRY) && room >= least_bytes(npages, align, place.backing))
		note_full(place, !seg || !place_has(place, seg->node));
	return seg;
}

/*
 * In a NOIO scope, so that a caller that must not start I/O may wait for one that may. @seg: made
 * before, or NULL.
 */
static struct segment *grow_or_wait(unsigned long npages, unsigned long align, struct place place,
				    struct segment *seg)
{
	unsigned int noio = data_race(memalloc_noio_save());	/* the scheduler reads the flags */
	bool own = !arenas_in_segment(npages, align, place.backing);

	mutex_lock(&mheap.grow_lock);
	seg = seg ? add_segment(seg, own, GFP_KERNEL | __GFP_NOWARN) :
		    grow_locked(npages, align, place, GFP_KERNEL);
	mutex_unlock(&mheap.grow_lock);
	data_race((memalloc_noio_restore(noio), 0));	/* as above */
	return seg;
}

/*
 * For __GFP_NOFAIL: limit_mb is exceeded, and the kernel reclaims with the caller's flags, and
 * kills, for the smallest segment that will do. That is not done under grow_lock, for which callers
 * wait that must not wait for I/O.
 */
static struct segment *grow_and_insist(unsigned long npages, unsigned long align,
				       struct place place, gfp_t gfp)
{
	unsigned long bytes = least_bytes(npages, align, place.backing);
	struct segment *seg;

	gfp = (gfp & GFP_KERNEL) | __GFP_NOFAIL | __GFP_NOWARN;
	if (backing_is_direct(place.backing) || !arenas_in_segment(npages, align, place.backing))
		seg = create(npages, align, place, ULONG_MAX, gfp);
	else
		seg = segment_create(bytes, bytes, place.node, gfp);
	return seg ? grow_or_wait(npages, align, place, seg) : NULL;
}

/*
 * For __GFP_NORETRY. vmalloc allocates its page tables without the caller's flags, and the page
 * allocator retries such small allocations until they succeed. Only PF_MEMALLOC keeps it from
 * reclaiming for them. The task does not reclaim for the segment's pages then, either. Those must
 * not come from the kernel's reserves, so they get __GFP_NOMEMALLOC. The page tables may: they are
 * one page for 2 MB at most.
 */
static struct segment *grow_at_once(unsigned long npages, unsigned long align,
				    struct place place)
{
	struct segment *seg;
	unsigned int flags;

	if (!mutex_trylock(&mheap.grow_lock))
		return NULL;
	flags = data_race(memalloc_noreclaim_save());	/* as in grow_or_wait() */
	seg = grow_locked(npages, align, place, GFP_KERNEL | __GFP_NORETRY | __GFP_NOMEMALLOC);
	data_race((memalloc_noreclaim_restore(flags), 0));	/* as above */
	mutex_unlock(&mheap.grow_lock);
	return seg;
}

static struct segment *grow(unsigned long npages, unsigned long align, struct place place,
			    gfp_t gfp)
{
	if (gfp & __GFP_NOFAIL)
		return grow_or_wait(npages, align, place, NULL) ?:
		       grow_and_insist(npages, align, place, gfp);
	if (gfp & __GFP_NORETRY)
		return grow_at_once(npages, align, place);
	return grow_or_wait(npages, align, place, NULL);
}

/**
 * arenas_grow() - make a segment, unless another caller just did
 * @npages: pages of the run that it must hold
 * @align: alignment of the run in pages
 * @place: where
 * @gfp: the caller's flags. With __GFP_NORETRY it waits neither for another caller nor for reclaim.
 *	With __GFP_NOFAIL it waits for both, and exceeds limit_mb.
 *
 * Context: Process context.
 * Return: a segment that held the run a moment ago, or NULL. It is not returned to the kernel, even
 *	if it is empty, until the caller has retried and calls arenas_unpin().
 */
struct segment *arenas_grow(unsigned long npages, unsigned long align, struct place place,
			    gfp_t gfp)
{
	struct segment *seg;

	might_alloc(gfp);
	if (!arenas_may_grow(gfp))
		return NULL;
	arenas_return_surplus();
	seg = grow(npages, align, place, gfp);
	if (seg)
		kick_for(KICK_REFILL);	/* to fill the reserve and watch the segment */
	return seg;
}
