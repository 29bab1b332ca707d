// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_reentry: a timer's interrupt handler allocates and frees while a task does so, on the same
 * CPU and in the same heap, until it has hit the task inside kspan often enough.
 */
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include "fixture.h"

#define LIVE		16
#define GAP_NS		20000
#define HITS_WANTED	20
#define SECONDS		3

/**
 * struct actor - a task or the timer
 * @test: whose
 * @tag: what it fills its objects with; no other actor does
 * @objs: its live objects
 * @sizes: their sizes
 * @rnd: random numbers
 * @steps: allocations and frees
 * @broken: objects that did not hold what was written
 * @gfp: what it may do
 * @timer: not the task's
 * @stop: for the timer
 */
struct actor {
	struct kunit *test;
	u8 tag;
	u8 *objs[LIVE];
	u8 sizes[LIVE];
	struct rnd_state rnd;
	unsigned long steps;
	unsigned long broken;
	gfp_t gfp;
	struct hrtimer timer;
	bool stop;
};

static void actor_free(struct actor *a, unsigned int i)
{
	a->broken += a->objs[i] && memchr_inv(a->objs[i], a->tag, a->sizes[i]);
	kspan_free(a->objs[i]);
	a->objs[i] = NULL;
}

/* Few sizes, so that both meet in the same slots, tiny blocks among them. */
static void actor_step(struct actor *a)
{
	static const u8 sizes[] = { 2, 6, 12, 24, 64, 200 };
	unsigned int i = test_random(&a->rnd, LIVE);

	a->steps++;
	if (a->objs[i]) {
		actor_free(a, i);
		return;
	}
	a->sizes[i] = sizes[test_random(&a->rnd, ARRAY_SIZE(sizes))];
	a->objs[i] = test_alloc(a->test, a->sizes[i], a->gfp | __GFP_NOWARN);
	if (a->objs[i])
		memset(a->objs[i], a->tag, a->sizes[i]);
}

static enum hrtimer_restart timer_fired(struct hrtimer *timer)
{
	struct actor *a = container_of(timer, struct actor, timer);
	unsigned int n = 1 + test_random(&a->rnd, 4);

	if (READ_ONCE(a->stop))
		return HRTIMER_NORESTART;
	while (n--)
		actor_step(a);
	hrtimer_forward_now(timer, ns_to_ktime(GAP_NS + test_random(&a->rnd, GAP_NS)));
	return HRTIMER_RESTART;
}

static struct actor *actor_new(struct kunit *test, u8 tag, gfp_t gfp)
{
	struct actor *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	a->test = test;
	a->tag = tag;
	a->gfp = gfp;
	test_seed(test, &a->rnd, 4000 + tag);
	return a;
}

static void actor_end(struct actor *a)
{
	unsigned int i;

	for (i = 0; i < LIVE; i++)
		actor_free(a, i);
}

/* Operations that had to go past the mcache because it was busy. */
static unsigned long hits(struct kunit *test)
{
	struct kspan_heap *heap = test_heap(test);
	unsigned long n = 0;
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++)
		n += READ_ONCE(heap->central[class].direct_allocs) +
		     READ_ONCE(heap->central[class].direct_frees);
	return n;
}

/* On PREEMPT_RT only a "hard" timer interrupts; elsewhere lockdep would forbid one any lock. */
static void timer_begin(struct actor *a)
{
	enum hrtimer_mode mode = IS_ENABLED(CONFIG_PREEMPT_RT) ? HRTIMER_MODE_REL_PINNED_HARD :
								 HRTIMER_MODE_REL_PINNED;

	hrtimer_setup(&a->timer, timer_fired, CLOCK_MONOTONIC, mode);
	hrtimer_start(&a->timer, ns_to_ktime(GAP_NS), mode);
}

static void timer_end(struct actor *a)
{
	WRITE_ONCE(a->stop, true);
	hrtimer_cancel(&a->timer);
}

static void expect_all_back(struct kunit *test)
{
	struct class_stats sum;

	mheap_drain();
	stats_total(test_heap(test), &sum);
	KUNIT_EXPECT_EQ(test, sum.in_use, 0UL);
	KUNIT_EXPECT_EQ(test, sum.allocs, sum.frees);
	KUNIT_EXPECT_EQ(test, test_mcache(test)->busy, MCACHE_FREE);
}

static void a_timer_interrupts_a_task(struct kunit *test)
{
	struct actor *task = actor_new(test, 0x11, GFP_KERNEL);
	struct actor *timer = actor_new(test, 0x22, GFP_ATOMIC);
	unsigned long end = jiffies + SECONDS * HZ;

	timer_begin(timer);
	while (hits(test) < HITS_WANTED && time_before(jiffies, end)) {
		actor_step(task);
		if (!(task->steps % 1024))
			cond_resched();
	}
	timer_end(timer);
	kunit_info(test, "%lu steps of the task, %lu of the timer, %lu past the mcache\n",
		   task->steps, timer->steps, hits(test));
	actor_end(task);
	actor_end(timer);
	KUNIT_EXPECT_GT(test, timer->steps, 0UL);
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		KUNIT_EXPECT_GT(test, hits(test), 0UL);
	KUNIT_EXPECT_EQ(test, task->broken, 0UL);
	KUNIT_EXPECT_EQ(test, timer->broken, 0UL);
	expect_all_back(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_timer_interrupts_a_task),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_reentry",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
