// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_fault: the operations whose allocations fail, and the checks of their results, with
 * memory and without.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "fault.h"

#define QUIET		(GFP_KERNEL | __GFP_NOWARN)
#define ATOMIC		(GFP_ATOMIC | __GFP_NOWARN)
#define PATTERN		0x5a
#define TEXT		"a string that is copied"

static void run_alloc(const struct operation *op, struct attempt *a)
{
	got_one(a, kspan_alloc(op->size, op->gfp));
}

static void run_aligned(const struct operation *op, struct attempt *a)
{
	got_one(a, kspan_alloc_aligned(op->size, op->align, op->gfp));
}

static void run_calloc(const struct operation *op, struct attempt *a)
{
	got_one(a, kspan_calloc(op->size / 8, 8, op->gfp));
}

static void run_strdup(const struct operation *op, struct attempt *a)
{
	got_one(a, kspan_strdup(TEXT, op->gfp));
}

static void run_realloc(const struct operation *op, struct attempt *a)
{
	void *p = kspan_realloc(a->old, op->size, op->gfp);

	if (p)
		a->old = NULL;
	got_one(a, p);
}

static void run_bulk(const struct operation *op, struct attempt *a)
{
	a->n = kspan_alloc_bulk(op->size, op->gfp, BULK, a->got);
}

const struct operation operations[] = {
	{ "tiny", 8, 8, QUIET, 0, run_alloc },
	{ "small", 64, 64, QUIET, 0, run_alloc },
	{ "page", 8192, 8192, QUIET, 0, run_alloc },
	{ "biggest_class", 32768, 32768, QUIET, 0, run_alloc },
	{ "large", 100000, 8, QUIET, 0, run_alloc },
	{ "over_a_segment", 6 << 20, 8, QUIET, 0, run_alloc },
	{ "aligned", 100, 1 << 20, QUIET, 0, run_aligned },
	{ "zeroed", 4096, 4096, QUIET | __GFP_ZERO, 0, run_alloc },
	{ "calloc", 800, 8, QUIET, 0, run_calloc },
	{ "strdup", sizeof(TEXT), 8, QUIET, 0, run_strdup },
	{ "realloc", 100000, 8, QUIET, 100, run_realloc },
	{ "bulk", 512, 512, QUIET, 0, run_bulk },
	{ "nofs", 2048, 2048, GFP_NOFS | __GFP_NOWARN, 0, run_alloc },
	{ "atomic", 256, 256, ATOMIC, 0, run_alloc },
	{ "warned", 1024, 1024, GFP_KERNEL, 0, run_alloc },
	{ "heap", 96, 32, QUIET, 0, run_heap },
	{ "pool", 128, 128, QUIET, 0, run_pool },
	{ "region", 200, 64, QUIET, 0, run_region },
	{ "percpu_region", 200, 64, QUIET, 0, run_percpu_region },
	{ }
};

/* Before the faults begin. */
int operation_prepare(const struct operation *op, struct attempt *a)
{
	memset(a, 0, sizeof(*a));
	if (!op->old_size)
		return 0;
	a->old = kspan_alloc(op->old_size, GFP_KERNEL);
	if (!a->old)
		return -ENOMEM;
	memset(a->old, PATTERN, op->old_size);
	return 0;
}

static bool result_sane(const struct operation *op, void *p)
{
	if (!IS_ALIGNED((unsigned long)p, op->align) || kspan_size(p) < op->size)
		return false;
	if (op->old_size && memchr_inv(p, PATTERN, op->old_size))
		return false;
	if (op->run == run_strdup)
		return !strcmp(p, TEXT);
	if ((op->gfp & __GFP_ZERO || op->run == run_calloc) && memchr_inv(p, 0, op->size))
		return false;
	if (!op->old_size)
		memset(p, PATTERN, op->size);
	return true;
}

/* After the faults: each new object is sane, and an object that realloc left is unchanged. */
int operation_check(const struct operation *op, struct attempt *a)
{
	unsigned int i;

	if (a->old && memchr_inv(a->old, PATTERN, op->old_size))
		return -EIO;
	if (op->run == run_bulk && a->n && a->n != BULK)
		return -EIO;
	if (a->n < a->promised)
		return -EIO;
	if (a->passing && !IS_ALIGNED((unsigned long)a->passing, op->align))
		return -EIO;
	if (a->passing)
		memset(a->passing, PATTERN, op->size);
	for (i = 0; i < a->n; i++)
		if (!result_sane(op, a->got[i]))
			return -EIO;
	return 0;
}

void operation_undo(struct attempt *a)
{
	kspan_free_bulk(a->n, a->got);
	kspan_free(a->old);
	owners_undo(a);
}
