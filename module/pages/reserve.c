// SPDX-License-Identifier: GPL-2.0
/*
 * reserve: spans from the reserves. See reserve.h.
 */
#include <linux/nodemask.h>
#include <linux/slab.h>
#include "base/kick.h"
#include "pages/mheap.h"
#include "pages/reserve.h"

LIST_HEAD(reserves);

static int add(enum backing backing, int node)
{
	struct reserve *r = kzalloc_node(sizeof(*r), GFP_KERNEL, node);

	if (!r)
		return -ENOMEM;
	spin_lock_init(&r->lock);
	r->place = (struct place) { backing, node };
	list_add_tail(&r->list, &reserves);
	return 0;
}

static int add_on_each_node(enum backing backing)
{
	int node, err = 0;

	if (!place_by_node)
		return add(backing, NUMA_NO_NODE);
	for_each_node_state(node, N_MEMORY)
		err = err ?: add(backing, node);
	return err;
}

int __init reserve_init(void)
{
	int err = add_on_each_node(BACKING_VMALLOC) ?: add_on_each_node(BACKING_DIRECT);

	if (err)
		reserve_exit();
	return err;
}

/* They are empty. */
void reserve_exit(void)
{
	struct reserve *r, *next;

	list_for_each_entry_safe(r, next, &reserves, list) {
		list_del(&r->list);
		kfree(r);
	}
}

/* Whether a reserve serves a place. */
static bool serves(const struct reserve *r, struct place place)
{
	return r->place.backing == place.backing && place_has(place, r->place.node);
}

/**
 * reserve_use() - keep reserves for a kind of memory
 * @place: the place of a heap; some have no reserve
 *
 * Context: Any. The worker fills them.
 */
void reserve_use(struct place place)
{
	struct reserve *r;

	for_each_reserve(r)
		if (serves(r, place_anywhere(place)) && atomic_inc_return(&r->users) == 1)
			kick_for(KICK_REFILL);
}

/* A heap that clients share, of whom there may be none, has no reserve until it asks for one. */
static bool is_unused(struct place place)
{
	struct reserve *r;

	for_each_reserve(r)
		if (serves(r, place) && !atomic_read(&r->users))
			return true;
	return false;
}

/* Undo reserve_use(): without users the worker gives them back. */
void reserve_unuse(struct place place)
{
	struct reserve *r;

	for_each_reserve(r)
		if (serves(r, place_anywhere(place)) && !atomic_dec_return(&r->users))
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

static unsigned long take_at(struct place place, unsigned long npages, unsigned long align,
			     bool *dirty)
{
	unsigned long addr = 0;
	struct reserve *r;

	for_each_reserve(r) {
		if (serves(r, place))
			addr = take(r, npages, align, dirty);
		if (addr)
			break;
	}
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
	struct mspan *span;
	unsigned long addr;
	bool dirty;

	if (!owner_charge_flags(owner, npages, gfp)) {
		owner->ops->make_room(owner, npages, false);
		return NULL;
	}
	if (place.backing == owner->place.backing && unlikely(is_unused(place)))
		reserve_use(place);
	span = mspan_new(class, gfp & ~__GFP_NOFAIL);
	addr = span ? take_at(place, npages, align, &dirty) : 0;
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
