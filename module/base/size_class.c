// SPDX-License-Identifier: GPL-2.0
/*
 * size_class: the table of size classes, built by the preprocessor from the generated figures.
 */
#include <linux/log2.h>
#include "base/size_class.h"

#define SPAN_BYTES(pages)	((pages) * KSPAN_PAGE_SIZE)
#define NR_OBJS(bytes, pages)	(SPAN_BYTES(pages) / (bytes))

/* A power of two over a page is aligned to its size, so its spans must be too. */
#define ALIGN_PAGES(bytes) \
	((bytes) > KSPAN_PAGE_SIZE && !((bytes) & ((bytes) - 1)) ? (bytes) / KSPAN_PAGE_SIZE : 1)

#define TABLE_ROW(bytes, pages) {						\
	.size = (bytes),							\
	.magic = ((1ULL << 32) + (bytes) - 1) / (bytes),			\
	.nr_objs = NR_OBJS(bytes, pages),					\
	.words = (NR_OBJS(bytes, pages) + BITS_PER_LONG - 1) / BITS_PER_LONG,	\
	.npages = (pages),							\
	.align_pages = ALIGN_PAGES(bytes),					\
},

#define POWER_ROW(shift)	TABLE_ROW(1UL << (shift), 1UL << ((shift) - KSPAN_PAGE_SHIFT))

const struct size_class size_classes[NR_CLASSES] = {
	[CLASS_LARGE] = { },
	KSPAN_SIZE_CLASSES(TABLE_ROW)
	TABLE_ROW(TINY_BLOCK, 1)
	POWER_ROW(16) POWER_ROW(17) POWER_ROW(18) POWER_ROW(19)
	POWER_ROW(20) POWER_ROW(21) POWER_ROW(22)
};

#define LOOKUP(class)	class,

const u8 size_class_by_8[] = { 0, KSPAN_CLASSES_BY_8(LOOKUP) };
const u8 size_class_by_128[] = {
	KSPAN_SIZE_CLASS(SIZE_CLASS_STEP8_MAX), KSPAN_CLASSES_BY_128(LOOKUP)
};

/**
 * size_class_aligned() - find the smallest class with aligned objects
 * @size: bytes, not 0
 * @align: bytes, a power of two
 *
 * Return: the class, or CLASS_LARGE if the object needs a span of its own.
 */
unsigned int size_class_aligned(size_t size, size_t align)
{
	unsigned int c;

	if (size > KSPAN_MAX_SMALL || align > KSPAN_MAX_SMALL)
		return CLASS_LARGE;
	for (c = size_to_class(max(size, align)); c < CLASS_TINY; c++) {
		const struct size_class *sc = &size_classes[c];

		if (!(sc->size & (align - 1)) && sc->align_pages * KSPAN_PAGE_SIZE >= align)
			return c;
	}
	return CLASS_LARGE;
}
