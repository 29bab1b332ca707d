// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: allocations that must be refused, objects that are held or leaked, and a check
 * that the allocator still works.
 */
#include <linux/slab.h>
#include "misuse.h"

#define SANE_OBJECTS	2048

/* A held object may be too small for a pointer. */
struct held {
	struct held *next;
	void *object;
};

static struct held *held;

/* Hides a size from the compiler, which would warn. */
static size_t unknown(size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return size;
}

static int refused(void *p)
{
	if (!p)
		return 0;
	kspan_free(p);
	return -EIO;
}

static int overflow_run(const struct request *r)
{
	size_t half = unknown(SIZE_MAX / 2 + 1), most = unknown(SIZE_MAX);
	void *p = kspan_alloc(32, GFP_KERNEL), *bulk;
	int err = p ? 0 : -ENOMEM;

	err = err ?: refused(kspan_alloc(most, GFP_KERNEL));
	err = err ?: refused(kspan_alloc(most - 4096, GFP_KERNEL));
	err = err ?: refused(kspan_alloc(half, GFP_KERNEL));
	err = err ?: refused(kspan_alloc_array(half, 2, GFP_KERNEL));
	err = err ?: refused(kspan_calloc(2, half, GFP_KERNEL));
	err = err ?: refused(kspan_alloc_aligned(most, 64, GFP_KERNEL));
	err = err ?: refused(kspan_realloc_array(NULL, half, 2, GFP_KERNEL));
	err = err ?: kspan_alloc_bulk(most, GFP_KERNEL, 1, &bulk) ? -EIO : 0;
	if (!err && (kspan_realloc(p, most, GFP_KERNEL) ||
		     kspan_realloc_array(p, half, 2, GFP_KERNEL)))
		return -EIO;
	kspan_free(p);
	return err;
}

/* An alignment that kspan refuses. */
static int alignment_run(const struct request *r)
{
	int err = refused(kspan_alloc_aligned(64, unknown(3), GFP_KERNEL));

	err = err ?: refused(kspan_alloc_aligned(64, unknown(0), GFP_KERNEL));
	return err ?: refused(kspan_alloc_aligned(64, unknown(1UL << 40), GFP_KERNEL));
}

static int flag_dma_run(const struct request *r)
{
	return refused(kspan_alloc(unknown(64), GFP_KERNEL | __GFP_DMA));
}

static int flag_dma32_run(const struct request *r)
{
	return refused(kspan_alloc(unknown(64), GFP_KERNEL | __GFP_DMA32));
}

static int flag_highmem_run(const struct request *r)
{
	return refused(kspan_alloc(64, GFP_KERNEL | __GFP_HIGHMEM));
}

static int flag_comp_run(const struct request *r)
{
	return refused(kspan_alloc(unknown(100000), GFP_KERNEL | __GFP_COMP));
}

static int flag_movable_run(const struct request *r)
{
	return refused(kspan_alloc(unknown(64), GFP_KERNEL | __GFP_MOVABLE));
}

/* Objects that "release" frees, and unloading this module. */
/* Served, but the cgroup is not charged. */
static int account_run(const struct request *r)
{
	void *p = kspan_alloc(unknown(r->size ?: 64), GFP_KERNEL_ACCOUNT);

	kspan_free(p);
	return p ? 0 : -ENOMEM;
}

static int hold_run(const struct request *r)
{
	unsigned int i;
	struct held *h;

	for (i = 0; i < max(r->count, 1U); i++) {
		h = kmalloc(sizeof(*h), GFP_KERNEL);
		if (!h)
			return -ENOMEM;
		h->object = kspan_alloc(r->size ?: 64, GFP_KERNEL);
		if (!h->object) {
			kfree(h);
			return -ENOMEM;
		}
		h->next = held;
		held = h;
	}
	return 0;
}

int release_run(const struct request *r)
{
	struct held *h;

	while (held) {
		h = held;
		held = h->next;
		kspan_free(h->object);
		kfree(h);
	}
	return 0;
}

/* Objects to which no reference remains. */
static int leak_run(const struct request *r)
{
	unsigned int i;

	for (i = 0; i < max(r->count, 1U); i++)
		if (!kspan_alloc(r->size ?: 64, GFP_KERNEL))
			return -ENOMEM;
	return 0;
}

static size_t sane_size(unsigned int i)
{
	return i % 16 ? 8 + i % 128 : 8 + i * 16;
}

static int sane_check(u64 **p)
{
	unsigned int i;

	for (i = 0; i < SANE_OBJECTS; i++) {
		p[i] = kspan_zalloc(sane_size(i), GFP_KERNEL);
		if (!p[i])
			return -ENOMEM;
		if (memchr_inv(p[i], 0, sane_size(i)))
			return -EIO;
		*p[i] = i;
	}
	for (i = 0; i < SANE_OBJECTS; i++)
		if (*p[i] != i || kspan_size(p[i]) < sane_size(i))
			return -EIO;
	return 0;
}

/* Many distinct objects: the allocator works after any earlier action. */
static int sane_run(const struct request *r)
{
	u64 **p = kvcalloc(SANE_OBJECTS, sizeof(*p), GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	err = sane_check(p);
	kspan_free_bulk(SANE_OBJECTS, (void **)p);
	kvfree(p);
	return err;
}

const struct action alloc_actions[] = {
	{ "overflow", overflow_run },
	{ "alignment", alignment_run },
	{ "flag_dma", flag_dma_run },
	{ "flag_dma32", flag_dma32_run },
	{ "flag_highmem", flag_highmem_run },
	{ "flag_comp", flag_comp_run },
	{ "flag_movable", flag_movable_run },
	{ "account", account_run },
	{ "hold", hold_run },
	{ "release", release_run },
	{ "leak", leak_run },
	{ "sane", sane_run },
	{ }
};
