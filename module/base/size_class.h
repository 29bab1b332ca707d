/* SPDX-License-Identifier: GPL-2.0 */
/*
 * size_class: the table of size classes and the lookups in it. Read-only, no locks. The figures
 * come from include/kspan/size_classes.h, which mksizeclasses.c writes.
 */
#ifndef _KSPAN_SIZE_CLASS_H
#define _KSPAN_SIZE_CLASS_H

#include <linux/bitops.h>
#include "base/kspan_internal.h"

/**
 * struct size_class - the properties of a class
 * @size: bytes of an object
 * @magic: 2^32 / @size, rounded up: (offset * @magic) >> 32 is an object's index, and the low
 *	half of offset * @magic is below @magic exactly when the offset is a multiple of @size
 *	(KUnit checks every offset within a span)
 * @nr_objs: objects in a span
 * @npages: pages of a span
 * @align_pages: alignment of a span, in pages
 * @words: unsigned longs of a bitmap with a bit for each object
 */
struct size_class {
	u32 size;
	u32 magic;
	u16 nr_objs;
	u16 npages;
	u16 align_pages;
	u8 words;
};

#define MIN_POWER_SHIFT		16	/* log2 of the size of CLASS_POWER */

#define SIZE_CLASS_STEP8_MAX	1024
#define SIZE_CLASS_STEP8	8
#define SIZE_CLASS_STEP128	128

extern const struct size_class size_classes[NR_CLASSES];
extern const u8 size_class_by_8[];
extern const u8 size_class_by_128[];

/* The index in size_class_by_128[]. */
static __always_inline unsigned long size_step128(size_t size)
{
	return (size - SIZE_CLASS_STEP8_MAX + SIZE_CLASS_STEP128 - 1) / SIZE_CLASS_STEP128;
}

/* The class of a size from 1 to KSPAN_MAX_SMALL. Sizes under 8 get class 1, not CLASS_TINY. */
static __always_inline unsigned int size_to_class(size_t size)
{
	if (likely(size <= SIZE_CLASS_STEP8_MAX))
		return size_class_by_8[(size + SIZE_CLASS_STEP8 - 1) / SIZE_CLASS_STEP8];
	return size_class_by_128[size_step128(size)];
}

/* Whether a size over KSPAN_MAX_SMALL has a class; size_to_power_class() gives it. */
static __always_inline bool size_is_power_class(size_t size)
{
	return !(size & (size - 1)) && size <= KSPAN_MAX_ALIGN;
}

static __always_inline unsigned int size_to_power_class(size_t size)
{
	return CLASS_POWER - MIN_POWER_SHIFT + __fls(size);
}

/* The alignment of all objects of a class. */
static inline size_t size_class_align(unsigned int class)
{
	const struct size_class *sc = &size_classes[class];
	size_t align = 1UL << __ffs(sc->size);

	return min(align, sc->align_pages * KSPAN_PAGE_SIZE);
}

unsigned int size_class_aligned(size_t size, size_t align);

#endif /* _KSPAN_SIZE_CLASS_H */
