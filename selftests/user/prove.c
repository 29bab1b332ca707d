// SPDX-License-Identifier: GPL-2.0
/*
 * prove: arithmetic of the module, for all values. Each proof runs the module's own functions on
 * every input of a domain and compares them with the plain definition. TAP.
 */
#include <time.h>
#include "user/prove.h"
#include "base/letters.h"
#include "central/heap.h"
#include "heap/alloc.h"
#include "heap/heaps.h"
#include "region/region.h"
#include "upkeep/debug_mode.h"
#include <kspan/heap.h>
#include <kspan/region.h>

unsigned long nr_cases, nr_wrong;
static unsigned int nr_proofs, nr_failed;

static void prove(const char *text, void (*proof)(void))
{
	clock_t began = clock();

	nr_cases = 0;
	nr_wrong = 0;
	proof();
	nr_proofs++;
	nr_failed += nr_wrong != 0;
	printf("%s %u - %s (%lu cases, %.1f s)\n", nr_wrong ? "not ok" : "ok", nr_proofs, text, nr_cases,
	       (double)(clock() - began) / CLOCKS_PER_SEC);
	fflush(stdout);
}

/* ---- objects of a span ---- */

static struct mspan *span_begin(unsigned int class, unsigned long base, bool dirty)
{
	struct mspan *span = mspan_new(class, GFP_KERNEL);

	mspan_begin(span, &default_heap.owner, base, size_classes[class].npages, dirty);
	return span;
}

static void offsets_of(unsigned int class)
{
	const struct size_class *sc = &size_classes[class];
	unsigned long base = 0xffffc90000000000UL + class * (8UL << 20), offset, end = sc->npages * KSPAN_PAGE_SIZE;
	struct mspan *span = span_begin(class, base, false);
	unsigned int index = 0, rest = 0;

	for (offset = 0; offset < end; offset++) {
		bool begins = !rest && index < sc->nr_objs;

		expect(mspan_index(span, base + offset) == index, "class %u offset %lu", class, offset);
		expect(mspan_begins_at(span, base + offset) == begins, "class %u offset %lu", class, offset);
		expect(class == CLASS_TINY || is_plain_object(span, base + offset) == begins,
		       "class %u offset %lu", class, offset);
		if (++rest == sc->size) {
			rest = 0;
			index++;
		}
	}
	for (index = 0; index < sc->nr_objs; index++)
		expect(mspan_object(span, index) == base + index * (unsigned long)sc->size, "class %u", class);
	expect(sc->nr_objs == end / sc->size, "class %u", class);
	expect(sc->words * BITS_PER_LONG >= sc->nr_objs, "class %u", class);
	expect(mspan_slot_offset(class) == offsetof(struct mcache, slot[class]), "class %u", class);
	mspan_delete(span);
}

static void offsets(void)
{
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++)
		offsets_of(class);
}

/* ---- sizes ---- */

static bool fits(unsigned int class, size_t size, size_t align)
{
	const struct size_class *sc = &size_classes[class];

	return sc->size >= size && !(sc->size % align) && !(sc->align_pages * KSPAN_PAGE_SIZE % align);
}

static void sizes(void)
{
	unsigned int class = 1, aligned;
	size_t size, align;

	for (size = 1; size <= KSPAN_MAX_SMALL; size++) {
		if (size_classes[class].size < size)
			class++;
		expect(size_to_class(size) == class, "size %zu", size);
		expect(KSPAN_SIZE_CLASS(size) == class, "size %zu", size);
		expect(kspan_size_roundup(size) == size_classes[class].size, "size %zu", size);
		for (align = 1; align <= KSPAN_MAX_SMALL; align *= 2) {
			for (aligned = class; aligned < CLASS_TINY && !fits(aligned, size, align); aligned++)
				;
			if (aligned == CLASS_TINY)
				aligned = CLASS_LARGE;
			expect(size_class_aligned(size, align) == aligned, "size %zu align %zu", size, align);
		}
	}
	for (; size <= 4 * KSPAN_MAX_ALIGN; size++) {
		bool power = !(size & (size - 1)) && size <= KSPAN_MAX_ALIGN;

		expect(size_is_power_class(size) == power, "size %zu", size);
		expect(!power || size_classes[size_to_power_class(size)].size == size, "size %zu", size);
		expect(kspan_size_roundup(size) == (size + 8191) / 8192 * 8192, "size %zu", size);
	}
}

/* ---- claims: all sets of free objects of a small span, and of a window in a larger one ---- */

static void check_claim(struct mspan *span, unsigned long free, unsigned int shift, unsigned int max)
{
	unsigned int n = min_t(unsigned int, hweight_long(free), max), bit, fresh_before = span->fresh;
	unsigned int first = shift / BITS_PER_LONG * BITS_PER_LONG;
	unsigned long in_word = free << shift % BITS_PER_LONG, rest;
	struct claim claim;

	mspan_claim(span, &claim, max);
	expect(claim.n == n && hweight_long(claim.bits) == n, "free %lx max %u", free, max);
	expect(claim.first == mspan_object(span, first), "free %lx", free);
	expect(!(claim.bits & ~in_word), "free %lx max %u", free, max);
	rest = in_word & ~claim.bits;
	expect(!rest || !claim.bits || __fls(claim.bits) < __ffs(rest), "free %lx max %u: not the lowest", free, max);
	expect(span->bits[first / BITS_PER_LONG] == rest, "free %lx max %u", free, max);
	expect(span->nr_free == hweight_long(rest), "free %lx max %u", free, max);
	for (rest = claim.bits; rest; rest &= rest - 1) {
		bit = __ffs(rest);
		expect((bit >= claim.fresh) == (first + bit >= fresh_before), "free %lx bit %u", free, bit);
		expect(span->fresh > first + bit, "free %lx bit %u", free, bit);
	}
	expect(span->fresh >= fresh_before, "free %lx", free);
}

static void set_free(struct mspan *span, unsigned long free, unsigned int shift, unsigned int fresh)
{
	memset(span->bits, 0, size_classes[span->class].words * sizeof(long));
	span->bits[shift / BITS_PER_LONG] = free << shift % BITS_PER_LONG;
	span->nr_free = hweight_long(free);
	span->fresh = fresh;
}

static void claims_of(unsigned int class, unsigned int width, unsigned int shift)
{
	struct mspan *span = span_begin(class, 1UL << 40, false);
	unsigned long free;
	unsigned int max, fresh;

	for (free = 1; free < BIT(width); free++)
		for (fresh = shift; fresh <= shift + width; fresh++)
			for (max = 1; max <= width; max++) {
				set_free(span, free, shift, fresh);
				check_claim(span, free, shift, max);
			}
	mspan_delete(span);
}

static void claims(void)
{
	unsigned int nr, class, seen = 0;

	/* One word, all of its objects; the words of larger spans, at their borders. */
	for (class = 1; class < CLASS_POWER; class++) {
		nr = size_classes[class].nr_objs;
		if (nr <= 15 && !(seen & BIT(nr)))
			claims_of(class, nr, 0);
		seen |= nr <= 15 ? BIT(nr) : 0;
	}
	claims_of(1, 10, 0);
	claims_of(1, 10, 27);
	claims_of(1, 10, 54);
	claims_of(1, 10, 64);
	claims_of(1, 10, 1014);
}

/* One object at a time, and back. */
static void objects(void)
{
	unsigned long free, obj;
	struct mspan *span;
	unsigned int class, nr, i;

	for (class = 1; class < CLASS_POWER; class++) {
		nr = size_classes[class].nr_objs;
		if (nr > 12)
			continue;
		span = span_begin(class, 1UL << 40, true);
		for (free = 0; free < BIT(nr); free++)
			for (i = 0; i < nr; i++) {
				set_free(span, free, 0, i);
				expect(mspan_put(span, i) == !(free & BIT(i)), "class %u free %lx", class, free);
				expect(span->bits[0] == (free | BIT(i)), "class %u free %lx", class, free);
				expect(span->nr_free == hweight_long(free | BIT(i)), "class %u free %lx", class, free);
				if (!free)
					continue;
				set_free(span, free, 0, i);
				obj = mspan_claim_one(span);
				expect((obj & ~OBJ_FRESH) == mspan_object(span, __ffs(free)), "class %u free %lx",
				       class, free);
				expect((obj & OBJ_FRESH) == (__ffs(free) >= i), "class %u free %lx", class, free);
				expect(span->bits[0] == (free & (free - 1)), "class %u free %lx", class, free);
				expect(span->fresh >= i && span->fresh > __ffs(free), "class %u free %lx", class, free);
			}
		mspan_delete(span);
	}
}

/* ---- sizes up to SIZE_MAX, in each way to ask for one ---- */

#define MOST	(32UL << 20)	/* the small kernel has no area that is larger */
#define AROUND	70L		/* so far from powers of two */
#define LAST	20000L		/* so far from SIZE_MAX */

static struct kspan_heap *heaps_of_sizes[3];
static struct kspan_region *region;

static void *by_default(size_t size) { return kspan_alloc(size, GFP_KERNEL); }
static void *zeroed(size_t size) { return kspan_zalloc(size, GFP_KERNEL); }
static void *by_heap(size_t size) { return kspan_heap_alloc(heaps_of_sizes[0], size, GFP_KERNEL); }
static void *with_red_zone(size_t size) { return kspan_heap_alloc(heaps_of_sizes[1], size, GFP_KERNEL); }
static void *in_debug_mode(size_t size) { return kspan_heap_alloc(heaps_of_sizes[2], size, GFP_KERNEL); }
static void *aligned(size_t size) { return kspan_alloc_aligned(size, KSPAN_MAX_ALIGN, GFP_KERNEL); }
static void *atomic(size_t size) { return kspan_alloc(size, GFP_ATOMIC); }
static void *red_zone_aligned(size_t size)
{
	return kspan_heap_alloc_aligned(heaps_of_sizes[1], size, 4 * KSPAN_PAGE_SIZE, GFP_KERNEL);
}
static void *array(size_t size) { return kspan_alloc_array(size / 3, 3, GFP_KERNEL); }
static void *grown(size_t size)
{
	void *p = kspan_alloc(100, GFP_KERNEL), *q = kspan_realloc(p, size, GFP_KERNEL);

	if (!q)
		kspan_free(p);
	return q;
}
static void *red_zone_grown(size_t size)
{
	void *p = kspan_heap_alloc(heaps_of_sizes[1], 100, GFP_KERNEL);
	void *q = kspan_heap_realloc(heaps_of_sizes[1], p, size, GFP_KERNEL);

	if (!q)
		kspan_free(p);
	return q;
}

static const struct {
	const char *name;
	void *(*alloc)(size_t size);
} ways[] = {
	{ "kspan_alloc", by_default }, { "kspan_zalloc", zeroed }, { "heap", by_heap },
	{ "heap in mode Z", with_red_zone }, { "heap in mode FPZ", in_debug_mode },
	{ "aligned to 4 MB", aligned }, { "atomic", atomic }, { "mode Z, aligned", red_zone_aligned },
	{ "array", array }, { "realloc", grown }, { "realloc in mode Z", red_zone_grown },
};

static void check_size(size_t size)
{
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		p = ways[i].alloc(size);
		expect(!p || p == ZERO_SIZE_PTR || kspan_size(p) >= size - size % 3, "%s(%zu)", ways[i].name,
		       size);
		expect(size <= MOST || !p, "%s(%zu) has an object", ways[i].name, size);
		kspan_free(p);
	}
	expect(!size || kspan_size_roundup(size) >= size, "%zu", size);
	p = kspan_region_alloc(region, size, GFP_KERNEL);
	expect(size <= MOST || !p, "region: %zu", size);
	p = kspan_region_alloc_aligned(region, size, KSPAN_MAX_ALIGN, GFP_KERNEL);
	expect(size <= MOST || !p, "aligned in a region: %zu", size);
	kspan_region_reset(region);
}

static struct kspan_heap *heap_in_mode(const char *name, u32 letters)
{
	struct kspan_heap *heap = kspan_heap_create(name, 0);

	if (letters)
		user_check(!debug_mode_set(heap, letters), "no debug mode");
	return heap;
}

static void huge_sizes(void)
{
	unsigned int power;
	long d;

	heaps_of_sizes[0] = heap_in_mode("plain", 0);
	heaps_of_sizes[1] = heap_in_mode("red", DEBUG_RED_ZONES);
	heaps_of_sizes[2] = heap_in_mode("debug", DEBUG_FREES | DEBUG_POISON | DEBUG_RED_ZONES);
	region = kspan_region_create("sizes", NULL);
	for (power = 0; power < BITS_PER_LONG; power++)
		for (d = -AROUND; d <= AROUND; d++)
			check_size((1UL << power) + d);
	for (power = 0; power < BITS_PER_LONG - 13; power++)
		for (d = -2; d <= 2; d++)
			check_size(SIZE_MAX - (1UL << power) * KSPAN_PAGE_SIZE + d);
	for (d = 0; d < LAST; d++)
		check_size(SIZE_MAX - d);
	kspan_region_destroy(region);
	for (power = 0; power < 3; power++)
		kspan_heap_destroy(heaps_of_sizes[power]);
}

int main(void)
{
	user_start();
	user_check(!user_module_init(), "the module does not load");
	prove("index and start of an object, at each offset of a span of each class", offsets);
	prove("each size and alignment has its smallest class", sizes);
	prove("a claim takes the lowest free objects, and knows which are fresh", claims);
	prove("one object is taken, and put back, in each state of a span", objects);
	prove("summaries and finds of pages are those of the bitmap, in each state of a window", prove_pages);
	prove("no size up to SIZE_MAX overflows, in any way to ask for it", huge_sizes);
	user_module_exit();
	printf("1..%u\n", nr_proofs);
	return nr_failed != 0;
}
