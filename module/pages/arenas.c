// SPDX-License-Identifier: GPL-2.0
/*
 * arenas: the table of arenas, how it grows and shrinks. See arenas.h for the locks.
 */
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "base/kick.h"
#include "base/params.h"
#include "pages/arenas.h"
#include "pages/pagemap.h"

#define MIN_ARENA_BYTES		(4UL << 20)
#define FIRST_TABLE_SIZE	4UL

struct mheap mheap = {
	.lock = __MUTEX_INITIALIZER(mheap.lock),
	.grow_lock = __MUTEX_INITIALIZER(mheap.grow_lock),
	.return_lock = __MUTEX_INITIALIZER(mheap.return_lock),
};

static void tree_update(unsigned long index)
{
	unsigned long i = mheap.arenas_size + index;
	struct arena *arena = mheap.arenas[index];

	mheap.tree[i] = arena ? page_alloc_max(&arena->pages) : 0;
	while (i /= 2)
		mheap.tree[i] = max(mheap.tree[2 * i], mheap.tree[2 * i + 1]);
}

/* The first arena with a free run of @n pages. */
static struct arena *tree_find(unsigned long n)
{
	unsigned long i = 1;

	if (!mheap.arenas_size || mheap.tree[1] < n)
		return NULL;
	while (i < mheap.arenas_size) {
		i *= 2;
		if (mheap.tree[i] < n)
			i++;
	}
	return mheap.arenas[i - mheap.arenas_size];
}

static unsigned long take_from(struct arena *arena, unsigned long npages, unsigned long align,
			       bool *dirty)
{
	unsigned long addr = arena_take(arena, npages, align, dirty);

	if (addr)
		tree_update(arena->index);
	return addr;
}

/**
 * arenas_take() - take a run of pages from the first arena that has one
 * @npages: pages
 * @align: alignment of its address in pages
 * @dirty: set to whether it may hold anything but zeros
 *
 * Return: its address, or 0.
 */
unsigned long arenas_take(unsigned long npages, unsigned long align, bool *dirty)
{
	struct arena *arena;
	unsigned long i, addr = 0;

	mheap_assert_locked();
	/* A run of this length holds an aligned run wherever it starts. */
	arena = tree_find(npages + align - 1);
	if (arena)
		return take_from(arena, npages, align, dirty);
	if (align == 1 || !tree_find(npages))
		return 0;
	for (i = 0; i < mheap.arenas_size && !addr; i++)
		if (mheap.arenas[i])
			addr = take_from(mheap.arenas[i], npages, align, dirty);
	return addr;
}

/* Whether an arena is in use by more than runs of the reserve. */
static bool holds_span(const struct arena *arena)
{
	unsigned long page;

	for_each_set_bit(page, arena->pages.used, arena->npages)
		if (pagemap_find(arena->base + (page << KSPAN_PAGE_SHIFT))->npages)
			return true;
	return false;
}

/* As arenas_take(), but only from arenas that hold a span. */
unsigned long arenas_take_beside_spans(unsigned long npages, bool *dirty)
{
	unsigned long i, addr = 0;
	struct arena *arena;

	mheap_assert_locked();
	for (i = 0; i < mheap.arenas_size && !addr; i++) {
		arena = mheap.arenas[i];
		if (arena && page_alloc_max(&arena->pages) >= npages && holds_span(arena))
			addr = take_from(arena, npages, 1, dirty);
	}
	return addr;
}

/**
 * arenas_find() - find the arena that contains an address
 * @addr: any value
 *
 * Return: the arena, or NULL.
 */
struct arena *arenas_find(unsigned long addr)
{
	struct rb_node *node = mheap.by_address.rb_node;
	struct arena *arena;

	mheap_assert_locked();
	while (node) {
		arena = rb_entry(node, struct arena, node);
		if (arena_covers(arena, addr))
			return arena;
		node = addr < arena->base ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/**
 * arenas_give() - give a run of pages back to its arena
 * @addr: its address
 * @npages: pages
 */
void arenas_give(unsigned long addr, unsigned long npages)
{
	struct arena *arena = arenas_find(addr);

	arena_give(arena, addr, npages);
	tree_update(arena->index);
	if (arena_is_empty(arena))
		kick();
}

/**
 * arenas_untake() - undo arenas_take() before the pages are written to
 * @addr: the address that it returned
 * @npages: pages
 * @dirty: the value that it set
 */
void arenas_untake(unsigned long addr, unsigned long npages, bool dirty)
{
	struct arena *arena = arenas_find(addr);

	if (dirty) {
		arenas_give(addr, npages);
		return;
	}
	page_alloc_free(&arena->pages, (addr - arena->base) >> KSPAN_PAGE_SHIFT, npages);
	arena->free_pages += npages;
	tree_update(arena->index);
}

static bool arena_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct arena, node)->base < rb_entry(b, struct arena, node)->base;
}

static void table_insert(struct arena *arena)
{
	unsigned long i = 0;

	while (mheap.arenas[i])
		i++;
	mheap.arenas[i] = arena;
	arena->index = i;
	rb_add(&arena->node, &mheap.by_address, arena_before);
	WRITE_ONCE(mheap.nr_arenas, mheap.nr_arenas + 1);
	WRITE_ONCE(mheap.created, mheap.created + 1);
	WRITE_ONCE(mheap.nr_granules, mheap.nr_granules + arena->granules);
	WRITE_ONCE(mheap.arena_bytes, mheap.arena_bytes + arena->vm_bytes);
	tree_update(i);
}

static unsigned long arena_end(const struct arena *arena)
{
	return arena->base + (arena->npages << KSPAN_PAGE_SHIFT);
}

/*
 * Remove the maps of an arena's granules, except those that it shares with a neighbour. The
 * neighbour may hold pages of the reserve, which have no span but rely on their maps.
 */
static void remove_maps(struct arena *arena)
{
	struct arena *prev = rb_entry_safe(rb_prev(&arena->node), struct arena, node);
	struct arena *next = rb_entry_safe(rb_next(&arena->node), struct arena, node);
	unsigned long start = arena->base, end = arena_end(arena);

	pagemap_set(arena->base, arena->npages, &no_span);
	if (prev && (arena_end(prev) - 1) >> GRANULE_SHIFT == start >> GRANULE_SHIFT)
		start = round_up(start + 1, BIT(GRANULE_SHIFT));
	if (next && next->base >> GRANULE_SHIFT == (end - 1) >> GRANULE_SHIFT)
		end = round_down(end - 1, BIT(GRANULE_SHIFT));
	if (start < end)
		pagemap_remove_maps(start, (end - start) >> KSPAN_PAGE_SHIFT);
}

static void table_remove(struct arena *arena)
{
	remove_maps(arena);
	mheap.arenas[arena->index] = NULL;
	rb_erase(&arena->node, &mheap.by_address);
	WRITE_ONCE(mheap.nr_arenas, mheap.nr_arenas - 1);
	WRITE_ONCE(mheap.returned, mheap.returned + 1);
	WRITE_ONCE(mheap.nr_granules, mheap.nr_granules - arena->granules);
	WRITE_ONCE(mheap.arena_bytes, mheap.arena_bytes - arena->vm_bytes);
	tree_update(arena->index);
}

/*
 * Make room for one more arena. The table grows, and arenas are added, only under grow_lock, so the
 * room stays.
 */
static bool table_reserve(gfp_t gfp)
{
	unsigned long size = max(FIRST_TABLE_SIZE, 2 * mheap.arenas_size), i;
	struct arena **arenas, **old_arenas;
	u32 *tree, *old_tree;

	lockdep_assert_held(&mheap.grow_lock);
	if (READ_ONCE(mheap.nr_arenas) < mheap.arenas_size)
		return true;
	arenas = kvcalloc(size, sizeof(*arenas), gfp);
	tree = kvcalloc(2 * size, sizeof(*tree), gfp);
	if (!arenas || !tree) {
		kvfree(arenas);
		kvfree(tree);
		return false;
	}
	mutex_lock(&mheap.lock);
	old_arenas = mheap.arenas;
	old_tree = mheap.tree;
	for (i = 0; i < mheap.arenas_size; i++)
		arenas[i] = old_arenas[i];
	mheap.arenas = arenas;
	mheap.tree = tree;
	mheap.arenas_size = size;
	for (i = 0; i < size; i++)
		tree_update(i);
	mutex_unlock(&mheap.lock);
	kvfree(old_arenas);
	kvfree(old_tree);
	return true;
}

/* Size of a new arena for a run: at least arena_mb. @min is set to the smallest size accepted. */
static unsigned long bytes_wanted(unsigned long npages, unsigned long align, unsigned long *min)
{
	unsigned long bytes = (npages + align - 1) << KSPAN_PAGE_SHIFT;

	*min = max(MIN_ARENA_BYTES, PAGE_ALIGN(bytes + arena_overhead(bytes)));
	return max(*min, param_arena_bytes());
}

/* Return: the arena, pinned, or NULL. */
static struct arena *add_arena(unsigned long npages, unsigned long align, gfp_t gfp)
{
	struct pagemap_table *table;
	struct arena *arena;
	unsigned long min, bytes = bytes_wanted(npages, align, &min);

	if (!table_reserve(gfp))
		return NULL;
	arena = arena_create(bytes, min, gfp);
	if (!arena)
		return NULL;
	/* nr_granules can only shrink meanwhile */
	table = pagemap_table_alloc(READ_ONCE(mheap.nr_granules) + arena->granules, gfp);
	if (IS_ERR(table)) {
		arena_destroy(arena);
		return NULL;
	}
	arena->pins = 1;
	mutex_lock(&mheap.lock);
	if (table)
		pagemap_table_install(table);
	table_insert(arena);
	mutex_unlock(&mheap.lock);
	return arena;
}

/* Return: an arena with a free run, pinned, or NULL. */
static struct arena *find_and_pin(unsigned long npages)
{
	struct arena *arena;

	mutex_lock(&mheap.lock);
	arena = tree_find(npages);
	if (arena)
		arena->pins++;
	mutex_unlock(&mheap.lock);
	return arena;
}

/*
 * Whether the caller may make an arena. A task that reclaims memory (PF_MEMALLOC) may not, as an
 * arena takes too much memory. Nor may it wait for one: grow_lock may be held by a task that waits
 * for reclaim, or by the caller itself since before it began to reclaim. For a task that is being
 * killed vmalloc fails.
 */
bool arenas_may_grow(gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp) && !(current->flags & PF_MEMALLOC) &&
	       !fatal_signal_pending(current);
}

static struct arena *grow_locked(unsigned long npages, unsigned long align, gfp_t gfp)
{
	lockdep_assert_held(&mheap.grow_lock);
	return find_and_pin(npages + align - 1) ?: add_arena(npages, align, gfp | __GFP_NOWARN);
}

/* In a NOIO scope, so that a caller that must not start I/O may wait for one that may. */
static struct arena *grow_or_wait(unsigned long npages, unsigned long align)
{
	unsigned int noio = data_race(memalloc_noio_save());	/* the scheduler reads the flags */
	struct arena *arena;

	mutex_lock(&mheap.grow_lock);
	arena = grow_locked(npages, align, GFP_KERNEL);
	mutex_unlock(&mheap.grow_lock);
	data_race((memalloc_noio_restore(noio), 0));	/* as above */
	return arena;
}

/*
 * For __GFP_NORETRY. vmalloc allocates its page tables without the caller's flags, and the page
 * allocator retries such small allocations until they succeed. Only PF_MEMALLOC keeps it from
 * reclaiming for them. The task does not reclaim for the arena's pages then, either. Those must not
 * come from the kernel's reserves, so they get __GFP_NOMEMALLOC. The page tables may: they are one
 * page for 2 MB at most.
 */
static struct arena *grow_at_once(unsigned long npages, unsigned long align)
{
	struct arena *arena;
	unsigned int flags;

	if (!mutex_trylock(&mheap.grow_lock))
		return NULL;
	flags = data_race(memalloc_noreclaim_save());	/* as in grow_or_wait() */
	arena = grow_locked(npages, align, GFP_KERNEL | __GFP_NORETRY | __GFP_NOMEMALLOC);
	data_race((memalloc_noreclaim_restore(flags), 0));	/* as above */
	mutex_unlock(&mheap.grow_lock);
	return arena;
}

/**
 * arenas_grow() - make an arena, unless another caller just did
 * @npages: pages of the run that the arena must hold
 * @align: alignment of the run in pages
 * @gfp: the caller's flags. With __GFP_NORETRY it waits neither for another caller nor for reclaim.
 *
 * Context: Process context.
 * Return: an arena that held the run a moment ago, or NULL. It is not returned to the kernel, even
 *	if it is empty, until the caller has retried and calls arenas_unpin().
 */
struct arena *arenas_grow(unsigned long npages, unsigned long align, gfp_t gfp)
{
	struct arena *arena;

	might_alloc(gfp);
	if (!arenas_may_grow(gfp))
		return NULL;
	arena = gfp & __GFP_NORETRY ? grow_at_once(npages, align) : grow_or_wait(npages, align);
	if (arena)
		kick_for(KICK_REFILL);	/* to fill the reserve and watch the arena */
	return arena;
}

/**
 * arenas_unpin() - allow an arena to be returned once it is empty
 * @arena: from arenas_grow(); mheap.lock held
 */
void arenas_unpin(struct arena *arena)
{
	mheap_assert_locked();
	kspan_assert(arena->pins);
	if (!--arena->pins && arena_is_empty(arena))
		kick();
}

static void collect_empty(unsigned long min_idle, struct list_head *out)
{
	struct arena *arena;
	unsigned long i;

	for (i = 0; i < mheap.arenas_size; i++) {
		arena = mheap.arenas[i];
		if (!arena || arena->pins || !arena_is_empty(arena) ||
		    jiffies - arena->emptied < min_idle)
			continue;
		table_remove(arena);
		list_add(&arena->list, out);
	}
}

/**
 * arenas_return() - give empty arenas that are not pinned back to the kernel
 * @min_idle: jiffies that an arena must have been empty for
 *
 * Context: Process context.
 * Return: the bytes given back.
 */
unsigned long arenas_return(unsigned long min_idle)
{
	struct arena *arena, *next;
	unsigned long bytes = 0;
	LIST_HEAD(out);

	mutex_lock(&mheap.return_lock);
	mutex_lock(&mheap.lock);
	collect_empty(min_idle, &out);
	mutex_unlock(&mheap.lock);
	list_for_each_entry_safe(arena, next, &out, list) {
		bytes += arena->vm_bytes;
		arena_destroy(arena);
	}
	mutex_unlock(&mheap.return_lock);
	return bytes;
}

/* Bytes of the table and of the arenas' descriptions. */
u64 arenas_metadata_bytes(void)
{
	u64 bytes = mheap.arenas_size * (sizeof(*mheap.arenas) + 2 * sizeof(*mheap.tree));
	unsigned long i;

	mheap_assert_locked();
	for (i = 0; i < mheap.arenas_size; i++)
		if (mheap.arenas[i])
			bytes += arena_metadata_bytes(mheap.arenas[i]);
	return bytes;
}

/* Called when no arena is left. */
void arenas_exit(void)
{
	kvfree(mheap.arenas);
	kvfree(mheap.tree);
}
