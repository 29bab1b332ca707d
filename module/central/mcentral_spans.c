// SPDX-License-Identifier: GPL-2.0
/*
 * mcentral_spans: how the shared spans of a class come, go, and are walked; see mcentral.h for the
 * lock.
 */
#include "central/mcentral_lists.h"
#include "pages/record.h"
#include "pages/span_alloc.h"

/*
 * Hand spans without live objects to mheap, a few at a time, as interrupts are off meanwhile. mheap
 * calls this for a class that it took off its list. @is_idle stays set until no such span is left.
 */
static bool take_empty(struct mheap_idle *idle, struct list_head *out)
{
	struct mcentral *central = container_of(idle, struct mcentral, idle);
	unsigned int n = MCENTRAL_AT_ONCE;
	unsigned long irqflags;
	struct mspan *span;
	bool more;

	spin_lock_irqsave(&central->lock, irqflags);
	while (n-- && (span = first_empty(central))) {
		if (atomic_long_read(&span->state) & MSPAN_LATE) {
			/* An object was freed twice, late: the drain of late frees puts it back. */
			list_move_tail(&span->list, partial_list(central, span->nr_free));
			continue;
		}
		central->nr_spans--;
		central->nr_free -= span->nr_free;
		list_move_tail(&span->list, out);
	}
	more = first_empty(central);
	if (!more)
		clear_bit(0, &central->is_idle);
	spin_unlock_irqrestore(&central->lock, irqflags);
	return more;
}

void mcentral_init(struct mcentral *central, struct owner *owner, unsigned int class)
{
	spin_lock_init(&central->lock);
	INIT_LIST_HEAD(&central->partial[0]);
	INIT_LIST_HEAD(&central->partial[1]);
	INIT_LIST_HEAD(&central->rest);
	central->idle.take = take_empty;
	central->owner = owner;
	central->class = class;
}

/**
 * mcentral_grow() - get a class another span
 * @central: the class
 * @gfp: the caller's flags, for span_alloc()
 *
 * Return: whether there may be free objects now.
 */
bool mcentral_grow(struct mcentral *central, gfp_t gfp)
{
	const struct size_class *sc = &size_classes[central->class];
	unsigned long irqflags;
	struct mspan *span;

	span = span_alloc(central->owner, central->class, sc->npages, sc->align_pages, gfp);
	/* span_alloc() may have drained late frees of this class; rechecked under the lock. */
	if (!span)
		return peek(central->nr_free) ||
		       span_alloc_again(central->owner, sc->npages, sc->align_pages, gfp);
	if (central->owner->ctor)
		mspan_construct(span);
	spinning_begin();
	spin_lock_irqsave(&central->lock, irqflags);
	central->nr_spans++;
	central->nr_free += span->nr_free;
	/* If another span serves the caller, this one may go back unused. */
	list_add(&span->list, &central->rest);
	announce_idle(central);
	spin_unlock_irqrestore(&central->lock, irqflags);
	spinning_end();
	return true;
}

/* Take the objects in quarantine, which are to be freed later. Return: how many. */
static unsigned int take_held(struct mspan *span)
{
	const struct record *rec;
	unsigned int i, n = 0;

	for (i = 0; i < mspan_nr_objs(span); i++) {
		rec = record_at(span, i);
		if (!rec || !record_is(READ_ONCE(rec->state), RECORD_HELD))
			continue;
		mspan_unput(span, i);
		n++;
	}
	return n;
}

/**
 * mcentral_reset_span() - make all objects of a span free but those in quarantine
 * @central: the class
 * @span: one of its spans; no slot has a claim on it
 *
 * Without a quarantine the span is then empty, but mheap is not told: after a reset a heap is
 * usually filled again.
 */
void mcentral_reset_span(struct mcentral *central, struct mspan *span)
{
	unsigned int n;

	spin_lock_irq(&central->lock);
	n = mspan_reset(span);
	if (span->records)
		n -= take_held(span);
	central->nr_free += n;
	central->direct_frees += n;
	/* To the head of a list: mcentral_walk() would come to its end again. Or it stays. */
	if (span->nr_free == mspan_nr_objs(span))
		list_move(&span->list, &central->rest);
	else if (span->nr_free)
		list_move(&span->list, partial_list(central, span->nr_free));
	spin_unlock_irq(&central->lock);
}

/**
 * mcentral_offer_empty() - tell mheap of empty spans
 * @central: the class
 */
void mcentral_offer_empty(struct mcentral *central)
{
	unsigned long irqflags;

	spin_lock_irqsave(&central->lock, irqflags);
	if (first_empty(central))
		announce_idle(central);
	spin_unlock_irqrestore(&central->lock, irqflags);
}

/**
 * mcentral_add_large() - keep a large span of a heap on a list
 * @central: of CLASS_LARGE
 * @span: the span; of no region
 *
 * Context: Any that may take a spinlock.
 */
void mcentral_add_large(struct mcentral *central, struct mspan *span)
{
	unsigned long irqflags;

	spinning_begin();
	spin_lock_irqsave(&central->lock, irqflags);
	list_add_tail(&span->list, &central->rest);
	spin_unlock_irqrestore(&central->lock, irqflags);
	spinning_end();
}

/**
 * mcentral_detach() - let go of a span of one object, which becomes a large span
 * @central: its class
 * @span: its object is live, and nobody frees it meanwhile. The object counts as freed here
 *
 * Context: Any that may take a spinlock.
 * Return: false if a free of the object was a mistake and is not yet settled; then nothing changed.
 */
bool mcentral_detach(struct mcentral *central, struct mspan *span)
{
	unsigned long irqflags;
	bool alone;

	spin_lock_irqsave(&central->lock, irqflags);
	alone = !atomic_long_read(&span->state) && !span->nr_free;
	if (alone) {
		list_del_init(&span->list);
		central->nr_spans--;
		central->direct_frees++;
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	return alone;
}

/* Undo mcentral_add_large(): the span ends. */
void mcentral_remove_large(struct mcentral *central, struct mspan *span)
{
	unsigned long irqflags;

	spin_lock_irqsave(&central->lock, irqflags);
	list_del_init(&span->list);
	spin_unlock_irqrestore(&central->lock, irqflags);
}

static void walk_list(struct list_head *list, void (*fn)(struct mspan *span, void *arg), void *arg)
{
	struct mspan *span, *next;

	list_for_each_entry_safe(span, next, list, list) {
		fn(span, arg);
		cond_resched();
	}
}

/**
 * mcentral_walk() - call a function for each span of a class
 * @central: the class; its heap is not in use, and no slot, depot or late free has an object of it
 * @fn: the function; it may make all objects of the span free
 * @arg: for @fn
 *
 * Without such objects only mheap changes the lists, and @fn: the spans that it makes empty go to
 * the head of @rest, which the walk has passed.
 *
 * Context: Process context, mheap.lock held.
 */
void mcentral_walk(struct mcentral *central, void (*fn)(struct mspan *span, void *arg), void *arg)
{
	mheap_assert_locked();
	walk_list(&central->rest, fn, arg);
	walk_list(&central->partial[0], fn, arg);
	walk_list(&central->partial[1], fn, arg);
}
