// SPDX-License-Identifier: GPL-2.0
/*
 * heap: the default heap. Upper layer; set up once, before anything can allocate.
 */
#include "heap.h"
#include "mcache.h"

DEFINE_PER_CPU(struct mcache *, default_mcache);

struct kspan_heap default_heap = {
	.mcaches = &default_mcache,
	.name = "default",
};

void heap_init(struct kspan_heap *heap)
{
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++)
		mcentral_init(&heap->central[class], heap, class);
}
