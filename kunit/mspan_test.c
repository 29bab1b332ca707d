// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_mspan: the bitmaps of a span: free, fresh and late-freed objects. The spans here have no
 * memory: their addresses are invented.
 */
#include "heap/alloc.h"
#include "fixture.h"
#include "pages/record.h"
#include "pages/object.h"
#include "cpu/tiny.h"

#define BASE	0x0043000000000000UL

/* Each kind of bitmap: one word, several words, a last word in part, a single object. */
static const unsigned int classes[] = { 1, 3, 5, 12, 19, 30, 32, 38, 44, 51, 67, CLASS_TINY,
					CLASS_POWER, NR_CLASSES - 1 };

static void class_name(const unsigned int *class, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "class %u", *class);
}

KUNIT_ARRAY_PARAM(class, classes, class_name);

static unsigned int class_of(struct kunit *test)
{
	return *(const unsigned int *)test->param_value;
}

static unsigned int nr_objs_of(const struct mspan *span)
{
	return size_classes[span->class].nr_objs;
}

/* The suite's .exit deletes it. */
static struct mspan *span_new(struct kunit *test, unsigned int class, bool dirty)
{
	struct mspan *span = mspan_new(class, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, span);
	mspan_begin(span, &default_heap.owner, BASE, size_classes[class].npages, dirty);
	test->priv = span;
	return span;
}

static void mspan_test_exit(struct kunit *test)
{
	if (test->priv)
		mspan_delete(test->priv);
}

static bool claim_run(struct mspan *span, struct claim *run, unsigned int max)
{
	if (!span->nr_free)
		return false;
	mspan_claim(span, run, max);
	return true;
}

static void a_new_span_is_all_free(struct kunit *test)
{
	struct mspan *span = span_new(test, class_of(test), false);
	const struct size_class *sc = &size_classes[span->class];

	KUNIT_EXPECT_EQ(test, (unsigned int)span->nr_free, nr_objs_of(span));
	KUNIT_EXPECT_EQ(test, bitmap_weight(span->bits, sc->words * BITS_PER_LONG),
			nr_objs_of(span));
	KUNIT_EXPECT_TRUE(test, bitmap_full(span->bits, sc->nr_objs));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(mspan_late_bits(span), sc->words * BITS_PER_LONG));
	KUNIT_EXPECT_EQ(test, mspan_bytes(span), sc->npages * KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, mspan_covers(span, BASE));
	KUNIT_EXPECT_TRUE(test, mspan_covers(span, BASE + mspan_bytes(span) - 1));
	KUNIT_EXPECT_FALSE(test, mspan_covers(span, BASE + mspan_bytes(span)));
	KUNIT_EXPECT_FALSE(test, mspan_covers(span, BASE - 1));
}

/* The fast path must not accept tiny blocks, nor addresses behind the last object. */
static void the_fast_path_knows_classes_only(struct kunit *test)
{
	struct mspan *span = span_new(test, class_of(test), false);
	bool known = span->class != CLASS_TINY && !OBJECT_HOOKS && !want_init_on_free();
	unsigned long step = max(1UL, mspan_bytes(span) >> 16), offset;
	unsigned int size = size_classes[span->class].size, wrong = 0;
	bool begins;

	KUNIT_EXPECT_EQ(test, span->slot, mspan_slot_offset(span->class));
	for (offset = 0; offset < mspan_bytes(span); offset += step) {
		begins = !(offset % size) && offset / size < nr_objs_of(span);
		wrong += mspan_begins_at(span, BASE + offset) != begins;
		wrong += is_plain_object(span, BASE + offset) != (known && begins);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

static void objects_have_indices(struct kunit *test)
{
	struct mspan *span = span_new(test, class_of(test), false);
	unsigned int i, size = size_classes[span->class].size, wrong = 0;

	for (i = 0; i < nr_objs_of(span); i++) {
		wrong += mspan_object(span, i) != BASE + i * size;
		wrong += mspan_index(span, mspan_object(span, i)) != i;
		wrong += mspan_index(span, mspan_object(span, i) + size - 1) != i;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

/* Each object is claimed once, in order of address, and is fresh the first time. */
static void one_by_one(struct kunit *test)
{
	struct mspan *span = span_new(test, class_of(test), false);
	unsigned int i, n = nr_objs_of(span), wrong = 0;

	for (i = 0; i < n; i++)
		wrong += mspan_claim_one(span) != (mspan_object(span, i) | OBJ_FRESH);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, span->nr_free, 0);
	for (i = n; i--; )
		wrong += !mspan_put(span, i);
	for (i = 0; i < n; i++)
		wrong += mspan_claim_one(span) != mspan_object(span, i);
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0U, "a freed object is not fresh any more");
}

/* Mark the objects of a run as seen. Return: how many of them were seen before. */
static unsigned int run_mark(const struct mspan *span, const struct claim *run, unsigned long *seen)
{
	unsigned int bit, index, twice = 0;

	for_each_set_bit(bit, &run->bits, BITS_PER_LONG) {
		index = mspan_index(span, run->first) + bit;
		twice += index >= nr_objs_of(span) || __test_and_set_bit(index, seen);
	}
	return twice;
}

static const unsigned int run_maxima[] = { 1, 3, 16, 63, 64, 1000 };

/* Runs of any length together cover the span. */
static void runs_are_the_span(struct kunit *test)
{
	DECLARE_BITMAP(seen, 1024);
	struct mspan *span = span_new(test, class_of(test), false);
	unsigned int i, n = nr_objs_of(span), twice, longest, miscounted = 0;
	struct claim run;

	for (i = 0; i < ARRAY_SIZE(run_maxima); i++) {
		bitmap_zero(seen, 1024);
		for (twice = longest = 0; claim_run(span, &run, run_maxima[i]); ) {
			twice += run_mark(span, &run, seen);
			longest = max_t(unsigned int, longest, hweight_long(run.bits));
			miscounted += run.n != hweight_long(run.bits);
		}
		KUNIT_EXPECT_EQ(test, twice, 0U);
		KUNIT_EXPECT_EQ(test, bitmap_weight(seen, 1024), n);
		KUNIT_EXPECT_EQ(test, longest, min3(n, run_maxima[i], (unsigned int)BITS_PER_LONG));
		KUNIT_EXPECT_EQ(test, span->nr_free, 0);
		while (n--)
			mspan_put(span, n);
		n = nr_objs_of(span);
	}
	KUNIT_EXPECT_EQ(test, miscounted, 0U);
}

static void put_sees_the_second_time(struct kunit *test)
{
	struct mspan *span = span_new(test, class_of(test), false);
	unsigned int last = nr_objs_of(span) - 1, i;

	KUNIT_EXPECT_FALSE(test, mspan_put(span, last));
	KUNIT_EXPECT_EQ(test, (unsigned int)span->nr_free, last + 1);
	for (i = 0; i <= last; i++)
		mspan_claim_one(span);
	KUNIT_EXPECT_TRUE(test, mspan_put(span, last));
	KUNIT_EXPECT_EQ(test, span->nr_free, 1);
	KUNIT_EXPECT_FALSE(test, mspan_put(span, last));
	KUNIT_EXPECT_EQ(test, span->nr_free, 1);
	KUNIT_EXPECT_EQ(test, mspan_claim_one(span), mspan_object(span, last));
}

static void late_bits_are_apart(struct kunit *test)
{
	struct mspan *span = span_new(test, class_of(test), false);
	unsigned int last = nr_objs_of(span) - 1, words = size_classes[span->class].words, i;

	for (i = 0; i <= last; i++)
		mspan_claim_one(span);
	set_bit(last, mspan_late_bits(span));
	KUNIT_EXPECT_EQ(test, span->nr_free, 0);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(span->bits, words * BITS_PER_LONG));
	KUNIT_EXPECT_EQ(test, find_first_bit(mspan_late_bits(span), words * BITS_PER_LONG),
			(unsigned long)last);
	if (span->class == CLASS_TINY)
		KUNIT_EXPECT_EQ(test, atomic_long_read(mspan_tiny_words(span)), 0L);
}

static void dirty_memory_is_never_fresh(struct kunit *test)
{
	struct mspan *span = span_new(test, class_of(test), true);
	unsigned int n = nr_objs_of(span);
	struct claim run;

	KUNIT_EXPECT_FALSE(test, mspan_claim_one(span) & OBJ_FRESH);
	if (n == 1)
		return;
	KUNIT_ASSERT_TRUE(test, claim_run(span, &run, 64));
	KUNIT_EXPECT_GE(test, run.fresh, fls_long(run.bits));
}

/* Exactly the objects that were never handed out are fresh, however they are claimed. */
static void fresh_objects_are_told_apart(struct kunit *test)
{
	struct mspan *span = span_new(test, 1, false);
	struct claim run;

	mspan_claim_one(span);
	mspan_claim_one(span);
	mspan_put(span, 0);
	KUNIT_ASSERT_TRUE(test, claim_run(span, &run, 64));
	KUNIT_EXPECT_EQ(test, run.bits, ~2UL);
	KUNIT_EXPECT_EQ(test, run.fresh, 2U);
	KUNIT_ASSERT_TRUE(test, claim_run(span, &run, 10));
	KUNIT_EXPECT_EQ(test, run.first, mspan_object(span, BITS_PER_LONG));
	KUNIT_EXPECT_EQ(test, run.bits, BIT(10) - 1);
	KUNIT_EXPECT_EQ(test, run.fresh, 0U);
	mspan_put(span, BITS_PER_LONG + 3);
	KUNIT_ASSERT_TRUE(test, claim_run(span, &run, 64));
	KUNIT_EXPECT_EQ(test, run.fresh, 10U);
	KUNIT_EXPECT_EQ(test, mspan_claim_one(span), mspan_object(span, 128) | OBJ_FRESH);
	mspan_put(span, BITS_PER_LONG);
	KUNIT_EXPECT_EQ(test, mspan_claim_one(span), mspan_object(span, BITS_PER_LONG));
}

/* A struct mspan that is used again for other pages keeps nothing of the old span. */
static void a_span_begins_anew(struct kunit *test)
{
	struct mspan *span = span_new(test, CLASS_TINY, false);

	mspan_claim_one(span);
	set_bit(0, mspan_late_bits(span));
	atomic_long_set(&span->state, MSPAN_LATE + MSPAN_LATE_ONE);
	atomic_long_set(mspan_tiny_words(span) + TINY_WORDS - 1, -1);
	mspan_begin(span, &default_heap.owner, BASE + 0x10000, 1, false);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&span->state), 0L);
	KUNIT_EXPECT_EQ(test, span->nr_free, 512);
	KUNIT_EXPECT_FALSE(test, test_bit(0, mspan_late_bits(span)));
	KUNIT_EXPECT_EQ(test, atomic_long_read(mspan_tiny_words(span) + TINY_WORDS - 1), 0L);
	KUNIT_EXPECT_EQ(test, mspan_claim_one(span), (BASE + 0x10000) | OBJ_FRESH);
}

static void descriptions_are_counted(struct kunit *test)
{
	u64 before = mspan_metadata_bytes();
	struct mspan *span = span_new(test, class_of(test), false);
	size_t words = 2 * size_classes[span->class].words;

	KUNIT_EXPECT_GE(test, mspan_metadata_bytes() - before,
			(u64)(sizeof(*span) + words * sizeof(long)));
	mspan_delete(span);
	test->priv = NULL;
	KUNIT_EXPECT_EQ(test, mspan_metadata_bytes(), before);
}

/* In a debug mode a span has a record an object, from its first allocation on. */
static void records_are_counted(struct kunit *test)
{
	struct mspan *span = span_new(test, class_of(test), false);
	void *obj = (void *)mspan_object(span, nr_objs_of(span) - 1);
	u64 before = record_metadata_bytes();
	struct record *rec;

	rec = record_make(span, obj, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state, (u32)RECORD_UNKNOWN);
	KUNIT_EXPECT_EQ(test, record_metadata_bytes() - before,
			nr_objs_of(span) * (u64)sizeof(*rec));
	KUNIT_EXPECT_PTR_EQ(test, record_make(span, obj, GFP_KERNEL), rec);
	record_delete_all(span);
	KUNIT_EXPECT_EQ(test, record_metadata_bytes(), before);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_new_span_is_all_free, class_gen_params),
	KUNIT_CASE_PARAM(the_fast_path_knows_classes_only, class_gen_params),
	KUNIT_CASE_PARAM(objects_have_indices, class_gen_params),
	KUNIT_CASE_PARAM(one_by_one, class_gen_params),
	KUNIT_CASE_PARAM(runs_are_the_span, class_gen_params),
	KUNIT_CASE_PARAM(put_sees_the_second_time, class_gen_params),
	KUNIT_CASE_PARAM(late_bits_are_apart, class_gen_params),
	KUNIT_CASE_PARAM(dirty_memory_is_never_fresh, class_gen_params),
	KUNIT_CASE(fresh_objects_are_told_apart),
	KUNIT_CASE(a_span_begins_anew),
	KUNIT_CASE_PARAM(descriptions_are_counted, class_gen_params),
	KUNIT_CASE_PARAM(records_are_counted, class_gen_params),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_mspan",
	.exit = mspan_test_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
