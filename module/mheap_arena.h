/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheap_arena: mheap's table of arenas, how it grows and shrinks. Belongs to mheap; mheap.lock for
 * all but mheap_grow(), which takes grow_lock and then it.
 */
#ifndef _KSPAN_MHEAP_ARENA_H
#define _KSPAN_MHEAP_ARENA_H

#include "mheap.h"

unsigned long arenas_take(unsigned long npages, unsigned long align, bool *dirty);
void arenas_untake(unsigned long addr, unsigned long npages, bool dirty);
void arenas_give(unsigned long addr, unsigned long npages);
struct arena *arenas_find(unsigned long addr);
bool mheap_may_grow(gfp_t gfp);
bool mheap_grow(unsigned long npages, unsigned long align, gfp_t gfp);

#endif /* _KSPAN_MHEAP_ARENA_H */
