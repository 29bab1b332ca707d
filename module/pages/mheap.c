// SPDX-License-Identifier: GPL-2.0
/*
 * mheap: allocates spans for callers that may sleep, and takes pages back. Under mheap.lock; the
 * heaps' callbacks that it calls take the mcentrals' locks, one at a time.
 */
#include "base/kick.h"
#include "base/trace.h"
#include "pages/mheap.h"
#include "pages/pagemap.h"
#include "pages/poison.h"
#include "pages/report.h"
#include "pages/samples.h"
#include "pages/stacks.h"

/* Count pages that spans got, or gave back. */
void mheap_count_pages(long npages)
{
	long held = atomic_long_add_return(npages, &mheap.held_pages);
	long peak = atomic_long_read(&mheap.peak_pages);

	while (held > peak && !atomic_long_try_cmpxchg(&mheap.peak_pages, &peak, held))
		;
}

/**
 * mheap_span_begin() - turn a run of pages into a span
 * @span: from mspan_new()
 * @owner: the account of the heap that gets it
 * @addr: first address; the run is allocated and has its maps
 * @npages: pages
 * @dirty: whether the memory may hold anything but zeros
 *
 * Context: Any that may take a spinlock. mheap.lock is held, or only the caller uses the run.
 */
void mheap_span_begin(struct mspan *span, struct owner *owner, unsigned long addr,
		      unsigned long npages, bool dirty)
{
	mspan_begin(span, owner, addr, npages, dirty);
	/* kmemleak scans tiny objects for references, but does not track each of them. */
	if (span->class == CLASS_TINY)
		kmemleak_alloc((void *)addr, npages << KSPAN_PAGE_SHIFT, 0, GFP_NOWAIT);
	pagemap_set(addr, npages, span);
	atomic_long_inc(&mheap.nr_spans);
	mheap_count_pages(npages);
	owner_hold(owner, npages);
}

/* Give a span's pages back. */
static void span_end(struct mspan *span)
{
	mheap_assert_locked();
	trace_span_free(span->base, mspan_bytes(span), size_classes[span->class].size,
			span->owner->name, span->owner->place.node);
	if (span->records)
		poison_check_all(span);
	if (span->class == CLASS_TINY)
		kmemleak_free((void *)span->base);
	pagemap_set(span->base, span->npages, &ended_span);
	arenas_give(span->base, span->npages);
	mheap_count_pages(-(long)span->npages);
	owner_release(span->owner, span->npages);
	atomic_long_dec(&mheap.nr_spans);
	/* A lookup of a foreign pointer may still find the span: make its fast path fail. */
	WRITE_ONCE(span->limit, 0);
	record_delete_all(span);
	mspan_delete(span);
}

static void drain_large(void)
{
	struct llist_node *list = llist_del_all(&mheap.large_freed);
	struct mspan *span, *next;

	llist_for_each_entry_safe(span, next, list, late_node) {
		kmemleak_free((void *)span->base);	/* if object_free() could not */
		if (!span->region)
			span->owner->ops->end_large(span);
		span_end(span);
	}
}

static void drain_idle(struct mheap_idle *idle)
{
	struct mspan *span, *next;
	LIST_HEAD(spans);
	bool more;

	do {
		more = idle->take(idle, &spans);
		list_for_each_entry_safe(span, next, &spans, list) {
			list_del_init(&span->list);
			span_end(span);
		}
		cond_resched();
	} while (more);
}

static void drain_all_idle(void)
{
	struct llist_node *list = llist_del_all(&mheap.idle);
	struct mheap_idle *idle, *next;

	llist_for_each_entry_safe(idle, next, list, node)
		drain_idle(idle);
}

/**
 * mheap_offer_idle() - queue an mcentral that has spans without live objects
 * @idle: entry of the mcentral; on no list, and no other caller offers it
 *
 * Context: Any, NMI included.
 */
void mheap_offer_idle(struct mheap_idle *idle)
{
	if (llist_add(&idle->node, &mheap.idle))
		kick();
}

static void queue_late(struct mspan *span)
{
	if (!(atomic_long_fetch_or(MSPAN_LATE, &span->state) & MSPAN_LATE) &&
	    llist_add(&span->late_node, &mheap.late_spans))
		kick();
}

/**
 * mheap_drain_late() - return the late-freed objects to their spans
 *
 * mheap.lock serializes drains: a span that was taken off the list must not end before its late
 * frees are processed.
 *
 * Context: Process context, mheap.lock held.
 */
void mheap_drain_late(void)
{
	struct llist_node *list;
	struct mspan *span, *next;

	mheap_assert_locked();
	if (llist_empty(&mheap.late_spans))
		return;
	list = llist_del_all(&mheap.late_spans);
	llist_for_each_entry_safe(span, next, list, late_node)
		if (!span->owner->ops->drain_late(span))
			queue_late(span);
}

/* mheap_drain() for a caller that holds mheap.lock. */
void mheap_drain_locked(void)
{
	mheap_assert_locked();
	mheap_drain_late();
	if (!llist_empty(&mheap.large_freed))
		drain_large();
	if (!llist_empty(&mheap.idle))
		drain_all_idle();
}

/* Whether there are pages on the lists to be drained. */
bool mheap_has_idle(void)
{
	return !llist_empty(&mheap.large_freed) || !llist_empty(&mheap.idle) ||
	       !llist_empty(&mheap.late_spans);
}

/**
 * mheap_drain() - take back all pages that hold no live object
 *
 * Context: Process context.
 */
void mheap_drain(void)
{
	mutex_lock(&mheap.lock);
	mheap_drain_locked();
	mutex_unlock(&mheap.lock);
}

/*
 * Take a run and, if @span is not NULL, make it that span. A new segment is made between two tries,
 * outside the lock. It stays pinned until the run is taken, by this caller or by another. If it is
 * on another node than wanted, it is there for who takes any.
 */
static unsigned long take_run_or_grow(struct mspan *span, struct owner *owner,
				      unsigned long npages, unsigned long align,
				      struct place place, gfp_t gfp, bool *dirty)
{
	struct segment *pinned = NULL;
	unsigned long addr;
	bool elsewhere = false;

	do {
		mutex_lock(&mheap.lock);
		mheap_drain_locked();
		addr = arenas_take(npages, align, place, dirty);
		if (addr && span)
			mheap_span_begin(span, owner, addr, npages, *dirty);
		if (pinned)
			arenas_unpin(pinned);
		mutex_unlock(&mheap.lock);
		pinned = addr || elsewhere ? NULL : arenas_grow(npages, align, place, gfp);
		elsewhere = pinned && !place_has(place, pinned->node);
	} while (pinned);
	return addr;
}

/*
 * As take_run_or_grow(). Where limit_mb keeps it from growing it has all idle memory given back,
 * and then owners of heaps told, too. With __GFP_NOFAIL the limit is exceeded in the end.
 */
static unsigned long take_or_make_room(struct mspan *span, struct owner *owner,
				       unsigned long npages, unsigned long align,
				       struct place place, gfp_t gfp)
{
	unsigned long addr;
	unsigned int step;
	bool dirty;

	for (step = 0; ; step++) {
		addr = take_run_or_grow(span, owner, npages, align, place, gfp & ~__GFP_NOFAIL,
					&dirty);
		if (addr || step == 2 || !arenas_may_grow(gfp) ||
		    !arenas_limited(npages, align, place.backing))
			break;
		arenas_make_room(step == 1);
	}
	if (!addr && (gfp & __GFP_NOFAIL))
		addr = take_run_or_grow(span, owner, npages, align, place, gfp, &dirty);
	return addr;
}

static bool make_room_and_charge(struct owner *owner, unsigned long npages)
{
	owner->ops->make_room(owner, npages, true);
	mheap_drain();
	return owner_charge(owner, npages);
}

/*
 * A heap at its limit may hold unused spans, left by a reset or waiting for a drain: retry then.
 * If that is not enough, its owner may free objects.
 */
static bool charge(struct owner *owner, unsigned long npages, gfp_t gfp)
{
	return owner_charge(owner, npages) || make_room_and_charge(owner, npages) ||
	       (owner->ops->tell(owner) && make_room_and_charge(owner, npages)) ||
	       owner_charge_flags(owner, npages, gfp);
}

/**
 * mheap_alloc_span() - get a span
 * @owner: the account of the heap that gets it
 * @place: where its pages are to be
 * @class: size class, or CLASS_LARGE
 * @npages: pages
 * @align: alignment in pages
 * @gfp: allows blocking. With __GFP_NOFAIL limits are exceeded, and it waits for reclaim
 *
 * Return: the span, or NULL, also if the owner's limit is reached. All objects are free, and only
 *	the caller knows the span.
 */
struct mspan *mheap_alloc_span(struct owner *owner, struct place place, unsigned int class,
			       unsigned long npages, unsigned long align, gfp_t gfp)
{
	struct mspan *span;

	if (!charge(owner, npages, gfp))
		return NULL;
	span = mspan_new(class, gfp & ~__GFP_NOFAIL);
	if (span && take_or_make_room(span, owner, npages, align, place, gfp))
		return span;
	if (span)
		mspan_delete(span);
	owner_uncharge(owner, npages);
	return NULL;
}

/**
 * mheap_take_run() - get pages without a span, for the reserve
 * @npages: pages
 * @place: where
 * @gfp: if it does not allow blocking, no segment is made
 * @dirty: set to whether they may hold anything but zeros
 *
 * Context: Process context.
 * Return: their address, or 0.
 */
unsigned long mheap_take_run(unsigned long npages, struct place place, gfp_t gfp, bool *dirty)
{
	return take_run_or_grow(NULL, NULL, npages, 1, place, gfp, dirty);
}

/**
 * mheap_give_run() - give back pages without a span
 * @addr: their address
 * @npages: pages
 *
 * Context: Process context.
 */
void mheap_give_run(unsigned long addr, unsigned long npages)
{
	mutex_lock(&mheap.lock);
	arenas_give(addr, npages);
	mutex_unlock(&mheap.lock);
}

/**
 * mheap_free_large() - queue a large span to be taken back
 * @span: its object was freed
 *
 * Context: Any, NMI included.
 */
void mheap_free_large(struct mspan *span)
{
	if (llist_add(&span->late_node, &mheap.large_freed))
		kick();
}

/**
 * mheap_free_large_list() - queue large spans to be taken back
 * @first: @late_node of the first span; the others follow it
 * @last: of the last one
 *
 * Context: Any, NMI included.
 */
void mheap_free_large_list(struct llist_node *first, struct llist_node *last)
{
	if (llist_add_batch(first, last, &mheap.large_freed))
		kick();
}

/**
 * mheap_free_late() - free an object of a class in a context that must not lock
 * @span: its span
 * @index: the object
 *
 * Once the late bit is set, a drain may free the object and the span may end. So the free is
 * counted and the span queued first. A drain in between finds a counted free without its bit and
 * queues the span again.
 *
 * Context: Any, NMI included.
 */
void mheap_free_late(struct mspan *span, unsigned int index)
{
	void *obj = (void *)mspan_object(span, index);
	unsigned int class = span->class;

	if (test_bit(index, mspan_late_bits(span))) {
		report_double_free(obj, class, _RET_IP_);
		return;
	}
	atomic_long_add(MSPAN_LATE_ONE, &span->state);
	queue_late(span);
	/* Fully ordered: a drain that sees the bit also sees the count and the queued span. */
	if (test_and_set_bit(index, mspan_late_bits(span))) {
		atomic_long_sub(MSPAN_LATE_ONE, &span->state);
		report_double_free(obj, class, _RET_IP_);
	}
}

/**
 * mheap_free_late_word() - free objects of one word of a span's bits where no lock can be taken
 * @span: their span
 * @w: index of the word
 * @bits: the objects; nobody else frees them
 *
 * As mheap_free_late(), for objects that no caller had.
 *
 * Context: Any, NMI included.
 */
void mheap_free_late_word(struct mspan *span, unsigned int w, unsigned long bits)
{
	atomic_long_t *word = (atomic_long_t *)&mspan_late_bits(span)[w];
	unsigned long twice, first = mspan_object(span, w * BITS_PER_LONG);
	unsigned int class = span->class;

	atomic_long_add(hweight_long(bits) * MSPAN_LATE_ONE, &span->state);
	queue_late(span);
	/* A free of an object that was free already may have set its bit before. */
	twice = atomic_long_fetch_or(bits, word) & bits;
	if (unlikely(twice)) {
		atomic_long_sub(hweight_long(twice) * MSPAN_LATE_ONE, &span->state);
		first += __ffs(twice) * (unsigned long)size_classes[class].size;
		report_late_double_free((void *)first, class, hweight_long(twice));
	}
}

static void walk_segment(const struct segment *seg, const struct owner *owner,
			 void (*fn)(struct mspan *span, void *arg), void *arg)
{
	unsigned long page = 0;
	struct mspan *span;

	while (page < seg->npages) {
		if (segment_is_hole(seg, page)) {
			page++;
			continue;
		}
		span = pagemap_find(seg->base + (page << KSPAN_PAGE_SHIFT));
		page++;
		WRITE_ONCE(mheap.walked, mheap.walked + 1);
		if (!span->npages)
			continue;
		/* The reserve may begin a span meanwhile, so this may not be its first page. */
		page = ((span->base - seg->base) >> KSPAN_PAGE_SHIFT) + span->npages;
		if (span->owner == owner)
			fn(span, arg);
		cond_resched();
	}
}

/**
 * mheap_walk() - call a function for each span of an owner, by looking at all pages of all segments
 * @owner: the owner; its heap is not in use, but spans of other heaps may come and go
 * @fn: the function; it may free the object of a large span, but not end a span
 * @arg: for @fn
 *
 * heap_walk() looks at the spans of one heap only.
 *
 * Context: Process context; @fn is called under mheap.lock.
 */
void mheap_walk(struct owner *owner, void (*fn)(struct mspan *span, void *arg), void *arg)
{
	struct segment *seg;

	mutex_lock(&mheap.lock);
	mheap_drain_locked();
	for (seg = arenas_first(); seg; seg = arenas_next(seg))
		if (!segment_is_empty(seg))
			walk_segment(seg, owner, fn, arg);
	mutex_unlock(&mheap.lock);
}

/* Bytes of metadata in this folder. */
u64 mheap_metadata_bytes(void)
{
	u64 bytes = mspan_metadata_bytes() + pagemap_metadata_bytes() +
		    record_metadata_bytes() + stacks_metadata_bytes() +
		    samples_metadata_bytes();

	mutex_lock(&mheap.lock);
	bytes += arenas_metadata_bytes();
	mutex_unlock(&mheap.lock);
	return bytes;
}

int mheap_init(void)
{
	int err = mspan_caches_create();

	if (err)
		return err;
	err = pagemap_init(&mheap.lock);
	if (err)
		goto err_spans;
	err = arenas_init();
	if (err)
		goto err_pagemap;
	return 0;

err_pagemap:
	pagemap_exit();
err_spans:
	mspan_caches_destroy();
	return err;
}

/**
 * mheap_exit() - free the metadata after the last segment was returned
 *
 * Return: false if leaked spans keep segments: then nothing is freed.
 */
bool mheap_exit(void)
{
	if (mheap.nr_segments)
		return false;
	arenas_exit();
	pagemap_exit();
	mspan_caches_destroy();
	return true;
}
