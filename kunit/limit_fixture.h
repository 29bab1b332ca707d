/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of limits: a heap that is full of objects that its owner can do without, and a limit on
 * the memory of all segments.
 */
#ifndef _KSPAN_KUNIT_LIMIT_FIXTURE_H
#define _KSPAN_KUNIT_LIMIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <kspan/heap.h>

#define LIMIT_PAGES		16
#define MOST			64
#define LIMIT_OBJECT_BYTES	(300UL << 10)

/**
 * struct limit_cache - the owner of a heap, which can do without its objects
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
struct limit_cache {
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

void limit_give(struct kspan_heap *heap, void *arg);
struct limit_cache *limit_full_cache(struct kunit *test);
void limit_end_cache(struct limit_cache *cache);

bool limit_set(unsigned long mb);
void limit_to(struct kunit *test, unsigned long mb);
void limit_test_exit(struct kunit *test);
bool limit_is_kept(void *unused);
unsigned int limit_take_all(void **objs, unsigned int most);

#endif /* _KSPAN_KUNIT_LIMIT_FIXTURE_H */
