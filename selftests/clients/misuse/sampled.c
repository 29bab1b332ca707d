// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: accesses beyond objects and to freed ones, again and again, that do no harm where
 * the object is not guarded: reads, and writes of what is there.
 */
#include <linux/delay.h>
#include "misuse.h"

static void read_byte(char *p)
{
	READ_ONCE(*p);
}

/* A write that faults as one, and changes nothing. */
static void write_byte(char *p)
{
	OPTIMIZER_HIDE_VAR(p);
	cmpxchg((u8 *)p, 0, 0);
}

/*
 * Allocates @count objects of @size bytes, a millisecond apart, and accesses a byte of each: not
 * where kspan has no memory, as behind the last object of a segment.
 */
static int each(const struct request *r, void (*access)(char *p), long offset, bool freed)
{
	size_t size = r->size ?: 64;
	unsigned int i;
	char *p;

	for (i = 0; i < (r->count ?: 1000); i++) {
		p = kspan_alloc(size, GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		*p = 1;
		if (freed)
			kspan_free(p);
		OPTIMIZER_HIDE_VAR(p);
		if (kspan_owns(p + offset))
			access(p + offset);
		if (!freed)
			kspan_free(p);
		usleep_range(500, 1000);
	}
	return 0;
}

static int read_over_run(const struct request *r)
{
	return each(r, read_byte, r->size ?: 64, false);
}

static int write_over_run(const struct request *r)
{
	return each(r, write_byte, r->size ?: 64, false);
}

static int read_under_run(const struct request *r)
{
	return each(r, read_byte, -1, false);
}

static int read_freed_run(const struct request *r)
{
	return each(r, read_byte, 0, true);
}

static int write_freed_run(const struct request *r)
{
	return each(r, write_byte, 0, true);
}

/* Correct. */
static int use_run(const struct request *r)
{
	return each(r, write_byte, (r->size ?: 64) - 1, false);
}

const struct action sampled_actions[] = {
	{ "read_over", read_over_run },
	{ "write_over", write_over_run },
	{ "read_under", read_under_run },
	{ "read_freed", read_freed_run },
	{ "write_freed", write_freed_run },
	{ "use", use_run },
	{ }
};
