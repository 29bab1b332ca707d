// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_memory: the slab caches of mcaches. No locks.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "cpu/mcache_memory.h"

static struct kmem_cache *heap_slab, *pool_slab;

/* Return: zeros, or NULL. */
void *mcache_memory_alloc(bool of_pool, int node, gfp_t gfp)
{
	struct kmem_cache *slab = of_pool ? pool_slab : heap_slab;

	return slab_result(kmem_cache_alloc_node(slab, gfp | __GFP_ZERO, node));
}

void mcache_memory_free(bool of_pool, void *mc)
{
	kmem_cache_free(of_pool ? pool_slab : heap_slab, mc);
}

static struct kmem_cache *create(const char *name, unsigned int nr_classes)
{
	return kmem_cache_create(name, mcache_bytes(nr_classes), MCACHE_SLOT_BYTES, 0, NULL);
}

int mcache_caches_create(void)
{
	heap_slab = create("kspan_mcache", NR_CLASSES - 1);
	pool_slab = create("kspan_mcache_pool", 1);
	if (heap_slab && pool_slab)
		return 0;
	mcache_caches_destroy();
	return -ENOMEM;
}

/* Only called when no CPU has an mcache any more. */
void mcache_caches_destroy(void)
{
	rcu_barrier();		/* mcache_free_rcu() */
	kmem_cache_destroy(pool_slab);
	kmem_cache_destroy(heap_slab);
}
