/* SPDX-License-Identifier: GPL-2.0 */
/*
 * magazine: the array of a slot. Upper layer, part of mcache: the caller has entered the mcache and
 * is in a slow section.
 */
#ifndef _KSPAN_MAGAZINE_H
#define _KSPAN_MAGAZINE_H

#include "mcache.h"

void magazine_install(struct mcache_slot *slot, void **base, unsigned int capacity, unsigned int n);
bool magazine_create(struct mcache_slot *slot, unsigned int class);
void magazine_grow(struct mcache_slot *slot, unsigned int class);

#endif /* _KSPAN_MAGAZINE_H */
