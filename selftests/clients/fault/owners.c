// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_fault: operations that create a heap, a pool or a region and allocate from it.
 */
#include <linux/err.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include <kspan/region.h>
#include "fault.h"

#define NAME	"kspan_fault"

static const struct kspan_region_params small_blocks = { .block_size = 64 << 10 };

void run_heap(const struct operation *op, struct attempt *a)
{
	a->heap = kspan_heap_create(NAME, NULL);
	if (!IS_ERR(a->heap))
		got_one(a, kspan_heap_alloc(a->heap, op->size, op->gfp));
}

void run_pool(const struct operation *op, struct attempt *a)
{
	a->pool = kspan_pool_create(NAME, op->size, NULL);
	if (IS_ERR(a->pool))
		return;
	a->promised = kspan_pool_prefill(a->pool, BULK, op->gfp) ? 0 : BULK;
	a->n = kspan_pool_alloc_bulk(a->pool, op->gfp, BULK, a->got);
}

void run_region(const struct operation *op, struct attempt *a)
{
	a->region = kspan_region_create(NAME, &small_blocks);
	if (IS_ERR(a->region))
		return;
	a->passing = kspan_region_alloc_aligned(a->region, op->size, op->align, op->gfp);
}

void run_percpu_region(const struct operation *op, struct attempt *a)
{
	a->percpu_region = kspan_percpu_region_create(NAME, &small_blocks);
	if (IS_ERR(a->percpu_region))
		return;
	a->passing = kspan_percpu_region_alloc_aligned(a->percpu_region, op->size, op->align,
						       op->gfp);
}

/* The objects of a heap or a pool are freed already; a region frees its own. */
void owners_undo(struct attempt *a)
{
	kspan_heap_destroy(a->heap);
	kspan_pool_destroy(a->pool);
	kspan_region_destroy(a->region);
	kspan_percpu_region_destroy(a->percpu_region);
}
