/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit suites share: a heap that only the test uses; the announcement of a report that a
 * test provokes; random numbers that are the same in every run.
 */
#ifndef _KSPAN_KUNIT_FIXTURE_H
#define _KSPAN_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/nodemask.h>
#include <linux/prandom.h>
#include "kunit_compat.h"
#include "central/heap.h"
#include "central/mcentral.h"
#include "cpu/mcache_drain.h"
#include "pages/mheap.h"
#include "pages/pagemap.h"
#include "pages/report.h"
#include "heap/stats.h"

/* For a suite's .init and .exit: test->priv is a new heap, and the test stays on one CPU. */
int test_heap_init(struct kunit *test);
void test_heap_exit(struct kunit *test);

/* For a suite's .init without a heap of its own. */
int test_pin(struct kunit *test);

/* For a suite's .suite_exit: kspan returns all idle memory. */
void test_trim(struct kunit_suite *suite);

/*
 * For a suite's .suite_init and .suite_exit: they pause kspan's worker and resume it. While it is
 * paused only the tests fill the reserve, drain spans and return arenas, whenever they get to run.
 * kspan_trim() still works.
 */
int test_pause_worker(struct kunit_suite *suite);
void test_resume_worker(struct kunit_suite *suite);

/* Where the test's heap has its pages. */
static inline struct place test_place(void)
{
	return (struct place) { BACKING_VMALLOC, NUMA_NO_NODE };
}

static inline struct kspan_heap *test_heap(struct kunit *test)
{
	return test->priv;
}

static inline struct mcentral *test_central(struct kunit *test, unsigned int class)
{
	return heap_central(test_heap(test), class);
}

/* The mcache of this CPU, to which the test is pinned. */
static inline struct mcache *test_mcache(struct kunit *test)
{
	return *per_cpu_ptr(test_heap(test)->owner.mcaches, raw_smp_processor_id());
}

static inline struct mcache_slot *test_slot(struct kunit *test, unsigned int class)
{
	return mcache_slot(test_mcache(test), class);
}

/* kspan_alloc(), in any heap. kspan.ko exports it for the tests. */
void *kunit_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp);

void *test_alloc(struct kunit *test, size_t size, gfp_t gfp);
void test_alloc_many(struct kunit *test, size_t size, void **objs, unsigned int n);
void test_free_many(void **objs, unsigned int n);
void test_use(struct kunit *test, size_t size);
void test_drain(struct kunit *test);
void test_drain_idle(struct kunit *test);
void **test_pointers(struct kunit *test, unsigned int n);
struct mspan *test_span_of(const void *p);

/* Between them kernel messages that match are expected, and at least one must come. */
void test_report_begin(const char *regex);
unsigned long test_report_end(void);

bool test_wait(bool (*done)(void *arg), void *arg);

void test_seed(struct kunit *test, struct rnd_state *rnd, u32 seed);

static inline u32 test_random(struct rnd_state *rnd, u32 below)
{
	return prandom_u32_state(rnd) % below;
}

/* Hides a wrong pointer or size from the compiler, which would warn of it. */
static inline unsigned long test_hidden(unsigned long value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

/* What so many locks add to structs at most where they are larger, on a debugging kernel. */
static inline size_t test_lock_bytes(unsigned int n)
{
	return sizeof(spinlock_t) > sizeof(u32) ? n * ALIGN(sizeof(spinlock_t), 64) : 0;
}

/* What a heap costs so many times: each memory node has a part, and all have one in common. */
static inline unsigned int test_parts(void)
{
	return place_by_node ? 1 + num_node_state(N_MEMORY) : 1;
}

/* The size of a class's objects. */
static inline size_t test_class_size(unsigned int class)
{
	return size_classes[class].size;
}

#endif /* _KSPAN_KUNIT_FIXTURE_H */
