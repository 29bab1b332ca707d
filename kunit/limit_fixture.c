// SPDX-License-Identifier: GPL-2.0
/*
 * The owner of a heap, and a limit of the module, for tests; see limit_fixture.h.
 */
#include <linux/math.h>
#include <linux/sizes.h>
#include "fixture.h"
#include "base/params.h"
#include "files.h"
#include "limit_fixture.h"

void limit_give(struct kspan_heap *heap, void *arg)
{
	struct limit_cache *cache = arg;
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
struct limit_cache *limit_full_cache(struct kunit *test)
{
	struct limit_cache *cache = kunit_kzalloc(test, sizeof(*cache), GFP_KERNEL);

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
	kspan_heap_set_shortage(cache->heap, limit_give, cache);
	return cache;
}

void limit_end_cache(struct limit_cache *cache)
{
	test_free_many(cache->objs, cache->n);
	kspan_heap_destroy(cache->heap);
}

#define LIMIT_FILE	"/sys/module/kspan/parameters/limit_mb"

static char limit_before[16];	/* the value that a test has replaced, or "" */

bool limit_set(unsigned long mb)
{
	char text[16];

	snprintf(text, sizeof(text), "%lu", mb);
	return file_write(LIMIT_FILE, text) > 0;
}

/* Until the test ends all segments together may take @mb more megabytes than now. */
void limit_to(struct kunit *test, unsigned long mb)
{
	char text[sizeof(limit_before)] = { };

	kspan_trim();
	if (file_read(LIMIT_FILE, text, sizeof(text) - 1) <= 0)
		kunit_skip(test, "limit_mb cannot be read here");
	if (!limit_set(DIV_ROUND_UP(READ_ONCE(mheap.arena_bytes), SZ_1M) + mb))
		kunit_skip(test, "limit_mb cannot be changed here");
	strscpy(limit_before, text, sizeof(limit_before));
}

void limit_test_exit(struct kunit *test)
{
	if (limit_before[0])
		KUNIT_EXPECT_GT(test, file_write(LIMIT_FILE, limit_before), (ssize_t)0);
	limit_before[0] = 0;
}

/* Allocate from the default heap until it says NULL. Return: how many. */
unsigned int limit_take_all(void **objs, unsigned int most)
{
	unsigned int n = 0;

	while (n < most && (objs[n] = kspan_alloc(LIMIT_OBJECT_BYTES, GFP_KERNEL | __GFP_NOWARN)))
		n++;
	return n;
}

bool limit_is_kept(void *unused)
{
	return READ_ONCE(mheap.arena_bytes) <= param_limit_bytes();
}
