// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_model: see fuzz.h.
 */
#include <kspan/kspan.h>
#include "user/fuzz.h"

struct obj objs[MAX_OBJS], in_region[MAX_IN_REGION];
unsigned int nr_objs, nr_in_region;

void check_fill(const struct obj *o)
{
	user_check(!o->bytes || (*o->p == o->fill && !memcmp(o->p, o->p + 1, o->bytes - 1)),
		   "an object was written to");
}

void check_apart(const struct obj *list, unsigned int n, const u8 *p, size_t bytes)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		user_check(p + bytes <= list[i].p || list[i].p + list[i].bytes <= p, "two objects overlap");
}

/* Everything that must hold of a new object; from here on it is live. */
void add(void *p, size_t size, unsigned int heap, bool zeroed, size_t align)
{
	static u8 fill;
	size_t bytes;

	if (ZERO_OR_NULL_PTR(p))
		return;
	user_check(kspan_owns(p), "an object of nobody");
	user_check(IS_ALIGNED((unsigned long)p, align), "an object is not aligned");
	bytes = kspan_size(p);
	/* No interrupt comes from here on. */
	user_check(bytes >= size, "an object is too small");
	user_check(!zeroed || !memchr_inv(p, 0, size), "an object is not zeroed");
	user_check(nr_objs < MAX_OBJS, "the program has too many objects");
	check_apart(objs, nr_objs, p, bytes);
	check_apart(in_region, nr_in_region, p, bytes);
	memset(p, ++fill, bytes);
	objs[nr_objs++] = (struct obj){ p, bytes, fill, heap };
}

struct obj take(unsigned int i)
{
	struct obj o = objs[i];

	check_fill(&o);
	objs[i] = objs[--nr_objs];
	return o;
}
