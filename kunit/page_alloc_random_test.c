// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_page_alloc_random: random operations on the page allocator and on a simple model with a
 * byte for each page. Both must find the same pages, and the summaries must agree with the bytes.
 */
#include "fixture.h"
#include "pages/page_alloc.h"

#define STEPS		4000
#define MAX_RUNS	512
#define MAX_ALIGN	64U
#define CHECK_EVERY	16

/**
 * struct model - the page allocator and its model
 * @pa: the page allocator under test
 * @used: for each page whether it is in use; pages past the end count as used
 * @npages: pages that exist
 * @covered: pages that the tree has room for
 * @first_page: the number of page 0 in the address space
 * @runs: allocated pages
 * @nr_runs: number of @runs
 * @rnd: random numbers
 */
struct model {
	struct page_alloc pa;
	u8 *used;
	unsigned long npages;
	unsigned long covered;
	unsigned long first_page;
	struct {
		unsigned long page;
		unsigned long n;
	} runs[MAX_RUNS];
	unsigned int nr_runs;
	struct rnd_state rnd;
};

static struct model *model_new(struct kunit *test, unsigned long npages)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	void *mem = kunit_kzalloc(test, page_alloc_bytes(npages), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	page_alloc_begin(&m->pa, npages, mem);
	m->npages = npages;
	m->covered = m->pa.nr_leaves * LEAF_PAGES;
	m->used = kunit_kzalloc(test, m->covered, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->used);
	memset(m->used + npages, 1, m->covered - npages);
	return m;
}

/* The first page of the first free run of @n whose address is a multiple of @align. */
static unsigned long first_fit(const struct model *m, unsigned long n, unsigned long align)
{
	unsigned long page, len = 0;

	/* From the end: at each page, len is the length of the free run that begins there. */
	unsigned long found = NO_PAGE;

	for (page = m->npages; page--; ) {
		len = m->used[page] ? 0 : len + 1;
		if (len >= n && !((m->first_page + page) % align))
			found = page;
	}
	return found;
}

/* As page_alloc_find(): a run that fits at any alignment comes before one that just fits. */
static unsigned long model_find(const struct model *m, unsigned long n, unsigned long align)
{
	unsigned long page = first_fit(m, n + align - 1, 1);

	if (page == NO_PAGE)
		return first_fit(m, n, align);
	while ((m->first_page + page) % align)
		page++;
	return page;
}

static struct page_summary model_summary(const struct model *m, unsigned long page,
					 unsigned long width)
{
	unsigned long i, len = 0;
	struct page_summary sum = { };

	for (i = 0; i < width; i++) {
		len = m->used[page + i] ? 0 : len + 1;
		sum.max = max_t(u32, sum.max, len);
		if (len == i + 1)
			sum.start = len;
	}
	sum.end = len;
	return sum;
}

/* Return: how many nodes of the tree have a wrong summary. */
static unsigned int wrong_summaries(const struct model *m)
{
	unsigned long width = m->covered, i, first;
	unsigned int wrong = 0;
	struct page_summary sum;

	for (first = 1; first <= m->pa.nr_leaves; first *= 2, width /= 2) {
		for (i = 0; i < first; i++) {
			sum = model_summary(m, i * width, width);
			wrong += memcmp(&sum, &m->pa.tree[first + i], sizeof(sum)) != 0;
		}
	}
	return wrong;
}

static unsigned int wrong_bits(const struct model *m)
{
	unsigned int wrong = 0;
	unsigned long page;

	for (page = 0; page < round_up(m->npages, LEAF_PAGES); page++)
		wrong += test_bit(page, m->pa.used) != m->used[page];
	return wrong;
}

/* Mostly short runs, now and then one of up to all pages. */
static unsigned long random_length(struct model *m)
{
	unsigned int kind = test_random(&m->rnd, 32);

	if (!kind)
		return 1 + test_random(&m->rnd, m->npages);
	if (kind < 4)
		return 1 + test_random(&m->rnd, m->npages / 16 + 1);
	return 1 + test_random(&m->rnd, 10);
}

static unsigned long random_align(struct model *m)
{
	return test_random(&m->rnd, 2) ? 1 : 1UL << test_random(&m->rnd, ilog2(MAX_ALIGN) + 1);
}

static void model_take(struct kunit *test, struct model *m)
{
	unsigned long n = random_length(m), align = random_align(m);
	unsigned long page = page_alloc_find(&m->pa, n, align, m->first_page);

	KUNIT_EXPECT_EQ_MSG(test, page, model_find(m, n, align), "%lu pages aligned to %lu", n,
			    align);
	if (page == NO_PAGE)
		return;
	KUNIT_ASSERT_LE(test, page + n, m->npages);
	page_alloc_take(&m->pa, page, n);
	memset(m->used + page, 1, n);
	m->runs[m->nr_runs].page = page;
	m->runs[m->nr_runs++].n = n;
}

/* Free a run, or a part of one. */
static void model_give(struct model *m)
{
	unsigned int i = test_random(&m->rnd, m->nr_runs);
	unsigned long page = m->runs[i].page, n = m->runs[i].n;

	if (n > 1 && !test_random(&m->rnd, 4)) {
		n = 1 + test_random(&m->rnd, n - 1);
		m->runs[i].page += n;
		m->runs[i].n -= n;
	} else {
		m->runs[i] = m->runs[--m->nr_runs];
	}
	page_alloc_free(&m->pa, page, n);
	memset(m->used + page, 0, n);
}

/* Fill and empty in turns, so that there are long and short free runs. */
static bool wants_more(struct model *m, unsigned int step)
{
	unsigned int chance = step / 256 % 2 ? 30 : 70;

	if (!m->nr_runs)
		return true;
	return m->nr_runs < MAX_RUNS && test_random(&m->rnd, 100) < chance;
}

static void model_run(struct kunit *test, struct model *m, unsigned int steps)
{
	unsigned int step;

	for (step = 0; step < steps; step++) {
		if (wants_more(m, step))
			model_take(test, m);
		else
			model_give(m);
		KUNIT_ASSERT_EQ(test, page_alloc_max(&m->pa), (unsigned long)m->pa.tree[1].max);
		if (!(step % CHECK_EVERY))
			KUNIT_ASSERT_EQ_MSG(test, wrong_summaries(m) + wrong_bits(m), 0U, "step %u",
					    step);
	}
}

static void model_empty(struct model *m)
{
	while (m->nr_runs)
		model_give(m);
}

struct random_case {
	unsigned long npages;
	unsigned int steps;
};

/* Sizes around a chunk, odd sizes, a default arena, and one of 1 GB. */
static const struct random_case random_cases[] = {
	{ 1, 200 }, { 2, 500 }, { 63, STEPS }, { 511, STEPS }, { 512, STEPS }, { 513, STEPS },
	{ 1000, STEPS }, { 1024, STEPS }, { 1537, STEPS }, { 2567, STEPS }, { 8192, 1000 },
	{ 131071, 40 },
};

static void random_case_name(const struct random_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu pages", c->npages);
}

KUNIT_ARRAY_PARAM(random, random_cases, random_case_name);

static void random_run_agrees_with_the_model(struct kunit *test)
{
	const struct random_case *c = test->param_value;
	struct model *m = model_new(test, c->npages);

	test_seed(test, &m->rnd, 1000 + c->npages);
	m->first_page = test_random(&m->rnd, 1U << 30);
	model_run(test, m, c->steps);
	model_empty(m);
	KUNIT_EXPECT_EQ(test, wrong_summaries(m) + wrong_bits(m), 0U);
	KUNIT_EXPECT_EQ(test, page_alloc_max(&m->pa), c->npages);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(random_run_agrees_with_the_model, random_gen_params),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_page_alloc_random",
	.test_cases = cases,
};

kunit_test_suite(suite);
