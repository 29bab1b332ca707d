// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_pagemap: finds the span of an address. The tests enter invented ranges, where no arena can
 * be, into the module's own map, and hold mheap.lock to keep others from changing it.
 */
#include <linux/sched/mm.h>
#include <linux/vmalloc.h>
#include "fixture.h"
#include "pages/pagemap.h"

/* Not canonical, and unused by user-mode Linux: no memory is ever here. */
#define NOWHERE		0x0042000000000000UL
#define GRANULE_BYTES	BIT(GRANULE_SHIFT)

struct map_range {
	unsigned long base;
	unsigned long npages;
	struct mspan *span;
};

static int pagemap_test_init(struct kunit *test)
{
	struct mspan *spans = kunit_kcalloc(test, 4, sizeof(*spans), GFP_KERNEL);

	test->priv = spans;
	return spans ? 0 : -ENOMEM;
}

static struct map_range map_range(struct kunit *test, unsigned int i, unsigned long base,
				  unsigned long npages)
{
	struct mspan *span = (struct mspan *)test->priv + i;

	span->base = base;
	span->npages = npages;
	return (struct map_range) { .base = base, .npages = npages, .span = span };
}

/* Context: mheap.lock held. Return: how many maps were missing. */
static unsigned long range_add(const struct map_range *r, struct pagemap_spare *spare)
{
	unsigned long missing = pagemap_add_maps(r->base, r->npages, spare);

	if (!missing)
		pagemap_set(r->base, r->npages, r->span);
	return missing;
}

static void range_remove(const struct map_range *r)
{
	pagemap_set(r->base, r->npages, &no_span);
	pagemap_remove_maps(r->base, r->npages);
}

/* Return: number of addresses in the range that do not lead to @span, or beside it that do. */
static unsigned int range_errors(const struct map_range *r, const struct mspan *span)
{
	unsigned long end = r->base + r->npages * KSPAN_PAGE_SIZE, addr;
	unsigned int errors = 0;

	for (addr = r->base; addr < end; addr += KSPAN_PAGE_SIZE) {
		errors += test_span_of((void *)addr) != span;
		errors += test_span_of((void *)(addr + KSPAN_PAGE_SIZE - 1)) != span;
	}
	errors += test_span_of((void *)(r->base - 1)) == r->span;
	errors += test_span_of((void *)end) == r->span;
	return errors;
}

static void spare_fill(struct kunit *test, struct pagemap_spare *spare, unsigned long n)
{
	*spare = (struct pagemap_spare) { };
	KUNIT_ASSERT_TRUE(test, pagemap_spare_alloc(spare, n, GFP_KERNEL));
}

struct range_case {
	const char *name;
	unsigned long offset;
	unsigned long npages;
	unsigned long maps;
};

static const struct range_case range_cases[] = {
	{ "one page", 0, 1, 1 },
	{ "the last page of a granule", GRANULE_BYTES - KSPAN_PAGE_SIZE, 1, 1 },
	{ "two pages of two granules", GRANULE_BYTES - KSPAN_PAGE_SIZE, 2, 2 },
	{ "a whole granule", GRANULE_BYTES, GRANULE_PAGES, 1 },
	{ "a granule's length, not aligned", 3 * KSPAN_PAGE_SIZE, GRANULE_PAGES, 2 },
	{ "an arena", 5 * KSPAN_PAGE_SIZE, 2048, 9 },
};

static void range_case_name(const struct range_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(range, range_cases, range_case_name);

static void a_range_is_found_until_removed(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct map_range r = map_range(test, 0, NOWHERE + c->offset, c->npages);
	struct pagemap_spare spare;
	unsigned int before, during, after;
	unsigned long missing;

	spare_fill(test, &spare, c->maps);
	mutex_lock(&mheap.lock);
	before = range_errors(&r, &no_span);
	missing = range_add(&r, &spare);
	during = range_errors(&r, r.span);
	range_remove(&r);
	after = range_errors(&r, &no_span);
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_EQ(test, missing, 0UL);
	KUNIT_EXPECT_NULL(test, spare.first);
	KUNIT_EXPECT_EQ(test, before, 0U);
	KUNIT_EXPECT_EQ(test, during, 0U);
	KUNIT_EXPECT_EQ(test, after, 0U);
}

/* Missing maps are counted, existing maps are used, and no spare map is taken without need. */
static void missing_maps_are_counted(struct kunit *test)
{
	struct map_range r = map_range(test, 0, NOWHERE, 3 * GRANULE_PAGES);
	struct pagemap_spare spare, two;
	unsigned long first, second, third;

	spare_fill(test, &spare, 1);
	spare_fill(test, &two, 4);
	mutex_lock(&mheap.lock);
	first = pagemap_add_maps(r.base, r.npages, &spare);
	second = pagemap_add_maps(r.base, r.npages, &two);
	third = pagemap_add_maps(r.base, r.npages, &spare);
	pagemap_remove_maps(r.base, r.npages);
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_EQ(test, first, 2UL);
	KUNIT_EXPECT_EQ(test, second, 0UL);
	KUNIT_EXPECT_EQ(test, third, 0UL);
	KUNIT_ASSERT_NOT_NULL(test, two.first);
	KUNIT_EXPECT_NOT_NULL(test, two.first->next);
	pagemap_spare_free(&two);
	KUNIT_EXPECT_NULL(test, two.first);
}

static void two_ranges_share_a_granule(struct kunit *test)
{
	struct map_range low = map_range(test, 0, NOWHERE - 5 * KSPAN_PAGE_SIZE, 105);
	struct map_range high = map_range(test, 1, NOWHERE + 100 * KSPAN_PAGE_SIZE, 300);
	struct pagemap_spare spare;
	unsigned int both, high_alone, none;

	spare_fill(test, &spare, 3);
	mutex_lock(&mheap.lock);
	range_add(&low, &spare);
	range_add(&high, &spare);
	both = range_errors(&low, low.span) + range_errors(&high, high.span);
	range_remove(&low);
	high_alone = range_errors(&low, &no_span) + range_errors(&high, high.span);
	range_remove(&high);
	none = range_errors(&low, &no_span) + range_errors(&high, &no_span);
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_NULL(test, spare.first);
	KUNIT_EXPECT_EQ(test, both, 0U);
	KUNIT_EXPECT_EQ(test, high_alone, 0U);
	KUNIT_EXPECT_EQ(test, none, 0U);
}

/* A granule whose home slot is taken is found by probing, also after the other one is removed. */
static void ranges_with_the_same_home_slot(struct kunit *test)
{
	unsigned long distance = (pagemap->mask + 1) << GRANULE_SHIFT;
	struct map_range r[3];
	struct pagemap_spare spare;
	unsigned int i, all = 0, rest = 0, again = 0;
	bool at_home, at_another;

	for (i = 0; i < 3; i++)
		r[i] = map_range(test, i, NOWHERE + i * distance, 2);
	spare_fill(test, &spare, 4);
	mutex_lock(&mheap.lock);
	for (i = 0; i < 3; i++)
		range_add(&r[i], &spare);
	at_home = pagemap_has_homes(r[0].base >> GRANULE_SHIFT, 1);
	at_another = pagemap_has_homes(r[1].base >> GRANULE_SHIFT, 1);
	for (i = 0; i < 3; i++)
		all += range_errors(&r[i], r[i].span);
	range_remove(&r[0]);
	for (i = 1; i < 3; i++)
		rest += range_errors(&r[i], r[i].span);
	range_add(&r[0], &spare);
	for (i = 0; i < 3; i++)
		again += range_errors(&r[i], r[i].span);
	for (i = 0; i < 3; i++)
		range_remove(&r[i]);
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_GE(test, pagemap->max_probe, 2UL);
	KUNIT_EXPECT_TRUE(test, at_home);
	KUNIT_EXPECT_FALSE(test, at_another);
	KUNIT_EXPECT_EQ(test, all, 0U);
	KUNIT_EXPECT_EQ(test, rest, 0U);
	KUNIT_EXPECT_EQ(test, again, 0U);
}

/* A larger table has all entries of the smaller one. It is kept: it takes a few kilobytes. */
static void the_table_grows(struct kunit *test)
{
	struct map_range r = map_range(test, 0, NOWHERE, 20 * GRANULE_PAGES);
	unsigned long slots = pagemap->mask + 1;
	struct pagemap_table *table;
	struct pagemap_spare spare;
	unsigned int before, after, noio;

	spare_fill(test, &spare, 20);
	noio = memalloc_noio_save();
	mutex_lock(&mheap.grow_lock);
	KUNIT_EXPECT_NULL(test, pagemap_table_alloc(slots / 2, slots, GFP_KERNEL));
	table = pagemap_table_alloc(slots / 2 + 1, 1, GFP_KERNEL);
	mutex_lock(&mheap.lock);
	range_add(&r, &spare);
	before = range_errors(&r, r.span);
	if (!IS_ERR_OR_NULL(table))
		pagemap_table_install(table);
	after = range_errors(&r, r.span);
	range_remove(&r);
	mutex_unlock(&mheap.lock);
	mutex_unlock(&mheap.grow_lock);
	memalloc_noio_restore(noio);
	KUNIT_EXPECT_EQ(test, pagemap->mask + 1, 2 * slots);
	KUNIT_EXPECT_EQ(test, before, 0U);
	KUNIT_EXPECT_EQ(test, after, 0U);
}

/* With a slot for each granule between the first and the last, each map is at its home. */
static void the_table_covers_the_range(struct kunit *test)
{
	unsigned long slots = pagemap->mask + 1;
	struct pagemap_table *near, *far;
	unsigned int noio;

	noio = memalloc_noio_save();
	mutex_lock(&mheap.grow_lock);
	near = pagemap_table_alloc(slots / 2, 2 * slots, GFP_KERNEL);
	far = pagemap_table_alloc(slots / 2, ULONG_MAX, GFP_KERNEL);
	mutex_unlock(&mheap.grow_lock);
	memalloc_noio_restore(noio);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, near);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, far);
	if (!IS_ERR_OR_NULL(near))
		KUNIT_EXPECT_EQ(test, near->mask + 1, 2 * slots);
	if (!IS_ERR_OR_NULL(far))
		KUNIT_EXPECT_LE(test, far->mask + 1, 32 * slots);
	kvfree(IS_ERR(near) ? NULL : near);
	kvfree(IS_ERR(far) ? NULL : far);
}

/* The lookup of a pointer that was never kspan's finds no span, and does not fault. */
static void foreign_addresses_lead_nowhere(struct kunit *test)
{
	void *area = vmalloc(PAGE_SIZE), *slab = kunit_kmalloc(test, 64, GFP_KERNEL);
	unsigned long local = 0, i;
	unsigned long addrs[] = {
		0, 1, (unsigned long)ZERO_SIZE_PTR, 4096, 0x400000, TASK_SIZE - 1,
		0x8000123456789000UL, ~0UL, ~0UL << GRANULE_SHIFT, -4096UL,
		(unsigned long)kunit_run_tests, (unsigned long)foreign_addresses_lead_nowhere,
		(unsigned long)&local, (unsigned long)area, (unsigned long)slab,
		(unsigned long)test, (unsigned long)&no_span, (unsigned long)pagemap,
	};

	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		void *p = (void *)test_hidden(addrs[i]);

		KUNIT_EXPECT_PTR_EQ_MSG(test, test_span_of(p), &no_span, "address %lu", i);
		KUNIT_EXPECT_FALSE(test, kspan_owns(p));
	}
	vfree(area);
}

#ifdef KSPAN_DEBUG
static struct map_range going, coming;
static struct pagemap_map *went, *came;

/* The map of one range goes, and becomes that of another. Context: mheap.lock held. */
static void reuse_the_map(void)
{
	struct pagemap_spare spare = { };

	pagemap_pause = NULL;
	went = pagemap->maps[(going.base >> GRANULE_SHIFT) & pagemap->mask];
	range_remove(&going);
	pagemap_spare_alloc(&spare, 1, GFP_ATOMIC);
	came = spare.first;
	range_add(&coming, &spare);
}

static bool owns(unsigned long addr)
{
	return kspan_owns((void *)addr);
}

static bool has_span(unsigned long addr)
{
	bool has;

	preempt_disable();
	has = pagemap_probe(addr) != &no_span;
	preempt_enable();
	return has;
}

static void look_while_it_goes(struct kunit *test, bool (*look)(unsigned long addr))
{
	struct pagemap_spare spare;
	bool before, during, after;

	going = map_range(test, 0, NOWHERE, 2);
	coming = map_range(test, 1, NOWHERE + 5 * GRANULE_BYTES, 2);
	spare_fill(test, &spare, 1);
	mutex_lock(&mheap.lock);
	range_add(&going, &spare);
	before = look(going.base);
	pagemap_pause = reuse_the_map;
	during = look(going.base);
	after = look(coming.base);
	range_remove(&coming);
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_NULL(test, pagemap_pause);
	pagemap_pause = NULL;
	if (went != came)
		kunit_skip(test, "the slab allocator gave another map");
	KUNIT_EXPECT_TRUE(test, before);
	KUNIT_EXPECT_FALSE(test, during);
	KUNIT_EXPECT_TRUE(test, after);
}

/* A map is another granule's when its spans are looked at: those are not this address's. */
static void a_map_goes_during_a_look(struct kunit *test)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "with preemption off a real-time kernel frees no map");
	look_while_it_goes(test, has_span);
	look_while_it_goes(test, owns);
}
#else
static void a_map_goes_during_a_look(struct kunit *test)
{
	kunit_skip(test, "a look cannot be interrupted without DEBUG=1");
}
#endif

static void metadata_is_counted(struct kunit *test)
{
	u64 before = pagemap_metadata_bytes(), during;
	struct pagemap_spare spare;

	spare_fill(test, &spare, 7);
	during = pagemap_metadata_bytes();
	pagemap_spare_free(&spare);
	KUNIT_EXPECT_EQ(test, during - before, 7 * (u64)sizeof(struct pagemap_map));
	KUNIT_EXPECT_EQ(test, pagemap_metadata_bytes(), before);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_range_is_found_until_removed, range_gen_params),
	KUNIT_CASE(missing_maps_are_counted),
	KUNIT_CASE(two_ranges_share_a_granule),
	KUNIT_CASE(ranges_with_the_same_home_slot),
	KUNIT_CASE(the_table_grows),
	KUNIT_CASE(the_table_covers_the_range),
	KUNIT_CASE(foreign_addresses_lead_nowhere),
	KUNIT_CASE(a_map_goes_during_a_look),
	KUNIT_CASE(metadata_is_counted),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_pagemap",
	.init = pagemap_test_init,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
