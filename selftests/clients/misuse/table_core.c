// SPDX-License-Identifier: GPL-2.0
/* kspan_misuse: the table's objects that the core kernel gets to free. Its own functions fail. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "table.h"

static void give(struct table *t, void (*free)(const void *p))
{
	if (!table_open(t, t->c->size))
		return;
	table_acts();
	free(t->p);
	table_acted();
}

static void kfree_run(struct table *t)
{
	give(t, kfree);
}

static void vfree_run(struct table *t)
{
	give(t, vfree);
}

static void kvfree_run(struct table *t)
{
	give(t, kvfree);
}

static void put_page_run(struct table *t)
{
	const struct kspan_heap_params params = { .flags = KSPAN_HEAP_DIRECT };
	struct kspan_heap *heap = kspan_heap_create("table direct", &params);

	if (IS_ERR(heap)) {
		t->no_way = "no memory";
		return;
	}
	t->heap = heap;
	give(t, kfree);
	table_close(t);
	kspan_heap_destroy(heap);
	t->heap = NULL;
	kspan_trim();
}

const struct table_case table_core[] = {
	{ "kfree of 64 bytes", kfree_run, SMALL, 0, CASE_KSPAN },
	{ "kfree of a page", kfree_run, MEDIUM, 0, CASE_KSPAN },
	{ "kfree of a direct heap's object", put_page_run, SMALL, 0, CASE_KSPAN },
	{ "vfree of 48 bytes", vfree_run, 48, 0, CASE_KSPAN },
	{ "kvfree of 48 bytes", kvfree_run, 48, 0, CASE_KSPAN },
	{ }
};
