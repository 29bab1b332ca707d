// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_reclaim: memory that holds no live object goes back: by trim, by the shrinker, and by
 * itself. Where somebody else has live objects, the tests are skipped that count arenas.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>
#include "api_fixture.h"
#include "base/params.h"
#include "pages/reserve.h"

#define DECAY_MAX	(3 * HZ)

static int reclaim_test_init(struct kunit *test)
{
	kspan_trim();
	if (api_live_objects())
		kunit_skip(test, "kspan is in use");
	return api_test_init(test);
}

/* Objects of many classes, and of all kinds. */
static void use_all_kinds(struct kunit *test)
{
	const size_t *size;
	void *objs[20];

	for (size = api_sizes; *size; size++) {
		KUNIT_ASSERT_EQ(test, kspan_alloc_bulk(*size, GFP_KERNEL, ARRAY_SIZE(objs), objs),
				(unsigned int)ARRAY_SIZE(objs));
		kspan_free_bulk(ARRAY_SIZE(objs), objs);
	}
}

static void expect_nothing_held(struct kunit *test)
{
	struct kspan_stats st;

	kspan_get_stats(&st);
	KUNIT_EXPECT_EQ(test, st.arenas, 0ULL);
	KUNIT_EXPECT_EQ(test, st.arena_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, st.held_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, reserve_pages(), 0UL);
}

/* In turns, not in jiffies: those run on while all else stands still. */
static bool arenas_gone_within(unsigned int msecs)
{
	unsigned int turns = msecs / 20;

	while (READ_ONCE(mheap.nr_arenas) && turns--)
		msleep(20);
	return !READ_ONCE(mheap.nr_arenas);
}

static void trim_gives_all_back(struct kunit *test)
{
	unsigned long created = READ_ONCE(mheap.created);
	u64 bytes, arena_bytes;

	use_all_kinds(test);
	arena_bytes = READ_ONCE(mheap.arena_bytes);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.created), created);
	bytes = kspan_trim();
	KUNIT_EXPECT_GE(test, bytes, arena_bytes);
	expect_nothing_held(test);
	KUNIT_EXPECT_EQ(test, kspan_trim(), 0ULL);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.created), READ_ONCE(mheap.returned));
}

static void trim_keeps_what_is_live(struct kunit *test)
{
	void *objs[3];
	unsigned int i;
	static const size_t sizes[] = { 6, 500, 100000 };

	for (i = 0; i < 3; i++) {
		objs[i] = kspan_alloc(sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], 0x42, sizes[i]);
	}
	use_all_kinds(test);
	kspan_trim();
	KUNIT_EXPECT_GE(test, READ_ONCE(mheap.nr_arenas), 1UL);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], 0x42, sizes[i]));
		kspan_free(objs[i]);
	}
	kspan_trim();
	expect_nothing_held(test);
}

/* Callers that cannot sleep have what they had, as long as anybody has objects. */
static void trim_keeps_the_reserve(struct kunit *test)
{
	void *p = kspan_alloc(100000, GFP_KERNEL);
	unsigned long created;

	KUNIT_ASSERT_NOT_NULL(test, p);
	use_all_kinds(test);
	kspan_trim();
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
	created = READ_ONCE(mheap.created);
	kspan_trim();
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.created), created);
	kspan_free(p);
	kspan_trim();
	expect_nothing_held(test);
}

/* The worker takes a freed object's pages back, then its arena when that was empty for so long. */
static void an_empty_arena_goes_after_its_decay(struct kunit *test)
{
	void *p = kspan_alloc(100000, GFP_KERNEL);
	unsigned long began;

	if (param_decay_jiffies() > DECAY_MAX)
		kunit_skip(test, "arena_decay_ms is too long to wait for");
	KUNIT_ASSERT_NOT_NULL(test, p);
	msleep(jiffies_to_msecs(param_decay_jiffies()) + 200);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.nr_arenas), 1UL);
	began = jiffies;
	kspan_free(p);
	KUNIT_EXPECT_TRUE(test, arenas_gone_within(jiffies_to_msecs(DECAY_MAX) + 2000));
	KUNIT_EXPECT_GE(test, jiffies - began, param_decay_jiffies());
	expect_nothing_held(test);
}

/* Nobody calls anything: what CPUs cache is drained when it has not been used for a while. */
static void idle_caches_drain(struct kunit *test)
{
	if (param_decay_jiffies() > DECAY_MAX)
		kunit_skip(test, "arena_decay_ms is too long to wait for");
	use_all_kinds(test);
	KUNIT_EXPECT_TRUE(test, arenas_gone_within(jiffies_to_msecs(DECAY_MAX) + 7000));
	expect_nothing_held(test);
}

/* What "echo 2 > /proc/sys/vm/drop_caches" does: all shrinkers are called. */
static void shrinkers_call(struct kunit *test)
{
	struct file *file = filp_open("/proc/sys/vm/drop_caches", O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	KUNIT_EXPECT_FALSE(test, IS_ERR(file));
	if (IS_ERR(file))
		return;
	n = kernel_write(file, "2", 1, &pos);
	filp_close(file, NULL);
	KUNIT_EXPECT_EQ(test, n, (ssize_t)1);
}

/* Sooner than the caches would have been drained for being idle. */
static void the_shrinker_drains_the_caches(struct kunit *test)
{
	unsigned int tries = 3;
	bool gone = false;

	while (!gone && tries--) {
		use_all_kinds(test);
		KUNIT_EXPECT_GE(test, READ_ONCE(mheap.nr_arenas), 1UL);
		shrinkers_call(test);
		gone = arenas_gone_within(800);
	}
	KUNIT_EXPECT_TRUE(test, gone);
	expect_nothing_held(test);
}

static void the_shrinker_returns_empty_arenas(struct kunit *test)
{
	unsigned long returned = READ_ONCE(mheap.returned);
	void *p = kspan_alloc(100000, GFP_KERNEL);
	unsigned int tries = 10;

	KUNIT_ASSERT_NOT_NULL(test, p);
	kspan_free(p);
	/* The worker may be about to fill the reserve, for the allocation that made the arena. */
	while (tries-- && READ_ONCE(mheap.returned) == returned) {
		mheap_drain();
		reserve_drop();
		shrinkers_call(test);
		msleep(20);
	}
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.returned), returned);
}

/**
 * struct holder - another task that holds mheap's lock
 * @work: runs it
 * @locked: it does
 * @enough: it may let go
 */
struct holder {
	struct work_struct work;
	struct completion locked;
	struct completion enough;
};

static void hold_lock(struct work_struct *work)
{
	struct holder *holder = container_of(work, struct holder, work);

	mutex_lock(&mheap.lock);
	complete(&holder->locked);
	wait_for_completion(&holder->enough);
	mutex_unlock(&mheap.lock);
}

/* It only tries: with mheap's lock held it gives nothing, and comes back. */
static void the_shrinker_does_not_wait(struct kunit *test)
{
	void *p = kspan_alloc(100000, GFP_KERNEL);
	struct holder holder;
	unsigned long arenas;

	KUNIT_ASSERT_NOT_NULL(test, p);
	kspan_free(p);
	init_completion(&holder.locked);
	init_completion(&holder.enough);
	INIT_WORK_ONSTACK(&holder.work, hold_lock);
	queue_work(system_unbound_wq, &holder.work);
	wait_for_completion(&holder.locked);
	arenas = READ_ONCE(mheap.nr_arenas);
	shrinkers_call(test);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.nr_arenas), arenas);
	complete(&holder.enough);
	flush_work(&holder.work);
	destroy_work_on_stack(&holder.work);
	KUNIT_EXPECT_TRUE(test, arenas_gone_within(5000));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(trim_gives_all_back),
	KUNIT_CASE(trim_keeps_what_is_live),
	KUNIT_CASE(trim_keeps_the_reserve),
	KUNIT_CASE(an_empty_arena_goes_after_its_decay),
	KUNIT_CASE(idle_caches_drain),
	KUNIT_CASE(the_shrinker_drains_the_caches),
	KUNIT_CASE(the_shrinker_returns_empty_arenas),
	KUNIT_CASE(the_shrinker_does_not_wait),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_reclaim",
	.init = reclaim_test_init,
	.exit = api_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
