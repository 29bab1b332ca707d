// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stats: the numbers are exact while no other task uses the heap. A test retires an mcache as
 * that of a dead CPU is retired; the hotplug selftest does so with real CPUs.
 */
#include <linux/slab.h>
#include "fixture.h"

/* A size that the class serves. */
static size_t size_for(unsigned int class)
{
	if (class == CLASS_LARGE)
		return 50000;
	return class == CLASS_TINY ? 6 : test_class_size(class);
}

static void expect_class(struct kunit *test, unsigned int class, unsigned long allocs,
			 unsigned long frees)
{
	const struct size_class *sc = &size_classes[class];
	struct class_stats st;

	stats_of_class(test_heap(test), class, &st);
	KUNIT_EXPECT_EQ_MSG(test, st.allocs, allocs, "class %u", class);
	KUNIT_EXPECT_EQ_MSG(test, st.frees, frees, "class %u", class);
	KUNIT_EXPECT_EQ_MSG(test, st.in_use, allocs - frees, "class %u", class);
	if (class == CLASS_LARGE)
		return;
	KUNIT_EXPECT_EQ(test, st.held, st.spans * sc->npages * KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, st.waste, st.held - (allocs - frees) * sc->size);
	if (class != CLASS_TINY)
		KUNIT_EXPECT_EQ(test, st.free + st.in_use, st.spans * sc->nr_objs);
}

/* A different number of objects in each class. */
static void each_class_is_counted(struct kunit *test)
{
	unsigned int class, n, i;
	void *objs[40];

	for (class = 0; class < NR_CLASSES; class++) {
		n = size_for(class) > KSPAN_MAX_SMALL ? 3 : 5 + class % 30;
		test_alloc_many(test, size_for(class), objs, n);
		expect_class(test, class, n, 0);
		test_free_many(objs, n / 2);
		expect_class(test, class, n, n / 2);
		for (i = n / 2; i < n; i++)
			kspan_free(objs[i]);
		expect_class(test, class, n, n);
	}
}

static void the_total_is_the_sum(struct kunit *test)
{
	struct class_stats total, st;
	unsigned long in_use = 0, allocs = 0, held = 0, spans = 0;
	unsigned int class;
	void *objs[NR_CLASSES];

	for (class = 0; class < NR_CLASSES; class++)
		test_alloc_many(test, size_for(class), &objs[class], 1);
	for (class = 0; class < NR_CLASSES; class++) {
		stats_of_class(test_heap(test), class, &st);
		in_use += st.in_use;
		allocs += st.allocs;
		held += st.held;
		spans += st.spans;
	}
	stats_total(test_heap(test), &total);
	KUNIT_EXPECT_EQ(test, total.in_use, (unsigned long)NR_CLASSES);
	KUNIT_EXPECT_EQ(test, total.in_use, in_use);
	KUNIT_EXPECT_EQ(test, total.allocs, allocs);
	KUNIT_EXPECT_EQ(test, total.held, held);
	KUNIT_EXPECT_EQ(test, total.spans, spans);
	test_free_many(objs, NR_CLASSES);
	stats_total(test_heap(test), &total);
	KUNIT_EXPECT_EQ(test, total.in_use, 0UL);
	KUNIT_EXPECT_EQ(test, total.allocs, total.frees);
}

static void refills_are_counted(struct kunit *test)
{
	struct class_stats st;
	void *obj;

	test_alloc_many(test, 64, &obj, 1);
	kspan_free(obj);
	test_alloc_many(test, 64, &obj, 1);
	kspan_free(obj);
	stats_of_class(test_heap(test), 6, &st);
	KUNIT_EXPECT_EQ(test, st.refills, 1UL);
}

/* As if this CPU had gone off-line and come back: a new mcache, the same sums. */
static void mcache_replace(struct kunit *test)
{
	struct mcache **mcp = per_cpu_ptr(test_heap(test)->owner.mcaches, raw_smp_processor_id());
	struct mcache *new = mcache_create(test_heap(test), NUMA_NO_NODE, GFP_KERNEL), *old = *mcp;

	KUNIT_ASSERT_NOT_NULL(test, new);
	test_drain(test);
	*mcp = new;
	mcache_retire(old);
	mcache_free(old);
}

static void a_retired_mcache_still_counts(struct kunit *test)
{
	static const unsigned int classes[] = { 1, 6, 32, 51, 67, CLASS_TINY };
	void *objs[ARRAY_SIZE(classes)][6];
	unsigned int i, c;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		test_alloc_many(test, size_for(classes[i]), objs[i], 6);
		test_free_many(objs[i], 2);
	}
	mcache_replace(test);
	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		c = classes[i];
		expect_class(test, c, 6, 2);
		test_free_many(objs[i] + 2, 4);
		expect_class(test, c, 6, 6);
	}
	mcache_replace(test);
	for (i = 0; i < ARRAY_SIZE(classes); i++)
		expect_class(test, classes[i], 6, 6);
}

static bool is_count(unsigned long n)
{
	return n <= LONG_MAX;
}

static void expect_counts(struct kunit *test, unsigned int class)
{
	struct class_stats st;

	stats_of_class(test_heap(test), class, &st);
	KUNIT_EXPECT_TRUE_MSG(test, is_count(st.in_use), "class %u", class);
	KUNIT_EXPECT_TRUE_MSG(test, is_count(st.allocs), "class %u", class);
	KUNIT_EXPECT_TRUE_MSG(test, is_count(st.frees), "class %u", class);
	KUNIT_EXPECT_TRUE_MSG(test, is_count(st.waste), "class %u", class);
	KUNIT_EXPECT_EQ_MSG(test, st.in_use, st.allocs - st.frees, "class %u", class);
}

/*
 * The counters are read one after another while CPUs change them, so one may have what another
 * lacks. Here each lags in turn, by more than was ever counted.
 */
static void what_is_read_in_between_is_no_huge_number(struct kunit *test)
{
	struct kspan_heap *heap = test_heap(test);
	struct mcache_slot *slot = test_slot(test, 6);
	struct mcentral *central = test_central(test, 6);
	struct mcache *mc = test_mcache(test);
	unsigned long *const counters[] = { &slot->got, &slot->frees, &central->direct_frees,
					    &central->direct_allocs };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		*counters[i] -= 5;
		expect_counts(test, 6);
		*counters[i] += 10;
		expect_counts(test, 6);
		*counters[i] -= 5;
	}
	atomic_long_add(5, &heap->large_objects);
	expect_counts(test, CLASS_LARGE);
	atomic_long_sub(10, &heap->large_objects);
	expect_counts(test, CLASS_LARGE);
	atomic_long_add(5, &heap->large_objects);
	mc->tiny_frees += 5;
	expect_counts(test, CLASS_TINY);
	mc->tiny_frees -= 5;
}

static void the_public_totals(struct kunit *test)
{
	struct kspan_stats before, during, after;
	void *small, *tiny, *large;

	kspan_get_stats(&before);
	small = kspan_alloc(500, GFP_KERNEL);
	tiny = kspan_alloc(3, GFP_KERNEL);
	large = kspan_alloc(200000, GFP_KERNEL);
	kspan_get_stats(&during);
	kspan_free(small);
	kspan_free(tiny);
	kspan_free(large);
	kspan_get_stats(&after);
	KUNIT_EXPECT_EQ(test, during.live_objects, before.live_objects + 3);
	KUNIT_EXPECT_EQ(test, during.allocs, before.allocs + 3);
	KUNIT_EXPECT_EQ(test, during.frees, before.frees);
	KUNIT_EXPECT_GE(test, during.held_bytes, before.held_bytes + 200000);
	KUNIT_EXPECT_GE(test, during.peak_held_bytes, during.held_bytes);
	KUNIT_EXPECT_GE(test, during.arena_bytes, during.held_bytes);
	KUNIT_EXPECT_GE(test, during.arenas, 1ULL);
	KUNIT_EXPECT_GT(test, during.metadata_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, after.live_objects, before.live_objects);
	KUNIT_EXPECT_EQ(test, after.frees, before.frees + 3);
}

static void failures_are_counted(struct kunit *test)
{
	long before = atomic_long_read(&default_heap.owner.failures);

	KUNIT_EXPECT_NULL(test, kspan_alloc(test_hidden(SIZE_MAX / 2), GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&default_heap.owner.failures), before + 1);
}

/* A failure without __GFP_NOWARN is reported, once. */
static void failures_are_told(struct kunit *test)
{
	long before = atomic_long_read(&default_heap.owner.failures);

	test_report_begin("allocation of .* bytes failed");
	KUNIT_EXPECT_NULL(test, kspan_alloc(test_hidden(SIZE_MAX / 2), GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_alloc(test_hidden(SIZE_MAX / 2), GFP_ATOMIC));
	test_report_end();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&default_heap.owner.failures), before + 2);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_class_is_counted),
	KUNIT_CASE(the_total_is_the_sum),
	KUNIT_CASE(refills_are_counted),
	KUNIT_CASE(a_retired_mcache_still_counts),
	KUNIT_CASE(what_is_read_in_between_is_no_huge_number),
	KUNIT_CASE(the_public_totals),
	KUNIT_CASE(failures_are_counted),
	KUNIT_CASE(failures_are_told),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_stats",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
