// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: the table's calls with arguments that cannot be right, in contexts where they must
 * not be made, and of objects that are freed.
 */
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include <kspan/pool.h>
#include <kspan/usercopy.h>
#include "table.h"

static size_t unknown(size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return size;
}

/* What a request that should be refused gave. */
static void refused(struct table *t, void *p)
{
	table_acted();
	if (ZERO_OR_NULL_PTR(p))
		return;
	t->harm |= HARM_SERVED;
	t->a->free(p);
}

static void size_run(struct table *t)
{
	table_acts();
	refused(t, t->a->alloc(t, unknown(t->c->by), GFP_KERNEL | __GFP_NOWARN));
}

static void zone_run(struct table *t)
{
	table_acts();
	refused(t, t->a->alloc(t, unknown(SMALL), GFP_KERNEL | (__force gfp_t)t->c->by));
}

static void array_run(struct table *t)
{
	table_acts();
	refused(t, kspan_alloc_array(unknown(SIZE_MAX / 2 + 1), 2, GFP_KERNEL));
}

static void align_run(struct table *t)
{
	table_acts();
	refused(t, kspan_alloc_aligned(SMALL, unknown(t->c->by), GFP_KERNEL));
}

static void node_run(struct table *t)
{
	table_acts();
	refused(t, kspan_alloc_node(SMALL, GFP_KERNEL, t->c->by));
}

static void bulk_run(struct table *t)
{
	void *p = NULL;

	table_acts();
	kspan_alloc_bulk(unknown(SIZE_MAX), GFP_KERNEL | __GFP_NOWARN, 1, &p);
	refused(t, p);
}

static void pool_size_run(struct table *t)
{
	struct kspan_pool *pool;

	table_acts();
	pool = kspan_pool_create("table pool", t->c->by, NULL);
	table_acted();
	if (IS_ERR(pool))
		return;
	t->harm |= HARM_SERVED;
	kspan_pool_destroy(pool);
}

/* GFP_KERNEL where nobody may sleep. It is harm if the CPU may be interrupted afterwards. */
static void atomic_run(struct table *t)
{
	unsigned long irqflags;
	unsigned int i;
	void *objs[16];

	table_acts();
	local_irq_save(irqflags);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		objs[i] = t->a->alloc(t, t->c->by, GFP_KERNEL | __GFP_NOWARN);
	if (!irqs_disabled())
		t->harm |= HARM_BOOKS;
	local_irq_restore(irqflags);
	table_acted();
	while (i--)
		t->a->free(objs[i]);
}

static void realloc_freed(struct table *t, bool reused)
{
	void *p = table_open_freed(t, t->c->size), *q;

	if (!p)
		return;
	if (reused)
		table_reuse(t, p);
	table_acts();
	q = t->a->realloc(p, t->c->by, GFP_KERNEL);
	table_acted();
	if (!ZERO_OR_NULL_PTR(q)) {
		t->harm |= HARM_SERVED;
		t->a->free(q);
	}
}

static void realloc_freed_run(struct table *t)
{
	realloc_freed(t, false);
}

static void realloc_reused_run(struct table *t)
{
	realloc_freed(t, true);
}

static void realloc_inside_run(struct table *t)
{
	void *q;

	if (!table_open(t, SMALL))
		return;
	table_acts();
	q = t->a->realloc(t->p + 8, t->c->by, GFP_KERNEL);
	table_acted();
	if (!ZERO_OR_NULL_PTR(q)) {
		t->harm |= HARM_SERVED;
		t->a->free(q);
	}
}

static void size_freed_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (!p)
		return;
	table_acts();
	if (t->a->size(p))
		t->harm |= HARM_SERVED;
	table_acted();
}

/* ---- user space ---- */

enum { TO_USER, FROM_USER };

/* One byte more than the object has; or, with @freed, an object that is freed. */
static void copy(struct table *t, bool checked, bool freed)
{
	unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	char __user *user = (char __user *)at;
	unsigned long n, left;
	void *p = NULL;

	if (IS_ERR_VALUE(at))
		t->no_way = "no user memory";
	else
		p = freed ? table_open_freed(t, SMALL) :
			    table_open(t, SMALL) ? t->p : NULL;
	if (!p)
		return;
	n = unknown(t->bytes + (freed ? 0 : 8));
	table_acts();
	if (t->c->by == TO_USER)
		left = checked ? kspan_copy_to_user(user, p, n) : copy_to_user(user, p, n);
	else
		left = checked ? kspan_copy_from_user(p, user, n) : copy_from_user(p, user, n);
	table_acted();
	if (!left && t->c->by == TO_USER)
		t->harm |= HARM_READ;
	vm_munmap(at, PAGE_SIZE);
}

static void copy_run(struct table *t)
{
	copy(t, false, false);
}

static void copy_checked_run(struct table *t)
{
	copy(t, true, false);
}

static void copy_freed_run(struct table *t)
{
	copy(t, true, true);
}

#define OF_KSPAN(name, run, size, by) { name, run, size, by, CASE_KSPAN }

const struct table_case table_calls[] = {
	{ "size of all addresses", size_run, 0, SIZE_MAX },
	{ "size of half the addresses", size_run, 0, SIZE_MAX / 2 + 1 },
	OF_KSPAN("array that overflows", array_run, 0, 0),
	OF_KSPAN("bulk of too large a size", bulk_run, 0, 0),
	OF_KSPAN("alignment of 0", align_run, 0, 0),
	OF_KSPAN("alignment of 3", align_run, 0, 3),
	OF_KSPAN("alignment of 1 TB", align_run, 0, 1UL << 40),
	OF_KSPAN("memory node 9999", node_run, 0, 9999),
	OF_KSPAN("pool of objects of 0 bytes", pool_size_run, 0, 0),
	OF_KSPAN("pool of objects of 1 MB", pool_size_run, 0, 1 << 20),
	{ "flag for high memory", zone_run, 0, (__force size_t)__GFP_HIGHMEM },
	OF_KSPAN("flag for DMA", zone_run, 0, (__force size_t)__GFP_DMA),
	{ "GFP_KERNEL, interrupts off: 64", atomic_run, 0, SMALL },
	{ "GFP_KERNEL, interrupts off: 64 KB", atomic_run, 0, LARGE },
	{ "realloc after free, larger", realloc_freed_run, SMALL, 4 * SMALL },
	{ "realloc after free, as large", realloc_freed_run, SMALL, SMALL - 8 },
	{ "realloc after free of 64 KB", realloc_freed_run, LARGE, 2 * LARGE },
	{ "realloc after free and reuse", realloc_reused_run, SMALL, 4 * SMALL },
	{ "realloc inside an object", realloc_inside_run, SMALL, 4 * SMALL },
	{ "size after free", size_freed_run, SMALL },
	{ "copy_to_user past the end", copy_run, SMALL, TO_USER },
	{ "copy_from_user past the end", copy_run, SMALL, FROM_USER },
	OF_KSPAN("kspan_copy_to_user past the end", copy_checked_run, SMALL, TO_USER),
	OF_KSPAN("kspan_copy_from_user past it", copy_checked_run, SMALL, FROM_USER),
	OF_KSPAN("kspan_copy_to_user after free", copy_freed_run, SMALL, TO_USER),
	{ }
};
