// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_debug: the debug modes of a heap. Each fault is found, and a correct program finds nothing.
 */
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <kspan/usercopy.h>
#include "api_fixture.h"
#include "base/params.h"
#include "contexts.h"
#include "debug_fixture.h"
#include "heap/debug.h"
#include "pages/poison.h"
#include "upkeep/scavenge.h"

#define ALL	"FZPUQ"

static void letters_are_read_and_written(struct kunit *test)
{
	static const char * const good[] = { "", "F", "FZPUQ", "Q", "FU" };
	static const char * const bad[] = { "f", "X", "FF", "F Z", "FZPUQF", "1" };
	char text[LETTERS_BYTES];
	unsigned int i;
	u32 letters;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		KUNIT_EXPECT_EQ(test, letters_parse(good[i], &letters), 0);
		letters_text(letters, text);
		KUNIT_EXPECT_STREQ(test, text, good[i]);
	}
	KUNIT_EXPECT_EQ(test, letters_parse("UF\n", &letters), 0);
	KUNIT_EXPECT_EQ(test, letters, (u32)(DEBUG_FREES | DEBUG_USERS));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, letters_parse(bad[i], &letters), -EINVAL, "%s", bad[i]);
}

static const char * const modes[] = { "F", "Z", "P", "U", "Q", ALL };

static void mode_name(const char * const *mode, char *desc)
{
	strscpy(desc, *mode, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mode, modes, mode_name);

static void use_size(struct kunit *test, size_t size)
{
	bool exact = *(const char **)test->param_value == modes[5];
	u8 *p = debug_test_get(test, size), *q;

	memset(p, 0x11, size);
	KUNIT_EXPECT_EQ_MSG(test, kspan_size(p), size, "mode knows the size");
	if (is_power_of_2(size) && exact)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, min(size, KSPAN_MAX_ALIGN)));
	q = kspan_realloc(p, size + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0x11, size));
	q[size] = 0x11;
	p = kspan_heap_memdup(test->priv, q, size + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kspan_free_sized(q, size + 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x11, size + 1));
	kspan_free_sensitive(p);
	p = kspan_heap_zalloc(test->priv, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	kspan_free(p);
}

struct waiting {
	u8 before[24];
	struct rcu_head rcu;
};

static void a_correct_program_is_not_reported(struct kunit *test)
{
	unsigned long bad = report_bad_frees();
	struct waiting *w;
	const size_t *size;
	void *objs[20];
	u8 *p;

	debug_test_set(test, *(const char **)test->param_value);
	for (size = api_sizes; *size; size++)
		use_size(test, *size);
	p = kspan_heap_alloc_aligned(test->priv, 40, 512, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, 512));
	kspan_free(p);
	KUNIT_EXPECT_EQ(test, kspan_heap_alloc_bulk(test->priv, 48, GFP_KERNEL, 20, objs), 20U);
	kspan_free_bulk(20, objs);
	w = (void *)debug_test_get(test, sizeof(*w));
	kspan_free_rcu(w, rcu);
	kspan_rcu_barrier();
	kspan_trim();
	KUNIT_EXPECT_EQ(test, report_bad_frees(), bad);
}

static void free_one(void *p)
{
	kspan_free(p);
}

static const unsigned int distances[] = { 0, 1, 100, 10000 };

static void distance_name(const unsigned int *n, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "after %u others", *n);
}

KUNIT_ARRAY_PARAM(distance, distances, distance_name);

/* With others of its size in between, and of other sizes. */
static void a_double_free_is_found(struct kunit *test)
{
	unsigned int i, n = *(const unsigned int *)test->param_value;
	static const size_t sizes[] = { 3, 64, 1000, 40000 };
	void *objs[ARRAY_SIZE(sizes)];

	debug_test_set(test, "FQ");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		objs[i] = debug_test_get(test, sizes[i]);
		kspan_free(objs[i]);
	}
	for (i = 0; i < n; i++)
		kspan_free(debug_test_get(test, sizes[i % 3]));
	test_report_begin("double free|bad free");
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		kspan_free(debug_test_again(objs[i]));
	KUNIT_EXPECT_EQ(test, test_report_end(), (unsigned long)ARRAY_SIZE(sizes));
}

static void so_it_is_in_each_context(struct kunit *test)
{
	void *p, *stay[2];	/* keep the spans */
	unsigned int i;

	debug_test_set(test, *(const char **)test->param_value);
	stay[0] = debug_test_get(test, 100);
	stay[1] = debug_test_get(test, 200);
	for (i = 0; i < NR_ATOMIC_CONTEXTS; i++) {
		p = debug_test_get(test, 100);
		atomic_contexts[i].run(free_one, p);
		test_report_begin("double free");
		kspan_free(debug_test_again(p));
		KUNIT_EXPECT_EQ_MSG(test, test_report_end(), 1UL, "%s", atomic_contexts[i].name);
		p = debug_test_get(test, 200);
		kspan_free(p);
		test_report_begin("double free");
		atomic_contexts[i].run(free_one, debug_test_again(p));
		KUNIT_EXPECT_EQ_MSG(test, test_report_end(), 1UL, "%s", atomic_contexts[i].name);
	}
	kspan_free(stay[0]);
	kspan_free(stay[1]);
}

static void so_it_is_on_another_cpu(struct kunit *test)
{
	void *p, *stays;
	int cpu;

	debug_test_set(test, "F");
	stays = debug_test_get(test, 100);
	for_each_online_cpu(cpu) {
		p = debug_test_get(test, 100);
		kspan_free(p);
		test_report_begin("double free");
		smp_call_function_single(cpu, free_one, debug_test_again(p), true);
		KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	}
	kspan_free(stays);
}

static void a_freed_object_is_not_used(struct kunit *test)
{
	struct waiting *w;
	u8 *p;

	debug_test_set(test, "FQ");
	p = debug_test_get(test, 100);
	w = (void *)debug_test_get(test, sizeof(*w));
	kspan_free(p);
	test_report_begin("use after free|double free");
	KUNIT_EXPECT_EQ(test, kspan_size(debug_test_again(p)), (size_t)0);
	KUNIT_EXPECT_NULL(test, kspan_realloc(debug_test_again(p), 200, GFP_KERNEL));
	kspan_free_sensitive(debug_test_again(p));
	kspan_free_rcu(w, rcu);
	w = (void *)debug_test_again(w);
	kspan_free_rcu(w, rcu);
	kspan_free(debug_test_again(w));
	KUNIT_EXPECT_EQ(test, test_report_end(), 5UL);
	kspan_rcu_barrier();
}

/* Without a mode up to 112 would be right: all of them may be used. */
static void a_wrong_size_is_found(struct kunit *test)
{
	u8 *p;

	debug_test_set(test, "F");
	p = debug_test_get(test, 100);
	test_report_begin("size mismatch");
	kspan_free_sized(p, test_hidden(101));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
}

/* KASAN would report the fault that a test makes. */
static bool may_break(struct kunit *test, const char *mode)
{
	if (KSPAN_KASAN)
		return false;
	debug_test_set(test, mode);
	return true;
}

static void an_overflow_is_found(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 13, 64, 100, 1000, 1024, 4096, 32768, 65536, 100000 };
	static const size_t by[] = { 1, 8, 64 };
	unsigned int i, j;
	u8 *p;

	if (!may_break(test, "Z"))
		kunit_skip(test, "the shadow tells");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(by); j++) {
			p = debug_test_get(test, sizes[i]);
			memset(debug_test_again(p) + sizes[i], 0x22, by[j]);
			test_report_begin("write past the end");
			kspan_free(p);
			KUNIT_EXPECT_EQ_MSG(test, test_report_end(), 1UL, "%zu by %zu", sizes[i],
					    by[j]);
		}
	}
}

/* It hits the red zone of the object before. */
static void an_underflow_is_found(struct kunit *test)
{
	u8 *p, *next;

	if (!may_break(test, "Z"))
		kunit_skip(test, "the shadow tells");
	p = debug_test_get(test, 64);
	next = debug_test_get(test, 64);
	KUNIT_ASSERT_PTR_EQ(test, next, p + 128);
	next[-1] = 0x22;
	next[-8] = 0x22;
	test_report_begin("write past the end");
	kspan_free(p);
	kspan_free(next);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
}

static void a_write_after_free_is_found(struct kunit *test)
{
	static const size_t sizes[] = { 8, 100, 4096, 40000 };
	unsigned int i;
	u8 *p;

	if (!may_break(test, "P"))
		kunit_skip(test, "the shadow tells");
	scavenge_pause();	/* it would end the span of a large object before the write */
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = debug_test_get(test, sizes[i]);
		kspan_free(p);
		debug_test_again(p)[sizes[i] / 2] = 0x33;
		test_report_begin("write after free");
		kspan_free(debug_test_get(test, sizes[i]));	/* the same one, if it was small */
		kspan_trim();				/* its span ends */
		KUNIT_EXPECT_GE(test, test_report_end(), 1UL);
	}
	scavenge_resume();
}

static void so_it_is_in_quarantine(struct kunit *test)
{
	u8 *p;

	if (!may_break(test, "PQ"))
		kunit_skip(test, "the shadow tells");
	p = debug_test_get(test, 64);
	kspan_free(p);
	KUNIT_EXPECT_PTR_NE(test, debug_test_get(test, 64), p);
	debug_test_again(p)[63] = 0x33;
	test_report_begin("write after free");
	debug_flush(test->priv);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kspan_heap_reset(test->priv);
}

/* What a reset freed is not reused before other memory, in each class, and is checked later. */
static void a_reset_keeps_what_it_frees(struct kunit *test)
{
	static const size_t sizes[] = { 8, 100, 4096, 40000 };
	u8 *before[ARRAY_SIZE(sizes)];
	unsigned int i;

	if (!may_break(test, "PQ"))
		kunit_skip(test, "the shadow tells");
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		before[i] = debug_test_get(test, sizes[i]);
	kspan_heap_reset(test->priv);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_PTR_NE(test, debug_test_get(test, sizes[i]), before[i]);
		debug_test_again(before[i])[0] = 0x33;
	}
	test_report_begin("write after free");
	kspan_heap_reset(test->priv);
	KUNIT_EXPECT_EQ(test, test_report_end(), (unsigned long)ARRAY_SIZE(sizes));
}

/* More than the quarantine has room for: the others are free. */
static void a_reset_frees_the_others(struct kunit *test)
{
	unsigned int i, n = 3 * param_quarantine_bytes() / 4096;
	struct kspan_stats st;

	debug_test_set(test, "FQ");
	for (i = 0; i < n; i++)
		debug_test_get(test, 4000);
	kspan_heap_reset(test->priv);
	kspan_heap_get_stats(test->priv, &st);
	KUNIT_EXPECT_EQ(test, st.live_objects, 0ULL);
	for (i = 0; i < n; i++)
		debug_test_get(test, 4000);
	kspan_heap_reset(test->priv);
}

static void memory_not_written_is_recognised(struct kunit *test)
{
	u8 *p;

	debug_test_set(test, "P");
	if (KSPAN_KASAN || want_init_on_alloc(0))
		kunit_skip(test, "memory is zeroed");
	p = debug_test_get(test, 100);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, POISON_UNUSED, 100));
	kspan_free(p);
}

/* It ends where the requested size does, and what was freed is not copied. */
static void a_copy_stays_in_what_was_asked_for(struct kunit *test)
{
	u8 *p;

	debug_test_set(test, ALL);
	p = debug_test_get(test, 40);
	KUNIT_EXPECT_TRUE(test, __kspan_copy_fits(p + 8, 32, true));
	test_report_begin("bad copy: ");
	KUNIT_EXPECT_FALSE(test, __kspan_copy_fits(p + 8, 33, true));
	kspan_free(p);
	KUNIT_EXPECT_FALSE(test, __kspan_copy_fits(debug_test_again(p), 1, true));
	test_report_end();
}

/* struct_size() and its relatives give SIZE_MAX where they overflow. */
static void sizes_near_the_largest_are_refused(struct kunit *test)
{
	size_t i;

	debug_test_set(test, "Z");
	for (i = 0; i < 2 * RED_ZONE; i++)
		KUNIT_EXPECT_NULL(test, kspan_heap_alloc(test->priv, test_hidden(SIZE_MAX - i),
							 GFP_KERNEL | __GFP_NOWARN));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(letters_are_read_and_written),
	KUNIT_CASE_PARAM(a_correct_program_is_not_reported, mode_gen_params),
	KUNIT_CASE_PARAM(a_double_free_is_found, distance_gen_params),
	KUNIT_CASE_PARAM(so_it_is_in_each_context, mode_gen_params),
	KUNIT_CASE(so_it_is_on_another_cpu),
	KUNIT_CASE(a_freed_object_is_not_used),
	KUNIT_CASE(a_wrong_size_is_found),
	KUNIT_CASE(an_overflow_is_found),
	KUNIT_CASE(an_underflow_is_found),
	KUNIT_CASE(a_write_after_free_is_found),
	KUNIT_CASE(so_it_is_in_quarantine),
	KUNIT_CASE(a_reset_keeps_what_it_frees),
	KUNIT_CASE(a_reset_frees_the_others),
	KUNIT_CASE(memory_not_written_is_recognised),
	KUNIT_CASE(a_copy_stays_in_what_was_asked_for),
	KUNIT_CASE(sizes_near_the_largest_are_refused),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_debug",
	.init = debug_test_init,
	.exit = debug_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
