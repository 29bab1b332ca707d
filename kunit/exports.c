// SPDX-License-Identifier: GPL-2.0
/*
 * Exports internal symbols for kspan's KUnit tests (kunit/), in a namespace of their own. Built
 * only if the kernel has CONFIG_KUNIT. Clients must not use them.
 */
#include "base/kick.h"
#include "base/params.h"
#include "base/trace.h"
#include "central/depot.h"
#include "cpu/mcache_drain.h"
#include "cpu/tiny.h"
#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/heaps.h"
#include "heap/bounds.h"
#include "heap/guard.h"
#include "heap/large.h"
#include "heap/profile.h"
#include "heap/stats.h"
#include "kunit_compat.h"
#include "pages/callers.h"
#include "pages/mheap.h"
#include "pages/pagemap.h"
#include "pages/record.h"
#include "pages/report.h"
#include "pages/reserve.h"
#include "pages/samples.h"
#include "pages/stacks.h"
#include "pages/vault.h"
#include "upkeep/debug_mode.h"
#include "upkeep/oops.h"
#include "upkeep/scavenge.h"

void *kunit_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp);

/**
 * kunit_alloc() - allocate on the fast path, from any heap
 * @heap: the heap
 * @size: bytes
 * @gfp: allocation flags
 *
 * Return: the object, ZERO_SIZE_PTR, or NULL.
 */
void *kunit_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	return alloc_object(heap, heap->owner.mcaches, size, gfp);
}

KSPAN_EXPORT_INTERNAL(kunit_alloc);

unsigned int kunit_nr_mcaches(struct kspan_heap *heap);

/* How many mcaches a heap has. */
unsigned int kunit_nr_mcaches(struct kspan_heap *heap)
{
	struct kspan_heap *set;
	unsigned int n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		for_each_set(heap, set)
			n += !!mcache_of(set, cpu);
	return n;
}

KSPAN_EXPORT_INTERNAL(kunit_nr_mcaches);

/* size_class */
KSPAN_EXPORT_INTERNAL(size_classes);
KSPAN_EXPORT_INTERNAL(size_class_by_8);
KSPAN_EXPORT_INTERNAL(size_class_by_128);
KSPAN_EXPORT_INTERNAL(size_class_aligned);

/* page_alloc */
KSPAN_EXPORT_INTERNAL(page_alloc_bytes);
KSPAN_EXPORT_INTERNAL(page_alloc_begin);
KSPAN_EXPORT_INTERNAL(page_alloc_find);
KSPAN_EXPORT_INTERNAL(page_alloc_take);
KSPAN_EXPORT_INTERNAL(page_alloc_free);
KSPAN_EXPORT_INTERNAL(page_alloc_summarize);

/* segment */
KSPAN_EXPORT_INTERNAL(segment_create);
KSPAN_EXPORT_INTERNAL(segment_create_block);
KSPAN_EXPORT_INTERNAL(segment_destroy);
KSPAN_EXPORT_INTERNAL(segment_metadata_bytes);
KSPAN_EXPORT_INTERNAL(segment_find);
KSPAN_EXPORT_INTERNAL(segment_take);
KSPAN_EXPORT_INTERNAL(segment_give);
KSPAN_EXPORT_INTERNAL(segment_find_hole);
KSPAN_EXPORT_INTERNAL(segment_make_hole);

/* arena */
KSPAN_EXPORT_INTERNAL(arena_create);
KSPAN_EXPORT_INTERNAL(arena_destroy);
KSPAN_EXPORT_INTERNAL(arenas_insert);

/* mspan */
KSPAN_EXPORT_INTERNAL(no_span);
KSPAN_EXPORT_INTERNAL(ended_span);
KSPAN_EXPORT_INTERNAL(record_make);
KSPAN_EXPORT_INTERNAL(record_delete_all);
KSPAN_EXPORT_INTERNAL(record_metadata_bytes);
KSPAN_EXPORT_INTERNAL(mspan_new);
KSPAN_EXPORT_INTERNAL(mspan_delete);
KSPAN_EXPORT_INTERNAL(mspan_begin);
KSPAN_EXPORT_INTERNAL(mspan_claim);
KSPAN_EXPORT_INTERNAL(mspan_claim_one);
KSPAN_EXPORT_INTERNAL(mspan_put);
KSPAN_EXPORT_INTERNAL(mspan_metadata_bytes);

/* pagemap */
KSPAN_EXPORT_INTERNAL(pagemap);
KSPAN_EXPORT_INTERNAL(pagemap_probe);
#ifdef KSPAN_DEBUG
KSPAN_EXPORT_INTERNAL(pagemap_pause);
#endif
KSPAN_EXPORT_INTERNAL(pagemap_has_homes);
KSPAN_EXPORT_INTERNAL(pagemap_table_alloc);
KSPAN_EXPORT_INTERNAL(pagemap_table_install);
KSPAN_EXPORT_INTERNAL(pagemap_add_maps);
KSPAN_EXPORT_INTERNAL(pagemap_remove_maps);
KSPAN_EXPORT_INTERNAL(pagemap_set);
KSPAN_EXPORT_INTERNAL(pagemap_spare_alloc);
KSPAN_EXPORT_INTERNAL(pagemap_spare_free);
KSPAN_EXPORT_INTERNAL(pagemap_metadata_bytes);

/* mheap */
KSPAN_EXPORT_INTERNAL(mheap);
KSPAN_EXPORT_INTERNAL(mheap_alloc_span);
KSPAN_EXPORT_INTERNAL(mheap_take_run);
KSPAN_EXPORT_INTERNAL(mheap_give_run);
KSPAN_EXPORT_INTERNAL(mheap_free_large);
KSPAN_EXPORT_INTERNAL(mheap_free_late);
KSPAN_EXPORT_INTERNAL(mheap_drain);
KSPAN_EXPORT_INTERNAL(mheap_drain_late);
KSPAN_EXPORT_INTERNAL(mheap_has_idle);
KSPAN_EXPORT_INTERNAL(arenas_grow);
KSPAN_EXPORT_INTERNAL(arenas_unpin);
KSPAN_EXPORT_INTERNAL(arenas_return);
KSPAN_EXPORT_INTERNAL(mheap_metadata_bytes);
KSPAN_EXPORT_INTERNAL(place_by_node);
KSPAN_EXPORT_INTERNAL(arenas_take);
KSPAN_EXPORT_INTERNAL(arenas_longest);
KSPAN_EXPORT_INTERNAL(arenas_in_segment);
KSPAN_EXPORT_INTERNAL(arenas_give);
KSPAN_EXPORT_INTERNAL(arenas_find);

/* vault */
KSPAN_EXPORT_INTERNAL(vault_alloc);
KSPAN_EXPORT_INTERNAL(vault_free);
KSPAN_EXPORT_INTERNAL(vault_look);
KSPAN_EXPORT_INTERNAL(vault_unused_bytes);

/* magazine, slot */
KSPAN_EXPORT_INTERNAL(slot_pop_checked);
KSPAN_EXPORT_INTERNAL(magazine_charged_bytes);
KSPAN_EXPORT_INTERNAL(magazine_first_capacity);
KSPAN_EXPORT_INTERNAL(magazine_has_room);

/* mcentral */
KSPAN_EXPORT_INTERNAL(mcentral_claim);
KSPAN_EXPORT_INTERNAL(mcentral_claim_single);
KSPAN_EXPORT_INTERNAL(mcentral_alloc_one);
KSPAN_EXPORT_INTERNAL(mcentral_free_one);
KSPAN_EXPORT_INTERNAL(mcentral_put);
KSPAN_EXPORT_INTERNAL(mcentral_unclaim_late);
KSPAN_EXPORT_INTERNAL(mcentral_drain_late);
KSPAN_EXPORT_INTERNAL(mcentral_grow);
#ifdef KSPAN_DEBUG
KSPAN_EXPORT_INTERNAL(mcentral_most_at_once);
#endif
KSPAN_EXPORT_INTERNAL(mcentral_reset_span);
KSPAN_EXPORT_INTERNAL(mcentral_offer_empty);
KSPAN_EXPORT_INTERNAL(depot_return);
KSPAN_EXPORT_INTERNAL(depot_settle_some);
KSPAN_EXPORT_INTERNAL(depot_drain);

/* mcache, tiny, large, heap, and allocation from any heap */
KSPAN_EXPORT_INTERNAL(mcache_create);
KSPAN_EXPORT_INTERNAL(mcache_free);
KSPAN_EXPORT_INTERNAL(mcache_drain);
KSPAN_EXPORT_INTERNAL(mcache_look);
KSPAN_EXPORT_INTERNAL(mcache_holds);
KSPAN_EXPORT_INTERNAL(kept_shed);
KSPAN_EXPORT_INTERNAL(kept_count);
KSPAN_EXPORT_INTERNAL(mcache_try_enter);
KSPAN_EXPORT_INTERNAL(mcache_alloc_slow);
KSPAN_EXPORT_INTERNAL(mcache_metadata_bytes);
KSPAN_EXPORT_INTERNAL(tiny_leave);
KSPAN_EXPORT_INTERNAL(large_align);
KSPAN_EXPORT_INTERNAL(large_alloc);
KSPAN_EXPORT_INTERNAL(default_heap);
KSPAN_EXPORT_INTERNAL(heap_init);
KSPAN_EXPORT_INTERNAL(heap_walk);
KSPAN_EXPORT_INTERNAL(heap_drain_depots);
KSPAN_EXPORT_INTERNAL(alloc_other);
KSPAN_EXPORT_INTERNAL(alloc_from_class);
KSPAN_EXPORT_INTERNAL(alloc_large);

/* debug modes */
KSPAN_EXPORT_INTERNAL(letters_parse);
KSPAN_EXPORT_INTERNAL(letters_text);
KSPAN_EXPORT_INTERNAL(debug_key);
KSPAN_EXPORT_INTERNAL(debug_flush);
KSPAN_EXPORT_INTERNAL(debug_mode_set);

/* profile */
KSPAN_EXPORT_INTERNAL(profile_start);
KSPAN_EXPORT_INTERNAL(profile_stop);
KSPAN_EXPORT_INTERNAL(profile_minus_ln);
KSPAN_EXPORT_INTERNAL(profile_chance);
KSPAN_EXPORT_INTERNAL(alloc_set_flags);
KSPAN_EXPORT_INTERNAL(heaps_set_flags);
KSPAN_EXPORT_INTERNAL(samples_nr);
KSPAN_EXPORT_INTERNAL(samples_lost);
KSPAN_EXPORT_INTERNAL(samples_sums);
KSPAN_EXPORT_INTERNAL(stacks_entries);

/* trace */
#ifdef CONFIG_TRACEPOINTS
KSPAN_EXPORT_INTERNAL(__tracepoint_alloc);
KSPAN_EXPORT_INTERNAL(__tracepoint_large_alloc);
KSPAN_EXPORT_INTERNAL(__tracepoint_free);
KSPAN_EXPORT_INTERNAL(__tracepoint_refill);
KSPAN_EXPORT_INTERNAL(__tracepoint_flush);
KSPAN_EXPORT_INTERNAL(__tracepoint_span_alloc);
KSPAN_EXPORT_INTERNAL(__tracepoint_span_free);
KSPAN_EXPORT_INTERNAL(__tracepoint_bad_free);
KSPAN_EXPORT_INTERNAL(__tracepoint_failure);
#endif

/* reserve, scavenge, stats, report, params */
KSPAN_EXPORT_INTERNAL(reserve_alloc_span);
KSPAN_EXPORT_INTERNAL(reserve_refill);
KSPAN_EXPORT_INTERNAL(reserve_drop);
KSPAN_EXPORT_INTERNAL(reserve_pack);
KSPAN_EXPORT_INTERNAL(reserve_trim);
KSPAN_EXPORT_INTERNAL(reserve_look);
KSPAN_EXPORT_INTERNAL(reserve_is_settled);
KSPAN_EXPORT_INTERNAL(reserve_target_bytes);
KSPAN_EXPORT_INTERNAL(reserve_pages);
KSPAN_EXPORT_INTERNAL(kick);
KSPAN_EXPORT_INTERNAL(scavenge_pause);
KSPAN_EXPORT_INTERNAL(scavenge_resume);
KSPAN_EXPORT_INTERNAL(stats_of_class);
KSPAN_EXPORT_INTERNAL(stats_total);
KSPAN_EXPORT_INTERNAL(stats_forget_tiny);
KSPAN_EXPORT_INTERNAL(mcache_retire);
KSPAN_EXPORT_INTERNAL(report_misuses);
KSPAN_EXPORT_INTERNAL(callers_text);
KSPAN_EXPORT_INTERNAL(slot_random_key);
KSPAN_EXPORT_INTERNAL(bounds_find);
KSPAN_EXPORT_INTERNAL(guard_start);
KSPAN_EXPORT_INTERNAL(guard_alloc);
KSPAN_EXPORT_INTERNAL(guard_owns);
KSPAN_EXPORT_INTERNAL(guard_due);
KSPAN_EXPORT_INTERNAL(mcache_sample_here);
KSPAN_EXPORT_INTERNAL(oops_look);
KSPAN_EXPORT_INTERNAL(report_account_slow);
KSPAN_EXPORT_INTERNAL(report_limit);
KSPAN_EXPORT_INTERNAL(param_arena_bytes);
KSPAN_EXPORT_INTERNAL(param_segment_bytes);
KSPAN_EXPORT_INTERNAL(param_decay_jiffies);
KSPAN_EXPORT_INTERNAL(param_reserve_pages);
KSPAN_EXPORT_INTERNAL(param_magazine_bytes);
KSPAN_EXPORT_INTERNAL(param_quarantine_bytes);
KSPAN_EXPORT_INTERNAL(param_cpu_cache_bytes);
KSPAN_EXPORT_INTERNAL(param_limit_bytes);
KSPAN_EXPORT_INTERNAL(param_tiny);
