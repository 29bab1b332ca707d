// SPDX-License-Identifier: GPL-2.0
/* kspan_misuse: writes to memory that is not the client's. Only for a kspan in a debug mode. */
#include <linux/string.h>
#include "misuse.h"

#define NR_OBJS		32
#define PAGE_BYTES	8192

/* Keeps the compiler from seeing what is wrong. */
static char *hidden(char *p)
{
	OPTIMIZER_HIDE_VAR(p);
	return p;
}

/* Writes so many bytes behind an object. */
static int overflow_by_run(const struct request *r)
{
	size_t size = r->size ?: 64;
	char *p = kspan_alloc(size, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	memset(hidden(p) + size, 0x22, r->count ?: 1);
	kspan_free(p);
	return 0;
}

/* Writes so many bytes before an object that is not the first of its span. */
static int underflow_by_run(const struct request *r)
{
	unsigned int n, done = 0, by = r->count ?: 1;
	char *objs[NR_OBJS];

	for (n = 0; n < NR_OBJS; n++) {
		objs[n] = kspan_alloc(r->size ?: 64, GFP_KERNEL);
		if (!objs[n])
			break;
		if (n && !done && (unsigned long)objs[n] % PAGE_BYTES > 1024) {
			memset(hidden(objs[n]) - by, 0x22, by);
			done = 1;
		}
	}
	while (n--)
		kspan_free(objs[n]);
	return done ? 0 : -ENOENT;
}

/* Writes to an object after it was freed. */
static int write_after_run(const struct request *r)
{
	size_t size = r->size ?: 64;
	char *p = kspan_alloc(size, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	kspan_free(p);
	hidden(p)[size / 2] = 0x33;
	kspan_trim();
	return 0;
}

/* Reads memory that nobody has written: with debug mode P it is recognised. */
static int unwritten_run(const struct request *r)
{
	char *p = kspan_alloc(r->size ?: 64, GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	err = memchr_inv(p, 0x5a, r->size ?: 64) && memchr_inv(p, 0, r->size ?: 64) ? -EIO : 0;
	kspan_free(p);
	return err;
}

const struct action memory_actions[] = {
	{ "overflow_by", overflow_by_run },
	{ "underflow_by", underflow_by_run },
	{ "write_after", write_after_run },
	{ "unwritten", unwritten_run },
	{ }
};
