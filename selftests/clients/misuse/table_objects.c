// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: the objects of a case of the table. Beside the victim there are others of its size,
 * each filled with a tag of its own: so a write to one of them is seen, and memory that two own.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sort.h>
#include <linux/string.h>
#include "table.h"

#define TAG		0x7a610000U	/* and an index */
#define TAG_MASK	0xffff0000U
#define VICTIM		0xffff
#define NEW		0x8000		/* objects that are allocated behind the misuse */
#define ROOM_MORE	(4UL << 20)	/* bytes; until freed memory has a new owner */
#define GUARD_PATIENCE	(3 * HZ)

void table_tag(void *p, size_t size, unsigned int i)
{
	u32 *word = p;

	for (; size >= sizeof(*word); size -= sizeof(*word))
		*word++ = TAG | i;
}

static bool has_tag(const void *p, size_t size, unsigned int i)
{
	const u32 *word = p;

	for (; size >= sizeof(*word); size -= sizeof(*word))
		if (*word++ != (TAG | i))
			return false;
	return true;
}

/* Whether memory tells of an object. */
bool table_is_tagged(const void *p, size_t bytes)
{
	const u32 *word = p;

	for (; bytes >= sizeof(*word); bytes -= sizeof(*word))
		if ((READ_ONCE(*word++) & TAG_MASK) == TAG)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* The middle of the longest row of objects without a gap, of those sorted. */
static unsigned int middle(const struct table *t)
{
	unsigned long gap = ULONG_MAX, step;
	unsigned int i, run = 0, best = 0, at = t->n / 2;

	for (i = 1; i < t->n; i++)
		gap = min(gap, (unsigned long)(t->objs[i] - t->objs[i - 1]));
	for (i = 1; i < t->n; i++) {
		step = t->objs[i] - t->objs[i - 1];
		run = step == gap ? run + 1 : 0;
		if (run > best) {
			best = run;
			at = i - run / 2;
		}
	}
	return at;
}

static bool placed(const struct table *t, const void *p)
{
	unsigned long addr = (unsigned long)p;

	if (t->c->flags & CASE_AT_END)
		return PAGE_ALIGNED(addr + t->bytes);
	return !(t->c->flags & CASE_AT_START) || PAGE_ALIGNED(addr);
}

/* A guarded object: as sampled ones come every so often, it allocates until it gets one. */
static void *find_guarded(struct table *t)
{
	unsigned long end = jiffies + GUARD_PATIENCE;
	void *p;

	while (t->bytes <= t->a->guarded_bytes && time_before(jiffies, end)) {
		p = t->a->alloc(t, t->bytes, GFP_KERNEL);
		if (p && t->a->guarded(p, t->bytes) && placed(t, p))
			return p;
		t->a->free(p);
		usleep_range(200, 400);
	}
	t->no_way = "none of this size comes from a guard";
	return NULL;
}

/* How many objects: some, whatever their size. */
static unsigned int nr_objs(size_t size)
{
	return size > 1 << 20 ? 3 : clamp_t(size_t, (256 << 10) / size, 12, 256);
}

/**
 * table_open() - allocate a victim, and others of its size around it
 * @t: the case
 * @size: bytes
 *
 * Return: false if that is not possible; then @t->no_way says why.
 */
bool table_open(struct table *t, size_t size)
{
	unsigned int i, n = nr_objs(size);

	t->room = n + clamp_t(size_t, ROOM_MORE / size, 4, 1024);
	t->objs = kvcalloc(t->room, sizeof(*t->objs), GFP_KERNEL);
	if (!t->objs) {
		t->no_way = "no memory";
		return false;
	}
	t->bytes = size;
	while (t->n < n && (t->objs[t->n] = t->a->alloc(t, size, GFP_KERNEL)))
		t->n++;
	if (t->n < n) {
		t->no_way = "no memory";
		return false;
	}
	sort(t->objs, n, sizeof(*t->objs), compare, NULL);
	for (i = 0; i < n; i++)
		table_tag(t->objs[i], size, i);
	if (t->guard) {
		t->p = find_guarded(t);
	} else {
		i = middle(t);
		t->p = t->objs[i];
		t->objs[i] = NULL;
	}
	if (t->p)
		table_tag(t->p, t->bytes, VICTIM);
	return t->p;
}

/* table_open(), and the victim is freed. Return: it, or NULL. */
void *table_open_freed(struct table *t, size_t size)
{
	void *p;

	if (!table_open(t, size))
		return NULL;
	p = t->p;
	t->p = NULL;
	t->a->free(p);
	return p;
}

/* Allocate until the memory at @p has a new owner. Return: whether it has. */
bool table_reuse(struct table *t, const void *p)
{
	void *q = NULL;

	while (t->n < t->room && q != p) {
		q = t->a->alloc(t, t->bytes, GFP_KERNEL);
		if (!q)
			return false;
		table_tag(q, t->bytes, t->n);
		t->objs[t->n++] = q;
	}
	return q == p;
}

bool table_others(struct table *t, unsigned int n)
{
	t->others = kvcalloc(n, sizeof(*t->others), GFP_KERNEL);
	while (t->others && t->nr_others < n &&
	       (t->others[t->nr_others] = t->a->alloc(t, t->bytes, GFP_KERNEL)))
		t->nr_others++;
	if (t->nr_others < n)
		t->no_way = "no memory";
	return t->nr_others == n;
}

void table_free_others(struct table *t)
{
	while (t->nr_others)
		t->a->free(t->others[--t->nr_others]);
	kvfree(t->others);
	t->others = NULL;
}

/* All objects have gone, with their heap. */
void table_forget(struct table *t)
{
	t->n = 0;
	t->p = NULL;
}

static void check_objects(struct table *t)
{
	unsigned int i;

	for (i = 0; i < t->n; i++)
		if (t->objs[i] && !has_tag(t->objs[i], t->bytes, i))
			t->harm |= HARM_NEIGHBOUR;
}

/* Allocate as many once more: nobody's memory may be among them, nor any memory twice. */
static void check_new(struct table *t)
{
	unsigned int i, n = 2 * nr_objs(t->bytes);
	void **new = kvcalloc(n, sizeof(*new), GFP_KERNEL);

	for (i = 0; new && i < n; i++) {
		new[i] = t->a->alloc(t, t->bytes, GFP_KERNEL);
		if (new[i])
			table_tag(new[i], t->bytes, NEW + i);
	}
	for (i = 0; new && i < n; i++)
		if (new[i] && !has_tag(new[i], t->bytes, NEW + i))
			t->harm |= HARM_TWICE;
	check_objects(t);
	for (i = 0; new && i < n; i++)
		t->a->free(new[i]);
	kvfree(new);
}

/**
 * table_close() - see what a misuse has done, and free all objects
 * @t: the case
 *
 * A neighbour that was overwritten before memory is handed out anew is told apart from memory with
 * two owners.
 */
void table_close(struct table *t)
{
	unsigned int i;

	table_free_others(t);
	if (t->objs && !t->no_way) {
		check_objects(t);
		if (!(t->harm & HARM_NEIGHBOUR))
			check_new(t);
	}
	if (t->p)
		t->a->free(t->p);
	for (i = 0; i < t->n; i++)
		if (t->objs[i])
			t->a->free(t->objs[i]);
	kvfree(t->objs);
	t->objs = NULL;
	table_forget(t);
}
