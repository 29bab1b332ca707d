// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_contexts: what an allocation may use in each context, and that a free works in all of them.
 * reentry_test.c has the interrupts that come in the middle of an allocation or a free.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include "contexts.h"
#include "heap/large.h"
#include "pages/mheap.h"
#include "pages/object.h"
#include "base/params.h"
#include "pages/reserve.h"

/* A small object, a tiny one, a large one. */
static const size_t sizes[] = { 200, 6, 40000 };

/**
 * struct job - one allocation or free in the context
 * @test: the test
 * @size: bytes to allocate; 0: free @obj
 * @gfp: flags of the allocation
 * @obj: the result of the allocation, or the object to free
 * @lockable: result: kspan's own check says that it may take locks there
 */
struct job {
	struct kunit *test;
	size_t size;
	gfp_t gfp;
	void *obj;
	bool lockable;
};

static void context_name(const struct context *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(atomic, atomic_contexts, context_name);

static void job_run(void *arg)
{
	struct job *job = arg;

	job->lockable = may_lock();
	if (job->size)
		job->obj = test_alloc(job->test, job->size, job->gfp | __GFP_NOWARN);
	else
		kspan_free(job->obj);
}

static bool lockable(struct kunit *test)
{
	return ((const struct context *)test->param_value)->lockable;
}

static struct job alloc_there(struct kunit *test, size_t size, gfp_t gfp)
{
	const struct context *context = test->param_value;
	struct job job = { .test = test, .size = size, .gfp = gfp };

	context->run(job_run, &job);
	KUNIT_EXPECT_EQ(test, job.lockable, context->lockable);
	return job;
}

static void free_there(struct kunit *test, void *obj)
{
	const struct context *context = test->param_value;
	struct job job = { .test = test, .obj = obj };

	context->run(job_run, &job);
}

static void expect_live(struct kunit *test, unsigned long n)
{
	struct class_stats sum;

	mheap_drain();
	stats_total(test_heap(test), &sum);
	KUNIT_EXPECT_EQ(test, sum.in_use, n);
}

/* An object in the magazine serves every context; one without locks not under KASAN or kmemleak. */
static void from_the_mcache(struct kunit *test)
{
	struct job job;
	void *obj;

	test_alloc_many(test, sizes[0], &obj, 1);
	kspan_free(obj);
	job = alloc_there(test, sizes[0], GFP_ATOMIC);
	if (lockable(test) || !OBJECT_HOOKS)
		KUNIT_EXPECT_PTR_EQ(test, job.obj, obj);
	else
		KUNIT_EXPECT_NULL(test, job.obj);
	free_there(test, job.obj);
	expect_live(test, 0);
}

/**
 * struct batch - many objects allocated and freed in the context
 * @test: the test
 * @size: bytes of each
 * @n: how many
 * @objs: room for them
 * @got: result: how many there were
 */
struct batch {
	struct kunit *test;
	size_t size;
	unsigned int n;
	void **objs;
	unsigned int got;
};

static void batch_run(void *arg)
{
	struct batch *b = arg;
	unsigned int i;

	for (i = 0; i < b->n; i++) {
		b->objs[b->got] = test_alloc(b->test, b->size, GFP_ATOMIC | __GFP_NOWARN);
		b->got += !!b->objs[b->got];
	}
	test_free_many(b->objs, b->got);
}

/*
 * More objects than a magazine holds, of each kind: their allocation takes claims, magazines and
 * spans of the reserve, their free fills the depot and the spans. A kernel with lockdep reports
 * locks that may not be taken there.
 */
static void more_than_a_magazine(struct kunit *test)
{
	static const struct {
		size_t size;
		unsigned int n;
	} batches[] = { { 200, 300 }, { 6, 300 }, { 8192, 8 }, { 40000, 1 }, { 65536, 1 } };
	const struct context *context = test->param_value;
	struct batch b = { .test = test, .objs = test_pointers(test, 300) };
	unsigned int i;

	if (param_reserve_pages() < 32)
		kunit_skip(test, "reserve_kb is too small");
	for (i = 0; i < ARRAY_SIZE(batches); i++) {
		reserve_refill(GFP_KERNEL);
		b.size = batches[i].size;
		b.n = batches[i].n;
		b.got = 0;
		context->run(batch_run, &b);
		KUNIT_EXPECT_EQ_MSG(test, b.got, lockable(test) ? b.n : 0, "%zu bytes", b.size);
		test_drain(test);
		expect_live(test, 0);
	}
}

/* Only the span has free objects: they serve the contexts that may take the class's lock. */
static void from_mcentral(struct kunit *test)
{
	struct mcentral *central = test_central(test, size_to_class(sizes[0]));
	unsigned long spans;
	struct job job;
	void *obj;

	test_alloc_many(test, sizes[0], &obj, 1);
	test_drain(test);
	spans = central->nr_spans;
	job = alloc_there(test, sizes[0], GFP_NOWAIT);
	KUNIT_EXPECT_EQ(test, !!job.obj, lockable(test));
	KUNIT_EXPECT_EQ(test, central->nr_spans, spans);
	expect_live(test, 1 + !!job.obj);
	free_there(test, job.obj);
	free_there(test, obj);
	expect_live(test, 0);
}

/* The heap has no free memory: the reserve serves each kind of object. */
static void from_the_reserve(struct kunit *test)
{
	unsigned long created;
	struct job job;
	unsigned int i;

	if (param_reserve_pages() < 32)
		kunit_skip(test, "reserve_kb is too small");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		reserve_refill(GFP_KERNEL);
		created = READ_ONCE(mheap.created);
		job = alloc_there(test, sizes[i], GFP_ATOMIC);
		KUNIT_EXPECT_EQ_MSG(test, !!job.obj, lockable(test), "%zu bytes", sizes[i]);
		KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.created), created);
		if (job.obj)
			memset(job.obj, 0x77, sizes[i]);
		free_there(test, job.obj);
	}
	expect_live(test, 0);
}

/* The worker is paused, so that the reserve stays empty. */
static void null_when_the_reserve_is_empty(struct kunit *test)
{
	long failures = atomic_long_read(&test_heap(test)->owner.failures);
	struct job job;
	unsigned int i;

	reserve_drop();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		job = alloc_there(test, sizes[i], GFP_ATOMIC);
		KUNIT_EXPECT_NULL_MSG(test, job.obj, "%zu bytes", sizes[i]);
		kspan_free(job.obj);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&test_heap(test)->owner.failures), failures + 3);
	expect_live(test, 0);
}

/* __GFP_ZERO works in every context. */
static void zeroed_there(struct kunit *test)
{
	unsigned int i;
	struct job job;
	u8 *obj;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		obj = test_alloc(test, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		memset(obj, 0xee, sizes[i]);
		kspan_free(obj);
		job = alloc_there(test, sizes[i], GFP_ATOMIC | __GFP_ZERO);
		if (job.obj)
			KUNIT_EXPECT_NULL(test, memchr_inv(job.obj, 0, sizes[i]));
		kspan_free(job.obj);
	}
}

/* A task's objects are freed in the context, with this CPU's mcache not in use. */
static void freed_there(struct kunit *test)
{
	void *objs[ARRAY_SIZE(sizes)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		test_alloc_many(test, sizes[i], &objs[i], 1);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		free_there(test, objs[i]);
	expect_live(test, 0);
}

/* The same with the mcache in use: as if the context had interrupted an allocation. */
static void freed_there_while_busy(struct kunit *test)
{
	const struct context *context = test->param_value;
	struct job jobs[ARRAY_SIZE(sizes)] = { };
	struct mcache *mc;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		jobs[i].test = test;
		test_alloc_many(test, sizes[i], &jobs[i].obj, 1);
	}
	migrate_disable();
	mc = mcache_try_enter(test_heap(test));
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		context->run(job_run, &jobs[i]);
	mcache_exit(mc);
	migrate_enable();
	expect_live(test, 0);
}

/* An NMI that finds the mcache busy gets NULL. */
static void allocated_there_while_busy(struct kunit *test)
{
	const struct context *context = test->param_value;
	struct job job = { .test = test, .size = sizes[0], .gfp = GFP_ATOMIC };
	struct mcache *mc;
	void *objs[2];

	test_alloc_many(test, sizes[0], objs, 2);
	kspan_free(objs[0]);
	migrate_disable();
	mc = mcache_try_enter(test_heap(test));
	context->run(job_run, &job);
	mcache_exit(mc);
	migrate_enable();
	KUNIT_EXPECT_PTR_NE(test, job.obj, objs[0]);
	if (!lockable(test))
		KUNIT_EXPECT_NULL(test, job.obj);
	kspan_free(job.obj);
	kspan_free(objs[1]);
	expect_live(test, 0);
}

/**
 * struct liar - says that it may sleep where it may not
 * @test: the test
 * @may_sleep: it may indeed, or the kernel cannot tell, or the context gets nothing
 * @small: result: a class got a span
 * @large: result: a large object
 */
struct liar {
	struct kunit *test;
	bool may_sleep;
	bool small;
	void *large;
};

static void look_around(void *arg)
{
	((struct liar *)arg)->may_sleep = may_sleep() || !may_lock();
}

/* Behind might_alloc(), which debugging kernels have to say something about as well. */
static void lie(void *arg)
{
	struct liar *liar = arg;

	liar->small = mcentral_grow(test_central(liar->test, size_to_class(200)), GFP_KERNEL);
	liar->large = large_alloc(test_heap(liar->test), 40000, KSPAN_PAGE_SIZE, GFP_KERNEL);
}

/* The caller is reported, and gets what an atomic one would. */
static void who_cannot_sleep_does_not(struct kunit *test)
{
	const struct context *context = test->param_value;
	struct liar liar = { .test = test };
	unsigned long created;
	bool full;

	context->run(look_around, &liar);
	if (liar.may_sleep)
		kunit_skip(test, "nobody can tell, or nothing is to be had");
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		kunit_skip(test, "the kernel itself reports such a caller, before kspan does");
	if (param_reserve_pages() < 32)
		kunit_skip(test, "reserve_kb is too small");
	for (full = false; ; full = true) {
		kspan_trim();
		reserve_drop();
		if (full)
			reserve_refill(GFP_KERNEL);
		created = READ_ONCE(mheap.created);
		test_report_begin("allow to sleep where the context does not");
		context->run(lie, &liar);
		test_report_end();
		KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.created), created);
		KUNIT_EXPECT_EQ(test, liar.small, full);
		KUNIT_EXPECT_EQ(test, !!liar.large, full);
		kspan_free(liar.large);
		if (full)
			break;
	}
	expect_live(test, 0);
}

static const struct sleepable {
	const char *name;
	gfp_t gfp;
	unsigned int scope;
} sleepables[] = {
	{ "GFP_KERNEL", GFP_KERNEL, 0 },
	{ "GFP_NOFS", GFP_NOFS, 0 },
	{ "GFP_NOIO", GFP_NOIO, 0 },
	{ "NOFS scope", GFP_KERNEL, PF_MEMALLOC_NOFS },
	{ "NOIO scope", GFP_KERNEL, PF_MEMALLOC_NOIO },
	{ "__GFP_NORETRY", GFP_NOIO | __GFP_NORETRY, 0 },
};

static void sleepable_name(const struct sleepable *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sleepable, sleepables, sleepable_name);

/*
 * A caller that may sleep gets a new segment. All cases but the first hold the lockdep map of
 * memory reclaim: with lockdep, an allocation inside kspan that could recurse into reclaim is
 * reported.
 */
static void where_sleeping_is_allowed(struct kunit *test)
{
	const struct sleepable *s = test->param_value;
	bool reclaim = s->gfp != GFP_KERNEL || s->scope;
	unsigned int flags = current->flags, i;
	void *objs[4];

	kspan_trim();
	if (reclaim)
		fs_reclaim_acquire(GFP_KERNEL);
	current->flags |= s->scope;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		objs[i] = test_alloc(test, sizes[i], s->gfp);
	objs[i] = test_alloc(test, param_segment_bytes(), s->gfp);
	KUNIT_EXPECT_EQ(test, current->flags & s->scope, s->scope);
	current->flags = (current->flags & ~s->scope) | (flags & s->scope);
	if (reclaim)
		fs_reclaim_release(GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	test_free_many(objs, ARRAY_SIZE(objs));
	expect_live(test, 0);
}

static unsigned long segments_before;

static void fill_reserve_only(void)
{
	kspan_trim();
	reserve_refill(GFP_KERNEL);
	segments_before = READ_ONCE(mheap.created);
}

static void alloc_large_and_small(struct kunit *test, void *objs[2])
{
	objs[0] = test_alloc(test, param_segment_bytes(), GFP_KERNEL | __GFP_NOWARN);
	objs[1] = test_alloc(test, 200, GFP_KERNEL);
}

static void expect_small_only(struct kunit *test, void *objs[2])
{
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.created), segments_before);
	KUNIT_EXPECT_NULL(test, objs[0]);
	KUNIT_EXPECT_NOT_NULL(test, objs[1]);
	test_free_many(objs, 2);
	reserve_drop();
	expect_live(test, 0);
}

/*
 * A caller that reclaims memory (a shrinker, a driver that writes swap) gets free memory that kspan
 * has, but no new segment.
 */
static void no_segment_for_reclaim(struct kunit *test)
{
	unsigned int flags;
	void *objs[2];

	fill_reserve_only();
	flags = memalloc_noreclaim_save();
	alloc_large_and_small(test, objs);
	memalloc_noreclaim_restore(flags);
	expect_small_only(test, objs);
}

/* The same for a task that is being killed: vmalloc would refuse it, too. */
static void no_segment_for_a_killed_task(struct kunit *test)
{
	void *objs[2];

	fill_reserve_only();
	sigaddset(&current->pending.signal, SIGKILL);
	set_thread_flag(TIF_SIGPENDING);
	alloc_large_and_small(test, objs);
	sigdelset(&current->pending.signal, SIGKILL);
	clear_thread_flag(TIF_SIGPENDING);
	expect_small_only(test, objs);
}

/* kspan has no memory of DMA or other zones and no compound pages: NULL, one report a caller. */
static void unsupported_flags_give_null(struct kunit *test)
{
	const gfp_t flags[] = {
		__GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM, __GFP_COMP, __GFP_MOVABLE,
	};
	unsigned int i, j, given = 0;

	test_report_begin("unsupported gfp flags");
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		for (j = 0; flags[i] && j < ARRAY_SIZE(sizes); j++)
			given += !!test_alloc(test, sizes[j], GFP_KERNEL | flags[i]);
	test_report_end();
	KUNIT_EXPECT_EQ(test, given, 0U);
}

static noinline void bad_flags_here(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, kspan_alloc(200, GFP_KERNEL | __GFP_MOVABLE));
}

static noinline void bad_flags_there(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, kspan_alloc(6, GFP_KERNEL | __GFP_MOVABLE));
}

/* One that was told already does not keep the others from being told. */
static void each_caller_is_told_of_its_flags(struct kunit *test)
{
	test_report_begin("unsupported gfp flags .*bad_flags_here");
	bad_flags_here(test);
	bad_flags_here(test);
	test_report_end();
	test_report_begin("unsupported gfp flags .*bad_flags_there");
	bad_flags_there(test);
	test_report_end();
}

/* It is served; each module is told once that its cgroup is not charged, whichever call asks. */
static void a_client_is_told_of_accounting_once(struct kunit *test)
{
	unsigned int i;
	void *p;

	test_report_begin("__GFP_ACCOUNT is ignored, ");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = test_alloc(test, sizes[i], GFP_KERNEL_ACCOUNT);
		KUNIT_EXPECT_NOT_NULL(test, p);
		kspan_free(p);
	}
	test_report_end();
	msleep(1100);
	report_account_slow();	/* user-mode Linux cannot tell who called it before */
	KUNIT_EXPECT_FALSE(test, report_account_slow());
	msleep(1100);
	KUNIT_EXPECT_FALSE(test, report_account_slow());
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(from_the_mcache, atomic_gen_params),
	KUNIT_CASE_PARAM(more_than_a_magazine, atomic_gen_params),
	KUNIT_CASE_PARAM(from_mcentral, atomic_gen_params),
	KUNIT_CASE_PARAM(from_the_reserve, atomic_gen_params),
	KUNIT_CASE_PARAM(null_when_the_reserve_is_empty, atomic_gen_params),
	KUNIT_CASE_PARAM(zeroed_there, atomic_gen_params),
	KUNIT_CASE_PARAM(freed_there, atomic_gen_params),
	KUNIT_CASE_PARAM(freed_there_while_busy, atomic_gen_params),
	KUNIT_CASE_PARAM(allocated_there_while_busy, atomic_gen_params),
	KUNIT_CASE_PARAM(who_cannot_sleep_does_not, atomic_gen_params),
	KUNIT_CASE_PARAM(where_sleeping_is_allowed, sleepable_gen_params),
	KUNIT_CASE(no_segment_for_reclaim),
	KUNIT_CASE(no_segment_for_a_killed_task),
	KUNIT_CASE(unsupported_flags_give_null),
	KUNIT_CASE(each_caller_is_told_of_its_flags),
	KUNIT_CASE(a_client_is_told_of_accounting_once),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_contexts",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
