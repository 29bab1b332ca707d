// SPDX-License-Identifier: GPL-2.0
/*
 * report: prints a message and a stack for each misuse, at most a hundred in five seconds. Any
 * context.
 */
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/kallsyms.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include "pages/callers.h"
#include "pages/report.h"

/* Callers that are told of each kind of bad argument once. */
#define NR_TOLD		64

DEFINE_RATELIMIT_STATE(report_limit, 5 * HZ, 100);
bool report_limit_mb_met;
static DEFINE_RATELIMIT_STATE(failure_limit, 5 * HZ, 1);
static atomic_long_t bad_frees, bad_pointers;

/* The number of refused frees. */
unsigned long report_bad_frees(void)
{
	return atomic_long_read(&bad_frees);
}

/* The number of refused pointers that were not to be freed. */
unsigned long report_bad_pointers(void)
{
	return atomic_long_read(&bad_pointers);
}

/* If there is to be a report, report_end_misuse() ends it: the console takes spinlocks. */
static bool begin(bool wanted)
{
	if (wanted)
		spinning_begin();
	return wanted;
}

/* The stack of the caller is the end of each report. */
void report_end_misuse(void)
{
	dump_stack();
	spinning_end();
}

/* Count a misuse. Return: whether to print it; then report_end_misuse() must follow. */
bool report_begin_misuse(void)
{
	atomic_long_inc(&bad_frees);
	return begin(__ratelimit(&report_limit));
}

static size_t class_bytes(unsigned int class)
{
	return size_classes[class].size;
}

void report_foreign(const void *p, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	pr_err("bad free: %p is not a kspan object, in %pS\n", p, (void *)caller);
	report_end_misuse();
}

/* Asked for the size of what is no live object, or to change it. */
void report_no_object(const void *p, unsigned long caller)
{
	atomic_long_inc(&bad_pointers);
	if (!begin(__ratelimit(&report_limit)))
		return;
	pr_err("bad pointer: %p is not the start of a live kspan object, so it has no size, in %pS\n",
	       p, (void *)caller);
	report_end_misuse();
}

void report_inside(const void *p, const struct mspan *span, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	if (span->class != CLASS_LARGE &&
	    mspan_index(span, (unsigned long)p) >= size_classes[span->class].nr_objs)
		pr_err("bad free: %p points behind the objects of size class %u (%zu bytes), in %pS\n",
		       p, span->class, class_bytes(span->class), (void *)caller);
	else if (span->class == CLASS_LARGE)
		pr_err("bad free: %p points inside an object of %lu bytes, in %pS\n", p,
		       mspan_bytes(span), (void *)caller);
	else
		pr_err("bad free: %p points inside an object of size class %u (%zu bytes), in %pS\n",
		       p, span->class, class_bytes(span->class), (void *)caller);
	report_end_misuse();
}

void report_double_free(const void *p, unsigned int class, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	if (class == CLASS_LARGE)
		pr_err("double free of %p, a large object, in %pS\n", p, (void *)caller);
	else
		pr_err("double free of %p, size class %u (%zu bytes), in %pS\n", p, class,
		       class_bytes(class), (void *)caller);
	report_end_misuse();
}

/* In a tiny block a pointer into an object cannot be told from one to a freed object. */
void report_tiny_free(const void *p, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	if ((unsigned long)p % 2)
		pr_err("bad free: %p points inside an object under 8 bytes, in %pS\n", p,
		       (void *)caller);
	else
		pr_err("double free of %p, or it points inside an object under 8 bytes, in %pS\n",
		       p, (void *)caller);
	report_end_misuse();
}

void report_region_free(const void *p, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	pr_err("bad free: %p belongs to a region, in %pS\n", p, (void *)caller);
	report_end_misuse();
}

void report_region_release(const char *name, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	pr_err("bad release: the mark is not the innermost of region %s, in %pS\n", name,
	       (void *)caller);
	report_end_misuse();
}

void report_size(const void *p, size_t size, size_t usable, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	pr_err("size mismatch: %p of %zu bytes is freed as one of %zu, in %pS\n", p, usable, size,
	       (void *)caller);
	report_end_misuse();
}

void report_wrong_pool(const void *p, const struct owner *pool, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	pr_err("bad free: %p is not an object of pool \"%s\", in %pS\n", p, pool->name,
	       (void *)caller);
	report_end_misuse();
}

void report_wrong_heap(const void *p, const struct owner *heap, unsigned long caller)
{
	if (!report_begin_misuse())
		return;
	pr_err("bad free: %p is not an object of heap \"%s\", in %pS\n", p, heap->name,
	       (void *)caller);
	report_end_misuse();
}

/* The page of an object of a direct segment lost a reference: not to one of kspan's functions. */
void report_stray_free(const void *p, bool kept)
{
	if (!report_begin_misuse())
		return;
	pr_err("bad free: the page at %p belongs to kspan, and was freed by kfree(), put_page() or the like%s\n",
	       p, kept ? "; kspan keeps it" : " more than once: the kernel has it");
	report_end_misuse();
}

/* Callers, or modules, that were told of something once; atomic. */
struct told {
	unsigned long callers[NR_TOLD];
};

/* Whether it is the first time for this caller. If there are very many, the rate is limited. */
static bool tell_once(struct told *told, unsigned long caller)
{
	unsigned long old;
	unsigned int i;

	for (i = 0; i < NR_TOLD; i++) {
		old = READ_ONCE(told->callers[i]);
		if (!old)
			old = cmpxchg(&told->callers[i], 0, caller);
		if (!old || old == caller)
			return !old;
	}
	return __ratelimit(&report_limit);
}

void report_bad_flags(gfp_t bad, unsigned long caller)
{
	static struct told told;

	caller = callers_find(caller);
	if (!begin(tell_once(&told, caller)))
		return;
	pr_warn("unsupported gfp flags %pGg, in %pS\n", &bad, (void *)caller);
	report_end_misuse();
}

void report_bad_node(int node, unsigned long caller)
{
	static struct told told;

	caller = callers_find(caller);
	if (!begin(tell_once(&told, caller)))
		return;
	pr_warn("no memory node %d: give NUMA_NO_NODE, or a number below %u, in %pS\n", node,
		nr_node_ids, (void *)caller);
	report_end_misuse();
}

void report_bad_align(size_t align, unsigned long caller)
{
	static struct told told;

	caller = callers_find(caller);
	if (!begin(tell_once(&told, caller)))
		return;
	pr_warn("unsupported alignment %zu: give a power of two up to %lu, in %pS\n", align,
		KSPAN_MAX_ALIGN, (void *)caller);
	report_end_misuse();
}

/* An allocation of any size from the heap behind a pool. */
void report_pool_heap(const struct owner *pool, unsigned long caller)
{
	static struct told told;

	caller = callers_find(caller);
	if (!begin(tell_once(&told, caller)))
		return;
	pr_warn("allocation from the heap of pool \"%s\" refused: use the pool, in %pS\n",
		pool->name, (void *)caller);
	report_end_misuse();
}

/* Only the pool may free all its objects: it keeps a stock of them. */
void report_pool_heap_end(const struct owner *pool, unsigned long caller)
{
	if (!begin(__ratelimit(&report_limit)))
		return;
	pr_err("reset or end of the heap of pool \"%s\" refused: use the pool, in %pS\n",
	       pool->name, (void *)caller);
	report_end_misuse();
}

/* A key of the module that an address is in, or of the kernel. */
static unsigned long module_key(unsigned long addr)
{
	char name[KSYM_SYMBOL_LEN], *module;

	sprint_symbol(name, addr);
	module = strrchr(name, '[') ?: "";
	return jhash(module, strlen(module), 0) | 1UL << 32;	/* not 0 */
}

/**
 * report_account_slow() - tell of a client's first __GFP_ACCOUNT, once a module
 *
 * Finding out who asks takes long, and whoever asks does so again soon: one look a second.
 *
 * Context: Any that may take a spinlock.
 * Return: whether this told of it.
 */
bool report_account_slow(void)
{
	static unsigned long next_look = INITIAL_JIFFIES;
	unsigned long next = READ_ONCE(next_look), caller;
	static struct told told;

	if (time_before(jiffies, next) || cmpxchg(&next_look, next, jiffies + HZ) != next)
		return false;
	caller = callers_find(_RET_IP_);
	if (!tell_once(&told, module_key(caller)))
		return false;
	spinning_begin();
	pr_warn("memory is not accounted to the caller's cgroup: __GFP_ACCOUNT is ignored, first asked for in %pS\n",
		(void *)caller);
	spinning_end();
	return true;
}

/* An allocation that might sleep where it must not. */
void report_sleep(gfp_t gfp, unsigned long caller)
{
	if (!begin(__ratelimit(&report_limit)))
		return;
	pr_err("gfp flags %pGg allow to sleep where the context does not, in %pS\n", &gfp,
	       (void *)callers_find(caller));
	report_end_misuse();
}

/* Count a failed allocation and, without __GFP_NOWARN, report it. */
void report_failure(struct owner *owner, size_t size, gfp_t gfp)
{
	bool limited = READ_ONCE(report_limit_mb_met) &&
		       !owner_is_full(owner, BYTES_TO_PAGES(size));

	owner = owner->account;
	atomic_long_inc(&owner->failures);
	if ((gfp & __GFP_NOWARN) || in_nmi() || !__ratelimit(&failure_limit))
		return;
	spinning_begin();
	pr_warn("allocation of %zu bytes failed, gfp flags %pGg, heap \"%s\" of %lu KB, limit %zu KB%s\n",
		size, &gfp, owner->name, atomic_long_read(&owner->pages) << (KSPAN_PAGE_SHIFT - 10),
		owner_limit(owner) >> 10,
		limited ? ", limit_mb is met" : "");
	if (gfpflags_allow_blocking(gfp))
		dump_stack();
	spinning_end();
}

/* The same for a region's own limit, which no heap knows of. */
void report_region_limit(const char *name, unsigned long limit, size_t size, gfp_t gfp)
{
	if ((gfp & __GFP_NOWARN) || in_nmi() || !__ratelimit(&failure_limit))
		return;
	spinning_begin();
	pr_warn("allocation of %zu bytes failed, gfp flags %pGg, region \"%s\" is at its limit of %lu bytes\n",
		size, &gfp, name, limit);
	if (gfpflags_allow_blocking(gfp))
		dump_stack();
	spinning_end();
}
