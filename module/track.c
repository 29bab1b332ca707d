// SPDX-License-Identifier: GPL-2.0
/*
 * track: see track.h. Reading takes mheap.lock, so that spans stay; objects may come and go.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/stacktrace.h>
#include "mheap.h"
#include "pagemap.h"
#include "params.h"
#include "track.h"

#define MAX_DEPTH	12
#define MAX_SITES	512U
#define REPORTED_SITES	16U
#define UNKNOWN		1UL

DEFINE_STATIC_KEY_FALSE(track_on);

/**
 * struct site - a place in the code and what it allocated
 * @caller: return address
 * @objects: live
 * @bytes: of those
 */
struct site {
	unsigned long caller;
	unsigned long objects;
	unsigned long bytes;
};

/**
 * struct sites - those of a heap
 * @n: how many
 * @missed: objects of sites for which there was no room
 * @site: the sites
 */
struct sites {
	unsigned int n;
	unsigned long missed;
	struct site site[MAX_SITES];
};

/* The first return address that is not kspan's; some kernels cannot unwind their stack. */
static unsigned long find_caller(void)
{
	unsigned long entries[MAX_DEPTH];
	unsigned int i, n = save_stack(entries, MAX_DEPTH, 1);

	for (i = 0; i < n; i++)
		if (!within_module(entries[i], THIS_MODULE))
			return entries[i];
	return UNKNOWN;
}

static unsigned int nr_objects(const struct mspan *span)
{
	return span->class == CLASS_LARGE ? 1 : size_classes[span->class].nr_objs;
}

static size_t object_bytes(const struct mspan *span)
{
	return span->class == CLASS_LARGE ? mspan_bytes(span) : size_classes[span->class].size;
}

static unsigned long *caller_of(struct mspan *span, const void *obj)
{
	unsigned int i = span->class == CLASS_LARGE ? 0 : mspan_index(span, (unsigned long)obj);

	return &span->callers[i];
}

void track_alloc_slow(void *obj)
{
	struct mspan *span;

	preempt_disable();
	span = pagemap_lookup((unsigned long)obj);
	preempt_enable();
	WRITE_ONCE(*caller_of(span, obj), find_caller());
}

void track_free_slow(struct mspan *span, const void *obj)
{
	WRITE_ONCE(*caller_of(span, obj), 0);
}

/* All objects of a span were freed at once. */
void track_reset(struct mspan *span)
{
	if (span->callers)
		memset(span->callers, 0, nr_objects(span) * sizeof(*span->callers));
}

/* Return: false if there is no memory for the callers. */
bool track_span_new(struct mspan *span, gfp_t gfp)
{
	span->callers = NULL;
	if (!tracking())
		return true;
	span->callers = kcalloc(nr_objects(span), sizeof(*span->callers), gfp);
	return span->callers;
}

void track_span_delete(struct mspan *span)
{
	kfree(span->callers);
}

static void add_object(struct sites *sites, unsigned long caller, size_t bytes)
{
	struct site *site = sites->site, *end = site + sites->n;

	while (site < end && site->caller != caller)
		site++;
	if (site == end) {
		if (sites->n == MAX_SITES) {
			sites->missed++;
			return;
		}
		*site = (struct site) { .caller = caller };
		sites->n++;
	}
	site->objects++;
	site->bytes += bytes;
}

static void add_span(struct mspan *span, void *sites)
{
	unsigned long caller;
	unsigned int i;

	for (i = 0; i < nr_objects(span); i++) {
		caller = READ_ONCE(span->callers[i]);
		if (caller)
			add_object(sites, caller, object_bytes(span));
	}
}

static int most_bytes_first(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : 0;
}

/* To be freed with kvfree(). */
static struct sites *collect_sites(struct kspan_heap *heap)
{
	struct sites *sites = kvzalloc(sizeof(*sites), GFP_KERNEL);

	if (!sites)
		return NULL;
	mheap_walk(heap, add_span, sites);
	sort(sites->site, sites->n, sizeof(*sites->site), most_bytes_first, NULL);
	return sites;
}

static const char *caller_text(unsigned long caller, char *text, size_t len)
{
	if (caller == UNKNOWN)
		return "unknown";
	snprintf(text, len, "%pS", (void *)caller);
	return text;
}

/**
 * track_show() - list the live objects of a heap by caller
 * @m: where to
 * @heap: the heap
 *
 * Context: Process context.
 */
void track_show(struct seq_file *m, struct kspan_heap *heap)
{
	char text[KSYM_SYMBOL_LEN];
	struct sites *sites;
	unsigned int i;

	if (!tracking()) {
		seq_puts(m, "not tracked: load kspan with track=1\n");
		return;
	}
	sites = collect_sites(heap);
	if (!sites)
		return;
	seq_printf(m, "%12s %10s %s\n", "bytes", "objects", "caller");
	for (i = 0; i < sites->n; i++)
		seq_printf(m, "%12lu %10lu %s\n", sites->site[i].bytes, sites->site[i].objects,
			   caller_text(sites->site[i].caller, text, sizeof(text)));
	if (sites->missed)
		seq_printf(m, "%12s %10lu (more callers)\n", "-", sites->missed);
	kvfree(sites);
}

/**
 * track_report() - tell the kernel log who allocated what is live in a heap
 * @heap: the heap
 *
 * Context: Process context.
 */
void track_report(struct kspan_heap *heap)
{
	char text[KSYM_SYMBOL_LEN];
	struct sites *sites;
	unsigned int i;

	if (!tracking())
		return;
	sites = collect_sites(heap);
	if (!sites)
		return;
	for (i = 0; i < min(sites->n, REPORTED_SITES); i++)
		pr_err("  %lu objects, %lu bytes: %s\n", sites->site[i].objects,
		       sites->site[i].bytes,
		       caller_text(sites->site[i].caller, text, sizeof(text)));
	kvfree(sites);
}

/* Before the first allocation. */
void track_init(void)
{
	if (param_track())
		static_branch_enable(&track_on);
}
