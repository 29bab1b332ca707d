// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: how long kspan keeps interrupts off. A timer interrupts at intervals that vary, and
 * looks how late it is; at most so long interrupts were off, by the timer's own way or by what was
 * interrupted. Where one instruction takes one nanosecond (QEMU with -icount) it is a count.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "compat.h"
#include "stuck.h"

#define OBJECTS		20000U
#define BULK		256U
#define MB_OF_OBJECTS	16U

/* Short, so that an interval ends soon after interrupts go off; the primes keep it out of step. */
#define INTERVAL_NS	7919U
#define INTERVAL_STEP	997U
#define INTERVAL_MORE	6000U

static struct late {
	struct hrtimer timer;
	unsigned int more;
	u64 most;
	unsigned int n;
} late;

static void *bulk[BULK];
static struct held *held;
static struct kspan_heap *heap;

static enum hrtimer_restart look(struct hrtimer *timer)
{
	u64 ns = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(timer)));

	late.most = max(late.most, ns);
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

	for (i = 0; i < 500 * OBJECTS; i++)
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

static u64 most_late_in(const struct step *step, size_t size)
{
	late.most = 0;
	late.n = 0;
	hrtimer_start(&late.timer, ns_to_ktime(INTERVAL_NS), HRTIMER_MODE_REL_PINNED_HARD);
	step->run(size);
	hrtimer_cancel(&late.timer);
	return late.most;
}

/* For objects of @size: of each step how late the timer was at most, and how often it came. */
static int irqs_off_run(const struct request *r)
{
	struct kspan_heap *new = kspan_heap_create("stuck irqs", NULL);
	unsigned int i;
	u64 ns;

	if (IS_ERR(new))
		return PTR_ERR(new);
	heap = new;
	hrtimer_setup(&late.timer, look, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ns = most_late_in(&steps[i], r->size);
		result_add("irqsoff size=%zu step=%s insn=%llu interrupts=%u\n", r->size,
			   steps[i].name, ns, late.n);
		cond_resched();
	}
	return 0;
}

const struct action irqs_off_actions[] = {
	{ "irqs_off", irqs_off_run },
	{ }
};
