// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: frees of pointers that are not live objects. Each action gets exactly one report.
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "misuse.h"

#define LARGE		(1024UL * 1024)
#define NEIGHBOURS	256		/* more than a span of them holds */

/* Hides a pointer from the compiler, which would warn of the mistake that is tested. */
static void *hidden(const void *p)
{
	unsigned long address = (unsigned long)p;

	OPTIMIZER_HIDE_VAR(address);
	return (void *)address;
}

static int free_stack_run(const struct request *r)
{
	u64 word = 0;

	kspan_free(hidden(&word));
	return word ? -EIO : 0;
}

static int free_kmalloc_run(const struct request *r)
{
	void *p = kzalloc(64, GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	kspan_free(hidden(p));
	err = memchr_inv(p, 0, 64) ? -EIO : 0;
	kfree(p);
	return err;
}

static int free_vmalloc_run(const struct request *r)
{
	void *p = vmalloc(LARGE);

	if (!p)
		return -ENOMEM;
	kspan_free(hidden(p));
	vfree(p);
	return 0;
}

static int free_low_run(const struct request *r)
{
	kspan_free(hidden((void *)24UL));
	return 0;
}

static int free_noncanonical_run(const struct request *r)
{
	kspan_free(hidden((void *)0x8000123456789000UL));
	return 0;
}

static int free_top_run(const struct request *r)
{
	kspan_free(hidden((void *)-8UL));
	return 0;
}

static int free_text_run(const struct request *r)
{
	kspan_free(hidden(free_text_run));
	return 0;
}

static int free_user_run(const struct request *r)
{
	kspan_free(hidden((void *)0x400000UL));
	return 0;
}

/* One foreign pointer among objects: the objects must be freed. */
static int free_bulk_run(const struct request *r)
{
	void *p[3];

	if (kspan_alloc_bulk(64, GFP_KERNEL, 3, p) != 3)
		return -ENOMEM;
	kspan_free(p[1]);
	p[1] = hidden((void *)0x400000UL);
	kspan_free_bulk(3, p);
	return 0;
}

static int size_foreign_run(const struct request *r)
{
	u64 word = 0;

	return kspan_size(hidden(&word)) ? -EIO : 0;
}

static int free_inside_run(const struct request *r)
{
	char *p = kspan_zalloc(r->size ?: 64, GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	kspan_free(hidden(p + 8));
	err = memchr_inv(p, 0, r->size ?: 64) ? -EIO : 0;
	kspan_free(p);
	return err;
}

/* A span of 80-byte objects has 32 bytes left over. One of these objects ends its span. */
static int free_behind_run(const struct request *r)
{
	const size_t size = 80, span = 8192, last = span - span % size - size;
	char *objs[220];
	int n = 0, found = 0, err = 0;

	for (; n < ARRAY_SIZE(objs); n++) {
		objs[n] = kspan_zalloc(size, GFP_KERNEL);
		if (!objs[n])
			err = -ENOMEM;
		else if ((unsigned long)objs[n] % span == last && !found++)
			kspan_free(hidden(objs[n] + size));
	}
	while (n--) {
		if (objs[n] && memchr_inv(objs[n], 0, size))
			err = -EIO;
		kspan_free(objs[n]);
	}
	return found ? err : -ENOENT;
}

static int free_inside_large_run(const struct request *r)
{
	char *p = kspan_alloc(LARGE, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	kspan_free(hidden(p + LARGE / 2));
	kspan_free(p);
	return 0;
}

static int double_row_run(const struct request *r)
{
	void *p = kspan_alloc(r->size ?: 64, GFP_KERNEL), *again = hidden(p);

	if (!p)
		return -ENOMEM;
	kspan_free(p);
	kspan_free(again);
	return 0;
}

/* Frees an object twice while it is in a CPU's cache, with another free between. */
static int double_apart_run(const struct request *r)
{
	void *p = kspan_alloc(r->size ?: 64, GFP_KERNEL), *again = hidden(p);
	void *q = kspan_alloc(r->size ?: 64, GFP_KERNEL);

	if (p && q) {
		kspan_free(p);
		kspan_free(q);
		kspan_free(again);
		kspan_trim();
		return 0;
	}
	kspan_free(p);
	kspan_free(q);
	return -ENOMEM;
}

/* Many such objects, @count of them: each counts. */
static int double_many_run(const struct request *r)
{
	unsigned int n = min(r->count ?: 100U, (unsigned int)NEIGHBOURS - 1), i;
	void **p = kcalloc(NEIGHBOURS, sizeof(*p), GFP_KERNEL);
	size_t size = r->size ?: 64;

	if (!p || kspan_alloc_bulk(size, GFP_KERNEL, NEIGHBOURS, p) != NEIGHBOURS) {
		kfree(p);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		kspan_free(p[i]);
	for (i = 0; i < n; i++)
		kspan_free(hidden(p[i]));
	kspan_trim();
	kspan_free_bulk(NEIGHBOURS - n, p + n);
	kfree(p);
	return 0;
}

/*
 * Frees an object again after it went back to its span; live neighbours keep the span. kspan must
 * report it at the latest when the object returns to the span once more, hence the second trim.
 */
static int double_later_run(const struct request *r)
{
	void **p = kcalloc(NEIGHBOURS, sizeof(*p), GFP_KERNEL), *again;
	size_t size = r->size ?: 64;

	if (!p || kspan_alloc_bulk(size, GFP_KERNEL, NEIGHBOURS, p) != NEIGHBOURS) {
		kfree(p);
		return -ENOMEM;
	}
	again = hidden(p[NEIGHBOURS / 2]);
	kspan_free(p[NEIGHBOURS / 2]);
	p[NEIGHBOURS / 2] = NULL;
	kspan_trim();
	kspan_free(again);
	kspan_trim();
	kspan_free_bulk(NEIGHBOURS, p);
	kfree(p);
	return 0;
}

/* After a large object is freed, its address is no object. */
static int double_large_run(const struct request *r)
{
	void *p = kspan_alloc(LARGE, GFP_KERNEL), *again = hidden(p);

	if (!p)
		return -ENOMEM;
	kspan_free(p);
	kspan_free(again);
	return 0;
}

/* The other objects keep the block of the tiny object. */
static int double_tiny_run(const struct request *r)
{
	void *p[4] = { }, *again;
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = kspan_alloc(4, GFP_KERNEL);
		if (!p[i])
			err = -ENOMEM;
	}
	again = hidden(p[1]);
	if (!err) {
		kspan_free(p[1]);
		kspan_free(again);
		p[1] = NULL;
	}
	for (i = 0; i < ARRAY_SIZE(p); i++)
		kspan_free(p[i]);
	return err;
}

/* kspan frees the object all the same. */
static int sized_mismatch_run(const struct request *r)
{
	void *p = kspan_alloc(64, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	kspan_free_sized(p, 4000);
	return 0;
}

const struct action free_actions[] = {
	{ "free_stack", free_stack_run },
	{ "free_kmalloc", free_kmalloc_run },
	{ "free_vmalloc", free_vmalloc_run },
	{ "free_low", free_low_run },
	{ "free_noncanonical", free_noncanonical_run },
	{ "free_top", free_top_run },
	{ "free_text", free_text_run },
	{ "free_user", free_user_run },
	{ "free_bulk", free_bulk_run },
	{ "size_foreign", size_foreign_run },
	{ "free_inside", free_inside_run },
	{ "free_behind", free_behind_run },
	{ "free_inside_large", free_inside_large_run },
	{ "double_row", double_row_run },
	{ "double_apart", double_apart_run },
	{ "double_many", double_many_run },
	{ "double_later", double_later_run },
	{ "double_large", double_large_run },
	{ "double_tiny", double_tiny_run },
	{ "sized_mismatch", sized_mismatch_run },
	{ }
};
