// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_reclaim: memory without live objects is returned to the kernel: by kspan_trim(), by the
 * shrinker, and by the worker. The tests are skipped while another client has live objects.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>
#include "api_fixture.h"
#include "base/params.h"
#include "files.h"
#include "pages/reserve.h"
#include "upkeep/scavenge.h"

#define DECAY_MAX	(3 * HZ)

#define DECAY_FILE	"/sys/module/kspan/parameters/arena_decay_ms"

static char decay_before[16];	/* the value that a test has replaced, or "" */

/* Until the test ends the worker keeps empty segments, unless the shrinker asks for them. */
static void keep_empty_segments(struct kunit *test)
{
	char text[sizeof(decay_before)] = { };

	if (file_read(DECAY_FILE, text, sizeof(text) - 1) <= 0 ||
	    file_write(DECAY_FILE, "3600000") < 0)
		kunit_skip(test, "arena_decay_ms cannot be changed here");
	strscpy(decay_before, text, sizeof(decay_before));
}

static void reclaim_test_exit(struct kunit *test)
{
	if (decay_before[0])
		KUNIT_EXPECT_GT(test, file_write(DECAY_FILE, decay_before), (ssize_t)0);
	decay_before[0] = 0;
	api_test_exit(test);
}

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

/* Segments that the reserves fill, rounded up; each node with memory has one. */
static unsigned long reserve_segments(void)
{
	unsigned long pages = (param_segment_bytes() - SEGMENT_SLACK) >> KSPAN_PAGE_SHIFT;

	return num_node_state(N_MEMORY) * DIV_ROUND_UP(param_reserve_pages(), pages);
}

static bool only_the_reserve(void *unused)
{
	return READ_ONCE(mheap.nr_segments) <= reserve_segments() &&
	       !atomic_long_read(&mheap.held_pages);
}

static void expect_nothing_held(struct kunit *test)
{
	struct kspan_stats st;

	kspan_get_stats(&st);
	KUNIT_EXPECT_EQ(test, st.held_bytes, 0ULL);
	KUNIT_EXPECT_TRUE(test, only_the_reserve(NULL));
	KUNIT_EXPECT_LE(test, st.arena_bytes, reserve_segments() * param_segment_bytes());
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
}

static void trim_gives_all_back(struct kunit *test)
{
	unsigned long created = READ_ONCE(mheap.created);
	u64 bytes, arena_bytes;

	scavenge_pause();	/* or it might give back, or make, some of it */
	use_all_kinds(test);
	arena_bytes = READ_ONCE(mheap.arena_bytes);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.created), created);
	bytes = kspan_trim();
	KUNIT_EXPECT_EQ(test, bytes, arena_bytes - READ_ONCE(mheap.arena_bytes));
	expect_nothing_held(test);
	KUNIT_EXPECT_EQ(test, kspan_trim(), 0ULL);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.created),
			READ_ONCE(mheap.returned) + READ_ONCE(mheap.nr_segments));
	scavenge_resume();
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

/* Callers that may not sleep keep their reserve. */
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

/* The worker takes the freed object's pages back, and returns them arena_decay_ms later. */
static void an_empty_segment_goes_after_its_decay(struct kunit *test)
{
	void *p = kspan_alloc(2 * param_segment_bytes(), GFP_KERNEL);
	unsigned long began;

	if (param_decay_jiffies() > DECAY_MAX)
		kunit_skip(test, "arena_decay_ms is too long to wait for");
	KUNIT_ASSERT_NOT_NULL(test, p);
	msleep(jiffies_to_msecs(param_decay_jiffies()) + 200);
	KUNIT_EXPECT_FALSE(test, only_the_reserve(NULL));
	began = jiffies;
	kspan_free(p);
	KUNIT_EXPECT_TRUE(test, test_wait(only_the_reserve, NULL));
	KUNIT_EXPECT_GE(test, jiffies - began, param_decay_jiffies());
	expect_nothing_held(test);
}

/* Caches that are not used for a while are drained without any call. */
static void idle_caches_drain(struct kunit *test)
{
	if (param_decay_jiffies() > DECAY_MAX)
		kunit_skip(test, "arena_decay_ms is too long to wait for");
	use_all_kinds(test);
	KUNIT_EXPECT_TRUE(test, test_wait(only_the_reserve, NULL));
	expect_nothing_held(test);
}

/* What "echo 2 > /proc/sys/vm/drop_caches" does: all shrinkers are called. */
static void shrinkers_call(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, file_write("/proc/sys/vm/drop_caches", "2"), (ssize_t)1);
}

/* Empty segments are kept for an hour here: only the shrinker makes the worker return them. */
static void the_shrinker_drains_the_caches(struct kunit *test)
{
	keep_empty_segments(test);
	use_all_kinds(test);
	KUNIT_EXPECT_FALSE(test, only_the_reserve(NULL));
	shrinkers_call(test);
	KUNIT_EXPECT_TRUE(test, test_wait(only_the_reserve, NULL));
	expect_nothing_held(test);
}

/* The shrinker returns them itself: the worker is paused. */
static void the_shrinker_returns_empty_segments(struct kunit *test)
{
	void *p = kspan_alloc(100000, GFP_KERNEL);
	unsigned long returned;

	KUNIT_ASSERT_NOT_NULL(test, p);
	scavenge_pause();
	kspan_free(p);
	mheap_drain();
	reserve_drop();
	returned = READ_ONCE(mheap.returned);
	shrinkers_call(test);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.returned), returned);
	scavenge_resume();
}

/**
 * struct holder - another task that holds mheap.lock for a moment
 * @work: it
 * @locked: it has the lock
 */
struct holder {
	struct work_struct work;
	struct completion locked;
};

static void hold_lock(struct work_struct *work)
{
	struct holder *holder = container_of(work, struct holder, work);

	mutex_lock(&mheap.lock);
	complete(&holder->locked);
	msleep(20);
	mutex_unlock(&mheap.lock);
}

/* The holder of a lock waits for nothing, so the shrinker waits for it rather than give nothing. */
static void the_shrinker_waits_for_a_lock(struct kunit *test)
{
	void *p = kspan_alloc(100000, GFP_KERNEL);
	struct holder holder;

	KUNIT_ASSERT_NOT_NULL(test, p);
	kspan_free(p);
	init_completion(&holder.locked);
	INIT_WORK_ONSTACK(&holder.work, hold_lock);
	queue_work(system_unbound_wq, &holder.work);
	wait_for_completion(&holder.locked);
	shrinkers_call(test);
	flush_work(&holder.work);
	destroy_work_on_stack(&holder.work);
	KUNIT_EXPECT_TRUE(test, test_wait(only_the_reserve, NULL));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(trim_gives_all_back),
	KUNIT_CASE(trim_keeps_what_is_live),
	KUNIT_CASE(trim_keeps_the_reserve),
	KUNIT_CASE(an_empty_segment_goes_after_its_decay),
	KUNIT_CASE(idle_caches_drain),
	KUNIT_CASE(the_shrinker_drains_the_caches),
	KUNIT_CASE(the_shrinker_returns_empty_segments),
	KUNIT_CASE(the_shrinker_waits_for_a_lock),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_reclaim",
	.init = reclaim_test_init,
	.exit = reclaim_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
