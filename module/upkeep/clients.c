// SPDX-License-Identifier: GPL-2.0
/*
 * clients: see clients.h. A module notifier reports heaps, pools and regions that are still there
 * after their client's exit function, and with track=1 its live objects in all heaps, while their
 * callers still have names. Heaps are looked at between totals_begin() and totals_end().
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "heap/free_rcu.h"
#include "heap/heaps.h"
#include "heap/leaks.h"
#include "pages/callers.h"
#include "pages/stacks.h"
#include "region/region.h"
#include "upkeep/clients.h"
#include "upkeep/totals.h"

#define MAX_CLIENTS	256U
#define REPORTED_SITES	16U

/**
 * struct client - what a module holds
 * @name: its name
 * @heaps: its heaps
 * @pools: its pools
 * @regions: its regions
 * @objects: live objects: all of its heaps and pools, and with track=1 its own in the shared ones
 * @bytes: their bytes, and those in use of its regions
 */
struct client {
	char name[CLIENT_BYTES];
	unsigned long heaps;
	unsigned long pools;
	unsigned long regions;
	u64 objects;
	u64 bytes;
};

/**
 * struct clients - all of them
 * @n: their number
 * @client: each
 */
struct clients {
	unsigned int n;
	struct client client[MAX_CLIENTS];
};

/* The last one stands for all that have no room. */
static struct client *client_named(struct clients *all, const char *name)
{
	struct client *client = all->client;

	while (client < all->client + all->n && strcmp(client->name, name))
		client++;
	if (client < all->client + all->n)
		return client;
	if (all->n == MAX_CLIENTS)
		return client - 1;
	all->n++;
	strscpy(client->name, name, sizeof(client->name));
	return client;
}

static void add_heap(struct clients *all, struct kspan_heap *heap)
{
	struct client *client = client_named(all, heap->client);
	struct class_stats st;

	stats_total(heap, &st);
	client->heaps += !heap->is_pool;
	client->pools += heap->is_pool;
	client->objects += st.in_use;
	client->bytes += st.held - st.waste;
}

static void add_site(unsigned long caller, unsigned long objects, unsigned long bytes, void *all)
{
	char name[CLIENT_BYTES] = "(unknown)";
	struct client *client;

	if (caller != CALLER_UNKNOWN)
		name_client(name, caller);
	client = client_named(all, name);
	client->objects += objects;
	client->bytes += bytes;
}

static void add_region(const char *name, u64 bytes, void *all)
{
	struct client *client = client_named(all, name);

	client->regions++;
	client->bytes += bytes;
}

static void collect(struct clients *all, struct sites *sites)
{
	struct kspan_heap *heap;

	totals_begin();
	for_each_heap(heap)
		if (!heap_is_shared(heap))
			add_heap(all, heap);
		else if (sites)
			leaks_each_site(heap, sites, add_site, all);
	totals_end();
	regions_each(add_region, all);
}

/**
 * clients_list() - list what each client holds
 * @m: the file to write to
 *
 * Context: Process context.
 */
void clients_list(struct seq_file *m)
{
	struct clients *all = kvzalloc(sizeof(*all), GFP_KERNEL);
	struct sites *sites = leaks_sites_alloc();
	const struct client *client;

	if (!all)
		goto out;
	collect(all, sites);
	seq_printf(m, "%-24s %6s %6s %7s %10s %12s\n", "client", "heaps", "pools", "regions",
		   "objects", "bytes");
	for (client = all->client; client < all->client + all->n; client++)
		seq_printf(m, "%-24s %6lu %6lu %7lu %10llu %12llu\n", client->name, client->heaps,
			   client->pools, client->regions, client->objects, client->bytes);
out:
	kvfree(sites);
	kvfree(all);
}

static bool report_heap(struct kspan_heap *heap, const char *client)
{
	struct class_stats st;

	if (heap->ended || heap->client_gone || strcmp(heap->client, client))
		return false;
	stats_total(heap, &st);
	pr_err("module %s goes and leaves %s \"%s\" with %lu objects, %lu bytes\n", client,
	       heap->is_pool ? "pool" : "heap", heap->owner.name, st.in_use, st.held - st.waste);
	heap->client_gone = true;
	return true;
}

/**
 * struct going - what is looked for when a module goes
 * @module: the module
 * @heap: the heap that is looked at
 * @sites: callers of the heap that were told
 */
struct going {
	struct module *module;
	struct kspan_heap *heap;
	unsigned int sites;
};

static void report_site(unsigned long caller, unsigned long objects, unsigned long bytes, void *arg)
{
	struct going *going = arg;

	if (!within_module(caller, going->module) || going->sites++ >= REPORTED_SITES)
		return;
	pr_err("module %s goes and leaves %lu objects, %lu bytes in heap \"%s\": %pS\n",
	       going->module->name, objects, bytes, going->heap->owner.name, (void *)caller);
}

static void report_going(struct module *module, struct sites *sites)
{
	struct going going = { .module = module };

	totals_begin();
	for_each_heap(going.heap) {
		report_heap(going.heap, module->name);
		going.sites = 0;
		if (sites)
			leaks_each_site(going.heap, sites, report_site, &going);
	}
	totals_end();
	regions_report_client(module->name);
}

/* Whether the module may have objects that wait for kspan_free_rcu()'s grace period. */
static bool awaits_frees(void)
{
	struct kspan_heap *heap;
	bool any = false;

	totals_begin();
	for_each_heap(heap)
		any |= atomic_long_read(&heap->rcu_frees);
	totals_end();
	return any;
}

/* Its exit function has returned. */
static bool is_init_code(unsigned long addr, const void *module)
{
	return within_module_init(addr, module);
}

static bool is_code(unsigned long addr, const void *module)
{
	return within_module(addr, module);
}

static int module_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	struct sites *sites;

	if (event == MODULE_STATE_LIVE)
		stacks_forget(is_init_code, data);
	if (event != MODULE_STATE_GOING || data == THIS_MODULE)
		return NOTIFY_DONE;
	if (awaits_frees())
		free_rcu_barrier();
	sites = leaks_sites_alloc();
	report_going(data, sites);
	kvfree(sites);
	stacks_forget(is_code, data);
	return NOTIFY_DONE;
}

static struct notifier_block module_block = { .notifier_call = module_changed };

void clients_start(void)
{
	register_module_notifier(&module_block);
}

void clients_stop(void)
{
	unregister_module_notifier(&module_block);
}
