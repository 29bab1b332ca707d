// SPDX-License-Identifier: GPL-2.0
/*
 * region_memory: see region_memory.h.
 */
#include <linux/align.h>
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <kspan/region.h>
#include "heap/alloc.h"
#include "pages/callers.h"
#include "pages/pagemap.h"
#include "pages/poison.h"
#include "pages/report.h"
#include "pages/report_object.h"
#include "pages/stacks.h"
#include "region/region_memory.h"

/* KASAN's shadow does what filling memory is for. init_on_free fills freed memory with zeros. */
static bool fills_red(const struct region_debug *d)
{
	return !KSPAN_KASAN && (d->letters & DEBUG_RED_ZONES);
}

static bool fills_freed(const struct region_debug *d)
{
	return !KSPAN_KASAN && (d->letters & DEBUG_POISON) && !want_init_on_free();
}

/* Of all fields and of where it is: whoever writes over a red zone does not hit the right value. */
static u32 check_of(const struct region_red *red)
{
	u64 sum = (unsigned long)red ^ (unsigned long)red->before ^ red->stack;

	return hash_64(hash_64(sum, 64) ^ red->size ^ ((u64)red->gap << 1), 32);
}

static void report_at(const struct region_debug *d, const char *what, unsigned long obj,
		      size_t size, const void *at, u32 stack)
{
	if (!report_begin_bad_free((void *)obj, CALLER_UNKNOWN, "overwritten", 1))
		return;
	if (size)
		pr_err("%s of %p, at byte %ld of %zu, in region \"%s\"\n", what, (void *)obj,
		       (long)(at - (void *)obj), size, d->name);
	else
		pr_err("%s of %p, in region \"%s\"\n", what, at, d->name);
	if (stack) {
		pr_err("  allocated by:\n");
		stacks_print(stack);
	}
	report_bytes(pagemap_find(obj), (void *)obj, at);
	report_end_misuse(true);
}

/* Follow an object by a red zone. */
static void add_red(const struct region_debug *d, struct region_traces *t, unsigned long obj,
		    size_t size)
{
	unsigned long gap = obj + size;
	struct region_red *red;

	red = (void *)(ALIGN(gap, KSPAN_REGION_ALIGN) + REGION_RED_FILL);
	memset((void *)gap, POISON_RED, (unsigned long)red - gap);
	*red = (struct region_red) {
		.before = t->red,
		.size = size,
		.gap = gap,
		.stack = d->letters & DEBUG_USERS ? stacks_save() : 0,
	};
	red->check = check_of(red);
	t->red = red;
}

/* Check the last red zone of a block, and take it off. */
static void end_red(const struct region_debug *d, struct region_traces *t)
{
	struct region_red *red = t->red;
	const void *wrong;

	if (red->check != check_of(red)) {
		/* Those before it cannot be found any more. */
		report_at(d, "write past the end", (unsigned long)red, 0, red, 0);
		t->red = NULL;
		return;
	}
	wrong = memchr_inv((void *)red->gap, POISON_RED, (unsigned long)red - red->gap);
	if (unlikely(wrong))
		report_at(d, "write past the end", red->gap - red->size, red->size, wrong,
			  red->stack);
	t->red = red->before;
}

/* Check that released memory is as it was filled. */
static void check_filled(const struct region_debug *d, const struct region_traces *t,
			 unsigned long from, unsigned long to)
{
	const void *wrong;

	to = min(to, t->filled);
	if (from >= to)
		return;
	wrong = memchr_inv((void *)from, POISON_FREED, to - from);
	if (unlikely(wrong))
		report_at(d, "write after release", (unsigned long)wrong, 0, wrong, 0);
}

/**
 * region_memory_take() - see to the memory of a new object
 * @d: its debug modes
 * @t: of the block where it lies
 * @from: first byte of the block that it takes
 * @obj: its address
 * @full: its bytes, with region_red_bytes()
 *
 * Context: Any, as the only user of the region.
 */
void region_memory_take(const struct region_debug *d, struct region_traces *t, unsigned long from,
			unsigned long obj, size_t full)
{
	if (t->filled)
		check_filled(d, t, from, ALIGN(obj + full, KSPAN_REGION_ALIGN));
	if (fills_red(d))
		add_red(d, t, obj, full - REGION_RED_BYTES);
}

/**
 * region_memory_end() - see to memory that is released
 * @d: its debug modes
 * @t: of the block where it lies
 * @from: its first byte
 * @to: the first byte behind it, where the used part of the block ends
 *
 * Context: Any, as the only user of the region.
 */
void region_memory_end(const struct region_debug *d, struct region_traces *t, unsigned long from,
		       unsigned long to)
{
	void *p = (void *)from;

	while (t->red && (unsigned long)t->red >= from)
		end_red(d, t);
	if (from == to)
		return;
	if (want_init_on_free()) {
		kasan_unpoison_object(p, to - from);
		memset(p, 0, to - from);
	}
	kasan_poison_range(p, to - from);
	if (fills_freed(d)) {
		memset(p, POISON_FREED, to - from);
		t->filled = max(t->filled, to);
	}
}

/**
 * region_memory_back() - check a block without objects that goes back
 * @d: the debug modes of the region that the block was taken from
 * @t: of the block
 * @base: where it begins
 *
 * Context: Any.
 */
void region_memory_back(const struct region_debug *d, const struct region_traces *t,
			unsigned long base)
{
	check_filled(d, t, base, t->filled);
}

/**
 * region_hand_out() - prepare an object for the caller
 * @d: the region's debug modes
 * @obj: from region_take()
 * @size: requested bytes
 * @gfp: as given by the caller
 *
 * Return: the object.
 */
void *region_hand_out(const struct region_debug *d, unsigned long obj, size_t size, gfp_t gfp)
{
	void *p = (void *)(obj & ~OBJ_FRESH);

	kasan_unpoison_object(p, size);
	if (want_init_on_alloc(gfp)) {
		if (!(obj & OBJ_FRESH))
			memset(p, 0, size);
	} else if (fills_freed(d)) {
		memset(p, POISON_UNUSED, size);
	}
	return p;
}
