// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_profile: the allocation profile counts each object, whatever heap and path it is of, takes
 * each sampled one off when it is freed, and estimates what call stacks have allocated.
 */
#include <kspan/pool.h>
#include "debug_fixture.h"
#include "heap/alloc.h"
#include "heap/heaps.h"
#include "heap/profile.h"
#include "pages/samples.h"
#include "pages/stacks.h"

#define NR_OBJS		100U

static void off(void)
{
	profile_stop();
	alloc_set_flags();
	heaps_set_flags();
}

static void on(struct kunit *test, unsigned long bytes)
{
	KUNIT_ASSERT_EQ(test, profile_start(bytes), 0);
	alloc_set_flags();
	heaps_set_flags();
}

static void profile_end(struct kunit *test)
{
	off();
	if (test->priv)
		kspan_heap_destroy(test->priv);
}

static int profile_init(struct kunit *test)
{
	struct kspan_heap *heap = kspan_heap_create("kunit_profile", NULL);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	test->priv = heap;
	return test_pin(test);
}

static u64 apart(u64 a, u64 b)
{
	return max(a, b) - min(a, b);
}

/* Of 2^-k, and of the reciprocal of e. */
static void logarithms(struct kunit *test)
{
	unsigned int k;

	for (k = 1; k < 32; k++)
		KUNIT_EXPECT_EQ(test, profile_minus_ln(1U << (32 - k)), k * 45426ULL);
	KUNIT_EXPECT_EQ(test, profile_minus_ln(U32_MAX), 0ULL);
	KUNIT_EXPECT_GE(test, profile_minus_ln(1580030169), 65534ULL);
	KUNIT_EXPECT_LE(test, profile_minus_ln(1580030169), 65538ULL);
}

/* Of an allocation of so many bytes, in millionths. */
static const struct chance {
	u64 bytes;
	u64 every;
	u64 millionths;
} chances[] = {
	{ 64, 524288, 122 }, { 8192, 524288, 15503 }, { 262144, 524288, 393469 },
	{ 524288, 524288, 632121 }, { 1, 2, 393469 }, { 5, 1, 993262 }, { 15, 1, 1000000 },
	{ 16, 1, 1000000 }, { 1ULL << 40, 1, 1000000 }, { 1, 1ULL << 30, 0 },
};

static void the_chances_are_right(struct kunit *test)
{
	const struct chance *c;
	u64 got;

	for (c = chances; c < chances + ARRAY_SIZE(chances); c++) {
		got = profile_chance(c->bytes, c->every);
		KUNIT_EXPECT_GT(test, got, 0ULL);
		got = (got * 1000000 + BIT_ULL(30)) >> 31;
		KUNIT_EXPECT_LE(test, apart(got, c->millionths), 20ULL);
	}
}

/* All but a few of so many are sampled; then all are freed. */
static void expect_all(struct kunit *test, const char *what, unsigned long before, void **objs)
{
	unsigned long got = samples_nr() - before;
	unsigned int i;

	KUNIT_EXPECT_GE_MSG(test, got, NR_OBJS * 9 / 10UL, "%s", what);
	KUNIT_EXPECT_LE_MSG(test, got, (unsigned long)NR_OBJS, "%s", what);
	for (i = 0; i < NR_OBJS; i++)
		kspan_free(objs[i]);
	KUNIT_EXPECT_EQ_MSG(test, samples_nr(), before, "%s", what);
}

static const size_t sizes[] = { 3, 8, 64, 100, 300, 5000, 32768, 40000, 65536, 100000, 1 << 20 };

static void each_size_is_counted(struct kunit *test)
{
	unsigned long before = samples_nr();
	void *objs[NR_OBJS];
	unsigned int i, j, flags;

	on(test, 1);
	for (flags = 0; flags < 2; flags++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			for (j = 0; j < NR_OBJS; j++) {
				objs[j] = kspan_alloc(sizes[i], flags ? GFP_KERNEL | __GFP_ZERO :
								GFP_KERNEL);
				KUNIT_ASSERT_NOT_NULL(test, objs[j]);
				memset(objs[j], 0x5a, sizes[i]);
			}
			expect_all(test, "kspan_alloc()", before, objs);
		}
	}
}

static void each_function_is_counted(struct kunit *test)
{
	unsigned long before = samples_nr();
	void *objs[NR_OBJS];
	unsigned int j;

	on(test, 1);
	for (j = 0; j < NR_OBJS; j++)
		objs[j] = kspan_heap_alloc(test->priv, 100, GFP_KERNEL);
	expect_all(test, "heap", before, objs);
	for (j = 0; j < NR_OBJS; j++)
		objs[j] = kspan_alloc_aligned(100, 256, GFP_KERNEL);
	expect_all(test, "aligned", before, objs);
	for (j = 0; j < NR_OBJS; j++)
		objs[j] = kspan_alloc_node(100, GFP_KERNEL, numa_mem_id());
	expect_all(test, "node", before, objs);
	for (j = 0; j < NR_OBJS; j++)
		objs[j] = kspan_realloc(kspan_alloc(20, GFP_KERNEL), 1000, GFP_KERNEL);
	expect_all(test, "realloc", before, objs);
	for (j = 0; j < NR_OBJS; j++)
		objs[j] = kspan_alloc(100, GFP_ATOMIC | __GFP_ZERO);
	expect_all(test, "atomic", before, objs);
	KUNIT_ASSERT_EQ(test, kspan_alloc_bulk(100, GFP_KERNEL, NR_OBJS, objs), NR_OBJS);
	expect_all(test, "bulk", before, objs);
	KUNIT_ASSERT_EQ(test, kspan_alloc_bulk(100, GFP_KERNEL, NR_OBJS, objs), NR_OBJS);
	kspan_free_bulk(NR_OBJS, objs);
	KUNIT_EXPECT_EQ(test, samples_nr(), before);
	kspan_free_rcu_mightsleep(kspan_alloc(100, GFP_KERNEL));
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, samples_nr(), before);
}

static void construct(void *obj)
{
	memset(obj, 0x77, 100);
}

static void use_pool(struct kunit *test, struct kspan_pool *pool, bool ctor)
{
	unsigned long before = samples_nr();
	void *objs[NR_OBJS];
	unsigned int j;

	for (j = 0; j < NR_OBJS; j++) {
		objs[j] = kspan_pool_alloc(pool, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[j]);
		if (ctor)
			KUNIT_EXPECT_EQ(test, *(u8 *)objs[j], 0x77);
	}
	expect_all(test, "pool", before, objs);
	KUNIT_EXPECT_EQ(test, kspan_pool_alloc_bulk(pool, GFP_KERNEL, NR_OBJS, objs), NR_OBJS);
	expect_all(test, "bulk of a pool", before, objs);
}

/* Pools that are made before it is on, and after; also with a constructor. */
static void pools_are_counted(struct kunit *test)
{
	static const struct kspan_pool_params params[2] = { { }, { .ctor = construct } };
	struct kspan_pool *pool;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (i < 2)
			on(test, 1);
		else
			off();
		pool = kspan_pool_create("kunit_profile_pool", 100, &params[i % 2]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
		on(test, 1);
		use_pool(test, pool, i % 2);
		off();
		kspan_pool_destroy(pool);
	}
}

static void a_reset_takes_all_off(struct kunit *test)
{
	unsigned long before = samples_nr();
	unsigned int j;
	void *p;

	on(test, 1);
	for (j = 0; j < NR_OBJS; j++) {
		KUNIT_ASSERT_NOT_NULL(test, kspan_heap_alloc(test->priv, 100, GFP_KERNEL));
		KUNIT_ASSERT_NOT_NULL(test, kspan_heap_alloc(test->priv, 40000, GFP_KERNEL));
	}
	p = kspan_alloc(100, GFP_KERNEL);
	KUNIT_EXPECT_GT(test, samples_nr(), before + NR_OBJS);
	kspan_heap_reset(test->priv);
	KUNIT_EXPECT_LE(test, samples_nr(), before + 1);
	kspan_free(p);
	KUNIT_EXPECT_EQ(test, samples_nr(), before);
}

/* The fast path leaves a span alone only while it has a sampled object. */
static void a_mark_comes_and_goes(struct kunit *test)
{
	struct mspan *span;
	u32 limit;
	void *p, *q;

	q = kspan_heap_alloc(test->priv, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	span = test_span_of(q);
	limit = span->limit;
	on(test, 1);
	p = kspan_heap_alloc(test->priv, 64, GFP_KERNEL);
	off();
	KUNIT_ASSERT_PTR_EQ(test, test_span_of(p), span);
	KUNIT_EXPECT_EQ(test, span->nr_sampled, 1);
	KUNIT_EXPECT_EQ(test, span->limit, 0U);
	kspan_free(q);
	KUNIT_EXPECT_EQ(test, span->nr_sampled, 1);
	kspan_free(p);
	KUNIT_EXPECT_EQ(test, span->nr_sampled, 0);
	KUNIT_EXPECT_EQ(test, span->limit, limit);
}

/* A second free is a misuse as ever, and is not taken off twice. */
static void misuse_is_found_as_ever(struct kunit *test)
{
	unsigned long before = samples_nr();
	u8 *p;

	on(test, 1);
	p = kspan_heap_alloc(test->priv, 64, GFP_KERNEL);
	test_report_begin("points inside an object");
	kspan_free(debug_test_again(p) + 8);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kspan_free(p);
	test_report_begin("double free");
	kspan_free(debug_test_again(p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, samples_nr(), before);
}

#define MANY	100000U
#define FEWER	(MANY / 20)
#define FEWEST	(MANY / 100)
#define ALL	(MANY + FEWER + FEWEST)

/* Three call sites: so many objects, of so many bytes, of which a part is freed again. */
static noinline void site_a(struct kspan_heap *heap, void **objs)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		objs[i] = kspan_heap_alloc(heap, 64, GFP_KERNEL);
}

static noinline void site_b(struct kspan_heap *heap, void **objs)
{
	unsigned int i;

	for (i = 0; i < FEWER; i++)
		objs[i] = kspan_heap_alloc(heap, 1024, GFP_KERNEL | __GFP_ZERO);
}

/* One size is freed at once, so its live figures stay 0; sizes over profile_bytes. */
static noinline void site_c(struct kspan_heap *heap, void **objs)
{
	unsigned int i;

	for (i = 0; i < FEWEST; i++) {
		objs[i] = kspan_heap_alloc(heap, 10240, GFP_KERNEL);
		kspan_free(kspan_heap_alloc(heap, 64, GFP_KERNEL));
	}
}

/* The one of the three that an address lies in, or NULL: their order is the compiler's. */
static const void *site_of(unsigned long addr)
{
	const void *sites[] = { site_a, site_b, site_c }, *best = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sites); i++)
		if (addr - (unsigned long)sites[i] < 400 && sites[i] > best)
			best = sites[i];
	return best;
}

/* The sums of all stacks whose innermost function is @fn; NULL: of all. */
static struct sample_sums sums_of(const void *fn)
{
	struct sample_sums all = { }, one;
	const unsigned long *entries;
	unsigned int n;
	u32 stack;

	for (stack = 0; stack < STACKS_NR; stack++) {
		entries = stacks_entries(stack, &n);
		if (!samples_sums(stack, &one) ||
		    (fn && (!n || site_of(entries[0]) != fn)))
			continue;
		all.live_objects += one.live_objects;
		all.live_bytes += one.live_bytes;
		all.objects += one.objects;
		all.bytes += one.bytes;
	}
	return all;
}

static void expect_near(struct kunit *test, const char *what, u64 got, u64 want)
{
	kunit_info(test, "%s: %llu, in truth %llu\n", what, got, want);
	KUNIT_EXPECT_LE_MSG(test, apart(got, want), want / 10, "%s", what);
}

static void expect_sums(struct kunit *test, const char *what, struct sample_sums now,
			struct sample_sums before, u64 objects, u64 bytes)
{
	kunit_info(test, "%s\n", what);
	expect_near(test, "live objects", now.live_objects - before.live_objects, objects);
	expect_near(test, "live bytes", now.live_bytes - before.live_bytes, bytes);
	expect_near(test, "bytes", now.bytes - before.bytes, bytes);
}

/*
 * Of the first site come about 3,100 samples, of the second 2,000 for 5,000 objects: each estimate
 * is usually off by less than 2 %, so a tenth is more than five times that.
 */
static void the_estimates_are_right(struct kunit *test)
{
	void **objs = test_pointers(test, ALL);
	struct sample_sums before, a, b, c, none = { };
	unsigned long lost = samples_lost();
	unsigned int i;

	before = sums_of(NULL);
	on(test, 2048);
	site_a(test->priv, objs);
	site_b(test->priv, objs + MANY);
	site_c(test->priv, objs + MANY + FEWER);
	off();
	KUNIT_EXPECT_EQ(test, samples_lost(), lost);
	a = sums_of(site_a);
	b = sums_of(site_b);
	c = sums_of(site_c);
	if (a.bytes) {		/* else this kernel cannot unwind its stack */
		expect_sums(test, "64 B", a, none, MANY, MANY * 64);
		expect_sums(test, "1 KB", b, none, FEWER, FEWER * 1024);
		expect_near(test, "10 KB: live objects", c.live_objects, FEWEST);
		expect_near(test, "10 KB: live bytes", c.live_bytes, FEWEST * 10240);
	}
	a = sums_of(NULL);
	expect_near(test, "all live bytes", a.live_bytes - before.live_bytes,
		    MANY * 64 + FEWER * 1024 + FEWEST * 10240);
	for (i = 0; i < ALL; i++)
		kspan_free(objs[i]);
	a = sums_of(NULL);
	KUNIT_EXPECT_EQ(test, a.live_bytes, before.live_bytes);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(logarithms),
	KUNIT_CASE(the_chances_are_right),
	KUNIT_CASE(each_size_is_counted),
	KUNIT_CASE(each_function_is_counted),
	KUNIT_CASE(pools_are_counted),
	KUNIT_CASE(a_reset_takes_all_off),
	KUNIT_CASE(a_mark_comes_and_goes),
	KUNIT_CASE(misuse_is_found_as_ever),
	KUNIT_CASE(the_estimates_are_right),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_profile",
	.init = profile_init,
	.exit = profile_end,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
