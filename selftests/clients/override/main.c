// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_override: a module that calls the kmalloc family and uses kspan only to ask for a pointer's
 * owner. It is built with slab_override.h and calls every name that the header replaces. If one
 * behaves unlike the kernel's function, the module does not load and the kernel log says which.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/rcupdate.h>
#include <kspan/kspan.h>
#include "override.h"

static bool twice;
module_param(twice, bool, 0);
MODULE_PARM_DESC(twice, "free an object a second time, which kspan must report");

static bool copy;
module_param(copy, bool, 0);
MODULE_PARM_DESC(copy, "copy more than an object to user space, which kspan must refuse");

static int leak;
module_param(leak, int, 0);
MODULE_PARM_DESC(leak, "objects of 64 bytes to leave behind");

unsigned int checks, failures;

void check_failed(const char *what, const char *file, int line)
{
	failures++;
	pr_err("%s:%d: not so: %s\n", kbasename(file), line, what);
}

static u64 live_objects(void)
{
	struct kspan_stats stats;

	kspan_rcu_barrier();
	kspan_get_stats(&stats);
	return stats.live_objects;
}

/* Not of the code that goes when the module was loaded: callers there have no name. */
static noinline void leave(int n)
{
	while (n-- > 0)
		kmalloc(64, GFP_KERNEL);
}

static int __init override_init(void)
{
	u64 live = live_objects();

	test_allocs();
	test_frees();
	test_sizes();
	test_off();
	test_requests();
	test_vmalloc();
	if (twice)
		free_twice();
	if (copy)
		test_usercopy();
	CHECK(live_objects() == live);
	leave(leak);
	pr_info("%u checks, %u failed\n", checks, failures);
	return failures ? -EIO : 0;
}
module_init(override_init);

static void __exit override_exit(void)
{
}
module_exit(override_exit);

MODULE_DESCRIPTION("Test of the kmalloc family on kspan");
MODULE_LICENSE("GPL");
