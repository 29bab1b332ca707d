// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: a heap from which all actors allocate, and heaps that a thread creates, fills,
 * resets and destroys while the others run. An object is no longer counted as live when its heap
 * frees it.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include "torture.h"

#define HEAP_OBJECTS	48
#define HEAP_MAX_SIZE	20000UL
#define HEAP_LIMIT	(512UL << 10)	/* of a limited heap of one thread */
#define LEAKED_OBJECTS	8
#define LIMIT_UNIT	8192UL		/* limits are whole pages of so many bytes */
#define SHARED_LIMIT	(64UL << 30)	/* of the shared heap, which never reaches it */

static struct kspan_heap *heap;

int heaps_init(void)
{
	heap = kspan_heap_create("torture", NULL);
	return PTR_ERR_OR_ZERO(heap);
}

/* Objects that are still live would be reported. */
void heaps_exit(void)
{
	kspan_heap_destroy(heap);
}

/* A heap that every actor may use. */
struct kspan_heap *heap_pick(struct actor *a)
{
	if (!one_in(a, 4))
		return heap;
	count(a, COUNT_HEAP_DEFAULT);
	return kspan_default_heap();
}

/* Other actors set or remove the limit at the same time, so it may be any of these values. */
void heap_limit_check(struct actor *a)
{
	const struct object o = { .p = heap };
	size_t limit;

	count(a, COUNT_HEAP_SET_LIMIT);
	kspan_heap_set_limit(heap, SHARED_LIMIT + pick(a, 100 * LIMIT_UNIT));
	limit = kspan_heap_limit(heap);
	if (limit && (limit < SHARED_LIMIT || limit >= SHARED_LIMIT + 100 * LIMIT_UNIT ||
		      limit % LIMIT_UNIT))
		torture_error(a, &o, "a heap has a limit of %zu bytes", limit);
	kspan_heap_set_limit(heap, 0);
	limit = kspan_heap_limit(kspan_default_heap());
	if (limit)
		torture_error(a, &o, "the default heap has a limit of %zu bytes", limit);
}

/* A heap of one thread, and its live objects. */
struct private_heap {
	struct kspan_heap *heap;
	unsigned int n;
	struct object objects[HEAP_OBJECTS];
};

static void private_fill(struct actor *a, struct private_heap *h, unsigned int most)
{
	while (h->n < most && object_make_in(a, &h->objects[h->n], h->heap, HEAP_MAX_SIZE)) {
		object_fill(&h->objects[h->n]);
		h->n++;
	}
}

static void private_check(struct actor *a, const struct private_heap *h, u64 live)
{
	size_t limit = kspan_heap_limit(h->heap);
	struct kspan_stats st;
	unsigned int i;

	for (i = 0; i < h->n; i++)
		object_check(a, &h->objects[i]);
	kspan_heap_get_stats(h->heap, &st);
	if (st.live_objects != live)
		torture_error(a, &h->objects[0], "%llu objects live in a heap, not %llu",
			      st.live_objects, live);
	if (limit && st.held_bytes > limit)
		torture_error(a, &h->objects[0], "a heap holds %llu bytes, over its limit of %zu",
			      st.held_bytes, limit);
}

static unsigned int private_live(const struct private_heap *h)
{
	unsigned int i, n = 0;

	for (i = 0; i < h->n; i++)
		n += !ZERO_OR_NULL_PTR(h->objects[i].p);
	return n;
}

static void private_free(struct actor *a, struct private_heap *h)
{
	while (h->n) {
		h->n--;
		object_check(a, &h->objects[h->n]);
		object_release(a, &h->objects[h->n]);
	}
}

/* The heap is about to free them itself. */
static void private_gone(struct actor *a, struct private_heap *h)
{
	while (h->n)
		object_gone(a, &h->objects[--h->n]);
}

static void private_reset(struct actor *a, struct private_heap *h)
{
	private_gone(a, h);
	count(a, COUNT_HEAP_RESET);
	kspan_heap_reset(h->heap);
	private_check(a, h, 0);
}

/* A heap that reaches its limit and then gets a higher one. */
static void private_limited(struct actor *a, struct private_heap *h)
{
	size_t limit = HEAP_LIMIT / 4 + pick(a, HEAP_LIMIT);

	count(a, COUNT_HEAP_LIMITED);
	kspan_heap_set_limit(h->heap, limit);
	if (kspan_heap_limit(h->heap) != round_down(limit, LIMIT_UNIT))
		torture_error(a, &h->objects[0], "a heap limited to %zu bytes says %zu", limit,
			      kspan_heap_limit(h->heap));
	private_fill(a, h, HEAP_OBJECTS);
	private_check(a, h, private_live(h));
	kspan_heap_set_limit(h->heap, 0);
	private_fill(a, h, HEAP_OBJECTS);
	private_check(a, h, private_live(h));
	private_reset(a, h);
}

/* Frees that wait for a grace period make the number of live objects unknown until a reset. */
static void private_life(struct actor *a, struct private_heap *h)
{
	unsigned int rounds = 1 + pick(a, 3);

	private_limited(a, h);
	while (rounds--) {
		private_fill(a, h, 1 + pick(a, HEAP_OBJECTS));
		private_check(a, h, private_live(h));
		if (one_in(a, 2))
			private_free(a, h);
		private_reset(a, h);
	}
	private_fill(a, h, pick(a, HEAP_OBJECTS));
	private_free(a, h);
}

static struct private_heap *private_create(struct actor *a, unsigned int flags)
{
	struct kspan_heap_params heap_params = { .flags = flags };
	struct private_heap *h;
	char name[KSPAN_NAME_LEN];

	h = kspan_zalloc(sizeof(*h), GFP_KERNEL | __GFP_NOWARN);
	if (!h)
		return NULL;
	snprintf(name, sizeof(name), "torture %d", a->id);
	h->heap = kspan_heap_create(name, &heap_params);
	if (!IS_ERR(h->heap))
		return h;
	if (!params.fault)
		torture_error(a, &h->objects[0], "no heap: %ld", PTR_ERR(h->heap));
	kspan_free(h);
	return NULL;
}

/* Destroys the heap while other threads allocate; its pages must be gone, too. */
void heap_life(struct actor *a)
{
	struct private_heap *h = private_create(a, pick(a, 4));

	if (!h)
		return;
	count(a, COUNT_HEAP_LIFE);
	private_life(a, h);
	kspan_heap_destroy(h->heap);
	kspan_free(h);
}

/*
 * Objects that outlive their heap; the kernel log reports them. kspan keeps the data of such a heap
 * until it is unloaded, so this is done once.
 */
void heap_keep_leaks(struct actor *a)
{
	struct private_heap *h = private_create(a, KSPAN_HEAP_KEEP_LEAKS);

	if (!h)
		return;
	count(a, COUNT_HEAP_KEEP_LEAKS);
	private_fill(a, h, LEAKED_OBJECTS);
	private_check(a, h, private_live(h));
	kspan_heap_destroy(h->heap);
	private_free(a, h);
	kspan_free(h);
}
