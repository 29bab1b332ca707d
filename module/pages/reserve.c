// SPDX-License-Identifier: GPL-2.0
/*
 * reserve: see reserve.h. Only the worker, and whoever stands in for it, changes its size. A cut
 * leaves the pages before and behind it as smaller runs. When these fill the table, the worker
 * gives the smallest ones back.
 */
#include <linux/spinlock.h>
#include "base/kick.h"
#include "base/params.h"
#include "pages/mheap.h"
#include "pages/reserve.h"

#define NR_RUNS		32

/* Largest size it grows to, unless reserve_kb says more. */
#define MAX_PAGES	BYTES_TO_PAGES(16UL << 20)

/* Looks at it, during which a half was not needed, before that goes back. */
#define LOOKS_TO_SHRINK	8

/* A refill adds about NR_RUNS / 2 runs of at least this: more than the span of a small class. */
#define MIN_RUN_PAGES	16UL

/**
 * struct reserve_run - a run of unused pages
 * @addr: address of the first page
 * @npages: number of pages; 0 if the entry is free
 * @dirty: whether the pages may hold anything but zeros
 */
struct reserve_run {
	unsigned long addr;
	unsigned long npages;
	bool dirty;
};

/**
 * struct reserve - the module's reserve
 * @lock: guards all fields
 * @runs: the runs, in no order
 * @npages: pages in all runs
 * @low: fewest pages since the last look
 * @asked: pages that callers asked for since the last look, whether they got them or not
 * @dry: one of them got none since the last refill
 * @extra: pages that it is to hold beyond reserve_kb; read without @lock as a hint
 * @looks: looks since it ran low or changed its size
 */
static struct reserve {
	spinlock_t lock;
	struct reserve_run runs[NR_RUNS];
	unsigned long npages;
	unsigned long low;
	unsigned long asked;
	bool dry;
	unsigned long extra;
	unsigned int looks;
} reserve = {
	.lock = __SPIN_LOCK_UNLOCKED(reserve.lock),
};

/* Pages in the reserve. */
unsigned long reserve_pages(void)
{
	/* A hint: it may change right after the read. */
	return data_race(READ_ONCE(reserve.npages));
}

/* Pages that it is to hold. Without a reserve there is nothing to grow. */
static unsigned long target(void)
{
	unsigned long wanted = param_reserve_pages();

	return wanted ? wanted + READ_ONCE(reserve.extra) : 0;
}

/* The address in a run where an aligned span of @npages fits, or 0. */
static unsigned long fit(const struct reserve_run *run, unsigned long npages, unsigned long align)
{
	unsigned long addr = round_up(run->addr, align << KSPAN_PAGE_SHIFT);
	unsigned long skip = (addr - run->addr) >> KSPAN_PAGE_SHIFT;

	return run->npages >= skip + npages ? addr : 0;
}

static bool put_run(unsigned long addr, unsigned long npages, bool dirty)
{
	unsigned int i;

	for (i = 0; i < NR_RUNS; i++) {
		if (reserve.runs[i].npages)
			continue;
		reserve.runs[i] = (struct reserve_run) { addr, npages, dirty };
		reserve.npages += npages;
		return true;
	}
	return false;
}

static bool has_room(unsigned int nr_runs)
{
	unsigned int i;

	for (i = 0; i < NR_RUNS; i++)
		if (!reserve.runs[i].npages && !--nr_runs)
			return true;
	return false;
}

/* Cut @npages at @addr from a run. The pages before and behind stay in the reserve. */
static void cut(struct reserve_run *run, unsigned long addr, unsigned long npages)
{
	struct reserve_run old = *run;
	unsigned long end = addr + (npages << KSPAN_PAGE_SHIFT);

	reserve.npages -= old.npages;
	run->npages = 0;
	if (addr > old.addr)
		put_run(old.addr, (addr - old.addr) >> KSPAN_PAGE_SHIFT, old.dirty);
	npages += (addr - old.addr) >> KSPAN_PAGE_SHIFT;
	if (old.npages > npages)
		put_run(end, old.npages - npages, old.dirty);
}

static unsigned long take(unsigned long npages, unsigned long align, bool *dirty)
{
	unsigned long irqflags, addr = 0;
	unsigned int i;

	spin_lock_irqsave(&reserve.lock, irqflags);
	for (i = 0; i < NR_RUNS && !addr; i++) {
		addr = reserve.runs[i].npages ? fit(&reserve.runs[i], npages, align) : 0;
		/* A cut may turn one run into two, which needs a free entry. */
		if (addr && addr != reserve.runs[i].addr && !has_room(1))
			addr = 0;
		if (addr) {
			*dirty = reserve.runs[i].dirty;
			cut(&reserve.runs[i], addr, npages);
		}
	}
	/* A run that is longer than those it has would not be there however large it is. */
	if (npages <= MIN_RUN_PAGES) {
		reserve.asked += npages;
		reserve.dry |= !addr;
	}
	reserve.low = min(reserve.low, reserve.npages);
	spin_unlock_irqrestore(&reserve.lock, irqflags);
	return addr;
}

/**
 * reserve_alloc_span() - get a span without sleeping
 * @owner: the account of the heap that gets it
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @npages: pages
 * @align: alignment in pages
 * @gfp: as for kmem_cache_alloc()
 *
 * Context: Any that may take a spinlock.
 * Return: the span, or NULL. Unless the owner's limit is reached, the worker is told to refill.
 */
struct mspan *reserve_alloc_span(struct owner *owner, unsigned int class, unsigned long npages,
				 unsigned long align, gfp_t gfp)
{
	struct mspan *span;
	unsigned long addr;
	bool dirty;

	if (!owner_charge_flags(owner, npages, gfp)) {
		owner->ops->make_room(owner, npages, false);
		return NULL;
	}
	span = mspan_new(class, gfp & ~__GFP_NOFAIL);
	addr = span ? take(npages, align, &dirty) : 0;
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

static void give_locked(const struct reserve_run *run)
{
	if (run->npages)
		arenas_give(run->addr, run->npages);
}

static void drop_locked(void)
{
	struct reserve_run run;
	unsigned long irqflags;
	unsigned int i;

	for (i = 0; i < NR_RUNS; i++) {
		spin_lock_irqsave(&reserve.lock, irqflags);
		run = reserve.runs[i];
		reserve.runs[i].npages = 0;
		reserve.npages -= run.npages;
		spin_unlock_irqrestore(&reserve.lock, irqflags);
		give_locked(&run);
	}
}

/**
 * reserve_drop() - give all pages back to mheap
 *
 * Context: Process context; the scavenger, and at unload.
 */
void reserve_drop(void)
{
	mutex_lock(&mheap.lock);
	drop_locked();
	mutex_unlock(&mheap.lock);
}

/* Take the end of a run out, or all of it, as far as the reserve has more than @wanted pages. */
static struct reserve_run take_surplus(struct reserve_run *run, unsigned long wanted)
{
	struct reserve_run surplus = { };
	unsigned long irqflags;

	spin_lock_irqsave(&reserve.lock, irqflags);
	if (reserve.npages > wanted) {
		surplus = *run;
		surplus.npages = min(run->npages, reserve.npages - wanted);
		run->npages -= surplus.npages;
		surplus.addr += run->npages << KSPAN_PAGE_SHIFT;
		reserve.npages -= surplus.npages;
	}
	spin_unlock_irqrestore(&reserve.lock, irqflags);
	return surplus;
}

static void give_surplus(unsigned long wanted)
{
	struct reserve_run surplus;
	unsigned int i;

	mutex_lock(&mheap.lock);
	for (i = 0; i < NR_RUNS; i++) {
		surplus = take_surplus(&reserve.runs[i], wanted);
		give_locked(&surplus);
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

	spin_lock_irqsave(&reserve.lock, irqflags);
	WRITE_ONCE(reserve.extra, 0);
	spin_unlock_irqrestore(&reserve.lock, irqflags);
	give_surplus(param_reserve_pages());
}

/**
 * reserve_look() - give back the half of what it grew by that was not needed for a while
 *
 * Context: Process context; only the worker calls it, once a second.
 */
void reserve_look(void)
{
	unsigned long irqflags, extra, wanted = target();

	spin_lock_irqsave(&reserve.lock, irqflags);
	extra = reserve.extra;
	reserve.looks = extra && reserve.low >= wanted / 2 ? reserve.looks + 1 : 0;
	if (reserve.looks >= LOOKS_TO_SHRINK) {
		reserve.looks = 0;
		WRITE_ONCE(reserve.extra, extra > MIN_RUN_PAGES ? extra / 2 : 0);
	}
	reserve.low = reserve.npages;
	reserve.asked = 0;
	spin_unlock_irqrestore(&reserve.lock, irqflags);
	if (extra)
		give_surplus(target());
}

/* Bytes that it is to hold now. */
unsigned long reserve_target_bytes(void)
{
	return target() << KSPAN_PAGE_SHIFT;
}

/* Whether it has what reserve_kb says, and no more. */
bool reserve_is_settled(void)
{
	return !READ_ONCE(reserve.extra) && reserve_pages() >= param_reserve_pages();
}

/*
 * If it ran dry: to what was asked for since the last look, but at least to twice the size. What
 * the worker could add meanwhile it may not be able to add the next time.
 */
static void grow(void)
{
	unsigned long irqflags, wanted, base = param_reserve_pages();

	spin_lock_irqsave(&reserve.lock, irqflags);
	wanted = min(max(2 * (base + reserve.extra), reserve.asked), MAX_PAGES);
	if (reserve.dry && base && wanted > base + reserve.extra) {
		WRITE_ONCE(reserve.extra, wanted - base);
		reserve.looks = 0;
	}
	reserve.dry = false;
	spin_unlock_irqrestore(&reserve.lock, irqflags);
}

static unsigned long run_pages(unsigned long wanted)
{
	return max(MIN_RUN_PAGES, 2 * wanted / NR_RUNS);
}

/* Put a run in place of another, unless that was cut meanwhile. Return: the one that is left. */
static struct reserve_run replace_locked(unsigned int i, struct reserve_run old,
					 struct reserve_run new)
{
	struct reserve_run *run = &reserve.runs[i];
	unsigned long irqflags;

	spin_lock_irqsave(&reserve.lock, irqflags);
	if (run->addr == old.addr && run->npages == old.npages)
		swap(*run, new);
	spin_unlock_irqrestore(&reserve.lock, irqflags);
	return new;
}

/**
 * reserve_pack() - move the reserve so that it keeps as few segments as can be
 *
 * Run by run, to segments that hold spans, else to where more of the reserve is. It is full all the
 * time.
 *
 * Context: Process context.
 */
void reserve_pack(void)
{
	struct reserve_run old, new;
	unsigned long irqflags;
	unsigned int i;

	mutex_lock(&mheap.lock);
	for (i = 0; i < NR_RUNS; i++) {
		spin_lock_irqsave(&reserve.lock, irqflags);
		old = reserve.runs[i];
		spin_unlock_irqrestore(&reserve.lock, irqflags);
		if (!old.npages)
			continue;
		new.npages = old.npages;
		new.addr = arenas_take_better(new.npages, arenas_find(old.addr), &new.dirty);
		if (!new.addr)
			continue;
		old = replace_locked(i, old, new);
		give_locked(&old);
	}
	mutex_unlock(&mheap.lock);
}

/* Add a run from mheap. Return: false if mheap has none or the table is full. */
static bool add_run(unsigned long npages, gfp_t gfp)
{
	unsigned long addr, irqflags;
	bool dirty, added;

	addr = mheap_take_run(npages, gfp | __GFP_NOWARN, &dirty);
	if (!addr)
		return false;
	spin_lock_irqsave(&reserve.lock, irqflags);
	added = put_run(addr, npages, dirty);
	spin_unlock_irqrestore(&reserve.lock, irqflags);
	if (!added)
		mheap_give_run(addr, npages);
	return added;
}

/* Take the smallest run out, unless half of the table is free. */
static struct reserve_run take_crumb(void)
{
	struct reserve_run *run = NULL, crumb = { };
	unsigned long irqflags;
	unsigned int i;
	bool room;

	spin_lock_irqsave(&reserve.lock, irqflags);
	room = has_room(NR_RUNS / 2);
	for (i = 0; i < NR_RUNS && !room; i++)
		if (reserve.runs[i].npages && (!run || reserve.runs[i].npages < run->npages))
			run = &reserve.runs[i];
	if (run) {
		crumb = *run;
		reserve.npages -= run->npages;
		run->npages = 0;
	}
	spin_unlock_irqrestore(&reserve.lock, irqflags);
	return crumb;
}

/* Give the smallest runs back. The others stay: an atomic caller may come at any time. */
static void sweep(void)
{
	struct reserve_run crumb;

	mutex_lock(&mheap.lock);
	for (crumb = take_crumb(); crumb.npages; crumb = take_crumb())
		give_locked(&crumb);
	mutex_unlock(&mheap.lock);
}

/**
 * reserve_refill() - take pages from mheap until the reserve is full
 * @gfp: if it does not allow blocking, no segment is made
 *
 * Context: Process context; the scavenger.
 */
void reserve_refill(gfp_t gfp)
{
	unsigned long wanted, npages;

	grow();
	wanted = target();
	npages = run_pages(wanted);
	if (reserve_pages() >= wanted)
		return;
	sweep();
	while (reserve_pages() < wanted && add_run(npages, gfp))
		;
}
