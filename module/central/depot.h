/* SPDX-License-Identifier: GPL-2.0 */
/*
 * depot: magazines kept at an mcentral. A CPU exchanges its empty magazine for a full one here, or
 * its full one for an empty one. So objects that one CPU allocates and another frees, and working
 * sets too large for a magazine, circulate without access to their spans. These functions take
 * mcentral.lock.
 */
#ifndef _KSPAN_DEPOT_H
#define _KSPAN_DEPOT_H

#include "central/mcentral.h"

struct magazine;

struct magazine *depot_take_full(struct mcentral *central, struct magazine *empty);
struct magazine *depot_swap_full(struct mcentral *central, struct magazine *full);
bool depot_has_room(struct mcentral *central);
bool depot_is_used(struct mcentral *central);
bool depot_give_full(struct mcentral *central, struct magazine *full);
unsigned long depot_alloc_one(struct mcentral *central);
void depot_return(struct mcentral *central, struct magazine *mag);
bool depot_settle_some(struct mcentral *central);
bool depot_settle(struct mcentral *central);
bool depot_shed(struct mcentral *central, bool idle_only);
void depot_drain(struct mcentral *central, bool idle_only);

#endif /* _KSPAN_DEPOT_H */
