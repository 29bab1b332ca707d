/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan_torture: what its files share.
 *
 * An actor is one stream of operations: a thread, or the softirq, hardirq or NMI side of a CPU.
 * All objects live in one table of slots. An actor that wants a slot claims it with one atomic
 * operation, so objects wander between CPUs and contexts without a lock, and whoever interrupts an
 * actor finds its slot busy and takes another.
 *
 *	main.c		parameters, debugfs, start, stop, summary
 *	thread.c	task context		irq.c, nmi.c	the other contexts
 *	operation.c	what an actor does next, and realloc
 *	bulk.c		many objects at once
 *	maker.c		every way to allocate	release.c	every way to free
 *	own.c		heaps and pools
 *	slot.c		the table, limit on bytes, mempool
 *	object.c	patterns, checks, error reports
 */
#ifndef _KSPAN_TORTURE_H
#define _KSPAN_TORTURE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/mempool.h>
#include <linux/prandom.h>
#include <linux/seq_file.h>
#include <linux/types.h>
#include <kspan/kspan.h>

enum ctx { CONTEXT_TASK, CONTEXT_SOFTIRQ, CONTEXT_HARDIRQ, CONTEXT_NMI, NR_CONTEXTS };

extern const char *const context_names[NR_CONTEXTS];

/* What is counted, an actor at a time and so without atomics; main.c has the names. */
enum counter {
	COUNT_OPS, COUNT_ALLOCS, COUNT_FREES, COUNT_NULLS, COUNT_CHECKS, COUNT_FAR_FREES,
	COUNT_FOREIGN_FREES,
	COUNT_ALLOC, COUNT_CONSTANT, COUNT_ZALLOC, COUNT_ARRAY, COUNT_CALLOC, COUNT_ALIGNED,
	COUNT_MEMDUP, COUNT_MEMDUP_NUL, COUNT_STRDUP, COUNT_STRNDUP, COUNT_REALLOC_NULL,
	COUNT_MEMPOOL, COUNT_IN_HEAP, COUNT_IN_POOL,
	COUNT_REALLOC, COUNT_REALLOC_ARRAY, COUNT_REALLOC_ZERO,
	COUNT_FREE, COUNT_FREE_NULL, COUNT_FREE_SIZED, COUNT_FREE_SENSITIVE, COUNT_FREE_RCU,
	COUNT_ALLOC_BULK, COUNT_FREE_BULK, COUNT_BURST, COUNT_PAIR, COUNT_QUERY, COUNT_HEAP_LIFE,
	COUNT_TRIM,
	NR_COUNTERS
};

struct actor {
	enum ctx context;
	int id;
	bool atomic;		/* task context: preemption, softirqs or interrupts are off */
	struct rnd_state random;
	u64 count[NR_COUNTERS];
};

/* An object and what is known of it. */
struct object {
	void *p;
	size_t size;		/* the bytes that are ours */
	size_t extent;		/* the largest size since the object was zero */
	u64 word;		/* its owner word, unique among live objects */
	bool zero;		/* every step of its life asked for zeroed memory */
	bool pooled;		/* from the mempool */
	u8 context;		/* where it was allocated */
	u16 cpu;
};

enum slot_state { SLOT_EMPTY, SLOT_FULL, SLOT_BUSY };

struct slot {
	atomic_t state;
	u32 generation;		/* of objects in this slot: with the index, the owner word */
	u64 owner;		/* object.word, read by anyone; 0 while it changes hands */
	struct object object;
};

/* One allocation to be made. */
struct request {
	size_t size;
	size_t align;		/* what the address must be a multiple of */
	gfp_t gfp;
	bool zero;		/* the result must be zero */
	bool pooled;
	bool fixed;		/* its kspan_size() is kspan_size_roundup(size) */
	const void *copied;	/* the result must begin with these bytes */
	size_t copied_len;
};

struct torture_params {
	unsigned int seconds;
	unsigned int threads;
	unsigned long seed;
	unsigned long max_size;
	unsigned int max_mb;
	unsigned int slots;
	unsigned int contexts;
	bool fault;
};

extern struct torture_params params;

/* main.c */
bool torture_running(void);

/* thread.c */
int threads_start(void);
void threads_stop(void);
void threads_free(void);
unsigned int threads_active(void);
u64 threads_count(enum ctx context, enum counter counter);
void actor_init(struct actor *a, enum ctx context, int id);

/* irq.c */
int irqs_start(void);
void irqs_stop(void);
void irqs_free(void);
u64 irqs_count(enum ctx context, enum counter counter);

/* nmi.c */
#ifdef CONFIG_X86_LOCAL_APIC
int nmi_start(void (*handler)(void));
void nmi_stop(void);
void nmi_cpu_reset(int cpu);
void nmi_send(int cpu);
#else
static inline int nmi_start(void (*handler)(void)) { return -ENODEV; }
static inline void nmi_stop(void) { }
static inline void nmi_cpu_reset(int cpu) { }
static inline void nmi_send(int cpu) { }
#endif

/* operation.c */
void actor_step(struct actor *a);

/* bulk.c */
void bulk_alloc_step(struct actor *a);
void bulk_free_step(struct actor *a);
void burst_step(struct actor *a);

/* maker.c */
int maker_init(void);
void maker_exit(void);
gfp_t gfp_pick(struct actor *a);
bool gfp_may_fail(gfp_t gfp);
size_t size_pick(struct actor *a);
bool object_make(struct actor *a, struct object *o, u64 word);

/* own.c */
int own_init(void);
void own_exit(void);
void *make_in_heap(struct actor *a, struct request *r);
void *make_in_pool(struct actor *a, struct request *r);
void heap_step(struct actor *a);

/* release.c */
void object_release(struct actor *a, struct object *o);
void object_gone(struct actor *a, const struct object *o);

/* slot.c */
int slots_init(void);
void slots_exit(struct actor *a);
struct slot *slot_claim(struct actor *a, enum slot_state wanted);
void slot_put(struct slot *slot, enum slot_state state);
u64 slot_next_word(struct slot *slot);
void slot_fill(struct slot *slot);
void slot_disown(struct slot *slot);
u64 loose_word(struct actor *a);
bool word_is_live(u64 word);
bool bytes_take(size_t size);
void bytes_adjust(s64 change);
s64 bytes_live(void);
s64 bytes_peak(void);
void *pool_alloc(gfp_t gfp, size_t *size);
void pool_free(void *p);

/* object.c */
size_t natural_align(size_t size);
void object_fill(struct object *o);
void object_check(struct actor *a, const struct object *o);
void object_check_moved(struct actor *a, const struct object *o, const struct object *old);
void fresh_check(struct actor *a, const struct object *o, const struct request *r);
void zero_check(struct actor *a, const struct object *o, size_t from, const char *what);
unsigned int torture_errors(void);

__printf(3, 4)
void torture_error(const struct actor *a, const struct object *o, const char *format, ...);

static inline void count(struct actor *a, enum counter c)
{
	WRITE_ONCE(a->count[c], a->count[c] + 1);
}

static inline u32 pick(struct actor *a, u32 below)
{
	return prandom_u32_state(&a->random) % below;
}

static inline bool one_in(struct actor *a, u32 n)
{
	return !pick(a, n);
}

/* Sleeping is allowed here. */
static inline bool actor_sleeps(const struct actor *a)
{
	return a->context == CONTEXT_TASK && !a->atomic;
}

/* A spinlock_t may be taken here, by the kernel's own functions too. */
static inline bool actor_locks(const struct actor *a)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return actor_sleeps(a) || a->context == CONTEXT_SOFTIRQ;
	return a->context != CONTEXT_NMI;
}

#endif /* _KSPAN_TORTURE_H */
