// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_api_copy: the functions of kspan.h that copy: realloc, duplicates, strings.
 */
#include "api_fixture.h"

/* Each byte depends on its place. */
static void fill(u8 *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = i * 7 + 1;
}

static bool is_filled(const u8 *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != (u8)(i * 7 + 1))
			return false;
	return true;
}

static const size_t realloc_sizes[] = {
	1, 7, 8, 15, 16, 24, 33, 64, 100, 129, 500, 1024, 1025, 3000, 8192, 10000, 32768, 32769,
	70000, 300000,
};

static void realloc_once(struct kunit *test, size_t from, size_t to)
{
	u8 *p = kspan_alloc(from, GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	fill(p, from);
	q = kspan_realloc(p, to, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_TRUE_MSG(test, is_filled(q, min(from, to)), "from %zu to %zu", from, to);
	KUNIT_EXPECT_GE(test, kspan_size(q), to);
	fill(q, to);
	kspan_free(q);
}

static void realloc_keeps_the_contents(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(realloc_sizes); i++)
		for (j = 0; j < ARRAY_SIZE(realloc_sizes); j++)
			realloc_once(test, realloc_sizes[i], realloc_sizes[j]);
}

static void realloc_of_nothing_allocates(struct kunit *test)
{
	void *p = kspan_realloc(NULL, 100, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)112);
	kspan_free(p);
	p = kspan_realloc(ZERO_SIZE_PTR, 100, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)112);
	p = kspan_realloc(p, test_hidden(0), GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, p, ZERO_SIZE_PTR);
	p = kspan_realloc(NULL, test_hidden(0), GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, p, ZERO_SIZE_PTR);
}

/* An object moves only if it is too small, or if more than half of it would be wasted. */
static void realloc_in_place(struct kunit *test)
{
	u8 *p = kspan_alloc(65, GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	q = kspan_realloc(p, 80, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	q = kspan_realloc(p, 50, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	q = kspan_realloc(p, 10, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, q, p);
	KUNIT_EXPECT_LT(test, kspan_size(q), (size_t)65);
	kspan_free(q);
}

static void realloc_failure_keeps_the_old(struct kunit *test)
{
	size_t huge = test_hidden(SIZE_MAX / 2);
	u8 *p = kspan_alloc(100, GFP_KERNEL);
	void *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	fill(p, 100);
	q = kspan_realloc(p, huge, GFP_KERNEL | __GFP_NOWARN);
	KUNIT_EXPECT_NULL(test, q);
	q = kspan_realloc_array(p, huge, 3, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, q);
	KUNIT_EXPECT_TRUE(test, is_filled(p, 100));
	KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)112);
	kspan_free(p);
}

static void realloc_of_what_is_no_object(struct kunit *test)
{
	void *slab = kunit_kzalloc(test, 64, GFP_KERNEL);
	u8 *p = kspan_alloc(100, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	test_report_begin("is not the start of a live kspan object");
	KUNIT_EXPECT_NULL(test, kspan_realloc((void *)test_hidden((unsigned long)slab), 128,
					      GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_realloc((void *)test_hidden((unsigned long)p + 16), 128,
					      GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, test_report_end(), 2UL);
	kspan_free(p);
}

/* With __GFP_ZERO in every call each byte is 0 or the caller's. */
static void realloc_zeroes_what_is_new(struct kunit *test)
{
	size_t size = 3, written = 3, next, dirty = 0;
	u8 *p = kspan_zalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	fill(p, written);
	for (next = 5; next < 200000; next = next * 3 / 2 + 1) {
		p = kspan_realloc(p, next, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		dirty += !is_filled(p, written) || memchr_inv(p + written, 0, next - written);
		fill(p, next);
		written = next / 2;
		p = kspan_realloc(p, written, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		dirty += !is_filled(p, written);
	}
	KUNIT_EXPECT_EQ(test, dirty, (size_t)0);
	kspan_free(p);
}

static void realloc_of_an_array(struct kunit *test)
{
	u32 *p = kspan_realloc_array(NULL, 10, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	fill((u8 *)p, 10 * sizeof(*p));
	p = kspan_realloc_array(p, 1000, sizeof(*p), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, is_filled((u8 *)p, 10 * sizeof(*p)));
	KUNIT_EXPECT_GE(test, kspan_size(p), 1000 * sizeof(*p));
	kspan_free(p);
}

static void memory_is_duplicated(struct kunit *test)
{
	static const size_t sizes[] = { 1, 5, 8, 13, 16, 100, 1500, 30000, 50000 };
	u8 *src = kunit_kmalloc(test, 50000, GFP_KERNEL), *p;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, src);
	fill(src, 50000);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kspan_memdup(src, sizes[i], GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_filled(p, sizes[i]));
		kspan_free(p);
	}
	KUNIT_EXPECT_PTR_EQ(test, kspan_memdup(src, test_hidden(0), GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_NULL(test, kspan_memdup(src, test_hidden(LONG_MAX),
					     GFP_KERNEL | __GFP_NOWARN));
}

static void memory_becomes_a_string(struct kunit *test)
{
	static const char letters[4] __nonstring = { 'a', 'b', 'c', 'd' };
	char *p = kspan_memdup_nul(letters, 4, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, p, "abcd");
	kspan_free(p);
	p = kspan_memdup_nul(letters, 0, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, p, "");
	kspan_free(p);
	KUNIT_EXPECT_NULL(test, kspan_memdup_nul(NULL, 4, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_memdup_nul(letters, test_hidden(SIZE_MAX), GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_memdup_nul(letters, test_hidden(LONG_MAX),
						 GFP_KERNEL | __GFP_NOWARN));
}

static const struct string_case {
	const char *from;
	size_t max;
	const char *to;
} string_cases[] = {
	{ "", 0, "" },
	{ "", 10, "" },
	{ "x", 0, "" },
	{ "hello", 3, "hel" },
	{ "hello", 5, "hello" },
	{ "hello", 6, "hello" },
	{ "hello", SIZE_MAX, "hello" },
	{ "a string that is a good deal longer than any tiny object", SIZE_MAX,
	  "a string that is a good deal longer than any tiny object" },
};

static void string_case_name(const struct string_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "'%s'", c->to);
}

KUNIT_ARRAY_PARAM(string, string_cases, string_case_name);

static void strings_are_duplicated(struct kunit *test)
{
	const struct string_case *c = test->param_value;
	char *p = kspan_strndup(c->from, c->max, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, p, c->to);
	kspan_free(p);
	p = kspan_strdup(c->from, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, p, c->from);
	kspan_free(p);
}

static void no_string_gives_null(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, kspan_strdup(NULL, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_strndup(NULL, 3, GFP_KERNEL));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(realloc_keeps_the_contents),
	KUNIT_CASE(realloc_of_nothing_allocates),
	KUNIT_CASE(realloc_in_place),
	KUNIT_CASE(realloc_failure_keeps_the_old),
	KUNIT_CASE(realloc_of_what_is_no_object),
	KUNIT_CASE(realloc_zeroes_what_is_new),
	KUNIT_CASE(realloc_of_an_array),
	KUNIT_CASE(memory_is_duplicated),
	KUNIT_CASE(memory_becomes_a_string),
	KUNIT_CASE_PARAM(strings_are_duplicated, string_gen_params),
	KUNIT_CASE(no_string_gives_null),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_api_copy",
	.init = api_test_init,
	.exit = api_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
