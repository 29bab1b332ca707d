/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcache: what one CPU allocates from without a lock or an atomic operation. Upper layer.
 *
 * Who may touch an mcache: its own CPU, with preemption off (on PREEMPT_RT in a slow section:
 * with migration off), and only after mcache_enter() said yes. Preemption being off does not keep
 * interrupts out, so mcache_enter() also marks the mcache busy, with plain stores: whoever
 * interrupts the owner between enter and exit finds it busy, puts the mark back as it was before
 * returning, and goes past the mcache: to mcentral, or where no lock may be taken to the late bits.
 * So the owner never sees the mcache change under it. Another CPU touches it only once its own CPU
 * is dead. Counters may be read from anywhere.
 *
 * A slot holds addresses of free objects of one class in a magazine, and behind that a run: free
 * objects of one span as bits, which become addresses when the magazine is empty.
 *
 *	magazine:  NULL  obj  obj  obj  ...        NULL ends a pop without comparing
 *	           base            ^top      ^end
 *
 * Without a magazine @top and @end point past a shared NULL: pop and push both find nothing to do.
 * Whether an object still holds the zeros it was born with is known as long as it is in a run.
 */
#ifndef _KSPAN_MCACHE_H
#define _KSPAN_MCACHE_H

#include <linux/percpu.h>
#include "heap.h"

/**
 * struct mcache_slot - an mcache's part for one class
 * @top: where the next freed object goes; the one below it is handed out next
 * @end: where @top is when the magazine is full
 * @frees: objects ever freed into the slot
 * @base: the magazine's array, or NULL
 * @bits: the run: objects not yet in the magazine
 * @first: the run: address of the object of bit 0
 * @got: objects that came from mcentral less those that went back
 * @capacity: objects the magazine can hold
 * @fresh: the run: objects from this bit on hold zeros
 * @starved: the magazine ran empty since it last ran full
 * @idle: the scavenger found it unused; the scavenger's, as is the drain on its CPU that reads it
 * @seen: what mcache_slot_activity() was when the scavenger last looked; the scavenger's
 */
struct mcache_slot {
	void **top;
	void **end;
	unsigned long frees;
	void **base;
	unsigned long bits;
	unsigned long first;
	unsigned long got;
	u16 capacity;
	u16 seen;
	u8 fresh;
	bool starved;
	bool idle;
};

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

/*
 * For what a cache is made of: had at once or not at all. Not even a thread may be woken, as the
 * caller may hold a lock of the scheduler.
 */
#define CACHE_GFP	__GFP_NOWARN

DECLARE_PER_CPU(struct mcache *, default_mcache);

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
	struct mcache *mc = READ_ONCE(*per_cpu_ptr(heap->mcaches, cpu));

	return mc == mcache_absent(cpu) ? NULL : mc;
}

/*
 * Look at a field of an mcache that its CPU may be changing: it does so with plain instructions, a
 * word at a time, and whoever looks can do with the value before or after.
 */
#define mcache_peek(field)	data_race(READ_ONCE(field))

static inline u16 mcache_slot_offset(unsigned int class)
{
	return offsetof(struct mcache, slot) + class * sizeof(struct mcache_slot);
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

/**
 * mcache_pop() - take the most recently freed object
 * @slot: a slot of an mcache that the caller has entered
 *
 * Return: the object, or NULL.
 */
static __always_inline void *mcache_pop(struct mcache_slot *slot)
{
	void *obj = slot->top[-1];

	if (likely(obj)) {
		barrier();	/* one instruction that counts in memory */
		slot->top--;
	}
	return obj;
}

/* Objects in the magazine. */
static __always_inline unsigned int mcache_slot_len(const struct mcache_slot *slot)
{
	return slot->base ? slot->top - slot->base - 1 : 0;
}

/* Changes with each use of a slot; not more than that. */
static inline u16 mcache_slot_activity(const struct mcache_slot *slot)
{
	return mcache_peek(slot->frees) * 3 + mcache_peek(slot->got) * 5 +
	       ((unsigned long)mcache_peek(slot->top) >> 3);
}

static inline u32 mcache_tiny_activity(const struct mcache *mc)
{
	return mcache_peek(mc->tiny_allocs) * 3 + mcache_peek(mc->tiny_frees);
}

static inline unsigned long mcache_slot_cached(const struct mcache_slot *slot)
{
	void **base = mcache_peek(slot->base), **top = mcache_peek(slot->top);
	unsigned long n = base ? top - base - 1 : 0;

	/* Read while the slot is in use the two need not belong together. */
	return (n <= mcache_peek(slot->capacity) ? n : 0) + hweight_long(mcache_peek(slot->bits));
}

unsigned long mcache_alloc_slow(struct kspan_heap *heap, unsigned int class, gfp_t gfp);
void *mcache_refill(struct mcache *mc, unsigned int class);
unsigned long mcache_take(struct mcache *mc, unsigned int class, bool zeroed);
struct mcache *mcache_try_enter(struct kspan_heap *heap);
void mcache_push_slow(struct mcache *mc, struct mcache_slot *slot, void *obj);
void mcache_free_slow(struct mspan *span, void *obj);
void mcache_drain(struct mcache *mc, bool idle_only);
bool mcache_look(struct mcache *mc);
size_t mcache_metadata_bytes(const struct mcache *mc);

struct mcache *mcache_create(struct kspan_heap *heap, int node, gfp_t gfp);
struct mcache *mcache_enter_or_create(struct kspan_heap *heap);
void mcache_destroy(struct kspan_heap *heap, int cpu);

#endif /* _KSPAN_MCACHE_H */
