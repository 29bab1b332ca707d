// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_drain: drain and destroy mcaches, and find idle slots for the scavenger. See mcache.h for
 * the rules.
 */
#include <linux/slab.h>
#include "central/depot.h"
#include "cpu/mcache_drain.h"
#include "cpu/tiny.h"

/* Whether what the scavenger found is still so. */
static bool slot_is_idle(const struct mcache_slot *slot)
{
	switch (peek(slot->idle)) {
	case SLOT_UNUSED:
		return slot->seen == slot_activity(slot);
	case SLOT_TOO_LARGE:
		return !peek(slot->missed);
	default:
		return false;
	}
}

/**
 * mcache_drain() - give back the objects that an mcache holds
 * @mc: an mcache that the caller has entered or that nobody uses any more
 * @idle_only: drain only slots that the scavenger found idle and that are still idle
 *
 * The objects are at their mcentrals from here on, and reach their spans when heap_drain_depots()
 * and mheap_drain() are called.
 *
 * Context: Any, with preemption off.
 */
void mcache_drain(struct mcache *mc, bool idle_only)
{
	unsigned int class;

	if (!idle_only || (mc->tiny_idle && mc->tiny_seen == mcache_tiny_activity(mc)))
		tiny_leave(mc);
	for_each_class(mc->heap, class)
		if (!idle_only || slot_is_idle(mcache_slot(mc, class)))
			slot_drain(mcache_slot(mc, class), heap_central(mc->heap, class));
	if (!mc->heap->is_pool)
		kept_drain(mcache_kept(mc), idle_only);
}

/**
 * mcache_retire() - add the counts of an mcache to its heap before it is freed
 * @mc: a drained mcache that nobody uses any more
 */
void mcache_retire(struct mcache *mc)
{
	struct kspan_heap *heap = mc->heap;
	const struct mcache_slot *slot;
	struct mcentral *central;
	unsigned int class;

	for_each_class(heap, class) {
		slot = mcache_slot(mc, class);
		central = heap_central(heap, class);
		spin_lock_irq(&central->lock);
		central->direct_allocs += slot->got + slot->frees;
		central->direct_frees += slot->frees;
		spin_unlock_irq(&central->lock);
	}
	atomic_long_add(mc->tiny_allocs, &heap->tiny_allocs);
	atomic_long_add(mc->tiny_frees, &heap->tiny_frees);
	if (!heap->is_pool)
		atomic_long_add(mcache_kept(mc)->takes, &heap->large_allocs);
}

/**
 * mcache_drain_here() - drain this CPU's mcache of a heap, if that was asked for
 * @heap: the heap
 *
 * Context: Any, with preemption off, in an RCU read-side critical section: the mcache may be on its
 *	way out.
 * Return: whether it was drained.
 */
bool mcache_drain_here(struct kspan_heap *heap)
{
	struct mcache *mc = mcache_of(heap, smp_processor_id());
	bool drained = false;
	u8 ask;

	if (!mc)
		return false;
	ask = READ_ONCE(mc->asked);
	if (!ask)
		return false;
	/* Held only by mcache_destroy(), or by a drain that this one interrupted. */
	if (!raw_spin_trylock(&mc->drain_lock))
		return false;
	if (mcache_of(heap, smp_processor_id()) == mc &&
	    (mcache_enter(mc) || mcache_enter_held(mc, MCACHE_SAMPLED))) {
		mcache_drain(mc, ask == MCACHE_ASK_IDLE);
		/*
		 * The answer: who waits for it finds the objects at their mcentrals. Nothing got
		 * into the mcache meanwhile. A request for more stays.
		 */
		cmpxchg(&mc->asked, ask, MCACHE_ASK_NONE);
		mcache_exit(mc);
		drained = true;
	}
	raw_spin_unlock(&mc->drain_lock);
	return drained;
}

/**
 * mcache_destroy() - drain and free a CPU's mcache
 * @heap: the heap
 * @cpu: the CPU; it is dead, or nobody uses the heap, or the mcache is held
 *
 * Context: Process context, heaps_lock held.
 */
void mcache_destroy(struct kspan_heap *heap, int cpu)
{
	struct mcache *mc = mcache_of(heap, cpu);

	if (!mc)
		return;
	/* A drain on that CPU takes microseconds: it runs with preemption off. */
	raw_spin_lock(&mc->drain_lock);
	if (mcache_of(heap->root, cpu) == mc)
		WRITE_ONCE(*per_cpu_ptr(heap->root->owner.mcaches, cpu), mcache_absent(cpu));
	WRITE_ONCE(*per_cpu_ptr(heap->owner.mcaches, cpu), mcache_absent(cpu));
	mcache_drain(mc, false);
	raw_spin_unlock(&mc->drain_lock);
	mcache_retire(mc);
	mcache_free_rcu(mc);
}

/* Whether an mcache has anything to drain. */
bool mcache_holds(struct mcache *mc)
{
	const struct mcache_slot *slot;
	unsigned int class;

	if (peek(mc->tiny.block))
		return true;
	for_each_class(mc->heap, class) {
		slot = mcache_slot(mc, class);
		if (peek(slot->base) || peek(slot->bits))
			return true;
	}
	return !mc->heap->is_pool && kept_holds(mcache_kept(mc));
}

static enum slot_idle idleness(const struct mcache_slot *slot, unsigned int class, u16 activity)
{
	if (!peek(slot->base) && !peek(slot->bits))
		return SLOT_IN_USE;
	if (slot->seen == activity)
		return SLOT_UNUSED;
	if (!peek(slot->missed) && peek(slot->capacity) > magazine_first_capacity(class))
		return SLOT_TOO_LARGE;
	return SLOT_IN_USE;
}

/* A slot that is too large is drained as well. It starts anew, and grows to what it needs then. */
static bool look_at_slot(struct mcache_slot *slot, unsigned int class)
{
	u16 activity = slot_activity(slot);
	enum slot_idle idle = idleness(slot, class, activity);

	WRITE_ONCE(slot->idle, idle);
	WRITE_ONCE(slot->seen, activity);
	WRITE_ONCE(slot->missed, false);
	return idle != SLOT_IN_USE;
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
 * mcache_look() - mark the slots that were not used since the last call, or hold too much
 * @mc: any CPU's mcache; its slots may be in use
 *
 * mcache_drain() drains the marked slots, unless that is no longer so when it runs. Only the
 * scavenger calls this.
 *
 * Return: whether a slot, the tiny block or a large span was marked.
 */
bool mcache_look(struct mcache *mc)
{
	bool idle = look_at_tiny(mc);
	unsigned int class;

	for_each_class(mc->heap, class)
		idle |= look_at_slot(mcache_slot(mc, class), class);
	if (!mc->heap->is_pool)
		idle |= kept_look(mcache_kept(mc));
	return idle;
}
