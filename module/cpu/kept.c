// SPDX-License-Identifier: GPL-2.0
/*
 * kept: make room for large spans, and give them back. See kept.h for the rules. No locks.
 */
#include <linux/smp.h>
#include "base/kick.h"
#include "base/params.h"
#include "central/magazine.h"
#include "cpu/kept.h"
#include "pages/mheap.h"

static unsigned long bytes_of(const struct kept_slot *slot, unsigned int n)
{
	return ((unsigned long)n * slot->npages) << KSPAN_PAGE_SHIFT;
}

/* Give back @n spans from @first to @last. All are of one heap, or part of a heap. */
static void give_back(const struct kept_slot *slot, struct llist_node *first,
		      struct llist_node *last, unsigned int n)
{
	struct kspan_heap *heap = heap_of(llist_entry(first, struct mspan, late_node));

	atomic_long_sub(n, &heap->large_objects);
	atomic_long_sub(bytes_of(slot, n), &heap->large_bytes);
	mheap_free_large_list(first, last);
}

/* Give back @n spans, those that came first, and take the room for @room. */
static void cut(struct kept *kept, struct kept_slot *slot, unsigned int n, unsigned int room)
{
	struct llist_node **end = &slot->first, *first, *last;
	unsigned int stay = slot->n - n;

	while (stay--)
		end = &(*end)->next;
	first = *end;
	*end = NULL;
	slot->n -= n;
	slot->room -= room;
	kept->bytes -= bytes_of(slot, room);
	magazine_uncharge(bytes_of(slot, room), slot->cpu);
	if (first) {
		for (last = first; last->next; last = last->next)
			;
		give_back(slot, first, last, n);
	}
	if (!slot->room)
		*slot = (struct kept_slot) { };
}

static void cut_all(struct kept *kept, struct kept_slot *slot)
{
	cut(kept, slot, slot->n, slot->room);
}

/* Give back what the worker found, unless it was needed since. It may just be looking. */
static void cut_idle(struct kept *kept, struct kept_slot *slot)
{
	unsigned int n, empty;

	n = min3(READ_ONCE(slot->unused), READ_ONCE(slot->low), slot->n);
	empty = min_t(unsigned int, READ_ONCE(slot->empty),
		      slot->room - max(READ_ONCE(slot->high), slot->n));
	WRITE_ONCE(slot->unused, 0);
	WRITE_ONCE(slot->empty, 0);
	if (n + empty)
		cut(kept, slot, n, n + empty);
}

/**
 * kept_drain() - give back spans
 * @kept: of an mcache that the caller has entered or that nobody uses any more
 * @idle_only: only those that the worker found idle and that are still idle
 *
 * Context: Any, with preemption off.
 */
void kept_drain(struct kept *kept, bool idle_only)
{
	struct kept_slot *slot;

	for (slot = kept->slot; slot < kept->slot + KEPT_SLOTS; slot++) {
		if (!slot->room)
			continue;
		if (idle_only)
			cut_idle(kept, slot);
		else
			cut_all(kept, slot);
	}
}

/**
 * kept_shed() - have one slot give up its room
 * @kept: of an mcache that the caller has entered
 * @but: not this one; or NULL
 * @idle_only: only one whose room was not all needed lately
 *
 * Return: whether there was one.
 */
bool kept_shed(struct kept *kept, const struct kept_slot *but, bool idle_only)
{
	struct kept_slot *slot;
	unsigned int i;

	for (i = 0; i < KEPT_SLOTS; i++) {
		slot = &kept->slot[++kept->hand % KEPT_SLOTS];
		if (slot == but || !slot->room)
			continue;
		if (idle_only && !slot->low && slot->high == slot->room)
			continue;
		cut_all(kept, slot);
		return true;
	}
	return false;
}

/**
 * kept_may_have() - whether so much more is within its part of the budget
 * @kept: of an mcache that the caller has entered
 * @bytes: how much
 */
bool kept_may_have(const struct kept *kept, unsigned long bytes)
{
	return kept->bytes + bytes <= param_cpu_cache_bytes() / 4;
}

/* Other numbers of pages make room: first those that did not need it, then those that are next. */
static bool charge(struct kept *kept, const struct kept_slot *slot, unsigned long bytes)
{
	while (!kept_may_have(kept, bytes) || !magazine_charge(bytes))
		if (!kept_shed(kept, slot, true) && !kept_shed(kept, slot, false))
			return false;
	kept->bytes += bytes;
	return true;
}

/**
 * kept_miss() - note that an allocation found no span
 * @kept: of an mcache that the caller has entered
 * @npages: pages that it needs
 *
 * Return: how many did, for which no room was made yet.
 */
unsigned int kept_miss(struct kept *kept, unsigned long npages)
{
	struct kept_slot *slot = kept_slot(kept, npages);

	if (slot->npages != npages) {
		if (slot->room)
			cut_all(kept, slot);
		*slot = (struct kept_slot) { .npages = npages };
	}
	if (slot->missed < U16_MAX)
		slot->missed++;
	return slot->missed;
}

/**
 * kept_make_room() - let a slot keep one more span, if one was missed
 * @kept: of an mcache that the caller has entered
 * @slot: the slot
 * @max_bytes: see kept_put()
 *
 * Return: false if none was missed, or it would be too much for the CPU's budget or for one slot.
 */
bool kept_make_room(struct kept *kept, struct kept_slot *slot, unsigned long max_bytes)
{
	unsigned long bytes = bytes_of(slot, 1);

	if (!slot->missed || (slot->room + 1) * bytes > (max_bytes ?: param_magazine_bytes()) ||
	    !charge(kept, slot, bytes))
		return false;
	if (!slot->room++)
		slot->cpu = smp_processor_id();
	slot->missed--;
	kick_if_asleep();
	return true;
}

/* The slot may be in use: a value that is off by a few only costs or keeps a span. */
static bool look_at(struct kept_slot *slot)
{
	unsigned int n = peek(slot->n), room = peek(slot->room);
	unsigned int unused = min_t(unsigned int, peek(slot->low), n);
	unsigned int empty = room - min_t(unsigned int, peek(slot->high), room);

	WRITE_ONCE(slot->unused, unused);
	WRITE_ONCE(slot->empty, empty);
	WRITE_ONCE(slot->low, n);
	WRITE_ONCE(slot->high, n);
	return unused + empty;
}

/**
 * kept_look() - mark what was not needed since the last call
 * @kept: of any CPU's mcache
 *
 * Only the worker calls this.
 *
 * Return: whether there is anything that kept_drain() would give back.
 */
bool kept_look(struct kept *kept)
{
	struct kept_slot *slot;
	bool idle = false;

	for (slot = kept->slot; slot < kept->slot + KEPT_SLOTS; slot++)
		if (peek(slot->room))
			idle |= look_at(slot);
	return idle;
}

/* Whether there is anything to drain. */
bool kept_holds(const struct kept *kept)
{
	unsigned int i;

	for (i = 0; i < KEPT_SLOTS; i++)
		if (peek(kept->slot[i].room))
			return true;
	return false;
}

/**
 * kept_count() - how many spans are kept
 * @kept: of any CPU's mcache, perhaps in use
 * @bytes: what they hold is added to it
 */
unsigned long kept_count(const struct kept *kept, unsigned long *bytes)
{
	const struct kept_slot *slot;
	unsigned long n, sum = 0;

	for (slot = kept->slot; slot < kept->slot + KEPT_SLOTS; slot++) {
		n = peek(slot->n);
		sum += n;
		*bytes += n * peek(slot->npages) << KSPAN_PAGE_SHIFT;
	}
	return sum;
}
