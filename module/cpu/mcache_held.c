// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_held: mcaches that are busy although nobody is inside: see enum mcache_held. Only their
 * own CPU makes them so and ends it.
 */
#include "cpu/mcache.h"

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
