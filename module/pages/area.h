/* SPDX-License-Identifier: GPL-2.0 */
/*
 * area: vmalloc areas for segments, on a memory node where that matters. vfree() frees them. May
 * sleep; takes no kspan lock.
 */
#ifndef _KSPAN_AREA_H
#define _KSPAN_AREA_H

#include <linux/gfp.h>

void *area_alloc(unsigned long bytes, gfp_t gfp, int node);
int area_node(const void *vm, unsigned long bytes, int node);

#endif /* _KSPAN_AREA_H */
