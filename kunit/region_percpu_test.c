// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_region_percpu: a region that all CPUs fill at once, from tasks and from interrupts.
 */
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/workqueue.h>
#include "contexts.h"
#include "region_fixture.h"

#define OBJECTS		400

/**
 * struct filler - one task, or one timer, that allocates
 * @work: runs on a CPU, as far as it is not moved
 * @region: from where
 * @tag: what its objects are filled with
 * @gfp: what it may do
 * @objs: its objects
 * @sizes: their sizes
 * @failed: allocations that got NULL
 */
struct filler {
	struct work_struct work;
	struct kspan_percpu_region *region;
	u8 tag;
	gfp_t gfp;
	u8 *objs[OBJECTS];
	size_t sizes[OBJECTS];
	unsigned int failed;
};

static void fill(void *arg)
{
	struct filler *f = arg;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, f->tag);
	for (i = 0; i < OBJECTS; i++) {
		f->sizes[i] = 1 + test_random(&rnd, i % 50 ? 500 : 2 * TEST_CHUNK);
		f->objs[i] = kspan_percpu_region_zalloc(f->region, f->sizes[i], f->gfp);
		if (!f->objs[i] || !all_are(f->objs[i], 0, f->sizes[i])) {
			f->failed++;
			continue;
		}
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
	unsigned int i, broken = 0;

	for (i = 0; i < OBJECTS; i++)
		broken += f->objs[i] && !all_are(f->objs[i], f->tag, f->sizes[i]);
	return broken;
}

static struct kspan_percpu_region *create(struct kunit *test, size_t limit)
{
	const struct kspan_region_params params = { .chunk_size = TEST_CHUNK, .limit = limit };
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

/* Two tasks a CPU, so that they take turns on one part; then all of it again from dirty memory. */
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

/* An object at each tick, in the midst of what the task does. */
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
	hrtimer_setup(&t->timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	hrtimer_start(&t->timer, 20000, HRTIMER_MODE_REL_HARD);
	for (round = 0; round < 20; round++) {
		fill(&f[0]);
		broken += f[0].failed + broken_objects(&f[0]);
	}
	hrtimer_cancel(&t->timer);
	broken += broken_objects(&f[1]);
	KUNIT_EXPECT_EQ(test, broken, 0U);
	kunit_info(test, "%u objects from interrupts\n", t->n);
	kspan_percpu_region_destroy(region);
}

/* What cannot be had there is NULL; what is handed out is good. */
static void where_nobody_may_sleep(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, 0);
	struct filler *f = fillers(test, 1, region);
	unsigned int i, broken = 0;

	f->gfp = GFP_ATOMIC | __GFP_NOWARN;
	for (i = 0; i < NR_ATOMIC_CONTEXTS; i++) {
		memset(f->objs, 0, sizeof(f->objs));
		atomic_contexts[i].run(fill, f);
		broken += broken_objects(f);
	}
	KUNIT_EXPECT_EQ(test, broken, 0U);
	/* The last of them is NMI. */
	KUNIT_EXPECT_NULL(test, f->objs[0]);
	kspan_percpu_region_destroy(region);
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
	KUNIT_CASE(the_limit_is_each_parts),
	KUNIT_CASE(alignment_and_arrays),
	{ }
};

/* The fixture's region stands by; its books count the test's, too. */
static struct kunit_suite suite = {
	.name = "kspan_region_percpu",
	.init = region_test_init,
	.exit = region_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
