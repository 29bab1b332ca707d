// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_region_percpu: all CPUs allocate from one region at once, in tasks and in interrupts.
 */
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/workqueue.h>
#include "contexts.h"
#include "base/params.h"
#include "region_fixture.h"
#include "pages/reserve.h"

#define OBJECTS		400

/**
 * struct filler - a task or a timer that allocates
 * @work: the task's work, queued on one CPU
 * @region: the region
 * @tag: the byte that fills its objects
 * @gfp: the flags of its allocations
 * @objs: its objects
 * @sizes: their sizes
 * @failed: allocations that got NULL
 * @dirty: objects that were not zeroed
 */
struct filler {
	struct work_struct work;
	struct kspan_percpu_region *region;
	u8 tag;
	gfp_t gfp;
	u8 *objs[OBJECTS];
	size_t sizes[OBJECTS];
	unsigned int failed;
	unsigned int dirty;
};

static void fill(void *arg)
{
	struct filler *f = arg;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, f->tag);
	for (i = 0; i < OBJECTS; i++) {
		f->sizes[i] = 1 + test_random(&rnd, i % 50 ? 500 : 2 * TEST_BLOCK);
		f->objs[i] = kspan_percpu_region_zalloc(f->region, f->sizes[i], f->gfp);
		if (!f->objs[i]) {
			f->failed++;
			continue;
		}
		f->dirty += !all_are(f->objs[i], 0, f->sizes[i]);
		memset(f->objs[i], f->tag, f->sizes[i]);
		if (gfpflags_allow_blocking(f->gfp))
			cond_resched();
	}
}

static void fill_work(struct work_struct *work)
{
	fill(container_of(work, struct filler, work));
}

static unsigned int broken_objects(const struct filler *f)
{
	unsigned int i, broken = f->dirty;

	for (i = 0; i < OBJECTS; i++)
		broken += f->objs[i] && !all_are(f->objs[i], f->tag, f->sizes[i]);
	return broken;
}

static struct kspan_percpu_region *create(struct kunit *test, size_t limit)
{
	const struct kspan_region_params params = { .block_size = TEST_BLOCK, .limit = limit };
	struct kspan_percpu_region *region = kspan_percpu_region_create("kunit percpu", &params);

	KUNIT_ASSERT_FALSE(test, IS_ERR(region));
	return region;
}

static struct filler *fillers(struct kunit *test, unsigned int n,
			      struct kspan_percpu_region *region)
{
	struct filler *f = kunit_kcalloc(test, n, sizeof(*f), GFP_KERNEL);
	unsigned int i;

	if (!f)
		kspan_percpu_region_destroy(region);
	KUNIT_ASSERT_NOT_NULL(test, f);
	for (i = 0; i < n; i++) {
		f[i].region = region;
		f[i].tag = i + 1;
		f[i].gfp = GFP_KERNEL;
		INIT_WORK(&f[i].work, fill_work);
	}
	return f;
}

/* Two tasks on each CPU share its part. Later rounds find dirty memory. */
static void all_cpus_fill_it(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, 0);
	unsigned int i, round, broken = 0, n = 2 * nr_cpu_ids;
	struct filler *f = fillers(test, n, region);

	for (round = 0; round < 3; round++) {
		cpus_read_lock();
		for (i = 0; i < n; i++)
			if (cpu_online(i / 2))
				schedule_work_on(i / 2, &f[i].work);
		for (i = 0; i < n; i++)
			flush_work(&f[i].work);
		cpus_read_unlock();
		for (i = 0; i < n; i++)
			broken += f[i].failed + broken_objects(&f[i]);
		kspan_percpu_region_reset(region);
	}
	KUNIT_EXPECT_EQ(test, broken, 0U);
	kspan_percpu_region_destroy(region);
}

struct ticker {
	struct hrtimer timer;
	struct filler *filler;
	unsigned int n;
};

/* Allocate an object in the interrupt, whatever the task is doing. */
static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct ticker *t = container_of(timer, struct ticker, timer);
	struct filler *f = t->filler;

	if (t->n == OBJECTS)
		return HRTIMER_NORESTART;
	f->objs[t->n] = kspan_percpu_region_alloc(f->region, 64, GFP_ATOMIC | __GFP_NOWARN);
	f->sizes[t->n] = 64;
	if (f->objs[t->n])
		memset(f->objs[t->n++], f->tag, 64);
	hrtimer_forward_now(timer, 20000);
	return HRTIMER_RESTART;
}

static bool has_ticked(void *ticker)
{
	return READ_ONCE(((struct ticker *)ticker)->n);
}

/* Task and timer stay on one CPU, which has its block before the timer begins. */
static void interrupts_allocate_too(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, 0);
	struct filler *f = fillers(test, 2, region);
	struct ticker *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int round, broken = 0;

	if (!t)
		kspan_percpu_region_destroy(region);
	KUNIT_ASSERT_NOT_NULL(test, t);
	t->filler = &f[1];
	migrate_disable();
	fill(&f[0]);
	hrtimer_setup(&t->timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(&t->timer, 20000, HRTIMER_MODE_REL_PINNED_HARD);
	KUNIT_EXPECT_TRUE(test, test_wait(has_ticked, t));
	for (round = 0; round < 20; round++) {
		fill(&f[0]);
		broken += f[0].failed + broken_objects(&f[0]);
	}
	hrtimer_cancel(&t->timer);
	migrate_enable();
	broken += broken_objects(&f[1]);
	KUNIT_EXPECT_EQ(test, broken, 0U);
	kspan_percpu_region_destroy(region);
}

static void fill_there(const struct context *context, struct filler *f)
{
	f->failed = 0;
	f->dirty = 0;
	memset(f->objs, 0, sizeof(f->objs));
	context->run(fill, f);
}

/* Without a block only the reserve serves, in contexts that may take its lock. */
static void where_nobody_may_sleep(struct kunit *test)
{
	struct filler *f = fillers(test, 1, NULL);
	const struct context *context;

	if (param_reserve_pages() < 32)
		kunit_skip(test, "reserve_kb is too small");
	f->gfp = GFP_ATOMIC | __GFP_NOWARN;
	for (context = atomic_contexts; context < atomic_contexts + NR_ATOMIC_CONTEXTS; context++) {
		f->region = create(test, 0);
		reserve_refill(GFP_KERNEL);
		fill_there(context, f);
		KUNIT_EXPECT_EQ_MSG(test, f->failed < OBJECTS, context->lockable, "%s",
				    context->name);
		KUNIT_EXPECT_EQ(test, broken_objects(f), 0U);
		kspan_percpu_region_destroy(f->region);
	}
}

/* A block serves every context but NMI, which may have interrupted a use of it. */
static void where_there_is_a_block(struct kunit *test)
{
	const struct context *context, *nmi = &atomic_contexts[NR_ATOMIC_CONTEXTS - 1];
	struct filler *f = fillers(test, 1, NULL);

	KUNIT_ASSERT_EQ(test, test_pin(test), 0);
	f->gfp = GFP_ATOMIC | __GFP_NOWARN;
	for (context = atomic_contexts; context <= nmi; context++) {
		f->region = create(test, 0);
		KUNIT_EXPECT_NOT_NULL(test, kspan_percpu_region_alloc(f->region, 8, GFP_KERNEL));
		fill_there(context, f);
		KUNIT_EXPECT_EQ_MSG(test, f->failed == OBJECTS, context == nmi, "%s",
				    context->name);
		KUNIT_EXPECT_EQ(test, broken_objects(f), 0U);
		kspan_percpu_region_destroy(f->region);
	}
}

static void the_limit_is_each_parts(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, 10000);
	unsigned int n = 0;

	migrate_disable();
	while (kspan_percpu_region_alloc(region, 100, GFP_KERNEL | __GFP_NOWARN))
		n++;
	migrate_enable();
	KUNIT_EXPECT_EQ(test, n, 96U);
	kspan_percpu_region_destroy(region);
}

static void alignment_and_arrays(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, 0);
	unsigned int broken = 0;
	size_t align;
	u8 *p;

	for (align = 1; align <= KSPAN_MAX_ALIGN; align *= 2) {
		p = kspan_percpu_region_alloc_aligned(region, 3, align, GFP_KERNEL);
		broken += !p || !IS_ALIGNED((unsigned long)p, align);
	}
	p = kspan_percpu_region_calloc(region, 10, 10, GFP_KERNEL);
	broken += !p || !all_are(p, 0, 100);
	KUNIT_EXPECT_EQ(test, broken, 0U);
	p = kspan_percpu_region_alloc_array(region, test_hidden(SIZE_MAX / 2), 3, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_PTR_EQ(test, kspan_percpu_region_alloc(region, test_hidden(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	kspan_percpu_region_destroy(region);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_cpus_fill_it),
	KUNIT_CASE(interrupts_allocate_too),
	KUNIT_CASE(where_nobody_may_sleep),
	KUNIT_CASE(where_there_is_a_block),
	KUNIT_CASE(the_limit_is_each_parts),
	KUNIT_CASE(alignment_and_arrays),
	{ }
};

/* The fixture's region is not used, but its page count covers the tests' regions. */
static struct kunit_suite suite = {
	.name = "kspan_region_percpu",
	.init = region_test_init,
	.exit = region_test_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
