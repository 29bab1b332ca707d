/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kept: the large spans without an object that an mcache keeps, by their number of pages: the next
 * large object of as many pages gets one, without mheap.lock, and fits it exactly.
 *
 * A large span is at one place at a time:
 *	live		it has an object; MSPAN_FREED is clear
 *	kept		MSPAN_FREED is set; on the list of one slot here
 *	given back	MSPAN_FREED is set; on mheap's list, or ended
 * Whoever sets MSPAN_FREED has the span: he keeps it or gives it back. A second free finds the flag
 * set, and is reported. kept_take() clears it when the span is on no list any more. A kept span
 * counts as held by its heap, towards its limit too, but not as a live object.
 *
 * The rules of mcache.h hold: a slot is changed with preemption off, by plain stores, between
 * mcache_enter() and mcache_exit(). So nobody breaks in:
 *	preemption	is off; nothing here sleeps or takes a lock, so on PREEMPT_RT it is the same
 *	softirq, hardirq, NMI	find the mcache busy. Their free gives the span back, by mheap's
 *			lock-free list; their allocation gets a span of mheap or the reserve
 *	another CPU	has mcaches of its own. It reads @n and @npages, for figures
 *	a drain		is in hard interrupt on this CPU, after mcache_enter(); or comes when the
 *			CPU is dead or the heap unused (mcache_destroy())
 *	hotplug		as that drain
 *	a CPU that never answers	keeps what it has: at most what its budget allows
 * Giving back adds to mheap's lock-free list, so a drain may do it in any context.
 *
 * Budget: a slot has room for so many spans, which count in the budget of the CPU that made the
 * room, until a drain takes the room away. Room is made for what was missed: an allocation that
 * finds no span lets the slot have one more. So a CPU that only frees keeps nothing, nor does one
 * that gets large objects and frees them smaller. An mcache's spans have at most a quarter of the
 * budget, or the CPU's other heaps would have nothing.
 *
 * The worker looks how many spans were kept at the least since it looked before, and how many at
 * the most: a drain gives back the least, and what the most leaves of the room. A slot serves one
 * number of pages, the last one that was missed.
 */
#ifndef _KSPAN_KEPT_H
#define _KSPAN_KEPT_H

#include "central/heap.h"

#define KEPT_BITS	4
#define KEPT_SLOTS	BIT(KEPT_BITS)

/**
 * struct kept_slot - spans of one number of pages
 * @first: the last one that came, linked by @late_node, or NULL
 * @npages: their pages
 * @n: how many there are
 * @room: how many it may have; they count in the budget
 * @low: the least @n since the worker looked, which then also sets it, as the next three
 * @high: the most
 * @unused: spans that were not needed, as the worker found
 * @empty: room that was not needed
 * @cpu: in whose budget @room counts
 * @missed: allocations that found none, and for which no room was made yet
 */
struct kept_slot {
	struct llist_node *first;
	u32 npages;
	u16 n;
	u16 room;
	u16 low;
	u16 high;
	u16 unused;
	u16 empty;
	u16 cpu;
	u16 missed;
};

/**
 * struct kept - what an mcache keeps of large spans
 * @slot: by a hash of the number of pages
 * @bytes: what all slots have room for
 * @takes: large objects that were allocated from here
 * @hand: the slot that was last asked to make room for another
 */
struct kept {
	struct kept_slot slot[KEPT_SLOTS];
	unsigned long bytes;
	unsigned long takes;
	unsigned int hand;
};

/* Spread numbers in a row, and multiples of a power of two. */
static __always_inline struct kept_slot *kept_slot(struct kept *kept, unsigned long npages)
{
	return &kept->slot[(u32)npages * 0x9e3779b1U >> (32 - KEPT_BITS)];
}

/**
 * kept_take() - take a span for a new object
 * @kept: of an mcache that the caller has entered
 * @npages: its pages
 * @align: bytes, a power of two
 * @taken: set to the span
 *
 * Return: false if none is kept that fits.
 */
static __always_inline bool kept_take(struct kept *kept, unsigned long npages, size_t align,
				      struct mspan **taken)
{
	struct kept_slot *slot = kept_slot(kept, npages);
	struct llist_node *first = slot->first;
	struct mspan *span;

	if (!first || slot->npages != npages)
		return false;
	span = llist_entry(first, struct mspan, late_node);
	if (align > KSPAN_PAGE_SIZE && span->base & (align - 1))
		return false;
	slot->first = first->next;
	slot->n--;
	if (slot->n < READ_ONCE(slot->low))
		WRITE_ONCE(slot->low, slot->n);
	kept->takes++;
	atomic_long_set(&span->state, 0);
	*taken = span;
	return true;
}

/* Link a span into a slot that has room. */
static __always_inline void kept_link(struct kept_slot *slot, struct mspan *span)
{
	span->late_node.next = slot->first;
	slot->first = &span->late_node;
	slot->n++;
	if (slot->n > READ_ONCE(slot->high))
		WRITE_ONCE(slot->high, slot->n);
}

/**
 * kept_put_live() - take the object of a span from its user, and keep the span, if that is simple
 * @kept: of an mcache of its heap that the caller has entered
 * @span: a span with @keeps whose object is not freed, or the caller is wrong
 *
 * Return: false if nothing was done.
 */
static __always_inline bool kept_put_live(struct kept *kept, struct mspan *span)
{
	struct kept_slot *slot = kept_slot(kept, span->npages);

	if (unlikely(slot->npages != span->npages || slot->n == slot->room ||
		     !mspan_take_large(span)))
		return false;
	kept_link(slot, span);
	return true;
}

unsigned int kept_miss(struct kept *kept, unsigned long npages);
bool kept_may_have(const struct kept *kept, unsigned long bytes);
bool kept_make_room(struct kept *kept, struct kept_slot *slot, unsigned long max_bytes);

/**
 * kept_put() - keep a span
 * @kept: of an mcache of its heap that the caller has entered
 * @span: MSPAN_FREED was set by the caller; its object is wiped
 * @max_bytes: bytes of one number of pages that may be kept; 0: as the parameter magazine_kb
 *
 * Return: false if there is no room; then the caller has the span still.
 */
static __always_inline bool kept_put(struct kept *kept, struct mspan *span, unsigned long max_bytes)
{
	struct kept_slot *slot = kept_slot(kept, span->npages);

	if (slot->npages != span->npages)
		return false;
	if (unlikely(slot->n == slot->room) && !kept_make_room(kept, slot, max_bytes))
		return false;
	kept_link(slot, span);
	return true;
}

void kept_drain(struct kept *kept, bool idle_only);
bool kept_shed(struct kept *kept, const struct kept_slot *but, bool idle_only);
bool kept_look(struct kept *kept);
bool kept_holds(const struct kept *kept);
unsigned long kept_count(const struct kept *kept, unsigned long *bytes);

#endif /* _KSPAN_KEPT_H */
