/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stacks: each call stack that debug mode U or the profile saw, kept once, under a number. No
 * locks: it works in any context, NMI included, and on kernels without a stack depot.
 */
#ifndef _KSPAN_STACKS_H
#define _KSPAN_STACKS_H

#include "base/kspan_internal.h"

#define STACKS_DEPTH	16U
#define STACKS_GONE	2UL	/* in place of an address; neither CALLER_UNKNOWN nor _RCU */
#define STACKS_NR	16385U	/* numbers: 0 is an unknown stack */

int stacks_start(void);
void stacks_exit(void);
u64 stacks_metadata_bytes(void);

unsigned int stacks_collect(unsigned long *entries);
void stacks_print_entries(const unsigned long *entries, unsigned int n);
u32 stacks_save(void);
unsigned long stacks_caller(u32 id);
void stacks_print(u32 id);
void stacks_forget(bool (*goes)(unsigned long addr, const void *arg), const void *arg);
const unsigned long *stacks_entries(u32 id, unsigned int *n);

#endif /* _KSPAN_STACKS_H */
