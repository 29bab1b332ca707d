// SPDX-License-Identifier: GPL-2.0
/*
 * report: prints a message and a stack for each misuse, at most a hundred in five seconds. Any
 * context.
 */
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include "base/params.h"
#include "base/trace.h"
#include "pages/callers.h"
#include "pages/report.h"

/* Callers that are told of each kind of bad argument once. */
#define NR_TOLD		64

DEFINE_RATELIMIT_STATE(report_limit, 5 * HZ, 100);
bool report_limit_mb_met;
static DEFINE_RATELIMIT_STATE(failure_limit, 5 * HZ, 1);
static atomic_long_t misuses[NR_MISUSES];

/* How many there were of a kind. */
unsigned long report_misuses(enum misuse kind)
{
	return atomic_long_read(&misuses[kind]);
}

/* If there is to be a report, end() ends it: the console takes spinlocks. */
static bool begin(bool wanted)
{
	if (wanted)
		spinning_begin();
	return wanted;
}

/* The stack of the caller is the end of each report. */
static void end(void)
{
	dump_stack();
	spinning_end();
}

/* Count misuses. Return: whether to print them; then report_end_misuse() must follow. */
bool report_begin_misuse(enum misuse kind, unsigned long n)
{
	atomic_long_add(n, &misuses[kind]);
	return begin(param_panic_on_misuse() || __ratelimit(&report_limit));
}

/**
 * report_end_misuse() - end the report of a misuse
 * @stack: whether the stack tells who did it, or who found it
 *
 * It sets the same flag as KFENCE, KASAN and SLUB do. kspan's own locks and lists are as they were,
 * so lockdep may go on.
 */
void report_end_misuse(bool stack)
{
	if (stack)
		dump_stack();
	spinning_end();
	add_taint(TAINT_BAD_PAGE, LOCKDEP_STILL_OK);
	if (param_panic_on_misuse())
		panic("kspan: panic_on_misuse is set\n");
}

/**
 * report_begin_bad_free() - report_begin_misuse() of a bad free, and its event
 * @p: what was freed
 * @caller: who freed it; CALLER_UNKNOWN if that is found later
 * @what: the kind, for the event
 * @n: how many there are
 */
bool report_begin_bad_free(const void *p, unsigned long caller, const char *what, unsigned long n)
{
	if (trace_bad_free_enabled()) {
		caller = caller == CALLER_RCU ? CALLER_UNKNOWN : callers_find(caller);
		trace_bad_free(within_module(caller, THIS_MODULE) ? CALLER_UNKNOWN : caller, p,
			       what);
	}
	return report_begin_misuse(MISUSE_FREE, n);
}

static const char *by(unsigned long caller, char *text)
{
	return callers_by(caller, text, KSYM_SYMBOL_LEN);
}

static size_t class_bytes(unsigned int class)
{
	return size_classes[class].size;
}

void report_foreign(const void *p, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(p, caller, "foreign", 1))
		return;
	pr_err("bad free: %p is not a kspan object, caller %s\n", p, by(caller, text));
	report_end_misuse(true);
}

/* Asked for the size of what is no live object, or to change it. */
void report_no_object(const void *p, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_misuse(MISUSE_POINTER, 1))
		return;
	pr_err("bad pointer: %p is not the start of a live kspan object, so it has no size, caller %s\n",
	       p, by(caller, text));
	report_end_misuse(true);
}

void report_inside(const void *p, const struct mspan *span, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(p, caller, "inside", 1))
		return;
	if (span->class != CLASS_LARGE &&
	    mspan_index(span, (unsigned long)p) >= size_classes[span->class].nr_objs)
		pr_err("bad free: %p points behind the objects of size class %u (%zu bytes), caller %s\n",
		       p, span->class, class_bytes(span->class), by(caller, text));
	else if (span->class == CLASS_LARGE)
		pr_err("bad free: %p points inside an object of %lu bytes, caller %s\n", p,
		       mspan_bytes(span), by(caller, text));
	else
		pr_err("bad free: %p points inside an object of size class %u (%zu bytes), caller %s\n",
		       p, span->class, class_bytes(span->class), by(caller, text));
	report_end_misuse(true);
}

void report_double_free(const void *p, unsigned int class, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(p, caller, "double", 1))
		return;
	if (class == CLASS_LARGE)
		pr_err("double free of %p, a large object, caller %s\n", p, by(caller, text));
	else
		pr_err("double free of %p, size class %u (%zu bytes), caller %s\n", p, class,
		       class_bytes(class), by(caller, text));
	report_end_misuse(true);
}

/**
 * report_late_double_free() - tell of objects that were freed twice, which is found afterwards
 * @p: one of them
 * @class: its class
 * @n: how many; each is counted
 *
 * The stack is not shown: nobody on it freed them.
 *
 * Context: Any.
 */
void report_late_double_free(const void *p, unsigned int class, unsigned long n)
{
	if (!report_begin_bad_free(p, CALLER_UNKNOWN, "double", n))
		return;
	pr_err("double free of %p, size class %u (%zu bytes), caller unknown: freed earlier, found when it went back to its span\n",
	       p, class, class_bytes(class));
	if (n > 1)
		pr_err("double free of %lu more objects of size class %u, found with it\n", n - 1,
		       class);
	report_end_misuse(false);
}

/* What a CPU had for a free object of a class is none: kspan's own memory was written to. */
void report_no_free_object(const void *p, unsigned int class)
{
	if (!report_begin_misuse(MISUSE_ACCESS, 1))
		return;
	pr_err("bad access: something wrote %p to where kspan keeps free objects of size class %u; it is no such object, and is not handed out\n",
	       p, class);
	report_end_misuse(false);
}

/* In a tiny block a pointer into an object cannot be told from one to a freed object. */
void report_tiny_free(const void *p, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(p, caller, "tiny", 1))
		return;
	if ((unsigned long)p % 2)
		pr_err("bad free: %p points inside an object under 8 bytes, caller %s\n", p,
		       by(caller, text));
	else
		pr_err("double free of %p, or it points inside an object under 8 bytes, caller %s\n",
		       p, by(caller, text));
	report_end_misuse(true);
}

void report_region_free(const void *p, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(p, caller, "region", 1))
		return;
	pr_err("bad free: %p belongs to a region, caller %s\n", p, by(caller, text));
	report_end_misuse(true);
}

void report_region_release(const char *name, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(NULL, caller, "release", 1))
		return;
	pr_err("bad release: the mark is not the innermost of region %s, caller %s\n", name,
	       by(caller, text));
	report_end_misuse(true);
}

void report_size(const void *p, size_t size, size_t usable, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(p, caller, "size", 1))
		return;
	pr_err("size mismatch: %p of %zu bytes is freed as one of %zu, caller %s\n", p, usable,
	       size, by(caller, text));
	report_end_misuse(true);
}

void report_wrong_pool(const void *p, const struct owner *pool, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(p, caller, "pool", 1))
		return;
	pr_err("bad free: %p is not an object of pool \"%s\", caller %s\n", p, pool->name,
	       by(caller, text));
	report_end_misuse(true);
}

/* A copy to or from user space that would leave the object. */
void report_copy(const void *p, size_t n, size_t left, size_t bytes, bool to_user,
		 unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_misuse(MISUSE_COPY, 1))
		return;
	if (bytes)
		pr_err("bad copy: %zu bytes %s user space at %p, where %zu are left of an object of %zu, caller %s\n",
		       n, to_user ? "to" : "from", p, left, bytes, by(caller, text));
	else
		pr_err("bad copy: %zu bytes %s user space at %p, where no object is live, caller %s\n",
		       n, to_user ? "to" : "from", p, by(caller, text));
	report_end_misuse(true);
}

void report_wrong_heap(const void *p, const struct owner *heap, unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(p, caller, "heap", 1))
		return;
	pr_err("bad free: %p is not an object of heap \"%s\", caller %s\n", p, heap->name,
	       by(caller, text));
	report_end_misuse(true);
}

/*
 * The page of an object of a direct segment lost a reference: not to one of kspan's functions. That
 * is found later, so nobody on the stack did it.
 */
void report_stray_free(const void *p, bool kept)
{
	if (!report_begin_bad_free(p, CALLER_UNKNOWN, "stray", 1))
		return;
	pr_err("bad free: the page at %p belongs to kspan, and was freed by kfree(), put_page() or the like%s\n",
	       p, kept ? "; kspan keeps it" : " more than once: the kernel has it");
	report_end_misuse(false);
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
	end();
}

void report_bad_node(int node, unsigned long caller)
{
	static struct told told;

	caller = callers_find(caller);
	if (!begin(tell_once(&told, caller)))
		return;
	pr_warn("no memory node %d: give NUMA_NO_NODE, or a number below %u, in %pS\n", node,
		nr_node_ids, (void *)caller);
	end();
}

void report_bad_align(size_t align, unsigned long caller)
{
	static struct told told;

	caller = callers_find(caller);
	if (!begin(tell_once(&told, caller)))
		return;
	pr_warn("unsupported alignment %zu: give a power of two up to %lu, in %pS\n", align,
		KSPAN_MAX_ALIGN, (void *)caller);
	end();
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
	end();
}

/* Only the pool may free all its objects: it keeps a stock of them. */
void report_pool_heap_end(const struct owner *pool, unsigned long caller)
{
	if (!begin(__ratelimit(&report_limit)))
		return;
	pr_err("reset or end of the heap of pool \"%s\" refused: use the pool, in %pS\n",
	       pool->name, (void *)caller);
	end();
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
	end();
}

/* Count a failed allocation and, without __GFP_NOWARN, report it. */
void report_failure(struct owner *owner, size_t size, gfp_t gfp)
{
	bool limited = READ_ONCE(report_limit_mb_met) &&
		       !owner_is_full(owner, BYTES_TO_PAGES(size));

	if (trace_failure_enabled())
		trace_failure(callers_find(_RET_IP_), size, gfp, owner->name, owner->place.node);
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
	if (trace_failure_enabled())
		trace_failure(callers_find(_RET_IP_), size, gfp, name, NUMA_NO_NODE);
	if ((gfp & __GFP_NOWARN) || in_nmi() || !__ratelimit(&failure_limit))
		return;
	spinning_begin();
	pr_warn("allocation of %zu bytes failed, gfp flags %pGg, region \"%s\" is at its limit of %lu bytes\n",
		size, &gfp, name, limit);
	if (gfpflags_allow_blocking(gfp))
		dump_stack();
	spinning_end();
}
