// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_reentry: an interrupt handler allocates and frees while it interrupts a task that is inside
 * this CPU's mcache of the same heap. First at chosen places: the test does the steps of the fast
 * path itself and raises an interrupt between two of them. Then at random: a timer fires while a
 * task allocates and frees.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include "contexts.h"
#include "fixture.h"
#include "base/params.h"
#include "upkeep/scavenge.h"

#define NR_HANDLED	8

/* A tiny object, small ones, and the largest size class, whose spans have one object each. */
static const size_t sizes[] = { 5, 8, 200, KSPAN_MAX_SMALL };

static void size_name(const size_t *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", *size);
}

KUNIT_ARRAY_PARAM(size, sizes, size_name);

/**
 * struct handler - an interrupt handler that allocates and frees
 * @test: the test
 * @size: bytes of each object
 * @class: the slot that serves @size
 * @given: objects of the task, which the handler frees
 * @taken: objects that the handler allocates
 * @changed: the handler changed the slot or the busy mark
 */
struct handler {
	struct kunit *test;
	size_t size;
	unsigned int class;
	void *given[NR_HANDLED];
	void *taken[NR_HANDLED];
	bool changed;
};

static void handle(void *arg)
{
	struct handler *h = arg;
	struct mcache_slot *slot = test_slot(h->test, h->class), before = *slot;
	unsigned int i;

	for (i = 0; i < NR_HANDLED; i++) {
		h->taken[i] = test_alloc(h->test, h->size, GFP_ATOMIC | __GFP_NOWARN);
		kspan_free(h->given[i]);
	}
	h->changed = slot->top != before.top || slot->frees != before.frees ||
		     slot->bits != before.bits || test_mcache(h->test)->busy;
}

/* Give the shared spans as many free objects. All are taken before one is freed: none is idle. */
static void spans_fill(struct kunit *test, struct mcentral *central)
{
	unsigned long objs[NR_HANDLED];
	struct mspan *span;
	unsigned int i;

	for (i = 0; i < NR_HANDLED; i++)
		while (!(objs[i] = mcentral_alloc_one(central) & ~OBJ_FRESH))
			KUNIT_ASSERT_TRUE(test, mcentral_grow(central, GFP_KERNEL));
	while (i--) {
		span = test_span_of((void *)objs[i]);
		mcentral_free_one(central, span, mspan_index(span, objs[i]));
	}
}

/* The magazine has an object, and the shared spans have one for each that the handler wants. */
static void handler_init(struct kunit *test, struct handler *h)
{
	void *obj;

	h->test = test;
	h->size = *(const size_t *)test->param_value;
	h->class = h->size < KSPAN_TINY_SIZE && param_tiny() ? CLASS_TINY : size_to_class(h->size);
	test_alloc_many(test, h->size, h->given, NR_HANDLED);
	if (!slot_len(test_slot(test, h->class))) {
		test_alloc_many(test, h->size, &obj, 1);
		kspan_free(obj);
	}
	KUNIT_ASSERT_GT(test, slot_len(test_slot(test, h->class)), 0U);
	spans_fill(test, test_central(test, h->class));
}

/* As alloc_pop(), with an interrupt between the read and the write of the magazine's top. */
static void *pop(struct kunit *test, unsigned int class, struct handler *h)
{
	struct mcache *mc = test_mcache(test);
	struct mcache_slot *slot = test_slot(test, class);
	bool entered;
	void *obj;

	preempt_disable();
	entered = mcache_enter(mc);
	obj = slot->top[-1];
	if (h)
		interrupt_here(handle, h);
	slot->top--;
	mcache_exit(mc);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, entered);
	return obj;
}

/* As free_push(), with an interrupt at the same place. */
static void push(struct kunit *test, unsigned int class, void *obj, struct handler *h)
{
	struct mcache *mc = test_mcache(test);
	struct mcache_slot *slot = test_slot(test, class);
	bool entered;
	void **top;

	preempt_disable();
	entered = mcache_enter(mc);
	top = slot->top;
	if (h)
		interrupt_here(handle, h);
	*top = obj;
	slot->top = top + 1;
	slot->frees++;
	mcache_exit(mc);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, entered);
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

/*
 * The handler got all objects that it asked for, and none of them is @obj, which the task holds.
 * On PREEMPT_RT a hard interrupt may use nothing but the mcache: its allocations return NULL.
 */
static void expect_handled(struct kunit *test, const struct handler *h, const void *obj)
{
	unsigned int i, j, nr_taken = 0, nr_twice = 0;

	for (i = 0; i < NR_HANDLED; i++) {
		nr_taken += !!h->taken[i];
		nr_twice += h->taken[i] && h->taken[i] == obj;
		for (j = 0; j < i; j++)
			nr_twice += h->taken[i] && h->taken[i] == h->taken[j];
	}
	KUNIT_EXPECT_EQ(test, nr_taken, IS_ENABLED(CONFIG_PREEMPT_RT) ? 0U : NR_HANDLED);
	KUNIT_EXPECT_EQ(test, nr_twice, 0U);
	KUNIT_EXPECT_FALSE(test, h->changed);
}

static void an_interrupt_in_an_allocation(struct kunit *test)
{
	struct handler h = { };
	void *obj;

	handler_init(test, &h);
	obj = pop(test, h.class, &h);
	expect_handled(test, &h, obj);
	push(test, h.class, obj, NULL);
	test_free_many(h.taken, NR_HANDLED);
	expect_all_back(test);
}

static void an_interrupt_in_a_free(struct kunit *test)
{
	struct handler h = { };
	void *obj;

	handler_init(test, &h);
	obj = pop(test, h.class, NULL);
	push(test, h.class, obj, &h);
	expect_handled(test, &h, obj);
	KUNIT_EXPECT_PTR_EQ(test, pop(test, h.class, NULL), obj);
	push(test, h.class, obj, NULL);
	test_free_many(h.taken, NR_HANDLED);
	expect_all_back(test);
}

#define LIVE		16
#define GAP_NS		20000
#define FIRES		500

/**
 * struct actor - the task or the timer
 * @test: the test
 * @tag: the byte that fills its objects; the other actor has another one
 * @objs: its live objects
 * @sizes: their sizes
 * @rnd: random numbers
 * @steps: allocations and frees so far
 * @fires: how often the timer fired
 * @broken: objects that did not hold what was written
 * @gfp: the flags of its allocations
 * @timer: fires while the task runs
 * @stop: tells the timer to stop
 */
struct actor {
	struct kunit *test;
	u8 tag;
	u8 *objs[LIVE];
	u8 sizes[LIVE];
	struct rnd_state rnd;
	unsigned long steps;
	unsigned long fires;
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

/* Few sizes, so that both use the same slots, that of tiny blocks included. */
static void actor_step(struct actor *a)
{
	static const u8 step_sizes[] = { 2, 6, 12, 24, 64, 200 };
	unsigned int i = test_random(&a->rnd, LIVE);

	a->steps++;
	if (a->objs[i]) {
		actor_free(a, i);
		return;
	}
	a->sizes[i] = step_sizes[test_random(&a->rnd, ARRAY_SIZE(step_sizes))];
	a->objs[i] = test_alloc(a->test, a->sizes[i], a->gfp | __GFP_NOWARN);
	if (a->objs[i])
		memset(a->objs[i], a->tag, a->sizes[i]);
}

/* The gap to the next interrupt grows with the handler's time: the task always gets its share. */
static enum hrtimer_restart timer_fired(struct hrtimer *timer)
{
	struct actor *a = container_of(timer, struct actor, timer);
	unsigned int n = 1 + test_random(&a->rnd, 4);
	u64 gap = GAP_NS + test_random(&a->rnd, GAP_NS), began = ktime_get_ns();

	if (READ_ONCE(a->stop))
		return HRTIMER_NORESTART;
	while (n--)
		actor_step(a);
	WRITE_ONCE(a->fires, a->fires + 1);
	gap = max(gap, 4 * (ktime_get_ns() - began));
	hrtimer_forward_now(timer, ns_to_ktime(gap));
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

/* Allocations and frees that went past the mcache because it was busy. */
static unsigned long hits(struct kunit *test)
{
	struct kspan_heap *heap = test_heap(test);
	unsigned long n = 0;
	unsigned int class;

	for_each_class(heap, class)
		n += READ_ONCE(heap_central(heap, class)->direct_allocs) +
		     READ_ONCE(heap_central(heap, class)->direct_frees);
	return n;
}

/*
 * On PREEMPT_RT only a "hard" timer fires in the interrupt; on other kernels lockdep allows such a
 * one no spinlock_t.
 */
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

/* Chance decides how often the timer fires inside the mcache: the test only prints the number. */
static void a_timer_interrupts_a_task(struct kunit *test)
{
	struct actor *task = actor_new(test, 0x11, GFP_KERNEL);
	struct actor *timer = actor_new(test, 0x22, GFP_ATOMIC);

	scavenge_resume();
	timer_begin(timer);
	while (READ_ONCE(timer->fires) < FIRES) {
		actor_step(task);
		if (!(task->steps % 1024))
			cond_resched();
	}
	timer_end(timer);
	scavenge_pause();
	kunit_info(test, "%lu steps of the task, %lu of the timer, %lu past the mcache\n",
		   task->steps, timer->steps, hits(test));
	actor_end(task);
	actor_end(timer);
	KUNIT_EXPECT_EQ(test, task->broken, 0UL);
	KUNIT_EXPECT_EQ(test, timer->broken, 0UL);
	expect_all_back(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(an_interrupt_in_an_allocation, size_gen_params),
	KUNIT_CASE_PARAM(an_interrupt_in_a_free, size_gen_params),
	KUNIT_CASE(a_timer_interrupts_a_task),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_reentry",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
