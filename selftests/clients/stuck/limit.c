// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: a heap at its limit that nothing lives in.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/sched.h>
#include "stuck.h"

#define NAP_MS	10

#define LIGHT_SIZE	64

/* So that this CPU's cache holds an object of almost each page, these being of 64 bytes. */
#define OBJECTS_OF_PAGE	100

static struct kspan_heap *heap;

/* A heap of @size bytes. */
static int limit_open_run(const struct request *r)
{
	struct kspan_heap_params params = { .limit = r->size };
	struct kspan_heap *new = kspan_heap_create("stuck limit", &params);

	if (IS_ERR(new))
		return PTR_ERR(new);
	heap = new;
	return 0;
}

/* Fill the heap up to its limit with objects of @size and free all, @count times, on this CPU. */
static int limit_fill_run(const struct request *r)
{
	struct held *held = NULL;
	unsigned int i, n = 0;

	for (i = 0; i < r->count; i++) {
		for (n = 0; held_take(&held, heap, r->size, GFP_KERNEL); n++)
			cond_resched();
		held_free_spread(&held, OBJECTS_OF_PAGE);
	}
	result_add("objects %u\n", n);
	return 0;
}

/* Allocate @count objects of @size at once; the caller may sleep. */
static int limit_take_run(const struct request *r)
{
	struct held *held = NULL;
	unsigned int i, n = 0;

	for (i = 0; i < r->count; i++)
		n += held_take(&held, heap, r->size, GFP_KERNEL);
	result_add("taken %u\n", n);
	held_free(&held);
	return 0;
}

/* The caches of the heap do not look idle. */
static void use_lightly(void)
{
	struct held *held = NULL;

	held_take(&held, heap, LIGHT_SIZE, GFP_ATOMIC);
	held_free(&held);
}

/*
 * As an interrupt does: one that gets nothing tries again later, while others go on with what the
 * caches hold.
 */
static int limit_atomic_run(const struct request *r)
{
	struct held *held = NULL;
	unsigned int i, n = 0, naps = STUCK_MS / NAP_MS;

	for (i = 0; i < r->count; i++) {
		while (!held_take(&held, heap, r->size, GFP_ATOMIC)) {
			if (!naps)
				goto out;
			naps--;
			use_lightly();
			msleep(NAP_MS);
		}
		n++;
	}
out:
	result_add("taken %u\n", n);
	held_free(&held);
	return 0;
}

void limit_stop(void)
{
	kspan_heap_destroy(xchg(&heap, NULL));
}

static int limit_close_run(const struct request *r)
{
	limit_stop();
	return 0;
}

const struct action limit_actions[] = {
	{ "limit_open", limit_open_run },
	{ "limit_fill", limit_fill_run },
	{ "limit_take", limit_take_run },
	{ "limit_atomic", limit_atomic_run },
	{ "limit_close", limit_close_run },
	{ }
};
