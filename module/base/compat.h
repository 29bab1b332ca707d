/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat: the differences between kernel versions and configurations. No other file tests the
 * kernel's version.
 */
#ifndef _KSPAN_COMPAT_H
#define _KSPAN_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "kspan supports Linux 6.1 and later; 6.1, 6.12, 7.2 and 7.3 are tested"
#endif
#ifndef CONFIG_64BIT
#error "kspan supports 64-bit machines; x86-64, arm64 and user-mode Linux on x86-64 are tested"
#endif

#include <linux/err.h>
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/irqflags.h>
#include <linux/kmemleak.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched/isolation.h>
#include <linux/sched/mm.h>
#include <linux/shrinker.h>
#include <linux/vmalloc.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define EXPORT_SYMBOL_KSPAN(sym)	EXPORT_SYMBOL_NS_GPL(sym, "KSPAN")
#else
#define EXPORT_SYMBOL_KSPAN(sym)	EXPORT_SYMBOL_NS_GPL(sym, KSPAN)
#endif

#ifdef CONFIG_STACKTRACE
#define save_stack(entries, max, skip)	stack_trace_save(entries, max, skip)
#else
#define save_stack(entries, max, skip)	0
#endif

/*
 * Whether the current context may take a spinlock: not in NMI. On PREEMPT_RT a spinlock sleeps, so
 * not with preemption or interrupts off either.
 */
static inline bool may_lock(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return preemptible() && !in_nmi();
	return !in_nmi();
}

/*
 * Between spinning_begin() and spinning_end() spinlocks may be taken although the caller holds a
 * raw spinlock. This is correct where a spinlock does not sleep; on PREEMPT_RT may_lock() refuses
 * such callers. With CONFIG_PROVE_RAW_LOCK_NESTING lockdep reports it on every kernel, for the
 * benefit of PREEMPT_RT, so it gets an override. Nothing in between may sleep. Kernels without
 * the override still report it.
 */
#if defined(CONFIG_PROVE_RAW_LOCK_NESTING) && !defined(CONFIG_PREEMPT_RT) && \
	defined(DEFINE_WAIT_OVERRIDE_MAP) && defined(lock_map_acquire_try)
static __maybe_unused DEFINE_WAIT_OVERRIDE_MAP(spinning_map, LD_WAIT_CONFIG);

static inline void spinning_begin(void)
{
	lock_map_acquire_try(&spinning_map);
}

static inline void spinning_end(void)
{
	lock_map_release(&spinning_map);
}
#else
static inline void spinning_begin(void) { }
static inline void spinning_end(void) { }
#endif

/* The same, for code that may sleep if the caller's flags allow it. */
static inline void spinning_begin_unless_blocking(gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp))
		spinning_begin();
}

static inline void spinning_end_unless_blocking(gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp))
		spinning_end();
}

/*
 * Whether the current context may sleep, as far as the kernel knows: without CONFIG_PREEMPT_COUNT
 * it does not know that preemption is off, as under a spinlock.
 */
static inline bool may_sleep(void)
{
	return !preempt_count() && !in_interrupt() && !irqs_disabled();
}

/*
 * A slow section of an mcache must stay on its CPU. On PREEMPT_RT it must also be preemptible, as
 * spinlocks sleep, so it disables migration. Elsewhere it disables preemption.
 */
static inline void slow_section_begin(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		migrate_disable();
	else
		preempt_disable();
	spinning_begin();
}

static inline void slow_section_end(void)
{
	spinning_end();
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		migrate_enable();
	else
		preempt_enable();
}

/*
 * Filters what the slab allocator returned. Without any reclaim flag, as in CACHE_GFP, 6.18 and
 * 6.19 do not spin, and may return an error pointer that is meant for kmalloc_nolock().
 */
static inline void *slab_result(void *p)
{
	return IS_ERR(p) ? NULL : p;
}

/*
 * Whether any of some flags is in a word of memory that seldom changes. x86 does this in one
 * instruction, but the compiler takes two.
 */
static __always_inline bool flags_in_word(gfp_t flags, const gfp_t *word)
{
#if defined(CONFIG_X86) && defined(__GCC_ASM_FLAG_OUTPUTS__)
	bool any;

	asm("testl %[flags], %[word]"
	    : "=@ccnz" (any) : [flags] "r" (flags), [word] "m" (*word));
	return any;
#else
	return flags & READ_ONCE(*word);
#endif
}

/* might_alloc() on debugging kernels only: elsewhere it would slow down the fast path. */
static inline void debug_might_alloc(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
}

/*
 * KASAN: all memory of a segment except its live objects is poisoned. Generic mode only: the
 * tag-based modes need tagged pointers.
 */
#if defined(CONFIG_KASAN_GENERIC) && defined(CONFIG_KASAN_VMALLOC)
#define KSPAN_KASAN	1
#define KSPAN_KASAN_FREE	0xFB	/* KASAN reports it as a freed slab object */
#define KSPAN_KASAN_RED		0xFC	/* KASAN reports it as out of a slab object's bounds */
#define KSPAN_KASAN_GRANULE	8UL

void kasan_poison(const void *addr, size_t size, u8 value, bool init);

static inline void kasan_poison_range(const void *p, size_t size)
{
	kasan_poison(p, round_up(size, KSPAN_KASAN_GRANULE), KSPAN_KASAN_FREE, false);
}

/* The whole memory of an object that is about to be unpoisoned in part. */
static inline void kasan_poison_red(const void *p, size_t size)
{
	kasan_poison(p, round_up(size, KSPAN_KASAN_GRANULE), KSPAN_KASAN_RED, false);
}

/* Whole granules become 0; a partial last granule holds its number of valid bytes. */
static inline void kasan_unpoison_object(const void *p, size_t size)
{
	size_t whole = round_down(size, KSPAN_KASAN_GRANULE);

	if (whole)
		kasan_poison(p, whole, 0, false);
	if (size > whole)
		kasan_poison(p + whole, KSPAN_KASAN_GRANULE, size - whole, false);
}
#else
#define KSPAN_KASAN	0

static inline void kasan_poison_range(const void *p, size_t size) { }
static inline void kasan_poison_red(const void *p, size_t size) { }
static inline void kasan_unpoison_object(const void *p, size_t size) { }
#endif

/* kmemleak allocates, too. */
static inline void tell_kmemleak(const void *p, size_t size, gfp_t gfp)
{
	if (!IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) || !may_lock())
		return;
	if (!may_sleep())
		gfp &= ~__GFP_DIRECT_RECLAIM;	/* where the flags are wrong, which was reported */
	spinning_begin_unless_blocking(gfp);
	kmemleak_alloc(p, size, 1, gfp);
	spinning_end_unless_blocking(gfp);
}

/* Whether KASAN or kmemleak must be told of each object. */
#define OBJECT_HOOKS	(KSPAN_KASAN || IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))

/* Since 6.16 vmalloc warns of flags that it does not know, and passes none of them on. */
#ifdef vmalloc_huge_node
#define VMALLOC_THISNODE	((__force gfp_t)0)
#define VMALLOC_UNKNOWN		(__GFP_THISNODE | __GFP_NOMEMALLOC)
#else
#define VMALLOC_THISNODE	__GFP_THISNODE
#define VMALLOC_UNKNOWN		((__force gfp_t)0)
#endif

/* Whether a CPU was taken out of scheduling, or of the tick: interrupts disturb what it is for. */
static inline bool cpu_is_isolated_from_noise(int cpu)
{
	return !housekeeping_test_cpu(cpu, HK_TYPE_DOMAIN) ||
	       !housekeeping_test_cpu(cpu, HK_TYPE_TICK);
}

/* The largest order that alloc_pages() serves; 6.4 and 6.8 renamed it. */
#if defined(MAX_PAGE_ORDER)
#define MAX_BLOCK_ORDER		MAX_PAGE_ORDER
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define MAX_BLOCK_ORDER		MAX_ORDER
#else
#define MAX_BLOCK_ORDER		(MAX_ORDER - 1)
#endif

/* Since 6.7 the kernel allocates the shrinker. */
typedef unsigned long (*shrink_fn)(struct shrinker *s, struct shrink_control *sc);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
static inline struct shrinker *shrinker_start(shrink_fn count, shrink_fn scan)
{
	struct shrinker *s = shrinker_alloc(0, "kspan");

	if (!s)
		return NULL;
	s->count_objects = count;
	s->scan_objects = scan;
	s->seeks = DEFAULT_SEEKS;
	shrinker_register(s);
	return s;
}

static inline void shrinker_stop(struct shrinker *s)
{
	shrinker_free(s);
}
#else
static inline struct shrinker *shrinker_start(shrink_fn count, shrink_fn scan)
{
	static struct shrinker shrinker;

	shrinker.count_objects = count;
	shrinker.scan_objects = scan;
	shrinker.seeks = DEFAULT_SEEKS;
	return register_shrinker(&shrinker, "kspan") ? NULL : &shrinker;
}

static inline void shrinker_stop(struct shrinker *s)
{
	unregister_shrinker(s);
}
#endif

#endif /* _KSPAN_COMPAT_H */
