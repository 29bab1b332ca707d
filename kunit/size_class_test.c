// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_size_class: the table of size classes against the rule, which is written down here once
 * more, and against the table in selftests/data; and the arithmetic that rests on it.
 */
#include <linux/log2.h>
#include "fixture.h"

#define NR_SMALL	(KSPAN_NR_CLASSES - 1)

struct row {
	unsigned int class;
	unsigned int size;
	unsigned int span_bytes;
	unsigned int nr_objs;
	unsigned int align;
};

static const struct row csv[] = {
#include "size_classes_csv.h"
};

/* How far the next size is away from @size. */
static unsigned int rule_step(unsigned int size, unsigned int step)
{
	if (!is_power_of_2(size))
		return step;
	if (size >= 2048)
		return 256;
	if (size >= 128)
		return size / 8;
	return size >= 32 ? 16 : step;
}

static unsigned int rule_span(unsigned int size)
{
	unsigned int span = 8192;

	while (span % size > span / 8)
		span += 8192;
	return span;
}

/* The rule of DESIGN.md, section 7. Return: number of classes. */
static unsigned int rule_classes(struct row *rows)
{
	unsigned int n = 0, size, step = 8, i;

	for (size = 8; size <= 32768; size += step) {
		struct row row = { .size = size, .span_bytes = rule_span(size) };

		step = rule_step(size, step);
		row.nr_objs = row.span_bytes / size;
		if (n && rows[n - 1].span_bytes == row.span_bytes &&
		    rows[n - 1].nr_objs == row.nr_objs)
			n--;
		rows[n++] = row;
	}
	for (i = 0; i < n; i++)
		rows[i].size = max(rows[i].size, rows[i].span_bytes / rows[i].nr_objs & ~127U);
	return n;
}

static void table_is_what_the_rule_says(struct kunit *test)
{
	struct row *rows = kunit_kcalloc(test, 256, sizeof(*rows), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rows);
	KUNIT_ASSERT_EQ(test, rule_classes(rows), (unsigned int)NR_SMALL);
	for (i = 0; i < NR_SMALL; i++) {
		const struct size_class *sc = &size_classes[i + 1];

		KUNIT_EXPECT_EQ(test, sc->size, rows[i].size);
		KUNIT_EXPECT_EQ(test, sc->npages * 8192U, rows[i].span_bytes);
		KUNIT_EXPECT_EQ(test, (unsigned int)sc->nr_objs, rows[i].nr_objs);
	}
}

static void table_is_the_csv(struct kunit *test)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(csv), (size_t)NR_SMALL);
	for (i = 0; i < NR_SMALL; i++) {
		const struct size_class *sc = &size_classes[csv[i].class];

		KUNIT_EXPECT_EQ(test, csv[i].class, i + 1);
		KUNIT_EXPECT_EQ(test, sc->size, csv[i].size);
		KUNIT_EXPECT_EQ(test, sc->npages * 8192U, csv[i].span_bytes);
		KUNIT_EXPECT_EQ(test, (unsigned int)sc->nr_objs, csv[i].nr_objs);
	}
}

/* What the csv promises, natural alignment of powers of two included, follows from the table. */
static void objects_are_aligned(struct kunit *test)
{
	unsigned int i, align;

	for (i = 0; i < NR_SMALL; i++) {
		const struct size_class *sc = &size_classes[i + 1];

		align = min_t(unsigned int, sc->size & -sc->size, sc->align_pages * 8192);
		KUNIT_EXPECT_GE_MSG(test, align, csv[i].align, "class %u", i + 1);
		if (is_power_of_2(sc->size))
			KUNIT_EXPECT_EQ_MSG(test, align, sc->size, "class %u", i + 1);
	}
}

static void tiny_class_is_16_bytes(struct kunit *test)
{
	const struct size_class *tiny = &size_classes[CLASS_TINY];

	KUNIT_EXPECT_EQ(test, tiny->size, 16U);
	KUNIT_EXPECT_EQ(test, tiny->npages, 1);
	KUNIT_EXPECT_EQ(test, tiny->nr_objs, 512);
	KUNIT_EXPECT_EQ(test, tiny->words * BITS_PER_LONG, 512);
	KUNIT_EXPECT_EQ(test, size_classes[CLASS_LARGE].size, 0U);
}

/* 64 KB to 4 MB by powers of two: one object a span, each aligned to its size. */
static void powers_have_classes(struct kunit *test)
{
	size_t size = 65536;
	unsigned int i;

	for (i = 0; i < NR_POWERS; i++, size *= 2) {
		const struct size_class *sc = &size_classes[CLASS_POWER + i];

		KUNIT_EXPECT_EQ(test, (size_t)sc->size, size);
		KUNIT_EXPECT_EQ(test, sc->nr_objs, 1);
		KUNIT_EXPECT_EQ(test, sc->npages * 8192UL, size);
		KUNIT_EXPECT_EQ(test, sc->align_pages, sc->npages);
		KUNIT_EXPECT_TRUE(test, size_is_power_class(size));
		KUNIT_EXPECT_FALSE(test, size_is_power_class(size + 1));
		KUNIT_EXPECT_FALSE(test, size_is_power_class(size - 1));
		KUNIT_EXPECT_EQ(test, size_to_power_class(size), CLASS_POWER + i);
	}
	KUNIT_EXPECT_EQ(test, size, 2 * KSPAN_MAX_ALIGN);
	KUNIT_EXPECT_FALSE(test, size_is_power_class(size));
}

static unsigned int smallest_class(size_t size)
{
	unsigned int class = 1;

	while (size_classes[class].size < size)
		class++;
	return class;
}

/* Both lookups, the one that the compiler does for constant sizes and the tables. */
static void each_size_gets_the_smallest_class(struct kunit *test)
{
	unsigned int wrong = 0, wrong_constant = 0, class;
	size_t size;

	for (size = 1; size <= KSPAN_MAX_SMALL; size++) {
		class = smallest_class(size);
		wrong += size_to_class(size) != class;
		wrong_constant += KSPAN_SIZE_CLASS(size) != class;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, wrong_constant, 0U);
}

/* An offset's index, and whether an object begins there, without a division. */
static unsigned int magic_errors(const struct size_class *sc, unsigned int span_bytes)
{
	unsigned int offset, errors = 0;
	u64 product;

	for (offset = 0; offset < span_bytes; offset++) {
		product = (u64)offset * sc->magic;
		errors += product >> 32 != offset / sc->size;
		errors += ((u32)product < sc->magic) != !(offset % sc->size);
	}
	return errors;
}

static void magic_is_exact_at_any_offset(struct kunit *test)
{
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++) {
		const struct size_class *sc = &size_classes[class];

		KUNIT_EXPECT_EQ_MSG(test, magic_errors(sc, sc->npages * 8192), 0U, "class %u",
				    class);
	}
}

static void bitmaps_have_room(struct kunit *test)
{
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++) {
		const struct size_class *sc = &size_classes[class];

		KUNIT_EXPECT_EQ(test, (unsigned int)sc->words,
				DIV_ROUND_UP(sc->nr_objs, BITS_PER_LONG));
		KUNIT_EXPECT_LE(test, sc->nr_objs * sc->size, sc->npages * 8192U);
	}
}

/* By looking at every class, as nobody who is in a hurry would. */
static unsigned int smallest_aligned_class(size_t size, size_t align)
{
	unsigned int class;

	for (class = 1; class < CLASS_TINY; class++) {
		const struct size_class *sc = &size_classes[class];

		if (sc->size >= size && !(sc->size % align) && !(sc->align_pages * 8192UL % align))
			return class;
	}
	return CLASS_LARGE;
}

static void aligned_sizes_get_the_smallest_class(struct kunit *test)
{
	unsigned int wrong = 0;
	size_t size, align;

	for (align = 1; align <= KSPAN_MAX_ALIGN; align *= 2)
		for (size = 1; size <= KSPAN_MAX_SMALL + 1; size += size < 2048 ? 1 : 97)
			wrong += size_class_aligned(size, align) !=
				 smallest_aligned_class(size, align);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, smallest_aligned_class(100, 64), 10U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(table_is_what_the_rule_says),
	KUNIT_CASE(table_is_the_csv),
	KUNIT_CASE(objects_are_aligned),
	KUNIT_CASE(tiny_class_is_16_bytes),
	KUNIT_CASE(powers_have_classes),
	KUNIT_CASE(each_size_gets_the_smallest_class),
	KUNIT_CASE(magic_is_exact_at_any_offset),
	KUNIT_CASE(bitmaps_have_room),
	KUNIT_CASE(aligned_sizes_get_the_smallest_class),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_size_class",
	.test_cases = cases,
};

kunit_test_suite(suite);
