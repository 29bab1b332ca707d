// SPDX-License-Identifier: GPL-2.0
/*
 * What the KUnit suites share; see fixture.h.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include "fixture.h"
#include "pages/report.h"
#include "upkeep/scavenge.h"
#include "cpu/tiny.h"

#undef pr_fmt
#define pr_fmt(fmt) fmt

static unsigned long reports_before;

int test_pin(struct kunit *test)
{
	return set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

static void heap_free(struct kspan_heap *heap)
{
	struct mcache *mc;
	int cpu;

	for_each_possible_cpu(cpu) {
		mc = *per_cpu_ptr(heap->owner.mcaches, cpu);
		if (mc)
			mcache_free(mc);
	}
	free_percpu(heap->owner.mcaches);
	kvfree(heap);
}

static struct kspan_heap *heap_new(void)
{
	struct kspan_heap *heap = kvzalloc(heap_bytes(NR_CLASSES - 1), GFP_KERNEL);
	struct mcache *mc;
	int cpu;

	if (!heap)
		return NULL;
	strscpy(heap->owner.name, "kunit", sizeof(heap->owner.name));
	heap->owner.mcaches = alloc_percpu(struct mcache *);
	if (!heap->owner.mcaches)
		goto err;
	heap_init(heap, 0);
	for_each_possible_cpu(cpu) {
		mc = mcache_create(heap, NUMA_NO_NODE, GFP_KERNEL);
		if (!mc)
			goto err;
		*per_cpu_ptr(heap->owner.mcaches, cpu) = mc;
	}
	return heap;
err:
	if (heap->owner.mcaches)
		heap_free(heap);
	else
		kvfree(heap);
	return NULL;
}

int test_heap_init(struct kunit *test)
{
	test->priv = heap_new();
	return test->priv ? test_pin(test) : -ENOMEM;
}

/* Allocate an object and free it. */
void test_use(struct kunit *test, size_t size)
{
	void *obj;

	test_alloc_many(test, size, &obj, 1);
	kspan_free(obj);
}

/* Drain the slots of this CPU's mcache that mcache_look() marked. */
void test_drain_idle(struct kunit *test)
{
	slow_section_begin();
	mcache_drain(test_mcache(test), true);
	slow_section_end();
}

/* Only the test uses the heap, so it may drain the mcaches of all CPUs. */
void test_drain(struct kunit *test)
{
	struct kspan_heap *heap = test_heap(test);
	struct mcache *mc;
	int cpu;

	for_each_possible_cpu(cpu) {
		mc = *per_cpu_ptr(heap->owner.mcaches, cpu);
		KUNIT_EXPECT_EQ(test, mc->busy, MCACHE_FREE);
		slow_section_begin();
		mcache_drain(mc, false);
		slow_section_end();
	}
	heap_drain_depots(heap, false);
	mutex_lock(&mheap.lock);
	mheap_drain_late();
	mutex_unlock(&mheap.lock);
}

/* A heap with live objects is not freed: their spans refer to it. */
void test_heap_exit(struct kunit *test)
{
	struct kspan_heap *heap = test_heap(test);
	unsigned long spans = 0;
	unsigned int class;

	if (!heap)
		return;
	test_drain(test);
	mheap_drain();
	for_each_class(heap, class)
		spans += heap_central(heap, class)->nr_spans;
	spans += atomic_long_read(&heap->large_objects);
	KUNIT_EXPECT_EQ_MSG(test, spans, 0UL, "the test left objects behind");
	if (!spans)
		heap_free(heap);
}

void test_trim(struct kunit_suite *suite)
{
	kspan_trim();
}

int test_pause_worker(struct kunit_suite *suite)
{
	scavenge_pause();
	return 0;
}

void test_resume_worker(struct kunit_suite *suite)
{
	scavenge_resume();
	kspan_trim();
}

void *test_alloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_alloc(test_heap(test), size, gfp);
}

void test_alloc_many(struct kunit *test, size_t size, void **objs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		objs[i] = test_alloc(test, size, GFP_KERNEL);
		if (!objs[i])
			break;
	}
	KUNIT_ASSERT_EQ(test, i, n);
}

void test_free_many(void **objs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		kspan_free(objs[i]);
}

/* An array of pointers that is freed when the test ends. */
void **test_pointers(struct kunit *test, unsigned int n)
{
	void **p = kunit_kcalloc(test, n, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

struct mspan *test_span_of(const void *p)
{
	struct mspan *span;

	preempt_disable();
	span = pagemap_lookup((unsigned long)p);
	preempt_enable();
	return span;
}

/* Resets kspan's rate limit: the tests provoke more reports than it would let through. */
void test_report_begin(const char *regex)
{
	ratelimit_state_init(&report_limit, 5 * HZ, 100);
	pr_info("kspan-expect-begin %s\n", regex);
	reports_before = report_bad_frees() + report_bad_pointers();
}

/* Return: the number of misuses that kspan has detected since test_report_begin(). */
unsigned long test_report_end(void)
{
	unsigned long n = report_bad_frees() + report_bad_pointers() - reports_before;

	pr_info("kspan-expect-end\n");
	return n;
}

/**
 * test_wait() - wait for what another task or an interrupt is about to do
 * @done: whether it has been done
 * @arg: for @done
 *
 * The limit is a number of naps, not a time: a busy machine makes each nap longer, and so the
 * limit.
 *
 * Return: whether it was done before the limit of a minute or more.
 */
bool test_wait(bool (*done)(void *arg), void *arg)
{
	unsigned int naps = 3000;

	while (!done(arg) && naps--)
		msleep(20);
	return done(arg);
}

void test_seed(struct kunit *test, struct rnd_state *rnd, u32 seed)
{
	kunit_info(test, "seed %u\n", seed);
	prandom_seed_state(rnd, seed);
}

KSPAN_IMPORT_NS();
KSPAN_IMPORT_INTERNAL();
MODULE_DESCRIPTION("KUnit tests of kspan");
MODULE_LICENSE("GPL");
