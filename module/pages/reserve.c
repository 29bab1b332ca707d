// SPDX-License-Identifier: GPL-2.0
/*
 * reserve: spans from the reserves. See reserve.h.
 */
#include "base/kick.h"
#include "pages/mheap.h"
#include "pages/reserve.h"

struct reserve reserves[NR_RESERVES] = {
	{
		.lock = __SPIN_LOCK_UNLOCKED(reserves[0].lock),
		.place = { BACKING_VMALLOC, NUMA_NO_NODE },
	},
	{
		.lock = __SPIN_LOCK_UNLOCKED(reserves[1].lock),
		.place = { BACKING_DIRECT, NUMA_NO_NODE },
	},
};

/* The reserve of a place, or NULL. */
static struct reserve *reserve_of(struct place place)
{
	struct reserve *r;

	for_each_reserve(r)
		if (r->place.backing == place.backing)
			return r;
	return NULL;
}

/**
 * reserve_use() - keep a reserve for a place
 * @place: the place of a heap; some have no reserve
 *
 * Context: Any. The worker fills it.
 */
void reserve_use(struct place place)
{
	struct reserve *r = reserve_of(place);

	if (r && atomic_inc_return(&r->users) == 1)
		kick_for(KICK_REFILL);
}

/* Undo reserve_use(): without users the worker gives it back. */
void reserve_unuse(struct place place)
{
	struct reserve *r = reserve_of(place);

	if (r && !atomic_dec_return(&r->users))
		kick_for(KICK_PARAMS);
}

/* The address in a run where an aligned span of @npages fits, or 0. */
static unsigned long fit(const struct reserve_run *run, unsigned long npages, unsigned long align)
{
	unsigned long addr = round_up(run->addr, align << KSPAN_PAGE_SHIFT);
	unsigned long skip = (addr - run->addr) >> KSPAN_PAGE_SHIFT;

	return run->npages >= skip + npages ? addr : 0;
}

/* Add a run. Return: false if the table is full. @r->lock is held. */
bool reserve_put_run(struct reserve *r, unsigned long addr, unsigned long npages, bool dirty)
{
	unsigned int i;

	for (i = 0; i < RESERVE_RUNS; i++) {
		if (r->runs[i].npages)
			continue;
		r->runs[i] = (struct reserve_run) { addr, npages, dirty };
		r->npages += npages;
		return true;
	}
	return false;
}

/* Whether the table has as many free entries. @r->lock is held. */
bool reserve_has_room(const struct reserve *r, unsigned int nr_runs)
{
	unsigned int i;

	for (i = 0; i < RESERVE_RUNS; i++)
		if (!r->runs[i].npages && !--nr_runs)
			return true;
	return false;
}

/* Cut @npages at @addr from a run. The pages before and behind stay in the reserve. */
static void cut(struct reserve *r, struct reserve_run *run, unsigned long addr,
		unsigned long npages)
{
	struct reserve_run old = *run;
	unsigned long end = addr + (npages << KSPAN_PAGE_SHIFT);

	r->npages -= old.npages;
	run->npages = 0;
	if (addr > old.addr)
		reserve_put_run(r, old.addr, (addr - old.addr) >> KSPAN_PAGE_SHIFT, old.dirty);
	npages += (addr - old.addr) >> KSPAN_PAGE_SHIFT;
	if (old.npages > npages)
		reserve_put_run(r, end, old.npages - npages, old.dirty);
}

static unsigned long take(struct reserve *r, unsigned long npages, unsigned long align,
			  bool *dirty)
{
	unsigned long irqflags, addr = 0;
	unsigned int i;

	spin_lock_irqsave(&r->lock, irqflags);
	for (i = 0; i < RESERVE_RUNS && !addr; i++) {
		addr = r->runs[i].npages ? fit(&r->runs[i], npages, align) : 0;
		/* A cut may turn one run into two, which needs a free entry. */
		if (addr && addr != r->runs[i].addr && !reserve_has_room(r, 1))
			addr = 0;
		if (addr) {
			*dirty = r->runs[i].dirty;
			cut(r, &r->runs[i], addr, npages);
		}
	}
	/* A run that is longer than those it has would not be there however large it is. */
	if (npages <= MIN_RUN_PAGES) {
		r->asked += npages;
		r->dry |= !addr;
	}
	r->low = min(r->low, r->npages);
	spin_unlock_irqrestore(&r->lock, irqflags);
	return addr;
}

/**
 * reserve_alloc_span() - get a span without sleeping
 * @owner: the account of the heap that gets it
 * @place: where its pages are to be
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @npages: pages
 * @align: alignment in pages
 * @gfp: as for kmem_cache_alloc()
 *
 * Context: Any that may take a spinlock.
 * Return: the span, or NULL. Unless the owner's limit is reached, the worker is told to refill.
 */
struct mspan *reserve_alloc_span(struct owner *owner, struct place place, unsigned int class,
				 unsigned long npages, unsigned long align, gfp_t gfp)
{
	struct reserve *r = reserve_of(place);
	struct mspan *span;
	unsigned long addr;
	bool dirty;

	if (!r)
		return NULL;
	if (!owner_charge(owner, npages)) {
		owner->ops->make_room(owner, false);
		return NULL;
	}
	span = mspan_new(class, gfp);
	addr = span ? take(r, npages, align, &dirty) : 0;
	kick_for(KICK_REFILL);	/* after take(), so that the worker finds room */
	if (addr) {
		mheap_span_begin(span, owner, addr, npages, dirty);
		return span;
	}
	if (span)
		mspan_delete(span);
	owner_uncharge(owner, npages);
	return NULL;
}

/* Give a run that was taken out back to mheap; mheap.lock is held. */
void reserve_give_locked(const struct reserve_run *run)
{
	if (run->npages)
		arenas_give(run->addr, run->npages);
}

static void drop_locked(struct reserve *r)
{
	struct reserve_run run;
	unsigned long irqflags;
	unsigned int i;

	for (i = 0; i < RESERVE_RUNS; i++) {
		spin_lock_irqsave(&r->lock, irqflags);
		run = r->runs[i];
		r->runs[i].npages = 0;
		r->npages -= run.npages;
		spin_unlock_irqrestore(&r->lock, irqflags);
		reserve_give_locked(&run);
	}
}

/**
 * reserve_drop() - give all pages back to mheap
 *
 * Context: Process context; the scavenger, and at unload.
 */
void reserve_drop(void)
{
	struct reserve *r;

	mutex_lock(&mheap.lock);
	for_each_reserve(r)
		drop_locked(r);
	mutex_unlock(&mheap.lock);
}
