// SPDX-License-Identifier: GPL-2.0
/* sizes: krealloc() and its relatives keep contents, zeroes, alignment and allocator. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kspan/kspan.h>
#include "compat.h"
#include "override.h"

#define BYTE	0x5a

static const size_t steps[] = {
	5, 7, 13, 64, 3, 100, 5120, 4096, 700, 100000, 49152, 40, 1, 65536, 8,
};

/* The first @kept bytes must be as written, the others up to @size zero. */
static void check_contents(const u8 *p, size_t kept, size_t size)
{
	CHECK(p && !memchr_inv(p, BYTE, kept));
	CHECK(p && !memchr_inv(p + kept, 0, size - kept));
	CHECK(IS_ALIGNED((unsigned long)p, max_t(size_t, 8, size & -size)));
}

static void check_krealloc(u8 *p, size_t size, bool own)
{
	size_t kept;
	u8 *new;
	int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++, p = new) {
		memset(p, BYTE, size);
		kept = min(size, steps[i]);
		size = steps[i];
		new = krealloc(p, size, GFP_KERNEL | __GFP_ZERO);
		CHECK(new && kspan_owns(new) == own);
		if (!new)
			return;
		/* Linux 6.1's own krealloc() zeroes only what it newly allocates. */
		check_contents(new, kept, own ? size : kept);
	}
	new = krealloc(p, 0, GFP_KERNEL);
	CHECK(new == ZERO_SIZE_PTR);
}

static void check_kvrealloc(void)
{
	u8 *p = kvresize(NULL, 0, 100);

	CHECK(kspan_owns(p));
	memset(p, BYTE, 100);
	p = kvresize(p, 100, 10000);
	CHECK(kspan_owns(p));
	check_contents(p, 100, 100);
	p = kvresize(p, 10000, KMALLOC_MAX_SIZE + 1);
	CHECK(!kspan_owns(p));
	check_contents(p, 100, 100);
	kvfree(p);
}

static void check_kvrealloc_zeroes(size_t size)
{
	u8 *p = kvzalloc(100, GFP_KERNEL);

	CHECK(kspan_owns(p));
	OPTIMIZER_HIDE_VAR(p);	/* the compiler knows its size of 100 bytes */
	memset(p, BYTE, dirty_bytes(p, 100));
	p = kvresize_zeroed(p, 100, size);
	CHECK(p && !memchr_inv(p + 100, 0, size - 100));
	check_contents(p, 100, 100);
	kvfree(p);
}

/* If kspan cannot serve the new size or flags, the object moves to the kernel's slab. */
static void check_move(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL), *new;

	memset(p, BYTE, 100);
	new = krealloc(p, 200, GFP_KERNEL_ACCOUNT);
	CHECK(new && !kspan_owns(new));
	check_contents(new, 100, 100);
	CHECK(!krealloc_array(new, SIZE_MAX, 2, GFP_KERNEL));
	kfree(new);
}

static void check_roundup(void)
{
	size_t size;
	void *p;

	for (size = 1; size < 100000; size += size / 3 + 1) {
		p = kmalloc(kmalloc_size_roundup(size), GFP_KERNEL);
		CHECK(kmalloc_size_roundup(size) >= size);
		CHECK(ksize(p) == kmalloc_size_roundup(size));
		kfree(p);
	}
	CHECK(kmalloc_size_roundup(0) == 0);
}

void test_sizes(void)
{
	check_krealloc(kmalloc(10, GFP_KERNEL), 10, true);
	check_krealloc(kspan_real_kmalloc(10, GFP_KERNEL), 10, false);
	check_kvrealloc();
	check_kvrealloc_zeroes(112);
	check_kvrealloc_zeroes(200);
	check_kvrealloc_zeroes(10000);
	check_move();
	check_roundup();
}
