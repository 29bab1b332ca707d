// SPDX-License-Identifier: GPL-2.0
/*
 * What kspan's KUnit tests (kunit/) need of the layers' insides, exported in a namespace of their
 * own. Only there if the kernel has CONFIG_KUNIT; no client may use it.
 */
#include "../kunit/kunit_compat.h"
#include "alloc.h"
#include "arena.h"
#include "heap.h"
#include "large.h"
#include "mcache.h"
#include "mcentral.h"
#include "mheap.h"
#include "mheap_arena.h"
#include "page_alloc.h"
#include "pagemap.h"
#include "params.h"
#include "report.h"
#include "reserve.h"
#include "scavenge.h"
#include "stats.h"
#include "tiny.h"

void *kunit_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp);

/**
 * kunit_alloc() - the fast path of an allocation, in any heap
 * @heap: whose
 * @size: bytes
 * @gfp: what may be done
 *
 * Return: the object, ZERO_SIZE_PTR, or NULL.
 */
void *kunit_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	return alloc_object(heap, heap->mcaches, size, gfp);
}
EXPORT_SYMBOL_KSPAN_INTERNAL(kunit_alloc);

/* size_class */
EXPORT_SYMBOL_KSPAN_INTERNAL(size_classes);
EXPORT_SYMBOL_KSPAN_INTERNAL(size_class_by_8);
EXPORT_SYMBOL_KSPAN_INTERNAL(size_class_by_128);
EXPORT_SYMBOL_KSPAN_INTERNAL(size_class_aligned);

/* page_alloc */
EXPORT_SYMBOL_KSPAN_INTERNAL(pages_bytes);
EXPORT_SYMBOL_KSPAN_INTERNAL(pages_init);
EXPORT_SYMBOL_KSPAN_INTERNAL(pages_find);
EXPORT_SYMBOL_KSPAN_INTERNAL(pages_take);
EXPORT_SYMBOL_KSPAN_INTERNAL(pages_free);
EXPORT_SYMBOL_KSPAN_INTERNAL(pages_summarize);

/* arena */
EXPORT_SYMBOL_KSPAN_INTERNAL(arena_create);
EXPORT_SYMBOL_KSPAN_INTERNAL(arena_destroy);
EXPORT_SYMBOL_KSPAN_INTERNAL(arena_overhead);
EXPORT_SYMBOL_KSPAN_INTERNAL(arena_metadata_bytes);
EXPORT_SYMBOL_KSPAN_INTERNAL(arena_take);
EXPORT_SYMBOL_KSPAN_INTERNAL(arena_give);

/* mspan */
EXPORT_SYMBOL_KSPAN_INTERNAL(no_span);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_new);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_delete);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_begin);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_claim_run);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_claim_one);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_put);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_put_run);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_free_late);
EXPORT_SYMBOL_KSPAN_INTERNAL(mspan_metadata_bytes);

/* pagemap */
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_probe);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_table_alloc);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_table_install);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_add_maps);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_remove_maps);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_set);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_spare_alloc);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_spare_free);
EXPORT_SYMBOL_KSPAN_INTERNAL(pagemap_metadata_bytes);

/* mheap */
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_alloc_span);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_take_run);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_give_run);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_free_large);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_free_late);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_drain);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_drain_late);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_has_idle);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_return_arenas);
EXPORT_SYMBOL_KSPAN_INTERNAL(mheap_metadata_bytes);
EXPORT_SYMBOL_KSPAN_INTERNAL(arenas_take);
EXPORT_SYMBOL_KSPAN_INTERNAL(arenas_untake);
EXPORT_SYMBOL_KSPAN_INTERNAL(arenas_give);
EXPORT_SYMBOL_KSPAN_INTERNAL(arenas_find);

/* mcentral */
EXPORT_SYMBOL_KSPAN_INTERNAL(mcentral_claim_runs);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcentral_alloc_one);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcentral_free_one);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcentral_put);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcentral_put_run);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcentral_drain_late);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcentral_grow);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcentral_take_empty);

/* mcache, tiny, large, heap, and the paths of an allocation in any heap */
EXPORT_SYMBOL_KSPAN_INTERNAL(mcache_create);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcache_drain);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcache_look);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcache_try_enter);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcache_alloc_slow);
EXPORT_SYMBOL_KSPAN_INTERNAL(mcache_metadata_bytes);
EXPORT_SYMBOL_KSPAN_INTERNAL(tiny_leave);
EXPORT_SYMBOL_KSPAN_INTERNAL(large_align);
EXPORT_SYMBOL_KSPAN_INTERNAL(default_heap);
EXPORT_SYMBOL_KSPAN_INTERNAL(heap_init);
EXPORT_SYMBOL_KSPAN_INTERNAL(alloc_other);
EXPORT_SYMBOL_KSPAN_INTERNAL(alloc_from_class);
EXPORT_SYMBOL_KSPAN_INTERNAL(alloc_large);

/* reserve, scavenge, stats, report, params */
EXPORT_SYMBOL_KSPAN_INTERNAL(reserve_alloc_span);
EXPORT_SYMBOL_KSPAN_INTERNAL(reserve_refill);
EXPORT_SYMBOL_KSPAN_INTERNAL(reserve_drop);
EXPORT_SYMBOL_KSPAN_INTERNAL(reserve_pages);
EXPORT_SYMBOL_KSPAN_INTERNAL(scavenge_kick);
EXPORT_SYMBOL_KSPAN_INTERNAL(stats_of_class);
EXPORT_SYMBOL_KSPAN_INTERNAL(stats_total);
EXPORT_SYMBOL_KSPAN_INTERNAL(stats_retire);
EXPORT_SYMBOL_KSPAN_INTERNAL(report_bad_frees);
EXPORT_SYMBOL_KSPAN_INTERNAL(param_arena_bytes);
EXPORT_SYMBOL_KSPAN_INTERNAL(param_decay_jiffies);
EXPORT_SYMBOL_KSPAN_INTERNAL(param_reserve_pages);
EXPORT_SYMBOL_KSPAN_INTERNAL(param_magazine_bytes);
EXPORT_SYMBOL_KSPAN_INTERNAL(param_tiny);
