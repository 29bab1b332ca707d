// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: how long kspan keeps interrupts off. A timer interrupts at intervals that vary, and
 * looks how late it is; at most so long interrupts were off, by the timer's own way or by what was
 * interrupted. Where one instruction takes one nanosecond (QEMU with -icount) it is a count.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include "compat.h"
#include "stuck.h"

#define OBJECTS		50000U
#define BULK		256U
#define MB_OF_OBJECTS	16U

/* Short, so that an interval ends soon after interrupts go off; the primes keep it out of step. */
#define INTERVAL_NS	3001U
#define INTERVAL_STEP	997U
#define INTERVAL_MORE	3000U

/* The worker has filled the reserve by then, and sleeps. */
#define SETTLE_MS	1000

/* Of the way from a timer to what it interrupted, and of that, as many as tell where it was. */
#define STACK_SKIPPED	6
#define STACK_ENTRIES	5

/**
 * struct late - a timer that looks how late it is
 * @timer: it
 * @more: nanoseconds by which the interval is longer than the shortest
 * @most: the most that it was late
 * @n: how often it came
 * @stack: what it interrupted when it was late most: interrupts were off until there
 * @depth: entries of @stack
 */
static struct late {
	struct hrtimer timer;
	unsigned int more;
	u64 most;
	unsigned int n;
	unsigned long stack[STACK_ENTRIES];
	unsigned int depth;
} late;

static void *bulk[BULK];
static struct held *held;
static struct kspan_heap *heap;

static enum hrtimer_restart look(struct hrtimer *timer)
{
	u64 ns = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(timer)));

	if (ns > late.most) {
		late.most = ns;
		late.depth = stack_trace_save(late.stack, STACK_ENTRIES, STACK_SKIPPED);
	}
	late.n++;
	late.more = (late.more + INTERVAL_STEP) % INTERVAL_MORE;
	hrtimer_set_expires(timer, ktime_add_ns(ktime_get(), INTERVAL_NS + late.more));
	return HRTIMER_RESTART;
}

static unsigned int objects_of(size_t size)
{
	return min_t(size_t, OBJECTS, (MB_OF_OBJECTS << 20) / size);
}

static void nothing_do(size_t size)
{
	unsigned int i;

	for (i = 0; i < 100 * OBJECTS; i++)
		cpu_relax();
}

static void alloc_do(size_t size)
{
	unsigned int i, n = objects_of(size);

	for (i = 0; i < n; i++)
		held_take(&held, heap, size, GFP_KERNEL);
}

static void free_do(size_t size)
{
	held_free(&held);
}

static void bulk_do(size_t size)
{
	unsigned int i, n = max(objects_of(size) / BULK, 1U);

	for (i = 0; i < n; i++)
		if (kspan_heap_alloc_bulk(heap, size, GFP_KERNEL, BULK, bulk))
			kspan_free_bulk(BULK, bulk);
}

static void atomic_do(size_t size)
{
	unsigned int i, n = objects_of(size);

	for (i = 0; i < n; i++)
		if (!held_take(&held, heap, size, GFP_ATOMIC))
			break;
}

/* An object of each page is freed after all others: magazines to flush have the most pages. */
static void spread_do(size_t size)
{
	held_free_spread(&held, max_t(size_t, 8192 / size, 1));
}

static void trim_do(size_t size)
{
	kspan_trim();
}

static void reset_do(size_t size)
{
	held = NULL;
	kspan_heap_reset(heap);
}

static void destroy_do(size_t size)
{
	kspan_heap_destroy(heap);
	heap = NULL;
}

/* In this order each finds what it works on. */
static const struct step {
	const char *name;
	void (*run)(size_t size);
} steps[] = {
	{ "nothing", nothing_do },
	{ "alloc", alloc_do },
	{ "free", free_do },
	{ "refill", alloc_do },		/* from magazines and depot */
	{ "flush", free_do },
	{ "alloc_more", alloc_do },
	{ "spread", spread_do },
	{ "bulk", bulk_do },
	{ "trim", trim_do },
	{ "atomic", atomic_do },	/* from the reserve */
	{ "free_again", free_do },
	{ "alloc_again", alloc_do },
	{ "reset", reset_do },
	{ "alloc_last", alloc_do },
	{ "free_last", free_do },
	{ "destroy", destroy_do },
};

/* When nothing lives: vfree() of an arena keeps interrupts off for as long as it wants. */
static const struct step arena_step = { "arena", trim_do };

static void measure(const struct step *step, size_t size)
{
	unsigned int i;

	late.most = 0;
	late.n = 0;
	late.depth = 0;
	hrtimer_start(&late.timer, ns_to_ktime(INTERVAL_NS), HRTIMER_MODE_REL_PINNED_HARD);
	step->run(size);
	hrtimer_cancel(&late.timer);
	result_add("irqsoff size=%zu step=%s insn=%llu interrupts=%u at=", size, step->name,
		   late.most, late.n);
	for (i = 0; i < late.depth; i++)
		result_add("%s%ps", i ? "<" : "", (void *)late.stack[i]);
	result_add("\n");
	cond_resched();
}

/*
 * For objects of @size: of each step how late the timer was at most, and how often it came. An
 * object that lives keeps the arena: how long vmalloc() and vfree() of one keep interrupts off is
 * not kspan's to say.
 */
static int irqs_off_run(const struct request *r)
{
	void *kept = kspan_alloc(64, GFP_KERNEL);
	struct kspan_heap *new;
	unsigned int i;

	if (!kept)
		return -ENOMEM;
	new = kspan_heap_create("stuck irqs", NULL);
	if (IS_ERR(new)) {
		kspan_free(kept);
		return PTR_ERR(new);
	}
	heap = new;
	msleep(SETTLE_MS);
	hrtimer_setup(&late.timer, look, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		measure(&steps[i], r->size);
	kspan_free(kept);
	measure(&arena_step, r->size);
	return 0;
}

const struct action irqs_off_actions[] = {
	{ "irqs_off", irqs_off_run },
	{ }
};
