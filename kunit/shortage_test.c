// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_shortage: the owner of a heap is told when memory is short, and what it frees then serves.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <kspan/pool.h>
#include "fixture.h"
#include "files.h"
#include "limit_fixture.h"

/* Sizes of every kind: tiny, small, a class, large. */
static const size_t kinds[] = { 3, 200, 9000, 12345 };

static void who_may_sleep_tells_and_is_served(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		p = kspan_heap_alloc(cache->heap, kinds[i], GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, p);
		kspan_free(p);
		while (cache->n < LIMIT_PAGES)
			cache->objs[cache->n++] = kspan_heap_alloc(cache->heap, KSPAN_PAGE_SIZE,
								   GFP_KERNEL | __GFP_NOWARN);
		KUNIT_EXPECT_GE(test, cache->calls, i + 1);
		KUNIT_EXPECT_PTR_EQ(test, cache->task, current);
	}
	limit_end_cache(cache);
}

/* What lies in caches is taken back first. */
static void nobody_is_told_while_there_is_room(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	void *p;

	test_free_many(cache->objs, cache->n);
	cache->n = 0;
	p = kspan_heap_alloc(cache->heap, 100000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, cache->calls, 0U);
	kspan_free(p);
	limit_end_cache(cache);
}

/* One call an allocation, also if nothing is freed. */
static void null_if_nothing_is_freed(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);

	cache->gives = 0;
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 9000, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	limit_end_cache(cache);
}

static bool was_called(void *arg)
{
	struct limit_cache *cache = arg;

	return READ_ONCE(cache->calls);
}

static bool has_room(void *arg)
{
	struct limit_cache *cache = arg;

	return atomic_long_read(&cache->heap->owner.charged_pages) + 8 <= LIMIT_PAGES;
}

/* The worker may be faster than the caller that wakes it: first the owner frees nothing. */
static void the_worker_tells_for_an_atomic_caller(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	unsigned int gives = cache->gives;
	void *p;

	WRITE_ONCE(cache->gives, 0);
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 9000, GFP_ATOMIC | __GFP_NOWARN));
	KUNIT_EXPECT_TRUE(test, test_wait(was_called, cache));
	KUNIT_EXPECT_PTR_NE(test, cache->task, current);
	WRITE_ONCE(cache->gives, gives);
	p = kspan_heap_alloc(cache->heap, 9000, GFP_ATOMIC | __GFP_NOWARN);
	if (!p) {
		KUNIT_EXPECT_TRUE(test, test_wait(has_room, cache));
		p = kspan_heap_alloc(cache->heap, 9000, GFP_ATOMIC);
	}
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
	limit_end_cache(cache);
}

static void the_shrinker_tells(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);

	KUNIT_EXPECT_EQ(test, file_write("/proc/sys/vm/drop_caches", "2"), (ssize_t)1);
	KUNIT_EXPECT_GE(test, cache->calls, 1U);
	KUNIT_EXPECT_PTR_EQ(test, cache->task, current);
	KUNIT_EXPECT_TRUE(test, has_room(cache));
	limit_end_cache(cache);
}

static void not_in_itself(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	void *p;

	cache->allocates = true;
	p = kspan_heap_alloc(cache->heap, 9000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, cache->within);
	KUNIT_EXPECT_FALSE(test, cache->nested);
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	kspan_free(p);
	limit_end_cache(cache);
}

static int allocates(void *arg)
{
	struct limit_cache *cache = arg;

	kspan_free(kspan_heap_alloc(cache->heap, 9000, GFP_KERNEL | __GFP_NOWARN));
	return 0;
}

/* Start a task whose allocation is in the callback until @wait completes. */
static struct task_struct *start_waiter(struct kunit *test, struct limit_cache *cache,
					struct completion *wait)
{
	struct task_struct *task;

	cache->wait = wait;
	task = kthread_create(allocates, cache, "kspan_allocates");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&cache->began);
	return task;
}

static void end_task(struct task_struct *task)
{
	kthread_stop(task);
	put_task_struct(task);
}

/* It goes on without, rather than wait for a callback that may wait for it. */
static void another_task_does_not_wait(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	DECLARE_COMPLETION_ONSTACK(wait);
	struct task_struct *task = start_waiter(test, cache, &wait);

	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 9000, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, file_write("/proc/sys/vm/drop_caches", "2"), (ssize_t)1);
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	complete(&wait);
	end_task(task);
	cache->wait = NULL;
	limit_end_cache(cache);
}

static int completes_late(void *wait)
{
	msleep(50);
	complete(wait);
	return 0;
}

static void removing_waits_for_a_call(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	DECLARE_COMPLETION_ONSTACK(wait);
	struct task_struct *task = start_waiter(test, cache, &wait);
	struct task_struct *late = kthread_run(completes_late, &wait, "kspan_completes");

	KUNIT_ASSERT_FALSE(test, IS_ERR(late));
	kspan_heap_set_shortage(cache->heap, NULL, NULL);
	KUNIT_EXPECT_FALSE(test, cache->running);
	end_task(task);
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 100000, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	limit_end_cache(cache);
}

static int shrinks(void *unused)
{
	while (!kthread_should_stop()) {
		file_write("/proc/sys/vm/drop_caches", "2");
		cond_resched();
	}
	return 0;
}

static void count(struct kspan_heap *heap, void *alive)
{
	WARN_ON(!READ_ONCE(*(bool *)alive));
	cond_resched();
}

/* Heaps come and go while another task walks them and tells their owners. */
static void not_after_the_heap_is_destroyed(struct kunit *test)
{
	struct task_struct *task = kthread_run(shrinks, NULL, "kspan_shrinks");
	struct kspan_heap *heaps[3];
	bool alive[3];
	unsigned int i, round;

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (round = 0; round < 30; round++) {
		for (i = 0; i < ARRAY_SIZE(heaps); i++) {
			char name[] = "kunit a";

			name[6] += i;
			heaps[i] = kspan_heap_create(name, NULL);
			KUNIT_EXPECT_NOT_ERR_OR_NULL(test, heaps[i]);
			alive[i] = true;
			kspan_heap_set_shortage(heaps[i], count, &alive[i]);
		}
		cond_resched();
		for (i = 0; i < ARRAY_SIZE(heaps); i++) {
			kspan_heap_destroy(heaps[i]);
			WRITE_ONCE(alive[i], false);
		}
	}
	kthread_stop(task);
}

static void the_owner_of_a_pool_is_told(struct kunit *test)
{
	static const struct kspan_pool_params params = { .limit = KSPAN_PAGE_SIZE };
	struct kspan_pool *pool = kspan_pool_create("kunit pool", KSPAN_PAGE_SIZE, &params);
	struct limit_cache *cache = kunit_kzalloc(test, sizeof(*cache), GFP_KERNEL);
	void *p;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	init_completion(&cache->began);
	cache->objs[0] = kspan_pool_alloc(pool, GFP_KERNEL);
	cache->n = 1;
	cache->gives = 1;
	kspan_heap_set_shortage(kspan_pool_heap(pool), limit_give, cache);
	p = kspan_pool_alloc(pool, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	kspan_pool_free(pool, p);
	kspan_pool_destroy(pool);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(who_may_sleep_tells_and_is_served),
	KUNIT_CASE(nobody_is_told_while_there_is_room),
	KUNIT_CASE(null_if_nothing_is_freed),
	KUNIT_CASE(the_worker_tells_for_an_atomic_caller),
	KUNIT_CASE(the_shrinker_tells),
	KUNIT_CASE(not_in_itself),
	KUNIT_CASE(another_task_does_not_wait),
	KUNIT_CASE(removing_waits_for_a_call),
	KUNIT_CASE(not_after_the_heap_is_destroyed),
	KUNIT_CASE(the_owner_of_a_pool_is_told),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_shortage",
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
