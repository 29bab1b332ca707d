// SPDX-License-Identifier: GPL-2.0
/*
 * debug_mode: see debug_mode.h.
 *
 * A heap enters a debug mode in two steps: its mcaches step aside, see aside.c; then the mode is
 * set. Objects are recorded from then on, and no CPU has a free object at hand that the records do
 * not follow. Objects that are live then are unknown to the mode: their frees are checked as
 * without it.
 */
#include <linux/cpu.h>
#include "heap/debug.h"
#include "upkeep/aside.h"
#include "upkeep/debug_mode.h"

static bool remove_mcaches(struct kspan_heap *heap)
{
	heap_forbid_mcaches(heap, NO_MCACHES_DEBUG, true);
	if (aside_remove_mcaches(heap))
		return true;
	heap_forbid_mcaches(heap, NO_MCACHES_DEBUG, false);
	return false;
}

static int set_mode(struct kspan_heap *heap, u32 letters)
{
	int err = debug_prepare(heap, letters);

	if (err)
		return err;
	if (letters && !debug_mode(heap) && !remove_mcaches(heap))
		return -EBUSY;
	debug_set(heap, letters);
	if (!letters)
		heap_forbid_mcaches(heap, NO_MCACHES_DEBUG, false);
	if (!(letters & DEBUG_QUARANTINE))
		debug_flush(heap);
	return 0;
}

/**
 * debug_mode_set() - change the debug mode of a heap
 * @heap: the heap
 * @letters: the mode; 0: none
 *
 * Context: Process context; no lock of kspan's is held. Waits for interrupts on all CPUs.
 * Return: 0, -ENOMEM, or -EBUSY if a CPU did not leave its mcache.
 */
int debug_mode_set(struct kspan_heap *heap, u32 letters)
{
	int err;

	mutex_lock(&debug_lock);
	if (letters && !static_key_enabled(&debug_key))
		static_branch_enable(&debug_key);
	cpus_read_lock();
	err = set_mode(heap, letters);
	cpus_read_unlock();
	mutex_unlock(&debug_lock);
	return err;
}

/* The letters of a heap's debug mode. */
u32 debug_mode(struct kspan_heap *heap)
{
	return owner_debug(&heap->owner) & DEBUG_LETTERS;
}
