// SPDX-License-Identifier: GPL-2.0
/* usercopy: built with KSPAN_OVERRIDE_USERCOPY: a copy that would leave an object is refused. */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kspan/kspan.h>
#include "override.h"

/* In the task that loads the module. kspan reports two copies. */
void test_usercopy(void)
{
	unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	char __user *user = (char __user *)at;
	u8 *own = kzalloc(64, GFP_KERNEL), *real = kspan_real_kmalloc(64, GFP_KERNEL);
	size_t more = 65;

	OPTIMIZER_HIDE_VAR(more);
	OPTIMIZER_HIDE_VAR(own);	/* the compiler would see that it is too much */
	CHECK(!IS_ERR_VALUE(at) && kspan_owns(own));
	memset(own, 0x5a, 64);
	CHECK(!copy_to_user(user, own, 64));
	CHECK(!copy_to_user(user, own + 60, 4));
	CHECK(copy_to_user(user, own, more) == 65);
	CHECK(copy_from_user(own, user, more) == 65);
	CHECK(!copy_from_user(own, user, 64));
	CHECK(!copy_from_user(real, user, 64));
	CHECK(!memcmp(own, real, 60));
	vm_munmap(at, PAGE_SIZE);
	kfree(own);
	kfree(real);
}
