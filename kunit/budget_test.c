// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_budget: what the caches of a CPU may hold of all classes together, and what they give back
 * although they are in use.
 */
#include "fixture.h"
#include "base/params.h"
#include "central/magazine.h"
#include "cpu/mcache_drain.h"

/* So much of each of these is allocated and freed: in all more than the default budget. */
#define BURST_BYTES	(6UL << 20)
#define MAX_OBJECTS	(BURST_BYTES / 512)

#define CLASS_1024	32U

static const size_t sizes[] = { 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 262144 };

/* A slot has a first magazine whatever the budget: of each class, in the test's heap. */
static unsigned long first_magazines(void)
{
	unsigned long sum = 0;
	unsigned int class;

	for (class = 1; class < CLASS_POWER; class++)
		sum += (unsigned long)magazine_first_capacity(class) * size_classes[class].size;
	return sum;
}

static void burst(struct kunit *test, void **objs, size_t size)
{
	unsigned int i, n = BURST_BYTES / size;

	for (i = 0; i < 8; i++) {
		test_alloc_many(test, size, objs, n);
		test_free_many(objs, n);
	}
}

/* Context: pinned to a CPU, so that one budget counts. */
static void all_classes_share_a_budget(struct kunit *test)
{
	void **objs = test_pointers(test, MAX_OBJECTS);
	u64 before, most = 0, now;
	unsigned int i;

	if (param_cpu_cache_bytes() > 2 * BURST_BYTES * ARRAY_SIZE(sizes))
		kunit_skip(test, "cpu_cache_kb is too large");
	test_drain(test);
	before = magazine_charged_bytes();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		burst(test, objs, sizes[i]);
		now = magazine_charged_bytes();
		most = max(most, now - min(now, before));
	}
	KUNIT_EXPECT_GT(test, most, 0ULL);
	KUNIT_EXPECT_LE(test, most, (u64)num_online_cpus() *
				    (param_cpu_cache_bytes() + first_magazines()));
	test_drain(test);
	KUNIT_EXPECT_EQ(test, magazine_charged_bytes(), before);
}

/* A slot that is used, but of which most was not needed, gives all back and starts anew. */
static void what_was_not_needed_goes_back(struct kunit *test)
{
	void **objs = test_pointers(test, MAX_OBJECTS);
	unsigned int class = CLASS_1024;
	struct mcache_slot *slot = test_slot(test, class);

	burst(test, objs, 1024);
	KUNIT_EXPECT_GT(test, (unsigned int)slot->capacity, magazine_first_capacity(class));
	mcache_look(test_mcache(test));		/* it missed before */
	test_drain_idle(test);
	KUNIT_EXPECT_NE(test, slot_cached(slot), 0UL);
	test_use(test, 1024);
	KUNIT_EXPECT_TRUE(test, mcache_look(test_mcache(test)));
	test_drain_idle(test);
	KUNIT_EXPECT_EQ(test, slot_cached(slot), 0UL);
	/* What it needs now is all that it has. The depot has large magazines. */
	test_drain(test);
	test_use(test, 1024);
	mcache_look(test_mcache(test));
	test_use(test, 1024);
	mcache_look(test_mcache(test));
	test_drain_idle(test);
	KUNIT_EXPECT_NE(test, slot_cached(slot), 0UL);
}

/* One that ran empty or full since the last look needs what it has. */
static void what_was_needed_stays(struct kunit *test)
{
	void **objs = test_pointers(test, MAX_OBJECTS);
	struct mcache_slot *slot = test_slot(test, CLASS_1024);

	burst(test, objs, 1024);
	mcache_look(test_mcache(test));
	burst(test, objs, 1024);
	mcache_look(test_mcache(test));
	test_drain_idle(test);
	KUNIT_EXPECT_NE(test, slot_cached(slot), 0UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_classes_share_a_budget),
	KUNIT_CASE(what_was_not_needed_goes_back),
	KUNIT_CASE(what_was_needed_stays),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_budget",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
