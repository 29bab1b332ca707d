// SPDX-License-Identifier: GPL-2.0
/* kspan_misuse: the table's frees of what is no live object: freed, foreign, inside one. */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#include "table.h"

static void free_wrongly(struct table *t, const void *p)
{
	table_acts();
	t->a->free(p);
	table_acted();
}

/* Behind @by frees of others. */
static void double_run(struct table *t)
{
	void *p;

	if (!table_open(t, t->c->size) || !table_others(t, t->c->by))
		return;
	p = t->p;
	t->p = NULL;
	t->a->free(p);
	table_free_others(t);
	free_wrongly(t, p);
}

struct call {
	struct table *t;
	void *p;
};

static void free_here(void *arg)
{
	struct call *call = arg;

	call->t->a->free(call->p);
}

static void double_on_cpu_run(struct table *t)
{
	struct call call = { .t = t };
	unsigned int other;

	if (num_online_cpus() < 2) {
		t->no_way = "one CPU";
		return;
	}
	call.p = table_open_freed(t, t->c->size);
	if (!call.p)
		return;
	other = cpumask_any_but(cpu_online_mask, get_cpu());
	table_acts();
	smp_call_function_single(other, free_here, &call, 1);
	table_acted();
	put_cpu();
}

/* The memory has another owner meanwhile. */
static void double_reused_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (!p)
		return;
	table_reuse(t, p);
	free_wrongly(t, p);
}

/* In one bulk call, @by others between. */
static void double_in_bulk_run(struct table *t)
{
	void *objs[3];

	if (!table_open(t, t->c->size) || !table_others(t, 1))
		return;
	objs[0] = t->p;
	objs[1] = t->others[--t->nr_others];
	objs[2] = t->p;
	t->p = NULL;
	table_acts();
	t->a->free_bulk(3, objs);
	table_acted();
}

static void bulk_of_freed_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (!p)
		return;
	table_acts();
	t->a->free_bulk(1, &p);
	table_acted();
}

static void double_rcu_run(struct table *t)
{
	void *p;

	if (!table_open(t, t->c->size))
		return;
	p = t->p;
	t->p = NULL;
	t->a->free_rcu(p);
	table_acts();
	t->a->free_rcu(p);
	table_acted();
	t->a->rcu_wait();
}

/* It is freed before, or meanwhile. */
static void free_and_rcu_run(struct table *t)
{
	void *p;

	if (!table_open(t, t->c->size))
		return;
	p = t->p;
	t->p = NULL;
	if (t->c->by) {
		t->a->free(p);
		table_acts();
		t->a->free_rcu(p);
	} else {
		t->a->free_rcu(p);
		table_acts();
		t->a->free(p);
	}
	table_acted();
	t->a->rcu_wait();
}

static void double_sized_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (!p)
		return;
	table_acts();
	t->a->free_sized(p, t->bytes);
	table_acted();
}

static void double_sensitive_run(struct table *t)
{
	void *p = table_open_freed(t, t->c->size);

	if (!p)
		return;
	table_acts();
	t->a->free_sensitive(p);
	table_acted();
}

/* @by bytes behind the beginning. */
static void inside_run(struct table *t)
{
	if (table_open(t, t->c->size))
		free_wrongly(t, t->p + t->c->by);
}

static void inside_bulk_run(struct table *t)
{
	void *p;

	if (!table_open(t, t->c->size))
		return;
	p = t->p + t->c->by;
	table_acts();
	t->a->free_bulk(1, &p);
	table_acted();
}

/* One whose size is not what the owner says: @by. */
static void sized_run(struct table *t)
{
	void *p;

	if (!table_open(t, t->c->size))
		return;
	p = t->p;
	t->p = NULL;
	table_acts();
	t->a->free_sized(p, t->c->by);
	table_acted();
}

enum { STACK, STATIC, OTHER, VMALLOC, TEXT, USER, LOW, NONCANONICAL, TOP, ERROR, PAGE, PERCPU };

static u64 words[16];

static const void *foreign_get(struct table *t, const u64 *word)
{
	switch (t->c->by) {
	case STACK:
		return word;
	case STATIC:
		return &words[4];
	case OTHER:
		return t->a->foreign();
	case VMALLOC:
		return vmalloc(1 << 20);
	case TEXT:
		return foreign_get;
	case USER:
		return (void *)0x400000UL;
	case LOW:
		return (void *)24UL;
	case NONCANONICAL:
		return (void *)0x8000123456789000UL;
	case TOP:
		return (void *)-8UL;
	case ERROR:
		return ERR_PTR(-ENOMEM);
	case PAGE:
		return (void *)__get_free_page(GFP_KERNEL);
	default:
		return (__force void *)alloc_percpu(u64);
	}
}

static void foreign_put(struct table *t, const void *p)
{
	switch (t->c->by) {
	case OTHER:
		t->a->foreign_free(p);
		break;
	case VMALLOC:
		vfree(p);
		break;
	case PAGE:
		free_page((unsigned long)p);
		break;
	case PERCPU:
		free_percpu((u64 __percpu __force *)p);
	}
}

static void foreign_run(struct table *t)
{
	u64 word = 0;
	const void *p;

	if (!table_open(t, SMALL))
		return;
	p = foreign_get(t, &word);
	free_wrongly(t, p);
	foreign_put(t, p);
	if (word)
		t->harm |= HARM_NEIGHBOUR;
}

/* Among objects that must be freed. */
static void foreign_bulk_run(struct table *t)
{
	u64 word = 0;
	void *objs[3];

	if (!table_open(t, SMALL) || !table_others(t, 2))
		return;
	objs[0] = t->others[--t->nr_others];
	objs[1] = &word;
	objs[2] = t->others[--t->nr_others];
	table_acts();
	t->a->free_bulk(3, objs);
	table_acted();
}

static void foreign_sized_run(struct table *t)
{
	u64 word = 0;

	if (!table_open(t, SMALL))
		return;
	table_acts();
	t->a->free_sized(&word, sizeof(word));
	table_acted();
}

static void foreign_size_run(struct table *t)
{
	u64 word = 0;

	if (!table_open(t, SMALL))
		return;
	table_acts();
	t->a->size(&word);
	table_acted();
}

static void foreign_realloc_run(struct table *t)
{
	u64 word = 0;
	void *p;

	if (!table_open(t, SMALL))
		return;
	table_acts();
	p = t->a->realloc(&word, 2 * SMALL, GFP_KERNEL);
	table_acted();
	if (p)
		t->harm |= HARM_SERVED;
	t->a->free(p);
}

const struct table_case table_frees[] = {
	{ "double free at once", double_run, SMALL, 0 },
	{ "double free after 1 other", double_run, SMALL, 1 },
	{ "double free after 100 others", double_run, SMALL, 100 },
	{ "double free after 10000 others", double_run, SMALL, 10000 },
	{ "double free on another CPU", double_on_cpu_run, SMALL },
	{ "double free after reuse", double_reused_run, SMALL },
	{ "double free in one bulk call", double_in_bulk_run, SMALL },
	{ "double free by a bulk call", bulk_of_freed_run, SMALL },
	{ "double free, both after RCU", double_rcu_run, SMALL },
	{ "free, then free after RCU", free_and_rcu_run, SMALL, 1 },
	{ "free while one after RCU waits", free_and_rcu_run, SMALL, 0 },
	{ "double free, the second sized", double_sized_run, SMALL, 0, CASE_KSPAN },
	{ "double free, the second wipes", double_sensitive_run, SMALL },
	{ "double free of 5 bytes", double_run, 5, 0 },
	{ "double free of a page, 1 between", double_run, MEDIUM, 1 },
	{ "double free of 64 KB", double_run, LARGE, 0 },
	{ "double free of 64 KB, 1 between", double_run, LARGE, 1 },
	{ "double free of 3 MB", double_run, 3 << 20, 0 },
	{ "free inside: byte 8 of 64", inside_run, SMALL, 8 },
	{ "free inside: byte 1 of 64", inside_run, SMALL, 1 },
	{ "free inside: byte 8 of a page", inside_run, MEDIUM, 8 },
	{ "free inside: half of 64 KB", inside_run, LARGE, LARGE / 2 },
	{ "free inside: 2 MB of 3 MB", inside_run, 3 << 20, 2 << 20 },
	{ "free inside, by a bulk call", inside_bulk_run, SMALL, 8 },
	{ "free of the stack", foreign_run, 0, STACK },
	{ "free of static data", foreign_run, 0, STATIC },
	{ "free of another allocator's", foreign_run, 0, OTHER },
	{ "free of vmalloc's memory", foreign_run, 0, VMALLOC },
	{ "free of module text", foreign_run, 0, TEXT },
	{ "free of a user address", foreign_run, 0, USER },
	{ "free of NULL and 24", foreign_run, 0, LOW },
	{ "free of a non-canonical address", foreign_run, 0, NONCANONICAL },
	{ "free of the last word", foreign_run, 0, TOP },
	{ "free of an error pointer", foreign_run, 0, ERROR },
	{ "free of a page", foreign_run, 0, PAGE },
	{ "free of per-CPU memory", foreign_run, 0, PERCPU },
	{ "free of the stack, in a bulk", foreign_bulk_run, 0 },
	{ "free of the stack, sized", foreign_sized_run, 0, 0, CASE_KSPAN },
	{ "size of the stack", foreign_size_run, 0 },
	{ "realloc of the stack", foreign_realloc_run, 0 },
	{ "sized free: 64 as 4000", sized_run, SMALL, 4000, CASE_KSPAN },
	{ "sized free: 64 as 8", sized_run, SMALL, 8, CASE_KSPAN },
	{ "sized free: a page as 64", sized_run, MEDIUM, SMALL, CASE_KSPAN },
	{ "sized free: 64 KB as 64", sized_run, LARGE, SMALL, CASE_KSPAN },
	{ }
};
