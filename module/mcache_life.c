// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_life: how an mcache comes and goes, who becomes its user, and what the scavenger sees of
 * it. Upper layer, part of mcache; see mcache.h for who may touch what.
 */
#include <linux/slab.h>
#include "heap.h"
#include "magazine.h"
#include "mcache.h"
#include "stats.h"

DEFINE_PER_CPU(int, absent_mcache);

/* An mcache's own bytes and its magazines'. */
size_t mcache_metadata_bytes(const struct mcache *mc)
{
	size_t bytes = sizeof(*mc);
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++)
		if (mcache_peek(mc->slot[class].base))
			bytes += magazine_bytes(mcache_peek(mc->slot[class].capacity));
	return bytes;
}

/**
 * mcache_create() - an mcache for a CPU
 * @heap: whose
 * @node: of the CPU
 * @gfp: as for kmalloc()
 *
 * Return: the mcache, or NULL.
 */
struct mcache *mcache_create(struct kspan_heap *heap, int node, gfp_t gfp)
{
	struct mcache *mc = kzalloc_node(sizeof(*mc), gfp, node);
	unsigned int class;

	if (!mc)
		return NULL;
	mc->busy = MCACHE_FREE;
	mc->heap = heap;
	for (class = 0; class < NR_CLASSES; class++)
		magazine_install(&mc->slot[class], NULL);
	return mc;
}

/**
 * mcache_try_enter() - enter this CPU's mcache from a slow section
 * @heap: whose
 *
 * On PREEMPT_RT a slow section can be preempted while it holds the mcache; the mark is changed
 * with preemption off, so that a task does not interrupt another in between.
 *
 * Return: the mcache, to be left with mcache_exit(), or NULL if it is busy.
 */
struct mcache *mcache_try_enter(struct kspan_heap *heap)
{
	struct mcache *mc;

	preempt_disable();
	mc = *this_cpu_ptr(heap->mcaches);
	if (!mcache_enter(mc))
		mc = NULL;
	preempt_enable();
	return mc;
}

/* An interrupt may be quicker, so the place is taken in one step. */
static bool create_here(struct kspan_heap *heap)
{
	struct mcache *mc, *absent, *old;

	if (likely(mcache_of(heap, raw_smp_processor_id())))
		return false;
	mc = mcache_create(heap, numa_node_id(), CACHE_GFP);
	if (!mc)
		return false;
	smp_wmb();	/* complete before it is seen, by those who add up */
	preempt_disable();
	absent = mcache_absent(smp_processor_id());
	old = this_cpu_cmpxchg(*heap->mcaches, absent, mc);
	preempt_enable();
	if (old != absent)
		kfree(mc);
	return true;
}

/**
 * mcache_enter_or_create() - as mcache_try_enter(), for one who is going to use the heap here
 * @heap: whose
 *
 * Context: A slow section.
 * Return: the mcache, to be left with mcache_exit(), or NULL if it is busy or cannot be had.
 */
struct mcache *mcache_enter_or_create(struct kspan_heap *heap)
{
	struct mcache *mc = mcache_try_enter(heap);

	if (unlikely(!mc) && create_here(heap))
		mc = mcache_try_enter(heap);
	return mc;
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
	WRITE_ONCE(*per_cpu_ptr(heap->mcaches, cpu), mcache_absent(cpu));
	slow_section_begin();
	mcache_drain(mc, false);
	slow_section_end();
	stats_retire(mc);
	kfree(mc);
}

static bool look_at_slot(struct mcache_slot *slot)
{
	u16 activity = mcache_slot_activity(slot);
	bool idle = (mcache_peek(slot->base) || mcache_peek(slot->bits)) && slot->seen == activity;

	WRITE_ONCE(slot->idle, idle);
	WRITE_ONCE(slot->seen, activity);
	return idle;
}

static bool look_at_tiny(struct mcache *mc)
{
	u32 activity = mcache_tiny_activity(mc);
	bool idle = mcache_peek(mc->tiny.block) && mc->tiny_seen == activity;

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
