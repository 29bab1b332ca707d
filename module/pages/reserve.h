/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reserve: pages for callers that must not sleep. A worker takes runs of pages from mheap in
 * advance. Callers cut spans from these runs under reserve.lock, a spinlock taken with interrupts
 * off, innermost of all.
 *
 * It is filled when the module is loaded and kept while it is loaded. When it runs dry it grows
 * to what was asked for within a second, at least to twice its size. What of it is not needed goes
 * back by halves.
 */
#ifndef _KSPAN_RESERVE_H
#define _KSPAN_RESERVE_H

#include "pages/mspan.h"

struct mspan *reserve_alloc_span(struct owner *owner, unsigned int class, unsigned long npages,
				 unsigned long align, gfp_t gfp);
void reserve_refill(gfp_t gfp);
void reserve_drop(void);
void reserve_pack(void);
void reserve_trim(void);
void reserve_look(void);
bool reserve_is_settled(void);
unsigned long reserve_pages(void);
unsigned long reserve_target_bytes(void);

#endif /* _KSPAN_RESERVE_H */
