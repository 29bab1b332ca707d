// SPDX-License-Identifier: GPL-2.0
/*
 * leaks: list a heap's live objects: by class when the heap is destroyed, and by caller with debug
 * mode U. Reading takes mheap.lock, so spans stay; objects may be allocated and freed meanwhile.
 */
#include <linux/kallsyms.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "heap/leaks.h"
#include "heap/stats.h"
#include "pages/callers.h"
#include "pages/mheap.h"
#include "pages/record.h"
#include "pages/stacks.h"

#define MAX_SITES	512U
#define REPORTED_SITES	16U

/**
 * struct site - the live objects of one caller
 * @caller: return address
 * @objects: their number
 * @bytes: their bytes
 */
struct site {
	unsigned long caller;
	unsigned long objects;
	unsigned long bytes;
};

/**
 * struct sites - the sites of a heap
 * @n: number of sites
 * @missed: objects of sites that did not fit
 * @site: the sites
 */
struct sites {
	unsigned int n;
	unsigned long missed;
	struct site site[MAX_SITES];
};

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
	u32 debug = owner_debug(span->owner), state;
	struct record *rec;
	unsigned int i;

	for (i = 0; span->records && i < mspan_nr_objs(span); i++) {
		rec = record_at(span, i);
		state = record_state(rec, debug);
		if (record_is(state, RECORD_LIVE) || record_is(state, RECORD_WAITS))
			add_object(sites, stacks_caller(READ_ONCE(rec->alloc_stack)),
				   record_bytes(span));
	}
}

static int most_bytes_first(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : 0;
}

static void collect_into(struct sites *sites, struct kspan_heap *heap)
{
	struct kspan_heap *set;

	sites->n = 0;
	sites->missed = 0;
	for_each_set(heap, set)
		mheap_walk(&set->owner, add_span, sites);
	sort(sites->site, sites->n, sizeof(*sites->site), most_bytes_first, NULL);
}

/* Return: the sites, which the caller frees with kvfree(), or NULL. */
static struct sites *collect_sites(struct kspan_heap *heap)
{
	struct sites *sites = leaks_sites_alloc();

	if (sites)
		collect_into(sites, heap);
	return sites;
}

/* Room for leaks_each_site(), to be freed with kvfree(), or NULL: also if nothing is tracked. */
struct sites *leaks_sites_alloc(void)
{
	return static_key_enabled(&debug_key) ? kvzalloc(sizeof(struct sites), GFP_KERNEL) : NULL;
}

/**
 * leaks_each_site() - tell of each caller that has live objects in a heap
 * @heap: the heap; it does not end meanwhile
 * @sites: from leaks_sites_alloc()
 * @fn: called for each, most bytes first, if the heap has debug mode U; @caller may be
 *	CALLER_UNKNOWN
 * @arg: for @fn
 *
 * Context: Process context; takes mheap.lock, allocates nothing.
 */
void leaks_each_site(struct kspan_heap *heap, struct sites *sites, leaks_site_fn fn, void *arg)
{
	unsigned int i;

	if (!(owner_debug(&heap->owner) & DEBUG_USERS))
		return;
	collect_into(sites, heap);
	for (i = 0; i < sites->n; i++)
		fn(sites->site[i].caller, sites->site[i].objects, sites->site[i].bytes, arg);
}

/**
 * leaks_list() - list the live objects of a heap by caller
 * @m: the file to write to
 * @heap: the heap
 *
 * Context: Process context.
 */
void leaks_list(struct seq_file *m, struct kspan_heap *heap)
{
	char text[KSYM_SYMBOL_LEN];
	struct sites *sites;
	unsigned int i;

	if (!(owner_debug(&heap->owner) & DEBUG_USERS)) {
		seq_puts(m, "not tracked: load kspan with track=1\n");
		return;
	}
	sites = collect_sites(heap);
	if (!sites)
		return;
	seq_printf(m, "%12s %10s %s\n", "bytes", "objects", "caller");
	for (i = 0; i < sites->n; i++)
		seq_printf(m, "%12lu %10lu %s\n", sites->site[i].bytes, sites->site[i].objects,
			   callers_text(sites->site[i].caller, text, sizeof(text)));
	if (sites->missed)
		seq_printf(m, "%12s %10lu (more callers)\n", "-", sites->missed);
	kvfree(sites);
}

/* Log the callers that allocated a heap's live objects. */
static void report_sites(struct kspan_heap *heap)
{
	char text[KSYM_SYMBOL_LEN];
	struct sites *sites;
	unsigned int i;

	if (!(owner_debug(&heap->owner) & DEBUG_USERS))
		return;
	sites = collect_sites(heap);
	if (!sites)
		return;
	for (i = 0; i < min(sites->n, REPORTED_SITES); i++)
		pr_err("  %lu objects, %lu bytes: %s\n", sites->site[i].objects,
		       sites->site[i].bytes,
		       callers_text(sites->site[i].caller, text, sizeof(text)));
	kvfree(sites);
}

static void tell_leak(const struct kspan_heap *heap, unsigned int class,
		      const struct class_stats *st)
{
	if (class == CLASS_LARGE || class >= CLASS_POWER)
		pr_err("%lu large objects (%lu bytes) still live in heap \"%s\"\n", st->in_use,
		       st->held - st->waste, heap->owner.name);
	else if (class == CLASS_TINY)
		pr_err("%lu objects under 8 bytes still live in heap \"%s\"\n", st->in_use,
		       heap->owner.name);
	else
		pr_err("%lu objects of size class %u (%zu bytes) still live in heap \"%s\"\n",
		       st->in_use, class, (size_t)size_classes[class].size, heap->owner.name);
}

/* Return: how many objects of the class are live. */
static unsigned long report_class(struct kspan_heap *heap, unsigned int class)
{
	struct class_stats st;

	stats_of_class(heap, class, &st);
	if (st.in_use)
		tell_leak(heap, class, &st);
	return st.in_use;
}

/**
 * leaks_report() - log the objects that are live when a heap is destroyed
 * @heap: the heap; nobody else uses it during the call
 *
 * Return: the number of live objects.
 */
unsigned long leaks_report(struct kspan_heap *heap)
{
	unsigned long live = report_class(heap, CLASS_LARGE);
	unsigned int class;

	for_each_class(heap, class)
		live += report_class(heap, class);
	if (live)
		report_sites(heap);
	return live;
}
