/* SPDX-License-Identifier: GPL-2.0 */
/*
 * block: memory of the direct map for segments, physically contiguous. Each of its pages (of the
 * machine's) has a reference more than it needs, so that a stray free does not free it: it is
 * reported when the page is next looked at. The functions may sleep as their flags say, and take no
 * kspan lock.
 */
#ifndef _KSPAN_BLOCK_H
#define _KSPAN_BLOCK_H

#include "pages/place.h"

struct segment;

void *block_alloc(struct place place, unsigned long bytes, unsigned long align, gfp_t gfp);
void block_free(unsigned long addr, unsigned long bytes);
void block_check(unsigned long addr, unsigned long bytes);
void block_set_segment(unsigned long addr, unsigned long bytes, struct segment *seg);
struct segment *block_segment(unsigned long addr);

#endif /* _KSPAN_BLOCK_H */
