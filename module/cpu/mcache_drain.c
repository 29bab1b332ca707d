// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_drain: drain and destroy mcaches, and find idle slots for the scavenger. See mcache.h for
 * the rules.
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
 * mcache_drain() - give back the objects that an mcache holds
 * @mc: an mcache that the caller has entered or that nobody uses any more
 * @idle_only: drain only slots that the scavenger found idle and that are still idle
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
 * mcache_retire() - add the counts of an mcache to its heap before it is freed
 * @mc: a drained mcache that nobody uses any more
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
 * mcache_destroy() - drain and free a CPU's mcache
 * @heap: the heap
 * @cpu: the CPU; it is dead, or nobody uses the heap
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
 * mcache_look() - mark the slots that were not used since the last call
 * @mc: any CPU's mcache; its slots may be in use
 *
 * mcache_drain() drains the marked slots, unless they are used before it runs. Only the scavenger
 * calls this.
 *
 * Return: whether a slot, or the tiny block, was marked.
 */
bool mcache_look(struct mcache *mc)
{
	bool idle = look_at_tiny(mc);
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++)
		idle |= look_at_slot(&mc->slot[class]);
	return idle;
}
