/* SPDX-License-Identifier: GPL-2.0 */
/*
 * profile: the allocation profile takes a sample of all allocations, each with a chance that grows
 * with its size: on average one in profile_bytes bytes. For that each CPU counts bytes down, from a
 * number that is drawn anew after each sample, so that no pattern of allocations can escape.
 *
 * While it is off the fast paths know nothing of it. While it is on, words that they look at
 * anyway, the flags that are special, lead each allocation past them to where it is counted. No
 * locks.
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

void *profile_sample(void *p, size_t size);
void profile_forget_heap(struct kspan_heap *heap);
u64 profile_minus_ln(u32 x);
u64 profile_chance(u64 bytes, u64 every);

/* Count an allocation of so many bytes down. Return: false if it is to be sampled. */
static __always_inline bool profile_go_on(size_t size)
{
	return this_cpu_sub_return(profile_left, (long)size) >= 0;
}

/* An object was allocated on a slow path, where the profile may be off. */
static __always_inline void profile_note(void *p, size_t size)
{
	if (static_branch_unlikely(&profile_key) && unlikely(!profile_go_on(size)))
		profile_sample(p, size);
}

#endif /* _KSPAN_PROFILE_H */
