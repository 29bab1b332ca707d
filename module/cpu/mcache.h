/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcache: one CPU's cache of a heap. The CPU allocates and frees in it without a lock or an atomic
 * operation.
 *
 * Only its own CPU uses an mcache, with preemption off (on PREEMPT_RT a slow section has migration
 * off instead), and only after mcache_enter() returned true. Interrupts stay enabled, so
 * mcache_enter() also marks the mcache busy, with plain stores. An interrupt between enter and exit
 * finds the mcache busy, restores the mark and bypasses the mcache: it uses mcentral, or, for a
 * free that may not take a lock, the late bits. So the mcache never changes under its user. Another
 * CPU touches it only when its CPU is dead, or when nobody uses the heap. Counters may be read from
 * anywhere.
 */
#ifndef _KSPAN_MCACHE_H
#define _KSPAN_MCACHE_H

#include <linux/spinlock.h>
#include "central/heap.h"
#include "cpu/kept.h"
#include "cpu/slot.h"

/**
 * struct tiny - the block that a CPU packs tiny objects into
 * @block: its address, or 0
 * @span: its span
 * @offset: bytes used
 * @last: offset of the last object
 */
struct tiny {
	unsigned long block;
	struct mspan *span;
	u8 offset;
	u8 last;
};

/* What the CPU of an mcache is asked to drain. */
enum mcache_ask {
	MCACHE_ASK_NONE,
	MCACHE_ASK_IDLE,	/* the slots that the worker found idle */
	MCACHE_ASK_ALL,
};

/* Why an mcache is busy while nobody is inside. */
enum mcache_held {
	MCACHE_NOT_HELD,
	MCACHE_SAMPLED,	/* until its CPU's next slow section: an allocation is to be guarded */
	MCACHE_HELD,	/* until it is destroyed: its heap enters a debug mode */
};

/* Value of struct mcache's @busy while nobody has entered. */
#define MCACHE_FREE	(-1)

/**
 * struct mcache - one CPU's cache of one heap
 * @busy: MCACHE_FREE, or the number of attempts to enter beyond the one that succeeded
 * @tiny_seen: as the slots' @seen, for the tiny block
 * @tiny_idle: as the slots' @idle, for the tiny block
 * @asked: its CPU is to drain it: enum mcache_ask; set by any CPU, in one store, and cleared by its
 *	CPU when it has
 * @hand: the slot, by its index, that was last asked to make room for another
 * @held: nobody is inside and it is busy: enum mcache_held; only its CPU changes it
 * @drain_lock: held by a drain on the mcache's CPU, which only tries, and while it is destroyed
 * @heap: the heap
 * @tiny: the current tiny block
 * @rcu: once it is destroyed: to free it, as a drain may be looking at it
 * @tiny_allocs: tiny objects ever allocated here
 * @tiny_frees: tiny objects ever freed here
 * @slot: see mcache_slot(); [0] is always empty, and is used for sizes without a slot. Unless the
 *	heap is a pool, mcache_kept() is behind
 */
struct mcache {
	int busy;
	u32 tiny_seen;
	bool tiny_idle;
	u8 asked;
	u8 hand;
	u8 held;
	raw_spinlock_t drain_lock;
	struct kspan_heap *heap;
	union {
		struct tiny tiny;
		struct rcu_head rcu;
	};
	unsigned long tiny_allocs;
	unsigned long tiny_frees;
	struct mcache_slot slot[] __aligned(MCACHE_SLOT_BYTES);
};

/* A span stores the offset of its class's slot in an mcache. */
static_assert(offsetof(struct mcache, slot) == MCACHE_HEAD_BYTES);
static_assert(sizeof(struct mcache_slot) == MCACHE_SLOT_BYTES);

/*
 * Stands in for an mcache that a heap does not have on a CPU. It is always busy, so only the first
 * field, @busy, is ever accessed. The CPU's first slow section in the heap installs a real mcache.
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

/* The one place that knows where an mcache has the slot of a class. */
static inline struct mcache_slot *mcache_slot(struct mcache *mc, unsigned int class)
{
	return &mc->slot[owner_index(&mc->heap->owner, class)];
}

/* The same by the slot's offset, which a span and the tables of alloc.h know. */
static __always_inline struct mcache_slot *mcache_slot_at(struct mcache *mc, unsigned long offset)
{
	return (void *)mc + offset;
}

/*
 * The same for a further access. The offset is hidden from the compiler, which would otherwise
 * compute the sum in an instruction of its own; an access can add the two by itself.
 */
static __always_inline struct mcache_slot *mcache_slot_again(struct mcache *mc,
							     unsigned long *offset)
{
	OPTIMIZER_HIDE_VAR(*offset);
	return mcache_slot_at(mc, *offset);
}

/* The large spans that an mcache keeps. Not of a pool, which has none. */
static __always_inline struct kept *mcache_kept(struct mcache *mc)
{
	return (void *)&mc->slot[NR_CLASSES];
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

/**
 * mcache_enter_held() - enter an mcache that is busy although nobody is inside
 * @mc: this CPU's, with preemption off; not absent
 * @held: why it is
 *
 * Return: false if it is not, or no more: an interrupt may have been faster.
 */
static inline bool mcache_enter_held(struct mcache *mc, enum mcache_held held)
{
	return READ_ONCE(mc->held) == held &&
	       cmpxchg_local(&mc->held, held, MCACHE_NOT_HELD) == held;
}

/*
 * An interrupt that tried to enter has restored @busy before it returned, so its value is known
 * here. Storing a constant needs no load.
 */
static __always_inline void mcache_exit(struct mcache *mc)
{
	barrier();
	WRITE_ONCE(mc->busy, MCACHE_FREE);
}

/* Whether a slot has no objects that may hold zeros. @mc: perhaps absent, or in use. */
static __always_inline bool mcache_has_no_claim(struct mcache *mc, unsigned long offset)
{
	/* Preemption is off: only an interrupt changes it, and restores it. */
	return data_race(mc->busy) != MCACHE_FREE || !mcache_slot_at(mc, offset)->bits;
}

/* Up to this size zeroing a recently freed object is preferred to taking a fresh one. */
#define HOT_BYTES		256U

static inline u32 mcache_tiny_activity(const struct mcache *mc)
{
	return peek(mc->tiny_allocs) * 3 + peek(mc->tiny_frees);
}

struct mcache *mcache_create(struct kspan_heap *heap, int node, gfp_t gfp);
void mcache_free(struct mcache *mc);
void mcache_free_rcu(struct mcache *mc);
/* mcache_held.c */
bool mcache_has_freed(const struct mspan *span, const void *obj);
void mcache_sample_here(struct kspan_heap *heap);
void mcache_end_sample(struct kspan_heap *heap);
bool mcache_hold_here(struct kspan_heap *heap);

struct mcache *mcache_try_enter(struct kspan_heap *heap);
struct mcache *mcache_enter_or_create(struct kspan_heap *heap);
size_t mcache_metadata_bytes(struct mcache *mc);

/* mcache_slow.c */
unsigned long mcache_alloc_past(struct mcentral *central);
bool mcache_find_more(struct mcentral *central, gfp_t gfp);
unsigned long mcache_take(struct mcache_slot *slot, unsigned int class, bool zeroed);
void mcache_miss_large(struct mcache *mc, unsigned long npages);
void *mcache_refill(struct mcache *mc, unsigned int class);
unsigned long mcache_alloc_slow(struct kspan_heap *heap, unsigned int class, gfp_t gfp);
void mcache_push_slow(struct mcache *mc, struct mcache_slot *slot, void *obj);
void mcache_free_slow(struct mspan *span, void *obj);

#endif /* _KSPAN_MCACHE_H */
