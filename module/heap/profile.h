/* SPDX-License-Identifier: GPL-2.0 */
/*
 * profile: the allocation profile takes a sample of all allocations, each with a chance that grows
 * with its size: on average one in profile_bytes bytes. For that each CPU counts bytes down, from a
 * number that is drawn anew after each sample, so that no pattern of allocations can escape.
 *
 * While it is off the fast paths know nothing of it. While it is on, words that they look at
 * anyway, the flags that are special, lead each allocation past them to profile_count(). No locks.
 */
#ifndef _KSPAN_PROFILE_H
#define _KSPAN_PROFILE_H

#include <linux/jump_label.h>
#include <linux/percpu.h>
#include "central/heap.h"

DECLARE_STATIC_KEY_FALSE(profile_key);	/* samples are taken */
DECLARE_PER_CPU(long, profile_left);	/* bytes until the next one; negative: it is due */

int profile_start(unsigned long bytes);
void profile_stop(void);

void profile_sample(const void *p, size_t bytes);
void profile_forget_heap(struct kspan_heap *heap);
u64 profile_minus_ln(u32 x);
u64 profile_chance(u64 bytes, u64 every);

/* An object of so many bytes was allocated. */
static __always_inline void profile_count(const void *p, size_t bytes)
{
	if (unlikely(this_cpu_sub_return(profile_left, (long)bytes) < 0))
		profile_sample(p, bytes);
}

/* The same on slow paths, where the profile may be off. */
static __always_inline void profile_note(const void *p, size_t bytes)
{
	if (static_branch_unlikely(&profile_key))
		profile_count(p, bytes);
}

#endif /* _KSPAN_PROFILE_H */
