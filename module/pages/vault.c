// SPDX-License-Identifier: GPL-2.0
/*
 * vault: see vault.h. A block counts what it has in use in units, of the size of a cache line.
 *
 *	| guard | struct block, then what is in use | guard |
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/topology.h>
#include "base/kspan_internal.h"
#include "pages/report.h"
#include "pages/vault.h"

#define UNIT		64UL
/* 64 KB; of larger pages 128 KB, but four pages: the guards take two. */
#define BLOCK_ORDER	(PAGE_SHIFT < 13 ? 16 - PAGE_SHIFT : PAGE_SHIFT < 16 ? 17 - PAGE_SHIFT : 2)
#define BLOCK_BYTES	(PAGE_SIZE << BLOCK_ORDER)
#define NR_UNITS	((BLOCK_BYTES - 2 * PAGE_SIZE) / UNIT)

/* Neither 0 nor an address, nor a poison of the kernel's. */
#define GUARD_PATTERN	0xd6

/**
 * struct block - the head of a block, behind its first guard
 * @list: in @blocks
 * @node: its memory node
 * @nr_free: units that are not in use
 * @used: a bit for each unit; those of this head are always set
 */
struct block {
	struct list_head list;
	int node;
	unsigned int nr_free;
	unsigned long used[];
};

#define HEAD_UNITS	\
	DIV_ROUND_UP(sizeof(struct block) + BITS_TO_LONGS(NR_UNITS) * sizeof(long), UNIT)

static_assert((NR_UNITS - HEAD_UNITS) * UNIT >= VAULT_MAX_BYTES);

static DEFINE_SPINLOCK(vault_lock);
static DEFINE_MUTEX(look_lock);		/* one caller of vault_look(); taken by trying */
static LIST_HEAD(blocks);

static void *guard_before(struct block *b)
{
	return (void *)b - PAGE_SIZE;
}

static void *guard_behind(struct block *b)
{
	return (void *)b + NR_UNITS * UNIT;
}

static unsigned int units_of(size_t bytes)
{
	return DIV_ROUND_UP(bytes, UNIT);
}

/* Each page of a block knows its head. */
static struct block *block_of(const void *p)
{
	return (struct block *)page_private(virt_to_page(p));
}

static void set_block(void *first, struct block *b)
{
	struct page *page = virt_to_page(first);
	unsigned long i;

	for (i = 0; i < 1UL << BLOCK_ORDER; i++)
		set_page_private(page + i, (unsigned long)b);
}

static void *take(struct block *b, unsigned int n)
{
	unsigned long i;

	if (b->nr_free < n)
		return NULL;
	i = bitmap_find_next_zero_area(b->used, NR_UNITS, HEAD_UNITS, n, 0);
	if (i >= NR_UNITS)
		return NULL;
	bitmap_set(b->used, i, n);
	b->nr_free -= n;
	return (void *)b + i * UNIT;
}

static void *take_of_node(unsigned int n, int node)
{
	unsigned long irqflags;
	struct block *b;
	void *p = NULL;

	spin_lock_irqsave(&vault_lock, irqflags);
	list_for_each_entry(b, &blocks, list) {
		if (b->node == node)
			p = take(b, n);
		if (p)
			break;
	}
	spin_unlock_irqrestore(&vault_lock, irqflags);
	return p;
}

static struct block *block_new(int node, gfp_t gfp)
{
	struct page *page = alloc_pages_node(node, gfp | __GFP_NOWARN, BLOCK_ORDER);
	struct block *b;

	if (!page)
		return NULL;
	b = page_address(page) + PAGE_SIZE;
	b->node = node;
	b->nr_free = NR_UNITS - HEAD_UNITS;
	bitmap_zero(b->used, NR_UNITS);
	bitmap_set(b->used, 0, HEAD_UNITS);
	set_block(guard_before(b), b);
	memset(guard_before(b), GUARD_PATTERN, PAGE_SIZE);
	memset(guard_behind(b), GUARD_PATTERN, PAGE_SIZE);
	return b;
}

/**
 * vault_alloc() - allocate memory that nothing else of the kernel lies beside
 * @bytes: how many; at most VAULT_MAX_BYTES
 * @node: the memory node that is to have it, if it can; NUMA_NO_NODE: this CPU's
 * @gfp: as for alloc_pages(), and __GFP_ZERO
 *
 * Context: Any that may take a spinlock.
 * Return: the memory, aligned to 64 bytes, for vault_free(), or NULL.
 */
void *vault_alloc(size_t bytes, int node, gfp_t gfp)
{
	unsigned int n = units_of(bytes);
	unsigned long irqflags;
	struct block *b;
	void *p;

	if (node == NUMA_NO_NODE)
		node = numa_mem_id();
	p = take_of_node(n, node);
	if (!p) {
		b = block_new(node, gfp & ~__GFP_ZERO);
		if (!b)
			return NULL;
		p = take(b, n);
		spin_lock_irqsave(&vault_lock, irqflags);
		list_add(&b->list, &blocks);
		spin_unlock_irqrestore(&vault_lock, irqflags);
	}
	if (gfp & __GFP_ZERO)
		memset(p, 0, bytes);
	return p;
}

/**
 * vault_free() - free what vault_alloc() returned
 * @p: the memory
 * @bytes: what it was allocated with
 *
 * Context: Any that may take a spinlock.
 */
void vault_free(void *p, size_t bytes)
{
	struct block *b = block_of(p);
	unsigned int n = units_of(bytes);
	unsigned long irqflags;

	spin_lock_irqsave(&vault_lock, irqflags);
	bitmap_clear(b->used, (p - (void *)b) / UNIT, n);
	b->nr_free += n;
	spin_unlock_irqrestore(&vault_lock, irqflags);
}

/* Report a guard that was written to, and mend it, so that it is reported once. */
static void check(void *guard, bool before)
{
	u8 *first = memchr_inv(guard, GUARD_PATTERN, PAGE_SIZE), *last;

	if (!first)
		return;
	for (last = guard + PAGE_SIZE - 1; *last == GUARD_PATTERN; last--)
		;
	if (report_begin_misuse(MISUSE_ACCESS, 1)) {
		pr_err("bad access: something wrote %zu bytes at %p, in the guard %s what kspan has for itself, which is unharmed\n",
		       (size_t)(last + 1 - first), first, before ? "before" : "behind");
		report_end_misuse(false);	/* nobody on the stack wrote it */
	}
	memset(guard, GUARD_PATTERN, PAGE_SIZE);
}

/* The first block, or the one behind @b. */
static struct block *block_after(struct block *b)
{
	struct list_head *next;
	unsigned long irqflags;

	spin_lock_irqsave(&vault_lock, irqflags);
	next = b ? b->list.next : blocks.next;
	spin_unlock_irqrestore(&vault_lock, irqflags);
	return next == &blocks ? NULL : list_entry(next, struct block, list);
}

/* Take a block from the list if it is empty. Return: whether it was. */
static bool unlist_if_empty(struct block *b)
{
	unsigned long irqflags;
	bool empty;

	spin_lock_irqsave(&vault_lock, irqflags);
	empty = b->nr_free == NR_UNITS - HEAD_UNITS;
	if (empty)
		list_del(&b->list);
	spin_unlock_irqrestore(&vault_lock, irqflags);
	return empty;
}

/**
 * vault_look() - check the guards, and give back the blocks that nothing is in use of
 *
 * If another caller does so, this one does nothing.
 *
 * Context: Process context.
 */
void vault_look(void)
{
	struct block *b, *next;

	if (!mutex_trylock(&look_lock))
		return;
	for (b = block_after(NULL); b; b = next) {
		check(guard_before(b), true);
		check(guard_behind(b), false);
		next = block_after(b);
		if (unlist_if_empty(b)) {
			set_block(guard_before(b), NULL);
			free_pages((unsigned long)guard_before(b), BLOCK_ORDER);
		}
	}
	mutex_unlock(&look_lock);
}

/* Called when no heap is left. */
void vault_exit(void)
{
	rcu_barrier();		/* for what is freed after a grace period */
	vault_look();
	WARN_ON(!list_empty(&blocks));
}

/* What the blocks have beside what is in use of them. */
u64 vault_unused_bytes(void)
{
	unsigned long irqflags;
	struct block *b;
	u64 sum = 0;

	spin_lock_irqsave(&vault_lock, irqflags);
	list_for_each_entry(b, &blocks, list)
		sum += BLOCK_BYTES - (NR_UNITS - HEAD_UNITS - b->nr_free) * UNIT;
	spin_unlock_irqrestore(&vault_lock, irqflags);
	return sum;
}
