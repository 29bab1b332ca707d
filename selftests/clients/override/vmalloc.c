// SPDX-License-Identifier: GPL-2.0
/* vmalloc: built with KSPAN_OVERRIDE_VMALLOC: objects are of the default heap. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <kspan/kspan.h>
#include "compat.h"
#include "override.h"

void test_vmalloc(void)
{
	size_t size = 3000;
	void *p = kmalloc(64, GFP_KERNEL), *q, *grown;

	OPTIMIZER_HIDE_VAR(size);
	q = kzalloc(size, GFP_KERNEL);
	CHECK(kspan_owns(p) && kspan_owns(q));
	CHECK(is_vmalloc_addr(p) && is_vmalloc_addr(q));
	grown = krealloc(q, 2 * size, GFP_KERNEL);
	CHECK(kspan_owns(grown) && is_vmalloc_addr(grown));
	kfree(p);
	kfree(grown);
}

/*
 * Frees an object again after its pages went back to kspan. A function that passed it to the kernel
 * would free the whole vmalloc area, with all live objects in it: neighbours are in the same one.
 */
void free_twice(void)
{
	void *objs[40], *p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objs); i++)
		objs[i] = kvmalloc(100000, GFP_KERNEL);
	p = objs[ARRAY_SIZE(objs) / 2];
	objs[ARRAY_SIZE(objs) / 2] = NULL;
	kvfree(p);
	kspan_trim();
	OPTIMIZER_HIDE_VAR(p);
	CHECK(kspan_owns(p));
	kvfree(p);
	free_atomically(p);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		CHECK(!objs[i] || kspan_owns(objs[i]));
		kvfree(objs[i]);
	}
}
