// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_mcentral: the spans of one class, in a heap that only the test uses. The tests hold
 * mheap.lock while they look at its lists: that keeps empty spans from being returned.
 */
#include "fixture.h"
#include "pages/object.h"

/* 1,024, 128, 8, 3, 1 and 1 objects a span, tiny blocks, and 64 KB. */
static const unsigned int classes[] = { 1, 6, 32, 41, 51, 67, CLASS_TINY, CLASS_POWER };

static void class_name(const unsigned int *class, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "class %u", *class);
}

KUNIT_ARRAY_PARAM(class, classes, class_name);

#define MAX_OBJS	1024

static struct mcentral *central_of(struct kunit *test)
{
	return test_central(test, *(const unsigned int *)test->param_value);
}

static unsigned int nr_objs_of(const struct mcentral *central)
{
	return size_classes[central->class].nr_objs;
}

/* Allocate all objects of all spans. Return: how many. */
static unsigned int alloc_all(struct mcentral *central, void **objs)
{
	unsigned int n = 0;
	unsigned long obj;

	while ((obj = mcentral_alloc_one(central)))
		objs[n++] = (void *)(obj & ~OBJ_FRESH);
	return n;
}

static void free_one(struct mcentral *central, void *obj)
{
	struct mspan *span = test_span_of(obj);

	mcentral_free_one(central, span, mspan_index(span, (unsigned long)obj));
}

static void free_all(struct mcentral *central, void **objs, unsigned int n)
{
	while (n--)
		free_one(central, objs[n]);
}

/* Take mheap.lock, then empty @nr_spans spans: until then they are in use, and stay. */
static void grow_and_lock(struct kunit *test, struct mcentral *central, unsigned int nr_spans)
{
	void **objs = test_pointers(test, nr_spans * nr_objs_of(central));
	unsigned int n = 0;

	while (n < nr_spans * nr_objs_of(central)) {
		KUNIT_ASSERT_TRUE(test, mcentral_grow(central, GFP_KERNEL));
		n += alloc_all(central, objs + n);
	}
	mutex_lock(&mheap.lock);
	free_all(central, objs, n);
	central->direct_allocs = 0;
	central->direct_frees = 0;
}

static bool has_empty(struct mcentral *central)
{
	struct mspan *span = list_first_entry_or_null(&central->rest, struct mspan, list);

	return span && span->nr_free;
}

static void expect_lists(struct kunit *test, struct mcentral *central, bool partial, bool empty)
{
	struct list_head *lists = central->partial;

	KUNIT_EXPECT_EQ(test, !list_empty(&lists[0]) || !list_empty(&lists[1]), partial);
	KUNIT_EXPECT_EQ(test, has_empty(central), empty);
}

static void growing_adds_a_span(struct kunit *test)
{
	struct mcentral *central = central_of(test);

	KUNIT_EXPECT_EQ(test, mcentral_alloc_one(central), 0UL);
	grow_and_lock(test, central, 2);
	KUNIT_EXPECT_EQ(test, central->nr_spans, 2UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 2UL * nr_objs_of(central));
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
}

/* As when two CPUs grow a class at once, and one span serves both. */
static void a_span_nobody_claims_goes_back(struct kunit *test)
{
	struct mcentral *central = central_of(test);

	KUNIT_ASSERT_TRUE(test, mcentral_grow(central, GFP_KERNEL));
	mheap_drain();
	KUNIT_EXPECT_EQ(test, central->nr_spans, 0UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
}

/* No object free: on no list; some: partial; all: empty, and mheap is told. */
static void the_list_follows_the_count(struct kunit *test)
{
	void **objs = test_pointers(test, MAX_OBJS);
	struct mcentral *central = central_of(test);
	unsigned int n;

	grow_and_lock(test, central, 1);
	n = alloc_all(central, objs);
	KUNIT_EXPECT_EQ(test, n, nr_objs_of(central));
	expect_lists(test, central, false, false);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
	if (n > 1) {
		free_one(central, objs[0]);
		expect_lists(test, central, true, false);
	}
	free_all(central, objs + (n > 1), n - (n > 1));
	expect_lists(test, central, false, true);
	KUNIT_EXPECT_TRUE(test, test_bit(0, &central->is_idle));
	KUNIT_EXPECT_FALSE(test, llist_empty(&mheap.idle));
	KUNIT_EXPECT_EQ(test, central->nr_free, (unsigned long)n);
	KUNIT_EXPECT_EQ(test, central->direct_allocs, (unsigned long)n);
	KUNIT_EXPECT_EQ(test, central->direct_frees, (unsigned long)n);
	mutex_unlock(&mheap.lock);
	mheap_drain();
	expect_lists(test, central, false, false);
	KUNIT_EXPECT_EQ(test, central->nr_spans, 0UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
	KUNIT_EXPECT_FALSE(test, test_bit(0, &central->is_idle));
}

/* A partial span serves before an empty one, which can be returned if it is left unused. */
static void partial_spans_come_first(struct kunit *test)
{
	struct mcentral *central = test_central(test, 32);
	void **objs = test_pointers(test, 16);
	unsigned long obj;

	grow_and_lock(test, central, 2);
	KUNIT_EXPECT_EQ(test, alloc_all(central, objs), 16U);
	free_all(central, objs, 8);
	free_one(central, objs[8]);
	expect_lists(test, central, true, true);
	obj = mcentral_alloc_one(central);
	KUNIT_EXPECT_PTR_EQ(test, (void *)obj, objs[8]);
	expect_lists(test, central, false, true);
	obj = mcentral_alloc_one(central);
	KUNIT_EXPECT_PTR_EQ(test, test_span_of((void *)obj), test_span_of(objs[0]));
	expect_lists(test, central, true, false);
	free_one(central, (void *)obj);
	free_all(central, objs + 8, 8);
	mutex_unlock(&mheap.lock);
}

/* Whichever was partial first. */
static void the_fuller_span_serves_first(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	void **objs = test_pointers(test, 2 * MAX_OBJS);
	unsigned int n = nr_objs_of(central);
	void *obj;

	if (n < 3)
		kunit_skip(test, "no two partial spans of this class can differ");
	grow_and_lock(test, central, 2);
	KUNIT_EXPECT_EQ(test, alloc_all(central, objs), 2 * n);
	free_all(central, objs, n - 1);
	free_one(central, objs[n]);
	obj = (void *)(mcentral_alloc_one(central) & ~OBJ_FRESH);
	KUNIT_EXPECT_PTR_EQ(test, obj, objs[n]);
	free_one(central, obj);
	free_one(central, objs[n - 1]);
	free_all(central, objs + n + 1, n - 1);
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
}

/* From 65 free objects of 128 on it is one of the emptier ones. */
static void a_span_is_listed_by_fill(struct kunit *test)
{
	struct mcentral *central = test_central(test, 6);
	void *objs[128];
	unsigned int i;

	grow_and_lock(test, central, 1);
	KUNIT_EXPECT_EQ(test, alloc_all(central, objs), 128U);
	for (i = 1; i < 128; i++) {
		free_one(central, objs[i]);
		KUNIT_EXPECT_TRUE(test, list_is_singular(&central->partial[i > 64]));
	}
	for (i = 126; i > 0; i--) {
		mcentral_alloc_one(central);
		KUNIT_EXPECT_TRUE(test, list_is_singular(&central->partial[i > 64]));
	}
	free_one(central, objs[0]);
	free_all(central, objs + 1, 126);
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
}

/* Spans without live objects share a list with those without free ones, which must stay. */
static void only_empty_spans_go_back(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	void **objs = test_pointers(test, 3 * MAX_OBJS);
	unsigned int n = nr_objs_of(central);

	grow_and_lock(test, central, 3);
	KUNIT_EXPECT_EQ(test, alloc_all(central, objs), 3 * n);
	free_all(central, objs + n, n);
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
	mheap_drain();
	expect_lists(test, central, false, false);
	KUNIT_EXPECT_EQ(test, central->nr_spans, 2UL);
	KUNIT_EXPECT_EQ(test, mcentral_alloc_one(central), 0UL);
	free_all(central, objs, n);
	free_all(central, objs + 2 * n, n);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, central->nr_spans, 0UL);
}

static unsigned int runs_put(struct mcentral *central, const struct claim *runs, unsigned int n)
{
	unsigned int sum = 0;

	for (; n--; runs++) {
		sum += hweight_long(runs->bits);
		mcentral_unclaim_late(central, runs->first, runs->bits);
	}
	mheap_drain_late();
	return sum;
}

/* At least as many objects as wanted, if there are so many. */
static void runs_are_claimed(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	unsigned int wanted, n, sum, total = 2 * nr_objs_of(central);
	struct claim runs[4];

	grow_and_lock(test, central, 2);
	for (wanted = 1; wanted <= 64; wanted *= 4) {
		n = mcentral_claim(central, runs, ARRAY_SIZE(runs), wanted);
		KUNIT_EXPECT_GE(test, n, 1U);
		sum = runs_put(central, runs, n);
		if (n < ARRAY_SIZE(runs))
			KUNIT_EXPECT_GE(test, sum, min(wanted, total));
		KUNIT_EXPECT_LT(test, sum - hweight_long(runs[n - 1].bits), wanted);
		KUNIT_EXPECT_EQ(test, central->nr_free, (unsigned long)total);
	}
	KUNIT_EXPECT_EQ(test, central->refills, 4UL);
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
}

static void no_runs_where_nothing_is_free(struct kunit *test)
{
	struct claim runs[2];

	KUNIT_EXPECT_EQ(test, mcentral_claim(central_of(test), runs, 2, 8), 0U);
	KUNIT_EXPECT_EQ(test, central_of(test)->refills, 0UL);
}

/* Classes whose spans have one object each are claimed without runs. */
static void single_objects_are_claimed(struct kunit *test)
{
	struct mcentral *central = test_central(test, 67);
	void *objs[4], *spans[3];
	unsigned int i;

	grow_and_lock(test, central, 3);
	KUNIT_EXPECT_EQ(test, mcentral_claim_single(central, objs, 2), 2U);
	KUNIT_EXPECT_EQ(test, central->nr_free, 1UL);
	KUNIT_EXPECT_EQ(test, mcentral_claim_single(central, objs + 2, 2), 1U);
	KUNIT_EXPECT_EQ(test, mcentral_claim_single(central, objs + 3, 1), 0U);
	KUNIT_EXPECT_EQ(test, central->refills, 2UL);
	expect_lists(test, central, false, false);
	for (i = 0; i < 3; i++)
		spans[i] = test_span_of(objs[i]);
	KUNIT_EXPECT_PTR_NE(test, spans[0], spans[1]);
	KUNIT_EXPECT_PTR_NE(test, spans[1], spans[2]);
	KUNIT_EXPECT_EQ(test, mcentral_put(central, objs, 3), 0U);
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
}

static void a_batch_is_put_back(struct kunit *test)
{
	void **objs = test_pointers(test, 2 * MAX_OBJS);
	struct mcentral *central = central_of(test);
	unsigned int n;

	grow_and_lock(test, central, 2);
	n = alloc_all(central, objs);
	KUNIT_EXPECT_EQ(test, n, 2 * nr_objs_of(central));
	objs[n / 2] = (void *)((unsigned long)objs[n / 2] | OBJ_FRESH);
	swap(objs[0], objs[n - 1]);
	KUNIT_EXPECT_EQ(test, mcentral_put(central, objs, n), 0U);
	expect_lists(test, central, false, true);
	KUNIT_EXPECT_EQ(test, central->nr_free, (unsigned long)n);
	mutex_unlock(&mheap.lock);
}

static void a_second_free_is_refused(struct kunit *test)
{
	struct mcentral *central = test_central(test, 32);
	void *objs[3];

	grow_and_lock(test, central, 1);
	objs[0] = (void *)(mcentral_alloc_one(central) & ~OBJ_FRESH);
	objs[1] = (void *)(mcentral_alloc_one(central) & ~OBJ_FRESH);
	objs[2] = objs[0];
	test_report_begin("double free of .*size class 32");
	KUNIT_EXPECT_EQ(test, mcentral_put(central, objs, 3), 1U);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 8UL);
	test_report_begin("double free of .*size class 32");
	free_one(central, objs[1]);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 8UL);
	KUNIT_EXPECT_EQ(test, central->direct_frees, 0UL);
	mutex_unlock(&mheap.lock);
}

/* As after a double free, when the span's pages already serve another class. */
static void an_object_of_another_class_is_refused(struct kunit *test)
{
	struct mcentral *central = test_central(test, 32), *other = test_central(test, 6);
	void *obj;

	grow_and_lock(test, other, 1);
	obj = (void *)(mcentral_alloc_one(other) & ~OBJ_FRESH);
	test_report_begin("double free of .*size class 32");
	KUNIT_EXPECT_EQ(test, mcentral_put(central, &obj, 1), 1U);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
	KUNIT_EXPECT_EQ(test, other->nr_free, 127UL);
	free_one(other, obj);
	mutex_unlock(&mheap.lock);
}

static void refuse(struct kunit *test, struct mcentral *central, void *obj)
{
	test_report_begin("double free of .*size class");
	KUNIT_EXPECT_EQ(test, mcentral_put(central, &obj, 1), 1U);
	KUNIT_EXPECT_GE(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
}

/* The same, when they serve another heap. */
static void an_object_of_another_heap_is_refused(struct kunit *test)
{
	unsigned int class = *(const unsigned int *)test->param_value;
	size_t size = min_t(size_t, size_classes[class].size, KSPAN_MAX_SMALL);
	struct kspan_heap *heap = kspan_heap_create("kunit other", NULL);
	struct kspan_stats st;
	void *obj;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, heap);
	obj = kunit_alloc(heap, class == CLASS_TINY ? 4 : size, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	if (obj)
		refuse(test, test_central(test, test_span_of(obj)->class), obj);
	kspan_free(obj);
	kspan_heap_get_stats(heap, &st);
	KUNIT_EXPECT_EQ(test, st.live_objects, 0ULL);
	kspan_heap_destroy(heap);
}

/* More spans than mcentral lets go at once. */
static void many_empty_spans_go_back(struct kunit *test)
{
	struct mcentral *central = test_central(test, 67);
	long held = atomic_long_read(&mheap.held_pages);

	grow_and_lock(test, central, 300);
	KUNIT_EXPECT_EQ(test, central->nr_spans, 300UL);
	mutex_unlock(&mheap.lock);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, central->nr_spans, 0UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
	KUNIT_EXPECT_FALSE(test, test_bit(0, &central->is_idle));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.held_pages), held);
}

/* A free from a context that could not take the lock arrives when mheap drains. */
static void late_frees_arrive(struct kunit *test)
{
	void **objs = test_pointers(test, MAX_OBJS);
	struct mcentral *central = central_of(test);
	struct mspan *span;
	unsigned int i, n;

	grow_and_lock(test, central, 1);
	n = alloc_all(central, objs);
	span = test_span_of(objs[0]);
	for (i = 0; i < n; i += 2)
		mheap_free_late(span, i);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
	KUNIT_EXPECT_TRUE(test, mheap_has_idle());
	mheap_drain_late();
	KUNIT_EXPECT_EQ(test, central->nr_free, (unsigned long)DIV_ROUND_UP(n, 2));
	KUNIT_EXPECT_EQ(test, central->direct_frees, central->nr_free);
	expect_lists(test, central, n > 1, n == 1);
	for (i = 1; i < n; i += 2)
		mheap_free_late(span, i);
	mheap_drain_late();
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
}

/* A span with a late free under way is still in use: it must not be returned. */
static void a_span_with_late_frees_stays(struct kunit *test)
{
	struct mcentral *central = test_central(test, 32);
	void *objs[8];
	struct mspan *span;

	grow_and_lock(test, central, 1);
	alloc_all(central, objs);
	span = test_span_of(objs[0]);
	atomic_long_or(MSPAN_LATE, &span->state);
	free_all(central, objs, 8);
	KUNIT_EXPECT_EQ(test, central->nr_free, 8UL);
	expect_lists(test, central, true, false);
	mcentral_drain_late(central, span);
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
}

static void late_double_frees_are_reported(struct kunit *test)
{
	struct mcentral *central = test_central(test, 32);
	struct mspan *span;
	void *obj;

	grow_and_lock(test, central, 1);
	obj = (void *)(mcentral_alloc_one(central) & ~OBJ_FRESH);
	span = test_span_of(obj);
	mheap_free_late(span, 0);
	test_report_begin("double free of .*size class 32");
	mheap_free_late(span, 0);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	mheap_drain_late();
	KUNIT_EXPECT_EQ(test, central->nr_free, 8UL);
	mheap_free_late(span, 0);
	test_report_begin("double free of .*size class 32");
	mheap_drain_late();
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 8UL);
	mutex_unlock(&mheap.lock);
}

/*
 * An object of an empty span is freed a second time where no lock can be taken: mheap must not get
 * the span as long as it waits on the list of late frees.
 */
static void an_empty_span_with_a_late_free_stays(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span;
	LIST_HEAD(spans);

	grow_and_lock(test, central, 1);
	span = list_first_entry(&central->rest, struct mspan, list);
	mheap_free_late(span, 0);
	while (central->idle.take(&central->idle, &spans))
		;
	set_bit(0, &central->is_idle);	/* mheap still has it on its list */
	KUNIT_EXPECT_TRUE(test, list_empty(&spans));
	KUNIT_EXPECT_EQ(test, central->nr_spans, 1UL);
	list_splice(&spans, &central->rest);
	test_report_begin("double free of");
	mheap_drain_late();
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	expect_lists(test, central, false, true);
	mutex_unlock(&mheap.lock);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, central->nr_spans, 0UL);
}

/**
 * struct visit - what a walk saw
 * @heap: whose spans it should visit
 * @n: visits
 * @errors: spans of another heap
 * @free_all: make all objects of the span free
 */
struct visit {
	struct kspan_heap *heap;
	unsigned int n;
	unsigned int errors;
	bool free_all;
};

static void visit(struct mspan *span, void *arg)
{
	struct visit *v = arg;
	unsigned int i;

	v->n++;
	v->errors += heap_of(span) != v->heap;
	if (!v->free_all || span->class == CLASS_LARGE)
		return;
	/* Of tiny objects kmemleak knows the span. */
	if (span->class != CLASS_TINY)
		for_each_clear_bit(i, span->bits, size_classes[span->class].nr_objs)
			object_free((void *)mspan_object(span, i), size_classes[span->class].size,
				    false);
	mcentral_reset_span(heap_central(v->heap, span->class), span);
}

static unsigned int spans_of(struct kspan_heap *heap)
{
	unsigned int n = atomic_long_read(&heap->large_objects), class;

	for_each_class(heap, class)
		n += heap_central(heap, class)->nr_spans;
	return n;
}

/* Each span once, whichever list it is on, also if the visit moves it to another. */
static void a_walk_visits_each_span(struct kunit *test)
{
	static const size_t sizes[] = { 3, 16, 1024, 9000, KSPAN_MAX_SMALL, 65536, 100000 };
	struct visit v = { .heap = test_heap(test) };
	void **objs = test_pointers(test, ARRAY_SIZE(sizes) * 20);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		test_alloc_many(test, sizes[i], objs + 20 * i, 20);
	for (i = 0; i < ARRAY_SIZE(sizes) * 20; i += 3) {
		kspan_free(objs[i]);
		objs[i] = NULL;
	}
	test_drain(test);
	mheap_drain();
	n = spans_of(test_heap(test));
	KUNIT_EXPECT_GT(test, n, 4U * 10);
	heap_walk(test_heap(test), visit, &v);
	KUNIT_EXPECT_EQ(test, v.n, n);
	v.free_all = true;
	heap_walk(test_heap(test), visit, &v);
	KUNIT_EXPECT_EQ(test, v.n, 2 * n);
	KUNIT_EXPECT_EQ(test, v.errors, 0U);
	for (i = 0; i < ARRAY_SIZE(sizes) * 20; i++)
		if (objs[i] && test_span_of(objs[i])->class == CLASS_LARGE)
			kspan_free(objs[i]);
	stats_forget_tiny(test_heap(test));
	for (i = 1; i < NR_CLASSES; i++)
		mcentral_offer_empty(test_central(test, i));
}

#ifdef KSPAN_DEBUG
static void put_many(struct kunit *test, unsigned int class)
{
	struct mcentral *central = test_central(test, class);
	void **objs = test_pointers(test, 300);
	unsigned int i, n = 0;
	struct claim runs[16];

	grow_and_lock(test, central, DIV_ROUND_UP(300, nr_objs_of(central)));
	if (nr_objs_of(central) == 1) {
		n = mcentral_claim_single(central, objs, 300);
	} else {
		i = mcentral_claim(central, runs, 16, 300);
		KUNIT_EXPECT_GT(test, runs_put(central, runs, i), MCENTRAL_AT_ONCE);
		while (n < 300)
			objs[n++] = (void *)(mcentral_alloc_one(central) & ~OBJ_FRESH);
	}
	KUNIT_EXPECT_EQ(test, n, 300U);
	KUNIT_EXPECT_EQ(test, mcentral_put(central, objs, n), 0U);
	mutex_unlock(&mheap.lock);
}

static void late_many(struct kunit *test, unsigned int class)
{
	struct mcentral *central = test_central(test, class);
	void **objs = test_pointers(test, MAX_OBJS);
	unsigned int i, n;

	grow_and_lock(test, central, 1);
	n = alloc_all(central, objs);
	for (i = 0; i < n; i++)
		mheap_free_late(test_span_of(objs[i]), mspan_index(test_span_of(objs[i]),
								   (unsigned long)objs[i]));
	mheap_drain_late();
	KUNIT_EXPECT_EQ(test, central->nr_free, (unsigned long)n);
	mutex_unlock(&mheap.lock);
}

/* The mcache's way: a magazine that has grown goes back to its spans. */
static void flush_many(struct kunit *test)
{
	void **objs = test_pointers(test, 1000);
	unsigned int i;

	for (i = 0; i < 8; i++) {
		test_alloc_many(test, 64, objs, 1000);
		test_free_many(objs, 1000);
	}
	KUNIT_EXPECT_GT(test, slot_len(test_slot(test, size_to_class(64))), MCENTRAL_AT_ONCE);
	test_drain(test);
}

/* Interrupts are off for a few objects at a time only. */
static void few_objects_at_a_time(struct kunit *test)
{
	mcentral_most_at_once = 0;
	put_many(test, 1);
	put_many(test, 30);
	put_many(test, 67);
	late_many(test, 1);
	flush_many(test);
	KUNIT_EXPECT_GT(test, mcentral_most_at_once, MCENTRAL_AT_ONCE / 2);
	KUNIT_EXPECT_LE(test, mcentral_most_at_once, MCENTRAL_AT_ONCE);
}
#else
static void few_objects_at_a_time(struct kunit *test)
{
	kunit_skip(test, "they are only counted with DEBUG=1");
}
#endif

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(growing_adds_a_span, class_gen_params),
	KUNIT_CASE_PARAM(a_span_nobody_claims_goes_back, class_gen_params),
	KUNIT_CASE_PARAM(the_list_follows_the_count, class_gen_params),
	KUNIT_CASE(partial_spans_come_first),
	KUNIT_CASE_PARAM(the_fuller_span_serves_first, class_gen_params),
	KUNIT_CASE(a_span_is_listed_by_fill),
	KUNIT_CASE_PARAM(only_empty_spans_go_back, class_gen_params),
	KUNIT_CASE_PARAM(runs_are_claimed, class_gen_params),
	KUNIT_CASE_PARAM(no_runs_where_nothing_is_free, class_gen_params),
	KUNIT_CASE(single_objects_are_claimed),
	KUNIT_CASE_PARAM(a_batch_is_put_back, class_gen_params),
	KUNIT_CASE(a_second_free_is_refused),
	KUNIT_CASE(an_object_of_another_class_is_refused),
	KUNIT_CASE_PARAM(an_object_of_another_heap_is_refused, class_gen_params),
	KUNIT_CASE(many_empty_spans_go_back),
	KUNIT_CASE_PARAM(late_frees_arrive, class_gen_params),
	KUNIT_CASE(a_span_with_late_frees_stays),
	KUNIT_CASE(late_double_frees_are_reported),
	KUNIT_CASE_PARAM(an_empty_span_with_a_late_free_stays, class_gen_params),
	KUNIT_CASE(a_walk_visits_each_span),
	KUNIT_CASE(few_objects_at_a_time),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_mcentral",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
