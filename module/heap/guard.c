// SPDX-License-Identifier: GPL-2.0
/*
 * guard: see guard.h. The pool is one vmalloc area: places of some pages each, with a page without
 * access before, between and behind them. Of a place only the pages of its object have access. An
 * object lies at the end of its place or, every second time, at its beginning. The bytes around it
 * in these pages hold a pattern that the free checks.
 *
 * A place is FREE, BUSY while one CPU prepares or ends it, or LIVE. The longest free is used next.
 */
#include <linux/atomic.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "heap/guard.h"
#include "heap/guard_pages.h"
#include "heap/guard_report.h"
#include "pages/object.h"

#define PATTERN		0xa9	/* around an object, and in a freed one */

DEFINE_STATIC_KEY_FALSE(guard_key);
DEFINE_PER_CPU(bool, guard_due);

/**
 * struct kind - places of one size
 * @pages: machine pages of a place
 * @n: how many places
 * @first: index of the first
 * @next: counts the places that were looked at
 */
struct kind {
	unsigned int pages;
	unsigned int n;
	unsigned int first;
	atomic_t next;
};

static struct kind kinds[] = {
	{ .pages = 1, .n = 96 },
	{ .pages = 8, .n = 12 },
	{ .pages = 32, .n = 4 },
};

#define NR_PLACES	(96 + 12 + 4)
#define NR_PAGES	(96 * 2 + 12 * 9 + 4 * 33 + 1)

/* Set once, before guard_key. */
static unsigned long pool;
static struct guard_place places[NR_PLACES];
static u8 place_of_page[NR_PAGES];	/* its index + 1; 0: a page without access */

static struct guard_place *place_at(unsigned long addr)
{
	unsigned int i = place_of_page[(addr - pool) >> PAGE_SHIFT];

	return i ? &places[i - 1] : NULL;
}

/* Whether an address is in the pool: not whether there is an object. */
bool guard_owns(unsigned long addr)
{
	unsigned long base = smp_load_acquire(&pool);	/* pairs with guard_start() */

	return base && addr - base < (unsigned long)NR_PAGES << PAGE_SHIFT;
}

/* The place with a live object that contains an address, or NULL. */
static struct guard_place *live_place(unsigned long addr)
{
	struct guard_place *place = guard_owns(addr) ? place_at(addr) : NULL;

	if (!place || smp_load_acquire(&place->state) != GUARD_LIVE)	/* with guard_alloc() */
		return NULL;
	return addr - place->obj < place->size ? place : NULL;
}

static void set_up_kind(struct kind *kind, unsigned long base, unsigned int *nr_places,
			unsigned int *page)
{
	struct guard_place *place;
	unsigned int i, j;

	kind->first = *nr_places;
	for (i = 0; i < kind->n; i++) {
		place = &places[*nr_places];
		place->start = base + ((unsigned long)*page << PAGE_SHIFT);
		place->bytes = kind->pages << PAGE_SHIFT;
		++*nr_places;
		for (j = 0; j < kind->pages; j++)
			place_of_page[(*page)++] = *nr_places;
		++*page;	/* the page without access behind it */
	}
}

/* Take the access to all pages away. Return: false if some page keeps it. */
static bool close_all(unsigned long base)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		if (!guard_page_close(base + ((unsigned long)i << PAGE_SHIFT)))
			return false;
	return true;
}

static void open_all(unsigned long base)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		guard_page_open(base + ((unsigned long)i << PAGE_SHIFT));
}

/**
 * guard_start() - get the memory for guarded objects, unless it is there
 *
 * Context: Process context, not twice at a time.
 * Return: 0 or -ENOMEM.
 */
int guard_start(void)
{
	unsigned int nr_places = 0, page = 1, i;
	void *area;

	if (pool)
		return 0;
	area = __vmalloc((unsigned long)NR_PAGES << PAGE_SHIFT, GFP_KERNEL | __GFP_NOWARN);
	if (!area)
		return -ENOMEM;
	kmemleak_free(area);		/* it would read pages without access */
	memset(area, PATTERN, (unsigned long)NR_PAGES << PAGE_SHIFT);
	if (!close_all((unsigned long)area)) {
		open_all((unsigned long)area);
		vfree(area);
		return -ENOMEM;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		set_up_kind(&kinds[i], (unsigned long)area, &nr_places, &page);
	smp_store_release(&pool, (unsigned long)area);	/* the places are set up: guard_owns() */
	static_branch_enable(&guard_key);
	return 0;
}

/* kmemleak must not know an object any more when its memory is used again; see end_object(). */
static void untell_kmemleak(struct guard_place *place)
{
	if (!IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) || !place->told || !may_lock())
		return;
	kmemleak_free((void *)place->obj);
	place->told = false;
}

/**
 * guard_exit() - give the memory back
 *
 * Context: Process context; nobody allocates, frees or samples any more.
 * Return: false if it stays, as an object is live.
 */
bool guard_exit(void)
{
	unsigned int i;

	for (i = 0; pool && i < NR_PLACES; i++)
		if (places[i].state != GUARD_FREE)
			return false;
	if (!pool)
		return true;
	for (i = 0; i < NR_PLACES; i++)
		untell_kmemleak(&places[i]);
	open_all(pool);
	vfree((void *)pool);
	return true;
}

u64 guard_metadata_bytes(void)
{
	return READ_ONCE(pool) ? (u64)NR_PAGES << PAGE_SHIFT : 0;
}

static struct guard_place *claim(size_t size, size_t align)
{
	size_t slack = align > PAGE_SIZE ? align - PAGE_SIZE : 0, bytes;
	struct guard_place *place;
	struct kind *kind = kinds;
	unsigned int i;

	if (check_add_overflow(size, slack, &bytes))
		return NULL;
	while (bytes > (size_t)kind->pages << PAGE_SHIFT)
		if (++kind == kinds + ARRAY_SIZE(kinds))
			return NULL;
	for (i = 0; i < kind->n; i++) {
		place = &places[kind->first + (u32)atomic_inc_return(&kind->next) % kind->n];
		if (READ_ONCE(place->state) == GUARD_FREE &&
		    cmpxchg(&place->state, GUARD_FREE, GUARD_BUSY) == GUARD_FREE)
			return place;
	}
	return NULL;
}

static unsigned long first_page(const struct guard_place *place)
{
	return round_down(place->obj, PAGE_SIZE);
}

static unsigned long end_page(const struct guard_place *place)
{
	return round_up(place->obj + place->size, PAGE_SIZE);
}

static void write_pattern(const struct guard_place *place)
{
	unsigned long behind = place->obj + place->size;

	memset((void *)first_page(place), PATTERN, place->obj - first_page(place));
	memset((void *)behind, PATTERN, end_page(place) - behind);
}

static void check_pattern(const struct guard_place *place)
{
	unsigned long behind = place->obj + place->size;
	void *bad;

	bad = memchr_inv((void *)behind, PATTERN, end_page(place) - behind) ?:
	      memchr_inv((void *)first_page(place), PATTERN, place->obj - first_page(place));
	if (bad)
		guard_report(place, GUARD_WROTE, (unsigned long)bad);
}

/* Give the pages of the object access, and no others: a fault may have opened some. */
static void open_object(const struct guard_place *place)
{
	unsigned long addr = place->start - PAGE_SIZE;

	for (; addr <= place->start + place->bytes; addr += PAGE_SIZE)
		if (addr >= first_page(place) && addr < end_page(place))
			guard_page_open(addr);
		else
			guard_page_close(addr);
}

static void close_object(const struct guard_place *place)
{
	unsigned long addr;

	for (addr = first_page(place); addr < end_page(place); addr += PAGE_SIZE)
		guard_page_close(addr);
}

static void prepare(struct guard_place *place, struct kspan_heap *heap, size_t size, size_t align,
		    gfp_t gfp)
{
	unsigned long last = place->start + place->bytes - size;

	untell_kmemleak(place);
	place->size = size;
	place->obj = (place - places + place->count++) % 2 ? round_up(place->start, align) :
							     round_down(last, align);
	place->heap = heap;
	WRITE_ONCE(place->root, heap->root);
	place->nr_allocated_by = stacks_collect(place->allocated_by);
	place->nr_freed_by = 0;
	open_object(place);
	write_pattern(place);
	if (heap->owner.ctor)
		heap->owner.ctor((void *)place->obj);
	else if (want_init_on_alloc(gfp))
		memset((void *)place->obj, 0, size);
	tell_kmemleak((void *)place->obj, size, gfp);
	place->told = true;
}

/**
 * guard_alloc() - allocate a guarded object, as one is due
 * @heap: the heap
 * @size: bytes
 * @align: bytes, a power of two
 * @gfp: allocation flags
 *
 * It counts as one of the heap's large objects, but not towards its limit.
 *
 * Context: Any, NMI included.
 * Return: the object, or NULL: then it is allocated as any other.
 */
void *guard_alloc(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
{
	struct guard_place *place;

	raw_cpu_write(guard_due, false);
	if (backing_is_direct(heap->owner.place.backing) || (OBJECT_HOOKS && !may_lock()))
		return NULL;
	place = claim(size, align);
	if (!place)
		return NULL;
	heap = heap_here(heap);
	if (!GUARD_HAS_PAGES)
		guard_check_freed(place, PATTERN);
	prepare(place, heap, size, align, gfp);
	atomic_long_inc(&heap->large_allocs);
	atomic_long_inc(&heap->large_objects);
	atomic_long_add(size, &heap->large_bytes);
	smp_store_release(&place->state, GUARD_LIVE);	/* pairs with live_place() */
	return (void *)place->obj;
}

/* Nobody else uses the place. */
static void end_object(struct guard_place *place)
{
	struct kspan_heap *heap = place->heap;

	untell_kmemleak(place);		/* after a free in NMI, the next object of the place does */
	place->nr_freed_by = stacks_collect(place->freed_by);
	check_pattern(place);
	memset((void *)place->obj, PATTERN, place->size);
	close_object(place);
	atomic_long_dec(&heap->large_objects);
	atomic_long_sub(place->size, &heap->large_bytes);
	smp_store_release(&place->state, GUARD_FREE);	/* pairs with claim()'s cmpxchg */
}

/**
 * guard_free() - free an object if it is a guarded one
 * @p: the pointer; if it is in the pool but no live object, that is reported
 * @caller: for the report
 *
 * Context: Any, NMI included.
 * Return: false if it is not in the pool.
 */
bool guard_free(const void *p, unsigned long caller)
{
	unsigned long addr = (unsigned long)p;
	struct guard_place *place;

	if (!guard_owns(addr))
		return false;
	place = place_at(addr);
	if (!place || READ_ONCE(place->obj) != addr ||
	    cmpxchg(&place->state, GUARD_LIVE, GUARD_BUSY) != GUARD_LIVE)
		guard_report_free(place, addr, caller);
	else
		end_object(place);
	return true;
}

/*
 * End the live objects of a heap, which nobody uses. Those of others may be freed meanwhile, and
 * their heaps end: of them only the place is looked at.
 */
void guard_end_heap(const struct kspan_heap *heap)
{
	struct guard_place *place;

	for (place = places; place < places + NR_PLACES; place++)
		/* Pairs with guard_alloc(): the root is of this object or of a later one. */
		if (smp_load_acquire(&place->state) == GUARD_LIVE &&
		    READ_ONCE(place->root) == heap->root &&
		    cmpxchg(&place->state, GUARD_LIVE, GUARD_BUSY) == GUARD_LIVE)
			end_object(place);
}

/* The start of the live object that contains an address, and its @bytes; 0 and 0 if none does. */
unsigned long guard_object(unsigned long addr, size_t *bytes)
{
	const struct guard_place *place = live_place(addr);

	*bytes = place ? place->size : 0;
	return place ? place->obj : 0;
}

/* The heap of the live object that contains an address, its root; NULL if none does. */
struct kspan_heap *guard_heap(const void *p)
{
	const struct guard_place *place = live_place((unsigned long)p);

	return place ? place->root : NULL;
}

/* The size of a live object, or 0 if none begins there. */
size_t guard_size(const void *p)
{
	const struct guard_place *place = live_place((unsigned long)p);

	return place && place->obj == (unsigned long)p ? place->size : 0;
}

/* The place that an access to a page without access meant: the nearer of its two neighbours. */
static struct guard_place *nearest(unsigned long addr)
{
	struct guard_place *before, *behind;
	bool has_before = addr >= pool + PAGE_SIZE;

	before = has_before ? place_at(addr - PAGE_SIZE) : NULL;
	behind = guard_owns(addr + PAGE_SIZE) ? place_at(addr + PAGE_SIZE) : NULL;
	if (!before || !behind)
		return before ?: behind;
	if (READ_ONCE(before->state) != GUARD_LIVE)
		return behind;
	if (READ_ONCE(behind->state) != GUARD_LIVE)
		return before;
	return addr - before->obj - before->size <= behind->obj - addr ? before : behind;
}

/**
 * guard_fault() - a page fault that nobody else handles
 * @addr: the address that was accessed
 * @write: whether it was a write
 *
 * The page is opened, so that the access succeeds when it is tried again.
 *
 * Context: Any.
 * Return: false if it is not of a guarded object.
 */
bool guard_fault(unsigned long addr, bool write)
{
	struct guard_place *place;

	if (!guard_owns(addr))
		return false;
	place = place_at(addr) ?: nearest(addr);
	if (!place)
		return false;
	guard_report(place, write ? GUARD_WRITE : GUARD_READ, addr);
	guard_page_open(addr);
	return true;
}
