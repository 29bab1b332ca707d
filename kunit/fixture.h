/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit suites share: a heap of the test's own, so that nobody else's objects come in
 * between; the announcement of a report that is provoked on purpose; random numbers that are the
 * same on every run.
 */
#ifndef _KSPAN_KUNIT_FIXTURE_H
#define _KSPAN_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/prandom.h>
#include "kunit_compat.h"
#include "central/heap.h"
#include "central/mcentral.h"
#include "cpu/mcache_drain.h"
#include "pages/mheap.h"
#include "pages/pagemap.h"
#include "pages/report.h"
#include "heap/stats.h"

/* For a suite's .init and .exit: the heap is test->priv, the test stays on one CPU. */
int test_heap_init(struct kunit *test);
void test_heap_exit(struct kunit *test);

/* For a suite's .init without a heap of its own. */
int test_pin(struct kunit *test);

/* For a suite's .suite_exit: kspan holds nothing that is idle. */
void test_trim(struct kunit_suite *suite);

/*
 * For a suite's .suite_init and .suite_exit: between them kspan's worker rests, and its tests alone
 * fill the reserve, drain spans and return arenas. kspan_trim() works as ever.
 */
int test_pause_worker(struct kunit_suite *suite);
void test_resume_worker(struct kunit_suite *suite);

static inline struct kspan_heap *test_heap(struct kunit *test)
{
	return test->priv;
}

static inline struct mcentral *test_central(struct kunit *test, unsigned int class)
{
	return &test_heap(test)->central[class];
}

/* This CPU's; the test is pinned to it. */
static inline struct mcache *test_mcache(struct kunit *test)
{
	return *per_cpu_ptr(test_heap(test)->owner.mcaches, raw_smp_processor_id());
}

static inline struct mcache_slot *test_slot(struct kunit *test, unsigned int class)
{
	return &test_mcache(test)->slot[class];
}

/* In module/kunit_exports.c: kspan_alloc() in any heap. */
void *kunit_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp);

void *test_alloc(struct kunit *test, size_t size, gfp_t gfp);
void test_alloc_many(struct kunit *test, size_t size, void **objs, unsigned int n);
void test_free_many(void **objs, unsigned int n);
void test_drain(struct kunit *test);
void **test_pointers(struct kunit *test, unsigned int n);
struct mspan *test_span_of(const void *p);

/* Between them exactly the kernel messages that match are forgiven, and one must come. */
void test_report_begin(const char *regex);
unsigned long test_report_end(void);

bool test_wait(bool (*done)(void *arg), void *arg);

void test_seed(struct kunit *test, struct rnd_state *rnd, u32 seed);

static inline u32 test_random(struct rnd_state *rnd, u32 below)
{
	return prandom_u32_state(rnd) % below;
}

/* A pointer or size of which the compiler shall know nothing: it would warn of the mistake. */
static inline unsigned long test_hidden(unsigned long value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

/* The smallest object of a class that no smaller class serves. */
static inline size_t test_class_size(unsigned int class)
{
	return size_classes[class].size;
}

#endif /* _KSPAN_KUNIT_FIXTURE_H */
