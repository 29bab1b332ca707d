/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan_torture: declarations that its files share.
 *
 * An actor is one stream of operations: a thread, or the softirq, hardirq or NMI side of a CPU.
 * All objects live in one table of slots. An actor claims a slot with one atomic operation, so
 * objects move between CPUs and contexts without a lock. An actor that interrupts another finds the
 * other's slot busy and takes another slot.
 *
 *	main.c		parameters, debugfs, start, stop, summary
 *	thread.c	task context		irq.c, nmi.c	the other contexts
 *	operation.c	the next operation of an actor, and realloc
 *	bulk.c		many objects at once
 *	maker.c		every way to allocate	release.c	every way to free
 *	heaps.c		the shared heap, and heaps of one thread
 *	pools.c		the shared pools and mempools, and pools of one thread
 *	regions.c	regions of one thread	percpu.c	the shared per-CPU region
 *	slot.c		the table, limit on bytes
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
#include <kspan/heap.h>

enum ctx { CONTEXT_TASK, CONTEXT_SOFTIRQ, CONTEXT_HARDIRQ, CONTEXT_NMI, NR_CONTEXTS };

extern const char *const context_names[NR_CONTEXTS];

/* Counters. Each actor has its own, so they need no atomics; main.c has the names. */
enum counter {
	COUNT_OPS, COUNT_ALLOCS, COUNT_FREES, COUNT_NULLS, COUNT_REFUSED, COUNT_CHECKS,
	COUNT_FAR_FREES, COUNT_FOREIGN_FREES,
	COUNT_ALLOC, COUNT_CONSTANT, COUNT_ZALLOC, COUNT_ARRAY, COUNT_CALLOC, COUNT_ALIGNED,
	COUNT_MEMDUP, COUNT_MEMDUP_NUL, COUNT_STRDUP, COUNT_STRNDUP, COUNT_REALLOC_NULL,
	COUNT_MEMPOOL,
	COUNT_REALLOC, COUNT_REALLOC_ARRAY, COUNT_REALLOC_ZERO,
	COUNT_FREE, COUNT_FREE_NULL, COUNT_FREE_SIZED, COUNT_FREE_SENSITIVE, COUNT_FREE_RCU,
	COUNT_FREE_SCOPED,
	COUNT_ALLOC_BULK, COUNT_FREE_BULK, COUNT_BURST, COUNT_PAIR, COUNT_QUERY, COUNT_RAW_LOCK,
	COUNT_HEAP_ALLOC, COUNT_HEAP_ZALLOC, COUNT_HEAP_ARRAY, COUNT_HEAP_CALLOC,
	COUNT_HEAP_ALIGNED, COUNT_HEAP_MEMDUP, COUNT_HEAP_MEMDUP_NUL, COUNT_HEAP_STRDUP,
	COUNT_HEAP_STRNDUP, COUNT_HEAP_REALLOC_NULL, COUNT_HEAP_REALLOC, COUNT_HEAP_REALLOC_ARRAY,
	COUNT_HEAP_ALLOC_BULK, COUNT_HEAP_DEFAULT, COUNT_HEAP_SET_LIMIT, COUNT_HEAP_LIMITED,
	COUNT_HEAP_LIFE, COUNT_HEAP_RESET, COUNT_HEAP_KEEP_LEAKS,
	COUNT_POOL_ALLOC, COUNT_POOL_ZALLOC, COUNT_POOL_BUILT, COUNT_POOL_ALLOC_BULK,
	COUNT_POOL_MEMPOOL, COUNT_POOL_FREE, COUNT_POOL_LIFE, COUNT_POOL_PREFILL, COUNT_POOL_RESET,
	COUNT_REGION_LIFE, COUNT_REGION_ALLOC, COUNT_REGION_ALIGNED, COUNT_REGION_ZALLOC,
	COUNT_REGION_ARRAY, COUNT_REGION_CALLOC, COUNT_REGION_MEMDUP, COUNT_REGION_STRDUP,
	COUNT_REGION_STRNDUP, COUNT_REGION_MARK, COUNT_REGION_RELEASE, COUNT_REGION_RESET,
	COUNT_PERCPU_ALLOC, COUNT_PERCPU_ALIGNED, COUNT_PERCPU_ZALLOC, COUNT_PERCPU_ARRAY,
	COUNT_PERCPU_CALLOC, COUNT_PERCPU_RESET,
	COUNT_TRIM,
	NR_COUNTERS
};

/* The origin of an object decides how it may be freed. */
enum origin {
	ORIGIN_HEAP,		/* the default heap too */
	ORIGIN_POOL,
	ORIGIN_BUILT,		/* the pool with a constructor: freed in its constructed state */
	ORIGIN_MEMPOOL,		/* a mempool's element: from here on only the mempool frees it */
	ORIGIN_POOL_MEMPOOL,	/* the same; the mempool's elements are a pool's objects */
};

/* An object and its expected properties. */
struct object {
	void *p;
	size_t size;		/* the bytes that are ours */
	size_t extent;		/* the largest size since the object was zero */
	u64 word;		/* its owner word, unique among live objects */
	bool zero;		/* each allocation and realloc of it asked for zeroed memory */
	u8 origin;
	u8 context;		/* where it was allocated */
	u16 cpu;
};

#define KEPT_MAX	8

struct actor {
	enum ctx context;
	int id;
	bool atomic;		/* task context: preemption, softirqs or interrupts are off */
	struct rnd_state random;
	u64 count[NR_COUNTERS];
	u32 kept_epoch;		/* of the per-CPU region, which kept[] is from */
	unsigned int nr_kept;
	struct object kept[KEPT_MAX];
};

enum slot_state { SLOT_EMPTY, SLOT_FULL, SLOT_BUSY };

struct slot {
	atomic_t state;
	u32 generation;		/* of objects in this slot: with the index, the owner word */
	u64 owner;		/* object.word, read by anyone; 0 while it changes hands */
	struct object object;
};

/* The parameters of one allocation. */
struct request {
	size_t size;
	size_t align;		/* what the address must be a multiple of */
	gfp_t gfp;
	bool zero;		/* the result must be zero */
	bool may_fail;		/* whatever gfp says */
	u8 origin;
	struct kspan_heap *heap; /* NULL: one of the calls that name no heap */
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
void nmi_cpu_up(int cpu);
void nmi_cpu_down(int cpu);
void nmi_send(int cpu);
#else
static inline int nmi_start(void (*handler)(void)) { return -ENODEV; }
static inline void nmi_stop(void) { }
static inline void nmi_cpu_up(int cpu) { }
static inline void nmi_cpu_down(int cpu) { }
static inline void nmi_send(int cpu) { }
#endif

/* operation.c */
void actor_step(struct actor *a);
void actor_tour(struct actor *a);

/* bulk.c */
void bulk_alloc_step(struct actor *a);
void bulk_tour(struct actor *a);
void bulk_free_step(struct actor *a);
void burst_step(struct actor *a);

/* maker.c */
int maker_init(void);
void maker_exit(void);
gfp_t gfp_pick(struct actor *a);
bool gfp_may_fail(gfp_t gfp);
size_t size_pick(struct actor *a);
const char *source_string(size_t len);
bool object_make(struct actor *a, struct object *o, u64 word);
bool object_make_in(struct actor *a, struct object *o, struct kspan_heap *heap, size_t max_size);
void makers_tour(struct actor *a);

/* heaps.c */
int heaps_init(void);
void heaps_exit(void);
struct kspan_heap *heap_pick(struct actor *a);
void heap_limit_check(struct actor *a);
void heap_life(struct actor *a);
void heap_keep_leaks(struct actor *a);

/* pools.c */
int pools_init(void);
void pools_exit(void);
void *make_in_pool(struct actor *a, struct request *r);
void *make_zero_in_pool(struct actor *a, struct request *r);
void *make_built(struct actor *a, struct request *r);
void *make_element(struct actor *a, struct request *r);
void *make_pool_element(struct actor *a, struct request *r);
unsigned int pool_bulk(gfp_t gfp, unsigned int n, void **p, size_t *size);
void element_free(const struct object *o);
void pool_object_free(struct actor *a, const struct object *o);
void built_restore(const struct object *o);
void pool_life(struct actor *a);

/* regions.c */
void region_life(struct actor *a);

/* percpu.c */
int percpu_init(void);
void percpu_exit(void);
void percpu_step(struct actor *a);
void percpu_reset(struct actor *a);
void percpu_tour(struct actor *a);
u32 percpu_epoch(void);

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
u64 percpu_word(struct actor *a);
bool word_is_live(u64 word);
bool bytes_take(size_t size);
void bytes_adjust(s64 change);
s64 bytes_live(void);
s64 bytes_peak(void);

/* object.c */
size_t natural_align(size_t size);
void object_fill(struct object *o);
void object_check(struct actor *a, const struct object *o);
void object_check_moved(struct actor *a, const struct object *o, const struct object *old);
void content_check(struct actor *a, const struct object *o, const struct request *r);
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

/* The mempool alone frees it, and takes a spinlock_t for it. */
static inline bool is_element(const struct object *o)
{
	return o->origin >= ORIGIN_MEMPOOL;
}

/* The threads share the stops of a tour. */
static inline bool on_tour(const struct actor *a, unsigned int stop)
{
	return stop % params.threads == a->id;
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
