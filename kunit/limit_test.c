// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_limit: an owner of a heap is told when memory is short, and what it frees then serves.
 * limit_mb bounds all segments. __GFP_NOFAIL exceeds limits, and waits.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include <kspan/region.h>
#include "fixture.h"
#include "base/params.h"
#include "files.h"
#include "upkeep/scavenge.h"

#define LIMIT_PAGES	16
#define MOST		64

/**
 * struct cache - the owner of a heap, which can do without its objects
 * @heap: the heap
 * @objs: large objects of a page
 * @n: how many
 * @gives: how many it frees when it is told
 * @calls: how often it was told
 * @task: the last one that told it
 * @within: what an allocation in the callback gave
 * @nested: it was told meanwhile
 * @running: in the callback
 * @allocates: an allocation in the callback
 * @wait: a callback waits for it, unless NULL
 * @began: it does
 */
struct cache {
	struct kspan_heap *heap;
	void *objs[MOST];
	unsigned int n;
	unsigned int gives;
	unsigned int calls;
	struct task_struct *task;
	void *within;
	bool nested;
	bool running;
	bool allocates;
	struct completion *wait;
	struct completion began;
};

static void give(struct kspan_heap *heap, void *arg)
{
	struct cache *cache = arg;
	unsigned int i;

	cache->nested |= cache->running;
	cache->running = true;
	WRITE_ONCE(cache->calls, cache->calls + 1);
	cache->task = current;
	complete(&cache->began);
	if (cache->wait)
		wait_for_completion(cache->wait);
	if (cache->allocates)
		cache->within = kspan_heap_alloc(heap, KSPAN_PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	for (i = 0; i < cache->gives && cache->n; i++)
		kspan_free(cache->objs[--cache->n]);
	cache->running = false;
}

static const struct kspan_heap_params page_limit = { .limit = LIMIT_PAGES * KSPAN_PAGE_SIZE };

/* A heap that is full of the owner's objects. */
static struct cache *full_cache(struct kunit *test)
{
	struct cache *cache = kunit_kzalloc(test, sizeof(*cache), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	init_completion(&cache->began);
	cache->heap = kspan_heap_create("kunit cache", &page_limit);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache->heap);
	while (cache->n < MOST) {
		cache->objs[cache->n] = kspan_heap_alloc(cache->heap, KSPAN_PAGE_SIZE,
							 GFP_KERNEL | __GFP_NOWARN);
		if (!cache->objs[cache->n])
			break;
		cache->n++;
	}
	KUNIT_ASSERT_EQ(test, cache->n, (unsigned int)LIMIT_PAGES);
	cache->gives = 8;	/* a span of objects of 9000 bytes has 7 pages */
	kspan_heap_set_shortage(cache->heap, give, cache);
	return cache;
}

static void end_cache(struct cache *cache)
{
	test_free_many(cache->objs, cache->n);
	kspan_heap_destroy(cache->heap);
}

/* Sizes of every kind: tiny, small, a class, large. */
static const size_t kinds[] = { 3, 200, 9000, 12345 };

static void who_may_sleep_tells_and_is_served(struct kunit *test)
{
	struct cache *cache = full_cache(test);
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
	end_cache(cache);
}

/* What lies in caches is taken back first. */
static void nobody_is_told_while_there_is_room(struct kunit *test)
{
	struct cache *cache = full_cache(test);
	void *p;

	test_free_many(cache->objs, cache->n);
	cache->n = 0;
	p = kspan_heap_alloc(cache->heap, 100000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, cache->calls, 0U);
	kspan_free(p);
	end_cache(cache);
}

/* One call an allocation, also if nothing is freed. */
static void null_if_nothing_is_freed(struct kunit *test)
{
	struct cache *cache = full_cache(test);

	cache->gives = 0;
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 9000, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	end_cache(cache);
}

static bool was_called(void *arg)
{
	struct cache *cache = arg;

	return READ_ONCE(cache->calls);
}

static bool has_room(void *arg)
{
	struct cache *cache = arg;

	return atomic_long_read(&cache->heap->owner.charged_pages) + 8 <= LIMIT_PAGES;
}

static void the_worker_tells_for_an_atomic_caller(struct kunit *test)
{
	struct cache *cache = full_cache(test);
	void *p;

	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 9000, GFP_ATOMIC | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, cache->calls, 0U);
	KUNIT_EXPECT_TRUE(test, test_wait(was_called, cache));
	KUNIT_EXPECT_PTR_NE(test, cache->task, current);
	KUNIT_EXPECT_TRUE(test, test_wait(has_room, cache));
	p = kspan_heap_alloc(cache->heap, 9000, GFP_ATOMIC);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
	end_cache(cache);
}

static void the_shrinker_tells(struct kunit *test)
{
	struct cache *cache = full_cache(test);

	KUNIT_EXPECT_EQ(test, file_write("/proc/sys/vm/drop_caches", "2"), (ssize_t)1);
	KUNIT_EXPECT_GE(test, cache->calls, 1U);
	KUNIT_EXPECT_PTR_EQ(test, cache->task, current);
	KUNIT_EXPECT_TRUE(test, has_room(cache));
	end_cache(cache);
}

static void not_in_itself(struct kunit *test)
{
	struct cache *cache = full_cache(test);
	void *p;

	cache->allocates = true;
	p = kspan_heap_alloc(cache->heap, 9000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, cache->within);
	KUNIT_EXPECT_FALSE(test, cache->nested);
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	kspan_free(p);
	end_cache(cache);
}

static int allocates(void *arg)
{
	struct cache *cache = arg;

	kspan_free(kspan_heap_alloc(cache->heap, 9000, GFP_KERNEL | __GFP_NOWARN));
	return 0;
}

/* Start a task whose allocation is in the callback until @wait completes. */
static struct task_struct *start_waiter(struct kunit *test, struct cache *cache,
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
	struct cache *cache = full_cache(test);
	DECLARE_COMPLETION_ONSTACK(wait);
	struct task_struct *task = start_waiter(test, cache, &wait);

	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 9000, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, file_write("/proc/sys/vm/drop_caches", "2"), (ssize_t)1);
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	complete(&wait);
	end_task(task);
	cache->wait = NULL;
	end_cache(cache);
}

static int completes_late(void *wait)
{
	msleep(50);
	complete(wait);
	return 0;
}

static void removing_waits_for_a_call(struct kunit *test)
{
	struct cache *cache = full_cache(test);
	DECLARE_COMPLETION_ONSTACK(wait);
	struct task_struct *task = start_waiter(test, cache, &wait);
	struct task_struct *late = kthread_run(completes_late, &wait, "kspan_completes");

	KUNIT_ASSERT_FALSE(test, IS_ERR(late));
	kspan_heap_set_shortage(cache->heap, NULL, NULL);
	KUNIT_EXPECT_FALSE(test, cache->running);
	end_task(task);
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 100000, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	end_cache(cache);
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
	for (round = 0; round < 100; round++) {
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
	struct cache *cache = kunit_kzalloc(test, sizeof(*cache), GFP_KERNEL);
	void *p;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	init_completion(&cache->began);
	cache->objs[0] = kspan_pool_alloc(pool, GFP_KERNEL);
	cache->n = 1;
	cache->gives = 1;
	kspan_heap_set_shortage(kspan_pool_heap(pool), give, cache);
	p = kspan_pool_alloc(pool, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	kspan_pool_free(pool, p);
	kspan_pool_destroy(pool);
}

#define LIMIT_FILE	"/sys/module/kspan/parameters/limit_mb"

static char limit_before[16];	/* the value that a test has replaced, or "" */

static bool set_limit(unsigned long mb)
{
	char text[16];

	snprintf(text, sizeof(text), "%lu", mb);
	return file_write(LIMIT_FILE, text) > 0;
}

/* Until the test ends all segments together may take @mb more megabytes than now. */
static void limit_to(struct kunit *test, unsigned long mb)
{
	char text[sizeof(limit_before)] = { };

	kspan_trim();
	if (file_read(LIMIT_FILE, text, sizeof(text) - 1) <= 0)
		kunit_skip(test, "limit_mb cannot be read here");
	if (!set_limit(DIV_ROUND_UP(READ_ONCE(mheap.arena_bytes), SZ_1M) + mb))
		kunit_skip(test, "limit_mb cannot be changed here");
	strscpy(limit_before, text, sizeof(limit_before));
}

static void limit_test_exit(struct kunit *test)
{
	if (limit_before[0])
		KUNIT_EXPECT_GT(test, file_write(LIMIT_FILE, limit_before), (ssize_t)0);
	limit_before[0] = 0;
}

#define OBJECT_BYTES	(300UL << 10)

/* Allocate from the default heap until it says NULL. Return: how many. */
static unsigned int take_all(void **objs, unsigned int most)
{
	unsigned int n = 0;

	while (n < most && (objs[n] = kspan_alloc(OBJECT_BYTES, GFP_KERNEL | __GFP_NOWARN)))
		n++;
	return n;
}

static void limit_mb_refuses_and_recovers(struct kunit *test)
{
	void *objs[MOST], *p;
	unsigned int n;

	limit_to(test, 8);
	n = take_all(objs, MOST);
	KUNIT_EXPECT_GE(test, n, (unsigned int)(7 * SZ_1M / OBJECT_BYTES));
	KUNIT_EXPECT_LT(test, n, (unsigned int)MOST);
	KUNIT_EXPECT_LE(test, READ_ONCE(mheap.arena_bytes), param_limit_bytes());
	KUNIT_EXPECT_NULL(test, kspan_alloc(SZ_8M, GFP_KERNEL | __GFP_NOWARN));
	test_report_begin("limit_mb is met");
	KUNIT_EXPECT_NULL(test, kspan_alloc(SZ_8M + 1, GFP_KERNEL));
	test_report_end();
	/* What was freed serves objects of any size at once. */
	test_free_many(objs, n);
	p = kspan_alloc(6 * SZ_1M, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
}

/* Where a whole segment exceeds the limit, a smaller one does not. */
static void what_is_left_is_used(struct kunit *test)
{
	unsigned long before;
	void *objs[MOST];
	unsigned int n;

	limit_to(test, 5);
	before = READ_ONCE(mheap.arena_bytes);
	n = take_all(objs, MOST);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.arena_bytes), before + 4 * SZ_1M);
	KUNIT_EXPECT_LE(test, READ_ONCE(mheap.arena_bytes), param_limit_bytes());
	test_free_many(objs, n);
}

static void owners_are_told_at_limit_mb(struct kunit *test)
{
	struct cache *cache = full_cache(test);
	unsigned int i, n;
	void *objs[MOST], *p;

	kspan_heap_set_limit(cache->heap, 0);
	for (i = 0; i < 8; i++) {
		kspan_free(cache->objs[i]);
		cache->objs[i] = kspan_heap_alloc(cache->heap, SZ_1M - SZ_64K, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, cache->objs[i]);
	}
	cache->gives = 0;
	limit_to(test, 2);
	n = take_all(objs, MOST);
	cache->gives = MOST;
	cache->calls = 0;
	p = kspan_alloc(SZ_1M, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	KUNIT_EXPECT_EQ(test, cache->n, 0U);
	KUNIT_EXPECT_LE(test, READ_ONCE(mheap.arena_bytes), param_limit_bytes());
	kspan_free(p);
	test_free_many(objs, n);
	end_cache(cache);
}

static bool within_limit(void *unused)
{
	return READ_ONCE(mheap.arena_bytes) <= param_limit_bytes();
}

/* The owner's objects, and what is idle, go at once. */
static void lowering_limit_mb_gives_back(struct kunit *test)
{
	struct cache *cache = full_cache(test);
	unsigned long before;
	unsigned int n;
	void *objs[MOST];

	limit_to(test, 10);
	before = READ_ONCE(mheap.arena_bytes);
	n = take_all(objs, 20);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.arena_bytes), before + 4 * SZ_1M);
	test_free_many(objs, n);
	cache->gives = MOST;
	KUNIT_EXPECT_TRUE(test, set_limit(DIV_ROUND_UP(before, SZ_1M)));
	KUNIT_EXPECT_TRUE(test, test_wait(within_limit, NULL));
	KUNIT_EXPECT_EQ(test, cache->n, 0U);
	end_cache(cache);
}

#define NOFAIL	(GFP_KERNEL | __GFP_NOFAIL)

/* A task that the kernel kills, as far as it can see. */
static void kill_me(bool kill)
{
	if (kill) {
		sigaddset(&current->pending.signal, SIGKILL);
		set_thread_flag(TIF_SIGPENDING);
	} else {
		sigdelset(&current->pending.signal, SIGKILL);
		clear_thread_flag(TIF_SIGPENDING);
	}
}

/* By all allocating functions. */
static void nofail_exceeds_the_limit_of_a_heap(struct kunit *test)
{
	struct cache *cache = full_cache(test);
	unsigned int i, n = 0;
	void *objs[MOST];

	cache->gives = 0;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		objs[n++] = kspan_heap_alloc(cache->heap, kinds[i], NOFAIL);
	objs[n++] = kspan_heap_alloc_aligned(cache->heap, 100, SZ_64K, NOFAIL);
	objs[n++] = kspan_heap_zalloc(cache->heap, 20000, NOFAIL);
	objs[n++] = kspan_heap_realloc(cache->heap, NULL, 30000, NOFAIL);
	objs[n - 1] = kspan_realloc(objs[n - 1], 60000, NOFAIL);
	KUNIT_EXPECT_EQ(test, kspan_heap_alloc_bulk(cache->heap, 5000, NOFAIL, 40, objs + n), 40U);
	n += 40;
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	KUNIT_EXPECT_GE(test, cache->calls, (unsigned int)ARRAY_SIZE(kinds));
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 100000, GFP_KERNEL | __GFP_NOWARN));
	test_free_many(objs, n);
	end_cache(cache);
}

static void nofail_of_a_pool(struct kunit *test)
{
	static const struct kspan_pool_params params = { .limit = KSPAN_PAGE_SIZE };
	struct kspan_pool *pool = kspan_pool_create("kunit pool", KSPAN_PAGE_SIZE, &params);
	unsigned int i;
	void *objs[8];

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	KUNIT_ASSERT_EQ(test, kspan_pool_prefill(pool, 1, GFP_KERNEL), 0);
	objs[0] = kspan_pool_alloc(pool, NOFAIL);
	/* It was in the stock. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kspan_pool_heap(pool)->owner.pages), 1L);
	objs[1] = kspan_pool_alloc(pool, NOFAIL | __GFP_ZERO);
	KUNIT_EXPECT_EQ(test, kspan_pool_alloc_bulk(pool, NOFAIL, 6, objs + 2), 6U);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
		kspan_pool_free(pool, objs[i]);
	}
	kspan_pool_destroy(pool);
}

static void nofail_exceeds_limit_mb(struct kunit *test)
{
	unsigned int n, more = 0;
	void *objs[MOST];

	limit_to(test, 3);
	n = take_all(objs, MOST - 3);
	objs[n + more++] = kspan_alloc(OBJECT_BYTES, NOFAIL);
	objs[n + more++] = kspan_alloc(3 * SZ_1M, NOFAIL);
	objs[n + more++] = kspan_alloc(SZ_4M, NOFAIL);
	KUNIT_EXPECT_NOT_NULL(test, objs[n]);
	KUNIT_EXPECT_NOT_NULL(test, objs[n + 1]);
	KUNIT_EXPECT_NOT_NULL(test, objs[n + 2]);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.arena_bytes), param_limit_bytes());
	test_free_many(objs, n + more);
	KUNIT_EXPECT_TRUE(test, test_wait(within_limit, NULL));
}

/* A region's own limit holds: it bounds what the region was made for. */
static void nofail_of_a_region(struct kunit *test)
{
	static const struct kspan_region_params params = { .chunk_size = SZ_1M, .limit = SZ_4M };
	struct kspan_region *region = kspan_region_create("kunit limit", &params);
	unsigned int i, n;
	void *objs[MOST];

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, region);
	limit_to(test, 2);
	n = take_all(objs, MOST);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_NOT_NULL(test, kspan_region_alloc(region, SZ_256K, NOFAIL));
	KUNIT_EXPECT_NULL(test, kspan_region_alloc(region, SZ_4M, NOFAIL | __GFP_NOWARN));
	kspan_region_destroy(region);
	test_free_many(objs, n);
}

/* Small ones, more than the reserve has; and one that the reserve has no run for. */
static void nofail_of_a_killed_task(struct kunit *test)
{
	unsigned int i, n = 2 * param_reserve_pages();
	void **objs = test_pointers(test, n + 2);

	kspan_trim();
	kill_me(true);
	for (i = 0; i < n; i++)
		objs[i] = kspan_alloc(KSPAN_PAGE_SIZE, NOFAIL);
	objs[n] = kspan_alloc(SZ_1M + 1, NOFAIL);
	objs[n + 1] = kspan_alloc(3 * SZ_1M + 1, NOFAIL);
	kill_me(false);
	for (i = 0; i < n + 2; i++)
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	test_free_many(objs, n + 2);
}

static void nofail_of_a_task_that_reclaims(struct kunit *test)
{
	unsigned int i, flags, n = 2 * param_reserve_pages();
	void **objs = test_pointers(test, n + 1);

	limit_to(test, 0);
	flags = memalloc_noreclaim_save();
	for (i = 0; i < n; i++)
		objs[i] = kspan_alloc(KSPAN_PAGE_SIZE, NOFAIL);
	objs[n] = kspan_alloc(SZ_1M + 1, NOFAIL);
	memalloc_noreclaim_restore(flags);
	for (i = 0; i < n + 1; i++)
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	test_free_many(objs, n + 1);
}

/* Where nobody may sleep, and what cannot ever be served. */
static void nofail_that_fails(struct kunit *test)
{
	struct cache *cache = full_cache(test);
	const size_t huge = (totalram_pages() << PAGE_SHIFT) + 1;

	cache->gives = 0;
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 200,
						 GFP_ATOMIC | __GFP_NOFAIL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kspan_alloc(test_hidden(SIZE_MAX / 2), NOFAIL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kspan_alloc(test_hidden(huge), NOFAIL | __GFP_NOWARN));
	test_report_begin("unsupported gfp flags");
	KUNIT_EXPECT_NULL(test, kspan_alloc(200, NOFAIL | __GFP_DMA));
	test_report_end();
	end_cache(cache);
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
	KUNIT_CASE(limit_mb_refuses_and_recovers),
	KUNIT_CASE(what_is_left_is_used),
	KUNIT_CASE(owners_are_told_at_limit_mb),
	KUNIT_CASE(lowering_limit_mb_gives_back),
	KUNIT_CASE(nofail_exceeds_the_limit_of_a_heap),
	KUNIT_CASE(nofail_of_a_pool),
	KUNIT_CASE(nofail_exceeds_limit_mb),
	KUNIT_CASE(nofail_of_a_region),
	KUNIT_CASE(nofail_of_a_killed_task),
	KUNIT_CASE(nofail_of_a_task_that_reclaims),
	KUNIT_CASE(nofail_that_fails),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_limit",
	.exit = limit_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
