/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan - the map of the module. Every file of module/ includes this header.
 *
 * Vocabulary
 *	page		8 KB, whatever the machine's own page size
 *	run		pages in a row
 *	segment		one vmalloc area or a block of the direct map, 2 MB unless segment_mb or a
 *			larger object says otherwise
 *	hole		a page of a block that went back to the kernel before the others
 *	place		a kind of memory on a memory node
 *	arena		segments that are numbered together, 64 MB unless arena_mb says otherwise
 *	leaf		256 pages of a segment, which have one summary of their free runs
 *	mspan		a run that is cut into equal objects of one class, or is one large object
 *	class		one of 67 object sizes, 8 B to 32 KB; class 68 is the 16 B tiny blocks; 69
 *			to 75 are the large objects of 64 KB to 4 MB that are powers of two: spans
 *			of one object, which CPUs keep as those of the other classes
 *	tiny		several objects under 8 B packed into one block of 16
 *	unit		2 B: tiny objects begin on one
 *	granule		2 MB of addresses: what one map of the pagemap covers
 *	owner		what a span knows of its heap
 *	mcache		one per CPU and heap: what that CPU allocates from without any lock
 *	slot		an mcache's part for one class: a magazine and a claim
 *	magazine	a stack of object addresses; the most recently freed comes back first
 *	kept span	a large span without an object that an mcache keeps for the next one of as
 *			many pages
 *	claim		up to a machine word of free bits of one span that a slot has taken
 *	mcentral	one per class and heap: the spans that CPUs share
 *	depot		of an mcentral: magazines on their way from one CPU to another
 *	budget		of a CPU: what the magazines of all classes and heaps have room for, and
 *			what it keeps of large spans
 *	heap		a named allocator: its mcaches, its mcentrals, its limit
 *	pool		a heap of which one class is used, and a stock of objects
 *	mheap		the segments and the page allocator
 *	region		objects that are freed all at once: a cursor that moves through blocks
 *	region block	a large span that a region cuts objects from; a "block" alone is of the
 *			direct map
 *	late free	a free where no lock can be taken: a bit in the span's second bitmap
 *	reserve		pages set aside for callers that must not sleep
 *
 * Layers, lowest first: a folder each. Includes and calls go down only, which "make lint" checks.
 *	base/		compat		differences between kernels
 *			params		module parameters
 *			names		names that clients may give
 *			letters		debug modes
 *			size_class	the table of size classes, from mksizeclasses.c
 *			kick		wake-ups of the worker
 *			trace		tracepoints
 *	pages/		owner		the account that pages are charged to
 *			mspan, object	spans and their bits; zeroing, KASAN, kmemleak of one object
 *			page_alloc	free pages of one segment
 *			place, area, block	what memory there is, and getting it
 *			vault		memory for mcaches and magazines
 *			segment, arena	one area or block; those that are numbered together
 *			fill		the segments of a place, the fullest first
 *			arenas		all of them: which of them serves
 *			arenas_grow, arenas_return	how they come and go
 *			pagemap		from an address to its span
 *			report		messages about misuse and failures
 *			callers		who called kspan
 *			record, poison, stacks, report_object	what debug modes know, fill, find
 *			samples		objects that the allocation profile sampled
 *			mheap, reserve	spans for callers that may sleep, and for those that may not
 *			mheap_resize	more or fewer pages for a large object
 *			reserve_size	how much is set aside
 *			span_alloc	the one or the other
 *	central/	magazine	arrays of free objects
 *			mcentral, depot	what CPUs share of a class
 *			heap		what every heap begins with
 *	cpu/		slot, kept, mcache	what a CPU has for itself
 *			mcache_slow	filling and emptying its magazines
 *			tiny		packing
 *			mcache_drain	giving back
 *	heap/		alloc, large	the paths of an allocation and of a free
 *			debug, quarantine	the same of a heap in a debug mode
 *			free_rcu	frees after a grace period
 *			stats, leaks	the figures of one heap, its live objects
 *			guard		sampled objects between pages without access
 *			bounds		from an address to its object
 *			heap_memory	what a heap is made of
 *			events		what the tracepoints of objects tell
 *			profile		which allocations are sampled
 *			heaps		making, emptying and ending heaps
 *	region/		region, region_block, region_memory, region_names
 *	upkeep/		mcaches		CPU hotplug, drains of all CPUs
 *			aside		having mcaches step aside
 *			debug_mode	changing the debug mode of a heap
 *			totals		the figures of all heaps
 *			scavenge	the worker, the shrinker, trim
 *			guard_sample	sampling, and
 *			guard_fault	faults, of guarded objects
 *			profile_switch, profile_files	the profile: on and off, its files
 *			clients		what each module holds and leaves
 *			oops		after a failure of the kernel
 *			map		what each page is used for
 *			debugfs
 *	api/		api, api_rcu, api_string, api_devm, api_heap, api_override, usercopy, pool,
 *			region_api, region_percpu	what is exported
 *			abi		refuses clients that were compiled for another kspan
 *	main.c		loading and unloading, above all layers
 * What must rise is a callback that the upper layer registers: wake-ups (kick.h), drains of idle
 * spans (struct mheap_idle), late frees and the retry at a limit (struct owner_ops).
 *
 * Locks, outermost first. Under none of them is another CPU, reclaim or a user of debugfs waited
 * for: so a shrinker, a CPU hotplug callback or a caller beside a CPU that never answers may call
 * what takes them. "Does not reclaim" means: allocates with GFP_NOWAIT or not at all.
 *	heap.shortage_lock (mutex)
 *				the callback of the heap's owner, which may do as a shrinker may,
 *				is running. Whoever is short of memory only tries to take it.
 *	trace_lock (mutex)	tracepoints of objects are being enabled or disabled, under the
 *				kernel's own locks of tracing.
 *	debug_lock (mutex)	a heap's debug mode is changing, or mcaches step aside. Its holder
 *				waits for interrupts on other CPUs; only who does either takes it.
 *	mheap.grow_lock (mutex)	one segment is being made. The one exception: vmalloc under it may
 *				reclaim, and so call shrinkers that take the others. In a NOIO
 *				scope, so only callers that may do so wait for it; with
 *				__GFP_NORETRY they try.
 *	regions_lock (mutex)	the list of regions. Allocates nothing. Its holder may free blocks
 *				of regions that are in use: lock-free work only.
 *	heaps_lock (mutex)	the list of heaps, which heap has an mcache for which CPU, and what
 *				is added up over both. Does not reclaim. Its holder may drain the
 *				mcaches of a dead CPU, or of a heap that nobody uses.
 *	mheap.return_lock (mutex)
 *				empty segments are being given back; vfree() waits for nothing.
 *				Reclaim waits for memory that is on its way.
 *	mheap.lock (mutex)	segments, page bitmaps, writing of the pagemap. Does not reclaim;
 *				nothing that frees waits for it.
 *	mcache.drain_lock	raw spinlock: a drain on the mcache's own CPU, which only tries,
 *				or the end of the mcache. Lock-free work only.
 *	mcentral.lock		spinlock, irqsave: its lists, and of its spans the lists, the free
 *				bits and the counts. Never two at a time; MCENTRAL_AT_ONCE objects.
 *	rcu_gatherer.lock	raw spinlock, irqsave: a CPU's batch of objects that wait for a
 *				grace period. Innermost, but for call_rcu()'s.
 *	reserve.lock		spinlock, irqsave: the reserve's runs. Innermost.
 *	vault.lock		spinlock, irqsave: what is in use of the vault. Innermost.
 *	pool.lock		raw spinlock: its stock. Innermost.
 *	quarantine.lock		raw spinlock: its ring. Innermost.
 *	samples_lock		raw spinlock: how many sampled objects a span has. Innermost.
 *	mcache.busy		no lock: see mcache.h
 */
#ifndef _KSPAN_INTERNAL_H
#define _KSPAN_INTERNAL_H

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <kspan/kspan.h>
#include "base/compat.h"

#define KSPAN_PAGE_SHIFT	13
#define KSPAN_PAGE_SIZE		BIT(KSPAN_PAGE_SHIFT)

#define GRANULE_SHIFT		21	/* of the pagemap: 2 MB */

/* Naturally aligned powers of two, and kspan_alloc_aligned(), end here. */
#define KSPAN_MAX_ALIGN		(4UL << 20)

#define CLASS_LARGE		0	/* one object over KSPAN_MAX_SMALL, alone in its span */
#define CLASS_TINY		KSPAN_NR_CLASSES
#define CLASS_POWER		(CLASS_TINY + 1)	/* 64 KB, 128 KB ... KSPAN_MAX_ALIGN */
#define NR_POWERS		7
#define NR_CLASSES		(CLASS_POWER + NR_POWERS)	/* with large and tiny */

#define TINY_BLOCK		16U	/* bytes that tiny objects are packed into */

#define BYTES_TO_PAGES(bytes)	(((bytes) + KSPAN_PAGE_SIZE - 1) >> KSPAN_PAGE_SHIFT)

/*
 * Look at a field that its owner may be changing: it does so with plain stores of a word, and the
 * reader can do with the value before or after.
 */
#define peek(field)	data_race(READ_ONCE(field))

/* Checks of invariants: on with "make DEBUG=1", which the debug kernels use. */
#ifdef KSPAN_DEBUG
#define KSPAN_ASSERTS		1
#define kspan_assert(cond)	WARN_ON_ONCE(!(cond))
#else
#define KSPAN_ASSERTS		0
#define kspan_assert(cond)	BUILD_BUG_ON_INVALID(!(cond))
#endif

struct arena;
struct kspan_heap;
struct mcache;
struct mcentral;
struct mspan;
struct owner;

#endif /* _KSPAN_INTERNAL_H */
