// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: every way to allocate one object, with random sizes and flags.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include "torture.h"

#define SOURCE_LEN	65536UL		/* source of copies: only its last byte is 0 */
#define STRING_LEN	4096U
#define SMALL_BITS	10		/* three of four sizes are under 1 << SMALL_BITS */

struct maker {
	enum counter counter;
	enum counter heap_counter;	/* of the same call for a heap; 0: none */
	unsigned int weight;
	void *(*make)(struct actor *a, struct request *r);
};

static char *source;

int maker_init(void)
{
	struct rnd_state random;
	size_t i;

	source = kvmalloc(SOURCE_LEN, GFP_KERNEL);
	if (!source)
		return -ENOMEM;
	prandom_seed_state(&random, params.seed);
	for (i = 0; i < SOURCE_LEN - 1; i++)
		source[i] = 1 + prandom_u32_state(&random) % 255;
	source[SOURCE_LEN - 1] = 0;
	return 0;
}

void maker_exit(void)
{
	kvfree(source);
}

/* A string of so many characters, less than SOURCE_LEN. */
const char *source_string(size_t len)
{
	return source + SOURCE_LEN - 1 - len;
}

gfp_t gfp_pick(struct actor *a)
{
	static const gfp_t sleeping[] = { GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_NOFS, GFP_NOIO };
	gfp_t gfp;

	if (actor_sleeps(a) && !one_in(a, 4)) {
		gfp = sleeping[pick(a, ARRAY_SIZE(sleeping))];
		return params.fault ? gfp | __GFP_NOWARN : gfp;
	}
	return (one_in(a, 2) ? GFP_NOWAIT : GFP_ATOMIC) | __GFP_NOWARN;
}

bool gfp_may_fail(gfp_t gfp)
{
	return params.fault || !(gfp & __GFP_DIRECT_RECLAIM);
}

/* Sizes for interrupt contexts: these must end soon, and large sizes would mostly fail. */
static size_t size_limit(struct actor *a)
{
	size_t limit = params.max_size;

	switch (a->context) {
	case CONTEXT_TASK:
		return limit;
	case CONTEXT_SOFTIRQ:
		return one_in(a, 64) ? limit : min_t(size_t, limit, KSPAN_MAX_SMALL);
	case CONTEXT_HARDIRQ:
		return min_t(size_t, limit, one_in(a, 64) ? 8 * KSPAN_MAX_SMALL : KSPAN_MAX_SMALL);
	default:
		return min_t(size_t, limit, 4096);
	}
}

/* From 0 to the limit: spread evenly over powers of two, more small ones, class limits too. */
size_t size_pick(struct actor *a)
{
	size_t limit = size_limit(a), size;
	unsigned int bits = ilog2(limit + 1) + 1;

	if (!one_in(a, 16))
		bits = min_t(unsigned int, bits, one_in(a, 4) ? 15 : SMALL_BITS);
	bits = pick(a, bits + 1);
	size = bits ? 1UL << (bits - 1) : 0;
	if (size && !one_in(a, 8))
		size += prandom_u32_state(&a->random) & (size - 1);
	if (one_in(a, 8))
		size = kspan_size_roundup(size) + pick(a, 2);
	return min(size, limit);
}

static void zero_sometimes(struct actor *a, struct request *r)
{
	if (!one_in(a, 8))
		return;
	r->zero = true;
	r->gfp |= __GFP_ZERO;
}

static void *make_alloc(struct actor *a, struct request *r)
{
	zero_sometimes(a, r);
	if (r->heap)
		return kspan_heap_alloc(r->heap, r->size, r->gfp);
	return kspan_alloc(r->size, r->gfp);
}

/* Sizes that the compiler knows. */
#define CONSTANT_MAKER(bytes)			\
static void *make_##bytes(gfp_t gfp)		\
{						\
	return kspan_alloc(bytes, gfp);		\
}

CONSTANT_MAKER(1)
CONSTANT_MAKER(8)
CONSTANT_MAKER(12)
CONSTANT_MAKER(16)
CONSTANT_MAKER(24)
CONSTANT_MAKER(64)
CONSTANT_MAKER(100)
CONSTANT_MAKER(1000)
CONSTANT_MAKER(4096)

static void *make_constant(struct actor *a, struct request *r)
{
	static const struct {
		size_t size;
		void *(*make)(gfp_t gfp);
	} constants[] = {
		{ 1, make_1 }, { 8, make_8 }, { 12, make_12 }, { 16, make_16 }, { 24, make_24 },
		{ 64, make_64 }, { 100, make_100 }, { 1000, make_1000 }, { 4096, make_4096 },
	};
	u32 i = pick(a, ARRAY_SIZE(constants));

	r->size = constants[i].size;
	zero_sometimes(a, r);
	return constants[i].make(r->gfp);
}

static void *make_zalloc(struct actor *a, struct request *r)
{
	r->zero = true;
	if (r->heap)
		return kspan_heap_zalloc(r->heap, r->size, r->gfp);
	return kspan_zalloc(r->size, r->gfp);
}

static size_t element_pick(struct actor *a, struct request *r)
{
	size_t n = 1 + pick(a, 16), element = r->size / n;

	r->size = n * element;
	return element;
}

static void *make_array(struct actor *a, struct request *r)
{
	size_t element = element_pick(a, r), n = element ? r->size / element : 0;

	zero_sometimes(a, r);
	if (r->heap)
		return kspan_heap_alloc_array(r->heap, n, element, r->gfp);
	return kspan_alloc_array(n, element, r->gfp);
}

static void *make_calloc(struct actor *a, struct request *r)
{
	size_t element = element_pick(a, r), n = element ? r->size / element : 0;

	r->zero = true;
	if (r->heap)
		return kspan_heap_calloc(r->heap, n, element, r->gfp);
	return kspan_calloc(n, element, r->gfp);
}

static void *make_aligned(struct actor *a, struct request *r)
{
	u32 orders = actor_sleeps(a) ? (one_in(a, 64) ? 23 : 17) : 13;

	r->align = 1UL << pick(a, orders);
	r->fixed = false;
	zero_sometimes(a, r);
	if (r->heap)
		return kspan_heap_alloc_aligned(r->heap, r->size, r->align, r->gfp);
	return kspan_alloc_aligned(r->size, r->align, r->gfp);
}

static void *make_memdup(struct actor *a, struct request *r)
{
	r->size = min(r->size, SOURCE_LEN / 2);
	r->copied = source + pick(a, SOURCE_LEN / 2);
	r->copied_len = r->size;
	if (r->heap)
		return kspan_heap_memdup(r->heap, r->copied, r->size, r->gfp);
	return kspan_memdup(r->copied, r->size, r->gfp);
}

/* A string of the copied bytes and a NUL. */
static void *string_made(struct actor *a, struct request *r, char *p)
{
	struct object o = { .p = p, .size = r->size };

	if (p && p[r->copied_len])
		torture_error(a, &o, "string without its end");
	return p;
}

static void *make_memdup_nul(struct actor *a, struct request *r)
{
	char *p;

	r->copied_len = pick(a, STRING_LEN);
	r->copied = source + pick(a, STRING_LEN);
	r->size = r->copied_len + 1;
	if (r->heap)
		p = kspan_heap_memdup_nul(r->heap, r->copied, r->copied_len, r->gfp);
	else
		p = kspan_memdup_nul(r->copied, r->copied_len, r->gfp);
	return string_made(a, r, p);
}

static void *make_strdup(struct actor *a, struct request *r)
{
	char *p;

	r->copied_len = one_in(a, 2) ? pick(a, 16) : pick(a, STRING_LEN);
	r->copied = source_string(r->copied_len);
	r->size = r->copied_len + 1;
	if (r->heap)
		p = kspan_heap_strdup(r->heap, r->copied, r->gfp);
	else
		p = kspan_strdup(r->copied, r->gfp);
	return string_made(a, r, p);
}

static void *make_strndup(struct actor *a, struct request *r)
{
	size_t there = pick(a, STRING_LEN), most = pick(a, STRING_LEN);
	char *p;

	r->copied_len = min(there, most);
	r->copied = source_string(there);
	r->size = r->copied_len + 1;
	if (r->heap)
		p = kspan_heap_strndup(r->heap, r->copied, most, r->gfp);
	else
		p = kspan_strndup(r->copied, most, r->gfp);
	return string_made(a, r, p);
}

static void *make_realloc_null(struct actor *a, struct request *r)
{
	const void *none = one_in(a, 2) ? NULL : ZERO_SIZE_PTR;
	bool array = one_in(a, 2);

	zero_sometimes(a, r);
	if (r->heap && array)
		return kspan_heap_realloc_array(r->heap, none, r->size, 1, r->gfp);
	if (r->heap)
		return kspan_heap_realloc(r->heap, none, r->size, r->gfp);
	if (array)
		return kspan_realloc_array(none, r->size, 1, r->gfp);
	return kspan_realloc(none, r->size, r->gfp);
}

static const struct maker makers[] = {
	{ COUNT_ALLOC, COUNT_HEAP_ALLOC, 16, make_alloc },
	{ COUNT_CONSTANT, 0, 4, make_constant },
	{ COUNT_ZALLOC, COUNT_HEAP_ZALLOC, 4, make_zalloc },
	{ COUNT_ARRAY, COUNT_HEAP_ARRAY, 1, make_array },
	{ COUNT_CALLOC, COUNT_HEAP_CALLOC, 1, make_calloc },
	{ COUNT_ALIGNED, COUNT_HEAP_ALIGNED, 2, make_aligned },
	{ COUNT_MEMDUP, COUNT_HEAP_MEMDUP, 1, make_memdup },
	{ COUNT_MEMDUP_NUL, COUNT_HEAP_MEMDUP_NUL, 1, make_memdup_nul },
	{ COUNT_STRDUP, COUNT_HEAP_STRDUP, 1, make_strdup },
	{ COUNT_STRNDUP, COUNT_HEAP_STRNDUP, 1, make_strndup },
	{ COUNT_REALLOC_NULL, COUNT_HEAP_REALLOC_NULL, 1, make_realloc_null },
	{ COUNT_MEMPOOL, 0, 1, make_element },
	{ COUNT_POOL_ALLOC, 0, 2, make_in_pool },
	{ COUNT_POOL_ZALLOC, 0, 1, make_zero_in_pool },
	{ COUNT_POOL_BUILT, 0, 2, make_built },
	{ COUNT_POOL_MEMPOOL, 0, 1, make_pool_element },
};

static const struct maker *maker_pick(struct actor *a)
{
	const struct maker *m;
	u32 sum = 0;

	for (m = makers; m < makers + ARRAY_SIZE(makers); m++)
		sum += m->weight;
	sum = pick(a, sum);
	for (m = makers; sum >= m->weight; m++)
		sum -= m->weight;
	return m;
}

/* Sometimes in a scope that forbids file system or block I/O. */
static void *make_scoped(struct actor *a, const struct maker *m, struct request *r)
{
	unsigned int flags;
	void *p;

	if (!actor_sleeps(a) || !one_in(a, 16))
		return m->make(a, r);
	if (one_in(a, 2)) {
		flags = data_race(memalloc_nofs_save());	/* the scheduler reads them, too */
		p = m->make(a, r);
		data_race((memalloc_nofs_restore(flags), 0));	/* as above */
	} else {
		flags = data_race(memalloc_noio_save());	/* as above */
		p = m->make(a, r);
		data_race((memalloc_noio_restore(flags), 0));	/* as above */
	}
	return p;
}

static void object_settle(struct actor *a, struct object *o, const struct request *r, u64 word)
{
	count(a, COUNT_ALLOCS);
	o->size = r->size;
	o->word = word;
	o->zero = r->zero;
	o->origin = r->origin;
	o->extent = 0;
	o->context = a->context;
	o->cpu = raw_smp_processor_id();
	if (r->size && r->origin != ORIGIN_BUILT && (r->zero || one_in(a, 4)))
		o->size = kspan_size(o->p);
	fresh_check(a, o, r);
	bytes_adjust(o->size);
}

static bool request_serve(struct actor *a, struct object *o, u64 word, const struct maker *m,
			  struct request *r)
{
	size_t taken = max_t(size_t, r->size, STRING_LEN);

	if (!bytes_take(taken))
		return false;
	count(a, r->heap ? m->heap_counter : m->counter);
	o->p = make_scoped(a, m, r);
	bytes_adjust(-(s64)taken);
	if (!o->p) {
		count(a, COUNT_NULLS);
		if (!r->may_fail && (r->gfp & __GFP_DIRECT_RECLAIM))
			count(a, COUNT_REFUSED);
		if (!r->may_fail && !gfp_may_fail(r->gfp))
			torture_error(a, o, "no memory for %zu bytes, gfp %pGg", r->size, &r->gfp);
		return false;
	}
	if (!r->align)
		r->align = natural_align(r->size);
	object_settle(a, o, r, word);
	return true;
}

/* One new object, not yet filled with its pattern; false if the allocation failed. */
bool object_make(struct actor *a, struct object *o, u64 word)
{
	const struct maker *m = maker_pick(a);
	struct request r = { .size = size_pick(a), .gfp = gfp_pick(a), .fixed = true };

	if (m->heap_counter && one_in(a, 3))
		r.heap = heap_pick(a);
	return request_serve(a, o, word, m, &r);
}

/* The same in a private heap of @a, which may have a limit. The object is for no slot. */
bool object_make_in(struct actor *a, struct object *o, struct kspan_heap *heap, size_t max_size)
{
	struct request r = { .gfp = gfp_pick(a) | __GFP_NOWARN, .heap = heap };
	const struct maker *m;

	do
		m = maker_pick(a);
	while (!m->heap_counter);
	r.size = min(size_pick(a), max_size);
	r.may_fail = kspan_heap_limit(heap);
	return request_serve(a, o, loose_word(a), m, &r);
}

static void maker_try(struct actor *a, const struct maker *m, struct kspan_heap *heap)
{
	struct request r = { .size = 1 + pick(a, 2000), .gfp = gfp_pick(a), .fixed = true };
	struct object o = { };

	r.heap = heap;
	if (!request_serve(a, &o, loose_word(a), m, &r))
		return;
	object_fill(&o);
	object_check(a, &o);
	object_release(a, &o);
}

/* Each way to allocate once. */
void makers_tour(struct actor *a)
{
	const struct maker *m;

	for (m = makers; m < makers + ARRAY_SIZE(makers); m++) {
		if (!on_tour(a, m - makers))
			continue;
		maker_try(a, m, NULL);
		if (m->heap_counter)
			maker_try(a, m, heap_pick(a));
	}
}
