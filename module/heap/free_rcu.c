// SPDX-License-Identifier: GPL-2.0
/*
 * free_rcu: objects that wait for a grace period. A CPU gathers their addresses in a batch, so that
 * a grace period and a callback serve many. Nothing is kept in the objects themselves: one that is
 * wrongly freed once more, and used again, does not hold what the kernel jumps to.
 *
 * A batch is open from its first object until it is full or the worker finds it. Any CPU may then
 * take it, under the lock of the CPU that filled it.
 */
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "base/kick.h"
#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/free_rcu.h"
#include "heap/guard.h"
#include "pages/callers.h"
#include "pages/report.h"

#define BATCH_BYTES	4096
#define BATCH_OBJS	((BATCH_BYTES - sizeof(struct rcu_batch)) / sizeof(void *))

/**
 * struct rcu_batch - objects that wait for the same grace period
 * @rcu: once it is closed
 * @n: their number
 * @objs: their addresses
 */
struct rcu_batch {
	struct rcu_head rcu;
	unsigned int n;
	void *objs[];
};

/**
 * struct rcu_gatherer - what a CPU gathers
 * @lock: innermost, but for what call_rcu() takes; raw, as a caller may hold a raw lock
 * @open: the open batch, or NULL
 */
struct rcu_gatherer {
	raw_spinlock_t lock;
	struct rcu_batch *open;
};

static DEFINE_PER_CPU(struct rcu_gatherer, gatherers);

/**
 * free_rcu_one() - free an object whose grace period has ended
 * @p: the object, counted in its heap's @rcu_frees
 *
 * Context: Any but NMI.
 */
void free_rcu_one(void *p)
{
	struct mspan *span = pagemap_find((unsigned long)p);
	struct kspan_heap *heap;

	if (likely(mspan_covers(span, (unsigned long)p))) {
		heap = heap_root_of(span);
		if (owner_debug(span->owner))
			debug_waited(span, p);
		free_found(p, span, CALLER_RCU);
	} else {
		heap = guard_heap(p);
		if (!heap) {	/* freed during the grace period */
			report_foreign(p, CALLER_RCU);
			return;
		}
		free_for(p, CALLER_RCU);
	}
	/* The heap waits for this before it is emptied; pairs with the acquire in collect(). */
	atomic_long_dec_return_release(&heap->rcu_frees);
}

static void free_batch(struct rcu_head *rcu)
{
	struct rcu_batch *batch = container_of(rcu, struct rcu_batch, rcu);
	unsigned int i;

	for (i = 0; i < batch->n; i++)
		free_rcu_one(batch->objs[i]);
	kfree(batch);
}

static struct rcu_batch *batch_alloc(void)
{
	struct rcu_batch *batch;

	if (!may_lock())
		return NULL;
	spinning_begin();	/* the caller may hold a raw lock */
	batch = slab_result(kmalloc(BATCH_BYTES, CACHE_GFP));
	spinning_end();
	if (batch)
		batch->n = 0;
	return batch;
}

/*
 * Let the grace period of the open batch begin. Under the lock: whoever then takes the lock and
 * finds no batch may rely on rcu_barrier() to wait for those that there were.
 */
static void close_locked(struct rcu_gatherer *g)
{
	struct rcu_batch *batch = g->open;

	lockdep_assert_held(&g->lock);
	WRITE_ONCE(g->open, NULL);
	call_rcu(&batch->rcu, free_batch);
}

static void gather_locked(struct rcu_gatherer *g, void *p)
{
	struct rcu_batch *batch = g->open;

	batch->objs[batch->n++] = p;
	if (batch->n == BATCH_OBJS)
		close_locked(g);
}

/**
 * free_rcu_add() - have an object freed after a grace period
 * @p: the object, counted in its heap's @rcu_frees
 *
 * Context: Any but NMI.
 * Return: false if there is no memory for a batch.
 */
bool free_rcu_add(void *p)
{
	struct rcu_gatherer *g = raw_cpu_ptr(&gatherers);
	struct rcu_batch *new = READ_ONCE(g->open) ? NULL : batch_alloc();
	unsigned long irqflags;
	bool added, first = false;

	raw_spin_lock_irqsave(&g->lock, irqflags);
	if (!g->open && new) {
		WRITE_ONCE(g->open, new);
		new = NULL;
		first = true;
	}
	added = g->open;
	if (added)
		gather_locked(g, p);
	raw_spin_unlock_irqrestore(&g->lock, irqflags);
	if (unlikely(new)) {	/* an interrupt was faster */
		spinning_begin();
		kfree(new);
		spinning_end();
	}
	if (first)
		kick();		/* the worker closes it */
	return added;
}

static void close_one(struct rcu_gatherer *g)
{
	unsigned long irqflags;

	raw_spin_lock_irqsave(&g->lock, irqflags);
	if (g->open)
		close_locked(g);
	raw_spin_unlock_irqrestore(&g->lock, irqflags);
}

/**
 * free_rcu_flush() - let the grace period of all batches begin
 *
 * Context: Process context.
 */
void free_rcu_flush(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (READ_ONCE(per_cpu(gatherers, cpu).open))
			close_one(per_cpu_ptr(&gatherers, cpu));
}

/**
 * free_rcu_barrier() - wait until all objects that were added are freed
 *
 * Context: Process context.
 */
void free_rcu_barrier(void)
{
	int cpu;

	for_each_possible_cpu(cpu)	/* not free_rcu_flush(), which takes no lock to look */
		close_one(per_cpu_ptr(&gatherers, cpu));
	rcu_barrier();
}

/* Whether the worker has a batch to close. */
bool free_rcu_is_pending(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (READ_ONCE(per_cpu(gatherers, cpu).open))
			return true;
	return false;
}

void free_rcu_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		raw_spin_lock_init(&per_cpu_ptr(&gatherers, cpu)->lock);
}
