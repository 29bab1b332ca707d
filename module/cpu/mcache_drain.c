// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_drain: giving back what an mcache holds, its end, and how the scavenger finds slots that
 * nobody uses. See mcache.h for the rules.
 */
#include <linux/slab.h>
#include "cpu/mcache_drain.h"
#include "cpu/tiny.h"

static void slot_drain(struct mcache *mc, unsigned int class)
{
	struct mcache_slot *slot = &mc->slot[class];
	struct mcentral *central = &mc->heap->central[class];
	struct claim claim = {
		.first = slot->first,
		.bits = slot->bits,
		.n = hweight_long(slot->bits),
	};

	if (slot->bits) {
		slot->got -= claim.n;
		slot->bits = 0;
		mcentral_unclaim(central, &claim);
	}
	if (slot->base) {
		if (slot_len(slot))
			mcache_flush(slot, central, slot_len(slot));
		kfree(slot_magazine(slot));
		slot_install(slot, NULL);
	}
	slot->starved = false;
}

static bool slot_is_idle(const struct mcache_slot *slot)
{
	return peek(slot->idle) && slot->seen == slot_activity(slot);
}

/**
 * mcache_drain() - give back what an mcache holds
 * @mc: an mcache that the caller has entered, or whose CPU is dead
 * @idle_only: only slots that the scavenger found idle, and that still are
 */
void mcache_drain(struct mcache *mc, bool idle_only)
{
	unsigned int class;

	if (!idle_only || (mc->tiny_idle && mc->tiny_seen == mcache_tiny_activity(mc)))
		tiny_leave(mc);
	for (class = 1; class < NR_CLASSES; class++)
		if (!idle_only || slot_is_idle(&mc->slot[class]))
			slot_drain(mc, class);
}

/**
 * mcache_retire() - keep the counts of an mcache that goes
 * @mc: of a dead CPU, drained
 */
void mcache_retire(const struct mcache *mc)
{
	struct kspan_heap *heap = mc->heap;
	const struct mcache_slot *slot;
	struct mcentral *central;
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++) {
		slot = &mc->slot[class];
		central = &heap->central[class];
		spin_lock_irq(&central->lock);
		central->retired_allocs += slot->got + slot->frees;
		central->retired_frees += slot->frees;
		spin_unlock_irq(&central->lock);
	}
	atomic_long_add(mc->tiny_allocs, &heap->tiny_allocs);
	atomic_long_add(mc->tiny_frees, &heap->tiny_frees);
}

/**
 * mcache_destroy() - put an end to a CPU's mcache
 * @heap: whose
 * @cpu: of whom; it is dead, or nobody uses the heap
 *
 * Context: Process context, heaps_lock held.
 */
void mcache_destroy(struct kspan_heap *heap, int cpu)
{
	struct mcache *mc = mcache_of(heap, cpu);

	if (!mc)
		return;
	WRITE_ONCE(*per_cpu_ptr(heap->owner.mcaches, cpu), mcache_absent(cpu));
	slow_section_begin();
	mcache_drain(mc, false);
	slow_section_end();
	mcache_retire(mc);
	kfree(mc);
}

static bool look_at_slot(struct mcache_slot *slot)
{
	u16 activity = slot_activity(slot);
	bool idle = (peek(slot->base) || peek(slot->bits)) && slot->seen == activity;

	WRITE_ONCE(slot->idle, idle);
	WRITE_ONCE(slot->seen, activity);
	return idle;
}

static bool look_at_tiny(struct mcache *mc)
{
	u32 activity = mcache_tiny_activity(mc);
	bool idle = peek(mc->tiny.block) && mc->tiny_seen == activity;

	WRITE_ONCE(mc->tiny_idle, idle);
	WRITE_ONCE(mc->tiny_seen, activity);
	return idle;
}

/**
 * mcache_look() - whether an mcache has slots that were not used since the last look
 * @mc: any CPU's; its slots may be in use
 *
 * Such slots are marked: mcache_drain() drains them, unless they are used before it comes. Only the
 * scavenger looks.
 */
bool mcache_look(struct mcache *mc)
{
	bool idle = look_at_tiny(mc);
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++)
		idle |= look_at_slot(&mc->slot[class]);
	return idle;
}
