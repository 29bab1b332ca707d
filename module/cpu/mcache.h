/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcache: what one CPU allocates from without a lock or an atomic operation.
 *
 * An mcache may be touched only by its own CPU, with preemption off (on PREEMPT_RT in a slow
 * section: with migration off), and only after mcache_enter() returned true. Preemption being off
 * does not keep interrupts out, so mcache_enter() also marks the mcache busy, with plain stores. An
 * interrupt between enter and exit finds it busy, puts the mark back as it was before it returns,
 * and goes past the mcache: to mcentral, or where no lock may be taken to the late bits. So the
 * owner never sees the mcache change under it. Another CPU touches it only once its own CPU is
 * dead. Counters may be read from anywhere.
 */
#ifndef _KSPAN_MCACHE_H
#define _KSPAN_MCACHE_H

#include "central/heap.h"
#include "cpu/slot.h"

/**
 * struct tiny - the block that a CPU packs tiny objects into
 * @block: its address, or 0
 * @span: its span
 * @offset: bytes used
 * @last: where the last object begins
 */
struct tiny {
	unsigned long block;
	struct mspan *span;
	u8 offset;
	u8 last;
};

/* Of struct mcache's @busy: nobody is inside. */
#define MCACHE_FREE	(-1)

/**
 * struct mcache - one CPU's, of one heap
 * @busy: MCACHE_FREE, or the number of users beyond the first, who is inside
 * @tiny_seen: as the slots' @seen, for the tiny block
 * @tiny_idle: as the slots' @idle, for the tiny block
 * @heap: whose
 * @tiny: the current tiny block
 * @tiny_allocs: tiny objects ever allocated here
 * @tiny_frees: tiny objects ever freed here
 * @slot: by class; [CLASS_LARGE] is always empty, and is what sizes lead to that no slot serves
 */
struct mcache {
	int busy;
	u32 tiny_seen;
	bool tiny_idle;
	struct kspan_heap *heap;
	struct tiny tiny;
	unsigned long tiny_allocs;
	unsigned long tiny_frees;
	struct mcache_slot slot[NR_CLASSES] __aligned(64);
};

/* A span knows where the slot of its class is. */
static_assert(offsetof(struct mcache, slot) == MCACHE_HEAD_BYTES);
static_assert(sizeof(struct mcache_slot) == MCACHE_SLOT_BYTES);

/*
 * Where a heap has no mcache for a CPU stands one that is always busy, of which there is nothing
 * but the first field. The CPU's first slow section in the heap puts a real one in its place.
 */
DECLARE_PER_CPU(int, absent_mcache);

static inline struct mcache *mcache_absent(int cpu)
{
	return (struct mcache *)per_cpu_ptr(&absent_mcache, cpu);
}

/* A CPU's mcache of a heap, or NULL. */
static inline struct mcache *mcache_of(struct kspan_heap *heap, int cpu)
{
	struct mcache *mc = READ_ONCE(*per_cpu_ptr(heap->owner.mcaches, cpu));

	return mc == mcache_absent(cpu) ? NULL : mc;
}

static __always_inline struct mcache_slot *mcache_slot_at(struct mcache *mc, unsigned long offset)
{
	return (void *)mc + offset;
}

/*
 * The same once more: left to itself the compiler would add the two up beforehand, one instruction
 * more than to have each access do it.
 */
static __always_inline struct mcache_slot *mcache_slot_again(struct mcache *mc,
							     unsigned long *offset)
{
	OPTIMIZER_HIDE_VAR(*offset);
	return mcache_slot_at(mc, *offset);
}

/**
 * mcache_enter() - become the user of an mcache
 * @mc: this CPU's, with preemption off
 *
 * Return: false if this code interrupted its user.
 */
static __always_inline bool mcache_enter(struct mcache *mc)
{
	if (unlikely(data_race(++mc->busy))) {	/* an interrupt leaves it as it found it */
		barrier();
		data_race(mc->busy--);		/* so it does here */
		return false;
	}
	barrier();
	return true;
}

/*
 * Whoever came in between entered with preemption off, and put back what it found before its owner
 * ran on. A store of a constant waits for no load.
 */
static __always_inline void mcache_exit(struct mcache *mc)
{
	barrier();
	WRITE_ONCE(mc->busy, MCACHE_FREE);
}

static inline u32 mcache_tiny_activity(const struct mcache *mc)
{
	return peek(mc->tiny_allocs) * 3 + peek(mc->tiny_frees);
}

struct mcache *mcache_create(struct kspan_heap *heap, int node, gfp_t gfp);
struct mcache *mcache_try_enter(struct kspan_heap *heap);
struct mcache *mcache_enter_or_create(struct kspan_heap *heap);
size_t mcache_metadata_bytes(const struct mcache *mc);

unsigned long mcache_take(struct mcache *mc, unsigned int class, bool zeroed);
void *mcache_refill(struct mcache *mc, unsigned int class);
unsigned long mcache_alloc_slow(struct kspan_heap *heap, unsigned int class, gfp_t gfp);
void mcache_push_slow(struct mcache *mc, struct mcache_slot *slot, void *obj);
void mcache_free_slow(struct mspan *span, void *obj);
void mcache_flush(struct mcache_slot *slot, struct mcentral *central, unsigned int n);

#endif /* _KSPAN_MCACHE_H */
