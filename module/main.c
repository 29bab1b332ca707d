// SPDX-License-Identifier: GPL-2.0
/*
 * kspan: loading and unloading. Above all layers. Loading takes the memory of the reserve: one
 * segment, in which the first allocations find room, too.
 */
#include <linux/module.h>
#include "api/abi.h"
#include "base/kick.h"
#include "base/params.h"
#include "cpu/slot.h"
#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/free_rcu.h"
#include "heap/guard.h"
#include "heap/heaps.h"
#include "heap/leaks.h"
#include "pages/mheap.h"
#include "pages/place.h"
#include "pages/reserve.h"
#include "pages/samples.h"
#include "pages/stacks.h"
#include "pages/vault.h"
#include "region/region.h"
#include "upkeep/aside.h"
#include "upkeep/clients.h"
#include "upkeep/debugfs.h"
#include "upkeep/guard_sample.h"
#include "upkeep/mcaches.h"
#include "upkeep/oops.h"
#include "upkeep/scavenge.h"

static int __init kspan_init(void)
{
	int err;

	if (!params_fit())
		return -EINVAL;
	place_init();
	if (param_debug())
		static_branch_enable(&debug_key);
	slot_init();
	alloc_init();
	alloc_set_flags();
	free_rcu_init();
	err = heaps_init();
	if (err)
		goto err_heaps;
	err = mheap_init();
	if (err)
		goto err_heaps;
	err = reserve_init();
	if (err)
		goto err_mheap;
	err = scavenge_init();
	if (err)
		goto err_reserve;
	err = mcaches_init();
	if (err)
		goto err_scavenge;
	debugfs_start();
	clients_start();
	oops_start();
	aside_start();
	params_start();
	if (param_guard_jiffies() || param_profile_bytes())
		kick_for(KICK_PARAMS);
	reserve_use(default_heap.owner.place);
	reserve_refill(GFP_KERNEL);	/* if it fails now, the worker tries again */
	pr_info("loaded, version %s, ABI %s%s\n", KSPAN_VERSION, abi_name,
		KSPAN_ASSERTS ? ", invariants are checked" : "");
	return 0;

err_scavenge:
	scavenge_stop();
err_reserve:
	vault_exit();
	reserve_exit();
err_mheap:
	mheap_exit();
err_heaps:
	heaps_forget_shared();
	stacks_exit();
	return err;
}

/* Leaks of the shared heaps, and of heaps that keep their live objects. */
static unsigned long report_all_leaks(void)
{
	struct kspan_heap *heap;
	unsigned long live = 0;

	for_each_heap(heap)
		live += leaks_report(heap);
	return live;
}

/*
 * Whether memory stays is up to the segments, as a region that was not destroyed may have none, and
 * to guarded objects.
 */
static void tell_end(unsigned long live)
{
	bool guards_end = guard_exit();

	if (mheap_exit() && guards_end)
		pr_info("unloaded\n");
	else if (live)
		pr_err("unloaded with %lu objects live: their memory stays\n", live);
	else
		pr_err("unloaded with no object live, but %ld spans in use: their memory stays\n",
		       atomic_long_read(&mheap.nr_spans));
}

/*
 * No client module is loaded, as each holds a reference. Objects that a client did not free stay
 * mapped, with their metadata: a remaining pointer to one stays valid. The report lists the leaks.
 */
static void __exit kspan_exit(void)
{
	unsigned long live;

	params_stop();
	aside_stop();
	oops_stop();
	clients_stop();
	free_rcu_barrier();
	regions_settle();
	debugfs_stop();
	scavenge_stop();
	guard_sample_stop();
	debug_flush(&default_heap);
	debug_flush(&override_heap);
	heaps_exit();
	mcaches_exit();
	vault_exit();
	mheap_drain();
	reserve_drop();
	scavenge_exit();
	arenas_return(0);
	reserve_exit();
	live = report_all_leaks() + regions_report_leaks();
	heaps_forget_shared();
	samples_exit();
	stacks_exit();
	tell_end(live);
}

module_init(kspan_init);
module_exit(kspan_exit);
MODULE_DESCRIPTION("General-purpose allocator with per-CPU caches, size classes and arenas");
MODULE_VERSION(KSPAN_VERSION);
MODULE_LICENSE("GPL");
