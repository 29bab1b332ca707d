// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_mcache: one CPU's cache: order, growth, flushes and drains of magazines, and calls that
 * find the mcache busy. Only the test uses the heap, and it stays on its CPU.
 */
#include "central/depot.h"
#include "fixture.h"
#include "central/magazine.h"
#include "base/params.h"

static const unsigned int classes[] = { 1, 3, 6, 18, 32, 33, 38, 45, 51, 59, 64, 67, CLASS_POWER };

static void class_name(const unsigned int *class, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "class %u", *class);
}

KUNIT_ARRAY_PARAM(class, classes, class_name);

static unsigned int class_of(struct kunit *test)
{
	return *(const unsigned int *)test->param_value;
}

static size_t size_of(struct kunit *test)
{
	return test_class_size(class_of(test));
}

/* All counters of the class agree, with @in_use live objects. */
static void expect_balance(struct kunit *test, unsigned int class, unsigned long in_use)
{
	struct class_stats st;

	stats_of_class(test_heap(test), class, &st);
	KUNIT_EXPECT_EQ(test, st.in_use, in_use);
	KUNIT_EXPECT_EQ(test, st.allocs - st.frees, in_use);
	KUNIT_EXPECT_EQ(test, st.free + st.in_use, st.spans * size_classes[class].nr_objs);
	KUNIT_EXPECT_EQ(test, st.cached, slot_cached(test_slot(test, class)) +
			test_central(test, class)->nr_depot);
}

static void last_freed_comes_back_first(struct kunit *test)
{
	void *objs[3], *again[3];

	test_alloc_many(test, size_of(test), objs, 3);
	test_free_many(objs, 3);
	test_alloc_many(test, size_of(test), again, 3);
	KUNIT_EXPECT_PTR_EQ(test, again[0], objs[2]);
	KUNIT_EXPECT_PTR_EQ(test, again[1], objs[1]);
	KUNIT_EXPECT_PTR_EQ(test, again[2], objs[0]);
	test_free_many(again, 3);
	expect_balance(test, class_of(test), 0);
}

static void each_object_comes_once(struct kunit *test)
{
	unsigned int n = 3 * size_classes[class_of(test)].nr_objs + 5, i;
	void **objs = test_pointers(test, n);
	size_t size = size_of(test);
	unsigned int broken = 0;

	test_alloc_many(test, size, objs, n);
	for (i = 0; i < n; i++)
		*(void **)objs[i] = objs[i];
	for (i = 0; i < n; i++)
		broken += *(void **)objs[i] != objs[i];
	KUNIT_EXPECT_EQ(test, broken, 0U);
	expect_balance(test, class_of(test), n);
	test_free_many(objs, n);
	expect_balance(test, class_of(test), 0);
}

/* So many that a magazine overflows more than once. */
#define MANY	8
#define SOME_CLASS	20U
#define CLAIMED_CLASS	6U	/* a first claim has more objects than a magazine takes */
#define LARGE_CLASS	64U

static unsigned int first_capacity(struct kunit *test, unsigned int class)
{
	void *obj;

	test_alloc_many(test, test_class_size(class), &obj, 1);
	kspan_free(obj);
	return test_slot(test, class)->capacity;
}

/* A magazine that runs empty and then full grows. Use that fits into it does not change it. */
static void a_magazine_grows_with_its_use(struct kunit *test)
{
	struct mcache_slot *slot = test_slot(test, class_of(test));
	unsigned int first = first_capacity(test, class_of(test)), n = MANY * first, second;
	void **objs = test_pointers(test, n);

	test_alloc_many(test, size_of(test), objs, n);
	KUNIT_EXPECT_EQ(test, slot->capacity, first);
	test_free_many(objs, n);
	second = slot->capacity;
	KUNIT_EXPECT_GT(test, second, first);
	test_alloc_many(test, size_of(test), objs, 1);
	kspan_free(objs[0]);
	KUNIT_EXPECT_EQ(test, slot->capacity, second);
	expect_balance(test, class_of(test), 0);
}

/* Objects beyond one magazine wait in another one, in the order in which they were freed. */
static void a_full_magazine_waits_for_others(struct kunit *test)
{
	struct mcentral *central = test_central(test, class_of(test));
	struct mcache_slot *slot = test_slot(test, class_of(test));
	unsigned int n = MANY * first_capacity(test, class_of(test)), i, kept, wrong = 0;
	void **objs = test_pointers(test, n);

	if (class_of(test) >= CLASS_POWER)
		kunit_skip(test, "so large ones do not wait");
	test_alloc_many(test, size_of(test), objs, n);
	test_free_many(objs, n);
	kept = slot->top - slot->base - 1;
	KUNIT_EXPECT_LE(test, kept, slot->capacity);
	KUNIT_EXPECT_GT(test, central->nr_depot, 0UL);
	for (i = 0; i < kept; i++)
		wrong += slot->base[1 + i] != objs[n - kept + i];
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_NULL(test, slot->base[0]);
	/* They serve the next allocations: no span is used. */
	i = central->refills;
	n = kept + central->nr_depot;	/* a refill got more than was asked for */
	objs = test_pointers(test, n);
	test_alloc_many(test, size_of(test), objs, n);
	KUNIT_EXPECT_EQ(test, (unsigned int)central->refills, i);
	KUNIT_EXPECT_EQ(test, central->nr_depot, 0UL);
	test_free_many(objs, n);
	expect_balance(test, class_of(test), 0);
}

/* Small magazines leave the depot once the slot's capacity has grown. */
static void small_magazines_are_replaced(struct kunit *test)
{
	struct mcentral *central = test_central(test, SOME_CLASS);
	size_t size = test_class_size(SOME_CLASS);
	void **objs = test_pointers(test, 200);
	unsigned int round, nr_small = 0;
	struct magazine *mag;

	test_heap(test)->magazine_bytes = 64 * size;
	for (round = 0; round < 20; round++) {
		test_alloc_many(test, size, objs, 200);
		test_free_many(objs, 200);
	}
	KUNIT_EXPECT_NOT_NULL(test, central->full);
	for (mag = central->full; mag; mag = mag->next)
		nr_small += mag->capacity < 64;
	KUNIT_EXPECT_EQ(test, nr_small, 0U);
	KUNIT_EXPECT_EQ(test, (unsigned int)test_slot(test, SOME_CLASS)->capacity, 64U);
}

/* The number of waiting magazines is limited, and two drains leave none. */
static void a_depot_has_its_limit(struct kunit *test)
{
	struct mcentral *central = test_central(test, class_of(test));
	unsigned int n = 64 * first_capacity(test, class_of(test));
	void **objs = test_pointers(test, n);

	if (class_of(test) >= CLASS_POWER)
		kunit_skip(test, "so large ones do not wait");
	test_alloc_many(test, size_of(test), objs, n);
	test_free_many(objs, n);
	KUNIT_EXPECT_LE(test, central->nr_full, 4 * num_online_cpus());
	depot_drain(central, true);
	KUNIT_EXPECT_GT(test, central->nr_depot, 0UL);
	depot_drain(central, true);
	KUNIT_EXPECT_EQ(test, central->nr_depot, 0UL);
	KUNIT_EXPECT_NULL(test, central->full);
	KUNIT_EXPECT_NULL(test, central->spare);
	expect_balance(test, class_of(test), 0);
}

/* As an interrupt handler would, allocate all objects of the spans and of the waiting magazines. */
static void a_depot_serves_past_a_busy_mcache(struct kunit *test)
{
	struct mcentral *central = test_central(test, class_of(test));
	unsigned int n = MANY * first_capacity(test, class_of(test)), i;
	void **objs = test_pointers(test, n);
	struct mcache *mc;

	test_alloc_many(test, size_of(test), objs, n);
	test_free_many(objs, n);
	objs = test_pointers(test, central->nr_free + central->nr_depot);
	mutex_lock(&mheap.lock);	/* keeps empty spans from being returned */
	n = central->nr_free + central->nr_depot;
	slow_section_begin();
	mc = mcache_try_enter(test_heap(test));
	for (i = 0; i < n; i++)
		objs[i] = test_alloc(test, size_of(test), GFP_NOWAIT | __GFP_NOWARN);
	if (mc)
		mcache_exit(mc);
	slow_section_end();
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	KUNIT_EXPECT_EQ(test, central->nr_depot, 0UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
	mutex_unlock(&mheap.lock);
	test_free_many(objs, n);
	expect_balance(test, class_of(test), 0);
}

/* The first capacity does not depend on the limit. */
static void expect_growth_to(struct kunit *test, unsigned int class, unsigned long limit)
{
	struct mcache_slot *slot = test_slot(test, class);
	size_t size = test_class_size(class);
	unsigned int first, before, rounds = 0, n;
	void **objs;

	first = first_capacity(test, class);
	do {
		before = slot->capacity;
		n = before + 16;
		objs = test_pointers(test, n);
		test_alloc_many(test, size, objs, n);
		test_free_many(objs, n);
		kunit_kfree(test, objs);
	} while (slot->capacity > before && ++rounds < 16);
	KUNIT_EXPECT_GT(test, rounds, 0U);
	KUNIT_EXPECT_LT(test, rounds, 16U);
	if (slot->capacity > first)
		KUNIT_EXPECT_LE(test, slot->capacity * size, limit);
	expect_balance(test, class, 0);
}

static void magazines_grow_to_their_limit(struct kunit *test)
{
	test_heap(test)->magazine_bytes = 64 * size_of(test);
	expect_growth_to(test, class_of(test), test_heap(test)->magazine_bytes);
	KUNIT_EXPECT_EQ(test, (unsigned int)test_slot(test, class_of(test))->capacity, 64U);
}

/* Without a limit of the heap, parameter magazine_kb applies. */
static void magazines_grow_to_the_parameter(struct kunit *test)
{
	expect_growth_to(test, LARGE_CLASS, param_magazine_bytes());
}

static void a_drain_leaves_nothing(struct kunit *test)
{
	struct mcache_slot *slot = test_slot(test, class_of(test));
	struct mcentral *central = test_central(test, class_of(test));
	void *objs[5];

	test_alloc_many(test, size_of(test), objs, 5);
	test_free_many(objs, 4);
	test_drain(test);
	mutex_lock(&mheap.lock);
	KUNIT_EXPECT_EQ(test, slot_cached(slot), 0UL);
	KUNIT_EXPECT_NULL(test, slot->base);
	KUNIT_EXPECT_EQ(test, slot->bits, 0UL);
	KUNIT_EXPECT_EQ(test, central->nr_free + 1,
			central->nr_spans * size_classes[class_of(test)].nr_objs);
	mutex_unlock(&mheap.lock);
	expect_balance(test, class_of(test), 1);
	kspan_free(objs[4]);
	expect_balance(test, class_of(test), 0);
}

static bool look(struct kunit *test)
{
	return mcache_look(test_mcache(test));
}

/* A slot not used between two looks is drained, a slot used between them is not. */
static void an_idle_drain_leaves_used_slots(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, look(test));
	test_use(test, 64);
	test_use(test, 1024);
	KUNIT_EXPECT_FALSE(test, look(test));
	test_use(test, 1024);
	KUNIT_EXPECT_TRUE(test, look(test));
	test_drain_idle(test);
	KUNIT_EXPECT_EQ(test, slot_cached(test_slot(test, 6)), 0UL);
	KUNIT_EXPECT_NE(test, slot_cached(test_slot(test, 32)), 0UL);
	KUNIT_EXPECT_TRUE(test, look(test));
	test_drain_idle(test);
	KUNIT_EXPECT_EQ(test, slot_cached(test_slot(test, 32)), 0UL);
	KUNIT_EXPECT_FALSE(test, look(test));
}

/* A slot found idle but used before the drain is not drained. */
static void a_slot_used_after_the_look_stays(struct kunit *test)
{
	test_use(test, 64);
	look(test);
	KUNIT_EXPECT_TRUE(test, look(test));
	test_use(test, 64);
	test_drain_idle(test);
	KUNIT_EXPECT_NE(test, slot_cached(test_slot(test, 6)), 0UL);
}

static void busy_begin(struct kunit *test)
{
	struct mcache *mc;

	slow_section_begin();
	mc = mcache_try_enter(test_heap(test));
	KUNIT_EXPECT_PTR_EQ(test, mc, test_mcache(test));
}

static void busy_end(struct kunit *test)
{
	mcache_exit(test_mcache(test));
	slow_section_end();
}

/* As in an interrupt in the middle of an allocation: calls go past the mcache, nothing is lost. */
static void a_busy_mcache_is_passed_by(struct kunit *test)
{
	struct mcache_slot *slot = test_slot(test, class_of(test));
	struct mcentral *central = test_central(test, class_of(test));
	void **top, *cached, *objs[3];

	test_alloc_many(test, size_of(test), objs, 3);
	cached = objs[2];
	KUNIT_ASSERT_TRUE(test, mcentral_grow(central, GFP_KERNEL));
	kspan_free(cached);
	top = slot->top;
	busy_begin(test);
	KUNIT_EXPECT_NULL(test, mcache_try_enter(test_heap(test)));
	kspan_free(objs[0]);
	objs[2] = test_alloc(test, size_of(test), GFP_NOWAIT);
	KUNIT_EXPECT_NOT_NULL(test, objs[2]);
	KUNIT_EXPECT_PTR_NE(test, objs[2], cached);
	KUNIT_EXPECT_PTR_EQ(test, slot->top, top);
	KUNIT_EXPECT_EQ(test, test_mcache(test)->busy, 0);
	busy_end(test);
	KUNIT_EXPECT_EQ(test, test_mcache(test)->busy, MCACHE_FREE);
	KUNIT_EXPECT_EQ(test, central->direct_allocs, 1UL);
	KUNIT_EXPECT_EQ(test, central->direct_frees, 1UL);
	expect_balance(test, class_of(test), 2);
	test_free_many(objs + 1, 2);
	expect_balance(test, class_of(test), 0);
}

/* With nothing free at mcentral either, the reserve serves the caller, or it gets NULL. */
static void busy_and_nothing_free(struct kunit *test)
{
	void *obj;

	busy_begin(test);
	obj = test_alloc(test, size_of(test), GFP_NOWAIT | __GFP_NOWARN);
	busy_end(test);
	if (obj)
		KUNIT_EXPECT_TRUE(test, kspan_owns(obj));
	expect_balance(test, class_of(test), !!obj);
	kspan_free(obj);
}

static void a_second_free_in_a_row_is_seen_at_once(struct kunit *test)
{
	void *obj;

	test_alloc_many(test, size_of(test), &obj, 1);
	kspan_free(obj);
	test_report_begin("double free of");
	kspan_free((void *)test_hidden((unsigned long)obj));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	expect_balance(test, class_of(test), 0);
}

static void a_later_second_free_is_seen_by_the_span(struct kunit *test)
{
	void *objs[2];

	test_alloc_many(test, size_of(test), objs, 2);
	test_free_many(objs, 2);
	test_report_begin("double free of");
	kspan_free((void *)test_hidden((unsigned long)objs[0]));
	test_drain(test);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	expect_balance(test, class_of(test), 0);
}

/*
 * An object that was freed, claimed by a CPU and then freed a second time on another: the span
 * takes it, and knows of the second free when the claim comes back. The span must not count it
 * twice: it would never be empty again, or be so with an object that lives.
 */
static void a_second_free_of_a_claimed_object_is_seen(struct kunit *test)
{
	struct mcentral *central = test_central(test, CLAIMED_CLASS);
	struct mcache_slot *slot = test_slot(test, CLAIMED_CLASS);
	size_t size = test_class_size(CLAIMED_CLASS);
	unsigned long claimed;
	void *obj;

	test_alloc_many(test, size, &obj, 1);
	KUNIT_ASSERT_NE(test, slot->bits, 0UL);
	claimed = slot->first + __ffs(slot->bits) * size;
	busy_begin(test);
	kspan_free((void *)test_hidden(claimed));
	busy_end(test);
	test_report_begin("double free of");
	test_drain(test);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, central->nr_free + 1UL,
			central->nr_spans * size_classes[CLAIMED_CLASS].nr_objs);
	expect_balance(test, CLAIMED_CLASS, 1);
	kspan_free(obj);
	expect_balance(test, CLAIMED_CLASS, 0);
	test_drain(test);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, central->nr_spans, 0UL);
}

/* The last object of a span is claimed, and freed a second time: the span goes before the claim. */
static void a_claim_may_outlive_its_span(struct kunit *test)
{
	const unsigned int n = size_classes[CLAIMED_CLASS].nr_objs;
	struct mcentral *central = test_central(test, CLAIMED_CLASS);
	void **objs = test_pointers(test, n);
	struct claim claim;
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, mcentral_grow(central, GFP_KERNEL));
	for (i = 0; i < n - 1; i++)
		objs[i] = (void *)(mcentral_alloc_one(central) & ~OBJ_FRESH);
	KUNIT_ASSERT_EQ(test, mcentral_claim(central, &claim, 1, 1), 1U);
	objs[n - 1] = (void *)(claim.first + __ffs(claim.bits) * test_class_size(CLAIMED_CLASS));
	busy_begin(test);
	test_free_many(objs, n);
	busy_end(test);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, central->nr_spans, 0UL);
	test_report_begin("double free of");
	preempt_disable();
	mcentral_unclaim_late(central, claim.first, claim.bits);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, central->nr_free, 0UL);
	KUNIT_EXPECT_EQ(test, ended_span.nr_free, 0);
}

/* Of a kmalloc() that does not spin. */
static void an_error_is_no_magazine(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, slab_result(ERR_PTR(-EBUSY)));
	KUNIT_EXPECT_NULL(test, slab_result(NULL));
	KUNIT_EXPECT_PTR_EQ(test, slab_result(test), (void *)test);
}

static void metadata_follows_the_magazines(struct kunit *test)
{
	struct mcache *mc = test_mcache(test);
	const size_t bytes = sizeof(*mc) + NR_CLASSES * sizeof(mc->slot[0]) +
			     sizeof(struct kept);

	KUNIT_EXPECT_EQ(test, mcache_metadata_bytes(mc), bytes);
	test_use(test, 64);
	KUNIT_EXPECT_EQ(test, mcache_metadata_bytes(mc),
			bytes + magazine_bytes(test_slot(test, 6)->capacity));
	test_drain(test);
	KUNIT_EXPECT_EQ(test, mcache_metadata_bytes(mc), bytes);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(last_freed_comes_back_first, class_gen_params),
	KUNIT_CASE_PARAM(each_object_comes_once, class_gen_params),
	KUNIT_CASE_PARAM(a_magazine_grows_with_its_use, class_gen_params),
	KUNIT_CASE_PARAM(a_full_magazine_waits_for_others, class_gen_params),
	KUNIT_CASE(small_magazines_are_replaced),
	KUNIT_CASE_PARAM(a_depot_has_its_limit, class_gen_params),
	KUNIT_CASE_PARAM(a_depot_serves_past_a_busy_mcache, class_gen_params),
	KUNIT_CASE_PARAM(magazines_grow_to_their_limit, class_gen_params),
	KUNIT_CASE(magazines_grow_to_the_parameter),
	KUNIT_CASE_PARAM(a_drain_leaves_nothing, class_gen_params),
	KUNIT_CASE(an_idle_drain_leaves_used_slots),
	KUNIT_CASE(a_slot_used_after_the_look_stays),
	KUNIT_CASE_PARAM(a_busy_mcache_is_passed_by, class_gen_params),
	KUNIT_CASE_PARAM(busy_and_nothing_free, class_gen_params),
	KUNIT_CASE_PARAM(a_second_free_in_a_row_is_seen_at_once, class_gen_params),
	KUNIT_CASE_PARAM(a_later_second_free_is_seen_by_the_span, class_gen_params),
	KUNIT_CASE(a_second_free_of_a_claimed_object_is_seen),
	KUNIT_CASE(a_claim_may_outlive_its_span),
	KUNIT_CASE(an_error_is_no_magazine),
	KUNIT_CASE(metadata_follows_the_magazines),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_mcache",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
