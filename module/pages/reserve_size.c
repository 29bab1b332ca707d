// SPDX-License-Identifier: GPL-2.0
/*
 * reserve_size: fills the reserves, and has them grow and shrink. Only the worker, and whoever
 * stands in for it, changes their size. A cut leaves the pages before and behind it as smaller
 * runs. When these fill the table, the worker gives the smallest ones back.
 */
#include "base/params.h"
#include "pages/mheap.h"
#include "pages/reserve.h"

/* Largest size it grows to, unless reserve_kb says more. */
#define MAX_PAGES	BYTES_TO_PAGES(16UL << 20)

/* Looks at it, during which a half was not needed, before that goes back. */
#define LOOKS_TO_SHRINK	8

/* A hint: it may change right after the read. */
static unsigned long pages_in(const struct reserve *r)
{
	return data_race(READ_ONCE(r->npages));	/* it changes under the lock */
}

/* Pages in all reserves. */
unsigned long reserve_pages(void)
{
	unsigned long sum = 0;
	struct reserve *r;

	for_each_reserve(r)
		sum += pages_in(r);
	return sum;
}

/* Pages that a reserve is to hold when it has not run dry. */
static unsigned long base_pages(const struct reserve *r)
{
	return atomic_read(&r->users) ? param_reserve_pages() : 0;
}

/* Pages that it is to hold. Without a reserve there is nothing to grow. */
static unsigned long target(const struct reserve *r)
{
	unsigned long wanted = base_pages(r);

	return wanted ? wanted + READ_ONCE(r->extra) : 0;
}

/* Take the end of a run out, or all of it, as far as the reserve has more than @wanted pages. */
static struct reserve_run take_surplus(struct reserve *r, struct reserve_run *run,
				       unsigned long wanted)
{
	struct reserve_run surplus = { };
	unsigned long irqflags;

	spin_lock_irqsave(&r->lock, irqflags);
	if (r->npages > wanted) {
		surplus = *run;
		surplus.npages = min(run->npages, r->npages - wanted);
		run->npages -= surplus.npages;
		surplus.addr += run->npages << KSPAN_PAGE_SHIFT;
		r->npages -= surplus.npages;
	}
	spin_unlock_irqrestore(&r->lock, irqflags);
	return surplus;
}

static void give_surplus(struct reserve *r, unsigned long wanted)
{
	struct reserve_run surplus;
	unsigned int i;

	mutex_lock(&mheap.lock);
	for (i = 0; i < RESERVE_RUNS; i++) {
		surplus = take_surplus(r, &r->runs[i], wanted);
		reserve_give_locked(&surplus);
	}
	mutex_unlock(&mheap.lock);
}

/**
 * reserve_trim() - give back pages beyond reserve_kb, what it grew by among them
 *
 * Context: Process context.
 */
void reserve_trim(void)
{
	unsigned long irqflags;
	struct reserve *r;

	for_each_reserve(r) {
		spin_lock_irqsave(&r->lock, irqflags);
		WRITE_ONCE(r->extra, 0);
		spin_unlock_irqrestore(&r->lock, irqflags);
		give_surplus(r, base_pages(r));
	}
}

static void look(struct reserve *r)
{
	unsigned long irqflags, extra, wanted = target(r);

	spin_lock_irqsave(&r->lock, irqflags);
	extra = r->extra;
	r->looks = extra && r->low >= wanted / 2 ? r->looks + 1 : 0;
	if (r->looks >= LOOKS_TO_SHRINK) {
		r->looks = 0;
		WRITE_ONCE(r->extra, extra > MIN_RUN_PAGES ? extra / 2 : 0);
	}
	r->low = r->npages;
	r->asked = 0;
	spin_unlock_irqrestore(&r->lock, irqflags);
	if (pages_in(r) > target(r))
		give_surplus(r, target(r));
}

/**
 * reserve_look() - give back the half of what they grew by that was not needed for a while
 *
 * And what they hold beyond their size: a refill adds whole runs, and it may still fill a reserve
 * to a size that reserve_trim() just took back.
 *
 * Context: Process context; only the worker calls it, once a second.
 */
void reserve_look(void)
{
	struct reserve *r;

	for_each_reserve(r)
		look(r);
}

/* Bytes that all reserves are to hold now. */
unsigned long reserve_target_bytes(void)
{
	unsigned long sum = 0;
	struct reserve *r;

	for_each_reserve(r)
		sum += target(r);
	return sum << KSPAN_PAGE_SHIFT;
}

/* Whether each has what reserve_kb says, and no more. If not, the worker is to look again. */
bool reserve_is_settled(void)
{
	struct reserve *r;

	for_each_reserve(r)
		if (READ_ONCE(r->extra) || pages_in(r) != base_pages(r))
			return false;
	return true;
}

/*
 * If it ran dry: to what was asked for since the last look, but at least to twice the size. What
 * the worker could add meanwhile it may not be able to add the next time.
 */
static void grow(struct reserve *r)
{
	unsigned long irqflags, wanted, base = base_pages(r);

	spin_lock_irqsave(&r->lock, irqflags);
	wanted = min(max(2 * (base + r->extra), r->asked), MAX_PAGES);
	if (r->dry && base && wanted > base + r->extra) {
		WRITE_ONCE(r->extra, wanted - base);
		r->looks = 0;
	}
	r->dry = false;
	spin_unlock_irqrestore(&r->lock, irqflags);
}

static unsigned long run_pages(unsigned long wanted)
{
	return max(MIN_RUN_PAGES, 2 * wanted / RESERVE_RUNS);
}

/* Put a run in place of another, unless that was cut meanwhile. Return: the one that is left. */
static struct reserve_run replace_locked(struct reserve *r, unsigned int i, struct reserve_run old,
					 struct reserve_run new)
{
	struct reserve_run *run = &r->runs[i];
	unsigned long irqflags;

	spin_lock_irqsave(&r->lock, irqflags);
	if (run->addr == old.addr && run->npages == old.npages)
		swap(*run, new);
	spin_unlock_irqrestore(&r->lock, irqflags);
	return new;
}

static void pack(struct reserve *r)
{
	struct reserve_run old, new;
	unsigned long irqflags;
	unsigned int i;

	for (i = 0; i < RESERVE_RUNS; i++) {
		spin_lock_irqsave(&r->lock, irqflags);
		old = r->runs[i];
		spin_unlock_irqrestore(&r->lock, irqflags);
		if (!old.npages)
			continue;
		new.npages = old.npages;
		new.addr = arenas_take_better(new.npages, arenas_find(old.addr), &new.dirty);
		if (!new.addr)
			continue;
		old = replace_locked(r, i, old, new);
		reserve_give_locked(&old);
	}
}

/**
 * reserve_pack() - move the reserves so that they keep as few segments as can be
 *
 * Run by run, to segments that hold spans, else to where more of the reserve is. A reserve is full
 * all the time.
 *
 * Context: Process context.
 */
void reserve_pack(void)
{
	struct reserve *r;

	mutex_lock(&mheap.lock);
	for_each_reserve(r)
		pack(r);
	mutex_unlock(&mheap.lock);
}

/* Add a run from mheap. Return: false if mheap has none or the table is full. */
static bool add_run(struct reserve *r, unsigned long npages, gfp_t gfp)
{
	unsigned long addr, irqflags;
	bool dirty, added;

	addr = mheap_take_run(npages, r->place, gfp | __GFP_NOWARN, &dirty);
	if (!addr)
		return false;
	spin_lock_irqsave(&r->lock, irqflags);
	added = reserve_put_run(r, addr, npages, dirty);
	spin_unlock_irqrestore(&r->lock, irqflags);
	if (!added)
		mheap_give_run(addr, npages);
	return added;
}

/* Take the smallest run out, unless half of the table is free. */
static struct reserve_run take_crumb(struct reserve *r)
{
	struct reserve_run *run = NULL, crumb = { };
	unsigned long irqflags;
	unsigned int i;
	bool room;

	spin_lock_irqsave(&r->lock, irqflags);
	room = reserve_has_room(r, RESERVE_RUNS / 2);
	for (i = 0; i < RESERVE_RUNS && !room; i++)
		if (r->runs[i].npages && (!run || r->runs[i].npages < run->npages))
			run = &r->runs[i];
	if (run) {
		crumb = *run;
		r->npages -= run->npages;
		run->npages = 0;
	}
	spin_unlock_irqrestore(&r->lock, irqflags);
	return crumb;
}

/* Give the smallest runs back. The others stay: an atomic caller may come at any time. */
static void sweep(struct reserve *r)
{
	struct reserve_run crumb;

	mutex_lock(&mheap.lock);
	for (crumb = take_crumb(r); crumb.npages; crumb = take_crumb(r))
		reserve_give_locked(&crumb);
	mutex_unlock(&mheap.lock);
}

static void refill(struct reserve *r, gfp_t gfp)
{
	unsigned long wanted, npages;

	grow(r);
	wanted = target(r);
	npages = run_pages(wanted);
	if (pages_in(r) >= wanted)
		return;
	sweep(r);
	while (pages_in(r) < wanted && add_run(r, npages, gfp))
		;
}

/**
 * reserve_refill() - take pages from mheap until the reserves are full
 * @gfp: if it does not allow blocking, no segment is made
 *
 * Context: Process context; the scavenger.
 */
void reserve_refill(gfp_t gfp)
{
	struct reserve *r;

	for_each_reserve(r)
		refill(r, gfp);
}
