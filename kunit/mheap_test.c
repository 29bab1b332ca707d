// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_mheap: spans and the segments that they are cut from. All heaps share one mheap: no other
 * client should use kspan while these tests run.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>
#include "fixture.h"
#include "pages/reserve.h"
#include "pages/arenas.h"
#include "base/params.h"

#define MANY_SEGMENTS	6U

static unsigned long segment_pages(void)
{
	return param_segment_bytes() >> KSPAN_PAGE_SHIFT;
}

/* Large spans, which are not cut into objects. The test must free them. */
static struct mspan *span_try(struct kunit *test, unsigned long npages, unsigned long align)
{
	return mheap_alloc_span(&test_heap(test)->owner, test_place(), CLASS_LARGE, npages, align,
				GFP_KERNEL | __GFP_NOWARN);
}

static struct mspan *span_new(struct kunit *test, unsigned long npages, unsigned long align)
{
	struct mspan *span = span_try(test, npages, align);

	KUNIT_ASSERT_NOT_NULL(test, span);
	return span;
}

static struct segment *arenas_find_locked(unsigned long addr)
{
	struct segment *seg;

	mutex_lock(&mheap.lock);
	seg = arenas_find(addr);
	mutex_unlock(&mheap.lock);
	return seg;
}

static unsigned int lookup_errors(unsigned long base, unsigned long npages,
				  const struct mspan *span)
{
	unsigned int errors = 0;

	for (; npages--; base += KSPAN_PAGE_SIZE)
		errors += test_span_of((void *)base) != span;
	return errors;
}

struct span_case {
	unsigned long npages;
	unsigned long align;
};

static const struct span_case span_cases[] = {
	{ 1, 1 }, { 2, 2 }, { 3, 1 }, { 4, 4 }, { 7, 1 }, { 10, 1 }, { 5, 8 }, { 255, 1 },
	{ 256, 256 }, { 300, 1 }, { 1, 512 }, { 512, 512 }, { 600, 512 },
};

static void span_case_name(const struct span_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu pages aligned to %lu", c->npages, c->align);
}

KUNIT_ARRAY_PARAM(span, span_cases, span_case_name);

static void a_span_is_found_until_drained(struct kunit *test)
{
	const struct span_case *c = test->param_value;
	struct mspan *span = span_new(test, c->npages, c->align);
	unsigned long base = span->base;

	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(base, c->align * KSPAN_PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, (unsigned long)span->npages, c->npages);
	KUNIT_EXPECT_PTR_EQ(test, heap_of(span), test_heap(test));
	KUNIT_EXPECT_EQ(test, lookup_errors(base, c->npages, span), 0U);
	mheap_free_large(span);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, lookup_errors(base, c->npages, &ended_span), 0U);
}

static void pages_and_spans_are_counted(struct kunit *test)
{
	long pages, spans, peak;
	struct mspan *span;

	mheap_drain();
	pages = atomic_long_read(&mheap.held_pages);
	spans = atomic_long_read(&mheap.nr_spans);
	span = span_new(test, 77, 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.held_pages), pages + 77);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.nr_spans), spans + 1);
	peak = atomic_long_read(&mheap.peak_pages);
	KUNIT_EXPECT_GE(test, peak, pages + 77);
	mheap_free_large(span);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.held_pages), pages);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.nr_spans), spans);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.peak_pages), peak);
}

/* An allocation first drains freed spans, and so finds their pages. */
static void freed_spans_come_before_new_pages(struct kunit *test)
{
	struct mspan *first = span_new(test, 40, 1), *guard = span_new(test, 1, 1), *next;
	unsigned long base = first->base;

	mheap_free_large(first);
	next = span_new(test, 40, 1);
	KUNIT_EXPECT_EQ(test, next->base, base);
	mheap_free_large(guard);
	mheap_free_large(next);
}

/* The same for a span of a class whose last objects were late frees. */
static void late_frees_come_before_new_pages(struct kunit *test)
{
	struct mcentral *central = test_central(test, 51);
	struct mspan *span, *guard;
	unsigned long base;

	KUNIT_ASSERT_TRUE(test, mcentral_grow(central, GFP_KERNEL));
	base = mcentral_alloc_one(central) & ~OBJ_FRESH;
	guard = span_new(test, 1, 1);
	mheap_free_late(test_span_of((void *)base), 0);
	span = span_new(test, 1, 1);
	KUNIT_EXPECT_EQ(test, span->base, base);
	mheap_free_large(span);
	mheap_free_large(guard);
}

static void pages_come_before_new_segments(struct kunit *test)
{
	struct mspan *anchor = span_new(test, 1, 1), *spans[100];
	unsigned long created = READ_ONCE(mheap.created);
	unsigned int i;

	for (i = 0; i < 100; i++)
		spans[i] = span_new(test, 1 + i % 5, 1);
	KUNIT_EXPECT_LE(test, READ_ONCE(mheap.created) - created, 1UL);
	for (i = 0; i < 100; i++)
		mheap_free_large(spans[i]);
	mheap_free_large(anchor);
}

static void touch_ends(const struct mspan *span)
{
	char *p = (char *)span->base;

	kasan_unpoison_object(p, mspan_bytes(span));
	p[0] = 1;
	p[mspan_bytes(span) - 1] = 1;
}

/* Rounded to a page of the machine's, and to no more. */
static void a_span_beyond_a_segment_gets_its_own(struct kunit *test)
{
	unsigned long npages = segment_pages() + 3, created = READ_ONCE(mheap.created);
	struct mspan *span = span_new(test, npages, 1);
	struct segment *seg;

	touch_ends(span);
	mutex_lock(&mheap.lock);
	seg = arenas_find(span->base);
	KUNIT_EXPECT_NOT_NULL(test, seg);
	if (seg) {
		KUNIT_EXPECT_TRUE(test, seg->arena->own);
		KUNIT_EXPECT_GE(test, seg->bytes, npages * KSPAN_PAGE_SIZE);
		KUNIT_EXPECT_LE(test, seg->bytes,
				PAGE_ALIGN(npages * KSPAN_PAGE_SIZE) + SEGMENT_SLACK);
		KUNIT_EXPECT_TRUE(test, segment_covers(seg, span->base + mspan_bytes(span) - 1));
	}
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.created), created + 1);
	KUNIT_EXPECT_EQ(test, lookup_errors(span->base, npages, span), 0U);
	mheap_free_large(span);
}

/* The next object of about its size takes it over; one that would waste more than 1/8 does not. */
static void an_own_area_serves_again(struct kunit *test)
{
	unsigned long npages = 2 * segment_pages(), base;
	struct mspan *span;

	mheap_drain();
	arenas_return(0);
	span = span_new(test, npages, 1);
	base = span->base;
	mheap_free_large(span);
	span = span_new(test, npages * 15 / 16, 1);
	KUNIT_EXPECT_EQ(test, span->base, base);
	mheap_free_large(span);
	span = span_new(test, npages * 3 / 4, 1);
	KUNIT_EXPECT_NE(test, span->base, base);
	mheap_free_large(span);
	span = span_new(test, 1, 1);
	KUNIT_EXPECT_FALSE(test, arenas_find_locked(span->base)->arena->own);
	mheap_free_large(span);
}

static void more_than_there_is_gives_null(struct kunit *test)
{
	unsigned long npages = BYTES_TO_PAGES(totalram_pages() * PAGE_SIZE * 4);
	long spans = atomic_long_read(&mheap.nr_spans);

	KUNIT_EXPECT_NULL(test, span_try(test, npages, 1));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.nr_spans), spans);
}

static void new_memory_is_clean_and_used_memory_dirty(struct kunit *test)
{
	unsigned long npages = segment_pages() + 3, base;
	struct mspan *span;

	mheap_drain();
	arenas_return(0);
	span = span_new(test, npages, 1);
	KUNIT_EXPECT_FALSE(test, span->dirty);
	base = span->base;
	mheap_free_large(span);
	span = span_new(test, npages, 1);
	KUNIT_EXPECT_EQ(test, span->base, base);
	KUNIT_EXPECT_TRUE(test, span->dirty);
	mheap_free_large(span);
}

/* Each span gets a segment of its own, and the tree by address finds each. */
static void many_segments(struct kunit *test)
{
	unsigned long npages = segment_pages() * 3 / 4, returned, bytes;
	struct mspan *spans[MANY_SEGMENTS] = { };
	struct segment *seg, *last = NULL;
	unsigned int i;

	if (MANY_SEGMENTS * param_segment_bytes() > totalram_pages() * PAGE_SIZE / 2)
		kunit_skip(test, "segment_mb is too large for this machine");
	mheap_drain();
	arenas_return(0);
	for (i = 0; i < MANY_SEGMENTS; i++)
		spans[i] = span_new(test, npages, 1);
	KUNIT_EXPECT_GE(test, READ_ONCE(mheap.nr_segments), MANY_SEGMENTS);
	mutex_lock(&mheap.lock);
	for (i = 0; i < MANY_SEGMENTS; i++) {
		seg = arenas_find(spans[i]->base);
		KUNIT_EXPECT_NOT_NULL(test, seg);
		KUNIT_EXPECT_PTR_NE(test, seg, last);
		last = seg;
	}
	KUNIT_EXPECT_NULL(test, arenas_find(VMALLOC_START));
	KUNIT_EXPECT_NULL(test, arenas_find(VMALLOC_END - 1));
	mutex_unlock(&mheap.lock);
	for (i = 0; i < MANY_SEGMENTS; i++)
		mheap_free_large(spans[i]);
	mheap_drain();
	returned = READ_ONCE(mheap.returned);
	bytes = arenas_return(0);
	returned = READ_ONCE(mheap.returned) - returned;
	KUNIT_EXPECT_GE(test, returned, MANY_SEGMENTS - 1UL);
	KUNIT_EXPECT_EQ(test, bytes, returned * param_segment_bytes());
}

/* Segments are numbered together: an arena has as many as arena_mb says before another begins. */
static void segments_fill_an_arena(struct kunit *test)
{
	unsigned long room = 0, segments = 0, of_own = 0;
	struct mspan *spans[MANY_SEGMENTS];
	struct arena *arena;
	unsigned int i;

	for (i = 0; i < MANY_SEGMENTS; i++)
		spans[i] = span_new(test, segment_pages() * 3 / 4, 1);
	mutex_lock(&mheap.lock);
	list_for_each_entry(arena, &mheap.arenas, list) {
		KUNIT_EXPECT_GT(test, arena->nr_made, 0U);
		KUNIT_EXPECT_EQ(test, arena->nr_segments,
				arena->own ? 1 : (unsigned int)(param_arena_bytes() /
								param_segment_bytes()));
		segments += arena->nr_made;
		of_own += arena->own;
		if (!arena->own)
			room += arena->nr_segments - arena->nr_made;
	}
	KUNIT_EXPECT_EQ(test, segments, mheap.nr_segments);
	mutex_unlock(&mheap.lock);
	if (num_online_nodes() == 1 && !of_own)
		KUNIT_EXPECT_LE(test, room, param_arena_bytes() / param_segment_bytes());
	for (i = 0; i < MANY_SEGMENTS; i++)
		mheap_free_large(spans[i]);
}

/* Context: mheap.lock held. */
static unsigned int fuller_ones(const struct segment *seg, unsigned long npages)
{
	struct segment *other;
	unsigned int n = 0;

	for (other = arenas_first(); other; other = arenas_next(other))
		n += other != seg && !other->arena->own && other->node == seg->node &&
		     other->free_pages < seg->free_pages + npages &&
		     page_alloc_max(&other->pages) >= npages;
	return n;
}

/* Of a memory node the fullest segment with room serves: emptier ones drain and are returned. */
static void the_fullest_segment_serves(struct kunit *test)
{
	static const unsigned int eighths[] = { 3, 6, 5, 7 };
	struct mspan *spans[ARRAY_SIZE(eighths)], *span;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(eighths); i++)
		spans[i] = span_new(test, segment_pages() * eighths[i] / 8, 1);
	for (n = 5; n < segment_pages() / 2; n += 20) {
		span = span_new(test, n, 1);
		mutex_lock(&mheap.lock);
		KUNIT_EXPECT_EQ(test, fuller_ones(arenas_find(span->base), n), 0U);
		mutex_unlock(&mheap.lock);
		mheap_free_large(span);
		mheap_drain();
	}
	for (i = 0; i < ARRAY_SIZE(eighths); i++)
		mheap_free_large(spans[i]);
}

static void empty_segments_are_returned(struct kunit *test)
{
	struct mspan *span = span_new(test, segment_pages() + 3, 1);
	unsigned long base = span->base, returned = READ_ONCE(mheap.returned), bytes;

	KUNIT_EXPECT_EQ(test, arenas_return(0) & (PAGE_SIZE - 1), 0UL);
	KUNIT_EXPECT_PTR_EQ(test, test_span_of((void *)base), span);
	mheap_free_large(span);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, arenas_return(LONG_MAX), 0UL);
	bytes = arenas_return(0);
	KUNIT_EXPECT_GT(test, bytes, param_segment_bytes());
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.returned), returned);
	KUNIT_EXPECT_PTR_EQ(test, test_span_of((void *)base), &no_span);
}

#define MAX_RUNS	64

struct taken {
	unsigned long addr[MAX_RUNS];
	unsigned long npages[MAX_RUNS];
	unsigned int n;
};

/* Take every free run. Context: mheap.lock held. */
static void take_all(struct taken *t)
{
	unsigned long npages;
	bool dirty;

	while (t->n < MAX_RUNS && (npages = arenas_longest(test_place()))) {
		t->npages[t->n] = npages;
		t->addr[t->n] = arenas_take(npages, 1, test_place(), &dirty);
		t->n++;
	}
}

static void untake_all(struct taken *t)
{
	while (t->n--)
		arenas_give(t->addr[t->n], t->npages[t->n]);
}

/* The only hole that fits is exactly as long as asked for, and aligned: it is found. */
static void the_only_aligned_hole_is_found(struct kunit *test)
{
	struct taken *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct mspan *anchor = span_new(test, 1, 1);
	unsigned long hole, found, none = 1, misplaced = 1;
	bool dirty;

	KUNIT_ASSERT_NOT_NULL(test, t);
	mutex_lock(&mheap.lock);
	hole = arenas_take(16, 16, test_place(), &dirty);
	take_all(t);
	if (hole && !arenas_longest(test_place())) {
		none = arenas_take(1, 1, test_place(), &dirty);
		arenas_give(hole, 16);
		misplaced = arenas_take(9, 16, test_place(), &dirty);
		arenas_give(misplaced, 9);
		found = arenas_take(16, 16, test_place(), &dirty);
		KUNIT_EXPECT_EQ(test, found, hole);
		KUNIT_EXPECT_EQ(test, arenas_take(16, 16, test_place(), &dirty), 0UL);
	}
	untake_all(t);
	if (hole)
		arenas_give(hole, 16);
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_EQ(test, none, 0UL);
	KUNIT_EXPECT_EQ(test, misplaced, hole);
	mheap_free_large(anchor);
}

static void runs_without_a_span(struct kunit *test)
{
	long held = atomic_long_read(&mheap.held_pages);
	unsigned long addr;
	bool dirty;

	addr = mheap_take_run(16, test_place(), GFP_KERNEL, &dirty);
	KUNIT_ASSERT_NE(test, addr, 0UL);
	KUNIT_EXPECT_EQ(test, test_span_of((void *)addr)->npages, 0U);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.held_pages), held);
	mheap_give_run(addr, 16);
}

static void metadata_is_counted(struct kunit *test)
{
	struct mspan *anchor = span_new(test, 1, 1), *spans[50];
	u64 before = mheap_metadata_bytes();
	unsigned int i;

	for (i = 0; i < 50; i++)
		spans[i] = span_new(test, 1, 1);
	KUNIT_EXPECT_GE(test, mheap_metadata_bytes(), before + 50 * sizeof(struct mspan));
	for (i = 0; i < 50; i++)
		mheap_free_large(spans[i]);
	mheap_free_large(anchor);
}

/* A segment whose first page is in the granule in which another ends, or NULL. */
static struct segment *segment_behind_another(void)
{
	struct segment *prev = NULL, *seg;

	mheap_assert_locked();
	for (seg = arenas_first(); seg; seg = arenas_next(seg)) {
		if (prev && !seg->arena->own &&
		    (segment_end(prev) - 1) >> GRANULE_SHIFT == seg->base >> GRANULE_SHIFT)
			return seg;
		prev = seg;
	}
	return NULL;
}

static struct pagemap_map *map_of(unsigned long addr)
{
	unsigned long i;

	for (i = 0; i <= pagemap->mask; i++)
		if (pagemap->maps[i]->granule == addr >> GRANULE_SHIFT)
			return pagemap->maps[i];
	return NULL;
}

/* Two segments can share a granule. The one that stays keeps its map when the other is returned. */
static void neighbours_leave_the_maps_alone(struct kunit *test)
{
	unsigned long npages = segment_pages() * 3 / 4;
	struct mspan *spans[MANY_SEGMENTS];
	struct pagemap_map *map = NULL;
	struct segment *seg;
	unsigned int i;

	for (i = 0; i < MANY_SEGMENTS; i++)
		spans[i] = span_new(test, npages, 1);
	for (i = 0; i < MANY_SEGMENTS; i++)
		mheap_free_large(spans[i]);
	mheap_drain();
	reserve_drop();
	mutex_lock(&mheap.lock);
	seg = segment_behind_another();
	if (seg) {
		seg->pins++;
		map = map_of(seg->base);
	}
	if (map)
		map->next = map;	/* marks it: a new map would have NULL */
	mutex_unlock(&mheap.lock);
	if (!seg)
		kunit_skip(test, "no two segments meet");
	KUNIT_EXPECT_NOT_NULL(test, map);
	arenas_return(0);
	mutex_lock(&mheap.lock);
	KUNIT_EXPECT_PTR_EQ(test, map_of(seg->base), map);
	KUNIT_EXPECT_PTR_EQ(test, map ? map->next : NULL, map);
	if (map)
		map->next = NULL;
	arenas_unpin(seg);
	mutex_unlock(&mheap.lock);
}

static bool is_there(unsigned long base)
{
	bool there;

	mutex_lock(&mheap.lock);
	there = arenas_find(base);
	mutex_unlock(&mheap.lock);
	return there;
}

/* A segment without a span is not returned before its maker had the chance to take pages of it. */
static void a_new_segment_waits_for_its_maker(struct kunit *test)
{
	struct segment *seg = arenas_grow(segment_pages() + 3, 1, test_place(), GFP_KERNEL);
	struct segment *again;
	unsigned long base;

	KUNIT_ASSERT_NOT_NULL(test, seg);
	base = seg->base;
	again = arenas_grow(segment_pages() + 3, 1, test_place(), GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, again, seg);
	arenas_return(0);
	KUNIT_ASSERT_TRUE(test, is_there(base));
	mutex_lock(&mheap.lock);
	arenas_unpin(seg);
	mutex_unlock(&mheap.lock);
	arenas_return(0);
	KUNIT_ASSERT_TRUE(test, is_there(base));
	mutex_lock(&mheap.lock);
	arenas_unpin(seg);
	mutex_unlock(&mheap.lock);
	arenas_return(0);
	KUNIT_EXPECT_FALSE(test, is_there(base));
}

/* Areas that nobody fits into any more go before others are made, without the worker. */
static void areas_of_many_sizes_do_not_gather(struct kunit *test)
{
	unsigned long npages = SZ_8M >> KSPAN_PAGE_SHIFT, most = 0;
	unsigned int i;

	for (i = 0; i < 12; i++, npages += 16) {
		mheap_free_large(span_new(test, npages, 1));
		mheap_drain();
		most = max(most, READ_ONCE(mheap.arena_bytes));
	}
	KUNIT_EXPECT_LE(test, most, (unsigned long)(SZ_16M + 2 * SZ_8M));
}

/* However an allocation ends, it leaves no segment pinned. */
static void no_segment_stays_pinned(struct kunit *test)
{
	struct mspan *span = span_new(test, segment_pages() + 3, 1);
	unsigned long base = span->base;

	KUNIT_EXPECT_NULL(test,
			  span_try(test, BYTES_TO_PAGES(totalram_pages() * PAGE_SIZE * 4), 1));
	mheap_free_large(span);
	reserve_drop();
	mheap_drain();
	arenas_return(0);
	KUNIT_EXPECT_FALSE(test, is_there(base));
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.nr_segments), 0UL);
}

/**
 * struct impatient - an allocation that must not wait
 * @work: makes it
 * @test: the test
 * @span: the result
 * @done: set behind it
 */
struct impatient {
	struct work_struct work;
	struct kunit *test;
	struct mspan *span;
	bool done;
};

static void impatient_run(struct work_struct *work)
{
	struct impatient *job = container_of(work, struct impatient, work);

	job->span = mheap_alloc_span(&test_heap(job->test)->owner, test_place(), CLASS_LARGE,
				     segment_pages() + 3,
				     1, GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN);
	smp_store_release(&job->done, true);	/* after @span; pairs with impatient_is_done() */
}

static bool impatient_is_done(void *arg)
{
	return smp_load_acquire(&((struct impatient *)arg)->done);	/* before @span is read */
}

/* Another task is making a segment, for as long as it likes. */
static void noretry_waits_for_nobody(struct kunit *test)
{
	struct impatient job = { .test = test };
	unsigned int noio;
	bool done;

	mheap_drain();
	arenas_return(0);
	INIT_WORK_ONSTACK(&job.work, impatient_run);
	noio = memalloc_noio_save();
	mutex_lock(&mheap.grow_lock);
	queue_work(system_unbound_wq, &job.work);
	done = test_wait(impatient_is_done, &job);
	mutex_unlock(&mheap.grow_lock);
	memalloc_noio_restore(noio);
	flush_work(&job.work);
	KUNIT_EXPECT_TRUE(test, done);
	KUNIT_EXPECT_NULL(test, job.span);
	if (job.span)
		mheap_free_large(job.span);
	impatient_run(&job.work);	/* now nobody is in the way */
	destroy_work_on_stack(&job.work);
	KUNIT_ASSERT_NOT_NULL(test, job.span);
	mheap_free_large(job.span);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_span_is_found_until_drained, span_gen_params),
	KUNIT_CASE(pages_and_spans_are_counted),
	KUNIT_CASE(freed_spans_come_before_new_pages),
	KUNIT_CASE(late_frees_come_before_new_pages),
	KUNIT_CASE(pages_come_before_new_segments),
	KUNIT_CASE(a_span_beyond_a_segment_gets_its_own),
	KUNIT_CASE(an_own_area_serves_again),
	KUNIT_CASE(more_than_there_is_gives_null),
	KUNIT_CASE(new_memory_is_clean_and_used_memory_dirty),
	KUNIT_CASE(many_segments),
	KUNIT_CASE(segments_fill_an_arena),
	KUNIT_CASE(the_fullest_segment_serves),
	KUNIT_CASE(empty_segments_are_returned),
	KUNIT_CASE(the_only_aligned_hole_is_found),
	KUNIT_CASE(runs_without_a_span),
	KUNIT_CASE(metadata_is_counted),
	KUNIT_CASE(neighbours_leave_the_maps_alone),
	KUNIT_CASE(a_new_segment_waits_for_its_maker),
	KUNIT_CASE(areas_of_many_sizes_do_not_gather),
	KUNIT_CASE(no_segment_stays_pinned),
	KUNIT_CASE(noretry_waits_for_nobody),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_mheap",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
