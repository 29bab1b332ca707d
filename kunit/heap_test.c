// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_heap: heaps share no memory, have limits and counters of their own, and are reset or
 * destroyed in one call.
 */
#include <linux/delay.h>
#include <linux/sizes.h>
#include <kspan/heap.h>
#include "fixture.h"
#include "central/magazine.h"
#include "pages/mheap.h"

#define BATCH		300
#define MANY_HEAPS	(IS_ENABLED(CONFIG_DEBUG_VM) ? 200 : 1000)	/* there each takes 25 ms */

/* Sizes of every kind: tiny, small, the largest class, a power of two with a class, large. */
static const size_t sizes[] = { 3, 11, 16, 200, 1024, 9000, KSPAN_MAX_SMALL, 65536, 100000 };

static struct kspan_heap *new_heap(struct kunit *test, const struct kspan_heap_params *params)
{
	struct kspan_heap *heap = kspan_heap_create("kunit heap", params);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, heap);
	return heap;
}

static unsigned long live(struct kspan_heap *heap)
{
	struct kspan_stats st;

	kspan_heap_get_stats(heap, &st);
	return st.live_objects;
}

static unsigned long held(struct kspan_heap *heap)
{
	struct kspan_stats st;

	kspan_heap_get_stats(heap, &st);
	return st.held_bytes;
}

static void fill(struct kunit *test, struct kspan_heap *heap, void **objs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		objs[i] = kspan_heap_alloc(heap, sizes[i % ARRAY_SIZE(sizes)], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], i, sizes[i % ARRAY_SIZE(sizes)]);
	}
}

static void every_size(struct kunit *test)
{
	struct kspan_heap *heap = new_heap(test, NULL);
	void **objs = test_pointers(test, BATCH);
	unsigned int i;

	fill(test, heap, objs, BATCH);
	KUNIT_EXPECT_EQ(test, live(heap), (unsigned long)BATCH);
	for (i = 0; i < BATCH; i++) {
		size_t size = sizes[i % ARRAY_SIZE(sizes)];

		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, size));
		KUNIT_EXPECT_GE(test, kspan_size(objs[i]), size);
		KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(objs[i])), heap);
	}
	test_free_many(objs, BATCH);
	KUNIT_EXPECT_EQ(test, live(heap), 0UL);
	kspan_heap_destroy(heap);
}

static void the_other_calls(struct kunit *test)
{
	struct kspan_heap *heap = new_heap(test, NULL);
	void *objs[8], *bulk[16];
	unsigned int i;

	objs[0] = kspan_heap_calloc(heap, 10, 20, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, memchr_inv(objs[0], 0, 200));
	objs[1] = kspan_heap_alloc_aligned(heap, 100, 256, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[1], 256));
	objs[2] = kspan_heap_strdup(heap, "a string", GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, (char *)objs[2], "a string");
	objs[3] = kspan_heap_strndup(heap, "a string", 3, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, (char *)objs[3], "a s");
	objs[4] = kspan_heap_memdup(heap, objs[2], 9, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, (char *)objs[4], "a string");
	objs[5] = kspan_heap_realloc(heap, NULL, 40, GFP_KERNEL);
	objs[5] = kspan_realloc(objs[5], 4000, GFP_KERNEL);
	objs[6] = kspan_heap_zalloc(heap, 50, GFP_KERNEL);
	objs[7] = kspan_heap_alloc_array(heap, 3, 1000, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc_array(heap, SIZE_MAX, 2, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, kspan_heap_alloc_bulk(heap, 64, GFP_KERNEL, 16, bulk), 16U);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(objs[i])), heap);
	KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(bulk[15])), heap);
	KUNIT_EXPECT_EQ(test, live(heap), 8UL + 16);
	test_free_many(objs, ARRAY_SIZE(objs));
	kspan_free_bulk(16, bulk);
	KUNIT_EXPECT_EQ(test, live(heap), 0UL);
	kspan_heap_destroy(heap);
}

/* Two heaps and the default heap. */
static void heaps_share_no_page(struct kunit *test)
{
	struct kspan_heap *a = kspan_heap_create("kunit a", NULL);
	struct kspan_heap *b = kspan_heap_create("kunit b", NULL);
	void **objs = test_pointers(test, 3 * BATCH);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	for (i = 0; i < BATCH; i++) {
		size_t size = sizes[i % ARRAY_SIZE(sizes)];

		objs[3 * i] = kspan_heap_alloc(a, size, GFP_KERNEL);
		objs[3 * i + 1] = kspan_heap_alloc(b, size, GFP_KERNEL);
		objs[3 * i + 2] = kspan_alloc(size, GFP_KERNEL);
	}
	for (i = 0; i < BATCH; i++) {
		KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(objs[3 * i])), a);
		KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(objs[3 * i + 1])), b);
		KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(objs[3 * i + 2])),
				    &default_heap);
	}
	test_free_many(objs, 3 * BATCH);
	kspan_heap_destroy(a);
	kspan_heap_destroy(b);
}

/* The heap has no room for another object: the old one is kept as long as it is large enough. */
static void realloc_at_the_limit(struct kunit *test)
{
	static const struct kspan_heap_params params = { .limit = KSPAN_PAGE_SIZE };
	struct kspan_heap *heap = new_heap(test, &params);
	u8 *p = kspan_heap_alloc(heap, KSPAN_PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 1, KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, kspan_realloc(p, 100, GFP_KERNEL | __GFP_ZERO), p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 1, 100));
	KUNIT_EXPECT_NULL(test, kspan_realloc(p, 2 * KSPAN_PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN));
	OPTIMIZER_HIDE_VAR(p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p + 100, 0, KSPAN_PAGE_SIZE - 100));
	kspan_free(p);
	KUNIT_EXPECT_EQ(test, live(heap), 0UL);
	kspan_heap_destroy(heap);
}

static void over_the_limit(struct kunit *test)
{
	static const struct kspan_heap_params params = { .limit = 64 * 1024 };
	struct kspan_heap *heap = new_heap(test, &params);
	void **objs = test_pointers(test, 1024);
	unsigned int i = 0;

	KUNIT_EXPECT_EQ(test, kspan_heap_limit(heap), 64UL * 1024);
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(heap, 100000, GFP_KERNEL | __GFP_NOWARN));
	while (i < 1024 && (objs[i] = kspan_heap_alloc(heap, 256, GFP_KERNEL | __GFP_NOWARN)))
		i++;
	KUNIT_EXPECT_EQ(test, i, 64U * 1024 / 256);
	KUNIT_EXPECT_EQ(test, held(heap), 64UL * 1024);
	/* Freed memory can be allocated again, also for another class. */
	test_free_many(objs, i);
	mheap_drain();
	kspan_heap_set_limit(heap, 128 * 1024);
	objs[0] = kspan_heap_alloc(heap, 50000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, objs[0]);
	kspan_free(objs[0]);
	kspan_heap_set_limit(heap, 0);
	objs[0] = kspan_heap_alloc(heap, 1000000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, objs[0]);
	kspan_free(objs[0]);
	kspan_heap_destroy(heap);
}

/* The default heap may hold more than its new limit: it keeps that, but gets no more. */
static void the_default_heap_has_a_limit(struct kunit *test)
{
	void *p;

	kspan_heap_set_limit(&default_heap, 1);
	p = kspan_alloc(1 << 20 | 1, GFP_KERNEL | __GFP_NOWARN);
	kspan_heap_set_limit(&default_heap, 0);
	KUNIT_EXPECT_NULL(test, p);
	kspan_free(p);
	p = kspan_alloc(1 << 20 | 1, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
}

static void without_tiny(struct kunit *test)
{
	static const struct kspan_heap_params params = { .flags = KSPAN_HEAP_NO_TINY };
	struct kspan_heap *heap = new_heap(test, &params);
	unsigned int size;

	for (size = 1; size < KSPAN_TINY_SIZE; size++) {
		void *p = kspan_heap_alloc(heap, size, GFP_KERNEL);

		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, 8));
		KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)8);
		kspan_free(p);
	}
	kspan_heap_destroy(heap);
}

/* The test reads freed memory, which KASAN would report. */
static void zeros_on_free(struct kunit *test)
{
	static const struct kspan_heap_params params = { .flags = KSPAN_HEAP_ZERO_ON_FREE };
	struct kspan_heap *heap;
	unsigned int i;

	if (KSPAN_KASAN)
		kunit_skip(test, "the look would be a bad access");
	heap = new_heap(test, &params);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = kspan_heap_alloc(heap, sizes[i], GFP_KERNEL);

		memset(p, 0xaa, sizes[i]);
		kspan_free(p);
		OPTIMIZER_HIDE_VAR(p);
		KUNIT_EXPECT_NULL_MSG(test, memchr_inv(p, 0, sizes[i]), "%zu bytes", sizes[i]);
	}
	kspan_heap_destroy(heap);
}

static void reset_frees_all_and_keeps_the_pages(struct kunit *test)
{
	struct kspan_heap *heap = new_heap(test, NULL);
	void **objs = test_pointers(test, BATCH);
	unsigned long before;
	unsigned int i, round;

	for (round = 0; round < 3; round++) {
		fill(test, heap, objs, BATCH);
		/* Some objects are free before the reset. */
		for (i = 0; i < BATCH; i += 7)
			kspan_free(objs[i]);
		before = held(heap);
		kspan_heap_reset(heap);
		KUNIT_EXPECT_EQ(test, live(heap), 0UL);
		KUNIT_EXPECT_GT(test, held(heap), 0UL);
		KUNIT_EXPECT_LE(test, held(heap), before);
	}
	kspan_trim();
	KUNIT_EXPECT_EQ(test, held(heap), 0UL);
	kspan_heap_destroy(heap);
}

/* At the limit, pages that a reset has kept must serve other sizes. */
static void a_reset_heap_at_its_limit(struct kunit *test)
{
	static const struct kspan_heap_params params = { .limit = 64 * 1024 };
	struct kspan_heap *heap = new_heap(test, &params);
	void *p;

	while ((p = kspan_heap_alloc(heap, 64, GFP_KERNEL | __GFP_NOWARN)))
		;
	kspan_heap_reset(heap);
	p = kspan_heap_alloc(heap, 1000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
	p = kspan_heap_alloc(heap, 50000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
	kspan_heap_destroy(heap);
}

/* At the limit, a late free must serve the allocation that makes it arrive. */
static void a_late_free_at_the_limit(struct kunit *test)
{
	static const struct kspan_heap_params params = { .limit = 8 * 1024 };
	struct kspan_heap *heap = new_heap(test, &params);
	struct mspan *span;
	void *p, *last = NULL;

	while ((p = kspan_heap_alloc(heap, 1024, GFP_KERNEL | __GFP_NOWARN)))
		last = p;
	KUNIT_ASSERT_NOT_NULL(test, last);
	span = test_span_of(last);
	mheap_free_late(span, mspan_index(span, (unsigned long)last));
	p = kspan_heap_alloc(heap, 1024, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, p, last);
	kspan_heap_reset(heap);
	kspan_heap_destroy(heap);
}

static void reset_memory_is_zeroed_when_asked(struct kunit *test)
{
	struct kspan_heap *heap = new_heap(test, NULL);
	void **objs = test_pointers(test, BATCH);
	unsigned int i;

	fill(test, heap, objs, BATCH);
	kspan_heap_reset(heap);
	for (i = 0; i < BATCH; i++) {
		size_t size = sizes[i % ARRAY_SIZE(sizes)];

		objs[i] = kspan_heap_zalloc(heap, size, GFP_KERNEL);
		KUNIT_EXPECT_NULL_MSG(test, memchr_inv(objs[i], 0, size), "%zu bytes", size);
	}
	test_free_many(objs, BATCH);
	KUNIT_EXPECT_EQ(test, live(heap), 0UL);
	kspan_heap_destroy(heap);
}

/* Destroying a heap reports its live objects and frees their memory. */
static void leaks_are_reported_and_freed(struct kunit *test)
{
	struct kspan_heap *heap = new_heap(test, NULL);
	void **objs = test_pointers(test, BATCH);
	long pages = atomic_long_read(&mheap.held_pages);

	fill(test, heap, objs, BATCH);
	test_report_begin("still live in heap \"kunit heap\"");
	kspan_heap_destroy(heap);
	test_report_end();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.held_pages), pages);
	KUNIT_EXPECT_EQ(test, test_span_of(objs[5])->npages, 0U);
}

static void leaks_are_kept(struct kunit *test)
{
	static const struct kspan_heap_params params = { .flags = KSPAN_HEAP_KEEP_LEAKS };
	struct kspan_heap *heap = new_heap(test, &params), *again;
	void **objs = test_pointers(test, BATCH);
	unsigned int i;

	fill(test, heap, objs, BATCH);
	test_report_begin("still live in heap \"kunit heap\"");
	kspan_heap_destroy(heap);
	test_report_end();
	again = new_heap(test, NULL);	/* the name is free */
	kspan_heap_destroy(again);
	for (i = 0; i < BATCH; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, sizes[i % ARRAY_SIZE(sizes)]));
	test_free_many(objs, BATCH);
	KUNIT_EXPECT_EQ(test, live(heap), 0UL);
}

struct later {
	struct rcu_head rcu;
	u8 bytes[100];
};

/* Destroying a heap waits for objects that are to be freed after a grace period. */
static void freed_after_a_grace_period(struct kunit *test)
{
	struct kspan_heap *heap = new_heap(test, NULL);
	unsigned long bad = report_bad_frees();
	struct later *p;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		p = kspan_heap_alloc(heap, sizeof(*p), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		kspan_free_rcu(p, rcu);
	}
	kspan_heap_destroy(heap);
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, report_bad_frees(), bad);
}

static void names_are_checked(struct kunit *test)
{
	static const char * const bad[] = { NULL, "", ".", "..", "a/b", "a\nb",
					    "a name of thirty-two characters." };
	struct kspan_heap *heap = new_heap(test, NULL);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_heap_create(bad[i], NULL)), (long)-EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_heap_create("kunit heap", NULL)), (long)-EEXIST);
	KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_heap_create("default", NULL)), (long)-EEXIST);
	kspan_heap_destroy(heap);
	kspan_heap_destroy(NULL);
	kspan_heap_destroy(ERR_PTR(-ENOMEM));
}

static void flags_are_checked(struct kunit *test)
{
	static const struct kspan_heap_params params = { .flags = BIT(30) };

	KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_heap_create("kunit heap", &params)), (long)-EINVAL);
}

/* Return: kilobytes held when everything idle has been returned, by CPUs that answer late, too. */
static unsigned long used_memory(void)
{
	long pages;

	kspan_rcu_barrier();
	kspan_trim();
	do {
		pages = atomic_long_read(&mheap.held_pages);
		msleep(20);
		kspan_trim();
	} while (atomic_long_read(&mheap.held_pages) < pages);
	return pages * 8;
}

static void many_heaps(struct kunit *test)
{
	struct kspan_heap **list = (void *)test_pointers(test, MANY_HEAPS);
	unsigned long before = used_memory();
	char name[KSPAN_NAME_LEN];
	unsigned int i;

	for (i = 0; i < MANY_HEAPS; i++) {
		snprintf(name, sizeof(name), "kunit %u", i);
		list[i] = kspan_heap_create(name, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, list[i]);
		KUNIT_EXPECT_NOT_NULL(test, kspan_heap_strdup(list[i], name, GFP_KERNEL));
	}
	for (i = 0; i < MANY_HEAPS; i++)
		kspan_heap_reset(list[i]);
	for (i = 0; i < MANY_HEAPS; i++)
		kspan_heap_destroy(list[i]);
	KUNIT_EXPECT_EQ(test, used_memory(), before);
}

static u64 metadata(struct kspan_heap *heap)
{
	struct kspan_stats st;

	kspan_heap_get_stats(heap, &st);
	return st.metadata_bytes;
}

/* What include/kspan/heap.h says of it. */
static void what_a_heap_costs(struct kunit *test)
{
	size_t magazine = magazine_bytes(magazine_first_capacity(1));
	struct kspan_heap *heap = new_heap(test, NULL);
	u64 unused = metadata(heap);

	KUNIT_EXPECT_LE(test, unused, test_parts() * (u64)(SZ_16K + nr_cpu_ids * sizeof(void *) +
							   test_lock_bytes(NR_CLASSES)));
	kspan_free(kspan_heap_alloc(heap, 8, GFP_KERNEL));
	KUNIT_EXPECT_LE(test, metadata(heap), unused + 6 * SZ_1K + magazine + test_lock_bytes(1));
	kspan_heap_destroy(heap);
}

/* More than the machine has was asked for: the heap never held it. */
static void a_failed_allocation_leaves_no_peak(struct kunit *test)
{
	size_t size = test_hidden(totalram_pages() * PAGE_SIZE * 4);
	struct kspan_heap *heap = new_heap(test, NULL);
	struct kspan_stats st;
	void *p;

	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(heap, size, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(heap, size, GFP_ATOMIC | __GFP_NOWARN));
	kspan_heap_get_stats(heap, &st);
	KUNIT_EXPECT_EQ(test, st.peak_held_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, st.held_bytes, 0ULL);
	p = kspan_heap_alloc(heap, 100000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_heap_get_stats(heap, &st);
	KUNIT_EXPECT_EQ(test, st.held_bytes, round_up(100000ULL, KSPAN_PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, st.peak_held_bytes, st.held_bytes);
	kspan_free(p);
	kspan_heap_destroy(heap);
}

/* Pages that others hold are not looked at. */
static void emptying_a_heap_leaves_others_alone(struct kunit *test)
{
	struct kspan_heap *large = kspan_heap_create("kunit large", NULL);
	struct kspan_heap *heap = new_heap(test, NULL);
	void **objs = test_pointers(test, BATCH);
	unsigned long walked;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, large);
	fill(test, large, objs, BATCH);
	walked = READ_ONCE(mheap.walked);
	kspan_heap_reset(heap);
	kspan_heap_destroy(heap);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.walked), walked);
	kspan_heap_reset(large);
	KUNIT_EXPECT_EQ(test, live(large), 0UL);
	kspan_heap_destroy(large);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.walked), walked);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_size),
	KUNIT_CASE(the_other_calls),
	KUNIT_CASE(heaps_share_no_page),
	KUNIT_CASE(over_the_limit),
	KUNIT_CASE(realloc_at_the_limit),
	KUNIT_CASE(the_default_heap_has_a_limit),
	KUNIT_CASE(without_tiny),
	KUNIT_CASE(zeros_on_free),
	KUNIT_CASE(reset_frees_all_and_keeps_the_pages),
	KUNIT_CASE(a_reset_heap_at_its_limit),
	KUNIT_CASE(a_late_free_at_the_limit),
	KUNIT_CASE(reset_memory_is_zeroed_when_asked),
	KUNIT_CASE(leaks_are_reported_and_freed),
	KUNIT_CASE(leaks_are_kept),
	KUNIT_CASE(freed_after_a_grace_period),
	KUNIT_CASE(names_are_checked),
	KUNIT_CASE(flags_are_checked),
	KUNIT_CASE(many_heaps),
	KUNIT_CASE(what_a_heap_costs),
	KUNIT_CASE(a_failed_allocation_leaves_no_peak),
	KUNIT_CASE(emptying_a_heap_leaves_others_alone),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_heap",
	.init = test_pin,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
