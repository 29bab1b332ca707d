// SPDX-License-Identifier: GPL-2.0
/*
 * stacks: see stacks.h. A hash table of fixed size. An entry is claimed by a cmpxchg of its hash,
 * and is complete once its length is set. After that only addresses of code that goes are taken
 * out, as other code may get them. The kernel's stack depot
 * cannot be used in NMI, nor on PREEMPT_RT with preemption off, and takes memory without end.
 */
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include "pages/callers.h"
#include "pages/stacks.h"

#define NR_STACKS	(STACKS_NR - 1)	/* a power of two */

/* At most so many functions of kspan are on a stack above its caller. */
#define INSIDE		10U

/* Entries that a stack tries. When those are full, its caller alone tries more. */
#define TRIES		16U
#define TRIES_ALONE	256U

/**
 * struct stack - a call stack
 * @hash: of its entries; 0 while there is none; set once
 * @n: number of entries; 0 until they are complete
 * @entries: return addresses outside kspan, innermost first
 */
struct stack {
	u32 hash;
	u32 n;
	unsigned long entries[STACKS_DEPTH];
};

static struct stack *stacks;	/* NULL until somebody wants stacks; then constant */

/**
 * stacks_start() - get the memory for the stacks, unless it is there
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int stacks_start(void)
{
	struct stack *new;

	if (READ_ONCE(stacks))
		return 0;
	new = kvcalloc(NR_STACKS, sizeof(*stacks), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	if (cmpxchg(&stacks, NULL, new))	/* pairs with stacks_save() */
		kvfree(new);
	return 0;
}

/* Nobody saves a stack any more. */
void stacks_exit(void)
{
	kvfree(stacks);
	stacks = NULL;
}

u64 stacks_metadata_bytes(void)
{
	return READ_ONCE(stacks) ? NR_STACKS * sizeof(*stacks) : 0;
}

/* Whether an entry has this stack already; false while another CPU still fills it. */
static bool is_same(const struct stack *stack, u32 hash, const unsigned long *entries,
		    unsigned int n)
{
	return READ_ONCE(stack->hash) == hash &&
	       smp_load_acquire(&stack->n) == n &&	/* its entries are complete then */
	       !data_race(memcmp(stack->entries, entries, n * sizeof(*entries)));
}

/* Return: the number of the entry with this stack, or 0 if there is no room for it. */
static u32 find_or_add(struct stack *table, const unsigned long *entries, unsigned int n,
		       unsigned int tries)
{
	u32 hash = jhash(entries, n * sizeof(*entries), 0) ?: 1, i;
	struct stack *stack;

	for (i = 0; i < tries; i++) {
		stack = &table[(hash + i) % NR_STACKS];
		if (!READ_ONCE(stack->hash) && !cmpxchg(&stack->hash, 0, hash)) {
			memcpy(stack->entries, entries, n * sizeof(*entries));
			smp_store_release(&stack->n, n);	/* pairs with is_same() */
			return stack - table + 1;
		}
		if (is_same(stack, hash, entries, n))
			return stack - table + 1;
	}
	return 0;
}

/**
 * stacks_collect() - the stack of the caller, without the part inside kspan
 * @entries: set to at most STACKS_DEPTH return addresses
 *
 * Context: Any.
 * Return: how many; 0 if the kernel cannot unwind its stack.
 */
unsigned int stacks_collect(unsigned long *entries)
{
	unsigned long all[STACKS_DEPTH + INSIDE];
	unsigned int n, skip = 0;

	n = save_stack(all, ARRAY_SIZE(all), 1);
	while (skip < n && within_module(all[skip], THIS_MODULE))
		skip++;
	n = min(n - skip, STACKS_DEPTH);
	memcpy(entries, all + skip, n * sizeof(*entries));
	return n;
}

/**
 * stacks_save() - keep the stack of the caller, without the part inside kspan
 *
 * Context: Any.
 * Return: its number; 0 if it is unknown: the kernel cannot unwind its stack, or all room is taken.
 */
u32 stacks_save(void)
{
	struct stack *table = smp_load_acquire(&stacks);	/* with stacks_start() */
	unsigned long entries[STACKS_DEPTH];
	unsigned int n;
	u32 id;

	if (!table)
		return 0;
	n = stacks_collect(entries);
	if (!n)
		return 0;
	id = find_or_add(table, entries, n, TRIES);
	return id ?: find_or_add(table, entries, 1, TRIES_ALONE);
}

static const struct stack *stack_of(u32 id)
{
	const struct stack *stack = id && stacks ? &stacks[id - 1] : NULL;

	return stack && smp_load_acquire(&stack->n) ? stack : NULL;	/* as in is_same() */
}

/* The function that called kspan, or CALLER_UNKNOWN. */
unsigned long stacks_caller(u32 id)
{
	const struct stack *stack = stack_of(id);

	return stack ? stack->entries[0] : CALLER_UNKNOWN;
}

/**
 * stacks_forget() - take addresses of code that is about to go out of all stacks
 * @goes: tells whether an address is one of them
 * @arg: for @goes
 *
 * Context: Process context.
 */
void stacks_forget(bool (*goes)(unsigned long addr, const void *arg), const void *arg)
{
	struct stack *stack, *table = smp_load_acquire(&stacks);	/* as in stacks_save() */
	unsigned int i;

	for (stack = table; table && stack < table + NR_STACKS; stack++) {
		for (i = 0; i < smp_load_acquire(&stack->n); i++)	/* as in is_same() */
			if (goes(stack->entries[i], arg))
				WRITE_ONCE(stack->entries[i], STACKS_GONE);
		cond_resched();
	}
}

/* Its return addresses, innermost first, and how many; NULL if it is unknown. */
const unsigned long *stacks_entries(u32 id, unsigned int *n)
{
	const struct stack *stack = stack_of(id);

	*n = stack ? stack->n : 0;
	return stack ? stack->entries : NULL;
}

void stacks_print_entries(const unsigned long *entries, unsigned int n)
{
	unsigned int i;

	if (!n)
		pr_err("    unknown\n");
	for (i = 0; i < n; i++)
		if (entries[i] == STACKS_GONE)
			pr_err("    (module gone)\n");
		else
			pr_err("    %pS\n", (void *)entries[i]);
}

void stacks_print(u32 id)
{
	const struct stack *stack = stack_of(id);

	stacks_print_entries(stack ? stack->entries : NULL, stack ? stack->n : 0);
}
