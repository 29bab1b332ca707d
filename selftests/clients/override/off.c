// SPDX-License-Identifier: GPL-2.0
/* off: a file that allocates from the real slab and also frees objects of kspan. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kspan/kspan.h>
#include "override.h"

void test_off(void)
{
	void *own = kspan_alloc(64, GFP_KERNEL), *real = kmalloc(64, GFP_KERNEL);
	void *real_too = kvzalloc(64, GFP_KERNEL), *copy = kstrdup("a string", GFP_KERNEL);
	void *grown = krealloc(NULL, 64, GFP_KERNEL);

	CHECK(kspan_owns(own));
	CHECK(!kspan_owns(real) && !kspan_owns(real_too) && !kspan_owns(copy));
	CHECK(!kspan_owns(grown));
	kfree(own);
	kfree(real);
	kvfree(real_too);
	kfree(copy);
	kfree(grown);
}
