// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_trust: what is counted and told of a misuse, copies that would leave an object, the order
 * of objects, and what kspan knows of its clients.
 */
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kspan/usercopy.h>
#include "api_fixture.h"
#include "cpu/slot.h"
#include "heap/bounds.h"
#include "pages/callers.h"
#include "region/region.h"
#include "upkeep/oops.h"

#define MANY	100U

/* Freed once more while they are all in this CPU's magazine: found when they leave it. */
static void each_double_free_is_counted(struct kunit *test)
{
	void **objs = test_pointers(test, MANY + 1);

	test_alloc_many(test, 64, objs, MANY + 1);	/* one keeps the span */
	test_free_many(objs, MANY);
	test_report_begin("double free of .*freed earlier");
	test_free_many(objs, MANY);
	test_drain(test);
	KUNIT_EXPECT_EQ(test, test_report_end(), (unsigned long)MANY);
	kspan_free(objs[MANY]);
}

/* The same where no lock can be taken: late bits. */
static void each_late_double_free_is_counted(struct kunit *test)
{
	void **objs = test_pointers(test, MANY + 1);
	struct mspan *span;
	unsigned int i;

	test_alloc_many(test, 64, objs, MANY + 1);
	test_free_many(objs, MANY);
	test_drain(test);
	test_report_begin("double free of .*freed earlier");
	for (i = 0; i < MANY; i++) {
		span = test_span_of(objs[i]);
		mheap_free_late(span, mspan_index(span, (unsigned long)objs[i]));
	}
	test_drain(test);
	KUNIT_EXPECT_EQ(test, test_report_end(), (unsigned long)MANY);
	kspan_free(objs[MANY]);
}

static void a_misuse_taints_the_kernel(struct kunit *test)
{
	test_report_begin("is not a kspan object");
	kspan_free((void *)test_hidden(24));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_TRUE(test, test_taint(TAINT_BAD_PAGE));
}

static void code_that_is_gone_has_no_address(struct kunit *test)
{
	char text[KSYM_SYMBOL_LEN];

	KUNIT_EXPECT_STREQ(test, callers_text(0xffffffffdead1230UL, text, sizeof(text)),
			   "(module gone)");
	KUNIT_EXPECT_NOT_NULL(test, strstr(callers_text((unsigned long)kfree, text, sizeof(text)),
					   "kfree"));
	KUNIT_EXPECT_STREQ(test, callers_text(CALLER_UNKNOWN, text, sizeof(text)), "unknown");
}

/* An object of @size bytes, @offset bytes in it, and a copy of so many bytes. */
struct copy {
	size_t size;
	size_t offset;
	size_t n;
	bool fits;
};

static const struct copy copies[] = {
	{ 64, 0, 64, true }, { 64, 0, 65, false }, { 64, 0, 0, true }, { 64, 60, 4, true },
	{ 64, 60, 5, false }, { 64, 63, SIZE_MAX, false }, { 64, 0, SIZE_MAX, false },
	{ 5, 0, 6, true }, { 5, 0, 7, false }, { 5, 3, 3, true }, { 5, 3, 4, false },
	{ 2, 0, 2, true }, { 2, 0, 3, false }, { 2, 1, 1, true }, { 32768, 0, 32769, false },
	{ 40000, 39999, 961, true }, { 40000, 39999, 962, false }, { 65536, 0, 65537, false },
	{ 3 << 20, 0, 3 << 20, true }, { 3 << 20, 1, 3 << 20, false },
};

static void a_copy_stays_in_its_object(struct kunit *test)
{
	unsigned long bad, wrong = 0;
	const struct copy *copy;
	unsigned int i;
	char *p;

	test_report_begin("bad copy: ");
	for (i = 0; i < ARRAY_SIZE(copies); i++) {
		copy = &copies[i];
		p = test_alloc(test, copy->size, GFP_KERNEL);
		if (!p)
			break;
		bad = report_bad_copies();
		if (__kspan_copy_fits(p + copy->offset, copy->n, true) != copy->fits ||
		    report_bad_copies() - bad != !copy->fits) {
			kunit_err(test, "row %u: %zu bytes\n", i, copy->size);
			wrong++;
		}
		kspan_free(p);
	}
	test_report_end();
	KUNIT_EXPECT_EQ(test, i, (unsigned int)ARRAY_SIZE(copies));
	KUNIT_EXPECT_EQ(test, wrong, 0UL);
}

/* A refused copy touches nothing; a stray user pointer must not matter. */
static void a_refused_copy_copies_nothing(struct kunit *test)
{
	u8 *p = kspan_zalloc(64, GFP_KERNEL), word[100] = { };

	KUNIT_ASSERT_NOT_NULL(test, p);
	test_report_begin("bad copy: ");
	KUNIT_EXPECT_EQ(test, kspan_copy_to_user(NULL, p, test_hidden(100)), 100UL);
	KUNIT_EXPECT_EQ(test, kspan_copy_from_user(p, NULL, test_hidden(100)), 100UL);
	test_report_end();
	KUNIT_EXPECT_FALSE(test, memchr_inv(p, 0, 64));
	kspan_free(p);
	KUNIT_EXPECT_TRUE(test, __kspan_copy_fits(word, sizeof(word), true));
	KUNIT_EXPECT_TRUE(test, __kspan_copy_fits(NULL, 1, true));
}

/* Large objects that were freed, and memory without a span. */
static void a_copy_of_what_is_gone_is_refused(struct kunit *test)
{
	void *live = kspan_alloc(100000, GFP_KERNEL), *gone = kspan_alloc(100000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, live);
	KUNIT_ASSERT_NOT_NULL(test, gone);
	kspan_free(gone);
	gone = (void *)test_hidden((unsigned long)gone);
	test_report_begin("bad copy: .*no object is live");
	KUNIT_EXPECT_FALSE(test, __kspan_copy_fits(gone, 1, true));
	mheap_drain();
	KUNIT_EXPECT_FALSE(test, __kspan_copy_fits(gone, 1, true));
	test_report_end();
	kspan_free(live);
}

/* At its end, or a machine page behind it where an area begins between two of kspan's pages. */
static void an_object_of_its_own_area_ends_in_a_guard(struct kunit *test)
{
	static const size_t sizes[] = { (2 << 20) + 1, (2 << 20) + 8192, 3 << 20, 9 << 20 };
	unsigned int i;
	char *p, *end;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		kspan_trim();		/* else an area that was kept may serve it */
		p = kspan_alloc(sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, vmalloc_to_page(p + kspan_size(p) - 1));
		end = p + kspan_size(p);
		KUNIT_EXPECT_FALSE(test, vmalloc_to_page(end) && vmalloc_to_page(end + PAGE_SIZE));
		kspan_free(p);
	}
}

/* How many of the objects that are allocated in a row lie in a row, from a new span. */
static unsigned int in_a_row(struct kunit *test, gfp_t gfp)
{
	void **objs = test_pointers(test, MANY);
	unsigned int i, n = 0;
	long step;

	for (i = 0; i < MANY; i++) {
		objs[i] = test_alloc(test, 64, gfp);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		step = i ? objs[i] - objs[i - 1] : 0;
		n += step == 64 || step == -64;
	}
	for (i = 0; i < MANY; i++)
		*(void **)objs[i] = objs[i];
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_PTR_EQ(test, *(void **)objs[i], objs[i]);
	test_free_many(objs, MANY);
	test_drain(test);
	mheap_drain();
	return n;
}

static void objects_come_in_random_order(struct kunit *test)
{
	unsigned int random, random_zeroed;

	KUNIT_EXPECT_GT(test, in_a_row(test, GFP_KERNEL), MANY * 8 / 10);
	static_branch_enable(&slot_random_key);
	random = in_a_row(test, GFP_KERNEL);
	random_zeroed = in_a_row(test, GFP_KERNEL | __GFP_ZERO);
	static_branch_disable(&slot_random_key);
	KUNIT_EXPECT_LT(test, random, MANY / 3);
	KUNIT_EXPECT_LT(test, random_zeroed, MANY / 3);
}

static void an_oops_in_kfree_names_kspan(struct kunit *test)
{
	unsigned long words[4] = { 0, 24, ~0UL };
	void *p = kspan_alloc(64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, oops_look((unsigned long)kfree, words, ARRAY_SIZE(words), false));
	words[3] = (unsigned long)p + 1;
	KUNIT_EXPECT_FALSE(test, oops_look((unsigned long)kfree, words, ARRAY_SIZE(words), false));
	words[3] = (unsigned long)p;
	test_report_begin("got a kspan object of 64 bytes");
	KUNIT_EXPECT_TRUE(test, oops_look((unsigned long)kfree, words, ARRAY_SIZE(words), false));
	test_report_end();
	KUNIT_EXPECT_FALSE(test, oops_look((unsigned long)schedule, words, ARRAY_SIZE(words),
					   false));
	kspan_free(p);
}

static void heaps_know_their_client(struct kunit *test)
{
	struct kspan_heap *heap = kspan_heap_create("kunit client", NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	KUNIT_EXPECT_STREQ(test, heap->client, THIS_MODULE->name);
	kspan_heap_destroy(heap);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_double_free_is_counted),
	KUNIT_CASE(each_late_double_free_is_counted),
	KUNIT_CASE(a_misuse_taints_the_kernel),
	KUNIT_CASE(code_that_is_gone_has_no_address),
	KUNIT_CASE(a_copy_stays_in_its_object),
	KUNIT_CASE(a_refused_copy_copies_nothing),
	KUNIT_CASE(a_copy_of_what_is_gone_is_refused),
	KUNIT_CASE(an_object_of_its_own_area_ends_in_a_guard),
	KUNIT_CASE(objects_come_in_random_order),
	KUNIT_CASE(an_oops_in_kfree_names_kspan),
	KUNIT_CASE(heaps_know_their_client),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_trust",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
