// SPDX-License-Identifier: GPL-2.0
/* kspan_misuse: the table's reads and writes outside objects, and of freed ones. */
#include <linux/err.h>
#include <linux/string.h>
#include "table.h"

#define NR_ZEROED	100	/* objects that are looked at */

static void write_at(struct table *t, void *p, size_t bytes)
{
	OPTIMIZER_HIDE_VAR(p);
	table_acts();
	memset(p, 0x22, bytes);
	table_acted();
}

static void read_at(struct table *t, void *p, size_t bytes)
{
	OPTIMIZER_HIDE_VAR(p);
	table_acts();
	if (table_is_tagged(p, bytes))
		t->harm |= HARM_READ;
	table_acted();
}

static void write_over_run(struct table *t)
{
	if (table_open(t, t->c->size))
		write_at(t, t->p + t->bytes, t->c->by);
}

static void write_under_run(struct table *t)
{
	if (table_open(t, t->c->size))
		write_at(t, t->p - t->c->by, t->c->by);
}

static void read_over_run(struct table *t)
{
	if (table_open(t, t->c->size))
		read_at(t, t->p + t->bytes, t->c->by);
}

static void read_under_run(struct table *t)
{
	if (table_open(t, t->c->size))
		read_at(t, t->p - t->c->by, t->c->by);
}

static void write_freed_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (p)
		write_at(t, p, t->bytes);
}

static void write_reused_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (!p)
		return;
	table_reuse(t, p);
	write_at(t, p, t->bytes);
}

static void read_freed_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (p)
		read_at(t, p, t->bytes);
}

static void read_reused_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (!p)
		return;
	table_reuse(t, p);
	read_at(t, p, t->bytes);
}

/* Its next owner asks for zeros. */
static void write_freed_zeroed_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size), *q = NULL;

	if (!p)
		return;
	write_at(t, p, t->bytes);
	while (t->n < t->room && q != p) {
		q = t->a->alloc(t, t->bytes, GFP_KERNEL | __GFP_ZERO);
		if (!q)
			return;
		if (memchr_inv(q, 0, t->bytes))
			t->harm |= HARM_DIRTY;
		table_tag(q, t->bytes, t->n);
		t->objs[t->n++] = q;
	}
}

/* Reads what nobody has written since it was allocated: the last owner's tags are a secret. */
static void unwritten_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size), *q = NULL;

	if (!p)
		return;
	while (t->n < t->room && q != p) {
		q = t->a->alloc(t, t->bytes, GFP_KERNEL);
		if (!q)
			return;
		if (q == p || t->n + 1 == t->room)
			read_at(t, q, t->bytes);
		table_tag(q, t->bytes, t->n);
		t->objs[t->n++] = q;
	}
}

/* A write behind an object reaches memory that nobody had yet; then somebody asks for zeros. */
static void write_over_zeroed_run(struct table *t)
{
	struct kspan_heap *heap = kspan_heap_create("table zeros", NULL);
	void *objs[NR_ZEROED], *p;
	unsigned int i;

	if (IS_ERR(heap)) {
		t->no_way = "no memory";
		return;
	}
	t->heap = heap;
	p = t->a->alloc(t, t->c->size, GFP_KERNEL);
	if (p)
		write_at(t, p + t->c->size, t->c->by);
	for (i = 0; i < NR_ZEROED; i++) {
		objs[i] = t->a->alloc(t, t->c->size, GFP_KERNEL | __GFP_ZERO);
		if (objs[i] && memchr_inv(objs[i], 0, t->c->size))
			t->harm |= HARM_DIRTY;
	}
	while (i--)
		t->a->free(objs[i]);
	t->a->free(p);
	t->heap = NULL;
	kspan_heap_destroy(heap);
}

/* What was allocated as 40 bytes of 48: the rest belongs to nobody. */
static void write_in_rest_run(struct table *t)
{
	if (table_open(t, t->c->size))
		write_at(t, t->p + t->bytes, t->c->by);
}

const struct table_case table_accesses[] = {
	{ "write 1 past 64 bytes", write_over_run, SMALL, 1, CASE_AT_END },
	{ "write 1 past a page", write_over_run, MEDIUM, 1, CASE_AT_END },
	{ "write 1 past 64 KB", write_over_run, LARGE, 1, CASE_AT_END },
	{ "write 8 past 64 bytes", write_over_run, SMALL, 8, CASE_AT_END },
	{ "write 8 past a page", write_over_run, MEDIUM, 8, CASE_AT_END },
	{ "write 8 past 64 KB", write_over_run, LARGE, 8, CASE_AT_END },
	{ "write 64 past 64 bytes", write_over_run, SMALL, 64, CASE_AT_END },
	{ "write 64 past a page", write_over_run, MEDIUM, 64, CASE_AT_END },
	{ "write 64 past 64 KB", write_over_run, LARGE, 64, CASE_AT_END },
	{ "write a page past 64 bytes", write_over_run, SMALL, 4096, CASE_AT_END },
	{ "write a page past a page", write_over_run, MEDIUM, 4096, CASE_AT_END },
	{ "write a page past 64 KB", write_over_run, LARGE, 4096, CASE_AT_END },
	{ "write 1 before 64 bytes", write_under_run, SMALL, 1, CASE_AT_START },
	{ "write 1 before a page", write_under_run, MEDIUM, 1, CASE_AT_START },
	{ "write 1 before 64 KB", write_under_run, LARGE, 1, CASE_AT_START },
	{ "write 8 before 64 bytes", write_under_run, SMALL, 8, CASE_AT_START },
	{ "write 8 before a page", write_under_run, MEDIUM, 8, CASE_AT_START },
	{ "write 8 before 64 KB", write_under_run, LARGE, 8, CASE_AT_START },
	{ "write 64 before 64 bytes", write_under_run, SMALL, 64, CASE_AT_START },
	{ "write 64 before a page", write_under_run, MEDIUM, 64, CASE_AT_START },
	{ "write 64 before 64 KB", write_under_run, LARGE, 64, CASE_AT_START },
	{ "write a page before 64 bytes", write_under_run, SMALL, 4096, CASE_AT_START },
	{ "write a page before a page", write_under_run, MEDIUM, 4096, CASE_AT_START },
	{ "write a page before 64 KB", write_under_run, LARGE, 4096, CASE_AT_START },
	{ "write 1 past 40 bytes of 48", write_in_rest_run, 40, 1 },
	{ "read past 64 bytes", read_over_run, SMALL, 64, CASE_AT_END },
	{ "read past a page", read_over_run, MEDIUM, 64, CASE_AT_END },
	{ "read past 64 KB", read_over_run, LARGE, 64, CASE_AT_END },
	{ "read before 64 bytes", read_under_run, SMALL, 64, CASE_AT_START },
	{ "read before a page", read_under_run, MEDIUM, 64, CASE_AT_START },
	{ "read before 64 KB", read_under_run, LARGE, 64, CASE_AT_START },
	{ "write after free of 64 bytes", write_freed_run, SMALL },
	{ "write after free of a page", write_freed_run, MEDIUM },
	{ "write after free of 64 KB", write_freed_run, LARGE },
	{ "write after free, then zeroed", write_freed_zeroed_run, SMALL },
	{ "write after free and reuse of 64 bytes", write_reused_run, SMALL },
	{ "write after free and reuse of a page", write_reused_run, MEDIUM },
	{ "write after free and reuse of 64 KB", write_reused_run, LARGE },
	{ "read after free of 64 bytes", read_freed_run, SMALL },
	{ "read after free of a page", read_freed_run, MEDIUM },
	{ "read after free of 64 KB", read_freed_run, LARGE },
	{ "read after free and reuse of 64 bytes", read_reused_run, SMALL },
	{ "read after free and reuse of a page", read_reused_run, MEDIUM },
	{ "read after free and reuse of 64 KB", read_reused_run, LARGE },
	{ "read of 64 unwritten bytes", unwritten_run, SMALL },
	{ "read of 64 KB unwritten", unwritten_run, LARGE },
	{ "write past the end, then zeroed", write_over_zeroed_run, 1024, 64, CASE_KSPAN },
	{ }
};
