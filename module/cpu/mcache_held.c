// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_held: whether this CPU has an object that was freed; and mcaches that are busy although
 * nobody is inside: see enum mcache_held. Only their own CPU makes them so and ends it.
 */
#include <linux/minmax.h>
#include "cpu/mcache.h"

/* Of a magazine so many objects are looked at, those that were freed last. */
#define LOOK_AT		64U

/**
 * mcache_has_freed() - whether an object lies in this CPU's magazine
 * @span: its span, of a class
 * @obj: where it begins
 *
 * It is no live object then. An object that lies deeper in the magazine, in that of another CPU or
 * in a depot is not found.
 *
 * Context: Any.
 */
bool mcache_has_freed(const struct mspan *span, const void *obj)
{
	const struct mcache_slot *slot;
	unsigned int i, n = 0;
	bool found = false;
	struct mcache *mc;

	preempt_disable();
	mc = this_cpu_read(*span->mcaches);
	if (mcache_enter(mc)) {
		slot = mcache_slot_at(mc, span->slot);
		n = min(slot_len(slot), LOOK_AT);
		for (i = 1; i <= n && !found; i++)
			found = slot->top[-(int)i] == obj;
		mcache_exit(mc);
	}
	preempt_enable();
	return found;
}

/**
 * mcache_sample_here() - send this CPU's next operation in a heap past the fast path
 * @heap: the heap, or a part
 *
 * Context: Hard interrupt.
 */
void mcache_sample_here(struct kspan_heap *heap)
{
	struct mcache *mc = mcache_of(heap, smp_processor_id());

	if (mc && !mc->held && mcache_enter(mc))
		WRITE_ONCE(mc->held, MCACHE_SAMPLED);
}

/* Have the fast path again. */
void mcache_end_sample(struct kspan_heap *heap)
{
	struct mcache *mc;

	preempt_disable();
	mc = mcache_of(heap, smp_processor_id());
	if (mc && mcache_enter_held(mc, MCACHE_SAMPLED))
		mcache_exit(mc);
	preempt_enable();
}

/**
 * mcache_hold_here() - make this CPU's mcache of a heap unusable, so that others may destroy it
 * @heap: the heap, or a part; it gets no mcaches any more
 *
 * It is entered and never left. Whoever finds it busy goes past it.
 *
 * Context: Hard interrupt.
 * Return: false if it was interrupted in use: try again.
 */
bool mcache_hold_here(struct kspan_heap *heap)
{
	struct mcache *mc = mcache_of(heap, smp_processor_id());

	if (!mc || mc->held == MCACHE_HELD)
		return true;
	if (!mcache_enter(mc) && !mcache_enter_held(mc, MCACHE_SAMPLED))
		return false;
	WRITE_ONCE(mc->held, MCACHE_HELD);
	return true;
}
