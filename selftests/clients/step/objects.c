// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_step: objects that are filled with bytes of their own, so that memory with two owners, or
 * that somebody writes to, is found.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "step.h"

/* Of a larger object only both ends. */
#define FILLED	256U

unsigned int nr_errors;
static u32 last_tag;

static u8 byte_of(u32 tag, size_t i)
{
	return (tag * 0x9e3779b1U >> 8) + i * 7 + 1;
}

static void fill(const struct object *o)
{
	size_t i;

	for (i = 0; i < o->size; i++) {
		if (i == FILLED && o->size > 2 * FILLED)
			i = o->size - FILLED;
		((u8 *)o->p)[i] = byte_of(o->tag, i);
	}
}

static void check(const struct object *o)
{
	const u8 *p = o->p;
	size_t i;

	for (i = 0; i < o->size; i++) {
		if (i == FILLED && o->size > 2 * FILLED)
			i = o->size - FILLED;
		if (p[i] != byte_of(o->tag, i)) {
			step_error("an object of %zu bytes was changed at byte %zu", o->size, i);
			return;
		}
	}
}

/* Return: false if @p is none, or if there is no room; then it is the caller's. */
bool objects_add(struct objects *objects, void *p, size_t size)
{
	struct object *o = &objects->list[objects->n];

	if (ZERO_OR_NULL_PTR(p) || objects->n == ARRAY_SIZE(objects->list))
		return false;
	*o = (struct object){ p, size, ++last_tag };
	fill(o);
	objects->n++;
	return true;
}

/* The oldest, checked, for the caller to free; or NULL. */
void *objects_take(struct objects *objects)
{
	struct object o;

	if (!objects->n)
		return NULL;
	o = objects->list[0];
	check(&o);
	objects->list[0] = objects->list[--objects->n];
	return o.p;
}

void objects_check(const struct objects *objects)
{
	unsigned int i;

	for (i = 0; i < objects->n; i++)
		check(&objects->list[i]);
}

void objects_free(struct objects *objects)
{
	while (objects->n)
		kspan_free(objects_take(objects));
}

void check_zeros(const void *p, size_t size)
{
	if (!ZERO_OR_NULL_PTR(p) && memchr_inv(p, 0, size))
		step_error("a zeroed object of %zu bytes is not", size);
}
