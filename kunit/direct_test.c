// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_direct: heaps on blocks of the direct map. The worker is paused: only the tests have pages
 * go back.
 */
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include "base/params.h"
#include "fixture.h"
#include "pages/reserve.h"

#define NR_OBJS		4000U

static struct kspan_heap *heap_with(struct kunit *test, unsigned int flags)
{
	struct kspan_heap_params params = { .flags = KSPAN_HEAP_DIRECT | flags };
	struct kspan_heap *heap = kspan_heap_create("kunit-direct", &params);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	return heap;
}

static int direct_test_init(struct kunit *test)
{
	test->priv = heap_with(test, 0);
	return test_pin(test);
}

static void direct_test_exit(struct kunit *test)
{
	kspan_heap_destroy(test->priv);
	kspan_trim();
}

static bool is_contiguous(const void *p, size_t size)
{
	const void *end = p + size;

	for (; p < end; p += PAGE_SIZE)
		if (is_vmalloc_addr(p) || !virt_addr_valid(p))
			return false;
	return true;
}

static void objects_are_in_the_direct_map(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 100, 4096, 32768, 40000, SZ_64K, SZ_1M, 3000000,
					SZ_4M };
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kspan_heap_zalloc(test->priv, sizes[i], GFP_KERNEL | __GFP_NOWARN);
		if (!p && sizes[i] > SZ_1M)
			continue;	/* memory may be in pieces */
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_contiguous(p, sizes[i]));
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, sizes[i]));
		memset(p, 0xa5, sizes[i]);
		if (is_power_of_2(sizes[i]))
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, sizes[i]));
		kspan_free(p);
	}
}

static void they_may_be_put_into_scatterlists(struct kunit *test)
{
	void *p = kspan_heap_alloc(test->priv, 600, GFP_KERNEL);
	struct scatterlist sg;

	KUNIT_ASSERT_NOT_NULL(test, p);
	sg_init_one(&sg, p, 600);	/* with CONFIG_DEBUG_SG it checks the address */
	KUNIT_EXPECT_PTR_EQ(test, sg_virt(&sg), p);
	kspan_free(p);
}

static void larger_than_a_block_is_refused(struct kunit *test)
{
	size_t size = PAGE_SIZE << MAX_BLOCK_ORDER;
	struct kspan_heap *heap;
	void *p;

	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(test->priv, size + 1,
						 GFP_KERNEL | __GFP_NOWARN));
	/* It cannot come, however long one waits. */
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(test->priv, size + 1,
						 GFP_KERNEL | __GFP_NOWARN | __GFP_NOFAIL));
	kspan_heap_destroy(test->priv);
	heap = heap_with(test, KSPAN_HEAP_OR_VMALLOC);
	test->priv = heap;
	p = kspan_heap_alloc(heap, size + 1, GFP_KERNEL | __GFP_NOWARN);
	if (!p)
		kunit_skip(test, "memory too small");
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	kspan_free(p);
}

static u64 arena_bytes(void)
{
	struct kspan_stats st;

	kspan_get_stats(&st);
	return st.arena_bytes;
}

static u64 held_bytes(struct kspan_heap *heap)
{
	struct kspan_stats st;

	kspan_heap_get_stats(heap, &st);
	return st.held_bytes;
}

/* An object stays, of so many that others fill pages of the machine's between it and the next. */
#define KEPT_EACH	max(50UL, 4 * PAGE_SIZE / 1024)
#define NR_KEPT		DIV_ROUND_UP(NR_OBJS, KEPT_EACH)

/* Of 4 MB few objects stay: what the kernel does not get back is the pages that they are in. */
static void free_pages_go_back_one_by_one(struct kunit *test)
{
	void **objs = test_pointers(test, NR_OBJS);
	struct kspan_heap *heap = test->priv;
	u64 before, after;
	unsigned int i;
	void *gone;

	kspan_trim();
	before = arena_bytes();
	for (i = 0; i < NR_OBJS; i++) {
		objs[i] = kspan_heap_alloc(heap, 1024, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], i, 1024);
	}
	KUNIT_EXPECT_GE(test, arena_bytes(), before + NR_OBJS * 1024ULL);
	gone = objs[NR_OBJS / 2 + KEPT_EACH / 2];
	for (i = 0; i < NR_OBJS; i++)
		if (i % KEPT_EACH)
			kspan_free(objs[i]);
	kspan_trim();
	after = arena_bytes();
	KUNIT_EXPECT_LE(test, held_bytes(heap), NR_KEPT * KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_LE(test, after, before + NR_KEPT * max(PAGE_SIZE, KSPAN_PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, kspan_owns(gone));
	for (i = 0; i < NR_OBJS; i += KEPT_EACH) {
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, 1024));
		kspan_free(objs[i]);
	}
	kspan_trim();
	KUNIT_EXPECT_EQ(test, arena_bytes(), before);
}

/* Pages that were needed a moment ago stay for a period. */
static void pages_in_use_lately_stay(struct kunit *test)
{
	void *p = kspan_heap_alloc(test->priv, 40000, GFP_KERNEL);
	u64 before = arena_bytes();

	KUNIT_ASSERT_NOT_NULL(test, p);
	arenas_return(0);
	KUNIT_EXPECT_LT(test, arena_bytes(), before);
	before = arena_bytes();
	kspan_free(p);
	mheap_drain();
	arenas_return(HZ * 3600);
	KUNIT_EXPECT_EQ(test, arena_bytes(), before);
	arenas_return(0);
	KUNIT_EXPECT_LT(test, arena_bytes(), before);
}

/* A hole may become part of another segment. Each object keeps what was written to it. */
static void holes_and_new_blocks_do_not_mix(struct kunit *test)
{
	void **objs = test_pointers(test, NR_OBJS);
	size_t *sizes = kunit_kcalloc(test, NR_OBJS, sizeof(*sizes), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int i, n;

	KUNIT_ASSERT_NOT_NULL(test, sizes);
	test_seed(test, &rnd, 11);
	for (n = 0; n < 40000; n++) {
		i = test_random(&rnd, NR_OBJS);
		if (objs[i]) {
			KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, sizes[i]));
			kspan_free(objs[i]);
			objs[i] = NULL;
		} else if (test_random(&rnd, 8) < 1 + n / 2000 % 4) {
			sizes[i] = 1 + test_random(&rnd, test_random(&rnd, 20) ? 3000 : 60000);
			objs[i] = kspan_heap_alloc(test->priv, sizes[i],
						   GFP_KERNEL | __GFP_NOWARN);
			if (objs[i])
				memset(objs[i], i, sizes[i]);
		}
		if (!(n % 500)) {
			mheap_drain();
			arenas_return(0);
		}
	}
	for (i = 0; i < NR_OBJS; i++) {
		if (objs[i])
			KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, sizes[i]));
		kspan_free(objs[i]);
	}
}

static void a_stray_free_is_reported(struct kunit *test)
{
	void *p = kspan_heap_alloc(test->priv, 40000, GFP_KERNEL);
	unsigned long n;

	KUNIT_ASSERT_NOT_NULL(test, p);
	test_report_begin("bad free: the page at .* belongs to kspan");
	put_page(virt_to_page(p));
	KUNIT_EXPECT_EQ(test, page_ref_count(virt_to_page(p)), 1);
	memset(p, 1, 40000);
	kspan_free(p);
	mheap_drain();
	n = test_report_end();
	KUNIT_EXPECT_EQ(test, n, 1UL);
	KUNIT_EXPECT_EQ(test, page_ref_count(virt_to_page(p)), 2);
}

/* Somebody's reference keeps a page when kspan gives it back. */
static void a_page_in_use_elsewhere_stays(struct kunit *test)
{
	u8 *p = kspan_heap_alloc(test->priv, 40000, GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 7, 40000);
	page = virt_to_page(p);
	get_page(page);
	kspan_free(p);
	mheap_drain();
	arenas_return(0);
	KUNIT_EXPECT_FALSE(test, kspan_owns(p));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	put_page(page);
}

static void atomic_callers_have_a_reserve(struct kunit *test)
{
	unsigned int i, n = 0;
	void *objs[32];

	if (param_reserve_pages() < 32)
		kunit_skip(test, "no reserve");
	reserve_refill(GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = kspan_heap_alloc(test->priv, 8192, GFP_ATOMIC | __GFP_NOWARN);
		n += objs[i] && is_contiguous(objs[i], 8192);
	}
	KUNIT_EXPECT_EQ(test, n, i);
	test_free_many(objs, i);
}

static void without_a_direct_heap_there_is_no_reserve(struct kunit *test)
{
	unsigned long with;

	reserve_refill(GFP_KERNEL);
	with = reserve_pages();
	kspan_heap_destroy(test->priv);
	kspan_rcu_barrier();
	reserve_trim();
	if (param_reserve_pages())
		KUNIT_EXPECT_LT(test, reserve_pages(), with);
	test->priv = heap_with(test, 0);
}

static void a_heap_can_have_a_zone(struct kunit *test)
{
	struct kspan_heap *heap;
	void *p;

	test_report_begin("unsupported gfp flags .*");
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(test->priv, 64, GFP_KERNEL | __GFP_DMA32));
	test_report_end();
	kspan_heap_destroy(test->priv);
	heap = heap_with(test, KSPAN_HEAP_DMA32);
	test->priv = heap;
	p = kspan_heap_alloc(heap, 64, GFP_KERNEL | __GFP_DMA32);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_LT(test, (u64)virt_to_phys(p) >> 32, 1ULL);
	kspan_free(p);
	p = kspan_heap_alloc(heap, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_LT(test, (u64)virt_to_phys(p) >> 32, 1ULL);
	kspan_free(p);
}

static void flags_that_do_not_go_together_are_refused(struct kunit *test)
{
	static const unsigned int bad[] = {
		KSPAN_HEAP_OR_VMALLOC,
		KSPAN_HEAP_DMA,
		KSPAN_HEAP_DIRECT | KSPAN_HEAP_DMA | KSPAN_HEAP_DMA32,
		KSPAN_HEAP_DIRECT | KSPAN_HEAP_DMA | KSPAN_HEAP_OR_VMALLOC,
	};
	struct kspan_heap_params params = { };
	unsigned int i;

	test_report_begin("heap \"kunit-bad\" refused: .*");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		params.flags = bad[i];
		KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_heap_create("kunit-bad", &params)),
				(long)-EINVAL);
	}
	test_report_end();
}

static void a_pool_can_be_direct(struct kunit *test)
{
	struct kspan_pool_params params = { .flags = KSPAN_HEAP_DIRECT };
	struct kspan_pool *pool = kspan_pool_create("kunit-pool", 300, &params);
	void *p;

	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	p = kspan_pool_alloc(pool, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, is_contiguous(p, 300));
	kspan_pool_free(pool, p);
	kspan_pool_destroy(pool);
}

static struct kunit_case direct_cases[] = {
	KUNIT_CASE(objects_are_in_the_direct_map),
	KUNIT_CASE(they_may_be_put_into_scatterlists),
	KUNIT_CASE(larger_than_a_block_is_refused),
	KUNIT_CASE(free_pages_go_back_one_by_one),
	KUNIT_CASE(pages_in_use_lately_stay),
	KUNIT_CASE(holes_and_new_blocks_do_not_mix),
	KUNIT_CASE(a_stray_free_is_reported),
	KUNIT_CASE(a_page_in_use_elsewhere_stays),
	KUNIT_CASE(atomic_callers_have_a_reserve),
	KUNIT_CASE(without_a_direct_heap_there_is_no_reserve),
	KUNIT_CASE(a_heap_can_have_a_zone),
	KUNIT_CASE(flags_that_do_not_go_together_are_refused),
	KUNIT_CASE(a_pool_can_be_direct),
	{ }
};

static struct kunit_suite direct_suite = {
	.name = "kspan_direct",
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.init = direct_test_init,
	.exit = direct_test_exit,
	.test_cases = direct_cases,
};

kunit_test_suite(direct_suite);
