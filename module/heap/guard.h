/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard: sampled objects, each alone in memory between pages without access. An access beyond the
 * object, or to one that is freed, faults and is reported; the machine goes on. No locks: a place
 * is claimed and left by its state.
 *
 * An allocation is guarded if it takes a slow path while guard_due is set on its CPU, which the
 * sampler (upkeep/guard_sample.c) sets every guard_interval_ms. The fast path knows nothing of it.
 */
#ifndef _KSPAN_GUARD_H
#define _KSPAN_GUARD_H

#include <linux/jump_label.h>
#include <linux/percpu.h>
#include "central/heap.h"

DECLARE_STATIC_KEY_FALSE(guard_key);	/* set once there is memory for guarded objects */
DECLARE_PER_CPU(bool, guard_due);

/* Whether this CPU's next allocation on a slow path is to be guarded. */
static __always_inline bool guard_is_due(void)
{
	return static_branch_unlikely(&guard_key) && raw_cpu_read(guard_due);
}

int guard_start(void);
bool guard_exit(void);
u64 guard_metadata_bytes(void);

void *guard_alloc(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
bool guard_free(const void *p, unsigned long caller);
void guard_end_heap(const struct kspan_heap *heap);

bool guard_owns(unsigned long addr);
unsigned long guard_object(unsigned long addr, size_t *bytes);
struct kspan_heap *guard_heap(const void *p);
size_t guard_size(const void *p);

bool guard_fault(unsigned long addr, bool write);

#endif /* _KSPAN_GUARD_H */
