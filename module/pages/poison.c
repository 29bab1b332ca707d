// SPDX-License-Identifier: GPL-2.0
/*
 * poison: see poison.h.
 */
#include <linux/string.h>
#include "pages/poison.h"
#include "pages/report_object.h"

/* Fill a freed object. */
void poison_fill(void *p, size_t bytes)
{
	memset(p, POISON_FREED, bytes - 1);
	((u8 *)p)[bytes - 1] = POISON_LAST;
}

/* The first byte of a freed object that is not as poison_fill() left it, or NULL. */
static const void *first_wrong(const u8 *p, size_t bytes)
{
	const void *wrong = memchr_inv(p, POISON_FREED, bytes - 1);

	if (wrong)
		return wrong;
	return p[bytes - 1] == POISON_LAST ? NULL : p + bytes - 1;
}

/**
 * poison_check() - report if a freed object was written to, and fill it anew
 * @span: its span
 * @rec: its record, with RECORD_POISONED
 * @obj: the object
 *
 * Context: Any, while the caller alone may hand the object out.
 */
void poison_check(const struct mspan *span, const struct record *rec, void *obj)
{
	const void *wrong = first_wrong(obj, record_bytes(span));

	if (likely(!wrong))
		return;
	report_object("write after free", span, rec, obj, wrong);
	poison_fill(obj, record_bytes(span));
}

/**
 * poison_check_red() - report if something was written behind a live object
 * @span: its span
 * @rec: its record, with RECORD_RED
 * @obj: the object
 *
 * Context: Any.
 */
void poison_check_red(const struct mspan *span, const struct record *rec, const void *obj)
{
	size_t size = record_bytes(span) - rec->slack;
	const void *wrong = memchr_inv(obj + size, POISON_RED, rec->slack);

	if (unlikely(wrong))
		report_object("write past the end", span, rec, obj, wrong);
}

/**
 * poison_check_all() - report freed objects that were written to
 * @span: a span that ends; it has records
 *
 * Context: Any.
 */
void poison_check_all(const struct mspan *span)
{
	u32 debug = owner_debug(span->owner);
	unsigned int i, n = debug ? mspan_nr_objs(span) : 0;
	const struct record *rec;

	for (i = 0; i < n; i++) {
		rec = record_at(span, i);
		if (record_state(rec, debug) & RECORD_POISONED)
			poison_check(span, rec, (void *)mspan_object(span, i));
	}
}
