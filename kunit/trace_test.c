// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_trace: while kspan:alloc or kspan:free is enabled each object is told of, whatever heap it
 * is of and whatever path it would take; then the mcaches come back. The other tracepoints.
 */
#include <kspan/pool.h>
#include "base/trace.h"
#include "contexts.h"
#include "debug_fixture.h"
#include "heap/heaps.h"

#define NAME	"kunit_trace"
#define NR_OBJS	2000U

/**
 * struct seen - what the tracepoints told of one heap
 * @test: the test
 * @heap: its name
 * @allocs: how many allocations
 * @frees: how many frees
 * @others: how many of the tracepoint that the test looks at
 * @bytes: asked for, of the last one
 * @taken: taken, of the last one
 * @ptr: of the last one
 * @call_site: of the last one
 */
struct seen {
	struct kunit *test;
	const char *heap;
	unsigned int allocs;
	unsigned int frees;
	unsigned int others;
	size_t bytes;
	size_t taken;
	const void *ptr;
	unsigned long call_site;
};

static void on_alloc(void *data, unsigned long call_site, const void *ptr, size_t bytes_req,
		     size_t bytes_alloc, gfp_t gfp_flags, const char *heap, int node)
{
	struct seen *seen = data;

	if (strcmp(heap, seen->heap))
		return;
	seen->allocs++;
	seen->bytes = bytes_req;
	seen->taken = bytes_alloc;
	seen->ptr = ptr;
	seen->call_site = call_site;
}

static void on_free(void *data, unsigned long call_site, const void *ptr, size_t bytes_alloc,
		    const char *heap, int node)
{
	struct seen *seen = data;

	if (strcmp(heap, seen->heap))
		return;
	seen->frees++;
	seen->taken = bytes_alloc;
	seen->ptr = ptr;
	seen->call_site = call_site;
}

static void on_refill(void *data, size_t bytes_alloc, unsigned int objects, const char *heap,
		      int node)
{
	struct seen *seen = data;

	if (!strcmp(heap, seen->heap) && objects)
		seen->allocs++;
}

static void on_flush(void *data, size_t bytes_alloc, unsigned int objects, unsigned int to,
		     const char *heap, int node)
{
	struct seen *seen = data;

	if (!strcmp(heap, seen->heap) && objects)
		seen->frees++;
}

static void on_span(void *data, unsigned long call_site, unsigned long ptr, size_t bytes_alloc,
		    size_t object_bytes, gfp_t gfp_flags, const char *heap, int node)
{
	struct seen *seen = data;

	if (strcmp(heap, seen->heap))
		return;
	seen->others++;
	seen->ptr = (const void *)ptr;
	seen->taken = bytes_alloc;
}

static void on_span_free(void *data, unsigned long ptr, size_t bytes_alloc, size_t object_bytes,
			 const char *heap, int node)
{
	struct seen *seen = data;

	if (!strcmp(heap, seen->heap))
		seen->frees++;
}

static void on_bad_free(void *data, unsigned long call_site, const void *ptr, const char *what)
{
	struct seen *seen = data;

	seen->others++;
	seen->ptr = ptr;
	seen->call_site = call_site;
}

static void on_failure(void *data, unsigned long call_site, size_t bytes_req, gfp_t gfp_flags,
		       const char *heap, int node)
{
	struct seen *seen = data;

	if (strcmp(heap, seen->heap))
		return;
	seen->others++;
	seen->bytes = bytes_req;
}

static void objects_on(struct kunit *test, struct seen *seen)
{
	*seen = (struct seen) { .test = test, .heap = "kunit_debug" };
	KUNIT_ASSERT_EQ(test, register_trace_alloc(on_alloc, seen), 0);
	KUNIT_ASSERT_EQ(test, register_trace_free(on_free, seen), 0);
}

static void objects_off(struct seen *seen)
{
	unregister_trace_alloc(on_alloc, seen);
	unregister_trace_free(on_free, seen);
	tracepoint_synchronize_unregister();
}

static int trace_test_init(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "this kernel has no tracepoints");
	return debug_test_init(test);
}

/* Small, packed or not, of a power of two that CPUs keep, and with a span of its own. */
static const size_t sizes[] = { 1, 6, 8, 100, 5000, 32768, 65536, 100000 };

static void each_object_is_told(struct kunit *test)
{
	unsigned int i;
	struct seen seen;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)		/* now they lie in an mcache */
		kspan_free(debug_test_get(test, sizes[i]));
	objects_on(test, &seen);
	KUNIT_EXPECT_EQ(test, kunit_nr_mcaches(test->priv), 0U);
	KUNIT_EXPECT_EQ(test, kunit_nr_mcaches(&default_heap), 0U);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = debug_test_get(test, sizes[i]);
		KUNIT_EXPECT_EQ(test, seen.allocs, i + 1);
		KUNIT_EXPECT_PTR_EQ(test, (void *)seen.ptr, p);
		KUNIT_EXPECT_EQ(test, seen.bytes, sizes[i]);
		KUNIT_EXPECT_EQ(test, seen.taken, kspan_size(p));
		seen.ptr = NULL;
		kspan_free(p);
		KUNIT_EXPECT_EQ(test, seen.frees, i + 1);
		KUNIT_EXPECT_PTR_EQ(test, (void *)seen.ptr, p);
		KUNIT_EXPECT_TRUE(test, within_module(seen.call_site, THIS_MODULE));
	}
	objects_off(&seen);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		kspan_free(debug_test_get(test, sizes[i]));
	KUNIT_EXPECT_EQ(test, seen.allocs, (unsigned int)ARRAY_SIZE(sizes));
	KUNIT_EXPECT_GT(test, kunit_nr_mcaches(test->priv), 0U);
}

/* Bulk, arrays, strings, a change of size, objects that wait for a grace period. */
static void each_call_is_told(struct kunit *test)
{
	struct kspan_heap *heap = test->priv;
	struct { struct rcu_head rcu; } *waits;
	struct seen seen;
	void *objs[50], *p;

	objects_on(test, &seen);
	KUNIT_EXPECT_EQ(test, kspan_heap_alloc_bulk(heap, 64, GFP_KERNEL, 50, objs), 50U);
	KUNIT_EXPECT_EQ(test, seen.allocs, 50U);
	kspan_free_bulk(50, objs);
	KUNIT_EXPECT_EQ(test, seen.frees, 50U);
	p = kspan_heap_alloc_aligned(heap, 100, 256, GFP_KERNEL);
	p = kspan_realloc(p, 4000, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, seen.allocs, 52U);
	KUNIT_EXPECT_EQ(test, seen.frees, 51U);
	kspan_free_sensitive(p);
	p = kspan_heap_zalloc(heap, 40, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 40));
	kspan_free_sized(p, 40);
	waits = kspan_heap_alloc(heap, sizeof(*waits), GFP_KERNEL);
	kspan_free_rcu(waits, rcu);
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, seen.allocs, 54U);
	KUNIT_EXPECT_EQ(test, seen.frees, 54U);
	objects_off(&seen);
}

static void a_new_pool_is_told(struct kunit *test)
{
	struct kspan_pool *pool;
	struct seen seen;
	void *p;

	objects_on(test, &seen);
	seen.heap = NAME;
	pool = kspan_pool_create(NAME, 100, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	p = kspan_pool_alloc(pool, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, seen.allocs, 1U);
	KUNIT_EXPECT_EQ(test, kunit_nr_mcaches(kspan_pool_heap(pool)), 0U);
	kspan_pool_free(pool, p);
	KUNIT_EXPECT_EQ(test, seen.frees, 1U);
	objects_off(&seen);
	kspan_pool_free(pool, kspan_pool_alloc(pool, GFP_KERNEL));
	KUNIT_EXPECT_GT(test, kunit_nr_mcaches(kspan_pool_heap(pool)), 0U);
	kspan_pool_destroy(pool);
}

/* Each of the two ends alone: mcaches come back only when both have. */
static void a_debug_mode_overlaps(struct kunit *test)
{
	unsigned long bad = report_bad_frees();
	struct seen seen;

	objects_on(test, &seen);
	debug_test_set(test, "FZPUQ");
	kspan_free(debug_test_get(test, 100));
	KUNIT_EXPECT_EQ(test, seen.allocs, 1U);
	KUNIT_EXPECT_EQ(test, seen.frees, 1U);
	objects_off(&seen);
	kspan_free(debug_test_get(test, 100));
	KUNIT_EXPECT_EQ(test, kunit_nr_mcaches(test->priv), 0U);
	debug_test_set(test, "");
	kspan_free(debug_test_get(test, 100));
	KUNIT_EXPECT_GT(test, kunit_nr_mcaches(test->priv), 0U);
	debug_test_set(test, "F");
	objects_on(test, &seen);
	debug_test_set(test, "");
	kspan_free(debug_test_get(test, 100));
	KUNIT_EXPECT_EQ(test, kunit_nr_mcaches(test->priv), 0U);
	KUNIT_EXPECT_EQ(test, seen.frees, 1U);
	objects_off(&seen);
	KUNIT_EXPECT_EQ(test, report_bad_frees(), bad);
}

static void free_it(void *p)
{
	kspan_free(p);
}

static void context_name(const struct context *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(atomic, atomic_contexts, context_name);

static void a_free_is_told_anywhere(struct kunit *test)
{
	const struct context *context = test->param_value;
	struct kspan_stats st;
	struct seen seen;
	unsigned int i;
	void *p;

	objects_on(test, &seen);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = debug_test_get(test, sizes[i]);
		context->run(free_it, p);
		KUNIT_EXPECT_EQ(test, seen.frees, i + 1);
	}
	objects_off(&seen);
	mheap_drain();
	kspan_heap_get_stats(test->priv, &st);
	KUNIT_EXPECT_EQ(test, st.live_objects, 0UL);
}

static void refills_and_flushes_are_told(struct kunit *test)
{
	struct seen seen = { .test = test, .heap = "kunit_debug" };
	void **objs = test_pointers(test, NR_OBJS);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, register_trace_refill(on_refill, &seen), 0);
	KUNIT_ASSERT_EQ(test, register_trace_flush(on_flush, &seen), 0);
	for (i = 0; i < NR_OBJS; i++)
		objs[i] = debug_test_get(test, 512);
	for (i = 0; i < NR_OBJS; i++)
		kspan_free(objs[i]);
	KUNIT_EXPECT_GT(test, kunit_nr_mcaches(test->priv), 0U);
	kspan_trim();
	unregister_trace_refill(on_refill, &seen);
	unregister_trace_flush(on_flush, &seen);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_GT(test, seen.frees, 0U);
	KUNIT_EXPECT_GT(test, seen.allocs, 0U);
}

static void spans_are_told(struct kunit *test)
{
	struct seen seen = { .test = test, .heap = "kunit_debug" };
	struct seen large = seen;
	void *p;

	KUNIT_ASSERT_EQ(test, register_trace_span_alloc(on_span, &seen), 0);
	KUNIT_ASSERT_EQ(test, register_trace_span_free(on_span_free, &seen), 0);
	KUNIT_ASSERT_EQ(test, register_trace_large_alloc(on_alloc, &large), 0);
	p = debug_test_get(test, 100000);
	KUNIT_EXPECT_EQ(test, seen.others, 1U);
	KUNIT_EXPECT_EQ(test, large.allocs, 1U);
	KUNIT_EXPECT_PTR_EQ(test, (void *)seen.ptr, p);
	KUNIT_EXPECT_EQ(test, seen.taken, large.taken);
	KUNIT_EXPECT_EQ(test, large.bytes, (size_t)100000);
	kspan_free(p);
	kspan_trim();
	unregister_trace_span_alloc(on_span, &seen);
	unregister_trace_span_free(on_span_free, &seen);
	unregister_trace_large_alloc(on_alloc, &large);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, seen.frees, 1U);
}

static void misuse_and_failure_are_told(struct kunit *test)
{
	struct seen bad = { .test = test }, failed = { .test = test, .heap = "kunit_debug" };
	u8 *p = debug_test_get(test, 100);

	KUNIT_ASSERT_EQ(test, register_trace_bad_free(on_bad_free, &bad), 0);
	KUNIT_ASSERT_EQ(test, register_trace_failure(on_failure, &failed), 0);
	test_report_begin("points inside");
	kspan_free(p + (test_hidden(1)));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, bad.others, 1U);
	KUNIT_EXPECT_PTR_EQ(test, (void *)bad.ptr, (void *)(p + 1));
	KUNIT_EXPECT_TRUE(test, within_module(bad.call_site, THIS_MODULE));
	kspan_heap_set_limit(test->priv, KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(test->priv, 50000, GFP_KERNEL | __GFP_NOWARN));
	kspan_heap_set_limit(test->priv, 0);
	unregister_trace_bad_free(on_bad_free, &bad);
	unregister_trace_failure(on_failure, &failed);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, failed.others, 1U);
	KUNIT_EXPECT_EQ(test, failed.bytes, (size_t)50000);
	kspan_free(p);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_object_is_told),
	KUNIT_CASE(each_call_is_told),
	KUNIT_CASE(a_new_pool_is_told),
	KUNIT_CASE(a_debug_mode_overlaps),
	KUNIT_CASE_PARAM(a_free_is_told_anywhere, atomic_gen_params),
	KUNIT_CASE(refills_and_flushes_are_told),
	KUNIT_CASE(spans_are_told),
	KUNIT_CASE(misuse_and_failure_are_told),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_trace",
	.init = trace_test_init,
	.exit = debug_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
