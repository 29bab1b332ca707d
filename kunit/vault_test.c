// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_vault: memory for mcaches and magazines, apart from all other memory of the kernel; and
 * what comes of it when something writes there nevertheless. The worker is paused, so that only the
 * tests look.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "fixture.h"
#include "cpu/slot.h"
#include "pages/vault.h"

#define MANY		600U
#define SIZE		64

/* The first byte behind what lies around @p in the vault. */
static u8 *end_of_block(void *p)
{
	u8 *end = PTR_ALIGN((u8 *)p + 1, PAGE_SIZE);
	void *head = (void *)page_private(virt_to_page(p));

	while ((void *)page_private(virt_to_page(end + PAGE_SIZE)) == head)
		end += PAGE_SIZE;
	return end;
}

/* A page of one byte's value all over. */
static bool is_guard(const u8 *page)
{
	return page[0] && !memchr_inv(page, page[0], PAGE_SIZE);
}

/* From an object's slot one gets into pages that no slab has, and that end with guards. */
static void caches_are_apart(struct kunit *test)
{
	void *p = test_alloc(test, SIZE, GFP_KERNEL), *places[2];
	unsigned int i;
	u8 *page;

	kspan_free(p);		/* into the magazine */
	places[0] = test_mcache(test);
	places[1] = test_slot(test, test_span_of(p)->class)->base;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		KUNIT_ASSERT_NOT_NULL(test, places[i]);
		KUNIT_EXPECT_FALSE(test, PageSlab(virt_to_head_page(places[i])));
		KUNIT_EXPECT_TRUE(test, is_guard(end_of_block(places[i])));
		page = PTR_ALIGN_DOWN((u8 *)page_private(virt_to_page(places[i])), PAGE_SIZE);
		KUNIT_EXPECT_TRUE(test, is_guard(page - PAGE_SIZE));
	}
}

struct piece {
	u8 *p;
	size_t bytes;
};

static bool piece_is_whole(const struct piece *piece, u8 mark)
{
	return !memchr_inv(piece->p, mark, piece->bytes);
}

/* Pieces of all sizes keep what is written to them, and leave nothing behind. */
static void pieces_do_not_overlap(struct kunit *test)
{
	struct piece *pieces = kunit_kcalloc(test, MANY, sizeof(*pieces), GFP_KERNEL);
	unsigned int i, round, damaged = 0;
	struct rnd_state rnd;
	struct piece *piece;
	u64 before;

	KUNIT_ASSERT_NOT_NULL(test, pieces);
	test_seed(test, &rnd, 7);
	vault_look();
	before = vault_unused_bytes();
	for (round = 0; round < 20 * MANY; round++) {
		i = test_random(&rnd, MANY);
		piece = &pieces[i];
		if (piece->p) {
			damaged += !piece_is_whole(piece, i);
			vault_free(piece->p, piece->bytes);
		}
		piece->bytes = 1 + (test_random(&rnd, VAULT_MAX_BYTES) >> test_random(&rnd, 16));
		piece->p = vault_alloc(piece->bytes, NUMA_NO_NODE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, piece->p);
		KUNIT_ASSERT_TRUE(test, IS_ALIGNED((unsigned long)piece->p, 64));
		memset(piece->p, i, piece->bytes);
	}
	for (i = 0; i < MANY; i++) {
		if (!pieces[i].p)
			continue;
		damaged += !piece_is_whole(&pieces[i], i);
		vault_free(pieces[i].p, pieces[i].bytes);
	}
	KUNIT_EXPECT_EQ(test, damaged, 0U);
	vault_look();
	KUNIT_EXPECT_EQ(test, vault_unused_bytes(), before);
}

static void it_is_zeroed_if_asked(struct kunit *test)
{
	u8 *p = vault_alloc(1000, NUMA_NO_NODE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0xff, 1000);
	vault_free(p, 1000);
	p = vault_alloc(1000, NUMA_NO_NODE, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 1000));
	vault_free(p, 1000);
}

/* Each overflow into a guard is told of once. */
static void an_overflow_meets_a_guard(struct kunit *test)
{
	u8 *p = vault_alloc(100, NUMA_NO_NODE, GFP_KERNEL), *behind, *before;
	unsigned long n = report_bad_accesses();

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0x55, 100);
	behind = end_of_block(p);
	before = PTR_ALIGN_DOWN((u8 *)page_private(virt_to_page(p)), PAGE_SIZE);
	test_report_begin("bad access: something wrote 3 bytes at .* in the guard behind");
	memset(behind, 0, 3);
	vault_look();
	test_report_end();
	KUNIT_EXPECT_EQ(test, report_bad_accesses() - n, 1UL);
	test_report_begin("bad access: something wrote 9 bytes at .* in the guard before");
	before[-1] = 0;
	before[-9] = 0;
	vault_look();
	test_report_end();
	KUNIT_EXPECT_EQ(test, report_bad_accesses() - n, 2UL);
	vault_look();
	KUNIT_EXPECT_EQ(test, report_bad_accesses() - n, 2UL);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x55, 100));
	vault_free(p, 100);
}

/* Take an object of which the magazine's last entry says @bad, and leave the magazine as it was. */
static void *pop_behind(struct mcache_slot *slot, const struct mcentral *central, void *bad)
{
	void *good = slot->top[-1], *obj;

	slot->top[-1] = bad;
	obj = slot_pop_checked(slot, central);
	*slot->top++ = obj;
	*slot->top++ = good;
	return obj;
}

static void what_is_no_object_is_not_handed_out(struct kunit *test)
{
	void *objs[4], *foreign, *other, *next, *bad[5];
	struct mcache_slot *slot;
	unsigned int class, i;
	unsigned long n;

	foreign = kspan_alloc(SIZE, GFP_KERNEL);
	other = test_alloc(test, 2 * SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, foreign);
	test_alloc_many(test, SIZE, objs, ARRAY_SIZE(objs));
	class = test_span_of(objs[0])->class;
	test_free_many(objs, ARRAY_SIZE(objs));
	slot = test_slot(test, class);
	KUNIT_ASSERT_GE(test, slot_len(slot), 2U);
	bad[0] = test;				/* of the kernel's slabs */
	bad[1] = (void *)test_hidden(0x1000);	/* nothing */
	bad[2] = objs[0] + 8;			/* inside an object */
	bad[3] = other;				/* of another class */
	bad[4] = foreign;			/* of another heap */
	n = report_bad_accesses();
	test_report_begin("bad access: something wrote .* size class");
	next = slot->top[-2];
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_PTR_EQ(test, pop_behind(slot, test_central(test, class), bad[i]),
				    next);
	test_report_end();
	KUNIT_EXPECT_EQ(test, report_bad_accesses() - n, (unsigned long)ARRAY_SIZE(bad));
	kspan_free(other);
	kspan_free(foreign);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(caches_are_apart),
	KUNIT_CASE(pieces_do_not_overlap),
	KUNIT_CASE(it_is_zeroed_if_asked),
	KUNIT_CASE(an_overflow_meets_a_guard),
	KUNIT_CASE(what_is_no_object_is_not_handed_out),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_vault",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
