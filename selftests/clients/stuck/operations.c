// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: the calls that are made from a shrinker and from CPU hotplug, and the heap and the
 * region, both named "stuck", that they are made for.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/string.h>
#include <kspan/region.h>
#include "stuck.h"

#define OBJECTS		1000

static struct kspan_heap *heap;
static struct kspan_region *region;

static int make_heap(void)
{
	struct kspan_heap *new;

	if (heap)
		return 0;
	new = kspan_heap_create("stuck", NULL);
	if (IS_ERR(new))
		return PTR_ERR(new);
	heap = new;
	return 0;
}

static int make_region(void)
{
	struct kspan_region *new;

	if (region)
		return 0;
	new = kspan_region_create("stuck", NULL);
	if (IS_ERR(new))
		return PTR_ERR(new);
	region = new;
	return kspan_region_alloc(region, 64, GFP_KERNEL) ? 0 : -ENOMEM;
}

/* The worker fills an empty reserve: an allocation that finds it empty asks for that. */
static void have_the_worker_work(void)
{
	kspan_trim();
	kspan_free(kspan_alloc(40000, GFP_ATOMIC | __GFP_NOWARN));
	msleep(200);
}

/* What the operations need is there, and the CPU's cache holds something for them. */
int operations_prepare(void)
{
	struct held *held = NULL;
	unsigned int i;
	int err;

	have_the_worker_work();
	err = make_heap();
	if (!err)
		err = make_region();
	for (i = 0; i < OBJECTS && !err; i++)
		err = held_take(&held, heap, 64, GFP_KERNEL) ? 0 : -ENOMEM;
	held_free(&held);
	return err;
}

static void stats_do(void)
{
	struct kspan_stats stats;

	kspan_get_stats(&stats);
}

static void heap_stats_do(void)
{
	struct kspan_stats stats;

	kspan_heap_get_stats(heap, &stats);
}

static void trim_do(void)
{
	kspan_trim();
}

static void heap_reset_do(void)
{
	kspan_heap_reset(heap);
}

static void heap_destroy_do(void)
{
	kspan_heap_destroy(xchg(&heap, NULL));
}

static void region_destroy_do(void)
{
	kspan_region_destroy(xchg(&region, NULL));
}

operation_fn operation_find(const char *name)
{
	static const struct {
		const char *name;
		operation_fn run;
	} operations[] = {
		{ "stats", stats_do },
		{ "heap_stats", heap_stats_do },
		{ "trim", trim_do },
		{ "heap_reset", heap_reset_do },
		{ "heap_destroy", heap_destroy_do },
		{ "region_destroy", region_destroy_do },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (!strcmp(operations[i].name, name))
			return operations[i].run;
	return NULL;
}

void operations_end(void)
{
	kspan_heap_destroy(heap);
	kspan_region_destroy(region);
}
