// SPDX-License-Identifier: GPL-2.0
/*
 * mcache: create, enter and free mcaches. See mcache.h for the rules.
 */
#include <linux/rcupdate.h>
#include "cpu/mcache.h"
#include "pages/vault.h"

DEFINE_PER_CPU(int, absent_mcache);

/* Bytes of an mcache with slots for so many classes, and for CLASS_LARGE. A pool keeps no spans. */
static size_t mcache_bytes(unsigned int nr_classes)
{
	return MCACHE_HEAD_BYTES + (nr_classes + 1) * MCACHE_SLOT_BYTES +
	       (nr_classes > 1 ? sizeof(struct kept) : 0);
}

/* Bytes of an mcache and of its magazines. */
size_t mcache_metadata_bytes(struct mcache *mc)
{
	size_t bytes = mcache_bytes(mc->heap->owner.nr_classes);
	struct mcache_slot *slot;
	unsigned int class;

	for_each_class(mc->heap, class) {
		slot = mcache_slot(mc, class);
		if (peek(slot->base))
			bytes += magazine_bytes(peek(slot->capacity));
	}
	return bytes;
}

/**
 * mcache_create() - create an mcache for a CPU
 * @heap: the heap
 * @node: the CPU's NUMA node
 * @gfp: as for kmalloc()
 *
 * Return: the mcache, for mcache_free(), or NULL.
 */
struct mcache *mcache_create(struct kspan_heap *heap, int node, gfp_t gfp)
{
	struct mcache *mc = vault_alloc(mcache_bytes(heap->owner.nr_classes), node,
					gfp | __GFP_ZERO);
	unsigned int i;

	if (!mc)
		return NULL;
	mc->busy = MCACHE_FREE;
	raw_spin_lock_init(&mc->drain_lock);
	mc->heap = heap;
	for (i = 0; i <= heap->owner.nr_classes; i++)
		slot_install(&mc->slot[i], NULL);
	return mc;
}

/* Free an mcache that nobody knows of, or whose heap is not in use. It is drained. */
void mcache_free(struct mcache *mc)
{
	vault_free(mc, mcache_bytes(mc->heap->owner.nr_classes));
}

/* By now the heap may be gone, too. */
static void free_of_heap(struct rcu_head *rcu)
{
	vault_free(container_of(rcu, struct mcache, rcu), mcache_bytes(NR_CLASSES - 1));
}

static void free_of_pool(struct rcu_head *rcu)
{
	vault_free(container_of(rcu, struct mcache, rcu), mcache_bytes(1));
}

/* Free a drained mcache when no drain looks at it any more. */
void mcache_free_rcu(struct mcache *mc)
{
	call_rcu(&mc->rcu, mc->heap->is_pool ? free_of_pool : free_of_heap);
}

/**
 * mcache_try_enter() - enter this CPU's mcache from a slow section
 * @heap: the heap
 *
 * On PREEMPT_RT a slow section can be preempted while it holds the mcache. The busy mark is changed
 * with preemption off, so that no other task runs in the middle of the change.
 *
 * Return: the mcache, or NULL if it is busy. The caller leaves it with mcache_exit().
 */
struct mcache *mcache_try_enter(struct kspan_heap *heap)
{
	struct mcache *mc;

	preempt_disable();
	mc = *this_cpu_ptr(heap->owner.mcaches);
	if (!mcache_enter(mc)) {
		mc = mcache_of(heap, smp_processor_id());
		if (mc && !mcache_enter_held(mc, MCACHE_SAMPLED))
			mc = NULL;
	}
	preempt_enable();
	return mc;
}

/* Install an mcache for this CPU. An interrupt may install one first, hence the cmpxchg. */
static bool create_here(struct kspan_heap *heap)
{
	struct mcache *mc, *absent, *old;

	if (likely(mcache_of(heap, raw_smp_processor_id())) || READ_ONCE(heap->owner.no_mcaches))
		return false;
	mc = mcache_create(heap, numa_node_id(), CACHE_GFP);
	if (!mc)
		return false;
	smp_wmb();	/* initialized before statistics can read it */
	preempt_disable();
	absent = mcache_absent(smp_processor_id());
	/* Checked where an RCU grace period waits for it. */
	old = READ_ONCE(heap->owner.no_mcaches) ? NULL :
	      this_cpu_cmpxchg(*heap->owner.mcaches, absent, mc);
	/* Allocations here look for it in the root. */
	if (old == absent && heap != heap->root && heap_here(heap->root) == heap)
		this_cpu_write(*heap->root->owner.mcaches, mc);
	preempt_enable();
	if (old != absent)
		mcache_free(mc);
	return true;
}

/**
 * mcache_enter_or_create() - as mcache_try_enter(), but create a missing mcache
 * @heap: the heap
 *
 * Context: A slow section.
 * Return: the mcache, or NULL if it is busy or cannot be created. The caller leaves it with
 * mcache_exit().
 */
struct mcache *mcache_enter_or_create(struct kspan_heap *heap)
{
	struct mcache *mc = mcache_try_enter(heap);

	if (unlikely(!mc) && create_here(heap))
		mc = mcache_try_enter(heap);
	return mc;
}
