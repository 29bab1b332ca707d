// SPDX-License-Identifier: GPL-2.0
/*
 * region_memory: what the memory of a region holds besides its objects' contents: zeros, KASAN's
 * poison, and what debug modes fill it with. A region has the debug modes that the default heap has
 * when the region is created.
 *
 * With Z an object is followed by a red zone, of at least REGION_RED_FILL bytes and a struct
 * region_red, which leads to the red zone before it in its block. A release checks and takes off
 * those that end behind its mark. With P released memory is filled, and is checked when it is
 * allocated again or goes back: in a block, all from @used to @filled.
 *
 * No locks: the caller is the only user of the region, or has taken the block from it.
 */
#include <linux/align.h>
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "heap/alloc.h"
#include "pages/callers.h"
#include "pages/poison.h"
#include "pages/report.h"
#include "pages/report_object.h"
#include "pages/stacks.h"
#include "region/region.h"

/* KASAN's shadow does what filling memory is for. init_on_free fills freed memory with zeros. */
static bool fills_red(const struct region *r)
{
	return !KSPAN_KASAN && (r->debug & DEBUG_RED_ZONES);
}

static bool fills_freed(const struct region *r)
{
	return !KSPAN_KASAN && (r->debug & DEBUG_POISON) && !want_init_on_free();
}

/* Of all fields and of where the red zone is: whoever writes over it does not hit the right value. */
static u32 check_of(const struct region_red *red)
{
	u64 sum = (unsigned long)red ^ (unsigned long)red->before ^ red->stack;

	return hash_64(hash_64(sum, 64) ^ red->size ^ ((u64)red->gap << 1), 32);
}

static void report_at(const struct region *r, const char *what, unsigned long obj, size_t size,
		      const struct region_block *block, const void *at, u32 stack)
{
	if (!report_begin_bad_free((void *)obj, CALLER_UNKNOWN, "overwritten", 1))
		return;
	if (size)
		pr_err("%s of %p, at byte %ld of %zu, in region \"%s\"\n", what, (void *)obj,
		       (long)(at - (void *)obj), size, r->name);
	else
		pr_err("%s of %p, in region \"%s\"\n", what, at, r->name);
	if (stack) {
		pr_err("  allocated by:\n");
		stacks_print(stack);
	}
	report_bytes(block->span, (void *)obj, at);
	report_end_misuse(true);
}

/* Follow an object by a red zone. */
static void add_red(struct region *r, struct region_block *block, unsigned long obj, size_t size)
{
	unsigned long gap = obj + size;
	struct region_red *red;

	red = (void *)(ALIGN(gap, KSPAN_REGION_ALIGN) + REGION_RED_FILL);
	memset((void *)gap, POISON_RED, (unsigned long)red - gap);
	*red = (struct region_red) {
		.before = block->red,
		.size = size,
		.gap = gap,
		.stack = r->debug & DEBUG_USERS ? stacks_save() : 0,
	};
	red->check = check_of(red);
	block->red = red;
}

/* Check the last red zone of a block, and take it off. */
static void end_red(struct region *r, struct region_block *block)
{
	struct region_red *red = block->red;
	const void *wrong;

	if (red->check != check_of(red)) {
		/* Those before it cannot be found any more. */
		report_at(r, "write past the end", (unsigned long)red, 0, block, red, 0);
		block->red = NULL;
		return;
	}
	wrong = memchr_inv((void *)red->gap, POISON_RED, (unsigned long)red - red->gap);
	if (unlikely(wrong))
		report_at(r, "write past the end", red->gap - red->size, red->size, block, wrong,
			  red->stack);
	block->red = red->before;
}

/* Check that released memory is as it was filled. */
static void check_filled(const struct region *r, struct region_block *block, unsigned long from,
			 unsigned long to)
{
	const void *wrong;

	to = min(to, block->filled);
	if (from >= to)
		return;
	wrong = memchr_inv((void *)from, POISON_FREED, to - from);
	if (unlikely(wrong))
		report_at(r, "write after release", (unsigned long)wrong, 0, block, wrong, 0);
}

/**
 * region_memory_take() - see to the memory of a new object
 * @r: the region
 * @block: where it lies
 * @from: first byte of the block that it takes
 * @obj: its address
 * @full: its bytes, with region_red_bytes()
 *
 * Context: Any, as the only user of the region.
 */
void region_memory_take(struct region *r, struct region_block *block, unsigned long from,
			unsigned long obj, size_t full)
{
	if (block->filled)
		check_filled(r, block, from, ALIGN(obj + full, KSPAN_REGION_ALIGN));
	if (fills_red(r))
		add_red(r, block, obj, full - REGION_RED_BYTES);
}

/**
 * region_memory_end() - see to memory that is released
 * @r: the region
 * @block: where it lies
 * @from: its first byte
 * @to: the first byte behind it, where the used part of @block ends
 *
 * Context: Any, as the only user of the region.
 */
void region_memory_end(struct region *r, struct region_block *block, unsigned long from,
		       unsigned long to)
{
	void *p = (void *)from;

	while (block->red && (unsigned long)block->red >= from)
		end_red(r, block);
	if (from == to)
		return;
	if (want_init_on_free()) {
		kasan_unpoison_object(p, to - from);
		memset(p, 0, to - from);
	}
	kasan_poison_range(p, to - from);
	if (fills_freed(r)) {
		memset(p, POISON_FREED, to - from);
		block->filled = max(block->filled, to);
	}
}

/**
 * region_memory_back() - check a block without objects that goes back
 * @r: the region that it was taken from
 * @block: the block
 *
 * Context: Any.
 */
void region_memory_back(const struct region *r, struct region_block *block)
{
	check_filled(r, block, block->span->base, block->filled);
}

/**
 * region_hand_out() - prepare an object for the caller
 * @r: the region; of a per-CPU region any part
 * @obj: from region_take()
 * @size: requested bytes
 * @gfp: as given by the caller
 *
 * Return: the object.
 */
void *region_hand_out(const struct region *r, unsigned long obj, size_t size, gfp_t gfp)
{
	void *p = (void *)(obj & ~OBJ_FRESH);

	kasan_unpoison_object(p, size);
	if (want_init_on_alloc(gfp)) {
		if (!(obj & OBJ_FRESH))
			memset(p, 0, size);
	} else if (fills_freed(r)) {
		memset(p, POISON_UNUSED, size);
	}
	return p;
}
