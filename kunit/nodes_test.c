// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_nodes: memory of several nodes, where the kernel has them (numa=fake=2 makes two).
 */
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sizes.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include "fixture.h"

#define NR_OBJS		2000U

static int nodes_test_init(struct kunit *test)
{
	if (!place_by_node)
		kunit_skip(test, "one memory node");
	test->priv = kspan_heap_create("kunit-nodes", NULL);
	return IS_ERR(test->priv) ? PTR_ERR(test->priv) : 0;
}

static void nodes_test_exit(struct kunit *test)
{
	kspan_heap_destroy(test->priv);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

static int node_of(const void *p)
{
	return page_to_nid(is_vmalloc_addr(p) ? vmalloc_to_page(p) : virt_to_page(p));
}

static void go_to(struct kunit *test, int node)
{
	int cpu;

	/* Not cpumask_of_node(): a CPU is in that of each node that numa=fake makes. */
	for_each_online_cpu(cpu)
		if (cpu_to_mem(cpu) == node)
			break;
	if (cpu >= nr_cpu_ids)
		kunit_skip(test, "a node without CPUs");
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	KUNIT_ASSERT_EQ(test, numa_mem_id(), node);
}

static unsigned int nr_elsewhere(void **objs, unsigned int n, int node)
{
	unsigned int i, elsewhere = 0;

	for (i = 0; i < n; i++)
		elsewhere += node_of(objs[i]) != node;
	return elsewhere;
}

/* At least 99 % of the objects. */
static void expect_local(struct kunit *test, void **objs, unsigned int n, int node)
{
	KUNIT_EXPECT_LE(test, nr_elsewhere(objs, n, node), n / 100);
}

static void fill(struct kunit *test, size_t size, void **objs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		objs[i] = kspan_heap_alloc(test->priv, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
}

static void objects_are_local(struct kunit *test)
{
	static const size_t sizes[] = { 5, 64, 3000, 20000, 100000 };
	void **objs = test_pointers(test, NR_OBJS);
	unsigned int i, n;
	int node;

	for_each_node_state(node, N_MEMORY) {
		go_to(test, node);
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			n = min_t(unsigned int, NR_OBJS, SZ_4M / sizes[i]);
			fill(test, sizes[i], objs, n);
			expect_local(test, objs, n, node);
			test_free_many(objs, n);
		}
	}
}

/* What is freed on one node and allocated again on the other is not the same memory. */
static void objects_freed_elsewhere_go_home(struct kunit *test)
{
	int first = first_memory_node, second = next_memory_node(first);
	void **objs = test_pointers(test, NR_OBJS), **others = test_pointers(test, NR_OBJS);

	go_to(test, first);
	fill(test, 256, objs, NR_OBJS);
	go_to(test, second);
	test_free_many(objs, NR_OBJS);
	fill(test, 256, others, NR_OBJS);
	expect_local(test, others, NR_OBJS, second);
	go_to(test, first);
	fill(test, 256, objs, NR_OBJS);
	expect_local(test, objs, NR_OBJS, first);
	test_free_many(objs, NR_OBJS);
	test_free_many(others, NR_OBJS);
}

static void a_node_can_be_chosen(struct kunit *test)
{
	static const size_t sizes[] = { 5, 64, 3000, 100000, SZ_1M };
	unsigned int i;
	int node;
	void *p;

	for_each_node_state(node, N_MEMORY) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			p = kspan_heap_alloc_node(test->priv, sizes[i],
						  GFP_KERNEL | __GFP_THISNODE, node);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_EQ(test, node_of(p), node);
			kspan_free(p);
			p = kspan_alloc_node(sizes[i], GFP_KERNEL, node);
			KUNIT_ASSERT_NOT_NULL(test, p);
			kspan_free(p);
		}
	}
}

static void a_node_that_cannot_be_is_reported(struct kunit *test)
{
	test_report_begin("no memory node .*");
	KUNIT_EXPECT_NULL(test, kspan_alloc_node(64, GFP_KERNEL, nr_node_ids));
	KUNIT_EXPECT_NULL(test, kspan_alloc_node(64, GFP_KERNEL, -2));
	test_report_end();
}

/* A limit and the figures are the heap's, whichever of its parts has the memory. */
static void the_parts_have_one_account(struct kunit *test)
{
	struct kspan_stats st;
	unsigned int n = 0;
	void *objs[64];
	int node;

	kspan_heap_set_limit(test->priv, 32 * KSPAN_PAGE_SIZE);
	for_each_node_state(node, N_MEMORY) {
		go_to(test, node);
		while (n < 64) {
			objs[n] = kspan_heap_alloc(test->priv, 2 * KSPAN_PAGE_SIZE,
						   GFP_KERNEL | __GFP_NOWARN);
			if (!objs[n])
				break;
			n++;
			if (node == first_memory_node && n == 4)
				break;
		}
	}
	KUNIT_EXPECT_LE(test, n, 16U);
	kspan_heap_get_stats(test->priv, &st);
	KUNIT_EXPECT_EQ(test, st.live_objects, (u64)n);
	KUNIT_EXPECT_LE(test, st.held_bytes, 32ULL * KSPAN_PAGE_SIZE);
	test_free_many(objs, n);
	kspan_heap_get_stats(test->priv, &st);
	KUNIT_EXPECT_EQ(test, st.live_objects, 0ULL);
}

static void pools_are_local(struct kunit *test)
{
	struct kspan_pool *pool = kspan_pool_create("kunit-pool", 200, NULL);
	void **objs = test_pointers(test, NR_OBJS);
	unsigned int i;
	int node;

	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	for_each_node_state(node, N_MEMORY) {
		go_to(test, node);
		for (i = 0; i < NR_OBJS; i++) {
			objs[i] = kspan_pool_alloc(pool, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		}
		expect_local(test, objs, NR_OBJS, node);
		for (i = 0; i < NR_OBJS; i++)
			kspan_pool_free(pool, objs[i]);
	}
	KUNIT_EXPECT_EQ(test, kspan_pool_reset(pool), 0);
	kspan_pool_destroy(pool);
}

static void direct_heaps_are_local(struct kunit *test)
{
	struct kspan_heap_params params = { .flags = KSPAN_HEAP_DIRECT };
	void **objs = test_pointers(test, NR_OBJS);
	int node;

	kspan_heap_destroy(test->priv);
	test->priv = kspan_heap_create("kunit-nodes", &params);
	KUNIT_ASSERT_FALSE(test, IS_ERR(test->priv));
	for_each_node_state(node, N_MEMORY) {
		go_to(test, node);
		fill(test, 500, objs, NR_OBJS);
		expect_local(test, objs, NR_OBJS, node);
		test_free_many(objs, NR_OBJS);
	}
}

static struct kunit_case nodes_cases[] = {
	KUNIT_CASE(objects_are_local),
	KUNIT_CASE(objects_freed_elsewhere_go_home),
	KUNIT_CASE(a_node_can_be_chosen),
	KUNIT_CASE(a_node_that_cannot_be_is_reported),
	KUNIT_CASE(the_parts_have_one_account),
	KUNIT_CASE(pools_are_local),
	KUNIT_CASE(direct_heaps_are_local),
	{ }
};

static struct kunit_suite nodes_suite = {
	.name = "kspan_nodes",
	.suite_exit = test_trim,
	.init = nodes_test_init,
	.exit = nodes_test_exit,
	.test_cases = nodes_cases,
};

kunit_test_suite(nodes_suite);
