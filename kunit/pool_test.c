// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_pool: objects of one size that are constructed once, and a stock for allocations that must
 * not fail.
 */
#include <kspan/pool.h>
#include "contexts.h"
#include "fixture.h"
#include "central/magazine.h"

#define BATCH		300
#define STOCK		50
#define MADE		0x6b73706e
#define MANY_POOLS	100

/**
 * struct thing - the objects of the pools here
 * @made: set by the constructor
 * @owner: set by the test
 */
struct thing {
	u32 made;
	u32 owner;
};

static unsigned int nr_made;

static void make_thing(void *obj)
{
	struct thing *t = obj;

	t->made = MADE;
	nr_made++;
}

static struct kspan_pool *new_pool(struct kunit *test, size_t size,
				   const struct kspan_pool_params *params)
{
	struct kspan_pool *pool = kspan_pool_create("kunit pool", size, params);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	return pool;
}

static unsigned long live(struct kspan_pool *pool)
{
	struct kspan_stats st;

	kspan_pool_get_stats(pool, &st);
	return st.live_objects;
}

static void every_size(struct kunit *test)
{
	static const size_t sizes[] = { 1, 7, 8, 15, 40, 1025, 5000, KSPAN_MAX_SMALL };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct kspan_pool *pool = new_pool(test, sizes[i], NULL);
		void *objs[20];

		KUNIT_EXPECT_EQ(test, kspan_pool_object_size(pool), sizes[i]);
		for (n = 0; n < ARRAY_SIZE(objs); n++) {
			objs[n] = kspan_pool_alloc(pool, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[n]);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[n], 8));
			memset(objs[n], n, sizes[i]);
		}
		for (n = 0; n < ARRAY_SIZE(objs); n++) {
			KUNIT_EXPECT_NULL(test, memchr_inv(objs[n], n, sizes[i]));
			if (n % 2)
				kspan_pool_free(pool, objs[n]);
			else
				kspan_free(objs[n]);
		}
		KUNIT_EXPECT_EQ(test, live(pool), 0UL);
		kspan_pool_destroy(pool);
	}
}

static void aligned_objects(struct kunit *test)
{
	size_t align;

	for (align = 1; align <= KSPAN_MAX_SMALL; align *= 2) {
		struct kspan_pool_params params = { .align = align };
		struct kspan_pool *pool = new_pool(test, 24, &params);
		void *a = kspan_pool_alloc(pool, GFP_KERNEL);
		void *b = kspan_pool_zalloc(pool, GFP_KERNEL);

		KUNIT_EXPECT_TRUE(test, a && IS_ALIGNED((unsigned long)a, align));
		KUNIT_EXPECT_TRUE(test, b && IS_ALIGNED((unsigned long)b, align));
		KUNIT_EXPECT_NULL(test, memchr_inv(b, 0, 24));
		kspan_pool_free(pool, a);
		kspan_pool_free(pool, b);
		kspan_pool_destroy(pool);
	}
}

static void objects_are_made_once(struct kunit *test)
{
	static const struct kspan_pool_params params = { .ctor = make_thing };
	struct kspan_pool *pool = new_pool(test, sizeof(struct thing), &params);
	void **objs = test_pointers(test, BATCH);
	unsigned int round, i, made = 0;

	nr_made = 0;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < BATCH; i++) {
			struct thing *t = kspan_pool_alloc(pool, GFP_KERNEL);

			KUNIT_ASSERT_NOT_NULL(test, t);
			KUNIT_EXPECT_EQ(test, t->made, (u32)MADE);
			t->owner = i;
			objs[i] = t;
		}
		made = made ?: nr_made;
		for (i = 0; i < BATCH; i++) {
			KUNIT_EXPECT_EQ(test, ((struct thing *)objs[i])->owner, i);
			kspan_pool_free(pool, objs[i]);
		}
	}
	KUNIT_EXPECT_EQ(test, nr_made, made);
	kspan_pool_destroy(pool);
}

static void reset_makes_them_anew(struct kunit *test)
{
	static const struct kspan_pool_params params = { .ctor = make_thing };
	struct kspan_pool *pool = new_pool(test, sizeof(struct thing), &params);
	void **objs = test_pointers(test, BATCH);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, kspan_pool_alloc_bulk(pool, GFP_KERNEL, BATCH, objs),
			(unsigned int)BATCH);
	for (i = 0; i < BATCH; i++)
		((struct thing *)objs[i])->made = 0;
	KUNIT_EXPECT_EQ(test, kspan_pool_reset(pool), 0);
	KUNIT_EXPECT_EQ(test, live(pool), 0UL);
	KUNIT_ASSERT_EQ(test, kspan_pool_alloc_bulk(pool, GFP_KERNEL, BATCH, objs),
			(unsigned int)BATCH);
	for (i = 0; i < BATCH; i++)
		KUNIT_EXPECT_EQ(test, ((struct thing *)objs[i])->made, (u32)MADE);
	kspan_free_bulk(BATCH, objs);
	kspan_pool_destroy(pool);
}

/* At the pool's limit only the stock is left. */
static void the_stock_is_there(struct kunit *test)
{
	static const struct kspan_pool_params params = { .limit = 8192 };
	struct kspan_pool *pool = new_pool(test, 64, &params);
	void **objs = test_pointers(test, BATCH);
	unsigned int i, n = 0;

	KUNIT_ASSERT_EQ(test, kspan_pool_prefill(pool, STOCK, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, live(pool), (unsigned long)STOCK);
	KUNIT_EXPECT_EQ(test, kspan_pool_prefill(pool, STOCK, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, live(pool), (unsigned long)STOCK);
	KUNIT_EXPECT_EQ(test, kspan_pool_prefill(pool, 1000, GFP_KERNEL | __GFP_NOWARN), -ENOMEM);
	while (n < BATCH && (objs[n] = kspan_pool_alloc(pool, GFP_ATOMIC | __GFP_NOWARN)))
		n++;
	KUNIT_EXPECT_EQ(test, n, 8192U / 64);
	for (i = 0; i < n; i++)
		kspan_pool_free(pool, objs[i]);
	KUNIT_EXPECT_EQ(test, live(pool), 0UL);
	KUNIT_EXPECT_EQ(test, kspan_pool_prefill(pool, STOCK, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, kspan_pool_prefill(pool, 3, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, live(pool), 3UL);
	KUNIT_EXPECT_EQ(test, kspan_pool_reset(pool), 0);
	KUNIT_EXPECT_EQ(test, live(pool), 3UL);
	kspan_pool_destroy(pool);
}

/* The array of its addresses would be over 2 GB, which the kernel warns of. */
static void a_stock_that_is_too_large(struct kunit *test)
{
	struct kspan_pool *pool = new_pool(test, 8, NULL);

	KUNIT_ASSERT_EQ(test, kspan_pool_prefill(pool, STOCK, GFP_KERNEL), 0);
	test_report_begin("pool \"kunit pool\" refused: a stock of ");
	KUNIT_EXPECT_EQ(test, kspan_pool_prefill(pool, 1U << 28, GFP_KERNEL), -E2BIG);
	test_report_end();
	KUNIT_EXPECT_EQ(test, kspan_pool_prefill(pool, UINT_MAX, GFP_KERNEL), -E2BIG);
	KUNIT_EXPECT_EQ(test, live(pool), (unsigned long)STOCK);
	kspan_pool_destroy(pool);
}

/* All or nothing: a bulk that fails leaves the stock as it was. */
static void a_bulk_takes_the_stock_or_leaves_it(struct kunit *test)
{
	static const struct kspan_pool_params params = { .limit = 8192 };
	struct kspan_pool *pool = new_pool(test, 64, &params);
	void **objs = test_pointers(test, BATCH);
	const unsigned int n = 8192 / 64;
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;

	KUNIT_ASSERT_EQ(test, kspan_pool_prefill(pool, STOCK, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, kspan_pool_alloc_bulk(pool, gfp, n + 1, objs), 0U);
	KUNIT_EXPECT_EQ(test, live(pool), (unsigned long)STOCK);
	KUNIT_EXPECT_EQ(test, kspan_pool_alloc_bulk(pool, GFP_KERNEL, n, objs), n);
	KUNIT_EXPECT_EQ(test, live(pool), (unsigned long)n);
	kspan_free_bulk(n, objs);
	KUNIT_EXPECT_EQ(test, live(pool), 0UL);
	kspan_pool_destroy(pool);
}

/* Destroying a pool must not call the constructor: its module may be gone by then. */
static void the_end_makes_nothing(struct kunit *test)
{
	static const struct kspan_pool_params params = { .ctor = make_thing };
	struct kspan_pool *pool = new_pool(test, sizeof(struct thing), &params);
	void **objs = test_pointers(test, BATCH);

	KUNIT_ASSERT_EQ(test, kspan_pool_alloc_bulk(pool, GFP_KERNEL, BATCH, objs),
			(unsigned int)BATCH);
	KUNIT_EXPECT_EQ(test, kspan_pool_reset(pool), 0);
	KUNIT_ASSERT_EQ(test, kspan_pool_alloc_bulk(pool, GFP_KERNEL, 1, objs), 1U);
	nr_made = 0;
	test_report_begin("still live in heap \"kunit pool\"");
	kspan_pool_destroy(pool);
	test_report_end();
	KUNIT_EXPECT_EQ(test, nr_made, 0U);
}

struct job {
	struct kspan_pool *pool;
	void *obj;
};

static void alloc_in_context(void *arg)
{
	struct job *job = arg;

	job->obj = kspan_pool_alloc(job->pool, GFP_ATOMIC | __GFP_NOWARN);
}

static void free_in_context(void *arg)
{
	struct job *job = arg;

	kspan_pool_free(job->pool, job->obj);
}

/* At the pool's limit, in every context but NMI. */
static void the_stock_serves_atomic_callers(struct kunit *test)
{
	static const struct kspan_pool_params params = { .limit = 8192 };
	struct kspan_pool *pool = new_pool(test, 8192, &params);
	struct job job = { .pool = pool };
	unsigned int i;

	for (i = 0; i < NR_ATOMIC_CONTEXTS; i++) {
		KUNIT_ASSERT_EQ(test, kspan_pool_prefill(pool, 1, GFP_KERNEL), 0);
		atomic_contexts[i].run(alloc_in_context, &job);
		if (strcmp(atomic_contexts[i].name, "NMI"))
			KUNIT_EXPECT_NOT_NULL_MSG(test, job.obj, "%s", atomic_contexts[i].name);
		if (job.obj)
			atomic_contexts[i].run(free_in_context, &job);
		mheap_drain();
	}
	kspan_pool_prefill(pool, 0, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, live(pool), 0UL);
	kspan_pool_destroy(pool);
}

static void the_wrong_pool(struct kunit *test)
{
	struct kspan_pool *pool = new_pool(test, 64, NULL);
	void *p = kspan_alloc(64, GFP_KERNEL);

	test_report_begin("is not an object of pool \"kunit pool\"");
	kspan_pool_free(pool, p);
	kspan_pool_free(pool, &pool);
	KUNIT_EXPECT_EQ(test, test_report_end(), 2UL);
	KUNIT_EXPECT_GT(test, kspan_size(p), (size_t)0);
	kspan_free(p);
	kspan_pool_free(pool, NULL);
	kspan_pool_destroy(pool);
}

/* A pool's objects have one size: an object that must move goes to the default heap. */
static void what_changes_size_leaves_the_pool(struct kunit *test)
{
	static const struct kspan_pool_params params = { .ctor = make_thing };
	struct kspan_pool *pool = new_pool(test, 200, &params);
	void *p = kspan_pool_alloc(pool, GFP_KERNEL);

	KUNIT_EXPECT_PTR_EQ(test, kspan_realloc(p, 190, GFP_KERNEL), p);
	p = kspan_realloc(p, 16, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, ((struct thing *)p)->made, (u32)MADE);
	KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(p)), &default_heap);
	KUNIT_EXPECT_EQ(test, live(pool), 0UL);
	kspan_free(p);
	kspan_pool_destroy(pool);
}

static u64 metadata(struct kspan_pool *pool)
{
	struct kspan_stats st;

	kspan_pool_get_stats(pool, &st);
	return st.metadata_bytes;
}

static struct kspan_pool *nth_pool(struct kunit *test, unsigned int n)
{
	struct kspan_pool *pool;
	char name[KSPAN_NAME_LEN];

	snprintf(name, sizeof(name), "kunit %u", n);
	pool = kspan_pool_create(name, n * 300 + 1, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	return pool;
}

/* Of many sizes, used by one CPU. A magazine is bounded by that of the smallest size. */
static void a_pool_pays_for_one_class(struct kunit *test)
{
	/* A KB, and where the name of the client is, and the flags of the pool. */
	size_t most = test_parts() * (1024 + 2 * sizeof(void *) + 2 * sizeof(void *) * nr_cpu_ids +
				      test_lock_bytes(3)) +
		      magazine_bytes(magazine_first_capacity(1));
	struct kspan_pool *pools[MANY_POOLS];
	unsigned int i;

	for (i = 0; i < MANY_POOLS; i++) {
		pools[i] = nth_pool(test, i);
		kspan_pool_free(pools[i], kspan_pool_alloc(pools[i], GFP_KERNEL));
		KUNIT_EXPECT_LE(test, metadata(pools[i]), (u64)most);
	}
	for (i = 0; i < MANY_POOLS; i++)
		kspan_pool_destroy(pools[i]);
}

/* Nor does it end or free the pool's objects, of which some are the stock's. */
static void its_heap_ends_nothing(struct kunit *test)
{
	struct kspan_pool *pool = new_pool(test, 64, NULL);
	struct kspan_heap *heap = kspan_pool_heap(pool);
	void *p = kspan_pool_alloc(pool, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, kspan_pool_prefill(pool, STOCK, GFP_KERNEL), 0);
	test_report_begin("of the heap of pool \"kunit pool\" refused: use the pool");
	kspan_heap_reset(heap);
	KUNIT_EXPECT_EQ(test, live(pool), STOCK + 1UL);
	kspan_heap_destroy(heap);
	test_report_end();
	KUNIT_EXPECT_EQ(test, live(pool), STOCK + 1UL);
	KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)64);
	kspan_pool_free(pool, p);
	kspan_pool_destroy(pool);
}

/* The heap behind a pool has no slot for another size, and none for its own. */
static void its_heap_serves_nobody(struct kunit *test)
{
	static const size_t sizes[] = { 3, 64, 65, 1025, 8192, KSPAN_MAX_SMALL, 65536, 100000 };
	struct kspan_pool *pool = new_pool(test, 64, NULL);
	struct kspan_heap *heap = kspan_pool_heap(pool);
	void *objs[4], *p = kspan_pool_alloc(pool, GFP_KERNEL);
	unsigned int i;

	kspan_pool_free(pool, p);	/* one is at hand */
	test_report_begin("allocation from the heap of pool \"kunit pool\" refused");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_NULL(test, kspan_heap_alloc(heap, sizes[i], GFP_KERNEL));
		KUNIT_EXPECT_NULL(test, kspan_heap_zalloc(heap, sizes[i], GFP_KERNEL));
		KUNIT_EXPECT_NULL(test, kspan_heap_alloc_aligned(heap, sizes[i], 64, GFP_KERNEL));
		KUNIT_EXPECT_NULL(test, kspan_heap_realloc(heap, NULL, sizes[i], GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, kspan_heap_alloc_bulk(heap, sizes[i], GFP_KERNEL,
							    ARRAY_SIZE(objs), objs), 0U);
	}
	KUNIT_EXPECT_NULL(test, kspan_heap_strdup(heap, "string", GFP_KERNEL));
	test_report_end();
	KUNIT_EXPECT_EQ(test, live(pool), 0UL);
	KUNIT_EXPECT_PTR_EQ(test, kspan_pool_alloc(pool, GFP_KERNEL), p);
	kspan_pool_free(pool, p);
	kspan_pool_destroy(pool);
}

static void expect_refused(struct kunit *test, const char *name, size_t size,
			   const struct kspan_pool_params *params, long err)
{
	KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_pool_create(name, size, params)), err);
}

static void bad_parameters(struct kunit *test)
{
	static const struct kspan_pool_params bad[] = {
		{ .align = 3 },
		{ .align = 65536 },
		{ .flags = BIT(20) },
		{ .align = 16384, .limit = 8192 },
		{ .flags = KSPAN_HEAP_NO_TINY },
		{ .ctor = make_thing, .flags = KSPAN_HEAP_ZERO_ON_FREE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		expect_refused(test, "kunit pool", 64, &bad[i], -EINVAL);
	expect_refused(test, "kunit pool", 0, NULL, -EINVAL);
	expect_refused(test, "kunit pool", KSPAN_MAX_SMALL + 1, NULL, -EINVAL);
	expect_refused(test, "", 64, NULL, -EINVAL);
	expect_refused(test, "default", 64, NULL, -EEXIST);
	kspan_pool_destroy(NULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_size),
	KUNIT_CASE(aligned_objects),
	KUNIT_CASE(objects_are_made_once),
	KUNIT_CASE(reset_makes_them_anew),
	KUNIT_CASE(the_end_makes_nothing),
	KUNIT_CASE(the_stock_is_there),
	KUNIT_CASE(a_stock_that_is_too_large),
	KUNIT_CASE(a_bulk_takes_the_stock_or_leaves_it),
	KUNIT_CASE(the_stock_serves_atomic_callers),
	KUNIT_CASE(the_wrong_pool),
	KUNIT_CASE(what_changes_size_leaves_the_pool),
	KUNIT_CASE(a_pool_pays_for_one_class),
	KUNIT_CASE(its_heap_serves_nobody),
	KUNIT_CASE(its_heap_ends_nothing),
	KUNIT_CASE(bad_parameters),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_pool",
	.init = test_pin,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
