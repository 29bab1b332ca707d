// SPDX-License-Identifier: GPL-2.0
/*
 * frees: every freeing name takes memory of kspan and of the core kernel. The caller of test_*()
 * checks that no object of kspan is left.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <kspan/kspan.h>
#include "compat.h"
#include "override.h"

struct node {
	u64 value;
	struct rcu_head rcu;
};

static void free_sensitive(const void *p)
{
	kvfree_sensitive(p, 64);
}

static void free_link(const void *p)
{
	kfree_link((void *)p);
}

/* As callbacks: the macros must replace these, too. */
static void (*const frees[])(const void *p) = {
	kfree, kvfree, kfree_sensitive, kfree_const, free_sensitive, free_link, free_atomically,
};

static void check_frees(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(frees); i++) {
		frees[i](kmalloc(64, GFP_KERNEL));
		frees[i](kspan_real_kmalloc(64, GFP_KERNEL));
		frees[i](NULL);
		frees[i](ZERO_SIZE_PTR);
	}
	CHECK(!ksize(NULL) && !ksize(ZERO_SIZE_PTR));
}

static void check_areas(void)
{
	void *area = vmalloc(PAGE_SIZE);
	void *second = kspan_real_kvmalloc(2 * KMALLOC_MAX_SIZE, GFP_KERNEL);
	void *ours = kvmalloc(16 * PAGE_SIZE, GFP_KERNEL);

	CHECK(area && !kspan_owns(area));
	CHECK(second && !kspan_owns(second));
	vfree(area);
	vfree(NULL);
	free_atomically(second);
	CHECK(kspan_owns(ours));
	free_atomically(ours);
}

/* kasprintf() and kstrdup_const() allocate in the core kernel. */
static void check_strings(void)
{
	char *text = kasprintf(GFP_KERNEL, "%d", 42);

	CHECK(text && !strcmp(text, "42") && !kspan_owns(text));
	CHECK(ksize(text) >= 3);
	kfree(text);
	kfree_const(kstrdup_const("a string of a module", GFP_KERNEL));
}

static void check_bulk(void)
{
	void *objs[4] = {
		kmalloc(64, GFP_KERNEL), kspan_real_kmalloc(64, GFP_KERNEL),
		kmalloc(2000, GFP_KERNEL), kspan_real_kmalloc(2000, GFP_KERNEL),
	};

	CHECK(kspan_owns(objs[0]) && !kspan_owns(objs[1]));
	CHECK(kspan_owns(objs[2]) && !kspan_owns(objs[3]));
	kfree_bulk(ARRAY_SIZE(objs), objs);
}

static void check_rcu(void)
{
	struct node *own = kzalloc(sizeof(*own), GFP_KERNEL);
	struct node *own_too = kzalloc(sizeof(*own), GFP_KERNEL);
	struct node *foreign = kspan_real_kmalloc(sizeof(*own), GFP_KERNEL);
	struct node *nothing = NULL;

	CHECK(kspan_owns(own) && kspan_owns(own_too) && !kspan_owns(foreign));
	kfree_rcu(own, rcu);
	kvfree_rcu(own_too, rcu);
	kfree_rcu(foreign, rcu);
	kfree_rcu(nothing, rcu);
	kfree_rcu_mightsleep(kmalloc(64, GFP_KERNEL));
	kvfree_rcu_mightsleep(kspan_real_kmalloc(64, GFP_KERNEL));
}

#ifdef __free
static void check_scope(void)
{
	void *own __free(kfree) = kmalloc(64, GFP_KERNEL);
	void *foreign __free(kfree) = kspan_real_kmalloc(64, GFP_KERNEL);

	CHECK(kspan_owns(own) && !kspan_owns(foreign));
}
#else
static void check_scope(void)
{
}
#endif

void test_frees(void)
{
	check_frees();
	check_areas();
	check_strings();
	check_bulk();
	check_rcu();
	check_scope();
}
