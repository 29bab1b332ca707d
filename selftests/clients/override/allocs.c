// SPDX-License-Identifier: GPL-2.0
/* allocs: every allocating name gives kspan memory of many sizes: aligned, zeroed, usable. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kspan/kspan.h>
#include "override.h"

/* Tiny sizes, those between two classes, odd multiples of powers of two, and large ones. */
static const size_t sizes[] = {
	1, 2, 3, 7, 8, 9, 12, 15, 16, 17, 24, 32, 40, 64, 96, 100, 192, 576, 1000, 1024, 1280,
	2560, 3328, 4096, 5120, 5376, 8192, 12288, 20480, 32768, 40000, 49152, 65536, 100000, SZ_1M,
};

static const char *const text = "a string of 28 characters...";

struct maker {
	const char *name;
	void *(*make)(size_t size);
	void (*free)(const void *p);
	bool zeroed;
};

#define MAKE(name, expression)				\
static void *make_##name(size_t size)			\
{							\
	return expression;				\
}

MAKE(1, kmalloc(size, GFP_KERNEL))
MAKE(2, kmalloc_node(size, GFP_KERNEL, numa_node_id()))
MAKE(3, kzalloc(size, GFP_KERNEL))
MAKE(4, kzalloc_node(size, GFP_KERNEL, numa_node_id()))
MAKE(5, kcalloc(1, size, GFP_KERNEL))
MAKE(6, kcalloc_node(size, 1, GFP_KERNEL, numa_node_id()))
MAKE(7, kmalloc_array(size, 1, GFP_KERNEL))
MAKE(8, kmalloc_array_node(1, size, GFP_KERNEL, numa_node_id()))
MAKE(9, krealloc(NULL, size, GFP_KERNEL | __GFP_ZERO))
MAKE(10, krealloc_array(NULL, size, 1, GFP_KERNEL))
MAKE(11, kvmalloc(size, GFP_KERNEL))
MAKE(12, kvmalloc_node(size, GFP_KERNEL, numa_node_id()))
MAKE(13, kvzalloc(size, GFP_KERNEL))
MAKE(14, kvzalloc_node(size, GFP_KERNEL, numa_node_id()))
MAKE(15, kvmalloc_array(1, size, GFP_KERNEL))
MAKE(16, kvcalloc(size, 1, GFP_KERNEL))
MAKE(17, kmalloc_track_caller(size, GFP_KERNEL))
MAKE(18, kmalloc(size, GFP_NOFS | __GFP_ZERO))

static const struct maker makers[] = {
	{ "kmalloc", make_1, kfree },
	{ "kmalloc_node", make_2, kfree },
	{ "kzalloc", make_3, kfree, true },
	{ "kzalloc_node", make_4, kfree_sensitive, true },
	{ "kcalloc", make_5, kfree, true },
	{ "kcalloc_node", make_6, kfree_const, true },
	{ "kmalloc_array", make_7, kfree_const },
	{ "kmalloc_array_node", make_8, kfree_sensitive },
	{ "krealloc", make_9, kfree, true },
	{ "krealloc_array", make_10, kfree },
	{ "kvmalloc", make_11, kvfree },
	{ "kvmalloc_node", make_12, kvfree },
	{ "kvzalloc", make_13, kvfree, true },
	{ "kvzalloc_node", make_14, kvfree, true },
	{ "kvmalloc_array", make_15, kvfree },
	{ "kvcalloc", make_16, vfree, true },
	{ "kmalloc_track_caller", make_17, kfree },
	{ "kmalloc, GFP_NOFS", make_18, kfree, true },
};

static bool is_aligned(const void *p, size_t size)
{
	return IS_ALIGNED((unsigned long)p, max_t(size_t, 8, size & -size));
}

/* As kmalloc()'s memory is. */
static bool is_contiguous(const void *p, size_t size)
{
	const void *end = p + size - 1;

	return virt_addr_valid(p) && virt_addr_valid(end) &&
	       virt_to_phys((void *)end) - virt_to_phys((void *)p) == size - 1;
}

static void check_maker(const struct maker *maker, size_t size)
{
	unsigned int before = failures;
	u8 *p = maker->make(size);

	CHECK(p && kspan_owns(p));
	CHECK(is_contiguous(p, size));
	CHECK(is_aligned(p, size));
	CHECK(ksize(p) >= size);
	if (p && maker->zeroed)
		CHECK(!memchr_inv(p, 0, size));
	if (p)
		memset(p, 0x5a, size);
	maker->free(p);
	if (failures != before)
		pr_err("that was %s of %zu bytes\n", maker->name, size);
}

/* Constant sizes compile to another path; the alignment must be the same. */
static void check_constants(void)
{
	void *a = kmalloc(3, GFP_KERNEL), *b = kmalloc(12, GFP_KERNEL);
	void *c = kmalloc(96, GFP_KERNEL), *d = kmalloc(5120, GFP_KERNEL);

	CHECK(kspan_owns(a) && kspan_owns(b) && kspan_owns(c) && kspan_owns(d));
	CHECK(is_aligned(a, 8) && is_aligned(b, 8) && is_aligned(c, 96) && is_aligned(d, 5120));
	kfree(a);
	kfree(b);
	kfree(c);
	kfree(d);
}

static void check_copy(void *copy, size_t len)
{
	CHECK(kspan_owns(copy));
	CHECK(copy && !strncmp(copy, text, len) && strlen(copy) == len);
	kfree(copy);
}

static void check_copies(void)
{
	size_t len = strlen(text);

	check_copy(kmemdup(text, len + 1, GFP_KERNEL), len);
	check_copy(kmemdup_nul(text, 5, GFP_KERNEL), 5);
	check_copy(kstrdup(text, GFP_KERNEL), len);
	check_copy(kstrndup(text, 3, GFP_KERNEL), 3);
	check_copy(kstrndup(text, 300, GFP_KERNEL), len);
	CHECK(!kstrdup(NULL, GFP_KERNEL) && !kstrndup(NULL, 3, GFP_KERNEL));
}

/* kspan serves this or, if it has no memory at hand, the kernel. */
static void check_atomic(void)
{
	size_t size;
	void *p;

	for (size = 1; size <= SZ_64K; size *= 2) {
		p = kmalloc(size, GFP_ATOMIC);
		CHECK(p && is_aligned(p, size));
		kfree(p);
	}
}

/* The kernel serves requests that kspan cannot. */
static void check_real(size_t size, gfp_t gfp)
{
	void *p = kvmalloc(size, gfp);

	CHECK(p && !kspan_owns(p));
	kvfree(p);
}

/* __GFP_THISNODE gives memory of that node. */
static void check_nodes(void)
{
	void *p;
	int node;

	for_each_online_node(node) {
		p = kmalloc_node(PAGE_SIZE, GFP_KERNEL | __GFP_THISNODE, node);
		CHECK(p && !kspan_owns(p) && page_to_nid(virt_to_page(p)) == node);
		kfree(p);
	}
}

static void check_limits(void)
{
	size_t much = SIZE_MAX / 2;

	OPTIMIZER_HIDE_VAR(much);
	check_real(64, GFP_KERNEL_ACCOUNT);
	check_real(64, GFP_KERNEL | __GFP_THISNODE);
	check_real(PAGE_SIZE, GFP_KERNEL | __GFP_COMP);
	check_real(KMALLOC_MAX_SIZE + 1, GFP_KERNEL);
	CHECK(!kmalloc(much, GFP_KERNEL | __GFP_NOWARN));
	CHECK(!kmalloc_array(much, 3, GFP_KERNEL) && !kvcalloc(much, 3, GFP_KERNEL));
	CHECK(kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR && kvzalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
}

void test_allocs(void)
{
	int i, j;

	for (i = 0; i < ARRAY_SIZE(makers); i++)
		for (j = 0; j < ARRAY_SIZE(sizes); j++)
			check_maker(&makers[i], sizes[j]);
	check_nodes();
	check_constants();
	check_copies();
	check_atomic();
	check_limits();
}
