// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: regions that a thread creates, fills, releases to nested marks, resets and
 * destroys while the others run. All live objects of a region are checked before some are freed,
 * and the remaining ones afterwards.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <kspan/region.h>
#include "torture.h"

#define REGION_OBJECTS	64
#define REGION_MARKS	4
#define REGION_ROUNDS	8
#define REGION_STRING	300U

struct private_region {
	struct kspan_region *region;
	unsigned int n, nr_marks;
	struct object objects[REGION_OBJECTS];
	struct {
		struct kspan_region_mark mark;
		unsigned int n;		/* live objects when the mark was taken */
	} marks[REGION_MARKS];
};

struct region_call {
	enum counter counter;
	void *(*alloc)(struct actor *a, struct kspan_region *region, struct request *r);
};

static void *call_alloc(struct actor *a, struct kspan_region *region, struct request *r)
{
	return kspan_region_alloc(region, r->size, r->gfp);
}

static void *call_aligned(struct actor *a, struct kspan_region *region, struct request *r)
{
	r->align = 1UL << pick(a, 15);
	if (one_in(a, 2))
		return kspan_region_alloc_aligned(region, r->size, r->align, r->gfp);
	r->align = 64;
	return kspan_region_alloc_aligned(region, r->size, 64, r->gfp);
}

static void *call_zalloc(struct actor *a, struct kspan_region *region, struct request *r)
{
	r->zero = true;
	return kspan_region_zalloc(region, r->size, r->gfp);
}

static void *call_array(struct actor *a, struct kspan_region *region, struct request *r)
{
	r->size *= 5;
	return kspan_region_alloc_array(region, 5, r->size / 5, r->gfp);
}

static void *call_calloc(struct actor *a, struct kspan_region *region, struct request *r)
{
	r->size *= 5;
	r->zero = true;
	return kspan_region_calloc(region, r->size / 5, 5, r->gfp);
}

static void copied_pick(struct actor *a, struct request *r)
{
	r->copied_len = pick(a, REGION_STRING);
	r->copied = source_string(r->copied_len);
	r->size = r->copied_len + 1;
}

static void *call_memdup(struct actor *a, struct kspan_region *region, struct request *r)
{
	copied_pick(a, r);
	r->copied_len++;
	return kspan_region_memdup(region, r->copied, r->size, r->gfp);
}

static void *call_strdup(struct actor *a, struct kspan_region *region, struct request *r)
{
	copied_pick(a, r);
	r->copied_len++;
	return kspan_region_strdup(region, r->copied, r->gfp);
}

static void *call_strndup(struct actor *a, struct kspan_region *region, struct request *r)
{
	const struct object o = { .p = region };
	char *p;

	copied_pick(a, r);
	r->copied_len /= 2;
	r->size = r->copied_len + 1;
	p = kspan_region_strndup(region, r->copied, r->copied_len, r->gfp);
	if (p && p[r->copied_len])
		torture_error(a, &o, "string of a region without its end");
	return p;
}

static const struct region_call calls[] = {
	{ COUNT_REGION_ALLOC, call_alloc },
	{ COUNT_REGION_ALIGNED, call_aligned },
	{ COUNT_REGION_ZALLOC, call_zalloc },
	{ COUNT_REGION_ARRAY, call_array },
	{ COUNT_REGION_CALLOC, call_calloc },
	{ COUNT_REGION_MEMDUP, call_memdup },
	{ COUNT_REGION_STRDUP, call_strdup },
	{ COUNT_REGION_STRNDUP, call_strndup },
};

static void region_add(struct actor *a, struct private_region *g, const struct region_call *call)
{
	struct request r = { .gfp = gfp_pick(a) | __GFP_NOWARN, .align = 8 };
	struct object *o = &g->objects[g->n];

	if (g->n == REGION_OBJECTS)
		return;
	r.size = 1 + pick(a, one_in(a, 16) ? 20000 : 300);
	*o = (struct object) { .context = a->context, .cpu = raw_smp_processor_id() };
	count(a, call->counter);
	o->p = call->alloc(a, g->region, &r);
	o->size = r.size;
	if (!o->p) {
		count(a, COUNT_NULLS);
		if (!gfp_may_fail(r.gfp))
			torture_error(a, o, "a region has no memory for %zu bytes", r.size);
		return;
	}
	content_check(a, o, &r);
	o->word = loose_word(a);
	object_fill(o);
	g->n++;
}

static void region_fill(struct actor *a, struct private_region *g)
{
	unsigned int i;

	for (i = pick(a, 12); i; i--)
		region_add(a, g, &calls[pick(a, ARRAY_SIZE(calls))]);
}

static void region_check(struct actor *a, const struct private_region *g)
{
	unsigned int i;

	for (i = 0; i < g->n; i++)
		object_check(a, &g->objects[i]);
}

static void region_take_mark(struct actor *a, struct private_region *g)
{
	if (g->nr_marks == REGION_MARKS)
		return;
	count(a, COUNT_REGION_MARK);
	kspan_region_mark(g->region, &g->marks[g->nr_marks].mark);
	g->marks[g->nr_marks++].n = g->n;
}

/* To the innermost mark: only that one may be released. */
static void region_go_back(struct actor *a, struct private_region *g)
{
	const struct object o = { .p = g->region };

	if (!g->nr_marks)
		return;
	region_check(a, g);
	count(a, COUNT_REGION_RELEASE);
	g->n = g->marks[--g->nr_marks].n;
	if (kspan_region_release(g->region, &g->marks[g->nr_marks].mark))
		torture_error(a, &o, "a region refuses its innermost mark");
	region_check(a, g);
}

static void region_start_again(struct actor *a, struct private_region *g)
{
	region_check(a, g);
	count(a, COUNT_REGION_RESET);
	kspan_region_reset(g->region);
	g->n = 0;
	g->nr_marks = 0;
}

/* Each function once, then some rounds of random ones. */
static void region_live(struct actor *a, struct private_region *g)
{
	unsigned int i;

	region_take_mark(a, g);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		region_add(a, g, &calls[i]);
	region_go_back(a, g);
	for (i = 0; i < REGION_ROUNDS; i++) {
		region_fill(a, g);
		if (one_in(a, 8))
			region_start_again(a, g);
		else if (one_in(a, 2))
			region_take_mark(a, g);
		else
			region_go_back(a, g);
	}
	region_start_again(a, g);
	region_fill(a, g);
	region_check(a, g);
}

void region_life(struct actor *a)
{
	struct kspan_region_params region_params = { .block_size = PAGE_SIZE << pick(a, 6) };
	struct private_region *g = kspan_zalloc(sizeof(*g), GFP_KERNEL | __GFP_NOWARN);
	char name[KSPAN_NAME_LEN];

	if (!g)
		return;
	count(a, COUNT_REGION_LIFE);
	snprintf(name, sizeof(name), "torture %d", a->id);
	g->region = kspan_region_create(name, &region_params);
	if (!IS_ERR(g->region)) {
		region_live(a, g);
		kspan_region_destroy(g->region);
	} else if (!params.fault) {
		torture_error(a, &g->objects[0], "no region: %ld", PTR_ERR(g->region));
	}
	kspan_free(g);
}
