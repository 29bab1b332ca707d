// SPDX-License-Identifier: GPL-2.0
/* usercopy: built with KSPAN_OVERRIDE_USERCOPY: a copy that would leave an object is refused. */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kspan/kspan.h>
#include "override.h"

#define SIZE	128	/* no object is larger for it, on no machine */

/* In the task that loads the module. kspan reports two copies. */
void test_usercopy(void)
{
	unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	char __user *user = (char __user *)at;
	u8 *own = kzalloc(SIZE, GFP_KERNEL), *real = kspan_real_kmalloc(SIZE, GFP_KERNEL);
	size_t more = SIZE + 1;

	OPTIMIZER_HIDE_VAR(more);
	OPTIMIZER_HIDE_VAR(own);	/* the compiler would see that it is too much */
	CHECK(!IS_ERR_VALUE(at) && kspan_owns(own));
	memset(own, 0x5a, SIZE);
	CHECK(!copy_to_user(user, own, SIZE));
	CHECK(!copy_to_user(user, own + SIZE - 4, 4));
	CHECK(copy_to_user(user, own, more) == SIZE + 1);
	CHECK(copy_from_user(own, user, more) == SIZE + 1);
	CHECK(!copy_from_user(own, user, SIZE));
	CHECK(!copy_from_user(real, user, SIZE));
	CHECK(!memcmp(own, real, SIZE - 4));
	vm_munmap(at, PAGE_SIZE);
	kfree(own);
	kfree(real);
}
